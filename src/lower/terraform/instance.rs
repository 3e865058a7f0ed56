//! One evaluation of a module: the root, or one instance of a call.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    sync::Arc,
};

use ecow::EcoString;
use foldhash::{HashMap, HashSet};

use super::{
    Modules, Options, contract,
    expand::{self, Expansion, Repetition},
    module::{self, Call, Module, Variable},
    resource,
    scenario::Scenario,
    scope::{Constants, InstanceScope},
    tfvars::{self, VariableFiles},
    types,
};
use crate::{
    eval::{self, EvalError, Locals, Scope, functions::equality::same},
    lower::path::{self, is_outside},
    lower::terragrunt::{Deployed, Unit},
    model::Lowered,
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap, Span, Tree, tree::ReadError},
    syntax::hcl::{self, Expr},
    value::{Identity, Origin, OriginStep, Origins, Refinement, Repr, Symbol, Type, Unknown, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// Modules that are nested deeper than this are not looked at.
const DEEPEST_MODULE: usize = 64;
/// Each call of a module that is called twice by one that is called twice doubles the work. Beyond this many
/// instances below one root, calls of one module with equal arguments share one instance.
const UNSHARED_MODULES: usize = 64;
/// Beyond this many, a module that was looked at once is not looked at again, whatever its arguments.
const MOST_MODULES: usize = 10_000;
/// References that lead on to references, locals to locals, deeper than this are given up.
const DEEPEST_REFERENCE: usize = 250;
/// How much one expression may make, and one named value hold: bytes of text, and elements, which count
/// as several.
pub(in crate::lower) const LARGEST_VALUE: usize = 8 << 20;

/// What functions made of large texts, by function and text; and the places of the text.
type Decoded = HashMap<(&'static str, EcoString), (Origins, Value)>;

/// What all instances of one root share.
pub(super) struct Root<'a> {
    pub(super) files: &'a SourceMap,
    pub(super) tree: &'a dyn Tree,
    pub(super) modules: &'a Modules,
    pub(super) options: &'a Options,
    /// With which values it is evaluated.
    pub(super) scenario: &'a Scenario,
    /// The directory of the root; the scope of its addresses. For a Terragrunt unit the unit's.
    pub(super) scope: EcoString,
    /// The directory of its configuration, that paths start from.
    pub(super) dir: EcoString,
    /// What its symbols are unique in: the scope and the scenario, so that nothing in one scenario
    /// stands for a thing of another.
    pub(super) symbols: EcoString,
    /// The Terragrunt unit that deploys it, if there is one.
    pub(super) unit: Option<&'a Unit>,
    pub(super) diagnostics: RefCell<Vec<Diagnostic>>,
    variables: HashMap<EcoString, Value>,
    depth: Cell<usize>,
    /// How many instances of called modules there are.
    called: Cell<usize>,
    /// The directories of which there is an instance.
    seen: RefCell<HashSet<EcoString>>,
    /// The directories whose declarations (variables, calls) are entities already.
    declared: RefCell<HashSet<EcoString>>,
    /// What need not be decoded again.
    pub(super) decoded: RefCell<Decoded>,
    /// What the expression that is being evaluated has made so far.
    pub(super) spent: Cell<usize>,
}

/// One evaluation of a module.
pub(super) struct Instance<'a> {
    pub(super) root: &'a Root<'a>,
    pub(super) module: Arc<Module>,
    /// `""` for the root, else `module.a["x"].module.b`.
    pub(super) address: EcoString,
    /// The names of the calls that lead here: `""` for the root, else `a.b`.
    path: EcoString,
    /// Set if the instance may not exist.
    pub(super) doubt: Option<Why>,
    /// The calls that lead here, outermost first.
    pub(super) calls: Vec<Origin>,
    caller: Option<Caller<'a>>,
    depth: usize,
    memo: RefCell<HashMap<Key, Option<Value>>>,
    expansions: RefCell<HashMap<EcoString, Rc<Expansion>>>,
    children: RefCell<HashMap<EcoString, Rc<Instance<'a>>>>,
    /// The instances below this root that equal calls may share, by directory and arguments.
    shared: Rc<RefCell<HashMap<EcoString, Weak<Instance<'a>>>>>,
    /// Whether its entities were made.
    done: Cell<bool>,
}

