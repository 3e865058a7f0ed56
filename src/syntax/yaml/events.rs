//! The parser's events to one flat list of nodes a document, with the spans we want.

use std::collections::HashMap;

use ecow::EcoString;
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span as EventSpan, StructureStyle, Tag};

use super::Parsed;
use crate::{
    source::{Diagnostic, DiagnosticKind, FileId, Span},
    syntax::node::{Comment, Style},
};

/// A node before aliases are unfolded. Children follow their parent; `next` is the index behind
/// the last of them, so that a whole branch can be skipped, or built twice.
#[derive(Debug)]
pub(super) struct Raw {
    pub kind: RawKind,
    pub span: Span,
    pub tag: RawTag,
    pub next: usize,
}

/// What a node is, in the parser's terms.
#[derive(Debug)]
pub(super) enum RawKind {
    /// `empty`: nothing was written.
    Scalar {
        text: EcoString,
        style: Style,
        empty: bool,
    },
    Sequence,
    /// Children are keys and values by turns.
    Mapping,
    /// Stands for the node of this index.
    Alias(usize),
}

/// A tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RawTag {
    None,
    /// `!`: a string, whatever it looks like.
    String,
    /// A tag of the core schema without its prefix: `str`, `int`, `map`.
    Core(EcoString),
    /// Any other, as written.
    Other(EcoString),
}

/// So many broken documents of a file are named one by one.
const MAX_ERRORS: usize = 20;

struct Frame {
    at: usize,
    block: bool,
    last_end: u32,
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    raw: Vec<Raw>,
    open: Vec<Frame>,
    anchors: HashMap<usize, usize>,
    /// Where the last token ended, comments aside.
    last_end: usize,
    /// Where the text ends, blanks aside.
    written: usize,
}

