//! Pipelines: what starts as a whole.

use ecow::EcoString;

use super::{Condition, Made, fields, texts};
use crate::{
    model::{Entity, Environment},
    value::{Origin, Value},
};

/// The kind of the entities that [`Pipeline::entity`] makes.
pub const KIND: &str = "ci.pipeline";

/// A pipeline: a workflow file, or one of the workflows or pipelines that a file holds.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The system: `github`, `gitlab`, `circleci`, `azure`, `bitbucket`, `jenkins`.
    pub system: &'static str,
    /// Its address: the path of its file, or `path#workflow` where a file holds several.
    pub id: EcoString,
    /// The path of its file.
    pub path: EcoString,
    /// What people call it.
    pub name: EcoString,
    /// What to underline when something is missing.
    pub header: Origin,
    /// The environment that its name speaks of.
    pub environment: Option<Environment>,
    /// When it starts.
    pub starts: Condition,
    /// The events that start it, by the names of its system.
    pub triggers: Value,
    /// The variables that are set for all of its jobs: an object, or null.
    pub variables: Value,
    /// The schedules that the file gives it: texts in the form of cron.
    pub schedules: Value,
    /// The pipelines of the repository after which it starts, by their ids or names.
    pub upstream: Vec<EcoString>,
    /// What it includes and is not in the repository, as texts: templates, orbs, workflows of others.
    pub unresolved: Value,
    /// Whether it was read as text, so that less is known of it than of others.
    pub is_text: bool,
}

impl Pipeline {
    /// As rules see it, with what [`super::graph`] knows of it.
    pub fn entity(&self, runs: Value, jobs: &[EcoString]) -> Entity {
        let made = Made {
            kind: KIND,
            address: &self.id,
            name: self.name.clone(),
            path: &self.path,
            header: &self.header,
            calls: Vec::new(),
            environment: self.environment.clone(),
        };
        made.entity(fields([
            ("system", Value::string(self.system)),
            ("id", Value::string(self.id.clone())),
            ("path", Value::string(self.path.clone())),
            ("triggers", self.triggers.clone()),
            ("variables", self.variables.clone()),
            ("schedules", self.schedules.clone()),
            ("upstream", texts(&self.upstream)),
            ("unresolved", self.unresolved.clone()),
            ("is_text", Value::bool(self.is_text)),
            ("runs", runs),
            ("jobs", texts(jobs)),
        ]))
    }
}
