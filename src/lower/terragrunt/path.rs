//! Paths as Terragrunt gives them: absolute, on a machine that nobody knows.
//!
//! Terragrunt's functions answer with absolute paths. Here the repository lies at [`ROOT`], which no machine
//! has; a path below it leads back to a file of the tree, and where one ends up in a value that a module is
//! given, the part that only the machine knows is a hole.

use std::sync::Arc;

use ecow::EcoString;

use crate::{
    lower::path::join,
    source::Span,
    value::{Hole, List, Object, Part, Refinement, Repr, Text, Unknown, Value, Why, WhyKind},
};

/// Where the repository lies.
const ROOT: &str = "/__repository__";
/// Its last segment, which `basename` gives.
const ROOT_NAME: &str = "__repository__";

/// A path of the tree as Terragrunt would give it.
pub fn absolute(path: &str) -> EcoString {
    if path.is_empty() { ROOT.into() } else { ecow::eco_format!("{ROOT}/{path}") }
}

/// The path of the tree that a written path means, from a directory of the tree; none if it leads out.
pub fn in_tree(dir: &str, path: &str) -> Option<EcoString> {
    match path.strip_prefix(ROOT) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => join("", rest),
        _ if path.starts_with(['/', '~']) => None,
        _ => join(dir, path),
    }
}

/// A path in words: what the machine adds is left out.
pub fn shown(path: &str) -> String {
    match in_tree("", path) {
        Some(found) if path.starts_with(ROOT) && found.is_empty() => ".".into(),
        Some(found) if path.starts_with(ROOT) => found.into(),
        _ => path.replace(&format!("{ROOT}/"), "").replace(ROOT, "."),
    }
}

/// A value without the place that the repository was given here.
pub fn unplaced(value: &Value) -> Value {
    let repr = match &value.repr {
        Repr::String(text) if mentions(text) => Repr::String(holed(text, value.origins.first().map(|o| o.anchor))),
        Repr::List(list) => Repr::List(Arc::new(List {
            items: list.items.iter().map(unplaced).collect(),
            maybe: list.maybe.iter().map(unplaced).collect(),
            ..(**list).clone()
        })),
        Repr::Object(object) => Repr::Object(Arc::new(Object {
            fields: object.fields.iter().map(|(k, v)| (k.clone(), unplaced(v))).collect(),
            ..(**object).clone()
        })),
        _ => return value.clone(),
    };
    Value { repr, ..value.clone() }
}

fn mentions(text: &Text) -> bool {
    text.parts().iter().any(|p| matches!(p, Part::Known(known) if known.contains(ROOT_NAME)))
}

fn holed(text: &Text, span: Option<Span>) -> Text {
    let why = Why::new(WhyKind::NotEvaluated, "where the repository lies on a machine");
    let unknown = Arc::new(Unknown { why, symbol: None, refinement: Refinement::NonNull });
    let hole = || Part::Hole(Hole { unknown: unknown.clone(), written: "${get_repo_root()}".into(), span });
    let mut parts = Vec::new();
    for part in text.parts() {
        let Part::Known(known) = &part else {
            parts.push(part);
            continue;
        };
        for (i, piece) in known.replace(ROOT, ROOT_NAME).split(ROOT_NAME).enumerate() {
            if i > 0 {
                parts.push(hole());
            }
            parts.push(Part::Known(piece.into()));
        }
    }
    Text::from_parts(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_path_leads_back_to_the_tree() {
        assert_eq!(in_tree("live/prod", &absolute("modules//vpc")).as_deref(), Some("modules/vpc"));
        assert_eq!(in_tree("live/prod", &absolute("")).as_deref(), Some(""));
        assert_eq!(in_tree("live/prod", "../../modules//vpc").as_deref(), Some("modules/vpc"));
        assert_eq!(in_tree("live", "/etc/passwd"), None);
        assert_eq!(in_tree("live", "/__repository__x/y"), None);
        assert_eq!(in_tree("live", "../../x"), None);
        assert_eq!(shown(&absolute("live/db/../x.hcl")), "live/x.hcl");
        assert_eq!(shown("../vpc"), "../vpc");
    }

    #[test]
    fn what_only_the_machine_knows_is_a_hole() {
        let value = unplaced(&Value::string(ecow::eco_format!("{}/x", absolute("live"))));
        let Repr::String(text) = &value.repr else { panic!("{value:?}") };
        assert_eq!(text.written(), "${get_repo_root()}/live/x");
        assert_eq!(unplaced(&Value::string("live/x")).as_str(), Some("live/x"));
    }
}
