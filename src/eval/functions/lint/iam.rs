//! IAM policies, whichever way they are written.

use std::sync::Arc;

use ecow::EcoString;

use super::texts::{any, of_text};
use crate::{
    eval::{
        EvalError,
        functions::{Call, encoding::json_decode},
        traverse::through,
    },
    value::{ByName, List, ListKind, Object, Origins, Part, Repr, Text, Truth, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

pub(super) fn iam_statements(call: &Call<'_>) -> Result {
    let policy = &call.args[0];
    Ok(used_at(policy, &statements(policy)))
}

/// A part of a policy that is written elsewhere, such as in a data source, is blamed on the place that
/// uses the policy, and then on where it is written.
fn used_at(policy: &Value, part: &Value) -> Value {
    let mut part = through(policy, part);
    match &part.repr {
        Repr::List(list) => {
            let each = |values: &[Value]| values.iter().map(|v| used_at(policy, v)).collect();
            let list = List { items: each(&list.items), maybe: each(&list.maybe), ..(**list).clone() };
            part.repr = Repr::List(Arc::new(list));
        }
        Repr::Object(object) => {
            let fields = object.fields.iter().map(|(name, v)| (name.clone(), used_at(policy, v))).collect();
            part.repr = Repr::Object(Arc::new(Object { fields, ..(**object).clone() }));
        }
        _ => {}
    }
    part
}

fn statements(policy: &Value) -> Value {
    let empty = || Value::tuple(Vec::new()).with_origins(policy.origins.clone());
    let document = match &policy.repr {
        Repr::Null => return empty(),
        Repr::Object(_) => policy.clone(),
        _ if policy.decoded.is_none() && policy.as_str().is_some_and(|text| text.trim().is_empty()) => return empty(),
        _ => match json_decode(policy) {
            Ok(document) => document,
            Err(error) => return invalid(&error.message, &policy.origins),
        },
    };
    let places = document.origins.and(&policy.origins);
    let object = match &document.repr {
        Repr::Object(object) => object,
        Repr::Unknown(unknown) => return Value::unknown(unknown.why.clone()).with_origins(places),
        _ => return invalid("this is not a policy", &places),
    };
    let found = match (object.get("Statement"), &object.open) {
        (Some(found), _) => found,
        (None, Some(why)) => return Value::unknown(why.clone()).with_origins(places),
        (None, None) => return invalid("this policy has no statement", &places),
    };
    let result = match &found.repr {
        Repr::List(list) => Value::list(List {
            kind: ListKind::Tuple,
            items: list.items.iter().map(statement).collect(),
            maybe: list.maybe.iter().map(statement).collect(),
            open: list.open.clone(),
        }),
        Repr::Object(_) => Value::tuple(vec![statement(found)]),
        Repr::Unknown(unknown) => Value::unknown(unknown.why.clone()),
        _ => return invalid("the statement of this policy is not an object", &found.origins.and(&places)),
    };
    result.with_origins(found.origins.and(&places))
}

fn invalid(message: &str, origins: &Origins) -> Value {
    Value::unknown(Why::new(WhyKind::Invalid, message)).with_origins(origins.clone())
}

/// A statement in the one form that rules see: every list a list, every name in lower case.
fn statement(written: &Value) -> Value {
    let Some(object) = written.as_object() else {
        return if written.is_unknown() {
            written.clone()
        } else {
            invalid("a statement of a policy is not an object", &written.origins)
        };
    };
    let absent = Absent { object, origins: &written.origins };
    let mut fields: ByName<Value> = ByName::default();
    fields.insert("sid".into(), absent.field("Sid"));
    fields.insert("effect".into(), absent.field("Effect"));
    for (from, to) in [
        ("Action", "actions"),
        ("NotAction", "not_actions"),
        ("Resource", "resources"),
        ("NotResource", "not_resources"),
    ] {
        fields.insert(to.into(), listed(&absent.field(from)));
    }
    for (from, to) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
        fields.insert(to.into(), principals(&absent.field(from)));
    }
    fields.insert("conditions".into(), conditions(&absent.field("Condition")));
    let header = object.header.clone().or_else(|| written.origins.first().cloned());
    Value::from_object(Object { fields, header, ..Object::default() }).with_origins(written.origins.clone())
}

/// A statement's fields, with the place of the statement for those that it lacks.
struct Absent<'a> {
    object: &'a Object,
    origins: &'a Origins,
}

