//! Conversions between types, and the one type that several values can be converted to.
//!
//! [`type_of`] reads the type off a value; what does not tell its type itself (nulls, unknowns, empty
//! collections) carries it. [`Type::Any`] is the type of which nothing is known.

use std::sync::Arc;

use ecow::EcoString;
use indexmap::IndexMap;

pub use super::equality::{equal, same};
pub use crate::value::Type;
use crate::value::{Hole, List, ListKind, Number, Object, ObjectKind, Part, Refinement, Repr, Text, Unknown, Value};

/// The type of a value.
pub fn type_of(value: &Value) -> Type {
    if let Some(ty) = &value.ty {
        return (**ty).clone();
    }
    match &value.repr {
        Repr::Null => Type::Any,
        Repr::Bool(_) => Type::Bool,
        Repr::Number(_) => Type::Number,
        Repr::String(_) => Type::String,
        Repr::List(list) => {
            let item = || Box::new(unify(list.items.iter().chain(&list.maybe)).unwrap_or(Type::Any));
            match list.kind {
                ListKind::List => Type::List(item()),
                ListKind::Set => Type::Set(item()),
                ListKind::Tuple | ListKind::Blocks if list.is_whole() => {
                    Type::Tuple(list.items.iter().map(type_of).collect())
                }
                ListKind::Tuple | ListKind::Blocks => Type::Any,
            }
        }
        Repr::Object(object) => match object.kind {
            ObjectKind::Map => Type::Map(Box::new(unify(object.fields.values()).unwrap_or(Type::Any))),
            ObjectKind::Object | ObjectKind::Block if object.open.is_none() => {
                Type::Object(object.fields.iter().map(|(k, v)| (k.clone(), type_of(v))).collect())
            }
            ObjectKind::Object | ObjectKind::Block => Type::Any,
        },
        Repr::Unknown(unknown) => match &unknown.refinement {
            Refinement::Prefix(_) => Type::String,
            Refinement::OneOf(values) => unify(values.iter()).unwrap_or(Type::Any),
            Refinement::Nothing | Refinement::NonNull => Type::Any,
        },
    }
}

/// The type of a value, without looking into collections.
pub fn type_of_scalar(value: &Value) -> Type {
    match &value.repr {
        Repr::List(_) => Type::List(Box::new(Type::Any)),
        Repr::Object(_) => Type::Map(Box::new(Type::Any)),
        Repr::Unknown(unknown) if value.ty.is_none() && matches!(unknown.refinement, Refinement::OneOf(_)) => Type::Any,
        _ => type_of(value),
    }
}

/// The type that all these values can be converted to.
pub fn unify<'a>(values: impl IntoIterator<Item = &'a Value>) -> Option<Type> {
    let types: Vec<Type> = values.into_iter().map(type_of).collect();
    unify_types(&types)
}

/// The type that values of all these types can be converted to.
pub fn unify_types(types: &[Type]) -> Option<Type> {
    let known: Vec<&Type> = types.iter().filter(|t| **t != Type::Any).collect();
    let Some(first) = known.first() else { return Some(Type::Any) };
    if known.iter().all(|t| t == first) {
        return Some((*first).clone());
    }
    if known.iter().all(|t| matches!(t, Type::Bool | Type::Number | Type::String)) {
        return known.contains(&&Type::String).then_some(Type::String);
    }
    let is_listed = |t: &&Type| matches!(t, Type::List(_) | Type::Set(_) | Type::Tuple(_));
    let some = |kind: fn(&Type) -> bool| known.iter().any(|t| kind(t));
    let sets_and_tuples = some(|t| matches!(t, Type::Set(_))) && some(|t| matches!(t, Type::Tuple(_)));
    if known.iter().all(is_listed) && !sets_and_tuples {
        return unify_lists(&known);
    }
    if known.iter().all(|t| matches!(t, Type::Map(_) | Type::Object(_))) {
        return unify_objects(&known);
    }
    known.iter().find(|target| known.iter().all(|t| convertible(t, target))).map(|t| (**t).clone())
}

