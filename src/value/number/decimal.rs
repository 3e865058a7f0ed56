//! Decimal digits of numbers, and how they are written.

use num_bigint::BigUint;

use super::{length, signed};

/// A magnitude in decimal digits: `0.digits × 10^point`. Zero has no digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decimal {
    /// ASCII digits without zeros in front or behind.
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    /// All digits of `magnitude × 2^exponent`.
    pub(super) fn exact(magnitude: &BigUint, exponent: i64) -> Self {
        Self::of(&scaled(magnitude, exponent), exponent.min(0))
    }

    /// The fewest digits that lie nearer to the number than half a unit in the last of `precision` bits.
    ///
    /// That is the shortest text that reads back as the same number, as Go's `big.Float` finds it: its
    /// interval is symmetric even at a power of two, where the numbers below lie closer.
    pub(super) fn shortest(magnitude: &BigUint, exponent: i64, precision: u64) -> Self {
        let Some(zeros) = magnitude.trailing_zeros() else { return Self::default() };
        // The last bit of the mantissa becomes worth two, so that half of its unit is one.
        let odd = magnitude >> zeros;
        let widen = (precision + 1).saturating_sub(odd.bits());
        let mantissa = odd << widen;
        let exponent = exponent + signed(zeros) - signed(widen);
        let even = !mantissa.bit(1);
        let one = BigUint::from(1u8);
        let texts = [&mantissa, &(&mantissa - &one), &(&mantissa + &one)].map(|m| digits(&scaled(m, exponent)));
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
        // Aligned, so that one position means the same in all three.
        let [middle, lower, upper] = texts.map(|text| {
            let mut aligned = vec![b'0'; longest - text.len()];
            aligned.extend(text);
            aligned
        });
        let end = |text: &[u8]| text.iter().rposition(|d| *d != b'0').map_or(0, |at| at + 1);
        let (lower_end, upper_end) = (end(&lower), end(&upper));
        let point = length(longest).saturating_add(exponent.min(0));
        // How many units of the digit at hand the bounds are away; more than a few make no difference.
        let (mut above, mut below) = (0u8, 0u8);
        for at in 0..longest {
            let step = |distance: u8, high: u8, low: u8| (distance * 10 + high).saturating_sub(low).min(20);
            above = step(above, upper[at], middle[at]);
            below = step(below, middle[at], lower[at]);
            // Cut here, or cut and one up: either is an answer if it stays between the bounds.
            let down = below > 0 || even && at + 1 >= lower_end;
            let up = above > 1 || above == 1 && (even || at + 1 < upper_end);
            match (down, up) {
                (false, false) => {}
                (true, false) => return Self::kept(middle[..=at].to_vec(), point),
                (false, true) => return Self::one_up(middle[..=at].to_vec(), point),
                (true, true) => return Self::kept(middle, point).first(at + 1, point),
            }
        }
        Self::kept(middle, point)
    }

    /// The digits of a whole number of units of `10^exponent`.
    fn of(units: &BigUint, exponent: i64) -> Self {
        let digits = digits(units);
        let point = length(digits.len()).saturating_add(exponent);
        Self::kept(digits, point)
    }

    /// Without the zeros in front and behind.
    fn kept(mut digits: Vec<u8>, point: i64) -> Self {
        let leading = digits.iter().take_while(|d| **d == b'0').count();
        digits.drain(..leading);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Self::default();
        }
        Self { digits, point: point - length(leading) }
    }

    fn one_up(mut digits: Vec<u8>, point: i64) -> Self {
        let nines = digits.iter().rev().take_while(|d| **d == b'9').count();
        let kept = digits.len() - nines;
        digits.truncate(kept);
        match digits.last_mut() {
            Some(last) => {
                *last += 1;
                Self::kept(digits, point)
            }
            None => Self { digits: vec![b'1'], point: point + 1 },
        }
    }

    /// The nearest of as many digits, counted from where `point` says that the first stands.
    fn first(self, count: usize, point: i64) -> Self {
        let shift = point - self.point;
        self.rounded(length(count) - shift)
    }

    /// The nearest of `count` digits; of two that are as near, the even one.
    #[must_use]
    pub fn rounded(mut self, count: i64) -> Self {
        let Ok(count) = usize::try_from(count) else { return Self::default() };
        if count >= self.digits.len() {
            return self;
        }
        let rest = &self.digits[count..];
        let half = rest == b"5";
        let odd = count > 0 && self.digits[count - 1] % 2 == 1;
        let up = if half { odd } else { rest[0] >= b'5' };
        self.digits.truncate(count);
        if up { Self::one_up(self.digits, self.point) } else { Self::kept(self.digits, self.point) }
    }

    /// The exponent of the first digit.
    pub fn exponent(&self) -> i64 {
        if self.digits.is_empty() { 0 } else { self.point - 1 }
    }

    /// How many digits there are.
    pub fn len(&self) -> usize {
        self.digits.len()
    }

    /// Whether it is zero.
    pub fn is_empty(&self) -> bool {
        self.digits.is_empty()
    }

    /// `123.4500`, with as many decimals; all that there are without a number. Digits beyond are cut.
    pub fn plain(&self, decimals: Option<usize>) -> String {
        let decimals = decimals.unwrap_or_else(|| usize::try_from(length(self.digits.len()) - self.point).unwrap_or(0));
        let whole = usize::try_from(self.point).unwrap_or(0);
        let mut out = String::with_capacity(whole + decimals + 2);
        if whole == 0 {
            out.push('0');
        }
        let digit = |at: i64| usize::try_from(at).ok().and_then(|at| self.digits.get(at)).map_or('0', |d| *d as char);
        out.extend((0..length(whole)).map(digit));
        if decimals > 0 {
            out.push('.');
            out.extend((0..length(decimals)).map(|i| digit(self.point + i)));
        }
        out
    }

    /// `1.2345e+02`, with as many decimals; all that there are without a number. Digits beyond are cut.
    pub fn scientific(&self, decimals: Option<usize>) -> String {
        let decimals = decimals.unwrap_or(self.digits.len().saturating_sub(1));
        let digit = |at: usize| self.digits.get(at).map_or('0', |d| *d as char);
        let mut out = String::from(digit(0));
        if decimals > 0 {
            out.push('.');
            out.extend((1..=decimals).map(digit));
        }
        let exponent = self.exponent();
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(&format!("e{sign}{:02}", exponent.unsigned_abs()));
        out
    }
}

fn digits(units: &BigUint) -> Vec<u8> {
    units.to_str_radix(10).into_bytes()
}

/// `magnitude × 2^exponent` in units of one, or of `10^exponent` if it is negative.
fn scaled(magnitude: &BigUint, exponent: i64) -> BigUint {
    let power = exponent.unsigned_abs();
    if exponent >= 0 {
        magnitude << power
    } else {
        magnitude * BigUint::from(5u8).pow(u32::try_from(power).unwrap_or(u32::MAX))
    }
}