impl Absent<'_> {
    fn field(&self, name: &str) -> Value {
        match (self.object.get(name), &self.object.open) {
            (Some(value), _) => value.clone(),
            (None, Some(why)) => Value::unknown(why.clone()).with_origins(self.origins.clone()),
            (None, None) => {
                let header: Origins = self.object.header.clone().into_iter().collect();
                Value::null().with_origins(header.and(self.origins))
            }
        }
    }
}

/// One element or several as a list.
fn listed(value: &Value) -> Value {
    match &value.repr {
        Repr::Null => Value::tuple(Vec::new()).with_origins(value.origins.clone()),
        Repr::List(_) => value.clone(),
        // An attribute of a resource is one element; a variable may also be a list of them.
        Repr::Unknown(unknown) if unknown.symbol.as_ref().is_none_or(|s| s.path.is_empty()) => value.clone(),
        _ => Value::tuple(vec![value.clone()]).with_origins(value.origins.clone()),
    }
}

fn named(fields: [(&str, Value); 2], more: Option<(&str, Value)>, origins: &Origins) -> Value {
    let fields = fields.into_iter().chain(more).map(|(name, value)| (name.into(), value)).collect();
    let header = origins.first().cloned();
    Value::from_object(Object { fields, header, ..Object::default() }).with_origins(origins.clone())
}

/// `"*"`, `{ AWS = "..." }` and `{ AWS = [...], Service = "..." }` as a list of types and values.
fn principals(value: &Value) -> Value {
    let object = match &value.repr {
        Repr::Null => return Value::tuple(Vec::new()).with_origins(value.origins.clone()),
        Repr::Object(object) => object,
        Repr::Unknown(_) => return value.clone(),
        _ => {
            let kind = ("type", Value::string("*").with_origins(value.origins.clone()));
            let only = named([kind, ("values", listed(value))], None, &value.origins);
            return Value::tuple(vec![only]).with_origins(value.origins.clone());
        }
    };
    let items = object.fields.iter().map(|(kind, values)| {
        let origins = values.origins.and(&value.origins);
        named(
            [("type", Value::string(kind.clone()).with_origins(origins.clone())), ("values", listed(values))],
            None,
            &origins,
        )
    });
    let list = List { open: object.open.clone(), ..List::of(ListKind::Tuple, items.collect()) };
    Value::list(list).with_origins(value.origins.clone())
}

/// `{ StringEquals = { "aws:x" = ["y"] } }` as a list of tests, variables and values.
fn conditions(value: &Value) -> Value {
    let object = match &value.repr {
        Repr::Null => return Value::tuple(Vec::new()).with_origins(value.origins.clone()),
        Repr::Object(object) => object,
        Repr::Unknown(_) => return value.clone(),
        _ => return invalid("the condition of a statement is not an object", &value.origins),
    };
    let mut list = List { open: object.open.clone(), ..List::of(ListKind::Tuple, Vec::new()) };
    for (test, variables) in &object.fields {
        let origins = variables.origins.and(&value.origins);
        let Some(inner) = variables.as_object() else {
            let why =
                variables.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Invalid, "a condition has no variable"));
            list.open.get_or_insert(why);
            continue;
        };
        list.open = list.open.take().or_else(|| inner.open.clone());
        for (variable, values) in &inner.fields {
            let origins = values.origins.and(&origins);
            let test = ("test", Value::string(test.clone()).with_origins(origins.clone()));
            let variable = ("variable", Value::string(variable.clone()).with_origins(origins.clone()));
            list.items.push(named([test, variable], Some(("values", listed(values))), &origins));
        }
    }
    Value::list(list).with_origins(value.origins.clone())
}