struct Caller<'a> {
    instance: Rc<Instance<'a>>,
    name: EcoString,
    repetition: Repetition,
}

/// What has been evaluated; `None` in the memo while it is being evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Variable(EcoString),
    Local(EcoString),
    Output(EcoString),
    /// An attribute of a resource instance; the whole if the attribute is empty.
    Attribute(EcoString, EcoString),
}

/// Evaluates a root module and everything that it calls.
pub(super) fn lower_root(
    scenario: &Scenario,
    files: &SourceMap,
    tree: &dyn Tree,
    modules: &Modules,
    variable_files: &VariableFiles,
    options: &Options,
) -> Lowered {
    let Some(module) = modules.get(&scenario.dir) else { return Lowered::default() };
    let root = Root::new(scenario, None, module, files, tree, modules, variable_files, options);
    let mut out = Lowered::default();
    resource::entities(&Rc::new(Instance::of_root(&root, module.clone())), &mut out);
    out.diagnostics.extend(root.diagnostics.take());
    out
}

/// Evaluates the module of a Terragrunt unit.
#[allow(clippy::too_many_arguments)]
pub(super) fn lower_unit(
    unit: &Unit,
    module: Arc<Module>,
    files: &SourceMap,
    tree: &dyn Tree,
    modules: &Modules,
    variable_files: &VariableFiles,
    options: &Options,
) -> Lowered {
    // Inputs go to Terraform through its environment, which any file of variables wins over; Terragrunt
    // copies those beside the unit to the module; what `extra_arguments` name stands on the command line.
    let beside = variable_files.automatic.get(unit.dir()).filter(|_| unit.dir() != module.dir.as_str());
    let scenario = Scenario {
        dir: module.dir.clone(),
        files: beside.into_iter().flatten().chain(&unit.variable_files).cloned().collect(),
        values: unit.inputs.clone(),
        ..Scenario::default()
    };
    let root = Root::new(&scenario, Some(unit), &module, files, tree, modules, variable_files, options);
    let mut out = Lowered::default();
    resource::entities(&Rc::new(Instance::of_root(&root, module)), &mut out);
    out.diagnostics.extend(root.diagnostics.take());
    out
}

/// Calls `ask` with the names of a root module.
#[allow(clippy::too_many_arguments)]
pub(super) fn with_root<R>(
    scenario: &Scenario,
    files: &SourceMap,
    tree: &dyn Tree,
    modules: &Modules,
    variable_files: &VariableFiles,
    options: &Options,
    ask: &dyn Fn(&dyn Scope) -> R,
) -> R {
    let module = modules.get(&scenario.dir).cloned().unwrap_or_default();
    let root = Root::new(scenario, None, &module, files, tree, modules, variable_files, options);
    let instance = Rc::new(Instance::of_root(&root, module));
    ask(&InstanceScope { instance: &instance, repetition: None })
}

impl<'a> Root<'a> {
    #[allow(clippy::too_many_arguments)]
    fn new(
        scenario: &'a Scenario,
        unit: Option<&'a Unit>,
        module: &Module,
        files: &'a SourceMap,
        tree: &'a dyn Tree,
        modules: &'a Modules,
        variable_files: &VariableFiles,
        options: &'a Options,
    ) -> Self {
        let scope = unit.map_or_else(|| scenario.scope(), |unit| unit.entity.scope.clone());
        let mut root = Self {
            files,
            tree,
            modules,
            options,
            scenario,
            symbols: crate::model::symbol_scope(&scope, scenario.name()),
            scope,
            dir: scenario.dir.clone(),
            unit,
            diagnostics: RefCell::default(),
            variables: HashMap::default(),
            depth: Cell::new(0),
            called: Cell::new(0),
            seen: RefCell::default(),
            declared: RefCell::default(),
            decoded: RefCell::default(),
            spent: Cell::new(0),
        };
        root.variables = tfvars::values(&root, module, variable_files);
        root
    }

