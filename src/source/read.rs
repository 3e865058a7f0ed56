//! Bytes to texts.

use std::sync::Arc;

use rayon::prelude::*;

use super::{Diagnostic, DiagnosticKind, SourceFile, SourceMap, tree::Tree};

/// Reads files of a tree, in parallel; their order in the map is that of `paths`.
///
/// What is not text is left out and named in a diagnostic.
pub fn read_all(tree: &dyn Tree, paths: &[Arc<str>]) -> (SourceMap, Vec<Diagnostic>) {
    let mut files = SourceMap::default();
    let diagnostics = read_more(tree, paths, false, &mut files);
    (files, diagnostics)
}

/// Reads further files into a map; `foreign` ones belong to modules that are called, not to what is checked.
pub fn read_more(tree: &dyn Tree, paths: &[Arc<str>], foreign: bool, files: &mut SourceMap) -> Vec<Diagnostic> {
    let read: Vec<Result<SourceFile, Diagnostic>> = paths.par_iter().map(|path| read_one(tree, path)).collect();
    let mut diagnostics = Vec::new();
    for file in read {
        match file {
            Ok(mut file) => {
                file.foreign = foreign;
                files.add(file);
            }
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    diagnostics
}

fn read_one(tree: &dyn Tree, path: &Arc<str>) -> Result<SourceFile, Diagnostic> {
    let fault = |message: String| Diagnostic::about_file(DiagnosticKind::Input, message, path.to_string());
    let bytes = tree.read(path).map_err(|e| fault(format!("this file cannot be read: {e}")))?;
    text(bytes).map(|(text, bom)| SourceFile::new(path.clone(), text, bom)).map_err(fault)
}

/// A file's text without its byte-order mark, or why it is not text.
///
/// # Errors
///
/// One sentence that says what the bytes are instead.
pub fn text(bytes: Vec<u8>) -> Result<(String, bool), String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("this file is UTF-16; save it as UTF-8".into());
    }
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        return Err(format!("this file is binary: there is a zero byte at offset {at}"));
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        format!("this file is not UTF-8: byte 0x{byte:02x} at offset {at}")
    })?;
    let bom = text.starts_with('\u{feff}');
    if bom {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok((text, bom))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::memory::MemoryTree;

    #[test]
    fn what_is_not_text_is_named_and_the_rest_is_read() {
        let tree = MemoryTree::new(
            "t",
            [
                ("a.tf", b"\xef\xbb\xbfa = 1\n".to_vec()),
                ("b.tf", vec![0x61, 0xff]),
                ("c.tf", vec![0xff, 0xfe, 0x61, 0]),
                ("d.tf", vec![0x61, 0]),
            ],
        );
        let (files, diagnostics) = read_all(&tree, &tree.list().files);
        let (_, only) = files.iter().next().expect("one file is text");
        assert_eq!((files.len(), &*only.text, only.bom), (1, "a = 1\n", true));
        let messages: Vec<&str> = diagnostics.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "this file is not UTF-8: byte 0xff at offset 1",
                "this file is UTF-16; save it as UTF-8",
                "this file is binary: there is a zero byte at offset 1",
            ]
        );
    }
}
