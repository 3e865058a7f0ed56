//! `yamlencode` and `yamldecode`.

use std::{fmt::Write, sync::Arc};

use foldhash::fast::RandomState;

use super::{Call, Result, args, plain, spread, whole};
use crate::{
    eval::functions::non_null,
    source::{FileId, Level},
    syntax::{
        node::{Node, NodeKind, Style},
        yaml,
    },
    value::{ByName, Number, Object, Origins, Repr, Value},
};

/// YAML text to the value that it stands for, with Terraform's readings of plain scalars.
pub(super) fn yamldecode(call: &Call<'_>) -> Result {
    let value = call.present(0)?;
    if let Some(decoded) = &value.decoded {
        return Ok(plain(decoded));
    }
    let text = match whole(value) {
        Some(Ok(text)) => text,
        Some(Err(unknown)) => return Ok(unknown),
        None => return Err(call.wrong(0, "a string")),
    };
    if let Some(value) = call.scope.remembered("yamldecode", &text, &value.origins) {
        return Ok(value);
    }
    let parsed = yaml::parse(FileId::NONE, &text);
    if let Some(error) = parsed.diagnostics.iter().find(|d| d.level == Level::Error) {
        return Err(call.fault(0, format_args!("it is not YAML: {}", error.message)));
    }
    match &parsed.documents[..] {
        [document] => {
            let decoded = Decoder { call, text: &text, origins: &value.origins }.value(&document.root)?;
            call.scope.remember("yamldecode", &text, &value.origins, &decoded);
            Ok(decoded)
        }
        [] => Err(call.fault(0, "it holds no YAML document")),
        _ => Err(call.fault(0, "it holds more than one YAML document")),
    }
}

struct Decoder<'a> {
    call: &'a Call<'a>,
    text: &'a str,
    origins: &'a Origins,
}

impl Decoder<'_> {
    fn value(&self, node: &Node) -> Result {
        let value = match &node.kind {
            NodeKind::Null => Value::null(),
            NodeKind::Bool { value, .. } => Value::bool(*value),
            // `!!int "3"`: Terraform lets the quotes decide.
            NodeKind::Number { text } if self.text.get(node.span.range()).is_some_and(|t| t.ends_with(['"', '\''])) => {
                Value::string(text.clone())
            }
            NodeKind::Number { text } => self.number(text)?,
            NodeKind::String(scalar) if scalar.style == Style::Plain && node.tag.is_none() => {
                args::string(timestamp(&scalar.text).unwrap_or_else(|| scalar.text.to_string()))
            }
            NodeKind::String(scalar) => args::string(scalar.text.clone()),
            NodeKind::Sequence(items) => Value::tuple(items.iter().map(|i| self.value(i)).collect::<Result<_>>()?),
            NodeKind::Mapping(entries) => {
                let mut fields = ByName::with_capacity_and_hasher(entries.len(), RandomState::default());
                for entry in entries {
                    // A key is in quotes if its text is not its source.
                    let written = self.text.get(entry.key_span.range());
                    let key = match entry.key.as_str() {
                        key if written != Some(key) => key,
                        "y" | "Y" | "yes" | "Yes" | "YES" | "True" | "TRUE" | "on" | "On" | "ON" => "true",
                        "n" | "N" | "no" | "No" | "NO" | "False" | "FALSE" | "off" | "Off" | "OFF" => "false",
                        "" | "~" | "null" | "Null" | "NULL" => {
                            return Err(self.call.fault(0, "a key of a mapping is null"));
                        }
                        key if key.starts_with(['[', '{']) => {
                            return Err(self.call.fault(0, "a key of a mapping is not a string"));
                        }
                        key => key,
                    };
                    fields.insert(args::composed(key.into()), self.value(&entry.value)?);
                }
                Value::from_object(Object { fields, header: self.origins.first().cloned(), ..Object::default() })
            }
        };
        Ok(value.with_origins(self.origins.clone()))
    }

    /// Terraform reads `017` as 17 and `1_000` as a string, unlike YAML 1.1.
    fn number(&self, text: &str) -> Result {
        let unsigned = text.trim_start_matches(['+', '-']);
        match unsigned {
            ".nan" | ".NaN" | ".NAN" => return Err(self.call.fault(0, "it holds a number that is not a number")),
            ".inf" | ".Inf" | ".INF" => {
                let infinite = if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
                return Ok(Value::number(infinite));
            }
            _ => {}
        }
        let decimal = unsigned.bytes().all(|b| b.is_ascii_digit());
        let number = match () {
            () if unsigned.contains('_') => None,
            () if decimal => Number::parse(text.trim_start_matches('+')),
            () => yaml::number(text),
        };
        Ok(number.map_or_else(|| Value::string(text), Value::number))
    }
}

