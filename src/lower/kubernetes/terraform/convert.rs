//! The body of a resource to the body of an object.

use std::sync::Arc;

use ecow::EcoString;
use foldhash::fast::RandomState;

use super::{
    super::types,
    names::{self, Kind, Shape},
};
use crate::value::{
    ByName, List, ListKind, Object, Origin, OriginStep, Origins, Refinement, Repr, Unknown, Value, Why, WhyKind,
};

/// What Terraform adds to a resource and no object has.
const TERRAFORMS_OWN: [&str; 3] = ["id", "lifecycle", "timeouts"];

/// The body of the object that a resource makes. What is not known, and where everything was written, stays as
/// it is.
pub(super) fn body(kind: &Kind, api_version: EcoString, resource: &Value) -> Value {
    let Repr::Object(object) = &resource.repr else { return resource.clone() };
    let own = |text: EcoString| Value::string(text).with_origins(resource.origins.clone());
    let mut converted = fields(object, "");
    converted.shift_remove("apiVersion");
    let named = [(EcoString::from("apiVersion"), own(api_version)), ("kind".into(), own(kind.name.into()))];
    let mut all: ByName<Value> = named.into_iter().chain(converted).collect();
    if kind.name == "Secret" {
        as_secret(&mut all);
    }
    if kind.namespaced {
        with_namespace(&mut all);
    }
    let object = Object { fields: all, ..(**object).clone() };
    Value { repr: Repr::Object(Arc::new(object)), ..resource.clone() }
}

/// The resource takes plain text under `data` and encodes it; what is encoded already is `binary_data`.
fn as_secret(fields: &mut ByName<Value>) {
    let plain = ["data", "dataWo"].into_iter().filter_map(|name| fields.shift_remove(name)).find(|v| !v.is_null());
    if let Some(plain) = plain {
        fields.insert("stringData".into(), plain);
    }
    if let Some(encoded) = fields.shift_remove("binaryData") {
        fields.insert("data".into(), encoded);
    }
}

/// The provider puts an object into the namespace `default`, where a manifest leaves it to whoever applies it.
fn with_namespace(fields: &mut ByName<Value>) {
    if let Some(metadata) = fields.get_mut("metadata")
        && let Repr::Object(object) = &mut metadata.repr
    {
        with_default(Arc::make_mut(object), "namespace", Value::string("default"));
    }
}

/// Sets a field that is not set to what the provider sets it to, where Kubernetes would not. A pod of the
/// provider mounts the token of its service account whatever the account says.
fn with_default(object: &mut Object, name: &str, value: Value) {
    let said = object.get(name).is_some_and(|v| !v.is_null());
    if let Some(header) = object.header.clone().filter(|_| !said && object.open.is_none()) {
        let place = header.with_step(OriginStep::ProviderDefault(name.into()));
        object.fields.insert(name.into(), value.with_origins(Origins::one(place)));
    }
}

fn fields(object: &Object, parent: &str) -> ByName<Value> {
    let mut out = ByName::with_capacity_and_hasher(object.fields.len(), RandomState::default());
    for (name, value) in &object.fields {
        if parent.is_empty() && TERRAFORMS_OWN.contains(&name.as_str()) {
            continue;
        }
        field(name, value, parent, &mut out);
    }
    out
}

