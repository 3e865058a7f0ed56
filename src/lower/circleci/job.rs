//! Jobs as workflows invoke them.

use ecow::{EcoString, eco_format};

use super::{
    Config, Workflow,
    library::{Found, Library, Sort, parameters},
    steps::{Around, Piece, Steps},
    text::Scope,
    workflow::Invocation,
};
use crate::{
    lower::{
        ci::{
            Condition, Gate, GateKind, Job, Parts, Step,
            reading::{credential, field, items, object, refused, secrets, unset, used, written},
        },
        environment,
    },
    model::Environment,
    value::{Object, Value},
};

/// What a workflow says to CircleCI about a job, not to the job.
const OWN_KEYS: &[&str] = &[
    "context",
    "filters",
    "matrix",
    "name",
    "override-with",
    "post-steps",
    "pre-steps",
    "requires",
    "serial-group",
    "type",
];

/// Parameters that are usually called so when they name an environment.
const ENVIRONMENT_KEYS: &[&str] = &["environment", "env", "env-name", "env_name", "stage", "tier", "environment-name"];

impl Config<'_> {
    /// Adds a job of a workflow, with its steps.
    pub(super) fn job(&self, workflow: &Workflow, invocation: &Invocation, parts: &mut Parts) {
        let id = &invocation.name;
        let address = eco_format!("{}/{id}", workflow.id);
        // A job of an orb may take the place of the one that is defined here.
        let over = field(&invocation.entry, "override-with").map(written);
        let over = over.as_ref().filter(|job| !matches!(self.library.find(Sort::Job, job), Found::Nothing));
        let called = over.unwrap_or(&invocation.job);
        let found = self.library.find(Sort::Job, called);
        let definition = match found {
            Found::Here(value, library) => value.as_object().map(|object| (object, library)),
            _ => None,
        };
        let is_approval = invocation.is_approval()
            || definition.is_some_and(|(job, _)| field(job, "type").and_then(Value::as_str) == Some("approval"));
        let mut variables = Value::null();
        let mut commands = Vec::new();
        if let Some((job, library)) = definition.filter(|_| !is_approval) {
            variables = self.defined(job, library, &address, invocation, parts, &mut commands);
        } else if !is_approval {
            self.elsewhere(&found, called, &address, workflow, invocation, parts, &mut commands);
        }
        let names = |filter: &str| {
            let filters = object(&invocation.entry, "filters").and_then(|f| object(f, filter));
            let only = filters.and_then(|f| field(f, "only"));
            only.map_or_else(Value::null, |only| {
                Value::tuple(items(Some(only)).to_vec()).with_origins(only.origins.clone())
            })
        };
        let contexts = items(field(&invocation.entry, "context"));
        let gates = if is_approval {
            let at = field(&invocation.entry, "type")
                .map_or_else(|| super::library::at(&invocation.header), |t| t.origins.clone());
            vec![Gate::held(GateKind::Approval, Value::string(id.clone()).with_origins(at))]
        } else {
            Vec::new()
        };
        let own = |name: &str| variables.as_object().is_some_and(|set| set.get(name).is_some());
        let condition = field(&invocation.entry, "filters").filter(|f| f.as_object().is_none());
        parts.jobs.push(Job {
            system: "circleci",
            path: self.path.clone(),
            pipeline: workflow.id.clone(),
            id: id.clone(),
            name: id.clone(),
            address,
            called_at: Vec::new(),
            caller: None,
            environment: environment_of(invocation, definition.map(|(job, _)| job), workflow, &self.defaults),
            environment_name: unset(&invocation.header, "environment"),
            environments: Value::tuple(Vec::new()),
            triggers: workflow.triggers.clone(),
            branches: names("branches"),
            tags: names("tags"),
            runs: invocation.runs.clone(),
            runs_despite_skipped: invocation.asks_success.map(|asks| !asks),
            asks_upstream: true,
            gates,
            needs: Value::tuple(invocation.needs.clone()).with_origins(
                field(&invocation.entry, "requires")
                    .map_or_else(|| unset(&invocation.header, "requires").origins, |r| r.origins.clone()),
            ),
            calls: Value::null(),
            permissions: Value::null(),
            condition: condition.cloned().unwrap_or_else(Value::null),
            secrets: secrets(&commands, &own),
            credentials: Value::tuple(
                contexts.iter().map(|context| credential("context", &self.defaults.apply(context))).collect(),
            ),
            variables,
            inherits_secrets: Value::bool(false),
            ignores_failure: Value::bool(false),
            header: invocation.header.clone(),
        });
    }

    /// The steps of a job that is defined here. Gives its variables.
    fn defined(
        &self,
        job: &Object,
        library: &Library,
        address: &EcoString,
        invocation: &Invocation,
        parts: &mut Parts,
        commands: &mut Vec<Value>,
    ) -> Value {
        let mut scope = Scope::default();
        for (name, value) in parameters(job, |name| invocation.entry.get(name).cloned()) {
            scope.set("parameters", &name, value);
        }
        let executor = executor_of(job, library, &scope);
        let mut variables = Object::default();
        for from in executor.iter().chain([job]) {
            if let Some(set) = object(from, "environment") {
                let set = self.defaults.apply_object(&scope.apply_object(set));
                variables.header.clone_from(&set.header);
                variables.fields.extend(set.fields);
            }
        }
        let is_set = variables.header.is_some();
        let root =
            field(job, "working_directory").or_else(|| executor.as_ref().and_then(|e| field(e, "working_directory")));
        let nothing = Scope::default();
        let around = |library, scope| Around { library, scope, runs: Condition::always(), condition: Value::null() };
        let root = root.map_or_else(|| "~/project".into(), |root| written(&scope.apply(root)));
        let mut steps = self.steps(root, invocation, parts);
        steps.add(field(&invocation.entry, "pre-steps"), &around(&self.library, &nothing), 0);
        steps.add(field(job, "steps"), &around(library, &scope), 0);
        steps.add(field(&invocation.entry, "post-steps"), &around(&self.library, &nothing), 0);
        let pieces = steps.pieces;
        commands.extend(pieces.iter().flat_map(|piece| piece.commands.iter().cloned()));
        self.add_steps(address, pieces, parts);
        if is_set { Value::from_object(variables) } else { Value::null() }
    }

    /// The steps around a job that is not in the repository, and the use of it.
    #[allow(clippy::too_many_arguments, reason = "each is another thing")]
    fn elsewhere(
        &self,
        found: &Found<'_>,
        called: &EcoString,
        address: &EcoString,
        workflow: &Workflow,
        invocation: &Invocation,
        parts: &mut Parts,
        commands: &mut Vec<Value>,
    ) {
        let name = Value::string(called.clone()).with_origins(super::library::at(&invocation.header));
        let given = invocation.entry.fields.iter().filter(|(key, _)| !OWN_KEYS.contains(&key.as_str()));
        let given = given.map(|(key, value)| (key.clone(), self.defaults.apply(value)));
        let given = Object { fields: given.collect(), header: Some(invocation.header.clone()), ..Object::default() };
        let with = Value::from_object(given.clone());
        let uses = if let Found::Elsewhere(orb) = found {
            used("orb", Value::string(orb.action(called)), orb.version.clone(), &name, with)
        } else {
            let message = format!("workflow \"{}\" runs job \"{}\", which is defined nowhere", workflow.name, called);
            let help = "define it under `jobs`, or name the orb under `orbs`";
            parts.lowered.diagnostics.push(refused(message, &name, &invocation.header).help(help));
            used("job", name.clone(), Value::null(), &name, with)
        };
        let mut steps = self.steps(EcoString::new(), invocation, parts);
        let nothing = Scope::default();
        let around =
            Around { library: &self.library, scope: &nothing, runs: Condition::always(), condition: Value::null() };
        steps.add(field(&invocation.entry, "pre-steps"), &around, 0);
        steps.pieces.push(Piece {
            name: called.clone(),
            header: invocation.header.clone(),
            directory: EcoString::new(),
            commands: Vec::new(),
            uses: vec![uses],
            variables: Value::null(),
            runs: Condition::always(),
            condition: Value::null(),
        });
        steps.handed_on(Some(&given), &around, 0);
        steps.add(field(&invocation.entry, "post-steps"), &around, 0);
        let pieces = steps.pieces;
        commands.extend(pieces.iter().flat_map(|piece| piece.commands.iter().cloned()));
        self.add_steps(address, pieces, parts);
    }

    fn steps<'a>(&'a self, root: EcoString, invocation: &Invocation, parts: &'a mut Parts) -> Steps<'a> {
        Steps {
            parameters: &self.parameters,
            defaults: &self.defaults,
            root,
            header: invocation.header.clone(),
            pieces: Vec::new(),
            uses_left: &self.uses_left,
            diagnostics: &mut parts.lowered.diagnostics,
        }
    }

    fn add_steps(&self, job: &EcoString, pieces: Vec<Piece>, parts: &mut Parts) {
        parts.steps.extend(pieces.into_iter().enumerate().map(|(index, piece)| Step {
            job: job.clone(),
            address: eco_format!("{job}[{index}]"),
            path: self.path.clone(),
            index,
            name: piece.name,
            header: piece.header,
            directory: piece.directory,
            commands: piece.commands,
            uses: piece.uses,
            variables: piece.variables,
            runs: piece.runs,
            condition: piece.condition,
            ignores_failure: Value::bool(false),
        }));
    }
}

