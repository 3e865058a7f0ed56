//! Numbers.

use std::{cmp::Ordering, fmt, hash::Hash};

/// A number: a whole number of 128 bits, or a floating-point number where that is not enough.
///
/// Terraform computes with 512 bits. What is behind this type may change; its callers see no digits.
#[derive(Clone, Copy, Debug)]
pub struct Number(Inner);

#[derive(Clone, Copy, Debug)]
enum Inner {
    Int(i128),
    Float(f64),
}

impl Number {
    /// Reads a number as HCL and JSON write it.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(int) = text.parse::<i128>() {
            return Some(Self(Inner::Int(int)));
        }
        if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+' || c == '.') {
            return None;
        }
        text.parse::<f64>().ok().filter(|f| f.is_finite()).map(Self::from)
    }

    /// The whole number, if it is one of 64 bits.
    pub fn as_i64(self) -> Option<i64> {
        match self.0 {
            Inner::Int(i) => i64::try_from(i).ok(),
            Inner::Float(_) => None,
        }
    }

    /// The number as an index or count.
    pub fn as_usize(self) -> Option<usize> {
        self.as_i64().and_then(|i| usize::try_from(i).ok())
    }

    /// The nearest floating-point number.
    pub fn as_f64(self) -> f64 {
        match self.0 {
            #[allow(clippy::cast_precision_loss)]
            Inner::Int(i) => i as f64,
            Inner::Float(f) => f,
        }
    }

    /// Whether it is whole.
    pub fn is_integer(self) -> bool {
        matches!(self.0, Inner::Int(_))
    }

    /// The sum, difference, product by `exact`, or by `float` where it does not fit.
    fn combine(self, other: Self, exact: fn(i128, i128) -> Option<i128>, float: fn(f64, f64) -> f64) -> Self {
        if let (Inner::Int(a), Inner::Int(b)) = (self.0, other.0)
            && let Some(result) = exact(a, b)
        {
            return Self(Inner::Int(result));
        }
        // Decimal fractions such as 0.1 + 0.2 are exact in Terraform: round what binary digits add.
        let result = float(self.as_f64(), other.as_f64());
        Self::from(format!("{result:.15e}").parse::<f64>().unwrap_or(result))
    }

    /// Sum.
    #[must_use]
    #[allow(clippy::should_implement_trait)]
    pub fn add(self, other: Self) -> Self {
        self.combine(other, i128::checked_add, |a, b| a + b)
    }

    /// Difference.
    #[must_use]
    #[allow(clippy::should_implement_trait)]
    pub fn sub(self, other: Self) -> Self {
        self.combine(other, i128::checked_sub, |a, b| a - b)
    }

    /// Product.
    #[must_use]
    #[allow(clippy::should_implement_trait)]
    pub fn mul(self, other: Self) -> Self {
        self.combine(other, i128::checked_mul, |a, b| a * b)
    }

    // Terraform's operators differ from Rust's: a quotient may be infinite or missing.
    #[allow(clippy::should_implement_trait)]
    /// Quotient; infinite if `other` is zero, none for 0 / 0.
    pub fn div(self, other: Self) -> Option<Self> {
        if let (Inner::Int(a), Inner::Int(b)) = (self.0, other.0)
            && b != 0
            && a % b == 0
        {
            return Some(Self(Inner::Int(a / b)));
        }
        let result = self.as_f64() / other.as_f64();
        (!result.is_nan()).then(|| Self::from(result))
    }

    /// Remainder with the sign of `self`; `self` if `other` is zero.
    #[must_use]
    #[allow(clippy::should_implement_trait)]
    pub fn rem(self, other: Self) -> Self {
        if other.as_f64() == 0.0 {
            return self;
        }
        self.combine(other, i128::checked_rem, |a, b| a % b)
    }

    /// The number with the other sign.
    #[must_use]
    #[allow(clippy::should_implement_trait)]
    pub fn neg(self) -> Self {
        Self::from(0).sub(self)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Inner::Int(i128::from(value)))
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self(Inner::Int(i128::from(value)))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self(Inner::Int(value as i128))
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        // Whole floats are whole numbers, so that 2.0 == 2 and prints as 2.
        if value.fract() == 0.0 && value.abs() < 1e30 {
            #[allow(clippy::cast_possible_truncation)]
            return Self(Inner::Int(value as i128));
        }
        Self(Inner::Float(value))
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
        match (self.0, other.0) {
            (Inner::Int(a), Inner::Int(b)) => a.cmp(&b),
            _ => self.as_f64().total_cmp(&other.as_f64()),
        }
    }
}

impl Hash for Number {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self.0 {
            Inner::Int(i) => i.hash(state),
            Inner::Float(f) => f.to_bits().hash(state),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Inner::Int(i) => write!(f, "{i}"),
            Inner::Float(x) => write!(f, "{x}"),
        }
    }
}
