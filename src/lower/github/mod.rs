//! GitHub Actions: workflows and composite actions.
//!
//! | Kind | Address | Content |
//! |---|---|---|
//! | `github.workflow` | its path | the document; `on` is an object `{ event = settings }` however it is written |
//! | `github.job` | `path#job` | the job with `id`, `workflow`, effective `permissions`, `environment_name` |
//! | `github.step` | `path#job["id"]` or `path#job[0]` | the step with `job`, `workflow`, `index`, the parts of `uses` |
//! | `github.action` | its path | the document of a composite, script or container action |
//!
//! Steps of a composite action are `github.step`s too, with `action` instead of `job` and
//! `workflow`. Every job is a [`ci.job`](super::ci) as well, every workflow a `ci.pipeline`.
//!
//! `${{ }}` is not evaluated: it is a hole in a text ([`expression`]), and each of these entities
//! lists the expressions in it under `expressions`.

mod action;
mod common;
mod condition;
pub mod expression;
mod job;
mod step;
#[cfg(test)]
mod tests;
mod triggers;
mod workflow;

use std::{collections::BTreeMap, sync::Arc};

use ecow::EcoString;

use super::{
    ci::Parts,
    path::dir_of,
    yaml::{YamlFile, value_with},
};
use crate::{
    model::{Entity, Environment},
    source::{Diagnostic, DiagnosticKind, SourceMap, Span},
    value::{Identity, List, ListKind, Object, Origin, OriginStep, Origins, Value},
};

/// The workflows and actions among these files, and their jobs and steps.
pub fn lower(files: &[YamlFile], sources: &SourceMap) -> Parts {
    let mut parts = Parts::default();
    let out = &mut parts.lowered;
    let texts = expression::texts(sources);
    let mut workflows = Vec::new();
    let mut actions = Actions::new();
    for file in files {
        let is_workflow = is_workflow(&file.path);
        let (false, Some(document)) = (!is_workflow && !is_action(&file.path), file.documents.first()) else {
            continue;
        };
        if !is_workflow && document.root.get("runs").is_none() {
            continue;
        }
        let value = value_with(&document.root, &texts);
        let Some(object) = value.as_object() else {
            out.diagnostics.push(not_a_mapping(if is_workflow { "workflow" } else { "action" }, document.root.span));
            continue;
        };
        let header = document_header(object, document.root.span);
        let read = Document { path: file.path.as_str().into(), object: with_header(object, &header), header };
        if is_workflow {
            workflows.push(read);
        } else {
            actions.insert(dir_of(&file.path).into(), read);
        }
    }
    for action in actions.values() {
        action::lower(action, out);
    }
    let workflows: Vec<_> = workflows.iter().map(|workflow| workflow::lower(workflow, out)).collect();
    common::lower(&workflows, &actions, &mut parts);
    parts
}

/// A workflow or action.
struct Document {
    path: EcoString,
    object: Object,
    header: Origin,
}

/// The actions of the repository by their directories.
type Actions = BTreeMap<EcoString, Document>;

/// Whether this file is a workflow of its repository: directories below `workflows` are not looked at.
pub fn is_workflow(path: &str) -> bool {
    repository_of(path).is_some()
}

/// The directory of the repository that a workflow belongs to, with a slash; empty for that of the
/// whole tree. None if the file is no workflow.
fn repository_of(path: &str) -> Option<&str> {
    let (root, name) = path.rsplit_once(".github/workflows/")?;
    ((root.is_empty() || root.ends_with('/')) && !name.contains('/') && is_yaml(name)).then_some(root)
}

/// Whether this file has the name of an action.
fn is_action(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("action.yml" | "action.yaml"))
}

fn is_yaml(name: &str) -> bool {
    matches!(name.rsplit_once('.'), Some((_, "yml" | "yaml")))
}

/// The path that `uses: ./...` means, which is relative to the root of its repository; none if it
/// leads out of it.
fn local_path(root: &str, uses: &str) -> Option<EcoString> {
    let mut parts: Vec<&str> = Vec::new();
    for part in uses.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(ecow::eco_format!("{root}{}", parts.join("/")))
}

/// What to underline when a document lacks something: its name, else what starts it.
fn document_header(object: &Object, extent: Span) -> Origin {
    let place = |name: &str| object.get(name).filter(|v| !v.is_null()).and_then(|v| v.origins.first());
    let anchor = place("name").or_else(|| place("on")).or(object.header.as_ref()).map_or(extent, |o| o.anchor);
    Origin::new(anchor, extent, OriginStep::Here)
}

fn with_header(object: &Object, header: &Origin) -> Object {
    Object { header: Some(header.clone()), ..object.clone() }
}

/// What an entity is made from.
struct Made<'a> {
    kind: &'static str,
    address: EcoString,
    name: EcoString,
    path: &'a EcoString,
    environment: Option<Environment>,
    object: Object,
    header: Origin,
}

impl Made<'_> {
    fn body(&self) -> Value {
        let known = |text: &str| Value::string(text);
        // What holds this value may be another entity, to which it must look like one all the same.
        let attributes = vec![
            ("address".into(), known(&self.address)),
            ("name".into(), known(&self.name)),
            ("kind".into(), known(self.kind)),
            ("file".into(), known(self.path)),
        ];
        let identity = Identity { attributes, ..Identity::new(self.path.clone(), self.address.clone()) };
        let object = Object { identity: Some(Arc::new(identity)), ..with_header(&self.object, &self.header) };
        Value::from_object(object).with_origins(Origins::one(self.header.clone()))
    }

    /// The entity; `body` is what [`Made::body`] gave.
    fn entity(self, body: Value) -> Entity {
        Entity {
            kind: self.kind.into(),
            address: self.address,
            name: self.name,
            scope: self.path.clone(),
            scenario: None,
            body,
            extent: self.header.extent,
            parts: Vec::new(),
            header: self.header,
            calls: Vec::new(),
            owner: None,
            environment: self.environment,
            doubt: None,
        }
    }
}

/// A field that is there and not null.
fn field<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|v| !v.is_null())
}

/// `null` that blames the header for not having `name`.
fn unset(header: &Origin, name: &str) -> Value {
    Value::null().with_origins(Origins::one(header.with_step(OriginStep::NotSet(name.into()))))
}

/// A value that may be written as one text or as a list: always a list.
fn as_list(value: Option<&Value>, header: &Origin, name: &str) -> Value {
    match value {
        None => Value::tuple(Vec::new()).with_origins(unset(header, name).origins),
        Some(value) if value.as_list().is_some() || value.is_unknown() => value.clone(),
        Some(value) => Value::tuple(vec![value.clone()]).with_origins(value.origins.clone()),
    }
}

/// The elements of a list that is a list.
fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_list).map_or(&[], |list| &list.items)
}

/// The expressions in a part of a document, as rules see them.
fn expressions(object: &Object, fields: impl Fn(&str) -> bool) -> Value {
    let fields = object.fields.iter().filter(|(name, _)| fields(name)).map(|(n, v)| (n.clone(), v.clone()));
    let found = expression::collect(&Value::object(fields));
    Value::list(List::of(ListKind::Tuple, found.iter().map(expression::Expression::value).collect()))
}

fn not_a_mapping(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(DiagnosticKind::Input, format!("this {what} is not a mapping, so it was not checked"), span)
        .help("see https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax")
}

fn wrong_part(what: &str, value: &Value, header: &Origin) -> Diagnostic {
    let span = value.origins.iter().last().map_or(header.anchor, |o| o.anchor);
    not_a_mapping(what, span).warning()
}
