//! Waivers through the program: which findings they take out, which do not count, and the register of them.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

#[path = "support/files.rs"]
mod files;
#[path = "support/program.rs"]
mod program;

use std::{fs, path::Path, process::Command};

use files::repository;
use serde_json::Value;

const TODAY: &str = "2026-11-25";

fn run(dir: &Path, today: &str, args: &[&str]) -> (i32, String, String) {
    program::run(dir, &[("TRUSTLINT_TODAY", today)], args)
}

/// The findings and the waived ones, as `rule path:line`.
fn check_on(dir: &Path, today: &str, args: &[&str]) -> (Vec<String>, Vec<String>) {
    let (_, out, err) = run(dir, today, &[&["check", "--output", "json"], args].concat());
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out} {err}"));
    let of = |name: &str| {
        let all = report[name].as_array().unwrap().iter();
        let place = |f: &Value| {
            let at = &f["location"];
            let rule = f["rule"].as_str().unwrap();
            format!("{rule} {}:{}", at["path"].as_str().unwrap(), at["start"]["line"])
        };
        all.map(place).collect()
    };
    (of("findings"), of("waived"))
}

fn check(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    check_on(repository(files).path(), TODAY, &[])
}

/// The findings alone, where nothing is waived.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let (found, waived) = check(files);
    assert_eq!(waived, [""; 0]);
    found
}

const KEY: &str = "resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = false";

/// A key that does not rotate, with a comment behind the argument.
fn key(comment: &str) -> String {
    format!("{KEY} {comment}\n}}\n")
}

const AT_KEY: &str = "aws-kms-key-rotation main.tf:2";

#[test]
fn a_comment_behind_an_argument_or_right_above_it_is_for_the_argument() {
    let behind = key("# trustlint: ignore[aws-kms-key-rotation] imported, rotated by hand");
    assert_eq!(check(&[("main.tf", &behind)]), (vec![], vec![AT_KEY.into()]));
    for sign in ["#", "//", "/*"] {
        let end = if sign == "/*" { " */" } else { "" };
        let above = format!(
            "resource \"aws_kms_key\" \"k\" {{\n  {sign} trustlint: ignore[aws-kms-key-rotation] why{end}\n  # and more\n  enable_key_rotation = false\n}}\n\n\
             resource \"aws_kms_key\" \"other\" {{\n  enable_key_rotation = false\n}}\n"
        );
        let at = |line: u32| format!("aws-kms-key-rotation main.tf:{line}");
        assert_eq!(check(&[("main.tf", &above)]), (vec![at(8)], vec![at(4)]), "{sign}");
    }
}

#[test]
fn a_comment_above_a_block_or_behind_its_header_is_for_all_of_it() {
    let comment = "# trustlint: ignore[aws-kms-key-rotation] why";
    let above = format!("{comment}\n{KEY}\n}}\n");
    assert_eq!(check(&[("main.tf", &above)]).1, ["aws-kms-key-rotation main.tf:3"]);
    let behind = format!("resource \"aws_kms_key\" \"k\" {{ {comment}\n}}\n");
    assert_eq!(check(&[("main.tf", &behind)]).1, ["aws-kms-key-rotation main.tf:1"]);
}

#[test]
fn a_comment_above_an_element_of_a_list_is_for_the_element() {
    let text = "resource \"aws_security_group\" \"g\" {\n  ingress = [\n    # trustlint: ignore[aws-security-group-no-public-admin-ports] a bastion, until=2027-01-31, owner=@net\n    \
                {\n      from_port = 22\n      to_port = 22\n      protocol = \"tcp\"\n      cidr_blocks = [\"0.0.0.0/0\"]\n    },\n    \
                {\n      from_port = 3389\n      to_port = 3389\n      protocol = \"tcp\"\n      cidr_blocks = [\"0.0.0.0/0\"]\n    },\n  ]\n}\n";
    let rule = "aws-security-group-no-public-admin-ports";
    let (found, waived) = check(&[("main.tf", text)]);
    assert_eq!((found, waived), (vec![format!("{rule} main.tf:14")], vec![format!("{rule} main.tf:8")]));
}

