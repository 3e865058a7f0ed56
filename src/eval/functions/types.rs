//! Conversions between types and marks: `tostring`, `tolist`, `sensitive`.
//!
//! `try` and `can` are no functions but forms of the language: see [`crate::eval::expr`].

use std::sync::Arc;

use super::{
    Call, Function,
    Unknowns::{Handled, SpreadTop},
    convert, non_null, spread,
};
use crate::{
    eval::{EvalError, Mode},
    value::{Refinement, Repr, Type, Unknown, Value},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("ephemeralasnull", 1, Handled, |c| Ok(c.args[0].clone())),
    Function::fixed("issensitive", 1, Handled, issensitive),
    Function::fixed("nonsensitive", 1, Handled, |c| Ok(Value { sensitive: false, ..c.args[0].clone() })),
    Function::fixed("sensitive", 1, Handled, |c| Ok(c.args[0].clone().mark_sensitive(true))),
    Function::fixed("tobool", 1, Handled, |c| converted(c, &Type::Bool)),
    Function::fixed("tolist", 1, Handled, |c| converted(c, &Type::List(Box::new(Type::Any)))),
    Function::fixed("tomap", 1, Handled, |c| converted(c, &Type::Map(Box::new(Type::Any)))),
    Function::fixed("tonumber", 1, Handled, |c| converted(c, &Type::Number)),
    Function::fixed("toset", 1, Handled, |c| converted(c, &Type::Set(Box::new(Type::Any)))),
    Function::fixed("tostring", 1, Handled, |c| converted(c, &Type::String)),
    Function::fixed("type", 1, SpreadTop, |c| Ok(Value::string(Type::of(&c.args[0]).to_string()))),
];

fn converted(call: &Call<'_>, target: &Type) -> Result {
    let value = &call.args[0];
    if call.mode == Mode::Rule {
        return converted_in_rule(call, value, target);
    }
    let converted = convert::convert_to(value, target).map_err(|why| call.fault(0, why))?;
    Ok(fitting(value, &converted, target).unwrap_or(converted))
}

/// An unknown that has a few alternatives, without those that cannot be converted: they are not what it
/// will be.
fn fitting(value: &Value, whole: &Value, target: &Type) -> Option<Value> {
    let fitting: Vec<Value> =
        convert::alternatives(value)?.iter().filter_map(|v| convert::convert_to(v, target).ok()).collect();
    let unknown = whole.as_unknown().filter(|_| !fitting.is_empty())?;
    let unknown = Unknown { refinement: Refinement::OneOf(fitting.into()), ..unknown.clone() };
    Some(Value { repr: Repr::Unknown(Arc::new(unknown)), ..whole.clone() })
}

/// The same where nothing is said about what is not known.
fn converted_in_rule(call: &Call<'_>, value: &Value, target: &Type) -> Result {
    if value.is_null() || value.is_unknown() {
        return Ok(fitting(value, value, target).unwrap_or_else(|| value.clone()));
    }
    let open = |items: Option<Type>| match items {
        Some(item) if item.is_told() => Ok(Box::new(item)),
        Some(_) => Ok(Box::new(Type::Unclear)),
        None => Err(call.fault(0, "its elements have no type in common")),
    };
    let target = match (target, &value.repr) {
        (Type::List(_), Repr::List(list)) => {
            Type::List(open(convert::unify(list.items.iter().chain(&list.maybe), call.mode))?)
        }
        (Type::Set(_), Repr::List(list)) => {
            Type::Set(open(convert::unify(list.items.iter().chain(&list.maybe), call.mode))?)
        }
        (Type::Map(_), Repr::Object(object)) => Type::Map(open(convert::unify(object.fields.values(), call.mode))?),
        (other, _) => other.clone(),
    };
    convert::convert_to(value, &target).map_err(|why| call.fault(0, why))
}

#[allow(clippy::unnecessary_wraps)]
fn issensitive(call: &Call<'_>) -> Result {
    let value = &call.args[0];
    if value.is_unknown() && !value.sensitive {
        return Ok(non_null(spread::why_of(value)));
    }
    Ok(Value::bool(value.sensitive))
}
