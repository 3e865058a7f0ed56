//! Which types convert to which, and the one type that several can be converted to.
//!
//! Two readings: Terraform's, in which a tuple and a bare null have nothing certain in common, and
//! that of rules, in which whatever is not known goes with everything.

use ecow::EcoString;

use crate::{
    eval::Mode,
    value::{ByName, Repr, Type, Value},
};

/// The type that all these values can be converted to. In configuration, values whose type only a
/// provider knows leave it open where the others do not agree.
pub fn unify<'a>(values: impl IntoIterator<Item = &'a Value>, mode: Mode) -> Option<Type> {
    let values: Vec<&Value> = values.into_iter().collect();
    if mode == Mode::Rule {
        let types: Vec<Type> = values
            .iter()
            .map(|v| if matches!(v.repr, Repr::Null | Repr::Unknown(_)) { Type::Unclear } else { Type::of(v) })
            .collect();
        return leniently(&types);
    }
    let types: Vec<Type> = values.iter().map(|v| Type::of(v)).collect();
    unify_types(&types).or_else(|| values.iter().any(|v| is_loose(v)).then_some(Type::Unclear))
}

/// Whether a value is known, but its type only to a provider: `"5"` may be meant as a number.
pub fn is_loose(value: &Value) -> bool {
    value.ty.as_deref() == Some(&Type::Unclear)
        || match &value.repr {
            Repr::List(list) => list.items.iter().chain(&list.maybe).any(is_loose),
            Repr::Object(object) => object.values().any(is_loose),
            _ => false,
        }
}

/// The type that values of all these types can be converted to, as Terraform finds it.
pub fn unify_types(types: &[Type]) -> Option<Type> {
    if let Some(alike) = all_alike(types) {
        return Some(alike);
    }
    let known: Vec<Type> = types.iter().filter(|t| **t != Type::Unclear).cloned().collect();
    if known.len() < types.len() {
        return with_unclear(&known);
    }
    let dynamic = types.contains(&Type::Any);
    match Kinds::of(types) {
        Kinds { lists: 0, sets: 0, maps: 0, objects: 0, tuples: 1.., others: 0 } => same_tuples(types, dynamic),
        Kinds { lists: 0, sets: 0, maps: 0, objects: 1.., tuples: 0, others: 0 } => same_objects(types, dynamic),
        Kinds { lists: 0, sets: 1.., maps: 0, objects: 0, tuples: 0, others: 0 } => {
            same_collections(types, dynamic, Type::Set)
        }
        Kinds { lists: 1.., sets: 0, maps: 0, objects: 0, tuples: 0, others: 0 } => {
            same_collections(types, dynamic, Type::List)
        }
        Kinds { lists: 0, sets: 0, maps: 1.., objects: 0, tuples: 0, others: 0 } => {
            same_collections(types, dynamic, Type::Map)
        }
        Kinds { lists: 1.., sets: 0, maps: 0, objects: 0, tuples: 1.., others: 0 } => {
            as_collections(types, Type::List).or_else(|| preferred(types))
        }
        Kinds { lists: 0, sets: 0, maps: 1.., objects: 1.., tuples: 0, others: 0 } => {
            as_collections(types, Type::Map).or_else(|| preferred(types))
        }
        Kinds { objects: 1.., tuples: 1.., .. } => None,
        _ => preferred(types),
    }
}

/// The same with types among them that nobody tells: a string takes in everything primitive, and
/// else what comes out is not told either, unless the others cannot go together at all.
fn with_unclear(known: &[Type]) -> Option<Type> {
    let simple = known.iter().all(|t| t.is_primitive() || *t == Type::Any);
    match unify_types(known) {
        Some(Type::String) if simple => Some(Type::String),
        Some(_) => Some(Type::Unclear),
        None => simple.then_some(Type::Unclear),
    }
}

/// The type that they all are, if it is one.
fn all_alike(types: &[Type]) -> Option<Type> {
    let Some(first) = types.first() else { return Some(Type::Any) };
    types.iter().all(|t| t == first).then(|| first.clone())
}

/// How many there are of each kind, apart from those of any type.
#[derive(Default)]
struct Kinds {
    lists: usize,
    sets: usize,
    maps: usize,
    objects: usize,
    tuples: usize,
    others: usize,
}

