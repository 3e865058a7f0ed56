//! The rules and views in `docs/writing-rules.md` are real: they compile, and prove themselves.

use trustlint::{
    check::prove,
    rule::{Catalog, Part, catalog::BUILT_IN},
    source::FileId,
    syntax::hcl,
};

const PAGE: &str = include_str!("../docs/writing-rules.md");

/// The blocks of HCL on the page.
fn blocks() -> Vec<&'static str> {
    let parts = PAGE.split("```hcl\n").skip(1);
    parts.filter_map(|part| part.split("\n```").next()).collect()
}

#[test]
fn every_block_is_valid_hcl() {
    for block in blocks() {
        let parsed = hcl::parse(FileId(0), &format!("{block}\n"));
        assert_eq!(parsed.diagnostics, [], "{block}");
    }
    assert!(blocks().len() >= 5);
}

#[test]
fn whole_rules_and_views_compile_and_hold() {
    let criteria = BUILT_IN.iter().find(|(path, _)| *path == "rules/soc2.hcl").expect("the criteria");
    let mut files = vec![(criteria.0.to_string(), criteria.1.to_string())];
    for block in blocks() {
        let id = block.strip_prefix("rule \"").and_then(|rest| rest.split('"').next());
        if let Some((platform, name)) = id.and_then(|id| id.split_once('-')) {
            files.push((format!("policies/{platform}/{name}.hcl"), format!("{block}\n")));
        } else if block.starts_with("view \"") {
            files.push(("policies/views.hcl".to_string(), format!("{block}\n")));
        }
    }
    let mut catalog = Catalog::default();
    catalog.load(&files, Part::Whole);
    assert_eq!(catalog.diagnostics, []);
    assert!(!catalog.rules.is_empty() && !catalog.views.is_empty());
    for rule in &catalog.rules {
        for proof in prove::prove_rule(&catalog, rule) {
            assert_eq!(proof.faults, Vec::<String>::new(), "{}: {}", rule.id, proof.name);
        }
    }
}