#[test]
fn a_comment_on_a_call_is_for_all_that_is_inside_of_the_module_and_for_no_other_call() {
    let files = [
        (
            "main.tf",
            "# trustlint: ignore[aws-kms-key-rotation] why\nmodule \"a\" {\n  source = \"./m\"\n  on = false\n}\n\nmodule \"b\" {\n  source = \"./m\"\n  on = false\n  more = 1\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"on\" {}\nvariable \"more\" { default = 0 }\nmodule \"deep\" {\n  source = \"./deep\"\n  on = var.on\n}\n",
        ),
        ("m/deep/main.tf", "variable \"on\" {}\nresource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = var.on\n}\n"),
    ];
    let (found, waived) = check(&files);
    let at = "aws-kms-key-rotation m/deep/main.tf:3".to_string();
    assert_eq!((found, waived), (vec![at.clone()], vec![at]));
}

#[test]
fn a_comment_at_the_top_of_a_file_is_for_the_file_and_stands_nowhere_else() {
    let comment = "# trustlint: ignore-file[aws-kms-key-rotation] a playground";
    let top = format!("# Keys.\n\n{comment}\n\n{KEY}\n}}\n");
    assert_eq!(check(&[("main.tf", &top)]), (vec![], vec!["aws-kms-key-rotation main.tf:6".into()]));
    let below = format!("{KEY}\n}}\n{comment}\n");
    assert_eq!(findings(&[("main.tf", &below)]), [AT_KEY, "waiver-complete main.tf:4"]);
}

#[test]
fn in_yaml_a_comment_is_for_the_field_the_element_or_the_document_below_it() {
    let pod = |document: &str, container: &str, field: &str| {
        format!(
            "{document}apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\nspec:\n  hostNetwork: false\n  containers:\n{container}    - name: app\n      image: example/app:1.2.3\n      securityContext:\n        \
             privileged: true{field}\n"
        )
    };
    let rule = "kubernetes-no-privileged-containers";
    let comment = format!("# trustlint: ignore[{rule}] it loads modules, until=2027-01-31, owner=@infra");
    for (text, line) in [
        (pod("", "", &format!(" {comment}")), 11),
        (pod("", &format!("    {comment}\n"), ""), 12),
        (pod(&format!("{comment}\n---\n"), "", ""), 13),
    ] {
        let dir = repository(&[("app.yaml", &text)]);
        let (found, waived) = check_on(dir.path(), TODAY, &["--rule", rule]);
        assert_eq!((found, waived), (vec![], vec![format!("{rule} app.yaml:{line}")]), "{text}");
    }
    // A string is no comment.
    let text = pod("", "", "").replace("name: app\nspec", &format!("name: \"{comment}\"\nspec"));
    assert_eq!(check_on(repository(&[("app.yaml", &text)]).path(), TODAY, &["--rule", rule]).1, [""; 0]);
}

#[test]
fn in_a_workflow_and_in_a_jenkinsfile_comments_are_waivers_as_well() {
    let workflow = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      # trustlint: ignore[github-actions-pinned] ours\n      - uses: acme/deploy@v1\n";
    let rule = "github-actions-pinned";
    let dir = repository(&[(".github/workflows/ci.yml", workflow)]);
    let (found, waived) = check_on(dir.path(), TODAY, &["--rule", rule]);
    assert_eq!((found, waived), (vec![], vec![format!("{rule} .github/workflows/ci.yml:7")]));
    // A Jenkinsfile has no tree: a comment is for its line or the next one.
    let rule = "ci-no-secret-literal";
    let jenkinsfile = |comment: &str| {
        format!(
            "pipeline {{\n  agent any\n  environment {{\n    {comment}\n    AWS_SECRET_ACCESS_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ8vTm4Kd9'\n  }}\n  stages {{\n    stage('a') {{\n      steps {{ sh 'make' }}\n    }}\n  }}\n}}\n"
        )
    };
    let bare = repository(&[("Jenkinsfile", &jenkinsfile("// nothing"))]);
    let (found, _) = check_on(bare.path(), TODAY, &["--rule", rule]);
    assert_eq!(found, [format!("{rule} Jenkinsfile:5")]);
    let dir = repository(&[(
        "Jenkinsfile",
        &jenkinsfile(&format!("// trustlint: ignore[{rule}] a test key, until=2027-01-31, owner=@a")),
    )]);
    assert_eq!(check_on(dir.path(), TODAY, &["--rule", rule]), (vec![], found));
}

