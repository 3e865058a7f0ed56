//! Actions of the repository.

use super::{Document, Made, expressions, field, step};
use crate::{
    lower::path::{dir_of, name_of},
    model::Lowered,
    value::{Object, Value},
};

/// An action and, if it is a composite one, its steps.
pub fn lower(action: &Document, out: &mut Lowered) {
    let name = field(&action.object, "name").and_then(Value::as_str);
    let dir = dir_of(&action.path);
    let mut object = action.object.clone();
    object.fields.insert("expressions".into(), expressions(&action.object, |_| true));
    let made = Made {
        kind: "github.action",
        address: action.path.clone(),
        name: name.unwrap_or_else(|| name_of(dir)).into(),
        path: &action.path,
        environment: None,
        object,
        header: action.header.clone(),
    };
    let body = made.body();
    let steps = runs(action).and_then(|runs| field(runs, "steps"));
    let owner = step::Owner {
        address: action.path.clone(),
        path: &action.path,
        fields: vec![("action", body.clone())],
        header: &action.header,
        environment: None,
    };
    out.entities.push(made.entity(body));
    step::lower(steps, &owner, out);
}

/// What the action runs.
pub fn runs(action: &Document) -> Option<&Object> {
    field(&action.object, "runs").and_then(Value::as_object)
}
