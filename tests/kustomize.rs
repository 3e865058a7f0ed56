//! Overlays of kustomize: what is reported of them, and where.

#![allow(clippy::unwrap_used, reason = "a failure is a panic")]
#![allow(clippy::disallowed_methods, reason = "directories to render are written")]

use std::{collections::HashSet, fs, path::Path};

use assert_cmd::Command;
use trustlint::{
    check, lower,
    model::Project,
    report::{Finding, Report},
    rule::Catalog,
    source::MemoryTree,
};

const RULE: &str = "kubernetes-no-privileged-containers";
const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [pod.yaml]\n");
const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: app\n    image: a:1\n";
const PRIVILEGED: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: app\n    securityContext: {privileged: true}\n";

fn project(files: &[(&str, &str)]) -> Project {
    let tree = MemoryTree::new("test", files.iter().map(|(path, text)| (*path, text.as_bytes())));
    lower::project(&tree, &lower::Options::default())
}

fn report(files: &[(&str, &str)]) -> (Project, Report) {
    let options = check::Options { only: Some(HashSet::from([RULE.to_string()])), ..check::Options::default() };
    check::check(project(files), &Catalog::builtin(), &options)
}

fn entities(project: &Project) -> Vec<String> {
    let objects = project.entities.iter().filter(|e| e.kind != "repository");
    objects.map(|e| format!("{} {}", e.scope, e.address)).collect()
}

/// The path and the text that a finding is about.
fn blamed<'p>(project: &'p Project, finding: &Finding) -> (&'p str, &'p str) {
    let span = finding.labels.primary.span;
    (project.files.path(span.file), project.files.text(span))
}

#[test]
fn a_patched_field_is_blamed_on_the_patch() {
    let (project, report) = report(&[
        BASE,
        ("base/pod.yaml", POD),
        ("overlays/prod/kustomization.yaml", "resources: [../../base]\npatches: [{path: patch.yaml}]\n"),
        ("overlays/prod/patch.yaml", PRIVILEGED),
    ]);
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(blamed(&project, finding), ("overlays/prod/patch.yaml", "true"));
    let calls: Vec<_> = finding.labels.calls.iter().map(|l| project.files.text(l.span)).collect();
    assert_eq!(calls, ["../../base"]);
    assert_eq!(finding.environment.as_deref(), Some("production"));
}

#[test]
fn a_patch_in_the_kustomization_is_blamed_where_it_is_written() {
    let kustomization = "resources: [../base]\npatches:\n- target: {kind: Pod}\n  patch: |-\n    - op: add\n      path: /spec/containers/0/securityContext\n      value: {privileged: true}\n";
    let (project, report) = report(&[BASE, ("base/pod.yaml", POD), ("prod/kustomization.yaml", kustomization)]);
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(blamed(&project, finding), ("prod/kustomization.yaml", "true"));
}

#[test]
fn a_base_is_seen_through_its_overlays_only() {
    let project = project(&[
        BASE,
        ("base/pod.yaml", POD),
        ("base/alone.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: alone}\n"),
        ("overlays/dev/kustomization.yaml", "resources: [../../base]\nnamespace: shop\n"),
        ("overlays/prod/kustomization.yaml", "resources: [../../base]\nnamePrefix: prod-\n"),
    ]);
    let mut found = entities(&project);
    found.sort();
    assert_eq!(
        found,
        ["base/alone.yaml ConfigMap/alone", "overlays/dev shop/Pod/p", "overlays/prod Pod/prod-p"],
        "what no kustomization names stays as it is"
    );
    assert!(project.skipped.is_empty(), "{:?}", project.skipped);
    let environments: Vec<_> =
        project.entities.iter().filter_map(|e| e.environment.as_ref()).map(|e| e.name.as_str()).collect();
    assert_eq!(environments, ["dev", "production"]);
}

#[test]
fn what_a_base_gets_wrong_is_said_once_for_all_overlays() {
    let (project, report) = report(&[
        BASE,
        ("base/pod.yaml", PRIVILEGED),
        ("overlays/dev/kustomization.yaml", "resources: [../../base]\nnamespace: dev\n"),
        ("overlays/prod/kustomization.yaml", "resources: [../../base]\nnamespace: prod\n"),
    ]);
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(blamed(&project, finding), ("base/pod.yaml", "true"));
    assert_eq!(finding.instances.len(), 2, "{:?}", finding.instances);
    assert_eq!(finding.environment.as_deref(), Some("production"));
}

#[test]
fn an_overlay_that_mends_its_base_is_not_blamed_for_the_other() {
    let mended = PRIVILEGED.replace("true", "false");
    let (project, report) = report(&[
        BASE,
        ("base/pod.yaml", PRIVILEGED),
        ("overlays/dev/kustomization.yaml", "resources: [../../base]\n"),
        ("overlays/prod/kustomization.yaml", "resources: [../../base]\npatches: [{path: p.yaml}]\n"),
        ("overlays/prod/p.yaml", &mended),
    ]);
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(blamed(&project, finding).0, "base/pod.yaml");
    let call = finding.labels.calls[0].span;
    assert_eq!(project.files.path(call.file), "overlays/dev/kustomization.yaml");
}

