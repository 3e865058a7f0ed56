//! Fixes through the program: what is changed, what is left alone, and that the form of a file stays.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

#[path = "support/files.rs"]
mod files;
#[path = "support/program.rs"]
mod program;

use std::{fs, path::Path};

use files::{repository, write};
use program::run;

/// Runs `check` with these rules only.
fn check(dir: &Path, rules: &[&str], args: &[&str]) -> (i32, String, String) {
    let rules: Vec<&str> = rules.iter().flat_map(|rule| ["--rule", rule]).collect();
    run(dir, &[], &[&["check", "--color", "never"], &rules[..], args].concat())
}

/// What a file becomes, with unsafe fixes of these rules; a second time changes nothing.
fn fixed(path: &str, text: &str, rules: &[&str]) -> String {
    let dir = repository(&[(path, text)]);
    check(dir.path(), rules, &["--unsafe-fixes"]);
    let once = fs::read_to_string(dir.path().join(path)).unwrap();
    check(dir.path(), rules, &["--unsafe-fixes"]);
    assert_eq!(fs::read_to_string(dir.path().join(path)).unwrap(), once, "the second time changed something");
    once
}

const KEYS: &[&str] = &["aws-kms-key-rotation"];
const DATABASE: &[&str] = &["aws-rds-storage-encrypted"];

#[test]
fn a_safe_fix_is_made_and_what_is_left_is_reported() {
    let text = "resource \"aws_kms_key\" \"a\" {\n  description = \"x\" # why\n}\n\nresource \"aws_db_instance\" \"d\" {\n  engine = \"x\"\n}\n";
    let dir = repository(&[("main.tf", text)]);
    let (code, out, err) = check(dir.path(), &[KEYS, DATABASE].concat(), &["--fix"]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("aws-rds-storage-encrypted") && !out.contains("aws-kms-key-rotation"), "{out}");
    assert!(
        err.starts_with("fixed 1 violation in 1 file\n  main.tf: aws-kms-key-rotation: aws_kms_key.a: set"),
        "{err}"
    );
    assert!(err.ends_with("1 more can be fixed with --unsafe-fixes; look first with --diff\n"), "{err}");
    let expected = text
        .replace("# why\n", "# why\n  enable_key_rotation = true\n")
        .replace("description =", "description         =");
    assert_eq!(fs::read_to_string(dir.path().join("main.tf")).unwrap(), expected);
}

#[test]
fn a_difference_is_printed_and_nothing_is_written() {
    let text = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false\n}\n";
    let dir = repository(&[("k/main.tf", text)]);
    let (code, out, err) = check(dir.path(), KEYS, &["--diff"]);
    assert_eq!(
        out,
        "--- a/k/main.tf\n+++ b/k/main.tf\n@@ -1,3 +1,3 @@\n resource \"aws_kms_key\" \"a\" {\n\
         -  enable_key_rotation = false\n+  enable_key_rotation = true\n }\n"
    );
    assert_eq!((code, err.as_str()), (1, "would fix 1 violation in 1 file\n"));
    assert_eq!(fs::read_to_string(dir.path().join("k/main.tf")).unwrap(), text);
}

#[test]
fn a_value_from_a_variable_is_changed_where_it_is_written_and_only_if_asked_for() {
    let files = [
        (
            "main.tf",
            "variable \"rotate\" {\n  default = true\n}\n\nresource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = var.rotate\n}\n",
        ),
        ("terraform.tfvars", "rotate = false # for now\n"),
    ];
    let dir = repository(&files);
    let (_, _, err) = check(dir.path(), KEYS, &["--fix"]);
    assert!(err.starts_with("fixed 0 violations") && err.contains("1 more can be fixed with --unsafe-fixes"), "{err}");
    let (code, ..) = check(dir.path(), KEYS, &["--unsafe-fixes"]);
    assert_eq!(code, 0);
    assert_eq!(fs::read_to_string(dir.path().join("terraform.tfvars")).unwrap(), "rotate = true # for now\n");
    assert_eq!(fs::read_to_string(dir.path().join("main.tf")).unwrap(), files[0].1);
}

#[test]
fn a_value_that_is_computed_is_left_alone() {
    let text = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = !true\n}\n";
    let dir = repository(&[("main.tf", text)]);
    let (code, _, err) = check(dir.path(), KEYS, &["--unsafe-fixes"]);
    assert_eq!(code, 1);
    assert!(err.starts_with("fixed 0 violations in 0 files"), "{err}");
    assert_eq!(fs::read_to_string(dir.path().join("main.tf")).unwrap(), text);
}

