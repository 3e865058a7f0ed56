//! The `check` block: what fails a check, unless the arguments say something else.

use std::str::FromStr;

use ecow::EcoString;

use super::seen_from;
use crate::{
    report::Severity,
    rule::{
        compile::literals,
        file::{Section, mistake},
    },
    source::{Diagnostic, Span},
};

/// What a configuration says of the outcome of a check.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// The least severity that fails it; `Some(None)`: none does.
    pub fail_on: Option<Option<Severity>>,
    /// Whether what is undecided fails it.
    pub undecided_fails: Option<bool>,
    /// What was found before, as seen from what is checked, and where it is named.
    pub baseline: Option<(EcoString, Span)>,
}

/// Reads the blocks. `way` leads from the file to what is checked.
pub(super) fn read(sections: &[Section], way: &str, diagnostics: &mut Vec<Diagnostic>) -> Check {
    let mut out = Check::default();
    for section in sections.iter().filter(|s| s.kind() == "check") {
        let one = |name: &str, diagnostics: &mut Vec<Diagnostic>| {
            let expr = section.get(name)?;
            Some((literals::plain_text(expr, name, diagnostics)?, expr.span))
        };
        if let Some((word, span)) = one("fail_on", diagnostics) {
            match (word.as_str(), Severity::from_str(&word)) {
                ("none", _) => out.fail_on = Some(None),
                (_, Ok(severity)) => out.fail_on = Some(Some(severity)),
                (_, Err(why)) => diagnostics.push(mistake(format!("{why}, and none"), span)),
            }
        }
        if let Some((word, span)) = one("undecided", diagnostics) {
            match word.as_str() {
                "report" => out.undecided_fails = Some(false),
                "fail" => out.undecided_fails = Some(true),
                _ => diagnostics.push(mistake("`undecided` is \"report\" or \"fail\"", span)),
            }
        }
        if let Some((path, span)) = one("baseline", diagnostics) {
            match seen_from(way, &path).filter(|seen| !seen.is_empty()) {
                Some(seen) => out.baseline = Some((seen.into(), span)),
                None => diagnostics.push(
                    mistake(format!("`{path}` is no file below this one"), span)
                        .help("Give a path that is relative to the directory of this file."),
                ),
            }
        }
    }
    out
}
