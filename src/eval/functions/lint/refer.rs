//! `refers_to`: whether a reference means a certain thing.

use super::texts::not_known;
use crate::{
    eval::{
        EvalError, Mode,
        functions::{Call, equality::equal},
    },
    value::{Identity, Object, Part, Refinement, Repr, Symbol, Text, Truth, Value},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// Attributes by whose value a thing is named elsewhere.
const IDENTIFYING: [&str; 17] = [
    "arn",
    "bucket",
    "cluster_identifier",
    "cluster_name",
    "db_name",
    "domain_name",
    "email",
    "function_name",
    "id",
    "identifier",
    "key_id",
    "name",
    "node_id",
    "repository",
    "repository_name",
    "self_link",
    "target_key_id",
];

/// An instance of which it is not known which one it is.
const ANY_INSTANCE: &str = "[*]";

pub(super) fn refers_to(call: &Call<'_>) -> Result {
    let [reference, thing] = call.args else { return Ok(Value::null()) };
    Ok(means(reference, thing).into_value())
}

/// `refers_to_kind(reference, type)`
pub(super) fn refers_to_kind(call: &Call<'_>) -> Result {
    let value = &call.args[0];
    let kind = call.string(1)?;
    let symbol = value.as_unknown().and_then(|u| u.symbol.as_ref());
    // What a data source gives may be of any resource, but that it comes from this data source is written.
    let written = symbol.and_then(|s| data_type(&s.address)).filter(|_| kind.starts_with("data."));
    let truth = match written.or_else(|| symbol.and_then(|s| resource_type(&s.address))) {
        Some(found) => Truth::of(found == *kind).at(value.origins.clone()),
        None if value.is_unknown() => not_known(value),
        None => Truth::of(false).at(value.origins.clone()),
    };
    Ok(truth.into_value())
}

fn means(reference: &Value, thing: &Value) -> Truth {
    let sure = |answer: bool| Truth::of(answer).at(reference.origins.clone());
    if reference.is_null() || thing.is_null() {
        return sure(false);
    }
    let Some(object) = thing.as_object() else {
        return if thing.is_unknown() { not_known(thing) } else { same_text(reference, thing) };
    };
    match &reference.repr {
        Repr::Unknown(unknown) => match (&unknown.symbol, &object.identity) {
            (Some(symbol), Some(identity)) => match by_symbol(symbol, identity) {
                Some(answer) => sure(answer),
                None => by_names(reference, object),
            },
            _ => by_names(reference, object),
        },
        Repr::Object(other) => match (&other.identity, &object.identity) {
            (Some(a), Some(b)) if a.scope == b.scope => match same_address(&a.address, &b.address) {
                Some(answer) => sure(answer),
                None => Truth::Unknown(
                    vec![crate::value::Why::new(crate::value::WhyKind::Repeated, a.address.clone())],
                    reference.origins.clone(),
                ),
            },
            (Some(_), Some(_)) => sure(false),
            // A reference by name, such as `{ kind = "ClusterRole", name = "admin" }`.
            _ => other.get("name").map_or_else(|| sure(false), |name| means(name, thing)),
        },
        Repr::String(Text::Holed(parts)) => by_parts(reference, parts, object),
        Repr::String(_) | Repr::Number(_) | Repr::Bool(_) => by_names(reference, object),
        Repr::List(_) | Repr::Null => sure(false),
    }
}

/// Both are texts.
fn same_text(reference: &Value, thing: &Value) -> Truth {
    let truth = equal(reference, thing, Mode::Rule);
    let places = reference.origins.clone();
    truth.at(places)
}

/// Whether two addresses are of one thing; none if that depends on which instance is meant.
fn same_address(a: &str, b: &str) -> Option<bool> {
    if !a.contains(ANY_INSTANCE) && !b.contains(ANY_INSTANCE) {
        return Some(a == b);
    }
    (without_keys(a) != without_keys(b)).then_some(false)
}

fn without_keys(address: &str) -> String {
    let (mut out, mut depth, mut in_string, mut escaped) = (String::new(), 0_u32, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' if depth > 0 => in_string = !in_string,
            '[' if !in_string => depth += 1,
            ']' if !in_string => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// The type of the resource that an address is of; none for variables, outputs and data sources,
/// which may stand for any resource.
fn resource_type(address: &str) -> Option<String> {
    let plain = without_keys(address);
    let mut steps = plain.split('.');
    loop {
        match steps.next()? {
            "module" => {
                steps.next()?;
            }
            "var" | "local" | "data" | "each" | "path" | "self" => return None,
            kind => return steps.next().map(|_| kind.to_string()),
        }
    }
}

/// `data.aws_vpc` of `module.net.data.aws_vpc.main`.
fn data_type(address: &str) -> Option<String> {
    let plain = without_keys(address);
    let mut steps = plain.split('.');
    loop {
        match steps.next()? {
            "module" => {
                steps.next()?;
            }
            "data" => return steps.next().map(|kind| format!("data.{kind}")),
            _ => return None,
        }
    }
}

/// Whether a symbol stands for this thing or something of it; none if it may or may not.
fn by_symbol(symbol: &Symbol, identity: &Identity) -> Option<bool> {
    // A data source may stand for any resource, but it is itself.
    if (&symbol.scope, &symbol.address) == (&identity.scope, &identity.address)
        && !symbol.address.contains(ANY_INSTANCE)
    {
        return Some(true);
    }
    let kind = resource_type(&symbol.address)?;
    if symbol.scope != identity.scope {
        return Some(false);
    }
    match same_address(&symbol.address, &identity.address) {
        Some(false) => {
            // `aws_s3_bucket_versioning.x.id` is the name of the bucket: parts share the whole's id.
            let part_of = resource_type(&identity.address).is_some_and(|whole| kind.starts_with(&format!("{whole}_")));
            (!part_of || symbol.path.is_empty()).then_some(false)
        }
        other => other,
    }
}

/// By the values of the attributes that identify the thing.
fn by_names(reference: &Value, object: &Object) -> Truth {
    let nested = object.get("metadata").and_then(Value::as_object);
    let names = IDENTIFYING.iter().filter_map(|n| object.get(n)).chain(nested.and_then(|m| m.get("name")));
    let names: Vec<&Value> = names.filter(|v| !v.is_null()).collect();
    let mut doubt = None;
    for name in &names {
        match equal(reference, name, Mode::Rule) {
            Truth::True(_) => return Truth::of(true).at(reference.origins.and(&name.origins)),
            Truth::Unknown(why, _) => {
                doubt.get_or_insert(why);
            }
            Truth::False(_) => {}
        }
    }
    if reference.as_str().and_then(|r| r.strip_prefix("arn:aws:s3:::")).is_some_and(|bucket| is_bucket(object, bucket))
    {
        return Truth::of(true).at(reference.origins.clone());
    }
    match (doubt, reference.as_unknown()) {
        (Some(why), _) => Truth::Unknown(why, reference.origins.clone()),
        // Of an unknown with a known beginning the names above said that it is none of them, if there is any.
        (None, Some(unknown)) if names.is_empty() || !matches!(unknown.refinement, Refinement::Prefix(_)) => {
            not_known(reference)
        }
        (None, _) if object.open.is_some() => {
            Truth::Unknown(object.open.clone().into_iter().collect(), reference.origins.clone())
        }
        _ => Truth::of(false).at(reference.origins.clone()),
    }
}

fn is_bucket(object: &Object, name: &str) -> bool {
    object.get("bucket").and_then(Value::as_str) == Some(name)
}

/// A text with holes: `"${aws_s3_bucket.logs.arn}/*"` means the bucket, `"${...}-copy"` another one.
fn by_parts(reference: &Value, parts: &[Part], object: &Object) -> Truth {
    let edge = |part: Option<&Part>, first: bool| match part {
        None => true,
        Some(Part::Known(text)) => {
            let c = if first { text.chars().next_back() } else { text.chars().next() };
            matches!(c, Some('/' | ':'))
        }
        Some(Part::Hole(_)) => false,
    };
    let mut doubtful = object.identity.is_none();
    for (i, part) in parts.iter().enumerate() {
        let Part::Hole(hole) = part else { continue };
        let answer = match (&hole.unknown.symbol, &object.identity) {
            (Some(symbol), Some(identity)) => by_symbol(symbol, identity),
            _ => None,
        };
        let alone = edge(i.checked_sub(1).and_then(|i| parts.get(i)), true) && edge(parts.get(i + 1), false);
        match answer {
            Some(true) if alone => return Truth::of(true).at(reference.origins.clone()),
            None => doubtful = true,
            Some(_) => {}
        }
    }
    match by_names(reference, object) {
        // Every hole is of another thing, and of that only the name may still be equal by chance.
        Truth::Unknown(..) if !doubtful => Truth::of(false).at(reference.origins.clone()),
        truth => truth,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::tests::{answer, ask, at, holed, place, s, symbol, unknown};
    use super::*;
    use crate::value::{Hole, Unknown};

    fn thing(address: &str, fields: &[(&str, Value)]) -> Value {
        let fields = fields.iter().map(|(n, v)| ((*n).into(), v.clone())).collect();
        let identity = Some(Arc::new(Identity::new("root", address)));
        Value::from_object(Object { fields, identity, ..Object::default() })
    }

    fn reference(address: &str, path: &str) -> Value {
        Repr::Unknown(Arc::new(symbol(address, path))).into()
    }

    fn means(reference: Value, thing: &Value) -> &'static str {
        answer("refers_to", &[reference, thing.clone()])
    }

    #[test]
    fn a_symbol_means_the_thing_at_its_address() {
        let logs = thing("aws_s3_bucket.logs", &[]);
        assert_eq!(means(reference("aws_s3_bucket.logs", "id"), &logs), "yes");
        assert_eq!(means(reference("aws_s3_bucket.data", "id"), &logs), "no");
        assert_eq!(means(reference("aws_s3_bucket.logs", ""), &logs), "yes");
        assert_eq!(means(reference("aws_kms_key.logs", "arn"), &logs), "no");
        assert_eq!(means(reference("aws_s3_bucket_versioning.v", "id"), &logs), "unknown");
        assert_eq!(means(logs.clone(), &logs), "yes");
        assert_eq!(means(thing("aws_s3_bucket.data", &[]), &logs), "no");
    }

    #[test]
    fn an_instance_in_doubt_leaves_it_open() {
        let b = thing("aws_s3_bucket.b[\"x\"]", &[]);
        assert_eq!(means(reference("aws_s3_bucket.b[*]", "id"), &b), "unknown");
        assert_eq!(means(reference("aws_s3_bucket.b[\"y\"]", "id"), &b), "no");
        assert_eq!(means(reference("aws_s3_bucket.c[*]", "id"), &b), "no");
        assert_eq!(means(reference("aws_s3_bucket.b[0]", "id"), &thing("aws_s3_bucket.b[*]", &[])), "unknown");
    }

    #[test]
    fn what_may_stand_for_anything_is_unknown() {
        let logs = thing("aws_s3_bucket.logs", &[("bucket", s("logs"))]);
        assert_eq!(means(unknown("x"), &logs), "unknown");
        assert_eq!(means(reference("module.m.var.bucket", ""), &logs), "unknown");
        assert_eq!(means(reference("data.aws_s3_bucket.logs", "id"), &logs), "unknown");
        assert_eq!(means(s("logs"), &unknown("x")), "unknown");
        let begins = |prefix: &str| {
            let unknown = Unknown { refinement: Refinement::Prefix(prefix.into()), ..symbol("var.x", "") };
            Value::from(Repr::Unknown(Arc::new(unknown)))
        };
        assert_eq!(means(begins("prod-"), &logs), "no");
        assert_eq!(means(begins("lo"), &logs), "unknown");
    }

    #[test]
    fn an_equal_name_means_the_thing() {
        let logs = thing("aws_s3_bucket.logs", &[("bucket", s("acme-logs")), ("acl", s("private"))]);
        assert_eq!(means(s("acme-logs"), &logs), "yes");
        assert_eq!(means(s("arn:aws:s3:::acme-logs"), &logs), "yes");
        assert_eq!(means(s("other"), &logs), "no");
        assert_eq!(means(s("private"), &logs), "no");
        assert_eq!(means(Value::null(), &logs), "no");
        assert_eq!(means(s("acme-logs"), &thing("aws_s3_bucket.b", &[("bucket", unknown("x"))])), "unknown");
        assert_eq!(means(holed(&["acme-", "?x"]), &logs), "unknown");
        assert_eq!(means(holed(&["beta-", "?x"]), &logs), "no");
        let metadata = Value::object([("name".into(), s("admin"))]);
        let role = thing("ClusterRole/admin", &[("metadata", metadata)]);
        assert_eq!(means(Value::object([("name".into(), s("admin"))]), &role), "yes");
        assert_eq!(means(s("edit"), &role), "no");
    }

    #[test]
    fn a_text_around_a_symbol_means_the_thing_or_something_in_it() {
        let logs = thing("aws_s3_bucket.logs", &[]);
        let text = |before: &str, address: &str, after: &str| {
            let hole = Hole { unknown: Arc::new(symbol(address, "arn")), written: "${}".into(), span: None };
            let parts = vec![Part::Known(before.into()), Part::Hole(hole), Part::Known(after.into())];
            Value::from(Repr::String(Text::from_parts(parts)))
        };
        assert_eq!(means(text("", "aws_s3_bucket.logs", "/*"), &logs), "yes");
        assert_eq!(means(text("arn:aws:s3:::", "aws_s3_bucket.logs", ""), &logs), "yes");
        assert_eq!(means(text("", "aws_s3_bucket.logs", "-copy"), &logs), "no");
        assert_eq!(means(text("", "aws_s3_bucket.data", "/*"), &logs), "no");
    }

    #[test]
    fn the_reference_is_blamed() {
        let logs = thing("aws_s3_bucket.logs", &[]);
        let value = ask("refers_to", &[at(reference("aws_s3_bucket.data", "id"), 7), logs]).unwrap();
        assert_eq!(value.origins, place(7));
    }
}
