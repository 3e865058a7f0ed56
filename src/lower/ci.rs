//! The model that CI systems share, so that "a production deployment waits for an approval" is
//! written once.
//!
//! Each system keeps its own entities and fills a [`Job`] besides; a field that a system does not
//! have is null.

use ecow::EcoString;
use indexmap::IndexMap;

use crate::{
    model::{Entity, Environment},
    value::{Identity, Object, Origin, Value},
};

/// The kind of the entities that [`Job::entity`] makes.
pub const KIND: &str = "ci.job";

/// A job of a pipeline.
///
/// Whether it deploys is told by rules, from `commands` and `uses`.
#[derive(Clone, Debug)]
pub struct Job {
    /// The system: `github`.
    pub system: &'static str,
    /// Where the pipeline is defined: the path of its file.
    pub pipeline: EcoString,
    /// The key of the job in its pipeline.
    pub id: EcoString,
    /// Its address, unique in the file.
    pub address: EcoString,
    /// What to underline when something is missing.
    pub header: Origin,
    /// The environment that it belongs to, if that can be told.
    pub environment: Option<Environment>,
    /// The environment that it names, as text, perhaps with holes; null if it names none.
    pub environment_name: Value,
    /// All environments that it may name: those of a matrix one by one.
    pub environments: Value,
    /// The events that start it, by name.
    pub triggers: Value,
    /// The branches whose pushes start it; null if any does, or if pushes do not start it.
    pub branches: Value,
    /// The same for tags.
    pub tags: Value,
    /// Whether its own definition makes it wait for a person.
    pub manual_gate: Value,
    /// The jobs that come first, by their keys.
    pub needs: Value,
    /// The scripts it runs, as texts, with those of local actions it uses.
    pub commands: Value,
    /// The actions it uses, with those that local actions use: objects with `action`, `ref`,
    /// `kind`, `text` and `with`.
    pub uses: Value,
    /// The pipeline it calls instead of running steps: a path for one of the repository, else as
    /// written; null if it has steps of its own.
    pub calls: Value,
    /// What the token of the job may do; null if nothing says so.
    pub permissions: Value,
    /// The condition under which it runs, without braces; null if always.
    pub condition: Value,
    /// The names of the secrets that it reads, each at its first use; `*` if all at once.
    pub secrets: Value,
    /// Whether it hands on all secrets without naming them.
    pub inherits_secrets: Value,
}

impl Job {
    /// As rules see it.
    pub fn entity(self) -> Entity {
        let known = |text: &str| Value::string(text);
        let fields: IndexMap<EcoString, Value> = [
            ("id", known(&self.id)),
            ("system", known(self.system)),
            ("pipeline", known(&self.pipeline)),
            ("environment_name", self.environment_name),
            ("environments", self.environments),
            ("triggers", self.triggers),
            ("branches", self.branches),
            ("tags", self.tags),
            ("manual_gate", self.manual_gate),
            ("needs", self.needs),
            ("commands", self.commands),
            ("uses", self.uses),
            ("calls", self.calls),
            ("permissions", self.permissions),
            ("condition", self.condition),
            ("secrets", self.secrets),
            ("inherits_secrets", self.inherits_secrets),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect();
        let identity = Identity::new(self.pipeline.clone(), self.address.clone());
        let object = Object {
            fields,
            header: Some(self.header.clone()),
            identity: Some(std::sync::Arc::new(identity)),
            ..Object::default()
        };
        Entity {
            kind: KIND.into(),
            address: self.address,
            name: self.id,
            scope: self.pipeline,
            scenario: None,
            body: Value::from_object(object).seen_at(self.header.clone()),
            extent: self.header.extent,
            parts: Vec::new(),
            header: self.header,
            calls: Vec::new(),
            owner: None,
            environment: self.environment,
            doubt: None,
        }
    }
}
