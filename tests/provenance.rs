//! The chain of places that a finding shows: the text at fault first, and behind it what decided it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

use std::{fs, time::Duration};

use assert_cmd::Command;
use serde_json::Value as Json;
use tempfile::TempDir;

const ENCRYPTED: &str = "aws-rds-storage-encrypted";
const PORTS: &str = "aws-security-group-no-public-admin-ports";
const ADMINISTRATOR: &str = "aws-iam-policy-no-administrator";

/// A database that is encrypted if this says so.
fn database(encrypted: &str) -> String {
    format!("resource \"aws_db_instance\" \"app\" {{\n  storage_encrypted = {encrypted}\n}}\n")
}

/// A policy that is this.
fn policy(text: &str) -> String {
    format!("resource \"aws_iam_policy\" \"p\" {{\n  policy = {text}\n}}\n")
}

const DOCUMENT: &str = r#"{
  "Statement": [
    { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" },
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}
"#;

/// What a rule finds in these files, as text and as JSON.
struct Found {
    text: String,
    finding: Json,
}

fn found(rule: &str, files: &[(&str, &str)]) -> Found {
    let dir: TempDir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let run = |format: &str| {
        let output = Command::cargo_bin("trustlint")
            .unwrap()
            .current_dir(dir.path())
            .args(["check", "--rule", rule, "--output", format, "."])
            .timeout(Duration::from_secs(60))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let json: Json = serde_json::from_str(&run("json")).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1, "{json:#}");
    Found { text: run("text"), finding: json["findings"][0].clone() }
}

impl Found {
    /// The primary place and then the secondary ones: `path:line text`, with ` - words` where there are some.
    #[track_caller]
    fn chain(self, expected: &[&str]) -> Self {
        let place = |label: &Json| {
            let text = label["text"].as_str().unwrap_or("").lines().next().unwrap_or("").to_string();
            let words = label["message"].as_str().filter(|w| !w.is_empty()).map(|w| format!(" - {w}"));
            format!(
                "{}:{} {text}{}",
                label["path"].as_str().unwrap(),
                label["start"]["line"],
                words.unwrap_or_default()
            )
        };
        let others = self.finding["related"].as_array().unwrap();
        let chain: Vec<String> = [&self.finding["location"]].into_iter().chain(others).map(place).collect();
        assert_eq!(chain, expected, "\n{}", self.text);
        self
    }

    /// What is said beside the text at fault.
    #[track_caller]
    fn primary(self, words: &str) -> Self {
        let marked = format!("^ {words}\n");
        assert!(self.text.contains(&marked), "no {marked:?} in\n{}", self.text);
        self
    }

    /// The module calls that lead there.
    #[track_caller]
    fn calls(self, expected: &[&str]) {
        let place = |c: &Json| format!("{}:{}", c["path"].as_str().unwrap(), c["start"]["line"]);
        let calls: Vec<String> = self.finding["calls"].as_array().unwrap().iter().map(place).collect();
        assert_eq!(calls, expected);
    }
}

// Variables, locals and modules.

#[test]
fn a_local_leads_to_the_line_of_the_variable_file() {
    let main = database("local.on") + "locals {\n  on = var.on\n}\nvariable \"on\" {}\n";
    found(ENCRYPTED, &[("main.tf", &main), ("terraform.tfvars", "other = 1\non = false\n")])
        .chain(&[
            "main.tf:2 local.on",
            "main.tf:5 var.on - local.on",
            "terraform.tfvars:2 false - the value of variable \"on\"",
        ])
        .primary("local.on decides this");
}

#[test]
fn two_levels_of_modules_lead_to_the_default_in_the_root() {
    let module = |name: &str, source: &str, argument: &str| {
        format!("module \"{name}\" {{\n  source = \"{source}\"\n  {argument}\n}}\n")
    };
    let main = "variable \"root\" {\n  default = false\n}\n".to_string() + &module("a", "./a", "outer = var.root");
    let a = "variable \"outer\" {}\n".to_string() + &module("b", "../b", "inner = var.outer");
    let b = database("var.inner") + "variable \"inner\" {\n  default = true\n}\n";
    found(ENCRYPTED, &[("main.tf", &main), ("a/main.tf", &a), ("b/main.tf", &b)])
        .chain(&[
            "b/main.tf:2 var.inner",
            "a/main.tf:4 var.outer - argument `inner` of the call",
            "main.tf:6 var.root - argument `outer` of the call",
            "main.tf:2 false - the default of variable \"root\"",
        ])
        .primary("the caller decides this: argument `inner`")
        .calls(&["main.tf:4", "a/main.tf:2"]);
}

const MANIFEST: &str = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"db","Source":"registry.terraform.io/acme/db/aws","Version":"1.0.0","Dir":".terraform/modules/db"}]}"#;

