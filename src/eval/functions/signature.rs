//! The types of Terraform's functions: what an argument is converted to, and what comes out where the
//! arguments are not known. Functions look at known arguments themselves; an unknown has only its type.

use super::{
    Call,
    unify::{converted_type, unify_types},
};
use crate::{
    eval::EvalError,
    value::{ListKind, ObjectKind, Refinement, Repr, Type, Value},
};

/// What a parameter takes.
enum Takes {
    /// What can be converted to a type.
    Type(Type),
    /// A kind of collection, not converted.
    Kind(&'static str, fn(&Type) -> bool),
    /// Anything.
    Any,
}

fn is_list(ty: &Type) -> bool {
    matches!(ty, Type::List(_) | Type::Tuple(_))
}

fn is_map(ty: &Type) -> bool {
    matches!(ty, Type::Map(_) | Type::Object(_))
}

fn is_any_list(ty: &Type) -> bool {
    is_list(ty) || matches!(ty, Type::Set(_))
}

fn has_length(ty: &Type) -> bool {
    is_any_list(ty) || is_map(ty) || *ty == Type::String
}

fn takes(name: &str, index: usize) -> Takes {
    let list = |item| Takes::Type(Type::list(item));
    let set = |item| Takes::Type(Type::Set(Box::new(item)));
    match (name, index) {
        ("abs" | "ceil" | "floor" | "log" | "max" | "min" | "pow" | "range" | "signum", _)
        | ("indent", 0)
        | ("substr" | "cidrsubnet" | "cidrsubnets" | "slice", 1..)
        | ("cidrhost" | "bcrypt" | "chunklist" | "element" | "parseint", 1) => Takes::Type(Type::Number),
        ("alltrue" | "anytrue", 0) => list(Type::Bool),
        ("compact" | "sort" | "zipmap", 0) | ("join", 1..) => list(Type::String),
        ("chunklist" | "distinct", 0) | ("matchkeys", _) => list(Type::Any),
        ("setintersection" | "setsubtract" | "setunion", _) => set(Type::Any),
        ("concat" | "element", _) | ("slice" | "index", 0) | ("zipmap", 1) => Takes::Kind("a list", is_list),
        ("one" | "reverse", 0) | ("setproduct", _) => Takes::Kind("a list", is_any_list),
        ("keys" | "lookup" | "values", 0) | ("merge", _) => Takes::Kind("a map or object", is_map),
        ("length", 0) => Takes::Kind("a list, a map or a string", has_length),
        ("transpose", 0) => Takes::Type(Type::Map(Box::new(Type::list(Type::String)))),
        (
            "abspath" | "base64decode" | "base64encode" | "base64gzip" | "base64sha256" | "base64sha512" | "basename"
            | "bcrypt" | "chomp" | "cidrhost" | "cidrnetmask" | "cidrsubnet" | "cidrsubnets" | "csvdecode" | "dirname"
            | "endswith" | "file" | "filebase64" | "filebase64sha256" | "filebase64sha512" | "fileexists" | "filemd5"
            | "fileset" | "filesha1" | "filesha256" | "filesha512" | "formatdate" | "indent" | "join" | "jsondecode"
            | "lower" | "md5" | "parseint" | "pathexpand" | "regex" | "regexall" | "replace" | "rsadecrypt" | "sha1"
            | "sha256" | "sha512" | "split" | "startswith" | "strcontains" | "strrev" | "substr" | "textdecodebase64"
            | "textencodebase64" | "timeadd" | "timecmp" | "title" | "trim" | "trimprefix" | "trimspace" | "trimsuffix"
            | "upper" | "urlencode" | "uuidv5" | "yamldecode",
            _,
        )
        | ("format" | "formatlist", 0)
        | ("lookup", 1) => Takes::Type(Type::String),
        _ => Takes::Any,
    }
}

/// An error for an unknown argument that the function cannot take, whatever it will be.
pub(super) fn check(call: &Call<'_>) -> Result<(), EvalError> {
    for (index, argument) in call.args.iter().enumerate() {
        let ty = match &argument.repr {
            Repr::Unknown(_) => Type::of(argument),
            // What is known in part is not looked at by functions that need all of it; its kind is known.
            Repr::List(_) => Type::List(Box::new(Type::Unclear)),
            Repr::Object(_) => Type::Map(Box::new(Type::Unclear)),
            Repr::String(text) if text.as_str().is_none() => Type::String,
            _ => continue,
        };
        let is_collection = matches!(argument.repr, Repr::List(_) | Repr::Object(_));
        if is_collection && !matches!(takes(call.name, index), Takes::Type(Type::String | Type::Number | Type::Bool)) {
            continue;
        }
        if !ty.is_told() {
            continue;
        }
        match takes(call.name, index) {
            Takes::Type(wanted) if converted_type(&ty, &wanted).is_none() => {
                return Err(call.fault(index, format_args!("a {wanted} is needed, not {ty}")));
            }
            Takes::Kind(wanted, fits) if !fits(&ty) => {
                return Err(call.fault(index, format_args!("{wanted} is needed, not {ty}")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The type that the elements of something of this type have in common, if that is known.
fn item_of(ty: &Type) -> Type {
    match ty {
        Type::Tuple(items) => unify_types(items).unwrap_or(Type::Unclear),
        Type::Object(fields) => unify_types(&fields.values().cloned().collect::<Vec<_>>()).unwrap_or(Type::Unclear),
        other => other.element().cloned().unwrap_or(Type::Unclear),
    }
}

/// The type of the result, where the arguments tell it.
fn result(name: &str, args: &[Value]) -> Type {
    let first = || args.first().map_or(Type::Unclear, Type::of);
    let item = || item_of(&first());
    let set = |item| Type::Set(Box::new(item));
    match name {
        "abs" | "ceil" | "floor" | "index" | "length" | "log" | "max" | "min" | "parseint" | "pow" | "signum"
        | "sum" | "timecmp" => Type::Number,
        "alltrue" | "anytrue" | "can" | "contains" | "endswith" | "fileexists" | "issensitive" | "startswith"
        | "strcontains" => Type::Bool,
        "abspath" | "base64decode" | "base64encode" | "base64gzip" | "base64sha256" | "base64sha512" | "basename"
        | "bcrypt" | "chomp" | "cidrhost" | "cidrnetmask" | "cidrsubnet" | "dirname" | "file" | "filebase64"
        | "filebase64sha256" | "filebase64sha512" | "filemd5" | "filesha1" | "filesha256" | "filesha512" | "format"
        | "formatdate" | "indent" | "join" | "jsonencode" | "lower" | "md5" | "pathexpand" | "plantimestamp"
        | "replace" | "rsadecrypt" | "sha1" | "sha256" | "sha512" | "strrev" | "substr" | "textdecodebase64"
        | "textencodebase64" | "timeadd" | "timestamp" | "title" | "trim" | "trimprefix" | "trimspace"
        | "trimsuffix" | "upper" | "urlencode" | "uuid" | "uuidv5" | "yamlencode" => Type::String,
        "cidrsubnets" | "compact" | "sort" | "split" => Type::list(Type::String),
        "range" => Type::list(Type::Number),
        "fileset" => set(Type::String),
        "transpose" => Type::Map(Box::new(Type::list(Type::String))),
        "jsondecode" | "yamldecode" | "csvdecode" => Type::Any,
        "element" | "one" | "lookup" => first().element().cloned().unwrap_or(Type::Unclear),
        "keys" if matches!(first(), Type::Map(_)) => Type::list(Type::String),
        "values" if matches!(first(), Type::Map(_)) => Type::list(item()),
        "distinct" | "matchkeys" => Type::list(item()),
        "slice" | "reverse" if first().element().is_some() => Type::list(item()),
        "chunklist" => Type::list(Type::list(item())),
        "setproduct" => {
            let row = Type::Tuple(args.iter().map(|a| item_of(&Type::of(a))).collect());
            if args.iter().any(|a| matches!(Type::of(a), Type::Set(_))) { set(row) } else { Type::list(row) }
        }
        "setsubtract" | "setunion" | "setintersection" => {
            let types: Vec<Type> = args.iter().map(|a| item_of(&Type::of(a))).collect();
            unify_types(&types).map_or(Type::Unclear, set)
        }
        "concat" => {
            let types: Vec<Type> = args.iter().map(Type::of).collect();
            let lists = types.iter().all(|t| matches!(t, Type::List(_)));
            unify_types(&types).filter(|_| lists).unwrap_or(Type::Unclear)
        }
        _ => Type::Unclear,
    }
}

/// The result, carrying its type if it is not known or holds nothing that tells it.
pub(super) fn typed(call: &Call<'_>, value: Value) -> Value {
    let tells = match &value.repr {
        Repr::Unknown(unknown) => matches!(unknown.refinement, Refinement::Prefix(_)),
        Repr::List(list) => list.kind == ListKind::Tuple || !list.items.is_empty() || !list.maybe.is_empty(),
        Repr::Object(object) => object.kind != ObjectKind::Map || !object.fields.is_empty(),
        _ => true,
    };
    if tells || value.ty.is_some() {
        return value;
    }
    match result(call.name, call.args) {
        Type::Unclear => value,
        ty => value.of_type(ty),
    }
}
