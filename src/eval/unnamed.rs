//! Fields of objects whose names are not known: what they may be, replace and hide.

use std::sync::Arc;

use super::{
    Mode,
    expr::either,
    functions::{convert, spread::why_of},
    traverse::through,
};
use crate::value::{
    ByName, List, ListKind, Object, OriginStep, Origins, Refinement, Repr, Symbol, Truth, Type, Unknown, Unnamed,
    Value, Why,
};

/// More alternatives than this are as good as none.
const MOST_ALTERNATIVES: usize = 16;

/// More names than this are not compared with one another.
const MOST_COMPARED: usize = 1000;

/// Whether two names may turn out to be one.
pub(super) fn may_be(a: &Value, b: &Value) -> bool {
    // Whatever a name was, it became a string.
    let text = |v: &Value| convert::convert_to(v, &Type::String).unwrap_or_else(|_| v.clone());
    !matches!(convert::equal(&text(a), &text(b), Mode::Rule), Truth::False(_))
}

/// Sets a field of an object in which the last of several fields with one name counts.
pub(super) fn put(object: &mut Object, name: Value, value: Value) {
    if object.unnamed.as_ref().is_some_and(|u| u.entries().count() > MOST_COMPARED) {
        hide(object, &name.first_unknown().unwrap_or_else(|| why_of(&value)));
        object.unnamed = None;
    }
    doubt_earlier(object, &[&name]);
    match name.as_str() {
        Some(name) => {
            object.fields.insert(name.into(), value);
        }
        None if object.fields.len() > MOST_COMPARED => hide(object, &why_of(&name)),
        None => add(object, name, value, true, &|_| false),
    }
}

/// `merge(object, added)`. The fields of `added` are all different, though the names of some are not known.
pub(super) fn lay_over(object: &mut Object, whole: &Value, added: &Object) {
    let beyond = added.beyond();
    let count = |object: &Object| object.unnamed.as_ref().map_or(0, |u| u.entries().count());
    let (before, after) = (count(object), count(added));
    let compared = before * (added.fields.len() + after) + after * object.fields.len();
    if compared > MOST_COMPARED * MOST_COMPARED
        && let Some(why) = added.open.as_ref().or(object.open.as_ref()).cloned()
    {
        // Too many to say which replaces which.
        hide(object, &why);
        object.unnamed = None;
        object.fields.extend(added.fields.iter().map(|(name, value)| (name.clone(), through(whole, value))));
        return;
    }
    if object.unnamed.is_some() {
        let named: Vec<Value> = added.fields.keys().map(|name| Value::string(name.clone())).collect();
        let unnamed = beyond.iter().flat_map(|b| b.entries().map(|(name, _)| name));
        doubt_earlier(object, &named.iter().chain(unnamed).collect::<Vec<_>>());
    }
    if let (Some(beyond), Some(why)) = (&beyond, &added.open) {
        let own = |name: &str| added.fields.contains_key(name);
        for (pairs, certain) in [(&beyond.certain, true), (&beyond.maybe, false)] {
            for (name, value) in pairs {
                add(object, name.clone(), through(whole, value), certain, &own);
            }
        }
        object.add_unnamed(why.clone(), Unnamed::default());
    }
    for (name, value) in &added.fields {
        object.fields.insert(name.clone(), through(whole, value));
    }
}

/// Fields set before under names that may be one of these are not certainly there any more.
fn doubt_earlier(object: &mut Object, names: &[&Value]) {
    let Some(unnamed) = &object.unnamed else { return };
    let replaced = |(earlier, _): &(Value, Value)| names.iter().any(|name| may_be(earlier, name));
    let (doubtful, certain) = unnamed.certain.iter().cloned().partition(replaced);
    let mut maybe: Vec<(Value, Value)> = doubtful;
    maybe.extend(unnamed.maybe.iter().cloned());
    object.unnamed = Some(Unnamed { certain, maybe, open: unnamed.open.clone() }.into());
}

