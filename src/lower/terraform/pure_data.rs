//! Data sources that compute and do not ask anybody, so that what they give is known before a plan.

use std::{rc::Rc, sync::Arc};

use ecow::EcoString;

use super::{
    body::{self, Names},
    expand::Repetition,
    instance::Instance,
    module::Resource,
    policy_document,
    scope::InstanceScope,
};
use crate::{
    eval::{
        self, EvalError, Locals,
        functions::{self, convert},
    },
    source::FileId,
    syntax::hcl,
    value::{List, ListKind, Object, Part, Repr, Text, Value},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The attributes that a data source of this kind computes by itself.
pub(super) fn attributes(kind: &str) -> &'static [&'static str] {
    match kind {
        "aws_iam_policy_document" => &["json", "minified_json"],
        "google_iam_policy" => &["policy_data"],
        "template_file" => &["rendered"],
        _ => &[],
    }
}

/// The value of an attribute that a data source computes by itself; none for everything else.
pub(super) fn attribute(
    instance: &Rc<Instance<'_>>,
    resource: &Resource,
    repetition: &Repetition,
    attribute: &str,
) -> Option<Value> {
    let kind = &resource.block.labels.first()?.text;
    if !attributes(kind).contains(&attribute) {
        return None;
    }
    let body = body::block_value(instance, &resource.block, Some(repetition), &Names::NONE);
    let value = value(instance, kind, attribute, body.as_object()?);
    Some(match value {
        Ok(value) => value.with_origins(body.origins.clone()),
        Err(error) => instance.root.report(&error, resource.block.header),
    })
}

fn value(instance: &Rc<Instance<'_>>, kind: &str, attribute: &str, body: &Object) -> Result {
    Ok(match kind {
        "template_file" => return template(instance, body),
        "google_iam_policy" => json(google_policy(body)),
        _ => {
            let json = json(policy_document::document(body));
            if attribute == "json" { indented(&json) } else { json }
        }
    })
}

/// A value as JSON text, with holes where it is unknown.
fn json(value: Value) -> Value {
    let text: Value = Repr::String(functions::json::encode_in_order(&value)).into();
    let text = text.mark_sensitive(functions::spread::holds_sensitive(&value));
    Value { decoded: Some(Arc::new(value)), ..text }
}

/// `template` with `vars` put in.
fn template(instance: &Rc<Instance<'_>>, body: &Object) -> Result {
    let template = body.get("template").cloned().unwrap_or_else(|| Value::string(""));
    let vars = body.get("vars").filter(|v| !v.is_null()).cloned();
    let names = [("template".into(), template), ("vars".into(), vars.unwrap_or_else(|| Value::object([])))];
    let call = hcl::parse_expression(FileId::NONE, "templatestring(template, vars)", 0);
    let call = call.map_err(|d| EvalError::new(d.message))?;
    let scope = InstanceScope { instance, repetition: None };
    eval::evaluate(&call, &scope, &Locals::new(&names, &Locals::NONE))
}

/// The policy as the provider builds it from `binding` and `audit_config` blocks.
fn google_policy(body: &Object) -> Value {
    let mut policy = Object { header: body.header.clone(), ..Object::default() };
    let mut put = |kind: &str, name: &str, key: &str, make: &dyn Fn(&Object) -> Value| {
        let Some(blocks) = body.get(kind).and_then(Value::as_list) else { return };
        let shape = |block: &Value| match block.as_object() {
            Some(object) => make(object).with_origins(block.origins.clone()),
            None => block.clone(),
        };
        let mut items: Vec<Value> = blocks.items.iter().map(shape).collect();
        let name_of = |v: &Value| v.as_object().and_then(|o| o.get(key)).and_then(Value::as_str).map(EcoString::from);
        items.sort_by_key(name_of);
        let maybe = blocks.maybe.iter().map(shape).collect();
        let list = List { kind: ListKind::Tuple, items, maybe, open: blocks.open.clone() };
        policy.fields.insert(name.into(), Value::list(list));
    };
    put("audit_config", "auditConfigs", "service", &|block| {
        renamed(block, &[("audit_log_configs", "auditLogConfigs"), ("service", "service")])
    });
    put("binding", "bindings", "role", &|block| {
        renamed(block, &[("condition", "condition"), ("members", "members"), ("role", "role")])
    });
    Value::from_object(policy)
}

