//! Terragrunt units through the program: layouts as teams have them in; findings out.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

use std::{fs, path::Path, time::Duration};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const ENCRYPTED: &str = "aws-rds-storage-encrypted";

const MODULE: &str = r#"
variable "encrypted" { type = bool }
variable "name" {
  type    = string
  default = "db"
}

terraform {
  backend "s3" {}
}

resource "aws_db_instance" "app" {
  identifier        = var.name
  storage_encrypted = var.encrypted
}
"#;

const ROOT: &str = r#"
locals {
  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))
}

remote_state {
  backend = "s3"
  config = {
    bucket  = "acme-${local.env.locals.name}-state"
    key     = "${path_relative_to_include()}/terraform.tfstate"
    encrypt = true
  }
}

inputs = {
  name = "db-${local.env.locals.name}"
}
"#;

/// A unit of the module `db` with these inputs.
fn unit(inputs: &str) -> String {
    format!(
        r#"include "root" {{
  path = find_in_parent_folders("root.hcl")
}}

terraform {{
  source = "${{get_repo_root()}}/modules//db"
}}

inputs = {{
  {inputs}
}}
"#
    )
}

fn env(name: &str) -> String {
    format!("locals {{\n  name = \"{name}\"\n}}\n")
}

fn repository(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// Two environments of one module.
fn live(prod: &str, dev: &str, more: &[(&str, &str)]) -> TempDir {
    let (prod_env, dev_env, prod, dev) = (env("prod"), env("dev"), unit(prod), unit(dev));
    let mut files = vec![
        ("root.hcl", ROOT),
        ("live/prod/env.hcl", &prod_env),
        ("live/dev/env.hcl", &dev_env),
        ("live/prod/db/terragrunt.hcl", &prod),
        ("live/dev/db/terragrunt.hcl", &dev),
        ("modules/db/main.tf", MODULE),
    ];
    files.extend(more);
    repository(&files)
}

fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("trustlint")
        .unwrap()
        .current_dir(dir)
        .args(args)
        .env("TG_ENCRYPTED", "true")
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// What `check` says with one rule, as JSON.
#[track_caller]
fn check(dir: &Path, rule: &str) -> Value {
    let (_, out, err) = run(dir, &["check", "--rule", rule, "--output", "json", "--verbose"]);
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}\n{out}\n{err}"))
}

/// The findings of a report: `verdict place "text"`, then the places that decided it, then the calls, then why
/// it is not known.
fn findings(report: &Value) -> Vec<String> {
    let place = |p: &Value| format!("{}:{}", p["path"].as_str().unwrap(), p["start"]["line"]);
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    list(&report["findings"])
        .iter()
        .map(|f| {
            let location = &f["location"];
            let text = location["text"].as_str().unwrap_or_default();
            let mut line = format!("{} {} {text}", f["verdict"].as_str().unwrap(), place(location));
            for related in list(&f["related"]) {
                line += &format!(" < {} {}", place(&related), related["text"].as_str().unwrap_or_default());
            }
            for call in list(&f["calls"]) {
                line += &format!(" @ {}", place(&call));
            }
            for reason in list(&f["reasons"]) {
                line += &format!("; {}", reason.as_str().map_or_else(|| reason.to_string(), String::from));
            }
            line
        })
        .collect()
}

/// Messages of the report's diagnostics, with their places.
fn diagnostics(report: &Value) -> Vec<String> {
    let all = report["diagnostics"].as_array().cloned().unwrap_or_default();
    all.iter()
        .map(|d| format!("{}:{} {}", d["path"].as_str().unwrap(), d["line"], d["message"].as_str().unwrap()))
        .collect()
}

/// The resolved bodies of a kind, by scope.
#[track_caller]
fn inspect(dir: &Path, kind: &str) -> Vec<String> {
    let (_, out, err) = run(dir, &["inspect"]);
    assert!(err.is_empty(), "{err}");
    let mut found: Vec<String> = Vec::new();
    let mut header = String::new();
    let mut inside = false;
    for line in out.lines() {
        if let Some(said) = line.strip_prefix("  kind: ") {
            inside = said == kind;
            if inside {
                found.push(header.split("  ").next().unwrap().to_string());
            }
        } else if !line.starts_with(' ') {
            header = line.to_string();
            inside = false;
        } else if inside {
            let last = found.last_mut().unwrap();
            let text = line.trim();
            match text {
                // What stands on several lines is joined, to be compared as one.
                "}" | "}," => *last += "}",
                _ if line.starts_with("   ") && last.ends_with('{') => *last += text,
                _ if line.starts_with("   ") => *last += &format!(", {text}"),
                _ if text.contains(" = ") => *last += &format!("; {text}"),
                _ => {}
            }
        }
    }
    found
}

