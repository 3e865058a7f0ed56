//! What a stage, a job or a step says about itself: its steps, its gates, what comes before it, where it deploys to.

use ecow::{EcoString, eco_format};

use super::{
    expand::Names,
    expression::Expr,
    made::unset,
    pipeline::Stage,
    steps::{Work, with_macros},
    tree::{Guard, Item, Kind, Tree},
};
use crate::{
    lower::{
        ci::{Gate, GateKind},
        environment,
        github::expression as markup,
    },
    model::Environment,
    value::{ByName, Origin, Origins, Refinement, Repr, Text, Truth, Value, Why, WhyKind},
};

/// The hooks of a deployment, in the order in which they run.
pub const HOOKS: [&str; 5] = ["preDeploy", "deploy", "routeTraffic", "postRouteTraffic", "on"];

/// What was made under one name: two things of one name are alternatives.
pub type Variants = Vec<(Vec<EcoString>, Vec<Guard>)>;

/// A step, and the hook of the deployment that it belongs to.
pub struct Step {
    /// The step.
    pub item: Item,
    /// The hook; none in a plain job.
    pub hook: Option<EcoString>,
}

/// The steps of a job, in the order in which they run.
pub fn steps_of(job: &Tree) -> Vec<Step> {
    let mut all: Vec<Step> = job.all_items("steps").into_iter().map(|item| Step { item, hook: None }).collect();
    // A job of a template that is not to be had is one step that nothing is known of; so is such a pipeline.
    if job.get("template").is_some() {
        all.push(Step { item: Item { tree: job.clone(), guards: Vec::new() }, hook: None });
    }
    if let Some(extends) = job.get("extends").filter(|_| all.is_empty()) {
        all.push(Step { item: Item { tree: extends, guards: Vec::new() }, hook: None });
    }
    let Some(strategy) = job.get("strategy") else { return all };
    for kind in ["runOnce", "rolling", "canary"] {
        let Some(strategy) = strategy.get(kind) else { continue };
        for hook in HOOKS {
            let Some(part) = strategy.get(hook) else { continue };
            let mut add = |name: &str, part: &Tree| {
                let steps = part.all_items("steps").into_iter();
                all.extend(steps.map(|item| Step { item, hook: Some(name.into()) }));
            };
            if hook == "on" {
                for when in ["failure", "success"] {
                    if let Some(part) = part.get(when) {
                        add(&eco_format!("on.{when}"), &part);
                    }
                }
            } else {
                add(hook, &part);
            }
        }
    }
    all
}

/// The gate that a step is: a task that waits until somebody says so.
pub fn gate(step: &Item, work: &Work) -> Option<Gate> {
    let (name, _) = work.task.as_ref()?;
    if !matches!(name.as_str(), "ManualValidation" | "ManualIntervention") {
        return None;
    }
    let task = step.tree.get("task")?;
    let input = |key: &str| step.tree.get("inputs").and_then(|i| i.get(key));
    let mut gate = Gate::held(GateKind::Approval, task.value());
    let says = |tree: &Option<Tree>, wanted: &str| {
        tree.as_ref().and_then(Tree::as_text).is_some_and(|t| t.eq_ignore_ascii_case(wanted))
    };
    let resumes = input("onTimeout");
    let ignored = step.tree.get("continueOnError");
    let disabled = step.tree.get("enabled");
    let broken = [(resumes, "resume"), (ignored, "true"), (disabled, "false")];
    if let Some((Some(tree), _)) = broken.into_iter().find(|(tree, wanted)| says(tree, wanted)) {
        gate.holds = Truth::of(false).at(tree.origins);
    } else if let Some(guard) = step.guards.last() {
        let why = Why::new(WhyKind::PipelineExpression, guard.expr.written());
        gate.holds = Truth::Unknown(vec![why], Origins::one(guard.origin.clone()));
    } else if let Some(condition) = step.tree.get("condition") {
        let text = condition.as_text().unwrap_or_default();
        if !matches!(text.trim(), "succeeded()" | "always()" | "true") {
            let why = Why::new(WhyKind::PipelineExpression, text);
            gate.holds = Truth::Unknown(vec![why], condition.origins);
        }
    }
    Some(gate)
}

/// What `dependsOn` names, as keys of jobs; none if nothing is written. What is not among the things before is not
/// known: it may come from a template that is not in the repository.
pub fn needs(tree: &Tree, guards: &[Guard], by_name: &ByName<Variants>) -> Option<Vec<Value>> {
    let written = tree.get("dependsOn")?;
    let here: &[Tree] = if matches!(written.kind, Kind::Scalar(..)) { std::slice::from_ref(&written) } else { &[] };
    let listed = written.items().iter().filter(|item| implied(&item.guards, guards)).map(|item| &item.tree);
    let mut all = Vec::new();
    for named in here.iter().chain(listed) {
        let Some(name) = named.as_text() else {
            all.push(named.value());
            continue;
        };
        match by_name.iter().find(|(key, _)| key.eq_ignore_ascii_case(&name)).map(|(_, made)| &made[..]) {
            Some([(jobs, _)]) => {
                all.extend(jobs.iter().map(|job| Value::string(job.clone()).with_origins(named.origins.clone())));
            }
            // Of alternatives each is there in some runs only, so that none comes first for certain.
            Some(_) => {}
            None if name.is_empty() => {}
            None => all.push(Tree::open(Expr::Path(name, Vec::new()), named.origins.clone()).value()),
        }
    }
    Some(all)
}

