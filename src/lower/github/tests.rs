use super::*;
use crate::{
    lower::ci,
    model::{EnvironmentClass, Lowered},
    source::SourceFile,
    syntax::yaml,
    value::Repr,
};

struct Read {
    sources: SourceMap,
    lowered: Lowered,
}

fn read(files: &[(&str, &str)]) -> Read {
    let mut sources = SourceMap::default();
    let files: Vec<YamlFile> = files
        .iter()
        .map(|(path, text)| {
            let id = sources.add(SourceFile::new(*path, *text, false));
            YamlFile { id, path: (*path).into(), documents: yaml::parse(id, text).documents }
        })
        .collect();
    let lowered = ci::lower(lower(&files, &sources));
    Read { sources, lowered }
}

fn workflow(text: &str) -> Read {
    read(&[(".github/workflows/deploy.yml", text)])
}

impl Read {
    fn entity(&self, kind: &str, address: &str) -> &Entity {
        let found = self.lowered.entities.iter().find(|e| e.kind == kind && e.address == address);
        found.unwrap_or_else(|| panic!("no {kind} {address} among {:?}", self.addresses(kind)))
    }

    fn job(&self, id: &str) -> &Entity {
        self.entity("github.job", &format!(".github/workflows/deploy.yml#{id}"))
    }

    fn common(&self, id: &str) -> &Entity {
        self.entity("ci.job", &format!(".github/workflows/deploy.yml#{id}"))
    }

    fn addresses(&self, kind: &str) -> Vec<&str> {
        self.lowered.entities.iter().filter(|e| e.kind == kind).map(|e| e.address.as_str()).collect()
    }

    /// The text that the nearest place of a value underlines.
    fn place(&self, value: &Value) -> &str {
        value.origins.first().map_or("", |o| self.sources.text(o.anchor))
    }
}

fn at<'a>(entity: &'a Entity, path: &str) -> &'a Value {
    let mut value = &entity.body;
    for key in path.split('.') {
        value = match (&value.repr, key.parse::<usize>()) {
            (Repr::List(list), Ok(index)) => &list.items[index],
            (Repr::Object(object), _) => {
                object.get(key).unwrap_or_else(|| panic!("no {key} in {:?}", object.fields.keys().collect::<Vec<_>>()))
            }
            _ => panic!("no {key} in a {}", value.kind_name()),
        };
    }
    value
}

fn texts(value: &Value) -> Vec<&str> {
    items(Some(value)).iter().map(|v| v.as_str().unwrap_or("?")).collect()
}

fn written(value: &Value) -> String {
    match &value.repr {
        Repr::String(text) => text.written().into(),
        _ => panic!("a {}", value.kind_name()),
    }
}

const DEPLOY: &str = r#"name: Release

on:
  push:
    branches: [main, "release/**"]
  workflow_dispatch:

permissions:
  contents: read

env:
  API: ${{ secrets.API_KEY }}

jobs:
  build:
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps:
      - uses: actions/checkout@v4
      - name: Say hello
        run: |
          # größe
          echo "${{ github.event.issue.title }}"
            if ${{ contains(github.ref, '}}') &&
              inputs.force }}; then
            echo '${{ secrets.TOKEN }}' >> log
          fi
      - id: pages
        if: github.ref == 'refs/heads/main'
        uses: ./.github/actions/pages
        with:
          folded: >-
            one ${{ matrix.a }}
            two
          single: 'it''s ${{ format(''a }}'', env.X) }} or ${{ env.Y }}'
          double: "tab\t${{ env.Z }}"

  production:
    needs: build
    if: ${{ success() }}
    runs-on: [self-hosted, linux]
    environment:
      name: production
      url: https://example.com
    steps:
      - run: ./deploy.sh

  call:
    uses: ./.github/workflows/other.yml
    secrets: inherit
"#;

