//! The source map as the diagnostics library sees it.

use std::ops::Range;

use codespan_reporting::files::{Error, Files};

use crate::source::{FileId, SourceMap};

/// All texts of a run, shared by all diagnostics.
pub(super) struct Texts<'a>(pub(super) &'a SourceMap);

impl<'a> Files<'a> for Texts<'a> {
    type FileId = FileId;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<&'a str, Error> {
        if id.0 as usize >= self.0.len() { Err(Error::FileMissing) } else { Ok(self.0.path(id)) }
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        if id.0 as usize >= self.0.len() { Err(Error::FileMissing) } else { Ok(&self.0.file(id).text) }
    }

    fn line_index(&'a self, id: FileId, byte: usize) -> Result<usize, Error> {
        self.source(id)?;
        Ok(self.0.line_column(id, byte as u32).line as usize - 1)
    }

    fn line_range(&'a self, id: FileId, line: usize) -> Result<Range<usize>, Error> {
        let text = self.source(id)?;
        let starts = self.0.file(id).line_starts();
        let start = *starts.get(line).ok_or(Error::LineTooLarge { given: line, max: starts.len() - 1 })? as usize;
        let end = starts.get(line + 1).map_or(text.len(), |e| *e as usize);
        Ok(start..end)
    }
}
