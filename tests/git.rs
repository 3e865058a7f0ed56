//! `--since` and `--staged` through the program and real git.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

#[path = "support/files.rs"]
mod files;
#[path = "support/program.rs"]
mod program;

use std::{path::Path, process::Command};

use serde_json::Value;
use tempfile::TempDir;

const OFF: &str = "resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = false\n}\n";
const ON: &str = "resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = true\n}\n";
const RULE: &str = "aws-kms-key-rotation";

struct Repository(TempDir);

impl Repository {
    fn new(files: &[(&str, &str)]) -> Self {
        let repository = Self(files::repository(files));
        repository.git(&["init", "-q", "-b", "main", "."]);
        repository.commit("start");
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, files: &[(&str, &str)]) {
        files::write(self.path(), files);
    }

    fn git(&self, args: &[&str]) -> String {
        let run = Command::new("git")
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
            .args(args)
            .output()
            .unwrap();
        assert!(run.status.success(), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    fn run(&self, directory: &str, args: &[&str]) -> (i32, String, String) {
        program::run(&self.path().join(directory), &[], &[&["check"], args].concat())
    }

    /// The new findings as `path:line`, those that are gone, and how many are there as before.
    fn since(&self, directory: &str, args: &[&str]) -> (Vec<String>, Vec<String>, u64) {
        let (_, out, err) = self.run(directory, &[&["--rule", RULE, "--output", "json"], args].concat());
        let report: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{err}"));
        let of = |all: &Value, path: &str, line: &str| -> Vec<String> {
            let place = |f: &Value| {
                format!("{}:{}", f.pointer(path).unwrap().as_str().unwrap(), f.pointer(line).unwrap().as_u64().unwrap())
            };
            all.as_array().unwrap().iter().map(place).collect()
        };
        (
            of(&report["findings"], "/location/path", "/location/start/line"),
            of(&report["change"]["resolved"], "/path", "/line"),
            report["change"]["unchanged"].as_u64().unwrap(),
        )
    }
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn what_a_change_introduces_is_reported_and_what_was_there_is_counted() {
    let repository = Repository::new(&[("a.tf", OFF)]);
    repository.write(&[("b/main.tf", OFF)]);
    assert_eq!(repository.since(".", &["--since", "HEAD"]), (vec!["b/main.tf:2".into()], none(), 1));
    let (code, out, _) = repository.run(".", &["--rule", RULE, "--since", "HEAD"]);
    let last = out.lines().last().unwrap();
    assert!(last.starts_with("1 violation introduced since "), "{out}");
    assert!(last.contains(" (1 medium), 0 resolved, 1 there before") && code == 1, "{out}");
    // Nothing new: clean, whatever was there.
    repository.commit("two");
    let (code, out, _) = repository.run(".", &["--rule", RULE, "--since", "HEAD"]);
    assert!(out.starts_with("no violations introduced since "), "{out}");
    assert_eq!((code, out.lines().count()), (0, 1), "{out}");
}

#[test]
fn what_a_change_mends_is_said() {
    let repository = Repository::new(&[("a.tf", OFF)]);
    repository.write(&[("a.tf", ON)]);
    assert_eq!(repository.since(".", &["--since", "HEAD"]), (none(), vec!["a.tf:2".into()], 0));
    let (code, out, _) = repository.run(".", &["--rule", RULE, "--since", "HEAD"]);
    assert!(out.starts_with("resolved[aws-kms-key-rotation]: aws_kms_key.k does not rotate (a.tf:2)\n"), "{out}");
    assert_eq!(code, 0);
}

#[test]
fn the_cause_may_be_in_another_file_than_the_fault() {
    let files = [
        ("variables.tf", "variable \"on\" { default = true }\n"),
        ("key.tf", "resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = var.on\n}\n"),
    ];
    let repository = Repository::new(&files);
    repository.write(&[("variables.tf", "variable \"on\" { default = false }\n")]);
    assert_eq!(repository.since(".", &["--since", "HEAD"]), (vec!["key.tf:2".into()], none(), 0));
}

#[test]
fn what_a_moved_block_renames_is_no_new_finding() {
    // The text at fault is the name, since the argument is not there.
    let bare = "resource \"aws_kms_key\" \"k\" {}\n";
    let module = ("modules/keys/main.tf", bare);
    let call = "module \"keys\" {\n  source = \"./modules/keys\"\n}\n";
    let repository = Repository::new(&[("main.tf", &format!("{bare}{call}")), module]);
    let renamed = "resource \"aws_kms_key\" \"key\" {}\n";
    repository.write(&[("main.tf", &format!("{renamed}{call}")), ("modules/keys/main.tf", renamed)]);
    let (new, gone, _) = repository.since("", &["--since", "HEAD"]);
    assert_eq!((new.len(), gone.len()), (2, 2), "{new:?} {gone:?}");
    let moved = "moved {\n  from = aws_kms_key.k\n  to   = aws_kms_key.key\n}\n";
    repository.write(&[("modules/keys/main.tf", &format!("{renamed}{moved}"))]);
    repository.write(&[("main.tf", &format!("{renamed}{moved}{call}"))]);
    assert_eq!(repository.since("", &["--since", "HEAD"]), (vec![], vec![], 2));
    let other = call.replace("\"keys\"", "\"vault\"");
    let moves = "moved {\n  from = module.keys\n  to   = module.vault\n}\nmoved {\n  from = aws_kms_key.k\n  to   = module.vault.aws_kms_key.extra[\"a\"]\n}\n";
    repository.write(&[
        ("main.tf", &format!("{moves}{other}")),
        (
            "modules/keys/main.tf",
            &format!("{bare}resource \"aws_kms_key\" \"extra\" {{\n  for_each = toset([\"a\"])\n}}\n"),
        ),
    ]);
    assert_eq!(repository.since("", &["--since", "HEAD"]), (vec![], vec![], 2));
}

#[test]
fn a_move_in_one_root_excuses_nothing_in_another() {
    let moved = "moved {\n  from = aws_kms_key.k\n  to   = aws_kms_key.key\n}\n";
    let on = "resource \"aws_kms_key\" \"key\" {\n  enable_key_rotation = true\n}\n";
    let repository = Repository::new(&[("prod/main.tf", OFF), ("dev/main.tf", "locals {}\n")]);
    let off = on.replace("true", "false");
    repository.write(&[("prod/main.tf", &format!("{on}{moved}")), ("dev/main.tf", &off)]);
    let (new, gone, unchanged) = repository.since("", &["--since", "HEAD"]);
    assert_eq!((new.len(), gone.len(), unchanged), (1, 1, 0), "{new:?} {gone:?}");
    assert!(new[0].starts_with("dev/main.tf"), "{new:?}");
    // Twice in one change.
    let chain = "moved {\n  from = aws_kms_key.k\n  to   = aws_kms_key.j\n}\nmoved {\n  from = aws_kms_key.j\n  to   = aws_kms_key.key\n}\n";
    repository.write(&[("prod/main.tf", &format!("{off}{chain}")), ("dev/main.tf", "locals {}\n")]);
    assert_eq!(repository.since("", &["--since", "HEAD"]), (vec![], vec![], 1));
}

#[test]
fn lines_that_move_files_that_are_renamed_and_more_instances_are_no_new_findings() {
    let repository = Repository::new(&[
        ("net/a.tf", OFF),
        (
            "each.tf",
            "resource \"aws_kms_key\" \"e\" {\n  for_each = toset([\"a\"])\n  enable_key_rotation = false\n}\n",
        ),
    ]);
    repository.git(&["mv", "net", "network"]);
    repository.write(&[
        ("network/a.tf", &format!("# More.\n\n{OFF}")),
        (
            "each.tf",
            "resource \"aws_kms_key\" \"e\" {\n  for_each = toset([\"a\", \"b\"])\n  enable_key_rotation = false\n}\n",
        ),
    ]);
    assert_eq!(repository.since(".", &["--since", "HEAD"]), (none(), none(), 2));
    // A second one of the same text is new.
    repository.write(&[("network/b.tf", &OFF.replace("\"k\"", "\"l\""))]);
    assert_eq!(repository.since(".", &["--since", "HEAD"]).0, ["network/b.tf:2"]);
}

#[test]
fn what_was_undecided_and_is_a_violation_now_is_new_and_the_other_way_round_is_not() {
    let asked = "variable \"on\" {}\nresource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = var.on\n}\n";
    let decided = asked.replace("\"on\" {}", "\"on\" { default = false }");
    let repository = Repository::new(&[("a.tf", asked)]);
    repository.write(&[("a.tf", &decided)]);
    assert_eq!(repository.since(".", &["--since", "HEAD"]).0, ["a.tf:3"]);
    repository.commit("decided");
    repository.write(&[("a.tf", asked)]);
    assert_eq!(repository.since(".", &["--since", "HEAD"]), (none(), none(), 1));
}

#[test]
fn a_branch_is_compared_with_the_commit_that_it_comes_from() {
    let repository = Repository::new(&[("a.tf", ON)]);
    repository.git(&["checkout", "-q", "-b", "feature"]);
    repository.write(&[("b.tf", &OFF.replace("\"k\"", "\"b\""))]);
    repository.commit("feature");
    repository.git(&["checkout", "-q", "main"]);
    repository.write(&[("a.tf", OFF)]);
    repository.commit("main went on");
    repository.git(&["checkout", "-q", "feature"]);
    assert_eq!(repository.since(".", &["--since", "main"]), (vec!["b.tf:2".into()], none(), 0));
}

#[test]
fn what_is_staged_is_checked_and_not_what_lies_in_the_directory() {
    let repository = Repository::new(&[("a.tf", ON)]);
    repository.write(&[("a.tf", OFF)]);
    repository.git(&["add", "-A"]);
    repository.write(&[("a.tf", ON), ("untracked.tf", &OFF.replace("\"k\"", "\"u\""))]);
    let (code, out, _) = repository.run(".", &["--rule", RULE, "--staged"]);
    assert!(code == 1 && out.contains("a.tf:2:25") && !out.contains("untracked"), "{out}");
    assert_eq!(repository.since(".", &["--staged", "--since", "HEAD"]), (vec!["a.tf:2".into()], none(), 0));
    // Before the first commit there is nothing to compare with, but something to check.
    let fresh = Repository(tempfile::tempdir().unwrap());
    fresh.git(&["init", "-q", "."]);
    fresh.write(&[("a.tf", OFF)]);
    fresh.git(&["add", "-A"]);
    assert_eq!(fresh.run(".", &["--rule", RULE, "--staged"]).0, 1);
}

#[test]
fn a_directory_of_a_repository_is_compared_with_itself_and_reaches_the_modules_above_it() {
    let call = "module \"m\" {\n  source = \"../../modules/m\"\n}\n";
    let repository = Repository::new(&[("envs/prod/main.tf", call), ("modules/m/main.tf", ON), ("other/main.tf", OFF)]);
    repository.write(&[("modules/m/main.tf", OFF)]);
    // What is above the directory is shown where it is called.
    let new = vec!["main.tf:1".to_string()];
    assert_eq!(repository.since("envs/prod", &["--since", "HEAD"]), (new.clone(), none(), 0));
    repository.git(&["add", "-A"]);
    assert_eq!(repository.since("envs/prod", &["--staged", "--since", "HEAD"]), (new, none(), 0));
    // A file selects what is reported.
    repository.write(&[("other/more.tf", &OFF.replace("\"k\"", "\"m\""))]);
    assert_eq!(repository.since(".", &["other/more.tf", "--since", "HEAD"]).0, ["other/more.tf:2"]);
}

#[test]
fn links_are_followed_within_the_repository_only() {
    let repository = Repository::new(&[
        ("shared/vars.tf", "variable \"on\" { default = false }\n"),
        ("a/key.tf", &OFF.replace("false", "var.on")),
    ]);
    std::os::unix::fs::symlink("../shared/vars.tf", repository.path().join("a/vars.tf")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", repository.path().join("a/out.tf")).unwrap();
    repository.commit("links");
    let staged = repository.run(".", &["--rule", RULE, "--staged"]);
    assert!(
        staged.0 == 3 && staged.1.contains("a/out.tf: this could not be looked at: a link that leads out"),
        "{staged:?}"
    );
    assert_eq!(staged, repository.run(".", &["--rule", RULE]));
}

#[test]
fn a_file_that_did_not_parse_before_does_not_fail_the_run() {
    let repository = Repository::new(&[("a.tf", "resource \"aws_kms_key\" \"k\" {\n  = \n}\n")]);
    repository.write(&[("a.tf", ON)]);
    let (code, out, _) = repository.run(".", &["--rule", RULE, "--since", "HEAD"]);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn what_git_cannot_give_is_said_with_advice() {
    let repository = Repository::new(&[("a.tf", ON)]);
    let (code, _, err) = repository.run(".", &["--since", "origin/main"]);
    assert!(
        code == 2 && err.contains("there is no commit `origin/main` here") && err.contains("fetch-depth: 0"),
        "{err}"
    );
    repository.git(&["checkout", "-q", "--orphan", "other"]);
    repository.commit("alone");
    let (code, _, err) = repository.run(".", &["--since", "main"]);
    assert!(code == 2 && err.contains("have no commit in common"), "{err}");
    let alone = tempfile::tempdir().unwrap();
    let alone = Repository(alone);
    let (code, _, err) = alone.run(".", &["--staged"]);
    assert!(code == 2 && err.contains("is in no git repository"), "{err}");
    let (code, _, err) = repository.run(".", &["-", "--staged"]);
    assert!(code == 2 && err.contains("`--staged` goes with a directory"), "{err}");
    let (code, _, err) = repository.run(".", &["--since", "--upload-pack=x"]);
    assert!(code == 2, "{err}");
}

#[test]
fn a_finding_whose_waiver_is_taken_away_is_new() {
    let waived = OFF.replace("false", "false # trustlint: ignore[aws-kms-key-rotation] imported");
    let repository = Repository::new(&[("a.tf", &waived)]);
    repository.write(&[("a.tf", OFF)]);
    assert_eq!(repository.since(".", &["--since", "HEAD"]), (vec!["a.tf:2".into()], none(), 0));
}

/// What git does not keep, or keeps in another way than the directory shows it, is the same on both sides.
#[test]
fn a_tree_without_a_change_introduces_and_resolves_nothing() {
    let manifest = "{\"Modules\":[{\"Key\":\"net\",\"Source\":\"acme/net/aws\",\"Version\":\"1.0.0\",\"Dir\":\".terraform/modules/net\"}]}";
    let repository = Repository::new(&[
        (".gitignore", ".terraform/\nkept.tf\n"),
        (
            "main.tf",
            "module \"net\" {\n  source = \"acme/net/aws\"\n  version = \"1.0.0\"\n}\nmodule \"linked\" {\n  source = \"./mods/key\"\n}\n",
        ),
        (".terraform/modules/modules.json", manifest),
        (".terraform/modules/net/main.tf", OFF),
        ("shared/key/main.tf", &OFF.replace("\"k\"", "\"shared\"")),
        ("kept.tf", &OFF.replace("\"k\"", "\"kept\"")),
    ]);
    std::os::unix::fs::symlink("shared", repository.path().join("mods")).unwrap();
    let other = Repository::new(&[("main.tf", OFF)]);
    let address = other.path().display().to_string();
    repository.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &address, "other"]);
    repository.git(&["add", "-f", "kept.tf"]);
    repository.commit("all");
    let (new, resolved, unchanged) = repository.since(".", &["--since", "HEAD"]);
    assert_eq!((new, resolved), (none(), none()));
    assert!(unchanged >= 3, "{unchanged}");
    let places = |args: &[&str]| {
        let (_, out, err) = repository.run(".", &[&["--rule", RULE, "--output", "json"], args].concat());
        let report: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{err}"));
        let all = report["findings"].as_array().unwrap().iter();
        all.map(|f| f["location"]["path"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(places(&["--staged"]), places(&[]));
}

#[test]
fn in_a_hook_of_a_linked_work_tree_a_directory_is_that_directory() {
    let repository = Repository::new(&[("a/main.tf", OFF), ("b/main.tf", OFF)]);
    let git = repository.path().join(".git");
    let index = git.join("index");
    let environment = [("GIT_DIR", git.to_str().unwrap()), ("GIT_INDEX_FILE", index.to_str().unwrap())];
    let (_, out, _) = program::run(repository.path(), &environment, &["check", "--rule", RULE, "--staged", "a"]);
    assert!(out.contains("1 violation ("), "{out}");
}