fn downloaded(argument: &str, encrypted: &str) -> Found {
    let main = format!("module \"db\" {{\n  source  = \"acme/db/aws\"\n  version = \"1.0.0\"\n{argument}}}\n");
    let module = database(encrypted) + "variable \"on\" {\n  default = false\n}\n";
    let files = [
        ("main.tf", main.as_str()),
        (".terraform/modules/modules.json", MANIFEST),
        (".terraform/modules/db/main.tf", module.as_str()),
    ];
    found(ENCRYPTED, &files)
}

#[test]
fn the_argument_of_a_downloaded_module_stands_in_front_of_its_text() {
    downloaded("  on      = false\n", "var.on")
        .chain(&["main.tf:4 false", ".terraform/modules/db/main.tf:2 var.on - the caller decides this: argument `on`"])
        .primary("argument `on` of the call");
}

#[test]
fn the_call_of_a_downloaded_module_answers_for_what_no_argument_decides() {
    downloaded("", "false")
        .chain(&["main.tf:1 module \"db\"", ".terraform/modules/db/main.tf:2 false - in the module that is called"])
        .primary("the module that is called here decides this");
    downloaded("", "var.on").chain(&[
        "main.tf:1 module \"db\"",
        ".terraform/modules/db/main.tf:2 var.on - the default of variable \"on\" decides this",
        ".terraform/modules/db/main.tf:5 false - the default of variable \"on\"",
    ]);
}

#[test]
fn an_output_leads_into_its_module() {
    let main = database("module.m.on") + "module \"m\" {\n  source = \"./m\"\n}\n";
    let module = "output \"on\" {\n  value = local.on\n}\nlocals {\n  on = false\n}\n";
    found(ENCRYPTED, &[("main.tf", &main), ("m/main.tf", module)]).chain(&[
        "main.tf:2 module.m.on",
        "m/main.tf:2 local.on - referred to here",
        "m/main.tf:5 false - local.on",
    ]);
}

#[test]
fn a_part_of_a_variable_is_blamed_on_its_own_line() {
    let main = database("var.all.db.on") + "variable \"all\" {}\n";
    found(ENCRYPTED, &[("main.tf", &main), ("terraform.tfvars", "all = {\n  db = {\n    on = false\n  }\n}\n")])
        .chain(&["main.tf:2 var.all.db.on", "terraform.tfvars:3 false - the value of variable \"all\""])
        .primary("the value given to variable \"all\" decides this");
}

#[test]
fn a_variable_without_value_is_named_through_the_modules() {
    let main = "variable \"r\" {}\nmodule \"m\" {\n  source = \"./m\"\n  on     = var.r\n}\n";
    let module = database("var.on") + "variable \"on\" {}\n";
    let found = found(ENCRYPTED, &[("main.tf", main), ("m/main.tf", &module)]);
    assert_eq!(found.finding["verdict"], "undecided");
    found.chain(&[
        "m/main.tf:2 var.on",
        "main.tf:4 var.r - argument `on` of the call",
        "main.tf:1 variable \"r\" - variable \"r\" has no value",
    ]);
}