/// Some fields of a block under the names that the API has for them.
fn renamed(block: &Object, names: &[(&str, &str)]) -> Value {
    let mut object = Object { header: block.header.clone(), ..Object::default() };
    for (from, to) in names {
        let Some(value) = block.get(from).filter(|v| !v.is_null()) else { continue };
        let nested = |v: &Value| match (v.as_object(), *from) {
            (Some(o), "audit_log_configs") => {
                renamed(o, &[("exempted_members", "exemptedMembers"), ("log_type", "logType")])
            }
            (Some(o), "condition") => {
                renamed(o, &[("description", "description"), ("expression", "expression"), ("title", "title")])
            }
            _ => v.clone(),
        };
        let value = match &value.repr {
            // A block that occurs at most once is no list for the API.
            Repr::List(list) if *from == "condition" && list.is_whole() => match list.items.first() {
                Some(only) => nested(only),
                None => continue,
            },
            Repr::List(list) if matches!(*from, "members" | "exempted_members") && list.is_whole() => {
                Value { repr: Value::tuple(convert::set_of(list.items.clone())).repr, ..value.clone() }
            }
            Repr::List(list) if list.is_whole() => {
                Value { repr: Value::tuple(list.items.iter().map(nested).collect()).repr, ..value.clone() }
            }
            _ => value.clone(),
        };
        object.fields.insert((*to).into(), value);
    }
    Value::from_object(object)
}

/// JSON text with a line for each element, as the AWS provider writes it.
fn indented(json: &Value) -> Value {
    let Repr::String(text) = &json.repr else { return json.clone() };
    let mut layout = Layout::default();
    let mut out = Vec::new();
    for part in text.parts() {
        match part {
            Part::Known(text) => out.push(Part::Known(layout.next(&text))),
            hole @ Part::Hole(_) => {
                let mut space = String::new();
                if !layout.in_string {
                    layout.before_value(&mut space);
                }
                out.push(Part::Known(space.into()));
                out.push(hole);
            }
        }
    }
    Value { repr: Repr::String(Text::from_parts(out)), ..json.clone() }
}

/// Where in a JSON text we are.
#[derive(Default)]
struct Layout {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// A bracket has just been opened: if it is closed at once, nothing stands between.
    opened: bool,
}

impl Layout {
    fn line(&self, out: &mut String) {
        out.push('\n');
        out.push_str(&"  ".repeat(self.depth));
    }

    /// What stands in front of an element.
    fn before_value(&mut self, out: &mut String) {
        if std::mem::take(&mut self.opened) {
            self.line(out);
        }
    }

    fn next(&mut self, text: &str) -> EcoString {
        let mut out = String::with_capacity(text.len() * 2);
        for c in text.chars() {
            if self.in_string {
                out.push(c);
                self.in_string = c != '"' || self.escaped;
                self.escaped = c == '\\' && !self.escaped;
                continue;
            }
            match c {
                '{' | '[' => {
                    self.before_value(&mut out);
                    out.push(c);
                    self.depth += 1;
                    self.opened = true;
                }
                '}' | ']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if !std::mem::take(&mut self.opened) {
                        self.line(&mut out);
                    }
                    out.push(c);
                }
                ',' => {
                    out.push(c);
                    self.line(&mut out);
                }
                ':' => out.push_str(": "),
                c => {
                    self.before_value(&mut out);
                    self.in_string = c == '"';
                    out.push(c);
                }
            }
        }
        out.into()
    }
}
