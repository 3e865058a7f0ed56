//! `link`: the entities that belong to another.

use std::cell::OnceCell;

use ecow::EcoString;
use foldhash::HashMap;

use super::{defaults, scope::RuleScope};
use crate::{
    eval::{EvalError, Locals, evaluate},
    model::{Entity, EntityId, Project, link::Found},
    rule::compile::Link,
    syntax::hcl::{BinaryOp, Expr, ExprKind},
    value::{Object, Origins, Repr, Truth, Value},
};

/// The links of one entity, each found when somebody asks: most asserts are decided by the first.
pub(super) struct Links<'a> {
    linkers: &'a [Linker<'a>],
    entity: &'a Entity,
    project: &'a Project,
    inputs: &'a Object,
    found: Vec<OnceCell<Result<Value, EvalError>>>,
}

impl<'a> Links<'a> {
    pub(super) fn of(linkers: &'a [Linker<'a>], entity: &'a Entity, project: &'a Project, inputs: &'a Object) -> Self {
        Self { linkers, entity, project, inputs, found: vec![OnceCell::new(); linkers.len()] }
    }

    /// What a link stands for; none if there is no link of this name.
    pub(super) fn get(&self, name: &str) -> Option<Result<Value, EvalError>> {
        let at = self.linkers.iter().position(|linker| linker.link.name == name)?;
        let find = || self.linkers[at].find(self.entity, self.project, self.inputs);
        Some(self.found[at].get_or_init(find).clone())
    }
}

/// One `link` of a rule over one project, with an index where its condition allows one.
pub(super) struct Linker<'a> {
    link: &'a Link,
    others: Vec<(EntityId, Value)>,
    /// For `refers_to(other.path, self)`: by what `other.path` stands for.
    index: Option<Index>,
}

/// The entities by what their reference stands for.
#[derive(Default)]
struct Index {
    by_symbol: HashMap<(EcoString, EcoString), Vec<usize>>,
    by_text: HashMap<EcoString, Vec<usize>>,
    /// Those whose reference says nothing: they have to be asked each time.
    vague: Vec<usize>,
}

impl<'a> Linker<'a> {
    pub(super) fn new(link: &'a Link, project: &Project, inputs: &Object) -> Self {
        let mut others: Vec<(EntityId, Value)> =
            project.of_kind(&link.to).iter().map(|id| (*id, project.entity(*id).body.clone())).collect();
        if let Some(expr) = &link.defaults {
            for (id, body) in &mut others {
                let scope = RuleScope { this: Some(body), inputs: Some(inputs), ..RuleScope::default() };
                if let Ok(given) = evaluate(expr, &scope, &Locals::NONE) {
                    *body = defaults::apply(body, &given, &project.entity(*id).header);
                }
            }
        }
        let index = reference_of(&link.condition).map(|reference| {
            let mut index = Index::default();
            for (i, (_, other)) in others.iter().enumerate() {
                let scope = RuleScope { other: Some(other), inputs: Some(inputs), ..RuleScope::default() };
                let value = evaluate(reference, &scope, &Locals::NONE);
                index.add(i, value.as_ref().ok());
            }
            index
        });
        Self { link, others, index }
    }

    /// The linked entities of one: a list, or with `at_most = 1` the one or null.
    pub(super) fn find(&self, entity: &Entity, project: &Project, inputs: &Object) -> Result<Value, EvalError> {
        let body = &entity.body;
        let candidates: Vec<usize> = match &self.index {
            Some(index) => index.candidates(body, self.others.len()),
            None => (0..self.others.len()).collect(),
        };
        let mut found = Found::default();
        for i in candidates {
            let (id, other) = &self.others[i];
            if !project.concur(entity, project.entity(*id)) {
                continue;
            }
            let scope = RuleScope {
                this: Some(body),
                other: Some(other),
                inputs: Some(inputs),
                only_truth: true,
                ..RuleScope::default()
            };
            let value = evaluate(&self.link.condition, &scope, &Locals::NONE)?;
            found.consider(Truth::from_value(&value), project.entity(*id), other);
        }
        let header = Origins::one(entity.header.clone());
        Ok(found.into_value(self.link.at_most == Some(1), &self.link.name, header))
    }
}

/// The first argument of `refers_to(other..., self)`, alone or as one side of `&&`.
fn reference_of(condition: &Expr) -> Option<&Expr> {
    match &condition.kind {
        ExprKind::Paren(inner) => reference_of(inner),
        ExprKind::Binary(BinaryOp::And, sides) => reference_of(&sides.0).or_else(|| reference_of(&sides.1)),
        ExprKind::Call { name, args, .. } if name.text == "refers_to" => match &args[..] {
            [reference, Expr { kind: ExprKind::Variable(this), .. }]
                if this == "self" && begins_with_other(reference) =>
            {
                Some(reference)
            }
            _ => None,
        },
        _ => None,
    }
}

fn begins_with_other(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Traversal(base, _) => matches!(&base.kind, ExprKind::Variable(name) if name == "other"),
        _ => false,
    }
}

impl Index {
    fn add(&mut self, i: usize, reference: Option<&Value>) {
        match reference.map(|v| &v.repr) {
            Some(Repr::Unknown(unknown)) => match &unknown.symbol {
                // A symbol without instances in doubt can only be its own thing, or a variable.
                Some(symbol) if !symbol.address.contains("[*]") && !symbol.address.contains("var.") => {
                    self.by_symbol.entry((symbol.scope.clone(), symbol.address.clone())).or_default().push(i);
                }
                _ => self.vague.push(i),
            },
            Some(Repr::Object(object)) => match &object.identity {
                Some(identity) if !identity.address.contains("[*]") => {
                    self.by_symbol.entry((identity.scope.clone(), identity.address.clone())).or_default().push(i);
                }
                _ => self.vague.push(i),
            },
            Some(Repr::String(text)) => match text.as_str() {
                Some(text) => self.by_text.entry(text.into()).or_default().push(i),
                None => self.vague.push(i),
            },
            Some(Repr::Null) => {}
            _ => self.vague.push(i),
        }
    }

    /// Those that may refer to `body`, in order.
    fn candidates(&self, body: &Value, all: usize) -> Vec<usize> {
        let Some(object) = body.as_object() else { return (0..all).collect() };
        let Some(identity) = object.identity.as_ref().filter(|i| !i.address.contains("[*]")) else {
            return (0..all).collect();
        };
        let mut found = self.vague.clone();
        let key = (identity.scope.clone(), identity.address.clone());
        found.extend(self.by_symbol.get(&key).into_iter().flatten());
        // If every field is known, only equal texts can be meant; else any text may.
        let fields_known = object.open.is_none()
            && object.fields.values().all(|v| v.is_wholly_known() || matches!(v.repr, Repr::List(_) | Repr::Object(_)));
        if fields_known {
            let texts = object.fields.values().filter_map(Value::as_str);
            let nested = object.get("metadata").and_then(Value::as_object).and_then(|m| m.get("name"));
            for text in texts.chain(nested.and_then(Value::as_str)) {
                found.extend(self.by_text.get(text).into_iter().flatten());
            }
        } else {
            #[allow(clippy::iter_over_hash_type)] // sorted below
            for places in self.by_text.values() {
                found.extend(places);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
