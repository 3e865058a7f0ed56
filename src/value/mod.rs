//! Values, and where they came from.
//!
//! One kind of value serves configuration and rules: a Terraform attribute, a YAML scalar and the
//! result of a rule's condition are all [`Value`]s. Besides what Terraform knows, a value may be
//! unknown with a reason ([`Unknown`]), a text with holes ([`Text`]), or a list to which elements
//! may belong that nobody can count ([`List`]); and it carries its [`Origins`].

pub mod identity;
pub mod logic;
pub mod number;
pub mod origin;
pub mod text;
pub mod types;
pub mod unknown;

use std::sync::Arc;

use ecow::EcoString;
use foldhash::fast::RandomState;

pub use identity::{About, Identity};
pub use logic::Truth;
pub use number::Number;
pub use origin::{Origin, OriginStep, Origins};
pub use text::{Hole, Part, Text};
pub use types::Type;
pub use unknown::{Refinement, Symbol, Unknown, Why, WhyKind};

/// Things by name, in the order in which they are written. Names are short and asked for all the time, so
/// the hasher is one that costs little.
pub type ByName<T> = indexmap::IndexMap<EcoString, T, RandomState>;

/// A value and its origins. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub repr: Repr,
    /// The places that decided it, the nearest to its use first.
    pub origins: Origins,
    /// Whether it must never be printed.
    pub sensitive: bool,
    /// What a string encodes, if it was made by `jsonencode`, by a policy document or the like:
    /// then a rule sees the very values that were written, with their origins.
    pub decoded: Option<Arc<Value>>,
    /// The type, where the content does not tell it: of a null, an unknown, an empty collection.
    /// [`Type::Unclear`] beside content means that a provider may convert that content.
    pub ty: Option<Arc<Type>>,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Repr {
    /// `null`, also an attribute that is not there.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, perhaps with holes.
    String(Text),
    /// A list, tuple, set, or the blocks of one kind.
    List(Arc<List>),
    /// An object, map, block or mapping.
    Object(Arc<Object>),
    /// Not known, and why.
    Unknown(Arc<Unknown>),
}

/// What kind of list it is. Terraform tells them apart in comparisons and conversions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// `[a, b]`, a YAML sequence.
    Tuple,
    /// `tolist(...)`.
    List,
    /// `toset(...)`: sorted, without duplicates.
    Set,
    /// The nested blocks of one kind. In rules a single one can be entered without an index.
    Blocks,
}

/// A list.
#[derive(Clone, Debug)]
pub struct List {
    /// What kind of list.
    pub kind: ListKind,
    /// The elements that are certainly there, in order.
    pub items: Vec<Value>,
    /// Elements of which there are none or more like them: an undecidable `for_each` or `dynamic`,
    /// or the arms of an undecidable condition.
    pub maybe: Vec<Value>,
    /// Set if there may be other elements of which nothing is known.
    pub open: Option<Why>,
}

/// An object.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// What kind of object.
    pub kind: ObjectKind,
    /// The fields in source order.
    pub fields: ByName<Value>,
    /// What to underline when something is missing in here: a block's header, a mapping's key.
    pub header: Option<Origin>,
    /// Set if there may be other fields of which nothing is known.
    pub open: Option<Why>,
    /// What is known of those other fields all the same; nothing if there is none.
    pub unnamed: Option<Arc<Unnamed>>,
    /// Set if this is the body of a thing that others refer to.
    pub identity: Option<Arc<Identity>>,
}

/// What an open object has besides its named fields: fields whose names are not known, or of which it is not known
/// whether they are there. Empty, it says that the named fields are all, though some of their values would be
/// elsewhere if more were known.
#[derive(Clone, Debug, Default)]
pub struct Unnamed {
    /// Name and value of those that are certainly there, each a field of its own.
    pub certain: Vec<(Value, Value)>,
    /// Name and value of those of which there are none or more like them.
    pub maybe: Vec<(Value, Value)>,
    /// Set if there may be others yet of which nothing is known.
    pub open: Option<Why>,
}

