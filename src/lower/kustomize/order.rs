//! The order in which objects are printed.

use ecow::EcoString;

use super::{resource::{Id, Resource, Resources}, tree};
use crate::syntax::node::Node;

/// Kinds that others need come first.
const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that would stop others come last.
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts as `sortOptions` says; without it, by kind.
pub(super) fn sort(resources: &mut Resources, options: Option<&Node>) {
    if options.and_then(|o| tree::string(o, &["order"])).is_some_and(|o| o == "fifo") {
        return;
    }
    let list = |key: &str, or: &[&str]| -> Vec<EcoString> {
        match options.and_then(|o| tree::at(o, &["legacySortOptions", key])) {
            Some(list) => list.items().iter().filter_map(Node::as_text).cloned().collect(),
            None => or.iter().map(|k| EcoString::from(*k)).collect(),
        }
    };
    let own = options.is_some_and(|o| o.get("legacySortOptions").is_some());
    let (first, last) = if own {
        (list("orderFirst", &[]), list("orderLast", &[]))
    } else {
        (list("orderFirst", FIRST), list("orderLast", LAST))
    };
    resources.0.sort_by_cached_key(|resource: &Resource| {
        let id = resource.id();
        let rank = if let Some(at) = first.iter().position(|k| *k == id.kind) {
            at as i64 - first.len() as i64
        } else if let Some(at) = last.iter().position(|k| *k == id.kind) {
            at as i64 + 1
        } else {
            0
        };
        (rank, words(&id))
    });
}

/// What equals are sorted by.
fn words(id: &Id) -> [EcoString; 5] {
    let or = |text: &EcoString, none: &str| if text.is_empty() { none.into() } else { text.clone() };
    [
        // Of two kinds that are called so, the namespaces that everybody knows come first.
        if id.kind == "Namespace" { id.group.clone() } else { or(&id.group, "~G") },
        or(&id.version, "~V"),
        or(&id.kind, "~K"),
        or(&id.namespace, "~X"),
        or(&id.name, "~N"),
    ]
}
