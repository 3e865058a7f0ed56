//! A report as JSON for programs. `docs/json.md` describes it; its version changes when a reader
//! could break.

use serde::Serialize;

use super::{BaselineInfo, Change, Counts, Finding, Label, Report, ScenarioInfo, Severity, Verdict, Waived};
use crate::source::{Diagnostic, DiagnosticKind, Edit, Level, SourceMap, Span};

/// The version of the format. New members do not raise it.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    target: &'a str,
    summary: Summary,
    findings: Vec<FindingOut<'a>>,
    waived: Vec<WaivedOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<ChangeOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<BaselineOut<'a>>,
    rules: Vec<RuleOut<'a>>,
    scenarios: Vec<ScenarioOut<'a>>,
    /// Rules that the configuration switches off: id and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    switched_off: Vec<Off<'a>>,
    skipped: Vec<Skipped<'a>>,
    diagnostics: Vec<DiagnosticOut<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    entities: usize,
    #[serde(flatten)]
    counts: CountsOut,
    violations: Violations,
    waived: usize,
}

#[derive(Serialize)]
struct CountsOut {
    pass: usize,
    fail: usize,
    undecided: usize,
    not_applicable: usize,
}

/// How many findings of verdict `fail` are listed, by severity.
#[derive(Default, Serialize)]
struct Violations {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
}

#[derive(Serialize)]
struct FindingOut<'a> {
    rule: &'a str,
    severity: &'static str,
    verdict: &'static str,
    message: &'a str,
    address: &'a str,
    instances: &'a [String],
    kind: &'a str,
    environment: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    other_environments: &'a [String],
    scenarios: &'a [String],
    undecided_in: &'a [String],
    criteria: Vec<CriterionOut<'a>>,
    location: Option<Location<'a>>,
    related: Vec<Related<'a>>,
    calls: Vec<Related<'a>>,
    reasons: &'a [String],
    fix: Option<Fix<'a>>,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct ChangeOut<'a> {
    since: &'a str,
    unchanged: usize,
    resolved: Vec<ResolvedOut<'a>>,
}

#[derive(Serialize)]
struct BaselineOut<'a> {
    total: usize,
    covered: usize,
    stale: Vec<StaleOut<'a>>,
}

#[derive(Serialize)]
struct StaleOut<'a> {
    rule: &'a str,
    path: &'a str,
    address: &'a str,
    count: usize,
}

#[derive(Serialize)]
struct ResolvedOut<'a> {
    rule: &'a str,
    severity: &'static str,
    message: &'a str,
    address: &'a str,
    path: &'a str,
    line: u32,
}

#[derive(Serialize)]
struct WaivedOut<'a> {
    #[serde(flatten)]
    finding: FindingOut<'a>,
    waiver: WaiverOut<'a>,
}

#[derive(Serialize)]
struct WaiverOut<'a> {
    source: &'static str,
    reason: &'a str,
    owner: Option<&'a str>,
    until: Option<&'a str>,
    location: Option<Location<'a>>,
}

#[derive(Serialize)]
struct CriterionOut<'a> {
    id: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    start: Position,
    end: Position,
    text: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    location: Location<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Fix<'a> {
    summary: &'a str,
    safety: &'a str,
    reason: &'a str,
    code: &'a str,
    edits: Vec<EditOut<'a>>,
}

/// Text that takes the place of other text.
#[derive(Serialize)]
struct EditOut<'a> {
    path: &'a str,
    start: Position,
    end: Position,
    /// In bytes of the file, a byte-order mark not counted.
    range: [u32; 2],
    replacement: &'a str,
}

#[derive(Serialize)]
struct RuleOut<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    #[serde(flatten)]
    counts: CountsOut,
}

#[derive(Serialize)]
struct ScenarioOut<'a> {
    root: &'a str,
    name: &'a str,
    files: &'a [String],
    workspace: Option<&'a str>,
}

#[derive(Serialize)]
struct Off<'a> {
    rule: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct DiagnosticOut<'a> {
    level: &'static str,
    kind: &'static str,
    message: &'a str,
    path: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    help: Option<&'a str>,
}

/// Renders a report as one JSON document, indented, with a newline at its end.
pub fn render(report: &Report, files: &SourceMap) -> String {
    let document = Document {
        version: VERSION,
        tool: Tool { name: "trustlint", version: env!("CARGO_PKG_VERSION") },
        target: &report.target,
        summary: Summary {
            files: report.files,
            entities: report.entities,
            counts: counts(report.counts),
            violations: violations(report),
            waived: report.waived.len(),
        },
        findings: report.findings.iter().map(|f| finding(report, f, files)).collect(),
        waived: report.waived.iter().map(|w| waived(report, w, files)).collect(),
        change: report.change.as_ref().map(change),
        baseline: report.baseline.as_ref().map(baseline),
        rules: rules(report),
        scenarios: report.scenarios.iter().map(scenario).collect(),
        switched_off: report.off.iter().map(|(rule, reason)| Off { rule, reason }).collect(),
        skipped: report.skipped.iter().map(|(path, why)| Skipped { path, why }).collect(),
        diagnostics: report.diagnostics.iter().map(|d| diagnostic(d, files)).collect(),
    };
    // Only maps with keys that are not strings could fail, and there are none.
    let mut out = serde_json::to_string_pretty(&document).unwrap_or_default();
    out.push('\n');
    out
}

