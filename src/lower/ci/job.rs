//! Jobs: what runs as one on one machine.

use ecow::EcoString;

use super::{Condition, Made, Step, fields, texts};
use crate::{
    model::{Entity, Environment},
    value::{List, ListKind, Object, Origin, Origins, Truth, Value, Why, WhyKind},
};

/// The kind of the entities that [`Job::entity`] makes.
pub const KIND: &str = "ci.job";

/// A job of a pipeline. A field that a system does not have is null.
///
/// Whether it deploys is told by rules, from the commands and uses of its steps.
#[derive(Clone, Debug)]
pub struct Job {
    /// The system: `github`, `gitlab`, `circleci`, `azure`, `bitbucket`, `jenkins`.
    pub system: &'static str,
    /// The path of the file in which it is written.
    pub path: EcoString,
    /// The pipeline that it is part of: [`super::Pipeline::id`].
    pub pipeline: EcoString,
    /// The key of the job in its pipeline, which [`Job::needs`] of others name.
    pub id: EcoString,
    /// What people call it: its key, behind that of the job that calls it: `production / apply`.
    pub name: EcoString,
    /// Its address, unique in the file.
    pub address: EcoString,
    /// What to underline when something is missing.
    pub header: Origin,
    /// The calls that lead to it, outermost first: uses of a reusable workflow, an orb's job, a template.
    pub called_at: Vec<Origin>,
    /// The address of the job that calls the pipeline of this one. It then runs when that one does.
    pub caller: Option<EcoString>,
    /// The environment that it belongs to, if that can be told.
    pub environment: Option<Environment>,
    /// The environment that it names, as text, perhaps with holes; null if it names none.
    pub environment_name: Value,
    /// All environments that it may name: those of a matrix one by one.
    pub environments: Value,
    /// The events that start it, by the names of its system.
    pub triggers: Value,
    /// The branches whose pushes start it; null if any does, or if pushes do not start it.
    pub branches: Value,
    /// The same for tags.
    pub tags: Value,
    /// When it runs by its own words, given that its pipeline started.
    pub runs: Condition,
    /// Whether it runs although a job that it needs was skipped, failed or was refused: `always()`. None if that is
    /// not known.
    pub runs_despite_skipped: Option<bool>,
    /// Whether it asks that the pipeline after which its own one starts has succeeded. On GitHub a pipeline starts
    /// after another one however that one ended.
    pub asks_upstream: bool,
    /// What it waits for itself.
    pub gates: Vec<Gate>,
    /// The jobs that come first, by their keys; also those that the order of stages puts there.
    pub needs: Value,
    /// The pipeline it calls instead of running steps: a path for one of the repository, else as
    /// written; null if it has steps of its own.
    pub calls: Value,
    /// What the token of the job may do; null if nothing says so.
    pub permissions: Value,
    /// The condition under which it runs, as text without braces; null if always.
    pub condition: Value,
    /// The variables that are set for it: an object, or null.
    pub variables: Value,
    /// The names of the secrets that it reads, each at its first use; `*` if all at once.
    pub secrets: Value,
    /// What else gives it credentials: objects of `kind` (`context`, `variable group`, `service connection`, `credentials`)
    /// and `name`.
    pub credentials: Value,
    /// Whether it hands on all secrets without naming them.
    pub inherits_secrets: Value,
    /// Whether the pipeline goes on if it fails.
    pub ignores_failure: Value,
}

/// What makes a job wait for a person.
#[derive(Clone, Debug)]
pub struct Gate {
    /// What kind of thing it is.
    pub kind: GateKind,
    /// What it is called: the environment, the approval job, the step.
    pub name: Value,
    /// Whether it blocks.
    pub holds: Truth,
}

/// Kinds of gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// The job is started by hand.
    Manual,
    /// A job or task that waits for an approval.
    Approval,
    /// A question that somebody answers: `input` of Jenkins.
    Input,
    /// An environment, which waits if the host is set so.
    Environment,
}

impl GateKind {
    /// The word for it in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Approval => "approval",
            Self::Input => "input",
            Self::Environment => "environment",
        }
    }
}

impl Gate {
    /// A gate that the file proves.
    pub fn held(kind: GateKind, name: Value) -> Self {
        let holds = Truth::of(true).at(name.origins.clone());
        Self { kind, name, holds }
    }

