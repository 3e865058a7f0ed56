//! `include`: one configuration out of the files that make it up.
//!
//! Files are merged in the order in which they are included, each behind what it includes itself, and the
//! file that includes wins. What is not in the repository - other projects, addresses, templates and
//! components - is listed, and is the reason why something may be missing.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
};

use ecow::{EcoString, eco_format};
use regex::Regex;

use super::{
    expression::{self, Known},
    extend,
    inputs::Inputs,
    merge::{deep, field, flat, perhaps, text_of},
    rules::{Reader, When},
    variables::Variables,
};
use crate::{
    lower::{
        ci::{Condition, Test},
        path::resolve,
        yaml::{YamlFile, value, value_tagged},
    },
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap, Span},
    syntax::{node::Document, yaml},
    value::{ByName, Object, Origin, Origins, Repr, Value, Why, WhyKind},
};

/// So many files one configuration may include.
const MAX_INCLUDES: usize = 150;

/// All files of the tree, parsed when they are needed.
pub struct Library<'a> {
    sources: &'a SourceMap,
    ids: HashMap<&'a str, FileId>,
    parsed: RefCell<HashMap<FileId, Rc<Vec<Document>>>>,
    /// What does not parse in files that nothing else reads.
    pub diagnostics: RefCell<Vec<Diagnostic>>,
}

impl<'a> Library<'a> {
    /// All files, of which some are parsed.
    pub fn new(files: &[YamlFile], sources: &'a SourceMap) -> Self {
        let parsed = files.iter().map(|f| (f.id, Rc::new(f.documents.clone()))).collect();
        let own = sources.iter().filter(|(_, file)| !file.foreign);
        Self {
            sources,
            ids: own.map(|(id, file)| (&*file.path, id)).collect(),
            parsed: RefCell::new(parsed),
            diagnostics: RefCell::default(),
        }
    }

    /// Whether there is such a file.
    pub fn has(&self, path: &str) -> bool {
        self.ids.contains_key(path)
    }

    /// The paths of the files that a pattern names, sorted: `*` stops at a slash, `**` does not.
    fn matching(&self, pattern: &str) -> Vec<EcoString> {
        let pattern = regex::escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*");
        let Ok(pattern) = Regex::new(&format!("^{pattern}$")) else { return Vec::new() };
        let is_yaml = |path: &&&str| path.ends_with(".yml") || path.ends_with(".yaml");
        let found = self.ids.keys().filter(is_yaml).filter(|path| pattern.is_match(path));
        let mut found: Vec<EcoString> = found.map(|path| EcoString::from(*path)).collect();
        found.sort();
        found
    }

    fn documents(&self, path: &str) -> Option<(FileId, Rc<Vec<Document>>)> {
        let id = *self.ids.get(path)?;
        if let Some(known) = self.parsed.borrow().get(&id) {
            return Some((id, known.clone()));
        }
        let parsed = yaml::parse(id, &self.sources.file(id).text);
        self.diagnostics.borrow_mut().extend(parsed.diagnostics);
        let documents = Rc::new(parsed.documents);
        self.parsed.borrow_mut().insert(id, documents.clone());
        Some((id, documents))
    }
}

/// An entry of `include`, or of the `include` of a child pipeline.
#[derive(Clone, Debug)]
pub struct Item {
    /// `local`, `project`, `remote`, `template`, `component`, `artifact`.
    pub kind: &'static str,
    /// Its fields, as rules see them.
    pub fields: Object,
    /// What is included, as people call it.
    pub name: EcoString,
    /// Where it stands.
    pub header: Origin,
    /// The files of the repository that it brings.
    pub paths: Vec<EcoString>,
    /// Whether it is not in the repository, or cannot be told.
    pub unresolved: bool,
    /// Whether what it brings may say when pipelines start.
    pub may_have_workflow: bool,
    /// Whether it names the project itself.
    pub is_own: bool,
}

/// A configuration out of several files.
#[derive(Debug)]
pub struct Loaded {
    /// The content, all files merged; `include` is not in it.
    pub config: Object,
    /// The whole of the first file.
    pub span: Span,
    /// Everything that is included, also by what is included.
    pub items: Vec<Item>,
    /// Jobs that are there only under a condition.
    pub conditions: HashMap<EcoString, Condition>,
    /// The files that were read.
    pub files: Vec<EcoString>,
}

