//! Helm charts through the real program, with a script in the place of `helm`.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read and write files, and a failure is a panic"
)]

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use serde_json::Value;

const TEMPLATE: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: example/web:1\n          securityContext:\n            privileged: {{ .Values.privileged }}\n";

/// Answers as `helm template` does: what the template becomes, `privileged` taken from the file of values.
const HELM: &str = r#"#!/bin/sh
[ "$1" = template ] || exit 9
name=$2
chart=$3
grep -q broken "$chart/values.yaml" && { echo "Error: execution error at ($chart/templates/web.yaml:1:2): no image" >&2; exit 1; }
privileged=false
while [ $# -gt 0 ]; do
  [ "$1" = --values ] && grep -q 'privileged: true' "$2" && privileged=true
  shift
done
printf -- '---\n# Source: shop/templates/web.yaml\n'
sed -e "s/{{ .Release.Name }}/$name/; s/{{ .Values.privileged }}/$privileged/" "$chart/templates/web.yaml"
"#;

fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn check(directory: &Path, helm: Option<&Path>) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(["check", "--output", "json", "--rule", "kubernetes-no-privileged-containers"]).arg(directory);
    if let Some(helm) = helm {
        command.arg("--helm").arg(helm);
    }
    serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
}

fn helm() -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("helm");
    fs::write(&path, HELM).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    (directory, path)
}

fn skipped(report: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_string();
    report["skipped"].as_array().unwrap().iter().map(|s| (text(&s["path"]), text(&s["why"]))).collect()
}

#[test]
fn a_finding_is_in_the_template_and_says_for_which_environment_it_holds() {
    let tree = repository(&[
        ("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("charts/shop/values.yaml", "privileged: false\n"),
        ("charts/shop/values-prod.yaml", "privileged: true\n"),
        ("charts/shop/values-staging.yaml", "privileged: false\n"),
        ("charts/shop/templates/web.yaml", TEMPLATE),
    ]);
    let (_keep, helm) = helm();
    let report = check(tree.path(), Some(&helm));
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report}");
    assert_eq!(findings[0]["location"]["path"], "charts/shop/templates/web.yaml");
    assert_eq!(findings[0]["location"]["start"]["line"], 12);
    assert_eq!(findings[0]["location"]["text"], "privileged: {{ .Values.privileged }}");
    assert!(findings[0].to_string().contains("production"), "{}", findings[0]);
    assert_eq!(skipped(&report), []);
}

#[test]
fn without_helm_a_chart_is_not_scanned_and_never_read_as_yaml() {
    let tree = repository(&[
        ("shop/Chart.yaml", "name: shop\n"),
        ("shop/values.yaml", "privileged: true\n"),
        ("shop/templates/web.yaml", TEMPLATE),
    ]);
    let report = check(tree.path(), None);
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    let why = "a Helm template; `--helm` renders its chart with the helm program";
    assert_eq!(skipped(&report), [("shop/templates/web.yaml".to_string(), why.to_string())]);
}

#[test]
fn what_helm_refuses_and_a_helm_that_is_not_there_are_said() {
    let tree = repository(&[
        ("shop/Chart.yaml", "name: shop\n"),
        ("shop/values.yaml", "broken: true\n"),
        ("shop/templates/web.yaml", TEMPLATE),
    ]);
    let (_keep, helm) = helm();
    let said = skipped(&check(tree.path(), Some(&helm)));
    assert_eq!(
        said[0],
        (
            "shop".to_string(),
            "a Helm chart that helm does not render: execution error at (shop/templates/web.yaml:1:2): no image"
                .to_string()
        )
    );
    let said = skipped(&check(tree.path(), Some(Path::new("/nonexistent/helm"))));
    assert!(said[0].1.contains("/nonexistent/helm cannot be run"), "{said:?}");
}
