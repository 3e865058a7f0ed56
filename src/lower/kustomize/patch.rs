//! Patches, and which objects they are for.

use ecow::EcoString;
use regex::Regex;

use super::{
    Built, fault, json_patch, merge,
    resource::{Id, Resource, Resources},
    tree,
};
use crate::{
    source::Span,
    syntax::node::{Node, NodeKind},
};

/// What a patch may change besides fields.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowed {
    pub(super) name: bool,
    pub(super) kind: bool,
}

/// The objects that `target` names.
pub(super) struct Selector {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

impl Selector {
    pub(super) fn new(target: &Node) -> Built<Self> {
        let pattern = |key: &str| -> Built<Option<Regex>> {
            let Some(text) = tree::string(target, &[key]) else { return Ok(None) };
            Regex::new(&format!("^(?:{text})$")).map(Some).map_err(|_| {
                let span = target.get(key).map_or(target.span, |n| n.span);
                fault(format!("`{text}` is no regular expression"), span).into()
            })
        };
        let requirements = |key: &str| -> Built<Vec<Requirement>> {
            let Some(text) = tree::string(target, &[key]) else { return Ok(Vec::new()) };
            let span = target.get(key).map_or(target.span, |n| n.span);
            requirements(text).ok_or_else(|| fault(format!("`{text}` is no selector"), span).into())
        };
        Ok(Self {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: requirements("labelSelector")?,
            annotations: requirements("annotationSelector")?,
        })
    }

    /// Whether an object is meant, by what it is called now or was called at first.
    pub(super) fn selects(&self, resource: &Resource) -> bool {
        let (now, first) = (resource.id(), resource.first_id());
        let fits = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_none_or(|p| p.is_match(text));
        (fits(&self.namespace, first.place()) || fits(&self.namespace, now.place()))
            && (fits(&self.name, &first.name) || fits(&self.name, &now.name))
            && self.is_kind(&now)
            && self.has_pairs(&resource.node)
    }

    fn is_kind(&self, id: &Id) -> bool {
        let fits = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_none_or(|p| p.is_match(text));
        fits(&self.group, &id.group) && fits(&self.version, &id.version) && fits(&self.kind, &id.kind)
    }

    /// Whether labels and annotations fit.
    pub(super) fn has_pairs(&self, node: &Node) -> bool {
        let holds = |all: &[Requirement], key: &str| {
            let pairs = tree::at(node, &["metadata", key]);
            all.iter().all(|r| r.holds(pairs.and_then(|p| p.get(&r.key)).and_then(Node::as_text)))
        };
        holds(&self.labels, "labels") && holds(&self.annotations, "annotations")
    }

    /// Whether it asks for labels or annotations.
    pub(super) fn asks_for_pairs(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }
}

/// One part of a selector such as `app=web,tier!=db,env in (a, b),!old`.
struct Requirement {
    key: EcoString,
    values: Vec<EcoString>,
    negated: bool,
    /// Whether only the presence of the key counts.
    presence: bool,
}

impl Requirement {
    fn holds(&self, value: Option<&EcoString>) -> bool {
        let fits = match value {
            Some(value) => self.presence || self.values.contains(value),
            None => false,
        };
        fits != self.negated
    }
}

fn requirements(text: &str) -> Option<Vec<Requirement>> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().map(str::trim).filter(|p| !p.is_empty()).map(requirement).collect()
}

fn requirement(text: &str) -> Option<Requirement> {
    let one = |key: &str, value: &str, negated| {
        Some(Requirement { key: key.trim().into(), values: vec![value.trim().into()], negated, presence: false })
    };
    if let Some(key) = text.strip_prefix('!') {
        return Some(Requirement { key: key.trim().into(), values: Vec::new(), negated: true, presence: true });
    }
    if let Some(list) = text.strip_suffix(')') {
        let (head, values) = list.split_once('(')?;
        let mut words = head.split_whitespace();
        let (key, word) = (words.next()?, words.next()?);
        let negated = match word {
            "in" => false,
            "notin" => true,
            _ => return None,
        };
        let values = values.split(',').map(|v| v.trim().into()).collect();
        return Some(Requirement { key: key.into(), values, negated, presence: false });
    }
    if let Some((key, value)) = text.split_once("!=") {
        return one(key, value, true);
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return one(key, value, false);
    }
    let is_word = !text.contains(char::is_whitespace);
    is_word.then(|| Requirement { key: text.into(), values: Vec::new(), negated: false, presence: true })
}

