//! JSON text from values and values from JSON text, unknowns included.
//!
//! What is not known in a value is a hole in its text, and a hole in a text is an unknown or a string
//! with a hole in the value, so that a policy with `${var.account}` in it can still be read.

use std::{fmt::Write, sync::Arc};

use ecow::EcoString;

use super::convert;
use crate::{
    source::FileId,
    syntax::{json, node::Node},
    value::{
        Hole, List, ListKind, Object, Origin, OriginStep, Origins, Part, Refinement, Repr, Text, Unknown, Value, Why,
    },
};

/// A value as JSON text: without spaces, keys sorted, `<`, `>` and `&` escaped.
pub fn encode(value: &Value) -> Text {
    let mut parts = Vec::new();
    write(value, true, &mut parts);
    Text::from_parts(parts)
}

/// The same with the keys in their order, as a program writes what is a structure to it.
pub fn encode_in_order(value: &Value) -> Text {
    let mut parts = Vec::new();
    write(value, false, &mut parts);
    Text::from_parts(parts)
}

fn known(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Known(before)) => before.push_str(text),
        _ => parts.push(Part::Known(text.into())),
    }
}

fn write(value: &Value, sorted: bool, parts: &mut Vec<Part>) {
    match &value.repr {
        Repr::Null => known(parts, "null"),
        Repr::Bool(b) => known(parts, if *b { "true" } else { "false" }),
        Repr::Number(n) => known(parts, &n.to_string()),
        Repr::String(text) => write_text(&text.parts(), parts),
        Repr::List(list) => {
            known(parts, "[");
            for (i, item) in list.items.iter().enumerate() {
                known(parts, if i > 0 { "," } else { "" });
                write(item, sorted, parts);
            }
            if let Some(why) = list.doubt() {
                parts.push(rest(why, value));
            }
            known(parts, "]");
        }
        Repr::Object(object) => {
            let mut fields: Vec<(&EcoString, &Value)> = object.fields.iter().collect();
            if sorted {
                fields.sort_by_key(|(name, _)| *name);
            }
            known(parts, "{");
            for (i, (name, field)) in fields.into_iter().enumerate() {
                known(parts, if i > 0 { "," } else { "" });
                write_text(&[Part::Known(name.clone())], parts);
                known(parts, ":");
                write(field, sorted, parts);
            }
            if let Some(why) = &object.open {
                parts.push(rest(why.clone(), value));
            }
            known(parts, "}");
        }
        Repr::Unknown(unknown) => {
            let hole = convert::parts_of(value, None).unwrap_or_default();
            match unknown.refinement {
                // A known beginning says that it is a string.
                Refinement::Prefix(_) => write_text(&hole, parts),
                _ => parts.extend(hole),
            }
        }
    }
}

fn rest(why: Why, value: &Value) -> Part {
    let span = value.origins.first().map(|o| o.anchor);
    Part::Hole(Hole { unknown: Arc::new(Unknown::because(why)), written: "${...}".into(), span })
}

fn write_text(text: &[Part], parts: &mut Vec<Part>) {
    known(parts, "\"");
    for part in text {
        match part {
            Part::Hole(_) => parts.push(part.clone()),
            Part::Known(text) => {
                let mut escaped = String::with_capacity(text.len());
                text.chars().for_each(|c| escape(c, &mut escaped));
                known(parts, &escaped);
            }
        }
    }
    known(parts, "\"");
}

fn escape(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
        _ => out.push(c),
    }
}

/// Brackets a number in the text given to the parser where a hole was: a string that cannot be
/// meant otherwise, since these characters are unassigned for ever.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';
/// Stands behind [`OPEN`] if the hole was not inside of a string.
const BARE: char = '\u{fdd2}';

