//! Terraform configuration written as JSON, as the same tree as that of the native syntax.
//!
//! In JSON the name of a property does not tell an argument from a nested block; Terraform asks the
//! schema. The language's own blocks are known here ([`Shape`]). For the arguments of providers there
//! is no schema, so the shape of the value has to tell:
//!
//! - a list of objects is a list of blocks. A list of objects that is an argument looks the same to
//!   a rule, which goes through either;
//! - a single object is one block, for this is how single blocks are written, and a block that is
//!   taken for a map would be miscounted: its arguments would count as its elements;
//! - but a single object is a map if a block cannot look like it: a key is no name that a schema can
//!   have (providers' names are lower-case letters, digits and underscores), or its name says what it
//!   is (`tags`, `labels`, ...). What refers to an element of a map, such as `self.tags.Name`, is
//!   answered either way, since a block that occurs once is entered without an index.
//!
//! A string is a template, except where the language wants a bare expression or reference
//! (`depends_on`, the `type` of a variable), or takes it as it stands (`source`, `default`). What is
//! named `//` is a comment. Blocks may be written under the same name again; arguments may not.
//! Spans point into the JSON, also of what stands between escapes.

use std::collections::HashMap;

use ecow::EcoString;

use super::{
    ast::{Attribute, Block, Body, Expr, ExprKind, Ident, Item, ObjectKey, TemplatePart},
    parse::{Parsed, parse_expression, parse_template},
    relocate,
};
use crate::{
    source::{Diagnostic, DiagnosticKind, FileId, Span},
    syntax::{
        json,
        node::{Entry, Node, NodeKind},
    },
    value::Number,
};

/// Parses a file. Never fails: what cannot be read is left out and named in a diagnostic.
pub fn parse(file: FileId, text: &str) -> Parsed {
    let json = json::parse_repeated(file, text);
    let mut reader = Reader { file, text, diagnostics: json.diagnostics, nesting: 0, broken: false };
    let body = json.documents.first().map_or_else(Body::default, |document| reader.root(&document.root));
    Parsed { body, comments: Vec::new(), diagnostics: reader.diagnostics }
}

/// What stands in a block, by the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Arguments only.
    Arguments,
    /// Whatever a provider takes.
    Provider(Schema),
    /// The same, and what the language adds for resources.
    Resource(Schema),
    Lifecycle,
    Dynamic,
    Provisioner,
    Module,
    Variable,
    Output,
    Terraform,
    Backend,
    Cloud,
    Check,
    Reference,
}

/// What is known of a provider's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Schema {
    Unknown,
    /// That of `kubernetes_*` resources, where `metadata` is a block.
    Kubernetes,
    /// That of `terraform_data`, which has no blocks.
    Flat,
}

/// How the strings of an argument are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// As templates.
    Template,
    /// As they stand.
    Literal,
    /// As expressions.
    Expression,
}

/// What a property of a block is.
enum Property {
    Argument(Reading),
    /// Blocks with so many labels.
    Blocks(usize, Shape),
    /// Blocks or an argument: the value tells.
    Either(Schema),
}

/// The blocks at the top of a file: how many labels, and what is in them.
fn top_level(name: &str) -> Option<(usize, Shape)> {
    Some(match name {
        "resource" | "data" | "ephemeral" => (2, Shape::Resource(Schema::Unknown)),
        "variable" => (1, Shape::Variable),
        "output" => (1, Shape::Output),
        "module" => (1, Shape::Module),
        "provider" => (1, Shape::Provider(Schema::Unknown)),
        "check" => (1, Shape::Check),
        "locals" => (0, Shape::Arguments),
        "terraform" => (0, Shape::Terraform),
        "moved" | "import" | "removed" => (0, Shape::Reference),
        _ => return None,
    })
}

impl Schema {
    fn of(resource: &str) -> Self {
        match resource {
            "terraform_data" => Self::Flat,
            _ if resource.starts_with("kubernetes_") => Self::Kubernetes,
            _ => Self::Unknown,
        }
    }
}