#[test]
fn a_module_fails_in_the_unit_whose_input_makes_it_fail_and_passes_in_another() {
    let dir = live("encrypted = true", "encrypted = false", &[]);
    let report = check(dir.path(), ENCRYPTED);
    assert_eq!(
        findings(&report),
        [
            "fail modules/db/main.tf:14 var.encrypted < live/dev/db/terragrunt.hcl:10 false @ live/dev/db/terragrunt.hcl:5"
        ]
    );
    assert_eq!(report["findings"][0]["environment"], "dev");
    assert_eq!(report["findings"][0]["related"][0]["message"], "input `encrypted` of the Terragrunt unit");
    // The module is not judged by itself, without values.
    assert_eq!((&report["rules"][0]["pass"], &report["rules"][0]["undecided"]), (&1.into(), &0.into()));
    assert_eq!(diagnostics(&report), [""; 0]);
}

#[test]
fn what_the_module_itself_gets_wrong_is_production_s_if_production_deploys_it() {
    let text = MODULE.replace("var.encrypted\n", "false\n");
    let dir = live("encrypted = true", "encrypted = true", &[("modules/db/main.tf", &text)]);
    let report = check(dir.path(), ENCRYPTED);
    assert_eq!(findings(&report).len(), 1, "{report}");
    assert_eq!(report["findings"][0]["environment"], "production");
}

#[test]
fn a_unit_is_an_entity_with_its_module_and_inputs() {
    let dir = live("encrypted = true", "encrypted = false", &[]);
    assert_eq!(
        inspect(dir.path(), "terragrunt.unit"),
        [
            "live/dev/db; path = \"live/dev/db\"; source = \"${get_repo_root()}/modules//db\"; dependencies = []; \
             inputs = {encrypted = false, name = \"db-dev\"}",
            "live/prod/db; path = \"live/prod/db\"; source = \"${get_repo_root()}/modules//db\"; dependencies = []; \
             inputs = {encrypted = true, name = \"db-prod\"}",
        ]
    );
}

#[test]
fn remote_state_is_the_backend_of_each_unit() {
    let dir = live("encrypted = true", "encrypted = true", &[]);
    let state = |env: &str| {
        format!(
            "backend.s3; bucket = \"acme-{env}-state\"; key = \"live/{env}/db/terraform.tfstate\"; encrypt = true; \
             type = \"s3\""
        )
    };
    assert_eq!(inspect(dir.path(), "terraform.backend"), [state("dev"), state("prod")]);
    let shared = ROOT.replace("${path_relative_to_include()}", "all").replace("-${local.env.locals.name}", "");
    fs::write(dir.path().join("root.hcl"), shared.replace("encrypt = true", "encrypt = false")).unwrap();
    let encrypted = check(dir.path(), "terraform-backend-encrypted");
    assert!(findings(&encrypted)[0].starts_with("fail root.hcl:11 false"), "{:?}", findings(&encrypted));
    let separate = check(dir.path(), "terraform-state-not-shared");
    assert_eq!(findings(&separate).len(), 1, "{separate:#}");
}

#[test]
fn mock_outputs_are_never_taken_for_truth() {
    let vpc = "dependency \"vpc\" {\n  config_path  = \"../vpc\"\n  mock_outputs = { encrypted = true }\n}\n";
    let db = format!("{}{vpc}", unit("encrypted = dependency.vpc.outputs.encrypted"));
    let dir = live("encrypted = true", "encrypted = true", &[("live/prod/db/terragrunt.hcl", &db)]);
    assert_eq!(
        findings(&check(dir.path(), ENCRYPTED)),
        ["undecided modules/db/main.tf:14 var.encrypted < live/prod/db/terragrunt.hcl:10 \
             dependency.vpc.outputs.encrypted < live/prod/db/terragrunt.hcl:12 dependency \"vpc\" @ \
             live/prod/db/terragrunt.hcl:5; dependency ../vpc is known only after apply"]
    );
}

