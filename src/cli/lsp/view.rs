//! A report as an editor shows it: places as lines and columns, findings as diagnostics and as explanations.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use lsp_types::{DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Position, Range, Uri};

use super::{check::Checked, uri};
use crate::{
    report::{Finding, Severity, Verdict, place},
    source::{self, Level, SourceMap, Span},
};

/// Where files are, and what the editor calls those that are open.
pub(super) struct Names<'a> {
    pub(super) root: &'a Path,
    pub(super) open: &'a BTreeMap<PathBuf, Uri>,
}

impl Names<'_> {
    pub(super) fn path(&self, of_tree: &str) -> PathBuf {
        // Rules of one's own are named with their whole path.
        if Path::new(of_tree).is_absolute() {
            return of_tree.into();
        }
        let mut path = self.root.to_path_buf();
        for step in of_tree.split('/') {
            // A module above the folder is `../modules/net`.
            if step == ".." {
                path.pop();
            } else {
                path.push(step);
            }
        }
        path
    }

    pub(super) fn uri(&self, path: &Path) -> Option<Uri> {
        self.open.get(path).cloned().or_else(|| uri::of(path))
    }

    fn location(&self, files: &SourceMap, span: Span) -> Option<Location> {
        let span = place::fit(files, span)?;
        Some(Location { uri: self.uri(&self.path(files.path(span.file)))?, range: range(files, span) })
    }
}

/// Lines and columns, counted as editors do: from 0, columns in UTF-16 code units.
pub(super) fn range(files: &SourceMap, span: Span) -> Range {
    let position = |offset| {
        let at = files.line_column_utf16(span.file, offset);
        Position { line: at.line - 1, character: at.column - 1 }
    };
    Range { start: position(span.start), end: position(span.end) }
}

/// What of a finding is underlined: the nearest place in a file of the folder, its first line.
pub(super) fn place_of(files: &SourceMap, finding: &Finding) -> Option<Span> {
    let labels = &finding.labels;
    let all = std::iter::once(&labels.primary).chain(&labels.others).chain(&labels.calls);
    let own = all.filter_map(|label| place::fit(files, label.span)).find(|span| !files.is_foreign(span.file))?;
    Some(place::first_line(files, own))
}

/// A finding as a diagnostic.
pub(super) fn diagnostic(checked: &Checked, finding: &Finding, names: &Names<'_>) -> Option<lsp_types::Diagnostic> {
    let files = &checked.files;
    let span = place_of(files, finding)?;
    let labels = &finding.labels;
    let related = labels.others.iter().chain(&labels.calls).filter_map(|label| {
        let message = if label.text.is_empty() { "decided here".to_string() } else { label.text.clone() };
        Some(DiagnosticRelatedInformation { location: names.location(files, label.span)?, message })
    });
    let related: Vec<_> = related.collect();
    let mut message = finding.message.clone();
    for reason in &finding.reasons {
        let _ = write!(message, "\n{reason}");
    }
    Some(lsp_types::Diagnostic {
        range: range(files, span),
        severity: Some(match (finding.verdict, finding.severity) {
            (Verdict::Fail, Severity::Critical | Severity::High) => DiagnosticSeverity::ERROR,
            (Verdict::Fail, Severity::Medium) => DiagnosticSeverity::WARNING,
            (Verdict::Fail, Severity::Low) => DiagnosticSeverity::INFORMATION,
            // What cannot be known is no fault of the line.
            _ => DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(checked.report.rule_of(finding).id.clone())),
        source: Some("trustlint".into()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        ..lsp_types::Diagnostic::default()
    })
}

/// What is wrong with an input, as a diagnostic of a file.
pub(super) fn mistake(
    diagnostic: &source::Diagnostic,
    files: &SourceMap,
    names: &Names<'_>,
) -> Option<(PathBuf, lsp_types::Diagnostic)> {
    let mut places = diagnostic.notes.iter().filter_map(|note| Some((place::fit(files, note.span)?, &note.text)));
    let (path, at, text) = match (places.next(), &diagnostic.path) {
        (Some((span, text)), _) => (files.path(span.file), range(files, place::first_line(files, span)), text.as_str()),
        (None, Some(path)) => (path.as_str(), Range::default(), ""),
        (None, None) => return None,
    };
    let related: Vec<_> = places
        .filter_map(|(span, text)| {
            Some(DiagnosticRelatedInformation { location: names.location(files, span)?, message: text.clone() })
        })
        .collect();
    let parts = [diagnostic.message.as_str(), text, diagnostic.help.as_deref().unwrap_or_default()];
    let message = parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("\n");
    let shown = lsp_types::Diagnostic {
        range: at,
        severity: Some(match diagnostic.level {
            Level::Error => DiagnosticSeverity::ERROR,
            Level::Warning => DiagnosticSeverity::WARNING,
            Level::Note => DiagnosticSeverity::INFORMATION,
        }),
        source: Some("trustlint".into()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        ..lsp_types::Diagnostic::default()
    };
    Some((names.path(path), shown))
}

/// Why a finding matters and what to do, as Markdown.
pub(super) fn explanation(checked: &Checked, finding: &Finding) -> String {
    let rule = checked.report.rule_of(finding);
    let kind = if finding.verdict == Verdict::Undecided { "undecided" } else { finding.severity.as_str() };
    let mut text = format!("**{}** · {kind} · `{}`\n\n", rule.title, rule.id);
    for reason in &finding.reasons {
        let _ = writeln!(text, "*{reason}*\n");
    }
    let _ = writeln!(text, "{}\n", rule.rationale.trim());
    for (criterion, why) in &rule.criteria {
        let _ = writeln!(text, "- **{criterion}** {why}");
    }
    let _ = writeln!(text, "\n**To do:** {}", rule.remediation.trim());
    if let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.summary.is_empty()) {
        let _ = writeln!(text, "\n**Fix ({}):** {}. {}", fix.made(), fix.summary, fix.reason);
    }
    for reference in &rule.references {
        let _ = writeln!(text, "\n<{reference}>");
    }
    text
}
