//! Arguments as the types that functions want, converted as Terraform converts arguments.

use ecow::EcoString;
use unicode_normalization::UnicodeNormalization;

use super::{Call, convert, non_null, spread};
use crate::{
    eval::{EvalError, Mode},
    value::{List, Number, Object, Repr, Text, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

impl<'a> Call<'a> {
    /// An error about one argument.
    pub fn fault(&self, index: usize, message: impl std::fmt::Display) -> EvalError {
        let origins = self.args.get(index).map(|v| v.origins.clone()).unwrap_or_default();
        EvalError { origins, ..EvalError::new(format!("argument {} of `{}`: {message}", index + 1, self.name)) }
    }

    /// An argument of another type than the function takes. In a rule that is a document of another
    /// shape; null stays an error, because it would be hidden too easily.
    pub fn wrong(&self, index: usize, expected: &str) -> EvalError {
        let Some(value) = self.args.get(index) else { return self.fault(index, "it is missing") };
        if value.is_null() {
            return self.fault(index, format_args!("it is null where {expected} is needed"));
        }
        EvalError {
            shape: self.mode == Mode::Rule,
            ..self.fault(index, format_args!("{expected} is needed, not {}", with_article(value.kind_name())))
        }
    }

    /// The argument, if it is there.
    pub fn get(&self, index: usize) -> Option<&'a Value> {
        self.args.get(index)
    }

    /// The argument, which must not be null.
    pub fn present(&self, index: usize) -> Result<&'a Value> {
        match self.args.get(index) {
            Some(value) if !value.is_null() => Ok(value),
            Some(_) => Err(self.fault(index, "it must not be null")),
            None => Err(self.fault(index, "it is missing")),
        }
    }

    /// A string, number or boolean as text; an unknown as a hole.
    pub fn text(&self, index: usize) -> Result<Text> {
        let value = self.present(index)?;
        convert::parts_of(value, None).map(Text::from_parts).ok_or_else(|| self.wrong(index, "a string"))
    }

    /// A known string, number or boolean as text.
    pub fn string(&self, index: usize) -> Result<EcoString> {
        match self.text(index)? {
            Text::Whole(text) => Ok(text),
            Text::Holed(_) => Err(self.fault(index, "it is not known")),
        }
    }

    /// A known number.
    pub fn number(&self, index: usize) -> Result<Number> {
        convert::number_of(self.present(index)?).ok_or_else(|| self.wrong(index, "a number"))
    }

    /// A known whole number.
    pub fn integer(&self, index: usize) -> Result<i64> {
        self.number(index)?.as_i64().ok_or_else(|| self.wrong(index, "a whole number"))
    }

    /// A list, tuple or set.
    pub fn list(&self, index: usize) -> Result<&'a List> {
        self.present(index)?.as_list().ok_or_else(|| self.wrong(index, "a list"))
    }

    /// A list or tuple; in configuration no set, whose elements have no order.
    pub fn sequence(&self, index: usize) -> Result<&'a List> {
        let list = self.list(index)?;
        if self.mode == Mode::Configuration && list.kind == crate::value::ListKind::Set {
            return Err(self.wrong(index, "a list"));
        }
        Ok(list)
    }

    /// An object or map.
    pub fn object(&self, index: usize) -> Result<&'a Object> {
        self.present(index)?.as_object().ok_or_else(|| self.wrong(index, "a map or object"))
    }

    /// The result for an unknown argument, if there is one: an argument that is null is an error
    /// even then.
    pub fn unknown_argument(&self) -> Option<Value> {
        self.args.iter().find(|v| v.is_unknown()).map(|v| non_null(spread::why_of(v)))
    }
}

/// An unknown that is not null, because it cannot be told which elements a list has.
pub fn doubtful(list: &List) -> Value {
    non_null(list.doubt().unwrap_or_else(|| Why::new(WhyKind::Repeated, "")))
}

/// A string as Terraform keeps strings: composed (NFC).
pub fn string(text: impl Into<EcoString>) -> Value {
    Value::string(composed(text.into()))
}

/// A text with holes, or a whole one.
pub fn text(text: Text) -> Value {
    match text {
        Text::Whole(whole) => string(whole),
        holed @ Text::Holed(_) => Repr::String(holed).into(),
    }
}

/// The text composed (NFC).
pub fn composed(text: EcoString) -> EcoString {
    if text.is_ascii() || unicode_normalization::is_nfc(&text) { text } else { text.nfc().collect() }
}

fn with_article(noun: &str) -> String {
    match noun.chars().next() {
        Some('a' | 'e' | 'i' | 'o' | 'u') => format!("an {noun}"),
        _ => format!("a {noun}"),
    }
}
