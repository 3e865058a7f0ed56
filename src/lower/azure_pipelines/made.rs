//! Entities of Azure Pipelines before they have their bodies.

use std::sync::Arc;

use ecow::EcoString;

use super::{condition::differs_by_run, tree::Guard};
use crate::{
    model::{Entity, Environment},
    value::{Identity, Object, Origin, OriginStep, Origins, Value, Why, WhyKind},
};

/// `null` that blames the header for not having `name`.
pub fn unset(header: &Origin, name: &str) -> Value {
    Value::null().with_origins(Origins::one(header.with_step(OriginStep::NotSet(name.into()))))
}

/// What an entity is made from.
pub struct Made<'a> {
    /// What rules call it.
    pub kind: &'static str,
    /// Its address.
    pub address: EcoString,
    /// Its short name.
    pub name: EcoString,
    /// The file that it is written in.
    pub path: EcoString,
    /// What to underline.
    pub header: Origin,
    /// The uses of templates that lead to it.
    pub via: &'a [Origin],
    /// The environment that it belongs to.
    pub environment: Option<Environment>,
    /// Under which conditions it is put in.
    pub guards: &'a [Guard],
    /// What it has.
    pub object: Object,
}

impl Made<'_> {
    /// Its content.
    pub fn body(&self) -> Value {
        let known = |text: &str| Value::string(text);
        // What holds this value may be another entity, to which it must look like one all the same.
        let attributes = vec![
            ("address".into(), known(&self.address)),
            ("name".into(), known(&self.name)),
            ("kind".into(), known(self.kind)),
            ("file".into(), known(&self.path)),
        ];
        let identity = Identity { attributes, ..Identity::new(self.path.clone(), self.address.clone()) };
        let object =
            Object { identity: Some(Arc::new(identity)), header: Some(self.header.clone()), ..self.object.clone() };
        Value::from_object(object).with_origins(Origins::one(self.header.clone()))
    }

    /// The entity; `body` is what [`Made::body`] gave.
    pub fn entity(self, body: Value) -> Entity {
        let unsure = self.guards.iter().find(|guard| !differs_by_run(&guard.expr));
        Entity {
            kind: self.kind.into(),
            address: self.address,
            name: self.name,
            scope: self.path,
            scenario: None,
            body,
            extent: self.header.extent,
            parts: Vec::new(),
            header: self.header,
            calls: self.via.to_vec(),
            owner: None,
            environment: self.environment,
            doubt: unsure.map(|guard| Why::new(WhyKind::Maybe, guard.expr.written())),
        }
    }
}
