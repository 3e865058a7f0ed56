//! The source map as the diagnostics library sees it, made fit for a terminal.
//!
//! What is checked was written by anybody: a text may hold escape sequences that take over the
//! terminal, or characters that turn the direction of writing, and one line may be a megabyte of
//! JSON. The first two are shown as marks of the same length, so that offsets stay right; of a long
//! line, only what surrounds the label is shown.

use std::{borrow::Cow, cell::OnceCell, ops::Range};

use codespan_reporting::{
    diagnostic::{Label, LabelStyle},
    files::{Error, Files},
};

use super::place;
use crate::source::{FileId, SourceMap, Span};

/// A longer line is shown in part.
const LONGEST_LINE: usize = 240;
/// How much of a long line is shown before a label.
const BEFORE: usize = 60;
/// How much of it is shown from the start of a label on.
const AFTER: usize = 120;
/// Stands for what is left out of a line.
const LEFT_OUT: char = '…';

/// All texts of a run, shared by all diagnostics.
pub(super) struct Texts<'a> {
    files: &'a SourceMap,
    /// Where paths lead to, if they are links.
    links: Option<&'a str>,
    /// The texts that had to be changed to be shown, made when they are first asked for.
    shown: Vec<OnceCell<Option<String>>>,
}

/// A file, or a part of one long line of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct View {
    file: FileId,
    part: Option<(u32, u32)>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(files: &'a SourceMap) -> Self {
        Self { files, links: None, shown: vec![OnceCell::new(); files.len()] }
    }

    /// The same with paths that a terminal opens.
    pub(super) fn linked(self, links: Option<&'a str>) -> Self {
        Self { links, ..self }
    }

    /// A label at the first line of a span; none if the span lies in no file.
    pub(super) fn label(&self, style: LabelStyle, span: Span, text: &str) -> Option<Label<View>> {
        let span = place::first_line(self.files, place::fit(self.files, span)?);
        let discreet = self.files.file(span.file).discreet;
        let line = if discreet { span.range() } else { self.line_around(span) };
        if line.len() <= LONGEST_LINE && !discreet {
            let view = View { file: span.file, part: None };
            return Some(Label::new(style, view, span.range()).with_message(one_line(text)));
        }
        let all = &self.files.file(span.file).text;
        let start = place::boundary(all, span.range().start.saturating_sub(BEFORE).max(line.start));
        let end = place::boundary(all, (span.range().start + AFTER).min(line.end));
        let view = View { file: span.file, part: Some((start as u32, end as u32)) };
        let shift = |byte: usize| byte.min(end) - start + LEFT_OUT.len_utf8();
        let range = shift(span.range().start)..shift(span.range().end);
        Some(Label::new(style, view, range).with_message(one_line(text)))
    }

    /// The line in which a span begins.
    fn line_around(&self, span: Span) -> Range<usize> {
        let line = self.files.line_column(span.file, span.start).line;
        let starts = self.files.file(span.file).line_starts();
        let start = starts[line as usize - 1] as usize;
        start..start + self.files.line(span.file, line).len()
    }

    fn known(&self, file: FileId) -> Result<usize, Error> {
        let index = file.0 as usize;
        if index < self.shown.len() { Ok(index) } else { Err(Error::FileMissing) }
    }

    fn text(&self, file: FileId) -> Result<&str, Error> {
        let index = self.known(file)?;
        let text = &*self.files.file(file).text;
        let shown = self.shown[index].get_or_init(|| match harmless(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(changed) => Some(changed),
        });
        Ok(shown.as_deref().unwrap_or(text))
    }

    /// The byte of the file that a byte of a view stands for.
    fn byte(view: View, byte: usize) -> u32 {
        view.part.map_or(byte as u32, |(start, _)| start + byte.saturating_sub(LEFT_OUT.len_utf8()) as u32)
    }
}

