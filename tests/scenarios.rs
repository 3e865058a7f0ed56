//! With which values a root is evaluated, and what is reported of several.

#![allow(clippy::unwrap_used, reason = "a failure is a panic")]

use std::collections::HashSet;

use trustlint::{
    check,
    lower::{
        self,
        terraform::{self, Given, Scenario},
    },
    model::Project,
    report::{Finding, Report},
    rule::Catalog,
    source::MemoryTree,
    value::{Repr, Value},
};

const DATABASE: &str = "variable \"encrypted\" { type = bool }\n\
    resource \"aws_db_instance\" \"app\" {\n  storage_encrypted = var.encrypted\n}\n";
const RULE: &str = "aws-rds-storage-encrypted";

fn tree(files: &[(&str, &str)]) -> MemoryTree {
    MemoryTree::new("test", files.iter().map(|(path, text)| (*path, text.as_bytes())))
}

fn project(files: &[(&str, &str)], terraform: terraform::Options) -> Project {
    lower::project(&tree(files), &lower::Options { terraform, ..lower::Options::default() })
}

fn report(files: &[(&str, &str)], rule: &str) -> Report {
    let options = check::Options { only: Some(HashSet::from([rule.to_string()])), ..check::Options::default() };
    let catalog = Catalog::builtin();
    check::check(project(files, terraform::Options::default()), &catalog, &options).1
}

/// What output "v" of the only root is.
fn output(files: &[(&str, &str)], terraform: terraform::Options) -> String {
    let project = project(files, terraform);
    let outputs: Vec<String> = project
        .entities
        .iter()
        .filter(|e| e.kind == "terraform.output")
        .map(|e| match e.body.as_object().and_then(|o| o.get("v").or_else(|| o.get("value"))).map(|v| &v.repr) {
            Some(Repr::String(text)) => text.written().to_string(),
            Some(Repr::Unknown(_)) => "unknown".into(),
            other => format!("{other:?}"),
        })
        .collect();
    outputs.join(", ")
}

fn value(name: &str, text: &str) -> Given {
    Given::Value(name.into(), text.into())
}

fn file(path: &str) -> Given {
    Given::File(path.into())
}

fn given(given: Vec<Given>) -> terraform::Options {
    terraform::Options { given, ..terraform::Options::default() }
}

/// The scenarios of a project as `scope: name`.
fn scenarios(files: &[(&str, &str)]) -> Vec<String> {
    let project = project(files, terraform::Options::default());
    project.scenarios.iter().map(|s| format!("{}: {} [{}]", s.scope, s.name, s.files.join(" "))).collect()
}

/// Address, verdict and scenarios of each finding.
fn told(report: &Report) -> Vec<String> {
    let one = |f: &Finding| {
        let open = if f.undecided_in.is_empty() { String::new() } else { format!("; ? {}", f.undecided_in.join(" ")) };
        format!("{} {} [{}{open}]", f.address, f.verdict.as_str(), f.scenarios.join(" "))
    };
    report.findings.iter().map(one).collect()
}

// ------------------------------------------------------------------ precedence

const V: &str = "variable \"v\" { default = \"default\" }\noutput \"v\" { value = var.v }\n";

#[test]
fn each_source_of_a_variable_wins_over_those_before_it() {
    let env = terraform::Options { environment: vec![("v".into(), "env".into())], ..terraform::Options::default() };
    let mut files = vec![("main.tf", V)];
    assert_eq!(output(&files, terraform::Options::default()), "default");
    assert_eq!(output(&files, env.clone()), "env");
    for (path, text, expected) in [
        ("terraform.tfvars", "v = \"tfvars\"", "tfvars"),
        ("terraform.tfvars.json", "{\"v\": \"json\"}", "json"),
        ("9.auto.tfvars", "v = \"9\"", "9"),
        ("a.auto.tfvars", "v = \"a\"", "a"),
        ("b.auto.tfvars.json", "{\"v\": \"b\"}", "b"),
    ] {
        files.push((path, text));
        assert_eq!(output(&files, env.clone()), expected, "{path}");
    }
    // Written first or last, the order is that of the names.
    files.reverse();
    assert_eq!(output(&files, env), "b");
    assert_eq!(output(&files, given(vec![value("v", "cli")])), "cli");
}

