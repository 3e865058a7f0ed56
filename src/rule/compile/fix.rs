//! `fix`: checked, and put into words.

use ecow::EcoString;

use super::{
    Edit, Fix, literals,
    names::{Names, Used},
};
use crate::{
    rule::file::{Section, choices, mistake},
    source::Diagnostic,
    syntax::hcl::{Expr, ExprKind},
};

const SAFETIES: [&str; 3] = ["safe", "unsafe", "manual"];

/// A fix of a rule whose text is `source`.
pub(super) fn fix(
    section: &Section,
    source: &str,
    kinds: &[EcoString],
    names: Names<'_>,
    used: &mut Used,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Fix> {
    for label in &section.block.labels {
        if !kinds.contains(&label.text) {
            diagnostics.push(mistake(format!("the rule does not match `{}`", label.text), label.span).help(choices(
                &label.text,
                kinds.iter().map(EcoString::as_str),
                "It matches",
            )));
        }
    }
    let names = Names { place: "a fix", ..names };
    for name in ["target", "set", "append", "insert_after", "code"] {
        if let Some(expr) = section.get(name) {
            names.check(expr, used, diagnostics);
        }
    }
    let mut edits = Vec::new();
    let mut words = Vec::new();
    if let Some(expr) = section.get("set") {
        for (path, value) in assignments(expr, "set", diagnostics) {
            words.push(format!("set `{path} = {}`", one_line(slice(source, value))));
        }
        edits.push(Edit::Set(expr.clone()));
    }
    let removed = literals::texts(section, "remove", diagnostics);
    if !removed.is_empty() {
        words.extend(removed.iter().map(|(name, _)| format!("remove `{name}`")));
        edits.push(Edit::Remove(removed.into_iter().map(|(name, _)| name.into()).collect()));
    }
    if let Some(expr) = section.get("append") {
        for (path, value) in assignments(expr, "append", diagnostics) {
            words.push(format!("add `{}` to `{path}`", one_line(slice(source, value))));
        }
        edits.push(Edit::Append(expr.clone()));
    }
    match (section.get("insert_after"), section.get("code")) {
        (Some(after), Some(code)) => {
            words.push(format!("add {} behind it", first_header(slice(source, code))));
            edits.push(Edit::InsertAfter { after: after.clone(), code: code.clone() });
        }
        (None, Some(code)) => {
            words.push(format!("add {} to it", first_header(slice(source, code))));
            edits.push(Edit::InsertInside(code.clone()));
        }
        (Some(after), None) => {
            diagnostics.push(mistake("`insert_after` needs `code`: what is to be inserted", after.span));
        }
        (None, None) => {}
    }
    if edits.is_empty() {
        diagnostics.push(
            mistake("this fix changes nothing", section.header()).help("Give it `set`, `remove`, `append` or `code`."),
        );
    }
    let help = "`safe`: nobody needs to look; `unsafe`: right, but it has effects; `manual`: a person must adapt it.";
    let safety = literals::required(section, "safety", help, diagnostics);
    if let Some(safety) = &safety
        && !SAFETIES.contains(&safety.as_str())
    {
        let span = section.get("safety").map_or(section.header(), |e| e.span);
        diagnostics.push(mistake(format!("`{safety}` is not a safety"), span).help(choices(
            safety,
            SAFETIES,
            "It is one of",
        )));
    }
    let reason = literals::text(section, "reason", diagnostics);
    match (&reason, safety.as_deref()) {
        (None, Some("unsafe" | "manual")) if section.get("reason").is_none() => {
            let help = "Say in one sentence what the change may break or what has to be decided.";
            literals::missing(section, "reason", help, diagnostics);
        }
        (Some(reason), _) => {
            if let Some(fault) = literals::sentence_fault(reason) {
                let span = section.get("reason").map_or(section.header(), |e| e.span);
                diagnostics.push(mistake(format!("the reason {fault}"), span));
            }
        }
        _ => {}
    }
    Some(Fix {
        kinds: section.block.labels.iter().map(|l| l.text.clone()).collect(),
        summary: words.join(" and "),
        safety: safety?,
        reason: reason.unwrap_or_default(),
        target: section.get("target").cloned(),
        edits,
        span: section.header(),
    })
}

/// The innermost values of nested objects with their paths.
fn assignments<'a>(expr: &'a Expr, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<(String, &'a Expr)> {
    let mut out = Vec::new();
    for (key, _, value) in literals::entries(expr, name, diagnostics) {
        match &value.kind {
            ExprKind::Object(elements) if !elements.is_empty() => {
                out.extend(assignments(value, name, diagnostics).into_iter().map(|(p, v)| (format!("{key}.{p}"), v)));
            }
            _ => out.push((key, value)),
        }
    }
    out
}

fn slice<'s>(source: &'s str, expr: &Expr) -> &'s str {
    source.get(expr.span.range()).unwrap_or("")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a piece of code begins with, in words.
fn first_header(code: &str) -> String {
    let line = code.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with("<<") && !l.starts_with('#'));
    match line {
        Some(line) => match line.strip_prefix("resource \"").and_then(|rest| rest.split('"').next()) {
            Some(kind) => format!("a resource `{kind}`"),
            None => format!("`{}`", line.trim_end_matches(['{', ' ']).trim_matches('"')),
        },
        None => "code".into(),
    }
}
