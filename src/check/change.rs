//! What a change introduces, and what it resolves: two reports compared.

use std::collections::HashMap;

use super::run::without_keys;
use crate::{
    model::{Move, Project},
    report::{Change, Finding, Report, Resolved, Verdict},
    source::{SourceMap, path},
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
    // Without a move nothing has another name.
    let ways: &[Way] = if now.moves.is_empty() { &[exact, elsewhere] } else { &[exact, elsewhere, renamed] };
    for key in ways {
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

/// So many earlier addresses of one thing are looked at.
const MOST_MOVES: usize = 16;

type Key = (String, String, String);

/// By what two findings are the same: any of these keys of one, any of the other's.
type Way = fn(&Finding, &Report, &SourceMap, Option<&[Move]>) -> Vec<Key>;

fn exact(finding: &Finding, report: &Report, _files: &SourceMap, _moves: Option<&[Move]>) -> Vec<Key> {
    vec![(report.rule_of(finding).id.clone(), finding.fingerprint.clone(), String::new())]
}

fn elsewhere(finding: &Finding, report: &Report, files: &SourceMap, _moves: Option<&[Move]>) -> Vec<Key> {
    let text = files.text(finding.labels.primary.span).trim().to_string();
    vec![(report.rule_of(finding).id.clone(), without_keys(&finding.address), text)]
}

/// Without the text at fault, which may be the name. `moves` are what has become of the older findings; none for those.
///
/// A move is for what stands in the files of its module, or in a module that it calls: then the file is still the same.
fn renamed(finding: &Finding, report: &Report, files: &SourceMap, moves: Option<&[Move]>) -> Vec<Key> {
    let address = without_keys(&finding.address);
    let file = files.path(finding.labels.primary.span.file).to_string();
    let calls = finding.labels.calls.iter().map(|call| path::dir_of(files.path(call.span.file)));
    let modules: Vec<&str> = calls.chain([path::dir_of(&file)]).collect();
    let rule = &report.rule_of(finding).id;
    let Some(moves) = moves else { return vec![(rule.clone(), address, path::dir_of(&file).into())] };
    let mut known = vec![address];
    // One may be moved more than once in one change.
    let mut next = 0;
    while let Some(address) = known.get(next).cloned() {
        next += 1;
        for told in moves.iter().filter(|m| modules.contains(&m.module.as_str())) {
            let earlier = told.before(&address).filter(|earlier| !known.contains(earlier) && known.len() < MOST_MOVES);
            known.extend(earlier);
        }
    }
    // What is moved into a module, or out of one, stands in another directory.
    let earlier = known.iter().skip(1);
    earlier.flat_map(|address| modules.iter().map(|dir| (rule.clone(), address.clone(), (*dir).to_string()))).collect()
}
