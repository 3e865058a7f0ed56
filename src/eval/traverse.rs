//! `.name`, `[key]`, `[*]`: steps from a value to what is in it.

use std::sync::Arc;

use ecow::EcoString;

use super::{
    Access, EvalError, Locals, Mode,
    expr::{Evaluator, either},
    functions::{convert, spread::perhaps_fails},
    iterate,
};
use crate::{
    syntax::hcl::Step,
    value::{
        List, ListKind, Object, ObjectKind, Origin, OriginStep, Origins, Refinement, Repr, Symbol, Type, Unknown, Value,
        Why, WhyKind,
    },
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The steps up to and with the first splat, indices evaluated, for a scope to look at.
pub(super) fn accesses(evaluator: Evaluator<'_>, steps: &[Step], locals: &Locals<'_>) -> Result<Vec<Access>> {
    steps.iter().map(|step| evaluator.access(step, locals).map_err(|e| e.at(step.span()))).collect()
}

/// The value after all steps.
pub(super) fn steps(evaluator: Evaluator<'_>, mut value: Value, steps: &[Step], locals: &Locals<'_>) -> Result {
    let mut i = 0;
    while let Some(step) = steps.get(i) {
        match step {
            Step::FullSplat(span) => {
                // Everything behind `[*]` applies to each element.
                let rest = &steps[i + 1..];
                return splat(evaluator, &value, rest, locals).map_err(|e| e.at(*span));
            }
            Step::AttributeSplat(span) => {
                // Behind `.*` only the attributes do, and what is written like one: `.0`.
                let like = |s: &&Step| matches!(s, Step::Attribute(_) | Step::LegacyIndex(..));
                let attributes = steps[i + 1..].iter().take_while(like).count();
                let rest = &steps[i + 1..=i + attributes];
                value = splat(evaluator, &value, rest, locals).map_err(|e| e.at(*span))?;
                i += 1 + attributes;
            }
            step => {
                let access = evaluator.access(step, locals)?;
                value = self::access(evaluator.mode, &value, &access).map_err(|e| e.at(step.span()))?;
                i += 1;
            }
        }
    }
    Ok(value)
}

fn splat(evaluator: Evaluator<'_>, value: &Value, rest: &[Step], locals: &Locals<'_>) -> Result {
    let each = |item: &Value| steps(evaluator, item.clone(), rest, locals);
    match &value.repr {
        Repr::Null => {
            if evaluator.mode == Mode::Rule {
                return Ok(Value::tuple(Vec::new()).with_origins(value.origins.clone()));
            }
            if let Type::List(_) | Type::Set(_) | Type::Tuple(_) = convert::type_of(value) {
                return Err(EvalError::new("`[*]` of a list that is null"));
            }
            Ok(Value::tuple(Vec::new()))
        }
        Repr::Unknown(unknown) => {
            if let Some(list) = iterate::alternatives_as_list(value) {
                return splat(evaluator, &list, rest, locals);
            }
            if rest.is_empty() && evaluator.mode == Mode::Rule {
                return Ok(value.clone());
            }
            // What is no list is a list of itself, unless it is null.
            let ty = convert::type_of(value);
            let listed = matches!(ty, Type::Any | Type::List(_) | Type::Set(_) | Type::Tuple(_));
            if evaluator.mode == Mode::Configuration && !listed {
                let item = each(value)?;
                if unknown.is_non_null() {
                    return Ok(Value::tuple(vec![item]).with_origins(value.origins.clone()));
                }
            }
            Ok(Value::unknown(unknown.why.clone()).with_origins(value.origins.clone()))
        }
        Repr::List(list) => {
            let kind = match list.kind {
                ListKind::Blocks if rest.is_empty() => ListKind::Blocks,
                // The elements of a list have one type, and so has what they lead to.
                ListKind::List | ListKind::Set if evaluator.mode == Mode::Configuration => ListKind::List,
                _ => ListKind::Tuple,
            };
            let result = List {
                kind,
                items: list.items.iter().map(|v| each(&through(value, v))).collect::<Result<_>>()?,
                maybe: list.maybe.iter().map(|v| each(&through(value, v))).collect::<Result<_>>()?,
                open: list.open.clone(),
            };
            Ok(Value::list(result).with_origins(value.origins.clone()).mark_sensitive(value.sensitive))
        }
        // HCL would make a list of one; in a document a mapping where a list belongs is a mistake.
        Repr::Object(object)
            if evaluator.mode == Mode::Rule && object.kind == ObjectKind::Object && object.header.is_some() =>
        {
            Err(EvalError::shape("a list, not a mapping", value.origins.clone()))
        }
        _ => Ok(Value::tuple(vec![each(value)?]).with_origins(value.origins.clone())),
    }
}

/// What one step leads to.
pub fn access(mode: Mode, value: &Value, access: &Access) -> Result {
    match access {
        Access::Attribute(name) => attribute(mode, value, name),
        Access::Index(key) => index(mode, value, key),
        Access::Splat => Err(EvalError::new("`[*]` cannot stand here")),
    }
}

/// `.name`
pub fn attribute(mode: Mode, value: &Value, name: &str) -> Result {
    match &value.repr {
        Repr::Object(object) => match object.fields.get(name) {
            Some(field) => Ok(through(value, field)),
            None => missing(mode, value, object, name),
        },
        Repr::Unknown(unknown) => unknown_attribute(mode, value, unknown, name),
        Repr::Null if mode == Mode::Rule => Ok(value.clone()),
        Repr::List(list) if list.kind == ListKind::Blocks && mode == Mode::Rule => only_block(value, list, name),
        Repr::List(list) if name.bytes().all(|b| b.is_ascii_digit()) && mode == Mode::Configuration => {
            let _ = list;
            index(mode, value, &Value::number(name.parse::<i64>().unwrap_or(i64::MAX)))
        }
        Repr::Null => Err(EvalError::new(format!("`.{name}` of null"))),
        _ if mode == Mode::Rule => Err(EvalError::shape(
            format!("an object with `{name}`, not a {}", value.kind_name()),
            value.origins.clone(),
        )),
        _ => Err(EvalError::new(format!("a {} has no attribute `{name}`", value.kind_name()))),
    }
}

/// An attribute that an object does not have.
fn missing(mode: Mode, value: &Value, object: &Object, name: &str) -> Result {
    if mode == Mode::Rule
        && let Some(built_in) = object.identity.as_ref().and_then(|i| i.attribute(name))
    {
        return Ok(built_in.clone());
    }
    if let Some(why) = &object.open {
        // What a known thing has beyond its configuration is unknown, but it is *its* attribute.
        let symbol = object.identity.as_ref().map(|identity| Symbol {
            scope: identity.scope.clone(),
            address: identity.address.clone(),
            path: name.into(),
        });
        let refinement = object.identity.as_ref().map_or(Refinement::Nothing, |_| Refinement::of_computed(name));
        let unknown = Unknown { why: why.clone(), symbol, refinement };
        let mut unknown = Value::from(Repr::Unknown(Arc::new(unknown))).with_origins(value.origins.clone());
        if object.identity.is_some() && name == "id" {
            unknown = unknown.of_type(Type::String);
        }
        return Ok(unknown);
    }
    if mode == Mode::Configuration {
        return Err(EvalError::new(format!("this {} has no attribute `{name}`", value.kind_name())));
    }
    let origins = match &object.header {
        Some(header) => Origins::one(header.with_step(OriginStep::NotSet(name.into()))),
        None => value.origins.clone(),
    };
    Ok(Value::null().with_origins(origins))
}

/// In a rule, a block that occurs once can be entered without an index.
fn only_block(value: &Value, list: &List, name: &str) -> Result {
    match (&list.items[..], list.is_whole()) {
        ([only], true) => attribute(Mode::Rule, &through(value, only), name),
        ([], true) => Ok(Value::null().with_origins(value.origins.clone())),
        ([_, ..], true) => Err(EvalError {
            origins: value.origins.clone(),
            ..EvalError::new(format!("there are several blocks here, so `.{name}` needs `for_each`"))
        }),
        _ => {
            let why = list.doubt().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
            Ok(Value::unknown(why).with_origins(value.origins.clone()))
        }
    }
}

fn unknown_attribute(mode: Mode, value: &Value, unknown: &Unknown, name: &str) -> Result {
    if let Refinement::OneOf(alternatives) = &unknown.refinement {
        // An alternative without the attribute is not the one that is meant.
        let found = of_alternatives(mode, alternatives, |a| attribute(mode, a, name));
        if !found.is_empty() {
            return Ok(either(found, Some(unknown.why.clone()), value));
        }
    }
    let ty = if mode == Mode::Configuration { type_of_attribute(&convert::type_of(value), name)? } else { Type::Any };
    let symbol = unknown.symbol.as_ref().map(|s| Symbol { path: joined(&s.path, name), ..s.clone() });
    let inner = Unknown { why: unknown.why.clone(), symbol, refinement: Refinement::Nothing };
    let found = Value::from(Repr::Unknown(Arc::new(inner))).with_origins(value.origins.clone());
    Ok(typed(found, ty).mark_sensitive(value.sensitive))
}

/// The same of a type, unless nothing is known of it.
fn typed(value: Value, ty: Type) -> Value {
    if ty == Type::Any { value } else { value.of_type(ty) }
}

/// The type of an attribute of an unknown that has this type.
fn type_of_attribute(ty: &Type, name: &str) -> Result<Type> {
    match ty {
        Type::Any => Ok(Type::Any),
        Type::Map(item) => Ok((**item).clone()),
        Type::Object(fields) => match fields.get(name) {
            Some(field) => Ok(field.clone()),
            None => Err(EvalError::new(format!("this object has no attribute `{name}`"))),
        },
        Type::List(_) | Type::Tuple(_) if name.bytes().all(|b| b.is_ascii_digit()) => {
            type_of_element(ty, &Value::number(name.parse::<i64>().unwrap_or(i64::MAX)))
        }
        other => Err(EvalError::new(format!("a {other} has no attribute `{name}`"))),
    }
}

/// The type of an element of an unknown that has this type.
fn type_of_element(ty: &Type, key: &Value) -> Result<Type> {
    match ty {
        Type::Any => Ok(Type::Any),
        Type::List(item) => {
            convert::to_number(key)?;
            Ok((**item).clone())
        }
        Type::Map(item) => {
            convert::to_string(key)?;
            Ok((**item).clone())
        }
        Type::Tuple(items) => {
            let number = convert::to_number(key)?;
            match number.as_number().map(|n| n.as_usize().and_then(|i| items.get(i))) {
                Some(Some(item)) => Ok(item.clone()),
                Some(None) => Err(EvalError::new(format!("the list has {} elements, no such index", items.len()))),
                None => Ok(Type::Any),
            }
        }
        Type::Object(fields) => {
            let name = convert::to_string(key)?;
            Ok(name.as_str().and_then(|name| fields.get(name)).cloned().unwrap_or(Type::Any))
        }
        Type::Set(_) => Err(EvalError::new("the elements of a set have no index")),
        other => Err(EvalError::new(format!("a {other} has no elements"))),
    }
}

/// The same step into each alternative; empty if it fails for all.
fn of_alternatives(mode: Mode, alternatives: &[Value], step: impl Fn(&Value) -> Result) -> Vec<Value> {
    let (mut found, mut failed) = (Vec::new(), None);
    for alternative in alternatives {
        match step(alternative) {
            Ok(value) => found.push(value),
            Err(error) => failed = Some(error),
        }
    }
    if let (false, Mode::Rule, Some(error)) = (found.is_empty(), mode, failed) {
        found.push(perhaps_fails(&error));
    }
    found
}

fn joined(path: &EcoString, name: &str) -> EcoString {
    if path.is_empty() { name.into() } else { ecow::eco_format!("{path}.{name}") }
}

/// `[key]`
pub fn index(mode: Mode, value: &Value, key: &Value) -> Result {
    if key.is_null() {
        return Err(EvalError::new("an index must not be null"));
    }
    match &value.repr {
        Repr::Object(object) => {
            let text = convert::to_string(key)?;
            let Some(name) = text.as_str() else { return any_of(mode, value, key, object.fields.values()) };
            match object.fields.get(name) {
                Some(field) => Ok(through(value, field)),
                None => missing(mode, value, object, name),
            }
        }
        Repr::List(list) => {
            if key.is_unknown() {
                return any_of(mode, value, key, list.items.iter().chain(&list.maybe));
            }
            if list.kind == ListKind::Set && mode == Mode::Configuration {
                return Err(EvalError::new("the elements of a set have no index"));
            }
            let number = convert::to_number(key)?;
            let position = number.as_number().and_then(|n| n.as_usize());
            match position.and_then(|p| list.items.get(p)) {
                Some(item) if list.maybe.is_empty() => Ok(through(value, item)),
                _ if !list.is_whole() => {
                    let why = list.doubt().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
                    Ok(Value::unknown(why).with_origins(value.origins.clone()))
                }
                _ if mode == Mode::Rule => Ok(Value::null().with_origins(value.origins.clone())),
                _ => Err(EvalError::new(format!("the list has {} elements, no such index", list.items.len()))),
            }
        }
        Repr::Unknown(unknown) => {
            if let Refinement::OneOf(alternatives) = &unknown.refinement {
                let found = of_alternatives(mode, alternatives, |a| index(mode, a, key));
                if !found.is_empty() {
                    return Ok(either(found, Some(unknown.why.clone()), value));
                }
            }
            let ty = if mode == Mode::Configuration { type_of_element(&convert::type_of(value), key)? } else { Type::Any };
            let step = match &key.repr {
                Repr::Number(n) => ecow::eco_format!("[{n}]"),
                Repr::String(text) => ecow::eco_format!("[{:?}]", text.written()),
                _ => "[*]".into(),
            };
            let symbol = unknown
                .symbol
                .as_ref()
                .filter(|_| step != "[*]")
                .map(|s| Symbol { path: ecow::eco_format!("{}{step}", s.path), ..s.clone() });
            let inner = Unknown { why: unknown.why.clone(), symbol, refinement: Refinement::Nothing };
            let found = Value::from(Repr::Unknown(Arc::new(inner))).with_origins(value.origins.clone());
            Ok(typed(found, ty).mark_sensitive(value.sensitive))
        }
        Repr::Null if mode == Mode::Rule => Ok(value.clone()),
        Repr::Null => Err(EvalError::new("an index of null")),
        _ if mode == Mode::Rule => {
            Err(EvalError::shape(format!("a list or mapping, not a {}", value.kind_name()), value.origins.clone()))
        }
        _ if key.is_unknown() => Ok(Value::unknown(key.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Maybe, "")))),
        _ => Err(EvalError::new(format!("a {} has no elements", value.kind_name()))),
    }
}

