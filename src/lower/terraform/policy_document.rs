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
        statements.add_documents(body.get(name), false);
    }
    if let Some(blocks) = body.get("statement").and_then(Value::as_list) {
        let sources = statements.items.len();
        for block in &blocks.items {
            statements.add(statement(block), sources);
        }
        for block in &blocks.maybe {
            statements.add_maybe(statement(block), sources);
        }
        if let Some(why) = &blocks.open {
            statements.add_unknown(why.clone(), sources);
        }
    }
    for name in ["override_json", "override_policy_documents"] {
        statements.add_documents(body.get(name), true);
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
    /// A statement replaces one with the same `Sid` among the first `older`.
    fn add(&mut self, statement: Value, older: usize) {
        match sid(&statement) {
            Sid::Is(sid) => {
                let same = |s: &&mut Value| matches!(self::sid(s), Sid::Is(old) if old == sid);
                if let Some(old) = self.items.iter_mut().take(older).find(same) {
                    *old = statement;
                    return;
                }
            }
            Sid::Unknown => self.doubt(older, None),
            Sid::None => {}
        }
        self.items.push(statement);
    }

    /// A statement that may be there.
    fn add_maybe(&mut self, statement: Value, older: usize) {
        match sid(&statement) {
            Sid::Is(sid) => self.doubt(older, Some(&sid)),
            Sid::Unknown => self.doubt(older, None),
            Sid::None => {}
        }
        self.maybe.push(statement);
    }

    /// Statements of which nothing is known.
    fn add_unknown(&mut self, why: Why, older: usize) {
        self.doubt(older, None);
        self.open.get_or_insert(why);
    }

    /// Statements among the first `older` that may be replaced, by one with this `Sid` or with any, may not be there.
    fn doubt(&mut self, older: usize, by: Option<&EcoString>) {
        let older = older.min(self.items.len());
        let newer = self.items.split_off(older);
        for statement in std::mem::take(&mut self.items) {
            let may_be_replaced = match (sid(&statement), by) {
                (Sid::None, _) => false,
                (Sid::Is(old), Some(by)) => old == *by,
                (Sid::Unknown, _) | (_, None) => true,
            };
            if may_be_replaced { self.maybe.push(statement) } else { self.items.push(statement) }
        }
        self.items.extend(newer);
    }

    /// Adds the statements of documents given as JSON text: one, or a list of them. They replace what is there, or
    /// are the first.
    fn add_documents(&mut self, argument: Option<&Value>, replace: bool) {
        let Some(argument) = argument.filter(|v| !v.is_null()) else { return };
        match &argument.repr {
            Repr::List(list) => {
                for document in &list.items {
                    self.add_document(document, replace);
                }
                if let Some(why) = list.doubt() {
                    self.add_unknown(why, if replace { self.items.len() } else { 0 });
                }
            }
            _ => self.add_document(argument, replace),
        }
    }

    fn add_document(&mut self, document: &Value, replace: bool) {
        if document.is_null() || document.as_str() == Some("") {
            return;
        }
        let older = if replace { self.items.len() } else { 0 };
        let Some(decoded) = json_value(document) else {
            let why = document.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Invalid, "this is not a policy"));
            return self.add_unknown(why, older);
        };
        let statement = decoded.as_object().and_then(|o| o.get("Statement"));
        match statement.map(|v| &v.repr) {
            Some(Repr::List(list)) => {
                for statement in &list.items {
                    self.add(statement.clone(), older);
                }
                for statement in &list.maybe {
                    self.add_maybe(statement.clone(), older);
                }
                if let Some(why) = &list.open {
                    self.add_unknown(why.clone(), older);
                }
            }
            Some(Repr::Object(_)) => {
                if let Some(statement) = statement {
                    self.add(statement.clone(), older);
                }
            }
            _ => self.add_unknown(Why::new(WhyKind::Invalid, "this is not a policy"), older),
        }
    }
}

/// What is known of the `Sid` of a statement.
enum Sid {
    None,
    Is(EcoString),
    Unknown,
}

fn sid(statement: &Value) -> Sid {
    let Some(object) = statement.as_object() else {
        return if statement.is_unknown() { Sid::Unknown } else { Sid::None };
    };
    match object.get("Sid") {
        None => Sid::None,
        Some(sid) if sid.is_null() => Sid::None,
        Some(sid) => match sid.as_str() {
            Some("") => Sid::None,
            Some(sid) => Sid::Is(sid.into()),
            None => Sid::Unknown,
        },
    }
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