impl<'a> Files<'a> for Texts<'_> {
    type FileId = View;
    type Name = Cow<'a, str>;
    type Source = Cow<'a, str>;

    fn name(&'a self, view: View) -> Result<Self::Name, Error> {
        self.known(view.file)?;
        let path = self.files.path(view.file);
        Ok(match self.links {
            Some(links) => Cow::Owned(link(&format!("{links}/{}", place::encoded(path)), &one_line(path))),
            None => one_line(path),
        })
    }

    fn source(&'a self, view: View) -> Result<Self::Source, Error> {
        let text = self.text(view.file)?;
        Ok(match view.part {
            None => Cow::Borrowed(text),
            Some((start, end)) => {
                let part = text.get(start as usize..end as usize).unwrap_or("");
                Cow::Owned(format!("{LEFT_OUT}{part}{LEFT_OUT}"))
            }
        })
    }

    fn line_index(&'a self, view: View, byte: usize) -> Result<usize, Error> {
        self.known(view.file)?;
        Ok(match view.part {
            None => self.files.line_column(view.file, byte as u32).line as usize - 1,
            Some(_) => 0,
        })
    }

    fn line_number(&'a self, view: View, line: usize) -> Result<usize, Error> {
        self.known(view.file)?;
        Ok(match view.part {
            None => line + 1,
            Some((start, _)) => self.files.line_column(view.file, start).line as usize,
        })
    }

    fn column_number(&'a self, view: View, _line: usize, byte: usize) -> Result<usize, Error> {
        self.known(view.file)?;
        Ok(self.files.line_column(view.file, Self::byte(view, byte)).column as usize)
    }

    fn line_range(&'a self, view: View, line: usize) -> Result<Range<usize>, Error> {
        self.known(view.file)?;
        if view.part.is_some() {
            return Ok(0..self.source(view)?.len());
        }
        let file = self.files.file(view.file);
        let starts = file.line_starts();
        let start = *starts.get(line).ok_or(Error::LineTooLarge { given: line, max: starts.len() - 1 })? as usize;
        let end = starts.get(line + 1).map_or(file.text.len(), |e| *e as usize);
        Ok(start..end)
    }
}

/// Whether a character does something to a terminal, or to the order of what stands around it.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with marks of equal length for what would do harm.
fn harmless(text: &str) -> Cow<'_, str> {
    let mut rest = text.chars().peekable();
    let mut out = String::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(c) = rest.next() {
        let ends_line = c == '\r' && rest.peek() == Some(&'\n');
        if is_harmful(c) && !matches!(c, '\n' | '\t') && !ends_line {
            out.push_str(&text[done..at]);
            out.push(match c.len_utf8() {
                1 => '?',
                2 => '¿',
                _ => char::REPLACEMENT_CHARACTER,
            });
            done = at + c.len_utf8();
        }
        at += c.len_utf8();
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// Words as one line that does no harm.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mark = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        c if is_harmful(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    Cow::Owned(text.chars().map(mark).collect())
}

/// A link as terminals know it: OSC 8.
fn link(to: &str, text: &str) -> String {
    format!("\x1b]8;;{to}\x1b\\{text}\x1b]8;;\x1b\\")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn what_would_drive_a_terminal_becomes_a_mark_of_equal_length() {
        let text = "a\u{1b}[2Jb\u{9b}c\u{202e}d\te\r\nf\rg";
        let shown = harmless(text);
        assert_eq!(shown, "a?[2Jb¿c\u{fffd}d\te\r\nf?g");
        assert_eq!(shown.len(), text.len());
        assert!(matches!(harmless("é 日本 😀\r\n"), Cow::Borrowed(_)));
        assert_eq!(one_line("a\nb\u{1b}c"), "a b\u{fffd}c");
    }

    #[test]
    fn of_a_long_line_what_surrounds_the_label_is_shown_and_its_column_is_the_real_one() {
        let mut files = SourceMap::default();
        let text = format!("\n{}KEY{}\n", "é".repeat(500), "z".repeat(500));
        let start = text.find("KEY").unwrap();
        let id = files.add(SourceFile::new("a.json", text, false));
        let texts = Texts::new(&files);
        let label = texts.label(LabelStyle::Primary, Span::new(id, start, start + 3), "").unwrap();
        let source = texts.source(label.file_id).unwrap();
        assert_eq!(&source[label.range.clone()], "KEY");
        assert!(source.len() < LONGEST_LINE);
        let at = texts.location(label.file_id, label.range.start).unwrap();
        assert_eq!((at.line_number, at.column_number), (2, 501));
    }

    #[test]
    fn of_a_discreet_file_nothing_but_the_label_is_shown() {
        let mut files = SourceMap::default();
        let file = SourceFile::new("plan.json", "{\"a\":\"open\",\"b\":\"secret\"}", false).discreet();
        let id = files.add(file);
        let texts = Texts::new(&files);
        let label = texts.label(LabelStyle::Primary, Span::new(id, 1, 11), "").unwrap();
        assert_eq!(texts.source(label.file_id).unwrap(), "…\"a\":\"open\"…");
        assert_eq!(texts.location(label.file_id, label.range.start).unwrap().column_number, 2);
    }

    #[test]
    fn a_span_in_no_file_has_no_label() {
        let files = SourceMap::default();
        let texts = Texts::new(&files);
        assert_eq!(texts.label(LabelStyle::Primary, Span::new(FileId::NONE, 0, 1), ""), None);
        assert!(texts.name(View { file: FileId(0), part: None }).is_err());
    }
}
