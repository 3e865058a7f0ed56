//! Texts in memory as a [`Tree`]: a rule's examples, standard input, tests.

use std::{collections::BTreeMap, sync::Arc};

use super::tree::{Listing, ReadError, Tree};

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
        Listing { files: self.files.keys().cloned().collect(), problems: Vec::new() }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.files.get(path).cloned().ok_or(ReadError::NotFound)
    }

    fn name(&self) -> &str {
        &self.name
    }
}
