//! Pipelines as wholes: their stages and variables, when they start, and what may be missing in them.

use std::collections::HashMap;

use ecow::EcoString;

use super::{
    Caller, Made,
    expression::{self, Known},
    extend, include,
    include::{Item, Loaded},
    merge::{field, flat, text_of},
    rules::{Reader, When, worlds},
    variables::Variables,
};
use crate::{
    lower::{
        ci::{Condition, Event, Test},
        environment,
        path::name_of,
    },
    model::Environment,
    source::{Diagnostic, DiagnosticKind},
    value::{ByName, Object, Origin, OriginStep, Origins, Truth, Value, Why},
};

/// Names at the top of a file that are no jobs.
const KEYWORDS: [&str; 12] = [
    "default",
    "include",
    "spec",
    "variables",
    "stages",
    "types",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
];

/// Keywords that were global before `default` was there.
const GLOBALS: [&str; 5] = ["image", "services", "cache", "before_script", "after_script"];

/// A pipeline, as its jobs see it.
pub struct Pipeline<'a> {
    /// The path of its first file.
    pub id: EcoString,
    /// Its content, everything taken over that jobs take over.
    pub config: Object,
    /// Why something may be missing in it.
    pub missing: Option<Why>,
    /// Its stages in order.
    pub stages: Vec<EcoString>,
    /// Its variables.
    pub variables: Variables,
    /// What holds for jobs that do not say otherwise.
    pub defaults: Object,
    /// What to underline when something is missing.
    pub header: Origin,
    /// When it starts.
    pub starts: Condition,
    /// When the file says that it starts, given that something wants to start it.
    pub workflow: Condition,
    /// The job that triggers it.
    pub caller: Option<&'a Caller>,
    /// Jobs that are there only under a condition.
    pub conditions: HashMap<EcoString, Condition>,
    /// What its name says about its jobs.
    pub environment: Option<Environment>,
    /// What it includes and is not in the repository.
    pub unresolved: Value,
    /// Whether all that it includes and that is not here are scanners that GitLab ships.
    pub includes_only_scanners: bool,
    includes: Value,
}

impl<'a> Pipeline<'a> {
    /// A pipeline out of its files. `is_part`: nothing that is here includes or triggers it.
    pub fn new(
        id: EcoString,
        loaded: Loaded,
        caller: Option<&'a Caller>,
        is_part: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let missing = loaded.missing().or_else(|| is_part.then(|| include::missing("of this file by others")));
        let config = extend::resolve(&loaded.config, missing.as_ref(), diagnostics);
        let header =
            Origin::new(config.header.as_ref().map_or(loaded.span, |h| h.anchor), loaded.span, OriginStep::Here);
        let mut variables = Variables::default();
        variables.set(config.get("variables"));
        variables.add(&rules_with_variables(field(&config, "workflow")));
        let mut others = loaded.items.iter().filter(|item| item.unresolved && item.may_have_workflow);
        // The last that is included wins.
        let shipped = loaded.items.iter().rev().find_map(Item::shipped_workflow);
        let workflow_missing = others.find(|item| item.shipped_workflow().is_none());
        let workflow_missing = workflow_missing
            .map(|item| include::missing(&item.name))
            .or_else(|| is_part.then(|| include::missing("of this file by others")));
        let workflow = workflow(&config, &variables, caller.is_some(), workflow_missing.as_ref(), diagnostics);
        let workflow = match shipped {
            Some(shipped) if workflow.is_always() && workflow.origins.is_empty() => shipped,
            _ => workflow,
        };
        let starts = match caller {
            Some(caller) => caller.starts.clone().and(workflow.clone()),
            None => sources_of_projects().and(workflow.clone()),
        };
        let mut unresolved = loaded.items.iter().filter(|item| item.unresolved).peekable();
        let includes_only_scanners = unresolved.peek().is_some()
            && !is_part
            && loaded.items.iter().filter(|item| item.unresolved).all(Item::is_scanner);
        let unresolved = unresolved.map(|item| Value::string(item.name.clone()).seen_at(item.header.clone()));
        let includes = loaded.files.iter().filter(|path| **path != id).map(|path| Value::string(path.clone()));
        Self {
            stages: stages(&config),
            defaults: defaults(&config),
            environment: environment_of(&id),
            unresolved: Value::tuple(unresolved.collect()),
            includes: Value::tuple(includes.collect()),
            includes_only_scanners,
            conditions: loaded.conditions,
            id,
            config,
            missing,
            variables,
            header,
            starts,
            workflow,
            caller,
        }
    }

