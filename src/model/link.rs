//! Related entities: what a `link` finds, certain or not.

use ecow::EcoString;

use super::Entity;
use crate::value::{List, ListKind, Origins, Truth, Value, Why, WhyKind};

/// What has been found of the entities that belong to one.
#[derive(Debug, Default)]
pub struct Found {
    certain: Vec<Value>,
    possible: Vec<Value>,
    why: Option<Why>,
    origins: Origins,
}

impl Found {
    /// Takes `other` in, whose body is `body`, by what the condition of the link says of it.
    pub fn consider(&mut self, says: Option<Truth>, other: &Entity, body: &Value) {
        match says {
            Some(Truth::True(_)) => match &other.doubt {
                None => self.certain.push(body.clone()),
                Some(doubt) => {
                    self.why.get_or_insert(doubt.clone());
                    self.origins.extend(&Origins::one(other.header.clone()));
                    self.possible.push(body.clone());
                }
            },
            Some(Truth::Unknown(reasons, places)) => {
                if let Some(reason) = reasons.into_iter().next() {
                    self.why.get_or_insert(reason);
                }
                self.origins.extend(&places);
                self.possible.push(body.clone());
            }
            Some(Truth::False(_)) | None => {}
        }
    }

    /// What the link `name` of an entity with this header stands for: a list, or with `only_one` the one or
    /// null. One that is certain settles those that are not.
    pub fn into_value(self, only_one: bool, name: &EcoString, header: Origins) -> Value {
        let Self { certain, possible, why, origins } = self;
        if !only_one {
            // Where something is found, that speaks; where nothing is, the entity that lacks it.
            let places = if certain.is_empty() && possible.is_empty() { header } else { Origins::none() };
            let list = List { kind: ListKind::Tuple, items: certain, maybe: possible, open: None };
            return Value::list(list).with_origins(places);
        }
        if let Some(only) = certain.into_iter().next() {
            return only;
        }
        if possible.is_empty() {
            return Value::null().with_origins(header);
        }
        let why = why.unwrap_or_else(|| Why::new(WhyKind::Maybe, name.clone()));
        Value::unknown(why).with_origins(header.and(&origins))
    }
}
