//! `waiver` blocks, and the `waivers` block that says which count.

use std::str::FromStr;

use ecow::EcoString;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::civil::Date;

use super::{flag, seen_from};
use crate::{
    report::Severity,
    rule::{
        Catalog,
        compile::literals,
        file::{Section, mistake, nearest},
    },
    source::{Diagnostic, Span},
};

/// What a configuration says of waivers.
#[derive(Clone, Debug, Default)]
pub struct Waivers {
    /// The `waiver` blocks.
    pub all: Vec<Configured>,
    /// Whether comments are passed over.
    pub no_comments: bool,
    /// Whether comments of other tools count.
    pub foreign: bool,
    /// Rules whose findings must not be waived, and where they are named.
    pub banned_rules: Vec<(EcoString, Span)>,
    /// Severities whose findings must not be waived.
    pub banned_severities: Vec<Severity>,
}

/// A `waiver` block.
#[derive(Clone, Debug)]
pub struct Configured {
    /// The rule, and where it is named.
    pub rule: (EcoString, Span),
    /// The files whose findings it waives, with paths as seen from what is checked; none: all.
    pub paths: Option<GlobSet>,
    /// The addresses of entities whose findings it waives; none: all.
    pub addresses: Option<GlobSet>,
    /// Why.
    pub reason: Option<(EcoString, Span)>,
    /// The last day on which it holds.
    pub until: Option<(Date, Span)>,
    /// Who answers for it.
    pub owner: Option<(EcoString, Span)>,
    /// The header of the block.
    pub header: Span,
    /// The block.
    pub extent: Span,
}

/// Reads the blocks. `way` leads from the file to what is checked.
pub(super) fn read(sections: &[Section], way: &str, diagnostics: &mut Vec<Diagnostic>) -> Waivers {
    let mut out = Waivers::default();
    for section in sections.iter().filter(|s| s.kind() == "waiver") {
        out.all.extend(one(section, way, diagnostics));
    }
    for section in sections.iter().filter(|s| s.kind() == "waivers") {
        out.no_comments = flag(section, "comments", diagnostics) == Some(false);
        out.foreign = flag(section, "other_tools", diagnostics) == Some(true);
        let rules = literals::texts(section, "banned_rules", diagnostics);
        out.banned_rules.extend(rules.into_iter().map(|(id, span)| (EcoString::from(id), span)));
        for (word, span) in literals::texts(section, "banned_severities", diagnostics) {
            match Severity::from_str(&word) {
                Ok(severity) => out.banned_severities.push(severity),
                Err(why) => diagnostics.push(mistake(why, span)),
            }
        }
    }
    out
}

/// Names of rules that do not exist.
pub(super) fn unknown_rules(waivers: &Waivers, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for (id, span) in waivers.all.iter().map(|w| &w.rule).chain(&waivers.banned_rules) {
        if !catalog.knows(id) {
            let fault = mistake(format!("there is no rule `{id}`"), *span);
            diagnostics.push(match nearest(id, catalog.known_ids()) {
                Some(near) => fault.help(format!("Did you mean `{near}`?")),
                None => fault.help("`trustlint rules list` shows all rules."),
            });
        }
    }
}

fn one(section: &Section, way: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Configured> {
    let label = section.label()?;
    let before = diagnostics.len();
    let span_of = |name: &str| section.get(name).map_or(section.header(), |e| e.span);
    let mut text = |name: &str| literals::text(section, name, diagnostics).map(|t| (EcoString::from(t), span_of(name)));
    let (reason, owner, until) = (text("reason"), text("owner"), text("until"));
    if reason.is_none() && section.get("reason").is_none() {
        diagnostics.push(
            mistake(format!("the waiver of {} gives no reason", label.text), section.header())
                .help("Add `reason = \"...\"`: whoever reads the register must be able to judge it."),
        );
    }
    let until = until.and_then(|(text, span)| {
        let date = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
        if date.is_none() {
            diagnostics.push(mistake(format!("`{text}` is no date"), span).help("Write `until = \"2027-01-31\"`."));
        }
        Some((date?, span))
    });
    let paths = globs(section, "paths", |written| seen_from(way, written), diagnostics);
    let addresses = globs(section, "addresses", |written| Some(written.replace('[', "[[]")), diagnostics);
    if section.get("paths").is_none() && section.get("addresses").is_none() {
        diagnostics.push(
            mistake(format!("the waiver of {} says nothing of what it is for", label.text), section.header())
                .help("Add `paths` or `addresses`; to leave out a rule altogether, use `--skip`."),
        );
    }
    (diagnostics.len() == before).then(|| Configured {
        rule: (label.text.clone(), label.span),
        paths,
        addresses,
        reason,
        until,
        owner,
        header: section.header(),
        extent: section.header(),
    })
}

fn globs(
    section: &Section,
    name: &str,
    prepared: impl Fn(&str) -> Option<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<GlobSet> {
    section.get(name)?;
    let mut set = GlobSetBuilder::new();
    for (written, span) in literals::texts(section, name, diagnostics) {
        let glob = prepared(&written)
            .filter(|pattern| !pattern.is_empty())
            .and_then(|pattern| GlobBuilder::new(&pattern).literal_separator(name == "paths").build().ok());
        match glob {
            Some(glob) => {
                set.add(glob);
            }
            None => diagnostics.push(
                mistake(format!("`{written}` names nothing"), span)
                    .help("`*` stands for any part of a name, and of paths `**` for any directories below this file."),
            ),
        }
    }
    set.build().ok()
}
