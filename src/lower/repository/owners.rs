//! CODEOWNERS as an entity: its entries, and what of the repository's controls they cover.

use super::{
    CODEOWNERS,
    codeowners::{self, Rules},
    entity, first_line, is_terraform, pipeline_system, settings,
};
use crate::{
    lower::{github, path::name_of},
    model::Entity,
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap, Span},
    value::{ByName, Object, Origin, OriginStep, Origins, Value},
};

/// A CODEOWNERS file.
pub(super) fn owners(
    id: FileId,
    path: &str,
    in_force: bool,
    paths: &[(FileId, &str)],
    sources: &SourceMap,
) -> (Entity, Vec<Diagnostic>) {
    let text = &sources.file(id).text;
    let rules = Rules::parse(text);
    let extent = Span::new(id, 0, text.len());
    let header = Origin::new(first_line(id, sources), extent, OriginStep::Here);
    let entries = rules.entries.iter().map(|entry| entry_value(entry, id)).collect();
    let covers = |wanted: &dyn Fn(&str) -> bool| {
        let mut wanted = paths.iter().map(|(_, path)| *path).filter(|path| wanted(path)).peekable();
        // Whether what is not there has an owner is no question.
        if wanted.peek().is_none() {
            return Value::null();
        }
        Value::bool(wanted.all(|path| rules.is_owned(path)))
    };
    let is_control = |path: &str| pipeline_system(path).is_some() || is_terraform(path) || CODEOWNERS.contains(&path);
    let unowned = paths.iter().map(|(_, path)| *path).filter(|path| is_control(path) && !rules.is_owned(path));
    let controls = paths.iter().map(|(_, path)| *path).filter(|path| is_own_control(path) && !rules.is_owned(path));
    let problems = rules.problems.iter().filter(|_| in_force).map(|(range, why)| {
        Diagnostic::error(DiagnosticKind::Input, why.clone(), Span::new(id, range.start, range.end))
            .help("The host passes over what it cannot read, so the files that are meant may have no owner.")
            .warning()
    });
    let problems = problems.collect();
    let fields: ByName<Value> = [
        ("in_force", Value::bool(in_force)),
        ("entries", Value::tuple(entries).with_origins(Origins::one(header.clone()))),
        ("covers_workflows", covers(&github::is_workflow)),
        ("covers_pipelines", covers(&|path| pipeline_system(path).is_some())),
        ("covers_terraform", covers(&is_terraform)),
        ("covers_itself", covers(&|other| other == path)),
        ("unowned_controls", Value::tuple(controls.map(Value::string).collect())),
        ("unowned", Value::tuple(unowned.map(Value::string).collect())),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .collect();
    let object = Object { fields, header: Some(header.clone()), ..Object::default() };
    (entity("repository.codeowners", path, object, header), problems)
}

/// Whether a change of this file can take a control away that would have stopped the change.
fn is_own_control(path: &str) -> bool {
    pipeline_system(path).is_some()
        || CODEOWNERS.contains(&path)
        || settings::is_settings(path)
        || path.starts_with(".github/rulesets/")
        || name_of(path) == "trustlint.hcl"
}

fn entry_value(entry: &codeowners::Entry, file: FileId) -> Value {
    let at = |range: &std::ops::Range<usize>| Origin::here(Span::new(file, range.start, range.end));
    let header = at(&entry.line);
    let here = Origins::one(header.clone());
    let owners = entry
        .owners
        .iter()
        .map(|(owner, range)| Value::string(owner.clone()).with_origins(Origins::one(at(range))))
        .collect();
    let fields = [
        ("pattern".into(), Value::string(entry.pattern.clone()).with_origins(Origins::one(at(&entry.pattern_at)))),
        ("owners".into(), Value::tuple(owners).with_origins(here.clone())),
        ("section".into(), Value::string(entry.section.name.clone())),
        ("optional".into(), Value::bool(entry.section.optional)),
        ("approvals".into(), entry.section.approvals.map_or_else(Value::null, |n| Value::number(i64::from(n)))),
    ];
    let object = Object { fields: fields.into_iter().collect(), header: Some(header), ..Object::default() };
    Value::from_object(object).with_origins(here)
}
