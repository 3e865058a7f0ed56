use super::*;
use crate::{
    model::EnvironmentClass,
    source::{DiskTree, MemoryTree},
};

fn read(text: &str) -> Config {
    Config::parse("trustlint.hcl", text.as_bytes().to_vec(), "")
}

/// Each mistake with the text that it points at, and the advice.
fn mistakes(text: &str) -> Vec<String> {
    let config = read(text);
    let faults = config.diagnostics.iter().map(|d| {
        assert_eq!(d.kind, DiagnosticKind::Configuration);
        let at = &text[d.notes[0].span.range()];
        format!("{} @ {at} ({})", d.message, d.help.as_deref().unwrap_or("-"))
    });
    faults.collect()
}

#[test]
fn environments_are_told_by_what_belongs_to_them() {
    let config = read(
        r#"
        environment "prod" {
          paths      = ["live/**", "./envs/blue/"]
          workspaces = ["blue"]
          namespaces = ["shop", "shop-*"]
          accounts   = ["111122223333"]
          ci         = "prod-eu"
        }
        environment "lab" {
          class = "non-production"
          paths = ["live/lab"]
          clusters = ["lab-*"]
        }
        "#,
    );
    assert_eq!(config.diagnostics, []);
    let told = &config.environments;
    let name = |e: Option<crate::model::Environment>| e.map_or("-".into(), |e| e.name);
    for (path, expected) in [
        ("live/app", "production"),
        ("live", "production"),
        ("envs/blue", "production"),
        ("envs/green", "-"),
        (".", "-"),
    ] {
        assert_eq!(name(told.by_directory(path)), expected, "{path}");
    }
    assert_eq!(name(told.by_path("live/x/main.tf")), "production");
    assert_eq!(name(told.by_workspace("blue")), "production");
    assert_eq!(name(told.by_namespace("shop-web")), "production");
    assert_eq!(name(told.by_namespace("workshop")), "-");
    assert_eq!(name(told.by_account("111122223333")), "production");
    assert_eq!(name(told.by_ci("Prod-EU")), "production");
    assert_eq!(name(told.by_cluster("lab-1")), "lab");
    let lab = told.by_cluster("lab-1").unwrap();
    assert_eq!((lab.class, lab.sign.as_str()), (EnvironmentClass::NonProduction, "trustlint.hcl, cluster \"lab-1\""));
}

#[test]
fn what_is_not_known_is_an_error_with_what_may_be_meant() {
    assert_eq!(
        mistakes("enviroment \"prod\" {}\n"),
        [
            "trustlint.hcl has no block `enviroment` @ enviroment (Did you mean `environment`? It may have: `environment`, `inputs`, `documents`, `rules`, `exclude`, `check`, `waiver`, `waivers`.)"
        ]
    );
    let found = mistakes("environment \"prod\" {\n  path = [\"live\"]\n}\n");
    assert!(
        found[0].starts_with("environment \"prod\" has no attribute `path` @ path (Did you mean `paths`?"),
        "{found:?}"
    );
    assert_eq!(
        mistakes("environment \"prod\" {\n  class = \"prod\"\n}\n"),
        ["`prod` is not a class @ \"prod\" (It is one of: `production`, `non-production`, `shared`.)"]
    );
    assert_eq!(
        mistakes("environment \"blue\" {}\n"),
        [
            "the name \"blue\" does not say whether this is production @ \"blue\" (Add `class = \"production\"`, `\"non-production\"` or `\"shared\"`.)"
        ]
    );
    assert_eq!(mistakes("environment \"prod\" {\n  paths = [\"../other\", \"a{b\", 3]\n}\n").len(), 3);
    assert_eq!(mistakes("environment \"prod\" {}\nenvironment \"prod\" {}\n").len(), 1);
    assert!(mistakes("environment \"prod\" {\n").len() == 1);
}

