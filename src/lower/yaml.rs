//! stub
use crate::{
    source::FileId,
    syntax::node::{Document, Node},
    value::Value,
};

/// A parsed YAML or JSON file.
#[derive(Debug)]
pub struct YamlFile {
    /// Which file.
    pub id: FileId,
    /// Its path.
    pub path: String,
    /// Its documents.
    pub documents: Vec<Document>,
}

/// A node as a value.
pub fn value(_node: &Node) -> Value {
    Value::null()
}