/// The value that JSON text stands for; every part of it has the places in `origins`.
///
/// # Errors
///
/// Why the text is not JSON. A text with holes that does not parse is unknown, because what fills
/// the holes may make it JSON.
pub fn decode(text: &Text, origins: &Origins) -> Result<Value, String> {
    let (source, holes) = with_placeholders(text);
    let decoder = Decoder { holes: &holes, origins };
    match serde_json::from_str::<serde_json::Value>(&source) {
        Ok(json) => Ok(in_lines(decoder.value(json), text, origins)),
        Err(error) => match holes.first() {
            Some(hole) => Ok(Value::unknown(hole.unknown.why.clone()).with_origins(decoder.places(&[hole]))),
            None => Err(format!("this is not JSON: {error}")),
        },
    }
}

/// Tells each part of what a file or a text of several lines holds in which line of it that is.
fn in_lines(value: Value, text: &Text, origins: &Origins) -> Value {
    let has_lines = |o: &Origin| matches!(o.step, OriginStep::Here | OriginStep::File { line: Some(_), .. });
    let Some(text) = text.as_str().filter(|t| t.contains('\n') && origins.iter().any(has_lines)) else { return value };
    match json::parse(FileId::NONE, text).documents.first() {
        Some(document) => at_lines(value, &document.root, &mut Lines { text, offset: 0, line: 0 }),
        None => value,
    }
}

/// Counts lines up to places that mostly come one behind another.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: u32,
}

impl Lines<'_> {
    /// How many lines end before a place.
    fn before(&mut self, place: usize) -> u32 {
        if place < self.offset {
            (self.offset, self.line) = (0, 0);
        }
        let between = self.text.get(self.offset..place).unwrap_or("");
        self.line += between.bytes().filter(|b| *b == b'\n').count() as u32;
        self.offset = place;
        self.line
    }
}

fn at_lines(mut value: Value, node: &Node, lines: &mut Lines<'_>) -> Value {
    let before = lines.before(node.span.start as usize);
    let moved = |origin: &Origin| match &origin.step {
        OriginStep::File { path, line: Some(line) } => {
            origin.with_step(OriginStep::File { path: path.clone(), line: Some(line + before) })
        }
        OriginStep::Here => origin.with_step(OriginStep::Line(before + 1)),
        _ => origin.clone(),
    };
    value.origins = value.origins.iter().map(moved).collect();
    match &mut value.repr {
        Repr::List(list) => {
            let list = Arc::make_mut(list);
            for (item, node) in list.items.iter_mut().zip(node.items()) {
                *item = at_lines(std::mem::replace(item, Value::null()), node, lines);
            }
        }
        Repr::Object(object) => {
            let object = Arc::make_mut(object);
            object.header = object.header.as_ref().map(moved);
            // Of several fields of one name the last counts.
            for entry in node.entries() {
                if let Some(field) = object.fields.get_mut(&entry.key) {
                    *field = at_lines(std::mem::replace(field, Value::null()), &entry.value, lines);
                }
            }
        }
        _ => {}
    }
    value
}

fn with_placeholders(text: &Text) -> (String, Vec<&Hole>) {
    let parts = match text {
        Text::Whole(whole) => return (whole.to_string(), Vec::new()),
        Text::Holed(parts) => parts,
    };
    let (mut source, mut holes) = (String::new(), Vec::new());
    let (mut in_string, mut escaped) = (false, false);
    for part in &**parts {
        match part {
            Part::Known(known) => {
                for c in known.chars() {
                    match c {
                        _ if escaped => escaped = false,
                        '\\' => escaped = in_string,
                        '"' => in_string = !in_string,
                        _ => {}
                    }
                }
                source.push_str(known);
            }
            Part::Hole(hole) => {
                let number = holes.len();
                if in_string {
                    let _ = write!(source, "{OPEN}{number}{CLOSE}");
                } else {
                    let _ = write!(source, "\"{OPEN}{BARE}{number}{CLOSE}\"");
                }
                holes.push(hole);
            }
        }
    }
    (source, holes)
}

struct Decoder<'a> {
    holes: &'a [&'a Hole],
    origins: &'a Origins,
}

