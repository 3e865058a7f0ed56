//! Baselines through the program: written, used, pruned.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

#[path = "support/files.rs"]
mod files;
#[path = "support/program.rs"]
mod program;

use std::{fs, path::Path};

use files::{repository, write};
use serde_json::Value;

const FILE: &str = ".trustlint/baseline.tsv";

fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    program::run(dir, &[], args)
}

fn key(name: &str) -> String {
    format!("resource \"aws_kms_key\" \"{name}\" {{\n  enable_key_rotation = false\n}}\n")
}

#[test]
fn what_is_in_the_baseline_is_counted_and_what_is_new_is_reported() {
    let dir = repository(&[("a.tf", &key("a")), ("b.tf", &key("b"))]);
    let (code, out, _) = run(dir.path(), &["baseline", "write"]);
    let next = format!("Check with --baseline, or name it in trustlint.hcl: check {{ baseline = \"{FILE}\" }}\n");
    assert_eq!((code, out), (0, format!("wrote 2 findings to {FILE}\n{next}")));
    let (code, out, _) = run(dir.path(), &["check", "--baseline"]);
    assert_eq!((code, out.lines().count()), (0, 1), "{out}");
    assert!(out.contains(", 2 of 2 in the baseline remain"), "{out}");
    write(dir.path(), &[("c.tf", &key("c"))]);
    let (code, out, _) = run(dir.path(), &["check", &format!("--baseline={FILE}")]);
    assert!(code == 1 && out.contains("c.tf:2:25") && !out.contains("a.tf") && out.contains("1 violation"), "{out}");
    assert_eq!(run(dir.path(), &["check"]).0, 1);
}

#[test]
fn an_entry_survives_moved_lines_more_instances_and_a_renamed_file() {
    let each = "resource \"aws_kms_key\" \"e\" {\n  for_each = toset([\"a\"])\n  enable_key_rotation = false\n}\n";
    let dir = repository(&[("a.tf", &key("a")), ("e.tf", each)]);
    run(dir.path(), &["baseline", "write"]);
    fs::remove_file(dir.path().join("a.tf")).unwrap();
    write(
        dir.path(),
        &[("z.tf", &format!("# Moved.\n\n{}", key("a"))), ("e.tf", &each.replace("[\"a\"]", "[\"a\", \"b\"]"))],
    );
    assert_eq!(run(dir.path(), &["check", "--baseline"]).0, 0);
}

#[test]
fn a_second_fault_of_the_same_kind_is_new() {
    let one = "resource \"aws_security_group\" \"g\" {\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}\n";
    let block = &one[one.find("  ingress").unwrap()..one.rfind('}').unwrap()];
    let dir = repository(&[("a.tf", one)]);
    run(dir.path(), &["baseline", "write"]);
    write(dir.path(), &[("a.tf", &one.replace(block, &block.repeat(2)))]);
    let (code, out, _) = run(dir.path(), &["check", "--baseline"]);
    assert!(code == 1 && out.contains("1 violation ("), "{out}");
}

#[test]
fn what_is_mended_is_said_and_pruned_so_that_it_does_not_come_back() {
    let dir = repository(&[("a.tf", &key("a")), ("b.tf", &key("b"))]);
    run(dir.path(), &["baseline", "write"]);
    write(dir.path(), &[("a.tf", &key("a").replace("false", "true"))]);
    let (code, out, _) = run(dir.path(), &["check", "--baseline"]);
    assert_eq!(code, 0);
    assert!(out.contains("note: 1 finding of the baseline is gone (aws-kms-key-rotation)"), "{out}");
    assert!(out.contains(", 1 of 2 in the baseline remain"), "{out}");
    // Where not everything was checked, nothing is known to be gone.
    let (_, out, _) = run(dir.path(), &["check", "--baseline", "--criterion", "CC8.1"]);
    assert!(!out.contains("gone"), "{out}");
    let (code, out, _) = run(dir.path(), &["baseline", "prune"]);
    assert_eq!((code, out), (0, format!("1 of 2 are gone, 1 remain in {FILE}\n")));
    write(dir.path(), &[("a.tf", &key("a"))]);
    assert_eq!(run(dir.path(), &["check", "--baseline"]).0, 1);
}

#[test]
fn the_file_is_sorted_and_holds_no_text_of_the_configuration() {
    let secret =
        "resource \"aws_db_instance\" \"d\" {\n  password = \"hunter2-very-secret\"\n  storage_encrypted = false\n}\n";
    let dir = repository(&[("z.tf", secret), ("a.tf", &key("a"))]);
    run(dir.path(), &["baseline", "write"]);
    let text = fs::read_to_string(dir.path().join(FILE)).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let lines: Vec<&str> = text.lines().skip(2).collect();
    assert!(lines.len() > 2 && lines.is_sorted(), "{text}");
    assert!(text.starts_with("# trustlint baseline 1\n"), "{text}");
    run(dir.path(), &["baseline", "write"]);
    assert_eq!(fs::read_to_string(dir.path().join(FILE)).unwrap(), text);
}

#[test]
fn a_baseline_that_is_missing_or_broken_is_2_and_one_is_not_made_of_half_an_answer() {
    let dir = repository(&[("a.tf", &key("a"))]);
    let (code, _, err) = run(dir.path(), &["check", "--baseline"]);
    assert!(code == 2 && err.contains("`trustlint baseline write` makes one"), "{err}");
    write(dir.path(), &[(FILE, "# trustlint baseline 1\n<<<<<<< HEAD\n")]);
    let (code, _, err) = run(dir.path(), &["check", "--baseline"]);
    assert!(code == 2 && err.contains("baseline.tsv:2: this is no entry"), "{err}");
    write(dir.path(), &[("broken.tf", "resource {{{\n")]);
    let (code, _, err) = run(dir.path(), &["baseline", "write"]);
    assert!(code == 3 && err.contains("is not written: the answer is not whole"), "{err}");
}

#[test]
fn the_json_says_what_is_covered_and_what_is_stale() {
    let dir = repository(&[("a.tf", &key("a")), ("b.tf", &key("b"))]);
    run(dir.path(), &["baseline", "write"]);
    write(dir.path(), &[("a.tf", &key("a").replace("false", "true"))]);
    let report: Value = serde_json::from_str(&run(dir.path(), &["check", "--baseline", "--output", "json"]).1).unwrap();
    let expected = serde_json::json!({
        "total": 2, "covered": 1,
        "stale": [{ "rule": "aws-kms-key-rotation", "path": "a.tf", "address": "aws_kms_key.a", "count": 1 }],
    });
    assert_eq!(report["baseline"], expected);
}
