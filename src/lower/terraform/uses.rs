//! What refers to a data source in its module: resources, calls of modules, outputs.
//!
//! A policy document that a resource takes is judged there, with what it is attached to. One that is only handed on, to a
//! module that is not in the repository or to whoever calls this one, is seen nowhere else.

use std::{collections::BTreeSet, sync::OnceLock};

use ecow::EcoString;
use foldhash::HashMap;

use super::module::Module;
use crate::{
    syntax::hcl::{Body, Expr, Item, Step, walk::references},
    value::Value,
};

/// By the address of a data source, the kinds of what refers to it.
#[derive(Debug, Default)]
pub(super) struct Uses(OnceLock<HashMap<EcoString, BTreeSet<EcoString>>>);

impl Uses {
    /// The kinds of what refers to `data.TYPE.NAME`: types of resources, `data.TYPE`, `module`, `output`, `local`,
    /// `provider`.
    pub(super) fn of(&self, module: &Module, address: &str) -> Value {
        let uses = self.0.get_or_init(|| collect(module));
        Value::tuple(uses.get(address).into_iter().flatten().map(|kind| Value::string(kind.clone())).collect())
    }
}

fn collect(module: &Module) -> HashMap<EcoString, BTreeSet<EcoString>> {
    let mut uses = HashMap::default();
    for resource in module.resources.values().chain(module.data.values()) {
        let Some(kind) = resource.block.labels.first() else { continue };
        let kind = if resource.is_data { ecow::eco_format!("data.{}", kind.text) } else { kind.text.clone() };
        in_body(&resource.block.body, &kind, &mut uses);
    }
    for call in module.calls.values() {
        in_body(&call.block.body, &"module".into(), &mut uses);
    }
    for output in module.outputs.values() {
        in_body(&output.body, &"output".into(), &mut uses);
    }
    for provider in &module.providers {
        in_body(&provider.body, &"provider".into(), &mut uses);
    }
    for local in module.locals.values() {
        in_expr(&local.expr, &"local".into(), &mut uses);
    }
    uses
}

fn in_body(body: &Body, kind: &EcoString, uses: &mut HashMap<EcoString, BTreeSet<EcoString>>) {
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => in_expr(&attribute.expr, kind, uses),
            Item::Block(block) => in_body(&block.body, kind, uses),
        }
    }
}

fn in_expr(expr: &Expr, kind: &EcoString, uses: &mut HashMap<EcoString, BTreeSet<EcoString>>) {
    references(expr, &mut |_, first, steps| {
        if first == "data"
            && let [Step::Attribute(of), Step::Attribute(name), ..] = steps
        {
            uses.entry(ecow::eco_format!("data.{}.{}", of.text, name.text)).or_default().insert(kind.clone());
        }
    });
}
