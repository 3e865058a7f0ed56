//! Blocks to objects: attributes, nested blocks, `dynamic`.

use std::{rc::Rc, sync::Arc};

use ecow::EcoString;
use foldhash::fast::RandomState;

use super::{expand::Repetition, instance::Instance};
use crate::{
    eval::{EvalError, Locals, iterate},
    syntax::hcl::{Attribute, Block, Body, Expr, ExprKind, Item, Step},
    value::{ByName, List, ListKind, Object, ObjectKind, Origin, OriginStep, Origins, Repr, Value, Why, WhyKind},
};

/// Names that `dynamic` binds.
pub(super) type Names<'a> = Locals<'a>;

/// Arguments that say how often and by whom, not what.
const META_ARGUMENTS: [&str; 4] = ["count", "for_each", "provider", "depends_on"];
/// Blocks that say how to create, not what.
const META_BLOCKS: [&str; 2] = ["provisioner", "connection"];

/// Whether a body has nested blocks of a kind, written out or `dynamic`.
pub(super) fn has_block(body: &Body, kind: &str) -> bool {
    body.blocks().any(|b| b.kind.text == kind || (b.kind.text == "dynamic" && b.labels.iter().any(|l| l.text == kind)))
}

/// The value of an attribute.
pub(super) fn attribute_value(
    instance: &Rc<Instance<'_>>,
    attribute: &Attribute,
    repetition: Option<&Repetition>,
    names: &Names<'_>,
) -> Value {
    let value = instance.evaluate(&attribute.expr, repetition, names);
    if value.origins.iter().any(|o| attribute.span.contains(o.anchor)) {
        return value;
    }
    let span = attribute.expr.span;
    value.seen_at(Origin::new(span, span, OriginStep::Use))
}

/// A top-level block as an object, without its meta-arguments.
pub(super) fn block_value(
    instance: &Rc<Instance<'_>>,
    block: &Block,
    repetition: Option<&Repetition>,
    names: &Names<'_>,
) -> Value {
    content(instance, block, &block.body, repetition, names, true)
}

fn content(
    instance: &Rc<Instance<'_>>,
    block: &Block,
    body: &Body,
    repetition: Option<&Repetition>,
    names: &Names<'_>,
    top: bool,
) -> Value {
    let header = Origin::new(block.header, block.span, OriginStep::Here);
    let mut fields: ByName<Value> = ByName::with_capacity_and_hasher(body.items.len(), RandomState::default());
    let mut blocks: ByName<Blocks> = ByName::default();
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => {
                let name = &attribute.name.text;
                if top && META_ARGUMENTS.contains(&name.as_str()) {
                    continue;
                }
                fields.insert(name.clone(), attribute_value(instance, attribute, repetition, names));
            }
            Item::Block(nested) => {
                let kind = nested.kind.text.as_str();
                if top && META_BLOCKS.contains(&kind) {
                    continue;
                }
                if top && kind == "lifecycle" {
                    let value = lifecycle(nested);
                    blocks.entry("lifecycle".into()).or_default().items.push(value);
                } else if kind == "dynamic" {
                    dynamic(instance, nested, repetition, names, &mut blocks);
                } else {
                    let value = content(instance, nested, &nested.body, repetition, names, false);
                    blocks.entry(nested.kind.text.clone()).or_default().items.push(value);
                }
            }
        }
    }
    for (kind, found) in blocks {
        let origins: Origins =
            found.items.iter().chain(&found.maybe).filter_map(|v| v.origins.first().cloned()).collect();
        let list = List { kind: ListKind::Blocks, items: found.items, maybe: found.maybe, open: None };
        fields.insert(kind, Value::list(list).with_origins(origins));
    }
    let object = Object { kind: ObjectKind::Block, fields, header: Some(header.clone()), ..Object::default() };
    Value::from_object(object).with_origins(Origins::one(header))
}

/// The blocks of one kind: certain ones, and those of which there are none or more.
#[derive(Default)]
struct Blocks {
    items: Vec<Value>,
    maybe: Vec<Value>,
}

