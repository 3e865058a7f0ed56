//! GitLab CI: pipelines out of all the files that make them up.
//!
//! | Kind | Address | Content |
//! |---|---|---|
//! | `gitlab.pipeline` | the path of its first file | its keywords besides the jobs, all files merged; what starts it; what of it is not in the repository |
//! | `gitlab.job` | `path#job` | the job with everything that it takes from templates, defaults and references |
//! | `gitlab.include` | `path#include[0]` | one entry of `include`, taken apart |
//!
//! A file is read with all that it includes ([`include`]), with its inputs put in ([`inputs`]); then jobs take
//! over what they extend and refer to ([`extend`]). A value that a job has from elsewhere points at the place
//! that takes it and at its own text. What is not in the repository makes that unknown which depends on it.
//!
//! A pipeline that another one triggers is read for the job that triggers it.

mod common;
mod expression;
mod extend;
mod include;
mod inputs;
mod job;
mod merge;
mod needs;
mod pipeline;
mod rules;
#[cfg(test)]
mod tests;
mod variables;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use ecow::EcoString;

use super::{
    ci::Parts,
    path::{dir_of, name_of},
    yaml::YamlFile,
};
use crate::{
    model::{Entity, Environment, Skipped},
    source::{SourceMap, Span},
    value::{Identity, Object, Origin, OriginStep, Value},
};
use include::{Item, Library, Loaded, Loader};
use pipeline::Pipeline;

/// The name of the file that GitLab looks for.
const NAME: &str = ".gitlab-ci.yml";

/// Whether this file is a pipeline, or by its name a part of one.
pub fn is_pipeline(path: &str) -> bool {
    let name = name_of(path);
    name.ends_with(NAME) || name.ends_with(".gitlab-ci.yaml")
}

/// The pipelines that these files begin, and all that they are made of.
pub fn lower(files: &[YamlFile], sources: &SourceMap) -> Parts {
    let library = Library::new(files, sources);
    let mut lowering = Lowering {
        sources,
        library: &library,
        parts: Parts::default(),
        read: HashSet::new(),
        told: HashSet::new(),
        triggered: 0,
        included: HashSet::new(),
        counts: HashMap::new(),
    };
    let mut paths: Vec<&str> = files.iter().map(|f| f.path.as_str()).filter(|path| is_pipeline(path)).collect();
    // What is included is seen from what includes it, which stands above; a part that nothing includes is for others.
    paths.sort_by_key(|path| (name_of(path) != NAME, path.matches('/').count(), *path));
    for path in paths {
        if !lowering.read.contains(path) {
            lowering.start(path);
        }
    }
    let mut parts = lowering.parts;
    parts.lowered.diagnostics.extend(library.diagnostics.take());
    parts
}

/// How deep pipelines may trigger pipelines; GitLab allows two levels.
const MAX_CHILDREN: usize = 4;

/// So many child pipelines of one tree are read; each is read for each job that triggers it.
const MAX_TRIGGERED: usize = 500;

struct Lowering<'a> {
    sources: &'a SourceMap,
    library: &'a Library<'a>,
    parts: Parts,
    /// The files that were part of some pipeline.
    read: HashSet<EcoString>,
    /// The entities that are there already, by kind and address.
    told: HashSet<(&'static str, EcoString)>,
    /// How many child pipelines were read.
    triggered: usize,
    /// The entries of `include` that are told already, and how many of them each file has.
    included: HashSet<Span>,
    counts: HashMap<EcoString, usize>,
}

/// What triggers a child pipeline.
pub struct Caller {
    /// The address of the job.
    pub address: EcoString,
    /// What people call it.
    pub name: EcoString,
    /// Where it names the child.
    pub place: Origin,
    /// When it does so.
    pub starts: super::ci::Condition,
    /// How many pipelines stand above the child.
    pub depth: usize,
}

