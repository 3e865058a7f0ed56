//! Nodes and values to objects of Kubernetes.

use std::collections::HashMap;

use ecow::EcoString;

use super::{group, types};
use crate::{
    lower::{environment, yaml},
    model::{Entity, Environment},
    source::Span,
    syntax::node::{Node, NodeKind},
    value::{Identity, Origin, Repr, Value},
};

/// Where objects are deployed from: what their addresses are unique in, and what is known of all of them.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The scope of the entities: the file of a manifest, the directory of an overlay.
    pub scope: EcoString,
    /// The scenario, if what deploys them has several.
    pub scenario: Option<EcoString>,
    /// The environment that the place tells. Only if it tells none are the objects themselves asked.
    pub environment: Option<Environment>,
}

impl Place {
    /// A file that is applied as it stands.
    pub fn file(path: &str) -> Self {
        Self { scope: path.into(), scenario: None, environment: environment::classify_path(path) }
    }
}

/// The objects of one place.
#[derive(Debug)]
pub struct Objects {
    place: Place,
    /// How often an address occurred.
    seen: HashMap<EcoString, usize>,
    entities: Vec<Entity>,
}

/// What the elements of a typed list are, which need not say it themselves.
#[derive(Clone, Copy)]
struct Typed<'a> {
    kind: &'a str,
    api_version: &'a str,
}

impl Objects {
    /// None yet.
    pub fn new(place: Place) -> Self {
        Self { place, seen: HashMap::new(), entities: Vec::new() }
    }

    /// Adds what a node is, and gives it for further notes.
    pub fn add_and_show(&mut self, node: &Node) -> &mut [Entity] {
        let before = self.entities.len();
        self.add(node);
        &mut self.entities[before..]
    }

    /// What was added, in order.
    pub fn into_entities(self) -> Vec<Entity> {
        self.entities
    }

    /// Adds the object that a node is, or the objects in the list that it is. A node that is neither
    /// adds nothing.
    pub fn add(&mut self, node: &Node) {
        self.add_typed(node, None);
    }

    fn add_typed(&mut self, node: &Node, typed: Option<Typed<'_>>) {
        let own = string(node, "kind").zip(string(node, "apiVersion"));
        let Some(Typed { kind, api_version }) = own.map(|(kind, api_version)| Typed { kind, api_version }).or(typed)
        else {
            return;
        };
        if let Some(of) = kind.strip_suffix("List")
            && let Some(NodeKind::Sequence(items)) = node.get("items").map(|n| &n.kind)
        {
            let typed = (!of.is_empty()).then_some(Typed { kind: of, api_version });
            for item in items {
                self.add_typed(item, typed);
            }
        } else if matches!(node.kind, NodeKind::Mapping(_)) {
            let mut body = yaml::value(node);
            if own.is_none() {
                body = with_type(body, kind, api_version);
            }
            let kind = group::qualified(kind, api_version);
            let body = types::typed(&kind, body);
            self.add_body(kind, body, yaml::header(node), node.span);
        }
    }

    /// Adds the object of this kind whose content is known already.
    pub fn add_body(&mut self, kind: EcoString, body: Value, header: Origin, extent: Span) {
        let namespace = text_at(&body, &["metadata", "namespace"]).filter(|n| !n.is_empty());
        let name = text_at(&body, &["metadata", "name"]).or_else(|| text_at(&body, &["metadata", "generateName"]));
        let name = name.unwrap_or_default();
        let address = self.address(&kind, &name, namespace.as_ref());
        let environment = self.place.environment.clone().or_else(|| own_environment(&body));
        let identity = Identity::new(namespace.unwrap_or_default(), address.clone());
        self.entities.push(Entity {
            kind,
            address,
            name,
            scope: self.place.scope.clone(),
            scenario: self.place.scenario.clone(),
            body: identified(body, identity),
            header,
            extent,
            parts: Vec::new(),
            calls: Vec::new(),
            owner: None,
            environment,
            doubt: None,
        });
    }

    /// `prod/Deployment/web`. What one place has twice is numbered from the second on.
    fn address(&mut self, kind: &str, name: &str, namespace: Option<&EcoString>) -> EcoString {
        let namespace = namespace.map(|n| ecow::eco_format!("{n}/")).unwrap_or_default();
        let slash = if name.is_empty() { "" } else { "/" };
        let address = ecow::eco_format!("{namespace}{kind}{slash}{name}");
        let count = self.seen.entry(address.clone()).or_insert(0);
        *count += 1;
        if *count == 1 { address } else { ecow::eco_format!("{address}#{count}") }
    }
}

/// The labels by which people say what an object is deployed for, the most explicit first.
const ENVIRONMENT_LABELS: [&str; 3] = ["app.kubernetes.io/environment", "environment", "env"];

/// The environment that an object tells by itself: by its labels, else by its namespace.
pub(super) fn own_environment(body: &Value) -> Option<Environment> {
    let by_label = ENVIRONMENT_LABELS.iter().find_map(|label| {
        let value = text_at(body, &["metadata", "labels", label])?;
        environment::classify_label_value(label, &value)
    });
    by_label.or_else(|| environment::classify_namespace(&text_at(body, &["metadata", "namespace"])?))
}

/// The same body, known to be this thing.
fn identified(body: Value, identity: Identity) -> Value {
    let Repr::Object(object) = &body.repr else { return body };
    let mut object = (**object).clone();
    object.identity = Some(identity.into());
    Value { repr: Repr::Object(object.into()), ..body }
}

/// The same body, saying what it is where it does not.
fn with_type(body: Value, kind: &str, api_version: &str) -> Value {
    let Repr::Object(object) = &body.repr else { return body };
    let mut object = (**object).clone();
    for (key, text) in [("apiVersion", api_version), ("kind", kind)] {
        let said = || Value::string(text).with_origins(body.origins.clone());
        object.fields.entry(key.into()).or_insert_with(said);
    }
    Value { repr: Repr::Object(object.into()), ..body }
}

/// The text under these keys. A name such as `123` that YAML takes for a number is the text it shows.
fn text_at(body: &Value, path: &[&str]) -> Option<EcoString> {
    let mut value = body;
    for key in path {
        value = value.as_object()?.get(key)?;
    }
    match &value.repr {
        Repr::String(text) => text.as_str().map(EcoString::from),
        Repr::Number(number) => Some(ecow::eco_format!("{number}")),
        Repr::Bool(value) => Some(ecow::eco_format!("{value}")),
        _ => None,
    }
}

/// The text under a key, if it is a string and not empty.
fn string<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    match &node.get(key)?.kind {
        NodeKind::String(scalar) => Some(scalar.text.as_str()).filter(|t| !t.is_empty()),
        _ => None,
    }
}
