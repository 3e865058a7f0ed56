use super::*;
use crate::{
    report::{Counts, Criterion, FixNote, Labels, RuleInfo},
    source::{FileId, SourceFile, Span},
};

const DB: &str = "resource \"aws_db_instance\" \"app\" {\n  storage_encrypted = var.encrypted\n}\n";
const VARIABLES: &str = "variable \"encrypted\" {\n  default = false\n}\n";
const MAIN: &str = "module \"a\" {}\nmodule \"b\" {}\nmodule \"c\" {}\nmodule \"d\" {}\n";

/// A report over three files, built by naming the text that is meant.
struct Desk {
    files: SourceMap,
    report: Report,
}

impl Desk {
    fn new() -> Self {
        let mut files = SourceMap::default();
        files.add(SourceFile::new("envs/prod/db.tf", DB, false));
        files.add(SourceFile::new("envs/prod/variables.tf", VARIABLES, false));
        files.add(SourceFile::new("main.tf", MAIN, false));
        let rule = |id: &str, severity, criterion: &str| RuleInfo {
            id: id.into(),
            title: "Storage is encrypted".into(),
            severity,
            criteria: vec![(criterion.into(), "Whoever copies the disk cannot read the data.".into())],
            rationale: "The provider\nleaves it `false`.\n\nA second paragraph.".into(),
            remediation: "Set `storage_encrypted = true`.".into(),
            references: Vec::new(),
        };
        let criterion = |id: &str, title: &str| Criterion {
            id: id.into(),
            title: title.into(),
            description: String::new(),
            attested: Vec::new(),
        };
        let report = Report {
            rules: vec![
                rule("aws-rds-storage-encrypted", Severity::High, "CC6.1"),
                rule("other", Severity::Low, "CC6.7"),
            ],
            criteria: vec![criterion("CC6.1", "Access"), criterion("CC6.7", "Data in motion"), criterion("CC7.1", "-")],
            counts: Counts { pass: 140, fail: 1, ..Counts::default() },
            by_rule: vec![Counts { pass: 140, fail: 1, ..Counts::default() }, Counts::default()],
            files: 3,
            entities: 2,
            ..Report::default()
        };
        Self { files, report }
    }

    fn label(&self, file: u32, at: &str, text: &str) -> Label {
        let id = FileId(file);
        let start = self.files.file(id).text.find(at).unwrap();
        Label { span: Span::new(id, start, start + at.len()), text: text.into() }
    }

    fn finding(&self, rule: usize, severity: Severity, primary: Label) -> Finding {
        Finding {
            rule,
            verdict: Verdict::Fail,
            severity,
            message: "aws_db_instance.app stores its data unencrypted".into(),
            labels: Labels { primary, others: Vec::new(), calls: Vec::new() },
            address: "aws_db_instance.app".into(),
            instances: vec!["aws_db_instance.app".into()],
            kind: "aws_db_instance".into(),
            environment: None,
            other_environments: Vec::new(),
            scenarios: Vec::new(),
            undecided_in: Vec::new(),
            reasons: Vec::new(),
            fix: None,
            fingerprint: "ab".repeat(32),
        }
    }

    fn high(&self) -> Finding {
        self.finding(0, Severity::High, self.label(0, "var.encrypted", ""))
    }

    fn undecided(&self, reason: &str) -> Finding {
        Finding { verdict: Verdict::Undecided, reasons: vec![reason.into()], ..self.high() }
    }

    fn text(&self) -> String {
        self.with(&RenderOptions::default())
    }

    fn with(&self, options: &RenderOptions) -> String {
        render(&self.report, &self.files, options)
    }
}

#[test]
fn a_violation_shows_the_text_what_decided_it_why_and_what_to_do() {
    let mut desk = Desk::new();
    let mut finding = desk.finding(0, Severity::High, desk.label(0, "var.encrypted", "the default decides this"));
    finding.labels.others = vec![desk.label(1, "false", "the default of variable \"encrypted\"")];
    finding.environment = Some("production".into());
    finding.fix = Some(FixNote {
        summary: "set `storage_encrypted = true`".into(),
        safety: "unsafe".into(),
        reason: "Terraform replaces an existing instance to change this argument.".into(),
        code: String::new(),
        ..FixNote::default()
    });
    desk.report.findings = vec![finding];
    let expected = "\
high[aws-rds-storage-encrypted]: aws_db_instance.app stores its data unencrypted
  ┌─ envs/prod/db.tf:2:23
  │
2 │   storage_encrypted = var.encrypted
  │                       ^^^^^^^^^^^^^ the default decides this
  │
  ┌─ envs/prod/variables.tf:2:13
  │
2 │   default = false
  │             ----- the default of variable \"encrypted\"
  │
  = environment: production
  = why: The provider leaves it `false`.
  = SOC 2: CC6.1 Whoever copies the disk cannot read the data.
  = help: Set `storage_encrypted = true`.
  = fix (unsafe): set `storage_encrypted = true`. Terraform replaces an existing instance to change
      this argument.

criterion      violations  failing rules  undecided
CC6.1  Access           1              1          0

1 violation (1 high) in 3 files; the check fails
";
    assert_eq!(desk.text(), expected);
}

