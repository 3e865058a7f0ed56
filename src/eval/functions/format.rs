//! `format` and `formatlist`.

use ecow::EcoString;
use unicode_segmentation::UnicodeSegmentation;

use super::{Call, Function, Unknowns::Handled, args, convert, json, non_null, spread};
use crate::{
    eval::{EvalError, Mode},
    value::{Hole, List, ListKind, Number, Part, Repr, Text, Type, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::ranged("format", 1, None, Handled, |c| spread::each(c, format)),
    Function::ranged("formatlist", 1, None, Handled, |c| spread::each(c, formatlist)),
];

/// Wider or more precise than this is a mistake, and would only fill memory.
const WIDEST: usize = 4096;

/// One piece of a format string.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Literal(EcoString),
    Verb(Verb),
}

/// `%[flags][width][.precision][[index]]letter`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
// One flag of the format string each.
#[allow(clippy::struct_excessive_bools)]
struct Verb {
    letter: char,
    argument: usize,
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
    /// As it is written, for messages.
    written: EcoString,
}

/// The pieces of a format string, and how many arguments it uses.
fn parse(text: &str) -> Result<(Vec<Piece>, usize), String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let (mut next, mut used) = (0, 0);
    while let Some(at) = rest.find('%') {
        if at > 0 {
            pieces.push(Piece::Literal(rest[..at].into()));
        }
        let start = &rest[at..];
        if let Some(after) = start.strip_prefix("%%") {
            pieces.push(Piece::Literal("%".into()));
            rest = after;
            continue;
        }
        let (mut verb, after) = parse_verb(start, next)?;
        verb.written = start[..start.len() - after.len()].into();
        if !"vtbodxXeEfgGsq".contains(verb.letter) {
            return Err(format!("`{}` is not a verb of `format`", verb.written));
        }
        next = verb.argument + 1;
        used = used.max(next);
        pieces.push(Piece::Verb(verb));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.into()));
    }
    Ok((pieces, used))
}

fn parse_verb(start: &str, next: usize) -> Result<(Verb, &str), String> {
    let mut verb = Verb { argument: next, ..Verb::default() };
    let mut rest = &start[1..];
    while let Some(flag) = rest.chars().next() {
        match flag {
            '-' => verb.minus = true,
            '+' => verb.plus = true,
            ' ' => verb.space = true,
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            _ => break,
        }
        rest = &rest[1..];
    }
    verb.width = take_number(&mut rest)?;
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        verb.precision = Some(take_number(&mut rest)?.unwrap_or(0));
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (index, after) = after.split_once(']').ok_or("a `[` in the format string is not closed")?;
        let index: usize = index.parse().map_err(|_| format!("`[{index}]` is not the number of an argument"))?;
        verb.argument = index.checked_sub(1).ok_or("arguments are counted from 1")?.min(WIDEST);
        rest = after;
    }
    let Some(letter) = rest.chars().next() else { return Err("the format string ends in the middle of a verb".into()) };
    verb.letter = letter;
    Ok((verb, &rest[letter.len_utf8()..]))
}

fn take_number(rest: &mut &str) -> Result<Option<usize>, String> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return Ok(None);
    }
    let (number, after) = rest.split_at(digits);
    *rest = after;
    match number.parse() {
        Ok(n) if n <= WIDEST => Ok(Some(n)),
        _ => Err(format!("a width or precision of {number} is more than {WIDEST}")),
    }
}

fn parsed(call: &Call<'_>, text: &str, given: usize) -> Result<Vec<Piece>> {
    let (pieces, used) = parse(text).map_err(|why| call.fault(0, why))?;
    if used > given {
        return Err(call.fault(0, format_args!("it uses {used} values, but {given} are given")));
    }
    if used < given {
        return Err(call.fault(0, format_args!("it uses {used} values of the {given} that are given")));
    }
    Ok(pieces)
}

fn format(call: &Call<'_>) -> Result {
    let Text::Whole(text) = call.text(0)? else { return Ok(unknown(&call.args[0])) };
    let pieces = parsed(call, &text, call.args.len() - 1)?;
    let values: Vec<&Value> = call.args[1..].iter().collect();
    write(call, &pieces, &values)
}

fn unknown(value: &Value) -> Value {
    non_null(spread::why_of(value))
}

