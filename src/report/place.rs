//! Spans as places that can be shown: what every renderer must agree on.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Finding, RenderOptions};
use crate::source::{FileId, SourceMap, Span, path};

/// What is escaped in a path. A colon is: in the first segment it would end a scheme.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'@')
    .remove(b'=')
    .remove(b',');

/// A path as a part of an address.
pub fn encoded(path: &str) -> String {
    utf8_percent_encode(path, ESCAPED).to_string()
}

/// The span as far as it fits its text; none if it lies in no file that was read.
pub fn fit(files: &SourceMap, span: Span) -> Option<Span> {
    if span.file == FileId::NONE || span.file.0 as usize >= files.len() {
        return None;
    }
    let text = &files.file(span.file).text;
    let end = boundary(text, (span.end as usize).min(text.len()));
    let start = boundary(text, (span.start as usize).min(end));
    Some(Span::new(span.file, start, end))
}

/// The start of the character that a byte belongs to.
pub(super) fn boundary(text: &str, mut byte: usize) -> usize {
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// The span on its first line only: enough to point at, and short enough to print.
pub fn first_line(files: &SourceMap, span: Span) -> Span {
    let text = files.text(span);
    let line = text.split('\n').next().unwrap_or(text).trim_end();
    Span::new(span.file, span.start as usize, span.start as usize + line.len())
}

/// A place as `path:line:column`.
pub(super) fn locus(files: &SourceMap, span: Span) -> String {
    let at = files.line_column(span.file, span.start);
    format!("{}:{}:{}", files.path(span.file), at.line, at.column)
}

/// A place as pipelines and hosts want it: the path from the top of the repository; lines and columns from 1, columns in
/// characters, the end behind the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
}

/// Where a span is, if it is in a file of the repository.
pub(super) fn spot(files: &SourceMap, span: Span, options: &RenderOptions) -> Option<Spot> {
    let span = fit(files, span)?;
    let path = from_top(files.path(span.file), options)?;
    let (start, end) = (files.line_column(span.file, span.start), files.line_column(span.file, span.end));
    Some(Spot { path, line: start.line, column: start.column, end_line: end.line, end_column: end.column })
}

/// The nearest place of a finding that is in a file of the repository.
pub(super) fn of_finding(files: &SourceMap, finding: &Finding, options: &RenderOptions) -> Option<Spot> {
    let labels = &finding.labels;
    let all = std::iter::once(&labels.primary).chain(&labels.others).chain(&labels.calls);
    all.filter(|l| l.span.file == FileId::NONE || !files.is_foreign(l.span.file))
        .find_map(|l| spot(files, l.span, options))
}

/// A path from the top of the repository; none if it leads out of it.
pub(super) fn from_top(of_tree: &str, options: &RenderOptions) -> Option<String> {
    let whole = path::resolve(&options.place, of_tree);
    (!path::is_outside(&whole)).then(|| whole.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    fn files() -> (SourceMap, FileId) {
        let mut files = SourceMap::default();
        let id = files.add(SourceFile::new("a.tf", "é = [\n  1,\n]\n", false));
        (files, id)
    }

    #[test]
    fn a_span_in_no_file_has_no_place() {
        let (files, _) = files();
        assert_eq!(fit(&files, Span::new(FileId::NONE, 0, 1)), None);
        assert_eq!(fit(&files, Span::new(FileId(9), 0, 1)), None);
    }

    #[test]
    fn a_span_is_cut_to_its_text_and_to_whole_characters() {
        let (files, id) = files();
        assert_eq!(fit(&files, Span::new(id, 1, 999)), Some(Span::new(id, 0, 14)));
        assert_eq!(fit(&files, Span { file: id, start: 8, end: 2 }), Some(Span::new(id, 2, 2)));
    }

    #[test]
    fn the_first_line_of_a_span_has_no_blanks_at_its_end() {
        let (files, id) = files();
        assert_eq!(first_line(&files, Span::new(id, 5, 13)), Span::new(id, 5, 6));
        assert_eq!(locus(&files, Span::new(id, 5, 13)), "a.tf:1:5");
    }
}
