//! What Terraform's provider calls the kinds and fields of Kubernetes.
//!
//! The rule is the same almost everywhere: `snake_case` for `camelCase`, and a block in the singular
//! for each element of a list. What follows are the exceptions.

use ecow::EcoString;

/// A kind that the provider has resources for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// The type of the resource without `kubernetes_` and the version behind it.
    resource: &'static str,
    /// The kind.
    pub(super) name: &'static str,
    /// Its group and, for resources without a version in their type, its version.
    api_version: &'static str,
    /// Whether its objects are in a namespace.
    pub(super) namespaced: bool,
}

const fn namespaced(resource: &'static str, name: &'static str, api_version: &'static str) -> Kind {
    Kind { resource, name, api_version, namespaced: true }
}

const fn of_cluster(resource: &'static str, name: &'static str, api_version: &'static str) -> Kind {
    Kind { resource, name, api_version, namespaced: false }
}

/// The resources that are objects. What patches an object of somebody else (`kubernetes_labels`,
/// `kubernetes_config_map_v1_data`) is none.
const KINDS: [Kind; 46] = [
    of_cluster("api_service", "APIService", "apiregistration.k8s.io/v1"),
    namespaced("backend_tls_policy", "BackendTLSPolicy", "gateway.networking.k8s.io/v1"),
    of_cluster("certificate_signing_request", "CertificateSigningRequest", "certificates.k8s.io/v1"),
    of_cluster("cluster_role", "ClusterRole", "rbac.authorization.k8s.io/v1"),
    of_cluster("cluster_role_binding", "ClusterRoleBinding", "rbac.authorization.k8s.io/v1"),
    namespaced("config_map", "ConfigMap", "v1"),
    namespaced("cron_job", "CronJob", "batch/v1"),
    of_cluster("csi_driver", "CSIDriver", "storage.k8s.io/v1"),
    namespaced("daemon_set", "DaemonSet", "apps/v1"),
    namespaced("daemonset", "DaemonSet", "apps/v1"),
    namespaced("default_service_account", "ServiceAccount", "v1"),
    namespaced("deployment", "Deployment", "apps/v1"),
    namespaced("endpoint_slice", "EndpointSlice", "discovery.k8s.io/v1"),
    namespaced("endpoints", "Endpoints", "v1"),
    namespaced("gateway", "Gateway", "gateway.networking.k8s.io/v1"),
    of_cluster("gateway_class", "GatewayClass", "gateway.networking.k8s.io/v1"),
    namespaced("grpc_route", "GRPCRoute", "gateway.networking.k8s.io/v1"),
    namespaced("horizontal_pod_autoscaler", "HorizontalPodAutoscaler", "autoscaling/v1"),
    namespaced("http_route", "HTTPRoute", "gateway.networking.k8s.io/v1"),
    namespaced("ingress", "Ingress", "networking.k8s.io/v1"),
    of_cluster("ingress_class", "IngressClass", "networking.k8s.io/v1"),
    namespaced("job", "Job", "batch/v1"),
    namespaced("limit_range", "LimitRange", "v1"),
    of_cluster("mutating_webhook_configuration", "MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
    of_cluster("namespace", "Namespace", "v1"),
    namespaced("network_policy", "NetworkPolicy", "networking.k8s.io/v1"),
    of_cluster("persistent_volume", "PersistentVolume", "v1"),
    namespaced("persistent_volume_claim", "PersistentVolumeClaim", "v1"),
    namespaced("pod", "Pod", "v1"),
    namespaced("pod_disruption_budget", "PodDisruptionBudget", "policy/v1"),
    of_cluster("pod_security_policy", "PodSecurityPolicy", "policy/v1beta1"),
    of_cluster("priority_class", "PriorityClass", "scheduling.k8s.io/v1"),
    namespaced("replica_set", "ReplicaSet", "apps/v1"),
    namespaced("replication_controller", "ReplicationController", "v1"),
    namespaced("resource_quota", "ResourceQuota", "v1"),
    namespaced("role", "Role", "rbac.authorization.k8s.io/v1"),
    namespaced("role_binding", "RoleBinding", "rbac.authorization.k8s.io/v1"),
    of_cluster("runtime_class", "RuntimeClass", "node.k8s.io/v1"),
    namespaced("secret", "Secret", "v1"),
    namespaced("service", "Service", "v1"),
    namespaced("service_account", "ServiceAccount", "v1"),
    namespaced("stateful_set", "StatefulSet", "apps/v1"),
    of_cluster("storage_class", "StorageClass", "storage.k8s.io/v1"),
    of_cluster("validating_admission_policy", "ValidatingAdmissionPolicy", "admissionregistration.k8s.io/v1"),
    of_cluster("validating_webhook_configuration", "ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
    of_cluster("volume_attributes_class", "VolumeAttributesClass", "storage.k8s.io/v1"),
];

/// The kind that a type of resource makes, and the `apiVersion` of its objects.
pub(super) fn kind_of(resource_type: &str) -> Option<(&'static Kind, EcoString)> {
    let name = resource_type.strip_prefix("kubernetes_")?;
    let find = |name: &str| KINDS.iter().find(|kind| kind.resource == name);
    if let Some(kind) = find(name) {
        return Some((kind, kind.api_version.into()));
    }
    let (name, version) = name.rsplit_once("_v")?;
    let is_version = version.starts_with(|c: char| c.is_ascii_digit());
    if !is_version || !version.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let kind = find(name)?;
    let group = kind.api_version.rsplit_once('/').map(|(group, _)| ecow::eco_format!("{group}/"));
    Some((kind, ecow::eco_format!("{}v{version}", group.unwrap_or_default())))
}

/// What a block is in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A field that is an object.
    One,
    /// An element of a list, however many there are.
    Element,
    /// Fields of the object that the block is in.
    Inlined,
}

/// Blocks that are elements of a list, and what the list is called.
const ELEMENTS: [(&str, &str); 66] = [
    ("address", "addresses"),
    ("addresses", "addresses"),
    ("allowed_host_paths", "allowedHostPaths"),
    ("allowed_topologies", "allowedTopologies"),
    ("audit_annotation", "auditAnnotations"),
    ("backend_refs", "backendRefs"),
    ("certificate_refs", "certificateRefs"),
    ("cluster_role_selectors", "clusterRoleSelectors"),
    ("condition", "conditions"),
    ("container", "containers"),
    ("egress", "egress"),
    ("endpoint", "endpoints"),
    ("env", "env"),
    ("env_from", "envFrom"),
    ("filters", "filters"),
    ("from", "from"),
    ("host_aliases", "hostAliases"),
    ("host_ports", "hostPorts"),
    ("http_header", "httpHeaders"),
    ("image_pull_secret", "imagePullSecrets"),
    ("image_pull_secrets", "imagePullSecrets"),
    ("ingress", "ingress"),
    ("init_container", "initContainers"),
    ("items", "items"),
    ("kinds", "kinds"),
    ("limit", "limits"),
    ("listener", "listeners"),
    ("listeners", "listeners"),
    ("match_condition", "matchConditions"),
    ("match_conditions", "matchConditions"),
    ("match_expression", "matchExpressions"),
    ("match_expressions", "matchExpressions"),
    ("match_fields", "matchFields"),
    ("match_label_expressions", "matchLabelExpressions"),
    ("matches", "matches"),
    ("metric", "metrics"),
    ("node_selector_term", "nodeSelectorTerms"),
    ("not_ready_address", "notReadyAddresses"),
    ("on_pod_condition", "onPodConditions"),
    ("option", "options"),
    ("parent_ref", "parentRefs"),
    ("parent_refs", "parentRefs"),
    ("path", "paths"),
    ("policy", "policies"),
    ("port", "ports"),
    ("ports", "ports"),
    ("preferred_during_scheduling_ignored_during_execution", "preferredDuringSchedulingIgnoredDuringExecution"),
    ("range", "ranges"),
    ("readiness_gate", "readinessGates"),
    ("required_during_scheduling_ignored_during_execution", "requiredDuringSchedulingIgnoredDuringExecution"),
    ("rule", "rules"),
    ("rules", "rules"),
    ("sources", "sources"),
    ("subject", "subjects"),
    ("subset", "subsets"),
    ("sysctl", "sysctls"),
    ("tls", "tls"),
    ("to", "to"),
    ("toleration", "tolerations"),
    ("topology_spread_constraint", "topologySpreadConstraints"),
    ("validation", "validations"),
    ("variable", "variables"),
    ("volume", "volumes"),
    ("volume_claim_template", "volumeClaimTemplates"),
    ("volume_device", "volumeDevices"),
    ("volume_mount", "volumeMounts"),
];

/// Blocks that mean something else in one place: the block around them, their name, what they are.
const IN_PLACE: [(&str, &str, &str, Shape); 9] = [
    ("", "secret", "secrets", Shape::Element),
    ("", "webhook", "webhooks", Shape::Element),
    ("ephemeral", "volume_claim_template", "volumeClaimTemplate", Shape::One),
    ("listener", "tls", "tls", Shape::One),
    ("listeners", "tls", "tls", Shape::One),
    (
        "node_affinity",
        "required_during_scheduling_ignored_during_execution",
        "requiredDuringSchedulingIgnoredDuringExecution",
        Shape::One,
    ),
    ("service", "port", "port", Shape::One),
    ("spec", "persistent_volume_source", "", Shape::Inlined),
    ("validation", "rule", "rule", Shape::One),
];

/// Names that are spelled otherwise than the rule says.
const SPELLED: [(&str, &str); 21] = [
    ("ceph_fs", "cephfs"),
    ("client_ip", "clientIP"),
    ("cluster_ip", "clusterIP"),
    ("cluster_ips", "clusterIPs"),
    ("data_disk_uri", "diskURI"),
    ("disk_uri", "diskURI"),
    ("external_ips", "externalIPs"),
    ("host_ip", "hostIP"),
    ("host_ipc", "hostIPC"),
    ("host_pid", "hostPID"),
    ("load_balancer_ip", "loadBalancerIP"),
    ("node_id", "nodeID"),
    ("non_resource_urls", "nonResourceURLs"),
    ("pd_id", "pdID"),
    ("pod_cidr", "podCIDR"),
    ("pod_ip", "podIP"),
    ("publish_not_ready_addresses", "publishNotReadyAddresses"),
    ("storage_policy_id", "storagePolicyID"),
    ("storage_provisioner", "provisioner"),
    ("target_ww_ns", "targetWWNs"),
    ("volume_id", "volumeID"),
];

/// Attributes whose value is a mapping with names of the user's.
const MAPPINGS: [&str; 21] = [
    "annotations",
    "binary_data",
    "capacity",
    "data",
    "data_wo",
    "default",
    "default_request",
    "hard",
    "labels",
    "limits",
    "match_labels",
    "max",
    "max_limit_request_ratio",
    "min",
    "node_selector",
    "options",
    "parameters",
    "requests",
    "selector",
    "string_data",
    "volume_attributes",
];

/// Whether an attribute is a mapping with names of the user's, given the names in it.
pub(super) fn is_mapping<'n>(name: &str, mut keys: impl Iterator<Item = &'n str>) -> bool {
    MAPPINGS.contains(&name)
        && (name != "selector" || !keys.any(|key| matches!(key, "match_labels" | "match_expressions")))
}

