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
fn check(dir: &Path, rule: &str) -> Value {
    let (_, out, err) = run(dir, &["check", "--rule", rule, "--output", "json", "--verbose"]);
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}\n{out}\n{err}"))
}

/// `path:line` and label of each place of each finding, with its verdict.
fn findings(report: &Value) -> Vec<String> {
    let place = |p: &Value| {
        let text = p["message"].as_str().or(p["text"].as_str()).or(p["label"].as_str()).unwrap_or_default();
        format!(
            "{}:{} {text}",
            p["path"].as_str().unwrap_or("?"),
            p["start"]["line"].as_u64().or(p["line"].as_u64()).unwrap_or(0)
        )
    };
    let all = report["findings"].as_array().cloned().unwrap_or_default();
    all.iter().map(|f| format!("{f} {}", place(f))).collect()
}

#[test]
fn show() {
    let dir = live("encrypted = true", "encrypted = false", &[]);
    let report = check(dir.path(), ENCRYPTED);
    panic!("{:#}\n{:?}", report, findings(&report));
}
