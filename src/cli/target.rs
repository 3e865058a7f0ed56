//! What the paths on the command line mean: which tree to read, and which part of it to report.

use std::{
    io::Read,
    path::{Component, Path, PathBuf},
};

use super::exit::Failure;
use crate::source::{DiskTree, MemoryTree, Tree};

/// What to read and what to report.
pub(crate) struct Target {
    pub(crate) tree: Box<dyn Tree>,
    /// Paths in the tree; empty: everything is reported.
    selected: Vec<String>,
}

impl Target {
    /// Whether findings in this file are reported.
    pub(crate) fn selects(&self, path: &str) -> bool {
        self.selected.is_empty()
            || self.selected.iter().any(|s| {
                s.is_empty() || path == s || path.strip_prefix(s.as_str()).is_some_and(|rest| rest.starts_with('/'))
            })
    }

    /// A directory.
    pub(crate) fn directory(path: &Path, threads: usize) -> Result<Self, Failure> {
        let tree = DiskTree::new(path, threads).map_err(|why| unreadable(path, &why))?;
        Ok(Self { tree: Box::new(tree), selected: Vec::new() })
    }

    /// What the arguments of `check` mean. One directory is a tree of its own. A file, or several
    /// paths, belong to a repository: the nearest directory above all of them that has a `.git`,
    /// else the nearest directory above all of them.
    pub(crate) fn from_paths(paths: &[PathBuf], stdin_name: &str, threads: usize) -> Result<Self, Failure> {
        if let [only] = paths {
            if only.as_os_str() == "-" {
                return Self::standard_input(stdin_name);
            }
            if only.is_dir() {
                return Self::directory(only, threads);
            }
        }
        let mut absolute = Vec::with_capacity(paths.len());
        for path in paths {
            absolute.push(std::fs::canonicalize(path).map_err(|e| unreadable(path, &e.to_string()))?);
        }
        let above = common_directory(&absolute);
        let root = above.ancestors().find(|d| d.join(".git").exists()).unwrap_or(&above);
        let selected = absolute.iter().filter_map(|p| p.strip_prefix(root).ok()).map(slashes).collect();
        let tree = DiskTree::new(root, threads).map_err(|why| unreadable(root, &why))?;
        Ok(Self { tree: Box::new(tree), selected })
    }

    fn standard_input(name: &str) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::input(format!("standard input cannot be read: {e}")))?;
        let tree = MemoryTree::new("standard input", [(name, bytes)]);
        Ok(Self { tree: Box::new(tree), selected: Vec::new() })
    }
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::input(format!("{} cannot be read: {why}", path.display()))
}

fn slashes(path: &Path) -> String {
    let parts = path.components().filter_map(|c| match c {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The deepest directory that holds all of them.
fn common_directory(paths: &[PathBuf]) -> PathBuf {
    let mut common: Option<PathBuf> = None;
    for path in paths {
        let dir = if path.is_dir() { path.clone() } else { path.parent().map(Path::to_path_buf).unwrap_or_default() };
        common = Some(match common {
            None => dir,
            Some(so_far) => so_far.ancestors().find(|a| dir.starts_with(a)).map(Path::to_path_buf).unwrap_or_default(),
        });
    }
    common.unwrap_or_default()
}
