//! Workflows as wholes: what starts them and what their token may do.

use ecow::EcoString;

use super::{Document, Made, expressions, field, items, job, wrong_part};
use crate::{
    lower::environment,
    model::{Environment, Lowered},
    value::{ByName, Object, Origin, OriginStep, Repr, Value},
};

/// A workflow, as its jobs see it.
pub struct Workflow<'a> {
    /// The path of its file.
    pub path: &'a EcoString,
    /// Its content, which rules see.
    pub body: Value,
    /// The content as it is in the file.
    pub object: &'a Object,
    /// What its name says about its jobs.
    pub environment: Option<Environment>,
    /// The names of the events that start it.
    pub triggers: Value,
    /// The settings of the events.
    pub on: Option<Object>,
    /// What it is called.
    pub name: EcoString,
    /// What to underline when something is missing.
    pub header: Origin,
}

impl<'a> Workflow<'a> {
    /// Its jobs by their keys; what is no job is left out.
    pub fn jobs(&self) -> impl Iterator<Item = (&'a EcoString, &'a Object)> + use<'a> {
        let jobs = field(self.object, "jobs").and_then(Value::as_object);
        let jobs = jobs.into_iter().flat_map(|jobs| &jobs.fields);
        jobs.filter_map(|(id, job)| Some((id, job.as_object()?)))
    }
}

/// A workflow, its jobs and their steps.
pub fn lower<'a>(document: &'a Document, out: &mut Lowered) -> Workflow<'a> {
    let object = &document.object;
    let on = field(object, "on").and_then(events);
    let triggers = on.as_ref().and_then(Value::as_object).map_or_else(Vec::new, |on| {
        on.fields.iter().map(|(name, v)| Value::string(name.clone()).with_origins(v.origins.clone())).collect()
    });
    let mut body = object.clone();
    let mut triggers = Value::tuple(triggers);
    match &on {
        Some(on) => {
            triggers.origins = on.origins.clone();
            body.fields.insert("on".into(), on.clone());
        }
        // Perhaps text with an expression, or a number: what starts it is not known then.
        None => triggers.origins = field(object, "on").map(|on| on.origins.clone()).unwrap_or_default(),
    }
    body.fields.insert("path".into(), Value::string(document.path.clone()));
    body.fields.insert("triggers".into(), triggers.clone());
    body.fields.insert("expressions".into(), expressions(object, |name| name != "jobs"));
    let title = field(object, "name").and_then(Value::as_str);
    let environment = environment_of(&document.path, title);
    let made = Made {
        kind: "github.workflow",
        address: document.path.clone(),
        name: title.unwrap_or_else(|| stem(&document.path)).into(),
        path: &document.path,
        environment: environment.clone(),
        object: body,
        header: document.header.clone(),
    };
    let body = made.body();
    out.entities.push(made.entity(body.clone()));
    let on = on.as_ref().and_then(Value::as_object).cloned();
    let name = title.unwrap_or_else(|| stem(&document.path)).into();
    let header = document.header.clone();
    let workflow = Workflow { path: &document.path, body, object, environment, triggers, on, name, header };
    let Some(jobs) = field(object, "jobs") else { return workflow };
    let Some(jobs) = jobs.as_object() else {
        out.diagnostics.push(wrong_part("list of jobs", jobs, &document.header));
        return workflow;
    };
    for (id, job) in &jobs.fields {
        match job.as_object() {
            Some(object) => job::lower(id, object, &workflow, out),
            None => out.diagnostics.push(wrong_part("job", job, &document.header)),
        }
    }
    workflow
}

/// `on` as an object from events to their settings, whichever way it is written. An event without
/// settings has an empty object.
fn events(on: &Value) -> Option<Value> {
    let mut events: ByName<Value> = ByName::default();
    match &on.repr {
        Repr::String(_) => {
            events.insert(on.as_str()?.into(), no_settings(on));
        }
        Repr::List(_) => {
            for event in items(Some(on)) {
                events.insert(event.as_str()?.into(), no_settings(event));
            }
        }
        Repr::Object(object) => {
            for (name, settings) in &object.fields {
                let settings = if settings.is_null() { no_settings(settings) } else { settings.clone() };
                events.insert(name.clone(), settings);
            }
        }
        _ => return None,
    }
    let header = on.as_object().and_then(|o| o.header.clone()).or_else(|| on.origins.iter().last().cloned());
    let object = Object { fields: events, header, ..Object::default() };
    Some(Value::from_object(object).with_origins(on.origins.clone()))
}

fn no_settings(event: &Value) -> Value {
    let header = event.origins.iter().last().cloned().map(|o| Origin { step: OriginStep::Here, ..o });
    Value::from_object(Object { header, ..Object::default() }).with_origins(event.origins.clone())
}

/// The environment that the name of a workflow or of its file speaks of.
fn environment_of(path: &str, title: Option<&str>) -> Option<Environment> {
    let stem = stem(path);
    let told = |label: &str, what: &str| {
        let (name, class) = environment::classify_label(label)?;
        Some(Environment { name, class, sign: ecow::eco_format!("{what} \"{label}\"") })
    };
    told(stem, "workflow").or_else(|| told(title?, "workflow"))
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