impl Shape {
    fn property(self, name: &str) -> Property {
        use Property::{Argument, Blocks, Either};
        use Reading::{Expression, Literal, Template};
        match (self, name) {
            (Self::Resource(_) | Self::Module | Self::Output, "depends_on")
            | (Self::Resource(_) | Self::Reference, "provider")
            | (Self::Module, "providers")
            | (Self::Lifecycle, "ignore_changes" | "replace_triggered_by")
            | (Self::Dynamic, "iterator")
            | (Self::Variable, "type")
            | (Self::Reference, "from" | "to")
            | (Self::Terraform, "experiments") => Argument(Expression),
            (Self::Variable, "default" | "description")
            | (Self::Module, "source" | "version")
            | (Self::Terraform, "required_version") => Argument(Literal),
            (Self::Resource(_) | Self::Reference, "lifecycle") => Blocks(0, Self::Lifecycle),
            (Self::Resource(_) | Self::Reference, "provisioner") => Blocks(1, Self::Provisioner),
            (Self::Resource(_) | Self::Provisioner, "connection")
            | (Self::Lifecycle | Self::Output, "precondition" | "postcondition")
            | (Self::Variable, "validation")
            | (Self::Check, "assert")
            | (Self::Terraform, "required_providers")
            | (Self::Backend | Self::Cloud, "workspaces") => Blocks(0, Self::Arguments),
            (Self::Check, "data") => Blocks(2, Self::Resource(Schema::Unknown)),
            (Self::Resource(_) | Self::Provider(_), "dynamic") => Blocks(1, Self::Dynamic),
            (Self::Dynamic, "content") => Blocks(0, Self::Provider(Schema::Unknown)),
            (Self::Terraform, "backend") => Blocks(1, Self::Backend),
            (Self::Terraform, "provider_meta") => Blocks(1, Self::Arguments),
            (Self::Terraform, "cloud") => Blocks(0, Self::Cloud),
            (Self::Resource(_), "count" | "for_each") => Argument(Template),
            (Self::Resource(schema) | Self::Provider(schema), _) if schema != Schema::Flat => Either(schema),
            _ => Argument(Template),
        }
    }
}

/// Names that are maps wherever providers use them.
const MAPS: [&str; 26] = [
    "tags",
    "tags_all",
    "labels",
    "annotations",
    "metadata",
    "variables",
    "environment_variables",
    "parameters",
    "arguments",
    "default_arguments",
    "triggers",
    "keepers",
    "query",
    "headers",
    "options",
    "app_settings",
    "match_labels",
    "node_selector",
    "data",
    "string_data",
    "binary_data",
    "input",
    "inputs",
    "manifest",
    "values",
    "attributes",
];

/// Endings of such names.
const MAP_ENDINGS: [&str; 5] = ["_tags", "_labels", "_annotations", "_variables", "_headers"];

