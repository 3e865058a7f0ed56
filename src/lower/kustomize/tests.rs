#![allow(clippy::unwrap_used, reason = "a failure is a panic")]

use serde_json::{Value as Json, json};

use super::*;
use crate::source::MemoryTree;

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: web, image: \"nginx:1\", env: [{name: A, value: \"1\"}, {name: B, value: \"2\"}]}\n      volumes: [{name: c, configMap: {name: cm}}]\n";

fn tree(files: &[(&str, &str)]) -> MemoryTree {
    MemoryTree::new("test", files.iter().map(|(path, text)| (*path, text.as_bytes())))
}

fn built(files: &[(&str, &str)]) -> Result<Vec<Json>, String> {
    render(&tree(files), "").1.map_err(|d| d.message)
}

/// The only object that a kustomization makes of the deployment.
fn deployment(kustomization: &str) -> Json {
    let files = [("kustomization.yaml", kustomization), ("d.yaml", DEPLOYMENT)];
    built(&files).unwrap().into_iter().find(|o| o["kind"] == "Deployment").unwrap()
}

fn refused(kustomization: &str) -> String {
    built(&[("kustomization.yaml", kustomization), ("d.yaml", DEPLOYMENT)]).unwrap_err()
}

#[test]
fn a_strategic_patch_merges_lists_by_their_keys_and_puts_what_is_new_first() {
    let out = deployment(
        "resources: [d.yaml]\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {template: {spec: {containers: [{name: side, image: s}, {name: web, env: [{name: B, value: \"3\"}, {name: A, $patch: delete}]}], volumes: null}}}\n",
    );
    let pod = &out["spec"]["template"]["spec"];
    let expected = json!([
        {"name": "side", "image": "s"},
        {"name": "web", "image": "nginx:1", "env": [{"name": "B", "value": "3"}]},
    ]);
    assert_eq!((&pod["containers"], pod.get("volumes")), (&expected, None));
}

#[test]
fn lists_of_unknown_kinds_are_replaced() {
    let files = [
        ("kustomization.yaml", "resources: [w.yaml]\npatches: [{path: p.yaml}]\n"),
        (
            "w.yaml",
            "apiVersion: x.io/v1\nkind: W\nmetadata: {name: w}\nspec: {containers: [{name: a}, {name: b}], m: {k: 1}}\n",
        ),
        ("p.yaml", "apiVersion: x.io/v1\nkind: W\nmetadata: {name: w}\nspec: {containers: [{name: c}], m: {l: 2}}\n"),
    ];
    assert_eq!(built(&files).unwrap()[0]["spec"], json!({"containers": [{"name": "c"}], "m": {"k": 1, "l": 2}}));
}

#[test]
fn ports_are_told_by_number_and_protocol() {
    let service = |patch: &str| {
        let patch = format!("apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: {patch}}}\n");
        let files = [
            ("kustomization.yaml", "resources: [s.yaml]\npatches: [{path: p.yaml}]\n"),
            (
                "s.yaml",
                "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}, {port: 53, protocol: UDP}]}\n",
            ),
            ("p.yaml", patch.as_str()),
        ];
        built(&files).unwrap()[0]["spec"]["ports"].clone()
    };
    assert_eq!(
        service("[{port: 53, protocol: UDP, name: dns}, {port: 53, protocol: TCP}]"),
        json!([{"port": 53, "protocol": "TCP"}, {"port": 80}, {"port": 53, "protocol": "UDP", "name": "dns"}])
    );
}

#[test]
fn operations_of_a_json_patch_are_applied_in_order() {
    let out = deployment(
        "resources: [d.yaml]\npatches:\n- target: {kind: Deploy.*, name: w.b}\n  patch: |-\n    - {op: test, path: /metadata/name, value: web}\n    - {op: add, path: /metadata/labels, value: {}}\n    - {op: add, path: /metadata/labels/a~1b, value: c}\n    - {op: copy, from: /metadata/labels/a~1b, path: /metadata/labels/d}\n    - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: C}}\n    - {op: remove, path: /spec/template/spec/containers/0/env/0}\n    - {op: move, from: /spec/template/spec/volumes, path: /spec/v}\n",
    );
    assert_eq!(out["metadata"]["labels"], json!({"a/b": "c", "d": "c"}));
    let env = &out["spec"]["template"]["spec"]["containers"][0]["env"];
    assert_eq!(env, &json!([{"name": "B", "value": "2"}, {"name": "C"}]));
    assert_eq!(out["spec"]["v"], json!([{"name": "c", "configMap": {"name": "cm"}}]));
}

#[test]
fn names_and_what_refers_to_them_change_together() {
    let out = deployment(
        "resources: [d.yaml]\nnamePrefix: p-\nnameSuffix: -s\nnamespace: shop\nconfigMapGenerator: [{name: cm, literals: [a=b]}]\n",
    );
    assert_eq!(out["metadata"], json!({"name": "p-web-s", "namespace": "shop"}));
    assert_eq!(out["spec"]["template"]["spec"]["volumes"][0]["configMap"]["name"], "p-cm-s-4h2mbtbbt6");
}

