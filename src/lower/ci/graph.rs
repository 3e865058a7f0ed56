//! The graph of all jobs of all pipelines: when each is reached, and past what.
//!
//! A job is reached if its pipeline starts, its own condition holds, and every job that it needs was
//! reached - unless it runs in any case. A job of a called pipeline is reached when its caller is. What
//! stands before a job on every way to it are the jobs that it needs, those that these need, and those
//! before its caller; of a pipeline that another one starts, the jobs of that one.

use std::collections::{BTreeSet, HashMap, HashSet};

use ecow::EcoString;

use super::{
    Gate, Job, Parts, Pipeline, Step,
    job::Reach,
    situation::{SITUATIONS, Situation},
};
use crate::{
    model::Lowered,
    value::{Truth, Value},
};

/// How many jobs are followed one behind the other; no pipeline of people is as long.
const MAX_DEPTH: usize = 200;

/// The entities of the common model, and those that the systems made of their own.
pub fn lower(parts: Parts) -> Lowered {
    let Parts { lowered: mut out, pipelines, jobs, steps } = parts;
    let graph = Graph::new(&pipelines, &jobs);
    let mut of_pipeline: HashMap<&EcoString, Vec<EcoString>> = HashMap::new();
    let mut of_job: HashMap<&EcoString, Vec<&Step>> = HashMap::new();
    for step in &steps {
        of_job.entry(&step.job).or_default().push(step);
    }
    // The jobs of a called pipeline are there for each caller, its steps as things in a file are there once.
    let mut seen: HashSet<(&EcoString, &EcoString)> = HashSet::new();
    for (index, job) in jobs.iter().enumerate() {
        let own = of_job.get(&job.address).map_or(&[][..], Vec::as_slice);
        let reach = graph.reach(index, own);
        let objects = reach.steps.clone();
        let entity = job.entity(reach);
        of_pipeline.entry(&job.pipeline).or_default().push(job.address.clone());
        for (step, object) in objects {
            if seen.insert((&step.path, &step.address)) {
                out.entities.push(step.entity(object, job.system, &entity.body, job.environment.clone()));
            }
        }
        out.entities.push(entity);
    }
    for pipeline in &pipelines {
        let runs = situations(|world| pipeline.starts.holds(world));
        let jobs = of_pipeline.get(&pipeline.id).map_or(&[][..], Vec::as_slice);
        out.entities.push(pipeline.entity(runs, jobs));
    }
    out
}

/// An object from the names of situations to what holds in them.
fn situations(mut holds: impl FnMut(&Situation) -> Truth) -> Value {
    Value::object(SITUATIONS.iter().map(|(name, worlds)| {
        let truth = Truth::any(worlds.iter().map(&mut holds));
        ((*name).into(), truth.into_value())
    }))
}

struct Graph<'a> {
    jobs: &'a [Job],
    pipelines: HashMap<&'a EcoString, &'a Pipeline>,
    /// What each job waits for, by position.
    needs: Vec<Vec<usize>>,
    callers: Vec<Option<usize>>,
    /// The jobs of each pipeline.
    members: HashMap<&'a EcoString, Vec<usize>>,
    /// Pipelines by what people call them.
    named: HashMap<&'a EcoString, &'a EcoString>,
}

impl<'a> Graph<'a> {
    fn new(pipelines: &'a [Pipeline], jobs: &'a [Job]) -> Self {
        let mut keys: HashMap<(&EcoString, Option<&EcoString>, &str), usize> = HashMap::new();
        let mut addresses: HashMap<&EcoString, usize> = HashMap::new();
        let mut members: HashMap<&EcoString, Vec<usize>> = HashMap::new();
        for (index, job) in jobs.iter().enumerate() {
            keys.insert((&job.pipeline, job.caller.as_ref(), job.id.as_str()), index);
            addresses.insert(&job.address, index);
            members.entry(&job.pipeline).or_default().push(index);
        }
        let needs = jobs.iter().map(|job| {
            let names = job.needs.as_list().map_or(&[][..], |list| &list.items);
            let named = names.iter().filter_map(Value::as_str);
            named.filter_map(|name| keys.get(&(&job.pipeline, job.caller.as_ref(), name)).copied()).collect()
        });
        let callers = jobs.iter().map(|job| addresses.get(job.caller.as_ref()?).copied());
        Self {
            jobs,
            needs: needs.collect(),
            callers: callers.collect(),
            members,
            named: pipelines.iter().map(|p| (&p.name, &p.id)).collect(),
            pipelines: pipelines.iter().map(|p| (&p.id, p)).collect(),
        }
    }

    fn reach(&self, job: usize, steps: &[&'a Step]) -> Reach<'a> {
        let when = |world: &Situation| self.holds(job, world, &mut HashMap::new(), 0);
        let runs = situations(when);
        let steps = steps.iter().map(|step| {
            let own = if step.runs.is_always() {
                runs.clone()
            } else {
                situations(|world| when(world).and(step.runs.holds(world)))
            };
            (*step, step.object(own))
        });
        let steps = steps.collect();
        let mut gates: Vec<(&EcoString, &Gate)> = Vec::new();
        for index in [job].into_iter().chain(self.waits_for(job)) {
            let job = &self.jobs[index];
            gates.extend(job.gates.iter().map(|gate| (&job.address, gate)));
        }
        let ancestors = self.ancestors(job).into_iter().map(|index| self.jobs[index].address.clone()).collect();
        Reach { steps, runs, ancestors, gates }
    }

    /// Whether a job is reached.
    fn holds(&self, index: usize, world: &Situation, memo: &mut HashMap<usize, Truth>, depth: usize) -> Truth {
        if let Some(known) = memo.get(&index) {
            return known.clone();
        }
        // A circle of needs is refused by the host; here it must end.
        if depth > MAX_DEPTH {
            return Truth::of(true);
        }
        memo.insert(index, Truth::of(true));
        let job = &self.jobs[index];
        let started = match self.callers[index] {
            Some(caller) => self.holds(caller, world, memo, depth + 1),
            None => self.pipelines.get(&job.pipeline).map_or(Truth::of(true), |p| p.starts.holds(world)),
        };
        let mut truth = started.and(job.runs.holds(world));
        if !job.runs_despite_skipped && !matches!(truth, Truth::False(_)) {
            for &need in &self.needs[index] {
                truth = truth.and(self.holds(need, world, memo, depth + 1));
            }
        }
        memo.insert(index, truth.clone());
        truth
    }

    /// The jobs whose refusal keeps this one from running.
    fn waits_for(&self, index: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut ahead = vec![index];
        while let Some(at) = ahead.pop() {
            let needs = if self.jobs[at].runs_despite_skipped { &[][..] } else { &self.needs[at] };
            for next in needs.iter().copied().chain(self.callers[at]) {
                if found.insert(next) {
                    ahead.push(next);
                }
            }
        }
        found.remove(&index);
        found
    }

    /// The jobs that come before this one.
    fn ancestors(&self, index: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut ahead = vec![index];
        while let Some(at) = ahead.pop() {
            let upstream = self.pipelines.get(&self.jobs[at].pipeline).map_or(&[][..], |p| &p.upstream);
            let upstream = upstream.iter().filter_map(|name| {
                let id = self.named.get(name).copied().unwrap_or(name);
                self.members.get(id)
            });
            let before = self.needs[at].iter().copied().chain(self.callers[at]).chain(upstream.flatten().copied());
            for next in before {
                if found.insert(next) {
                    ahead.push(next);
                }
            }
        }
        found.remove(&index);
        found
    }
}