#[test]
fn a_waiver_without_a_reason_or_with_a_mistake_waives_nothing_and_is_a_finding() {
    let rule = "aws-kms-key-rotation";
    for comment in [
        format!("# trustlint: ignore[{rule}]"),
        format!("# trustlint: ignore[{rule}] until=2027-01-01"),
        format!("# trustlint: ignore[{rule}] why, until=soon"),
        format!("# trustlint: ignore {rule} why"),
        format!("# trustlint: ignored[{rule}] why"),
        format!("# trustlint: ignore[{rule}, aws-kms-key-rotatoin] why"),
    ] {
        assert_eq!(findings(&[("main.tf", &key(&comment))]), [AT_KEY, "waiver-complete main.tf:2"], "{comment}");
    }
    let dir = repository(&[("main.tf", &key("# trustlint: ignore[aws-kms-key-rotatoin] why"))]);
    let (code, out, _) = run(dir.path(), TODAY, &["check"]);
    assert!(out.contains("there is no rule `aws-kms-key-rotatoin`; did you mean `aws-kms-key-rotation`?"), "{out}");
    assert_eq!(code, 1);
}

#[test]
fn a_waiver_holds_to_its_last_day_and_then_the_finding_is_back() {
    let text = key("# trustlint: ignore[aws-kms-key-rotation] why, until=2026-12-24, owner=@a");
    let dir = repository(&[("main.tf", &text)]);
    let (code, out, _) = run(dir.path(), "2026-11-23", &["check"]);
    assert_eq!((code, out.lines().count()), (0, 1), "{out}");
    assert!(out.ends_with(", 1 waived\n"), "{out}");
    for (today, when) in [("2026-11-24", "in 30 days"), ("2026-12-23", "tomorrow"), ("2026-12-24", "today")] {
        let (code, out, _) = run(dir.path(), today, &["check"]);
        assert!(out.contains(&format!("note: the waiver of aws-kms-key-rotation runs out {when}\n")), "{out}");
        assert_eq!(code, 0);
    }
    let (code, out, _) = run(dir.path(), "2026-12-25", &["check"]);
    assert_eq!(code, 1);
    assert!(out.contains("this waiver ran out on 2026-12-24"), "{out}");
    let (found, waived) = check_on(dir.path(), "2026-12-25", &[]);
    assert_eq!((found, waived), (vec![AT_KEY.into(), "waiver-current main.tf:2".into()], vec![]));
}

#[test]
fn a_waiver_that_nothing_needs_is_a_finding_where_its_rules_were_run() {
    let text = "resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = true # trustlint: ignore[aws-kms-key-rotation] why\n}\n";
    assert_eq!(findings(&[("main.tf", text)]), ["waiver-used main.tf:2"]);
    let dir = repository(&[("main.tf", text)]);
    for args in [&["--skip", "aws-kms-key-rotation"][..], &["--criterion", "CC7.1", "--severity", "low"]] {
        assert_eq!(check_on(dir.path(), TODAY, args).0, [""; 0], "{args:?}");
    }
    // Of what is undecided nobody knows whether it is needed.
    let asked = "variable \"on\" {}\nresource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = var.on # trustlint: ignore[aws-kms-key-rotation] why\n}\n";
    assert_eq!(check(&[("main.tf", asked)]), (vec![], vec!["aws-kms-key-rotation main.tf:3".into()]));
}

