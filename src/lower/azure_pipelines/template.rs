//! Templates: which file is meant, and with which parameters.

use std::{collections::HashMap, sync::Arc};

use ecow::{EcoString, eco_format};

use super::{
    expand::{Expander, Names, Scope},
    expression::Expr,
    tree::{Field, Guard, Item, Kind, Tree},
};
use crate::{
    lower::{
        path::{dir_of, join},
        yaml::YamlFile,
    },
    source::{Diagnostic, DiagnosticKind, Span},
    syntax::node::{Node, NodeKind},
    value::{Origin, OriginStep, Origins, Refinement, Value},
};

/// The host puts in no more files.
const MAX_TEMPLATES: usize = 100;

/// The keys whose elements may be templates.
const LISTS: [&str; 4] = ["stages", "jobs", "steps", "variables"];

/// The files that may be templates, by their paths.
pub struct Files<'a>(HashMap<&'a str, &'a YamlFile>);

/// Where a template is.
enum Target<'a> {
    Here(&'a YamlFile),
    /// In another repository.
    Elsewhere,
    /// Nowhere; the path that was looked for.
    Missing(EcoString),
}

impl<'a> Files<'a> {
    /// These files.
    pub fn new(files: &'a [YamlFile]) -> Self {
        Self(files.iter().map(|file| (file.path.as_str(), file)).collect())
    }

    /// The file that `template: written` in the file `from` means: a path from that file's directory, or from
    /// the root of the repository.
    fn find(&self, from: &str, written: &str) -> Target<'a> {
        let (path, alias) = written.rsplit_once('@').map_or((written, None), |(path, alias)| (path, Some(alias)));
        if alias.is_some_and(|alias| alias != "self") {
            return Target::Elsewhere;
        }
        let path = path.trim().replace('\\', "/");
        let dir = dir_of(from);
        let mut wanted = Vec::new();
        if let Some(path) = path.strip_prefix('/') {
            // The tree may hold a repository in a directory of its own.
            wanted.extend(join("", path));
            let parents = dir.match_indices('/').map(|(i, _)| &dir[..i]).chain([dir]);
            wanted.extend(parents.filter_map(|parent| join(parent, path)));
        } else {
            wanted.extend(join(dir, &path));
            if alias.is_some() {
                wanted.extend(join("", &path));
            }
        }
        let found = wanted.iter().find_map(|path| self.0.get(path.as_str()));
        match found {
            Some(file) => Target::Here(file),
            None => Target::Missing(wanted.into_iter().next().unwrap_or_else(|| path.into())),
        }
    }
}

