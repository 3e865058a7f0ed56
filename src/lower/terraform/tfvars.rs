//! Values of root variables: files, the environment and the command line.
//!
//! From low to high: the variable's default, what code gives to a scenario, `TF_VAR_name`,
//! `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars` and `*.auto.tfvars.json` by name, the
//! files of the scenario, then `--var` and `--var-file` as they stand on the command line. All of it is
//! for root modules only: a called module gets the arguments of its call.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use ecow::EcoString;
use foldhash::HashMap;

use super::{
    Given, Options,
    instance::Root,
    module::{Module, Variable},
    scope::Constants,
    types::Type,
};
use crate::{
    eval::{self, EvalError, Locals},
    lower::path::{dir_of, join, name_of},
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap},
    syntax::{
        hcl::{self, Attribute, Expr, ExprKind, Ident, ObjectKey},
        json,
        node::{Node, NodeKind},
    },
    value::{Number, Origin, OriginStep, Origins, Value},
};

/// Of more names than this the first are shown.
const MOST_NAMES: usize = 6;

/// The files of variables of a tree.
#[derive(Debug, Default)]
pub struct VariableFiles {
    /// The files that Terraform reads by itself, by directory, in the order in which later ones
    /// win: `terraform.tfvars`, then `*.auto.tfvars` by name.
    pub automatic: BTreeMap<EcoString, Vec<Arc<VariableFile>>>,
    /// What the command line says, in its order; it wins over the files that are read by themselves.
    pub given: Vec<Source>,
    /// All others.
    pub others: Vec<(EcoString, FileId)>,
}

/// One file of variables.
#[derive(Debug)]
pub struct VariableFile {
    /// Its path.
    pub path: EcoString,
    /// Its lines.
    pub values: Vec<Arc<Attribute>>,
}

/// Values of the command line.
#[derive(Debug)]
pub enum Source {
    /// `--var-file`
    File(Arc<VariableFile>),
    /// `--var`: name and text.
    Text(EcoString, String),
}

impl VariableFile {
    /// The names of its variables.
    pub fn names(&self) -> impl Iterator<Item = &EcoString> {
        self.values.iter().map(|a| &a.name.text)
    }
}

/// Whether a path is a file of variables, in HCL or JSON.
pub fn is_variable_file(path: &str) -> bool {
    path.ends_with(".tfvars") || path.ends_with(".tfvars.json")
}