#[test]
fn the_configuration_waives_by_path_and_by_address() {
    let config = "waiver \"aws-kms-key-rotation\" {\n  paths     = [\"old/**\"]\n  addresses = [\"aws_kms_key.k*\", \"module.*.aws_kms_key.k[*]\"]\n  reason    = \"imported\"\n}\n";
    let all = "resource \"aws_kms_key\" \"k1\" {\n  enable_key_rotation = false\n}\nresource \"aws_kms_key\" \"other\" {\n  enable_key_rotation = false\n}\n";
    let each =
        "resource \"aws_kms_key\" \"k\" {\n  for_each = toset([\"a\", \"b\"])\n  enable_key_rotation = false\n}\n";
    let (found, waived) =
        check(&[("trustlint.hcl", config), ("old/main.tf", all), ("new/main.tf", all), ("old/each/main.tf", each)]);
    let at = |path: &str, line: u32| format!("aws-kms-key-rotation {path}:{line}");
    assert_eq!(found, [at("new/main.tf", 2), at("new/main.tf", 5), at("old/main.tf", 5)]);
    assert_eq!(waived, [at("old/each/main.tf", 3), at("old/main.tf", 2)]);
}

#[test]
fn mistakes_in_waivers_of_the_configuration_are_shown_on_their_text() {
    for (config, message) in [
        (
            "waiver \"aws-kms-key-rotatoin\" {\n  paths = [\"**\"]\n  reason = \"x\"\n}\n",
            "Did you mean `aws-kms-key-rotation`?",
        ),
        ("waiver \"aws-kms-key-rotation\" {\n  paths = [\"**\"]\n}\n", "gives no reason"),
        ("waiver \"aws-kms-key-rotation\" {\n  reason = \"x\"\n}\n", "says nothing of what it is for"),
        (
            "waiver \"aws-kms-key-rotation\" {\n  paths = [\"**\"]\n  reason = \"x\"\n  until = \"31.12.2027\"\n}\n",
            "`31.12.2027` is no date",
        ),
        ("waiver \"aws-kms-key-rotation\" {\n  paths = [\"../x\"]\n  reason = \"x\"\n}\n", "`../x` names nothing"),
        ("waivers {\n  comments = \"no\"\n}\n", "`comments` is `true` or `false`"),
        ("waivers {\n  banned_severities = [\"hihg\"]\n}\n", "there is no severity `hihg`"),
    ] {
        let dir = repository(&[("main.tf", ""), ("trustlint.hcl", config)]);
        let (code, _, err) = run(dir.path(), TODAY, &["check"]);
        assert_eq!(code, 2, "{config}");
        assert!(err.contains(message) && err.contains("trustlint.hcl:"), "{config}{err}");
    }
}

#[test]
fn bans_make_waivers_void_and_say_so() {
    let text = key("# trustlint: ignore[aws-kms-key-rotation] why");
    for config in [
        "waivers {\n  banned_rules = [\"aws-kms-key-rotation\"]\n}\n",
        "waivers {\n  banned_severities = [\"medium\"]\n}\n",
    ] {
        let dir = repository(&[("main.tf", &text), ("trustlint.hcl", config)]);
        assert_eq!(check_on(dir.path(), TODAY, &[]).0, [AT_KEY, "waiver-complete main.tf:2"], "{config}");
        let (_, out, _) = run(dir.path(), TODAY, &["check"]);
        assert!(out.contains("findings of aws-kms-key-rotation must not be waived"), "{out}");
    }
    let dir = repository(&[("main.tf", &text)]);
    assert_eq!(check_on(dir.path(), TODAY, &["--no-inline-waivers"]).0, [AT_KEY]);
    fs::write(dir.path().join("trustlint.hcl"), "waivers {\n  comments = false\n}\n").unwrap();
    assert_eq!(check_on(dir.path(), TODAY, &[]).0, [AT_KEY]);
}

