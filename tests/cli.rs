//! The program as a whole: directories and arguments in; output and exit codes out.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use assert_cmd::Command;
use tempfile::TempDir;

const UNENCRYPTED: &str = "resource \"aws_db_instance\" \"app\" {\n  storage_encrypted = false\n}\n";
const ENCRYPTED: &str = "resource \"aws_db_instance\" \"app\" {\n  storage_encrypted = true\n}\n";
const ASKED: &str = "variable \"on\" {}\n\nresource \"aws_db_instance\" \"app\" {\n  storage_encrypted = var.on\n}\n";
const RULE: &str = "aws-rds-storage-encrypted";

/// What a run gave.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    #[track_caller]
    fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "\n{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn out(self, part: &str) -> Self {
        assert!(self.out.contains(part), "no {part:?} in standard output:\n{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn no_out(self, part: &str) -> Self {
        assert!(!self.out.contains(part), "{part:?} is in standard output:\n{}", self.out);
        self
    }

    #[track_caller]
    fn err(self, part: &str) -> Self {
        assert!(self.err.contains(part), "no {part:?} in standard error:\n{}\n{}", self.err, self.out);
        self
    }
}

fn repository(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(dir.path(), path, text);
    }
    dir
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn trustlint(dir: &Path, args: &[&str]) -> Run {
    with_input(dir, args, "", &[])
}

fn with_input(dir: &Path, args: &[&str], input: &str, environment: &[(&str, &str)]) -> Run {
    let output = Command::cargo_bin("trustlint")
        .unwrap()
        .current_dir(dir)
        .env_remove("NO_COLOR")
        .envs(environment.iter().copied())
        .args(args)
        .write_stdin(input)
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `check` with one rule, so that what other rules say of the same text does not matter.
fn check(dir: &Path, args: &[&str]) -> Run {
    let mut all = vec!["check", "--rule", RULE];
    all.extend(args);
    trustlint(dir, &all)
}

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repos");
    let mut all: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    assert!(!all.is_empty());
    all
}

// Exit codes.

#[test]
fn a_clean_repository_is_0_and_one_line() {
    let dir = repository(&[("main.tf", ENCRYPTED)]);
    let run = check(dir.path(), &[]).code(0).out("no violations");
    assert_eq!((run.out.lines().count(), run.err.as_str()), (1, ""), "{}", run.out);
}

#[test]
fn a_directory_with_nothing_in_it_is_clean_and_says_that_it_is_empty() {
    let dir = repository(&[]);
    check(dir.path(), &[]).code(0).out("0 files");
}

#[test]
fn a_violation_is_1_and_names_the_place() {
    let dir = repository(&[("db/main.tf", UNENCRYPTED)]);
    check(dir.path(), &[])
        .code(1)
        .out("high[aws-rds-storage-encrypted]: aws_db_instance.app stores its data unencrypted")
        .out("db/main.tf:2:23")
        .out("CC6.1")
        .out("1 violation");
}

#[test]
fn check_without_a_path_takes_the_current_directory() {
    let dir = repository(&[("main.tf", UNENCRYPTED)]);
    check(dir.path(), &[]).code(1);
    check(dir.path().parent().unwrap(), &[dir.path().to_str().unwrap()]).code(1).out("main.tf:2:23");
}

#[test]
fn a_misspelt_option_or_subcommand_is_2_and_the_right_one_is_named() {
    let dir = repository(&[]);
    check(dir.path(), &["--sever", "high"]).code(2).err("--severity");
    trustlint(dir.path(), &["chek"]).code(2).err("'check'");
    check(dir.path(), &["--fail-on", "hihg"]).code(2).err("--fail-on").err("critical");
    check(dir.path(), &["--output", "sarfi"]).code(2).err("sarif");
    check(dir.path(), &["--threads", "0"]).code(2);
}

#[test]
fn an_unknown_rule_is_2_and_the_nearest_is_named() {
    let dir = repository(&[("main.tf", ENCRYPTED)]);
    for option in ["--rule", "--skip"] {
        trustlint(dir.path(), &["check", option, "aws-rds-storage-encryptd"])
            .code(2)
            .err("there is no rule `aws-rds-storage-encryptd`")
            .err("Did you mean `aws-rds-storage-encrypted`?");
    }
}

#[test]
fn an_unknown_criterion_is_2_and_those_there_are_are_named() {
    let dir = repository(&[]);
    trustlint(dir.path(), &["check", "--criterion", "CC66"]).code(2).err("no criterion `CC66`").err("CC6.6");
    trustlint(dir.path(), &["rules", "list", "--criterion", "CC66"]).code(2).err("CC6.6");
}

