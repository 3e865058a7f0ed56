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
    let (number, base) = (double(call, 0)?, double(call, 1)?);
    defined(call, number.ln() / base.ln())
}

fn pow(call: &Call<'_>) -> Result {
    let (base, exponent) = (double(call, 0)?, double(call, 1)?);
    defined(call, power(base, exponent))
}

/// The number as near as a double comes to it.
fn double(call: &Call<'_>, index: usize) -> Result<f64> {
    let number = call.number(index)?;
    let double = number.as_f64();
    if double.is_infinite() && !number.is_infinite() {
        return Err(call.fault(index, "the number is too large"));
    }
    Ok(double)
}

/// A power as Go computes it: by squaring for the whole part of the exponent, and by a logarithm for the
/// rest. What that rounds is seen in the last digits.
#[allow(clippy::float_cmp, reason = "these very numbers are the special cases")]
fn power(base: f64, exponent: f64) -> f64 {
    const WHOLE: f64 = 9_223_372_036_854_775_808.0;
    let special = base == 0.0 || base == 1.0 || !base.is_finite() || !exponent.is_finite() || exponent.abs() >= WHOLE;
    if special || exponent.abs() <= 1.0 && (exponent.fract() == 0.0 || exponent.abs() == 0.5) {
        return match exponent {
            0.5 if base.is_finite() => base.sqrt(),
            -0.5 if base.is_finite() => 1.0 / base.sqrt(),
            _ => base.powf(exponent),
        };
    }
    let (mut whole, mut fraction) = (exponent.abs().trunc(), exponent.abs().fract());
    if fraction != 0.0 && base < 0.0 {
        return f64::NAN;
    }
    // The fraction is kept within a half.
    if fraction > 0.5 {
        fraction -= 1.0;
        whole += 1.0;
    }
    let mut result = if fraction == 0.0 { 1.0 } else { (fraction * base.ln()).exp() };
    // `square` and its power of two are kept apart, so that nothing overflows on the way.
    let (mut square, mut square_exponent) = halved(base);
    let mut result_exponent = 0i64;
    #[allow(clippy::cast_sign_loss)]
    let mut left = whole as u64;
    while left != 0 {
        if square_exponent.abs() > 4096 {
            // Beyond all doubles.
            result_exponent += square_exponent;
            break;
        }
        if left & 1 == 1 {
            result *= square;
            result_exponent += square_exponent;
        }
        square *= square;
        square_exponent *= 2;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        left >>= 1;
    }
    if exponent < 0.0 {
        result = 1.0 / result;
        result_exponent = -result_exponent;
    }
    scaled(result, result_exponent)
}

/// A finite number that is not zero as a fraction from a half up to one, and a power of two.
fn halved(number: f64) -> (f64, i64) {
    let (number, moved) = if number.abs() < f64::MIN_POSITIVE { (number * 2f64.powi(60), 60) } else { (number, 0) };
    let bits = number.to_bits();
    let exponent = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - moved)
}

/// `number × 2^exponent`.
fn scaled(mut number: f64, mut exponent: i64) -> f64 {
    while exponent != 0 && number != 0.0 && number.is_finite() {
        let step = exponent.clamp(-900, 900);
        number *= 2f64.powi(i32::try_from(step).unwrap_or(0));
        exponent -= step;
    }
    number
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
