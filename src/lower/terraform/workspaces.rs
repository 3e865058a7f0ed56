//! Which workspaces a root names.
//!
//! Nothing lists the workspaces of a root, but configuration that differs between them says their names:
//! `local.sizes[terraform.workspace]`, `lookup(var.sizes, terraform.workspace, 1)`,
//! `terraform.workspace == "prod"`.

use std::collections::BTreeSet;

use ecow::EcoString;

use super::module::Module;
use crate::syntax::hcl::{BinaryOp, Body, Expr, ExprKind, Item, ObjectKey, Step, TemplatePart, walk};

/// The workspaces that a root names.
#[derive(Debug, Default)]
pub struct Workspaces {
    /// Their names.
    pub names: BTreeSet<EcoString>,
    /// Whether the root can be deployed in a workspace of another name.
    pub others: bool,
}

/// Looks for the names in all expressions of a root.
pub fn named(module: &Module) -> Workspaces {
    let mut search = Search { module, aliases: BTreeSet::new(), out: Workspaces::default(), closed: false };
    for (name, local) in &module.locals {
        if search.is_workspace(&local.expr) {
            search.aliases.insert(name.clone());
        }
    }
    for local in module.locals.values() {
        search.expression(&local.expr);
    }
    let blocks = module.resources.values().chain(module.data.values()).map(|r| &r.block);
    let blocks = blocks.chain(module.calls.values().map(|c| &c.block));
    for block in blocks.chain(&module.providers).chain(module.outputs.values()) {
        search.body(&block.body);
    }
    // A map without the name of a workspace is an error there.
    search.out.others = !search.closed;
    search.out.names.remove("");
    search.out
}

struct Search<'a> {
    module: &'a Module,
    /// Local values that are the name of the workspace.
    aliases: BTreeSet<EcoString>,
    out: Workspaces,
    /// Whether a map is indexed, so that only its keys can be workspaces.
    closed: bool,
}

impl Search<'_> {
    fn is_workspace(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Paren(inner) => self.is_workspace(inner),
            ExprKind::Template(parts) => match &parts[..] {
                [TemplatePart::Interpolation(inner, _)] => self.is_workspace(inner),
                _ => false,
            },
            ExprKind::Traversal(base, steps) => match (&base.kind, &steps[..]) {
                (ExprKind::Variable(base), [Step::Attribute(name)]) => match base.as_str() {
                    "terraform" | "tofu" => name.text == "workspace",
                    "local" => self.aliases.contains(&name.text),
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        }
    }

    fn body(&mut self, body: &Body) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => self.expression(&attribute.expr),
                Item::Block(block) => self.body(&block.body),
            }
        }
    }

    fn expression(&mut self, expr: &Expr) {
        walk::walk(expr, &mut |expr, _| self.one(expr));
    }

    fn one(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Binary(BinaryOp::Eq | BinaryOp::NotEq, sides) => {
                for (a, b) in [(&sides.0, &sides.1), (&sides.1, &sides.0)] {
                    if self.is_workspace(a)
                        && let ExprKind::String(name) = &b.kind
                    {
                        self.out.names.insert(name.clone());
                    }
                }
            }
            ExprKind::Traversal(base, steps) => {
                for (i, step) in steps.iter().enumerate() {
                    let Step::Index(index, _) = step else { continue };
                    if self.is_workspace(index)
                        && let Some(keys) = self.keys(base, &steps[..i])
                    {
                        self.out.names.extend(keys);
                        self.closed = true;
                    }
                }
            }
            ExprKind::Call { name, args, .. } => match (name.text.as_str(), &args[..]) {
                ("lookup", [map, key, ..]) if self.is_workspace(key) => {
                    let keys = match &map.kind {
                        ExprKind::Traversal(base, steps) => self.keys(base, steps),
                        _ => self.keys(map, &[]),
                    };
                    self.out.names.extend(keys.into_iter().flatten());
                }
                ("contains", [list, key]) if self.is_workspace(key) => {
                    if let ExprKind::Array(items) = &list.kind {
                        let names = items.iter().filter_map(|i| match &i.kind {
                            ExprKind::String(name) => Some(name.clone()),
                            _ => None,
                        });
                        self.out.names.extend(names);
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// The keys of the object that is written where this leads.
    fn keys(&self, base: &Expr, steps: &[Step]) -> Option<Vec<EcoString>> {
        let (mut at, mut steps) = (base, steps);
        if let (ExprKind::Variable(kind), [Step::Attribute(name), rest @ ..]) = (&base.kind, steps) {
            steps = rest;
            at = match kind.as_str() {
                "local" => &self.module.locals.get(&name.text)?.expr,
                "var" => &self.module.variables.get(&name.text)?.block.body.attribute("default")?.expr,
                _ => return None,
            };
        }
        for step in steps {
            let Step::Attribute(name) = step else { return None };
            at = entries(at)?.find(|(key, _)| *key == name.text).map(|(_, value)| value)?;
        }
        Some(entries(at)?.map(|(key, _)| key).collect())
    }
}

/// The entries of an object that is written out, whose keys are.
fn entries(expr: &Expr) -> Option<impl Iterator<Item = (EcoString, &Expr)>> {
    let ExprKind::Object(items) = &expr.kind else { return None };
    Some(items.iter().filter_map(|(key, value)| match key {
        ObjectKey::Name(name) => Some((name.text.clone(), value)),
        ObjectKey::Expr(Expr { kind: ExprKind::String(name), .. }) => Some((name.clone(), value)),
        ObjectKey::Expr(_) => None,
    }))
}
