//! The repository as a thing of its own: who owns what, what keeps dependencies current, which
//! documents and pipelines there are.
//!
//! | Kind | Address | Content |
//! |---|---|---|
//! | `repository` | `repository` | what there is: `has_codeowners`, `documents`, `workflows`, ... |
//! | `repository.codeowners` | its path | `entries`, whether it is `in_force`, which control files it covers |
//! | `repository.document` | its path | `title`, `headings`, `placeholders` |
//! | `github.dependabot` | its path | the document |
//! | `renovate` | its path | the document |
//! | `github.settings` | its path | the document |
//! | `github.ruleset_document`, `github.branch_protection_document`, `github.environment_document` | path and name | one shape for the settings, exported rulesets and the host's answers |
//! | `repository.host` | its path | what `trustlint host` was told |

pub mod codeowners;
mod documents;
mod host;
mod owners;
mod settings;
#[cfg(test)]
mod tests;
mod updates;

pub use updates::{is_json5, without_comments};

use ecow::EcoString;

use super::{
    azure_pipelines, github, gitlab, jenkins,
    yaml::{YamlFile, value},
};
use crate::{
    lower::path::name_of,
    model::{Entity, Lowered},
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap, Span},
    value::{ByName, Object, Origin, OriginStep, Origins, Value},
};

/// Where hosts look for CODEOWNERS; the first that exists is in force. The last is GitLab's.
const CODEOWNERS: [&str; 5] =
    [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS", ".bitbucket/CODEOWNERS"];

/// Where a host looks for CODEOWNERS, the first that exists is in force; and by which files the host is told.
struct HostPlaces {
    system: &'static str,
    directory: &'static str,
    codeowners: [&'static str; 3],
}

const HOSTS: [HostPlaces; 2] = [
    HostPlaces { system: "github", directory: ".github/", codeowners: [CODEOWNERS[0], CODEOWNERS[1], CODEOWNERS[2]] },
    HostPlaces { system: "gitlab", directory: ".gitlab/", codeowners: [CODEOWNERS[1], CODEOWNERS[2], CODEOWNERS[3]] },
];

/// Where Renovate looks for its settings.
const RENOVATE: [&str; 8] = [
    "renovate.json",
    "renovate.json5",
    ".github/renovate.json",
    ".github/renovate.json5",
    ".gitlab/renovate.json",
    ".gitlab/renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
];

/// Pipelines of other systems, by where they are kept.
const PIPELINES: [(&str, &str); 2] = [("circleci", ".circleci/config.yml"), ("bitbucket", "bitbucket-pipelines.yml")];

/// What is said of a repository from outside of its files.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Documents that people keep, by what they are called: where, and whether they are there; of what is not in the
    /// repository nobody knows.
    pub documents: Vec<(EcoString, EcoString, Option<bool>)>,
    /// Whether a directory of it is all that is checked.
    pub is_part: bool,
}

/// The repository, its CODEOWNERS and its settings for dependency updates.
pub fn lower(files: &[YamlFile], sources: &SourceMap, told: &Told) -> Lowered {
    let mut out = Lowered::default();
    let paths: Vec<(FileId, &str)> = sources.iter().map(|(id, file)| (id, &*file.path)).collect();
    out.entities.extend(repository(&paths, sources, told));
    let is_wanted = !out.entities.is_empty();
    let in_force = owners_in_force(&paths);
    for (id, path) in &paths {
        if CODEOWNERS.contains(path) {
            let (entity, problems) = owners::owners(*id, path, in_force.contains(path), &paths, sources);
            out.entities.push(entity);
            out.diagnostics.extend(problems);
        }
        // Without infrastructure nothing is required of the documents either.
        if is_wanted && documents::is_document(path) {
            out.entities.push(documents::lower(*id, path, &sources.file(*id).text));
        }
    }
    for file in files {
        match file.path.as_str() {
            path if is_dependabot(path) => {
                document("github.dependabot", file, &mut out);
            }
            path if RENOVATE.contains(&path) => {
                document("renovate", file, &mut out);
            }
            "package.json" => out.entities.extend(updates::of_package(file)),
            path if settings::is_settings(path) => {
                if let Some(root) = document("github.settings", file, &mut out) {
                    settings::lower(&root, file, &mut out.entities);
                }
            }
            host::PATH => host::lower(file, &mut out),
            _ => settings::rulesets(file, &mut out.entities),
        }
    }
    out
}

fn is_dependabot(path: &str) -> bool {
    matches!(path, ".github/dependabot.yml" | ".github/dependabot.yaml")
}

/// The hosts that a repository is made for, by its files; any, if nothing tells.
fn hosts(paths: &[(FileId, &str)]) -> Vec<&'static HostPlaces> {
    let told = |host: &&HostPlaces| {
        paths.iter().any(|(_, path)| pipeline_system(path) == Some(host.system) || path.starts_with(host.directory))
    };
    let found: Vec<_> = HOSTS.iter().filter(told).collect();
    if found.is_empty() { HOSTS.iter().collect() } else { found }
}

/// The CODEOWNERS files that a host reads.
fn owners_in_force(paths: &[(FileId, &str)]) -> Vec<&'static str> {
    let first = |host: &HostPlaces| host.codeowners.into_iter().find(|place| paths.iter().any(|(_, p)| p == place));
    hosts(paths).into_iter().filter_map(first).collect()
}

fn is_terraform(path: &str) -> bool {
    [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|ending| path.ends_with(ending))
}

