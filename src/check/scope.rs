//! The names in a rule's expressions.

use ecow::EcoString;

use super::links::Links;
use crate::{
    eval::{Access, EvalError, Mode, Resolved, Scope},
    source::Span,
    value::{Object, Value},
};

/// What the names of a rule stand for; those that are `None` cannot be used where the expression is.
#[derive(Clone, Copy, Default)]
pub(super) struct RuleScope<'a> {
    pub(super) this: Option<&'a Value>,
    pub(super) each: Option<(&'a Value, &'a Value)>,
    pub(super) other: Option<&'a Value>,
    pub(super) pair: Option<(&'a Value, &'a Value)>,
    pub(super) links: Option<&'a Links<'a>>,
    pub(super) inputs: Option<&'a Object>,
    /// Whether somebody only wants to know if something is so.
    pub(super) only_truth: bool,
}

impl Scope for RuleScope<'_> {
    fn mode(&self) -> Mode {
        Mode::Rule
    }

    fn blames(&self) -> bool {
        !self.only_truth
    }

    fn resolve(&self, name: &str, _span: Span, steps: &[Access]) -> Result<Resolved, EvalError> {
        let whole = |value: &Value| Ok(Resolved { value: value.clone(), steps: 0 });
        let part = |value: &Value| Ok(Resolved { value: value.clone(), steps: 1 });
        let first = match steps.first() {
            Some(Access::Attribute(first)) => first.as_str(),
            _ => "",
        };
        match name {
            "self" if self.this.is_some() => self.this.map_or_else(|| unreachable_name(name), whole),
            "other" if self.other.is_some() => self.other.map_or_else(|| unreachable_name(name), whole),
            "a" if self.pair.is_some() => self.pair.map_or_else(|| unreachable_name(name), |p| whole(p.0)),
            "b" if self.pair.is_some() => self.pair.map_or_else(|| unreachable_name(name), |p| whole(p.1)),
            "each" => match (self.each, first) {
                (Some((key, _)), "key") => part(key),
                (Some((_, value)), "value") => part(value),
                _ => unreachable_name("each"),
            },
            "link" => match self.links.and_then(|links| links.get(first)) {
                Some(value) => Ok(Resolved { value: value?, steps: 1 }),
                None => unreachable_name(name),
            },
            "input" => match self.inputs.and_then(|i| i.get(first)) {
                Some(value) => part(value),
                None => unreachable_name(name),
            },
            _ => unreachable_name(name),
        }
    }

    fn read_file(&self, _path: &str) -> Result<Vec<u8>, EvalError> {
        Err(EvalError::new("a rule reads no files"))
    }

    fn list_files(&self, _dir: &str, _pattern: &str) -> Result<Vec<EcoString>, EvalError> {
        Err(EvalError::new("a rule reads no files"))
    }
}

/// The compiler refuses names that are not in scope, so this is met only in rules made by hand.
fn unreachable_name(name: &str) -> Result<Resolved, EvalError> {
    Err(EvalError::new(format!("`{name}` is not a name that is known here")).uncatchable())
}
