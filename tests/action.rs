//! The action: its scripts, run as a runner runs them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

#[path = "support/files.rs"]
mod files;

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use files::{repository, write};
use sha2::{Digest, Sha256};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/action");
const KEY: &str = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false\n}\n";

/// A runner: directories and the files that steps write.
struct Runner {
    home: tempfile::TempDir,
    environment: BTreeMap<String, String>,
}

impl Runner {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name).display().to_string();
        fs::create_dir(home.path().join("temp")).unwrap();
        let program = assert_cmd::cargo::cargo_bin("trustlint");
        let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let defaults = [
            ("PATH", path),
            ("RUNNER_TEMP", at("temp")),
            ("GITHUB_OUTPUT", at("output")),
            ("GITHUB_PATH", at("path")),
            ("GITHUB_STEP_SUMMARY", at("summary")),
            ("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR").into()),
            ("INPUT_PATH", ".".into()),
            ("INPUT_CONFIG", String::new()),
            ("INPUT_FAIL_ON", "low".into()),
            ("INPUT_REPORT", "auto".into()),
            ("INPUT_BASELINE", String::new()),
            ("INPUT_SARIF", "auto".into()),
            ("INPUT_SARIF_FILE", at("out.sarif")),
            ("INPUT_JSON_FILE", String::new()),
            ("INPUT_ANNOTATIONS", "true".into()),
            ("INPUT_SUMMARY", "true".into()),
            ("INPUT_ARGS", "--rule aws-kms-key-rotation".into()),
        ];
        Self { environment: defaults.map(|(k, v)| (k.into(), v)).into_iter().collect(), home }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    fn run(&self, script: &Path, dir: &Path) -> Output {
        Command::new("bash").arg(script).current_dir(dir).env_clear().envs(&self.environment).output().unwrap()
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(name)).unwrap_or_default()
    }

    /// Runs the check: its outputs, and what it printed outside of what the runner passes over.
    fn check(&self, dir: &Path) -> (BTreeMap<String, String>, String) {
        let run = self.run(&PathBuf::from(SCRIPTS).join("check"), dir);
        let out = String::from_utf8(run.stdout).unwrap();
        assert!(run.status.success(), "{out}{}", String::from_utf8_lossy(&run.stderr));
        let outputs = self.file("output");
        let outputs = outputs.lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect();
        let (before, rest) = out.split_once("::stop-commands::").unwrap();
        let (token, rest) = rest.split_once('\n').unwrap();
        let (_, after) = rest.split_once(&format!("::{token}::\n")).unwrap();
        (outputs, format!("{before}{after}"))
    }
}

fn git(dir: &Path, args: &[&str]) -> String {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    let run = Command::new("git").args(identity).args(args).current_dir(dir).output().unwrap();
    assert!(run.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap().trim().into()
}

/// A checkout as a pull request has it: the merge of a branch that adds `new.tf` into `main`, which has `old.tf`.
fn pull_request(new: &str) -> tempfile::TempDir {
    let dir = repository(&[("old.tf", &KEY.replace("\"a\"", "\"old\""))]);
    git(dir.path(), &["init", "-q", "-b", "main"]);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "-qm", "one"]);
    git(dir.path(), &["checkout", "-qb", "change"]);
    write(dir.path(), &[("new.tf", new)]);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "-qm", "two"]);
    git(dir.path(), &["checkout", "-q", "main"]);
    git(dir.path(), &["merge", "-q", "--no-ff", "-m", "merge", "change"]);
    dir
}

#[test]
fn a_push_reports_everything_in_annotations_summary_and_sarif_and_the_step_succeeds() {
    let dir = repository(&[("main.tf", KEY)]);
    let runner = Runner::new().with("INPUT_JSON_FILE", &dir.path().join("out.json").display().to_string());
    let (outputs, commands) = runner.check(dir.path());
    assert_eq!((outputs["exit-code"].as_str(), outputs["findings"].as_str()), ("1", "1"));
    assert_eq!((outputs["highest-severity"].as_str(), outputs["upload"].as_str()), ("medium", "true"));
    assert!(commands.starts_with("::warning file=main.tf,line=2,"), "{commands}");
    assert!(runner.file("summary").contains("### trustlint: 1 violation"), "{}", runner.file("summary"));
    assert!(runner.file("out.sarif").contains("aws-kms-key-rotation"));
    assert!(dir.path().join("out.json").exists());
}

