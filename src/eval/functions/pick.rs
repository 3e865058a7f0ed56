//! Functions that pick from collections or ask them something: `lookup`, `coalesce`, `contains`.
//!
//! What is picked keeps its places; what is asked is answered with the places that decided it: the
//! element that settled it, else all.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::{Call, Function, Unknowns::Handled, args::doubtful, collection, convert, non_null, spread};
use crate::{
    eval::{EvalError, Mode, expr::either, traverse::through, unnamed},
    value::{List, ListKind, ObjectKind, Origins, Refinement, Repr, Text, Truth, Type, Unknown, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("alltrue", 1, Handled, |c| spread::each(c, alltrue)),
    Function::fixed("anytrue", 1, Handled, |c| spread::each(c, anytrue)),
    Function::ranged("coalesce", 1, None, Handled, coalesce),
    Function::ranged("coalescelist", 1, None, Handled, |c| spread::each(c, coalescelist)),
    Function::fixed("contains", 2, Handled, |c| spread::each(c, contains)),
    Function::fixed("element", 2, Handled, |c| spread::each(c, element)),
    Function::fixed("index", 2, Handled, |c| spread::each(c, index)),
    Function::fixed("length", 1, Handled, |c| spread::each(c, length)),
    Function::ranged("lookup", 2, Some(3), Handled, |c| spread::each(c, lookup)),
    Function::fixed("one", 1, Handled, |c| spread::each(c, one)),
    Function::fixed("sum", 1, Handled, |c| spread::each(c, sum)),
];

fn length(call: &Call<'_>) -> Result {
    let value = call.present(0)?;
    if value.is_unknown() && call.mode == Mode::Configuration {
        match Type::of(value) {
            Type::Tuple(items) => return Ok(Value::number(items.len())),
            Type::Object(fields) => return Ok(Value::number(fields.len())),
            _ => {}
        }
    }
    match &value.repr {
        Repr::Unknown(_) | Repr::String(Text::Holed(_)) => Ok(non_null(spread::why_of(value))),
        Repr::String(Text::Whole(text)) => Ok(Value::number(text.graphemes(true).count())),
        Repr::List(list) if !list.is_whole() => Ok(match call.mode {
            // Those that are certainly there are counted: `length(x) > 0` is true if there is one.
            Mode::Rule if list.kind != ListKind::Set => at_least(list),
            _ => doubtful(list),
        }),
        // Elements of a set that are not known may turn out to be the same.
        Repr::List(list) if list.kind == ListKind::Set && list.items.len() > 1 && !value.is_wholly_known() => {
            Ok(non_null(spread::why_of(value)))
        }
        Repr::List(list) => Ok(Value::number(list.items.len())),
        Repr::Object(object) => Ok(match &object.open {
            Some(why) => non_null(why.clone()),
            None => Value::number(object.fields.len()),
        }),
        _ => Err(call.wrong(0, "a list, a map or a string")),
    }
}

/// A number of elements that is not known, but for how many there are at least.
fn at_least(list: &List) -> Value {
    let why = list.doubt().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
    let least = u32::try_from(list.items.len()).unwrap_or(u32::MAX);
    let unknown = Unknown { refinement: Refinement::AtLeast(least), ..Unknown::because(why) };
    Value::from(Repr::Unknown(Arc::new(unknown))).of_type(Type::Number)
}

fn contains(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    let wanted = match call.mode {
        Mode::Configuration => call.present(1)?,
        // In a rule a missing attribute is in no list of values.
        Mode::Rule => &call.args[1],
    };
    if whole.is_unknown() {
        return Ok(non_null(spread::why_of(whole)).with_origins(whole.origins.clone()));
    }
    let list = call.list(0)?;
    let truth_of = |item: &Value| {
        let item = through(whole, item);
        convert::equal(wanted, &item, call.mode).at(item.origins.and(&wanted.origins))
    };
    let truth = Truth::any(list.items.iter().map(truth_of));
    if let Truth::True(_) = truth {
        return Ok(truth.into_value());
    }
    let doubts = list.maybe.iter().map(truth_of).filter_map(|t| match t {
        Truth::True(places) => Some(Truth::Unknown(list.doubt().into_iter().collect(), places)),
        Truth::False(_) => None,
        unknown @ Truth::Unknown(..) => Some(unknown),
    });
    let open = list.open.clone().map(|why| Truth::Unknown(vec![why], whole.origins.and(&wanted.origins)));
    Ok(match doubts.chain(open).fold(truth, Truth::or) {
        // Nothing in the list decided it alone.
        Truth::False(_) => Truth::False(spread::places_of(call, whole).and(&wanted.origins)),
        other => other,
    }
    .into_value())
}

/// The elements as truths; what may be there decides nothing, but may leave the answer open.
fn truths(call: &Call<'_>, all: bool) -> Result {
    let whole = call.present(0)?;
    if whole.is_unknown() {
        return Ok(non_null(spread::why_of(whole)));
    }
    let list = call.list(0)?;
    let truth_of = |item: &Value| -> Result<Truth> {
        let item = through(whole, item);
        if item.is_null() {
            if call.mode == Mode::Rule {
                let message = "an element is null where true or false is needed";
                return Err(EvalError { origins: item.origins, ..call.fault(0, message) });
            }
            return Ok(Truth::False(item.origins));
        }
        // Unlike in a rule, a number is no boolean.
        let truth = Truth::from_value(&item).filter(|_| call.mode == Mode::Rule || item.as_number().is_none());
        truth.ok_or_else(|| EvalError {
            shape: call.mode == Mode::Rule,
            origins: item.origins.clone(),
            ..call.fault(0, format_args!("true or false is needed, not a {}", item.kind_name()))
        })
    };
    let certain = list.items.iter().map(truth_of).collect::<Result<Vec<_>>>()?;
    let possible = list.maybe.iter().map(truth_of).collect::<Result<Vec<_>>>()?;
    let open = list.open.clone().map(|why| Truth::Unknown(vec![why], whole.origins.clone()));
    let deciding = |t: &Truth| matches!((t, all), (Truth::False(_), true) | (Truth::True(_), false));
    let doubts = possible.into_iter().map(|t| if deciding(&t) { doubt_of(list, &t) } else { t }).chain(open);
    let everything = certain.into_iter().chain(doubts);
    let truth = if all { Truth::all(everything) } else { Truth::any(everything) };
    let mut answer = truth.into_value();
    if answer.origins.is_empty() {
        // Nothing is there: the list itself decided it.
        answer.origins = spread::places_of(call, whole);
    }
    Ok(answer)
}

fn doubt_of(list: &List, truth: &Truth) -> Truth {
    Truth::Unknown(list.doubt().into_iter().collect(), truth.origins().clone())
}

fn alltrue(call: &Call<'_>) -> Result {
    truths(call, true)
}

fn anytrue(call: &Call<'_>) -> Result {
    truths(call, false)
}

fn coalesce(call: &Call<'_>) -> Result {
    let common = match (convert::unify(call.args, call.mode), call.mode) {
        (Some(common), _) => common,
        (None, Mode::Rule) => Type::Any,
        (None, Mode::Configuration) => {
            return Err(EvalError::new("the arguments of `coalesce` must have one type in common"));
        }
    };
    let mut skipped = Origins::none();
    // The values that may be the first one, so far.
    let mut possible: Vec<Value> = Vec::new();
    let mut doubtful: Option<Value> = None;
    let chosen = |value: &Value, skipped: &Origins| {
        let mut value = convert::convert_to(value, &common).unwrap_or_else(|_| value.clone());
        value.origins.extend(skipped);
        value
    };
    for value in call.args {
        match presence(value) {
            Presence::Absent => skipped.extend(&value.origins),
            Presence::There => {
                possible.push(chosen(value, &skipped));
                break;
            }
            Presence::Doubtful => {
                // If it is this one, then with a value that counts.
                let there = |a: &&Value| !matches!(presence(a), Presence::Absent);
                match convert::alternatives(value) {
                    Some(all) => possible.extend(all.iter().filter(there).map(|a| chosen(a, &skipped))),
                    None => possible.push(chosen(value, &skipped)),
                }
                doubtful.get_or_insert_with(|| chosen(value, &skipped));
            }
        }
    }
    match possible.len() {
        0 => Err(EvalError { origins: skipped, ..EvalError::new("no argument of `coalesce` has a value") }),
        1 => Ok(possible.swap_remove(0)),
        _ => {
            let first = doubtful.unwrap_or_else(|| possible[0].clone());
            Ok(either(possible, first.first_unknown(), &first).of_type(common))
        }
    }
}

enum Presence {
    There,
    Absent,
    Doubtful,
}

/// Whether a value counts for `coalesce`: null and the empty string do not.
fn presence(value: &Value) -> Presence {
    match &value.repr {
        Repr::Null => Presence::Absent,
        Repr::String(Text::Whole(text)) if text.is_empty() => Presence::Absent,
        Repr::String(text) if text.as_str().is_none() && collection::all_holes(text) => Presence::Doubtful,
        Repr::Unknown(unknown) => match &unknown.refinement {
            Refinement::Prefix(prefix) if !prefix.is_empty() => Presence::There,
            Refinement::OneOf(values) if values.iter().all(|v| matches!(presence(v), Presence::There)) => {
                Presence::There
            }
            _ => Presence::Doubtful,
        },
        _ => Presence::There,
    }
}

fn coalescelist(call: &Call<'_>) -> Result {
    for (index, value) in call.args.iter().enumerate() {
        if !value.is_null() && !value.is_unknown() {
            call.sequence(index)?;
        }
    }
    for (index, value) in call.args.iter().enumerate() {
        match &value.repr {
            Repr::Null => {}
            Repr::Unknown(_) => return Ok(non_null(spread::why_of(value))),
            _ => {
                let list = call.sequence(index)?;
                if !list.items.is_empty() {
                    return Ok(value.clone());
                }
                if !list.is_whole() {
                    return Ok(doubtful(list));
                }
            }
        }
    }
    Err(EvalError::new("every argument of `coalescelist` is null or empty"))
}

fn element(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    call.present(1)?;
    if whole.is_unknown() {
        return Ok(Value::unknown(spread::why_of(whole)));
    }
    let list = call.sequence(0)?;
    if call.args[1].is_unknown() {
        let key = &call.args[1];
        let any = list.is_whole() && !list.items.is_empty() && list.items.len() <= 16;
        return Ok(if any {
            either(list.items.iter().map(|v| through(whole, v)).collect(), key.first_unknown(), key)
        } else {
            Value::unknown(spread::why_of(key))
        });
    }
    let position = call.integer(1)?;
    if !list.is_whole() {
        let certain = usize::try_from(position).ok().and_then(|p| list.items.get(p)).filter(|_| list.maybe.is_empty());
        return Ok(certain.map_or_else(|| Value::unknown(spread::why_of(whole)), |item| through(whole, item)));
    }
    if list.items.is_empty() {
        return Err(call.fault(0, "the list is empty"));
    }
    let count = i64::try_from(list.items.len()).unwrap_or(i64::MAX);
    let position = usize::try_from(position.rem_euclid(count)).unwrap_or(0);
    Ok(through(whole, &list.items[position]))
}

fn index(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    if let Some(unknown) = call.unknown_argument() {
        return Ok(unknown);
    }
    let list = call.sequence(0)?;
    if list.items.is_empty() && list.is_whole() {
        return Err(call.fault(0, "the list is empty"));
    }
    for (position, item) in list.items.iter().enumerate() {
        match convert::equal(&call.args[1], item, call.mode) {
            Truth::True(_) if list.maybe.is_empty() => return Ok(Value::number(position)),
            Truth::False(_) => {}
            _ => return Ok(non_null(spread::why_of(if whole.is_wholly_known() { &call.args[1] } else { whole }))),
        }
    }
    if list.is_whole() { Err(call.fault(1, "it is not in the list")) } else { Ok(doubtful(list)) }
}

fn lookup(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    let key = call.text(1)?;
    if whole.is_unknown()
        && call.mode == Mode::Configuration
        && let (Some(name), Type::Object(fields)) = (key.as_str(), Type::of(whole))
    {
        let unknown = Value::unknown(spread::why_of(whole));
        return match (fields.get(name), call.get(2)) {
            (Some(field), _) => Ok(unknown.of_type(field.clone())),
            (None, Some(default)) => Ok(unknown.of_type(Type::of(default))),
            (None, None) => Err(call.fault(1, format_args!("there is no \"{name}\", and no default is given"))),
        };
    }
    if whole.is_unknown() {
        return Ok(Value::unknown(spread::why_of(whole)));
    }
    let object = call.object(0)?;
    let default = match (call.get(2), object.kind) {
        (Some(default), ObjectKind::Map) if !object.fields.is_empty() && call.mode == Mode::Configuration => {
            let item = convert::unify(object.fields.values(), call.mode).unwrap_or(Type::Any);
            let fault = |_| call.fault(2, format_args!("the default must be {item}, as the map's values are"));
            Some(convert::convert_to(default, &item).map_err(fault)?)
        }
        (default, _) => default.cloned(),
    };
    let Some(name) = key.as_str() else {
        let mut possible: Vec<Value> = object.values().map(|v| through(whole, v)).collect();
        possible.extend(default);
        let any = object.beyond().is_none_or(|b| b.open.is_none()) && !possible.is_empty() && possible.len() <= 16;
        let why = spread::why_of(&call.args[1]);
        return Ok(if any { either(possible, Some(why), &call.args[1]) } else { Value::unknown(why) });
    };
    match (object.get(name), &object.open, default) {
        (Some(field), _, _) => Ok(through(whole, field)),
        (None, Some(why), default) => {
            let mut possible = unnamed::candidates(whole, object, name).unwrap_or_default();
            if possible.is_empty() {
                return Ok(Value::unknown(why.clone()));
            }
            possible.extend(default);
            Ok(either(possible, Some(why.clone()), whole))
        }
        (None, None, Some(default)) => Ok(default),
        (None, None, None) => Err(call.fault(1, format_args!("there is no \"{name}\", and no default is given"))),
    }
}

fn one(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    if whole.is_unknown() {
        return Ok(Value::unknown(spread::why_of(whole)));
    }
    let list = call.list(0)?;
    match (&list.items[..], list.is_whole()) {
        ([], true) => Ok(Value::null().with_origins(whole.origins.clone())),
        ([only], true) => Ok(through(whole, only)),
        ([_, _, ..], _) if list.kind == ListKind::Set && !whole.is_wholly_known() => {
            Ok(Value::unknown(spread::why_of(whole)))
        }
        ([_, _, ..], _) => {
            Err(call.fault(0, format_args!("it has {} elements, at most one is allowed", list.items.len())))
        }
        _ => Ok(Value::unknown(spread::why_of(whole))),
    }
}

fn sum(call: &Call<'_>) -> Result {
    let whole = call.present(0)?;
    if whole.is_unknown() {
        return Ok(non_null(spread::why_of(whole)));
    }
    let list = call.list(0)?;
    if !whole.is_wholly_known() {
        return Ok(non_null(spread::why_of(whole)).mark_sensitive(spread::holds_sensitive(whole)));
    }
    if list.items.is_empty() {
        return Err(call.fault(0, "there is nothing to add up"));
    }
    list.items
        .iter()
        .map(convert::number_of)
        .reduce(|total, item| total?.add(item?))
        .flatten()
        .map(|total| Value::number(total).mark_sensitive(spread::holds_sensitive(whole)))
        .ok_or_else(|| call.fault(0, "every element must be a number"))
}
