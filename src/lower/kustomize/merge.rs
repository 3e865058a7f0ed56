//! Strategic merge: a patch that looks like the object that it changes.
//!
//! What the patch has takes the place of what is there; null takes away; lists of the built-in kinds are merged
//! by the keys of their elements, all others are replaced. New elements come first, as kustomize has it.

use ecow::EcoString;

use super::{
    Built, fault,
    schema::{self, List, Type},
    tree,
};
use crate::syntax::node::{Entry, Node, NodeKind};

/// What says how a mapping or a list is meant.
const DIRECTIVE: &str = "$patch";

/// Merges a patch into an object; none if the patch deletes it.
pub(super) fn apply(object: Node, patch: Node) -> Built<Option<Node>> {
    let api_version = tree::string(&object, &["apiVersion"]).cloned().unwrap_or_default();
    let kind = tree::string(&object, &["kind"]).cloned().unwrap_or_default();
    let (group, version) = super::resource::split_version(&api_version);
    // The same is said of the whole object, and means nothing there.
    let whole = patch.get(DIRECTIVE).and_then(Node::as_text).is_some_and(|t| t == "replace");
    if whole {
        return Ok(Some(object));
    }
    merge(Some(object), patch, schema::of(&group, &version, &kind).unwrap_or(Type::Plain), List::Replaced)
}

/// What a directive asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Takes the directive out of a mapping.
fn directive(node: &mut Node) -> Built<Directive> {
    let Some(entry) = tree::remove(node, DIRECTIVE) else { return Ok(Directive::Merge) };
    match entry.value.as_text().map(EcoString::as_str) {
        Some("merge") => Ok(Directive::Merge),
        Some("replace") => Ok(Directive::Replace),
        Some("delete") => Ok(Directive::Delete),
        _ => Err(fault("`$patch` is `merge`, `replace` or `delete`", entry.value.span).into()),
    }
}

/// The value of a field after a patch of it; none if it is taken away.
fn merge(old: Option<Node>, mut patch: Node, of: Type, list: List) -> Built<Option<Node>> {
    if tree::is_null(&patch) {
        return Ok(None);
    }
    let old = old.filter(|n| !tree::is_null(n));
    match &patch.kind {
        NodeKind::Mapping(_) => {
            match directive(&mut patch)? {
                Directive::Delete => return Ok(None),
                Directive::Replace => return Ok(Some(without_nulls(patch))),
                Directive::Merge => {}
            }
            let Some(old) = old else { return Ok(Some(fresh(patch, of)?)) };
            let NodeKind::Mapping(entries) = old.kind else { return Err(mismatch(&old, &patch).into()) };
            let mut merged = entries;
            let NodeKind::Mapping(changes) = patch.kind else { return Ok(None) };
            for change in changes {
                let (of, list) = schema::field(of, &change.key);
                match merged.iter().position(|e| e.key == change.key) {
                    Some(at) => {
                        let before =
                            std::mem::replace(&mut merged[at].value, tree::node(NodeKind::Null, change.key_span));
                        match merge(Some(before), change.value, of, list)? {
                            Some(value) => merged[at].value = value,
                            None => _ = merged.remove(at),
                        }
                    }
                    None => {
                        if let Some(value) = merge(None, change.value, of, list)? {
                            merged.push(Entry {
                                value,
                                ..Entry {
                                    key: change.key,
                                    key_span: change.key_span,
                                    value: tree::node(NodeKind::Null, change.key_span),
                                }
                            });
                        }
                    }
                }
            }
            Ok(Some(Node { kind: NodeKind::Mapping(merged), ..old }))
        }
        NodeKind::Sequence(_) => match (old, list) {
            (Some(old), _) if !tree::is_sequence(&old) => Err(mismatch(&old, &patch).into()),
            (old, List::Keyed(keys)) => keyed(old, patch, of, keys),
            (Some(old), List::Set) => Ok(Some(set(old, patch))),
            _ => Ok(Some(patch)),
        },
        _ => match old {
            Some(old) if !tree::is_scalar(&old) => Err(mismatch(&old, &patch).into()),
            // Who says the same again does not decide it.
            Some(old) if tree::same(&old, &patch) => Ok(Some(old)),
            _ => Ok(Some(patch)),
        },
    }
}

fn mismatch(old: &Node, patch: &Node) -> crate::source::Diagnostic {
    let message = format!("the patch has {} where the object has {}", tree::kind_word(patch), tree::kind_word(old));
    fault(message, patch.span).note(old.span, "what it is to be merged with")
}

/// A mapping of a patch that there was nothing to merge with: its nulls and directives mean nothing.
fn fresh(patch: Node, of: Type) -> Built<Node> {
    let NodeKind::Mapping(entries) = patch.kind else { return Ok(patch) };
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries {
        let (of, list) = schema::field(of, &entry.key);
        if let Some(value) = merge(None, entry.value, of, list)? {
            kept.push(Entry { key: entry.key, key_span: entry.key_span, value });
        }
    }
    Ok(Node { kind: NodeKind::Mapping(kept), ..patch })
}

