//! What other tools are known to get wrong: each test is one of their reported false alarms, or one point of
//! Terraform's semantics that leads to them, with the verdict that is right.
//!
//! Tests name the thread that they come from where there is one. What concerns plans, tfvars, overrides and
//! modules that were downloaded has files of its own.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

use std::{collections::HashSet, fs, sync::LazyLock};

use trustlint::{
    check::{self, Options},
    lower,
    report::{Report, Verdict},
    rule::Catalog,
    source::MemoryTree,
};

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

const RDS: &str = "aws-rds-storage-encrypted";
const BACKUP: &str = "aws-rds-backup-retention";
const SSH: &str = "aws-security-group-no-public-admin-ports";
const BLOCK: &str = "aws-s3-public-access-blocked";
const KMS: &str = "aws-s3-bucket-encrypted-with-kms";
const ADMIN: &str = "aws-iam-policy-no-administrator";
const PUBLIC: &str = "aws-s3-bucket-not-public";

fn report(rule: &str, files: &[(&str, &str)]) -> Report {
    let files = files.iter().map(|(path, text)| (*path, text.as_bytes().to_vec()));
    let project = lower::project(&MemoryTree::new("test", files), &lower::Options::default());
    let options = Options { only: Some(HashSet::from([rule.to_string()])), ..Options::default() };
    check::check(project, &CATALOG, &options).1
}

/// What a rule says, worst first: `fails ADDRESS`, `cannot tell ADDRESS`, and how often it passes.
fn judged(rule: &str, files: &[(&str, &str)]) -> String {
    let report = report(rule, files);
    let messages: Vec<&str> = report.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert!(messages.is_empty(), "{messages:?}");
    said(&report)
}

fn said(report: &Report) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut told: HashSet<&String> = HashSet::new();
    for (verdict, words) in [(Verdict::Fail, "fails"), (Verdict::Undecided, "cannot tell")] {
        let findings = report.findings.iter().filter(|f| f.verdict == verdict);
        let mut addresses: Vec<&String> = findings.flat_map(|f| &f.instances).collect();
        addresses.sort();
        addresses.retain(|address| told.insert(address));
        out.extend(addresses.into_iter().map(|address| format!("{words} {address}")));
    }
    if report.counts.pass > 0 {
        out.push(format!("passes {}", report.counts.pass));
    }
    out.join(", ")
}

fn main_tf(rule: &str, text: &str) -> String {
    judged(rule, &[("main.tf", text)])
}

/// What is said of a database whose `storage_encrypted` is this.
fn encrypted(expression: &str, more: &str) -> String {
    main_tf(RDS, &format!("{more}\nresource \"aws_db_instance\" \"a\" {{\n  storage_encrypted = {expression}\n}}\n"))
}

/// The exit code and the report of the program, run in a directory with these files.
fn program(files: &[(&str, &str)], paths: &[&str]) -> (i32, String) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut command = assert_cmd::Command::cargo_bin("trustlint").unwrap();
    let output = command.current_dir(&dir).arg("check").args(paths).args(["--rule", RDS]).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

const PASSES: &str = "passes 1";
const FAILS: &str = "fails aws_db_instance.a";
const CANNOT_TELL: &str = "cannot tell aws_db_instance.a";

// Conditionals, defaults and locals.

#[test]
fn a_simple_conditional_is_evaluated() {
    // checkov#793
    let variable = "variable \"production\" {\n  default = true\n}";
    assert_eq!(encrypted("var.production ? true : false", variable), PASSES);
    assert_eq!(encrypted("!var.production ? true : false", variable), FAILS);
}

#[test]
fn a_conditional_uses_the_defaults_of_variables() {
    // checkov#3709
    let variables =
        "variable \"test_mode\" {\n  type    = bool\n  default = false\n}\nvariable \"days\" {\n  default = 30\n}";
    let database =
        |e: &str| format!("{variables}\nresource \"aws_db_instance\" \"a\" {{\n  backup_retention_period = {e}\n}}\n");
    assert_eq!(main_tf(BACKUP, &database("var.test_mode ? 0 : var.days")), PASSES);
    assert_eq!(main_tf(BACKUP, &database("var.test_mode ? var.days : 0")), FAILS);
}

#[test]
fn a_nested_conditional_over_texts_is_evaluated() {
    // checkov#3613
    let locals = r#"
        variable "env" { default = "prod-eu" }
        locals {
          short = lower(split("-", var.env)[0]) == "prod" ? "p" : (startswith(var.env, "stag") ? "s" : "d")
          table = { p = "yes", s = "yes", d = "no" }
        }
    "#;
    assert_eq!(encrypted("local.table[local.short] == \"yes\" ? true : false", locals), PASSES);
    assert_eq!(encrypted("local.table[local.short] == \"yes\" ? false : true", locals), FAILS);
}

#[test]
fn a_comparison_with_null_is_evaluated() {
    // checkov#4974
    let variable = "variable \"key\" {\n  type    = string\n  default = null\n}";
    assert_eq!(encrypted("var.key == null ? true : false", variable), PASSES);
    assert_eq!(encrypted("var.key != null ? true : false", variable), FAILS);
    assert_eq!(encrypted("var.key == null ? null : true", variable), FAILS);
}

