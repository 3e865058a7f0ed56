//! Type constraints of variables, and what conversion to them does.

use std::sync::Arc;

use ecow::EcoString;
use foldhash::fast::RandomState;

use crate::{
    eval::{EvalError, functions::convert},
    syntax::hcl::{Expr, ExprKind, ObjectKey},
    value::{self, ByName, List, ListKind, Object, ObjectKind, Refinement, Repr, Unknown, Value},
};

/// A type constraint.
#[derive(Clone, Debug)]
pub enum Type {
    /// `any`, or no constraint.
    Any,
    /// `string`
    String,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `list(T)`
    List(Box<Type>),
    /// `set(T)`
    Set(Box<Type>),
    /// `map(T)`
    Map(Box<Type>),
    /// `tuple([T, ...])`
    Tuple(Vec<Type>),
    /// `object({ name = T })`
    Object(Vec<Field>),
}

impl Type {
    /// The type of the values that fit.
    pub fn plain(&self) -> value::Type {
        use value::Type as Of;
        match self {
            Self::Any => Of::Any,
            Self::String => Of::String,
            Self::Number => Of::Number,
            Self::Bool => Of::Bool,
            Self::List(item) => Of::list(item.plain()),
            Self::Set(item) => Of::Set(Box::new(item.plain())),
            Self::Map(item) => Of::Map(Box::new(item.plain())),
            Self::Tuple(items) => Of::Tuple(items.iter().map(Self::plain).collect()),
            Self::Object(fields) => Of::Object(fields.iter().map(|f| (f.name.clone(), f.constraint.plain())).collect()),
        }
    }
}

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub struct Field {
    name: EcoString,
    constraint: Type,
    /// Set for `optional(T)` and `optional(T, default)`.
    #[allow(clippy::option_option, reason = "whether it is optional, and whether it then has a default")]
    optional: Option<Option<Arc<Expr>>>,
}

/// Reads a type constraint. What is not one is taken for `any`.
pub fn parse(expr: &Expr) -> Type {
    let inner = |args: &[Expr]| Box::new(args.first().map_or(Type::Any, parse));
    match &expr.kind {
        ExprKind::Variable(name) => match name.as_str() {
            "string" => Type::String,
            "number" => Type::Number,
            "bool" => Type::Bool,
            "list" => Type::List(Box::new(Type::Any)),
            "set" => Type::Set(Box::new(Type::Any)),
            "map" => Type::Map(Box::new(Type::Any)),
            _ => Type::Any,
        },
        // The old spelling, "string".
        ExprKind::String(name) => match name.as_str() {
            "string" => Type::String,
            "list" => Type::List(Box::new(Type::Any)),
            "map" => Type::Map(Box::new(Type::Any)),
            _ => Type::Any,
        },
        ExprKind::Call { name, args, .. } => match name.text.as_str() {
            "list" => Type::List(inner(args)),
            "set" => Type::Set(inner(args)),
            "map" => Type::Map(inner(args)),
            "tuple" => match args.first().map(|a| &a.kind) {
                Some(ExprKind::Array(items)) => Type::Tuple(items.iter().map(parse).collect()),
                _ => Type::Any,
            },
            "object" => match args.first().map(|a| &a.kind) {
                Some(ExprKind::Object(entries)) => Type::Object(entries.iter().filter_map(field).collect()),
                _ => Type::Any,
            },
            _ => Type::Any,
        },
        _ => Type::Any,
    }
}

fn field((key, expr): &(ObjectKey, Expr)) -> Option<Field> {
    let name = match key {
        ObjectKey::Name(name) => name.text.clone(),
        ObjectKey::Expr(Expr { kind: ExprKind::String(name), .. }) => name.clone(),
        ObjectKey::Expr(_) => return None,
    };
    Some(match &expr.kind {
        ExprKind::Call { name: function, args, .. } if function.text == "optional" => Field {
            name,
            constraint: args.first().map_or(Type::Any, parse),
            optional: Some(args.get(1).map(|d| Arc::new(d.clone()))),
        },
        _ => Field { name, constraint: parse(expr), optional: None },
    })
}

