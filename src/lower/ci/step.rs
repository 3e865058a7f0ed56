//! Steps: the single things that a job does.

use ecow::EcoString;

use super::{Condition, Made};
use crate::{
    model::{Entity, Environment},
    value::{Object, Origin, Value},
};

/// The kind of the entities that [`Step::entity`] makes.
pub const KIND: &str = "ci.step";

/// A step of a job. A field that a system does not have is null.
#[derive(Clone, Debug)]
pub struct Step {
    /// The address of its job.
    pub job: EcoString,
    /// Its own address.
    pub address: EcoString,
    /// The path of the file it is written in.
    pub path: EcoString,
    /// Its position in the job, from 0.
    pub index: usize,
    /// What people call it.
    pub name: EcoString,
    /// What to underline when something is missing.
    pub header: Origin,
    /// The directory in which it runs, from the root of the repository; empty for the root itself and if it is not told.
    pub directory: EcoString,
    /// The scripts it runs, as texts, with those of local actions, commands or templates that it uses.
    pub commands: Vec<Value>,
    /// What it uses by name, with what local ones of them use: objects of `action`, `ref`, `kind`, `text` and `with`.
    pub uses: Vec<Value>,
    /// The variables that are set for it: an object, or null.
    pub variables: Value,
    /// When it runs, given that its job does.
    pub runs: Condition,
    /// The condition under which it runs, as text; null if always.
    pub condition: Value,
    /// Whether the job goes on if it fails.
    pub ignores_failure: Value,
}

impl Step {
    /// As rules see it within its job, with when it is reached.
    pub fn object(&self, runs: Value) -> Object {
        let fields = [
            ("index", Value::number(i64::try_from(self.index).unwrap_or(i64::MAX))),
            ("name", Value::string(self.name.clone())),
            ("directory", Value::string(self.directory.clone())),
            ("commands", Value::tuple(self.commands.clone())),
            ("uses", Value::tuple(self.uses.clone())),
            ("variables", self.variables.clone()),
            ("condition", self.condition.clone()),
            ("ignores_failure", self.ignores_failure.clone()),
            ("runs", runs),
        ];
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Object { fields, header: Some(self.header.clone()), ..Object::default() }
    }

    /// As an entity, in its job.
    pub fn entity(&self, object: Object, system: &str, job: &Value, environment: Option<Environment>) -> Entity {
        let made = Made {
            kind: KIND,
            address: &self.address,
            name: self.name.clone(),
            path: &self.path,
            header: &self.header,
            calls: Vec::new(),
            environment,
        };
        let mut fields = object.fields;
        fields.insert("system".into(), Value::string(system));
        fields.insert("job".into(), job.clone());
        made.entity(fields)
    }
}
