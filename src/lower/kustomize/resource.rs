//! Objects on their way through a build, and the names that they had before.

use ecow::EcoString;

use super::{Built, fault, schema, tree};
use crate::{source::Span, syntax::node::Node};

/// What an object is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) group: EcoString,
    pub(super) version: EcoString,
    pub(super) kind: EcoString,
    pub(super) name: EcoString,
    pub(super) namespace: EcoString,
}

impl Id {
    pub(super) fn of(node: &Node) -> Self {
        let field = |path: &[&str]| tree::string(node, path).cloned().unwrap_or_default();
        let (group, version) = split_version(&field(&["apiVersion"]));
        let (kind, name) = (field(&["kind"]), field(&["metadata", "name"]));
        Self { group, version, kind, name, namespace: field(&["metadata", "namespace"]) }
    }

    /// Its namespace, which is `default` where none is named; of what belongs to the whole cluster none.
    pub(super) fn place(&self) -> &str {
        if self.is_cluster_wide() {
            return "";
        }
        if self.namespace.is_empty() { "default" } else { &self.namespace }
    }

    pub(super) fn is_cluster_wide(&self) -> bool {
        schema::is_cluster_wide(&self.group, &self.version, &self.kind)
    }

    /// Whether both are the same object.
    pub(super) fn equals(&self, other: &Id) -> bool {
        self.kind == other.kind
            && self.group == other.group
            && self.version == other.version
            && self.name == other.name
            && self.place() == other.place()
    }

    /// Whether the kind is one of those that `gvk` stands for.
    pub(super) fn is(&self, gvk: &Gvk) -> bool {
        let fits = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        fits(&gvk.group, &self.group) && fits(&gvk.version, &self.version) && fits(&gvk.kind, &self.kind)
    }
}

/// A group, a version and a kind; an empty one stands for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Gvk {
    pub(super) group: EcoString,
    pub(super) version: EcoString,
    pub(super) kind: EcoString,
}

impl Gvk {
    pub(super) fn of(node: &Node) -> Self {
        let field = |key: &str| tree::string(node, &[key]).cloned().unwrap_or_default();
        Self { group: field("group"), version: field("version"), kind: field("kind") }
    }
}

/// `apps/v1` as group and version; `v1` has no group.
pub(super) fn split_version(api_version: &str) -> (EcoString, EcoString) {
    match api_version.split_once('/') {
        Some((group, version)) => (group.into(), version.into()),
        None => (EcoString::new(), api_version.into()),
    }
}

/// What becomes of a generated object if there is one of its name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    Create,
    Merge,
    Replace,
}

/// What an object was made by.
#[derive(Clone, Debug)]
pub(super) enum Made {
    /// It stands in a file.
    File(EcoString),
    /// A generator of this kind, in the kustomization at this path.
    Generator(EcoString, &'static str),
}

/// An object on its way through a build.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) node: Node,
    /// What it was called, oldest first.
    pub(super) previous: Vec<Id>,
    pub(super) prefixes: Vec<EcoString>,
    pub(super) suffixes: Vec<EcoString>,
    /// Whether its name ends with a hash of its content.
    pub(super) hash: bool,
    pub(super) behaviour: Behaviour,
    /// What made it, as the annotation of its origin has it; with the path of the file.
    pub(super) origin: Option<Made>,
    /// The entries of kustomizations that lead to it, outermost first.
    pub(super) calls: Vec<Span>,
}

impl Resource {
    pub(super) fn new(node: Node) -> Self {
        Self {
            node,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            hash: false,
            behaviour: Behaviour::Create,
            origin: None,
            calls: Vec::new(),
        }
    }

    /// What it is called now.
    pub(super) fn id(&self) -> Id {
        Id::of(&self.node)
    }

    /// What it was called at first.
    pub(super) fn first_id(&self) -> Id {
        self.previous.first().cloned().unwrap_or_else(|| self.id())
    }

    /// Keeps the name it has, before it gets another.
    pub(super) fn remember(&mut self) {
        let id = self.id();
        if self.previous.last() != Some(&id) {
            self.previous.push(id);
        }
    }

