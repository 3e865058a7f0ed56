//! The rules of a run and the criteria they bear on, as SARIF's tool component and taxonomy.

use std::fmt::Write as _;

use serde_json::Value;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor, ReportingDescriptorReference,
    ReportingDescriptorRelationship, Tool, ToolComponent, ToolComponentReference,
};

use crate::report::{
    Criterion, Report, RuleInfo, Severity,
    words::{one_line, sentence},
};

/// The name of the taxonomy of criteria.
pub const TAXONOMY: &str = "AICPA-TSC";
/// GitHub refuses or cuts longer descriptions.
const MOST_TEXT: usize = 1024;
/// GitHub keeps ten tags and advises to stay below.
const MOST_TAGS: usize = 9;

/// The program and the rules that it ran.
pub fn tool(report: &Report) -> Tool {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let mut driver = component("trustlint");
    driver.semantic_version = Some(env!("CARGO_PKG_VERSION").into());
    driver.information_uri = (!repository.is_empty()).then(|| repository.into());
    // GitHub takes the severity from the rule. Where it is configured otherwise, the findings say so.
    let mut severities: Vec<Option<Severity>> = vec![None; report.rules.len()];
    for finding in &report.findings {
        if let Some(worst) = severities.get_mut(finding.rule) {
            *worst = (*worst).max(Some(finding.severity));
        }
    }
    let rules = report.rules.iter().zip(severities);
    driver.rules = Some(rules.map(|(r, found)| rule(r, found.unwrap_or(r.severity), &report.criteria)).collect());
    driver.supported_taxonomies = (!report.criteria.is_empty()).then(|| vec![taxonomy_reference()]);
    Tool { driver, extensions: None, properties: None }
}

/// The criteria, in our own words.
pub fn taxonomy(criteria: &[Criterion]) -> ToolComponent {
    let mut out = component(TAXONOMY);
    out.version = Some("2017 (rev. 2022)".into());
    out.organization = Some("AICPA".into());
    out.short_description = Some(plain("Criteria of SOC 2 (AICPA Trust Services Criteria), in trustlint's own words."));
    out.is_comprehensive = Some(false);
    out.taxa = Some(criteria.iter().map(taxon).collect());
    out
}

fn component(name: &str) -> ToolComponent {
    ToolComponent::builder().name(name).build()
}

fn taxon(criterion: &Criterion) -> ReportingDescriptor {
    let mut out = ReportingDescriptor::builder().id(criterion.id.as_str()).build();
    out.short_description = Some(plain(&sentence(&criterion.title)));
    out.full_description = Some(plain(&sentence(&criterion.description))).filter(|d| !d.text.is_empty());
    out
}

fn taxonomy_reference() -> ToolComponentReference {
    ToolComponentReference { name: Some(TAXONOMY.into()), index: Some(0), ..ToolComponentReference::default() }
}

fn rule(info: &RuleInfo, severity: Severity, criteria: &[Criterion]) -> ReportingDescriptor {
    let title = sentence(if info.title.is_empty() { &info.id } else { &info.title });
    let rationale = if info.rationale.trim().is_empty() { title.clone() } else { one_line(&info.rationale) };
    let relationships: Vec<_> =
        info.criteria.iter().filter_map(|(id, reason)| relationship(id, reason, criteria)).collect();
    let mut out = ReportingDescriptor::builder().id(info.id.as_str()).build();
    out.name = name(&info.id);
    out.short_description = Some(plain(&title));
    out.full_description = Some(plain(&rationale));
    out.help =
        Some(MultiformatMessageString { text: help_text(info), markdown: Some(help_markdown(info)), properties: None });
    out.help_uri = info.references.first().cloned();
    out.default_configuration =
        Some(ReportingConfiguration { level: Some(level(severity).into()), ..ReportingConfiguration::default() });
    out.relationships = (!relationships.is_empty()).then_some(relationships);
    out.properties = Some(properties(info, severity));
    out
}

