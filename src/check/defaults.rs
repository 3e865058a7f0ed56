//! The provider's defaults, as a rule states them.

use std::sync::Arc;

use crate::value::{List, ListKind, Object, ObjectKind, Origin, OriginStep, Origins, Refinement, Repr, Unknown, Value};

/// The body with defaults where it sets nothing (or null). A default is blamed on the header of
/// the thing that lacks it. Defaults of a nested block apply to the block if there is one, and
/// stand for it if there is none.
pub(super) fn apply(body: &Value, defaults: &Value, header: &Origin) -> Value {
    let (Repr::Object(object), Repr::Object(given)) = (&body.repr, &defaults.repr) else { return body.clone() };
    let mut merged = (**object).clone();
    for (name, default) in &given.fields {
        let own_header = object.header.as_ref().unwrap_or(header);
        let place = own_header.with_step(OriginStep::ProviderDefault(name.clone()));
        let filled = match object.get(name) {
            None if object.open.is_some() => continue,
            None => default_value(default, &place),
            // An explicit null is where the default comes in: that is the place to show.
            Some(value) if value.is_null() => {
                let origin =
                    value.origins.first().map_or(place, |o| o.with_step(OriginStep::ProviderDefault(name.clone())));
                default_value(default, &origin)
            }
            Some(value) if is_left_to_provider(object, name, value) && !is_nested(default) => {
                default_value(default, &place)
            }
            Some(value) => match &value.repr {
                Repr::Unknown(unknown) => or_default(value, unknown, default, &place),
                _ => nested(value, default, &place),
            },
        };
        merged.fields.insert(name.clone(), filled);
    }
    Value { repr: Repr::Object(Arc::new(merged)), ..body.clone() }
}

/// Whether nobody wrote an attribute and a plan only says that the provider will give it: it stands for
/// itself then. Source has no such attributes; there they are not set.
fn is_left_to_provider(object: &Object, name: &str, value: &Value) -> bool {
    let symbol = value.as_unknown().and_then(|u| u.symbol.as_ref());
    symbol.zip(object.identity.as_ref()).is_some_and(|(symbol, identity)| {
        symbol.address == identity.address && symbol.scope == identity.scope && symbol.path == name
    })
}

/// Whether a default stands for what may be blocks: those of a `dynamic` block are written, but a plan
/// does not tell so.
fn is_nested(default: &Value) -> bool {
    matches!(default.repr, Repr::Object(_) | Repr::List(_))
}

/// One of a few values, of which null is where the default comes in.
fn or_default(value: &Value, unknown: &Unknown, default: &Value, place: &Origin) -> Value {
    let Refinement::OneOf(values) = &unknown.refinement else { return value.clone() };
    if !values.iter().any(Value::is_null) {
        return value.clone();
    }
    let filled = values.iter().map(|v| if v.is_null() { default_value(default, place) } else { v.clone() });
    let refinement = Refinement::OneOf(filled.collect());
    // What it stands for may be null, and what the provider makes of it is not.
    let unknown = Unknown { why: unknown.why.clone(), symbol: None, refinement };
    Value { repr: Repr::Unknown(unknown.into()), ..value.clone() }
}

fn nested(value: &Value, default: &Value, place: &Origin) -> Value {
    match (&value.repr, &default.repr) {
        (Repr::Object(_), Repr::Object(_)) => apply(value, default, place),
        (Repr::List(list), Repr::Object(_)) if list.kind == ListKind::Blocks => {
            let each = |v: &Value| apply(v, default, place);
            let filled = List {
                kind: list.kind,
                items: list.items.iter().map(each).collect(),
                maybe: list.maybe.iter().map(each).collect(),
                open: list.open.clone(),
            };
            Value { repr: Repr::List(Arc::new(filled)), ..value.clone() }
        }
        _ => value.clone(),
    }
}

/// A default with the place that lacks it as its origin, at every depth.
fn default_value(default: &Value, place: &Origin) -> Value {
    let origins = Origins::one(place.clone());
    match &default.repr {
        Repr::Object(object) => {
            let fields = object
                .fields
                .iter()
                .map(|(name, value)| {
                    let inner = place.with_step(OriginStep::ProviderDefault(name.clone()));
                    (name.clone(), default_value(value, &inner))
                })
                .collect();
            let filled = Object { kind: ObjectKind::Block, fields, header: Some(place.clone()), ..Object::default() };
            Value::from_object(filled).with_origins(origins)
        }
        _ => default.clone().with_origins(origins),
    }
}
