//! `--fix`, `--unsafe-fixes` and `--diff`.

use std::{collections::HashSet, fmt::Write as _, path::Path, sync::Arc};

use similar::TextDiff;

use super::{
    args::{CheckArgs, FixArgs},
    exit::Failure,
    target::Target,
};
use crate::{
    check::{
        fix::apply::{self, Check, Done, Fixed},
        without_keys,
    },
    mend,
    report::{Finding, Report, Verdict},
    source::SourceMap,
};

/// More than this many are counted instead of named.
const MOST_NAMED: usize = 20;

/// Refuses to mend what is not the directory.
pub(super) fn refuse(args: &CheckArgs, target: &Target) -> Result<(), Failure> {
    let asked = match args.fixes {
        FixArgs { diff: true, .. } => "--diff",
        FixArgs { unsafe_fixes: true, .. } => "--unsafe-fixes",
        FixArgs { fix: true, .. } => "--fix",
        FixArgs { .. } => return Ok(()),
    };
    if target.root.is_none() || target.is_plan() {
        return Err(Failure::usage(format!("`{asked}` goes with a directory"))
            .help("What comes from standard input or from a plan has no file to change."));
    }
    if args.staged {
        return Err(Failure::usage(format!("`{asked}` does not go with `--staged`"))
            .help("Fixes change the files of the directory; check those, then stage them again."));
    }
    if args.kubernetes.helm.is_some() {
        return Err(Failure::usage(format!("`{asked}` does not go with `--helm`"))
            .help("What a chart renders is not what is written in it."));
    }
    Ok(())
}

/// What was mended.
pub(super) struct Mended {
    fixed: Fixed,
    /// The texts before, by path, as they are on disk.
    before: Vec<(Arc<str>, Vec<u8>)>,
    /// How many violations could be mended with `--unsafe-fixes`.
    left: usize,
    is_diff: bool,
}

/// A finding by what it is about, whatever its place.
type Key = (String, String, String);

/// Mends what is shown, as far as the arguments allow; nothing is written yet.
pub(super) fn mend(
    args: FixArgs,
    target: &Target,
    check: Check<'_>,
    shown: &Report,
    files: &SourceMap,
) -> Result<Mended, Failure> {
    let mut prepared = shown.clone();
    mend::prepare(&mut prepared, files);
    let allowed = |finding: &Finding| {
        finding.verdict == Verdict::Fail
            && finding.fix.as_ref().is_some_and(|f| !f.edits.is_empty() && (args.unsafe_fixes || f.safety == "safe"))
    };
    let keys: HashSet<Key> =
        prepared.findings.iter().filter(|f| allowed(f)).map(|f| key(f, &prepared, files)).collect();
    let unsafe_ones =
        prepared.findings.iter().filter(|f| !allowed(f) && f.fix.as_ref().is_some_and(|x| !x.edits.is_empty()));
    let left = unsafe_ones.count();
    let fixed = if keys.is_empty() {
        Fixed::default()
    } else {
        let wanted =
            |f: &Finding, report: &Report, files: &SourceMap| allowed(f) && keys.contains(&key(f, report, files));
        apply::apply(&*target.tree, check, &wanted)
    };
    let mut before = Vec::new();
    for path in fixed.texts.keys() {
        let text = target.tree.read(path).map_err(|why| Failure::input(format!("{path} cannot be read: {why}")))?;
        before.push((path.clone(), text));
    }
    Ok(Mended { fixed, before, left, is_diff: args.diff })
}

fn key(finding: &Finding, report: &Report, files: &SourceMap) -> Key {
    let path = files.path(finding.labels.primary.span.file).to_string();
    (report.rule_of(finding).id.clone(), path, without_keys(&finding.address))
}

impl Mended {
    /// Writes the files; whether there was any.
    pub(super) fn write(&self, target: &Target) -> Result<bool, Failure> {
        let Some(root) = &target.root else { return Ok(false) };
        for (path, text) in &self.fixed.texts {
            let file = root.join(Path::new(&**path));
            std::fs::write(&file, text)
                .map_err(|why| Failure::input(format!("{} cannot be written: {why}", file.display())))?;
        }
        Ok(!self.fixed.texts.is_empty())
    }

    /// What would be written, as a unified difference.
    pub(super) fn difference(&self) -> String {
        let mut out = String::new();
        for (path, before) in &self.before {
            let (Ok(before), Some(Ok(after))) =
                (std::str::from_utf8(before), self.fixed.texts.get(path).map(|t| std::str::from_utf8(t)))
            else {
                continue;
            };
            let difference = TextDiff::from_lines(before, after);
            let header = (format!("a/{path}"), format!("b/{path}"));
            let _ = write!(out, "{}", difference.unified_diff().context_radius(3).header(&header.0, &header.1));
        }
        out
    }

    /// What was done, for people.
    pub(super) fn summary(&self) -> String {
        let mut out = String::new();
        let count = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
        let Fixed { texts, done, refused } = &self.fixed;
        let verb = if self.is_diff { "would fix" } else { "fixed" };
        let _ = writeln!(out, "{verb} {} in {}", count(done.len(), "violation"), count(texts.len(), "file"));
        if !self.is_diff {
            for done in done.iter().take(MOST_NAMED) {
                let _ = writeln!(out, "  {}", line(done));
            }
            if done.len() > MOST_NAMED {
                let _ = writeln!(out, "  and {} more", done.len() - MOST_NAMED);
            }
        }
        for (refused, harm) in refused {
            let _ = writeln!(out, "not fixed: {}: it would leave or bring {harm}", line(refused));
        }
        if self.left > 0 {
            let _ = writeln!(out, "{} more can be fixed with --unsafe-fixes; look first with --diff", self.left);
        }
        out
    }
}

fn line(done: &Done) -> String {
    format!("{}: {}: {}: {}", done.path, done.rule, done.address, done.summary)
}