impl Kinds {
    fn of(types: &[Type]) -> Self {
        let mut kinds = Self::default();
        for ty in types {
            match ty {
                Type::List(_) => kinds.lists += 1,
                Type::Set(_) => kinds.sets += 1,
                Type::Map(_) => kinds.maps += 1,
                Type::Object(_) => kinds.objects += 1,
                Type::Tuple(_) => kinds.tuples += 1,
                Type::Bool | Type::Number | Type::String => kinds.others += 1,
                Type::Any | Type::Unclear => {}
            }
        }
        kinds
    }
}

/// The types of the elements, whatever holds them.
fn items_of(types: &[Type]) -> Vec<Type> {
    types
        .iter()
        .flat_map(|t| match t {
            Type::List(item) | Type::Set(item) | Type::Map(item) => vec![(**item).clone()],
            Type::Tuple(items) => items.clone(),
            Type::Object(fields) => fields.values().cloned().collect(),
            _ => Vec::new(),
        })
        .collect()
}

fn same_collections(types: &[Type], dynamic: bool, of: fn(Box<Type>) -> Type) -> Option<Type> {
    if dynamic {
        return Some(Type::Any);
    }
    unify_types(&items_of(types)).map(|item| of(Box::new(item)))
}

fn same_tuples(types: &[Type], dynamic: bool) -> Option<Type> {
    if dynamic {
        return Some(Type::Any);
    }
    tuples_by(types, unify_types).unwrap_or_else(|| unify_types(&items_of(types)).map(Type::list))
}

/// Tuples of one length, position by position; none if the lengths differ.
#[allow(clippy::option_option, reason = "whether they are alike, and what comes out then")]
fn tuples_by(types: &[Type], within: fn(&[Type]) -> Option<Type>) -> Option<Option<Type>> {
    let tuples: Vec<&Vec<Type>> =
        types.iter().filter_map(|t| if let Type::Tuple(items) = t { Some(items) } else { None }).collect();
    let count = tuples.first()?.len();
    if tuples.len() != types.len() || tuples.iter().any(|t| t.len() != count) {
        return None;
    }
    let items: Option<Vec<Type>> =
        (0..count).map(|i| within(&tuples.iter().map(|t| t[i].clone()).collect::<Vec<_>>())).collect();
    Some(items.map(Type::Tuple))
}

fn same_objects(types: &[Type], dynamic: bool) -> Option<Type> {
    if dynamic {
        return Some(Type::Any);
    }
    objects_by(types, unify_types)
        .unwrap_or_else(|| unify_types(&items_of(types)).map(|item| Type::Map(Box::new(item))))
}

/// Objects with the same attributes, attribute by attribute; none if the names differ.
#[allow(clippy::option_option, reason = "whether they are alike, and what comes out then")]
fn objects_by(types: &[Type], within: fn(&[Type]) -> Option<Type>) -> Option<Option<Type>> {
    let objects: Vec<&ByName<Type>> =
        types.iter().filter_map(|t| if let Type::Object(fields) = t { Some(fields) } else { None }).collect();
    let first = objects.first()?;
    let alike = |o: &ByName<Type>| o.len() == first.len() && first.keys().all(|k| o.contains_key(k));
    if objects.len() != types.len() || !objects.iter().all(|o| alike(o)) {
        return None;
    }
    let fields: Option<ByName<Type>> = first
        .keys()
        .map(|name| {
            let all: Vec<Type> = objects.iter().filter_map(|o| o.get(name).cloned()).collect();
            within(&all).map(|t| (name.clone(), t))
        })
        .collect();
    Some(fields.map(Type::Object))
}

/// Lists beside tuples, or maps beside objects: all of them as lists or as maps.
fn as_collections(types: &[Type], of: fn(Box<Type>) -> Type) -> Option<Type> {
    let loose: Vec<Type> = types.iter().filter(|t| matches!(t, Type::Tuple(_) | Type::Object(_))).cloned().collect();
    let items = items_of(&loose);
    if items.is_empty() {
        return None;
    }
    let whole = of(Box::new(unify_types(&items)?));
    let all: Vec<Type> = types
        .iter()
        .map(|t| if matches!(t, Type::Tuple(_) | Type::Object(_)) { whole.clone() } else { t.clone() })
        .collect();
    unify_types(&all).filter(|t| t.element().is_some())
}

