//! Expressions to values.
//!
//! Origins, in configuration: a literal comes from itself; a reference from its use and then from
//! what it resolved to; what is computed (a call, an operator, a template) from the expression and
//! then from the operands' places elsewhere. In a rule nothing comes from the rule's own text, so
//! that blame falls on the document.

use std::sync::Arc;

use ecow::EcoString;

use super::{
    Access, EvalError, Locals, Mode, Scope,
    functions::{self, Call, args, convert, spread::perhaps_fails, unify},
    iterate, template, traverse, unnamed,
};
use crate::{
    source::{FileId, Span},
    syntax::hcl::{self, BinaryOp, Expr, ExprKind, Ident, ObjectKey, Step, UnaryOp},
    value::{Number, Object, Origin, OriginStep, Origins, Refinement, Repr, Truth, Type, Unknown, Value, Why, WhyKind},
};

/// The value of an expression.
///
/// # Errors
///
/// What Terraform would call an error: a reference to nothing, an operator on the wrong type. An
/// unknown operand is not an error.
pub fn evaluate(expr: &Expr, scope: &dyn Scope, locals: &Locals<'_>) -> Result<Value, EvalError> {
    Evaluator { scope, mode: scope.mode() }.expr(expr, locals).map_err(|e| e.at(expr.span))
}

/// Evaluates in one scope.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) scope: &'a dyn Scope,
    pub(super) mode: Mode,
}

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

