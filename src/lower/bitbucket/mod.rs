//! Bitbucket Pipelines: `bitbucket-pipelines.yml` to entities and to the common model.
//!
//! | Kind | Address | Content |
//! |---|---|---|
//! | `bitbucket.pipeline` | `path#branches/main` | one of the pipelines of the file: what starts it, its steps |
//! | `bitbucket.step` | `path#branches/main/name` | a step, with what its stage says |
//! | `bitbucket.image` | `path#image`, `path#images[0]` | an image that a pipeline, a step or a service runs in, where it is written |
//!
//! In the common model a step is a job, since each runs on a machine of its own, and each entry of its script a
//! step. Steps run one after the other, those of a parallel group at once; all wait for a step that is started by
//! hand. Who may deploy to an environment is set at Bitbucket.
//!
//! Schedules are kept by Bitbucket too, and any pipeline may have one. Pull requests from forks start nothing.

mod pipeline;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod triggers;

use ecow::{EcoString, eco_format};

use super::{
    ci::{
        Condition, Event, Parts, Pattern, Pipeline, Test,
        reading::{Own, field, items, object, place, refused, written},
    },
    path::{dir_of, join, name_of},
    yaml::{YamlFile, header, value},
};
use crate::{
    source::{SourceMap, Span},
    value::{Object, Origin, Origins, Value},
};

/// Whether this file holds pipelines of Bitbucket.
pub fn is_pipelines(path: &str) -> bool {
    name_of(path) == "bitbucket-pipelines.yml"
}

/// Whether this file holds pipelines that the file of the same repository may import.
pub fn is_shared(path: &str, text: &str) -> bool {
    let name = name_of(path);
    let is_named_so = name.ends_with("pipelines.yml") && !is_pipelines(path) && !name.starts_with("azure");
    is_named_so && text.contains("definitions:") && text.contains("pipelines:")
}

/// The pipelines of these files, and what they run.
pub fn lower(files: &[YamlFile], _: &SourceMap) -> Parts {
    let mut parts = Parts::default();
    let mut documents = Vec::new();
    for file in files {
        for document in &file.documents {
            documents.push((EcoString::from(file.path.as_str()), value(&document.root), header(&document.root)));
        }
    }
    for (path, document, header) in &documents {
        let Some(document) = document.as_object() else { continue };
        let file = File { path, document, header, documents: &documents };
        if is_pipelines(path) {
            file.lower(&mut parts);
        } else {
            file.images(&mut parts);
        }
    }
    parts
}

struct File<'a> {
    path: &'a EcoString,
    document: &'a Object,
    header: &'a Origin,
    /// All files, for what this one imports.
    documents: &'a [(EcoString, Value, Origin)],
}

/// What the start of a pipeline hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Default,
    Branches,
    Tags,
    PullRequests,
    Custom,
    /// For other repositories to import.
    Shared,
}

const SECTIONS: [(&str, Section); 5] = [
    ("default", Section::Default),
    ("branches", Section::Branches),
    ("tags", Section::Tags),
    ("pull-requests", Section::PullRequests),
    ("custom", Section::Custom),
];

