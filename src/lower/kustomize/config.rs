//! Which fields hold labels, names, images and the like: kustomize's own tables, and what a kustomization adds.

use std::sync::LazyLock;

use ecow::EcoString;

use super::{fieldspec::FieldSpec, resource::Gvk};
use crate::syntax::node::Node;

/// The fields of one kind of change each.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    pub(super) labels: Vec<FieldSpec>,
    pub(super) template_labels: Vec<FieldSpec>,
    pub(super) annotations: Vec<FieldSpec>,
    pub(super) prefix: Vec<FieldSpec>,
    pub(super) suffix: Vec<FieldSpec>,
    pub(super) namespace: Vec<FieldSpec>,
    pub(super) replicas: Vec<FieldSpec>,
    pub(super) images: Vec<FieldSpec>,
    pub(super) variables: Vec<FieldSpec>,
    /// What refers to objects of a kind by name.
    pub(super) names: Vec<(Gvk, FieldSpec)>,
}

/// What kustomize knows by itself.
pub(super) static BUILT_IN: LazyLock<Config> = LazyLock::new(built_in);

/// Where each kind has its pod: kind, and whether it may refer to everything.
const PODS: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
];

/// The same for what only some kinds refer to.
const WORKLOADS: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
];

const RBAC: &str = "rbac.authorization.k8s.io";
const WEBHOOKS: &str = "admissionregistration.k8s.io";

