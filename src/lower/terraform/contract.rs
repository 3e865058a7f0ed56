//! What a module asks of those who call it: which arguments, and what their values must be.
//!
//! A `validation` works in both directions. A value that violates it is an error of whoever gave the
//! value. A variable without a value is one of those that pass: `contains(["dev", "prod"], var.env)` leaves
//! two, and a rule may then come to the same verdict for both.

use std::{rc::Rc, sync::Arc};

use ecow::EcoString;

use super::{
    expand::Repetition,
    instance::Instance,
    module::{Call, Module, Variable},
    types::Type,
};
use crate::{
    eval::{self, EvalError, Locals, functions},
    syntax::hcl::{BinaryOp, Block, Body, Expr, ExprKind, Step},
    value::{Origins, Refinement, Repr, Value},
};

/// Arguments of a call that are Terraform's, not the module's.
const META_ARGUMENTS: [&str; 6] = ["source", "version", "providers", "count", "for_each", "depends_on"];

/// Compares the arguments of a call with the variables of the module.
pub(super) fn check_arguments(instance: &Instance<'_>, name: &EcoString, call: &Call, module: &Module) {
    for attribute in call.block.body.attributes() {
        let argument = &attribute.name.text;
        if !META_ARGUMENTS.contains(&argument.as_str()) && !module.variables.contains_key(argument) {
            let error = EvalError::new(format!("module \"{name}\" has no variable `{argument}`"));
            instance.root.report(&error, attribute.name.span);
        }
    }
    for (variable, declared) in &module.variables {
        let needed = declared.block.body.attribute("default").is_none();
        if needed && call.block.body.attribute(variable).is_none() {
            let error = EvalError::new(format!("the argument `{variable}` of module \"{name}\" is missing"));
            instance.root.report(&error, call.block.header);
        }
    }
}

/// Says which variables have a value that their `validation` blocks do not allow.
pub(super) fn check_validations(instance: &Rc<Instance<'_>>) {
    let module = instance.module.clone();
    for (name, variable) in &module.variables {
        for validation in variable.block.body.blocks_of("validation") {
            check(instance, name, variable, validation);
        }
    }
}

/// Terraform prints the outputs of a root, so it refuses a sensitive one that is not declared as such.
pub(super) fn check_output(instance: &Instance<'_>, name: &str, block: &Block, value: &Value) {
    let declared = block.body.attribute("sensitive").is_some_and(|a| !matches!(a.expr.kind, ExprKind::Bool(false)));
    if !declared && functions::spread::holds_sensitive(value) {
        let error = EvalError::new(format!("output \"{name}\" shows a sensitive value"));
        instance.root.report(&error, block.header);
    }
}

/// Says which conditions of a resource, data source or output certainly do not hold.
pub(super) fn check_conditions(instance: &Rc<Instance<'_>>, owner: &str, body: &Body, repetition: Option<&Repetition>) {
    for block in body.blocks_of("precondition") {
        let Some(condition) = block.body.attribute("condition") else { continue };
        let holds = instance.evaluate(&condition.expr, repetition, &Locals::NONE);
        if holds.as_bool() != Some(false) {
            continue;
        }
        let words = error_message(instance, block, repetition);
        let error = EvalError::new(format!("a precondition of {owner} does not hold{words}"));
        instance.root.report(&error, condition.expr.span);
    }
}

/// The words of an `error_message`, behind a colon.
fn error_message(instance: &Rc<Instance<'_>>, block: &Block, repetition: Option<&Repetition>) -> String {
    let words = block.body.attribute("error_message");
    let words = words.map(|a| instance.evaluate(&a.expr, repetition, &Locals::NONE)).filter(|w| !w.sensitive);
    words.and_then(|w| w.as_str().map(|w| format!(": {}", one_line(w)))).unwrap_or_default()
}

