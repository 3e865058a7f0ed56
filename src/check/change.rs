//! What a change introduces, and what it resolves: two reports compared.

use std::collections::HashMap;

use super::run::without_keys;
use crate::{
    report::{Change, Finding, Report, Resolved, Verdict},
    source::SourceMap,
};

/// Leaves in a report what was not in another one, and says what is gone. `since` names the other.
///
/// A finding is the same one as before if rule, root, address and text at fault are the same, wherever its line is; or
/// else all of that but the root, because directories and files are renamed. What was undecided and is a violation now
/// is new; what was a violation and is undecided now is not.
pub fn compare(report: &mut Report, files: &SourceMap, before: &Report, before_files: &SourceMap, since: &str) {
    let mut old: Vec<Option<&Finding>> = before.findings.iter().map(Some).collect();
    let mut left: Vec<Finding> = std::mem::take(&mut report.findings);
    let mut unchanged = 0;
    for key in [exact, moved] {
        let mut places: HashMap<Key, Vec<usize>> = HashMap::new();
        for (index, finding) in old.iter().enumerate().rev() {
            let Some(finding) = finding else { continue };
            places.entry(key(finding, before, before_files)).or_default().push(index);
        }
        left.retain(|finding| {
            let Some(found) = places.get_mut(&key(finding, report, files)) else { return true };
            let fits = |index: &usize| {
                finding.verdict == Verdict::Undecided || old[*index].is_some_and(|f| f.verdict == Verdict::Fail)
            };
            let Some(at) = found.iter().rposition(fits) else { return true };
            old[found.remove(at)] = None;
            unchanged += 1;
            false
        });
    }
    report.findings = left;
    let resolved = old.into_iter().flatten().filter(|f| f.verdict == Verdict::Fail).map(|finding| {
        let span = finding.labels.primary.span;
        Resolved {
            rule: before.rule_of(finding).id.clone(),
            severity: finding.severity,
            message: finding.message.clone(),
            address: finding.address.clone(),
            path: before_files.path(span.file).to_string(),
            line: before_files.line_column(span.file, span.start).line,
        }
    });
    report.change = Some(Change { since: since.into(), resolved: resolved.collect(), unchanged });
}

type Key = (String, String, String);

fn exact(finding: &Finding, report: &Report, _files: &SourceMap) -> Key {
    (report.rule_of(finding).id.clone(), finding.fingerprint.clone(), String::new())
}

fn moved(finding: &Finding, report: &Report, files: &SourceMap) -> Key {
    let text = files.text(finding.labels.primary.span).trim().to_string();
    (report.rule_of(finding).id.clone(), without_keys(&finding.address), text)
}
