//! The functions of Terraform's own provider, `provider::terraform::...`: values as HCL and back.

use std::fmt::Write as _;

use ecow::EcoString;

use super::{Call, Function, Unknowns::Spread};
use crate::{
    eval::{Access, EvalError, Locals, Mode, Resolved, Scope, evaluate, template::is_identifier},
    source::{FileId, Span},
    syntax::hcl::{self, Item},
    value::{Object, Repr, Value},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("provider::terraform::decode_tfvars", 1, Spread, decode_tfvars).in_configuration(),
    Function::fixed("provider::terraform::encode_expr", 1, Spread, encode_expr).in_configuration(),
    Function::fixed("provider::terraform::encode_tfvars", 1, Spread, encode_tfvars).in_configuration(),
];

fn encode_expr(call: &Call<'_>) -> Result {
    let mut text = String::new();
    write_value(&mut text, &call.args[0], 0);
    Ok(Value::string(text))
}

fn encode_tfvars(call: &Call<'_>) -> Result {
    let object = call.object(0)?;
    let mut text = String::new();
    for (name, value) in sorted(object) {
        if !is_identifier(name) {
            return Err(call.fault(0, format_args!("\"{name}\" cannot be the name of a variable")));
        }
        let _ = write!(text, "{name} = ");
        write_value(&mut text, value, 0);
        text.push('\n');
    }
    Ok(Value::string(text))
}

fn decode_tfvars(call: &Call<'_>) -> Result {
    let text = call.string(0)?;
    let parsed = hcl::parse(FileId::NONE, &text);
    if let Some(first) = parsed.diagnostics.first() {
        return Err(call.fault(0, &first.message));
    }
    let mut fields = Vec::with_capacity(parsed.body.items.len());
    for item in &parsed.body.items {
        let Item::Attribute(attribute) = item else {
            return Err(call.fault(0, "a file of variables has no blocks"));
        };
        let value = evaluate(&attribute.expr, &Nothing, &Locals::NONE)
            .map_err(|e| call.fault(0, format_args!("`{}`: {}", attribute.name.text, e.message)))?;
        fields.push((attribute.name.text.clone(), value));
    }
    Ok(Value::object(fields))
}

fn sorted(object: &Object) -> Vec<(&EcoString, &Value)> {
    let mut fields: Vec<_> = object.fields.iter().collect();
    fields.sort_by(|a, b| a.0.cmp(b.0));
    fields
}

/// A value as `terraform fmt` writes it.
fn write_value(out: &mut String, value: &Value, depth: usize) {
    match &value.repr {
        Repr::Bool(b) => {
            let _ = write!(out, "{b}");
        }
        Repr::Number(n) => {
            let _ = write!(out, "{n}");
        }
        Repr::String(text) => write_string(out, &text.written()),
        Repr::List(list) => {
            out.push('[');
            for (i, item) in list.items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write_value(out, item, depth);
            }
            out.push(']');
        }
        Repr::Object(object) if object.fields.is_empty() => out.push_str("{}"),
        Repr::Object(object) => {
            let inside = "  ".repeat(depth + 1);
            let lines: Vec<(String, String)> = sorted(object)
                .into_iter()
                .map(|(name, value)| {
                    let (mut key, mut text) = (String::new(), String::new());
                    if is_identifier(name) {
                        key.push_str(name);
                    } else {
                        write_string(&mut key, name);
                    }
                    write_value(&mut text, value, depth + 1);
                    (key, text)
                })
                .collect();
            out.push_str("{\n");
            for (i, (key, text)) in lines.iter().enumerate() {
                let width = if text.contains('\n') { 0 } else { column(&lines, i) };
                let _ = writeln!(out, "{inside}{key:width$} = {text}");
            }
            out.push_str(&"  ".repeat(depth));
            out.push('}');
        }
        Repr::Null | Repr::Unknown(_) => out.push_str("null"),
    }
}

/// How wide the names are in the run of lines around this one: values of several lines end a run.
fn column(lines: &[(String, String)], at: usize) -> usize {
    let single = |(_, text): &&(String, String)| !text.contains('\n');
    let before = lines[..at].iter().rev().take_while(single);
    let after = lines[at..].iter().take_while(single);
    before.chain(after).map(|(key, _)| key.chars().count()).max().unwrap_or(0)
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A scope without names: a file of variables holds literal values.
struct Nothing;

impl Scope for Nothing {
    fn mode(&self) -> Mode {
        Mode::Configuration
    }

    fn resolve(&self, name: &str, _span: Span, _steps: &[Access]) -> Result<Resolved> {
        Err(EvalError::new(format!("only literal values can stand here, not `{name}`")).uncatchable())
    }

    fn read_file(&self, _path: &str) -> Result<Vec<u8>> {
        Err(EvalError::new("only literal values can stand here"))
    }

    fn list_files(&self, _dir: &str, _pattern: &str) -> Result<Vec<EcoString>> {
        Err(EvalError::new("only literal values can stand here"))
    }
}
