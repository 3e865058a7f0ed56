//! A module: all configuration files of one directory, merged.

use std::{collections::BTreeMap, sync::Arc};

use ecow::EcoString;
use indexmap::IndexMap;

use super::{
    Modules,
    types::{self, Type},
};
use crate::{
    source::{Diagnostic, DiagnosticKind, FileId, Span},
    syntax::hcl::{Attribute, Block, Body, ExprKind, Item},
};

/// All declarations of a directory.
#[derive(Debug, Default)]
pub struct Module {
    /// The directory, `""` for the root of the tree.
    pub dir: EcoString,
    /// Variables by name.
    pub variables: IndexMap<EcoString, Variable>,
    /// Locals by name.
    pub locals: IndexMap<EcoString, Arc<Attribute>>,
    /// Outputs by name.
    pub outputs: IndexMap<EcoString, Arc<Block>>,
    /// Resources by `type.name`.
    pub resources: IndexMap<EcoString, Resource>,
    /// Data sources by `type.name`.
    pub data: IndexMap<EcoString, Resource>,
    /// Module calls by name.
    pub calls: IndexMap<EcoString, Call>,
    /// Provider blocks.
    pub providers: Vec<Arc<Block>>,
    /// `backend` and `cloud` blocks inside `terraform` blocks.
    pub backends: Vec<Arc<Block>>,
    /// One place that stands for the module: its first block.
    pub first: Option<Arc<Block>>,
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

/// Whether a path is a Terraform configuration file, in the native syntax or in JSON.
pub fn is_configuration(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ours = name.ends_with(".tf") || name.ends_with(".tofu") || is_json(name);
    ours && !name.starts_with('.') && !name.ends_with('~') && !name.starts_with('#')
}

/// Whether a path is Terraform configuration written as JSON.
pub fn is_json(path: &str) -> bool {
    path.ends_with(".tf.json") || path.ends_with(".tofu.json")
}

/// The directory of a path.
pub fn dir_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// Joins a relative path to a directory; none if it leads out of the tree.
pub fn join(dir: &str, relative: &str) -> Option<EcoString> {
    let mut parts: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/").into())
}

/// Groups files by directory and merges each directory into a module.
pub fn collect(
    parsed: Vec<(FileId, Body)>,
    paths: &dyn Fn(FileId) -> EcoString,
    diagnostics: &mut Vec<Diagnostic>,
) -> Modules {
    let mut by_dir: BTreeMap<EcoString, Vec<(EcoString, Body)>> = BTreeMap::new();
    for (id, body) in parsed {
        let path = paths(id);
        by_dir.entry(dir_of(&path).into()).or_default().push((path, body));
    }
    by_dir
        .into_iter()
        .map(|(dir, mut files)| {
            // Overrides come last, in the order of their names; everything else by name.
            files.sort_by(|a, b| (is_override(&a.0), &a.0).cmp(&(is_override(&b.0), &b.0)));
            let mut module = Module { dir: dir.clone(), ..Module::default() };
            for (path, body) in &files {
                for item in &body.items {
                    match item {
                        Item::Block(block) => module.add(block, is_override(path), diagnostics),
                        Item::Attribute(attribute) => diagnostics.push(
                            Diagnostic::error(
                                DiagnosticKind::Input,
                                format!("`{}` cannot stand outside a block", attribute.name.text),
                                attribute.name.span,
                            )
                            .warning(),
                        ),
                    }
                }
            }
            (dir, Arc::new(module))
        })
        .collect()
}

fn is_override(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let stem = name.strip_suffix(".tf").or_else(|| name.strip_suffix(".tofu")).unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

impl Module {
    fn add(&mut self, block: &Arc<Block>, is_override: bool, diagnostics: &mut Vec<Diagnostic>) {
        self.first.get_or_insert_with(|| block.clone());
        let labels: Vec<&EcoString> = block.labels.iter().map(|l| &l.text).collect();
        match (block.kind.text.as_str(), &labels[..]) {
            ("variable", [name]) => {
                let merged = self.merged(is_override, self.variables.get(*name).map(|v| &v.block), block);
                self.variables.insert((*name).clone(), Variable::new(merged));
            }
            ("locals", []) => {
                for attribute in block.body.attributes() {
                    self.locals.insert(attribute.name.text.clone(), attribute.clone());
                }
            }
            ("output", [name]) => {
                let merged = self.merged(is_override, self.outputs.get(*name), block);
                self.outputs.insert((*name).clone(), merged);
            }
            (word @ ("resource" | "data"), [kind, name]) => {
                let key = ecow::eco_format!("{kind}.{name}");
                let is_data = word == "data";
                let old = if is_data { self.data.get(&key) } else { self.resources.get(&key) };
                if let Some(old) = old.filter(|_| !is_override) {
                    diagnostics.push(duplicate(word, &key, old.block.header, block.header));
                    return;
                }
                let merged = self.merged(is_override, old.map(|r| &r.block), block);
                let resource = Resource { block: merged, is_data };
                if is_data {
                    self.data.insert(key, resource)
                } else {
                    self.resources.insert(key, resource)
                };
            }
            ("module", [name]) => {
                let merged = self.merged(is_override, self.calls.get(*name).map(|c| &c.block), block);
                let call = Call::new(merged, &self.dir);
                self.calls.insert((*name).clone(), call);
            }
            ("provider", [_]) => self.providers.push(block.clone()),
            ("terraform", []) => {
                self.backends.extend(block.body.blocks_of("backend").cloned());
                self.backends.extend(block.body.blocks_of("cloud").cloned());
            }
            // Accepted and of no consequence to what is deployed.
            _ => {}
        }
    }

    /// A block with its override: attributes replace, and nested blocks of a kind replace all of
    /// that kind.
    fn merged(&self, is_override: bool, old: Option<&Arc<Block>>, new: &Arc<Block>) -> Arc<Block> {
        let Some(old) = old.filter(|_| is_override) else { return new.clone() };
        let mut merged = (**old).clone();
        merged.body.items.retain(|item| match item {
            Item::Attribute(attribute) => new.body.attribute(&attribute.name.text).is_none(),
            Item::Block(block) => new.body.blocks_of(&block.kind.text).next().is_none(),
        });
        merged.body.items.extend(new.body.items.iter().cloned());
        Arc::new(merged)
    }
}

fn duplicate(word: &str, key: &str, first: Span, second: Span) -> Diagnostic {
    Diagnostic::error(DiagnosticKind::Evaluation, format!("{word} {key} is declared twice"), second)
        .warning()
        .label("this one is not looked at")
        .note(first, "declared here first")
}

impl Variable {
    fn new(block: Arc<Block>) -> Self {
        let flag = |name: &str, or: bool| match block.body.attribute(name).map(|a| &a.expr.kind) {
            Some(ExprKind::Bool(b)) => *b,
            _ => or,
        };
        let constraint = block.body.attribute("type").map_or(Type::Any, |a| types::parse(&a.expr));
        Self { sensitive: flag("sensitive", false), nullable: flag("nullable", true), constraint, block }
    }
}

impl Call {
    fn new(block: Arc<Block>, dir: &str) -> Self {
        let source = match block.body.attribute("source").map(|a| &a.expr.kind) {
            Some(ExprKind::String(source)) => Some(source.clone()),
            _ => None,
        };
        let local =
            source.as_deref().filter(|s| s.starts_with("./") || s.starts_with("../") || *s == "." || *s == "..");
        let dir = local.and_then(|s| join(dir, s));
        Self { block, source, dir }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_joined_to_the_directory_of_its_caller() {
        assert_eq!(join("envs/prod", "../../modules/net").as_deref(), Some("modules/net"));
        assert_eq!(join("", "./modules/net/").as_deref(), Some("modules/net"));
        assert_eq!(join("a", "../../b"), None);
    }

    #[test]
    fn editors_leave_files_that_are_not_configuration() {
        assert!(is_configuration("a/main.tf") && is_configuration("main.tofu") && is_configuration("main.tf.json"));
        assert!(!is_configuration("a/.main.tf") && !is_configuration("main.tf~") && !is_configuration("x.tfvars"));
    }
}
