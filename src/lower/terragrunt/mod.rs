//! Terragrunt: directories that deploy a module with inputs of their own.
//!
//! A *unit* is a directory with a `terragrunt.hcl` that names a module (`terraform { source }`, its own or that
//! of a file it includes) or has Terraform files beside it. A `terragrunt.hcl` that others include is a parent
//! and no unit. Each unit is evaluated as a root of its own, with the directory as its scope: its inputs are the
//! values of the module's variables, its `generate` blocks are files of the module, its `remote_state` is the
//! backend. A module that some unit deploys is not evaluated by itself as well: with none of its variables given
//! it would only repeat as undecided what the units decide.
//!
//! No program is run, no environment variable read, no mock output taken for truth. Stacks
//! (`terragrunt.stack.hcl`) are said to be not looked at.

mod config;
mod functions;
mod generate;
mod merge;
mod path;
mod respan;
mod scope;
mod unit;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ecow::EcoString;
use rayon::prelude::*;

use crate::{
    lower::path::{dir_of, name_of},
    model::{Lowered, Skipped},
    source::{FileId, SourceMap, Tree},
    syntax::hcl,
};

use config::Reader;
pub use unit::{Backend, Deployed, Unit};

/// The file that makes a directory a unit.
const UNIT: &str = "terragrunt.hcl";
/// The directory of copies that Terragrunt makes.
const CACHE: &str = ".terragrunt-cache";

/// Whether a tree has anything of Terragrunt.
pub fn is_used(files: &SourceMap) -> bool {
    files.iter().any(|(_, file)| name_of(&file.path) == UNIT)
}

/// The units of a tree.
pub fn units(
    files: &SourceMap,
    tree: &dyn Tree,
    listing: &[Arc<str>],
    has_module: &(dyn Fn(&str) -> bool + Sync),
    out: &mut Lowered,
) -> Vec<Unit> {
    let mut paths: Vec<&str> = Vec::new();
    for (_, file) in files.iter().filter(|(_, f)| !is_cached(&f.path)) {
        let why = match name_of(&file.path) {
            UNIT => {
                paths.push(&file.path);
                continue;
            }
            "terragrunt.stack.hcl" => "a Terragrunt stack, whose units are not looked at",
            "terragrunt.hcl.json" => "Terragrunt written as JSON, which is not evaluated",
            _ => continue,
        };
        out.skipped.push(Skipped { path: file.path.to_string(), why: why.into() });
    }
    if paths.is_empty() {
        return Vec::new();
    }
    let by_path = files.iter().map(|(id, f)| (&*f.path, id)).collect();
    let reader = Reader { files, tree, listing, by_path, parsed: parse(files) };
    let readings: Vec<unit::Reading> = paths.par_iter().map(|path| unit::read(&reader, path, has_module)).collect();
    let parents: BTreeSet<EcoString> = paths
        .iter()
        .zip(&readings)
        .flat_map(|(path, reading)| reading.included.iter().filter(move |i| i != path).cloned())
        .collect();
    let mut reached: BTreeSet<FileId> = BTreeSet::new();
    let mut units = Vec::new();
    for (path, reading) in paths.iter().zip(readings) {
        reached.extend(&reading.reached);
        // Evaluated for itself a parent lacks what only its children have.
        if parents.contains(*path) {
            continue;
        }
        out.diagnostics.extend(reading.diagnostics);
        out.skipped.extend(reading.skipped);
        units.extend(reading.unit);
    }
    for id in reached {
        if let Some(parsed) = reader.parsed.get(&id) {
            out.diagnostics.extend(parsed.diagnostics.iter().cloned());
        }
    }
    units
}

/// Parses what may be a Terragrunt file: any `.hcl` that is not known to be another tool's.
fn parse(files: &SourceMap) -> BTreeMap<FileId, hcl::Parsed> {
    let others = [".pkr.hcl", ".nomad.hcl", ".tftest.hcl", ".lock.hcl", "trustlint.hcl"];
    let wanted: Vec<_> = files
        .iter()
        .filter(|(_, f)| f.path.ends_with(".hcl") && !is_cached(&f.path))
        .filter(|(_, f)| !others.iter().any(|o| f.path.ends_with(o)) && !name_of(&f.path).starts_with('.'))
        .collect();
    wanted.par_iter().map(|(id, file)| (*id, hcl::parse(*id, &file.text))).collect()
}

fn is_cached(path: &str) -> bool {
    dir_of(path).split('/').any(|segment| segment == CACHE)
}
