//! Regular expressions, as RE2 reads them: `regex`, `regexall`, `replace`.
//!
//! The `regex` crate is near to RE2. What differs is rewritten before it compiles: `\d`, `\w`, `\s` and
//! `\b` are about ASCII, a bracket inside a class is literal, a brace that counts nothing is literal.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use ecow::EcoString;
use regex::{Captures, Regex, RegexBuilder};

use super::{
    Call, Function,
    Unknowns::{Handled, Spread},
    args, non_null, spread, string,
};
use crate::{
    eval::EvalError,
    value::{List, ListKind, Text, Type, Value},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("regex", 2, Spread, first),
    Function::fixed("regexall", 2, Spread, all),
    Function::fixed("replace", 3, Handled, |c| spread::each(c, replace)),
];

/// The compiled pattern. Rules ask the same few patterns of every entity, so the last ones are kept.
///
/// # Errors
///
/// One sentence that says what is wrong with the pattern.
pub fn compile(pattern: &str) -> Result<Arc<Regex>, String> {
    const KEPT: usize = 512;
    thread_local! {
        static COMPILED: RefCell<HashMap<EcoString, Arc<Regex>>> = RefCell::new(HashMap::new());
    }
    if let Some(regex) = COMPILED.with_borrow(|c| c.get(pattern).cloned()) {
        return Ok(regex);
    }
    let compiled = RegexBuilder::new(&as_re2(pattern)).build().map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("the pattern {pattern:?} is not valid: {reason}")
    })?;
    let compiled = Arc::new(compiled);
    COMPILED.with_borrow_mut(|c| {
        if c.len() >= KEPT {
            c.clear();
        }
        c.insert(pattern.into(), compiled.clone());
    });
    Ok(compiled)
}

/// The pattern in the words of the `regex` crate.
fn as_re2(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        rest = tail;
        match c {
            '\\' => rest = escape(&mut out, tail, in_class),
            '[' if in_class => match tail.strip_prefix(':').and_then(|t| t.find(":]")) {
                Some(end) => {
                    let whole = 1 + end + 2;
                    out.push('[');
                    out.push_str(&tail[..whole]);
                    rest = &tail[whole..];
                }
                None => out.push_str("\\["),
            },
            '[' => {
                in_class = true;
                out.push('[');
                if let Some(after) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = after;
                }
                // A bracket right at the beginning is literal.
                if let Some(after) = rest.strip_prefix(']') {
                    out.push_str("\\]");
                    rest = after;
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            // `&&`, `--` and `~~` are set operations in the `regex` crate only.
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '-' if in_class && tail.starts_with('-') => out.push_str("\\-"),
            '{' if !in_class && !is_repetition(tail) => out.push_str("\\{"),
            c => out.push(c),
        }
    }
    out
}

/// Writes what the escape before `tail` means and returns what follows it.
fn escape<'a>(out: &mut String, tail: &'a str, in_class: bool) -> &'a str {
    let Some(c) = tail.chars().next() else {
        out.push('\\');
        return tail;
    };
    let rest = &tail[c.len_utf8()..];
    let class = match c {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        's' | 'S' => "\\t\\n\\f\\r ",
        _ => "",
    };
    match c {
        'd' | 'w' | 's' if in_class => out.push_str(class),
        'd' | 'w' | 's' => out.extend(["[", class, "]"]),
        'D' | 'W' | 'S' => out.extend(["[^", class, "]"]),
        'b' if !in_class => out.push_str("(?-u:\\b)"),
        'Q' => {
            let (quoted, after) = rest.split_once("\\E").unwrap_or((rest, ""));
            out.push_str(&regex::escape(quoted));
            return after;
        }
        // These are boundaries of words in the `regex` crate only.
        '<' | '>' | '_' => out.push(c),
        c => {
            out.push('\\');
            out.push(c);
        }
    }
    rest
}

/// Whether a brace is the beginning of `{2}`, `{2,}` or `{2,3}`.
fn is_repetition(tail: &str) -> bool {
    let Some((inside, _)) = tail.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

/// What a match gives: the text, or a tuple or object of its groups.
fn matched(call: &Call<'_>, regex: &Regex, captures: &Captures<'_>) -> Result {
    let places = spread::places_of(call, &call.args[1]);
    let group = |m: Option<regex::Match<'_>>| {
        m.map_or_else(|| Value::null().of_type(Type::String), |m| args::string(m.as_str()))
    };
    let group = |m| group(m).with_origins(places.clone());
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    let named = names.iter().flatten().count();
    if names.is_empty() {
        return Ok(group(captures.get(0)));
    }
    if named > 0 && named < names.len() {
        return Err(call.fault(0, "groups with and without a name cannot be mixed"));
    }
    let groups = (1..=names.len()).map(|i| group(captures.get(i)));
    Ok(if named == 0 {
        Value::tuple(groups.collect())
    } else {
        Value::object(names.into_iter().flatten().map(EcoString::from).zip(groups))
    })
}

fn pattern(call: &Call<'_>, index: usize) -> Result<Arc<Regex>> {
    compile(&call.string(index)?).map_err(|why| call.fault(index, why))
}

fn first(call: &Call<'_>) -> Result {
    let regex = pattern(call, 0)?;
    let text = call.string(1)?;
    match regex.captures(&text) {
        Some(captures) => matched(call, &regex, &captures),
        None => Err(call.fault(1, "nothing in it matches the pattern")),
    }
}

fn all(call: &Call<'_>) -> Result {
    let regex = pattern(call, 0)?;
    let text = call.string(1)?;
    let found = regex.captures_iter(&text).map(|c| matched(call, &regex, &c)).collect::<Result<Vec<_>>>()?;
    Ok(Value::list(List::of(ListKind::List, found)))
}

fn replace(call: &Call<'_>) -> Result {
    let (text, wanted, with) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let unknown = || call.args.iter().find_map(Value::first_unknown).map_or_else(Value::null, non_null);
    let (Some(wanted), Some(with)) = (wanted.as_str(), with.as_str()) else { return Ok(unknown()) };
    if let Some(inner) = wanted.strip_prefix('/').and_then(|w| w.strip_suffix('/')) {
        let Text::Whole(whole) = &text else { return Ok(unknown()) };
        let regex = compile(inner).map_err(|why| call.fault(1, why))?;
        return bounded(call, regex.replace_all(whole, with).into_owned());
    }
    match &text {
        Text::Whole(whole) => bounded(call, whole.as_str().replace(wanted, with)),
        // Only a single character cannot lie half in a hole.
        holed if wanted.chars().count() == 1 => {
            Ok(args::text(string::map_known(holed, |known| known.replace(wanted, with).into())))
        }
        Text::Holed(_) => Ok(unknown()),
    }
}

/// The text, unless it has grown beyond what a configuration can mean.
fn bounded(call: &Call<'_>, text: String) -> Result {
    const LONGEST: usize = 16 << 20;
    if text.len() > LONGEST {
        return Err(EvalError::new(format!("the result of `{}` is too long ({} bytes)", call.name, text.len())));
    }
    Ok(args::string(text))
}