#[test]
fn the_cache_is_never_scanned() {
    let broken = "resource \"aws_db_instance\" \"app\" {\n  storage_encrypted = false\n}\n}}}\n";
    let dir = live(
        "encrypted = true",
        "encrypted = true",
        &[
            ("live/prod/db/.terragrunt-cache/abc/def/main.tf", broken),
            ("live/prod/db/.terragrunt-cache/abc/def/terragrunt.hcl", "}}}"),
        ],
    );
    let report = check(dir.path(), ENCRYPTED);
    assert_eq!((findings(&report), diagnostics(&report)), (vec![], vec![]));
    assert_eq!(report["rules"][0]["pass"], 2);
}

#[test]
fn a_module_elsewhere_is_said_and_its_inputs_are_known() {
    let vpc = unit("cidr = \"10.0.0.0/16\"")
        .replace("${get_repo_root()}/modules//db", "tfr:///terraform-aws-modules/vpc/aws?version=5.0.0");
    let dir = live("encrypted = true", "encrypted = true", &[("live/prod/vpc/terragrunt.hcl", &vpc)]);
    let report = check(dir.path(), ENCRYPTED);
    assert_eq!(
        report["skipped"][0]["reason"].as_str().or(report["skipped"][0]["why"].as_str()),
        Some(
            "a Terragrunt unit whose module is not in the repository \
             (tfr:///terraform-aws-modules/vpc/aws?version=5.0.0): only its inputs are known"
        ),
        "{report:#}"
    );
    assert!(inspect(dir.path(), "terragrunt.unit").iter().any(|u| u.contains("cidr = \"10.0.0.0/16\"")));
    // What is added to it may refer to what it declares.
    let generate = "generate \"p\" {\n  path = \"p.tf\"\n  if_exists = \"overwrite\"\n  contents = <<EOF\nprovider \
                    \"aws\" {\n  region = var.region\n  token  = local.x\n  cidr   = var.cidr\n}\nEOF\n}\n";
    fs::write(dir.path().join("live/prod/vpc/terragrunt.hcl"), format!("{vpc}{generate}")).unwrap();
    assert_eq!(diagnostics(&check(dir.path(), ENCRYPTED)), [""; 0]);
    let missing = "(unknown: module of the Terragrunt unit is not in the repository)";
    assert_eq!(
        inspect(dir.path(), "terraform.provider"),
        [format!("provider.aws; region = {missing}; token = {missing}; cidr = \"10.0.0.0/16\"; provider = \"aws\"")]
    );
    assert!(inspect(dir.path(), "terraform.backend").iter().any(|b| b.contains("live/prod/vpc/terraform.tfstate")));
}

#[test]
fn includes_merge_as_their_strategy_says() {
    let parent = "inputs = {\n  encrypted = true\n  tags = { team = \"a\" }\n  zones = [\"x\"]\n}\n";
    for (strategy, expected) in [
        ("no_merge", "inputs = {zones = [\"y\"], tags = {env = \"b\"}}"),
        ("shallow", "inputs = {zones = [\"y\"], tags = {env = \"b\"}, encrypted = true}"),
        ("deep", "inputs = {zones = [\"x\", \"y\"], tags = {env = \"b\", team = \"a\"}, encrypted = true}"),
    ] {
        let child = format!(
            "include \"c\" {{\n  path = \"../common.hcl\"\n  merge_strategy = \"{strategy}\"\n}}\nterraform {{\n  source = \
             \"../modules/db\"\n}}\ninputs = {{\n  zones = [\"y\"]\n  tags = {{ env = \"b\" }}\n}}\n"
        );
        let dir = repository(&[("common.hcl", parent), ("app/terragrunt.hcl", &child), ("modules/db/main.tf", MODULE)]);
        let units = inspect(dir.path(), "terragrunt.unit");
        assert!(units.len() == 1 && units[0].ends_with(expected), "{strategy}: {units:?}");
    }
}