#[test]
fn values_and_files_of_the_command_line_win_in_its_order() {
    let files =
        [("main.tf", V), ("x.tfvars", "v = \"x\""), ("y.tfvars", "v = \"y\""), ("terraform.tfvars", "v = \"t\"")];
    for (order, expected) in [
        (vec![file("x.tfvars"), value("v", "cli")], "cli"),
        (vec![value("v", "cli"), file("x.tfvars")], "x"),
        (vec![file("y.tfvars"), value("v", "cli"), file("./x.tfvars")], "x"),
        (vec![file("x.tfvars"), file("y.tfvars")], "y"),
        (vec![file("y.tfvars"), value("v", "one"), value("v", "two")], "two"),
    ] {
        assert_eq!(output(&files, given(order.clone())), expected, "{order:?}");
    }
}

#[test]
fn a_text_is_an_expression_only_for_a_type_that_has_parts() {
    let typed =
        |kind: &str| format!("variable \"v\" {{ type = {kind} }}\noutput \"v\" {{ value = jsonencode(var.v) }}\n");
    for (kind, text, expected) in [
        ("string", "[1]", "\"[1]\""),
        ("number", "5", "5"),
        ("bool", "true", "true"),
        ("list(string)", "[\"a\", 1]", "[\"a\",\"1\"]"),
        ("any", "{ a = 1 }", "{\"a\":1}"),
        ("list(string)", "a b", "unknown"),
    ] {
        let main = typed(kind);
        assert_eq!(output(&[("main.tf", &main)], given(vec![value("v", text)])), expected, "{kind} {text}");
    }
    let untyped = "variable \"v\" {}\noutput \"v\" { value = jsonencode(var.v) }\n";
    assert_eq!(output(&[("main.tf", untyped)], given(vec![value("v", "[1]")])), "\"[1]\"");
}

#[test]
fn a_called_module_gets_nothing_from_files_of_variables() {
    let files = [
        ("main.tf", "module \"m\" { source = \"./m\" }\noutput \"v\" { value = module.m.v }\n"),
        ("m/main.tf", V),
        ("terraform.tfvars", "v = \"root\"\n"),
        ("m/prod.tfvars", "v = \"prod\"\n"),
    ];
    let env = terraform::Options { environment: vec![("v".into(), "env".into())], ..terraform::Options::default() };
    assert_eq!(output(&files, env), "default");
}

#[test]
fn a_value_for_a_variable_that_is_not_declared_is_a_warning_at_its_place() {
    let files = [("main.tf", V), ("terraform.tfvars", "v = \"a\"\nw = 1\n"), ("x.tfvars", "nope = 1\n")];
    let project = project(&files, given(vec![file("x.tfvars"), value("gone", "1")]));
    let told: Vec<(String, &str)> = project
        .diagnostics
        .iter()
        .map(|d| (d.message.clone(), d.notes.first().map_or("", |n| project.files.text(n.span))))
        .collect();
    assert_eq!(
        told,
        [
            ("variable \"nope\" is given a value but is not declared".to_string(), "nope"),
            ("`--var gone` names a variable that no root module declares".to_string(), ""),
            ("variable \"w\" is given a value but is not declared".to_string(), "w"),
        ]
    );
}

// ------------------------------------------------------------------ which scenarios there are

#[test]
fn files_that_terraform_does_not_read_by_itself_name_scenarios() {
    let on = "encrypted = true\n";
    for (paths, expected) in [
        (&["prod.tfvars", "dev.tfvars"][..], &[".: dev [dev.tfvars]", ".: prod [prod.tfvars]"][..]),
        (&["env/staging.tfvars"], &[".: staging [env/staging.tfvars]"]),
        (
            &["environments/dev/terraform.tfvars", "environments/prod/terraform.tfvars"],
            &[".: dev [environments/dev/terraform.tfvars]", ".: prod [environments/prod/terraform.tfvars]"],
        ),
        // Files that are always read, samples, tests and backends make none.
        (&["terraform.tfvars", "x.auto.tfvars"], &[]),
        (&["example.tfvars", "tests/a/prod.tfvars", "prod.backend.tfvars"], &[]),
        (&["a/b/c/d/prod.tfvars"], &[]),
    ] {
        let mut files = vec![("main.tf", DATABASE)];
        files.extend(paths.iter().map(|p| (*p, on)));
        assert_eq!(scenarios(&files), expected, "{paths:?}");
    }
    let json = [("main.tf", DATABASE), ("vars/prod.tfvars.json", "{\"encrypted\": true}")];
    assert_eq!(scenarios(&json), [".: prod [vars/prod.tfvars.json]"]);
}

