//! Changing nodes in place, and making new ones that say where they come from.

use std::str::FromStr;

use ecow::EcoString;
use serde_json::{Map, Value as Json};

use crate::{
    source::Span,
    syntax::{
        node::{Entry, Node, NodeKind, Scalar, Style},
        yaml,
    },
};

/// A text that is written, or decided, at `span`.
pub(super) fn text(text: impl Into<EcoString>, span: Span) -> Node {
    let kind = NodeKind::String(Scalar { text: text.into(), style: Style::Quoted });
    node(kind, span)
}

/// A boolean that is decided at `span`.
pub(super) fn boolean(value: bool, span: Span) -> Node {
    node(NodeKind::Bool { value, text: if value { "true" } else { "false" }.into() }, span)
}

/// A mapping that is there because of what stands at `span`.
pub(super) fn mapping(entries: Vec<Entry>, span: Span) -> Node {
    node(NodeKind::Mapping(entries), span)
}

/// A node of any kind.
pub(super) fn node(kind: NodeKind, span: Span) -> Node {
    Node { kind, span, alias_of: None, tag: None }
}

/// An entry whose key and value are decided at one place.
pub(super) fn entry(key: impl Into<EcoString>, value: Node) -> Entry {
    Entry { key: key.into(), key_span: value.span, value }
}

/// What a scalar would be if the same text were written without quotes.
pub(super) fn plain(text: &EcoString, span: Span) -> Node {
    let parsed = yaml::parse(span.file, text).documents.into_iter().next();
    let is_scalar = |n: &Node| n.as_text().is_some_and(|t| t == text);
    match parsed.filter(|d| is_scalar(&d.root)) {
        Some(document) => normal(Node { span, alias_of: None, tag: None, ..document.root }),
        None => self::text(text.clone(), span),
    }
}

/// The entry under a key, to be changed.
pub(super) fn entry_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Entry> {
    match &mut node.kind {
        NodeKind::Mapping(entries) => entries.iter_mut().find(|e| e.key == key),
        _ => None,
    }
}

/// The value under a key, to be changed.
pub(super) fn get_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    entry_mut(node, key).map(|e| &mut e.value)
}

/// Sets a key of a mapping; of anything else nothing.
pub(super) fn set(node: &mut Node, key: &str, value: Node) {
    if let NodeKind::Mapping(entries) = &mut node.kind {
        match entries.iter_mut().find(|e| e.key == key) {
            Some(entry) => entry.value = value,
            None => entries.push(entry(key, value)),
        }
    }
}

/// The mapping under a key, made if there is none.
pub(super) fn mapping_under<'n>(node: &'n mut Node, key: &str, span: Span) -> Option<&'n mut Node> {
    let missing = !matches!(node.get(key).map(|n| &n.kind), Some(NodeKind::Mapping(_)));
    if missing {
        set(node, key, mapping(Vec::new(), span));
    }
    get_mut(node, key)
}

/// Takes a key out of a mapping.
pub(super) fn remove(node: &mut Node, key: &str) -> Option<Entry> {
    let NodeKind::Mapping(entries) = &mut node.kind else { return None };
    let at = entries.iter().position(|e| e.key == key)?;
    Some(entries.remove(at))
}

/// The value at the end of a path of keys.
pub(super) fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

/// The text of a string that is not empty.
pub(super) fn string<'n>(node: &'n Node, path: &[&str]) -> Option<&'n EcoString> {
    at(node, path)?.as_text().filter(|t| !t.is_empty())
}

pub(super) fn is_null(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Null)
}

pub(super) fn is_mapping(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Mapping(_))
}

pub(super) fn is_sequence(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Sequence(_))
}

pub(super) fn is_scalar(node: &Node) -> bool {
    node.as_text().is_some()
}

/// What a node is, in words.
pub(super) fn kind_word(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::Null => "null",
        NodeKind::Bool { .. } => "a boolean",
        NodeKind::Number { .. } => "a number",
        NodeKind::String(_) => "a text",
        NodeKind::Sequence(_) => "a list",
        NodeKind::Mapping(_) => "a mapping",
    }
}

/// A parsed node as kustomize reads it: `yes` and `on` are texts, and a date is a moment.
pub(super) fn normal(mut node: Node) -> Node {
    normalise(&mut node);
    node
}