#[test]
fn of_several_includes_the_last_wins_and_an_exposed_one_can_be_referred_to() {
    let child = r#"
include "a" {
  path   = "${get_terragrunt_dir()}/../a.hcl"
  expose = true
}
include "b" {
  path = "../b.hcl"
}
inputs = {
  name = include.a.locals.name
}
"#;
    let dir = repository(&[
        (
            "a.hcl",
            "locals {\n  name = \"from a\"\n}\nterraform {\n  source = \"${get_parent_terragrunt_dir()}/m\"\n}\ninputs = {\n  x = \"a\"\n}\n",
        ),
        ("b.hcl", "inputs = {\n  x = \"b\"\n  from = path_relative_from_include()\n}\n"),
        ("app/terragrunt.hcl", child),
        ("m/main.tf", MODULE),
    ]);
    assert_eq!(
        inspect(dir.path(), "terragrunt.unit"),
        ["app; path = \"app\"; source = \"${get_repo_root()}/m\"; dependencies = []; \
          inputs = {name = \"from a\", x = \"b\", from = \"..\"}"]
    );
    let hidden = child.replace("  expose = true\n", "");
    fs::write(dir.path().join("app/terragrunt.hcl"), hidden).unwrap();
    let said = diagnostics(&check(dir.path(), ENCRYPTED));
    assert!(said[0].contains("include \"a\" cannot be referred to: it needs `expose = true`"), "{said:?}");
}

#[test]
fn a_parent_is_no_unit_and_the_bare_include_works() {
    let dir = repository(&[
        ("terragrunt.hcl", "terraform {\n  source = \"./modules/${basename(get_terragrunt_dir())}\"\n}\n"),
        (
            "prod/db/terragrunt.hcl",
            "include {\n  path = find_in_parent_folders()\n}\nterraform {\n  source = \"../../modules/db\"\n}\ninputs = {\n  encrypted = false\n}\n",
        ),
        ("modules/db/main.tf", MODULE),
    ]);
    let report = check(dir.path(), ENCRYPTED);
    assert_eq!(
        findings(&report),
        ["fail modules/db/main.tf:14 var.encrypted < prod/db/terragrunt.hcl:8 false @ prod/db/terragrunt.hcl:4"]
    );
    assert_eq!(diagnostics(&report), [""; 0]);
    assert_eq!(inspect(dir.path(), "terragrunt.unit").len(), 1);
}

#[test]
fn a_unit_at_the_root_of_the_tree_has_the_root_as_its_scope() {
    let dir = repository(&[
        ("terragrunt.hcl", "terraform {\n  source = \"./m\"\n}\ninputs = {\n  encrypted = false\n}\n"),
        ("m/main.tf", MODULE),
    ]);
    assert_eq!(
        inspect(dir.path(), "terraform.root"),
        [".; path = \".\"; backend = \"s3\"; signs = []; disputed = false"]
    );
    assert_eq!(
        findings(&check(dir.path(), ENCRYPTED)),
        ["fail m/main.tf:14 var.encrypted < terragrunt.hcl:5 false @ terragrunt.hcl:1"]
    );
}

#[test]
fn files_beside_a_unit_are_its_module() {
    let dir = repository(&[("prod/terragrunt.hcl", "inputs = {\n  encrypted = false\n}\n"), ("prod/main.tf", MODULE)]);
    assert_eq!(
        findings(&check(dir.path(), ENCRYPTED)),
        ["fail prod/main.tf:14 var.encrypted < prod/terragrunt.hcl:2 false"]
    );
}

#[test]
fn generated_text_belongs_to_the_module_and_is_blamed_where_it_is_written() {
    let generate = r#"
generate "extra" {
  path      = "extra.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    resource "aws_db_instance" "extra" {
      identifier        = "${local.env.locals.name}-${get_env("NAME", "x")}"
      storage_encrypted = false
    }
    resource "aws_db_instance" "asked" {
      storage_encrypted = ${get_env("ENCRYPTED", "true")}
    }
  EOT
}
"#;
    let root = format!("{ROOT}{generate}");
    let dir = live("encrypted = true", "encrypted = true", &[("root.hcl", &root)]);
    let report = check(dir.path(), ENCRYPTED);
    assert_eq!(diagnostics(&report), [""; 0]);
    let at = |text: &str| root.lines().position(|l| l.contains(text)).unwrap() + 1;
    let mut said = findings(&report);
    for line in &mut said {
        line.truncate(line.find(" @").unwrap());
    }
    assert_eq!(
        said,
        [
            format!("fail root.hcl:{} false", at("storage_encrypted = false")),
            format!("undecided root.hcl:{} get_env(\"ENCRYPTED\", \"true\")", at("storage_encrypted = $")),
        ]
    );
    assert!(said.len() == 2 && report["findings"][1]["reasons"].to_string().contains("get_env(\\\"ENCRYPTED\\\")"));
    // A file of that name gives way, or stays if Terragrunt is told to skip.
    fs::write(dir.path().join("modules/db/extra.tf"), "variable \"x\" {}\n").unwrap();
    assert_eq!(findings(&check(dir.path(), ENCRYPTED)).len(), 2);
    fs::write(dir.path().join("root.hcl"), root.replace("overwrite_terragrunt", "skip")).unwrap();
    assert_eq!(findings(&check(dir.path(), ENCRYPTED)), [""; 0]);
}

