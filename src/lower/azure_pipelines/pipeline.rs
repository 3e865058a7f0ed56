//! A pipeline that was put together: its entities, and the common model filled from it.

use std::{collections::HashMap, sync::Arc};

use ecow::{EcoString, eco_format};

use super::{
    Read,
    condition::{self, of_guards},
    expand::{Expander, Names, Scope, with_variables},
    expression::Expr,
    job::{
        Step, Variants, directory, environment_name, environment_of, environments, flag, gate, implied,
        named_environment, needs, stage_needs, steps_of,
    },
    made::{Made, unset},
    steps::{self, Refs, Work, with_macros},
    template::Files,
    tree::{Guard, Item, Kind, Tree},
    triggers::Starts,
};
use crate::{
    lower::{
        ci::{self, Condition, Gate, GateKind, Test},
        path::name_of,
    },
    model::Environment,
    source::SourceMap,
    value::{ByName, Origin, OriginStep, Origins, Truth, Value, Why, WhyKind},
};

/// A pipeline, its stages, jobs and steps.
pub fn lower(read: &Read, sources: &SourceMap, out: &mut ci::Parts) {
    let header = header(read);
    let starts = if read.is_template { Starts::of_template(&header) } else { Starts::of(&read.tree, &header) };
    let stem = stem(&read.path);
    let environment = named_environment("pipeline", stem);
    let refs = repositories(read, &header, out);
    let mut object = read.tree.object();
    let unresolved = Value::tuple(read.unresolved.clone()).with_origins(Origins::one(header.clone()));
    let used = Value::tuple(read.used.iter().map(|path| Value::string(path.clone())).collect());
    for (name, value) in [
        ("path", Value::string(read.path.clone())),
        ("triggers", starts.names.clone()),
        ("is_template", Value::bool(read.is_template)),
        ("templates", used),
        ("unresolved", unresolved.clone()),
    ] {
        object.fields.insert(name.into(), value);
    }
    let made = Made {
        kind: "azure_pipelines.pipeline",
        address: read.path.clone(),
        name: stem.into(),
        path: read.path.clone(),
        header: header.clone(),
        via: &[],
        environment: environment.clone(),
        guards: &[],
        object,
    };
    let body = made.body();
    out.lowered.entities.push(made.entity(body.clone()));
    out.pipelines.push(ci::Pipeline {
        system: "azure",
        id: read.path.clone(),
        path: read.path.clone(),
        name: stem.into(),
        header: header.clone(),
        environment: environment.clone(),
        starts: starts.condition.clone(),
        variables: variables(&read.tree),
        triggers: starts.names.clone(),
        schedules: starts.schedules.clone(),
        upstream: starts.upstream.clone(),
        unresolved,
        is_text: false,
    });
    let mut pipeline = Pipeline {
        read,
        header,
        body,
        starts,
        environment,
        refs,
        set_by_scripts: set_by_scripts(read, sources),
        addresses: HashMap::new(),
        files: Files::new(&[]),
        sources,
        out,
    };
    let scope = Settings::default().with(&read.tree);
    let stages = read.tree.all_items("stages");
    if stages.is_empty() {
        let stage = Stage { despite_skipped: Some(false), ..Stage::default() };
        pipeline.jobs(&read.tree, &stage, &scope);
    } else {
        pipeline.stages(&stages, &scope);
    }
}

/// What a pipeline's parts share.
struct Pipeline<'a> {
    read: &'a Read,
    header: Origin,
    body: Value,
    starts: Starts,
    environment: Option<Environment>,
    refs: Refs,
    /// The variables that scripts set, in lower case: their values are not those in the file.
    set_by_scripts: Vec<String>,
    /// How often an address was given.
    addresses: HashMap<EcoString, usize>,
    files: Files<'a>,
    sources: &'a SourceMap,
    out: &'a mut ci::Parts,
}