#[test]
fn a_directory_beside_the_roots_is_for_those_that_declare_all_of_a_file() {
    let files = [
        ("infra/app/main.tf", DATABASE),
        ("infra/net/main.tf", "variable \"cidr\" {}\n"),
        ("infra/config/prod.tfvars", "encrypted = true\n"),
        ("infra/config/dev/net.tfvars", "cidr = \"10.0.0.0/8\"\n"),
        ("infra/config/both.tfvars", "cidr = \"10.0.0.0/8\"\nencrypted = true\n"),
        ("infra/docs/prod.tfvars", "encrypted = true\n"),
        ("environments/staging.tfvars", "cidr = \"10.0.0.0/8\"\n"),
    ];
    assert_eq!(
        scenarios(&files),
        [
            "infra/app: prod [infra/config/prod.tfvars]",
            "infra/net: dev [infra/config/dev/net.tfvars]",
            "infra/net: staging [environments/staging.tfvars]",
        ]
    );
}

#[test]
fn files_for_every_scenario_and_parts_of_one_are_put_together() {
    let main = "variable \"a\" {}\nvariable \"b\" {}\nvariable \"c\" {}\n";
    let files = [
        ("main.tf", main),
        ("common.tfvars", "a = 0\n"),
        ("secrets.tfvars", "c = 1\n"),
        ("variables.tfvars", "a = 0\nb = 0\n"),
        ("prod.tfvars", "a = 1\nb = 1\n"),
        ("dev.tfvars", "a = 2\nb = 2\n"),
    ];
    assert_eq!(
        scenarios(&files),
        [
            ".: dev [common.tfvars secrets.tfvars variables.tfvars dev.tfvars]",
            ".: prod [common.tfvars secrets.tfvars variables.tfvars prod.tfvars]"
        ]
    );
    let files = [
        ("main.tf", main),
        ("envs/prod/one.tfvars", "a = 1\n"),
        ("envs/prod/two.tfvars", "b = 1\n"),
        ("envs/dev/eu.tfvars", "a = 1\n"),
        ("envs/dev/us.tfvars", "a = 2\n"),
    ];
    assert_eq!(
        scenarios(&files),
        [
            ".: dev/eu [envs/dev/eu.tfvars]",
            ".: dev/us [envs/dev/us.tfvars]",
            ".: prod [envs/prod/one.tfvars envs/prod/two.tfvars]"
        ]
    );
}

#[test]
fn the_root_without_files_is_a_scenario_if_it_can_be_deployed_so() {
    let with_default = DATABASE.replace("type = bool", "default = false");
    let files = [("main.tf", with_default.as_str()), ("prod.tfvars", "encrypted = true\n")];
    assert_eq!(scenarios(&files), [".: prod [prod.tfvars]", ".: (no variable file) []"]);
    assert_eq!(told(&report(&files, RULE)), ["aws_db_instance.app fail [(no variable file)]"]);
    // A file that is always read gives what has no default.
    let files =
        [("main.tf", DATABASE), ("prod.tfvars", "encrypted = true\n"), ("terraform.tfvars", "encrypted = false\n")];
    assert_eq!(scenarios(&files).len(), 2);
    let env = ("env/staging.tfvars", "encrypted = true\n");
    assert_eq!(scenarios(&[files[0], files[1], files[2], env]).len(), 3);
    // With a file for each environment, nobody deploys without one.
    let files = [("main.tf", with_default.as_str()), PROD, ("staging.tfvars", "encrypted = true\n")];
    assert_eq!(scenarios(&files), [".: prod [prod.tfvars]", ".: staging [staging.tfvars]"]);
    assert!(report(&files, RULE).findings.is_empty());
}

#[test]
fn whoever_names_a_file_has_chosen_the_scenario() {
    let files = [("main.tf", DATABASE), ("prod.tfvars", "encrypted = true\n"), ("dev.tfvars", "encrypted = false\n")];
    let project = project(&files, given(vec![file("prod.tfvars")]));
    assert!(project.scenarios.is_empty());
    assert!(project.entities.iter().all(|e| e.scenario.is_none()));
}