#[test]
fn attributes_go_behind_the_short_ones_and_keep_their_alignment() {
    let text = "resource \"aws_db_instance\" \"d\" {\n  engine         = \"postgres\"\n  instance_class = \"db.t3.micro\" # small\n\n  tags = {\n    a = 1\n  }\n\n  timeouts {}\n}\n";
    let expected = text
        .replace("  engine         =", "  engine            =")
        .replace("  instance_class =", "  instance_class    =")
        .replace("# small\n", "# small\n  storage_encrypted = true\n");
    assert_eq!(fixed("main.tf", text, DATABASE), expected);
}

#[test]
fn one_line_blocks_empty_blocks_and_tabs_are_taken_as_they_are() {
    let one = "resource \"aws_db_instance\" \"d\" { engine = \"x\" }\n";
    let expected = "resource \"aws_db_instance\" \"d\" {\n  engine = \"x\"\n  storage_encrypted = true\n}\n";
    assert_eq!(fixed("main.tf", one, DATABASE), expected);
    let empty = "resource \"aws_db_instance\" \"d\" {}\n";
    assert_eq!(
        fixed("main.tf", empty, DATABASE),
        "resource \"aws_db_instance\" \"d\" {\n  storage_encrypted = true\n}\n"
    );
    let tabs = "resource \"aws_db_instance\" \"d\" {\n\t# nothing yet\n}\n";
    let expected = "resource \"aws_db_instance\" \"d\" {\n  storage_encrypted = true\n\t# nothing yet\n}\n";
    assert_eq!(fixed("main.tf", tabs, DATABASE), expected);
}

#[test]
fn line_endings_and_byte_order_marks_stay() {
    let text = "\u{feff}resource \"aws_db_instance\" \"d\" {\r\n  engine = \"x\"\r\n}\r\n";
    let expected = "\u{feff}resource \"aws_db_instance\" \"d\" {\r\n  engine            = \"x\"\r\n  storage_encrypted = true\r\n}\r\n";
    assert_eq!(fixed("main.tf", text, DATABASE), expected);
}

#[test]
fn a_block_is_entered_if_it_is_there_and_written_if_it_is_not() {
    let rules = &["aws-instance-imdsv2"];
    let absent = "resource \"aws_instance\" \"i\" {\n  ami = \"a\"\n}\n";
    let expected = "resource \"aws_instance\" \"i\" {\n  ami = \"a\"\n\n  metadata_options {\n    http_tokens = \"required\"\n  }\n}\n";
    assert_eq!(fixed("main.tf", absent, rules), expected);
    let there = "resource \"aws_instance\" \"i\" {\n  ami = \"a\"\n  metadata_options {\n    http_endpoint = \"enabled\"\n  }\n}\n";
    let expected = there.replace("\"enabled\"\n", "\"enabled\"\n    http_tokens   = \"required\"\n");
    assert_eq!(fixed("main.tf", there, rules), expected);
    let dynamic = "resource \"aws_instance\" \"i\" {\n  ami = \"a\"\n  dynamic \"metadata_options\" {\n    for_each = [1]\n    content {\n      http_tokens = \"optional\"\n    }\n  }\n}\n";
    assert_eq!(fixed("main.tf", dynamic, rules), dynamic.replace("\"optional\"", "\"required\""));
}

#[test]
fn json_configuration_is_changed_as_json() {
    let text = "{\n  \"resource\": {\n    \"aws_db_instance\": {\n      \"d\": {\n        \"engine\": \"x\"\n      }\n    }\n  }\n}\n";
    let expected = text.replace("\"x\"\n", "\"x\",\n        \"storage_encrypted\": true\n");
    assert_eq!(fixed("main.tf.json", text, DATABASE), expected);
}

#[test]
fn yaml_keeps_its_comments_and_its_indentation() {
    let rules = &["kubernetes-no-privilege-escalation", "kubernetes-no-privileged-containers"];
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n    containers:\n    -   name: web # the server\n        image: a/web:1\n        securityContext: {privileged: true} # for now\n    -   name: log\n        image: a/log:1\n        args: [\"-v\"] # loud\n    # the end\n";
    let expected = text
        .replace("{privileged: true}", "{privileged: false, allowPrivilegeEscalation: false}")
        .replace("# loud\n", "# loud\n        securityContext:\n          allowPrivilegeEscalation: false\n");
    assert_eq!(fixed("pod.yaml", text, rules), expected);
}