/// What pipelines, stages and jobs hand on to what is in them.
#[derive(Clone, Default)]
struct Settings {
    variables: Names,
    /// The variable groups.
    groups: Vec<Value>,
}

impl Settings {
    fn with(&self, tree: &Tree) -> Self {
        let mut all = self.clone();
        for field in tree.fields().iter().filter(|f| f.key == "variables") {
            all.variables = with_variables(&all.variables, &field.tree);
            for item in field.tree.items() {
                all.groups.extend(item.tree.get("group").map(|g| with_macros(&g.value(), &all.variables)));
            }
        }
        all
    }
}

/// A stage as its jobs see it.
#[derive(Default)]
pub struct Stage {
    /// None if the pipeline has no stages.
    pub key: Option<EcoString>,
    /// Its entity.
    pub body: Option<Value>,
    /// What people call it.
    pub title: Option<EcoString>,
    /// When it runs.
    pub runs: Option<Condition>,
    /// Whether it runs although what it needs was skipped; none if that is not known.
    pub despite_skipped: Option<bool>,
    /// The keys of all jobs of the stages that come first.
    pub needs: Vec<Value>,
    /// Under which conditions it is put in.
    pub guards: Vec<Guard>,
    /// Its own variables.
    pub variables: Option<Value>,
}

