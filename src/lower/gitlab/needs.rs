//! What comes before a job: what it names in `needs`, else all jobs of earlier stages.
//!
//! A stage waits for the jobs before it that are in the same pipeline. So only those are listed that are there
//! whenever the job is; of these again only the nearest, since the others stand behind them. A manual job that
//! may be left out holds nothing up, unless it is named in `needs`.

use std::collections::HashMap;

use ecow::EcoString;

use super::{
    extend::written_at,
    job::Job,
    merge::{field, flat, text_of},
    pipeline::Pipeline,
    rules::worlds,
};
use crate::{
    source::{Diagnostic, DiagnosticKind},
    value::{OriginStep, Truth, Value},
};

/// When a job is in a pipeline, as bits: the worlds in which it may be, in which it is if the files changed that it
/// waits for, and in which it is whatever changed.
#[derive(Default)]
struct Presence {
    may: u64,
    likely: u64,
    sure: u64,
}

/// A set of jobs by their positions.
#[derive(Clone)]
struct Set(Vec<u64>);

impl Set {
    fn new(jobs: usize) -> Self {
        Self(vec![0; jobs.div_ceil(64)])
    }

    fn has(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    fn add(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }
}

/// A name in `needs`.
struct Named {
    name: EcoString,
    value: Value,
    is_optional: bool,
}

/// What comes before each job, by their keys.
pub fn of(jobs: &[Job], pipeline: &Pipeline<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Value> {
    let presence: Vec<Presence> = jobs.iter().map(|job| presence(job, pipeline)).collect();
    let positions: HashMap<&str, usize> = jobs.iter().enumerate().map(|(at, job)| (job.id.as_str(), at)).collect();
    let stages: Vec<Option<usize>> = jobs.iter().map(|job| stage(job, pipeline, diagnostics)).collect();
    let explicit: Vec<Option<Vec<Named>>> = jobs.iter().map(named).collect();

    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|at| stages[*at]);
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); jobs.len()];
    let mut reached: Vec<Set> = vec![Set::new(jobs.len()); jobs.len()];
    for &at in &order {
        if explicit[at].is_some() {
            continue;
        }
        let Some(own) = stages[at] else { continue };
        // The nearest stages first, so that what stands behind their jobs need not be named.
        let earlier = order.iter().rev().copied().filter(|other| stages[*other].is_some_and(|stage| stage < own));
        let mut set = Set::new(jobs.len());
        for other in earlier {
            if set.has(other) || jobs[other].rules.is_optional() || !is_there(at, other, &presence, jobs) {
                continue;
            }
            set.add(other);
            let behind = reached[other].clone();
            set.join(&behind);
            before[at].push(other);
        }
        reached[at] = set;
    }

    let mut out = Vec::with_capacity(jobs.len());
    for (at, job) in jobs.iter().enumerate() {
        let says = job.object.get("needs").or(field(&job.object, "stage")).is_some();
        out.push(if let Some(named) = &explicit[at] {
            let mut kept = Vec::new();
            for need in named {
                match positions.get(need.name.as_str()) {
                    Some(other) if need.is_optional && !is_there(at, *other, &presence, jobs) => {}
                    Some(_) => kept.push(need.value.clone()),
                    None => undefined(job, need, pipeline, diagnostics),
                }
            }
            let origins = field(&job.object, "needs").map(|written| written.origins.clone()).unwrap_or_default();
            Value::tuple(kept).with_origins(origins)
        } else if let Some(why) = job.object.open.as_ref().filter(|_| !says) {
            Value::unknown(why.clone()).seen_at(job.header.clone())
        } else {
            let names = before[at].iter().rev().map(|other| {
                let name = Value::string(jobs[*other].id.clone());
                name.with_origins(job.stage.origins.clone())
            });
            Value::tuple(names.collect()).seen_at(job.header.with_step(OriginStep::NotSet("needs".into())))
        });
    }
    out
}

/// In which worlds a job is in a pipeline that started.
fn presence(job: &Job, pipeline: &Pipeline<'_>) -> Presence {
    let runs = job.runs();
    let certain = job.condition.clone().and(job.rules.certain.clone());
    let truths = worlds(|world| match pipeline.starts.holds(world) {
        started @ Truth::False(_) => (started.clone(), started),
        _ => (runs.holds(world), certain.holds(world)),
    });
    let mut presence = Presence::default();
    for (at, (runs, certain)) in truths.into_iter().enumerate().take(64) {
        let bit = |holds: bool| u64::from(holds) << at;
        presence.may |= bit(!matches!(runs, Truth::False(_)));
        presence.likely |= bit(matches!(runs, Truth::True(_)));
        presence.sure |= bit(matches!(certain, Truth::True(_)));
    }
    presence
}

/// Whether another job is there whenever this one is. What both ask in the same words has one answer.
fn is_there(at: usize, other: usize, presence: &[Presence], jobs: &[Job]) -> bool {
    let within = |worlds: u64| presence[at].may & !worlds == 0;
    let (own_rules, rules) = (&jobs[at].rules, &jobs[other].rules);
    let same_words = match (own_rules.text.as_str(), rules.text.as_str()) {
        (Some(a), Some(b)) => a == b,
        _ => own_rules.text.is_null() && rules.text.is_null(),
    };
    let same_files = own_rules.changes == rules.changes;
    within(presence[other].sure)
        || same_files && within(presence[other].likely)
        || same_files && same_words && within(presence[other].may)
}

/// The position of the job's stage.
fn stage(job: &Job, pipeline: &Pipeline<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<usize> {
    let name = text_of(&job.stage)?;
    let found = pipeline.stages.iter().position(|stage| *stage == name);
    if found.is_none()
        && pipeline.missing.is_none()
        && let Some(span) = written_at(&job.stage)
    {
        let message = format!("the job `{}` is in the stage `{name}`, which is not one of the pipeline", job.id);
        diagnostics.push(
            Diagnostic::error(DiagnosticKind::Evaluation, message, span)
                .help(format!("the stages are {}", pipeline.stages.join(", "))),
        );
    }
    found
}

/// What the job names itself; none if it does not say.
fn named(job: &Job) -> Option<Vec<Named>> {
    let written = field(&job.object, "needs")?;
    if written.is_unknown() {
        return None;
    }
    let entries = flat(Some(written)).into_iter().filter_map(|entry| {
        let Some(object) = entry.as_object() else {
            let name = text_of(&entry)?;
            return Some(Named { name, value: entry, is_optional: false });
        };
        // Another pipeline, or another project.
        if field(object, "pipeline").is_some() || field(object, "project").is_some() {
            return None;
        }
        let value = field(object, "job")?.clone();
        let is_optional = field(object, "optional").is_some_and(|v| v.as_bool() != Some(false));
        Some(Named { name: text_of(&value)?, value, is_optional })
    });
    Some(entries.collect())
}

fn undefined(job: &Job, need: &Named, pipeline: &Pipeline<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if need.is_optional || pipeline.missing.is_some() || need.name.contains('$') {
        return;
    }
    let Some(span) = written_at(&need.value) else { return };
    let message = format!("the job `{}` needs `{}`, which is nowhere defined", job.id, need.name);
    diagnostics.push(
        Diagnostic::error(DiagnosticKind::Evaluation, message, span)
            .help("check the name, and whether the file that defines the job is included"),
    );
}
