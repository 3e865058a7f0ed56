//! A prover is worth what it refuses.

use super::*;
use crate::rule::Part;

const SOC2: &str = "criterion \"CC6.1\" {\n  title = \"A\"\n  description = \"It asks for much.\"\n}\n";

/// A rule about `x_thing` whose condition and rest are given.
fn catalog(condition: &str, rest: &str) -> Catalog {
    let text = format!(
        "rule \"x-y\" {{\n  title    = \"Things are good\"\n  severity = \"high\"\n  \
         soc2     = {{ \"CC6.1\" = \"They must be good.\" }}\n\n  match \"x_thing\" {{}}\n\n  assert {{\n    \
         condition     = {condition}\n    error_message = \"${{self.address}} is bad\"\n  }}\n\n{rest}}}\n"
    );
    let mut catalog = Catalog::default();
    catalog.load(&[("rules/soc2.hcl", SOC2), ("rules/x/y.hcl", text.as_str())], Part::Whole);
    assert_eq!(catalog.diagnostics, []);
    catalog
}

fn example(kind: &str, code: &str) -> String {
    format!("  {kind} \"it\" {{\n    code = <<-TF\n{code}\n    TF\n  }}\n")
}

fn faults(catalog: &Catalog, name: &str) -> Vec<String> {
    prove(catalog, &catalog.rules[0], name)
}

#[test]
fn a_finding_on_another_line_than_the_mark_is_named_and_so_is_the_mark() {
    let code = "resource \"x_thing\" \"a\" {\n  good = false\n  other = 1 #~ here\n}";
    let catalog = catalog("self.good == true", &example("fails", code));
    assert_eq!(
        faults(&catalog, "fails: it"),
        ["expected  main.tf:3 | other = 1 | fail", "found     main.tf:2 | good = false | fail: x_thing.a is bad"]
    );
}

#[test]
fn an_example_that_passes_must_have_something_that_passes() {
    let other = catalog("self.good == true", &example("passes", "resource \"x_other\" \"a\" {\n}"));
    assert_eq!(faults(&other, "passes: it"), ["the rule applies to nothing in this example, so nothing passes"]);
    let bad = catalog("self.good == true", &example("passes", "resource \"x_thing\" \"a\" {\n  good = false\n}"));
    assert_eq!(faults(&bad, "passes: it"), ["found     main.tf:2 | good = false | fail: x_thing.a is bad"]);
}

#[test]
fn an_example_that_is_undecided_must_not_fail() {
    let code = "variable \"v\" {}\nresource \"x_thing\" \"a\" {\n  good = var.v #~ here\n}\nresource \"x_thing\" \"b\" {\n  good = false\n}";
    let catalog = catalog("self.good == true", &example("undecided", code));
    assert_eq!(faults(&catalog, "undecided: it"), ["found     main.tf:6 | good = false | fail: x_thing.b is bad"]);
}

#[test]
fn code_that_does_not_parse_proves_nothing() {
    let catalog = catalog("self.good == true", &example("fails", "resource \"x_thing\" \"a\" { #~ here\n  = 1\n}"));
    assert!(faults(&catalog, "fails: it")[0].starts_with("main.tf:2: this is not valid HCL"));
}

#[test]
fn an_attribute_that_no_example_has_is_named() {
    let code = "resource \"x_thing\" \"a\" {\n  good = false #~ here\n  parts = []\n}";
    let condition = "self.good == true && self.deep.goood != 1 && alltrue([for p in self.parts : p.tiny == 2])";
    let catalog = catalog(condition, &example("fails", code));
    assert_eq!(
        faults(&catalog, "what it reads occurs in an example"),
        [
            "`deep` (in `deep.goood`) is read and occurs in no example; is it spelt right?",
            "`goood` (in `deep.goood`) is read and occurs in no example; is it spelt right?",
            "`tiny` is read and occurs in no example; is it spelt right?",
        ]
    );
}

#[test]
fn a_message_with_a_hole_is_refused() {
    let code = "variable \"v\" {}\nresource \"x_thing\" \"a\" {\n  good = false #~ here\n  who = var.v\n}";
    let mut catalog = catalog("self.good == true", &example("fails", code));
    let message = "\"${self.who} is bad\"";
    catalog.rules[0].asserts[0].message =
        crate::syntax::hcl::parse_expression(crate::source::FileId::NONE, message, 0).expect("it parses");
    let found = faults(&catalog, "fails: it");
    assert!(found.iter().any(|f| f.starts_with("the message has a hole")), "{found:?}");
}

