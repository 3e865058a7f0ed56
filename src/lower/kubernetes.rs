//! Kubernetes objects: every document that says its `apiVersion` and `kind`.
//!
//! Files are taken as they stand, but for those that an overlay of kustomize takes in: what it makes of them is looked
//! at instead. Helm templates are told by [`is_helm_template`] before anything
//! is parsed. What a `kind`
//! promises is not checked here: a `spec` that is a list stays a list.

use std::collections::{BTreeSet, HashMap};

use ecow::EcoString;

use super::{
    environment,
    kustomize::Rendered,
    path::{dir_of, join, name_of},
    yaml::{self, YamlFile},
};
use crate::{
    model::{Entity, Lowered, Skipped},
    source::{FileId, Level, Span},
    syntax::{
        node::{Node, NodeKind, Style},
        yaml as syntax,
    },
    value::{Identity, Origin, OriginStep, Repr, Value},
};

/// Why templates are skipped, by what makes them templates.
const HELM_TEMPLATE: &str = "a Helm template, not YAML; charts are not rendered yet";
const BRACES_TEMPLATE: &str = "a template (`{{ }}`), not YAML";
const TERRAFORM_TEMPLATE: &str = "a template of Terraform (`${ }`, `%{ }`), not YAML";

/// Why a file of patches is skipped.
const KUSTOMIZE_PATCH: &str = "a kustomize patch of an overlay that is not rendered";

/// The Kubernetes objects of these files, and those that overlays make of them.
pub fn lower(files: &[YamlFile], rendered: &Rendered) -> Lowered {
    let mut out = Lowered { skipped: rendered.skipped.clone(), ..Lowered::default() };
    overlays(rendered, &mut out);
    let charts = chart_dirs(files.iter().map(|f| f.path.as_str()));
    let patches = kustomize_patches(files);
    for file in files.iter().filter(|f| !rendered.used.contains(f.path.as_str())) {
        if patches.contains(&file.path) {
            out.skipped.push(Skipped { path: file.path.clone(), why: KUSTOMIZE_PATCH.into() });
        } else if !is_values(&file.path, &charts) {
            let place = Place { scope: &file.path, path: &file.path, calls: Vec::new(), is_overlay: false };
            let mut objects = Objects { place, seen: HashMap::new(), out: &mut out };
            for document in &file.documents {
                objects.add(&document.root, None);
            }
        }
    }
    out
}

/// The objects of overlays: each overlay is a scope of its own.
fn overlays(rendered: &Rendered, out: &mut Lowered) {
    let mut made: HashMap<EcoString, Vec<&EcoString>> = HashMap::new();
    for overlay in &rendered.overlays {
        let before = out.entities.len();
        let place = Place { scope: &overlay.dir, path: &overlay.path, calls: Vec::new(), is_overlay: true };
        let mut objects = Objects { place, seen: HashMap::new(), out };
        for object in &overlay.objects {
            let call = |span: &Span| Origin::new(*span, *span, OriginStep::Use);
            objects.place.calls = object.calls.iter().map(call).collect();
            objects.add(&object.node, None);
        }
        for entity in &out.entities[before..] {
            made.entry(entity.address.clone()).or_default().push(&overlay.dir);
        }
    }
    let pairs = made.values().flat_map(|dirs| {
        let pairs = dirs.iter().enumerate().flat_map(|(at, a)| dirs[at + 1..].iter().map(move |b| (*a, *b)));
        pairs.filter(|(a, b)| a != b).map(|(a, b)| (a.clone(), b.clone()))
    });
    let pairs: BTreeSet<_> = pairs.collect();
    out.alternatives = pairs.into_iter().collect();
}

/// What of an object is written outside of its own text: one place a file.
fn parts(node: &Node) -> Vec<Span> {
    fn walk(node: &Node, own: Span, parts: &mut Vec<Span>) {
        for span in node.alias_of.into_iter().chain([node.span]) {
            if span.file == FileId::NONE || own.contains(span) {
                continue;
            }
            match parts.iter_mut().find(|p| p.file == span.file) {
                Some(part) => *part = part.to(span),
                None => parts.push(span),
            }
        }
        node.items().iter().for_each(|item| walk(item, own, parts));
        for entry in node.entries() {
            walk(&entry.value, own, parts);
        }
    }
    let mut parts = Vec::new();
    walk(node, node.span, &mut parts);
    parts
}

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
fn is_values(path: &str, charts: &BTreeSet<String>) -> bool {
    name_of(path).starts_with("values") && charts.contains(dir_of(path))
}