#[test]
fn a_mapping_that_an_alias_shares_is_left_alone() {
    let rules = &["kubernetes-no-privileged-containers"];
    let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n    image: a/a:1\n    securityContext: &open\n      privileged: true\n  - name: b\n    image: a/b:1\n    securityContext: *open\n";
    // The text behind the anchor is what decides for both.
    assert_eq!(fixed("pod.yaml", text, rules), text.replace("privileged: true", "privileged: false"));
}

#[test]
fn a_fix_that_breaks_something_else_is_taken_back_and_said() {
    let own = "rule \"own-short\" {\n  title = \"Keys are not rotated here\"\n  severity = \"high\"\n  since = \"0.1.0\"\n  soc2 = { \"CC6.1\" = \"It says so.\" }\n  rationale = \"It says so.\"\n  remediation = \"Leave it.\"\n  references = [\"https://example.com/\"]\n  match \"aws_kms_key\" {}\n  assert {\n    condition = self.enable_key_rotation != true\n    error_message = \"${self.address} rotates\"\n  }\n}\n";
    let text = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false\n}\nresource \"aws_db_instance\" \"d\" {\n  storage_encrypted = false\n}\n";
    let dir = repository(&[("main.tf", text), ("policies/own-short.hcl", own)]);
    let args = [
        "check",
        "--rules",
        "policies",
        "--unsafe-fixes",
        "--rule",
        "own-short",
        "--rule",
        KEYS[0],
        "--rule",
        DATABASE[0],
    ];
    let (_, _, err) = run(dir.path(), &[], &args);
    assert!(err.contains("fixed 1 violation in 1 file\n  main.tf: aws-rds-storage-encrypted"), "{err}");
    assert!(
        err.contains("not fixed: main.tf: aws-kms-key-rotation: aws_kms_key.a")
            && err.contains("own-short: aws_kms_key.a rotates"),
        "{err}"
    );
    let expected = text.replace("storage_encrypted = false", "storage_encrypted = true");
    assert_eq!(fs::read_to_string(dir.path().join("main.tf")).unwrap(), expected);
}

#[test]
fn only_what_was_asked_for_is_mended() {
    let text = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false\n}\n";
    let dir = repository(&[("a.tf", text), ("b.tf", &text.replace("\"a\"", "\"b\""))]);
    let waived = "# trustlint: ignore[aws-kms-key-rotation] rotated by hand\n";
    write(dir.path(), &[("c.tf", &format!("{waived}{}", text.replace("\"a\"", "\"c\"")))]);
    check(&dir.path().join("."), KEYS, &["--fix", "a.tf", "c.tf"]);
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    assert!(read("a.tf").contains("true") && read("b.tf").contains("false") && read("c.tf").contains("false"));
}

#[test]
fn what_is_no_directory_cannot_be_mended() {
    let dir = repository(&[("main.tf", "a = 1\n")]);
    let (code, _, err) = check(dir.path(), KEYS, &["--fix", "-"]);
    assert_eq!(code, 2);
    assert!(err.contains("`--fix` goes with a directory"), "{err}");
    let (code, _, err) = check(dir.path(), KEYS, &["--diff", "--staged"]);
    assert_eq!(code, 2);
    assert!(err.contains("`--diff` does not go with `--staged`"), "{err}");
}

/// A rule of one's own with this fix, for what no built-in rule needs.
fn own(matches: &str, condition: &str, fix: &str) -> String {
    format!(
        "rule \"own-rule\" {{\n  title = \"It is so\"\n  severity = \"high\"\n  since = \"0.1.0\"\n  soc2 = {{ \"CC6.1\" = \"It says so.\" }}\n  \
         rationale = \"It says so.\"\n  remediation = \"Do it.\"\n  references = [\"https://example.com/\"]\n  match \"{matches}\" {{}}\n  \
         assert {{\n    condition = {condition}\n    error_message = \"${{self.address}} is not so\"\n  }}\n  \
         fix {{\n{fix}\n    safety = \"safe\"\n  }}\n}}\n"
    )
}

