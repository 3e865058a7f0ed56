//! Code quality, as GitLab shows it in merge requests.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::{
    RenderOptions, Report, Severity, place,
    words::{first_sentence, sentence},
};
use crate::source::SourceMap;

/// An array with one object for each violation. GitLab drops all but one of those with the same fingerprint, so that
/// the second and further ones get a number.
pub fn render(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let issues = report.shown(options).filter_map(|finding| {
        let spot = place::of_finding(files, finding, options)?;
        let rule = report.rule_of(finding);
        let times = seen.entry(&finding.fingerprint).or_default();
        *times += 1;
        let fingerprint = match *times {
            1 => finding.fingerprint.clone(),
            n => format!("{}-{n}", finding.fingerprint),
        };
        Some(json!({
            "type": "issue",
            "check_name": rule.id,
            "description": format!("{} {}", sentence(&finding.message), first_sentence(&rule.remediation)).trim(),
            "content": { "body": rule.rationale.trim() },
            "categories": ["Security"],
            "severity": severity(finding.severity),
            "fingerprint": fingerprint,
            "location": { "path": spot.path, "lines": { "begin": spot.line, "end": spot.end_line } },
        }))
    });
    Json::Array(issues.collect()).to_string() + "\n"
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
    }
}
