//! Rendered objects, found again in the templates that made them.
//!
//! Helm says which template an object comes from, and nothing more. Within the template a key is looked for below
//! the line of the key that it is in; where a template makes the key itself (`toYaml`, `include`), the nearest key
//! above it that is written there is underlined. The places are for people: what a value is was told by Helm.

use std::{collections::HashMap, sync::Arc};

use crate::{
    source::{FileId, SourceMap, Span},
    syntax::node::{Entry, Node, NodeKind},
};

/// Finds the objects of one rendering.
pub(super) struct Placer<'a> {
    files: HashMap<&'a str, (FileId, Arc<str>)>,
    chart: &'a str,
    fallback: Option<FileId>,
    /// How many objects of each template were placed.
    placed: HashMap<String, usize>,
}

/// A template and the part of it in which something is looked for.
#[derive(Clone, Copy)]
struct Part<'t> {
    file: FileId,
    text: &'t str,
    start: usize,
    end: usize,
}

impl<'a> Placer<'a> {
    pub(super) fn new(files: &'a SourceMap, chart: &'a str) -> Self {
        let files: HashMap<&str, (FileId, Arc<str>)> =
            files.iter().map(|(id, file)| (&*file.path, (id, file.text.clone()))).collect();
        let named = |name: &str| if chart.is_empty() { name.to_string() } else { format!("{chart}/{name}") };
        let fallback = files.get(&*named("Chart.yaml")).or_else(|| files.get(&*named("Chart.yml"))).map(|(id, _)| *id);
        Self { files, chart, fallback, placed: HashMap::new() }
    }

    /// The object with places in `source`, the path of a template as Helm names it: from the name of the chart on. None if it
    /// is no object, or its chart is not in the tree.
    pub(super) fn place(&mut self, object: &Node, source: &str) -> Option<Node> {
        let kind = object.get("kind")?.as_text()?.clone();
        let inside = source.split_once('/').map_or(source, |(_, path)| path);
        let path = if self.chart.is_empty() { inside.to_string() } else { format!("{}/{inside}", self.chart) };
        let Some((file, text)) = self.files.get(path.as_str()).cloned() else {
            // A chart that comes packed: its own file is what there is to point at.
            let span = Span::new(self.fallback?, 0, 1);
            return Some(all_at(object, span));
        };
        let nth = self.placed.entry(format!("{path} {kind}")).or_default();
        let part = object_part(&text, file, &kind, *nth);
        *nth += 1;
        Some(placed(object, part, part.whole()))
    }
}

impl Part<'_> {
    fn whole(self) -> Span {
        Span::new(self.file, self.start, self.end)
    }

    /// Where a key is written: its line from the key on, and what is below it.
    fn find(self, key: &str) -> Option<(Span, Self)> {
        let mut at = self.start;
        for line in self.text.get(self.start..self.end)?.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let indent = line.len() - line.trim_start_matches([' ', '-']).len();
            let rest = &line[indent..];
            let written = rest.trim_start_matches(['"', '\'']);
            let is_key =
                written.strip_prefix(key).is_some_and(|behind| behind.trim_start_matches(['"', '\'']).starts_with(':'));
            if !is_key {
                continue;
            }
            let span = Span::new(self.file, start + indent, start + line.trim_end().len());
            let end = block_end(self.text, at, self.end, indent);
            return Some((span, Self { start: start + indent, end, ..self }));
        }
        None
    }
}

/// Where the block below a line ends: at the first line that is not indented further and is not of the template's own.
fn block_end(text: &str, from: usize, to: usize, indent: usize) -> usize {
    let mut at = from;
    for line in text[from..to].split_inclusive('\n') {
        let trimmed = line.trim_start();
        let own = line.len() - trimmed.len();
        let is_item = trimmed.starts_with("- ") && own == indent;
        if !trimmed.trim().is_empty()
            && !trimmed.starts_with("{{")
            && !trimmed.starts_with('#')
            && own <= indent
            && !is_item
        {
            return at;
        }
        at += line.len();
    }
    to
}

