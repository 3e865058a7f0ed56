//! `data "aws_iam_policy_document"`: pure, so that its JSON is known before a plan.
//!
//! The shape is that of the provider's documentation: a statement's `effect` is `Allow` unless set,
//! documents given as sources come first, overrides replace statements of the same `sid`.

use std::{rc::Rc, sync::Arc};

use ecow::EcoString;
use indexmap::IndexMap;

use super::{
    body::{self, Names},
    expand::Repetition,
    instance::Instance,
    module::Resource,
    scope::InstanceScope,
};
use crate::{
    eval::{
        EvalError, Mode,
        functions::{self, Call},
    },
    value::{List, ListKind, Object, Origins, Repr, Value, Why, WhyKind},
};

/// The value of a computed attribute of a data source that is pure; none for other data sources.
pub(super) fn attribute(
    instance: &Rc<Instance<'_>>,
    resource: &Resource,
    repetition: &Repetition,
    attribute: &str,
) -> Option<Value> {
    let kind = &resource.block.labels.first()?.text;
    if kind != "aws_iam_policy_document" || !matches!(attribute, "json" | "minified_json") {
        return None;
    }
    let body = body::block_value(instance, &resource.block, Some(repetition), &Names::NONE);
    let document = document(body.as_object()?);
    let text = match json_text(instance, resource, &document) {
        Ok(text) => text,
        Err(error) => return Some(instance.root.report(&error, resource.block.header)),
    };
    let mut value = text.with_origins(body.origins.clone());
    value.decoded = Some(Arc::new(document));
    Some(value)
}

/// A value as JSON text, holes where it is unknown.
fn json_text(instance: &Rc<Instance<'_>>, resource: &Resource, value: &Value) -> Result<Value, EvalError> {
    let scope = InstanceScope { instance, repetition: None };
    let args = [value.clone()];
    let span = resource.block.header;
    functions::call(&Call { name: "jsonencode", args: &args, span, mode: Mode::Configuration, scope: &scope })
}

/// What JSON text stands for, if that is known.
fn json_value(text: &Value) -> Option<Value> {
    if let Some(decoded) = &text.decoded {
        return Some((**decoded).clone());
    }
    functions::encoding::json_decode(text).ok().filter(|v| !v.is_unknown())
}

/// The policy as the provider builds it from the arguments.
fn document(body: &Object) -> Value {
    let mut statements = Statements::default();
    for name in ["source_json", "source_policy_documents"] {
        statements.add_documents(body.get(name));
    }
    if let Some(blocks) = body.get("statement").and_then(Value::as_list) {
        for block in &blocks.items {
            statements.add(statement(block), false);
        }
        statements.maybe.extend(blocks.maybe.iter().map(statement));
        statements.open = statements.open.take().or_else(|| blocks.open.clone());
    }
    for name in ["override_json", "override_policy_documents"] {
        statements.add_documents(body.get(name));
    }
    let version = body.get("version").filter(|v| !v.is_null()).cloned().unwrap_or_else(|| Value::string("2012-10-17"));
    let list = List { kind: ListKind::Tuple, items: statements.items, maybe: statements.maybe, open: statements.open };
    let header = body.header.clone();
    let origins: Origins = header.clone().into_iter().collect();
    let mut object = Object { header, ..Object::default() };
    object.fields.insert("Version".into(), version);
    object.fields.insert("Statement".into(), Value::list(list).with_origins(origins));
    Value::from_object(object)
}

#[derive(Default)]
struct Statements {
    items: Vec<Value>,
    maybe: Vec<Value>,
    open: Option<Why>,
}

impl Statements {
    /// A statement replaces an earlier one with the same `Sid`.
    fn add(&mut self, statement: Value, replace: bool) {
        let sid = sid(&statement);
        if replace
            && let Some(sid) = &sid
            && let Some(old) = self.items.iter_mut().find(|s| self::sid(s).as_ref() == Some(sid))
        {
            *old = statement;
            return;
        }
        self.items.push(statement);
    }

    /// Adds the statements of documents given as JSON text: one, or a list of them.
    fn add_documents(&mut self, argument: Option<&Value>) {
        let Some(argument) = argument.filter(|v| !v.is_null()) else { return };
        match &argument.repr {
            Repr::List(list) => {
                for document in &list.items {
                    self.add_document(document);
                }
                if let Some(why) = list.doubt() {
                    self.open.get_or_insert(why);
                }
            }
            _ => self.add_document(argument),
        }
    }