#[test]
fn every_expression_knows_its_own_place() {
    let read = workflow(DEPLOY);
    let step = read.entity("github.step", ".github/workflows/deploy.yml#build[1]");
    let found: Vec<(&str, String)> = items(Some(at(step, "expressions")))
        .iter()
        .map(|e| (read.place(e), written(e.as_object().and_then(|o| o.get("written")).expect("written"))))
        .collect();
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].0, "${{ github.event.issue.title }}");
    assert_eq!(found[1].0, "${{ contains(github.ref, '}}') &&\n              inputs.force }}");
    assert_eq!(found[1].1, "${{ contains(github.ref, '}}') &&\n    inputs.force }}");
    assert_eq!(found[2].0, "${{ secrets.TOKEN }}");
    assert_eq!(texts(at(step, "expressions.0.references")), ["github.event.issue.title"]);
    assert_eq!(at(step, "expressions.0.text").as_str(), Some("github.event.issue.title"));
    assert_eq!(at(step, "expressions.0.field").as_str(), Some("run"));

    let run = written(at(step, "run"));
    assert!(run.starts_with("# größe\necho \"${{ github.event.issue.title }}\"\n"), "{run}");
    let Repr::String(text) = &at(step, "run").repr else { panic!("text") };
    let hole = text.holes().next().expect("a hole");
    assert_eq!(hole.unknown.why.subject, "${{ github.event.issue.title }}");
    assert_eq!(read.place(at(step, "run")), "run", "a script is named by its key");
}

#[test]
fn expressions_in_quoted_and_folded_texts_have_places_too() {
    let read = workflow(DEPLOY);
    let step = read.entity("github.step", ".github/workflows/deploy.yml#build[\"pages\"]");
    let places: Vec<&str> = items(Some(at(step, "expressions"))).iter().map(|e| read.place(e)).collect();
    assert_eq!(
        places,
        [
            "github.ref == 'refs/heads/main'",
            "${{ matrix.a }}",
            "${{ format(''a }}'', env.X) }}",
            "${{ env.Y }}",
            "${{ env.Z }}"
        ]
    );
    assert_eq!(written(at(step, "with.folded")), "one ${{ matrix.a }} two");
}

#[test]
fn permissions_come_from_the_job_else_from_the_workflow() {
    let read = workflow(DEPLOY);
    assert_eq!(at(read.job("build"), "permissions.contents").as_str(), Some("write"));
    assert_eq!(at(read.job("production"), "permissions.contents").as_str(), Some("read"));
    assert_eq!(read.place(at(read.job("production"), "permissions")), "permissions");

    let none = workflow("on: push\njobs:\n  a:\n    steps: []\n");
    let permissions = at(none.job("a"), "permissions");
    assert!(permissions.is_null());
    assert_eq!(none.place(permissions), "a", "what lacks them is underlined");

    let read_all = workflow("on: push\npermissions: read-all\njobs:\n  a:\n    permissions: {}\n  b: {}\n");
    assert_eq!(at(read_all.job("b"), "permissions").as_str(), Some("read-all"));
    assert!(at(read_all.job("a"), "permissions").as_object().is_some_and(|o| o.fields.is_empty()));
}

#[test]
fn triggers_are_an_object_however_they_are_written() {
    for (on, names) in [
        ("on: push", vec!["push"]),
        ("on: [push, pull_request]", vec!["push", "pull_request"]),
        ("on:\n  - push\n  - pull_request", vec!["push", "pull_request"]),
        ("on:\n  push:\n  pull_request: { branches: [main] }", vec!["push", "pull_request"]),
        ("\"on\":\n  schedule:\n    - cron: '0 3 * * 1'", vec!["schedule"]),
    ] {
        let read = workflow(&format!("{on}\njobs: {{}}\n"));
        let entity = read.entity("github.workflow", ".github/workflows/deploy.yml");
        assert_eq!(texts(at(entity, "triggers")), names, "{on}");
        let keys: Vec<&str> =
            at(entity, "on").as_object().expect("an object").fields.keys().map(EcoString::as_str).collect();
        assert_eq!(keys, names, "{on}");
        assert_eq!(read.place(at(entity, "triggers.0")), names[0], "{on}");
        assert!(!at(entity, &format!("on.{}", names[0])).is_null(), "an event without settings is there: {on}");
    }
    let none = workflow("jobs: {}\n");
    assert_eq!(texts(at(none.entity("github.workflow", ".github/workflows/deploy.yml"), "triggers")), [""; 0]);
}