#[test]
fn overlays_that_make_the_same_object_are_alternatives() {
    let project = project(&[
        BASE,
        ("base/pod.yaml", POD),
        ("dev/kustomization.yaml", "resources: [../base]\n"),
        ("prod/kustomization.yaml", "resources: [../base]\n"),
        ("infra/kustomization.yaml", "configMapGenerator: [{name: x}]\n"),
    ]);
    let of = |scope: &str| project.entities.iter().find(|e| e.scope == scope).unwrap();
    assert!(!project.concur(of("dev"), of("prod")));
    assert!(project.concur(of("dev"), of("infra")));
    assert!(project.concur(of("dev"), of("dev")));
}

#[test]
fn a_remote_base_is_said_to_be_missing_and_the_rest_is_built() {
    let kustomization = "resources:\n- https://github.com/org/repo//base?ref=v1\n- pod.yaml\nnamePrefix: x-\n";
    let project = project(&[("k/kustomization.yaml", kustomization), ("k/pod.yaml", POD)]);
    assert_eq!(entities(&project), ["k Pod/x-p"]);
    let [skipped] = project.skipped.as_slice() else { panic!("{:?}", project.skipped) };
    assert_eq!(skipped.path, "k/kustomization.yaml");
    assert!(skipped.why.starts_with("`https://github.com/org/repo//base?ref=v1` is a remote base"), "{}", skipped.why);
}

#[test]
fn a_fault_is_said_and_the_rest_is_built() {
    let kustomization = "resources: [pod.yaml, nope.yaml]\nnamePrefix: x-\npatches:\n- patch: '{apiVersion: v1, kind: Pod, metadata: {name: other}}'\n";
    let project = project(&[("k/kustomization.yaml", kustomization), ("k/pod.yaml", POD)]);
    assert_eq!(entities(&project), ["k Pod/x-p"]);
    let messages: Vec<&str> = project.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "there is no file and no kustomization at `k/nope.yaml`",
            "there is no Pod `other` that this patch could change"
        ]
    );
}

#[test]
fn a_kustomization_that_does_not_parse_leaves_its_files_as_they_stand() {
    let project = project(&[("k/kustomization.yaml", "resources: [pod.yaml\n"), ("k/pod.yaml", POD)]);
    assert_eq!(entities(&project), ["k/pod.yaml Pod/p"]);
    assert_eq!(project.diagnostics.len(), 1, "{:?}", project.diagnostics);
}

#[test]
fn a_base_that_many_bases_name_twice_ends() {
    let mut files = vec![("k0/kustomization.yaml".to_string(), "resources: [pod.yaml]\n".to_string())];
    files.push(("k0/pod.yaml".into(), POD.into()));
    for n in 1..30 {
        let below = n - 1;
        let text = format!("resources: [../k{below}, ../k{below}/.]\n");
        files.push((format!("k{n}/kustomization.yaml"), text));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert!(!project(&files).diagnostics.is_empty());
}

#[test]
fn a_kustomization_may_go_without_an_ending_and_lie_above_the_directory_that_is_checked() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("base/Kustomization", BASE.1);
    write("base/pod.yaml", PRIVILEGED);
    write("prod/Kustomization", "resources: [../base]\n");
    let output = Command::cargo_bin("trustlint")
        .unwrap()
        .args(["check", "--output", "text"])
        .current_dir(dir.path().join("prod"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let blamed = text.split("critical[").nth(1).unwrap();
    assert!(blamed.contains("Kustomization:1:13"), "what is mended here is the choice of the base: {text}");
    assert!(blamed.contains("the base that is named here decides this"), "{text}");
    assert!(blamed.contains("../base/pod.yaml:7:35"), "{text}");
}

#[test]
fn render_prints_what_an_overlay_builds() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("base/kustomization.yaml", BASE.1);
    write("base/pod.yaml", POD);
    write("prod/kustomization.yaml", "resources: [../base]\nnamespace: prod\n");
    let run = |args: &[&str], dir: &Path| {
        let output = Command::cargo_bin("trustlint").unwrap().args(args).current_dir(dir).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, out, _) = run(&["render", "prod"], dir.path());
    assert_eq!(code, Some(0));
    assert_eq!(
        out,
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: prod\nspec:\n  containers:\n  - image: a:1\n    name: app\n"
    );
    let (_, json, _) = run(&["render", "--format", "json"], &dir.path().join("prod"));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["documents"][0]["metadata"]["namespace"], "prod");
    write("bad/kustomization.yaml", "resources: [\"git::https://x.io/y\"]\n");
    let (code, out, err) = run(&["render", "--format", "json", "bad"], dir.path());
    assert_eq!(code, Some(3));
    assert!(out.contains("\"severity\":\"error\""), "{out}");
    assert!(err.contains("bad/kustomization.yaml:1:13"), "{err}");
}
