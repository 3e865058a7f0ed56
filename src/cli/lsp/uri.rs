//! Files as editors name them: `file:///home/me/a%20b.tf`.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use lsp_types::Uri;
use percent_encoding::percent_decode_str;

use crate::cli::links;

/// The file of a URI; none if it is no file on this machine.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let path = match rest.strip_prefix("localhost") {
        Some(path) => path,
        None => rest,
    };
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    if !decoded.starts_with('/') {
        return None;
    }
    // `file:///c:/x`
    let drive = decoded.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(if cfg!(windows) && drive { &decoded[1..] } else { &decoded }))
}

/// The URI of a file.
pub(super) fn of(path: &Path) -> Option<Uri> {
    Uri::from_str(&links::file(path)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_encodes_is_the_same_file() {
        let named = |uri: &str| path(&Uri::from_str(uri).unwrap()).map(|p| p.to_string_lossy().into_owned());
        assert_eq!(named("file:///a/b%20c/%C3%A9.tf").as_deref(), Some("/a/b c/é.tf"));
        assert_eq!(named("file://localhost/a.tf").as_deref(), Some("/a.tf"));
        assert_eq!(named("untitled:Untitled-1"), None);
        assert_eq!(named("file://server/share/a.tf"), None);
    }

    #[test]
    fn there_and_back_again() {
        for text in ["/a/b c/é#?%.tf", "/x/[y]/@z+1.yaml"] {
            assert_eq!(path(&of(Path::new(text)).unwrap()).as_deref(), Some(Path::new(text)));
        }
        assert_eq!(of(Path::new("/a b/c.tf")).unwrap().as_str(), "file:///a%20b/c.tf");
    }
}
