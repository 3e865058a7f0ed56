//! Fixes made, checked again, and taken back where they do harm.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::{
    check::run::without_keys,
    mend,
    model::Project,
    report::{Finding, Report, Verdict},
    source::{Edit, FileId, Level, Overlay, SourceMap, Tree, edit},
};

/// Checks a tree whole.
pub type Check<'a> = &'a dyn Fn(&dyn Tree) -> (Project, Report);

/// What became of fixes.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The new text of each file that changes, by path, as it is to be written.
    pub texts: BTreeMap<Arc<str>, Vec<u8>>,
    /// The violations that were mended, in the order in which that was done.
    pub done: Vec<Done>,
    /// Those of which the fix did not help or made something else worse, and how.
    pub refused: Vec<(Done, String)>,
}

/// A violation that a fix was made for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Done {
    /// The id of its rule.
    pub rule: String,
    /// The file that it was in.
    pub path: String,
    /// The address of what was at fault.
    pub address: String,
    /// What was changed.
    pub summary: String,
}

/// What counts as the same finding before and after a change of texts: rule, file, address without keys. The words of a
/// finding may tell of a value that a fix changes, so they do not count.
type Key = (String, String, String);

/// Makes the fixes that `wanted` picks, as many at once as do not stand in each other's way, and checks again. What does not
/// mend its violation, or brings another finding or an error, is taken back. Ends when nothing is left to do, so that
/// doing it again changes nothing.
pub fn apply(tree: &dyn Tree, check: Check<'_>, wanted: &dyn Fn(&Finding, &Report, &SourceMap) -> bool) -> Fixed {
    let mut fixed = Fixed::default();
    let mut refused: BTreeSet<Key> = BTreeSet::new();
    let mut now = State::of(tree, check, BTreeMap::new());
    let mut most = usize::MAX;
    loop {
        let mut batch = now.batch(most, wanted, &refused);
        if batch.findings.is_empty() {
            return fixed;
        }
        let next = State::of(tree, check, now.with(&batch.edits));
        let Some(harm) = next.harm(&now, &batch) else {
            let done = batch.findings.drain(..).map(|i| now.done(i)).collect::<BTreeSet<_>>();
            fixed.done.extend(done);
            fixed.texts = next.texts.clone();
            now = next;
            most = usize::MAX;
            continue;
        };
        if batch.findings.len() == 1 {
            let index = batch.findings[0];
            refused.insert(now.key(&now.report.findings[index]));
            fixed.refused.push((now.done(index), harm));
            most = usize::MAX;
        } else {
            // Half of them at a time tells soon which one it is.
            most = batch.findings.len() / 2;
        }
    }
}

/// Fixes that can be made together.
struct Batch {
    /// Indices of findings.
    findings: Vec<usize>,
    edits: Vec<Edit>,
}

/// What a check of a tree with some texts gave.
struct State {
    texts: BTreeMap<Arc<str>, Vec<u8>>,
    project: Project,
    report: Report,
}

impl State {
    fn of(tree: &dyn Tree, check: Check<'_>, texts: BTreeMap<Arc<str>, Vec<u8>>) -> Self {
        let (project, mut report) = check(&Overlay::new(tree, &texts));
        mend::prepare(&mut report, &project.files);
        Self { texts, project, report }
    }

    fn key(&self, finding: &Finding) -> Key {
        let path = self.project.files.path(finding.labels.primary.span.file);
        let rule = self.report.rule_of(finding).id.clone();
        (rule, path.to_string(), without_keys(&finding.address))
    }

    fn done(&self, index: usize) -> Done {
        let finding = &self.report.findings[index];
        let summary = finding.fix.as_ref().map(|f| f.summary.clone()).unwrap_or_default();
        let (rule, path, _) = self.key(finding);
        Done { rule, path, address: finding.address.clone(), summary }
    }

    fn batch(
        &self,
        most: usize,
        wanted: &dyn Fn(&Finding, &Report, &SourceMap) -> bool,
        refused: &BTreeSet<Key>,
    ) -> Batch {
        let mut batch = Batch { findings: Vec::new(), edits: Vec::new() };
        for (index, finding) in self.report.findings.iter().enumerate() {
            if batch.findings.len() == most {
                break;
            }
            let Some(fix) = finding.fix.as_ref().filter(|f| !f.edits.is_empty()) else { continue };
            if finding.verdict != Verdict::Fail
                || refused.contains(&self.key(finding))
                || !wanted(finding, &self.report, &self.project.files)
            {
                continue;
            }
            // The same edit may mend several findings.
            let new: Vec<&Edit> = fix.edits.iter().filter(|e| !batch.edits.contains(e)).collect();
            if new.iter().any(|e| batch.edits.iter().any(|other| e.conflicts(other))) {
                continue;
            }
            batch.edits.extend(new.into_iter().cloned());
            batch.findings.push(index);
        }
        batch
    }

    /// The texts with edits made.
    fn with(&self, edits: &[Edit]) -> BTreeMap<Arc<str>, Vec<u8>> {
        let mut by_file: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
        for edit in edits {
            by_file.entry(edit.span.file).or_default().push(edit.clone());
        }
        let mut texts = self.texts.clone();
        for (file, edits) in by_file {
            let source = self.project.files.file(file);
            let mark = if source.bom { "\u{feff}" } else { "" };
            let text = format!("{mark}{}", edit::apply(&source.text, &edits));
            texts.insert(source.path.clone(), text.into_bytes());
        }
        texts
    }

    /// How often each finding is there, violation or undecided.
    fn counts(&self) -> (HashMap<Key, usize>, usize) {
        let mut counts = HashMap::new();
        for finding in &self.report.findings {
            *counts.entry(self.key(finding)).or_default() += finding.instances.len().max(1);
        }
        let errors = self.report.diagnostics.iter().filter(|d| d.level == Level::Error).count();
        (counts, errors)
    }

    /// What is worse than before, apart from the findings of the batch, which must be gone; nothing if nothing is.
    fn harm(&self, before: &Self, batch: &Batch) -> Option<String> {
        let (old, old_errors) = before.counts();
        let (new, new_errors) = self.counts();
        if new_errors > old_errors {
            let error = self.report.diagnostics.iter().find(|d| d.level == Level::Error)?;
            return Some(error.message.clone());
        }
        let mut gone: HashMap<Key, usize> = HashMap::new();
        for index in &batch.findings {
            let finding = &before.report.findings[*index];
            *gone.entry(before.key(finding)).or_default() += finding.instances.len().max(1);
        }
        let most = |key: &Key| old.get(key).copied().unwrap_or(0).saturating_sub(gone.get(key).copied().unwrap_or(0));
        let worse = self.report.findings.iter().find(|finding| {
            let key = self.key(finding);
            new.get(&key).copied().unwrap_or(0) > most(&key)
        })?;
        Some(format!("{}: {}", self.report.rule_of(worse).id, worse.message))
    }
}
