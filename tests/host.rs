//! `trustlint host` against a server of its own that replays answers of GitHub's API, and what `check`
//! makes of the answers.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    process::Output,
    sync::{Arc, Mutex},
};

use assert_cmd::Command;
use serde_json::{Value, json};

const SECRET: &str = "ghp_thisIsTheSecretOfTheTest";
const REPOSITORY: &str = "/repos/acme/app";

/// An answer: number, `Link` header, text.
type Told = (u16, Option<String>, String);

/// A server that answers what it was given; everything else is not found.
struct Host {
    url: String,
    /// The requests: path, and what was sent as authorization.
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

fn ok(body: &Value) -> Told {
    (200, None, body.to_string())
}

fn refused(number: u16, message: &str) -> Told {
    (number, None, json!({ "message": message }).to_string())
}

impl Host {
    fn start(answers: Vec<(String, Told)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, base) = (asked.clone(), url.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let path = lines.next().unwrap().unwrap().split(' ').nth(1).unwrap().to_string();
                let headers: Vec<String> = lines.map_while(Result::ok).take_while(|l| !l.is_empty()).collect();
                let sent = headers.iter().find_map(|h| h.strip_prefix("authorization: ")).unwrap_or("");
                log.lock().unwrap().push((path.clone(), sent.to_string()));
                let told = answers.iter().find(|(known, _)| *known == path).map(|(_, told)| told.clone());
                let (number, link, body) = told.unwrap_or_else(|| refused(404, "Not Found"));
                let mut head =
                    format!("HTTP/1.1 {number} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
                if let Some(link) = link {
                    let _ = write!(head, "link: {}\r\n", link.replace("BASE", &base));
                }
                let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
                // Whoever closes with something unread resets the connection.
                let _ = stream.shutdown(std::net::Shutdown::Write);
                let _ = stream.read(&mut [0; 64]);
            }
        });
        Self { url, asked }
    }

    fn paths(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }
}

fn trustlint(dir: &Path) -> Command {
    let mut command = Command::cargo_bin("trustlint").unwrap();
    command.current_dir(dir);
    for name in
        ["TRUSTLINT_TOKEN", "GITHUB_TOKEN", "GITHUB_API_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
    {
        command.env_remove(name);
    }
    command
}

fn ask(host: &Host, token: Option<(&str, &str)>) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let mut command = trustlint(dir.path());
    command.args(["host", "--provider", "github", "--repository", "acme/app", "--api-url", &host.url]);
    if let Some((name, value)) = token {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    for text in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(text).contains(SECRET), "the token is shown");
    }
    output
}