/// Reads all documents, hands each one that is whole to `document`, and collects comments and errors.
pub(super) fn read(file: FileId, text: &str, parsed: &mut Parsed, mut document: impl FnMut(&[Raw], &mut Parsed)) {
    let options = granit_parser::options! {
        // Long comments between a key and its value are common in generated files.
        max_buffered_comment_events: usize::MAX,
        // As libyaml, and so as kubectl reads a file without a newline at its end.
        block_scalar_eof_without_line_feed: true,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader {
        file,
        text,
        raw: Vec::new(),
        open: Vec::new(),
        anchors: HashMap::new(),
        last_end: 0,
        written: text.trim_end().len(),
    };
    let mut errors = 0;
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((Event::Comment(..), span))) => parsed.comments.push(Comment { span: reader.span(&span) }),
            Some(Ok((Event::DocumentEnd, _))) => {
                document(&reader.raw, parsed);
                reader.reset();
            }
            Some(Ok((event, span))) => reader.event(event, &span),
            Some(Err(error)) => {
                errors += 1;
                if errors <= MAX_ERRORS {
                    parsed.diagnostics.push(reader.error(&error));
                }
                reader.reset();
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
}

impl Reader<'_> {
    fn reset(&mut self) {
        self.raw.clear();
        self.open.clear();
        self.anchors.clear();
    }

    fn span(&self, span: &EventSpan) -> Span {
        let range = span.byte_range().unwrap_or(0..0);
        Span::new(self.file, range.start, range.end.max(range.start))
    }

    fn event(&mut self, event: Event<'_>, at: &EventSpan) {
        let span = self.span(at);
        let anchor = event.anchor_id();
        match event {
            Event::Scalar(text, style, _, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                let (span, empty) = match style {
                    Style::Plain if span.is_empty() => (self.nothing(span), true),
                    Style::Literal | Style::Folded => (self.block_scalar(span), false),
                    _ => (span, false),
                };
                let text = if empty { EcoString::new() } else { EcoString::from(&*text) };
                self.add(RawKind::Scalar { text, style, empty }, span, raw_tag(tag.as_deref()), anchor);
            }
            Event::SequenceStart(style, _, tag) => {
                let span = self.sequence_start(span);
                self.enter(RawKind::Sequence, span, style, raw_tag(tag.as_deref()), anchor);
            }
            Event::MappingStart(style, _, tag) => {
                self.enter(RawKind::Mapping, span, style, raw_tag(tag.as_deref()), anchor);
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(span),
            Event::Alias(id) => {
                // The parser refuses names without an anchor.
                if let Some(target) = self.anchors.get(&id).copied() {
                    self.add(RawKind::Alias(target), span, RawTag::None, None);
                }
            }
            _ => {}
        }
        self.last_end = self.last_end.max(span.end as usize);
    }

    fn add(&mut self, kind: RawKind, span: Span, tag: RawTag, anchor: Option<usize>) {
        let at = self.raw.len();
        self.raw.push(Raw { kind, span, tag, next: at + 1 });
        if let Some(id) = anchor {
            self.anchors.insert(id, at);
        }
        if let Some(frame) = self.open.last_mut() {
            frame.last_end = frame.last_end.max(span.end);
        }
    }

    fn enter(&mut self, kind: RawKind, span: Span, style: StructureStyle, tag: RawTag, anchor: Option<usize>) {
        let at = self.raw.len();
        self.add(kind, span, tag, anchor);
        self.open.push(Frame { at, block: style == StructureStyle::Block, last_end: span.end });
    }

    /// A block collection ends with its last child, not where the next token begins.
    fn leave(&mut self, span: Span) {
        let Some(frame) = self.open.pop() else { return };
        let next = self.raw.len();
        let end = if frame.block { frame.last_end } else { span.end };
        if let Some(raw) = self.raw.get_mut(frame.at) {
            raw.next = next;
            raw.span.end = end;
        }
        if let Some(parent) = self.open.last_mut() {
            parent.last_end = parent.last_end.max(end);
        }
    }

    /// Where a value would stand that is not there: the parser says before the colon.
    fn nothing(&self, span: Span) -> Span {
        let at = span.start as usize;
        let rest = self.text.get(at..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start_matches(' ').len();
        if rest[blank..].starts_with(':') { Span::new(self.file, at + blank + 1, at + blank + 1) } else { span }
    }

    /// From the indicator to the last character of the text; the parser gives the text with the
    /// line breaks behind it.
    fn block_scalar(&self, span: Span) -> Span {
        let end = span.end as usize;
        let start = self.indicator(end).unwrap_or(span.start as usize);
        let text = self.text.get(start..end).unwrap_or_default();
        Span::new(self.file, start, start + text.trim_end().len())
    }

    /// The `|` or `>` of a block scalar whose text ends at `end`.
    fn indicator(&self, end: usize) -> Option<usize> {
        self.find_ahead(end, b"|>")
    }

    /// A sequence that is no deeper than its key begins, to the parser, behind its first dash.
    fn sequence_start(&self, span: Span) -> Span {
        let in_mapping = self.open.last().is_some_and(|frame| matches!(self.raw[frame.at].kind, RawKind::Mapping));
        let dash = if in_mapping { self.find_ahead(span.start as usize, b"-") } else { None };
        Span { start: dash.map_or(span.start, |at| at as u32), ..span }
    }

    /// The first of these signs between the last token and `end`. What may stand before it is
    /// blank, `:`, `-` or `?`, a tag, an anchor, comments.
    fn find_ahead(&self, end: usize, signs: &[u8]) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let until =
            |from: usize, stop: fn(&u8) -> bool| bytes[from..end].iter().position(stop).map_or(end, |n| from + n);
        let mut at = self.last_end;
        while at < end {
            match bytes[at] {
                byte if signs.contains(&byte) => return Some(at),
                b'#' => at = until(at, |b| *b == b'\n'),
                b'!' | b'&' => at = until(at, u8::is_ascii_whitespace),
                _ => at += 1,
            }
        }
        None
    }

    fn error(&self, error: &ScanError) -> Diagnostic {
        let marker = error.marker();
        let at = marker.byte_offset().or_else(|| self.text.char_indices().nth(marker.index()).map(|(i, _)| i));
        // What is missing at the end is shown where the text ends, not on an empty line.
        let mut at = at.unwrap_or(self.written).min(self.written);
        let message = sentence(error.kind());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let width = self.text[at..].chars().next().filter(|c| !c.is_whitespace()).map_or(0, char::len_utf8);
        let span = Span::new(self.file, at, at + width);
        let line = self.text[at..].lines().next().unwrap_or_default();
        let before = self.text[..at].rfind('\n').map_or(0, |n| n + 1);
        let templated = self.text[before..at].contains("{{") || line.contains("{{");
        let diagnostic = Diagnostic::error(DiagnosticKind::Input, message, span);
        match advice(error.kind(), templated) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

fn raw_tag(tag: Option<&Tag>) -> RawTag {
    let Some(tag) = tag else { return RawTag::None };
    if let Some(suffix) = tag.core_suffix() {
        return RawTag::Core(suffix.into());
    }
    match tag.original() {
        written if written == "!" => RawTag::String,
        written => RawTag::Other(written.into()),
    }
}

/// The parser's words, as the end of a sentence of ours.
fn sentence(kind: &ErrorKind) -> String {
    let what = match kind {
        ErrorKind::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
        ErrorKind::UnknownAnchor => "this alias has no anchor before it".to_owned(),
        ErrorKind::UnclosedQuotedScalar => "a quoted text is never closed".to_owned(),
        ErrorKind::UnclosedFlowCollection { open } => format!("`{open}` is never closed"),
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            "a tab stands where only spaces may".to_owned()
        }
        other => other.to_string(),
    };
    format!("this YAML document does not parse: {what}")
}

fn advice(kind: &ErrorKind, templated: bool) -> Option<&'static str> {
    if templated {
        return Some("this looks like a template; only the YAML that it renders to can be checked");
    }
    Some(match kind {
        ErrorKind::RecursionLimitExceeded => "nesting deeper than 255 levels is not read",
        ErrorKind::UnknownAnchor => "define the anchor (`&name`) above, or quote a text that begins with `*`",
        ErrorKind::UnexpectedCharacter { .. } => "quote a text that begins with this character",
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            "indent with spaces"
        }
        ErrorKind::MappingValueNotAllowed => "quote a text with `: ` in it, or check the indentation of this line",
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::InvalidIndentation => "check the indentation and the colons of this line and the one before",
        _ => return None,
    })
}
