//! Jobs: with everything that they take from templates and defaults, and what that comes to.

use ecow::{EcoString, eco_format};

use super::{
    Made,
    merge::{field, flat, text_of},
    needs,
    pipeline::{Pipeline, rules_with_variables},
    rules::{Reader, Rules},
    unset,
    variables::Variables,
};
use crate::{
    lower::{ci::Condition, environment},
    model::{Environment, EnvironmentClass},
    source::{Diagnostic, DiagnosticKind},
    value::{Object, Origin, OriginStep, Part, Repr, Text, Value, Why, WhyKind},
};

/// Keywords that a job takes from `default` if it does not have them.
const DEFAULTS: [&str; 12] = [
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "hooks",
    "id_tokens",
    "identity",
    "image",
    "interruptible",
    "retry",
    "services",
    "tags",
];

/// A job of a pipeline.
pub struct Job {
    /// Its key.
    pub id: EcoString,
    /// `path#job`.
    pub address: EcoString,
    /// The same, in the pipeline of the job that triggers it.
    pub reached: EcoString,
    /// Its content, with what it takes from elsewhere.
    pub object: Object,
    /// What to underline when something is missing.
    pub header: Origin,
    /// Its stage.
    pub stage: Value,
    /// Its variables, with those of the pipeline.
    pub variables: Variables,
    /// When it runs.
    pub rules: Rules,
    /// What else must hold: a condition of the include that brings it.
    pub condition: Condition,
    /// The environment that it names.
    pub environment_name: Value,
    /// All environments that it may name.
    pub environments: Value,
    /// What it does there: `start`, `stop`, `prepare`, `verify`, `access`.
    pub environment_action: Value,
    /// The environment that it belongs to.
    pub environment: Option<Environment>,
    /// The jobs that come first.
    pub needs: Value,
    /// The files of the child pipeline that it triggers.
    pub child: Option<Value>,
    /// The inputs of that pipeline.
    pub child_inputs: Option<Value>,
    /// What it triggers, as rules see it; null if it runs scripts.
    pub calls: Value,
    /// Whether it only changes a job of a scanner that GitLab ships, which deploys nothing.
    pub is_scanner: bool,
}