#[test]
fn more_scenarios_than_are_evaluated_are_told() {
    let names: Vec<String> = (0..60).map(|i| format!("customer{i:02}.tfvars")).collect();
    let mut files = vec![("main.tf", DATABASE), ("prod.tfvars", "encrypted = true\n")];
    files.extend(names.iter().map(|n| (n.as_str(), "encrypted = true\n")));
    let project = project(&files, terraform::Options::default());
    assert_eq!(project.scenarios.len(), 50);
    assert!(project.scenarios.iter().any(|s| s.name == "prod"));
    assert!(project.diagnostics[0].message.contains("61 ways"), "{:?}", project.diagnostics);
}

#[test]
fn workspaces_that_a_root_names_are_scenarios() {
    let main = "locals {\n  env = terraform.workspace\n  on = { prod = true, dev = false }\n}\n\
        resource \"aws_db_instance\" \"app\" { storage_encrypted = local.on[local.env] }\n";
    let report = report(&[("main.tf", main)], RULE);
    assert_eq!(told(&report), ["aws_db_instance.app fail [dev]"]);
    assert_eq!(report.findings[0].environment.as_deref(), Some("dev"));
    // A name that is compared leaves others possible.
    let main = "resource \"aws_db_instance\" \"app\" { storage_encrypted = terraform.workspace == \"prod\" }\n";
    assert_eq!(scenarios(&[("main.tf", main)]), [".: prod []", ".: (another workspace) []"]);
    // With files of variables the workspace of the same name is meant, and no other.
    let main = "variable \"name\" {}\nlocals { on = { prod = true, dev = false } }\n\
        resource \"aws_db_instance\" \"app\" { storage_encrypted = local.on[terraform.workspace] }\n";
    let files = [("main.tf", main), ("prod.tfvars", "name = 1\n"), ("dev.tfvars", "name = 2\n")];
    assert_eq!(told(&self::report(&files, RULE)), ["aws_db_instance.app fail [dev]"]);
}

#[test]
fn code_may_tell_scenarios() {
    let scenario = |title: &str, on: bool| Scenario {
        title: title.into(),
        values: vec![("encrypted".into(), Value::bool(on))],
        ..Scenario::only(&"".into())
    };
    let terraform = terraform::Options {
        scenarios: vec![scenario("live/prod", true), scenario("live/dev", false)],
        ..terraform::Options::default()
    };
    let project = project(&[("main.tf", DATABASE)], terraform);
    let told: Vec<String> = project
        .entities
        .iter()
        .filter(|e| e.kind == "aws_db_instance")
        .map(|e| {
            let on = e.body.as_object().and_then(|o| o.get("storage_encrypted")).map(|v| v.repr.clone());
            format!("{} {}", e.scenario.as_deref().unwrap_or(""), matches!(on, Some(Repr::Bool(true))))
        })
        .collect();
    assert_eq!(told, ["live/dev false", "live/prod true"]);
}

// ------------------------------------------------------------------ what is reported

const PROD: (&str, &str) = ("prod.tfvars", "encrypted = true\n");
const DEV: (&str, &str) = ("dev.tfvars", "encrypted = false\n");

#[test]
fn what_holds_in_one_scenario_says_so_and_what_holds_in_all_says_nothing() {
    let both = format!("{DATABASE}resource \"aws_db_instance\" \"two\" {{ storage_encrypted = false }}\n");
    let report = report(&[("main.tf", &both), PROD, DEV], RULE);
    assert_eq!(told(&report), ["aws_db_instance.app fail [dev]", "aws_db_instance.two fail []"]);
    assert_eq!(report.counts.fail, 2, "one entity is counted once");
    assert_eq!(report.findings[0].environment.as_deref(), Some("dev"));
    assert_eq!(report.findings[1].environment, None);
    let file = |i: usize| report.findings[i].labels.others.len();
    assert_eq!((file(0), file(1)), (1, 0), "the line of dev.tfvars decided it");
}

#[test]
fn what_fails_for_a_line_of_each_scenario_shows_all_of_them_once() {
    let report = report(&[("main.tf", DATABASE), DEV, ("qa.tfvars", "encrypted = false\n")], RULE);
    assert_eq!(told(&report), ["aws_db_instance.app fail []"]);
    assert_eq!(report.findings[0].labels.others.len(), 2);
}