impl Evaluator<'_> {
    /// The place of something that is written in configuration; none in a rule.
    pub(super) fn place(self, span: Span, step: OriginStep) -> Option<Origin> {
        (self.mode == Mode::Configuration && span.file != FileId::NONE).then(|| Origin::new(span, span, step))
    }

    fn literal(self, value: Value, span: Span) -> Value {
        value.with_origins(self.place(span, OriginStep::Here).into_iter().collect())
    }

    /// What is computed at `span` from these operands.
    pub(super) fn computed(self, mut value: Value, span: Span, operands: &[&Value]) -> Value {
        // A function that read a file says which.
        let read = value.origins.first().filter(|o| o.anchor == span && matches!(o.step, OriginStep::File { .. }));
        let own = self.place(span, read.map_or(OriginStep::Use, |o| o.step.clone()));
        let mut origins: Origins = own.iter().cloned().collect();
        for operand in operands {
            for origin in &operand.origins {
                if own.is_none() || !span.contains(origin.anchor) {
                    origins.extend(&Origins::one(origin.clone()));
                }
            }
            value.sensitive |= operand.sensitive;
        }
        value.origins = origins;
        value
    }

    pub(super) fn expr(self, expr: &Expr, locals: &Locals<'_>) -> Result {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Null => Ok(self.literal(Value::null(), span)),
            ExprKind::Bool(b) => Ok(self.literal(Value::bool(*b), span)),
            ExprKind::Number(n) => Ok(self.literal(Value::number(n.clone()), span)),
            ExprKind::String(s) => Ok(self.literal(args::string(s.clone()), span)),
            ExprKind::Template(parts) => self.template(parts, span, locals),
            ExprKind::Array(items) => {
                let items = items.iter().map(|i| self.at(i, locals)).collect::<Result<Vec<_>>>()?;
                Ok(self.literal(Value::tuple(items), span))
            }
            ExprKind::Object(entries) => self.object(entries, span, locals),
            ExprKind::Variable(name) => self.reference(name, span, &[], span, locals),
            ExprKind::Traversal(base, steps) => self.traversal(base, steps, span, locals),
            ExprKind::Call { name, args, expand } => self.call(name, args, *expand, span, locals),
            ExprKind::Conditional(parts) => {
                let (condition, then, otherwise) = &**parts;
                self.conditional(condition, then, otherwise, locals)
            }
            ExprKind::For(f) => iterate::for_expr(self, f, span, locals),
            ExprKind::Unary(op, operand) => self.unary(*op, operand, span, locals),
            ExprKind::Binary(op, operands) => self.binary(*op, &operands.0, &operands.1, span, locals),
            ExprKind::Paren(inner) => self.at(inner, locals),
        }
    }

    /// The same, with the expression as the place of an error that has none.
    pub(super) fn at(self, expr: &Expr, locals: &Locals<'_>) -> Result {
        self.expr(expr, locals).map_err(|e| e.at(expr.span))
    }

    fn template(self, parts: &[hcl::TemplatePart], span: Span, locals: &Locals<'_>) -> Result {
        // "${x}" alone is x itself, whatever its type.
        if let [hcl::TemplatePart::Interpolation(inner, _)] = parts {
            return self.at(inner, locals);
        }
        template::render(self, parts, span, locals)
    }

    fn object(self, entries: &[(ObjectKey, Expr)], span: Span, locals: &Locals<'_>) -> Result {
        let mut object = Object { header: self.place(span, OriginStep::Here), ..Object::default() };
        for (key, expr) in entries {
            let value = self.at(expr, locals)?;
            let name = match key {
                ObjectKey::Name(name) => Value::string(name.text.clone()),
                // Words are names here, whatever they mean elsewhere.
                ObjectKey::Expr(Expr { kind: ExprKind::Null, .. }) => Value::string("null"),
                ObjectKey::Expr(Expr { kind: ExprKind::Traversal(..), span }) if self.mode == Mode::Configuration => {
                    return Err(EvalError::new("a reference as a key stands in parentheses").uncatchable().at(*span));
                }
                ObjectKey::Expr(key) => {
                    let key_value = self.at(key, locals)?;
                    let text = convert::to_string(&key_value).map_err(|e| EvalError::new(e).at(key.span))?;
                    if text.is_null() {
                        return Err(EvalError::new("a key of an object must not be null").at(key.span));
                    }
                    text
                }
            };
            unnamed::put(&mut object, name, value);
        }
        let whole = Value::from_object(object);
        Ok(self.literal(whole, span))
    }

    /// A name and the steps behind it.
    fn reference(self, name: &EcoString, name_span: Span, steps: &[Step], span: Span, locals: &Locals<'_>) -> Result {
        if let Some(value) = locals.get(name) {
            let value = traverse::steps(self, value.clone(), steps, locals)?;
            return Ok(match self.place(span, OriginStep::Use) {
                Some(place) => value.seen_at(place),
                None => value,
            });
        }
        // What a name stands for in a rule depends on no more than the first step behind it.
        let shown = if self.mode == Mode::Rule { &steps[..steps.len().min(1)] } else { steps };
        let accesses = traverse::accesses(self, shown, locals)?;
        let resolved = self.scope.resolve(name, name_span, &accesses)?;
        let mut value = resolved.value;
        if let Some(place) = self.place(span, OriginStep::Use) {
            value = value.seen_at(place);
        }
        traverse::steps(self, value, &steps[resolved.steps..], locals)
    }

    fn traversal(self, base: &Expr, steps: &[Step], span: Span, locals: &Locals<'_>) -> Result {
        if let ExprKind::Variable(name) = &base.kind {
            return self.reference(name, base.span, steps, span, locals);
        }
        let value = self.at(base, locals)?;
        traverse::steps(self, value, steps, locals)
    }

    /// A boolean, as Terraform converts it; in a rule, null is an error that says what to do.
    pub(super) fn truth(self, value: &Value) -> Result<Truth> {
        // A number is no truth value in configuration, nor is what will certainly be no boolean.
        let fits = self.mode == Mode::Rule
            || match &value.repr {
                Repr::Number(_) => false,
                Repr::Unknown(_) => convert::converted_type(&Type::of(value), &Type::Bool).is_some(),
                _ => true,
            };
        if fits && let Some(truth) = Truth::from_value(value) {
            return Ok(truth);
        }
        Err(match &value.repr {
            Repr::Null => EvalError {
                origins: value.origins.clone(),
                ..EvalError::new(match self.mode {
                    Mode::Rule => "this is null where true or false is needed: compare it, or give it a default",
                    Mode::Configuration => "this is null where true or false is needed",
                })
            },
            _ => EvalError {
                shape: self.mode == Mode::Rule,
                origins: value.origins.clone(),
                ..EvalError::new(format!("true or false is needed here, not a {}", described(value)))
            },
        })
    }

    fn conditional(self, condition: &Expr, then: &Expr, otherwise: &Expr, locals: &Locals<'_>) -> Result {
        let decided = self.at(condition, locals)?;
        let truth = self.truth(&decided).map_err(|e| e.at(condition.span))?;
        match truth {
            Truth::True(_) => self.chosen(then, otherwise, &decided, locals),
            Truth::False(_) => self.chosen(otherwise, then, &decided, locals),
            Truth::Unknown(why, _) => {
                // An arm that fails cannot be the one that is taken: Terraform would refuse it. See `perhaps_fails`.
                let (a, b) = match (self.at(then, locals), self.at(otherwise, locals)) {
                    (Ok(a), Ok(b)) => (a, b),
                    (Ok(only), Err(e)) | (Err(e), Ok(only)) if self.mode == Mode::Rule => (only, perhaps_fails(&e)),
                    (Ok(only), Err(_)) | (Err(_), Ok(only)) => return Ok(only),
                    (Err(e), Err(_)) => return Err(e),
                };
                let common = self.arms_type(&a, &b).map_err(|e| e.at(then.span.to(otherwise.span)))?;
                let in_common = |v: Value| convert::convert_to(&v, &common).unwrap_or(v);
                let (a, b) = (in_common(a), in_common(b));
                if self.mode == Mode::Rule
                    && let Truth::True(_) = convert::equal(&a, &b, self.mode)
                    && a.is_wholly_known()
                {
                    let origins = a.origins.and(&b.origins);
                    return Ok(a.with_origins(origins));
                }
                Ok(either(vec![a, b], why.into_iter().next(), &decided).of_type(common))
            }
        }
    }

    /// The type that the arms of a conditional have in common. A bare null takes on that of the other.
    fn arms_type(self, a: &Value, b: &Value) -> Result<Type> {
        let bare = |v: &Value| v.is_null() && v.ty.as_deref().is_none_or(|t| *t == Type::Any);
        match (convert::unify([a, b], self.mode), self.mode) {
            _ if self.mode == Mode::Configuration && bare(a) => Ok(Type::of(b)),
            _ if self.mode == Mode::Configuration && bare(b) => Ok(Type::of(a)),
            (Some(common), _) => Ok(common),
            (None, Mode::Rule) => Ok(Type::Unclear),
            (None, Mode::Configuration) => Err(EvalError::new(format!(
                "both results of a condition must have one type in common, not {} and {}",
                Type::of(a),
                Type::of(b)
            ))),
        }
    }

    /// The arm that is taken, converted to the type that both arms have in common.
    fn chosen(self, taken: &Expr, other: &Expr, condition: &Value, locals: &Locals<'_>) -> Result {
        let mut value = self.at(taken, locals)?;
        // An error in the other arm leaves its type open: it is not taken.
        if self.mode == Mode::Configuration
            && needs_unifying(taken, other)
            && let Ok(other_value) = self.at(other, locals)
        {
            let both = taken.span.to(other.span);
            let common = self.arms_type(&value, &other_value).map_err(|e| e.at(both))?;
            if common != Type::of(&value) || value.is_null() {
                match convert::convert_to(&value, &common) {
                    Ok(converted) => {
                        value = converted.with_origins(value.origins.clone()).mark_sensitive(value.sensitive);
                    }
                    Err(_) if unify::is_loose(&value) => {}
                    Err(why) => return Err(EvalError::new(why).at(taken.span)),
                }
            }
        }
        // What decided the condition decided the value too, after the arm itself.
        let mut origins = value.origins.clone();
        origins.extend(&condition.origins);
        value.origins = origins;
        value.sensitive |= condition.sensitive;
        Ok(value)
    }

    fn unary(self, op: UnaryOp, operand: &Expr, span: Span, locals: &Locals<'_>) -> Result {
        let value = self.at(operand, locals)?;
        match op {
            UnaryOp::Not => {
                let truth = self.truth(&value)?.not();
                Ok(truth.into_value().mark_sensitive(value.sensitive))
            }
            UnaryOp::Neg => {
                if let Some(unknown) = self.unknown_number(&[&value], Type::Number)? {
                    return Ok(self.computed(unknown, span, &[&value]));
                }
                let number = number_of(&value)?;
                Ok(self.computed(Value::number(number.neg()), span, &[&value]))
            }
        }
    }

    fn binary(self, op: BinaryOp, left: &Expr, right: &Expr, span: Span, locals: &Locals<'_>) -> Result {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            return self.logic(op, left, right, locals);
        }
        let a = self.at(left, locals)?;
        let b = self.at(right, locals)?;
        let sensitive = a.sensitive || b.sensitive;
        match op {
            BinaryOp::Eq | BinaryOp::NotEq => {
                let truth = convert::equal(&a, &b, self.mode);
                let origins = match &truth {
                    Truth::Unknown(..) => unknown_origins(&a, &b),
                    _ => a.origins.and(&b.origins),
                };
                // Terraform compares nothing that it does not know, not even with itself.
                let truth = match truth {
                    Truth::True(origins) if self.mode == Mode::Configuration => {
                        match a.first_unknown().or_else(|| b.first_unknown()) {
                            Some(why) => Truth::Unknown(vec![why], origins),
                            None => Truth::True(origins),
                        }
                    }
                    other => other,
                };
                let truth = if op == BinaryOp::NotEq { truth.not() } else { truth };
                Ok(truth.at(origins).into_value().mark_sensitive(sensitive))
            }
            BinaryOp::Less | BinaryOp::LessEq | BinaryOp::Greater | BinaryOp::GreaterEq => {
                if self.mode == Mode::Rule
                    && let Some(result) = alternatives_compared(op, &a, &b)
                {
                    return Ok(Value::bool(result).with_origins(a.origins.and(&b.origins)).mark_sensitive(sensitive));
                }
                if self.mode == Mode::Rule
                    && let Some(result) = bound_compared(op, &a, &b)
                {
                    return Ok(Value::bool(result).with_origins(a.origins.and(&b.origins)).mark_sensitive(sensitive));
                }
                if let Some(unknown) = self.unknown_number(&[&a, &b], Type::Bool)? {
                    return Ok(unknown.with_origins(unknown_origins(&a, &b)).mark_sensitive(sensitive));
                }
                let (x, y) = (number_of(&a)?, number_of(&b)?);
                let result = compared(op, &x, &y);
                Ok(Value::bool(result).with_origins(a.origins.and(&b.origins)).mark_sensitive(sensitive))
            }
            _ => {
                if let Some(unknown) = self.unknown_number(&[&a, &b], Type::Number)? {
                    return Ok(self.computed(unknown, span, &[&a, &b]));
                }
                let (x, y) = (number_of(&a)?, number_of(&b)?);
                let result = match op {
                    BinaryOp::Plus => x.add(y),
                    BinaryOp::Minus => x.sub(y),
                    BinaryOp::Mul => x.mul(y),
                    BinaryOp::Div => x.div(y),
                    _ => x.rem(y),
                };
                let result = result.ok_or_else(|| {
                    EvalError::new("the result is not a number (zero by zero, or infinity against infinity)")
                })?;
                Ok(self.computed(Value::number(result), span, &[&a, &b]))
            }
        }
    }

    /// What comes out of an operator on numbers if one is not known; an error if an operand cannot be a
    /// number.
    fn unknown_number(self, operands: &[&Value], result: Type) -> Result<Option<Value>> {
        let Some(unknown) = operands.iter().find_map(|v| spread_unknown(v)) else { return Ok(None) };
        if self.mode == Mode::Rule {
            return Ok(Some(unknown));
        }
        for operand in operands {
            let fits = convert::converted_type(&Type::of(operand), &Type::Number).is_some();
            if operand.is_null() || !fits {
                return Err(EvalError {
                    origins: operand.origins.clone(),
                    ..EvalError::new(format!("a number is needed here, not {}", described(operand)))
                });
            }
        }
        Ok(unknown.first_unknown().map(|why| functions::non_null(why).of_type(result)))
    }

    /// `&&` and `||` by Kleene; what the left side decides alone, the right side cannot spoil.
    fn logic(self, op: BinaryOp, left: &Expr, right: &Expr, locals: &Locals<'_>) -> Result {
        let a = self.at(left, locals)?;
        let first = self.truth(&a).map_err(|e| e.at(left.span))?;
        let decided = match op {
            BinaryOp::And => matches!(first, Truth::False(_)),
            _ => matches!(first, Truth::True(_)),
        };
        if decided {
            // In a rule both sides are asked, so that both are blamed where both decide.
            if self.mode == Mode::Rule
                && self.scope.blames()
                && let Ok(b) = self.at(right, locals)
                && let Ok(second) = self.truth(&b)
            {
                let both = if op == BinaryOp::And { first.and(second) } else { first.or(second) };
                return Ok(both.into_value().mark_sensitive(a.sensitive || b.sensitive));
            }
            return Ok(first.into_value().mark_sensitive(a.sensitive));
        }
        let asked = self.at(right, locals).and_then(|b| {
            let second = self.truth(&b).map_err(|e| e.at(right.span))?;
            Ok((b, second))
        });
        let (b, second) = match asked {
            Ok(both) => both,
            // `x != null && x.y` over an unknown `x`: the right side is not certain to be asked.
            Err(e) if matches!(first, Truth::Unknown(..)) && !e.fixed => {
                return Ok(first.into_value().mark_sensitive(a.sensitive));
            }
            Err(e) => return Err(e),
        };
        let result = if op == BinaryOp::And { first.and(second) } else { first.or(second) };
        Ok(result.into_value().mark_sensitive(a.sensitive || b.sensitive))
    }

    fn call(self, name: &Ident, args: &[Expr], expand: bool, span: Span, locals: &Locals<'_>) -> Result {
        match functions::local_name(&name.text) {
            "try" => return self.try_each(args, locals),
            "can" => {
                let [arg] = args else { return Err(EvalError::new("`can` takes one argument").at(span)) };
                return match self.at(arg, locals) {
                    Ok(value) if value.is_unknown() => {
                        let origins = value.origins.clone();
                        let why = value.first_unknown().unwrap_or_else(|| Why::new(WhyKind::NotEvaluated, "it"));
                        Ok(Value::unknown(why).with_origins(origins))
                    }
                    Ok(value) => Ok(self.computed(Value::bool(true), span, &[&value])),
                    Err(e) if e.fixed => Err(e),
                    Err(_) => Ok(self.literal(Value::bool(false), span)),
                };
            }
            "templatefile" | "templatestring" => return template::call(self, name, args, span, locals),
            _ => {}
        }
        let own = self.scope.has_function(&name.text);
        if !own && functions::lookup(&name.text).is_none() {
            if name.text.starts_with("provider::") {
                for arg in args {
                    self.at(arg, locals)?;
                }
                let why = Why::new(WhyKind::NotEvaluated, format!("{}()", name.text));
                return Ok(self.literal(Value::unknown(why), span));
            }
            return Err(EvalError::new(format!("there is no function named `{}`", name.text)).at(name.span));
        }
        let mut values = args.iter().map(|a| self.at(a, locals)).collect::<Result<Vec<_>>>()?;
        if expand && let Some(last) = values.pop() {
            match &last.repr {
                Repr::List(list) if list.is_whole() => values.extend(list.items.iter().cloned()),
                Repr::List(_) | Repr::Unknown(_) => {
                    let why = last.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
                    return Ok(self.computed(Value::unknown(why), span, &[&last]));
                }
                _ => return Err(EvalError::new("only a list can be expanded with `...`").at(span)),
            }
        }
        let value = if own {
            self.scope.call_function(&name.text, &values, span)
        } else {
            functions::call(&Call { name: &name.text, args: &values, span, mode: self.mode, scope: self.scope })
        };
        let value = value.map_err(|e| e.at(span))?;
        self.scope.spend(value.shallow_weight()).map_err(|e| e.at(span))?;
        if self.mode == Mode::Rule {
            return Ok(value);
        }
        // A function that picks or gathers (merge, concat, coalesce) leaves its elements their
        // places; the whole comes from the call.
        let operand = value.clone();
        Ok(self.computed(value, span, &[&operand]))
    }

    fn try_each(self, args: &[Expr], locals: &Locals<'_>) -> Result {
        let mut last = EvalError::new("`try` needs at least one argument");
        for (index, arg) in args.iter().enumerate() {
            match self.at(arg, locals) {
                Ok(value) => return Ok(self.or_the_others(value, &args[index + 1..], locals)),
                Err(e) if e.fixed => return Err(e),
                Err(e) => last = e,
            }
        }
        Err(EvalError::new(format!("no argument of `try` has a value: {}", last.message)))
    }

    /// An element under a key that is not known may not be there at all, and then `try` goes on.
    fn or_the_others(self, value: Value, others: &[Expr], locals: &Locals<'_>) -> Value {
        let Some(Unknown { refinement: Refinement::OneOf(alternatives), why, .. }) = value.as_unknown() else {
            return value;
        };
        match self.try_each(others, locals) {
            Ok(other) => {
                let all = alternatives.iter().cloned().chain([other]).collect();
                either(all, Some(why.clone()), &value)
            }
            Err(_) => value,
        }
    }
}