#[test]
fn files_of_variables_win_over_inputs() {
    let named = "terraform {\n  source = \"../../modules/db\"\n  extra_arguments \"vars\" {\n    commands = get_terraform_commands_that_need_vars()\n    required_var_files = [\"${get_terragrunt_dir()}/../common.tfvars\"]\n    optional_var_files = [\"missing.tfvars\"]\n  }\n}\ninputs = {\n  encrypted = true\n}\n";
    let dir = repository(&[
        ("live/db/terragrunt.hcl", named),
        ("live/common.tfvars", "encrypted = false\n"),
        ("modules/db/main.tf", MODULE),
    ]);
    let report = check(dir.path(), ENCRYPTED);
    assert_eq!(
        findings(&report),
        ["fail modules/db/main.tf:14 var.encrypted < live/common.tfvars:1 false @ live/db/terragrunt.hcl:1"]
    );
    assert_eq!(diagnostics(&report), [""; 0]);
    fs::remove_file(dir.path().join("live/common.tfvars")).unwrap();
    let report = check(dir.path(), ENCRYPTED);
    assert_eq!(
        diagnostics(&report),
        ["live/db/terragrunt.hcl:5 there is no file live/common.tfvars in the repository"]
    );
}

#[test]
fn the_environment_and_other_programs_are_not_asked() {
    for call in [
        "get_env(\"TG_ENCRYPTED\", \"true\")",
        "run_cmd(\"--terragrunt-quiet\", \"echo\", \"true\")",
        "get_aws_account_id()",
        "sops_decrypt_file(\"secrets.yaml\")",
    ] {
        let dir = live("encrypted = true", &format!("encrypted = {call}"), &[]);
        let report = check(dir.path(), ENCRYPTED);
        let said = findings(&report);
        assert!(said.len() == 1 && said[0].starts_with("undecided modules/db/main.tf:14"), "{call}: {said:?}");
        let name = call.split('(').next().unwrap();
        assert!(said[0].contains(name) && diagnostics(&report).is_empty(), "{call}: {report:#}");
    }
}

#[test]
fn inputs_that_cannot_be_told_apart_leave_no_default_standing() {
    // `merge` with something unknown may give any variable a value.
    let db = unit("").replace(
        "inputs = {\n  \n}",
        "inputs = merge({ encrypted = true }, yamldecode(sops_decrypt_file(\"secrets.yaml\")))",
    );
    let module = MODULE.replace("type = bool }", "default = false }");
    let dir = live(
        "encrypted = true",
        "encrypted = true",
        &[("live/prod/db/terragrunt.hcl", &db), ("modules/db/main.tf", &module)],
    );
    let report = check(dir.path(), ENCRYPTED);
    assert_eq!((&report["rules"][0]["pass"], &report["rules"][0]["undecided"]), (&1.into(), &1.into()), "{report:#}");
}