fn unify_lists(types: &[&Type]) -> Option<Type> {
    let tuples: Vec<&Vec<Type>> =
        types.iter().filter_map(|t| if let Type::Tuple(items) = t { Some(items) } else { None }).collect();
    if tuples.len() == types.len() && tuples.iter().all(|t| t.len() == tuples[0].len()) {
        let items: Option<Vec<Type>> = (0..tuples[0].len())
            .map(|i| unify_types(&tuples.iter().map(|t| t[i].clone()).collect::<Vec<_>>()))
            .collect();
        return items.map(Type::Tuple);
    }
    let items: Vec<Type> = types
        .iter()
        .flat_map(|t| match t {
            Type::List(item) | Type::Set(item) => vec![(**item).clone()],
            Type::Tuple(items) => items.clone(),
            _ => Vec::new(),
        })
        .collect();
    let open = items.contains(&Type::Any) && tuples.len() < types.len();
    let item = Box::new(if open { Type::Any } else { unify_types(&items)? });
    let is_set = types.iter().any(|t| matches!(t, Type::Set(_))) && !types.iter().any(|t| matches!(t, Type::List(_)));
    Some(if is_set { Type::Set(item) } else { Type::List(item) })
}

fn unify_objects(types: &[&Type]) -> Option<Type> {
    let objects: Vec<&IndexMap<EcoString, Type>> =
        types.iter().filter_map(|t| if let Type::Object(fields) = t { Some(fields) } else { None }).collect();
    let same_names = |a: &IndexMap<EcoString, Type>, b: &IndexMap<EcoString, Type>| {
        a.len() == b.len() && a.keys().all(|k| b.contains_key(k))
    };
    if objects.len() == types.len() && objects.iter().all(|o| same_names(o, objects[0])) {
        let fields: Option<IndexMap<EcoString, Type>> = objects[0]
            .keys()
            .map(|name| {
                let all: Vec<Type> = objects.iter().map(|o| o[name].clone()).collect();
                unify_types(&all).map(|t| (name.clone(), t))
            })
            .collect();
        return fields.map(Type::Object);
    }
    let items: Vec<Type> = types
        .iter()
        .flat_map(|t| match t {
            Type::Map(item) => vec![(**item).clone()],
            Type::Object(fields) => fields.values().cloned().collect(),
            _ => Vec::new(),
        })
        .collect();
    // Next to `tomap({})`, of whose elements nothing is known, anything goes.
    let open = items.contains(&Type::Any) && objects.len() < types.len();
    match unify_types(&items) {
        Some(item) => Some(Type::Map(Box::new(if open { Type::Any } else { item }))),
        // An object that is no map, next to a map that could be that object.
        None if objects.len() < types.len() => {
            let fits = |target: &&&Type| matches!(target, Type::Object(_)) && types.iter().all(|t| convertible(t, target));
            types.iter().find(fits).map(|t| (**t).clone())
        }
        None => None,
    }
}

