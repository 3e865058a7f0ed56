//! `trustlint exceptions`: the register of what is waived.

use std::{fmt::Write as _, path::Path, process::Command};

use serde::Serialize;

use super::{
    Terminal,
    args::{ExceptionsArgs, RegisterFormat},
    exit::{Exit, Failure},
    whole::{self, Checked},
};
use crate::{
    report::{Report, WaiverInfo, WaiverState, csv::line, markdown::cell},
    rule::Catalog,
    source::SourceMap,
};

/// One line of the register.
#[derive(Serialize)]
struct Row {
    rules: Vec<String>,
    criteria: Vec<String>,
    subjects: Vec<String>,
    path: String,
    line: u32,
    covers: String,
    reason: Option<String>,
    owner: Option<String>,
    since: Option<String>,
    by: Option<String>,
    until: Option<String>,
    state: &'static str,
    fault: Option<String>,
    source: &'static str,
}

/// Checks, and prints the register.
pub(super) fn run(args: &ExceptionsArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let Checked { target, catalog, project, report, .. } = match whole::check(&args.repository, terminal)? {
        Ok(checked) => checked,
        Err(exit) => return Ok(exit),
    };
    let selected = |w: &&WaiverInfo| target.selects(project.files.path(w.place.file));
    let rows: Vec<Row> = report
        .waivers
        .iter()
        .filter(selected)
        .map(|w| row(w, &report, &catalog, &project.files, target.root.as_deref()))
        .collect();
    terminal.out(&match args.format {
        RegisterFormat::Table => table(&rows),
        RegisterFormat::Csv => csv(&rows),
        RegisterFormat::Json => serde_json::to_string_pretty(&rows).map_or_else(|_| String::new(), |t| t + "\n"),
        RegisterFormat::Markdown => markdown(&rows),
    });
    Ok(Exit::Clean)
}

fn row(waiver: &WaiverInfo, report: &Report, catalog: &Catalog, files: &SourceMap, root: Option<&Path>) -> Row {
    let path = files.path(waiver.place.file).to_string();
    let line = files.line_column(waiver.place.file, waiver.place.start).line;
    let mut criteria: Vec<String> = Vec::new();
    for (criterion, _) in waiver.rules.iter().filter_map(|id| catalog.rule(id)).flat_map(|rule| &rule.criteria) {
        if !criteria.contains(criterion) {
            criteria.push(criterion.clone());
        }
    }
    criteria.sort_by_key(|id| report.criteria.iter().position(|c| c.id == *id));
    let (since, by) = root.and_then(|root| written(root, &path, line)).unzip();
    Row {
        rules: waiver.rules.clone(),
        criteria,
        subjects: waiver.subjects.clone(),
        path,
        line,
        covers: waiver.covers.clone(),
        reason: waiver.reason.clone(),
        owner: waiver.owner.clone(),
        since,
        by,
        until: waiver.until.clone(),
        state: waiver.state.as_str(),
        fault: waiver
            .fault
            .as_ref()
            .filter(|_| waiver.state == WaiverState::Void)
            .map(|fault| fault.trim_start_matches("does not count: ").to_string()),
        source: waiver.source.as_str(),
    }
}

/// Since when a line is as it is, and who wrote it, if git knows.
fn written(root: &Path, path: &str, line: u32) -> Option<(String, String)> {
    let range = format!("{line},{line}");
    let run = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["blame", "--porcelain", "-L", &range, "--", path])
        .output()
        .ok()
        .filter(|run| run.status.success())?;
    let text = String::from_utf8_lossy(&run.stdout);
    let field = |name: &str| text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' '));
    // A line that is not committed yet is nobody's.
    if text.starts_with("0000000000") {
        return None;
    }
    let seconds: i64 = field("author-time")?.parse().ok()?;
    let day = jiff::Timestamp::from_second(seconds).ok()?.strftime("%Y-%m-%d").to_string();
    Some((day, field("author")?.to_string()))
}

const COLUMNS: [&str; 10] =
    ["rule", "criterion", "subject", "place", "reason", "owner", "since", "by", "until", "state"];

impl Row {
    fn cells(&self) -> [String; 10] {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        let state = match &self.fault {
            Some(fault) => format!("{}: {fault}", self.state),
            None => self.state.to_string(),
        };
        [
            self.rules.join(", "),
            self.criteria.join(", "),
            self.subjects.join(", "),
            format!("{}:{}", self.path, self.line),
            or_empty(&self.reason),
            or_empty(&self.owner),
            or_empty(&self.since),
            or_empty(&self.by),
            or_empty(&self.until),
            state,
        ]
    }
}

fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "no waivers\n".into();
    }
    let mut out = String::new();
    for row in rows {
        let [rule, criterion, subject, place, reason, owner, since, by, until, state] = row.cells();
        let _ = writeln!(out, "{rule} ({state})");
        for (name, text) in [
            ("criterion", criterion),
            ("subject", subject),
            ("place", place),
            ("reason", reason),
            ("owner", owner),
            ("since", if by.is_empty() { since } else { format!("{since} by {by}") }),
            ("until", until),
        ] {
            if !text.is_empty() {
                let _ = writeln!(out, "  {name:<9}  {text}");
            }
        }
        out.push('\n');
    }
    let count = |state: WaiverState| rows.iter().filter(|r| r.state == state.as_str()).count();
    let states = [WaiverState::Active, WaiverState::Unused, WaiverState::Expired, WaiverState::Void];
    let counted: Vec<String> = states
        .into_iter()
        .filter(|state| count(*state) > 0)
        .map(|state| format!("{} {}", count(state), state.as_str()))
        .collect();
    let _ = writeln!(out, "{} waiver{}: {}", rows.len(), if rows.len() == 1 { "" } else { "s" }, counted.join(", "));
    out
}

fn csv(rows: &[Row]) -> String {
    let rows = rows.iter().map(|row| line(&row.cells()));
    std::iter::once(COLUMNS.join(",") + "\r\n").chain(rows).collect()
}

fn markdown(rows: &[Row]) -> String {
    let mut out = format!("| {} |\n|{}\n", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
    for row in rows {
        let cells: Vec<String> = row.cells().iter().map(|c| cell(c)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}
