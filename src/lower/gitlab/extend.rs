//! `extends` and `!reference`: what one job takes from another, each part with the place that takes it.

use std::collections::HashMap;

use ecow::{EcoString, eco_format};

use super::merge::{deep, flat, opened, place_of, through};
use crate::{
    source::{Diagnostic, DiagnosticKind, Span},
    value::{ByName, List, Object, Origin, OriginStep, Repr, Value, Why, WhyKind},
};

/// So many jobs may stand one behind the other by `extends`.
const MAX_EXTENDS: usize = 11;

/// So many references may lead one to the other.
const MAX_REFERENCES: usize = 10;

/// So many values may come by references; real pipelines have some hundreds.
const MAX_REFERENCED: usize = 50_000;

/// Deeper nesting than this is not followed through references; a file by itself has no more.
const MAX_DEPTH: usize = 300;

/// Marks a value that stands for another one of the configuration; the way to it is in `decoded`.
const REFERENCE: &str = "!reference";

/// What stands for a `!reference` until the configuration is whole.
pub fn tagged(tag: &str, value: Value) -> Value {
    if tag != REFERENCE || value.as_list().is_none() {
        return value;
    }
    // The names are what a reader looks for, not the bracket before them.
    let origins = value.origins.iter().map(|o| match o.step {
        OriginStep::Here | OriginStep::Alias => Origin { anchor: o.extent, ..o.clone() },
        _ => o.clone(),
    });
    let origins = origins.collect();
    let mut marker = Value::unknown(Why::new(WhyKind::NotEvaluated, REFERENCE)).with_origins(origins);
    marker.decoded = Some(std::sync::Arc::new(value));
    marker
}

/// The way that a `!reference` names.
fn reference(value: &Value) -> Option<Vec<EcoString>> {
    let marked = value.as_unknown().is_some_and(|u| u.why.subject == REFERENCE);
    let steps = value.decoded.as_ref().filter(|_| marked)?;
    Some(flat(Some(steps)).iter().filter_map(super::merge::text_of).collect())
}

/// A configuration with everything that its parts take from others.
///
/// `missing`: what may hold the parts that are not here, if something is not in the repository.
pub fn resolve(config: &Object, missing: Option<&Why>, diagnostics: &mut Vec<Diagnostic>) -> Object {
    let mut extender = Extender { config, missing, done: HashMap::new(), stack: Vec::new(), diagnostics };
    let mut fields = ByName::default();
    for name in config.fields.keys() {
        if let Some((value, _)) = extender.extend(name) {
            fields.insert(name.clone(), value);
        }
    }
    let extended = Object { fields, ..config.clone() };
    let mut resolver =
        Resolver { config: &extended, missing, budget: MAX_REFERENCED, depth: 0, stack: Vec::new(), diagnostics };
    let fields = extended.fields.iter().map(|(name, value)| (name.clone(), resolver.value(value))).collect();
    Object { fields, ..extended.clone() }
}

struct Extender<'a> {
    config: &'a Object,
    missing: Option<&'a Why>,
    /// Each with how many stand behind it.
    done: HashMap<EcoString, (Value, usize)>,
    /// The jobs that are being read, outermost first.
    stack: Vec<EcoString>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Extender<'_> {
    fn extend(&mut self, name: &EcoString) -> Option<(Value, usize)> {
        if let Some(done) = self.done.get(name) {
            return Some(done.clone());
        }
        let own = self.config.get(name)?;
        let bases = flat(own.as_object().and_then(|o| o.get("extends")));
        if bases.is_empty() {
            return Some((own.clone(), 1));
        }
        self.stack.push(name.clone());
        let mut merged: Option<Value> = None;
        let mut open = None;
        let mut depth = 1;
        for base in &bases {
            match self.base(name, base) {
                Ok((value, levels)) => {
                    depth = depth.max(levels + 1);
                    merged = Some(match merged {
                        Some(before) => deep(before, &value),
                        None => value,
                    });
                }
                Err(why) => open = Some(why),
            }
        }
        self.stack.pop();
        let mut value = match merged {
            Some(merged) => deep(merged, own),
            None => own.clone(),
        };
        if let Some(why) = open {
            value = opened(value, &why);
        }
        if depth == MAX_EXTENDS + 1 {
            let message = format!("`{name}` extends more than {MAX_EXTENDS} levels of jobs");
            self.refuse(message, bases.first(), "GitLab refuses deeper nesting; merge some of these templates");
        }
        self.done.insert(name.clone(), (value.clone(), depth));
        Some((value, depth))
    }

    /// What a job takes from another one, as seen from there.
    fn base(&mut self, name: &EcoString, base: &Value) -> Result<(Value, usize), Why> {
        let Some(wanted) = super::merge::text_of(base) else {
            return Err(base.first_unknown().unwrap_or_else(|| Why::new(WhyKind::WrongShape, "the name of a job")));
        };
        if self.stack.contains(&wanted) {
            let circle = self.stack.iter().skip_while(|n| **n != wanted).cloned().chain([wanted.clone()]);
            let circle = circle.collect::<Vec<_>>().join(" -> ");
            let message = format!("`{name}` extends itself: {circle}");
            self.refuse(message, Some(base), "GitLab refuses a circle of `extends`");
            return Err(Why::new(WhyKind::Invalid, eco_format!("`extends` of `{name}` leads back to it")));
        }
        let found = self.extend(&wanted).filter(|(value, _)| value.as_object().is_some());
        let Some((value, levels)) = found else {
            if let Some(why) = self.missing {
                return Err(why.clone());
            }
            let message = format!("`{name}` extends `{wanted}`, which is nowhere defined");
            self.refuse(message, Some(base), "check the name, and whether the file that defines it is included");
            return Err(Why::new(WhyKind::Invalid, eco_format!("`{wanted}` is nowhere defined")));
        };
        let value = match place_of(base) {
            Some(place) => through(&value, &place),
            None => value,
        };
        Ok((value, levels))
    }

    fn refuse(&mut self, message: String, at: Option<&Value>, help: &str) {
        refuse(self.diagnostics, message, at, help);
    }
}

