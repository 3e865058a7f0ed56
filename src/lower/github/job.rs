//! Jobs: what they may do and where they deploy to.

use ecow::{EcoString, eco_format};

use super::{
    Made, as_list, expression, expressions, field, is_workflow, items, local_path, repository_of, step, unset,
    workflow::Workflow,
};
use crate::{
    lower::environment,
    model::{Environment, Lowered},
    value::{List, ListKind, Object, Origin, Part, Repr, Text, Value, Why, WhyKind},
};

/// A job and its steps.
pub fn lower(id: &EcoString, job: &Object, workflow: &Workflow<'_>, out: &mut Lowered) {
    let header = job.header.clone().unwrap_or_else(|| workflow.header.clone());
    let facts = Facts::of(id, job, &header, workflow);
    let mut object = job.clone();
    for (name, value) in [
        ("id", Value::string(id.clone())),
        ("workflow", workflow.body.clone()),
        ("permissions", facts.permissions),
        ("environment_name", facts.environment_name),
        ("environments", facts.environments),
        ("condition", facts.condition),
        ("needs", facts.needs),
        ("calls", facts.calls),
        ("expressions", expressions(job, |name| name != "steps")),
    ] {
        object.fields.insert(name.into(), value);
    }
    if let Some(written) = field(job, "uses") {
        step::add_uses(&mut object, written);
    }
    let address = eco_format!("{}#{id}", workflow.path);
    let made = Made {
        kind: "github.job",
        address: address.clone(),
        name: id.clone(),
        path: workflow.path,
        environment: facts.environment.clone(),
        object,
        header: header.clone(),
    };
    let body = made.body();
    out.entities.push(made.entity(body.clone()));

    let owner = step::Owner {
        address,
        path: workflow.path,
        fields: vec![("job", body), ("workflow", workflow.body.clone())],
        header: &header,
        environment: facts.environment,
    };
    step::lower(field(job, "steps"), &owner, out);
}

/// What a job says about itself, whichever way it is written.
pub struct Facts {
    /// The environment that it belongs to.
    pub environment: Option<Environment>,
    /// The name of the environment that it names.
    pub environment_name: Value,
    /// All environments that it may name.
    pub environments: Value,
    /// Its own permissions, or those of the workflow.
    pub permissions: Value,
    /// Its condition without braces.
    pub condition: Value,
    /// The jobs before it.
    pub needs: Value,
    /// The workflow that it calls.
    pub calls: Value,
}

impl Facts {
    /// Reads them off a job.
    pub fn of(id: &EcoString, job: &Object, header: &Origin, workflow: &Workflow<'_>) -> Self {
        let environment_name = environment_name(job, header);
        let environments = environments(job, &environment_name);
        let permissions = field(job, "permissions").or_else(|| field(workflow.object, "permissions"));
        Self {
            environment: environment_of(id, job, &environment_name, &environments, workflow),
            environment_name,
            environments,
            permissions: permissions.cloned().unwrap_or_else(|| unset(header, "permissions")),
            condition: condition(job, header),
            needs: as_list(field(job, "needs"), header, "needs"),
            calls: calls(job, repository_of(workflow.path).unwrap_or_default(), header),
        }
    }
}

fn list(items: Vec<Value>) -> Value {
    Value::list(List::of(ListKind::Tuple, items))
}

/// The name of the environment: `environment: x` or `environment: { name: x }`.
fn environment_name(job: &Object, header: &Origin) -> Value {
    let Some(written) = field(job, "environment") else { return unset(header, "environment") };
    match &written.repr {
        Repr::Object(environment) => field(environment, "name").cloned().unwrap_or_else(|| {
            let header = environment.header.as_ref().unwrap_or(header);
            unset(header, "name")
        }),
        Repr::List(_) => Value::unknown(Why::new(WhyKind::WrongShape, "the name of an environment was expected"))
            .with_origins(written.origins.clone()),
        // `environment: 1` is the environment called so.
        Repr::Bool(b) => Value::string(eco_format!("{b}")).with_origins(written.origins.clone()),
        Repr::Number(n) => Value::string(eco_format!("{n}")).with_origins(written.origins.clone()),
        _ => written.clone(),
    }
}

