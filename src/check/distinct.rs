//! `distinct`: no two entities with an equal key and a different side.

use std::collections::BTreeMap;

use super::{
    blame,
    run::{Outcome, Raw},
    scope::RuleScope,
};
use crate::{
    eval::{Locals, Mode, evaluate, functions::convert::equal},
    model::{EntityId, Project},
    report::{Label, Verdict},
    rule::compile::{Distinct, Rule},
    value::{Object, Repr, Truth, Value, Why},
};

/// An entity that is compared with the others.
pub(super) struct Candidate {
    pub(super) id: EntityId,
    pub(super) this: Value,
    pub(super) doubt: Option<Why>,
}

struct Keyed<'a> {
    candidate: &'a Candidate,
    key: Value,
    across: String,
}

/// Compares all candidates of a rule.
///
/// A key or side that is null is not compared. A key that is not wholly known makes the entity
/// undecided if there is anything on another side that it could be equal to.
pub(super) fn compare(
    rule: &Rule,
    distinct: &Distinct,
    project: &Project,
    inputs: &Object,
    candidates: &[Candidate],
    outcome: &mut Outcome,
) {
    let mut groups: BTreeMap<String, Vec<Keyed<'_>>> = BTreeMap::new();
    let mut vague: Vec<Keyed<'_>> = Vec::new();
    for candidate in candidates {
        let scope = RuleScope { this: Some(&candidate.this), inputs: Some(inputs), ..RuleScope::default() };
        let key = evaluate(&distinct.key, &scope, &Locals::NONE);
        let across = evaluate(&distinct.across, &scope, &Locals::NONE);
        let (Ok(key), Ok(across)) = (key, across) else {
            outcome.verdicts.push((candidate.id, Verdict::NotApplicable));
            continue;
        };
        let Some(side) = known_text(&across) else {
            outcome.verdicts.push((candidate.id, Verdict::NotApplicable));
            continue;
        };
        if is_absent(&key) {
            outcome.verdicts.push((candidate.id, Verdict::NotApplicable));
            continue;
        }
        let keyed = Keyed { candidate, across: side, key };
        match known_text(&keyed.key) {
            Some(text) => groups.entry(text).or_default().push(keyed),
            None => vague.push(keyed),
        }
    }
    let known: Vec<&Keyed<'_>> = groups.values().flatten().collect();
    let mut open = Vec::with_capacity(vague.len());
    for keyed in &vague {
        let may_equal = |other: &Keyed<'_>| {
            other.across != keyed.across
                && comparable(project, other, keyed)
                && !matches!(equal(&keyed.key, &other.key, Mode::Rule), Truth::False(_))
        };
        open.push(known.iter().any(|k| may_equal(k)) || vague.iter().any(may_equal));
    }
    for group in groups.into_values() {
        report_group(rule, distinct, project, inputs, &group, outcome);
    }
    for (keyed, open) in vague.iter().zip(open) {
        if !open {
            outcome.verdicts.push((keyed.candidate.id, Verdict::Pass));
            continue;
        }
        outcome.verdicts.push((keyed.candidate.id, Verdict::Undecided));
        let entity = project.entity(keyed.candidate.id);
        outcome.raw.push(Raw {
            verdict: Verdict::Undecided,
            message: format!("cannot tell for {}: {}", entity.address, rule.title),
            labels: blame::on(project, entity, &entity.header, &unknown_origins(&keyed.key)),
            reasons: keyed.key.first_unknown().into_iter().collect(),
            entity: keyed.candidate.id,
            part: 0,
        });
    }
}

/// Whether two entities are compared. Two scenarios of one root are not: what keeps them apart (a workspace,
/// `-backend-config`) is often told outside of the files.
fn comparable(project: &Project, a: &Keyed<'_>, b: &Keyed<'_>) -> bool {
    let (a, b) = (project.entity(a.candidate.id), project.entity(b.candidate.id));
    a.scope != b.scope || a.scenario == b.scenario || a.scenario.is_none() || b.scenario.is_none()
}

