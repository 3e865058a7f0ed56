//! Entities and values as people read them: close to how Terraform writes them, each thing told once.
//!
//! What is an entity of its own is named by its address wherever it turns up in another, as the workflow does in
//! each of its jobs. Comments say what no syntax says: that there may be none or more of something.

use std::{borrow::Cow, collections::HashMap, fmt::Write as _, sync::Arc};

use super::because::Tally;
use crate::{
    model::{Entity, Project},
    source::{FileId, SourceMap, Span},
    value::{List, ListKind, Object, ObjectKind, Part, Repr, Text, Value, WhyKind},
};

/// How wide a line may become before a list is wrapped.
const WIDTH: usize = 100;
/// Strings longer than this are cut, to [`KEPT`].
const LONG: usize = 100;
/// How much is left of a string that is cut.
const KEPT: usize = 72;

/// Writes entities one after another, and counts what it has written.
pub(super) struct Page<'a> {
    project: &'a Project,
    style: Style<'a>,
    tally: Tally,
    entities: usize,
    /// What has been written so far.
    pub(super) text: String,
}

impl<'a> Page<'a> {
    /// A page for these entities; long strings are whole if it is `verbose`.
    pub(super) fn new(project: &'a Project, shown: impl Iterator<Item = &'a Entity>, verbose: bool) -> Self {
        let mut elsewhere = HashMap::new();
        for entity in shown.filter(|e| e.header.anchor.file != FileId::NONE) {
            let address = entity.address.as_str();
            // The instances of one block share its header, which then names none of them.
            elsewhere
                .entry(entity.header.anchor)
                .and_modify(|a: &mut Option<&str>| *a = a.filter(|a| *a == address))
                .or_insert(Some(address));
        }
        let style = Style { verbose, files: Some(&project.files), elsewhere, own: None };
        Self { project, style, tally: Tally::default(), entities: 0, text: String::new() }
    }

    /// One entity.
    pub(super) fn entity(&mut self, entity: &Entity) {
        if self.entities > 0 && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        self.entities += 1;
        let body = without_secrets(entity);
        self.tally.add(&body);
        self.style.own = Some(entity.header.anchor);
        let out = &mut self.text;
        let _ = writeln!(out, "{}  {}", entity.address, place(self.project, entity.header.anchor));
        let _ = writeln!(out, "  kind: {}", entity.kind);
        if let Some(environment) = &entity.environment {
            let (name, class) = (&environment.name, environment.class.as_str());
            let class = if name == class { String::new() } else { format!(" ({class})") };
            let _ = writeln!(out, "  environment: {name}{class}, by {}", environment.sign);
        }
        if let Some(scenario) = &entity.scenario {
            let _ = writeln!(out, "  scenario: {scenario}");
        }
        if let Some(owner) = entity.owner {
            let _ = writeln!(out, "  part of: {}", self.project.entity(owner).address);
        }
        for call in entity.calls.iter().rev() {
            let _ = writeln!(out, "  called from {}", place(self.project, call.anchor));
        }
        if let Some(doubt) = &entity.doubt {
            let doubt = if doubt.kind == WhyKind::Maybe { doubt.subject.to_string() } else { doubt.to_string() };
            let _ = writeln!(out, "  may not exist: {doubt}");
        }
        match body.as_object() {
            Some(object) if !body.sensitive => self.style.fields(object, 1, out),
            _ => {
                out.push_str("  ");
                self.style.value(&body, 1, 2, out);
                out.push('\n');
            }
        }
    }

    /// How much of it all is known.
    pub(super) fn summary(&mut self) {
        if self.entities > 0 {
            self.text.push('\n');
        }
        let Tally { known, sensitive, unknown } = &self.tally;
        let open: usize = unknown.values().sum();
        let _ = write!(self.text, "{}: {}, {known} known", count(self.entities, "entity", "entities"), {
            count(known + open, "value", "values")
        });
        if *sensitive > 0 {
            let _ = write!(self.text, " ({sensitive} sensitive)");
        }
        let _ = writeln!(self.text, ", {open} unknown");
        let mut reasons: Vec<_> = unknown.iter().collect();
        reasons.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        for (why, n) in reasons {
            let _ = writeln!(self.text, "{n:>6}  {why}");
        }
    }
}

/// The body of an entity; a variable or output that is declared sensitive has its value marked so.
fn without_secrets(entity: &Entity) -> Cow<'_, Value> {
    let object = entity.body.as_object().filter(|_| entity.kind.starts_with("terraform."));
    let Some(object) = object.filter(|o| o.get("sensitive").and_then(Value::as_bool) == Some(true)) else {
        return Cow::Borrowed(&entity.body);
    };
    let mut object = object.clone();
    for name in ["default", "value"] {
        if let Some(value) = object.fields.get_mut(name) {
            value.sensitive = true;
        }
    }
    Cow::Owned(Value::from_object(object))
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn place(project: &Project, span: Span) -> String {
    let line = project.files.line_column(span.file, span.start).line;
    format!("{}:{line}", project.files.path(span.file))
}

