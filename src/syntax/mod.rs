//! Text to trees, with the byte span of everything.
//!
//! Parsing never fails: it gives a tree and diagnostics. No crate that parses is known outside
//! the file that wraps it, so that each can be replaced when measurement says so.

mod fields;
pub mod hcl;
pub mod json;
pub mod node;
pub mod yaml;
