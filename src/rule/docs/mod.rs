//! The pages under `docs/` that are made from the rules: pure functions of the catalogue.
//!
//! `explain` prints [`rule_page`]; `tests/generated.rs` compares everything else with what is
//! committed. Nothing about a rule is written down twice.

mod coverage;
mod entities;
mod functions;

use std::fmt::Write as _;

pub use coverage::coverage;
pub use entities::{ENTITIES, EntityDoc, entities};
pub use functions::functions;

use super::{
    Catalog,
    compile::{Edit, Rule, Status},
    examples::{Example, MARK, word},
};
use crate::{
    model::View,
    report::{Criterion, Severity},
    value::{Repr, Value},
};

/// The page of a rule. Examples are there if the catalogue was loaded whole.
pub fn rule_page(rule: &Rule, catalog: &Catalog) -> String {
    let mut out = format!("# {}\n\n`{}` | severity {}", rule.title, rule.id, rule.severity);
    if let Some(since) = &rule.since {
        let _ = write!(out, " | since {since}");
    }
    match rule.status {
        Status::Stable => {}
        Status::Preview => out.push_str(" | in preview: run with `--preview`, or by `--rule`"),
        Status::Deprecated => out.push_str(" | deprecated: run by `--rule` only"),
    }
    out.push_str("\n\n## SOC 2\n\n");
    for (id, reason) in &rule.criteria {
        let _ = writeln!(out, "- **{}**: {reason}", named(id, catalog));
    }
    section(&mut out, "Why", &rule.rationale);
    section(&mut out, "How to fix", &rule.remediation);
    for fix in &rule.fixes {
        out.push('\n');
        out.push_str(&fix_line(fix));
    }
    out.push_str("\n## What it looks at\n\n");
    for kind in rule.kinds() {
        let _ = writeln!(out, "- {}", kind_line(kind, catalog));
    }
    if !rule.links.is_empty() {
        out.push_str("\nand, to judge them:\n\n");
        for link in &rule.links {
            let _ = writeln!(out, "- {}", kind_line(&link.to, catalog));
        }
    }
    if !rule.inputs.is_empty() {
        out.push_str("\n## Inputs\n\n| name | default | what it is for |\n|---|---|---|\n");
        for input in &rule.inputs {
            let _ =
                writeln!(out, "| `{}` | `{}` | {} |", input.name, literal(&input.default), cell(&input.description));
        }
        if let Some(input) = rule.inputs.first() {
            let _ = writeln!(out, "\nSet with `--input {}.{}=VALUE`.", rule.id, input.name);
        }
    }
    examples(rule, &mut out);
    if !rule.references.is_empty() {
        out.push_str("\n## References\n\n");
        for reference in &rule.references {
            let _ = writeln!(out, "- <{reference}>");
        }
    }
    if !rule.aliases.is_empty() {
        let aliases: Vec<String> = rule.aliases.iter().map(|a| format!("`{a}`")).collect();
        let _ = writeln!(out, "\nOther tools call it {}.", aliases.join(", "));
    }
    out
}

/// `docs/rules/README.md`: all rules, by platform.
pub fn rules_index(catalog: &Catalog) -> String {
    let mut out = String::from("# Rules\n\n");
    let counted = |severity: Severity| catalog.rules.iter().filter(|r| r.severity == severity).count();
    let by_severity: Vec<String> = Severity::ALL.iter().rev().map(|s| format!("{} {s}", counted(*s))).collect();
    let _ = writeln!(
        out,
        "{} rules: {}. [By criterion](../controls.md). `trustlint explain RULE` prints any of these pages.",
        catalog.rules.len(),
        by_severity.join(", ")
    );
    let mut platform = "";
    for rule in &catalog.rules {
        let own = platform_of(&rule.id);
        if own != platform {
            platform = own;
            let _ = write!(
                out,
                "\n## {}\n\n| rule | severity | criteria | what it requires |\n|---|---|---|---|\n",
                platform_name(platform)
            );
        }
        let criteria: Vec<&str> = rule.criteria.iter().map(|(id, _)| id.as_str()).collect();
        let status = match rule.status {
            Status::Stable => String::new(),
            other => format!(" ({})", other.as_str()),
        };
        let _ = writeln!(
            out,
            "| [`{id}`]({id}.md){status} | {} | {} | {} |",
            rule.severity,
            criteria.join(", "),
            cell(&rule.title),
            id = rule.id,
        );
    }
    out
}

