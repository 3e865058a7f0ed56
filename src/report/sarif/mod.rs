//! SARIF 2.1.0, as GitHub code scanning reads it and as the specification means it.
//!
//! Two readers, two needs. GitHub uses a few properties and has limits: the first location, tags,
//! a score that is a string, the hash of a line. Other tools read the taxonomy, the logical
//! locations and the notifications. Both get what they look for, in one file without white space.

pub mod line_hash;
mod place;
mod rules;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, CodeFlow, Fix, Invocation, Location, LogicalLocation,
    Notification, PropertyBag, Replacement, Result as SarifResult, ResultKind, ResultLevel, Run, RunAutomationDetails,
    Sarif, Suppression, ThreadFlow, ThreadFlowLocation,
};

use self::place::{Places, ROOT, number, text};
use super::{
    Finding, RenderOptions, Report, Severity, Verdict, Waived, WaiverSource, summary,
    words::{first_sentence, sentence},
};
use crate::source::{Diagnostic, DiagnosticKind, Level, SourceMap, Span};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// What GitHub keeps of one run.
const MOST_RESULTS: usize = 5000;
/// Beyond this, the addresses of a result are counted only.
const MOST_ADDRESSES: usize = 100;
/// The category of the upload. Without the slash there would be none.
const CATEGORY: &str = "trustlint/";

/// Renders a report as one run. What is undecided is left out unless asked for: GitHub would show
/// it as a violation. So is what is waived: GitHub does not know suppressions.
pub fn render(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let mut places = Places::new(files);
    let (kept, dropped) = worst(fold(report.shown(options)));
    let mut results: Vec<_> = kept.iter().filter_map(|group| result(report, group, &mut places)).collect();
    let mut notifications: Vec<_> = report.diagnostics.iter().map(|d| notification(d, &places)).collect();
    let lost = kept.len() - results.len();
    if options.suppressed {
        for result in &mut results {
            // Where some are suppressed, the others say that they are not.
            result.suppressions = Some(Vec::new());
        }
        results.extend(report.waived.iter().filter_map(|waived| suppressed(report, waived, &mut places)));
    }
    if dropped > 0 {
        let words = format!("{dropped} results were left out: a run holds {MOST_RESULTS} at most, the worst are kept.");
        notifications.push(note(Level::Warning, words));
    }
    if lost > 0 {
        notifications.push(note(
            Level::Warning,
            format!("{lost} results were left out: their text is in no file of the repository."),
        ));
    }
    let mut run = Run::builder().tool(rules::tool(report)).build();
    run.automation_details =
        Some(RunAutomationDetails { id: Some(CATEGORY.into()), ..RunAutomationDetails::default() });
    run.column_kind = Some("utf16CodeUnits".into());
    run.original_uri_base_ids = Some(BTreeMap::from([(ROOT.into(), root())]));
    run.taxonomies = (!report.criteria.is_empty()).then(|| vec![rules::taxonomy(&report.criteria)]);
    run.invocations = Some(vec![invocation(report, notifications)]);
    run.results = Some(results);
    let log = Sarif {
        schema: Some(SCHEMA.into()),
        version: "2.1.0".into(),
        runs: vec![run],
        inline_external_properties: None,
        properties: None,
    };
    // Only maps with keys that are not strings could fail, and there are none.
    serde_json::to_string(&log).unwrap_or_default()
}

/// The root has no address of its own: a report must not tell on which machine it was made.
fn root() -> ArtifactLocation {
    ArtifactLocation { description: Some(text("The root of the repository.")), ..ArtifactLocation::default() }
}

/// Findings that nothing but the entity tells apart: they make one result.
type Group<'a> = Vec<&'a Finding>;

