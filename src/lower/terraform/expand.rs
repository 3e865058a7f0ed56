//! `count` and `for_each`: how often a resource or a module call is there.

use std::{collections::HashSet, fmt, rc::Rc, sync::Arc};

use ecow::EcoString;

use super::instance::Instance;
use crate::{
    eval::{
        EvalError, Locals, Mode,
        expr::either,
        functions::convert,
        iterate::{self, Elements},
    },
    source::Span,
    syntax::hcl::{Block, Expr, ExprKind},
    value::{ByName, ListKind, Number, OriginStep, Origins, Refinement, Repr, Truth, Unknown, Value, Why, WhyKind},
};

/// More instances than this are not looked at one by one.
const MOST_INSTANCES: usize = 20_000;

/// The instances of a block.
#[derive(Debug)]
pub(super) struct Expansion {
    /// One each; if the number is not known, one that stands for none or more like it.
    pub(super) instances: Vec<Repetition>,
    /// Neither `count` nor `for_each`: the address has no key.
    pub(super) single: bool,
    /// `for_each` rather than `count`.
    pub(super) by_key: bool,
    /// Why the instances are not all known.
    pub(super) doubt: Option<Why>,
    /// It stands for an expansion that is being worked out: who sees it, asks in a circle.
    pub(super) busy: bool,
}

/// One instance: its key, and what `each` and `count` are in it.
#[derive(Clone, Debug)]
pub(super) struct Repetition {
    pub(super) key: InstanceKey,
    pub(super) each: Option<(Value, Value)>,
    pub(super) count: Option<Value>,
    /// It may not exist, or there may be several.
    pub(super) uncertain: bool,
}

/// The key of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InstanceKey {
    /// Neither `count` nor `for_each`.
    None,
    /// `[0]`
    Number(usize),
    /// `["eu"]`
    Text(EcoString),
    /// `[*]`: not known. The number keeps apart those of one block; 0 stands for any of its instances.
    Unknown(usize),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Number(n) => write!(f, "[{n}]"),
            Self::Text(text) => {
                let escaped = text.as_str().replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
                write!(f, "[\"{}\"]", escaped.replace("${", "$${").replace("%{", "%%{"))
            }
            Self::Unknown(_) => f.write_str("[*]"),
        }
    }
}

impl InstanceKey {
    /// The key as text by which all instances of a block can be told apart.
    pub(super) fn apart(&self) -> EcoString {
        match self {
            Self::Unknown(number) if *number > 1 => ecow::eco_format!("[*{number}]"),
            key => ecow::eco_format!("{key}"),
        }
    }
}

/// What an index finds among the instances.
#[allow(clippy::large_enum_variant, reason = "one is made per index and used at once")]
pub(super) enum Found<'a> {
    /// This one.
    Certain(&'a Repetition),
    /// One that may not exist, or it is not known which.
    Possible(Repetition),
    /// None, certainly.
    No,
}

impl Expansion {
    /// Instances of which nothing is known.
    pub(super) fn unknown(why: Why) -> Self {
        let unknown = Value::unknown(why.clone());
        Self {
            instances: vec![Repetition {
                key: InstanceKey::Unknown(1),
                each: Some((unknown.clone(), unknown.clone())),
                count: Some(unknown),
                uncertain: true,
            }],
            single: false,
            by_key: true,
            doubt: Some(why),
            busy: false,
        }
    }

    /// The same while it is being worked out.
    pub(super) fn busy(mut self) -> Self {
        self.busy = true;
        self
    }

    /// The instance of a key, if it stands where it is to be expected: numbers count from 0, and texts come
    /// sorted from maps and sets. Ten thousand instances that each look for their like are then fast.
    fn at_its_place(&self, wanted: &InstanceKey) -> Option<&Repetition> {
        let place = match wanted {
            InstanceKey::Number(n) => *n,
            InstanceKey::Text(text) => {
                self.instances.partition_point(|r| matches!(&r.key, InstanceKey::Text(key) if key < text))
            }
            InstanceKey::None | InstanceKey::Unknown(_) => return None,
        };
        self.instances.get(place).filter(|r| r.key == *wanted)
    }

    /// Those whose keys are not known.
    fn unnamed(&self) -> impl Iterator<Item = &Repetition> {
        self.instances.iter().filter(|r| matches!(r.key, InstanceKey::Unknown(_)))
    }

