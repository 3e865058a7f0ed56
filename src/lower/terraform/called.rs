//! The files of modules that are called and are no part of what is checked: downloaded by `terraform
//! init` into `.terraform/modules`, or above the directory that was asked for.
//!
//! They are read on demand, by following the calls, so that nothing else there is looked at; and they
//! are never roots. Nothing of the user's environment (`TF_DATA_DIR`, a plugin cache) has a say in it:
//! the same tree gives the same answer everywhere.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use ecow::EcoString;

use super::{module, parse};
use crate::{
    lower::path::is_outside,
    model::Lowered,
    source::{FileId, SourceMap, Tree, read},
    syntax::{hcl::Body, json, node::Node},
};

/// More directories than this are not followed: links can make a tree endless.
const MOST_DIRECTORIES: usize = 4_000;
/// A path deeper than this is one of those.
const DEEPEST_PATH: usize = 64;

/// Where `terraform init` put the modules of a root, by the names of the calls that lead to them.
pub type Manifest = BTreeMap<EcoString, Downloaded>;

/// One line of `.terraform/modules/modules.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// The directory in the tree.
    pub dir: EcoString,
    /// The source that was asked for when it was downloaded.
    pub source: EcoString,
}

/// The configuration files of a tree, parsed, with those of modules from elsewhere that they call.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    pub(super) parsed: Vec<(FileId, Body)>,
    /// By the directory of the root.
    pub(super) manifests: BTreeMap<EcoString, Manifest>,
    /// What was wrong with the files.
    pub(super) lowered: Lowered,
}

/// Parses the configuration files of a map, and reads and parses those of the modules that are called
/// and not in it.
pub fn read(files: &mut SourceMap, tree: &dyn Tree) -> Configuration {
    let mut out = Configuration::default();
    out.parsed = parse(files, 0, &mut out.lowered);
    let mut known: BTreeSet<EcoString> =
        out.parsed.iter().map(|(id, _)| module::dir_of(files.path(*id)).into()).collect();
    let mut wanted = VecDeque::new();
    for dir in &known {
        let manifest = manifest(tree, dir);
        if !manifest.is_empty() {
            wanted.extend(manifest.values().map(|d| d.dir.clone()));
            out.manifests.insert(dir.clone(), manifest);
        }
    }
    let mut fresh = 0;
    loop {
        for (id, body) in &out.parsed[fresh..] {
            let dir = module::dir_of(files.path(*id));
            let sources = body.blocks_of("module").filter_map(|call| module::source_of(call));
            wanted.extend(sources.filter(|s| module::is_local(s)).map(|s| module::resolve(dir, s)));
        }
        fresh = out.parsed.len();
        let mut paths: Vec<Arc<str>> = Vec::new();
        while let Some(dir) = wanted.pop_front() {
            let endless = known.len() > MOST_DIRECTORIES || dir.split('/').count() > DEEPEST_PATH;
            if !endless && known.insert(dir.clone()) {
                paths.extend(configuration_files(tree, &dir));
            }
        }
        if paths.is_empty() {
            return out;
        }
        let from = files.len();
        out.lowered.diagnostics.extend(read::read_more(tree, &paths, true, files));
        let parsed = parse(files, from, &mut out.lowered);
        out.parsed.extend(parsed);
    }
}

fn configuration_files(tree: &dyn Tree, dir: &str) -> Vec<Arc<str>> {
    let entries = tree.entries(dir).into_iter().filter(|e| !e.is_dir);
    let full = |name: &str| if dir.is_empty() { name.to_string() } else { format!("{dir}/{name}") };
    entries.filter(|e| module::is_configuration(&e.name)).map(|e| full(&e.name).into()).collect()
}

/// What `.terraform/modules/modules.json` of a root says; empty if it is not there or not readable.
fn manifest(tree: &dyn Tree, root: &str) -> Manifest {
    let path = module::resolve(root, ".terraform/modules/modules.json");
    let Ok(bytes) = tree.read(&path) else { return Manifest::new() };
    let Ok((text, _)) = read::text(bytes) else { return Manifest::new() };
    let parsed = json::parse(FileId::NONE, &text);
    let Some(document) = parsed.documents.first() else { return Manifest::new() };
    let lines = document.root.get("Modules").map(Node::items).unwrap_or_default();
    let line = |line: &Node| -> Option<(EcoString, Downloaded)> {
        let text = |name: &str| line.get(name).and_then(Node::as_text).cloned();
        let (key, dir) = (text("Key")?, text("Dir")?);
        let source = text("Source").unwrap_or_default();
        let dir = module::resolve(root, &str::replace(&dir, "\\", "/"));
        // What was downloaded lies below the root; only a path that is called as one may lead up.
        let strays = is_outside(&dir) && !module::is_local(&source);
        // The root is listed too, under the empty key.
        (!key.is_empty() && !strays).then_some((key, Downloaded { dir, source }))
    };
    lines.iter().filter_map(line).collect()
}

impl Downloaded {
    /// Whether it is what a call asks for now. An address in a registry is compared; of other sources it is
    /// not known how `terraform init` spelled them.
    pub fn answers(&self, source: &str) -> bool {
        let in_registry = |s: &str| !s.contains("::") && !s.contains("://") && s.matches('/').count() >= 2;
        if !in_registry(source) || !in_registry(&self.source) {
            return true;
        }
        let plain =
            |s: &str| s.split("//").next().unwrap_or(s).trim_start_matches("registry.terraform.io/").to_string();
        // `github.com/x/y` is a path of as many parts.
        source.starts_with("github.com/")
            || source.starts_with("bitbucket.org/")
            || plain(&self.source) == plain(source)
    }
}
