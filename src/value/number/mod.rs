//! Numbers as Terraform has them: binary floating point of 512 bits, whose small whole numbers are most of
//! what there is.

mod decimal;
#[cfg(test)]
mod tests;

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use num_bigint::BigUint;

pub use decimal::Decimal;

/// The bits of a number that is written in a configuration.
const WRITTEN: u32 = 512;

/// The bits of a number that a function counts, such as a length.
const COUNTED: u32 = 64;

/// The bits of a number that comes from a function of `f64`, such as `pow`.
const DOUBLE: u32 = 53;

/// Beyond this many bits before or behind the point a number would only fill memory: more is infinite,
/// less is zero, and a text that says so is no number.
const WIDEST: i64 = 1 << 17;

/// Longer texts are not read as numbers.
const LONGEST: usize = 40_000;

/// A number: a whole number of 64 bits inline, or a floating-point number of 512 bits, or infinite.
///
/// As in Terraform a number remembers with how many bits it came to be, and a result has those of the wider
/// operand: that decides how a quotient is rounded and how many digits are printed.
#[derive(Clone, Debug)]
pub struct Number(Inner);

#[derive(Clone, Debug)]
enum Inner {
    /// What fits is always held this way.
    Int { value: i64, precision: u32 },
    /// What does not fit.
    Real(Arc<Real>),
    /// Zero that prints as `-0`.
    MinusZero,
    /// One divided by zero.
    Infinite { negative: bool },
}

/// `±magnitude × 2^exponent`; the magnitude is odd.
#[derive(Clone, Debug)]
struct Real {
    negative: bool,
    magnitude: BigUint,
    exponent: i64,
    precision: u32,
}

