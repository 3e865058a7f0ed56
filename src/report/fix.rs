//! How a finding may be mended: in words, in what has to change, and in edits of text.

use serde_json::Value as Json;

use crate::source::{Edit, Span};

/// How a finding may be mended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixNote {
    /// What to change, one sentence: "set `storage_encrypted = true`".
    pub summary: String,
    /// `safe`, `unsafe` or `manual`.
    pub safety: String,
    /// Why it is not safe, or what to mind; may be empty.
    pub reason: String,
    /// Code to write, if the fix adds a block; may be empty.
    pub code: String,
    /// What has to change, whatever the syntax of the file.
    pub steps: Vec<FixStep>,
    /// The edits that do it, once `mend` has looked at the texts; empty if it cannot be done there.
    pub edits: Vec<Edit>,
}

impl FixNote {
    /// Who makes it: the word for its safety, unless no edit could be found for it in the text.
    pub fn made(&self) -> &str {
        if self.steps.is_empty() || !self.edits.is_empty() { &self.safety } else { "by hand" }
    }
}

/// One thing that has to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FixStep {
    /// A value that is written gets another one.
    Replace {
        /// Where the value was decided, nearest to its use first.
        places: Vec<FixPlace>,
        /// What it is now; null if that is not known.
        current: Json,
        /// What it becomes.
        value: Json,
    },
    /// Something that is not there is written.
    Set {
        /// What lacks it: a block or mapping.
        holder: FixPlace,
        /// The names that lead to it; all of them are missing.
        path: Vec<String>,
        /// Its value.
        value: Json,
    },
    /// Elements are added to a list.
    Append {
        /// Where the list was decided, nearest to its use first.
        places: Vec<FixPlace>,
        /// The elements.
        values: Vec<Json>,
    },
    /// An attribute or a block is taken away.
    Remove {
        /// What has it.
        holder: FixPlace,
        /// Its name.
        name: String,
    },
    /// Code is written at the end of a block or mapping.
    Insert {
        /// The block or mapping.
        holder: FixPlace,
        /// The code.
        code: String,
    },
    /// Code is written behind a block.
    InsertAfter {
        /// The block.
        block: FixPlace,
        /// The code.
        code: String,
    },
}

/// A place that a fix changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixPlace {
    /// Its header, key or literal.
    pub anchor: Span,
    /// The whole of it.
    pub extent: Span,
}