#[test]
fn two_rules_with_different_defaults_are_named() {
    let rule = |name: &str, default: &str| {
        format!(
            "rule \"x-{name}\" {{\n  title = \"Good\"\n  severity = \"low\"\n  soc2 = {{ \"CC6.1\" = \"It must be good.\" }}\n  \
             match \"x_thing\" {{\n    defaults = {{ deep = {{ a = {default} }} }}\n  }}\n  \
             assert {{\n    condition = self.deep.a\n    error_message = \"bad\"\n  }}\n}}\n"
        )
    };
    let load = |one: &str, two: &str| {
        let mut catalog = Catalog::default();
        let (one, two) = (rule("a", one), rule("b", two));
        catalog.load(&[("soc2.hcl", SOC2), ("x/a.hcl", one.as_str()), ("x/b.hcl", two.as_str())], Part::Whole);
        prove_catalog(&catalog)
    };
    assert!(load("true", "true").iter().all(Proof::holds));
    assert_eq!(
        load("true", "false")[1].faults,
        ["the default of `deep.a` of x_thing is `true` in x-a, `false` in x-b"]
    );
}

#[test]
fn what_is_left_to_do_in_a_scaffold_is_listed() {
    let text = crate::rule::scaffold("x-y", &["x_thing".into()]);
    let mut catalog = Catalog::default();
    catalog.load(&[("rules/soc2.hcl", SOC2), ("rules/x/y.hcl", text.as_str())], Part::Whole);
    let proofs = prove_rule(&catalog, &catalog.rules[0]);
    let first = &proofs[0];
    assert_eq!(first.name, "no TODO is left");
    assert!(first.faults[0].starts_with("line 2: title    = \"TODO"), "{:?}", first.faults);
}

#[test]
fn the_law_about_unknowns_is_tested_for_each_literal() {
    // `written` is what stands in the text: a rule that judges it judges an unknown too.
    let code = "resource \"x_thing\" \"a\" {\n  good = \"yes\"\n}";
    let honest = catalog("self.good == \"yes\"", &example("passes", code));
    assert_eq!(faults(&honest, "unknowns, passes: it"), Vec::<String>::new());
    let condition = "can(self.good.x) == false && self.good == \"yes\" || self.good == \"yes\"";
    let odd = catalog(condition, &example("passes", code));
    assert_eq!(faults(&odd, "unknowns, passes: it"), Vec::<String>::new());
}

#[test]
fn a_workflow_example_has_its_path_and_its_expressions() {
    let text = r#"rule "github-deploys" {
  title    = "Deploying jobs name an environment"
  severity = "high"
  soc2     = { "CC6.1" = "They must be named." }

  match "github.job" {}

  assert {
    condition     = self.environment != null
    error_message = "job ${self.name} names no environment"
  }

  fails "it just applies" {
    code = <<-YAML
      on: push
      jobs:
        deploy: #~ here
          runs-on: ubuntu-latest
          steps:
            - run: terraform apply
              env:
                TOKEN: $${{ secrets.TOKEN }}
    YAML
  }

  passes "it is named" {
    code = <<-YAML
      on: push
      jobs:
        deploy:
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: terraform apply
    YAML
  }
}
"#;
    let mut catalog = Catalog::default();
    catalog.load(&[("rules/soc2.hcl", SOC2), ("rules/github/deploys.hcl", text)], Part::Whole);
    assert_eq!(catalog.diagnostics, []);
    let rule = &catalog.rules[0];
    assert_eq!(rule.examples[0].files[0].0, ".github/workflows/workflow.yml");
    assert!(rule.examples[0].files[0].1.contains("TOKEN: ${{ secrets.TOKEN }}"));
    for example in &rule.examples {
        assert_eq!(run_example(&catalog, rule, example), Ok(()), "{}", example.name());
        assert_eq!(unknowns::flips(&catalog, rule, example), Vec::<String>::new(), "{}", example.name());
    }
}
