//! Images and replica counts.

use ecow::EcoString;
use regex::Regex;

use super::{
    Built, fault,
    fieldspec::{self, FieldSpec, Leaf},
    resource::Resources,
    tree,
};
use crate::syntax::node::{Node, NodeKind};

/// What an entry of `images` does.
struct Change<'n> {
    pattern: Regex,
    new_name: Option<&'n Node>,
    new_tag: Option<&'n Node>,
    digest: Option<&'n Node>,
    tag_suffix: Option<&'n Node>,
}

/// Changes the images that an entry of `images` names.
pub(super) fn images(resources: &mut Resources, entry: &Node, fields: &[FieldSpec]) -> Built<()> {
    let Some(name) = tree::string(entry, &["name"]) else { return Ok(()) };
    let pattern = format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$");
    let pattern = Regex::new(&pattern)
        .map_err(|_| fault(format!("`{name}` is no name of an image, nor a pattern of names"), entry.span))?;
    let part = |key: &str| entry.get(key).filter(|n| n.as_text().is_some_and(|t| !t.is_empty()));
    let change = Change {
        pattern,
        new_name: part("newName"),
        new_tag: part("newTag"),
        digest: part("digest"),
        tag_suffix: part("tagSuffix"),
    };
    for resource in &mut resources.0 {
        let id = resource.id();
        if id.kind == "CustomResourceDefinition" {
            continue;
        }
        everywhere(&mut resource.node, &change);
        for field in fields.iter().filter(|f| f.applies_to(&id)) {
            let path: Vec<EcoString> = field.path.iter().map(|p| p.trim_end_matches("[]").into()).collect();
            // What has another shape is left alone.
            let _ = fieldspec::visit(&mut resource.node, &path, None, entry.span, &mut |node| {
                change.apply(node);
                Ok(())
            });
        }
    }
    Ok(())
}

/// Containers are looked for at any depth, as pods are in objects of unknown kinds.
fn everywhere(node: &mut Node, change: &Change<'_>) {
    match &mut node.kind {
        NodeKind::Sequence(items) => items.iter_mut().for_each(|item| everywhere(item, change)),
        NodeKind::Mapping(entries) => {
            for entry in entries {
                if matches!(entry.key.as_str(), "containers" | "initContainers")
                    && let NodeKind::Sequence(items) = &mut entry.value.kind
                {
                    for item in items {
                        if let Some(image) = tree::get_mut(item, "image") {
                            change.apply(image);
                        }
                    }
                } else {
                    everywhere(&mut entry.value, change);
                }
            }
        }
        _ => {}
    }
}

impl Change<'_> {
    fn apply(&self, node: &mut Node) {
        let Some(image) = node.as_text().filter(|t| self.pattern.is_match(t)) else { return };
        let text = |node: Option<&Node>| node.and_then(Node::as_text).cloned().unwrap_or_default();
        let (name, mut tag, mut digest) = split(image);
        let name = if self.new_name.is_some() { text(self.new_name) } else { name.into() };
        if self.new_tag.is_some() || self.digest.is_some() {
            tag = text(self.new_tag);
            digest = text(self.digest);
        } else if self.tag_suffix.is_some() {
            tag.push_str(&text(self.tag_suffix));
            digest = EcoString::new();
        }
        let mut whole = name;
        if !tag.is_empty() {
            whole.push(':');
            whole.push_str(&tag);
        }
        if !digest.is_empty() {
            whole.push('@');
            whole.push_str(&digest);
        }
        if whole == *image {
            return;
        }
        // What decides most about the image is where it is blamed.
        let place = self.digest.or(self.new_tag).or(self.tag_suffix).or(self.new_name);
        let span = place.map_or(node.span, |n| n.span);
        *node = tree::text(whole, span);
    }
}

/// Name, tag and digest of an image.
fn split(image: &str) -> (&str, EcoString, EcoString) {
    // A colon before the first slash is that of a port.
    let from = image.find('/').unwrap_or(0);
    let at = image[from..].find('@').map(|n| n + from);
    let colon = image[from..].find(':').map(|n| n + from);
    match (colon, at) {
        (None, None) => (image, EcoString::new(), EcoString::new()),
        (colon, Some(at)) if colon.is_none_or(|c| at < c) => (&image[..at], EcoString::new(), image[at + 1..].into()),
        (Some(colon), Some(at)) => (&image[..colon], image[colon + 1..at].into(), image[at + 1..].into()),
        (Some(colon), None) => (&image[..colon], image[colon + 1..].into(), EcoString::new()),
        (None, Some(at)) => (&image[..at], EcoString::new(), image[at + 1..].into()),
    }
}

/// Sets how many there are of something.
pub(super) fn replicas(resources: &mut Resources, entry: &Node, fields: &[FieldSpec]) -> Built<()> {
    let Some(name) = tree::string(entry, &["name"]).cloned() else {
        return Err(fault("this entry of `replicas` names nothing", entry.span).into());
    };
    let zero = tree::node(NodeKind::Number { text: "0".into() }, entry.span);
    let count = entry.get("count").unwrap_or(&zero);
    let mut found = false;
    for resource in &mut resources.0 {
        let fields: Vec<&FieldSpec> =
            fields.iter().filter(|f| resource.was(|id| id.name == name && f.applies_to(id))).collect();
        for field in fields {
            found = true;
            let create = field.create.then_some(Leaf::Scalar);
            fieldspec::visit(&mut resource.node, &field.path, create, count.span, &mut |node| {
                if !tree::same(node, count) {
                    *node = count.clone();
                }
                Ok(())
            })?;
        }
    }
    if found {
        Ok(())
    } else {
        Err(fault(format!("there is nothing called `{name}` that has replicas"), entry.span).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_a_name_a_tag_and_a_digest() {
        let parts = |image| {
            let (name, tag, digest) = split(image);
            format!("{name} {tag} {digest}")
        };
        assert_eq!(parts("nginx"), "nginx  ");
        assert_eq!(parts("localhost:5000/nginx"), "localhost:5000/nginx  ");
        assert_eq!(parts("localhost:5000/nginx:1"), "localhost:5000/nginx 1 ");
        assert_eq!(parts("nginx@sha256:ab"), "nginx  sha256:ab");
        assert_eq!(parts("r/nginx:1@sha256:ab"), "r/nginx 1 sha256:ab");
    }
}