impl Expander<'_> {
    /// Puts in the elements of a template, if `node` is the use of one in the sequence under `name`.
    pub fn template_item(
        &mut self,
        node: &Node,
        name: &str,
        scope: &Scope,
        guards: &[Guard],
        out: &mut Vec<Item>,
    ) -> bool {
        let Some(used) = node.entry("template") else { return false };
        if node.entries().iter().any(|e| !matches!(e.key.as_str(), "template" | "parameters")) {
            return false;
        }
        let path = self.node(&used.value, Some(used), scope);
        let place = Origin::new(used.value.span, node.span, OriginStep::Use);
        let arguments = node.entry("parameters").map(|e| self.node(&e.value, Some(e), scope));
        let Some(root) = self.template(&path, arguments.as_ref(), &place, scope) else {
            // It stays as it is written, so that it is known that something comes here.
            let tree = self.node(node, None, scope);
            out.push(Item { tree, guards: guards.to_vec() });
            return true;
        };
        // A sequence of another name is a parameter of the same kind as what the template gives.
        let keys: Vec<&str> = if LISTS.contains(&name) { vec![name] } else { LISTS.to_vec() };
        for key in keys {
            for field in root.fields().iter().filter(|f| f.key == key) {
                let guards: Vec<Guard> = guards.iter().chain(&field.guards).cloned().collect();
                for item in field.tree.items() {
                    let guards = guards.iter().chain(&item.guards).cloned().collect();
                    out.push(Item { tree: item.tree.clone(), guards });
                }
                // Variables may be a mapping, too.
                for variable in field.tree.fields() {
                    out.push(Item { tree: as_item(variable), guards: guards.clone() });
                }
            }
        }
        true
    }

    /// The content of a template; none if it is not to be had, which is noted.
    fn template(&mut self, path: &Tree, arguments: Option<&Tree>, place: &Origin, scope: &Scope) -> Option<Tree> {
        let Some(written) = path.as_text() else {
            self.unresolved.push(path.value());
            return None;
        };
        let missing = |this: &mut Self, message: String, help: &str| {
            let error = Diagnostic::error(DiagnosticKind::Evaluation, message, place.anchor).help(help);
            this.diagnostics.push(error);
            this.unresolved.push(Value::string(written.clone()).with_origins(Origins::one(place.clone())));
        };
        let file = match self.files.find(&scope.path, &written) {
            Target::Here(file) => file,
            Target::Elsewhere => {
                let alias = written.rsplit_once('@').map_or("", |(_, alias)| alias);
                if !self.repositories.contains(alias) {
                    let message = format!("no repository is called \"{alias}\" here");
                    let error = Diagnostic::error(DiagnosticKind::Evaluation, message, place.anchor);
                    self.diagnostics.push(error.help("name it under `resources.repositories` of the pipeline"));
                }
                self.unresolved.push(Value::string(written.clone()).with_origins(Origins::one(place.clone())));
                return None;
            }
            Target::Missing(looked_for) => {
                let message = format!("template \"{written}\" is not in the repository");
                let help = format!(
                    "there is no file \"{looked_for}\"; a path without a slash in front starts at the directory of this file"
                );
                missing(self, message, &help);
                return None;
            }
        };
        if scope.open.iter().any(|open| *open == file.path) {
            missing(self, format!("template \"{written}\" uses itself"), "take this use out");
            return None;
        }
        self.templates += 1;
        if self.templates > MAX_TEMPLATES {
            if self.templates == MAX_TEMPLATES + 1 {
                missing(self, format!("more than {MAX_TEMPLATES} templates are used"), "the host refuses the pipeline");
            }
            return None;
        }
        let root = &file.documents.first()?.root;
        self.used.insert(file.path.as_str().into());
        let mut open = scope.open.clone();
        open.push(file.path.as_str().into());
        let via = scope.via.iter().cloned().chain([place.clone()]).collect();
        let mut inner = Scope { path: file.path.as_str().into(), locals: Names::default(), via, open, ..scope.clone() };
        inner.parameters = Arc::new(self.arguments(root, arguments, place, &inner));
        let tree = self.node(root, None, &inner);
        Some(self.extended(tree, root, &inner))
    }

    /// A document with what the template gives that it extends.
    pub fn extended(&mut self, tree: Tree, root: &Node, scope: &Scope) -> Tree {
        let Some(extends) = root.entry("extends") else { return tree };
        let Some(used) = extends.value.entry("template") else { return tree };
        let path = self.node(&used.value, Some(used), scope);
        let place = Origin::new(used.value.span, extends.key_span.to(extends.value.span), OriginStep::Use);
        let scope = match tree.get("variables") {
            Some(variables) => {
                let variables = super::expand::with_variables(&scope.variables, &variables);
                Scope { variables: Arc::new(variables), ..scope.clone() }
            }
            None => scope.clone(),
        };
        let arguments = extends.value.entry("parameters").map(|e| self.node(&e.value, Some(e), &scope));
        let Some(base) = self.template(&path, arguments.as_ref(), &place, &scope) else { return tree };
        let mut fields = tree.fields().to_vec();
        let given = |key: &str| matches!(key, "stages" | "jobs" | "steps" | "pool" | "variables" | "resources");
        fields.extend(base.fields().iter().filter(|f| given(&f.key)).cloned());
        let weight = tree.weight.saturating_add(base.weight);
        Tree { kind: Kind::Map(fields.into()), weight, ..tree }
    }

    /// The parameters of a template, as its user gives them.
    fn arguments(&mut self, root: &Node, given: Option<&Tree>, place: &Origin, scope: &Scope) -> Names {
        let mut names = Names::default();
        let declared = self.declared(root, scope);
        for given in given.map(Tree::fields).unwrap_or_default() {
            if declared.iter().any(|d| d.name.eq_ignore_ascii_case(&given.key))
                || declared.is_empty() && root.get("parameters").is_none()
            {
                continue;
            }
            let span = given.tree.origins.first().map_or(place.anchor, |o| o.anchor);
            let message = format!("the template has no parameter \"{}\"", given.key);
            let known: Vec<&str> = declared.iter().map(|d| d.name.as_str()).collect();
            let help = format!("it has: {}", known.join(", "));
            self.diagnostics.push(Diagnostic::error(DiagnosticKind::Evaluation, message, span).help(help));
        }
        for parameter in declared {
            let written =
                given.into_iter().flat_map(Tree::fields).rfind(|f| f.key.eq_ignore_ascii_case(&parameter.name));
            let tree = match (written, parameter.default) {
                (Some(field), _) => given.and_then(|g| g.get(&field.key)).unwrap_or_else(|| field.tree.clone()),
                (None, Some(default)) => default,
                (None, None) if parameter.typed => {
                    let message = format!("parameter \"{}\" of the template has no value", parameter.name);
                    let error = Diagnostic::error(DiagnosticKind::Evaluation, message, place.anchor);
                    self.diagnostics.push(error.note(parameter.place, "it has no default"));
                    Tree::open(
                        Expr::Path(eco_format!("parameters.{}", parameter.name), Vec::new()),
                        Origins::one(Origin::here(parameter.place)),
                    )
                }
                (None, None) => Tree::scalar(Value::null()),
            };
            names.insert(parameter.name, tree);
        }
        names
    }

    /// The parameters of a pipeline: whoever starts it by hand may choose other values than the defaults.
    ///
    /// Sequences and mappings are taken as they are written: nobody types them anew.
    pub fn choices(&mut self, root: &Node, scope: &Scope) -> Names {
        let mut names = Names::default();
        for parameter in self.declared(root, scope) {
            let default = parameter.default.clone().filter(|d| !matches!(d.kind, Kind::Scalar(..)));
            let tree = default.unwrap_or_else(|| choice(&parameter));
            names.insert(parameter.name, tree);
        }
        names
    }

    /// What `parameters:` of a document declares, as a sequence or as a mapping from names to defaults.
    fn declared(&mut self, root: &Node, scope: &Scope) -> Vec<Parameter> {
        let Some(entry) = root.entry("parameters") else { return Vec::new() };
        let mut out = Vec::new();
        match &entry.value.kind {
            NodeKind::Mapping(entries) => {
                for entry in entries {
                    let default = Some(self.node(&entry.value, Some(entry), scope)).filter(|d| !d.is_null());
                    let default = default.or_else(|| Some(Tree::scalar(Value::null())));
                    let place = entry.key_span;
                    let values = Vec::new();
                    out.push(Parameter { name: entry.key.clone(), default, values, typed: false, place });
                }
            }
            NodeKind::Sequence(items) => {
                for item in items {
                    let Some(name) = item.entry("name") else { continue };
                    let Some(text) = name.value.as_text() else { continue };
                    let is = |wanted: &str| item.get("type").and_then(Node::as_text).is_some_and(|t| t == wanted);
                    let default = item.entry("default").map(|e| self.node(&e.value, Some(e), scope));
                    let mut values: Vec<Value> = item.get("values").map_or(Vec::new(), |list| {
                        list.items().iter().map(|v| self.node(v, None, scope).value()).collect()
                    });
                    if is("boolean") && values.is_empty() {
                        values = vec![Value::bool(true), Value::bool(false)];
                    }
                    out.push(Parameter { name: text.clone(), default, values, typed: true, place: name.value.span });
                }
            }
            _ => {}
        }
        out
    }
}

