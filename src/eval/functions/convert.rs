//! Conversions of values to types. Which there are, and what several values have in common, is said
//! by [`super::unify`].

use std::sync::Arc;

use ecow::EcoString;
use foldhash::fast::RandomState;

pub use super::{
    equality::{equal, same},
    unify::{converted_type, unify, unify_types},
};
use crate::{
    eval::Mode,
    value::{
        ByName, Hole, List, ListKind, Number, Object, ObjectKind, Part, Refinement, Repr, Text, Type, Unknown, Value,
    },
};

/// The value converted to a type, with its places; an error says in one sentence why it cannot be.
pub fn convert_to(value: &Value, target: &Type) -> Result<Value, String> {
    match (&value.repr, target) {
        (_, Type::Any | Type::Unclear) => Ok(value.clone()),
        (Repr::Null, _) => Ok(value.clone().of_type(type_after(value, target)?)),
        (Repr::Unknown(unknown), _) => convert_unknown(value, unknown, target),
        (_, Type::Bool) => to_bool(value).map(told),
        (_, Type::Number) => to_number(value).map(told),
        (_, Type::String) => to_string(value).map(told),
        (Repr::List(list), Type::List(item)) => to_list(value, list, ListKind::List, item, target),
        (Repr::List(list), Type::Set(item)) => to_list(value, list, ListKind::Set, item, target),
        (Repr::List(list), Type::Tuple(items)) if list.items.len() == items.len() && list.kind != ListKind::Set => {
            let items: Result<Vec<Value>, String> =
                list.items.iter().zip(items).map(|(v, t)| convert_to(v, t)).collect();
            Ok(replace_repr(
                value,
                Repr::List(Arc::new(List { kind: ListKind::Tuple, items: items?, ..(**list).clone() })),
            ))
        }
        (Repr::Object(object), Type::Map(item)) => {
            let fields: Vec<Value> = object.fields.values().cloned().collect();
            let values = of_one_type(&fields, item, false).map_err(|why| match why {
                Fault::Apart => "its values have no type in common".to_string(),
                Fault::Element(position, why) => match object.fields.get_index(position) {
                    Some((name, _)) => format!("element \"{name}\": {why}"),
                    None => why,
                },
            })?;
            let fields = object.fields.keys().cloned().zip(values).collect();
            let mut converted = Object { kind: ObjectKind::Map, fields, ..(**object).clone() };
            if let Some(unnamed) = &object.unnamed {
                converted.unnamed = Some(Arc::new(unnamed.try_map(|v| convert_to(v, item))?));
            }
            let empty = converted.fields.is_empty();
            let converted = replace_repr(value, Repr::Object(Arc::new(converted)));
            Ok(if empty { converted.of_type(type_after(value, target)?) } else { converted })
        }
        (Repr::Object(object), Type::Object(wanted)) => {
            let mut fields = ByName::with_capacity_and_hasher(wanted.len(), RandomState::default());
            for (name, field) in wanted {
                match (object.get(name), &object.open) {
                    (Some(found), _) => {
                        fields.insert(
                            name.clone(),
                            convert_to(found, field).map_err(|why| format!("attribute \"{name}\": {why}"))?,
                        );
                    }
                    (None, Some(why)) => {
                        fields.insert(name.clone(), Value::unknown(why.clone()).of_type(field.clone()));
                    }
                    (None, None) => return Err(format!("attribute \"{name}\" is required")),
                }
            }
            Ok(replace_repr(
                value,
                Repr::Object(Arc::new(Object {
                    kind: ObjectKind::Object,
                    fields,
                    open: None,
                    unnamed: None,
                    ..(**object).clone()
                })),
            ))
        }
        _ => Err(format!("{} cannot be converted to {target}", value.kind_name())),
    }
}

/// What a value is for a type once it is converted.
fn type_after(value: &Value, target: &Type) -> Result<Type, String> {
    let from = Type::of(value);
    converted_type(&from, target).ok_or_else(|| format!("{from} cannot be converted to {target}"))
}

/// The same, its content now telling its type.
fn told(value: Value) -> Value {
    if value.is_unknown() { value } else { Value { ty: None, ..value } }
}

fn convert_unknown(value: &Value, unknown: &Unknown, target: &Type) -> Result<Value, String> {
    let ty = type_after(value, target)?;
    let refinement = match &unknown.refinement {
        Refinement::OneOf(values) => values
            .iter()
            .map(|v| convert_to(v, target))
            .collect::<Result<Vec<Value>, String>>()
            .map_or(Refinement::Nothing, |v| Refinement::OneOf(v.into())),
        Refinement::Prefix(_) if ty != Type::String => Refinement::NonNull,
        other => other.clone(),
    };
    let converted = Unknown { refinement, ..unknown.clone() };
    Ok(replace_repr(value, Repr::Unknown(Arc::new(converted))).of_type(ty))
}

