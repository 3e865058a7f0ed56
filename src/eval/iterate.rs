//! Going through collections: `for`, and what `count`, `for_each` and `dynamic` go through.

use ecow::EcoString;

use super::{EvalError, Locals, Mode, expr::Evaluator, functions::convert, traverse::through, unnamed};
use crate::{
    source::Span,
    syntax::hcl::{Expr, ForExpr},
    value::{ByName, List, ListKind, Object, OriginStep, Refinement, Repr, Truth, Type, Unnamed, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The elements of a collection, as `for` sees them.
#[derive(Debug, Default)]
pub struct Elements {
    /// Key and value of those that are certainly there.
    pub certain: Vec<(Value, Value)>,
    /// Those of which there are none or more like them.
    pub maybe: Vec<(Value, Value)>,
    /// Set if there may be others of which nothing is known.
    pub open: Option<Why>,
    /// Set if not all keys are known, and so not the order either.
    pub unordered: Option<Why>,
}

/// The elements of a list, set, map or object; none if the value is wholly unknown.
///
/// # Errors
///
/// If the value has no elements at all.
pub fn elements(value: &Value) -> Result<Option<Elements>> {
    match &value.repr {
        Repr::List(list) => {
            let unordered = list.maybe.iter().find_map(unnamed::order);
            let keyed = |(i, v): (usize, &Value)| {
                let item = through(value, v);
                let key = match unordered {
                    _ if list.kind == ListKind::Set => item.clone(),
                    Some(why) => Value::unknown(why.clone()),
                    None => Value::number(i),
                };
                (key, item)
            };
            let others = list.maybe.iter().filter(|v| unnamed::order(v).is_none());
            let unknown_key = || Value::unknown(list.doubt().unwrap_or_else(|| Why::new(WhyKind::Repeated, "")));
            Ok(Some(Elements {
                certain: list.items.iter().enumerate().map(keyed).collect(),
                maybe: others.map(|v| (unknown_key(), through(value, v))).collect(),
                open: list.open.clone(),
                unordered: unordered.cloned(),
            }))
        }
        Repr::Object(object) => {
            let mut certain: Vec<_> = object
                .fields
                .iter()
                .map(|(k, v)| (Value::string(k.clone()).with_origins(v.origins.clone()), through(value, v)))
                .collect();
            // Terraform goes through maps and objects in the order of their keys.
            if object.header.as_ref().is_none_or(|h| !matches!(h.step, OriginStep::Alias)) {
                certain.sort_by(|a, b| a.0.as_str().cmp(&b.0.as_str()));
            }
            let mut elements = Elements { certain, unordered: None, ..Elements::default() };
            if let Some(beyond) = object.beyond() {
                let found = |(k, v): &(Value, Value)| (k.clone(), through(value, v));
                elements.certain.extend(beyond.certain.iter().map(found));
                elements.maybe.extend(beyond.maybe.iter().map(found));
                elements.open.clone_from(&beyond.open);
                elements.unordered = object.open.clone().filter(|_| object.unnamed.is_some());
            }
            Ok(Some(elements))
        }
        Repr::Unknown(unknown) => match &unknown.refinement {
            Refinement::OneOf(values) if alternatives_as_list(value).is_some() => {
                of_alternatives(value, values, &unknown.why).map(Some)
            }
            _ => Ok(None),
        },
        Repr::Null => Err(EvalError { origins: value.origins.clone(), ..EvalError::new("null has no elements") }),
        _ => Err(EvalError {
            shape: true,
            origins: value.origins.clone(),
            ..EvalError::new(format!("a list or map, not a {}", value.kind_name()))
        }),
    }
}

/// `c ? { a = 1 } : { b = 2 }` with an unknown `c`: there may be the elements of either arm.
fn of_alternatives(whole: &Value, alternatives: &[Value], why: &Why) -> Result<Elements> {
    let mut all = Elements::default();
    for alternative in alternatives.iter().filter(|v| !v.is_null()) {
        let Some(found) = elements(alternative)? else {
            all.open = all.open.or_else(|| alternative.first_unknown());
            continue;
        };
        let positions = alternative.as_list().is_some_and(|list| list.kind != ListKind::Set);
        for (key, item) in found.certain.into_iter().chain(found.maybe) {
            let key = if positions { Value::unknown(why.clone()) } else { key };
            all.maybe.push((key, through(whole, &item)));
        }
        all.open = all.open.or(found.open);
        all.unordered = all.unordered.or(found.unordered);
    }
    Ok(all)
}

/// `c ? [a] : []` with an unknown `c`: a list to which the elements of either arm may belong.
pub fn alternatives_as_list(value: &Value) -> Option<Value> {
    let unknown = value.as_unknown()?;
    let Refinement::OneOf(alternatives) = &unknown.refinement else { return None };
    let mut maybe = Vec::new();
    let mut open = None;
    for alternative in alternatives.iter() {
        match &alternative.repr {
            Repr::List(list) => {
                maybe.extend(list.items.iter().chain(&list.maybe).cloned());
                open = open.or_else(|| list.open.clone());
            }
            Repr::Object(object) => {
                maybe.extend(object.values().cloned());
                open = open.or_else(|| object.beyond().and_then(|b| b.open.clone()));
            }
            Repr::Null => {}
            Repr::Unknown(inner) => match alternatives_as_list(alternative) {
                Some(list) => {
                    let list = list.as_list()?;
                    maybe.extend(list.maybe.iter().cloned());
                    open = open.or_else(|| list.open.clone());
                }
                None => open = Some(inner.why.clone()),
            },
            _ => return None,
        }
    }
    if maybe.is_empty() && open.is_none() {
        return Some(Value::tuple(Vec::new()).with_origins(value.origins.clone()));
    }
    let list = List { kind: ListKind::Tuple, items: Vec::new(), maybe, open };
    Some(Value::list(list).with_origins(value.origins.clone()).mark_sensitive(value.sensitive))
}

/// `[for ...]` and `{for ...}`.
pub(super) fn for_expr(evaluator: Evaluator<'_>, f: &ForExpr, span: Span, locals: &Locals<'_>) -> Result {
    let collection = evaluator.at(&f.collection, locals)?;
    if evaluator.mode == Mode::Configuration && collection.is_unknown() && Type::of(&collection).is_primitive() {
        let message = format!("a list or map, not a {}", Type::of(&collection));
        return Err(EvalError::new(message).at(f.collection.span));
    }
    let Some(elements) = elements(&collection).map_err(|e| e.at(f.collection.span))? else {
        let why = collection.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
        return Ok(evaluator.computed(Value::unknown(why), span, &[&collection]));
    };
    let made = Value::WEIGHT * (elements.certain.len() + elements.maybe.len());
    evaluator.scope.spend(made).map_err(|e| e.at(span))?;
    let unordered = elements.unordered;
    let mut out = Output { open: elements.open, ..Output::default() };
    for (certain, pairs) in [(true, &elements.certain), (false, &elements.maybe)] {
        for (key, value) in pairs {
            one(evaluator, f, key, value, certain, locals, &mut out)?;
        }
    }
    let result = match (f.key.is_some(), unordered) {
        (true, why) => out.object(evaluator, span, f.group, why),
        (false, None) => out.list(),
        (false, Some(why)) => {
            Value::list(unnamed::list_without_order(out.items, out.maybe, out.open, why, ListKind::Tuple))
        }
    };
    Ok(evaluator.computed(result, span, &[&collection]))
}

#[derive(Default)]
struct Output {
    items: Vec<Value>,
    maybe: Vec<Value>,
    fields: ByName<Vec<Value>>,
    /// Those whose keys are not known, and those that may be there, under keys known or not.
    unnamed: Unnamed,
    /// Why some are not among the fields.
    why: Option<Why>,
    open: Option<Why>,
}

impl Output {
    fn list(self) -> Value {
        Value::list(List { kind: ListKind::Tuple, items: self.items, maybe: self.maybe, open: self.open })
    }

    fn object(self, evaluator: Evaluator<'_>, span: Span, group: bool, unordered: Option<Why>) -> Value {
        let mut object = Object { header: evaluator.place(span, OriginStep::Here), ..Object::default() };
        for (key, mut values) in self.fields {
            let value = if group {
                let name = Value::string(key.clone());
                let joins = |(k, _): &&(Value, Value)| unnamed::may_be(k, &name);
                let few = self.unnamed.entries().count() <= 64;
                let maybe = self.unnamed.entries().filter(|_| few).filter(joins).map(|(_, v)| v.clone()).collect();
                let open = self.open.clone().or_else(|| self.why.clone().filter(|_| !few));
                Value::list(List { kind: ListKind::Tuple, items: values, maybe, open })
            } else {
                values.pop().unwrap_or_else(Value::null)
            };
            object.fields.insert(key, value);
        }
        if let Some(why) = self.open.clone().or(self.why).or(unordered) {
            // Which elements are in one list is not known.
            let unnamed = if group && self.unnamed.entries().next().is_some() {
                Unnamed::nothing_known(why.clone())
            } else {
                Unnamed { open: self.open, ..self.unnamed }
            };
            object.add_unnamed(why, unnamed);
        }
        Value::from_object(object)
    }
}

fn one(
    evaluator: Evaluator<'_>,
    f: &ForExpr,
    key: &Value,
    value: &Value,
    mut certain: bool,
    locals: &Locals<'_>,
    out: &mut Output,
) -> Result<()> {
    let value_name = (f.value_var.text.clone(), value.clone());
    let names: Vec<(EcoString, Value)> = match &f.key_var {
        Some(name) => vec![value_name, (name.text.clone(), key.clone())],
        None => vec![value_name],
    };
    let inner = Locals::new(&names, locals);
    let mut doubt = None;
    if let Some(condition) = &f.condition {
        let decided = evaluator.at(condition, &inner)?;
        match evaluator.truth(&decided).map_err(|e| e.at(condition.span))? {
            Truth::True(_) => {}
            Truth::False(_) => return Ok(()),
            Truth::Unknown(why, _) => {
                certain = false;
                doubt = why.into_iter().next();
            }
        }
    }
    let result = evaluator.at(&f.value, &inner)?;
    let Some(key_expr) = &f.key else {
        if certain {
            out.items.push(result);
        } else {
            out.maybe.push(result);
        }
        return Ok(());
    };
    let (key, why) = key_text(evaluator, key_expr, &inner)?;
    match key.as_str().map(EcoString::from) {
        Some(name) if certain => {
            let values = out.fields.entry(name.clone()).or_default();
            if !values.is_empty() && !f.group && evaluator.mode == Mode::Configuration {
                return Err(EvalError::new(format!("two elements have the key \"{name}\"; add `...` to group them"))
                    .at(key_expr.span));
            }
            values.push(result);
        }
        _ => {
            out.why.get_or_insert(doubt.or(why).unwrap_or_else(|| Why::new(WhyKind::Repeated, "")));
            // Two elements with one key are an error, but not in a rule.
            let alone = certain && evaluator.mode == Mode::Configuration;
            let place = if alone { &mut out.unnamed.certain } else { &mut out.unnamed.maybe };
            place.push((key, result));
        }
    }
    Ok(())
}

/// The key as text, and why it is not known if it is not.
fn key_text(evaluator: Evaluator<'_>, expr: &Expr, locals: &Locals<'_>) -> Result<(Value, Option<Why>)> {
    let value = evaluator.at(expr, locals)?;
    let text = convert::to_string(&value).map_err(|e| EvalError::new(e).at(expr.span))?;
    if text.is_null() {
        return Err(EvalError::new("a key must not be null").at(expr.span));
    }
    let why = text.first_unknown();
    Ok((text, why))
}
