//! `${{ ... }}`: where expressions stand in a text, and what they refer to.
//!
//! Expressions are not evaluated: the runner does that. They are holes in texts whose other parts
//! are known, and each knows its own place in the file, also inside of a script.

use std::{ops::Range, sync::Arc};

use ecow::EcoString;

use crate::{
    source::{SourceMap, Span},
    syntax::node::{Scalar, Style},
    value::{ByName, Hole, Object, Origin, Origins, Part, Repr, Text, Unknown, Value, Why, WhyKind},
};

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What stands between `${{` and `}}`, trimmed.
    pub text: EcoString,
    /// As it stands in the file.
    pub written: EcoString,
    /// Its place.
    pub origin: Origin,
    /// The keys that lead to it: `run`, `with.script`.
    pub field: EcoString,
}

/// What makes values of the strings of a workflow.
pub fn texts(sources: &SourceMap) -> impl Fn(&Scalar, Span) -> Value + '_ {
    move |scalar, span| Repr::String(text(scalar, span, sources.text(span))).into()
}

/// A string with its expressions as holes. `raw` is what the file has at `span`.
fn text(scalar: &Scalar, span: Span, raw: &str) -> Text {
    let found = find(&scalar.text);
    if found.is_empty() {
        return Text::Whole(scalar.text.clone());
    }
    let places = places(&scalar.text, &found, raw, scalar.style);
    let mut parts = Vec::new();
    let mut end = 0;
    for (i, range) in found.iter().enumerate() {
        parts.push(Part::Known(scalar.text[end..range.start].into()));
        let written: EcoString = scalar.text[range.clone()].into();
        let place = places.get(i).map_or(span, |place| {
            let start = span.start as usize;
            Span::new(span.file, start + place.start, start + place.end)
        });
        let why = Why::new(WhyKind::PipelineExpression, written.clone());
        let unknown = Arc::new(Unknown::because(why));
        parts.push(Part::Hole(Hole { unknown, written, span: Some(place) }));
        end = range.end;
    }
    parts.push(Part::Known(scalar.text[end..].into()));
    Text::from_parts(parts)
}

/// Where the expressions of a text stand in the way the file writes it; empty if that cannot be
/// told, as when one is spelled with escapes.
fn places(text: &str, found: &[Range<usize>], raw: &str, style: Style) -> Vec<Range<usize>> {
    // The line with the indicator of a block may end in a comment.
    let mut at = match style {
        Style::Literal | Style::Folded => raw.find('\n').unwrap_or(0),
        Style::Plain | Style::Quoted => 0,
    };
    let doubled = raw.starts_with('\'') && style == Style::Quoted;
    let mut places = Vec::new();
    while let Some(start) = raw[at..].find("${{").map(|i| i + at) {
        let as_it_is = found.get(places.len()).map(|range| &text[range.clone()]);
        let end = match as_it_is {
            Some(written) if raw[start..].starts_with(written) => Some(start + written.len()),
            _ => end_of(raw, start, doubled),
        };
        let Some(end) = end else { break };
        places.push(start..end);
        at = end;
    }
    if places.len() == found.len() { places } else { Vec::new() }
}

/// The expressions of a text, with their braces. One that is not closed is none.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("${{").map(|i| i + at) {
        let Some(end) = end_of(text, start, false) else { break };
        found.push(start..end);
        at = end;
    }
    found
}

/// Where the expression that begins at `start` ends: braces in its strings do not close it.
/// `doubled`: the text is written in single quotes, so that each quote in it is two.
fn end_of(text: &str, start: usize, doubled: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut in_string = false;
    let mut i = start + "${{".len();
    while i < bytes.len() {
        match bytes[i] {
            b'\'' => {
                in_string = !in_string;
                i += usize::from(doubled);
            }
            b'}' if !in_string && bytes.get(i + 1) == Some(&b'}') => return Some(i + 2),
            _ => {}
        }
        i += 1;
    }
    None
}

/// What stands between the braces of an expression.
pub fn inner(written: &str) -> &str {
    written.trim().strip_prefix("${{").and_then(|t| t.strip_suffix("}}")).unwrap_or(written).trim()
}

/// The hole, if the text is one expression and nothing else.
pub fn whole(text: &Text) -> Option<&Hole> {
    let Text::Holed(parts) = text else { return None };
    match &parts[..] {
        [Part::Hole(hole)] => Some(hole),
        _ => None,
    }
}

/// The expressions in a part of a workflow, in order. `if` of the job or step, and of the steps in
/// it, is one without braces too.
pub fn collect(value: &Value) -> Vec<Expression> {
    let mut out = Vec::new();
    walk(value, "", &mut out);
    out
}

fn walk(value: &Value, field: &str, out: &mut Vec<Expression>) {
    match &value.repr {
        Repr::String(text) => {
            let bare = matches!(field, "if" | "steps.if").then(|| text.as_str()).flatten();
            // The last place is the text itself; those before are what it came through.
            if let (Some(text), Some(origin)) = (bare, value.origins.iter().last().cloned()) {
                out.push(Expression { text: text.trim().into(), written: text.into(), origin, field: field.into() });
            }
            for hole in text.holes() {
                let Some(span) = hole.span else { continue };
                out.push(Expression {
                    text: inner(&hole.written).into(),
                    written: hole.written.clone(),
                    origin: Origin::here(span),
                    field: field.into(),
                });
            }
        }
        Repr::List(list) => list.items.iter().for_each(|item| walk(item, field, out)),
        Repr::Object(object) => {
            for (key, value) in &object.fields {
                let path = if field.is_empty() { key.clone() } else { ecow::eco_format!("{field}.{key}") };
                walk(value, &path, out);
            }
        }
        _ => {}
    }
}