pub(super) fn is_wildcard(call: &Call<'_>) -> Result {
    let everything = ["*", "*:*"];
    any(&call.args[0], &|value| {
        let holed = |text: &Text| (!everything.iter().any(|w| text.may_equal(w))).then_some(false);
        of_text(call, 0, value, |text| Some(everything.contains(&text)), holed)
    })
    .map(Truth::into_value)
}

pub(super) fn iam_action_matches(call: &Call<'_>) -> Result {
    let [patterns, action] = call.args else { return Ok(Value::null()) };
    let Some(wanted) = action.as_str() else {
        return match action.first_unknown() {
            Some(why) => Ok(Value::unknown(why).with_origins(action.origins.clone())),
            None => Err(call.wrong(1, "an action")),
        };
    };
    let wanted = wanted.to_ascii_lowercase();
    any(patterns, &|pattern| {
        let whole = |text: &str| Some(covers(&text.to_ascii_lowercase(), &wanted));
        of_text(call, 0, pattern, whole, |text| may_cover(text, &wanted))
    })
    .map(Truth::into_value)
}

/// Whether a pattern with `*` and `?` matches all of a text.
fn covers(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last star stood, and what it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// A pattern with holes: no if the known pieces alone rule it out.
fn may_cover(text: &Text, wanted: &str) -> Option<bool> {
    let loosest: EcoString = text
        .parts()
        .iter()
        .map(|p| match p {
            Part::Known(known) => known.to_ascii_lowercase(),
            Part::Hole(_) => EcoString::from("*"),
        })
        .collect();
    (!covers(&loosest, wanted)).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, ask, at, holed, place, s, strings, unknown};
    use super::*;
    use crate::eval::functions::json::encode;

    /// As `jsonencode` gives it.
    fn encoded(policy: Value) -> Value {
        Value { decoded: Some(policy.into()), ..Value::string("{}") }
    }

    fn statements_of(policy: Value) -> Value {
        ask("iam_statements", &[policy]).unwrap()
    }

    fn shown(policy: Value) -> String {
        encode(&statements_of(policy)).written().to_string()
    }

    #[test]
    fn one_form_for_every_way_of_writing() {
        let json = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Principal": {"AWS": "1234", "Service": ["a", "b"]}, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}}"#;
        assert_eq!(
            shown(s(json)),
            concat!(
                r#"[{"actions":["s3:*"],"conditions":[{"test":"Bool","values":["false"],"variable":"aws:SecureTransport"}],"#,
                r#""effect":"Allow","not_actions":[],"not_principals":[],"not_resources":[],"#,
                r#""principals":[{"type":"AWS","values":["1234"]},{"type":"Service","values":["a","b"]}],"#,
                r#""resources":["*"],"sid":null}]"#
            )
        );
        assert!(
            shown(s(r#"{"Statement": [{"Principal": "*"}]}"#))
                .contains(r#""principals":[{"type":"*","values":["*"]}]"#)
        );
        assert_eq!(shown(Value::null()), "[]");
        assert_eq!(shown(s("")), "[]");
    }

    #[test]
    fn the_very_values_that_were_written_are_seen() {
        let action = at(s("*"), 5);
        let statement = at(Value::object([("Action".into(), action)]), 2);
        let policy = at(encoded(Value::object([("Statement".into(), Value::tuple(vec![statement]))])), 1);
        let list = statements_of(policy);
        let first = list.as_list().unwrap().items[0].as_object().unwrap();
        let actions = first.get("actions").unwrap();
        assert_eq!(actions.as_list().unwrap().items[0].origins, place(5));
        assert_eq!(first.get("effect").unwrap().origins, place(2));
        let question = ask("is_wildcard", std::slice::from_ref(actions)).unwrap();
        assert_eq!((question.as_bool(), question.origins), (Some(true), place(5)));
    }

    #[test]
    fn holes_are_kept_where_they_stand() {
        let policy = holed(&[r#"{"Statement": [{"Action": "s3:Get*", "Resource": "arn:aws:s3:::"#, "?b", r#"/*"}]}"#]);
        let list = statements_of(policy);
        let first = list.as_list().unwrap().items[0].as_object().unwrap();
        let resources = first.get("resources").unwrap().clone();
        assert_eq!(answer("is_wildcard", &[resources]), "no");
        assert_eq!(answer("iam_action_matches", &[first.get("actions").unwrap().clone(), s("s3:GetObject")]), "yes");
    }

    #[test]
    fn what_is_not_known_or_no_policy_says_so() {
        assert!(statements_of(unknown("x")).is_unknown());
        for bad in ["{", "[]", "{}", r#"{"Statement": 1}"#] {
            let value = statements_of(at(s(bad), 3));
            assert_eq!(value.as_unknown().unwrap().why.kind, WhyKind::Invalid, "{bad}");
            assert_eq!(value.origins, place(3), "{bad}");
        }
        let list = statements_of(Value::object([("Statement".into(), Value::tuple(vec![unknown("x")]))]));
        assert!(list.as_list().unwrap().items[0].is_unknown());
        let open = Object { open: Some(Why::new(WhyKind::NoDefault, "x")), ..Object::default() };
        let list = statements_of(Value::object([("Statement".into(), Value::from_object(open))]));
        assert!(list.as_list().unwrap().items[0].as_object().unwrap().get("actions").unwrap().is_unknown());
    }

    #[test]
    fn patterns_cover_actions_whatever_their_case() {
        let covers = |p: &str, a: &str| answer("iam_action_matches", &[s(p), s(a)]);
        assert_eq!(covers("*", "iam:PassRole"), "yes");
        assert_eq!(covers("iam:*", "iam:PassRole"), "yes");
        assert_eq!(covers("IAM:pass*", "iam:PassRole"), "yes");
        assert_eq!(covers("iam:P?ssRole", "iam:PassRole"), "yes");
        assert_eq!(covers("*:*Role", "iam:PassRole"), "yes");
        assert_eq!(covers("iam:Get*", "iam:PassRole"), "no");
        assert_eq!(answer("iam_action_matches", &[strings(&["s3:*", "iam:*"]), s("iam:PassRole")]), "yes");
        assert_eq!(answer("iam_action_matches", &[Value::null(), s("iam:PassRole")]), "no");
        assert_eq!(answer("iam_action_matches", &[unknown("x"), s("iam:PassRole")]), "unknown");
        assert_eq!(answer("iam_action_matches", &[holed(&["s3:", "?x"]), s("iam:PassRole")]), "no");
        assert_eq!(answer("iam_action_matches", &[holed(&["iam:", "?x"]), s("iam:PassRole")]), "unknown");
    }

    #[test]
    fn everything_is_a_star() {
        assert_eq!(answer("is_wildcard", &[s("*")]), "yes");
        assert_eq!(answer("is_wildcard", &[s("*:*")]), "yes");
        assert_eq!(answer("is_wildcard", &[s("s3:*")]), "no");
        assert_eq!(answer("is_wildcard", &[strings(&["a", "*"])]), "yes");
        assert_eq!(answer("is_wildcard", &[strings(&[])]), "no");
        assert_eq!(answer("is_wildcard", &[Value::null()]), "no");
        assert_eq!(answer("is_wildcard", &[unknown("x")]), "unknown");
        assert_eq!(answer("is_wildcard", &[holed(&["s3:", "?x"])]), "no");
    }
}
