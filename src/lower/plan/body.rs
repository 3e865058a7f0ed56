//! The planned values of a resource as the body that rules expect.
//!
//! A plan is full where a configuration is sparse: what is not set is `null`, an empty list or an
//! empty text. Here it is left out, as it is from a body that was read from source, so that "not set"
//! means one thing to a rule. What is set is told by the plan's `configuration`.

use std::sync::Arc;

use ecow::EcoString;

use super::{
    configuration::{Fields, Known, Module, Target, Written},
    mask::Mask,
};
use crate::{
    source::Span,
    syntax::node::{Node, NodeKind},
    value::{
        ByName, Identity, List, ListKind, Number, Object, ObjectKind, Origin, OriginStep, Origins, Refinement, Repr,
        Symbol, Text, Unknown, Value, Why, WhyKind,
    },
};

/// A longer value is not shown: its key is enough to find it.
const LONGEST_EXCERPT: usize = 120;

/// Attributes of which only the provider knows the value and that no rule asks for: the address says
/// already which thing it is.
const COMPUTED: [&str; 4] = ["arn", "id", "self_link", "unique_id"];

/// The resource whose body is made.
pub(super) struct Maker<'a> {
    /// What the addresses are unique in.
    pub(super) scope: &'a EcoString,
    /// The address of the resource, and that of its module.
    pub(super) address: &'a EcoString,
    pub(super) module: &'a str,
    pub(super) is_data: bool,
    /// What was written, if the plan says.
    pub(super) configuration: Option<(&'a Module, &'a Known)>,
    /// Set if what is missing in the values may be there after all.
    pub(super) open: Option<Why>,
}

/// What the plan holds of a resource.
#[derive(Default)]
pub(super) struct Planned {
    pub(super) values: Option<Node>,
    pub(super) unknown: Mask,
    pub(super) sensitive: Mask,
}

/// What was written where a value comes from.
#[derive(Clone)]
enum Level<'a> {
    /// The plan does not say: a `dynamic` block, or no configuration at all.
    NotTold,
    /// Blocks; which one of several it was cannot be told, because a plan sorts sets.
    Blocks(Vec<&'a Fields>),
    /// Part of an attribute, which refers to these.
    Attribute(&'a [EcoString]),
}

/// A value in the plan and where it stands.
struct Place<'a> {
    /// `ingress[0].cidr_blocks`
    path: EcoString,
    /// Its key, or the element itself.
    key: Span,
    unknown: &'a Mask,
    sensitive: &'a Mask,
    /// Set inside of something sensitive: what to show instead.
    cover: Option<&'a Origin>,
}

