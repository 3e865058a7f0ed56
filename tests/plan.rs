//! Plans: the JSON of `terraform show -json` in, findings in the plan or in its source out.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

use std::{fs, path::Path};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

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

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}:\n{}\n{}", self.out, self.err))
    }
}

fn directory(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn check_in(dir: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::cargo_bin("trustlint").unwrap();
    let output = command.current_dir(dir).arg("check").args(arguments).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn check(plan: &Value, arguments: &[&str]) -> Run {
    let dir = directory(&[("plan.json", &plan.to_string())]);
    check_in(dir.path(), &[&["plan.json"], arguments].concat())
}

/// The member of `resource_changes` for a managed resource.
fn change(address: &str, actions: &[&str], after: Value) -> Value {
    let block = address.split('[').next().unwrap();
    let (kind, name) = block.split_once('.').unwrap();
    json!({
        "address": address, "mode": "managed", "type": kind, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": actions, "before": null, "after": after, "after_unknown": {"id": true},
            "before_sensitive": false, "after_sensitive": {},
        },
    })
}

/// The member of `configuration` for it.
fn written(address: &str, expressions: Value) -> Value {
    let (kind, name) = address.split_once('.').unwrap();
    json!({"address": address, "mode": "managed", "type": kind, "name": name, "expressions": expressions})
}

fn plan(changes: Vec<Value>, resources: Vec<Value>) -> Value {
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": resources}},
        "complete": true, "errored": false,
    })
}

fn database(encrypted: bool) -> Value {
    let after = json!({
        "engine": "postgres", "storage_encrypted": encrypted, "backup_retention_period": 7, "kms_key_id": null,
        "password": "hunter2hunter2",
    });
    let mut change = change("aws_db_instance.app", &["create"], after);
    change["change"]["after_sensitive"] = json!({"password": true});
    change
}

fn database_written() -> Value {
    let expressions = json!({
        "engine": {"constant_value": "postgres"}, "storage_encrypted": {"references": ["var.encrypted"]},
        "password": {"references": ["var.password"]},
    });
    written("aws_db_instance.app", expressions)
}

const ENCRYPTED: &[&str] = &["--rule", "aws-rds-storage-encrypted"];

#[test]
fn a_finding_shows_the_value_and_its_path_and_nothing_around_it() {
    let run = check(&plan(vec![database(false)], vec![database_written()]), ENCRYPTED);
    let run = run.code(1).out("aws_db_instance.app stores its data unencrypted").no_out("postgres");
    let run = run.out("planned: `storage_encrypted`").out("…\"storage_encrypted\":false…").out("plan.json:1:");
    run.no_out("hunter2");
}

#[test]
fn in_json_and_sarif_a_finding_is_at_its_bytes_in_the_plan() {
    let plan = plan(vec![database(false)], vec![database_written()]);
    let column = plan.to_string().find("\"storage_encrypted\":false").unwrap() + 1;
    let report = check(&plan, &[ENCRYPTED, &["-o", "json"]].concat()).code(1).json();
    let finding = &report["findings"][0];
    assert_eq!(finding["address"], "aws_db_instance.app");
    assert_eq!(finding["location"]["path"], "plan.json");
    assert_eq!(finding["location"]["start"], json!({"line": 1, "column": column}));
    assert_eq!(finding["location"]["text"], "\"storage_encrypted\":false");
    let sarif = check(&plan, &[ENCRYPTED, &["-o", "sarif"]].concat()).no_out("hunter2").json();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "plan.json");
    assert_eq!(place["region"]["startColumn"], column);
}

const TELLTALE: &str = r#"
rule "aws-telltale" {
  title       = "Nothing is as it should be"
  severity    = "low"
  soc2        = { "CC6.1" = "What is secret must be in no report of any kind." }
  rationale   = "None."
  remediation = "None."
  references  = ["https://example.com"]

  match "aws_db_instance" {}

  assert {
    condition     = self.password == "x" && self.master.name == "x"
    error_message = "${self.address} has ${self.password}"
  }

  assert {
    condition     = self.master.key == "x"
    error_message = "${self.address} has ${jsonencode(self.master)}"
  }

  fails "it is" {
    code = <<-TF
      resource "aws_db_instance" "app" { #~ here
      }
    TF
  }

  passes "it is not" {
    code = <<-TF
      resource "aws_db_instance" "app" {
        password = "x"
        master {
          name = "x"
          key  = "x"
        }
      }
    TF
  }
}
"#;

