//! What a call hands to a module that is not in the repository: the things that its arguments refer to.
//!
//! The arguments themselves are not evaluated, since they may differ from instance to instance of the
//! call. Which things they name does not.

use std::rc::Rc;

use super::instance::Instance;
use crate::{
    syntax::hcl::{
        Block, Expr, ExprKind, Step,
        walk::{references, walk},
    },
    value::{Origin, Origins, Repr, Value, Why, WhyKind},
};

/// More is not collected of one call.
const MOST: usize = 200;

impl Instance<'_> {
    /// References to the resources that the arguments of a call name, directly or by variables and locals,
    /// and the names that these hold.
    pub(super) fn reads(self: &Rc<Self>, call: &Block) -> Value {
        let mut found = Vec::new();
        for attribute in call.body.attributes().filter(|a| !matches!(a.name.text.as_str(), "source" | "version")) {
            walk(&attribute.expr, &mut |e, _| {
                if let ExprKind::String(text) = &e.kind {
                    found.push(Value::string(text.clone()).with_origins(Origins::one(Origin::here(e.span))));
                }
            });
            references(&attribute.expr, &mut |e, first, steps| self.read_by(e, first, steps, &mut found));
        }
        Value::tuple(found).with_origins(Origins::one(Origin::here(call.header)))
    }

    fn read_by(self: &Rc<Self>, expr: &Expr, first: &str, steps: &[Step], found: &mut Vec<Value>) {
        let Some(Step::Attribute(second)) = steps.first() else { return };
        match first {
            "var" => {
                if let Ok(value) = self.variable(&second.text) {
                    collect(&value, true, found);
                }
            }
            "local" => {
                if let Ok(value) = self.local(&second.text) {
                    collect(&value, true, found);
                }
            }
            // An index may use what differs between instances of the call.
            "module" if steps.iter().all(|s| matches!(s, Step::Attribute(_))) => {
                collect(&self.evaluate(expr, None, &super::body::Names::NONE), true, found);
            }
            _ => {
                let key = ecow::eco_format!("{first}.{}", second.text);
                let Some(resource) = self.module.resources.get(&key) else { return };
                let expansion = self.expansion(&key, &resource.block);
                for instance in &expansion.instances {
                    let address = ecow::eco_format!("{key}{}", instance.key);
                    let why = Why::new(WhyKind::AfterApply, address.clone());
                    let place = Origins::one(Origin::here(expr.span));
                    found.push(self.unknown(why, &address, "").with_origins(place));
                }
            }
        }
    }
}

/// The references in a value, and the names if it is one or a list of some: objects hold tags and settings.
fn collect(value: &Value, names: bool, found: &mut Vec<Value>) {
    if found.len() >= MOST {
        return;
    }
    match &value.repr {
        Repr::String(_) if names => found.push(value.clone()),
        // What stands for a variable may be anything; it says nothing about the things that are here.
        Repr::Unknown(unknown) => {
            if unknown.symbol.as_ref().is_some_and(|s| !s.address.contains("var.") && !s.address.contains("data.")) {
                found.push(value.clone());
            }
        }
        Repr::List(list) => list.items.iter().chain(&list.maybe).for_each(|item| collect(item, names, found)),
        Repr::Object(object) if object.identity.is_some() => found.push(value.clone()),
        Repr::Object(object) => object.fields.values().for_each(|field| collect(field, false, found)),
        Repr::String(_) | Repr::Null | Repr::Bool(_) | Repr::Number(_) => {}
    }
}