#[test]
fn conditionals_five_deep_are_evaluated() {
    let variable = "variable \"n\" {\n  default = 4\n}";
    let chain =
        "var.n == 1 ? false : var.n == 2 ? false : var.n == 3 ? false : var.n == 4 ? true : var.n == 5 ? false : false";
    assert_eq!(encrypted(chain, variable), PASSES);
}

#[test]
fn a_condition_that_is_not_known_decides_nothing_unless_both_branches_agree() {
    let variable = "variable \"x\" {\n  type = bool\n}";
    assert_eq!(encrypted("var.x ? true : false", variable), CANNOT_TELL);
    assert_eq!(encrypted("var.x ? true : true", variable), PASSES);
    assert_eq!(encrypted("var.x ? false : null", variable), FAILS);
    assert_eq!(encrypted("var.x || true", variable), PASSES);
    assert_eq!(encrypted("var.x && false", variable), FAILS);
    let days = |e: &str| {
        main_tf(
            BACKUP,
            &format!("{variable}\nresource \"aws_db_instance\" \"a\" {{\n  backup_retention_period = {e}\n}}\n"),
        )
    };
    assert_eq!(days("var.x ? 14 : 30"), PASSES);
    assert_eq!(days("var.x ? 0 : 1"), FAILS);
    assert_eq!(days("var.x ? 0 : 30"), CANNOT_TELL);
}

#[test]
fn what_falls_back_is_evaluated() {
    let values = "variable \"settings\" {\n  default = { days = 30 }\n}\nvariable \"x\" {}";
    let days = |e: &str| {
        main_tf(
            BACKUP,
            &format!("{values}\nresource \"aws_db_instance\" \"a\" {{\n  backup_retention_period = {e}\n}}\n"),
        )
    };
    assert_eq!(days("lookup(var.settings, \"days\", 0)"), PASSES);
    assert_eq!(days("lookup(var.settings, \"day\", 0)"), FAILS);
    assert_eq!(days("try(var.settings.days, 0)"), PASSES);
    assert_eq!(days("try(var.settings.day, 0)"), FAILS);
    assert_eq!(days("coalesce(null, var.settings.days)"), PASSES);
    assert_eq!(days("coalesce(var.x, 30)"), CANNOT_TELL);
    assert_eq!(days("try(var.x.days, 30)"), CANNOT_TELL);
}

#[test]
fn locals_stand_in_any_order_and_in_any_file() {
    let database = "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = local.a\n}\n";
    assert_eq!(
        judged(
            RDS,
            &[("a.tf", database), ("b.tf", "locals {\n  a = local.b\n}\nlocals {\n  b = local.c\n  c = true\n}\n")]
        ),
        PASSES
    );
}

#[test]
fn locals_in_a_circle_decide_nothing() {
    let text = "locals {\n  a = local.b\n  b = local.a\n}\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = local.a\n}\n";
    let report = report(RDS, &[("main.tf", text)]);
    assert_eq!(said(&report), CANNOT_TELL);
    assert_eq!(report.findings[0].reasons, ["the configuration is in error: local.a refers to itself"]);
}

#[test]
fn locals_in_a_circle_are_reported_though_no_rule_reads_them() {
    let report = report(RDS, &[("main.tf", "locals {\n  a = local.b\n  b = local.a\n}\n")]);
    assert_eq!(report.diagnostics.len(), 1);
}

#[test]
fn chains_of_locals_have_no_limit() {
    let mut text = String::from(
        "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = local.l100\n}\nlocals {\n  l0 = true\n",
    );
    for i in 1..=100 {
        text.push_str(&format!("  l{i} = local.l{}\n", i - 1));
    }
    text.push_str("}\n");
    assert_eq!(main_tf(RDS, &text), PASSES);
}

// Modules called with count and for_each.

const DATABASE: &str = "variable \"encrypted\" {\n  default = false\n}\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = var.encrypted\n}\n";

fn called(arguments: &str, more: &str) -> String {
    let call = format!("{more}\nmodule \"m\" {{\n  source = \"./m\"\n{arguments}\n}}\n");
    judged(RDS, &[("main.tf", &call), ("m/main.tf", DATABASE)])
}

#[test]
fn a_module_with_a_count_is_judged_as_one_without() {
    // checkov#3847, checkov#6382, tfsec#1797, tfsec#1799
    assert_eq!(called("encrypted = true", ""), PASSES);
    assert_eq!(called("count = 1\nencrypted = true", ""), PASSES);
    assert_eq!(called("encrypted = false", ""), "fails module.m.aws_db_instance.a");
    assert_eq!(called("count = 1\nencrypted = false", ""), "fails module.m[0].aws_db_instance.a");
    assert_eq!(called("count = 2\nencrypted = count.index == 0", ""), "fails module.m[1].aws_db_instance.a, passes 1");
}

#[test]
fn a_module_that_is_switched_off_says_nothing() {
    // checkov#1078
    let variable = "variable \"on\" {\n  default = false\n}";
    assert_eq!(called("count = var.on ? 1 : 0", variable), "");
    assert_eq!(called("for_each = var.on ? { a = 1 } : {}", variable), "");
    assert_eq!(
        main_tf(
            RDS,
            "variable \"on\" {\n  default = false\n}\nresource \"aws_db_instance\" \"a\" {\n  count = var.on ? 1 : 0\n}\n"
        ),
        ""
    );
}

