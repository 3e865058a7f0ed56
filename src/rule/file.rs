//! A rule file as written: sections and their attributes, each with its place, perhaps wrong.
//!
//! The tables below are the grammar of the language: which attributes and blocks may stand where.
//! What they mean is for [`super::compile`].

use std::sync::Arc;

use crate::{
    source::{Diagnostic, DiagnosticKind, FileId, Span},
    syntax::hcl::{Attribute, Block, Body, Expr, Ident, Item},
};

/// What may stand in a block of one kind.
#[derive(Debug)]
pub struct Shape {
    /// The word in front of the block.
    pub kind: &'static str,
    /// Its labels.
    pub labels: Labels,
    /// The attributes it may have; [`ANY`]: whatever they are called.
    pub attributes: &'static [&'static str],
    /// The blocks it may have.
    pub blocks: &'static [&'static Shape],
}

/// The attributes of a block whose names are the user's.
pub const ANY: &[&str] = &["*"];

/// The labels of a block, and what they are called in messages.
#[derive(Debug)]
pub enum Labels {
    /// None.
    None,
    /// Exactly one.
    One(&'static str),
    /// One or more.
    Some(&'static str),
    /// Any number.
    Any(&'static str),
}

const INPUT: Shape =
    Shape { kind: "input", labels: Labels::One("name"), attributes: &["description", "default"], blocks: &[] };
const MATCH: Shape =
    Shape { kind: "match", labels: Labels::Some("type or view"), attributes: &["where", "defaults"], blocks: &[] };
const LINK: Shape = Shape {
    kind: "link",
    labels: Labels::One("name"),
    attributes: &["to", "where", "at_most", "defaults"],
    blocks: &[],
};
const ASSERT: Shape = Shape {
    kind: "assert",
    labels: Labels::None,
    attributes: &["for_each", "condition", "at", "error_message"],
    blocks: &[],
};
const DISTINCT: Shape = Shape {
    kind: "distinct",
    labels: Labels::None,
    attributes: &["key", "across", "within", "where", "error_message"],
    blocks: &[],
};
const FIX: Shape = Shape {
    kind: "fix",
    labels: Labels::Any("type"),
    attributes: &["target", "set", "remove", "append", "insert_after", "code", "safety", "reason"],
    blocks: &[],
};
const EXAMPLE_ATTRIBUTES: &[&str] = &["path", "code", "files"];
const PASSES: Shape =
    Shape { kind: "passes", labels: Labels::One("reason"), attributes: EXAMPLE_ATTRIBUTES, blocks: &[] };
const FAILS: Shape =
    Shape { kind: "fails", labels: Labels::One("reason"), attributes: EXAMPLE_ATTRIBUTES, blocks: &[] };
const UNDECIDED: Shape =
    Shape { kind: "undecided", labels: Labels::One("reason"), attributes: EXAMPLE_ATTRIBUTES, blocks: &[] };

const RULE: Shape = Shape {
    kind: "rule",
    labels: Labels::One("id"),
    attributes: &["title", "severity", "since", "status", "aliases", "soc2", "rationale", "remediation", "references"],
    blocks: &[&INPUT, &MATCH, &LINK, &ASSERT, &DISTINCT, &FIX, &FAILS, &PASSES, &UNDECIDED],
};
const VIEW_LINK: Shape =
    Shape { kind: "link", labels: Labels::One("name"), attributes: &["to", "where", "at_most"], blocks: &[] };
const FROM: Shape = Shape {
    kind: "from",
    labels: Labels::Some("type or view"),
    attributes: &["where", "for_each", "value"],
    blocks: &[&VIEW_LINK],
};
const VIEW: Shape = Shape { kind: "view", labels: Labels::One("name"), attributes: &["description"], blocks: &[&FROM] };
const CRITERION: Shape = Shape {
    kind: "criterion",
    labels: Labels::One("id"),
    attributes: &["title", "description", "attested"],
    blocks: &[],
};

/// The blocks of a rule that are examples. They stand last in a file, so that a check need not
/// parse them.
pub const EXAMPLES: [&str; 3] = ["fails", "passes", "undecided"];

/// The top level of a rule file.
const FILE: Shape =
    Shape { kind: "rule file", labels: Labels::None, attributes: &[], blocks: &[&RULE, &VIEW, &CRITERION] };

impl Shape {
    /// Whether it may have an attribute of this name.
    fn has(&self, attribute: &str) -> bool {
        self.attributes == ANY || self.attributes.contains(&attribute)
    }
}

/// A rule file.
#[derive(Debug)]
pub struct RuleFile {
    /// Which file.
    pub id: FileId,
    /// `rule`, `view` and `criterion` blocks in source order.
    pub sections: Vec<Section>,
}

/// A block that may stand where it stands.
#[derive(Debug)]
pub struct Section {
    /// What may stand in it.
    pub shape: &'static Shape,
    /// Its text.
    pub block: Arc<Block>,
    /// Its attributes, of those that it may have.
    attributes: Vec<Arc<Attribute>>,
    /// Its blocks, of those that it may have.
    sections: Vec<Section>,
}

impl Section {
    /// The word in front of it.
    pub fn kind(&self) -> &'static str {
        self.shape.kind
    }

    /// Its first label; if it has none, that was reported.
    pub fn label(&self) -> Option<&Ident> {
        self.block.labels.first()
    }

    /// What to underline when something is missing in it.
    pub fn header(&self) -> Span {
        self.block.header
    }

    /// The expression of an attribute.
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.attribute(name).map(|a| &a.expr)
    }

    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        debug_assert!(self.shape.has(name), "{name}");
        self.attributes.iter().find(|a| a.name.text == name)
    }