/// The files that kustomizations name as patches and that none names as a resource.
fn kustomize_patches(files: &[YamlFile]) -> BTreeSet<String> {
    let mut patches = BTreeSet::new();
    let mut resources = BTreeSet::new();
    for file in files {
        if !matches!(name_of(&file.path), "kustomization.yaml" | "kustomization.yml" | "Kustomization") {
            continue;
        }
        for root in file.documents.iter().map(|d| &d.root) {
            let named = |key: &str| root.get(key).map_or(&[][..], Node::items).iter();
            let paths = named("patches").chain(named("patchesJson6902")).filter_map(|patch| patch.get("path"));
            let paths = paths.chain(named("patchesStrategicMerge")).filter_map(Node::as_text);
            patches.extend(paths.filter_map(|path| join(dir_of(&file.path), path)).map(String::from));
            resources.extend(
                named("resources")
                    .filter_map(Node::as_text)
                    .filter_map(|p| join(dir_of(&file.path), p))
                    .map(String::from),
            );
        }
    }
    patches.retain(|path| !resources.contains(path));
    patches
}

/// Where objects come from.
struct Place<'a> {
    /// What their addresses are unique in.
    scope: &'a str,
    /// The path that tells their environment.
    path: &'a str,
    /// What leads to them.
    calls: Vec<Origin>,
    is_overlay: bool,
}

/// The objects of one file, or of one overlay.
struct Objects<'a> {
    place: Place<'a>,
    /// How often an address occurred.
    seen: HashMap<EcoString, usize>,
    out: &'a mut Lowered,
}

impl Objects<'_> {
    /// Adds the object, or those in the list, that a node is. `kind` is what the elements of a
    /// typed list are, which need not say it themselves.
    fn add(&mut self, node: &Node, kind: Option<&str>) {
        let own = string(node, "kind").filter(|_| string(node, "apiVersion").is_some());
        let Some(kind) = own.or(kind) else { return };
        if let Some(of) = kind.strip_suffix("List")
            && let Some(NodeKind::Sequence(items)) = node.get("items").map(|n| &n.kind)
        {
            for item in items {
                self.add(item, Some(of).filter(|of| !of.is_empty()));
            }
            return;
        }
        if matches!(node.kind, NodeKind::Mapping(_)) {
            let entity = self.entity(node, kind);
            self.out.entities.push(entity);
        }
    }

    fn entity(&mut self, node: &Node, kind: &str) -> Entity {
        let metadata = |key: &str| node.get("metadata").and_then(|m| m.get(key)).and_then(Node::as_text).cloned();
        let namespace = metadata("namespace").filter(|n| !n.is_empty());
        let name = metadata("name").or_else(|| metadata("generateName")).unwrap_or_default();
        let address = self.address(kind, &name, namespace.as_ref());
        let header = yaml::header(node);
        let mut body = yaml::value(node);
        if let Repr::Object(object) = &body.repr {
            let mut object = (**object).clone();
            object.identity = Some(Identity::new(namespace.clone().unwrap_or_default(), address.clone()).into());
            body = Value::from_object(object).with_origins(body.origins.clone());
        }
        let environment = environment::classify_path(self.place.path)
            .or_else(|| namespace.as_deref().and_then(environment::classify_namespace));
        Entity {
            kind: kind.into(),
            address,
            name,
            scope: self.place.scope.into(),
            scenario: None,
            body,
            header,
            extent: node.span,
            parts: if self.place.is_overlay { parts(node) } else { Vec::new() },
            calls: self.place.calls.clone(),
            owner: None,
            environment,
            doubt: None,
        }
    }

    /// `prod/Deployment/web`. What one file has twice is numbered from the second on.
    fn address(&mut self, kind: &str, name: &str, namespace: Option<&EcoString>) -> EcoString {
        let namespace = namespace.map(|n| ecow::eco_format!("{n}/")).unwrap_or_default();
        let slash = if name.is_empty() { "" } else { "/" };
        let address = ecow::eco_format!("{namespace}{kind}{slash}{name}");
        let count = self.seen.entry(address.clone()).or_insert(0);
        *count += 1;
        if *count == 1 { address } else { ecow::eco_format!("{address}#{count}") }
    }
}