#[test]
fn what_is_sensitive_is_in_no_report() {
    let mut change = database(false);
    change["change"]["after"]["master"] = json!([{"name": "open-sesame", "key": "open-sesame-too"}]);
    change["change"]["after_sensitive"] = json!({"password": true, "master": true});
    let plan = plan(vec![change], vec![database_written()]).to_string();
    let dir = directory(&[("plan.json", &plan), ("rules/aws/telltale.hcl", TELLTALE)]);
    for format in ["text", "json", "sarif"] {
        let arguments = ["plan.json", "--rules", "rules", "--rule", "aws-telltale", "-v", "-o", format];
        let run = check_in(dir.path(), &arguments).code(1).out("aws_db_instance.app");
        let run = run.no_out("hunter2").no_out("open-sesame");
        let shown = if format == "text" { "…\"password\"…" } else { "password" };
        if format != "sarif" {
            run.out(shown);
        }
    }
}

#[test]
fn what_is_not_set_is_the_same_as_in_source() {
    let after = json!({
        "bucket": "acme-logs", "acl": null, "bucket_prefix": "", "logging": [], "website": [], "tags": null,
    });
    let bucket = change("aws_s3_bucket.logs", &["no-op"], after);
    let written = written("aws_s3_bucket.logs", json!({"bucket": {"constant_value": "acme-logs"}}));
    let run = check(&plan(vec![bucket], vec![written]), &["--rule", "aws-s3-public-access-blocked", "-o", "json"]);
    let report = run.code(1).json();
    assert_eq!(report["findings"][0]["location"]["text"], "\"address\":\"aws_s3_bucket.logs\"");
}

#[test]
fn a_reference_links_two_resources_that_do_not_exist_yet() {
    let bucket = change("aws_s3_bucket.logs", &["create"], json!({"force_destroy": false}));
    let on = json!({
        "block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true,
        "restrict_public_buckets": true,
    });
    let mut block = change("aws_s3_bucket_public_access_block.logs", &["create"], on);
    block["change"]["after_unknown"] = json!({"id": true, "bucket": true});
    let references = |r: Value| written("aws_s3_bucket_public_access_block.logs", json!({"bucket": {"references": r}}));
    let rule = &["--rule", "aws-s3-public-access-blocked", "-o", "json"];
    let buckets = || written("aws_s3_bucket.logs", json!({}));
    let own = references(json!(["aws_s3_bucket.logs.id", "aws_s3_bucket.logs"]));
    let report = check(&plan(vec![bucket.clone(), block.clone()], vec![buckets(), own]), rule).code(0).json();
    assert_eq!((&report["summary"]["fail"], &report["summary"]["undecided"]), (&json!(0), &json!(0)));
    // The plan does not say what a local value refers to.
    let unclear = references(json!(["local.bucket"]));
    let report = check(&plan(vec![bucket, block], vec![buckets(), unclear]), rule).code(0).json();
    assert_eq!(report["findings"][0]["verdict"], "undecided");
    assert_eq!(
        report["findings"][0]["reasons"][0],
        "aws_s3_bucket_public_access_block.logs.bucket is known only after apply"
    );
}

#[test]
fn what_is_known_only_after_apply_is_undecided() {
    let mut unknown = database(false);
    unknown["change"]["after"].as_object_mut().unwrap().remove("storage_encrypted");
    unknown["change"]["after_unknown"] = json!({"id": true, "storage_encrypted": true});
    let run = check(&plan(vec![unknown], vec![database_written()]), &[ENCRYPTED, &["-v"]].concat());
    run.code(0).out("aws_db_instance.app.storage_encrypted is known only after apply");
}

#[test]
fn what_is_left_to_the_provider_has_its_default() {
    let mut volume = change("aws_ebs_volume.data", &["create"], json!({"size": 10}));
    volume["change"]["after_unknown"] = json!({"id": true, "encrypted": true, "kms_key_id": true});
    let configured = |e: Value| plan(vec![volume.clone()], vec![written("aws_ebs_volume.data", e)]);
    let rule = &["--rule", "aws-ebs-volume-encrypted"];
    let run = check(&configured(json!({"size": {"constant_value": 10}})), rule).code(1);
    run.out("`encrypted` is not set; the provider's default applies");
    // Written, but not known: that is another thing.
    let run = check(&configured(json!({"encrypted": {"references": ["local.encrypted"]}})), rule);
    run.code(0).out("1 undecided");
}