/// A date, with a time or not, in the one form that Terraform gives it.
fn timestamp(text: &str) -> Option<String> {
    let shape = |s: &str, shape: &str| {
        s.len() == shape.len()
            && s.bytes().zip(shape.bytes()).all(|(c, w)| if w == b'0' { c.is_ascii_digit() } else { c == w })
    };
    if text.len() == 10 {
        return shape(text, "0000-00-00").then(|| format!("{text}T00:00:00Z"));
    }
    let (date, time) = text.split_at_checked(10)?;
    let time = time.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = time.split_at_checked(8)?;
    if !shape(date, "0000-00-00") || !shape(clock, "00:00:00") {
        return None;
    }
    let fraction = rest.strip_prefix('.').map_or("", |r| &r[..r.bytes().take_while(u8::is_ascii_digit).count()]);
    let zone = if fraction.is_empty() { rest } else { &rest[fraction.len() + 1..] };
    match zone.trim_start() {
        "" | "Z" | "z" => Some(format!("{date}T{clock}Z")),
        zone if shape(zone.get(1..)?, "00:00") && zone.starts_with(['+', '-']) => Some(format!("{date}T{clock}{zone}")),
        _ => None,
    }
}

/// A value as YAML text in the form that Terraform writes: every string and key in quotes.
pub(super) fn yamlencode(call: &Call<'_>) -> Result {
    let value = &call.args[0];
    let text = if let Some(why) = value.first_unknown() {
        non_null(why)
    } else {
        let mut out = String::new();
        write(value, 0, &mut out);
        // A plain scalar at the end of a document could go on, so the end is marked.
        if matches!(value.repr, Repr::Null | Repr::Bool(_) | Repr::Number(_)) {
            out.push_str("...\n");
        }
        Value::string(out)
    };
    Ok(Value { decoded: Some(Arc::new(value.clone())), ..text }.mark_sensitive(spread::holds_sensitive(value)))
}

/// Writes a value that begins at the current column; collections indent their lines by `indent`.
fn write(value: &Value, indent: usize, out: &mut String) {
    match &value.repr {
        Repr::List(list) if list.items.is_empty() => out.push_str("[]\n"),
        Repr::List(list) => {
            for (i, item) in list.items.iter().enumerate() {
                if i > 0 {
                    pad(indent, out);
                }
                out.push_str("- ");
                write(item, indent + 2, out);
            }
        }
        Repr::Object(object) if object.fields.is_empty() => out.push_str("{}\n"),
        Repr::Object(object) => {
            let mut fields: Vec<_> = object.fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            for (i, (name, field)) in fields.into_iter().enumerate() {
                if i > 0 {
                    pad(indent, out);
                }
                quoted(name, indent, false, out);
                out.push(':');
                match &field.repr {
                    Repr::List(list) if !list.items.is_empty() => {
                        out.push('\n');
                        pad(indent, out);
                        write(field, indent, out);
                    }
                    Repr::Object(inner) if !inner.fields.is_empty() => {
                        out.push('\n');
                        pad(indent + 2, out);
                        write(field, indent + 2, out);
                    }
                    _ => {
                        out.push(' ');
                        write_scalar(field, indent + 2, out);
                    }
                }
            }
        }
        _ => write_scalar(value, indent.max(2), out),
    }
}

fn write_scalar(value: &Value, indent: usize, out: &mut String) {
    match &value.repr {
        Repr::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Repr::Number(n) if n.is_infinite() => out.push_str(if n.is_negative() { "-.inf" } else { ".inf" }),
        Repr::Number(n) => out.push_str(&n.to_string()),
        Repr::String(text) => {
            let text = text.written();
            if text.contains('\n') && literal(&text, indent, out) {
                return;
            }
            quoted(&text, indent, true, out);
        }
        Repr::List(_) => out.push_str("[]"),
        Repr::Object(_) => out.push_str("{}"),
        Repr::Null | Repr::Unknown(_) => out.push_str("null"),
    }
    out.push('\n');
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A text of several lines as a literal block, if one can hold it.
fn literal(text: &str, indent: usize, out: &mut String) -> bool {
    let fits = text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control());
    if !fits || text.lines().any(|l| l.ends_with(' ')) {
        return false;
    }
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    if !text.ends_with('\n') {
        out.push('-');
    } else if text.ends_with("\n\n") || text == "\n" {
        out.push('+');
    }
    out.push('\n');
    for line in text.lines() {
        if !line.is_empty() {
            pad(indent, out);
        }
        out.push_str(line);
        out.push('\n');
    }
    true
}

