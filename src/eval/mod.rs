//! The evaluator: one for configuration and for rules.

pub mod error;
pub mod expr;
pub mod functions;
pub mod iterate;
pub mod scope;
pub mod template;
pub mod traverse;
mod unnamed;

pub use error::EvalError;

pub use expr::evaluate;
pub use scope::{Access, Locals, Mode, Resolved, Scope};
