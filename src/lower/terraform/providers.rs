//! Which provider configuration a resource uses, and what that adds to the resource.

use std::{rc::Rc, sync::Arc};

use ecow::EcoString;

use super::{
    body::{self, Names},
    expand::Repetition,
    instance::Instance,
    merge::alias_of,
    module::Resource,
};
use crate::{
    syntax::hcl::{Block, Body, Expr, ExprKind, ObjectKey, Step},
    value::{Object, ObjectKind, Origin, OriginStep, Repr, Value},
};

/// A configuration by the local name of its provider and its alias: `aws`, `aws.east`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    provider: EcoString,
    alias: Option<EcoString>,
}

/// What the provider makes of `tags` and its own `default_tags`; none if it has none.
pub(super) fn tags_all(instance: &Rc<Instance<'_>>, resource: &Resource, repetition: &Repetition) -> Option<Value> {
    let kind = &resource.block.labels.first()?.text;
    if resource.is_data || !kind.starts_with("aws_") {
        return None;
    }
    let (owner, block) = configuration(instance, used_by(&resource.block, kind))?;
    let defaults = block.body.blocks_of("default_tags").next()?.body.attribute("tags")?.clone();
    let defaults = body::attribute_value(&owner, &defaults, None, &Names::NONE);
    let own = resource.block.body.attribute("tags");
    let own = own.map(|tags| body::attribute_value(instance, tags, Some(repetition), &Names::NONE));
    let Some(own) = own.filter(|v| !v.is_null()) else { return Some(defaults) };
    let origins = own.origins.and(&defaults.origins);
    Some(match (&defaults.repr, &own.repr) {
        (Repr::Object(from), Repr::Object(over)) => {
            let mut fields = from.fields.clone();
            fields.extend(over.fields.iter().map(|(k, v)| (k.clone(), v.clone())));
            let header = Origin::new(resource.block.header, resource.block.span, OriginStep::Here);
            let open = over.open.clone().or_else(|| from.open.clone());
            let all = Object { kind: ObjectKind::Map, fields, header: Some(header), open, ..Object::default() };
            Value::from_object(all).with_origins(origins).mark_sensitive(own.sensitive || defaults.sensitive)
        }
        (Repr::Unknown(_), _) => defaults.with_origins(origins),
        _ => own.with_origins(origins),
    })
}

/// The account, subscription or project that the provider of a resource is configured for; none if its
/// configuration does not say.
pub(super) fn account(instance: &Rc<Instance<'_>>, resource: &Resource) -> Option<Value> {
    let kind = &resource.block.labels.first()?.text;
    let attribute = match kind.split('_').next()? {
        "aws" => "allowed_account_ids",
        "azurerm" => "subscription_id",
        "google" => "project",
        _ => return None,
    };
    let (owner, block) = configuration(instance, used_by(&resource.block, kind))?;
    let value = |body: &Body, name: &str| {
        let attribute = body.attribute(name)?.clone();
        Some(body::attribute_value(&owner, &attribute, None, &Names::NONE)).filter(|v| !v.is_null())
    };
    let Some(written) = value(&block.body, attribute) else {
        let roles = ["assume_role", "assume_role_with_web_identity"];
        let role = roles.iter().flat_map(|r| block.body.blocks_of(r)).next();
        return value(&role.filter(|_| kind.starts_with("aws_"))?.body, "role_arn").map(|arn| account_of(&arn));
    };
    match written.as_list() {
        // Of several accounts it is not told which is meant.
        Some(list) if list.is_whole() && list.items.len() == 1 => list.items.first().cloned(),
        Some(_) => None,
        None => Some(written),
    }
}

/// The account in an ARN: `arn:aws:iam::111122223333:role/deploy`.
fn account_of(arn: &Value) -> Value {
    match arn.as_str() {
        Some(text) => match text.split(':').nth(4).filter(|id| !id.is_empty()) {
            Some(id) => Value::string(id).with_origins(arn.origins.clone()),
            None => Value::null(),
        },
        None => match arn.first_unknown() {
            Some(why) => Value::unknown(why).with_origins(arn.origins.clone()),
            None => Value::null(),
        },
    }
}

/// The configuration that a resource names, or that of the provider whose name begins its type.
fn used_by(block: &Block, kind: &str) -> Name {
    let named = block.body.attribute("provider").and_then(|a| name_of(&a.expr));
    let provider = || kind.split('_').next().unwrap_or(kind).into();
    named.unwrap_or_else(|| Name { provider: provider(), alias: None })
}

/// `aws`, `aws.east`, and the old spelling in quotes.
fn name_of(expr: &Expr) -> Option<Name> {
    match &expr.kind {
        ExprKind::Variable(provider) => Some(Name { provider: provider.clone(), alias: None }),
        ExprKind::Traversal(base, steps) => match (&base.kind, &steps[..]) {
            (ExprKind::Variable(provider), [Step::Attribute(alias), ..]) => {
                Some(Name { provider: provider.clone(), alias: Some(alias.text.clone()) })
            }
            _ => None,
        },
        ExprKind::String(text) => {
            let (provider, alias) = text.split_once('.').map_or((text.as_str(), None), |(p, a)| (p, Some(a.into())));
            Some(Name { provider: provider.into(), alias })
        }
        _ => None,
    }
}

/// The block of a configuration and the module that it stands in. A module has those that its call hands
/// down in `providers`; if that says nothing, those without an alias come down by themselves.
fn configuration<'a>(instance: &Rc<Instance<'a>>, name: Name) -> Option<(Rc<Instance<'a>>, Arc<Block>)> {
    let (mut instance, mut name) = (instance.clone(), name);
    loop {
        let here =
            instance.module.providers.iter().find(|b| {
                b.labels.first().is_some_and(|l| l.text == name.provider) && alias_of(b) == name.alias.as_ref()
            });
        if let Some(block) = here {
            return Some((instance.clone(), block.clone()));
        }
        let (caller, call) = instance.call()?;
        name = match call.body.attribute("providers").map(|a| &a.expr.kind) {
            Some(ExprKind::Object(handed)) => {
                let wanted = |key: &ObjectKey| match key {
                    ObjectKey::Name(ident) => name.alias.is_none() && ident.text == name.provider,
                    ObjectKey::Expr(expr) => name_of(expr).as_ref() == Some(&name),
                };
                match handed.iter().find(|(key, _)| wanted(key)) {
                    Some((_, expr)) => name_of(expr)?,
                    None if name.alias.is_none() => name,
                    None => return None,
                }
            }
            _ if name.alias.is_none() => name,
            _ => return None,
        };
        instance = caller;
    }
}