/// What refers to what: group, version and kind of the target; group, kind and path of the field.
const NAMES: &[(&str, &str, &str, &str, &str, &str)] = &[
    ("", "", "Deployment", "", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
    ("", "", "ReplicationController", "", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
    ("", "", "ReplicaSet", "", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
    ("", "", "StatefulSet", "", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
    ("", "v1", "ConfigMap", "", "Node", "spec/configSource/configMap"),
    ("", "v1", "ConfigMap", "", "Role", "rules/resourceNames"),
    ("", "v1", "ConfigMap", "", "ClusterRole", "rules/resourceNames"),
    (
        "",
        "v1",
        "ConfigMap",
        "",
        "Ingress",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap",
    ),
    ("", "v1", "Secret", "", "Ingress", "spec/tls/secretName"),
    ("", "v1", "Secret", "", "Ingress", "metadata/annotations/ingress.kubernetes.io\\/auth-secret"),
    ("", "v1", "Secret", "", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret"),
    ("", "v1", "Secret", "", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
    ("", "v1", "Secret", "", "ServiceAccount", "imagePullSecrets/name"),
    ("", "v1", "Secret", "", "StorageClass", "parameters/secretName"),
    ("", "v1", "Secret", "", "StorageClass", "parameters/adminSecretName"),
    ("", "v1", "Secret", "", "StorageClass", "parameters/userSecretName"),
    ("", "v1", "Secret", "", "StorageClass", "parameters/secretRef"),
    ("", "v1", "Secret", "", "Role", "rules/resourceNames"),
    ("", "v1", "Secret", "", "ClusterRole", "rules/resourceNames"),
    (
        "",
        "v1",
        "Secret",
        "serving.knative.dev",
        "Service",
        "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
    ),
    ("", "v1", "Secret", "", "PersistentVolume", "spec/azureFile/secretName"),
    ("", "v1", "Service", "apps", "StatefulSet", "spec/serviceName"),
    ("", "v1", "Service", "", "Ingress", "spec/rules/http/paths/backend/serviceName"),
    ("", "v1", "Service", "", "Ingress", "spec/backend/serviceName"),
    ("", "v1", "Service", "", "Ingress", "spec/rules/http/paths/backend/service/name"),
    ("", "v1", "Service", "", "Ingress", "spec/defaultBackend/service/name"),
    ("", "v1", "Service", "apiregistration.k8s.io", "APIService", "spec/service/name"),
    ("", "v1", "Service", WEBHOOKS, "ValidatingWebhookConfiguration", "webhooks/clientConfig/service"),
    ("", "v1", "Service", WEBHOOKS, "MutatingWebhookConfiguration", "webhooks/clientConfig/service"),
    (RBAC, "", "Role", RBAC, "RoleBinding", "roleRef/name"),
    (RBAC, "", "ClusterRole", RBAC, "RoleBinding", "roleRef/name"),
    (RBAC, "", "ClusterRole", RBAC, "ClusterRoleBinding", "roleRef/name"),
    ("", "v1", "ServiceAccount", RBAC, "RoleBinding", "subjects"),
    ("", "v1", "ServiceAccount", RBAC, "ClusterRoleBinding", "subjects"),
    ("", "v1", "PersistentVolume", "", "PersistentVolumeClaim", "spec/volumeName"),
    ("", "v1", "PersistentVolume", "", "ClusterRole", "rules/resourceNames"),
    ("storage.k8s.io", "v1", "StorageClass", "", "PersistentVolume", "spec/storageClassName"),
    ("storage.k8s.io", "v1", "StorageClass", "", "PersistentVolumeClaim", "spec/storageClassName"),
    ("storage.k8s.io", "v1", "StorageClass", "", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
    ("networking.k8s.io/v1", "v1", "IngressClass", "", "Ingress", "spec/ingressClassName"),
];

/// Where a pod refers to configuration maps and to secrets.
const IN_PODS: &[(&str, &str)] = &[
    ("ConfigMap", "volumes/configMap/name"),
    ("ConfigMap", "containers/env/valueFrom/configMapKeyRef/name"),
    ("ConfigMap", "initContainers/env/valueFrom/configMapKeyRef/name"),
    ("ConfigMap", "containers/envFrom/configMapRef/name"),
    ("ConfigMap", "initContainers/envFrom/configMapRef/name"),
    ("ConfigMap", "volumes/projected/sources/configMap/name"),
    ("Secret", "volumes/secret/secretName"),
    ("Secret", "containers/env/valueFrom/secretKeyRef/name"),
    ("Secret", "initContainers/env/valueFrom/secretKeyRef/name"),
    ("Secret", "containers/envFrom/secretRef/name"),
    ("Secret", "initContainers/envFrom/secretRef/name"),
    ("Secret", "imagePullSecrets/name"),
    ("Secret", "volumes/projected/sources/secret/name"),
];

/// Where the selectors of pods are, besides those of the object itself.
const AFFINITY: &[&str] = &[
    "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "topologySpreadConstraints/labelSelector/matchLabels",
];

/// The metadata of what an object makes: group, version, kind, path.
const TEMPLATES: &[(&str, &str, &str, &str)] = &[
    ("", "v1", "ReplicationController", "spec/template/metadata"),
    ("", "", "Deployment", "spec/template/metadata"),
    ("", "", "ReplicaSet", "spec/template/metadata"),
    ("", "", "DaemonSet", "spec/template/metadata"),
    ("apps", "", "StatefulSet", "spec/template/metadata"),
    ("batch", "", "Job", "spec/template/metadata"),
    ("batch", "", "CronJob", "spec/jobTemplate/metadata"),
    ("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata"),
];

/// Selectors: group, version, kind, path, and whether they are made.
const SELECTORS: &[(&str, &str, &str, &str, bool)] = &[
    ("", "v1", "Service", "spec/selector", true),
    ("", "v1", "ReplicationController", "spec/selector", true),
    ("", "", "Deployment", "spec/selector/matchLabels", true),
    ("", "", "ReplicaSet", "spec/selector/matchLabels", true),
    ("", "", "DaemonSet", "spec/selector/matchLabels", true),
    ("apps", "", "StatefulSet", "spec/selector/matchLabels", true),
    ("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true),
    ("batch", "", "Job", "spec/selector/matchLabels", false),
    ("batch", "", "CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
    ("policy", "", "PodDisruptionBudget", "spec/selector/matchLabels", false),
    ("networking.k8s.io", "", "NetworkPolicy", "spec/podSelector/matchLabels", false),
    ("networking.k8s.io", "", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels", false),
    ("networking.k8s.io", "", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels", false),
];

fn built_in() -> Config {
    let any = |path: &str, create| FieldSpec::new("", "", "", path, create);
    let templates = |key: &str| {
        TEMPLATES
            .iter()
            .map(move |(g, v, k, p)| FieldSpec::new(g, v, k, &format!("{p}/{key}"), true))
            .collect::<Vec<_>>()
    };
    let mut template_labels = templates("labels");
    template_labels.push(FieldSpec::new(
        "apps",
        "",
        "StatefulSet",
        "spec/volumeClaimTemplates[]/metadata/labels",
        true,
    ));
    let mut labels = vec![any("metadata/labels", true)];
    labels.extend(SELECTORS.iter().map(|(g, v, k, p, create)| FieldSpec::new(g, v, k, p, *create)));
    labels.extend(templates("labels"));
    for kind in ["Deployment", "StatefulSet"] {
        let paths = AFFINITY.iter().map(|path| format!("spec/template/spec/{path}"));
        labels.extend(paths.map(|path| FieldSpec::new("apps", "", kind, &path, false)));
    }
    let mut annotations = vec![any("metadata/annotations", true)];
    annotations.extend(templates("annotations"));

    let target = |group: &str, version: &str, kind: &str| Gvk {
        group: group.into(),
        version: version.into(),
        kind: kind.into(),
    };
    let mut names: Vec<(Gvk, FieldSpec)> = NAMES
        .iter()
        .map(|(g, v, k, group, kind, path)| (target(g, v, k), FieldSpec::new(group, "", kind, path, false)))
        .collect();
    for (of, path) in IN_PODS {
        let fields = PODS.iter().map(|(kind, pod)| FieldSpec::new("", "", kind, &format!("{pod}/{path}"), false));
        names.extend(fields.map(|field| (target("", "v1", of), field)));
    }
    let by_workloads = [
        ("", "ServiceAccount", "serviceAccountName"),
        ("", "PersistentVolumeClaim", "volumes/persistentVolumeClaim/claimName"),
        ("scheduling.k8s.io", "PriorityClass", "priorityClassName"),
    ];
    for (group, of, path) in by_workloads {
        let fields = WORKLOADS.iter().map(|(kind, pod)| FieldSpec::new("", "", kind, &format!("{pod}/{path}"), false));
        names.extend(fields.map(|field| (target(group, "v1", of), field)));
    }
    let mut variables = vec![any("metadata/labels", false), any("metadata/annotations", false)];
    for (kind, pod) in WORKLOADS.iter().chain([&("ReplicaSet", "spec/template/spec")]) {
        for containers in ["containers", "initContainers"] {
            for field in [
                "args",
                "command",
                "env/value",
                "volumeMounts/mountPath",
                "lifecycle/postStart/exec/command",
                "lifecycle/preStop/exec/command",
            ] {
                variables.push(FieldSpec::new("", "", kind, &format!("{pod}/{containers}/{field}"), false));
            }
        }
        variables.push(FieldSpec::new("", "", kind, &format!("{pod}/volumes/nfs/server"), false));
    }
    for path in ["spec/rules/host", "spec/tls/hosts", "spec/tls/secretName"] {
        variables.push(FieldSpec::new("", "", "Ingress", path, false));
    }
    Config {
        labels,
        template_labels,
        annotations,
        prefix: vec![any("metadata/name", false)],
        suffix: vec![any("metadata/name", false)],
        namespace: vec![
            FieldSpec::new("", "", "Namespace", "metadata/name", true),
            FieldSpec::new("apiregistration.k8s.io", "", "APIService", "spec/service/namespace", true),
            FieldSpec::new(
                "apiextensions.k8s.io",
                "",
                "CustomResourceDefinition",
                "spec/conversion/webhook/clientConfig/service/namespace",
                false,
            ),
        ],
        replicas: ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"]
            .iter()
            .map(|kind| FieldSpec::new("", "", kind, "spec/replicas", true))
            .collect(),
        images: [
            "spec/containers/image",
            "spec/initContainers/image",
            "spec/template/spec/containers/image",
            "spec/template/spec/initContainers/image",
        ]
        .iter()
        .map(|path| any(path, false))
        .collect(),
        variables,
        names,
    }
}

impl Config {
    /// Adds what a file of `configurations` says.
    pub(super) fn read(&mut self, root: &Node) {
        let specs = |key: &str| root.get(key).map_or(&[][..], Node::items).iter().filter_map(FieldSpec::read);
        self.labels.extend(specs("commonLabels").chain(specs("labels")));
        self.template_labels.extend(specs("templateLabels"));
        self.annotations.extend(specs("commonAnnotations"));
        self.prefix.extend(specs("namePrefix"));
        self.suffix.extend(specs("nameSuffix"));
        self.namespace.extend(specs("namespace"));
        self.replicas.extend(specs("replicas"));
        self.images.extend(specs("images"));
        self.variables.extend(specs("varReference"));
        for reference in root.get("nameReference").map_or(&[][..], Node::items) {
            let fields = reference.get("fieldSpecs").map_or(&[][..], Node::items).iter().filter_map(FieldSpec::read);
            let target = Gvk::of(reference);
            self.names.extend(fields.map(|field| (target.clone(), field)));
        }
    }

    /// Adds what another one has.
    pub(super) fn merge(&mut self, other: Config) {
        self.labels.extend(other.labels);
        self.template_labels.extend(other.template_labels);
        self.annotations.extend(other.annotations);
        self.prefix.extend(other.prefix);
        self.suffix.extend(other.suffix);
        self.namespace.extend(other.namespace);
        self.replicas.extend(other.replicas);
        self.images.extend(other.images);
        self.variables.extend(other.variables);
        self.names.extend(other.names);
    }

    /// The fields that `of` picks, kustomize's own first.
    pub(super) fn fields(&self, of: fn(&Config) -> &Vec<FieldSpec>) -> Vec<FieldSpec> {
        of(&BUILT_IN).iter().chain(of(self)).cloned().collect()
    }

    /// What is not touched by prefixes and suffixes.
    pub(super) fn keeps_its_name(group: &EcoString, kind: &EcoString) -> bool {
        matches!(
            (group.as_str(), kind.as_str()),
            (_, "CustomResourceDefinition" | "Namespace") | ("apiregistration.k8s.io", "APIService")
        )
    }
}
