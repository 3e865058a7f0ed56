//! The report for people: what is wrong, where, what decided it, why it matters, how to mend it.
//!
//! A finding shows the text at fault, and so may show a secret that is written in the repository;
//! whoever can read the report of a check can read what was checked.

use std::{collections::HashSet, fmt::Write as _};

use codespan_reporting::{
    diagnostic::{self as codespan, LabelStyle},
    term,
};

use super::{
    Change, Detail, Finding, Label, RenderOptions, Report, Severity, Verdict,
    files::{Texts, View, one_line},
    place,
    summary::{self, count, named},
};
use crate::source::{Diagnostic, DiagnosticKind, Level, SourceMap};

/// More instances or causes than this are counted instead of named.
const MOST_NAMED: usize = 4;
/// More files than this are counted instead of named.
const MOST_FILES: usize = 5;
/// More calls than this between a root and a module are cut in the middle.
const MOST_CALLS: usize = 3;
/// A root with more scenarios than this is named.
const MANY_SCENARIOS: usize = 12;
/// No terminal is so narrow that prose must be.
const LEAST_WIDTH: usize = 40;

/// Renders a report.
///
/// The worst comes last, next to the summary, where a terminal shows it; within one severity the
/// order is that of the files. What a rule is about is said at its first finding only. Where
/// nothing is violated there is one line, unless an input could not be read or more is asked for.
pub fn render(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    if options.detail == Detail::Quiet {
        return concise(report, files, options);
    }
    let explained = vec![false; report.rules.len()];
    let mut page = Page {
        report,
        files,
        texts: Texts::new(files).linked(options.links.as_deref()),
        options,
        out: String::new(),
        explained,
    };
    let shown = |f: &&Finding| f.verdict == Verdict::Fail || options.undecided;
    let full = options.detail == Detail::Full;
    for severity in Severity::ALL.into_iter().filter(|_| full) {
        for finding in report.findings.iter().filter(|f| f.severity == severity).filter(shown) {
            page.finding(finding);
        }
    }
    // Configuration that cannot be evaluated is undecided, and shows there where a rule asks for it.
    // Those with advice are about a rule.
    let minor = |d: &&Diagnostic| d.level != Level::Error && d.kind == DiagnosticKind::Evaluation && d.help.is_none();
    for diagnostic in report.diagnostics.iter().filter(|d| options.verbose || !minor(d)) {
        page.diagnostic(diagnostic);
    }
    let left_out = report.diagnostics.iter().filter(minor).count();
    if left_out > 0 && !options.verbose {
        let _ = writeln!(
            page.out,
            "not evaluated: {}; what depends on them is undecided (--verbose shows them)\n",
            count(left_out, "expression")
        );
    }
    page.resolved();
    page.stale();
    if page.fails_or_asked() {
        if !options.undecided {
            page.undecided();
        }
        page.scenarios();
        page.skipped();
        page.switched_off();
        page.table();
    }
    page.last_line();
    page.out
}

/// A line for each violation and for each input that could not be read, in the order of files, and nothing else.
pub fn concise(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let at = |span| place::fit(files, span).map(|span| place::locus(files, span));
    let unread = report.diagnostics.iter().filter(|d| d.level == Level::Error).map(|d| {
        let place = d.notes.first().and_then(|n| at(n.span)).or_else(|| d.path.clone()).unwrap_or_default();
        format!("{}: error: {}\n", one_line(&place), one_line(&d.message))
    });
    let findings = report.shown(options).map(|finding| {
        let place = at(finding.labels.primary.span).unwrap_or_else(|| finding.address.clone());
        let word = if finding.verdict == Verdict::Undecided { "undecided" } else { finding.severity.as_str() };
        let rule = &report.rule_of(finding).id;
        format!("{}: {word}[{rule}]: {}\n", one_line(&place), one_line(&finding.message))
    });
    unread.chain(findings).collect()
}