impl Pipeline<'_> {
    fn stages(&mut self, stages: &[Item], settings: &Settings) {
        let mut by_name: ByName<Variants> = ByName::default();
        let mut before: Vec<(EcoString, Vec<Guard>)> = Vec::new();
        for (index, item) in stages.iter().enumerate() {
            let tree = &item.tree;
            let name = tree.get("stage").and_then(|s| s.as_text()).filter(|n| !n.is_empty());
            let key = name.unwrap_or_else(|| eco_format!("Stage{}", index + 1));
            let settings = settings.with(tree);
            let read = self.condition(tree, &settings.variables);
            let needs = needs(tree, &item.guards, &by_name).unwrap_or_else(|| {
                // Without `dependsOn` the stage before comes first: one that is there whenever this one is.
                let last = before.iter().rev().find(|(_, guards)| implied(guards, &item.guards));
                let jobs = last.and_then(|(name, _)| by_name.get(name)).and_then(|made| made.last());
                jobs.map_or_else(Vec::new, |(jobs, _)| jobs.iter().map(|job| Value::string(job.clone())).collect())
            });
            let title = tree.get("displayName").and_then(|d| d.as_text());
            let address = self.address(&eco_format!("{}#{key}", self.read.path));
            let mut object = tree.object();
            for (name, value) in [
                ("id", Value::string(key.clone())),
                ("pipeline", self.body.clone()),
                ("needs", stage_needs(tree, before.last().map(|(name, _)| name))),
                ("condition", read.text.clone()),
            ] {
                object.fields.insert(name.into(), value);
            }
            let label = named_environment("stage", &key).or_else(|| named_environment("stage", title.as_deref()?));
            let made = Made {
                kind: "azure_pipelines.stage",
                name: key.clone(),
                path: self.path_of(tree),
                header: steps::header(tree, &self.header),
                via: &tree.via,
                environment: label.or_else(|| self.environment.clone()),
                guards: &item.guards,
                object,
                address: address.clone(),
            };
            let body = made.body();
            self.out.lowered.entities.push(made.entity(body.clone()));
            let stage = Stage {
                key: Some(key.clone()),
                body: Some(body),
                title,
                runs: Some(of_guards(&item.guards).and(read.runs)),
                despite_skipped: read.despite_skipped,
                needs,
                guards: item.guards.clone(),
                variables: Some(variables(tree)).filter(|v| !v.is_null()),
            };
            let jobs = self.jobs(tree, &stage, &settings);
            by_name.entry(key.clone()).or_default().push((jobs, item.guards.clone()));
            before.push((key, item.guards.clone()));
        }
    }

    /// The jobs of a stage, or of a pipeline without stages; their keys.
    fn jobs(&mut self, tree: &Tree, stage: &Stage, settings: &Settings) -> Vec<EcoString> {
        let mut jobs = tree.all_items("jobs");
        // Steps without a job, or a template that is not to be had.
        let unresolved = tree.get("template").is_some() || tree.get("extends").is_some();
        let loose = jobs.is_empty() && (unresolved || !tree.all_items("steps").is_empty());
        if loose {
            jobs.push(Item { tree: tree.clone(), guards: Vec::new() });
        }
        let mut by_name: ByName<Variants> = ByName::default();
        let mut keys = Vec::new();
        for (index, item) in jobs.iter().enumerate() {
            let named = ["job", "deployment"].iter().find_map(|key| item.tree.get(key)?.as_text());
            let named = named.filter(|n| !n.is_empty() && !loose);
            let name = named.unwrap_or_else(|| if loose { "Job".into() } else { eco_format!("Job{}", index + 1) });
            let settings = if loose { settings.clone() } else { settings.with(&item.tree) };
            let key = self.job(&name, item, stage, &settings, &by_name, loose);
            by_name.entry(name).or_default().push((vec![key.clone()], item.guards.clone()));
            keys.push(key);
        }
        keys
    }

    fn job(
        &mut self,
        name: &EcoString,
        item: &Item,
        stage: &Stage,
        settings: &Settings,
        siblings: &ByName<Variants>,
        loose: bool,
    ) -> EcoString {
        let tree = &item.tree;
        let in_stage = stage.key.as_ref().map_or_else(|| name.clone(), |stage| eco_format!("{stage}.{name}"));
        let address = self.address(&eco_format!("{}#{in_stage}", self.read.path));
        let key: EcoString = address.rsplit_once('#').map_or(in_stage, |(_, key)| key.into());
        let header = if loose && stage.key.is_none() { self.header.clone() } else { steps::header(tree, &self.header) };
        let own = if loose {
            condition::read(None, None, &mut Clone::clone)
        } else {
            self.condition(tree, &settings.variables)
        };
        let mut needed = if loose { Vec::new() } else { needs(tree, &item.guards, siblings).unwrap_or_default() };
        // A job that runs in any case does so within its stage, which may still be skipped.
        if own.despite_skipped == Some(true) && stage.despite_skipped == Some(false) {
            needed.clear();
        }
        // What comes before the stage comes before the jobs that need no other of it.
        let despite_skipped = if needed.is_empty() { stage.despite_skipped } else { own.despite_skipped };
        if needed.is_empty() {
            needed.extend(stage.needs.iter().cloned());
        }
        let needs = Value::tuple(needed);

        let deployment = tree.get("deployment").is_some();
        let environment_name = environment_name(tree, &header, &settings.variables);
        let title = tree.get("displayName").and_then(|d| d.as_text()).filter(|_| !loose);
        let found = steps_of(tree);
        let work: Vec<Work> = found.iter().map(|s| Work::of(&s.item.tree, &settings.variables, &self.refs)).collect();
        let mut credentials: Vec<Value> =
            settings.groups.iter().map(|group| steps::credential("variable group", group.clone())).collect();
        credentials.extend(work.iter().flat_map(|w| w.credentials.clone()));
        let environment = environment_of(name, title.as_deref(), &environment_name, stage, &credentials)
            .or_else(|| self.environment.clone());
        let guards: Vec<Guard> = stage.guards.iter().chain(&item.guards).cloned().collect();
        let runs = stage.runs.clone().unwrap_or_else(Condition::always);
        let runs = runs.and(of_guards(&item.guards)).and(own.runs);
        let condition = if own.text.is_null() { unset(&header, "condition") } else { own.text };

        let mut object = tree.object();
        for (field, value) in [
            ("id", Value::string(key.clone())),
            ("pipeline", self.body.clone()),
            ("stage", stage.body.clone().unwrap_or_else(Value::null)),
            ("is_deployment", Value::bool(deployment)),
            ("environment_name", environment_name.clone()),
            ("needs", needs.clone()),
            ("condition", condition.clone()),
            ("credentials", Value::tuple(credentials.clone())),
        ] {
            object.fields.insert(field.into(), value);
        }
        let made = Made {
            kind: "azure_pipelines.job",
            address: address.clone(),
            name: name.clone(),
            path: self.path_of(tree),
            header: header.clone(),
            via: &tree.via,
            environment: environment.clone(),
            guards: &guards,
            object,
        };
        let path = made.path.clone();
        let body = made.body();
        self.out.lowered.entities.push(made.entity(body.clone()));

        // Those of a stage are told once, by its first job.
        let of_stage = if siblings.is_empty() { stage.variables.clone() } else { None };
        let own_variables = match (variables(tree), of_stage) {
            _ if loose && stage.key.is_none() => Value::null(),
            (own, _) if loose => own,
            (own, Some(outer)) => merged(outer, &own),
            (own, None) => own,
        };
        let mut gates = Vec::new();
        if deployment && !environment_name.is_null() {
            gates.push(Gate::environment(environment_name.clone()));
        }
        gates.extend(found.iter().zip(&work).filter_map(|(step, work)| gate(&step.item, work)));
        let mut secrets: Vec<Value> = Vec::new();
        for secret in work.iter().flat_map(|w| &w.secrets) {
            if !secrets.iter().any(|s| s.as_str() == secret.as_str()) {
                secrets.push(secret.clone());
            }
        }
        let calls = match (tree.get("template"), tree.get("extends").and_then(|e| e.get("template"))) {
            (Some(written), _) => written.value(),
            (None, Some(written)) if loose || found.is_empty() => written.value(),
            _ => Value::null(),
        };
        // Whoever wrote the template may have put an approval in it.
        if !calls.is_null() {
            let why = Why::new(WhyKind::PipelineExpression, "what a template of another repository does");
            let holds = Truth::Unknown(vec![why], calls.origins.clone());
            gates.push(Gate { kind: GateKind::Approval, name: calls.clone(), holds });
        }
        self.out.jobs.push(ci::Job {
            system: "azure",
            path,
            pipeline: self.read.path.clone(),
            id: key.clone(),
            name: key.clone(),
            address: address.clone(),
            header: header.clone(),
            called_at: tree.via.to_vec(),
            caller: None,
            environment: environment.clone(),
            environments: environments(&environment_name),
            environment_name,
            variables: own_variables,
            asks_upstream: true,
            triggers: self.starts.names.clone(),
            branches: self.starts.branches.clone(),
            tags: self.starts.tags.clone(),
            runs,
            runs_despite_skipped: despite_skipped,
            gates,
            needs,
            calls,
            permissions: Value::null(),
            condition,
            secrets: Value::tuple(secrets),
            credentials: Value::tuple(credentials),
            inherits_secrets: Value::bool(false),
            ignores_failure: flag(tree.get("continueOnError").filter(|_| !loose)),
        });
        let owner = Owner { address: &address, body: &body, header: &header, environment, guards: &guards };
        for (index, (step, work)) in found.iter().zip(work).enumerate() {
            self.step(index, step, work, &owner, settings);
        }
        key
    }

    fn step(&mut self, index: usize, step: &Step, work: Work, owner: &Owner<'_>, settings: &Settings) {
        let tree = &step.item.tree;
        let read = self.condition(tree, &settings.variables);
        let text = |key: &str| tree.get(key).and_then(|t| t.as_text());
        let key = text("name").map_or_else(|| eco_format!("[{index}]"), |name| eco_format!("[\"{name}\"]"));
        let address = self.address(&eco_format!("{}{key}", owner.address));
        let name = text("displayName").or_else(|| text("name")).or_else(|| text("task")).or_else(|| text("template"));
        let name = name.unwrap_or_else(|| eco_format!("step {}", index + 1));
        let header = steps::header(tree, owner.header);
        let guards: Vec<Guard> = owner.guards.iter().chain(&step.item.guards).cloned().collect();
        let mut object = tree.object();
        let (task, version) = work.task.clone().unzip();
        let at = tree.get("task").map_or_else(Origins::none, |t| t.origins);
        let part = |text: Option<EcoString>| text.map_or_else(Value::null, Value::string).with_origins(at.clone());
        for (field, value) in [
            ("index", Value::number(i64::try_from(index).unwrap_or(i64::MAX))),
            ("job", owner.body.clone()),
            ("pipeline", self.body.clone()),
            ("hook", step.hook.clone().map_or_else(Value::null, Value::string)),
            ("task_name", part(task)),
            ("task_version", part(version)),
            ("condition", read.text.clone()),
        ] {
            object.fields.insert(field.into(), value);
        }
        let made = Made {
            kind: "azure_pipelines.step",
            address: address.clone(),
            name: name.clone(),
            path: self.path_of(tree),
            header: header.clone(),
            via: &tree.via,
            environment: owner.environment.clone(),
            guards: &guards,
            object,
        };
        let path = made.path.clone();
        let body = made.body();
        self.out.lowered.entities.push(made.entity(body));
        let enabled = tree.get("enabled").filter(|e| e.as_text().as_deref() == Some("false"));
        let runs = match enabled {
            Some(off) => Condition::at(Test::Never, off.origins),
            None => of_guards(&step.item.guards).and(read.runs),
        };
        self.out.steps.push(ci::Step {
            job: owner.address.clone(),
            address,
            path,
            index,
            name,
            header,
            commands: work.commands,
            uses: work.uses,
            directory: directory(tree),
            variables: tree.get("env").map_or_else(Value::null, |env| with_macros(&env.value(), &settings.variables)),
            runs,
            condition: read.text,
            ignores_failure: flag(tree.get("continueOnError")),
        });
    }

    /// The condition of a stage, job or step, with the variables that are known when it is asked.
    fn condition(&self, tree: &Tree, variables: &Names) -> condition::Read {
        let Some(written) = tree.get("condition") else { return condition::read(None, None, &mut Clone::clone) };
        let known = variables.iter().filter(|(name, _)| !self.set_by_scripts.contains(&name.as_str().to_lowercase()));
        let scope = Scope {
            path: self.read.path.clone(),
            parameters: Arc::new(Names::default()),
            variables: Arc::new(known.map(|(n, t)| (n.clone(), t.clone())).collect()),
            locals: Names::default(),
            via: Arc::from([]),
            open: ecow::EcoVec::new(),
        };
        let open = match &written.kind {
            Kind::Scalar(_, Some(expr)) => Some((**expr).clone()),
            Kind::Scalar(value, None) => value.as_bool().map(Expr::Bool),
            _ => None,
        };
        let no_texts = |_: &crate::syntax::node::Scalar, _: crate::source::Span| Value::null();
        let mut expander = Expander::of_conditions(&self.files, &no_texts);
        let mut reduce = |expr: &Expr| expander.reduce(expr, &scope).expr().unwrap_or_else(|| expr.clone());
        condition::read(Some(&written.value()), open, &mut reduce)
    }

    /// An address that no other thing of the pipeline has: alternatives are told apart by number.
    fn address(&mut self, wanted: &EcoString) -> EcoString {
        let count = self.addresses.entry(wanted.clone()).or_default();
        *count += 1;
        if *count == 1 { wanted.clone() } else { eco_format!("{wanted}~{count}") }
    }

    /// The file that a part is written in.
    fn path_of(&self, tree: &Tree) -> EcoString {
        let place = tree.header.as_ref().or_else(|| tree.origins.first());
        place.map_or_else(|| self.read.path.clone(), |place| self.sources.path(place.anchor.file).into())
    }
}