#[test]
fn what_goes_away_is_not_looked_at_and_what_stays_is() {
    let with = |actions: &[&str]| {
        let mut change = database(false);
        change["change"]["actions"] = json!(actions);
        if matches!(actions, ["delete" | "forget"]) {
            change["change"]["after"] = json!(null);
        }
        check(&plan(vec![change], vec![database_written()]), ENCRYPTED)
    };
    for actions in [&["no-op"][..], &["update"], &["delete", "create"], &["create", "delete"]] {
        with(actions).code(1);
    }
    for actions in [&["delete"], &["forget"]] {
        with(actions).code(0).out("no rule applies");
    }
    let mut deposed = database(false);
    deposed["deposed"] = json!("12ab34cd");
    check(&plan(vec![deposed], Vec::new()), ENCRYPTED).code(0);
}

#[test]
fn values_without_a_change_are_looked_at_in_every_module() {
    let values = json!({"storage_encrypted": false});
    let resource = json!({
        "address": "module.a[\"x\"].aws_db_instance.app", "mode": "managed", "type": "aws_db_instance", "name": "app",
        "values": values, "sensitive_values": {},
    });
    let plan = json!({
        "format_version": "1.2",
        "planned_values": {"root_module": {"child_modules": [{"address": "module.a[\"x\"]", "resources": [resource]}]}},
        "resource_changes": [],
    });
    check(&plan, ENCRYPTED).code(1).out("module.a[\"x\"].aws_db_instance.app stores its data unencrypted");
}

const SOURCE: &str = r#"variable "encrypted" {
  default = true
}

variable "names" {
  default = []
}

variable "password" {
  sensitive = true
}

resource "aws_db_instance" "app" {
  engine            = "postgres"
  storage_encrypted = var.encrypted
  password          = var.password
}

resource "aws_s3_bucket" "many" {
  for_each = toset(var.names)
  bucket   = each.key
  acl      = "public-read"
}
"#;

fn planned_source() -> Value {
    let bucket = |key: &str| {
        let address = format!("aws_s3_bucket.many[\"{key}\"]");
        let mut change = change(&address, &["create"], json!({"bucket": key, "acl": "public-read"}));
        change["index"] = json!(key);
        change
    };
    let mut plan = plan(vec![database(false), bucket("eu"), bucket("us")], vec![database_written()]);
    plan["variables"] = json!({
        "encrypted": {"value": false}, "names": {"value": ["eu", "us"]}, "password": {"value": "hunter2hunter2"},
    });
    plan
}

const ONLY_TWO: &[&str] = &["--rule", "aws-rds-storage-encrypted", "--rule", "aws-s3-bucket-not-public"];

#[test]
fn beside_its_source_a_plan_gives_the_values_and_the_source_the_places() {
    let dir = directory(&[("main.tf", SOURCE), ("plan.json", &planned_source().to_string())]);
    // As it stands, the source is encrypted and has no buckets.
    check_in(dir.path(), &[&["main.tf"], ONLY_TWO].concat()).code(0);
    let run = check_in(dir.path(), &[&["plan.json"], ONLY_TWO].concat()).code(1);
    let run = run.out("main.tf:15:23").out("the value given to variable \"encrypted\" decides this");
    let run = run.out("in 2 instances: aws_s3_bucket.many[\"eu\"], aws_s3_bucket.many[\"us\"]");
    run.out("main.tf:22:14").no_out("plan.json:").no_out("hunter2");
}

#[test]
fn a_source_that_is_all_json_is_a_source() {
    let plan = plan(vec![database(false)], vec![database_written()]).to_string();
    let address = database(false)["address"].as_str().unwrap().to_string();
    let name = address.split('.').nth(1).unwrap();
    let source = json!({ "resource": { "aws_db_instance": { name: { "storage_encrypted": false } } } }).to_string();
    let dir = directory(&[("plan.json", &plan), ("main.tf.json", &source)]);
    check_in(dir.path(), &["plan.json"]).code(1).out("main.tf.json:1:");
}

