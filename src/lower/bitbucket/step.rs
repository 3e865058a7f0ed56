//! Steps: what runs as one on one machine.

use ecow::{EcoString, eco_format};

use super::pipeline::{Placed, Read, condition, nested};
use crate::{
    lower::{
        ci::{
            Condition, Gate, GateKind, Job, Parts, Step,
            reading::{Own, changed_directory, credential, field, items, place, secrets, unset, used, written},
        },
        environment,
    },
    value::{Object, Origins, Repr, Value},
};

/// The variable that names the root of the repository.
const ROOT: &str = "BITBUCKET_CLONE_DIR";

/// Adds a step, as an entity of its own and as a job. `uses` are what it uses besides its pipes.
pub fn lower(read: &Read<'_>, placed: &Placed, uses: Vec<Value>, parts: &mut Parts) -> EcoString {
    let step = &placed.object;
    let stage = placed.around.stage.as_ref();
    let of_both = |name: &str| field(step, name).or_else(|| stage.and_then(|stage| field(stage, name)));
    let written_at = eco_format!("{}/{}", read.id, placed.name);
    let address =
        read.caller.as_ref().map_or_else(|| written_at.clone(), |(caller, _)| eco_format!("{caller}/{}", placed.name));
    let environment_name = match of_both("deployment") {
        Some(name) => name.clone(),
        None => unset(&placed.header, "deployment"),
    };
    let own_environment = match &environment_name.repr {
        Repr::Null => environment::classify_label(&placed.name)
            .map(|(name, class)| crate::model::Environment {
                name,
                class,
                sign: eco_format!("step \"{}\"", placed.name),
            })
            .or_else(|| read.environment.clone()),
        _ => environment_name.as_str().map(environment::from_ci_environment),
    };
    let mut gates = Vec::new();
    let starts_stage = placed.around.is_stage_start;
    let trigger =
        field(step, "trigger").or_else(|| stage.filter(|_| starts_stage).and_then(|stage| field(stage, "trigger")));
    if let Some(trigger) = trigger.filter(|trigger| trigger.as_str() == Some("manual")) {
        let name = Value::string(placed.name.clone()).with_origins(trigger.origins.clone());
        gates.push(Gate::held(GateKind::Manual, name));
    }
    if !environment_name.is_null() {
        gates.push(Gate::environment(environment_name.clone()));
    }
    let runs = stage.map_or_else(Condition::always, condition).and(condition(step));
    let asked = of_both("condition");
    let calls = calls(step);
    let commands = steps(placed, &address, &written_at, read.path, uses, parts);
    let on_fail = nested(step, "on-fail", "strategy").filter(|s| s.as_str() == Some("ignore"));
    let is_oidc = field(step, "oidc").filter(|oidc| oidc.as_bool() == Some(true));
    let credentials = is_oidc.map(|oidc| {
        let name = Value::string("BITBUCKET_STEP_OIDC_TOKEN").with_origins(oidc.origins.clone());
        credential("id token", &name)
    });

    let image = field(step, "image").or_else(|| read.setting("image"));
    let image = image.map_or_else(|| unset(&placed.header, "image"), name_of_image);
    let made = Own {
        kind: "bitbucket.step",
        address: written_at,
        name: placed.name.clone(),
        path: read.path,
        header: placed.header.clone(),
        environment: own_environment.clone(),
    };
    let trigger_value = trigger.cloned().unwrap_or_else(|| unset(&placed.header, "trigger"));
    let needs = Value::tuple(placed.needs.iter().map(|name| Value::string(name.clone())).collect())
        .with_origins(Origins::one(placed.header.clone()));
    let pipes = commands.pipes.clone();
    let body = made.entity(
        step,
        [
            ("pipeline", Value::string(read.id.clone())),
            ("deployment", environment_name.clone()),
            ("trigger", trigger_value),
            ("image", image),
            ("pipes", Value::tuple(pipes)),
            ("jobs_before", needs.clone()),
        ],
    );
    // A step of a pipeline that others call is there once as a thing in a file.
    if read.caller.is_none() {
        parts.lowered.entities.push(body);
    }

    parts.jobs.push(Job {
        system: "bitbucket",
        path: read.path.clone(),
        pipeline: read.id.clone(),
        id: placed.name.clone(),
        name: read.caller.as_ref().map_or_else(|| placed.name.clone(), |(_, by)| eco_format!("{by} / {}", placed.name)),
        address: address.clone(),
        header: placed.header.clone(),
        called_at: read.called_at.iter().cloned().collect(),
        caller: read.caller.as_ref().map(|(address, _)| address.clone()),
        environment: own_environment,
        environments: if environment_name.is_null() {
            Value::tuple(Vec::new())
        } else {
            Value::tuple(vec![environment_name.clone()])
        },
        environment_name,
        triggers: read.triggers.clone(),
        branches: read.branches.clone(),
        tags: read.tags.clone(),
        runs,
        // A step that its condition leaves out does not keep the next ones from running; one that waits does.
        runs_despite_skipped: Some(false),
        asks_upstream: true,
        gates,
        needs,
        calls,
        permissions: Value::null(),
        condition: asked.map_or_else(Value::null, |asked| {
            let text = asked.as_object().and_then(|o| o.fields.keys().next().cloned()).unwrap_or_default();
            Value::string(text).with_origins(asked.origins.clone())
        }),
        variables: Value::null(),
        secrets: secrets(&commands.scripts, &|name| name == "BITBUCKET_STEP_OIDC_TOKEN"),
        credentials: Value::tuple(credentials.into_iter().collect()),
        inherits_secrets: Value::bool(false),
        ignores_failure: on_fail
            .map_or_else(|| Value::bool(false), |s| Value::bool(true).with_origins(s.origins.clone())),
    });
    address
}