/// Renders diagnostics of inputs, rules or arguments.
pub fn diagnostics(diagnostics: &[Diagnostic], files: &SourceMap, color: bool) -> String {
    let texts = Texts::new(files);
    let mut out = String::new();
    for diagnostic in diagnostics {
        emit(&of_diagnostic(diagnostic, &texts), &texts, color, &mut out);
    }
    out
}

fn of_diagnostic(diagnostic: &Diagnostic, texts: &Texts<'_>) -> codespan::Diagnostic<View> {
    let severity = match diagnostic.level {
        Level::Error => codespan::Severity::Error,
        Level::Warning => codespan::Severity::Warning,
        Level::Note => codespan::Severity::Note,
    };
    let message = match &diagnostic.path {
        Some(path) => format!("{path}: {}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut rendered = codespan::Diagnostic::new(severity).with_message(one_line(&message));
    for (i, note) in diagnostic.notes.iter().enumerate() {
        let style = if i == 0 { LabelStyle::Primary } else { LabelStyle::Secondary };
        rendered.labels.extend(texts.label(style, note.span, &note.text));
    }
    if let Some(help) = &diagnostic.help {
        rendered = rendered.with_note(format!("help: {}", one_line(help)));
    }
    rendered
}

fn emit(diagnostic: &codespan::Diagnostic<View>, texts: &Texts<'_>, color: bool, out: &mut String) {
    let config = term::Config::default();
    // Writing to memory does not fail, and every label was fitted to its text.
    if color {
        let mut buffer = term::termcolor::Buffer::ansi();
        let _ = term::emit_to_write_style(&mut buffer, &config, texts, diagnostic);
        out.push_str(&String::from_utf8_lossy(buffer.as_slice()));
    } else {
        let _ = term::emit_to_string(out, &config, texts, diagnostic);
    }
    // The library ends with an empty line or without one.
    out.truncate(out.trim_end_matches('\n').len());
    out.push_str("\n\n");
}

struct Page<'a> {
    report: &'a Report,
    files: &'a SourceMap,
    texts: Texts<'a>,
    options: &'a RenderOptions,
    out: String,
    /// For each rule, whether it was said what it is about.
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
            codespan::Diagnostic::new(severity).with_code(one_line(&rule.id)).with_message(one_line(&finding.message));
        let labels = &finding.labels;
        rendered.labels.extend(self.label(LabelStyle::Primary, &labels.primary));
        for other in labels.others.iter().chain(outer_and_inner(&labels.calls)) {
            rendered.labels.extend(self.label(LabelStyle::Secondary, other));
        }
        let rendered = rendered.with_notes(self.notes(finding));
        let start = self.out.len();
        emit(&rendered, &self.texts, self.options.color, &mut self.out);
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

    fn label(&self, style: LabelStyle, label: &Label) -> Option<codespan::Label<View>> {
        self.texts.label(style, label.span, &label.text)
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        let rendered = of_diagnostic(diagnostic, &self.texts);
        emit(&rendered, &self.texts, self.options.color, &mut self.out);
    }

    fn notes(&mut self, finding: &Finding) -> Vec<String> {
        let rule = self.report.rule_of(finding);
        let mut notes = Vec::new();
        for reason in &finding.reasons {
            notes.push(self.prose("because: ", reason));
        }
        let instances = &finding.instances;
        if instances.len() > 1 {
            let names = named(instances.iter().map(String::as_str), MOST_NAMED);
            notes.push(self.prose(&format!("in {} instances: ", instances.len()), &names));
        }
        if let Some(environments) = finding.environments() {
            let heading = if finding.other_environments.is_empty() { "environment: " } else { "environments: " };
            notes.push(self.prose(heading, &environments));
        }
        if let Some(text) = summary::scenarios(finding) {
            notes.push(self.prose("scenarios: ", &text));
        }
        if std::mem::replace(&mut self.explained[finding.rule], true) {
            notes.push(format!("help: as above, or `trustlint explain {}`", rule.id));
            return notes;
        }
        let first = rule.rationale.trim().split("\n\n").next().unwrap_or_default();
        notes.push(self.prose("why: ", first));
        for (id, reason) in &rule.criteria {
            notes.push(self.prose(&format!("SOC 2: {id} "), reason));
        }
        notes.push(self.prose("help: ", &rule.remediation));
        if let Some(fix) = &finding.fix {
            let text =
                if fix.reason.is_empty() { fix.summary.clone() } else { format!("{}. {}", fix.summary, fix.reason) };
            notes.push(self.prose(&format!("fix ({}): ", fix.made()), &text));
        }
        notes
    }

    /// A heading and prose behind it, wrapped; further lines are indented.
    fn prose(&self, heading: &str, text: &str) -> String {
        let width = self.options.width.saturating_sub(4).max(LEAST_WIDTH);
        let mut out = String::from(heading);
        let mut column = heading.chars().count();
        let text = one_line(text);
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

    /// Whether there is more to say than one line.
    fn fails_or_asked(&self) -> bool {
        self.options.verbose || self.options.undecided || self.fails() || self.report.violations().next().is_some()
    }

    /// Whether the findings fail the run.
    fn fails(&self) -> bool {
        let counts = |f: &Finding| f.verdict == Verdict::Fail || self.options.undecided_fails;
        self.options.fail_on.is_some_and(|least| self.report.findings.iter().any(|f| f.severity >= least && counts(f)))
    }

    /// What is undecided, by cause: one unknown variable may leave many questions open.
    fn undecided(&mut self) {
        let causes = summary::undecided_by_cause(self.report);
        let total: usize = causes.iter().map(|(_, findings)| findings.len()).sum();
        let Some(least_shown) = causes.len().checked_sub(1) else { return };
        let _ = writeln!(self.out, "undecided: {total}; --verbose shows each in full");
        // "and 1 other cause" takes as much room as the cause.
        let shown = if least_shown <= MOST_NAMED { causes.len() } else { MOST_NAMED };
        for (cause, findings) in causes.iter().take(shown) {
            let rules: HashSet<usize> = findings.iter().map(|f| f.rule).collect();
            let things: HashSet<&String> = findings.iter().flat_map(|f| &f.instances).collect();
            let extent = format!("({}, {})", count(rules.len(), "rule"), count(things.len(), "thing"));
            let _ = writeln!(self.out, "  {} {extent}", one_line(cause));
            let first = findings[0];
            let rule = &self.report.rule_of(first).id;
            let more = if findings.len() > 1 { format!(", and {} more", findings.len() - 1) } else { String::new() };
            let place = place::fit(self.files, first.labels.primary.span)
                .map_or_else(|| first.address.clone(), |span| place::locus(self.files, span));
            let _ = writeln!(self.out, "    {}: {rule}{more}", one_line(&place));
        }
        if causes.len() > shown {
            let _ = writeln!(self.out, "  and {}", count(causes.len() - shown, "other cause"));
        }
        self.out.push('\n');
    }

    /// With what the roots were evaluated, if it is asked for, or is so much that the time it takes matters.
    fn scenarios(&mut self) {
        let mut roots = summary::scenarios_by_root(self.report);
        roots.retain(|_, names| self.options.verbose || names.len() > MANY_SCENARIOS);
        for (root, names) in &roots {
            let most = if self.options.verbose { names.len() } else { MOST_NAMED };
            let names = named(names.iter().copied(), most);
            let _ = writeln!(self.out, "scenarios of {}: {}", one_line(root), one_line(&names));
        }
        if !roots.is_empty() {
            self.out.push('\n');
        }
    }

    /// What was not scanned, by reason.
    fn skipped(&mut self) {
        let reasons = summary::skipped_by_reason(self.report);
        if reasons.is_empty() {
            return;
        }
        let mut cut = false;
        for (why, paths) in reasons {
            let _ = writeln!(self.out, "not scanned: {}: {}", count(paths.len(), "file"), one_line(why));
            if self.options.verbose {
                for path in &paths {
                    let _ = writeln!(self.out, "  {}", one_line(path));
                }
            } else {
                cut |= paths.len() > MOST_FILES + 1;
                let names = named(paths.iter().copied(), MOST_FILES);
                let _ = writeln!(self.out, "  {}", one_line(&names));
            }
        }
        if cut {
            self.out.push_str("  --verbose lists all\n");
        }
        self.out.push('\n');
    }

    /// Rules that the configuration switches off.
    fn switched_off(&mut self) {
        for (rule, reason) in &self.report.off {
            let _ = writeln!(self.out, "switched off: {}: {}", one_line(rule), one_line(reason));
        }
        if !self.report.off.is_empty() {
            self.out.push('\n');
        }
    }

    /// What was found, by criterion.
    fn table(&mut self) {
        let counts = summary::criteria(self.report);
        if counts.is_empty() {
            return;
        }
        let wide = |text: &str| text.chars().count();
        let id = counts.iter().map(|c| wide(&c.criterion.id)).max().unwrap_or(0);
        let title = counts.iter().map(|c| wide(&c.criterion.title)).max().unwrap_or(0);
        let heading = "criterion";
        let name = (id + 2 + title).max(wide(heading));
        let _ = writeln!(self.out, "{heading:name$}  violations  failing rules  undecided");
        for row in counts {
            let criterion = format!("{:id$}  {}", row.criterion.id, row.criterion.title);
            let _ = writeln!(
                self.out,
                "{criterion:name$}  {:10}  {:13}  {:9}",
                row.violations,
                row.failing.len(),
                row.undecided
            );
        }
        self.out.push('\n');
    }

    /// How many files could not be read, or not to their end.
    fn unread(&self) -> usize {
        let errors = self.report.diagnostics.iter();
        let errors = errors.filter(|d| d.level == Level::Error && d.kind == DiagnosticKind::Input);
        let path = |d: &Diagnostic| {
            let span = d.notes.first().and_then(|n| place::fit(self.files, n.span));
            d.path.clone().or_else(|| span.map(|s| self.files.path(s.file).to_string()))
        };
        errors.map(path).collect::<HashSet<_>>().len()
    }

    /// What it comes to, and whether it fails the run.
    /// What became of the report since a commit, in one line.
    fn change(&self, change: &Change, violations: usize, by_severity: &[String]) -> String {
        let mut line = match violations {
            0 => format!("no violations introduced since {}", change.since),
            n => format!("{} introduced since {} ({})", count(n, "violation"), change.since, by_severity.join(", ")),
        };
        let _ = write!(line, ", {} resolved", change.resolved.len());
        if change.unchanged > 0 {
            let _ = write!(line, ", {} there before", change.unchanged);
        }
        line
    }

    /// What a baseline holds in vain.
    fn stale(&mut self) {
        let stale = self.report.baseline.as_ref().map_or(&[][..], |baseline| &baseline.stale);
        if stale.is_empty() {
            return;
        }
        let paid: usize = stale.iter().map(|s| s.count).sum();
        let rules: std::collections::BTreeSet<&str> = stale.iter().map(|s| s.rule.as_str()).collect();
        let named = named(rules.into_iter(), MOST_NAMED);
        let finding = count(paid, "finding");
        let _ = writeln!(
            self.out,
            "note: {finding} of the baseline {} gone ({named}); `trustlint baseline prune` takes {} out, so that nothing like it comes back\n",
            if paid == 1 { "is" } else { "are" },
            if paid == 1 { "it" } else { "them" },
        );
    }

    /// What a change mended.
    fn resolved(&mut self) {
        for resolved in self.report.change.iter().flat_map(|change| &change.resolved) {
            let (path, line, rule) = (one_line(&resolved.path), resolved.line, &resolved.rule);
            let _ = writeln!(self.out, "resolved[{rule}]: {} ({path}:{line})", one_line(&resolved.message));
        }
        if self.report.change.as_ref().is_some_and(|change| !change.resolved.is_empty()) {
            self.out.push('\n');
        }
    }

    fn last_line(&mut self) {
        let report = self.report;
        let by_severity: Vec<String> = Severity::ALL
            .into_iter()
            .rev()
            .map(|severity| (severity, summary::violations_of(report, severity)))
            .filter(|(_, n)| *n > 0)
            .map(|(severity, n)| format!("{n} {severity}"))
            .collect();
        let violations = report.violations().count();
        let files = count(report.files, "file");
        let mut line = if let Some(change) = &report.change {
            self.change(change, violations, &by_severity)
        } else if violations > 0 {
            format!("{} ({}) in {files}", count(violations, "violation"), by_severity.join(", "))
        } else if report.counts.pass > 0 {
            let rules = report.by_rule.iter().filter(|c| c.pass > 0).count();
            format!("no violations: {} held {} in {files}", count(rules, "rule"), count(report.counts.pass, "time"))
        } else if report.undecided().next().is_some() {
            format!("no violations in {files}")
        } else {
            format!("no violations: no rule applies to anything in {files}")
        };
        let undecided = report.undecided().count();
        if undecided > 0 {
            let _ = write!(line, ", {undecided} undecided");
        }
        if let Some(baseline) = &report.baseline {
            let _ = write!(line, ", {} of {} in the baseline remain", baseline.covered, baseline.total);
        }
        if !report.waived.is_empty() {
            let _ = write!(line, ", {} waived", report.waived.len());
        }
        if !report.skipped.is_empty() && violations == 0 {
            let _ = write!(line, ", {} not scanned", count(report.skipped.len(), "file"));
        }
        let unread = self.unread();
        if unread > 0 {
            let _ = write!(line, "; the answer is not whole: {} could not be read", count(unread, "file"));
        } else if let Some(least) = self.options.fail_on {
            match (self.fails(), least) {
                (true, Severity::Low) => line.push_str("; the check fails"),
                (true, Severity::Critical) => line.push_str("; the check fails because of what is critical"),
                (true, least) => {
                    let _ = write!(line, "; the check fails because of {least} and above");
                }
                (false, Severity::Critical) if violations > 0 => {
                    line.push_str("; the check passes, since none is critical");
                }
                (false, least) if violations > 0 => {
                    let _ = write!(line, "; the check passes, since none is {least} or above");
                }
                (false, _) => {}
            }
        }
        if let Some(advice) = self.fixable() {
            let _ = writeln!(self.out, "{advice}");
        }
        let _ = writeln!(self.out, "{line}");
    }

    /// How many of the violations a program can mend.
    fn fixable(&self) -> Option<String> {
        let of = |safety: &str| {
            let fixes = self.report.violations().filter_map(|f| f.fix.as_ref());
            fixes.filter(|fix| fix.safety == safety && !fix.edits.is_empty()).count()
        };
        match (of("safe"), of("unsafe")) {
            (0, 0) => None,
            (safe, 0) => Some(format!("--fix mends {safe} of the violations")),
            (0, unsafe_ones) => Some(format!(
                "--unsafe-fixes may mend {unsafe_ones} of the violations; look first with --unsafe-fixes --diff"
            )),
            (safe, unsafe_ones) => Some(format!(
                "--fix mends {safe} of the violations, --unsafe-fixes may mend {unsafe_ones} more; look first with --unsafe-fixes --diff"
            )),
        }
    }
}

/// The calls that matter to a person: where it starts and what calls the module itself.
fn outer_and_inner(calls: &[Label]) -> impl Iterator<Item = &Label> {
    let cut = calls.len() > MOST_CALLS;
    calls.iter().enumerate().filter(move |(i, _)| !cut || *i == 0 || *i + 1 == calls.len()).map(|(_, l)| l)
}

#[cfg(test)]
mod tests;