fn without_nulls(node: Node) -> Node {
    let NodeKind::Mapping(entries) = node.kind else { return node };
    let kept = entries.into_iter().filter(|e| !tree::is_null(&e.value));
    let kept = kept.map(|e| Entry { value: without_nulls(e.value), ..e }).collect();
    Node { kind: NodeKind::Mapping(kept), ..node }
}

/// Merges lists whose elements are told apart by keys.
fn keyed(old: Option<Node>, patch: Node, of: Type, keys: &[&str]) -> Built<Option<Node>> {
    let span = old.as_ref().map_or(patch.span, |o| o.span);
    let alias_of = old.as_ref().map_or(patch.alias_of, |o| o.alias_of);
    let NodeKind::Sequence(changes) = patch.kind else { return Ok(Some(patch)) };
    let mut old = match old.map(|o| o.kind) {
        Some(NodeKind::Sequence(items)) => items,
        _ => Vec::new(),
    };
    // An element that says nothing but `$patch: replace` is about the list.
    let about_list = |n: &Node| n.entries().len() == 1 && n.get(DIRECTIVE).is_some();
    let word = |n: &Node| n.get(DIRECTIVE).and_then(Node::as_text).cloned();
    if changes.iter().any(|c| about_list(c) && word(c).as_deref() == Some("replace")) {
        let kept = changes.into_iter().filter(|c| !about_list(c)).collect();
        return Ok(Some(Node {
            kind: NodeKind::Sequence(kept),
            span: patch.span,
            alias_of: patch.alias_of,
            tag: None,
        }));
    }
    if changes.iter().any(|c| about_list(c) && word(c).as_deref() == Some("delete")) {
        return Ok(None);
    }
    // Where an element cannot be told from others, kustomize keeps only those of the patch that can.
    let has_key = |c: &Node| keys.iter().any(|key| c.get(key).and_then(Node::as_text).is_some());
    let mut loses_others = false;
    let changes: Vec<Node> = changes
        .into_iter()
        .filter(|c| {
            loses_others |= !has_key(c);
            has_key(c)
        })
        .collect();
    if loses_others {
        let own = changes.into_iter().map(|c| merge(None, c, of, List::Replaced)).collect::<Built<Vec<_>>>()?;
        let kept = own.into_iter().flatten().collect();
        return Ok(Some(Node {
            kind: NodeKind::Sequence(kept),
            span: patch.span,
            alias_of: patch.alias_of,
            tag: None,
        }));
    }
    let id = |n: &Node| keys.iter().map(|k| n.get(k).and_then(Node::as_text).cloned()).collect::<Vec<_>>();
    // With several keys of which only the first is ever there, it alone tells.
    let by_first = keys.len() == 1 || !changes.iter().chain(&old).any(|n| keys[1..].iter().any(|k| n.get(k).is_some()));
    let mut front: Vec<Node> = Vec::new();
    let mut taken: Vec<Option<Node>> = Vec::new();
    let mut seen: Vec<Vec<Option<EcoString>>> = Vec::new();
    for change in changes {
        let own = id(&change);
        if seen.contains(&own) {
            continue;
        }
        seen.push(own.clone());
        let at = old.iter().position(|o| id(o) == own && own.iter().any(Option::is_some));
        let replaces = word(&change).as_deref() == Some("replace");
        match at {
            // Kustomize puts the old element back over one that says it replaces it.
            Some(at) if replaces => {
                if by_first {
                    front.push(old.remove(at));
                }
            }
            Some(at) => {
                let before = if by_first { old.remove(at) } else { old[at].clone() };
                let merged = merge(Some(before), change, of, List::Replaced)?;
                if by_first {
                    front.extend(merged);
                } else {
                    match merged {
                        Some(merged) => old[at] = merged,
                        None => _ = old.remove(at),
                    }
                }
            }
            None => taken.push(merge(None, change, of, List::Replaced)?),
        }
        if by_first {
            front.extend(taken.drain(..).flatten());
        }
    }
    // Where elements may leave out a key, one that fits an old element in part gives way to it.
    let gives_way = |new: &Node| {
        let new = id(new);
        let fits =
            |old: &Vec<Option<EcoString>>| old.iter().zip(&new).all(|(o, n)| o == n || o.is_none() || n.is_none());
        new[0].is_some() && old.iter().map(id).any(|o| fits(&o))
    };
    front.extend(taken.into_iter().flatten().filter(|new| by_first || !gives_way(new)).collect::<Vec<_>>());
    front.append(&mut old);
    Ok(Some(Node { kind: NodeKind::Sequence(front), span, alias_of, tag: None }))
}

/// Merges lists of scalars: what is new comes first.
fn set(old: Node, patch: Node) -> Node {
    let Node { kind: NodeKind::Sequence(before), span, alias_of, tag } = old else { return patch };
    let mut all: Vec<Node> = Vec::new();
    for item in patch.items().iter().chain(&before) {
        if !all.iter().any(|other| tree::same(other, item)) {
            all.push(item.clone());
        }
    }
    Node { kind: NodeKind::Sequence(all), span, alias_of, tag }
}
