//! Diagnostics as reviewdog reads them, with suggestions.
//!
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>: lines from 1, columns from 1 in bytes of UTF-8, the end
//! behind the last one.

use serde_json::{Value as Json, json};

use super::{
    Finding, RenderOptions, Report, Severity, place,
    words::{first_sentence, sentence},
};
use crate::source::{FileId, SourceMap, Span};

/// One object with all violations.
pub fn render(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let diagnostics: Vec<Json> =
        report.shown(options).filter_map(|finding| diagnostic(report, finding, files, options)).collect();
    let out = json!({ "source": { "name": "trustlint" }, "severity": "WARNING", "diagnostics": diagnostics });
    out.to_string() + "\n"
}

fn diagnostic(report: &Report, finding: &Finding, files: &SourceMap, options: &RenderOptions) -> Option<Json> {
    let rule = report.rule_of(finding);
    let labels = &finding.labels;
    let all = || std::iter::once(&labels.primary).chain(&labels.others).chain(&labels.calls);
    let span = all().map(|l| l.span).find(|s| s.file != FileId::NONE && !files.is_foreign(s.file))?;
    let related = all()
        .filter(|l| l.span != span)
        .filter_map(|label| Some(json!({ "message": label.text, "location": location(label.span, files, options)? })));
    let mut out = json!({
        "message": format!("{} {}", sentence(&finding.message), first_sentence(&rule.remediation)).trim(),
        "location": location(span, files, options)?,
        "severity": match finding.severity {
            Severity::Critical | Severity::High => "ERROR",
            Severity::Medium => "WARNING",
            Severity::Low => "INFO",
        },
        "code": { "value": rule.id },
        "relatedLocations": related.collect::<Vec<_>>(),
    });
    // A suggestion is for the file of its diagnostic; reviewdog shows others nowhere.
    let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
    let edits: Vec<_> = edits.collect();
    if !edits.is_empty() && edits.iter().all(|e| e.span.file == span.file) {
        let suggestions = edits.iter().map(|e| json!({ "range": range(e.span, files), "text": e.text }));
        out["suggestions"] = suggestions.collect();
    }
    Some(out)
}

fn location(span: Span, files: &SourceMap, options: &RenderOptions) -> Option<Json> {
    let span = place::fit(files, span)?;
    let path = place::from_top(files.path(span.file), options)?;
    Some(json!({ "path": path, "range": range(span, files) }))
}

fn range(span: Span, files: &SourceMap) -> Json {
    json!({ "start": position(span.file, span.start, files), "end": position(span.file, span.end, files) })
}

fn position(file: FileId, offset: u32, files: &SourceMap) -> Json {
    let starts = files.file(file).line_starts();
    let line = starts.partition_point(|start| *start <= offset);
    json!({ "line": line, "column": offset - starts[line - 1] + 1 })
}
