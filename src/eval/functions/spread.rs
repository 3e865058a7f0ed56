//! What all calls do about arguments that are unknown, sensitive, or one of a few alternatives.

use std::sync::Arc;

use super::{Call, Function, Run, Unknowns, convert};
use crate::{
    eval::{EvalError, Mode, expr::either},
    value::{Origins, Refinement, Repr, Unknown, Value, Why, WhyKind},
};

/// More alternatives than this are as good as none.
const MOST_ALTERNATIVES: usize = 16;

/// Functions whose result may be null though no argument is.
const MAY_BE_NULL: [&str; 5] = ["element", "jsondecode", "lookup", "one", "yamldecode"];

/// Functions that deal with `sensitive` themselves.
const OF_SENSITIVITY: [&str; 4] = ["issensitive", "nonsensitive", "sensitive", "type"];

/// An unknown of which it is known that it is not null.
pub(crate) fn non_null(why: Why) -> Value {
    Repr::Unknown(Arc::new(Unknown { why, symbol: None, refinement: Refinement::NonNull })).into()
}

/// Calls the function, or says for it that the result is not known.
pub(super) fn run(function: &Function, call: &Call<'_>) -> Result<Value, EvalError> {
    let doubtful: fn(&Value) -> bool = match function.unknowns {
        Unknowns::Handled => return (function.run)(call),
        Unknowns::Spread => |v| !v.is_wholly_known(),
        Unknowns::SpreadTop => |v| v.is_unknown() || matches!(&v.repr, Repr::String(t) if t.as_str().is_none()),
    };
    if !call.args.iter().any(doubtful) {
        return (function.run)(call);
    }
    over_alternatives(call, |call| {
        let Some(first) = call.args.iter().find(|v| doubtful(v)) else { return (function.run)(call) };
        let why = why_of(first);
        Ok(if MAY_BE_NULL.contains(&function.name) { Value::unknown(why) } else { non_null(why) })
    })
}

/// Why a value is not known.
pub(in crate::eval) fn why_of(value: &Value) -> Why {
    value.first_unknown().unwrap_or_else(|| Why::new(WhyKind::NotEvaluated, "it"))
}

/// For functions that handle unknowns: once for each of the values that an argument may have, if
/// that is known; else once.
pub(super) fn each(call: &Call<'_>, run: Run) -> Result<Value, EvalError> {
    over_alternatives(call, run)
}

/// The results for all values that arguments may have, if those are few.
fn over_alternatives(call: &Call<'_>, run: impl Fn(&Call<'_>) -> Result<Value, EvalError>) -> Result<Value, EvalError> {
    if !call.args.iter().any(|argument| convert::alternatives(argument).is_some()) {
        return run(call);
    }
    let mut combinations = vec![call.args.to_vec()];
    let mut decided_by: Option<&Value> = None;
    for (i, argument) in call.args.iter().enumerate() {
        let Some(alternatives) = flat_alternatives(argument) else { continue };
        if combinations.len() * alternatives.len() > MOST_ALTERNATIVES {
            continue;
        }
        decided_by.get_or_insert(argument);
        combinations = combinations
            .into_iter()
            .flat_map(|args| {
                alternatives.iter().map(move |alternative| {
                    let mut args = args.clone();
                    args[i] = alternative.clone();
                    args
                })
            })
            .collect();
    }
    let Some(decided_by) = decided_by else { return run(call) };
    let mut results: Vec<Value> = Vec::with_capacity(combinations.len());
    let mut failed = None;
    for args in &combinations {
        // Arguments that fail cannot be the ones that it will be: Terraform would refuse them.
        match run(&Call { args, ..*call }) {
            Ok(value) if results.iter().any(|r| r.is_wholly_known() && convert::same(r, &value)) => {}
            Ok(value) => results.push(value),
            Err(error) if error.fixed => return Err(error),
            Err(error) => failed = Some(error),
        }
    }
    match (results.len(), failed) {
        (0, Some(error)) => Err(error),
        (_, Some(error)) if call.mode == Mode::Rule => {
            results.push(perhaps_fails(&error));
            Ok(either(results, decided_by.first_unknown(), decided_by))
        }
        (1, _) => Ok(results.swap_remove(0)),
        _ => Ok(either(results, decided_by.first_unknown(), decided_by)),
    }
}