#[test]
fn inputs_are_those_of_rules_that_there_are() {
    let catalog = Catalog::builtin();
    let rule = catalog.rules.iter().find(|r| !r.inputs.is_empty()).unwrap();
    let (id, input) = (&rule.id, &rule.inputs[0].name);
    let text = format!("inputs \"{id}\" {{\n  {input} = 7 * 2\n}}\n");
    let config = read(&text);
    let mut faults = Vec::new();
    let set = config.inputs(&catalog, &mut faults);
    assert_eq!(faults, []);
    assert_eq!((set[0].0.as_str(), set[0].1.as_str()), (id.as_str(), input.as_str()));
    assert!(set[0].2.origins.iter().next().is_none(), "a value of a configuration has no place in what is checked");

    let text = format!("inputs \"{id}\" {{\n  no_such_input = 1\n}}\ninputs \"no-such-rule\" {{\n  x = 1\n}}\n");
    let mut faults = Vec::new();
    read(&text).inputs(&catalog, &mut faults);
    let faults: Vec<&str> = faults.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(faults, [format!("rule {id} has no input `no_such_input`").as_str(), "there is no rule `no-such-rule`"]);
    assert_eq!(mistakes("inputs \"x\" {\n  days = var.days\n}\n").len(), 1);
}

#[test]
fn documents_are_paths_seen_from_what_is_checked_or_urls() {
    let text = "documents {\n  ir = \"docs/ir.md\"\n  wiki = \"https://wiki.example.com/ir\"\n}\n";
    let config = Config::parse("trustlint.hcl", text.into(), "docs/a");
    assert_eq!(config.diagnostics, []);
    let said: Vec<(&str, &str)> = config.documents.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(said, [("ir", "../ir.md"), ("wiki", "https://wiki.example.com/ir")]);
    assert_eq!(mistakes("documents {\n  ir = \"../x.md\"\n}\n").len(), 1);
    assert_eq!(mistakes("documents {\n  ir = 1\n}\n").len(), 1);
}

#[test]
fn paths_are_relative_to_the_file_whatever_part_is_checked() {
    let text = "environment \"prod\" {\n  paths = [\"live/eu\"]\n}\n";
    let told = Config::parse("../../trustlint.hcl", text.into(), "live/eu").environments;
    assert!(told.by_directory(".").is_some() && told.by_directory("app").is_some());
    assert!(told.by_directory("../us").is_none());
    assert!(told.by_directory("../../..").is_none());
    assert_eq!(told.by_directory(".").unwrap().sign, "trustlint.hcl, path \".\"");
}

#[test]
fn a_tree_without_the_file_has_the_default() {
    assert!(Config::of(&MemoryTree::new("test", [("main.tf", "")])).environments.is_empty());
    let file = "environment \"prod\" {\n  paths = [\"**\"]\n}\n";
    assert!(!Config::of(&MemoryTree::new("test", [("trustlint.hcl", file)])).environments.is_empty());
}

#[test]
fn the_nearest_file_up_to_the_top_of_the_repository_counts() {
    #![allow(clippy::disallowed_methods, reason = "the configuration of a directory on disk")]
    let outside = tempfile::tempdir().unwrap();
    let top = outside.path().join("repo");
    std::fs::create_dir_all(top.join(".git")).unwrap();
    std::fs::create_dir_all(top.join("a/b/c")).unwrap();
    let write = |path: &str, name: &str| {
        std::fs::write(outside.path().join(path), format!("environment \"{name}\" {{\n  paths = [\"**\"]\n}}\n"))
            .unwrap();
    };
    let found = |dir: &str| {
        let config = Config::of(&DiskTree::new(&top.join(dir), 1).unwrap());
        config.environments.by_directory(".").map_or("-".into(), |e| e.name)
    };
    write("trustlint.hcl", "dev");
    assert_eq!(found("a/b"), "-", "what lies outside of the repository is not its configuration");
    write("repo/trustlint.hcl", "prod");
    assert_eq!(found(""), "production");
    assert_eq!(found("a/b/c"), "production");
    write("repo/a/b/trustlint.hcl", "staging");
    assert_eq!(found("a/b/c"), "staging");
    assert_eq!(found("a"), "production");
}
