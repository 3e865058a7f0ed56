//! The result of a check as plain data, and its renderings: pure functions of it and the texts.

pub mod finding;
pub mod json;
pub mod sarif;
pub mod text;

pub use finding::{Counts, Criterion, Finding, FixNote, Label, Labels, Report, RuleInfo, Severity, Verdict};
