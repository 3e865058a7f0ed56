//! `trustlint host` against a server on this machine that replays answers in the form of GitHub's API, and
//! what `check` makes of the record. No network is used.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read and write files, and a failure is a panic")]

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::{Command, Output},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

/// An answer: its status, a `Link` header, its body.
struct Reply {
    status: u16,
    link: Option<String>,
    body: String,
}

fn ok(body: Value) -> Reply {
    Reply { status: 200, link: None, body: body.to_string() }
}

fn refused(status: u16, message: &str) -> Reply {
    Reply { status, link: None, body: json!({ "message": message }).to_string() }
}

/// A server that answers by path, and what it was asked: the path and the authorization.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

/// Answers what `replies` has, and 404 to anything else. `{url}` in a link is the server's own address.
fn server(replies: Vec<(&str, Reply)>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let replies: HashMap<String, Reply> = replies.into_iter().map(|(path, reply)| (path.to_string(), reply)).collect();
    let (own, log) = (url.clone(), Arc::clone(&asked));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            let path = first.split(' ').nth(1).unwrap_or_default().to_string();
            let headers: Vec<String> =
                lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let token = headers.iter().find_map(|h| h.strip_prefix("authorization: ").or_else(|| h.strip_prefix("Authorization: ")));
            log.lock().unwrap().push((path.clone(), token.unwrap_or_default().to_string()));
            let missing = refused(404, "Not Found");
            let reply = replies.get(&path).unwrap_or(&missing);
            let link = reply.link.as_ref().map(|l| format!("Link: {}\r\n", l.replace("{url}", &own))).unwrap_or_default();
            let _ = write!(
                stream,
                "HTTP/1.1 {} X\r\nContent-Type: application/json\r\n{link}Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                reply.status,
                reply.body.len(),
                reply.body
            );
        }
    });
    Server { url, asked }
}

fn ask(server: &Server, token: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command
        .args(["host", "--provider", "github", "--repository", "acme/ledger", "--api-url", &server.url])
        .env_remove("GITHUB_TOKEN")
        .env_remove("TRUSTLINT_TOKEN");
    if let Some(token) = token {
        command.env("TRUSTLINT_TOKEN", token);
    }
    command.output().unwrap()
}

