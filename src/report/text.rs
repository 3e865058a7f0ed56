//! The report for people: what is wrong, where, what decided it, why it matters, how to mend it.

use std::{collections::BTreeMap, fmt::Write as _};

use codespan_reporting::{
    diagnostic::{self as codespan, LabelStyle},
    term,
};

use super::{Finding, Label, RenderOptions, Report, Severity, Verdict, files::Texts};
use crate::source::{Diagnostic, FileId, Level, SourceMap};

/// More instances or files than this are counted instead of named.
const MOST_NAMED: usize = 4;
/// More calls than this between a root and a module are cut in the middle.
const MOST_CALLS: usize = 3;

/// Renders a report.
///
/// The worst comes last, next to the summary, where a terminal shows it; within one severity the
/// order is that of the files. What a rule is about is said at its first finding only.
pub fn render(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let mut page = Page { report, files, options, out: String::new(), explained: vec![false; report.rules.len()] };
    let shown = |f: &&Finding| f.verdict == Verdict::Fail || options.undecided;
    for severity in Severity::ALL {
        for finding in report.findings.iter().filter(|f| f.severity == severity).filter(shown) {
            page.finding(finding);
        }
    }
    page.out.push_str(&diagnostics(&report.diagnostics, files, options.color));
    if !options.undecided {
        page.undecided();
    }
    page.skipped();
    page.summary();
    page.out
}

/// Renders diagnostics of inputs, rules or arguments.
pub fn diagnostics(diagnostics: &[Diagnostic], files: &SourceMap, color: bool) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let severity = match diagnostic.level {
            Level::Error => codespan::Severity::Error,
            Level::Warning => codespan::Severity::Warning,
            Level::Note => codespan::Severity::Note,
        };
        let message = match &diagnostic.path {
            Some(path) => format!("{path}: {}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        let mut rendered = codespan::Diagnostic::new(severity).with_message(message);
        for (i, note) in diagnostic.notes.iter().filter(|n| n.span.file != FileId::NONE).enumerate() {
            let style = if i == 0 { LabelStyle::Primary } else { LabelStyle::Secondary };
            let label = codespan::Label::new(style, note.span.file, note.span.range());
            rendered = rendered.with_label(label.with_message(&note.text));
        }
        if let Some(help) = &diagnostic.help {
            rendered = rendered.with_note(format!("help: {help}"));
        }
        emit(&rendered, files, color, &mut out);
    }
    out
}

fn emit(diagnostic: &codespan::Diagnostic<FileId>, files: &SourceMap, color: bool, out: &mut String) {
    let config = term::Config::default();
    let texts = Texts(files);
    // Writing to memory does not fail, and a span that does not fit its text is drawn as far as it fits.
    if color {
        let mut buffer = term::termcolor::Buffer::ansi();
        let _ = term::emit_to_write_style(&mut buffer, &config, &texts, diagnostic);
        out.push_str(&String::from_utf8_lossy(buffer.as_slice()));
    } else {
        let _ = term::emit_to_string(out, &config, &texts, diagnostic);
    }
    out.push('\n');
}

struct Page<'a> {
    report: &'a Report,
    files: &'a SourceMap,
    options: &'a RenderOptions,
    out: String,
    explained: Vec<bool>,
}

