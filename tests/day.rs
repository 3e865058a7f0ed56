//! A day with trustlint, from the first run to a gated change: each step through the real program and the real git.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

#[path = "support/files.rs"]
mod files;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use files::{repository, write};

/// A repository with its history.
struct Desk {
    dir: tempfile::TempDir,
    today: &'static str,
}

impl Desk {
    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        let own = assert_cmd::cargo::cargo_bin("trustlint");
        let path = format!("{}:{}", own.parent().unwrap().display(), std::env::var("PATH").unwrap());
        Command::new(program)
            .args(args)
            .current_dir(self.path())
            .env("PATH", path)
            .env("NO_COLOR", "1")
            .env("TRUSTLINT_TODAY", self.today)
            .envs([("GIT_AUTHOR_NAME", "Mara"), ("GIT_AUTHOR_EMAIL", "mara@example.com")])
            .envs([("GIT_COMMITTER_NAME", "Mara"), ("GIT_COMMITTER_EMAIL", "mara@example.com")])
            .output()
            .unwrap()
    }

    /// Exit code and everything that was printed.
    fn trustlint(&self, line: &str) -> (i32, String) {
        said(&self.run("trustlint", &line.split(' ').collect::<Vec<_>>()))
    }

    fn git(&self, line: &str) -> (i32, String) {
        said(&self.run("git", &line.split(' ').collect::<Vec<_>>()))
    }

    fn must(&self, line: &str) -> String {
        let (code, out) = self.git(line);
        assert_eq!(code, 0, "git {line}: {out}");
        out.trim().into()
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }
}

fn said(run: &Output) -> (i32, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (run.status.code().unwrap(), text(&run.stdout) + &text(&run.stderr))
}

const OLD: &str = "resource \"aws_sqs_queue\" \"orders\" {\n  name                    = \"orders\"\n  sqs_managed_sse_enabled = false\n}\n";
const NEW: &str = "# Keys of the shop.\nresource \"aws_kms_key\" \"shop\" {\n  description         = \"The shop's data\" # all of it\n  enable_key_rotation = false\n}\n";

#[test]
fn a_day_from_the_first_run_to_a_gated_change() {
    let mut desk = Desk { dir: repository(&[("live/production/main.tf", OLD)]), today: "2026-11-25" };
    desk.must("init -q -b main");
    desk.must("add .");
    desk.must("commit -qm one");

    // The morning: what is there is found, and written down as a debt.
    let (code, out) = desk.trustlint("check");
    assert!(code == 1 && out.contains("medium[aws-sqs-queue-encrypted]"), "{out}");
    assert_eq!(desk.trustlint("init").0, 0);
    assert!(desk.read("trustlint.hcl").contains("paths = [\"live/production\"]"), "{}", desk.read("trustlint.hcl"));
    assert_eq!(desk.trustlint("baseline write").0, 0);
    let (code, out) = desk.trustlint("check --baseline");
    assert!(code == 0 && out.contains("in the baseline remain"), "{out}");

    // A hook keeps what is new out.
    let hook = desk.path().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nexec trustlint check --staged --since HEAD\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    desk.must("add .");
    desk.must("commit -qm settings");
    desk.must("checkout -q -b change");
    write(desk.path(), &[("live/production/keys.tf", NEW)]);
    desk.must("add .");
    let (code, out) = desk.git("commit -m keys");
    assert!(code != 0 && out.contains("aws-kms-key-rotation") && !out.contains("aws-sqs-queue-encrypted"), "{out}");
    assert!(out.contains("--fix mends 1 of the violations"), "{out}");

    // It is looked at, mended and committed.
    let (_, difference) = desk.trustlint("check --diff --since HEAD live/production/keys.tf");
    assert!(difference.contains("-  enable_key_rotation = false\n+  enable_key_rotation = true\n"), "{difference}");
    assert_eq!(desk.read("live/production/keys.tf"), NEW);
    let (code, out) = desk.trustlint("check --fix --since HEAD live/production/keys.tf");
    assert!(code == 0 && out.contains("fixed 1 violation in 1 file"), "{out}");
    assert_eq!(desk.read("live/production/keys.tf"), NEW.replace("= false", "= true"));
    assert!(desk.read("live/production/main.tf") == OLD, "what was there before is not the change's business");
    desk.must("add .");
    desk.must("commit -qm keys");

    // Something cannot be mended this month: a waiver says until when, and whose it is.
    let open = "resource \"aws_sqs_queue\" \"audit\" {\n  # trustlint: ignore[aws-sqs-queue-encrypted] the old reader cannot decrypt, until=2026-12-31, owner=@platform\n  sqs_managed_sse_enabled = false\n}\n";
    write(desk.path(), &[("live/production/audit.tf", open)]);
    desk.must("add .");
    desk.must("commit -qm audit");
    let (_, register) = desk.trustlint("exceptions --format csv");
    assert!(
        register.contains("\"the old reader cannot decrypt\",\"'@platform\"") && register.contains("\"Mara\""),
        "{register}"
    );

    // The change is asked for: what it brings is nothing, and reports for people and for code scanning are written.
    let reports = "check --since main --output text --output sarif=out.sarif --output markdown=summary.md --output github=annotations --output junit=out.xml";
    let (code, out) = desk.trustlint(reports);
    assert!(code == 0 && out.contains("no violations introduced"), "{out}");
    assert!(
        desk.read("summary.md").contains("no violations introduced since")
            && desk.read("summary.md").contains("@\u{200b}platform")
    );
    assert!(desk.read("out.sarif").contains("\"version\":\"2.1.0\"") && desk.read("annotations").is_empty());

    // In the new year the waiver has run out, and the same change no longer passes.
    desk.today = "2027-01-01";
    let (code, out) = desk.trustlint(reports);
    assert!(code == 1 && out.contains("audit.tf") && out.contains("waiver-current"), "{out}");
    assert!(
        desk.read("annotations").contains("::warning file=live/production/audit.tf,line=3,"),
        "{}",
        desk.read("annotations")
    );
    assert!(desk.read("summary.md").contains("introduced since"));

    // The debt is paid, and cannot come back unnoticed.
    let (code, out) = desk.trustlint("check --unsafe-fixes live/production/main.tf");
    assert!(out.contains("aws-sqs-queue-encrypted: aws_sqs_queue.orders"), "{code}: {out}");
    let (_, out) = desk.trustlint("check --baseline --skip waiver-current");
    assert!(out.contains("0 of ") || out.contains("in the baseline remain"), "{out}");
    let (code, out) = desk.trustlint("baseline prune");
    assert!(code == 0 && !desk.read(".trustlint/baseline.tsv").contains("aws-sqs-queue-encrypted"), "{out}");
}
