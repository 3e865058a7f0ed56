//! The model that CI systems share, so that "a production deployment waits for an approval" is
//! written once.
//!
//! | Kind | Address | Content |
//! |---|---|---|
//! | `ci.pipeline` | the path of its file, perhaps `path#workflow` | when it starts, its schedules, what of it is not in the repository |
//! | `ci.job` | `path#job` | what it runs and uses, when it runs, what it waits for |
//! | `ci.step` | `path#job[0]` | one command, or one use of an action, orb, pipe or task |
//!
//! Each system reads its own language into [`Parts`]: its own entities, and the same thing in this
//! model. [`graph`] then adds what takes several jobs to tell: under which circumstances a job is
//! really reached, what comes before it on every way, and which gates stand there.

pub mod condition;
mod graph;
mod job;
mod pipeline;
pub mod reading;
mod scripts;
pub mod situation;
mod step;

pub use condition::{Condition, Pattern, Test};
pub use graph::lower;
pub use job::{Gate, GateKind, Job};
pub use pipeline::Pipeline;
pub use scripts::follow;
pub use situation::Event;
pub use step::Step;

use std::sync::Arc;

use ecow::EcoString;

use crate::{
    model::{Entity, Environment, Lowered},
    value::{ByName, Identity, Object, Origin, Value},
};

/// What one CI system gives.
#[derive(Debug, Default)]
pub struct Parts {
    /// Its own entities, what was not read, and what is wrong.
    pub lowered: Lowered,
    /// Its pipelines in the common model.
    pub pipelines: Vec<Pipeline>,
    /// Their jobs.
    pub jobs: Vec<Job>,
    /// Their steps.
    pub steps: Vec<Step>,
}

impl Parts {
    /// Adds what another system gave.
    pub fn merge(&mut self, other: Parts) {
        self.lowered.merge(other.lowered);
        self.pipelines.extend(other.pipelines);
        self.jobs.extend(other.jobs);
        self.steps.extend(other.steps);
    }
}

/// An entity of the common model before it has its body.
struct Made<'a> {
    kind: &'static str,
    address: &'a EcoString,
    name: EcoString,
    path: &'a EcoString,
    header: &'a Origin,
    calls: Vec<Origin>,
    environment: Option<Environment>,
}

impl Made<'_> {
    fn entity(self, fields: ByName<Value>) -> Entity {
        let known = |text: &str| Value::string(text);
        // What holds this value may be another entity, to which it must look like one all the same.
        let attributes = vec![
            ("address".into(), known(self.address)),
            ("name".into(), known(&self.name)),
            ("kind".into(), known(self.kind)),
            ("file".into(), known(self.path)),
        ];
        // The entity of the CI system stands at the same address and is another thing.
        let scope = ecow::eco_format!("{} {}", self.kind, self.path);
        let identity = Identity { attributes, ..Identity::new(scope, self.address.clone()) };
        let object = Object {
            fields,
            header: Some(self.header.clone()),
            identity: Some(Arc::new(identity)),
            ..Object::default()
        };
        Entity {
            kind: self.kind.into(),
            address: self.address.clone(),
            name: self.name,
            scope: self.path.clone(),
            scenario: None,
            body: Value::from_object(object).seen_at(self.header.clone()),
            extent: self.header.extent,
            parts: Vec::new(),
            header: self.header.clone(),
            calls: self.calls,
            owner: None,
            environment: self.environment,
            doubt: None,
        }
    }
}

/// Fields by name.
fn fields<const N: usize>(fields: [(&'static str, Value); N]) -> ByName<Value> {
    fields.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

/// Known texts as a list.
fn texts<'a>(texts: impl IntoIterator<Item = &'a EcoString>) -> Value {
    Value::tuple(texts.into_iter().map(|text| Value::string(text.clone())).collect())
}