/// Adds a field whose name is not known or that may not be there. It may replace one that is named, unless that
/// is known to be another.
fn add(object: &mut Object, name: Value, value: Value, certain: bool, other: &dyn Fn(&str) -> bool) {
    let why = name.first_unknown().unwrap_or_else(|| why_of(&value));
    let mut alone = certain;
    for (field, before) in &mut object.fields {
        if !other(field) && may_be(&name, &Value::string(field.clone())) {
            *before = either(vec![before.clone(), value.clone()], Some(why.clone()), before);
            alone = false;
        }
    }
    if name.as_str().is_some_and(|name| object.fields.contains_key(name)) {
        return;
    }
    let mut unnamed = Unnamed::default();
    let place = if alone { &mut unnamed.certain } else { &mut unnamed.maybe };
    place.push((name, value));
    object.add_unnamed(why, unnamed);
}

/// Behind this anything may come, and replace what is there.
pub(super) fn hide(object: &mut Object, why: &Why) {
    forget(&mut object.fields, why);
    let before = object.beyond();
    object.unnamed = None;
    object.open.get_or_insert(why.clone());
    if let Some(before) = before {
        let maybe = before.entries().cloned().collect();
        object.add_unnamed(why.clone(), Unnamed { maybe, ..Unnamed::default() });
    }
}

/// What is in these fields may have been replaced.
fn forget(fields: &mut ByName<Value>, why: &Why) {
    for value in fields.values_mut() {
        *value = Value::unknown(why.clone()).with_origins(value.origins.clone()).mark_sensitive(value.sensitive);
    }
}

/// The values of the fields that may have this name, if it is known which those are.
pub(super) fn candidates(whole: &Value, object: &Object, name: &str) -> Option<Vec<Value>> {
    let unnamed = object.unnamed.as_ref().filter(|u| object.open.is_some() && u.open.is_none())?;
    if unnamed.entries().count() > MOST_COMPARED {
        return None;
    }
    let wanted = Value::string(name);
    let found = unnamed.entries().filter(|(k, _)| may_be(k, &wanted)).map(|(_, v)| through(whole, v)).collect();
    Some(found).filter(|found: &Vec<Value>| found.len() < MOST_ALTERNATIVES)
}

/// Whether no field of the object can have this name.
pub(super) fn lacks(object: &Object, name: &str) -> bool {
    object.get(name).is_none()
        && match object.beyond() {
            Some(unnamed) => {
                let wanted = Value::string(name);
                unnamed.open.is_none()
                    && unnamed.entries().count() <= MOST_COMPARED
                    && !unnamed.entries().any(|(k, _)| may_be(k, &wanted))
            }
            None => true,
        }
}

/// The value of the field with this name, if it can only be one of a few whose names are not known.
pub(super) fn called(mode: Mode, whole: &Value, object: &Object, name: &str) -> Option<Value> {
    let mut found = candidates(whole, object, name).filter(|found| !found.is_empty())?;
    if mode == Mode::Rule {
        let nothing = match &object.header {
            Some(header) => Origins::one(header.with_step(OriginStep::NotSet(name.into()))),
            None => whole.origins.clone(),
        };
        found.push(Value::null().with_origins(nothing));
    }
    Some(either(found, object.open.clone(), whole))
}

/// A list of elements that are there, though not known in which order. So that nobody takes the positions for
/// certain, it holds among `maybe` that there is any of them; [`order`] recognises that.
pub(super) fn list_without_order(
    items: Vec<Value>,
    mut maybe: Vec<Value>,
    mut open: Option<Why>,
    why: Why,
    kind: ListKind,
) -> List {
    let all: Vec<Value> = items.iter().chain(&maybe).cloned().collect();
    let Some(first) = all.first().cloned() else {
        return List { kind, items, maybe, open: Some(open.take().unwrap_or(why)) };
    };
    let refinement = if all.len() <= MOST_ALTERNATIVES { Refinement::OneOf(all.into()) } else { Refinement::Nothing };
    let symbol = Some(Symbol { scope: "".into(), address: ANY_ORDER.into(), path: "".into() });
    let any = Value::from(Repr::Unknown(Arc::new(Unknown { why, symbol, refinement })));
    maybe.insert(0, any.with_origins(first.origins).mark_sensitive(first.sensitive));
    List { kind, items, maybe, open }
}

/// The address of what stands for any element of a list whose order is not known.
const ANY_ORDER: &str = "[*]";

/// Whether this stands in a list only because the order of its elements is not known, and why that is.
pub(super) fn order(element: &Value) -> Option<&Why> {
    let unknown = element.as_unknown()?;
    unknown.symbol.as_ref().filter(|s| s.address == ANY_ORDER).map(|_| &unknown.why)
}
