//! The directory on disk as a [`Tree`].

#![allow(clippy::disallowed_methods, reason = "this is the one reader of the disk")]

use std::{
    collections::HashMap,
    fs,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex},
};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::tree::{Entry, LEFT_OUT, Listing, ReadError, Tree};

/// A larger file is not configuration.
pub(super) const LARGEST: u64 = 100 * 1024 * 1024;

/// No `fileset` of a configuration means more files than this.
const MOST_BELOW: usize = 100_000;

/// The files below a directory, or why they cannot be told.
type Below = Result<Vec<Arc<str>>, ReadError>;

/// A directory on disk.
#[derive(Debug)]
pub struct DiskTree {
    /// As given, for people.
    name: String,
    /// Absolute, links resolved.
    root: PathBuf,
    /// The repository that holds the directory. Modules are called from above the directory
    /// (`source = "../../modules/net"`), but a repository never reaches beyond itself. Without one there is
    /// no telling how far up the configuration belongs together: see [`DiskTree::module_around`].
    repository: Option<PathBuf>,
    threads: usize,
    /// What was asked about once: `fileset` is called for each instance.
    below: Mutex<HashMap<String, Below>>,
}

impl DiskTree {
    /// The tree below a directory. `threads` walk it; 0 means as many as the machine has.
    ///
    /// # Errors
    ///
    /// The operating system's words if there is no such directory.
    pub fn new(root: &Path, threads: usize) -> Result<Self, String> {
        let resolved = fs::canonicalize(root).map_err(|e| e.to_string())?;
        if !resolved.is_dir() {
            return Err("not a directory".into());
        }
        let repository = resolved.ancestors().find(|d| d.join(".git").exists()).map(Path::to_path_buf);
        let name = root.display().to_string();
        Ok(Self { name, root: resolved, repository, threads, below: Mutex::default() })
    }

    fn relative(&self, path: &Path) -> Option<Arc<str>> {
        relative(&self.root, "", path)
    }

    /// The place of a path of the tree. Only in front may it lead up.
    fn full(&self, path: &str) -> Result<PathBuf, ReadError> {
        let mut full = self.root.clone();
        let mut rest = Path::new(path);
        while let Ok(below) = rest.strip_prefix("..") {
            if !full.pop() || self.repository.as_ref().is_some_and(|r| !full.starts_with(r)) {
                return Err(ReadError::Outside);
            }
            rest = below;
        }
        if rest.components().any(|c| !matches!(c, Component::Normal(_) | Component::CurDir)) {
            return Err(ReadError::Outside);
        }
        Ok(full.join(rest))
    }

    /// Where a path leads once links are followed: any directory on the way may be one.
    fn checked(&self, path: &str, full: &Path) -> Result<PathBuf, ReadError> {
        let resolved = fs::canonicalize(full).map_err(refused)?;
        let within = match &self.repository {
            _ if !Path::new(path).starts_with("..") => Some(self.root.clone()),
            Some(repository) => Some(repository.clone()),
            None => self.module_around(path),
        };
        if within.is_some_and(|w| resolved.starts_with(w)) { Ok(resolved) } else { Err(ReadError::Outside) }
    }

    /// Above the directory, where there is no repository to end at, only modules are read: the topmost
    /// directory on the way to a path that holds configuration, and what is below it. No link leads out of it.
    fn module_around(&self, path: &str) -> Option<PathBuf> {
        let mut dir = self.root.clone();
        let mut rest = Path::new(path);
        while let Ok(below) = rest.strip_prefix("..") {
            dir = dir.parent()?.to_path_buf();
            rest = below;
        }
        let mut steps = rest.components();
        loop {
            if holds_configuration(&dir) {
                return Some(dir);
            }
            dir.push(steps.next()?);
        }
    }

