//! A tree with other texts for some of its files: what an editor has not saved, what a fix would write.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::tree::{Entry, Listing, ReadError, Tree};

/// A tree, and texts that take the place of its files or come beside them.
pub struct Overlay<'a> {
    base: &'a dyn Tree,
    texts: &'a BTreeMap<Arc<str>, Vec<u8>>,
}

impl<'a> Overlay<'a> {
    /// `base` with `texts` over it, by path.
    pub fn new(base: &'a dyn Tree, texts: &'a BTreeMap<Arc<str>, Vec<u8>>) -> Self {
        Self { base, texts }
    }
}

impl Tree for Overlay<'_> {
    fn list(&self) -> Listing {
        let mut listing = self.base.list();
        let mut files: BTreeSet<Arc<str>> = listing.files.drain(..).collect();
        // What is there and is not listed was left out for a reason; what is not there is new.
        let is_new = |path: &str| !path.starts_with("../") && self.base.read(path).is_err();
        let new: Vec<_> = self.texts.keys().filter(|path| !files.contains(*path) && is_new(path)).cloned().collect();
        files.extend(new);
        listing.files = files.into_iter().collect();
        listing
    }

    fn files_below(&self, directory: &str) -> Option<Result<Vec<Arc<str>>, ReadError>> {
        self.base.files_below(directory)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.texts.get(path).map_or_else(|| self.base.read(path), |text| Ok(text.clone()))
    }

    fn entries(&self, dir: &str) -> Vec<Entry> {
        let mut entries = self.base.entries(dir);
        for path in self.texts.keys() {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            if parent == dir && !entries.iter().any(|e| e.name == name) {
                entries.push(Entry { name: name.into(), is_dir: false });
            }
        }
        entries.sort();
        entries
    }

    fn place(&self) -> String {
        self.base.place()
    }

    fn name(&self) -> &str {
        self.base.name()
    }
}