/// A text in quotes, broken at spaces behind the eightieth column if it may be.
fn quoted(text: &str, indent: usize, may_break: bool, out: &mut String) {
    const WIDTH: usize = 80;
    let column = |out: &str| out.rsplit('\n').next().map_or(0, |line| line.chars().count());
    out.push('"');
    let last = text.chars().count().saturating_sub(1);
    let mut chars = text.chars().enumerate().peekable();
    let mut after_space = false;
    let mut at = column(out);
    while let Some((i, c)) = chars.next() {
        if c == ' ' && may_break && !after_space && at > WIDTH && i > 0 && i < last {
            out.push('\n');
            pad(indent, out);
            if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                out.push('\\');
            }
            at = indent;
            after_space = true;
            continue;
        }
        let before = out.len();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02X}", u32::from(c));
            }
            c => out.push(c),
        }
        at += if out.len() - before > c.len_utf8() { out.len() - before } else { 1 };
        after_space = c == ' ';
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, text, unknown};
    use crate::value::{Repr, Value};

    fn decoded(yaml: &str) -> Result<String, String> {
        call("yamldecode", &[Value::string(yaml)])
            .map(|v| super::super::json::encode(&v).written().into())
            .map_err(|e| e.message)
    }

    fn encoded(value: Value) -> String {
        text(&call("yamlencode", &[value]).unwrap())
    }

    fn of_json(json: &str) -> Value {
        call("jsondecode", &[Value::string(json)]).unwrap()
    }

    #[test]
    fn plain_scalars_are_read_as_terraform_reads_them() {
        assert_eq!(
            decoded("a: 0x1F\nb: 0o17\nc: 017\nd: 1e3\ne: .5\nf: 1_000\ng: +1\nh: -0").unwrap(),
            r#"{"a":31,"b":15,"c":17,"d":1000,"e":0.5,"f":"1_000","g":1,"h":-0}"#
        );
        assert_eq!(decoded("- yes\n- on\n- n\n- 'yes'\n- =").unwrap(), r#"[true,true,false,"yes","="]"#);
        assert_eq!(decoded("version: 1.10").unwrap(), r#"{"version":1.1}"#);
        assert_eq!(
            decoded("a: 2001-12-14\nb: 2001-12-14t21:59:43.10-05:00\nc: '2001-12-14'").unwrap(),
            r#"{"a":"2001-12-14T00:00:00Z","b":"2001-12-14T21:59:43-05:00","c":"2001-12-14"}"#
        );
        assert_eq!(decoded("a: !!str 123\nb: !!int \"3\"\nc: !!float 3").unwrap(), r#"{"a":"123","b":"3","c":3}"#);
        assert!(decoded("a: .nan").is_err());
    }

    #[test]
    fn keys_are_strings_by_the_same_reading() {
        assert_eq!(decoded("1: a\ntrue: b\non: c").unwrap(), r#"{"1":"a","true":"c"}"#);
        assert_eq!(decoded("'on': a").unwrap(), r#"{"on":"a"}"#);
        assert!(decoded("null: x").is_err());
        assert!(decoded("? [a]\n: b").is_err());
        assert_eq!(decoded("a: 1\na: 2").unwrap(), r#"{"a":2}"#);
    }

    #[test]
    fn there_is_one_document() {
        assert!(decoded("---\na: 1\n---\nb: 2").is_err());
        assert!(decoded("# only a comment").is_err());
        assert!(decoded("a: [").is_err());
        assert_eq!(decoded("{\"json\": [1, true]}").unwrap(), r#"{"json":[1,true]}"#);
    }

    #[test]
    fn text_is_written_in_terraforms_form() {
        assert_eq!(encoded(of_json(r#"{"1": 2, "key with space": 1}"#)), "\"1\": 2\n\"key with space\": 1\n");
        assert_eq!(encoded(of_json("[[1, [2]], {}, [], null]")), "- - 1\n  - - 2\n- {}\n- []\n- null\n");
        assert_eq!(encoded(of_json("null")), "null\n...\n");
        assert_eq!(encoded(Value::string("")), "\"\"\n");
        assert_eq!(encoded(Value::string("multi\nline\n")), "|\n  multi\n  line\n");
        assert_eq!(encoded(of_json(r#"{"a": "x\ny"}"#)), "\"a\": |-\n  x\n  y\n");
        assert_eq!(
            encoded(of_json(r#"{"p": [{"name": "b", "steps": [{"c": ["x"]}]}], "v": 1}"#)),
            "\"p\":\n- \"name\": \"b\"\n  \"steps\":\n  - \"c\":\n    - \"x\"\n\"v\": 1\n"
        );
        let long = "a long string that goes on and on and on, well past the eighty column limit that some YAML emitters use for folding";
        assert_eq!(
            encoded(Value::string(long)),
            "\"a long string that goes on and on and on, well past the eighty column limit that\n  some YAML emitters use for folding\"\n"
        );
    }

    #[test]
    fn an_unknown_inside_makes_the_text_unknown_but_the_value_is_kept() {
        let value = Value::object([("a".into(), Value::number(1)), ("b".into(), unknown("x"))]);
        let encoded = call("yamlencode", &[value]).unwrap();
        assert!(encoded.as_unknown().unwrap().is_non_null());
        assert!(call("yamldecode", &[unknown("x")]).unwrap().is_unknown());
        assert!(call("yamldecode", &[Value::null()]).is_err());
        let decoded = call("yamldecode", &[encoded]).unwrap();
        assert!(matches!(&decoded.as_object().unwrap().get("a").unwrap().repr, Repr::Number(_)));
    }
}
