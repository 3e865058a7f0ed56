//! One Terragrunt file, evaluated for a unit.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
    sync::Arc,
};

use ecow::EcoString;

use super::{
    merge::Strategy,
    path::{in_tree, shown},
    scope::ConfigScope,
};
use crate::{
    eval::{self, EvalError, Locals, Scope},
    lower::{
        path::dir_of,
        terraform::{LARGEST_VALUE, variable_file, weigh},
    },
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap, Span, Tree},
    syntax::hcl::{self, Attribute, Block, Body, Expr, ExprKind, ObjectKey},
    value::{Identity, Object, Origin, OriginStep, Origins, Repr, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// Locals that lead to locals, and files that read files, deeper than this are given up.
const DEEPEST: usize = 80;

/// The files of a tree, for all units.
pub struct Reader<'a> {
    /// The texts.
    pub files: &'a SourceMap,
    /// For files that are no configuration.
    pub tree: &'a dyn Tree,
    /// The paths of the tree, sorted.
    pub listing: &'a [Arc<str>],
    /// The files by path.
    pub by_path: HashMap<&'a str, FileId>,
    /// What may be a Terragrunt file.
    pub parsed: BTreeMap<FileId, hcl::Parsed>,
}

impl Reader<'_> {
    /// The file of this path, if it is in the tree.
    pub fn file(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// Whether there is such a file or directory.
    pub fn exists(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let at = self.listing.partition_point(|p| **p < *below);
        self.file(path).is_some()
            || self.listing.get(at).is_some_and(|p| p.starts_with(&below))
            || self.tree.read(path).is_ok()
    }
}

/// The evaluation of one unit.
pub struct Session<'a> {
    /// The files.
    pub reader: &'a Reader<'a>,
    /// The `terragrunt.hcl` of the unit.
    pub unit: EcoString,
    /// What went wrong.
    pub diagnostics: RefCell<Vec<Diagnostic>>,
    /// The files that were looked at.
    pub reached: RefCell<BTreeSet<FileId>>,
    /// The files that were included.
    pub included: RefCell<BTreeSet<EcoString>>,
    spent: Cell<usize>,
    depth: Cell<usize>,
    reading: RefCell<Vec<EcoString>>,
    read: RefCell<HashMap<EcoString, Value>>,
}

impl<'a> Session<'a> {
    /// The evaluation of the unit with this file.
    pub fn new(reader: &'a Reader<'a>, unit: EcoString) -> Self {
        Self {
            reader,
            diagnostics: RefCell::default(),
            reached: RefCell::default(),
            included: RefCell::default(),
            spent: Cell::new(0),
            depth: Cell::new(0),
            reading: RefCell::new(vec![unit.clone()]),
            read: RefCell::default(),
            unit,
        }
    }

    /// Notes an error, and gives the unknown that stands for the value.
    pub fn report(&self, error: &EvalError, span: Span) -> Value {
        let place = error.span.filter(|s| s.file != FileId::NONE).unwrap_or(span);
        self.diagnostics
            .borrow_mut()
            .push(Diagnostic::error(DiagnosticKind::Evaluation, error.message.clone(), place).warning());
        Value::unknown(Why::new(WhyKind::Invalid, error.message.as_str()))
            .with_origins(Origins::one(Origin::here(place)))
    }

    /// Asks to make so much more.
    pub fn spend(&self, amount: usize) -> Result<()> {
        self.spent.set(self.spent.get().saturating_add(amount));
        if self.spent.get() > LARGEST_VALUE {
            return Err(EvalError::new("this makes more than can be evaluated").uncatchable());
        }
        Ok(())
    }

    /// Another Terragrunt file as a value, as `read_terragrunt_config` gives it.
    pub fn read(self: &Rc<Self>, path: &str) -> Result {
        if let Some(value) = self.read.borrow().get(path) {
            return Ok(value.clone());
        }
        if self.reading.borrow().iter().any(|p| p == path) {
            return Err(EvalError::new(format!("{path} is read while it is being read")).uncatchable());
        }
        let config = Config::new(self, path, path, false)
            .ok_or_else(|| EvalError::new(format!("{path} is no file that Terragrunt reads")))?;
        if self.depth.get() > DEEPEST {
            return Err(EvalError::new("files read files deeper than is followed").uncatchable());
        }
        self.reading.borrow_mut().push(path.into());
        self.depth.set(self.depth.get() + 1);
        let value = config.whole();
        self.depth.set(self.depth.get() - 1);
        self.reading.borrow_mut().pop();
        self.read.borrow_mut().insert(path.into(), value.clone());
        Ok(value)
    }

