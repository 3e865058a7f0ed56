//! CircleCI: configurations to entities and to the common model.
//!
//! | Kind | Address | Content |
//! |---|---|---|
//! | `circleci.pipeline` | the path of its file | the document |
//! | `circleci.workflow` | `path#name` | the workflow, and when it starts |
//! | `circleci.job` | `path#name` | a job under `jobs`, as it is written |
//! | `circleci.orb` | `path#alias` | an orb that the configuration takes from elsewhere, or holds |
//!
//! In the common model a workflow is a pipeline, and each job that it invokes is a job: with its parameters and
//! matrix put in, and with the steps of the commands that it uses. What an orb of the registry does is not in the
//! repository, so it is a use of that orb.
//!
//! CircleCI builds the branches of the repository, so that a pull request is a push like others; those of forks are
//! built if the project is set so.

mod condition;
mod job;
mod library;
mod steps;
#[cfg(test)]
mod tests;
mod text;
mod workflow;

use std::cell::Cell;

use ecow::{EcoString, eco_format};

use super::{
    ci::{
        Condition, Event, Parts, Pipeline, Test,
        reading::{Own, field, object},
    },
    environment,
    path::{dir_of, name_of},
    yaml::{YamlFile, value_with},
};
use crate::{
    model::Environment,
    source::{SourceMap, Span},
    value::{Object, Origin, OriginStep, Origins, Value},
};
use condition::Parameters;
use library::Library;
use text::Scope;

/// So many uses of commands are followed in one file.
const MOST_USES: usize = 20_000;

/// So many jobs and steps of a tree are looked at.
const MOST_JOBS: usize = 10_000;
const MOST_STEPS: usize = 100_000;

/// Whether this file is a configuration: what lies deeper in `.circleci` is packed or generated from.
pub fn is_config(path: &str) -> bool {
    let dir = dir_of(path);
    (dir == ".circleci" || dir.ends_with("/.circleci")) && (path.ends_with(".yml") || path.ends_with(".yaml"))
}

/// The configurations, and all that their workflows run.
pub fn lower(files: &[YamlFile], sources: &SourceMap) -> Parts {
    let mut parts = Parts::default();
    let texts = text::texts(sources);
    let mut documents = Vec::new();
    for file in files {
        for document in &file.documents {
            let value = value_with(&document.root, &texts);
            let Some(read) = value.as_object() else { continue };
            // Parts that are put together by a script have neither.
            if field(read, "jobs").is_none() && field(read, "workflows").is_none() {
                continue;
            }
            let header = document_header(read, document.root.span);
            documents.push((
                EcoString::from(file.path.as_str()),
                read.clone(),
                header,
                sources.file(file.id).text.clone(),
            ));
        }
    }
    for (path, document, header, _) in &documents {
        let first = documents.iter().find(|(other, ..)| dir_of(other) == dir_of(path) && is_main(other));
        let origin = match first {
            _ if is_main(path) => Begins::ByItself,
            Some((setup, by, _, text)) if field(by, "setup").and_then(Value::as_bool) == Some(true) => {
                let upstream = object(by, "workflows").into_iter().flat_map(|w| w.fields.keys());
                let upstream = upstream.filter(|name| *name != "version").map(|name| eco_format!("{setup}#{name}"));
                // The orb for path filtering continues with a file of this name if it is told nothing else.
                let is_named = text.contains(name_of(path)) || name_of(path) == "continue_config.yml";
                Begins::Continued { upstream: upstream.collect(), is_named }
            }
            _ => Begins::IfSet,
        };
        let config = Config::new(path, document, header, origin);
        config.lower(&mut parts);
    }
    parts
}

fn is_main(path: &str) -> bool {
    matches!(name_of(path), "config.yml" | "config.yaml")
}

/// What begins the pipelines of a file.
enum Begins {
    /// Events of the repository.
    ByItself,
    /// Another configuration, whose workflows are these; and whether it names the file.
    Continued { upstream: Vec<EcoString>, is_named: bool },
    /// A pipeline of the project, if one is set up for the file.
    IfSet,
}

/// A configuration.
struct Config<'a> {
    path: &'a EcoString,
    document: &'a Object,
    header: &'a Origin,
    begins: Begins,
    library: Library,
    parameters: Parameters,
    /// The defaults of the pipeline's own parameters, for texts.
    defaults: Scope,
    /// How many uses of commands are still followed.
    uses_left: Cell<usize>,
}

/// A workflow.
struct Workflow {
    /// The id of its pipeline.
    id: EcoString,
    name: EcoString,
    header: Origin,
    environment: Option<Environment>,
    starts: Condition,
    triggers: Value,
}

