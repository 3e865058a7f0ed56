//! A commit, or what is about to be committed, as a [`Tree`]: read from git's objects, without a checkout.
//!
//! Everything is asked of the `git` program, so that every kind of clone is understood: linked work trees, alternates,
//! partial clones. Nothing is written.

#![allow(clippy::disallowed_methods, reason = "this is the one that asks git for files")]

use std::{
    collections::{BTreeMap, HashSet},
    io::{BufRead, BufReader, Read, Write},
    ops::Bound,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    disk::{DiskTree, LARGEST, is_interesting},
    path,
    tree::{Entry, LEFT_OUT, Listing, ReadError, Tree},
};

/// Links that lead to links that lead to links ... end here.
const MOST_LINKS: usize = 8;

/// Why git did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitError {
    /// There is no `git` program, or it cannot be run; the system's words.
    Missing(String),
    /// The directory is in no repository.
    NoRepository,
    /// There is no such commit.
    NoCommit,
    /// Two commits have no commit in common.
    NoCommonCommit,
    /// Git's words.
    Refused(String),
}

/// A repository and a directory of it.
#[derive(Clone, Debug)]
pub struct Repository {
    top: PathBuf,
    place: String,
}

impl Repository {
    /// The repository around a directory.
    ///
    /// # Errors
    ///
    /// If there is none, or git cannot be run.
    pub fn around(directory: &Path) -> Result<Self, GitError> {
        let text = ask(directory, &["rev-parse", "--show-toplevel", "--show-prefix"]).map_err(|error| match error {
            GitError::Refused(why) if why.contains("not a git repository") => GitError::NoRepository,
            other => other,
        })?;
        let mut lines = text.lines();
        let top = lines.next().filter(|top| !top.is_empty()).ok_or(GitError::NoRepository)?;
        let place = lines.next().unwrap_or_default().trim_end_matches('/').to_string();
        Ok(Self { top: top.into(), place })
    }

    /// The commit from which `HEAD` and another one come, as a change request compares them.
    ///
    /// # Errors
    ///
    /// If there is no such commit here, or none in common.
    pub fn fork_point(&self, revision: &str) -> Result<String, GitError> {
        let name = format!("{revision}^{{commit}}");
        let commit = ask(&self.top, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name]);
        let commit = commit.map_err(|error| match error {
            GitError::Refused(_) => GitError::NoCommit,
            other => other,
        })?;
        // Without a commit of its own there is nothing that could have been forked.
        if ask(&self.top, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).is_err() {
            return Ok(commit.trim().to_string());
        }
        match ask(&self.top, &["merge-base", commit.trim(), "HEAD"]) {
            Ok(base) => Ok(base.trim().to_string()),
            Err(GitError::Refused(_)) => Err(GitError::NoCommonCommit),
            Err(other) => Err(other),
        }
    }

    /// The directory at a commit.
    ///
    /// # Errors
    ///
    /// If there is no such commit here.
    pub fn commit(&self, commit: &str) -> Result<GitTree, GitError> {
        let listed = ask_bytes(&self.top, &["ls-tree", "-r", "-z", "--full-tree", commit])?;
        // `100644 blob <id>\t<path>`
        let found = listed.split(|b| *b == 0).filter_map(|line| {
            let (about, path) = split_tab(line)?;
            let mut words = about.split(' ');
            let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
            Some(Found { path, id: id.into(), mode: mode.into() })
        });
        self.tree(&format!("{} at {}", self.shown(), short(commit)), found)
    }

    /// The directory as it is about to be committed.
    ///
    /// # Errors
    ///
    /// If git refuses.
    pub fn index(&self) -> Result<GitTree, GitError> {
        let listed = ask_bytes(&self.top, &["ls-files", "-s", "-z"])?;
        // `100644 <id> 0\t<path>`; of what is in conflict, ours.
        let found = listed.split(|b| *b == 0).filter_map(|line| {
            let (about, path) = split_tab(line)?;
            let mut words = about.split(' ');
            let (mode, id, stage) = (words.next()?, words.next()?, words.next()?);
            matches!(stage, "0" | "2").then(|| Found { path, id: id.into(), mode: mode.into() })
        });
        self.tree(&format!("what is staged in {}", self.shown()), found)
    }

    fn shown(&self) -> &str {
        if self.place.is_empty() { "the repository" } else { &self.place }
    }

    fn tree(&self, name: &str, found: impl Iterator<Item = Found>) -> Result<GitTree, GitError> {
        let (mut blobs, mut modules, mut problems) = (BTreeMap::new(), Vec::new(), Vec::new());
        for Found { path, id, mode } in found {
            match (path, mode.as_str()) {
                (Ok(path), "160000") => modules.push(path),
                (Ok(path), mode) => {
                    blobs.insert(path.into(), Blob { id: id.into(), is_link: mode == "120000" });
                }
                (Err(path), _) => problems.push(path),
            }
        }
        // The walk of a directory leaves out what is ignored, also if it is tracked.
        let ignored = ask_bytes(&self.top, &["ls-files", "-i", "-c", "--exclude-standard", "-z"]).unwrap_or_default();
        let ignored = ignored.split(|b| *b == 0).map(|path| String::from_utf8_lossy(path).into_owned()).collect();
        let disk = DiskTree::new(&self.top.join(&self.place), 0).map_err(GitError::Refused)?;
        let objects = Mutex::new(Objects::open(&self.top)?);
        Ok(GitTree { name: name.into(), place: self.place.clone(), blobs, modules, ignored, problems, disk, objects })
    }
}

