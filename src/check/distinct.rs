//! `distinct`: no two entities with an equal key and a different side.

use std::collections::{BTreeMap, BTreeSet};

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
    value::{Object, Repr, Truth, Value, Why, WhyKind},
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
    /// Equal for keys that are certainly equal, if that can be told.
    group: Option<String>,
    /// In what the key is unique, if the rule asks; null if that is not told.
    within: Option<Value>,
}

impl Keyed<'_> {
    /// What the first part of the key is, if it is known: only those with an equal one can be equal.
    fn first(&self) -> Option<String> {
        match self.key.as_list() {
            Some(list) => known_text(list.items.first()?),
            None => None,
        }
    }
}

/// What is compared, and the rule that says so.
struct Comparison<'a> {
    rule: &'a Rule,
    distinct: &'a Distinct,
    project: &'a Project,
    inputs: &'a Object,
}

/// Compares all candidates of a rule.
///
/// A key or side that is null is not compared. A key that is not wholly known makes the entity
/// undecided if there is anything on another side that it could be equal to; references to the same attribute
/// of the same resource are equal all the same.
pub(super) fn compare(
    rule: &Rule,
    distinct: &Distinct,
    project: &Project,
    inputs: &Object,
    candidates: &[Candidate],
    outcome: &mut Outcome,
) {
    let run = Comparison { rule, distinct, project, inputs };
    let mut keyed: Vec<Keyed<'_>> = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let scope = RuleScope { this: Some(&candidate.this), inputs: Some(inputs), ..RuleScope::default() };
        let key = evaluate(&distinct.key, &scope, &Locals::NONE);
        let across = evaluate(&distinct.across, &scope, &Locals::NONE);
        let side = across.as_ref().ok().and_then(known_text);
        match (key, side) {
            (Ok(key), Some(across)) if !is_absent(&key) => {
                let group = group_of(&key);
                let within = distinct.within.as_ref().map(|w| evaluate(w, &scope, &Locals::NONE));
                let within = within.map(|w| w.unwrap_or_else(|_| Value::null()));
                keyed.push(Keyed { candidate, key, across, group, within });
            }
            _ => outcome.verdicts.push((candidate.id, Verdict::NotApplicable)),
        }
    }
    let mut groups: BTreeMap<&str, Vec<&Keyed<'_>>> = BTreeMap::new();
    for keyed in &keyed {
        if let Some(group) = &keyed.group {
            groups.entry(group).or_default().push(keyed);
        }
    }
    let mut judged = BTreeSet::new();
    for group in groups.into_values() {
        run.report_group(&group, &mut judged, outcome);
    }
    let mut by_first: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for (i, keyed) in keyed.iter().enumerate() {
        by_first.entry(keyed.first()).or_default().push(i);
    }
    let mut said = BTreeSet::new();
    for one in keyed.iter().filter(|k| !judged.contains(&k.candidate.id)) {
        let first = one.first();
        let alike = match &first {
            Some(_) => [&first, &None].iter().filter_map(|f| by_first.get(*f)).flatten().copied().collect(),
            None => (0..keyed.len()).collect::<Vec<_>>(),
        };
        let vague = !one.key.is_wholly_known();
        let open = alike
            .into_iter()
            .map(|i| &keyed[i])
            .find(|other| (vague || !other.key.is_wholly_known()) && run.may_equal(one, other));
        let Some(other) = open else {
            outcome.verdicts.push((one.candidate.id, Verdict::Pass));
            continue;
        };
        outcome.verdicts.push((one.candidate.id, Verdict::Undecided));
        // One thing that is known is named once on each side, however often it is used there.
        if vague || said.insert((&one.group, &one.across)) {
            let unknown = if vague { one } else { other };
            run.report_open(one, unknown, outcome);
        }
    }
}

