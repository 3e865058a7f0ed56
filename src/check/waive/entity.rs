//! A waiver as an entity, so that rules can say what is required of it.

use ecow::{EcoString, eco_format};

use super::{KIND, Waiver, Waiving};
use crate::{
    model::Entity,
    report::Severity,
    source::{SourceMap, Span},
    value::{ByName, Object, Origin, OriginStep, Origins, Value},
};

/// What is known of the rules that a waiver names.
pub(in crate::check) struct Named {
    /// The severest of them, as far as they are loaded.
    pub(in crate::check) severity: Option<Severity>,
    /// Those that must not be waived.
    pub(in crate::check) banned: Vec<EcoString>,
    /// Whether all of them were run.
    pub(in crate::check) ran: bool,
}

/// The entity of a waiver. `before` are the addresses of those before it.
pub(in crate::check) fn entity(
    waiver: &Waiver,
    named: &Named,
    files: &SourceMap,
    waiving: &Waiving,
    before: &[EcoString],
) -> Entity {
    let header = Origin::new(waiver.header, waiver.extent, OriginStep::Here);
    let whole = Origins::one(header.clone());
    let missing = || Value::null().with_origins(whole.clone());
    let at = |span: Span| Origins::one(Origin::here(span));
    let text = |part: &Option<(EcoString, Span)>| {
        part.as_ref().map_or_else(missing, |(text, span)| Value::string(text.clone()).with_origins(at(*span)))
    };
    let here = |value: Value| value.with_origins(whole.clone());
    let until = waiver.until.as_ref();
    // Of one that waives what is undecided nobody knows whether it is needed.
    let used = waiver.is_needed.then_some(true).or_else(|| (named.ran && waiver.subjects.is_empty()).then_some(false));
    let days_left = until.zip(waiving.today).and_then(|((until, span), today)| {
        let days = today.until(*until).ok()?.get_days();
        Some(Value::number(i64::from(days)).with_origins(at(*span)))
    });
    let fields: ByName<_> = [
        (
            "rules",
            here(Value::tuple(
                waiver.rules.iter().map(|(id, span)| Value::string(id.clone()).with_origins(at(*span))).collect(),
            )),
        ),
        ("reason", text(&waiver.reason)),
        ("owner", text(&waiver.owner)),
        ("until", until.map_or_else(missing, |(date, span)| Value::string(date.to_string()).with_origins(at(*span)))),
        ("days_left", days_left.unwrap_or_else(missing)),
        ("severity", named.severity.map_or_else(missing, |s| here(Value::string(s.as_str())))),
        ("banned_rules", here(Value::tuple(named.banned.iter().map(|id| Value::string(id.clone())).collect()))),
        ("source", here(Value::string(waiver.source.as_str()))),
        ("covers", waiver.scope.word().map_or_else(missing, |word| here(Value::string(word)))),
        ("mistake", waiver.mistake.as_ref().map_or_else(missing, |why| here(Value::string(why.as_str())))),
        ("used", used.map_or_else(missing, |used| here(Value::bool(used)))),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .collect();
    let path = files.path(waiver.header.file);
    let ids: Vec<&str> = waiver.rules.iter().map(|(id, _)| id.as_str()).collect();
    let name = if ids.is_empty() { "no rule".into() } else { ids.join(", ") };
    let base = eco_format!("waiver of {name} in {path}");
    let same = before.iter().filter(|a| **a == base || a.starts_with(&format!("{base} ("))).count();
    Entity {
        kind: KIND.into(),
        address: if same == 0 { base } else { eco_format!("{base} ({})", same + 1) },
        name: name.into(),
        scope: path.into(),
        scenario: None,
        body: Value::from_object(Object { fields, header: Some(header.clone()), ..Object::default() }),
        header,
        extent: waiver.extent,
        parts: Vec::new(),
        calls: Vec::new(),
        owner: None,
        environment: None,
        doubt: None,
    }
}