/// `docs/controls.md`: which rules bear on a criterion and why, and which criteria have none.
pub fn controls(catalog: &Catalog) -> String {
    let mut out = String::from(
        "# Criteria and rules\n\n\
        Which rules bear on which criterion of SOC 2, and why. The criteria are described in our own words; the text\n\
        that counts is the AICPA's. A rule that passes shows that one configuration is as it should be. It does not\n\
        show that a criterion is met: much of each criterion is about people, procedures and records that no file\n\
        in a repository can show.\n",
    );
    let bearing = |criterion: &Criterion| -> Vec<(&Rule, &str)> {
        let reason = |rule: &'_ Rule| rule.criteria.iter().position(|(id, _)| *id == criterion.id);
        catalog
            .rules
            .iter()
            .filter_map(|rule| reason(rule).and_then(|i| rule.criteria.get(i)).map(|(_, why)| (rule, why.as_str())))
            .collect()
    };
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for criterion in &catalog.criteria {
        let rules = bearing(criterion);
        if rules.is_empty() { without.push(criterion) } else { with.push((criterion, rules)) }
    }
    for (criterion, rules) in &with {
        let _ = write!(out, "\n## {}: {}\n\n{}\n\n", criterion.id, criterion.title, criterion.description);
        out.push_str("| rule | severity | why it bears on the criterion |\n|---|---|---|\n");
        for (rule, why) in rules {
            let _ = writeln!(out, "| [`{id}`](rules/{id}.md) | {} | {} |", rule.severity, cell(why), id = rule.id);
        }
    }
    if !without.is_empty() {
        out.push_str("\n## Criteria without a rule\n\ntrustlint says nothing about these:\n\n");
        for criterion in without {
            let _ = writeln!(out, "- **{}: {}**. {}", criterion.id, criterion.title, criterion.description);
        }
    }
    out.push_str(
        "\n## What only people can attest\n\n\
        No file shows it, and an auditor asks for it all the same. The HTML report lists it too.\n\n",
    );
    for criterion in catalog.criteria.iter().filter(|c| !c.attested.is_empty()) {
        let _ = writeln!(out, "- **{}: {}**", criterion.id, criterion.title);
        for text in &criterion.attested {
            let _ = writeln!(out, "  - {text}");
        }
    }
    out
}

fn section(out: &mut String, title: &str, text: &str) {
    if !text.is_empty() {
        let _ = write!(out, "\n## {title}\n\n{text}\n");
    }
}

/// `CC6.1: Access to protected assets`.
fn named(id: &str, catalog: &Catalog) -> String {
    catalog.criteria.iter().find(|c| c.id == id).map_or_else(|| id.to_string(), |c| format!("{}, {}", c.id, c.title))
}

fn fix_line(fix: &super::compile::Fix) -> String {
    let adds_code = fix.edits.iter().any(|e| matches!(e, Edit::InsertAfter { .. } | Edit::InsertInside(_)));
    let summary = if fix.summary.is_empty() && adds_code { "add the block that is missing" } else { &fix.summary };
    let reason = if fix.reason.is_empty() { String::new() } else { format!(" {}", fix.reason) };
    let of: Vec<String> = fix.kinds.iter().map(|k| format!("`{k}`")).collect();
    let of = if of.is_empty() { String::new() } else { format!(" of {}", of.join(", ")) };
    format!("Suggested change{of} ({}): {summary}.{reason}\n", fix.safety)
}

/// A kind, and if it is a view, what that gives.
fn kind_line(kind: &str, catalog: &Catalog) -> String {
    match view(kind, catalog) {
        Some(view) => format!("`{kind}`: {}", view.description),
        None => format!("`{kind}`"),
    }
}

fn view<'c>(name: &str, catalog: &'c Catalog) -> Option<&'c View> {
    catalog.views.iter().find(|v| v.name == name)
}

fn examples(rule: &Rule, out: &mut String) {
    if rule.examples.is_empty() {
        return;
    }
    out.push_str("\n## Examples\n\n`<- here` marks the lines that a finding points at.\n");
    for example in &rule.examples {
        let title = match word(example.expected) {
            "fails" => "Fails",
            "passes" => "Passes",
            _ => "Cannot be decided",
        };
        let _ = write!(out, "\n### {title}: {}\n", example.why);
        for (path, text) in &example.files {
            file(example, path, text, out);
        }
    }
}

