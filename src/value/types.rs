//! Types of values, as Terraform has them.
//!
//! Most values show their type: `"a"` is a string. Where the content does not tell - a null, an
//! unknown, an empty list - the value carries it ([`Value::ty`]).

use std::sync::{Arc, LazyLock};

use super::{ByName, ListKind, ObjectKind, Refinement, Repr, Value};

/// A type, as type constraints write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A type that only somebody who is not asked can tell, such as that of an attribute whose
    /// provider is not there. It goes with every other type.
    Unclear,
    /// Any type: that of a bare `null`, of what `jsondecode` makes of an unknown text.
    Any,
    /// `bool`.
    Bool,
    /// `number`.
    Number,
    /// `string`.
    String,
    /// `list(...)`.
    List(Box<Type>),
    /// `set(...)`.
    Set(Box<Type>),
    /// `map(...)`.
    Map(Box<Type>),
    /// `tuple([...])`.
    Tuple(Vec<Type>),
    /// `object({...})`, all of whose attributes are required.
    Object(ByName<Type>),
}

impl Type {
    /// `list(T)`.
    pub fn list(item: Type) -> Self {
        Self::List(Box::new(item))
    }

    /// The type of a value: what it carries, else what its content shows.
    pub fn of(value: &Value) -> Self {
        match &value.repr {
            Repr::Bool(_) => Self::Bool,
            Repr::Number(_) => Self::Number,
            Repr::String(_) => Self::String,
            Repr::Null => value.ty.as_deref().cloned().unwrap_or(Self::Any),
            Repr::Unknown(unknown) => match (&value.ty, &unknown.refinement) {
                (Some(ty), _) => (**ty).clone(),
                (None, Refinement::Prefix(_)) => Self::String,
                _ => Self::Unclear,
            },
            Repr::List(list) => {
                let item = || Box::new(item_type(value, list.items.iter().chain(&list.maybe)));
                match list.kind {
                    ListKind::List => Self::List(item()),
                    ListKind::Set => Self::Set(item()),
                    ListKind::Tuple | ListKind::Blocks if list.is_whole() => {
                        Self::Tuple(list.items.iter().map(Self::of).collect())
                    }
                    ListKind::Tuple | ListKind::Blocks => Self::Unclear,
                }
            }
            Repr::Object(object) => match object.kind {
                ObjectKind::Map => Self::Map(Box::new(item_type(value, object.values()))),
                ObjectKind::Object | ObjectKind::Block if object.open.is_none() => {
                    Self::Object(object.fields.iter().map(|(k, v)| (k.clone(), Self::of(v))).collect())
                }
                ObjectKind::Object | ObjectKind::Block => Self::Unclear,
            },
        }
    }

    /// Whether it is `bool`, `number` or `string`.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::String)
    }

    /// Whether it is told, and no list, set or tuple.
    pub fn is_no_list(&self) -> bool {
        self.is_told() && !matches!(self, Self::List(_) | Self::Set(_) | Self::Tuple(_))
    }

    /// Whether it is neither any type nor one that nobody tells.
    pub fn is_told(&self) -> bool {
        !matches!(self, Self::Unclear | Self::Any)
    }

    /// Whether nothing in it is left open, at any depth.
    pub fn is_exact(&self) -> bool {
        match self {
            Self::Unclear | Self::Any => false,
            Self::Bool | Self::Number | Self::String => true,
            Self::List(item) | Self::Set(item) | Self::Map(item) => item.is_exact(),
            Self::Tuple(items) => items.iter().all(Self::is_exact),
            Self::Object(fields) => fields.values().all(Self::is_exact),
        }
    }

    /// Whether there is a type in it that nobody tells.
    pub fn has_unclear(&self) -> bool {
        match self {
            Self::Unclear => true,
            Self::Any | Self::Bool | Self::Number | Self::String => false,
            Self::List(item) | Self::Set(item) | Self::Map(item) => item.has_unclear(),
            Self::Tuple(items) => items.iter().any(Self::has_unclear),
            Self::Object(fields) => fields.values().any(Self::has_unclear),
        }
    }

    /// Whether values of the two types are never equal, unless both are null.
    pub fn excludes(&self, other: &Type) -> bool {
        match (self, other) {
            (Self::Unclear | Self::Any, _) | (_, Self::Unclear | Self::Any) => false,
            (Self::List(a), Self::List(b)) | (Self::Set(a), Self::Set(b)) | (Self::Map(a), Self::Map(b)) => {
                a.excludes(b)
            }
            (Self::Tuple(a), Self::Tuple(b)) => a.len() != b.len() || a.iter().zip(b).any(|(a, b)| a.excludes(b)),
            (Self::Object(a), Self::Object(b)) => {
                a.len() != b.len() || a.iter().any(|(name, a)| b.get(name).is_none_or(|b| a.excludes(b)))
            }
            _ => std::mem::discriminant(self) != std::mem::discriminant(other),
        }
    }

    /// What an element under a key that is not known has for a type, if there is one for all.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Self::List(item) | Self::Set(item) | Self::Map(item) => Some(item),
            _ => None,
        }
    }

    /// The type to be carried by a value, shared where it is one of the common ones.
    pub fn shared(self) -> Arc<Type> {
        static COMMON: LazyLock<[Arc<Type>; 5]> =
            LazyLock::new(|| [Type::Any, Type::Bool, Type::Number, Type::String, Type::Unclear].map(Arc::new));
        match COMMON.iter().find(|common| ***common == self) {
            Some(common) => common.clone(),
            None => Arc::new(self),
        }
    }
}

/// What the elements have for a type: that which they share, else that which the collection carries.
fn item_type<'a>(whole: &Value, mut items: impl Iterator<Item = &'a Value>) -> Type {
    let Some(first) = items.next() else {
        return whole.ty.as_deref().and_then(Type::element).cloned().unwrap_or(Type::Any);
    };
    let mut shared = Type::of(first);
    for item in items {
        let next = Type::of(item);
        if next == shared || next == Type::Any {
            continue;
        }
        if shared != Type::Any {
            return Type::Unclear;
        }
        shared = next;
    }
    shared
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unclear | Self::Any => f.write_str("any"),
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::List(item) => write!(f, "list({item})"),
            Self::Set(item) => write!(f, "set({item})"),
            Self::Map(item) => write!(f, "map({item})"),
            Self::Tuple(items) => {
                f.write_str("tuple([")?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("])")
            }
            Self::Object(fields) => {
                f.write_str("object({")?;
                for (i, (name, field)) in fields.iter().enumerate() {
                    write!(f, "{}{name}={field}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("})")
            }
        }
    }
}
