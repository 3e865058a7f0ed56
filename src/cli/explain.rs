//! `trustlint explain`

use std::fmt::Write as _;

use super::{
    Terminal,
    args::ExplainArgs,
    check::known_criterion,
    exit::{Exit, Failure, nearest},
    rules,
};
use crate::rule::{catalog::Part, docs};

/// Prints the page of a rule or criterion.
pub(super) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let catalog = rules::with_own(&args.own, Part::Whole)?;
    if rules::report(&catalog, terminal) {
        return Ok(Exit::Usage);
    }
    let subject = args.subject.as_str();
    if let Some(rule) = catalog.rules.iter().find(|r| r.id == subject || r.aliases.iter().any(|a| a == subject)) {
        terminal.out(&docs::rule_page(rule, &catalog));
        return Ok(Exit::Clean);
    }
    if let Some(criterion) = catalog.criteria.iter().find(|c| c.id.eq_ignore_ascii_case(subject)) {
        let mut text = format!("# {}: {}\n\n{}\n\n", criterion.id, criterion.title, criterion.description);
        for rule in &catalog.rules {
            if let Some((_, reason)) = rule.criteria.iter().find(|(id, _)| *id == criterion.id) {
                let _ = writeln!(text, "- `{}` ({}): {reason}", rule.id, rule.severity);
            }
        }
        terminal.out(&text);
        return Ok(Exit::Clean);
    }
    // `CC6.9`
    if subject.contains('.') && subject.starts_with(|c: char| c.is_ascii_alphabetic()) {
        known_criterion(&catalog, subject)?;
    }
    let names = catalog.rules.iter().map(|r| r.id.as_str()).chain(catalog.criteria.iter().map(|c| c.id.as_str()));
    let failure = Failure::usage(format!("`{subject}` is neither a rule nor a criterion"));
    Err(match nearest(subject, names) {
        Some(near) => failure.help(format!("Did you mean `{near}`?")),
        None => failure.help("`trustlint rules list` shows all rules."),
    })
}
