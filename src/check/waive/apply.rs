//! Which findings a waiver takes out of a report.

use std::collections::BTreeMap;

use super::{Scope, Waiver, Waiving, plain};
use crate::{
    check::{fold, run::without_keys},
    report::{Finding, Label, Verdict, Waived, WaiverInfo, WaiverState},
    source::{Diagnostic, DiagnosticKind, Level, SourceMap},
};

/// Parts what a rule found into what stays and what is waived, and says at what stays why a waiver for it does not
/// count. Instances must not be folded yet: a waiver may be for one of them.
pub fn apply(
    findings: Vec<Finding>,
    rule: &str,
    waivers: &mut [Waiver],
    files: &SourceMap,
    waiving: &Waiving,
) -> (Vec<Finding>, Vec<Waived>) {
    if !waivers.iter().any(|w| w.names(rule)) {
        return (findings, Vec::new());
    }
    let mut kept = Vec::with_capacity(findings.len());
    let mut by_waiver: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    for mut finding in findings {
        let banned =
            waiving.banned_severities.contains(&finding.severity) || waiving.banned_rules.iter().any(|id| id == rule);
        let mut by = None;
        for (index, waiver) in waivers.iter_mut().enumerate() {
            if !waiver.names(rule) || !covers(&waiver.scope, &finding, files) {
                continue;
            }
            // A waiver that does not count is not one for nothing.
            waiver.subjects.push(finding.address.clone());
            waiver.met.insert(rule.into());
            waiver.is_needed |= finding.verdict == Verdict::Fail;
            match waiver.void(waiving) {
                None if !banned => {
                    by.get_or_insert(index);
                }
                void => {
                    let why = void.unwrap_or_else(|| "does not count: findings like this must not be waived".into());
                    finding.labels.others.push(Label { span: waiver.header, text: format!("this waiver {why}") });
                }
            }
        }
        match by {
            Some(index) => by_waiver.entry(index).or_default().push(finding),
            None => kept.push(finding),
        }
    }
    let mut all = Vec::new();
    for (index, findings) in by_waiver {
        if let Some(waiver) = waivers.get(index) {
            all.extend(fold::instances(findings).into_iter().map(|finding| waived(finding, waiver)));
        }
    }
    (kept, all)
}

fn waived(finding: Finding, waiver: &Waiver) -> Waived {
    Waived {
        finding,
        reason: plain(waiver.reason.as_ref()).unwrap_or_else(|| "none is given".into()),
        until: plain(waiver.until.as_ref()),
        owner: plain(waiver.owner.as_ref()),
        source: waiver.source,
        place: waiver.header,
    }
}

pub(super) fn covers(scope: &Scope, finding: &Finding, files: &SourceMap) -> bool {
    match scope {
        Scope::Nothing => false,
        Scope::Place(covered) => {
            let labels = &finding.labels;
            let begins = |label: &Label| {
                label.span.file == covered.span.file && covered.span.range().contains(&(label.span.start as usize))
            };
            begins(&labels.primary) || covered.is_call() && labels.calls.iter().any(begins)
        }
        Scope::Named { paths, addresses } => {
            let path = files.path(finding.labels.primary.span.file);
            let address = finding.address.as_str();
            paths.as_ref().is_none_or(|globs| globs.is_match(path))
                && addresses
                    .as_ref()
                    .is_none_or(|globs| globs.is_match(address) || globs.is_match(without_keys(address)))
        }
    }
}

/// Whoever answers for a waiver has this many days to think of it.
const SOON: i32 = 30;

/// That a waiver runs out soon.
pub fn notice(waiver: &Waiver, info: &WaiverInfo, waiving: &Waiving) -> Option<Diagnostic> {
    let ((until, span), today) = waiver.until.zip(waiving.today)?;
    let days = today.until(until).ok()?.get_days();
    (info.state == WaiverState::Active && (0..=SOON).contains(&days)).then(|| {
        let when = match days {
            0 => "today".into(),
            1 => "tomorrow".into(),
            days => format!("in {days} days"),
        };
        let message = format!("the waiver of {} runs out {when}", info.rules.join(", "));
        let mut notice = Diagnostic::error(DiagnosticKind::Evaluation, message, span)
            .help("After that day the finding is reported again. Mend it, or decide anew.");
        notice.level = Level::Note;
        notice
    })
}

/// A waiver as the register has it; `ran` says whether all of its rules were run.
pub fn info(waiver: &Waiver, ran: bool, waiving: &Waiving) -> WaiverInfo {
    let is_over = waiver.until.zip(waiving.today).is_some_and(|((until, _), today)| until < today);
    let fault = waiver.void(waiving);
    let mut subjects = waiver.subjects.clone();
    subjects.sort();
    subjects.dedup();
    WaiverInfo {
        rules: waiver.rules.iter().map(|(id, _)| id.to_string()).collect(),
        reason: plain(waiver.reason.as_ref()),
        until: plain(waiver.until.as_ref()),
        owner: plain(waiver.owner.as_ref()),
        source: waiver.source,
        place: waiver.header,
        covers: waiver.scope.word().unwrap_or("nothing").into(),
        state: match &fault {
            Some(_) if is_over && waiver.mistake.is_none() => WaiverState::Expired,
            Some(_) => WaiverState::Void,
            None if subjects.is_empty() && ran => WaiverState::Unused,
            None => WaiverState::Active,
        },
        subjects,
        fault,
    }
}