fn told(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The findings of `check` with these answers: rule and verdict.
fn findings(answers: &Value, files: &[(&str, &str)]) -> Vec<(String, String)> {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".trustlint")).unwrap();
    fs::write(dir.path().join(".trustlint/host.json"), serde_json::to_string_pretty(answers).unwrap()).unwrap();
    for (path, text) in files {
        fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
        fs::write(dir.path().join(path), text).unwrap();
    }
    let output = trustlint(dir.path()).args(["check", ".", "--output", "json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let mut found: Vec<(String, String)> = findings
        .iter()
        .filter(|f| ["github-", "ci-production-approved"].iter().any(|r| f["rule"].as_str().unwrap().starts_with(r)))
        .map(|f| (f["rule"].as_str().unwrap().into(), f["verdict"].as_str().unwrap().into()))
        .collect();
    found.sort();
    found.dedup();
    found
}

fn repository(visibility: &str) -> (String, Told) {
    let about =
        json!({ "full_name": "acme/app", "default_branch": "main", "visibility": visibility, "archived": false });
    (REPOSITORY.into(), ok(&about))
}

fn at(path: &str, told: Told) -> (String, Told) {
    (format!("{REPOSITORY}{path}"), told)
}

fn review_rule(id: u64) -> Value {
    json!({
        "type": "pull_request", "ruleset_source_type": "Repository", "ruleset_source": "acme/app", "ruleset_id": id,
        "parameters": {
            "required_approving_review_count": 1, "dismiss_stale_reviews_on_push": true,
            "require_code_owner_review": true, "require_last_push_approval": false
        }
    })
}

/// Everything there, everything told.
fn full() -> Vec<(String, Told)> {
    let of = |kind: &str, parameters: Value| {
        json!({
            "type": kind, "ruleset_source_type": "Repository", "ruleset_source": "acme/app", "ruleset_id": 7,
            "parameters": parameters
        })
    };
    let checks =
        json!({ "required_status_checks": [{ "context": "test" }], "strict_required_status_checks_policy": true });
    vec![
        repository("private"),
        at("/branches/main", ok(&json!({ "name": "main", "protected": true }))),
        at(
            "/rules/branches/main?per_page=100",
            ok(&json!([review_rule(7), of("required_status_checks", checks), of("non_fast_forward", Value::Null)])),
        ),
        at("/rulesets/7", ok(&json!({ "id": 7, "name": "main", "enforcement": "active", "bypass_actors": [] }))),
        at("/branches/main/protection", refused(404, "Branch not protected")),
        at(
            "/environments?per_page=100",
            ok(&json!({ "total_count": 1, "environments": [{
                "id": 1, "name": "production", "url": "https://api.github.com/x", "can_admins_bypass": false,
                "protection_rules": [
                    { "id": 2, "type": "wait_timer", "wait_timer": 30 },
                    { "id": 3, "type": "required_reviewers", "prevent_self_review": true, "reviewers": [
                        { "type": "Team", "reviewer": { "slug": "platform", "url": "https://api.github.com/t" } }
                    ] },
                    { "id": 4, "type": "branch_policy" }
                ],
                "deployment_branch_policy": { "protected_branches": false, "custom_branch_policies": true }
            }] })),
        ),
        at(
            "/environments/production/deployment-branch-policies?per_page=100",
            ok(&json!({ "total_count": 1, "branch_policies": [{ "id": 5, "name": "main", "type": "branch" }] })),
        ),
    ]
}

/// The same with other answers in place of some.
fn full_but(changes: Vec<(String, Told)>) -> Vec<(String, Told)> {
    let kept = full().into_iter().filter(|(path, _)| !changes.iter().any(|(other, _)| other == path));
    kept.chain(changes.clone()).collect()
}

#[test]
fn with_all_rights_every_control_is_told() {
    let host = Host::start(full());
    let output = ask(&host, Some(("TRUSTLINT_TOKEN", SECRET)));
    let answers = told(&output);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(answers["schema_version"], 1);
    assert_eq!(answers["token"], "TRUSTLINT_TOKEN");
    assert_eq!(answers["branch"], "main");
    assert_eq!(answers["asked_at"].as_str().unwrap().len(), "2026-01-01T00:00:00Z".len());
    let controls = &answers["controls"];
    assert_eq!(controls["branch_rules"]["endpoint"], "GET /repos/acme/app/rules/branches/main");
    let ruleset = &controls["branch_rules"]["facts"]["rulesets"][0];
    assert_eq!(ruleset["name"], "main");
    assert_eq!(ruleset["rules"].as_array().unwrap().len(), 3);
    assert_eq!(controls["branch_protection"]["status"], "not_found");
    assert_eq!(
        controls["environments"]["facts"]["environments"][0],
        json!({
            "name": "production", "reviewers": [{ "type": "Team", "name": "platform" }], "prevent_self_review": true,
            "wait_timer": 30, "can_admins_bypass": false,
            "deployment_branch_policy": {
                "protected_branches": false, "custom_branch_policies": true, "custom_branches": ["main"]
            }
        })
    );
    assert!(host.asked.lock().unwrap().iter().all(|(_, sent)| *sent == format!("Bearer {SECRET}")));
    assert_eq!(findings(&answers, &[]), []);
}

#[test]
fn what_the_host_lacks_is_a_violation_in_the_answers() {
    let answers = told(&ask(
        &Host::start(full_but(vec![
            at(
                "/branches/main/protection",
                ok(&json!({
                    "url": "https://api.github.com/x", "enforce_admins": { "url": "https://x", "enabled": false },
                    "allow_force_pushes": { "enabled": true }, "allow_deletions": { "enabled": false }
                })),
            ),
            at("/rules/branches/main?per_page=100", ok(&json!([]))),
            at(
                "/environments?per_page=100",
                ok(&json!({ "total_count": 1, "environments": [
                    { "name": "prod", "protection_rules": [], "deployment_branch_policy": null }
                ] })),
            ),
        ])),
        Some(("GITHUB_TOKEN", SECRET)),
    ));
    let failed: Vec<String> =
        findings(&answers, &[]).into_iter().map(|(rule, verdict)| format!("{verdict} {rule}")).collect();
    assert_eq!(
        failed,
        [
            "fail github-branch-admins-included",
            "fail github-branch-no-force-push",
            "fail github-branch-required-reviews",
            "fail github-branch-required-status-checks",
            "fail github-environment-branch-policy",
            "fail github-environment-reviewers",
        ]
    );
}

#[test]
fn without_administration_a_protection_is_there_and_its_details_are_not_known() {
    for refusal in [refused(403, "Resource not accessible by integration"), refused(404, "Not Found")] {
        let host = Host::start(full_but(vec![
            at("/branches/main/protection", refusal),
            at("/rules/branches/main?per_page=100", ok(&json!([]))),
        ]));
        let output = ask(&host, None);
        let answers = told(&output);
        assert!(String::from_utf8_lossy(&output.stderr).contains("note: branch_protection: not permitted"));
        assert_eq!(answers["controls"]["branch_protection"]["status"], "not_permitted");
        assert_eq!(answers["token"], Value::Null);
        assert!(host.asked.lock().unwrap().iter().all(|(_, sent)| sent.is_empty()));
        let found = findings(&answers, &[]);
        assert!(found.contains(&("github-branch-required-reviews".into(), "undecided".into())), "{found:?}");
        assert!(found.iter().all(|(_, verdict)| verdict == "undecided"), "{found:?}");
    }
}

#[test]
fn rules_that_are_told_decide_though_the_protection_is_not() {
    let host = Host::start(full_but(vec![at("/branches/main/protection", refused(403, "Must have admin rights"))]));
    let found = findings(&told(&ask(&host, None)), &[]);
    assert!(!found.iter().any(|(rule, _)| rule == "github-branch-required-reviews"), "{found:?}");
}

#[test]
fn what_the_plan_does_not_have_is_said() {
    let plan = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
    let host = Host::start(full_but(vec![
        at("/branches/main/protection", refused(403, plan)),
        at("/rules/branches/main?per_page=100", refused(403, plan)),
    ]));
    let output = ask(&host, Some(("GITHUB_TOKEN", SECRET)));
    let answers = told(&output);
    assert!(String::from_utf8_lossy(&output.stderr).contains("note: branch_rules: not available on plan (Upgrade"));
    for control in ["branch_rules", "branch_protection"] {
        assert_eq!(answers["controls"][control]["status"], "not_available_on_plan");
        assert_eq!(answers["controls"][control]["http_status"], 403);
    }
    assert_eq!(findings(&answers, &[]), [("github-branch-protected".into(), "undecided".into())]);
}

#[test]
fn all_pages_are_read_and_none_of_another_host() {
    let link = |page: u32| Some(format!("<BASE/repos/acme/app/rules/branches/main?page={page}>; rel=\"next\""));
    let elsewhere = Some("<https://evil.example/steal>; rel=\"next\", <https://x>; rel=\"last\"".to_string());
    let host = Host::start(full_but(vec![
        at(
            "/rules/branches/main?per_page=100",
            (200, link(2), json!([{ "type": "deletion", "ruleset_id": 6 }]).to_string()),
        ),
        at("/rules/branches/main?page=2", (200, elsewhere, json!([review_rule(7)]).to_string())),
    ]));
    let answers = told(&ask(&host, Some(("GITHUB_TOKEN", SECRET))));
    let rulesets = answers["controls"]["branch_rules"]["facts"]["rulesets"].as_array().unwrap();
    let names: Vec<&str> = rulesets.iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ruleset 6", "main"]);
    assert_eq!(rulesets[0]["bypass_actors"], Value::Null);
}

#[test]
fn answers_that_cannot_be_read_are_failures_of_that_control() {
    let host = Host::start(full_but(vec![
        at("/rules/branches/main?per_page=100", (200, None, "[{\"type\":".into())),
        at("/environments?per_page=100", (500, None, "<html>".into())),
        at("/branches/main/protection", ok(&json!("none"))),
    ]));
    let answers = told(&ask(&host, None));
    let controls = &answers["controls"];
    assert_eq!(controls["branch_rules"]["status"], "failed");
    assert_eq!(controls["branch_rules"]["message"], "the answer is not JSON");
    assert_eq!(
        (&controls["environments"]["status"], &controls["environments"]["http_status"]),
        (&json!("failed"), &json!(500))
    );
    let host = Host::start(full_but(vec![at("/environments?per_page=100", ok(&json!([1])))]));
    let answers = told(&ask(&host, None));
    assert!(
        answers["controls"]["environments"]["message"].as_str().unwrap().starts_with("the answer has another shape")
    );
}

#[test]
fn a_repository_that_cannot_be_seen_is_an_error() {
    for (answer, words) in [
        (refused(404, "Not Found"), "there is none of this name, or the token may not see it"),
        (refused(401, "Bad credentials"), "the token is not valid"),
        (refused(500, "Server Error"), "the host answered 500"),
    ] {
        let output = ask(&Host::start(vec![(REPOSITORY.into(), answer)]), Some(("GITHUB_TOKEN", SECRET)));
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{err}");
        assert!(err.contains(words), "{err}");
        assert_eq!(output.stdout, b"");
    }
}

#[test]
fn a_branch_is_named_in_the_address_and_is_not_the_default() {
    let host = Host::start(vec![repository("public")]);
    let dir = tempfile::tempdir().unwrap();
    let output = trustlint(dir.path())
        .args(["host", "--provider", "github", "--repository", "acme/app", "--branch", "release/1 a?"])
        .args(["--api-url", &host.url])
        .output()
        .unwrap();
    let answers = told(&output);
    assert_eq!(answers["branch"], "release/1 a?");
    assert!(
        host.paths().contains(&"/repos/acme/app/branches/release%2F1%20a%3F/protection".to_string()),
        "{:?}",
        host.paths()
    );
}

#[test]
fn the_repository_must_be_named_if_there_is_no_remote() {
    let dir = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = trustlint(dir.path()).args(["host", "--provider", "github"]).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, err) = run(&[]);
    assert_eq!(code, Some(2));
    assert!(err.contains("no remote `origin`"), "{err}");
    let (code, err) = run(&["--repository", "acme/../../user"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("is not the name of a repository"), "{err}");
    let (code, err) = run(&["--repository", "acme/app", "--api-url", "http://github.example"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("is not an address that begins with https://"), "{err}");
}

#[test]
fn what_the_host_told_stands_above_what_a_file_asks_for() {
    let settings = "branches:\n  - name: main\n    protection:\n      enforce_admins: true\n      required_pull_request_reviews:\n        required_approving_review_count: 2\n";
    let answers = told(&ask(
        &Host::start(full_but(vec![at(
            "/rules/branches/main?per_page=100",
            ok(&json!([{ "type": "deletion", "ruleset_id": 7 }])),
        )])),
        None,
    ));
    let found = findings(&answers, &[(".github/settings.yml", settings)]);
    assert!(found.contains(&("github-branch-required-reviews".into(), "fail".into())), "{found:?}");
}

#[test]
fn a_file_of_another_version_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".trustlint")).unwrap();
    fs::write(dir.path().join(".trustlint/host.json"), "{\"schema_version\": 2}\n").unwrap();
    let output = trustlint(dir.path()).args(["check", "."]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("not of a version that is read here")
            || String::from_utf8_lossy(&output.stdout).contains("not of a version that is read here")
    );
}

