//! `<< ... >>`: what CircleCI puts into a configuration before it runs it.
//!
//! Such an expression is a hole in a text until its value is known: parameters of a command, job or executor are
//! known where it is used, those of the pipeline have defaults, and what the event brings is known only then.

use std::{cell::Cell, collections::HashMap, ops::Range, sync::Arc};

use ecow::{EcoString, eco_format};

use crate::{
    source::{SourceMap, Span},
    syntax::node::{Scalar, Style},
    value::{Hole, List, Object, Origin, OriginStep, Origins, Part, Repr, Text, Unknown, Value, Why, WhyKind},
};

/// So many values are looked at with the parameters of one use of a job or command.
const MOST_VALUES: usize = 20_000;

/// A longer text is not put together.
const LONGEST_TEXT: usize = 200_000;

/// What makes values of the strings of a configuration.
pub fn texts(sources: &SourceMap) -> impl Fn(&Scalar, Span) -> Value + '_ {
    move |scalar, span| Repr::String(text(scalar, span, sources.text(span))).into()
}

/// A string with its expressions as holes. `raw` is what the file has at `span`.
fn text(scalar: &Scalar, span: Span, raw: &str) -> Text {
    let found = find(&scalar.text);
    if found.is_empty() {
        return Text::Whole(scalar.text.replace("\\<<", "<<"));
    }
    // In a block the same texts stand in the same order, with other blanks before them.
    let places = if scalar.style == Style::Quoted && raw.contains('\\') { Vec::new() } else { find(raw) };
    let mut parts = Vec::new();
    let mut end = 0;
    for (i, range) in found.iter().enumerate() {
        parts.push(Part::Known(scalar.text[end..range.start].into()));
        let written: EcoString = scalar.text[range.clone()].into();
        let place = places.get(i).filter(|place| raw[(*place).clone()] == *written).map_or(span, |place| {
            let start = span.start as usize;
            Span::new(span.file, start + place.start, start + place.end)
        });
        let why = Why::new(WhyKind::PipelineExpression, written.clone());
        parts.push(Part::Hole(Hole { unknown: Arc::new(Unknown::because(why)), written, span: Some(place) }));
        end = range.end;
    }
    parts.push(Part::Known(scalar.text[end..].into()));
    Text::from_parts(parts)
}

/// The expressions of a text, with their brackets. Here documents of shells begin with `<<` too, and do not end.
fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("<<").map(|i| i + at) {
        let behind = start + "<<".len();
        let line = text[behind..].find('\n').map_or(text.len(), |i| i + behind);
        let end = text[behind..line].find(">>").map(|i| i + behind);
        match end {
            Some(end) if !text[..start].ends_with('\\') && is_expression(&text[behind..end]) => {
                found.push(start..end + ">>".len());
                at = end + ">>".len();
            }
            _ => at = behind,
        }
    }
    found
}

fn is_expression(inner: &str) -> bool {
    let inner = inner.trim_start().trim_start_matches("not ").trim_start_matches(['(', ' ']);
    ["parameters.", "pipeline.", "matrix."].iter().any(|prefix| inner.starts_with(prefix))
}

/// What stands between the brackets of an expression.
pub fn inner(written: &str) -> &str {
    written.trim().strip_prefix("<<").and_then(|t| t.strip_suffix(">>")).unwrap_or(written).trim()
}

/// The expression that a value is, if it is one and nothing else.
pub fn whole(value: &Value) -> Option<&str> {
    let Repr::String(Text::Holed(parts)) = &value.repr else { return None };
    match &parts[..] {
        [Part::Hole(hole)] => Some(inner(&hole.written)),
        _ => None,
    }
}

/// Values by the names that expressions have for them: `parameters.env`.
#[derive(Debug)]
pub struct Scope {
    values: HashMap<EcoString, Value>,
    /// How many values it may still look at: parameters that are put into parameters grow without end.
    fuel: Cell<usize>,
}

impl Default for Scope {
    fn default() -> Self {
        Self { values: HashMap::new(), fuel: Cell::new(MOST_VALUES) }
    }
}

impl Scope {
    /// A scope of values that have no parameters in them, so that nothing grows.
    pub fn of_texts() -> Self {
        Self { values: HashMap::new(), fuel: Cell::new(usize::MAX) }
    }