/// The name of an image, however it is written.
fn name_of_image(image: &Value) -> Value {
    match image.as_object() {
        Some(object) => {
            field(object, "name").cloned().unwrap_or_else(|| Value::null().with_origins(image.origins.clone()))
        }
        None => image.clone(),
    }
}

/// The pipeline that a step starts instead of a script.
pub fn calls(step: &Object) -> Value {
    let is_call = field(step, "type").is_some_and(|t| t.as_str() == Some("pipeline"));
    let named = ["custom", "pipeline"].iter().find_map(|key| field(step, key));
    named.filter(|_| is_call).cloned().unwrap_or_else(Value::null)
}

/// What a script comes to.
struct Work {
    scripts: Vec<Value>,
    pipes: Vec<Value>,
}

/// One step for each entry of a script.
fn steps(
    placed: &Placed,
    job: &EcoString,
    written_at: &EcoString,
    path: &EcoString,
    more: Vec<Value>,
    parts: &mut Parts,
) -> Work {
    let mut work = Work { scripts: Vec::new(), pipes: Vec::new() };
    let mut index = 0;
    let mut push = |name: EcoString,
                    value: &Value,
                    commands: Vec<Value>,
                    uses: Vec<Value>,
                    directory: &EcoString,
                    late: bool| {
        let header = value.as_object().and_then(|o| o.header.clone()).unwrap_or_else(|| place(value, &placed.header));
        parts.steps.push(Step {
            job: job.clone(),
            address: eco_format!("{written_at}[{index}]"),
            path: path.clone(),
            index,
            name,
            header,
            directory: directory.clone(),
            commands,
            variables: value.as_object().and_then(|pipe| field(pipe, "variables")).cloned().unwrap_or_else(Value::null),
            uses,
            runs: Condition::always(),
            condition: Value::null(),
            // What happens afterwards does not change the outcome.
            ignores_failure: Value::bool(late),
        });
        index += 1;
    };
    for used in more {
        push(placed.name.clone(), &used, Vec::new(), vec![used.clone()], &EcoString::new(), false);
        work.pipes.push(used);
    }
    for section in ["script", "after-script"] {
        let mut directory = EcoString::new();
        let late = section == "after-script";
        for entry in items(field(&placed.object, section)) {
            let name = if late { eco_format!("after-script of {}", placed.name) } else { placed.name.clone() };
            if let Some(pipe) = entry.as_object() {
                let Some(text) = field(pipe, "pipe") else { continue };
                let used = piped(pipe, text);
                work.pipes.push(used.clone());
                let said = field(pipe, "name").map_or_else(|| written(text), written);
                push(said, entry, Vec::new(), vec![used], &directory, late);
                continue;
            }
            push(name, entry, vec![entry.clone()], Vec::new(), &directory, late);
            work.scripts.push(entry.clone());
            // All lines of a script run in one shell.
            if let Some(changed) = entry.as_str().and_then(|line| changed_directory(line, &directory, ROOT)) {
                directory = changed;
            }
        }
    }
    work
}

/// One use of a pipe.
fn piped(pipe: &Object, text: &Value) -> Value {
    let name = written(text);
    let known = |part: &str| Value::string(part).with_origins(text.origins.clone());
    let (action, reference) = match (name.split_once("@sha256:"), name.rsplit_once(':')) {
        (Some((action, digest)), _) => (known(action), known(&format!("sha256:{digest}"))),
        (None, Some((action, tag))) if !tag.contains('/') => (known(action), known(tag)),
        _ => (known(&name), Value::null()),
    };
    let with = field(pipe, "variables").cloned().unwrap_or_else(Value::null);
    used("pipe", action, reference, text, with)
}
