//! The evaluator: one for configuration and for rules.

pub mod error;
pub mod expr;
pub mod functions;
pub mod scope;

pub use error::EvalError;

pub use scope::{Locals, Mode, Resolved, Scope};
