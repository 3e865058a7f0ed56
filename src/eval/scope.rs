//! What names mean where an expression stands.

use ecow::EcoString;

use super::EvalError;
use crate::{
    source::Span,
    value::{Origins, Value},
};

/// Which meaning the language has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Terraform's: strict about nulls and types.
    Configuration,
    /// A rule's: Kleene's logic, a missing attribute is null and remembers where it is missing, a
    /// single block is entered without an index, `"true"` equals `true`.
    Rule,
}

/// What names mean, and what functions may ask of the outside.
pub trait Scope {
    /// Which meaning the language has.
    fn mode(&self) -> Mode;

    /// The value of a name followed by steps, such as `var.x`, `module.net.id`, `aws_vpc.main.id`.
    /// The scope takes as many of the steps as it wants and says how many those were; the
    /// evaluator applies the others to the value. In a rule only the first step is shown.
    fn resolve(&self, name: &str, span: Span, steps: &[Access]) -> Result<Resolved, EvalError>;

    /// Whether it matters which places decided an answer, or only the answer. If only that, the right side of an
    /// `&&` or `||` that the left side decides is not looked at.
    fn blames(&self) -> bool {
        true
    }

    /// Asks to make so many more elements or bytes of text. Loops in loops, and values of values, can
    /// ask for more than any machine holds; a scope that evaluates what others wrote refuses in time.
    ///
    /// # Errors
    ///
    /// If that is more than the scope grants.
    fn spend(&self, _amount: usize) -> Result<(), EvalError> {
        Ok(())
    }

    /// What a function made of a text before, if the scope remembers: modules that are called often decode the
    /// same files each time.
    fn remembered(&self, _function: &'static str, _text: &str, _origins: &Origins) -> Option<Value> {
        None
    }

    /// Keeps what a function made of a text at these places.
    fn remember(&self, _function: &'static str, _text: &str, _origins: &Origins, _value: &Value) {}

    /// Whether only this scope has a function of this name, such as Terragrunt's.
    fn has_function(&self, _name: &str) -> bool {
        false
    }

    /// Calls a function that only this scope has.
    ///
    /// # Errors
    ///
    /// If there is no such function, or what the language would call an error.
    fn call_function(&self, name: &str, _args: &[Value], _span: Span) -> Result<Value, EvalError> {
        Err(EvalError::new(format!("there is no function named `{name}`")))
    }

    /// Reads a file for `file`, `templatefile` and the like: `path` is as the expression gives it.
    /// The answer is the bytes and the span of the whole file if it is in the source map.
    fn read_file(&self, path: &str) -> Result<Vec<u8>, EvalError>;

    /// What messages call the file that `path` leads to.
    fn file_name(&self, path: &str) -> EcoString {
        path.into()
    }

    /// The files below `dir` that match a glob, for `fileset`: paths relative to `dir`, sorted.
    fn list_files(&self, dir: &str, pattern: &str) -> Result<Vec<EcoString>, EvalError>;
}

/// A step of a traversal whose index, if it has one, is evaluated.
#[derive(Clone, Debug)]
pub enum Access {
    /// `.name`
    Attribute(EcoString),
    /// `[key]`, `.0`
    Index(Value),
    /// `[*]`, `.*`
    Splat,
}

/// A value and how many of the steps it took.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The value.
    pub value: Value,
    /// Steps taken.
    pub steps: usize,
}

/// Names bound by `for` and by templates, innermost first.
#[derive(Clone, Copy)]
pub struct Locals<'a> {
    names: &'a [(EcoString, Value)],
    outer: Option<&'a Locals<'a>>,
}

impl<'a> Locals<'a> {
    /// No name bound.
    pub const NONE: Locals<'static> = Locals { names: &[], outer: None };

    /// These names around `outer`.
    pub fn new(names: &'a [(EcoString, Value)], outer: &'a Locals<'a>) -> Self {
        Self { names, outer: Some(outer) }
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.names.iter().find(|(n, _)| n == name).map(|(_, v)| v).or_else(|| self.outer.and_then(|o| o.get(name)))
    }
}