impl Number {
    /// Reads a number as HCL and JSON write it.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(value) = text.parse::<i64>() {
            if value == 0 && text.starts_with('-') {
                return Some(Self(Inner::MinusZero));
            }
            return Some(Self(Inner::Int { value, precision: WRITTEN }));
        }
        if text.len() > LONGEST {
            return None;
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, decimal_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let negative = text.starts_with('-');
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Self::zero(negative, WRITTEN));
        }
        let exponent = exponent.checked_sub(length(fraction.len()))?;
        // log2(10) is below 3.33.
        let highest = exponent.checked_add(length(digits.len()))?;
        if highest.checked_mul(333)?.abs() / 100 > WIDEST {
            return None;
        }
        let magnitude = BigUint::parse_bytes(digits.as_bytes(), 10)?;
        let power = BigUint::from(10u8).pow(u32::try_from(exponent.unsigned_abs()).ok()?);
        Some(if exponent >= 0 {
            Self::round(Parts { negative, magnitude: magnitude * power, exponent: 0 }, false, WRITTEN)
        } else {
            quotient(
                Parts { negative, magnitude, exponent: 0 },
                &Parts { negative: false, magnitude: power, exponent: 0 },
                WRITTEN,
            )
        })
    }

    /// The whole number of these digits, each below `radix`, the highest first.
    pub fn from_digits(negative: bool, digits: &[u8], radix: u32) -> Option<Self> {
        if digits.len() > LONGEST {
            return None;
        }
        let magnitude = BigUint::from_radix_be(digits, radix)?;
        let precision = u32::try_from(magnitude.bits()).unwrap_or(u32::MAX).max(COUNTED);
        if magnitude.bits() == 0 {
            return Some(Self::zero(false, precision));
        }
        Some(Self::round(Parts { negative, magnitude, exponent: 0 }, false, precision))
    }

    fn zero(negative: bool, precision: u32) -> Self {
        Self(if negative { Inner::MinusZero } else { Inner::Int { value: 0, precision } })
    }

    const fn infinite(negative: bool) -> Self {
        Self(Inner::Infinite { negative })
    }

    /// The number of `precision` bits that is nearest, the even one of two. `more` says that something
    /// follows behind the last bit; there must be two bits more than the precision then.
    fn round(parts: Parts, more: bool, precision: u32) -> Self {
        let Parts { negative, mut magnitude, mut exponent } = parts;
        let surplus = magnitude.bits().saturating_sub(u64::from(precision));
        if surplus > 0 {
            let half = magnitude.bit(surplus - 1);
            let beyond = more || magnitude.trailing_zeros().is_some_and(|zeros| zeros < surplus - 1);
            magnitude >>= surplus;
            exponent += signed(surplus);
            if half && (beyond || magnitude.bit(0)) {
                magnitude += 1u8;
            }
        }
        let Some(zeros) = magnitude.trailing_zeros() else { return Self::zero(negative, precision) };
        magnitude >>= zeros;
        exponent += signed(zeros);
        let width = signed(magnitude.bits());
        if exponent + width > WIDEST {
            return Self::infinite(negative);
        }
        if exponent + width < -WIDEST {
            return Self::zero(negative, precision);
        }
        if exponent >= 0
            && exponent + width <= 64
            && let Ok(value) = u64::try_from(&magnitude)
        {
            let value = i128::from(value << exponent);
            if let Ok(value) = i64::try_from(if negative { -value } else { value }) {
                return Self(Inner::Int { value, precision });
            }
        }
        Self(Inner::Real(Arc::new(Real { negative, magnitude, exponent, precision })))
    }

    /// Sign, magnitude and exponent; none of an infinite number.
    fn parts(&self) -> Option<Parts> {
        Some(match &self.0 {
            Inner::Int { value, .. } => {
                Parts { negative: *value < 0, magnitude: value.unsigned_abs().into(), exponent: 0 }
            }
            Inner::Real(real) => {
                Parts { negative: real.negative, magnitude: real.magnitude.clone(), exponent: real.exponent }
            }
            Inner::MinusZero => Parts { negative: true, magnitude: BigUint::ZERO, exponent: 0 },
            Inner::Infinite { .. } => return None,
        })
    }

    fn precision(&self) -> u32 {
        match &self.0 {
            Inner::Int { precision, .. } => *precision,
            Inner::Real(real) => real.precision,
            Inner::MinusZero | Inner::Infinite { .. } => WRITTEN,
        }
    }

    /// The whole number, if it is one of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Inner::Int { value, .. } => Some(value),
            Inner::MinusZero => Some(0),
            Inner::Real(_) | Inner::Infinite { .. } => None,
        }
    }

    /// The number as an index or count.
    pub fn as_usize(&self) -> Option<usize> {
        self.as_i64().and_then(|i| usize::try_from(i).ok())
    }

    /// The nearest floating-point number.
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            #[allow(clippy::cast_precision_loss)]
            Inner::Int { value, .. } => *value as f64,
            Inner::Real(real) => real.as_f64(),
            Inner::MinusZero => -0.0,
            Inner::Infinite { negative: true } => f64::NEG_INFINITY,
            Inner::Infinite { negative: false } => f64::INFINITY,
        }
    }

    /// Whether it is whole.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Inner::Int { .. } | Inner::MinusZero => true,
            Inner::Real(real) => real.exponent >= 0,
            Inner::Infinite { .. } => false,
        }
    }

    /// Whether it is infinite.
    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Inner::Infinite { .. })
    }

    /// Whether it is below zero, or the zero that prints as `-0`.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Inner::Int { value, .. } => *value < 0,
            Inner::Real(real) => real.negative,
            Inner::MinusZero => true,
            Inner::Infinite { negative } => *negative,
        }
    }

    fn is_zero(&self) -> bool {
        matches!(self.0, Inner::MinusZero | Inner::Int { value: 0, .. })
    }

    // Terraform's operators differ from Rust's: a result may be infinite or missing.
    /// Sum; none for ∞ - ∞.
    #[allow(clippy::should_implement_trait)]
    pub fn add(self, other: Self) -> Option<Self> {
        let precision = self.precision().max(other.precision());
        if let (Inner::Int { value: a, .. }, Inner::Int { value: b, .. }) = (&self.0, &other.0)
            && precision >= COUNTED
            && let Some(value) = a.checked_add(*b)
        {
            return Some(Self(Inner::Int { value, precision }));
        }
        match (&self.0, &other.0) {
            (Inner::MinusZero, Inner::MinusZero) => return Some(self),
            (Inner::Infinite { negative: a }, Inner::Infinite { negative: b }) => return (a == b).then_some(self),
            _ => {}
        }
        match (self.parts(), other.parts()) {
            (Some(a), Some(b)) => Some(Self::round(a.plus(b), false, precision)),
            (None, _) => Some(self),
            (_, None) => Some(other),
        }
    }

    /// Difference; none for ∞ - ∞.
    #[allow(clippy::should_implement_trait)]
    pub fn sub(self, other: Self) -> Option<Self> {
        self.add(other.neg())
    }

    /// Product; none for 0 × ∞.
    #[allow(clippy::should_implement_trait)]
    pub fn mul(self, other: Self) -> Option<Self> {
        let precision = self.precision().max(other.precision());
        if let (Inner::Int { value: a, .. }, Inner::Int { value: b, .. }) = (&self.0, &other.0)
            && precision >= COUNTED
            && *a != 0
            && *b != 0
            && let Some(value) = a.checked_mul(*b)
        {
            return Some(Self(Inner::Int { value, precision }));
        }
        let product = self.times(&other, WRITTEN)?;
        Some(match product.0 {
            // A narrow product becomes as wide as it must be to stay exact.
            Inner::Int { value, .. } => {
                let needed = (64 - value.unsigned_abs().leading_zeros()).saturating_sub(value.trailing_zeros());
                Self(Inner::Int { value, precision: precision.max(needed) })
            }
            Inner::Real(real) => {
                let needed = u32::try_from(real.magnitude.bits()).unwrap_or(u32::MAX);
                Self(Inner::Real(Arc::new(Real { precision: precision.max(needed), ..(*real).clone() })))
            }
            other => Self(other),
        })
    }

    fn times(&self, other: &Self, precision: u32) -> Option<Self> {
        let negative = self.is_negative() != other.is_negative();
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else {
            return (!self.is_zero() && !other.is_zero()).then(|| Self::infinite(negative));
        };
        let magnitude = a.magnitude * b.magnitude;
        Some(Self::round(Parts { negative, magnitude, exponent: a.exponent + b.exponent }, false, precision))
    }

    /// Quotient; infinite if `other` is zero, none for 0 / 0 and ∞ / ∞.
    #[allow(clippy::should_implement_trait)]
    pub fn div(self, other: Self) -> Option<Self> {
        self.over(&other)
    }

    fn over(&self, other: &Self) -> Option<Self> {
        let precision = self.precision().max(other.precision());
        if let (Inner::Int { value: a, .. }, Inner::Int { value: b, .. }) = (&self.0, &other.0)
            && precision >= COUNTED
            && *a != 0
            && a.checked_rem(*b) == Some(0)
        {
            return Some(Self(Inner::Int { value: a / b, precision }));
        }
        let negative = self.is_negative() != other.is_negative();
        match (self.parts(), other.parts()) {
            (None, None) => None,
            (None, Some(_)) => Some(Self::infinite(negative)),
            (Some(_), None) => Some(Self::zero(negative, precision)),
            (Some(_), Some(_)) if self.is_zero() && other.is_zero() => None,
            (Some(_), Some(_)) if other.is_zero() => Some(Self::infinite(negative)),
            (Some(a), Some(b)) => Some(quotient(a, &b, precision)),
        }
    }

    /// Remainder with the sign of `self`; `self` if `other` is zero, none if one is infinite.
    #[allow(clippy::should_implement_trait)]
    pub fn rem(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return Some(self);
        }
        let precision = self.precision();
        if let (Inner::Int { value: a, .. }, Inner::Int { value: b, .. }) = (&self.0, &other.0)
            && precision >= COUNTED
            && let Some(value) = a.checked_rem(*b)
        {
            return Some(Self(Inner::Int { value, precision }));
        }
        // What is left behind the whole quotient; every step is rounded to the bits of `self`.
        let whole = Self::round(self.over(&other)?.rounded(Toward::Zero).parts()?, false, precision);
        let taken = other.times(&whole, precision)?;
        let sign = self.is_negative();
        let left = Self::round(self.parts()?.plus(taken.neg().parts()?), false, precision);
        Some(if left.is_zero() { Self::zero(sign && self.is_zero(), precision) } else { left })
    }

    /// The number with the other sign.
    #[must_use]
    #[allow(clippy::should_implement_trait)]
    pub fn neg(self) -> Self {
        match self.0 {
            Inner::Int { value: 0, .. } => Self(Inner::MinusZero),
            Inner::Int { value, precision } if value != i64::MIN => Self(Inner::Int { value: -value, precision }),
            Inner::MinusZero => Self(Inner::Int { value: 0, precision: WRITTEN }),
            Inner::Infinite { negative } => Self::infinite(!negative),
            Inner::Int { .. } | Inner::Real(_) => {
                let precision = self.precision();
                let Some(parts) = self.parts() else { return self };
                Self::round(Parts { negative: !parts.negative, ..parts }, false, precision)
            }
        }
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        if self.is_negative() { self.neg() } else { self }
    }

    /// The whole number next to it.
    #[must_use]
    pub fn rounded(&self, toward: Toward) -> Self {
        let Inner::Real(real) = &self.0 else { return self.clone() };
        if real.exponent >= 0 {
            return self.clone();
        }
        let mut magnitude = &real.magnitude >> real.exponent.unsigned_abs();
        let away = match toward {
            Toward::Zero => false,
            Toward::Floor => real.negative,
            Toward::Ceiling => !real.negative,
        };
        if away {
            magnitude += 1u8;
        }
        let negative = real.negative && magnitude.bits() > 0;
        Self::round(Parts { negative, magnitude, exponent: 0 }, false, real.precision)
    }

    /// All decimal digits of the magnitude; none of an infinite number.
    pub fn exact_digits(&self) -> Option<Decimal> {
        self.parts().map(|p| Decimal::exact(&p.magnitude, p.exponent))
    }

    /// The fewest decimal digits of the magnitude that read back as this number; none of an infinite number.
    pub fn shortest_digits(&self) -> Option<Decimal> {
        let parts = self.parts()?;
        let width = signed(parts.magnitude.bits()) + parts.exponent;
        if parts.exponent >= 0 && width <= i64::from(self.precision()) {
            return Some(Decimal::exact(&parts.magnitude, parts.exponent));
        }
        Some(Decimal::shortest(&parts.magnitude, parts.exponent, u64::from(self.precision())))
    }

    /// The magnitude of a whole number in another base, with small letters; none if it is not whole.
    pub fn in_radix(&self, radix: u32) -> Option<String> {
        let parts = self.is_integer().then(|| self.parts())??;
        Some((parts.magnitude << parts.exponent.unsigned_abs()).to_str_radix(radix))
    }
}