/// The first of the types, the most general first, to which all others can be converted.
fn preferred(types: &[Type]) -> Option<Type> {
    let mut candidates: Vec<&Type> = types.iter().collect();
    candidates.sort_by_key(|t| generality(t));
    candidates.into_iter().find(|wanted| types.iter().all(|t| converted_type(t, wanted).is_some())).cloned()
}

fn generality(ty: &Type) -> (u8, u8) {
    match ty {
        Type::String => (0, 0),
        Type::List(item) | Type::Map(item) => (0, generality(item).0),
        Type::Bool | Type::Number | Type::Tuple(_) | Type::Object(_) => (1, 0),
        Type::Set(item) => (2, generality(item).0),
        Type::Any | Type::Unclear => (9, 0),
    }
}

/// What a value of one type has for a type once it is converted to another; none if there is no such
/// conversion. A conversion that there is may still fail for a value, as that of `"x"` to a number.
pub fn converted_type(from: &Type, to: &Type) -> Option<Type> {
    let item = |from: &Type, to: &Type| converted_type(from, to).map(Box::new);
    match (from, to) {
        (_, Type::Any | Type::Unclear) => Some(from.clone()),
        (Type::Any | Type::Unclear, _) => Some(to.clone()),
        (Type::Bool | Type::Number | Type::String, Type::String) => Some(Type::String),
        (Type::Bool | Type::String, Type::Bool) => Some(Type::Bool),
        (Type::Number | Type::String, Type::Number) => Some(Type::Number),
        (Type::List(a) | Type::Set(a), Type::List(b)) => item(a, b).map(Type::List),
        (Type::List(a) | Type::Set(a), Type::Set(b)) => item(a, b).map(Type::Set),
        (Type::Map(a), Type::Map(b)) => item(a, b).map(Type::Map),
        (Type::Tuple(items), Type::List(b)) => all_converted(items.iter(), b).map(Type::List),
        (Type::Tuple(items), Type::Set(b)) => all_converted(items.iter(), b).map(Type::Set),
        (Type::Object(fields), Type::Map(b)) => all_converted(fields.values(), b).map(Type::Map),
        (Type::Tuple(from), Type::Tuple(to)) if from.len() == to.len() => {
            from.iter().zip(to).map(|(a, b)| converted_type(a, b)).collect::<Option<_>>().map(Type::Tuple)
        }
        (Type::Object(from), Type::Object(to)) => fields_converted(to, |name| from.get(name)),
        (Type::Map(from), Type::Object(to)) => fields_converted(to, |_| Some(from)),
        _ => None,
    }
}

fn fields_converted<'a>(to: &ByName<Type>, from: impl Fn(&EcoString) -> Option<&'a Type>) -> Option<Type> {
    let fields: Option<ByName<Type>> =
        to.iter().map(|(name, wanted)| Some((name.clone(), converted_type(from(name)?, wanted)?))).collect();
    fields.map(Type::Object)
}

/// The type of the elements of a tuple or object once they are elements of a list, set or map.
fn all_converted<'a>(items: impl Iterator<Item = &'a Type>, to: &Type) -> Option<Box<Type>> {
    let items: Vec<Type> = items.map(|t| converted_type(t, to)).collect::<Option<_>>()?;
    if items.is_empty() {
        return Some(Box::new(to.clone()));
    }
    unify_types(&items).map(Box::new)
}

/// The type in common, where what is not known goes with everything.
fn leniently(types: &[Type]) -> Option<Type> {
    let known: Vec<Type> = types.iter().filter(|t| t.is_told()).cloned().collect();
    if let Some(alike) = all_alike(&known) {
        return Some(alike);
    }
    let kinds = Kinds::of(&known);
    if kinds.others == known.len() {
        return known.contains(&Type::String).then_some(Type::String);
    }
    if kinds.lists + kinds.sets + kinds.tuples == known.len() {
        if let Some(tuples) = tuples_by(&known, leniently) {
            return tuples;
        }
        let item = Box::new(leniently(&items_of(&known))?);
        return Some(if kinds.sets > 0 && kinds.lists == 0 { Type::Set(item) } else { Type::List(item) });
    }
    if kinds.maps + kinds.objects == known.len() {
        if let Some(objects) = objects_by(&known, leniently) {
            return objects;
        }
        return leniently(&items_of(&known)).map(|item| Type::Map(Box::new(item)));
    }
    None
}
