//! One evaluation of a module: the root, or one instance of a call.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::{Rc, Weak},
    sync::Arc,
};

use ecow::EcoString;

use super::{
    Modules, Options,
    body::{self, Names},
    contract,
    expand::{self, Expansion, Repetition},
    module::{self, Call, Module, Resource, Variable},
    providers, pure_data, resource,
    scenario::Scenario,
    scope::{Constants, InstanceScope},
    tfvars::{self, VariableFiles},
    types,
};
use crate::{
    eval::{self, Access, EvalError, Locals, Resolved, Scope},
    model::Lowered,
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap, Span, Tree, tree::ReadError},
    syntax::hcl::{self, Expr},
    value::{
        Identity, List, ListKind, Object, ObjectKind, Origin, OriginStep, Origins, Refinement, Repr, Symbol, Type,
        Unknown, Value, Why, WhyKind,
    },
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
pub(super) const LARGEST_VALUE: usize = 8 << 20;

/// What all instances of one root share.
pub(super) struct Root<'a> {
    pub(super) files: &'a SourceMap,
    pub(super) tree: &'a dyn Tree,
    pub(super) modules: &'a Modules,
    pub(super) options: &'a Options,
    /// With which values it is evaluated.
    pub(super) scenario: &'a Scenario,
    /// The directory of the root; the scope of its addresses.
    pub(super) scope: EcoString,
    /// What its symbols are unique in: the directory and the scenario, so that nothing in one scenario
    /// stands for a thing of another.
    pub(super) symbols: EcoString,
    pub(super) diagnostics: RefCell<Vec<Diagnostic>>,
    variables: HashMap<EcoString, Value>,
    depth: Cell<usize>,
    /// How many instances of called modules there are.
    called: Cell<usize>,
    /// The directories of which there is an instance.
    seen: RefCell<HashSet<EcoString>>,
    /// The directories whose declarations (variables, calls) are entities already.
    declared: RefCell<HashSet<EcoString>>,
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
enum Key {
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
    let root = Root::new(scenario, files, tree, modules, variable_files, options);
    let mut out = Lowered::default();
    resource::entities(&Rc::new(Instance::of_root(&root, module.clone())), &mut out);
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
    let root = Root::new(scenario, files, tree, modules, variable_files, options);
    let module = modules.get(&scenario.dir).cloned().unwrap_or_default();
    let instance = Rc::new(Instance::of_root(&root, module));
    ask(&InstanceScope { instance: &instance, repetition: None })
}

