//! String functions. Texts with holes keep what is known of them where that is sound.

use ecow::EcoString;
use unicode_segmentation::UnicodeSegmentation;

use super::{
    Call, Function,
    Unknowns::{Handled, Spread},
    args, convert, non_null, spread,
};
use crate::{
    eval::EvalError,
    value::{Hole, List, ListKind, Part, Repr, Text, Truth, Unknown, Value, Why},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("chomp", 1, Handled, |c| spread::each(c, chomp)),
    Function::fixed("endswith", 2, Handled, |c| spread::each(c, endswith)),
    Function::fixed("indent", 2, Handled, |c| spread::each(c, indent)),
    Function::ranged("join", 1, None, Handled, |c| spread::each(c, join)),
    Function::fixed("lower", 1, Handled, |c| spread::each(c, lower)),
    Function::fixed("split", 2, Handled, |c| spread::each(c, split)),
    Function::fixed("startswith", 2, Handled, |c| spread::each(c, startswith)),
    Function::fixed("strcontains", 2, Handled, |c| spread::each(c, strcontains)),
    Function::fixed("strrev", 1, Spread, strrev),
    Function::fixed("substr", 3, Handled, |c| spread::each(c, substr)),
    Function::fixed("title", 1, Spread, title),
    Function::fixed("trim", 2, Spread, trim),
    Function::fixed("trimprefix", 2, Handled, |c| spread::each(c, trimprefix)),
    Function::fixed("trimspace", 1, Spread, trimspace),
    Function::fixed("trimsuffix", 2, Handled, |c| spread::each(c, trimsuffix)),
    Function::fixed("upper", 1, Handled, |c| spread::each(c, upper)),
];

/// What is behind a hole once its text was changed: nothing that it stood for.
pub(super) fn opaque(hole: &Hole) -> Hole {
    Hole { unknown: Unknown::because(hole.unknown.why.clone()).into(), ..hole.clone() }
}

/// Why a text has a hole.
fn why_of(text: &Text) -> Option<Why> {
    text.holes().next().map(|h| h.unknown.why.clone())
}

/// An unknown that is not null, for the reason of the first hole in any of these texts.
fn unknown_for(texts: &[&Text]) -> Value {
    texts.iter().find_map(|t| why_of(t)).map_or_else(Value::null, non_null)
}

/// The text with its known pieces changed one by one: only for changes that look at one character
/// at a time.
pub(super) fn map_known(text: &Text, change: impl Fn(&str) -> EcoString) -> Text {
    match text {
        Text::Whole(whole) => Text::Whole(change(whole)),
        Text::Holed(parts) => Text::from_parts(
            parts
                .iter()
                .map(|part| match part {
                    Part::Known(known) => Part::Known(change(known)),
                    Part::Hole(hole) => Part::Hole(opaque(hole)),
                })
                .collect(),
        ),
    }
}

