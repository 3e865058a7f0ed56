//! Functions of time. The clock is never read: what it would say is unknown.

use jiff::{
    SignedDuration, Timestamp, Zoned,
    tz::{Offset, TimeZone},
};

use super::{Call, Function, Unknowns::Spread, non_null};
use crate::{
    eval::EvalError,
    value::{Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("formatdate", 2, Spread, formatdate),
    Function::fixed("plantimestamp", 0, Spread, clock).in_configuration(),
    Function::fixed("timeadd", 2, Spread, timeadd),
    Function::fixed("timecmp", 2, Spread, timecmp),
    Function::fixed("timestamp", 0, Spread, clock).in_configuration(),
];

#[allow(clippy::unnecessary_wraps)]
fn clock(call: &Call<'_>) -> Result {
    Ok(non_null(Why::new(WhyKind::Function, format!("{}()", call.name))))
}

/// A timestamp of RFC 3339, such as `2018-01-02T23:12:01Z`, with the offset that it is written in.
fn timestamp(call: &Call<'_>, index: usize) -> Result<Zoned> {
    let text = call.string(index)?;
    let fault = || call.fault(index, format_args!("\"{text}\" is not a timestamp such as \"2006-01-02T15:04:05Z\""));
    let offset = offset_of(&text).ok_or_else(fault)?;
    let instant: Timestamp = text.parse().map_err(|_| fault())?;
    Ok(instant.to_zoned(TimeZone::fixed(offset)))
}

/// The offset of a text of RFC 3339; none if it is not one. jiff reads more forms than that.
fn offset_of(text: &str) -> Option<Offset> {
    let (date, rest) = text.split_at_checked(19)?;
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let fits = |(b, s): (u8, &u8)| if *s == b'd' { b.is_ascii_digit() } else { b == *s };
    if !date.bytes().zip(shape).all(fits) {
        return None;
    }
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                return None;
            }
            &fraction[digits..]
        }
        None => rest,
    };
    if rest == "Z" {
        return Some(Offset::UTC);
    }
    let sign = match rest.as_bytes() {
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let (hours, minutes) = rest[1..].split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().filter(|_| minutes < 60 && hours < 24)
}

fn timecmp(call: &Call<'_>) -> Result {
    let order = timestamp(call, 0)?.timestamp().cmp(&timestamp(call, 1)?.timestamp());
    Ok(Value::number(order as i32))
}

fn timeadd(call: &Call<'_>) -> Result {
    let time = timestamp(call, 0)?;
    let text = call.string(1)?;
    let duration =
        duration(&text).ok_or_else(|| call.fault(1, format_args!("\"{text}\" is not a duration such as \"1h30m\"")))?;
    let sum = time.checked_add(duration).map_err(|_| call.fault(1, "the sum is out of range"))?;
    Ok(Value::string(format!("{}{}", sum.strftime("%Y-%m-%dT%H:%M:%S"), zone(&sum, "Z", ":"))))
}

/// A duration as Go writes it: `1h30m`, `-1.5s`.
fn duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut nanoseconds: i128 = 0;
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(length);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len()));
        let scale: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || whole.len() > 18 || fraction.contains('.') {
            return None;
        }
        let digits = |s: &str| if s.is_empty() { Some(0) } else { s.parse::<i128>().ok() };
        nanoseconds += digits(whole)? * scale;
        let fraction = &fraction[..fraction.len().min(18)];
        nanoseconds += digits(fraction)? * scale / 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        rest = after;
    }
    let nanoseconds = i64::try_from(if negative { -nanoseconds } else { nanoseconds }).ok()?;
    Some(SignedDuration::from_nanos(nanoseconds))
}

/// The offset as `+02:00`, or `utc` if there is none.
fn zone(time: &Zoned, utc: &str, separator: &str) -> String {
    let seconds = time.offset().seconds();
    if seconds == 0 && !utc.is_empty() {
        return utc.into();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
}

fn formatdate(call: &Call<'_>) -> Result {
    let (format, time) = (call.string(0)?, timestamp(call, 1)?);
    let mut out = String::new();
    let mut rest = format.as_str();
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            rest = literal(&mut out, &rest[1..]).ok_or_else(|| call.fault(0, "a `'` is not closed"))?;
            continue;
        }
        let length = rest.find(|other| other != c).unwrap_or(rest.len());
        let (verb, after) = rest.split_at(length);
        if c.is_ascii_alphabetic() {
            let written = write_verb(&time, verb);
            out.push_str(&written.ok_or_else(|| call.fault(0, format_args!("`{verb}` is no part of a date")))?);
        } else {
            out.push_str(verb);
        }
        rest = after;
    }
    Ok(Value::string(out))
}

/// Text up to the closing quote, of which two stand for one; returns what follows.
fn literal<'a>(out: &mut String, mut rest: &'a str) -> Option<&'a str> {
    loop {
        let (text, after) = rest.split_once('\'')?;
        out.push_str(text);
        match after.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Some(after),
        }
    }
}

fn write_verb(time: &Zoned, verb: &str) -> Option<String> {
    let twelve = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    Some(match verb {
        "YYYY" => format!("{:04}", time.year()),
        "YY" => format!("{:02}", time.year() % 100),
        "MMMM" => time.strftime("%B").to_string(),
        "MMM" => time.strftime("%b").to_string(),
        "MM" => format!("{:02}", time.month()),
        "M" => time.month().to_string(),
        "DD" => format!("{:02}", time.day()),
        "D" => time.day().to_string(),
        "EEEE" => time.strftime("%A").to_string(),
        "EEE" => time.strftime("%a").to_string(),
        "hh" => format!("{:02}", time.hour()),
        "h" => time.hour().to_string(),
        "HH" => format!("{twelve:02}"),
        "H" => twelve.to_string(),
        "AA" => if time.hour() < 12 { "AM" } else { "PM" }.into(),
        "aa" => if time.hour() < 12 { "am" } else { "pm" }.into(),
        "mm" => format!("{:02}", time.minute()),
        "m" => time.minute().to_string(),
        "ss" => format!("{:02}", time.second()),
        "s" => time.second().to_string(),
        "ZZZZZ" => zone(time, "", ":"),
        "ZZZZ" => zone(time, "", ""),
        "ZZZ" => zone(time, "UTC", ""),
        "Z" => zone(time, "Z", ":"),
        _ => return None,
    })
}
