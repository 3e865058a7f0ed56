//! Findings and reports: plain data over `source`.

use std::{fmt, str::FromStr};

use super::{RenderOptions, fix::FixNote};
use crate::source::{Diagnostic, Span};

/// How much a violation matters. The order is from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Hygiene.
    Low,
    /// A weakness that needs another to be used.
    Medium,
    /// A weakness that can be used by itself, or a control that is missing.
    High,
    /// Open to anybody, or everything at once.
    Critical,
}

impl Severity {
    /// All, from least to most.
    pub const ALL: [Severity; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word in rule files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|v| v.as_str() == s).ok_or_else(|| {
            let all: Vec<&str> = Self::ALL.iter().map(|v| v.as_str()).collect();
            format!("there is no severity `{s}`; there are {}", all.join(", "))
        })
    }
}

/// What a rule says of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// The rule does not apply.
    NotApplicable,
    /// The requirement holds.
    Pass,
    /// It cannot be known from the files.
    Undecided,
    /// The requirement does not hold.
    Fail,
}

impl Verdict {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            Self::Pass => "pass",
            Self::Undecided => "undecided",
            Self::Fail => "fail",
        }
    }
}

/// What a report needs to know of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its id.
    pub id: String,
    /// One sentence about the good state.
    pub title: String,
    /// How much a violation matters.
    pub severity: Severity,
    /// Criterion and the reason why the rule bears on it, main one first.
    pub criteria: Vec<(String, String)>,
    /// Why it matters, paragraphs of plain text with `code`.
    pub rationale: String,
    /// What to do.
    pub remediation: String,
    /// The provider's own pages.
    pub references: Vec<String>,
}

/// One way in which a Terraform root is deployed, of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioInfo {
    /// The directory of the root.
    pub root: String,
    /// What findings call it.
    pub name: String,
    /// The files of variables that make it.
    pub files: Vec<String>,
    /// Its workspace, if that is told.
    pub workspace: Option<String>,
}

/// A criterion of SOC 2, in our own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// `CC6.1`.
    pub id: String,
    /// A short title.
    pub title: String,
    /// What it asks for.
    pub description: String,
    /// What no file shows, so that only people can attest it.
    pub attested: Vec<String>,
}

/// A place with words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What it is; may be empty.
    pub text: String,
}

/// The places of a finding. A finding without a primary one cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The text at fault.
    pub primary: Label,
    /// What decided it, nearest first; six at most. They may lie in other files.
    pub others: Vec<Label>,
    /// The module calls that lead to the entity, outermost first.
    pub calls: Vec<Label>,
}

/// A verdict made presentable: a violation or something undecided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Index into [`Report::rules`].
    pub rule: usize,
    /// `Fail` or `Undecided`.
    pub verdict: Verdict,
    /// How much it matters; the rule's severity unless configured otherwise.
    pub severity: Severity,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// Where.
    pub labels: Labels,
    /// The address of the entity.
    pub address: String,
    /// All addresses, if several instances of one text were folded into this finding; else just the one.
    pub instances: Vec<String>,
    /// The kind of the entity.
    pub kind: String,
    /// The environment of the entity, if it could be told.
    pub environment: Option<String>,
    /// Further environments that the same text is at fault in, sorted.
    pub other_environments: Vec<String>,
    /// The scenarios of its root that it holds in; empty if it holds in all.
    pub scenarios: Vec<String>,
    /// The scenarios in which it is undecided whether a violation holds there too.
    pub undecided_in: Vec<String>,
    /// Why it is undecided; empty for a violation.
    pub reasons: Vec<String>,
    /// How to mend it.
    pub fix: Option<FixNote>,
    /// Identity that survives edits elsewhere in the file: 64 hex digits.
    pub fingerprint: String,
}

/// Where a waiver stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiverSource {
    /// In a comment of the repository.
    Comment,
    /// In the configuration.
    Configuration,
    /// In a comment that another tool reads.
    Foreign,
}

impl WaiverSource {
    /// The words in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Configuration => "configuration",
            Self::Foreign => "comment of another tool",
        }
    }
}

/// What became of a report since a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The commit, as people write it.
    pub since: String,
    /// The violations that were there and are gone.
    pub resolved: Vec<Resolved>,
    /// How many findings were there before, and still are; they are not listed.
    pub unchanged: usize,
}

/// What a baseline takes out of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineInfo {
    /// How many findings there were when it was taken.
    pub total: usize,
    /// How many of them are still there; they are not listed.
    pub covered: usize,
    /// Entries that nothing needs any more, if everything was checked.
    pub stale: Vec<Stale>,
}

