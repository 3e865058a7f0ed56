//! Files that only look like YAML: templates of Helm and Terraform.

use std::collections::BTreeSet;

use crate::{
    lower::path::{dir_of, name_of},
    source::{FileId, Level},
    syntax::{
        node::{Node, NodeKind, Style},
        yaml as syntax,
    },
};

/// Why templates are skipped, by what makes them templates.
const HELM_TEMPLATE: &str = "a Helm template; `--helm` renders its chart with the helm program";
const BRACES_TEMPLATE: &str = "a template (`{{ }}`), not YAML";
const TERRAFORM_TEMPLATE: &str = "a template of Terraform (`${ }`, `%{ }`), not YAML";

/// The directories of Helm charts among these paths: those with a `Chart.yaml`.
pub fn chart_dirs<'a>(paths: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    paths.into_iter().filter(|p| matches!(name_of(p), "Chart.yaml" | "Chart.yml")).map(|p| dir_of(p).into()).collect()
}

/// Whether a file is a Helm template, or another template that is no YAML itself.
pub fn is_helm_template(path: &str, text: &str, chart_dirs: &BTreeSet<String>) -> bool {
    why_template(path, text, chart_dirs).is_some()
}

/// Why a file is to be skipped as a template, if it is one: it lies below `templates/` of a chart, or
/// its braces are no YAML.
///
/// `{{ .Values.x }}` as a whole value parses as YAML, as a mapping in a mapping, so that a text
/// with braces is looked at more closely. Braces inside of a text are YAML: Prometheus rules, Argo
/// workflows and `${{ }}` have them.
pub fn why_template(path: &str, text: &str, chart_dirs: &BTreeSet<String>) -> Option<&'static str> {
    let below_templates = |dir: &String| {
        let below = if dir.is_empty() { Some(path) } else { path.strip_prefix(dir.as_str()) };
        below.is_some_and(|p| {
            p.trim_start_matches('/').starts_with("templates/") && (dir.is_empty() || p.starts_with('/'))
        })
    };
    if chart_dirs.iter().any(below_templates) {
        return Some(HELM_TEMPLATE);
    }
    let braces = text.match_indices("{{").any(|(at, _)| !text[..at].ends_with('$'));
    if !braces && !has_interpolation(text) {
        return None;
    }
    let parsed = syntax::parse(FileId::NONE, text);
    if braces && parsed.documents.iter().any(|d| has_braces(&d.root, text)) {
        return Some(BRACES_TEMPLATE);
    }
    let error = parsed.diagnostics.iter().find(|d| d.level == Level::Error)?;
    if braces && text.lines().any(starts_with_braces) {
        return Some(BRACES_TEMPLATE);
    }
    let at = error.notes.first().map_or(0, |n| n.span.start as usize);
    let before = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let broken_by_it = has_interpolation(text[before..].lines().next().unwrap_or_default());
    let directives = text.lines().any(|line| line.trim_start().starts_with("%{"));
    (broken_by_it || directives).then_some(TERRAFORM_TEMPLATE)
}

/// Whether there is `%{` or `${`, other than the `${{` of workflows.
fn has_interpolation(text: &str) -> bool {
    text.contains("%{") || text.match_indices("${").any(|(at, _)| !text[at + 2..].starts_with('{'))
}

/// Whether a mapping begins with two braces, or a text without quotes goes on with them on a line
/// of their own. Nobody writes either as YAML.
fn has_braces(node: &Node, text: &str) -> bool {
    match &node.kind {
        NodeKind::String(scalar) if scalar.style == Style::Plain => {
            text.get(node.span.range()).is_some_and(|t| t.lines().skip(1).any(starts_with_braces))
        }
        NodeKind::Mapping(entries) => {
            let own = node.alias_of.unwrap_or(node.span);
            text.get(own.range()).is_some_and(|t| t.starts_with("{{"))
                || entries.iter().any(|e| e.key.starts_with("{{") || has_braces(&e.value, text))
        }
        NodeKind::Sequence(items) => items.iter().any(|item| has_braces(item, text)),
        _ => false,
    }
}

/// Whether a line is `{{ ... }}`, perhaps as an element or as the value of a key.
fn starts_with_braces(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches("- ").trim_start();
    let value = line.split_once(": ").map_or("", |(_, value)| value.trim_start());
    !line.starts_with('#') && (line.starts_with("{{") || value.starts_with("{{"))
}

/// The values of a chart are not manifests, whatever keys they have.
pub(super) fn is_values(path: &str, charts: &BTreeSet<String>) -> bool {
    name_of(path).starts_with("values") && charts.contains(dir_of(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helm_templates_are_told_by_their_place_or_by_their_braces() {
        let charts = chart_dirs(["a/Chart.yaml", "a/templates/x.yaml", "b/c.yaml"]);
        assert!(is_helm_template("a/templates/sub/x.yaml", "plain: yaml\n", &charts));
        assert!(!is_helm_template("a/crds/x.yaml", "plain: yaml\n", &charts));
        assert!(!is_helm_template("ab/templates/x.yaml", "plain: yaml\n", &charts));
        assert!(is_helm_template("templates/x.yaml", "", &chart_dirs(["Chart.yaml"])));
        let by_text = |text: &str| is_helm_template("x.yaml", text, &charts);
        assert!(by_text("replicas: {{ .Values.replicas }}\n"));
        assert!(by_text("{{- if .Values.on }}\na: 1\n{{- end }}\n"));
        assert!(by_text("a:\n- {{ .x }}\n"));
        assert!(by_text("a: 1\n  {{ include \"x\" . | nindent 2 }}\n"));
        assert!(by_text("labels:\n  {{- include \"x\" . | nindent 2 }}\n"));
        assert!(by_text("{{ .key }}: value\n"));
        let why = |text: &str| why_template("x.yaml", text, &charts);
        assert_eq!(why("users:\n%{ for u in users ~}\n- ${u}\n%{ endfor ~}\n"), Some(TERRAFORM_TEMPLATE));
        assert_eq!(why("a: ${x == null ? \"\" : \"-y\"}.txt\n"), Some(TERRAFORM_TEMPLATE));
        assert_eq!(why("a: {{ x }}\n"), Some(BRACES_TEMPLATE));
        for plain in [
            "a: ${HOME}/x\nb: [\n",
            "run: echo %{x}\n",
            "a: ${{ x }}: b\n",
            "a: ${{ inputs.x }}\n",
            "a: \"{{ $labels.pod }}\"\n",
            "a: |\n  {{ range . }}\n  {{ end }}\n",
            "a: x-{{ y }}\n",
            "# {{ x }}\na: 1\n",
            "a: { {b: c}: d }\n",
            "a: \"{{ x }}\"\nb: [\n",
        ] {
            assert!(!by_text(plain), "{plain}");
        }
    }
}