/// One of several values, it is not known which.
pub(crate) fn either(values: Vec<Value>, why: Option<Why>, decided_by: &Value) -> Value {
    let why = why.unwrap_or_else(|| Why::new(WhyKind::NotEvaluated, "a condition"));
    let sensitive = decided_by.sensitive || values.iter().any(|v| v.sensitive);
    let unknown = Unknown { why, symbol: None, refinement: Refinement::OneOf(values.into()) };
    Value::from(Repr::Unknown(Arc::new(unknown))).with_origins(decided_by.origins.clone()).mark_sensitive(sensitive)
}

/// The unknown that an operand makes of the whole, if it is unknown.
pub(super) fn spread_unknown(value: &Value) -> Option<Value> {
    match &value.repr {
        Repr::Unknown(unknown) => Some(Value::unknown(unknown.why.clone())),
        Repr::String(text) => text.holes().next().map(|h| Value::unknown(h.unknown.why.clone())),
        _ => None,
    }
}

/// The places of the operands that are unknown; of both if that cannot be told.
fn unknown_origins(a: &Value, b: &Value) -> Origins {
    match (a.is_wholly_known(), b.is_wholly_known()) {
        (true, false) => b.origins.clone(),
        (false, true) => a.origins.clone(),
        _ => a.origins.and(&b.origins),
    }
}

