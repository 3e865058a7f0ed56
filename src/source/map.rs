//! The texts that were read, and the one place where bytes become lines and columns.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use super::{FileId, Span};

/// A file's path and text.
#[derive(Debug)]
pub struct SourceFile {
    /// The path relative to the root of the tree, with forward slashes.
    pub path: Arc<str>,
    /// The text, UTF-8, without a byte-order mark.
    pub text: Arc<str>,
    /// Whether the file began with a UTF-8 byte-order mark, which is not part of `text`.
    pub bom: bool,
    /// Whether the file is not part of what is checked, but of a module that is called there: downloaded by
    /// `terraform init`, or above the directory that is checked. Nobody mends it in place.
    pub foreign: bool,
    /// Whether of its text only what a label covers may be shown: what stands around it may be secret.
    pub discreet: bool,
    line_starts: OnceLock<Vec<u32>>,
    marks: OnceLock<Vec<Width>>,
}

/// The width of a piece of text.
#[derive(Clone, Copy, Debug, Default)]
struct Width {
    /// In Unicode scalar values.
    chars: u32,
    /// In UTF-16 code units.
    utf16: u32,
}

impl Width {
    fn plus(self, bytes: &[u8]) -> Self {
        let chars = bytes.iter().filter(|b| **b & 0xc0 != 0x80).count() as u32;
        // What takes four bytes takes two units.
        let pairs = bytes.iter().filter(|b| **b >= 0xf0).count() as u32;
        Self { chars: self.chars + chars, utf16: self.utf16 + chars + pairs }
    }

    fn minus(self, other: Self) -> Self {
        Self { chars: self.chars - other.chars, utf16: self.utf16 - other.utf16 }
    }
}

/// A file of one line and thousands of findings would be counted through for each of them: in long
/// lines, columns are counted from marks this many bytes apart.
const MARK: usize = 4096;

impl SourceFile {
    /// A file from its path and text.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>, bom: bool) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            bom,
            foreign: false,
            discreet: false,
            line_starts: OnceLock::new(),
            marks: OnceLock::new(),
        }
    }

    /// The same, to be shown without what stands around a label.
    #[must_use]
    pub fn discreet(mut self) -> Self {
        self.discreet = true;
        self
    }

    /// The offset of each line's first byte. Lines end at `\n`, `\r\n` or a lone `\r`... the last
    /// does not occur in configuration, so only `\n` counts.
    pub fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            std::iter::once(0)
                .chain(self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1))
                .collect()
        })
    }

    /// The width of a range.
    fn width(&self, range: Range<usize>) -> Width {
        let bytes = self.text.as_bytes();
        if range.len() <= MARK {
            return Width::default().plus(&bytes[range]);
        }
        let marks = self.marks.get_or_init(|| {
            let mut marks = vec![Width::default()];
            let mut so_far = Width::default();
            for chunk in bytes.chunks(MARK) {
                so_far = so_far.plus(chunk);
                marks.push(so_far);
            }
            marks
        });
        let up_to = |end: usize| marks[end / MARK].plus(&bytes[end / MARK * MARK..end]);
        up_to(range.end).minus(up_to(range.start))
    }
}

/// A line and a column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line.
    pub line: u32,
    /// The column, in Unicode scalar values unless something else is said.
    pub column: u32,
}

/// All files that were read in one run.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file and names it.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        self.files.push(file);
        FileId(self.files.len() as u32 - 1)
    }

    /// The file that was added under this id.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Whether a file belongs to a module that is called from here, not to what is checked.
    pub fn is_foreign(&self, id: FileId) -> bool {
        self.files.get(id.0 as usize).is_some_and(|f| f.foreign)
    }

    /// All files, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, f)| (FileId(i as u32), f))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether no file was read.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The path of a file.
    pub fn path(&self, id: FileId) -> &str {
        &self.file(id).path
    }

    /// The text that a span covers; empty if the span does not fit the text.
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.range()).unwrap_or("")
    }

    /// The line and column of a byte. An offset past the end counts as the end.
    pub fn line_column(&self, file: FileId, offset: u32) -> LineColumn {
        self.position(file, offset, |width| width.chars)
    }

    /// The same with the column in UTF-16 code units, as SARIF and editors count.
    pub fn line_column_utf16(&self, file: FileId, offset: u32) -> LineColumn {
        self.position(file, offset, |width| width.utf16)
    }

    fn position(&self, file: FileId, offset: u32, column: impl Fn(Width) -> u32) -> LineColumn {
        let file = self.file(file);
        let offset = (offset as usize).min(file.text.len());
        let starts = file.line_starts();
        let line = starts.partition_point(|s| *s as usize <= offset) - 1;
        let column = column(file.width(starts[line] as usize..offset));
        LineColumn { line: line as u32 + 1, column: column + 1 }
    }

    /// The text of a line (counted from 1), without its line ending.
    pub fn line(&self, file: FileId, line: u32) -> &str {
        let file = self.file(file);
        let starts = file.line_starts();
        let Some(&start) = starts.get(line as usize - 1) else { return "" };
        let end = starts.get(line as usize).map_or(file.text.len(), |e| *e as usize);
        file.text[start as usize..end].trim_end_matches(['\n', '\r'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_far_out_in_a_line_is_counted_like_any_other() {
        let text = format!("a\n{}\u{1f600}x", "\u{e9}".repeat(9000));
        let mut files = SourceMap::default();
        let file = files.add(SourceFile::new("a", text.as_str(), false));
        let end = text.len() as u32 - 1;
        assert_eq!(files.line_column(file, end), LineColumn { line: 2, column: 9002 });
        assert_eq!(files.line_column_utf16(file, end), LineColumn { line: 2, column: 9003 });
    }
}