impl File<'_> {
    fn lower(&self, parts: &mut Parts) {
        self.images(parts);
        let empty = Object::default();
        let pipelines = object(self.document, "pipelines").unwrap_or(&empty);
        for (key, section) in SECTIONS {
            let Some(content) = field(pipelines, key) else { continue };
            if section == Section::Default {
                self.pipeline("default".into(), section, "default", content, pipelines, parts);
                continue;
            }
            for (name, content) in content.as_object().into_iter().flat_map(|o| &o.fields) {
                self.pipeline(eco_format!("{key}/{name}"), section, name, content, pipelines, parts);
            }
        }
        let shared = object(self.document, "definitions").and_then(|d| object(d, "pipelines"));
        for (name, content) in shared.into_iter().flat_map(|o| &o.fields) {
            self.pipeline(eco_format!("definitions/{name}"), Section::Shared, name, content, pipelines, parts);
        }
    }

    fn pipeline(
        &self,
        key: EcoString,
        section: Section,
        name: &str,
        content: &Value,
        pipelines: &Object,
        parts: &mut Parts,
    ) {
        let header = content.as_object().and_then(|o| o.header.clone()).unwrap_or_else(|| place(content, self.header));
        let starts = self.starts(section, name, content, pipelines);
        let id = eco_format!("{}#{key}", self.path);
        let trigger = match section {
            Section::Default | Section::Branches | Section::Tags => "push",
            Section::PullRequests => "pull_request",
            Section::Custom | Section::Shared => "manual",
        };
        let mut words = vec![Value::string(trigger)];
        if section == Section::Custom {
            words.extend(triggers::of(self.document, name).1);
        }
        let triggers = Value::tuple(words).with_origins(Origins::one(header.clone()));
        let environment = crate::lower::environment::classify_label(name).filter(|_| section == Section::Custom);
        let environment = environment.map(|(word, class)| crate::model::Environment {
            name: word,
            class,
            sign: eco_format!("pipeline \"{name}\""),
        });
        let mut unresolved = Vec::new();
        let import = content.as_object().and_then(|o| field(o, "import"));
        let imported = import.and_then(|import| self.imported(&written(import)));
        unresolved.extend(import.filter(|_| imported.is_none()).cloned());
        let read = pipeline::Read {
            path: self.path,
            id: &id,
            header: &header,
            document: self.document,
            triggers: &triggers,
            branches: if section == Section::Branches {
                Value::tuple(vec![Value::string(name)])
            } else {
                Value::null()
            },
            tags: if section == Section::Tags { Value::tuple(vec![Value::string(name)]) } else { Value::null() },
            environment: environment.clone(),
            caller: None,
            called_at: import.filter(|_| imported.is_some()).map(|import| place(import, &header)),
        };
        match (import, imported) {
            (Some(_), Some(imported)) => read.lower(imported, parts),
            (Some(import), None) => read.imported(import, parts),
            (None, _) => read.lower(content, parts),
        }
        let made = Own {
            kind: "bitbucket.pipeline",
            address: id.clone(),
            name: key.clone(),
            path: self.path,
            header: header.clone(),
            environment: environment.clone(),
        };
        parts.lowered.entities.push(made.entity(
            &Object::default(),
            [
                (
                    "section",
                    Value::string(match section {
                        Section::Shared => "definitions",
                        other => SECTIONS.iter().find(|(_, s)| *s == other).map_or("default", |(key, _)| key),
                    }),
                ),
                ("pattern", if section == Section::Default { Value::null() } else { Value::string(name) }),
                ("import", import.cloned().unwrap_or_else(|| super::ci::reading::unset(&header, "import"))),
                ("content", content.clone()),
            ],
        ));
        parts.pipelines.push(Pipeline {
            system: "bitbucket",
            id,
            path: self.path.clone(),
            name: key,
            header,
            environment,
            starts,
            triggers,
            variables: defaults(content),
            schedules: Value::tuple(Vec::new()),
            upstream: Vec::new(),
            unresolved: Value::tuple(unresolved),
            is_text: false,
        });
    }

    /// A pipeline of another file of the repository: `name@source`, where `definitions` say what the source is.
    fn imported(&self, import: &str) -> Option<&Value> {
        let (name, source) = import.split_once('@')?;
        let imports = object(self.document, "definitions").and_then(|d| object(d, "imports"))?;
        // Of another repository it is `repository:branch:path`.
        let source = written(field(imports, source)?);
        let path = join(dir_of(self.path), &source).filter(|_| !source.contains(':'))?;
        let (_, document, _) = self.documents.iter().find(|(other, ..)| *other == path)?;
        field(object(object(document.as_object()?, "definitions")?, "pipelines")?, name)
    }

    fn starts(&self, section: Section, name: &str, content: &Value, pipelines: &Object) -> Condition {
        let origins = content.origins.iter().last().cloned().map_or_else(Origins::none, Origins::one);
        let at = |test: Test| Condition::at(test, origins.clone());
        let event = |events: &[Event]| at(Test::Event(events.to_vec()));
        let scheduled = || {
            let unknown = Test::Host(eco_format!("whether a schedule starts the pipeline \"{name}\""));
            Condition::all([event(&[Event::Schedule]), at(unknown)])
        };
        // A pipeline of a branch is run again by hand for that branch, and never for another one.
        let pushed = || Condition::any([event(&[Event::Push, Event::Manual, Event::Api]), scheduled()]);
        let names = |section: &str| {
            object(pipelines, section)
                .into_iter()
                .flat_map(|o| o.fields.keys())
                .map(EcoString::from)
                .collect::<Vec<_>>()
        };
        match section {
            Section::Default => {
                let others = names("branches").into_iter().map(|other| at(Test::Branch(pattern(&other))));
                let any = at(Test::Branch(Pattern::any()));
                Condition::all([pushed(), any, Condition::any(others).not()])
            }
            Section::Branches => {
                let own = at(Test::Branch(pattern(name)));
                // A branch that is named is not for the patterns that mean it too.
                let exact = names("branches").into_iter().filter(|other| other != name && is_exact(other));
                let exact: Vec<_> = exact.map(|other| at(Test::Branch(Pattern::Exact(other)))).collect();
                if is_exact(name) || exact.is_empty() {
                    Condition::all([pushed(), own])
                } else {
                    Condition::all([pushed(), own, Condition::any(exact).not()])
                }
            }
            Section::Tags => Condition::all([event(&[Event::Push]), at(Test::Tag(pattern(name)))]),
            // The pattern is for the branch that is to be merged, of which there may be any.
            Section::PullRequests => Condition::all([event(&[Event::PullRequest]), at(Test::Fork).not()]),
            Section::Custom => {
                let by_hand = [event(&[Event::Manual, Event::Api]), scheduled()];
                Condition::any(by_hand.into_iter().chain(triggers::of(self.document, name).0))
            }
            Section::Shared => at(Test::Unknown(eco_format!("which repository imports \"{name}\""))),
        }
    }

    /// Every image where it is written.
    fn images(&self, parts: &mut Parts) {
        let mut found: Vec<(Value, EcoString)> = Vec::new();
        if let Some(image) = field(self.document, "image") {
            found.push((image.clone(), "every step that names none".into()));
        }
        let definitions = object(self.document, "definitions");
        for (name, service) in definitions.and_then(|d| object(d, "services")).into_iter().flat_map(|s| &s.fields) {
            let image = service.as_object().and_then(|s| field(s, "image"));
            found.extend(image.map(|image| (image.clone(), eco_format!("service \"{name}\""))));
        }
        let mut steps = Vec::new();
        walk_steps(&Value::from_object(self.document.clone()), 0, &mut steps);
        for step in steps {
            let name = step.get("name").map(written).filter(|name| !name.is_empty());
            let image = field(&step, "image").map(|image| {
                (image.clone(), name.map_or_else(|| "a step".into(), |name| eco_format!("step \"{name}\"")))
            });
            found.extend(image);
        }
        let mut seen: Vec<Span> = Vec::new();
        for (image, user) in found {
            let name = match image.as_object() {
                Some(object) => field(object, "name").cloned().unwrap_or_else(Value::null),
                None => image.clone(),
            };
            // An alias is no other image.
            let at = place(&name, self.header);
            if seen.contains(&at.anchor) {
                continue;
            }
            seen.push(at.anchor);
            let origins = name.origins.iter().last().cloned().map_or_else(Origins::none, Origins::one);
            let made = Own {
                kind: "bitbucket.image",
                address: eco_format!("{}#images[{}]", self.path, seen.len() - 1),
                name: written(&name),
                path: self.path,
                header: image.as_object().and_then(|o| o.header.clone()).unwrap_or(at),
                environment: None,
            };
            parts.lowered.entities.push(
                made.entity(&Object::default(), [("image", name.with_origins(origins)), ("user", Value::string(user))]),
            );
        }
    }
}