    /// Its jobs by name, hidden ones aside. What is none is named in a diagnostic.
    pub fn jobs(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<(&EcoString, &Value, &Object)> {
        let mut out = Vec::new();
        for (name, value) in &self.config.fields {
            if name.starts_with('.') || KEYWORDS.contains(&name.as_str()) {
                continue;
            }
            match value.as_object() {
                Some(object) => out.push((name, value, object)),
                None if value.is_unknown() || value.is_null() => {}
                None => {
                    let Some(span) = extend::written_at(value) else { continue };
                    let message = format!("`{name}` is neither a keyword nor a job, so it was not checked");
                    diagnostics.push(
                        Diagnostic::error(DiagnosticKind::Evaluation, message, span)
                            .help("a job is a mapping; GitLab refuses anything else here"),
                    );
                }
            }
        }
        out
    }

    /// The pipeline as an entity.
    pub fn made(&self) -> Made {
        Made {
            kind: "gitlab.pipeline",
            address: self.id.clone(),
            name: name_of(&self.id).into(),
            path: self.id.clone(),
            calls: self.caller.map(|c| c.place.clone()).into_iter().collect(),
            environment: self.environment.clone(),
            header: self.header.clone(),
        }
    }

    /// Its keywords besides the jobs, and what is made of them.
    pub fn body(&self) -> Object {
        let keywords = self.config.fields.iter().filter(|(name, _)| KEYWORDS.contains(&name.as_str()));
        let mut fields: ByName<Value> = keywords.map(|(name, value)| (name.clone(), value.clone())).collect();
        let stages = self.stages.iter().map(|stage| Value::string(stage.clone())).collect();
        let stages = Value::tuple(stages);
        let stages = match self.config.get("stages") {
            Some(written) => stages.with_origins(written.origins.clone()),
            None => stages,
        };
        fields.insert("stages".into(), stages);
        fields.insert("path".into(), Value::string(self.id.clone()));
        fields.insert("includes".into(), self.includes.clone());
        fields.insert("unresolved".into(), self.unresolved.clone());
        fields.insert("triggers".into(), self.triggers());
        Object { fields, open: self.missing.clone(), ..Object::default() }
    }

    /// The sources that may start it, by GitLab's names.
    pub fn triggers(&self) -> Value {
        if self.caller.is_some() {
            return Value::tuple(vec![Value::string("parent_pipeline")]);
        }
        let may = |wanted: Event| {
            worlds(|world| world.event == wanted && !matches!(self.starts.holds(world), Truth::False(_)))
                .into_iter()
                .any(|may| may)
        };
        let sources = expression::SOURCES.iter().filter(|(_, event)| *event != Event::Other && may(*event));
        let names = sources.map(|(name, _)| Value::string(*name)).collect();
        Value::tuple(names).with_origins(self.workflow.origins.clone())
    }

    /// What is known when its conditions are read.
    pub fn known<'k>(&self, variables: &'k dyn Fn(&str) -> Option<EcoString>) -> Known<'k> {
        Known { variables, is_child: self.caller.is_some(), denies: false }
    }
}

/// The rules of a job or workflow that set variables, or do not: those that say "never" aside.
pub fn rules_with_variables(holder: Option<&Value>) -> Vec<Option<Value>> {
    let rules = holder.and_then(Value::as_object).and_then(|o| field(o, "rules"));
    flat(rules)
        .iter()
        .filter_map(Value::as_object)
        .filter(|rule| field(rule, "when").and_then(Value::as_str) != Some("never"))
        .map(|rule| field(rule, "variables").cloned())
        .collect()
}

/// What starts the pipelines of a project. A merge request from a fork has its pipeline there, unless a member
/// starts one here.
fn sources_of_projects() -> Condition {
    let events = [Event::Push, Event::PullRequest, Event::Manual, Event::Schedule, Event::Api, Event::Pipeline];
    let fork = Condition::new(Test::Fork);
    let by_member = Condition::new(Test::Unknown("a member starts a pipeline for a fork's merge request".into()));
    Condition::all([Condition::new(Test::Event(events.to_vec())), Condition::any([fork.not(), by_member])])
}

/// What `workflow: rules` asks.
fn workflow(
    config: &Object,
    variables: &Variables,
    is_child: bool,
    missing: Option<&Why>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Condition {
    let rules = field(config, "workflow").and_then(Value::as_object).and_then(|w| field(w, "rules"));
    let Some(rules) = rules else {
        let origins = field(config, "workflow").map(|w| w.origins.clone()).unwrap_or_default();
        return match missing {
            Some(why) => Condition::at(Test::Unknown(why.subject.clone()), origins),
            None => Condition::always(),
        };
    };
    let known = Known { variables: &|name| variables.known(name), is_child, denies: false };
    let mut reader = Reader { known, open: None, diagnostics };
    let read = reader.rules(rules, &(When::Always, Origins::none()), &Value::null());
    Condition { origins: read.runs.origins.and(&rules.origins), ..read.runs }
}

/// The stages in order, with those that are always there.
fn stages(config: &Object) -> Vec<EcoString> {
    let written = field(config, "stages").or_else(|| field(config, "types"));
    let own: Vec<EcoString> = match written {
        Some(stages) => flat(Some(stages)).iter().filter_map(text_of).collect(),
        None => ["build", "test", "deploy"].map(EcoString::from).to_vec(),
    };
    let own = own.into_iter().filter(|stage| stage != ".pre" && stage != ".post");
    [EcoString::from(".pre")].into_iter().chain(own).chain([EcoString::from(".post")]).collect()
}

/// `default`, and the keywords that were global before it.
fn defaults(config: &Object) -> Object {
    let mut all = Object::default();
    for name in GLOBALS {
        if let Some(value) = field(config, name) {
            all.fields.insert(name.into(), value.clone());
        }
    }
    if let Some(default) = field(config, "default").and_then(Value::as_object) {
        all.open.clone_from(&default.open);
        all.fields.extend(default.fields.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    all
}

/// The environment that the name of a file speaks of.
fn environment_of(path: &str) -> Option<Environment> {
    let name = name_of(path);
    let stem = name.strip_suffix(".gitlab-ci.yml").or_else(|| name.rsplit_once('.').map(|(stem, _)| stem))?;
    let (name, class) = environment::classify_label(stem)?;
    Some(Environment { name, class, sign: ecow::eco_format!("pipeline \"{stem}\"") })
}
