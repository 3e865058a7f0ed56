//! What Kubernetes objects have to do with each other: by labels, and by namespace.

use super::texts::not_known;
use crate::{
    eval::{
        EvalError, Mode,
        functions::{
            Call,
            equality::{equal, member},
        },
    },
    value::{Object, Origins, Repr, Truth, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// `selects(selector, labels)`
pub(super) fn selects(call: &Call<'_>) -> Result {
    let [selector, labels] = call.args else { return Ok(Value::null()) };
    Ok(by_selector(selector, labels).into_value())
}

fn by_selector(selector: &Value, labels: &Value) -> Truth {
    match &selector.repr {
        Repr::Null => Truth::of(false).at(selector.origins.clone()),
        Repr::Unknown(_) => not_known(selector),
        Repr::Object(object) => {
            let parts = ["matchLabels", "matchExpressions"];
            if !parts.iter().any(|part| object.get(part).is_some()) {
                return all_labels(selector, object, labels);
            }
            let by_labels = object.get(parts[0]).map_or(Truth::of(true), |part| match &part.repr {
                Repr::Object(wanted) => all_labels(part, wanted, labels),
                Repr::Null => Truth::of(true).at(part.origins.clone()),
                Repr::Unknown(_) => not_known(part),
                _ => of_shape(part, "labels are a mapping"),
            });
            let by_expressions = object.get(parts[1]).map_or(Truth::of(true), |part| all_expressions(part, labels));
            by_labels.and(by_expressions).and(nothing_else(selector, object))
        }
        // Calico writes an expression; only the one for everything is read.
        Repr::String(text) => match text.as_str().map(str::trim) {
            Some("" | "all()") => Truth::of(true).at(selector.origins.clone()),
            Some(_) => {
                let why = Why::new(WhyKind::NotEvaluated, "a selector that is an expression");
                Truth::Unknown(vec![why], selector.origins.clone())
            }
            None => not_known(selector),
        },
        Repr::Bool(_) | Repr::Number(_) | Repr::List(_) => of_shape(selector, "a selector is a mapping"),
    }
}

/// Whether every label that is asked for is there, with this value. Nothing asked for is everything.
fn all_labels(selector: &Value, wanted: &Object, labels: &Value) -> Truth {
    let each = wanted.fields.iter().map(|(name, value)| {
        let (own, there) = label(labels, name);
        let value = text_of(value);
        there.and(equal(&value, &own, Mode::Rule).at(value.origins.and(&own.origins)))
    });
    let all = Truth::all(each).and(nothing_else(selector, wanted));
    let places = if all.origins().is_empty() { selector.origins.clone() } else { all.origins().clone() };
    all.at(places)
}

/// "Not known" if an object may have more fields than those that have names.
fn nothing_else(value: &Value, object: &Object) -> Truth {
    match &object.open {
        Some(why) => Truth::Unknown(vec![why.clone()], value.origins.clone()),
        None => Truth::of(true).at(value.origins.clone()),
    }
}

/// The value of a label, null if there is none, and whether the label is there.
fn label(labels: &Value, name: &str) -> (Value, Truth) {
    let absent = || Value::null().with_origins(labels.origins.clone());
    match &labels.repr {
        Repr::Null => (absent(), Truth::of(false).at(labels.origins.clone())),
        Repr::Object(object) => match (object.get(name), &object.open) {
            (Some(value), _) => (text_of(value), there(value)),
            (None, Some(why)) => {
                let unknown = Value::unknown(why.clone()).with_origins(labels.origins.clone());
                (unknown, Truth::Unknown(vec![why.clone()], labels.origins.clone()))
            }
            (None, None) => {
                let header = object.header.clone().map_or_else(|| labels.origins.clone(), Origins::one);
                (Value::null().with_origins(header.clone()), Truth::of(false).at(header))
            }
        },
        Repr::Unknown(_) => (labels.clone(), not_known(labels)),
        _ => {
            let why = Why::new(WhyKind::WrongShape, "labels are a mapping");
            (Value::unknown(why), of_shape(labels, "labels are a mapping"))
        }
    }
}

/// The value of a label that is there. The server reads `a:` as an empty text.
fn text_of(value: &Value) -> Value {
    if value.is_null() { Value::string("").with_origins(value.origins.clone()) } else { value.clone() }
}

/// A label that is written is there; one whose value Terraform finds to be null is not.
fn there(value: &Value) -> Truth {
    match &value.repr {
        Repr::Unknown(unknown) if !unknown.is_non_null() => not_known(value),
        _ => Truth::of(true).at(value.origins.clone()),
    }
}

fn all_expressions(expressions: &Value, labels: &Value) -> Truth {
    match &expressions.repr {
        Repr::Null => Truth::of(true).at(expressions.origins.clone()),
        Repr::Unknown(_) => not_known(expressions),
        Repr::List(list) => {
            let certain = Truth::all(list.items.iter().map(|item| expression(item, labels)));
            let maybe = list.maybe.iter().map(|item| expression(item, labels));
            let rest = match list.doubt() {
                // Those that may be there can only take something away.
                Some(_) if list.open.is_none() && matches!(Truth::all(maybe), Truth::True(_)) => Truth::of(true),
                Some(why) => Truth::Unknown(vec![why], expressions.origins.clone()),
                None => Truth::of(true),
            };
            certain.and(rest)
        }
        _ => of_shape(expressions, "expressions are a list"),
    }
}

/// One of `matchExpressions`.
fn expression(expression: &Value, labels: &Value) -> Truth {
    let Some(object) = expression.as_object() else {
        let shape = || of_shape(expression, "an expression has `key` and `operator`");
        return if expression.is_unknown() { not_known(expression) } else { shape() };
    };
    let null = Value::null();
    let part = |name: &str| object.get(name).unwrap_or(&null);
    let (Some(key), Some(operator)) = (part("key").as_str(), part("operator").as_str()) else {
        let unknown = [part("key"), part("operator")].into_iter().find(|v| v.first_unknown().is_some());
        return unknown.map_or_else(|| of_shape(expression, "an expression has `key` and `operator`"), not_known);
    };
    let (own, there) = label(labels, key);
    let within = |own: &Value| {
        let values = part("values");
        let places = values.origins.and(&own.origins);
        match &values.repr {
            Repr::List(list) => member(own, list, Mode::Rule).at(places),
            Repr::Unknown(_) => not_known(values),
            _ => of_shape(expression, "`In` and `NotIn` have `values`"),
        }
    };
    match operator {
        "Exists" => there,
        "DoesNotExist" => there.not(),
        "In" => match &there {
            Truth::False(_) => there,
            _ => there.and(within(&own)),
        },
        // A thing without the label is selected too.
        "NotIn" => match &there {
            Truth::False(_) => there.not(),
            _ => there.and(within(&own)).not(),
        },
        _ => of_shape(part("operator"), "an operator is `In`, `NotIn`, `Exists` or `DoesNotExist`"),
    }
}

fn of_shape(value: &Value, expected: &str) -> Truth {
    Truth::Unknown(vec![Why::new(WhyKind::WrongShape, expected)], value.origins.clone())
}

/// `same_namespace(a, b)`
pub(super) fn same_namespace(call: &Call<'_>) -> Result {
    let [a, b] = call.args else { return Ok(Value::null()) };
    Ok(beside(a, b).and(of_one_environment(a, b)).into_value())
}

fn beside(a: &Value, b: &Value) -> Truth {
    let (of_a, of_b) = match (namespace(a), namespace(b)) {
        (Ok(of_a), Ok(of_b)) => (of_a, of_b),
        (Err(doubt), _) | (_, Err(doubt)) => return doubt,
    };
    let places = of_a.origins.and(&of_b.origins);
    match (&of_a.repr, &of_b.repr) {
        (Repr::Null, Repr::Null) => Truth::of(true).at(places),
        (Repr::Null, Repr::Unknown(_)) => not_known(&of_b),
        (Repr::Unknown(_), Repr::Null) => not_known(&of_a),
        (Repr::Null, _) | (_, Repr::Null) => {
            let why = Why::new(WhyKind::HostSetting, "the namespace that an object without one is applied to");
            Truth::Unknown(vec![why], places)
        }
        _ => equal(&of_a, &of_b, Mode::Rule).at(places),
    }
}

/// The namespace of an object, of what a view made of it, or a name itself. Empty is none.
fn namespace(value: &Value) -> Result<Value, Truth> {
    let named = |value: &Value| match &value.repr {
        Repr::String(text) if text.as_str() == Some("") => Value::null().with_origins(value.origins.clone()),
        _ => value.clone(),
    };
    let Repr::Object(object) = &value.repr else { return Ok(named(value)) };
    let field = |object: &Object, name: &str, places: &Value| match (object.get(name), &object.open) {
        (Some(found), _) => Ok(Some(found.clone())),
        (None, Some(why)) => Err(Truth::Unknown(vec![why.clone()], places.origins.clone())),
        (None, None) => Ok(None),
    };
    if let Some(own) = object.get("namespace") {
        return Ok(named(own));
    }
    let absent = || Value::null().with_origins(value.origins.clone());
    let Some(metadata) = field(object, "metadata", value)? else { return Ok(absent()) };
    match &metadata.repr {
        Repr::Object(inner) => Ok(field(inner, "namespace", &metadata)?.map_or_else(absent, |own| named(&own))),
        Repr::Unknown(_) => Err(not_known(&metadata)),
        _ => Ok(absent()),
    }
}

/// False if both are known to be of different environments; what is shared is of all.
fn of_one_environment(a: &Value, b: &Value) -> Truth {
    fn identity(value: &Value) -> Option<&crate::value::Identity> {
        value.as_object().and_then(|o| o.identity.as_deref())
    }
    let (Some(a), Some(b)) = (identity(a), identity(b)) else { return Truth::of(true) };
    let (Some(of_a), Some(of_b)) = (&a.about, &b.about) else { return Truth::of(true) };
    let differ = match (&of_a.environment, &of_b.environment) {
        (Some([name_a, class_a, _]), Some([name_b, class_b, _])) => {
            let shared = |class: &str| class == "shared";
            !shared(class_a) && !shared(class_b) && name_a != name_b
        }
        _ => false,
    };
    Truth::of(!differ)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, ask, at, holed, place, s, unknown};
    use super::*;
    use crate::{
        source::FileId,
        syntax::json,
        value::{About, Identity, List, ListKind},
    };

    /// JSON as a value; `"?"` is not known.
    fn value(text: &str) -> Value {
        fn of(node: &crate::syntax::node::Node) -> Value {
            use crate::syntax::node::NodeKind;
            match &node.kind {
                NodeKind::String(scalar) if scalar.text == "?" => unknown("x"),
                NodeKind::String(scalar) => s(&scalar.text),
                NodeKind::Bool { value, .. } => Value::bool(*value),
                NodeKind::Number { text } => Value::number(text.parse::<i64>().unwrap()),
                NodeKind::Sequence(items) => Value::tuple(items.iter().map(of).collect()),
                NodeKind::Mapping(entries) => Value::object(entries.iter().map(|e| (e.key.clone(), of(&e.value)))),
                NodeKind::Null => Value::null(),
            }
        }
        of(&json::parse(FileId(0), text).documents[0].root)
    }

    fn selects(selector: &str, labels: &str) -> &'static str {
        answer("selects", &[value(selector), value(labels)])
    }

    const SELECTIONS: [(&str, &str, &str); 30] = [
        (r"{}", r#"{"app": "web"}"#, "yes"),
        (r"{}", r"null", "yes"),
        (r"null", r#"{"app": "web"}"#, "no"),
        (r#"{"app": "web"}"#, r#"{"app": "web", "tier": "front"}"#, "yes"),
        (r#"{"app": "web"}"#, r#"{"app": "api"}"#, "no"),
        (r#"{"app": "web"}"#, r#"{"tier": "front"}"#, "no"),
        (r#"{"app": "web"}"#, r"null", "no"),
        (r#"{"app": null}"#, r#"{"app": ""}"#, "yes"),
        (r#"{"app": ""}"#, r#"{"app": null}"#, "yes"),
        (r#"{"app": ""}"#, r"{}", "no"),
        (r#"{"matchLabels": {"app": "web"}}"#, r#"{"app": "web"}"#, "yes"),
        (r#"{"matchLabels": {"app": "web", "tier": "x"}}"#, r#"{"app": "web"}"#, "no"),
        (r#"{"matchLabels": {}}"#, r#"{"app": "web"}"#, "yes"),
        (r#"{"matchLabels": null}"#, r"{}", "yes"),
        (r#"{"matchLabels": {"version": "2"}}"#, r#"{"version": 2}"#, "yes"),
        (r#"{"matchExpressions": null}"#, r"{}", "yes"),
        (
            r#"{"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}"#,
            r#"{"app": "api"}"#,
            "yes",
        ),
        (r#"{"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}"#, r#"{"app": "api"}"#, "no"),
        (r#"{"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}"#, r"{}", "no"),
        (
            r#"{"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}"#,
            r#"{"app": "api"}"#,
            "yes",
        ),
        (
            r#"{"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}"#,
            r#"{"app": "web"}"#,
            "no",
        ),
        (r#"{"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}"#, r"null", "yes"),
        (r#"{"matchExpressions": [{"key": "app", "operator": "Exists"}]}"#, r#"{"app": "web"}"#, "yes"),
        (r#"{"matchExpressions": [{"key": "app", "operator": "Exists"}]}"#, r"{}", "no"),
        (r#"{"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}"#, r"{}", "yes"),
        (r#"{"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}"#, r#"{"app": "web"}"#, "no"),
        (
            r#"{"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}, {"key": "c", "operator": "In", "values": ["3"]}]}"#,
            r#"{"a": "1", "b": "2", "c": "3"}"#,
            "yes",
        ),
        (
            r#"{"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}"#,
            r#"{"a": "1"}"#,
            "no",
        ),
        (r#""all()""#, r#"{"app": "web"}"#, "yes"),
        (r#""""#, r"{}", "yes"),
    ];

    #[test]
    fn a_selector_selects_what_has_its_labels_and_fits_its_expressions() {
        for (selector, labels, expected) in SELECTIONS {
            assert_eq!(selects(selector, labels), expected, "{selector} {labels}");
        }
    }

    /// The value with one part after the other not known.
    fn doubted(value: &Value) -> Vec<Value> {
        let mut out = vec![unknown("x")];
        match &value.repr {
            Repr::Object(object) => {
                for (name, inner) in &object.fields {
                    for inner in doubted(inner) {
                        let mut object = (**object).clone();
                        object.fields.insert(name.clone(), inner);
                        out.push(Value::from_object(object));
                    }
                    let mut fewer = (**object).clone();
                    fewer.fields.shift_remove(name);
                    fewer.open = Some(Why::new(WhyKind::NoDefault, "x"));
                    out.push(Value::from_object(fewer));
                }
            }
            Repr::List(list) => {
                for i in 0..list.items.len() {
                    for inner in doubted(&list.items[i]) {
                        let mut list = (**list).clone();
                        list.items[i] = inner;
                        out.push(Value::list(list));
                    }
                    let mut fewer = (**list).clone();
                    fewer.maybe = vec![fewer.items.remove(i)];
                    out.push(Value::list(fewer));
                    let mut open = (**list).clone();
                    open.items.remove(i);
                    open.open = Some(Why::new(WhyKind::Repeated, ""));
                    out.push(Value::list(open));
                }
            }
            _ => {}
        }
        out
    }

    #[test]
    fn what_is_not_known_never_turns_an_answer() {
        for (selector, labels, expected) in SELECTIONS {
            let (selector, labels) = (value(selector), value(labels));
            let pairs = doubted(&selector).into_iter().map(|d| (d, labels.clone()));
            for (selector, labels) in pairs.chain(doubted(&labels).into_iter().map(|d| (selector.clone(), d))) {
                let found = answer("selects", &[selector.clone(), labels.clone()]);
                assert!(found == expected || found == "unknown", "{expected} became {found}: {selector:?} {labels:?}");
            }
        }
    }

    #[test]
    fn what_does_not_matter_may_be_unknown() {
        assert_eq!(selects(r#"{"a": "1", "b": "?"}"#, r#"{"a": "2", "b": "x"}"#), "no");
        assert_eq!(selects(r#"{"a": "?"}"#, r#"{"b": "1"}"#), "no");
        assert_eq!(selects(r#"{"a": "?"}"#, r#"{"a": "1"}"#), "unknown");
        assert_eq!(selects(r"{}", r#""?""#), "yes");
        let is_web = [value(r#"{"app": "web"}"#), Value::object([("app".into(), holed(&["api-", "?x"]))])];
        assert_eq!(answer("selects", &is_web), "no");
        let exists = value(r#"{"key": "a", "operator": "Exists"}"#);
        let maybe = List { maybe: vec![exists], ..List::of(ListKind::Tuple, Vec::new()) };
        let selector = Value::object([("matchExpressions".into(), Value::list(maybe))]);
        assert_eq!(answer("selects", &[selector.clone(), value(r#"{"a": "1"}"#)]), "yes");
        assert_eq!(answer("selects", &[selector, value("{}")]), "unknown");
    }

    #[test]
    fn what_has_another_shape_is_not_known() {
        for selector in [
            r#"["app"]"#,
            "1",
            r#"{"matchLabels": ["a"]}"#,
            r#"{"matchExpressions": {"a": 1}}"#,
            r#"{"matchExpressions": [{"key": "app", "operator": "Like"}]}"#,
            r#"{"matchExpressions": [{"key": "app", "operator": "In"}]}"#,
            r#"{"matchExpressions": ["app"]}"#,
            r#""app == 'web'""#,
        ] {
            assert_eq!(selects(selector, r#"{"app": "web"}"#), "unknown", "{selector}");
        }
        assert_eq!(selects(r#"{"app": "web"}"#, r#"["app"]"#), "unknown");
    }

    #[test]
    fn what_decided_is_blamed() {
        let selector = Value::object([("a".into(), at(s("1"), 4))]);
        let labels = Value::object([("a".into(), at(s("2"), 8))]);
        let places: Vec<u32> =
            ask("selects", &[selector, labels]).unwrap().origins.iter().map(|o| o.anchor.start).collect();
        assert_eq!(places, [4, 8]);
        assert_eq!(ask("selects", &[at(Value::null(), 3), value("{}")]).unwrap().origins, place(3));
    }

    #[test]
    fn objects_are_beside_each_other_by_namespace() {
        let beside = |a: &str, b: &str| answer("same_namespace", &[value(a), value(b)]);
        let prod = r#"{"metadata": {"namespace": "prod"}}"#;
        let none = r#"{"metadata": {}}"#;
        assert_eq!(beside(prod, prod), "yes");
        assert_eq!(beside(prod, r#"{"metadata": {"namespace": "dev"}}"#), "no");
        assert_eq!(beside(none, none), "yes");
        assert_eq!(beside(none, r#"{"metadata": {"namespace": ""}}"#), "yes");
        assert_eq!(beside(none, prod), "unknown");
        assert_eq!(beside(prod, none), "unknown");
        assert_eq!(beside(prod, r#"{"metadata": {"namespace": "?"}}"#), "unknown");
        assert_eq!(beside(none, r#"{"metadata": "?"}"#), "unknown");
        assert_eq!(beside(r#"{"namespace": "prod", "metadata": {}}"#, prod), "yes");
        assert_eq!(beside(r#"{"kind": "ServiceAccount", "namespace": "dev"}"#, prod), "no");
        assert_eq!(beside(r#""prod""#, prod), "yes");
        assert_eq!(beside(r#"{"kind": "List"}"#, "{}"), "yes");
        assert_eq!(beside(r#"{"metadata": ["x"]}"#, none), "yes");
    }

    #[test]
    fn objects_of_two_environments_are_not_beside_each_other() {
        let of = |environment: Option<[&str; 2]>| {
            let environment = environment.map(|[name, class]| [name.into(), class.into(), "".into()]);
            let empty = ecow::EcoString::new;
            let about = About {
                address: empty(),
                name: empty(),
                kind: empty(),
                file: empty(),
                scope: empty(),
                environment,
                owner: None,
            };
            let identity = Identity { about: Some(Box::new(about)), ..Identity::new("", "Pod/a") };
            Value::from_object(Object { identity: Some(identity.into()), ..Object::default() })
        };
        let production = || of(Some(["production", "production"]));
        let ask = |a: Value, b: Value| answer("same_namespace", &[a, b]);
        assert_eq!(ask(production(), production()), "yes");
        assert_eq!(ask(production(), of(Some(["staging", "non-production"]))), "no");
        assert_eq!(ask(production(), of(Some(["shared", "shared"]))), "yes");
        assert_eq!(ask(production(), of(None)), "yes");
    }
}