fn file(example: &Example, path: &str, text: &str, out: &mut String) {
    // Of a single file only a telling path is worth a line.
    if example.files.len() > 1 || path.contains('/') {
        let _ = write!(out, "\n`{path}`\n");
    }
    let language = match path.rsplit('.').next() {
        Some("tf" | "tfvars" | "tofu" | "hcl") => "hcl",
        Some("yaml" | "yml") => "yaml",
        Some("json") => "json",
        _ => "text",
    };
    let fence = if text.contains("```") { "````" } else { "```" };
    let text = text.replace(MARK, "# <- here");
    let _ = write!(out, "\n{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'));
}

/// A text in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// A literal as somebody would write it.
fn literal(value: &Value) -> String {
    match &value.repr {
        Repr::Null => "null".into(),
        Repr::Bool(b) => b.to_string(),
        Repr::Number(n) => n.to_string(),
        Repr::String(text) => format!("{:?}", text.written()),
        Repr::List(list) => format!("[{}]", list.items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Repr::Object(object) => {
            let fields: Vec<String> = object.fields.iter().map(|(k, v)| format!("{k} = {}", literal(v))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Repr::Unknown(_) => "not known".into(),
    }
}

fn platform_of(id: &str) -> &str {
    // The one platform of two words.
    if id.starts_with("azure-pipelines-") {
        return "azure-pipelines";
    }
    id.split('-').next().unwrap_or(id)
}

fn platform_name(platform: &str) -> &str {
    match platform {
        "aws" => "AWS",
        "azure" => "Azure",
        "google" => "Google Cloud",
        "kubernetes" => "Kubernetes",
        "github" => "GitHub",
        "gitlab" => "GitLab",
        "azure-pipelines" => "Azure Pipelines",
        "jenkins" => "Jenkins",
        "terraform" => "Terraform",
        "repository" => "The repository",
        "environment" => "Between environments",
        "access" => "Access across clouds",
        "alerting" => "Alerts across clouds",
        "key" => "Keys and credentials across clouds",
        "logging" => "Logs across clouds",
        "scanning" => "Scanners across clouds",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Part;

    const SOC2: &str = "criterion \"CC6.1\" {\n  title = \"Access\"\n  description = \"It asks for much.\"\n}\n\ncriterion \"CC6.4\" {\n  title = \"Doors\"\n  description = \"Doors are shut.\"\n}\n";
    const RULE: &str = r#"rule "x-y-good" {
  title    = "Things are good"
  severity = "high"
  since    = "0.1.0"
  status   = "preview"
  aliases  = ["XY_1"]
  soc2     = { "CC6.1" = "A | B must be good." }

  rationale   = "They are bad by default."
  remediation = "Set `good = true`."
  references  = ["https://example.com/good"]

  input "days" {
    description = "How long."
    default     = [1, "a"]
  }

  match "x_thing" {}

  assert {
    condition     = self.good == true && length(input.days) > 0
    error_message = "${self.address} is bad"
  }

  fails "it is bad" {
    code = <<-TF
      resource "x_thing" "a" { #~ here
      }
    TF
  }

  passes "it is good" {
    files = {
      "a/main.tf" = "resource \"x_thing\" \"a\" { good = true }\n"
      "README"    = "none\n"
    }
  }
}
"#;

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        catalog.load(&[("rules/soc2.hcl", SOC2), ("rules/x/y-good.hcl", RULE)], Part::Whole);
        assert_eq!(catalog.diagnostics, []);
        catalog
    }

    #[test]
    fn the_page_of_a_rule_says_everything_that_its_file_says() {
        let catalog = catalog();
        assert_eq!(
            rule_page(&catalog.rules[0], &catalog),
            "# Things are good

`x-y-good` | severity high | since 0.1.0 | in preview: run with `--preview`, or by `--rule`

## SOC 2

- **CC6.1, Access**: A | B must be good.

## Why

They are bad by default.

## How to fix

Set `good = true`.

## What it looks at

- `x_thing`

## Inputs

| name | default | what it is for |
|---|---|---|
| `days` | `[1, \"a\"]` | How long. |

Set with `--input x-y-good.days=VALUE`.

## Examples

`<- here` marks the lines that a finding points at.

### Fails: it is bad

```hcl
resource \"x_thing\" \"a\" { # <- here
}
```

### Passes: it is good

`a/main.tf`

```hcl
resource \"x_thing\" \"a\" { good = true }
```

`README`

```text
none
```

## References

- <https://example.com/good>

Other tools call it `XY_1`.
"
        );
    }

    #[test]
    fn a_criterion_without_a_rule_is_said_to_have_none() {
        let text = controls(&catalog());
        assert!(text.contains("\n## CC6.1: Access\n\nIt asks for much.\n"), "{text}");
        assert!(text.contains("| [`x-y-good`](rules/x-y-good.md) | high | A \\| B must be good. |\n"), "{text}");
        let (_, without) = text.split_once("## Criteria without a rule").expect("the section");
        assert!(without.contains("- **CC6.4: Doors**. Doors are shut.\n"), "{without}");
        assert!(!without.contains("CC6.1"), "{without}");
    }

    #[test]
    fn the_index_has_a_line_for_each_rule() {
        let text = rules_index(&catalog());
        assert!(text.contains("1 rules: 0 critical, 1 high, 0 medium, 0 low."), "{text}");
        assert!(text.contains("| [`x-y-good`](x-y-good.md) (preview) | high | CC6.1 | Things are good |\n"), "{text}");
    }
}