/// Converts a value to a type, filling in the defaults of optional attributes. Origins stay.
///
/// `default` evaluates the default of an optional attribute.
///
/// # Errors
///
/// If the value cannot be converted, as Terraform would say.
pub fn conform(
    value: &Value,
    constraint: &Type,
    default: &dyn Fn(&Expr) -> Result<Value, EvalError>,
) -> Result<Value, EvalError> {
    if let Repr::Unknown(unknown) = &value.repr
        && let Refinement::OneOf(alternatives) = &unknown.refinement
    {
        // What cannot be converted cannot be the value.
        let converted: Vec<Value> = alternatives.iter().filter_map(|a| conform(a, constraint, default).ok()).collect();
        let refinement = if converted.is_empty() { Refinement::Nothing } else { Refinement::OneOf(converted.into()) };
        let unknown = Unknown { refinement, ..(**unknown).clone() };
        let value = Value { repr: Repr::Unknown(Arc::new(unknown)), ..value.clone() };
        let ty = constraint.plain();
        return Ok(convert::convert_to(&value, &ty).unwrap_or_else(|_| value.of_type(ty)));
    }
    if value.is_null() || value.is_unknown() {
        let ty = constraint.plain();
        // What is optional in the constraint may be of any other type in what is not there, so nothing is refused.
        return Ok(convert::convert_to(value, &ty).unwrap_or_else(|_| value.clone().of_type(ty)));
    }
    let keep = |converted: Value| {
        let mut converted = converted.with_origins(value.origins.clone()).mark_sensitive(value.sensitive);
        converted.decoded.clone_from(&value.decoded);
        converted
    };
    let each = |items: &[Value], inner: &Type| -> Result<Vec<Value>, EvalError> {
        items.iter().map(|v| conform(v, inner, default)).collect()
    };
    Ok(match (constraint, &value.repr) {
        (Type::Any, _) => value.clone(),
        (Type::String, _) => keep(convert::to_string(value)?),
        (Type::Number, _) => keep(convert::to_number(value)?),
        (Type::Bool, _) => keep(convert::to_bool(value)?),
        (Type::List(inner) | Type::Set(inner), Repr::List(list)) => {
            let kind = if matches!(constraint, Type::Set(_)) { ListKind::Set } else { ListKind::List };
            let (mut items, maybe) = (each(&list.items, inner)?, each(&list.maybe, inner)?);
            if kind == ListKind::Set {
                items = convert::set_of(items);
            }
            collection(keep(Value::list(List { kind, items, maybe, open: list.open.clone() })), constraint)?
        }
        (Type::Tuple(types), Repr::List(list)) if list.is_whole() && list.items.len() == types.len() => {
            let items =
                list.items.iter().zip(types).map(|(v, t)| conform(v, t, default)).collect::<Result<Vec<_>, _>>()?;
            keep(Value::tuple(items))
        }
        (Type::Map(inner), Repr::Object(object)) => {
            let mut converted = Object { kind: ObjectKind::Map, ..(**object).clone() };
            for field in converted.fields.values_mut() {
                *field = conform(field, inner, default)?;
            }
            if let Some(unnamed) = &object.unnamed {
                converted.unnamed = Some(Arc::new(unnamed.try_map(|v| conform(v, inner, default))?));
            }
            collection(keep(Value::from_object(converted)), constraint)?
        }
        (Type::Object(fields), Repr::Object(object)) => {
            let mut converted = Object {
                kind: ObjectKind::Object,
                fields: ByName::with_capacity_and_hasher(fields.len(), RandomState::default()),
                unnamed: None,
                ..(**object).clone()
            };
            for field in fields {
                let given = object.fields.get(&field.name).filter(|v| !v.is_null() || field.optional.is_none());
                let inner = match (given, &field.optional) {
                    (Some(given), _) => conform(given, &field.constraint, default)
                        .map_err(|e| EvalError { message: format!("`{}`: {}", field.name, e.message), ..e })?,
                    (None, Some(Some(expr))) => conform(&default(expr)?, &field.constraint, default)?,
                    (None, Some(None)) => {
                        Value::null().of_type(field.constraint.plain()).with_origins(value.origins.clone())
                    }
                    (None, None) => match &object.open {
                        Some(why) => Value::unknown(why.clone())
                            .of_type(field.constraint.plain())
                            .with_origins(value.origins.clone()),
                        None => return Err(EvalError::new(format!("the attribute `{}` is missing", field.name))),
                    },
                };
                converted.fields.insert(field.name.clone(), inner);
            }
            keep(Value::from_object(converted))
        }
        (Type::Tuple(types), Repr::List(list)) if list.is_whole() => {
            return Err(EvalError::new(format!(
                "a tuple of {} elements is needed here, not of {}",
                types.len(),
                list.items.len()
            )));
        }
        (Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => {
            return Err(EvalError::new(format!("a list is needed here, not a {}", value.kind_name())));
        }
        (Type::Map(_) | Type::Object(_), _) => {
            return Err(EvalError::new(format!("a map or object is needed here, not a {}", value.kind_name())));
        }
    })
}

/// A list, set or map: it carries its type where it is empty, and where the constraint leaves open what
/// the elements are, they are of one type.
fn collection(value: Value, constraint: &Type) -> Result<Value, EvalError> {
    let ty = constraint.plain();
    let empty = match &value.repr {
        Repr::List(list) => list.items.is_empty() && list.maybe.is_empty(),
        Repr::Object(object) => object.fields.is_empty(),
        _ => false,
    };
    if empty {
        return Ok(value.of_type(ty));
    }
    if ty.is_exact() {
        return Ok(value);
    }
    let converted = convert::convert_to(&value, &ty)?;
    Ok(Value { decoded: value.decoded, ..converted })
}
