//! The build of one kustomization: what it takes in, what it makes, and what it changes, in kustomize's order.

mod plugins;

use std::collections::BTreeSet;

use ecow::EcoString;

use super::{
    Built,
    config::Config,
    fault,
    fieldspec::FieldSpec,
    files::{self, Files, is_remote},
    generate, images, inline, json_patch, kustomization, metadata,
    metadata::Subjects,
    order, patch, references,
    replace::{self, Variable},
    resource::{Made, Resource, Resources},
    tree,
};
use crate::{
    lower::path::{dir_of, name_of, relative, resolve},
    model::Skipped,
    source::{Diagnostic, Span},
    syntax::node::{Node, NodeKind},
};

/// Deeper than this no base is named by a base.
const DEEPEST: usize = 40;
/// More objects than this no build of a person has.
const MOST_OBJECTS: usize = 100_000;
/// More directories than this one build does not take in: bases that name bases twice grow without end.
const MOST_DIRECTORIES: usize = 5_000;

/// What a build has so far.
#[derive(Default)]
struct Product {
    resources: Resources,
    config: Config,
    variables: Vec<Variable>,
}

/// One build.
pub(super) struct Builder<'a> {
    files: &'a Files<'a>,
    /// Whether the first fault ends it; else what is at fault is left out, and said.
    strict: bool,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) skipped: Vec<Skipped>,
    /// The paths of files that were taken in.
    pub(super) used: BTreeSet<EcoString>,
    /// The directories that are being built.
    stack: Vec<EcoString>,
    directories: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(files: &'a Files<'a>, strict: bool) -> Self {
        Self {
            files,
            strict,
            diagnostics: Vec::new(),
            skipped: Vec::new(),
            used: BTreeSet::new(),
            stack: Vec::new(),
            directories: 0,
        }
    }

    /// What `kustomize build` prints for a directory.
    pub(super) fn build(&mut self, dir: &str, place: Option<Span>) -> Built<Vec<Resource>> {
        let product = self.directory(dir, place, None)?;
        let Product { mut resources, config, variables } = product;
        generate::add_hashes(&mut resources);
        let fixed = references::fix(&mut resources, &config);
        self.tolerate(fixed)?;
        let expanded = replace::variables(&mut resources, &variables, &config);
        self.tolerate(expanded)?;
        let root = self.root(dir, place)?;
        order::sort(&mut resources, root.get("sortOptions"));
        self.metadata(dir, root, &mut resources);
        for resource in &mut resources.0 {
            metadata::part(&mut resource.node);
            tidy(&mut resource.node);
        }
        Ok(resources.0)
    }

    /// Goes on without what is at fault, unless the first fault ends it.
    fn tolerate<T>(&mut self, result: Built<T>) -> Built<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(diagnostic) if self.strict => Err(diagnostic),
            Err(diagnostic) => {
                if !self.diagnostics.contains(&diagnostic) {
                    self.diagnostics.push(*diagnostic);
                }
                Ok(None)
            }
        }
    }

    /// The kustomization of a directory.
    fn root(&self, dir: &str, place: Option<Span>) -> Built<&'a Node> {
        let Some(id) = self.files.kustomization(dir) else {
            return Err(match place {
                Some(span) => fault(format!("there is no file and no kustomization at `{dir}`"), span).into(),
                None => Diagnostic::about_file(super::KIND, "there is no kustomization in this directory", dir).into(),
            });
        };
        let parsed = self.files.configuration(id).ok_or_else(|| fault("this file is not read", Span::new(id, 0, 0)))?;
        if let Some(error) = parsed.error() {
            return Err(error.clone().into());
        }
        if self.files.kustomization_count(dir) > 1 {
            return Err(fault("this directory has several kustomizations", Span::new(id, 0, 0)).into());
        }
        match parsed.documents.first().filter(|n| !kustomization::is_empty(n)) {
            Some(root) => Ok(root),
            None => Err(fault("this kustomization is empty", Span::new(id, 0, 0)).into()),
        }
    }

    /// Builds a directory; a component goes on with what there is already.
    fn directory(&mut self, dir: &str, place: Option<Span>, so_far: Option<Product>) -> Built<Product> {
        let span = place.unwrap_or(Span::new(crate::source::FileId::NONE, 0, 0));
        if self.stack.iter().any(|d| d == dir) {
            return Err(fault("this leads back to the kustomization itself", span).into());
        }
        self.directories += 1;
        if self.stack.len() > DEEPEST || self.directories > MOST_DIRECTORIES {
            return Err(fault("too many bases are named by bases", span).into());
        }
        let root = self.root(dir, place)?;
        let checked = kustomization::check(root);
        self.tolerate(checked)?;
        match (&so_far, kustomization::is_component(root), place) {
            (Some(_), false, Some(span)) => {
                return Err(fault("this is no component: its `kind` is not `Component`", span).into());
            }
            (None, true, Some(span)) => {
                return Err(fault("this is a component", span).help("name it under `components`").into());
            }
            _ => {}
        }
        if let Some(id) = self.files.kustomization(dir) {
            self.used.insert(self.files.map.path(id).into());
        }
        self.stack.push(dir.into());
        let product = self.product(dir, root, so_far.unwrap_or_default());
        self.stack.pop();
        product
    }

    fn product(&mut self, dir: &str, root: &'a Node, mut product: Product) -> Built<Product> {
        let items = |key: &str| root.get(key).map_or(&[][..], Node::items);
        for entry in items("resources").iter().chain(items("bases")) {
            let taken = self.resource(dir, entry, &mut product);
            self.tolerate(taken)?;
        }
        for entry in items("configurations") {
            let read =
                self.documents_of(dir, entry).map(|documents| documents.iter().for_each(|d| product.config.read(d)));
            self.tolerate(read)?;
        }
        for entry in items("crds").iter().chain(tree::at(root, &["openapi", "path"])) {
            let there = entry
                .as_text()
                .filter(|t| !is_remote(t))
                .map_or(Ok(()), |path| self.files.bytes(dir, path, entry.span).map(drop));
            self.tolerate(there)?;
        }
        self.generators(dir, root, &mut product)?;
        for entry in items("components") {
            self.component(dir, entry, &mut product)?;
        }
        self.transformers(dir, root, &mut product)?;
        for declared in items("vars") {
            if let Some(name) = tree::string(declared, &["name"]).cloned() {
                if product.variables.iter().any(|v| v.name == name) {
                    let twice = fault(format!("there is a variable `{name}` already"), declared.span);
                    self.tolerate::<()>(Err(twice.into()))?;
                    continue;
                }
                product.variables.push(Variable { name, declared: declared.clone() });
            }
        }
        if product.resources.0.len() > MOST_OBJECTS {
            return Err(fault(format!("this makes more than {MOST_OBJECTS} objects"), root.span).into());
        }
        Ok(product)
    }

    /// Says of a base that is elsewhere that it is missing.
    fn remote(&mut self, dir: &str, entry: &Node, path: &str) -> Built<()> {
        if self.strict {
            return Err(fault(format!("`{path}` is somewhere else, and nothing is downloaded"), entry.span)
                .help("copy it into the repository, or render with kustomize")
                .into());
        }
        let file = self.files.kustomization(dir).map_or(dir, |id| self.files.map.path(id));
        let why = format!("`{path}` is a remote base, which is not downloaded; the rest is built without it");
        self.skipped.push(Skipped { path: file.into(), why });
        Ok(())
    }

    /// Takes in a file of objects, or another kustomization.
    fn resource(&mut self, dir: &str, entry: &'a Node, product: &mut Product) -> Built<()> {
        let Some(path) = entry.as_text() else { return Ok(()) };
        if is_remote(path) {
            return self.remote(dir, entry, path);
        }
        let full = resolve(dir, path);
        if self.files.id(&full).is_some() {
            let (full, parsed) = self.files.documents(dir, path, entry.span)?;
            // What is broken was said where it was parsed; duplicate keys are a fault to kustomize.
            if let Some(error) = parsed.diagnostics.first().filter(|_| self.strict) {
                return Err(error.clone().into());
            }
            self.used.insert(full.clone());
            let mut objects = Vec::new();
            parsed.documents.iter().for_each(|d| tree::flatten(d.clone(), !self.strict, &mut objects));
            for node in objects {
                let kept = (!self.strict && tree::string(&node, &["kind"]).is_some()).then(|| node.clone());
                let added = object(node).and_then(|r| {
                    let origin = Some(Made::File(full.clone()));
                    r.map_or(Ok(()), |r| product.resources.add(Resource { origin, ..r }))
                });
                // What kustomize refuses is still there to be looked at.
                if let (Err(_), Some(node)) = (&added, kept) {
                    product.resources.0.push(Resource::new(node));
                }
                self.tolerate(added)?;
            }
            return Ok(());
        }
        let inner = self.directory(&full, Some(entry.span), None)?;
        for mut resource in inner.resources.0 {
            resource.calls.insert(0, entry.span);
            let added = product.resources.add(resource);
            self.tolerate(added)?;
        }
        product.config.merge(inner.config);
        product.variables.extend(inner.variables);
        Ok(())
    }

    fn component(&mut self, dir: &str, entry: &'a Node, product: &mut Product) -> Built<()> {
        let Some(path) = entry.as_text() else { return Ok(()) };
        if is_remote(path) {
            return self.remote(dir, entry, path);
        }
        // What is there already goes through the component, and must not be lost if that fails.
        let Product { resources, config, variables } = std::mem::take(product);
        let kept = (!self.strict).then(|| (resources.clone(), config.clone(), variables.clone()));
        let full = resolve(dir, path);
        let before = resources.0.len();
        match self.directory(&full, Some(entry.span), Some(Product { resources, config, variables })) {
            Ok(mut changed) => {
                for resource in changed.resources.0.iter_mut().skip(before) {
                    resource.calls.insert(0, entry.span);
                }
                *product = changed;
                Ok(())
            }
            Err(diagnostic) => {
                if let Some((resources, config, variables)) = kept {
                    *product = Product { resources, config, variables };
                }
                self.tolerate::<()>(Err(diagnostic)).map(drop)
            }
        }
    }

    /// The documents of a file that an entry names.
    fn documents_of(&mut self, dir: &str, entry: &Node) -> Built<Vec<Node>> {
        let Some(path) = entry.as_text() else { return Ok(Vec::new()) };
        let (full, parsed) = self.files.documents(dir, path, entry.span)?;
        self.used.insert(full);
        match parsed.error() {
            Some(error) => Err(error.clone().into()),
            None => Ok(parsed.documents.clone()),
        }
    }

    fn generators(&mut self, dir: &str, root: &'a Node, product: &mut Product) -> Built<()> {
        let options = root.get("generatorOptions");
        for (key, secret) in [("configMapGenerator", false), ("secretGenerator", true)] {
            for entry in root.get(key).map_or(&[][..], Node::items) {
                let path = self.files.map.path(entry.span.file).into();
                let origin = Made::Generator(path, if secret { "SecretGenerator" } else { "ConfigMapGenerator" });
                let made = generate::object(entry, options, secret, dir, self.files)
                    .and_then(|object| product.resources.absorb(Resource { origin: Some(origin), ..object }));
                self.tolerate(made)?;
            }
        }
        for key in ["helmCharts", "helmChartInflationGenerator"] {
            for entry in root.get(key).map_or(&[][..], Node::items) {
                if self.strict {
                    return Err(fault("a Helm chart is not rendered here", entry.span).into());
                }
                let file = self.files.map.path(entry.span.file).to_string();
                let name = tree::string(entry, &["name"]).or_else(|| tree::string(entry, &["chartName"]));
                let name = name.map_or("", EcoString::as_str);
                let why = format!("the Helm chart `{name}` is not rendered; the rest is built without it");
                self.skipped.push(Skipped { path: file, why });
            }
        }
        for plugin in self.plugins(dir, root, "generators")? {
            let secret = match tree::string(&plugin, &["kind"]).map(EcoString::as_str) {
                Some("ConfigMapGenerator") => false,
                Some("SecretGenerator") => true,
                _ => {
                    self.unknown_plugin(&plugin)?;
                    continue;
                }
            };
            let mut entry = plugin.clone();
            for key in ["name", "namespace"] {
                if let Some(value) = tree::at(&plugin, &["metadata", key]) {
                    tree::set(&mut entry, key, value.clone());
                }
            }
            // Its options stand beside the rest.
            tree::set(&mut entry, "options", plugin.clone());
            if let Some(options) = plugin.get("options") {
                tree::set(&mut entry, "options", options.clone());
            }
            let made = generate::object(&entry, None, secret, dir, self.files)
                .and_then(|object| product.resources.absorb(object));
            self.tolerate(made)?;
        }
        Ok(())
    }

    /// The patches that an entry holds or names.
    fn patch_documents(&mut self, dir: &str, entry: &Node) -> Built<Vec<Node>> {
        let part = |key: &str| entry.get(key).filter(|n| n.as_text().is_some_and(|t| !t.is_empty()));
        match (part("path"), part("patch").or_else(|| part("jsonOp"))) {
            (Some(_), Some(text)) => {
                Err(fault("a patch is named by `path` or written under `patch`, not both", text.span).into())
            }
            (Some(path), None) => self.documents_of(dir, path),
            (None, Some(text)) => {
                // What begins as JSON has to be JSON.
                let is_json = text.as_text().is_some_and(|t| t.trim_start().starts_with('['));
                if is_json && text.as_text().is_some_and(|t| serde_json::from_str::<serde_json::Value>(t).is_err()) {
                    return Err(fault("this patch begins as JSON and is none", text.span).into());
                }
                inline::documents(text, inline::style(text), self.files.map)
            }
            (None, None) => Err(fault("this patch has neither `path` nor `patch`", entry.span).into()),
        }
    }

    fn transformers(&mut self, dir: &str, root: &'a Node, product: &mut Product) -> Built<()> {
        let items = |key: &str| root.get(key).map_or(&[][..], Node::items);
        for entry in items("patchesStrategicMerge") {
            let Some(text) = entry.as_text() else { continue };
            let documents = if text.contains('\n') || self.files.id(&resolve(dir, text)).is_none() && text.contains(':')
            {
                inline::documents(entry, inline::style(entry), self.files.map)
            } else {
                self.documents_of(dir, entry)
            };
            let documents = self.tolerate(documents)?.unwrap_or_default();
            for document in documents.iter().filter(|d| !tree::is_null(d)) {
                let done = patch::strategic(&mut product.resources, document, patch::Allowed::default());
                self.tolerate(done)?;
            }
        }
        for entry in items("patches") {
            self.patch(dir, entry, product)?;
        }
        if let Some(namespace) = root.get("namespace") {
            let fields = product.config.fields(|c| &c.namespace);
            let done = metadata::namespace(&mut product.resources, namespace, &fields, Subjects::Default, false);
            self.tolerate(done)?;
        }
        if let Some(prefix) = root.get("namePrefix") {
            let fields = product.config.fields(|c| &c.prefix);
            let done = metadata::prefix(&mut product.resources, prefix, &fields);
            self.tolerate(done)?;
        }
        if let Some(suffix) = root.get("nameSuffix") {
            let fields = product.config.fields(|c| &c.suffix);
            let done = metadata::suffix(&mut product.resources, suffix, &fields);
            self.tolerate(done)?;
        }
        for entry in items("labels") {
            let Some(pairs) = entry.get("pairs") else { continue };
            let is = |key: &str| matches!(entry.get(key).map(|n| &n.kind), Some(NodeKind::Bool { value: true, .. }));
            let mut fields: Vec<FieldSpec> =
                entry.get("fields").map_or(&[][..], Node::items).iter().filter_map(FieldSpec::read).collect();
            if is("includeSelectors") {
                fields.extend(product.config.fields(|c| &c.labels));
            } else {
                if is("includeTemplates") {
                    fields.extend(product.config.fields(|c| &c.template_labels));
                }
                fields.push(FieldSpec::new("", "", "", "metadata/labels", true));
            }
            let done = metadata::pairs(&mut product.resources, pairs, &fields);
            self.tolerate(done)?;
        }
        if let Some(pairs) = root.get("commonLabels") {
            let fields = product.config.fields(|c| &c.labels);
            let done = metadata::pairs(&mut product.resources, pairs, &fields);
            self.tolerate(done)?;
        }
        if let Some(pairs) = root.get("commonAnnotations") {
            let fields = product.config.fields(|c| &c.annotations);
            let done = metadata::pairs(&mut product.resources, pairs, &fields);
            self.tolerate(done)?;
        }
        for entry in items("patchesJson6902") {
            self.json_patch(dir, entry, product)?;
        }
        for entry in items("replicas") {
            let fields = product.config.fields(|c| &c.replicas);
            let done = images::replicas(&mut product.resources, entry, &fields);
            self.tolerate(done)?;
        }
        for entry in items("images").iter().chain(items("imageTags")) {
            let fields = product.config.fields(|c| &c.images);
            let done = images::images(&mut product.resources, entry, &fields);
            self.tolerate(done)?;
        }
        for entry in items("replacements") {
            self.replacement(dir, entry, product)?;
        }
        for plugin in self.plugins(dir, root, "transformers")? {
            self.plugin(dir, &plugin, product)?;
        }
        Ok(())
    }

    fn patch(&mut self, dir: &str, entry: &Node, product: &mut Product) -> Built<()> {
        let documents = self.patch_documents(dir, entry);
        if let Some(documents) = self.tolerate(documents)? {
            let target = entry.get("target").filter(|t| !tree::is_null(t));
            let kept = (!self.strict).then(|| product.resources.clone());
            let allowed = patch::allows(entry.get("options"));
            let done = patch::apply(&mut product.resources, documents, target, allowed, entry.span);
            if let (Err(_), Some(kept)) = (&done, kept) {
                product.resources = kept;
            }
            self.tolerate(done)?;
        }
        Ok(())
    }

    fn json_patch(&mut self, dir: &str, entry: &Node, product: &mut Product) -> Built<()> {
        let documents = self.patch_documents(dir, entry);
        let Some(documents) = self.tolerate(documents)? else { return Ok(()) };
        let done = match (documents.first().filter(|d| json_patch::is_one(d)), entry.get("target")) {
            (Some(_), Some(target)) if tree::string(target, &["name"]).is_none() => {
                Err(fault("this target has no `name`", target.span).into())
            }
            (Some(operations), Some(target)) => patch::operations(&mut product.resources, operations, target),
            (None, _) => Err(fault("this is no list of operations", entry.span).into()),
            (_, None) => Err(fault("a list of operations needs a `target`", entry.span).into()),
        };
        self.tolerate(done).map(drop)
    }

    fn replacement(&mut self, dir: &str, entry: &Node, product: &mut Product) -> Built<()> {
        let mut entries = Vec::new();
        match entry.get("path").filter(|p| p.as_text().is_some()) {
            Some(path) => {
                let documents = self.documents_of(dir, path);
                for document in self.tolerate(documents)?.unwrap_or_default() {
                    match document.kind {
                        NodeKind::Sequence(items) => entries.extend(items),
                        NodeKind::Mapping(_) => entries.push(document),
                        _ => {}
                    }
                }
            }
            None => entries.push(entry.clone()),
        }
        for entry in entries {
            let done = replace::replacement(&mut product.resources, &entry);
            self.tolerate(done)?;
        }
        Ok(())
    }

    /// What `buildMetadata` asks for, as far as it says anything about the objects.
    fn metadata(&self, dir: &str, root: &Node, resources: &mut Resources) {
        let all = root.get("buildMetadata").map_or(&[][..], Node::items);
        let asks = |what: &str| all.iter().find(|n| n.as_text().is_some_and(|t| t == what));
        if let Some(asked) = asks("originAnnotations") {
            for resource in &mut resources.0 {
                let relative = |path: &str| match (relative(dir, dir_of(path)).as_str(), name_of(path)) {
                    (".", name) => name.to_string(),
                    (way, name) => format!("{way}/{name}"),
                };
                let text = match &resource.origin {
                    Some(Made::File(path)) => format!("path: {}\n", relative(path)),
                    Some(Made::Generator(path, kind)) => {
                        let path = relative(path);
                        format!("configuredIn: {path}\nconfiguredBy:\n  apiVersion: builtin\n  kind: {kind}\n")
                    }
                    None => continue,
                };
                let annotations = tree::mapping_under(&mut resource.node, "metadata", asked.span)
                    .and_then(|metadata| tree::mapping_under(metadata, "annotations", asked.span));
                if let Some(annotations) = annotations {
                    tree::set(annotations, "config.kubernetes.io/origin", tree::text(text, asked.span));
                }
            }
        }
        let Some(asked) = asks("managedByLabel") else { return };
        for resource in &mut resources.0 {
            let span = asked.span;
            let labels = tree::mapping_under(&mut resource.node, "metadata", span)
                .and_then(|metadata| tree::mapping_under(metadata, "labels", span));
            if let Some(labels) = labels {
                tree::set(labels, "app.kubernetes.io/managed-by", tree::text("kustomize-(devel)", span));
            }
        }
    }
}