/// More alternatives than this are as good as none.
const MOST_ALTERNATIVES: usize = 16;

/// One of these, because the key is not known.
fn any_of<'a>(mode: Mode, value: &Value, key: &Value, items: impl Iterator<Item = &'a Value>) -> Result {
    let mut items: Vec<Value> = items.cloned().collect();
    if mode == Mode::Rule {
        // What a rule does not find is null.
        items.push(Value::null().with_origins(value.origins.clone()));
    }
    let why = key.first_unknown();
    let whole = match &value.repr {
        Repr::Object(object) => object.open.is_none(),
        Repr::List(list) => list.open.is_none(),
        _ => false,
    };
    if whole && !items.is_empty() && items.len() <= MOST_ALTERNATIVES {
        return Ok(either(items, why, key));
    }
    Ok(Value::unknown(why.unwrap_or_else(|| Why::new(WhyKind::Repeated, ""))).with_origins(key.origins.clone()))
}

/// What is found inside a value: its own places, behind the place where the whole is used, if that
/// is elsewhere.
pub fn through(whole: &Value, part: &Value) -> Value {
    let mut part = part.clone();
    part.sensitive |= whole.sensitive;
    if let Some(used) = whole.origins.first()
        && matches!(used.step, OriginStep::Use)
        && !part.origins.iter().any(|o: &Origin| used.extent.contains(o.anchor))
    {
        part.origins.push_front(used.clone());
    }
    part
}