#[test]
fn images_labels_and_replicas_are_set() {
    let out = deployment(
        "resources: [d.yaml]\nimages: [{name: nginx, newName: r.io/nginx, digest: \"sha256:ab\"}]\nreplicas: [{name: web, count: 3}]\nlabels: [{pairs: {a: b}, includeTemplates: true}]\ncommonAnnotations: {c: d}\n",
    );
    assert_eq!(out["spec"]["template"]["spec"]["containers"][0]["image"], "r.io/nginx@sha256:ab");
    assert_eq!(out["spec"]["replicas"], 3);
    assert_eq!(out["metadata"], json!({"name": "web", "labels": {"a": "b"}, "annotations": {"c": "d"}}));
    assert_eq!(out["spec"]["template"]["metadata"], json!({"labels": {"a": "b"}, "annotations": {"c": "d"}}));
    assert_eq!(out["spec"].get("selector"), None);
}

#[test]
fn a_replacement_copies_a_value_and_keeps_the_type() {
    let out = deployment(
        "resources: [d.yaml]\nreplacements:\n- source: {kind: Deployment, fieldPath: \"spec.template.spec.containers.[name=web].env.[name=B].value\"}\n  targets:\n  - select: {name: web}\n    fieldPaths: [\"spec.template.spec.containers.*.image\"]\n    options: {delimiter: \":\", index: 1}\n  - select: {name: web}\n    fieldPaths: [spec.replicas]\n    options: {create: true}\n",
    );
    assert_eq!(out["spec"]["template"]["spec"]["containers"][0]["image"], "nginx:2");
    assert_eq!(out["spec"]["replicas"], 2);
}

#[test]
fn variables_are_put_where_they_are_named() {
    let out = deployment(
        "resources: [d.yaml]\nnamePrefix: p-\nvars: [{name: W, objref: {kind: Deployment, name: web, apiVersion: apps/v1}}]\npatches:\n- target: {kind: Deployment}\n  patch: '[{\"op\": \"add\", \"path\": \"/spec/template/spec/containers/0/args\", \"value\": [\"--x=$(W)\", \"$(NO)\", \"$$(W)\"]}]'\n",
    );
    assert_eq!(out["spec"]["template"]["spec"]["containers"][0]["args"], json!(["--x=p-web", "$(NO)", "$(W)"]));
}

#[test]
fn components_change_what_is_there_already() {
    let files = [
        ("kustomization.yaml", "resources: [d.yaml]\ncomponents: [c]\n"),
        ("d.yaml", DEPLOYMENT),
        ("c/kustomization.yaml", "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnamePrefix: c-\n"),
    ];
    assert_eq!(built(&files).unwrap()[0]["metadata"]["name"], "c-web");
}

#[test]
fn transformers_may_be_objects_of_their_own() {
    let out = deployment(
        "resources: [d.yaml]\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: LabelTransformer\n  metadata: {name: l}\n  labels: {a: b}\n  fieldSpecs: [{path: metadata/labels, create: true}]\n",
    );
    assert_eq!(out["metadata"]["labels"], json!({"a": "b"}));
}

#[test]
fn generated_data_is_what_files_and_literals_hold() {
    let files = [
        (
            "kustomization.yaml",
            "generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator: [{name: c, literals: [\"q='x y'\"], files: [k=f.txt], envs: [e.env]}]\nsecretGenerator: [{name: s, literals: [a=b]}]\n",
        ),
        ("f.txt", "text\n"),
        ("e.env", "# no\nA=1\n"),
    ];
    let out = built(&files).unwrap();
    assert_eq!(out[0]["data"], json!({"q": "x y", "k": "text\n", "A": "1"}));
    assert_eq!((&out[1]["data"], &out[1]["type"]), (&json!({"a": "Yg=="}), &json!("Opaque")));
}

#[test]
fn yaml_is_read_as_kustomize_reads_it() {
    let files = [
        ("kustomization.yaml", "resources: [a.yaml]\n"),
        (
            "a.yaml",
            "apiVersion: v1\nkind: A\nmetadata: {name: a, annotations: {n: 1}}\nspec: {a: yes, b: 017, c: 2020-01-01, d: 1_0, e: true}\n",
        ),
    ];
    let out = &built(&files).unwrap()[0];
    assert_eq!(out["spec"], json!({"a": "yes", "b": 15, "c": "2020-01-01T00:00:00Z", "d": 10, "e": true}));
    assert_eq!(out["metadata"]["annotations"], json!({"n": "1"}));
}

