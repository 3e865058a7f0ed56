//! `variables`, and `$NAME` in texts.
//!
//! A project, a schedule or a person may set other values when a pipeline runs; what the files say is taken
//! for what holds, as people do who read them. What only the host knows is a hole.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::merge::{field, flat, text_of};
use crate::value::{ByName, Hole, Object, Origins, Part, Repr, Text, Unknown, Value, Why, WhyKind};

/// Variables with the values that they may have, all of them if there are several.
#[derive(Clone, Debug, Default)]
pub struct Variables(ByName<Vec<Value>>);

/// Variables in values of variables are followed so far.
const MAX_DEPTH: usize = 8;

/// So many texts are made of one; a matrix may have more.
const MAX_TEXTS: usize = 64;

impl Variables {
    /// Sets what a `variables` mapping says: it wins over what was there.
    pub fn set(&mut self, variables: Option<&Value>) {
        for (name, value) in entries(variables) {
            self.0.insert(name, vec![value]);
        }
    }

    /// Adds what variables may be as well: each of these rules sets some of them, or none.
    pub fn add(&mut self, rules: &[Option<Value>]) {
        let mut set: ByName<Vec<Value>> = ByName::default();
        for (name, value) in rules.iter().flat_map(|rule| entries(rule.as_ref())) {
            set.entry(name).or_default().push(value);
        }
        for (name, values) in set {
            let before = self.0.entry(name).or_default();
            if values.len() == rules.len() {
                before.clear();
            } else if before.is_empty() {
                before.push(Value::unknown(Why::new(WhyKind::Maybe, "a rule sets it")));
            }
            for value in values {
                if !before.iter().any(|known| known.as_str().is_some() && known.as_str() == value.as_str()) {
                    before.push(value);
                }
            }
        }
    }

    /// Sets the values of a matrix, which win over all others.
    pub fn set_matrix(&mut self, parallel: Option<&Value>) {
        let matrix = parallel.and_then(Value::as_object).and_then(|p| field(p, "matrix"));
        let mut all: ByName<Vec<Value>> = ByName::default();
        for combination in flat(matrix) {
            let Some(object) = combination.as_object() else { continue };
            for (name, values) in &object.fields {
                all.entry(name.clone()).or_default().extend(flat(Some(values)));
            }
        }
        self.0.extend(all);
    }

    /// Drops all but some.
    pub fn keep(&mut self, kept: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| kept(name));
    }

    /// The value of a variable, if it can have but one and that is a known text.
    pub fn known(&self, name: &str) -> Option<EcoString> {
        match self.0.get(name).map(Vec::as_slice) {
            Some([only]) => text_of(only).filter(|text| !text.contains('$')),
            _ => None,
        }
    }

    /// Whether a variable is set here.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The variables as rules see them; one that may have several values is not known.
    pub fn object(&self) -> Value {
        Value::object(self.0.iter().map(|(name, values)| {
            let value = match &values[..] {
                [only] => only.clone(),
                _ => several(name, values),
            };
            (name.clone(), value)
        }))
    }

    /// The texts that a text may be once variables are put in: one, with holes for what is not known, or
    /// several if a variable may have several values.
    pub fn texts(&self, value: &Value) -> Vec<Value> {
        let mut out = vec![value.clone()];
        for name in names(value) {
            let Some(values) = self.0.get(&name).filter(|values| values.len() > 1) else { continue };
            let mut each = Vec::new();
            for text in &out {
                for value in values {
                    let mut one = Self(self.0.clone());
                    one.0.insert(name.clone(), vec![value.clone()]);
                    each.push(one.only(text, &name));
                }
            }
            each.truncate(MAX_TEXTS);
            out = each;
        }
        out.iter().map(|text| self.text(text)).collect()
    }

    /// A text in which one variable is put in.
    fn only(&self, value: &Value, name: &str) -> Value {
        self.put(value, &|other| other == name, 0)
    }

    /// A text with what is known of the variables in it; the rest are holes.
    pub fn text(&self, value: &Value) -> Value {
        let known = self.put(value, &|_| true, 0);
        let Repr::String(text) = &known.repr else { return known };
        let mut parts = Vec::new();
        for part in text.parts() {
            match part {
                Part::Known(text) => parts.extend(pieces(&text).into_iter().map(|piece| match piece {
                    Piece::Text(text) => Part::Known(text.into()),
                    Piece::Variable { written, .. } => {
                        let why = Why::new(WhyKind::PipelineExpression, written);
                        let span = known.origins.iter().last().map(|o| o.anchor);
                        Part::Hole(Hole { unknown: Arc::new(Unknown::because(why)), written: written.into(), span })
                    }
                })),
                hole @ Part::Hole(_) => parts.push(hole),
            }
        }
        Value::from(Repr::String(Text::from_parts(parts))).with_origins(known.origins)
    }

    /// A script in which variables with known values are put in; what the shell knows stays.
    pub fn script(&self, value: &Value, wanted: &dyn Fn(&str) -> bool) -> Value {
        self.put(value, wanted, 0)
    }

    fn put(&self, value: &Value, wanted: &dyn Fn(&str) -> bool, depth: usize) -> Value {
        let Repr::String(text) = &value.repr else { return value.clone() };
        let mut parts = Vec::new();
        let mut origins = Origins::none();
        for part in text.parts() {
            let Part::Known(text) = part else {
                parts.push(part);
                continue;
            };
            for piece in pieces(&text) {
                match piece {
                    Piece::Text(text) => parts.push(Part::Known(text.into())),
                    Piece::Variable { name, written } => match self.value(name, wanted, depth) {
                        Some(found) => {
                            origins.extend(&found.origins);
                            match (&found.repr, text_of(&found)) {
                                (_, Some(text)) => parts.push(Part::Known(text)),
                                (Repr::String(text), None) => parts.extend(text.parts()),
                                _ => parts.push(Part::Known(written.into())),
                            }
                        }
                        None => parts.push(Part::Known(written.into())),
                    },
                }
            }
        }
        let mut places = value.origins.clone();
        places.extend(&origins);
        Value::from(Repr::String(Text::from_parts(parts))).with_origins(places)
    }

    fn value(&self, name: &str, wanted: &dyn Fn(&str) -> bool, depth: usize) -> Option<Value> {
        let values = self.0.get(name).filter(|_| wanted(name) && depth < MAX_DEPTH)?;
        let [only] = &values[..] else { return None };
        if only.is_unknown() || only.as_list().is_some() || only.as_object().is_some() || only.is_null() {
            return None;
        }
        Some(match &only.repr {
            Repr::String(_) => self.put(only, wanted, depth + 1),
            _ => only.clone(),
        })
    }
}