#[test]
fn what_a_rule_is_about_is_said_once() {
    let mut desk = Desk::new();
    desk.report.findings = vec![desk.high(), desk.high()];
    let text = desk.text();
    assert_eq!(text.matches("= why: ").count(), 1);
    assert_eq!(text.matches("= help: as above, or `trustlint explain aws-rds-storage-encrypted`").count(), 1);
}

#[test]
fn the_worst_stands_last_next_to_the_summary() {
    let mut desk = Desk::new();
    desk.report.findings = vec![desk.high(), desk.finding(1, Severity::Low, desk.label(2, "module \"a\"", ""))];
    let text = desk.text();
    assert!(text.find("low[other]").unwrap() < text.find("high[aws").unwrap());
    assert!(text.contains("CC6.7  Data in motion           1              1          0\n"), "{text}");
    assert!(text.ends_with("2 violations (1 high, 1 low) in 3 files; the check fails\n"), "{text}");
}

#[test]
fn of_many_instances_and_calls_the_middle_is_left_out() {
    let mut desk = Desk::new();
    let mut finding = desk.high();
    finding.instances = (0..7).map(|i| format!("x[{i}]")).collect();
    finding.labels.calls =
        ["a", "b", "c", "d"].map(|name| desk.label(2, &format!("module \"{name}\""), "called here")).into();
    desk.report.findings = vec![finding];
    let text = desk.text();
    assert!(text.contains("= in 7 instances: x[0], x[1], x[2], x[3] and 3 more\n"), "{text}");
    assert!(text.contains("1 │ module \"a\" {}\n  │ ---------- called here\n"), "{text}");
    assert!(text.contains("4 │ module \"d\" {}\n  │ ---------- called here\n"), "{text}");
    assert_eq!(text.matches("called here").count(), 2);
}

#[test]
fn what_is_undecided_is_grouped_by_cause() {
    let mut desk = Desk::new();
    desk.report.findings = vec![
        desk.high(),
        desk.undecided("the other"),
        desk.undecided("variable \"encrypted\" has no value here"),
        desk.undecided("variable \"encrypted\" has no value here"),
    ];
    let text = desk.text();
    let expected = "\
undecided: 3; --verbose shows each in full
  variable \"encrypted\" has no value here (1 rule, 1 thing)
    envs/prod/db.tf:2:23: aws-rds-storage-encrypted, and 1 more
  the other (1 rule, 1 thing)
    envs/prod/db.tf:2:23: aws-rds-storage-encrypted
";
    assert!(text.contains(expected), "{text}");
    assert!(text.ends_with("1 violation (1 high) in 3 files, 3 undecided; the check fails\n"), "{text}");
    let full = desk.with(&RenderOptions { undecided: true, ..RenderOptions::default() });
    assert_eq!(full.matches("undecided[aws-rds-storage-encrypted]").count(), 3);
    assert!(full.contains("= because: variable \"encrypted\" has no value here\n"), "{full}");
}

#[test]
fn success_is_one_line() {
    let mut desk = Desk::new();
    assert_eq!(desk.text(), "no violations: 1 rule held 140 times in 3 files\n");
    desk.report.findings = vec![desk.undecided("a reason")];
    desk.report.skipped = vec![("charts/web".into(), "a Helm chart".into())];
    let line = "no violations: 1 rule held 140 times in 3 files, 1 undecided, 1 file not scanned\n";
    assert_eq!(desk.text(), line);
    desk.report = Report::default();
    assert_eq!(desk.text(), "no violations: no rule applies to anything in 0 files\n");
}

#[test]
fn what_is_undecided_may_fail_the_check() {
    let mut desk = Desk::new();
    desk.report.findings = vec![desk.undecided("a reason")];
    let text = desk.with(&RenderOptions { undecided_fails: true, ..RenderOptions::default() });
    assert!(text.starts_with("undecided: 1;"), "{text}");
    assert!(text.ends_with("in 3 files, 1 undecided; the check fails\n"), "{text}");
}

