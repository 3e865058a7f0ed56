//! Generators and transformers that are written as objects of their own.

use ecow::EcoString;

use super::{Builder, Product};
use crate::{
    lower::{
        kustomize::{
            Built, fault,
            fieldspec::FieldSpec,
            files::is_remote,
            generate, images, inline,
            metadata::{self, Subjects},
            patch, tree,
        },
        path::resolve,
    },
    syntax::node::{Node, NodeKind},
};

impl<'a> Builder<'a> {
    /// The configurations of plugins: written here, in a file, or made by a kustomization.
    pub(super) fn plugins(&mut self, dir: &str, root: &'a Node, key: &str) -> Built<Vec<Node>> {
        let mut out = Vec::new();
        for entry in root.get(key).map_or(&[][..], Node::items) {
            let Some(text) = entry.as_text() else { continue };
            let documents = if text.contains('\n') {
                inline::documents(entry, inline::style(entry), self.files.map)
            } else if is_remote(text) {
                self.remote(dir, entry, text).map(|()| Vec::new())
            } else if self.files.id(&resolve(dir, text)).is_some() {
                self.documents_of(dir, entry)
            } else {
                let full = resolve(dir, text);
                self.directory(&full, Some(entry.span), None)
                    .map(|p| p.resources.0.into_iter().map(|r| r.node).collect())
            };
            out.extend(self.tolerate(documents)?.unwrap_or_default());
        }
        Ok(out)
    }

    /// Says that a plugin is not run.
    pub(super) fn unknown_plugin(&mut self, plugin: &Node) -> Built<()> {
        let kind = tree::string(plugin, &["kind"]).cloned().unwrap_or_default();
        let message = format!("`{kind}` is a plugin that is not built in, and no program is run");
        self.tolerate::<()>(Err(fault(message, plugin.span).into())).map(drop)
    }

    /// A transformer that is written as an object of its own.
    pub(super) fn plugin(&mut self, dir: &str, plugin: &Node, product: &mut Product) -> Built<()> {
        let specs: Vec<FieldSpec> =
            plugin.get("fieldSpecs").map_or(&[][..], Node::items).iter().filter_map(FieldSpec::read).collect();
        let or = |fields: Vec<FieldSpec>| if specs.is_empty() { fields } else { specs.clone() };
        let empty = tree::mapping(Vec::new(), plugin.span);
        let part = |key: &str| plugin.get(key).unwrap_or(&empty);
        let resources = &mut product.resources;
        let done = match tree::string(plugin, &["kind"]).map_or("", EcoString::as_str) {
            "PrefixTransformer" | "SuffixTransformer" if specs.is_empty() => {
                Err(fault("this needs `fieldSpecs`", plugin.span).into())
            }
            "PatchTransformer" => return self.patch(dir, plugin, product),
            "PatchJson6902Transformer" => return self.json_patch(dir, plugin, product),
            "PatchStrategicMergeTransformer" => {
                for path in part("paths").items() {
                    let documents = self.documents_of(dir, path);
                    for document in self.tolerate(documents)?.unwrap_or_default() {
                        let done = patch::strategic(&mut product.resources, &document, patch::Allowed::default());
                        self.tolerate(done)?;
                    }
                }
                Ok(())
            }
            "PrefixTransformer" => {
                metadata::prefix(resources, part("prefix"), &or(product.config.fields(|c| &c.prefix)))
            }
            "SuffixTransformer" => {
                metadata::suffix(resources, part("suffix"), &or(product.config.fields(|c| &c.suffix)))
            }
            "PrefixSuffixTransformer" => {
                metadata::prefix(resources, part("prefix"), &or(product.config.fields(|c| &c.prefix))).and_then(|()| {
                    metadata::suffix(resources, part("suffix"), &or(product.config.fields(|c| &c.suffix)))
                })
            }
            "LabelTransformer" => metadata::pairs(resources, part("labels"), &specs),
            "AnnotationsTransformer" => metadata::pairs(resources, part("annotations"), &specs),
            "NamespaceTransformer" => {
                let namespace = tree::at(plugin, &["metadata", "namespace"]).unwrap_or(&empty);
                let subjects = match tree::string(plugin, &["setRoleBindingSubjects"]).map(EcoString::as_str) {
                    Some("allServiceAccounts") => Subjects::Accounts,
                    Some("none") => Subjects::Untouched,
                    _ => Subjects::Default,
                };
                let unset =
                    matches!(plugin.get("unsetOnly").map(|n| &n.kind), Some(NodeKind::Bool { value: true, .. }));
                metadata::namespace(resources, namespace, &or(product.config.fields(|c| &c.namespace)), subjects, unset)
            }
            "ImageTagTransformer" => {
                images::images(resources, part("imageTag"), &or(product.config.fields(|c| &c.images)))
            }
            "ReplicaCountTransformer" => {
                images::replicas(resources, part("replica"), &or(product.config.fields(|c| &c.replicas)))
            }
            "ReplacementTransformer" => {
                let entries = part("replacements").items().to_vec();
                return entries.iter().try_for_each(|entry| self.replacement(dir, entry, product));
            }
            "HashTransformer" => {
                generate::add_hashes(resources);
                resources.0.iter_mut().for_each(|r| r.hash = false);
                Ok(())
            }
            _ => return self.unknown_plugin(plugin),
        };
        self.tolerate(done).map(drop)
    }
}
