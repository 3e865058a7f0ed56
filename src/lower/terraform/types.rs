//! Type constraints of variables, and what conversion to them does.

use std::sync::Arc;

use ecow::EcoString;

use crate::{
    eval::{EvalError, functions::convert},
    syntax::hcl::{Expr, ExprKind, ObjectKey},
    value::{self, List, ListKind, Object, ObjectKind, Refinement, Repr, Unknown, Value},
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

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub struct Field {
    name: EcoString,
    constraint: Type,
    /// Set for `optional(T)` and `optional(T, default)`.
    #[allow(clippy::option_option, reason = "whether it is optional, and whether it then has a default")]
    optional: Option<Option<Arc<Expr>>>,
}

impl Type {
    /// The type of the values that conform.
    pub fn plain(&self) -> value::Type {
        let inner = |t: &Type| Box::new(t.plain());
        match self {
            Self::Any => value::Type::Any,
            Self::String => value::Type::String,
            Self::Number => value::Type::Number,
            Self::Bool => value::Type::Bool,
            Self::List(item) => value::Type::List(inner(item)),
            Self::Set(item) => value::Type::Set(inner(item)),
            Self::Map(item) => value::Type::Map(inner(item)),
            Self::Tuple(items) => value::Type::Tuple(items.iter().map(Self::plain).collect()),
            Self::Object(fields) => {
                value::Type::Object(fields.iter().map(|f| (f.name.clone(), f.constraint.plain())).collect())
            }
        }
    }
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
        return convert::convert_to(&value, &constraint.plain()).map_err(EvalError::new);
    }
    if value.is_null() || value.is_unknown() {
        return convert::convert_to(value, &constraint.plain()).map_err(EvalError::new);
    }
    let keep = |mut converted: Value| {
        if let Type::List(_) | Type::Set(_) | Type::Map(_) = constraint {
            let item = constraint.plain();
            converted.ty = (!item.is_open()).then(|| Arc::new(item));
        }
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
            let (mut items, mut maybe) = (each(&list.items, inner)?, each(&list.maybe, inner)?);
            if matches!(**inner, Type::Any) {
                alike(items.iter_mut().chain(&mut maybe))?;
            }
            if kind == ListKind::Set {
                items = convert::set_of(items);
            }
            keep(Value::list(List { kind, items, maybe, open: list.open.clone() }))
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
            if matches!(**inner, Type::Any) {
                alike(converted.fields.values_mut())?;
            }
            keep(Value::from_object(converted))
        }
        (Type::Object(fields), Repr::Object(object)) => {
            let mut converted = Object {
                kind: ObjectKind::Object,
                fields: indexmap::IndexMap::with_capacity(fields.len()),
                ..(**object).clone()
            };
            for field in fields {
                let given = object.fields.get(&field.name).filter(|v| !v.is_null() || field.optional.is_none());
                let inner = match (given, &field.optional) {
                    (Some(given), _) => conform(given, &field.constraint, default)
                        .map_err(|e| EvalError { message: format!("`{}`: {}", field.name, e.message), ..e })?,
                    (None, Some(Some(expr))) => conform(&default(expr)?, &field.constraint, default)?,
                    (None, Some(None)) => {
                        let null = convert::convert_to(&Value::null(), &field.constraint.plain())?;
                        null.with_origins(value.origins.clone())
                    }
                    (None, None) => match &object.open {
                        Some(why) => Value::unknown(why.clone()).with_origins(value.origins.clone()),
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

/// The elements of a `list(any)` have one type, whichever it is.
fn alike<'v>(values: impl Iterator<Item = &'v mut Value>) -> Result<(), EvalError> {
    let values: Vec<&mut Value> = values.collect();
    let Some(common) = convert::unify(values.iter().map(|v| &**v)) else {
        return Err(EvalError::new("all elements must be of one type"));
    };
    for value in values {
        *value = convert::convert_to(value, &common)?;
    }
    Ok(())
}
