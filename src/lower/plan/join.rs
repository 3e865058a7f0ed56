//! Plan and source together: the values of the one, the places of the other.
//!
//! What exists is what the plan says. Where a resource is written, and what decided a value, is what
//! the source says, as far as it came to the same value: the default of a variable did not decide
//! what the plan has otherwise.

use std::{collections::HashSet, sync::Arc};

use ecow::EcoString;

use super::{address, by_block};
use crate::{
    eval::functions::{convert, encoding::json_decode, equality},
    model::{Entity, Lowered},
    source::Span,
    value::{List, ListKind, Object, Origin, OriginStep, Origins, Repr, Value},
};

/// How much found its source.
pub(super) struct Joined {
    pub(super) all: usize,
    pub(super) joined: usize,
}

/// Adds the entities of a plan, at the places of the source where it has them, and what only the
/// source has (`setup`): providers, backends, variables, module calls.
pub(super) fn join(planned: Vec<Entity>, source: Lowered, setup: Vec<Entity>, out: &mut Lowered) -> Joined {
    let Lowered { entities, skipped, diagnostics, scenarios: _, moves: _, alternatives: _ } = source;
    out.skipped.extend(skipped);
    out.diagnostics.extend(diagnostics);
    let resources = entities.into_iter().filter(|e| !e.kind.starts_with("terraform.")).collect();
    let blocks = by_block(resources);
    let mut count = Joined { all: planned.len(), joined: 0 };
    let mut met: HashSet<EcoString> = HashSet::new();
    for entity in planned {
        let block = address::without_keys(&entity.address);
        let written = blocks.get(&block).and_then(|instances| instance(instances, &entity.address));
        out.entities.push(match written {
            Some(written) => {
                count.joined += 1;
                at_source(&entity, written)
            }
            None => entity,
        });
        met.insert(block);
    }
    // A data source that was read is not always among what is planned.
    if count.joined > 0 {
        let mut left: Vec<Entity> = Vec::new();
        #[allow(clippy::iter_over_hash_type, reason = "the project sorts its entities")]
        for (block, instances) in blocks {
            if !met.contains(&block) {
                left.extend(instances.into_iter().filter(|e| e.kind.starts_with("data.")));
            }
        }
        out.entities.extend(left);
        out.entities.extend(setup);
    }
    count
}

/// The instance of this address, else one that stands for any, else one that is written by the same block.
fn instance<'a>(instances: &'a [Entity], address: &str) -> Option<&'a Entity> {
    instances
        .iter()
        .find(|e| e.address == address)
        .or_else(|| instances.iter().find(|e| e.address.contains("[*]")))
        .or_else(|| instances.first())
}

fn at_source(planned: &Entity, written: &Entity) -> Entity {
    let header = Places { extent: written.extent, header: &written.header };
    let body = match (&planned.body.repr, &written.body.repr) {
        (Repr::Object(plan), Repr::Object(source)) => {
            let mut object = fields(plan, source, &header);
            object.identity.clone_from(&plan.identity);
            Value { repr: Repr::Object(object.into()), ..written.body.clone() }
        }
        _ => planned.body.clone(),
    };
    Entity { address: planned.address.clone(), body, doubt: None, ..written.clone() }
}

/// Where things are that the source does not write.
struct Places<'a> {
    /// All of the resource.
    extent: Span,
    /// The innermost block.
    header: &'a Origin,
}

fn fields(plan: &Object, source: &Object, places: &Places<'_>) -> Object {
    let header = source.header.as_ref().unwrap_or(places.header);
    let places = Places { header, ..*places };
    let mut object = Object { fields: source.fields.clone(), open: plan.open.clone(), unnamed: None, ..source.clone() };
    for (name, value) in &plan.fields {
        match source.get(name) {
            Some(written) => {
                object.fields.insert(name.clone(), overlay(value, written, &places));
            }
            // What nobody wrote and the provider will give is not set, as it is for the source alone.
            None if value.is_unknown() || value.is_null() => {}
            None => {
                let origin = places.header.with_step(OriginStep::ProviderDefault(name.clone()));
                object.fields.insert(name.clone(), moved(value, &Origins::one(origin)));
            }
        }
    }
    // What is written and is not in the plan after all came to nothing.
    for (name, written) in source.fields.iter().filter(|(name, _)| !plan.fields.contains_key(*name)) {
        let nothing = match &written.repr {
            _ if plan.open.is_some() => continue,
            Repr::Unknown(_) => Value::null(),
            Repr::List(list) if !list.is_whole() => Value::list(List::of(list.kind, Vec::new())),
            _ => continue,
        };
        object.fields.insert(name.clone(), nothing.with_origins(undecided(written, &places)));
    }
    object
}

