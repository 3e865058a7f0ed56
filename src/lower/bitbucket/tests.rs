use super::*;
use crate::{lower::ci, model::Entity, model::Lowered, source::SourceFile, syntax::yaml, value::Repr};

struct Read {
    sources: SourceMap,
    lowered: Lowered,
}

fn read(text: &str) -> Read {
    let mut sources = SourceMap::default();
    let path = "bitbucket-pipelines.yml";
    let id = sources.add(SourceFile::new(path, text, false));
    let file = YamlFile { id, path: path.into(), documents: yaml::parse(id, text).documents };
    let lowered = ci::lower(lower(&[file], &sources));
    Read { sources, lowered }
}

impl Read {
    fn entity(&self, kind: &str, key: &str) -> &Entity {
        let address = format!("bitbucket-pipelines.yml#{key}");
        let found = self.lowered.entities.iter().find(|e| e.kind == kind && e.address == address);
        found.unwrap_or_else(|| panic!("no {kind} {key} among {:?}", self.keys(kind)))
    }

    fn keys(&self, kind: &str) -> Vec<&str> {
        let addresses = self.lowered.entities.iter().filter(|e| e.kind == kind).map(|e| e.address.as_str());
        addresses.map(|a| a.split_once('#').map_or("", |(_, key)| key)).collect()
    }

    fn job(&self, key: &str) -> &Entity {
        self.entity("ci.job", key)
    }

    /// The situations in which a step runs; `?` before those of which it is not known.
    fn runs(&self, key: &str) -> String {
        let runs = at(self.job(key), "runs").as_object().unwrap();
        let said = runs.fields.iter().filter_map(|(name, value)| match value.as_bool() {
            Some(true) => Some(name.to_string()),
            Some(false) => None,
            None => Some(format!("?{name}")),
        });
        said.collect::<Vec<_>>().join(" ")
    }

    fn gates(&self, key: &str) -> Vec<String> {
        let gates = at(self.job(key), "gates").as_list().unwrap().items.iter();
        let said =
            |gate: &Value, name: &str| crate::lower::ci::reading::written(gate.as_object().unwrap().get(name).unwrap());
        gates.map(|gate| format!("{} {}", said(gate, "kind"), said(gate, "name"))).collect()
    }