/// A line of what git lists.
struct Found {
    /// The path, or as much as can be shown of one that is not UTF-8.
    path: Result<String, String>,
    id: String,
    mode: String,
}

/// A commit as people write it.
pub fn short(commit: &str) -> &str {
    commit.get(..9).unwrap_or(commit)
}

#[derive(Debug)]
struct Blob {
    id: Arc<str>,
    is_link: bool,
}

/// A directory of a commit or of the index.
#[derive(Debug)]
pub struct GitTree {
    name: String,
    place: String,
    /// By their paths from the top of the repository.
    blobs: BTreeMap<Arc<str>, Blob>,
    /// Where other repositories are put in.
    modules: Vec<String>,
    /// Tracked, and ignored all the same.
    ignored: HashSet<String>,
    /// Files whose names are not UTF-8.
    problems: Vec<String>,
    /// The directory as it lies there, for what git does not keep: downloaded modules, other repositories.
    disk: DiskTree,
    objects: Mutex<Objects>,
}

impl GitTree {
    /// A path of the tree as one from the top of the repository, links to directories followed; none if it leads out.
    fn full(&self, path: &str) -> Option<String> {
        let mut path: String = path::join(&self.place, path)?.to_string();
        for _ in 0..MOST_LINKS {
            let mut ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            let Some(end) = ends.find(|end| self.blobs.get(&path[..*end]).is_some_and(|blob| blob.is_link)) else {
                return Some(path);
            };
            let bytes = self.object(&self.blobs.get(&path[..end])?.id).ok()?;
            let target = String::from_utf8(bytes).ok().filter(|target| !target.starts_with('/'))?;
            let around = path[..end].rsplit_once('/').map_or("", |(around, _)| around);
            path = path::join(around, &format!("{target}{}", &path[end..]))?.to_string();
        }
        None
    }

    fn object(&self, id: &str) -> Result<Vec<u8>, ReadError> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).read(id)
    }

    /// Whether a path is one of what git does not keep.
    fn is_on_disk(&self, path: &str) -> bool {
        path.split('/').any(|part| part == ".terraform")
            || !self.modules.is_empty() && path::join(&self.place, path).is_some_and(|full| self.is_in_module(&full))
    }

    fn is_in_module(&self, full: &str) -> bool {
        self.modules.iter().any(|m| full.strip_prefix(m.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/')))
    }

    /// The paths below a directory of the repository, relative to it, sorted.
    fn below(&self, dir: &str) -> Vec<(&str, &Blob)> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        let inside = self.blobs.range::<str, _>(from);
        inside.map_while(|(path, blob)| Some((path.strip_prefix(prefix.as_str())?, blob))).collect()
    }
}

impl Tree for GitTree {
    fn list(&self) -> Listing {
        let mut listing = Listing::default();
        for (path, blob) in self.below(&self.place) {
            let mut parts = path.rsplit('/');
            let name = parts.next().unwrap_or_default();
            if !is_interesting(name) || parts.any(|part| LEFT_OUT.contains(&part)) {
                continue;
            }
            // As in a directory: a link is followed to a file of the tree, which is listed by itself.
            if !blob.is_link {
                listing.files.push(path.into());
            } else if self.full(path).is_none_or(|to| !self.blobs.contains_key(to.as_str())) {
                listing.problems.push((path.into(), "a link that leads out of the tree".into()));
            }
        }
        let at_top = |path: &str| path::join(&self.place, path).unwrap_or_default();
        listing.files.retain(|path| !self.ignored.contains(at_top(path).as_str()));
        if !self.modules.is_empty() {
            let own = self.disk.list().files.into_iter();
            listing.files.extend(own.filter(|path| self.is_in_module(&at_top(path))));
        }
        let inside = self.problems.iter().filter(|path| {
            is_interesting(path) && (self.place.is_empty() || path.starts_with(&format!("{}/", self.place)))
        });
        listing.problems.extend(inside.map(|path| (path.clone(), "its name is not UTF-8".into())));
        listing.files.sort();
        listing
    }