/// The value of the plan, with the places of the source.
fn overlay(plan: &Value, source: &Value, places: &Places<'_>) -> Value {
    let sensitive = plan.sensitive || source.sensitive;
    let joined = match (&plan.repr, &source.repr) {
        // What the source refers to is more than the plan tells.
        (Repr::Unknown(_), _) if !source.is_wholly_known() => source.clone(),
        (Repr::List(p), Repr::List(s)) => {
            let list = Value::from(Repr::List(elements(p, s, source, places).into()));
            list.with_origins(source.origins.clone())
        }
        (Repr::Object(p), Repr::Object(s)) => {
            let mut object = fields(p, s, places);
            // A key that the plan does not have is not there, such as one that is null.
            object.open = None;
            Value { repr: Repr::Object(object.into()), ..source.clone() }
        }
        _ if equality::same(plan, source) => source.clone(),
        _ if alike(plan, source) => Value { repr: plan.repr.clone(), ..source.clone() },
        _ if source.decoded.is_some() => encoded(plan, source, places),
        _ => moved(plan, &undecided(source, places)),
    };
    joined.mark_sensitive(sensitive)
}

/// A text that encodes something, such as a policy: what it encodes has places in the source.
fn encoded(plan: &Value, source: &Value, places: &Places<'_>) -> Value {
    let text = moved(plan, &undecided(source, places));
    let (Some(written), Some(_)) = (&source.decoded, plan.as_str()) else { return text };
    match json_decode(plan) {
        Ok(planned) => Value { decoded: Some(Arc::new(overlay(&planned, written, places))), ..text },
        Err(_) => text,
    }
}

/// Whether both are written alike, as `22` and `"22"` are: a plan has the type that the provider asks for.
fn alike(plan: &Value, source: &Value) -> bool {
    let text = |value: &Value| convert::text_of(value)?.as_str().map(EcoString::from);
    text(plan).is_some_and(|planned| text(source).is_some_and(|written| planned == written))
}

/// The places of a value that the source did not come to: those in the resource itself, which refer to
/// what decided it.
fn undecided(source: &Value, places: &Places<'_>) -> Origins {
    let inside: Origins = source.origins.iter().filter(|o| places.extent.contains(o.anchor)).cloned().collect();
    if inside.is_empty() { Origins::one(places.header.clone()) } else { inside }
}

fn elements(plan: &List, source: &List, whole: &Value, places: &Places<'_>) -> List {
    let mut free: Vec<&Value> = source.items.iter().collect();
    let in_order = free.len() == plan.items.len();
    let items = plan.items.iter().map(|item| {
        // A plan sorts sets, so that the first that fits is meant; what fits none is taken in order.
        let fitting = free.iter().position(|s| fits(item, s)).or_else(|| (in_order && !free.is_empty()).then_some(0));
        let written = match fitting {
            Some(at) => Some(free.remove(at)),
            // Blocks that `dynamic` makes, or elements of which it was not known how many there are.
            None => source.maybe.first(),
        };
        match written {
            Some(written) => overlay(item, written, places),
            None => moved(item, &undecided(whole, places)),
        }
    });
    let kind = if source.kind == ListKind::Blocks { ListKind::Blocks } else { plan.kind };
    List::of(kind, items.collect())
}

/// Whether a value of the plan may be what this was written for.
fn fits(plan: &Value, source: &Value) -> bool {
    match (&plan.repr, &source.repr) {
        (Repr::Unknown(_), _) | (_, Repr::Unknown(_)) => true,
        (Repr::Object(p), Repr::Object(s)) => {
            s.fields.iter().all(|(name, written)| p.get(name).is_none_or(|planned| fits(planned, written)))
        }
        (Repr::List(p), Repr::List(s)) => {
            !s.is_whole() || (p.items.len() == s.items.len() && p.items.iter().zip(&s.items).all(|(a, b)| fits(a, b)))
        }
        (Repr::String(p), Repr::String(s)) => p.as_str().is_none_or(|text| s.may_equal(text)),
        _ => equality::same(plan, source) || alike(plan, source),
    }
}

/// The value with these places at every depth.
fn moved(value: &Value, origins: &Origins) -> Value {
    let repr = match &value.repr {
        Repr::List(list) => {
            let mut list = (**list).clone();
            list.items = list.items.iter().map(|v| moved(v, origins)).collect();
            Repr::List(list.into())
        }
        Repr::Object(object) => {
            let mut object = (**object).clone();
            if object.header.is_some() {
                object.header = origins.first().cloned();
            }
            for field in object.fields.values_mut() {
                *field = moved(field, origins);
            }
            Repr::Object(object.into())
        }
        other => other.clone(),
    };
    Value { repr, ..value.clone() }.with_origins(origins.clone())
}
