//! Outputs for pipelines and hosts, through the program.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

#[path = "support/files.rs"]
mod files;
#[path = "support/program.rs"]
mod program;

use std::{fs, path::Path, process::Command};

use files::{repository, write};
use program::run;
use serde_json::Value;

const KEYS: &str = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false\n}\n";

/// A repository of git, of which the directory `infra` is checked, with a file whose name asks for escapes.
fn desk() -> tempfile::TempDir {
    let dir = repository(&[
        ("infra/main.tf", KEYS),
        ("infra/a, b:100%.tf", "resource \"aws_db_instance\" \"é\" { storage_encrypted = false }\n"),
        ("infra/var.tf", "variable \"on\" {}\nresource \"aws_kms_key\" \"b\" {\n  enable_key_rotation = var.on\n}\n"),
        ("infra/ok.tf", "resource \"aws_kms_key\" \"ok\" {\n  enable_key_rotation = true\n}\n"),
        (
            "infra/waived.tf",
            "# trustlint: ignore[aws-kms-key-rotation] by hand, until=2099-01-31\nresource \"aws_kms_key\" \"w\" {}\n",
        ),
    ]);
    assert!(Command::new("git").args(["init", "-q"]).current_dir(dir.path()).status().unwrap().success());
    dir
}

fn check(dir: &Path, environment: &[(&str, &str)], args: &[&str]) -> (i32, String, String) {
    let none = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "CI_PROJECT_URL", "CI_COMMIT_SHA"];
    let unset = none.iter().filter(|n| !environment.iter().any(|(e, _)| e == *n)).map(|n| (*n, ""));
    let environment: Vec<(&str, &str)> = unset.chain(environment.iter().copied()).collect();
    let rules = ["check", "infra", "--rule", "aws-kms-key-rotation", "--rule", "aws-rds-storage-encrypted"];
    run(dir, &environment, &[&rules[..], args].concat())
}

fn output(format: &str) -> String {
    let dir = desk();
    let (code, out, err) = check(dir.path(), &[], &["--output", format]);
    assert_eq!((code, err.as_str()), (1, ""));
    assert_eq!(check(dir.path(), &[], &["--output", format, "--threads", "1"]).1, out, "the same bytes again");
    out
}

#[test]
fn paths_are_links_where_a_terminal_follows_them() {
    let dir = repository(&[("a b.tf", "resource \"aws_kms_key\" \"a\" {}\n")]);
    let root = std::fs::canonicalize(dir.path()).unwrap();
    let args = ["check", "--color", "always", "--rule", "aws-kms-key-rotation"];
    let (_, out, _) = run(dir.path(), &[("FORCE_HYPERLINK", "1")], &args);
    let link = format!("\u{1b}]8;;file://{}/a%20b.tf\u{1b}\\a b.tf\u{1b}]8;;\u{1b}\\:1:1", root.display());
    assert!(out.contains(&link), "{out:?}");
    assert!(!run(dir.path(), &[("FORCE_HYPERLINK", "0")], &args).1.contains("\u{1b}]8"));
}