/// An entry of a baseline for what is not there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The id of its rule.
    pub rule: String,
    /// The file it was in.
    pub path: String,
    /// The address without the keys of instances.
    pub address: String,
    /// How many findings less there are.
    pub count: usize,
}

/// A violation that is gone. Its text is in no file of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The id of its rule.
    pub rule: String,
    /// How much it mattered.
    pub severity: Severity,
    /// What was wrong.
    pub message: String,
    /// The address of the entity.
    pub address: String,
    /// The file it was in.
    pub path: String,
    /// The line it was on.
    pub line: u32,
}

/// How it stands with a waiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiverState {
    /// It waives something.
    Active,
    /// There is nothing that it could waive.
    Unused,
    /// Its last day has gone by.
    Expired,
    /// It is no waiver, or one that is not allowed.
    Void,
}

impl WaiverState {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Unused => "unused",
            Self::Expired => "expired",
            Self::Void => "void",
        }
    }
}

/// A waiver, for the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaiverInfo {
    /// The rules it names.
    pub rules: Vec<String>,
    /// Why, if it says so.
    pub reason: Option<String>,
    /// The last day on which it holds, as `2027-01-31`.
    pub until: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it stands.
    pub source: WaiverSource,
    /// The comment, or the header of the block.
    pub place: Span,
    /// What it covers: `block`, `module`, `file`.
    pub covers: String,
    /// The addresses of what it waives, sorted.
    pub subjects: Vec<String>,
    /// How it stands.
    pub state: WaiverState,
    /// Why it does not count.
    pub fault: Option<String>,
}

/// A finding that somebody answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// The finding.
    pub finding: Finding,
    /// Why it is waived.
    pub reason: String,
    /// The last day on which the waiver holds, as `2027-01-31`.
    pub until: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where the waiver stands.
    pub source: WaiverSource,
    /// The comment, or the header of the block.
    pub place: Span,
}

impl Finding {
    /// The environments that it holds in, as far as they are told, the first one first.
    pub fn environments(&self) -> Option<String> {
        let all: Vec<&str> = self.environment.iter().chain(&self.other_environments).map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

/// How many verdicts of each kind there were: a rule on an entity counts once, in however many scenarios.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requirements that hold.
    pub pass: usize,
    /// Violations, before folding.
    pub fail: usize,
    /// Undecided, before folding.
    pub undecided: usize,
    /// Rules that did not apply.
    pub not_applicable: usize,
}

impl Counts {
    /// Counts one verdict.
    pub fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Undecided => &mut self.undecided,
            Verdict::NotApplicable => &mut self.not_applicable,
        } += 1;
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.pass += other.pass;
        self.fail += other.fail;
        self.undecided += other.undecided;
        self.not_applicable += other.not_applicable;
    }
}

/// The result of a check.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What the tree is called.
    pub target: String,
    /// The rules that were run, sorted by id.
    pub rules: Vec<RuleInfo>,
    /// The criteria that rules may name, in their order.
    pub criteria: Vec<Criterion>,
    /// Sorted by path, start, rule, address.
    pub findings: Vec<Finding>,
    /// What is waived, in the same order. The counts below hold it like any other finding.
    pub waived: Vec<Waived>,
    /// Every waiver, used or not, in the order of files.
    pub waivers: Vec<WaiverInfo>,
    /// What became of it since a commit, if that was asked: `findings` are then those that are new.
    pub change: Option<Change>,
    /// What a baseline took out, if one was given.
    pub baseline: Option<BaselineInfo>,
    /// Verdicts by kind.
    pub counts: Counts,
    /// Verdicts by kind for each rule, in the order of `rules`.
    pub by_rule: Vec<Counts>,
    /// Files that were read.
    pub files: usize,
    /// Entities that were found.
    pub entities: usize,
    /// The ways in which Terraform roots are deployed, of those that have several; sorted by root.
    pub scenarios: Vec<ScenarioInfo>,
    /// Rules that the configuration switches off, and why.
    pub off: Vec<(String, String)>,
    /// What was not scanned: path and why, sorted.
    pub skipped: Vec<(String, String)>,
    /// Inputs that could not be read, mistakes in configuration, and the like.
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// The findings that a host shows: violations, and what is undecided if that fails the run.
    pub fn shown(&self, options: &RenderOptions) -> impl Iterator<Item = &Finding> {
        let undecided = options.undecided_fails;
        self.findings.iter().filter(move |f| undecided || f.verdict == Verdict::Fail)
    }

    /// The violations.
    pub fn violations(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.verdict == Verdict::Fail)
    }

    /// What is undecided.
    pub fn undecided(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.verdict == Verdict::Undecided)
    }

    /// The rule of a finding.
    pub fn rule_of(&self, finding: &Finding) -> &RuleInfo {
        &self.rules[finding.rule]
    }
}
