//! Files as addresses: what a terminal opens, and what an editor calls them.

use std::path::Path;

use crate::report::place;

/// `file:///home/me/a%20b.tf`; none if the path is no text.
pub(super) fn file(path: &Path) -> Option<String> {
    let text = path.to_str()?.replace('\\', "/");
    let slash = if text.starts_with('/') { "" } else { "/" };
    Some(format!("file://{slash}{}", place::encoded(&text)))
}

/// Where the files below a directory are, if the terminal follows links.
pub(super) fn of_terminal(root: &Path) -> Option<String> {
    if !supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout) {
        return None;
    }
    Some(file(&std::fs::canonicalize(root).ok()?)?.trim_end_matches('/').to_string())
}
