//! JSON patches (RFC 6902): a list of operations on the fields of an object.

use super::{Built, fault, tree};
use crate::{
    source::{Diagnostic, Span},
    syntax::node::{Node, NodeKind},
};

/// Applies operations in order.
pub(super) fn apply(object: &mut Node, operations: &Node) -> Built<()> {
    operations.items().iter().try_for_each(|operation| one(object, operation))
}

/// Whether a document is a list of operations.
pub(super) fn is_one(node: &Node) -> bool {
    tree::is_sequence(node) && !node.items().is_empty() && node.items().iter().all(|o| o.get("op").is_some())
}

fn one(object: &mut Node, operation: &Node) -> Built<()> {
    let word = tree::string(operation, &["op"]).cloned().unwrap_or_default();
    let path = pointer(operation, "path")?;
    let span = operation.get("path").map_or(operation.span, |n| n.span);
    let value = || operation.get("value").cloned().unwrap_or_else(|| tree::node(NodeKind::Null, span));
    match word.as_str() {
        "add" => add(object, &path, value(), span),
        "remove" => remove(object, &path, span).map(drop),
        "replace" => {
            if path.is_empty() {
                *object = value();
                return Ok(());
            }
            if let Some(node) = lookup(object, &path) {
                *node = value();
                return Ok(());
            }
            // A key that is missing is replaced too, in the program that kustomize has this from.
            let parent = path.split_last().and_then(|(_, parents)| lookup(object, parents));
            if parent.is_some_and(|p| tree::is_mapping(p)) {
                add(object, &path, value(), span)
            } else {
                Err(missing(&path, span).into())
            }
        }
        "test" => {
            let expected = value();
            let found = lookup(object, &path);
            let equal = match found {
                Some(found) => tree::same(found, &expected),
                None => tree::is_null(&expected),
            };
            if equal {
                Ok(())
            } else {
                Err(fault(format!("the object has another value at `{}`", path.join("/")), span).into())
            }
        }
        "move" | "copy" => {
            let from = pointer(operation, "from")?;
            let value = match word.as_str() {
                "move" => remove(object, &from, span)?,
                _ => copied(object, &from, span)?,
            };
            add(object, &path, value, span)
        }
        _ => {
            let at = operation.get("op").map_or(operation.span, |n| n.span);
            Err(fault(format!("there is no operation `{word}`"), at)
                .help("there are add, remove, replace, move, copy and test")
                .into())
        }
    }
}

/// What a `copy` takes: null where a mapping has no such key.
fn copied(object: &mut Node, from: &[String], span: Span) -> Built<Node> {
    if let Some(found) = lookup(object, from) {
        return Ok(found.clone());
    }
    let parent = from.split_last().and_then(|(_, parents)| lookup(object, parents));
    let is_mapping = parent.is_some_and(|p| tree::is_mapping(p));
    if is_mapping { Ok(tree::node(NodeKind::Null, span)) } else { Err(missing(from, span).into()) }
}

/// The keys of a pointer.
fn pointer(operation: &Node, key: &str) -> Built<Vec<String>> {
    let node = operation.get(key);
    let Some(text) = node.and_then(Node::as_text) else {
        return Err(fault(format!("this operation has no `{key}`"), operation.span).into());
    };
    if text.is_empty() {
        return Ok(Vec::new());
    }
    // What stands before the first slash is not looked at.
    let Some((_, rest)) = text.split_once('/') else {
        let span = node.map_or(operation.span, |n| n.span);
        return Err(fault(format!("`{text}` is no path of a JSON patch: it begins with `/`"), span).into());
    };
    Ok(rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
}

fn missing(path: &[String], span: Span) -> Diagnostic {
    fault(format!("the object has nothing at `/{}`", path.join("/")), span)
}

fn lookup<'n>(node: &'n mut Node, path: &[String]) -> Option<&'n mut Node> {
    path.iter().try_fold(node, |node, key| match &mut node.kind {
        NodeKind::Mapping(entries) => entries.iter_mut().find(|e| e.key == key.as_str()).map(|e| &mut e.value),
        NodeKind::Sequence(items) => {
            let at = index(key, items.len())?;
            items.get_mut(at)
        }
        _ => None,
    })
}

/// The index of an element; one below zero counts from the end.
fn index(key: &str, len: usize) -> Option<usize> {
    match key.strip_prefix('-') {
        Some(back) => len.checked_sub(back.parse().ok()?),
        None => key.parse().ok(),
    }
}

fn add(object: &mut Node, path: &[String], value: Node, span: Span) -> Built<()> {
    let Some((last, parents)) = path.split_last() else {
        *object = value;
        return Ok(());
    };
    let Some(parent) = lookup(object, parents) else { return Err(missing(parents, span).into()) };
    match &mut parent.kind {
        NodeKind::Mapping(entries) => match entries.iter_mut().find(|e| e.key == last.as_str()) {
            Some(entry) => entry.value = value,
            None => entries.push(tree::entry(last.as_str(), value)),
        },
        NodeKind::Sequence(items) => {
            let len = items.len();
            let at = if last == "-" { Some(len) } else { index(last, len + 1) };
            match at.filter(|at| *at <= len) {
                Some(at) => items.insert(at, value),
                None => return Err(missing(path, span).into()),
            }
        }
        _ => return Err(missing(path, span).into()),
    }
    Ok(())
}

fn remove(object: &mut Node, path: &[String], span: Span) -> Built<Node> {
    let Some((last, parents)) = path.split_last() else { return Err(missing(path, span).into()) };
    let Some(parent) = lookup(object, parents) else { return Err(missing(path, span).into()) };
    let found = match &mut parent.kind {
        NodeKind::Sequence(items) => index(last, items.len()).filter(|at| *at < items.len()).map(|at| items.remove(at)),
        _ => tree::remove(parent, last).map(|e| e.value),
    };
    found.ok_or_else(|| missing(path, span).into())
}