#[test]
fn an_environment_is_a_name_or_has_one() {
    let read = workflow(
        "on: push
jobs:
  text: { environment: Prod }
  named: { environment: { name: staging } }
  computed: { environment: \"${{ inputs.target }}\" }
  partly: { environment: \"prod-${{ matrix.region }}\" }
  one: { environment: \"${{ matrix.env }}\", strategy: { matrix: { env: [production] } } }
  many: { environment: \"${{ matrix.env }}\", strategy: { matrix: { env: [dev, production] } } }
  included: { environment: \"${{ matrix.env }}\", strategy: { matrix: { include: [{ env: qa }, { env: qa, x: 1 }] } } }
  unknown: { environment: \"${{ matrix.env }}\", strategy: { matrix: \"${{ fromJSON(inputs.m) }}\" } }
  deploy-dev: {}
  lint: {}
  nameless: { environment: { url: x } }
",
    );
    let told = |id: &str| read.job(id).environment.as_ref().map(|e| (e.name.to_string(), e.sign.to_string()));
    let some = |name: &str, sign: &str| Some((name.to_string(), sign.to_string()));
    assert_eq!(told("text"), some("production", "environment \"Prod\""));
    assert_eq!(read.job("text").environment.as_ref().map(|e| e.class), Some(EnvironmentClass::Production));
    assert_eq!(told("named"), some("staging", "environment \"staging\""));
    assert_eq!(told("computed"), None);
    assert_eq!(told("partly"), some("production", "environment \"prod-${{ matrix.region }}\""));
    assert_eq!(told("one"), some("production", "environment \"production\""));
    assert_eq!(told("many"), None, "a job for both belongs to neither");
    assert_eq!(told("included"), some("qa", "environment \"qa\""));
    assert_eq!(told("unknown"), None);
    assert_eq!(told("deploy-dev"), some("dev", "job \"deploy-dev\""));
    assert_eq!(told("lint"), None);

    assert_eq!(at(read.job("text"), "environment_name").as_str(), Some("Prod"));
    assert_eq!(read.place(at(read.job("named"), "environment_name")), "staging");
    assert_eq!(written(at(read.job("computed"), "environment_name")), "${{ inputs.target }}");
    assert_eq!(texts(at(read.job("many"), "environments")), ["dev", "production"]);
    assert_eq!(texts(at(read.job("unknown"), "environments")), ["?"]);
    assert_eq!(texts(at(read.job("lint"), "environments")), [""; 0]);
    assert!(at(read.job("lint"), "environment_name").is_null());
    assert_eq!(read.place(at(read.job("lint"), "environment_name")), "lint");
    assert!(at(read.job("nameless"), "environment_name").is_null());
}

#[test]
fn a_file_that_is_named_after_an_environment_speaks_for_its_jobs() {
    let read = read(&[(".github/workflows/deploy-production.yaml", "on: push\njobs: { apply: { steps: [] } }\n")]);
    let job = read.entity("ci.job", ".github/workflows/deploy-production.yaml#apply");
    let environment = job.environment.as_ref().expect("an environment");
    assert_eq!(environment.name, "production");
    assert_eq!(environment.sign, "workflow \"deploy-production\"");
}

#[test]
fn the_common_job_has_what_all_systems_have() {
    let read = workflow(DEPLOY);
    let job = read.common("production");
    assert_eq!((job.name.as_str(), job.scope.as_str()), ("production", ".github/workflows/deploy.yml"));
    assert_eq!(at(job, "system").as_str(), Some("github"));
    assert_eq!(texts(at(job, "triggers")), ["push", "workflow_dispatch"]);
    assert_eq!(texts(at(job, "branches")), ["main", "release/**"]);
    assert!(at(job, "tags").is_null());
    assert_eq!(texts(at(job, "needs")), ["build"]);
    assert_eq!(texts(at(job, "commands")), ["./deploy.sh"]);
    assert_eq!(read.place(at(job, "commands.0")), "./deploy.sh");
    assert_eq!(at(job, "condition").as_str(), Some("success()"));
    assert_eq!(at(job, "manual_gate").as_bool(), Some(false));
    assert_eq!(texts(at(job, "secrets")), ["API_KEY"]);

    let build = read.common("build");
    assert_eq!(texts(at(build, "secrets")), ["TOKEN", "API_KEY"]);
    assert_eq!(read.place(at(build, "secrets.0")), "${{ secrets.TOKEN }}");
    assert_eq!(at(build, "uses.0.action").as_str(), Some("actions/checkout"));
    assert_eq!(at(build, "uses.0.ref").as_str(), Some("v4"));
    assert!(at(build, "condition").is_null());

    let call = read.common("call");
    assert_eq!(at(call, "calls").as_str(), Some(".github/workflows/other.yml"));
    assert_eq!(at(call, "inherits_secrets").as_bool(), Some(true));
    assert_eq!(at(read.job("call"), "secrets").as_str(), Some("inherit"));
    assert_eq!(at(read.job("call"), "uses_kind").as_str(), Some("local"));
}

#[test]
fn a_step_knows_its_job_and_workflow() {
    let read = workflow(DEPLOY);
    let step = read.entity("github.step", ".github/workflows/deploy.yml#build[0]");
    assert_eq!(step.name, "actions/checkout@v4");
    assert_eq!(at(step, "uses_owner").as_str(), Some("actions"));
    assert_eq!(at(step, "uses_ref").as_str(), Some("v4"));
    assert_eq!(at(step, "job.id").as_str(), Some("build"));
    assert_eq!(at(step, "workflow.name").as_str(), Some("Release"));
    assert_eq!(at(step, "job.workflow.path").as_str(), Some(".github/workflows/deploy.yml"));
    let identity = at(step, "job").as_object().and_then(|o| o.identity.clone()).expect("identity");
    assert_eq!(identity.attribute("kind").unwrap().as_str(), Some("github.job"));
    assert_eq!(
        read.addresses("github.step"),
        [
            ".github/workflows/deploy.yml#build[0]",
            ".github/workflows/deploy.yml#build[1]",
            ".github/workflows/deploy.yml#build[\"pages\"]",
            ".github/workflows/deploy.yml#production[0]",
        ]
    );
}

#[test]
fn commands_of_local_actions_belong_to_the_jobs_that_use_them() {
    let read = read(&[
        (
            ".github/workflows/deploy.yml",
            "on: push\njobs:\n  a:\n    steps:\n      - uses: ./.github/actions/apply\n      - run: echo done\n",
        ),
        (
            ".github/actions/apply/action.yml",
            "name: Apply
description: x
runs:
  using: composite
  steps:
    - run: terraform apply ${{ inputs.flags }}
      shell: bash
    - uses: ./.github/actions/apply
",
        ),
        ("docs/action.yml", "title: not an action\n"),
    ]);
    let job = read.common("a");
    let commands: Vec<String> = items(Some(at(job, "commands"))).iter().map(written).collect();
    assert_eq!(commands, ["terraform apply ${{ inputs.flags }}", "echo done"]);
    let action = read.entity("github.action", ".github/actions/apply/action.yml");
    assert_eq!(action.name, "Apply");
    let step = read.entity("github.step", ".github/actions/apply/action.yml[0]");
    assert_eq!(at(step, "action.name").as_str(), Some("Apply"));
    assert_eq!(read.addresses("github.action").len(), 1);
}

#[test]
fn paths_of_a_repository_in_the_tree_are_its_own() {
    let read = read(&[
        (
            "apps/shop/.github/workflows/deploy.yml",
            "on: push\njobs:\n  a: { uses: ./.github/workflows/b.yml }\n  b: { steps: [{ uses: ./act }] }\n",
        ),
        ("apps/shop/act/action.yml", "runs: { using: composite, steps: [{ run: make deploy }] }\n"),
    ]);
    let job = read.entity("ci.job", "apps/shop/.github/workflows/deploy.yml#a");
    assert_eq!(at(job, "calls").as_str(), Some("apps/shop/.github/workflows/b.yml"));
    let job = read.entity("ci.job", "apps/shop/.github/workflows/deploy.yml#b");
    assert_eq!(texts(at(job, "commands")), ["make deploy"]);
}

#[test]
fn what_has_another_shape_is_named_and_the_rest_is_read() {
    let read = workflow(
        "on: 3\njobs:\n  a: text\n  b:\n    steps:\n      - just text\n      - run: ok\n    needs: 3\n    environment: [x]\n  c:\n    steps: no\n",
    );
    let messages: Vec<&str> = read.lowered.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(
        messages,
        ["this job is not a mapping, so it was not checked", "this step is not a mapping, so it was not checked"]
    );
    assert_eq!(read.addresses("github.job").len(), 2);
    assert!(at(read.job("b"), "environment_name").is_unknown());
    assert_eq!(at(read.common("b"), "commands.0").as_str(), Some("ok"));

    for text in ["- a\n- b\n", "just text\n", "null\n"] {
        let read = workflow(text);
        assert_eq!(read.lowered.diagnostics.len(), 1, "{text}");
        assert_eq!(read.lowered.diagnostics[0].message, "this workflow is not a mapping, so it was not checked");
        assert!(read.lowered.entities.is_empty());
    }
    assert!(workflow("on: push\njobs: [a]\n").lowered.diagnostics.len() == 1);
    assert!(workflow("").lowered.entities.is_empty());
}

#[test]
fn only_files_in_the_workflows_directory_are_workflows() {
    assert!(is_workflow(".github/workflows/ci.yaml"));
    assert!(!is_workflow(".github/workflows/old/ci.yml"));
    assert!(is_workflow("sub/.github/workflows/ci.yml"), "of a repository in the tree");
    assert!(!is_workflow("sub.github/workflows/ci.yml"));
    assert!(!is_workflow(".github/workflows/readme.md"));
}

#[test]
fn the_name_of_a_workflow_is_underlined_when_it_lacks_something() {
    let read = workflow(DEPLOY);
    let entity = read.entity("github.workflow", ".github/workflows/deploy.yml");
    assert_eq!(read.sources.text(entity.header.anchor), "Release");
    let nameless = workflow("on: push\njobs: {}\n");
    let entity = nameless.entity("github.workflow", ".github/workflows/deploy.yml");
    assert_eq!(nameless.sources.text(entity.header.anchor), "push");
    assert_eq!(nameless.sources.text(entity.extent).trim_end(), "on: push\njobs: {}");
}

#[test]
fn a_workflow_that_is_being_typed_never_panics() {
    for (end, _) in DEPLOY.char_indices() {
        let _ = workflow(&DEPLOY[..end]);
        let _ = workflow(&DEPLOY[end..]);
    }
}

/// The situations in which a job is reached, and behind `?` those in which it may be.
fn reached(job: &Entity) -> String {
    let runs = at(job, "runs").as_object().unwrap();
    let names = |wanted: Option<bool>| -> Vec<&str> {
        runs.fields.iter().filter(|(_, v)| v.as_bool() == wanted).map(|(name, _)| name.as_str()).collect()
    };
    match (names(Some(true)).join(" "), names(None).join(" ")) {
        (yes, perhaps) if perhaps.is_empty() => yes,
        (yes, perhaps) => format!("{yes} ? {perhaps}"),
    }
}

#[test]
fn a_job_is_reached_when_its_workflow_starts_and_the_jobs_it_needs_are() {
    let read = workflow(
        "on:\n  push:\n    branches: [main, 'release/**']\n  pull_request:\n  workflow_dispatch:\njobs:\n  test:\n    runs-on: x\n    steps: [{run: make test}]\n  staging:\n    needs: test\n    if: github.event_name != 'pull_request'\n    environment: staging\n    runs-on: x\n    steps: [{run: ./deploy staging}]\n  production:\n    needs: staging\n    if: github.ref == 'refs/heads/main'\n    runs-on: x\n    steps: [{run: ./deploy production}]\n  notify:\n    needs: production\n    if: always()\n    runs-on: x\n    steps: [{run: ./notify}]\n",
    );
    assert_eq!(
        reached(read.common("test")),
        "push_default push_release pull_request fork_pull_request manual manual_other"
    );
    assert_eq!(reached(read.common("staging")), "push_default push_release manual manual_other");
    assert_eq!(reached(read.common("production")), "push_default manual");
    assert_eq!(
        reached(read.common("notify")),
        "push_default push_release pull_request fork_pull_request manual manual_other"
    );
    let path = ".github/workflows/deploy.yml";
    let address = |id: &str| format!("{path}#{id}");
    assert_eq!(texts(at(read.common("production"), "ancestors")), [address("test"), address("staging")]);
    // The environment of the job before is a gate before this one; one that always runs passes by it.
    assert_eq!(at(read.common("production"), "gates.0.kind").as_str(), Some("environment"));
    assert_eq!(at(read.common("production"), "gates.0.job").as_str(), Some(&*address("staging")));
    assert!(at(read.common("production"), "gates.0.holds").is_unknown());
    assert_eq!(items(Some(at(read.common("notify"), "gates"))).len(), 0);
}

#[test]
fn the_jobs_of_a_reusable_workflow_are_there_for_each_call_with_its_inputs() {
    let caller = "on:\n  push:\n    branches: [main]\njobs:\n  staging:\n    uses: ./.github/workflows/apply.yml\n    with: {stage: staging}\n  production:\n    needs: staging\n    uses: ./.github/workflows/apply.yml\n    with: {stage: production}\n    secrets:\n      key: ${{ secrets.PRODUCTION_KEY }}\n";
    let callee = "on:\n  workflow_call:\n    inputs:\n      stage: {type: string}\n      region: {type: string, default: eu}\n    secrets: {key: {}}\njobs:\n  apply:\n    environment: ${{ inputs.stage }}\n    runs-on: x\n    env: {KEY: '${{ secrets.key }}'}\n    steps:\n      - if: inputs.stage == 'production'\n        run: terraform apply -var region=${{ inputs.region }}\n";
    let read = read(&[(".github/workflows/deploy.yml", caller), (".github/workflows/apply.yml", callee)]);
    assert_eq!(
        read.addresses("ci.job"),
        [
            ".github/workflows/deploy.yml#staging",
            ".github/workflows/deploy.yml#staging/apply",
            ".github/workflows/deploy.yml#production",
            ".github/workflows/deploy.yml#production/apply",
        ]
    );
    let production = read.entity("ci.job", ".github/workflows/deploy.yml#production/apply");
    assert_eq!(at(production, "environment_name").as_str(), Some("production"));
    assert_eq!(texts(at(production, "commands")), ["terraform apply -var region=eu"]);
    assert_eq!(texts(at(production, "secrets")), ["PRODUCTION_KEY"]);
    assert_eq!(reached(production), "push_default");
    assert_eq!(
        texts(at(production, "ancestors")),
        [
            ".github/workflows/deploy.yml#staging",
            ".github/workflows/deploy.yml#staging/apply",
            ".github/workflows/deploy.yml#production"
        ]
    );
    assert_eq!(production.environment.as_ref().unwrap().name, "production");
    assert_eq!(read.sources.text(production.calls[0].anchor), "./.github/workflows/apply.yml");
    let staging = read.entity("ci.job", ".github/workflows/deploy.yml#staging/apply");
    let step = &items(Some(at(staging, "steps")))[0];
    assert_eq!(
        step.as_object().unwrap().get("runs").unwrap().as_object().unwrap().get("push_default").unwrap().as_bool(),
        Some(false)
    );
    // As things in a file, the steps are there once.
    assert_eq!(read.addresses("ci.step"), [".github/workflows/apply.yml#apply[0]"]);
}
