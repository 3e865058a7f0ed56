//! What is generated is committed, and is what the code would write.
//!
//! `SNAPSHOTS=overwrite cargo test --test generated` writes it anew, and removes the pages of rules
//! that are gone.

#![allow(clippy::disallowed_methods, reason = "a test that reads and writes the project's own files")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use trustlint::{
    check, lower,
    rule::{
        Catalog,
        docs::{self, ENTITIES},
    },
    source::{DiskTree, MemoryTree, Tree},
};

const AGAIN: &str = "SNAPSHOTS=overwrite cargo test --test generated";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What other tools ask about.
fn peers() -> String {
    fs::read_to_string(root().join("rules/peers.tsv")).expect("rules/peers.tsv can be read")
}

/// All generated pages by path.
fn pages(catalog: &Catalog) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::from([
        ("docs/controls.md".to_string(), docs::controls(catalog)),
        ("docs/coverage.md".to_string(), docs::coverage(catalog, &peers())),
        ("docs/entities.md".to_string(), docs::entities(catalog)),
        ("docs/functions.md".to_string(), docs::functions()),
        ("docs/rules/README.md".to_string(), docs::rules_index(catalog)),
    ]);
    for rule in &catalog.rules {
        pages.insert(format!("docs/rules/{}.md", rule.id), docs::rule_page(rule, catalog));
    }
    for text in pages.values_mut() {
        *text = format!("<!-- Generated: do not edit. `{AGAIN}` writes it anew. -->\n\n{text}");
    }
    pages
}

#[test]
fn the_generated_pages_are_what_the_code_writes() {
    let catalog = Catalog::builtin_whole();
    let pages = pages(&catalog);
    let overwrite = env::var_os("SNAPSHOTS").is_some_and(|v| v == "overwrite");
    let mut stale = Vec::new();
    for (path, text) in &pages {
        let file = root().join(path);
        if fs::read_to_string(&file).is_ok_and(|old| old == *text) {
            continue;
        }
        if overwrite {
            fs::create_dir_all(file.parent().expect("a page has a directory")).expect("docs can be written");
            fs::write(&file, text).expect("docs can be written");
        } else {
            stale.push(path.clone());
        }
    }
    for path in files_in("docs/rules").into_iter().filter(|path| !pages.contains_key(path)) {
        if overwrite {
            fs::remove_file(root().join(&path)).expect("docs can be written");
        } else {
            stale.push(format!("{path} (its rule is gone)"));
        }
    }
    assert!(stale.is_empty(), "out of date; `{AGAIN}` writes them anew:\n  {}", stale.join("\n  "));
}

fn files_in(directory: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(directory)) else { return Vec::new() };
    let names = entries.filter_map(Result::ok).filter_map(|e| e.file_name().into_string().ok());
    let mut paths: Vec<String> = names.map(|name| format!("{directory}/{name}")).collect();
    paths.sort();
    paths
}

#[test]
fn docs_entities_names_every_kind_and_field_that_lowering_makes() {
    let mut missing = Vec::new();
    let mut trees: Vec<Box<dyn Tree>> = vec![Box::new(odd())];
    for directory in files_in("fixtures/repos") {
        trees.push(Box::new(DiskTree::new(&root().join(&directory), 1).expect("a fixture can be read")));
    }
    for tree in &trees {
        for entity in lower::project(&**tree, &lower::Options::default()).entities {
            // Kinds that others define for Kubernetes have their group behind a dot.
            let is_kubernetes = entity.kind.starts_with(|c: char| c.is_ascii_uppercase());
            let has_own_name = (entity.kind.contains('.') && !entity.kind.starts_with("data.") && !is_kubernetes)
                || entity.kind == "repository"
                || entity.kind == "renovate";
            if !has_own_name {
                continue;
            }
            let Some(known) = ENTITIES.iter().find(|e| e.kind == entity.kind) else {
                missing.push(format!("the kind {}", entity.kind));
                continue;
            };
            let Some(body) = entity.body.as_object() else { continue };
            for name in body.fields.keys().filter(|_| !known.document) {
                if !known.fields.iter().any(|(field, _)| field == name) {
                    missing.push(format!("the field {name} of {}", entity.kind));
                }
            }
        }
    }
    missing.sort();
    missing.dedup();
    assert!(
        missing.is_empty(),
        "src/rule/docs/entities.rs does not describe what rules can see:\n  {}",
        missing.join("\n  ")
    );
}

