//! What a waiver in a comment covers: told from the tree of its file, never by a search in the text.

use crate::{
    source::{FileId, SourceFile, Span},
    syntax::{
        hcl::{self, Attribute, Block, Body, Item, walk::walk},
        node::{Comment, Document, Node, NodeKind},
        yaml,
    },
};

/// A file that holds waivers, parsed for them.
pub(super) struct Commented<'a> {
    id: FileId,
    file: &'a SourceFile,
    tree: Tree,
    pub(super) comments: Vec<Comment>,
}

enum Tree {
    Hcl(Body),
    Yaml(Vec<Document>),
    /// No tree: a line is all there is.
    Lines,
}

/// What a waiver covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) struct Covered {
    pub(super) span: Span,
    /// The word for it.
    pub(super) what: &'static str,
}

impl Covered {
    /// Whether it is a call of a module, and with it all that is inside of the module.
    pub(super) fn is_call(self) -> bool {
        self.what == "module"
    }
}

impl<'a> Commented<'a> {
    pub(super) fn new(id: FileId, file: &'a SourceFile) -> Self {
        let path = &*file.path;
        let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
        let (tree, comments) = if ends(&[".tf", ".tofu", ".hcl", ".tfvars"]) {
            let parsed = hcl::parse(id, &file.text);
            (Tree::Hcl(parsed.body), parsed.comments)
        } else if ends(&[".yaml", ".yml"]) {
            let parsed = yaml::parse(id, &file.text);
            (Tree::Yaml(parsed.documents), parsed.comments)
        } else {
            (Tree::Lines, of_lines(id, &file.text))
        };
        Self { id, file, tree, comments }
    }

    pub(super) fn text(&self, comment: Span) -> &'a str {
        &self.file.text[comment.range()]
    }

    /// The whole file, if a comment stands where it may speak for it: before anything else.
    pub(super) fn whole(&self, comment: Span) -> Result<Covered, String> {
        let first = (0..).map_while(|line| self.line(line)).find_map(|(start, end)| self.content(start, end));
        if first.is_some_and(|first| first < comment.start as usize) {
            return Err("`ignore-file` stands at the top of a file, before anything else".into());
        }
        Ok(Covered { span: Span::new(self.id, 0, self.file.text.len()), what: "file" })
    }

    /// What a comment covers: what begins on its own line, or else on the next one.
    pub(super) fn covered(&self, comment: Span) -> Result<Covered, String> {
        let text = &self.file.text;
        let own = self.line_of(comment.start as usize);
        let start = self.line(own).map_or(0, |(start, _)| start);
        let trailing = !text[start..comment.start as usize].trim().is_empty();
        let mut line = if trailing { own } else { self.line_of(comment.end as usize) + 1 };
        let target = loop {
            let Some((start, end)) = self.line(line) else { break None };
            if text[start..end].trim().is_empty() {
                break None;
            }
            match self.content(start, end) {
                // Between the documents of a YAML file.
                Some(at) if !trailing && matches!(self.tree, Tree::Yaml(_)) && text[at..end].trim() == "---" => {}
                Some(at) => break Some((at, end)),
                None => {}
            }
            line += 1;
        };
        let Some((at, end)) = target else {
            return Err("it stands above nothing: put it on the line of what it is for, or right above".into());
        };
        let end = if trailing { comment.start as usize } else { end };
        let line = Span::new(self.id, at, at + text[at..end].trim_end().len());
        Ok(match &self.tree {
            Tree::Hcl(body) => in_body(body, line, true).unwrap_or(Covered { span: line, what: "line" }),
            Tree::Yaml(documents) => {
                in_documents(documents, line, text, trailing).unwrap_or(Covered { span: line, what: "line" })
            }
            Tree::Lines => Covered { span: line, what: "line" },
        })
    }

    /// The line of a byte.
    pub(super) fn line_at(&self, byte: u32) -> Span {
        let (start, end) = self.line(self.line_of(byte as usize)).unwrap_or_default();
        Span::new(self.id, start, end)
    }

    /// The documents of a YAML file.
    pub(super) fn documents(&self) -> &[Document] {
        match &self.tree {
            Tree::Yaml(documents) => documents,
            Tree::Hcl(_) | Tree::Lines => &[],
        }
    }

    /// The block at the top of the file that a comment stands in.
    pub(super) fn around(&self, comment: Span) -> Option<Covered> {
        let Tree::Hcl(body) = &self.tree else { return None };
        let block = body.blocks().find(|block| block.span.contains(comment))?;
        Some(Covered { span: block.span, what: if block.kind.text == "module" { "module" } else { "block" } })
    }

    /// The number of the line, from 0, of a byte.
    fn line_of(&self, at: usize) -> usize {
        self.file.line_starts().partition_point(|start| *start as usize <= at).saturating_sub(1)
    }

    /// Where a line begins and ends.
    fn line(&self, number: usize) -> Option<(usize, usize)> {
        let starts = self.file.line_starts();
        let start = *starts.get(number)? as usize;
        let end = starts.get(number + 1).map_or(self.file.text.len(), |next| *next as usize);
        Some((start, end))
    }

    /// Where something begins on a line that is no comment.
    fn content(&self, start: usize, end: usize) -> Option<usize> {
        let line = &self.file.text[start..end];
        let at = start + line.len() - line.trim_start().len();
        let is_comment = self.comments.iter().any(|c| c.span.range().contains(&at));
        (at < end && !line.trim().is_empty() && !is_comment).then_some(at)
    }
}

