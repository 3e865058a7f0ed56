//! Documents to entities.
//!
//! Lowering never sees a rule; a rule never sees Terraform or YAML.

pub mod environment;
pub mod github;
pub mod kubernetes;
pub mod repository;
pub mod terraform;
pub mod yaml;

use crate::{
    model::{Entity, Lowered, Project},
    source::{SourceMap, Span, Tree, read},
    value::{Origin, OriginStep},
};

/// How a tree is to be read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Terraform's part.
    pub terraform: terraform::Options,
}

/// Reads and resolves a tree.
pub fn project(tree: &dyn Tree, options: &Options) -> Project {
    let listing = tree.list();
    let (files, diagnostics) = read::read_all(tree, &listing.files);
    let mut lowered = terraform::lower(&files, tree, &listing.files, &options.terraform);
    lowered.diagnostics.extend(diagnostics);
    manifests(&files, &mut lowered);
    Project::new(files, lowered)
}

fn manifests(files: &SourceMap, lowered: &mut Lowered) {
    for (id, file) in files.iter().filter(|(_, f)| f.path.ends_with(".yaml")) {
        let parsed = crate::syntax::yaml::parse(id, &file.text);
        lowered.diagnostics.extend(parsed.diagnostics);
        for document in parsed.documents {
            let Some(kind) = document.root.get("kind").and_then(|k| k.as_text()) else { continue };
            let name = document.root.get("metadata").and_then(|m| m.get("name")).and_then(|n| n.as_text());
            let place = document.root.entry("kind").map_or(document.root.span, |e| e.key_span.to(e.value.span));
            let header = Origin::new(place, document.root.span, OriginStep::Here);
            let whole: Span = document.root.span;
            lowered.entities.push(Entity {
                kind: kind.clone(),
                address: ecow::eco_format!("{kind}/{}", name.cloned().unwrap_or_default()),
                name: name.cloned().unwrap_or_default(),
                scope: (&*file.path).into(),
                body: yaml::value(&document.root),
                header,
                extent: whole,
                calls: Vec::new(),
                owner: None,
                environment: None,
                doubt: None,
            });
        }
    }
}