    /// The workspace, if it is told.
    pub(super) fn workspace(&self) -> Option<&str> {
        self.options.workspace.as_deref().or(self.scenario.workspace.as_deref())
    }

    /// Notes an error of the configuration, and gives the unknown that stands for the value.
    pub(super) fn report(&self, error: &EvalError, span: Span) -> Value {
        let place = error.span.filter(|s| s.file != FileId::NONE).unwrap_or(span);
        self.diagnostics
            .borrow_mut()
            .push(Diagnostic::error(DiagnosticKind::Evaluation, error.message.clone(), place).warning());
        Value::unknown(Why::new(WhyKind::Invalid, error.message.as_str()))
            .with_origins(Origins::one(Origin::here(place)))
    }

    /// Whether this is the first time that this is asked about a directory.
    pub(super) fn is_first_of(&self, dir: &EcoString) -> bool {
        self.declared.borrow_mut().insert(dir.clone())
    }

    pub(super) fn read(&self, dir: &str, path: &str) -> Result<Vec<u8>> {
        // `path.module` is "." below the directory, and `path.root` leads from the root's.
        let full = module::resolve(dir, path);
        if !self.admits(&full) {
            return Err(EvalError::new(format!("{path} is outside the repository")));
        }
        self.tree.read(&full).map_err(|error| match error {
            ReadError::NotFound => EvalError::new(format!("there is no file {full}")),
            other => EvalError::new(format!("{full} cannot be read: {other}")),
        })
    }
}

impl Root<'_> {
    /// Whether a function may look at a path: one of the tree, or of a module above it that is called.
    pub(super) fn admits(&self, path: &str) -> bool {
        let inside = |dir: &str| path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        !is_outside(path) || self.modules.keys().any(|dir| is_outside(dir) && inside(dir))
    }
}

impl<'a> Instance<'a> {
    fn of_root(root: &'a Root<'a>, module: Arc<Module>) -> Self {
        Self {
            root,
            module,
            address: EcoString::new(),
            path: EcoString::new(),
            doubt: None,
            calls: root.unit.and_then(|u| u.call.clone()).into_iter().collect(),
            caller: None,
            depth: 0,
            memo: RefCell::default(),
            expansions: RefCell::default(),
            children: RefCell::default(),
            shared: Rc::default(),
            done: Cell::new(false),
        }
    }

    /// The address of something in this instance.
    pub(super) fn qualify(&self, name: &str) -> EcoString {
        if self.address.is_empty() { name.into() } else { ecow::eco_format!("{}.{name}", self.address) }
    }

    pub(super) fn unknown(&self, why: Why, name: &str, path: &str) -> Value {
        let symbol = Symbol { scope: self.root.symbols.clone(), address: self.qualify(name), path: path.into() };
        Repr::Unknown(Arc::new(Unknown { why, symbol: Some(symbol), refinement: Refinement::Nothing })).into()
    }

    /// The way from the directory of the root to that of the module: `path.module`.
    pub(super) fn path_in_root(&self) -> EcoString {
        path::relative(&self.root.dir, &self.module.dir)
    }

    /// The value behind a key, evaluated once.
    pub(super) fn memo(
        &self,
        key: Key,
        place: Span,
        name: &dyn Fn() -> String,
        evaluate: impl FnOnce() -> Value,
    ) -> Value {
        match self.memo.borrow().get(&key) {
            Some(Some(value)) => return value.clone(),
            Some(None) => return self.root.report(&refers_to_itself(&name()), place),
            None => {}
        }
        let depth = &self.root.depth;
        if depth.get() > DEEPEST_REFERENCE {
            return Value::unknown(Why::new(WhyKind::NotEvaluated, "a chain of references this long"));
        }
        self.memo.borrow_mut().insert(key.clone(), None);
        depth.set(depth.get() + 1);
        let value = self.bounded(evaluate(), name);
        depth.set(depth.get() - 1);
        self.memo.borrow_mut().insert(key, Some(value.clone()));
        value
    }

