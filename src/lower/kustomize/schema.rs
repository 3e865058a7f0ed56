//! What the Kubernetes API says of its built-in kinds: how their lists are merged
//! (`x-kubernetes-patch-merge-key`), and which belong to the whole cluster.
//!
//! As of Kubernetes 1.21, the one that kustomize 5 has built in: of later kinds and fields it knows nothing, and
//! neither may a renderer that gives what kustomize gives.

/// A kind of the API, or a structure in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// `metadata`, with what holds it: `spec` and the like.
    Object(Content),
    Metadata,
    /// `spec` of what makes pods: `template` holds the pod.
    Workload,
    /// `spec` of a `CronJob`.
    Schedule,
    /// A pod template.
    Template,
    Pod,
    Container,
    Service,
    Node,
    NodeStatus,
    CsiNode,
    /// A structure without lists that are merged.
    Plain,
}

/// What an object holds besides its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Workload,
    Schedule,
    Pod,
    /// `PodTemplate` has its template at the top.
    Template,
    Service,
    Node,
    CsiNode,
    ServiceAccount,
    Webhooks,
    /// None with lists that are merged, but conditions.
    Other,
}

/// How a list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// The new one takes the place of the old one.
    Replaced,
    /// What the new one has is added.
    Set,
    /// Elements with the same values under these keys are merged.
    Keyed(&'static [&'static str]),
}

/// The structure of an object; none for kinds that are not built in.
pub(super) fn of(group: &str, version: &str, kind: &str) -> Option<Type> {
    let content = match (group, kind) {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("", "ReplicationController")
        | ("batch", "Job")
            if version == "v1" =>
        {
            Content::Workload
        }
        ("batch", "CronJob") if matches!(version, "v1" | "v1beta1") => Content::Schedule,
        ("", "Pod") if version == "v1" => Content::Pod,
        ("", "PodTemplate") if version == "v1" => Content::Template,
        ("", "Service") if version == "v1" => Content::Service,
        ("", "Node") if version == "v1" => Content::Node,
        ("", "ServiceAccount") if version == "v1" => Content::ServiceAccount,
        ("storage.k8s.io", "CSINode") if matches!(version, "v1" | "v1beta1") => Content::CsiNode,
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration")
            if matches!(version, "v1" | "v1beta1") =>
        {
            Content::Webhooks
        }
        _ if is_known(group, version, kind) => Content::Other,
        _ => return None,
    };
    Some(Type::Object(content))
}

/// The structure under a key, and how it is merged if it is a list of that structure.
pub(super) fn field(of: Type, key: &str) -> (Type, List) {
    use List::{Keyed, Replaced, Set};
    const NAME: &[&str] = &["name"];
    const TYPE: &[&str] = &["type"];
    match (of, key) {
        (Type::Object(_) | Type::Template, "metadata") => (Type::Metadata, Replaced),
        (Type::Object(Content::Workload), "spec") => (Type::Workload, Replaced),
        (Type::Object(Content::Schedule), "spec") => (Type::Schedule, Replaced),
        (Type::Object(Content::Pod) | Type::Template, "spec") => (Type::Pod, Replaced),
        (Type::Object(Content::Template) | Type::Workload, "template") => (Type::Template, Replaced),
        (Type::Schedule, "jobTemplate") => (Type::Object(Content::Workload), Replaced),
        (Type::Object(Content::Service), "spec") => (Type::Service, Replaced),
        (Type::Object(Content::Node), "spec") => (Type::Node, Replaced),
        (Type::Object(Content::CsiNode), "spec") => (Type::CsiNode, Replaced),
        (Type::Object(Content::Node), "status") => (Type::NodeStatus, Replaced),
        (Type::Object(_), "status") => (Type::Object(Content::Other), Replaced),
        (Type::NodeStatus, "conditions" | "addresses") | (Type::Object(_), "conditions") => (Type::Plain, Keyed(TYPE)),
        (Type::Metadata, "ownerReferences") => (Type::Plain, Keyed(&["uid"])),
        (Type::Metadata, "finalizers") | (Type::Node, "podCIDRs") => (Type::Plain, Set),
        (Type::Pod, "containers" | "initContainers" | "ephemeralContainers") => (Type::Container, Keyed(NAME)),
        (Type::Object(Content::ServiceAccount), "secrets")
        | (Type::Object(Content::Webhooks), "webhooks")
        | (Type::Pod, "volumes" | "imagePullSecrets")
        | (Type::Container, "env")
        | (Type::CsiNode, "drivers") => (Type::Plain, Keyed(NAME)),
        (Type::Pod, "hostAliases") => (Type::Plain, Keyed(&["ip"])),
        (Type::Pod, "topologySpreadConstraints") => (Type::Plain, Keyed(&["topologyKey", "whenUnsatisfiable"])),
        (Type::Container, "ports") => (Type::Plain, Keyed(&["containerPort", "protocol"])),
        (Type::Container, "volumeMounts") => (Type::Plain, Keyed(&["mountPath"])),
        (Type::Container, "volumeDevices") => (Type::Plain, Keyed(&["devicePath"])),
        (Type::Service, "ports") => (Type::Plain, Keyed(&["port", "protocol"])),
        _ => (Type::Plain, Replaced),
    }
}

