//! Numeric functions.

use super::{Call, Function, Unknowns::Spread};
use crate::{
    eval::EvalError,
    value::{Number, Value, number::Toward},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("abs", 1, Spread, abs),
    Function::fixed("ceil", 1, Spread, |c| rounded(c, Toward::Ceiling)),
    Function::fixed("floor", 1, Spread, |c| rounded(c, Toward::Floor)),
    Function::fixed("log", 2, Spread, log),
    Function::ranged("max", 1, None, Spread, |c| extreme(c, std::cmp::Ordering::Greater)),
    Function::ranged("min", 1, None, Spread, |c| extreme(c, std::cmp::Ordering::Less)),
    Function::fixed("parseint", 2, Spread, parseint),
    Function::fixed("pow", 2, Spread, pow),
    Function::fixed("signum", 1, Spread, signum),
];

fn abs(call: &Call<'_>) -> Result {
    Ok(Value::number(call.number(0)?.abs()))
}

fn rounded(call: &Call<'_>, toward: Toward) -> Result {
    Ok(Value::number(call.number(0)?.rounded(toward)))
}

fn log(call: &Call<'_>) -> Result {
    let (number, base) = (call.number(0)?.as_f64(), call.number(1)?.as_f64());
    defined(call, number.ln() / base.ln())
}

fn pow(call: &Call<'_>) -> Result {
    let (base, exponent) = (call.number(0)?.as_f64(), call.number(1)?.as_f64());
    defined(call, base.powf(exponent))
}

fn defined(call: &Call<'_>, result: f64) -> Result {
    if result.is_nan() {
        return Err(EvalError::new(format!("`{}` has no result for these numbers", call.name)));
    }
    Ok(Value::number(result))
}

fn extreme(call: &Call<'_>, wanted: std::cmp::Ordering) -> Result {
    let mut best = call.number(0)?;
    for index in 1..call.args.len() {
        let number = call.number(index)?;
        if number.cmp(&best) == wanted {
            best = number;
        }
    }
    Ok(Value::number(best))
}

fn signum(call: &Call<'_>) -> Result {
    Ok(Value::number(call.integer(0)?.signum()))
}

fn parseint(call: &Call<'_>) -> Result {
    let Some(text) = call.present(0)?.as_str() else { return Err(call.wrong(0, "a string")) };
    let base = u32::try_from(call.integer(1)?).ok().filter(|b| (2..=62).contains(b));
    let Some(base) = base else { return Err(call.fault(1, "the base must be from 2 to 62")) };
    let fault = || call.fault(0, format_args!("{text:?} is not a whole number of base {base}"));
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let digits: Option<Vec<u8>> =
        digits.iter().map(|byte| digit_of(*byte, base).filter(|d| u32::from(*d) < base)).collect();
    let number = digits.filter(|d| !d.is_empty()).and_then(|digits| Number::from_digits(negative, &digits, base));
    number.map(Value::number).ok_or_else(fault)
}

/// Up to base 36 the case of letters makes no difference; beyond, capitals follow small letters.
fn digit_of(byte: u8, base: u32) -> Option<u8> {
    Some(match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'z' => byte - b'a' + 10,
        b'A'..=b'Z' if base <= 36 => byte - b'A' + 10,
        b'A'..=b'Z' => byte - b'A' + 36,
        _ => return None,
    })
}
