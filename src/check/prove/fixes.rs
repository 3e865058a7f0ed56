//! The proof that a fix does what it says: its violation is gone, nothing else is worse, and doing it again changes nothing.

use super::{TODAY, lowered_tree};
use crate::{
    check::{
        Options, Waiving, check,
        fix::apply::{self, Fixed},
    },
    report::{Finding, Report},
    rule::{Catalog, compile::Rule, examples::Example},
    source::{Overlay, Tree},
};

/// Whether a program can make the rule's fix.
pub(super) fn can_fix(rule: &Rule) -> bool {
    rule.fixes.iter().any(|fix| fix.safety != "manual")
}

/// A fix that nothing shows to work may as well not be there.
pub(super) fn mends_none(catalog: &Catalog, rule: &Rule) -> Vec<String> {
    if !can_fix(rule) {
        return Vec::new();
    }
    let mends = |e: &Example| !fixed(catalog, rule, &e.tree()).done.is_empty();
    if rule.examples.iter().any(mends) {
        return Vec::new();
    }
    vec!["the fix mends none of the examples; show one that it mends, or make its safety \"manual\"".into()]
}

/// What is wrong with what the fix does to an example.
pub(super) fn faults(catalog: &Catalog, rule: &Rule, example: &Example) -> Vec<String> {
    let tree = example.tree();
    let first = fixed(catalog, rule, &tree);
    let shown = |texts: &Fixed| {
        let texts = texts.texts.iter().map(|(path, text)| format!("{path}:\n{}", String::from_utf8_lossy(text)));
        texts.collect::<Vec<_>>().join("\n")
    };
    let mut faults: Vec<String> = Vec::new();
    for (refused, harm) in &first.refused {
        faults.push(format!("to {} for {} leaves or brings {harm}", refused.summary, refused.address));
    }
    let again = fixed(catalog, rule, &Overlay::new(&tree, &first.texts));
    if !again.done.is_empty() {
        faults.push(format!("made a second time it changes the text again:\n{}", shown(&again)));
    }
    faults
}

/// The example with the fixes of this rule made, judged by all rules.
fn fixed(catalog: &Catalog, rule: &Rule, tree: &dyn Tree) -> Fixed {
    let waiving = Waiving { today: Some(TODAY), ..Waiving::default() };
    let options = Options { waiving, preview: true, ..Options::default() };
    let run = |tree: &dyn Tree| check(lowered_tree(tree), catalog, &options);
    let of_rule = |finding: &Finding, report: &Report, _: &_| report.rule_of(finding).id == rule.id;
    apply::apply(tree, &run, &of_rule)
}
