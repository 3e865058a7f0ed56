//! Providers, module calls and variables from `configuration`, for a plan without its source.
//!
//! What an expression came to is not told here: what is not constant is unknown. The values that a
//! plan has for variables are no help, because they came from outside of the code.

use ecow::EcoString;

use super::body::Maker;
use crate::{
    lower::environment,
    model::Entity,
    source::{FileId, Span},
    syntax::{
        json::pull::{Broken, Pull},
        node::{Node, NodeKind},
    },
    value::{List, ListKind, Object, ObjectKind, Origin, OriginStep, Origins, Value, Why, WhyKind},
};

/// Modules nested deeper than this are not looked at.
const DEEPEST: usize = 64;

/// Makes the entities of one plan.
pub(super) struct Setup<'a> {
    pub(super) file: FileId,
    pub(super) scope: &'a EcoString,
    pub(super) out: Vec<Entity>,
}

impl Setup<'_> {
    /// Reads the member `configuration`.
    pub(super) fn read(&mut self, pull: &mut Pull<'_>) -> Result<(), Broken> {
        pull.fields(&mut |p, key, _| match key {
            "provider_config" => p
                .fields(&mut |p, _, key| {
                    let node = p.value()?;
                    self.provider(&node, key);
                    Ok(())
                })
                .map(|_| ()),
            "root_module" => self.module(p, "", 0),
            _ => p.skip().map(|_| ()),
        })?;
        Ok(())
    }

    fn module(&mut self, pull: &mut Pull<'_>, address: &str, depth: usize) -> Result<(), Broken> {
        pull.fields(&mut |p, key, _| match key {
            "variables" => p
                .fields(&mut |p, name, key| {
                    let node = p.value()?;
                    self.variable(&node, name, address, key);
                    Ok(())
                })
                .map(|_| ()),
            "module_calls" if depth < DEEPEST => p
                .fields(&mut |p, name, key| {
                    let own =
                        if address.is_empty() { format!("module.{name}") } else { format!("{address}.module.{name}") };
                    self.call(p, name, &own, key, depth)
                })
                .map(|_| ()),
            _ => p.skip().map(|_| ()),
        })?;
        Ok(())
    }

    fn add(&mut self, kind: &str, address: &str, name: &str, object: Object, header: Origin) {
        let body = Value::from_object(Object { header: Some(header.clone()), ..object });
        self.out.push(Entity {
            kind: kind.into(),
            address: address.into(),
            name: name.into(),
            scope: self.scope.clone(),
            body: body.with_origins(Origins::one(header.clone())),
            extent: header.extent,
            parts: Vec::new(),
            header,
            calls: Vec::new(),
            owner: None,
            environment: environment::classify_path(self.scope),
            scenario: None,
            doubt: None,
        });
    }

    fn maker<'m>(&'m self, address: &'m EcoString) -> Maker<'m> {
        Maker { scope: self.scope, address, module: "", is_data: false, configuration: None, open: None }
    }

    fn provider(&mut self, node: &Node, key: Span) {
        let text = |name: &str| node.get(name).and_then(Node::as_text).cloned();
        let Some(name) = text("name") else { return };
        let header = Origin::new(key, key.to(node.span), OriginStep::Here);
        let alias = text("alias").map_or_else(EcoString::new, |alias| ecow::eco_format!(".{alias}"));
        let address = ecow::eco_format!("provider.{name}{alias}");
        let address = match text("module_address") {
            Some(module) => ecow::eco_format!("{module}.{address}"),
            None => address,
        };
        let mut object = Object { kind: ObjectKind::Block, ..Object::default() };
        if let Some(expressions) = node.get("expressions") {
            self.expressions(expressions, &address, &header, &mut object);
        }
        object.fields.insert("provider".into(), Value::string(name.clone()).with_origins(Origins::one(header.clone())));
        if let Some(alias) = text("alias") {
            object.fields.insert("alias".into(), Value::string(alias).with_origins(Origins::one(header.clone())));
        }
        self.add("terraform.provider", &address, &name, object, header);
    }

    /// The arguments of a block. They may hold credentials: only their names are shown.
    fn expressions(&self, node: &Node, address: &EcoString, header: &Origin, object: &mut Object) {
        for entry in node.entries() {
            let place = Origin::new(
                entry.key_span,
                entry.key_span.to(entry.value.span),
                OriginStep::Planned(entry.key.clone()),
            );
            let value = match (&entry.value.kind, entry.value.get("constant_value")) {
                (_, Some(constant)) => self.maker(address).constant(constant, &place),
                (NodeKind::Sequence(blocks), _) => {
                    let blocks = blocks.iter().map(|block| {
                        let mut inner =
                            Object { kind: ObjectKind::Block, header: Some(header.clone()), ..Object::default() };
                        self.expressions(block, address, header, &mut inner);
                        Value::from_object(inner).with_origins(Origins::one(place.clone()))
                    });
                    Value::list(List::of(ListKind::Blocks, blocks.collect())).with_origins(Origins::one(place.clone()))
                }
                _ => {
                    let why = Why::new(WhyKind::NotEvaluated, ecow::eco_format!("`{}` of {address}", entry.key));
                    Value::unknown(why).with_origins(Origins::one(place.clone()))
                }
            };
            object.fields.insert(entry.key.clone(), value);
        }
    }

    fn variable(&mut self, node: &Node, name: &str, module: &str, key: Span) {
        let header = Origin::new(key, key.to(node.span), OriginStep::Here);
        let address =
            if module.is_empty() { ecow::eco_format!("var.{name}") } else { ecow::eco_format!("{module}.var.{name}") };
        let mut object = Object { kind: ObjectKind::Block, ..Object::default() };
        for entry in node.entries() {
            if matches!(entry.key.as_str(), "default" | "description" | "sensitive") {
                let place = Origin::new(entry.key_span, entry.key_span.to(entry.value.span), OriginStep::Here);
                object.fields.insert(entry.key.clone(), self.maker(&address).constant(&entry.value, &place));
            }
        }
        self.add("terraform.variable", &address, name, object, header);
    }

    fn call(&mut self, pull: &mut Pull<'_>, name: &str, address: &str, key: Span, depth: usize) -> Result<(), Broken> {
        let start = pull.at();
        let mut object = Object { kind: ObjectKind::Block, ..Object::default() };
        let own = EcoString::from(address);
        pull.fields(&mut |p, field, field_span| match field {
            "source" | "version_constraint" => {
                let at = p.at();
                let text = p.text()?.unwrap_or_default();
                let place = Span::new(self.file, field_span.start as usize, p.at().max(at));
                let value = Value::string(text).with_origins(Origins::one(Origin::here(place)));
                let name = if field == "source" { "source" } else { "version" };
                object.fields.insert(name.into(), value);
                Ok(())
            }
            "module" => self.module(p, &own, depth + 1),
            _ => p.skip().map(|_| ()),
        })?;
        object.open = Some(Why::new(WhyKind::NotEvaluated, "this argument of the call"));
        let header = Origin::new(key, Span::new(self.file, key.start as usize, pull.at().max(start)), OriginStep::Here);
        for name in ["source", "version"] {
            if !object.fields.contains_key(name) {
                let unset = Origins::one(header.with_step(OriginStep::NotSet(name.into())));
                object.fields.insert(name.into(), Value::null().with_origins(unset));
            }
        }
        self.add("terraform.module", address, name, object, header);
        Ok(())
    }
}