#[test]
fn a_pull_request_is_gated_on_what_it_introduces_and_code_scanning_gets_everything() {
    let dir = pull_request(KEY);
    let runner = Runner::new().with("GITHUB_EVENT_NAME", "pull_request");
    let (outputs, commands) = runner.check(dir.path());
    assert_eq!((outputs["exit-code"].as_str(), outputs["findings"].as_str()), ("1", "1"));
    assert_eq!(outputs["compared-with"], git(dir.path(), &["rev-parse", "HEAD^1"]));
    assert!(commands.contains("file=new.tf") && !commands.contains("old.tf"), "{commands}");
    assert!(runner.file("summary").contains("1 violation introduced since"), "{}", runner.file("summary"));
    let sarif = runner.file("out.sarif");
    assert!(sarif.contains("\"new.tf\"") && sarif.contains("\"old.tf\""), "{sarif}");
}

#[test]
fn a_pull_request_that_introduces_nothing_passes() {
    let dir = pull_request(&KEY.replace("false", "true"));
    let (outputs, commands) = Runner::new().with("GITHUB_EVENT_NAME", "pull_request").check(dir.path());
    assert_eq!((outputs["exit-code"].as_str(), outputs["findings"].as_str(), commands.as_str()), ("0", "0", ""));
    assert_eq!(outputs["highest-severity"], "none");
}

#[test]
fn in_a_shallow_checkout_everything_is_reported_and_it_is_said() {
    let origin = pull_request(KEY);
    let dir = tempfile::tempdir().unwrap();
    let from = format!("file://{}", origin.path().display());
    git(dir.path(), &["clone", "-q", "--depth=1", &from, "."]);
    git(dir.path(), &["remote", "set-url", "origin", "/nowhere"]);
    let runner = Runner::new().with("GITHUB_EVENT_NAME", "pull_request");
    let (outputs, commands) = runner.check(dir.path());
    assert_eq!((outputs["findings"].as_str(), outputs["compared-with"].as_str()), ("2", ""));
    assert!(commands.contains("give actions/checkout \"fetch-depth: 2\""), "{commands}");
    // Where the history can be fetched, it is.
    git(dir.path(), &["remote", "set-url", "origin", &from]);
    let sha = git(dir.path(), &["rev-parse", "HEAD"]);
    let runner = Runner::new().with("GITHUB_EVENT_NAME", "pull_request").with("GITHUB_SHA", &sha);
    assert_eq!(runner.check(dir.path()).0["findings"], "1");
}

#[test]
fn what_a_repository_says_is_no_command_and_an_input_no_shell() {
    let evil = "::error::pwned\nresource \"aws_kms_key\" \"a\" {\n  description = \"::set-output name=x::y\"\n}\n";
    let dir = repository(&[("a$(touch pwned).tf", KEY), ("b.tf", evil)]);
    let runner = Runner::new().with("INPUT_ARGS", "--rule aws-kms-key-rotation --skip $(touch${IFS}pwned) *");
    let run = runner.run(&PathBuf::from(SCRIPTS).join("check"), dir.path());
    assert!(run.status.success());
    assert!(!dir.path().join("pwned").exists());
    let (_, commands) = Runner::new().check(dir.path());
    assert!(commands.lines().all(|l| l.starts_with("::warning file=") || l.starts_with("::error file=")), "{commands}");
}

#[test]
fn a_wrong_input_is_said_and_a_line_break_writes_no_output() {
    let dir = repository(&[("main.tf", KEY)]);
    for (name, value, says) in [
        ("INPUT_SARIF", "perhaps", "\"sarif\" is one of: auto always never"),
        ("INPUT_REPORT", "new", "\"report\" is one of: auto introduced all"),
        ("INPUT_SARIF_FILE", "a\nexit-code=0", "holds a line break"),
    ] {
        let runner = Runner::new().with(name, value);
        let run = runner.run(&PathBuf::from(SCRIPTS).join("check"), dir.path());
        let out = String::from_utf8(run.stdout).unwrap();
        assert_eq!(run.status.code(), Some(2), "{out}");
        assert!(out.starts_with("::error::") && out.contains(says), "{out}");
        assert_eq!(runner.file("output"), "");
    }
}

