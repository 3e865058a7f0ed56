//! Kubernetes objects: every document that says its `apiVersion` and `kind`.
//!
//! Files are taken as they stand, but for those that an overlay of kustomize takes in: what it makes of them is looked
//! at instead. Helm templates are told by [`is_helm_template`] before anything
//! is parsed. What a `kind`
//! promises is not checked here: a `spec` that is a list stays a list.

mod group;
mod objects;
mod overlays;
mod patches;
mod templates;
mod terraform;
mod types;

pub use objects::{Objects, Place};
pub use templates::{chart_dirs, is_helm_template, why_template};
pub use terraform::{makes_objects, objects as of_terraform};

use super::{kustomize::Rendered, yaml::YamlFile};
use crate::{
    model::{Entity, Lowered, Skipped},
    syntax::node::Node,
};

/// The Kubernetes objects of these files, and those that overlays make of them.
pub fn lower(files: &[YamlFile], rendered: &Rendered) -> Lowered {
    let mut out = Lowered { skipped: rendered.skipped.clone(), ..Lowered::default() };
    overlays::lower(rendered, &mut out);
    let charts = chart_dirs(files.iter().map(|f| f.path.as_str()));
    let patches = patches::kustomize_patches(files);
    for file in files.iter().filter(|f| !rendered.used.contains(f.path.as_str())) {
        if patches.contains(&file.path) {
            out.skipped.push(Skipped { path: file.path.clone(), why: patches::KUSTOMIZE_PATCH.into() });
        } else if !templates::is_values(&file.path, &charts) {
            out.entities.extend(entities(Place::file(&file.path), file.documents.iter().map(|d| &d.root)));
        }
    }
    out
}

