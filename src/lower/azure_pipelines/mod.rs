//! Azure Pipelines: YAML pipelines and the templates they are made of.
//!
//! | Kind | Address | Content |
//! |---|---|---|
//! | `azure_pipelines.pipeline` | its path | the document with templates put in, `triggers`, `unresolved` |
//! | `azure_pipelines.stage` | `path#stage` | the stage with `id`, `pipeline`, `needs` |
//! | `azure_pipelines.job` | `path#stage.job` or `path#job` | the job with `id`, `pipeline`, `stage`, `environment_name` |
//! | `azure_pipelines.step` | `path#stage.job[0]` | the step with `job`, `pipeline`, `index`, the parts of `task` |
//! | `azure_pipelines.repository` | `path#repository.alias` | an entry of `resources.repositories` |
//!
//! A pipeline is put together as the host does it: [`template`] finds the files, [`expand`] evaluates
//! `${{ }}`, and [`pipeline`] makes entities of the [`tree`] that comes out. A template that nothing in the
//! repository uses is a pipeline whose start is not known.

mod condition;
mod expand;
mod expression;
mod job;
mod made;
mod pipeline;
mod reduce;
mod steps;
mod template;
#[cfg(test)]
mod tests;
mod tree;
mod triggers;

use std::{collections::BTreeSet, sync::Arc};

use ecow::{EcoString, EcoVec};

use super::{ci, github::expression as markup, path::name_of, yaml::YamlFile};
use crate::{
    source::{Diagnostic, DiagnosticKind, SourceMap},
    syntax::node::{Node, NodeKind},
};
use expand::{Expander, Names, Scope};
use template::Files;
use tree::Tree;

/// Keys of a document that only a pipeline has, not a template.
const OF_PIPELINES: [&str; 6] = ["trigger", "pr", "schedules", "resources", "name", "lockBehavior"];

/// A pipeline that was put together.
struct Read {
    path: EcoString,
    tree: Tree,
    unresolved: Vec<crate::value::Value>,
    /// The files that it is made of, besides its own.
    used: BTreeSet<EcoString>,
    diagnostics: Vec<Diagnostic>,
    /// Whether it is a template that nothing here uses.
    is_template: bool,
    /// Whether only a pipeline is written so.
    is_certain: bool,
}

/// The pipelines among these files.
pub fn lower(files: &[YamlFile], sources: &SourceMap) -> ci::Parts {
    let mut out = ci::Parts::default();
    let all = Files::new(files);
    let texts = markup::texts(sources);
    let mut read: Vec<Read> = Vec::new();
    for file in files {
        let Some(root) = file.documents.first().map(|d| &d.root) else { continue };
        if !matches!(root.kind, NodeKind::Mapping(_)) {
            if is_named_so(&file.path) && !matches!(root.kind, NodeKind::Null) {
                let message = "this pipeline is not a mapping, so it was not checked";
                let error = Diagnostic::error(DiagnosticKind::Input, message, root.span);
                out.lowered
                    .diagnostics
                    .push(error.help("see https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/"));
            }
            continue;
        }
        if has_jobs(root) {
            read.push(put_together(file, root, &all, &texts));
        }
    }
    let used: BTreeSet<EcoString> =
        read.iter().flat_map(|r| r.used.iter().filter(|u| **u != r.path)).cloned().collect();
    read.retain(|r| r.is_certain || !used.contains(&r.path));
    for pipeline in &read {
        for diagnostic in &pipeline.diagnostics {
            // A template is wrong once, however many pipelines use it.
            if !out.lowered.diagnostics.contains(diagnostic) {
                out.lowered.diagnostics.push(diagnostic.clone());
            }
        }
        pipeline::lower(pipeline, sources, &mut out);
    }
    out
}

/// Whether a document has anything to run, also under a condition.
fn has_jobs(root: &Node) -> bool {
    let holds = |key: &str| matches!(key, "stages" | "jobs" | "steps" | "extends");
    root.entries().iter().any(|e| {
        holds(&e.key) || (e.key.trim_start().starts_with("${{") && e.value.entries().iter().any(|e| holds(&e.key)))
    })
}

