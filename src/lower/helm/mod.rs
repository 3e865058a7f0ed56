//! Helm charts: rendered by the `helm` program, and their objects found again in the templates.
//!
//! A template is no YAML, and what it becomes only Helm can say. Where the caller gives a [`Renderer`], each chart is
//! rendered once for each environment that has a file of values, else with its own values; the objects become
//! entities, placed in the template that made them ([`place`]). Charts that cannot be rendered are named as
//! skipped, with what Helm says.

mod place;

use std::{collections::BTreeSet, fmt, sync::Arc};

use ecow::EcoString;

use super::{
    environment, kubernetes,
    path::{dir_of, name_of},
};
use crate::{
    model::{Environment, Lowered, Scenario, Skipped},
    source::{FileId, SourceMap},
    syntax,
};

/// What renders a chart: given its directory and the paths of files of values, all from the root of the tree.
type Render = dyn Fn(&str, &[EcoString]) -> Result<String, String> + Send + Sync;

/// What renders charts. `Err` says why one cannot be rendered, in one line.
#[derive(Clone)]
pub struct Renderer(Arc<Render>);

impl Renderer {
    /// A function that renders.
    pub fn new(render: impl Fn(&str, &[EcoString]) -> Result<String, String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(render))
    }
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renderer")
    }
}

/// A chart, and the ways in which it is deployed.
struct Chart<'a> {
    dir: &'a str,
    deployments: Vec<Deployment<'a>>,
}

/// One way in which a chart is deployed: a file of values besides its own, if there is one.
struct Deployment<'a> {
    values: Option<&'a str>,
    environment: Option<Environment>,
}

/// What the charts of a tree are rendered to.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The objects, and the charts that could not be rendered.
    pub lowered: Lowered,
    /// The directories of the charts that were rendered, or that helm refuses: enough is said of their templates.
    pub charts: BTreeSet<String>,
}

impl Rendered {
    /// Whether a file is a template of a chart that was rendered.
    pub fn looked_at(&self, path: &str) -> bool {
        self.charts.iter().any(|chart| {
            let below = if chart.is_empty() {
                Some(path)
            } else {
                path.strip_prefix(chart.as_str()).and_then(|p| p.strip_prefix('/'))
            };
            below.is_some_and(|below| below.starts_with("templates/") || below.starts_with("charts/"))
        })
    }
}

/// Renders every chart that is deployed by itself.
pub fn render(files: &SourceMap, renderer: &Renderer) -> Rendered {
    let mut out = Rendered::default();
    for chart in charts(files) {
        let several = chart.deployments.len() > 1;
        let mut failed = None;
        for deployment in &chart.deployments {
            let values: Vec<EcoString> = deployment.values.map(EcoString::from).into_iter().collect();
            let text = match (renderer.0)(chart.dir, &values) {
                Ok(text) => text,
                Err(why) => {
                    failed = Some(why);
                    continue;
                }
            };
            let name = || deployment.environment.as_ref().map(|e| e.name.clone());
            let scenario = if several { name() } else { None };
            let place = kubernetes::Place {
                scope: chart.dir.into(),
                scenario: scenario.clone(),
                environment: deployment.environment.clone().or_else(|| environment::classify_path(chart.dir)),
            };
            let nodes: Vec<_> = objects(&text, chart.dir, files);
            out.lowered.entities.extend(kubernetes::entities(place, &nodes));
            out.lowered.scenarios.extend(scenario.map(|name| Scenario {
                scope: chart.dir.into(),
                plain: false,
                name,
                files: values,
                workspace: None,
            }));
        }
        if let Some(why) = failed {
            let why = format!("a Helm chart that helm does not render: {why}");
            out.lowered.skipped.push(Skipped { path: chart.dir.into(), why });
        }
        // Of its templates enough is said, either way.
        out.charts.insert(chart.dir.to_string());
    }
    out
}

/// The charts that are deployed by themselves: those in the `charts` directory of another come with it, and a
/// library is nothing but templates for others.
fn charts(files: &SourceMap) -> Vec<Chart<'_>> {
    let paths: Vec<&str> = files.iter().map(|(_, file)| &*file.path).collect();
    let dirs = kubernetes::chart_dirs(paths.iter().copied());
    let is_library = |dir: &str| {
        let chart = files.iter().find(|(_, f)| dir_of(&f.path) == dir && name_of(&f.path).starts_with("Chart."));
        chart.is_some_and(|(_, file)| file.text.lines().any(|line| line.trim() == "type: library"))
    };
    let comes_with_another = |dir: &str| {
        dirs.iter().any(|other| {
            let below = if other.is_empty() {
                Some(dir)
            } else {
                dir.strip_prefix(other.as_str()).and_then(|d| d.strip_prefix('/'))
            };
            below.is_some_and(|below| below.starts_with("charts/"))
        })
    };
    let mut found = Vec::new();
    for (_, file) in files.iter() {
        let dir = dir_of(&file.path);
        if !matches!(name_of(&file.path), "Chart.yaml" | "Chart.yml") || comes_with_another(dir) || is_library(dir) {
            continue;
        }
        let mut deployments: Vec<Deployment<'_>> = paths.iter().filter_map(|path| values_of(path, dir)).collect();
        if deployments.is_empty() {
            deployments.push(Deployment { values: None, environment: None });
        }
        found.push(Chart { dir, deployments });
    }
    found
}

