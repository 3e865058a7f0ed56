//! GitLab pipelines through the program: pipelines as teams have them in; findings out.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

use std::{fs, time::Duration};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// The report on these files, and the exit code.
fn check(files: &[(&str, &str)]) -> (Value, i32) {
    let dir = TempDir::new().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let output = Command::cargo_bin("trustlint")
        .unwrap()
        .args(["check", ".", "--output", "json"])
        .current_dir(dir.path())
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap();
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.code().unwrap())
}

/// The findings of a rule: verdict, place, and the places behind it.
fn of_rule(report: &Value, rule: &str) -> Vec<String> {
    let place = |at: &Value| {
        let text = at["text"].as_str().unwrap();
        format!("{}:{} {text}", at["path"].as_str().unwrap(), at["start"]["line"])
    };
    let findings = report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == rule);
    findings
        .map(|finding| {
            let related = finding["related"].as_array().unwrap().iter().map(place).collect::<Vec<_>>();
            let behind = if related.is_empty() { String::new() } else { format!(" <- {}", related.join(" <- ")) };
            format!("{} {}{behind}", finding["verdict"].as_str().unwrap(), place(&finding["location"]))
        })
        .collect()
}

#[test]
fn what_a_template_does_is_found_where_it_is_used_and_where_it_is_written() {
    let (report, _) = check(&[
        (
            ".gitlab-ci.yml",
            "include: [/ci/deploy.yml]\nproduction:\n  extends: .deploy\n  rules:\n    - if: $CI_COMMIT_BRANCH == 'main'\nown:\n  extends: production\n  script: [terraform apply --auto-approve]\n",
        ),
        (
            "ci/deploy.yml",
            ".deploy:\n  before_script: [terraform init]\n  script:\n    - terraform apply -auto-approve\n",
        ),
    ]);
    assert_eq!(
        of_rule(&report, "ci-no-auto-approve"),
        [
            "fail .gitlab-ci.yml:3 .deploy <- ci/deploy.yml:4 terraform apply -auto-approve",
            "fail .gitlab-ci.yml:8 terraform apply --auto-approve"
        ],
        "the second has the lines before it from the template, but this one is its own"
    );
    assert_eq!(
        of_rule(&report, "ci-deploy-environment"),
        ["fail .gitlab-ci.yml:2 production", "fail .gitlab-ci.yml:6 own"]
    );
    assert_eq!(of_rule(&report, "ci-deploy-branch-limited"), [""; 0]);
}

#[test]
fn what_a_template_from_elsewhere_does_is_not_known_and_nothing_fails_for_it() {
    let (report, _) = check(&[(
        ".gitlab-ci.yml",
        "\
include:
  - project: acme/pipelines
    ref: 11bd71901bbe5b1630ceea73d27597364c9af683
    file: deploy.yml
production:
  extends: .deploy
  variables: { TARGET: production }
",
    )]);
    let findings = report["findings"].as_array().unwrap().iter();
    let about_jobs = findings.filter(|f| f["rule"].as_str().unwrap().starts_with("ci-"));
    let verdicts: Vec<&str> = about_jobs.map(|f| f["verdict"].as_str().unwrap()).collect();
    assert!(!verdicts.is_empty() && verdicts.iter().all(|v| *v == "undecided"), "{verdicts:?}");
    assert_eq!(report["skipped"][0]["path"], "acme/pipelines: deploy.yml");
}

#[test]
fn a_manual_start_above_a_child_pipeline_is_one_for_its_jobs() {
    let child = ("infra/.gitlab-ci.yml", "apply:\n  script: terraform apply -auto-approve\n");
    let parent = |when: &str| {
        format!(
            "infra:\n  trigger: {{ include: infra/.gitlab-ci.yml }}\n  rules:\n    - if: $CI_COMMIT_BRANCH == 'main'\n{when}"
        )
    };
    let (report, _) = check(&[(".gitlab-ci.yml", &parent("      when: manual\n")), child]);
    assert_eq!(of_rule(&report, "ci-no-auto-approve"), [""; 0]);
    let (report, _) = check(&[(".gitlab-ci.yml", &parent("")), child]);
    assert_eq!(of_rule(&report, "ci-no-auto-approve"), ["fail infra/.gitlab-ci.yml:2 terraform apply -auto-approve"]);
    assert_eq!(of_rule(&report, "ci-deploy-branch-limited"), [""; 0], "the parent keeps it to the main branch");
}

#[test]
fn a_job_that_is_manual_only_for_some_branches_still_deploys_from_the_others() {
    let text = |second: &str| {
        format!(
            "deploy:\n  script: terraform apply -auto-approve\n  environment: production\n  rules:\n    - if: $CI_COMMIT_BRANCH == 'main'\n      when: manual\n{second}"
        )
    };
    let (report, _) = check(&[(".gitlab-ci.yml", &text("    - if: $CI_COMMIT_BRANCH\n"))]);
    assert_eq!(of_rule(&report, "ci-deploy-branch-limited").len(), 1);
    let (report, _) = check(&[(".gitlab-ci.yml", &text("    - when: never\n"))]);
    assert_eq!(of_rule(&report, "ci-deploy-branch-limited"), [""; 0]);
}

#[test]
fn mistakes_are_told_with_their_place_and_everything_else_is_checked() {
    let (report, code) = check(&[
        (
            ".gitlab-ci.yml",
            "include: [ci/a.yml]\none: { extends: .gone, script: x }\ntwo: { script: x, needs: [three] }\n",
        ),
        ("ci/a.yml", "include: [ci/a.yml]\nrelease:\n  stage: deploy\n  script: kubectl apply -f deploy/\n"),
    ]);
    let mut said: Vec<String> = report["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| format!("{}:{} {}", d["path"].as_str().unwrap(), d["line"], d["message"].as_str().unwrap()))
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            ".gitlab-ci.yml:2 `one` extends `.gone`, which is nowhere defined",
            ".gitlab-ci.yml:3 the job `two` needs `three`, which is nowhere defined",
            "ci/a.yml:1 `ci/a.yml` includes itself",
        ]
    );
    assert_eq!(code, 1);
    assert_eq!(of_rule(&report, "ci-deploy-environment").first().map(String::as_str), Some("fail ci/a.yml:2 release"));
}
