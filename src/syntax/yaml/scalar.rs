//! What a plain scalar is by YAML 1.1, as go-yaml reads it for Kubernetes.
//!
//! go-yaml differs from the YAML 1.1 specification in leaving `12:30` a string, and so do we.

use ecow::EcoString;

use super::events::RawTag;
use crate::{
    syntax::node::{NodeKind, Scalar, Style},
    value::Number,
};

/// A scalar by its text, style and tag.
pub(super) fn resolve(text: &EcoString, style: Style, empty: bool, tag: &RawTag) -> NodeKind {
    let string = || NodeKind::String(Scalar { text: text.clone(), style });
    match tag {
        RawTag::None if style == Style::Plain => plain(text, empty).unwrap_or_else(string),
        RawTag::Core(name) => match name.as_str() {
            "null" => NodeKind::Null,
            // `!!int "8080"` and `!!bool "yes"` are resolved in spite of the quotes.
            "bool" | "int" | "float" => plain(text, empty).unwrap_or_else(string),
            _ => string(),
        },
        _ if empty && matches!(tag, RawTag::None) => NodeKind::Null,
        _ => string(),
    }
}

fn plain(text: &EcoString, empty: bool) -> Option<NodeKind> {
    if empty {
        return Some(NodeKind::Null);
    }
    let boolean = |value| Some(NodeKind::Bool { value, text: text.clone() });
    match text.as_str() {
        "~" | "null" | "Null" | "NULL" => Some(NodeKind::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => boolean(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => boolean(false),
        _ => is_number(text).then(|| NodeKind::Number { text: text.clone() }),
    }
}

fn is_number(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return false };
    if !matches!(first, b'0'..=b'9' | b'-' | b'+' | b'.') {
        return false;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") || number(text).is_some()
}

/// The number that a scalar of kind [`NodeKind::Number`] is; none for infinity and "not a number".
///
/// `0x1F`, `0b11`, `0o17` and `017` are whole numbers, `1_000` is 1000, `08` is 8.
pub fn number(text: &str) -> Option<Number> {
    // A leading dot takes go-yaml's short way, on which underscores are not dropped.
    if !text.contains('_') || text.starts_with('.') {
        return digits(text);
    }
    digits(&text.replace('_', ""))
}

fn digits(text: &str) -> Option<Number> {
    let (negative, unsigned) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if let Some(magnitude) = radix(unsigned) {
        let signed = if negative { -magnitude } else { magnitude };
        return Number::parse(&signed.to_string());
    }
    // YAML's whole numbers know no `-0`.
    let text = if unsigned == "0" { unsigned } else { text };
    is_decimal(unsigned).then(|| Number::parse(text)).flatten()
}

fn radix(text: &str) -> Option<i128> {
    let rest = text.strip_prefix('0').filter(|rest| !rest.is_empty())?;
    let (radix, digits) = match rest.as_bytes()[0] {
        b'x' | b'X' => (16, &rest[1..]),
        b'o' | b'O' => (8, &rest[1..]),
        b'b' | b'B' => (2, &rest[1..]),
        _ => (8, rest),
    };
    // `from_str_radix` takes a sign of its own.
    if !digits.bytes().next()?.is_ascii_hexdigit() {
        return None;
    }
    i128::from_str_radix(digits, radix).ok()
}

/// `1`, `1.`, `.5`, `1.5e-3`.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_ok = all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    mantissa_ok
        && exponent.is_none_or(|e| {
            let e = e.strip_prefix(['-', '+']).unwrap_or(e);
            !e.is_empty() && all_digits(e)
        })
}
