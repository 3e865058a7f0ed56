//! CircleCI and Bitbucket Pipelines through the program: the rules that all CI systems share, beside other systems
//! in the same repository, and with scripts that are followed.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a failure is a panic")]

use std::{collections::HashSet, sync::LazyLock};

use trustlint::{
    check::{self, Options},
    lower,
    report::Verdict,
    rule::Catalog,
    source::MemoryTree,
};

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

/// What a rule says of each thing that does not pass: `fails .circleci/config.yml#release/deploy at ...:3`.
fn judged(rule: &str, files: &[(&str, &str)]) -> Vec<String> {
    let tree = MemoryTree::new("test", files.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())));
    let project = lower::project(&tree, &lower::Options::default());
    let options = Options { only: Some(HashSet::from([rule.to_string()])), ..Options::default() };
    let (project, report) = check::check(project, &CATALOG, &options);
    let messages: Vec<&str> = report.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert!(messages.is_empty(), "{messages:?}");
    let said = report.findings.iter().filter_map(|finding| {
        let word = match finding.verdict {
            Verdict::Fail => "fails",
            Verdict::Undecided => "cannot tell",
            _ => return None,
        };
        let span = finding.labels.primary.span;
        let line = project.files.line_column(span.file, span.start).line;
        Some(format!("{word} {} at {}:{line}", finding.address, project.files.path(span.file)))
    });
    let mut said: Vec<String> = said.collect();
    said.sort();
    said
}

#[test]
fn a_script_that_a_command_runs_is_followed_to_the_deployment() {
    let config = "version: 2.1
commands:
  ship:
    parameters: {env: {type: string}}
    steps:
      - run: {working_directory: ops, command: ./deploy.sh << parameters.env >>}
jobs:
  ship:
    parameters: {env: {type: string}}
    docker: [{image: 'cimg/base:2024.12'}]
    steps: [checkout, ship: {env: << parameters.env >>}]
workflows:
  release:
    jobs:
      - ship:
          matrix: {parameters: {env: [staging, production]}}
";
    let pipelines = "pipelines:
  default:
    - step:
        script:
          - cd ops
          - ./deploy.sh production
";
    let script = "#!/bin/sh\nhelm upgrade web ./chart\n";
    let files = [(".circleci/config.yml", config), ("bitbucket-pipelines.yml", pipelines), ("ops/deploy.sh", script)];
    assert_eq!(
        judged("ci-deploy-branch-limited", &files),
        [
            "fails .circleci/config.yml#release/ship-production at .circleci/config.yml:15",
            "fails bitbucket-pipelines.yml#default/step 1 at bitbucket-pipelines.yml:3",
        ]
    );
}

#[test]
fn what_only_the_host_knows_is_open() {
    let config = "version: 2.1
jobs:
  apply:
    docker: [{image: 'hashicorp/terraform:1.10.2'}]
    steps: [run: terraform apply plan.out]
workflows:
  release:
    jobs:
      - apply: {filters: {branches: {only: main}}}
";
    let pipelines = "pipelines:
  branches:
    main:
      - step: {name: Apply, deployment: production, script: [terraform apply plan.out]}
";
    let files = [(".circleci/config.yml", config), ("bitbucket-pipelines.yml", pipelines)];
    assert_eq!(
        judged("ci-production-approved", &files),
        [
            "cannot tell .circleci/config.yml#release/apply at .circleci/config.yml:9",
            "cannot tell bitbucket-pipelines.yml#branches/main/Apply at bitbucket-pipelines.yml:4",
        ]
    );
}

#[test]
fn credentials_that_are_written_out_are_found_wherever_they_stand() {
    let config = "version: 2.1
jobs:
  build:
    docker: [{image: 'cimg/base:2024.12'}]
    environment: {API_TOKEN: Xk29sLqPz7Rt4Vw8Bn3}
    steps:
      - run: make
workflows:
  all:
    jobs: [build]
";
    let pipelines = "pipelines:
  custom:
    deploy:
      - variables:
          - {name: API_TOKEN, default: Xk29sLqPz7Rt4Vw8Bn3}
      - step:
          script:
            - pipe: atlassian/aws-s3-deploy:2.0.0
              variables:
                AWS_SECRET_ACCESS_KEY: Xk29sLqPz7Rt4Vw8Bn3
";
    let files = [(".circleci/config.yml", config), ("bitbucket-pipelines.yml", pipelines)];
    assert_eq!(
        judged("ci-no-secret-literal", &files),
        [
            "fails .circleci/config.yml#all/build at .circleci/config.yml:10",
            "fails bitbucket-pipelines.yml#custom/deploy at bitbucket-pipelines.yml:5",
            "fails bitbucket-pipelines.yml#custom/deploy/step 1[0] at bitbucket-pipelines.yml:10",
        ]
    );
}
