//! The entities of a module instance and of all that it calls.

use std::{rc::Rc, sync::Arc};

use ecow::EcoString;

use super::{
    body::{self, Names},
    contract,
    expand::Repetition,
    instance::Instance,
    module::Resource,
    providers, pure_data,
};
use crate::{
    lower::{environment, terragrunt::Backend},
    model::{Entity, Environment, Lowered},
    source::Span,
    syntax::hcl::{Block, Expr, ExprKind},
    value::{Object, ObjectKind, Origin, OriginStep, Origins, Repr, Value, Why, WhyKind},
};

/// Adds the entities of an instance, then those of the modules that it calls.
pub(super) fn entities(instance: &Rc<Instance<'_>>, out: &mut Lowered) {
    let module = instance.module.clone();
    let environment = environment_of(instance);
    let make = Make { instance, environment };
    for resource in module.resources.values().chain(module.data.values()) {
        make.resource(resource, out);
    }
    if instance.address.is_empty() {
        make.root(out);
        match instance.root.unit.and_then(|u| u.backend.as_ref()) {
            Some(backend) => make.unit_backend(backend, out),
            None => {
                for block in &module.backends {
                    make.labelled(block, "terraform.backend", "type", out);
                }
            }
        }
    }
    for block in &module.providers {
        make.labelled(block, "terraform.provider", "provider", out);
    }
    // What is written once is asked about once, however often the module is called.
    let first = instance.root.is_first_of(&module.dir);
    if first {
        for variable in module.variables.values() {
            make.variable(&variable.block, out);
        }
    }
    if instance.address.is_empty() {
        for (name, block) in &module.outputs {
            make.output(name, block, out);
        }
    }
    contract::check_validations(instance);
    for (name, call) in &module.calls {
        if first {
            make.call(name, &call.block, out);
            if let Some(called) = instance.called(name, call) {
                contract::check_arguments(instance, name, call, &called);
            }
        }
        let key = ecow::eco_format!("module.{name}");
        let expansion = instance.expansion(&key, &call.block);
        for repetition in &expansion.instances {
            let doubt = if repetition.uncertain { expansion.doubt.as_ref() } else { None };
            if let Some(child) = instance.child(name, call, repetition, doubt) {
                if child.is_new() {
                    entities(&child, out);
                }
            } else if call.dir.is_some() && instance.root.modules.get(call.dir.as_deref().unwrap_or("")).is_none() {
                missing_directory(
                    instance,
                    call.block.body.attribute("source").map_or(call.block.header, |a| a.expr.span),
                );
            }
        }
    }
}

fn missing_directory(instance: &Instance<'_>, span: Span) {
    let error = crate::eval::EvalError::new("there is no Terraform module in this directory");
    instance.root.report(&error, span);
}

/// The environment of a root, which all its entities share: that of its scenario, else of its directory, else of
/// the workspace.
fn environment_of(instance: &Instance<'_>) -> Option<Environment> {
    let root = instance.root;
    let scenario = root.scenario.environment.clone();
    scenario
        .or_else(|| environment::classify_path(&root.scope))
        .or_else(|| root.workspace().and_then(environment::from_workspace))
}

struct Make<'m, 'a> {
    instance: &'m Rc<Instance<'a>>,
    environment: Option<Environment>,
}

impl Make<'_, '_> {
    fn wanted(&self, kind: &str) -> bool {
        self.instance.root.options.wants(kind)
    }

    fn entity(&self, kind: &str, address: &str, name: &str, block: &Block, body: Value, doubt: Option<Why>) -> Entity {
        Entity {
            kind: kind.into(),
            address: self.instance.qualify(address),
            name: name.into(),
            scope: self.instance.root.scope.clone(),
            scenario: self.instance.root.scenario.name().cloned(),
            body,
            header: Origin::new(block.header, block.span, OriginStep::Here),
            extent: block.span,
            parts: Vec::new(),
            calls: self.instance.calls.clone(),
            owner: None,
            environment: self.environment.clone(),
            doubt: self.instance.doubt.clone().or(doubt),
        }
    }