impl Lowering<'_> {
    /// A pipeline that starts by itself.
    fn start(&mut self, path: &str) {
        let own = dir_of(path);
        let mut loaded = self.load("", &[(path.into(), None)]);
        // A repository within the tree: its paths begin in its own directory.
        if !own.is_empty() && locals_missing(loaded.0.as_ref()) > 0 {
            let other = self.load(&format!("{own}/"), &[(path.into(), None)]);
            if locals_missing(other.0.as_ref()) < locals_missing(loaded.0.as_ref()) {
                loaded = other;
            }
        }
        let (loaded, diagnostics) = loaded;
        self.parts.lowered.diagnostics.extend(diagnostics);
        let Some(loaded) = loaded else { return };
        let root = if own.is_empty() { String::new() } else { format!("{own}/") };
        self.pipeline(path.into(), &root, loaded, None);
    }

    fn load(
        &self,
        root: &str,
        paths: &[(EcoString, Option<Value>)],
    ) -> (Option<Loaded>, Vec<crate::source::Diagnostic>) {
        Loader::new(self.library, root).load(paths)
    }

    /// A pipeline, its jobs, and the pipelines that they trigger.
    fn pipeline(&mut self, id: EcoString, root: &str, loaded: Loaded, caller: Option<&Caller>) {
        self.read.extend(loaded.files.iter().cloned());
        self.includes(&id, &loaded.items);
        let is_part = caller.is_none() && name_of(&id) != NAME;
        let pipeline = Pipeline::new(id, loaded, caller, is_part, &mut self.parts.lowered.diagnostics);
        let body = self.add(pipeline.made(), pipeline.body());
        let jobs = job::read(&pipeline, &mut self.parts.lowered.diagnostics);
        for job in &jobs {
            self.add(job.made(&pipeline, self.path_of(&job.header)), job.body(&body));
        }
        common::lower(&pipeline, &jobs, self.sources, caller, &mut self.parts);
        for job in &jobs {
            self.children(&pipeline, job, root, caller);
        }
    }

    /// The pipeline that a job triggers, as far as it is in the repository.
    fn children(&mut self, pipeline: &Pipeline<'_>, job: &job::Job, root: &str, caller: Option<&Caller>) {
        let depth = caller.map_or(0, |c| c.depth);
        let written = include::entries(job.child.as_ref());
        if written.is_empty() {
            return;
        }
        let mut loader = Loader::new(self.library, root);
        let items: Vec<(Item, Option<Value>)> = written
            .iter()
            .filter_map(|entry| {
                let inputs = entry.as_object().and_then(|o| o.get("inputs")).cloned();
                Some((loader.item(entry)?, inputs.or_else(|| job.child_inputs.clone())))
            })
            .collect();
        self.parts.lowered.diagnostics.append(&mut loader.diagnostics);
        let only: Vec<Item> = items.iter().map(|(item, _)| item.clone()).collect();
        self.includes(&pipeline.id, &only);
        let paths: Vec<(EcoString, Option<Value>)> = items
            .iter()
            .flat_map(|(item, inputs)| item.paths.iter().map(|path| (path.clone(), inputs.clone())))
            .collect();
        let Some((first, _)) = paths.first().cloned() else { return };
        if depth >= MAX_CHILDREN || self.triggered >= MAX_TRIGGERED {
            self.parts.lowered.skipped.push(Skipped {
                path: first.to_string(),
                why: "a child pipeline that is triggered too deeply or too often".into(),
            });
            return;
        }
        self.triggered += 1;
        let (loaded, diagnostics) = self.load(root, &paths);
        for diagnostic in diagnostics {
            if !self.parts.lowered.diagnostics.contains(&diagnostic) {
                self.parts.lowered.diagnostics.push(diagnostic);
            }
        }
        let Some(mut loaded) = loaded else { return };
        // What another include of the same child brings is not known.
        loaded.items.extend(only.into_iter().filter(|item| item.unresolved));
        let place = items.first().map_or_else(|| job.header.clone(), |(item, _)| item.header.clone());
        let caller = Caller {
            address: job.address.clone(),
            name: caller.map_or_else(|| job.id.clone(), |c| ecow::eco_format!("{} / {}", c.name, job.id)),
            place,
            starts: pipeline.starts.clone().and(job.runs()),
            depth: depth + 1,
        };
        self.pipeline(first, root, loaded, Some(&caller));
    }

    /// The entries of `include`, and what of them is not read.
    fn includes(&mut self, pipeline: &EcoString, items: &[Item]) {
        for item in items {
            if !self.included.insert(item.header.anchor) {
                continue;
            }
            let path = self.path_of(&item.header);
            let count = self.counts.entry(path.clone()).or_default();
            let address = ecow::eco_format!("{path}#include[{count}]");
            *count += 1;
            let mut object = item.fields.clone();
            object.fields.insert("pipeline".into(), Value::string(pipeline.clone()));
            object.fields.insert("resolved".into(), Value::bool(!item.unresolved));
            object.fields.insert(
                "paths".into(),
                Value::tuple(item.paths.iter().map(|path| Value::string(path.clone())).collect()),
            );
            let made = Made {
                kind: "gitlab.include",
                address,
                name: item.name.clone(),
                path: path.clone(),
                calls: Vec::new(),
                environment: None,
                header: item.header.clone(),
            };
            self.add(made, object);
            // A local one that is not there is a mistake, which is told with its place.
            if item.unresolved && (item.kind != "local" || item.name.contains('$')) {
                let why = "included by a pipeline, and not in the repository".to_string();
                let skipped = Skipped { path: item.name.to_string(), why };
                if !self.parts.lowered.skipped.contains(&skipped) {
                    self.parts.lowered.skipped.push(skipped);
                }
            }
        }
    }

    fn path_of(&self, header: &Origin) -> EcoString {
        self.sources.path(header.anchor.file).into()
    }

    /// Adds an entity, if it is not there already, and gives its body.
    fn add(&mut self, made: Made, object: Object) -> Value {
        let body = made.body(object);
        if self.told.insert((made.kind, made.address.clone())) {
            self.parts.lowered.entities.push(made.entity(body.clone()));
        }
        body
    }
}

