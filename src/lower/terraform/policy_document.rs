//! `data "aws_iam_policy_document"`: pure, so that its JSON is known before a plan.
//!
//! The shape is that of the provider's documentation: a statement's `effect` is `Allow` unless set,
//! documents given as sources come first, overrides replace statements of the same `sid`, a list of one is
//! written without brackets.

use ecow::EcoString;

use crate::{
    eval::functions::{self, convert},
    value::{ByName, List, ListKind, Object, Origins, Part, Repr, Text, Value, Why, WhyKind},
};

/// What JSON text stands for, if that is known.
fn json_value(text: &Value) -> Option<Value> {
    if let Some(decoded) = &text.decoded {
        return Some((**decoded).clone());
    }
    functions::encoding::json_decode(text).ok().filter(|v| !v.is_unknown())
}

/// The policy as the provider builds it from the arguments.
pub(super) fn document(body: &Object) -> Value {
    let mut statements = Statements::default();
    for name in ["source_json", "source_policy_documents"] {
        statements.add_documents(body.get(name), false);
    }
    let version = body.get("version").filter(|v| !v.is_null()).cloned().unwrap_or_else(|| Value::string("2012-10-17"));
    statements.upgrade(Some(&version));
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
    let header = body.header.clone();
    let origins: Origins = header.clone().into_iter().collect();
    let mut object = Object { header, ..Object::default() };
    object.fields.insert("Version".into(), statements.version.unwrap_or(version));
    if let Some(id) = body.get("policy_id").filter(|v| !v.is_null()).cloned().or(statements.id) {
        object.fields.insert("Id".into(), id);
    }
    let list = List { kind: ListKind::Tuple, items: statements.items, maybe: statements.maybe, open: statements.open };
    object.fields.insert("Statement".into(), Value::list(list).with_origins(origins));
    Value::from_object(object)
}

#[derive(Default)]
struct Statements {
    items: Vec<Value>,
    maybe: Vec<Value>,
    open: Option<Why>,
    /// The newest version of the language that a document asks for.
    version: Option<Value>,
    /// The id of the last document that has one.
    id: Option<Value>,
}

impl Statements {
    /// The documents are merged to one in the newest of their versions.
    fn upgrade(&mut self, version: Option<&Value>) {
        let Some(version) = version else { return };
        if self.version.as_ref().is_none_or(|old| old.as_str() < version.as_str()) {
            self.version = Some(version.clone());
        }
    }

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
        if let Some(object) = decoded.as_object() {
            self.upgrade(object.get("Version"));
            self.id = object.get("Id").cloned().or(self.id.take());
        }
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
    let mut fields: ByName<Value> = ByName::default();
    let mut put = |from: &str, to: &str, shape: &dyn Fn(&Value) -> Value| {
        if let Some(value) = body.get(from).filter(|v| !v.is_null() && v.as_str() != Some("")) {
            fields.insert(to.into(), shape(value));
        }
    };
    put("sid", "Sid", &Clone::clone);
    put("effect", "Effect", &Clone::clone);
    for (from, to) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        put(from, to, &|list| single(descending(list)));
    }
    if !fields.contains_key("Effect") {
        let at = usize::from(fields.contains_key("Sid"));
        fields.shift_insert(at, "Effect".into(), Value::string("Allow"));
    }
    for (from, to) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(principals) = body.get(from).and_then(Value::as_list) {
            fields.insert(to.into(), principal(principals));
        }
    }
    if let Some(conditions) = body.get("condition").and_then(Value::as_list) {
        fields.insert("Condition".into(), condition(conditions));
    }
    let header = body.header.clone();
    Value::from_object(Object { fields, header, ..Object::default() }).with_origins(block.origins.clone())
}

/// The elements of a set of strings as the provider writes them: each once, the last in order first.
fn descending(list: &Value) -> Value {
    let Some(items) = list.as_list().filter(|l| l.is_whole()) else { return list.clone() };
    let mut items: Vec<Value> = convert::set_of(items.items.iter().map(with_variables).collect());
    if items.iter().all(|i| i.as_str().is_some()) {
        items.reverse();
    }
    Value { repr: Value::tuple(items).repr, ..list.clone() }
}

/// One element is written without a list around it.
fn single(list: Value) -> Value {
    match list.as_list() {
        Some(items) if items.is_whole() && items.items.len() == 1 => {
            let only = items.items[0].clone();
            let origins = if only.origins.is_empty() { list.origins.clone() } else { only.origins.clone() };
            only.with_origins(origins).mark_sensitive(list.sensitive)
        }
        _ => list,
    }
}

/// `&{aws:username}` is written for what IAM calls `${aws:username}`.
fn with_variables(value: &Value) -> Value {
    let Repr::String(text) = &value.repr else { return value.clone() };
    let parts = text.parts().into_iter().map(|part| match part {
        Part::Known(text) => Part::Known(str::replace(&text, "&{", "${").into()),
        hole @ Part::Hole(_) => hole,
    });
    Value { repr: Repr::String(Text::from_parts(parts.collect())), ..value.clone() }
}

/// `principals` blocks; everyone is `"*"` alone.
fn principal(blocks: &List) -> Value {
    if let ([only], true) = (&blocks.items[..], blocks.is_whole())
        && let Some(body) = only.as_object()
        && body.get("type").and_then(Value::as_str) == Some("*")
        && let Some(identifiers) = body.get("identifiers").map(|v| single(v.clone()))
        && identifiers.as_str() == Some("*")
    {
        return identifiers;
    }
    grouped(blocks, "type", &|block| block.get("identifiers").map(descending))
}

/// Blocks with a name and a list each, as an object of lists: `{ AWS = [...], Service = [...] }`.
fn grouped(blocks: &List, name: &str, values: &dyn Fn(&Object) -> Option<Value>) -> Value {
    let mut object = Object { open: blocks.doubt(), ..Object::default() };
    for block in &blocks.items {
        let Some(body) = block.as_object() else { continue };
        let found = values(body).unwrap_or_else(Value::null);
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
        object.fields.insert(str::replace(key, "&{", "${").into(), joined);
    }
    for list in object.fields.values_mut() {
        *list = single(std::mem::replace(list, Value::null()));
    }
    object.fields.sort_keys();
    Value::from_object(object)
}

/// The values of a condition stay in their order.
fn in_order(block: &Object) -> Option<Value> {
    let values = block.get("values")?;
    let Some(list) = values.as_list() else { return Some(values.clone()) };
    let items = list.items.iter().map(with_variables).collect();
    let list = List { kind: ListKind::Tuple, items, maybe: list.maybe.clone(), open: list.open.clone() };
    Some(Value { repr: Value::list(list).repr, ..values.clone() })
}

/// `condition` blocks as `{ StringEquals = { "aws:x" = [...] } }`.
fn condition(blocks: &List) -> Value {
    let mut tests: ByName<List> = ByName::default();
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
    tests.sort_keys();
    let fields = tests.into_iter().map(|(test, list)| (test, grouped(&list, "variable", &in_order))).collect();
    Value::from_object(Object { fields, open, ..Object::default() })
}