    /// Every file that is there but those that git ignores or keeps for itself.
    fn walk_all(&self, directory: &str) -> Below {
        let top = match self.full(directory) {
            Err(ReadError::Outside) if !self.root.join(directory).exists() => return Ok(Vec::new()),
            top => top?,
        };
        match self.checked(directory, &top) {
            Ok(_) => {}
            Err(ReadError::Outside) => return Err(ReadError::Outside),
            Err(_) => return Ok(Vec::new()),
        }
        let mut files = Vec::new();
        // What Terraform fetched is there on one machine and not on another.
        let fetched = |e: &DirEntry| {
            e.depth() > 0 && [".git", ".terraform", ".terragrunt-cache"].iter().any(|n| e.file_name() == *n)
        };
        let is_fetched = directory.split('/').any(|part| part == ".terraform");
        let walk = WalkBuilder::new(&top)
            .hidden(false)
            .ignore(false)
            .git_global(false)
            // A module that was downloaded is one that git ignores.
            .parents(!is_fetched)
            .filter_entry(move |e| !fetched(e))
            .build();
        for entry in walk.flatten() {
            let file = entry.file_type().is_some_and(|t| t.is_file())
                || entry.path_is_symlink() && self.inside(entry.path()).is_some();
            if !file {
                continue;
            }
            if files.len() == MOST_BELOW {
                return Err(ReadError::Refused(format!("there are more than {MOST_BELOW} files")));
            }
            files.extend(relative(&top, directory, entry.path()));
        }
        files.sort();
        Ok(files)
    }

    /// Where a link leads, if that is a file inside the tree.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        let resolved = fs::canonicalize(path).ok()?;
        (resolved.starts_with(&self.root) && resolved.is_file()).then_some(resolved)
    }
}

/// `Jenkinsfile`, `Jenkinsfile.deploy`, `deploy.jenkinsfile`.
fn is_jenkinsfile(name: &str) -> bool {
    const NAME: &str = "jenkinsfile";
    let starts = name.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME));
    starts || name.to_ascii_lowercase().ends_with(".jenkinsfile")
}

/// Whether a file may matter: by its name, so that nothing else is opened.
pub fn is_interesting(name: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        ".tf",
        ".tf.json",
        ".tofu",
        ".tofu.json",
        ".tfvars",
        ".tfvars.json",
        ".hcl",
        ".yaml",
        ".yml",
        ".json",
        ".md",
        ".adoc",
        ".rst",
        ".json5",
    ];
    const NAMES: [&str; 5] = ["CODEOWNERS", "Kustomization", "Makefile", "Dockerfile", ".renovaterc"];
    ENDINGS.iter().any(|e| name.ends_with(e)) || NAMES.contains(&name) || is_jenkinsfile(name)
}

impl Tree for DiskTree {
    fn list(&self) -> Listing {
        let found = Mutex::new(Listing::default());
        let walk = WalkBuilder::new(&self.root)
            .hidden(false)
            .git_global(false)
            .threads(self.threads)
            .filter_entry(|e| !is_left_out(e))
            .build_parallel();
        walk.run(|| {
            Box::new(|entry| {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        let path = error_path(&error).and_then(|p| self.relative(p)).unwrap_or_else(|| ".".into());
                        let words = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                        lock(&found).problems.push((path.to_string(), words));
                        return WalkState::Continue;
                    }
                };
                let kind = entry.file_type();
                let name = entry.file_name().to_string_lossy();
                if kind.is_some_and(|k| k.is_dir()) || !is_interesting(&name) {
                    return WalkState::Continue;
                }
                // A link is followed only to a file of the tree, and that file is listed by itself
                // anyway; a link out of the tree is never opened.
                if kind.is_some_and(|k| k.is_symlink()) {
                    if self.inside(entry.path()).is_none()
                        && let Some(path) = self.relative(entry.path())
                    {
                        lock(&found).problems.push((path.to_string(), "a link that leads out of the tree".into()));
                    }
                    return WalkState::Continue;
                }
                match self.relative(entry.path()) {
                    Some(path) => lock(&found).files.push(path),
                    None => lock(&found)
                        .problems
                        .push((entry.path().to_string_lossy().into_owned(), "its name is not UTF-8".into())),
                }
                WalkState::Continue
            })
        });
        let mut listing = found.into_inner().unwrap_or_default();
        listing.files.sort();
        listing.problems.sort();
        listing
    }

    fn files_below(&self, directory: &str) -> Option<Result<Vec<Arc<str>>, ReadError>> {
        let mut known = self.below.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Some(known.entry(directory.to_string()).or_insert_with(|| self.walk_all(directory)).clone())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let full = self.full(path)?;
        let mut kind = fs::symlink_metadata(&full).map_err(refused)?;
        if kind.is_symlink() || path.contains('/') {
            kind = fs::metadata(self.checked(path, &full)?).map_err(refused)?;
        }
        // To read a pipe is to wait for somebody who writes.
        if !kind.is_file() {
            return Err(ReadError::Refused("not a regular file".into()));
        }
        if kind.len() > LARGEST {
            return Err(ReadError::TooLarge(kind.len()));
        }
        fs::read(&full).map_err(refused)
    }

    fn entries(&self, dir: &str) -> Vec<Entry> {
        let Ok(full) = self.full(dir) else { return Vec::new() };
        if self.checked(dir, &full).is_err() {
            return Vec::new();
        }
        let Ok(found) = fs::read_dir(&full) else { return Vec::new() };
        let mut entries: Vec<Entry> = found
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let kind = entry.file_type().ok()?;
                let is_dir = if kind.is_symlink() { fs::metadata(entry.path()).ok()?.is_dir() } else { kind.is_dir() };
                Some(Entry { name, is_dir })
            })
            .collect();
        entries.sort();
        entries
    }

    fn place(&self) -> String {
        let repository = self.repository.as_deref().unwrap_or(&self.root);
        relative(repository, "", &self.root).map_or_else(String::new, |path| path.to_string())
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// The path in the tree of what is below a directory of it.
fn relative(top: &Path, directory: &str, path: &Path) -> Option<Arc<str>> {
    let below = path.strip_prefix(top).ok()?;
    let directory = (!directory.is_empty()).then_some(directory);
    let below = below.components().map(|c| c.as_os_str().to_str());
    let parts: Vec<&str> = directory.map(Some).into_iter().chain(below).collect::<Option<_>>()?;
    Some(parts.join("/").into())
}

/// Whether a file that Terraform would read is right in a directory.
fn holds_configuration(dir: &Path) -> bool {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|e| e.file_name()).any(|name| {
        let name = name.to_string_lossy();
        [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|ending| name.ends_with(ending))
            || matches!(&*name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
    })
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn refused(error: std::io::Error) -> ReadError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ReadError::NotFound,
        _ => ReadError::Refused(error.to_string()),
    }
}

