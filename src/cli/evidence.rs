//! What a report says of what it is about, for whoever reads it later: the repository, the commit, the program.

use std::path::Path;

use super::ci;
use crate::{report::Evidence, source::git};

/// The evidence of a check of `root`, which is at `place` in its repository.
pub(super) fn of(root: &Path, place: &str) -> Evidence {
    let directory = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    let top = directory.ancestors().nth(place.split('/').filter(|s| !s.is_empty()).count()).unwrap_or(&directory);
    let name = || top.file_name().map_or_else(|| top.display().to_string(), |n| n.to_string_lossy().into_owned());
    let commit = git::head(root).map(|head| {
        let changes = if head.is_changed { ", with changes that are not committed" } else { "" };
        format!("commit {} of {}{changes}", head.commit, head.time)
    });
    let part = (!place.is_empty()).then(|| format!("directory {place}"));
    let program = format!("trustlint {}", env!("CARGO_PKG_VERSION"));
    Evidence {
        repository: ci::repository().unwrap_or_else(name),
        lines: part.into_iter().chain(commit).chain([program]).collect(),
    }
}