impl Unnamed {
    /// Fields of which nothing is known.
    pub fn nothing_known(why: Why) -> Self {
        Self { open: Some(why), ..Self::default() }
    }

    /// All names and values.
    pub fn entries(&self) -> impl Iterator<Item = &(Value, Value)> {
        self.certain.iter().chain(&self.maybe)
    }

    /// The same with other values.
    ///
    /// # Errors
    ///
    /// The first that `change` gives.
    pub fn try_map<E>(&self, mut change: impl FnMut(&Value) -> Result<Value, E>) -> Result<Self, E> {
        let mut all = |pairs: &[(Value, Value)]| {
            pairs.iter().map(|(k, v)| Ok((k.clone(), change(v)?))).collect::<Result<Vec<_>, E>>()
        };
        Ok(Self { certain: all(&self.certain)?, maybe: all(&self.maybe)?, open: self.open.clone() })
    }
}

/// What kind of object it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectKind {
    /// `{...}`, a YAML mapping.
    #[default]
    Object,
    /// `tomap(...)`.
    Map,
    /// A block: nested blocks are fields too, as lists of kind [`ListKind::Blocks`].
    Block,
}

impl List {
    /// A list of known elements.
    pub fn of(kind: ListKind, items: Vec<Value>) -> Self {
        Self { kind, items, maybe: Vec::new(), open: None }
    }

    /// Whether all elements are known to be there and no others.
    pub fn is_whole(&self) -> bool {
        self.maybe.is_empty() && self.open.is_none()
    }

    /// Why it is not known which elements there are.
    pub fn doubt(&self) -> Option<Why> {
        self.open.clone().or_else(|| {
            self.maybe.first().map(|v| match &v.repr {
                Repr::Unknown(u) => u.why.clone(),
                _ => Why::new(WhyKind::Repeated, ""),
            })
        })
    }
}

impl Object {
    /// The field, if it is there.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// What it has besides its named fields; none if it has nothing else.
    pub fn beyond(&self) -> Option<Arc<Unnamed>> {
        let why = self.open.as_ref()?;
        Some(self.unnamed.clone().unwrap_or_else(|| Arc::new(Unnamed::nothing_known(why.clone()))))
    }

    /// Adds what it has besides its named fields, and why their names are not known.
    pub fn add_unnamed(&mut self, why: Why, more: Unnamed) {
        let mut all = match (self.unnamed.take(), &self.open) {
            (Some(before), Some(_)) => Arc::unwrap_or_clone(before),
            (None, Some(before)) => Unnamed::nothing_known(before.clone()),
            (_, None) => Unnamed::default(),
        };
        self.open.get_or_insert(why);
        all.certain.extend(more.certain);
        all.maybe.extend(more.maybe);
        all.open = all.open.or(more.open);
        // Nothing known of them needs no place.
        let vague = all.certain.is_empty() && all.maybe.is_empty() && all.open.is_some();
        self.unnamed = (!vague).then(|| Arc::new(all));
    }

    /// The values of all fields, named or not, as far as they are known.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.fields.values().chain(self.unnamed.iter().flat_map(|u| u.entries().map(|(_, v)| v)))
    }
}

impl From<Repr> for Value {
    fn from(repr: Repr) -> Self {
        Self { repr, origins: Origins::default(), sensitive: false, decoded: None, ty: None }
    }
}

impl Value {
    /// What a value weighs besides its text and its elements, where a byte of text weighs one.
    pub const WEIGHT: usize = 32;

    /// The weight of a value, its elements counted but not looked into.
    pub fn shallow_weight(&self) -> usize {
        match &self.repr {
            Repr::String(text) => text.weight(),
            Repr::List(list) => Self::WEIGHT * (list.items.len() + list.maybe.len()),
            Repr::Object(object) => Self::WEIGHT * object.values().count(),
            _ => Self::WEIGHT,
        }
    }

    /// `null`.
    pub fn null() -> Self {
        Repr::Null.into()
    }

