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

const KEYS: &str = "aws-kms-key-rotation";
const OFF: &str = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false\n}\n";

#[test]
fn rules_are_switched_off_with_a_reason_that_the_report_repeats() {
    let config = format!("rules {{\n  off = {{ \"{KEYS}\" = \"Rotated by hand.\" }}\n}}\n");
    let dir = repository(&[("main.tf", OFF), ("trustlint.hcl", &config)]);
    let (code, out, _) = run(dir.path(), &["check", "--verbose"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains(&format!("switched off: {KEYS}: Rotated by hand.\n")), "{out}");
    let (_, out, _) = run(dir.path(), &["check", "--output", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["switched_off"], serde_json::json!([{ "rule": KEYS, "reason": "Rotated by hand." }]));
    // Who names it wants it.
    assert_eq!(run(dir.path(), &["check", "--rule", KEYS]).0, 1);
    assert_eq!(run(dir.path(), &["check", "--no-config"]).0, 1);
}

#[test]
fn severities_and_rules_of_ones_own_come_from_the_configuration() {
    let own = "rule \"own-named\" {\n  title = \"Keys are described\"\n  severity = \"high\"\n  since = \"0.1.0\"\n  soc2 = { \"CC6.1\" = \"It says so.\" }\n  rationale = \"It says so.\"\n  remediation = \"Describe it.\"\n  references = [\"https://example.com/\"]\n  match \"aws_kms_key\" {}\n  assert {\n    condition = self.description != null\n    error_message = \"${self.address} is not described\"\n  }\n}\n";
    let config = format!(
        "rules {{\n  directories = [\"policies\"]\n  severities = {{ \"{KEYS}\" = \"low\", \"own-named\" = \"critical\" }}\n}}\n"
    );
    let dir = repository(&[("infra/main.tf", OFF), ("trustlint.hcl", &config), ("policies/own-named.hcl", own)]);
    let (_, out, err) = run(dir.path(), &["check", "--quiet"]);
    assert!(out.contains(&format!("low[{KEYS}]")) && out.contains("critical[own-named]"), "{out}{err}");
    let (_, below, _) = run(&dir.path().join("infra"), &["check", "--quiet"]);
    assert!(below.contains("critical[own-named]"), "from a directory below: {below}");
    assert_eq!(run(dir.path(), &["check", "--fail-on", "critical", "--skip", "own-named"]).0, 0);
}

#[test]
fn what_is_excluded_is_not_scanned_and_said_to_be_so_but_a_module_there_is_read() {
    let config = "exclude \"examples\" {\n  reason = \"Shown only.\"\n}\n";
    let dir = repository(&[
        ("trustlint.hcl", config),
        ("examples/demo/main.tf", OFF),
        ("examples/bad.tf", "resource {\n"),
        (
            "examples/key/main.tf",
            "variable \"on\" {}\nresource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = var.on\n}\n",
        ),
        ("main.tf", "module \"k\" {\n  source = \"./examples/key\"\n  on     = false\n}\n"),
    ]);
    let (code, out, _) = run(dir.path(), &["check", "--output", "json"]);
    assert_eq!(code, 1, "{out}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let addresses: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|f| f["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["module.k.aws_kms_key.k"]);
    let skipped: Vec<String> = json["skipped"].as_array().unwrap().iter().map(ToString::to_string).collect();
    assert!(
        skipped
            .iter()
            .any(|s| s.contains("examples/demo/main.tf") && s.contains("excluded by trustlint.hcl: Shown only.")),
        "{skipped:?}"
    );
}

#[test]
fn mistakes_about_rules_and_exclusions_are_shown_on_their_text() {
    for (config, says) in [
        (format!("rules {{\n  off = {{ \"{KEYS}\" = \"\" }}\n}}\n"), "is switched off without a reason"),
        ("rules {\n  off = { \"aws-kms-key-rotatoin\" = \"No.\" }\n}\n".into(), "Did you mean `aws-kms-key-rotation`?"),
        (format!("rules {{\n  severities = {{ \"{KEYS}\" = \"mild\" }}\n}}\n"), "there is no severity `mild`"),
        ("rules {\n  directories = [\"../x\"]\n}\n".into(), "is no directory below this file"),
        ("exclude \"examples\" {}\n".into(), "has no `reason`"),
        ("exclude \"../x\" {\n  reason = \"No.\"\n}\n".into(), "names nothing"),
    ] {
        let dir = repository(&[("main.tf", OFF), ("trustlint.hcl", &config)]);
        let (code, _, err) = run(dir.path(), &["check"]);
        assert!(code == 2 && err.contains(says) && err.contains("trustlint.hcl:"), "{config}: {err}");
    }
}

#[test]
fn init_writes_what_it_finds_once_and_what_it_writes_is_valid() {
    let dir = repository(&[
        ("live/production/main.tf", OFF),
        ("live/staging/main.tf", OFF),
        ("docs/incident-response.md", "# Incident response\n"),
        (".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make\n"),
    ]);
    let (code, out, _) = run(dir.path(), &["init"]);
    assert!(code == 0 && out.contains("trustlint baseline write"), "{out}");
    let text = fs::read_to_string(dir.path().join("trustlint.hcl")).unwrap();
    assert!(
        text.contains("environment \"production\" {\n  class = \"production\"\n  paths = [\"live/production\"]\n}\n"),
        "{text}"
    );
    assert!(
        text.contains("environment \"staging\" {\n  class = \"non-production\"\n  paths = [\"live/staging\"]\n}\n"),
        "{text}"
    );
    assert!(
        text.contains("incident_response = \"docs/incident-response.md\"") && text.contains("GitHub Actions"),
        "{text}"
    );
    let (code, out, err) = run(dir.path(), &["config"]);
    assert!(code == 0 && err.is_empty(), "{err}");
    assert!(
        out.contains("environment staging: non-production\n")
            && out.contains("document incident_response: docs/incident-response.md\n"),
        "{out}"
    );
    let (code, _, err) = run(dir.path(), &["init"]);
    assert!(code == 2 && err.contains("is there already"), "{err}");
    let commented = text.lines().filter_map(|l| l.strip_prefix("# ").or(l.strip_prefix('#')));
    let blocks: String = commented
        .skip_while(|l| !l.starts_with("inputs "))
        .filter(|l| !l.ends_with('.'))
        .map(|l| format!("{l}\n"))
        .collect();
    let dir = repository(&[("trustlint.hcl", &blocks), ("policies/.keep", "")]);
    let (code, _, err) = run(dir.path(), &["config"]);
    assert_eq!(code, 0, "what is commented out is valid too: {err}{blocks}");
}

#[test]
fn config_says_what_is_in_force_and_what_it_changes() {
    let config = format!(
        "inputs \"aws-cloudwatch-log-retention-90-days\" {{\n  least_days = 180\n}}\nrules {{\n  preview = true\n  off = {{ \"{KEYS}\" = \"By hand.\" }}\n  \
         severities = {{ \"aws-sqs-queue-encrypted\" = \"low\" }}\n}}\nexclude \"examples\" {{\n  reason = \"Shown only.\"\n}}\ndocuments {{\n  incident_response = \"gone.md\"\n}}\n"
    );
    let dir = repository(&[("trustlint.hcl", &config)]);
    let (code, out, _) = run(dir.path(), &["config"]);
    let expected = "trustlint.hcl\n\
        input aws-cloudwatch-log-retention-90-days.least_days: 180 instead of 90\n\
        rule aws-kms-key-rotation: off: By hand.\n\
        rule aws-sqs-queue-encrypted: low instead of medium\n\
        rules in preview: on\n\
        excluded: examples: Shown only.\n\
        document incident_response: gone.md (not there)\n";
    assert_eq!((code, out.as_str()), (0, expected));
    let dir = repository(&[]);
    let (_, out, _) = run(dir.path(), &["config"]);
    assert_eq!(out, "no trustlint.hcl: everything is as it comes; `trustlint init` writes one\n");
}

#[test]
fn what_fails_a_check_is_said_in_the_file_and_outweighed_by_arguments() {
    let key = "resource \"aws_kms_key\" \"a\" {}\n";
    let open = "variable \"on\" {}\nresource \"aws_kms_key\" \"b\" {\n  enable_key_rotation = var.on\n}\n";
    let code = |config: &str, files: &[(&str, &str)], args: &[&str]| {
        let dir = repository(&[files, &[("trustlint.hcl", config)]].concat());
        run(dir.path(), &[&["check", "--rule", "aws-kms-key-rotation"], args].concat()).0
    };
    let medium = [("a.tf", key)];
    assert_eq!(code("", &medium, &[]), 1);
    assert_eq!(code("check {\n  fail_on = \"high\"\n}\n", &medium, &[]), 0);
    assert_eq!(code("check {\n  fail_on = \"high\"\n}\n", &medium, &["--fail-on", "low"]), 1);
    assert_eq!(code("check {\n  fail_on = \"none\"\n}\n", &medium, &[]), 0);
    let undecided = [("b.tf", open)];
    assert_eq!(code("", &undecided, &[]), 0);
    assert_eq!(code("check {\n  undecided = \"fail\"\n}\n", &undecided, &[]), 1);
    assert_eq!(code("check {\n  undecided = \"fail\"\n}\n", &undecided, &["--undecided", "report"]), 0);
    let mistakes = "check {\n  fail_on = \"worst\"\n  undecided = \"pass\"\n  baseline = \"../x\"\n}\n";
    let dir = repository(&[("trustlint.hcl", mistakes)]);
    let (code, _, err) = run(dir.path(), &["check"]);
    assert_eq!(code, 2);
    for expected in
        ["there is no severity `worst`", "`undecided` is \"report\" or \"fail\"", "`../x` is no file below this one"]
    {
        assert!(err.contains(expected), "{err}");
    }
}

#[test]
fn a_baseline_that_the_file_names_is_written_there_and_counts_everywhere() {
    let dir = repository(&[
        ("trustlint.hcl", "check {\n  baseline = \"debt.tsv\"\n}\n"),
        ("live/a.tf", "resource \"aws_kms_key\" \"a\" {}\n"),
    ]);
    let check = |directory: &str, args: &[&str]| {
        run(&dir.path().join(directory), &[&["check", "--rule", "aws-kms-key-rotation"], args].concat())
    };
    let (code, _, err) = check("", &[]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("`trustlint baseline write` makes one"), "{err}");
    assert_eq!(run(dir.path(), &["baseline", "write"]).0, 0);
    assert!(dir.path().join("debt.tsv").exists());
    assert_eq!(check("", &[]).0, 0);
    assert_eq!(check("live", &[]).0, 0);
    assert_eq!(check("", &["--no-baseline"]).0, 1);
    let (_, out, _) = run(dir.path(), &["config"]);
    assert!(out.contains("baseline: debt.tsv\n"), "{out}");
}

#[test]
fn init_says_nothing_of_what_an_overlay_takes_from_elsewhere() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: web:1\n";
    let dir = repository(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", deployment),
        ("overlays/prod/kustomization.yaml", "resources: [../../base]\n"),
    ]);
    let (_, out, _) = run(dir.path(), &["init", "--print"]);
    assert!(out.contains("paths = [\"overlays/prod\"]") && !out.contains("\"base\""), "{out}");
}
