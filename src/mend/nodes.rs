//! Edits of YAML and JSON.

use serde_json::Value as Json;

use super::{layout, render};
use crate::{
    report::FixPlace,
    source::{Edit, Span},
    syntax::node::{Document, Entry, Node, NodeKind, Style},
};

/// Writes another value in the place of one that is written there.
pub(super) fn replace(
    documents: &[Document],
    text: &str,
    place: FixPlace,
    current: &Json,
    value: &Json,
) -> Option<Edit> {
    let node = documents.iter().find_map(|d| value_at(&d.root, place))?;
    if !value_of(node).is_some_and(|written| render::same(&written, current)) {
        return None;
    }
    let quoted = text[node.span.range()].starts_with(['"', '\'']) || in_json(documents, text);
    // An entry without a value has no text of its own.
    let blank = if node.span.is_empty() && text[..node.span.start as usize].ends_with(':') { " " } else { "" };
    Some(Edit::new(node.span, format!("{blank}{}", render::yaml(value, quoted))))
}

/// Adds elements to a sequence.
pub(super) fn append(documents: &[Document], text: &str, place: FixPlace, values: &[Json]) -> Option<Vec<Edit>> {
    let node = documents.iter().find_map(|d| value_at(&d.root, place))?;
    let NodeKind::Sequence(items) = &node.kind else { return None };
    let file = node.span.file;
    let json = in_json(documents, text);
    let elements: Vec<String> = values.iter().map(|value| render::yaml(value, json)).collect();
    let Some(last) = items.last() else {
        return Some(vec![Edit::new(node.span, format!("[{}]", elements.join(", ")))]);
    };
    if is_flow(node, text) {
        return Some(vec![Edit::insert(file, last.span.end as usize, format!(", {}", elements.join(", ")))]);
    }
    // A hyphen in a comment or an anchor is no dash: it begins a line.
    let before = &text[..last.span.start as usize];
    let line = before.split_inclusive('\n').rev().find(|line| line.trim_start().starts_with('-'))?;
    let indent = &line[..line.len() - line.trim_start().len()];
    let at = layout::line_end(text, last.span.end as usize);
    let lines = elements.iter().map(|element| format!("{}{indent}- {element}", layout::newline(text)));
    Some(vec![Edit::insert(file, at, lines.collect::<String>())])
}

/// Writes an entry that is not there.
pub(super) fn set(
    documents: &[Document],
    text: &str,
    holder: FixPlace,
    path: &[String],
    value: &Json,
) -> Option<Vec<Edit>> {
    let mapping = documents.iter().find_map(|d| mapping_at(&d.root, holder))?;
    let (name, value) = render::under(path, value)?;
    if let Some(entry) = mapping.entry(&name) {
        // A key with nothing behind it, or a mapping that only lacks a part.
        return match (&entry.value.kind, &value) {
            (NodeKind::Null, _) if entry.value.alias_of.is_none() => {
                let line = render::yaml_entry(&name, &value, &layout::column(text, entry.key_span.start as usize));
                let line = line.join(layout::newline(text));
                let end = (entry.value.span.end as usize).max(layout::line_end(text, entry.key_span.end as usize));
                Some(vec![Edit::new(
                    Span::new(holder.anchor.file, entry.key_span.start as usize, end),
                    line.trim_start(),
                )])
            }
            (NodeKind::Mapping(_), Json::Object(fields)) if entry.value.alias_of.is_none() => {
                let edits = fields.iter().map(|(key, value)| written(&entry.value, text, key, value, documents));
                edits.collect::<Option<Vec<_>>>().map(|all| all.concat())
            }
            _ => None,
        };
    }
    written(mapping, text, &name, &value, documents)
}

/// An entry at the end of a mapping.
fn written(mapping: &Node, text: &str, name: &str, value: &Json, documents: &[Document]) -> Option<Vec<Edit>> {
    let file = mapping.span.file;
    let newline = layout::newline(text);
    let last = own_entries(mapping).max_by_key(|e| entry_end(e));
    if is_flow(mapping, text) {
        let json = in_json(documents, text);
        let entry = format!("{}: {}", render::yaml(&Json::String(name.into()), json), render::yaml(value, json));
        let Some(last) = last else {
            return Some(vec![Edit::new(mapping.span, format!("{{ {entry} }}"))]);
        };
        let end = entry_end(last);
        let behind = &text[end..mapping.span.end as usize];
        if behind.contains('\n') {
            let indent = layout::indent(text, last.key_span.start as usize);
            return Some(vec![Edit::insert(file, end, format!(",{newline}{indent}{entry}"))]);
        }
        return Some(vec![Edit::insert(file, end, format!(", {entry}"))]);
    }
    let (first, last) = (own_entries(mapping).min_by_key(|e| e.key_span.start)?, last?);
    let indent = layout::column(text, first.key_span.start as usize);
    let lines = render::yaml_entry(name, value, &indent).join(newline);
    Some(vec![Edit::insert(file, layout::line_end(text, entry_end(last)), format!("{newline}{lines}"))])
}

