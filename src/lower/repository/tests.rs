//! Repositories of a few files, and what is read from them.

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
    let lowered = lower(&parsed, &sources, &Told::default());
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
    let text = "# Who approves what.\n*  @acme/all\n\n/terraform/ @acme/platform ops@acme.example # both\n/.github/\n";
    let (sources, lowered) = read(&[
        (".github/CODEOWNERS", text),
        (".github/workflows/ci.yml", "on: push\n"),
        ("docs/CODEOWNERS", "* @acme/nobody\n"),
        ("terraform/main.tf", ""),
    ]);
    let owners = of(&lowered, "repository.codeowners");
    assert_eq!(get(owners, "in_force").as_bool(), Some(true));
    let entries = &get(owners, "entries").as_list().expect("entries").items;
    let lines: Vec<&str> = entries.iter().map(|e| sources.text(e.origins.first().expect("a place").anchor)).collect();
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