/// Every environment that the job may name: one, none, or those that its matrix lists.
fn environments(job: &Object, name: &Value) -> Value {
    if name.is_null() {
        return list(Vec::new()).with_origins(name.origins.clone());
    }
    let listed = matrix_key(name).and_then(|key| matrix_values(job, &key)).unwrap_or_default();
    let all = if listed.is_empty() { vec![name.clone()] } else { listed };
    list(all).with_origins(name.origins.clone())
}

/// The key, if the text is `${{ matrix.key }}`.
fn matrix_key(name: &Value) -> Option<EcoString> {
    let Repr::String(text) = &name.repr else { return None };
    let hole = expression::whole(text)?;
    let inner = expression::inner(&hole.written);
    let references = expression::references(inner);
    let key = references.first()?.strip_prefix("matrix.")?;
    (references.len() == 1 && inner.len() == "matrix.".len() + key.len() && !key.contains('.')).then(|| key.into())
}

/// The values of a key of the matrix, if all of them are known texts.
fn matrix_values(job: &Object, key: &str) -> Option<Vec<Value>> {
    let matrix = field(field(job, "strategy")?.as_object()?, "matrix")?.as_object()?;
    let own = field(matrix, key);
    // A matrix that is computed may have any values.
    if own.is_some_and(|v| v.as_list().is_none()) || field(matrix, "include").is_some_and(|v| v.as_list().is_none()) {
        return None;
    }
    let mut values: Vec<Value> = items(own).to_vec();
    for included in items(field(matrix, "include")) {
        values.extend(field(included.as_object()?, key).cloned());
    }
    let mut seen = Vec::new();
    for value in values {
        let text = value.as_str()?;
        if !seen.iter().any(|v: &Value| v.as_str() == Some(text)) {
            seen.push(value);
        }
    }
    Some(seen)
}

/// The environment that the job belongs to: the one it names, else what its names speak of.
fn environment_of(
    id: &str,
    job: &Object,
    name: &Value,
    environments: &Value,
    workflow: &Workflow<'_>,
) -> Option<Environment> {
    if let Repr::String(text) = &name.repr {
        match text {
            Text::Whole(name) => return Some(environment::from_ci_environment(name)),
            // One job for several environments belongs to none of them.
            Text::Holed(_) => match items(Some(environments)) {
                [only] if only.as_str().is_some() => return only.as_str().map(environment::from_ci_environment),
                [_] => {}
                _ => return None,
            },
        }
        if let Some(found) = from_known_parts(text) {
            return Some(found);
        }
    }
    let told = |label: &str| {
        let (name, class) = environment::classify_label(label)?;
        Some(Environment { name, class, sign: eco_format!("job \"{label}\"") })
    };
    told(id)
        .or_else(|| field(job, "name").and_then(Value::as_str).and_then(told))
        .or_else(|| workflow.environment.clone())
}

/// `prod-${{ matrix.region }}` is production, whatever the region.
fn from_known_parts(text: &Text) -> Option<Environment> {
    let known: String = text
        .parts()
        .iter()
        .map(|part| match part {
            Part::Known(text) => text.as_str(),
            Part::Hole(_) => "_",
        })
        .collect();
    let (name, class) = environment::classify_name(&known)?;
    Some(Environment { name, class, sign: eco_format!("environment \"{}\"", text.written()) })
}

/// The condition of a job or step without its braces, as text.
pub fn condition(job: &Object, header: &Origin) -> Value {
    let Some(written) = field(job, "if") else { return unset(header, "if") };
    let text = match &written.repr {
        Repr::String(text) => match expression::whole(text) {
            Some(hole) => expression::inner(&hole.written).into(),
            None => text.written(),
        },
        Repr::Bool(b) => eco_format!("{b}"),
        Repr::Number(n) => eco_format!("{n}"),
        _ => return written.clone(),
    };
    Value::string(text).with_origins(written.origins.clone())
}

/// The workflow that the job calls: its path, if it is one of this repository.
fn calls(job: &Object, root: &str, header: &Origin) -> Value {
    let Some(written) = field(job, "uses") else { return unset(header, "uses") };
    let local =
        written.as_str().filter(|w| w.starts_with("./")).and_then(|w| local_path(root, w)).filter(|p| is_workflow(p));
    local.map_or_else(|| written.clone(), |path| Value::string(path).with_origins(written.origins.clone()))
}
