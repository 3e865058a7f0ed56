//! What a YAML or JSON file is, told from its path and a glance at its text, so that files that are
//! none of ours are never parsed.

use std::collections::BTreeSet;

use memchr::memmem;

use super::{
    azure_pipelines, bitbucket, circleci, gitlab,
    kubernetes::why_template,
    path::{dir_of, name_of},
};

/// What a YAML or JSON file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// Kubernetes objects.
    Manifest,
    /// A GitHub workflow or a composite action.
    Workflow,
    /// A configuration of CircleCI.
    Circleci,
    /// The pipelines of Bitbucket.
    Bitbucket,
    /// A pipeline of Azure Pipelines, or a template.
    AzurePipeline,
    /// A pipeline of GitLab. The files that it includes may have any name, so they are found from there.
    GitlabPipeline,
    /// A setting of the repository: dependency updates and the like.
    Setting,
    /// A template, which is not YAML before it is rendered; and what kind of template.
    Template(&'static str),
}

/// What a file is; none if it is nothing that trustlint looks at.
pub fn kind_of(path: &str, text: &str, charts: &BTreeSet<String>) -> Option<DocumentKind> {
    let is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
    let is_json = path.ends_with(".json") || path.ends_with(".json5");
    let name = name_of(path);
    if !is_yaml && !is_json && name != ".renovaterc" {
        return None;
    }
    if is_yaml && in_folder(path, ".github/workflows") {
        return Some(DocumentKind::Workflow);
    }
    if matches!(name, "action.yml" | "action.yaml") && memmem::find(text.as_bytes(), b"runs:").is_some() {
        return Some(DocumentKind::Workflow);
    }
    if circleci::is_config(path) {
        return Some(DocumentKind::Circleci);
    }
    if bitbucket::is_pipelines(path) || bitbucket::is_shared(path, text) {
        return Some(DocumentKind::Bitbucket);
    }
    if gitlab::is_pipeline(path) {
        return Some(DocumentKind::GitlabPipeline);
    }
    if is_setting(path, name) || path == "package.json" && memmem::find(text.as_bytes(), b"\"renovate\"").is_some() {
        return Some(DocumentKind::Setting);
    }
    if azure_pipelines::is_one(path, text) {
        return Some(DocumentKind::AzurePipeline);
    }
    if name.ends_with(".tf.json") || name.ends_with(".tofu.json") || matches!(name, "Chart.yaml" | "Chart.yml") {
        return None;
    }
    if is_json && is_ruleset(path, text) {
        return Some(DocumentKind::Setting);
    }
    // Kustomize does without `kind`, and what it names as patches is no object of its own.
    if matches!(name, "kustomization.yaml" | "kustomization.yml") {
        return Some(why_template(path, text, charts).map_or(DocumentKind::Manifest, DocumentKind::Template));
    }
    // A plan may hold manifests, and be too large to be parsed for nothing. It is checked when it is named.
    if is_json && text.starts_with("{\"format_version\":") {
        return None;
    }
    let bytes = text.as_bytes();
    let says = |key: &[u8]| memmem::find(bytes, key).is_some();
    if !says(b"apiVersion") || !says(b"kind") {
        return None;
    }
    Some(why_template(path, text, charts).map_or(DocumentKind::Manifest, DocumentKind::Template))
}

/// Settings by their usual places.
fn is_setting(path: &str, name: &str) -> bool {
    matches!(
        path,
        ".github/dependabot.yml"
            | ".github/dependabot.yaml"
            | ".github/settings.yml"
            | ".github/settings.yaml"
            | ".trustlint/host.json"
    ) || matches!(name, "renovate.json" | "renovate.json5" | ".renovaterc" | ".renovaterc.json")
}

/// A ruleset as GitHub exports it, told by its keys: where it is kept is nobody's convention.
fn is_ruleset(path: &str, text: &str) -> bool {
    let says = |key: &str| memmem::find(text.as_bytes(), key.as_bytes()).is_some();
    in_folder(path, ".github/rulesets")
        || says("\"enforcement\"") && says("\"rules\"") && says("\"conditions\"") && says("\"target\"")
}

/// Whether a path lies directly in a folder: at the root of the tree, or of a repository inside it.
fn in_folder(path: &str, folder: &str) -> bool {
    let dir = dir_of(path);
    dir == folder || dir.strip_suffix(folder).is_some_and(|before| before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = "apiVersion: v1\nkind: Pod\n";

    fn kind(path: &str, text: &str) -> Option<DocumentKind> {
        kind_of(path, text, &BTreeSet::from(["charts/web".to_string()]))
    }

    #[test]
    fn a_file_is_told_by_its_place_and_then_by_its_text() {
        assert_eq!(kind(".github/workflows/ci.yml", "on: push"), Some(DocumentKind::Workflow));
        assert_eq!(kind(".github/workflows/old/ci.yml", "on: push"), None);
        assert_eq!(kind(".gitlab-ci.yml", OBJECT), Some(DocumentKind::GitlabPipeline));
        assert_eq!(kind("ci/deploy.gitlab-ci.yml", "deploy: {}"), Some(DocumentKind::GitlabPipeline));
        assert_eq!(kind("actions/setup/action.yml", "runs:\n  using: composite\n"), Some(DocumentKind::Workflow));
        assert_eq!(kind(".github/dependabot.yml", "version: 2"), Some(DocumentKind::Setting));
        assert_eq!(kind("deploy/web.yaml", OBJECT), Some(DocumentKind::Manifest));
        assert_eq!(kind("deploy/kustomization.yaml", "resources: [web.yaml]"), Some(DocumentKind::Manifest));
        assert_eq!(kind("package.json", "{\"renovate\": {}}"), Some(DocumentKind::Setting));
        assert_eq!(kind(".renovaterc", "{}"), Some(DocumentKind::Setting));
        assert_eq!(kind(".trustlint/host.json", "{}"), Some(DocumentKind::Setting));
        assert_eq!(kind(".github/rulesets/main.json", "{}"), Some(DocumentKind::Setting));
        let exported = "{\"target\": \"branch\", \"enforcement\": \"active\", \"conditions\": {}, \"rules\": []}";
        assert_eq!(kind("ops/main-ruleset.json", exported), Some(DocumentKind::Setting));
        assert_eq!(kind("tsconfig.json", "{ // comment\n }"), None);
        assert_eq!(kind("package.json", "{\"name\": \"web\"}"), None);
        assert_eq!(kind("plan.json", "{\"format_version\":\"1.2\",\"apiVersion\":\"v1\",\"kind\":\"Pod\"}"), None);
    }

    #[test]
    fn a_chart_s_templates_are_never_read_as_yaml() {
        let is_template = |path: &str, text: &str| matches!(kind(path, text), Some(DocumentKind::Template(_)));
        assert!(is_template("charts/web/templates/deployment.yaml", OBJECT));
        assert!(is_template("charts/web/templates/tests/x.yaml", OBJECT));
        assert!(is_template("deploy/x.yaml", "apiVersion: v1\nkind: Pod\nname: {{ .Values.x }}\n"));
        assert!(!is_template("deploy/x.yaml", "apiVersion: v1\nkind: Pod\nargs: [\"{{ x }}\"]\n"));
    }
}