impl Maker<'_> {
    /// The body of the resource.
    pub(super) fn body(&self, planned: &Planned, written: Option<&Fields>, header: &Origin) -> Value {
        let level = written.map_or(Level::NotTold, |fields| Level::Blocks(vec![fields]));
        let place = Place {
            path: EcoString::new(),
            key: header.anchor,
            unknown: &planned.unknown,
            sensitive: &planned.sensitive,
            cover: None,
        };
        let fields = self.fields(planned.values.as_ref(), &place, &level, header);
        let object = Object {
            kind: ObjectKind::Block,
            fields,
            header: Some(header.clone()),
            open: self.open.clone(),
            unnamed: None,
            identity: Some(Arc::new(Identity::new(self.scope.clone(), self.address.clone()))),
        };
        Value::from_object(object).with_origins(Origins::one(header.clone())).mark_sensitive(planned.sensitive.is_all())
    }

    /// A value that was written as it is, of which only the place is shown.
    pub(super) fn constant(&self, node: &Node, shown: &Origin) -> Value {
        let nothing = Mask::Nothing;
        let place = Place {
            path: EcoString::new(),
            key: shown.anchor,
            unknown: &nothing,
            sensitive: &nothing,
            cover: Some(shown),
        };
        self.value(node, &place, &Level::Attribute(&[]))
    }

    fn fields(&self, node: Option<&Node>, whole: &Place<'_>, level: &Level<'_>, header: &Origin) -> ByName<Value> {
        let mut fields = ByName::default();
        for entry in node.map_or(&[][..], Node::entries) {
            let place = Place {
                path: step(&whole.path, &entry.key),
                key: entry.key_span,
                unknown: whole.unknown.field(&entry.key),
                sensitive: whole.sensitive.field(&entry.key),
                cover: whole.cover,
            };
            if let Some(value) = self.field(&entry.key, &entry.value, &place, level) {
                fields.insert(entry.key.clone(), value);
            }
        }
        // What is wholly unknown is not among the values.
        for name in whole.unknown.names() {
            if fields.contains_key(name) || node.is_some_and(|n| n.get(name).is_some()) {
                continue;
            }
            let place = Place {
                path: step(&whole.path, name),
                key: header.anchor,
                unknown: whole.unknown.field(name),
                sensitive: whole.sensitive.field(name),
                cover: whole.cover,
            };
            let (level, unset) = inner(level, name);
            if place.unknown.is_all() && !(unset && COMPUTED.contains(&name.as_str())) {
                fields.insert(name.clone(), self.unknown(&place, &level, unset));
            }
        }
        // There may be millions.
        fields.shrink_to_fit();
        fields
    }

    /// The value of a field; none if it is not set.
    fn field(&self, name: &EcoString, node: &Node, place: &Place<'_>, level: &Level<'_>) -> Option<Value> {
        let (inner, unset) = inner(level, name);
        if place.unknown.is_all() {
            return (!unset || !COMPUTED.contains(&name.as_str())).then(|| self.unknown(place, &inner, unset));
        }
        let is_written = matches!(inner, Level::Attribute(_));
        match &node.kind {
            NodeKind::Null if !is_written => return None,
            NodeKind::Sequence(items) if items.is_empty() && !is_written => return None,
            NodeKind::String(text) if text.text.is_empty() && unset => return None,
            _ => {}
        }
        Some(self.value(node, place, &inner))
    }

    fn value(&self, node: &Node, place: &Place<'_>, level: &Level<'_>) -> Value {
        let sensitive = place.sensitive.is_all() || place.cover.is_some();
        let key = Origin::new(place.key, place.key.to(node.span), OriginStep::Planned(place.path.clone()));
        let cover = place.cover.or(sensitive.then_some(&key));
        let scalar = |value: Repr| {
            let shown = match cover {
                Some(cover) => cover.clone(),
                None if key.extent.len() <= LONGEST_EXCERPT => Origin { anchor: key.extent, ..key.clone() },
                None => key.clone(),
            };
            Value::from(value).with_origins(Origins::one(shown)).mark_sensitive(sensitive)
        };
        match &node.kind {
            NodeKind::Null => scalar(Repr::Null),
            NodeKind::Bool { value, .. } => scalar(Repr::Bool(*value)),
            NodeKind::Number { text } => match Number::parse(text) {
                Some(number) => scalar(Repr::Number(number)),
                None => scalar(Repr::Unknown(Arc::new(Unknown::because(Why::new(
                    WhyKind::Invalid,
                    "a number that is out of range",
                ))))),
            },
            NodeKind::String(text) => scalar(Repr::String(Text::Whole(text.text.clone()))),
            NodeKind::Sequence(items) => {
                let blocks = !items.is_empty() && items.iter().all(|i| matches!(i.kind, NodeKind::Mapping(_)));
                let items = items.iter().enumerate().map(|(i, item)| {
                    let place = Place {
                        path: ecow::eco_format!("{}[{i}]", place.path),
                        key: Span { end: item.span.start + 1, ..item.span },
                        unknown: place.unknown.item(i),
                        sensitive: place.sensitive.item(i),
                        cover,
                    };
                    if place.unknown.is_all() {
                        return self.unknown(&place, level, false);
                    }
                    self.value(item, &place, level)
                });
                let kind = if blocks { ListKind::Blocks } else { ListKind::Tuple };
                let list = Value::list(List::of(kind, items.collect()));
                list.with_origins(Origins::one(cover.cloned().unwrap_or(key))).mark_sensitive(sensitive)
            }
            NodeKind::Mapping(_) => {
                let header = cover.cloned().unwrap_or_else(|| key.clone());
                let inner = Place { path: place.path.clone(), cover, ..*place };
                let fields = self.fields(Some(node), &inner, level, &header);
                // A mapping that was written as an attribute has no header: it is a value, not a block.
                let is_value = matches!(level, Level::Attribute(_));
                let object = Object {
                    kind: if is_value { ObjectKind::Object } else { ObjectKind::Block },
                    fields,
                    header: (!is_value).then(|| header.clone()),
                    ..Object::default()
                };
                Value::from_object(object).with_origins(Origins::one(header)).mark_sensitive(sensitive)
            }
        }
    }

    /// What is known only after apply: what it stands for, if it can be told.
    fn unknown(&self, place: &Place<'_>, level: &Level<'_>, unset: bool) -> Value {
        let target = match level {
            Level::Attribute(references) => {
                self.configuration.and_then(|(c, known)| c.target(self.module, references, known))
            }
            // What nobody wrote, the provider gives: then it is an attribute of the resource itself.
            _ if unset => Some(Target { address: self.address.clone(), path: place.path.clone() }),
            _ => None,
        };
        let subject = match &target {
            Some(Target { address, path }) if path.is_empty() => address.clone(),
            Some(Target { address, path }) => ecow::eco_format!("{address}.{path}"),
            None => ecow::eco_format!("{}.{}", self.address, place.path),
        };
        let why = if self.is_data && unset {
            Why::new(WhyKind::DataSource, self.address.clone())
        } else {
            Why::new(WhyKind::AfterApply, subject)
        };
        let refinement = target.as_ref().map_or(Refinement::Nothing, |t| Refinement::of_computed(&t.path));
        let symbol = target.map(|t| Symbol { scope: self.scope.clone(), address: t.address, path: t.path });
        let step = OriginStep::Planned(place.path.clone());
        let origin = place.cover.cloned().unwrap_or_else(|| Origin::new(place.key, place.key, step));
        Value::from(Repr::Unknown(Arc::new(Unknown { why, symbol, refinement })))
            .with_origins(Origins::one(origin))
            .mark_sensitive(place.sensitive.is_all() || place.cover.is_some())
    }
}

fn step(path: &EcoString, name: &str) -> EcoString {
    if path.is_empty() { name.into() } else { ecow::eco_format!("{path}.{name}") }
}

/// What was written for a name, and whether it is certain that nothing was but perhaps by `dynamic`.
fn inner<'a>(level: &Level<'a>, name: &str) -> (Level<'a>, bool) {
    let blocks = match level {
        Level::Blocks(blocks) => blocks,
        other => return (other.clone(), false),
    };
    let mut attributes: Vec<&'a [EcoString]> = Vec::new();
    let mut nested: Vec<&'a Fields> = Vec::new();
    for written in blocks.iter().filter_map(|fields| fields.get(name)) {
        match written {
            Written::Attribute(references) => attributes.push(references),
            Written::Blocks(fields) => nested.extend(fields),
        }
    }
    match &attributes[..] {
        [] if nested.is_empty() => (Level::NotTold, true),
        [] => (Level::Blocks(nested), false),
        [first, others @ ..] if others.iter().all(|o| o == first) => (Level::Attribute(first), false),
        _ => (Level::Attribute(&[]), false),
    }
}
