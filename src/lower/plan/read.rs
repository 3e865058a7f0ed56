//! The plan's own shape: where its resources stand, and what it says of itself.

use std::collections::{HashMap, HashSet};

use ecow::EcoString;

use super::{
    address,
    body::Planned,
    configuration::{Known, Module},
    mask::Mask,
    setup::Setup,
};
use crate::{
    eval::functions::encoding::json_decode,
    model::Entity,
    source::{Diagnostic, DiagnosticKind, FileId, Span},
    syntax::{
        json::pull::{Broken, Pull},
        node::NodeKind,
    },
    value::Value,
};

/// What was found in a plan.
#[derive(Default)]
pub(super) struct Contents {
    /// Resources and data sources that exist after the plan was applied, or may.
    pub(super) found: Vec<Found>,
    /// What was written.
    pub(super) configuration: Option<Module>,
    /// Where that begins.
    configuration_at: Option<usize>,
    /// The values of the root's variables.
    pub(super) variables: HashMap<EcoString, Value>,
    pub(super) known: Known,
    /// Whether the plan says what changes.
    pub(super) has_changes: bool,
    format_version: EcoString,
    errored: bool,
    incomplete: bool,
    /// What of it has not the shape that it has in a plan.
    misshapen: Vec<&'static str>,
    /// How the modules of `planned_values` were found.
    modules: Shape,
}

/// A resource instance in the plan.
pub(super) struct Found {
    pub(super) address: EcoString,
    /// The address of its module, with keys; empty for the root.
    pub(super) module: EcoString,
    pub(super) is_data: bool,
    kind: EcoString,
    pub(super) name: EcoString,
    /// Where its address stands.
    pub(super) name_span: Span,
    /// All of it.
    pub(super) extent: Span,
    /// Whether it stands among values, not among changes.
    pub(super) is_values: bool,
    /// The bytes where the change, or the values, begin; and which of them are sensitive.
    content: Option<usize>,
    sensitive: Option<usize>,
    /// Whether it will be there: it is not deleted, nor an object that an earlier replacement left behind.
    exists: bool,
}

/// Modules nested deeper than this are not looked at.
const DEEPEST: usize = 64;

/// Finds everything in a plan.
pub(super) fn read(file: FileId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Result<Contents, Broken> {
    let mut contents = Contents::default();
    let (mut changes, mut planned, mut prior, mut configuration) = (None, None, None, None);
    Pull::new(file, text, 0, diagnostics).fields(&mut |p, key, _| {
        let at = Some(p.at());
        match key {
            "format_version" => {
                contents.format_version = p.text()?.unwrap_or_default();
                return Ok(());
            }
            "errored" => {
                contents.errored = p.is_true()?;
                return Ok(());
            }
            "complete" => {
                contents.incomplete = !p.is_true()?;
                return Ok(());
            }
            "variables" => {
                p.fields(&mut |p, name, _| {
                    p.fields(&mut |p, key, _| {
                        let span = p.skip()?;
                        if key == "value"
                            && let Ok(value) = json_decode(&Value::string(&text[span.range()]))
                        {
                            contents.variables.insert(name.into(), value);
                        }
                        Ok(())
                    })?;
                    Ok(())
                })?;
                return Ok(());
            }
            "resource_changes" => changes = at,
            "planned_values" => planned = at,
            "prior_state" => prior = at,
            "configuration" => configuration = at,
            _ => {}
        }
        p.skip().map(|_| ())
    })?;
    if let Some(at) = configuration {
        Pull::new(file, text, at, diagnostics).fields(&mut |p, key, _| {
            if key == "root_module" {
                contents.configuration = Some(Module::read(p)?);
                return Ok(());
            }
            p.skip().map(|_| ())
        })?;
    }
    contents.configuration_at = configuration;
    contents.has_changes = changes.is_some();
    if let Some(at) = changes {
        let mut pull = Pull::new(file, text, at, diagnostics);
        let is_null = pull.is_null();
        let is_list = pull.elements(&mut |p| {
            contents.found.extend(Found::read(file, p, false)?);
            Ok(())
        })?;
        if !is_list && !is_null {
            contents.misshapen.push("resource_changes");
        }
    }
    let mut seen: HashSet<EcoString> = contents.found.iter().map(|f| f.address.clone()).collect();
    let found = &mut contents.found;
    if let Some(at) = planned {
        let mut pull = Pull::new(file, text, at, diagnostics);
        let shape = modules(file, &mut pull, &mut |f| {
            if seen.insert(f.address.clone()) {
                found.push(f);
            }
        })?;
        contents.modules = shape;
        if shape == Shape::Other {
            contents.misshapen.push("planned_values");
        }
    }
    // What was read while planning is not planned: it stands in the state.
    if let Some(at) = prior {
        Pull::new(file, text, at, diagnostics).fields(&mut |p, key, _| {
            if key == "values" {
                modules(file, p, &mut |f| {
                    if f.is_data && seen.insert(f.address.clone()) {
                        found.push(f);
                    }
                })?;
                return Ok(());
            }
            p.skip().map(|_| ())
        })?;
    }
    contents.found.retain(|f| f.exists);
    let settled = |f: &&Found| f.is_data && f.is_values;
    let open: Vec<&EcoString> = contents.found.iter().filter(|f| !settled(f)).map(|f| &f.address).collect();
    contents.known = Known {
        variables: contents.variables.keys().cloned().collect(),
        blocks: open.iter().map(|a| address::without_keys(a)).collect(),
        instances: open.into_iter().cloned().collect(),
    };
    Ok(contents)
}

/// How the modules of a plan were found.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Shape {
    #[default]
    Plain,
    /// Modules below [`DEEPEST`] were left out.
    TooDeep,
    /// It is no object of modules.
    Other,
}