impl Expression {
    /// As rules see it: `text`, `written`, `field`, `references`.
    pub fn value(&self) -> Value {
        let here = Origins::one(self.origin.clone());
        let string = |text: &str| Value::string(text).with_origins(here.clone());
        let references = references(&self.text).iter().map(|r| string(r)).collect();
        let fields: ByName<Value> = [
            ("text".into(), string(&self.text)),
            ("written".into(), string(&self.written)),
            ("field".into(), string(&self.field)),
            ("references".into(), Value::tuple(references).with_origins(here.clone())),
        ]
        .into_iter()
        .collect();
        let object = Object { fields, header: Some(self.origin.clone()), ..Object::default() };
        Value::from_object(object).with_origins(here)
    }
}

/// What an expression reads: `github.event.issue.title`, `secrets.TOKEN`, in order.
///
/// `a['b']` is `a.b`; an index that is not a literal is `*`. The names of contexts are in lower
/// case, because the runner does not tell cases apart.
pub fn references(expression: &str) -> Vec<EcoString> {
    let mut out = Vec::new();
    let mut rest = expression;
    let mut after_value = false;
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            rest = quoted(rest).1;
            after_value = false;
        } else if c.is_ascii_alphabetic() || c == '_' {
            let (name, behind) = word(rest);
            let (path, behind) = chain(name.to_ascii_lowercase(), behind);
            let is_call = path.len() == name.len() && behind.trim_start().starts_with('(');
            let is_literal = matches!(path.as_str(), "true" | "false" | "null" | "nan" | "infinity");
            if !is_call && !is_literal {
                out.push(path.into());
            }
            rest = behind;
            after_value = false;
        } else if c == '.' && after_value {
            // A field of what a call gave.
            let (_, behind) = chain(String::new(), rest);
            rest = if behind.len() < rest.len() { behind } else { &rest[1..] };
        } else if c.is_ascii_digit() {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.');
            after_value = false;
        } else {
            after_value = c == ')' || c == ']' || (after_value && c.is_whitespace());
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// A name and what follows it.
pub fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(text.len());
    text.split_at(end)
}

/// A string in single quotes (a quote in it is doubled) and what follows it.
pub fn quoted(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut rest = text.strip_prefix('\'').unwrap_or(text);
    while let Some(end) = rest.find('\'') {
        out.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(behind) => {
                out.push('\'');
                rest = behind;
            }
            None => return (out, rest),
        }
    }
    (out, "")
}

/// The fields behind a name: `.a`, `.*`, `['a']`, `[0]`.
pub fn chain(mut path: String, mut rest: &str) -> (String, &str) {
    loop {
        if let Some(behind) = rest.strip_prefix(".*") {
            path.push_str(".*");
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix('.') {
            let (name, behind) = word(behind);
            if name.is_empty() {
                return (path, rest);
            }
            path.push('.');
            path.push_str(name);
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix('[') {
            let behind = behind.trim_start();
            if behind.starts_with('\'') {
                let (name, after) = quoted(behind);
                path.push('.');
                path.push_str(&name);
                rest = after.trim_start().strip_prefix(']').unwrap_or(after);
                continue;
            }
            path.push_str(".*");
            let Some(end) = behind.find(']') else { return (path, behind) };
            let index = behind[..end].trim();
            if index == "*" || index.bytes().all(|b| b.is_ascii_digit()) {
                rest = &behind[end + 1..];
            } else {
                // The index refers to something itself, and is read next.
                return (path, behind);
            }
        } else {
            return (path, rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_ends_at_braces_outside_of_its_strings() {
        let text = "a ${{ x }} b ${{ format('}}{0}', y) }} ${{ open";
        let found: Vec<&str> = find(text).into_iter().map(|r| &text[r]).collect();
        assert_eq!(found, ["${{ x }}", "${{ format('}}{0}', y) }}"]);
        assert_eq!(inner("${{ github.ref }}"), "github.ref");
    }

    #[test]
    fn references_are_read_from_every_spelling() {
        for (expression, expected) in [
            ("github.event.issue.title", vec!["github.event.issue.title"]),
            ("GitHub['event'].head_commit.message", vec!["github.event.head_commit.message"]),
            ("github.event.commits[0].message", vec!["github.event.commits.*.message"]),
            ("github.event.commits.*.message", vec!["github.event.commits.*.message"]),
            ("matrix[github.ref_name]", vec!["matrix.*", "github.ref_name"]),
            ("contains(github.ref, 'secrets.X') && secrets.TOKEN != ''", vec!["github.ref", "secrets.TOKEN"]),
            ("toJSON(github)", vec!["github"]),
            ("fromJSON(needs.plan.outputs.list).first || true", vec!["needs.plan.outputs.list"]),
            ("steps.set-up.outputs.a-b == 1.5", vec!["steps.set-up.outputs.a-b"]),
            ("'it''s github.x'", vec![]),
            ("success()", vec![]),
            ("a[", vec!["a.*"]),
            ("a['", vec!["a."]),
            ("..", vec![]),
        ] {
            assert_eq!(references(expression), expected, "{expression}");
        }
    }
}