    fn files_below(&self, directory: &str) -> Option<Result<Vec<Arc<str>>, ReadError>> {
        if self.is_on_disk(directory) {
            return self.disk.files_below(directory);
        }
        let full = self.full(directory)?;
        let at = |path: &str| if directory.is_empty() { path.into() } else { format!("{directory}/{path}").into() };
        let mut files: Vec<Arc<str>> = self.below(&full).into_iter().map(|(path, _)| at(path)).collect();
        files.sort();
        Some(Ok(files))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        if self.is_on_disk(path) {
            return self.disk.read(path);
        }
        let full = self.full(path).ok_or(ReadError::Outside)?;
        self.object(&self.blobs.get(full.as_str()).ok_or(ReadError::NotFound)?.id)
    }

    fn entries(&self, dir: &str) -> Vec<Entry> {
        if self.is_on_disk(dir) {
            return self.disk.entries(dir);
        }
        let Some(full) = self.full(dir) else { return Vec::new() };
        let mut entries: Vec<Entry> = self
            .below(&full)
            .into_iter()
            .map(|(path, _)| match path.split_once('/') {
                Some((name, _)) => Entry { name: name.into(), is_dir: true },
                None => Entry { name: path.into(), is_dir: false },
            })
            .collect();
        entries.sort();
        entries.dedup();
        entries
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    fn name(&self) -> &str {
        &self.name
    }
}

fn split_tab(line: &[u8]) -> Option<(&str, Result<String, String>)> {
    let at = line.iter().position(|b| *b == b'\t')?;
    let path = &line[at + 1..];
    let path = String::from_utf8(path.to_vec()).map_err(|_| String::from_utf8_lossy(path).into_owned());
    Some((std::str::from_utf8(&line[..at]).ok()?, path))
}

/// `git cat-file --batch`: one process for all objects.
#[derive(Debug)]
struct Objects {
    process: Child,
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    fn open(top: &Path) -> Result<Self, GitError> {
        let mut process = command(top)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| GitError::Missing(e.to_string()))?;
        let missing = || GitError::Missing("it has no output".into());
        let answers = process.stdout.take().ok_or_else(missing)?;
        let asks = process.stdin.take();
        Ok(Self { process, asks, answers: BufReader::new(answers) })
    }

    fn read(&mut self, id: &str) -> Result<Vec<u8>, ReadError> {
        let refused = |error: std::io::Error| ReadError::Refused(format!("git does not answer: {error}"));
        if let Some(asks) = &mut self.asks {
            writeln!(asks, "{id}").and_then(|()| asks.flush()).map_err(refused)?;
        }
        let mut head = String::new();
        self.answers.read_line(&mut head).map_err(refused)?;
        // `<id> blob <size>`, or `<id> missing` in a partial clone that cannot fetch.
        let size: u64 = head
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse().ok())
            .ok_or_else(|| ReadError::Refused("git does not have this object; the clone is not complete".into()))?;
        if size > LARGEST {
            let mut rest = (&mut self.answers).take(size + 1);
            std::io::copy(&mut rest, &mut std::io::sink()).map_err(refused)?;
            return Err(ReadError::TooLarge(size));
        }
        let mut bytes = vec![0; size as usize + 1];
        self.answers.read_exact(&mut bytes).map_err(refused)?;
        bytes.pop();
        Ok(bytes)
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It ends when nothing more can be asked.
        self.asks = None;
        let _ = self.process.wait();
    }
}

/// The commit that a directory is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its id, 40 hex digits or more.
    pub commit: String,
    /// When it was committed, as `2026-03-01T12:00:00Z`.
    pub time: String,
    /// Whether files differ from it, or are not in it.
    pub is_changed: bool,
}

/// The commit that a directory is at; none if there is no git, no repository or no commit.
pub fn head(directory: &Path) -> Option<Head> {
    let said = ask(directory, &["log", "-1", "--format=%H %cI"]).ok()?;
    let (commit, time) = said.trim().split_once(' ')?;
    let changes = ask(directory, &["status", "--porcelain", "--untracked-files=normal"]).ok()?;
    Some(Head { commit: commit.into(), time: time.into(), is_changed: !changes.is_empty() })
}

fn command(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).env("LC_ALL", "C");
    // Nothing is written, and nothing is fetched.
    command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_LAZY_FETCH", "1");
    // Git tells hooks where they are; with these it would not look around the directory that is asked about. Which index
    // is meant (`GIT_INDEX_FILE`) stays.
    command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_PREFIX");
    command
}

fn ask_bytes(directory: &Path, args: &[&str]) -> Result<Vec<u8>, GitError> {
    let run = command(directory).args(args).output().map_err(|e| GitError::Missing(e.to_string()))?;
    if run.status.success() {
        Ok(run.stdout)
    } else {
        Err(GitError::Refused(String::from_utf8_lossy(&run.stderr).trim().to_string()))
    }
}

fn ask(directory: &Path, args: &[&str]) -> Result<String, GitError> {
    ask_bytes(directory, args).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
