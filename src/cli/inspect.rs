//! `trustlint inspect`: what each entity resolved to.
//!
//! The JSON is a contract with programs: `resources`, `outputs` and `diagnostics` describe the root
//! module in the directory itself as Terraform would plan it, with what `TF_VAR_name` says and without
//! files that have to be named; `entities` is everything else, and `scenarios` holds the same for each
//! scenario of a root.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::{
    Terminal,
    args::{InspectArgs, InspectFormat, environment},
    because::because,
    config,
    exit::{Exit, Failure},
    people::Page,
    target::Target,
};
use crate::{
    lower::{
        self,
        terraform::{self, Discovery, scenario::is_plain},
    },
    model::{Entity, Project, Scenario},
    report,
    source::{DiagnosticKind, Level},
    value::{Number, Repr, Value},
};

/// Prints the entities of a directory.
pub(super) fn run(args: &InspectArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let target = Target::directory(&args.directory, rayon::current_num_threads())?;
    let mut terraform = args.terraform.options();
    terraform.every_instance = true;
    if args.format == InspectFormat::Json {
        terraform.environment = environment();
        terraform.discovery = Discovery::WithBare;
    }
    let config = config::load(&args.config, &*target.tree, target.root.as_deref())?;
    if config::report(&config, &[], terminal) {
        return Ok(Exit::Usage);
    }
    let project = lower::project(
        &*target.tree,
        &lower::Options { terraform, helm: target.helm(&args.kubernetes), ..config.lowering() },
    );
    let shown = |e: &&Entity| args.kind.as_ref().is_none_or(|k| e.kind == k.as_str());
    match args.format {
        InspectFormat::Json => {
            let text = serde_json::to_string(&document(&project, &shown)).unwrap_or_default();
            terminal.out(&text);
            terminal.out("\n");
        }
        InspectFormat::Text => {
            let mut page = Page::new(&project, project.entities.iter().filter(shown), args.verbose);
            for entity in project.entities.iter().filter(shown).filter(|e| e.scenario.is_none()) {
                page.entity(entity);
            }
            for scenario in &project.scenarios {
                heading(scenario, &mut page.text);
                for entity in project.entities.iter().filter(shown).filter(|e| is_in(e, scenario)) {
                    page.entity(entity);
                }
            }
            page.summary();
            terminal.out(&page.text);
        }
    }
    terminal.err(&report::text::diagnostics(&project.diagnostics, &project.files, terminal.color_err()));
    let unread = project.diagnostics.iter().any(|d| d.level == Level::Error && d.kind == DiagnosticKind::Input);
    Ok(if unread { Exit::Input } else { Exit::Clean })
}

fn is_in(entity: &Entity, scenario: &Scenario) -> bool {
    entity.scope == scenario.scope && entity.scenario.as_ref() == Some(&scenario.name)
}

/// What a scenario is made of.
fn heading(scenario: &Scenario, out: &mut String) {
    let _ = write!(out, "\nscenario {} of {}", scenario.name, scenario.scope);
    if !scenario.files.is_empty() {
        let _ = write!(out, ", with {}", scenario.files.join(", "));
    }
    if let Some(workspace) = &scenario.workspace {
        let _ = write!(out, ", in workspace {workspace}");
    }
    out.push_str("\n\n");
}

fn document(project: &Project, shown: &dyn Fn(&&Entity) -> bool) -> Json {
    let plain = |e: &&Entity| e.scenario.as_ref().is_none_or(|s| is_plain(s));
    let mut document = part(project, project.entities.iter().filter(shown).filter(plain));
    let scenarios = project.scenarios.iter().filter(|s| !s.plain).map(|scenario| {
        let mut part = part(project, project.entities.iter().filter(shown).filter(|e| is_in(e, scenario)));
        part["name"] = scenario.name.as_str().into();
        part["scope"] = scenario.scope.as_str().into();
        part["files"] = scenario.files.iter().map(ecow::EcoString::as_str).collect();
        part["workspace"] = scenario.workspace.as_deref().into();
        part
    });
    document["scenarios"] = scenarios.collect();
    document["diagnostics"] = diagnostics(project);
    document
}

