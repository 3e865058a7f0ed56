//! Terraform: directories of `.tf` files to resources, resolved as before a first plan.
//!
//! A directory is a [`module::Module`]. Directories that nobody calls are roots; each root is
//! evaluated on its own, in parallel with the others: an [`instance::Instance`] for each call of a
//! module, its variables, locals and outputs evaluated on demand with a memo.

mod body;
mod console;
mod expand;
mod instance;
mod module;
mod policy_document;
mod resource;
mod roots;
mod scope;
mod tfvars;
mod types;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use ecow::EcoString;
use rayon::prelude::*;

use crate::{
    model::{Lowered, Skipped},
    source::{Diagnostic, FileId, SourceMap, Tree},
    syntax::hcl,
    value::Value,
};

pub use console::console;
pub use module::Module;

/// What the caller may say about the evaluation.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Variables of root modules, as `--var` gives them: name and text.
    pub variables: Vec<(String, String)>,
    /// Files of variables, as `--var-file` gives them: paths in the tree.
    pub variable_files: Vec<String>,
    /// The workspace, if it is known.
    pub workspace: Option<String>,
    /// The kinds of entities whose bodies are needed; none: all of them.
    pub wanted: Option<HashSet<EcoString>>,
    /// The values that variables of the root had when a plan was made, which is checked together with its
    /// source.
    pub planned: HashMap<EcoString, Value>,
}

/// All modules of a tree, by directory (`""` is the root of the tree).
pub(crate) type Modules = BTreeMap<EcoString, Arc<Module>>;

/// The Terraform part of a tree.
pub fn lower(files: &SourceMap, tree: &dyn Tree, listing: &[Arc<str>], options: &Options) -> Lowered {
    let mut out = Lowered::default();
    let parsed = parse(files, &mut out);
    let modules = module::collect(parsed, &|id| files.path(id).into(), &mut out.diagnostics);
    let variable_files = tfvars::collect(files, options, &mut out.diagnostics);
    let roots = roots::find(&modules, &variable_files);
    let parts: Vec<Lowered> = roots
        .par_iter()
        .map(|root| instance::lower_root(root, files, tree, listing, &modules, &variable_files, options))
        .collect();
    for part in parts {
        out.merge(part);
    }
    dedup(&mut out.diagnostics);
    out
}

/// Whether a file is read for Terraform.
pub fn is_read(path: &str) -> bool {
    module::is_configuration(path) || module::is_json(path) || tfvars::is_variable_file(path)
}

/// One root module and what it calls, whatever else is in the tree. `unread` are the files that could not
/// be read: those that do not belong to it do not matter.
pub fn lower_root(
    files: &SourceMap,
    unread: Vec<Diagnostic>,
    tree: &dyn Tree,
    listing: &[Arc<str>],
    options: &Options,
    root: &EcoString,
) -> Lowered {
    let mut out = Lowered { diagnostics: unread, ..Lowered::default() };
    let parsed = parse(files, &mut out);
    let modules = module::collect(parsed, &|id| files.path(id).into(), &mut out.diagnostics);
    let variable_files = tfvars::collect(files, options, &mut out.diagnostics);
    out.merge(instance::lower_root(root, files, tree, listing, &modules, &variable_files, options));
    let mut called: BTreeSet<&str> = BTreeSet::new();
    let mut queue = vec![root.as_str()];
    while let Some(dir) = queue.pop() {
        if called.insert(dir)
            && let Some(module) = modules.get(dir)
        {
            queue.extend(module.calls.values().filter_map(|c| c.dir.as_deref()));
        }
    }
    let is_part = |path: &str| called.contains(module::dir_of(path));
    out.skipped.retain(|s| is_part(&s.path));
    out.diagnostics.retain(|d| match (&d.path, d.notes.first()) {
        (Some(path), _) => is_part(path),
        (None, Some(note)) if (note.span.file.0 as usize) < files.len() => is_part(files.path(note.span.file)),
        _ => true,
    });
    dedup(&mut out.diagnostics);
    out
}

/// Parses the files that belong to Terraform modules.
fn parse(files: &SourceMap, out: &mut Lowered) -> Vec<(FileId, hcl::Body)> {
    let mut wanted = Vec::new();
    for (id, file) in files.iter() {
        if module::is_json(&file.path) {
            out.skipped.push(Skipped {
                path: file.path.to_string(),
                why: "Terraform written as JSON, which is not evaluated yet".into(),
            });
        } else if module::is_configuration(&file.path) {
            wanted.push((id, file));
        }
    }
    let parsed: Vec<(FileId, hcl::Parsed)> =
        wanted.par_iter().map(|(id, file)| (*id, hcl::parse(*id, &file.text))).collect();
    parsed
        .into_iter()
        .map(|(id, parsed)| {
            out.diagnostics.extend(parsed.diagnostics);
            (id, parsed.body)
        })
        .collect()
}

/// A module that is called twice reports an error twice; once is enough.
fn dedup(diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    diagnostics.retain(|d| {
        let place = d.notes.first().map(|n| n.span);
        seen.insert((place, d.path.clone(), d.message.clone()))
    });
}