/// The environment that a file of values is for: `values-prod.yaml`, `values.prod.yaml`, `prod-values.yaml`, `values/prod.yaml`,
/// `environments/prod.yaml` in the directory of the chart. None for others, among them the chart's own `values.yaml`.
fn values_of<'a>(path: &'a str, chart: &str) -> Option<Deployment<'a>> {
    let below = if chart.is_empty() { path } else { path.strip_prefix(chart)?.strip_prefix('/')? };
    let stem = below.strip_suffix(".yaml").or_else(|| below.strip_suffix(".yml"))?;
    let (dir, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let is_values = match dir {
        "" => name.contains("values") && name != "values",
        "values" | "env" | "envs" | "environments" => true,
        _ => return None,
    };
    let (name, class) = environment::classify_name(&name.replace("values", "")).filter(|_| is_values)?;
    let sign = ecow::eco_format!("file of values \"{path}\"");
    Some(Deployment { values: Some(path), environment: Some(Environment { name, class, sign }) })
}

/// The objects of a rendered text, placed in the templates that they come from.
fn objects(text: &str, chart: &str, files: &SourceMap) -> Vec<syntax::node::Node> {
    let mut nodes = Vec::new();
    let mut placer = place::Placer::new(files, chart);
    for piece in pieces(text) {
        let Some(template) = piece.lines().find_map(|line| line.strip_prefix("# Source: ")) else { continue };
        let parsed = syntax::yaml::parse(FileId::NONE, piece);
        for document in &parsed.documents {
            nodes.extend(placer.place(&document.root, template.trim()));
        }
    }
    nodes
}

/// The documents of a text, split where Helm puts `---`.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            pieces.push(&text[start..at]);
            start = at + line.len();
        }
        at += line.len();
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    const TEMPLATE: &str = "{{- if .Values.enabled }}\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  containers:\n    - name: web\n      image: \"{{ .Values.image }}\"\n      securityContext:\n        {{- toYaml .Values.security | nindent 8 }}\n    - name: side\n      image: side:1\n      securityContext:\n        privileged: {{ .Values.side }}\n{{- end }}\n";

    fn rendered(privileged: bool) -> String {
        format!(
            "---\n# Source: shop/templates/pod.yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: shop\nspec:\n  containers:\n    - name: web\n      image: \"web:1\"\n      securityContext:\n        privileged: {privileged}\n    - name: side\n      image: side:1\n      securityContext:\n        privileged: {privileged}\n---\n# Source: shop/templates/empty.yaml\n"
        )
    }

    fn files(paths: &[(&str, &str)]) -> SourceMap {
        let mut files = SourceMap::default();
        for (path, text) in paths {
            files.add(SourceFile::new(*path, *text, false));
        }
        files
    }

    #[test]
    fn each_file_of_values_for_an_environment_is_a_deployment() {
        let files = files(&[
            ("deploy/shop/Chart.yaml", "name: shop\n"),
            ("deploy/shop/charts/sub/Chart.yaml", "name: sub\n"),
            ("deploy/shop/values.yaml", "a: 1\n"),
            ("deploy/shop/values-prod.yaml", "a: 2\n"),
            ("deploy/shop/values-ha.yaml", "a: 2\n"),
            ("deploy/shop/environments/staging.yaml", "a: 3\n"),
            ("deploy/lib/Chart.yaml", "name: lib\ntype: library\n"),
        ]);
        let charts = charts(&files);
        assert_eq!(charts.len(), 1);
        let deployments: Vec<_> = charts[0]
            .deployments
            .iter()
            .map(|d| (d.values.unwrap(), d.environment.as_ref().unwrap().name.as_str()))
            .collect();
        assert_eq!(
            deployments,
            [("deploy/shop/values-prod.yaml", "production"), ("deploy/shop/environments/staging.yaml", "staging")]
        );
    }

    #[test]
    fn objects_are_placed_in_their_template() {
        let files = files(&[("shop/Chart.yaml", "name: shop\n"), ("shop/templates/pod.yaml", TEMPLATE)]);
        let out = render(&files, &Renderer::new(|_, _| Ok(rendered(true))));
        assert_eq!(out.lowered.entities.len(), 1);
        let pod = &out.lowered.entities[0];
        assert_eq!((pod.address.as_str(), pod.scope.as_str()), ("Pod/shop", "shop"));
        let text = |span| files.text(span);
        assert_eq!(text(pod.header.anchor), "Pod");
        let spec = pod.body.as_object().unwrap().get("spec").unwrap().as_object().unwrap();
        let containers = &spec.get("containers").unwrap().as_list().unwrap().items;
        let place = |i: usize, path: [&str; 2]| {
            let value =
                containers[i].as_object().unwrap().get(path[0]).unwrap().as_object().unwrap().get(path[1]).unwrap();
            text(value.origins.first().unwrap().anchor)
        };
        // The first comes out of `toYaml`: what is above it is underlined.
        assert_eq!(place(0, ["securityContext", "privileged"]), "securityContext:");
        assert_eq!(place(1, ["securityContext", "privileged"]), "privileged: {{ .Values.side }}");
        assert!(out.charts.contains("shop"));
    }

    #[test]
    fn a_chart_that_helm_refuses_is_named_with_what_it_says() {
        let files = files(&[("shop/Chart.yaml", "name: shop\n")]);
        let out = render(&files, &Renderer::new(|_, _| Err("values don't meet the schema".into())));
        assert_eq!(out.lowered.entities.len(), 0);
        assert_eq!(out.lowered.skipped[0].why, "a Helm chart that helm does not render: values don't meet the schema");
        // Nothing more is said of its templates.
        assert!(out.charts.contains("shop"));
    }
}
