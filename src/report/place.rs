//! Spans as places that can be shown: what every renderer must agree on.

use crate::source::{FileId, SourceMap, Span};

/// The span as far as it fits its text; none if it lies in no file that was read.
pub(super) fn fit(files: &SourceMap, span: Span) -> Option<Span> {
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
pub(super) fn first_line(files: &SourceMap, span: Span) -> Span {
    let text = files.text(span);
    let line = text.split('\n').next().unwrap_or(text).trim_end();
    Span::new(span.file, span.start as usize, span.start as usize + line.len())
}

/// A place as `path:line:column`.
pub(super) fn locus(files: &SourceMap, span: Span) -> String {
    let at = files.line_column(span.file, span.start);
    format!("{}:{}:{}", files.path(span.file), at.line, at.column)
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