    /// A value, unless it holds so much that what uses it would hold more than fits: lists of lists of
    /// lists share their parts, and take no memory until somebody walks through them.
    fn bounded(&self, value: Value, name: &dyn Fn() -> String) -> Value {
        let mut left = LARGEST_VALUE;
        if weigh(&value, &mut left) {
            return value;
        }
        let message = format!("{} holds too much to be evaluated", name());
        match value.origins.first() {
            Some(origin) => self.root.report(&EvalError::new(message), origin.anchor),
            None => Value::unknown(Why::new(WhyKind::Invalid, message)),
        }
    }

    /// Evaluates, and turns an error into a diagnostic and an unknown.
    pub(super) fn evaluate(
        self: &Rc<Self>,
        expr: &Expr,
        repetition: Option<&Repetition>,
        locals: &Locals<'_>,
    ) -> Value {
        let scope = InstanceScope { instance: self, repetition };
        let outer = self.root.spent.replace(0);
        let value = eval::evaluate(expr, &scope, locals);
        self.root.spent.set(outer);
        match value {
            Ok(value) => value,
            Err(error) => self.root.report(&error, expr.span),
        }
    }

    /// What is not declared here is an error; but of a module that is not in the repository only what a
    /// Terragrunt unit adds to it is here.
    pub(super) fn absent(&self, message: String) -> Result {
        let unit = self.root.unit.filter(|_| self.caller.is_none());
        match unit.map(|u| &u.module) {
            Some(Deployed::Elsewhere(_)) => {
                Ok(Value::unknown(Why::new(WhyKind::ModuleMissing, "of the Terragrunt unit")))
            }
            _ => Err(EvalError::new(message).uncatchable()),
        }
    }

    pub(super) fn variable(self: &Rc<Self>, name: &EcoString) -> Result {
        let module = self.module.clone();
        let Some(variable) = module.variables.get(name) else {
            let given = self.root.variables.get(name).filter(|_| self.caller.is_none());
            let absent = self.absent(format!("there is no variable \"{name}\" in this module"))?;
            return Ok(given.cloned().unwrap_or(absent));
        };
        Ok(self.memo(Key::Variable(name.clone()), variable.block.header, &|| format!("variable \"{name}\""), || {
            let value = self.variable_value(name, variable);
            self.planned(name, variable, &value).unwrap_or(value).mark_sensitive(variable.sensitive)
        }))
    }