    fn problems(&self) -> Vec<String> {
        let span = |d: &crate::source::Diagnostic| d.notes.first().map_or("", |n| self.sources.text(n.span));
        self.lowered.diagnostics.iter().map(|d| format!("{}: {}", span(d), d.message)).collect()
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

fn texts(value: &Value) -> Vec<String> {
    value.as_list().unwrap().items.iter().map(|v| crate::lower::ci::reading::written(v).to_string()).collect()
}

#[test]
fn each_section_has_its_start() {
    let read = read(
        "pipelines:
  default:
    - step: {script: [make]}
  branches:
    main:
      - step: {script: [make]}
    release/*:
      - step: {script: [make]}
    '{feature,fix}/*':
      - step: {script: [make]}
    m*:
      - step: {script: [make]}
  tags:
    v*:
      - step: {script: [make]}
  pull-requests:
    '**':
      - step: {script: [make]}
  custom:
    deploy:
      - variables: [{name: ENV, default: dev}]
      - step: {script: [make]}
",
    );
    assert_eq!(read.problems(), Vec::<String>::new());
    assert_eq!(read.runs("default/step 1"), "push_release push_other manual_other");
    assert_eq!(read.runs("branches/main/step 1"), "push_default manual ?schedule api");
    assert_eq!(read.runs("branches/release/*/step 1"), "push_release");
    assert_eq!(read.runs("branches/{feature,fix}/*/step 1"), "push_other manual_other");
    // A branch that is named is for no pattern.
    assert_eq!(read.runs("branches/m*/step 1"), "");
    assert_eq!(read.runs("tags/v*/step 1"), "tag");
    assert_eq!(read.runs("pull-requests/**/step 1"), "pull_request");
    assert_eq!(at(read.entity("ci.pipeline", "custom/deploy"), "variables.ENV").as_str(), Some("dev"));
    assert_eq!(read.runs("custom/deploy/step 1"), "manual manual_other ?schedule api");
}

#[test]
fn steps_wait_for_those_before_them_and_for_people() {
    let read = read(
        "image: node:20
definitions:
  steps:
    - step: &test
        name: Test
        script: [npm test]
pipelines:
  branches:
    main:
      - step: *test
      - parallel:
          - step: {name: Lint, script: [npm run lint]}
          - step: {name: Scan, script: [npm audit]}
      - parallel:
          fail-fast: true
          steps:
            - step: *test
            - step: {script: [make]}
      - step:
          name: Staging
          deployment: staging
          oidc: true
          script: [cd infra, ./apply.sh]
      - stage:
          name: Production
          deployment: production
          trigger: manual
          steps:
            - step:
                name: Apply
                script:
                  - pipe: atlassian/aws-ecs-deploy:1.12.0
                    variables: {CLUSTER_NAME: web, AWS_SECRET: $AWS_SECRET_ACCESS_KEY}
                  - pipe: docker://acme/pipe@sha256:0123
                  - echo $DEPLOY_TOKEN
                after-script: [./notify.sh]
            - step: {name: Smoke, script: [./smoke.sh], on-fail: {strategy: ignore}}
",
    );
    assert_eq!(read.problems(), Vec::<String>::new());
    let needs = |name: &str| texts(at(read.job(&format!("branches/main/{name}")), "needs"));
    assert_eq!(needs("Test"), Vec::<String>::new());
    assert_eq!(needs("Lint"), ["Test"]);
    assert_eq!(needs("Scan"), ["Test"]);
    assert_eq!(needs("Test (2)"), ["Lint", "Scan"]);
    assert_eq!(needs("step 5"), ["Lint", "Scan"]);
    assert_eq!(needs("Staging"), ["Test (2)", "step 5"]);
    assert_eq!(read.gates("branches/main/Staging"), ["environment staging"]);
    let apply = read.job("branches/main/Apply");
    assert_eq!(read.gates("branches/main/Apply"), ["manual Apply", "environment production", "environment staging"]);
    assert_eq!(
        read.gates("branches/main/Smoke"),
        ["environment production", "environment staging", "manual Apply", "environment production"]
    );
    assert_eq!(apply.environment.as_ref().map(|e| e.name.as_str()), Some("production"));
    assert_eq!(at(apply, "environment_name").as_str(), Some("production"));
    assert_eq!(at(apply, "uses.0.action").as_str(), Some("atlassian/aws-ecs-deploy"));
    assert_eq!(at(apply, "uses.0.ref").as_str(), Some("1.12.0"));
    assert_eq!(at(apply, "uses.0.kind").as_str(), Some("pipe"));
    assert_eq!(at(apply, "uses.0.with.CLUSTER_NAME").as_str(), Some("web"));
    assert_eq!(at(apply, "uses.1.action").as_str(), Some("docker://acme/pipe"));
    assert_eq!(at(apply, "uses.1.ref").as_str(), Some("sha256:0123"));
    assert_eq!(texts(at(apply, "commands")), ["echo $DEPLOY_TOKEN", "./notify.sh"]);
    assert_eq!(texts(at(apply, "secrets")), ["DEPLOY_TOKEN"]);
    assert_eq!(at(apply, "steps.3.ignores_failure").as_bool(), Some(true));
    let staging = read.job("branches/main/Staging");
    assert_eq!(at(staging, "steps.1.directory").as_str(), Some("infra"));
    assert_eq!(at(staging, "credentials.0.kind").as_str(), Some("id token"));
    assert_eq!(at(read.job("branches/main/Smoke"), "ignores_failure").as_bool(), Some(true));
    assert_eq!(at(read.entity("bitbucket.step", "branches/main/Test"), "image").as_str(), Some("node:20"));
}

#[test]
fn a_step_that_may_be_left_out_stands_before_no_other() {
    let read = read(
        "pipelines:
  default:
    - step: {name: Test, script: [make]}
    - step:
        name: Hold
        trigger: manual
        condition: {changesets: {includePaths: [infra/**]}}
        script: [terraform apply]
    - step: {name: Web, script: [./deploy.sh]}
    - step:
        name: Check
        condition: {changesets: {includePaths: [infra/**]}}
        script: [./check.sh]
",
    );
    let needs = |name: &str| texts(at(read.job(&format!("default/{name}")), "needs"));
    assert_eq!(needs("Hold"), ["Test"]);
    assert_eq!(needs("Web"), ["Test"]);
    assert_eq!(needs("Check"), ["Test", "Hold", "Web"]);
    assert_eq!(read.gates("default/Web"), Vec::<String>::new());
    assert_eq!(read.gates("default/Check"), ["manual Hold"]);
    assert!(read.runs("default/Web").starts_with("push_default"));
    assert!(read.runs("default/Hold").starts_with("?push_default"));
}

#[test]
fn pipelines_start_others_and_are_taken_from_elsewhere() {
    let read = read(
        "definitions:
  imports:
    shared: shared-pipelines:main:bitbucket-pipelines.yml
  pipelines:
    ours:
      - step: {name: Build, script: [make]}
pipelines:
  branches:
    main:
      - step: {name: Ask, trigger: manual, script: [make]}
      - step: {name: Go, type: pipeline, custom: deploy}
      - step: {name: Nowhere, type: pipeline, custom: none}
  custom:
    deploy:
      - step: {name: Apply, script: [terraform apply]}
      - step: {name: Check, script: [./check.sh]}
    other:
      import: release@shared
",
    );
    assert_eq!(
        read.problems(),
        [
            "manual: the first step of a pipeline cannot be started by hand: \"Ask\"",
            "none: there is no pipeline \"none\" under `custom`"
        ]
    );
    assert_eq!(read.runs("branches/main/Go/Apply"), "push_default manual ?schedule api");
    assert_eq!(read.gates("branches/main/Go/Apply"), ["manual Ask"]);
    assert_eq!(
        at(read.job("branches/main/Go/Apply"), "caller").as_str(),
        Some("bitbucket-pipelines.yml#branches/main/Go")
    );
    assert_eq!(read.runs("custom/deploy/Apply"), "manual manual_other ?schedule api");
    assert_eq!(texts(at(read.job("branches/main/Go/Check"), "needs")), ["Apply"]);
    assert_eq!(texts(at(read.entity("ci.pipeline", "custom/other"), "unresolved")), ["release@shared"]);
    assert_eq!(at(read.job("custom/other/import"), "uses.0.action").as_str(), Some("release@shared"));
    assert!(read.runs("definitions/ours/Build").starts_with("?push_default"));
}

#[test]
fn each_image_is_there_once_where_it_is_written() {
    let read = read(
        "image: &image {name: acme/build:1, username: $U}
definitions:
  services:
    db: {image: postgres}
  steps:
    - step: &one {name: One, image: node:20, script: [make]}
pipelines:
  default: [step: *one, step: {image: *image, script: [make]}]
  branches: {main: [step: *one]}
",
    );
    let images = read.lowered.entities.iter().filter(|e| e.kind == "bitbucket.image");
    let said = images.map(|e| format!("{} of {}", at(e, "image").as_str().unwrap(), at(e, "user").as_str().unwrap()));
    assert_eq!(
        said.collect::<Vec<_>>(),
        ["acme/build:1 of every step that names none", "postgres of service \"db\"", "node:20 of step \"One\""]
    );
}

#[test]
fn what_is_odd_is_read_all_the_same() {
    for text in [
        "",
        "pipelines:",
        "pipelines: []",
        "pipelines: {default: x, branches: [], tags: {v: null}, custom: {a: {import: 1}}}",
        "pipelines: {default: [step, {}, {step: }, {step: []}, {parallel: x}, {parallel: {}}, {stage: }, {stage: {steps: 1}}]}",
        "pipelines: {default: [{step: {script: x, image: {}, condition: 1, deployment: [], trigger: {}}}]}",
        "pipelines: {default: [{step: {script: [[], {}, {pipe: }, {pipe: {}}, 1, null]}}, {odd: 1}]}",
        "pipelines: {custom: {a: [step: {type: pipeline, custom: a}]}}",
    ] {
        assert!(read(text).lowered.entities.len() < 50);
    }
}