fn with_own(path: &str, text: &str, rule: &str) -> String {
    let dir = repository(&[(path, text), ("policies/own-rule.hcl", rule)]);
    let (code, out, err) =
        run(dir.path(), &[], &["check", "--color", "never", "--rules", "policies", "--fix", "--rule", "own-rule"]);
    assert_eq!(code, 0, "{out}{err}");
    fs::read_to_string(dir.path().join(path)).unwrap()
}

#[test]
fn elements_are_added_to_lists_as_they_are_written() {
    let rule =
        own("aws_x", "contains(coalesce(self.logs, []), \"audit\")", "    append = { logs = [\"audit\", \"error\"] }");
    let with = |list: &str| with_own("main.tf", &format!("resource \"aws_x\" \"a\" {{\n  name = 1\n{list}}}\n"), &rule);
    let block = |list: &str| format!("resource \"aws_x\" \"a\" {{\n  name = 1\n{list}}}\n");
    assert_eq!(with("  logs = [\"slow\"] # why\n"), block("  logs = [\"slow\", \"audit\", \"error\"] # why\n"));
    assert_eq!(with("  logs = []\n"), block("  logs = [\"audit\", \"error\"]\n"));
    assert_eq!(
        with("  logs = [\n    \"slow\", # why\n  ]\n"),
        block("  logs = [\n    \"slow\", # why\n    \"audit\",\n    \"error\",\n  ]\n")
    );
    assert_eq!(
        with("  logs = [\n    \"slow\" # why\n  ]\n"),
        block("  logs = [\n    \"slow\", # why\n    \"audit\",\n    \"error\"\n  ]\n")
    );
    assert_eq!(
        with("  logs = [\n    \"slow\" /* why */ ,\n  ]\n"),
        block("  logs = [\n    \"slow\" /* why */ ,\n    \"audit\",\n    \"error\",\n  ]\n")
    );
    assert_eq!(with(""), block("  logs = [\"audit\", \"error\"]\n"));
    let rule = own("ConfigMap", "contains(self.data.list, \"b\")", "    append = { \"data.list\" = [\"b\"] }");
    let with = |list: &str| {
        with_own("m.yaml", &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata:\n{list}"), &rule)
    };
    assert!(with("  list:\n  - a # why\n").ends_with("  list:\n  - a # why\n  - b\n"));
    assert!(with("  list: [a]\n").ends_with("  list: [a, b]\n"));
    assert!(with("  list:\n    - &a-b a\n").ends_with("  list:\n    - &a-b a\n    - b\n"));
}

#[test]
fn attributes_and_blocks_are_taken_away_with_their_lines() {
    let rule = own("aws_x", "self.public == null && self.open == null", "    remove = [\"public\", \"open\"]");
    let text =
        "resource \"aws_x\" \"a\" {\n  name   = 1\n  public = true # why\n\n  open {\n    a = 1\n  }\n  tags = {}\n}\n";
    assert_eq!(with_own("main.tf", text, &rule), "resource \"aws_x\" \"a\" {\n  name   = 1\n\n  tags = {}\n}\n");
    let rule = own("ConfigMap", "self.data.a == null", "    remove = [\"data.a\"]");
    let with = |data: &str| {
        with_own("m.yaml", &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {data}"), &rule)
    };
    assert!(with("\n  a: 1\n  b: 2\n").ends_with("data: \n  b: 2\n"));
    assert!(with("{a: 1, b: 2}\n").ends_with("data: {b: 2}\n"));
    assert!(with("{b: 2, a: 1}\n").ends_with("data: {b: 2}\n"));
}

#[test]
fn code_goes_into_a_block_or_behind_it() {
    let inside = own("aws_x", "self.logging != null", "    code = \"logging {\\n  on = true\\n}\"");
    let text = "resource \"aws_x\" \"a\" {\n  name = 1\n}\n# the end\n";
    let expected = "resource \"aws_x\" \"a\" {\n  name = 1\n\n  logging {\n    on = true\n  }\n}\n# the end\n";
    assert_eq!(with_own("main.tf", text, &inside), expected);
    let key = own("ConfigMap", "self.data.audit == \"on\"", "    target = self.data\n    code   = \"audit: 'on'\"");
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n    # first\n    a: b\n";
    assert_eq!(with_own("m.yaml", text, &key), format!("{text}    audit: 'on'\n"));
}
