//! The result of a check as plain data, and its renderings: pure functions of it and the texts.

pub mod commands;
pub mod csv;
mod files;
pub mod finding;
pub mod fix;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod place;
pub mod rdjson;
pub mod sarif;
mod summary;
pub mod text;
mod words;

use std::str::FromStr;

pub use finding::{
    BaselineInfo, Change, Counts, Criterion, Finding, Label, Labels, Report, Resolved, RuleInfo, ScenarioInfo,
    Severity, Stale, Verdict, Waived, WaiverInfo, WaiverSource, WaiverState,
};
pub use fix::{FixNote, FixPlace, FixStep};

use crate::source::SourceMap;

/// What a report can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// A line for each violation.
    Concise,
    /// For programs; `docs/json.md` describes it.
    Json,
    /// SARIF 2.1.0, as code scanning takes it.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// Code quality of GitLab.
    Gitlab,
    /// Logging commands of Azure Pipelines.
    Azure,
    /// XML of `JUnit`.
    Junit,
    /// A comment of a pull request, or the summary of a job.
    Markdown,
    /// One page for people who decide and for auditors.
    Html,
    /// Comma-separated values.
    Csv,
    /// Diagnostics and suggestions for reviewdog.
    Rdjson,
}

impl Format {
    /// All, with their names.
    pub const ALL: [(Format, &'static str); 12] = [
        (Self::Text, "text"),
        (Self::Concise, "concise"),
        (Self::Json, "json"),
        (Self::Sarif, "sarif"),
        (Self::Github, "github"),
        (Self::Gitlab, "gitlab"),
        (Self::Azure, "azure"),
        (Self::Junit, "junit"),
        (Self::Markdown, "markdown"),
        (Self::Html, "html"),
        (Self::Csv, "csv"),
        (Self::Rdjson, "rdjson"),
    ];

    /// Whether it shows the edits of fixes, or what can be mended by a program.
    pub fn tells_edits(self) -> bool {
        matches!(self, Self::Text | Self::Html | Self::Json | Self::Sarif | Self::Rdjson)
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(format, _)| *format).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|(_, name)| *name).collect();
            format!("there is no format `{text}`; there are {}", names.join(", "))
        })
    }
}

/// How a report is written.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a switch of its own.
pub struct RenderOptions {
    /// With colours.
    pub color: bool,
    /// Undecided findings in full.
    pub undecided: bool,
    /// Whether what is undecided fails the run like a violation.
    pub undecided_fails: bool,
    /// Whether SARIF has what is waived, too.
    pub suppressed: bool,
    /// Every file that was not scanned.
    pub verbose: bool,
    /// The least severity that fails the run, if any does.
    pub fail_on: Option<Severity>,
    /// How many columns a line of prose may take.
    pub width: usize,
    /// How much people read.
    pub detail: Detail,
    /// The way from the top of the repository to what was checked; empty at the top. Hosts want paths from the top.
    pub place: String,
    /// Where the files can be read as they were checked, without a slash at the end: `https://host/owner/name/blob/commit`.
    pub blob: Option<String>,
    /// What the page says of what it is about.
    pub evidence: Option<Evidence>,
    /// Where the terminal opens the files of what was checked, without a slash at the end, if it follows links:
    /// `file:///home/me/infrastructure`.
    pub links: Option<String>,
}

/// What a report is about, for whoever reads it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The name of the repository.
    pub repository: String,
    /// The directory of it, the commit, the program: a line for each that is known.
    pub lines: Vec<String>,
}

/// How much of a report people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Everything.
    #[default]
    Full,
    /// What it comes to, without the findings.
    Summary,
    /// A line for each violation, and nothing else.
    Quiet,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            color: false,
            undecided: false,
            undecided_fails: false,
            suppressed: false,
            verbose: false,
            fail_on: Some(Severity::Low),
            width: 100,
            detail: Detail::Full,
            place: String::new(),
            blob: None,
            evidence: None,
            links: None,
        }
    }
}

/// A report as text in some format.
pub fn render(format: Format, report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    match format {
        Format::Text => text::render(report, files, options),
        Format::Concise => text::concise(report, files, options),
        Format::Json => json::render(report, files),
        // Code scanning would show what is undecided as an alert, so how much people want to read
        // must not put it there.
        Format::Sarif => sarif::render(report, files, options),
        Format::Github => commands::github(report, files, options),
        Format::Gitlab => gitlab::render(report, files, options),
        Format::Azure => commands::azure(report, files, options),
        Format::Junit => junit::render(report, files, options),
        Format::Markdown => markdown::render(report, files, options),
        Format::Html => html::render(report, files, options),
        Format::Csv => csv::render(report, files, options),
        Format::Rdjson => rdjson::render(report, files, options),
    }
}