/// The resources of `{ "root_module": ... }` and of all modules in it.
fn modules(file: FileId, pull: &mut Pull<'_>, out: &mut dyn FnMut(Found)) -> Result<Shape, Broken> {
    let mut shape = Shape::Plain;
    let is_null = pull.is_null();
    let is_object = pull.fields(&mut |p, key, _| {
        if key == "root_module" {
            shape = module(file, p, out, 0)?;
            return Ok(());
        }
        p.skip().map(|_| ())
    })?;
    Ok(if is_object || is_null { shape } else { Shape::Other })
}

fn module(file: FileId, pull: &mut Pull<'_>, out: &mut dyn FnMut(Found), depth: usize) -> Result<Shape, Broken> {
    let mut own = Vec::new();
    let mut address = EcoString::new();
    let mut shape = Shape::Plain;
    let is_null = pull.is_null();
    let is_object = pull.fields(&mut |p, key, _| {
        let is_null = p.is_null();
        let is_list = match key {
            "address" => {
                address = p.text()?.unwrap_or_default();
                return Ok(());
            }
            "resources" => p.elements(&mut |p| {
                own.extend(Found::read(file, p, true)?);
                Ok(())
            })?,
            "child_modules" if depth < DEEPEST => p.elements(&mut |p| {
                let found = module(file, p, out, depth + 1)?;
                shape = if shape == Shape::Plain { found } else { shape };
                Ok(())
            })?,
            "child_modules" => {
                shape = Shape::TooDeep;
                p.skip()?;
                return Ok(());
            }
            _ => {
                p.skip()?;
                return Ok(());
            }
        };
        if !is_list && !is_null {
            shape = Shape::Other;
        }
        Ok(())
    })?;
    for mut found in own {
        found.module = address.clone();
        out(found);
    }
    Ok(if is_object || is_null { shape } else { Shape::Other })
}