impl Loaded {
    /// Why something may be missing, if part of the configuration is not in the repository.
    pub fn missing(&self) -> Option<Why> {
        let first = self.items.iter().find(|item| item.unresolved)?;
        Some(missing(&first.name))
    }
}

/// The reason for what an include from elsewhere may hold.
pub fn missing(name: &str) -> Why {
    Why::new(WhyKind::HostSetting, eco_format!("what the include \"{name}\" holds"))
}

/// Reads configurations of one pipeline.
pub struct Loader<'a> {
    library: &'a Library<'a>,
    /// The directory that paths are relative to, with a slash; empty for the tree.
    root: &'a str,
    count: usize,
    /// The files that are being read.
    stack: Vec<EcoString>,
    items: Vec<Item>,
    conditions: HashMap<EcoString, Condition>,
    /// Jobs that are there in any case.
    certain: HashSet<EcoString>,
    files: Vec<EcoString>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl<'a> Loader<'a> {
    /// A loader for paths relative to `root`.
    pub fn new(library: &'a Library<'a>, root: &'a str) -> Self {
        Self {
            library,
            root,
            count: 0,
            stack: Vec::new(),
            items: Vec::new(),
            conditions: HashMap::new(),
            certain: HashSet::new(),
            files: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// The configuration of these files, merged in this order; none if there is nothing to read in them.
    pub fn load(mut self, paths: &[(EcoString, Option<Value>)]) -> (Option<Loaded>, Vec<Diagnostic>) {
        let mut config: Option<(Value, Span)> = None;
        for (path, inputs) in paths {
            if let Some((value, span)) = self.file(path, inputs.as_ref(), &Condition::always()) {
                config = Some(match config {
                    Some((before, span)) => (deep(before, &value), span),
                    None => (value, span),
                });
            }
        }
        let Self { items, conditions, files, diagnostics, .. } = self;
        let loaded = config.and_then(|(value, span)| {
            let config = value.as_object()?.clone();
            Some(Loaded { config, span, items, conditions, files })
        });
        (loaded, diagnostics)
    }

    /// A file with everything that it includes.
    fn file(&mut self, path: &EcoString, given: Option<&Value>, condition: &Condition) -> Option<(Value, Span)> {
        let (_, documents) = self.library.documents(path)?;
        let (header, content) = match &documents[..] {
            [] => return None,
            [header, content, ..] if header.root.get("spec").is_some() => (Some(value(&header.root)), content),
            [content, ..] => (None, content),
        };
        let inputs = Inputs::of(header.as_ref(), given);
        let own = value_tagged(&content.root, &|scalar, span| inputs.text(scalar, span), &extend::tagged);
        let own = inputs.names(own);
        let Some(object) = own.as_object() else {
            if !own.is_null() {
                self.diagnostics.push(
                    Diagnostic::error(
                        DiagnosticKind::Input,
                        "this pipeline is not a mapping, so it was not checked",
                        content.root.span,
                    )
                    .help("see https://docs.gitlab.com/ci/yaml/"),
                );
            }
            return None;
        };
        self.stack.push(path.clone());
        if !self.files.contains(path) {
            self.files.push(path.clone());
        }
        let mut merged: Option<Value> = None;
        for item in entries(field(object, "include")) {
            merged = self.include(&item, merged, condition);
        }
        self.stack.pop();
        for name in object.fields.keys() {
            if condition.is_always() {
                self.conditions.remove(name);
                self.certain.insert(name.clone());
            } else if !self.certain.contains(name) {
                let before = self.conditions.remove(name).map(|before| Condition::any([before, condition.clone()]));
                self.conditions.insert(name.clone(), before.unwrap_or_else(|| condition.clone()));
            }
        }
        let mut object = object.clone();
        object.fields.shift_remove("include");
        let own = Value { repr: Repr::Object(std::sync::Arc::new(object)), ..own };
        let value = match merged {
            Some(before) => deep(before, &own),
            None => own,
        };
        Some((value, content.root.span))
    }

    /// One entry of `include` onto what was included before it.
    fn include(&mut self, written: &Value, merged: Option<Value>, outer: &Condition) -> Option<Value> {
        let Some(item) = self.item(written) else { return merged };
        let given = written.as_object().and_then(|o| field(o, "inputs"));
        let own = written.as_object().and_then(|o| field(o, "rules")).map(|rules| self.condition(rules));
        let paths = item.paths.clone();
        self.items.push(item);
        let mut merged = merged;
        for path in paths {
            self.count += 1;
            if self.count > MAX_INCLUDES {
                if self.count == MAX_INCLUDES + 1 {
                    let message = format!("this pipeline includes more than {MAX_INCLUDES} files");
                    self.refuse(message, written, "GitLab refuses more; the rest was not read");
                }
                return merged;
            }
            if self.stack.contains(&path) {
                let message = format!("`{path}` includes itself");
                self.refuse(message, written, "GitLab refuses a circle of includes");
                continue;
            }
            let condition = match &own {
                Some(own) => outer.clone().and(own.clone()),
                None => outer.clone(),
            };
            let Some((value, _)) = self.file(&path, given, &condition) else { continue };
            merged = Some(match (merged, &own) {
                (Some(before), None) => deep(before, &value),
                (Some(before), Some(_)) => {
                    let why = Why::new(WhyKind::Maybe, eco_format!("\"{path}\" is included by a rule"));
                    perhaps(before, &value, &why, true)
                }
                (None, _) => value,
            });
        }
        merged
    }

    /// Under which condition something is included.
    fn condition(&mut self, rules: &Value) -> Condition {
        let known = Known { variables: &|_| None, is_child: false, denies: false };
        let mut reader = Reader { known, open: None, diagnostics: &mut self.diagnostics };
        let rules = reader.rules(rules, &(When::Always, Origins::none()), &Value::null());
        // However simple it is, it is a condition.
        Condition::new(Test::All(vec![rules.runs]))
    }

    fn refuse(&mut self, message: String, at: &Value, help: &str) {
        let place = at.as_object().and_then(|o| o.header.as_ref()).map(|o| o.anchor);
        let Some(span) = place.or_else(|| extend::written_at(at)) else { return };
        let diagnostic = Diagnostic::error(DiagnosticKind::Evaluation, message, span).help(help);
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// An entry of `include`, taken apart.
    pub fn item(&mut self, written: &Value) -> Option<Item> {
        let mut item = Item::of(written)?;
        match item.kind {
            "local" => self.local(&mut item, written),
            _ if item.is_own => self.own(&mut item),
            _ => {}
        }
        Some(item)
    }

    /// The files that a local include names.
    fn local(&mut self, item: &mut Item, written: &Value) {
        for file in flat(item.fields.get("file")) {
            let Some(text) = text_of(&file).filter(|text| !text.contains('$')) else {
                item.unresolved = true;
                continue;
            };
            let path = self.path(&text);
            let found = match path.contains('*') {
                true => self.library.matching(&path),
                false if self.library.has(&path) => vec![path],
                false => Vec::new(),
            };
            if found.is_empty() {
                item.unresolved = true;
                let message = format!("this include names `{text}`, which is not in the repository");
                self.refuse(message, written, "a local include is relative to the root of the repository");
            }
            item.paths.extend(found);
        }
    }

    /// What a project includes from itself: the files here stand for those of the version that it names.
    fn own(&self, item: &mut Item) {
        let files = if item.kind == "project" {
            flat(item.fields.get("file")).iter().filter_map(text_of).collect()
        } else {
            let component = item.name.rsplit_once('@').map_or(item.name.as_str(), |(address, _)| address);
            let name = component.rsplit('/').next().unwrap_or_default();
            let places = [eco_format!("templates/{name}.yml"), eco_format!("templates/{name}/template.yml")];
            let found = places.into_iter().find(|place| self.library.has(&self.path(place)));
            found.into_iter().collect::<Vec<_>>()
        };
        let paths: Vec<EcoString> = files.iter().map(|file| self.path(file)).collect();
        if !paths.is_empty() && paths.iter().all(|path| self.library.has(path)) {
            item.paths = paths;
            item.unresolved = false;
        }
    }

    /// A path from the root of the tree.
    fn path(&self, written: &str) -> EcoString {
        resolve(self.root.trim_end_matches('/'), written.trim_start_matches('/'))
    }
}

impl Item {
    /// When pipelines start by the two templates that GitLab ships for that.
    pub fn shipped_workflow(&self) -> Option<Condition> {
        let name = self.name.strip_prefix("Workflows/").filter(|_| self.kind == "template")?;
        let kinds = match name {
            "Branch-Pipelines.gitlab-ci.yml" => vec![expression::is_tag(), expression::is_branch()],
            "MergeRequest-Pipelines.gitlab-ci.yml" => {
                let default = Condition::new(Test::DefaultBranch).and(expression::is_branch());
                vec![expression::is_merge_request(), expression::is_tag(), default]
            }
            _ => return None,
        };
        Some(Condition::at(Condition::any(kinds).test, Origins::one(self.header.clone())))
    }

    /// Whether it is a scanner that GitLab ships: those look at the code and what is built of it, and nothing else.
    pub fn is_scanner(&self) -> bool {
        const SCANNERS: [&str; 9] = [
            "SAST",
            "Secret-Detection",
            "Dependency-Scanning",
            "Container-Scanning",
            "Code-Quality",
            "License-Scanning",
            "Coverage-Fuzzing",
            "DAST",
            "API-",
        ];
        let name = self.name.strip_prefix("Jobs/").or_else(|| self.name.strip_prefix("Security/"));
        self.kind == "template" && name.is_some_and(|name| SCANNERS.iter().any(|s| name.starts_with(s)))
    }

    /// What one entry says, as far as its text tells it.
    fn of(written: &Value) -> Option<Self> {
        let header = written.as_object().and_then(|o| o.header.clone());
        let header = header.or_else(|| written.origins.iter().last().cloned())?;
        let mut fields: ByName<Value> = ByName::default();
        let short;
        let object = if let Some(object) = written.as_object() {
            object
        } else {
            // A text alone is a path, or an address.
            let kind = if written.as_str().is_some_and(|t| t.contains("://")) { "remote" } else { "local" };
            short = Object {
                fields: [(EcoString::from(kind), written.clone())].into_iter().collect(),
                header: Some(header.clone()),
                ..Object::default()
            };
            &short
        };
        let kinds = ["local", "project", "remote", "template", "component", "artifact"];
        let kind = kinds.into_iter().find(|kind| field(object, kind).is_some())?;
        let none = Variables::default();
        for name in ["ref", "integrity", "inputs", "rules", "job"] {
            let null = || Value::null().seen_at(header.with_step(crate::value::OriginStep::NotSet(name.into())));
            // What the project or whoever starts a pipeline sets is a hole.
            fields.insert(name.into(), object.get(name).map_or_else(null, |value| none.text(value)));
        }
        let what = field(object, kind)?;
        let mut name = text_of(what).unwrap_or_else(|| match &what.repr {
            Repr::String(text) => text.written(),
            _ => kind.into(),
        });
        fields.insert("kind".into(), Value::string(kind));
        fields.insert("text".into(), none.text(what));
        let is_own = name.contains("$CI_PROJECT_PATH") || name.contains("${CI_PROJECT_PATH}");
        fields.insert("own_project".into(), Value::bool(is_own));
        let files = match kind {
            "local" => flat(Some(what)),
            _ => flat(field(object, "file")),
        };
        if kind == "project" {
            let files = files.iter().filter_map(text_of).collect::<Vec<_>>().join(", ");
            name = eco_format!("{name}: {files}");
        }
        fields.insert("file".into(), Value::tuple(files));
        if kind == "component" {
            let (address, version) = match name.rsplit_once('@') {
                Some((address, version)) => {
                    (address, none.text(&Value::string(version).with_origins(what.origins.clone())))
                }
                None => (name.as_str(), Value::null().with_origins(what.origins.clone())),
            };
            fields.insert("component".into(), Value::string(address).with_origins(what.origins.clone()));
            fields.insert("version".into(), version);
        }
        let may_have_workflow = match kind {
            "project" | "remote" | "local" => true,
            "template" => name.starts_with("Workflows/") || name.starts_with("Auto-DevOps") || name.contains('$'),
            // A component is written for any pipeline, and leaves that to whoever includes it.
            _ => false,
        };
        let fields = Object { fields, header: Some(header.clone()), ..Object::default() };
        let unresolved = kind != "local";
        Some(Self { kind, fields, name, header, paths: Vec::new(), unresolved, may_have_workflow, is_own })
    }
}

/// The entries of an `include`, which may be one or a list.
pub fn entries(include: Option<&Value>) -> Vec<Value> {
    flat(include)
}