#[test]
fn the_job_ends_as_the_check_ended_and_a_refused_upload_is_one_line() {
    let dir = repository(&[]);
    let end = |code: &str, uploaded: &str| {
        let runner = Runner::new().with("EXIT_CODE", code).with("UPLOADED", uploaded);
        let run = runner.run(&PathBuf::from(SCRIPTS).join("result"), dir.path());
        (run.status.code().unwrap(), String::from_utf8(run.stdout).unwrap().lines().count())
    };
    assert_eq!((end("0", "success"), end("1", "failure"), end("3", "")), ((0, 0), (1, 1), (3, 0)));
}

/// Serves one file to whoever asks, so often.
fn serve(content: Vec<u8>, times: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(times) {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).unwrap();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", content.len());
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&content).unwrap();
        }
    });
    address
}

/// The action with a table of checksums, on a machine without trustlint, and what its release holds.
fn release(checksum: impl Fn(&[u8]) -> String) -> (Runner, PathBuf) {
    let runner = Runner::new();
    let action = runner.home.path().join("action");
    fs::create_dir_all(action.join(".ci/action")).unwrap();
    fs::copy(format!("{SCRIPTS}/install"), action.join(".ci/action/install")).unwrap();
    fs::write(action.join("Cargo.toml"), "[package]\nversion = \"9.8.7\"\n").unwrap();
    let program = repository(&[("trustlint", "#!/bin/sh\necho trustlint 9.8.7\n")]);
    Command::new("chmod").args(["+x", "trustlint"]).current_dir(program.path()).status().unwrap();
    let archive = Command::new("tar").args(["-cz", "trustlint"]).current_dir(program.path()).output().unwrap().stdout;
    let machine = Command::new("uname").arg("-sm").output().unwrap().stdout;
    let target = match String::from_utf8(machine).unwrap().trim() {
        "Linux x86_64" => "x86_64-unknown-linux-musl",
        "Linux aarch64" => "aarch64-unknown-linux-musl",
        "Darwin arm64" => "aarch64-apple-darwin",
        _ => "x86_64-apple-darwin",
    };
    let table = format!("version\ttarget\tsha256\n9.8.7\t{target}\t{}\n", checksum(&archive));
    fs::write(action.join(".ci/action/checksums.tsv"), table).unwrap();
    let address = serve(archive, 1);
    let runner = runner
        .with("PATH", "/usr/bin:/bin")
        .with("GITHUB_ACTION_PATH", &action.display().to_string())
        .with("TRUSTLINT_DOWNLOADS", &address);
    (runner, action.join(".ci/action/install"))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn the_release_of_the_actions_own_version_is_installed_if_its_checksum_is_right() {
    let (runner, install) = release(sha256);
    let run = runner.run(&install, runner.home.path());
    assert!(run.status.success(), "{run:?}");
    let bin = runner.file("path").trim().to_string();
    let version = Command::new(format!("{bin}/trustlint")).output().unwrap().stdout;
    assert_eq!(String::from_utf8(version).unwrap(), "trustlint 9.8.7\n");
}

#[test]
fn a_download_with_another_checksum_is_thrown_away() {
    let (runner, install) = release(|_| "0".repeat(64));
    let run = runner.run(&install, runner.home.path());
    let out = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(2));
    assert!(out.contains("it is not the file that was released"), "{out}");
    assert_eq!(runner.file("path"), "");
    assert!(!runner.home.path().join("temp/trustlint/bin/trustlint").exists());
}

#[test]
fn a_trustlint_that_is_there_is_used() {
    let runner = Runner::new();
    let run = runner.run(&PathBuf::from(SCRIPTS).join("install"), runner.home.path());
    assert!(run.status.success());
    assert!(String::from_utf8(run.stdout).unwrap().starts_with("using trustlint "));
    assert_eq!(runner.file("path"), "");
}