fn put_together(file: &YamlFile, root: &Node, files: &Files<'_>, texts: super::yaml::Texts<'_>) -> Read {
    let repositories = root.get("resources").and_then(|r| r.get("repositories")).map_or(&[][..], Node::items);
    let aliases = repositories.iter().filter_map(|r| r.get("repository")?.as_text().cloned()).collect();
    let mut expander = Expander::new(files, texts, aliases);
    let path: EcoString = file.path.as_str().into();
    let mut scope = Scope {
        path: path.clone(),
        parameters: Arc::new(Names::default()),
        variables: Arc::new(Names::default()),
        locals: Names::default(),
        via: Arc::from([]),
        open: EcoVec::from([path.clone()]),
    };
    scope.parameters = Arc::new(expander.choices(root, &scope));
    let tree = expander.node(root, None, &scope);
    let tree = expander.extended(tree, root, &scope);
    let is_certain = is_named_so(&path) && root.get("parameters").is_none()
        || OF_PIPELINES.iter().any(|key| root.get(key).is_some());
    Read {
        path,
        tree,
        unresolved: expander.unresolved,
        used: expander.used,
        diagnostics: expander.diagnostics,
        is_template: !is_certain && !is_named_so(&file.path) && looks_like_template(&file.path, root),
        is_certain,
    }
}

/// Whether a file is called like a pipeline: `azure-pipelines.yml`, `azure-pipelines-deploy.yml`.
pub fn is_named_so(path: &str) -> bool {
    let name = name_of(path).to_ascii_lowercase();
    name.starts_with("azure-pipeline") && is_yaml(&name)
}

/// Whether a file is called like a pipeline, or is kept where pipelines and their templates are.
pub fn is_placed_so(path: &str) -> bool {
    is_named_so(path) || (is_yaml(path) && in_folder(path))
}

fn in_folder(path: &str) -> bool {
    let mut folders = path.split('/').rev().skip(1);
    folders.any(|part| matches!(part, ".azure-pipelines" | ".azuredevops" | "azure-pipelines" | ".pipelines"))
}

fn is_yaml(name: &str) -> bool {
    matches!(name.rsplit_once('.'), Some((_, "yml" | "yaml")))
}

/// Whether a document that nothing says to be a pipeline is made to be used by one.
fn looks_like_template(path: &str, root: &Node) -> bool {
    let in_folder = path.split('/').any(|part| part.to_ascii_lowercase().contains("template"));
    in_folder || root.get("parameters").is_some()
}

/// Whether a YAML file is a pipeline or a template, by its place or by what stands at its left edge.
pub fn is_one(path: &str, text: &str) -> bool {
    if !is_yaml(path) {
        return false;
    }
    if is_named_so(path) {
        return true;
    }
    let is_known = |key: &str| {
        key.starts_with("${{")
            || OF_PIPELINES.contains(&key)
            || matches!(
                key,
                "stages"
                    | "jobs"
                    | "steps"
                    | "extends"
                    | "variables"
                    | "parameters"
                    | "pool"
                    | "container"
                    | "services"
                    | "strategy"
                    | "workspace"
                    | "appendCommitMessageToRunName"
                    | "displayName"
                    | "condition"
                    | "dependsOn"
                    | "continueOnError"
                    | "timeoutInMinutes"
            )
    };
    let mut keys = Vec::new();
    for key in keys_of(text) {
        // Most files are none, and have another key in their first line.
        if !is_known(key) {
            return false;
        }
        keys.push(key);
    }
    let has = |key: &str| keys.contains(&key);
    // A template of variables has nothing else.
    if has("variables") && keys.iter().all(|key| matches!(*key, "variables" | "parameters")) {
        return true;
    }
    let runs =
        ["stages", "jobs", "steps", "extends"].iter().any(|key| has(key)) || keys.iter().any(|k| k.starts_with("${{"));
    runs && (in_folder(path) || has("trigger") || has("pr") || text.lines().any(tells))
}

/// Whether a line is one that other systems do not have.
fn tells(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("- ").map_or(line, str::trim_start);
    if let Some(task) = line.strip_prefix("task:") {
        return task.contains('@');
    }
    ["deployment:", "stage:", "job:", "template:", "script:", "bash:", "pwsh:", "powershell:", "checkout:"]
        .iter()
        .any(|key| line.starts_with(key))
}

/// The keys at the left edge of a text.
fn keys_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let first = line.as_bytes().first()?;
        if !first.is_ascii_alphabetic() && !matches!(first, b'$' | b'_') {
            return None;
        }
        if line.starts_with("${{") {
            return Some(line);
        }
        line.split_once(':').map(|(key, _)| key.trim_end())
    })
}
