//! `trustlint.hcl` from the outside: where it is found, what it changes, and how its mistakes are shown.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

use std::{fs, path::Path};

use assert_cmd::Command;
use tempfile::TempDir;

const RULE: &str = "environment-key-not-shared";
const KEY: &str =
    "resource \"aws_db_instance\" \"app\" {\n  kms_key_id = \"arn:aws:kms:eu-west-1:111122223333:key/0a1b\"\n}\n";
const CONFIG: &str = "environment \"production\" {\n  paths = [\"blue\"]\n}\nenvironment \"lab\" {\n  class = \"non-production\"\n  paths = [\"green\"]\n}\n";

fn repository(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// Exit code, standard output and standard error.
fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("trustlint").unwrap().current_dir(dir).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn a_configuration_tells_environments() {
    let dir = repository(&[
        ("trustlint.hcl", CONFIG),
        ("app/blue/main.tf", KEY),
        ("blue/main.tf", KEY),
        ("green/main.tf", KEY),
    ]);
    let (code, out, _) = run(dir.path(), &["check", "--rule", RULE]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("lab and production use the same key"), "{out}");
    let (code, out, _) = run(dir.path(), &["check", "--rule", RULE, "--no-config"]);
    assert_eq!(code, 0, "{out}");
    let (_, out, _) = run(dir.path(), &["inspect"]);
    assert!(out.contains("environment: production, by trustlint.hcl, path \"blue\""), "{out}");
}

#[test]
fn in_a_subdirectory_the_configuration_of_the_repository_counts() {
    let dir = repository(&[
        ("trustlint.hcl", CONFIG),
        ("blue/app/main.tf", KEY),
        ("blue/lab/trustlint.hcl", "environment \"dev\" {\n  paths = [\"*\"]\n}\n"),
        ("blue/lab/x/main.tf", KEY),
    ]);
    let (_, out, _) = run(&dir.path().join("blue/app"), &["inspect"]);
    assert!(out.contains("environment: production, by trustlint.hcl, path \".\""), "{out}");
    let (_, out, _) = run(&dir.path().join("blue/lab"), &["inspect"]);
    assert!(out.contains("environment: dev (non-production), by trustlint.hcl, path \"x\""), "{out}");
    // A file that is named lies in its repository.
    let (_, out, err) = run(dir.path(), &["check", "blue/app/main.tf", "--rule", RULE]);
    assert!(err.is_empty() && out.contains("no violations"), "{out}{err}");
}

#[test]
fn a_configuration_may_be_named() {
    let dir = repository(&[("settings/ours.hcl", CONFIG), ("blue/main.tf", KEY), ("green/main.tf", KEY)]);
    let (code, out, _) = run(dir.path(), &["check", "--rule", RULE, "--config", "settings/ours.hcl"]);
    assert_eq!(code, 1, "paths are those of what is checked, if the file does not lie above it: {out}");
    let (code, _, err) = run(dir.path(), &["check", "--config", "settings/other.hcl"]);
    assert_eq!(code, 2);
    assert!(err.contains("the configuration settings/other.hcl cannot be read"), "{err}");
    let (code, _, _) = run(dir.path(), &["check", "--config", "settings/ours.hcl", "--no-config"]);
    assert_eq!(code, 2);
}

#[test]
fn every_mistake_is_shown_on_its_own_text_and_nothing_is_checked() {
    let text = "environment \"production\" {\n  path = [\"blue\"]\n}\nenviroment \"lab\" {}\n";
    let dir = repository(&[("trustlint.hcl", text), ("blue/main.tf", KEY)]);
    for command in ["check", "inspect"] {
        let (code, out, err) = run(dir.path(), &[command]);
        assert_eq!(code, 2, "{err}");
        assert_eq!(out, "");
        assert!(err.contains("trustlint.hcl:2:3") && err.contains("Did you mean `paths`?"), "{err}");
        assert!(err.contains("trustlint.hcl:4:1") && err.contains("Did you mean `environment`?"), "{err}");
    }
}

#[test]
fn inputs_of_rules_are_set_and_the_command_line_outweighs_them() {
    let rule = "aws-rds-backup-retention";
    let text = format!("inputs \"{rule}\" {{\n  least_days = 30\n}}\n");
    let database = "resource \"aws_db_instance\" \"app\" {\n  backup_retention_period = 20\n}\n";
    let dir = repository(&[("trustlint.hcl", &text), ("main.tf", database)]);
    let code = |args: &[&str]| {
        let mut all = vec!["check", "--rule", rule];
        all.extend(args);
        run(dir.path(), &all).0
    };
    assert_eq!(code(&[]), 1);
    assert_eq!(code(&["--no-config"]), 0);
    assert_eq!(code(&["--input", &format!("{rule}.least_days=10")]), 0);
    fs::write(dir.path().join("trustlint.hcl"), format!("inputs \"{rule}\" {{\n  least_dys = 30\n}}\n")).unwrap();
    let (code, _, err) = run(dir.path(), &["check"]);
    assert_eq!(code, 2);
    assert!(err.contains("has no input `least_dys`") && err.contains("Did you mean `least_days`?"), "{err}");
}
