//! `trustlint.hcl`: what a repository says about itself.
//!
//! It is the nearest file of that name at or above what is checked, up to the top of the repository; without
//! a repository, only the one in the checked directory. Paths in it are relative to it. It is read with the
//! grammar of rule files, and every mistake is shown on its own text: what is not known is an error, because a
//! misspelt key would be a setting that silently does nothing.

mod check;
mod environments;
mod inputs;
mod rules;
mod waivers;

pub use check::Check;
pub use rules::Rules;
pub use waivers::{Configured, Waivers};

use std::path::Path;

use ecow::EcoString;
use globset::{GlobBuilder, GlobMatcher};

use crate::{
    lower::{self, environment::Told},
    rule::{
        Catalog,
        compile::literals,
        file::{ANY, Labels, Section, Shape, contents, mistake},
    },
    source::{Diagnostic, DiagnosticKind, FileId, SourceFile, SourceMap, Span, Tree, read, tree::ReadError},
    syntax::hcl::{self, ExprKind},
    value::{ByName, Value},
};

/// What the file is called.
pub const FILE_NAME: &str = "trustlint.hcl";

const ENVIRONMENT: Shape = Shape {
    kind: "environment",
    labels: Labels::One("name"),
    attributes: &["class", "paths", "workspaces", "namespaces", "accounts", "ci", "clusters"],
    blocks: &[],
};
const INPUTS: Shape = Shape { kind: "inputs", labels: Labels::One("rule"), attributes: ANY, blocks: &[] };
const DOCUMENTS: Shape = Shape { kind: "documents", labels: Labels::None, attributes: ANY, blocks: &[] };
const WAIVER: Shape = Shape {
    kind: "waiver",
    labels: Labels::One("rule"),
    attributes: &["paths", "addresses", "reason", "until", "owner"],
    blocks: &[],
};
const WAIVERS: Shape = Shape {
    kind: "waivers",
    labels: Labels::None,
    attributes: &["comments", "other_tools", "banned_rules", "banned_severities"],
    blocks: &[],
};
const RULES: Shape = Shape {
    kind: "rules",
    labels: Labels::None,
    attributes: &["directories", "preview", "off", "severities"],
    blocks: &[],
};
const EXCLUDE: Shape = Shape { kind: "exclude", labels: Labels::One("path"), attributes: &["reason"], blocks: &[] };
const CHECK: Shape =
    Shape { kind: "check", labels: Labels::None, attributes: &["fail_on", "undecided", "baseline"], blocks: &[] };
/// The top level of the file.
const FILE: Shape = Shape {
    kind: "configuration",
    labels: Labels::None,
    attributes: &[],
    blocks: &[&ENVIRONMENT, &INPUTS, &DOCUMENTS, &RULES, &EXCLUDE, &CHECK, &WAIVER, &WAIVERS],
};

/// A configuration. The default is that of a repository without a file.
#[derive(Debug, Default)]
pub struct Config {
    /// The file, for its mistakes; empty if there is none.
    pub sources: SourceMap,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// What it says of environments.
    pub environments: Told,
    /// Documents that people keep, by what they are called: paths relative to the checked directory, or URLs.
    pub documents: ByName<EcoString>,
    /// Inputs of rules.
    pub inputs: Vec<Input>,
    /// Which rules are run.
    pub rules: Rules,
    /// What is not looked at, and why: paths as seen from what is checked.
    pub excluded: Vec<(GlobMatcher, EcoString)>,
    /// What fails a check.
    pub check: Check,
    /// Waivers.
    pub waivers: Waivers,
}

/// The value of an input of a rule.
#[derive(Clone, Debug)]
pub struct Input {
    /// The rule.
    pub rule: EcoString,
    /// The name of the input.
    pub name: EcoString,
    /// Where the rule is named, and where the input is.
    pub spans: (Span, Span),
    /// The value.
    pub value: Value,
}

impl Config {
    /// The configuration of a tree.
    pub fn of(tree: &dyn Tree) -> Self {
        let place = tree.place();
        let mut steps: Vec<&str> = place.split('/').filter(|s| !s.is_empty()).collect();
        let mut path = String::from(FILE_NAME);
        let mut way = Vec::new();
        loop {
            match tree.read(&path) {
                Ok(bytes) => return Self::parse(&path, bytes, &way.join("/")),
                Err(ReadError::NotFound | ReadError::Outside) => {}
                Err(why) => return Self::unreadable(&path, &why.to_string()),
            }
            let Some(step) = steps.pop() else { return Self::default() };
            way.insert(0, step);
            path.insert_str(0, "../");
        }
    }

