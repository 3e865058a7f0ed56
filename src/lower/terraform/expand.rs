//! `count` and `for_each`: how often a resource or a module call is there.

use std::{fmt, rc::Rc};

use ecow::EcoString;

use super::instance::Instance;
use crate::{
    eval::{EvalError, Locals, functions::convert, iterate},
    syntax::hcl::Block,
    value::{ListKind, OriginStep, Refinement, Repr, Value, Why, WhyKind},
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
    /// `[*]`: not known.
    Unknown,
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
            Self::Unknown => f.write_str("[*]"),
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
                key: InstanceKey::Unknown,
                each: Some((unknown.clone(), unknown.clone())),
                count: Some(unknown),
                uncertain: true,
            }],
            single: false,
            by_key: true,
            doubt: Some(why),
        }
    }

    /// The instance of a key, if it stands where it is to be expected: numbers count from 0, and texts come
    /// sorted from maps and sets. Ten thousand instances that each look for their like are then fast.
    fn at_its_place(&self, wanted: &InstanceKey) -> Option<&Repetition> {
        let place = match wanted {
            InstanceKey::Number(n) => *n,
            InstanceKey::Text(text) => {
                self.instances.partition_point(|r| matches!(&r.key, InstanceKey::Text(key) if key < text))
            }
            InstanceKey::None | InstanceKey::Unknown => return None,
        };
        self.instances.get(place).filter(|r| r.key == *wanted)
    }

    /// The instance that an index means.
    pub(super) fn find(&self, key: &Value) -> Found<'_> {
        let wanted = match &key.repr {
            Repr::List(_) | Repr::Object(_) | Repr::Null | Repr::Bool(_) => return Found::No,
            Repr::Number(n) => n.as_usize().map(InstanceKey::Number),
            Repr::String(text) if self.by_key => text.as_str().map(|t| InstanceKey::Text(t.into())),
            Repr::String(text) => text.as_str().and_then(|t| t.parse().ok()).map(InstanceKey::Number),
            _ => None,
        };
        let Some(wanted) = wanted else {
            return match self.instances.first() {
                Some(first) => Found::Possible(Repetition {
                    key: InstanceKey::Unknown,
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
        match self.instances.iter().find(|r| r.key == InstanceKey::Unknown) {
            Some(repeated) => Found::Possible(Repetition { key: wanted, ..repeated.clone() }),
            None => Found::No,
        }
    }
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
        return by_elements(instance, &value, for_each.expr.span);
    }
    let only = Repetition { key: InstanceKey::None, each: None, count: None, uncertain: false };
    Expansion { instances: vec![only], single: true, by_key: false, doubt: None }
}

fn by_count(instance: &Rc<Instance<'_>>, value: &Value, span: crate::source::Span) -> Expansion {
    let counted = |n: usize, uncertain: bool| Repetition {
        key: InstanceKey::Number(n),
        each: None,
        count: Some(Value::number(n).with_origins(value.origins.clone())),
        uncertain,
    };
    let known = convert::to_number(value).ok().and_then(|v| v.as_number().and_then(|n| n.as_usize()));
    if let Some(count) = known {
        let mut instances: Vec<Repetition> = (0..count.min(MOST_INSTANCES)).map(|n| counted(n, false)).collect();
        let doubt = (count > MOST_INSTANCES).then(|| Why::new(WhyKind::Budget, count.to_string()));
        if let Some(why) = &doubt {
            beyond(instance, count, span);
            instances.extend(repeated(why, value, false));
        }
        return Expansion { instances, single: false, by_key: false, doubt };
    }
    if let Repr::Unknown(unknown) = &value.repr {
        let doubt = Some(Why::new(WhyKind::Maybe, unknown.why.to_string()));
        // `var.x ? 1 : 0`: the first, if there is any.
        let at_most_one = match &unknown.refinement {
            Refinement::OneOf(values) => {
                values.iter().all(|v| v.as_number().and_then(|n| n.as_usize()).is_some_and(|n| n <= 1))
            }
            _ => false,
        };
        let instances =
            if at_most_one { vec![counted(0, true)] } else { vec![repeated_one(&unknown.why, value, false)] };
        Expansion { instances, single: false, by_key: false, doubt }
    } else {
        let error = EvalError::new("`count` must be a whole number that is not negative");
        instance.root.report(&error, span);
        Expansion { by_key: false, ..Expansion::unknown(Why::new(WhyKind::Invalid, "`count` has no value")) }
    }
}

/// Says that there are more instances than are looked at one by one.
fn beyond(instance: &Rc<Instance<'_>>, count: usize, span: crate::source::Span) {
    let message =
        format!("of {count} instances the first {MOST_INSTANCES} are looked at one by one, the others as one");
    instance.root.report(&EvalError::new(message), span);
}

fn by_elements(instance: &Rc<Instance<'_>>, value: &Value, span: crate::source::Span) -> Expansion {
    let fault = |message: &str| {
        instance.root.report(&EvalError::new(message), span);
        Expansion::unknown(Why::new(WhyKind::Invalid, "`for_each` has no value"))
    };
    if let Repr::List(list) = &value.repr
        && matches!(list.kind, ListKind::Tuple | ListKind::List)
        && (!list.items.is_empty() || !list.is_whole())
        && list.is_whole()
    {
        return fault("`for_each` takes a map or a set of strings, not a list; use toset()");
    }
    let elements = match iterate::elements(value) {
        Ok(Some(elements)) => elements,
        Ok(None) => {
            let why = value.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
            let doubt = Some(Why::new(WhyKind::Maybe, why.to_string()));
            return Expansion { instances: vec![repeated_one(&why, value, true)], single: false, by_key: true, doubt };
        }
        Err(_) => return fault("`for_each` takes a map or a set of strings"),
    };
    let mut instances = Vec::new();
    let mut doubt = None;
    let all = elements.certain.len() + elements.maybe.len();
    for (uncertain, pairs) in [(false, elements.certain), (true, elements.maybe)] {
        for (key, item) in pairs {
            let text = key.as_str().or_else(|| item.as_str()).map(EcoString::from);
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
                    (InstanceKey::Text(text.clone()), Value::string(text).with_origins(origins))
                }
                None => (InstanceKey::Unknown, key.clone()),
            };
            if uncertain || key == InstanceKey::Unknown {
                let why = item.first_unknown().or_else(|| value.first_unknown());
                doubt =
                    doubt.or_else(|| Some(Why::new(WhyKind::Maybe, why.map_or_else(String::new, |w| w.to_string()))));
            }
            let uncertain = uncertain || key == InstanceKey::Unknown;
            instances.push(Repetition { key, each: Some((each_key, item)), count: None, uncertain });
        }
    }
    if let Some(why) = elements.open {
        instances.push(repeated_one(&why, value, true));
        doubt.get_or_insert(Why::new(WhyKind::Maybe, why.to_string()));
    }
    Expansion { instances, single: false, by_key: true, doubt }
}

/// One that stands for none or more.
fn repeated_one(why: &Why, value: &Value, by_key: bool) -> Repetition {
    let unknown = Value::unknown(why.clone())
        .with_origins(value.origins.iter().filter(|o| !matches!(o.step, OriginStep::File)).cloned().collect());
    Repetition {
        key: InstanceKey::Unknown,
        each: by_key.then(|| (unknown.clone(), unknown.clone())),
        count: (!by_key).then_some(unknown),
        uncertain: true,
    }
}

fn repeated(why: &Why, value: &Value, by_key: bool) -> Option<Repetition> {
    Some(repeated_one(why, value, by_key))
}
