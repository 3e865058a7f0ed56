//! What a fix changes in one entity: the values of the rule, and where what they take the place of was decided.

pub mod apply;

use serde_json::Value as Json;

use super::scope::RuleScope;
use crate::{
    eval::{
        Locals, Mode, evaluate,
        functions::{equality::equal, json},
    },
    report::{FixNote, FixPlace, FixStep},
    rule::compile::{Edit, Fix},
    source::FileId,
    syntax::hcl::Expr,
    value::{Origin, OriginStep, Origins, Repr, Truth, Value},
};

/// The fix of a rule for one violation. What cannot be told is left out: a fix that only a person can make has no steps.
pub(super) fn note(fix: &Fix, entity: &Origin, scope: &RuleScope<'_>) -> FixNote {
    let mut note = FixNote {
        summary: fix.summary.clone(),
        safety: fix.safety.clone(),
        reason: fix.reason.clone(),
        ..FixNote::default()
    };
    let value_of = |expr: &Expr| evaluate(expr, scope, &Locals::NONE).ok().filter(|v| !v.sensitive);
    let target = match &fix.target {
        Some(expr) => value_of(expr),
        None => scope.this.cloned(),
    };
    let Some(target) = target else { return note };
    let mut steps = Steps { holder: place(entity), out: Vec::new(), words: Vec::new() };
    if let Some(header) = target.as_object().and_then(|o| o.header.as_ref()) {
        steps.holder = place(header);
    }
    for edit in &fix.edits {
        match edit {
            Edit::Set(expr) => {
                let Some(values) = value_of(expr) else { return note };
                steps.set(&target, &values, "");
            }
            Edit::Append(expr) => {
                let Some(values) = value_of(expr) else { return note };
                steps.append(&target, &values);
            }
            Edit::Remove(names) => {
                for name in names {
                    let path: Vec<&str> = name.split('.').collect();
                    steps.remove(&target, &path);
                }
            }
            Edit::InsertInside(code) => {
                let Some(code) = value_of(code).and_then(|v| v.as_str().map(ToString::to_string)) else { return note };
                note.code.clone_from(&code);
                let holder = steps.holder;
                steps.out.push(FixStep::Insert { holder, code });
            }
            Edit::InsertAfter { after, code } => {
                let Some(code) = value_of(code).and_then(|v| v.as_str().map(ToString::to_string)) else { return note };
                let block = value_of(after).and_then(|v| v.as_object().and_then(|o| o.header.as_ref().map(place)));
                note.code.clone_from(&code);
                steps.out.push(FixStep::InsertAfter { block: block.unwrap_or_else(|| place(entity)), code });
            }
        }
    }
    // The rule says what to set in its own names; here is what that comes to.
    if !steps.words.is_empty() && fix.edits.iter().all(|edit| matches!(edit, Edit::Set(_))) {
        note.summary = steps.words.join(" and ");
    }
    note.steps = steps.out;
    note
}

struct Steps {
    /// What lacks something, if the target has no text of its own.
    holder: FixPlace,
    out: Vec<FixStep>,
    /// What is set, in words.
    words: Vec<String>,
}

impl Steps {
    /// Gives what `target` holds the values of an object; objects in it are blocks or mappings.
    fn set(&mut self, target: &Value, values: &Value, within: &str) {
        match (&target.repr, values.as_object()) {
            (Repr::List(list), _) => list.items.iter().for_each(|item| self.set(item, values, within)),
            (Repr::Object(object), Some(values)) => {
                let holder = object.header.as_ref().map_or(self.holder, place);
                for (name, value) in &values.fields {
                    // Dots lead on in the names that a rule begins with; further in, they are part of a name, as in a label.
                    let path = if within.is_empty() { name.split('.').collect() } else { vec![name.as_str()] };
                    self.set_one(target, holder, &path, value, within);
                }
            }
            _ => {}
        }
    }

    fn set_one(&mut self, target: &Value, holder: FixPlace, path: &[&str], value: &Value, within: &str) {
        let Some((name, rest)) = path.split_first() else { return };
        let held = match &target.repr {
            Repr::List(list) => {
                return list.items.iter().for_each(|item| self.set_one(item, holder, path, value, within));
            }
            Repr::Object(object) => object.get(name),
            _ => None,
        };
        let holder = target.as_object().and_then(|o| o.header.as_ref()).map_or(holder, place);
        // A rule gives null to what it leaves as it is. What is so already, if only by the provider's default, is not
        // written again.
        if value.is_null() || rest.is_empty() && held.is_some_and(|held| is_so(held, value)) {
            return;
        }
        match held.filter(|held| is_written(held)) {
            None => self.missing(holder, path.iter().map(ToString::to_string).collect(), value, within),
            Some(held) if !rest.is_empty() => self.set_one(held, holder, rest, value, &format!("{within}{name}.")),
            Some(held) if value.as_object().is_some() && is_nested(held) => {
                self.set(held, value, &format!("{within}{name}."));
            }
            Some(held) => {
                let Some(value) = known(value) else { return };
                let current = known(held).unwrap_or(Json::Null);
                self.say(&format!("{within}{name}"), &value);
                self.out.push(FixStep::Replace { places: places(&held.origins), current, value });
            }
        }
    }

