//! The directory on disk as a [`Tree`].

#![allow(clippy::disallowed_methods, reason = "this is the one reader of the disk")]

use std::{
    collections::HashMap,
    fs,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex},
};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::tree::{Listing, ReadError, Tree};

/// Directories that hold other people's code or what a tool made.
const LEFT_OUT: [&str; 8] =
    [".git", ".terraform", ".terragrunt-cache", "node_modules", "vendor", "third_party", ".venv", "__pycache__"];

/// A larger file is not configuration.
const LARGEST: u64 = 100 * 1024 * 1024;

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
        Ok(Self { name: root.display().to_string(), root: resolved, threads, below: Mutex::default() })
    }

    fn relative(&self, path: &Path) -> Option<Arc<str>> {
        let relative = path.strip_prefix(&self.root).ok()?;
        let parts: Vec<&str> = relative.components().map(|c| c.as_os_str().to_str()).collect::<Option<_>>()?;
        Some(parts.join("/").into())
    }

    /// The place of a path of the tree.
    fn full(&self, path: &str) -> Result<PathBuf, ReadError> {
        let relative = Path::new(path);
        if relative.components().any(|c| !matches!(c, Component::Normal(_) | Component::CurDir)) {
            return Err(ReadError::Outside);
        }
        Ok(self.root.join(relative))
    }

    /// Every file that is there but those that git ignores or keeps for itself.
    fn walk_all(&self, directory: &str) -> Below {
        let top = match self.full(directory) {
            Err(ReadError::Outside) if !self.root.join(directory).exists() => return Ok(Vec::new()),
            top => top?,
        };
        let Ok(resolved) = fs::canonicalize(&top) else { return Ok(Vec::new()) };
        if !resolved.starts_with(&self.root) {
            return Err(ReadError::Outside);
        }
        let mut files = Vec::new();
        // What Terraform fetched is there on one machine and not on another.
        let fetched = |e: &DirEntry| {
            e.depth() > 0 && [".git", ".terraform", ".terragrunt-cache"].iter().any(|n| e.file_name() == *n)
        };
        let walk = WalkBuilder::new(&top)
            .hidden(false)
            .ignore(false)
            .git_global(false)
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
            files.extend(self.relative(entry.path()));
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
    const NAMES: [&str; 5] = ["CODEOWNERS", "Jenkinsfile", "Makefile", "Dockerfile", ".renovaterc"];
    ENDINGS.iter().any(|e| name.ends_with(e)) || NAMES.contains(&name)
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
        let refused = |e: std::io::Error| match e.kind() {
            std::io::ErrorKind::NotFound => ReadError::NotFound,
            _ => ReadError::Refused(e.to_string()),
        };
        let kind = fs::symlink_metadata(&full).map_err(refused)?;
        let size = if kind.is_symlink() || path.contains('/') {
            // Any directory on the way may be a link.
            let resolved = fs::canonicalize(&full).map_err(refused)?;
            if !resolved.starts_with(&self.root) {
                return Err(ReadError::Outside);
            }
            fs::metadata(&resolved).map_err(refused)?.len()
        } else {
            kind.len()
        };
        if size > LARGEST {
            return Err(ReadError::TooLarge(size));
        }
        fs::read(&full).map_err(refused)
    }

    fn name(&self) -> &str {
        &self.name
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
    fn nothing_outside_of_the_tree_is_listed() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("inside")).unwrap();
        fs::create_dir_all(directory.path().join("beside")).unwrap();
        let tree = DiskTree::new(&directory.path().join("inside"), 1).unwrap();
        assert_eq!(below(&tree, "../beside"), Err(ReadError::Outside));
        assert!(below(&tree, "../nowhere").unwrap().is_empty());
    }
}
