//! Rules on entities: verdicts, blame, findings.
//!
//! A rule never sees Terraform or YAML, only entities. Each rule runs on its own, in parallel with
//! the others; what comes out is sorted before anything renders it.

pub mod baseline;
pub mod blame;
pub mod change;
mod defaults;
mod distinct;
pub mod fix;
mod fold;
mod links;
pub mod prove;
mod run;
mod scope;
pub mod waive;

pub use run::{Options, check, wanted_kinds, without_keys};
pub use waive::Waiving;
