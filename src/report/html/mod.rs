//! One page for people who decide and for auditors: nothing is loaded from anywhere, and it prints whole.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::{
    Finding, Label, RenderOptions, Report, Severity, Verdict, place,
    summary::{self, count},
};
use crate::source::{Diagnostic, Level, SourceMap};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// More lines than this of one label are cut.
const MOST_LINES: u32 = 8;
/// A longer line, as in a minified file, is cut.
const MOST_COLUMNS: usize = 300;

/// Renders a report.
pub fn render(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let page = Page { report, files, options };
    let title = format!("trustlint: {}", page.name());
    let policy = format!("default-src 'none'; style-src {}; script-src {}", hash(STYLE), hash(SCRIPT));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content=(concat!("trustlint ", env!("CARGO_PKG_VERSION")));
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (page.heading())
                main {
                    (page.criteria())
                    (page.findings())
                    (page.resolved())
                    (page.exceptions())
                    (page.attested())
                    (page.not_scanned())
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// By this the page runs its own style and script, and nothing that a repository might bring into it.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

struct Page<'a> {
    report: &'a Report,
    files: &'a SourceMap,
    options: &'a RenderOptions,
}

impl Page<'_> {
    fn heading(&self) -> Markup {
        let report = self.report;
        let violations = report.violations().count();
        let errors: Vec<&Diagnostic> = report.diagnostics.iter().filter(|d| d.level == Level::Error).collect();
        let mut parts: Vec<String> = Severity::ALL
            .into_iter()
            .rev()
            .map(|s| (s, summary::violations_of(report, s)))
            .filter(|(_, n)| *n > 0)
            .map(|(s, n)| format!("{n} {s}"))
            .collect();
        parts.push(format!("{} undecided", report.undecided().count()));
        parts.push(format!("{} waived", report.waived.len()));
        parts.push(format!(
            "{} held {} in {}",
            count(report.by_rule.iter().filter(|c| c.pass > 0).count(), "rule"),
            count(report.counts.pass, "time"),
            count(report.files, "file")
        ));
        let what = match &report.change {
            Some(change) => format!("{} introduced since {}", count(violations, "violation"), change.since),
            None => count(violations, "violation"),
        };
        html! {
            header {
                h1 { "SOC 2 in " (self.name()) }
                @for line in self.options.evidence.iter().flat_map(|e| &e.lines) { p .soft { (line) } }
                p { strong class=(if violations == 0 { "good" } else { "critical" }) { (what) } ": " (parts.join(", ")) "." }
                @if let Some(baseline) = &report.baseline {
                    p { (baseline.covered) " of " (baseline.total) " findings of the baseline remain; they are not listed." }
                }
                p .soft { "What a program can tell from files about the criteria CC6, CC7 and CC8. It does not show that a control operated, and it replaces no auditor." }
                @if !errors.is_empty() {
                    p { strong .critical { "The answer is not whole." } " What could not be read was not checked:" }
                    ul { @for error in errors { li { (self.diagnostic_place(error)) (error.message) } } }
                }
            }
        }
    }

    /// What was checked: the repository if it is told, else what the command line says.
    fn name(&self) -> &str {
        self.options.evidence.as_ref().map_or(&self.report.target, |evidence| &evidence.repository)
    }

    fn diagnostic_place(&self, diagnostic: &Diagnostic) -> Markup {
        let span = diagnostic.notes.first().and_then(|n| place::fit(self.files, n.span));
        let at = span.map(|span| place::locus(self.files, span)).or_else(|| diagnostic.path.clone());
        html! { @if let Some(at) = at { code { (at) } ": " } }
    }

    /// Every criterion, whether or not anything bears on it.
    fn criteria(&self) -> Markup {
        let report = self.report;
        let bears = |rule: usize, id: &str| {
            report.rules.get(rule).is_some_and(|info| info.criteria.iter().any(|(criterion, _)| criterion == id))
        };
        let found =
            |id: &str, verdict| report.findings.iter().filter(|f| f.verdict == verdict && bears(f.rule, id)).count();
        html! {
            h2 { "Criteria" }
            div .wide { table {
                thead { tr {
                    th { "criterion" } th .n { "rules that apply" } th .n { "violations" } th .n { "undecided" } th .n { "waived" }
                } }
                tbody { @for criterion in &report.criteria {
                    @let asked = report.by_rule.iter().enumerate().filter(|(rule, counts)| {
                        bears(*rule, &criterion.id) && counts.pass + counts.fail + counts.undecided > 0
                    }).count();
                    @let violations = found(&criterion.id, Verdict::Fail);
                    tr {
                        td { strong { (criterion.id) } " " (criterion.title) br; span .soft { (criterion.description) } }
                        @if asked == 0 {
                            td .soft colspan="4" { "nothing in these files bears on it" }
                        } @else {
                            td .n { (asked) }
                            td .n { span class=(if violations > 0 { "critical" } else { "good" }) { (violations) } }
                            td .n { (found(&criterion.id, Verdict::Undecided)) }
                            td .n { (report.waived.iter().filter(|w| bears(w.finding.rule, &criterion.id)).count()) }
                        }
                    }
                } }
            } }
        }
    }

    fn findings(&self) -> Markup {
        let mut findings: Vec<&Finding> = self.report.findings.iter().collect();
        findings.sort_by_key(|f| (f.verdict == Verdict::Undecided, std::cmp::Reverse(f.severity)));
        let used = summary::criteria(self.report);
        html! {
            h2 { "Findings" }
            @if findings.is_empty() { p { "None." } } @else {
                form id="filter" hidden {
                    label { "kind " select name="kind" {
                        option value="" { "all" }
                        @for kind in ["critical", "high", "medium", "low", "undecided"] { option value=(kind) { (kind) } }
                    } }
                    label { "criterion " select name="criterion" {
                        option value="" { "all" }
                        @for row in &used { option value=(row.criterion.id) { (row.criterion.id) } }
                    } }
                    label { "text " input name="text" type="search"; }
                    span .soft id="shown" role="status" {}
                }
                @for finding in findings { (self.finding(finding)) }
            }
        }
    }

    fn finding(&self, finding: &Finding) -> Markup {
        let rule = self.report.rule_of(finding);
        let kind = if finding.verdict == Verdict::Undecided { "undecided" } else { finding.severity.as_str() };
        let criteria: Vec<&str> = rule.criteria.iter().map(|(id, _)| id.as_str()).collect();
        let spot = place::of_finding(self.files, finding, self.options);
        let labels = &finding.labels;
        html! {
            details .finding data-kind=(kind) data-criteria=(criteria.join(" ")) {
                summary {
                    span class={ "tag " (kind) } { (kind) } " " (finding.message)
                    @if let Some(spot) = &spot { " " code .soft { (spot.path) ":" (spot.line) } }
                }
                div {
                    (self.snippet(&labels.primary))
                    @for label in labels.others.iter().chain(&labels.calls) { (self.snippet(label)) }
                    dl {
                        @for reason in &finding.reasons { dt { "because" } dd { (reason) } }
                        @if finding.instances.len() > 1 { dt { "instances" } dd { (finding.instances.join(", ")) } }
                        @if let Some(environments) = finding.environments() { dt { "environment" } dd { (environments) } }
                        @if let Some(scenarios) = summary::scenarios(finding) { dt { "scenarios" } dd { (scenarios) } }
                        dt { "why" } dd { (prose(&rule.rationale)) }
                        @for (id, reason) in &rule.criteria { dt { (id) } dd { (reason) } }
                        dt { "to do" } dd { (prose(&rule.remediation)) }
                        @if let Some(fix) = &finding.fix { dt { "fix (" (fix.made()) ")" } dd { (prose(&fix.summary)) ". " (fix.reason) } }
                        dt { "rule" } dd { code { (rule.id) } ": " (rule.title) }
                    }
                }
            }
        }
    }

    /// The text of a label with its lines, the label marked.
    fn snippet(&self, label: &Label) -> Markup {
        let Some(span) = place::fit(self.files, label.span) else { return html! {} };
        let (start, end) = (self.files.line_column(span.file, span.start), self.files.line_column(span.file, span.end));
        // Of some files only what a label covers may be shown.
        let discreet = self.files.file(span.file).discreet;
        let starts = self.files.file(span.file).line_starts();
        let last = end.line.min(start.line + MOST_LINES - 1);
        let cut = |text: &str| text.chars().take(MOST_COLUMNS).collect::<String>();
        let lines = (start.line..=last).map(|number| {
            let line = self.files.line(span.file, number);
            let base = starts[number as usize - 1] as usize;
            let within = |at: u32| place::boundary(line, (at as usize).saturating_sub(base).min(line.len()));
            let (from, to) = (within(span.start), within(span.end));
            let (before, after) = if discreet { ("", "") } else { (&line[..from], &line[to..]) };
            (number, cut(before), cut(&line[from..to]), cut(after))
        });
        html! {
            pre {
                span .at { (self.files.path(span.file)) ":" (start.line)
                    @if !label.text.is_empty() { " " (label.text) } "\n" }
                @for (number, before, marked, after) in lines {
                    span .at { (format!("{number:>5} ")) } (before) mark { (marked) } (after) "\n"
                }
                @if end.line > last { span .at { "      ...\n" } }
            }
        }
    }

    fn resolved(&self) -> Markup {
        let Some(change) = self.report.change.as_ref() else { return html! {} };
        html! {
            h2 { "What the change mends" }
            p { (change.resolved.len()) " resolved, " (change.unchanged) " there before." }
            ul { @for resolved in &change.resolved {
                li { (resolved.message) " " code .soft { (resolved.path) ":" (resolved.line) } " " code { (resolved.rule) } }
            } }
        }
    }

    fn exceptions(&self) -> Markup {
        let report = self.report;
        html! {
            h2 { "Exceptions" }
            @if report.waivers.is_empty() && report.off.is_empty() { p { "None." } }
            @if !report.waivers.is_empty() { div .wide { table {
                thead { tr { th { "rules" } th { "of what" } th { "reason" } th { "owner" } th { "until" } th { "state" } th { "place" } } }
                tbody { @for waiver in &report.waivers { tr {
                    td { code { (waiver.rules.join(", ")) } }
                    td { (waiver.subjects.join(", ")) }
                    td { (waiver.reason.as_deref().unwrap_or("")) }
                    td { (waiver.owner.as_deref().unwrap_or("")) }
                    td { (waiver.until.as_deref().unwrap_or("")) }
                    td { (waiver.state.as_str()) }
                    td { @if let Some(span) = place::fit(self.files, waiver.place) { code { (place::locus(self.files, span)) } } }
                } } }
            } } }
            @if !report.off.is_empty() {
                p { "Rules that trustlint.hcl switches off:" }
                ul { @for (rule, reason) in &report.off { li { code { (rule) } ": " (reason) } } }
            }
        }
    }

    fn attested(&self) -> Markup {
        html! {
            h2 { "What only people can attest" }
            p .soft { "No file shows it. An auditor asks for it all the same." }
            dl { @for criterion in self.report.criteria.iter().filter(|c| !c.attested.is_empty()) {
                dt { (criterion.id) }
                dd { @for text in &criterion.attested { p { (text) } } }
            } }
        }
    }

    fn not_scanned(&self) -> Markup {
        let reasons = summary::skipped_by_reason(self.report);
        html! {
            h2 { "What was not scanned" }
            @if reasons.is_empty() { p { "Everything that trustlint knows was." } }
            @for (why, paths) in &reasons {
                details {
                    summary { (count(paths.len(), "file")) ": " (why) }
                    div { ul { @for path in paths { li { code { (path) } } } } }
                }
            }
        }
    }
}

/// Prose with `code` in it.
fn prose(text: &str) -> Markup {
    let pieces: Vec<&str> = text.split('`').collect();
    // An odd one out is no mark.
    let whole = pieces.len() % 2 == 1;
    html! {
        @if whole {
            @for (index, piece) in pieces.iter().enumerate() {
                @if index % 2 == 1 { code { (piece) } } @else { (piece) }
            }
        } @else { (text) }
    }
}
