//! All rules: those in the binary, and those of the user.
//!
//! Loading must not be felt, and parsing is what costs. So a check does not parse examples (they
//! stand last in a rule file and are cut off), and of the built-in rules it parses only those that
//! match something that occurs.

use std::{
    collections::{BTreeMap, HashSet},
    ops::Range,
};

use ecow::EcoString;
use rayon::prelude::*;

use super::{
    compile::{self, Rule},
    file::{self, EXAMPLES, RuleFile, mistake},
};
use crate::{
    model::View,
    report::Criterion,
    source::{Diagnostic, FileId, SourceFile, SourceMap},
    syntax::hcl::{self, scan},
};

/// The rule files in the binary: path and text, sorted by path.
pub static BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// How much of a rule file is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What a check needs: everything but the examples.
    Check,
    /// Everything.
    Whole,
}

/// Rules, and what they stand on.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The rules, sorted by id.
    pub rules: Vec<Rule>,
    /// The views, sorted by name.
    pub views: Vec<View>,
    /// The criteria, in the order of `rules/soc2.hcl`.
    pub criteria: Vec<Criterion>,
    /// The rule files; spans of rules and of mistakes in them point here.
    pub sources: SourceMap,
    /// Mistakes in rule files.
    pub diagnostics: Vec<Diagnostic>,
}

impl Catalog {
    /// All built-in rules, without examples.
    pub fn builtin() -> Self {
        let mut catalog = Self::default();
        catalog.load(BUILT_IN, Part::Check);
        catalog
    }

    /// All built-in rules with their examples.
    pub fn builtin_whole() -> Self {
        let mut catalog = Self::default();
        catalog.load(BUILT_IN, Part::Whole);
        catalog
    }

    /// The built-in rules that can say something about entities of these kinds, without examples.
    pub fn builtin_for<'k>(kinds: impl IntoIterator<Item = &'k EcoString>) -> Self {
        let mut present: HashSet<&str> = kinds.into_iter().map(EcoString::as_str).collect();
        // A view gives something if anything that it stands on is there.
        let sources: Vec<(&str, Vec<&str>)> = BUILT_IN.iter().flat_map(|(_, text)| view_sources(text)).collect();
        loop {
            let before = present.len();
            for (view, from) in &sources {
                if from.iter().any(|kind| present.contains(kind)) {
                    present.insert(view);
                }
            }
            if present.len() == before {
                break;
            }
        }
        let needed = |text: &str| {
            let mut kinds = matched_kinds(text).peekable();
            kinds.peek().is_none() || kinds.any(|kind| present.contains(kind))
        };
        let files: Vec<(&str, &str)> = BUILT_IN.iter().filter(|(_, text)| needed(text)).copied().collect();
        let mut catalog = Self::default();
        catalog.load(&files, Part::Check);
        catalog
    }

    /// Adds rule files, path and text. What is wrong with them is in [`Self::diagnostics`], and a
    /// rule with a mistake is left out.
    pub fn load<P: AsRef<str> + Sync, T: AsRef<str> + Sync>(&mut self, files: &[(P, T)], part: Part) {
        let first = self.sources.len();
        for (path, text) in files {
            self.sources.add(SourceFile::new(path.as_ref(), text.as_ref(), false));
        }
        let read: Vec<(RuleFile, Vec<Diagnostic>)> = files
            .par_iter()
            .enumerate()
            .map(|(i, (_, text))| read(FileId((first + i) as u32), text.as_ref(), part))
            .collect();
        for (parsed, _) in &read {
            for section in parsed.sections.iter().filter(|s| s.kind() == "criterion") {
                self.criteria.extend(compile::criterion(section, &mut self.diagnostics));
            }
        }
        let criteria = &self.criteria;
        let made: Vec<Made> = read
            .into_par_iter()
            .zip(files)
            .map(|((parsed, diagnostics), (path, text))| {
                make(&parsed, path.as_ref(), text.as_ref(), criteria, diagnostics)
            })
            .collect();
        let mut views = std::mem::take(&mut self.views);
        for made in made {
            views.extend(made.views);
            self.rules.extend(made.rules);
            self.diagnostics.extend(made.diagnostics);
        }
        self.views = compile::ordered_views(views, &mut self.diagnostics);
        self.criteria_once();
        self.rules_once();
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.id == id)
    }

    fn criteria_once(&mut self) {
        let mut seen = HashSet::new();
        self.criteria.retain(|c| seen.insert(c.id.clone()));
    }

    /// Ids are unique, and no alias is another rule's id.
    fn rules_once(&mut self) {
        self.rules.sort_by(|a, b| (&a.id, a.header).cmp(&(&b.id, b.header)));
        let diagnostics = &mut self.diagnostics;
        self.rules.dedup_by(|later, first| {
            let same = later.id == first.id;
            if same {
                diagnostics.push(
                    mistake(format!("there are two rules \"{}\"", later.id), later.header)
                        .note(first.header, "the first"),
                );
            }
            same
        });
        let ids: BTreeMap<&str, &Rule> = self.rules.iter().map(|r| (r.id.as_str(), r)).collect();
        for rule in &self.rules {
            for other in rule.aliases.iter().filter_map(|a| ids.get(a.as_str())) {
                self.diagnostics.push(
                    mistake(format!("an alias of \"{}\" is the id of another rule", rule.id), rule.header)
                        .note(other.header, "the other rule"),
                );
            }
        }
    }
}

