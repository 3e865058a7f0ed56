//! Questions about any value: equal to one of these, set, matching.

use super::texts::{self, any, decided, flattened, not_known, of_text};
use crate::{
    eval::{
        EvalError,
        functions::{Call, convert, equality::equal, json, regex},
    },
    value::{Origins, Refinement, Repr, Text, Truth, Unknown, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

pub(super) fn is_one_of(call: &Call<'_>) -> Result {
    let value = &call.args[0];
    let (candidates, doubt) = flattened(&call.args[1..]);
    let mut truth = Truth::any(candidates.into_iter().map(|c| match equal(value, c, call.mode) {
        // What is known of the value is that it is none of these; a candidate may still be unknown.
        Truth::Unknown(why, _) if value.is_wholly_known() => Truth::Unknown(why, c.origins.clone()),
        other => other,
    }));
    if let (Truth::False(_), Some(why)) = (&truth, doubt) {
        truth = Truth::Unknown(vec![why], value.origins.clone());
    }
    let places = if truth.origins().is_empty() { value.origins.clone() } else { truth.origins().clone() };
    Ok(truth.at(places).into_value())
}

pub(super) fn is_set(call: &Call<'_>) -> Result {
    let value = &call.args[0];
    let answer = match &value.repr {
        Repr::Null => Some(false),
        Repr::Unknown(unknown) => unknown.is_not_empty().then_some(true),
        // Providers and the API server take an empty text for none.
        _ => Some(value.as_str().is_none_or(|text| !text.is_empty())),
    };
    Ok(decided(answer, value).into_value())
}

pub(super) fn or_default(call: &Call<'_>) -> Result {
    // What is blamed for a default is first of all that nothing was set.
    let mut skipped = Origins::none();
    for value in call.args {
        let origins = skipped.and(&value.origins);
        match &value.repr {
            Repr::Null => skipped = origins,
            Repr::Unknown(unknown) if !unknown.is_non_null() => {
                let doubtful = Unknown { why: unknown.why.clone(), symbol: None, refinement: Refinement::Nothing };
                return Ok(Value { repr: Repr::Unknown(doubtful.into()), ..value.clone() });
            }
            _ => return Ok(Value { origins, ..value.clone() }),
        }
    }
    Ok(Value::null().with_origins(skipped))
}

pub(super) fn written(call: &Call<'_>) -> Result {
    let value = &call.args[0];
    let text = match &value.repr {
        Repr::Null => "".into(),
        Repr::Unknown(_) => return Ok(value.clone()),
        Repr::List(_) | Repr::Object(_) => json::encode(value).written(),
        _ => convert::text_of(value).map(|t| t.written()).unwrap_or_default(),
    };
    Ok(Value::string(text).with_origins(value.origins.clone()))
}

pub(super) fn matches(call: &Call<'_>) -> Result {
    let [pattern, text] = call.args else { return Ok(Value::null()) };
    one(call, pattern, text).map(Truth::into_value)
}

pub(super) fn matches_any(call: &Call<'_>) -> Result {
    let [patterns, text] = call.args else { return Ok(Value::null()) };
    let truth = any(patterns, &|pattern| one(call, pattern, text))?;
    // The patterns are the rule's: the text is what decides.
    let places = if truth.origins().is_empty() { text.origins.clone() } else { truth.origins().clone() };
    Ok(truth.at(places).into_value())
}

fn one(call: &Call<'_>, pattern: &Value, text: &Value) -> Result<Truth> {
    if pattern.is_null() {
        return Ok(decided(Some(false), text));
    }
    let Some(source) = pattern.as_str() else {
        return if pattern.first_unknown().is_some() { Ok(not_known(pattern)) } else { Err(call.wrong(0, "a string")) };
    };
    let regex = regex::compile(source).map_err(|why| call.fault(0, why))?;
    let holed = |text: &Text| texts::holed_match(&regex, text);
    of_text(call, 1, text, |text| Some(regex.is_match(text)), holed)
}

/// `undecided(reason)`
pub(super) fn undecided(call: &Call<'_>) -> Result {
    Ok(Value::unknown(Why::new(WhyKind::HostSetting, call.string(0)?)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, ask, at, holed, place, s, strings, symbol, unknown};
    use super::*;
    use crate::value::{List, ListKind, Why, WhyKind};
    use std::sync::Arc;

    fn one_of(values: Vec<Value>) -> Value {
        let unknown = Unknown::because(Why::new(WhyKind::NoDefault, "x"));
        Repr::Unknown(Arc::new(Unknown { refinement: Refinement::OneOf(values.into()), ..unknown })).into()
    }

    #[test]
    fn one_of_compares_as_a_rule_does_and_takes_lists_apart() {
        assert_eq!(answer("is_one_of", &[s("22"), Value::number(22)]), "yes");
        assert_eq!(answer("is_one_of", &[s("a"), strings(&["b", "a"]), s("c")]), "yes");
        assert_eq!(answer("is_one_of", &[s("x"), s("a"), s("b")]), "no");
        assert_eq!(answer("is_one_of", &[Value::null(), s("a")]), "no");
        assert_eq!(answer("is_one_of", &[unknown("x"), s("a")]), "unknown");
        assert_eq!(answer("is_one_of", &[holed(&["aws:", "?x"]), s("gcp:a"), s("b")]), "no");
        assert_eq!(answer("is_one_of", &[holed(&["aws:", "?x"]), s("aws:kms")]), "unknown");
        assert_eq!(answer("is_one_of", &[s("a"), unknown("x"), s("a")]), "yes");
        let open = List { open: Some(Why::new(WhyKind::Repeated, "")), ..List::of(ListKind::Tuple, vec![s("b")]) };
        assert_eq!(answer("is_one_of", &[s("a"), Value::list(open)]), "unknown");
        assert_eq!(answer("is_one_of", &[one_of(vec![s("a"), s("b")]), s("a"), s("b"), s("c")]), "yes");
    }

    #[test]
    fn the_value_is_blamed() {
        assert_eq!(ask("is_one_of", &[at(s("a"), 4), s("b")]).unwrap().origins, place(4));
        assert_eq!(ask("matches_any", &[strings(&["b"]), at(s("a"), 4)]).unwrap().origins, place(4));
        assert_eq!(ask("is_set", &[at(Value::null(), 4)]).unwrap().origins, place(4));
    }

    #[test]
    fn null_is_what_is_not_set() {
        assert_eq!(answer("is_set", &[Value::bool(false)]), "yes");
        assert_eq!(answer("is_set", &[Value::null()]), "no");
        assert_eq!(answer("is_set", &[unknown("x")]), "unknown");
        assert_eq!(answer("is_set", &[holed(&["a", "?x"])]), "yes");
        assert_eq!(answer("is_set", &[one_of(vec![s("a"), s("b")])]), "yes");
        assert_eq!(answer("is_set", &[one_of(vec![s("a"), Value::null()])]), "unknown");
    }

    #[test]
    fn only_null_takes_the_default() {
        assert_eq!(answer("or_default", &[Value::bool(false), Value::bool(true)]), "no");
        let value = ask("or_default", &[at(Value::null(), 4), Value::bool(true)]).unwrap();
        assert_eq!((value.as_bool(), value.origins), (Some(true), place(4)));
        assert_eq!(answer("or_default", &[unknown("x"), Value::bool(true)]), "unknown");
        let reference = Value::from(Repr::Unknown(Arc::new(Unknown {
            refinement: Refinement::NonNull,
            ..symbol("aws_kms_key.k", "arn")
        })));
        assert!(ask("or_default", &[reference, s("")]).unwrap().as_unknown().unwrap().symbol.is_some());
    }

    #[test]
    fn text_is_written_as_it_stands() {
        let text = |v: Value| ask("written", &[v]).unwrap().as_str().map(str::to_string);
        assert_eq!(text(holed(&["helm upgrade ", "?chart"])).unwrap(), "helm upgrade ${var.chart}");
        assert_eq!(text(Value::null()).unwrap(), "");
        assert_eq!(text(Value::bool(true)).unwrap(), "true");
        assert_eq!(text(strings(&["a"])).unwrap(), "[\"a\"]");
        assert_eq!(text(unknown("x")), None);
    }

    #[test]
    fn patterns_match_somewhere() {
        let m = |p: &str, v: Value| answer("matches", &[s(p), v]);
        assert_eq!(m("b+", s("abbc")), "yes");
        assert_eq!(m("^b", s("abbc")), "no");
        assert_eq!(m("b", Value::null()), "no");
        assert_eq!(m("b", unknown("x")), "unknown");
        assert_eq!(m("^8$", Value::number(8)), "yes");
        assert!(ask("matches", &[s("("), s("x")]).is_err());
        assert!(ask("matches", &[s("x"), strings(&["x"])]).unwrap_err().shape);
        assert_eq!(answer("matches_any", &[strings(&["^x", "c$"]), s("abc")]), "yes");
        assert_eq!(answer("matches_any", &[strings(&[]), s("abc")]), "no");
        assert_eq!(answer("matches_any", &[Value::null(), s("abc")]), "no");
        assert_eq!(answer("matches_any", &[s("b"), s("abc")]), "yes");
    }

    #[test]
    fn a_text_with_holes_matches_where_it_is_known() {
        let m = |p: &str, v: &[&str]| answer("matches", &[s(p), holed(v)]);
        assert_eq!(m("terraform apply", &["terraform apply ", "?x"]), "yes");
        assert_eq!(m(r"\bapply\b", &["terraform apply ", "?x"]), "yes");
        assert_eq!(m(r"\bapply\b", &["terraform apply", "?x"]), "unknown");
        assert_eq!(m("^terraform", &["?x", "terraform"]), "unknown");
        assert_eq!(m("terraform$", &["?x", "terraform"]), "yes");
        assert_eq!(m("apply", &["terraform ", "?x"]), "unknown");
        assert_eq!(m("^arn:aws:iam", &["arn:aws:s3:::", "?x"]), "no");
        assert_eq!(m("^arn:aws:iam", &["arn:aws", "?x"]), "unknown");
        assert_eq!(m("^(tcp|udp)$", &["i", "?x"]), "no");
        assert_eq!(m("^(tcp|udp)$", &["t", "?x"]), "unknown");
        assert_eq!(m("^a?b", &["b ", "?x"]), "yes");
        assert_eq!(m("^tcp|p$", &["i", "?x"]), "unknown");
    }
}