    /// The instance that an index means.
    pub(super) fn find(&self, key: &Value) -> Found<'_> {
        let wanted = match &key.repr {
            Repr::List(_) | Repr::Object(_) | Repr::Null | Repr::Bool(_) => return Found::No,
            Repr::Number(n) => n.as_usize().map(InstanceKey::Number),
            Repr::String(text) if self.by_key => text.as_str().map(|t| InstanceKey::Text(t.into())),
            Repr::String(text) => text.as_str().and_then(|t| t.parse().ok()).map(InstanceKey::Number),
            Repr::Unknown(_) => None,
        };
        let Some(wanted) = wanted else {
            if let Some(same) = self.unnamed().find(|r| matches!(named(r, key), Truth::True(_))) {
                return Found::Certain(same);
            }
            return match self.instances.first() {
                Some(first) => Found::Possible(Repetition {
                    key: InstanceKey::Unknown(0),
                    uncertain: true,
                    each: first.each.as_ref().map(|(k, v)| (vague(k, key), vague(v, key))),
                    count: first.count.as_ref().map(|c| vague(c, key)),
                }),
                None => Found::No,
            };
        };
        if let Some(found) = self.at_its_place(&wanted).or_else(|| self.instances.iter().find(|r| r.key == wanted)) {
            return Found::Certain(found);
        }
        let mut possible = self.unnamed().filter(|r| !matches!(named(r, key), Truth::False(_)));
        let Some(first) = possible.next() else {
            return if self.unnamed().next().is_some() {
                Found::Possible(nothing_known(wanted, key))
            } else {
                Found::No
            };
        };
        let others: Vec<&Repetition> = possible.collect();
        if others.is_empty() {
            return Found::Possible(Repetition { key: wanted, uncertain: true, ..first.clone() });
        }
        let values = std::iter::once(first).chain(others).filter_map(|r| r.each.as_ref().map(|(_, v)| v.clone()));
        let one_of = either(values.collect(), first.each.as_ref().and_then(|(k, _)| k.first_unknown()), key);
        Found::Possible(Repetition { key: wanted, uncertain: true, each: Some((key.clone(), one_of)), count: None })
    }
}

/// Whether an instance whose key is not known is the one that an index means.
fn named(repetition: &Repetition, key: &Value) -> Truth {
    match &repetition.each {
        Some((own, _)) => convert::equal(own, key, Mode::Rule),
        None => Truth::Unknown(Vec::new(), Origins::none()),
    }
}

/// An instance of which only the key is known.
fn nothing_known(wanted: InstanceKey, key: &Value) -> Repetition {
    let unknown = Value::unknown(Why::new(WhyKind::Repeated, ""));
    Repetition { key: wanted, each: Some((key.clone(), unknown)), count: None, uncertain: true }
}

/// A value of which only is known that it belongs to one of several instances.
fn vague(_one: &Value, key: &Value) -> Value {
    Value::unknown(key.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Repeated, "")))
}

/// The instances of a block.
pub(super) fn expand(instance: &Rc<Instance<'_>>, block: &Block) -> Expansion {
    if let Some(count) = block.body.attribute("count") {
        let value = instance.evaluate(&count.expr, None, &Locals::NONE);
        return by_count(instance, &value, count.expr.span);
    }
    if let Some(for_each) = block.body.attribute("for_each") {
        let value = instance.evaluate(&for_each.expr, None, &Locals::NONE);
        return by_elements(instance, &value, &for_each.expr);
    }
    let only = Repetition { key: InstanceKey::None, each: None, count: None, uncertain: false };
    Expansion { instances: vec![only], single: true, by_key: false, doubt: None, busy: false }
}