fn to_list(value: &Value, list: &List, kind: ListKind, item: &Type, target: &Type) -> Result<Value, String> {
    let all: Vec<Value> = list.items.iter().chain(&list.maybe).cloned().collect();
    let mut items = of_one_type(&all, item, true).map_err(|why| match why {
        Fault::Apart => "its elements have no type in common".to_string(),
        Fault::Element(position, why) => format!("element {position}: {why}"),
    })?;
    let maybe = items.split_off(list.items.len());
    if kind == ListKind::Set {
        items = set_of(items);
    }
    let empty = all.is_empty();
    let converted = replace_repr(value, Repr::List(Arc::new(List { kind, items, maybe, open: list.open.clone() })));
    Ok(if empty { converted.of_type(type_after(value, target).unwrap_or_else(|_| target.clone())) } else { converted })
}

/// Why values are not elements of one collection.
enum Fault {
    /// They have no type in common.
    Apart,
    /// One of them cannot be converted.
    Element(usize, String),
}

/// The values as elements of one collection: of the given type, and of one type where that leaves it
/// open. A list holds nothing of any type beside what has one; in a map the others give it theirs.
fn of_one_type(values: &[Value], item: &Type, strict: bool) -> Result<Vec<Value>, Fault> {
    let all = |values: &[Value], item: &Type| -> Result<Vec<Value>, Fault> {
        let each = |(i, v): (usize, &Value)| convert_to(v, item).map_err(|why| Fault::Element(i, why));
        values.iter().enumerate().map(each).collect()
    };
    let items = all(values, item)?;
    if item.is_exact() || item.has_unclear() || items.is_empty() {
        return Ok(items);
    }
    let common = unify(&items, Mode::Configuration).ok_or(Fault::Apart)?;
    let items = all(&items, &common)?;
    if !common.is_exact() && !common.has_unclear() {
        // A type that is still open does not hold together what differs.
        let mut types = items.iter().map(Type::of);
        let first = types.next();
        if types.any(|t| first.as_ref().is_some_and(|first| *first != t)) {
            let told: Vec<Type> = items.iter().map(Type::of).filter(Type::is_told).collect();
            return match unify_types(&told) {
                Some(common) if !strict => all(&items, &common),
                _ => Err(Fault::Apart),
            };
        }
    }
    Ok(items)
}

/// The same value, as far as its places go, of another type.
fn replace_repr(value: &Value, repr: Repr) -> Value {
    Value { repr, ty: None, ..value.clone() }
}

/// The elements of a set: without duplicates, in Terraform's order, unknowns last.
pub fn set_of(items: Vec<Value>) -> Vec<Value> {
    let mut keyed: Vec<(SetKey, Value)> = Vec::with_capacity(items.len());
    let mut seen = std::collections::HashSet::with_capacity(items.len());
    for item in items {
        let key = SetKey::of(&item);
        if key.rank == UNKNOWN_RANK || seen.insert((key.rank, key.number.clone(), key.text.clone())) {
            keyed.push((key, item));
        }
    }
    keyed.sort_by(|(a, _), (b, _)| (a.rank, &a.number, &a.text).cmp(&(b.rank, &b.number, &b.text)));
    keyed.into_iter().map(|(_, item)| item).collect()
}

const UNKNOWN_RANK: u8 = 5;

/// What orders the elements of a set and tells them apart.
struct SetKey {
    rank: u8,
    number: Number,
    text: EcoString,
}

impl SetKey {
    fn of(value: &Value) -> Self {
        let zero = Number::from(0);
        let (rank, number, text) = match &value.repr {
            _ if !value.is_wholly_known() => (UNKNOWN_RANK, zero, EcoString::new()),
            Repr::Bool(b) => (0, Number::from(i32::from(*b)), EcoString::new()),
            Repr::Number(n) => (1, n.clone(), EcoString::new()),
            Repr::String(text) => (2, zero, text.written()),
            Repr::Null => (4, zero, EcoString::new()),
            _ => (3, zero, super::json::encode(value).written()),
        };
        Self { rank, number, text }
    }
}

/// The text of a string, number or boolean; none for null, collections and unknowns.
pub fn text_of(value: &Value) -> Option<Text> {
    match &value.repr {
        Repr::String(text) => Some(text.clone()),
        Repr::Number(number) => Some(Text::Whole(ecow::eco_format!("{number}"))),
        Repr::Bool(b) => Some(Text::Whole(if *b { "true" } else { "false" }.into())),
        _ => None,
    }
}

