//! Workflows in the model that CI systems share.
//!
//! A job of a reusable workflow is there once for each job that calls it, with the inputs of that call in
//! place of `${{ inputs.x }}`: what it deploys and where is often told by nothing else.

use std::collections::BTreeMap;

use ecow::{EcoString, eco_format};

use super::{
    Actions, Document, action, as_list, condition, expression, field, is_workflow, items,
    job::{self, Facts},
    local_path, repository_of,
    step::Uses,
    triggers,
    workflow::Workflow,
};
use crate::{
    lower::{
        ci::{Condition, Gate, Job, Parts, Pipeline, Step, Test},
        path::{dir_of, join},
    },
    value::{Object, Origin, Origins, Part, Repr, Text, Value},
};

/// Local actions that use local actions are followed so far; GitHub allows ten.
const MAX_ACTION_DEPTH: usize = 10;

/// Workflows that call workflows are followed so far; GitHub allows ten levels.
const MAX_CALL_DEPTH: usize = 10;

/// Calls that call calls are followed up to so many jobs of one repository.
const MAX_CALLED_JOBS: usize = 10_000;

/// Everything that the workflows of a tree do.
pub fn lower(workflows: &[Workflow<'_>], actions: &Actions, parts: &mut Parts) {
    let by_path: BTreeMap<&str, &Workflow<'_>> = workflows.iter().map(|w| (w.path.as_str(), w)).collect();
    let called: Vec<EcoString> = workflows.iter().flat_map(local_calls).collect();
    let mut common = Common { by_path, actions, parts };
    for workflow in workflows {
        let is_called = workflow.on.as_ref().is_some_and(|on| on.get("workflow_call").is_some());
        let starts_itself = workflow.on.as_ref().is_none_or(|on| on.fields.keys().any(|e| e != "workflow_call"));
        common.pipeline(workflow, is_called);
        if starts_itself || !called.contains(workflow.path) {
            common.jobs(workflow, None);
        }
    }
}

/// The workflows of the repository that a workflow calls.
fn local_calls(workflow: &Workflow<'_>) -> Vec<EcoString> {
    let root = repository_of(workflow.path).unwrap_or_default();
    workflow.jobs().filter_map(|(_, job)| called_path(job, root)).collect()
}

fn called_path(job: &Object, root: &str) -> Option<EcoString> {
    let written = field(job, "uses")?.as_str()?;
    written.starts_with("./").then(|| local_path(root, written))?.filter(|path| is_workflow(path))
}

/// A call of a workflow.
struct Call<'a> {
    /// The address of the job that calls.
    caller: EcoString,
    /// What that job is called.
    name: EcoString,
    /// Where it calls, outermost first.
    called_at: Vec<Origin>,
    /// The values of the inputs.
    inputs: BTreeMap<EcoString, Value>,
    /// What the secrets that are handed on by name are called where the call is written.
    secrets: BTreeMap<EcoString, Value>,
    /// The workflows that are being called.
    path: Vec<&'a str>,
}

struct Common<'a> {
    by_path: BTreeMap<&'a str, &'a Workflow<'a>>,
    actions: &'a Actions,
    parts: &'a mut Parts,
}

