//! The law about unknowns: an unknown in the place of a literal may make a verdict undecided, and
//! never turns pass into fail or fail into pass.

use std::collections::BTreeSet;

use super::{Run, paths, run};
use crate::{
    check::waive,
    report::Verdict,
    rule::{Catalog, compile::Rule, examples::Example, walk::walk},
    source::{FileId, Span},
    syntax::{
        hcl::{self, Body, ExprKind},
        node::{Node, NodeKind, Scalar, Style},
        yaml,
    },
};

/// Replaces each literal of an example by an unknown and says which verdicts flip.
pub(super) fn flips(catalog: &Catalog, rule: &Rule, example: &Example) -> Vec<String> {
    let before = run(catalog, rule, example);
    let base = Verdicts::of(&before, rule);
    let values = if paths::reads(rule, "expressions") { Values::ButExpressions } else { Values::All };
    let mut faults = Vec::new();
    for (i, (path, text)) in example.files.iter().enumerate() {
        let spans = match language(path) {
            Language::Terraform => terraform_literals(text),
            Language::Workflow => workflow_literals(text, values),
            Language::Other => continue,
        };
        for (number, span) in spans.into_iter().enumerate() {
            let mut changed = example.clone();
            changed.files[i].1 = replaced(text, span, language(path), number);
            let now = Verdicts::of(&run(catalog, rule, &changed), rule);
            let line = text[..span.start as usize].lines().count().max(1);
            let written = &text[span.range()];
            for address in base.flips(&now) {
                let (from, to) = if base.fail.contains(&address) { ("fails", "passes") } else { ("passes", "fails") };
                faults.push(format!(
                    "{path}:{line}: {address} {from}, and {to} if `{written}` is not known; it may only become undecided"
                ));
            }
        }
    }
    faults
}

/// Which scalars of a workflow are values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    /// All of them: what an expression gives may be anything.
    All,
    /// Not those that are an expression as a whole: the rule is about what expressions say, and that is known.
    ButExpressions,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Terraform,
    Workflow,
    Other,
}

fn language(path: &str) -> Language {
    let extension = path.rsplit('.').next().unwrap_or("");
    match extension {
        "tf" | "tofu" => Language::Terraform,
        "yml" | "yaml" if path.starts_with(".github/workflows/") => Language::Workflow,
        _ => Language::Other,
    }
}

fn replaced(text: &str, span: Span, language: Language, number: usize) -> String {
    let (before, after) = (&text[..span.start as usize], &text[span.end as usize..]);
    match language {
        // The declaration stands at the end, so that no line moves; in parentheses, it may be a key too.
        Language::Terraform => {
            let gap = if after.ends_with('\n') { "" } else { "\n" };
            format!("{before}(var.unknown_{number}){after}{gap}variable \"unknown_{number}\" {{}}\n")
        }
        _ => format!("{before}${{{{ inputs.unknown_{number} }}}}{after}"),
    }
}

/// Addresses without instance keys: those of instances change if a count is not known.
struct Verdicts {
    fail: BTreeSet<String>,
    undecided: BTreeSet<String>,
    /// How many passed.
    pass: usize,
    /// Whether the rule may cease to apply where something is not known: of a waiver of what is undecided nobody
    /// asks whether it is needed.
    may_not_apply: bool,
}

impl Verdicts {
    fn of(run: &Run, rule: &Rule) -> Self {
        let of = |verdict: Verdict| -> BTreeSet<String> {
            let findings = run.report.findings.iter().filter(|f| f.verdict == verdict);
            findings.flat_map(|f| f.instances.iter().map(|a| super::super::run::without_keys(a))).collect()
        };
        Self {
            fail: of(Verdict::Fail),
            undecided: of(Verdict::Undecided),
            pass: run.report.counts.pass,
            may_not_apply: rule.kinds().any(|kind| kind == waive::KIND),
        }
    }

    /// What failed must still fail or be undecided; what did not fail must not.
    fn flips(&self, now: &Self) -> Vec<String> {
        let does_not_apply = self.may_not_apply && now.pass <= self.pass;
        let lost = self.fail.iter().filter(|a| !now.fail.contains(*a) && !now.undecided.contains(*a));
        let lost = lost.filter(|_| !does_not_apply);
        let found = now.fail.iter().filter(|a| !self.fail.contains(*a) && !self.undecided.contains(*a));
        lost.chain(found).cloned().collect()
    }
}

