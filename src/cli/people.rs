//! Entities and values as people read them: close to how Terraform writes them, each thing told once.
//!
//! What is an entity of its own is named by its address wherever it turns up in another, as the workflow does in
//! each of its jobs. Comments say what no syntax says: that there may be none or more of something.

use std::{collections::HashMap, fmt::Write as _};

use super::because::Tally;
use crate::{
    model::{Entity, Project},
    source::{FileId, Span},
    value::{List, ListKind, Object, ObjectKind, Repr, Text, Value},
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
            elsewhere.entry(entity.header.anchor).or_insert(entity.address.as_str());
        }
        let style = Style { verbose, heredocs: verbose, unfold: true, elsewhere };
        Self { project, style, tally: Tally::default(), entities: 0, text: String::new() }
    }

    /// One entity.
    pub(super) fn entity(&mut self, entity: &Entity) {
        if self.entities > 0 && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        self.entities += 1;
        self.tally.add(&entity.body);
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
            let _ = writeln!(out, "  may not exist: {doubt}");
        }
        match entity.body.as_object() {
            Some(object) if !entity.body.sensitive => self.style.fields(object, 1, out),
            _ => {
                out.push_str("  ");
                self.style.value(&entity.body, 1, 2, out);
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

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn place(project: &Project, span: Span) -> String {
    let line = project.files.line_column(span.file, span.start).line;
    format!("{}:{line}", project.files.path(span.file))
}

/// A value for people: on one line if it is no collection.
pub(super) fn shown(value: &Value) -> String {
    let style = Style { verbose: true, heredocs: false, unfold: false, elsewhere: HashMap::new() };
    let mut out = String::new();
    style.value(value, 0, 0, &mut out);
    out
}

/// How values are written.
struct Style<'a> {
    /// Long strings are not cut.
    verbose: bool,
    /// Strings of several lines are written so.
    heredocs: bool,
    /// A string that encodes something is written as what it encodes.
    unfold: bool,
    /// What is written as an entity of its own, by its header.
    elsewhere: HashMap<Span, &'a str>,
}

impl Style<'_> {
    fn fields(&self, object: &Object, depth: usize, out: &mut String) {
        for (name, value) in &object.fields {
            self.field(name, value, depth, out);
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
                Some(decoded) if self.unfold && is_document(text, decoded) => {
                    out.push_str("jsonencode(");
                    self.value(decoded, depth, used, out);
                    out.push(')');
                }
                _ => self.text(text, depth, out),
            },
            Repr::List(list) => self.list(list, depth, used, out),
            Repr::Object(object) => match self.address(object) {
                Some(address) => out.push_str(address),
                None if object.fields.is_empty() && object.open.is_none() => out.push_str("{}"),
                None => {
                    out.push_str("{\n");
                    self.fields(object, depth + 1, out);
                    out.push_str(&indent(depth));
                    out.push('}');
                }
            },
        }
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
                !(self.heredocs && is_heredoc(&text.written()))
                    && !value.decoded.as_ref().is_some_and(|d| self.unfold && is_document(text, d))
            }
            _ => true,
        }
    }

    /// What an object is called that is told elsewhere.
    fn address<'o>(&'o self, object: &'o Object) -> Option<&'o str> {
        let named = object.identity.as_ref().map(|i| i.address.as_str()).filter(|a| self.unfold && !a.is_empty());
        named.or_else(|| self.elsewhere.get(&object.header.as_ref()?.anchor).copied())
    }

    fn text(&self, text: &Text, depth: usize, out: &mut String) {
        let written = text.written();
        if self.heredocs && is_heredoc(&written) {
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