impl Comparison<'_> {
    /// Whether two candidates are held against each other.
    fn related(&self, a: &Keyed<'_>, b: &Keyed<'_>) -> Truth {
        if a.across == b.across {
            return Truth::of(false);
        }
        let place = self.same_place(a, b);
        let Some(condition) = self.distinct.condition.as_ref().filter(|_| !matches!(place, Truth::False(_))) else {
            return place;
        };
        let scope = RuleScope {
            pair: Some((&a.candidate.this, &b.candidate.this)),
            inputs: Some(self.inputs),
            ..RuleScope::default()
        };
        match evaluate(condition, &scope, &Locals::NONE) {
            Ok(value) => Truth::from_value(&value).unwrap_or(Truth::of(false)).and(place),
            Err(error) => Truth::Unknown(vec![Why::new(WhyKind::Invalid, error.message)], error.origins),
        }
    }

    /// Whether equal keys mean the same thing: a name does only within one account. A reference to a resource
    /// means that resource wherever it is.
    fn same_place(&self, a: &Keyed<'_>, b: &Keyed<'_>) -> Truth {
        let (Some(x), Some(y)) = (&a.within, &b.within) else { return Truth::of(true) };
        if a.group.is_some() && a.group == b.group && !a.key.is_wholly_known() {
            return Truth::of(true);
        }
        for (side, within) in [(a, x), (b, y)] {
            if within.is_null() {
                let address = &self.project.entity(side.candidate.id).address;
                let subject = format!("in which account {address} is");
                return Truth::Unknown(vec![Why::new(WhyKind::HostSetting, subject)], within.origins.clone());
            }
        }
        equal(x, y, Mode::Rule)
    }

    fn may_equal(&self, one: &Keyed<'_>, other: &Keyed<'_>) -> bool {
        let certain = one.group.is_some() && one.group == other.group;
        other.across != one.across
            && !certain
            && !matches!(equal(&one.key, &other.key, Mode::Rule), Truth::False(_))
            && !matches!(self.related(other, one), Truth::False(_))
    }

    /// What cannot be told of a candidate, because the key of `unknown` is not known: its own, or that of another.
    fn report_open(&self, keyed: &Keyed<'_>, unknown: &Keyed<'_>, outcome: &mut Outcome) {
        let entity = self.project.entity(keyed.candidate.id);
        outcome.raw.push(Raw {
            verdict: Verdict::Undecided,
            message: format!("cannot tell for {}: {}", entity.address, self.rule.title),
            labels: blame::on(self.project, entity, &entity.header, &deciding_origins(&keyed.key)),
            reasons: unknown.key.first_unknown().into_iter().collect(),
            entity: keyed.candidate.id,
            part: 0,
            fix: None,
        });
    }

    /// One finding for each side but the first, naming the first that it collides with.
    fn report_group(&self, group: &[&Keyed<'_>], judged: &mut BTreeSet<EntityId>, outcome: &mut Outcome) {
        let mut in_order: Vec<&Keyed<'_>> = group.to_vec();
        in_order.sort_by_key(|k| (&k.across, k.candidate.id));
        let mut reported = BTreeSet::new();
        for keyed in group {
            let mut found: Option<(&Keyed<'_>, Option<Why>)> = None;
            for before in in_order.iter().take_while(|k| k.across < keyed.across) {
                match self.related(before, keyed) {
                    Truth::True(_) => {
                        found = Some((before, None));
                        break;
                    }
                    Truth::Unknown(why, _) if found.is_none() => found = Some((before, why.into_iter().next())),
                    _ => {}
                }
            }
            let Some((first, unsure)) = found else { continue };
            judged.insert(keyed.candidate.id);
            let doubt = first.candidate.doubt.as_ref().or(keyed.candidate.doubt.as_ref()).or(unsure.as_ref());
            let verdict = if doubt.is_some() { Verdict::Undecided } else { Verdict::Fail };
            outcome.verdicts.push((keyed.candidate.id, verdict));
            let place = keyed.within.as_ref().and_then(known_text);
            if !reported.insert((&keyed.across, verdict == Verdict::Fail, place)) {
                continue;
            }
            self.report(first, keyed, doubt, outcome);
        }
    }

    fn report(&self, first: &Keyed<'_>, keyed: &Keyed<'_>, doubt: Option<&Why>, outcome: &mut Outcome) {
        let project = self.project;
        let (a, b) = (project.entity(first.candidate.id), project.entity(keyed.candidate.id));
        let verdict = if doubt.is_some() { Verdict::Undecided } else { Verdict::Fail };
        let scope = RuleScope {
            pair: Some((&first.candidate.this, &keyed.candidate.this)),
            inputs: Some(self.inputs),
            ..RuleScope::default()
        };
        let message = match evaluate(&self.distinct.message, &scope, &Locals::NONE).map(|v| v.repr) {
            Ok(Repr::String(text)) if verdict == Verdict::Fail => text.written().to_string(),
            _ => format!("cannot tell for {}: {}", b.address, self.rule.title),
        };
        let mut labels = blame::on(project, b, &b.header, &deepest(&keyed.key));
        let other = blame::on(project, a, &a.header, &deepest(&first.key));
        let text = format!("{} has the same", first.across);
        if other.primary.span != labels.primary.span {
            labels.others.insert(0, Label { span: other.primary.span, text });
            labels.others.truncate(6);
        }
        outcome.raw.push(Raw {
            verdict,
            message,
            labels,
            reasons: doubt.cloned().into_iter().collect(),
            entity: keyed.candidate.id,
            part: 0,
            fix: None,
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
                all.extend(&deepest(item));
            }
            all
        }
        None => key.origins.clone(),
    }
}

/// The places of what is not known in a key; of all of it, if it is known.
fn deciding_origins(key: &Value) -> crate::value::Origins {
    match key.as_list() {
        Some(list) if !key.is_wholly_known() => {
            list.items.iter().filter(|v| !v.is_wholly_known()).flat_map(|v| v.origins.iter().cloned()).collect()
        }
        _ => deepest(key),
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

/// A text that is equal for values that are certainly equal: known ones, and references to the same attribute of
/// the same resource.
fn group_of(value: &Value) -> Option<String> {
    text_of(value, true)
}

/// A text that is equal for equal values, if the value is known and not null.
fn known_text(value: &Value) -> Option<String> {
    text_of(value, false)
}

fn text_of(value: &Value, references: bool) -> Option<String> {
    fn write(value: &Value, references: bool, out: &mut String) -> bool {
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
                    if !write(item, references, out) {
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
                    if !object.get(key).is_some_and(|v| write(v, references, out)) {
                        return false;
                    }
                    out.push(',');
                }
                out.push('}');
                return object.open.is_none();
            }
            Repr::Unknown(unknown) => match &unknown.symbol {
                // Several instances whose keys are not known have one address.
                Some(symbol) if references && !symbol.path.is_empty() && !symbol.address.contains("[*]") => {
                    out.push_str(&format!("<{}: {}.{}>", symbol.scope, symbol.address, symbol.path));
                }
                _ => return false,
            },
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
    write(value, references, &mut out).then_some(out)
}