#[test]
fn every_kind_in_docs_entities_exists_with_its_fields() {
    let project = lower::project(&odd(), &lower::Options::default());
    let catalog = Catalog::builtin();
    let (project, _) = check::check(project, &catalog, &check::Options::default());
    let mut made_up = Vec::new();
    for known in ENTITIES {
        let bodies: Vec<_> =
            project.entities.iter().filter(|e| e.kind == known.kind).filter_map(|e| e.body.as_object()).collect();
        if bodies.is_empty() {
            made_up.push(format!("the kind {}", known.kind));
        }
        for (field, _) in known.fields {
            if !bodies.iter().any(|b| b.fields.contains_key(*field)) {
                made_up.push(format!("the field {field} of {}", known.kind));
            }
        }
    }
    assert!(
        made_up.is_empty(),
        "src/rule/docs/entities.rs describes what the repository in this test does not have; add it here or take it away there:\n  {}",
        made_up.join("\n  ")
    );
}

/// A repository with one of everything.
fn odd() -> MemoryTree {
    const MAIN: &str = r#"
# trustlint: ignore-file[aws-kms-key-rotation] an example, until=2027-01-31, owner=@team
terraform {
  backend "s3" {}
}

provider "aws" {
  region = "eu-central-1"
}

variable "a" {
  type        = string
  default     = "x"
  sensitive   = true
  ephemeral   = false
  nullable    = false
  description = "a"
}

module "b" {
  source  = "acme/b/aws"
  version = "1.0.0"
}

output "c" {
  value = 1
}
"#;
    const WORKFLOW: &str = "
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: ./actions/a
        with: { x: '${{ github.ref }}' }
  called:
    uses: acme/workflows/.github/workflows/x.yml@v1
";
    const ACTION: &str = "
name: a
runs:
  using: composite
  steps:
    - run: echo
      shell: bash
";
    const PIPELINE: &str = "
include:
  - component: gitlab.com/acme/scan/scan@1.0.0
build:
  script: make
";
    const AZURE: &str = "
resources:
  repositories:
    - repository: platform
      name: Platform/templates
stages:
  - stage: A
    jobs:
      - job: a
        steps:
          - template: x.yml@platform
";
    const JENKINS: &str = "
@Library('acme@v1') _
pipeline { agent any; stages { stage('A') { steps { sh 'make' } } } }
";
    const SETTINGS: &str = "
branches:
  - name: main
    protection: {}
environments:
  - name: production
";
    const RULESET: &str =
        r#"{"name": "m", "target": "branch", "enforcement": "active", "conditions": {}, "rules": []}"#;
    const HOST: &str = r#"{
  "schema_version": 1, "asked_at": "", "repository": "a/b", "visibility": "", "default_branch": "main",
  "branch": "main", "controls": {}
}"#;
    const CIRCLECI: &str = "
orbs: {aws: circleci/aws-cli@5.1.2}
jobs: {a: {docker: [{image: 'alpine:3.20'}], steps: [aws/setup]}}
workflows: {b: {jobs: [a]}}
";
    const BITBUCKET: &str = "
image: alpine:3.20
pipelines: {default: [{step: {script: [make]}}]}
";
    let files: [(&str, &str); 15] = [
        (".circleci/config.yml", CIRCLECI),
        ("bitbucket-pipelines.yml", BITBUCKET),
        (".gitlab-ci.yml", PIPELINE),
        ("azure-pipelines.yml", AZURE),
        ("Jenkinsfile", JENKINS),
        ("main.tf", MAIN),
        (".github/workflows/ci.yml", WORKFLOW),
        ("actions/a/action.yml", ACTION),
        (".github/CODEOWNERS", "* @acme/all\n"),
        (".github/dependabot.yml", "version: 2\n"),
        ("renovate.json", "{\"extends\": []}"),
        (".github/settings.yml", SETTINGS),
        (".github/rulesets/main.json", RULESET),
        (".trustlint/host.json", HOST),
        ("docs/plan.md", "# Plan\n"),
    ];
    MemoryTree::new("odd", files.map(|(path, text)| (path, text.as_bytes())))
}

#[test]
fn the_readme_names_only_files_that_exist() {
    for page in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/writing-rules.md",
        "docs/outputs.md",
        "docs/limitations.md",
    ] {
        let text = fs::read_to_string(root().join(page)).expect("the page is there");
        for link in links(&text) {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let file = root().join(page).parent().unwrap_or(Path::new("")).join(path);
            assert!(file.exists(), "{page} links to {link}, which is not there");
        }
    }
}

/// The targets of Markdown links.
fn links(text: &str) -> Vec<&str> {
    text.match_indices("](").filter_map(|(at, _)| text[at + 2..].split(')').next()).collect()
}
