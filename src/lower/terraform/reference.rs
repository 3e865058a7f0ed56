//! What `module.x`, `type.x` and `data.type.x` stand for: outputs, arguments, and what only the provider
//! knows.

use std::{rc::Rc, sync::Arc};

use ecow::EcoString;

use super::{
    body::{self, Names},
    expand::{self, Expansion, Repetition},
    instance::{Instance, Key},
    module::{Call, Resource},
    providers, pure_data,
};
use crate::{
    eval::{Access, EvalError, Resolved},
    value::{
        List, ListKind, Object, ObjectKind, Origin, OriginStep, Origins, Refinement, Repr, Symbol, Type, Unknown,
        Unnamed, Value, Why, WhyKind,
    },
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

impl Instance<'_> {
    /// `module.name...`
    pub(super) fn module_reference(self: &Rc<Self>, steps: &[Access]) -> Result<Resolved> {
        let Some(Access::Attribute(name)) = steps.first() else {
            return Err(EvalError::new("`module` is followed by the name of a call").uncatchable());
        };
        let module = self.module.clone();
        let Some(call) = module.calls.get(name) else {
            let value = self.absent(format!("there is no module \"{name}\" here"))?;
            return Ok(Resolved { value, steps: steps.len() });
        };
        let key: EcoString = ecow::eco_format!("module.{name}");
        let expansion = self.expansion(&key, &call.block);
        self.pick(&expansion, &steps[1..], &key, &|repetition, attribute| {
            let Some(child) = self.child(name, call, repetition, None) else {
                return Ok(self.missing_output(name, call, repetition, attribute));
            };
            if let Some(output) = attribute {
                child.output(output)
            } else {
                let fields = child
                    .module
                    .outputs
                    .keys()
                    .map(|o| Ok((o.clone(), child.output(o)?)))
                    .collect::<Result<Vec<_>>>()?;
                Ok(Value::object(fields))
            }
        })
    }

    fn missing_output(&self, name: &str, call: &Call, repetition: &Repetition, attribute: Option<&EcoString>) -> Value {
        let source = call.source.clone().unwrap_or_else(|| name.into());
        let why = Why::new(WhyKind::ModuleMissing, ecow::eco_format!("\"{source}\""));
        let path = attribute.cloned().unwrap_or_default();
        let place = Origin::new(call.block.header, call.block.span, OriginStep::Use);
        self.unknown(why, &format!("module.{name}{}", repetition.key), &path).with_origins(Origins::one(place))
    }

    /// `type.name...` and `data.type.name...`
    pub(super) fn resource_reference(self: &Rc<Self>, kind: &str, is_data: bool, steps: &[Access]) -> Result<Resolved> {
        let Some(Access::Attribute(name)) = steps.first() else {
            return Err(EvalError::new(format!("`{kind}` is not a name that is known here")).uncatchable());
        };
        let key: EcoString = ecow::eco_format!("{kind}.{name}");
        let module = self.module.clone();
        let found = if is_data { module.data.get(&key) } else { module.resources.get(&key) };
        let Some(declared) = found else {
            let value = self.absent(format!("there is no resource {key} in this module"))?;
            return Ok(Resolved { value, steps: steps.len() });
        };
        let address: EcoString = if is_data { ecow::eco_format!("data.{key}") } else { key };
        let expansion = self.expansion(&address, &declared.block);
        self.pick(&expansion, &steps[1..], &address, &|repetition, attribute| {
            Ok(match attribute {
                Some(attribute) => self.resource_attribute(declared, &address, repetition, attribute),
                None => self.resource_whole(declared, &address, repetition),
            })
        })
    }

    /// From the instances of something, the one or those that the steps mean, and of it the
    /// attribute, so that nothing else of it is evaluated.
    fn pick(
        &self,
        expansion: &Expansion,
        steps: &[Access],
        address: &str,
        get: &dyn Fn(&Repetition, Option<&EcoString>) -> Result,
    ) -> Result<Resolved> {
        let attribute_at = |i: usize| match steps.get(i) {
            Some(Access::Attribute(name)) => Some(name),
            _ => None,
        };
        if expansion.single {
            let attribute = attribute_at(0);
            let only = expansion.instances.first().ok_or_else(|| EvalError::new("there is no instance"))?;
            return Ok(Resolved { value: get(only, attribute)?, steps: 1 + usize::from(attribute.is_some()) });
        }
        match steps.first() {
            Some(Access::Index(key)) => {
                let attribute = attribute_at(1);
                let taken = 2 + usize::from(attribute.is_some());
                let value = match expansion.find(key) {
                    expand::Found::Certain(repetition) => get(repetition, attribute)?,
                    expand::Found::Possible(repetition) => get(&repetition, attribute)?,
                    expand::Found::No => {
                        return Err(EvalError::new(format!("{address} has no such instance")));
                    }
                };
                Ok(Resolved { value, steps: taken })
            }
            Some(Access::Splat) if !expansion.by_key => {
                // Each with nothing but the attribute that the steps go on to; they are taken by the evaluator,
                // which knows what of them belongs to the splat.
                let one = |repetition: &Repetition| match attribute_at(1) {
                    Some(name) => Ok(Value::object([(name.clone(), get(repetition, Some(name))?)])),
                    None => get(repetition, None),
                };
                let (items, maybe) = self.each(expansion, &one)?;
                let list = List { kind: ListKind::Tuple, items, maybe, open: None };
                Ok(Resolved { value: Value::list(list), steps: 1 })
            }
            Some(Access::Attribute(_)) => {
                Err(EvalError::new(format!("{address} has several instances; its attributes need a key")))
            }
            _ if expansion.by_key => {
                let mut object = Object { kind: ObjectKind::Object, ..Object::default() };
                for repetition in &expansion.instances {
                    let value = get(repetition, None)?;
                    match (&repetition.key, &repetition.each) {
                        (expand::InstanceKey::Text(key), _) if !repetition.uncertain => {
                            object.fields.insert(key.clone(), value);
                        }
                        (_, Some((key, _))) => {
                            let why = expansion.doubt.clone().or_else(|| key.first_unknown());
                            let why = why.unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
                            let mut unnamed = Unnamed::default();
                            let place = if repetition.uncertain { &mut unnamed.maybe } else { &mut unnamed.certain };
                            place.push((key.clone(), value));
                            object.add_unnamed(why, unnamed);
                        }
                        (_, None) => object.open = object.open.or_else(|| expansion.doubt.clone()),
                    }
                }
                Ok(Resolved { value: Value::from_object(object), steps: 1 })
            }
            _ => {
                let (items, maybe) = self.each(expansion, &|r| get(r, None))?;
                Ok(Resolved { value: Value::list(List { kind: ListKind::Tuple, items, maybe, open: None }), steps: 1 })
            }
        }
    }

    #[allow(clippy::unused_self)]
    fn each(&self, expansion: &Expansion, get: &dyn Fn(&Repetition) -> Result) -> Result<(Vec<Value>, Vec<Value>)> {
        let (mut items, mut maybe) = (Vec::new(), Vec::new());
        for repetition in &expansion.instances {
            let value = get(repetition)?;
            if repetition.uncertain { maybe.push(value) } else { items.push(value) }
        }
        Ok((items, maybe))
    }

    fn resource_attribute(
        self: &Rc<Self>,
        declared: &Resource,
        address: &EcoString,
        repetition: &Repetition,
        attribute: &EcoString,
    ) -> Value {
        let memo_key = Key::Attribute(ecow::eco_format!("{address}{}", repetition.key.apart()), attribute.clone());
        let address: EcoString = ecow::eco_format!("{address}{}", repetition.key);
        let place = declared.block.header;
        self.memo(memo_key, place, &|| format!("{address}.{attribute}"), || {
            if declared.is_data {
                if let Some(text) = pure_data::attribute(self, declared, repetition, attribute) {
                    return text;
                }
                return self.unknown(Why::new(WhyKind::DataSource, address.clone()), &address, attribute);
            }
            let why = Why::new(WhyKind::AfterApply, ecow::eco_format!("{address}.{attribute}"));
            let body = &declared.block.body;
            let mut computed = self.unknown(why.clone(), &address, attribute);
            computed.ty = self.type_of_computed(declared, repetition, attribute).map(Type::shared);
            if let Repr::Unknown(unknown) = &mut computed.repr {
                *unknown = Arc::new(Unknown { refinement: known_of(declared, attribute), ..(**unknown).clone() });
            }
            let value = match body.attribute(attribute) {
                Some(written) => body::attribute_value(self, written, Some(repetition), &Names::NONE),
                None if body::has_block(body, attribute) => {
                    let whole = body::block_value(self, &declared.block, Some(repetition), &Names::NONE);
                    let blocks = whole.as_object().and_then(|o| o.get(attribute));
                    return blocks.map_or(computed, |blocks| body::with_computed(blocks, &why).of_type(Type::Unclear));
                }
                None if attribute == "tags_all" => {
                    return providers::tags_all(self, declared, repetition).unwrap_or(computed);
                }
                None => return computed,
            };
            // What is only partly known still stands for this attribute of this resource: that is
            // what links two resources without a plan.
            let refinement = match &value.repr {
                Repr::Unknown(unknown) if unknown.symbol.is_none() => unknown.refinement.clone(),
                Repr::String(text) if text.as_str().is_none() => Refinement::Prefix(text.known_prefix().into()),
                Repr::Null => return computed,
                _ if built_in(declared).is_some() => return value,
                // The provider converts it to a type that is not known here.
                _ => return value.of_type(Type::Unclear),
            };
            let ty = value.ty.clone().filter(|_| built_in(declared).is_some());
            let why = value.first_unknown().unwrap_or(why);
            let symbol =
                Symbol { scope: self.root.symbols.clone(), address: self.qualify(&address), path: attribute.clone() };
            let mut partly = Value::from(Repr::Unknown(Arc::new(Unknown { why, symbol: Some(symbol), refinement })))
                .with_origins(value.origins.clone())
                .mark_sensitive(value.sensitive);
            partly.ty = ty;
            partly
        })
    }

    /// The type of an attribute that the provider computes, as far as it is known without schemas: of
    /// identifiers, and of `terraform_data`, which gives back what it is given.
    fn type_of_computed(self: &Rc<Self>, declared: &Resource, repetition: &Repetition, name: &str) -> Option<Type> {
        let kind = declared.block.labels.first().map_or("", |l| l.text.as_str());
        match (kind, name) {
            ("terraform_data", "output") => {
                let input = declared.block.body.attribute("input")?;
                let value = body::attribute_value(self, input, Some(repetition), &Names::NONE);
                Some(Type::of(&value))
            }
            _ => (name == "id" || name == "arn").then_some(Type::String),
        }
    }

    /// A resource as a whole: what is configured, and beyond that what only the provider knows.
    fn resource_whole(self: &Rc<Self>, declared: &Resource, address: &EcoString, repetition: &Repetition) -> Value {
        let plain = address;
        let key = Key::Attribute(ecow::eco_format!("{address}{}", repetition.key.apart()), EcoString::new());
        let address: EcoString = ecow::eco_format!("{address}{}", repetition.key);
        self.memo(key, declared.block.header, &|| address.to_string(), || {
            let kind = if declared.is_data { WhyKind::DataSource } else { WhyKind::AfterApply };
            let body = body::block_value(self, &declared.block, Some(repetition), &Names::NONE);
            let Repr::Object(object) = &body.repr else { return body };
            let mut object = (**object).clone();
            if !declared.is_data
                && let Some(rest) = built_in(declared)
            {
                for name in rest {
                    let missing = || match name {
                        "id" | "output" => self.resource_attribute(declared, plain, repetition, &name.into()),
                        _ => Value::null(),
                    };
                    object.fields.entry(name.into()).or_insert_with(missing);
                }
            } else {
                let why = Why::new(kind, address.clone());
                object.fields.values_mut().for_each(|v| *v = body::with_computed(v, &why));
                object.open = Some(why);
            }
            object.identity = Some(self.identity(&address));
            let whole = Value::from_object(object).with_origins(body.origins.clone());
            if built_in(declared).is_some() { whole } else { whole.of_type(Type::Unclear) }
        })
    }
}

/// What is known of an attribute that the provider computes: an identifier is there, and how an ARN begins.
/// Others may turn out to be null.
fn known_of(declared: &Resource, attribute: &str) -> Refinement {
    let kind = declared.block.labels.first().map_or("", |l| l.text.as_str());
    if attribute == "arn" && kind.starts_with("aws_") {
        return Refinement::Prefix("arn:".into());
    }
    Refinement::of_computed(attribute)
}

/// All attributes of a resource that is part of Terraform itself.
fn built_in(declared: &Resource) -> Option<[&'static str; 4]> {
    let kind = declared.block.labels.first()?;
    (kind.text == "terraform_data").then_some(["id", "input", "output", "triggers_replace"])
}