#[test]
fn an_unknown_input_is_2_and_the_inputs_of_the_rule_are_named() {
    let dir = repository(&[]);
    check(dir.path(), &["--input", "aws-rds-backup-retention.days=3"]).code(2).err("`days`").err("least_days");
    check(dir.path(), &["--input", "days=3"]).code(2).err("RULE.INPUT=VALUE");
    check(dir.path(), &["--input", "aws-rds-backup-retention.least_days=a week"])
        .code(2)
        .err("the input aws-rds-backup-retention.least_days is a number, and `a week` is none");
    check(dir.path(), &["--input", "github-actions-pinned.trusted_owners=actions,github"]).code(2).err("is a list");
    check(dir.path(), &["--input", "github-actions-pinned.trusted_owners=[\"actions\"]", "--fail-on", "none"]).code(0);
    check(dir.path(), &["--input", "aws-no-such.days=3"]).code(2).err("there is no rule");
}

#[test]
fn a_path_that_is_not_there_is_3() {
    let dir = repository(&[]);
    check(dir.path(), &["nowhere"]).code(3).err("nowhere cannot be read");
    trustlint(dir.path(), &["inspect", "nowhere"]).code(3).err("nowhere cannot be read");
}

#[test]
fn a_broken_file_is_3_and_what_the_others_hold_is_still_found() {
    let dir = repository(&[("broken.tf", "resource \"a\" {\n"), ("main.tf", UNENCRYPTED)]);
    check(dir.path(), &[]).code(3).out("broken.tf").out("main.tf:2:23");
}

#[test]
fn a_broken_file_is_3_whatever_the_format_and_is_named_on_standard_error() {
    let dir = repository(&[("broken.tf", "resource \"a\" {\n"), ("main.tf", UNENCRYPTED)]);
    for format in ["json", "sarif"] {
        check(dir.path(), &["--output", format]).code(3).err("broken.tf").out("main.tf");
    }
}

#[test]
fn fail_on_decides_which_severity_is_1() {
    let dir = repository(&[("main.tf", UNENCRYPTED)]);
    check(dir.path(), &["--fail-on", "high"]).code(1);
    check(dir.path(), &["--fail-on", "critical"]).code(0).out("main.tf:2:23");
    check(dir.path(), &["--fail-on", "none"]).code(0).out("main.tf:2:23");
}

#[test]
fn what_is_undecided_is_counted_and_fails_only_when_asked() {
    let dir = repository(&[("main.tf", ASKED)]);
    check(dir.path(), &[]).code(0).out("1 undecided").no_out("main.tf:4:23");
    check(dir.path(), &["--verbose"]).code(0).out("variable \"on\" has no value").out("main.tf:4:23");
    check(dir.path(), &["--undecided=fail"]).code(1).out("variable \"on\" has no value");
    check(dir.path(), &["--undecided=fail", "--fail-on", "critical"]).code(0);
}

// Outputs.

#[test]
fn several_outputs_are_written_at_once() {
    let dir = repository(&[("main.tf", UNENCRYPTED)]);
    check(dir.path(), &["--output", "text", "--output", "sarif=out.sarif", "-o", "json=out.json"])
        .code(1)
        .out("main.tf:2:23");
    for (file, rule) in [("out.sarif", "/runs/0/results/0/ruleId"), ("out.json", "/findings/0/rule")] {
        let text = fs::read_to_string(dir.path().join(file)).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let found = json.pointer(rule).unwrap_or_else(|| panic!("{rule} is not in {text}"));
        assert!(found.to_string().contains(RULE), "{found}");
    }
}

#[test]
fn two_outputs_to_standard_output_are_refused() {
    let dir = repository(&[("main.tf", UNENCRYPTED)]);
    let run = check(dir.path(), &["-o", "text", "-o", "json"]).code(2).err("only one output").err("sarif=");
    assert_eq!(run.out, "");
}

#[test]
fn an_output_that_cannot_be_written_is_2() {
    let dir = repository(&[("main.tf", ENCRYPTED)]);
    check(dir.path(), &["-o", "sarif=no/such/dir/x.sarif"]).code(2).err("no/such/dir/x.sarif cannot be written");
}

#[test]
fn colours_are_for_terminals_or_on_demand() {
    let dir = repository(&[("main.tf", UNENCRYPTED)]);
    check(dir.path(), &[]).no_out("\u{1b}[");
    check(dir.path(), &["--color", "always"]).out("\u{1b}[");
    let args = ["--color", "always", "check", "--rule", RULE];
    with_input(dir.path(), &args, "", &[("NO_COLOR", "1")]).out("\u{1b}[");
    with_input(dir.path(), &["check"], "", &[("NO_COLOR", "1")]).no_out("\u{1b}[");
    check(dir.path(), &["--color", "never"]).no_out("\u{1b}[");
}

// What is read and what is reported.

