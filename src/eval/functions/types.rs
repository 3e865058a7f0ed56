//! Conversions between types and marks: `tostring`, `tolist`, `sensitive`.
//!
//! `try` and `can` are no functions but forms of the language: see [`crate::eval::expr`].

use std::sync::Arc;

use super::{
    Call, Function,
    Unknowns::{Handled, SpreadTop},
    convert::{self, Type},
    non_null, spread,
};
use crate::{
    eval::EvalError,
    value::{Refinement, Repr, Unknown, Value},
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
    Function::fixed("type", 1, SpreadTop, |c| Ok(Value::string(convert::type_of(&c.args[0]).to_string()))),
];

fn converted(call: &Call<'_>, target: &Type) -> Result {
    let value = &call.args[0];
    // An alternative that cannot be converted is not the one that it will be.
    if let Some(alternatives) = convert::alternatives(value) {
        let fitting: Vec<Value> = alternatives.iter().filter_map(|v| convert::convert_to(v, target).ok()).collect();
        if let (Some(unknown), false) = (value.as_unknown(), fitting.is_empty()) {
            let unknown = Unknown { refinement: Refinement::OneOf(fitting.into()), ..unknown.clone() };
            return Ok(Value { repr: Repr::Unknown(Arc::new(unknown)), ..value.clone() });
        }
    }
    convert::convert_to(value, target).map_err(|why| call.fault(0, why))
}

#[allow(clippy::unnecessary_wraps)]
fn issensitive(call: &Call<'_>) -> Result {
    let value = &call.args[0];
    if value.is_unknown() && !value.sensitive {
        return Ok(non_null(spread::why_of(value)));
    }
    Ok(Value::bool(value.sensitive))
}