fn answers(server: &Server, token: Option<&str>) -> Value {
    let output = ask(server, token);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn repository() -> (&'static str, Reply) {
    ("/repos/acme/ledger", ok(json!({ "default_branch": "main", "visibility": "private", "url": "x" })))
}

fn protection() -> Value {
    json!({
        "url": "https://api.github.com/repos/acme/ledger/branches/main/protection",
        "required_pull_request_reviews": {
            "url": "https://x", "dismiss_stale_reviews": true, "require_code_owner_reviews": false,
            "required_approving_review_count": 1
        },
        "enforce_admins": { "url": "https://x", "enabled": true },
        "allow_force_pushes": { "enabled": false }
    })
}

/// Everything that somebody with full rights is told; the environments are on two pages.
fn full() -> Vec<(&'static str, Reply)> {
    let second = "<{url}/repos/acme/ledger/environments?per_page=100&page=2>; rel=\"next\"";
    let production = json!({
        "name": "production", "can_admins_bypass": false,
        "deployment_branch_policy": { "protected_branches": false, "custom_branch_policies": true },
        "protection_rules": [
            { "type": "required_reviewers", "prevent_self_review": true,
              "reviewers": [{ "type": "Team", "reviewer": { "id": 1, "slug": "platform" } }] },
            { "type": "branch_policy" }
        ]
    });
    vec![
        repository(),
        ("/repos/acme/ledger/branches/main", ok(json!({ "name": "main", "protected": true }))),
        (
            "/repos/acme/ledger/rules/branches/main?per_page=100",
            ok(json!([
                { "type": "pull_request", "ruleset_id": 7, "ruleset_source": "acme/ledger",
                  "parameters": { "required_approving_review_count": 2, "require_code_owner_review": true } },
                { "type": "non_fast_forward", "ruleset_id": 7, "ruleset_source": "acme/ledger" }
            ])),
        ),
        (
            "/repos/acme/ledger/rulesets/7?includes_parents=true",
            ok(json!({ "name": "main", "bypass_actors": [{ "actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always" }] })),
        ),
        ("/repos/acme/ledger/branches/main/protection", ok(protection())),
        (
            "/repos/acme/ledger/environments?per_page=100",
            Reply { link: Some(second.into()), ..ok(json!({ "total_count": 2, "environments": [production] })) },
        ),
        (
            "/repos/acme/ledger/environments?per_page=100&page=2",
            ok(json!({ "total_count": 2, "environments": [{ "name": "staging", "protection_rules": [] }] })),
        ),
        (
            "/repos/acme/ledger/environments/production/deployment-branch-policies?per_page=100",
            ok(json!({ "branch_policies": [{ "name": "main" }] })),
        ),
    ]
}

#[test]
fn what_the_host_tells_is_recorded_with_the_question_and_without_the_token() {
    let server = server(full());
    let output = ask(&server, Some("s3cret-token"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(!text.contains("s3cret-token") && !text.contains("https://"), "{text}");
    let answers: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answers["schema_version"], 1);
    assert_eq!(answers["repository"], "acme/ledger");
    assert_eq!((&answers["default_branch"], &answers["branch"]), (&json!("main"), &json!("main")));
    assert_eq!(answers["token"], "TRUSTLINT_TOKEN");
    let controls = &answers["controls"];
    assert_eq!(controls["branch_rules"]["status"], "answered");
    assert_eq!(controls["branch_rules"]["endpoint"], "GET /repos/acme/ledger/rules/branches/main");
    let ruleset = &controls["branch_rules"]["facts"]["rulesets"][0];
    assert_eq!((&ruleset["name"], &ruleset["rules"][0]["type"]), (&json!("main"), &json!("pull_request")));
    assert_eq!(ruleset["bypass_actors"][0]["actor_id"], 5);
    assert_eq!(controls["branch_protection"]["facts"]["required_pull_request_reviews"]["required_approving_review_count"], 1);
    let environments = &controls["environments"]["facts"]["environments"];
    assert_eq!(environments[0]["reviewers"], json!([{ "type": "Team", "name": "platform" }]));
    assert_eq!(environments[0]["deployment_branch_policy"]["custom_branches"], json!(["main"]));
    assert_eq!(environments[1]["name"], "staging");
    assert!(server.asked.lock().unwrap().iter().all(|(_, token)| token == "Bearer s3cret-token"));
}

#[test]
fn what_may_not_be_told_says_why() {
    let mut replies = full();
    replies.retain(|(path, _)| !path.ends_with("/protection") && !path.contains("/rulesets/") && !path.contains("environments"));
    replies.push(("/repos/acme/ledger/branches/main/protection", refused(403, "Resource not accessible by integration")));
    replies.push(("/repos/acme/ledger/environments?per_page=100", Reply { status: 500, link: None, body: "<html>".into() }));
    let answers = answers(&server(replies), None);
    let controls = &answers["controls"];
    assert_eq!(answers["token"], Value::Null);
    assert_eq!(controls["branch_protection"]["status"], "not_permitted");
    assert_eq!(controls["branch_protection"]["message"], "Resource not accessible by integration");
    assert_eq!(controls["branch"]["facts"]["protected"], true);
    assert_eq!(controls["environments"]["status"], "failed");
    let ruleset = &controls["branch_rules"]["facts"]["rulesets"][0];
    assert_eq!((&ruleset["name"], &ruleset["bypass_actors"]), (&json!("ruleset 7"), &Value::Null));
}

#[test]
fn what_the_plan_does_not_have_is_told_apart_from_what_is_not_there() {
    let upgrade = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
    let controls = &answers(
        &server(vec![
            repository(),
            ("/repos/acme/ledger/rules/branches/main?per_page=100", refused(403, upgrade)),
            ("/repos/acme/ledger/branches/main/protection", refused(404, "Branch not protected")),
            ("/repos/acme/ledger/environments?per_page=100", ok(json!({ "total_count": 0, "environments": [] }))),
        ]),
        Some("t"),
    )["controls"];
    assert_eq!(controls["branch_rules"]["status"], "not_available_on_plan");
    assert_eq!(controls["branch_protection"]["status"], "not_found");
    assert_eq!(controls["branch"]["status"], "not_permitted");
    assert_eq!(controls["environments"]["facts"]["environments"], json!([]));
}

#[test]
fn a_host_that_is_not_there_or_says_nothing_is_an_error_and_nothing_is_printed() {
    let nobody = Server { url: "http://127.0.0.1:9".into(), asked: Arc::default() };
    for server in [nobody, server(vec![])] {
        let output = ask(&server, None);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: the host "), "{output:?}");
    }
}

const WORKFLOW: &str = "on:\n  push:\n    branches: [main]\npermissions: {}\njobs:\n  release:\n    runs-on: ubuntu-latest\n    environment: production\n    steps:\n      - run: kubectl apply -f deploy/\n";

/// The verdicts about `rule` of a repository with this record.
fn verdicts(record: Option<&Value>, rule: &str) -> Vec<(String, String)> {
    let directory = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(".github/workflows/deploy.yml", WORKFLOW);
    if let Some(record) = record {
        write(".trustlint/host.json", &record.to_string());
    }
    let output = Command::new(env!("CARGO_BIN_EXE_trustlint"))
        .args(["check", "--output", "json", "--rule", rule])
        .arg(directory.path())
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    findings.map(|f| (text(&f["verdict"]), text(&f["reasons"][0]))).collect()
}

#[test]
fn the_record_settles_what_the_files_leave_open() {
    let rule = "ci-production-approved";
    let open = verdicts(None, rule);
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].0, "undecided");
    let told = answers(&server(full()), Some("t"));
    assert_eq!(verdicts(Some(&told), rule), []);
    let nothing = answers(
        &server(vec![
            repository(),
            ("/repos/acme/ledger/rules/branches/main?per_page=100", ok(json!([]))),
            ("/repos/acme/ledger/branches/main/protection", refused(404, "Branch not protected")),
            ("/repos/acme/ledger/environments?per_page=100", ok(json!({ "environments": [] }))),
        ]),
        Some("t"),
    );
    assert_eq!(verdicts(Some(&nothing), rule), [("fail".to_string(), String::new())]);
    let upgrade = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
    let no_plan = answers(
        &server(vec![
            repository(),
            ("/repos/acme/ledger/rules/branches/main?per_page=100", refused(403, upgrade)),
            ("/repos/acme/ledger/branches/main/protection", refused(403, upgrade)),
            ("/repos/acme/ledger/environments?per_page=100", ok(json!({ "environments": [] }))),
        ]),
        Some("t"),
    );
    let open = verdicts(Some(&no_plan), rule);
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].0, "undecided");
    assert!(open[0].1.contains("not available on the plan"), "{open:?}");
}