/// What steps are part of.
struct Owner<'a> {
    address: &'a EcoString,
    body: &'a Value,
    header: &'a Origin,
    environment: Option<Environment>,
    guards: &'a [Guard],
}

/// The variables that a part defines, as an object.
fn variables(tree: &Tree) -> Value {
    let mut all = Names::default();
    let mut origins = Origins::none();
    for field in tree.fields().iter().filter(|f| f.key == "variables") {
        origins.extend(&field.tree.origins);
        for variable in field.tree.fields() {
            all.insert(variable.key.clone(), variable.tree.clone());
        }
        for item in field.tree.items() {
            let Some(name) = item.tree.get("name").and_then(|n| n.as_text()) else { continue };
            all.extend(item.tree.get("value").map(|value| (name, value)));
        }
    }
    if origins.is_empty() {
        return Value::null();
    }
    Value::object(all.into_iter().map(|(name, tree)| (name, tree.value()))).with_origins(origins)
}

/// Both objects as one; the inner goes before the outer.
fn merged(outer: Value, inner: &Value) -> Value {
    let (Some(before), Some(after)) = (outer.as_object(), inner.as_object()) else { return outer };
    let all = before.fields.iter().chain(&after.fields).map(|(name, value)| (name.clone(), value.clone()));
    Value::object(all).with_origins(outer.origins.and(&inner.origins))
}