#[test]
fn a_file_selects_what_is_reported_and_the_rest_still_decides_what_it_means() {
    let dir = repository(&[
        ("variables.tf", "variable \"on\" {\n  default = false\n}\n"),
        ("db.tf", "resource \"aws_db_instance\" \"app\" {\n  storage_encrypted = var.on\n}\n"),
        ("other.tf", "resource \"aws_db_instance\" \"other\" {\n  storage_encrypted = false\n}\n"),
    ]);
    check(dir.path(), &["db.tf"]).code(1).out("aws_db_instance.app stores").no_out("aws_db_instance.other");
    check(dir.path(), &["other.tf"]).code(1).out("aws_db_instance.other stores").no_out("aws_db_instance.app");
    check(dir.path(), &["db.tf", "other.tf"]).code(1).out("2 violations");
    // The default decided it: whoever changes that file wants to know.
    check(dir.path(), &["variables.tf"]).code(1).out("aws_db_instance.app stores").no_out("aws_db_instance.other");
}

#[test]
fn a_file_of_a_module_is_read_with_the_callers_of_its_repository() {
    let dir = repository(&[
        ("main.tf", "module \"db\" {\n  source = \"./db\"\n  on     = false\n}\n"),
        ("db/main.tf", ASKED),
    ]);
    fs::create_dir(dir.path().join(".git")).unwrap();
    check(dir.path(), &["db/main.tf"])
        .code(1)
        .out("module.db.aws_db_instance.app stores")
        .out("argument `on` of the call");
    check(&dir.path().join("db"), &["main.tf"]).code(1).out("module.db.aws_db_instance.app stores");
}

#[test]
fn standard_input_is_one_file_and_its_name_tells_what_it_is() {
    let dir = repository(&[("main.tf", ENCRYPTED)]);
    with_input(dir.path(), &["check", "-", "--rule", RULE], UNENCRYPTED, &[]).code(1).out("main.tf:2:23");
    let named = ["check", "-", "--rule", RULE, "--stdin-name", "db/x.tf"];
    with_input(dir.path(), &named, UNENCRYPTED, &[]).code(1).out("db/x.tf:2:23");
    let named = ["check", "-", "--rule", RULE, "--stdin-name", "x.yaml"];
    with_input(dir.path(), &named, UNENCRYPTED, &[]).code(0);
}

#[test]
fn variables_come_from_arguments_and_files() {
    let dir = repository(&[("main.tf", ASKED), ("on.tfvars", "on = true\n"), ("off.tfvars", "on = false\n")]);
    check(dir.path(), &["--var", "on=false"]).code(1);
    check(dir.path(), &["--var", "on=true"]).code(0).out("no violations").no_out("undecided");
    check(dir.path(), &["--var-file", "off.tfvars"]).code(1).out("off.tfvars:1:6");
    check(dir.path(), &["--var-file", "on.tfvars"]).code(0).no_out("undecided");
    check(dir.path(), &["--var-file", "off.tfvars", "--var", "on=true"]).code(0).no_out("undecided");
    check(dir.path(), &["--var", "on"]).code(2).err("NAME=VALUE");
}

#[test]
fn values_and_files_of_variables_count_in_the_order_of_the_command_line() {
    let dir = repository(&[("main.tf", ASKED), ("on.tfvars", "on = true\n"), ("off.tfvars", "on = false\n")]);
    let inspect = |args: &[&str]| trustlint(dir.path(), &[&["inspect"], args].concat()).code(0);
    inspect(&["--var", "on=false", "--var-file", "on.tfvars"]).out("storage_encrypted = true");
    inspect(&["--var-file=on.tfvars", "--var=on=no"]).out("storage_encrypted = \"no\"");
    inspect(&["--var-file", "on.tfvars", "--var", "on=no", "--var-file", "off.tfvars"])
        .out("storage_encrypted = false");
}

#[test]
fn the_environment_gives_values_only_when_asked() {
    let dir = repository(&[("main.tf", ASKED)]);
    let environment = [("TF_VAR_on", "true"), ("TF_VAR_other", "1")];
    let run = |args: &[&str]| with_input(dir.path(), args, "", &environment);
    run(&["check", "--rule", RULE, "."]).code(0).out("1 undecided");
    run(&["check", "--rule", RULE, "--tf-var-env", "."]).code(0).no_out("undecided").no_out("other");
    run(&["inspect"]).code(0).out("has no value");
    // Programs ask what Terraform would plan.
    run(&["inspect", "--format", "json"]).code(0).out("\"storage_encrypted\":\"true\"");
}