/// The word for a value's kind in messages; for an unknown, its type.
fn described(value: &Value) -> String {
    match Type::of(value) {
        ty if value.is_unknown() && ty.is_told() => ty.to_string(),
        _ => value.kind_name().to_string(),
    }
}

fn compared(op: BinaryOp, x: &Number, y: &Number) -> bool {
    match op {
        BinaryOp::Less => x < y,
        BinaryOp::LessEq => x <= y,
        BinaryOp::Greater => x > y,
        _ => x >= y,
    }
}

/// What a comparison gives whichever of the alternatives a value is, if one of both sides has some and all agree.
fn alternatives_compared(op: BinaryOp, a: &Value, b: &Value) -> Option<bool> {
    let among = |value: &Value| match value.as_unknown().map(|u| &u.refinement) {
        Some(Refinement::OneOf(values)) => Some(values.clone()),
        _ => None,
    };
    let (of_a, of_b) = (among(a), among(b));
    if of_a.is_none() && of_b.is_none() {
        return None;
    }
    let numbers = |value: &Value, among: Option<Arc<[Value]>>| -> Option<Vec<Number>> {
        match among {
            Some(values) => values.iter().map(|v| number_of(v).ok()).collect(),
            None => Some(vec![number_of(value).ok()?]),
        }
    };
    let (xs, ys) = (numbers(a, of_a)?, numbers(b, of_b)?);
    let mut results = xs.iter().flat_map(|x| ys.iter().map(move |y| compared(op, x, y)));
    let first = results.next()?;
    results.all(|result| result == first).then_some(first)
}

