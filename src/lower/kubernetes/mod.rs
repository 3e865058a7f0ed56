//! Kubernetes objects: every document that says its `apiVersion` and `kind`.
//!
//! Files are taken as they stand. Helm templates are told by [`is_helm_template`] before anything
//! is parsed; patches of kustomize are not whole objects and are named as skipped. What a `kind`
//! promises is not checked here: a `spec` that is a list stays a list.

mod group;
mod objects;
mod patches;
mod templates;
mod terraform;

pub use objects::{Objects, Place};
pub use templates::{chart_dirs, is_helm_template, why_template};
pub use terraform::{makes_objects, objects as of_terraform};

use super::yaml::YamlFile;
use crate::{
    model::{Entity, Lowered, Skipped},
    syntax::node::Node,
};

/// The Kubernetes objects of these files.
pub fn lower(files: &[YamlFile]) -> Lowered {
    let mut out = Lowered::default();
    let charts = chart_dirs(files.iter().map(|f| f.path.as_str()));
    let patches = patches::kustomize_patches(files);
    for file in files {
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
    use crate::{source::FileId, syntax::yaml as syntax};

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
        lower(&files)
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
}