/// Which whole number is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// The one nearer to zero.
    Zero,
    /// The one below.
    Floor,
    /// The one above.
    Ceiling,
}

/// `±magnitude × 2^exponent`, of any width.
struct Parts {
    negative: bool,
    magnitude: BigUint,
    exponent: i64,
}

impl Parts {
    /// The exact sum. Zero has no sign.
    fn plus(self, other: Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let lowered = |p: Self| (p.negative, p.magnitude << (p.exponent - exponent).unsigned_abs());
        let ((minus_a, a), (minus_b, b)) = (lowered(self), lowered(other));
        let (negative, magnitude) = match a.cmp(&b) {
            _ if minus_a == minus_b => (minus_a, a + b),
            Ordering::Equal => (false, BigUint::ZERO),
            Ordering::Greater => (minus_a, a - b),
            Ordering::Less => (minus_b, b - a),
        };
        let negative = negative && magnitude.bits() > 0;
        Self { negative, magnitude, exponent }
    }
}

/// The quotient, where `b` is not zero.
fn quotient(a: Parts, b: &Parts, precision: u32) -> Number {
    let negative = a.negative != b.negative;
    let widen = (u64::from(precision) + 2 + b.magnitude.bits()).saturating_sub(a.magnitude.bits());
    let numerator = a.magnitude << widen;
    let magnitude = &numerator / &b.magnitude;
    let more = &magnitude * &b.magnitude != numerator;
    let exponent = a.exponent - b.exponent - signed(widen);
    Number::round(Parts { negative, magnitude, exponent }, more, precision)
}