/// The text under a key, if it is a string and not empty.
fn string<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    match &node.get(key)?.kind {
        NodeKind::String(scalar) => Some(scalar.text.as_str()).filter(|t| !t.is_empty()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowered(files: &[(&str, &str)]) -> Lowered {
        let files: Vec<YamlFile> = files
            .iter()
            .enumerate()
            .map(|(i, (path, text))| {
                let id = FileId(i as u32);
                let parsed = if path.rsplit('.').next() == Some("json") {
                    crate::syntax::json::parse(id, text)
                } else {
                    syntax::parse(id, text)
                };
                YamlFile { id, path: (*path).into(), documents: parsed.documents }
            })
            .collect();
        lower(&files, &Rendered::default())
    }

    fn addresses(lowered: &Lowered) -> Vec<&str> {
        lowered.entities.iter().map(|e| e.address.as_str()).collect()
    }

    #[test]
    fn each_document_with_a_kind_is_an_object() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: prod}\n---\n# nothing\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n---\nkind: NoVersion\n---\n- a\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {generateName: run-}\n---\napiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: [Pod]\n";
        let lowered = lowered(&[("k8s/app.yaml", text)]);
        assert_eq!(addresses(&lowered), ["prod/Deployment/web", "Service/web", "Job/run-", "Pod", "Pod#2"]);
        let service = &lowered.entities[1];
        assert_eq!(
            (service.kind.as_str(), service.name.as_str(), service.scope.as_str()),
            ("Service", "web", "k8s/app.yaml")
        );
        assert_eq!(&text[service.header.anchor.range()], "Service");
        assert_eq!(&text[service.extent.range()], "apiVersion: v1\nkind: Service\nmetadata:\n  name: web");
        let deployment = &lowered.entities[0];
        let object = deployment.body.as_object().unwrap();
        assert_eq!(object.identity.as_ref().unwrap().scope, "prod");
        assert_eq!(object.header.as_ref(), Some(&deployment.header));
        assert!(lowered.skipped.is_empty());
    }

    #[test]
    fn lists_are_their_elements() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n- kind: Unversioned\n- apiVersion: v1\n  kind: SecretList\n  items: [{metadata: {name: b}}]\n---\napiVersion: x/v1\nkind: AllowList\nmetadata: {name: c}\n";
        let lowered = lowered(&[("a.yaml", text)]);
        assert_eq!(addresses(&lowered), ["ConfigMap/a", "Secret/b", "AllowList/c"]);
        assert_eq!(&text[lowered.entities[0].header.anchor.range()], "ConfigMap");
        assert_eq!(&text[lowered.entities[1].extent.range()], "{metadata: {name: b}}");
    }

    #[test]
    fn json_is_a_manifest_too() {
        let lowered =
            lowered(&[("a.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}}")]);
        assert_eq!(addresses(&lowered), ["Pod/p"]);
    }

    #[test]
    fn wrong_shapes_stay_what_they_are() {
        let lowered = lowered(&[("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: [x]\nspec:\n- containers\n")]);
        assert_eq!(addresses(&lowered), ["Pod"]);
        assert!(lowered.entities[0].body.as_object().unwrap().get("spec").unwrap().as_list().is_some());
    }

    #[test]
    fn the_environment_is_told_by_the_path_and_else_by_the_namespace() {
        let pod =
            |namespace: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: {namespace}}}\n");
        let (staging, other) = (pod("staging"), pod("shop"));
        let lowered = lowered(&[("envs/prod/a.yaml", &staging), ("k8s/a.yaml", &staging), ("k8s/b.yaml", &other)]);
        let names: Vec<_> = lowered.entities.iter().map(|e| e.environment.as_ref().map(|e| e.name.as_str())).collect();
        assert_eq!(names, [Some("production"), Some("staging"), None]);
    }

    #[test]
    fn patches_of_kustomize_are_skipped_and_resources_kept() {
        let object = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";
        let kustomization = "resources: [../base, own.yaml, both.yaml]\npatches:\n- path: ./p1.yaml\n  target: {kind: Pod}\n- patch: |-\n    a: b\npatchesStrategicMerge: [../shared/p2.yaml, both.yaml, 'a: {b: c}']\npatchesJson6902:\n- path: p3.yaml\n";
        let lowered = lowered(&[
            ("k/prod/kustomization.yaml", kustomization),
            ("k/prod/own.yaml", object),
            ("k/prod/both.yaml", object),
            ("k/prod/p1.yaml", object),
            ("k/shared/p2.yaml", object),
            ("k/prod/p3.yaml", "- op: add\n"),
            ("k/base/p1.yaml", object),
        ]);
        let files: Vec<_> = lowered.entities.iter().map(|e| e.scope.as_str()).collect();
        assert_eq!(files, ["k/prod/own.yaml", "k/prod/both.yaml", "k/base/p1.yaml"]);
        let skipped: Vec<_> = lowered.skipped.iter().map(|s| s.path.as_str()).collect();
        assert_eq!(skipped, ["k/prod/p1.yaml", "k/shared/p2.yaml", "k/prod/p3.yaml"]);
    }

    #[test]
    fn values_of_a_chart_are_no_manifest() {
        let text = "apiVersion: v1\nkind: Deployment\n";
        let lowered =
            lowered(&[("c/Chart.yaml", "apiVersion: v2\nname: c\n"), ("c/values.yaml", text), ("values.yaml", text)]);
        assert_eq!(lowered.entities.iter().map(|e| e.scope.as_str()).collect::<Vec<_>>(), ["values.yaml"]);
    }

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
