//! The repositories in `fixtures/repos`, through the real program: the whole report is compared with the
//! one that is checked in, and the SARIF is audited against the texts.
//!
//! `SNAPSHOTS=overwrite cargo test --test fixtures` writes the reports anew; read them before they are
//! accepted.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read files, and a failure is a panic")]

#[path = "support/sarif_audit.rs"]
mod sarif_audit;

use std::{fs, path::Path, process::Command, sync::LazyLock};

use serde_json::Value;
use tempfile::TempDir;

struct Run {
    code: i32,
    out: String,
    err: String,
}

/// Where the repositories are whole ones, and not directories of this one.
fn copied() -> &'static Path {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            if from.is_dir() {
                copy(&from, &to);
            } else {
                fs::copy(&from, &to).unwrap();
            }
        }
    }
    static COPY: LazyLock<TempDir> = LazyLock::new(|| {
        let copied = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repos"), copied.path());
        copied
    });
    COPY.path()
}

fn check(repository: &str, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_trustlint"))
        .arg("check")
        .arg(repository)
        .args(arguments)
        .current_dir(copied())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn is_as_checked_in(repository: &str, report: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/reports/{repository}.txt"));
    if std::env::var_os("SNAPSHOTS").is_some_and(|v| v == "overwrite") {
        fs::write(&path, report).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == report,
        "{} is not what the program prints; run with SNAPSHOTS=overwrite and read the difference\n{report}",
        path.display()
    );
}

fn text_of(repository: &str) -> impl Fn(&str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repos").join(repository);
    move |path| fs::read_to_string(root.join(path)).ok()
}

#[test]
fn a_firm_that_starts_out_has_a_report_worth_reading() {
    let run = check("starting-out", &[]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    is_as_checked_in("starting-out", &run.out);
}

#[test]
fn the_same_firm_put_right_has_one_line() {
    let run = check("put-right", &[]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
    is_as_checked_in("put-right", &run.out);
}

/// The repositories whose names end so: `github-bad` shows what its twin `github-good` has put right.
fn repositories(ending: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repos");
    let names = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

#[test]
fn a_bad_repository_of_each_ci_system_has_its_report() {
    for repository in repositories("-bad") {
        let run = check(&repository, &[]);
        assert_eq!((run.code, run.err.as_str()), (1, ""), "{repository}");
        is_as_checked_in(&repository, &run.out);
    }
}

#[test]
fn its_good_twin_is_silent() {
    for repository in repositories("-good") {
        let run = check(&repository, &[]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{repository}: {}", run.out);
        assert_eq!(run.out.lines().count(), 1, "{repository}: {}", run.out);
        is_as_checked_in(&repository, &run.out);
    }
}

#[test]
fn the_sarif_holds_what_code_scanning_and_the_texts_ask_for() {
    for repository in repositories("") {
        let run = check(&repository, &["--output", "sarif"]);
        assert_eq!(sarif_audit::audit(&run.out, &text_of(&repository)), Vec::<String>::new(), "{repository}");
    }
}

#[test]
fn every_place_in_the_json_holds_the_text_it_says() {
    let run = check("starting-out", &["--output", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let text_of = text_of("starting-out");
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.len() > 20);
    for finding in findings {
        let location = &finding["location"];
        let text = text_of(location["path"].as_str().unwrap()).unwrap();
        let line = text.lines().nth(location["start"]["line"].as_u64().unwrap() as usize - 1).unwrap();
        let column = location["start"]["column"].as_u64().unwrap() as usize - 1;
        let rest: String = line.chars().skip(column).collect();
        let first = location["text"].as_str().unwrap().lines().next().unwrap();
        assert!(rest.starts_with(first), "{location}: {line}");
    }
}

#[test]
fn the_bytes_are_the_same_whatever_the_number_of_threads() {
    for format in ["text", "json", "sarif"] {
        let runs: Vec<String> = ["1", "2", "2"]
            .iter()
            .map(|threads| check("starting-out", &["--output", format, "--threads", threads]).out)
            .collect();
        assert!(runs.iter().all(|r| *r == runs[0]), "{format}");
    }
}

#[test]
fn the_report_in_the_readme_is_a_part_of_the_real_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let report = fs::read_to_string(root.join("fixtures/reports/starting-out.txt")).unwrap();
    let (_, rest) = readme.split_once("```text\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let parts: Vec<&str> = shown.split("\n\n").map(str::trim_end).collect();
    assert!(parts.len() > 3, "{shown}");
    for part in parts {
        assert!(report.contains(part), "not in the report:\n{part}");
    }
}