#[test]
fn what_kustomize_refuses_is_refused_with_the_reason() {
    let cases = [
        ("resorces: [d.yaml]\n", "kustomize knows no `resorces` here"),
        ("resources: [d.yaml, d.yaml]\n", "there are two objects that are called Deployment `web`"),
        ("resources: [nope.yaml]\n", "there is no file and no kustomization at `nope.yaml`"),
        ("resources: [\"https://x.io/y\"]\n", "`https://x.io/y` is somewhere else, and nothing is downloaded"),
        ("resources: [\"\"]\n", "this leads back to the kustomization itself"),
        (
            "configMapGenerator: [{name: c, files: [../x]}]\n",
            "`../x` is not in the directory of this kustomization or below it",
        ),
        (
            "resources: [d.yaml]\npatches: [{patch: \"{kind: Deployment, apiVersion: apps/v1, metadata: {name: no}}\"}]\n",
            "there is no Deployment `no` that this patch could change",
        ),
        (
            "resources: [d.yaml]\npatches: [{target: {kind: Deployment}, patch: \"- {op: test, path: /kind, value: x}\"}]\n",
            "the object has another value at `kind`",
        ),
        ("resources: [d.yaml]\nreplicas: [{name: x, count: 1}]\n", "there is nothing called `x` that has replicas"),
        ("commonLabels: {a: 1}\n", "a text is needed here, and this is a number"),
        ("helmCharts: [{name: x}]\n", "a Helm chart is not rendered here"),
        ("kind: Kustomization\n", "this kustomization is empty"),
    ];
    for (kustomization, message) in cases {
        assert_eq!(refused(kustomization), message, "{kustomization}");
    }
}

#[test]
fn bases_in_a_circle_end() {
    let files = [("kustomization.yaml", "resources: [b]\n"), ("b/kustomization.yaml", "resources: [../]\n")];
    assert_eq!(built(&files).unwrap_err(), "this leads back to the kustomization itself");
}

#[test]
fn a_field_of_an_inline_patch_stands_where_it_is_written() {
    let kustomization = "resources: [d.yaml]\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec:\n\n      paused: true\n";
    let mut map = SourceMap::default();
    let files = tree(&[("kustomization.yaml", kustomization), ("d.yaml", DEPLOYMENT)]);
    let further = files::gather(&mut map, &files, vec!["".into()]);
    let rendered = overlays(&map, &further);
    let object = &rendered.overlays[0].objects[0].node;
    let paused = object.get("spec").unwrap().entry("paused").unwrap();
    assert_eq!((map.text(paused.key_span), map.text(paused.value.span)), ("paused", "true"));
    assert_eq!(map.path(paused.value.span.file), "kustomization.yaml");
    assert_eq!(map.path(object.get("kind").unwrap().span.file), "d.yaml");
}

proptest::proptest! {
    /// Whatever shape a kustomization and what it names have, there is an answer.
    #[test]
    fn odd_shapes_are_refused_or_built(
        key in proptest::sample::select(vec![
            "resources", "bases", "components", "patches", "patchesStrategicMerge", "patchesJson6902", "images",
            "replicas", "labels", "commonLabels", "commonAnnotations", "namespace", "namePrefix", "nameSuffix",
            "configMapGenerator", "secretGenerator", "generatorOptions", "replacements", "vars", "transformers",
            "generators", "sortOptions", "buildMetadata", "configurations",
        ]),
        value in proptest::sample::select(vec![
            "", "x", "1", "true", "[]", "{}", "[x]", "[[x]]", "[{}]", "[null]", "{a: [b]}", "[{name: web, path: d.yaml}]",
            "[{path: d.yaml, target: {kind: Deployment}}]", "[{patch: \"[]\"}]", "[{patch: \"- {op: add, path: /a}\", target: {}}]",
            "[{source: {kind: Deployment}, targets: [{select: {}, fieldPaths: [a.b.*, \"[\", \"..\", \"spec.template.spec.containers.[=x]\"]}]}]",
            "[{pairs: [a]}]", "[d.yaml]", "[{name: c, literals: [a], files: [d.yaml], envs: [d.yaml]}]", "[{name: V, objref: {}}]",
            "[{patch: \"{kind: Deployment, apiVersion: apps/v1, metadata: {name: web}, spec: [a]}\"}]",
            "[{patch: \"{kind: Deployment, apiVersion: apps/v1, metadata: {name: web}, spec: {template: {spec: {containers: [x, {}, {name: [a]}]}}}}\"}]",
        ]),
        object in proptest::sample::select(vec![
            DEPLOYMENT, "", "[]", "a", "kind: List\nitems: x\n", "apiVersion: v1\nkind: List\nitems: [a, {}, {kind: X}]\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: {a: b}, volumes: x}}}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: [a]\n", "apiVersion: [v1]\nkind: {a: b}\nmetadata: {name: [x], labels: y, annotations: [z]}\n",
        ]),
    ) {
        let kustomization = format!("resources: [d.yaml]\n{key}: {value}\n");
        let files = tree(&[("kustomization.yaml", &kustomization), ("d.yaml", object)]);
        let _ = render(&files, "");
        let mut map = SourceMap::default();
        let further = files::gather(&mut map, &files, vec!["".into()]);
        let rendered = overlays(&map, &further);
        proptest::prop_assert!(rendered.overlays.len() <= 1);
    }
}