    /// The values of a file of variables.
    pub fn variables_of(&self, path: &str, scope: &dyn Scope) -> Option<Value> {
        let id = self.reader.file(path)?;
        let file = variable_file(self.reader.files, id, &mut self.diagnostics.borrow_mut());
        let fields = file.values.iter().map(|attribute| {
            let value = eval::evaluate(&attribute.expr, scope, &Locals::NONE)
                .unwrap_or_else(|error| self.report(&error, attribute.expr.span));
            (attribute.name.text.clone(), value)
        });
        Some(Value::object(fields.collect::<Vec<_>>()))
    }
}

/// One file, and for whom it is evaluated.
pub struct Config<'a> {
    /// The unit's evaluation.
    pub session: Rc<Session<'a>>,
    /// Its path.
    pub path: EcoString,
    /// The file that is being run or read: this one, or the one that includes it.
    pub unit_path: EcoString,
    /// Whether it is included.
    pub is_included: bool,
    /// Its content.
    pub body: &'a Body,
    /// Why a file that it includes could not be looked at.
    pub lost: RefCell<Option<Why>>,
    memo: RefCell<HashMap<EcoString, Option<Value>>>,
    includes: RefCell<Option<Rc<Vec<Include<'a>>>>>,
}

/// A file that another one includes.
pub struct Include<'a> {
    /// The label; empty without one.
    pub name: EcoString,
    /// The file.
    pub config: Rc<Config<'a>>,
    /// Whether expressions may refer to it.
    pub expose: bool,
    /// How it is merged.
    pub strategy: Strategy,
}

impl<'a> Config<'a> {
    /// The file at `path` for `unit_path`; none if it is no file that can be evaluated.
    pub fn new(session: &Rc<Session<'a>>, path: &str, unit_path: &str, is_included: bool) -> Option<Rc<Self>> {
        let id = session.reader.file(path)?;
        let parsed = session.reader.parsed.get(&id)?;
        // What could not be parsed may be inputs.
        let broken = !parsed.diagnostics.is_empty();
        let lost = broken.then(|| Why::new(WhyKind::Invalid, format!("{path} cannot be read as a whole")));
        session.reached.borrow_mut().insert(id);
        Some(Rc::new(Self {
            session: session.clone(),
            path: path.into(),
            unit_path: unit_path.into(),
            is_included,
            body: &parsed.body,
            lost: RefCell::new(lost),
            memo: RefCell::default(),
            includes: RefCell::default(),
        }))
    }

    /// The directory of the file.
    pub fn dir(&self) -> &str {
        dir_of(&self.path)
    }

    /// Evaluates, and turns an error into a diagnostic and an unknown.
    pub fn evaluate(self: &Rc<Self>, expr: &Expr) -> Value {
        let session = &self.session;
        let outer = session.spent.replace(0);
        let value = eval::evaluate(expr, &ConfigScope { config: self }, &Locals::NONE);
        session.spent.set(outer);
        let value = value.unwrap_or_else(|error| session.report(&error, expr.span));
        let mut left = LARGEST_VALUE;
        if weigh(&value, &mut left) {
            return value;
        }
        session.report(&EvalError::new("this holds too much to be evaluated"), expr.span)
    }

    /// The value of an attribute of a block, if it is there.
    pub fn attribute(self: &Rc<Self>, body: &Body, name: &str) -> Option<Value> {
        body.attribute(name).map(|a| self.evaluate(&a.expr))
    }

    fn memo(&self, key: &str, evaluate: impl FnOnce() -> Value) -> Value {
        match self.memo.borrow().get(key) {
            Some(Some(value)) => return value.clone(),
            Some(None) => return Value::unknown(Why::new(WhyKind::Invalid, format!("{key} refers to itself"))),
            None => {}
        }
        let depth = &self.session.depth;
        if depth.get() > DEEPEST {
            return Value::unknown(Why::new(WhyKind::NotEvaluated, "a chain of references this long"));
        }
        self.memo.borrow_mut().insert(key.into(), None);
        depth.set(depth.get() + 1);
        let value = evaluate();
        depth.set(depth.get() - 1);
        self.memo.borrow_mut().insert(key.into(), Some(value.clone()));
        value
    }