/// One finding for each side but the first, naming the first that it can collide with.
fn report_group(
    rule: &Rule,
    distinct: &Distinct,
    project: &Project,
    inputs: &Object,
    group: &[Keyed<'_>],
    outcome: &mut Outcome,
) {
    let mut in_order: Vec<&Keyed<'_>> = group.iter().collect();
    in_order.sort_by_key(|k| (&k.across, k.candidate.id));
    let mut reported = std::collections::BTreeSet::new();
    for keyed in group {
        let before = in_order.iter().take_while(|k| k.across < keyed.across);
        let Some(first) = before.copied().find(|k| comparable(project, k, keyed)) else {
            outcome.verdicts.push((keyed.candidate.id, Verdict::Pass));
            continue;
        };
        if !reported.insert(&keyed.across) {
            outcome.verdicts.push((keyed.candidate.id, Verdict::Fail));
            continue;
        }
        let (a, b) = (project.entity(first.candidate.id), project.entity(keyed.candidate.id));
        let doubt = first.candidate.doubt.as_ref().or(keyed.candidate.doubt.as_ref());
        let verdict = if doubt.is_some() { Verdict::Undecided } else { Verdict::Fail };
        outcome.verdicts.push((keyed.candidate.id, verdict));
        let scope = RuleScope {
            pair: Some((&first.candidate.this, &keyed.candidate.this)),
            inputs: Some(inputs),
            ..RuleScope::default()
        };
        let message = match evaluate(&distinct.message, &scope, &Locals::NONE).map(|v| v.repr) {
            Ok(Repr::String(text)) if verdict == Verdict::Fail => text.written().to_string(),
            _ => format!("cannot tell for {}: {}", b.address, rule.title),
        };
        let mut labels = blame::on(project, b, &b.header, &deepest(&keyed.key));
        let other = blame::on(project, a, &a.header, &deepest(&first.key));
        let text = format!("{} has the same", first.across);
        labels.others.insert(0, Label { span: other.primary.span, text });
        labels.others.truncate(6);
        outcome.raw.push(Raw {
            verdict,
            message,
            labels,
            reasons: doubt.cloned().into_iter().collect(),
            entity: keyed.candidate.id,
            part: 0,
        });
    }
}

/// The places of a key that is a list of values: those of its elements.
fn deepest(key: &Value) -> crate::value::Origins {
    match key.as_list() {
        Some(list) => {
            let mut all = crate::value::Origins::none();
            // The last part of a key (a path, a name) says more than the first (a type).
            for item in list.items.iter().rev() {
                all.extend(&item.origins);
            }
            all
        }
        None => key.origins.clone(),
    }
}

fn unknown_origins(key: &Value) -> crate::value::Origins {
    match key.as_list() {
        Some(list) => {
            list.items.iter().filter(|v| !v.is_wholly_known()).flat_map(|v| v.origins.iter().cloned()).collect()
        }
        None => key.origins.clone(),
    }
}

/// Null, or a list of nothing but nulls.
fn is_absent(value: &Value) -> bool {
    match &value.repr {
        Repr::Null => true,
        Repr::List(list) => list.is_whole() && list.items.iter().all(is_absent),
        _ => false,
    }
}

/// A text that is equal for equal values, if the value is known and not null.
fn known_text(value: &Value) -> Option<String> {
    fn write(value: &Value, out: &mut String) -> bool {
        match &value.repr {
            Repr::Null => out.push_str("null"),
            Repr::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Repr::Number(n) => out.push_str(&n.to_string()),
            Repr::String(text) => match text.as_str() {
                Some(text) => out.push_str(&format!("{text:?}")),
                None => return false,
            },
            Repr::List(list) => {
                out.push('[');
                for item in &list.items {
                    if !write(item, out) {
                        return false;
                    }
                    out.push(',');
                }
                out.push(']');
                return list.is_whole();
            }
            Repr::Object(object) => {
                out.push('{');
                let mut keys: Vec<_> = object.fields.keys().collect();
                keys.sort();
                for key in keys {
                    out.push_str(&format!("{key:?}:"));
                    if !object.get(key).is_some_and(|v| write(v, out)) {
                        return false;
                    }
                    out.push(',');
                }
                out.push('}');
                return object.open.is_none();
            }
            Repr::Unknown(_) => return false,
        }
        true
    }
    if value.is_null() {
        return None;
    }
    if let Some(text) = value.as_str() {
        return Some(text.to_string());
    }
    let mut out = String::new();
    write(value, &mut out).then_some(out)
}
