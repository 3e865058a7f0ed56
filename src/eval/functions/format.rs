//! `format` and `formatlist`.

use ecow::EcoString;
use unicode_segmentation::UnicodeSegmentation;

use super::{Call, Function, Unknowns::Handled, args, convert, json, non_null, spread};
use crate::{
    eval::{EvalError, Mode},
    value::{Hole, List, ListKind, Number, Part, Repr, Text, Value, Why, WhyKind, number::Decimal},
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
    // A null without a type could be of any, and Terraform does not tell what becomes of it.
    if call.mode == Mode::Configuration && call.args.iter().any(|v| v.is_null() && v.ty.is_none()) {
        return Ok(Value::unknown(Why::new(WhyKind::Function, "format()")));
    }
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
            Repr::Number(number) => pad(verb, &as_is(number)),
            _ => pad(verb, json::encode(value).written().as_str()),
        },
        's' | 'q' => string_verb(verb, value)?,
        't' => {
            let known = convert::bool_of(value).ok_or("true or false is needed")?;
            pad(verb, if known { "true" } else { "false" })
        }
        'd' | 'b' | 'o' | 'x' | 'X' => {
            let number = convert::number_of(value).ok_or("a number is needed")?;
            integer_verb(verb, &number)?
        }
        _ => float_verb(verb, &convert::number_of(value).ok_or("a number is needed")?),
    };
    Ok(vec![Part::Known(text.into())])
}

fn string_verb(verb: &Verb, value: &Value) -> Result<String, String> {
    let text = convert::text_of(value).ok_or("a string is needed")?.written();
    let cut: String = match verb.precision {
        Some(most) if most > 0 => text.graphemes(true).take(most).collect(),
        _ => text.to_string(),
    };
    if verb.letter == 'q' {
        let quoted = json::encode(&Value::string(cut)).written();
        return Ok(pad(verb, &quoted));
    }
    Ok(pad(verb, &cut))
}

fn integer_verb(verb: &Verb, number: &Number) -> Result<String, String> {
    let (prefix, radix) = match verb.letter {
        'b' => ("0b", 2),
        'o' => ("0", 8),
        'x' => ("0x", 16),
        'X' => ("0X", 16),
        _ => ("", 10),
    };
    let mut digits = number.in_radix(radix).ok_or("a whole number is needed")?;
    if verb.letter == 'X' {
        digits = digits.to_uppercase();
    }
    let sign = if number.is_negative() && digits != "0" { "-" } else { "" };
    let prefix = if verb.sharp { prefix } else { "" };
    let Some(precision) = verb.precision else { return Ok(pad_number(verb, sign, prefix, &digits)) };
    if precision == 0 && digits == "0" {
        return Ok(String::new());
    }
    let digits = format!("{digits:0>precision$}");
    Ok(pad_number(&Verb { zero: false, ..verb.clone() }, sign, prefix, &digits))
}

/// `%v`: the digits that are needed, with an exponent where there would be many zeros.
fn as_is(number: &Number) -> String {
    let sign = match (number.is_negative(), number.is_infinite()) {
        (true, _) => "-",
        (false, true) => "+",
        _ => "",
    };
    format!("{sign}{}", number.shortest_digits().map_or_else(|| "Inf".into(), |digits| general(&digits, None)))
}

fn float_verb(verb: &Verb, number: &Number) -> String {
    let sign = if number.is_negative() { "-" } else { "" };
    let general_digits = || if verb.precision.is_some() { number.exact_digits() } else { number.shortest_digits() };
    let digits = match verb.letter {
        'f' => number.exact_digits().map(|d| fixed(&d, verb.precision.unwrap_or(6))),
        'e' | 'E' => number.exact_digits().map(|d| scientific(&d, verb.precision.unwrap_or(6))),
        _ => general_digits().map(|d| general(&d, verb.precision)),
    };
    let Some(digits) = digits else {
        let sign = match sign {
            "" if verb.space => " ",
            "" => "+",
            sign => sign,
        };
        return pad_number(&Verb { zero: false, ..verb.clone() }, sign, "", "Inf");
    };
    let digits = if verb.letter.is_uppercase() { digits.to_uppercase() } else { digits };
    pad_number(verb, sign, "", &digits)
}

fn count(digits: usize) -> i64 {
    i64::try_from(digits).unwrap_or(i64::MAX)
}

fn fixed(digits: &Decimal, precision: usize) -> String {
    let kept = digits.clone().rounded(digits.exponent() + 1 + count(precision));
    kept.plain(Some(precision))
}

/// `1.5e+07`: with at least two digits of exponent and its sign, as Go writes it.
fn scientific(digits: &Decimal, precision: usize) -> String {
    digits.clone().rounded(count(precision) + 1).scientific(Some(precision))
}

/// `%g`: whichever of the two is shorter, by the exponent.
fn general(digits: &Decimal, precision: Option<usize>) -> String {
    if digits.is_empty() {
        return "0".into();
    }
    let (digits, most) = match precision {
        // Where Go changes to an exponent if it is free to choose the digits.
        None => (digits.clone(), 6),
        Some(precision) => {
            let precision = count(precision.max(1));
            let digits = digits.clone().rounded(precision);
            let all = count(digits.len());
            let most = if precision > all && all > digits.exponent() { all } else { precision };
            (digits, most)
        }
    };
    if (-4..most).contains(&digits.exponent()) { digits.plain(None) } else { digits.scientific(None) }
}

/// The text, as wide as is asked, counted in characters as people see them.
fn pad(verb: &Verb, text: &str) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(text.graphemes(true).count());
    // Zeros fill on either side: that is how Terraform does it with texts.
    let fill = if verb.zero { "0" } else { " " }.repeat(missing);
    if verb.minus { format!("{text}{fill}") } else { format!("{fill}{text}") }
}

fn pad_number(verb: &Verb, sign: &str, prefix: &str, digits: &str) -> String {
    let sign = match sign {
        "" if verb.plus => "+",
        "" if verb.space => " ",
        sign => sign,
    };
    if verb.zero && !verb.minus {
        let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len() + digits.len());
        return format!("{sign}{prefix}{}{digits}", "0".repeat(missing));
    }
    pad(&Verb { zero: false, ..verb.clone() }, &format!("{sign}{prefix}{digits}"))
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
