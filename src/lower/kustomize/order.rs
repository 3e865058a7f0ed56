//! The order in which objects are printed.

use ecow::EcoString;

use super::{
    resource::{Id, Resources},
    tree,
};
use crate::syntax::node::Node;

const NAMESPACE: &str = "Namespace";

/// Stands for the group of the kinds that have none.
const NO_GROUP: &str = "~G";

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
    let rank = |id: &Id| match (first.iter().position(|k| *k == id.kind), last.iter().position(|k| *k == id.kind)) {
        (Some(at), _) => at,
        (None, None) => first.len(),
        (None, Some(at)) => first.len() + 1 + at,
    };
    let mut sorted: Vec<_> = std::mem::take(&mut resources.0)
        .into_iter()
        .map(|resource| {
            let id = resource.id();
            (rank(&id), words(&id), resource)
        })
        .collect();
    sorted.sort_by(|(rank_a, a, _), (rank_b, b, _)| {
        // Of two kinds that are called so, the namespaces that everybody knows come first.
        let namespaces = a[2] == NAMESPACE && b[2] == NAMESPACE && (a[0] == NO_GROUP) != (b[0] == NO_GROUP);
        rank_a.cmp(rank_b).then_with(|| if namespaces { b.cmp(a) } else { a.cmp(b) })
    });
    resources.0 = sorted.into_iter().map(|(_, _, resource)| resource).collect();
}

/// What equals are sorted by.
fn words(id: &Id) -> [EcoString; 5] {
    let or = |text: &EcoString, none: &str| if text.is_empty() { none.into() } else { text.clone() };
    [or(&id.group, NO_GROUP), or(&id.version, "~V"), or(&id.kind, "~K"), or(&id.namespace, "~X"), or(&id.name, "~N")]
}