impl<'a> Root<'a> {
    fn new(
        scenario: &'a Scenario,
        files: &'a SourceMap,
        tree: &'a dyn Tree,
        modules: &'a Modules,
        variable_files: &VariableFiles,
        options: &'a Options,
    ) -> Self {
        let mut root = Self {
            files,
            tree,
            modules,
            options,
            scenario,
            scope: scenario.scope(),
            symbols: crate::model::symbol_scope(&scenario.scope(), scenario.name()),
            diagnostics: RefCell::default(),
            variables: HashMap::new(),
            depth: Cell::new(0),
            called: Cell::new(0),
            seen: RefCell::default(),
            declared: RefCell::default(),
            spent: Cell::new(0),
        };
        if let Some(module) = modules.get(&scenario.dir) {
            root.variables = tfvars::values(&root, module, variable_files);
        }
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
        let full = module::join(dir, path);
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
    /// The directory of the root in the tree.
    pub(super) fn dir(&self) -> &str {
        if self.scope == "." { "" } else { &self.scope }
    }

    /// Whether a function may look at a path: one of the tree, or of a module above it that is called.
    pub(super) fn admits(&self, path: &str) -> bool {
        let outside = |path: &str| path == ".." || path.starts_with("../");
        let inside = |dir: &str| path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        !outside(path) || self.modules.keys().any(|dir| outside(dir) && inside(dir))
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
            calls: Vec::new(),
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

    fn unknown(&self, why: Why, name: &str, path: &str) -> Value {
        let symbol = Symbol { scope: self.root.symbols.clone(), address: self.qualify(name), path: path.into() };
        Repr::Unknown(Arc::new(Unknown { why, symbol: Some(symbol), refinement: Refinement::Nothing })).into()
    }

    /// The value behind a key, evaluated once.
    fn memo(&self, key: Key, place: Span, name: &dyn Fn() -> String, evaluate: impl FnOnce() -> Value) -> Value {
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

    pub(super) fn variable(self: &Rc<Self>, name: &EcoString) -> Result {
        let module = self.module.clone();
        let Some(variable) = module.variables.get(name) else {
            return Err(EvalError::new(format!("there is no variable \"{name}\" in this module")).uncatchable());
        };
        Ok(self.memo(Key::Variable(name.clone()), variable.block.header, &|| format!("variable \"{name}\""), || {
            self.variable_value(name, variable).mark_sensitive(variable.sensitive)
        }))
    }

    fn variable_value(self: &Rc<Self>, name: &EcoString, variable: &Variable) -> Value {
        let given = match &self.caller {
            None => self.root.variables.get(name).cloned(),
            Some(caller) => caller.argument(name),
        };
        let default = variable.block.body.attribute("default");
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

    pub(super) fn local(self: &Rc<Self>, name: &EcoString) -> Result {
        let Some(attribute) = self.module.locals.get(name).cloned() else {
            return Err(EvalError::new(format!("there is no local value \"{name}\" in this module")).uncatchable());
        };
        Ok(self.memo(Key::Local(name.clone()), attribute.span, &|| format!("local.{name}"), || {
            let value = self.evaluate(&attribute.expr, None, &Locals::NONE);
            relabel(value, &attribute.expr, OriginStep::Local(name.clone()))
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
        let key = ecow::eco_format!("module.{name}{}", repetition.key);
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
            address: self.qualify(&key),
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
        let root = self.root.modules.get(self.root.dir())?;
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

    /// `module.name...`
    pub(super) fn module_reference(self: &Rc<Self>, steps: &[Access]) -> Result<Resolved> {
        let Some(Access::Attribute(name)) = steps.first() else {
            return Err(EvalError::new("`module` is followed by the name of a call").uncatchable());
        };
        let module = self.module.clone();
        let Some(call) = module.calls.get(name) else {
            return Err(EvalError::new(format!("there is no module \"{name}\" here")).uncatchable());
        };
        let key: EcoString = ecow::eco_format!("module.{name}");
        let expansion = self.expansion(&key, &call.block);
        self.pick(&expansion, &steps[1..], &key, &|repetition, attribute| {
            let Some(child) = self.child(name, call, repetition, None) else {
                return Ok(self.missing_output(name, call, repetition, attribute));
            };
            if let Some(output) = attribute {
                child.output(output)
            } else {
                let fields = child
                    .module
                    .outputs
                    .keys()
                    .map(|o| Ok((o.clone(), child.output(o)?)))
                    .collect::<Result<Vec<_>>>()?;
                Ok(Value::object(fields))
            }
        })
    }

    fn missing_output(&self, name: &str, call: &Call, repetition: &Repetition, attribute: Option<&EcoString>) -> Value {
        let source = call.source.clone().unwrap_or_else(|| name.into());
        let why = Why::new(WhyKind::ModuleMissing, ecow::eco_format!("\"{source}\""));
        let path = attribute.cloned().unwrap_or_default();
        let place = Origin::new(call.block.header, call.block.span, OriginStep::Use);
        self.unknown(why, &format!("module.{name}{}", repetition.key), &path).with_origins(Origins::one(place))
    }

    /// `type.name...` and `data.type.name...`
    pub(super) fn resource_reference(self: &Rc<Self>, kind: &str, is_data: bool, steps: &[Access]) -> Result<Resolved> {
        let Some(Access::Attribute(name)) = steps.first() else {
            return Err(EvalError::new(format!("`{kind}` is not a name that is known here")).uncatchable());
        };
        let key: EcoString = ecow::eco_format!("{kind}.{name}");
        let module = self.module.clone();
        let found = if is_data { module.data.get(&key) } else { module.resources.get(&key) };
        let Some(declared) = found else {
            return Err(EvalError::new(format!("there is no resource {key} in this module")).uncatchable());
        };
        let address: EcoString = if is_data { ecow::eco_format!("data.{key}") } else { key };
        let expansion = self.expansion(&address, &declared.block);
        self.pick(&expansion, &steps[1..], &address, &|repetition, attribute| {
            Ok(match attribute {
                Some(attribute) => self.resource_attribute(declared, &address, repetition, attribute),
                None => self.resource_whole(declared, &address, repetition),
            })
        })
    }

    /// From the instances of something, the one or those that the steps mean, and of it the
    /// attribute, so that nothing else of it is evaluated.
    fn pick(
        &self,
        expansion: &Expansion,
        steps: &[Access],
        address: &str,
        get: &dyn Fn(&Repetition, Option<&EcoString>) -> Result,
    ) -> Result<Resolved> {
        let attribute_at = |i: usize| match steps.get(i) {
            Some(Access::Attribute(name)) => Some(name),
            _ => None,
        };
        if expansion.single {
            let attribute = attribute_at(0);
            let only = expansion.instances.first().ok_or_else(|| EvalError::new("there is no instance"))?;
            return Ok(Resolved { value: get(only, attribute)?, steps: 1 + usize::from(attribute.is_some()) });
        }
        match steps.first() {
            Some(Access::Index(key)) => {
                let attribute = attribute_at(1);
                let taken = 2 + usize::from(attribute.is_some());
                let value = match expansion.find(key) {
                    expand::Found::Certain(repetition) => get(repetition, attribute)?,
                    expand::Found::Possible(repetition) => get(&repetition, attribute)?,
                    expand::Found::No => {
                        return Err(EvalError::new(format!("{address} has no such instance")));
                    }
                };
                Ok(Resolved { value, steps: taken })
            }
            Some(Access::Splat) if !expansion.by_key => {
                // Each with nothing but the attribute that the steps go on to; they are taken by the evaluator,
                // which knows what of them belongs to the splat.
                let one = |repetition: &Repetition| match attribute_at(1) {
                    Some(name) => Ok(Value::object([(name.clone(), get(repetition, Some(name))?)])),
                    None => get(repetition, None),
                };
                let (items, maybe) = self.each(expansion, &one)?;
                let list = List { kind: ListKind::Tuple, items, maybe, open: None };
                Ok(Resolved { value: Value::list(list), steps: 1 })
            }
            Some(Access::Attribute(_)) => {
                Err(EvalError::new(format!("{address} has several instances; its attributes need a key")))
            }
            _ if expansion.by_key => {
                let mut object = Object { kind: ObjectKind::Object, ..Object::default() };
                for repetition in &expansion.instances {
                    match &repetition.key {
                        expand::InstanceKey::Text(key) if !repetition.uncertain => {
                            object.fields.insert(key.clone(), get(repetition, None)?);
                        }
                        _ => object.open = object.open.or_else(|| expansion.doubt.clone()),
                    }
                }
                Ok(Resolved { value: Value::from_object(object), steps: 1 })
            }
            _ => {
                let (items, maybe) = self.each(expansion, &|r| get(r, None))?;
                Ok(Resolved { value: Value::list(List { kind: ListKind::Tuple, items, maybe, open: None }), steps: 1 })
            }
        }
    }

    #[allow(clippy::unused_self)]
    fn each(&self, expansion: &Expansion, get: &dyn Fn(&Repetition) -> Result) -> Result<(Vec<Value>, Vec<Value>)> {
        let (mut items, mut maybe) = (Vec::new(), Vec::new());
        for repetition in &expansion.instances {
            let value = get(repetition)?;
            if repetition.uncertain { maybe.push(value) } else { items.push(value) }
        }
        Ok((items, maybe))
    }

    fn resource_attribute(
        self: &Rc<Self>,
        declared: &Resource,
        address: &EcoString,
        repetition: &Repetition,
        attribute: &EcoString,
    ) -> Value {
        let address: EcoString = ecow::eco_format!("{address}{}", repetition.key);
        let place = declared.block.header;
        self.memo(
            Key::Attribute(address.clone(), attribute.clone()),
            place,
            &|| format!("{address}.{attribute}"),
            || {
                if declared.is_data {
                    if let Some(text) = pure_data::attribute(self, declared, repetition, attribute) {
                        return text;
                    }
                    return self.unknown(Why::new(WhyKind::DataSource, address.clone()), &address, attribute);
                }
                let why = Why::new(WhyKind::AfterApply, ecow::eco_format!("{address}.{attribute}"));
                let body = &declared.block.body;
                let mut computed = self.unknown(why.clone(), &address, attribute);
                computed.ty = self.type_of_computed(declared, repetition, attribute).map(Type::shared);
                if let Repr::Unknown(unknown) = &mut computed.repr {
                    *unknown = Arc::new(Unknown { refinement: known_of(declared, attribute), ..(**unknown).clone() });
                }
                let value = match body.attribute(attribute) {
                    Some(written) => body::attribute_value(self, written, Some(repetition), &Names::NONE),
                    None if body::has_block(body, attribute) => {
                        let whole = body::block_value(self, &declared.block, Some(repetition), &Names::NONE);
                        let found = whole.as_object().and_then(|o| o.get(attribute)).cloned();
                        return found.map_or(computed, |v| v.of_type(Type::Unclear));
                    }
                    None if attribute == "tags_all" => {
                        return providers::tags_all(self, declared, repetition).unwrap_or(computed);
                    }
                    None => return computed,
                };
                // What is only partly known still stands for this attribute of this resource: that is
                // what links two resources without a plan.
                let refinement = match &value.repr {
                    Repr::Unknown(unknown) if unknown.symbol.is_none() => unknown.refinement.clone(),
                    Repr::String(text) if text.as_str().is_none() => Refinement::Prefix(text.known_prefix().into()),
                    Repr::Null => return computed,
                    _ if built_in(declared).is_some() => return value,
                    // The provider converts it to a type that is not known here.
                    _ => return value.of_type(Type::Unclear),
                };
                let ty = value.ty.clone().filter(|_| built_in(declared).is_some());
                let why = value.first_unknown().unwrap_or(why);
                let symbol = Symbol {
                    scope: self.root.symbols.clone(),
                    address: self.qualify(&address),
                    path: attribute.clone(),
                };
                let mut partly = Value::from(Repr::Unknown(Arc::new(Unknown { why, symbol: Some(symbol), refinement })))
                    .with_origins(value.origins.clone())
                    .mark_sensitive(value.sensitive);
                partly.ty = ty;
                partly
            },
        )
    }

    /// The type of an attribute that the provider computes, as far as it is known without schemas: of
    /// identifiers, and of `terraform_data`, which gives back what it is given.
    fn type_of_computed(self: &Rc<Self>, declared: &Resource, repetition: &Repetition, name: &str) -> Option<Type> {
        let kind = declared.block.labels.first().map_or("", |l| l.text.as_str());
        match (kind, name) {
            ("terraform_data", "output") => {
                let input = declared.block.body.attribute("input")?;
                let value = body::attribute_value(self, input, Some(repetition), &Names::NONE);
                Some(Type::of(&value))
            }
            _ => (name == "id" || name == "arn").then_some(Type::String),
        }
    }

    /// A resource as a whole: what is configured, and beyond that what only the provider knows.
    fn resource_whole(self: &Rc<Self>, declared: &Resource, address: &EcoString, repetition: &Repetition) -> Value {
        let plain = address.clone();
        let address: EcoString = ecow::eco_format!("{address}{}", repetition.key);
        let key = Key::Attribute(address.clone(), EcoString::new());
        self.memo(key, declared.block.header, &|| address.to_string(), || {
            let kind = if declared.is_data { WhyKind::DataSource } else { WhyKind::AfterApply };
            let body = body::block_value(self, &declared.block, Some(repetition), &Names::NONE);
            let Repr::Object(object) = &body.repr else { return body };
            let mut object = (**object).clone();
            if !declared.is_data
                && let Some(rest) = built_in(declared)
            {
                for name in rest {
                    let missing = || match name {
                        "id" | "output" => self.resource_attribute(declared, &plain, repetition, &name.into()),
                        _ => Value::null(),
                    };
                    object.fields.entry(name.into()).or_insert_with(missing);
                }
            } else {
                object.open = Some(Why::new(kind, address.clone()));
            }
            object.identity = Some(self.identity(&address));
            let whole = Value::from_object(object).with_origins(body.origins.clone());
            if built_in(declared).is_some() { whole } else { whole.of_type(Type::Unclear) }
        })
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

/// What is known of an attribute that the provider computes. Providers fill in what they compute: a
/// resource that exists has an id, an ARN, an endpoint. Only the attributes of `terraform_data` and its
/// like follow what they are given, which may be null.
fn known_of(declared: &Resource, attribute: &str) -> Refinement {
    let kind = declared.block.labels.first().map_or("", |l| l.text.as_str());
    if attribute == "arn" && kind.starts_with("aws_") {
        return Refinement::Prefix("arn:".into());
    }
    if attribute == "id" || !echoes(declared) { Refinement::NonNull } else { Refinement::Nothing }
}

/// Whether its attributes follow what it is given, with nothing converted.
fn echoes(declared: &Resource) -> bool {
    let kind = declared.block.labels.first().map_or("", |l| l.text.as_str());
    matches!(kind, "terraform_data" | "null_resource" | "null_data_source" | "external")
}

/// All attributes of a resource that is part of Terraform itself.
fn built_in(declared: &Resource) -> Option<[&'static str; 4]> {
    let kind = declared.block.labels.first()?;
    (kind.text == "terraform_data").then_some(["id", "input", "output", "triggers_replace"])
}

fn refers_to_itself(name: &str) -> EvalError {
    EvalError::new(format!("{name} refers to itself"))
}

/// Whether an argument is written as `true`.
fn flag(block: &hcl::Block, name: &str) -> bool {
    block.body.attribute(name).is_some_and(|a| matches!(a.expr.kind, hcl::ExprKind::Bool(true)))
}

/// Takes the weight of a value from what is left; false if that is not enough.
fn weigh(value: &Value, left: &mut usize) -> bool {
    let own = match &value.repr {
        Repr::String(text) => text.weight(),
        _ => Value::WEIGHT,
    };
    let Some(rest) = left.checked_sub(own) else { return false };
    *left = rest;
    match &value.repr {
        Repr::List(list) => list.items.iter().chain(&list.maybe).all(|v| weigh(v, left)),
        Repr::Object(object) => object.fields.values().all(|v| weigh(v, left)),
        _ => true,
    }
}

/// Says what the expression that gave a value is to those who use it.
fn relabel(mut value: Value, expr: &Expr, step: OriginStep) -> Value {
    value.origins = value.origins.iter().filter(|o| o.anchor != expr.span).cloned().collect();
    value.origins.push_front(Origin::new(expr.span, expr.span, step));
    value
}
