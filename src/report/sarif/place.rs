//! Places as SARIF wants them: percent-encoded paths, regions in UTF-16 columns, line hashes.

use std::collections::HashMap;

use serde_sarif::sarif::{ArtifactLocation, Location, Message, PhysicalLocation, Region};

use super::line_hash::line_hashes;
use crate::source::{FileId, SourceMap, Span};

/// The name of the directory that all paths are relative to.
pub const ROOT: &str = "%SRCROOT%";

/// The places of one run's files.
pub struct Places<'a> {
    files: &'a SourceMap,
    hashes: HashMap<FileId, Vec<String>>,
}

impl<'a> Places<'a> {
    /// The places in these files.
    pub fn new(files: &'a SourceMap) -> Self {
        Self { files, hashes: HashMap::new() }
    }

    /// Whether a span lies in one of the files of the tree. What lies out of it, such as a downloaded
    /// module, has no relative address: GitHub would refuse the whole upload.
    pub fn knows(&self, span: Span) -> bool {
        (span.file.0 as usize) < self.files.len() && is_inside(self.files.path(span.file))
    }

    /// The path of a span's file and its first line, to be read by people.
    pub fn name(&self, span: Span) -> String {
        format!("{} line {}", self.files.path(span.file), self.files.line_column(span.file, span.start).line)
    }

    /// A span as a location, with words if there are any.
    pub fn location(&self, span: Span, words: &str) -> Location {
        Location {
            message: (!words.is_empty()).then(|| text(words)),
            physical_location: Some(PhysicalLocation {
                artifact_location: Some(artifact(self.files.path(span.file))),
                region: Some(self.region(span)),
                ..PhysicalLocation::default()
            }),
            ..Location::default()
        }
    }

    /// The text of a span. A trailing line ending is left out, so that the region does not reach
    /// into the next line; a span without text becomes its line.
    fn region(&self, span: Span) -> Region {
        let covered = self.files.text(span).trim_end_matches(['\n', '\r']).len() as u32;
        let start = self.files.line_column_utf16(span.file, span.start);
        if covered == 0 {
            let width = self.files.line(span.file, start.line).encode_utf16().count();
            let width = number(width);
            return Region {
                start_line: Some(start.line.into()),
                start_column: (width > 0).then_some(1),
                end_line: (width > 0).then_some(start.line.into()),
                end_column: (width > 0).then_some(width + 1),
                ..Region::default()
            };
        }
        let end = self.files.line_column_utf16(span.file, span.start + covered);
        Region {
            start_line: Some(start.line.into()),
            start_column: Some(start.column.into()),
            end_line: Some(end.line.into()),
            end_column: Some(end.column.into()),
            ..Region::default()
        }
    }

    /// A span to the letter, for what takes its place: nothing is left out, and an empty one is a place between two
    /// characters.
    pub fn exact(&self, span: Span) -> Region {
        let (start, end) =
            (self.files.line_column_utf16(span.file, span.start), self.files.line_column_utf16(span.file, span.end));
        Region {
            start_line: Some(start.line.into()),
            start_column: Some(start.column.into()),
            end_line: Some(end.line.into()),
            end_column: Some(end.column.into()),
            ..Region::default()
        }
    }

    /// The path of a file.
    pub fn path(&self, span: Span) -> &'a str {
        self.files.path(span.file)
    }

    /// The hash of the line where a span begins.
    pub fn line_hash(&mut self, span: Span) -> String {
        let line = self.files.line_column(span.file, span.start).line as usize;
        let hashes = self.hashes.entry(span.file).or_insert_with(|| {
            let file = self.files.file(span.file);
            line_hashes(&file.text, file.bom)
        });
        hashes.get(line - 1).cloned().unwrap_or_default()
    }
}

/// Whether a path stays below the root.
pub fn is_inside(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && path.split('/').all(|segment| segment != "..")
}

/// A file's path as a relative URI.
pub fn artifact(path: &str) -> ArtifactLocation {
    ArtifactLocation {
        uri: Some(super::super::place::encoded(path)),
        uri_base_id: Some(ROOT.into()),
        ..ArtifactLocation::default()
    }
}

/// A count as SARIF's types hold it.
pub fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A message of plain text.
pub fn text(words: impl Into<String>) -> Message {
    Message { text: Some(words.into()), ..Message::default() }
}

/// A file without a place in it.
pub fn whole_file(path: &str) -> Location {
    Location {
        physical_location: Some(PhysicalLocation {
            artifact_location: Some(artifact(path)),
            ..PhysicalLocation::default()
        }),
        ..Location::default()
    }
}
