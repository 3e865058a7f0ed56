//! One finding where several say the same: for the instances of one block, and for the scenarios of one root.

use std::collections::BTreeSet;

use ecow::EcoString;
use foldhash::HashMap;

use super::blame::MOST_LABELS;
use crate::{
    model::{Entity, EntityId, Project},
    report::{Counts, Finding, Label, Labels, Verdict},
    source::Span,
};

/// Who an entity is in every scenario of its root.
type Key<'a> = (&'a EcoString, &'a EcoString, &'a EcoString, Span);

fn key(entity: &Entity) -> Key<'_> {
    (&entity.scope, &entity.kind, &entity.address, entity.header.anchor)
}

/// How many verdicts there are of each kind. What is asked of one entity in several scenarios is one question,
/// and the worst answer counts.
pub(super) fn counts(project: &Project, verdicts: &[(EntityId, Verdict)]) -> Counts {
    let mut counts = Counts::default();
    // Several questions about one entity follow each other in the same order in each scenario.
    let mut asked: HashMap<(Key<'_>, &EcoString), usize> = HashMap::default();
    let mut worst: HashMap<(Key<'_>, usize), Verdict> = HashMap::default();
    for (id, verdict) in verdicts {
        let entity = project.entity(*id);
        let Some(scenario) = &entity.scenario else {
            counts.add(*verdict);
            continue;
        };
        let turn = asked.entry((key(entity), scenario)).or_default();
        let answer = worst.entry((key(entity), *turn)).or_insert(*verdict);
        *answer = (*answer).max(*verdict);
        *turn += 1;
    }
    #[allow(clippy::iter_over_hash_type)] // a sum
    for verdict in worst.into_values() {
        counts.add(verdict);
    }
    counts
}

/// How many entities there are, one in several scenarios counted once.
pub(super) fn entities(project: &Project) -> usize {
    if project.scenarios.is_empty() {
        return project.entities.len();
    }
    let several = project.entities.iter().filter(|e| e.scenario.is_some());
    let (all, distinct) = several.fold((0, BTreeSet::new()), |(all, mut distinct), e| {
        distinct.insert((&e.scope, &e.kind, &e.address, e.header.anchor.file, e.header.anchor.start));
        (all + 1, distinct)
    });
    project.entities.len() - all + distinct.len()
}

/// A finding and whom it is about.
pub(super) struct Found {
    pub(super) entity: EntityId,
    /// Which requirement of the rule.
    pub(super) part: usize,
    pub(super) finding: Finding,
}

/// Joins the findings of one rule that differ by the scenario only.
///
/// One that holds in every scenario of its root is about the root, and names none. What is undecided in some
/// scenarios and violated in others is violated, in those.
pub(super) fn scenarios(found: Vec<Found>, project: &Project) -> Vec<Finding> {
    if project.scenarios.is_empty() {
        return found.into_iter().map(|f| f.finding).collect();
    }
    let mut out: Vec<Found> = Vec::new();
    let mut seen: HashMap<(Key<'_>, usize, Span, Verdict, String), usize> = HashMap::default();
    for one in found {
        let entity = project.entity(one.entity);
        let place = one.finding.labels.primary.span;
        let key = (key(entity), one.part, place, one.finding.verdict, one.finding.message.clone());
        if let Some(at) = seen.get(&key).filter(|_| entity.scenario.is_some()) {
            join(&mut out[*at].finding, one.finding);
        } else {
            seen.insert(key, out.len());
            out.push(one);
        }
    }
    absorb(&mut out, project);
    for one in &mut out {
        let scope = &project.entity(one.entity).scope;
        let all: Vec<&EcoString> = project.scenarios_of(scope).collect();
        let place = |name: &String| all.iter().position(|n| *n == name);
        one.finding.scenarios.sort_by_key(place);
        one.finding.undecided_in.sort_by_key(place);
        if one.finding.scenarios.len() == all.len() {
            one.finding.scenarios.clear();
        }
    }
    out.into_iter().map(|f| f.finding).collect()
}

/// Adds what the same finding says in another scenario.
fn join(first: &mut Finding, other: Finding) {
    let Finding { scenarios, reasons, labels, environment, .. } = other;
    for scenario in scenarios {
        if !first.scenarios.contains(&scenario) {
            first.scenarios.push(scenario);
        }
    }
    for reason in reasons {
        if !first.reasons.contains(&reason) {
            first.reasons.push(reason);
        }
    }
    if first.environment != environment {
        first.environment = None;
    }
    let Labels { primary, others, calls } = &mut first.labels;
    add(others, labels.others, primary.span);
    others.truncate(MOST_LABELS);
    add(calls, labels.calls, primary.span);
}

fn add(to: &mut Vec<Label>, more: Vec<Label>, primary: Span) {
    for label in more {
        if label.span != primary && !to.iter().any(|l| l.span == label.span) {
            to.push(label);
        }
    }
}

/// What is undecided where it is violated in another scenario becomes a part of the violation.
fn absorb(found: &mut Vec<Found>, project: &Project) {
    let mut violated: HashMap<(Key<'_>, usize, Span), usize> = HashMap::default();
    for (at, one) in found.iter().enumerate().filter(|(_, f)| f.finding.verdict == Verdict::Fail) {
        violated.entry((key(project.entity(one.entity)), one.part, one.finding.labels.primary.span)).or_insert(at);
    }
    let goal = |one: &Found| {
        let entity = project.entity(one.entity);
        let open = one.finding.verdict == Verdict::Undecided && entity.scenario.is_some();
        let key = (key(entity), one.part, one.finding.labels.primary.span);
        open.then(|| violated.get(&key).copied()).flatten()
    };
    let goals: Vec<Option<usize>> = found.iter().map(goal).collect();
    for (at, goal) in goals.iter().enumerate() {
        if let Some(goal) = goal {
            let open = std::mem::take(&mut found[at].finding.scenarios);
            found[*goal].finding.undecided_in.extend(open);
        }
    }
    let mut goals = goals.into_iter();
    found.retain(|_| goals.next().flatten().is_none());
}

/// What spellings such as `prod` and `live` are called.
const PRODUCTION: &str = "production";

/// More steps than this nobody wants from one fix.
const MOST_STEPS: usize = 16;

/// One text may be at fault for several requirements of a rule, each with its own thing to change.
fn add_steps(first: &mut Finding, other: &Finding) {
    let (Some(fix), Some(more)) = (&mut first.fix, &other.fix) else { return };
    for step in &more.steps {
        if fix.steps.len() < MOST_STEPS && !fix.steps.contains(step) {
            fix.steps.push(step.clone());
        }
    }
}

/// What one text does in another root is said where the text is shown.
fn elsewhere(first: &mut Finding, other: &Finding) {
    if let Some(name) = &other.environment
        && first.environment.as_ref() != Some(name)
        && !first.other_environments.contains(name)
    {
        first.other_environments.push(name.clone());
        first.other_environments.sort();
    }
    // An environment says enough; a root that tells none is shown by its call.
    if other.environment.is_none() {
        also_called(first, other.labels.calls.first().cloned());
    }
}

/// Adds a call of the module that another root makes, if there is room.
fn also_called(finding: &mut Finding, call: Option<Label>) {
    let labels = &mut finding.labels;
    let is_known = |span| labels.calls.iter().chain(&labels.others).any(|l| l.span == span);
    if let Some(call) = call.filter(|call| labels.others.len() < MOST_LABELS && !is_known(call.span)) {
        labels.others.push(Label { span: call.span, text: "and called here".into() });
    }
}

/// Joins findings of one rule that blame the same text for the same reason: the instances of one
/// block, or one module called from several roots.
pub(super) fn instances(findings: Vec<Finding>) -> Vec<Finding> {
    let mut out: Vec<Finding> = Vec::new();
    let mut seen = HashMap::default();
    for finding in findings {
        let decided_by = finding.labels.others.first().map(|l| l.span);
        let scenarios = (finding.scenarios.clone(), finding.undecided_in.clone());
        let key =
            (finding.labels.primary.span, finding.verdict, decided_by, finding.reasons.first().cloned(), scenarios);
        if let Some(&at) = seen.get(&key) {
            let first: &mut Finding = &mut out[at];
            if !first.instances.contains(&finding.address) {
                first.instances.push(finding.address.clone());
            }
            add_steps(first, &finding);
            elsewhere(first, &finding);
            // Production must not hide behind the first that was met.
            let is_production = |f: &Finding| f.environment.as_deref() == Some(PRODUCTION);
            if is_production(&finding) && !is_production(first) {
                let (instances, fix) = (std::mem::take(&mut first.instances), first.fix.take());
                let called = first.labels.calls.first().filter(|_| first.environment.is_none()).cloned();
                let mut other_environments = std::mem::take(&mut first.other_environments);
                other_environments.retain(|name| finding.environment.as_ref() != Some(name));
                other_environments.extend(first.environment.take());
                other_environments.sort();
                *first = Finding { instances, other_environments, fix, ..finding };
                also_called(first, called);
            }
        } else {
            seen.insert(key, out.len());
            out.push(finding);
        }
    }
    out
}
