//! stub
use super::node::{Comment, Document};
use crate::source::{Diagnostic, FileId};

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

/// Parses a file.
pub fn parse(_file: FileId, _text: &str) -> Parsed {
    Parsed::default()
}