#[test]
fn a_for_expression_in_the_for_each_of_a_module_is_expanded() {
    // checkov#7503
    let locals = "locals {\n  all = { a = { on = true, live = true }, b = { on = false, live = true }, c = { on = false, live = false } }\n}";
    assert_eq!(
        called("for_each = { for k, v in local.all : k => v if v.live }\nencrypted = each.value.on", locals),
        "fails module.m[\"b\"].aws_db_instance.a, passes 1"
    );
}

#[test]
fn a_module_that_may_not_be_called_is_not_blamed() {
    let variable = "variable \"on\" {\n  type = bool\n}";
    assert_eq!(called("count = var.on ? 1 : 0", variable), "cannot tell module.m[0].aws_db_instance.a");
    assert_eq!(called("count = var.on ? 1 : 0\nencrypted = true", variable), PASSES);
}

#[test]
fn one_module_called_twice_is_judged_twice() {
    let call = |name: &str, on: &str| format!("module \"{name}\" {{\n  source = \"./m\"\n  encrypted = {on}\n}}\n");
    let calls = format!("{}{}", call("good", "true"), call("bad", "false"));
    assert_eq!(
        judged(RDS, &[("main.tf", &calls), ("m/main.tf", DATABASE)]),
        "fails module.bad.aws_db_instance.a, passes 1"
    );
}

#[test]
fn an_unknown_argument_of_one_module_leaves_another_alone() {
    // trivy#10926, tfsec#2051
    let calls = |x: &str| {
        format!(
            "variable \"x\" {{}}\nmodule \"a\" {{\n  source = \"./m\"\n{x}\n}}\nmodule \"b\" {{\n  source = \"./m\"\n  encrypted = true\n}}\n"
        )
    };
    assert_eq!(
        judged(RDS, &[("main.tf", &calls("encrypted = var.x")), ("m/main.tf", DATABASE)]),
        "cannot tell module.a.aws_db_instance.a, passes 1"
    );
    assert_eq!(
        judged(RDS, &[("main.tf", &calls("")), ("m/main.tf", DATABASE)]),
        "fails module.a.aws_db_instance.a, passes 1"
    );
}

#[test]
fn a_violation_in_a_module_names_the_call() {
    // checkov#6113, checkov#4366
    let report = report(
        RDS,
        &[("main.tf", "module \"m\" {\n  source    = \"./m\"\n  encrypted = false\n}\n"), ("m/main.tf", DATABASE)],
    );
    assert_eq!(report.findings.len(), 1);
    let labels = &report.findings[0].labels;
    assert_eq!(labels.calls.len(), 1, "{labels:?}");
}

#[test]
fn a_module_from_elsewhere_is_neither_blamed_nor_praised() {
    // checkov#777, checkov#610; without `terraform init` there is nothing to see.
    let call = "module \"db\" {\n  source  = \"terraform-aws-modules/rds/aws\"\n  version = \"6.0.0\"\n}\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = module.db.encrypted\n}\n";
    assert_eq!(main_tf(RDS, call), CANNOT_TELL);
}

#[test]
fn a_directory_of_downloaded_modules_is_not_a_root() {
    // trivy#5912
    let files = [("main.tf", "locals {}\n"), (".terraform/modules/db/main.tf", DATABASE)];
    let (code, out) = program(&files, &["."]);
    assert!(code == 0 && !out.contains("aws_db_instance"), "{out}");
}

// Dynamic blocks.

fn group(body: &str, more: &str) -> String {
    main_tf(SSH, &format!("{more}\nresource \"aws_security_group\" \"a\" {{\n{body}\n}}\n"))
}

#[test]
fn a_dynamic_block_is_expanded() {
    // checkov#91, checkov#3779, checkov#2770
    let rule = |each: &str| {
        format!(
            "dynamic \"ingress\" {{\nfor_each = {each}\ncontent {{\nfrom_port = 22\nto_port = 22\nprotocol = \"tcp\"\ncidr_blocks = [ingress.value]\n}}\n}}"
        )
    };
    assert_eq!(group(&rule("[\"10.0.0.0/8\"]"), ""), PASSES);
    assert_eq!(group(&rule("toset([\"10.0.0.0/8\", \"0.0.0.0/0\"])"), ""), "fails aws_security_group.a[0], passes 1");
    assert_eq!(
        group(&rule("var.cidrs"), "variable \"cidrs\" {\n  default = [\"0.0.0.0/0\"]\n}"),
        "fails aws_security_group.a[0]"
    );
    assert_eq!(
        group(&rule("var.cidrs"), "variable \"cidrs\" {\n  type = list(string)\n}"),
        "cannot tell aws_security_group.a[*]"
    );
}