/// The objects that these nodes are, in one place: the documents of a file, what an overlay renders.
pub fn entities<'n>(place: Place, nodes: impl IntoIterator<Item = &'n Node>) -> Vec<Entity> {
    let mut objects = Objects::new(place);
    for node in nodes {
        objects.add(node);
    }
    objects.into_entities()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::FileId, syntax::yaml as syntax, value::Repr};

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
    fn typed_lists_need_not_repeat_what_their_elements_are() {
        let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBindingList\nitems:\n- metadata: {name: a, namespace: x}\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: b}\n---\napiVersion: serving.knative.dev/v1\nkind: ServiceList\nitems: [{metadata: {name: c}}]\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - apiVersion: v1\n    kind: PodList\n    items: [{metadata: {name: d}}, 1, null]\n- {metadata: {name: nothing}}\n---\napiVersion: v1\nkind: PodList\nitems: []\n---\napiVersion: v1\nkind: PodList\nitems:\n";
        let lowered = lowered(&[("a.yaml", text)]);
        assert_eq!(
            addresses(&lowered),
            ["x/RoleBinding/a", "Secret/b", "Service.serving.knative.dev/c", "Pod/d", "PodList"]
        );
        let said = |i: usize, key: &str| lowered.entities[i].body.as_object()?.get(key)?.as_str().map(String::from);
        assert_eq!(said(0, "kind").as_deref(), Some("RoleBinding"));
        assert_eq!(said(2, "apiVersion").as_deref(), Some("serving.knative.dev/v1"));
        let json = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"PodList\", \"items\": [{\"metadata\": {\"name\": \"p\"}}]}]}";
        assert_eq!(addresses(&super::tests::lowered(&[("a.json", json)])), ["Pod/p"]);
    }

    #[test]
    fn kinds_of_other_groups_are_not_those_of_kubernetes() {
        let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\napiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: web}\n";
        let lowered = lowered(&[("a.yaml", text)]);
        let kinds: Vec<_> = lowered.entities.iter().map(|e| e.kind.as_str()).collect();
        assert_eq!(kinds, ["Service", "Service.serving.knative.dev"]);
        assert_eq!(addresses(&lowered), ["Service/web", "Service.serving.knative.dev/web"]);
    }

    /// YAML 1.1 as `sigs.k8s.io/yaml` reads it for `kubectl` and the API server.
    #[test]
    fn a_scalar_is_what_the_api_server_reads() {
        for (text, expected) in [
            ("yes", "true"),
            ("Yes", "true"),
            ("YES", "true"),
            ("y", "true"),
            ("Y", "true"),
            ("on", "true"),
            ("On", "true"),
            ("TRUE", "true"),
            ("no", "false"),
            ("n", "false"),
            ("N", "false"),
            ("off", "false"),
            ("OFF", "false"),
            ("False", "false"),
            ("yEs", "\"yEs\""),
            ("oN", "\"oN\""),
            ("tRUE", "\"tRUE\""),
            ("\"yes\"", "\"yes\""),
            ("'on'", "\"on\""),
            ("\"true\"", "\"true\""),
            ("!!str yes", "\"yes\""),
            ("!!bool \"yes\"", "true"),
            ("!!int \"8080\"", "8080"),
            ("0777", "511"),
            ("0o777", "511"),
            ("0O17", "15"),
            ("08", "8"),
            ("0o8", "\"0o8\""),
            ("0x1F", "31"),
            ("-0x1f", "-31"),
            ("0x", "\"0x\""),
            ("0b101", "5"),
            ("0b2", "\"0b2\""),
            ("1_000", "1000"),
            ("0_7", "7"),
            ("_1", "\"_1\""),
            ("1_000.5", "1000.5"),
            ("12:30", "\"12:30\""),
            ("190:20:30", "\"190:20:30\""),
            ("+1", "1"),
            ("-5", "-5"),
            ("5.", "5"),
            (".5", "0.5"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("1e", "\"1e\""),
            ("1.2.3", "\"1.2.3\""),
            (".inf", "\".inf\""),
            (".nan", "\".nan\""),
            ("2001-12-14", "\"2001-12-14\""),
            ("2001-12-14T21:59:43Z", "\"2001-12-14T21:59:43Z\""),
            ("~", "null"),
            ("Null", "null"),
            ("NULL", "null"),
            ("nULL", "\"nULL\""),
            ("", "null"),
            ("=", "\"=\""),
            ("|-\n    yes", "\"yes\""),
            ("\"0777\"", "\"0777\""),
        ] {
            let manifest = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  a: {text}\n");
            let lowered = lowered(&[("a.yaml", &manifest)]);
            let body = lowered.entities[0].body.as_object().unwrap();
            let value = body.get("data").unwrap().as_object().unwrap().get("a").unwrap();
            let read = match &value.repr {
                Repr::Null => "null".to_string(),
                Repr::Bool(value) => value.to_string(),
                Repr::Number(number) => number.to_string(),
                Repr::String(text) => format!("\"{}\"", text.written()),
                other => format!("{other:?}"),
            };
            assert_eq!(read, expected, "{text}");
        }
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
    fn labels_tell_the_environment_where_the_path_does_not() {
        let pod = |labels: &str| {
            format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: staging, labels: {{{labels}}}}}\n")
        };
        let told = |path: &str, labels: &str| {
            let lowered = lowered(&[(path, &pod(labels))]);
            lowered.entities[0].environment.as_ref().map(|e| (e.name.to_string(), e.sign.to_string()))
        };
        let is = |name: &str, sign: &str| Some((name.to_string(), sign.to_string()));
        assert_eq!(told("k8s/a.yaml", "env: prod"), is("production", "label \"env: prod\""));
        assert_eq!(
            told("k8s/a.yaml", "env: dev, app.kubernetes.io/environment: prod"),
            is("production", "label \"app.kubernetes.io/environment: prod\"")
        );
        assert_eq!(told("k8s/a.yaml", "environment: shop"), is("staging", "namespace \"staging\""));
        assert_eq!(told("overlays/prod/a.yaml", "env: dev"), is("production", "directory \"overlays/prod\""));
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
}
