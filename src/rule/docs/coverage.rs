//! What other tools ask as well, and what they ask that no rule does yet.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use crate::rule::{Catalog, compile::Rule};

/// The tools that the page names, in the order of its columns.
const TOOLS: [&str; 5] = ["Checkov", "Trivy", "KICS", "kube-linter", "zizmor"];

/// A matter that other tools ask about.
struct Matter<'a> {
    platform: &'a str,
    words: &'a str,
    /// Tool and id.
    ids: Vec<(&'a str, &'a str)>,
}

/// `docs/coverage.md`. `peers` is the table `rules/peers.tsv`: platform, a few words, ids as `Tool:id`.
pub fn coverage(catalog: &Catalog, peers: &str) -> String {
    let matters = matters(peers);
    let tools: BTreeMap<&str, &str> =
        matters.iter().flat_map(|m| m.ids.iter().map(|(tool, id)| (*id, *tool))).collect();
    let ours: BTreeSet<&str> = catalog.rules.iter().flat_map(|r| r.aliases.iter().map(String::as_str)).collect();
    let (covered, missing): (Vec<&Matter<'_>>, Vec<&Matter<'_>>) =
        matters.iter().partition(|m| m.ids.iter().any(|(_, id)| ours.contains(id)));

    let mut out = String::from("# Beside other tools\n\n");
    let alone = catalog.rules.iter().filter(|r| r.aliases.is_empty()).count();
    let _ = writeln!(
        out,
        "Of {} matters that Checkov, Trivy, KICS, kube-linter and zizmor ask about and that bear on CC6, CC7 or CC8, \
         the rules here ask {}; the other {} are listed [below](#what-they-ask-and-we-do-not-yet). To {alone} of the {} \
         rules here no check of theirs is known that asks the same.\n",
        matters.len(),
        covered.len(),
        missing.len(),
        catalog.rules.len(),
    );
    out.push_str(
        "Ids of KICS are the first eight characters of theirs. That two tools ask the same does not mean that they \
         answer the same: each rule's page says what it takes for a fault, and [differences.md](differences.md) \
         where we answer otherwise on purpose.\n\n## What we ask\n",
    );
    let _ = write!(out, "\n| rule | criteria | {} |\n|---|---|{}\n", TOOLS.join(" | "), "---|".repeat(TOOLS.len()));
    for rule in &catalog.rules {
        out.push_str(&row(rule, &tools));
    }
    out.push_str("\n## What they ask and we do not yet\n");
    let mut platform = "";
    for matter in missing {
        if matter.platform != platform {
            platform = matter.platform;
            let _ = write!(out, "\n### {platform}\n\n");
        }
        let ids: Vec<String> = matter.ids.iter().map(|(tool, id)| format!("{tool} `{id}`")).collect();
        let _ = writeln!(out, "- {}: {}", matter.words, ids.join(", "));
    }
    out
}

fn matters(peers: &str) -> Vec<Matter<'_>> {
    let lines = peers.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let (platform, words, ids) = (cells.next()?, cells.next()?, cells.next()?);
            Some(Matter { platform, words, ids: ids.split(' ').filter_map(|id| id.split_once(':')).collect() })
        })
        .collect()
}

fn row(rule: &Rule, tools: &BTreeMap<&str, &str>) -> String {
    let criteria: Vec<&str> = rule.criteria.iter().map(|(id, _)| id.as_str()).collect();
    let mut line = format!("| [{id}](rules/{id}.md) | {} |", criteria.join(", "), id = rule.id);
    for tool in TOOLS {
        let of_tool = |alias: &&String| tools.get(alias.as_str()).copied().or_else(|| by_form(alias)) == Some(tool);
        let ids: Vec<String> = rule.aliases.iter().filter(of_tool).map(|a| format!("`{a}`")).collect();
        let _ = write!(line, " {} |", ids.join(" "));
    }
    line.push('\n');
    line
}

/// The tool whose ids look like this.
fn by_form(id: &str) -> Option<&'static str> {
    let trivy = ["AWS-", "AZU-", "GCP-", "KSV-", "KCV-", "KUBE-", "GIT-"];
    match id {
        _ if id.starts_with("CKV") => Some("Checkov"),
        _ if trivy.iter().any(|p| id.starts_with(p)) => Some("Trivy"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matter_is_covered_if_a_rule_names_one_of_its_ids() {
        let peers = "# words\nAWS\tebs volume encrypted\tCheckov:CKV_AWS_3 KICS:cc997676\nAWS\tnobody asks this\tTrivy:AWS-9999\n";
        let page = coverage(&Catalog::builtin(), peers);
        assert!(page.contains("the rules here ask 1; the other 1 are"), "{page}");
        assert!(page.contains("### AWS\n\n- nobody asks this: Trivy `AWS-9999`\n"), "{page}");
        let row = page.lines().find(|l| l.contains("[aws-ebs-volume-encrypted]")).expect("it is a rule");
        assert!(row.contains("`CKV_AWS_3`") && row.contains("`cc997676`"), "{row}");
    }
}