/// When Terraform reads a file by itself: `terraform.tfvars`, then the same in JSON, then
/// `*.auto.tfvars` and `*.auto.tfvars.json` by name; none for other files.
fn turn(path: &str) -> Option<(u8, &str)> {
    let name = name_of(path);
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

/// Reads the files of variables that Terraform reads by itself, and those of the command line.
pub fn collect(files: &SourceMap, options: &Options, diagnostics: &mut Vec<Diagnostic>) -> VariableFiles {
    let mut out = VariableFiles::default();
    for (id, file) in files.iter().filter(|(_, f)| is_variable_file(&f.path)) {
        if turn(&file.path).is_some() {
            out.automatic.entry(dir_of(&file.path).into()).or_default().push(read(files, id, diagnostics));
        } else {
            out.others.push(((*file.path).into(), id));
        }
    }
    for files in out.automatic.values_mut() {
        files.sort_by(|a, b| turn(&a.path).cmp(&turn(&b.path)));
    }
    for given in &options.given {
        let path = match given {
            Given::Value(name, text) => {
                out.given.push(Source::Text(name.as_str().into(), text.clone()));
                continue;
            }
            Given::File(path) => path,
        };
        let wanted = join("", path).unwrap_or_default();
        match files.iter().find(|(_, f)| *f.path == *wanted) {
            Some((id, _)) if is_variable_file(&wanted) => out.given.push(Source::File(read(files, id, diagnostics))),
            _ => diagnostics.push(
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

/// The values that a root's variables are given, all sources together.
pub(super) fn values(root: &Root<'_>, module: &Module, files: &VariableFiles) -> HashMap<EcoString, Value> {
    let scenario = root.scenario;
    let mut values: HashMap<EcoString, Value> = scenario.values.iter().cloned().collect();
    for (name, text) in &root.options.environment {
        if let Some(variable) = module.variables.get(name.as_str()) {
            values.insert(name.as_str().into(), value_of_text(root, name, text, variable));
        }
    }
    for file in files.automatic.get(&scenario.dir).into_iter().flatten().chain(&scenario.files) {
        root.diagnostics.borrow_mut().extend(undeclared(file, &|name| module.variables.contains_key(name)));
        values_of_file(root, file, &mut values);
    }
    for source in &files.given {
        match source {
            Source::File(file) => values_of_file(root, file, &mut values),
            Source::Text(name, text) => {
                if let Some(variable) = module.variables.get(name) {
                    values.insert(name.clone(), value_of_text(root, name, text, variable));
                }
            }
        }
    }
    values
}

fn values_of_file(root: &Root<'_>, file: &VariableFile, values: &mut HashMap<EcoString, Value>) {
    for attribute in &file.values {
        let value = match eval::evaluate(&attribute.expr, &Constants { root }, &Locals::NONE) {
            Ok(value) => value,
            Err(error) => root.report(&error, attribute.expr.span),
        };
        let step = OriginStep::VariableFile(attribute.name.text.clone());
        let origin = Origin::new(attribute.expr.span, attribute.span, step);
        values.insert(attribute.name.text.clone(), value.with_origins(Origins::one(origin)));
    }
}

/// A value of the command line or the environment. Terraform takes the text as it stands, and reads it as
/// an expression only if the variable is declared with a type that has parts.
fn value_of_text(root: &Root<'_>, name: &str, text: &str, variable: &Variable) -> Value {
    let is_typed = variable.block.body.attribute("type").is_some();
    if !is_typed || matches!(variable.constraint, Type::String | Type::Number | Type::Bool) {
        return Value::string(text);
    }
    let parsed = hcl::parse_expression(FileId::NONE, text, 0).map_err(|d| EvalError::new(d.message));
    match parsed.and_then(|e| eval::evaluate(&e, &Constants { root }, &Locals::NONE)) {
        Ok(value) => value,
        Err(error) => {
            let message = format!("the value that is given for variable \"{name}\" is no value: {}", error.message);
            root.report(&EvalError::new(message), variable.block.header)
        }
    }
}

/// A warning about the values in a file for variables that are not declared.
fn undeclared(file: &VariableFile, is_declared: &dyn Fn(&str) -> bool) -> Option<Diagnostic> {
    let mut lost = file.values.iter().map(|a| &a.name).filter(|n| !is_declared(&n.text));
    let first = lost.next()?;
    let message = format!("variable \"{}\" is given a value but is not declared", first.text);
    let mut out = Diagnostic::error(DiagnosticKind::Configuration, message, first.span)
        .warning()
        .label("nothing reads this")
        .help("Declare the variable in the root module, or take the line away; the name may be misspelt.");
    let others: Vec<&Ident> = lost.collect();
    for name in others.iter().take(MOST_NAMES) {
        out = out.note(name.span, "nor this");
    }
    Some(out)
}

/// Warnings about what the command line gives to variables that no root declares.
pub(super) fn undeclared_given<'a>(
    files: &VariableFiles,
    roots: impl Iterator<Item = &'a Module>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if files.given.is_empty() {
        return;
    }
    let declared: HashSet<&EcoString> = roots.flat_map(|m| m.variables.keys()).collect();
    for source in &files.given {
        match source {
            Source::File(file) => {
                diagnostics.extend(undeclared(file, &|name| declared.contains(&EcoString::from(name))));
            }
            Source::Text(name, _) if !declared.contains(name) => {
                let message = format!("`--var {name}` names a variable that no root module declares");
                let warning = Diagnostic {
                    notes: Vec::new(),
                    ..Diagnostic::about_file(DiagnosticKind::Configuration, message, "")
                };
                diagnostics.push(Diagnostic { path: None, ..warning.warning() });
            }
            Source::Text(..) => {}
        }
    }
}