#[test]
fn comments_of_other_tools_count_if_the_configuration_says_so() {
    let text = "resource \"aws_kms_key\" \"k\" {\n  # checkov:skip=CKV_AWS_7:imported\n  enable_key_rotation = false\n}\n\
                #trivy:ignore:AVD-AWS-0065\nresource \"aws_kms_key\" \"l\" {\n  enable_key_rotation = false\n}\n\
                resource \"aws_kms_key\" \"m\" {\n  enable_key_rotation = false #tfsec:ignore:aws-0065 why\n}\n\
                resource \"aws_kms_key\" \"n\" {\n  # checkov:skip=CKV_AWS_999:another\n  enable_key_rotation = false\n}\n";
    let at = |line: u32| format!("aws-kms-key-rotation main.tf:{line}");
    assert_eq!(findings(&[("main.tf", text)]), [3, 7, 10, 14].map(at));
    let config = ("trustlint.hcl", "waivers {\n  other_tools = true\n}\n");
    assert_eq!(check(&[("main.tf", text), config]), (vec![at(14)], [3, 7, 10].map(at).to_vec()));
}

#[test]
fn what_another_tool_limits_is_not_waived_beyond_its_limit() {
    let config = ("trustlint.hcl", "waivers {\n  other_tools = true\n}\n");
    let key = |name: &str, comment: &str| {
        format!(
            "# trivy:ignore:AVD-AWS-0065{comment}\nresource \"aws_kms_key\" \"{name}\" {{\n  enable_key_rotation = false\n}}\n"
        )
    };
    // The day is 2026-11-01 or later in these tests.
    let text =
        [key("a", ":exp:2020-01-01"), key("b", ":exp:2099-01-01"), key("c", "[name=x]"), key("d", ":ws:prod")].concat();
    let at = |line: u32| format!("aws-kms-key-rotation main.tf:{line}");
    assert_eq!(check(&[("main.tf", &text), config]), ([3, 11, 15].map(at).to_vec(), vec![at(7)]));

    let line = "# kics-scan ignore-line\nresource \"aws_sqs_queue\" \"q\" {\n  sqs_managed_sse_enabled = false\n}\n";
    assert_eq!(findings(&[("main.tf", line), config]), ["aws-sqs-queue-encrypted main.tf:3"]);

    let workflow = "# zizmor: ignore[unpinned-uses]\nname: ci\non: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: acme/x@v1\n";
    let dir = repository(&[(".github/workflows/a.yml", workflow), config]);
    let (left, waived) = check_on(dir.path(), TODAY, &["--rule", "github-actions-pinned"]);
    assert_eq!((left.len(), waived.len()), (1, 0));
}

