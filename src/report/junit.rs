//! XML of `JUnit`: one test case for each violation, each question left open, and each rule that held.

use std::io::Cursor;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
    writer::ElementWriter,
};

use super::{
    Finding, RenderOptions, Report, Verdict, place,
    summary::count,
    words::{one_line, sentence},
};
use crate::source::{Diagnostic, Level, SourceMap};

/// Renders a report. Nothing that is not known fails: a question that is left open is a skipped test, unless it fails
/// the run; an input that could not be read is an error.
pub fn render(report: &Report, files: &SourceMap, options: &RenderOptions) -> String {
    let mut xml = Writer::new_with_indent(Cursor::new(Vec::new()), b' ', 2);
    // Nothing can fail that is written to memory.
    let _ = write(report, files, options, &mut xml);
    let mut text = String::from_utf8(xml.into_inner().into_inner()).unwrap_or_default();
    text.push('\n');
    text
}

type Xml = Writer<Cursor<Vec<u8>>>;

/// What became of a test.
enum Outcome {
    Held,
    Failed { kind: String, message: String, text: String },
    Skipped(String),
    Error { message: String, text: String },
}

struct Case {
    class: String,
    name: String,
    place: Option<(String, u32)>,
    outcome: Outcome,
}

fn write(report: &Report, files: &SourceMap, options: &RenderOptions, xml: &mut Xml) -> std::io::Result<()> {
    let cases = cases(report, files, options);
    let of = |wanted: fn(&Outcome) -> bool| cases.iter().filter(|c| wanted(&c.outcome)).count().to_string();
    let numbers = [
        ("tests", cases.len().to_string()),
        ("failures", of(|o| matches!(o, Outcome::Failed { .. }))),
        ("errors", of(|o| matches!(o, Outcome::Error { .. }))),
        ("skipped", of(|o| matches!(o, Outcome::Skipped(_)))),
    ];
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    counted(xml, "testsuites", &numbers).write_inner_content(|xml| {
        counted(xml, "testsuite", &numbers)
            .write_inner_content(|xml| cases.iter().try_for_each(|case| write_case(case, xml)))?;
        Ok(())
    })?;
    Ok(())
}

/// An element with the numbers of tests in it.
fn counted<'x>(xml: &'x mut Xml, name: &'x str, numbers: &[(&str, String)]) -> ElementWriter<'x, Cursor<Vec<u8>>> {
    let element = xml.create_element(name).with_attribute(("name", "trustlint"));
    numbers.iter().fold(element, |element, (name, value)| element.with_attribute((*name, value.as_str())))
}

fn write_case(case: &Case, xml: &mut Xml) -> std::io::Result<()> {
    let (class, name) = (printable(&case.class), printable(&case.name));
    let mut element = xml
        .create_element("testcase")
        .with_attribute(("classname", class.as_str()))
        .with_attribute(("name", name.as_str()));
    if let Some((path, line)) = &case.place {
        let line = line.to_string();
        element = element.with_attribute(("file", printable(path).as_str())).with_attribute(("line", line.as_str()));
    }
    match &case.outcome {
        Outcome::Held => element.write_empty()?,
        Outcome::Failed { kind, message, text } => element.write_inner_content(|xml| {
            xml.create_element("failure")
                .with_attribute(("type", kind.as_str()))
                .with_attribute(("message", printable(message).as_str()))
                .write_text_content(BytesText::new(&printable(text)))?;
            Ok(())
        })?,
        Outcome::Skipped(message) => element.write_inner_content(|xml| {
            xml.create_element("skipped").with_attribute(("message", printable(message).as_str())).write_empty()?;
            Ok(())
        })?,
        Outcome::Error { message, text } => element.write_inner_content(|xml| {
            xml.create_element("error")
                .with_attribute(("message", printable(message).as_str()))
                .write_text_content(BytesText::new(&printable(text)))?;
            Ok(())
        })?,
    };
    Ok(())
}

/// What XML may hold at all: most control characters cannot even be escaped.
fn printable(text: &str) -> String {
    let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    text.chars().map(|c| if allowed(c) && !matches!(c, '\u{fffe}' | '\u{ffff}') { c } else { '\u{fffd}' }).collect()
}

fn cases(report: &Report, files: &SourceMap, options: &RenderOptions) -> Vec<Case> {
    let mut cases = Vec::new();
    for (index, rule) in report.rules.iter().enumerate() {
        let own: Vec<&Finding> = report.findings.iter().filter(|f| f.rule == index).collect();
        cases.extend(own.iter().map(|finding| case(report, finding, files, options, None)));
        let waived = report.waived.iter().filter(|w| w.finding.rule == index);
        let waived: Vec<Case> = waived
            .map(|w| {
                let until = w.until.as_ref().map_or_else(String::new, |day| format!(" (until {day})"));
                case(report, &w.finding, files, options, Some(format!("waived{until}: {}", w.reason)))
            })
            .collect();
        let held = report.by_rule.get(index).map_or(0, |counts| counts.pass);
        if held > 0 && own.is_empty() && waived.is_empty() {
            let name = format!("{} ({} checked)", rule.title, held);
            cases.push(Case { class: rule.id.clone(), name, place: None, outcome: Outcome::Held });
        }
        cases.extend(waived);
    }
    cases.extend(report.diagnostics.iter().filter(|d| d.level == Level::Error).map(|d| unread(d, files, options)));
    cases
}

fn case(
    report: &Report,
    finding: &Finding,
    files: &SourceMap,
    options: &RenderOptions,
    waived: Option<String>,
) -> Case {
    let rule = report.rule_of(finding);
    let spot = place::of_finding(files, finding, options);
    let place = spot.as_ref().map_or_else(String::new, |s| format!("{}:{}:{}\n", s.path, s.line, s.column));
    let criteria: Vec<String> =
        rule.criteria.iter().map(|(id, reason)| format!("{id}: {}", one_line(reason))).collect();
    let more = match finding.instances.len() {
        0 | 1 => String::new(),
        n => format!("{}: {}\n", count(n, "instance"), finding.instances.join(", ")),
    };
    let reasons = finding.reasons.iter().map(|r| format!("because: {r}\n")).collect::<String>();
    let text = format!(
        "{place}{more}{reasons}why: {}\n{}\nhelp: {}\n",
        one_line(&rule.rationale),
        criteria.join("\n"),
        one_line(&rule.remediation)
    );
    let outcome = match (waived, finding.verdict) {
        (Some(waived), _) => Outcome::Skipped(waived),
        (None, Verdict::Undecided) if !options.undecided_fails => {
            Outcome::Skipped(format!("undecided: {}", finding.reasons.join("; ")))
        }
        _ => Outcome::Failed { kind: finding.severity.to_string(), message: sentence(&finding.message), text },
    };
    Case {
        class: rule.id.clone(),
        name: format!("{}: {}", rule.title, finding.address),
        place: spot.map(|s| (s.path, s.line)),
        outcome,
    }
}

fn unread(diagnostic: &Diagnostic, files: &SourceMap, options: &RenderOptions) -> Case {
    let spot = diagnostic.notes.first().and_then(|note| place::spot(files, note.span, options));
    let whole = || Some((place::from_top(diagnostic.path.as_deref()?, options)?, 1));
    let place = spot.map(|s| (s.path, s.line)).or_else(whole);
    let name = place.as_ref().map_or_else(|| "an input was not read".into(), |(path, _)| format!("{path} is read"));
    let message = sentence(&diagnostic.message);
    let text = diagnostic.help.clone().unwrap_or_default();
    Case { class: "trustlint".into(), name, place, outcome: Outcome::Error { message, text } }
}