/// The jobs of a pipeline.
pub fn read(pipeline: &Pipeline<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Job> {
    let found = pipeline.jobs(diagnostics);
    let mut jobs: Vec<Job> =
        found.into_iter().map(|(id, value, object)| Job::new(id, value, object, pipeline, diagnostics)).collect();
    let needs = needs::of(&jobs, pipeline, diagnostics);
    for (job, needs) in jobs.iter_mut().zip(needs) {
        job.needs = needs;
    }
    jobs
}

impl Job {
    fn new(
        id: &EcoString,
        value: &Value,
        written: &Object,
        pipeline: &Pipeline<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let header = written.header.clone().or_else(|| value.origins.first().cloned());
        let header = header.unwrap_or_else(|| pipeline.header.clone());
        let mut object = written.clone();
        with_defaults(&mut object, pipeline);
        // What has neither a script nor a trigger of its own is completed by an include that is not here.
        let is_whole = ["script", "run", "trigger"].iter().any(|name| field(&object, name).is_some());
        if let Some(why) = pipeline.missing.as_ref().filter(|_| !is_whole) {
            object.open.get_or_insert_with(|| why.clone());
        }
        if !is_whole && object.open.is_none() && field(&object, "needs").is_none() {
            let message = format!("the job `{id}` has neither `script` nor `run` nor `trigger`");
            diagnostics.push(
                Diagnostic::error(DiagnosticKind::Evaluation, message, header.anchor)
                    .help("GitLab refuses such a job; if it is a template, begin its name with a dot"),
            );
        }
        let is_scanner = !is_whole && object.get("extends").is_none() && pipeline.includes_only_scanners;
        let variables = variables(&object, pipeline);
        let lookup = |name: &str| variables.known(name);
        let known = pipeline.known(&lookup);
        let rules = Reader { known, open: object.open.as_ref(), diagnostics }.job(&object);
        let stage = field(&object, "stage").cloned().unwrap_or_else(|| match &object.open {
            Some(why) => Value::unknown(why.clone()).seen_at(header.clone()),
            None => Value::string("test").seen_at(header.with_step(OriginStep::NotSet("stage".into()))),
        });
        let (environment_name, environments) = environments(&object, &variables, &header);
        let settings = field(&object, "environment").and_then(Value::as_object);
        let action = settings.and_then(|e| field(e, "action")).cloned();
        let environment_action = match (&environment_name.repr, action) {
            (_, Some(action)) => action,
            (Repr::Null, None) => Value::null(),
            (_, None) => Value::string("start").with_origins(environment_name.origins.clone()),
        };
        let tier = settings.and_then(|e| field(e, "deployment_tier"));
        let environment = environment_of(id, &environment_name, &environments, tier, &stage, pipeline);
        let (calls, child, child_inputs) = trigger(&object, &header);
        let address = eco_format!("{}#{id}", pipeline.id);
        Self {
            id: id.clone(),
            reached: pipeline.caller.map_or_else(|| address.clone(), |c| eco_format!("{}/{id}", c.address)),
            address,
            condition: pipeline.conditions.get(id).cloned().unwrap_or_else(Condition::always),
            object,
            header,
            stage,
            variables,
            rules,
            environment_name,
            environments,
            environment_action,
            environment,
            needs: Value::tuple(Vec::new()),
            child,
            child_inputs,
            calls,
            is_scanner,
        }
    }

    /// When it is in a pipeline that started.
    pub fn runs(&self) -> Condition {
        self.condition.clone().and(self.rules.runs.clone())
    }

    /// The job as an entity.
    pub fn made(&self, pipeline: &Pipeline<'_>, path: EcoString) -> Made {
        Made {
            kind: "gitlab.job",
            address: self.address.clone(),
            name: self.id.clone(),
            path,
            calls: pipeline.caller.map(|c| c.place.clone()).into_iter().collect(),
            environment: self.environment.clone(),
            header: self.header.clone(),
        }
    }

    /// As rules see it.
    pub fn body(&self, pipeline: &Value) -> Object {
        let mut object = self.object.clone();
        for (name, value) in [
            ("id", Value::string(self.id.clone())),
            ("pipeline", pipeline.clone()),
            ("stage", self.stage.clone()),
            ("environment_name", self.environment_name.clone()),
            ("environments", self.environments.clone()),
            ("environment_action", self.environment_action.clone()),
            ("effective_variables", self.variables.object()),
            ("condition", self.rules.text.clone()),
            ("jobs_before", self.needs.clone()),
            ("ignores_failure", self.rules.ignores_failure()),
            ("calls", self.calls.clone()),
        ] {
            object.fields.insert(name.into(), value);
        }
        for section in ["before_script", "script", "after_script"] {
            if field(&object, section).is_some() {
                let origins = object.get(section).map(|v| v.origins.clone()).unwrap_or_default();
                let lines = Value::tuple(self.lines(section)).with_origins(origins);
                object.fields.insert(section.into(), lines);
            }
        }
        object
    }

    /// The lines of a section of its script, each as it is written.
    pub fn lines(&self, section: &str) -> Vec<Value> {
        flat(field(&self.object, section))
    }
}

/// Adds what the job takes from `default`.
fn with_defaults(object: &mut Object, pipeline: &Pipeline<'_>) {
    let inherit = field(object, "inherit").and_then(Value::as_object).and_then(|i| field(i, "default")).cloned();
    if field(object, "trigger").is_some() {
        return;
    }
    for name in DEFAULTS.into_iter().chain(["timeout"]) {
        if object.get(name).is_none()
            && inherits(inherit.as_ref(), name)
            && let Some(value) = pipeline.defaults.get(name)
        {
            object.fields.insert(name.into(), value.clone());
        }
    }
}

/// Whether `inherit` lets something through: `true`, `false`, or the names of what it does.
fn inherits(inherit: Option<&Value>, name: &str) -> bool {
    match inherit.map(|value| &value.repr) {
        Some(Repr::Bool(all)) => *all,
        Some(Repr::List(_)) => flat(inherit).iter().any(|value| value.as_str() == Some(name)),
        _ => true,
    }
}

fn variables(object: &Object, pipeline: &Pipeline<'_>) -> Variables {
    let inherit = field(object, "inherit").and_then(Value::as_object).and_then(|i| field(i, "variables")).cloned();
    let mut variables = pipeline.variables.clone();
    variables.keep(|name| inherits(inherit.as_ref(), name));
    variables.set(object.get("variables"));
    let holder = Value::from_object(object.clone());
    variables.add(&rules_with_variables(Some(&holder)));
    variables.set_matrix(field(object, "parallel"));
    variables
}

/// The environment that the job names, as one text and as all that it may be.
fn environments(object: &Object, variables: &Variables, header: &Origin) -> (Value, Value) {
    let none = |name: Value| {
        let list = Value::tuple(Vec::new()).with_origins(name.origins.clone());
        let list = if let Some(unknown) = name.as_unknown() {
            Value::unknown(unknown.why.clone()).with_origins(name.origins.clone())
        } else {
            list
        };
        (name, list)
    };
    let Some(written) = field(object, "environment") else {
        return none(match (&object.open, object.get("environment")) {
            (Some(why), None) => Value::unknown(why.clone()).seen_at(header.clone()),
            _ => unset(header, "environment"),
        });
    };
    let name = match &written.repr {
        Repr::Object(environment) => match (field(environment, "name"), &environment.open) {
            (Some(name), _) => name.clone(),
            (None, Some(why)) => Value::unknown(why.clone()).with_origins(written.origins.clone()),
            (None, None) => return none(unset(environment.header.as_ref().unwrap_or(header), "name")),
        },
        Repr::List(_) => Value::unknown(Why::new(WhyKind::WrongShape, "the name of an environment was expected"))
            .with_origins(written.origins.clone()),
        _ => written.clone(),
    };
    let name = match &name.repr {
        // `environment: 1` is the environment called so.
        Repr::Bool(_) | Repr::Number(_) => {
            let text = text_of(&name).unwrap_or_default();
            Value::string(text).with_origins(name.origins.clone())
        }
        _ => name,
    };
    if name.is_unknown() {
        return none(name);
    }
    let all = variables.texts(&name);
    let list = Value::tuple(all.clone()).with_origins(name.origins.clone());
    match <[Value; 1]>::try_from(all) {
        Ok([only]) => (only, list),
        Err(_) => (variables.text(&name), list),
    }
}

/// The environment that the job belongs to: the one it names, else what its names speak of.
fn environment_of(
    id: &str,
    name: &Value,
    environments: &Value,
    tier: Option<&Value>,
    stage: &Value,
    pipeline: &Pipeline<'_>,
) -> Option<Environment> {
    let told = |label: &str, what: &str| {
        let (name, class) = environment::classify_label(label)?;
        Some(Environment { name, class, sign: eco_format!("{what} \"{label}\"") })
    };
    if let Repr::String(_) = &name.repr {
        let named: Vec<Option<Environment>> = flat(Some(environments)).iter().map(of_name).collect();
        let found = match &named[..] {
            [only] => only.clone(),
            // One job for several environments belongs to none of them, unless they are of one kind.
            [Some(first), rest @ ..]
                if rest.iter().flatten().filter(|e| e.name == first.name).count() == rest.len() =>
            {
                Some(first.clone())
            }
            _ => return None,
        };
        if let Some(tier) = tier.and_then(Value::as_str) {
            let class =
                if tier == "production" { EnvironmentClass::Production } else { EnvironmentClass::NonProduction };
            let sign = eco_format!("deployment tier \"{tier}\"");
            let name = found.as_ref().filter(|e| e.class == class).map_or_else(|| tier.into(), |e| e.name.clone());
            return Some(Environment { name, class, sign });
        }
        if found.is_some() {
            return found;
        }
    }
    told(id, "job")
        .or_else(|| stage.as_str().and_then(|stage| told(stage, "stage")))
        .or_else(|| pipeline.environment.clone())
}

/// What a name says: `prod/$REGION` is production, whatever the region.
fn of_name(name: &Value) -> Option<Environment> {
    let Repr::String(text) = &name.repr else { return None };
    if let Text::Whole(name) = text {
        return Some(environment::from_ci_environment(name));
    }
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

/// What a job triggers: how it is called, the files of a child pipeline, and its inputs.
fn trigger(object: &Object, header: &Origin) -> (Value, Option<Value>, Option<Value>) {
    let Some(written) = field(object, "trigger") else { return (unset(header, "trigger"), None, None) };
    let Some(settings) = written.as_object() else { return (written.clone(), None, None) };
    let inputs = field(settings, "inputs").cloned();
    if let Some(project) = field(settings, "project") {
        return (project.clone(), None, inputs);
    }
    let Some(include) = field(settings, "include") else { return (written.clone(), None, inputs) };
    let first = flat(Some(include)).into_iter().next();
    let named = first.as_ref().and_then(|first| match first.as_object() {
        Some(object) => ["local", "project", "remote", "template", "component", "artifact"]
            .iter()
            .find_map(|kind| field(object, kind)),
        None => Some(first),
    });
    let calls = match named {
        Some(name) => match name.as_str() {
            Some(path) if !path.contains("://") => {
                Value::string(path.trim_start_matches('/')).with_origins(name.origins.clone())
            }
            _ => name.clone(),
        },
        None => include.clone(),
    };
    (calls, Some(include.clone()), inputs)
}
