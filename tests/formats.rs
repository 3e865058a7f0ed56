//! What the renderers write, read back and compared with the text it is about.
#![allow(clippy::unwrap_used)]

#[path = "support/sarif_audit.rs"]
mod sarif_audit;

use serde_json::Value;
use trustlint::{
    report::{
        Counts, Criterion, Finding, FixNote, Label, Labels, RenderOptions, Report, RuleInfo, Severity, Verdict, json,
        sarif,
    },
    source::{Diagnostic, DiagnosticKind, FileId, SourceFile, SourceMap, Span},
};

/// A report over texts, built by naming the text that is meant.
struct Desk {
    files: SourceMap,
    report: Report,
}

const MAIN: &str = "resource \"aws_db_instance\" \"größe😀\" {\r\n  name = \"😀\", storage_encrypted = var.on\r\n}\r\n";
const VARIABLES: &str = "variable \"on\" {\n  default = false\n}\n\n";

impl Desk {
    fn new() -> Self {
        let mut files = SourceMap::default();
        files.add(SourceFile::new("modules/db/a b#1:ü.tf", MAIN, true));
        files.add(SourceFile::new("variables.tf", VARIABLES, false));
        files.add(SourceFile::new("empty.tf", "", false));
        let criteria = ["CC6.1", "CC6.7"].map(|id| Criterion {
            id: id.into(),
            title: "Protected assets".into(),
            description: "Only those who may can reach them.".into(),
            attested: Vec::new(),
        });
        let rules =
            [("aws-rds-storage-encrypted", Severity::High), ("plain", Severity::Low)].map(|(id, severity)| RuleInfo {
                id: id.into(),
                title: "RDS instances encrypt their storage".into(),
                severity,
                criteria: vec![("CC6.7".into(), "Nobody reads a copied disk.".into()), ("CC6.1".into(), String::new())],
                rationale: "It is off by default. ".repeat(100),
                remediation: "Set `storage_encrypted = true`, e.g. in main.tf. Then apply.".into(),
                references: vec![
                    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html".into(),
                ],
            });
        let by_rule = vec![Counts { pass: 2, fail: 1, undecided: 1, not_applicable: 3 }, Counts::default()];
        let report = Report {
            target: "infrastructure".into(),
            rules: rules.into(),
            criteria: criteria.into(),
            by_rule,
            files: 3,
            entities: 2,
            ..Report::default()
        };
        Self { files, report }
    }

    /// The place of a text in a file.
    fn span(&self, file: u32, text: &str) -> Span {
        let start = self.files.file(FileId(file)).text.find(text).unwrap();
        Span::new(FileId(file), start, start + text.len())
    }

    fn label(&self, file: u32, text: &str, words: &str) -> Label {
        Label { span: self.span(file, text), text: words.into() }
    }

    fn finding(primary: Label) -> Finding {
        Finding {
            rule: 0,
            verdict: Verdict::Fail,
            severity: Severity::High,
            message: "aws_db_instance.app[\"a\"] stores its data unencrypted".into(),
            labels: Labels { primary, others: Vec::new(), calls: Vec::new() },
            address: "aws_db_instance.app[\"a\"]".into(),
            instances: vec!["aws_db_instance.app[\"a\"]".into()],
            kind: "aws_db_instance".into(),
            environment: Some("production".into()),
            other_environments: Vec::new(),
            scenarios: Vec::new(),
            undecided_in: Vec::new(),
            reasons: Vec::new(),
            fix: Some(FixNote {
                summary: "set `storage_encrypted = true`".into(),
                safety: "unsafe".into(),
                reason: "Terraform replaces it.".into(),
                code: String::new(),
                ..FixNote::default()
            }),
            fingerprint: "ab".repeat(32),
        }
    }

    fn text_of(&self) -> impl Fn(&str) -> Option<String> {
        |path| {
            let (_, file) = self.files.iter().find(|(_, f)| &*f.path == path)?;
            Some(format!("{}{}", if file.bom { "\u{feff}" } else { "" }, file.text))
        }
    }