impl<'a> Config<'a> {
    fn new(path: &'a EcoString, document: &'a Object, header: &'a Origin, begins: Begins) -> Self {
        let mut parameters =
            Parameters { is_continued: matches!(begins, Begins::Continued { .. }), ..Parameters::default() };
        let mut defaults = Scope::of_texts();
        for (name, declared) in object(document, "parameters").into_iter().flat_map(|p| &p.fields) {
            let Some(default) = declared.as_object().and_then(|d| field(d, "default")) else { continue };
            parameters.defaults.insert(name.clone(), default.clone());
            if !parameters.is_continued {
                let step = OriginStep::VariableDefault(eco_format!("pipeline.parameters.{name}"));
                let origins: Origins = default.origins.iter().map(|o| o.with_step(step.clone())).collect();
                defaults.set("pipeline.parameters", name, default.clone().with_origins(origins));
            }
        }
        let library = Library::new(document, header);
        Self { path, document, header, begins, library, parameters, defaults, uses_left: Cell::new(MOST_USES) }
    }

    fn lower(&self, parts: &mut Parts) {
        self.own(parts);
        let workflows = object(self.document, "workflows").into_iter().flat_map(|w| &w.fields);
        let mut any = false;
        for (name, value) in workflows.filter(|(name, _)| *name != "version") {
            let Some(object) = value.as_object() else { continue };
            any = true;
            let header = object.header.clone().unwrap_or_else(|| self.header.clone());
            self.workflow(name, object, header, parts);
        }
        // Without workflows there is the job of this name, whatever else is defined.
        let build = object(self.document, "jobs").and_then(|jobs| object(jobs, "build"));
        if let Some(build) = build.filter(|_| !any) {
            let header = build.header.clone().unwrap_or_else(|| self.header.clone());
            let mut entry = Object::default();
            if let Some(branches) = field(build, "branches") {
                entry.fields.insert("filters".into(), Value::object([("branches".into(), branches.clone())]));
            }
            let invoked = Object {
                fields: [("build".into(), Value::from_object(entry))].into_iter().collect(),
                header: Some(header.clone()),
                ..Object::default()
            };
            let jobs = Value::tuple(vec![Value::from_object(invoked)]);
            let alone = Object {
                fields: [("jobs".into(), jobs)].into_iter().collect(),
                header: Some(header.clone()),
                ..Object::default()
            };
            self.workflow(&"build".into(), &alone, header, parts);
        }
    }

    /// The entities of its own.
    fn own(&self, parts: &mut Parts) {
        let entities = &mut parts.lowered.entities;
        let own = |kind, address: EcoString, name: &str, header: Origin| Own {
            kind,
            address,
            name: name.into(),
            path: self.path,
            header,
            environment: None,
        };
        let pipeline = own("circleci.pipeline", self.path.clone(), name_of(self.path), self.header.clone());
        let is_setup = field(self.document, "setup").cloned().unwrap_or_else(|| Value::bool(false));
        entities
            .push(pipeline.entity(self.document, [("path", Value::string(self.path.clone())), ("setup", is_setup)]));
        for orb in self.library.orbs.values() {
            let made = own("circleci.orb", eco_format!("{}#{}", self.path, orb.alias), &orb.alias, orb.header.clone());
            entities.push(made.entity(
                &Object::default(),
                [
                    ("alias", Value::string(orb.alias.clone())),
                    ("orb", Value::string(orb.name.clone()).with_origins(orb.text.origins.clone())),
                    ("version", orb.version.clone()),
                    ("source", Value::string(orb.kind)),
                    ("text", if orb.kind == "inline" { Value::null() } else { orb.text.clone() }),
                ],
            ));
        }
        for (name, value) in object(self.document, "jobs").into_iter().flat_map(|jobs| &jobs.fields) {
            let Some(job) = value.as_object() else { continue };
            let header = job.header.clone().unwrap_or_else(|| self.header.clone());
            let made = own("circleci.job", eco_format!("{}#{name}", self.path), name, header);
            let images = job::images(job, &self.library, &self.defaults);
            entities.push(made.entity(job, [("id", Value::string(name.clone())), ("images", images)]));
        }
    }