fn fold<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut seen = HashMap::new();
    for finding in findings {
        let labels = &finding.labels;
        let places: Vec<_> = std::iter::once(&labels.primary)
            .chain(&labels.others)
            .chain(&labels.calls)
            .map(|l| (l.span, l.text.as_str()))
            .collect();
        let scenarios = (&finding.scenarios, &finding.undecided_in);
        let key = (
            finding.rule,
            finding.verdict,
            finding.severity,
            finding.message.as_str(),
            labels.calls.len(),
            places,
            scenarios,
        );
        let index = *seen.entry(key).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// The worst that fit, in the order of the report, and how many do not.
fn worst(groups: Vec<Group>) -> (Vec<Group>, usize) {
    let dropped = groups.len().saturating_sub(MOST_RESULTS);
    if dropped == 0 {
        return (groups, 0);
    }
    let mut numbered: Vec<_> = groups.into_iter().enumerate().collect();
    numbered.sort_by_key(|(i, g)| (Reverse((g[0].verdict, g[0].severity)), *i));
    numbered.truncate(MOST_RESULTS);
    numbered.sort_by_key(|(i, _)| *i);
    (numbered.into_iter().map(|(_, g)| g).collect(), dropped)
}

fn result(report: &Report, group: &Group, places: &mut Places) -> Option<SarifResult> {
    let finding = group[0];
    let rule = report.rules.get(finding.rule)?;
    let labels = &finding.labels;
    let candidates = || std::iter::once(&labels.primary).chain(&labels.others).chain(&labels.calls);
    let primary = candidates().find(|l| places.knows(l.span))?;
    let addresses = addresses(group);

    let mut related: Vec<Related> = Vec::new();
    for (labels, called) in [(&labels.others, false), (&labels.calls, true)] {
        for label in labels.iter().filter(|l| places.knows(l.span) && l.span != primary.span) {
            related.push(Related { id: number(related.len() + 1), span: label.span, words: &label.text, called });
        }
    }
    let mut location = places.location(primary.span, primary.text.trim());
    location.logical_locations = logical(&addresses, &finding.kind);

    let mut out = SarifResult::builder()
        .message(text(message(finding, &rule.remediation, &related, addresses.len(), places)))
        .rule_id(rule.id.as_str())
        .rule_index(number(finding.rule))
        .build();
    out.level = Some(match (finding.verdict, finding.severity) {
        (Verdict::Fail, Severity::Critical | Severity::High) => ResultLevel::Error,
        (Verdict::Fail, Severity::Medium) => ResultLevel::Warning,
        (Verdict::Fail, Severity::Low) => ResultLevel::Note,
        _ => ResultLevel::None,
    });
    out.kind = (finding.verdict != Verdict::Fail).then_some(ResultKind::Open);
    out.related_locations = (!related.is_empty()).then(|| related.iter().map(|r| r.location(places)).collect());
    out.code_flows = code_flow(&related, &location, places).map(|flow| vec![flow]);
    out.locations = Some(vec![location]);
    out.occurrence_count = (addresses.len() > 1).then_some(number(addresses.len()));
    out.partial_fingerprints = Some(BTreeMap::from([
        ("primaryLocationLineHash".into(), places.line_hash(primary.span)),
        ("trustlint/v1".into(), finding.fingerprint.clone()),
    ]));
    out.fixes = fix(group, places).map(|fix| vec![fix]);
    out.properties = Some(properties(group));
    Some(out)
}

/// A finding that somebody answers for.
fn suppressed(report: &Report, waived: &Waived, places: &mut Places) -> Option<SarifResult> {
    let mut out = result(report, &vec![&waived.finding], places)?;
    let kind = if waived.source == WaiverSource::Configuration { "external" } else { "inSource" };
    let parts = [("owner", waived.owner.as_ref()), ("until", waived.until.as_ref())];
    let properties: BTreeMap<String, Value> =
        parts.into_iter().filter_map(|(name, part)| Some((name.into(), Value::from(part?.as_str())))).collect();
    let mut suppression = Suppression::builder().kind(kind).build();
    suppression.status = Some("accepted".into());
    suppression.justification = Some(waived.reason.clone());
    suppression.location = places.knows(waived.place).then(|| places.location(waived.place, ""));
    suppression.properties =
        (!properties.is_empty()).then_some(PropertyBag { tags: None, additional_properties: properties });
    out.suppressions = Some(vec![suppression]);
    Some(out)
}

/// The edits of the findings of one result, by file.
fn fix(group: &Group, places: &Places) -> Option<Fix> {
    let note = group[0].fix.as_ref().filter(|note| !note.edits.is_empty())?;
    let mut changes: Vec<ArtifactChange> = Vec::new();
    let mut edits: Vec<_> = note.edits.iter().filter(|e| places.knows(e.span)).collect();
    edits.sort_by_key(|e| (e.span.file, e.span.start));
    for edit in edits {
        let location = place::artifact(places.path(edit.span));
        let inserted = ArtifactContent { text: Some(edit.text.clone()), ..ArtifactContent::default() };
        let replacement = Replacement {
            deleted_region: places.exact(edit.span),
            inserted_content: (!edit.text.is_empty()).then_some(inserted),
            properties: None,
        };
        match changes.last_mut().filter(|change| change.artifact_location == location) {
            Some(change) => change.replacements.push(replacement),
            None => changes.push(ArtifactChange {
                artifact_location: location,
                properties: None,
                replacements: vec![replacement],
            }),
        }
    }
    let words = [sentence(&note.summary), note.reason.clone()].join(" ");
    let fix = Fix { description: Some(text(words.trim())), artifact_changes: changes, properties: None };
    (!fix.artifact_changes.is_empty()).then_some(fix)
}

/// A further place, with the number by which the message links to it.
struct Related<'a> {
    id: i64,
    span: Span,
    words: &'a str,
    called: bool,
}

impl Related<'_> {
    fn location(&self, places: &Places) -> Location {
        let words = match (self.words.trim(), self.called) {
            ("", true) => "called here",
            ("", false) => "this decides it",
            (words, _) => words,
        };
        Location { id: Some(self.id), ..places.location(self.span, words) }
    }

    /// A link in a message. Brackets within it would end it.
    fn link(&self, places: &Places) -> String {
        let words = match self.words.trim() {
            words if self.called || words.is_empty() => places.name(self.span),
            words => words.into(),
        };
        let words = words.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
        format!("[{words}]({})", self.id)
    }
}

