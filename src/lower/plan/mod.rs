//! The JSON of a Terraform plan (`terraform show -json`) to resources: a second door to the entities
//! that `lower::terraform` makes from source.
//!
//! A plan knows what source cannot tell: what variables, data sources and modules from elsewhere gave,
//! and how many instances there are. It does not know where anything was written. With the source at
//! hand the two are joined by address ([`join`]); without it, findings point into the plan.
//!
//! The file may have a hundred megabytes on one line: it is walked, never held as a tree.

mod address;
mod body;
mod configuration;
mod join;
mod mask;
mod read;
mod setup;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use ecow::EcoString;
use memchr::memmem;
use rayon::prelude::*;

use self::{
    body::Maker,
    read::{Contents, Found},
};
use super::{Options, environment, kubernetes, terraform};
use crate::{
    model::{Entity, Lowered, Project},
    source::{Diagnostic, DiagnosticKind, SourceFile, SourceMap, Tree, read::read_all},
    syntax::json::pull::Pull,
    value::{Object, ObjectKind, Origin, OriginStep, Origins, Value, Why, WhyKind},
};

/// What a JSON file of Terraform is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `terraform show -json` of a plan.
    Plan,
    /// A state: the file itself, or what `terraform show -json` makes of it.
    State,
}

/// Tells the JSON that Terraform writes from other files; none if it is something else.
pub fn recognise(text: &str) -> Option<Kind> {
    let bytes = text.as_bytes();
    let says = |word: &str| memmem::find(bytes, word.as_bytes()).is_some();
    if !text.trim_start().starts_with('{') || !(says("\"format_version\"") || says("\"lineage\"")) {
        return None;
    }
    let mut keys = HashSet::new();
    let mut ignored = Vec::new();
    let read = Pull::new(crate::source::FileId::NONE, text, 0, &mut ignored).fields(&mut |p, key, _| {
        keys.insert(EcoString::from(key));
        p.skip().map(|_| ())
    });
    // What was cut off is still a plan, and whoever reads it says what is wrong.
    if read.is_err() && says("\"format_version\"") {
        return (says("\"planned_values\"") || says("\"resource_changes\"")).then_some(Kind::Plan);
    }
    let has = |key: &str| keys.contains(key);
    if has("format_version") && (has("planned_values") || has("resource_changes")) {
        return Some(Kind::Plan);
    }
    let is_state = (has("lineage") && has("serial")) || (has("format_version") && has("terraform_version"));
    is_state.then_some(Kind::State)
}

/// A plan to be checked.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The path by which reports name it.
    pub path: Arc<str>,
    /// Its text, without a byte-order mark.
    pub text: Arc<str>,
    /// The directory of the root module in the tree, if its source is at hand: `""` is the tree's own.
    pub source: Option<EcoString>,
    /// Whether that directory was named, so that it matters if the source is another's.
    pub source_is_named: bool,
}

/// Kinds of entities that tell how something is written, not what is planned.
const ABOUT_CODE: [&str; 6] = [
    "terraform.backend",
    "terraform.module",
    "terraform.output",
    "terraform.provider",
    "terraform.root",
    "terraform.variable",
];

/// What is in a plan, with the places of the source where there is one.
pub fn project(tree: &dyn Tree, plan: &Plan, options: &Options) -> Project {
    let mut out = Lowered::default();
    let (mut files, unread) = match &plan.source {
        Some(_) => {
            let listing = tree.list().files;
            let wanted: Vec<Arc<str>> = listing.iter().filter(|p| terraform::is_read(p)).cloned().collect();
            read_all(tree, &wanted)
        }
        None => (SourceMap::default(), Vec::new()),
    };
    let id = files.add(SourceFile::new(plan.path.clone(), plan.text.clone(), false).discreet());
    let contents = match read::read(id, &plan.text, &mut out.diagnostics) {
        Ok(contents) => contents,
        Err(broken) => {
            let diagnostic = broken.diagnostic(id, &plan.text);
            let help = "Write it again: terraform show -json tfplan > plan.json";
            out.diagnostics.push(if diagnostic.help.is_none() { diagnostic.help(help) } else { diagnostic });
            return Project::new(files, out);
        }
    };
    out.diagnostics.extend(contents.remarks(&plan.path));
    if contents.is_foreign() {
        return Project::new(files, out);
    }
    let scope: EcoString = match &plan.source {
        Some(dir) if dir.is_empty() => ".".into(),
        Some(dir) => dir.clone(),
        None => EcoString::from(&*plan.path),
    };
    let entities = lower(&contents, &plan.text, &scope, options, &mut out.diagnostics);
    let Some(dir) = &plan.source else {
        out.entities = kubernetes::of_terraform(&entities);
        out.entities.extend(entities);
        out.entities.extend(contents.setup(&plan.text, id, &scope, &mut out.diagnostics));
        return Project::new(files, out);
    };
    let with_values =
        terraform::Options { planned: contents.variables.clone(), every_instance: true, ..options.terraform.clone() };
    let configuration = terraform::read(&mut files, tree);
    let source = terraform::lower_root(&files, unread, tree, configuration.clone(), &with_values, dir);
    // What was given to a variable from outside is not written in a provider's block.
    let about_code = |kind: &EcoString| options.terraform.wanted.as_ref().is_none_or(|w| w.contains(kind));
    let about_code: HashSet<EcoString> = ABOUT_CODE.map(EcoString::from).into_iter().filter(about_code).collect();
    let as_written = terraform::Options { wanted: Some(about_code), ..options.terraform.clone() };
    let setup = terraform::lower_root(&files, Vec::new(), tree, configuration, &as_written, dir).entities;
    let setup = setup.into_iter().filter(|e| e.kind.starts_with("terraform.")).collect();
    let joined = join::join(entities, source, setup, &mut out);
    let objects = kubernetes::of_terraform(&out.entities);
    out.entities.extend(objects);
    if plan.source_is_named && joined.joined == 0 && joined.all > 0 {
        out.diagnostics.push(nothing_joined(plan, &files));
    }
    environment::assign(&mut out, &options.environments);
    Project::new(files, out)
}