/// Whether values of a type can be converted to another, as far as the types tell: a string to a number, if
/// it is written as one.
pub fn convertible(from: &Type, to: &Type) -> bool {
    use Type::{Any, Bool, List, Map, Number, Object, Set, String, Tuple};
    match (from, to) {
        (Any, _) | (_, Any) | (Bool | Number, String) | (String, Bool | Number) => true,
        (List(a) | Set(a), List(b) | Set(b)) | (Map(a), Map(b)) => convertible(a, b),
        (Tuple(items), List(b) | Set(b)) => items.iter().all(|item| convertible(item, b)),
        (List(a), Tuple(items)) => items.iter().all(|item| convertible(a, item)),
        (Tuple(a), Tuple(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| convertible(a, b)),
        (Object(fields), Map(b)) => fields.values().all(|field| convertible(field, b)),
        (Map(a), Object(fields)) => fields.values().all(|field| convertible(a, field)),
        (Object(a), Object(b)) => b.iter().all(|(name, to)| a.get(name).is_some_and(|from| convertible(from, to))),
        (from, to) => from == to,
    }
}

/// The value converted to a type, with its places; an error says in one sentence why it cannot be.
pub fn convert_to(value: &Value, target: &Type) -> Result<Value, String> {
    match (&value.repr, target) {
        (_, Type::Any) => Ok(value.clone()),
        (Repr::Null | Repr::Unknown(_), _) if !convertible(&type_of(value), target) => {
            Err(format!("{} cannot be converted to {target}", type_of(value)))
        }
        (Repr::Null, _) => Ok(value.clone().of_type(target.clone())),
        (Repr::Unknown(unknown), _) => {
            let Refinement::OneOf(values) = &unknown.refinement else { return Ok(value.clone().of_type(target.clone())) };
            let values: Result<Vec<Value>, String> = values.iter().map(|v| convert_to(v, target)).collect();
            let refinement = values.map_or(Refinement::Nothing, |v| Refinement::OneOf(v.into()));
            let unknown = Repr::Unknown(Arc::new(Unknown { refinement, ..(**unknown).clone() }));
            Ok(replace_repr(value, unknown).of_type(target.clone()))
        }
        (_, Type::Bool) => to_bool(value),
        (_, Type::Number) => to_number(value),
        (_, Type::String) => to_string(value),
        (Repr::List(list), Type::List(item)) => to_list(value, list, ListKind::List, item),
        (Repr::List(list), Type::Set(item)) => to_list(value, list, ListKind::Set, item),
        (Repr::List(list), Type::Tuple(items)) if list.items.len() == items.len() && list.kind != ListKind::Set => {
            let items: Result<Vec<Value>, String> =
                list.items.iter().zip(items).map(|(v, t)| convert_to(v, t)).collect();
            Ok(replace_repr(
                value,
                Repr::List(Arc::new(List { kind: ListKind::Tuple, items: items?, ..(**list).clone() })),
            ))
        }
        (Repr::Object(object), Type::Map(item)) => {
            let item = match &**item {
                Type::Any => unify(object.fields.values()).ok_or("its values have no type in common")?,
                given => given.clone(),
            };
            let fields: Result<IndexMap<EcoString, Value>, String> =
                object.fields.iter().map(|(k, v)| Ok((k.clone(), convert_to(v, &item)?))).collect();
            let map = Object { kind: ObjectKind::Map, fields: fields?, ..(**object).clone() };
            Ok(replace_repr(value, Repr::Object(Arc::new(map))).of_type(Type::Map(Box::new(item))))
        }
        (Repr::Object(object), Type::Object(wanted)) => {
            let mut fields = IndexMap::with_capacity(wanted.len());
            for (name, field) in wanted {
                match (object.get(name), &object.open) {
                    (Some(found), _) => {
                        fields.insert(
                            name.clone(),
                            convert_to(found, field).map_err(|why| format!("attribute \"{name}\": {why}"))?,
                        );
                    }
                    (None, Some(why)) => {
                        fields.insert(name.clone(), Value::unknown(why.clone()));
                    }
                    (None, None) => return Err(format!("attribute \"{name}\" is required")),
                }
            }
            Ok(replace_repr(
                value,
                Repr::Object(Arc::new(Object { kind: ObjectKind::Object, fields, open: None, ..(**object).clone() })),
            ))
        }
        _ => Err(format!("{} cannot be converted to {target}", value.kind_name())),
    }
}

fn to_list(value: &Value, list: &List, kind: ListKind, item: &Type) -> Result<Value, String> {
    let item = match item {
        // A bare null goes with a string, a number or a boolean; next to anything larger it has no type.
        Type::Any if list.items.iter().any(|v| v.is_null() && v.ty.is_none()) && list.items.iter().any(is_structured) => {
            return Err("its elements have no type in common".into());
        }
        Type::Any => unify(list.items.iter().chain(&list.maybe)).ok_or("its elements have no type in common")?,
        given => given.clone(),
    };
    let all = |values: &[Value]| values.iter().map(|v| convert_to(v, &item)).collect::<Result<Vec<Value>, String>>();
    let (mut items, maybe) = (all(&list.items)?, all(&list.maybe)?);
    if kind == ListKind::Set && list.kind != ListKind::Set {
        items = set_of(items);
    }
    let converted = Repr::List(Arc::new(List { kind, items, maybe, open: list.open.clone() }));
    let item = Box::new(item);
    let ty = if kind == ListKind::Set { Type::Set(item) } else { Type::List(item) };
    Ok(replace_repr(value, converted).of_type(ty))
}

fn is_structured(value: &Value) -> bool {
    matches!(&value.repr, Repr::List(_) | Repr::Object(_))
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
    to_primitive(value, Type::String, |v| text_of(v).map(Repr::String))
}

/// The value as a number; nulls and unknowns stay what they are.
pub fn to_number(value: &Value) -> Result<Value, String> {
    to_primitive(value, Type::Number, |v| number_of(v).map(Repr::Number))
}

/// The value as a boolean; nulls and unknowns stay what they are.
pub fn to_bool(value: &Value) -> Result<Value, String> {
    to_primitive(value, Type::Bool, |v| bool_of(v).map(Repr::Bool))
}

fn to_primitive(value: &Value, ty: Type, read: fn(&Value) -> Option<Repr>) -> Result<Value, String> {
    let name = &*ty.to_string();
    let repr = match &value.repr {
        Repr::Null | Repr::Unknown(_) => return convert_to(value, &ty),
        // As it is, with what it encodes: a policy with holes that goes through `type = string`.
        Repr::String(_) if name == "string" => return Ok(value.clone()),
        Repr::String(text) if name != "string" && text.as_str().is_none() => {
            let why = text.holes().next().map(|h| h.unknown.why.clone());
            return Ok(why
                .map_or_else(Value::null, super::non_null)
                .of_type(ty)
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