#[test]
fn a_dynamic_block_may_refer_to_objects() {
    // checkov#3777, checkov#4740
    let rules = |cidr: &str| {
        format!(
            "variable \"rules\" {{\n  type = list(object({{ port = number, cidrs = optional(list(string), [\"{cidr}\"]) }}))\n  default = [{{ port = 443, cidrs = [\"0.0.0.0/0\"] }}, {{ port = 22 }}]\n}}"
        )
    };
    let body = "dynamic \"ingress\" {\n  for_each = { for r in var.rules : tostring(r.port) => r }\n  iterator = rule\n  content {\n    from_port   = rule.key\n    to_port     = rule.value.port\n    protocol    = \"tcp\"\n    cidr_blocks = rule.value.cidrs\n  }\n}";
    assert_eq!(group(body, &rules("10.0.0.0/8")), "passes 2");
    assert_eq!(group(body, &rules("0.0.0.0/0")), "fails aws_security_group.a[0], passes 1");
}

#[test]
fn a_dynamic_block_that_may_make_none_is_not_what_must_be_there() {
    // trivy#5902
    let bucket = |each: &str| {
        main_tf(
            "aws-s3-bucket-encrypted-with-kms",
            &format!(
                "variable \"on\" {{\n  type = bool\n}}\nresource \"aws_s3_bucket\" \"a\" {{\n  bucket = \"a\"\n  dynamic \"server_side_encryption_configuration\" {{\n    for_each = {each}\n    content {{\n      rule {{\n        apply_server_side_encryption_by_default {{\n          sse_algorithm = \"aws:kms\"\n        }}\n      }}\n    }}\n  }}\n}}\n"
            ),
        )
    };
    assert_eq!(bucket("[1]"), "passes 2");
    assert_eq!(bucket("[]"), "fails aws_s3_bucket.a");
    // The encryption is fine if there is any.
    assert_eq!(bucket("var.on ? [1] : []"), "cannot tell aws_s3_bucket.a, passes 1");
}

#[test]
fn dynamic_blocks_may_be_nested() {
    let text = "variable \"algorithms\" {\n  default = [\"aws:kms\"]\n}\nresource \"aws_s3_bucket\" \"a\" {\n  bucket = \"a\"\n}\nresource \"aws_s3_bucket_server_side_encryption_configuration\" \"a\" {\n  bucket = aws_s3_bucket.a.id\n  dynamic \"rule\" {\n    for_each = var.algorithms\n    content {\n      dynamic \"apply_server_side_encryption_by_default\" {\n        for_each = [rule.value]\n        iterator = inner\n        content {\n          sse_algorithm = inner.value\n        }\n      }\n    }\n  }\n}\n";
    assert!(main_tf(KMS, text).starts_with("passes"), "{}", main_tf(KMS, text));
    let plain = text.replace("[\"aws:kms\"]", "[\"AES256\"]");
    assert!(main_tf(KMS, &plain).starts_with("fails"), "{}", main_tf(KMS, &plain));
}

// Companion resources.

/// A bucket whose name is `"logs"`, and a block that says `bucket = REFERENCE`.
fn companion(reference: &str) -> String {
    main_tf(
        BLOCK,
        &format!(
            "resource \"aws_s3_bucket\" \"logs\" {{\n  bucket = \"logs\"\n}}\n{}",
            public_access_block("logs", &format!("bucket = {reference}"))
        ),
    )
}

fn public_access_block(name: &str, arguments: &str) -> String {
    format!(
        "resource \"aws_s3_bucket_public_access_block\" \"{name}\" {{\n  {arguments}\n  block_public_acls = true\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}}\n"
    )
}

#[test]
fn a_companion_is_found_however_it_names_its_bucket() {
    // defsec#517, tfsec#1864, tfsec#1903, tfsec#1450, trivy#4997, trivy#5001
    for reference in [
        "aws_s3_bucket.logs.id",
        "aws_s3_bucket.logs.bucket",
        "\"logs\"",
        "\"${aws_s3_bucket.logs.id}\"",
        "join(\"\", [aws_s3_bucket.logs.id])",
        "try(aws_s3_bucket.logs.id, null)",
        "one(aws_s3_bucket.logs[*].id)",
        "element([aws_s3_bucket.logs.id], 0)",
    ] {
        assert_eq!(companion(reference), "passes 1", "{reference}");
    }
    assert_eq!(companion("\"others\""), "fails aws_s3_bucket.logs");
}

#[test]
fn a_companion_may_be_chained_by_for_each() {
    let text = format!(
        "resource \"aws_s3_bucket\" \"b\" {{\n  for_each = toset([\"x\", \"y\"])\n  bucket   = each.key\n}}\n{}",
        public_access_block("b", "for_each = aws_s3_bucket.b\n  bucket = each.value.id")
    );
    assert_eq!(main_tf(BLOCK, &text), "passes 2");
    let by_key = text.replace("each.value.id", "aws_s3_bucket.b[each.key].id");
    assert_eq!(main_tf(BLOCK, &by_key), "passes 2");
    let of_one = text.replace("for_each = aws_s3_bucket.b", "for_each = { x = aws_s3_bucket.b[\"x\"] }");
    assert_eq!(main_tf(BLOCK, &of_one), "fails aws_s3_bucket.b[\"y\"], passes 1");
}

