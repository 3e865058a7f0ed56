//! One root module to ask questions of.

use super::{Options, Scenario, instance, module, parse, tfvars};
use crate::{
    eval::Scope,
    model::Lowered,
    source::{Tree, read::read_all},
};

/// Calls `ask` with the names of the root module at the root of the tree.
pub fn console<R>(tree: &dyn Tree, options: &Options, ask: &dyn Fn(&dyn Scope) -> R) -> R {
    let listing = tree.list();
    let (files, _) = read_all(tree, &listing.files);
    let mut out = Lowered::default();
    let parsed = parse(&files, &mut out);
    let modules = module::collect(parsed, &|id| files.path(id).into(), &mut out.diagnostics);
    let variable_files = tfvars::collect(&files, options, &mut out.diagnostics);
    instance::with_root(
        &Scenario::only(&"".into()),
        &files,
        tree,
        &listing.files,
        &modules,
        &variable_files,
        options,
        ask,
    )
}