    /// A boolean.
    pub fn bool(value: bool) -> Self {
        Repr::Bool(value).into()
    }

    /// A number.
    pub fn number(value: impl Into<Number>) -> Self {
        Repr::Number(value.into()).into()
    }

    /// A string without holes.
    pub fn string(value: impl Into<EcoString>) -> Self {
        Repr::String(Text::Whole(value.into())).into()
    }

    /// A tuple.
    pub fn tuple(items: Vec<Value>) -> Self {
        Self::list(List::of(ListKind::Tuple, items))
    }

    /// A list of any kind.
    pub fn list(list: List) -> Self {
        Repr::List(Arc::new(list)).into()
    }

    /// An object from its fields.
    pub fn object(fields: impl IntoIterator<Item = (EcoString, Value)>) -> Self {
        Self::from_object(Object { fields: fields.into_iter().collect(), ..Object::default() })
    }

    /// An object.
    pub fn from_object(object: Object) -> Self {
        Repr::Object(Arc::new(object)).into()
    }

    /// Something that is not known.
    pub fn unknown(why: Why) -> Self {
        Repr::Unknown(Arc::new(Unknown::because(why))).into()
    }

    /// The same with these origins.
    #[must_use]
    pub fn with_origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }

    /// The same with one more place in front, nearest to the use.
    #[must_use]
    pub fn seen_at(mut self, origin: Origin) -> Self {
        self.origins.push_front(origin);
        self
    }

    /// The same, never to be printed if `sensitive`.
    #[must_use]
    pub fn mark_sensitive(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }

    /// The same, carrying this type.
    #[must_use]
    pub fn of_type(mut self, ty: Type) -> Self {
        self.ty = Some(ty.shared());
        self
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.repr, Repr::Null)
    }

    /// Whether it is wholly unknown (a text with holes is not).
    pub fn is_unknown(&self) -> bool {
        matches!(self.repr, Repr::Unknown(_))
    }

    /// Whether nothing in it is unknown, at any depth.
    pub fn is_wholly_known(&self) -> bool {
        match &self.repr {
            Repr::Unknown(_) => false,
            Repr::String(text) => text.as_str().is_some(),
            Repr::List(list) => list.is_whole() && list.items.iter().all(Value::is_wholly_known),
            Repr::Object(object) => object.open.is_none() && object.fields.values().all(Value::is_wholly_known),
            _ => true,
        }
    }

    /// The first unknown in it, at any depth.
    pub fn first_unknown(&self) -> Option<Why> {
        match &self.repr {
            Repr::Unknown(unknown) => Some(unknown.why.clone()),
            Repr::String(text) => text.holes().next().map(|h| h.unknown.why.clone()),
            Repr::List(list) => list.doubt().or_else(|| list.items.iter().find_map(Value::first_unknown)),
            Repr::Object(object) => {
                object.open.clone().or_else(|| object.fields.values().find_map(Value::first_unknown))
            }
            _ => None,
        }
    }

    /// The string, if it is one without holes.
    pub fn as_str(&self) -> Option<&str> {
        match &self.repr {
            Repr::String(text) => text.as_str(),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.repr {
            Repr::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.repr {
            Repr::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&List> {
        match &self.repr {
            Repr::List(list) => Some(list),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        match &self.repr {
            Repr::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The unknown, if it is one.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        match &self.repr {
            Repr::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// The word for its kind in messages.
    pub fn kind_name(&self) -> &'static str {
        match &self.repr {
            Repr::Null => "null",
            Repr::Bool(_) => "bool",
            Repr::Number(_) => "number",
            Repr::String(_) => "string",
            Repr::List(list) => match list.kind {
                ListKind::Tuple => "tuple",
                ListKind::List => "list",
                ListKind::Set => "set",
                ListKind::Blocks => "list of blocks",
            },
            Repr::Object(object) => match object.kind {
                ObjectKind::Object => "object",
                ObjectKind::Map => "map",
                ObjectKind::Block => "block",
            },
            Repr::Unknown(_) => "unknown value",
        }
    }
}