    fn variable_value(self: &Rc<Self>, name: &EcoString, variable: &Variable) -> Value {
        let given = match &self.caller {
            None => self.root.variables.get(name).cloned(),
            Some(caller) => caller.argument(name),
        };
        let default = variable.block.body.attribute("default");
        if let (None, None, Some(why)) = (&self.caller, &given, self.root.unit.and_then(|u| u.open.as_ref())) {
            let place = self.root.unit.map(|u| u.entity.header.clone());
            return self.unknown(why.clone(), &format!("var.{name}"), "").with_origins(place.into_iter().collect());
        }
        if let Some(null) = given.as_ref().filter(|v| v.is_null() && !variable.nullable && default.is_none()) {
            let place = null.origins.first().map_or(variable.block.header, |o| o.anchor);
            let message = format!("variable \"{name}\" must not be null");
            return self.root.report(&EvalError::new(message), place);
        }
        let given = given.filter(|v| variable.nullable || !v.is_null());
        let (value, place) = match (given, default) {
            (Some(value), _) => {
                let place = value.origins.first().map_or(variable.block.header, |o| o.anchor);
                (value, place)
            }
            (None, Some(default)) => {
                let step = OriginStep::VariableDefault(name.clone());
                let origin = Origin::new(default.expr.span, default.span, step);
                let value = self.evaluate(&default.expr, None, &Locals::NONE);
                (value.with_origins(Origins::one(origin)), default.expr.span)
            }
            (None, None) => {
                let step = OriginStep::VariableUnset(name.clone());
                let origin = Origin::new(variable.block.header, variable.block.span, step);
                let why = Why::new(WhyKind::NoDefault, name.clone());
                let mut value = self.unknown(why, &format!("var.{name}"), "");
                if let Repr::Unknown(unknown) = &mut value.repr {
                    let refinement = contract::refinement(self, name, variable);
                    *unknown = Arc::new(Unknown { refinement, ..(**unknown).clone() });
                }
                let ty = variable.constraint.plain();
                value.ty = (ty != Type::Any).then(|| ty.shared());
                return value.with_origins(Origins::one(origin));
            }
        };
        let constants = Constants { root: self.root };
        let default_of = |expr: &Expr| eval::evaluate(expr, &constants, &Locals::NONE);
        match types::conform(&value, &variable.constraint, &default_of) {
            Ok(converted) => converted,
            Err(error) => {
                let message = format!("the value of variable \"{name}\" does not fit its type: {}", error.message);
                self.root.report(&EvalError::new(message).at(place), place)
            }
        }
    }

    /// The value that a variable of the root had when it was planned, if that is another: it was given on
    /// the command line, or in the environment.
    fn planned(&self, name: &EcoString, variable: &Variable, value: &Value) -> Option<Value> {
        let planned = self.root.options.planned.get(name).filter(|_| self.caller.is_none())?;
        let default_of = |expr: &Expr| eval::evaluate(expr, &Constants { root: self.root }, &Locals::NONE);
        let planned = types::conform(planned, &variable.constraint, &default_of).ok()?;
        if same(value, &planned) {
            return None;
        }
        let step = OriginStep::VariableFile(name.clone());
        let origin = Origin::new(variable.block.header, variable.block.span, step);
        Some(planned.with_origins(Origins::one(origin)))
    }

    pub(super) fn local(self: &Rc<Self>, name: &EcoString) -> Result {
        let Some(attribute) = self.module.locals.get(name).cloned() else {
            return self.absent(format!("there is no local value \"{name}\" in this module"));
        };
        Ok(self.memo(Key::Local(name.clone()), attribute.span, &|| format!("local.{name}"), || {
            let constants = &self.module.constants;
            let shared = constants.has(&self.module, name).then(|| self.path_in_root());
            if let Some(known) = shared.as_ref().and_then(|path| constants.get(name, path)) {
                return known;
            }
            let value = self.evaluate(&attribute.expr, None, &Locals::NONE);
            let value = relabel(value, &attribute.expr, OriginStep::Local(name.clone()));
            if let Some(path) = &shared {
                constants.keep(name, path, &value);
            }
            value
        }))
    }

    pub(super) fn output(self: &Rc<Self>, name: &EcoString) -> Result {
        let Some(block) = self.module.outputs.get(name).cloned() else {
            return Err(EvalError::new(format!("the module has no output \"{name}\"")));
        };
        let Some(attribute) = block.body.attribute("value").cloned() else { return Ok(Value::null()) };
        let sensitive = flag(&block, "sensitive") || flag(&block, "ephemeral");
        Ok(self.memo(Key::Output(name.clone()), block.header, &|| format!("output \"{name}\""), || {
            self.evaluate(&attribute.expr, None, &Locals::NONE).mark_sensitive(sensitive)
        }))
    }

