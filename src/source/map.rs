//! The texts that were read, and the one place where bytes become lines and columns.

use std::sync::{Arc, OnceLock};

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
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    /// A file from its path and text.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>, bom: bool) -> Self {
        Self { path: path.into(), text: text.into(), bom, line_starts: OnceLock::new() }
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
        self.position(file, offset, |text| text.chars().count())
    }

    /// The same with the column in UTF-16 code units, as SARIF and editors count.
    pub fn line_column_utf16(&self, file: FileId, offset: u32) -> LineColumn {
        self.position(file, offset, |text| text.encode_utf16().count())
    }

    fn position(&self, file: FileId, offset: u32, width: impl Fn(&str) -> usize) -> LineColumn {
        let file = self.file(file);
        let offset = (offset as usize).min(file.text.len());
        let starts = file.line_starts();
        let line = starts.partition_point(|s| *s as usize <= offset) - 1;
        let start = starts[line] as usize;
        let column = file.text.get(start..offset).map_or(0, width);
        LineColumn { line: line as u32 + 1, column: column as u32 + 1 }
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
