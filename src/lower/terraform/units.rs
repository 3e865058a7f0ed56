//! The modules that Terragrunt units deploy.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ecow::EcoString;
use rayon::prelude::*;

use super::{Module, Modules, Options, instance, module, tfvars::VariableFiles};
use crate::{
    lower::path::name_of,
    lower::{
        path::{dir_of, join},
        terragrunt::{Deployed, Unit},
    },
    model::Lowered,
    source::{Diagnostic, FileId, SourceMap, Tree},
    syntax::hcl::Body,
};

/// Whether some unit deploys the module of this directory. Evaluated by itself it would lack its inputs.
pub fn deploy(units: &[Unit], dir: &str) -> bool {
    units.iter().any(|unit| match &unit.module {
        Deployed::Directory(module) => module == dir || unit.dir() == dir,
        Deployed::Own | Deployed::Elsewhere(_) => unit.dir() == dir,
    })
}

/// Evaluates each unit as a root.
#[allow(clippy::too_many_arguments)]
pub fn lower(
    units: Vec<Unit>,
    bodies: &[(FileId, Body)],
    files: &SourceMap,
    tree: &dyn Tree,
    modules: &Modules,
    variable_files: &VariableFiles,
    options: &Options,
) -> Lowered {
    let wanted: BTreeSet<&str> = units.iter().flat_map(|u| [u.dir(), module_dir(u)]).collect();
    let mut by_dir: BTreeMap<&str, Vec<&(FileId, Body)>> = BTreeMap::new();
    for file in bodies {
        if let Some(dir) = wanted.get(dir_of(files.path(file.0))) {
            by_dir.entry(*dir).or_default().push(file);
        }
    }
    let parts: Vec<Lowered> = units
        .par_iter()
        .map(|unit| {
            let mut diagnostics = Vec::new();
            let module = Arc::new(module_of(unit, &by_dir, files, &mut diagnostics));
            let mut part = instance::lower_unit(unit, module, files, tree, modules, variable_files, options);
            part.diagnostics.extend(diagnostics);
            part
        })
        .collect();
    let mut out = Lowered::default();
    for (unit, part) in units.into_iter().zip(parts) {
        out.entities.push(unit.entity);
        out.merge(part);
    }
    out
}

fn module_dir(unit: &Unit) -> &str {
    match &unit.module {
        Deployed::Directory(dir) => dir,
        Deployed::Own | Deployed::Elsewhere(_) => unit.dir(),
    }
}

/// The files of the module, over them those beside the unit, over these what it generates: each takes the place
/// of a file of the same name.
fn module_of(
    unit: &Unit,
    by_dir: &BTreeMap<&str, Vec<&(FileId, Body)>>,
    files: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Module {
    let dir = module_dir(unit);
    let mut all: BTreeMap<EcoString, Body> = BTreeMap::new();
    for from in [dir, unit.dir()] {
        for (id, body) in by_dir.get(from).into_iter().flatten() {
            let name = name_of(files.path(*id));
            all.insert(name.into(), body.clone());
        }
    }
    for generated in &unit.generated {
        let Some(path) = join("", &generated.path) else { continue };
        // Terraform reads no directories below the module's.
        if path.contains('/') || (generated.gives_way && all.contains_key(&path)) {
            continue;
        }
        all.insert(path, generated.body.clone());
    }
    module::merge(dir.into(), all.into_iter().collect(), diagnostics)
}
