//! Documents that are written as a text in another document, such as the patches of a kustomization.

use super::tree;
use crate::{
    source::{Diagnostic, Level, SourceMap, Span},
    syntax::{
        self,
        node::{Node, NodeKind, Style},
    },
};

/// The documents in a text, their places told in the file that the text stands in.
pub(super) fn documents(text: &Node, style: Style, files: &SourceMap) -> Result<Vec<Node>, Box<Diagnostic>> {
    let Some(content) = text.as_text() else { return Ok(Vec::new()) };
    let own = text.alias_of.unwrap_or(text.span);
    let parsed = syntax::yaml::parse(own.file, content);
    let lines = Lines::new(own, style, content, files);
    if let Some(mut error) = parsed.diagnostics.into_iter().find(|d| d.level == Level::Error) {
        error.notes.iter_mut().for_each(|note| note.span = lines.place(note.span));
        return Err(error.into());
    }
    let documents = parsed.documents.into_iter().map(|d| tree::normal(d.root));
    Ok(documents
        .map(|mut root| {
            lines.relocate(&mut root);
            root
        })
        .collect())
}

/// Where the lines of a text stand in the file.
struct Lines {
    own: Span,
    /// Of each line: its offset in the text, and in the file.
    starts: Vec<(u32, u32)>,
}

impl Lines {
    fn new(own: Span, style: Style, content: &str, files: &SourceMap) -> Self {
        let whole = Self { own, starts: Vec::new() };
        if style != Style::Literal || files.len() <= own.file.0 as usize {
            return whole;
        }
        let written = files.text(own);
        let mut at = 0;
        let mut starts = Vec::new();
        // The first line is the indicator.
        let mut offset = written.find('\n').map_or(written.len(), |n| n + 1);
        let mut rest = written[offset..].split_inclusive('\n');
        for line in content.split_inclusive('\n') {
            let Some(source) = rest.next() else { break };
            let text = line.trim_end_matches(['\n', '\r']);
            let Some(indent) = source
                .trim_end_matches(['\n', '\r'])
                .find(text)
                .filter(|_| source.trim_end().ends_with(text.trim_end()))
            else {
                return whole;
            };
            starts.push((at, own.start + (offset + indent) as u32));
            at += line.len() as u32;
            offset += source.len();
        }
        Self { own, starts }
    }

    fn place(&self, span: Span) -> Span {
        let at = |offset: u32| {
            let line = self.starts.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
            let (start, there) = self.starts[line];
            Some(there + (offset - start))
        };
        match (at(span.start), at(span.end)) {
            (Some(start), Some(end)) if start <= end && end <= self.own.end => Span { start, end, ..self.own },
            (Some(start), Some(_)) if start <= self.own.end => Span { start, ..self.own },
            _ => self.own,
        }
    }

    fn relocate(&self, node: &mut Node) {
        node.span = self.place(node.span);
        node.alias_of = node.alias_of.map(|span| self.place(span));
        match &mut node.kind {
            NodeKind::Sequence(items) => items.iter_mut().for_each(|item| self.relocate(item)),
            NodeKind::Mapping(entries) => {
                for entry in entries {
                    entry.key_span = self.place(entry.key_span);
                    self.relocate(&mut entry.value);
                }
            }
            _ => {}
        }
    }
}

/// How a text is written.
pub(super) fn style(node: &Node) -> Style {
    match &node.kind {
        NodeKind::String(scalar) => scalar.style,
        _ => Style::Plain,
    }
}