/// Takes an entry away.
pub(super) fn remove(documents: &[Document], text: &str, holder: FixPlace, name: &str) -> Option<Vec<Edit>> {
    let mapping = documents.iter().find_map(|d| mapping_at(&d.root, holder))?;
    let entry = own_entries(mapping).find(|e| e.key == name)?;
    let file = mapping.span.file;
    let (start, end) = (entry.key_span.start as usize, entry_end(entry));
    let next = own_entries(mapping).map(|e| e.key_span.start as usize).filter(|at| *at > start).min();
    let before = own_entries(mapping).map(entry_end).filter(|at| *at <= start).max();
    let cut = match (next, before) {
        _ if !is_flow(mapping, text) && layout::begins_line(text, start) && (next.is_some() || before.is_some()) => {
            (layout::line_start(text, start), layout::next_line(text, end))
        }
        (Some(next), _) => (start, next),
        (None, Some(before)) => (before, end),
        // The only entry: what would be left is no mapping.
        (None, None) => return None,
    };
    Some(vec![Edit::new(Span::new(file, cut.0, cut.1), "")])
}

/// Writes code at the end of a mapping.
pub(super) fn insert(documents: &[Document], text: &str, holder: FixPlace, code: &str) -> Option<Vec<Edit>> {
    let mapping = documents.iter().find_map(|d| mapping_at(&d.root, holder))?;
    let first = own_entries(mapping).min_by_key(|e| e.key_span.start).filter(|_| !is_flow(mapping, text))?;
    let last = own_entries(mapping).max_by_key(|e| entry_end(e))?;
    let newline = layout::newline(text);
    let code = layout::indented(code, &layout::column(text, first.key_span.start as usize), newline);
    let at = layout::line_end(text, entry_end(last));
    Some(vec![Edit::insert(mapping.span.file, at, format!("{newline}{code}"))])
}

/// The entries that are written in the mapping itself, not merged into it.
fn own_entries(mapping: &Node) -> impl Iterator<Item = &Entry> {
    mapping.entries().iter().filter(|e| e.value.alias_of.is_none_or(|_| e.key_span != e.value.span))
}

fn entry_end(entry: &Entry) -> usize {
    // An entry without a value ends with the colon.
    (entry.value.span.end as usize).max(entry.key_span.end as usize)
}

fn is_flow(node: &Node, text: &str) -> bool {
    text[node.span.range()].starts_with(['{', '['])
}

/// Whether the whole file is JSON, where everything is quoted.
fn in_json(documents: &[Document], text: &str) -> bool {
    documents.first().is_some_and(|d| is_flow(&d.root, text) && d.root.span.start == 0)
        || text.trim_start().starts_with(['{', '['])
}

/// The mapping of a header: the value of the key that is the header, or the mapping that the header stands in.
fn mapping_at(node: &Node, place: FixPlace) -> Option<&Node> {
    if node.alias_of.is_some() || !node.span.contains(place.anchor) {
        return None;
    }
    let children: Box<dyn Iterator<Item = &Node>> = match &node.kind {
        NodeKind::Mapping(entries) => {
            let named = |e: &&Entry| {
                e.key_span == place.anchor
                    && e.value.alias_of.is_none()
                    && matches!(e.value.kind, NodeKind::Mapping(_))
                    && e.value.span.end == place.extent.end
            };
            if let Some(entry) = entries.iter().find(named) {
                return Some(&entry.value);
            }
            Box::new(entries.iter().map(|e| &e.value))
        }
        NodeKind::Sequence(items) => Box::new(items.iter()),
        _ => return None,
    };
    children
        .into_iter()
        .find_map(|child| mapping_at(child, place))
        .or_else(|| (matches!(node.kind, NodeKind::Mapping(_)) && node.span.end == place.extent.end).then_some(node))
}

/// The value of a place: that of the key it names, or the one that stands there.
fn value_at(node: &Node, place: FixPlace) -> Option<&Node> {
    if node.alias_of.is_some() {
        return None;
    }
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().find_map(|e| {
            let is_named = e.key_span == place.anchor && e.value.span.end.max(e.key_span.end) == place.extent.end;
            if is_named && e.value.alias_of.is_none() { Some(&e.value) } else { value_at(&e.value, place) }
        }),
        NodeKind::Sequence(items) => {
            let narrow = place.anchor.start == node.span.start && place.extent.end == node.span.end;
            if narrow { Some(node) } else { items.iter().find_map(|item| value_at(item, place)) }
        }
        _ => (node.span == place.anchor || node.span == place.extent).then_some(node),
    }
}

/// What a scalar or a collection of scalars says.
fn value_of(node: &Node) -> Option<Json> {
    Some(match &node.kind {
        NodeKind::Null => Json::Null,
        NodeKind::Bool { value, .. } => Json::Bool(*value),
        NodeKind::Number { text } => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_string())),
        NodeKind::String(scalar) if matches!(scalar.style, Style::Literal | Style::Folded) => return None,
        NodeKind::String(scalar) => Json::String(scalar.text.to_string()),
        NodeKind::Sequence(items) => Json::Array(items.iter().map(value_of).collect::<Option<_>>()?),
        NodeKind::Mapping(entries) => {
            let field = |e: &Entry| Some((e.key.to_string(), value_of(&e.value)?));
            Json::Object(entries.iter().map(field).collect::<Option<_>>()?)
        }
    })
}
