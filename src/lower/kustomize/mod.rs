//! Kustomize, rendered in process: what an overlay builds, each field with the place that set it.
//!
//! A build moves nodes of the files that it takes in: a base, a patch, the kustomization itself. Each node keeps
//! its span, so that what is found in the result is blamed on the text that decided it. A name that gets a prefix
//! or a hash keeps the place of the name.
//!
//! Every kustomization that no other one names is built by itself ([`overlays`]); bases and components are seen
//! through what names them. There a fault is said and the rest is built. [`render`] prints one directory and stops
//! at the first fault, as `kubectl kustomize` does. Nothing is downloaded and no program is run: bases that are
//! elsewhere, charts and plugins of one's own are said to be missing.

mod build;
mod config;
mod fieldspec;
mod files;
mod generate;
mod images;
mod inline;
mod json_patch;
mod kustomization;
mod merge;
mod metadata;
mod order;
mod patch;
mod references;
mod replace;
mod resource;
mod schema;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;
use rayon::prelude::*;

use crate::{
    lower::path::{dir_of, name_of},
    model::Skipped,
    source::{Diagnostic, DiagnosticKind, SourceMap, Span, Tree},
    syntax::node::Node,
};

use build::Builder;
use files::Files;
pub use files::Further;

/// What the file of a kustomization may be called.
const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization that cannot be built keeps nobody from checking its files.
const KIND: DiagnosticKind = DiagnosticKind::Evaluation;

/// What a step of a build gives.
type Built<T> = Result<T, Box<Diagnostic>>;

/// A fault at a place.
fn fault(message: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error(KIND, message, span)
}

/// An object that an overlay makes.
#[derive(Clone, Debug)]
pub struct RenderedObject {
    /// What it is, its nodes where they were written.
    pub node: Node,
    /// The entries of kustomizations that lead to its manifest, outermost first; none if the overlay names it
    /// itself.
    pub calls: Vec<Span>,
}

/// What one overlay makes.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Its directory.
    pub dir: EcoString,
    /// The path of its kustomization.
    pub path: EcoString,
    /// What it makes, in kustomize's order.
    pub objects: Vec<RenderedObject>,
}

/// What all overlays of a tree make.
#[derive(Debug, Default)]
pub struct Rendered {
    /// Those that no other one names.
    pub overlays: Vec<Overlay>,
    /// The paths of the files that were taken in, which are not looked at by themselves.
    pub used: BTreeSet<EcoString>,
    /// What is missing in the result.
    pub skipped: Vec<Skipped>,
    /// What went wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Whether a file is a kustomization, by its name.
pub fn is_kustomization(path: &str) -> bool {
    FILE_NAMES.contains(&name_of(path))
}

/// Reads what the kustomizations of a tree name and what was not read yet: bases above the directory that is
/// checked, files without a known ending.
pub fn read(files: &mut SourceMap, tree: &dyn Tree, is_template: &dyn Fn(&str, &str) -> bool) -> Further {
    let own = files.iter().filter(|(_, f)| is_kustomization(&f.path) && !is_template(&f.path, &f.text));
    let directories = own.map(|(_, f)| dir_of(&f.path).into()).collect();
    files::gather(files, tree, directories)
}

/// Builds every kustomization that no other one names.
pub fn overlays(map: &SourceMap, further: &Further) -> Rendered {
    let files = Files::new(map, further);
    let mut named: BTreeMap<&EcoString, bool> = files.directories().map(|dir| (dir, false)).collect();
    let mut components: BTreeSet<&EcoString> = BTreeSet::new();
    let mut others: BTreeSet<&EcoString> = BTreeSet::new();
    for dir in files.directories() {
        let parsed = files.kustomization(dir).and_then(|id| files.configuration(id));
        let Some(root) = parsed.and_then(|p| p.documents.first()) else { continue };
        if kustomization::is_component(root) {
            components.insert(dir);
        }
        // Flux has a kind of its own, and its objects like to be called this.
        if tree::string(root, &["apiVersion"]).is_some_and(|v| !v.starts_with("kustomize.config.k8s.io/")) {
            others.insert(dir);
        }
        for path in build::leads_to(dir, root) {
            if let Some(is_named) = named.get_mut(&path).filter(|_| path != *dir) {
                *is_named = true;
            }
        }
    }
    let is_meant = |dir: &&EcoString| !components.contains(*dir) && !others.contains(*dir);
    let tops: Vec<&EcoString> =
        named.iter().filter(|(_, named)| !**named).map(|(dir, _)| *dir).filter(is_meant).collect();
    let mut out = Rendered::default();
    let built: Vec<Rendered> = tops.into_par_iter().map(|dir| overlay(&files, dir)).collect();
    for rendered in built {
        out.add(rendered);
    }
    // What is left names itself in a circle.
    for (dir, _) in named.iter().filter(|(dir, named)| **named && is_meant(dir)) {
        let is_built = files.kustomization(dir).is_some_and(|id| out.used.contains(map.path(id)));
        if !is_built {
            out.add(overlay(&files, dir));
        }
    }
    out
}

fn overlay(files: &Files<'_>, dir: &EcoString) -> Rendered {
    let mut builder = Builder::new(files, false);
    let mut out = Rendered::default();
    match builder.build(dir, None) {
        Ok(resources) => {
            let objects = resources.into_iter().map(|r| RenderedObject { node: r.node, calls: r.calls }).collect();
            let path = files.kustomization(dir).map_or_else(|| dir.clone(), |id| files.map.path(id).into());
            out.overlays.push(Overlay { dir: dir.clone(), path, objects });
            out.used = builder.used;
        }
        // Its files are looked at as they stand.
        Err(diagnostic) => out.diagnostics.push(*diagnostic),
    }
    out.skipped = builder.skipped;
    out.diagnostics.extend(builder.diagnostics);
    out
}

impl Rendered {
    fn add(&mut self, other: Rendered) {
        self.overlays.extend(other.overlays);
        self.used.extend(other.used);
        self.skipped.extend(other.skipped);
        for diagnostic in other.diagnostics {
            if !self.diagnostics.contains(&diagnostic) {
                self.diagnostics.push(diagnostic);
            }
        }
    }
}

/// What `kubectl kustomize` prints for a directory of a tree: its objects in order, as JSON.
///
/// # Errors
///
/// The first fault, as kustomize stops there.
pub fn render(tree: &dyn Tree, dir: &str) -> (SourceMap, Result<Vec<serde_json::Value>, Box<Diagnostic>>) {
    let mut map = SourceMap::default();
    let further = files::gather(&mut map, tree, vec![dir.into()]);
    let result = {
        let files = Files::new(&map, &further);
        let mut builder = Builder::new(&files, true);
        builder.build(dir, None).map(|objects| objects.iter().map(|r| tree::json(&r.node)).collect())
    };
    (map, result)
}