#[test]
fn sarif_has_what_is_waived_only_if_asked() {
    let waived = "# trustlint: ignore[aws-kms-key-rotation] by hand, until=2027-01-31, owner=@sec\nresource \"aws_kms_key\" \"a\" {}\nresource \"aws_kms_key\" \"b\" {}\n";
    let dir = repository(&[("main.tf", waived)]);
    let suppressions = |args: &[&str]| {
        let all = ["check", "--rule", "aws-kms-key-rotation", "--output", "sarif"];
        let (_, out, _) = run(dir.path(), &[("TRUSTLINT_TODAY", "2026-11-25")], &[&all[..], args].concat());
        let sarif: Value = serde_json::from_str(&out).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
        results.into_iter().map(|r| r["suppressions"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(suppressions(&[]), [Value::Null]);
    let all = suppressions(&["--sarif-include-suppressed"]);
    assert_eq!((all.len(), &all[0]), (2, &serde_json::json!([])));
    assert_eq!(all[1][0]["kind"], "inSource");
    assert_eq!(all[1][0]["justification"], "by hand");
    assert_eq!(all[1][0]["properties"], serde_json::json!({ "owner": "@sec", "until": "2027-01-31" }));
    assert_eq!(all[1][0]["location"]["physicalLocation"]["region"]["startLine"], 1);
}

#[test]
fn annotations_of_github_are_escaped_and_stand_at_the_path_from_the_top() {
    let out = output("github");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 2, "{out}");
    let start = "::error file=infra/a%2C b%3A100%25.tf,line=1,col=54,endColumn=59,title=aws-rds-storage-encrypted (high%2C CC6.1 ";
    assert!(lines[0].starts_with(start), "{out}");
    assert!(
        lines[0].contains("::aws_db_instance.é stores its data unencrypted. Set `storage_encrypted = true`"),
        "{out}"
    );
    assert!(
        lines[1].starts_with("::warning file=infra/main.tf,line=2,col=25,endColumn=30,title=aws-kms-key-rotation"),
        "{out}"
    );
}

#[test]
fn of_many_annotations_nine_are_shown_and_the_rest_is_counted() {
    let many: String = (0..25).map(|i| format!("resource \"aws_kms_key\" \"k{i}\" {{}}\n")).collect();
    let dir = desk();
    write(dir.path(), &[("infra/many.tf", &many)]);
    let (_, out, _) = check(dir.path(), &[], &["--output", "github"]);
    let warnings: Vec<&str> = out.lines().filter(|l| l.starts_with("::warning")).collect();
    assert_eq!(warnings.len(), 10);
    assert_eq!(warnings[9], "::warning title=trustlint::and 17 more; the summary or the log has them all");
}

#[test]
fn commands_go_beside_the_text_and_an_input_that_is_not_read_is_an_error() {
    let dir = desk();
    write(dir.path(), &[("infra/bad.tf", "resource {\n")]);
    let (code, out, _) = check(dir.path(), &[], &["--output", "text", "--output", "github"]);
    assert_eq!(code, 3);
    assert!(out.contains("the answer is not whole"), "{out}");
    assert!(out.contains("\n::error file=infra/bad.tf,line="), "{out}");
}

#[test]
fn commands_of_azure_are_escaped() {
    let out = output("azure");
    let line = "##vso[task.logissue type=error;sourcepath=infra/a, b:100%AZP25.tf;linenumber=1;columnnumber=54;code=aws-rds-storage-encrypted;]aws_db_instance.é";
    assert!(out.starts_with(line), "{out}");
    assert!(
        out.contains("\n##vso[task.logissue type=warning;sourcepath=infra/main.tf;linenumber=2;columnnumber=25;"),
        "{out}"
    );
}

#[test]
fn gitlab_gets_an_array_whose_fingerprints_differ() {
    let out = output("gitlab");
    let issues: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(issues.len(), 2);
    for issue in &issues {
        for member in ["description", "check_name", "fingerprint", "severity"] {
            assert!(issue[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {issue}");
        }
    }
    assert_ne!(issues[0]["fingerprint"], issues[1]["fingerprint"]);
    assert_eq!(issues[0]["location"]["path"], "infra/a, b:100%.tf");
    assert_eq!((&issues[1]["severity"], &issues[1]["location"]["lines"]["begin"]), (&"major".into(), &2.into()));
}

#[test]
fn the_fingerprint_for_gitlab_does_not_depend_on_lines() {
    let dir = desk();
    let fingerprints = || -> Vec<String> {
        let (_, out, _) = check(dir.path(), &[], &["--output", "gitlab"]);
        let issues: Vec<Value> = serde_json::from_str(&out).unwrap();
        issues.iter().map(|i| i["fingerprint"].as_str().unwrap().into()).collect()
    };
    let before = fingerprints();
    write(dir.path(), &[("infra/main.tf", &format!("# Moved.\n\n{KEYS}"))]);
    assert_eq!(fingerprints(), before);
}

#[test]
fn junit_has_what_failed_what_held_what_is_open_and_what_is_waived() {
    let out = output("junit");
    let mut reader = quick_xml::Reader::from_str(&out);
    let (mut cases, mut texts) = (Vec::new(), Vec::new());
    loop {
        use quick_xml::events::Event;
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(e) | Event::Empty(e) => {
                let name = e.name().as_ref().to_string();
                let all = e.attributes().map(|a| {
                    let a = a.unwrap();
                    let key = a.key.as_ref().to_string();
                    (key, a.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned())
                });
                cases.push((name, all.collect::<Vec<_>>()));
            }
            Event::Text(text) => texts.push(text.to_string()),
            _ => {}
        }
    }
    let of = |name: &str| cases.iter().filter(|(n, _)| n == name).map(|(_, a)| a.clone()).collect::<Vec<_>>();
    let suite = &of("testsuites")[0];
    let number = |key: &str| suite.iter().find(|(k, _)| k == key).unwrap().1.clone();
    assert_eq!(
        (number("tests"), number("failures"), number("errors"), number("skipped")),
        ("4".into(), "2".into(), "0".into(), "2".into())
    );
    assert_eq!((of("testcase").len(), of("failure").len()), (4, 2));
    let skipped: Vec<String> = of("skipped").iter().map(|a| a[0].1.clone()).collect();
    assert!(skipped.iter().any(|s| s == "undecided: variable \"on\" has no value here"), "{skipped:?}");
    assert!(skipped.iter().any(|s| s == "waived (until 2099-01-31): by hand"), "{skipped:?}");
    assert!(of("testcase").iter().any(|a| a.contains(&("file".into(), "infra/a, b:100%.tf".into()))), "{cases:?}");
    assert!(texts.iter().any(|t| t.contains("CC6.1: ")), "{texts:?}");
}

#[test]
fn a_rule_that_held_everywhere_is_a_test_that_passed() {
    let dir = repository(&[("infra/ok.tf", &KEYS.replace("false", "true"))]);
    let (code, out, _) = check(dir.path(), &[], &["--output", "junit"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("<testcase classname=\"aws-kms-key-rotation\" name=\"") && out.contains("(1 checked)\"/>"),
        "{out}"
    );
    assert!(out.contains("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\""), "{out}");
}

#[test]
fn markdown_links_to_the_text_where_the_host_is_known_and_mentions_nobody() {
    let dir = desk();
    let owner =
        "# trustlint: ignore[aws-kms-key-rotation] by hand, owner=@acme/all\nresource \"aws_kms_key\" \"o\" {}\n";
    write(dir.path(), &[("infra/owner.tf", owner)]);
    let host = [("GITHUB_SERVER_URL", "https://git.example"), ("GITHUB_REPOSITORY", "o/r"), ("GITHUB_SHA", "abc")];
    let (_, out, _) = check(dir.path(), &host, &["--output", "markdown"]);
    assert!(out.starts_with("<!-- trustlint -->\n### trustlint: 2 violations\n"), "{out}");
    let row = "| medium | [`infra/main.tf:2`](https://git.example/o/r/blob/abc/infra/main.tf#L2) | aws\\_kms\\_key.a does not rotate. Set `enable_key_rotation = true`. | `aws-kms-key-rotation` ";
    assert!(out.contains(row), "{out}");
    assert!(out.contains("a,%20b%3A100%25.tf#L1"), "{out}");
    assert!(out.contains("@\u{200b}acme/all") && !out.contains("@acme"), "{out}");
    let gitlab = [("CI_PROJECT_URL", "https://gitlab.example/o/r"), ("CI_COMMIT_SHA", "abc")];
    let (_, out, _) = check(dir.path(), &gitlab, &["--output", "markdown"]);
    assert!(out.contains("(https://gitlab.example/o/r/-/blob/abc/infra/main.tf#L2)"), "{out}");
}

#[test]
fn a_page_of_markdown_fits_a_comment() {
    let many: String =
        (0..2000).map(|i| format!("resource \"aws_kms_key\" \"a_rather_long_name_{i}\" {{}}\n")).collect();
    let dir = repository(&[("infra/many.tf", &many)]);
    let (_, out, _) = check(dir.path(), &[], &["--output", "markdown"]);
    assert!(out.len() < 65_536, "{}", out.len());
    assert!(out.contains("more; the log has them all"), "{out}");
}

#[test]
fn a_sheet_has_a_row_for_each_finding_and_no_formula() {
    let out = output("csv");
    let lines: Vec<&str> = out.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 5, "{out}");
    assert!(lines[0].starts_with("rule,severity,verdict,criteria,path,line,"), "{out}");
    assert!(lines.iter().any(|l| l.contains("\"aws-kms-key-rotation\",\"medium\",\"waived\",")), "{out}");
    assert!(
        lines.iter().any(|l| l.contains("\"undecided\"") && l.contains("variable \"\"on\"\" has no value here")),
        "{out}"
    );
}

#[test]
fn reviewdog_gets_suggestions_that_make_the_fix() {
    let out = output("rdjson");
    let report: Value = serde_json::from_str(&out).unwrap();
    let diagnostics = report["diagnostics"].as_array().unwrap();
    assert_eq!(diagnostics.len(), 2);
    let first = &diagnostics[0];
    // Columns are bytes: `é` in front of the value is two.
    assert_eq!(first["location"]["range"]["start"], serde_json::json!({ "line": 1, "column": 55 }));
    assert_eq!(first["suggestions"][0]["text"], "true");
    assert_eq!(first["suggestions"][0]["range"], first["location"]["range"]);
    assert_eq!((&first["severity"], &first["code"]["value"]), (&"ERROR".into(), &"aws-rds-storage-encrypted".into()));
}

#[test]
fn json_and_sarif_hold_the_edits_of_fixes() {
    let json: Value = serde_json::from_str(&output("json")).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let of_keys = findings.iter().find(|f| f["rule"] == "aws-kms-key-rotation" && f["verdict"] == "fail").unwrap();
    let edit = &of_keys["fix"]["edits"][0];
    let range: Vec<usize> = serde_json::from_value(edit["range"].clone()).unwrap();
    assert_eq!((&KEYS[range[0]..range[1]], &edit["replacement"]), ("false", &"true".into()));
    let sarif: Value = serde_json::from_str(&output("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let of_keys = results.iter().find(|r| r["ruleId"] == "aws-kms-key-rotation").unwrap();
    let change = &of_keys["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "main.tf");
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "true");
    let region = serde_json::json!({ "startLine": 2, "startColumn": 25, "endLine": 2, "endColumn": 30 });
    assert_eq!(change["replacements"][0]["deletedRegion"], region);
}

#[test]
fn quiet_text_is_a_line_for_each_violation_and_a_summary_has_no_findings() {
    let dir = desk();
    let (code, out, _) = check(dir.path(), &[], &["--quiet"]);
    assert_eq!(
        (code, out.as_str()),
        (
            1,
            "a, b:100%.tf:1:54: high[aws-rds-storage-encrypted]: aws_db_instance.é stores its data unencrypted\n\
             main.tf:2:25: medium[aws-kms-key-rotation]: aws_kms_key.a does not rotate\n"
        )
    );
    let (code, out, _) = check(dir.path(), &[], &["--summary"]);
    assert_eq!(code, 1);
    assert!(
        out.contains("criterion")
            && out.contains("2 violations (1 high, 1 medium)")
            && !out.contains("does not rotate"),
        "{out}"
    );
    fs::remove_dir_all(dir.path().join("infra")).unwrap();
    write(dir.path(), &[("infra/ok.tf", &KEYS.replace("false", "true"))]);
    assert_eq!(check(dir.path(), &[], &["--quiet"]), (0, String::new(), String::new()));
}