#[test]
fn scenarios_are_told_in_every_format() {
    let dir = repository(&[("main.tf", ASKED), ("prod.tfvars", "on = false\n"), ("env/dev.tfvars", "on = true\n")]);
    let run = |args: &[&str]| trustlint(dir.path(), args);
    run(&["check", "--rule", RULE, "."])
        .code(1)
        .out("scenarios: only in prod")
        .out("prod.tfvars:1:6")
        .out("1 violation");
    let json = run(&["check", "--rule", RULE, "--output", "json", "."]).code(1).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["findings"][0]["scenarios"], serde_json::json!(["prod"]));
    assert_eq!(json["summary"]["fail"], 1);
    assert_eq!(json["summary"]["pass"], 0);
    let dev = serde_json::json!({ "root": ".", "name": "dev", "files": ["env/dev.tfvars"], "workspace": null });
    assert_eq!(json["scenarios"][0], dev);
    run(&["check", "--rule", RULE, "--verbose", "."]).code(1).out("scenarios of .: dev, prod\n");
    run(&["check", "--rule", RULE, "--output", "sarif", "."])
        .code(1)
        .out("\"scenarios\":[\"prod\"]")
        .out("This is so only in prod.");
    run(&["check", "--rule", RULE, "--var-file", "env/dev.tfvars", "."]).code(0);
}

#[test]
fn inspect_shows_the_scenarios_of_a_root_one_after_another() {
    let dir = repository(&[("main.tf", ASKED), ("prod.tfvars", "on = false\n"), ("env/dev.tfvars", "on = true\n")]);
    let text = trustlint(dir.path(), &["inspect", "--kind", "aws_db_instance"]).code(0).out;
    let lines: Vec<&str> =
        text.lines().filter(|l| l.starts_with("scenario") || l.contains("storage_encrypted")).collect();
    assert_eq!(
        lines,
        [
            "scenario dev of ., with env/dev.tfvars",
            "  storage_encrypted = true",
            "scenario prod of ., with prod.tfvars",
            "  storage_encrypted = false"
        ]
    );
    let json = trustlint(dir.path(), &["inspect", "--format", "json"]).code(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["resources"].as_array().unwrap().len(), 1);
    assert_eq!(json["resources"][0]["unknown"], serde_json::json!(["/storage_encrypted"]));
    assert_eq!(json["scenarios"][1]["name"], "prod");
    assert_eq!(json["scenarios"][1]["resources"][0]["values"]["storage_encrypted"], false);
}

#[test]
fn a_variable_file_that_is_not_there_is_not_passed_over() {
    let dir = repository(&[("main.tf", ASKED)]);
    let run = check(dir.path(), &["--var-file", "nowhere.tfvars"]);
    assert!(matches!(run.code, 2 | 3), "{} {} {}", run.code, run.out, run.err);
    assert!(format!("{}{}", run.out, run.err).contains("nowhere.tfvars"));
}

#[test]
fn terraform_written_as_json_is_checked_with_the_rest() {
    let text = r#"{
  "//": "the database",
  "resource": {
    "aws_db_instance": {
      "app": {
        "storage_encrypted": "${lookup({\"no\" = false}, \"no\", var.on)}"
      },
      "other": { "tags": { "Name": "x" } }
    },
    "aws_security_group": {
      "open": {
        "ingress": [
          { "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"] },
          { "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"] }
        ]
      }
    }
  }
}
"#;
    let dir = repository(&[("main.tf.json", text), ("on.tf", "variable \"on\" {}\n")]);
    let rules = ["--rule", RULE, "--rule", "aws-security-group-no-public-admin-ports"];
    check(dir.path(), &rules)
        .code(1)
        .out("main.tf.json:6:")
        .out("aws_db_instance.app stores")
        .out("main.tf.json:8:7")
        .out("main.tf.json:14:61")
        .out("3 violations");
    let over = r#"{"resource": {"aws_db_instance": {"app": {"storage_encrypted": true}}}}"#;
    write(dir.path(), "z_override.tf.json", over);
    check(dir.path(), &rules).code(1).no_out("aws_db_instance.app stores").out("2 violations");
}

#[test]
fn variables_come_from_files_written_as_json() {
    let dir = repository(&[("main.tf", ASKED), ("x.auto.tfvars.json", "{\"on\": false}")]);
    check(dir.path(), &["--rule", RULE]).code(1).out("x.auto.tfvars.json:1:8");
}

#[test]
fn the_workspace_is_told_by_an_argument() {
    let text = "resource \"aws_db_instance\" \"app\" {\n  storage_encrypted = terraform.workspace == \"prod\"\n}\n";
    let dir = repository(&[("main.tf", text)]);
    check(dir.path(), &[]).code(0).out("1 undecided");
    check(dir.path(), &["--workspace", "prod"]).code(0).no_out("undecided");
    check(dir.path(), &["--workspace", "dev"]).code(1);
}

// Which rules run.