    /// Sets what a name stands for.
    pub fn set(&mut self, prefix: &str, name: &str, value: Value) {
        self.values.insert(eco_format!("{prefix}.{name}"), value);
    }

    /// What an expression stands for.
    pub fn get(&self, expression: &str) -> Option<&Value> {
        self.values.get(expression)
    }

    /// The same value with what is known in place of its expressions.
    pub fn apply(&self, value: &Value) -> Value {
        let fuel = self.fuel.get();
        if self.values.is_empty() || fuel == 0 {
            return value.clone();
        }
        self.fuel.set(fuel - 1);
        match &value.repr {
            Repr::String(text @ Text::Holed(parts)) => match &parts[..] {
                [Part::Hole(hole)] => match self.get(inner(&hole.written)) {
                    Some(given) => used_at(given, value),
                    None => value.clone(),
                },
                _ => self.apply_text(value, text),
            },
            Repr::List(list) => {
                let mut list = List::clone(list);
                list.items = list.items.iter().map(|item| self.apply(item)).collect();
                Value { repr: Repr::List(Arc::new(list)), ..value.clone() }
            }
            Repr::Object(object) => Value { repr: Repr::Object(Arc::new(self.apply_object(object))), ..value.clone() },
            _ => value.clone(),
        }
    }

    /// The same for all fields of an object.
    pub fn apply_object(&self, object: &Object) -> Object {
        let mut out = object.clone();
        for value in out.fields.values_mut() {
            *value = self.apply(value);
        }
        out
    }

    fn apply_text(&self, value: &Value, text: &Text) -> Value {
        let mut origins = value.origins.clone();
        let mut parts = Vec::new();
        for part in text.parts() {
            let given = match &part {
                Part::Hole(hole) => self.get(inner(&hole.written)),
                Part::Known(_) => None,
            };
            match given.map(|given| (&given.repr, given)) {
                Some((Repr::String(inner), given)) => {
                    parts.extend(inner.parts());
                    origins.extend(&given.origins);
                }
                Some((Repr::Bool(b), given)) => {
                    parts.push(Part::Known(eco_format!("{b}")));
                    origins.extend(&given.origins);
                }
                Some((Repr::Number(n), given)) => {
                    parts.push(Part::Known(eco_format!("{n}")));
                    origins.extend(&given.origins);
                }
                _ => parts.push(part),
            }
        }
        if parts.iter().map(Part::weight).sum::<usize>() > LONGEST_TEXT {
            return value.clone();
        }
        Value { repr: Repr::String(Text::from_parts(parts)), origins, ..value.clone() }
    }
}

/// A value that is given elsewhere, at the place that uses it.
fn used_at(given: &Value, at: &Value) -> Value {
    let uses = at.origins.iter().map(|origin| match origin.step {
        OriginStep::Here => origin.with_step(OriginStep::Use),
        _ => origin.clone(),
    });
    let origins: Origins = uses.chain(given.origins.iter().cloned()).collect();
    Value { origins, ..given.clone() }
}

/// A value that is used from another place: each part of it came through there.
pub fn through(value: &Value, place: &Origin) -> Value {
    let mut out = value.clone();
    match &value.repr {
        Repr::List(list) => {
            let items = list.items.iter().map(|item| through(item, place)).collect();
            out.repr = Repr::List(Arc::new(List { items, ..List::clone(list) }));
        }
        Repr::Object(object) => {
            let fields = object.fields.iter().map(|(name, value)| (name.clone(), through(value, place))).collect();
            out.repr = Repr::Object(Arc::new(Object { fields, ..Object::clone(object) }));
        }
        _ => {}
    }
    out.origins.push_front(place.with_step(OriginStep::Use));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_documents_are_no_expressions() {
        let at = |text: &'static str| find(text).into_iter().map(|r| &text[r]).collect::<Vec<_>>();
        assert_eq!(at("cat <<EOF >> x\n<< parameters.x >>\nEOF"), ["<< parameters.x >>"]);
        assert_eq!(
            at("a <<parameters.a>> \\<< parameters.b >> << matrix.c >>"),
            ["<<parameters.a>>", "<< matrix.c >>"]
        );
        assert_eq!(at("<<"), Vec::<&str>::new());
    }
}