impl<'a> Common<'a> {
    fn pipeline(&mut self, workflow: &Workflow<'_>, is_called: bool) {
        let mut starts = triggers::starts(workflow.on.as_ref(), &workflow.triggers);
        if is_called {
            starts = Condition::any([starts, Condition::new(Test::Unknown("`workflow_call`".into()))]);
        }
        let on = |event: &str| workflow.on.as_ref().and_then(|on| on.get(event));
        let schedules = items(on("schedule")).iter().filter_map(Value::as_object);
        let schedules = schedules.filter_map(|s| field(s, "cron")).cloned().collect();
        let upstream = on("workflow_run").and_then(Value::as_object).and_then(|run| field(run, "workflows"));
        let upstream = items(upstream).iter().chain(upstream.filter(|v| v.as_str().is_some()));
        let unresolved = workflow.jobs().filter_map(|(_, job)| {
            let uses = field(job, "uses")?;
            let root = repository_of(workflow.path).unwrap_or_default();
            let found = called_path(job, root).is_some_and(|path| self.by_path.contains_key(path.as_str()));
            (!found).then(|| uses.clone())
        });
        let pipeline = Pipeline {
            system: "github",
            id: workflow.path.clone(),
            path: workflow.path.clone(),
            name: workflow.name.clone(),
            header: workflow.header.clone(),
            environment: workflow.environment.clone(),
            starts,
            triggers: workflow.triggers.clone(),
            variables: field(workflow.object, "env").cloned().unwrap_or_else(Value::null),
            schedules: Value::tuple(schedules),
            upstream: upstream.filter_map(Value::as_str).map(EcoString::from).collect(),
            unresolved: Value::tuple(unresolved.collect()),
            is_text: false,
        };
        self.parts.pipelines.push(pipeline);
    }

    fn jobs(&mut self, workflow: &'a Workflow<'a>, call: Option<&Call<'a>>) {
        for (id, job) in workflow.jobs() {
            if self.parts.jobs.len() < MAX_CALLED_JOBS {
                self.job(id, job, workflow, call);
            }
        }
    }

    fn job(&mut self, id: &EcoString, written: &'a Object, workflow: &'a Workflow<'a>, call: Option<&Call<'a>>) {
        let Some(header) = written.header.clone().or_else(|| Some(workflow.header.clone())) else { return };
        let substituted = call.map(|call| substitute_object(written, &call.inputs));
        let job = substituted.as_ref().unwrap_or(written);
        let facts = Facts::of(id, job, &header, workflow);
        let own = || eco_format!("{}#{id}", workflow.path);
        let address = call.map_or_else(own, |call| eco_format!("{}/{id}", call.caller));
        let root = repository_of(workflow.path).unwrap_or_default();
        self.steps(job, &address, &eco_format!("{}#{id}", workflow.path), root, workflow, call);

        let condition = facts.condition.as_str().map(|text| self::read_condition(text, &facts.condition, call));
        let filter = |name: &str| {
            let push = workflow.on.as_ref().and_then(|on| field(on, "push")).and_then(Value::as_object);
            push.and_then(|push| field(push, name)).map_or_else(Value::null, |v| as_list(Some(v), &header, name))
        };
        let inherits = field(job, "secrets").filter(|v| v.as_str() == Some("inherit"));
        let gates = if facts.environment_name.is_null() {
            Vec::new()
        } else {
            vec![Gate::environment(facts.environment_name.clone())]
        };
        let called_at = call.map(|call| call.called_at.clone()).unwrap_or_default();
        let unreadable = facts
            .condition
            .is_unknown()
            .then(|| Condition::at(Test::Unknown("its condition".into()), facts.condition.origins.clone()));
        self.parts.jobs.push(Job {
            system: "github",
            path: workflow.path.clone(),
            pipeline: workflow.path.clone(),
            id: id.clone(),
            name: call.map_or_else(|| id.clone(), |call| eco_format!("{} / {id}", call.name)),
            address: address.clone(),
            called_at: called_at.clone(),
            caller: call.map(|call| call.caller.clone()),
            environment: facts.environment,
            environment_name: facts.environment_name,
            environments: facts.environments,
            triggers: workflow.triggers.clone(),
            branches: filter("branches"),
            tags: filter("tags"),
            asks_upstream: facts.condition.as_str().is_some_and(|text| text.contains("workflow_run.conclusion")),
            runs_despite_skipped: match &condition {
                Some(condition) => Some(condition.asks_outcome),
                None => facts.condition.is_null().then_some(false),
            },
            runs: condition.map(|c| c.condition).or(unreadable).unwrap_or_else(Condition::always),
            gates,
            needs: facts.needs,
            calls: facts.calls,
            permissions: facts.permissions,
            condition: facts.condition,
            variables: field(job, "env").cloned().unwrap_or_else(Value::null),
            secrets: secrets(job, workflow, call),
            credentials: Value::tuple(Vec::new()),
            inherits_secrets: Value::bool(inherits.is_some())
                .with_origins(inherits.map(|v| v.origins.clone()).unwrap_or_default()),
            ignores_failure: field(job, "continue-on-error").cloned().unwrap_or_else(|| Value::bool(false)),
            header,
        });
        self.call(id, job, address, called_at, root, call);
    }

