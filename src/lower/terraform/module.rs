//! A module: all configuration files of one directory, merged.

use std::{collections::BTreeMap, sync::Arc};

use ecow::EcoString;

use super::{
    Modules,
    called::Manifest,
    constants::Constants,
    merge,
    types::{self, Type},
    uses::Uses,
};
use crate::{
    lower::path::name_of,
    model::Move,
    source::{Diagnostic, FileId, SourceMap},
    syntax::hcl::{Attribute, Block, Body, ExprKind},
    value::ByName,
};

pub(super) use crate::lower::path::{dir_of, resolve};

/// All declarations of a directory.
#[derive(Debug, Default)]
pub struct Module {
    /// The directory, `""` for the root of the tree.
    pub dir: EcoString,
    /// Variables by name.
    pub variables: ByName<Variable>,
    /// Locals by name.
    pub locals: ByName<Arc<Attribute>>,
    /// Outputs by name.
    pub outputs: ByName<Arc<Block>>,
    /// Resources by `type.name`.
    pub resources: ByName<Resource>,
    /// Data sources by `type.name`.
    pub data: ByName<Resource>,
    /// Module calls by name.
    pub calls: ByName<Call>,
    /// Provider blocks.
    pub providers: Vec<Arc<Block>>,
    /// Which providers are needed, by local name.
    pub required_providers: ByName<Arc<Attribute>>,
    /// `backend` and `cloud` blocks inside `terraform` blocks.
    pub backends: Vec<Arc<Block>>,
    /// Earlier and later names of resources and calls, as `moved` blocks tell.
    pub moves: Vec<Move>,
    /// Where `terraform init` put the modules that are called from here and from what is called: directories
    /// by the names of the calls, `vpc` and `vpc.endpoints`. Only a root has one.
    pub manifest: Manifest,
    /// Whether it is a module that is called from what is checked, and no part of it.
    pub foreign: bool,
    /// One place that stands for the module: its first block.
    pub first: Option<Arc<Block>>,
    /// What need not be evaluated for each call.
    pub(super) constants: Constants,
    /// What refers to its data sources.
    pub(super) uses: Uses,
}

/// A variable.
#[derive(Debug)]
pub struct Variable {
    /// Its block.
    pub block: Arc<Block>,
    /// Its type constraint; [`Type::Any`] if there is none.
    pub constraint: Type,
    /// Whether its value must never be printed.
    pub sensitive: bool,
    /// Whether null is a value; if not, null means the default.
    pub nullable: bool,
}

/// A resource or data source.
#[derive(Debug)]
pub struct Resource {
    /// Its block, overrides merged in.
    pub block: Arc<Block>,
    /// Whether it is a data source.
    pub is_data: bool,
}

/// A call of another module.
#[derive(Debug)]
pub struct Call {
    /// Its block.
    pub block: Arc<Block>,
    /// The source as written, if it is a literal.
    pub source: Option<EcoString>,
    /// The directory of the called module, if the source is local.
    pub dir: Option<EcoString>,
}

/// The source of a module call as written, if it is a literal.
pub fn source_of(block: &Block) -> Option<&EcoString> {
    match &block.body.attribute("source")?.expr.kind {
        ExprKind::String(source) => Some(source),
        _ => None,
    }
}

/// Whether the source of a call is a path.
pub fn is_local(source: &str) -> bool {
    source.starts_with("./") || source.starts_with("../") || source == "." || source == ".."
}

/// Whether a path is a Terraform configuration file, in the native syntax or in JSON.
pub fn is_configuration(path: &str) -> bool {
    let name = name_of(path);
    let ours = name.ends_with(".tf") || name.ends_with(".tofu") || is_json(name);
    ours && !name.starts_with('.') && !name.ends_with('~') && !name.starts_with('#')
}

/// Whether a path is Terraform configuration written as JSON.
pub fn is_json(path: &str) -> bool {
    path.ends_with(".tf.json") || path.ends_with(".tofu.json")
}

/// Groups files by directory and merges each directory into a module.
pub fn collect(
    sources: &SourceMap,
    parsed: Vec<(FileId, Body)>,
    mut manifests: BTreeMap<EcoString, Manifest>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Modules {
    let mut by_dir: BTreeMap<EcoString, (bool, Vec<(EcoString, Body)>)> = BTreeMap::new();
    for (id, body) in parsed {
        let path = sources.path(id);
        let (foreign, files) = by_dir.entry(dir_of(path).into()).or_default();
        *foreign |= sources.is_foreign(id);
        files.push((path.into(), body));
    }
    by_dir
        .into_iter()
        .map(|(dir, (foreign, files))| {
            let manifest = manifests.remove(&dir).unwrap_or_default();
            let module = Module { manifest, foreign, ..merge(dir.clone(), files, diagnostics) };
            (dir, Arc::new(module))
        })
        .collect()
}

/// The module of these files, by path.
pub fn merge(dir: EcoString, mut files: Vec<(EcoString, Body)>, diagnostics: &mut Vec<Diagnostic>) -> Module {
    shadow(&mut files);
    // Overrides come last, in the order of their names; everything else by name.
    files.sort_by(|a, b| (merge::is_override(&a.0), &a.0).cmp(&(merge::is_override(&b.0), &b.0)));
    let mut module = Module { dir, ..Module::default() };
    for (path, body) in &files {
        merge::add_file(&mut module, body, merge::is_override(path), diagnostics);
    }
    module
}

/// Where there is a `main.tofu`, the `main.tf` beside it is not read; the same with `.json` behind.
fn shadow(files: &mut Vec<(EcoString, Body)>) {
    let as_tf = |path: &EcoString| {
        let (stem, json) = path.strip_suffix(".json").map_or((path.as_str(), ""), |stem| (stem, ".json"));
        Some(ecow::eco_format!("{}.tf{json}", stem.strip_suffix(".tofu")?))
    };
    let shadowed: Vec<EcoString> = files.iter().filter_map(|(path, _)| as_tf(path)).collect();
    files.retain(|(path, _)| !shadowed.contains(path));
}

impl Variable {
    pub(super) fn new(block: Arc<Block>) -> Self {
        let flag = |name: &str, or: bool| match block.body.attribute(name).map(|a| &a.expr.kind) {
            Some(ExprKind::Bool(b)) => *b,
            _ => or,
        };
        let constraint = block.body.attribute("type").map_or(Type::Any, |a| types::parse(&a.expr));
        // What is ephemeral is not kept in any state: it is never printed either.
        let sensitive = flag("sensitive", false) || flag("ephemeral", false);
        Self { sensitive, nullable: flag("nullable", true), constraint, block }
    }
}

impl Call {
    pub(super) fn new(block: Arc<Block>, dir: &str) -> Self {
        let source = source_of(&block).cloned();
        let dir = source.as_deref().filter(|s| is_local(s)).map(|s| resolve(dir, s));
        Self { block, source, dir }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_leave_files_that_are_not_configuration() {
        assert!(is_configuration("a/main.tf") && is_configuration("main.tofu") && is_configuration("main.tf.json"));
        assert!(!is_configuration("a/.main.tf") && !is_configuration("main.tf~") && !is_configuration("x.tfvars"));
    }
}