fn normalise(node: &mut Node) {
    match &mut node.kind {
        NodeKind::Bool { text, .. }
            if !matches!(text.as_str(), "true" | "True" | "TRUE" | "false" | "False" | "FALSE") =>
        {
            node.kind = NodeKind::String(Scalar { text: text.clone(), style: Style::Quoted });
        }
        NodeKind::String(scalar) if scalar.style == Style::Plain => {
            if let Some(moment) = moment(&scalar.text) {
                scalar.text = moment;
            }
            // What is put into quotes once stays a text, wherever it is written to.
            scalar.style = Style::Quoted;
        }
        NodeKind::Sequence(items) => items.iter_mut().for_each(normalise),
        NodeKind::Mapping(entries) => entries.iter_mut().for_each(|e| normalise(&mut e.value)),
        _ => {}
    }
}

/// `2020-01-01` as it comes out of a program that knows YAML's timestamps.
fn moment(text: &str) -> Option<EcoString> {
    let bytes = text.as_bytes();
    let date = bytes.len() == 10
        && bytes.iter().enumerate().all(|(i, b)| if matches!(i, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() });
    let real = date && jiff::civil::Date::from_str(text).is_ok();
    real.then(|| ecow::eco_format!("{text}T00:00:00Z"))
}

/// A node as JSON, as the API server gets it.
pub(super) fn json(node: &Node) -> Json {
    match &node.kind {
        NodeKind::Null => Json::Null,
        NodeKind::Bool { value, .. } => Json::Bool(*value),
        NodeKind::Number { text } => number(text),
        NodeKind::String(scalar) => Json::String(scalar.text.to_string()),
        NodeKind::Sequence(items) => Json::Array(items.iter().map(json).collect()),
        NodeKind::Mapping(entries) => {
            let mut sorted: Vec<&Entry> = entries.iter().collect();
            sorted.sort_by(|a, b| a.key.cmp(&b.key));
            let fields: Map<String, Json> = sorted.iter().map(|e| (e.key.to_string(), json(&e.value))).collect();
            Json::Object(fields)
        }
    }
}

fn number(text: &str) -> Json {
    let Some(number) = yaml::number(text) else { return Json::String(text.into()) };
    if number.is_integer()
        && let Some(whole) = number.as_i64()
    {
        return Json::from(whole);
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Json::from(whole);
    }
    // A program in Go has read it as a double.
    serde_json::Number::from_f64(number.as_f64()).map_or_else(|| Json::String(text.into()), Json::Number)
}

/// Whether two nodes are the same value, wherever they are written.
pub(super) fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (NodeKind::Null, NodeKind::Null) => true,
        (NodeKind::Bool { value: a, .. }, NodeKind::Bool { value: b, .. }) => a == b,
        (NodeKind::String(a), NodeKind::String(b)) => a.text == b.text,
        (NodeKind::Number { text: a }, NodeKind::Number { text: b }) => a == b || number(a) == number(b),
        (NodeKind::Sequence(a), NodeKind::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (NodeKind::Mapping(a), NodeKind::Mapping(_)) => {
            a.len() == b.entries().len() && a.iter().all(|e| b.get(&e.key).is_some_and(|other| same(&e.value, other)))
        }
        _ => false,
    }
}

/// Lists of objects are their elements, in kustomize as in `kubectl`. With `inherit`, those of a typed list need
/// not say what they are, which kustomize asks them to.
pub(super) fn flatten(node: Node, inherit: bool, out: &mut Vec<Node>) {
    let is_list = node.get("kind").and_then(Node::as_text).is_some_and(|k| k.ends_with("List"));
    let items = node.get("items").is_some_and(is_sequence);
    if !(is_list && items) {
        out.push(node);
        return;
    }
    let of = node.get("kind").and_then(Node::as_text).and_then(|k| k.strip_suffix("List").map(EcoString::from));
    let version = node.get("apiVersion").cloned();
    let Node { kind: NodeKind::Mapping(entries), .. } = node else { return };
    for entry in entries.into_iter().filter(|e| e.key == "items") {
        let NodeKind::Sequence(items) = entry.value.kind else { continue };
        for mut item in items {
            if inherit
                && let (Some(of), Some(version)) = (of.as_ref().filter(|of| !of.is_empty()), &version)
                && is_mapping(&item)
                && item.get("kind").is_none()
            {
                let span = item.span;
                set(&mut item, "kind", text(of.clone(), span));
                if item.get("apiVersion").is_none() {
                    set(&mut item, "apiVersion", version.clone());
                }
            }
            flatten(item, inherit, out);
        }
    }
}

impl std::fmt::Display for super::resource::Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)?;
        match self.namespace.as_str() {
            "" => Ok(()),
            namespace => write!(f, " in namespace `{namespace}`"),
        }
    }
}
