//! The repository as a thing of its own: who owns what, what keeps dependencies current, which
//! documents and pipelines there are.
//!
//! | Kind | Address | Content |
//! |---|---|---|
//! | `repository` | `repository` | what there is: `has_codeowners`, `documents`, `workflows`, ... |
//! | `repository.codeowners` | its path | `entries`, whether it is `in_force`, which control files it covers |
//! | `github.dependabot` | its path | the document |
//! | `renovate` | its path | the document |

use ecow::EcoString;
use indexmap::IndexMap;

use super::{
    codeowners::{self, Rules},
    github,
    yaml::{YamlFile, value},
};
use crate::{
    lower::path::name_of,
    model::{Entity, Lowered},
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap, Span},
    value::{Object, Origin, OriginStep, Origins, Value},
};

/// Where hosts look for CODEOWNERS; the first that exists is in force. The last is GitLab's.
const CODEOWNERS: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

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
const PIPELINES: [(&str, &str); 6] = [
    ("gitlab", ".gitlab-ci.yml"),
    ("circleci", ".circleci/config.yml"),
    ("azure", "azure-pipelines.yml"),
    ("azure", "azure-pipelines.yaml"),
    ("bitbucket", "bitbucket-pipelines.yml"),
    ("jenkins", "Jenkinsfile"),
];

/// The repository, its CODEOWNERS and its settings for dependency updates.
pub fn lower(files: &[YamlFile], sources: &SourceMap) -> Lowered {
    let mut out = Lowered::default();
    let paths: Vec<(FileId, &str)> = sources.iter().map(|(id, file)| (id, &*file.path)).collect();
    out.entities.extend(repository(&paths, sources));
    let in_force = CODEOWNERS.iter().find(|place| paths.iter().any(|(_, path)| path == *place));
    for (id, path) in &paths {
        if CODEOWNERS.contains(path) {
            out.entities.push(owners(*id, path, in_force == Some(path), &paths, sources));
        }
    }
    for file in files {
        let kind = match file.path.as_str() {
            path if is_dependabot(path) => "github.dependabot",
            path if RENOVATE.contains(&path) => "renovate",
            _ => continue,
        };
        document(kind, file, &mut out);
    }
    out
}

fn is_dependabot(path: &str) -> bool {
    matches!(path, ".github/dependabot.yml" | ".github/dependabot.yaml")
}

fn is_document(path: &str) -> bool {
    [".md", ".adoc", ".rst"].iter().any(|ending| path.to_ascii_lowercase().ends_with(ending))
}

fn is_terraform(path: &str) -> bool {
    [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|ending| path.ends_with(ending))
}

/// The system whose pipeline a file defines.
fn pipeline_system(path: &str) -> Option<&'static str> {
    if github::is_workflow(path) {
        return Some("github");
    }
    let name = name_of(path);
    PIPELINES.iter().find(|(_, place)| path == *place || name == *place).map(|(system, _)| *system)
}