/// The variables of a custom pipeline that have a value if nobody gives another; null if there are none.
fn defaults(content: &Value) -> Value {
    let declared = keyed(content).filter(|(key, ..)| *key == "variables");
    let declared = declared.flat_map(|(_, variables, _)| items(Some(variables)).iter().filter_map(Value::as_object));
    let set =
        declared.filter_map(|variable| Some((written(field(variable, "name")?), field(variable, "default")?.clone())));
    let set: Vec<(EcoString, Value)> = set.collect();
    if set.is_empty() { Value::null() } else { Value::object(set) }
}

/// The steps of a document, also those that are only anchors.
fn walk_steps(value: &Value, depth: usize, found: &mut Vec<Object>) {
    if depth > 40 {
        return;
    }
    if let Some(object) = value.as_object() {
        if object.get("script").is_some() {
            found.push(object.clone());
        }
        object.fields.values().for_each(|value| walk_steps(value, depth + 1, found));
    }
    if let Some(list) = value.as_list() {
        list.items.iter().for_each(|value| walk_steps(value, depth + 1, found));
    }
}

/// The names that a pattern means: `*` stops at a slash, `**` does not, also as a part of a name (`release-**`).
fn pattern(text: &str) -> Pattern {
    let is_within = text.split('/').any(|part| part.contains("**") && part != "**");
    if !is_within {
        return Pattern::glob(text);
    }
    let (mut out, mut rest, mut alternatives) = (String::from("^(?:"), text, 0_usize);
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' if rest.starts_with('*') => {
                rest = rest.trim_start_matches('*');
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '{' => {
                alternatives += 1;
                out.push_str("(?:");
            }
            '}' if alternatives > 0 => {
                alternatives -= 1;
                out.push(')');
            }
            ',' if alternatives > 0 => out.push('|'),
            other => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    Pattern::regex(&(out + ")$"))
}

/// Whether a pattern is a name.
fn is_exact(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', '{'])
}

/// Something that Bitbucket would refuse.
fn mistake(message: String, value: &Value, header: &Origin, help: &str, parts: &mut Parts) {
    parts.lowered.diagnostics.push(refused(message, value, header).help(help));
}

/// The entries of a list, each with its only key.
fn keyed(value: &Value) -> impl Iterator<Item = (&EcoString, &Value, &Value)> {
    items(Some(value)).iter().filter_map(|item| {
        let (key, content) = item.as_object()?.fields.first()?;
        Some((key, content, item))
    })
}