/// The executor of a job with its parameters put in, if it is in the repository.
fn executor_of(job: &Object, library: &Library, scope: &Scope) -> Option<Object> {
    let named = scope.apply(field(job, "executor")?);
    let (name, given) = match named.as_object() {
        Some(object) => (field(object, "name")?, Some(object)),
        None => (&named, None),
    };
    let Found::Here(value, _) = library.find(Sort::Executor, &written(name)) else { return None };
    let executor = value.as_object()?;
    let mut inner = Scope::default();
    for (name, value) in parameters(executor, |name| given?.get(name).cloned()) {
        inner.set("parameters", &name, value);
    }
    Some(inner.apply_object(executor))
}

/// The images in which a job runs, those of its executor too.
pub fn images(job: &Object, library: &Library, defaults: &Scope) -> Value {
    let mut scope = Scope::default();
    for (name, value) in parameters(job, |_| None) {
        scope.set("parameters", &name, value);
    }
    let executor = executor_of(job, library, &scope);
    let mut found = Vec::new();
    for from in executor.iter().chain([job]) {
        for container in items(field(from, "docker")).iter().filter_map(Value::as_object) {
            found.extend(field(container, "image").map(|image| defaults.apply(&scope.apply(image))));
        }
    }
    Value::tuple(found)
}

