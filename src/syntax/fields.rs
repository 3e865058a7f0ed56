//! The entries of a mapping while it is built: explicit, merged, duplicate.

use std::collections::HashMap;

use ecow::EcoString;

use super::node::Entry;
use crate::source::{Diagnostic, DiagnosticKind, Span};

/// Searching a short list is faster than hashing.
const FEW: usize = 16;

/// So many duplicate keys of a file are named one by one.
const MAX_DUPLICATES: usize = 20;

/// The entries so far.
#[derive(Default)]
pub(super) struct Fields {
    entries: Vec<Entry>,
    merged: Vec<bool>,
    index: HashMap<EcoString, usize>,
}

impl Fields {
    /// Adds an entry that is written here. It takes the place of an entry of the same key; if that
    /// was written here too, its place is given back.
    pub(super) fn insert(&mut self, entry: Entry) -> Option<Span> {
        let Some(at) = self.find(&entry.key) else {
            self.push(entry, false);
            return None;
        };
        let twice = (!self.merged[at]).then_some(self.entries[at].key_span);
        self.entries[at] = entry;
        self.merged[at] = false;
        twice
    }

    /// Adds an entry whether there is one of its key or not.
    pub(super) fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Adds an entry by a merge key: what is written in the mapping itself wins.
    pub(super) fn merge(&mut self, entry: Entry) {
        match self.find(&entry.key) {
            Some(at) if self.merged[at] => self.entries[at] = entry,
            Some(_) => {}
            None => self.push(entry, true),
        }
    }

    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    fn push(&mut self, entry: Entry, merged: bool) {
        let at = self.entries.len();
        if at == FEW {
            self.index = self.entries.iter().enumerate().map(|(i, e)| (e.key.clone(), i)).collect();
        }
        if at >= FEW {
            self.index.insert(entry.key.clone(), at);
        }
        self.entries.push(entry);
        self.merged.push(merged);
    }

    fn find(&self, key: &str) -> Option<usize> {
        if self.entries.len() <= FEW {
            self.entries.iter().position(|e| e.key == key)
        } else {
            self.index.get(key).copied()
        }
    }
}

/// The duplicate keys of a file.
#[derive(Default)]
pub(super) struct Duplicates(usize);

impl Duplicates {
    /// Tells of a key that occurs twice.
    pub(super) fn tell(&mut self, key: &str, before: Span, span: Span, diagnostics: &mut Vec<Diagnostic>) {
        self.0 += 1;
        if self.0 > MAX_DUPLICATES {
            return;
        }
        let key: EcoString = key.chars().take(60).collect();
        let message = format!("the key `{key}` occurs twice in this mapping");
        diagnostics.push(
            Diagnostic::error(DiagnosticKind::Input, message, span)
                .warning()
                .label("this one counts")
                .note(before, "this one is ignored")
                .help("remove one of the two; many programs refuse such a file"),
        );
    }
}