/// The text that the pieces make of some values.
fn write(call: &Call<'_>, pieces: &[Piece], values: &[&Value]) -> Result {
    let mut parts: Vec<Part> = Vec::new();
    let mut sensitive = false;
    for piece in pieces {
        match piece {
            Piece::Literal(text) => parts.push(Part::Known(text.clone())),
            Piece::Verb(verb) => {
                let Some(value) = values.get(verb.argument) else { continue };
                sensitive |= spread::holds_sensitive(value);
                let piece = write_verb(call.mode, verb, value).map_err(|why| EvalError {
                    origins: value.origins.clone(),
                    ..EvalError::new(format!("`{}` of `{}`: {why}", verb.written, call.name))
                })?;
                parts.extend(piece);
            }
        }
    }
    Ok(args::text(Text::from_parts(parts)).mark_sensitive(sensitive))
}

fn write_verb(mode: Mode, verb: &Verb, value: &Value) -> Result<Vec<Part>, String> {
    if !value.is_wholly_known() {
        let plain = verb.width.is_none() && verb.precision.is_none() && !verb.sharp && matches!(verb.letter, 's' | 'v');
        if plain && let Some(parts) = convert::parts_of(value, None) {
            return Ok(parts);
        }
        let inner = crate::value::Unknown::because(spread::why_of(value));
        let written = ecow::eco_format!("${{{}}}", inner.why.subject);
        let span = value.origins.first().map(|o| o.anchor);
        return Ok(vec![Part::Hole(Hole { unknown: inner.into(), written, span })]);
    }
    if value.is_null() && verb.letter != 'v' {
        // A null of any type: what it will be formatted as is not known.
        if mode == Mode::Configuration && !Type::of(value).is_told() {
            let inner = crate::value::Unknown::because(Why::new(WhyKind::NotEvaluated, "a null without a type"));
            return Ok(vec![Part::Hole(Hole { unknown: inner.into(), written: "null".into(), span: None })]);
        }
        // In a rule a message must not fail because something in it is missing.
        if mode == Mode::Rule {
            return Ok(vec![Part::Known("(not set)".into())]);
        }
        return Err("null cannot be formatted".into());
    }
    let text = match verb.letter {
        'v' if verb.sharp => pad(verb, json::encode(value).written().as_str()),
        'v' => match &value.repr {
            Repr::String(_) => string_verb(verb, value)?,
            Repr::Number(number) => float_verb(&Verb { letter: 'g', ..verb.clone() }, *number),
            _ => pad(verb, json::encode(value).written().as_str()),
        },
        's' | 'q' => string_verb(verb, value)?,
        't' => {
            let known = convert::bool_of(value).ok_or("true or false is needed")?;
            pad(verb, if known { "true" } else { "false" })
        }
        'd' | 'b' | 'o' | 'x' | 'X' => {
            let number = convert::number_of(value).ok_or("a number is needed")?;
            integer_verb(verb, number)?
        }
        _ => float_verb(verb, convert::number_of(value).ok_or("a number is needed")?),
    };
    Ok(vec![Part::Known(text.into())])
}

fn string_verb(verb: &Verb, value: &Value) -> Result<String, String> {
    let text = convert::text_of(value).ok_or("a string is needed")?.written();
    let cut: String = match verb.precision {
        Some(most) => text.graphemes(true).take(most).collect(),
        None => text.to_string(),
    };
    if verb.letter == 'q' {
        let quoted = json::encode(&Value::string(cut)).written();
        return Ok(pad(verb, &quoted));
    }
    Ok(pad(verb, &cut))
}

fn integer_verb(verb: &Verb, number: Number) -> Result<String, String> {
    let text = number.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |d| ("-", d));
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a whole number is needed".into());
    }
    let magnitude = || digits.parse::<u128>().map_err(|_| "the number is too large".to_string());
    let digits = match verb.letter {
        'd' => digits.to_string(),
        'b' => format!("{:b}", magnitude()?),
        'o' => format!("{:o}", magnitude()?),
        'x' => format!("{:x}", magnitude()?),
        _ => format!("{:X}", magnitude()?),
    };
    let prefix = match (verb.sharp, verb.letter) {
        (true, 'x') => "0x",
        (true, 'X') => "0X",
        (true, 'o') => "0",
        (true, 'b') => "0b",
        _ => "",
    };
    Ok(pad_number(verb, sign, &format!("{prefix}{digits}")))
}

fn float_verb(verb: &Verb, number: Number) -> String {
    let float = number.as_f64();
    let (sign, magnitude) = if float < 0.0 { ("-", number.neg()) } else { ("", number) };
    if float.is_infinite() {
        return pad_number(&Verb { zero: false, ..verb.clone() }, if sign.is_empty() { "+" } else { sign }, "Inf");
    }
    let digits = match verb.letter {
        'f' => fixed(magnitude, verb.precision.unwrap_or(6)),
        'e' | 'E' => scientific(magnitude, Some(verb.precision.unwrap_or(6))),
        _ => general(magnitude, verb.precision),
    };
    let digits = if verb.letter.is_uppercase() { digits.to_uppercase() } else { digits };
    pad_number(verb, sign, &digits)
}