    fn add_document(&mut self, document: &Value) {
        if document.is_null() || document.as_str() == Some("") {
            return;
        }
        let Some(decoded) = json_value(document) else {
            let why = document.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Invalid, "this is not a policy"));
            self.open.get_or_insert(why);
            return;
        };
        match decoded.as_object().and_then(|o| o.get("Statement")).map(|v| &v.repr) {
            Some(Repr::List(list)) => {
                for statement in &list.items {
                    self.add(statement.clone(), true);
                }
                self.maybe.extend(list.maybe.iter().cloned());
                self.open = self.open.take().or_else(|| list.open.clone());
            }
            Some(Repr::Object(_)) => {
                if let Some(statement) = decoded.as_object().and_then(|o| o.get("Statement")) {
                    self.add(statement.clone(), true);
                }
            }
            _ => {
                self.open.get_or_insert(Why::new(WhyKind::Invalid, "this is not a policy"));
            }
        }
    }
}

fn sid(statement: &Value) -> Option<EcoString> {
    statement.as_object()?.get("Sid")?.as_str().filter(|s| !s.is_empty()).map(EcoString::from)
}

/// A `statement` block as IAM writes it.
fn statement(block: &Value) -> Value {
    let Some(body) = block.as_object() else { return block.clone() };
    let mut fields: IndexMap<EcoString, Value> = IndexMap::new();
    let mut copy = |from: &str, to: &str| {
        if let Some(value) = body.get(from).filter(|v| !v.is_null()) {
            fields.insert(to.into(), value.clone());
        }
    };
    copy("sid", "Sid");
    copy("effect", "Effect");
    for (from, to) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        copy(from, to);
    }
    fields.entry("Effect".into()).or_insert_with(|| Value::string("Allow"));
    for (from, to) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(principals) = body.get(from).and_then(Value::as_list) {
            fields.insert(to.into(), grouped(principals, "type", "identifiers"));
        }
    }
    if let Some(conditions) = body.get("condition").and_then(Value::as_list) {
        fields.insert("Condition".into(), condition(conditions));
    }
    let header = body.header.clone();
    Value::from_object(Object { fields, header, ..Object::default() }).with_origins(block.origins.clone())
}

/// Blocks with a name and a list each, as an object of lists: `{ AWS = [...], Service = [...] }`.
fn grouped(blocks: &List, name: &str, values: &str) -> Value {
    let mut object = Object { open: blocks.doubt(), ..Object::default() };
    for block in &blocks.items {
        let Some(body) = block.as_object() else { continue };
        let found = body.get(values).cloned().unwrap_or_else(Value::null);
        let Some(key) = body.get(name).and_then(Value::as_str) else {
            object.open.get_or_insert(Why::new(WhyKind::NotEvaluated, name));
            continue;
        };
        let joined = match (object.fields.get(key).and_then(Value::as_list), found.as_list()) {
            (Some(old), Some(new)) => {
                let items = old.items.iter().chain(&new.items).cloned().collect();
                Value::tuple(items).with_origins(found.origins.clone())
            }
            _ => found,
        };
        object.fields.insert(key.into(), joined);
    }
    Value::from_object(object)
}

/// `condition` blocks as `{ StringEquals = { "aws:x" = [...] } }`.
fn condition(blocks: &List) -> Value {
    let mut tests: IndexMap<EcoString, List> = IndexMap::new();
    let mut open = blocks.doubt();
    for block in &blocks.items {
        match block.as_object().and_then(|b| b.get("test")).and_then(Value::as_str) {
            Some(test) => {
                let list = tests.entry(test.into()).or_insert_with(|| List::of(ListKind::Blocks, Vec::new()));
                list.items.push(block.clone());
            }
            None => open = open.or_else(|| Some(Why::new(WhyKind::NotEvaluated, "the test of a condition"))),
        }
    }
    let fields = tests.into_iter().map(|(test, list)| (test, grouped(&list, "variable", "values"))).collect();
    Value::from_object(Object { fields, open, ..Object::default() })
}