    /// The jobs of the workflow that a job calls.
    fn call(
        &mut self,
        id: &EcoString,
        job: &Object,
        address: EcoString,
        mut called_at: Vec<Origin>,
        root: &str,
        call: Option<&Call<'a>>,
    ) {
        let Some(path) = called_path(job, root) else { return };
        let Some(&callee) = self.by_path.get(path.as_str()) else { return };
        let mut above = call.map(|call| call.path.clone()).unwrap_or_default();
        if above.len() >= MAX_CALL_DEPTH || above.contains(&callee.path.as_str()) {
            return;
        }
        above.push(callee.path);
        called_at.extend(field(job, "uses").and_then(|uses| uses.origins.iter().last()).cloned());
        let settings = callee.on.as_ref().and_then(|on| on.get("workflow_call")).and_then(Value::as_object);
        let declared = settings.and_then(|s| field(s, "inputs")).and_then(Value::as_object);
        let defaults = declared.into_iter().flat_map(|declared| &declared.fields).filter_map(|(name, input)| {
            Some((name.to_ascii_lowercase(), field(input.as_object()?, "default")?.clone()))
        });
        let given = field(job, "with").and_then(Value::as_object);
        let given = given.into_iter().flat_map(|with| &with.fields).map(|(n, v)| (n.to_ascii_lowercase(), v.clone()));
        let secrets = field(job, "secrets").and_then(Value::as_object);
        let secrets = secrets.into_iter().flat_map(|given| &given.fields).map(|(n, v)| (n.clone(), v.clone()));
        let inner = Call {
            caller: address,
            name: call.map_or_else(|| id.clone(), |call| eco_format!("{} / {id}", call.name)),
            called_at,
            inputs: defaults.chain(given).collect(),
            secrets: secrets.collect(),
            path: above,
        };
        self.jobs(callee, Some(&inner));
    }

    fn steps(
        &mut self,
        job: &Object,
        address: &EcoString,
        written_at: &EcoString,
        root: &str,
        workflow: &Workflow<'_>,
        call: Option<&Call<'_>>,
    ) {
        for (index, step) in items(field(job, "steps")).iter().enumerate() {
            let Some(object) = step.as_object() else { continue };
            let text = |name: &str| field(object, name).and_then(Value::as_str);
            let key = text("id").map_or_else(|| eco_format!("[{index}]"), |id| eco_format!("[\"{id}\"]"));
            let name = text("name").or_else(|| text("id")).or_else(|| text("uses"));
            let mut work =
                Work { root, actions: self.actions, commands: Vec::new(), uses: Vec::new(), followed: Vec::new() };
            work.add(std::slice::from_ref(step), 0);
            let condition = job::condition(object, object.header.as_ref().unwrap_or(&workflow.header));
            let runs = condition.as_str().map_or_else(
                || {
                    if condition.is_null() {
                        Condition::always()
                    } else {
                        Condition::new(Test::Unknown("its condition".into()))
                    }
                },
                |text| read_condition(text, &condition, call).condition,
            );
            self.parts.steps.push(Step {
                job: address.clone(),
                address: eco_format!("{written_at}{key}"),
                path: workflow.path.clone(),
                index,
                name: name.map_or_else(|| eco_format!("step {}", index + 1), EcoString::from),
                header: object.header.clone().unwrap_or_else(|| workflow.header.clone()),
                directory: text("working-directory")
                    .or_else(|| default_directory(job))
                    .or_else(|| default_directory(workflow.object))
                    .and_then(|dir| join(root.trim_end_matches('/'), dir))
                    .unwrap_or_default(),
                commands: work.commands,
                uses: work.uses,
                variables: field(object, "env").cloned().unwrap_or_else(Value::null),
                runs,
                condition,
                ignores_failure: field(object, "continue-on-error").cloned().unwrap_or_else(|| Value::bool(false)),
            });
        }
    }
}