#[test]
fn what_kics_zizmor_and_kube_linter_pass_over_is_passed_over() {
    let config = ("trustlint.hcl", "waivers {\n  other_tools = true\n}\n");
    let queue =
        |name: &str| format!("resource \"aws_sqs_queue\" \"{name}\" {{\n  sqs_managed_sse_enabled = false\n}}\n");
    let line = format!(
        "{}# kics-scan ignore-block\n{}",
        queue("k").replace("  sqs", "  # kics-scan ignore-line\n  sqs"),
        queue("l")
    );
    let file = format!("# kics-scan ignore\n\n{}", queue("m"));
    let other = format!("# kics-scan disable=00000000-0000-0000-0000-000000000000\n\n{}", queue("n"));
    let files = [("line.tf", line.as_str()), ("file.tf", file.as_str()), ("other.tf", other.as_str()), config];
    let at = |place: &str| format!("aws-sqs-queue-encrypted {place}");
    let waived = ["file.tf:4", "line.tf:3", "line.tf:7"].map(at).to_vec();
    assert_eq!(check(&files), (vec![at("other.tf:4")], waived));

    let pod = |annotation: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    {annotation}: it has to\nspec:\n  containers:\n    - name: a\n      image: a@sha256:{}\n      securityContext:\n        privileged: true\n",
            "0".repeat(64)
        )
    };
    let rule = ["--rule", "kubernetes-no-privileged-containers"];
    for (annotation, is_waived) in [
        ("ignore-check.kube-linter.io/privileged-container", true),
        ("kube-linter.io/ignore-all", true),
        ("ignore-check.kube-linter.io/latest-tag", false),
    ] {
        let dir = repository(&[("pod.yaml", &pod(annotation)), config]);
        let (left, waived) = check_on(dir.path(), TODAY, &rule);
        assert_eq!((left.is_empty(), waived.len()), (is_waived, usize::from(is_waived)), "{annotation}");
    }

    let workflow = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: acme/x@v1 # zizmor: ignore[unpinned-uses] ours\n      - uses: acme/y@v1 # zizmor: ignore[artipacked]\n";
    let dir = repository(&[(".github/workflows/a.yml", workflow), config]);
    let (left, waived) = check_on(dir.path(), TODAY, &["--rule", "github-actions-pinned"]);
    let at = |line: u32| vec![format!("github-actions-pinned .github/workflows/a.yml:{line}")];
    assert_eq!((left, waived), (at(8), at(7)));
    let (_, register, _) = run(dir.path(), TODAY, &["exceptions", "--format", "json"]);
    let register: Value = serde_json::from_str(&register).unwrap();
    assert_eq!(register.as_array().map(Vec::len), Some(1), "{register}");
    assert_eq!(register[0]["reason"], "ours");
}

#[test]
fn waived_findings_do_not_fail_the_run_and_are_not_in_the_sarif() {
    let dir = repository(&[("main.tf", &key("# trustlint: ignore[aws-kms-key-rotation] why"))]);
    let (code, out, _) = run(dir.path(), TODAY, &["check", "--output", "sarif"]);
    let sarif: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, sarif["runs"][0]["results"].as_array().unwrap().len()), (0, 0));
}

fn git(dir: &Path, args: &[&str]) {
    let run = Command::new("git")
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_DATE", "2026-03-01T12:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-03-01T12:00:00Z")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(args)
        .output()
        .unwrap();
    assert!(run.status.success(), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn the_register_holds_every_waiver_with_what_git_knows_of_it() {
    let text = format!(
        "{}resource \"aws_kms_key\" \"l\" {{\n  enable_key_rotation = true # trustlint: ignore[aws-kms-key-rotation] =1+1\n}}\n",
        key("# trustlint: ignore[aws-kms-key-rotation] imported | by hand, until=2026-12-31, owner=@sec")
    );
    let dir = repository(&[("net/main.tf", &text)]);
    git(dir.path(), &["init", "-q", "."]);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-qm", "all"]);
    let register = |format: &str, today: &str| {
        let (code, out, err) = run(dir.path(), today, &["exceptions", "--format", format]);
        assert_eq!((code, err.as_str()), (0, ""));
        out
    };
    let rows: Value = serde_json::from_str(&register("json", TODAY)).unwrap();
    let first = &rows[0];
    assert_eq!(first["subjects"][0], "aws_kms_key.k");
    assert_eq!((first["since"].as_str(), first["by"].as_str()), (Some("2026-03-01"), Some("Ada")));
    assert_eq!((first["path"].as_str(), first["line"].as_u64()), (Some("net/main.tf"), Some(2)));
    assert_eq!((&rows[0]["state"], &rows[1]["state"]), (&"active".into(), &"unused".into()));
    let csv = register("csv", TODAY);
    assert!(csv.starts_with("rule,criterion,subject,place,reason,owner,since,by,until,state\r\n"), "{csv}");
    assert!(csv.contains("\"'=1+1\""), "{csv}");
    assert!(register("markdown", TODAY).contains("| imported \\| by hand |"));
    assert!(register("table", "2027-01-01").ends_with("2 waivers: 1 unused, 1 expired\n"));
    let empty = repository(&[("main.tf", "")]);
    assert_eq!(run(empty.path(), TODAY, &["exceptions"]).1, "no waivers\n");
}
