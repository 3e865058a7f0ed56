//! `spec:inputs`: what a file asks of those who include it, and `$[[ inputs.x ]]` in its texts.

use std::{ops::Range, sync::Arc};

use ecow::{EcoString, eco_format};

use super::merge::{flat, text_of};
use crate::{
    source::Span,
    syntax::node::Scalar,
    value::{ByName, Hole, Object, Origin, OriginStep, Part, Refinement, Repr, Text, Unknown, Value, Why, WhyKind},
};

/// The inputs of a file; none if it has no header, so that nothing is put into its texts.
#[derive(Clone, Debug, Default)]
pub struct Inputs(Option<ByName<Value>>);

impl Inputs {
    /// What the header of a file declares, with what is given for it.
    pub fn of(header: Option<&Value>, given: Option<&Value>) -> Self {
        let Some(spec) = header.and_then(Value::as_object).and_then(|o| o.get("spec")) else { return Self(None) };
        let declared = spec.as_object().and_then(|spec| spec.get("inputs")).and_then(Value::as_object);
        let mut values = ByName::default();
        for (name, settings) in declared.map(|o| &o.fields).into_iter().flatten() {
            let settings = settings.as_object();
            let default = settings.and_then(|s| s.get("default"));
            let value = match given.map(|g| &g.repr) {
                Some(Repr::Object(given)) if given.get(name).is_some() => given.get(name).cloned(),
                Some(Repr::Unknown(unknown)) => Some(Value::unknown(unknown.why.clone())),
                _ => default.cloned(),
            };
            let value = value.unwrap_or_else(|| {
                let why = Why::new(WhyKind::PipelineExpression, eco_format!("input \"{name}\""));
                let options = settings.map(|s| flat(s.get("options"))).unwrap_or_default();
                let refinement =
                    if options.is_empty() { Refinement::NonNull } else { Refinement::OneOf(options.into()) };
                Repr::Unknown(Arc::new(Unknown { refinement, ..Unknown::because(why) })).into()
            });
            values.insert(name.clone(), value);
        }
        Self(Some(values))
    }

    /// The value of a text of the file.
    pub fn text(&self, scalar: &Scalar, span: Span) -> Value {
        let Some(inputs) = &self.0 else { return Value::string(scalar.text.clone()) };
        let found = find(&scalar.text);
        if found.is_empty() {
            return Value::string(scalar.text.clone());
        }
        // An input that is the whole of a value keeps its type.
        if let [only] = &found[..]
            && only.len() == scalar.text.trim().len()
        {
            let mut value = get(inputs, &scalar.text[only.clone()]);
            value.origins.push_front(Origin::new(span, span, OriginStep::Use));
            return value;
        }
        let mut parts = Vec::new();
        let mut origins = crate::value::Origins::one(Origin::here(span));
        let mut end = 0;
        for range in found {
            parts.push(Part::Known(scalar.text[end..range.start].into()));
            let written = &scalar.text[range.clone()];
            let value = get(inputs, written);
            origins.extend(&value.origins);
            parts.extend(parts_of(&value, written, span));
            end = range.end;
        }
        parts.push(Part::Known(scalar.text[end..].into()));
        Value::from(Repr::String(Text::from_parts(parts))).with_origins(origins)
    }

    /// Puts inputs into the names of jobs, too.
    pub fn names(&self, value: Value) -> Value {
        let (Some(inputs), Repr::Object(object)) = (&self.0, &value.repr) else { return value };
        if !object.fields.keys().any(|name| name.contains("$[[")) {
            return value;
        }
        let fields = object.fields.iter().map(|(name, value)| {
            let mut put = EcoString::new();
            let mut end = 0;
            for range in find(name) {
                put.push_str(&name[end..range.start]);
                let written = &name[range.clone()];
                put.push_str(&text_of(&get(inputs, written)).unwrap_or_else(|| written.into()));
                end = range.end;
            }
            put.push_str(&name[end..]);
            (put, value.clone())
        });
        let object = Object { fields: fields.collect(), ..Object::clone(object) };
        Value { repr: Repr::Object(Arc::new(object)), ..value }
    }
}

/// A value within a text.
fn parts_of(value: &Value, written: &str, span: Span) -> Vec<Part> {
    if let Some(text) = text_of(value) {
        return vec![Part::Known(text)];
    }
    if let Repr::String(text) = &value.repr {
        return text.parts();
    }
    let unknown = match &value.repr {
        Repr::Unknown(unknown) => unknown.clone(),
        _ => Arc::new(Unknown::because(Why::new(WhyKind::PipelineExpression, written))),
    };
    vec![Part::Hole(Hole { unknown, written: written.into(), span: Some(span) })]
}

/// What `$[[ inputs.x | function ]]` stands for.
fn get(inputs: &ByName<Value>, written: &str) -> Value {
    let unknown = || Value::unknown(Why::new(WhyKind::PipelineExpression, written));
    let inner = written.trim_start_matches("$[[").trim_end_matches("]]");
    let mut parts = inner.split('|').map(str::trim);
    let Some(name) = parts.next().and_then(|name| name.strip_prefix("inputs.")) else { return unknown() };
    // A variable in the input stays as it is written, and is put in with all others.
    if parts.any(|function| function != "expand_vars") {
        return unknown();
    }
    inputs.get(name).cloned().unwrap_or_else(unknown)
}

/// Where inputs are put into a text.
fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("$[[").map(|i| i + at) {
        let Some(end) = text[start..].find("]]").map(|i| start + i + 2) else { break };
        found.push(start..end);
        at = end;
    }
    found
}