/// Whether what a change is about will be there.
fn leads_to_something(pull: &mut Pull<'_>) -> Result<bool, Broken> {
    let mut exists = false;
    pull.fields(&mut |p, key, _| {
        if key != "actions" {
            return p.skip().map(|_| ());
        }
        p.elements(&mut |p| {
            let action = p.text()?;
            exists |= action.is_some_and(|a| !matches!(a.as_str(), "delete" | "forget"));
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(exists)
}

impl Found {
    /// Reads what identifies it, and notes where the rest is. None if it has no address.
    fn read(file: FileId, pull: &mut Pull<'_>, is_values: bool) -> Result<Option<Self>, Broken> {
        let start = pull.at();
        let here = Span::new(file, start, start);
        let mut found = Self {
            address: EcoString::new(),
            module: EcoString::new(),
            is_data: false,
            kind: EcoString::new(),
            name: EcoString::new(),
            name_span: here,
            extent: here,
            is_values,
            content: None,
            sensitive: None,
            exists: is_values,
        };
        let mut deposed = false;
        pull.fields(&mut |p, key, key_span| {
            match key {
                "address" => {
                    found.address = p.text()?.unwrap_or_default();
                    found.name_span = Span::new(file, key_span.start as usize, p.at());
                }
                "module_address" => found.module = p.text()?.unwrap_or_default(),
                "mode" => found.is_data = p.text()?.is_some_and(|m| m == "data"),
                "type" => found.kind = p.text()?.unwrap_or_default(),
                "name" => found.name = p.text()?.unwrap_or_default(),
                "deposed" => {
                    deposed = true;
                    p.skip()?;
                }
                "values" => {
                    found.content = Some(p.at());
                    p.skip()?;
                }
                "change" => {
                    found.content = Some(p.at());
                    found.exists = leads_to_something(p)?;
                }
                "sensitive_values" => {
                    found.sensitive = Some(p.at());
                    p.skip()?;
                }
                _ => {
                    p.skip()?;
                }
            }
            Ok(())
        })?;
        found.exists &= !deposed;
        found.extent = Span::new(file, start, pull.at());
        Ok((!found.address.is_empty() && !found.kind.is_empty()).then_some(found))
    }

    /// The kind of the entity: `aws_vpc`, `data.aws_ami`.
    pub(super) fn entity_kind(&self) -> EcoString {
        if self.is_data { ecow::eco_format!("data.{}", self.kind) } else { self.kind.clone() }
    }

    /// The address of its block within its module.
    pub(super) fn block(&self) -> EcoString {
        ecow::eco_format!("{}.{}", self.entity_kind(), self.name)
    }

    /// What is planned for it; none if the plan does not say.
    pub(super) fn planned(
        &self,
        text: &str,
        wanted: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Option<Planned>, Broken> {
        let Some(at) = self.content else { return Ok(None) };
        let file = self.extent.file;
        let mut planned = Planned::default();
        if self.is_values {
            if wanted {
                planned.values = Some(Pull::new(file, text, at, diagnostics).value()?);
                if let Some(at) = self.sensitive {
                    planned.sensitive = Mask::read(&mut Pull::new(file, text, at, diagnostics))?;
                }
            }
            return Ok(Some(planned));
        }
        Pull::new(file, text, at, diagnostics).fields(&mut |p, key, _| {
            match key {
                "after" if wanted => {
                    let value = p.value()?;
                    planned.values = (!matches!(value.kind, NodeKind::Null)).then_some(value);
                }
                "after_unknown" if wanted => planned.unknown = Mask::read(p)?,
                "after_sensitive" if wanted => planned.sensitive = Mask::read(p)?,
                _ => {
                    p.skip()?;
                }
            }
            Ok(())
        })?;
        Ok(Some(planned))
    }
}

impl Contents {
    /// Providers, module calls and variables as they are written.
    pub(super) fn setup(
        &self,
        text: &str,
        file: FileId,
        scope: &EcoString,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Entity> {
        let Some(at) = self.configuration_at else { return Vec::new() };
        let mut setup = Setup { file, scope, out: Vec::new() };
        let mut odd = Vec::new();
        if let Err(broken) = setup.read(&mut Pull::new(file, text, at, &mut odd)) {
            diagnostics.push(broken.diagnostic(file, text));
        }
        setup.out
    }

    /// Whether the plan is of a format that is not known.
    pub(super) fn is_foreign(&self) -> bool {
        !matches!(self.format_version.split('.').next(), Some("0" | "1"))
    }

    /// What is to be said about the plan as a whole.
    pub(super) fn remarks(&self, path: &str) -> Vec<Diagnostic> {
        let about = |message: String| Diagnostic::about_file(DiagnosticKind::Input, message, path);
        if self.is_foreign() {
            let message = format!(
                "this plan has format_version {:?}, and only 0 and 1 are known: it was not checked",
                self.format_version.as_str()
            );
            return vec![about(message).help("Use a newer trustlint, or write the plan with Terraform 1")];
        }
        let mut out = Vec::new();
        for part in &self.misshapen {
            let message = format!("`{part}` is not written as in a plan: what it holds was not checked");
            out.push(about(message).help("Write it again: terraform show -json tfplan > plan.json"));
        }
        // The changes are a plain list, whatever the depth.
        if self.modules == Shape::TooDeep && !self.has_changes {
            let message = format!("modules are nested more than {DEEPEST} deep: what is below was not checked");
            out.push(about(message));
        }
        if self.errored {
            let message = "planning ended in an error: what the plan lacks was not checked";
            out.push(about(message.into()).warning().help("Mend what `terraform plan` reports, and plan again"));
        } else if self.incomplete {
            let message = "this plan is not complete (-target, or deferred changes): what it lacks was not checked";
            out.push(about(message.into()).warning());
        }
        out
    }
}