fn dynamic(
    instance: &Rc<Instance<'_>>,
    block: &Block,
    repetition: Option<&Repetition>,
    names: &Names<'_>,
    out: &mut ByName<Blocks>,
) {
    let Some(label) = block.labels.first() else { return };
    let found = out.entry(label.text.clone()).or_default();
    let (Some(for_each), Some(inner)) = (block.body.attribute("for_each"), block.body.blocks_of("content").next())
    else {
        let error = EvalError::new("a `dynamic` block needs `for_each` and `content`");
        instance.root.report(&error, block.header);
        return;
    };
    let iterator = match block.body.attribute("iterator").map(|a| &a.expr.kind) {
        Some(ExprKind::Variable(name)) => name.clone(),
        _ => label.text.clone(),
    };
    let collection = instance.evaluate(&for_each.expr, repetition, names);
    let make = |key: Value, value: Value| {
        let bound = [(iterator.clone(), Value::object([("key".into(), key), ("value".into(), value)]))];
        let value = content(instance, block, &inner.body, repetition, &Locals::new(&bound, names), false);
        // The block is there because of what `for_each` goes through.
        let mut origins = value.origins.clone();
        origins.extend(&collection.origins);
        value.with_origins(origins)
    };
    match iterate::elements(&collection) {
        Ok(Some(elements)) => {
            for (key, value) in elements.certain {
                found.items.push(make(key, value));
            }
            for (key, value) in elements.maybe {
                found.maybe.push(make(key, value));
            }
            if let Some(why) = elements.open {
                let unknown = Value::unknown(why).with_origins(collection.origins.clone());
                found.maybe.push(make(unknown.clone(), unknown));
            }
        }
        Ok(None) => {
            let why = collection.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
            let unknown = Value::unknown(why).with_origins(collection.origins.clone());
            found.maybe.push(make(unknown.clone(), unknown));
        }
        Err(_) if collection.is_null() => {
            let error = EvalError::new("`for_each` of a `dynamic` block must not be null");
            instance.root.report(&error, for_each.expr.span);
        }
        Err(error) => {
            instance.root.report(&error, for_each.expr.span);
        }
    }
}

/// The blocks of a resource as others see them: the provider computes attributes in blocks too.
pub(super) fn with_computed(value: &Value, why: &Why) -> Value {
    let repr = match &value.repr {
        Repr::List(list) if list.kind == ListKind::Blocks => {
            let each = |values: &[Value]| values.iter().map(|v| with_computed(v, why)).collect();
            let open = list.open.clone();
            Repr::List(Arc::new(List { kind: list.kind, items: each(&list.items), maybe: each(&list.maybe), open }))
        }
        Repr::Object(object) if object.kind == ObjectKind::Block && object.open.is_none() => {
            let mut object = (**object).clone();
            for field in object.fields.values_mut() {
                // A null leaves it to the provider, as if it were not written.
                let computed = || Value::unknown(why.clone()).with_origins(field.origins.clone());
                *field = if field.is_null() { computed() } else { with_computed(field, why) };
            }
            object.open = Some(why.clone());
            Repr::Object(Arc::new(object))
        }
        _ => return value.clone(),
    };
    Value { repr, ..value.clone() }
}

/// `lifecycle` names attributes instead of evaluating them: its values are those names.
fn lifecycle(block: &Block) -> Value {
    let header = Origin::new(block.header, block.span, OriginStep::Here);
    let mut object = Object { kind: ObjectKind::Block, header: Some(header.clone()), ..Object::default() };
    for attribute in block.body.attributes() {
        let here = Origins::one(Origin::here(attribute.expr.span));
        let value = match &attribute.expr.kind {
            ExprKind::Bool(b) => Value::bool(*b),
            ExprKind::Array(items) => Value::tuple(
                items
                    .iter()
                    .map(|i| Value::string(path_text(i)).with_origins(Origins::one(Origin::here(i.span))))
                    .collect(),
            ),
            _ => Value::string(path_text(&attribute.expr)),
        };
        object.fields.insert(attribute.name.text.clone(), value.with_origins(here));
    }
    Value::from_object(object).with_origins(Origins::one(header))
}

/// `tags["x"].y` as text, for what is named and not evaluated.
pub(super) fn path_text(expr: &Expr) -> EcoString {
    match &expr.kind {
        ExprKind::Variable(name) | ExprKind::String(name) => name.clone(),
        ExprKind::Traversal(base, steps) => {
            let mut text = path_text(base);
            for step in steps {
                match step {
                    Step::Attribute(name) => {
                        text.push('.');
                        text.push_str(&name.text);
                    }
                    Step::LegacyIndex(n, _) => text.push_str(&format!(".{n}")),
                    Step::Index(index, _) => text.push_str(&format!("[{}]", path_text(index))),
                    Step::AttributeSplat(_) | Step::FullSplat(_) => text.push_str("[*]"),
                }
            }
            text
        }
        _ => EcoString::new(),
    }
}
