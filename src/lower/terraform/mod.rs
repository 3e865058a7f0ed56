//! Terraform: directories of `.tf` files to resources, resolved as before a first plan.
//!
//! A directory is a [`module::Module`]. Directories that nobody calls are roots; each root is
//! evaluated on its own, in parallel with the others, and once for each [`Scenario`]: an
//! [`instance::Instance`] for each call of a module, its variables, locals and outputs evaluated on
//! demand with a memo.

mod body;
mod called;
mod circles;
mod console;
mod constants;
mod contract;
mod expand;
mod instance;
mod merge;
mod module;
mod policy_document;
mod providers;
mod pure_data;
mod reads;
mod reference;
mod resource;
mod roots;
pub mod scenario;
mod scope;
mod tfvars;
mod types;
mod units;
mod uses;
mod workspaces;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use ecow::EcoString;
use rayon::prelude::*;

use crate::{
    lower::{kubernetes, terragrunt},
    model::{Entity, Lowered},
    source::{Diagnostic, FileId, SourceMap, Tree},
    syntax::hcl,
    value::Value,
};

pub use called::{Configuration, read};
pub use console::console;
pub use module::{Module, is_configuration};
pub use scenario::Scenario;

pub(super) use instance::{LARGEST_VALUE, weigh};
pub(super) use scope::{GIVEN, files_matching};
pub(super) use tfvars::{VariableFile, read as variable_file};

/// What the caller may say about the evaluation.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values of root variables from the process's environment, `TF_VAR_` taken away: name and text.
    pub environment: Vec<(String, String)>,
    /// What the command line gives to root variables, in its order: later ones win.
    pub given: Vec<Given>,
    /// Scenarios that something else than a file of variables tells.
    pub scenarios: Vec<Scenario>,
    /// Which scenarios are looked for besides.
    pub discovery: Discovery,
    /// The workspace, if it is known.
    pub workspace: Option<String>,
    /// Each instance of a module is looked at, though an equal one was looked at already.
    pub every_instance: bool,
    /// The kinds of entities whose bodies are needed; none: all of them.
    pub wanted: Option<HashSet<EcoString>>,
    /// Tells them when it is known what occurs; it outweighs `wanted`.
    pub wanted_of: Option<WantedOf>,
    /// The values that variables of the root had when a plan was made, which is checked together with its
    /// source.
    pub planned: HashMap<EcoString, Value>,
}

impl Options {
    /// Whether the body of a kind of entities is needed: for itself, or for the objects that it makes.
    pub fn wants(&self, kind: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.contains(kind) || kubernetes::makes_objects(kind))
    }
}

/// The kinds of entities whose bodies are needed where these types of resources and data sources (`data.x`) occur, if
/// that is known.
pub type WantedOf = fn(Option<&HashSet<EcoString>>) -> HashSet<EcoString>;

/// One value or file of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `--var`: name and text.
    Value(String, String),
    /// `--var-file`: a path in the tree.
    File(String),
}

/// Which scenarios of a root are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Discovery {
    /// Those that files of variables and workspaces make, and the root without them if it can be deployed so.
    #[default]
    Files,
    /// The same, and the root without them in any case.
    WithBare,
    /// None: each root is evaluated once.
    Off,
}

/// All modules of a tree, by directory (`""` is the root of the tree).
pub(crate) type Modules = BTreeMap<EcoString, Arc<Module>>;

/// The Terraform part of a tree.
pub fn lower(
    files: &SourceMap,
    tree: &dyn Tree,
    listing: &[Arc<str>],
    configuration: Configuration,
    options: &Options,
) -> Lowered {
    let Configuration { parsed, manifests, lowered: mut out } = configuration;
    let bodies = if terragrunt::is_used(files) { parsed.clone() } else { Vec::new() };
    let modules = module::collect(files, parsed, manifests, &mut out.diagnostics);
    let narrowed;
    let options = match options.wanted_of {
        Some(wanted_of) => {
            // Terragrunt makes modules that no file holds.
            let types = (!terragrunt::is_used(files)).then(|| types(&modules));
            narrowed = Options { wanted: Some(wanted_of(types.as_ref())), ..options.clone() };
            &narrowed
        }
        None => options,
    };
    let variable_files = tfvars::collect(files, options, &mut out.diagnostics);
    let units = terragrunt::units(files, tree, listing, &|dir| modules.contains_key(dir), &mut out);
    let mut roots = roots::find(&modules, &variable_files);
    tfvars::undeclared_given(
        &variable_files,
        roots.iter().filter_map(|r| modules.get(r)).map(|m| &**m),
        &mut out.diagnostics,
    );
    roots.retain(|dir| !units::deploy(&units, dir));
    let scenarios = scenario::find(&roots, &modules, files, &variable_files, options, &mut out.diagnostics);
    let parts: Vec<Lowered> = scenarios
        .par_iter()
        .map(|scenario| instance::lower_root(scenario, files, tree, &modules, &variable_files, options))
        .collect();
    for (scenario, part) in scenarios.iter().zip(parts) {
        out.merge(part);
        out.scenarios.extend(scenario.told());
    }
    out.merge(units::lower(units, &bodies, files, tree, &modules, &variable_files, options));
    out.entities = written_once(std::mem::take(&mut out.entities));
    for module in modules.values() {
        circles::report(module, &mut out.diagnostics);
        out.moves.extend(module.moves.iter().cloned());
    }
    dedup(&mut out.diagnostics);
    out
}

