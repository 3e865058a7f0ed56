//! `.name`, `[key]`, `[*]`: steps from a value to what is in it.

use std::sync::Arc;

use ecow::EcoString;

use super::{
    Access, EvalError, Locals, Mode,
    expr::{Evaluator, either},
    functions::{
        convert, non_null,
        spread::{perhaps_fails, why_of},
    },
    iterate, unnamed,
};
use crate::{
    syntax::hcl::Step,
    value::{
        List, ListKind, Number, Object, ObjectKind, Origin, OriginStep, Origins, Refinement, Repr, Symbol, Type,
        Unknown, Value, Why, WhyKind,
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
                // Behind `.*` only the attributes do, and the old `.0`.
                let applies = |s: &&Step| matches!(s, Step::Attribute(_) | Step::LegacyIndex(..));
                let attributes = steps[i + 1..].iter().take_while(applies).count();
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
    let configuration = evaluator.mode == Mode::Configuration;
    match &value.repr {
        Repr::Null => {
            if evaluator.mode == Mode::Rule {
                return Ok(Value::tuple(Vec::new()).with_origins(value.origins.clone()));
            }
            if is_sequence(&Type::of(value)) {
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
            if configuration && let Some(found) = splat_of_type(value, unknown, &each)? {
                return Ok(found);
            }
            Ok(Value::unknown(unknown.why.clone()).with_origins(value.origins.clone()))
        }
        Repr::List(list) => {
            let kind = match list.kind {
                ListKind::Blocks if rest.is_empty() => ListKind::Blocks,
                ListKind::List | ListKind::Set if configuration => ListKind::List,
                _ => ListKind::Tuple,
            };
            let result = List {
                kind,
                items: list.items.iter().map(|v| each(&through(value, v))).collect::<Result<_>>()?,
                maybe: list.maybe.iter().map(|v| each(&through(value, v))).collect::<Result<_>>()?,
                open: list.open.clone(),
            };
            let empty = kind == ListKind::List && result.items.is_empty() && result.maybe.is_empty();
            let result = Value::list(result).with_origins(value.origins.clone()).mark_sensitive(value.sensitive);
            if empty && let Some(item) = Type::of(value).element() {
                let example = Value::unknown(Why::new(WhyKind::Repeated, "")).of_type(item.clone());
                return Ok(result.of_type(Type::list(Type::of(&each(&example)?))));
            }
            Ok(result)
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

fn is_sequence(ty: &Type) -> bool {
    matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_))
}

/// `[*]` of an unknown whose type is known; the steps behind it are checked against that type.
fn splat_of_type(value: &Value, unknown: &Unknown, each: &dyn Fn(&Value) -> Result) -> Result<Option<Value>> {
    let inner = |ty: &Type| {
        let item = Value::unknown(unknown.why.clone()).of_type(ty.clone()).with_origins(value.origins.clone());
        each(&item.mark_sensitive(value.sensitive)).map(|v| Type::of(&v))
    };
    let ty = match Type::of(value) {
        Type::List(item) | Type::Set(item) => Type::list(inner(&item)?),
        Type::Tuple(items) => Type::Tuple(items.iter().map(inner).collect::<Result<_>>()?),
        Type::Any | Type::Unclear => return Ok(None),
        // A thing that is no list becomes a list of one, if it is not null.
        _ => {
            let only = each(value)?;
            if !unknown.is_non_null() {
                return Ok(None);
            }
            return Ok(Some(Value::tuple(vec![only]).with_origins(value.origins.clone())));
        }
    };
    let result = non_null(unknown.why.clone()).of_type(ty).with_origins(value.origins.clone());
    Ok(Some(result.mark_sensitive(value.sensitive)))
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
        return Ok(built_in);
    }
    if object.identity.is_none()
        && let Some(found) = unnamed::called(mode, value, object, name)
    {
        return Ok(found);
    }
    if let Some(why) = object.open.as_ref().filter(|_| mode == Mode::Configuration || !unnamed::lacks(object, name)) {
        // What a known thing has beyond its configuration is unknown, but it is *its* attribute.
        let symbol = object.identity.as_ref().map(|identity| Symbol {
            scope: identity.scope.clone(),
            address: identity.address.clone(),
            path: name.into(),
        });
        let refinement = object.identity.as_ref().map_or(Refinement::Nothing, |_| Refinement::of_computed(name));
        let unknown = Unknown { why: why.clone(), symbol, refinement };
        let unknown = Value::from(Repr::Unknown(Arc::new(unknown))).with_origins(value.origins.clone());
        let is_id = object.identity.is_some() && name == "id";
        return Ok(if is_id { unknown.of_type(Type::String) } else { unknown });
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
    let ty = if mode == Mode::Configuration { attribute_type(&Type::of(value), name)? } else { None };
    if let Refinement::OneOf(alternatives) = &unknown.refinement {
        // An alternative without the attribute is not the one that is meant.
        let found = of_alternatives(mode, alternatives, |a| attribute(mode, a, name));
        if !found.is_empty() {
            return Ok(of_known_type(either(found, Some(unknown.why.clone()), value), ty));
        }
    }
    let symbol = unknown.symbol.as_ref().map(|s| Symbol { path: joined(&s.path, name), ..s.clone() });
    let inner = Unknown { why: unknown.why.clone(), symbol, refinement: Refinement::Nothing };
    let inner =
        Value::from(Repr::Unknown(Arc::new(inner))).with_origins(value.origins.clone()).mark_sensitive(value.sensitive);
    Ok(of_known_type(inner, ty))
}

/// The value, carrying the type if there is one.
fn of_known_type(value: Value, ty: Option<Type>) -> Value {
    match ty {
        Some(ty) if ty != Type::Unclear => value.of_type(ty),
        _ => value,
    }
}

/// What an attribute of something of this type has for a type, if that is known; an error if there is
/// no such attribute.
fn attribute_type(ty: &Type, name: &str) -> Result<Option<Type>> {
    match ty {
        Type::Unclear => Ok(None),
        Type::Any => Ok(Some(Type::Any)),
        Type::Map(item) => Ok(Some((**item).clone())),
        Type::Object(fields) => match fields.get(name) {
            Some(field) => Ok(Some(field.clone())),
            None => Err(EvalError::new(format!("this object has no attribute `{name}`"))),
        },
        Type::List(_) | Type::Tuple(_) if name.bytes().all(|b| b.is_ascii_digit()) => {
            index_type(ty, &Value::number(name.parse::<i64>().unwrap_or(i64::MAX)))
        }
        _ => Err(EvalError::new(format!("a {ty} has no attribute `{name}`"))),
    }
}

/// What an element of something of this type has for a type, if that is known; an error if there is no
/// such element.
fn index_type(ty: &Type, key: &Value) -> Result<Option<Type>> {
    let key_type = Type::of(key);
    let fits = |wanted: &Type| match convert::convert_to(key, wanted) {
        Ok(_) => Ok(()),
        Err(_) => Err(EvalError::new(format!("a {wanted} is needed as the index, not {key_type}"))),
    };
    match ty {
        Type::Unclear => Ok(None),
        Type::Any => Ok(Some(Type::Any)),
        _ if key.is_unknown() && !key_type.is_told() => Ok(None),
        Type::List(item) => fits(&Type::Number).map(|()| Some((**item).clone())),
        Type::Map(item) => fits(&Type::String).map(|()| Some((**item).clone())),
        Type::Tuple(items) => {
            fits(&Type::Number)?;
            let Some(position) = convert::number_of(key).filter(|_| !key.is_unknown()) else { return Ok(None) };
            match position.as_usize().and_then(|p| items.get(p)) {
                Some(item) => Ok(Some(item.clone())),
                None => Err(EvalError::new(format!("the list has {} elements, no such index", items.len()))),
            }
        }
        Type::Object(fields) => {
            fits(&Type::String)?;
            let Some(name) = convert::text_of(key) else { return Ok(None) };
            let Some(name) = name.as_str() else { return Ok(None) };
            // Terraform does not look for a key in an object that it does not know.
            Ok(Some(fields.get(name).cloned().unwrap_or(Type::Any)))
        }
        Type::Set(_) => Err(EvalError::new("the elements of a set have no index")),
        Type::Bool | Type::Number | Type::String => Err(EvalError::new(format!("a {ty} has no elements"))),
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
            let Some(name) = text.as_str() else { return any_of(mode, value, key, object.values()) };
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
            let position = number.as_number().and_then(Number::as_usize);
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
            let ty = if mode == Mode::Configuration { index_type(&Type::of(value), key)? } else { None };
            if let Refinement::OneOf(alternatives) = &unknown.refinement {
                let found = of_alternatives(mode, alternatives, |a| index(mode, a, key));
                if !found.is_empty() {
                    return Ok(of_known_type(either(found, Some(unknown.why.clone()), value), ty));
                }
            }
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
            let inner = Value::from(Repr::Unknown(Arc::new(inner)))
                .with_origins(value.origins.clone())
                .mark_sensitive(value.sensitive);
            Ok(of_known_type(inner, ty))
        }
        Repr::Null if mode == Mode::Rule => Ok(value.clone()),
        Repr::Null => Err(EvalError::new("an index of null")),
        _ if mode == Mode::Rule => {
            Err(EvalError::shape(format!("a list or mapping, not a {}", value.kind_name()), value.origins.clone()))
        }
        _ if key.is_unknown() && !Type::of(key).is_told() => Ok(Value::unknown(why_of(key))),
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
        Repr::Object(object) => object.beyond().is_none_or(|b| b.open.is_none()),
        Repr::List(list) => list.open.is_none(),
        _ => false,
    };
    let ty = if mode == Mode::Configuration { index_type(&Type::of(value), key)? } else { None };
    if whole && !items.is_empty() && items.len() <= MOST_ALTERNATIVES {
        return Ok(of_known_type(either(items, why, key), ty));
    }
    let unknown = Value::unknown(why.unwrap_or_else(|| Why::new(WhyKind::Repeated, "")));
    Ok(of_known_type(unknown.with_origins(key.origins.clone()), ty))
}

/// What is found inside a value: its own places, behind the place where the whole is used, if that
/// is elsewhere.
pub fn through(whole: &Value, part: &Value) -> Value {
    let mut part = part.clone();
    part.sensitive |= whole.sensitive;
    if whole.ty.as_deref() == Some(&Type::Unclear) {
        part.ty.clone_from(&whole.ty);
    }
    let name_of = |o: &Origin| {
        let within = |w: &&Origin| w.step.names() && w.anchor.contains(o.anchor);
        whole.origins.iter().find(within).filter(|_| o.step == OriginStep::Here)
    };
    if part.origins.iter().any(|o| name_of(o).is_some()) {
        let named = |o: &Origin| name_of(o).map_or_else(|| o.clone(), |w| o.with_step(w.step.clone()));
        part.origins = part.origins.iter().map(named).collect();
    }
    if let Some(used) = whole.origins.first()
        && used.step.refers()
        && !part.origins.iter().any(|o: &Origin| used.extent.contains(o.anchor))
    {
        part.origins.push_front(used.clone());
    }
    part
}
