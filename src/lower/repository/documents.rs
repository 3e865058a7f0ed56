//! Documents: plans, policies, procedures. Never graded; only what can be told from outside is
//! told: title, headings, and whether a template was filled in.

use std::sync::LazyLock;

use regex::Regex;

use super::entity;
use crate::{
    model::Entity,
    source::{FileId, Span},
    value::{ByName, Object, Origin, OriginStep, Origins, Value},
};

/// What a template leaves to be filled in.
#[allow(clippy::unwrap_used)] // a literal, and tested
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x) \b(?:TODO|TBD|TBC|FIXME|XXX)\b
        | <(?i:your|company|insert|name|team|organi[sz]ation|date|phone|e-?mail)\b[^<>\n]*>
        | \[(?i:your|company|insert|organi[sz]ation|name\ of)\b[^\[\]\n]*\]
        | \{\{[^{}\n]*\}\}",
    )
    .unwrap()
});

/// Whether a file is a document.
pub(super) fn is_document(path: &str) -> bool {
    [".md", ".adoc", ".rst"].iter().any(|ending| path.to_ascii_lowercase().ends_with(ending))
}

/// A document as an entity.
pub(super) fn lower(id: FileId, path: &str, text: &str) -> Entity {
    let (mut headings, mut placeholders) = (Vec::new(), Vec::new());
    let (mut start, mut in_code) = (front_matter(text), false);
    let mut before: Option<(&str, usize)> = None;
    for line in text[start..].split_inclusive('\n') {
        let said = line.trim_end();
        if said.trim_start().starts_with("```") || said.trim_start().starts_with("~~~") {
            in_code = !in_code;
        }
        if !in_code {
            // A heading has its sign in front, or a line of signs below it.
            match before.filter(|(above, _)| is_rule(said, above)) {
                Some((above, at)) => headings.push(place(above, id, at)),
                None => headings.extend(title_in(said).map(|title| {
                    let at = start + said.find(title).unwrap_or(0);
                    place(title, id, at)
                })),
            }
            placeholders.extend(
                PLACEHOLDER
                    .find_iter(said)
                    .filter(|found| !is_link(said, found.end()))
                    .map(|found| place(found.as_str(), id, start + found.start())),
            );
        }
        before = Some((said.trim(), start + (line.len() - line.trim_start().len()).min(said.len())))
            .filter(|(above, _)| !above.is_empty() && !in_code);
        start += line.len();
    }
    let extent = Span::new(id, 0, text.len());
    let title = headings.first().cloned();
    let anchor = title.as_ref().and_then(|t| t.origins.first()).map_or(Span::new(id, 0, 0), |o| o.anchor);
    let header = Origin::new(anchor, extent, OriginStep::Here);
    let whole = Origins::one(header.clone());
    let fields: ByName<_> = [
        ("path", Value::string(path).with_origins(whole.clone())),
        ("title", title.unwrap_or_else(|| Value::null().with_origins(whole.clone()))),
        ("headings", Value::tuple(headings).with_origins(whole.clone())),
        ("placeholders", Value::tuple(placeholders).with_origins(whole)),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .collect();
    entity("repository.document", path, Object { fields, header: Some(header.clone()), ..Object::default() }, header)
}

/// How long the settings of a page are, which may stand in front of it between two lines of `---`.
fn front_matter(text: &str) -> usize {
    let mut lines = text.split_inclusive('\n').scan(0, |at, line| {
        *at += line.len();
        Some((line.trim_end(), *at))
    });
    if lines.next().is_none_or(|(first, _)| first != "---") {
        return 0;
    }
    lines.find(|(line, _)| *line == "---").map_or(0, |(_, end)| end)
}

fn place(text: &str, file: FileId, at: usize) -> Value {
    Value::string(text).with_origins(Origins::one(Origin::here(Span::new(file, at, at + text.len()))))
}

/// The title that a line is: of Markdown with `#`, of `AsciiDoc` with `=`.
fn title_in(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let rest = if rest.len() == line.len() { line.trim_start_matches('=') } else { rest };
    let signs = line.len() - rest.len();
    let title = rest.strip_prefix(' ')?.trim().trim_end_matches('#').trim_end();
    ((1..=6).contains(&signs) && !title.is_empty()).then_some(title)
}

/// Whether a line is the rule below a heading.
fn is_rule(line: &str, above: &str) -> bool {
    let Some(sign) = line.chars().next().filter(|c| matches!(c, '=' | '-' | '~')) else { return false };
    line.len() >= 3 && line.chars().all(|c| c == sign) && !above.starts_with(['|', '-', '#', '=', '>', '*'])
}

/// `[company site](https://...)` is a link.
fn is_link(line: &str, end: usize) -> bool {
    line[..end].ends_with(']') && line[end..].starts_with(['(', '[', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(entity: &Entity, name: &str) -> Vec<String> {
        let value = entity.body.as_object().unwrap().get(name).unwrap();
        value.as_list().unwrap().items.iter().filter_map(Value::as_str).map(str::to_string).collect()
    }

    #[test]
    fn headings_are_found_however_they_are_written() {
        let text = "---\nowner: x\n---\n\n# Incident response #\n\nSeverity\n--------\n\n```\n# no heading\n```\n== Roles\n#none\n";
        let document = lower(FileId(0), "docs/ir.md", text);
        assert_eq!(texts(&document, "headings"), ["Incident response", "Severity", "Roles"]);
        assert_eq!(&text[document.header.anchor.range()], "Incident response");
        let bare = lower(FileId(0), "a.md", "text\n");
        assert!(bare.body.as_object().unwrap().get("title").unwrap().is_null());
        assert!(bare.header.anchor.is_empty());
    }

    #[test]
    fn what_a_template_leaves_open_is_a_placeholder() {
        let text = "Call <your phone> or [Company Name]. TBD\n[company site](https://x) <br> todo {{ owner }}\n`<b>`\n";
        let found = texts(&lower(FileId(0), "a.md", text), "placeholders");
        assert_eq!(found, ["<your phone>", "[Company Name]", "TBD", "{{ owner }}"]);
    }

    #[test]
    fn any_text_is_a_document() {
        for text in ["", "#", "# ", "---", "é\n===\n", "```", "\u{feff}# x\r\n- a\r\n---\r\n"] {
            let _ = lower(FileId(0), "a.md", text);
        }
    }
}