/// The types of resources and data sources that occur.
fn types(modules: &Modules) -> HashSet<EcoString> {
    let mut types = HashSet::new();
    for module in modules.values() {
        let kind = |resource: &module::Resource| resource.block.labels.first().map(|kind| kind.text.clone());
        types.extend(module.resources.values().filter_map(kind));
        types.extend(module.data.values().filter_map(kind).map(|kind| ecow::eco_format!("data.{kind}")));
    }
    types
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
    configuration: Configuration,
    options: &Options,
    root: &EcoString,
) -> Lowered {
    let Configuration { parsed, manifests, lowered } = configuration;
    let mut out = Lowered { diagnostics: unread, ..Lowered::default() };
    out.merge(lowered);
    let modules = module::collect(files, parsed, manifests, &mut out.diagnostics);
    let variable_files = tfvars::collect(files, options, &mut out.diagnostics);
    let scenario = Scenario::only(root);
    out.merge(instance::lower_root(&scenario, files, tree, &modules, &variable_files, options));
    let mut called: BTreeSet<&str> = BTreeSet::new();
    let mut queue = vec![root.as_str()];
    while let Some(dir) = queue.pop() {
        if called.insert(dir)
            && let Some(module) = modules.get(dir)
        {
            queue.extend(module.calls.values().filter_map(|c| c.dir.as_deref()));
            queue.extend(module.manifest.values().map(|d| d.dir.as_str()));
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

/// Parses the files that belong to Terraform modules, from the file with this number on.
fn parse(files: &SourceMap, from: usize, out: &mut Lowered) -> Vec<(FileId, hcl::Body)> {
    let mut wanted = Vec::new();
    for (id, file) in files.iter().skip(from) {
        if module::is_configuration(&file.path) {
            wanted.push((id, file));
        }
    }
    let parsed: Vec<(FileId, hcl::Parsed)> = wanted
        .par_iter()
        .map(|(id, file)| {
            let parse = if module::is_json(&file.path) { hcl::parse_json } else { hcl::parse };
            (*id, parse(*id, &file.text))
        })
        .collect();
    parsed
        .into_iter()
        .map(|(id, parsed)| {
            out.diagnostics.extend(parsed.diagnostics);
            (id, parsed.body)
        })
        .collect()
}

/// The kinds of entities that are what is written, whatever the values.
const WRITTEN: [&str; 2] = ["terraform.variable", "terraform.module"];

/// Entities of what is written, once for all scenarios of their root.
fn written_once(entities: Vec<Entity>) -> Vec<Entity> {
    let mut out: Vec<Entity> = Vec::with_capacity(entities.len());
    let mut seen = HashMap::new();
    for mut entity in entities {
        if entity.scenario.is_some() && WRITTEN.contains(&entity.kind.as_str()) {
            let key = (entity.scope.clone(), entity.kind.clone(), entity.address.clone());
            if let Some(at) = seen.get(&key) {
                let first: &mut Entity = &mut out[*at];
                first.environment = first.environment.take().filter(|e| entity.environment.as_ref() == Some(e));
                // What is there for certain in one scenario is there.
                if entity.doubt.is_none() {
                    first.doubt = None;
                }
                continue;
            }
            seen.insert(key, out.len());
            entity.scenario = None;
        }
        out.push(entity);
    }
    out
}

/// A module that is called twice reports an error twice; once is enough.
fn dedup(diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    diagnostics.retain(|d| {
        let place = d.notes.first().map(|n| n.span);
        seen.insert((place, d.path.clone(), d.message.clone()))
    });
}
