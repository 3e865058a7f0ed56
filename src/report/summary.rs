//! What a report comes to, counted in one place, so that no two renderings disagree.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{Criterion, Finding, Report, Severity, Verdict};

/// More scenarios than this are counted instead of named.
const MOST_SCENARIOS: usize = 6;

/// What was found that bears on one criterion.
pub(super) struct CriterionCount<'a> {
    pub(super) criterion: &'a Criterion,
    /// Violations of rules that bear on it.
    pub(super) violations: usize,
    /// Rules with a violation, by index.
    pub(super) failing: Vec<usize>,
    /// Questions that are undecided.
    pub(super) undecided: usize,
}

/// The number of violations of a severity.
pub(super) fn violations_of(report: &Report, severity: Severity) -> usize {
    report.violations().filter(|f| f.severity == severity).count()
}

/// The criteria on which something bears that was found, in their order.
pub(super) fn criteria(report: &Report) -> Vec<CriterionCount<'_>> {
    let mut counts: Vec<CriterionCount<'_>> = report
        .criteria
        .iter()
        .map(|criterion| CriterionCount { criterion, violations: 0, failing: Vec::new(), undecided: 0 })
        .collect();
    for finding in &report.findings {
        for (id, _) in &report.rule_of(finding).criteria {
            let Some(count) = counts.iter_mut().find(|c| c.criterion.id == *id) else { continue };
            if finding.verdict == Verdict::Fail {
                count.violations += 1;
                if !count.failing.contains(&finding.rule) {
                    count.failing.push(finding.rule);
                }
            } else {
                count.undecided += 1;
            }
        }
    }
    counts.retain(|c| c.violations > 0 || c.undecided > 0);
    for count in &mut counts {
        count.failing.sort_unstable();
    }
    counts
}

/// What is undecided by cause, the cause that leaves most open first.
pub(super) fn undecided_by_cause(report: &Report) -> Vec<(&str, Vec<&Finding>)> {
    let mut causes: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.undecided() {
        let cause = finding.reasons.first().map_or("the document has another shape here", String::as_str);
        causes.entry(cause).or_default().push(finding);
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(_, findings)| std::cmp::Reverse(findings.len()));
    causes
}

/// What was not scanned, by reason.
pub(super) fn skipped_by_reason(report: &Report) -> BTreeMap<&str, Vec<&str>> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, why) in &report.skipped {
        reasons.entry(why).or_default().push(path);
    }
    reasons
}

/// The first few names, and how many there are besides.
pub(super) fn named<'a>(all: impl ExactSizeIterator<Item = &'a str>, most: usize) -> String {
    let total = all.len();
    // "and 1 more" takes as much room as the one.
    let shown = if total == most + 1 { total } else { most };
    let mut text = all.take(shown).collect::<Vec<_>>().join(", ");
    if total > shown {
        let _ = write!(text, " and {} more", total - shown);
    }
    text
}

/// In which scenarios of its root a finding holds, if not in all.
pub(super) fn scenarios(finding: &Finding) -> Option<String> {
    let list = |names: &[String]| named(names.iter().map(String::as_str), MOST_SCENARIOS);
    let mut text = match &finding.scenarios[..] {
        [] => return None,
        names => format!("only in {}", list(names)),
    };
    if !finding.undecided_in.is_empty() {
        let _ = write!(text, "; undecided in {}", list(&finding.undecided_in));
    }
    Some(text)
}

/// The scenarios of each root.
pub(super) fn scenarios_by_root(report: &Report) -> BTreeMap<&str, Vec<&str>> {
    let mut roots: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for scenario in &report.scenarios {
        roots.entry(&scenario.root).or_default().push(&scenario.name);
    }
    roots
}

/// A number and what it counts.
pub(super) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::{count, named};

    #[test]
    fn the_last_of_the_names_is_not_counted_when_it_could_be_said() {
        let names = ["a", "b", "c", "d"];
        assert_eq!(named(names[..3].iter().copied(), 2), "a, b, c");
        assert_eq!(named(names.iter().copied(), 2), "a, b and 2 more");
        assert_eq!(count(1, "file"), "1 file");
    }
}
