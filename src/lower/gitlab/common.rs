//! Pipelines and jobs in the model that CI systems share.

use ecow::{EcoString, eco_format};

use super::{
    Caller,
    job::Job,
    merge::{field, flat, text_of},
    pipeline::Pipeline,
    variables::{names, plain},
};
use crate::{
    lower::{
        ci::{self, Condition, Gate, GateKind, Parts, Step},
        path::name_of,
    },
    source::SourceMap,
    value::{Object, Origins, Value},
};

/// The sections of a script, in the order in which they run.
const SECTIONS: [&str; 3] = ["before_script", "script", "after_script"];

/// Adds a pipeline with its jobs and their steps.
pub fn lower(pipeline: &Pipeline<'_>, jobs: &[Job], sources: &SourceMap, caller: Option<&Caller>, parts: &mut Parts) {
    // A child that several jobs trigger is one pipeline.
    if !parts.pipelines.iter().any(|known| known.id == pipeline.id) {
        parts.pipelines.push(ci::Pipeline {
            system: "gitlab",
            id: pipeline.id.clone(),
            path: pipeline.id.clone(),
            name: if caller.is_some() { pipeline.id.clone() } else { name_of(&pipeline.id).into() },
            header: pipeline.header.clone(),
            environment: pipeline.environment.clone(),
            starts: pipeline.starts.clone(),
            triggers: pipeline.triggers(),
            schedules: Value::tuple(Vec::new()),
            upstream: Vec::new(),
            unresolved: pipeline.unresolved.clone(),
            variables: plain(pipeline.config.get("variables")),
            is_text: false,
        });
    }
    let triggers = pipeline.triggers();
    for job in jobs {
        let path: EcoString = sources.path(job.header.anchor.file).into();
        steps(job, &path, parts);
        parts.jobs.push(ci::Job {
            system: "gitlab",
            path,
            pipeline: pipeline.id.clone(),
            id: job.id.clone(),
            name: caller.map_or_else(|| job.id.clone(), |c| eco_format!("{} / {}", c.name, job.id)),
            address: job.reached.clone(),
            header: job.header.clone(),
            called_at: caller.map(|c| c.place.clone()).into_iter().collect(),
            caller: caller.map(|c| c.address.clone()),
            environment: job.environment.clone(),
            environment_name: job.environment_name.clone(),
            environments: job.environments.clone(),
            triggers: triggers.clone(),
            branches: Value::null(),
            tags: Value::null(),
            runs: runs(pipeline, job),
            runs_despite_skipped: job.rules.despite(),
            asks_upstream: true,
            gates: gates(pipeline, job),
            needs: job.needs.clone(),
            calls: job.calls.clone(),
            permissions: Value::null(),
            condition: job.rules.text.clone(),
            secrets: secrets(job),
            credentials: credentials(job),
            inherits_secrets: Value::bool(false),
            ignores_failure: job.rules.ignores_failure(),
            variables: plain(job.object.get("variables")),
        });
    }
}

/// When the job runs, given that its pipeline or the job that triggers it started.
fn runs(pipeline: &Pipeline<'_>, job: &Job) -> Condition {
    if pipeline.caller.is_some() { pipeline.workflow.clone().and(job.runs()) } else { job.runs() }
}

fn gates(pipeline: &Pipeline<'_>, job: &Job) -> Vec<Gate> {
    let mut gates = Vec::new();
    if let Some(holds) = job.rules.manual(&pipeline.starts) {
        let name = Value::string(job.id.clone()).with_origins(holds.origins().clone());
        gates.push(Gate { kind: GateKind::Manual, name, holds });
    }
    if !job.environment_name.is_null() {
        gates.push(Gate::environment(job.environment_name.clone()));
    }
    gates
}

/// One step for each entry of a script, as the log shows them.
fn steps(job: &Job, path: &EcoString, parts: &mut Parts) {
    let mut entries: Vec<(&str, Value, Vec<Value>)> = Vec::new();
    for section in SECTIONS {
        for line in job.lines(section) {
            // A password that is put into a command would be seen twice.
            let put = job.variables.script(&line, &|name| !is_secret_name(name));
            entries.push((section, line, vec![put]));
        }
    }
    for step in flat(field(&job.object, "run")) {
        let script = step.as_object().and_then(|o| field(o, "script")).cloned();
        entries.push(("run", step, script.into_iter().collect()));
    }
    let templates = templates(job);
    // What a template runs that is not here may be anything.
    let has_work = ["script", "run", "trigger"].iter().any(|name| job.object.get(name).is_some());
    if let Some(why) = job.object.open.as_ref().filter(|_| !has_work && !job.is_scanner) {
        let place = templates.first().map_or_else(|| Origins::one(job.header.clone()), |t| t.origins.clone());
        let unknown = Value::unknown(why.clone()).with_origins(place);
        entries.push(("script", unknown.clone(), vec![unknown]));
    }
    // All lines of a job run in one shell, so that one of them may change the directory for the others.
    let mut directory = EcoString::new();
    for (index, (section, written, commands)) in entries.into_iter().enumerate() {
        if section == "after_script" {
            directory = EcoString::new();
        }
        let header = written.as_object().and_then(|o| o.header.clone());
        let header = header.or_else(|| written.origins.first().cloned()).unwrap_or_else(|| job.header.clone());
        let mut uses: Vec<Value> = written.as_object().and_then(|o| field(o, "step")).map(used).into_iter().collect();
        if index == 0 {
            uses.extend(templates.clone());
        }
        let changed = commands.iter().find_map(|command| changed_directory(command.as_str()?, &directory));
        parts.steps.push(Step {
            job: job.reached.clone(),
            address: eco_format!("{}[{index}]", job.reached),
            path: path.clone(),
            index,
            // The report says "the script of", "whatever ... finds".
            name: if section == "script" { job.id.clone() } else { eco_format!("{section} of {}", job.id) },
            header,
            commands,
            uses,
            directory: directory.clone(),
            variables: Value::null(),
            runs: Condition::always(),
            condition: Value::null(),
            // What happens afterwards does not change the outcome.
            ignores_failure: Value::bool(section == "after_script"),
        });
        directory = changed.unwrap_or(directory);
    }
}

