//! One `rule` block.

use ecow::EcoString;

use super::{
    Assert, Distinct, Input, Link, Match, Rule, Status, fix, literals,
    names::{Names, Used},
};
use crate::{
    eval::{Access, EvalError, Locals, Mode, Resolved, Scope, evaluate},
    report::{Criterion, Severity},
    rule::{
        examples,
        file::{EXAMPLES, RuleFile, Section, choices, mistake},
    },
    source::{Diagnostic, Span},
    syntax::hcl::{Expr, ExprKind, Ident},
};

/// Compiles a rule of a file whose path and text are given. Whatever is wrong is reported; the
/// rule is there only if nothing is.
pub fn rule(
    file: &RuleFile,
    section: &Section,
    path: &str,
    source: &str,
    criteria: &[Criterion],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Rule> {
    let before = diagnostics.len();
    let id = section.label()?;
    check_id(id, path, diagnostics);
    let title = literals::required(section, "title", "Say in one sentence what the good state is.", diagnostics);
    if let Some(title) = &title
        && (title.ends_with('.') || title.contains('\n'))
    {
        let span = section.get("title").map_or(section.header(), |e| e.span);
        diagnostics.push(mistake("the title is one line without a full stop", span));
    }
    let help = "It is one of `critical`, `high`, `medium`, `low`.";
    literals::missing(section, "severity", help, diagnostics);
    let severity = literals::word(section, "severity", &Severity::ALL, Severity::as_str, diagnostics);
    let status = literals::word(section, "status", &Status::ALL, Status::as_str, diagnostics);
    let since = since(section, diagnostics);
    let aliases = aliases(section, id, diagnostics);
    let soc2 = soc2(section, criteria, diagnostics);
    let rationale = literals::text(section, "rationale", diagnostics).unwrap_or_default();
    let remediation = literals::text(section, "remediation", diagnostics).unwrap_or_default();
    if !remediation.is_empty() && !remediation.ends_with('.') {
        let span = section.get("remediation").map_or(section.header(), |e| e.span);
        diagnostics.push(mistake("the remediation must end in a full stop", span));
    }
    let references = references(section, diagnostics);

    let inputs: Vec<Input> = section.sections("input").filter_map(|s| input(s, diagnostics)).collect();
    let input_names = unique(section, "input", diagnostics);
    let link_names = unique(section, "link", diagnostics);
    let mut used = Used::default();
    let names = Names { this: true, inputs: &input_names, ..Names::default() };
    let matches: Vec<Match> =
        section.sections("match").filter_map(|s| matcher(s, names, &mut used, diagnostics)).collect();
    if section.sections("match").next().is_none() {
        diagnostics.push(
            mistake(format!("rule \"{}\" has no `match`", id.text), section.header())
                .help("`match \"<type or view>\" {}` says what it looks at."),
        );
    }
    let links: Vec<Link> = section.sections("link").filter_map(|s| link(s, names, &mut used, diagnostics)).collect();
    let full = Names { links: Some(&link_names), ..names };
    let asserts: Vec<Assert> =
        section.sections("assert").filter_map(|s| assert(s, full, &mut used, diagnostics)).collect();
    let distincts: Vec<Distinct> =
        section.sections("distinct").filter_map(|s| distinct(s, names, &mut used, diagnostics)).collect();
    if section.sections("assert").chain(section.sections("distinct")).next().is_none() {
        diagnostics.push(
            mistake(format!("rule \"{}\" requires nothing", id.text), section.header())
                .help("Give it an `assert` or a `distinct`."),
        );
    }
    if let Some(second) = section.sections("distinct").nth(1) {
        diagnostics.push(mistake("a rule has at most one `distinct`", second.header()));
    }
    let kinds: Vec<EcoString> = matches.iter().flat_map(|m| m.kinds.clone()).collect();
    // Where an assert has no `for_each`, a fix that needs `each` is none.
    let fixing = Names { each: asserts.iter().any(|a| a.for_each.is_some()), ..full };
    let fixes =
        section.sections("fix").filter_map(|s| fix::fix(s, source, &kinds, fixing, &mut used, diagnostics)).collect();
    unused(section, "link", &used, diagnostics);
    unused(section, "input", &used, diagnostics);
    let examples = section
        .all_sections()
        .iter()
        .filter(|s| EXAMPLES.contains(&s.kind()))
        .filter_map(|s| examples::read(s, kinds.first().map(EcoString::as_str), diagnostics))
        .collect();
    if diagnostics.len() > before {
        return None;
    }
    Some(Rule {
        id: id.text.clone(),
        title: title?,
        severity: severity?,
        status: status.unwrap_or(Status::Stable),
        since,
        aliases,
        criteria: soc2,
        rationale: literals::paragraphs(&rationale),
        remediation: literals::paragraphs(&remediation),
        references,
        inputs,
        matches,
        links,
        asserts,
        distinct: distincts.into_iter().next(),
        fixes,
        examples,
        file: file.id,
        header: section.header(),
    })
}

/// What a rule's id is by the path of its file: `rules/aws/kms-key-rotation.hcl` holds
/// `aws-kms-key-rotation`.
pub fn path_of_id(path: &str) -> (String, String) {
    let mut parts = path.rsplit('/');
    let stem = parts.next().unwrap_or("").trim_end_matches(".hcl").to_string();
    let whole = match parts.next() {
        Some(directory) => format!("{directory}-{stem}"),
        None => stem.clone(),
    };
    (whole, stem)
}

fn check_id(id: &Ident, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    let words: Vec<&str> = id.text.split('-').collect();
    let shaped = words.len() >= 2
        && words.iter().all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if !shaped {
        diagnostics.push(
            mistake(format!("\"{}\" is not an id", id.text), id.span)
                .help("An id is two or more words of small letters and digits with `-` between, such as `aws-rds-storage-encrypted`."),
        );
    }
    let (whole, stem) = path_of_id(path);
    if id.text != whole && id.text != stem {
        diagnostics.push(
            mistake("the id does not match the file's path", id.span).help(format!("`{path}` holds rule \"{whole}\".")),
        );
    }
}

fn since(section: &Section, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    let since = literals::text(section, "since", diagnostics)?;
    let parts: Vec<&str> = since.split('.').collect();
    if parts.len() != 3 || parts.iter().any(|p| p.parse::<u32>().is_err()) {
        let span = section.get("since").map_or(section.header(), |e| e.span);
        diagnostics.push(mistake("`since` is a version such as \"0.1.0\"", span));
    }
    Some(since)
}

fn aliases(section: &Section, id: &Ident, diagnostics: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (alias, span) in literals::texts(section, "aliases", diagnostics) {
        if alias == *id.text || out.contains(&alias) {
            diagnostics.push(mistake(format!("the alias \"{alias}\" is there already"), span));
        }
        out.push(alias);
    }
    out
}

fn soc2(section: &Section, criteria: &[Criterion], diagnostics: &mut Vec<Diagnostic>) -> Vec<(String, String)> {
    let help = "`soc2 = { \"CC6.1\" = \"...\" }` says on which criteria it bears, and why.";
    if literals::missing(section, "soc2", help, diagnostics) {
        return Vec::new();
    }
    let Some(expr) = section.get("soc2") else { return Vec::new() };
    let mut out = Vec::new();
    for (id, span, reason) in literals::entries(expr, "soc2", diagnostics) {
        if !criteria.iter().any(|c| c.id == id) {
            let known: Vec<&str> = criteria.iter().map(|c| c.id.as_str()).collect();
            diagnostics.push(mistake(format!("there is no criterion `{id}`"), span).help(choices(
                &id,
                known.iter().copied(),
                "There are",
            )));
        }
        if let Some(text) = literals::plain_text(reason, "soc2", diagnostics) {
            let text = literals::paragraphs(&text);
            if let Some(fault) = literals::sentence_fault(&text) {
                diagnostics.push(
                    mistake(format!("the reason for {id} {fault}"), reason.span)
                        .help("It says in one sentence why this rule bears on the criterion."),
                );
            }
            out.push((id, text));
        }
    }
    if out.is_empty() && matches!(&expr.kind, ExprKind::Object(e) if e.is_empty()) {
        diagnostics.push(mistake("`soc2` names no criterion", expr.span).help(help));
    }
    out
}

fn references(section: &Section, diagnostics: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut out = Vec::new();
    for (reference, span) in literals::texts(section, "references", diagnostics) {
        if !reference.starts_with("https://") || reference.contains(char::is_whitespace) {
            diagnostics.push(mistake("a reference is an address that begins with https://", span));
        }
        out.push(reference);
    }
    out
}

/// The labels of all blocks of one kind; two of one name are reported.
fn unique(section: &Section, kind: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<EcoString> {
    let mut out: Vec<&Ident> = Vec::new();
    for label in section.sections(kind).filter_map(Section::label) {
        if let Some(first) = out.iter().find(|o| o.text == label.text) {
            diagnostics.push(
                mistake(format!("there are two {kind}s \"{}\"", label.text), label.span).note(first.span, "the first"),
            );
        }
        if !is_name(&label.text) {
            diagnostics.push(
                mistake(format!("\"{}\" cannot be written behind `{kind}.`", label.text), label.span)
                    .help("Use letters, digits and `_`."),
            );
        }
        out.push(label);
    }
    out.into_iter().map(|l| l.text.clone()).collect()
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn unused(section: &Section, kind: &str, used: &Used, diagnostics: &mut Vec<Diagnostic>) {
    let used = if kind == "link" { &used.links } else { &used.inputs };
    for label in section.sections(kind).filter_map(Section::label) {
        if !used.contains(&label.text) {
            diagnostics.push(
                mistake(format!("{kind} \"{}\" is declared and not used", label.text), label.span)
                    .help(format!("Use `{kind}.{}`, or take the block away.", label.text)),
            );
        }
    }
}

fn input(section: &Section, diagnostics: &mut Vec<Diagnostic>) -> Option<Input> {
    let name = section.label()?;
    let description = literals::required(section, "description", "Say what it is for.", diagnostics);
    literals::missing(section, "default", "A rule must run without being configured.", diagnostics);
    let expr = section.get("default")?;
    match evaluate(expr, &Nothing, &Locals::NONE) {
        Ok(default) => Some(Input { name: name.text.clone(), description: description?, default }),
        Err(error) => {
            diagnostics.push(
                mistake(format!("the default cannot be evaluated: {}", error.message), error.span.unwrap_or(expr.span))
                    .help("It is made of literals and functions."),
            );
            None
        }
    }
}

fn matcher(section: &Section, names: Names<'_>, used: &mut Used, diagnostics: &mut Vec<Diagnostic>) -> Option<Match> {
    if let Some(expr) = section.get("where") {
        Names { place: "`where` of a match", ..names }.check(expr, used, diagnostics);
    }
    let kinds: Vec<EcoString> = section.block.labels.iter().map(|l| l.text.clone()).collect();
    let defaults = defaults(section, names, used, diagnostics);
    (!kinds.is_empty()).then(|| Match { kinds, condition: section.get("where").cloned(), defaults })
}

fn defaults(section: &Section, names: Names<'_>, used: &mut Used, diagnostics: &mut Vec<Diagnostic>) -> Option<Expr> {
    let expr = section.get("defaults")?;
    literals::entries(expr, "defaults", diagnostics);
    Names { place: "`defaults`", ..names }.check(expr, used, diagnostics);
    Some(expr.clone())
}

fn link(section: &Section, names: Names<'_>, used: &mut Used, diagnostics: &mut Vec<Diagnostic>) -> Option<Link> {
    let to = literals::required(section, "to", "It is the type or view of the related entities.", diagnostics);
    let help = "It says when `other` belongs to `self`: `refers_to(other.bucket, self)`.";
    if !literals::missing(section, "where", help, diagnostics)
        && let Some(expr) = section.get("where")
    {
        Names { place: "`where` of a link", other: true, ..names }.check(expr, used, diagnostics);
    }
    let at_most = section.get("at_most").and_then(|expr| {
        let count = match &expr.kind {
            ExprKind::Number(number) => number.as_usize().filter(|n| *n > 0),
            _ => None,
        };
        if count.is_none() {
            diagnostics.push(
                mistake("`at_most` must be a whole number above zero", expr.span)
                    .help("`at_most = 1` makes the link one entity or null instead of a list."),
            );
        }
        count
    });
    let defaults = defaults(section, names, used, diagnostics);
    Some(Link {
        name: section.label()?.text.clone(),
        to: to?.into(),
        condition: section.get("where").cloned()?,
        at_most,
        defaults,
    })
}

fn assert(section: &Section, names: Names<'_>, used: &mut Used, diagnostics: &mut Vec<Diagnostic>) -> Option<Assert> {
    let for_each = section.get("for_each");
    let inner = Names { each: for_each.is_some(), place: "an assert", ..names };
    if let Some(expr) = for_each {
        Names { place: "`for_each` of an assert", ..names }.check(expr, used, diagnostics);
    }
    for name in ["condition", "at", "error_message"] {
        if let Some(expr) = section.get(name) {
            inner.check(expr, used, diagnostics);
        }
    }
    literals::missing(section, "condition", "It is what must be true.", diagnostics);
    message(section, diagnostics);
    Some(Assert {
        for_each: for_each.cloned(),
        condition: section.get("condition").cloned()?,
        at: section.get("at").cloned(),
        message: section.get("error_message").cloned()?,
        span: section.header(),
    })
}

fn distinct(
    section: &Section,
    names: Names<'_>,
    used: &mut Used,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Distinct> {
    for (name, help) in
        [("key", "It is what must not be shared."), ("across", "It is between what: `self.environment.name`.")]
    {
        literals::missing(section, name, help, diagnostics);
        if let Some(expr) = section.get(name) {
            Names { place: "a distinct", ..names }.check(expr, used, diagnostics);
        }
    }
    if let Some(expr) = section.get("within") {
        Names { place: "a distinct", ..names }.check(expr, used, diagnostics);
    }
    message(section, diagnostics);
    for (name, place) in [("where", "`where` of a distinct"), ("error_message", "`error_message` of a distinct")] {
        if let Some(expr) = section.get(name) {
            Names { this: false, pair: true, place, ..names }.check(expr, used, diagnostics);
        }
    }
    Some(Distinct {
        within: section.get("within").cloned(),
        condition: section.get("where").cloned(),
        key: section.get("key").cloned()?,
        across: section.get("across").cloned()?,
        message: section.get("error_message").cloned()?,
        span: section.header(),
    })
}

fn message(section: &Section, diagnostics: &mut Vec<Diagnostic>) {
    let help = "It says in one sentence without a full stop what is wrong, and with what.";
    if literals::missing(section, "error_message", help, diagnostics) {
        return;
    }
    if let Some(Expr { kind: ExprKind::String(text), span }) = section.get("error_message")
        && (text.trim().is_empty() || text.trim_end().ends_with('.'))
    {
        diagnostics.push(mistake("the message is one sentence without a full stop", *span).help(help));
    }
}

/// The scope of a default: no names at all.
struct Nothing;

impl Scope for Nothing {
    fn mode(&self) -> Mode {
        Mode::Rule
    }

    fn resolve(&self, name: &str, _span: Span, _steps: &[Access]) -> Result<Resolved, EvalError> {
        Err(EvalError::new(format!("`{name}` is not a name that is known here")).uncatchable())
    }

    fn read_file(&self, _path: &str) -> Result<Vec<u8>, EvalError> {
        Err(EvalError::new("a rule reads no files"))
    }

    fn list_files(&self, _dir: &str, _pattern: &str) -> Result<Vec<EcoString>, EvalError> {
        Err(EvalError::new("a rule reads no files"))
    }
}