/// Literals of attributes in `resource`, `data`, `module` and `locals` blocks. Elsewhere Terraform
/// wants literals (backends, defaults of variables), and so it does in `lifecycle`.
pub(super) fn terraform_literals(text: &str) -> Vec<Span> {
    fn collect(body: &Body, out: &mut Vec<Span>) {
        for attribute in body.attributes() {
            walk(&attribute.expr, &mut |e, _| {
                let literal = matches!(&e.kind, ExprKind::String(_) | ExprKind::Number(_) | ExprKind::Bool(_));
                // A heredoc ends with its line, which a reference would not.
                if literal && e.span.start < e.span.end {
                    out.push(e.span);
                }
            });
        }
        for block in body.blocks().filter(|b| b.kind.text != "lifecycle" && b.kind.text != "provisioner") {
            collect(&block.body, out);
        }
    }
    let parsed = hcl::parse(FileId(0), text);
    let mut out = Vec::new();
    for block in parsed.body.blocks() {
        match block.kind.text.as_str() {
            "resource" | "data" | "locals" => collect(&block.body, &mut out),
            "module" => {
                let arguments = block.body.items.iter().filter(|item| match item {
                    hcl::Item::Attribute(a) => a.name.text != "source" && a.name.text != "version",
                    hcl::Item::Block(_) => false,
                });
                collect(&Body { items: arguments.cloned().collect() }, &mut out);
            }
            _ => {}
        }
    }
    out.retain(|span| text.get(span.range()).is_some_and(|t| !t.starts_with("<<")));
    out
}

/// Scalars on one line below `jobs`, `env` and `permissions` of a workflow.
fn workflow_literals(text: &str, values: Values) -> Vec<Span> {
    fn collect(node: &Node, out: &mut Vec<Span>) {
        match &node.kind {
            NodeKind::Bool { .. }
            | NodeKind::Number { .. }
            | NodeKind::String(Scalar { style: Style::Plain | Style::Quoted, .. }) => out.push(node.span),
            NodeKind::Sequence(items) => items.iter().for_each(|n| collect(n, out)),
            NodeKind::Mapping(entries) => entries.iter().for_each(|e| collect(&e.value, out)),
            NodeKind::String(_) | NodeKind::Null => {}
        }
    }
    let parsed = yaml::parse(FileId(0), text);
    let mut out = Vec::new();
    for document in &parsed.documents {
        for part in ["jobs", "env", "permissions"] {
            document.root.get(part).into_iter().for_each(|n| collect(n, &mut out));
        }
    }
    // `always()` does not stand for a value: a condition without it means another thing.
    let asks_outcome = |t: &str| ["always(", "failure(", "cancelled("].iter().any(|call| t.contains(call));
    let is_expression = |t: &str| {
        let inner = t.trim_matches(['"', '\'']).strip_prefix("${{").and_then(|t| t.strip_suffix("}}"));
        inner.is_some_and(|t| !t.contains("}}"))
    };
    let is_value = |t: &str| values == Values::All || !is_expression(t);
    let kept = |t: &str| !t.is_empty() && !t.contains('\n') && !asks_outcome(t) && is_value(t);
    out.retain(|span| text.get(span.range()).is_some_and(kept));
    out.sort_unstable();
    out.dedup();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'t>(text: &'t str, spans: &[Span]) -> Vec<&'t str> {
        spans.iter().map(|s| &text[s.range()]).collect()
    }

    #[test]
    fn literals_are_those_that_terraform_lets_refer() {
        let text = "variable \"x\" {\n  default = 1\n}\nmodule \"m\" {\n  source = \"./m\"\n  n      = 2\n}\n\
                    resource \"a\" \"b\" {\n  s = \"t-${3}\"\n  l = [true, { k = \"v\" }]\n  h = <<-E\n    text\n  E\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n";
        assert_eq!(texts(text, &terraform_literals(text)), ["2", "3", "true", "\"v\""]);
    }

    #[test]
    fn to_a_rule_about_expressions_one_is_no_value() {
        let text = "jobs:\n  a:\n    env:\n      A: ${{ secrets.A }}\n      B: \"${{ a }}\"\n      C: ${{ a }}-${{ b }}\n      D: x\n";
        assert_eq!(texts(text, &workflow_literals(text, Values::ButExpressions)), ["${{ a }}-${{ b }}", "x"]);
        assert_eq!(workflow_literals(text, Values::All).len(), 4);
    }

    #[test]
    fn a_replaced_literal_moves_no_line() {
        let text = "resource \"a\" \"b\" {\n  n = 1\n}\n";
        let span = terraform_literals(text)[0];
        let expected = "resource \"a\" \"b\" {\n  n = (var.unknown_0)\n}\nvariable \"unknown_0\" {}\n";
        assert_eq!(replaced(text, span, Language::Terraform, 0), expected);
    }
}