/// The system whose pipeline a file defines.
fn pipeline_system(path: &str) -> Option<&'static str> {
    // Most files of a large repository, and a name is compared with many.
    if is_terraform(path) {
        return None;
    }
    if github::is_workflow(path) {
        return Some("github");
    }
    if azure_pipelines::is_placed_so(path) {
        return Some("azure");
    }
    if jenkins::is_one(path) {
        return Some("jenkins");
    }
    if gitlab::is_pipeline(path) {
        return Some("gitlab");
    }
    let name = name_of(path);
    PIPELINES.iter().find(|(_, place)| path == *place || name == *place).map(|(system, _)| *system)
}

/// What there is in the repository; nothing if there is no infrastructure in it, because then
/// nothing is required of it either.
fn repository(paths: &[(FileId, &str)], sources: &SourceMap, told: &Told) -> Option<Entity> {
    let pipelines: Vec<(FileId, &str)> =
        paths.iter().copied().filter(|(_, path)| pipeline_system(path).is_some()).collect();
    let terraform: Vec<(FileId, &str)> = paths.iter().copied().filter(|(_, path)| is_terraform(path)).collect();
    let manifests = paths.iter().copied().filter(|(id, path)| is_manifest(path, &sources.file(*id).text));
    // A repository has no text of its own, so a finding about it must point at some file. A pipeline
    // comes first: what the repository lacks (owners, updates, documents) is missed when a change is
    // deployed, and whoever can mend it looks there. Files are in the order of their paths.
    let (file, _) = pipelines.first().copied().or_else(|| terraform.first().copied()).or_else(|| manifests.min())?;
    let place = first_line(file, sources);
    let header = Origin::here(place);

    let strings = |found: Vec<&str>| Value::tuple(found.into_iter().map(Value::string).collect());
    let those = |wanted: &dyn Fn(&str) -> bool| -> Vec<&str> {
        paths.iter().map(|(_, path)| *path).filter(|path| wanted(path)).collect()
    };
    let has = |wanted: &dyn Fn(&str) -> bool| Value::bool(paths.iter().any(|(_, path)| wanted(path)));
    let mut systems: Vec<&str> = pipelines.iter().filter_map(|(_, path)| pipeline_system(path)).collect();
    systems.sort_unstable();
    systems.dedup();
    let fields: ByName<Value> = [
        ("has_codeowners", Value::bool(!owners_in_force(paths).is_empty())),
        ("has_dependabot", has(&is_dependabot)),
        (
            "has_renovate",
            has(&|path| RENOVATE.contains(&path) || path == "package.json" && updates::is_in_package(paths, sources)),
        ),
        ("has_terraform", Value::bool(!terraform.is_empty())),
        ("documents", strings(those(&documents::is_document))),
        ("workflows", strings(those(&github::is_workflow))),
        ("pipelines", strings(pipelines.iter().map(|(_, path)| *path).collect())),
        ("ci_systems", strings(systems)),
        ("named_documents", named_documents(told)),
        ("is_whole", Value::bool(!told.is_part)),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .collect();
    let object = Object { fields, header: Some(header.clone()), ..Object::default() };
    Some(entity("repository", "repository", object, header))
}

/// The documents of the configuration: where each is, and whether it is there.
fn named_documents(told: &Told) -> Value {
    let fields = told.documents.iter().map(|(name, place, is_there)| {
        let is_there = is_there.map_or_else(Value::null, Value::bool);
        let fields = [("place".into(), Value::string(place.clone())), ("is_there".into(), is_there)];
        (name.clone(), Value::from_object(Object { fields: fields.into_iter().collect(), ..Object::default() }))
    });
    Value::from_object(Object { fields: fields.collect(), ..Object::default() })
}

/// Whether a file looks like a Kubernetes object.
fn is_manifest(path: &str, text: &str) -> bool {
    let starts = |key: &str| text.lines().any(|line| line.starts_with(key));
    matches!(path.rsplit_once('.'), Some((_, "yml" | "yaml"))) && starts("apiVersion:") && starts("kind:")
}

/// The first line that says something.
fn first_line(file: FileId, sources: &SourceMap) -> Span {
    let text = &sources.file(file).text;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let said = line.trim();
        if !said.is_empty() && !said.starts_with('#') && said != "---" {
            let indent = line.len() - line.trim_start().len();
            return Span::new(file, start + indent, start + indent + said.len());
        }
        start += line.len();
    }
    Span::new(file, 0, 0)
}

fn entity(kind: &str, path: &str, object: Object, header: Origin) -> Entity {
    Entity {
        kind: kind.into(),
        address: path.into(),
        name: name_of(path).into(),
        scope: EcoString::new(),
        scenario: None,
        body: Value::from_object(object).with_origins(Origins::one(header.clone())),
        extent: header.extent,
        parts: Vec::new(),
        header,
        calls: Vec::new(),
        owner: None,
        environment: None,
        doubt: None,
    }
}

/// A YAML or JSON file that is an entity as it is; its content.
fn document(kind: &str, file: &YamlFile, out: &mut Lowered) -> Option<Value> {
    let document = file.documents.first()?;
    let span = document.root.span;
    let read = value(&document.root);
    let Some(object) = read.as_object() else {
        let message = "this file is not a mapping, so it was not checked";
        out.diagnostics.push(Diagnostic::error(DiagnosticKind::Input, message, span).warning());
        return None;
    };
    let anchor = document.root.entries().first().map_or(span, |e| e.key_span);
    let header = Origin::new(anchor, span, OriginStep::Here);
    let object = Object { header: Some(header.clone()), ..object.clone() };
    let root = Value::from_object(object.clone()).with_origins(read.origins.clone());
    out.entities.push(entity(kind, &file.path, object, header));
    Some(root)
}