/// `relevant` and not `superset`: the latter would say that whoever violates the rule fails the
/// whole criterion.
fn relationship(id: &str, reason: &str, criteria: &[Criterion]) -> Option<ReportingDescriptorRelationship> {
    let index = criteria.iter().position(|c| c.id == id)?;
    Some(ReportingDescriptorRelationship {
        description: (!reason.is_empty()).then(|| super::place::text(sentence(reason))),
        kinds: Some(vec!["relevant".into()]),
        properties: None,
        target: ReportingDescriptorReference {
            id: Some(id.into()),
            index: Some(super::place::number(index)),
            tool_component: Some(taxonomy_reference()),
            ..ReportingDescriptorReference::default()
        },
    })
}

fn properties(info: &RuleInfo, severity: Severity) -> PropertyBag {
    let criteria = info.criteria.iter().map(|(id, _)| format!("soc2/{id}"));
    let tags = ["security".into(), "soc2".into()].into_iter().chain(criteria).take(MOST_TAGS).collect();
    let values = [
        ("precision", "high"),
        ("problem.severity", problem(severity)),
        // A string that holds a number: GitHub refuses the number itself.
        ("security-severity", score(severity)),
    ];
    PropertyBag {
        tags: Some(tags),
        additional_properties: values.into_iter().map(|(k, v)| (k.into(), Value::from(v))).collect(),
    }
}

/// SARIF's level of a severity.
pub fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "recommendation",
    }
}

/// A score in the middle of the range that GitHub shows under the same name.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
    }
}

/// `aws-rds-storage-encrypted` as `AwsRdsStorageEncrypted`. A name must differ from the id by more
/// than its case, so an id of one word has none.
fn name(id: &str) -> Option<String> {
    let words = id.split('-').map(|word| {
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    });
    id.contains('-').then(|| cut(&words.collect::<String>(), 255))
}

fn help_text(info: &RuleInfo) -> String {
    let mut out = sentence(&info.title);
    for part in [&info.rationale, &info.remediation] {
        if !part.trim().is_empty() {
            let _ = write!(out, "\n\n{}", part.trim());
        }
    }
    if !info.criteria.is_empty() {
        out.push_str("\n\nSOC 2:");
        for (id, reason) in &info.criteria {
            let _ = write!(out, "\n- {}", criterion(id, reason, ""));
        }
    }
    if !info.references.is_empty() {
        out.push_str("\n\nReferences:");
        for reference in &info.references {
            let _ = write!(out, "\n- {reference}");
        }
    }
    out
}

fn help_markdown(info: &RuleInfo) -> String {
    let mut out = format!("**{}**", sentence(&info.title));
    for (heading, part) in [("Why it matters", &info.rationale), ("What to do", &info.remediation)] {
        if !part.trim().is_empty() {
            let _ = write!(out, "\n\n## {heading}\n\n{}", part.trim());
        }
    }
    if !info.criteria.is_empty() {
        out.push_str("\n\n## SOC 2 criteria\n");
        for (id, reason) in &info.criteria {
            let _ = write!(out, "\n- {}", criterion(id, reason, "**"));
        }
    }
    if !info.references.is_empty() {
        out.push_str("\n\n## References\n");
        for reference in &info.references {
            let _ = write!(out, "\n- <{reference}>");
        }
    }
    out
}

fn criterion(id: &str, reason: &str, mark: &str) -> String {
    if reason.is_empty() { format!("{mark}{id}{mark}") } else { format!("{mark}{id}{mark}: {}", one_line(reason)) }
}

fn plain(text: &str) -> MultiformatMessageString {
    MultiformatMessageString { text: cut(text, MOST_TEXT), markdown: None, properties: None }
}

/// At most so many UTF-16 code units, which is the strictest way to count.
fn cut(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.into();
    }
    let mut left = most - 1;
    let kept = text.chars().take_while(|c| {
        let fits = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        fits
    });
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("ab😀cd", 4), "ab…");
        assert_eq!(cut("ab😀cd", 6), "ab😀cd");
    }

    #[test]
    fn a_name_differs_from_the_id_by_more_than_its_case() {
        assert_eq!(name("aws-s3-versioning").as_deref(), Some("AwsS3Versioning"));
        assert_eq!(name("one"), None);
    }
}