#[test]
fn a_companion_may_be_in_another_module() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket_prefix = \"x\"\n}\noutput \"bucket_id\" {\n  value = aws_s3_bucket.b.id\n}\n";
    let call =
        format!("module \"x\" {{\n  source = \"./m\"\n}}\n{}", public_access_block("b", "bucket = module.x.bucket_id"));
    assert_eq!(judged(BLOCK, &[("main.tf", &call), ("m/main.tf", bucket)]), "passes 1");
    let guard = format!("variable \"bucket\" {{}}\n{}", public_access_block("b", "bucket = var.bucket"));
    let call =
        "resource \"aws_s3_bucket\" \"b\" {}\nmodule \"x\" {\n  source = \"./m\"\n  bucket = aws_s3_bucket.b.id\n}\n";
    assert_eq!(judged(BLOCK, &[("main.tf", call), ("m/main.tf", &guard)]), "passes 1");
}

#[test]
fn each_call_of_a_module_has_its_own_companion() {
    // trivy#4627
    let module = format!(
        "variable \"name\" {{}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = var.name\n}}\n{}",
        public_access_block("b", "bucket = aws_s3_bucket.b.id")
    );
    let calls = "module \"a\" {\n  source = \"./m\"\n  name = \"a\"\n}\nmodule \"b\" {\n  source = \"./m\"\n  name = \"b\"\n}\n";
    assert_eq!(judged(BLOCK, &[("main.tf", calls), ("m/main.tf", &module)]), "passes 2");
}

#[test]
fn two_keys_with_equal_values_are_two_instances() {
    // trivy#5555
    let text = "locals {\n  all = { a = { on = false }, b = { on = false } }\n}\nresource \"aws_db_instance\" \"x\" {\n  for_each = local.all\n  storage_encrypted = each.value.on\n}\n";
    assert_eq!(main_tf(RDS, text), "fails aws_db_instance.x[\"a\"], fails aws_db_instance.x[\"b\"]");
}

// Policies.

fn policy(expression: &str, more: &str) -> String {
    main_tf(ADMIN, &format!("{more}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = {expression}\n}}\n"))
}

fn document(statement: &str) -> String {
    format!("data \"aws_iam_policy_document\" \"d\" {{\n  statement {{\n{statement}\n  }}\n}}\n")
}

const ADMINISTRATOR: &str = "fails aws_iam_policy.p";

#[test]
fn a_policy_is_read_however_it_is_written() {
    // checkov#4540
    let wide = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}";
    let narrow = wide.replace("\"Action\":\"*\"", "\"Action\":[\"s3:GetObject\"]");
    for (text, expected) in [(wide, ADMINISTRATOR), (narrow.as_str(), PASSES)] {
        assert_eq!(policy(&format!("<<EOT\n{text}\nEOT"), ""), expected);
        assert_eq!(policy(&format!("jsonencode({text})"), ""), expected);
        assert_eq!(policy(&format!("jsonencode({})", text.replace("\":", "\" = ")), ""), expected);
        let beside = |expression: &str| {
            judged(
                ADMIN,
                &[
                    ("main.tf", &format!("resource \"aws_iam_policy\" \"p\" {{\n  policy = {expression}\n}}\n")),
                    ("policy.json", text),
                    ("policy.json.tftpl", &text.replace("Allow", "${effect}")),
                ],
            )
        };
        assert_eq!(beside("file(\"policy.json\")"), expected);
        assert_eq!(beside("file(\"${path.module}/policy.json\")"), expected);
        assert_eq!(beside("templatefile(\"policy.json.tftpl\", { effect = \"Allow\" })"), expected);
        assert_eq!(beside("templatefile(\"policy.json.tftpl\", { effect = \"Deny\" })"), PASSES);
    }
    assert_eq!(
        policy("data.aws_iam_policy_document.d.json", &document("actions = [\"*\"]\nresources = [\"*\"]")),
        ADMINISTRATOR
    );
    assert_eq!(
        policy("data.aws_iam_policy_document.d.json", &document("actions = [\"s3:GetObject\"]\nresources = [\"*\"]")),
        PASSES
    );
}

#[test]
fn a_wildcard_that_is_denied_is_fine() {
    // checkov#4401
    assert_eq!(
        policy(
            "data.aws_iam_policy_document.d.json",
            &document("effect = \"Deny\"\nactions = [\"*\"]\nresources = [\"*\"]")
        ),
        PASSES
    );
}

#[test]
fn a_condition_may_narrow_whom_a_policy_lets_in() {
    // checkov#1392
    let bucket = |condition: &str| {
        main_tf(
            PUBLIC,
            &format!(
                "resource \"aws_s3_bucket_policy\" \"p\" {{\n  bucket = \"b\"\n  policy = jsonencode({{\n    Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"*\"{condition} }}]\n  }})\n}}\n"
            ),
        )
    };
    assert_eq!(bucket(""), "fails aws_s3_bucket_policy.p");
    assert_eq!(bucket(", Condition = { StringEquals = { \"aws:PrincipalOrgID\" = \"o-123\" } }"), PASSES);
}

#[test]
fn a_policy_document_may_have_a_for_each() {
    // trivy#5554
    let more = "data \"aws_iam_policy_document\" \"d\" {\n  for_each = { wide = \"*\", narrow = \"s3:GetObject\" }\n  statement {\n    actions   = [each.value]\n    resources = [\"*\"]\n  }\n}\n";
    assert_eq!(policy("data.aws_iam_policy_document.d[\"wide\"].json", more), ADMINISTRATOR);
    assert_eq!(policy("data.aws_iam_policy_document.d[\"narrow\"].json", more), PASSES);
}

