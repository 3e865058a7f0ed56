//! Commands that a pipeline reads from standard output: annotations of GitHub, issues of Azure Pipelines.
//!
//! What a repository holds must not become a command: everything is escaped as the hosts ask.
//!
//! - <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>
//! - <https://github.com/microsoft/azure-pipelines-tasks/blob/master/docs/authoring/commands.md>

use super::{
    Finding, RenderOptions, Report, Severity,
    place::{self, Spot},
    summary::{self, count},
    words::{first_sentence, one_line, sentence},
};
use crate::source::{Diagnostic, Level, SourceMap};

/// GitHub shows so many annotations of each level of a step, and drops the rest without a word.
const MOST: usize = 10;

/// What is shown beside a line.
struct Note<'a> {
    level: &'static str,
    title: String,
    message: String,
    rule: &'a str,
    spot: Option<Spot>,
}

/// Workflow commands: the worst ones of each level, and how many there are besides.
pub fn github(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let notes = notes(report, files, options);
    let mut out = String::new();
    for level in ["error", "warning", "notice"] {
        let of_level: Vec<&Note> = notes.iter().filter(|n| n.level == level).collect();
        let shown = if of_level.len() > MOST { MOST - 1 } else { of_level.len() };
        for note in &of_level[..shown] {
            out.push_str(&github_line(note));
        }
        if of_level.len() > shown {
            let more = format!("and {} more; the summary or the log has them all", of_level.len() - shown);
            out.push_str(&format!("::{level} title=trustlint::{}\n", github_data(&more)));
        }
    }
    out
}

fn github_line(note: &Note) -> String {
    let mut properties = Vec::new();
    if let Some(spot) = &note.spot {
        properties.push(format!("file={}", github_property(&spot.path)));
        properties.push(format!("line={}", spot.line));
        if spot.end_line > spot.line {
            properties.push(format!("endLine={}", spot.end_line));
        } else {
            properties.push(format!("col={}", spot.column));
            properties.push(format!("endColumn={}", spot.end_column));
        }
    }
    properties.push(format!("title={}", github_property(&note.title)));
    format!("::{} {}::{}\n", note.level, properties.join(","), github_data(&note.message))
}

fn github_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn github_property(text: &str) -> String {
    github_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Logging commands of Azure Pipelines.
pub fn azure(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let line = |note: &Note| {
        let level = if note.level == "error" { "error" } else { "warning" };
        let place = note.spot.as_ref().map_or_else(String::new, |spot| {
            format!("sourcepath={};linenumber={};columnnumber={};", azure_property(&spot.path), spot.line, spot.column)
        });
        let code = azure_property(note.rule);
        format!("##vso[task.logissue type={level};{place}code={code};]{}\n", azure_data(&note.message))
    };
    notes(report, files, options).iter().map(line).collect()
}

fn azure_data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn azure_property(text: &str) -> String {
    azure_data(text).replace(';', "%3B").replace(']', "%5D")
}

/// What is to be shown, the worst first.
fn notes<'a>(report: &'a Report, files: &SourceMap, options: &RenderOptions) -> Vec<Note<'a>> {
    let mut findings: Vec<&Finding> = report.shown(options).collect();
    findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    let unread = report.diagnostics.iter().filter(|d| d.level == Level::Error).map(|d| unread(d, files, options));
    unread.chain(findings.into_iter().map(|f| note(report, f, files, options))).collect()
}

fn note<'a>(report: &'a Report, finding: &Finding, files: &SourceMap, options: &RenderOptions) -> Note<'a> {
    let rule = report.rule_of(finding);
    let criteria: Vec<&str> = rule.criteria.iter().map(|(id, _)| id.as_str()).collect();
    let mut message = format!("{} {}", sentence(&finding.message), first_sentence(&rule.remediation));
    if finding.instances.len() > 1 {
        message.push_str(&format!(" ({} of it)", count(finding.instances.len(), "instance")));
    }
    if let Some(scenarios) = summary::scenarios(finding) {
        message.push_str(&format!(" ({scenarios})"));
    }
    Note {
        level: match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low => "notice",
        },
        title: format!("{} ({}, {})", rule.id, finding.severity, criteria.join(" ")),
        message,
        rule: &rule.id,
        spot: place::of_finding(files, finding, options),
    }
}

fn unread<'a>(diagnostic: &Diagnostic, files: &SourceMap, options: &RenderOptions) -> Note<'a> {
    let spot = diagnostic.notes.first().and_then(|note| place::spot(files, note.span, options));
    let whole = || {
        let path = place::from_top(diagnostic.path.as_deref()?, options)?;
        Some(Spot { path, line: 1, column: 1, end_line: 1, end_column: 1 })
    };
    Note {
        level: "error",
        title: "trustlint: not read".into(),
        message: one_line(&format!("{} {}", sentence(&diagnostic.message), diagnostic.help.as_deref().unwrap_or(""))),
        rule: "not-read",
        spot: spot.or_else(whole),
    }
}