    /// Whether it is or was called this.
    pub(super) fn was(&self, is: impl Fn(&Id) -> bool) -> bool {
        is(&self.id()) || self.previous.iter().any(is)
    }

    pub(super) fn name(&self) -> EcoString {
        tree::string(&self.node, &["metadata", "name"]).cloned().unwrap_or_default()
    }

    /// Gives it another name; the place of the old one stays.
    pub(super) fn rename(&mut self, name: impl Into<EcoString>) {
        let span = tree::at(&self.node, &["metadata", "name"]).map_or(self.node.span, |n| n.alias_of.unwrap_or(n.span));
        let span_of_root = self.node.span;
        if let Some(metadata) = tree::mapping_under(&mut self.node, "metadata", span_of_root) {
            tree::set(metadata, "name", tree::text(name, span));
        }
    }
}

/// The objects of a build, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Resources(pub(super) Vec<Resource>);

impl Resources {
    /// Adds an object.
    pub(super) fn add(&mut self, resource: Resource) -> Built<()> {
        let id = resource.id();
        if let Some(other) = self.0.iter().find(|r| r.id().equals(&id)) {
            let message = format!("there are two objects that are called {id}");
            return Err(fault(message, name_span(&resource.node))
                .note(name_span(&other.node), "the other one")
                .help("an object is named by one entry only; to change it, write a patch")
                .into());
        }
        self.0.push(resource);
        Ok(())
    }

    /// Adds a generated object, or what it has to the one that it changes.
    pub(super) fn absorb(&mut self, mut new: Resource) -> Built<()> {
        let id = new.id();
        let mut found = self.0.iter().enumerate().filter(|(_, r)| r.was(|other| other.equals(&id))).map(|(at, _)| at);
        let (first, second) = (found.next(), found.next());
        let at = match (first, second, new.behaviour) {
            (None, _, Behaviour::Create) => return self.add(new),
            (None, ..) => {
                return Err(fault(format!("there is no {id} to merge with or to replace"), new.node.span).into());
            }
            (Some(_), Some(_), _) => {
                return Err(fault(format!("there are several objects that are called {id}"), new.node.span).into());
            }
            (Some(_), None, Behaviour::Create) => {
                return Err(fault(format!("there is a {id} already"), new.node.span)
                    .help("say `behavior: merge` or `behavior: replace`")
                    .into());
            }
            (Some(at), None, _) => at,
        };
        let old = &self.0[at];
        for key in ["labels", "annotations"] {
            keep(&mut new.node, &old.node, &["metadata", key]);
        }
        if let Some(name) = tree::at(&old.node, &["metadata", "name"])
            && let Some(metadata) = tree::get_mut(&mut new.node, "metadata")
        {
            tree::set(metadata, "name", name.clone());
            match tree::at(&old.node, &["metadata", "namespace"]) {
                Some(namespace) => tree::set(metadata, "namespace", namespace.clone()),
                None => _ = tree::remove(metadata, "namespace"),
            }
        }
        if new.behaviour == Behaviour::Merge {
            keep(&mut new.node, &old.node, &["data"]);
            keep(&mut new.node, &old.node, &["binaryData"]);
        }
        let Resource { previous, prefixes, suffixes, calls, behaviour, hash, .. } = old.clone();
        let hash = hash && new.hash;
        self.0[at] = Resource { previous, prefixes, suffixes, hash, behaviour, calls, ..new };
        Ok(())
    }
}

/// Adds what the mapping at a path had before and has no more.
fn keep(new: &mut Node, old: &Node, path: &[&str]) {
    let Some(before) = tree::at(old, path).filter(|n| tree::is_mapping(n)) else { return };
    let span = before.span;
    let target = path.iter().try_fold(new, |node, key| tree::mapping_under(node, key, span));
    let Some(target) = target else { return };
    for entry in before.entries() {
        if target.get(&entry.key).is_none()
            && let crate::syntax::node::NodeKind::Mapping(entries) = &mut target.kind
        {
            entries.push(entry.clone());
        }
    }
}

/// Where an object's name stands, else its beginning.
pub(super) fn name_span(node: &Node) -> Span {
    tree::at(node, &["metadata", "name"]).or_else(|| node.get("kind")).map_or(node.span, |n| n.span)
}