impl Page<'_> {
    fn finding(&mut self, finding: &Finding) {
        let rule = self.report.rule_of(finding);
        let severity = match finding.severity {
            _ if finding.verdict == Verdict::Undecided => codespan::Severity::Note,
            Severity::Critical | Severity::High => codespan::Severity::Error,
            Severity::Medium => codespan::Severity::Warning,
            Severity::Low => codespan::Severity::Help,
        };
        let word = match finding.verdict {
            Verdict::Undecided => "undecided",
            _ => finding.severity.as_str(),
        };
        let mut rendered =
            codespan::Diagnostic::new(severity).with_code(&rule.id).with_message(finding.message.as_str());
        let labels = &finding.labels;
        rendered = rendered.with_label(label(LabelStyle::Primary, &labels.primary));
        for other in labels.others.iter().chain(outer_and_inner(&labels.calls)) {
            rendered = rendered.with_label(label(LabelStyle::Secondary, other));
        }
        rendered = rendered.with_notes(self.notes(finding));
        let start = self.out.len();
        let mut text = String::new();
        emit(&rendered, self.files, self.options.color, &mut text);
        self.out.push_str(&text);
        // The library knows errors and warnings; a finding is headed by its severity.
        let heading = match severity {
            codespan::Severity::Error => "error",
            codespan::Severity::Warning => "warning",
            codespan::Severity::Note => "note",
            _ => "help",
        };
        if let Some(at) = self.out[start..].find(heading) {
            self.out.replace_range(start + at..start + at + heading.len(), word);
        }
    }

    fn notes(&mut self, finding: &Finding) -> Vec<String> {
        let rule = self.report.rule_of(finding);
        let mut notes = Vec::new();
        for reason in &finding.reasons {
            notes.push(self.prose("because: ", reason));
        }
        if finding.instances.len() > 1 {
            notes.push(self.prose(&format!("{} times: ", finding.instances.len()), &named(&finding.instances)));
        }
        if std::mem::replace(&mut self.explained[finding.rule], true) {
            notes.push(format!("help: as above; or see `trustlint explain {}`", rule.id));
            return notes;
        }
        let first = rule.rationale.split("\n\n").next().unwrap_or_default();
        notes.push(self.prose("why: ", first));
        for (id, reason) in &rule.criteria {
            notes.push(self.prose(&format!("SOC 2 {id}: "), reason));
        }
        notes.push(self.prose("help: ", &rule.remediation));
        if let Some(fix) = &finding.fix {
            let text = if fix.reason.is_empty() { fix.summary.clone() } else { format!("{}. {}", fix.summary, fix.reason) };
            notes.push(self.prose(&format!("fix ({}): ", fix.safety), &text));
        }
        notes
    }

    /// A heading and prose behind it, wrapped; further lines are indented.
    fn prose(&self, heading: &str, text: &str) -> String {
        let width = self.options.width.saturating_sub(4).max(40);
        let mut out = String::from(heading);
        let mut column = heading.chars().count();
        for (i, word) in text.split_whitespace().enumerate() {
            let length = word.chars().count();
            if i > 0 {
                if column + 1 + length > width {
                    out.push_str("\n  ");
                    column = 2;
                } else {
                    out.push(' ');
                    column += 1;
                }
            }
            out.push_str(word);
            column += length;
        }
        out
    }

    /// What is undecided, by cause: one unknown variable may leave many questions open.
    fn undecided(&mut self) {
        let mut causes: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in self.report.undecided() {
            let cause = finding.reasons.first().map_or("of the shape of the document", String::as_str);
            causes.entry(cause).or_default().push(finding);
        }
        if causes.is_empty() {
            return;
        }
        let total = self.report.undecided().count();
        let _ = writeln!(self.out, "undecided: {}", count(total, "question"));
        let mut causes: Vec<_> = causes.into_iter().collect();
        causes.sort_by_key(|(cause, findings)| (std::cmp::Reverse(findings.len()), *cause));
        let shown = if self.options.verbose { causes.len() } else { MOST_NAMED };
        for (cause, findings) in causes.iter().take(shown) {
            let first = findings[0];
            let place = self.files.line_column(first.labels.primary.span.file, first.labels.primary.span.start);
            let path = self.files.path(first.labels.primary.span.file);
            let more = if findings.len() > 1 { format!(", and {} more", findings.len() - 1) } else { String::new() };
            let rule = &self.report.rule_of(first).id;
            let _ = writeln!(self.out, "  {cause}\n    {path}:{}:{}: {rule}{more}", place.line, place.column);
        }
        if causes.len() > shown {
            let _ = writeln!(self.out, "  and {}; --verbose shows all", count(causes.len() - shown, "other cause"));
        }
        self.out.push('\n');
    }

    /// What was not scanned, by reason.
    fn skipped(&mut self) {
        let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (path, why) in &self.report.skipped {
            reasons.entry(why).or_default().push(path.clone());
        }
        for (why, paths) in reasons {
            let _ = writeln!(self.out, "not scanned: {}: {why}", count(paths.len(), "file"));
            if self.options.verbose {
                for path in &paths {
                    let _ = writeln!(self.out, "  {path}");
                }
            } else {
                let _ = writeln!(self.out, "  {}", named(&paths));
            }
        }
    }

    fn summary(&mut self) {
        let report = self.report;
        let of = |severity| report.violations().filter(|f| f.severity == severity).count();
        let violations = report.violations().count();
        if violations > 0 {
            self.criteria();
        }
        let undecided = report.undecided().count();
        let files = count(report.files, "file");
        if violations == 0 {
            let held = report.counts.pass;
            let open = if undecided > 0 { format!(", {undecided} undecided") } else { String::new() };
            let _ = writeln!(self.out, "no violations: {} held{open} in {files}", count(held, "requirement"));
            return;
        }
        let parts: Vec<String> = Severity::ALL
            .into_iter()
            .rev()
            .filter(|s| of(*s) > 0)
            .map(|s| format!("{} {s}", of(s)))
            .collect();
        let open = if undecided > 0 { format!(", {undecided} undecided") } else { String::new() };
        let fails = self.options.fail_on.is_some_and(|least| report.violations().any(|f| f.severity >= least));
        let gate = match self.options.fail_on {
            None => "",
            Some(_) if !fails => "; none as severe as --fail-on asks",
            Some(_) => "",
        };
        let _ = writeln!(self.out, "{} ({}){open} in {files}{gate}", count(violations, "violation"), parts.join(", "));
    }

    /// How many violations bear on each criterion.
    fn criteria(&mut self) {
        for criterion in &self.report.criteria {
            let bears = |f: &&Finding| self.report.rule_of(f).criteria.iter().any(|(id, _)| *id == criterion.id);
            let violations = self.report.violations().filter(bears).count();
            if violations > 0 {
                let _ = writeln!(self.out, "{:6} {violations:4}  {}", criterion.id, criterion.title);
            }
        }
        self.out.push('\n');
    }
}

fn label(style: LabelStyle, label: &Label) -> codespan::Label<FileId> {
    codespan::Label::new(style, label.span.file, label.span.range()).with_message(&label.text)
}

/// The calls that matter to a person: where it starts and what calls the module itself.
fn outer_and_inner(calls: &[Label]) -> impl Iterator<Item = &Label> {
    let cut = calls.len() > MOST_CALLS;
    calls.iter().enumerate().filter(move |(i, _)| !cut || *i == 0 || *i + 1 == calls.len()).map(|(_, l)| l)
}

fn named(all: &[String]) -> String {
    let mut text = all.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > MOST_NAMED {
        let _ = write!(text, " and {} more", all.len() - MOST_NAMED);
    }
    text
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
