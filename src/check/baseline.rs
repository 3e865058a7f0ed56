//! What was there when somebody began: findings that are counted and not reported.
//!
//! A baseline is a text of lines, sorted, so that two branches that change it can be merged: verdict, rule, path, address
//! without the keys of instances, fingerprint and how often. What an entry covers is told by verdict, rule and
//! fingerprint; the rest is for people. Texts of the configuration are in it as hashes only.

use std::{collections::BTreeMap, fmt::Write as _};

use super::run::without_keys;
use crate::{
    report::{BaselineInfo, Finding, Report, Stale, Verdict},
    source::SourceMap,
};

/// The first line, with the version of the format.
const HEAD: &str = "# trustlint baseline 1";
/// How much of a fingerprint tells findings apart.
const DIGITS: usize = 16;

/// Verdict, rule, path, address, fingerprint: the order of lines.
type Entry = (String, String, String, String, String);

/// A baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Entry, usize>,
}

impl Baseline {
    /// A baseline of everything that a report has.
    pub fn of(report: &Report, files: &SourceMap) -> Self {
        let mut entries = BTreeMap::new();
        for finding in &report.findings {
            *entries.entry(entry(finding, report, files)).or_default() += 1;
        }
        Self { entries }
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// The number of the first line that is wrong, from 1, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut entries = BTreeMap::new();
        let mut lines = text.lines().enumerate();
        match lines.next() {
            Some((_, line)) if line.trim_end() == HEAD => {}
            Some((_, line)) if line.starts_with("# trustlint baseline") => {
                return Err((1, "it is of another version of trustlint".into()));
            }
            _ => return Err((1, format!("it does not begin with `{HEAD}`"))),
        }
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')) {
            let parts: Vec<&str> = line.split('\t').collect();
            let [verdict @ ("fail" | "undecided"), rule, path, address, fingerprint, count] = parts[..] else {
                // Both sides of a merge that was not finished would count.
                return Err((index + 1, "this is no entry: verdict, rule, path, address, fingerprint, count".into()));
            };
            let Some(count) = count.trim().parse::<usize>().ok().filter(|n| *n > 0) else {
                return Err((index + 1, format!("`{}` is no number of findings", count.trim())));
            };
            let key = [verdict, rule, path, address, fingerprint].map(String::from);
            let [verdict, rule, path, address, fingerprint] = key;
            *entries.entry((verdict, rule, path, address, fingerprint)).or_default() += count;
        }
        Ok(Self { entries })
    }

    /// Its text.
    pub fn text(&self) -> String {
        let mut out = format!("{HEAD}\n# verdict\trule\tpath\taddress\tfingerprint\tcount\n");
        for ((verdict, rule, path, address, fingerprint), count) in &self.entries {
            let _ = writeln!(out, "{verdict}\t{rule}\t{path}\t{address}\t{fingerprint}\t{count}");
        }
        out
    }

    /// How many findings it covers.
    pub fn total(&self) -> usize {
        self.entries.values().sum()
    }

    /// Takes what it covers out of a report; what is left of the baseline itself, without what nothing needs any more,
    /// is the answer. `whole` says whether everything was checked, so that what was not found is gone.
    #[must_use = "it is the baseline without what is gone"]
    pub fn apply(&self, report: &mut Report, files: &SourceMap, whole: bool) -> Self {
        // The path and the address may have changed; the fingerprint does not hold them both.
        let mut open: BTreeMap<[String; 3], Vec<(&Entry, usize)>> = BTreeMap::new();
        for (entry, count) in &self.entries {
            open.entry([entry.0.clone(), entry.1.clone(), entry.4.clone()]).or_default().push((entry, *count));
        }
        let mut used: BTreeMap<Entry, usize> = BTreeMap::new();
        let mut kept = Vec::new();
        for finding in std::mem::take(&mut report.findings) {
            let now = entry(&finding, report, files);
            let mut take = |verdict: &str| {
                let entries = open.get_mut(&[verdict.to_string(), now.1.clone(), now.4.clone()])?;
                let at = entries.iter().position(|(_, left)| *left > 0)?;
                entries[at].1 -= 1;
                Some(entries[at].0.clone())
            };
            // What is undecided may have been a violation before; the other way round it is news.
            let found = match finding.verdict {
                Verdict::Undecided => take("undecided").or_else(|| take("fail")),
                _ => take("fail"),
            };
            match found {
                Some(entry) => *used.entry(entry).or_default() += 1,
                None => kept.push(finding),
            }
        }
        report.findings = kept;
        let stale = self.entries.iter().filter_map(|(entry, count)| {
            let unused = count - used.get(entry).copied().unwrap_or_default();
            (unused > 0 && whole).then(|| Stale {
                rule: entry.1.clone(),
                path: entry.2.clone(),
                address: entry.3.clone(),
                count: unused,
            })
        });
        report.baseline =
            Some(BaselineInfo { total: self.total(), covered: used.values().sum(), stale: stale.collect() });
        Self { entries: used }
    }
}

fn entry(finding: &Finding, report: &Report, files: &SourceMap) -> Entry {
    let clean = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    (
        finding.verdict.as_str().into(),
        report.rule_of(finding).id.clone(),
        clean(files.path(finding.labels.primary.span.file)),
        clean(&without_keys(&finding.address)),
        finding.fingerprint.chars().take(DIGITS).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_baseline_says_where_and_why() {
        let with = |line: &str| Baseline::parse(&format!("{HEAD}\n{line}\n"));
        assert_eq!(Baseline::parse("").unwrap_err().0, 1);
        assert_eq!(
            Baseline::parse("# trustlint baseline 2\n"),
            Err((1, "it is of another version of trustlint".into()))
        );
        assert_eq!(with("<<<<<<< HEAD").unwrap_err().0, 2);
        assert_eq!(with("fail\ta-b\tm.tf\tx.y\tabc\t0"), Err((2, "`0` is no number of findings".into())));
        let good = with("fail\ta-b\tm.tf\tx.y\tabc\t2").unwrap();
        assert_eq!((good.total(), Baseline::parse(&good.text())), (2, Ok(good.clone())));
    }
}