    fn resource(&self, resource: &Resource, out: &mut Lowered) {
        let block = &resource.block;
        let [kind, name] = &block.labels[..] else { return };
        let (entity_kind, base): (EcoString, EcoString) = if resource.is_data {
            (ecow::eco_format!("data.{}", kind.text), ecow::eco_format!("data.{}.{}", kind.text, name.text))
        } else {
            (kind.text.clone(), ecow::eco_format!("{}.{}", kind.text, name.text))
        };
        let options = self.instance.root.options;
        let wanted = options.wants(&entity_kind);
        if !wanted && !options.every_instance {
            // Nobody asks about it, so it does not matter how often it is there.
            out.entities.push(self.entity(&entity_kind, &base, &name.text, block, bare(block), None));
            return;
        }
        let expansion = self.instance.expansion(&base, block);
        for repetition in &expansion.instances {
            let address = ecow::eco_format!("{base}{}", repetition.key);
            let body = if wanted { self.body(resource, block, repetition, &address) } else { bare(block) };
            let doubt = if repetition.uncertain { expansion.doubt.clone() } else { None };
            if doubt.is_none() {
                for lifecycle in block.body.blocks_of("lifecycle") {
                    contract::check_conditions(self.instance, &address, &lifecycle.body, Some(repetition));
                }
            }
            out.entities.push(self.entity(&entity_kind, &address, &name.text, block, body, doubt));
        }
    }

    fn body(&self, resource: &Resource, block: &Block, repetition: &Repetition, address: &str) -> Value {
        let body = body::block_value(self.instance, block, Some(repetition), &Names::NONE);
        let Repr::Object(object) = &body.repr else { return body };
        let mut object = (**object).clone();
        let mut identity = self.instance.identity(address);
        if let Some(tags) = providers::tags_all(self.instance, resource, repetition) {
            // No argument, so it is not among them; a rule sees it all the same.
            Arc::make_mut(&mut identity).attributes.push(("tags_all".into(), tags));
        }
        if let Some(account) = providers::account(self.instance, resource) {
            Arc::make_mut(&mut identity).attributes.push(("account".into(), account));
        }
        if let (true, [kind, name]) = (resource.is_data, &block.labels[..]) {
            let module = &self.instance.module;
            let uses = module.uses.of(module, &format!("data.{}.{}", kind.text, name.text));
            Arc::make_mut(&mut identity).attributes.push(("referenced_by".into(), uses));
        }
        object.identity = Some(identity);
        let computed = if resource.is_data { pure_data::attributes(&block.labels[0].text) } else { &[] };
        for name in computed {
            if let Some(value) = pure_data::attribute(self.instance, resource, repetition, name) {
                object.fields.insert((*name).into(), value);
            }
        }
        Value::from_object(object).with_origins(body.origins.clone())
    }

    /// `backend "s3" {}`, `provider "aws" {}`: the label becomes a field.
    fn labelled(&self, block: &Block, kind: &str, field: &str, out: &mut Lowered) {
        let label = block.labels.first().map_or_else(|| block.kind.clone(), Clone::clone);
        let body = body::block_value(self.instance, block, None, &Names::NONE);
        let body = with_field(body, field, Value::string(label.text.clone()), label.span);
        let alias = block.body.attribute("alias").and_then(|a| match &a.expr.kind {
            ExprKind::String(alias) => Some(ecow::eco_format!(".{alias}")),
            _ => None,
        });
        let word = kind.trim_start_matches("terraform.");
        let address = ecow::eco_format!("{word}.{}{}", label.text, alias.unwrap_or_default());
        out.entities.push(self.entity(kind, &address, &label.text, block, body, None));
    }

    /// The backend that a Terragrunt unit configures, whatever its module says.
    fn unit_backend(&self, backend: &Backend, out: &mut Lowered) {
        let root = &self.instance.root;
        out.entities.push(Entity {
            kind: "terraform.backend".into(),
            address: ecow::eco_format!("backend.{}", backend.kind),
            name: backend.kind.clone(),
            scope: root.scope.clone(),
            body: backend.body.clone(),
            header: backend.header.clone(),
            extent: backend.header.extent,
            parts: Vec::new(),
            calls: self.instance.calls.clone(),
            owner: None,
            environment: self.environment.clone(),
            scenario: None,
            doubt: None,
        });
    }

    fn variable(&self, block: &Block, out: &mut Lowered) {
        if !self.wanted("terraform.variable") {
            return;
        }
        let Some(name) = block.labels.first() else { return };
        let mut object = empty(block);
        for attribute in block.body.attributes() {
            let value = match attribute.name.text.as_str() {
                "type" => Value::string(self.instance.root.files.text(attribute.expr.span)),
                "default" | "sensitive" | "description" | "nullable" | "ephemeral" => {
                    self.instance.evaluate(&attribute.expr, None, &Names::NONE)
                }
                _ => continue,
            };
            let name = if attribute.name.text == "type" { "type_text".into() } else { attribute.name.text.clone() };
            let value = value.with_origins(Origins::one(Origin::here(attribute.expr.span)));
            object.fields.insert(name, value);
        }
        let header = Origin::new(block.header, block.span, OriginStep::Here);
        let body = Value::from_object(object).with_origins(Origins::one(header));
        out.entities.push(self.entity(
            "terraform.variable",
            &format!("var.{}", name.text),
            &name.text,
            block,
            body,
            None,
        ));
    }

