//! When two values are equal, as far as that is known.

use crate::{
    eval::Mode,
    value::{
        List, ListKind, Number, Object, Origins, Part, Refinement, Repr, Symbol, Text, Truth, Type, Unknown, Value, Why,
    },
};

use super::convert;

/// Whether two values are equal, at any depth.
///
/// In configuration nothing is converted: `"1"` is not `1`, a tuple is no list and an object no map.
/// In rules a string is equal to a number or boolean that it converts to, kinds of lists and objects
/// make no difference, and an attribute that is missing is null. The truth has no places: those are
/// the caller's matter.
pub fn equal(a: &Value, b: &Value, mode: Mode) -> Truth {
    match (&a.repr, &b.repr) {
        (Repr::Unknown(x), Repr::Unknown(y)) => both_unknown(x, y, a, b, mode),
        (Repr::Unknown(_), _) if mode == Mode::Configuration && never_equal(a, b) => Truth::of(false),
        (_, Repr::Unknown(_)) if mode == Mode::Configuration && never_equal(b, a) => Truth::of(false),
        (Repr::Unknown(unknown), _) => one_unknown(unknown, b, mode),
        (_, Repr::Unknown(unknown)) => one_unknown(unknown, a, mode),
        (Repr::Null, Repr::Null) => Truth::of(true),
        (Repr::Bool(x), Repr::Bool(y)) => Truth::of(x == y),
        (Repr::Number(x), Repr::Number(y)) => Truth::of(x == y),
        (Repr::String(x), Repr::String(y)) => texts(x, y),
        (Repr::List(_), Repr::List(_)) | (Repr::Object(_), Repr::Object(_))
            if mode == Mode::Configuration && a.ty.is_some() && b.ty.is_some() && never_equal(a, b) =>
        {
            Truth::of(false)
        }
        (Repr::List(x), Repr::List(y)) => lists(x, y, mode),
        (Repr::Object(x), Repr::Object(y)) => objects(x, y, mode),
        (Repr::String(text), Repr::Bool(_) | Repr::Number(_)) if mode == Mode::Rule => converted(text, b),
        (Repr::Bool(_) | Repr::Number(_), Repr::String(text)) if mode == Mode::Rule => converted(text, a),
        _ => Truth::of(false),
    }
}

/// Whether the types of two values, the second of them known, rule out that they are equal.
fn never_equal(value: &Value, known: &Value) -> bool {
    // A provider may convert what it is given.
    let certain = |v: &Value| v.ty.as_deref() != Some(&Type::Unclear);
    !known.is_null() && certain(value) && certain(known) && Type::of(value).excludes(&Type::of(known))
}

/// Whether two values are known to be equal, with nothing converted.
pub fn same(a: &Value, b: &Value) -> bool {
    matches!(equal(a, b, Mode::Configuration), Truth::True(_))
}

fn doubt(why: Why) -> Truth {
    Truth::Unknown(vec![why], Origins::none())
}

fn both_unknown(x: &Unknown, y: &Unknown, a: &Value, b: &Value, mode: Mode) -> Truth {
    if let (Some(s), Some(t)) = (&x.symbol, &y.symbol)
        && s == t
        && !s.path.is_empty()
        // Several instances whose keys are not known have one address.
        && !s.address.contains("[*]")
    {
        return Truth::of(true);
    }
    if let (Some(s), Some(t)) = (&x.symbol, &y.symbol)
        && identifies(s)
        && identifies(t)
        && s.path == t.path
        && (&s.scope, &s.address) != (&t.scope, &t.address)
    {
        return Truth::of(false);
    }
    for (alternatives, other) in [(convert::alternatives(a), b), (convert::alternatives(b), a)] {
        if let Some(values) = alternatives
            && !values.iter().any(Value::is_unknown)
        {
            return among(values, other, x.why.clone(), mode);
        }
    }
    if let (Refinement::Prefix(p), Refinement::Prefix(q)) = (&x.refinement, &y.refinement)
        && !p.starts_with(q.as_str())
        && !q.starts_with(p.as_str())
    {
        return Truth::of(false);
    }
    Truth::Unknown(vec![x.why.clone(), y.why.clone()], Origins::none())
}

/// Whether no two resources have the same value of this attribute. What a data source or a variable
/// gives may be anything, and an instance in doubt may be any.
fn identifies(symbol: &Symbol) -> bool {
    let last = symbol.address.rsplit("module.").next().unwrap_or(&symbol.address);
    matches!(symbol.path.as_str(), "id" | "arn" | "key_id" | "self_link")
        && !symbol.address.contains("[*]")
        && !["var.", "data.", "terraform.", "path."].iter().any(|word| last.contains(word))
}

fn one_unknown(unknown: &Unknown, known: &Value, mode: Mode) -> Truth {
    if known.is_null() && unknown.is_non_null() {
        return Truth::of(false);
    }
    match &unknown.refinement {
        Refinement::OneOf(values) => among(values, known, unknown.why.clone(), mode),
        Refinement::Prefix(prefix) => match &known.repr {
            Repr::String(text) if !may_begin(text, prefix) => Truth::of(false),
            Repr::List(_) | Repr::Object(_) => Truth::of(false),
            _ => doubt(unknown.why.clone()),
        },
        Refinement::AtLeast(least) => match known.as_number() {
            Some(number) if *number < Number::from(i64::from(*least)) => Truth::of(false),
            _ => doubt(unknown.why.clone()),
        },
        Refinement::Nothing | Refinement::NonNull => doubt(unknown.why.clone()),
    }
}

