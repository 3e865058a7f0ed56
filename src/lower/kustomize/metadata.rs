//! What is put on every object: labels, annotations, a namespace, a prefix and a suffix of the name.

use ecow::EcoString;

use super::{
    Built,
    config::Config,
    fault,
    fieldspec::{self, FieldSpec, Leaf},
    resource::Resources,
    tree,
};
use crate::{
    source::Span,
    syntax::node::{Node, NodeKind},
};

/// Sets labels or annotations: each pair in every field that is meant.
pub(super) fn pairs(resources: &mut Resources, pairs: &Node, fields: &[FieldSpec]) -> Built<()> {
    if pairs.entries().is_empty() {
        return Ok(());
    }
    for resource in &mut resources.0 {
        let id = resource.id();
        let mut overwritten: Vec<(Span, Node)> = Vec::new();
        for field in fields.iter().filter(|f| f.applies_to(&id)) {
            let create = field.create.then_some(Leaf::Mapping);
            fieldspec::visit(&mut resource.node, &field.path, create, pairs.span, &mut |node| {
                if !tree::is_mapping(node) {
                    let message = format!("`{}` is {}, not a mapping", field.path.join("."), tree::kind_word(node));
                    return Err(fault(message, node.span).into());
                }
                for pair in pairs.entries() {
                    let value = pair.value.as_text().cloned().unwrap_or_default();
                    let old = set_pair(node, &pair.key, pair.key_span, tree::text(value.clone(), pair.value.span));
                    overwritten.extend(old.map(|span| (span, tree::text(value, pair.value.span))));
                }
                Ok(())
            })?;
        }
        for (span, value) in overwritten {
            overwrite(&mut resource.node, span, &value);
        }
    }
    Ok(())
}

/// The tag of a value that one entry of a kustomization made in several places of an object. To kustomize they are
/// one thing: to overwrite one of them later is to overwrite all.
const SHARED: &str = "!shared";

/// Sets a pair, unless it says what is there already. Gives the place of the value that it overwrites, if others
/// share it.
fn set_pair(node: &mut Node, key: &EcoString, key_span: Span, value: Node) -> Option<Span> {
    let Some(entry) = tree::entry_mut(node, key) else {
        tree::set(node, key, Node { tag: Some(SHARED.into()), ..value });
        if let Some(entry) = tree::entry_mut(node, key) {
            entry.key_span = key_span;
        }
        return None;
    };
    if tree::same(&entry.value, &value) {
        return None;
    }
    if entry.key_span.file != key_span.file {
        entry.key_span = key_span;
    }
    let is_shared = entry.value.tag.as_deref() == Some(SHARED);
    if is_shared {
        return Some(entry.value.span);
    }
    entry.value = value;
    None
}

/// Overwrites what shares a value.
fn overwrite(node: &mut Node, span: Span, value: &Node) {
    if node.span == span && node.tag.as_deref() == Some(SHARED) {
        *node = Node { tag: Some(SHARED.into()), ..value.clone() };
        return;
    }
    match &mut node.kind {
        NodeKind::Sequence(items) => items.iter_mut().for_each(|item| overwrite(item, span, value)),
        NodeKind::Mapping(entries) => entries.iter_mut().for_each(|e| overwrite(&mut e.value, span, value)),
        _ => {}
    }
}

/// Makes values of their own of those that are shared: what goes through JSON forgets it.
pub(super) fn part(node: &mut Node) {
    if node.tag.as_deref() == Some(SHARED) {
        node.tag = None;
    }
    match &mut node.kind {
        NodeKind::Sequence(items) => items.iter_mut().for_each(part),
        NodeKind::Mapping(entries) => entries.iter_mut().for_each(|e| part(&mut e.value)),
        _ => {}
    }
}

/// Puts a text before every name.
pub(super) fn prefix(resources: &mut Resources, prefix: &Node, fields: &[FieldSpec]) -> Built<()> {
    affix(resources, prefix, fields, true)
}

/// Puts a text behind every name.
pub(super) fn suffix(resources: &mut Resources, suffix: &Node, fields: &[FieldSpec]) -> Built<()> {
    affix(resources, suffix, fields, false)
}