fn refuse(diagnostics: &mut Vec<Diagnostic>, message: String, at: Option<&Value>, help: &str) {
    let Some(span) = at.and_then(written_at) else { return };
    let diagnostic = Diagnostic::error(DiagnosticKind::Evaluation, message, span).help(help);
    if !diagnostics.contains(&diagnostic) {
        diagnostics.push(diagnostic);
    }
}

/// Where a value itself is written: the last of its places.
pub fn written_at(value: &Value) -> Option<Span> {
    value.origins.iter().last().map(|o| o.anchor)
}

struct Resolver<'a> {
    config: &'a Object,
    missing: Option<&'a Why>,
    budget: usize,
    /// How deep the current value is nested, references unfolded.
    depth: usize,
    /// The references that are being followed.
    stack: Vec<Vec<EcoString>>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Resolver<'_> {
    /// The value without references in it.
    fn value(&mut self, value: &Value) -> Value {
        // Everything downstream may recurse.
        if self.depth > MAX_DEPTH {
            return Value::unknown(Why::new(WhyKind::Budget, eco_format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let resolved = self.without_references(value);
        self.depth -= 1;
        resolved
    }

    fn without_references(&mut self, value: &Value) -> Value {
        if !self.stack.is_empty() {
            self.budget = self.budget.saturating_sub(1);
        }
        if self.budget == 0 && (!self.stack.is_empty() || reference(value).is_some()) {
            return Value::unknown(Why::new(WhyKind::Budget, eco_format!("{MAX_REFERENCED} values by `!reference`")));
        }
        if let Some(path) = reference(value) {
            return self.follow(value, path);
        }
        let mut out = value.clone();
        match &value.repr {
            Repr::List(list) => {
                let items = list.items.iter().map(|item| self.value(item)).collect();
                out.repr = Repr::List(std::sync::Arc::new(List { items, ..List::clone(list) }));
            }
            Repr::Object(object) => {
                let fields = object.fields.iter().map(|(name, value)| (name.clone(), self.value(value))).collect();
                out.repr = Repr::Object(std::sync::Arc::new(Object { fields, ..Object::clone(object) }));
            }
            _ => {}
        }
        out
    }

    fn follow(&mut self, marker: &Value, path: Vec<EcoString>) -> Value {
        let unknown = |why: Why| Value::unknown(why).with_origins(marker.origins.clone());
        let named = path.join(", ");
        if self.stack.contains(&path) || self.stack.len() >= MAX_REFERENCES {
            let what = if self.stack.contains(&path) { "leads back to itself" } else { "is nested too deeply" };
            let message = format!("`!reference [{named}]` {what}");
            refuse(self.diagnostics, message, Some(marker), "GitLab refuses circles and more than ten levels");
            return unknown(Why::new(WhyKind::Invalid, eco_format!("`!reference [{named}]` {what}")));
        }
        self.stack.push(path.clone());
        let found = self.find(&path);
        let resolved = match found {
            Ok(found) => {
                let value = self.value(&found);
                // The nearest place first: the last in the chain of those that lead here.
                let places: Vec<&Origin> = marker.origins.iter().collect();
                places.into_iter().rev().fold(value, |value, place| through(&value, &place.with_step(OriginStep::Use)))
            }
            Err(Some(why)) => unknown(why),
            Err(None) => {
                let message = format!("`!reference [{named}]` names something that is nowhere defined");
                refuse(self.diagnostics, message, Some(marker), "check the names, and whether their file is included");
                unknown(Why::new(WhyKind::Invalid, eco_format!("`!reference [{named}]` is nowhere defined")))
            }
        };
        self.stack.pop();
        resolved
    }

    /// What a way leads to; else why that is not known, and none if there is no such thing.
    fn find(&mut self, path: &[EcoString]) -> Result<Value, Option<Why>> {
        let Some((first, rest)) = path.split_first() else { return Err(None) };
        let Some(start) = self.config.get(first) else { return Err(self.missing.cloned()) };
        let mut at = start.clone();
        for step in rest {
            // On the way there may be another reference.
            if let Some(path) = reference(&at) {
                at = self.follow(&at.clone(), path);
            }
            if let Some(unknown) = at.as_unknown() {
                return Err(Some(unknown.why.clone()));
            }
            let Some(object) = at.as_object() else { return Err(None) };
            let Some(next) = object.get(step) else { return Err(object.open.clone()) };
            at = next.clone();
        }
        Ok(at)
    }
}