    fn declared_locals(&self) -> impl Iterator<Item = &'a Arc<Attribute>> {
        let body = self.body;
        body.blocks_of("locals").flat_map(|b| b.body.attributes())
    }

    /// `local.name`
    pub fn local(self: &Rc<Self>, name: &str) -> Result {
        let Some(attribute) = self.declared_locals().find(|a| a.name.text == name) else {
            return Err(EvalError::new(format!("there is no local value \"{name}\" in {}", self.path)));
        };
        Ok(self.memo(&format!("local.{name}"), || {
            let value = self.evaluate(&attribute.expr);
            relabel(value, attribute.expr.span, OriginStep::Local(name.into()))
        }))
    }

    /// All locals.
    pub fn locals(self: &Rc<Self>) -> Value {
        let fields: Vec<_> = self
            .declared_locals()
            .filter_map(|a| self.local(&a.name.text).ok().map(|v| (a.name.text.clone(), v)))
            .collect();
        Value::object(fields)
    }

    /// The files that this one includes.
    pub fn includes(self: &Rc<Self>) -> Rc<Vec<Include<'a>>> {
        if let Some(includes) = &*self.includes.borrow() {
            return includes.clone();
        }
        // There is one level of includes.
        if self.is_included {
            return Rc::default();
        }
        // While a path is being evaluated nothing is included yet.
        *self.includes.borrow_mut() = Some(Rc::default());
        let body = self.body;
        let found: Vec<Include<'a>> = body.blocks_of("include").filter_map(|block| self.include(block)).collect();
        let found = Rc::new(found);
        *self.includes.borrow_mut() = Some(found.clone());
        found
    }

    fn include(self: &Rc<Self>, block: &Arc<Block>) -> Option<Include<'a>> {
        let session = &self.session;
        let give_up = |why: Why| {
            self.lost.borrow_mut().get_or_insert(why);
            None
        };
        let fail = |message: String, span: Span| {
            session.report(&EvalError::new(message.as_str()), span);
            give_up(Why::new(WhyKind::Invalid, message))
        };
        let Some(path) = block.body.attribute("path") else {
            return fail("an include needs a path".into(), block.header);
        };
        let value = self.evaluate(&path.expr);
        let Some(written) = value.as_str() else {
            let why = value.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Invalid, "the path is no string"));
            return give_up(why);
        };
        let found = in_tree(dir_of(&self.unit_path), written)
            .and_then(|path| Some((Config::new(session, &path, &self.unit_path, true)?, path)));
        let Some((config, found)) = found else {
            return fail(format!("there is no file {} in the repository", shown(written)), path.expr.span);
        };
        let body = config.body;
        if let Some(nested) = body.blocks_of("include").next() {
            let message = format!("{} is included and cannot include another file", config.path);
            return fail(message, nested.header);
        }
        // Only what can be a parent: of two units that include each other both are said to be wrong.
        session.included.borrow_mut().insert(found);
        let strategy = match block.body.attribute("merge_strategy") {
            None => Strategy::Shallow,
            Some(attribute) => {
                let value = self.evaluate(&attribute.expr);
                let Some(strategy) = value.as_str().and_then(Strategy::named) else {
                    let message = "the strategies of merging are `no_merge`, `shallow` and `deep`";
                    return fail(message.into(), attribute.expr.span);
                };
                strategy
            }
        };
        Some(Include {
            name: block.labels.first().map(|l| l.text.clone()).unwrap_or_default(),
            config,
            expose: self.attribute(&block.body, "expose").and_then(|v| v.as_bool()).unwrap_or(false),
            strategy,
        })
    }

    /// This file, then those that are merged into it: what comes first wins.
    pub fn layers(self: &Rc<Self>) -> Vec<(Rc<Config<'a>>, Strategy)> {
        let includes = self.includes();
        let merged = includes.iter().rev().filter(|i| i.strategy != Strategy::NoMerge);
        std::iter::once((self.clone(), Strategy::Shallow))
            .chain(merged.map(|i| (i.config.clone(), i.strategy)))
            .collect()
    }

    /// The inputs, those of the included files merged in.
    pub fn inputs(self: &Rc<Self>) -> Value {
        self.memo("inputs", || {
            let mut all = Value::null();
            let mut lost = None;
            for (layer, strategy) in self.layers() {
                all = strategy.inputs(&layer.own_inputs(), &all);
                lost = lost.or_else(|| layer.lost.borrow().clone());
            }
            match (&all.repr, lost) {
                // What could not be included may give more.
                (Repr::Object(object), Some(why)) => {
                    Value::from_object(Object { open: Some(why), unnamed: None, ..(**object).clone() })
                        .with_origins(all.origins.clone())
                }
                (Repr::Null, Some(why)) => Value::unknown(why),
                (Repr::Null, None) => Value::object([]),
                _ => all,
            }
        })
    }

    fn own_inputs(self: &Rc<Self>) -> Value {
        let Some(attribute) = self.body.attribute("inputs") else { return Value::null() };
        let span = attribute.expr.span;
        let here = Origins::one(Origin::here(span));
        // One by one, so that an error in one leaves the others.
        if let ExprKind::Object(entries) = &attribute.expr.kind {
            let mut object = Object { header: Some(Origin::here(span)), ..Object::default() };
            for (key, expr) in entries {
                let key = match key {
                    ObjectKey::Name(name) => Some(name.text.clone()),
                    ObjectKey::Expr(key) => {
                        let value = self.evaluate(key);
                        if value.as_str().is_none() {
                            object.open = value.first_unknown();
                        }
                        value.as_str().map(EcoString::from)
                    }
                };
                if let Some(key) = key {
                    let value = self.evaluate(expr);
                    object.fields.insert(key.clone(), relabel(value, expr.span, OriginStep::Input(key)));
                }
            }
            return Value::from_object(object).with_origins(here);
        }
        let value = self.evaluate(&attribute.expr);
        let Repr::Object(object) = &value.repr else { return value };
        let fields = object.fields.iter().map(|(key, value)| {
            let place = value.origins.first().map_or(span, |o| o.anchor);
            (key.clone(), relabel(value.clone(), place, OriginStep::Input(key.clone())))
        });
        let fields = fields.collect();
        Value::from_object(Object { fields, ..(**object).clone() }).with_origins(here).mark_sensitive(value.sensitive)
    }

    /// The block of this kind, in this file or in one that is merged into it, with the file that it is in.
    pub fn block(
        self: &Rc<Self>,
        kind: &str,
        fits: &dyn Fn(&Block) -> bool,
    ) -> Option<(Rc<Config<'a>>, &'a Arc<Block>)> {
        self.layers().into_iter().find_map(|(layer, _)| {
            let body = layer.body;
            let found = body.blocks().find(|b| b.kind.text == kind && fits(b))?;
            Some((layer, found))
        })
    }

    /// The blocks of this kind by label, in this file and those that are merged into it.
    pub fn blocks(self: &Rc<Self>, kind: &str) -> Vec<(Rc<Config<'a>>, &'a Arc<Block>)> {
        let mut seen: BTreeSet<EcoString> = BTreeSet::new();
        let mut found = Vec::new();
        for (layer, _) in self.layers() {
            let body = layer.body;
            for block in body.blocks().filter(|b| b.kind.text == kind) {
                if seen.insert(block.labels.first().map(|l| l.text.clone()).unwrap_or_default()) {
                    found.push((layer.clone(), block));
                }
            }
        }
        found
    }

    /// `terraform { source }`, and where it is written.
    pub fn source(self: &Rc<Self>) -> Option<(Value, &'a Arc<Block>, Span)> {
        let has_source = |b: &Block| b.body.attribute("source").is_some();
        let (layer, block) = self.block("terraform", &has_source)?;
        let attribute = block.body.attribute("source")?;
        Some((layer.evaluate(&attribute.expr), block, attribute.expr.span))
    }

    /// The attributes of a body as an object.
    fn attributes(self: &Rc<Self>, body: &Body) -> Value {
        let fields = body.attributes().map(|a| (a.name.text.clone(), self.evaluate(&a.expr)));
        Value::object(fields.collect::<Vec<_>>())
    }

    /// An attribute at the top of this file or of one that is merged into it.
    pub fn top(self: &Rc<Self>, name: &str) -> Option<(Value, &'a Arc<Attribute>)> {
        self.layers().into_iter().find_map(|(layer, _)| {
            let body = layer.body;
            let attribute = body.attribute(name)?;
            Some((layer.evaluate(&attribute.expr), attribute))
        })
    }

    /// `remote_state`, written as a block or as an attribute, and where.
    pub fn remote_state(self: &Rc<Self>) -> Option<(Value, Origin)> {
        if let Some((layer, block)) = self.block("remote_state", &|_| true) {
            let header = Origin::new(block.header, block.span, OriginStep::Here);
            return Some((layer.attributes(&block.body), header));
        }
        let (value, attribute) = self.top("remote_state")?;
        Some((value, Origin::new(attribute.name.span, attribute.span, OriginStep::Here)))
    }

    /// `dependency.name`: what another unit gives is known only once that has been applied. Mock outputs are
    /// there so that a plan is possible before that, and say nothing about what is deployed.
    pub fn dependency(self: &Rc<Self>, name: &str) -> Result {
        let fits = |b: &Block| b.labels.first().is_some_and(|l| l.text == name);
        let Some((layer, block)) = self.block("dependency", &fits) else {
            return Err(EvalError::new(format!("there is no dependency \"{name}\" here")).uncatchable());
        };
        Ok(self.memo(&format!("dependency.{name}"), || {
            let path = layer.attribute(&block.body, "config_path");
            let written = path.as_ref().and_then(|v| v.as_str());
            let why =
                Why::new(WhyKind::AfterApply, format!("dependency {}", written.map_or_else(|| name.into(), shown)));
            let place = Origins::one(Origin::new(block.header, block.span, OriginStep::Use));
            let dir = written.and_then(|p| in_tree(dir_of(&self.unit_path), p));
            let identity = dir.map(|dir| Arc::new(Identity::new(scope_of(&dir), "output")));
            let outputs = Object { open: Some(why.clone()), identity, ..Object::default() };
            let outputs = Value::from_object(outputs).with_origins(place.clone());
            let fields = [("outputs".into(), outputs)].into_iter().collect();
            Value::from_object(Object { fields, open: Some(why), ..Object::default() }).with_origins(place)
        }))
    }

    /// `feature.name`: its default stands until somebody sets it on the command line.
    pub fn feature(self: &Rc<Self>, name: &str) -> Result {
        let fits = |b: &Block| b.labels.first().is_some_and(|l| l.text == name);
        let Some((layer, block)) = self.block("feature", &fits) else {
            return Err(EvalError::new(format!("there is no feature \"{name}\" here")).uncatchable());
        };
        let value = layer.attribute(&block.body, "default").unwrap_or_else(Value::null);
        Ok(Value::object([("value".into(), value)]))
    }

    /// The file as a value: what reads it or includes it sees.
    pub fn whole(self: &Rc<Self>) -> Value {
        self.memo("the configuration", || {
            let mut object = Object::default();
            object.fields.insert("locals".into(), self.locals());
            object.fields.insert("inputs".into(), self.inputs());
            if let Some((source, ..)) = self.source() {
                object.fields.insert("terraform".into(), Value::object([("source".into(), source)]));
            }
            if let Some((remote_state, _)) = self.remote_state() {
                object.fields.insert("remote_state".into(), remote_state);
            }
            let generate = self
                .blocks("generate")
                .into_iter()
                .filter_map(|(layer, block)| Some((block.labels.first()?.text.clone(), layer.attributes(&block.body))));
            object.fields.insert("generate".into(), Value::object(generate.collect::<Vec<_>>()));
            let named = |kind: &str, value: &dyn Fn(&str) -> Result| {
                let labels =
                    self.blocks(kind).into_iter().filter_map(|(_, b)| b.labels.first().map(|l| l.text.clone()));
                Value::object(labels.filter_map(|l| value(&l).ok().map(|v| (l, v))).collect::<Vec<_>>())
            };
            object.fields.insert("dependency".into(), named("dependency", &|n| self.dependency(n)));
            object.fields.insert("feature".into(), named("feature", &|n| self.feature(n)));
            // The rest (hooks, generated files, errors) is nothing that another file computes with.
            object.open = Some(Why::new(WhyKind::NotEvaluated, format!("this part of {}", self.path)));
            Value::from_object(object)
        })
    }
}

/// The scope of the addresses of a directory.
pub fn scope_of(dir: &str) -> EcoString {
    if dir.is_empty() { ".".into() } else { dir.into() }
}

/// Says what the expression that gave a value is to those who use it.
fn relabel(mut value: Value, span: Span, step: OriginStep) -> Value {
    value.origins = value.origins.iter().filter(|o| o.anchor != span).cloned().collect();
    value.origins.push_front(Origin::new(span, span, step));
    value
}