/// The other repositories that a pipeline names, as entities; their refs by alias.
fn repositories(read: &Read, header: &Origin, out: &mut ci::Parts) -> Refs {
    let mut refs = Refs::default();
    let Some(resources) = read.tree.get("resources") else { return refs };
    for item in resources.all_items("repositories") {
        let tree = &item.tree;
        let Some(alias) = tree.get("repository").and_then(|r| r.as_text()) else { continue };
        let header = steps::header(tree, header);
        let reference = tree.get("ref").map_or_else(|| unset(&header, "ref"), |r| r.value());
        refs.insert(alias.clone(), reference.clone());
        let ends = eco_format!("@{alias}");
        let gives = read.unresolved.iter().any(|u| u.as_str().is_some_and(|text| text.ends_with(ends.as_str())));
        let mut object = tree.object();
        object.fields.insert("ref".into(), reference);
        object.fields.insert("gives_templates".into(), Value::bool(gives));
        let made = Made {
            kind: "azure_pipelines.repository",
            address: eco_format!("{}#repository.{alias}", read.path),
            name: alias,
            path: read.path.clone(),
            header,
            via: &tree.via,
            environment: None,
            guards: &item.guards,
            object,
        };
        let body = made.body();
        out.lowered.entities.push(made.entity(body));
    }
    refs
}

