//! Texts in memory as a [`Tree`]: a rule's examples, standard input, tests.

use std::{collections::BTreeMap, sync::Arc};

use super::tree::{Entry, LEFT_OUT, Listing, ReadError, Tree};

/// Files by path.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    name: String,
    files: BTreeMap<Arc<str>, Vec<u8>>,
}

impl MemoryTree {
    /// A tree of these files.
    pub fn new<P: Into<Arc<str>>, T: Into<Vec<u8>>>(
        name: impl Into<String>,
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Self {
        let files = files.into_iter().map(|(p, t)| (p.into(), t.into())).collect();
        Self { name: name.into(), files }
    }
}

impl Tree for MemoryTree {
    fn list(&self) -> Listing {
        let own = |path: &&Arc<str>| {
            !path.starts_with("../") && !path.split('/').rev().skip(1).any(|part| LEFT_OUT.contains(&part))
        };
        Listing { files: self.files.keys().filter(own).cloned().collect(), problems: Vec::new() }
    }

    fn files_below(&self, directory: &str) -> Option<Result<Vec<Arc<str>>, ReadError>> {
        let below =
            |path: &str| directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
        Some(Ok(self.files.keys().filter(|path| below(path)).cloned().collect()))
    }

    fn entries(&self, dir: &str) -> Vec<Entry> {
        let inside = |path: &str| -> Option<Entry> {
            let rest = if dir.is_empty() { path } else { path.strip_prefix(dir)?.strip_prefix('/')? };
            // At the top, what is above the tree is not in it.
            (!rest.starts_with("../")).then(|| match rest.split_once('/') {
                Some((name, _)) => Entry { name: name.into(), is_dir: true },
                None => Entry { name: rest.into(), is_dir: false },
            })
        };
        let mut found: Vec<Entry> = self.files.keys().filter_map(|path| inside(path)).collect();
        found.sort();
        found.dedup();
        found
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.files.get(path).cloned().ok_or(ReadError::NotFound)
    }

    fn name(&self) -> &str {
        &self.name
    }
}