/// What there is in the repository; nothing if there is no infrastructure in it, because then
/// nothing is required of it either.
fn repository(paths: &[(FileId, &str)], sources: &SourceMap) -> Option<Entity> {
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
    let fields: IndexMap<EcoString, Value> = [
        ("has_codeowners", has(&|path| CODEOWNERS.contains(&path))),
        ("has_dependabot", has(&is_dependabot)),
        ("has_renovate", has(&|path| RENOVATE.contains(&path))),
        ("has_terraform", Value::bool(!terraform.is_empty())),
        ("documents", strings(those(&is_document))),
        ("workflows", strings(those(&github::is_workflow))),
        ("pipelines", strings(pipelines.iter().map(|(_, path)| *path).collect())),
        ("ci_systems", strings(systems)),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .collect();
    let object = Object { fields, header: Some(header.clone()), ..Object::default() };
    Some(entity("repository", "repository", object, header))
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

/// A CODEOWNERS file.
fn owners(id: FileId, path: &str, in_force: bool, paths: &[(FileId, &str)], sources: &SourceMap) -> Entity {
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
    let fields: IndexMap<EcoString, Value> = [
        ("in_force", Value::bool(in_force)),
        ("entries", Value::tuple(entries).with_origins(Origins::one(header.clone()))),
        ("covers_workflows", covers(&github::is_workflow)),
        ("covers_pipelines", covers(&|path| pipeline_system(path).is_some())),
        ("covers_terraform", covers(&is_terraform)),
        ("covers_itself", covers(&|other| other == path)),
        ("unowned", Value::tuple(unowned.map(Value::string).collect())),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .collect();
    let object = Object { fields, header: Some(header.clone()), ..Object::default() };
    entity("repository.codeowners", path, object, header)
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
    ];
    let object = Object { fields: fields.into_iter().collect(), header: Some(header), ..Object::default() };
    Value::from_object(object).with_origins(here)
}

/// A YAML or JSON file that is an entity as it is.
fn document(kind: &str, file: &YamlFile, out: &mut Lowered) {
    let Some(document) = file.documents.first() else { return };
    let span = document.root.span;
    let read = value(&document.root);
    let Some(object) = read.as_object() else {
        let message = "this file is not a mapping, so it was not checked";
        out.diagnostics.push(Diagnostic::error(DiagnosticKind::Input, message, span).warning());
        return;
    };
    let anchor = document.root.entries().first().map_or(span, |e| e.key_span);
    let header = Origin::new(anchor, span, OriginStep::Here);
    let object = Object { header: Some(header.clone()), ..object.clone() };
    out.entities.push(entity(kind, &file.path, object, header));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::SourceFile, syntax};

    fn read(files: &[(&str, &str)]) -> (SourceMap, Lowered) {
        let mut sources = SourceMap::default();
        let mut parsed = Vec::new();
        for (path, text) in files {
            let id = sources.add(SourceFile::new(*path, *text, false));
            let documents = match path.rsplit('.').next() {
                Some("yml" | "yaml") => syntax::yaml::parse(id, text).documents,
                Some("json") => syntax::json::parse(id, text).documents,
                _ => continue,
            };
            parsed.push(YamlFile { id, path: (*path).into(), documents });
        }
        let lowered = lower(&parsed, &sources);
        (sources, lowered)
    }

    fn of<'a>(lowered: &'a Lowered, kind: &str) -> &'a Entity {
        lowered.entities.iter().find(|e| e.kind == kind).unwrap_or_else(|| panic!("no {kind}"))
    }

    fn get<'a>(entity: &'a Entity, name: &str) -> &'a Value {
        entity.body.as_object().and_then(|o| o.get(name)).unwrap_or_else(|| panic!("no {name}"))
    }

    fn texts(value: &Value) -> Vec<&str> {
        value.as_list().expect("a list").items.iter().filter_map(Value::as_str).collect()
    }

    #[test]
    fn the_repository_says_what_there_is() {
        let (sources, lowered) = read(&[
            (".github/CODEOWNERS", "* @acme/all\n"),
            (".github/dependabot.yml", "# updates\nversion: 2\nupdates:\n  - package-ecosystem: terraform\n"),
            (".github/workflows/ci.yml", "# checks\n\nname: ci\non: push\n"),
            ("docs/incident-response.md", "# Incidents\n"),
            ("main.tf", "terraform {}\n"),
            ("renovate.json", "{\"extends\": [\"config:recommended\"]}"),
        ]);
        let repository = of(&lowered, "repository");
        assert_eq!(sources.text(repository.header.anchor), "name: ci");
        for name in ["has_codeowners", "has_dependabot", "has_renovate", "has_terraform"] {
            assert_eq!(get(repository, name).as_bool(), Some(true), "{name}");
        }
        assert_eq!(texts(get(repository, "documents")), ["docs/incident-response.md"]);
        assert_eq!(texts(get(repository, "workflows")), [".github/workflows/ci.yml"]);
        assert_eq!(texts(get(repository, "ci_systems")), ["github"]);

        let dependabot = of(&lowered, "github.dependabot");
        assert_eq!(get(dependabot, "updates").as_list().map(|l| l.items.len()), Some(1));
        assert_eq!(sources.text(dependabot.header.anchor), "version");
        assert_eq!(texts(get(of(&lowered, "renovate"), "extends")), ["config:recommended"]);
    }

    #[test]
    fn without_infrastructure_nothing_is_required() {
        let (_, lowered) = read(&[("README.md", "# A library\n"), ("notes.yml", "a: 1\n")]);
        assert!(lowered.entities.is_empty());
        let (sources, lowered) = read(&[("a.md", ""), ("deploy/web.yaml", "---\napiVersion: v1\nkind: Pod\n")]);
        assert_eq!(sources.text(of(&lowered, "repository").header.anchor), "apiVersion: v1");
        let (_, lowered) = read(&[("main.tf", "")]);
        assert!(of(&lowered, "repository").header.anchor.is_empty());
    }

    #[test]
    fn owners_are_entries_at_their_lines() {
        let text =
            "# Who approves what.\n*  @acme/all\n\n/terraform/ @acme/platform ops@acme.example # both\n/.github/\n";
        let (sources, lowered) = read(&[
            (".github/CODEOWNERS", text),
            (".github/workflows/ci.yml", "on: push\n"),
            ("docs/CODEOWNERS", "* @acme/nobody\n"),
            ("terraform/main.tf", ""),
        ]);
        let owners = of(&lowered, "repository.codeowners");
        assert_eq!(get(owners, "in_force").as_bool(), Some(true));
        let entries = &get(owners, "entries").as_list().expect("entries").items;
        let lines: Vec<&str> =
            entries.iter().map(|e| sources.text(e.origins.first().expect("a place").anchor)).collect();
        assert_eq!(lines, ["*  @acme/all", "/terraform/ @acme/platform ops@acme.example", "/.github/"]);
        let entry = entries[1].as_object().expect("an entry");
        assert_eq!(texts(&entry.fields["owners"]), ["@acme/platform", "ops@acme.example"]);
        let owner = entry.fields["owners"].as_list().expect("owners").items[1].origins.first().expect("a place").anchor;
        assert_eq!(sources.text(owner), "ops@acme.example");

        assert_eq!(get(owners, "covers_terraform").as_bool(), Some(true));
        assert_eq!(get(owners, "covers_workflows").as_bool(), Some(false), "the last line takes them out");
        assert_eq!(get(owners, "covers_itself").as_bool(), Some(false));
        assert_eq!(texts(get(owners, "unowned")), [".github/CODEOWNERS", ".github/workflows/ci.yml"]);

        let second = lowered.entities.iter().find(|e| e.address == "docs/CODEOWNERS").expect("the second");
        assert_eq!(get(second, "in_force").as_bool(), Some(false));
    }

    #[test]
    fn settings_of_another_shape_are_named() {
        let (_, lowered) = read(&[(".github/dependabot.yml", "- a\n")]);
        assert!(lowered.entities.is_empty());
        assert_eq!(lowered.diagnostics[0].message, "this file is not a mapping, so it was not checked");
    }
}
