//! The report as one page: what it holds, that it loads nothing, and that nothing of a repository becomes mark-up.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

#[path = "support/files.rs"]
mod files;
#[path = "support/program.rs"]
mod program;

use files::repository;
use std::process::Command;

use program::run;
use scraper::{ElementRef, Html, Selector};

fn page(files: &[(&str, &str)]) -> String {
    let dir = repository(files);
    let args = ["check", "--color", "never", "--rule", "aws-kms-key-rotation", "--output", "html"];
    let (_, out, err) = run(dir.path(), &[("TRUSTLINT_TODAY", "2026-11-25")], &args);
    assert_eq!(err, "");
    let again = run(dir.path(), &[("TRUSTLINT_TODAY", "2026-11-25")], &[&args[..], &["--threads", "1"]].concat()).1;
    assert_eq!(out, again, "the same bytes again");
    out
}

fn select(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).map(text).collect()
}

fn text(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rows of all tables, a space between the cells of each.
fn rows(page: &Html) -> Vec<String> {
    let (row, cell) = (Selector::parse("tbody tr").unwrap(), Selector::parse("td").unwrap());
    page.select(&row).map(|r| r.select(&cell).map(text).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_page_has_findings_criteria_exceptions_and_what_only_people_can_attest() {
    let html = page(&[
        (
            "main.tf",
            "variable \"on\" {\n  default = false\n}\nresource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = var.on\n}\n",
        ),
        ("open.tf", "variable \"open\" {}\nresource \"aws_kms_key\" \"b\" {\n  enable_key_rotation = var.open\n}\n"),
        (
            "w.tf",
            "# trustlint: ignore[aws-kms-key-rotation] by hand, until=2027-01-31, owner=@sec\nresource \"aws_kms_key\" \"w\" {}\n",
        ),
        ("chart/Chart.yaml", "name: c\nversion: 1.0.0\napiVersion: v2\n"),
        ("chart/templates/a.yaml", "apiVersion: v1\nkind: {{ .Values.kind }}\n"),
    ]);
    let page = Html::parse_document(&html);
    assert_eq!(
        select(&page, "h2"),
        ["Criteria", "Findings", "Exceptions", "What only people can attest", "What was not scanned"]
    );
    assert_eq!(
        select(&page, ".finding summary"),
        [
            "medium aws_kms_key.a does not rotate main.tf:5",
            "undecided cannot tell for aws_kms_key.b: KMS keys rotate open.tf:3"
        ]
    );
    assert_eq!(select(&page, ".finding mark"), ["var.on", "false", "var.open", "variable \"open\""]);
    let rows = rows(&page);
    assert!(rows.iter().any(|r| r.starts_with("CC6.1 ") && r.ends_with(" 1 1 1 1")), "{rows:?}");
    assert!(
        rows.iter().any(|r| r.starts_with("CC6.4 ") && r.ends_with("nothing in these files bears on it")),
        "{rows:?}"
    );
    assert!(rows.iter().any(|r| r.contains("by hand @sec 2027-01-31 active w.tf:1")), "{rows:?}");
    assert!(select(&page, "dd p").iter().any(|t| t.starts_with("Who asked for an account")));
    assert!(
        select(&page, "details summary").iter().any(|t| t.contains("Helm")),
        "{:?}",
        select(&page, "details summary")
    );
}

#[test]
fn the_page_says_of_which_commit_it_is() {
    let dir = repository(&[("infra/main.tf", "resource \"aws_kms_key\" \"a\" {}\n")]);
    let git = |args: &[&str]| {
        let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
        let run = Command::new("git").current_dir(dir.path()).args(who).args(args).output().unwrap();
        assert!(run.status.success(), "{args:?}");
    };
    git(&["init", "-q", "."]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "all", "--date", "2026-03-01T12:00:00Z"]);
    let header = |environment: &[(&str, &str)]| {
        let (_, out, _) = run(&dir.path().join("infra"), environment, &["check", "--output", "html"]);
        select(&Html::parse_document(&out), "header h1, header p").join(" | ")
    };
    let host = [("GITHUB_REPOSITORY", "acme/infra"), ("CI_PROJECT_PATH", "")];
    let text = header(&host);
    assert!(text.starts_with("SOC 2 in acme/infra | directory infra | commit "), "{text}");
    assert!(!text.contains("not committed"), "{text}");
    std::fs::write(dir.path().join("new.tf"), "").unwrap();
    assert!(header(&host).contains(", with changes that are not committed"));
    let name = dir.path().file_name().unwrap().to_string_lossy();
    assert!(header(&[("GITHUB_REPOSITORY", ""), ("CI_PROJECT_PATH", "")]).starts_with(&format!("SOC 2 in {name} | ")));
}

#[test]
fn nothing_of_a_repository_becomes_mark_up() {
    let evil =
        "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = \"</pre><script>alert(1)</script>\" == \"\"\n}\n";
    let html = page(&[("a&b<img src=x>.tf", evil), ("x\" onload=\"y.tf", &evil.replace("\"a\"", "\"b\""))]);
    let page = Html::parse_document(&html);
    assert_eq!(select(&page, "script").len(), 1);
    assert_eq!(page.select(&Selector::parse("img, [onload]").unwrap()).count(), 0);
    assert!(
        select(&page, ".finding summary").iter().any(|t| t.ends_with("a&b<img src=x>.tf:2")),
        "{:?}",
        select(&page, "summary")
    );
    assert!(select(&page, ".finding mark").iter().any(|t| t.contains("<script>alert(1)</script>")));
}

#[test]
fn the_page_loads_nothing_and_runs_only_its_own_script() {
    let html = page(&[("main.tf", "resource \"aws_kms_key\" \"a\" {}\n")]);
    let page = Html::parse_document(&html);
    assert_eq!(page.select(&Selector::parse("link, [src], [href], iframe, object").unwrap()).count(), 0);
    let selector = Selector::parse("meta[http-equiv]").unwrap();
    let policy = page.select(&selector).next().unwrap();
    let content = policy.value().attr("content").unwrap();
    assert!(content.starts_with("default-src 'none'; style-src 'sha256-") && !content.contains("unsafe"), "{content}");
}
