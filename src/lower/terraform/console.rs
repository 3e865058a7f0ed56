//! One root module to ask questions of.

use super::{Configuration, Options, Scenario, instance, module, read, tfvars};
use crate::{
    eval::Scope,
    source::{Tree, read::read_all},
};

/// Calls `ask` with the names of the root module at the root of the tree.
pub fn console<R>(tree: &dyn Tree, options: &Options, ask: &dyn Fn(&dyn Scope) -> R) -> R {
    let listing = tree.list();
    let (mut files, _) = read_all(tree, &listing.files);
    let Configuration { parsed, manifests, lowered } = read(&mut files, tree);
    let mut diagnostics = lowered.diagnostics;
    let modules = module::collect(&files, parsed, manifests, &mut diagnostics);
    let variable_files = tfvars::collect(&files, options, &mut diagnostics);
    let scenario = Scenario::only(&"".into());
    instance::with_root(&scenario, &files, tree, &modules, &variable_files, options, ask)
}