    fn workflow(&self, name: &EcoString, object: &Object, header: Origin, parts: &mut Parts) {
        let asked = self.asked(object);
        let schedules = workflow::schedules(object);
        let begins = self.begins(&schedules);
        let starts = begins.and(asked);
        let triggers = if schedules.is_empty() { "push" } else { "schedule" };
        let workflow = Workflow {
            id: eco_format!("{}#{name}", self.path),
            name: name.clone(),
            environment: environment::classify_label(name).map(|(word, class)| Environment {
                name: word,
                class,
                sign: eco_format!("workflow \"{name}\""),
            }),
            starts,
            triggers: Value::tuple(vec![Value::string(triggers)]).with_origins(library::at(&header)),
            header,
        };
        let diagnostics = &mut parts.lowered.diagnostics;
        let filters = |value: Option<&Value>| self.parameters.filters(value);
        let invoked = workflow::invocations(object, name, &workflow.header, &filters, &workflow.starts, diagnostics);
        let from = parts.steps.len();
        // A pipeline of which no job is for a tag does not start for one.
        let mut refs: Vec<Condition> = Vec::new();
        for invocation in &invoked {
            if invocation.entry.get("filters").is_some() || refs.is_empty() {
                refs.push(invocation.runs.clone());
            }
            if parts.jobs.len() < MOST_JOBS && parts.steps.len() < MOST_STEPS {
                self.job(&workflow, invocation, parts);
            }
        }
        if let Some(plain) = invoked.iter().find(|i| i.entry.get("filters").is_none()) {
            refs.push(plain.runs.clone());
        }
        let mut unresolved: Vec<Value> = Vec::new();
        for used in parts.steps[from..].iter().flat_map(|step| &step.uses) {
            let text = used.as_object().and_then(|o| o.get("text"));
            unresolved.extend(text.filter(|t| !unresolved.iter().any(|u| u.as_str() == t.as_str())).cloned());
        }
        if let Some(setup) = field(self.document, "setup").filter(|s| s.as_bool() == Some(true)) {
            unresolved
                .push(Value::string("the configuration with which it continues").with_origins(setup.origins.clone()));
        }
        let crons = schedules.iter().map(|(cron, _)| cron.clone()).collect();
        let made = Own {
            kind: "circleci.workflow",
            address: workflow.id.clone(),
            name: name.clone(),
            path: self.path,
            header: workflow.header.clone(),
            environment: workflow.environment.clone(),
        };
        parts.lowered.entities.push(made.entity(
            object,
            [
                ("id", Value::string(name.clone())),
                ("triggers", workflow.triggers.clone()),
                ("schedules", Value::tuple(schedules.iter().map(|(cron, _)| cron.clone()).collect())),
                ("unresolved", Value::tuple(unresolved.clone())),
            ],
        ));
        parts.pipelines.push(Pipeline {
            system: "circleci",
            id: workflow.id,
            path: self.path.clone(),
            name: workflow.name,
            header: workflow.header,
            environment: workflow.environment,
            starts: if refs.is_empty() { workflow.starts } else { workflow.starts.and(Condition::any(refs)) },
            triggers: workflow.triggers,
            variables: Value::null(),
            schedules: Value::tuple(crons),
            upstream: match &self.begins {
                Begins::Continued { upstream, .. } => upstream.clone(),
                _ => Vec::new(),
            },
            unresolved: Value::tuple(unresolved),
            is_text: false,
        });
    }

    /// `when` and `unless` of a workflow.
    fn asked(&self, workflow: &Object) -> Condition {
        let when = field(workflow, "when").map(|when| self.parameters.condition(conditions(when)));
        let unless = field(workflow, "unless").map(|unless| self.parameters.condition(conditions(unless)).not());
        match (when, unless) {
            (Some(when), Some(unless)) => when.and(unless),
            (one, other) => one.or(other).unwrap_or_else(Condition::always),
        }
    }

    /// When workflows of the file start that ask for nothing.
    fn begins(&self, schedules: &[(Value, Option<Value>)]) -> Condition {
        if !schedules.is_empty() {
            let each = schedules.iter().map(|(cron, filters)| {
                let own = Condition::at(Test::Event(vec![Event::Schedule]), cron.origins.clone());
                match filters {
                    Some(filters) => own.and(self.parameters.filters(Some(filters))),
                    None => own,
                }
            });
            return Condition::any(each);
        }
        let event = |events: &[Event]| Condition::new(Test::Event(events.to_vec()));
        let usual = Condition::any([
            event(&[Event::Push, Event::Manual, Event::Api, Event::MergeQueue]),
            Condition::all([
                event(&[Event::Schedule]),
                workflow::host("whether a schedule of the project starts the pipeline"),
            ]),
            Condition::all([
                event(&[Event::PullRequest]),
                Condition::new(Test::Fork),
                workflow::host("whether the project builds pull requests from forks"),
            ]),
        ]);
        match &self.begins {
            Begins::ByItself | Begins::Continued { is_named: true, .. } => usual,
            Begins::Continued { .. } => {
                usual.and(Condition::new(Test::Unknown(eco_format!("whether `{}` is continued with", self.path))))
            }
            Begins::IfSet => usual.and(workflow::host("whether a pipeline of the project is set up for this file")),
        }
    }
}

/// A logic statement may stand under `condition`, where it does around steps.
fn conditions(value: &Value) -> &Value {
    value.as_object().and_then(|o| field(o, "condition")).unwrap_or(value)
}

/// What to underline when a document lacks something: its version, else its first key.
fn document_header(object: &Object, extent: Span) -> Origin {
    let own = object.header.as_ref().map_or(extent, |o| o.anchor);
    Origin::new(own, extent, OriginStep::Here)
}