fn nothing_joined(plan: &Plan, files: &SourceMap) -> Diagnostic {
    let dir = plan.source.as_deref().filter(|d| !d.is_empty()).unwrap_or(".");
    let message = if files.len() > 1 {
        format!("none of the plan's resources is in the source in {dir}")
    } else {
        format!("there is no Terraform source in {dir}")
    };
    Diagnostic::about_file(DiagnosticKind::Input, message, plan.path.to_string())
        .warning()
        .help("Give the directory that was planned: --source DIR")
}

/// The entities of a plan, in its order.
fn lower(
    contents: &Contents,
    text: &str,
    scope: &EcoString,
    options: &Options,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Entity> {
    let environment = environment::classify_path(scope);
    let wanted = |kind: &EcoString| options.terraform.wants(kind);
    let made: Vec<(Option<Entity>, Vec<Diagnostic>)> = contents
        .found
        .par_iter()
        .map(|found| {
            let mut diagnostics = Vec::new();
            let kind = found.entity_kind();
            let body = match found.planned(text, wanted(&kind), &mut diagnostics) {
                Ok(Some(planned)) => planned,
                Ok(None) => return (None, diagnostics),
                Err(broken) => {
                    diagnostics.push(broken.diagnostic(found.extent.file, text));
                    return (None, diagnostics);
                }
            };
            let header = Origin::new(found.name_span, found.extent, OriginStep::Here);
            let body = if wanted(&kind) { make(contents, found, &body, scope, &header) } else { bare(&header) };
            let entity = Entity {
                kind,
                address: found.address.clone(),
                name: found.name.clone(),
                scope: scope.clone(),
                body,
                extent: found.extent,
                parts: Vec::new(),
                header,
                calls: Vec::new(),
                owner: None,
                environment: environment.clone(),
                scenario: None,
                doubt: None,
            };
            (Some(entity), diagnostics)
        })
        .collect();
    let mut entities: Vec<Entity> = Vec::with_capacity(made.len());
    for (entity, found) in made {
        entities.extend(entity);
        diagnostics.extend(found);
    }
    entities
}

fn make(contents: &Contents, found: &Found, planned: &body::Planned, scope: &EcoString, header: &Origin) -> Value {
    let written = contents.configuration.as_ref().and_then(|c| c.written(&found.module, &found.block()));
    // Only the changes say what is not known yet.
    let open = (found.is_values && !found.is_data && !contents.has_changes)
        .then(|| Why::new(WhyKind::AfterApply, found.address.clone()));
    let maker = Maker {
        scope,
        address: &found.address,
        module: &found.module,
        is_data: found.is_data,
        configuration: contents.configuration.as_ref().map(|c| (c, &contents.known)),
        open,
    };
    maker.body(planned, written, header)
}

/// The body of an entity that no rule asks about.
fn bare(header: &Origin) -> Value {
    let object = Object { kind: ObjectKind::Block, header: Some(header.clone()), ..Object::default() };
    Value::from_object(object).with_origins(Origins::one(header.clone()))
}

/// Entities by the address of their block.
fn by_block(entities: Vec<Entity>) -> HashMap<EcoString, Vec<Entity>> {
    let mut blocks: HashMap<EcoString, Vec<Entity>> = HashMap::new();
    for entity in entities {
        blocks.entry(address::without_keys(&entity.address)).or_default().push(entity);
    }
    blocks
}

#[cfg(test)]
mod tests;