#[test]
fn of_a_long_chain_the_six_nearest_are_shown() {
    let steps = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "f"), ("f", "g"), ("g", "h"), ("h", "i")];
    let locals: String = steps.iter().map(|(name, next)| format!("  {name} = local.{next}\n")).collect();
    let main = database("local.a") + "locals {\n" + &locals + "  i = false\n}\n";
    let found = found(ENCRYPTED, &[("main.tf", &main)]);
    let related = found.finding["related"].as_array().unwrap();
    let lines: Vec<u64> = related.iter().map(|l| l["start"]["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [5, 6, 7, 8, 9, 10]);
}

// Elements.

const ELEMENTS: &str = "locals {\n  all = {\n    a = { on = true }\n    b = { on = false }\n  }\n}\n";

#[test]
fn what_for_each_goes_through_is_blamed_on_the_line_of_the_element() {
    let main = ELEMENTS.to_string() + &database("each.value.on").replace("{\n", "{\n  for_each = local.all\n");
    found(ENCRYPTED, &[("main.tf", &main)])
        .chain(&["main.tf:9 each.value.on", "main.tf:4 false - local.all"])
        .primary("local.all decides this");
}

#[test]
fn a_for_expression_between_does_not_hide_the_element() {
    let for_each = "{\n  for_each = { for k, v in local.all : k => merge(v, { x = 1 }) }\n";
    let main = ELEMENTS.to_string() + &database("each.value.on").replace("{\n", for_each);
    found(ENCRYPTED, &[("main.tf", &main)]).chain(&[
        "main.tf:9 each.value.on",
        "main.tf:8 v",
        "main.tf:4 false - local.all",
    ]);
}

#[test]
fn a_module_with_for_each_is_blamed_on_the_element_too() {
    let main = "locals {\n  all = {\n    a = true\n    b = false\n  }\n}\nmodule \"m\" {\n  source   = \"./m\"\n  for_each = local.all\n  on       = each.value\n}\n";
    let module = database("var.on") + "variable \"on\" {}\n";
    found(ENCRYPTED, &[("main.tf", main), ("m/main.tf", &module)])
        .chain(&[
            "m/main.tf:2 var.on",
            "main.tf:10 each.value - argument `on` of the call",
            "main.tf:9 local.all - referred to here",
            "main.tf:4 false - local.all",
        ])
        .calls(&["main.tf:7"]);
}

#[test]
fn a_dynamic_block_is_blamed_on_what_it_makes_of_the_element() {
    let main = r#"locals {
  rules = [
    { port = 443, cidr = "10.0.0.0/8" },
    { port = 22, cidr = "0.0.0.0/0" },
  ]
}
resource "aws_security_group" "s" {
  dynamic "ingress" {
    for_each = local.rules
    content {
      from_port   = 22
      to_port     = 22
      protocol    = "tcp"
      cidr_blocks = [ingress.value.cidr]
    }
  }
}
"#;
    found(PORTS, &[("main.tf", main)]).chain(&[
        "main.tf:14 ingress.value.cidr",
        "main.tf:9 local.rules",
        "main.tf:4 \"0.0.0.0/0\" - local.rules",
        "main.tf:11 22",
        "main.tf:12 22",
    ]);
}

#[test]
fn one_element_of_a_list_is_blamed_and_not_the_list() {
    for blocks in ["var.cidrs", "concat([\"10.1.0.0/16\"], var.cidrs)"] {
        let main = format!(
            "variable \"cidrs\" {{\n  default = [\n    \"10.0.0.0/8\",\n    \"0.0.0.0/0\",\n  ]\n}}\nresource \"aws_security_group\" \"s\" {{\n  ingress {{\n    from_port   = 22\n    to_port     = 22\n    protocol    = \"tcp\"\n    cidr_blocks = {blocks}\n  }}\n}}\n"
        );
        found(PORTS, &[("main.tf", &main)])
            .chain(&[
                "main.tf:12 var.cidrs",
                "main.tf:4 \"0.0.0.0/0\" - the default of variable \"cidrs\"",
                "main.tf:9 22",
                "main.tf:10 22",
            ])
            .primary("the default of variable \"cidrs\" decides this");
    }
}