const WORKFLOW: &str = "on:\n  push:\n    branches: [main]\npermissions: {}\njobs:\n  release:\n    runs-on: ubuntu-latest\n    environment: production\n    steps:\n      - run: kubectl apply -f deploy/\n";

/// The verdict on the gate before production, with these answers of the host.
fn gate(answers: &Value) -> Option<String> {
    let found = findings(answers, &[(".github/workflows/deploy.yml", WORKFLOW)]);
    found.into_iter().find(|(rule, _)| rule == "ci-production-approved").map(|(_, verdict)| verdict)
}

#[test]
fn the_answers_settle_the_gate_before_production() {
    assert_eq!(gate(&json!({ "schema_version": 0 })).as_deref(), Some("undecided"));
    assert_eq!(gate(&told(&ask(&Host::start(full()), Some(("TRUSTLINT_TOKEN", SECRET))))), None);
    let nothing = full_but(vec![
        at("/rules/branches/main?per_page=100", ok(&json!([]))),
        at("/branches/main/protection", refused(404, "Branch not protected")),
        at("/environments?per_page=100", ok(&json!({ "total_count": 0, "environments": [] }))),
    ]);
    assert_eq!(gate(&told(&ask(&Host::start(nothing), Some(("TRUSTLINT_TOKEN", SECRET))))).as_deref(), Some("fail"));
    let upgrade = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
    let no_plan = full_but(vec![
        at("/rules/branches/main?per_page=100", refused(403, upgrade)),
        at("/branches/main/protection", refused(403, upgrade)),
        at("/environments?per_page=100", ok(&json!({ "total_count": 0, "environments": [] }))),
    ]);
    assert_eq!(
        gate(&told(&ask(&Host::start(no_plan), Some(("TRUSTLINT_TOKEN", SECRET))))).as_deref(),
        Some("undecided")
    );
}