/// The variables that scripts of the pipeline set while it runs.
fn set_by_scripts(read: &Read, sources: &SourceMap) -> Vec<String> {
    let mut found = Vec::new();
    for (_, file) in sources.iter().filter(|(_, f)| *f.path == *read.path || read.used.contains(&*f.path)) {
        for (at, _) in file.text.match_indices("task.setvariable ") {
            let rest = &file.text[at..];
            let line = rest.lines().next().unwrap_or_default();
            let Some((_, name)) = line.split_once("variable=") else { continue };
            let end = name.find([';', ']', '"', '\'', ' ']).unwrap_or(name.len());
            found.push(name[..end].to_lowercase());
        }
    }
    found
}

/// What to underline when a pipeline lacks something.
fn header(read: &Read) -> Origin {
    let first = read.tree.header.clone();
    let place = |key: &str| {
        let tree = read.tree.get(key)?;
        let origin = tree.origins.first()?.clone();
        tree.as_text().is_some().then_some(origin)
    };
    let whole = first.or_else(|| read.tree.origins.first().cloned());
    let Some(whole) = whole else {
        return Origin::here(crate::source::Span::new(crate::source::FileId(0), 0, 0));
    };
    match place("name") {
        Some(name) => Origin::new(name.anchor, whole.extent, OriginStep::Here),
        None => whole,
    }
}

fn stem(path: &str) -> &str {
    let name = name_of(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