/// The directory in which a shell is behind a line that does nothing but change it.
fn changed_directory(command: &str, from: &str) -> Option<EcoString> {
    let rest = command.trim().strip_prefix("cd ").or_else(|| command.trim().strip_prefix("pushd "))?.trim();
    let path = rest.trim_matches(['"', '\'']);
    let (from, path) = match path.strip_prefix("$CI_PROJECT_DIR") {
        Some(path) => ("", path.trim_start_matches('/')),
        None => (from, path),
    };
    let is_plain = !path.starts_with('/') && !path.contains([' ', ';', '&', '|', '$', '`', '~', '(']) && path != "-";
    if is_plain { crate::lower::path::join(from, path) } else { None }
}

/// The templates that the job extends and that are not in the repository.
fn templates(job: &Job) -> Vec<Value> {
    if job.object.open.is_none() {
        return Vec::new();
    }
    flat(job.object.get("extends")).iter().map(used).collect()
}

fn used(name: &Value) -> Value {
    let text = text_of(name).unwrap_or_default();
    let (action, reference) = match text.rsplit_once('@') {
        Some((action, reference)) => (action, Value::string(reference)),
        None => (text.as_str(), Value::null()),
    };
    let fields = [
        ("action", Value::string(action)),
        ("ref", reference),
        ("kind", Value::string("template")),
        ("text", name.clone()),
        ("with", Value::null()),
    ];
    let fields = fields.into_iter().map(|(key, value)| {
        let value = if value.origins.is_empty() { value.with_origins(name.origins.clone()) } else { value };
        (key.into(), value)
    });
    let header = name.origins.iter().last().cloned();
    Value::from_object(Object { fields: fields.collect(), header, ..Object::default() })
        .with_origins(name.origins.clone())
}

/// The secrets that the job reads: those it asks a vault for, and variables that are called so and that only
/// the project can set.
fn secrets(job: &Job) -> Value {
    let mut found: Vec<Value> = Vec::new();
    let mut add = |name: &str, value: &Value| {
        if !found.iter().any(|known| known.as_str() == Some(name)) {
            found.push(Value::string(name).with_origins(value.origins.clone()));
        }
    };
    if let Some(secrets) = field(&job.object, "secrets").and_then(Value::as_object) {
        secrets.fields.iter().for_each(|(name, value)| add(name, value));
    }
    for line in SECTIONS.iter().flat_map(|section| job.lines(section)) {
        for name in names(&line) {
            if is_secret_name(&name) && !job.variables.has(&name) && !name.starts_with("CI_") {
                add(&name, &line);
            }
        }
    }
    Value::tuple(found)
}

/// Tokens that the job gets for others to trust, and vaults that it asks.
fn credentials(job: &Job) -> Value {
    let mut found = Vec::new();
    let mut add = |kind: &str, name: &str, value: &Value| {
        let fields = [("kind", Value::string(kind)), ("name", Value::string(name))];
        let fields = fields.into_iter().map(|(key, v)| (key.into(), v.with_origins(value.origins.clone())));
        let header = value.as_object().and_then(|o| o.header.clone()).or_else(|| value.origins.first().cloned());
        let object = Object { fields: fields.collect(), header, ..Object::default() };
        found.push(Value::from_object(object).with_origins(value.origins.clone()));
    };
    for (name, value) in
        field(&job.object, "id_tokens").and_then(Value::as_object).map(|o| &o.fields).into_iter().flatten()
    {
        add("id token", name, value);
    }
    for (name, value) in
        field(&job.object, "secrets").and_then(Value::as_object).map(|o| &o.fields).into_iter().flatten()
    {
        let vault = value
            .as_object()
            .and_then(|secret| secret.fields.keys().find(|key| !matches!(key.as_str(), "file" | "token")));
        add(vault.map_or("secret", |v| v.as_str()), name, value);
    }
    Value::tuple(found)
}

/// Whether a variable is called like a secret.
fn is_secret_name(name: &str) -> bool {
    const WORDS: [&str; 9] =
        ["TOKEN", "PASSWORD", "PASSWD", "SECRET", "PRIVATE_KEY", "ACCESS_KEY", "API_KEY", "CREDENTIALS", "KUBECONFIG"];
    let name = name.to_ascii_uppercase();
    WORDS.iter().any(|word| name.contains(word))
}