#[test]
fn rules_are_chosen_by_id_criterion_and_severity() {
    let dir = repository(&[("main.tf", UNENCRYPTED)]);
    let all = ["aws-rds-storage-encrypted", "aws-rds-backup-retention"];
    let run = |args: &[&str]| trustlint(dir.path(), &[&["check"], args].concat());
    run(&[]).code(1).out(all[0]).out(all[1]);
    run(&["--rule", all[1]]).code(1).no_out(all[0]).out(all[1]);
    run(&["--rule", all[0], "--rule", all[1]]).code(1).out(all[0]).out(all[1]);
    run(&["--skip", all[0]]).code(1).no_out(all[0]).out(all[1]);
    run(&["--criterion", "CC6.1"]).code(1).out(all[0]).no_out(all[1]);
    run(&["--criterion", "cc6.1"]).code(1).out(all[0]).no_out(all[1]);
    run(&["--severity", "high"]).code(1).out(all[0]).no_out(all[1]);
    run(&["--severity", "critical"]).code(0);
}

#[test]
fn an_input_tunes_a_rule() {
    let text = "resource \"aws_db_instance\" \"app\" {\n  backup_retention_period = 3\n}\n";
    let dir = repository(&[("main.tf", text)]);
    let id = "aws-rds-backup-retention";
    trustlint(dir.path(), &["check", "--rule", id]).code(1);
    trustlint(dir.path(), &["check", "--rule", id, "--input", "aws-rds-backup-retention.least_days=3"]).code(0);
}

/// A rule of a user.
const OWN_RULE: &str = r#"rule "own-queue-encrypted" {
  title       = "Queues are encrypted"
  severity    = "medium"
  since       = "1.0.0"
  soc2        = { "CC6.1" = "Whoever reads the disk cannot read the messages." }
  rationale   = "Queues are not encrypted unless a key is named."
  remediation = "Set `kms_key`."
  references  = ["https://example.com/queues"]

  match "own_queue" {
    defaults = { kms_key = null }
  }

  assert {
    condition     = self.kms_key != null
    error_message = "${self.address} is not encrypted"
  }

  fails "no key" {
    code = <<-TF
      resource "own_queue" "a" { #~ here
      }
    TF
  }

  passes "a key" {
    code = <<-TF
      resource "own_queue" "a" {
        kms_key = "k"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "key" {}
      resource "own_queue" "a" {
        kms_key = var.key #~ here
      }
    TF
  }
}
"#;

#[test]
fn rules_of_a_user_run_with_the_others() {
    let dir = repository(&[
        ("policies/own/queue-encrypted.hcl", OWN_RULE),
        ("infra/main.tf", "resource \"own_queue\" \"jobs\" {\n}\n"),
    ]);
    trustlint(dir.path(), &["check", "infra", "--rules", "policies"])
        .code(1)
        .out("medium[own-queue-encrypted]: own_queue.jobs is not encrypted")
        .out("main.tf:1:1");
    trustlint(dir.path(), &["check", "infra"]).code(0);
    trustlint(dir.path(), &["rules", "test", "policies"]).code(0).out("0 do not");
}

#[test]
fn a_directory_of_rules_that_is_not_there_is_2() {
    let dir = repository(&[]);
    trustlint(dir.path(), &["check", "--rules", "policies"]).code(2).err("policies is not a directory of rules");
    trustlint(dir.path(), &["rules", "test", "policies"]).code(2).err("policies is not a directory of rules");
}

#[test]
fn all_mistakes_in_a_rule_are_told_at_once_and_in_its_own_text() {
    let text = r#"rule "own-queue-encrypted" {
  titel       = "Queues are encrypted"
  severity    = "hgih"
  soc2        = { "CC6.11" = "Whoever reads the disk cannot read the messages." }
  rationale   = 7
  remediation = "Set `kms_key`."
  references  = "https://example.com/queues"

  match "own_queue" {
    defaults = { kms_key = null }
    wehre    = true
  }

  assert {
    condition     = lenght(slef.kms_key) > 0
    error_message = "${self.address} is not encrypted"
  }

  fix {
    safety = "perhaps"
  }

  fials "no key" {
    code = ""
  }
}
"#;
    let dir = repository(&[("policies/own/queue-encrypted.hcl", text)]);
    let run = trustlint(dir.path(), &["check", "--rules", "policies"]).code(2);
    for (mistake, line) in [
        ("titel", 2),
        ("hgih", 3),
        ("CC6.11", 4),
        ("rationale", 5),
        ("wehre", 11),
        ("lenght", 15),
        ("slef", 15),
        ("perhaps", 20),
        ("fials", 23),
    ] {
        assert!(run.err.contains(mistake), "{mistake} is not named:\n{}", run.err);
        assert!(
            run.err.contains(&format!("queue-encrypted.hcl:{line}:")),
            "line {line}, {mistake}, is not named:\n{}",
            run.err
        );
    }
    assert_eq!(run.out, "");
}

