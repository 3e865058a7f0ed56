//! What an expression can do wrong.

use crate::{source::Span, value::Origins};

/// An expression that has no value. Not the same as an unknown value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// Where.
    pub span: Option<Span>,
    /// Set if `try` and `can` must not catch it: a reference to something that is not declared.
    pub fixed: bool,
    /// Set if a document has another shape than its kind says: a rule is then undecided.
    pub shape: bool,
    /// The places of the operands.
    pub origins: Origins,
}

impl EvalError {
    /// An error without a place; the expression that called adds its own.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None, fixed: false, shape: false, origins: Origins::none() }
    }

    /// The same at this place, unless it has one.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    /// A document that has another shape than was expected: `expected` says which.
    pub fn shape(expected: impl Into<String>, origins: Origins) -> Self {
        Self { shape: true, origins, ..Self::new(expected) }
    }

    /// The same, not to be caught by `try`.
    #[must_use]
    pub fn uncatchable(mut self) -> Self {
        self.fixed = true;
        self
    }
}

impl From<String> for EvalError {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}
