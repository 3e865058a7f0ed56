//! Rules: files, and what is compiled from them.
//!
//! A rule file is read in two steps: [`file`] takes it apart into sections and knows what may stand
//! where; [`compile`] makes [`compile::Rule`]s of the sections and knows what they mean. Both report
//! every mistake they meet and go on. [`catalog`] holds all rules, [`examples`] reads a rule's
//! examples; that they hold is proved by `check::prove`.

pub mod catalog;
pub mod compile;
pub mod docs;
pub mod examples;
pub mod file;
mod scaffold;

pub use crate::syntax::hcl::walk;
pub use catalog::{Catalog, Part};
pub use scaffold::scaffold;