fn part<'a>(project: &Project, shown: impl Iterator<Item = &'a Entity>) -> Json {
    let (mut resources, mut outputs, mut entities) = (Vec::new(), Map::new(), Vec::new());
    for entity in shown {
        let mut unknown = Vec::new();
        if entity.kind == "terraform.output" && entity.scope == "." {
            let value = entity.body.as_object().and_then(|o| o.get("value")).cloned().unwrap_or_else(Value::null);
            let value = to_json(&value, "", &mut unknown);
            outputs.insert(entity.name.to_string(), json!({ "value": value, "unknown": unknown }));
            continue;
        }
        let values = to_json(&entity.body, "", &mut unknown);
        let is_resource = !entity.kind.starts_with("terraform.")
            && entity.scope == "."
            && terraform::is_configuration(project.files.path(entity.file()));
        if is_resource {
            let (mode, kind) = match entity.kind.strip_prefix("data.") {
                Some(kind) => ("data", kind),
                None => ("managed", entity.kind.as_str()),
            };
            let values = without_meta(values);
            resources.push(json!({
                "address": entity.address.as_str(), "mode": mode, "type": kind, "values": values, "unknown": unknown,
                "because": because(&entity.body),
            }));
        } else {
            let environment = entity
                .environment
                .as_ref()
                .map(|e| json!({ "name": e.name.as_str(), "class": e.class.as_str(), "sign": e.sign.as_str() }));
            entities.push(json!({
                "kind": entity.kind.as_str(), "address": entity.address.as_str(), "scope": entity.scope.as_str(),
                "file": project.files.path(entity.file()), "environment": environment,
                "doubt": entity.doubt.as_ref().map(ToString::to_string), "values": values, "unknown": unknown,
                "because": because(&entity.body),
            }));
        }
    }
    json!({ "resources": resources, "outputs": outputs, "entities": entities })
}

fn diagnostics(project: &Project) -> Json {
    let told = project.diagnostics.iter().map(|d| {
        // What Terraform refuses is an error to whoever compares, though trustlint goes on.
        let severity =
            if d.kind == DiagnosticKind::Evaluation || d.level == Level::Error { "error" } else { "warning" };
        json!({ "severity": severity, "summary": d.message })
    });
    told.collect()
}

fn without_meta(mut values: Json) -> Json {
    if let Some(object) = values.as_object_mut() {
        object.remove("lifecycle");
    }
    values
}

/// A value as JSON; what is unknown is null, and a pointer to it goes to `unknown`.
pub(super) fn to_json(value: &Value, pointer: &str, unknown: &mut Vec<String>) -> Json {
    match &value.repr {
        Repr::Null => Json::Null,
        Repr::Bool(b) => Json::Bool(*b),
        Repr::Number(n) => number(n),
        Repr::String(text) => {
            if let Some(text) = text.as_str() {
                Json::String(text.into())
            } else {
                unknown.push(pointer.to_string());
                Json::Null
            }
        }
        Repr::List(list) if list.is_whole() => Json::Array(
            list.items.iter().enumerate().map(|(i, v)| to_json(v, &format!("{pointer}/{i}"), unknown)).collect(),
        ),
        Repr::Object(object) if object.open.is_none() => {
            let fields = object.fields.iter().map(|(name, v)| {
                let step = name.as_str().replace('~', "~0").replace('/', "~1");
                (name.to_string(), to_json(v, &format!("{pointer}/{step}"), unknown))
            });
            Json::Object(fields.collect())
        }
        Repr::List(_) | Repr::Object(_) | Repr::Unknown(_) => {
            unknown.push(pointer.to_string());
            Json::Null
        }
    }
}

fn number(n: &Number) -> Json {
    if let Some(i) = n.as_i64() {
        return i.into();
    }
    if n.is_infinite() {
        return json!({ "__number__": if n.is_negative() { "-inf" } else { "inf" } });
    }
    n.to_string().parse::<serde_json::Number>().map_or(Json::Null, Json::Number)
}