/// An object of a file; none if it is nothing for the cluster.
fn object(node: Node) -> Built<Option<Resource>> {
    if tree::is_null(&node) || tree::is_mapping(&node) && node.entries().is_empty() {
        return Ok(None);
    }
    if !tree::is_mapping(&node) {
        return Err(fault(format!("an object is a mapping, and this is {}", tree::kind_word(&node)), node.span).into());
    }
    let is_true = |n: &Node| n.as_text().is_some_and(|t| t == "true");
    if tree::at(&node, &["metadata", "annotations", "config.kubernetes.io/local-config"]).is_some_and(is_true) {
        return Ok(None);
    }
    if tree::string(&node, &["kind"]).is_none() {
        return Err(fault("this object has no `kind`", node.span).into());
    }
    let is_list = tree::string(&node, &["kind"]).is_some_and(|k| k.ends_with("List"));
    if tree::string(&node, &["metadata", "name"]).is_none() && !is_list {
        let span = node.get("kind").map_or(node.span, |n| n.span);
        return Err(fault("this object has no `metadata.name`", span)
            .help("kustomize takes no objects whose names the cluster makes (`generateName`)")
            .into());
    }
    Ok(Some(Resource::new(node)))
}

/// Makes texts of annotations and takes out an empty list of them, as kustomize does.
fn tidy(node: &mut Node) {
    let Some(metadata) = tree::get_mut(node, "metadata") else { return };
    let Some(annotations) = tree::get_mut(metadata, "annotations") else { return };
    if let NodeKind::Mapping(entries) = &mut annotations.kind {
        for value in entries.iter_mut().map(|e| &mut e.value) {
            if let NodeKind::Number { text } | NodeKind::Bool { text, .. } = &value.kind {
                *value = tree::text(text.clone(), value.span);
            }
        }
    }
    if tree::is_mapping(annotations) && annotations.entries().is_empty() {
        tree::remove(metadata, "annotations");
    }
}

/// The fields of directories that lead on, for [`super::overlays`].
pub(super) fn leads_to(dir: &str, root: &Node) -> Vec<EcoString> {
    let named = files::named(root).into_iter().filter(|n| n.is_resource && !n.is_remote());
    named.map(|n| resolve(dir, n.path)).collect()
}