    /// All its attributes in source order.
    pub fn attributes(&self) -> &[Arc<Attribute>] {
        &self.attributes
    }

    /// Its blocks of one kind.
    pub fn sections<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Section> {
        debug_assert!(self.shape.blocks.iter().any(|b| b.kind == kind), "{kind}");
        self.sections.iter().filter(move |s| s.kind() == kind)
    }

    /// All its blocks in source order.
    pub fn all_sections(&self) -> &[Section] {
        &self.sections
    }

    /// How messages call it: `rule "aws-x"`, `this assert`.
    pub fn name(&self) -> String {
        match self.label() {
            Some(label) => format!("{} \"{}\"", self.kind(), label.text),
            None => format!("this {}", self.kind()),
        }
    }
}

/// Takes a parsed file apart. What may not stand where it stands is reported and left out.
pub fn read(id: FileId, body: &Body, diagnostics: &mut Vec<Diagnostic>) -> RuleFile {
    let (_, sections) = contents(body, &FILE, "a rule file", diagnostics);
    RuleFile { id, sections }
}

/// A mistake in a rule file.
pub fn mistake(message: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error(DiagnosticKind::Configuration, message, span)
}

/// What somebody may have meant by `word`.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(&word.to_lowercase(), &k.to_lowercase()), k))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}

/// Advice about a word that is not known: what may be meant, and what there is.
pub fn choices<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone, intro: &str) -> String {
    let all = known.clone().into_iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    match nearest(word, known) {
        Some(meant) => format!("Did you mean `{meant}`? {intro}: {all}."),
        None => format!("{intro}: {all}."),
    }
}

/// The attributes and blocks of a body that may stand there by its shape; what may not is reported.
pub fn contents(
    body: &Body,
    shape: &'static Shape,
    name: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Arc<Attribute>>, Vec<Section>) {
    let mut attributes: Vec<Arc<Attribute>> = Vec::new();
    let mut sections = Vec::new();
    let blocks = || shape.blocks.iter().map(|b| b.kind);
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => {
                let word = attribute.name.text.as_str();
                if !shape.has(word) {
                    let fault = mistake(format!("{name} has no attribute `{word}`"), attribute.name.span);
                    diagnostics.push(if blocks().any(|b| b == word) {
                        fault.help(format!("`{word}` is a block: write `{word} {{ ... }}` without `=`."))
                    } else if shape.attributes.is_empty() {
                        fault.help(choices(word, blocks(), "It holds blocks"))
                    } else {
                        fault.help(choices(word, shape.attributes.iter().copied(), "It may have"))
                    });
                } else if let Some(first) = attributes.iter().find(|a| a.name.text == word) {
                    diagnostics.push(
                        mistake(format!("`{word}` is set twice"), attribute.name.span)
                            .note(first.name.span, "first here"),
                    );
                } else {
                    attributes.push(attribute.clone());
                }
            }
            Item::Block(block) => {
                let word = block.kind.text.as_str();
                let Some(inner) = shape.blocks.iter().find(|b| b.kind == word) else {
                    let fault = mistake(format!("{name} has no block `{word}`"), block.kind.span);
                    diagnostics.push(if shape.attributes.contains(&word) {
                        fault.help(format!("`{word}` is an attribute: write `{word} = ...`."))
                    } else if shape.blocks.is_empty() {
                        fault.help(choices(word, shape.attributes.iter().copied(), "It may have the attributes"))
                    } else {
                        fault.help(choices(word, blocks(), "It may have"))
                    });
                    continue;
                };
                labels(block, inner, diagnostics);
                let called = match block.labels.first() {
                    Some(label) => format!("{word} \"{}\"", label.text),
                    None => format!("this {word}"),
                };
                let (attributes, inside) = contents(&block.body, inner, &called, diagnostics);
                sections.push(Section { shape: inner, block: block.clone(), attributes, sections: inside });
            }
        }
    }
    (attributes, sections)
}