/// Kinds of the API by group, the versions they have, and whether they belong to the whole cluster.
const KINDS: &[(&str, &[&str], &[&str], bool)] = &[
    ("", &["v1"], &["ComponentStatus", "Namespace", "Node", "PersistentVolume"], true),
    (
        "",
        &["v1"],
        &[
            "Binding",
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
        false,
    ),
    (
        "admissionregistration.k8s.io",
        &["v1", "v1beta1"],
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        true,
    ),
    ("apiextensions.k8s.io", &["v1", "v1beta1"], &["CustomResourceDefinition"], true),
    ("apiregistration.k8s.io", &["v1", "v1beta1"], &["APIService"], true),
    ("apps", &["v1"], &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"], false),
    ("authentication.k8s.io", &["v1", "v1beta1"], &["TokenReview"], true),
    (
        "authorization.k8s.io",
        &["v1", "v1beta1"],
        &["SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"],
        true,
    ),
    ("authorization.k8s.io", &["v1", "v1beta1"], &["LocalSubjectAccessReview"], false),
    ("autoscaling", &["v1", "v2beta1", "v2beta2"], &["HorizontalPodAutoscaler"], false),
    ("batch", &["v1"], &["Job"], false),
    ("batch", &["v1", "v1beta1"], &["CronJob"], false),
    ("certificates.k8s.io", &["v1", "v1beta1"], &["CertificateSigningRequest"], true),
    ("coordination.k8s.io", &["v1", "v1beta1"], &["Lease"], false),
    ("discovery.k8s.io", &["v1", "v1beta1"], &["EndpointSlice"], false),
    ("events.k8s.io", &["v1", "v1beta1"], &["Event"], false),
    ("extensions", &["v1beta1"], &["Ingress"], false),
    ("flowcontrol.apiserver.k8s.io", &["v1beta1"], &["FlowSchema", "PriorityLevelConfiguration"], true),
    ("internal.apiserver.k8s.io", &["v1alpha1"], &["StorageVersion"], true),
    ("networking.k8s.io", &["v1", "v1beta1"], &["IngressClass"], true),
    ("networking.k8s.io", &["v1", "v1beta1"], &["Ingress"], false),
    ("networking.k8s.io", &["v1"], &["NetworkPolicy"], false),
    ("node.k8s.io", &["v1", "v1alpha1", "v1beta1"], &["RuntimeClass"], true),
    ("policy", &["v1", "v1beta1"], &["PodDisruptionBudget"], false),
    ("policy", &["v1beta1"], &["PodSecurityPolicy"], true),
    ("rbac.authorization.k8s.io", &["v1", "v1alpha1", "v1beta1"], &["ClusterRole", "ClusterRoleBinding"], true),
    ("rbac.authorization.k8s.io", &["v1", "v1alpha1", "v1beta1"], &["Role", "RoleBinding"], false),
    ("scheduling.k8s.io", &["v1", "v1alpha1", "v1beta1"], &["PriorityClass"], true),
    ("storage.k8s.io", &["v1", "v1beta1"], &["CSIDriver", "CSINode", "StorageClass"], true),
    ("storage.k8s.io", &["v1", "v1alpha1", "v1beta1"], &["VolumeAttachment"], true),
    ("storage.k8s.io", &["v1alpha1", "v1beta1"], &["CSIStorageCapacity"], false),
];

fn is_known(group: &str, version: &str, kind: &str) -> bool {
    KINDS.iter().any(|(g, versions, kinds, _)| *g == group && versions.contains(&version) && kinds.contains(&kind))
}

/// Whether an object belongs to the whole cluster, and so to no namespace.
pub(super) fn is_cluster_wide(group: &str, version: &str, kind: &str) -> bool {
    let wide = KINDS.iter().filter(|(_, _, _, wide)| *wide);
    wide.clone().any(|(g, versions, kinds, _)| *g == group && versions.contains(&version) && kinds.contains(&kind))
}