/// `defaults.run.working-directory` of a job or workflow.
fn default_directory(object: &Object) -> Option<&str> {
    let defaults = field(object, "defaults")?.as_object()?;
    field(field(defaults, "run")?.as_object()?, "working-directory")?.as_str()
}

fn read_condition(text: &str, written: &Value, call: Option<&Call<'_>>) -> condition::If {
    let inputs = |name: &str| {
        let value = call?.inputs.get(name)?;
        match &value.repr {
            Repr::String(text) => text.as_str().map(EcoString::from),
            Repr::Bool(b) => Some(eco_format!("{b}")),
            Repr::Number(n) => Some(eco_format!("{n}")),
            _ => None,
        }
    };
    condition::read(text, &inputs, &written.origins)
}

/// What the steps of a job run and use.
struct Work<'a> {
    root: &'a str,
    actions: &'a Actions,
    commands: Vec<Value>,
    uses: Vec<Value>,
    /// The local actions that were followed, each once.
    followed: Vec<EcoString>,
}

impl<'a> Work<'a> {
    fn add(&mut self, steps: &[Value], depth: usize) {
        for step in steps.iter().filter_map(Value::as_object) {
            if let Some(run) = field(step, "run") {
                self.commands.push(run.clone());
            }
            let Some(written) = field(step, "uses") else { continue };
            let Some(text) = written.as_str() else {
                self.uses.push(used_by_expression(step, written));
                continue;
            };
            self.uses.push(used(step, written, text));
            if !text.starts_with("./") || depth >= MAX_ACTION_DEPTH {
                continue;
            }
            let Some(dir) = local_path(self.root, text) else { continue };
            let Some(action) = self.local_action(dir) else { continue };
            let inner = action::runs(action).and_then(|runs| field(runs, "steps"));
            self.add(items(inner), depth + 1);
        }
    }

    /// The action in a directory, unless it was followed before.
    fn local_action(&mut self, dir: EcoString) -> Option<&'a Document> {
        let dir = if super::is_action(&dir) { dir_of(&dir).into() } else { dir };
        let new = !self.followed.contains(&dir);
        self.followed.push(dir.clone());
        self.actions.get(&dir).filter(|_| new)
    }
}

/// One use of an action.
fn used(step: &Object, written: &Value, text: &str) -> Value {
    let uses = Uses::parse(text);
    let part = |part: Option<&str>| part.map_or_else(Value::null, Value::string).with_origins(written.origins.clone());
    let fields = [
        ("action".into(), part(Some(uses.action))),
        ("ref".into(), part(uses.reference)),
        ("kind".into(), part(Some(uses.kind))),
        ("text".into(), written.clone()),
        ("with".into(), field(step, "with").cloned().unwrap_or_else(Value::null)),
    ];
    let header = written.origins.iter().last().cloned();
    let object = Object { fields: fields.into_iter().collect(), header, ..Object::default() };
    Value::from_object(object).with_origins(written.origins.clone())
}

/// The use of something whose name is not known.
fn used_by_expression(step: &Object, written: &Value) -> Value {
    let fields = [
        ("action".into(), written.clone()),
        ("ref".into(), written.clone()),
        ("kind".into(), Value::string("remote").with_origins(written.origins.clone())),
        ("text".into(), written.clone()),
        ("with".into(), field(step, "with").cloned().unwrap_or_else(Value::null)),
    ];
    let header = written.origins.iter().last().cloned();
    let object = Object { fields: fields.into_iter().collect(), header, ..Object::default() };
    Value::from_object(object).with_origins(written.origins.clone())
}

