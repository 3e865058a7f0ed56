//! The tree that YAML and JSON share.

use ecow::EcoString;

use crate::source::Span;

/// A node of a YAML or JSON document.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// All its text. For a block scalar: from its indicator (`|`, `>`) to the end of its text.
    /// For an alias: the alias (`*name`); the text it stands for is where the anchor is.
    pub span: Span,
    /// Where the value was written that an alias stands for.
    pub alias_of: Option<Span>,
    /// The tag as written (`!reference`, `!Ref`), if there is one. Core schema tags are resolved.
    pub tag: Option<EcoString>,
}

/// What a node is. Scalars are resolved by YAML 1.1 as Kubernetes and the CI systems read them
/// (see [`super::yaml`]); their text is kept, because `on` may be meant as a word.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean. `text` is how it was written.
    Bool {
        /// The value.
        value: bool,
        /// As written.
        text: EcoString,
    },
    /// A number, as written; the caller converts it.
    Number {
        /// As written.
        text: EcoString,
    },
    /// Text.
    String(Scalar),
    /// A sequence or array.
    Sequence(Vec<Node>),
    /// A mapping or object, in source order. Merge keys (`<<`) are already applied. Of duplicate
    /// keys the last one stands here, and the parser says so in a diagnostic.
    Mapping(Vec<Entry>),
}

/// A string with the way it was written.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text after escapes, folding and the like.
    pub text: EcoString,
    /// How it was written.
    pub style: Style,
}

/// How a string was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In quotes.
    Quoted,
    /// A literal block (`|`): each line of the text is a line of the file, less the indentation.
    Literal,
    /// A folded block (`>`).
    Folded,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key as text. A key that is not a scalar is the beginning of its source text.
    pub key: EcoString,
    /// Where the key stands; if the entry is there by `<<: *name`: the alias, as for its value.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its root.
    pub root: Node,
}

/// A comment of a file, for waivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From the comment sign to the end, without the line ending.
    pub span: Span,
}

impl Node {
    /// The value under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.value)
    }

    /// The entry under `key`, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            NodeKind::Mapping(entries) => entries.iter().find(|e| e.key == key),
            _ => None,
        }
    }

    /// The text of a scalar as it was written (for a string, its value); none for collections and null.
    pub fn as_text(&self) -> Option<&EcoString> {
        match &self.kind {
            NodeKind::Bool { text, .. } | NodeKind::Number { text } => Some(text),
            NodeKind::String(s) => Some(&s.text),
            _ => None,
        }
    }

    /// The elements, if this is a sequence.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries, if this is a mapping.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Mapping(entries) => entries,
            _ => &[],
        }
    }
}