/// How many local includes lead nowhere.
fn locals_missing(loaded: Option<&Loaded>) -> usize {
    loaded.map_or(0, |l| l.items.iter().filter(|item| item.kind == "local" && item.unresolved).count())
}

/// What an entity is made from.
struct Made {
    kind: &'static str,
    address: EcoString,
    name: EcoString,
    path: EcoString,
    calls: Vec<Origin>,
    environment: Option<Environment>,
    header: Origin,
}

impl Made {
    fn body(&self, object: Object) -> Value {
        let known = |text: &str| Value::string(text);
        // What holds this value may be another entity, to which it must look like one all the same.
        let attributes = vec![
            ("address".into(), known(&self.address)),
            ("name".into(), known(&self.name)),
            ("kind".into(), known(self.kind)),
            ("file".into(), known(&self.path)),
        ];
        let identity = Identity { attributes, ..Identity::new(self.path.clone(), self.address.clone()) };
        let object = Object { identity: Some(Arc::new(identity)), header: Some(self.header.clone()), ..object };
        Value::from_object(object).seen_at(self.header.clone())
    }

    /// The entity; `body` is what [`Made::body`] gave.
    fn entity(self, body: Value) -> Entity {
        Entity {
            kind: self.kind.into(),
            address: self.address,
            name: self.name,
            scope: self.path,
            scenario: None,
            body,
            extent: self.header.extent,
            parts: Vec::new(),
            header: self.header,
            calls: self.calls,
            owner: None,
            environment: self.environment,
            doubt: None,
        }
    }
}

/// `null` that blames the header for not having `name`.
fn unset(header: &Origin, name: &str) -> Value {
    Value::null().seen_at(header.with_step(OriginStep::NotSet(name.into())))
}