fn labels(block: &Block, shape: &Shape, diagnostics: &mut Vec<Diagnostic>) {
    let word = shape.kind;
    let count = block.labels.len();
    let fault = match shape.labels {
        Labels::None if count > 0 => Some(format!("`{word}` has no label")),
        Labels::One(what) if count == 0 => Some(format!("`{word}` needs a label: its {what}")),
        Labels::One(what) if count > 1 => Some(format!("`{word}` has one label, its {what}")),
        Labels::Some(what) if count == 0 => Some(format!("`{word}` needs at least one label: a {what}")),
        _ => None,
    };
    diagnostics.extend(fault.map(|message| mistake(message, block.header)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::hcl;

    fn messages(text: &str) -> Vec<(String, String)> {
        let parsed = hcl::parse(FileId(0), text);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let mut diagnostics = Vec::new();
        read(FileId(0), &parsed.body, &mut diagnostics);
        diagnostics
            .into_iter()
            .map(|d| {
                let at = d.notes[0].span;
                (format!("{} @ {}", d.message, &text[at.range()]), d.help.unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn a_misspelt_attribute_is_an_error_with_what_may_be_meant() {
        let found = messages("rule \"a-b\" {\n  titel = \"x\"\n}\n");
        assert_eq!(found[0].0, "rule \"a-b\" has no attribute `titel` @ titel");
        assert!(found[0].1.starts_with("Did you mean `title`? It may have: `title`, `severity`"), "{}", found[0].1);
    }

    #[test]
    fn a_misspelt_block_is_an_error_with_what_may_be_meant() {
        let found = messages("rule \"a-b\" {\n  asert {}\n}\nruel \"x\" {}\n");
        assert_eq!(found[0].0, "rule \"a-b\" has no block `asert` @ asert");
        assert!(found[0].1.starts_with("Did you mean `assert`?"));
        assert_eq!(found[1].0, "a rule file has no block `ruel` @ ruel");
        assert!(found[1].1.starts_with("Did you mean `rule`?"));
    }

    #[test]
    fn attributes_and_blocks_that_are_mixed_up_are_told_apart() {
        let found = messages("rule \"a-b\" {\n  match = 1\n  soc2 {}\n}\n");
        assert_eq!(found[0].1, "`match` is a block: write `match { ... }` without `=`.");
        assert_eq!(found[1].1, "`soc2` is an attribute: write `soc2 = ...`.");
    }

    #[test]
    fn labels_that_are_missing_or_too_many_are_named() {
        let found = messages("rule \"a\" \"b\" {\n  match {}\n  assert \"x\" {}\n}\n");
        let found: Vec<&str> = found.iter().map(|(m, _)| m.as_str()).collect();
        assert_eq!(
            found,
            [
                "`rule` has one label, its id @ rule \"a\" \"b\"",
                "`match` needs at least one label: a type or view @ match",
                "`assert` has no label @ assert \"x\"",
            ]
        );
    }

    #[test]
    fn an_attribute_that_is_set_twice_cannot_be_parsed_or_is_reported() {
        let parsed = hcl::parse(FileId(0), "rule \"a-b\" {\n  title = \"x\"\n  title = \"y\"\n}\n");
        let mut diagnostics = parsed.diagnostics;
        read(FileId(0), &parsed.body, &mut diagnostics);
        assert_eq!(diagnostics.len(), 1);
    }
}
