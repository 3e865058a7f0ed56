//! Text to [`Node`](super::node::Node)s, through `granit-parser`.
//!
//! Scalars are resolved by YAML 1.1 as the Kubernetes API server and most CI systems read them
//! ([`scalar`]); what a scalar looked like is kept. Nothing outside of [`events`] knows the parser.
//!
//! A document that does not parse is left out and named in a diagnostic; the other documents of the
//! file are there. The same holds for a document whose aliases would unfold into too much.

mod build;
mod events;
mod scalar;
#[cfg(test)]
mod tests;

use super::node::{Comment, Document};
use crate::source::{Diagnostic, FileId};

pub use scalar::number;

/// Deeper nesting than this, aliases unfolded, is refused: everything downstream may recurse.
pub(super) const MAX_DEPTH: usize = 256;

/// A YAML or JSON file, as far as it could be read.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Its documents, in order. One that does not parse is missing.
    pub documents: Vec<Document>,
    /// Its comments, in order.
    pub comments: Vec<Comment>,
    /// What does not parse, duplicate keys, and the like.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file, which has no byte-order mark any more. Never fails.
pub fn parse(file: FileId, text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut budget = build::Budget::default();
    events::read(file, text, &mut parsed, |raw, parsed| {
        match build::document(file, text, raw, &mut budget, &mut parsed.diagnostics) {
            Ok(root) => parsed.documents.push(Document { root }),
            Err(diagnostic) => parsed.diagnostics.push(*diagnostic),
        }
    });
    parsed.comments.sort_by_key(|c| c.span.start);
    parsed
}
