//! Attributes that must be written out: texts, lists of texts, words of a set.

use crate::{
    rule::file::{Section, choices, mistake},
    source::{Diagnostic, Span},
    syntax::hcl::{Expr, ExprKind, ObjectKey},
};

/// The text of an attribute, trimmed; none if it is missing or wrong, which is reported.
pub fn text(section: &Section, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    let expr = section.get(name)?;
    let text = plain_text(expr, name, diagnostics)?;
    if text.trim().is_empty() {
        diagnostics.push(mistake(format!("`{name}` is empty"), expr.span));
        return None;
    }
    Some(text.trim().to_string())
}

/// The same for an attribute that must be there.
pub fn required(section: &Section, name: &str, what: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    missing(section, name, what, diagnostics);
    text(section, name, diagnostics)
}

/// Reports an attribute that is not there; whether it is.
pub fn missing(section: &Section, name: &str, what: &str, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let absent = section.get(name).is_none();
    if absent {
        diagnostics.push(mistake(format!("{} has no `{name}`", section.name()), section.header()).help(what));
    }
    absent
}

/// The text of an expression that is one.
pub fn plain_text(expr: &Expr, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    match &expr.kind {
        ExprKind::String(text) => Some(text.to_string()),
        ExprKind::Template(_) => {
            diagnostics.push(
                mistake(format!("`{name}` must be a plain text, without `${{}}`"), expr.span)
                    .help("For a literal `${` write `$${`."),
            );
            None
        }
        _ => {
            diagnostics.push(mistake(format!("`{name}` must be a text in quotes"), expr.span));
            None
        }
    }
}

/// A list of texts, each with its place. A single text counts as a list of one.
pub fn texts(section: &Section, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<(String, Span)> {
    let Some(expr) = section.get(name) else { return Vec::new() };
    let items = match &expr.kind {
        ExprKind::Array(items) => items.as_slice(),
        _ => std::slice::from_ref(expr),
    };
    items.iter().filter_map(|e| Some((plain_text(e, name, diagnostics)?, e.span))).collect()
}

/// A word of a set.
pub fn word<T: Copy>(
    section: &Section,
    name: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    let written = text(section, name, diagnostics)?;
    let found = all.iter().copied().find(|v| as_str(*v) == written);
    if found.is_none() {
        let words: Vec<&str> = all.iter().map(|v| as_str(*v)).collect();
        let span = section.get(name).map_or(section.header(), |e| e.span);
        diagnostics.push(mistake(format!("`{written}` is not a {name}"), span).help(choices(
            &written,
            words.iter().copied(),
            "It is one of",
        )));
    }
    found
}

/// The elements of an object whose keys are written out.
pub fn entries<'a>(expr: &'a Expr, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<(String, Span, &'a Expr)> {
    let ExprKind::Object(elements) = &expr.kind else {
        diagnostics.push(mistake(format!("`{name}` must be an object: `{name} = {{ ... }}`"), expr.span));
        return Vec::new();
    };
    let mut out: Vec<(String, Span, &Expr)> = Vec::new();
    for (key, value) in elements {
        let text = match key {
            ObjectKey::Name(name) => name.text.to_string(),
            ObjectKey::Expr(Expr { kind: ExprKind::String(text), .. }) => text.to_string(),
            ObjectKey::Expr(other) => {
                diagnostics.push(mistake(format!("a key of `{name}` must be written out"), other.span));
                continue;
            }
        };
        out.push((text, key.span(), value));
    }
    out
}

/// Whether a text begins like a sentence and ends in a full stop; if not, what is wrong.
pub fn sentence_fault(text: &str) -> Option<&'static str> {
    let begins = text.trim_start_matches(['`', '"', '(']).chars().next();
    // A name in code (`kms_key_id` ...) may begin a sentence as it is spelled.
    let code = text.starts_with('`');
    if !code && begins.is_none_or(char::is_lowercase) {
        return Some("must begin with a capital letter");
    }
    if !text.ends_with('.') {
        return Some("must end in a full stop");
    }
    if text.split_whitespace().count() < 3 {
        return Some("must be a whole sentence");
    }
    None
}

/// Prose as paragraphs: the lines of a paragraph are joined, those of a list or of code are kept.
pub fn paragraphs(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let kept = line.trim().is_empty() || line.starts_with([' ', '-', '*', '\t']);
        if out.is_empty() || kept || out.ends_with('\n') {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(line.trim_end());
            if line.trim().is_empty() {
                out.push('\n');
            }
        } else {
            out.push(' ');
            out.push_str(line.trim());
        }
    }
    out.trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_paragraph_are_joined_and_lists_are_kept() {
        assert_eq!(paragraphs("One\ntwo.\n\nThree:\n- a\n- b\n"), "One two.\n\nThree:\n- a\n- b");
    }

    #[test]
    fn a_reason_is_a_sentence() {
        assert_eq!(sentence_fault("the data is open."), Some("must begin with a capital letter"));
        assert_eq!(sentence_fault("The data is open"), Some("must end in a full stop"));
        assert_eq!(sentence_fault("Encryption."), Some("must be a whole sentence"));
        assert_eq!(sentence_fault("`acl` opens the bucket."), None);
        assert_eq!(sentence_fault("The data is open."), None);
    }
}