    /// The gate that an environment is if the host asks for an approval, which the file cannot show.
    pub fn environment(name: Value) -> Self {
        let called = match &name.repr {
            crate::value::Repr::String(text) => text.written(),
            _ => "of the job".into(),
        };
        let why =
            Why::new(WhyKind::HostSetting, ecow::eco_format!("whether environment \"{called}\" asks for an approval"));
        let holds = Truth::Unknown(vec![why], name.origins.clone());
        Self { kind: GateKind::Environment, name, holds }
    }

    fn value(&self, job: &EcoString) -> Value {
        let fields = [
            ("kind", Value::string(self.kind.as_str())),
            ("name", self.name.clone()),
            ("job", Value::string(job.clone())),
            ("holds", self.holds.clone().into_value()),
        ];
        let header = self.holds.origins().first().or(self.name.origins.first()).cloned();
        let origins = header.clone().map_or_else(Origins::none, Origins::one);
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Value::from_object(Object { fields, header, ..Object::default() }).with_origins(origins)
    }
}

/// What is known of a job once all jobs are known.
pub struct Reach<'a> {
    /// Its steps, each with when it is reached.
    pub steps: Vec<(&'a Step, Object)>,
    /// In which situations it is reached: an object from their names to truths.
    pub runs: Value,
    /// The jobs that come before it on every way.
    pub ancestors: Vec<EcoString>,
    /// Those of them whose failure or refusal keeps it from running.
    pub waits_for: Vec<EcoString>,
    /// Those whose failure or refusal may keep it from running.
    pub may_wait_for: Vec<EcoString>,
    /// The gates that stand before it, its own first, each with the job that has it.
    pub gates: Vec<(&'a EcoString, Gate)>,
}

impl Job {
    /// As rules see it.
    pub fn entity(&self, reach: Reach<'_>) -> Entity {
        let made = Made {
            kind: KIND,
            address: &self.address,
            name: self.name.clone(),
            path: &self.path,
            header: &self.header,
            calls: self.called_at.clone(),
            environment: self.environment.clone(),
        };
        let own = self.gates.iter().filter(|g| g.kind != GateKind::Environment);
        let manual_gate = Truth::any(own.map(|g| g.holds.clone())).into_value();
        let gates = reach.gates.iter().map(|(job, gate)| gate.value(job)).collect();
        let known = |addresses: &[EcoString]| addresses.iter().map(|a| Value::string(a.clone())).collect::<Vec<_>>();
        let certain = List::of(ListKind::Tuple, known(&reach.waits_for));
        let waits_for = Value::list(List { maybe: known(&reach.may_wait_for), ..certain }).seen_at(self.header.clone());
        let commands = reach.steps.iter().flat_map(|(step, _)| step.commands.clone()).collect();
        let uses = reach.steps.iter().flat_map(|(step, _)| step.uses.clone()).collect();
        let steps =
            reach.steps.into_iter().map(|(step, object)| Value::from_object(object).seen_at(step.header.clone()));
        made.entity(fields([
            ("id", Value::string(self.id.clone())),
            ("system", Value::string(self.system)),
            ("pipeline", Value::string(self.pipeline.clone())),
            ("caller", self.caller.clone().map_or_else(Value::null, Value::string)),
            ("environment_name", self.environment_name.clone()),
            ("environments", self.environments.clone()),
            ("triggers", self.triggers.clone()),
            ("branches", self.branches.clone()),
            ("tags", self.tags.clone()),
            ("runs", reach.runs),
            ("manual_gate", manual_gate),
            ("gates", Value::tuple(gates)),
            ("needs", self.needs.clone()),
            ("ancestors", texts(&reach.ancestors)),
            ("waits_for", waits_for),
            ("commands", Value::tuple(commands)),
            ("uses", Value::tuple(uses)),
            ("steps", Value::tuple(steps.collect())),
            ("calls", self.calls.clone()),
            ("permissions", self.permissions.clone()),
            ("condition", self.condition.clone()),
            ("variables", self.variables.clone()),
            ("secrets", self.secrets.clone()),
            ("credentials", self.credentials.clone()),
            ("inherits_secrets", self.inherits_secrets.clone()),
            ("ignores_failure", self.ignores_failure.clone()),
        ]))
    }
}
