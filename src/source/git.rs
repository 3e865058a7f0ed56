//! A commit, or what is about to be committed, as a [`Tree`]: read from git's objects, without a checkout.
//!
//! Everything is asked of the `git` program, so that every kind of clone is understood: linked work trees, alternates,
//! partial clones. Nothing is written.

#![allow(clippy::disallowed_methods, reason = "this is the one that asks git for files")]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    ops::Bound,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    disk::{LARGEST, is_interesting},
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
            GitError::Refused(_) => GitError::NoRepository,
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
        let blobs = listed.split(|b| *b == 0).filter_map(|line| {
            let (about, path) = split_tab(line)?;
            let mut words = about.split(' ');
            let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
            Some((path, Blob { id: id.into(), is_link: mode == "120000" }, mode == "160000"))
        });
        self.tree(&format!("{} at {}", self.shown(), short(commit)), blobs)
    }

    /// The directory as it is about to be committed.
    ///
    /// # Errors
    ///
    /// If git refuses.
    pub fn index(&self) -> Result<GitTree, GitError> {
        let listed = ask_bytes(&self.top, &["ls-files", "-s", "-z"])?;
        // `100644 <id> 0\t<path>`; of what is in conflict, ours.
        let blobs = listed.split(|b| *b == 0).filter_map(|line| {
            let (about, path) = split_tab(line)?;
            let mut words = about.split(' ');
            let (mode, id, stage) = (words.next()?, words.next()?, words.next()?);
            matches!(stage, "0" | "2")
                .then(|| (path, Blob { id: id.into(), is_link: mode == "120000" }, mode == "160000"))
        });
        self.tree(&format!("what is staged in {}", self.shown()), blobs)
    }

    fn shown(&self) -> &str {
        if self.place.is_empty() { "the repository" } else { &self.place }
    }

    fn tree(&self, name: &str, blobs: impl Iterator<Item = (String, Blob, bool)>) -> Result<GitTree, GitError> {
        let blobs = blobs.filter(|(_, _, is_module)| !is_module).map(|(path, blob, _)| (path.into(), blob)).collect();
        Ok(GitTree {
            name: name.into(),
            place: self.place.clone(),
            blobs,
            objects: Mutex::new(Objects::open(&self.top)?),
        })
    }
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
    objects: Mutex<Objects>,
}

impl GitTree {
    /// A path of the tree as one from the top of the repository; none if it leads out of that.
    fn full(&self, path: &str) -> Option<String> {
        normal(&self.place, path)
    }

    fn blob(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let mut path = self.full(path).ok_or(ReadError::Outside)?;
        for _ in 0..MOST_LINKS {
            let blob = self.blobs.get(path.as_str()).ok_or(ReadError::NotFound)?;
            let bytes = self.objects.lock().unwrap_or_else(PoisonError::into_inner).read(&blob.id)?;
            if !blob.is_link {
                return Ok(bytes);
            }
            let target = String::from_utf8_lossy(&bytes).into_owned();
            let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
            path = normal(dir, &target).filter(|_| !target.starts_with('/')).ok_or(ReadError::Outside)?;
        }
        Err(ReadError::Refused("too many links".into()))
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
            // A link is followed to a file of the tree, which is listed by itself.
            if is_interesting(name) && !blob.is_link && !parts.any(|part| LEFT_OUT.contains(&part)) {
                listing.files.push(path.into());
            }
        }
        listing.files.sort();
        listing
    }

    fn files_below(&self, directory: &str) -> Option<Result<Vec<Arc<str>>, ReadError>> {
        let full = self.full(directory)?;
        let at = |path: &str| if directory.is_empty() { path.into() } else { format!("{directory}/{path}").into() };
        let mut files: Vec<Arc<str>> = self.below(&full).into_iter().map(|(path, _)| at(path)).collect();
        files.sort();
        Some(Ok(files))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.blob(path)
    }

    fn entries(&self, dir: &str) -> Vec<Entry> {
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

/// A path from a directory, without `.` and `..`; none if it leads above the top.
fn normal(dir: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn split_tab(line: &[u8]) -> Option<(&str, String)> {
    let at = line.iter().position(|b| *b == b'\t')?;
    // A name that is not UTF-8 cannot be one of a file that matters.
    let path = std::str::from_utf8(&line[at + 1..]).ok()?;
    Some((std::str::from_utf8(&line[..at]).ok()?, path.to_string()))
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

fn command(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
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

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn a_path_is_followed_from_its_directory_and_never_above_the_top() {
        assert_eq!(normal("envs/prod", "../../modules/./net").as_deref(), Some("modules/net"));
        assert_eq!(normal("", "a//b").as_deref(), Some("a/b"));
        assert_eq!(normal("a", "../.."), None);
    }
}
