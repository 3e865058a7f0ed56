//! Functions: Terraform's, and ours for rules.
//!
//! Each family is a file with a constant `FUNCTIONS`; [`lookup`] finds a function in all of them and
//! [`call`] does what all calls have in common: it checks the number of arguments and whether the
//! language has the function, lets unknown arguments make the result unknown where the function asks
//! for that, keeps `sensitive`, and gives a result without places those of its operands.
//!
//! Places: a function that picks (an element, a field, the first that is not null) returns what it
//! picked with the places that it has. A function that computes leaves the places empty and gets those
//! of the operands. In configuration the evaluator then puts the expression in front and drops the
//! operands' places inside of it (see [`super::expr`]).

// The functions of the table have one signature, whether they can fail or not.
#![allow(clippy::unnecessary_wraps)]

use std::sync::OnceLock;

use foldhash::HashMap;

use crate::{
    eval::{EvalError, Mode, Scope},
    source::Span,
    value::Value,
};

pub mod args;
pub mod collection;
pub mod convert;
pub mod encoding;
pub mod equality;
pub mod filesystem;
pub mod format;
pub mod hash;
pub mod json;
pub mod lint;
pub mod network;
pub mod numeric;
pub mod pick;
pub mod provider;
pub mod regex;
pub mod set;
mod signature;
pub mod spread;
pub mod string;
pub mod time;
pub mod types;
pub mod unify;

#[cfg(test)]
mod tests;

pub(crate) use spread::non_null;

/// A call of a function whose arguments are evaluated.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The name, for messages.
    pub name: &'a str,
    /// The arguments.
    pub args: &'a [Value],
    /// Where the call stands.
    pub span: Span,
    /// Which meaning the language has.
    pub mode: Mode,
    /// For functions that read files.
    pub scope: &'a dyn Scope,
}

/// What a function does.
pub type Run = fn(&Call<'_>) -> Result<Value, EvalError>;

/// What a function is.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The fewest arguments.
    pub min: usize,
    /// The most arguments; none: any number.
    pub max: Option<usize>,
    /// What to do about unknown arguments.
    pub unknowns: Unknowns,
    /// Which languages have it.
    pub available: Available,
    /// What it does.
    pub run: Run,
    /// One sentence, for the documentation; only ours have one.
    pub doc: &'static str,
}

/// What happens if an argument is not wholly known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknowns {
    /// The result is unknown, for the reason of the first unknown argument, if any argument holds
    /// an unknown at any depth. `run` sees known arguments only.
    Spread,
    /// The result is unknown if an argument itself is unknown; elements may be.
    SpreadTop,
    /// `run` deals with them.
    Handled,
}

/// Which languages have a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Available {
    /// Configuration and rules.
    Everywhere,
    /// Configuration only: it reads files, or the clock.
    Configuration,
    /// Rules only.
    Rules,
}

impl Function {
    /// One of Terraform's functions with this many arguments.
    pub const fn fixed(name: &'static str, arguments: usize, unknowns: Unknowns, run: Run) -> Self {
        Self::ranged(name, arguments, Some(arguments), unknowns, run)
    }

    /// One of Terraform's functions with `min` arguments or more, up to `max` if there is one.
    pub const fn ranged(name: &'static str, min: usize, max: Option<usize>, unknowns: Unknowns, run: Run) -> Self {
        Self { name, min, max, unknowns, available: Available::Everywhere, run, doc: "" }
    }

    /// The same, but not for rules.
    #[must_use]
    pub const fn in_configuration(self) -> Self {
        Self { available: Available::Configuration, ..self }
    }
}

const FAMILIES: [&[Function]; 14] = [
    collection::FUNCTIONS,
    encoding::FUNCTIONS,
    filesystem::FUNCTIONS,
    format::FUNCTIONS,
    hash::FUNCTIONS,
    lint::FUNCTIONS,
    network::FUNCTIONS,
    numeric::FUNCTIONS,
    pick::FUNCTIONS,
    provider::FUNCTIONS,
    regex::FUNCTIONS,
    set::FUNCTIONS,
    string::FUNCTIONS,
    time::FUNCTIONS,
];

/// All functions, sorted by name.
pub fn all() -> &'static [&'static Function] {
    static TABLE: OnceLock<Vec<&'static Function>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: Vec<&'static Function> = FAMILIES.into_iter().chain([types::FUNCTIONS]).flatten().collect();
        table.sort_unstable_by_key(|f| f.name);
        table
    })
}

/// The name of a function of the language, which may be written as `core::name`.
pub fn local_name(name: &str) -> &str {
    name.strip_prefix("core::").unwrap_or(name)
}

/// The function of this name, also as `core::name`.
pub fn lookup(name: &str) -> Option<&'static Function> {
    static BY_NAME: OnceLock<HashMap<&'static str, &'static Function>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| all().iter().map(|f| (f.name, *f)).collect());
    by_name.get(local_name(name)).copied()
}

/// Calls a function.
///
/// # Errors
///
/// What Terraform would call an error: no such function, the wrong number of arguments, an argument
/// that does not fit.
pub fn call(call: &Call<'_>) -> Result<Value, EvalError> {
    let Some(function) = lookup(call.name) else { return Err(no_such_function(call.name)) };
    check_available(function, call.mode)?;
    check_count(function, call.args.len())?;
    let configuration = call.mode == Mode::Configuration;
    if configuration {
        signature::check(call)?;
    }
    let mut value = spread::run(function, call)?;
    if configuration {
        value = signature::typed(call, value);
    }
    if value.origins.is_empty() {
        value.origins = spread::operand_places(call, &value);
        // A rule's list out of several: where one of them is used is not where the elements of others are.
        if !configuration && call.args.len() > 1 && value.as_list().is_some() {
            let (uses, places): (Vec<_>, Vec<_>) = value.origins.iter().cloned().partition(|o| o.step.refers());
            value.origins = places.into_iter().chain(uses).collect();
        }
    }
    value.sensitive |= spread::is_sensitive(function, call.args);
    Ok(value)
}

fn no_such_function(name: &str) -> EvalError {
    EvalError::new(format!("there is no function named `{name}`"))
}

fn check_available(function: &Function, mode: Mode) -> Result<(), EvalError> {
    let name = function.name;
    match (function.available, mode) {
        (Available::Configuration, Mode::Rule) => {
            Err(EvalError::new(format!("`{name}` reads files or the clock, and a rule can do neither")).uncatchable())
        }
        (Available::Rules, Mode::Configuration) => Err(no_such_function(name)),
        _ => Ok(()),
    }
}

fn check_count(function: &Function, given: usize) -> Result<(), EvalError> {
    let (min, max) = (function.min, function.max);
    if given >= min && max.is_none_or(|max| given <= max) {
        return Ok(());
    }
    let wanted = match max {
        Some(max) if max == min => format!("{min}"),
        Some(max) => format!("{min} to {max}"),
        None => format!("at least {min}"),
    };
    let plural = if wanted == "1" || wanted == "at least 1" { "" } else { "s" };
    Err(EvalError::new(format!("`{}` takes {wanted} argument{plural}, not {given}", function.name)))
}