/// What a comparison gives if one side is known and the other is known not to be less than some number.
fn bound_compared(op: BinaryOp, a: &Value, b: &Value) -> Option<bool> {
    let least = |value: &Value| match value.as_unknown()?.refinement {
        Refinement::AtLeast(least) => Some(Number::from(i64::from(least))),
        _ => None,
    };
    let (op, least, known) = match (least(a), least(b)) {
        (Some(least), None) => (op, least, number_of(b).ok()?),
        (None, Some(least)) => {
            let turned = match op {
                BinaryOp::Less => BinaryOp::Greater,
                BinaryOp::LessEq => BinaryOp::GreaterEq,
                BinaryOp::Greater => BinaryOp::Less,
                _ => BinaryOp::LessEq,
            };
            (turned, least, number_of(a).ok()?)
        }
        _ => return None,
    };
    match op {
        BinaryOp::Greater => (least > known).then_some(true),
        BinaryOp::GreaterEq => (least >= known).then_some(true),
        BinaryOp::Less => (least >= known).then_some(false),
        _ => (least > known).then_some(false),
    }
}

fn number_of(value: &Value) -> Result<Number> {
    let converted = convert::to_number(value)?;
    converted.as_number().cloned().ok_or_else(|| EvalError {
        origins: value.origins.clone(),
        ..EvalError::new(format!("a number is needed here, not {}", value.kind_name()))
    })
}

/// Whether the arms of a conditional may have types that differ. Two literals of one kind do not,
/// and that is the common case.
fn needs_unifying(a: &Expr, b: &Expr) -> bool {
    !matches!(
        (&a.kind, &b.kind),
        (ExprKind::String(_) | ExprKind::Template(_), ExprKind::String(_) | ExprKind::Template(_))
            | (ExprKind::Bool(_), ExprKind::Bool(_))
            | (ExprKind::Number(_), ExprKind::Number(_))
            | (_, ExprKind::Null)
    )
}

impl Evaluator<'_> {
    /// The step as an access, its index evaluated.
    pub(super) fn access(self, step: &Step, locals: &Locals<'_>) -> Result<Access> {
        Ok(match step {
            Step::Attribute(name) => Access::Attribute(name.text.clone()),
            Step::Index(index, _) => Access::Index(self.at(index, locals)?),
            Step::LegacyIndex(index, _) => Access::Index(Value::number(i64::try_from(*index).unwrap_or(i64::MAX))),
            Step::AttributeSplat(_) | Step::FullSplat(_) => Access::Splat,
        })
    }
}