#[test]
fn policy_documents_are_merged_as_the_provider_does() {
    let merged = |kind: &str, sid: &str| {
        policy(
            "data.aws_iam_policy_document.d.json",
            &format!(
                "data \"aws_iam_policy_document\" \"base\" {{\n  statement {{\n    sid = \"{sid}\"\n    actions = [\"*\"]\n    resources = [\"*\"]\n  }}\n}}\ndata \"aws_iam_policy_document\" \"d\" {{\n  {kind} = [data.aws_iam_policy_document.base.json]\n  statement {{\n    sid = \"one\"\n    actions = [\"s3:GetObject\"]\n    resources = [\"*\"]\n  }}\n}}\n"
            ),
        )
    };
    // The document's own statement takes the place of a source with its sid; an override takes the document's.
    assert_eq!(merged("source_policy_documents", "two"), ADMINISTRATOR);
    assert_eq!(merged("source_policy_documents", "one"), PASSES);
    assert_eq!(merged("override_policy_documents", "one"), ADMINISTRATOR);
}

#[test]
fn a_statement_that_may_be_overridden_decides_nothing() {
    let merged = |base: &str, more: &str| {
        policy(
            "data.aws_iam_policy_document.d.json",
            &format!(
                "variable \"x\" {{}}\ndata \"aws_iam_policy_document\" \"d\" {{\n  statement {{\n    {base}\n    actions = [\"*\"]\n    resources = [\"*\"]\n  }}\n  {more}\n}}\n"
            ),
        )
    };
    assert_eq!(merged("sid = \"one\"", "override_policy_documents = [var.x]"), "cannot tell aws_iam_policy.p");
    assert_eq!(merged("", "override_policy_documents = [var.x]"), ADMINISTRATOR, "a statement without a name stays");
    assert_eq!(merged("sid = \"one\"", "source_policy_documents = [var.x]"), ADMINISTRATOR);
}

#[test]
fn a_resource_that_is_not_known_in_a_policy_leaves_its_actions_known() {
    // trivy-checks#30
    let narrow = "actions = [\"s3:GetObject\"]\nresources = [\"arn:aws:s3:::${var.bucket}/*\"]";
    let more = format!("variable \"bucket\" {{}}\n{}", document(narrow));
    assert_eq!(policy("data.aws_iam_policy_document.d.json", &more), PASSES);
    assert_eq!(
        policy("data.aws_iam_policy_document.d.json", &more.replace("s3:GetObject", "*")),
        PASSES,
        "an ARN of S3 is never every resource"
    );
    let parts = "jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = var.bucket }] })";
    assert_eq!(policy(parts, "variable \"bucket\" {}"), "cannot tell aws_iam_policy.p");
}

#[test]
fn a_policy_that_is_no_json_does_not_pass() {
    assert_eq!(policy("\"{ \\\"Statement\\\": [\"", ""), "cannot tell aws_iam_policy.p");
    let absent = "resource \"aws_iam_policy\" \"p\" {\n  policy = file(\"absent.json\")\n}\n";
    assert_eq!(said(&report(ADMIN, &[("main.tf", absent)])), "cannot tell aws_iam_policy.p");
}

// What only the provider knows.

#[test]
fn a_value_that_a_data_source_reads_decides_nothing() {
    // trivy#8485
    assert_eq!(
        encrypted("data.aws_db_instance.other.storage_encrypted", "data \"aws_db_instance\" \"other\" {}"),
        CANNOT_TELL
    );
    assert_eq!(
        encrypted(
            "aws_db_instance.other.storage_encrypted",
            "resource \"aws_db_instance\" \"other\" {\n  storage_encrypted = true\n}"
        ),
        "passes 2"
    );
}

#[test]
fn a_secret_that_is_read_from_where_secrets_are_kept_is_not_written_down() {
    // kics#7277
    let text = "data \"aws_secretsmanager_secret_version\" \"db\" {\n  secret_id = \"db\"\n}\nprovider \"postgresql\" {\n  password = data.aws_secretsmanager_secret_version.db.secret_string\n}\nprovider \"datadog\" {\n  api_key = jsondecode(data.aws_secretsmanager_secret_version.db.secret_string)[\"key\"]\n}\nvariable \"db_password\" {\n  sensitive = true\n}\n";
    for rule in ["terraform-no-provider-credentials", "terraform-no-secret-default"] {
        let said = main_tf(rule, text);
        assert!(!said.contains("fails"), "{rule}: {said}");
    }
}

#[test]
fn what_the_provider_computes_in_a_block_is_not_known() {
    let more = "resource \"aws_thing\" \"t\" {\n  spec {\n    size = 1\n    left = null\n  }\n}\n";
    for whole in [
        "aws_thing.t.spec[0].on",
        "try(aws_thing.t.spec[0].on, false)",
        "aws_thing.t.spec[0].left",
        "{ t = aws_thing.t }.t.spec[0].on",
    ] {
        assert_eq!(encrypted(whole, more), CANNOT_TELL, "{whole}");
    }
    assert_eq!(encrypted("aws_thing.t.spec[0].size == 1", more), PASSES);
}

