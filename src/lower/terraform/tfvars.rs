//! Values of root variables: files and the command line.

use std::{collections::BTreeMap, sync::Arc};

use ecow::EcoString;

use super::{Options, module::dir_of};
use crate::{
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap},
    syntax::{
        hcl::{self, Attribute, Expr, ExprKind, Ident, ObjectKey},
        json,
        node::{Node, NodeKind},
    },
    value::Number,
};

/// The files of variables of a tree.
#[derive(Debug, Default)]
pub struct VariableFiles {
    /// The files that Terraform reads by itself, by directory, in the order in which later ones
    /// win: `terraform.tfvars`, then `*.auto.tfvars` by name.
    pub automatic: BTreeMap<EcoString, Vec<Arc<VariableFile>>>,
    /// Those named on the command line, in order; they win over the automatic ones.
    pub given: Vec<Arc<VariableFile>>,
}

/// One file of variables.
#[derive(Debug)]
pub struct VariableFile {
    /// Its path.
    pub path: EcoString,
    /// Its lines.
    pub values: Vec<Arc<Attribute>>,
}

/// Whether a path is a file of variables, in HCL or JSON.
pub fn is_variable_file(path: &str) -> bool {
    path.ends_with(".tfvars") || path.ends_with(".tfvars.json")
}

/// When Terraform reads a file by itself: `terraform.tfvars`, then the same in JSON, then
/// `*.auto.tfvars` and `*.auto.tfvars.json` by name; none for other files.
fn turn(path: &str) -> Option<(u8, &str)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        "terraform.tfvars" => Some((0, name)),
        "terraform.tfvars.json" => Some((1, name)),
        _ if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => Some((2, name)),
        _ => None,
    }
}

/// The values of a file written as JSON. Its strings are plain text: nothing in them is evaluated.
fn json_values(root: &Node) -> Vec<Arc<Attribute>> {
    root.entries()
        .iter()
        .map(|entry| {
            let expr = json_expr(&entry.value);
            let name = Ident { text: entry.key.clone(), span: entry.key_span };
            Arc::new(Attribute { name, span: entry.key_span.to(expr.span), expr })
        })
        .collect()
}

fn json_expr(node: &Node) -> Expr {
    let kind = match &node.kind {
        NodeKind::Null => ExprKind::Null,
        NodeKind::Bool { value, .. } => ExprKind::Bool(*value),
        NodeKind::Number { text } => Number::parse(text).map_or(ExprKind::Null, ExprKind::Number),
        NodeKind::String(scalar) => ExprKind::String(scalar.text.clone()),
        NodeKind::Sequence(items) => ExprKind::Array(items.iter().map(json_expr).collect()),
        NodeKind::Mapping(entries) => ExprKind::Object(
            entries
                .iter()
                .map(|e| {
                    let name = Ident { text: e.key.clone(), span: e.key_span };
                    (ObjectKey::Name(name), json_expr(&e.value))
                })
                .collect(),
        ),
    };
    Expr { kind, span: node.span }
}

/// Parses one file of variables.
pub fn read(files: &SourceMap, id: FileId, diagnostics: &mut Vec<Diagnostic>) -> Arc<VariableFile> {
    let (path, text) = (files.path(id), &files.file(id).text);
    if path.ends_with(".json") {
        let parsed = json::parse(id, text);
        diagnostics.extend(parsed.diagnostics);
        let values = parsed.documents.first().map(|d| json_values(&d.root)).unwrap_or_default();
        return Arc::new(VariableFile { path: path.into(), values });
    }
    let parsed = hcl::parse(id, text);
    diagnostics.extend(parsed.diagnostics);
    Arc::new(VariableFile { path: path.into(), values: parsed.body.attributes().cloned().collect() })
}

/// Reads all files of variables that are used.
pub fn collect(files: &SourceMap, options: &Options, diagnostics: &mut Vec<Diagnostic>) -> VariableFiles {
    let mut out = VariableFiles::default();
    let mut by_path = BTreeMap::new();
    for (id, file) in files.iter().filter(|(_, f)| is_variable_file(&f.path)) {
        if turn(&file.path).is_some() {
            out.automatic.entry(dir_of(&file.path).into()).or_default().push(read(files, id, diagnostics));
        } else if options.variable_files.iter().any(|p| **p == *file.path) {
            by_path.insert(file.path.to_string(), read(files, id, diagnostics));
        }
    }
    for files in out.automatic.values_mut() {
        files.sort_by(|a, b| turn(&a.path).cmp(&turn(&b.path)));
    }
    for path in &options.variable_files {
        match by_path.get(path) {
            Some(file) => out.given.push(file.clone()),
            None => diagnostics.push(
                Diagnostic::about_file(
                    DiagnosticKind::Configuration,
                    "this file of variables is not in the tree",
                    path,
                )
                .help("`--var-file` takes a path to a .tfvars file, relative to the directory that is checked."),
            ),
        }
    }
    out
}
