use super::*;
use crate::{lower::ci, model::Entity, model::Lowered, source::SourceFile, syntax::yaml, value::Repr};

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

fn config(text: &str) -> Read {
    read(&[(".circleci/config.yml", text)])
}

impl Read {
    fn entity(&self, kind: &str, address: &str) -> &Entity {
        let found = self.lowered.entities.iter().find(|e| e.kind == kind && e.address == address);
        found.unwrap_or_else(|| panic!("no {kind} {address} among {:?}", self.addresses(kind)))
    }

    fn addresses(&self, kind: &str) -> Vec<&str> {
        self.lowered.entities.iter().filter(|e| e.kind == kind).map(|e| e.address.as_str()).collect()
    }

    fn job(&self, id: &str) -> &Entity {
        self.entity("ci.job", &format!(".circleci/config.yml#{id}"))
    }

    /// The situations in which a job runs; `?` before those of which it is not known.
    fn runs(&self, id: &str) -> String {
        situations(self.job(id))
    }

    fn problems(&self) -> Vec<String> {
        let span = |d: &crate::source::Diagnostic| d.notes.first().map_or("", |n| self.sources.text(n.span));
        self.lowered.diagnostics.iter().map(|d| format!("{}: {}", span(d), d.message)).collect()
    }
}

fn situations(entity: &Entity) -> String {
    let runs = at(entity, "runs").as_object().unwrap();
    let said = runs.fields.iter().filter_map(|(name, value)| match value.as_bool() {
        Some(true) => Some(name.to_string()),
        Some(false) => None,
        None => Some(format!("?{name}")),
    });
    said.collect::<Vec<_>>().join(" ")
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

const EVERYWHERE: &str =
    "push_default push_release push_other ?fork_pull_request manual manual_other ?schedule api merge_queue";

#[test]
fn filters_say_for_which_branches_and_tags_a_job_runs() {
    let read = config(
        "version: 2.1
jobs:
  work:
    docker: [{image: cimg/base:2024.01}]
    steps: [run: make]
workflows:
  all:
    jobs:
      - work
      - work:
          name: main
          filters: {branches: {only: main}}
      - work:
          name: release
          filters:
            branches:
              only: [main, /release\\/.*/]
      - work:
          name: not-features
          filters: {branches: {ignore: [/feature.*/, /fix.*/, experiment, someone/experiment]}}
      - work:
          name: tagged
          filters:
            tags: {only: /v.*/}
            branches: {ignore: /.*/}
      - work:
          name: both
          filters:
            tags: {only: /v.*/}
      - work:
          name: expression
          filters: pipeline.git.branch == \"main\" or pipeline.git.tag starts-with \"v\"
",
    );
    assert_eq!(read.problems(), Vec::<String>::new());
    assert_eq!(read.runs("all/work"), EVERYWHERE);
    assert_eq!(read.runs("all/main"), "push_default manual ?schedule api");
    assert_eq!(read.runs("all/release"), "push_default push_release manual ?schedule api");
    assert_eq!(
        read.runs("all/not-features"),
        "push_default push_release ?fork_pull_request manual ?schedule api merge_queue"
    );
    assert_eq!(read.runs("all/tagged"), "tag");
    assert_eq!(read.runs("all/both"), EVERYWHERE.replace("push_other ", "push_other tag "));
    assert_eq!(read.runs("all/expression"), "push_default tag manual ?schedule api");
    assert_eq!(texts(at(read.job("all/release"), "branches")), ["main", "/release\\/.*/"]);
}

#[test]
fn what_stands_behind_an_approval_has_its_gate() {
    let read = config(
        "version: 2.1
jobs:
  plan: {docker: [{image: i}], steps: [run: terraform plan -out p]}
  apply: {docker: [{image: i}], steps: [run: terraform apply p]}
workflows:
  deploy:
    jobs:
      - plan
      - hold:
          type: approval
          requires: [plan]
      - apply:
          name: apply-prod
          requires: [hold]
          context: [aws-prod, slack]
          filters: {branches: {only: main}}
      - apply:
          name: cleanup
          requires:
            - apply-prod: [failed, canceled]
",
    );
    assert_eq!(read.problems(), Vec::<String>::new());
    let apply = read.job("deploy/apply-prod");
    assert_eq!(at(apply, "gates.0.kind").as_str(), Some("approval"));
    assert_eq!(at(apply, "gates.0.name").as_str(), Some("hold"));
    assert_eq!(at(apply, "gates.0.holds").as_bool(), Some(true));
    assert_eq!(texts(at(apply, "waits_for")).len(), 2);
    assert_eq!(at(apply, "credentials.0.kind").as_str(), Some("context"));
    assert_eq!(at(apply, "credentials.0.name").as_str(), Some("aws-prod"));
    assert_eq!(apply.environment.as_ref().map(|e| e.name.as_str()), Some("production"));
    assert!(at(read.job("deploy/plan"), "gates").as_list().unwrap().items.is_empty());
    assert!(at(read.job("deploy/cleanup"), "gates").as_list().unwrap().items.is_empty());
}

#[test]
fn an_approval_that_a_filter_leaves_out_stands_before_nothing() {
    let read = config(
        "version: 2.1
jobs:
  work: {docker: [{image: i}], steps: [run: make]}
workflows:
  deploy:
    jobs:
      - work: {name: test}
      - hold: {type: approval, filters: {branches: {only: main}}}
      - work: {name: deploy, requires: [test, hold]}
      - work: {name: deploy-main, requires: [test, hold], filters: {branches: {only: main}}}
      - work: {name: after, requires: [hold]}
",
    );
    // CircleCI passes over a required job that is not part of the workflow, unless none is.
    assert!(at(read.job("deploy/deploy"), "gates").as_list().unwrap().items.is_empty());
    assert_eq!(read.runs("deploy/deploy"), EVERYWHERE);
    assert_eq!(at(read.job("deploy/deploy-main"), "gates.0.name").as_str(), Some("hold"));
    assert_eq!(at(read.job("deploy/after"), "gates.0.name").as_str(), Some("hold"));
    assert_eq!(read.runs("deploy/after"), "push_default manual ?schedule api");
}

#[test]
fn commands_are_put_in_with_their_parameters() {
    let text = "version: 2.1
executors:
  tools:
    parameters: {tag: {type: string, default: '1.9'}}
    docker: [{image: 'hashicorp/terraform:<< parameters.tag >>'}]
    environment: {TF_IN_AUTOMATION: '1'}
commands:
  apply:
    parameters:
      dir: {type: string}
      after: {type: steps, default: []}
      flags: {type: string, default: -input=false}
    steps:
      - run:
          name: Apply
          working_directory: ~/project/infra/<< parameters.dir >>
          command: terraform apply << parameters.flags >>
      - steps: << parameters.after >>
      - when:
          condition: {equal: [prod, << parameters.dir >>]}
          steps: [run: ./notify.sh $SLACK_TOKEN]
jobs:
  apply:
    parameters: {env: {type: string}}
    executor: {name: tools, tag: '1.10'}
    environment: {REGION: eu}
    steps:
      - checkout
      - apply:
          dir: << parameters.env >>
          after: [run: echo done]
workflows:
  deploy:
    jobs:
      - apply:
          matrix:
            parameters: {env: [dev, prod]}
      - apply:
          name: drill-<< matrix.env >>
          requires: [apply]
          matrix:
            alias: drills
            parameters: {env: [dev, prod]}
            exclude: [env: prod]
      - apply: {name: last, env: prod, requires: [drills]}
";
    let read = config(text);
    assert_eq!(read.problems(), Vec::<String>::new());
    assert_eq!(
        read.addresses("ci.job").into_iter().map(|a| a.split_once('#').unwrap().1).collect::<Vec<_>>(),
        ["deploy/apply-dev", "deploy/apply-prod", "deploy/drill-dev", "deploy/last"]
    );
    let prod = read.job("deploy/apply-prod");
    assert_eq!(texts(at(prod, "commands")), ["terraform apply -input=false", "echo done", "./notify.sh $SLACK_TOKEN"]);
    assert_eq!(at(prod, "steps.1.directory").as_str(), Some("infra/prod"));
    assert_eq!(at(prod, "steps.3.runs.push_default").as_bool(), Some(true));
    assert_eq!(at(read.job("deploy/apply-dev"), "steps.3.runs.push_default").as_bool(), Some(false));
    assert_eq!(prod.environment.as_ref().map(|e| e.name.as_str()), Some("production"));
    assert_eq!(read.job("deploy/drill-dev").environment.as_ref().map(|e| e.name.as_str()), Some("dev"));
    assert_eq!(texts(at(prod, "secrets")), ["SLACK_TOKEN"]);
    let set: Vec<_> = at(prod, "variables").as_object().unwrap().fields.keys().map(ToString::to_string).collect();
    assert_eq!(set, ["TF_IN_AUTOMATION", "REGION"]);
    assert_eq!(texts(at(read.job("deploy/drill-dev"), "needs")), ["apply-dev", "apply-prod"]);
    assert_eq!(texts(at(read.job("deploy/last"), "needs")), ["drill-dev"]);
    let images = at(read.entity("circleci.job", ".circleci/config.yml#apply"), "images");
    assert_eq!(texts(images), ["hashicorp/terraform:1.10"]);
    // The nearest place is the step of the job, the last the text of the command.
    let places: Vec<_> =
        at(prod, "commands.0").origins.iter().map(|o| read.sources.text(o.anchor).to_string()).collect();
    assert_eq!(places.first().map(String::as_str), Some("apply"));
    assert!(places.contains(&"terraform apply << parameters.flags >>".to_string()), "{places:?}");
}

#[test]
fn orbs_that_are_not_here_are_uses_and_those_that_are_here_are_read() {
    let read = config(
        "version: 2.1
orbs:
  ecs: circleci/aws-ecs@4.0.0
  node: circleci/node@volatile
  own:
    orbs: {k8s: circleci/kubernetes@1.3}
    commands:
      roll: {steps: [run: kubectl apply -f x, k8s/install]}
    jobs:
      ship: {docker: [{image: i}], steps: [roll]}
jobs:
  test: {docker: [{image: i}], steps: [node/install, own/roll, node/cached: {key: [a], steps: [run: npm ci]}]}
workflows:
  all:
    jobs:
      - test
      - own/ship
      - ecs/deploy-service-update:
          requires: [test]
          context: aws
          family: web
          cluster: prod
          pre-steps: [run: ./login.sh]
          post-steps: [run: ./tell.sh]
",
    );
    assert_eq!(read.problems(), Vec::<String>::new());
    let deploy = read.job("all/ecs/deploy-service-update");
    assert_eq!(texts(at(deploy, "commands")), ["./login.sh", "./tell.sh"]);
    assert_eq!(at(deploy, "uses.0.action").as_str(), Some("circleci/aws-ecs/deploy-service-update"));
    assert_eq!(at(deploy, "uses.0.ref").as_str(), Some("4.0.0"));
    assert_eq!(at(deploy, "uses.0.kind").as_str(), Some("orb"));
    let with: Vec<_> = at(deploy, "uses.0.with").as_object().unwrap().fields.keys().map(ToString::to_string).collect();
    assert_eq!(with, ["family", "cluster"]);
    let ship = read.job("all/own/ship");
    assert_eq!(texts(at(ship, "commands")), ["kubectl apply -f x"]);
    assert_eq!(at(ship, "uses.0.action").as_str(), Some("circleci/kubernetes/install"));
    // Steps that an orb is given run somewhere in it.
    assert_eq!(texts(at(read.job("all/test"), "commands")), ["kubectl apply -f x", "npm ci"]);
    let pipeline = read.entity("ci.pipeline", ".circleci/config.yml#all");
    assert_eq!(
        texts(at(pipeline, "unresolved")),
        ["node/install", "k8s/install", "node/cached", "ecs/deploy-service-update"]
    );
    let orb = |alias: &str| read.entity("circleci.orb", &format!(".circleci/config.yml#{alias}"));
    assert_eq!(at(orb("node"), "version").as_str(), Some("volatile"));
    assert_eq!(at(orb("node"), "orb").as_str(), Some("circleci/node"));
    assert_eq!(at(orb("own"), "source").as_str(), Some("inline"));
}

#[test]
fn workflows_have_conditions_and_pipelines_have_parameters() {
    let read = config(
        "version: 2.1
parameters:
  deploy: {type: boolean, default: false}
  env: {type: enum, enum: [dev, prod], default: dev}
jobs:
  work: {docker: [{image: i}], steps: [run: make ENV=<< pipeline.parameters.env >> << pipeline.number >>]}
workflows:
  by-parameter:
    when: << pipeline.parameters.deploy >>
    jobs: [work]
  main:
    when:
      and:
        - equal: [main, << pipeline.git.branch >>]
        - not: {equal: [scheduled_pipeline, << pipeline.trigger_source >>]}
    jobs: [work]
  releases:
    when: {matches: {pattern: '^release/.+$', value: << pipeline.git.branch >>}}
    jobs: [work]
  expression:
    unless: pipeline.git.branch != \"main\" or pipeline.parameters.env == \"prod\"
    jobs: [work]
  nightly:
    triggers:
      - schedule:
          cron: 0 3 * * *
          filters: {branches: {only: main}}
    jobs: [work]
",
    );
    assert_eq!(read.problems(), Vec::<String>::new());
    assert_eq!(read.runs("by-parameter/work"), "?manual ?manual_other ?schedule ?api");
    assert_eq!(read.runs("main/work"), "push_default manual api");
    assert_eq!(read.runs("releases/work"), "push_release");
    assert_eq!(read.runs("expression/work"), "push_default ?manual ?schedule ?api");
    assert_eq!(read.runs("nightly/work"), "schedule");
    assert_eq!(situations(read.entity("ci.pipeline", ".circleci/config.yml#nightly")), "schedule");
    assert_eq!(texts(at(read.entity("ci.pipeline", ".circleci/config.yml#nightly"), "schedules")), ["0 3 * * *"]);
    assert_eq!(texts(at(read.job("main/work"), "commands")), ["make ENV=dev << pipeline.number >>"]);
}

#[test]
fn what_a_setup_continues_with_is_read_where_it_is_named() {
    let setup = "version: 2.1
setup: true
orbs: {continuation: circleci/continuation@1.0.0}
jobs:
  begin:
    docker: [{image: i}]
    steps:
      - continuation/continue: {configuration_path: .circleci/deploy.yml}
workflows:
  setup:
    jobs: [begin]
";
    let next = "version: 2.1
parameters: {run-infra: {type: boolean, default: false}}
jobs:
  apply: {docker: [{image: i}], steps: [run: terraform apply]}
workflows:
  infra:
    when: << pipeline.parameters.run-infra >>
    jobs: [apply]
  main:
    jobs: [apply: {filters: {branches: {only: main}}}]
";
    let read = read(&[(".circleci/config.yml", setup), (".circleci/deploy.yml", next), (".circleci/other.yml", next)]);
    let job = |id: &str| situations(read.entity("ci.job", id));
    assert_eq!(job(".circleci/deploy.yml#main/apply"), "push_default manual ?schedule api");
    // The setup sets the parameters.
    assert!(job(".circleci/deploy.yml#infra/apply").starts_with("?push_default ?push_release"));
    assert_eq!(job(".circleci/other.yml#main/apply"), "?push_default ?manual ?schedule ?api");
    let pipeline = read.entity("ci.pipeline", ".circleci/deploy.yml#main");
    assert_eq!(texts(at(pipeline, "upstream")), [".circleci/config.yml#setup"]);
    let setup = read.entity("ci.pipeline", ".circleci/config.yml#setup");
    assert_eq!(texts(at(setup, "unresolved")).len(), 2);
}

#[test]
fn without_workflows_there_is_the_job_build() {
    let read = config(
        "version: 2
jobs:
  build:
    branches: {only: main}
    docker: [{image: i}]
    steps: [checkout, {deploy: {command: ./deploy.sh}}]
",
    );
    assert_eq!(read.runs("build/build"), "push_default manual ?schedule api");
    assert_eq!(texts(at(read.job("build/build"), "commands")), ["./deploy.sh"]);
}

#[test]
fn what_circleci_refuses_is_told_with_its_place() {
    let read = config(
        "version: 2.1
jobs:
  test: {docker: [{image: i}], steps: [checkout, lnt]}
workflows:
  all:
    jobs:
      - test
      - tset
      - test: {name: again, requires: [biuld]}
",
    );
    let mut problems = read.problems();
    problems.sort();
    problems.dedup();
    assert_eq!(
        problems,
        [
            "biuld: job \"again\" requires \"biuld\", which is no job of workflow \"all\"",
            "lnt: the step `lnt` is no command of this configuration and of none of its orbs",
            "tset: workflow \"all\" runs job \"tset\", which is defined nowhere",
        ]
    );
}

#[test]
fn what_grows_without_end_is_cut_short() {
    let mut texts =
        "commands:\n  c0: {parameters: {x: {type: string}}, steps: [run: echo << parameters.x >>]}\n".to_string();
    let mut calls = "commands:\n  c0: {steps: []}\n".to_string();
    for level in 1..20 {
        let inner = level - 1;
        let ten = "<< parameters.x >>".repeat(10);
        texts += &format!("  c{level}: {{parameters: {{x: {{type: string}}}}, steps: [c{inner}: {{x: '{ten}'}}]}}\n");
        calls += &format!("  c{level}: {{steps: [{}]}}\n", vec![format!("c{inner}"); 10].join(", "));
    }
    let mut lists = texts
        .replace("type: string", "type: steps")
        .replace("run: echo << parameters.x >>", "steps: << parameters.x >>");
    lists = lists.replace(
        &format!("'{}'", "<< parameters.x >>".repeat(10)),
        &format!("[{}]", ["steps: << parameters.x >>"; 10].join(", ")),
    );
    for text in [texts, calls, lists] {
        let job = "jobs: {build: {steps: [c19: {x: [run: aaaaaaaaaaaaaaaaaaaaaaaa]}]}}\n";
        config(&format!("{text}{job}"));
        config(&format!("{text}{}", job.replace("[run: aaaaaaaaaaaaaaaaaaaaaaaa]", "aaaaaaaaaaaaaaaaaaaaaaaa")));
    }
}

#[test]
fn what_is_odd_is_read_all_the_same() {
    for text in [
        "",
        "jobs:",
        "jobs: []\nworkflows: x",
        "workflows: {a: {jobs: [[], {}, 1, null, {b: null}, {c: x}]}}",
        "workflows: {version: 2, a: {jobs: {b: c}}}\njobs: {b: []}",
        "jobs: {build: {steps: [{}, {run: null}, {run: {}}, [], {when: []}, {when: {steps: x}}, 3]}}",
        "commands: {a: {steps: [b]}, b: {steps: [a]}}\njobs: {build: {steps: [a]}}",
        "jobs: {a: {}}\nworkflows: {w: {jobs: [a: {requires: [b]}, b: {requires: [a]}]}}",
        "workflows: {w: {when: {and: [{or: []}, {not: []}, {equal: []}, {matches: 1}]}, jobs: [a]}}",
        "orbs: {o: {orbs: {o: {jobs: []}}}, p: 1, q: 'x@', r: 'https://example.com/o.yml'}\njobs: {}",
        "workflows: {w: {jobs: [a: {matrix: {parameters: {x: [1, [2], {y: 3}]}, exclude: [{}, 1]}}]}}",
        "jobs: {build: {steps: [run: 'a << parameters.x >> << not pipeline.y', run: '\\<< pipeline.x >>']}}",
        "workflows: {w: {when: '((pipeline.git.branch == ', jobs: [a]}, v: {when: 'not not not', jobs: [a: {filters: '=='}]}}",
    ] {
        let read = config(text);
        assert!(read.lowered.entities.len() < 50);
    }
}

#[test]
fn a_job_of_an_orb_takes_the_place_of_the_one_that_is_written() {
    let read = config(
        "version: 2.1\norbs: {own: acme/own@1.2.3}\njobs:\n  deploy:\n    docker: [{image: cimg/base:2024.11}]\n    steps: [{run: make}]\nworkflows:\n  w:\n    jobs:\n      - deploy: {override-with: own/deploy}\n      - deploy: {name: same, override-with: nobody/deploy}\n",
    );
    let job = read.job("w/deploy");
    assert_eq!(at(job, "uses.0.action").as_str(), Some("acme/own/deploy"));
    assert!(at(job, "commands").as_list().unwrap().items.is_empty());
    assert_eq!(at(read.job("w/same"), "commands.0").as_str(), Some("make"));
}
