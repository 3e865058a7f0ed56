//! Merging as GitLab merges: mappings at any depth, anything else is replaced; and what a value came
//! through.

use std::sync::Arc;

use ecow::EcoString;

use crate::value::{List, Object, Origin, OriginStep, Repr, Value, Why};

/// `over` merged onto `under`: it wins wherever both say something that is not a mapping.
pub fn deep(under: Value, over: &Value) -> Value {
    let (Some(a), Some(b)) = (under.as_object(), over.as_object()) else { return over.clone() };
    let mut object = Object { header: b.header.clone().or_else(|| a.header.clone()), ..a.clone() };
    object.open = a.open.clone().or_else(|| b.open.clone());
    for (name, value) in &b.fields {
        let merged = match object.fields.get_mut(name) {
            Some(before) => deep(std::mem::replace(before, Value::null()), value),
            None => value.clone(),
        };
        object.fields.insert(name.clone(), merged);
    }
    let mut origins = over.origins.clone();
    origins.extend(&under.origins);
    Value::from_object(object).with_origins(origins)
}

/// The same where it is not known whether `over` is there: what both say is not known then, and what only
/// `over` says may be missing. A job that only it has is there; when it runs is for the caller to say.
pub fn perhaps(under: Value, over: &Value, why: &Why, top: bool) -> Value {
    let (Some(a), Some(b)) = (under.as_object(), over.as_object()) else {
        let origins = over.origins.and(&under.origins);
        return Value::unknown(why.clone()).with_origins(origins);
    };
    let mut object = a.clone();
    for (name, value) in &b.fields {
        let merged = match object.fields.get_mut(name) {
            Some(before) => perhaps(std::mem::replace(before, Value::null()), value, why, false),
            None if top => value.clone(),
            None => Value::unknown(why.clone()).with_origins(value.origins.clone()),
        };
        object.fields.insert(name.clone(), merged);
    }
    Value::from_object(object).with_origins(under.origins.clone())
}

/// A value that is used from another place: each part of it came through there.
pub fn through(value: &Value, place: &Origin) -> Value {
    let mut out = value.clone();
    match &value.repr {
        Repr::List(list) => {
            let items = list.items.iter().map(|item| through(item, place)).collect();
            out.repr = Repr::List(Arc::new(List { items, ..List::clone(list) }));
        }
        Repr::Object(object) => {
            let fields = object.fields.iter().map(|(name, value)| (name.clone(), through(value, place))).collect();
            // The same text may lack nothing where else it is used.
            let header = object.header.as_ref().map(|_| place.with_step(OriginStep::Here));
            out.repr = Repr::Object(Arc::new(Object { fields, header, ..Object::clone(object) }));
        }
        _ => {}
    }
    out.origins.push_front(place.with_step(OriginStep::Use));
    out
}

/// The place of a value that refers to something: the nearest one.
pub fn place_of(value: &Value) -> Option<Origin> {
    value.origins.first().cloned()
}

/// The object with something of which nothing is known besides.
pub fn opened(value: Value, why: &Why) -> Value {
    let Some(object) = value.as_object() else { return value };
    let mut object = object.clone();
    object.open.get_or_insert_with(|| why.clone());
    Value { repr: Repr::Object(Arc::new(object)), ..value }
}

/// A field that is there and not null.
pub fn field<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|v| !v.is_null())
}

/// The elements of a list, those of lists in it one by one; a value that is no list is one element.
pub fn flat(value: Option<&Value>) -> Vec<Value> {
    fn add(value: &Value, depth: usize, out: &mut Vec<Value>) {
        match &value.repr {
            Repr::Null => {}
            Repr::List(list) if depth < MAX_NESTING => {
                list.items.iter().for_each(|item| add(item, depth + 1, out));
            }
            _ => out.push(value.clone()),
        }
    }
    let mut out = Vec::new();
    if let Some(value) = value {
        add(value, 0, &mut out);
    }
    out
}

/// Lists in lists are unfolded so far; GitLab allows ten.
const MAX_NESTING: usize = 12;

/// A scalar as text: GitLab takes `1` and `true` for names, too.
pub fn text_of(value: &Value) -> Option<EcoString> {
    match &value.repr {
        Repr::String(text) => text.as_str().map(EcoString::from),
        Repr::Bool(b) => Some(ecow::eco_format!("{b}")),
        Repr::Number(n) => Some(ecow::eco_format!("{n}")),
        _ => None,
    }
}
