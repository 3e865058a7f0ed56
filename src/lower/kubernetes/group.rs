//! What `match` calls an object: its kind, and the API group if that is not one of Kubernetes' own.
//!
//! Anybody may define a kind, and many have taken a name that Kubernetes has too: the `Service` of
//! Knative is no `Service`, and an `Ingress` of `config.openshift.io` serves nothing. So the kinds
//! that come with Kubernetes have short names, and all others carry their group as `kubectl` writes it:
//! `Service.serving.knative.dev`, `Application.argoproj.io`.

use ecow::EcoString;

/// The groups with a dot in their name that come with Kubernetes. Those without a dot all do: no
/// definition of a kind may be in such a group.
const OWN_GROUPS: [&str; 17] = [
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// The name of a kind by the `apiVersion` beside it: `Deployment`, `Service.serving.knative.dev`.
pub fn qualified(kind: &str, api_version: &str) -> EcoString {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    if !group.contains('.') || OWN_GROUPS.contains(&group) || !is_group(group) {
        return kind.into();
    }
    ecow::eco_format!("{kind}.{group}")
}

/// Whether a text can be the name of a group, and not `${api}`.
fn is_group(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_kubernetes_have_short_names_and_others_their_group() {
        for (kind, version, name) in [
            ("Service", "v1", "Service"),
            ("Deployment", "apps/v1", "Deployment"),
            ("Deployment", "extensions/v1beta1", "Deployment"),
            ("NetworkPolicy", "networking.k8s.io/v1", "NetworkPolicy"),
            ("ClusterRole", "rbac.authorization.k8s.io/v1", "ClusterRole"),
            ("Service", "serving.knative.dev/v1", "Service.serving.knative.dev"),
            ("NetworkPolicy", "projectcalico.org/v3", "NetworkPolicy.projectcalico.org"),
            ("Ingress", "config.openshift.io/v1", "Ingress.config.openshift.io"),
            ("Policy", "audit.k8s.io/v1", "Policy.audit.k8s.io"),
            ("Gateway", "gateway.networking.k8s.io/v1", "Gateway.gateway.networking.k8s.io"),
            ("Gateway", "networking.istio.io/v1", "Gateway.networking.istio.io"),
            ("Application", "argoproj.io/v1alpha1", "Application.argoproj.io"),
            ("Deployment", "${var.group}/v1", "Deployment"),
            ("Deployment", "", "Deployment"),
        ] {
            assert_eq!(qualified(kind, version), name);
        }
    }
}