    /// The log, which the audit has found nothing wrong with.
    fn sarif(&self, include_undecided: bool) -> Value {
        let log = sarif::render(
            &self.report,
            &self.files,
            &RenderOptions { undecided_fails: include_undecided, ..RenderOptions::default() },
        );
        assert_eq!(sarif_audit::audit(&log, &self.text_of()), [""; 0], "{log}");
        serde_json::from_str(&log).unwrap()
    }

    fn results(&self, include_undecided: bool) -> Vec<Value> {
        self.sarif(include_undecided)["runs"][0]["results"].as_array().unwrap().clone()
    }
}

#[test]
fn columns_are_utf16_and_paths_are_escaped() {
    let mut desk = Desk::new();
    let finding = Desk::finding(desk.label(0, "var.on", ""));
    desk.report.findings = vec![finding];
    let result = &desk.results(false)[0];
    let physical = &result["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "modules/db/a%20b%231%3A%C3%BC.tf");
    assert_eq!(physical["region"].to_string(), r#"{"endColumn":42,"endLine":2,"startColumn":36,"startLine":2}"#);
    assert_eq!(sarif_audit::region_text(&result["locations"][0], &desk.text_of()).unwrap(), "var.on");
    assert_eq!(result["level"], "error");
    assert_eq!(
        result["message"]["text"],
        "aws_db_instance.app[\"a\"] stores its data unencrypted. Set `storage_encrypted = true`, e.g. in main.tf."
    );
    let logical = &result["locations"][0]["logicalLocations"][0];
    assert_eq!(logical["fullyQualifiedName"], "aws_db_instance.app[\"a\"]");
}

#[test]
fn what_decided_it_and_who_called_are_linked_from_the_message() {
    let mut desk = Desk::new();
    let mut finding = Desk::finding(desk.label(0, "var.on", "the caller decides [this]"));
    finding.labels.others = vec![desk.label(1, "false", "argument `x[0]` of the call"), desk.label(1, "default", "")];
    finding.labels.calls = vec![desk.label(1, "variable \"on\"", "called here")];
    desk.report.findings = vec![finding];
    let result = &desk.results(false)[0];
    let text = result["message"]["text"].as_str().unwrap();
    assert!(
        text.ends_with(
            "Decided by [argument `x\\[0\\]` of the call](1), [variables.tf line 2](2). Called from [variables.tf line 1](3)."
        ),
        "{text}"
    );
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "argument `x[0]` of the call");
    assert_eq!(result["relatedLocations"][1]["message"]["text"], "this decides it");
    let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    let steps: Vec<_> =
        steps.iter().map(|s| sarif_audit::region_text(&s["location"], &desk.text_of()).unwrap()).collect();
    assert_eq!(steps, ["variable \"on\"", "var.on"]);
}

#[test]
fn two_findings_on_a_line_stay_two_and_equal_ones_become_one() {
    let mut desk = Desk::new();
    let first = Desk::finding(desk.label(0, "name", ""));
    let second = Finding { rule: 1, severity: Severity::Low, ..Desk::finding(desk.label(0, "var.on", "")) };
    let again = Finding {
        address: "aws_db_instance.app[\"b\"]".into(),
        instances: vec!["aws_db_instance.app[\"b\"]".into()],
        environment: Some("staging".into()),
        other_environments: Vec::new(),
        scenarios: Vec::new(),
        undecided_in: Vec::new(),
        ..first.clone()
    };
    desk.report.findings = vec![first, again, second];
    let results = desk.results(false);
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["occurrenceCount"], 2);
    assert_eq!(results[0]["properties"]["environments"].to_string(), r#"["production","staging"]"#);
    assert!(results[0]["message"]["text"].as_str().unwrap().ends_with("This text makes 2 instances."));
    assert_eq!(
        results[0]["partialFingerprints"]["primaryLocationLineHash"],
        results[1]["partialFingerprints"]["primaryLocationLineHash"]
    );
    assert_eq!((&results[1]["ruleIndex"], &results[1]["level"]), (&1.into(), &"note".into()));
}

#[test]
fn what_is_undecided_is_open_and_only_there_when_asked_for() {
    let mut desk = Desk::new();
    let mut finding = Desk::finding(desk.label(1, "variable \"on\"", ""));
    finding.verdict = Verdict::Undecided;
    finding.message = "Whether aws_db_instance.app encrypts is not known".into();
    finding.reasons = vec!["variable \"on\" has no default".into()];
    desk.report.findings = vec![finding];
    assert_eq!(desk.results(false), [] as [Value; 0]);
    let result = &desk.results(true)[0];
    assert_eq!((&result["kind"], &result["level"]), (&"open".into(), &"none".into()));
    assert_eq!(
        result["message"]["text"],
        "Whether aws_db_instance.app encrypts is not known. It cannot be told from the files: variable \"on\" has no default."
    );
}

#[test]
fn a_region_of_several_lines_ends_with_its_text_and_one_without_text_is_its_line() {
    let mut desk = Desk::new();
    let at = |file, start, end| Label { span: Span::new(FileId(file), start, end), text: String::new() };
    let whole = Desk::finding(at(1, 0, VARIABLES.len()));
    let windows = Desk::finding(at(0, 0, MAIN.len()));
    let point = Desk::finding(at(1, 20, 20));
    let blank = Desk::finding(at(1, VARIABLES.len() - 1, VARIABLES.len() - 1));
    let nothing = Desk::finding(at(2, 0, 0));
    let past_the_end = Desk::finding(at(1, 9000, 9001));
    desk.report.findings = vec![whole, windows, point, blank, nothing, past_the_end];
    let regions: Vec<_> = desk
        .results(false)
        .iter()
        .map(|r| {
            let text = sarif_audit::region_text(&r["locations"][0], &desk.text_of()).unwrap();
            (r["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap(), text)
        })
        .collect();
    let expected = [
        (1, VARIABLES.trim_end().into()),
        (1, MAIN.replace('\r', "").trim_end().into()),
        (2, "  default = false".into()),
        (4, String::new()),
        (1, String::new()),
        (5, String::new()),
    ];
    assert_eq!(regions, expected);
}

#[test]
fn rules_carry_a_score_tags_and_the_criteria() {
    let log = Desk::new().sarif(false);
    let run = &log["runs"][0];
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(rule["name"], "AwsRdsStorageEncrypted");
    assert_eq!(rule["properties"]["security-severity"], "8.0");
    assert_eq!(rule["properties"]["tags"].to_string(), r#"["security","soc2","soc2/CC6.7","soc2/CC6.1"]"#);
    assert_eq!(rule["relationships"][0]["target"]["index"], 1);
    assert_eq!(run["taxonomies"][0]["taxa"][1]["id"], "CC6.7");
    assert_eq!(run["results"].to_string(), "[]", "an empty list closes alerts");
}

#[test]
fn diagnostics_are_notifications_and_unread_input_is_no_success() {
    let mut desk = Desk::new();
    let cycle = Diagnostic::error(DiagnosticKind::Evaluation, "a cycle", desk.span(1, "false"));
    desk.report.diagnostics = vec![cycle];
    assert_eq!(desk.sarif(false)["runs"][0]["invocations"][0]["executionSuccessful"], true);
    desk.report
        .diagnostics
        .push(Diagnostic::about_file(DiagnosticKind::Input, "not UTF-8", "b c.tf").help("Convert it"));
    let log = desk.sarif(false);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let last = &invocation["toolExecutionNotifications"][1];
    assert_eq!((&last["level"], &last["message"]["text"]), (&"error".into(), &"not UTF-8. Convert it.".into()));
    assert_eq!(last["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "b%20c.tf");
}

#[test]
fn of_too_many_results_the_worst_are_kept() {
    let mut desk = Desk::new();
    desk.report.findings = (0..5002)
        .map(|i| Finding {
            message: format!("bucket {i} is open"),
            severity: if i == 5001 { Severity::Critical } else { Severity::Medium },
            ..Desk::finding(desk.label(0, "var.on", ""))
        })
        .collect();
    let log = desk.sarif(false);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 5000);
    assert!(results[4999]["message"]["text"].as_str().unwrap().starts_with("bucket 5001 is open."));
    let notification = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert!(notification["message"]["text"].as_str().unwrap().starts_with("2 results were left out"));
}

#[test]
fn a_place_in_no_file_gives_way_to_the_next() {
    let mut desk = Desk::new();
    let nowhere = Label { span: Span::new(FileId::NONE, 0, 5), text: "a template".into() };
    let mut finding = Desk::finding(nowhere.clone());
    let lost = finding.clone();
    finding.labels.others = vec![nowhere, desk.label(1, "false", "the default")];
    desk.report.findings = vec![finding, lost];
    let log = desk.sarif(false);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    assert_eq!(sarif_audit::region_text(&results[0]["locations"][0], &desk.text_of()).unwrap(), "false");
    let document: Value = serde_json::from_str(&json::render(&desk.report, &desk.files)).unwrap();
    assert_eq!(document["findings"][0]["location"], Value::Null);
}

#[test]
fn a_place_out_of_the_tree_gives_way_to_the_call() {
    let mut desk = Desk::new();
    let outside = desk.files.add(SourceFile::new("../cache/main.tf", "x = 1\n", false));
    let mut finding = Desk::finding(Label { span: Span::new(outside, 0, 5), text: String::new() });
    finding.labels.calls = vec![desk.label(1, "variable \"on\"", "called here")];
    desk.report.findings = vec![finding];
    desk.report.diagnostics = vec![Diagnostic::about_file(DiagnosticKind::Input, "not UTF-8", "/etc/b.tf")];
    let result = &desk.results(false)[0];
    let text = sarif_audit::region_text(&result["locations"][0], &desk.text_of()).unwrap();
    assert_eq!(text, "variable \"on\"");
}

#[test]
fn a_configured_severity_is_that_of_the_rule() {
    let mut desk = Desk::new();
    desk.report.findings = vec![Finding { severity: Severity::Low, ..Desk::finding(desk.label(0, "name", "")) }];
    let rules = &desk.sarif(false)["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(rules[0]["properties"]["security-severity"], "3.0");
    assert_eq!(rules[0]["defaultConfiguration"]["level"], "note");
}

#[test]
fn the_audit_finds_what_github_would_refuse() {
    let mut desk = Desk::new();
    let mut finding = Desk::finding(desk.label(0, "var.on", ""));
    finding.labels.others = vec![desk.label(1, "false", "the default")];
    desk.report.findings = vec![finding];
    let log = sarif::render(&desk.report, &desk.files, &RenderOptions::default());
    let spoiled = [
        ("\"security-severity\":\"8.0\"", "\"security-severity\":8.0", "security-severity"),
        ("\"startColumn\":36", "\"startColumn\":43", "not within line"),
        ("\"endColumn\":42", "\"endColumn\":99", "not within line"),
        ("a%20b%231", "a b%231", "not a relative"),
        ("modules/db/", "git::https:/", "not a relative"),
        ("variables.tf\"", "../variables.tf\"", "segment"),
        ("\"ruleIndex\":0", "\"ruleIndex\":1", "ruleIndex"),
        ("\"primaryLocationLineHash\":\"", "\"primaryLocationLineHash\":\"0", "is not Some"),
        ("](1)", "](2)", "links [2]"),
        ("\"trustlint/\"", "\"trustlint\"", "category"),
        ("\"security\",", "", "tag `security`"),
        ("\"text\":\"the default\"", "\"text\":\"\"", "empty string"),
    ];
    for (good, bad, problem) in spoiled {
        assert!(log.contains(good), "{good} is not in {log}");
        let problems = sarif_audit::audit(&log.replacen(good, bad, 1), &desk.text_of());
        assert!(problems.iter().any(|p| p.contains(problem)), "{bad}: {problems:?}");
    }
}

#[test]
fn json_names_places_in_characters_and_leaves_no_member_out() {
    let mut desk = Desk::new();
    let mut finding = Desk::finding(desk.label(0, "var.on", ""));
    finding.labels.others = vec![desk.label(1, "false", "the default of variable \"on\"")];
    desk.report.findings = vec![finding];
    desk.report.counts = Counts { pass: 2, fail: 1, undecided: 1, not_applicable: 3 };
    desk.report.skipped = vec![("charts/web".into(), "a Helm chart".into())];
    desk.report.diagnostics = vec![
        Diagnostic::error(DiagnosticKind::Evaluation, "a cycle", desk.span(1, "false")).warning(),
        Diagnostic::about_file(DiagnosticKind::Input, "not UTF-8", "b.tf").help("Convert it"),
    ];
    let text = json::render(&desk.report, &desk.files);
    let document: Value = serde_json::from_str(&text).unwrap();
    let expected = serde_json::json!({
        "version": 1,
        "tool": { "name": "trustlint", "version": env!("CARGO_PKG_VERSION") },
        "target": "infrastructure",
        "summary": {
            "files": 3, "entities": 2, "pass": 2, "fail": 1, "undecided": 1, "not_applicable": 3,
            "violations": { "critical": 0, "high": 1, "medium": 0, "low": 0 }, "waived": 0
        },
        "findings": [{
            "rule": "aws-rds-storage-encrypted",
            "severity": "high",
            "verdict": "fail",
            "message": "aws_db_instance.app[\"a\"] stores its data unencrypted",
            "address": "aws_db_instance.app[\"a\"]",
            "instances": ["aws_db_instance.app[\"a\"]"],
            "kind": "aws_db_instance",
            "environment": "production",
            "scenarios": [],
            "undecided_in": [],
            "criteria": [{ "id": "CC6.7", "reason": "Nobody reads a copied disk." }, { "id": "CC6.1", "reason": "" }],
            "location": {
                "path": "modules/db/a b#1:ü.tf",
                "start": { "line": 2, "column": 35 }, "end": { "line": 2, "column": 41 }, "text": "var.on"
            },
            "related": [{
                "path": "variables.tf",
                "start": { "line": 2, "column": 13 }, "end": { "line": 2, "column": 18 }, "text": "false",
                "message": "the default of variable \"on\""
            }],
            "calls": [],
            "reasons": [],
            "fix": {
                "summary": "set `storage_encrypted = true`", "safety": "unsafe",
                "reason": "Terraform replaces it.", "code": "", "edits": []
            },
            "fingerprint": "ab".repeat(32),
        }],
        "waived": [],
        "rules": [
            {
                "id": "aws-rds-storage-encrypted", "title": "RDS instances encrypt their storage", "severity": "high",
                "pass": 2, "fail": 1, "undecided": 1, "not_applicable": 3
            },
            {
                "id": "plain", "title": "RDS instances encrypt their storage", "severity": "low",
                "pass": 0, "fail": 0, "undecided": 0, "not_applicable": 0
            },
        ],
        "scenarios": [],
        "skipped": [{ "path": "charts/web", "why": "a Helm chart" }],
        "diagnostics": [
            {
                "level": "warning", "kind": "evaluation", "message": "a cycle",
                "path": "variables.tf", "line": 2, "column": 13, "help": null
            },
            {
                "level": "error", "kind": "input", "message": "not UTF-8",
                "path": "b.tf", "line": null, "column": null, "help": "Convert it"
            },
        ],
    });
    assert_eq!(document, expected);
    assert!(text.ends_with("}\n"));
}
