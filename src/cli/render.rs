//! `trustlint render`: what a kustomize overlay builds.
//!
//! The JSON is a contract with programs: `documents` are the objects in kustomize's order, `diagnostics` what
//! kept the overlay from being built.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::{
    Terminal,
    args::{RenderArgs, RenderFormat},
    exit::{Exit, Failure},
};
use crate::{lower::kustomize, report, source::DiskTree};

/// Prints what a directory builds.
pub(super) fn run(args: &RenderArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let unreadable = |why: &str| Failure::input(format!("{} cannot be read: {why}", args.directory.display()));
    let dir = std::fs::canonicalize(&args.directory).map_err(|e| unreadable(&e.to_string()))?;
    if !dir.is_dir() {
        return Err(unreadable("not a directory"));
    }
    let root = root_of(&dir);
    let tree = DiskTree::new(&root, 1).map_err(|why| unreadable(&why))?;
    let inside = dir.strip_prefix(&root).unwrap_or(Path::new(""));
    let inside: Vec<_> = inside.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    let (files, result) = kustomize::render(&tree, &inside.join("/"));
    let diagnostics: Vec<_> = result.as_ref().err().map(|d| (**d).clone()).into_iter().collect();
    terminal.err(&report::text::diagnostics(&diagnostics, &files, terminal.color_err()));
    let documents = result.unwrap_or_default();
    match args.format {
        RenderFormat::Json => {
            let said = diagnostics.iter().map(|d| json!({"severity": "error", "summary": d.message}));
            let text = json!({"documents": documents, "diagnostics": said.collect::<Vec<_>>()}).to_string();
            terminal.out(&text);
            terminal.out("\n");
        }
        RenderFormat::Yaml => {
            let texts: Vec<String> = documents.iter().map(document).collect();
            terminal.out(&texts.join("---\n"));
        }
    }
    Ok(if diagnostics.is_empty() { Exit::Clean } else { Exit::Input })
}

/// The directory that bases may lie in: the repository, else where one stands, else the whole disk. Only what a
/// kustomization names is read.
fn root_of(dir: &Path) -> PathBuf {
    if let Some(repository) = dir.ancestors().find(|d| d.join(".git").exists()) {
        return repository.to_path_buf();
    }
    let here = std::env::current_dir().and_then(std::fs::canonicalize).ok();
    match here.filter(|here| dir.starts_with(here) && dir != here) {
        Some(here) => here,
        None => dir.ancestors().last().unwrap_or(dir).to_path_buf(),
    }
}

/// A document as YAML.
fn document(value: &Json) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Json, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Json::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                out.push_str(&pad);
                out.push_str(&scalar(key, 0));
                out.push(':');
                field(value, indent, matches!(value, Json::Array(_)), out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for item in items {
                let mut text = String::new();
                match item {
                    Json::Object(fields) if !fields.is_empty() => write(item, indent + 2, &mut text),
                    Json::Array(items) if !items.is_empty() => write(item, indent + 2, &mut text),
                    _ => text = format!("{pad}  {}\n", leaf(item, indent + 2)),
                }
                out.push_str(&pad);
                out.push_str("- ");
                out.push_str(text.get(indent + 2..).unwrap_or_default());
            }
        }
        other => {
            out.push_str(&pad);
            out.push_str(&leaf(other, indent));
            out.push('\n');
        }
    }
}

/// What stands behind a key.
fn field(value: &Json, indent: usize, is_list: bool, out: &mut String) {
    let nested = match value {
        Json::Object(fields) => !fields.is_empty(),
        Json::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested {
        out.push('\n');
        write(value, if is_list { indent } else { indent + 2 }, out);
    } else {
        out.push(' ');
        out.push_str(&leaf(value, indent + 2));
        out.push('\n');
    }
}

fn leaf(value: &Json, indent: usize) -> String {
    match value {
        Json::String(text) => scalar(text, indent),
        other => other.to_string(),
    }
}

/// A text, without quotes where it reads as a text without them.
fn scalar(text: &str, indent: usize) -> String {
    let printable = |c: char| !c.is_control() || c == '\n';
    if text.contains('\n')
        && indent > 0
        && text.chars().all(printable)
        && !text.starts_with([' ', '\n'])
        && !text.trim_end_matches('\n').is_empty()
    {
        let chomping = match text.len() - text.trim_end_matches('\n').len() {
            0 => "-",
            1 => "",
            _ => "+",
        };
        let pad = " ".repeat(indent);
        let lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let lines: Vec<String> =
            lines.map(|l| if l.is_empty() { String::new() } else { format!("{pad}{l}") }).collect();
        return format!("|{chomping}\n{}", lines.join("\n"));
    }
    let first = text.chars().next();
    let safe = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | '+' | '=' | ',' | ' ' | '(' | ')' | '$' | '*')
    };
    let plain = first.is_some_and(|c| c.is_alphabetic() || matches!(c, '/' | '_' | '.' | '(' | '$'))
        && text.chars().all(safe)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !is_word(text);
    if plain { text.into() } else { Json::String(text.into()).to_string() }
}

/// Whether YAML takes a text for something else.
fn is_word(text: &str) -> bool {
    let lower = text.to_lowercase();
    matches!(lower.as_str(), "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | ".inf" | ".nan")
        || text.trim_start_matches('.').starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_printed_as_kubectl_prints_them() {
        let value = json!({
            "a": {"b": ["x", {"c": 1, "d": []}, ["e"]], "f": {}},
            "g": "two\nlines\n",
            "h": ["true", "1", "", null, "a: b", "y", "it's"],
        });
        let expected = "a:\n  b:\n  - x\n  - c: 1\n    d: []\n  - - e\n  f: {}\ng: |\n  two\n  lines\nh:\n- \"true\"\n- \"1\"\n- \"\"\n- null\n- \"a: b\"\n- \"y\"\n- \"it's\"\n";
        assert_eq!(document(&value), expected);
    }
}