fn by_count(instance: &Rc<Instance<'_>>, value: &Value, span: Span) -> Expansion {
    if value.sensitive {
        instance.root.report(&EvalError::new("a sensitive value cannot be a `count`: the number would show"), span);
    }
    let counted = |n: usize, uncertain: bool| Repetition {
        key: InstanceKey::Number(n),
        each: None,
        count: Some(Value::number(n).with_origins(value.origins.clone())),
        uncertain,
    };
    let number = |v: &Value| convert::to_number(v).ok().and_then(|v| v.as_number().and_then(Number::as_usize));
    if let Some(count) = number(value) {
        let mut instances: Vec<Repetition> = (0..count.min(MOST_INSTANCES)).map(|n| counted(n, false)).collect();
        let doubt = (count > MOST_INSTANCES).then(|| Why::new(WhyKind::Budget, count.to_string()));
        if let Some(why) = &doubt {
            beyond(instance, count, span);
            instances.extend(repeated(why, value, false));
        }
        return Expansion { instances, single: false, by_key: false, doubt, busy: false };
    }
    if let Repr::Unknown(unknown) = &value.repr {
        let doubt = Some(unknown.why.clone());
        // `var.x ? 2 : 1`: the first is there in any case, and none beyond the second.
        let possible: Option<Vec<usize>> = match &unknown.refinement {
            Refinement::OneOf(values) => values.iter().map(number).collect(),
            _ => None,
        };
        let range = possible.and_then(|p| Some((*p.iter().min()?, *p.iter().max()?)));
        let instances = match range.filter(|(_, most)| *most <= MOST_INSTANCES) {
            Some((least, most)) => (0..most).map(|n| counted(n, n >= least)).collect(),
            None => vec![repeated_one(&unknown.why, value, false)],
        };
        return Expansion { instances, single: false, by_key: false, doubt, busy: false };
    }
    let message = match &value.repr {
        Repr::Null => "`count` must not be null".to_string(),
        Repr::Number(n) => format!("`count` must be a whole number that is not negative, not {n}"),
        _ => format!("`count` must be a number, not a {}", value.kind_name()),
    };
    instance.root.report(&EvalError::new(message), span);
    Expansion { by_key: false, ..Expansion::unknown(Why::new(WhyKind::Invalid, "`count` has no value")) }
}

/// Says that there are more instances than are looked at one by one.
fn beyond(instance: &Rc<Instance<'_>>, count: usize, span: Span) {
    let message =
        format!("of {count} instances the first {MOST_INSTANCES} are looked at one by one, the others as one");
    instance.root.report(&EvalError::new(message), span);
}

fn by_elements(instance: &Rc<Instance<'_>>, value: &Value, for_each: &Expr) -> Expansion {
    let span = for_each.span;
    let fault = |message: &str| {
        instance.root.report(&EvalError::new(message), span);
        Expansion::unknown(Why::new(WhyKind::Invalid, "`for_each` has no value"))
    };
    if value.sensitive || is_set(value).is_some_and(|items| items.iter().any(|i| i.sensitive)) {
        return fault("a sensitive value cannot be a `for_each`: its keys would show in addresses");
    }
    if let Repr::List(list) = &value.repr
        && matches!(list.kind, ListKind::Tuple | ListKind::List)
        && list.is_whole()
    {
        // Nothing to go through is no instance. `x != null ? toset(x) : []` is a set, though only the types
        // of both arms say so.
        if list.items.is_empty() && !matches!(for_each.kind, ExprKind::Array(_)) {
            return Expansion { instances: Vec::new(), single: false, by_key: true, doubt: None, busy: false };
        }
        return fault("`for_each` takes a map or a set of strings, not a list; use toset()");
    }
    let wrong = |item: &Value| !matches!(item.repr, Repr::String(_) | Repr::Unknown(_));
    if let Some(item) = is_set(value).and_then(|items| items.iter().find(|i| wrong(i))) {
        return fault(&format!("`for_each` takes a set of strings, and in this one there is a {}", item.kind_name()));
    }
    let found = match alternatives(value) {
        Some(found) => Ok(Some(found)),
        None => iterate::elements(value),
    };
    let elements = match found {
        Ok(Some(elements)) => elements,
        Ok(None) => {
            let why = value.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
            let doubt = Some(why.clone());
            let instances = vec![repeated_one(&why, value, true)];
            return Expansion { instances, single: false, by_key: true, doubt, busy: false };
        }
        Err(_) if value.is_null() => return fault("`for_each` must not be null"),
        Err(_) => return fault(&format!("`for_each` takes a map or a set of strings, not a {}", value.kind_name())),
    };
    let mut instances: Vec<Repetition> = Vec::new();
    let mut doubt = None;
    let mut texts: HashSet<EcoString> = HashSet::new();
    let mut unknown_keys = 0;
    let mut not_known = || {
        unknown_keys += 1;
        InstanceKey::Unknown(unknown_keys)
    };
    let all = elements.certain.len() + elements.maybe.len();
    let is_set = value.as_list().is_some();
    let reason = value.first_unknown();
    for (uncertain, pairs) in [(false, elements.certain), (true, elements.maybe)] {
        for (key, item) in pairs {
            let text = key.as_str().map(EcoString::from);
            if instances.len() >= MOST_INSTANCES {
                let why = Why::new(WhyKind::Budget, "for_each");
                beyond(instance, all, span);
                instances.extend(repeated(&why, value, true));
                doubt = Some(why);
                break;
            }
            let (key, each_key) = match text {
                Some(text) => {
                    let origins = key.origins.clone();
                    // Of several that may be there under one key, at most one is.
                    let free = texts.insert(text.clone()) || !uncertain;
                    let instance = if free { InstanceKey::Text(text.clone()) } else { not_known() };
                    (instance, Value::string(text).with_origins(origins))
                }
                None => (not_known(), for_reason(key, reason.as_ref())),
            };
            // In a map elements that are certainly there are different ones; in a set they may be the same.
            let uncertain = uncertain || is_set && matches!(key, InstanceKey::Unknown(_));
            if uncertain {
                let why = value.first_unknown().or_else(|| item.first_unknown());
                doubt.get_or_insert_with(|| match why {
                    Some(why) => why.clone(),
                    None => Why::new(WhyKind::Maybe, ""),
                });
            }
            instances.push(Repetition { key, each: Some((each_key, item)), count: None, uncertain });
        }
    }
    if let Some(why) = elements.open {
        instances.push(Repetition { key: not_known(), ..repeated_one(&why, value, true) });
        doubt.get_or_insert(why.clone());
    }
    Expansion { instances, single: false, by_key: true, doubt, busy: false }
}