    /// How often a resource or a module call is there.
    pub(super) fn expansion(self: &Rc<Self>, name: &EcoString, block: &hcl::Block) -> Rc<Expansion> {
        if let Some(found) = self.expansions.borrow().get(name) {
            if found.busy {
                self.root.report(&refers_to_itself(name), block.header);
            }
            return found.clone();
        }
        let busy = Rc::new(Expansion::unknown(Why::new(WhyKind::Invalid, format!("{name} refers to itself"))).busy());
        self.expansions.borrow_mut().insert(name.clone(), busy);
        let expansion = Rc::new(expand::expand(self, block));
        self.expansions.borrow_mut().insert(name.clone(), expansion.clone());
        expansion
    }

    /// The instance of a called module; none if the module is not in the tree.
    pub(super) fn child(
        self: &Rc<Self>,
        name: &EcoString,
        call: &Call,
        repetition: &Repetition,
        doubt: Option<&Why>,
    ) -> Option<Rc<Instance<'a>>> {
        let path = self.path_of(name);
        let dir = &self.called_dir(&path, call)?;
        let module = self.root.modules.get(dir)?;
        let key = ecow::eco_format!("module.{name}{}", repetition.key.apart());
        if let Some(child) = self.children.borrow().get(&key) {
            return Some(child.clone());
        }
        let equal = self.equal_call(module, call, repetition, doubt);
        let found = equal.as_ref().and_then(|equal| self.shared.borrow().get(equal)?.upgrade());
        if let Some(found) = found {
            self.children.borrow_mut().insert(key, found.clone());
            return Some(found);
        }
        if let Some(why) = self.refusal(dir) {
            let message = format!("module \"{name}\" is not looked at: {why}");
            self.root.report(&EvalError::new(message), call.block.header);
            return None;
        }
        let mut calls = self.calls.clone();
        calls.push(Origin::new(call.block.header, call.block.span, OriginStep::Use));
        let child = Rc::new(Instance {
            root: self.root,
            module: module.clone(),
            address: self.qualify(&ecow::eco_format!("module.{name}{}", repetition.key)),
            path,
            doubt: self.doubt.clone().or_else(|| doubt.cloned()),
            calls,
            caller: Some(Caller { instance: self.clone(), name: name.clone(), repetition: repetition.clone() }),
            depth: self.depth + 1,
            memo: RefCell::default(),
            expansions: RefCell::default(),
            children: RefCell::default(),
            shared: self.shared.clone(),
            done: Cell::new(false),
        });
        if let Some(equal) = equal {
            self.shared.borrow_mut().insert(equal, Rc::downgrade(&child));
        }
        self.children.borrow_mut().insert(key, child.clone());
        Some(child)
    }

    /// The module that calls this one, and its block for that; none for a root.
    pub(super) fn call(&self) -> Option<(Rc<Instance<'a>>, Arc<hcl::Block>)> {
        let caller = self.caller.as_ref()?;
        let call = caller.instance.module.calls.get(&caller.name)?;
        Some((caller.instance.clone(), call.block.clone()))
    }

    /// The module that a call means; none if it is not in the tree.
    pub(super) fn called(&self, name: &EcoString, call: &Call) -> Option<Arc<Module>> {
        let dir = self.called_dir(&self.path_of(name), call)?;
        self.root.modules.get(&dir).cloned()
    }

    fn path_of(&self, name: &EcoString) -> EcoString {
        if self.path.is_empty() { name.clone() } else { ecow::eco_format!("{}.{name}", self.path) }
    }

    /// The directory of a called module: what the source says, or where `terraform init` put it.
    fn called_dir(&self, path: &EcoString, call: &Call) -> Option<EcoString> {
        if call.dir.is_some() {
            return call.dir.clone();
        }
        let root = self.root.modules.get(&self.root.dir)?;
        let downloaded = root.manifest.get(path)?;
        downloaded.answers(call.source.as_ref()?).then(|| downloaded.dir.clone())
    }

    /// What equal calls have in common: the directory and the arguments. None if this call is not to
    /// share its instance, or if an argument is not wholly known: it may then stand for something else.
    fn equal_call(
        self: &Rc<Self>,
        module: &Module,
        call: &Call,
        repetition: &Repetition,
        doubt: Option<&Why>,
    ) -> Option<EcoString> {
        let root = self.root;
        let certain = self.doubt.is_none() && doubt.is_none() && !repetition.uncertain;
        let body = &call.block.body;
        if root.options.every_instance
            || root.called.get() < UNSHARED_MODULES
            || !certain
            || body.attribute("providers").is_some()
            || self.is_handed_providers()
        {
            return None;
        }
        let mut key = module.dir.clone();
        for attribute in body.attributes().filter(|a| module.variables.contains_key(&a.name.text)) {
            let value = self.evaluate(&attribute.expr, Some(repetition), &Locals::NONE);
            let text = eval::functions::json::encode(&value);
            key.push_str(&format!("\n{}={}", attribute.name.text, text.as_str()?));
        }
        Some(key)
    }

    /// Whether a call that leads here says which providers to use: what is equal then differs in its tags.
    fn is_handed_providers(self: &Rc<Self>) -> bool {
        let mut call = self.call();
        while let Some((caller, block)) = call {
            if block.body.attribute("providers").is_some() {
                return true;
            }
            call = caller.call();
        }
        false
    }

    /// Whether this is the first time that the entities of this instance are asked for.
    pub(super) fn is_new(&self) -> bool {
        !self.done.replace(true)
    }

    /// Why a module is not evaluated here, if it is not.
    fn refusal(&self, dir: &EcoString) -> Option<String> {
        let root = self.root;
        let mut ancestor = Some(self);
        while let Some(instance) = ancestor {
            if instance.module.dir == *dir {
                return Some("it calls itself, or is called by a module that it calls".into());
            }
            ancestor = instance.caller.as_ref().map(|c| &*c.instance);
        }
        if self.depth >= DEEPEST_MODULE {
            return Some(format!("modules are nested deeper than {DEEPEST_MODULE}"));
        }
        let first = root.seen.borrow_mut().insert(dir.clone());
        if root.called.get() >= MOST_MODULES && !first {
            return Some(format!("there are more than {MOST_MODULES} instances of modules"));
        }
        root.called.set(root.called.get() + 1);
        None
    }

    /// Who a thing of this instance is.
    pub(super) fn identity(&self, address: &str) -> Arc<Identity> {
        Arc::new(Identity::new(self.root.symbols.clone(), self.qualify(address)))
    }
}

