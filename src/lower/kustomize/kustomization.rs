//! What may stand in a kustomization.

use ecow::EcoString;

use super::{Built, fault, tree};
use crate::syntax::node::{Node, NodeKind};

/// The keys at the top.
const TOP: &[&str] = &[
    "apiVersion",
    "bases",
    "buildMetadata",
    "commonAnnotations",
    "commonLabels",
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generatorOptions",
    "generators",
    "helmChartInflationGenerator",
    "helmCharts",
    "helmGlobals",
    "imageTags",
    "images",
    "kind",
    "labels",
    "metadata",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "openapi",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "resources",
    "secretGenerator",
    "sortOptions",
    "transformers",
    "validators",
    "vars",
];

const TARGET: &[&str] = &["annotationSelector", "group", "kind", "labelSelector", "name", "namespace", "version"];

/// The keys of what is in a list.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("patches", &["path", "patch", "target", "options"]),
    ("patchesJson6902", &["path", "patch", "target", "options"]),
    ("images", &["name", "newName", "tagSuffix", "newTag", "digest"]),
    ("replicas", &["name", "count"]),
    ("labels", &["pairs", "includeSelectors", "includeTemplates", "fields"]),
    ("replacements", &["path", "source", "targets"]),
    ("vars", &["name", "objref", "fieldref"]),
    ("configMapGenerator", &["namespace", "name", "behavior", "literals", "files", "envs", "env", "options"]),
    ("secretGenerator", &["namespace", "name", "behavior", "literals", "files", "envs", "env", "options", "type"]),
];

/// Keys that hold a list of texts.
const TEXT_LISTS: &[&str] = &[
    "bases",
    "buildMetadata",
    "components",
    "configurations",
    "crds",
    "generators",
    "patchesStrategicMerge",
    "resources",
    "transformers",
    "validators",
];

/// Refuses what kustomize does not understand.
pub(super) fn check(root: &Node) -> Built<()> {
    if !tree::is_mapping(root) {
        return Err(
            fault(format!("a kustomization is a mapping, and this is {}", tree::kind_word(root)), root.span).into()
        );
    }
    keys(root, TOP)?;
    if let Some(kind) = tree::string(root, &["kind"])
        && !matches!(kind.as_str(), "Kustomization" | "Component")
    {
        let span = root.get("kind").map_or(root.span, |n| n.span);
        return Err(fault(format!("this is called a kustomization and is a `{kind}`"), span).into());
    }
    if let Some(version) = tree::string(root, &["apiVersion"]) {
        let wanted =
            if is_component(root) { "kustomize.config.k8s.io/v1alpha1" } else { "kustomize.config.k8s.io/v1beta1" };
        if version != wanted {
            let span = root.get("apiVersion").map_or(root.span, |n| n.span);
            return Err(fault(format!("the `apiVersion` of this is `{wanted}`"), span).into());
        }
    }
    for key in TEXT_LISTS {
        list(root, key)?.iter().try_for_each(text)?;
    }
    if let Some(order) = tree::at(root, &["sortOptions", "order"])
        && order.as_text().is_none_or(|t| !matches!(t.as_str(), "fifo" | "legacy"))
    {
        return Err(fault("the order is `fifo` or `legacy`", order.span).into());
    }
    for (key, allowed) in ELEMENTS {
        for item in list(root, key)? {
            if !tree::is_mapping(item) && !tree::is_null(item) {
                return Err(fault(format!("an element of `{key}` is a mapping"), item.span).into());
            }
            keys(item, allowed)?;
            if matches!(*key, "patches" | "patchesJson6902")
                && let Some(target) = item.get("target")
            {
                keys(target, TARGET)?;
            }
            for name in ["name", "newName", "newTag", "digest", "tagSuffix", "path", "patch", "behavior", "type", "env"]
            {
                if let Some(value) = item.get(name).filter(|n| !tree::is_null(n)) {
                    text(value)?;
                }
            }
            for name in ["literals", "files", "envs"] {
                list(item, name)?.iter().filter(|n| !tree::is_null(n)).try_for_each(text)?;
            }
            if let Some(count) =
                item.get("count").filter(|n| !matches!(n.kind, NodeKind::Number { .. } | NodeKind::Null))
            {
                return Err(fault(
                    format!("a number is needed here, and this is {}", tree::kind_word(count)),
                    count.span,
                )
                .into());
            }
            if *key == "replacements" {
                replacement(item)?;
            }
            if *key == "labels" {
                pairs(item.get("pairs"))?;
            }
        }
    }
    for key in ["commonLabels", "commonAnnotations"] {
        pairs(root.get(key))?;
    }
    for key in ["namePrefix", "nameSuffix", "namespace"] {
        if let Some(value) = root.get(key).filter(|n| !tree::is_null(n)) {
            text(value)?;
        }
    }
    if let Some(options) = root.get("generatorOptions") {
        keys(options, &["annotations", "disableNameSuffixHash", "immutable", "labels"])?;
        pairs(options.get("labels"))?;
        pairs(options.get("annotations"))?;
        for flag in ["disableNameSuffixHash", "immutable"].iter().filter_map(|key| options.get(key)) {
            if !matches!(flag.kind, NodeKind::Bool { .. } | NodeKind::Null) {
                return Err(
                    fault(format!("this is true or false, and not {}", tree::kind_word(flag)), flag.span).into()
                );
            }
        }
    }
    Ok(())
}