impl Real {
    fn as_f64(&self) -> f64 {
        // The highest 64 bits, the last of which stands for all that follow: enough to round once.
        let surplus = self.magnitude.bits().saturating_sub(64);
        let top = u64::try_from(&self.magnitude >> surplus).unwrap_or(u64::MAX) | u64::from(surplus > 0);
        let mut exponent = self.exponent + signed(surplus);
        #[allow(clippy::cast_precision_loss)]
        let mut result = top as f64;
        while exponent != 0 && result != 0.0 && result.is_finite() {
            let step = exponent.clamp(-1000, 1000);
            result *= 2f64.powi(i32::try_from(step).unwrap_or(0));
            exponent -= step;
        }
        if self.negative { -result } else { result }
    }

    fn cmp_magnitude(&self, other: &Self) -> Ordering {
        let top = |r: &Self| r.exponent + signed(r.magnitude.bits());
        let some = |r: &Self| r.magnitude.bits() > 0;
        let order = some(self).cmp(&some(other));
        order.then_with(|| top(self).cmp(&top(other))).then_with(|| {
            let exponent = self.exponent.min(other.exponent);
            let lowered = |r: &Self| &r.magnitude << (r.exponent - exponent).unsigned_abs();
            lowered(self).cmp(&lowered(other))
        })
    }
}