#[test]
fn a_new_rule_fails_its_tests_until_it_is_filled_in() {
    let dir = repository(&[]);
    trustlint(dir.path(), &["rules", "new", "own-queue-encrypted", "--matches", "own_queue"])
        .code(0)
        .out("rules/own/queue-encrypted.hcl")
        .out("trustlint rules test");
    trustlint(dir.path(), &["rules", "test", "rules"])
        .code(1)
        .out("own-queue-encrypted: no TODO is left")
        .out("line 2")
        .out("TODO");
    trustlint(dir.path(), &["rules", "new", "own-queue-encrypted"]).code(2).err("is there already");
    trustlint(dir.path(), &["rules", "new", "Queue"]).code(2).err("aws-queue-encrypted");
    trustlint(dir.path(), &["rules", "test", "rules", "--rule", "own-queue-encryptd"])
        .code(2)
        .err("Did you mean `own-queue-encrypted`?");
}

#[test]
fn rules_of_one_s_own_are_explained_and_listed_like_any_other() {
    let own = "policies/own/queue-encrypted.hcl";
    let dir = repository(&[(own, OWN_RULE), ("trustlint.hcl", "rules {\n  directories = [\"policies\"]\n}\n")]);
    trustlint(dir.path(), &["explain", "own-queue-encrypted"]).code(0).out("# Queues are encrypted");
    trustlint(dir.path(), &["rules", "list"]).code(0).out("own-queue-encrypted");
    let bare = repository(&[(own, OWN_RULE)]);
    trustlint(bare.path(), &["explain", "own-queue-encrypted"]).code(2);
    trustlint(bare.path(), &["explain", "own-queue-encrypted", "--rules", "policies"])
        .code(0)
        .out("# Queues are encrypted");
    fs::write(bare.path().join(own), OWN_RULE.replace("match \"own_queue\"", "match \"own_qeue\"")).unwrap();
    trustlint(bare.path(), &["rules", "test", "policies"])
        .code(1)
        .out("the rule matches `own_qeue`, which does not occur; did you mean `own_queue`?");
    trustlint(bare.path(), &["rules", "new", "own-both-named", "--matches", "Deployment", "--matches", "StatefulSet"])
        .code(0);
    let written = fs::read_to_string(bare.path().join("rules/own/both-named.hcl")).unwrap();
    assert!(
        written.contains("match \"Deployment\" \"StatefulSet\" {\n") && written.contains("kind: Deployment"),
        "{written}"
    );
}

#[test]
fn rules_are_listed_with_severity_criteria_and_title() {
    let dir = repository(&[]);
    let all = trustlint(dir.path(), &["rules", "list"]).code(0).out("RDS instances encrypt their storage");
    let some = trustlint(dir.path(), &["rules", "list", "--criterion", "CC8.1"]).code(0).no_out(RULE);
    let high = trustlint(dir.path(), &["rules", "list", "--severity", "critical"]).code(0).no_out(" high ");
    for part in [&some, &high] {
        assert!(!part.out.is_empty() && part.out.lines().count() < all.out.lines().count());
    }
}

#[test]
fn explain_knows_rules_aliases_and_criteria_and_suggests_the_nearest() {
    let dir = repository(&[]);
    let explain = |subject: &str| trustlint(dir.path(), &["explain", subject]);
    let page = explain("aws-rds-not-public").code(0).out("RDS");
    assert_eq!(explain("CKV_AWS_17").code(0).out, page.out);
    explain("CC6.1").code(0).out("Access to protected assets").out(RULE);
    explain("cc6.1").code(0).out("Access to protected assets");
    explain("aws-rds-storage-encryptd").code(2).err("Did you mean `aws-rds-storage-encrypted`?");
    explain("xyzzy").code(2).err("neither a rule nor a criterion").err("rules list");
}

// The other commands.

#[test]
fn inspect_shows_what_each_entity_resolves_to() {
    let dir = repository(&[("main.tf", ASKED)]);
    trustlint(dir.path(), &["inspect"])
        .code(0)
        .out("aws_db_instance.app  main.tf:3")
        .out("variable \"on\" has no value");
    trustlint(dir.path(), &["inspect", "--var", "on=true"]).code(0).out("storage_encrypted = \"true\"");
    trustlint(dir.path(), &["inspect", "--kind", "aws_s3_bucket"]).code(0).no_out("aws_db_instance");
    let run = trustlint(dir.path(), &["inspect", "--format", "json"]).code(0);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["resources"][0]["address"], "aws_db_instance.app");
    assert_eq!(json["resources"][0]["unknown"], serde_json::json!(["/storage_encrypted"]));
}

#[test]
fn inspect_of_a_broken_file_is_3_and_shows_the_rest() {
    let dir = repository(&[("broken.tf", "resource \"a\" {\n"), ("main.tf", UNENCRYPTED)]);
    trustlint(dir.path(), &["inspect"]).code(3).err("broken.tf").out("aws_db_instance.app");
}