/// A parameter as it is declared.
struct Parameter {
    name: EcoString,
    default: Option<Tree>,
    values: Vec<Value>,
    /// Whether it is declared in the form that requires a value.
    typed: bool,
    place: Span,
}

/// The value of a parameter that somebody may choose.
fn choice(parameter: &Parameter) -> Tree {
    let name = &parameter.name;
    let mut origins = Origins::one(Origin::here(parameter.place));
    if let [only] = &parameter.values[..] {
        return Tree::scalar(only.clone());
    }
    let default = parameter.default.as_ref().and_then(Tree::expr);
    if let Some(default) = &parameter.default {
        origins.extend(&default.origins);
    }
    let unset = || Expr::Path("parameters".into(), vec![super::expression::Step::Name(name.clone())]);
    let expr = Expr::Choice(name.clone(), Box::new(default.unwrap_or_else(unset)));
    let refinement = if parameter.values.is_empty() {
        Refinement::NonNull
    } else {
        Refinement::OneOf(parameter.values.clone().into())
    };
    Tree::open_with(expr, origins, refinement)
}

/// `name: value` as the element of a list of variables.
fn as_item(variable: &Field) -> Tree {
    let name = Tree::scalar(Value::string(variable.key.clone()).with_origins(variable.tree.origins.clone()));
    let field = |key: &str, tree: Tree| Field { key: key.into(), tree, guards: Vec::new() };
    let fields = [field("name", name), field("value", variable.tree.clone())];
    Tree { kind: Kind::Map(Arc::from(fields)), ..variable.tree.clone() }
}