/// The secrets that the job reads, and those that its workflow gives it, each at its first use; `*`
/// if it takes all of them at once, as `toJSON(secrets)` does. What a call hands on under another name
/// has the name that it has for the caller.
fn secrets(job: &Object, workflow: &Workflow<'_>, call: Option<&Call<'_>>) -> Value {
    let given = workflow.object.fields.iter().filter(|(name, _)| matches!(name.as_str(), "env" | "defaults"));
    let given = Value::object(given.map(|(n, v)| (n.clone(), v.clone())));
    let own = Value::object(job.fields.iter().map(|(n, v)| (n.clone(), v.clone())));
    let mut found: Vec<Value> = Vec::new();
    for expression in expression::collect(&own).into_iter().chain(expression::collect(&given)) {
        for name in secret_names(&expression.text) {
            let passed = call.and_then(|call| call.secrets.get(&name));
            let names = passed.map_or_else(
                || vec![name],
                |value| expression::collect(value).iter().flat_map(|e| secret_names(&e.text)).collect(),
            );
            for name in names {
                if !found.iter().any(|v| v.as_str() == Some(&name)) {
                    found.push(Value::string(name).with_origins(Origins::one(expression.origin.clone())));
                }
            }
        }
    }
    Value::tuple(found)
}

/// The secrets that an expression reads; `*` for all at once.
fn secret_names(expression: &str) -> Vec<EcoString> {
    let references = expression::references(expression).into_iter();
    let name = |reference: EcoString| match reference.as_str() {
        "secrets" => Some("*".into()),
        path => path.strip_prefix("secrets.").map(EcoString::from),
    };
    references.filter_map(name).collect()
}

/// A job with the inputs of a call in it.
fn substitute_object(object: &Object, inputs: &BTreeMap<EcoString, Value>) -> Object {
    let mut out = object.clone();
    for value in out.fields.values_mut() {
        *value = substitute(value, inputs);
    }
    out
}

fn substitute(value: &Value, inputs: &BTreeMap<EcoString, Value>) -> Value {
    match &value.repr {
        Repr::String(text @ Text::Holed(_)) => substitute_text(value, text, inputs),
        Repr::List(list) => {
            let mut list = (**list).clone();
            for item in &mut list.items {
                *item = substitute(item, inputs);
            }
            Value::list(list).with_origins(value.origins.clone())
        }
        Repr::Object(object) => {
            Value::from_object(substitute_object(object, inputs)).with_origins(value.origins.clone())
        }
        _ => value.clone(),
    }
}

fn substitute_text(value: &Value, text: &Text, inputs: &BTreeMap<EcoString, Value>) -> Value {
    let mut origins = value.origins.clone();
    let mut changed = false;
    let mut parts = Vec::new();
    for part in text.parts() {
        let given = match &part {
            Part::Hole(hole) => {
                let path = expression::inner(&hole.written).to_ascii_lowercase();
                path.strip_prefix("inputs.").and_then(|name| inputs.get(name))
            }
            Part::Known(_) => None,
        };
        let Some(given) = given else {
            parts.push(part);
            continue;
        };
        match &given.repr {
            Repr::String(inner) => parts.extend(inner.parts()),
            Repr::Bool(b) => parts.push(Part::Known(eco_format!("{b}"))),
            Repr::Number(n) => parts.push(Part::Known(eco_format!("{n}"))),
            Repr::Null => {}
            _ => {
                parts.push(part);
                continue;
            }
        }
        changed = true;
        origins.extend(&given.origins);
    }
    if !changed {
        return value.clone();
    }
    Value::from(Repr::String(Text::from_parts(parts))).with_origins(origins)
}