    /// A configuration from its text. `way` leads from its directory to what is checked.
    pub fn parse(path: &str, bytes: Vec<u8>, way: &str) -> Self {
        let (text, bom) = match read::text(bytes) {
            Ok(text) => text,
            Err(why) => return Self::unreadable(path, &why),
        };
        let mut out = Self::default();
        let id: FileId = out.sources.add(SourceFile::new(path, text, bom));
        let parsed = hcl::parse(id, &out.sources.file(id).text);
        out.diagnostics.extend(parsed.diagnostics.into_iter().map(|mut d| {
            d.kind = DiagnosticKind::Configuration;
            d
        }));
        let mut diagnostics = Vec::new();
        let (_, sections) = contents(&parsed.body, &FILE, FILE_NAME, &mut diagnostics);
        let name = Path::new(path).file_name().map_or_else(|| path.into(), |n| n.to_string_lossy().into_owned());
        out.environments = environments::read(&sections, &name, way, &mut diagnostics);
        for section in sections.iter().filter(|s| s.kind() == "inputs") {
            out.inputs.extend(inputs::read(section, &mut diagnostics));
        }
        for section in sections.iter().filter(|s| s.kind() == "documents") {
            out.documents(section, way, &mut diagnostics);
        }
        out.rules = rules::read(&sections, way, &mut diagnostics);
        for section in sections.iter().filter(|s| s.kind() == "exclude") {
            out.excluded.extend(excluded(section, way, &mut diagnostics));
        }
        out.check = check::read(&sections, way, &mut diagnostics);
        out.waivers = waivers::read(&sections, way, &mut diagnostics);
        out.diagnostics.extend(diagnostics);
        out
    }

    /// The file as seen from what is checked, and its text; none if there is no file.
    pub fn file(&self) -> Option<(&str, &str)> {
        self.sources.iter().next().map(|(_, file)| (&*file.path, &*file.text))
    }

    /// What it names of rules that do not exist, in waivers and in `rules`.
    pub fn unknown_rules(&self, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
        waivers::unknown_rules(&self.waivers, catalog, diagnostics);
        rules::unknown(&self.rules, catalog, diagnostics);
    }

    fn unreadable(path: &str, why: &str) -> Self {
        let fault = Diagnostic::about_file(
            DiagnosticKind::Configuration,
            format!("the configuration cannot be read: {why}"),
            path,
        );
        Self { diagnostics: vec![fault], ..Self::default() }
    }

    fn documents(&mut self, section: &Section, way: &str, diagnostics: &mut Vec<Diagnostic>) {
        for attribute in section.attributes() {
            let name = &attribute.name.text;
            let Some(text) = literals::plain_text(&attribute.expr, name, diagnostics) else { continue };
            if self.documents.contains_key(name) {
                diagnostics.push(mistake(format!("the document `{name}` is named twice"), attribute.name.span));
                continue;
            }
            let is_url = text.contains("://");
            let place = if is_url { Some(text.clone()) } else { seen_from(way, &text) };
            match place.filter(|_| !text.trim().is_empty()) {
                Some(place) => {
                    self.documents.insert(name.clone(), place.into());
                }
                None => diagnostics.push(
                    mistake(format!("`{text}` is neither a path nor a URL"), attribute.expr.span)
                        .help("Give a path below the directory of this file, or a URL that begins with `https://`."),
                ),
            }
        }
    }

    /// What it says of the reading of the repository.
    pub fn lowering(&self) -> lower::Options {
        lower::Options {
            environments: self.environments.clone(),
            documents: self.documents.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            excluded: self.excluded.clone(),
            ..lower::Options::default()
        }
    }

    /// The inputs of rules, as a check takes them; what is no rule or no input of it is a mistake.
    pub fn inputs(&self, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) -> Vec<(String, String, Value)> {
        inputs::of(&self.inputs, catalog, diagnostics)
    }
}

/// What an `exclude` block leaves out.
fn excluded(section: &Section, way: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<(GlobMatcher, EcoString)> {
    let label = section.label()?;
    let help = "Say in one sentence why nobody has to look there; the report repeats it.";
    let reason = literals::required(section, "reason", help, diagnostics)?;
    let pattern = seen_from(way, label.text.trim_end_matches('/')).filter(|pattern| !pattern.is_empty());
    // A directory means everything below it.
    let glob = pattern.and_then(|p| GlobBuilder::new(&format!("{p}{{,/**}}")).literal_separator(true).build().ok());
    if glob.is_none() {
        diagnostics.push(
            mistake(format!("`{}` names nothing", label.text), label.span)
                .help("`*` stands for any part of a name, and `**` for any directories below this file."),
        );
    }
    Some((glob?.compile_matcher(), reason.into()))
}

/// Whether an attribute is `true`, if it is there.
fn flag(section: &Section, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<bool> {
    let expr = section.get(name)?;
    if let ExprKind::Bool(value) = &expr.kind {
        return Some(*value);
    }
    diagnostics.push(mistake(format!("`{name}` is `true` or `false`"), expr.span));
    None
}

/// A path that is relative to the directory of the file, as it is called in the tree: `way` leads from there to
/// the top of the tree. None if it leads out of that directory.
fn seen_from(way: &str, path: &str) -> Option<String> {
    let steps: Vec<&str> = path.split('/').filter(|s| !s.is_empty() && *s != ".").collect();
    if steps.contains(&"..") {
        return None;
    }
    let way: Vec<&str> = way.split('/').filter(|s| !s.is_empty()).collect();
    let common = way.iter().zip(&steps).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", way.len() - common);
    Some(up.chain(steps[common..].iter().copied()).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests;
