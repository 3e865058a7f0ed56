//! Why values are not known, for programs that count: `because` in what `inspect` prints, `bench/unknowns` over it.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::value::{Object, Part, Repr, Text, Value, Why, WhyKind};

/// One element for each pointer that `inspect` calls unknown, in the same order: where, of which kind, what it is
/// about, and whether a part of it is known.
pub(super) fn because(value: &Value) -> Json {
    let mut out = Vec::new();
    collect(value, "", &mut out);
    Json::Array(out)
}

fn collect(value: &Value, pointer: &str, out: &mut Vec<Json>) {
    let mut push = |why: &Why, partly: bool| {
        out.push(json!({ "at": pointer, "kind": kind(why.kind), "subject": why.subject.as_str(), "partly": partly }));
    };
    match &value.repr {
        Repr::Null | Repr::Bool(_) | Repr::Number(_) => {}
        Repr::Unknown(unknown) => push(&unknown.why, false),
        Repr::String(text) => {
            let partly = match text {
                Text::Whole(_) => true,
                Text::Holed(parts) => parts.iter().any(|p| matches!(p, Part::Known(known) if !known.is_empty())),
            };
            if let Some(hole) = text.holes().next() {
                push(&hole.unknown.why, partly);
            }
        }
        Repr::List(list) => match list.doubt() {
            Some(why) => push(&why, true),
            None => list.items.iter().enumerate().for_each(|(i, v)| collect(v, &format!("{pointer}/{i}"), out)),
        },
        Repr::Object(object) => {
            if let Some(why) = &object.open {
                return push(why, true);
            }
            for (name, v) in &object.fields {
                let step = name.as_str().replace('~', "~0").replace('/', "~1");
                collect(v, &format!("{pointer}/{step}"), out);
            }
        }
    }
}

/// How many values are known, and how many are not, by reason.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Known values that are no collections, sensitive ones included.
    pub(super) known: usize,
    /// How many of these are sensitive; what is inside of a sensitive collection is not counted.
    pub(super) sensitive: usize,
    /// How many are not known, by the word for the reason.
    pub(super) unknown: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// Counts what is in the body of an entity, and not what other entities are referred to.
    pub(super) fn add(&mut self, body: &Value) {
        match body.as_object() {
            Some(object) if !body.sensitive => self.object(object),
            _ => self.value(body),
        }
    }

    fn object(&mut self, object: &Object) {
        object.fields.values().for_each(|v| self.value(v));
        if let Some(why) = &object.open {
            self.not_known(why);
        }
    }

    fn value(&mut self, value: &Value) {
        if let Repr::Unknown(unknown) = &value.repr {
            return self.not_known(&unknown.why);
        }
        if value.sensitive {
            self.sensitive += 1;
            self.known += 1;
            return;
        }
        match &value.repr {
            Repr::String(text) => match text.holes().next() {
                Some(hole) => self.not_known(&hole.unknown.why),
                None => self.known += 1,
            },
            Repr::List(list) => {
                list.items.iter().for_each(|v| self.value(v));
                if let Some(why) = list.doubt() {
                    self.not_known(&why);
                }
            }
            Repr::Object(object) if object.identity.is_some() => {}
            Repr::Object(object) => self.object(object),
            Repr::Null | Repr::Bool(_) | Repr::Number(_) | Repr::Unknown(_) => self.known += 1,
        }
    }

    fn not_known(&mut self, why: &Why) {
        *self.unknown.entry(kind(why.kind)).or_default() += 1;
    }
}

/// A word for a kind of reason.
fn kind(kind: WhyKind) -> &'static str {
    match kind {
        WhyKind::NoDefault => "variable without value",
        WhyKind::DataSource => "data source",
        WhyKind::AfterApply => "known after apply",
        WhyKind::ModuleMissing => "module not in the repository",
        WhyKind::Function => "function without value before apply",
        WhyKind::PipelineExpression => "pipeline expression",
        WhyKind::HostSetting => "setting of the host",
        WhyKind::Repeated => "number of instances",
        WhyKind::Invalid => "error in the configuration",
        WhyKind::WrongShape => "document of another shape",
        WhyKind::Budget => "more than is expanded",
        WhyKind::Maybe => "may not exist",
        WhyKind::NotEvaluated => "not evaluated",
    }
}

#[cfg(test)]
mod tests {
    use ecow::EcoString;

    use super::*;
    use crate::cli::inspect::to_json;

    #[test]
    fn there_is_a_reason_for_each_pointer_that_is_unknown() {
        let unknown = |kind, subject: &str| Value::unknown(Why::new(kind, subject));
        let value = Value::from_object(Object {
            fields: [
                (EcoString::from("a/b"), unknown(WhyKind::NoDefault, "x")),
                ("list".into(), Value::tuple(vec![Value::null(), unknown(WhyKind::DataSource, "data.y.z")])),
                ("text".into(), Value::string("known")),
            ]
            .into_iter()
            .collect(),
            ..Object::default()
        });
        let mut pointers = Vec::new();
        to_json(&value, "", &mut pointers);
        let found = because(&value);
        assert_eq!(pointers, ["/a~1b", "/list/1"]);
        assert_eq!(
            found,
            json!([
                { "at": "/a~1b", "kind": "variable without value", "subject": "x", "partly": false },
                { "at": "/list/1", "kind": "data source", "subject": "data.y.z", "partly": false },
            ])
        );
    }
}
