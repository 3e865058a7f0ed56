//! trustlint checks an infrastructure repository against the SOC 2 criteria CC6, CC7 and CC8.
//!
//! The layers, each of which may use those above it:
//!
//! - [`source`]: files, spans, diagnostics
//! - [`syntax`], [`value`]: trees of text; values and their origins
//! - [`eval`]: the evaluator
//! - [`model`]: entities and projects
//! - [`lower`], [`rule`]: documents to entities; rule files to rules
//! - [`config`]: what `trustlint.hcl` says
//! - [`check`]: rules on entities
//! - [`mend`]: what a fix changes to edits of text
//! - [`report`]: findings as plain data, and their renderings
//! - [`cli`]: the program

pub mod check;
pub mod cli;
pub mod config;
pub mod eval;
pub mod lower;
pub mod mend;
pub mod model;
pub mod report;
pub mod rule;
pub mod source;
pub mod syntax;
pub mod value;
