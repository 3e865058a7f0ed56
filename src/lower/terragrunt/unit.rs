//! A unit: a directory whose `terragrunt.hcl` deploys a module with inputs.

use std::{rc::Rc, sync::Arc};

use ecow::EcoString;

use super::{
    config::{Config, Reader, Session, scope_of},
    generate::{self, Generated},
    path::{in_tree, shown, unplaced},
};
use crate::{
    eval::EvalError,
    lower::path::name_of,
    lower::{
        environment,
        path::dir_of,
        terraform::{VariableFile, variable_file},
    },
    model::{Entity, Skipped},
    source::{Diagnostic, FileId, Span},
    syntax::hcl::Item,
    value::{ByName, Object, ObjectKind, Origin, OriginStep, Origins, Repr, Value, Why, WhyKind},
};

/// Which module a unit deploys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployed {
    /// The files beside its `terragrunt.hcl`.
    Own,
    /// A directory of the tree.
    Directory(EcoString),
    /// Something that is not in the tree, and why.
    Elsewhere(String),
}

/// A unit, evaluated.
#[derive(Debug)]
pub struct Unit {
    /// Its `terragrunt.hcl`.
    pub path: EcoString,
    /// What it deploys.
    pub module: Deployed,
    /// Where it says so, if that is not beside the module: what a call is to a called module.
    pub call: Option<Origin>,
    /// What it gives to the module's variables; files of variables win over it.
    pub inputs: Vec<(EcoString, Value)>,
    /// Why it may give values to other variables too.
    pub open: Option<Why>,
    /// The files of variables that it names, which win over all others.
    pub variable_files: Vec<Arc<VariableFile>>,
    /// What it writes into the module.
    pub generated: Vec<Generated>,
    /// What is not known in the generated text, by number.
    pub given: Vec<Value>,
    /// Its `remote_state`.
    pub backend: Option<Backend>,
    /// The unit as a rule sees it.
    pub entity: Entity,
}

/// The backend that `remote_state` configures.
#[derive(Debug)]
pub struct Backend {
    /// Its type.
    pub kind: EcoString,
    /// Its arguments and, as `type`, its type.
    pub body: Value,
    /// The block's header.
    pub header: Origin,
}

/// What reading one `terragrunt.hcl` gave.
#[derive(Default)]
pub struct Reading {
    /// The unit, if it is one.
    pub unit: Option<Unit>,
    /// The files that were looked at.
    pub reached: Vec<FileId>,
    /// The files that it includes.
    pub included: Vec<EcoString>,
    /// What went wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// What is not looked at.
    pub skipped: Vec<Skipped>,
}

impl Unit {
    /// Its directory.
    pub fn dir(&self) -> &str {
        dir_of(&self.path)
    }
}

/// Evaluates a `terragrunt.hcl`.
pub fn read(reader: &Reader<'_>, path: &str, has_module: &dyn Fn(&str) -> bool) -> Reading {
    let session = Rc::new(Session::new(reader, path.into()));
    let mut out = Reading::default();
    if let Some(config) = Config::new(&session, path, path, false) {
        // Whether the file is a parent is known before it makes sense to evaluate all of it.
        config.includes();
        out.unit = unit(&config, has_module, &mut out.skipped);
    }
    out.reached = session.reached.take().into_iter().collect();
    out.included = session.included.take().into_iter().collect();
    out.diagnostics = session.diagnostics.take();
    out
}

fn unit(config: &Rc<Config<'_>>, has_module: &dyn Fn(&str) -> bool, skipped: &mut Vec<Skipped>) -> Option<Unit> {
    let dir = dir_of(&config.path);
    let source = config.source();
    if source.is_none() && !has_module(dir) {
        return None;
    }
    let first = config.body.items.first().map(|item| match item {
        Item::Attribute(a) => Origin::new(a.name.span, a.span, OriginStep::Here),
        Item::Block(b) => Origin::new(b.header, b.span, OriginStep::Here),
    })?;
    let module = match &source {
        None => Deployed::Own,
        Some((value, _, span)) => deployed(config, value, *span, has_module),
    };
    if let Deployed::Elsewhere(why) = &module {
        let why = format!("a Terragrunt unit whose module is not in the repository ({why}): only its inputs are known");
        skipped.push(Skipped { path: config.path.to_string(), why });
    }
    let own_terraform = config.body.blocks_of("terraform").next();
    let place = own_terraform.map_or(first, |b| Origin::new(b.header, b.span, OriginStep::Here));
    let inputs = unplaced(&config.inputs());
    let (fields, open) = match &inputs.repr {
        Repr::Object(object) => {
            let fields = object.fields.iter().map(|(k, v)| (k.clone(), v.clone().mark_sensitive(inputs.sensitive)));
            (fields.collect(), object.open.clone())
        }
        Repr::Unknown(unknown) => (ByName::default(), Some(unknown.why.clone())),
        _ => {
            let place = inputs.origins.first().map_or(place.anchor, |o| o.anchor);
            config.session.report(&EvalError::new("`inputs` must be an object"), place);
            (ByName::default(), Some(Why::new(WhyKind::Invalid, "`inputs` must be an object")))
        }
    };
    let mut given = Vec::new();
    let generated = generate::all(config, &mut given);
    let (variable_files, arguments) = extra_arguments(config, place.anchor);
    let mut fields: ByName<Value> = fields;
    fields.extend(arguments);
    let entity = entity(config, &place, source.as_ref().map(|(v, ..)| v), &inputs);
    Some(Unit {
        path: config.path.clone(),
        call: (module != Deployed::Own).then(|| Origin { step: OriginStep::Use, ..place }),
        module,
        inputs: fields.into_iter().collect(),
        open,
        variable_files,
        generated,
        given,
        backend: backend(config),
        entity,
    })
}