// Documents.

#[test]
fn jsonencode_is_blamed_on_the_statement() {
    let text = "jsonencode({\n    Statement = [\n      { Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"*\" },\n      {\n        Effect   = \"Allow\"\n        Action   = \"*\"\n        Resource = \"*\"\n      },\n    ]\n  })";
    found(ADMINISTRATOR, &[("main.tf", &policy(text))]).chain(&[
        "main.tf:7 \"*\"",
        "main.tf:8 \"*\"",
        "main.tf:6 \"Allow\"",
    ]);
}

#[test]
fn a_heredoc_is_blamed_on_the_lines_of_the_statement() {
    let indented: String = DOCUMENT.lines().map(|l| format!("    {l}\n")).collect();
    for text in [format!("<<EOF\n{DOCUMENT}EOF"), format!("<<-EOF\n{indented}  EOF")] {
        found(ADMINISTRATOR, &[("main.tf", &policy(&text))]).chain(&[
            "main.tf:8 \"Action\": \"*\",",
            "main.tf:9 \"Resource\": \"*\"",
            "main.tf:7 \"Effect\": \"Allow\",",
        ]);
    }
}

#[test]
fn a_policy_document_is_blamed_on_its_use_and_its_statement() {
    let data = "data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions   = [\"s3:GetObject\"]\n    resources = [\"*\"]\n  }\n  statement {\n    actions   = [\"*\"]\n    resources = [\"*\"]\n  }\n}\n";
    let main = policy("data.aws_iam_policy_document.d.json") + data;
    found(ADMINISTRATOR, &[("main.tf", &main)]).chain(&[
        "main.tf:2 data.aws_iam_policy_document.d.json",
        "main.tf:10 \"*\" - written here",
        "main.tf:11 \"*\" - written here",
    ]);
}

#[test]
fn a_policy_from_a_file_names_the_file() {
    let main = policy("file(\"${path.module}/p.json\")");
    found(ADMINISTRATOR, &[("envs/a/main.tf", &main), ("envs/a/p.json", DOCUMENT)])
        .chain(&["envs/a/main.tf:2 file(\"${path.module}/p.json\")"])
        .primary("read from `envs/a/p.json`, line 6");
}

#[test]
fn a_policy_from_a_template_names_the_file_and_what_fills_it() {
    let main = policy("templatefile(\"${path.module}/p.tpl\", { action = var.a })")
        + "variable \"a\" {\n  default = \"*\"\n}\n";
    let template = DOCUMENT.replace("\"Action\": \"*\"", "\"Action\": \"${action}\"");
    found(ADMINISTRATOR, &[("main.tf", &main), ("p.tpl", &template)])
        .chain(&[
            "main.tf:2 templatefile(\"${path.module}/p.tpl\", { action = var.a })",
            "main.tf:5 \"*\" - the default of variable \"a\"",
        ])
        .primary("read from `p.tpl`");
}

#[test]
fn a_file_that_is_decoded_is_named() {
    let files = [
        ("yamldecode", "c.yaml", "db:\n  name: x\n  enc: false\n"),
        ("jsondecode", "c.json", "{\"db\": {\"enc\": false}}\n"),
    ];
    for (function, path, text) in files {
        let main = database("local.c.db.enc")
            + &format!("locals {{\n  c = {function}(file(\"${{path.module}}/{path}\"))\n}}\n");
        found(ENCRYPTED, &[("main.tf", &main), (path, text)])
            .chain(&[
                "main.tf:2 local.c.db.enc",
                &format!("main.tf:5 file(\"${{path.module}}/{path}\") - read from `{path}`"),
            ])
            .primary(&format!("`{path}` decides this"));
    }
}
