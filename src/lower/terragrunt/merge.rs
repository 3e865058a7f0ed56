//! A child's configuration over its parent's.

use std::sync::Arc;

use crate::value::{List, Object, Repr, Value};

/// How what is included comes together with what includes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Not at all: what is included can only be referred to.
    NoMerge,
    /// Each input, block and list of the child replaces the parent's.
    Shallow,
    /// Maps are merged key by key, lists are joined.
    Deep,
}

impl Strategy {
    /// The strategy of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "no_merge" => Some(Self::NoMerge),
            "shallow" => Some(Self::Shallow),
            "deep" => Some(Self::Deep),
            _ => None,
        }
    }

    /// A child's value over its parent's, where both are objects of inputs.
    pub fn inputs(self, parent: &Value, child: &Value) -> Value {
        match self {
            Self::NoMerge => child.clone(),
            Self::Shallow => over(parent, child, &|_, child| child.clone()),
            Self::Deep => over(parent, child, &deep),
        }
    }
}

/// Maps are merged key by key at every depth, lists joined; of anything else the child's value stands.
pub fn deep(parent: &Value, child: &Value) -> Value {
    match (&parent.repr, &child.repr) {
        (Repr::Object(_), Repr::Object(_)) => over(parent, child, &deep),
        (Repr::List(a), Repr::List(b)) => {
            let list = List {
                kind: a.kind,
                items: a.items.iter().chain(&b.items).cloned().collect(),
                maybe: a.maybe.iter().chain(&b.maybe).cloned().collect(),
                open: a.open.clone().or_else(|| b.open.clone()),
            };
            Value::list(list)
                .with_origins(child.origins.and(&parent.origins))
                .mark_sensitive(parent.sensitive || child.sensitive)
        }
        // What a list or map that is not known is joined to is not known either.
        (Repr::Object(_) | Repr::List(_), Repr::Unknown(_)) | (Repr::Unknown(_), Repr::Object(_) | Repr::List(_)) => {
            let why = child.first_unknown().or_else(|| parent.first_unknown());
            why.map_or_else(Value::null, Value::unknown)
                .with_origins(child.origins.and(&parent.origins))
                .mark_sensitive(parent.sensitive || child.sensitive)
        }
        _ => child.clone(),
    }
}

fn over(parent: &Value, child: &Value, both: &dyn Fn(&Value, &Value) -> Value) -> Value {
    let (Repr::Object(below), Repr::Object(above)) = (&parent.repr, &child.repr) else {
        // A parent that is not known may give anything that the child does not.
        return match (&parent.repr, &child.repr) {
            (Repr::Unknown(unknown), Repr::Object(object)) => {
                let open = Some(object.open.clone().unwrap_or_else(|| unknown.why.clone()));
                let whole = Value::from_object(Object { open, unnamed: None, ..(**object).clone() });
                whole.with_origins(child.origins.clone()).mark_sensitive(child.sensitive)
            }
            _ if child.is_null() => parent.clone(),
            _ => child.clone(),
        };
    };
    let mut object = (**above).clone();
    for (key, value) in &below.fields {
        let merged = match above.fields.get(key) {
            Some(own) => both(value, own),
            // What the child has beyond what is known of it may hide this.
            None => match &above.open {
                Some(why) => Value::unknown(why.clone()).with_origins(value.origins.clone()),
                None => value.clone(),
            },
        };
        object.fields.insert(key.clone(), merged);
    }
    object.open = above.open.clone().or_else(|| below.open.clone());
    object.unnamed = None;
    let sensitive = parent.sensitive || child.sensitive;
    Value { repr: Repr::Object(Arc::new(object)), ..child.clone() }.mark_sensitive(sensitive)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Why, WhyKind};

    fn object(fields: &[(&str, Value)]) -> Value {
        Value::object(fields.iter().map(|(k, v)| ((*k).into(), v.clone())))
    }

    fn words(value: &Value) -> String {
        match &value.repr {
            Repr::String(text) => text.written().to_string(),
            Repr::List(list) => list.items.iter().map(words).collect::<Vec<_>>().join(" "),
            Repr::Object(object) => {
                let mut all: Vec<String> = object.fields.iter().map(|(k, v)| format!("{k}={}", words(v))).collect();
                all.sort();
                format!("({}{})", all.join(","), if object.open.is_some() { ",?" } else { "" })
            }
            _ => value.kind_name().into(),
        }
    }

    #[test]
    fn a_child_replaces_inputs_or_joins_them() {
        let list = |items: &[&str]| Value::tuple(items.iter().map(|i| Value::string(*i)).collect());
        let tags = |k: &str| object(&[(k, Value::string("x"))]);
        let parent = object(&[("a", Value::string("1")), ("l", list(&["p"])), ("tags", tags("team"))]);
        let child = object(&[("b", Value::string("2")), ("l", list(&["c"])), ("tags", tags("env"))]);
        assert_eq!(words(&Strategy::NoMerge.inputs(&parent, &child)), "(b=2,l=c,tags=(env=x))");
        assert_eq!(words(&Strategy::Shallow.inputs(&parent, &child)), "(a=1,b=2,l=c,tags=(env=x))");
        assert_eq!(words(&Strategy::Deep.inputs(&parent, &child)), "(a=1,b=2,l=p c,tags=(env=x,team=x))");
    }

    #[test]
    fn what_is_not_known_of_one_may_be_in_the_whole() {
        let unknown = Value::unknown(Why::new(WhyKind::NotEvaluated, "x"));
        let child = object(&[("a", Value::string("1"))]);
        assert_eq!(words(&Strategy::Shallow.inputs(&unknown, &child)), "(a=1,?)");
        assert_eq!(words(&Strategy::Shallow.inputs(&child, &unknown)), "unknown value");
        assert_eq!(words(&Strategy::Shallow.inputs(&child, &Value::null())), "(a=1)");
    }
}