/// The stages before a stage, as rules see them.
pub fn stage_needs(tree: &Tree, before: Option<&EcoString>) -> Value {
    let Some(written) = tree.get("dependsOn") else {
        return Value::tuple(before.into_iter().map(|name| Value::string(name.clone())).collect());
    };
    if written.as_text().is_some() {
        let value = written.value();
        return if value.as_str() == Some("") { Value::tuple(Vec::new()) } else { Value::tuple(vec![value]) };
    }
    written.value()
}

/// Whether a part is there whenever another one is.
pub fn implied(guards: &[Guard], by: &[Guard]) -> bool {
    guards.iter().all(|g| by.iter().any(|other| other.origin == g.origin && other.expr == g.expr))
}

/// The environment that a deployment names: `environment: name`, `name.resource` or `{ name: ... }`.
pub fn environment_name(job: &Tree, header: &Origin, variables: &Names) -> Value {
    let Some(written) = job.get("environment") else { return unset(header, "environment") };
    let named = if written.is_map() {
        let Some(name) = written.get("name") else {
            return unset(written.header.as_ref().unwrap_or(header), "name");
        };
        name
    } else {
        written
    };
    let value = with_macros(&named.value(), variables);
    // Behind the point stands the resource in it.
    match value.as_str().and_then(|text| text.split_once('.')) {
        Some((name, _)) if !name.is_empty() => Value::string(name).with_origins(value.origins.clone()),
        _ => value,
    }
}

/// Every environment that a job may name.
pub fn environments(name: &Value) -> Value {
    let all = match &name.repr {
        Repr::Null => Vec::new(),
        Repr::String(text) => match markup::whole(text).map(|hole| &hole.unknown.refinement) {
            Some(Refinement::OneOf(values)) => values.to_vec(),
            _ => vec![name.clone()],
        },
        _ => vec![name.clone()],
    };
    Value::tuple(all).with_origins(name.origins.clone())
}

/// The environment that a job belongs to: the one it names, else what its names and those of its stage speak of,
/// else those of the connections and variable groups it is given.
pub fn environment_of(
    name: &str,
    title: Option<&str>,
    environment: &Value,
    stage: &Stage,
    credentials: &[Value],
) -> Option<Environment> {
    if let Repr::String(text) = &environment.repr {
        if let Text::Whole(name) = text {
            return Some(environment::from_ci_environment(name));
        }
        let known = text.written();
        if let Some((name, class)) = environment::classify_name(&known) {
            return Some(Environment { name, class, sign: eco_format!("environment \"{known}\"") });
        }
    }
    let mut classes: Vec<Environment> = environments(environment)
        .as_list()
        .into_iter()
        .flat_map(|l| &l.items)
        .filter_map(Value::as_str)
        .map(environment::from_ci_environment)
        .collect();
    if let Some(first) = classes.pop() {
        // One job for several kinds of environments belongs to none of them.
        return classes.iter().all(|e| e.class == first.class).then_some(first);
    }
    let stage_name = stage.key.as_deref();
    named_environment("job", name)
        .or_else(|| named_environment("job", title?))
        .or_else(|| named_environment("stage", stage_name?))
        .or_else(|| named_environment("stage", stage.title.as_deref()?))
        .or_else(|| {
            let mut found = credentials.iter().filter_map(|credential| {
                let credential = credential.as_object()?;
                let name = credential.get("name")?.as_str()?;
                let (word, class) = environment::classify_name(name)?;
                let kind = credential.get("kind")?.as_str()?;
                Some(Environment { name: word, class, sign: eco_format!("{kind} \"{name}\"") })
            });
            let first = found.next()?;
            found.all(|e| e.class == first.class).then_some(first)
        })
}

pub fn named_environment(what: &str, label: &str) -> Option<Environment> {
    let (name, class) = environment::classify_label(label)?;
    Some(Environment { name, class, sign: eco_format!("{what} \"{label}\"") })
}

/// A switch that is off if nothing is written.
pub fn flag(written: Option<Tree>) -> Value {
    let Some(written) = written else { return Value::bool(false) };
    let text = written.as_text().map(|t| t.to_lowercase());
    match text.as_deref() {
        Some("true") => Value::bool(true).with_origins(written.origins),
        Some("false") => Value::bool(false).with_origins(written.origins),
        _ => written.value(),
    }
}

/// The directory in which a step runs, from the root of the repository; empty if that is not told.
pub fn directory(step: &Tree) -> EcoString {
    let input = |key: &str| step.get("inputs").and_then(|i| i.get(key)).and_then(|t| t.as_text());
    let own = step.get("workingDirectory").and_then(|t| t.as_text());
    let written = own.or_else(|| input("workingDirectory")).or_else(|| input("cwd")).unwrap_or_default();
    let roots = ["$(System.DefaultWorkingDirectory)", "$(Build.SourcesDirectory)", "$(Build.Repository.LocalPath)"];
    let path = roots.iter().find_map(|root| written.strip_prefix(root)).unwrap_or(&written);
    let path = path.trim_matches('/').trim_start_matches("./");
    if path.contains("$(") || path == "." { EcoString::new() } else { path.into() }
}