#[test]
fn the_region_and_the_account_are_texts_that_are_not_known() {
    let more =
        "data \"aws_region\" \"here\" {}\ndata \"aws_caller_identity\" \"me\" {}\ndata \"aws_partition\" \"p\" {}";
    let narrow = "jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"sqs:SendMessage\", Resource = \"arn:${data.aws_partition.p.partition}:sqs:${data.aws_region.here.name}:${data.aws_caller_identity.me.account_id}:q\" }] })";
    assert_eq!(policy(narrow, more), PASSES);
}

#[test]
fn functions_of_the_clock_and_of_chance_decide_nothing() {
    for function in ["timestamp()", "uuid()", "plantimestamp()", "bcrypt(\"x\")"] {
        assert_eq!(encrypted(&format!("{function} == \"x\""), ""), CANNOT_TELL, "{function}");
    }
    assert_eq!(encrypted("provider::aws::arn_parse(\"x\").partition == \"aws\"", ""), CANNOT_TELL);
}

#[test]
fn a_file_outside_of_the_repository_is_not_read() {
    let files = [(
        "a/main.tf",
        "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = file(\"../../../../etc/hostname\") == \"x\"\n}\n",
    )];
    let report = report(RDS, &files);
    assert_eq!(said(&report), CANNOT_TELL);
}

// Inputs.

#[test]
fn a_variable_without_a_value_is_not_known() {
    // trivy#7099, kics#4153, kics#2226
    assert_eq!(encrypted("var.x", "variable \"x\" {\n  type = bool\n}"), CANNOT_TELL);
    assert_eq!(encrypted("var.x == \"y\" ? true : false", "variable \"x\" {\n  type = string\n}"), CANNOT_TELL);
}

#[test]
fn the_reason_names_the_variable() {
    let report = report(
        RDS,
        &[("main.tf", "variable \"x\" {}\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = var.x\n}\n")],
    );
    assert_eq!(report.findings[0].reasons, ["variable \"x\" has no value here"]);
}

#[test]
fn a_validation_narrows_a_variable_without_a_value() {
    let variable = |allowed: &str| {
        format!(
            "variable \"days\" {{\n  type = number\n  validation {{\n    condition     = contains([{allowed}], var.days)\n    error_message = \"No.\"\n  }}\n}}"
        )
    };
    let days = |allowed: &str| {
        main_tf(
            BACKUP,
            &format!(
                "{}\nresource \"aws_db_instance\" \"a\" {{\n  backup_retention_period = var.days\n}}\n",
                variable(allowed)
            ),
        )
    };
    assert_eq!(days("14, 30"), PASSES);
    assert_eq!(days("0, 1"), FAILS);
    assert_eq!(days("0, 30"), CANNOT_TELL);
}

#[test]
fn a_variable_has_its_type() {
    assert_eq!(encrypted("var.x", "variable \"x\" {\n  type    = bool\n  default = \"true\"\n}"), PASSES);
    assert_eq!(encrypted("var.x == true", "variable \"x\" {\n  type    = bool\n  default = \"true\"\n}"), PASSES);
    assert_eq!(
        encrypted("var.x.on", "variable \"x\" {\n  type    = object({ on = optional(bool, true) })\n  default = {}\n}"),
        PASSES
    );
    assert_eq!(
        encrypted(
            "var.x[0].on",
            "variable \"x\" {\n  type    = list(object({ on = optional(bool, true), n = number }))\n  default = [{ n = 1 }]\n}"
        ),
        PASSES
    );
    assert_eq!(encrypted("var.x == null", "variable \"x\" {\n  type    = string\n  default = null\n}"), PASSES);
}

#[test]
fn null_for_a_variable_that_may_not_be_null_is_its_default() {
    let module = |nullable: &str| {
        format!(
            "variable \"on\" {{\n  type     = bool\n  default  = true\n  nullable = {nullable}\n}}\nresource \"aws_db_instance\" \"a\" {{\n  storage_encrypted = var.on\n}}\n"
        )
    };
    let call = "module \"m\" {\n  source = \"./m\"\n  on     = null\n}\n";
    assert_eq!(judged(RDS, &[("main.tf", call), ("m/main.tf", &module("false"))]), PASSES);
    assert_eq!(judged(RDS, &[("main.tf", call), ("m/main.tf", &module("true"))]), "fails module.m.aws_db_instance.a");
}

#[test]
fn a_sensitive_value_is_evaluated_and_never_shown() {
    let text = "variable \"on\" {\n  sensitive = true\n  default   = false\n}\nvariable \"engine\" {\n  sensitive = true\n  default   = \"hunter2\"\n}\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = var.engine == \"hunter2\" && var.on\n}\n";
    let report = report(RDS, &[("main.tf", text)]);
    assert_eq!(said(&report), FAILS);
    let finding = &report.findings[0];
    let texts: Vec<&String> = finding.labels.others.iter().map(|l| &l.text).chain([&finding.message]).collect();
    assert!(texts.iter().all(|t| !t.contains("hunter2")), "{texts:?}");
}

#[test]
fn the_workspace_is_not_known() {
    assert_eq!(encrypted("terraform.workspace == \"default\"", ""), CANNOT_TELL);
}

// Files.

