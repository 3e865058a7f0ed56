//! The `rules` block: which rules are run, and how much they matter here.

use std::str::FromStr;

use ecow::EcoString;

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

/// What a configuration says of rules.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Directories with further rules, as seen from what is checked, and where they are named.
    pub directories: Vec<(EcoString, Span)>,
    /// Whether rules in preview are run.
    pub preview: bool,
    /// Rules that are not run, where they are named, and why.
    pub off: Vec<(EcoString, Span, EcoString)>,
    /// Severities that differ from the rule's, and where the rule is named.
    pub severities: Vec<(EcoString, Span, Severity)>,
}

impl Rules {
    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        self.directories.is_empty() && !self.preview && self.off.is_empty() && self.severities.is_empty()
    }
}

/// Reads the blocks. `way` leads from the file to what is checked.
pub(super) fn read(sections: &[Section], way: &str, diagnostics: &mut Vec<Diagnostic>) -> Rules {
    let mut out = Rules::default();
    for section in sections.iter().filter(|s| s.kind() == "rules") {
        for (written, span) in literals::texts(section, "directories", diagnostics) {
            match seen_from(way, &written).filter(|path| !path.is_empty()) {
                Some(path) => out.directories.push((path.into(), span)),
                None => diagnostics.push(
                    mistake(format!("`{written}` is no directory below this file"), span)
                        .help("Give a path that is relative to the directory of this file."),
                ),
            }
        }
        out.preview |= flag(section, "preview", diagnostics) == Some(true);
        if let Some(expr) = section.get("off") {
            for (rule, span, reason) in literals::entries(expr, "off", diagnostics) {
                let text = literals::plain_text(reason, "off", diagnostics);
                match text.filter(|text| !text.trim().is_empty()) {
                    Some(text) => out.off.push((rule.into(), span, text.into())),
                    None => diagnostics.push(mistake(format!("`{rule}` is switched off without a reason"), span).help(
                        "Write `off = { \"rule\" = \"why\" }`: whoever reads the report must be able to judge it.",
                    )),
                }
            }
        }
        if let Some(expr) = section.get("severities") {
            for (rule, span, word) in literals::entries(expr, "severities", diagnostics) {
                let Some(text) = literals::plain_text(word, "severities", diagnostics) else { continue };
                match Severity::from_str(&text) {
                    Ok(severity) => out.severities.push((rule.into(), span, severity)),
                    Err(why) => diagnostics.push(mistake(why, word.span)),
                }
            }
        }
    }
    out
}

/// Names of rules that do not exist.
pub(super) fn unknown(rules: &Rules, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let off = rules.off.iter().map(|(id, span, _)| (id, span));
    for (id, span) in off.chain(rules.severities.iter().map(|(id, span, _)| (id, span))) {
        if !catalog.knows(id) {
            let fault = mistake(format!("there is no rule `{id}`"), *span);
            diagnostics.push(match nearest(id, catalog.known_ids()) {
                Some(near) => fault.help(format!("Did you mean `{near}`?")),
                None => fault.help("`trustlint rules list` shows all rules."),
            });
        }
    }
}
