//! The graph of all jobs of all pipelines: when each is reached, and past what.
//!
//! A job is reached if its pipeline starts, its own condition holds, and every job that it needs was
//! reached - unless it runs in any case. A job of a called pipeline is reached when its caller is. What
//! stands before a job on every way to it are the jobs that it needs, those that these need, and those
//! before its caller; of a pipeline that another one starts, the jobs of that one.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap, HashSet},
};

use ecow::EcoString;

use super::{
    Gate, Job, Parts, Pipeline, Step,
    job::Reach,
    situation::{SITUATIONS, Situation},
};
use crate::{
    model::Lowered,
    source::Span,
    value::{Repr, Truth, Value, Why, WhyKind},
};

/// How many jobs are followed one behind the other; no pipeline of people is as long.
const MAX_DEPTH: usize = 200;

/// How deep the settings of a step are looked into to tell two of them apart.
const MAX_SAID: usize = 4;

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
    // So are those that an anchor, a command or a matrix brings to several jobs, if they come to the same there.
    let mut written: HashSet<(Span, EcoString)> = HashSet::new();
    for (index, job) in jobs.iter().enumerate() {
        let own = of_job.get(&job.address).map_or(&[][..], Vec::as_slice);
        let reach = graph.reach(index, own);
        let objects = reach.steps.clone();
        let entity = job.entity(reach);
        of_pipeline.entry(&job.pipeline).or_default().push(job.address.clone());
        for (step, object) in objects {
            let is_new = seen.insert((&step.path, &step.address));
            if written.insert((step.header.anchor, said(step, job))) && is_new {
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

/// What a step comes to, as a text: what it runs and uses, with what, and whether it may fail.
fn said(step: &Step, job: &Job) -> EcoString {
    let mut out = EcoString::new();
    let own = step.commands.iter().chain(&step.uses).chain([&step.variables]);
    for value in own.chain([&step.ignores_failure, &job.ignores_failure]) {
        say(value, &mut out, 0);
    }
    out
}

fn say(value: &Value, out: &mut EcoString, depth: usize) {
    match &value.repr {
        Repr::String(text) => out.push_str(&text.written()),
        Repr::Bool(true) => out.push('!'),
        Repr::Unknown(_) => out.push('?'),
        Repr::Number(number) => out.push_str(&number.to_string()),
        Repr::Object(object) if depth < MAX_SAID => {
            for (key, value) in &object.fields {
                out.push_str(key);
                say(value, out, depth + 1);
            }
        }
        Repr::List(list) if depth < MAX_SAID => list.items.iter().for_each(|item| say(item, out, depth + 1)),
        _ => {}
    }
    out.push('\n');
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
    /// The jobs of the pipeline that each job calls, all the way down.
    called: Vec<Vec<usize>>,
    /// The jobs of each pipeline.
    members: HashMap<&'a EcoString, Vec<usize>>,
    /// Pipelines by what people call them.
    named: HashMap<&'a EcoString, &'a EcoString>,
    /// What is known of jobs already, in each world: by the place of the world, which has no name.
    known: RefCell<HashMap<usize, HashMap<usize, Truth>>>,
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
        let callers: Vec<_> = jobs.iter().map(|job| addresses.get(job.caller.as_ref()?).copied()).collect();
        let mut called = vec![Vec::new(); jobs.len()];
        for index in 0..jobs.len() {
            let mut above = callers[index];
            while let Some(caller) = above {
                called[caller].push(index);
                above = callers[caller];
            }
        }
        Self {
            jobs,
            needs: needs.collect(),
            callers,
            called,
            members,
            named: pipelines.iter().map(|p| (&p.name, &p.id)).collect(),
            pipelines: pipelines.iter().map(|p| (&p.id, p)).collect(),
            known: RefCell::default(),
        }
    }

    fn reach(&self, job: usize, steps: &[&'a Step]) -> Reach<'a> {
        let when = |world: &Situation| {
            let place = std::ptr::from_ref(world).addr();
            let mut memo = self.known.borrow_mut().remove(&place).unwrap_or_default();
            let truth = self.holds(job, world, &mut memo, 0);
            self.known.borrow_mut().insert(place, memo);
            truth
        };
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
        let waits_for = self.before(job, |job| job.runs_despite_skipped == Some(false), |job| job.asks_upstream);
        let mut may_wait_for = self.before(job, |job| job.runs_despite_skipped != Some(true), |job| job.asks_upstream);
        may_wait_for.retain(|index| !waits_for.contains(index));
        let mut gates: Vec<(&EcoString, Gate)> = Vec::new();
        for index in [job].into_iter().chain(waits_for.iter().copied()) {
            let job = &self.jobs[index];
            gates.extend(job.gates.iter().map(|gate| (&job.address, gate.clone())));
        }
        for &index in &may_wait_for {
            let holds = its_condition(&self.jobs[job]);
            let job = &self.jobs[index];
            gates.extend(job.gates.iter().map(|gate| (&job.address, Gate { holds: holds.clone(), ..gate.clone() })));
        }
        let addresses =
            |jobs: BTreeSet<usize>| jobs.into_iter().map(|index| self.jobs[index].address.clone()).collect();
        Reach {
            steps,
            runs,
            ancestors: addresses(self.before(job, |_| true, |_| true)),
            waits_for: addresses(waits_for),
            may_wait_for: addresses(may_wait_for),
            gates,
        }
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
        if job.runs_despite_skipped != Some(true) && !matches!(truth, Truth::False(_)) {
            let mut needed = unknown_needs(job);
            for &need in &self.needs[index] {
                needed = needed.and(self.holds(need, world, memo, depth + 1));
            }
            // Where it is not known whether they matter, that they are reached settles it.
            let matters = if job.runs_despite_skipped.is_none() { needed.or(its_condition(job)) } else { needed };
            truth = truth.and(matters);
        }
        memo.insert(index, truth.clone());
        truth
    }

    /// The jobs before one: those it needs, its caller, and those of the pipelines after which its own starts; as far
    /// as each job in between says that it waits for those.
    fn before(&self, index: usize, needs: fn(&Job) -> bool, upstream: fn(&Job) -> bool) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut ahead = vec![index];
        while let Some(at) = ahead.pop() {
            let job = &self.jobs[at];
            let needed = if needs(job) { &self.needs[at][..] } else { &[] };
            let pipelines = self.pipelines.get(&job.pipeline).filter(|_| upstream(job));
            let others = pipelines.map_or(&[][..], |p| &p.upstream).iter().filter_map(|name| {
                let id = self.named.get(name).copied().unwrap_or(name);
                self.members.get(id)
            });
            // A job that calls a pipeline has succeeded when the jobs of that have.
            let called = needed.iter().flat_map(|&need| self.called[need].iter().copied());
            let needed = needed.iter().copied().chain(called);
            for next in needed.chain(self.callers[at]).chain(others.flatten().copied()) {
                if found.insert(next) {
                    ahead.push(next);
                }
            }
        }
        found.remove(&index);
        found
    }
}

/// True, unless a job waits for others whose names are not known: whether those are reached is not known either.
fn unknown_needs(job: &Job) -> Truth {
    let why = match job.needs.as_list() {
        Some(list) => list.doubt().or_else(|| list.items.iter().find_map(Value::first_unknown)),
        None => job.needs.first_unknown(),
    };
    why.map_or(Truth::of(true), |why| Truth::Unknown(vec![why], job.needs.origins.clone()))
}

/// A truth that the condition of a job decides, which is not known.
fn its_condition(job: &Job) -> Truth {
    let why = Why::new(WhyKind::PipelineExpression, "the condition of the job");
    Truth::Unknown(vec![why], job.condition.origins.clone())
}