struct Made {
    rules: Vec<Rule>,
    views: Vec<View>,
    diagnostics: Vec<Diagnostic>,
}

fn make(parsed: &RuleFile, path: &str, text: &str, criteria: &[Criterion], mut diagnostics: Vec<Diagnostic>) -> Made {
    let (mut rules, mut views) = (Vec::new(), Vec::new());
    let mut first: Option<&file::Section> = None;
    for section in &parsed.sections {
        match section.kind() {
            "rule" => {
                if let Some(first) = first {
                    diagnostics.push(
                        mistake("one rule, one file", section.header())
                            .note(first.header(), "the first rule")
                            .help("Its path is then its name, and its examples stand beside it."),
                    );
                    continue;
                }
                first = Some(section);
                rules.extend(compile::rule(parsed, section, path, text, criteria, &mut diagnostics));
            }
            "view" => views.extend(compile::view(section, &mut diagnostics)),
            _ => {}
        }
    }
    Made { rules, views, diagnostics }
}

/// Parses a file, without its examples if they are not needed.
fn read(id: FileId, text: &str, part: Part) -> (RuleFile, Vec<Diagnostic>) {
    if part == Part::Check
        && let Some(short) = without_examples(text)
    {
        let parsed = hcl::parse(id, &short);
        let mut diagnostics = Vec::new();
        if parsed.diagnostics.is_empty() {
            let file = file::read(id, &parsed.body, &mut diagnostics);
            if diagnostics.is_empty() {
                return (file, diagnostics);
            }
        }
        // A mistake is shown in the text as it stands.
    }
    let parsed = hcl::parse(id, text);
    let mut diagnostics: Vec<Diagnostic> = parsed
        .diagnostics
        .into_iter()
        .map(|d| Diagnostic {
            kind: crate::source::DiagnosticKind::Configuration,
            help: Some("The rules in this file are not run.".into()),
            ..d
        })
        .collect();
    let file = file::read(id, &parsed.body, &mut diagnostics);
    (file, diagnostics)
}

/// The text of a rule file up to its first example, closed by a brace; none if it holds no example
/// or something else stands behind one. What is left keeps its positions.
pub fn without_examples(text: &str) -> Option<String> {
    let body = rule_body(text)?;
    let inner = &text[body.clone()];
    let mut cut = None;
    for item in scan::items(inner) {
        let is_example = EXAMPLES.contains(&first_word(&inner[item.clone()]));
        match cut {
            None if is_example => cut = Some(body.start + item.start),
            Some(_) if !is_example => return None,
            _ => {}
        }
    }
    let mut short = text[..cut?].to_string();
    short.push_str("}\n");
    Some(short)
}

/// What stands behind `rule "..." {`.
fn rule_body(text: &str) -> Option<Range<usize>> {
    let start = if text.starts_with("rule \"") { 0 } else { text.find("\nrule \"")? + 1 };
    let brace = start + text[start..].find('{')?;
    Some(brace + 1..text.len())
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or("")
}

/// What the `match` blocks of a rule file name, found in its text. Each stands on a line of its own,
/// indented by two spaces, as `terraform fmt` writes it; that is proved for the built-in rules.
pub fn matched_kinds(text: &str) -> impl Iterator<Item = &str> {
    labels_behind(text, "\n  match \"").flatten()
}

/// The views of a file and what they are made of, found in its text in the same way.
fn view_sources(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut out = Vec::new();
    for part in text.split("\nview \"").skip(1) {
        let name = part.split('"').next().unwrap_or("");
        out.push((name, labels_behind(part, "\n  from \"").flatten().collect()));
    }
    out
}

/// The labels of the blocks that begin with `head`.
fn labels_behind<'t>(text: &'t str, head: &'static str) -> impl Iterator<Item = impl Iterator<Item = &'t str>> {
    memchr::memmem::find_iter(text.as_bytes(), head.as_bytes()).collect::<Vec<_>>().into_iter().map(move |at| {
        let rest = &text[at + head.len() - 1..];
        let line = rest.split(['{', '\n']).next().unwrap_or("");
        line.split('"').skip(1).step_by(2)
    })
}
