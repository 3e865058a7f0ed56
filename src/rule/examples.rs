//! A rule's examples: small repositories with marks where findings must be.

use std::collections::BTreeSet;

use super::file::{Section, mistake};
use crate::{
    report::Verdict,
    source::{Diagnostic, MemoryTree, Span},
    syntax::hcl::{Expr, ExprKind, ObjectKey},
};

/// The mark of a line that must carry a primary label.
pub const MARK: &str = "#~ here";

/// An example.
#[derive(Clone, Debug)]
pub struct Example {
    /// What the rule must say of it: `Fail`, `Pass` or `Undecided`.
    pub expected: Verdict,
    /// Why, in the author's words.
    pub why: String,
    /// Its files: path and text, marks included.
    pub files: Vec<(String, String)>,
    /// Its header in the rule file; none for a directory of fixtures.
    pub span: Option<Span>,
}

impl Example {
    /// What it is called in the list of tests: `fails: the argument is left out`.
    pub fn name(&self) -> String {
        format!("{}: {}", word(self.expected), self.why)
    }

    /// Its files as a tree.
    pub fn tree(&self) -> MemoryTree {
        MemoryTree::new("example", self.files.iter().map(|(p, t)| (p.as_str(), t.as_bytes())))
    }

    /// The marked places: path and line, counted from 1.
    pub fn marks(&self) -> BTreeSet<(String, u32)> {
        self.files
            .iter()
            .flat_map(|(path, text)| {
                let marked = text.lines().enumerate().filter(|(_, line)| line.contains(MARK));
                marked.map(|(i, _)| (path.clone(), i as u32 + 1))
            })
            .collect()
    }
}

/// The word for a block of examples.
pub fn word(expected: Verdict) -> &'static str {
    match expected {
        Verdict::Fail => "fails",
        Verdict::Undecided => "undecided",
        Verdict::Pass | Verdict::NotApplicable => "passes",
    }
}

/// What an example of this kind of block or directory must give.
pub fn expected(word: &str) -> Option<Verdict> {
    match word {
        "fails" | "fail" => Some(Verdict::Fail),
        "passes" | "pass" => Some(Verdict::Pass),
        "undecided" => Some(Verdict::Undecided),
        _ => None,
    }
}

/// The file that an example's `code` is if it names none, by what the rule matches.
pub fn default_path(kind: Option<&str>) -> &'static str {
    let kind = kind.unwrap_or_default();
    let platform = kind.split('.').next().unwrap_or_default();
    match platform {
        "kubernetes" => "manifest.yaml",
        "gitlab" if kind.contains('.') => ".gitlab-ci.yml",
        "circleci" => ".circleci/config.yml",
        "bitbucket" => "bitbucket-pipelines.yml",
        "azure_pipelines" => "azure-pipelines.yml",
        "jenkins" => "Jenkinsfile",
        "github" | "ci" if kind.contains('.') => ".github/workflows/workflow.yml",
        // Types of Kubernetes begin with a capital: Deployment, NetworkPolicy.
        _ if kind.starts_with(|c: char| c.is_ascii_uppercase()) => "manifest.yaml",
        _ => "main.tf",
    }
}

/// Reads an example of a rule whose first match names `kind`.
pub fn read(section: &Section, kind: Option<&str>, diagnostics: &mut Vec<Diagnostic>) -> Option<Example> {
    let before = diagnostics.len();
    let why = section.label()?.text.trim().to_string();
    let expected = expected(section.kind())?;
    if why.is_empty() {
        diagnostics.push(mistake(format!("`{}` says why in its label", section.kind()), section.header()));
    }
    let mut files = Vec::new();
    let path = match section.get("path") {
        Some(expr) => text(expr, "path", diagnostics)?,
        None => default_path(kind).to_string(),
    };
    match (section.get("code"), section.get("files")) {
        (Some(code), _) => files.push((path, text(code, "code", diagnostics)?)),
        (None, None) => {
            diagnostics.push(mistake(format!("{} has no `code`", section.name()), section.header()).help(
                "`code = <<-TF ... TF` is the text of the file; several files stand in `files = { \"path\" = ... }`.",
            ));
        }
        (None, Some(_)) => {
            if let Some(attribute) = section.attribute("path") {
                diagnostics.push(mistake("`path` names the file of `code`; there is none", attribute.name.span));
            }
        }
    }
    if let Some(expr) = section.get("files") {
        match &expr.kind {
            ExprKind::Object(elements) => {
                for (key, value) in elements {
                    let path = match key {
                        ObjectKey::Name(name) => Some(name.text.to_string()),
                        ObjectKey::Expr(key) => text(key, "files", diagnostics),
                    };
                    if let (Some(path), Some(text)) = (path, text(value, "files", diagnostics)) {
                        files.push((path, text));
                    }
                }
            }
            _ => diagnostics.push(mistake("`files` is an object: path = text", expr.span)),
        }
    }
    let example = Example { expected, why, files, span: Some(section.header()) };
    let marked = !example.marks().is_empty();
    let word = section.kind();
    if diagnostics.len() == before {
        match expected {
            Verdict::Pass if marked => {
                diagnostics.push(mistake(format!("an example that passes has no `{MARK}`"), section.header()));
            }
            Verdict::Fail | Verdict::Undecided if !marked => {
                diagnostics.push(
                    mistake(format!("this `{word}` has no `{MARK}`"), section.header())
                        .help("Mark each line where the finding must point."),
                );
            }
            _ => {}
        }
    }
    Some(example)
}

fn text(expr: &Expr, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    match &expr.kind {
        ExprKind::String(text) => Some(text.to_string()),
        ExprKind::Template(_) => {
            diagnostics.push(
                mistake(format!("`{name}` holds a template"), expr.span)
                    .help("Write `$${` where the file has `${`, and `%%{` where it has `%{`."),
            );
            None
        }
        _ => {
            diagnostics.push(mistake(format!("`{name}` must be a text"), expr.span));
            None
        }
    }
}
