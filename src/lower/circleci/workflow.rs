//! Workflows: which jobs they invoke, under which names, and which of them wait for which.

use std::collections::{BTreeMap, HashMap};

use ecow::{EcoString, eco_format};

use super::text::Scope;
use crate::{
    lower::ci::{
        Condition, Test,
        reading::{field, items, object, place, refused, text_of, written},
        situation::{SITUATIONS, Situation},
    },
    source::Diagnostic,
    value::{Object, Origin, Truth, Value},
};

/// More jobs than CircleCI lets one matrix make.
const MAX_MATRIX: usize = 128;

/// A job that a workflow invokes.
#[derive(Debug)]
pub struct Invocation {
    /// The name of the job that it invokes.
    pub job: EcoString,
    /// Its own name, unique in the workflow.
    pub name: EcoString,
    /// What is said about it there, with the values of its matrix.
    pub entry: Object,
    /// What to underline.
    pub header: Origin,
    /// The names of the jobs before it, as values, that run whenever it does.
    pub needs: Vec<Value>,
    /// Whether it asks for the success of those; none if for that of some.
    pub asks_success: Option<bool>,
    /// When it runs, given that the workflow does.
    pub runs: Condition,
}

impl Invocation {
    /// Whether it is a job that waits for a person.
    pub fn is_approval(&self) -> bool {
        field(&self.entry, "type").and_then(Value::as_str) == Some("approval")
    }
}

/// The jobs of a workflow. `filters` reads what they say about branches and tags, `starts` is when the workflow starts.
pub fn invocations(
    workflow: &Object,
    name: &str,
    header: &Origin,
    filters: &dyn Fn(Option<&Value>) -> Condition,
    starts: &Condition,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Invocation> {
    let mut all = Vec::new();
    let mut aliases: HashMap<EcoString, Vec<usize>> = HashMap::new();
    for item in items(field(workflow, "jobs")) {
        let (job, value) = match item.as_object() {
            Some(entry) => match entry.fields.first() {
                Some((job, value)) => (job.clone(), value),
                None => continue,
            },
            None => (written(item), item),
        };
        if job.is_empty() {
            continue;
        }
        let at = item.as_object().and_then(|o| o.header.clone()).unwrap_or_else(|| place(item, header));
        let entry = value.as_object().cloned().unwrap_or_default();
        let matrix = object(&entry, "matrix").cloned();
        let alias = matrix.as_ref().and_then(|m| field(m, "alias")).map(written);
        for values in combinations(matrix.as_ref()) {
            let mut scope = Scope::default();
            for (parameter, value) in &values {
                scope.set("matrix", parameter, value.clone());
            }
            let mut entry = scope.apply_object(&entry);
            for (parameter, value) in &values {
                entry.fields.entry(parameter.clone()).or_insert_with(|| value.clone());
            }
            let called = field(&entry, "name").map(written);
            let of_values =
                || values.values().map(written).fold(job.clone(), |all, value| eco_format!("{all}-{value}"));
            let own = called.unwrap_or_else(of_values);
            if matrix.is_some() {
                aliases.entry(alias.clone().unwrap_or_else(|| job.clone())).or_default().push(all.len());
            }
            aliases.entry(own.clone()).or_default().push(all.len());
            all.push(Invocation {
                job: job.clone(),
                name: own,
                runs: filters(entry.get("filters")),
                entry,
                header: at.clone(),
                needs: Vec::new(),
                asks_success: Some(true),
            });
        }
    }
    number(&mut all);
    require(&mut all, &aliases, name, starts, diagnostics);
    all
}

/// Jobs of the same name are told apart by numbers.
fn number(all: &mut [Invocation]) {
    let mut counts: HashMap<EcoString, usize> = HashMap::new();
    for one in all.iter() {
        *counts.entry(one.name.clone()).or_default() += 1;
    }
    let mut seen: HashMap<EcoString, usize> = HashMap::new();
    for one in all.iter_mut().filter(|one| counts.get(&one.name).is_some_and(|count| *count > 1)) {
        let count = seen.entry(one.name.clone()).or_default();
        *count += 1;
        one.name = eco_format!("{}-{count}", one.name);
    }
}

/// Every combination of the values of a matrix but those that it excludes; one without values if there is no matrix.
fn combinations(matrix: Option<&Object>) -> Vec<BTreeMap<EcoString, Value>> {
    let mut all = vec![BTreeMap::new()];
    let Some(matrix) = matrix else { return all };
    for (name, values) in object(matrix, "parameters").into_iter().flat_map(|p| &p.fields) {
        let values = items(Some(values));
        let more = all.iter().flat_map(|one: &BTreeMap<EcoString, Value>| {
            values.iter().map(|value| {
                let mut one = one.clone();
                one.insert(name.clone(), value.clone());
                one
            })
        });
        all = more.take(MAX_MATRIX).collect();
    }
    let excluded: Vec<&Object> = items(field(matrix, "exclude")).iter().filter_map(Value::as_object).collect();
    all.retain(|one| {
        !excluded.iter().any(|those| {
            let same = |(name, value): (&EcoString, &Value)| one.get(name).map(text_of) == Some(text_of(value));
            !those.fields.is_empty() && those.fields.iter().all(same)
        })
    });
    all
}

/// Reads `requires`.
fn require(
    all: &mut [Invocation],
    aliases: &HashMap<EcoString, Vec<usize>>,
    workflow: &str,
    starts: &Condition,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut required: Vec<Vec<(usize, Value)>> = Vec::new();
    for one in all.iter_mut() {
        let mut found = Vec::new();
        let (mut strict, mut lax) = (false, false);
        for item in items(field(&one.entry, "requires")) {
            let (name, status) = match item.as_object().and_then(|o| o.fields.first()) {
                Some((name, status)) => (name.clone(), Some(status)),
                None => (written(item), None),
            };
            let succeeds = status.is_none_or(|s| items(Some(s)).iter().all(|s| s.as_str() == Some("success")));
            strict |= succeeds;
            lax |= !succeeds;
            let Some(indices) = aliases.get(&name) else {
                if item.as_object().is_some() || item.as_str().is_some() {
                    let message =
                        format!("job \"{}\" requires \"{name}\", which is no job of workflow \"{workflow}\"", one.name);
                    let help = "name a job of the workflow, or the `name` that it has there";
                    diagnostics.push(refused(message, item, &one.header).help(help));
                }
                continue;
            };
            found.extend(indices.iter().map(|index| (*index, item.clone())));
        }
        one.asks_success = match (strict, lax) {
            (true, true) => None,
            (_, lax) => Some(!lax),
        };
        required.push(found);
    }
    let own: Vec<Condition> = all.iter().map(|one| one.runs.clone()).collect();
    let presence = Presence { own: &own, required: &required, starts };
    let worlds: Vec<&Situation> = SITUATIONS.iter().flat_map(|(_, worlds)| *worlds).collect();
    let present: Vec<Vec<Truth>> = worlds.iter().map(|world| presence.all(world)).collect();
    let names: Vec<EcoString> = all.iter().map(|one| one.name.clone()).collect();
    for (index, one) in all.iter_mut().enumerate() {
        // A job that a filter leaves out is not waited for, so that it stands before others only where it is there.
        let always = |need: usize| {
            present.iter().all(|at| matches!(at[index], Truth::False(_)) || !matches!(at[need], Truth::False(_)))
        };
        let kept = required[index].iter().filter(|(need, _)| always(*need));
        one.needs =
            kept.map(|(need, item)| Value::string(names[*need].clone()).with_origins(item.origins.clone())).collect();
        if one.needs.is_empty() && !required[index].is_empty() {
            let any = Condition::any(required[index].iter().map(|(need, _)| own[*need].clone()));
            one.runs = one.runs.clone().and(any);
        }
    }
}

/// Which jobs are part of a workflow: those that their filters let in and of whose required jobs any is.
struct Presence<'a> {
    own: &'a [Condition],
    required: &'a [Vec<(usize, Value)>],
    starts: &'a Condition,
}