#[test]
fn sensitive_values_are_not_shown() {
    let text = "variable \"password\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\n\nresource \"aws_db_instance\" \"app\" {\n  password          = var.password\n  storage_encrypted = false\n}\n";
    let dir = repository(&[("main.tf", text)]);
    trustlint(dir.path(), &["inspect", "--kind", "aws_db_instance"]).code(0).no_out("hunter2").out("(sensitive)");
    check(dir.path(), &[]).code(1).no_out("hunter2");
}

const INSPECTED: &str = r#"variable "name" {}

variable "password" {
  default   = "hunter2"
  sensitive = true
}

resource "aws_thing" "a" {
  text    = "x-${ var.name }"
  unknown = var.name
  vpc     = aws_vpc.main.id
  long    = "REPLACED"
  subnets = ["subnet-0a0a0a0a0a0a0a0a0", "subnet-1b1b1b1b1b1b1b1b1", "subnet-2c2c2c2c2c2c2c2c2", "subnet-3d3d"]
  short   = ["a", 1, null]
  tags    = { Name = "a", "two words" = true }
  nested  = [{ list = [{ password = var.password }] }]
  policy  = jsonencode({ Statement = [{ Action = "*" }] })
  ingress {
    from_port = 22
    port { n = 1 }
  }
  ingress {}
  dynamic "egress" {
    for_each = var.name
    content {
      to_port = 443
    }
  }
}

resource "aws_vpc" "main" {}
"#;

#[test]
fn inspect_writes_values_as_they_are_written() {
    let dir = repository(&[("main.tf", &INSPECTED.replace("REPLACED", &"y".repeat(150)))]);
    let text = trustlint(dir.path(), &["inspect", "--kind", "aws_thing"]).code(0).no_out("hunter2").out;
    let expected = r#"aws_thing.a  main.tf:8
  kind: aws_thing
  text = "x-${ var.name }"
  unknown = (unknown: variable "name" has no value here)
  vpc = (unknown: aws_vpc.main.id is known only after apply)
  long = "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…" (150 characters)
  subnets = [
    "subnet-0a0a0a0a0a0a0a0a0", "subnet-1b1b1b1b1b1b1b1b1", "subnet-2c2c2c2c2c2c2c2c2",
    "subnet-3d3d",
  ]
  short = ["a", 1, null]
  tags = {
    Name = "a"
    "two words" = true
  }
  nested = [
    {
      list = [
        {
          password = (sensitive)
        },
      ]
    },
  ]
  policy = jsonencode({
    Statement = [
      {
        Action = "*"
      },
    ]
  })
  ingress {
    from_port = 22
    port {
      n = 1
    }
  }
  ingress {}
  # none or more of:
  egress {
    to_port = 443
  }

1 entity: 18 values, 14 known (1 sensitive), 4 unknown
     2  variable without value
     1  known after apply
     1  number of instances
"#;
    assert_eq!(text, expected);
}

