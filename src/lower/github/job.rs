//! Jobs: what they may do, where they deploy to, and the common model filled from them.

use ecow::{EcoString, eco_format};

use super::{
    Actions, Made, action, as_list, expression, expressions, field, is_workflow, items, local_path, repository_of,
    step::{self, Uses},
    unset,
    workflow::Workflow,
};
use crate::{
    lower::{ci, environment, path::dir_of},
    model::{Environment, Lowered},
    value::{List, ListKind, Object, Origin, Origins, Part, Repr, Text, Value, Why, WhyKind},
};

/// Local actions that use local actions are followed so far; GitHub allows ten.
const MAX_ACTION_DEPTH: usize = 10;

/// A job, its steps, and the same job in the common model.
pub fn lower(id: &EcoString, job: &Object, workflow: &Workflow<'_>, actions: &Actions, out: &mut Lowered) {
    let fallback = || workflow.body.as_object().and_then(|o| o.header.clone());
    let Some(header) = job.header.clone().or_else(fallback) else { return };
    let environment_name = environment_name(job, &header);
    let environments = environments(job, &environment_name);
    let environment = environment_of(id, job, &environment_name, &environments, workflow);
    let permissions = field(job, "permissions").or_else(|| field(workflow.object, "permissions"));
    let permissions = permissions.cloned().unwrap_or_else(|| unset(&header, "permissions"));
    let condition = condition(job, &header);
    let needs = as_list(field(job, "needs"), &header, "needs");
    let root = repository_of(workflow.path).unwrap_or_default();
    let calls = calls(job, root, &header);

    let mut object = job.clone();
    for (name, value) in [
        ("id", Value::string(id.clone())),
        ("workflow", workflow.body.clone()),
        ("permissions", permissions.clone()),
        ("environment_name", environment_name.clone()),
        ("environments", environments.clone()),
        ("condition", condition.clone()),
        ("needs", needs.clone()),
        ("calls", calls.clone()),
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
        environment: environment.clone(),
        object,
        header: header.clone(),
    };
    let body = made.body();
    out.entities.push(made.entity(body.clone()));

    let owner = step::Owner {
        address: address.clone(),
        path: workflow.path,
        fields: vec![("job", body), ("workflow", workflow.body.clone())],
        header: &header,
        environment: environment.clone(),
    };
    step::lower(field(job, "steps"), &owner, out);

    let mut work = Work { root, actions, commands: Vec::new(), uses: Vec::new(), followed: Vec::new() };
    work.add(field(job, "steps"), 0);
    let filter = |name: &str| {
        let push = workflow.on.as_ref().and_then(|on| field(on, "push")).and_then(Value::as_object);
        push.and_then(|push| field(push, name)).map_or_else(Value::null, |v| as_list(Some(v), &header, name))
    };
    let inherits = field(job, "secrets").filter(|v| v.as_str() == Some("inherit"));
    let common = ci::Job {
        system: "github",
        pipeline: workflow.path.clone(),
        id: id.clone(),
        address,
        environment,
        environment_name,
        environments,
        triggers: workflow.triggers.clone(),
        branches: filter("branches"),
        tags: filter("tags"),
        // Whoever approves is asked by the environment, which only the host knows.
        manual_gate: Value::bool(false),
        needs,
        commands: list(work.commands),
        uses: list(work.uses),
        calls,
        permissions,
        condition,
        secrets: secrets(job, workflow),
        inherits_secrets: Value::bool(inherits.is_some())
            .with_origins(inherits.map(|v| v.origins.clone()).unwrap_or_default()),
        header,
    };
    out.entities.push(common.entity());
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

/// The condition without its braces, as text.
fn condition(job: &Object, header: &Origin) -> Value {
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

/// What the steps of a job run and use.
struct Work<'a> {
    root: &'a str,
    actions: &'a Actions,
    commands: Vec<Value>,
    uses: Vec<Value>,
    /// The local actions that were followed, each once.
    followed: Vec<EcoString>,
}

impl Work<'_> {
    fn add(&mut self, steps: Option<&Value>, depth: usize) {
        for step in items(steps).iter().filter_map(Value::as_object) {
            if let Some(run) = field(step, "run") {
                self.commands.push(run.clone());
            }
            let Some(written) = field(step, "uses") else { continue };
            let Some(text) = written.as_str() else { continue };
            self.uses.push(used(step, written, text));
            if !text.starts_with("./") || depth >= MAX_ACTION_DEPTH {
                continue;
            }
            let Some(action) = local_path(self.root, text).and_then(|dir| {
                let dir = if super::is_action(&dir) { dir_of(&dir).into() } else { dir };
                let new = !self.followed.contains(&dir);
                self.followed.push(dir.clone());
                self.actions.get(&dir).filter(|_| new)
            }) else {
                continue;
            };
            self.add(action::runs(action).and_then(|runs| field(runs, "steps")), depth + 1);
        }
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

/// The secrets that the job reads, and those that its workflow gives it, each at its first use; `*`
/// if it takes all of them at once, as `toJSON(secrets)` does.
fn secrets(job: &Object, workflow: &Workflow<'_>) -> Value {
    let given = workflow.object.fields.iter().filter(|(name, _)| matches!(name.as_str(), "env" | "defaults"));
    let given = Value::object(given.map(|(n, v)| (n.clone(), v.clone())));
    let own = Value::object(job.fields.iter().map(|(n, v)| (n.clone(), v.clone())));
    let mut found: Vec<Value> = Vec::new();
    for expression in expression::collect(&own).into_iter().chain(expression::collect(&given)) {
        for reference in expression::references(&expression.text) {
            let all = (reference == "secrets").then_some("*");
            let Some(name) = all.or_else(|| reference.strip_prefix("secrets.")) else { continue };
            if !found.iter().any(|v| v.as_str() == Some(name)) {
                found.push(Value::string(name).with_origins(Origins::one(expression.origin.clone())));
            }
        }
    }
    list(found)
}
