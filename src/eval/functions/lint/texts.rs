//! What the questions have in common: texts with holes, lists, and what is not known.

use regex::Regex;

use crate::{
    eval::{
        EvalError,
        functions::{Call, convert},
    },
    value::{List, Origins, Part, Repr, Text, Truth, Value, Why, WhyKind},
};

type Result<T = Truth, E = EvalError> = std::result::Result<T, E>;

/// "Not known", for the reason that the value gives.
pub(super) fn not_known(value: &Value) -> Truth {
    let why = value.first_unknown().unwrap_or_else(|| Why::new(WhyKind::NotEvaluated, "it"));
    Truth::Unknown(vec![why], value.origins.clone())
}

/// A yes or no that this value decided, or "not known".
pub(super) fn decided(answer: Option<bool>, value: &Value) -> Truth {
    match answer {
        Some(answer) => Truth::of(answer).at(value.origins.clone()),
        None => not_known(value),
    }
}

/// A question about a text: no for null, `holed` if it is not wholly known.
pub(super) fn of_text(
    call: &Call<'_>,
    index: usize,
    value: &Value,
    whole: impl Fn(&str) -> Option<bool>,
    holed: impl Fn(&Text) -> Option<bool>,
) -> Result {
    if value.is_null() {
        return Ok(decided(Some(false), value));
    }
    let Some(parts) = convert::parts_of(value, None) else { return Err(call.wrong(index, "a string")) };
    let text = Text::from_parts(parts);
    Ok(decided(text.as_str().map_or_else(|| holed(&text), &whole), value))
}

/// Whether the answer is yes for a value, or for one of a list of values.
pub(super) fn any(value: &Value, question: &dyn Fn(&Value) -> Result) -> Result {
    let Repr::List(list) = &value.repr else { return question(value) };
    let mut truth = Truth::of(false).at(if list.items.is_empty() { value.origins.clone() } else { Origins::none() });
    for item in &list.items {
        truth = truth.or(any(item, question)?);
    }
    if let Truth::False(_) = truth {
        return rest(list, value, question).map(|doubt| doubt.unwrap_or(truth));
    }
    Ok(truth)
}

/// "Not known", if elements that may be in the list could make the answer yes.
fn rest(list: &List, value: &Value, question: &dyn Fn(&Value) -> Result) -> Result<Option<Truth>> {
    let mut possible = list.open.is_some();
    for item in &list.maybe {
        possible |= !matches!(any(item, question)?, Truth::False(_));
    }
    let doubt = list.doubt().filter(|_| possible);
    Ok(doubt.map(|why| Truth::Unknown(vec![why], value.origins.clone())))
}

/// The arguments behind the first, lists among them as their elements; whether there may be more.
pub(super) fn flattened(values: &[Value]) -> (Vec<&Value>, Option<Why>) {
    let (mut all, mut doubt) = (Vec::new(), None);
    for value in values {
        match &value.repr {
            Repr::List(list) => {
                let (inner, more) = flattened(&list.items);
                all.extend(inner);
                doubt = doubt.or(more).or_else(|| list.doubt());
            }
            _ => all.push(value),
        }
    }
    (all, doubt)
}

/// Whether a regular expression matches somewhere in a text with holes, whatever they hold.
pub(super) fn holed_match(regex: &Regex, text: &Text) -> Option<bool> {
    let parts = text.parts();
    let last = parts.len() - 1;
    let (looks_back, looks_ahead) = assertions(regex.as_str());
    let certain = parts.iter().enumerate().any(|(i, part)| match part {
        Part::Hole(_) => false,
        // An assertion such as `\b` at the edge of a hole would look into the hole.
        Part::Known(known) => regex.find_iter(known).any(|m| {
            let (begins, ends) = (m.start() > 0 || i == 0, m.end() < known.len() || i == last);
            (begins || !looks_back) && (ends || !looks_ahead)
        }),
    });
    if certain {
        return Some(true);
    }
    impossible(regex.as_str(), text).then_some(false)
}

/// Whether a pattern may look at what stands in front of a match, and at what stands behind it.
fn assertions(pattern: &str) -> (bool, bool) {
    let classes = pattern.replace("[^", "[");
    let any = |all: &[&str]| all.iter().any(|a| classes.contains(a));
    let words = any(&["\\b", "\\B", "\\<", "\\>"]);
    (words || any(&["^", "\\A"]), words || any(&["$", "\\z"]))
}

/// Whether no content of the holes can make the pattern match. Told for anchored literals only.
fn impossible(pattern: &str, text: &Text) -> bool {
    let Some(anchored) = pattern.strip_prefix('^') else { return false };
    let closed = anchored.strip_suffix('$').filter(|p| !p.ends_with('\\'));
    let group = |p: &str| {
        let inner = p.strip_prefix("(?:").or_else(|| p.strip_prefix('(')).and_then(|p| p.strip_suffix(')'));
        inner.map(str::to_string)
    };
    if let Some(body) = closed {
        let body = group(body).unwrap_or_else(|| body.to_string());
        let words: Option<Vec<String>> = body.split('|').map(literal).collect();
        if let Some(words) = words
            && (words.len() == 1 || closed.is_some_and(|b| b.starts_with('(')))
        {
            return !words.iter().any(|w| text.may_equal(w));
        }
    }
    if pattern.contains('|') {
        return false;
    }
    let beginning = literal_beginning(anchored);
    let known = text.known_prefix();
    !beginning.starts_with(known) && !known.starts_with(beginning.as_str())
}

/// The text that a pattern without special characters stands for.
fn literal(pattern: &str) -> Option<String> {
    let beginning = literal_beginning(pattern);
    (beginning.len() == pattern.replace("\\.", ".").replace("\\-", "-").len()).then_some(beginning)
}

/// What every match of a pattern certainly begins with.
fn literal_beginning(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => match chars.next() {
                Some(c @ ('.' | '-' | '/' | '*' | '+' | '$' | '(' | ')')) => c,
                _ => break,
            },
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' => break,
            c => c,
        };
        // The character may be missing if it is followed by one of these.
        if matches!(chars.peek(), Some('?' | '*' | '{')) {
            break;
        }
        out.push(c);
    }
    out
}