fn several(name: &str, values: &[Value]) -> Value {
    let origins = values.iter().flat_map(|v| v.origins.iter().cloned()).collect();
    let why = Why::new(WhyKind::PipelineExpression, eco_format!("${name}"));
    let unknown = Unknown { refinement: crate::value::Refinement::OneOf(values.into()), ..Unknown::because(why) };
    Value::from(Repr::Unknown(Arc::new(unknown))).with_origins(origins)
}

/// The variables that a mapping sets, each with its value; null if there is no mapping.
pub fn plain(variables: Option<&Value>) -> Value {
    let Some((written, object)) = variables.and_then(|v| Some((v, v.as_object()?))) else { return Value::null() };
    let fields = entries(variables).into_iter().collect();
    let object = Object { fields, header: object.header.clone(), open: object.open.clone(), ..Object::default() };
    Value::from_object(object).with_origins(written.origins.clone())
}

/// The variables of a mapping with their values, which may be written with a description.
fn entries(variables: Option<&Value>) -> Vec<(EcoString, Value)> {
    let Some(object) = variables.and_then(Value::as_object) else { return Vec::new() };
    let value = |value: &Value| match value.as_object() {
        Some(long) => {
            long.get("value").cloned().unwrap_or_else(|| Value::string("").with_origins(value.origins.clone()))
        }
        None => value.clone(),
    };
    object.fields.iter().map(|(name, written)| (name.clone(), value(written))).collect()
}

/// The variables in the known parts of a text.
pub fn names(value: &Value) -> Vec<EcoString> {
    let Repr::String(text) = &value.repr else { return Vec::new() };
    let mut found: Vec<EcoString> = Vec::new();
    for part in text.parts() {
        let Part::Known(text) = part else { continue };
        for piece in pieces(&text) {
            if let Piece::Variable { name, .. } = piece
                && !found.iter().any(|known| known == name)
            {
                found.push(name.into());
            }
        }
    }
    found
}

/// A piece of a text.
enum Piece<'a> {
    Text(&'a str),
    Variable { name: &'a str, written: &'a str },
}

/// A text taken apart at `$NAME` and `${NAME}`; `$$` is a dollar sign.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(dollar) = text[at..].find('$').map(|i| i + at) {
        let behind = &text[dollar + 1..];
        if behind.starts_with('$') {
            at = dollar + 2;
            continue;
        }
        let (inner, braced) = behind.strip_prefix('{').map_or((behind, false), |inner| (inner, true));
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let name = &inner[..end];
        let closed = !braced || inner[end..].starts_with('}');
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !closed {
            at = dollar + 1;
            continue;
        }
        let next = dollar + 1 + end + if braced { 2 } else { 0 };
        if start < dollar {
            out.push(Piece::Text(&text[start..dollar]));
        }
        out.push(Piece::Variable { name, written: &text[dollar..next] });
        start = next;
        at = next;
    }
    if start < text.len() {
        out.push(Piece::Text(&text[start..]));
    }
    out
}