#[test]
fn one_file_is_judged_with_the_files_beside_it() {
    // checkov#3517, checkov#3515
    let database = |name: &str, variable: &str| {
        format!("resource \"aws_db_instance\" \"{name}\" {{\n  storage_encrypted = var.{variable}\n}}\n")
    };
    let (good, bad) = (database("good", "on"), database("bad", "off"));
    let files = [
        ("variables.tf", "variable \"on\" {\n  default = true\n}\nvariable \"off\" {\n  default = false\n}\n"),
        ("good.tf", &good),
        ("bad.tf", &bad),
    ];
    let (code, out) = program(&files, &["good.tf"]);
    assert!(code == 0 && !out.contains("aws_db_instance"), "{out}");
    let (code, out) = program(&files, &["bad.tf"]);
    assert!(code == 1 && out.contains("aws_db_instance.bad"), "{out}");
    let (_, whole) = program(&files, &["."]);
    assert!(whole.contains("aws_db_instance.bad") && !whole.contains("aws_db_instance.good"), "{whole}");
}

#[test]
fn only_the_files_that_terraform_reads_are_configuration() {
    let bad = "resource \"aws_db_instance\" \"bad\" {}\n";
    let good = "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = true\n}\n";
    let files = [
        ("main.tf", good),
        (".hidden.tf", bad),
        ("main.tf~", bad),
        ("#main.tf#", bad),
        ("main.tf.bak", bad),
        ("main.tftest.hcl", bad),
        ("main.tfquery.hcl", bad),
    ];
    assert_eq!(judged(RDS, &files), PASSES);
}

#[test]
fn a_directory_below_is_a_module_of_its_own() {
    let files = [
        ("main.tf", "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = try(local.on, true)\n}\n"),
        ("below/main.tf", "locals {\n  on = false\n}\n"),
    ];
    let report = report(RDS, &files);
    assert!(!said(&report).contains("fails"), "{}", said(&report));
}

#[test]
fn a_module_may_lie_above() {
    let call = "module \"m\" {\n  source    = \"../../modules/db\"\n  encrypted = true\n}\n";
    assert_eq!(judged(RDS, &[("envs/prod/main.tf", call), ("modules/db/main.tf", DATABASE)]), PASSES);
}

#[test]
fn a_mark_at_the_start_and_carriage_returns_change_nothing() {
    let text = "locals {\n  on = true\n}\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = local.on\n}\n";
    assert_eq!(main_tf(RDS, &format!("\u{feff}{text}")), PASSES);
    assert_eq!(main_tf(RDS, &text.replace('\n', "\r\n")), PASSES);
    let heredoc = "<<-EOT\n    %{ if true ~}\n    {\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}}\n    %{~ endif }\n  EOT";
    assert_eq!(policy(heredoc, ""), ADMINISTRATOR);
    assert_eq!(policy(&heredoc.replace('\n', "\r\n"), ""), ADMINISTRATOR);
}

// Blocks beside resources.

#[test]
fn blocks_that_say_nothing_of_the_posture_are_fine() {
    // terrascan#1590
    let text = r#"
        terraform {
          required_version = ">= 1.5"
        }
        import {
          to = aws_db_instance.a
          id = "a"
        }
        moved {
          from = aws_db_instance.b
          to   = aws_db_instance.a
        }
        removed {
          from = aws_db_instance.c
          lifecycle {
            destroy = false
          }
        }
        check "health" {
          data "http" "x" {
            url = "https://example.com"
          }
          assert {
            condition     = data.http.x.status_code == 200
            error_message = "No."
          }
        }
        ephemeral "random_password" "p" {
          length = 16
        }
        resource "aws_db_instance" "a" {
          storage_encrypted   = true
          password_wo         = ephemeral.random_password.p.result
          password_wo_version = 1
          lifecycle {
            prevent_destroy = true
            precondition {
              condition     = true
              error_message = "No."
            }
          }
        }
    "#;
    assert_eq!(main_tf(RDS, text), PASSES);
}

#[test]
fn what_terraform_ignores_changes_of_may_differ_from_what_is_written() {
    // The code asks for encryption; whoever changes it elsewhere is not undone, but the code does not fail for it.
    let text = "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = true\n  lifecycle {\n    ignore_changes = [tags]\n  }\n}\n";
    assert_eq!(main_tf(RDS, text), PASSES);
}

#[test]
fn instances_have_their_keys() {
    let text = "resource \"aws_db_instance\" \"a\" {\n  count = 2\n}\nresource \"aws_db_instance\" \"b\" {\n  for_each = toset([\"x\"])\n}\n";
    assert_eq!(
        main_tf(RDS, text),
        "fails aws_db_instance.a[0], fails aws_db_instance.a[1], fails aws_db_instance.b[\"x\"]"
    );
}

#[test]
fn an_unknown_number_of_instances_is_one_that_stands_for_all() {
    let text = |count: &str| format!("variable \"x\" {{}}\nresource \"aws_db_instance\" \"a\" {{\n  {count}\n}}\n");
    assert_eq!(main_tf(RDS, &text("count = var.x")), "cannot tell aws_db_instance.a[*]");
    assert_eq!(main_tf(RDS, &text("for_each = var.x")), "cannot tell aws_db_instance.a[*]");
    assert_eq!(main_tf(RDS, &text("count = var.x\n  storage_encrypted = true")), PASSES);
}