fn field(name: &str, value: &Value, parent: &str, out: &mut ByName<Value>) {
    let blocks = match &value.repr {
        Repr::List(list) if is_blocks(list) => (**list).clone(),
        // In the JSON of Terraform a block that occurs once may be an object.
        Repr::Object(object) if !names::is_mapping(name, object.fields.keys().map(EcoString::as_str)) => {
            List::of(ListKind::Blocks, vec![value.clone()])
        }
        _ => {
            let api = names::attribute(name);
            let value = types::converted(&api, value);
            out.insert(api, value);
            return;
        }
    };
    let (api, shape) = names::block(parent, name);
    let each = |values: &[Value]| values.iter().map(|v| block(v, name)).collect::<Vec<_>>();
    let (mut items, maybe) = (each(&blocks.items), each(&blocks.maybe));
    let whole = maybe.is_empty() && blocks.open.is_none();
    if shape != Shape::Element && whole {
        match (items.pop(), items.is_empty()) {
            // A plan lists blocks of which there are none.
            (None, _) => return,
            (Some(only), true) => {
                match (shape, &only.repr) {
                    (Shape::Inlined, Repr::Object(object)) => out.extend(object.fields.clone()),
                    _ => drop(out.insert(api, through(value, only))),
                }
                return;
            }
            (Some(last), false) => items.push(last),
        }
    }
    if shape == Shape::One
        && let ([], [block], None) = (&items[..], &maybe[..], &blocks.open)
    {
        out.insert(api, none_or(block, value, &blocks));
        return;
    }
    let list = List { kind: ListKind::Blocks, items, maybe, open: blocks.open };
    out.insert(api, Value { repr: Repr::List(Arc::new(list)), ..value.clone() });
}

/// A block that occurs once at most and of which it is not known whether it is there.
fn none_or(block: &Value, list: &Value, blocks: &List) -> Value {
    let why = blocks.doubt().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
    let refinement = Refinement::OneOf(Arc::new([Value::null().with_origins(list.origins.clone()), block.clone()]));
    let unknown = Unknown { refinement, ..Unknown::because(why) };
    Value { repr: Repr::Unknown(Arc::new(unknown)), ..list.clone() }
}

/// A block of which there is one stands where it is written, and is as secret as the list of it was.
fn through(list: &Value, block: Value) -> Value {
    block.mark_sensitive(list.sensitive)
}

/// Whether a list holds blocks: a plan and Terraform's JSON have lists of objects for them. The resources have no
/// attributes that are such.
fn is_blocks(list: &List) -> bool {
    let mut all = list.items.iter().chain(&list.maybe).peekable();
    list.kind == ListKind::Blocks || all.peek().is_none() && list.open.is_none() || all.all(|v| v.as_object().is_some())
}

fn block(value: &Value, name: &str) -> Value {
    let Repr::Object(object) = &value.repr else { return value.clone() };
    let header = object.header.clone().or_else(|| value.origins.first().cloned());
    let mut object = Object { fields: fields(object, name), header, ..(**object).clone() };
    if name == "spec" && ["containers", "initContainers"].iter().any(|list| object.get(list).is_some()) {
        with_default(&mut object, "automountServiceAccountToken", Value::bool(true));
    }
    Value { repr: Repr::Object(Arc::new(object)), ..value.clone() }
}

/// What stands in a text has no place of its own: it is where the text is, in the line that it has there.
pub(super) fn placed(value: &Value, text: &str, origins: &Origins) -> Value {
    let each = |values: &[Value]| values.iter().map(|v| placed(v, text, origins)).collect();
    let lines = |own: Option<&Origin>| {
        let before = own.and_then(|o| text.get(..o.anchor.start as usize)).unwrap_or_default();
        before.bytes().filter(|b| *b == b'\n').count() as u32
    };
    let repr = match &value.repr {
        Repr::List(list) => Repr::List(Arc::new(List { items: each(&list.items), ..(**list).clone() })),
        Repr::Object(object) => {
            let fields = object.fields.iter().map(|(name, v)| (name.clone(), placed(v, text, origins))).collect();
            let before = lines(object.header.as_ref());
            let header = origins.first().map(|place| down(place, before));
            Repr::Object(Arc::new(Object { fields, header, ..(**object).clone() }))
        }
        other => other.clone(),
    };
    let before = lines(value.origins.first());
    Value { repr, origins: origins.iter().map(|o| down(o, before)).collect(), ..value.clone() }
}

/// The place so many lines further down in the text that stands there.
fn down(origin: &Origin, lines: u32) -> Origin {
    match &origin.step {
        OriginStep::Here => origin.with_step(OriginStep::Line(lines + 1)),
        OriginStep::File { path, line: Some(line) } => {
            origin.with_step(OriginStep::File { path: path.clone(), line: Some(line + lines) })
        }
        _ => origin.clone(),
    }
}