fn scenario(scenario: &ScenarioInfo) -> ScenarioOut<'_> {
    let ScenarioInfo { root, name, files, workspace } = scenario;
    ScenarioOut { root, name, files, workspace: workspace.as_deref() }
}

fn counts(counts: Counts) -> CountsOut {
    let Counts { pass, fail, undecided, not_applicable } = counts;
    CountsOut { pass, fail, undecided, not_applicable }
}

fn violations(report: &Report) -> Violations {
    let mut out = Violations::default();
    for finding in report.violations() {
        *match finding.severity {
            Severity::Critical => &mut out.critical,
            Severity::High => &mut out.high,
            Severity::Medium => &mut out.medium,
            Severity::Low => &mut out.low,
        } += 1;
    }
    out
}

fn rules(report: &Report) -> Vec<RuleOut<'_>> {
    let of = |i: usize| counts(report.by_rule.get(i).copied().unwrap_or_default());
    let rules = report.rules.iter().enumerate();
    rules.map(|(i, r)| RuleOut { id: &r.id, title: &r.title, severity: r.severity.as_str(), counts: of(i) }).collect()
}

fn finding<'a>(report: &'a Report, finding: &'a Finding, files: &'a SourceMap) -> FindingOut<'a> {
    let rule = report.rule_of(finding);
    let related = |labels: &'a [Label]| {
        let placed =
            labels.iter().filter_map(|l| Some(Related { location: location(l.span, files)?, message: &l.text }));
        placed.collect()
    };
    FindingOut {
        rule: &rule.id,
        severity: finding.severity.as_str(),
        verdict: verdict(finding.verdict),
        message: &finding.message,
        address: &finding.address,
        instances: &finding.instances,
        kind: &finding.kind,
        environment: finding.environment.as_deref(),
        other_environments: &finding.other_environments,
        scenarios: &finding.scenarios,
        undecided_in: &finding.undecided_in,
        criteria: rule.criteria.iter().map(|(id, reason)| CriterionOut { id, reason }).collect(),
        location: location(finding.labels.primary.span, files),
        related: related(&finding.labels.others),
        calls: related(&finding.labels.calls),
        reasons: &finding.reasons,
        fix: finding.fix.as_ref().map(|f| Fix {
            summary: &f.summary,
            safety: &f.safety,
            reason: &f.reason,
            code: &f.code,
            edits: f.edits.iter().map(|e| edit(e, files)).collect(),
        }),
        fingerprint: &finding.fingerprint,
    }
}

fn edit<'a>(edit: &'a Edit, files: &'a SourceMap) -> EditOut<'a> {
    EditOut {
        path: files.path(edit.span.file),
        start: position(edit.span, edit.span.start, files),
        end: position(edit.span, edit.span.end, files),
        range: [edit.span.start, edit.span.end],
        replacement: &edit.text,
    }
}

fn baseline(baseline: &BaselineInfo) -> BaselineOut<'_> {
    let stale =
        baseline.stale.iter().map(|s| StaleOut { rule: &s.rule, path: &s.path, address: &s.address, count: s.count });
    BaselineOut { total: baseline.total, covered: baseline.covered, stale: stale.collect() }
}

fn change(change: &Change) -> ChangeOut<'_> {
    let Change { since, resolved, unchanged } = change;
    let resolved = resolved.iter().map(|r| ResolvedOut {
        rule: &r.rule,
        severity: r.severity.as_str(),
        message: &r.message,
        address: &r.address,
        path: &r.path,
        line: r.line,
    });
    ChangeOut { since, unchanged: *unchanged, resolved: resolved.collect() }
}

fn waived<'a>(report: &'a Report, waived: &'a Waived, files: &'a SourceMap) -> WaivedOut<'a> {
    WaivedOut {
        finding: finding(report, &waived.finding, files),
        waiver: WaiverOut {
            source: waived.source.as_str(),
            reason: &waived.reason,
            owner: waived.owner.as_deref(),
            until: waived.until.as_deref(),
            location: location(waived.place, files),
        },
    }
}

/// The same words as the members of `summary`.
fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotApplicable => "not_applicable",
        other => other.as_str(),
    }
}

/// None for a text that is in no file, such as a template that was rendered.
fn location(span: Span, files: &SourceMap) -> Option<Location<'_>> {
    if span.file.0 as usize >= files.len() {
        return None;
    }
    Some(Location {
        path: files.path(span.file),
        start: position(span, span.start, files),
        end: position(span, span.end, files),
        text: files.text(span),
    })
}

fn position(span: Span, offset: u32, files: &SourceMap) -> Position {
    let at = files.line_column(span.file, offset);
    Position { line: at.line, column: at.column }
}

fn diagnostic<'a>(diagnostic: &'a Diagnostic, files: &'a SourceMap) -> DiagnosticOut<'a> {
    let place = diagnostic.notes.first().and_then(|n| location(n.span, files));
    DiagnosticOut {
        level: match diagnostic.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        },
        kind: match diagnostic.kind {
            DiagnosticKind::Configuration => "configuration",
            DiagnosticKind::Input => "input",
            DiagnosticKind::Evaluation => "evaluation",
            DiagnosticKind::Internal => "internal",
        },
        message: &diagnostic.message,
        path: place.as_ref().map(|p| p.path).or(diagnostic.path.as_deref()),
        line: place.as_ref().map(|p| p.start.line),
        column: place.as_ref().map(|p| p.start.column),
        help: diagnostic.help.as_deref(),
    }
}
