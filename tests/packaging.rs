//! What carries the program into other places: hooks, templates, archives, the manual.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

#[path = "support/files.rs"]
mod files;
#[path = "support/program.rs"]
mod program;

use std::{fs, path::Path, process::Command};

use files::{repository, write};
use program::run;
use trustlint::{
    source::FileId,
    syntax::{node::Node, yaml},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const KEY: &str = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false\n}\n";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

fn documents(path: &str) -> Vec<Node> {
    let parsed = yaml::parse(FileId(0), &read(path));
    assert_eq!(parsed.diagnostics, [], "{path}");
    parsed.documents.into_iter().map(|d| d.root).collect()
}

/// Runs a shell with the program on its path.
fn shell(dir: &Path, script: &str, environment: &[(&str, &str)]) -> (i32, String) {
    let program = assert_cmd::cargo::cargo_bin("trustlint");
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let run = Command::new("sh")
        .args(["-ec", script])
        .current_dir(dir)
        .env("PATH", path)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    (run.status.code().unwrap(), String::from_utf8(run.stdout).unwrap() + &String::from_utf8(run.stderr).unwrap())
}

fn git(dir: &Path, args: &str) -> String {
    let (code, out) = shell(dir, &format!("git -c user.name=a -c user.email=a@example.com {args}"), &[]);
    assert_eq!(code, 0, "{args}: {out}");
    out.trim().into()
}

#[test]
fn the_hooks_check_what_is_about_to_be_committed() {
    let hooks = documents(".pre-commit-hooks.yaml");
    assert_eq!(hooks[0].items().len(), 2);
    for hook in hooks[0].items() {
        let entry = hook.get("entry").unwrap().as_text().unwrap();
        let dir = repository(&[("main.tf", KEY)]);
        git(dir.path(), "init -q");
        git(dir.path(), "add .");
        // In front of the first commit everything is new.
        let (code, out) = shell(dir.path(), entry, &[]);
        assert!(code == 1 && out.contains("aws-kms-key-rotation"), "{out}");
        git(dir.path(), "commit -qm one");
        assert_eq!(shell(dir.path(), entry, &[]).0, 0);
        write(dir.path(), &[("more.tf", &KEY.replace("\"a\"", "\"b\""))]);
        assert_eq!(shell(dir.path(), entry, &[]).0, 0, "what is not staged is not committed");
        git(dir.path(), "add more.tf");
        let (code, out) = shell(dir.path(), entry, &[]);
        assert!(code == 1 && out.contains("more.tf:2:25"), "{out}");
    }
}

#[test]
fn the_component_for_gitlab_gates_a_merge_request_and_writes_both_reports() {
    let documents = documents("templates/trustlint.yml");
    let job = documents[1].get("trustlint").unwrap();
    let script = job.get("script").unwrap().items()[0].as_text().unwrap().to_string();
    let inputs = [("TRUSTLINT_PATH", "."), ("TRUSTLINT_FAIL_ON", "low")];
    for (name, _) in inputs {
        assert!(job.get("variables").unwrap().get(name).is_some(), "{name}");
    }
    let dir = repository(&[("old.tf", KEY)]);
    git(dir.path(), "init -q");
    git(dir.path(), "add .");
    git(dir.path(), "commit -qm one");
    let base = git(dir.path(), "rev-parse HEAD");
    let (code, out) = shell(dir.path(), &script, &inputs);
    assert!(code == 1 && out.contains("old.tf:2:25"), "{out}");
    write(dir.path(), &[("new.tf", &KEY.replace("false", "true").replace("\"a\"", "\"b\""))]);
    let merge_request = [inputs[0], inputs[1], ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.as_str())];
    let (code, out) = shell(dir.path(), &script, &merge_request);
    assert_eq!(code, 0, "{out}");
    let reports = job.get("artifacts").unwrap().get("reports").unwrap();
    for (report, holds) in [("codequality", "old.tf"), ("junit", "old.tf")] {
        let file = reports.get(report).unwrap().as_text().unwrap();
        assert!(fs::read_to_string(dir.path().join(file)).unwrap().contains(holds), "{file}");
    }
}

#[test]
fn an_archive_holds_the_program_its_manual_completions_and_licences() {
    let dir = repository(&[]);
    let program = assert_cmd::cargo::cargo_bin("trustlint");
    let run = Command::new("bash")
        .args([&format!("{ROOT}/.ci/package"), "x86_64-unknown-linux-musl", "dist"])
        .arg(&program)
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let version = env!("CARGO_PKG_VERSION");
    let line = String::from_utf8(run.stdout).unwrap();
    let archive = format!("trustlint-{version}-x86_64-unknown-linux-musl.tar.gz");
    let sums = fs::read_to_string(dir.path().join(format!("dist/{archive}.sha256"))).unwrap();
    let sum = sums.split_whitespace().next().unwrap();
    assert_eq!(line, format!("{version}\tx86_64-unknown-linux-musl\t{sum}\n"));
    assert_eq!(shell(&dir.path().join("dist"), &format!("sha256sum -c {archive}.sha256"), &[]).0, 0);
    let (_, listed) = shell(dir.path(), &format!("tar -tzf dist/{archive} | grep -v '/$' | sort"), &[]);
    let expected = [
        "./LICENSE-APACHE",
        "./LICENSE-MIT",
        "./README.md",
        "./completions/trustlint.bash",
        "./completions/trustlint.elvish",
        "./completions/trustlint.fish",
        "./completions/trustlint.powershell",
        "./completions/trustlint.zsh",
        "./trustlint",
        "./trustlint.1",
    ];
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn the_manual_names_every_subcommand_and_option() {
    let dir = repository(&[]);
    let (code, page, _) = run(dir.path(), &[], &["man"]);
    assert_eq!(code, 0);
    for name in ["check", "explain", "baseline", "exceptions", "inspect"] {
        assert!(page.contains(name), "{name}");
    }
    let (_, page, _) = run(dir.path(), &[], &["man", "check"]);
    assert!(page.contains(".TH trustlint-check 1") && page.contains("unsafe\\-fixes"), "{page}");
    assert_eq!(run(dir.path(), &[], &["man", "nothing"]).0, 2);
}

#[test]
fn the_wheel_has_the_name_and_the_licence_of_the_crate() {
    let (crate_file, wheel) = (read("Cargo.toml"), read("pyproject.toml"));
    let value = |text: &str, key: &str| {
        let line = text.lines().find(|l| l.starts_with(&format!("{key} = "))).unwrap();
        line.split_once(" = ").unwrap().1.to_string()
    };
    for key in ["name", "license", "description"] {
        assert_eq!(value(&crate_file, key), value(&wheel, key), "{key}");
    }
}
