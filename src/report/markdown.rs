//! A page of Markdown: the comment of a pull request, the summary of a job.

use std::fmt::Write as _;

use super::{
    Finding, RenderOptions, Report, Severity, Verdict, place,
    summary::{self, count},
    words::{first_sentence, one_line, sentence},
};
use crate::source::{DiagnosticKind, Level, SourceMap};

/// A comment of GitHub or GitLab holds 65,536 characters or more; a summary much more.
const BUDGET: usize = 60_000;
/// What is kept for what follows the list of violations.
const REST: usize = 12_000;
/// More of one kind than this are counted.
const MOST_LISTED: usize = 25;

/// By this a pipeline finds its own comment again.
pub const MARK: &str = "<!-- trustlint -->";

/// Renders a report: first what is wrong, the worst first, then what it comes to by criterion, and what is open.
pub fn render(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let mut page = Page { report, files, options, out: format!("{MARK}\n") };
    page.heading();
    page.unread();
    page.violations();
    page.resolved();
    page.criteria();
    page.undecided();
    page.waived();
    page.switched_off();
    page.skipped();
    page.out
}

struct Page<'a> {
    report: &'a Report,
    files: &'a SourceMap,
    options: &'a RenderOptions,
    out: String,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn heading(&mut self) {
        let report = self.report;
        let violations = report.violations().count();
        let what = match &report.change {
            Some(change) if violations == 0 => format!("no violations introduced since `{}`", change.since),
            Some(change) => format!("{} introduced since `{}`", count(violations, "violation"), change.since),
            None if violations == 0 => "no violations".into(),
            None => count(violations, "violation"),
        };
        self.line(&format!("### trustlint: {what}\n"));
        let by_severity = Severity::ALL.into_iter().rev().map(|s| (s, summary::violations_of(report, s)));
        let mut parts: Vec<String> = by_severity.filter(|(_, n)| *n > 0).map(|(s, n)| format!("{n} {s}")).collect();
        if let Some(change) = &report.change {
            parts.push(format!("{} resolved", change.resolved.len()));
            parts.push(format!("{} there before", change.unchanged));
        }
        if let Some(baseline) = &report.baseline {
            parts.push(format!("{} of {} in the baseline remain", baseline.covered, baseline.total));
        }
        parts.push(format!("{} undecided", report.undecided().count()));
        parts.push(format!("{} waived", report.waived.len()));
        parts.push(format!("{} read", count(report.files, "file")));
        let text = parts.join(", ");
        self.line(&format!("{text}\n"));
    }

    fn unread(&mut self) {
        let errors = self.report.diagnostics.iter();
        let errors = errors.filter(|d| d.level == Level::Error && d.kind != DiagnosticKind::Evaluation);
        let lines: Vec<String> = errors
            .map(|d| {
                let spot = d.notes.first().and_then(|n| place::spot(self.files, n.span, self.options));
                let at = match (spot, &d.path) {
                    (Some(spot), _) => self.link(&spot.path, spot.line),
                    (None, Some(path)) => code(path),
                    (None, None) => String::new(),
                };
                format!("- {at} {}", cell(&sentence(&d.message)))
            })
            .collect();
        if lines.is_empty() {
            return;
        }
        self.line("**The answer is not whole.** What could not be read was not checked:\n");
        self.list(&lines);
    }

    /// As many as are worth a list.
    fn list(&mut self, lines: &[String]) {
        for line in lines.iter().take(MOST_LISTED) {
            self.line(line);
        }
        if lines.len() > MOST_LISTED {
            self.line(&format!("- and {} more", lines.len() - MOST_LISTED));
        }
        self.line("");
    }

    fn violations(&mut self) {
        let mut findings: Vec<&Finding> = self.report.shown(self.options).collect();
        if findings.is_empty() {
            return;
        }
        findings.sort_by_key(|f| (f.verdict == Verdict::Undecided, std::cmp::Reverse(f.severity)));
        self.line("| severity | where | what is wrong, and what to do | rule |");
        self.line("|---|---|---|---|");
        for (index, finding) in findings.iter().enumerate() {
            let row = self.row(finding);
            if self.out.len() + row.len() > BUDGET - REST {
                let more = format!("| | | and {} more; the log has them all | |", findings.len() - index);
                self.line(&more);
                break;
            }
            self.line(&row);
        }
        self.line("");
    }

    fn row(&self, finding: &Finding) -> String {
        let rule = self.report.rule_of(finding);
        let at = place::of_finding(self.files, finding, self.options)
            .map_or_else(|| code(&finding.address), |spot| self.link(&spot.path, spot.line));
        let word = if finding.verdict == Verdict::Undecided { "undecided" } else { finding.severity.as_str() };
        let mut what = format!("{} {}", sentence(&finding.message), first_sentence(&rule.remediation));
        if finding.instances.len() > 1 {
            let _ = write!(what, " ({})", count(finding.instances.len(), "instance"));
        }
        if let Some(scenarios) = summary::scenarios(finding) {
            let _ = write!(what, " ({scenarios})");
        }
        let criteria: Vec<&str> = rule.criteria.iter().map(|(id, _)| id.as_str()).collect();
        format!("| {word} | {at} | {} | `{}` {} |", cell(&what), rule.id, criteria.join(", "))
    }

    /// A place, as a link where it is known where the text can be read.
    fn link(&self, path: &str, line: u32) -> String {
        let name = code(&format!("{path}:{line}"));
        match &self.options.blob {
            Some(blob) => {
                format!("[{name}]({blob}/{}#L{line})", place::encoded(path))
            }
            None => name,
        }
    }

    fn resolved(&mut self) {
        let Some(change) = self.report.change.as_ref().filter(|c| !c.resolved.is_empty()) else { return };
        self.line("<details><summary>Resolved</summary>\n");
        let lines: Vec<String> = change
            .resolved
            .iter()
            .map(|r| format!("- {} (`{}`, {})", cell(&r.message), r.rule, code(&r.path)))
            .collect();
        self.list(&lines);
        self.line("</details>\n");
    }

    fn criteria(&mut self) {
        let counts = summary::criteria(self.report);
        if counts.is_empty() {
            return;
        }
        self.line("<details><summary>By criterion</summary>\n");
        self.line("| criterion | violations | failing rules | undecided |");
        self.line("|---|--:|--:|--:|");
        for row in counts {
            let (id, title) = (&row.criterion.id, cell(&row.criterion.title));
            let line = format!("| {id} {title} | {} | {} | {} |", row.violations, row.failing.len(), row.undecided);
            self.line(&line);
        }
        self.line("\n</details>\n");
    }

    fn undecided(&mut self) {
        let causes = summary::undecided_by_cause(self.report);
        if causes.is_empty() {
            return;
        }
        self.line("<details><summary>Undecided: the files do not tell</summary>\n");
        let lines: Vec<String> = causes
            .iter()
            .map(|(cause, findings)| {
                let rule = &self.report.rule_of(findings[0]).id;
                let more = if findings.len() > 1 { format!(" and {} more", findings.len() - 1) } else { String::new() };
                format!("- {}: `{rule}`{more}", cell(cause))
            })
            .collect();
        self.list(&lines);
        self.line("</details>\n");
    }

    fn waived(&mut self) {
        if self.report.waived.is_empty() {
            return;
        }
        self.line("<details><summary>Waived</summary>\n");
        let lines: Vec<String> = self
            .report
            .waived
            .iter()
            .map(|w| {
                let until = w.until.as_ref().map_or_else(String::new, |day| format!(", until {day}"));
                let owner = w.owner.as_ref().map_or_else(String::new, |owner| format!(", {}", cell(owner)));
                let rule = &self.report.rule_of(&w.finding).id;
                format!("- `{rule}` for {}: {}{until}{owner}", code(&w.finding.address), cell(&w.reason))
            })
            .collect();
        self.list(&lines);
        self.line("</details>\n");
    }

    fn switched_off(&mut self) {
        if self.report.off.is_empty() {
            return;
        }
        self.line("<details><summary>Rules that are switched off</summary>\n");
        let lines: Vec<String> =
            self.report.off.iter().map(|(rule, reason)| format!("- `{rule}`: {}", cell(reason))).collect();
        self.list(&lines);
        self.line("</details>\n");
    }

    fn skipped(&mut self) {
        let reasons = summary::skipped_by_reason(self.report);
        if reasons.is_empty() {
            return;
        }
        self.line("<details><summary>Not scanned</summary>\n");
        let lines: Vec<String> =
            reasons.iter().map(|(why, paths)| format!("- {}: {}", count(paths.len(), "file"), cell(why))).collect();
        self.list(&lines);
        self.line("</details>\n");
    }
}

/// Text that stays text in a cell of a table: no mark-up of its own, nobody mentioned, no other issue linked.
pub fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for c in one_line(text).chars() {
        match c {
            '`' => {
                in_code = !in_code;
                out.push(c);
            }
            '|' => out.push_str("\\|"),
            '<' if !in_code => out.push_str("&lt;"),
            '&' if !in_code => out.push_str("&amp;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '~' if !in_code => {
                out.push('\\');
                out.push(c);
            }
            // A name behind it would be told.
            '@' if !in_code => out.push_str("@\u{200b}"),
            c => out.push(c),
        }
    }
    if in_code { out.replace('`', "\\`") } else { out }
}

/// Text as code, whatever is in it.
fn code(text: &str) -> String {
    let text = one_line(text).replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_repository_holds_stays_text() {
        assert_eq!(cell("a | b <img src=x> @acme/all #1 *x*"), "a \\| b &lt;img src=x> @\u{200b}acme/all \\#1 \\*x\\*");
        assert_eq!(cell("set `a_b = \"<x>\"` in\nmain"), "set `a_b = \"<x>\"` in main");
        assert_eq!(cell("one ` only"), "one \\` only");
        assert_eq!(code("a`b|c"), "`` a`b\\|c ``");
    }
}