/// A number, or one written in a string.
pub fn number_of(value: &Value) -> Option<Number> {
    match &value.repr {
        Repr::Number(number) => Some(number.clone()),
        Repr::String(text) => parse_number(text.as_str()?),
        _ => None,
    }
}

/// Reads a number as Terraform converts a string: decimal digits and an exponent only.
fn parse_number(text: &str) -> Option<Number> {
    match text {
        "Inf" | "+Inf" | "inf" | "+inf" => return Some(Number::from(f64::INFINITY)),
        "-Inf" | "-inf" => return Some(Number::from(f64::NEG_INFINITY)),
        _ => {}
    }
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    if plain { Number::parse(text) } else { None }
}

/// A boolean, or one written in a string.
pub fn bool_of(value: &Value) -> Option<bool> {
    match &value.repr {
        Repr::Bool(b) => Some(*b),
        Repr::String(text) => match text.as_str()? {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The value as a string; nulls and unknowns stay what they are.
pub fn to_string(value: &Value) -> Result<Value, String> {
    to_primitive(value, "string", |v| text_of(v).map(Repr::String))
}

/// The value as a number; nulls and unknowns stay what they are.
pub fn to_number(value: &Value) -> Result<Value, String> {
    to_primitive(value, "number", |v| number_of(v).map(Repr::Number))
}

/// The value as a boolean; nulls and unknowns stay what they are.
pub fn to_bool(value: &Value) -> Result<Value, String> {
    to_primitive(value, "bool", |v| bool_of(v).map(Repr::Bool))
}

fn to_primitive(value: &Value, name: &str, read: fn(&Value) -> Option<Repr>) -> Result<Value, String> {
    let repr = match &value.repr {
        Repr::Null | Repr::Unknown(_) => return Ok(value.clone()),
        // As it is, with what it encodes: a policy with holes that goes through `type = string`.
        Repr::String(_) if name == "string" => return Ok(value.clone()),
        Repr::String(text) if name != "string" && text.as_str().is_none() => {
            let why = text.holes().next().map(|h| h.unknown.why.clone());
            return Ok(why
                .map_or_else(Value::null, super::non_null)
                .with_origins(value.origins.clone())
                .mark_sensitive(value.sensitive));
        }
        _ => read(value),
    };
    match (repr, value.as_str()) {
        (Some(repr), _) => Ok(Value { decoded: None, ..replace_repr(value, repr) }),
        (None, Some(text)) if !value.sensitive => Err(format!("\"{text}\" is not a {name}")),
        (None, _) => Err(format!("{} cannot be converted to {name}", value.kind_name())),
    }
}

/// The values that an unknown may have, if that is known.
pub fn alternatives(value: &Value) -> Option<&[Value]> {
    match &value.as_unknown()?.refinement {
        Refinement::OneOf(values) => Some(values),
        _ => None,
    }
}

/// What a value adds to a text: its own text, or a hole if it is unknown. None for null and
/// collections. `written` is how it stands in the file; without it the unknown's name is shown.
pub fn parts_of(value: &Value, written: Option<EcoString>) -> Option<Vec<Part>> {
    match &value.repr {
        Repr::Unknown(unknown) => {
            let hole = Hole {
                written: written.unwrap_or_else(|| written_of(unknown)),
                span: value.origins.first().map(|o| o.anchor),
                unknown: unknown.clone(),
            };
            Some(match &unknown.refinement {
                Refinement::Prefix(prefix) if unknown.symbol.is_none() => {
                    let rest = Unknown { why: unknown.why.clone(), symbol: None, refinement: Refinement::Nothing };
                    vec![Part::Known(prefix.clone()), Part::Hole(Hole { unknown: Arc::new(rest), ..hole })]
                }
                _ => vec![Part::Hole(hole)],
            })
        }
        _ => text_of(value).map(|text| text.parts()),
    }
}

fn written_of(unknown: &Unknown) -> EcoString {
    match &unknown.symbol {
        Some(symbol) if symbol.path.is_empty() => ecow::eco_format!("${{{}}}", symbol.address),
        Some(symbol) => ecow::eco_format!("${{{}.{}}}", symbol.address, symbol.path),
        None => ecow::eco_format!("${{{}}}", unknown.why.subject),
    }
}

/// The values without those that are equal to an earlier one. They must be known.
pub fn distinct(items: Vec<Value>) -> Vec<Value> {
    let mut seen = std::collections::HashSet::with_capacity(items.len());
    items
        .into_iter()
        .filter(|item| {
            let key = SetKey::of(item);
            seen.insert((key.rank, key.number, key.text))
        })
        .collect()
}
