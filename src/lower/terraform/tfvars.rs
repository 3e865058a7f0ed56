//! Values of root variables: files and the command line.

use std::{collections::BTreeMap, sync::Arc};

use ecow::EcoString;

use super::{Options, module::dir_of};
use crate::{
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap},
    syntax::hcl::{self, Attribute},
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

/// Whether a path is a file of variables in HCL.
pub fn is_variable_file(path: &str) -> bool {
    path.ends_with(".tfvars")
}

fn is_automatic(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "terraform.tfvars" || name.ends_with(".auto.tfvars")
}

/// Reads all files of variables that are used.
pub fn collect(files: &SourceMap, options: &Options, diagnostics: &mut Vec<Diagnostic>) -> VariableFiles {
    let mut out = VariableFiles::default();
    let mut parse = |id: FileId, path: &str, text: &str| {
        let parsed = hcl::parse(id, text);
        diagnostics.extend(parsed.diagnostics);
        Arc::new(VariableFile { path: path.into(), values: parsed.body.attributes().cloned().collect() })
    };
    let mut by_path = BTreeMap::new();
    for (id, file) in files.iter().filter(|(_, f)| is_variable_file(&f.path)) {
        if is_automatic(&file.path) {
            let parsed = parse(id, &file.path, &file.text);
            out.automatic.entry(dir_of(&file.path).into()).or_default().push(parsed);
        } else if options.variable_files.iter().any(|p| **p == *file.path) {
            by_path.insert(file.path.to_string(), parse(id, &file.path, &file.text));
        }
    }
    for files in out.automatic.values_mut() {
        files.sort_by(|a, b| {
            let key = |f: &VariableFile| (!f.path.ends_with("terraform.tfvars"), f.path.clone());
            key(a).cmp(&key(b))
        });
    }
    for path in &options.variable_files {
        match by_path.get(path) {
            Some(file) => out.given.push(file.clone()),
            None => diagnostics.push(
                Diagnostic::about_file(DiagnosticKind::Configuration, "this file of variables is not in the tree", path)
                    .help("`--var-file` takes a path to a .tfvars file, relative to the directory that is checked."),
            ),
        }
    }
    out
}
