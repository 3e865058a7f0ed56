//! What overlays of kustomize make: each overlay is a scope of its own.

use std::collections::{BTreeSet, HashMap};

use ecow::EcoString;

use super::{Objects, Place};
use crate::{
    lower::{environment, kustomize::Rendered},
    model::Lowered,
    source::{FileId, Span},
    syntax::node::Node,
    value::{Origin, OriginStep},
};

/// The objects of overlays.
pub(super) fn lower(rendered: &Rendered, out: &mut Lowered) {
    let mut made: HashMap<EcoString, Vec<&EcoString>> = HashMap::new();
    for overlay in &rendered.overlays {
        let environment = environment::classify_path(&overlay.path);
        let mut objects = Objects::new(Place { scope: overlay.dir.as_str().into(), scenario: None, environment });
        for object in &overlay.objects {
            let added = objects.add_and_show(&object.node);
            for entity in added {
                let call = |span: &Span| Origin::new(*span, *span, OriginStep::Use);
                entity.calls = object.calls.iter().map(call).collect();
                entity.parts = parts(&object.node);
            }
        }
        let entities = objects.into_entities();
        for entity in &entities {
            made.entry(entity.address.clone()).or_default().push(&overlay.dir);
        }
        out.entities.extend(entities);
    }
    let pairs = made.values().flat_map(|dirs| {
        let pairs = dirs.iter().enumerate().flat_map(|(at, a)| dirs[at + 1..].iter().map(move |b| (*a, *b)));
        pairs.filter(|(a, b)| a != b).map(|(a, b)| (a.clone(), b.clone()))
    });
    let pairs: BTreeSet<_> = pairs.collect();
    out.alternatives = pairs.into_iter().collect();
}

/// What of an object is written outside of its own text: one place a file.
fn parts(node: &Node) -> Vec<Span> {
    fn walk(node: &Node, own: Span, parts: &mut Vec<Span>) {
        for span in node.alias_of.into_iter().chain([node.span]) {
            if span.file == FileId::NONE || own.contains(span) {
                continue;
            }
            match parts.iter_mut().find(|p| p.file == span.file) {
                Some(part) => *part = part.to(span),
                None => parts.push(span),
            }
        }
        node.items().iter().for_each(|item| walk(item, own, parts));
        for entry in node.entries() {
            walk(&entry.value, own, parts);
        }
    }
    let mut parts = Vec::new();
    walk(node, node.span, &mut parts);
    parts
}
