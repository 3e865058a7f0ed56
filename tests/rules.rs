//! Every built-in rule proves itself: one test for each example, each fixture and each law, by name.
//!
//! `cargo test --test rules -- aws-rds` runs those of one rule.

#![allow(clippy::disallowed_methods, reason = "a test that reads fixtures")]

use std::{fs, io, path::Path, sync::Arc};

use libtest_mimic::{Arguments, Failed, Trial};
use trustlint::{
    check::prove::{self, Proof},
    rule::{
        Catalog,
        examples::{self, Example},
    },
    source::{DiskTree, Tree},
};

fn main() {
    let arguments = Arguments::from_args();
    let mut catalog = Catalog::builtin_whole();
    for rule in &mut catalog.rules {
        rule.examples.extend(fixtures(&rule.id).expect("the fixtures can be read"));
    }
    let catalog = Arc::new(catalog);
    let mut trials: Vec<Trial> = prove::prove_catalog(&catalog).into_iter().map(|p| trial("all rules", p)).collect();
    trials.push(Trial::test("all rules: those that are needed are those that match", every_rule_is_found));
    for (index, rule) in catalog.rules.iter().enumerate() {
        trials.push(trial(&rule.id, prove::id_is_path(&catalog, rule)));
        for name in prove::names(rule) {
            let catalog = catalog.clone();
            let title = format!("{}: {name}", rule.id);
            trials.push(Trial::test(title, move || verdict(&prove::prove(&catalog, &catalog.rules[index], &name))));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(rule: &str, proof: Proof) -> Trial {
    Trial::test(format!("{rule}: {}", proof.name), move || verdict(&proof.faults))
}

fn verdict(faults: &[String]) -> Result<(), Failed> {
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// With one entity that a rule could look at, the rule is loaded with the views it stands on.
fn every_rule_is_found() -> Result<(), Failed> {
    let all = Catalog::builtin();
    for rule in &all.rules {
        for kind in prove::source_kinds(&all, rule) {
            let needed = Catalog::builtin_for([&kind]);
            let Some(found) = needed.rule(&rule.id) else {
                return Err(format!("{} is not loaded for {kind}", rule.id).into());
            };
            let views = |catalog: &Catalog| {
                prove::views(catalog, found).into_iter().map(|v| v.name.clone()).collect::<Vec<_>>()
            };
            if views(&all) != views(&needed) {
                return Err(
                    format!("{} needs the views {:?}, loaded are {:?}", rule.id, views(&all), views(&needed)).into()
                );
            }
        }
    }
    Ok(())
}

/// Directories of fixtures: `fixtures/rules/<id>/{pass,fail,undecided}[-<name>]/`.
fn fixtures(id: &str) -> io::Result<Vec<Example>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules").join(id);
    let mut out = Vec::new();
    if !root.is_dir() {
        return Ok(out);
    }
    for entry in fs::read_dir(&root)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let expected = examples::expected(name.split('-').next().unwrap_or_default())
            .ok_or_else(|| io::Error::other(format!("{}: not pass, fail or undecided", path.display())))?;
        let tree = DiskTree::new(&path, 1).map_err(|e| io::Error::other(format!("{}: {e}", path.display())))?;
        let files = tree
            .list()
            .files
            .iter()
            .map(|file| {
                let bytes = tree.read(file).map_err(|e| io::Error::other(format!("{file}: {e}")))?;
                Ok((file.to_string(), String::from_utf8_lossy(&bytes).into_owned()))
            })
            .collect::<io::Result<_>>()?;
        out.push(Example { expected, why: format!("fixture {name}"), files, span: None });
    }
    out.sort_by(|a, b| a.why.cmp(&b.why));
    Ok(out)
}