#[test]
fn the_source_may_be_the_current_directory_or_be_named() {
    let plans = directory(&[("out/plan.json", &planned_source().to_string())]);
    let plan = plans.path().join("out/plan.json");
    let plan = plan.to_str().unwrap();
    let source = directory(&[("stacks/app/main.tf", SOURCE), ("other/main.tf", "resource {"), (".git/HEAD", "")]);
    let run = check_in(&source.path().join("stacks/app"), &[&[plan], ONLY_TWO].concat());
    run.code(1).out("stacks/app/main.tf:15:23");
    let run = check_in(source.path(), &[&[plan, "--source", "stacks/app"], ONLY_TWO].concat());
    run.code(1).out("stacks/app/main.tf:15:23");
    // Somebody else's source.
    let other = directory(&[("main.tf", "resource \"aws_vpc\" \"main\" {}\n")]);
    let run = check_in(other.path(), &[&[plan, "--source", "."], ONLY_TWO].concat()).code(1).out("plan.json:1:");
    run.out("none of the plan's resources is in the source in .");
    let run = check_in(other.path(), &[&[plan], ONLY_TWO].concat()).code(1).out("plan.json:1:");
    run.no_out("none of the plan's resources");
    check_in(other.path(), &["--source", "."]).code(2).err("`--source` goes with a plan");
    check_in(other.path(), &[plan, "--source", "nowhere"]).code(3).err("nowhere cannot be read");
}

#[test]
fn values_that_only_the_plan_knows_are_joined_into_blocks() {
    let source = "variable \"ports\" {}\n\nresource \"aws_security_group\" \"web\" {\n  dynamic \"ingress\" {\n    for_each = var.ports\n    content {\n      from_port   = ingress.value\n      to_port     = ingress.value\n      protocol    = \"tcp\"\n      cidr_blocks = [\"0.0.0.0/0\"]\n    }\n  }\n}\n";
    let rule = |port: u32| json!({"from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": []});
    let after = json!({"ingress": [rule(443), rule(22)], "egress": []});
    let plan = plan(vec![change("aws_security_group.web", &["create"], after)], Vec::new());
    let dir = directory(&[("main.tf", source), ("plan.json", &plan.to_string())]);
    let arguments = ["plan.json", "--rule", "aws-security-group-no-public-admin-ports", "-o", "json"];
    let report = check_in(dir.path(), &arguments).code(1).json();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "443 is no port for administrators");
    assert_eq!(findings[0]["location"]["path"], "main.tf");
    assert_eq!(findings[0]["location"]["start"], json!({"line": 10, "column": 22}));
}

#[test]
fn without_source_the_configuration_tells_of_providers_modules_and_variables() {
    let mut plan = plan(Vec::new(), Vec::new());
    plan["variables"] = json!({"token": {"value": "ghp_0123456789abcdefghij0123456789abcdef"}});
    plan["configuration"] = json!({
        "provider_config": {
            "aws": {"name": "aws", "expressions": {"secret_key": {"constant_value": "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4"}}},
            "github": {"name": "github", "expressions": {"token": {"references": ["var.token"]}}},
        },
        "root_module": {
            "variables": {"db_password": {"default": "tr0ub4dor&3-correct-horse"}, "token": {"sensitive": true}},
            "module_calls": {"net": {
                "source": "terraform-aws-modules/vpc/aws", "expressions": {},
                "module": {"module_calls": {"own": {"source": "./own", "module": {}}}},
            }},
        },
    });
    let rules = ["terraform-no-provider-credentials", "terraform-no-secret-default", "terraform-module-pinned"];
    let arguments: Vec<&str> = rules.iter().flat_map(|r| ["--rule", r]).chain(["-o", "json"]).collect();
    let run = check(&plan, &arguments).code(1).no_out("Zm9v").no_out("tr0ub4dor").no_out("ghp_");
    let report = run.json();
    let found: Vec<_> = report["findings"].as_array().unwrap().iter().filter(|f| f["verdict"] == "fail").collect();
    let mut found: Vec<_> =
        found.iter().map(|f| (f["address"].as_str().unwrap(), f["location"]["text"].as_str().unwrap())).collect();
    found.sort_unstable();
    let module = found.pop().unwrap();
    assert_eq!(
        found,
        [("module.net", "\"source\":\"terraform-aws-modules/vpc/aws\""), ("provider.aws", "\"secret_key\"")]
    );
    assert_eq!(module, ("var.db_password", "\"default\""));
}