/// Equal to one of some values, of which it is not known which.
fn among(values: &[Value], other: &Value, why: Why, mode: Mode) -> Truth {
    let truths: Vec<Truth> = values.iter().map(|v| equal(v, other, mode)).collect();
    if truths.iter().all(|t| matches!(t, Truth::True(_))) && !truths.is_empty() {
        return Truth::of(true);
    }
    if truths.iter().all(|t| matches!(t, Truth::False(_))) && !truths.is_empty() {
        return Truth::of(false);
    }
    doubt(why)
}

fn may_begin(text: &Text, prefix: &str) -> bool {
    let known = text.known_prefix();
    match text {
        Text::Whole(_) => known.starts_with(prefix),
        Text::Holed(_) => known.starts_with(prefix) || prefix.starts_with(known),
    }
}

fn texts(a: &Text, b: &Text) -> Truth {
    match (a, b) {
        (Text::Whole(x), Text::Whole(y)) => Truth::of(x == y),
        (Text::Whole(whole), holed) | (holed, Text::Whole(whole)) => {
            if holed.may_equal(whole) {
                holes(holed)
            } else {
                Truth::of(false)
            }
        }
        (Text::Holed(x), Text::Holed(y)) => {
            if x.len() == y.len() && x.iter().zip(y.iter()).all(|(p, q)| same_part(p, q)) {
                return Truth::of(true);
            }
            let begin = (a.known_prefix(), b.known_prefix());
            let end = (a.known_suffix(), b.known_suffix());
            if !begin.0.starts_with(begin.1) && !begin.1.starts_with(begin.0)
                || !end.0.ends_with(end.1) && !end.1.ends_with(end.0)
            {
                return Truth::of(false);
            }
            holes(a)
        }
    }
}

fn same_part(a: &Part, b: &Part) -> bool {
    match (a, b) {
        (Part::Known(x), Part::Known(y)) => x == y,
        (Part::Hole(x), Part::Hole(y)) => {
            matches!((&x.unknown.symbol, &y.unknown.symbol), (Some(s), Some(t)) if s == t && !s.path.is_empty())
        }
        _ => false,
    }
}

fn holes(text: &Text) -> Truth {
    Truth::Unknown(text.holes().map(|h| h.unknown.why.clone()).collect(), Origins::none())
}

/// In a rule: a string against a boolean or number.
fn converted(text: &Text, other: &Value) -> Truth {
    let Text::Whole(_) = text else { return holes(text) };
    let text = Value::from(Repr::String(text.clone()));
    Truth::of(match &other.repr {
        Repr::Bool(b) => convert::bool_of(&text) == Some(*b),
        Repr::Number(n) => convert::number_of(&text).as_ref() == Some(n),
        _ => false,
    })
}

fn lists(a: &List, b: &List, mode: Mode) -> Truth {
    let is_set = |list: &List| list.kind == ListKind::Set;
    let class = |list: &List| match list.kind {
        ListKind::Tuple => 0,
        ListKind::List | ListKind::Blocks => 1,
        ListKind::Set => 2,
    };
    if mode == Mode::Configuration && class(a) != class(b) {
        return Truth::of(false);
    }
    if is_set(a) || is_set(b) {
        return sets(a, b, mode);
    }
    let (least_a, least_b) = (a.items.len(), b.items.len());
    if a.is_whole() && least_b > least_a || b.is_whole() && least_a > least_b {
        return Truth::of(false);
    }
    match a.doubt().or_else(|| b.doubt()) {
        Some(why) => doubt(why),
        None => Truth::all(a.items.iter().zip(&b.items).map(|(x, y)| equal(x, y, mode))),
    }
}

/// Every element of one is in the other and the other way round.
fn sets(a: &List, b: &List, mode: Mode) -> Truth {
    let within = |x: &List, y: &List| Truth::all(x.items.iter().map(|item| member(item, y, mode)));
    let both = within(a, b).and(within(b, a));
    match (both, a.doubt().or_else(|| b.doubt())) {
        (Truth::True(_), Some(why)) => doubt(why),
        (truth, _) => truth,
    }
}

/// Whether a list holds a value: one element that is equal decides, whatever the others are.
pub fn member(value: &Value, list: &List, mode: Mode) -> Truth {
    let mut truth = Truth::any(list.items.iter().map(|item| equal(value, item, mode)));
    if let Truth::False(_) = truth {
        let possible = list.maybe.iter().any(|item| !matches!(equal(value, item, mode), Truth::False(_)));
        if let Some(why) = list.open.clone().or_else(|| if possible { list.doubt() } else { None }) {
            truth = doubt(why);
        }
    }
    truth
}

fn objects(a: &Object, b: &Object, mode: Mode) -> Truth {
    use crate::value::ObjectKind::Map;
    if mode == Mode::Configuration && (a.kind == Map) != (b.kind == Map) {
        return Truth::of(false);
    }
    let null = Value::null();
    let mut truth = Truth::of(true);
    let names = a.fields.keys().chain(b.fields.keys().filter(|k| !a.fields.contains_key(*k)));
    for name in names {
        truth = truth.and(match (a.get(name), b.get(name)) {
            (Some(x), Some(y)) => equal(x, y, mode),
            (Some(only), None) => missing(only, b, &null, mode),
            (None, Some(only)) => missing(only, a, &null, mode),
            (None, None) => Truth::of(true),
        });
    }
    match (truth, a.open.clone().or_else(|| b.open.clone())) {
        (Truth::True(_), Some(why)) => doubt(why),
        (truth, _) => truth,
    }
}

/// A field that only one of two objects has.
fn missing(field: &Value, other: &Object, null: &Value, mode: Mode) -> Truth {
    match (&other.open, mode) {
        (Some(why), _) => doubt(why.clone()),
        (None, Mode::Rule) => equal(field, null, mode),
        (None, Mode::Configuration) => Truth::of(false),
    }
}