    fn output(&self, name: &EcoString, block: &Block, out: &mut Lowered) {
        if !self.wanted("terraform.output") {
            return;
        }
        let mut object = empty(block);
        if let Ok(value) = self.instance.output(name) {
            contract::check_conditions(self.instance, &format!("output.{name}"), &block.body, None);
            contract::check_output(self.instance, name, block, &value);
            object.fields.insert("value".into(), value);
        }
        let header = Origin::new(block.header, block.span, OriginStep::Here);
        let body = Value::from_object(object).with_origins(Origins::one(header));
        out.entities.push(self.entity("terraform.output", &format!("output.{name}"), name, block, body, None));
    }

    fn call(&self, name: &EcoString, block: &Block, out: &mut Lowered) {
        let address = format!("module.{name}");
        let body = if self.wanted("terraform.module") {
            // Arguments may use `each`, which differs from instance to instance; what a rule asks
            // of the call (source, version) does not.
            let mut object = empty(block);
            for attribute in block.body.attributes().filter(|a| constant(&a.expr)) {
                let value = self.instance.evaluate(&attribute.expr, None, &Names::NONE);
                object.fields.insert(attribute.name.text.clone(), value);
            }
            object.open = (!block.body.attributes().all(|a| constant(&a.expr)))
                .then(|| Why::new(WhyKind::NotEvaluated, "this argument of the call"));
            // The two that matter most are never computed.
            for name in ["source", "version"] {
                if block.body.attribute(name).is_none() {
                    let header = object.header.clone().map(|h| h.with_step(OriginStep::NotSet(name.into())));
                    let null = Value::null().with_origins(header.into_iter().collect());
                    object.fields.insert(name.into(), null);
                }
            }
            let header = Origin::new(block.header, block.span, OriginStep::Here);
            Value::from_object(object).with_origins(Origins::one(header))
        } else {
            bare(block)
        };
        out.entities.push(self.entity("terraform.module", &address, name, block, body, None));
        self.handover(&address, name, block, out);
    }

    /// What a module that is not in the repository is given.
    fn handover(&self, address: &str, name: &EcoString, block: &Block, out: &mut Lowered) {
        let local = |a: &Expr| matches!(&a.kind, ExprKind::String(source) if source.starts_with('.'));
        if !self.wanted("terraform.handover") || block.body.attribute("source").is_none_or(|a| local(&a.expr)) {
            return;
        }
        let mut object = empty(block);
        object.fields.insert("reads".into(), self.instance.reads(block));
        let header = Origin::new(block.header, block.span, OriginStep::Here);
        let body = Value::from_object(object).with_origins(Origins::one(header));
        out.entities.push(self.entity("terraform.handover", address, name, block, body, None));
    }

    fn root(&self, out: &mut Lowered) {
        let Some(first) = &self.instance.module.first else { return };
        let mut object = empty(first);
        let here = |v: Value| v.with_origins(Origins::one(Origin::here(first.header)));
        object.fields.insert("path".into(), here(Value::string(self.instance.root.scope.clone())));
        let backend = self.instance.module.backends.first().map_or_else(Value::null, |b| {
            let label = b.labels.first().map_or_else(|| b.kind.text.clone(), |l| l.text.clone());
            Value::string(label).with_origins(Origins::one(Origin::here(b.header)))
        });
        let backend = match self.instance.root.unit.and_then(|u| u.backend.as_ref()) {
            Some(unit) => Value::string(unit.kind.clone()).with_origins(Origins::one(unit.header.clone())),
            None => backend,
        };
        object.fields.insert("backend".into(), backend);
        let body = here(Value::from_object(object));
        let scope = self.instance.root.scope.clone();
        out.entities.push(self.entity("terraform.root", &scope, &scope, first, body, None));
    }
}

/// Whether an expression is written out: a string, a list of strings and the like.
fn constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::Array(items) => items.iter().all(constant),
        _ => false,
    }
}

fn empty(block: &Block) -> Object {
    let header = Origin::new(block.header, block.span, OriginStep::Here);
    Object { kind: ObjectKind::Block, header: Some(header), ..Object::default() }
}

/// The body of an entity that no rule asks about.
fn bare(block: &Block) -> Value {
    Value::from_object(empty(block))
}

fn with_field(body: Value, name: &str, value: Value, span: Span) -> Value {
    let Repr::Object(object) = &body.repr else { return body };
    let mut object = (**object).clone();
    object.fields.insert(name.into(), value.with_origins(Origins::one(Origin::here(span))));
    Value::from_object(object).with_origins(body.origins.clone())
}
