//! What GitHub is asked: rulesets and protection of a branch, environments, and what the plan allows.
//!
//! Endpoints and permissions: <https://docs.github.com/rest/repos/rules>, `/rest/branches/branch-protection`,
//! `/rest/deployments/environments`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::ask::{Answer, Control, Host};
use crate::cli::exit::Failure;

/// The version of the form of the answers.
const SCHEMA_VERSION: u32 = 1;

/// What is recorded.
#[derive(Debug, Serialize)]
pub(super) struct Answers {
    schema_version: u32,
    provider: &'static str,
    repository: String,
    asked_at: String,
    /// Where the token came from; never the token.
    token: Option<&'static str>,
    visibility: Option<String>,
    default_branch: Option<String>,
    branch: String,
    controls: BTreeMap<&'static str, Control>,
}

/// Asks for everything about one branch.
pub(super) fn answers(host: &Host, owner: &str, name: &str, branch: Option<&str>) -> Result<Answers, Failure> {
    let root = format!("/repos/{owner}/{name}");
    let repository = host.get(&root);
    let told = match &repository {
        Answer::Told(told) => told.clone(),
        Answer::Failed(why) => return Err(Failure::input(why.clone())),
        _ => Value::Null,
    };
    let text = |key: &str| told.get(key).and_then(Value::as_str).map(String::from);
    let default_branch = text("default_branch");
    let Some(branch) = branch.map(String::from).or_else(|| default_branch.clone()) else {
        return Err(Failure::input(format!("the host does not say anything about {owner}/{name}")).help(
            "Set TRUSTLINT_TOKEN to a token that may read the repository, and its administration for all answers.",
        ));
    };
    let mut controls = BTreeMap::new();
    let mut record = |control: &'static str, endpoint: String, answer: Answer<Value>| {
        controls.insert(control, answer.control(&endpoint));
    };
    let in_path = percent_encoding::utf8_percent_encode(&branch, percent_encoding::NON_ALPHANUMERIC).to_string();

    let endpoint = format!("{root}/branches/{in_path}");
    let protected = host.get(&endpoint).map(|b| json!({ "protected": b.get("protected").cloned() }));
    record("branch", endpoint, protected);

    let endpoint = format!("{root}/rules/branches/{in_path}");
    let rules = host.list(&endpoint, None).map(|rules| rulesets(host, &root, &rules));
    record("branch_rules", endpoint, rules);

    let endpoint = format!("{root}/branches/{in_path}/protection");
    record("branch_protection", endpoint.clone(), host.get(&endpoint).map(without_links));

    let endpoint = format!("{root}/environments");
    let environments = host.list(&endpoint, Some("environments"));
    let environments = environments.map(|all| {
        let all: Vec<Value> = all.iter().map(|environment| self::environment(host, &root, environment)).collect();
        json!({ "environments": all })
    });
    record("environments", endpoint, environments);

    Ok(Answers {
        schema_version: SCHEMA_VERSION,
        provider: "github",
        repository: format!("{owner}/{name}"),
        asked_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        token: host.token_from(),
        visibility: text("visibility"),
        default_branch,
        branch,
        controls,
    })
}

/// The rulesets that the rules in force on a branch come from, each with its rules. Who may bypass a ruleset is told
/// to its administrators only, and is left out otherwise.
fn rulesets(host: &Host, root: &str, rules: &[Value]) -> Value {
    let mut by_id: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
    for rule in rules {
        let id = rule.get("ruleset_id").and_then(Value::as_u64).unwrap_or_default();
        by_id.entry(id).or_default().push(rule);
    }
    let rulesets: Vec<Value> = by_id
        .into_iter()
        .map(|(id, rules)| {
            let told = match host.get(&format!("{root}/rulesets/{id}?includes_parents=true")) {
                Answer::Told(told) => told,
                _ => Value::Null,
            };
            let own = |key: &str| told.get(key).cloned();
            let source = rules.first().and_then(|rule| rule.get("ruleset_source").cloned());
            let rules: Vec<Value> = rules
                .iter()
                .map(|rule| json!({ "type": rule.get("type"), "parameters": rule.get("parameters") }))
                .collect();
            json!({
                "id": id,
                "name": own("name").unwrap_or_else(|| json!(format!("ruleset {id}"))),
                "source": own("source").or(source),
                // Only rules of active rulesets are told of a branch.
                "target": "branch",
                "enforcement": "active",
                "rules": rules,
                "bypass_actors": own("bypass_actors"),
            })
        })
        .collect();
    json!({ "rulesets": rulesets })
}

/// An environment in the form of the settings of a repository.
fn environment(host: &Host, root: &str, environment: &Value) -> Value {
    let name = environment.get("name").and_then(Value::as_str).unwrap_or_default();
    let rules = environment.get("protection_rules").and_then(Value::as_array);
    let rule =
        |kind: &str| rules.into_iter().flatten().find(|rule| rule.get("type").and_then(Value::as_str) == Some(kind));
    let reviewers = rule("required_reviewers").and_then(|rule| rule.get("reviewers")?.as_array());
    let reviewers: Vec<Value> = reviewers
        .into_iter()
        .flatten()
        .map(|reviewer| {
            let who = reviewer.get("reviewer");
            let of = |key: &str| who.and_then(|who| who.get(key)).cloned();
            json!({ "type": reviewer.get("type"), "name": of("slug").or_else(|| of("login")) })
        })
        .collect();
    let mut policy = environment.get("deployment_branch_policy").cloned().unwrap_or(Value::Null);
    let custom = policy.get("custom_branch_policies").and_then(Value::as_bool) == Some(true);
    if custom && let Some(policy) = policy.as_object_mut() {
        let in_path = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        let endpoint = format!("{root}/environments/{in_path}/deployment-branch-policies");
        if let Answer::Told(patterns) = host.list(&endpoint, Some("branch_policies")) {
            let names: Vec<Value> = patterns.iter().filter_map(|pattern| pattern.get("name").cloned()).collect();
            policy.insert("custom_branches".into(), Value::Array(names));
        }
    }
    json!({
        "name": name,
        "reviewers": reviewers,
        "prevent_self_review": rule("required_reviewers").and_then(|rule| rule.get("prevent_self_review").cloned()),
        "wait_timer": rule("wait_timer").and_then(|rule| rule.get("wait_timer").cloned()),
        "can_admins_bypass": environment.get("can_admins_bypass"),
        "deployment_branch_policy": policy,
    })
}

/// Answers are recorded without the addresses and pictures in them.
fn without_links(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| name != "url" && !name.ends_with("_url"));
            Value::Object(kept.map(|(name, value)| (name, without_links(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_links).collect()),
        other => other,
    }
}