/// Simple case mapping, character by character, as Go does it.
fn lower_char(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn upper_char(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

fn lower(call: &Call<'_>) -> Result {
    Ok(args::text(map_known(&call.text(0)?, |s| s.chars().map(lower_char).collect())))
}

fn upper(call: &Call<'_>) -> Result {
    Ok(args::text(map_known(&call.text(0)?, |s| s.chars().map(upper_char).collect())))
}

fn title(call: &Call<'_>) -> Result {
    let mut in_word = false;
    let titled: EcoString = call
        .string(0)?
        .chars()
        .map(|c| {
            let first = !in_word;
            in_word = if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { !c.is_whitespace() };
            if first { upper_char(c) } else { c }
        })
        .collect();
    Ok(args::string(titled))
}

fn strrev(call: &Call<'_>) -> Result {
    Ok(args::string(call.string(0)?.graphemes(true).rev().collect::<EcoString>()))
}

fn chomp(call: &Call<'_>) -> Result {
    let text = call.text(0)?;
    let newline = |c| c == '\n' || c == '\r';
    match &text {
        Text::Whole(whole) => Ok(args::string(whole.trim_end_matches(newline))),
        holed @ Text::Holed(_) => {
            let kept = holed.known_suffix().trim_end_matches(newline).len();
            // With nothing of the piece left, the hole before it may end in a newline too.
            if kept == 0 { Ok(unknown_for(&[holed])) } else { Ok(args::text(with_suffix_cut(holed, kept))) }
        }
    }
}

/// The text whose last known piece is cut to its first `kept` bytes.
fn with_suffix_cut(text: &Text, kept: usize) -> Text {
    let mut parts = text.parts();
    if let Some(Part::Known(last)) = parts.last_mut() {
        *last = last[..kept].into();
    }
    Text::from_parts(parts)
}

fn indent(call: &Call<'_>) -> Result {
    /// Wider than any file; what is beyond would only fill memory.
    const WIDEST: usize = 10_000;
    let text = call.text(1)?;
    if call.args[0].is_unknown() {
        return Ok(non_null(spread::why_of(&call.args[0])));
    }
    let width = usize::try_from(call.integer(0)?).ok().filter(|w| *w <= WIDEST);
    let Some(width) = width else { return Err(call.fault(0, format_args!("it must be from 0 to {WIDEST}"))) };
    let newline = format!("\n{}", " ".repeat(width));
    Ok(args::text(map_known(&text, |s| s.replace('\n', &newline).into())))
}

fn join(call: &Call<'_>) -> Result {
    let separator = call.text(0)?;
    if call.args.len() < 2 {
        return Err(EvalError::new("`join` needs a list behind the separator"));
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut sensitive = false;
    let mut doubt = None;
    let mut first = true;
    for (index, argument) in call.args.iter().enumerate().skip(1) {
        if argument.is_unknown() {
            doubt = doubt.or_else(|| argument.first_unknown());
            continue;
        }
        let list = call.list(index)?;
        doubt = doubt.or_else(|| list.doubt());
        for (position, item) in list.items.iter().enumerate() {
            if item.is_null() {
                return Err(call.fault(index, format_args!("element {position} is null")));
            }
            let piece = convert::parts_of(item, None).ok_or_else(|| EvalError {
                shape: call.mode == crate::eval::Mode::Rule,
                ..call.fault(index, format_args!("element {position} must be a string, not {}", item.kind_name()))
            })?;
            if !first {
                parts.extend(separator.parts());
            }
            first = false;
            call.scope.spend(separator.weight() + piece.iter().map(Part::weight).sum::<usize>())?;
            parts.extend(piece);
            sensitive |= item.sensitive;
        }
    }
    let joined = match doubt {
        Some(why) => non_null(why),
        None => args::text(Text::from_parts(parts)),
    };
    Ok(joined.mark_sensitive(sensitive))
}

fn split(call: &Call<'_>) -> Result {
    let (separator, text) = (call.text(0)?, call.text(1)?);
    let Some(separator) = separator.as_str() else { return Ok(unknown_for(&[&separator])) };
    let pieces = |s: &str| -> Vec<Value> {
        if separator.is_empty() {
            return s.chars().map(|c| args::string(EcoString::from(c))).collect();
        }
        s.split(separator).map(args::string).collect()
    };
    let list = match &text {
        Text::Whole(whole) => List::of(ListKind::List, pieces(whole)),
        holed @ Text::Holed(_) => {
            // A separator within the known beginning stays one whatever the hole is. The piece that the
            // hole continues is there too, but a separator of several characters may cut its end.
            let mut items = pieces(holed.known_prefix());
            let cut = items.pop();
            let begins = cut.as_ref().and_then(Value::as_str).filter(|_| separator.chars().count() == 1);
            let hole = holed.holes().next().map(opaque);
            let parts = begins.map(|b| Part::Known(b.into())).into_iter().chain(hole.map(Part::Hole)).collect();
            // Without a separator an empty hole adds no piece at all.
            if !separator.is_empty() {
                items.push(Repr::String(Text::from_parts(parts)).into());
            }
            List { open: why_of(holed), ..List::of(ListKind::List, items) }
        }
    };
    let places = spread::places_of(call, &call.args[1]);
    let at_place = |v: Value| v.with_origins(places.clone());
    Ok(Value::list(List { items: list.items.into_iter().map(at_place).collect(), ..list }))
}

fn truth(call: &Call<'_>, truth: Option<bool>, texts: &[&Text]) -> Value {
    let places = |v: Value| {
        let mut all = v;
        for argument in call.args {
            all.origins.extend(&spread::places_of(call, argument));
        }
        all
    };
    match truth {
        Some(known) => places(Truth::of(known).into_value()),
        None => unknown_for(texts),
    }
}

/// Whether the text begins with the other, as far as both are known.
fn begins(text: &Text, with: &Text) -> Option<bool> {
    let (known, wanted) = (text.known_prefix(), with.known_prefix());
    if with.as_str().is_some() {
        if known.starts_with(wanted) {
            return Some(true);
        }
        if text.as_str().is_some() || !wanted.starts_with(known) {
            return Some(false);
        }
        return None;
    }
    let compatible = known.starts_with(wanted) || (text.as_str().is_none() && wanted.starts_with(known));
    if compatible { None } else { Some(false) }
}

fn ends(text: &Text, with: &Text) -> Option<bool> {
    let (known, wanted) = (text.known_suffix(), with.known_suffix());
    if with.as_str().is_some() {
        if known.ends_with(wanted) {
            return Some(true);
        }
        if text.as_str().is_some() || !wanted.ends_with(known) {
            return Some(false);
        }
        return None;
    }
    let compatible = known.ends_with(wanted) || (text.as_str().is_none() && wanted.ends_with(known));
    if compatible { None } else { Some(false) }
}

fn startswith(call: &Call<'_>) -> Result {
    let (text, with) = (call.text(0)?, call.text(1)?);
    Ok(truth(call, begins(&text, &with), &[&text, &with]))
}

fn endswith(call: &Call<'_>) -> Result {
    let (text, with) = (call.text(0)?, call.text(1)?);
    Ok(truth(call, ends(&text, &with), &[&text, &with]))
}

fn strcontains(call: &Call<'_>) -> Result {
    let (text, wanted) = (call.text(0)?, call.text(1)?);
    let found = match (&text, wanted.as_str()) {
        (Text::Whole(whole), Some(wanted)) => Some(whole.contains(wanted)),
        (holed, Some(wanted)) => {
            let known = |p: &Part| matches!(p, Part::Known(k) if k.contains(wanted));
            (wanted.is_empty() || holed.parts().iter().any(known)).then_some(true)
        }
        (Text::Whole(whole), None) => {
            let possible = |p: &Part| !matches!(p, Part::Known(k) if !whole.contains(k.as_str()));
            if wanted.parts().iter().all(possible) { None } else { Some(false) }
        }
        (Text::Holed(_), None) => None,
    };
    Ok(truth(call, found, &[&text, &wanted]))
}

fn substr(call: &Call<'_>) -> Result {
    let text = call.text(0)?;
    if let Some(unknown) = call.args[1..].iter().find(|v| !v.is_wholly_known()) {
        return Ok(non_null(spread::why_of(unknown)));
    }
    let (offset, length) = (call.integer(1)?, call.integer(2)?);
    let known = text.known_prefix();
    let graphemes: Vec<&str> = known.graphemes(true).collect();
    let count = i64::try_from(graphemes.len()).unwrap_or(i64::MAX);
    if text.as_str().is_none() {
        // The last cluster before a hole may go on in the hole.
        let certain = offset >= 0 && length >= 0 && offset.saturating_add(length) < count;
        if !certain {
            return if length == 0 && offset >= 0 { Ok(Value::string("")) } else { Ok(unknown_for(&[&text])) };
        }
    }
    let start = if offset < 0 { offset.saturating_add(count).max(0) } else { offset.min(count) };
    let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
    let range = usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0);
    Ok(args::string(graphemes.get(range).unwrap_or_default().concat()))
}

fn trim(call: &Call<'_>) -> Result {
    let (text, cut) = (call.string(0)?, call.string(1)?);
    Ok(args::string(text.trim_matches(|c| cut.contains(c))))
}

fn trimspace(call: &Call<'_>) -> Result {
    Ok(args::string(call.string(0)?.trim()))
}

fn trimprefix(call: &Call<'_>) -> Result {
    let (text, prefix) = (call.text(0)?, call.text(1)?);
    match (begins(&text, &prefix), prefix.as_str()) {
        (Some(true), Some(prefix)) => {
            let mut parts = text.parts();
            if let Some(Part::Known(first)) = parts.first_mut() {
                *first = first[prefix.len()..].into();
            }
            Ok(args::text(Text::from_parts(parts)))
        }
        (Some(false), _) => Ok(Repr::String(text).into()),
        _ => Ok(unknown_for(&[&text, &prefix])),
    }
}

fn trimsuffix(call: &Call<'_>) -> Result {
    let (text, suffix) = (call.text(0)?, call.text(1)?);
    match (ends(&text, &suffix), suffix.as_str()) {
        (Some(true), Some(suffix)) => {
            let kept = text.known_suffix().len() - suffix.len();
            Ok(args::text(with_suffix_cut(&text, kept)))
        }
        (Some(false), _) => Ok(Repr::String(text).into()),
        _ => Ok(unknown_for(&[&text, &suffix])),
    }
}