fn is_left_out(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|t| t.is_dir())
        && entry.depth() > 0
        && entry.file_name().to_str().is_some_and(|n| LEFT_OUT.contains(&n))
}

fn lock(listing: &Mutex<Listing>) -> std::sync::MutexGuard<'_, Listing> {
    listing.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        ignore::Error::Partial(all) => all.first().and_then(error_path),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(tree: &DiskTree, directory: &str) -> Result<Vec<String>, ReadError> {
        Ok(tree.files_below(directory).unwrap()?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_file_below_a_directory_is_found_whatever_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for file in ["main.tf", "files/.hidden", "files/a.bin", "files/deep/b", "files/.terraform/c", "files/log.txt"] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let tree = DiskTree::new(root, 1).unwrap();
        assert_eq!(below(&tree, "files").unwrap(), ["files/.hidden", "files/a.bin", "files/deep/b", "files/log.txt"]);
        assert_eq!(below(&tree, "").unwrap().len(), 5);
        assert!(below(&tree, "nowhere").unwrap().is_empty());
        // The scan leaves out what is no configuration.
        assert_eq!(tree.list().files.len(), 1);
    }

    #[test]
    fn nothing_outside_of_the_repository_is_listed() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("inside/.git")).unwrap();
        fs::create_dir_all(directory.path().join("beside")).unwrap();
        let tree = DiskTree::new(&directory.path().join("inside"), 1).unwrap();
        assert_eq!(below(&tree, "../beside"), Err(ReadError::Outside));
        assert!(below(&tree, "../nowhere").unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn without_a_repository_only_modules_are_read_above_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for file in ["envs/prod/main.tf", "modules/net/main.tf", "modules/net/files/a.txt", "private/key"] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink(root.join("private/key"), root.join("envs/prod/link")).unwrap();
        std::os::unix::fs::symlink(root.join("private/key"), root.join("modules/net/link")).unwrap();
        std::os::unix::fs::symlink(root.join("private"), root.join("modules/linked")).unwrap();
        let tree = DiskTree::new(&root.join("envs/prod"), 1).unwrap();
        for path in ["../../modules/net/main.tf", "../../modules/net/files/a.txt", "../prod/main.tf"] {
            assert_eq!(tree.read(path), Ok(Vec::new()), "{path}");
        }
        for path in [
            "../../private/key",
            "../../modules/net/link",
            "../../modules/linked/key",
            "../prod/link",
            "link",
            "../../modules/net/../../private/key",
            "/etc/hostname",
        ] {
            assert_eq!(tree.read(path), Err(ReadError::Outside), "{path}");
        }
        assert!(tree.entries("../../private").is_empty());
        assert_eq!(below(&tree, "../../private"), Err(ReadError::Outside));
    }
}