fn check(instance: &Rc<Instance<'_>>, name: &EcoString, variable: &Variable, validation: &Block) {
    let Some(condition) = validation.body.attribute("condition") else { return };
    let Ok(value) = instance.variable(name) else { return };
    // Of what is not known, nothing is certain to be wrong.
    if value.is_unknown() {
        return;
    }
    let holds = instance.evaluate(&condition.expr, None, &Locals::NONE);
    if holds.as_bool() != Some(false) {
        return;
    }
    let message =
        format!("the value of variable \"{name}\" is not allowed{}", error_message(instance, validation, None));
    let place = value.origins.first().map_or(variable.block.header, |o| o.anchor);
    instance.root.report(&EvalError::new(message), place);
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_string()
}

/// What is known of a variable that has no value: its validations hold.
pub(super) fn refinement(instance: &Rc<Instance<'_>>, name: &EcoString, variable: &Variable) -> Refinement {
    let mut known = if variable.nullable { Refinement::Nothing } else { Refinement::NonNull };
    for validation in variable.block.body.blocks_of("validation") {
        if let Some(condition) = validation.body.attribute("condition") {
            known = stronger(known, Facts { instance, name }.of(&condition.expr));
        }
    }
    known
}

/// Both are known: the one that says more.
fn stronger(a: Refinement, b: Refinement) -> Refinement {
    let rank = |r: &Refinement| match r {
        Refinement::Nothing => 0,
        Refinement::NonNull | Refinement::AtLeast(_) => 1,
        Refinement::Prefix(prefix) => 2 + prefix.len(),
        Refinement::OneOf(_) => usize::MAX,
    };
    let without_null = |values: Arc<[Value]>| values.iter().filter(|v| !v.is_null()).cloned().collect();
    match (a, b) {
        (Refinement::OneOf(a), Refinement::OneOf(b)) => {
            Refinement::OneOf(a.iter().filter(|x| b.iter().any(|y| same(x, y))).cloned().collect())
        }
        (Refinement::OneOf(values), Refinement::NonNull | Refinement::Prefix(_))
        | (Refinement::NonNull | Refinement::Prefix(_), Refinement::OneOf(values)) => {
            Refinement::OneOf(without_null(values))
        }
        (a, b) if rank(&a) >= rank(&b) => a,
        (_, b) => b,
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (&a.repr, &b.repr) {
        (Repr::Null, Repr::Null) => true,
        (Repr::Bool(a), Repr::Bool(b)) => a == b,
        (Repr::Number(a), Repr::Number(b)) => a == b,
        _ => a.as_str().is_some() && a.as_str() == b.as_str(),
    }
}

/// What conditions say of one variable.
struct Facts<'f, 'a> {
    instance: &'f Rc<Instance<'a>>,
    name: &'f EcoString,
}

impl Facts<'_, '_> {
    /// What must be so if a condition is true.
    fn of(&self, condition: &Expr) -> Refinement {
        match &condition.kind {
            ExprKind::Paren(inner) => self.of(inner),
            ExprKind::Binary(BinaryOp::And, sides) => stronger(self.of(&sides.0), self.of(&sides.1)),
            ExprKind::Binary(BinaryOp::Or, sides) => self.either(&sides.0, &sides.1),
            ExprKind::Binary(BinaryOp::NotEq, sides) => {
                let null = |e: &Expr| matches!(e.kind, ExprKind::Null);
                let about =
                    (self.is_variable(&sides.0) && null(&sides.1)) || (null(&sides.0) && self.is_variable(&sides.1));
                if about { Refinement::NonNull } else { Refinement::Nothing }
            }
            ExprKind::Binary(BinaryOp::Eq, sides) => {
                let other = match (self.is_variable(&sides.0), self.is_variable(&sides.1)) {
                    (true, _) => &sides.1,
                    (_, true) => &sides.0,
                    _ => return Refinement::Nothing,
                };
                self.literal(other).map_or(Refinement::Nothing, |v| Refinement::OneOf(Arc::from([v])))
            }
            ExprKind::Call { name, args, expand: false } => match (name.text.as_str(), &args[..]) {
                ("contains", [list, about]) if self.is_variable(about) => self.one_of(list),
                ("can", [inner]) => self.matches(inner),
                ("startswith", [about, prefix]) if self.is_variable(about) => {
                    let prefix = self.literal(prefix).and_then(|v| v.as_str().map(EcoString::from));
                    prefix.map_or(Refinement::NonNull, Refinement::Prefix)
                }
                // These have no value for null.
                ("length", [about]) if self.is_variable(about) => Refinement::NonNull,
                _ => Refinement::Nothing,
            },
            ExprKind::Binary(BinaryOp::Less | BinaryOp::LessEq | BinaryOp::Greater | BinaryOp::GreaterEq, sides)
                if self.needs_value(&sides.0) || self.needs_value(&sides.1) =>
            {
                Refinement::NonNull
            }
            _ => Refinement::Nothing,
        }
    }

    /// One of two conditions holds.
    fn either(&self, a: &Expr, b: &Expr) -> Refinement {
        let null = |e: &Expr| match &e.kind {
            ExprKind::Binary(BinaryOp::Eq, sides) => {
                (self.is_variable(&sides.0) && matches!(sides.1.kind, ExprKind::Null))
                    || (self.is_variable(&sides.1) && matches!(sides.0.kind, ExprKind::Null))
            }
            _ => false,
        };
        if null(a) && null(b) {
            return Refinement::OneOf(Arc::from([Value::null()]));
        }
        match (self.of(a), self.of(b)) {
            (Refinement::OneOf(a), Refinement::OneOf(b)) => {
                let mut all: Vec<Value> = a.to_vec();
                all.extend(b.iter().filter(|y| !a.iter().any(|x| same(x, y))).cloned());
                Refinement::OneOf(all.into())
            }
            (Refinement::Nothing, _) | (_, Refinement::Nothing) => Refinement::Nothing,
            (Refinement::OneOf(values), _) | (_, Refinement::OneOf(values)) if values.iter().any(Value::is_null) => {
                Refinement::Nothing
            }
            _ => Refinement::NonNull,
        }
    }

    /// `can(regex("^aws:", var.x))`: a match begins so.
    fn matches(&self, inner: &Expr) -> Refinement {
        let ExprKind::Call { name, args, expand: false } = &inner.kind else { return Refinement::Nothing };
        let ("regex", [pattern, about]) = (name.text.as_str(), &args[..]) else { return Refinement::Nothing };
        if !self.is_variable(about) {
            return Refinement::Nothing;
        }
        // A number can match too, by its text.
        let is_string =
            self.instance.module.variables.get(self.name).is_some_and(|v| matches!(v.constraint, Type::String));
        let Some(pattern) = self.literal(pattern).filter(|_| is_string) else { return Refinement::NonNull };
        let pattern = pattern.as_str().unwrap_or_default();
        match alternatives(pattern).or_else(|| anchored(pattern)) {
            Some(found) => found,
            None => Refinement::NonNull,
        }
    }

    /// A list that is written out, or a local one that is.
    fn one_of(&self, list: &Expr) -> Refinement {
        let Some(list) = self.literal(list) else { return Refinement::Nothing };
        match list.as_list() {
            Some(list) if list.is_whole() && list.items.iter().all(Value::is_wholly_known) => {
                let items = list.items.iter().map(|v| v.clone().with_origins(Origins::none()));
                Refinement::OneOf(items.collect())
            }
            _ => Refinement::Nothing,
        }
    }

    /// The value of an expression that does not need the variable; none if it is not known.
    fn literal(&self, expr: &Expr) -> Option<Value> {
        if !plain(expr) {
            return None;
        }
        let scope = super::scope::Constants { root: self.instance.root };
        let value = eval::evaluate(expr, &scope, &Locals::NONE).ok()?;
        value.is_wholly_known().then_some(value)
    }

    fn is_variable(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Paren(inner) => self.is_variable(inner),
            ExprKind::Traversal(base, steps) => {
                matches!(&base.kind, ExprKind::Variable(var) if var == "var")
                    && matches!(&steps[..], [Step::Attribute(name)] if name.text == *self.name)
            }
            _ => false,
        }
    }

    /// Whether an operand of a comparison has no value if the variable is null.
    fn needs_value(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Call { name, args, expand: false } => {
                matches!(&args[..], [about] if name.text == "length" && self.is_variable(about))
            }
            _ => self.is_variable(expr),
        }
    }
}

