//! What a change introduces, and what it resolves: two reports compared.

use std::collections::HashMap;

use super::run::without_keys;
use crate::{
    model::{Move, Project},
    report::{Change, Finding, Report, Resolved, Verdict},
    source::SourceMap,
};

/// Leaves in a report what was not in another one, and says what is gone. `since` names the other.
///
/// A finding is the same one as before if rule, root, address and text at fault are the same, wherever its line is; or
/// else all of that but the root, because directories and files are renamed. What was undecided and is a violation now
/// is new; what was a violation and is undecided now is not. What `moved` blocks give another address is the same.
pub fn compare(report: &mut Report, now: &Project, before: &Report, before_files: &SourceMap, since: &str) {
    let files = &now.files;
    let mut old: Vec<Option<&Finding>> = before.findings.iter().map(Some).collect();
    let mut left: Vec<Finding> = std::mem::take(&mut report.findings);
    let mut unchanged = 0;
    for key in [exact, elsewhere, renamed] {
        let mut places: HashMap<Key, Vec<usize>> = HashMap::new();
        for (index, finding) in old.iter().enumerate().rev() {
            let Some(finding) = finding else { continue };
            for key in key(finding, before, before_files, None) {
                places.entry(key).or_default().push(index);
            }
        }
        left.retain(|finding| {
            let fits = |index: &usize| {
                old[*index].is_some_and(|f| finding.verdict == Verdict::Undecided || f.verdict == Verdict::Fail)
            };
            let keys = key(finding, report, files, Some(&now.moves));
            let same = keys.iter().find_map(|key| {
                let found = places.get_mut(key)?;
                Some(found.remove(found.iter().rposition(fits)?))
            });
            if let Some(same) = same {
                old[same] = None;
                unchanged += 1;
            }
            same.is_none()
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

fn exact(finding: &Finding, report: &Report, _files: &SourceMap, _moves: Option<&[Move]>) -> Vec<Key> {
    vec![(report.rule_of(finding).id.clone(), finding.fingerprint.clone(), String::new())]
}

fn elsewhere(finding: &Finding, report: &Report, files: &SourceMap, _moves: Option<&[Move]>) -> Vec<Key> {
    let text = files.text(finding.labels.primary.span).trim().to_string();
    vec![(report.rule_of(finding).id.clone(), without_keys(&finding.address), text)]
}

/// Without the text at fault, which may be the name. `moves` are what has become of the older findings; none for those.
fn renamed(finding: &Finding, report: &Report, _files: &SourceMap, moves: Option<&[Move]>) -> Vec<Key> {
    let address = without_keys(&finding.address);
    let addresses = match moves {
        Some(moves) => moves.iter().filter_map(|m| m.before(&address)).collect(),
        None => vec![address],
    };
    addresses.into_iter().map(|address| (report.rule_of(finding).id.clone(), address, String::new())).collect()
}