#[test]
fn the_last_line_says_what_made_the_check_fail_or_pass() {
    let mut desk = Desk::new();
    desk.report.findings = vec![desk.high()];
    let ending = |fail_on| desk.with(&RenderOptions { fail_on, ..RenderOptions::default() });
    assert!(ending(Some(Severity::Medium)).ends_with("; the check fails because of medium and above\n"));
    assert!(ending(Some(Severity::Critical)).ends_with("; the check passes, since none is critical\n"));
    assert!(ending(None).ends_with("1 violation (1 high) in 3 files\n"));
}

#[test]
fn an_input_that_cannot_be_read_is_never_silent() {
    let mut desk = Desk::new();
    let error = Diagnostic::about_file(DiagnosticKind::Input, "not UTF-8", "b.tf").help("Convert it");
    desk.report.diagnostics = vec![error.clone(), error];
    let text = desk.text();
    assert!(text.starts_with("error: b.tf: not UTF-8\n"), "{text}");
    assert!(text.contains("= help: Convert it\n"), "{text}");
    assert!(text.ends_with("in 3 files; the answer is not whole: 1 file could not be read\n"), "{text}");
}

#[test]
fn files_that_were_not_scanned_are_named_up_to_five() {
    let mut desk = Desk::new();
    desk.report.findings = vec![desk.high()];
    desk.report.skipped = (0..8).map(|i| (format!("{i}.yaml"), "a Helm template".into())).collect();
    let text = desk.text();
    let expected = "not scanned: 8 files: a Helm template\n  0.yaml, 1.yaml, 2.yaml, 3.yaml, 4.yaml and 3 more\n  --verbose lists all\n";
    assert!(text.contains(expected), "{text}");
    let verbose = desk.with(&RenderOptions { verbose: true, ..RenderOptions::default() });
    assert!(verbose.contains("  7.yaml\n") && !verbose.contains("more"), "{verbose}");
}

#[test]
fn a_label_in_no_file_is_left_out_and_the_finding_stays() {
    let mut desk = Desk::new();
    let nowhere = Label { span: Span::new(FileId::NONE, 3, 5), text: "a template".into() };
    let mut finding = desk.finding(0, Severity::High, nowhere.clone());
    finding.labels.others = vec![desk.label(1, "false", "the default"), nowhere];
    desk.report.findings = vec![finding];
    let text = desk.text();
    assert!(text.starts_with("high[aws-rds-storage-encrypted]: aws_db_instance.app stores"), "{text}");
    assert!(text.contains("envs/prod/variables.tf:2:13"), "{text}");
    assert!(text.contains("= why: "), "{text}");
}

#[test]
fn what_is_checked_cannot_drive_the_terminal() {
    let mut desk = Desk::new();
    let id = desk.files.add(SourceFile::new("e\u{1b}[1m.tf", "x = \"\u{1b}]0;owned\u{7}\" # \u{202e}\n", false));
    let mut finding = desk.finding(0, Severity::High, Label { span: Span::new(id, 4, 14), text: "\u{1b}c".into() });
    finding.message = "a \u{1b}[31mred\nherring".into();
    finding.environment = Some("\u{1b}".into());
    finding.instances = vec!["\u{1b}[0m".into(), "b".into()];
    finding.reasons = vec!["\u{9b}".into()];
    desk.report.findings = vec![finding];
    desk.report.skipped = vec![("\u{1b}.yaml".into(), "\u{1b}".into())];
    desk.report.diagnostics = vec![Diagnostic::about_file(DiagnosticKind::Input, "bad \u{1b}", "\u{1b}.tf")];
    let text = desk.text();
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    assert!(!text.contains('\u{202e}'));
    assert!(text.starts_with("high[aws-rds-storage-encrypted]: a \u{fffd}[31mred herring\n"), "{text}");
}

#[test]
fn colours_are_there_only_if_asked_for() {
    let mut desk = Desk::new();
    desk.report.findings = vec![desk.high()];
    let text = desk.with(&RenderOptions { color: true, ..RenderOptions::default() });
    assert!(text.contains("\u{1b}["));
    assert!(text.contains("high[aws-rds-storage-encrypted]"), "{text:?}");
    assert!(!desk.text().contains('\u{1b}'));
}

#[test]
fn a_diagnostic_shows_all_its_places() {
    let desk = Desk::new();
    let span = |file, at| desk.label(file, at, "").span;
    let diagnostic = Diagnostic::error(DiagnosticKind::Evaluation, "a cycle", span(0, "var.encrypted"))
        .label("uses")
        .note(span(1, "false"), "comes from")
        .warning();
    let text = diagnostics(&[diagnostic], &desk.files, false);
    assert!(text.starts_with("warning: a cycle\n  ┌─ envs/prod/db.tf:2:23\n"), "{text}");
    assert!(text.contains("^^^^^^^^^^^^^ uses\n") && text.contains("----- comes from\n"), "{text}");
}
