//! Proofs that a rule does what its examples say, and that it is well made.
//!
//! `trustlint rules test` and the tests of the built-in rules are both this.

mod fixes;
mod forms;
mod paths;
#[cfg(test)]
mod tests;
mod unknowns;

pub use paths::views;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ecow::EcoString;
use jiff::civil::{Date, date};

use super::{
    Options, check,
    waive::{self, Waiving},
};
use crate::{
    config::Config,
    eval::{Access, EvalError, Locals, Mode, Resolved, Scope, evaluate},
    lower,
    model::Project,
    report::{Counts, Finding, Report, Verdict},
    rule::{
        Catalog,
        catalog::{matched_kinds, without_examples},
        compile::{Rule, path_of_id},
        examples::{Example, MARK},
        file::nearest,
    },
    source::{Diagnostic, DiagnosticKind, Level, SourceMap, Span, Tree},
    syntax::hcl::{Expr, ExprKind, ObjectKey},
};

/// One thing that was to be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What, such as `fails: the argument is left out`.
    pub name: String,
    /// What is wrong; empty if nothing is.
    pub faults: Vec<String>,
}

impl Proof {
    fn new(name: impl Into<String>, faults: Vec<String>) -> Self {
        Self { name: name.into(), faults }
    }

    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

/// The proofs about the form of a rule.
type Law = (&'static str, fn(&Catalog, &Rule) -> Vec<String>);

const LAWS: [Law; 6] = [
    ("no TODO is left", left_to_do),
    ("there are examples of both kinds", both_kinds),
    ("the examples stand last", examples_last),
    ("the prose is there", prose),
    ("what it reads occurs in an example", paths::unseen),
    ("its fix mends an example", fixes::mends_none),
];

/// In front of the name of an example, the law about unknowns for it.
const UNKNOWNS: &str = "unknowns, ";

/// In front of the name of an example, what the rule's fix does to it.
const FIX: &str = "fix, ";

/// In front of the name of an example, the same with variables for its literals.
const VARIABLES: &str = "by variables, ";

/// In front of the name of an example, the same as a module that is called.
const MODULE: &str = "in a module, ";

/// All proofs about one rule: its form, each example, and the laws about unknowns and about forms for each example.
/// The catalog must have been loaded whole.
pub fn prove_rule(catalog: &Catalog, rule: &Rule) -> Vec<Proof> {
    names(rule).into_iter().map(|name| Proof { faults: prove(catalog, rule, &name), name }).collect()
}

/// The names of the proofs about one rule.
pub fn names(rule: &Rule) -> Vec<String> {
    let examples = rule.examples.iter().map(Example::name);
    let unknowns = rule.examples.iter().map(|e| format!("{UNKNOWNS}{}", e.name()));
    let mended = rule.examples.iter().filter(|e| e.expected == Verdict::Fail && fixes::can_fix(rule));
    let mended = mended.map(|e| format!("{FIX}{}", e.name()));
    let modules = || rule.examples.iter().filter(|e| forms::is_module(e));
    let variables = modules().map(|e| format!("{VARIABLES}{}", e.name()));
    let called =
        rule.examples.iter().filter(|e| forms::can_be_called(rule, e)).map(|e| format!("{MODULE}{}", e.name()));
    let laws = LAWS.iter().map(|(name, _)| (*name).to_string());
    laws.chain(examples).chain(unknowns).chain(variables).chain(called).chain(mended).collect()
}

/// What is wrong with one proof, by its name.
pub fn prove(catalog: &Catalog, rule: &Rule, name: &str) -> Vec<String> {
    if let Some((_, law)) = LAWS.iter().find(|(law, _)| *law == name) {
        return law(catalog, rule);
    }
    if let Some(name) = name.strip_prefix(FIX) {
        let example = rule.examples.iter().find(|e| e.name() == name);
        return example.map_or_else(Vec::new, |example| fixes::faults(catalog, rule, example));
    }
    for (prefix, law) in [(VARIABLES, forms::by_variables as fn(&_, &_, &_) -> _), (MODULE, forms::in_a_module)] {
        if let Some(name) = name.strip_prefix(prefix) {
            let example = rule.examples.iter().find(|e| e.name() == name);
            return example.map_or_else(Vec::new, |example| law(catalog, rule, example));
        }
    }
    let (of_unknowns, name) = name.strip_prefix(UNKNOWNS).map_or((false, name), |rest| (true, rest));
    match rule.examples.iter().find(|e| e.name() == name) {
        Some(example) if of_unknowns => unknowns::flips(catalog, rule, example),
        Some(example) => run_example(catalog, rule, example).err().unwrap_or_default(),
        None => vec![format!("there is no example `{name}`")],
    }
}

/// The proofs about all rules together.
pub fn prove_catalog(catalog: &Catalog) -> Vec<Proof> {
    let faults = catalog.diagnostics.iter().map(|d| in_words(d, &catalog.sources)).collect();
    vec![
        Proof::new("the rule files are without mistakes", faults),
        Proof::new("an attribute has one default in all rules", defaults(catalog)),
    ]
}

/// Runs one example: findings stand exactly where the marks are.
///
/// # Errors
///
/// What is not as the example says, one sentence each.
pub fn run_example(catalog: &Catalog, rule: &Rule, example: &Example) -> Result<(), Vec<String>> {
    let run = run(catalog, rule, example);
    let mut faults = Vec::new();
    for diagnostic in run.report.diagnostics.iter().filter(|d| about_the_example(d)) {
        faults.push(in_words(diagnostic, &run.project.files));
    }
    let marks = example.marks();
    let mut hit = BTreeSet::new();
    let mut found = Vec::new();
    for finding in &run.report.findings {
        let place = run.place(finding.labels.primary.span);
        if finding.verdict == example.expected && marks.contains(&place) {
            hit.insert(place);
        } else {
            let verdict = finding.verdict.as_str();
            found.push(format!(
                "found     {} | {verdict}: {}{}",
                run.line(&place, example),
                finding.message,
                because(finding)
            ));
        }
        if has_hole(&finding.message) {
            faults.push(format!("the message has a hole: {}", finding.message));
        }
    }
    let expected = example.expected.as_str();
    faults.extend(marks.difference(&hit).map(|place| format!("expected  {} | {expected}", run.line(place, example))));
    faults.extend(found);
    let counts = run.report.counts;
    if counts.pass + counts.fail + counts.undecided == 0 {
        faults.extend(misspelt(rule, &run.project));
    }
    if example.expected == Verdict::Pass && counts.pass == 0 && faults.is_empty() {
        faults.push("the rule applies to nothing in this example, so nothing passes".into());
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// What the rule may mean by a kind that does not occur in an example.
fn misspelt(rule: &Rule, project: &Project) -> Option<String> {
    let there: Vec<&str> = project.entities.iter().map(|e| e.kind.as_str()).collect();
    let kind = rule.kinds().next().filter(|_| !rule.kinds().any(|kind| there.contains(&kind.as_str())))?;
    let near = nearest(kind, there.iter().copied())?;
    Some(format!("the rule matches `{kind}`, which does not occur; did you mean `{near}`?"))
}

/// Whether a message shows that a part of it was not known or could not be evaluated.
fn has_hole(message: &str) -> bool {
    message.contains("${") || message.contains(": not so for ") || message.trim() != message || message.contains("  ")
}

/// An example that was run.
struct Run {
    project: Project,
    report: Report,
}

impl Run {
    /// Path and line of the start of a span.
    fn place(&self, span: Span) -> (String, u32) {
        let line = self.project.files.line_column(span.file, span.start).line;
        (self.project.files.path(span.file).to_string(), line)
    }

    /// A place with what is written there: `main.tf:3 | encrypted = false`.
    fn line(&self, (path, line): &(String, u32), example: &Example) -> String {
        const MOST: usize = 60;
        let text = example.files.iter().find(|(p, _)| p == path).map_or("", |(_, text)| text);
        let written = text.lines().nth(*line as usize - 1).unwrap_or_default();
        let written = written.split(MARK).next().unwrap_or_default().trim();
        let shown: String = written.chars().take(MOST).collect();
        let rest = if shown.len() < written.len() { "..." } else { "" };
        format!("{path}:{line} | {shown}{rest}")
    }
}

/// The day on which examples are checked, for rules about waivers.
pub const TODAY: Date = date(2026, 1, 1);

fn run(catalog: &Catalog, rule: &Rule, example: &Example) -> Run {
    let mut only: HashSet<String> = [rule.id.to_string()].into();
    if rule.kinds().any(|kind| kind == waive::KIND) {
        let is_named = |other: &&Rule| example.files.iter().any(|(_, text)| text.contains(&format!("[{}]", other.id)));
        only.extend(catalog.rules.iter().filter(is_named).map(|other| other.id.to_string()));
    }
    let waiving = Waiving { today: Some(TODAY), ..Waiving::default() };
    let (project, mut report) =
        check(lowered(example), catalog, &Options { only: Some(only), waiving, ..Options::default() });
    let own = |index: usize| report.rules.get(index).is_some_and(|info| info.id == rule.id);
    let mut counts = Counts::default();
    for (_, of_rule) in report.by_rule.iter().enumerate().filter(|(index, _)| own(*index)) {
        counts += *of_rule;
    }
    let findings = report.findings.iter().filter(|f| own(f.rule)).cloned().collect();
    (report.counts, report.findings) = (counts, findings);
    Run { project, report }
}

/// What an example resolves to.
fn lowered(example: &Example) -> Project {
    lowered_tree(&example.tree())
}

fn lowered_tree(tree: &dyn Tree) -> Project {
    lower::project(tree, &Config::of(tree).lowering())
}

/// A file that does not parse, configuration that cannot be evaluated, a rule that cannot.
fn about_the_example(diagnostic: &Diagnostic) -> bool {
    diagnostic.level == Level::Error || diagnostic.message.starts_with("rule ")
}

fn because(finding: &Finding) -> String {
    if finding.reasons.is_empty() { String::new() } else { format!(" ({})", finding.reasons.join("; ")) }
}

/// A diagnostic on one line: `main.tf:3: message (help)`.
fn in_words(diagnostic: &Diagnostic, files: &SourceMap) -> String {
    let place = match diagnostic.notes.first() {
        Some(note) if (note.span.file.0 as usize) < files.len() => {
            let at = files.line_column(note.span.file, note.span.start);
            format!("{}:{}: ", files.path(note.span.file), at.line)
        }
        _ => diagnostic.path.as_ref().map_or_else(String::new, |p| format!("{p}: ")),
    };
    let help = match &diagnostic.help {
        Some(help) if diagnostic.kind == DiagnosticKind::Configuration => format!(" ({help})"),
        _ => String::new(),
    };
    format!("{place}{}{help}", diagnostic.message)
}

fn left_to_do(catalog: &Catalog, rule: &Rule) -> Vec<String> {
    let text = &catalog.sources.file(rule.file).text;
    let left = text.lines().enumerate().filter(|(_, line)| line.contains("TODO"));
    left.map(|(i, line)| format!("line {}: {}", i + 1, line.trim())).collect()
}

fn both_kinds(_catalog: &Catalog, rule: &Rule) -> Vec<String> {
    let has = |verdict| rule.examples.iter().any(|e| e.expected == verdict);
    let mut faults = Vec::new();
    if !has(Verdict::Fail) {
        faults.push("there is no `fails` example".into());
    }
    if !has(Verdict::Pass) {
        faults.push("there is no `passes` example".into());
    }
    let mut names = BTreeSet::new();
    for example in &rule.examples {
        if !names.insert(example.name()) {
            faults.push(format!("two examples are called `{}`", example.name()));
        }
    }
    faults
}

/// A check reads a rule without its examples: it must be the same rule.
fn examples_last(catalog: &Catalog, rule: &Rule) -> Vec<String> {
    let text = &catalog.sources.file(rule.file).text;
    let path = catalog.sources.path(rule.file);
    let mut faults = Vec::new();
    if rule.examples.iter().any(|e| e.span.is_some()) {
        match without_examples(text) {
            None => faults.push("something stands behind an example; put the examples last".into()),
            Some(short) => {
                let mut alone = Catalog { criteria: catalog.criteria.clone(), ..Catalog::default() };
                alone.load(&[(path, short.as_str())], crate::rule::Part::Whole);
                let same = |a: &Rule, b: &Rule| {
                    let parts = |r: &Rule| {
                        (r.matches.len(), r.links.len(), r.asserts.len(), r.fixes.len(), r.distinct.is_some())
                    };
                    a.id == b.id && parts(a) == parts(b)
                };
                if !alone.rules.first().is_some_and(|r| same(r, rule)) {
                    faults.push("without its examples it is not the same rule".into());
                }
            }
        }
    }
    let found: Vec<&str> = matched_kinds(text).collect();
    let compiled: Vec<&str> = rule.kinds().map(EcoString::as_str).collect();
    if found != compiled {
        faults.push(format!(
            "each `match \"type\"` stands on a line of its own, indented by two spaces; found {found:?}"
        ));
    }
    faults
}

fn prose(_catalog: &Catalog, rule: &Rule) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, text) in [("rationale", &rule.rationale), ("remediation", &rule.remediation)] {
        if text.is_empty() {
            faults.push(format!("there is no `{name}`"));
        }
    }
    if rule.since.is_none() {
        faults.push("there is no `since`".into());
    }
    if rule.references.is_empty() {
        faults.push("there are no `references`".into());
    }
    faults
}

/// The kinds of documents that a rule looks at, through views or not.
pub fn source_kinds(catalog: &Catalog, rule: &Rule) -> BTreeSet<EcoString> {
    let mut out = BTreeSet::new();
    let mut queue: Vec<EcoString> = rule.kinds().cloned().collect();
    let mut seen = BTreeSet::new();
    while let Some(kind) = queue.pop() {
        if !seen.insert(kind.clone()) {
            continue;
        }
        match catalog.views.iter().find(|v| v.name == kind) {
            Some(view) => queue.extend(view.sources.iter().flat_map(|s| s.kinds.iter().cloned())),
            None => {
                out.insert(kind);
            }
        }
    }
    out
}

/// Whether the id of a rule is that of its path, as the built-in rules have it.
pub fn id_is_path(catalog: &Catalog, rule: &Rule) -> Proof {
    let path = catalog.sources.path(rule.file);
    let (expected, _) = path_of_id(path);
    let faults = if rule.id == expected { Vec::new() } else { vec![format!("{path} holds rule \"{expected}\"")] };
    Proof::new("the id is that of the path", faults)
}

/// What one rule takes an attribute for that is not set, all must.
fn defaults(catalog: &Catalog) -> Vec<String> {
    let mut seen: BTreeMap<(String, String), Vec<(String, &str)>> = BTreeMap::new();
    for rule in &catalog.rules {
        let text = &catalog.sources.file(rule.file).text;
        let matches = rule.matches.iter().flat_map(|m| m.kinds.iter().map(move |k| (k, &m.defaults)));
        let links = rule.links.iter().map(|l| (&l.to, &l.defaults));
        for (kind, defaults) in matches.chain(links) {
            for (path, value) in defaults.iter().flat_map(|d| flat(d)) {
                let written = text.get(value.span.range()).unwrap_or("");
                let entry = seen.entry((kind.to_string(), path)).or_default();
                let same = |(before, _): &(String, &str)| before == written || same_value(before, written);
                if !entry.iter().any(same) {
                    entry.push((written.to_string(), &rule.id));
                }
            }
        }
    }
    seen.into_iter()
        .filter(|(_, values)| values.len() > 1)
        .map(|((kind, path), values)| {
            let all: Vec<String> = values.iter().map(|(value, rule)| format!("`{value}` in {rule}")).collect();
            format!("the default of `{path}` of {kind} is {}", all.join(", "))
        })
        .collect()
}

/// The innermost expressions of nested objects with their paths.
fn flat(expr: &Expr) -> Vec<(String, &Expr)> {
    let ExprKind::Object(elements) = &expr.kind else { return Vec::new() };
    let mut out = Vec::new();
    for (key, value) in elements {
        let name = match key {
            ObjectKey::Name(name) => name.text.to_string(),
            ObjectKey::Expr(Expr { kind: ExprKind::String(text), .. }) => text.to_string(),
            ObjectKey::Expr(_) => continue,
        };
        match &value.kind {
            ExprKind::Object(inner) if !inner.is_empty() => {
                out.extend(flat(value).into_iter().map(|(path, e)| (format!("{name}.{path}"), e)));
            }
            _ => out.push((name, value)),
        }
    }
    out
}

/// Whether two literals are written differently and mean the same.
fn same_value(a: &str, b: &str) -> bool {
    let value = |text: &str| {
        let expr = crate::syntax::hcl::parse_expression(crate::source::FileId::NONE, text, 0).ok()?;
        evaluate(&expr, &Nothing, &Locals::NONE).ok()
    };
    match (value(a), value(b)) {
        (Some(a), Some(b)) => format!("{:?}", a.repr) == format!("{:?}", b.repr),
        _ => false,
    }
}

struct Nothing;

impl Scope for Nothing {
    fn mode(&self) -> Mode {
        Mode::Rule
    }

    fn resolve(&self, name: &str, _span: Span, _steps: &[Access]) -> Result<Resolved, EvalError> {
        Err(EvalError::new(format!("`{name}` is not known here")))
    }

    fn read_file(&self, _path: &str) -> Result<Vec<u8>, EvalError> {
        Err(EvalError::new("no files here"))
    }

    fn list_files(&self, _dir: &str, _pattern: &str) -> Result<Vec<EcoString>, EvalError> {
        Err(EvalError::new("no files here"))
    }
}
