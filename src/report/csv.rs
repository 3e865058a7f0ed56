//! Findings as comma-separated values, for a sheet.

use super::{Finding, RenderOptions, Report, Verdict, place, words::one_line};
use crate::source::SourceMap;

const COLUMNS: [&str; 12] = [
    "rule",
    "severity",
    "verdict",
    "criteria",
    "path",
    "line",
    "address",
    "environment",
    "message",
    "why",
    "remediation",
    "fingerprint",
];

/// One row for each finding, waived ones too.
pub fn render(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let mut out = COLUMNS.join(",") + "\r\n";
    for finding in &report.findings {
        out.push_str(&row(report, finding, finding.verdict.as_str(), files, options));
    }
    for waived in &report.waived {
        out.push_str(&row(report, &waived.finding, "waived", files, options));
    }
    out
}

fn row(report: &Report, finding: &Finding, verdict: &str, files: &SourceMap, options: &RenderOptions) -> String {
    let rule = report.rule_of(finding);
    let criteria: Vec<&str> = rule.criteria.iter().map(|(id, _)| id.as_str()).collect();
    let (path, at) = match place::of_finding(files, finding, options) {
        Some(spot) => (spot.path, spot.line.to_string()),
        None => Default::default(),
    };
    let why =
        if finding.verdict == Verdict::Undecided { finding.reasons.join("; ") } else { one_line(&rule.rationale) };
    line(&[
        rule.id.clone(),
        finding.severity.to_string(),
        verdict.into(),
        criteria.join(" "),
        path,
        at,
        finding.instances.join(" "),
        finding.environments().unwrap_or_default(),
        finding.message.clone(),
        why,
        one_line(&rule.remediation),
        finding.fingerprint.clone(),
    ])
}

/// A line of cells. A sheet takes what begins with certain signs for a formula; a quote in front keeps it text.
pub fn line(cells: &[String]) -> String {
    let cell = |text: &String| {
        let guard = if text.starts_with(['=', '+', '-', '@', '\t']) { "'" } else { "" };
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    };
    cells.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}
