//! Which fields of which kinds a transformer changes.

use ecow::EcoString;

use super::{
    Built, fault,
    resource::{Gvk, Id},
    tree,
};
use crate::{
    source::Span,
    syntax::node::{Node, NodeKind},
};

/// A field of some kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldSpec {
    pub(super) gvk: Gvk,
    /// The keys; lists on the way stand for their elements.
    pub(super) path: Vec<EcoString>,
    /// Whether what is missing on the way is made.
    pub(super) create: bool,
}

impl FieldSpec {
    /// One from a table: group, version, kind, path, and whether it is made.
    pub(super) fn new(group: &str, version: &str, kind: &str, path: &str, create: bool) -> Self {
        let gvk = Gvk { group: group.into(), version: version.into(), kind: kind.into() };
        Self { gvk, path: split(path), create }
    }

    /// One from a kustomization: `{path, create, group, version, kind}`.
    pub(super) fn read(node: &Node) -> Option<Self> {
        let path = tree::string(node, &["path"])?;
        let create = matches!(node.get("create").map(|n| &n.kind), Some(NodeKind::Bool { value: true, .. }));
        Some(Self { gvk: Gvk::of(node), path: split(path), create })
    }

    pub(super) fn applies_to(&self, id: &Id) -> bool {
        id.is(&self.gvk)
    }
}

/// A path at its slashes; `\/` is a slash in a key.
fn split(path: &str) -> Vec<EcoString> {
    let mut parts = vec![EcoString::new()];
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('/')) => {
                chars.next();
                if let Some(last) = parts.last_mut() {
                    last.push('/');
                }
            }
            ('/', _) => parts.push(EcoString::new()),
            _ => {
                if let Some(last) = parts.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    parts.retain(|p| !p.is_empty());
    parts
}

/// What is made where a field is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    /// A mapping, to be filled.
    Mapping,
    /// Nothing yet; whoever made it sets it.
    Scalar,
}

/// Calls `change` for each node at a path. What has to be made is there because of `span`.
pub(super) fn visit(
    node: &mut Node,
    path: &[EcoString],
    create: Option<Leaf>,
    span: Span,
    change: &mut dyn FnMut(&mut Node) -> Built<()>,
) -> Built<()> {
    let Some((key, rest)) = path.split_first() else { return change(node) };
    match &mut node.kind {
        NodeKind::Sequence(items) => items.iter_mut().try_for_each(|item| visit(item, path, create, span, change)),
        NodeKind::Mapping(entries) => {
            let (key, is_list) = match key.strip_suffix("[]") {
                Some(key) => (EcoString::from(key), true),
                None => (key.clone(), false),
            };
            let at = entries.iter().position(|e| e.key == key);
            let missing = at.is_none_or(|at| tree::is_null(&entries[at].value));
            if missing {
                let Some(leaf) = create.filter(|_| !is_list) else { return Ok(()) };
                let made = match (rest.is_empty(), leaf) {
                    (true, Leaf::Scalar) => tree::node(NodeKind::Null, span),
                    _ => tree::mapping(Vec::new(), span),
                };
                match at {
                    Some(at) => entries[at].value = made,
                    None => entries.push(tree::entry(key.clone(), made)),
                }
            }
            match entries.iter_mut().find(|e| e.key == key) {
                Some(entry) => visit(&mut entry.value, rest, create, span, change),
                None => Ok(()),
            }
        }
        NodeKind::Null => Ok(()),
        _ => {
            let message = format!("`{key}` is looked for in {}", tree::kind_word(node));
            Err(fault(message, node.span).label("a mapping or a list is needed here").into())
        }
    }
}
