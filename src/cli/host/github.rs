//! What is asked of GitHub's REST API: the rulesets in force on a branch, its classic protection,
//! the environments and who may deploy to them.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::{
    Controls,
    ask::{Answer, Client, Status},
};
use crate::cli::exit::Failure;

/// The address of the API, if it is not that of an Enterprise server.
pub(super) const API: &str = "https://api.github.com";

/// What is not allowed in a segment of a path.
const SEGMENT: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b'<').add(b'>').add(b'?').add(b'\\').add(b'`');

/// Asks for all controls of a repository. Only if the repository itself cannot be read is that a failure.
pub(super) fn ask(client: &Client, repository: &str, branch: Option<&str>) -> Result<Controls, Failure> {
    let base = format!("/repos/{repository}");
    let mut about = client.get(&base);
    let told = about.facts.take();
    let default_branch = match (about.status, told.get("default_branch").and_then(Value::as_str)) {
        (Status::Answered, Some(name)) => name.to_string(),
        _ => return Err(unreadable(repository, &about)),
    };
    let visibility = told.get("visibility").cloned().unwrap_or(Value::Null);
    about.facts = picked(&told, &["default_branch", "visibility", "archived", "allow_auto_merge"]);
    let branch = branch.unwrap_or(&default_branch).to_string();
    let named = segment(&branch);

    let mut of_branch = client.get(&format!("{base}/branches/{named}"));
    of_branch.facts = picked(&of_branch.facts, &["protected"]);
    let answers = vec![
        ("repository", about),
        ("branch", of_branch),
        ("branch_rules", branch_rules(client, &base, &named)),
        ("branch_protection", protection(client, &base, &named)),
        ("environments", environments(client, &base)),
    ];
    Ok(Controls { visibility, default_branch, branch, answers })
}

fn unreadable(repository: &str, about: &Answer) -> Failure {
    let why = match (about.status, about.http_status) {
        (Status::NotFound, _) => "there is none of this name, or the token may not see it".into(),
        (Status::NotPermitted, Some(401)) => "the token is not valid".into(),
        (Status::NotPermitted, _) => "the token may not read it".into(),
        (Status::Answered, _) => "the answer names no default branch".into(),
        (_, Some(number)) => format!("the host answered {number}"),
        (_, None) => about.message.clone().unwrap_or_else(|| "there was no answer".into()),
    };
    Failure::input(format!("the host does not tell about {repository}: {why}"))
        .help("A token with read access is taken from TRUSTLINT_TOKEN or GITHUB_TOKEN.")
}

/// The rules in force on a branch, by the ruleset that they are of.
fn branch_rules(client: &Client, base: &str, branch: &str) -> Answer {
    let mut answer = client.all(&format!("{base}/rules/branches/{branch}?per_page=100"), list);
    let rules = answer.facts.take();
    if answer.status != Status::Answered {
        return answer;
    }
    let mut rulesets: Vec<(Value, Map<String, Value>, Vec<Value>)> = Vec::new();
    for rule in rules.as_array().map_or(&[][..], Vec::as_slice) {
        let id = rule.get("ruleset_id").cloned().unwrap_or(Value::Null);
        let own = picked(rule, &["type", "parameters"]);
        if let Some((_, _, rules)) = rulesets.iter_mut().find(|(known, ..)| *known == id) {
            rules.push(own);
            continue;
        }
        let from = |name: &str| rule.get(name).cloned().unwrap_or(Value::Null);
        let mut ruleset = Map::new();
        ruleset.insert("id".into(), id.clone());
        ruleset.insert("name".into(), json!(format!("ruleset {id}")));
        ruleset.insert("target".into(), json!("branch"));
        ruleset.insert("enforcement".into(), json!("active"));
        ruleset.insert("source_type".into(), from("ruleset_source_type"));
        ruleset.insert("ruleset_source".into(), from("ruleset_source"));
        rulesets.push((id, ruleset, vec![own]));
    }
    let rulesets = rulesets.into_iter().map(|(id, mut ruleset, rules)| {
        // Who may bypass it is shown only to those who may change it; `null` says that it was not shown.
        let details = id.as_u64().map(|id| client.get(&format!("{base}/rulesets/{id}")).facts).unwrap_or_default();
        if let Some(name) = details.get("name") {
            ruleset.insert("name".into(), name.clone());
        }
        ruleset.insert("rules".into(), Value::Array(rules));
        ruleset.insert("bypass_actors".into(), details.get("bypass_actors").cloned().unwrap_or(Value::Null));
        Value::Object(ruleset)
    });
    Answer { facts: json!({ "rulesets": rulesets.collect::<Vec<_>>() }), ..answer }
}