/// What a block is in the API, and its name there. `parent` is the block that it is in, empty for a resource.
pub(super) fn block(parent: &str, name: &str) -> (EcoString, Shape) {
    if let Some((_, _, api, shape)) = IN_PLACE.iter().find(|(p, n, ..)| *p == parent && *n == name) {
        return ((*api).into(), *shape);
    }
    match ELEMENTS.iter().find(|(n, _)| *n == name) {
        Some((_, api)) => ((*api).into(), Shape::Element),
        None => (attribute(name), Shape::One),
    }
}

/// The name of an attribute in the API.
pub(super) fn attribute(name: &str) -> EcoString {
    if let Some((_, api)) = SPELLED.iter().find(|(n, _)| *n == name) {
        return (*api).into();
    }
    let mut out = EcoString::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = !out.is_empty(),
            c if upper => {
                out.push(c.to_ascii_uppercase());
                upper = false;
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_kinds_with_their_version() {
        let name = |resource: &str| kind_of(resource).map(|(kind, version)| format!("{version} {}", kind.name));
        for (resource, expected) in [
            ("kubernetes_deployment", "apps/v1 Deployment"),
            ("kubernetes_deployment_v1", "apps/v1 Deployment"),
            ("kubernetes_daemonset", "apps/v1 DaemonSet"),
            ("kubernetes_daemon_set_v1", "apps/v1 DaemonSet"),
            ("kubernetes_pod_v1", "v1 Pod"),
            ("kubernetes_ingress", "networking.k8s.io/v1 Ingress"),
            ("kubernetes_horizontal_pod_autoscaler_v2beta2", "autoscaling/v2beta2 HorizontalPodAutoscaler"),
            ("kubernetes_pod_security_policy_v1beta1", "policy/v1beta1 PodSecurityPolicy"),
            ("kubernetes_cluster_role_binding_v1", "rbac.authorization.k8s.io/v1 ClusterRoleBinding"),
        ] {
            assert_eq!(name(resource).as_deref(), Some(expected), "{resource}");
        }
        for resource in [
            "kubernetes_labels",
            "kubernetes_config_map_v1_data",
            "kubernetes_env",
            "kubernetes_manifest",
            "kubernetes_service_vnc",
            "aws_instance",
        ] {
            assert_eq!(name(resource), None, "{resource}");
        }
    }

    #[test]
    fn fields_have_the_names_of_the_api() {
        for (name, api) in [
            ("security_context", "securityContext"),
            ("run_as_non_root", "runAsNonRoot"),
            ("se_linux_options", "seLinuxOptions"),
            ("host_pid", "hostPID"),
            ("host_network", "hostNetwork"),
            ("non_resource_urls", "nonResourceURLs"),
            ("automount_service_account_token", "automountServiceAccountToken"),
            ("fs_group", "fsGroup"),
            ("image", "image"),
            ("__odd__", "odd"),
        ] {
            assert_eq!(attribute(name), api);
        }
    }

    #[test]
    fn tables_are_sorted_without_duplicates() {
        assert!(KINDS.is_sorted_by(|a, b| a.resource < b.resource));
        assert!(ELEMENTS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(IN_PLACE.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
        assert!(SPELLED.is_sorted_by(|a, b| a.0 < b.0));
        assert!(MAPPINGS.is_sorted());
    }
}