#[test]
fn cycles_are_said_and_end() {
    let dir = live(
        "encrypted = true",
        "encrypted = true",
        &[
            (
                "live/a/terragrunt.hcl",
                "include \"self\" {\n  path = \"terragrunt.hcl\"\n}\nterraform {\n  source = \"../../modules/db\"\n}\n",
            ),
            (
                "live/b/terragrunt.hcl",
                "locals {\n  c = read_terragrunt_config(\"../c.hcl\")\n  x = local.y\n  y = local.x\n}\nterraform {\n  source = \"../../modules/db\"\n}\ninputs = {\n  encrypted = local.c.locals.b\n  name = local.x\n}\n",
            ),
            ("live/c.hcl", "locals {\n  b = read_terragrunt_config(\"b/terragrunt.hcl\")\n}\n"),
        ],
    );
    let said = diagnostics(&check(dir.path(), ENCRYPTED));
    assert!(
        said.iter()
            .any(|d| d == "live/a/terragrunt.hcl:1 live/a/terragrunt.hcl is included and cannot include another file"),
        "{said:#?}"
    );
    assert!(said.iter().any(|d| d == "live/c.hcl:2 live/b/terragrunt.hcl is read while it is being read"), "{said:#?}");
}

#[test]
fn a_long_chain_of_files_is_given_up_without_harm() {
    let chain: Vec<(String, String)> = (0..200)
        .map(|i| {
            (format!("c{i}.hcl"), format!("locals {{\n  n = read_terragrunt_config(\"c{}.hcl\").locals.n\n}}\n", i + 1))
        })
        .collect();
    let mut files: Vec<(&str, &str)> = chain.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    files.push(("terragrunt.hcl", "terraform {\n  source = \"./m\"\n}\ninputs = {\n  encrypted = read_terragrunt_config(\"c0.hcl\").locals.n\n}\n"));
    files.push(("m/main.tf", MODULE));
    let dir = repository(&files);
    let said = findings(&check(dir.path(), ENCRYPTED));
    assert!(said.len() == 1 && said[0].starts_with("undecided"), "{said:?}");
}

#[test]
fn a_broken_file_is_said_and_the_others_are_still_checked() {
    let broken = unit("encrypted = true").replace("inputs = {", "inputs = {{");
    let module = MODULE.replace("type = bool }", "default = false }");
    let dir = live(
        "encrypted = true",
        "encrypted = false",
        &[("live/prod/db/terragrunt.hcl", &broken), ("modules/db/main.tf", &module)],
    );
    let report = check(dir.path(), ENCRYPTED);
    let said = diagnostics(&report);
    assert!(said.len() == 1 && said[0].starts_with("live/prod/db/terragrunt.hcl:"), "{said:?}");
    let found = findings(&report);
    assert!(found.iter().any(|f| f.starts_with("fail") && f.contains("live/dev/db/terragrunt.hcl:10")), "{found:#?}");
    // Its inputs are not known, so that the default does not stand either.
    assert!(found.iter().any(|f| f.starts_with("undecided") && f.contains("cannot be read as a whole")), "{found:#?}");
}

#[test]
fn a_stack_is_said_not_to_be_looked_at() {
    let dir = live(
        "encrypted = true",
        "encrypted = true",
        &[("stacks/terragrunt.stack.hcl", "unit \"a\" {\n  source = \"../modules/db\"\n  path = \"a\"\n}\n")],
    );
    let report = check(dir.path(), ENCRYPTED);
    assert!(report["skipped"].to_string().contains("a Terragrunt stack, whose units are not looked at"));
}

#[test]
fn paths_are_those_of_the_tree() {
    let inputs = r#"
  from_root = get_path_from_repo_root()
  to_root   = get_path_to_repo_root()
  relative  = path_relative_to_include()
  dir       = get_terragrunt_dir()
  base      = basename(get_terragrunt_dir())
  root      = basename(get_repo_root())
  fallback  = find_in_parent_folders("no.hcl", "none")
  none      = try(find_in_parent_folders("no.hcl"), "none")
  read      = jsondecode(read_tfvars_file("x.tfvars")).a
  file      = trimspace(file("x.txt"))
"#;
    let dir = live("", inputs, &[("live/dev/db/x.tfvars", "a = 1\n"), ("live/dev/db/x.txt", "text\n")]);
    let unit = &inspect(dir.path(), "terragrunt.unit")[0];
    let (_, found) = unit.split_once("inputs = ").unwrap();
    assert_eq!(
        found,
        "{from_root = \"live/dev/db\", to_root = \"../../..\", relative = \"live/dev/db\", dir = \
         \"${get_repo_root()}/live/dev/db\", base = \"db\", root = \"${get_repo_root()}\", fallback = \"none\", none = \
         \"none\", read = 1, file = \"text\", name = \"db-dev\"}"
    );
}