/// A value for people: on one line if it is no collection.
pub(super) fn shown(value: &Value) -> String {
    let style = Style { verbose: true, files: None, elsewhere: HashMap::new(), own: None };
    let mut out = String::new();
    style.value(value, 0, 0, &mut out);
    out
}

/// How values are written.
struct Style<'a> {
    /// Long strings are not cut.
    verbose: bool,
    /// Where the values come from; none if it is the value itself that was asked for, which is then written as
    /// it is: what a string encodes and what a reference refers to is told of entities only.
    files: Option<&'a SourceMap>,
    /// What is written as an entity of its own, by its header.
    elsewhere: HashMap<Span, Option<&'a str>>,
    /// The header of the entity that is written.
    own: Option<Span>,
}

impl Style<'_> {
    fn fields(&self, object: &Object, depth: usize, out: &mut String) {
        for (name, value) in &object.fields {
            let same = |other: &Value| match (&other.decoded, &value.decoded) {
                (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                _ => false,
            };
            match object.fields.iter().take_while(|(n, _)| *n != name).find(|(_, v)| same(v)) {
                Some((first, _)) if !value.sensitive => {
                    let _ = writeln!(out, "{}{} = (the same as {first})", indent(depth), key(name));
                }
                _ => self.field(name, value, depth, out),
            }
        }
        if let Some(why) = &object.open {
            let _ = writeln!(out, "{}# perhaps others: {why}", indent(depth));
        }
    }

    fn field(&self, name: &str, value: &Value, depth: usize, out: &mut String) {
        let name = key(name);
        if let Repr::List(list) = &value.repr
            && list.kind == ListKind::Blocks
            && !value.sensitive
        {
            return self.blocks(&name, list, depth, out);
        }
        let is_block = |o: &Object| o.kind == ObjectKind::Block && self.address(o).is_none();
        if value.as_object().is_some_and(is_block) && !value.sensitive {
            return self.block(&name, value, depth, out);
        }
        let start = out.len();
        let _ = write!(out, "{}{name} = ", indent(depth));
        let used = out[start..].chars().count();
        self.value(value, depth, used, out);
        out.push('\n');
    }

    /// The nested blocks of one kind.
    fn blocks(&self, name: &str, list: &List, depth: usize, out: &mut String) {
        for item in &list.items {
            self.block(name, item, depth, out);
        }
        for item in &list.maybe {
            let _ = writeln!(out, "{}# none or more of:", indent(depth));
            self.block(name, item, depth, out);
        }
        if let Some(why) = &list.open {
            let _ = writeln!(out, "{}# perhaps others: {why}", indent(depth));
        }
        if list.items.is_empty() && list.is_whole() {
            let _ = writeln!(out, "{}{name} = []", indent(depth));
        }
    }

    fn block(&self, name: &str, block: &Value, depth: usize, out: &mut String) {
        let _ = write!(out, "{}{name} ", indent(depth));
        self.value(block, depth, 0, out);
        out.push('\n');
    }

    /// A value whose first line stands at `depth` behind `used` columns; without the end of its last line.
    fn value(&self, value: &Value, depth: usize, used: usize, out: &mut String) {
        if value.sensitive {
            return out.push_str("(sensitive)");
        }
        match &value.repr {
            Repr::Null => out.push_str("null"),
            Repr::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Repr::Number(n) => out.push_str(&n.to_string()),
            Repr::Unknown(unknown) => {
                let _ = write!(out, "(unknown: {})", unknown.why);
            }
            Repr::String(text) => match &value.decoded {
                Some(decoded) if self.files.is_some() && is_document(text, decoded) => {
                    out.push_str("jsonencode(");
                    match &decoded.repr {
                        // A policy has the header of the document that it was made from, and is what matters here.
                        Repr::Object(object) if !decoded.sensitive => self.object(object, depth, out),
                        _ => self.value(decoded, depth, used, out),
                    }
                    out.push(')');
                }
                _ => self.text(text, depth, out),
            },
            Repr::List(list) => self.list(list, depth, used, out),
            Repr::Object(object) => match self.address(object) {
                Some(address) => out.push_str(address),
                None => self.object(object, depth, out),
            },
        }
    }

    fn object(&self, object: &Object, depth: usize, out: &mut String) {
        if object.fields.is_empty() && object.open.is_none() {
            return out.push_str("{}");
        }
        out.push_str("{\n");
        self.fields(object, depth + 1, out);
        out.push_str(&indent(depth));
        out.push('}');
    }

    fn list(&self, list: &List, depth: usize, used: usize, out: &mut String) {
        let inner = indent(depth + 1);
        let is_flat = list.is_whole() && list.items.iter().all(|v| self.is_flat(v));
        if is_flat {
            let mut items = list.items.iter().map(|v| {
                let mut item = String::new();
                self.value(v, depth, 0, &mut item);
                item
            });
            let items: Vec<String> = items.by_ref().collect();
            let line = format!("[{}]", items.join(", "));
            if used + line.chars().count() <= WIDTH && !line.contains('\n') {
                return out.push_str(&line);
            }
            out.push('[');
            let mut column = WIDTH;
            for item in &items {
                let wide = item.chars().count() + 2;
                if column + wide > WIDTH {
                    let _ = write!(out, "\n{inner}");
                    column = inner.len();
                } else {
                    out.push(' ');
                }
                let _ = write!(out, "{item},");
                column += wide;
            }
            let _ = write!(out, "\n{}]", indent(depth));
            return;
        }
        out.push_str("[\n");
        for (note, items) in [("", &list.items), ("# none or more of:", &list.maybe)] {
            for item in items {
                if !note.is_empty() {
                    let _ = writeln!(out, "{inner}{note}");
                }
                out.push_str(&inner);
                self.value(item, depth + 1, inner.len(), out);
                out.push_str(",\n");
            }
        }
        if let Some(why) = &list.open {
            let _ = writeln!(out, "{inner}# perhaps others: {why}");
        }
        let _ = write!(out, "{}]", indent(depth));
    }

    /// Whether a value in a list may stand on one line with others.
    fn is_flat(&self, value: &Value) -> bool {
        match &value.repr {
            _ if value.sensitive => true,
            Repr::List(list) => list.items.is_empty() && list.is_whole(),
            // An address is too long for that.
            Repr::Object(object) => object.fields.is_empty() && object.open.is_none() && self.address(object).is_none(),
            Repr::String(text) => {
                let is_long = self.heredocs() && is_heredoc(&text.written());
                let unfolds = |d: &Arc<Value>| self.files.is_some() && is_document(text, d);
                !is_long && !value.decoded.as_ref().is_some_and(unfolds)
            }
            _ => true,
        }
    }

    /// What an object is called that is told elsewhere.
    fn address<'o>(&'o self, object: &'o Object) -> Option<&'o str> {
        let named =
            object.identity.as_ref().map(|i| i.address.as_str()).filter(|a| self.files.is_some() && !a.is_empty());
        named.or_else(|| {
            let header = object.header.as_ref()?.anchor;
            self.elsewhere.get(&header).copied().flatten().filter(|_| self.own != Some(header))
        })
    }

    /// Whether strings of several lines are written so.
    fn heredocs(&self) -> bool {
        self.verbose && self.files.is_some()
    }

    /// A text as it stands in its file.
    fn written(&self, text: &Text) -> String {
        let part = |part: Part| match part {
            Part::Known(known) => known.to_string(),
            Part::Hole(hole) => match (self.files, hole.span) {
                (Some(files), Some(span)) if hole.written == "${...}" => {
                    let words: Vec<&str> = files.text(span).split_whitespace().collect();
                    let words = words.join(" ");
                    if words.is_empty() || words.starts_with("${") { words } else { format!("${{{words}}}") }
                }
                _ => hole.written.to_string(),
            },
        };
        text.parts().into_iter().map(part).collect()
    }

    fn text(&self, text: &Text, depth: usize, out: &mut String) {
        let written = self.written(text);
        if self.heredocs() && is_heredoc(&written) {
            let inner = indent(depth + 1);
            out.push_str("<<-EOT\n");
            for line in written.lines() {
                let _ = writeln!(out, "{}", format!("{inner}{line}").trim_end());
            }
            let _ = write!(out, "{}EOT", indent(depth));
            return;
        }
        let length = written.chars().count();
        if self.verbose || length <= LONG {
            let _ = write!(out, "{written:?}");
            return;
        }
        let kept: String = written.chars().take(KEPT).collect();
        let kept = format!("{kept:?}");
        let _ = write!(out, "{}…\" ({length} characters)", kept.strip_suffix('"').unwrap_or(&kept));
    }
}

/// Whether a string is a JSON document that is better read as what it encodes.
fn is_document(text: &Text, decoded: &Value) -> bool {
    matches!(decoded.repr, Repr::List(_) | Repr::Object(_)) && text.known_prefix().trim_start().starts_with(['{', '['])
}

/// Whether a text has several lines, and nothing that a terminal could take for a command.
fn is_heredoc(text: &str) -> bool {
    let is_plain = |c: char| matches!(c, '\n' | '\t' | '"' | '\'' | '\\') || c.escape_debug().len() == 1;
    text.trim_end_matches('\n').contains('\n') && text.chars().all(is_plain)
}

fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@');
    if !name.is_empty() && name.chars().all(is_bare) { name.into() } else { format!("{name:?}") }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}