fn deployed(config: &Config<'_>, source: &Value, span: Span, has_module: &dyn Fn(&str) -> bool) -> Deployed {
    let Some(written) = source.as_str() else {
        let why = source.first_unknown().map_or_else(|| "its source is no string".into(), |w| w.to_string());
        return Deployed::Elsewhere(why);
    };
    // `modules/vpc` is a path too, if there is one.
    let is_module = || in_tree(dir_of(&config.unit_path), written).is_some_and(|found| has_module(&found));
    if !written.starts_with(['.', '/']) && !is_module() {
        return Deployed::Elsewhere(written.into());
    }
    match in_tree(dir_of(&config.unit_path), written) {
        Some(found) if has_module(&found) => Deployed::Directory(found),
        Some(found) => {
            let message = format!("there is no Terraform module in {}", scope_of(&found));
            config.session.report(&EvalError::new(message), span);
            Deployed::Elsewhere(shown(written))
        }
        None => Deployed::Elsewhere(shown(written)),
    }
}

/// What `extra_arguments` add to the commands that plan: files of variables, and single values.
fn extra_arguments(config: &Rc<Config<'_>>, place: Span) -> (Vec<Arc<VariableFile>>, Vec<(EcoString, Value)>) {
    let session = &config.session;
    let mut extra = Extra::default();
    // What is included comes first, so that the unit's own files win.
    for (layer, _) in config.layers().into_iter().rev() {
        for block in layer.body.blocks_of("terraform").flat_map(|t| t.body.blocks_of("extra_arguments")) {
            let list = |name: &str| match layer.attribute(&block.body, name).map(|v| v.repr) {
                Some(Repr::List(list)) => list.items.clone(),
                _ => Vec::new(),
            };
            let commands = list("commands");
            if commands.is_empty() || commands.iter().any(|c| matches!(c.as_str(), Some("plan" | "apply") | None)) {
                let variables = layer.attribute(&block.body, "env_vars");
                extra.environment(variables.as_ref());
                extra.files(list("required_var_files"), true);
                extra.files(list("optional_var_files"), false);
                extra.arguments(list("arguments"));
            }
        }
    }
    let mut files: Vec<Arc<VariableFile>> = Vec::new();
    for (written, required, span) in extra.files {
        let found = in_tree(dir_of(&config.unit_path), &written);
        match found.and_then(|path| session.reader.file(&path)) {
            Some(id) => {
                let file = variable_file(session.reader.files, id, &mut session.diagnostics.borrow_mut());
                files.retain(|f| f.path != file.path);
                files.push(file);
            }
            None if required => {
                let message = format!("there is no file {} in the repository", shown(&written));
                session.report(&EvalError::new(message), span.unwrap_or(place));
            }
            None => {}
        }
    }
    (files, extra.values)
}

/// What the blocks of `extra_arguments` add.
#[derive(Default)]
struct Extra {
    /// Paths, whether they have to be there, and where that is written.
    files: Vec<(EcoString, bool, Option<Span>)>,
    values: Vec<(EcoString, Value)>,
}

impl Extra {
    fn files(&mut self, paths: Vec<Value>, required: bool) {
        for path in paths {
            let place = path.origins.first().map(|o| o.anchor);
            self.files.extend(path.as_str().map(|p| (p.into(), required, place)));
        }
    }