impl Caller<'_> {
    /// The value of a module's argument, with its place.
    fn argument(&self, name: &EcoString) -> Option<Value> {
        let call = self.instance.module.calls.get(&self.name)?;
        let attribute = call.block.body.attribute(name)?;
        let value = self.instance.evaluate(&attribute.expr, Some(&self.repetition), &Locals::NONE);
        Some(relabel(value, &attribute.expr, OriginStep::ModuleArgument(name.clone())))
    }
}

fn refers_to_itself(name: &str) -> EvalError {
    EvalError::new(format!("{name} refers to itself"))
}

/// Whether an argument is written as `true`.
fn flag(block: &hcl::Block, name: &str) -> bool {
    block.body.attribute(name).is_some_and(|a| matches!(a.expr.kind, hcl::ExprKind::Bool(true)))
}

/// Takes the weight of a value from what is left; false if that is not enough.
pub(in crate::lower) fn weigh(value: &Value, left: &mut usize) -> bool {
    let own = match &value.repr {
        Repr::String(text) => text.weight(),
        _ => Value::WEIGHT,
    };
    let Some(rest) = left.checked_sub(own) else { return false };
    *left = rest;
    match &value.repr {
        Repr::List(list) => list.items.iter().chain(&list.maybe).all(|v| weigh(v, left)),
        Repr::Object(object) => object.values().all(|v| weigh(v, left)),
        _ => true,
    }
}

/// Says what the expression that gave a value is to those who use it.
fn relabel(mut value: Value, expr: &Expr, step: OriginStep) -> Value {
    value.origins.put_front(Origin::new(expr.span, expr.span, step), expr.span);
    value
}
