//! Why values are not known, for programs that count: `because` in what `inspect` prints, `bench/unknowns` over it.

use serde_json::{Value as Json, json};

use crate::value::{Part, Repr, Text, Value, Why, WhyKind};

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
    use crate::{cli::inspect::to_json, value::Object};

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