fn addresses<'a>(group: &Group<'a>) -> Vec<&'a str> {
    let mut out: Vec<&str> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for finding in group {
        let own =
            if finding.instances.is_empty() { std::slice::from_ref(&finding.address) } else { &finding.instances[..] };
        out.extend(own.iter().map(String::as_str).filter(|a| !a.is_empty() && seen.insert(*a)));
    }
    out
}

fn logical(addresses: &[&str], kind: &str) -> Option<Vec<LogicalLocation>> {
    let locations: Vec<_> = addresses
        .iter()
        .take(MOST_ADDRESSES)
        .map(|address| LogicalLocation {
            fully_qualified_name: Some((*address).into()),
            kind: (!kind.is_empty()).then(|| kind.into()),
            ..LogicalLocation::default()
        })
        .collect();
    (!locations.is_empty()).then_some(locations)
}

/// What is wrong, what to do, how many it concerns, what decided it, who called.
///
/// GitHub shows the first sentence alone where there is little room.
fn message(finding: &Finding, remediation: &str, related: &[Related], instances: usize, places: &Places) -> String {
    let mut out = vec![sentence(&finding.message).replace("](", "] (")];
    if finding.verdict == Verdict::Fail {
        out.push(first_sentence(remediation).replace("](", "] ("));
    } else if !finding.reasons.is_empty() {
        out.push(
            sentence(&format!("It cannot be told from the files: {}", finding.reasons.join("; "))).replace("](", "] ("),
        );
    }
    if instances > 1 {
        out.push(format!("This text makes {instances} instances."));
    }
    if let Some(scenarios) = summary::scenarios(finding) {
        out.push(sentence(&format!("This is so {scenarios}")).replace("](", "] ("));
    }
    for (called, verb) in [(false, "Decided by"), (true, "Called from")] {
        let links: Vec<_> = related.iter().filter(|r| r.called == called).map(|r| r.link(places)).collect();
        if !links.is_empty() {
            out.push(format!("{verb} {}.", links.join(", ")));
        }
    }
    out.retain(|part| !part.is_empty());
    out.join(" ")
}

/// The way from the outermost module call to the text at fault.
fn code_flow(related: &[Related], primary: &Location, places: &Places) -> Option<CodeFlow> {
    let mut steps: Vec<_> = related.iter().filter(|r| r.called).map(|r| r.location(places)).collect();
    if steps.is_empty() {
        return None;
    }
    steps.push(primary.clone());
    let step = |(i, mut location): (usize, Location)| {
        location.id = None;
        let nesting_level = Some(number(i));
        ThreadFlowLocation { location: Some(location), nesting_level, ..ThreadFlowLocation::default() }
    };
    let locations = steps.into_iter().enumerate().map(step).collect();
    let flow =
        ThreadFlow { id: None, immutable_state: None, initial_state: None, locations, message: None, properties: None };
    Some(CodeFlow { message: None, properties: None, thread_flows: vec![flow] })
}

fn properties(group: &Group) -> PropertyBag {
    let finding = group[0];
    let mut environments: Vec<&str> =
        group.iter().flat_map(|f| f.environment.iter().chain(&f.other_environments)).map(String::as_str).collect();
    environments.sort_unstable();
    environments.dedup();
    let mut values = BTreeMap::from([("severity".to_owned(), Value::from(finding.severity.as_str()))]);
    if !environments.is_empty() {
        values.insert("environments".into(), json!(environments));
    }
    if !finding.scenarios.is_empty() {
        values.insert("scenarios".into(), json!(finding.scenarios));
    }
    if !finding.undecided_in.is_empty() {
        values.insert("undecidedIn".into(), json!(finding.undecided_in));
    }
    if !finding.reasons.is_empty() {
        values.insert("reasons".into(), json!(finding.reasons));
    }
    PropertyBag { tags: None, additional_properties: values }
}

fn invocation(report: &Report, notifications: Vec<Notification>) -> Invocation {
    let failed = report.diagnostics.iter().any(|d| d.level == Level::Error && d.kind != DiagnosticKind::Evaluation);
    let mut out = Invocation::builder().execution_successful(!failed).build();
    out.tool_execution_notifications = (!notifications.is_empty()).then_some(notifications);
    out
}

fn notification(diagnostic: &Diagnostic, places: &Places) -> Notification {
    let words = [sentence(&diagnostic.message), sentence(diagnostic.help.as_deref().unwrap_or(""))];
    let mut out = note(diagnostic.level, words.join(" ").trim().into());
    let notes = diagnostic.notes.iter().filter(|n| places.knows(n.span));
    let mut locations: Vec<_> = notes.map(|n| places.location(n.span, n.text.trim())).collect();
    if locations.is_empty() {
        locations.extend(diagnostic.path.as_deref().filter(|p| place::is_inside(p)).map(place::whole_file));
    }
    out.locations = (!locations.is_empty()).then_some(locations);
    out
}

fn note(level: Level, words: String) -> Notification {
    let level = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let mut out = Notification::builder().message(text(words)).build();
    out.level = Some(level.into());
    out
}