#[test]
fn arguments_of_the_command_line_win_too() {
    for (extra, place) in [
        ("arguments = [\"-var=encrypted=false\"]", "\"-var=encrypted=false\""),
        ("arguments = [\"-lock-timeout=20m\", \"-var\", \"encrypted=false\"]", "\"encrypted=false\""),
        ("env_vars = { TF_VAR_encrypted = false }", "false"),
        ("arguments = [\"-var-file\", \"../common.tfvars\"]", "false"),
    ] {
        let unit = format!(
            "terraform {{\n  source = \"../../modules/db\"\n  extra_arguments \"x\" {{\n    commands = [\"plan\"]\n    \
             {extra}\n  }}\n}}\ninputs = {{\n  encrypted = true\n}}\n"
        );
        let dir = repository(&[
            ("live/db/terragrunt.hcl", &unit),
            ("live/common.tfvars", "encrypted = false\n"),
            ("modules/db/main.tf", MODULE),
        ]);
        let said = findings(&check(dir.path(), ENCRYPTED));
        assert!(said.len() == 1 && said[0].starts_with("fail modules/db/main.tf:14"), "{extra}: {said:?}");
        assert!(said[0].contains(&format!(" {place} @")), "{extra}: {said:?}");
        // For other commands it says nothing about what is deployed.
        let unit = unit.replace("[\"plan\"]", "[\"init\"]");
        fs::write(dir.path().join("live/db/terragrunt.hcl"), unit).unwrap();
        assert_eq!(findings(&check(dir.path(), ENCRYPTED)), [""; 0], "{extra}");
    }
}

#[test]
fn remote_state_and_generated_files_can_be_values_of_another_file() {
    let common = r#"
remote_state {
  backend = "s3"
  config = {
    bucket  = "acme"
    key     = "${path_relative_to_include()}/x.tfstate"
    encrypt = false
  }
}
generate "extra" {
  path      = "extra.tf"
  if_exists = "overwrite"
  contents  = <<EOF
resource "aws_db_instance" "extra" {
  storage_encrypted = false
}
EOF
}
"#;
    let unit = r#"
locals {
  common = read_terragrunt_config("../common.hcl")
}
remote_state = local.common.remote_state
generate     = local.common.generate
terraform {
  source = "../modules/db"
}
inputs = {
  encrypted = true
}
"#;
    let dir = repository(&[("common.hcl", common), ("db/terragrunt.hcl", unit), ("modules/db/main.tf", MODULE)]);
    assert_eq!(
        inspect(dir.path(), "terraform.backend"),
        ["backend.s3; bucket = \"acme\"; key = \"./x.tfstate\"; encrypt = false; type = \"s3\""]
    );
    let encrypted = findings(&check(dir.path(), "terraform-backend-encrypted"));
    assert!(encrypted[0].contains("common.hcl:7 false"), "{encrypted:?}");
    let extra = findings(&check(dir.path(), ENCRYPTED));
    assert!(extra.len() == 1 && extra[0].starts_with("fail common.hcl:15 false"), "{extra:?}");
}

#[test]
fn files_beside_a_unit_join_the_module_that_it_names() {
    let extra = "resource \"aws_db_instance\" \"beside\" {\n  storage_encrypted = var.encrypted\n}\n";
    let dir = live("encrypted = true", "encrypted = false", &[("live/dev/db/extra.tf", extra)]);
    let said = findings(&check(dir.path(), ENCRYPTED));
    let beside = "fail live/dev/db/extra.tf:2 var.encrypted";
    assert!(said.len() == 2 && said.iter().any(|s| s.starts_with(beside)), "{said:?}");
}

#[test]
fn text_that_is_generated_and_is_no_terraform_is_said() {
    let generate =
        "generate \"x\" {\n  path = \"x.tf\"\n  if_exists = \"overwrite\"\n  contents = \"resource {{\"\n}\n";
    let root = format!("{ROOT}\n{generate}");
    let dir = live("encrypted = true", "encrypted = false", &[("root.hcl", &root)]);
    let report = check(dir.path(), ENCRYPTED);
    let said = diagnostics(&report);
    assert!(said.len() == 1 && said[0].contains("the text that is generated here cannot be read"), "{said:?}");
    assert_eq!(findings(&report).len(), 1);
}
