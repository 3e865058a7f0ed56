//! Kleene's logic: what three values make of `and`, `or`, `not`.

use std::sync::Arc;

use super::{Origins, Refinement, Repr, Type, Unknown, Value, Why};

/// A truth value: true, false or not known, with the places that decided it.
#[derive(Clone, Debug)]
pub enum Truth {
    /// True.
    True(Origins),
    /// False.
    False(Origins),
    /// Not known, and why.
    Unknown(Vec<Why>, Origins),
}

impl Truth {
    /// A truth that nothing but a rule decided.
    pub fn of(value: bool) -> Self {
        if value { Self::True(Origins::none()) } else { Self::False(Origins::none()) }
    }

    /// The same with these origins in place of its own.
    #[must_use]
    pub fn at(self, origins: Origins) -> Self {
        match self {
            Self::True(_) => Self::True(origins),
            Self::False(_) => Self::False(origins),
            Self::Unknown(why, _) => Self::Unknown(why, origins),
        }
    }

    /// The places that decided it.
    pub fn origins(&self) -> &Origins {
        match self {
            Self::True(o) | Self::False(o) | Self::Unknown(_, o) => o,
        }
    }

    /// `a && b`: one false decides; else one unknown; else both are true.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Self::False(a), Self::False(b)) => Self::False(a.and(&b)),
            (Self::False(a), _) | (_, Self::False(a)) => Self::False(a),
            (Self::Unknown(w, a), Self::Unknown(v, b)) => Self::Unknown(join(w, v), a.and(&b)),
            (Self::Unknown(w, a), _) | (_, Self::Unknown(w, a)) => Self::Unknown(w, a),
            (Self::True(a), Self::True(b)) => Self::True(a.and(&b)),
        }
    }

    /// `a || b`: one true decides; else one unknown; else both are false.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        self.not().and(other.not()).not()
    }

    /// `!a`.
    #[must_use]
    #[allow(clippy::should_implement_trait)]
    pub fn not(self) -> Truth {
        match self {
            Self::True(o) => Self::False(o),
            Self::False(o) => Self::True(o),
            unknown @ Self::Unknown(..) => unknown,
        }
    }

    /// All of them; true for none.
    pub fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::of(true), Truth::and)
    }

    /// Any of them; false for none.
    pub fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::of(false), Truth::or)
    }

    /// As a value.
    pub fn into_value(self) -> Value {
        match self {
            Self::True(o) => Value::bool(true).with_origins(o),
            Self::False(o) => Value::bool(false).with_origins(o),
            Self::Unknown(mut why, o) => {
                let first =
                    if why.is_empty() { Why::new(super::WhyKind::NotEvaluated, "it") } else { why.swap_remove(0) };
                let unknown = Unknown { refinement: Refinement::NonNull, ..Unknown::because(first) };
                Value::from(Repr::Unknown(Arc::new(unknown))).of_type(Type::Bool).with_origins(o)
            }
        }
    }

    /// A value as a truth, if it is a boolean or unknown. `"true"`, `"false"`, `"1"`, `"0"` and the
    /// numbers 1 and 0 count as an argument of boolean type would.
    pub fn from_value(value: &Value) -> Option<Truth> {
        let origins = value.origins.clone();
        Some(match &value.repr {
            Repr::Bool(true) => Self::True(origins),
            Repr::Bool(false) => Self::False(origins),
            Repr::Unknown(unknown) => match alternatives_agree(unknown) {
                Some(true) => Self::True(origins),
                Some(false) => Self::False(origins),
                None => Self::Unknown(vec![unknown.why.clone()], origins),
            },
            Repr::String(text) => match text.as_str() {
                Some("true" | "1") => Self::True(origins),
                Some("false" | "0") => Self::False(origins),
                Some(_) => return None,
                None => Self::Unknown(text.holes().map(|h| h.unknown.why.clone()).collect(), origins),
            },
            Repr::Number(n) if n.as_i64() == Some(1) => Self::True(origins),
            Repr::Number(n) if n.as_i64() == Some(0) => Self::False(origins),
            _ => return None,
        })
    }
}

/// What it is, whichever of the alternatives it is.
fn alternatives_agree(unknown: &Unknown) -> Option<bool> {
    let Refinement::OneOf(values) = &unknown.refinement else { return None };
    let mut truths = values.iter().map(|value| match Truth::from_value(value) {
        Some(Truth::True(_)) => Some(true),
        Some(Truth::False(_)) => Some(false),
        _ => None,
    });
    let first = truths.next()??;
    truths.all(|truth| truth == Some(first)).then_some(first)
}

fn join(mut a: Vec<Why>, b: Vec<Why>) -> Vec<Why> {
    for why in b {
        if !a.contains(&why) {
            a.push(why);
        }
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        source::{FileId, Span},
        value::{Origin, WhyKind},
    };

    fn at(start: usize) -> Origins {
        Origins::one(Origin::here(Span::new(FileId(0), start, start + 1)))
    }

    fn unknown(start: usize) -> Truth {
        Truth::Unknown(vec![Why::new(WhyKind::NoDefault, "x")], at(start))
    }

    #[test]
    fn one_false_decides_and_is_blamed_alone() {
        let result = unknown(1).and(Truth::False(at(2)));
        assert!(matches!(&result, Truth::False(o) if *o == at(2)), "{result:?}");
    }

    #[test]
    fn one_true_decides_or_whatever_the_other_is() {
        let result = unknown(1).or(Truth::True(at(2)));
        assert!(matches!(&result, Truth::True(o) if *o == at(2)), "{result:?}");
    }

    #[test]
    fn what_is_unknown_is_blamed_on_the_unknown() {
        let result = Truth::True(at(1)).and(unknown(2));
        assert!(matches!(&result, Truth::Unknown(_, o) if *o == at(2)), "{result:?}");
    }

    #[test]
    fn nothing_at_all_is_true_for_all_and_false_for_any() {
        assert!(matches!(Truth::all([]), Truth::True(_)));
        assert!(matches!(Truth::any([]), Truth::False(_)));
    }
}
