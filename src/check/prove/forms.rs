//! The law about forms: what is written through variables, or in a module that is called, is judged as if it stood there
//! plainly.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{Run, run, unknowns::terraform_literals};
use crate::{
    check::{waive, without_keys},
    report::Verdict,
    rule::{Catalog, compile::Rule, examples::Example},
    source::FileId,
    syntax::hcl,
};

/// Where the module stands, in the example that calls it.
const INNER: &str = "inner";

/// Whether an example is one Terraform module and nothing else, which can be written otherwise.
pub(super) fn is_module(example: &Example) -> bool {
    example.files.iter().all(|(path, _)| path.ends_with(".tf") && !path.contains('/'))
}

/// Whether it can be called: what configures a provider or names a waiver by its file belongs where it stands.
pub(super) fn can_be_called(rule: &Rule, example: &Example) -> bool {
    let configures = |(_, text): &(String, String)| {
        hcl::parse(FileId(0), text).body.blocks().any(|b| matches!(b.kind.text.as_str(), "provider" | "terraform"))
    };
    is_module(example) && !rule.kinds().any(|kind| kind == waive::KIND) && !example.files.iter().any(configures)
}

/// What is judged otherwise if each literal of an example is the default of a variable.
pub(super) fn by_variables(catalog: &Catalog, rule: &Rule, example: &Example) -> Vec<String> {
    let mut changed = example.clone();
    let mut number = 0;
    for (_, text) in &mut changed.files {
        let mut spans = terraform_literals(text);
        spans.sort();
        let mut declared = String::new();
        // From behind, so that what stands before keeps its place; no line moves.
        for span in spans.into_iter().rev() {
            let name = format!("written_{number}");
            number += 1;
            let _ = writeln!(declared, "variable \"{name}\" {{\n  default = {}\n}}", &text[span.range()]);
            text.replace_range(span.range(), &format!("(var.{name})"));
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&declared);
    }
    differences(catalog, rule, example, &changed, "")
}

/// What is judged otherwise if an example is a module that is called.
pub(super) fn in_a_module(catalog: &Catalog, rule: &Rule, example: &Example) -> Vec<String> {
    let mut inner = example.clone();
    let mut outer = format!("module \"{INNER}\" {{\n  source = \"./{INNER}\"\n");
    let mut declared = String::new();
    for (path, text) in &mut inner.files {
        for block in hcl::parse(FileId(0), text).body.blocks() {
            let Some(name) = block.labels.first().map(|l| &l.text) else { continue };
            match block.kind.text.as_str() {
                // What has no value has none here either, and what is handed on still is.
                "variable" if block.body.attribute("default").is_none() => {
                    let _ = writeln!(outer, "  {name} = var.{name}");
                    let _ = writeln!(declared, "variable \"{name}\" {{}}");
                }
                "output" => {
                    let _ = writeln!(declared, "output \"{name}\" {{\n  value = module.{INNER}.{name}\n}}");
                }
                _ => {}
            }
        }
        *path = format!("{INNER}/{path}");
    }
    inner.files.push(("main.tf".into(), format!("{outer}}}\n{declared}")));
    differences(catalog, rule, example, &inner, &format!("module.{INNER}."))
}

fn differences(catalog: &Catalog, rule: &Rule, plain: &Example, other: &Example, prefix: &str) -> Vec<String> {
    let (before, now) = (run(catalog, rule, plain), run(catalog, rule, other));
    let mut faults = Vec::new();
    for verdict in [Verdict::Fail, Verdict::Undecided] {
        let (expected, found) = (addresses(&before, verdict, ""), addresses(&now, verdict, prefix));
        let word = verdict.as_str();
        faults.extend(expected.difference(&found).map(|address| format!("{address} is no longer {word}")));
        faults.extend(found.difference(&expected).map(|address| format!("{address} is now {word}")));
    }
    let (expected, found) = (before.report.counts.pass, now.report.counts.pass);
    // The variables and outputs outside of the module may be things to judge too.
    if expected > found && faults.is_empty() {
        faults.push(format!("{expected} passed, and now {found}"));
    }
    faults
}

fn addresses(run: &Run, verdict: Verdict, prefix: &str) -> BTreeSet<String> {
    let findings = run.report.findings.iter().filter(|f| f.verdict == verdict);
    let all = findings.flat_map(|f| f.instances.iter().map(|address| without_keys(address)));
    // A module as a whole has the name of its directory.
    all.map(|address| if address == INNER { ".".into() } else { address.replace(prefix, "") }).collect()
}