fn is_map(name: &str, schema: Schema) -> bool {
    if name == "metadata" && schema == Schema::Kubernetes {
        return false;
    }
    // A block of the AWS provider, which holds `tags`.
    name != "default_tags" && (MAPS.contains(&name) || MAP_ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

/// Whether a provider's schema can have this name.
fn is_schema_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_comment(entry: &Entry) -> bool {
    entry.key == "//"
}

/// Whether a property that may be either is written as blocks.
fn are_blocks(name: &str, value: &Node, schema: Schema) -> bool {
    match &value.kind {
        NodeKind::Sequence(items) => {
            !items.is_empty() && items.iter().all(|item| matches!(item.kind, NodeKind::Mapping(_)))
        }
        NodeKind::Mapping(entries) => {
            !is_map(name, schema) && entries.iter().all(|e| is_comment(e) || is_schema_name(&e.key))
        }
        _ => false,
    }
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
    /// How many blocks are around what is read.
    nesting: usize,
    /// Whether something in the block could not be read, so that it is left out, as in the native
    /// syntax: a rule must not judge it by half.
    broken: bool,
}

impl Reader<'_> {
    fn root(&mut self, root: &Node) -> Body {
        let mut items = Vec::new();
        for object in self.objects(root, "a configuration") {
            for entry in object.entries().iter().filter(|e| !is_comment(e)) {
                match top_level(&entry.key) {
                    Some((labels, shape)) => self.blocks(entry, labels, shape, &mut items),
                    None => self.diagnostics.push(
                        Diagnostic::error(
                            DiagnosticKind::Input,
                            format!("there are no `{}` blocks in a configuration", entry.key),
                            entry.key_span,
                        )
                        .warning()
                        .label("this is not looked at"),
                    ),
                }
            }
        }
        Body { items }
    }

    /// Tells what is wrong; of a block, the first thing.
    fn wrong(&mut self, diagnostic: Diagnostic) {
        if !self.broken {
            self.diagnostics.push(diagnostic);
        }
        self.broken = self.nesting > 0;
    }

    /// An object, or the objects of a list; anything else is a mistake, and null is nothing.
    fn objects<'n>(&mut self, node: &'n Node, what: &str) -> Vec<&'n Node> {
        let nodes: Vec<&Node> = match &node.kind {
            NodeKind::Null => Vec::new(),
            NodeKind::Sequence(items) => items.iter().collect(),
            _ => vec![node],
        };
        let (objects, others): (Vec<_>, Vec<_>) =
            nodes.into_iter().partition(|n| matches!(n.kind, NodeKind::Mapping(_)));
        for other in others {
            self.wrong(
                Diagnostic::error(
                    DiagnosticKind::Input,
                    format!("{what} is written as an object, or a list of objects"),
                    other.span,
                )
                .label("this is left out"),
            );
        }
        objects
    }

    fn blocks(&mut self, entry: &Entry, labels: usize, shape: Shape, out: &mut Vec<Item>) {
        let kind = Ident { text: entry.key.clone(), span: entry.key_span };
        self.labelled(&kind, &mut Vec::new(), labels, &entry.value, shape, out);
    }

    /// The blocks in a value, below the labels that were met.
    fn labelled(
        &mut self,
        kind: &Ident,
        met: &mut Vec<Ident>,
        left: usize,
        value: &Node,
        shape: Shape,
        out: &mut Vec<Item>,
    ) {
        let listed = matches!(value.kind, NodeKind::Sequence(_));
        let what = format!("`{}`", met.last().unwrap_or(kind).text);
        for object in self.objects(value, &what) {
            if left > 0 {
                for entry in object.entries().iter().filter(|e| !is_comment(e)) {
                    met.push(Ident { text: entry.key.clone(), span: entry.key_span });
                    self.labelled(kind, met, left - 1, &entry.value, shape, out);
                    met.pop();
                }
                continue;
            }
            let name = met.last().unwrap_or(kind).span;
            // Of several blocks under one name, each is known by its brace.
            let header = if listed { self.brace(object) } else { name };
            let shape = match (shape, met.first()) {
                (Shape::Resource(_), Some(kind)) => Shape::Resource(Schema::of(&kind.text)),
                _ => shape,
            };
            self.nesting += 1;
            let body = self.body(object, shape);
            self.nesting -= 1;
            if self.nesting == 0 && std::mem::take(&mut self.broken) {
                continue;
            }
            let span = header.to(object.span);
            out.push(Item::Block(Block { kind: kind.clone(), labels: met.clone(), body, header, span }.into()));
        }
    }

    fn brace(&self, object: &Node) -> Span {
        let start = object.span.start as usize;
        Span::new(self.file, start, start + 1)
    }

    fn body(&mut self, object: &Node, shape: Shape) -> Body {
        let mut items = Vec::new();
        let mut met = HashMap::new();
        for entry in object.entries().iter().filter(|e| !is_comment(e)) {
            match shape.property(&entry.key) {
                Property::Argument(reading) => items.push(self.argument(entry, reading, &mut met)),
                Property::Blocks(labels, shape) => self.blocks(entry, labels, shape, &mut items),
                Property::Either(schema) if are_blocks(&entry.key, &entry.value, schema) => {
                    self.blocks(entry, 0, Shape::Provider(schema), &mut items);
                }
                Property::Either(_) => items.push(self.argument(entry, Reading::Template, &mut met)),
            }
        }
        Body { items }
    }

    fn argument<'n>(&mut self, entry: &'n Entry, reading: Reading, met: &mut HashMap<&'n str, Span>) -> Item {
        if let Some(before) = met.insert(&entry.key, entry.key_span) {
            let message = format!("`{}` is set twice", entry.key);
            self.wrong(
                Diagnostic::error(DiagnosticKind::Input, message, entry.key_span)
                    .label("this is the second time")
                    .note(before, "this is the first")
                    .help("Remove one of the two. Everything else in the file was checked; this block was not."),
            );
        }
        let name = Ident { text: entry.key.clone(), span: entry.key_span };
        let expr = self.value(&entry.value, reading);
        Item::Attribute(Attribute { span: name.span.to(expr.span), name, expr }.into())
    }

    fn value(&mut self, node: &Node, reading: Reading) -> Expr {
        let kind = match &node.kind {
            NodeKind::Null => ExprKind::Null,
            NodeKind::Bool { value, .. } => ExprKind::Bool(*value),
            NodeKind::Number { text } => {
                let number = Number::parse(text).or_else(|| text.parse().ok().map(|f: f64| f.into()));
                number.map_or(ExprKind::Null, ExprKind::Number)
            }
            NodeKind::String(scalar) => return self.string(&scalar.text, node.span, reading),
            NodeKind::Sequence(items) => ExprKind::Array(items.iter().map(|item| self.value(item, reading)).collect()),
            NodeKind::Mapping(entries) => ExprKind::Object(
                entries.iter().map(|e| (self.key(e, reading), self.value(&e.value, reading))).collect(),
            ),
        };
        Expr { kind, span: node.span }
    }

    fn key(&mut self, entry: &Entry, reading: Reading) -> ObjectKey {
        if reading == Reading::Template && has_signs(&entry.key) {
            let key = self.string(&entry.key, entry.key_span, reading);
            return match key.kind {
                ExprKind::String(text) => ObjectKey::Name(Ident { text, span: key.span }),
                _ => ObjectKey::Expr(key),
            };
        }
        ObjectKey::Name(Ident { text: entry.key.clone(), span: entry.key_span })
    }

    fn string(&mut self, text: &EcoString, span: Span, reading: Reading) -> Expr {
        let plain = Expr { kind: ExprKind::String(text.clone()), span };
        let places = Places::new(self.text, span, text);
        let parsed = match reading {
            Reading::Literal => return plain,
            Reading::Template if !has_signs(text) => return plain,
            Reading::Template => parse_template(self.file, text).map(|mut parts| {
                relocate::template(&mut parts, &|span| places.of(span));
                let kind = match &parts[..] {
                    [] => ExprKind::String(EcoString::new()),
                    [TemplatePart::Literal(text, _)] => ExprKind::String(text.clone()),
                    _ => ExprKind::Template(parts),
                };
                Expr { kind, span }
            }),
            Reading::Expression => {
                // The old spelling, "${a.b}", means the same.
                let (inner, before) = match text.strip_prefix("${").and_then(|t| t.strip_suffix('}')) {
                    Some(inner) => (inner, 2),
                    None => (text.as_str(), 0),
                };
                parse_expression(self.file, inner, before).map(|mut expr| {
                    relocate::expr(&mut expr, &|span| places.of(span));
                    expr
                })
            }
        };
        parsed.unwrap_or_else(|mut diagnostic| {
            for note in &mut diagnostic.notes {
                note.span = places.of(note.span);
            }
            self.wrong(diagnostic);
            plain
        })
    }
}