    /// `-var-file=path`, `-var=name=value`, or either in two parts.
    fn arguments(&mut self, arguments: Vec<Value>) {
        let mut flag: Option<EcoString> = None;
        for argument in arguments {
            let Some(text) = argument.as_str() else { continue };
            let (name, value) = match (flag.take(), text.split_once('=')) {
                (Some(flag), _) => (flag, text),
                (None, Some((name, value))) if name.starts_with('-') => (name.trim_start_matches('-').into(), value),
                (None, _) => {
                    let name = text.trim_start_matches('-');
                    flag = matches!(name, "var" | "var-file").then(|| name.into());
                    continue;
                }
            };
            let place = argument.origins.first().map(|o| o.anchor);
            match (name.as_str(), value.split_once('=')) {
                ("var-file", _) => self.files.push((value.into(), true, place)),
                ("var", Some((name, value))) => self.value(name, Value::string(value), &argument.origins),
                _ => {}
            }
        }
    }

    /// `TF_VAR_name`
    fn environment(&mut self, variables: Option<&Value>) {
        for (name, value) in variables.and_then(Value::as_object).iter().flat_map(|o| &o.fields) {
            if let Some(name) = name.strip_prefix("TF_VAR_") {
                self.value(name, value.clone(), &value.origins);
            }
        }
    }

    fn value(&mut self, name: &str, value: Value, places: &Origins) {
        // Text that stands for a list or a map would have to be read as an expression first.
        let value = match value.as_str() {
            Some(text) if text.starts_with(['[', '{']) => Value::unknown(Why::new(
                WhyKind::NotEvaluated,
                format!("the text that is given to variable \"{name}\""),
            )),
            _ => unplaced(&value),
        };
        let places = places.first().map(|o| o.with_step(OriginStep::Input(name.into())));
        self.values.push((name.into(), value.with_origins(places.into_iter().collect())));
    }
}

fn backend(config: &Rc<Config<'_>>) -> Option<Backend> {
    let (remote_state, header) = config.remote_state()?;
    let remote_state = remote_state.as_object()?;
    let kind = remote_state.get("backend")?;
    let name: EcoString = kind.as_str().map(EcoString::from)?;
    let arguments = remote_state.get("config").cloned().unwrap_or_else(|| Value::object([]));
    let (fields, open) = match &unplaced(&arguments).repr {
        Repr::Object(written) => (written.fields.clone(), written.open.clone()),
        _ => (ByName::default(), arguments.first_unknown()),
    };
    let mut object =
        Object { kind: ObjectKind::Block, header: Some(header.clone()), fields, open, ..Object::default() };
    object.fields.insert("type".into(), kind.clone());
    let body = Value::from_object(object).with_origins(Origins::one(header.clone()));
    Some(Backend { kind: name, body, header })
}

/// The unit as a rule sees it: `path`, `source`, `dependencies`, `inputs`.
fn entity(config: &Rc<Config<'_>>, place: &Origin, source: Option<&Value>, inputs: &Value) -> Entity {
    let dir = dir_of(&config.path);
    let scope = scope_of(dir);
    let mut object = Object { kind: ObjectKind::Block, header: Some(place.clone()), ..Object::default() };
    let here = Origins::one(place.clone());
    object.fields.insert("path".into(), Value::string(scope.clone()).with_origins(here.clone()));
    let source = source.map_or_else(
        || Value::null().with_origins(Origins::one(place.with_step(OriginStep::NotSet("source".into())))),
        unplaced,
    );
    object.fields.insert("source".into(), source);
    let mut dependencies = Vec::new();
    for (layer, block) in config.blocks("dependency") {
        dependencies.extend(layer.attribute(&block.body, "config_path"));
    }
    if let Some((layer, block)) = config.block("dependencies", &|_| true)
        && let Some(paths) = layer.attribute(&block.body, "paths")
    {
        dependencies.extend(paths.as_list().map(|l| l.items.clone()).unwrap_or_default());
    }
    let in_words = |value: &Value| match value.as_str().and_then(|p| in_tree(dir, p)) {
        Some(path) => Value::string(scope_of(&path)).with_origins(value.origins.clone()),
        None => unplaced(value),
    };
    let dependencies = Value::tuple(dependencies.iter().map(in_words).collect()).with_origins(here.clone());
    object.fields.insert("dependencies".into(), dependencies);
    object.fields.insert("inputs".into(), inputs.clone());
    Entity {
        kind: "terragrunt.unit".into(),
        address: scope.clone(),
        name: name_of(dir).into(),
        scope,
        body: Value::from_object(object).with_origins(here),
        header: place.clone(),
        extent: place.extent,
        parts: Vec::new(),
        calls: Vec::new(),
        owner: None,
        environment: environment::classify_path(dir),
        scenario: None,
        doubt: None,
    }
}