/// Comments of files that have no tree: lines that begin with a sign, and what stands behind one with the mark.
fn of_lines(id: FileId, text: &str) -> Vec<Comment> {
    let mut at = 0;
    let mut out = Vec::new();
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let whole = (trimmed.starts_with('#') || trimmed.starts_with("//")).then(|| line.len() - trimmed.len());
        let behind = || {
            let mark = line.find(super::comment::MARK)?;
            line[..mark].rfind('#').or_else(|| line[..mark].rfind("//"))
        };
        if let Some(start) = whole.or_else(behind) {
            out.push(Comment { span: Span::new(id, at + start, at + line.trim_end().len()) });
        }
        at += line.len();
    }
    out
}

fn in_body(body: &Body, line: Span, top: bool) -> Option<Covered> {
    body.items.iter().find_map(|item| match item {
        Item::Block(block) if block.span.start == line.start => {
            let what = if top && block.kind.text == "module" { "module" } else { "block" };
            Some(Covered { span: block.span, what })
        }
        Item::Block(block) if holds(block, line) => in_body(&block.body, line, false),
        Item::Attribute(attribute) if attribute.span.start == line.start => {
            Some(Covered { span: attribute.span, what: "argument" })
        }
        Item::Attribute(attribute) if attribute.span.range().contains(&(line.start as usize)) => {
            Some(Covered { span: in_expression(attribute, line), what: "line" })
        }
        _ => None,
    })
}

fn holds(block: &Block, line: Span) -> bool {
    block.span.range().contains(&(line.start as usize))
}

/// A line inside of an expression, with all that begins on it.
fn in_expression(attribute: &Attribute, line: Span) -> Span {
    let mut all = line;
    walk(&attribute.expr, &mut |expr, _| {
        if line.range().contains(&(expr.span.start as usize)) && expr.span.start > attribute.expr.span.start {
            all = all.to(expr.span);
        }
    });
    all
}

fn in_documents(documents: &[Document], line: Span, text: &str, trailing: bool) -> Option<Covered> {
    let is_item = text[line.start as usize..].starts_with("- ");
    documents.iter().find_map(|document| {
        if !trailing && !is_item && document.root.span.start == line.start {
            return Some(Covered { span: document.root.span, what: "document" });
        }
        let found = if is_item { item(&document.root, line) } else { entry(&document.root, line) };
        found.map(|span| Covered { span: line.to(span), what: if is_item { "element" } else { "field" } })
    })
}

/// The entry whose key begins a line.
fn entry(node: &Node, line: Span) -> Option<Span> {
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().find_map(|e| {
            if e.key_span.start == line.start && e.key_span.file == line.file {
                return Some(e.key_span.to(e.value.span));
            }
            entry(&e.value, line)
        }),
        NodeKind::Sequence(items) => items.iter().find_map(|i| entry(i, line)),
        _ => None,
    }
}

/// The longest element of a sequence that begins on a line.
fn item(node: &Node, line: Span) -> Option<Span> {
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().find_map(|e| item(&e.value, line)),
        NodeKind::Sequence(items) => items.iter().find_map(|i| {
            let here = line.range().contains(&(i.span.start as usize));
            if here { Some(i.span) } else { item(i, line) }
        }),
        _ => None,
    }
}
