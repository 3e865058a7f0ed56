//! Laws that hold for whatever somebody writes: a module that means the same is judged the same, and what
//! is not known is not judged.
//!
//! They are tried on the modules of `fixtures/repos`, and on those of the corpus where it is at hand. The cases are
//! drawn from a seed that is printed: `LAWS_SEED` draws others, `LAWS_CASES` draws more or fewer, and `LAWS_ONLY` takes
//! the modules whose name contains it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read files, and a failure is a panic")]
#![allow(clippy::print_stdout, reason = "what was drawn and what was left out is said")]

#[path = "support/edits.rs"]
mod edits;
#[path = "support/subjects.rs"]
mod subjects;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::LazyLock,
};

use edits::Change;
use subjects::Subject;
use trustlint::{
    check::{self, Options},
    lower,
    report::{Counts, Report, Verdict},
    rule::Catalog,
    source::MemoryTree,
};

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

const SEED: u64 = 20_261_124;
/// Modules of the corpus for each law, unless `LAWS_CASES` says otherwise.
const CASES: usize = 30;

/// Literals of a module that are forgotten by themselves.
const ALONE: usize = 6;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A generator of numbers that gives the same ones everywhere (Steele, Lea and Flood's `SplitMix`).
struct Numbers(u64);

impl Numbers {
    fn new(law: &str) -> Self {
        let seed = setting("LAWS_SEED").unwrap_or(SEED);
        println!("{law}: LAWS_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % (bound.max(1) as u64)).unwrap()
    }

    fn shuffled(&mut self, length: usize) -> Vec<usize> {
        let mut out: Vec<usize> = (0..length).collect();
        for i in (1..length).rev() {
            out.swap(i, self.below(i + 1));
        }
        out
    }
}

/// All modules that are checked in, and some of the corpus: those for which there is something to change.
fn subjects(numbers: &mut Numbers, has_cases: impl Fn(&Subject) -> bool) -> Vec<Subject> {
    let only = std::env::var("LAWS_ONLY").unwrap_or_default();
    let cases = setting("LAWS_CASES").map_or(CASES, |n| usize::try_from(n).unwrap());
    let mut out: Vec<Subject> = subjects::fixtures().into_iter().filter(|s| has_cases(s)).collect();
    assert!(!out.is_empty(), "the law says nothing of the modules that are checked in");
    let corpus = subjects::corpus();
    let drawn = numbers.shuffled(corpus.len()).into_iter().map(|i| &corpus[i]);
    out.extend(drawn.filter(|s| s.name.contains(&only) && has_cases(s)).take(cases).cloned());
    out.retain(|s| s.name.contains(&only));
    out
}

fn report(subject: &Subject) -> Report {
    let terraform = lower::terraform::Options {
        wanted: Some(check::wanted_kinds(&CATALOG, &Options::default())),
        ..lower::terraform::Options::default()
    };
    let tree = MemoryTree::new("law", subject.files.iter().map(|(path, text)| (path.as_str(), text.clone())));
    let project = lower::project(&tree, &lower::Options { terraform, ..lower::Options::default() });
    check::check(project, &CATALOG, &Options::default()).1
}

/// What was said of a module: by rule and address, and how often a rule was content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    verdicts: BTreeMap<(String, String), Verdict>,
    content: BTreeMap<String, usize>,
    diagnostics: BTreeSet<String>,
}

impl Said {
    /// With the addresses that `address` makes of what is reported.
    fn of(subject: &Subject, address: &dyn Fn(&str) -> String) -> Self {
        let report = report(subject);
        let mut said = Self::default();
        for finding in &report.findings {
            for instance in &finding.instances {
                let verdict = said.verdicts.entry((report.rule_of(finding).id.clone(), address(instance)));
                let worst = verdict.or_insert(finding.verdict);
                *worst = (*worst).max(finding.verdict);
            }
        }
        let passes = |(_, counts): &(_, &Counts)| counts.pass > 0;
        let counted = report.rules.iter().zip(&report.by_rule).filter(passes);
        said.content = counted.map(|(rule, counts)| (rule.id.clone(), counts.pass)).collect();
        said.diagnostics = report.diagnostics.iter().map(|d| d.message.clone()).collect();
        said
    }

    /// What differs, one a line.
    fn differences(&self, other: &Self) -> String {
        let mut out = String::new();
        let keys: BTreeSet<_> = self.verdicts.keys().chain(other.verdicts.keys()).collect();
        for key in keys {
            let word = |said: &Self| said.verdicts.get(key).map_or("passes or does not apply", |v| v.as_str());
            if word(self) != word(other) {
                let _ = writeln!(out, "    {} on {}: {}, then {}", key.0, key.1, word(self), word(other));
            }
        }
        let rules: BTreeSet<_> = self.content.keys().chain(other.content.keys()).collect();
        for rule in rules {
            let count = |said: &Self| said.content.get(rule).copied().unwrap_or(0);
            if count(self) != count(other) {
                let _ = writeln!(out, "    {rule} passes {} times, then {}", count(self), count(other));
            }
        }
        for message in self.diagnostics.symmetric_difference(&other.diagnostics) {
            let when = if self.diagnostics.contains(message) { "before" } else { "after" };
            let _ = writeln!(out, "    only {when}: {message}");
        }
        out
    }
}

/// All changes at once if the law holds for them; else each by itself, so that the report names the one at fault.
fn broken(changes: &[Change], holds: &dyn Fn(&[&Change]) -> Result<(), String>) -> Vec<String> {
    let all: Vec<&Change> = changes.iter().collect();
    let Err(together) = holds(&all) else { return Vec::new() };
    let single: Vec<String> = changes
        .iter()
        .filter_map(|change| holds(&[change]).err().map(|differences| format!("  {}\n{differences}", change.what)))
        .collect();
    if single.is_empty() { vec![format!("  all of these together\n{together}")] } else { single }
}

struct Law {
    name: &'static str,
    tried: usize,
    judged: usize,
    modules: BTreeSet<String>,
    faults: Vec<String>,
}

impl Law {
    fn new(name: &'static str) -> Self {
        Self { name, tried: 0, judged: 0, modules: BTreeSet::new(), faults: Vec::new() }
    }

    /// So many changes were made to a module of which `before` was said.
    fn tried(&mut self, subject: &Subject, before: &Said, changes: usize, faults: Vec<String>) {
        self.tried += changes;
        if self.modules.insert(subject.name.clone()) {
            self.judged += before.verdicts.len() + before.content.values().sum::<usize>();
        }
        if !faults.is_empty() {
            self.faults.push(format!("{}\n{}", subject.name, faults.concat()));
        }
    }

    fn holds(self) {
        println!(
            "{}: {} changes in {} modules with {} verdicts",
            self.name,
            self.tried,
            self.modules.len(),
            self.judged
        );
        assert!(self.tried > 0 && self.judged > 0, "{}: nothing was tried", self.name);
        assert!(self.faults.is_empty(), "{} does not hold:\n{}", self.name, self.faults.join("\n"));
    }
}

/// Whether the changed module is judged as the module is.
fn same(before: &Said, subject: &Subject, changes: &[&Change], address: &dyn Fn(&str) -> String) -> Result<(), String> {
    let after = Said::of(&edits::apply(subject, changes), address);
    if *before == after { Ok(()) } else { Err(before.differences(&after)) }
}

/// An address without what stands in brackets.
fn without_keys(address: &str) -> String {
    let (mut out, mut depth, mut quoted) = (String::new(), 0, false);
    for c in address.chars() {
        match c {
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth -= 1,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[test]
fn a_module_called_once_is_judged_as_one_called_with_a_count_of_one() {
    let mut law = Law::new("a call with count or for_each");
    let wrapped = |s: &Subject, repeat: &str, key: &str| edits::wrap_calls(&edits::parsed(s), repeat, key);
    for subject in subjects(&mut Numbers::new(law.name), |s| !wrapped(s, "count = 1", "[0]").is_empty()) {
        let before = Said::of(&subject, &|address| address.to_string());
        for (repeat, key) in [("count = 1", "[0]"), ("for_each = { a = 1 }", "[\"a\"]")] {
            let changes = wrapped(&subject, repeat, key);
            let faults = broken(&changes, &|changes| {
                let address = |address: &str| {
                    let names: BTreeSet<&str> = changes.iter().map(|c| c.subject.as_str()).collect();
                    names.iter().fold(address.to_string(), |address, name| {
                        address.replace(&format!("module.{name}{key}"), &format!("module.{name}"))
                    })
                };
                same(&before, &subject, changes, &address)
            });
            law.tried(&subject, &before, changes.len(), faults);
        }
    }
    law.holds();
}

#[test]
fn a_block_is_judged_as_the_dynamic_block_that_makes_it() {
    let mut law = Law::new("a block that is dynamic");
    let has_cases = |s: &Subject| !edits::make_dynamic(&edits::parsed(s)).is_empty();
    for subject in subjects(&mut Numbers::new(law.name), has_cases) {
        let before = Said::of(&subject, &|address| address.to_string());
        let changes = edits::make_dynamic(&edits::parsed(&subject));
        let faults = broken(&changes, &|changes| same(&before, &subject, changes, &|address| address.to_string()));
        law.tried(&subject, &before, changes.len(), faults);
    }
    law.holds();
}

#[test]
fn the_order_of_blocks_and_the_files_that_they_stand_in_do_not_matter() {
    let mut law = Law::new("blocks in another order, or another file");
    let mut numbers = Numbers::new(law.name);
    for subject in subjects(&mut numbers, |_| true) {
        let before = Said::of(&subject, &|address| address.to_string());
        let files = edits::parsed(&subject);
        let moved =
            [edits::reorder(&files, &mut |n| numbers.shuffled(n)), edits::split(&files, &mut |n| numbers.below(n))];
        for changes in moved {
            let faults = broken(&changes, &|changes| same(&before, &subject, changes, &|address| address.to_string()));
            law.tried(&subject, &before, changes.len(), faults);
        }
    }
    law.holds();
}

#[test]
fn what_nothing_uses_does_not_matter() {
    let mut law = Law::new("a local, a variable, a module call that nothing uses");
    for subject in subjects(&mut Numbers::new(law.name), |_| true) {
        let files = edits::parsed(&subject);
        let mut before = Said::of(&subject, &|address| address.to_string());
        // There are more variables of which a rule is content.
        before.content.clear();
        let changes = edits::add_unused(&files);
        let faults = broken(&changes, &|changes| {
            let mut after = Said::of(&edits::apply(&subject, changes), &|address| address.to_string());
            after.content.clear();
            if before == after { Ok(()) } else { Err(before.differences(&after)) }
        });
        law.tried(&subject, &before, changes.len(), faults);

        let changes = edits::remove_calls(&files);
        let mut faults = Vec::new();
        for change in &changes {
            // What was said within the module, and of modules that are called by nobody else now, is another matter.
            let elsewhere = |said: &Said| -> BTreeMap<(String, String), Verdict> {
                let within = format!("module.{}", change.subject);
                let stays = |address: &str| !address.contains(&within);
                said.verdicts.iter().filter(|((_, a), _)| stays(a)).map(|(k, v)| (k.clone(), *v)).collect()
            };
            let after = Said::of(&edits::apply(&subject, &[change]), &|address| address.to_string());
            let (before, mut after) = (elsewhere(&before), elsewhere(&after));
            after.retain(|key, _| before.contains_key(key) || key.1.starts_with("module."));
            if before != after {
                let said = |verdicts| Said { verdicts, ..Said::default() };
                faults.push(format!("  {}\n{}", change.what, said(before).differences(&said(after))));
            }
        }
        law.tried(&subject, &before, changes.len(), faults);
    }
    law.holds();
}

/// Addresses by what is said of them at worst.
fn flips(before: &Said, after: &Said) -> Result<(), String> {
    let mut out = String::new();
    for (key, verdict) in &before.verdicts {
        if *verdict == Verdict::Fail && !after.verdicts.contains_key(key) {
            let _ = writeln!(out, "    {} on {}: fails, then passes or does not apply", key.0, key.1);
        }
    }
    for (key, verdict) in &after.verdicts {
        if *verdict == Verdict::Fail && !before.verdicts.contains_key(key) {
            let _ = writeln!(out, "    {} on {}: passes or does not apply, then fails", key.0, key.1);
        }
    }
    if out.is_empty() { Ok(()) } else { Err(out) }
}

#[test]
fn what_is_not_known_flips_no_verdict() {
    let mut law = Law::new("a literal that is not known");
    let mut numbers = Numbers::new(law.name);
    let has_cases = |s: &Subject| !edits::forget_literals(&edits::parsed(s)).is_empty();
    for subject in subjects(&mut numbers, has_cases) {
        // Keys are left out: there may be any number of instances if a count is not known.
        let before = Said::of(&subject, &without_keys);
        let literals = edits::forget_literals(&edits::parsed(&subject));
        let holds = |changes: &[&Change]| flips(&before, &Said::of(&edits::apply(&subject, changes), &without_keys));
        // One literal of each block at a time, so that a few runs reach many; and some by themselves, for one
        // unknown may hide what another does.
        for _ in 0..3 {
            let mut seen = BTreeSet::new();
            let order = numbers.shuffled(literals.len());
            let literals = order.into_iter().map(|i| literals[i].clone());
            let drawn: Vec<Change> = literals.filter(|change| seen.insert(change.subject.clone())).collect();
            let faults = broken(&drawn, &holds);
            law.tried(&subject, &before, drawn.len(), faults);
        }
        for _ in 0..ALONE {
            let drawn = &literals[numbers.below(literals.len())];
            let faults = broken(std::slice::from_ref(drawn), &holds);
            law.tried(&subject, &before, 1, faults);
        }
    }
    law.holds();
}