/// Applies what one entry of `patches` holds.
pub(super) fn apply(
    resources: &mut Resources,
    documents: Vec<Node>,
    target: Option<&Node>,
    allowed: Allowed,
    place: Span,
) -> Built<()> {
    let mut flat = Vec::new();
    for document in documents.into_iter().filter(|d| !tree::is_null(d)) {
        tree::flatten(document, false, &mut flat);
    }
    let documents = flat;
    let [first, rest @ ..] = documents.as_slice() else {
        return Err(fault("this patch is empty", place).into());
    };
    if tree::is_sequence(first) {
        // Of several lists the first one counts.
        if !rest.iter().all(json_patch::is_one) || !json_patch::is_one(first) {
            return Err(fault("this is neither a part of an object nor a list of operations", place).into());
        }
        let Some(target) = target else {
            return Err(fault("a list of operations needs a `target`", place).into());
        };
        return operations(resources, first, target);
    }
    if let Some(target) = target {
        if !rest.is_empty() {
            return Err(fault(
                "several patches in one file name their objects themselves; take `target` out",
                target.span,
            )
            .into());
        }
        named(first)?;
        let selector = Selector::new(target)?;
        return strategic_on(resources, first, allowed, &|r| selector.selects(r));
    }
    documents.iter().try_for_each(|patch| strategic(resources, patch, allowed))
}

/// Applies operations to the objects that a target names.
pub(super) fn operations(resources: &mut Resources, operations: &Node, target: &Node) -> Built<()> {
    let selector = Selector::new(target)?;
    resources.0.iter_mut().filter(|r| selector.selects(r)).try_for_each(|r| {
        r.remember();
        super::metadata::part(&mut r.node);
        json_patch::apply(&mut r.node, operations)
    })
}

/// Merges a patch into the object that it names.
pub(super) fn strategic(resources: &mut Resources, patch: &Node, allowed: Allowed) -> Built<()> {
    let id = named(patch)?;
    let mut found = resources.0.iter().filter(|r| r.was(|other| other.equals(&id))).map(Resource::id);
    let Some(only) = found.next() else {
        let at = super::resource::name_span(patch);
        return Err(fault(format!("there is no {id} that this patch could change"), at)
            .help("a patch names its object by apiVersion, kind, name and namespace, as it was before it was renamed")
            .into());
    };
    if found.next().is_some() {
        let at = super::resource::name_span(patch);
        return Err(fault(format!("there are several objects that are or were called {id}"), at).into());
    }
    strategic_on(resources, patch, allowed, &|r| r.id() == only)
}

/// What a patch calls its object, which it has to even where a target says more.
fn named(patch: &Node) -> Built<Id> {
    let id = Id::of(patch);
    if id.kind.is_empty() || id.name.is_empty() {
        let what = if id.kind.is_empty() { "kind" } else { "metadata.name" };
        return Err(fault(format!("this patch has no `{what}`, so that it names no object"), patch.span).into());
    }
    Ok(id)
}

fn strategic_on(
    resources: &mut Resources,
    patch: &Node,
    allowed: Allowed,
    selects: &dyn Fn(&Resource) -> bool,
) -> Built<()> {
    let mut kept = Vec::with_capacity(resources.0.len());
    for mut resource in std::mem::take(&mut resources.0) {
        if !selects(&resource) {
            kept.push(resource);
            continue;
        }
        if allowed.name || allowed.kind {
            resource.remember();
        }
        let fields: [(&[&str], bool); 3] =
            [(&["kind"], allowed.kind), (&["metadata", "name"], allowed.name), (&["metadata", "namespace"], false)];
        let before = fields.map(|(path, _)| tree::at(&resource.node, path).cloned());
        let api_version = resource.node.get("apiVersion").cloned();
        let Some(merged) = merge::apply(resource.node, patch.clone())? else { continue };
        resource.node = merged;
        if tree::is_mapping(&resource.node) && resource.node.entries().is_empty() {
            continue;
        }
        for ((path, may_change), before) in fields.iter().zip(before) {
            if !*may_change {
                put(&mut resource.node, path, before);
            }
        }
        if !allowed.kind {
            put(&mut resource.node, &["apiVersion"], api_version);
        }
        kept.push(resource);
    }
    resources.0 = kept;
    Ok(())
}

fn put(node: &mut Node, path: &[&str], value: Option<Node>) {
    let Some((last, parents)) = path.split_last() else { return };
    let span = node.span;
    let mut at = node;
    for key in parents {
        if value.is_none() && at.get(key).is_none() {
            return;
        }
        match tree::mapping_under(at, key, span) {
            Some(next) => at = next,
            None => return,
        }
    }
    match value {
        Some(value) => tree::set(at, last, value),
        None => _ = tree::remove(at, last),
    }
}

/// Whether `options` of a patch allow something.
pub(super) fn allows(options: Option<&Node>) -> Allowed {
    let is = |key: &str| {
        let value = options.and_then(|o| o.get(key));
        matches!(value.map(|n| &n.kind), Some(NodeKind::Bool { value: true, .. }))
            || value.and_then(Node::as_text).is_some_and(|t| t == "true")
    };
    Allowed { name: is("allowNameChange"), kind: is("allowKindChange") }
}
