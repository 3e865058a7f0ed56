//! Settings of Renovate outside of a JSON file of their own: in JSON5, and in `package.json`.

use std::borrow::Cow;

use super::entity;
use crate::{
    lower::yaml::{YamlFile, value},
    model::Entity,
    source::{FileId, SourceMap},
    value::{Object, Origin, OriginStep},
};

/// Whether a file is read as JSON5: JSON with comments, bare keys and commas at the end.
pub fn is_json5(path: &str) -> bool {
    path.ends_with(".json5") || path.ends_with(".renovaterc")
}

/// A text with its `//` and `/* */` comments and its tabs blanked out, everything else in its place. What is left
/// of JSON5 is YAML.
pub fn without_comments(text: &str) -> Cow<'_, str> {
    let mut out = text.as_bytes().to_vec();
    let (mut at, mut quote) = (0, None);
    while at < out.len() {
        match (quote, out[at], out.get(at + 1)) {
            (Some(_), b'\\', _) => at += 1,
            (Some(open), byte, _) if byte == open || byte == b'\n' => quote = None,
            (None, byte @ (b'"' | b'\''), _) => quote = Some(byte),
            (None, b'\t', _) => out[at] = b' ',
            (None, b'/', Some(b'/')) => {
                let end = out[at..].iter().position(|b| *b == b'\n').map_or(out.len(), |n| at + n);
                out[at..end].fill(b' ');
                at = end;
                continue;
            }
            (None, b'/', Some(b'*')) => {
                let end = memchr::memmem::find(&out[at + 2..], b"*/").map_or(out.len(), |n| at + 2 + n + 2);
                out[at..end].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
                at = end;
                continue;
            }
            // Within a text, or nothing of interest.
            _ => {}
        }
        at += 1;
    }
    // Only whole comments and single bytes of ASCII were overwritten.
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The `renovate` key of `package.json`.
pub(super) fn of_package(file: &YamlFile) -> Option<Entity> {
    let entry = file.documents.first()?.root.entry("renovate")?;
    let settings = value(&entry.value);
    let header = Origin::new(entry.key_span, entry.key_span.to(entry.value.span), OriginStep::Here);
    let object = Object { header: Some(header.clone()), ..settings.as_object()?.clone() };
    Some(entity("renovate", &format!("{}#renovate", file.path), object, header))
}

/// Whether `package.json` has that key, told from its text.
pub(super) fn is_in_package(paths: &[(FileId, &str)], sources: &SourceMap) -> bool {
    let text = paths.iter().find(|(_, path)| *path == "package.json").map(|(id, _)| &*sources.file(*id).text);
    let read = text.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    read.is_some_and(|package| package.get("renovate").is_some_and(serde_json::Value::is_object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_blanked_and_everything_else_keeps_its_place() {
        let text = "{ // a 'b\n\textends: ['x//y', \"a\\\"//\"], /* é\n */ b: 1, }\n";
        let plain = without_comments(text);
        assert_eq!(plain.len(), text.len());
        assert_eq!(plain.find("['x//y', \"a\\\"//\"]"), text.find("['x//y'"));
        assert!(!plain.contains("'b") && !plain.contains('é') && !plain.contains('\t'), "{plain}");
        for odd in ["/", "/*", "//", "'", "\"\\", "/* é", ""] {
            assert_eq!(without_comments(odd).len(), odd.len());
        }
    }
}
