//! Waivers as other tools write them: they count for the rules that ask the same, which their aliases tell.

use std::collections::BTreeSet;

use ecow::EcoString;
use jiff::civil::Date;
use memchr::memmem;

use super::{
    Scope, Waiver,
    place::{Commented, Covered},
};
use crate::{
    report::WaiverSource,
    rule::{Catalog, compile::Rule},
    source::Span,
    syntax::node::Node,
};

/// Checkov, Trivy and tfsec: `checkov:skip=ID:reason`, `trivy:ignore:ID reason`.
const WITH_ID: [&str; 4] = ["checkov:skip=", "trivy:ignore:", "tfsec:ignore:", "bridgecrew:skip="];
/// KICS: `kics-scan ignore-line`, `ignore-block`, `ignore`, `disable=ID,ID`.
const KICS: &str = "kics-scan ";
/// zizmor: `zizmor: ignore[ID,ID] reason`.
const ZIZMOR: &str = "zizmor: ignore[";
/// kube-linter: `ignore-check.kube-linter.io/ID: reason` in the annotations of an object.
const KUBE_LINTER: &str = "ignore-check.kube-linter.io/";
/// kube-linter: the same for all checks.
const KUBE_LINTER_ALL: &str = "kube-linter.io/ignore-all";

/// Whether a text may hold any.
pub(super) fn may_hold(text: &[u8]) -> bool {
    let marks = WITH_ID.iter().chain([&KICS, &ZIZMOR, &KUBE_LINTER, &KUBE_LINTER_ALL]);
    marks.into_iter().any(|mark| memmem::find(text, mark.as_bytes()).is_some())
}

/// What a comment of another tool waives, if it names what one of our rules asks as well.
pub(super) fn comment(commented: &Commented<'_>, span: Span, text: &str, catalog: &Catalog) -> Option<Waiver> {
    let said = with_id(text).or_else(|| kics(text)).or_else(|| zizmor(text))?;
    let mut covered = match said.place {
        // Those of Checkov stand inside of the block that they are for.
        Place::Around => commented.around(span).or_else(|| commented.covered(span).ok())?,
        Place::Next => commented.covered(span).ok()?,
        Place::Line => {
            let covered = commented.covered(span).ok()?;
            Covered { span: commented.line_at(covered.span.start), what: "line" }
        }
        Place::File => commented.whole(span).ok()?,
    };
    // Of a comment above a document its writer means the first line.
    if covered.what == "document" {
        covered = Covered { span: commented.line_at(covered.span.start), what: "line" };
    }
    let rules = rules(catalog, |rule| said.names.is_met_by(rule));
    let waiver = waiver(rules, &said.reason, covered, span)?;
    Some(Waiver { until: said.until.map(|date| (date, span)), ..waiver })
}

/// What the annotations of objects waive.
pub(super) fn annotations(commented: &Commented<'_>, catalog: &Catalog) -> Vec<Waiver> {
    let mut out = Vec::new();
    for document in commented.documents() {
        let annotations = document.root.get("metadata").and_then(|m| m.get("annotations"));
        for entry in annotations.into_iter().flat_map(Node::entries) {
            let key = entry.key.as_str();
            let all = key == KUBE_LINTER_ALL;
            let Some(id) = key.strip_prefix(KUBE_LINTER).or_else(|| all.then_some("")) else { continue };
            let is_its = |alias: &str| if all { is_of_kube_linter(alias) } else { alias == id };
            let named = rules(catalog, |rule| rule.aliases.iter().any(|alias| is_its(alias)));
            let reason = entry.value.as_text().map_or("", EcoString::as_str);
            let covered = Covered { span: document.root.span, what: "document" };
            out.extend(waiver(named, reason, covered, entry.key_span));
        }
    }
    out
}

/// What is waived.
enum Names {
    Ids(Vec<String>),
    /// Everything that KICS asks.
    Kics,
}

impl Names {
    fn is_met_by(&self, rule: &Rule) -> bool {
        rule.aliases.iter().any(|alias| match self {
            Self::Ids(ids) => ids.iter().any(|id| alias.eq_ignore_ascii_case(id)),
            Self::Kics => is_of_kics(alias),
        })
    }
}

/// Where it is waived.
enum Place {
    Next,
    /// The next line alone, whatever begins there.
    Line,
    Around,
    File,
}

struct Said {
    names: Names,
    place: Place,
    reason: String,
    until: Option<Date>,
}

fn with_id(text: &str) -> Option<Said> {
    let (mark, rest) = WITH_ID.iter().find_map(|mark| Some((*mark, text.split_once(mark)?.1)))?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-')).unwrap_or(rest.len());
    let mut rest_of_it = &rest[end..];
    let is_checkov = mark.ends_with("skip=");
    let mut until = None;
    if !is_checkov {
        // Behind the id of Trivy or tfsec stand what it is limited to, which is not followed here, and its last day.
        if rest_of_it.starts_with('[') || rest_of_it.starts_with(":ws:") {
            return None;
        }
        if let Some(behind) = rest_of_it.strip_prefix(":exp:") {
            let length = behind.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(behind.len());
            until = Some(super::comment::date(&behind[..length])?);
            rest_of_it = &behind[length..];
        }
    }
    Some(Said {
        names: Names::Ids(vec![rest[..end].trim_start_matches("AVD-").to_string()]),
        place: if is_checkov { Place::Around } else { Place::Next },
        reason: rest_of_it.trim_start_matches([':', ' ']).trim().to_string(),
        until,
    })
}

fn kics(text: &str) -> Option<Said> {
    let (_, rest) = text.split_once(KICS)?;
    let (names, place) = match rest.trim() {
        "ignore-line" => (Names::Kics, Place::Line),
        "ignore-block" => (Names::Kics, Place::Next),
        "ignore" => (Names::Kics, Place::File),
        // Of its ids, which are UUIDs, aliases have the beginning.
        other => {
            let ids = other.strip_prefix("disable=")?.split(',');
            (Names::Ids(ids.filter_map(|id| Some(id.trim().get(..8)?.to_string())).collect()), Place::File)
        }
    };
    Some(Said { names, place, reason: String::new(), until: None })
}

fn zizmor(text: &str) -> Option<Said> {
    let (ids, reason) = text.split_once(ZIZMOR)?.1.split_once(']')?;
    Some(Said {
        names: Names::Ids(ids.split(',').map(|id| id.trim().to_string()).collect()),
        place: Place::Next,
        reason: reason.trim().to_string(),
        until: None,
    })
}

fn is_of_kics(alias: &str) -> bool {
    alias.len() == 8 && alias.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
}

/// Its names are words.
fn is_of_kube_linter(alias: &str) -> bool {
    alias.contains('-') && alias.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

fn rules(catalog: &Catalog, is_meant: impl Fn(&Rule) -> bool) -> Vec<EcoString> {
    catalog.rules.iter().filter(|rule| is_meant(rule)).map(|rule| rule.id.as_str().into()).collect()
}

fn waiver(rules: Vec<EcoString>, reason: &str, covered: Covered, span: Span) -> Option<Waiver> {
    (!rules.is_empty()).then(|| Waiver {
        rules: rules.into_iter().map(|id| (id, span)).collect(),
        reason: (!reason.is_empty()).then(|| (reason.into(), span)),
        until: None,
        owner: None,
        scope: Scope::Place(covered),
        source: WaiverSource::Foreign,
        header: span,
        extent: span,
        mistake: None,
        subjects: Vec::new(),
        met: BTreeSet::new(),
        is_needed: false,
    })
}