/// The environment that a job is for: told by a parameter that names it, by its name, by the contexts that give it
/// its credentials, by its workflow.
fn environment_of(
    invocation: &Invocation,
    definition: Option<&Object>,
    workflow: &Workflow,
    defaults: &Scope,
) -> Option<Environment> {
    let said =
        |(name, class), what: &str, text: &str| Environment { name, class, sign: eco_format!("{what} \"{text}\"") };
    let own = invocation.entry.fields.iter().map(|(key, value)| (key.clone(), value.clone()));
    let of_job = definition.into_iter().flat_map(|job| parameters(job, |_| None));
    let of_job = of_job.filter(|(key, _)| invocation.entry.get(key).is_none());
    for (key, value) in own.chain(of_job).filter(|(key, _)| ENVIRONMENT_KEYS.contains(&key.as_str())) {
        let value = defaults.apply(&value);
        if let Some((text, found)) = value.as_str().and_then(|text| Some((text, environment::classify_name(text)?))) {
            return Some(said(found, &key, text));
        }
    }
    let name = [&invocation.name, &invocation.job].into_iter();
    let mut of_name = name.filter_map(|name| environment::classify_label(name).map(|found| said(found, "job", name)));
    let contexts = items(field(&invocation.entry, "context")).iter().filter_map(Value::as_str);
    let mut of_context =
        contexts.filter_map(|name| environment::classify_label(name).map(|found| said(found, "context", name)));
    of_name.next().or_else(|| of_context.next()).or_else(|| workflow.environment.clone())
}