/// What stands among the alternatives for one that fails. A rule may ask whether it does, with `can`.
pub(in crate::eval) fn perhaps_fails(error: &EvalError) -> Value {
    Value::unknown(Why::new(WhyKind::Invalid, error.message.as_str())).with_origins(error.origins.clone())
}

/// The alternatives, and theirs in their place, if there are any and not too many.
fn flat_alternatives(value: &Value) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for alternative in convert::alternatives(value)? {
        match flat_alternatives(alternative) {
            Some(inner) => all.extend(inner),
            None => all.push(alternative.clone()),
        }
        if all.len() > MOST_ALTERNATIVES {
            return None;
        }
    }
    for alternative in &mut all {
        alternative.sensitive |= value.sensitive;
        alternative.origins.extend(&value.origins);
    }
    (!all.is_empty()).then_some(all)
}

/// The places of the operands: of the unknown ones if the result is unknown.
pub(super) fn operand_places(call: &Call<'_>, result: &Value) -> Origins {
    let mut places = Origins::none();
    let unknown = result.is_unknown();
    for argument in call.args {
        if !unknown {
            places.extend(&places_of(call, argument));
        } else if let Some(found) = unknown_places(argument) {
            places.extend(&found);
        }
    }
    if places.is_empty() && unknown {
        for argument in call.args {
            places.extend(&places_of(call, argument));
        }
    }
    places
}

/// The places of an operand. Those of a list or object that is written inside the call say nothing,
/// so its elements speak for it.
pub(super) fn places_of(call: &Call<'_>, value: &Value) -> Origins {
    let elsewhere = |o: &Origins| call.mode == Mode::Rule || o.iter().any(|o| !call.span.contains(o.anchor));
    if !value.origins.is_empty() && elsewhere(&value.origins) {
        return value.origins.clone();
    }
    let mut places = value.origins.clone();
    match &value.repr {
        Repr::List(list) => list.items.iter().chain(&list.maybe).for_each(|v| places.extend(&places_of(call, v))),
        Repr::Object(object) => object.fields.values().for_each(|v| places.extend(&places_of(call, v))),
        _ => {}
    }
    places
}

/// The places of the first unknown in a value.
fn unknown_places(value: &Value) -> Option<Origins> {
    let inner = match &value.repr {
        Repr::Unknown(_) => return Some(value.origins.clone()),
        Repr::String(text) => return text.as_str().is_none().then(|| value.origins.clone()),
        Repr::List(list) => list.items.iter().chain(&list.maybe).find_map(unknown_places),
        Repr::Object(object) => object.fields.values().find_map(unknown_places),
        _ => return None,
    };
    match inner {
        Some(places) if !places.is_empty() => Some(places.and(&value.origins)),
        _ => value.first_unknown().map(|_| value.origins.clone()),
    }
}

/// Whether the result must not be printed, as far as that follows from the arguments.
pub(super) fn is_sensitive(function: &Function, args: &[Value]) -> bool {
    if OF_SENSITIVITY.contains(&function.name) {
        return false;
    }
    match function.unknowns {
        Unknowns::Spread => args.iter().any(holds_sensitive),
        // Elements that are kept keep their own mark.
        Unknowns::SpreadTop | Unknowns::Handled => args.iter().any(|v| v.sensitive),
    }
}

/// Whether anything in a value must not be printed.
pub fn holds_sensitive(value: &Value) -> bool {
    value.sensitive
        || match &value.repr {
            Repr::List(list) => list.items.iter().chain(&list.maybe).any(holds_sensitive),
            Repr::Object(object) => object.fields.values().any(holds_sensitive),
            _ => false,
        }
}
