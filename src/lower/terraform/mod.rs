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
mod units;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use ecow::EcoString;
use rayon::prelude::*;

use crate::{
    lower::terragrunt,
    model::{Lowered, Skipped},
    source::{Diagnostic, FileId, SourceMap, Tree},
    syntax::hcl,
};

pub use console::console;
pub use module::Module;

pub(super) use instance::{LARGEST_VALUE, weigh};
pub(super) use module::{dir_of, join};
pub(super) use scope::{GIVEN, matching, relative};
pub(super) use tfvars::{VariableFile, read as variable_file};

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
}

/// All modules of a tree, by directory (`""` is the root of the tree).
pub(crate) type Modules = BTreeMap<EcoString, Arc<Module>>;

/// The Terraform part of a tree.
pub fn lower(files: &SourceMap, tree: &dyn Tree, listing: &[Arc<str>], options: &Options) -> Lowered {
    let mut out = Lowered::default();
    let parsed = parse(files, &mut out);
    let bodies = parsed.clone();
    let modules = module::collect(parsed, &|id| files.path(id).into(), &mut out.diagnostics);
    let variable_files = tfvars::collect(files, options, &mut out.diagnostics);
    let units = terragrunt::units(files, tree, listing, &|dir| modules.contains_key(dir), &mut out);
    let mut roots = roots::find(&modules, &variable_files);
    roots.retain(|dir| !units::deploy(&units, dir));
    let parts: Vec<Lowered> = roots
        .par_iter()
        .map(|root| instance::lower_root(root, files, tree, listing, &modules, &variable_files, options))
        .collect();
    for part in parts {
        out.merge(part);
    }
    out.merge(units::lower(units, &bodies, files, tree, listing, &modules, &variable_files, options));
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