    /// What is missing whole is written whole, so that one block holds all that is set in it.
    fn missing(&mut self, holder: FixPlace, path: Vec<String>, value: &Value, within: &str) {
        if let Some(value) = known(value).and_then(without_nulls) {
            self.say(&format!("{within}{}", path.join(".")), &value);
            self.out.push(FixStep::Set { holder, path, value });
        }
    }

    fn say(&mut self, path: &str, value: &Json) {
        match value {
            Json::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    self.say(&format!("{path}.{name}"), value);
                }
            }
            value => {
                let words = format!("set `{path} = {value}`");
                if !self.words.contains(&words) {
                    self.words.push(words);
                }
            }
        }
    }

    fn append(&mut self, target: &Value, values: &Value) {
        let Some(values) = values.as_object() else { return };
        for (name, value) in &values.fields {
            let held = name.split('.').try_fold(target, |held, step| match &held.repr {
                Repr::Object(object) => object.get(step),
                Repr::List(list) if list.items.len() == 1 => list.items[0].as_object().and_then(|o| o.get(step)),
                _ => None,
            });
            let Some(Json::Array(values)) = known(value) else { continue };
            match held.filter(|held| is_written(held)) {
                Some(held) => self.out.push(FixStep::Append { places: places(&held.origins), values }),
                None if !name.contains('.') => {
                    let holder = target.as_object().and_then(|o| o.header.as_ref()).map_or(self.holder, place);
                    self.out.push(FixStep::Set { holder, path: vec![name.to_string()], value: Json::Array(values) });
                }
                None => {}
            }
        }
    }

    fn remove(&mut self, target: &Value, path: &[&str]) {
        let Some((name, rest)) = path.split_first() else { return };
        match &target.repr {
            Repr::List(list) => list.items.iter().for_each(|item| self.remove(item, path)),
            Repr::Object(object) => {
                let Some(held) = object.get(name).filter(|held| is_written(held)) else { return };
                if rest.is_empty() {
                    let holder = object.header.as_ref().map_or(self.holder, place);
                    self.out.push(FixStep::Remove { holder, name: (*name).to_string() });
                } else {
                    self.remove(held, rest);
                }
            }
            _ => {}
        }
    }
}

/// Whether a value is the one that is asked for, once it is converted.
fn is_so(held: &Value, value: &Value) -> bool {
    matches!(equal(held, value, Mode::Rule), Truth::True(_))
}

/// Whether somebody wrote it, if only that it is null.
fn is_written(value: &Value) -> bool {
    let absent = |o: &Origin| matches!(o.step, OriginStep::NotSet(_) | OriginStep::ProviderDefault(_));
    !value.origins.is_empty() && !value.origins.iter().all(absent)
}

/// Whether it is a block or mapping, or the blocks of one kind.
fn is_nested(value: &Value) -> bool {
    match &value.repr {
        Repr::Object(_) => true,
        Repr::List(list) => !list.items.is_empty() && list.items.iter().all(|item| item.as_object().is_some()),
        _ => false,
    }
}

fn place(origin: &Origin) -> FixPlace {
    FixPlace { anchor: origin.anchor, extent: origin.extent }
}

fn places(origins: &Origins) -> Vec<FixPlace> {
    origins.iter().filter(|o| o.anchor.file != FileId::NONE).map(place).collect()
}

/// What is left of a value without the fields that are null, if anything is.
fn without_nulls(value: Json) -> Option<Json> {
    match value {
        Json::Null => None,
        Json::Object(fields) => {
            let fields: serde_json::Map<String, Json> =
                fields.into_iter().filter_map(|(name, value)| Some((name, without_nulls(value)?))).collect();
            (!fields.is_empty()).then_some(Json::Object(fields))
        }
        value => Some(value),
    }
}

/// A value as JSON, if it is wholly known.
fn known(value: &Value) -> Option<Json> {
    if !value.is_wholly_known() || value.sensitive {
        return None;
    }
    serde_json::from_str(json::encode_in_order(value).as_str()?).ok()
}