#[test]
fn inspect_verbose_shows_long_strings_whole() {
    let dir = repository(&[
        ("main.tf", &INSPECTED.replace("REPLACED", &"y".repeat(150))),
        ("b.tf", "resource \"aws_script\" \"b\" {\n  run = \"one\\n  two\\n\"\n}\n"),
    ]);
    trustlint(dir.path(), &["inspect", "--verbose"])
        .code(0)
        .out(&"y".repeat(150))
        .out("  run = <<-EOT\n    one\n      two\n  EOT\n")
        .no_out("characters)");
    trustlint(dir.path(), &["inspect"]).code(0).out(r#"run = "one\n  two\n""#);
}

#[test]
fn inspect_hides_what_a_sensitive_variable_or_output_holds() {
    let text = "variable \"password\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\n\noutput \"p\" {\n  value     = \"hunter2\"\n  sensitive = true\n}\n";
    let dir = repository(&[("main.tf", text)]);
    for args in [&["inspect"][..], &["inspect", "--verbose"]] {
        trustlint(dir.path(), args).code(0).no_out("hunter2").out("default = (sensitive)").out("value = (sensitive)");
    }
}

#[test]
fn inspect_names_what_is_told_elsewhere_by_its_address() {
    let workflow = "name: ci\non: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n";
    let dir = repository(&[(".github/workflows/ci.yml", workflow)]);
    trustlint(dir.path(), &["inspect"])
        .code(0)
        .out("  jobs = {\n    build = .github/workflows/ci.yml#build\n  }\n")
        .out("  steps = [\n    .github/workflows/ci.yml#build[0],\n  ]\n")
        .out("  job = .github/workflows/ci.yml#build\n  workflow = .github/workflows/ci.yml\n");
    // What is not shown is not only named.
    trustlint(dir.path(), &["inspect", "--kind", "github.workflow"]).code(0).out("run = \"make\"");
}

#[test]
fn inspect_says_where_an_entity_is_called_from_and_whether_it_may_not_exist() {
    let dir = repository(&[
        ("envs/prod/main.tf", "variable \"on\" {}\n\nmodule \"a\" {\n  source = \"../../a\"\n  on     = var.on\n}\n"),
        ("a/main.tf", "variable \"on\" {}\n\nmodule \"b\" {\n  source = \"../b\"\n  on     = var.on\n}\n"),
        ("b/main.tf", "variable \"on\" {}\n\nresource \"aws_vpc\" \"v\" {\n  count = var.on ? 1 : 0\n}\n"),
    ]);
    let text = trustlint(dir.path(), &["inspect", "--kind", "aws_vpc"]).code(0).out;
    let expected = "module.a.module.b.aws_vpc.v[0]  b/main.tf:3
  kind: aws_vpc
  environment: production, by directory \"envs/prod\"
  called from a/main.tf:3
  called from envs/prod/main.tf:3
  may not exist: variable \"on\" has no value here
";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn eval_writes_collections_over_several_lines() {
    let dir = repository(&[("main.tf", "")]);
    let eval = |expression: &str| trustlint(dir.path(), &["eval", expression]).code(0).out;
    assert_eq!(eval("[1, \"a\"]"), "[1, \"a\"]\n");
    assert_eq!(eval("{ a = [{ b = 1 }] }"), "{\n  a = [\n    {\n      b = 1\n    },\n  ]\n}\n");
    assert_eq!(eval("jsonencode({ a = 1 })"), "\"{\\\"a\\\":1}\"\n");
    assert_eq!(eval("{ a = [{ b = sensitive(1) }] }"), "{\n  a = [\n    {\n      b = (sensitive)\n    },\n  ]\n}\n");
}

#[test]
fn eval_answers_in_the_module_of_the_directory() {
    let dir = repository(&[("main.tf", "locals {\n  names = [\"a\", \"b\"]\n}\nvariable \"v\" {}\n")]);
    let eval = |expression: &str| trustlint(dir.path(), &["eval", expression]);
    assert_eq!(eval("upper(join(\"-\", local.names))").code(0).out, "\"A-B\"\n");
    eval("var.v").code(0).out("unknown");
    eval("1 +").code(3);
    eval("nosuch(1)").code(3).err("nosuch");
    let lines = with_input(dir.path(), &["eval", "-", "--jsonl"], "{\"id\": 7, \"expr\": \"1 + 1\"}\n", &[]).code(0);
    let answer: serde_json::Value = serde_json::from_str(&lines.out).unwrap();
    assert_eq!(answer, serde_json::json!({ "id": 7, "value": 2, "type": "number" }));
}

#[test]
fn completions_are_written_for_every_shell() {
    let dir = repository(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        trustlint(dir.path(), &["completions", shell]).code(0).out("trustlint").out("inspect");
    }
    trustlint(dir.path(), &["completions", "tcsh"]).code(2).err("bash");
}

#[test]
fn help_and_version_are_no_mistakes() {
    let dir = repository(&[]);
    trustlint(dir.path(), &["--version"]).code(0).out(env!("CARGO_PKG_VERSION"));
    trustlint(dir.path(), &["--help"]).code(0).out("Exit codes");
    trustlint(dir.path(), &["check", "--help"]).code(0).out("--fail-on");
}

// Determinism.

#[test]
fn the_same_tree_gives_the_same_bytes_whatever_the_number_of_threads() {
    for fixture in fixtures() {
        for format in ["text", "json", "sarif"] {
            let run = |threads: &str| {
                let run = trustlint(&fixture, &["check", "--verbose", "-o", format, "--threads", threads]);
                (run.code, run.out, run.err)
            };
            let first = run("1");
            assert!(matches!(first.0, 0 | 1), "{} {format}: {} {}", fixture.display(), first.1, first.2);
            assert!(run("1") == first, "{} {format}: two runs differ", fixture.display());
            assert!(run("2") == first, "{} {format}: two threads differ from one", fixture.display());
            assert!(run("7") == first, "{} {format}: seven threads differ from one", fixture.display());
        }
    }
}

#[test]
fn the_order_in_which_files_were_written_does_not_matter() {
    for fixture in fixtures() {
        let mut files = Vec::new();
        collect(&fixture, &fixture, &mut files);
        let mut outputs = Vec::new();
        for backwards in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            files.sort();
            if backwards {
                files.reverse();
            }
            for (path, text) in &files {
                write(dir.path(), path, text);
            }
            outputs.push(trustlint(dir.path(), &["check", "--verbose", "-o", "json"]).out);
        }
        assert!(outputs[0] == outputs[1], "{}", fixture.display());
    }
}

fn collect(root: &Path, dir: &Path, out: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, out);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_string();
            out.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}