#[test]
fn undecided_in_one_and_failing_in_another_is_one_failure() {
    let main = format!("variable \"a\" {{}}\nvariable \"b\" {{}}\nvariable \"c\" {{}}\n{DATABASE}");
    let staging = ("staging.tfvars", "a = 1\nb = 1\nc = 1\n");
    let report = report(&[("main.tf", &main), PROD, DEV, staging], RULE);
    assert_eq!(told(&report), ["aws_db_instance.app fail [dev; ? staging]"]);
    assert_eq!((report.counts.fail, report.counts.undecided, report.counts.pass), (1, 0, 0));
}

#[test]
fn what_exists_in_one_scenario_only_fails_in_that() {
    let main = "variable \"on\" { type = bool }\n\
        resource \"aws_db_instance\" \"app\" {\n  count = var.on ? 1 : 0\n  storage_encrypted = false\n}\n";
    let report = report(&[("main.tf", main), ("prod.tfvars", "on = true\n"), ("dev.tfvars", "on = false\n")], RULE);
    assert_eq!(told(&report), ["aws_db_instance.app[0] fail [prod]"]);
}

#[test]
fn a_finding_is_the_same_with_and_without_scenarios() {
    let main = DATABASE.replace("type = bool", "default = false");
    let alone = report(&[("main.tf", &main)], RULE);
    let several = report(&[("main.tf", &main), PROD], RULE);
    assert_eq!(alone.findings[0].fingerprint, several.findings[0].fingerprint);
}

#[test]
fn links_stay_inside_of_a_scenario() {
    let rule = "aws-s3-public-access-blocked";
    let main = "variable \"block\" { type = bool }\nvariable \"name\" { type = string }\n\
        resource \"aws_s3_bucket\" \"logs\" { bucket = var.name }\n\
        resource \"aws_s3_bucket_public_access_block\" \"logs\" {\n  count = var.block ? 1 : 0\n  bucket = aws_s3_bucket.logs.id\n\
        block_public_acls = true\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}\n";
    let with = |name: &str| {
        let (prod, dev) = (format!("block = true\nname = \"{name}\"\n"), "block = false\nname = \"logs\"\n");
        told(&report(&[("main.tf", main), ("prod.tfvars", &prod), ("dev.tfvars", dev)], rule))
    };
    assert_eq!(with("logs-prod"), ["aws_s3_bucket.logs fail [dev]"]);
    // By name too: the bucket of dev has the name that prod's has.
    assert_eq!(with("logs"), ["aws_s3_bucket.logs fail [dev]"]);
}

#[test]
fn scenarios_of_one_root_are_not_compared_with_each_other() {
    let main = "terraform {\n  backend \"s3\" {\n    bucket = \"state\"\n    key = \"app\"\n  }\n}\nvariable \"encrypted\" {}\n";
    let rule = "terraform-state-not-shared";
    let files = [("app/main.tf", main), ("app/prod.tfvars", PROD.1), ("app/dev.tfvars", DEV.1)];
    assert_eq!(told(&report(&files, rule)), [""; 0]);
    let other =
        ("envs/test/main.tf", "terraform {\n  backend \"s3\" {\n    bucket = \"state\"\n    key = \"app\"\n  }\n}\n");
    let report = report(&[files[0], files[1], files[2], other], rule);
    assert!(!report.findings.is_empty(), "another root is still compared");
    // Whatever the scenarios of two roots are called: production of one may collide with a test of the other.
    let other = [("web/main.tf", main), ("web/prod.tfvars", PROD.1), ("web/dev.tfvars", DEV.1)];
    let report = self::report(&[&files[..], &other[..]].concat(), rule);
    assert_eq!(report.findings.len(), 1, "{:?}", told(&report));
}

#[test]
fn what_is_written_once_is_one_entity() {
    let main = format!("{DATABASE}module \"m\" {{ source = \"./m\" }}\n");
    let files = [("main.tf", main.as_str()), ("m/main.tf", "variable \"x\" { default = 1 }\n"), PROD, DEV];
    let project = project(&files, terraform::Options::default());
    let count = |kind: &str| project.entities.iter().filter(|e| e.kind == kind).count();
    assert_eq!((count("terraform.variable"), count("terraform.module"), count("aws_db_instance")), (2, 1, 2));
    let entities = report(&files, RULE).entities;
    assert_eq!(entities, project.entities.len() - 2, "the database and the root are in both");
}