fn affix(resources: &mut Resources, affix: &Node, fields: &[FieldSpec], before: bool) -> Built<()> {
    let Some(text) = affix.as_text().filter(|t| !t.is_empty()) else { return Ok(()) };
    for resource in &mut resources.0 {
        let id = resource.first_id();
        if Config::keeps_its_name(&id.group, &id.kind) {
            continue;
        }
        for field in fields.iter().filter(|f| f.applies_to(&id)) {
            if field.path.iter().map(EcoString::as_str).eq(["metadata", "name"]) {
                resource.remember();
                let list = if before { &mut resource.prefixes } else { &mut resource.suffixes };
                list.push(text.clone());
            }
            fieldspec::visit(&mut resource.node, &field.path, None, affix.span, &mut |node| {
                if let Some(name) = node.as_text() {
                    let joined =
                        if before { ecow::eco_format!("{text}{name}") } else { ecow::eco_format!("{name}{text}") };
                    let span = node.alias_of.unwrap_or(node.span);
                    let is_number = matches!(node.kind, NodeKind::Number { .. });
                    *node = if is_number { tree::plain(&joined, span) } else { tree::text(joined, span) };
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// What a namespace is set on besides the objects themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subjects {
    /// The service account `default`.
    Default,
    /// Every service account.
    Accounts,
    /// None.
    Untouched,
}

/// Puts every object into a namespace.
pub(super) fn namespace(
    resources: &mut Resources,
    namespace: &Node,
    fields: &[FieldSpec],
    subjects: Subjects,
    unset_only: bool,
) -> Built<()> {
    let Some(text) = namespace.as_text().filter(|t| !t.is_empty()) else { return Ok(()) };
    let value = tree::text(text.clone(), namespace.span);
    let sets = |old: Option<&Node>| match old.and_then(Node::as_text) {
        Some(old) => old != text && (!unset_only || old.is_empty()),
        None => true,
    };
    for at in 0..resources.0.len() {
        let resource = &mut resources.0[at];
        resource.remember();
        let id = resource.id();
        let root = resource.node.span;
        if !id.is_cluster_wide()
            && let Some(metadata) = tree::mapping_under(&mut resource.node, "metadata", root)
            && sets(metadata.get("namespace"))
        {
            tree::set(metadata, "namespace", value.clone());
        }
        if matches!(id.kind.as_str(), "RoleBinding" | "ClusterRoleBinding")
            && let Some(NodeKind::Sequence(items)) = tree::get_mut(&mut resource.node, "subjects").map(|n| &mut n.kind)
        {
            for subject in items {
                let field = |key: &str| tree::string(subject, &[key]).map_or("", EcoString::as_str);
                let meant = match subjects {
                    Subjects::Default => field("name") == "default",
                    Subjects::Accounts => field("kind") == "ServiceAccount",
                    Subjects::Untouched => false,
                };
                if meant && sets(subject.get("namespace")) {
                    tree::set(subject, "namespace", value.clone());
                }
            }
        }
        // The version is that of the namespaces that everybody knows.
        let is_other_namespace = id.kind == "Namespace" && !(id.group.is_empty() && id.version == "v1");
        for field in fields.iter().filter(|f| f.applies_to(&id) && !is_other_namespace) {
            if field.path.iter().map(EcoString::as_str).eq(["metadata", "namespace"])
                || field.path.first().is_some_and(|p| p == "subjects")
            {
                continue;
            }
            let create = field.create.then_some(Leaf::Scalar);
            fieldspec::visit(&mut resource.node, &field.path, create, namespace.span, &mut |node| {
                if sets(Some(node)) {
                    *node = value.clone();
                }
                Ok(())
            })?;
        }
        let id = resources.0[at].id();
        if let Some(other) =
            resources.0.iter().enumerate().find(|(n, r)| *n != at && r.id().equals(&id)).map(|(_, r)| r)
        {
            return Err(fault(format!("in this namespace two objects are called {id}"), namespace.span)
                .note(super::resource::name_span(&other.node), "one of them")
                .into());
        }
    }
    Ok(())
}