/// The classic protection of a branch.
fn protection(client: &Client, base: &str, branch: &str) -> Answer {
    let mut answer = client.get(&format!("{base}/branches/{branch}/protection"));
    // "Branch not protected" is an answer; a plain "Not Found" is what those get who may not ask.
    let is_answer = answer.message.as_deref().is_some_and(|m| m.contains("not protected"));
    if answer.status == Status::NotFound && !is_answer {
        answer.status = Status::NotPermitted;
    }
    answer.facts = without_addresses(answer.facts);
    answer
}

/// The environments, with who must approve a deployment and which branches may deploy.
fn environments(client: &Client, base: &str) -> Answer {
    let of_page = |page: Value| page.get("environments").cloned().and_then(list);
    let mut answer = client.all(&format!("{base}/environments?per_page=100"), of_page);
    let told = answer.facts.take();
    if answer.status != Status::Answered {
        return answer;
    }
    let told = told.as_array().map_or(&[][..], Vec::as_slice);
    let environments: Vec<Value> = told.iter().map(|told| environment(client, base, told)).collect();
    Answer { facts: json!({ "environments": environments }), ..answer }
}

fn environment(client: &Client, base: &str, told: &Value) -> Value {
    let name = told.get("name").and_then(Value::as_str).unwrap_or_default();
    let rules = told.get("protection_rules").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let rule = |kind: &str| rules.iter().find(|rule| rule.get("type").and_then(Value::as_str) == Some(kind));
    let reviews = rule("required_reviewers");
    let reviewers = reviews.and_then(|r| r.get("reviewers")).and_then(Value::as_array).cloned().unwrap_or_default();
    let reviewers: Vec<Value> = reviewers.iter().map(reviewer).collect();
    let of = |rule: Option<&Value>, field: &str| rule.and_then(|r| r.get(field)).cloned().unwrap_or(Value::Null);
    let mut policy = told.get("deployment_branch_policy").cloned().unwrap_or(Value::Null);
    if let Some(policy) = policy.as_object_mut()
        && policy.get("custom_branch_policies") == Some(&Value::Bool(true))
    {
        let path = format!("{base}/environments/{}/deployment-branch-policies?per_page=100", segment(name));
        let patterns = client.all(&path, |page| page.get("branch_policies").cloned().and_then(list));
        let names = patterns.facts.as_array().map(|all| all.iter().filter_map(|p| p.get("name").cloned()).collect());
        // `null` says that the patterns were not told.
        policy.insert("custom_branches".into(), names.map_or(Value::Null, Value::Array));
    }
    json!({
        "name": name,
        "reviewers": reviewers,
        "prevent_self_review": of(reviews, "prevent_self_review"),
        "wait_timer": of(rule("wait_timer"), "wait_timer"),
        "can_admins_bypass": told.get("can_admins_bypass").cloned().unwrap_or(Value::Null),
        "deployment_branch_policy": policy,
    })
}

fn reviewer(told: &Value) -> Value {
    let who = told.get("reviewer");
    let name = ["login", "slug", "name"].iter().find_map(|field| who?.get(*field)?.as_str());
    json!({ "type": told.get("type").cloned().unwrap_or(Value::Null), "name": name })
}

fn list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

fn segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

/// These fields of an object, as far as they are there.
fn picked(value: &Value, fields: &[&str]) -> Value {
    if value.as_object().is_none() {
        return Value::Null;
    }
    let kept = fields.iter().filter_map(|field| Some(((*field).to_string(), value.get(field)?.clone())));
    Value::Object(kept.collect())
}

/// The facts without the addresses of more of them.
fn without_addresses(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let is_address = |name: &str| name == "url" || name.ends_with("_url");
            let kept = fields.into_iter().filter(|(name, _)| !is_address(name));
            Value::Object(kept.map(|(name, value)| (name, without_addresses(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_addresses).collect()),
        plain => plain,
    }
}
