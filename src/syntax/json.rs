//! stub
use super::yaml::Parsed;
use crate::source::FileId;

/// Parses a file.
pub fn parse(_file: FileId, _text: &str) -> Parsed {
    Parsed::default()
}