/// The document of a template that makes its `nth` object of a kind; the last one for those that a loop makes.
fn object_part<'t>(text: &'t str, file: FileId, kind: &str, nth: usize) -> Part<'t> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            parts.push((start, at));
            start = at + line.len();
        }
        at += line.len();
    }
    parts.push((start, text.len()));
    let says = |&&(start, end): &&(usize, usize)| {
        text[start..end]
            .lines()
            .any(|line| line.strip_prefix("kind:").is_some_and(|k| k.trim().trim_matches('"') == kind))
    };
    let those: Vec<_> = parts.iter().filter(says).copied().collect();
    let (start, end) = those.get(nth).or(those.last()).copied().unwrap_or((0, text.len()));
    Part { file, text, start, end }
}

/// The node with places in a part of the template. `own` is what to underline where nothing nearer is written.
fn placed(node: &Node, part: Part<'_>, own: Span) -> Node {
    let kind = match &node.kind {
        NodeKind::Mapping(entries) => {
            let entries = entries.iter().map(|entry| {
                let (line, below) = part.find(&entry.key).unwrap_or((own, part));
                let key_end = (line.start as usize + entry.key.len()).min(line.end as usize);
                let is_found = line != own;
                let key_span = if is_found { Span::new(part.file, line.start as usize, key_end) } else { own };
                // A scalar is underlined with its key: what stands there is an expression as a rule.
                let value = match &entry.value.kind {
                    NodeKind::Mapping(_) | NodeKind::Sequence(_) => placed(&entry.value, below, line),
                    _ => scalar(&entry.value, line, below),
                };
                Entry { key: entry.key.clone(), key_span, value }
            });
            NodeKind::Mapping(entries.collect())
        }
        NodeKind::Sequence(items) => {
            let mut rest = part;
            let items = items.iter().map(|item| {
                let item_part = next_item(&mut rest);
                placed(item, item_part.unwrap_or(rest), item_part.map_or(own, |p| first_line(p)))
            });
            NodeKind::Sequence(items.collect())
        }
        other => other.clone(),
    };
    Node { kind, span: own, alias_of: None, tag: node.tag.clone() }
}

/// A scalar at its own text, if it is written out behind its key, else at the line of the key.
fn scalar(node: &Node, line: Span, part: Part<'_>) -> Node {
    let written = node.as_text().filter(|text| !text.is_empty()).and_then(|text| {
        let (start, end) = (line.start as usize, line.end as usize);
        let whole = part.text.get(start..end)?;
        let value = whole.split_once(':')?.1.trim();
        let bare = value.trim_matches(['"', '\'']);
        (bare == text.as_str()).then(|| Span::new(line.file, end - value.len(), end))
    });
    Node { kind: node.kind.clone(), span: written.unwrap_or(line), alias_of: None, tag: node.tag.clone() }
}

/// The next element of a sequence in a part, which is taken from its front.
fn next_item<'t>(rest: &mut Part<'t>) -> Option<Part<'t>> {
    let mut at = rest.start;
    let mut found: Option<(usize, usize)> = None;
    for line in rest.text[rest.start..rest.end].split_inclusive('\n') {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let is_item = trimmed.starts_with("- ") || trimmed.trim_end() == "-";
        match found {
            None if is_item => found = Some((at, indent)),
            Some((start, of)) if is_item && indent <= of => {
                let item = Part { start, end: at, ..*rest };
                rest.start = at;
                return Some(item);
            }
            _ => {}
        }
        at += line.len();
    }
    let (start, _) = found?;
    let item = Part { start, ..*rest };
    rest.start = rest.end;
    Some(item)
}

fn first_line(part: Part<'_>) -> Span {
    let text = &part.text[part.start..part.end];
    let line = text.lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    Span::new(part.file, part.start + indent, part.start + line.trim_end().len())
}

fn all_at(node: &Node, span: Span) -> Node {
    let kind = match &node.kind {
        NodeKind::Mapping(entries) => NodeKind::Mapping(
            entries
                .iter()
                .map(|e| Entry { key: e.key.clone(), key_span: span, value: all_at(&e.value, span) })
                .collect(),
        ),
        NodeKind::Sequence(items) => NodeKind::Sequence(items.iter().map(|item| all_at(item, span)).collect()),
        other => other.clone(),
    };
    Node { kind, span, alias_of: None, tag: node.tag.clone() }
}