/// Whether an expression is written out, perhaps through functions that only convert.
fn plain(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::Array(items) => items.iter().all(plain),
        ExprKind::Paren(inner) => plain(inner),
        ExprKind::Call { name, args, .. } => {
            let converts = ["toset", "tolist", "concat", "split", "tostring", "keys", "setunion"];
            converts.contains(&name.text.as_str()) && args.iter().all(plain)
        }
        _ => false,
    }
}

/// `^(dev|prod)$`: one of these words.
fn alternatives(pattern: &str) -> Option<Refinement> {
    let inner = pattern.strip_prefix('^')?.strip_suffix('$')?;
    let inner = match inner.strip_prefix('(').and_then(|i| i.strip_suffix(')')) {
        Some(inner) => inner.strip_prefix("?:").unwrap_or(inner),
        // Without parentheses, `^a|b$` means something else.
        None if !inner.contains('|') => inner,
        None => return None,
    };
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '/' | ' ' | '@');
    let words: Vec<&str> = inner.split('|').collect();
    words
        .iter()
        .all(|w| w.chars().all(word))
        .then(|| Refinement::OneOf(words.iter().map(|w| Value::string(*w)).collect()))
}

/// `^arn:aws`: what a match begins with.
fn anchored(pattern: &str) -> Option<Refinement> {
    let rest = pattern.strip_prefix('^')?;
    // Somewhere else in the pattern there may be another way to match.
    if rest.contains('|') {
        return None;
    }
    let mut prefix = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        let literal = match c {
            '\\' => match chars.next() {
                Some(escaped) if !escaped.is_ascii_alphanumeric() => escaped,
                _ => break,
            },
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '$' | '^' => break,
            c => c,
        };
        // What follows may say that it need not be there.
        if matches!(chars.peek(), Some('*' | '?' | '{')) {
            break;
        }
        prefix.push(literal);
    }
    (!prefix.is_empty()).then(|| Refinement::Prefix(prefix.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(refinement: Option<Refinement>) -> Vec<String> {
        match refinement {
            Some(Refinement::OneOf(values)) => values.iter().filter_map(|v| v.as_str().map(String::from)).collect(),
            Some(Refinement::Prefix(prefix)) => vec![format!("{prefix}...")],
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_pattern_of_words_leaves_these_words() {
        assert_eq!(words(alternatives("^(dev|prod)$")), ["dev", "prod"]);
        assert_eq!(words(alternatives("^(?:a-1|b_2)$")), ["a-1", "b_2"]);
        assert!(alternatives("^dev|prod$").is_none(), "this is `dev` in front or `prod` behind");
        assert!(alternatives("^(dev|prod.*)$").is_none());
        assert!(alternatives("(dev|prod)").is_none());
    }

    #[test]
    fn a_pattern_with_an_anchor_leaves_its_literal_beginning() {
        assert_eq!(words(anchored("^arn:aws:kms")), ["arn:aws:kms..."]);
        assert_eq!(words(anchored("^a\\.b[0-9]+")), ["a.b..."]);
        assert_eq!(words(anchored("^sg-?")), ["sg..."]);
        assert!(anchored("^(a|b)").is_none() && anchored("a").is_none() && anchored("^x?").is_none());
    }
}
