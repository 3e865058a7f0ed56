//! Local values that are the same wherever their module is called from.
//!
//! A module that makes a few tables out of one that it holds or reads from a file beside it would make them again for
//! each call, and a repository of modules has many calls. What nothing from outside goes into is made once.

use std::sync::{Mutex, OnceLock, PoisonError};

use ecow::EcoString;
use foldhash::{HashMap, HashSet};

use super::module::Module;
use crate::{
    eval::functions::local_name,
    syntax::hcl::{
        Expr, ExprKind, Step, TemplatePart,
        walk::{references, walk},
    },
    value::Value,
};

/// What all calls of a module share.
#[derive(Debug, Default)]
pub(super) struct Constants {
    /// The locals that nothing from outside goes into and that take work.
    names: OnceLock<HashSet<EcoString>>,
    /// Their values, by name and by what `path.module` is, which is another text in each root.
    values: Mutex<HashMap<(EcoString, EcoString), Value>>,
}

impl Constants {
    /// Whether a local of the module is one of them.
    pub(super) fn has(&self, module: &Module, name: &str) -> bool {
        self.names.get_or_init(|| constant(module)).contains(name)
    }

    /// Its value, if somebody evaluated it.
    pub(super) fn get(&self, name: &EcoString, path: &EcoString) -> Option<Value> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(&(name.clone(), path.clone())).cloned()
    }

    /// Keeps its value for others, unless something about it went wrong and has yet to be said for each.
    pub(super) fn keep(&self, name: &EcoString, path: &EcoString, value: &Value) {
        if value.is_wholly_known() {
            let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
            values.insert((name.clone(), path.clone()), value.clone());
        }
    }
}

/// What the expression of a local is made of.
struct Parts<'a> {
    /// Other locals.
    locals: Vec<&'a str>,
    /// Whether something from outside of the module goes into it.
    from_outside: bool,
    /// Whether to evaluate it takes more than to look it up.
    takes_work: bool,
}

fn constant(module: &Module) -> HashSet<EcoString> {
    let parts: HashMap<&str, Parts<'_>> =
        module.locals.iter().map(|(name, attribute)| (name.as_str(), parts_of(&attribute.expr))).collect();
    let mut used_by: HashMap<&str, Vec<&str>> = HashMap::default();
    let mut queue: Vec<&str> = Vec::new();
    for name in module.locals.keys().map(EcoString::as_str) {
        let Some(own) = parts.get(name) else { continue };
        if own.from_outside || own.locals.iter().any(|used| !parts.contains_key(used)) {
            queue.push(name);
        }
        for used in &own.locals {
            used_by.entry(used).or_default().push(name);
        }
    }
    // What uses one that is not constant is none either.
    let mut from_outside: HashSet<&str> = HashSet::default();
    while let Some(name) = queue.pop() {
        if from_outside.insert(name) {
            queue.extend(used_by.get(name).into_iter().flatten());
        }
    }
    let is_one = |name: &&EcoString| {
        !from_outside.contains(name.as_str()) && parts.get(name.as_str()).is_some_and(|own| own.takes_work)
    };
    module.locals.keys().filter(is_one).cloned().collect()
}

fn parts_of(expr: &Expr) -> Parts<'_> {
    let mut parts = Parts { locals: Vec::new(), from_outside: false, takes_work: false };
    references(expr, &mut |_, first, steps| match (first.as_str(), steps.first()) {
        ("local", Some(Step::Attribute(name))) => parts.locals.push(&name.text),
        ("path", Some(Step::Attribute(name))) if name.text == "module" => {}
        _ => parts.from_outside = true,
    });
    walk(expr, &mut |e, _| match &e.kind {
        ExprKind::Call { name, args, .. } => {
            parts.takes_work = true;
            let name = local_name(&name.text);
            // A path that does not begin at the module begins at the root; and what a template reads cannot be seen.
            let reads = name.starts_with("file") && !args.first().is_some_and(is_beside);
            parts.from_outside |= reads || name.starts_with("template") || name.contains("::");
        }
        ExprKind::For(_) => parts.takes_work = true,
        _ => {}
    });
    parts
}

/// `"${path.module}/..."`
fn is_beside(expr: &Expr) -> bool {
    let ExprKind::Template(parts) = &expr.kind else { return false };
    let Some(TemplatePart::Interpolation(first, _)) = parts.first() else { return false };
    matches!(&first.kind, ExprKind::Traversal(base, steps)
        if matches!(&base.kind, ExprKind::Variable(name) if name == "path")
            && matches!(&steps[..], [Step::Attribute(name)] if name.text == "module"))
}