/// The elements of a set.
fn is_set(value: &Value) -> Option<&[Value]> {
    value.as_list().filter(|l| l.kind == ListKind::Set).map(|l| &l.items[..])
}

/// `var.prod ? { a = 1, b = 2 } : { a = 3 }`: `a` is there in any case, `b` perhaps. None if the value
/// is not one of some collections whose keys are known.
fn alternatives(value: &Value) -> Option<Elements> {
    let unknown = value.as_unknown()?;
    let Refinement::OneOf(alternatives) = &unknown.refinement else { return None };
    let mut by_key: ByName<Vec<Value>> = ByName::default();
    for alternative in alternatives.iter() {
        let found = match &alternative.repr {
            Repr::Object(object) if object.open.is_none() => iterate::elements(alternative).ok()??,
            // A tuple is what `[]` is until it is known that the other arm is a set.
            Repr::List(list) if list.is_whole() && (list.kind == ListKind::Set || list.items.is_empty()) => {
                iterate::elements(alternative).ok()??
            }
            _ => return None,
        };
        for (key, item) in found.certain {
            by_key.entry(key.as_str()?.into()).or_default().push(item);
        }
    }
    let mut elements = Elements::default();
    by_key.sort_keys();
    for (key, mut items) in by_key {
        let in_all = items.len() == alternatives.len();
        let item = if items.len() == 1 {
            items.remove(0)
        } else {
            let origins = items.first().map(|i| i.origins.clone()).unwrap_or_default();
            let sensitive = items.iter().any(|i| i.sensitive);
            let refinement = Refinement::OneOf(items.into());
            let one_of = Unknown { why: unknown.why.clone(), symbol: None, refinement };
            Value::from(Repr::Unknown(Arc::new(one_of))).with_origins(origins).mark_sensitive(sensitive)
        };
        let key = Value::string(key).with_origins(value.origins.clone());
        if in_all { elements.certain.push((key, item)) } else { elements.maybe.push((key, item)) }
    }
    Some(elements)
}

/// A key that only is not known because it is not known how many elements there are, with the reason of that.
fn for_reason(key: Value, reason: Option<&Why>) -> Value {
    match (key.as_unknown(), reason) {
        (Some(Unknown { why, .. }), Some(reason)) if why.kind == WhyKind::Repeated && why.subject.is_empty() => {
            Value::unknown(reason.clone()).with_origins(key.origins)
        }
        _ => key,
    }
}

/// One that stands for none or more.
fn repeated_one(why: &Why, value: &Value, by_key: bool) -> Repetition {
    let unknown = Value::unknown(why.clone())
        .with_origins(value.origins.iter().filter(|o| !matches!(o.step, OriginStep::File { .. })).cloned().collect());
    Repetition {
        key: InstanceKey::Unknown(1),
        each: by_key.then(|| (unknown.clone(), unknown.clone())),
        count: (!by_key).then_some(unknown),
        uncertain: true,
    }
}

fn repeated(why: &Why, value: &Value, by_key: bool) -> Option<Repetition> {
    Some(repeated_one(why, value, by_key))
}