impl Presence<'_> {
    fn all(&self, world: &Situation) -> Vec<Truth> {
        let started = self.starts.holds(world);
        let mut known: Vec<Option<Truth>> = vec![None; self.own.len()];
        (0..self.own.len()).map(|index| started.clone().and(self.one(index, world, &mut known, 0))).collect()
    }

    fn one(&self, index: usize, world: &Situation, known: &mut Vec<Option<Truth>>, depth: usize) -> Truth {
        if let Some(truth) = &known[index] {
            return truth.clone();
        }
        // A circle is refused by CircleCI; here it must end.
        known[index] = Some(Truth::of(true));
        let mut truth = self.own[index].holds(world);
        if depth < 200 && !self.required[index].is_empty() {
            let needs = self.required[index].iter().map(|(need, _)| self.one(*need, world, known, depth + 1));
            let needs: Vec<Truth> = needs.collect();
            truth = truth.and(Truth::any(needs));
        }
        known[index] = Some(truth.clone());
        truth
    }
}

/// The schedules that a workflow has itself, and the branches that they are for.
pub fn schedules(workflow: &Object) -> Vec<(Value, Option<Value>)> {
    let triggers = items(field(workflow, "triggers")).iter().filter_map(Value::as_object);
    let schedules = triggers.filter_map(|trigger| object(trigger, "schedule"));
    let of = |schedule: &Object| {
        let cron = field(schedule, "cron").cloned().unwrap_or_else(Value::null);
        (cron, field(schedule, "filters").cloned())
    };
    schedules.map(of).collect()
}

/// Something that only the host knows.
pub fn host(text: &str) -> Condition {
    Condition::new(Test::Host(text.into()))
}