/// `+12` behind an `e`; what is beyond all measure stays so.
fn decimal_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse::<u32>().map_or(i64::from(u32::MAX), i64::from);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn signed(bits: u64) -> i64 {
    i64::try_from(bits).unwrap_or(i64::MAX)
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Inner::Int { value, precision: COUNTED })
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::from(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Number {
    /// "Not a number" is zero; callers that can meet it look for it first.
    fn from(value: f64) -> Self {
        let negative = value.is_sign_negative();
        if value.is_infinite() {
            return Self::infinite(negative);
        }
        if value.is_nan() || value == 0.0 {
            return Self::zero(negative && !value.is_nan(), DOUBLE);
        }
        let bits = value.to_bits();
        let (stored, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
        let (magnitude, exponent) =
            if stored == 0 { (fraction, -1074) } else { (fraction | (1 << 52), signed(stored) - 1075) };
        Self::round(Parts { negative, magnitude: magnitude.into(), exponent }, false, DOUBLE)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Some(a), Some(b)) = (self.as_i64(), other.as_i64()) {
            return a.cmp(&b);
        }
        // -∞, what is below all of 64 bits or between them, ∞.
        let below = |n: &Self| n.is_negative() && !n.is_zero();
        match (&self.0, &other.0) {
            (Inner::Infinite { negative: a }, Inner::Infinite { negative: b }) => b.cmp(a),
            (Inner::Infinite { negative }, _) => {
                if *negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (_, Inner::Infinite { .. }) => other.cmp(self).reverse(),
            _ => below(other).cmp(&below(self)).then_with(|| {
                let order = match (&self.0, &other.0) {
                    (Inner::Real(a), Inner::Real(b)) => a.cmp_magnitude(b),
                    (Inner::Real(a), _) => a.cmp_magnitude(&Real::of(other)),
                    (_, Inner::Real(b)) => Real::of(self).cmp_magnitude(b),
                    _ => Ordering::Equal,
                };
                if below(self) { order.reverse() } else { order }
            }),
        }
    }
}

impl Real {
    fn of(number: &Number) -> Self {
        let parts = number.parts().unwrap_or(Parts { negative: false, magnitude: BigUint::ZERO, exponent: 0 });
        Self {
            negative: parts.negative,
            magnitude: parts.magnitude,
            exponent: parts.exponent,
            precision: number.precision(),
        }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Inner::Int { value, .. } => value.hash(state),
            Inner::MinusZero => 0i64.hash(state),
            Inner::Real(real) => (real.negative, &real.magnitude, real.exponent).hash(state),
            Inner::Infinite { negative } => negative.hash(state),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Inner::Int { value, precision } = self.0
            && precision >= COUNTED
        {
            return write!(f, "{value}");
        }
        if self.is_negative() {
            f.write_str("-")?;
        }
        match self.shortest_digits() {
            Some(digits) => f.write_str(&digits.plain(None)),
            None if self.is_negative() => f.write_str("Inf"),
            None => f.write_str("+Inf"),
        }
    }
}