fn keys(node: &Node, allowed: &[&str]) -> Built<()> {
    let Some(entry) = node.entries().iter().find(|e| !allowed.contains(&e.key.as_str())) else { return Ok(()) };
    let diagnostic = fault(format!("kustomize knows no `{}` here", entry.key), entry.key_span);
    let near = allowed.iter().map(|a| (strsim::jaro_winkler(a, &entry.key), a)).max_by(|a, b| a.0.total_cmp(&b.0));
    Err(match near.filter(|(likeness, _)| *likeness > 0.8) {
        Some((_, name)) => diagnostic.help(format!("did you mean `{name}`?")).into(),
        None => diagnostic.into(),
    })
}

/// The elements of a list, which may be missing.
fn list<'n>(root: &'n Node, key: &str) -> Built<&'n [Node]> {
    match root.get(key) {
        Some(node) if !tree::is_null(node) && !tree::is_sequence(node) => {
            Err(fault(format!("`{key}` is a list, and this is {}", tree::kind_word(node)), node.span).into())
        }
        Some(node) => Ok(node.items()),
        None => Ok(&[]),
    }
}

fn replacement(item: &Node) -> Built<()> {
    const SOURCE: &[&str] = &["group", "version", "kind", "name", "namespace", "fieldPath", "options"];
    const OPTIONS: &[&str] = &["delimiter", "index", "encoding", "create"];
    let empty = tree::mapping(Vec::new(), item.span);
    let source = item.get("source").unwrap_or(&empty);
    keys(source, SOURCE)?;
    keys(source.get("options").unwrap_or(&empty), OPTIONS)?;
    for target in list(item, "targets")? {
        keys(target, &["select", "reject", "fieldPaths", "options"])?;
        keys(target.get("select").unwrap_or(&empty), TARGET)?;
        list(target, "reject")?.iter().try_for_each(|reject| keys(reject, TARGET))?;
        keys(target.get("options").unwrap_or(&empty), OPTIONS)?;
    }
    Ok(())
}

fn text(node: &Node) -> Built<()> {
    if matches!(node.kind, NodeKind::String(_)) {
        return Ok(());
    }
    let message = format!("a text is needed here, and this is {}", tree::kind_word(node));
    Err(fault(message, node.span).help("put it into quotes").into())
}

/// Labels and annotations are texts.
fn pairs(node: Option<&Node>) -> Built<()> {
    let Some(node) = node.filter(|n| !tree::is_null(n)) else { return Ok(()) };
    if !tree::is_mapping(node) {
        return Err(fault(format!("a mapping is needed here, and this is {}", tree::kind_word(node)), node.span).into());
    }
    node.entries().iter().filter(|e| !tree::is_null(&e.value)).try_for_each(|e| text(&e.value))
}

/// Whether a kustomization asks for nothing.
pub(super) fn is_empty(root: &Node) -> bool {
    let says =
        |e: &crate::syntax::node::Entry| !tree::is_null(&e.value) && !matches!(e.key.as_str(), "apiVersion" | "kind");
    tree::is_null(root) || tree::is_mapping(root) && !root.entries().iter().any(says)
}

/// Whether this is a component, which changes what the kustomization that names it has.
pub(super) fn is_component(root: &Node) -> bool {
    tree::string(root, &["kind"]).map(EcoString::as_str) == Some("Component")
}