impl Decoder<'_> {
    fn value(&self, json: serde_json::Value) -> Value {
        let value = match json {
            serde_json::Value::Null => Value::null(),
            serde_json::Value::Bool(b) => Value::bool(b),
            serde_json::Value::Number(n) => {
                let text = n.to_string();
                crate::value::Number::parse(&text).map_or_else(|| Value::string(text), Value::number)
            }
            serde_json::Value::String(text) => return self.text(&text),
            serde_json::Value::Array(items) => {
                let mut list = List::of(ListKind::Tuple, Vec::with_capacity(items.len()));
                for item in items {
                    // A hole between the elements may hold several of them, or none.
                    match self.bare(&item) {
                        Some(hole) => {
                            list.open.get_or_insert(hole.unknown.why.clone());
                        }
                        None => list.items.push(self.value(item)),
                    }
                }
                Value::list(list)
            }
            serde_json::Value::Object(fields) => {
                let mut object = Object { header: self.origins.first().cloned(), ..Object::default() };
                for (name, field) in fields {
                    match self.parts(&name).1.first() {
                        Some(hole) => {
                            object.open.get_or_insert(hole.unknown.why.clone());
                        }
                        None => {
                            object.fields.insert(super::args::composed(name.into()), self.value(field));
                        }
                    }
                }
                Value::from_object(object)
            }
        };
        value.with_origins(self.origins.clone())
    }

    /// The hole that stands where a value is expected.
    fn bare(&self, json: &serde_json::Value) -> Option<&Hole> {
        let number = json.as_str()?.strip_prefix(OPEN)?.strip_prefix(BARE)?.strip_suffix(CLOSE)?;
        self.holes.get(number.parse::<usize>().ok()?).copied()
    }

    fn text(&self, text: &str) -> Value {
        let (parts, holes) = self.parts(text);
        let value = match &parts[..] {
            // One hole and nothing else: the value itself, with what it stands for.
            [Part::Hole(hole)] if !text.contains(BARE) => {
                let unknown = match hole.unknown.refinement {
                    Refinement::Nothing => {
                        Arc::new(Unknown { refinement: Refinement::NonNull, ..(*hole.unknown).clone() })
                    }
                    _ => hole.unknown.clone(),
                };
                Repr::Unknown(unknown).into()
            }
            [Part::Hole(hole)] => Repr::Unknown(hole.unknown.clone()).into(),
            _ => Value::from(Repr::String(Text::from_parts(parts))),
        };
        value.with_origins(self.places(&holes))
    }

    fn parts(&self, text: &str) -> (Vec<Part>, Vec<&Hole>) {
        let (mut parts, mut holes) = (Vec::new(), Vec::new());
        let mut rest = text;
        if !self.holes.is_empty() {
            while let Some((before, after)) = rest.split_once(OPEN) {
                let Some((number, behind)) = after.split_once(CLOSE) else { break };
                let number = number.trim_start_matches(BARE).parse::<usize>().ok();
                let Some(hole) = number.and_then(|n| self.holes.get(n)) else { break };
                parts.push(Part::Known(before.into()));
                parts.push(Part::Hole((*hole).clone()));
                holes.push(*hole);
                rest = behind;
            }
        }
        parts.push(Part::Known(rest.into()));
        parts.retain(|p| !matches!(p, Part::Known(text) if text.is_empty()));
        (parts, holes)
    }

    /// The holes where they stand, then the whole text.
    fn places(&self, holes: &[&Hole]) -> Origins {
        let holes: Origins = holes.iter().filter_map(|h| h.span).map(Origin::here).collect();
        holes.and(self.origins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        source::{FileId, Span},
        value::{Symbol, WhyKind},
    };

    fn unknown(address: &str) -> Unknown {
        let symbol = Symbol { scope: "".into(), address: address.into(), path: "arn".into() };
        Unknown { symbol: Some(symbol), ..Unknown::because(Why::new(WhyKind::AfterApply, address)) }
    }

    fn text(pieces: &[&str]) -> Text {
        let part = |p: &&str| match p.strip_prefix('?') {
            Some(address) => Part::Hole(Hole {
                unknown: Arc::new(unknown(address)),
                written: ecow::eco_format!("${{{address}.arn}}"),
                span: Some(Span::new(FileId(0), 7, 9)),
            }),
            None => Part::Known((*p).into()),
        };
        Text::from_parts(pieces.iter().map(part).collect())
    }

    fn decoded(pieces: &[&str]) -> Value {
        decode(&text(pieces), &Origins::none()).unwrap()
    }

    #[test]
    fn text_is_escaped_as_terraform_does_and_keys_are_sorted() {
        let value = Value::object([
            ("é".into(), Value::number(1)),
            ("a b".into(), Value::string("<a href=\"x\">&</a>\t\u{1}\u{2028}\u{7f}\\")),
            ("<".into(), Value::tuple(vec![Value::null(), Value::bool(true), Value::number(-1.5e-10)])),
        ]);
        assert_eq!(
            encode(&value).written(),
            "{\"\\u003c\":[null,true,-0.00000000015],\"a b\":\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\\u003c/a\\u003e\\t\\u0001\\u2028\u{7f}\\\\\",\"é\":1}"
        );
    }

    #[test]
    fn what_is_not_known_is_a_hole_in_the_text() {
        let inner = Value::from(Repr::String(text(&["arn:", "?b", "/*"])));
        let value = Value::tuple(vec![Repr::Unknown(Arc::new(unknown("a"))).into(), inner]);
        assert_eq!(encode(&value).written(), "[${a.arn},\"arn:${b.arn}/*\"]");
        let list = List { open: Some(Why::new(WhyKind::Repeated, "")), ..List::of(ListKind::Tuple, Vec::new()) };
        assert_eq!(encode(&Value::list(list)).written(), "[${...}]");
    }

    #[test]
    fn every_part_of_a_decoded_value_is_where_its_text_is() {
        let origins = Origins::one(Origin::here(Span::new(FileId(0), 3, 4)));
        let text = Text::Whole(r#" {"b": [1, "x"], "a": null} "#.into());
        let value = decode(&text, &origins).unwrap();
        let object = value.as_object().unwrap();
        assert_eq!(object.fields.keys().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(object.get("b").unwrap().as_list().unwrap().items[1].origins, origins);
        assert_eq!(object.header, origins.first().cloned());
    }

    #[test]
    fn a_hole_in_a_string_stays_in_that_string() {
        let value = decoded(&[r#"{"Resource": ["arn:aws:s3:::"#, "?b", r#"/*", ""#, "?c", r#""]}"#]);
        let resource = &value.as_object().unwrap().get("Resource").unwrap().as_list().unwrap().items;
        let Repr::String(first) = &resource[0].repr else { panic!("{:?}", resource[0]) };
        assert_eq!(first.written(), "arn:aws:s3:::${b.arn}/*");
        assert_eq!(resource[0].origins.first().unwrap().anchor.start, 7);
        let second = resource[1].as_unknown().unwrap();
        assert_eq!(second.symbol.as_ref().unwrap().address, "c");
        assert!(second.is_non_null());
    }

    #[test]
    fn a_hole_instead_of_a_value_is_unknown_and_one_among_elements_may_be_several() {
        let value = decoded(&[r#"{"a": "#, "?x", r#", "b": [1, "#, "?y", r#"], "c\"": 2}"#]);
        let object = value.as_object().unwrap();
        assert!(object.get("a").unwrap().is_unknown());
        let list = object.get("b").unwrap().as_list().unwrap();
        assert_eq!((list.items.len(), list.open.is_some()), (1, true));
        assert_eq!(object.get("c\"").unwrap().as_number().unwrap().as_i64(), Some(2));
    }

    #[test]
    fn a_hole_in_a_key_or_in_the_structure_leaves_the_rest_open() {
        let value = decoded(&[r#"{"aws:"#, "?x", r#"": 1, "b": 2}"#]);
        let object = value.as_object().unwrap();
        assert!(object.open.is_some());
        assert_eq!(object.fields.len(), 1);
        assert!(decoded(&["{", "?x", "}"]).is_unknown());
    }

    #[test]
    fn text_that_is_not_json_is_an_error() {
        for text in ["[1,]", "{} x", "'a'", "NaN", "", "[1"] {
            assert!(decode(&Text::Whole(text.into()), &Origins::none()).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(decode(&Text::Whole(deep.into()), &Origins::none()).is_err());
    }
}
