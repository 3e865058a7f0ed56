//! Files: where they come from, what they are called, and where in them something stands.
//!
//! This is the only layer, beside `cli`, that touches the disk. Everything above it sees a
//! [`Tree`] of files and a [`SourceMap`] of their texts, so that a git index or a git commit can
//! take the place of a directory without a change to any caller.

pub mod diagnostic;
pub mod disk;
pub mod edit;
pub mod git;
pub mod map;
pub mod memory;
pub mod overlay;
pub mod path;
pub mod read;
pub mod span;
pub mod tree;

pub use diagnostic::{Diagnostic, DiagnosticKind, Level, Note};
pub use edit::Edit;
pub use map::{LineColumn, SourceFile, SourceMap};
pub use span::{FileId, Span};
pub use tree::Tree;
pub use {disk::DiskTree, memory::MemoryTree, overlay::Overlay};