#[test]
fn what_is_given_from_outside_is_not_written_in_the_code() {
    let source = "variable \"token\" {}\n\nprovider \"github\" {\n  token = var.token\n}\n\nresource \"aws_db_instance\" \"app\" {}\n";
    let mut plan = plan(vec![database(true)], Vec::new());
    plan["variables"] = json!({"token": {"value": "ghp_0123456789abcdefghij0123456789abcdef"}});
    let dir = directory(&[("main.tf", source), ("plan.json", &plan.to_string())]);
    let rule = "terraform-no-provider-credentials";
    check_in(dir.path(), &["plan.json", "--rule", rule]).code(0).out("1 undecided");
}

#[test]
fn a_plan_is_told_by_its_content_wherever_it_comes_from() {
    let plan = plan(vec![database(false)], vec![database_written()]);
    let pretty = format!("\u{feff}{}\n", serde_json::to_string_pretty(&plan).unwrap());
    let dir = directory(&[("tfplan.txt", &pretty)]);
    let run = check_in(dir.path(), &[&["tfplan.txt"], ENCRYPTED].concat()).code(1);
    run.out("\"storage_encrypted\": false").no_out("postgres").no_out("hunter2").no_out("tfplan.txt:1:");
    let mut command = Command::cargo_bin("trustlint").unwrap();
    let command = command.current_dir(dir.path()).args(["check", "-"]).args(ENCRYPTED).write_stdin(plan.to_string());
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("plan.json:1:"), "{text}");
    let utf16: Vec<u8> = format!("\u{feff}{plan}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(dir.path().join("windows.json"), utf16).unwrap();
    check_in(dir.path(), &[&["windows.json"], ENCRYPTED].concat()).code(1).out("windows.json:1:");
    fs::remove_file(dir.path().join("windows.json")).unwrap();
    // In a directory, a plan is one file of many that is not looked at.
    check_in(dir.path(), &[&["."], ENCRYPTED].concat()).code(0);
}

#[test]
fn what_is_no_plan_is_told_apart() {
    let saved = "PK\u{3}\u{4}\u{14}\0\u{8}\0\u{8}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\u{6}\0\u{9}\0tfplanUT\u{5}";
    let state = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "ab", "resources": []}"#;
    let shown = r#"{"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}}"#;
    let dir = directory(&[("tfplan", saved), ("terraform.tfstate", state), ("state.json", shown), ("a.json", "{}")]);
    let run = check_in(dir.path(), &["tfplan"]).code(3).err("tfplan is a saved plan, which only Terraform can read");
    run.err("terraform show -json tfplan > plan.json");
    check_in(dir.path(), &["terraform.tfstate"]).code(3).err("terraform.tfstate is a state, not a plan");
    check_in(dir.path(), &["state.json"]).code(3).err("state.json is a state, not a plan");
    check_in(dir.path(), &["a.json"]).code(0);
}

#[test]
fn a_plan_that_is_not_whole_says_so() {
    let mut future = plan(vec![database(false)], Vec::new());
    future["format_version"] = json!("2.0");
    check(&future, ENCRYPTED).code(3).out("this plan has format_version \"2.0\"").no_out("unencrypted");
    let mut errored = plan(vec![database(false)], Vec::new());
    errored["errored"] = json!(true);
    check(&errored, ENCRYPTED).code(1).out("planning ended in an error");
    let mut targeted = plan(vec![database(false)], Vec::new());
    targeted["complete"] = json!(false);
    check(&targeted, ENCRYPTED).code(1).out("this plan is not complete");
}

#[test]
fn a_plan_that_is_cut_off_is_an_input_error_that_shows_nothing_of_it() {
    let whole = plan(vec![database(false)], Vec::new()).to_string();
    let changes = whole.find("hunter2").unwrap();
    for cut in [changes + 3, whole.len() - 1] {
        // Keys come sorted here: what makes it a plan stands last.
        let text = format!("{{\"format_version\":\"1.2\",\"planned_values\":{{}},{}", &whole[1..cut]);
        let dir = directory(&[("plan.json", &text)]);
        let run = check_in(dir.path(), &[&["plan.json"], ENCRYPTED].concat()).code(3).out("this JSON does not parse");
        assert!(!run.out.contains("hunter") && !run.err.contains("hunter"), "{}\n{}", run.out, run.err);
    }
}