fn fixed(number: Number, precision: usize) -> String {
    if number.is_integer() {
        let zeros = "0".repeat(precision);
        return if precision == 0 { number.to_string() } else { format!("{number}.{zeros}") };
    }
    format!("{:.precision$}", number.as_f64())
}

/// `1.5e+07`: with at least two digits of exponent and its sign, as Go writes it.
fn scientific(number: Number, precision: Option<usize>) -> String {
    let text = if let Some(precision) = precision {
        format!("{:.precision$e}", number.as_f64())
    } else {
        let (digits, exponent) = shortest(number);
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        format!("{first}{point}{rest}e{exponent}")
    };
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |e| ('-', e));
    format!("{mantissa}e{sign}{exponent:0>2}")
}

/// The significant digits without trailing zeros, and the exponent of the first.
fn shortest(number: Number) -> (String, i64) {
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.bytes().take_while(|b| *b == b'0').count();
    let digits = all[leading..].trim_end_matches('0');
    if digits.is_empty() {
        return ("0".into(), 0);
    }
    let exponent = i64::try_from(whole.len()).unwrap_or(0) - i64::try_from(leading).unwrap_or(0) - 1;
    (digits.to_string(), exponent)
}

/// `%g`: whichever of the two is shorter, by the exponent.
fn general(number: Number, precision: Option<usize>) -> String {
    let Some(precision) = precision else {
        let (_, exponent) = shortest(number);
        // Where Go changes to an exponent if it is free to choose the digits.
        return if (-4..21).contains(&exponent) { number.to_string() } else { scientific(number, None) };
    };
    let precision = precision.max(1);
    let rounded = format!("{:.*e}", precision - 1, number.as_f64());
    let exponent: i64 = rounded.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let trim = |s: &str| {
        if s.contains('.') { s.trim_end_matches('0').trim_end_matches('.').to_string() } else { s.to_string() }
    };
    let limit = i64::try_from(precision).unwrap_or(i64::MAX);
    if exponent < -4 || exponent >= limit {
        let text = scientific(number, Some(precision - 1));
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "+00"));
        return format!("{}e{exponent}", trim(mantissa));
    }
    let decimals = usize::try_from(limit - 1 - exponent).unwrap_or(0);
    trim(&format!("{:.decimals$}", number.as_f64()))
}

/// The text, as wide as is asked, counted in characters as people see them.
fn pad(verb: &Verb, text: &str) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(text.graphemes(true).count());
    let fill = if verb.zero && !verb.minus { "0" } else { " " }.repeat(missing);
    if verb.minus { format!("{text}{fill}") } else { format!("{fill}{text}") }
}

fn pad_number(verb: &Verb, sign: &str, digits: &str) -> String {
    let sign = match sign {
        "" if verb.plus => "+",
        "" if verb.space => " ",
        sign => sign,
    };
    if verb.zero && !verb.minus {
        let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    pad(verb, &format!("{sign}{digits}"))
}

fn formatlist(call: &Call<'_>) -> Result {
    let Text::Whole(text) = call.text(0)? else { return Ok(unknown(&call.args[0])) };
    let pieces = parsed(call, &text, call.args.len() - 1)?;
    let mut length = None;
    for (index, argument) in call.args.iter().enumerate().skip(1) {
        let Repr::List(list) = &argument.repr else { continue };
        if !list.is_whole() {
            return Ok(args::doubtful(list));
        }
        let count = list.items.len();
        match length {
            Some(other) if other != count => {
                return Err(call.fault(index, format_args!("it has {count} elements, another list has {other}")));
            }
            _ => length = Some(count),
        }
    }
    // An unknown may be a list, of a length that nobody knows.
    if length.is_none()
        && let Some(unknown) = call.unknown_argument()
    {
        return Ok(unknown);
    }
    let items = (0..length.unwrap_or(1)).map(|i| {
        let values: Vec<&Value> = call.args[1..].iter().map(|a| a.as_list().map_or(a, |list| &list.items[i])).collect();
        let mut item = write(call, &pieces, &values)?;
        for value in values {
            item.origins.extend(&spread::places_of(call, value));
        }
        Ok(item)
    });
    Ok(Value::list(List::of(ListKind::List, items.collect::<Result<Vec<_>>>()?)))
}