/// Whether a text holds more than itself.
fn has_signs(text: &str) -> bool {
    text.contains("${") || text.contains("%{")
}

/// Where the bytes of a string are in the file that it was written in.
struct Places {
    file: FileId,
    /// The place of the first byte.
    start: usize,
    /// For each byte, and for the end, how far it is from the first; empty if nothing is escaped.
    offsets: Vec<usize>,
}

impl Places {
    fn new(file_text: &str, span: Span, text: &str) -> Self {
        let start = span.start as usize + 1;
        let raw = file_text.get(start..(span.end as usize).saturating_sub(1)).unwrap_or_default();
        let mut offsets = Vec::new();
        if raw != text {
            let mut at = 0;
            for char in text.chars() {
                offsets.extend(std::iter::repeat_n(at, char.len_utf8()));
                at += match raw.as_bytes().get(at..at + 2) {
                    Some(b"\\u") if char > '\u{ffff}' => 12,
                    Some(b"\\u") => 6,
                    Some([b'\\', _]) => 2,
                    _ => char.len_utf8(),
                };
            }
            offsets.push(at);
        }
        Self { file: span.file, start, offsets }
    }

    /// A place in the string as one in the file.
    fn of(&self, span: Span) -> Span {
        let place = |at: u32| {
            let last = self.offsets.last().copied().unwrap_or(at as usize);
            self.start + self.offsets.get(at as usize).copied().unwrap_or(last)
        };
        Span::new(self.file, place(span.start), place(span.end))
    }
}

#[cfg(test)]
mod tests;
