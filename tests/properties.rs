//! Laws that hold for whatever is written.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

use std::{collections::BTreeSet, sync::Arc};

use proptest::prelude::*;
use trustlint::{
    check::{self, Options},
    eval::{Access, EvalError, Locals, Mode, Resolved, Scope, evaluate},
    lower,
    report::Verdict,
    rule::Catalog,
    source::{Diagnostic, FileId, MemoryTree, Span},
    syntax::{
        hcl, json,
        node::{Node, NodeKind},
        yaml,
    },
    value::{Hole, Origins, Part, Repr, Text, Truth, Unknown, Value, Why, WhyKind},
};

// Unknowns.

/// Names and what they are.
struct Names(Vec<(&'static str, Value)>);

impl Scope for Names {
    fn mode(&self) -> Mode {
        Mode::Rule
    }

    fn resolve(&self, name: &str, _span: Span, _steps: &[Access]) -> Result<Resolved, EvalError> {
        let found = self.0.iter().find(|(n, _)| *n == name);
        found
            .map(|(_, value)| Resolved { value: value.clone(), steps: 0 })
            .ok_or_else(|| EvalError::new("no such name"))
    }

    fn read_file(&self, _path: &str) -> Result<Vec<u8>, EvalError> {
        Err(EvalError::new("there are no files"))
    }

    fn list_files(&self, _dir: &str, _pattern: &str) -> Result<Vec<ecow::EcoString>, EvalError> {
        Ok(Vec::new())
    }
}

const NAMES: [&str; 5] = ["flag", "number", "text", "list", "object"];

fn known() -> impl Strategy<Value = Vec<Value>> {
    let text = "[ab]{0,3}";
    (any::<bool>(), -2_i64..5, text, prop::collection::vec(text, 0..4), text, any::<bool>(), any::<bool>()).prop_map(
        |(flag, number, text, list, inner, on, null)| {
            let object = [
                ("a".into(), if null { Value::null() } else { Value::string(inner) }),
                ("on".into(), Value::bool(on)),
                ("list".into(), Value::tuple(list.iter().map(|t| Value::string(t.as_str())).collect())),
            ];
            vec![
                Value::bool(flag),
                Value::number(number),
                Value::string(text),
                Value::tuple(list.into_iter().map(Value::string).collect()),
                Value::object(object),
            ]
        },
    )
}

/// Texts of expressions, by the type that they have.
fn condition() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("number".to_string()),
        (-1_i64..4).prop_map(|n| format!("({n})")),
        Just("length(list)".into()),
        Just("length(text)".into()),
        Just("length(object.list)".into()),
        Just("(number + 1)".into()),
        Just("(number * 2 - length(list))".into()),
        Just("max(number, 1)".into()),
        Just("(flag ? number : 1)".into()),
    ];
    let text = prop_oneof![
        Just("text".to_string()),
        "[ab]{0,3}".prop_map(|t| format!("\"{t}\"")),
        Just("object.a".into()),
        Just("\"a${text}b\"".into()),
        Just("\"${text}${number}\"".into()),
        Just("upper(text)".into()),
        Just("join(\"a\", list)".into()),
        Just("replace(text, \"a\", \"b\")".into()),
        Just("substr(text, 0, 1)".into()),
        Just("trimprefix(text, \"a\")".into()),
        Just("(flag ? text : \"a\")".into()),
        Just("jsonencode(object)".into()),
        Just("format(\"%s-%d\", text, number)".into()),
        Just("coalesce(object.a, text)".into()),
        Just("or_default(object.a, \"a\")".into()),
        Just("try(list[number], \"b\")".into()),
    ];
    let list = prop_oneof![
        Just("list".to_string()),
        Just("object.list".into()),
        Just("[text, \"a\"]".into()),
        Just("[for x in list : x if x != text]".into()),
        Just("[for x in list : \"${x}a\"]".into()),
        Just("concat(list, [text])".into()),
        Just("distinct(list)".into()),
        Just("sort(list)".into()),
        Just("compact(list)".into()),
        Just("reverse(list)".into()),
        Just("slice(list, 0, 1)".into()),
        Just("flatten([list, object.list])".into()),
        Just("setintersection(list, object.list)".into()),
        Just("setsubtract(list, object.list)".into()),
        Just("split(\"a\", text)".into()),
        Just("(flag ? list : [])".into()),
        Just("values({ x = text })".into()),
    ];
    let leaf = prop_oneof![
        Just("flag".to_string()),
        Just("object.on".into()),
        Just("object.absent == null".into()),
        Just("object.a == null".into()),
        (number.clone(), prop::sample::select(vec!["==", "!=", "<", ">", "<=", ">="]), number)
            .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (text.clone(), prop::sample::select(vec!["==", "!="]), text.clone())
            .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (text.clone(), text.clone()).prop_map(|(a, b)| format!("startswith({a}, {b})")),
        (text.clone(), text.clone()).prop_map(|(a, b)| format!("endswith({a}, {b})")),
        (text.clone(), text.clone()).prop_map(|(a, b)| format!("strcontains({a}, {b})")),
        (list.clone(), text.clone()).prop_map(|(a, b)| format!("contains({a}, {b})")),
        (list.clone(), list.clone()).prop_map(|(a, b)| format!("{a} == {b}")),
        list.clone().prop_map(|a| format!("length({a}) > 1")),
        list.clone().prop_map(|a| format!("alltrue([for x in {a} : x != \"a\"])")),
        list.clone().prop_map(|a| format!("anytrue([for x in {a} : x == text])")),
        list.prop_map(|a| format!("length(toset({a})) == 1")),
        text.clone().prop_map(|a| format!("can(regex(\"^a+b\", {a}))")),
        text.prop_map(|a| format!("length({a}) == 2")),
        Just("can(object.a.b)".into()),
        Just("is_set(object.a)".into()),
        Just("try(object.absent, flag)".into()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) == ({b})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a}) ? ({b}) : ({c})")),
        ]
    })
}

fn unknown() -> Value {
    Value::unknown(Why::new(WhyKind::NoDefault, "x"))
}

/// The same values, some of them or of their elements replaced by what is not known.
fn with_holes(values: &[Value], which: u16) -> Vec<Value> {
    let hidden = |bit: u16| which & (1 << bit) != 0;
    let mut values = values.to_vec();
    for (bit, value) in values.iter_mut().enumerate() {
        if hidden(bit as u16) {
            *value = unknown();
        }
    }
    // One element of the list, one part of the text, one field of the object.
    if hidden(5)
        && let Some(list) = values[3].as_list()
        && !list.items.is_empty()
    {
        let mut items = list.items.clone();
        items[0] = unknown();
        values[3] = Value::tuple(items);
    }
    if hidden(6)
        && let Some(text) = values[2].as_str()
        && let Some(first) = text.get(..1)
    {
        let hole = Hole {
            unknown: Arc::new(Unknown::because(Why::new(WhyKind::NoDefault, "x"))),
            written: "${x}".into(),
            span: None,
        };
        let parts = vec![Part::Known(first.into()), Part::Hole(hole)];
        values[2] = Value::from(Repr::String(Text::from_parts(parts)));
    }
    for (bit, field) in [(7, "a"), (8, "on"), (9, "list")] {
        if hidden(bit)
            && let Some(object) = values[4].as_object()
        {
            let mut object = object.clone();
            object.fields.insert(field.into(), unknown());
            values[4] = Value::from_object(object);
        }
    }
    values
}

fn short(values: &[Value]) -> String {
    fn one(value: &Value) -> String {
        match &value.repr {
            Repr::Null => "null".into(),
            Repr::Bool(b) => b.to_string(),
            Repr::Number(n) => n.to_string(),
            Repr::String(text) => format!("{:?}", text.written()),
            Repr::List(list) => format!("[{}]", list.items.iter().map(one).collect::<Vec<_>>().join(", ")),
            Repr::Object(object) => {
                let fields: Vec<String> = object.fields.iter().map(|(k, v)| format!("{k} = {}", one(v))).collect();
                format!("{{ {} }}", fields.join(", "))
            }
            Repr::Unknown(_) => "?".into(),
        }
    }
    NAMES.iter().zip(values).map(|(name, value)| format!("{name} = {}", one(value))).collect::<Vec<_>>().join("; ")
}

fn verdict(expression: &str, values: &[Value]) -> Option<bool> {
    let expr =
        hcl::parse_expression(FileId::NONE, expression, 0).unwrap_or_else(|d| panic!("{expression}: {}", d.message));
    let scope = Names(NAMES.into_iter().zip(values.iter().cloned()).collect());
    evaluate(&expr, &scope, &Locals::NONE).ok()?.as_bool()
}

fn an_expression_stays_undecided_or_is_right(
    expression: &str,
    values: &[Value],
    which: u16,
) -> Result<(), TestCaseError> {
    let holes = with_holes(values, which);
    let (Some(before), Some(after)) = (verdict(expression, &holes), verdict(expression, values)) else { return Ok(()) };
    prop_assert_eq!(before, after, "{} with {} in place of {}", expression, short(&holes), short(values));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_decided_with_unknowns_is_decided_alike_whatever_they_are(
        expression in condition(),
        values in known(),
        which in 1_u16..1024,
    ) {
        an_expression_stays_undecided_or_is_right(&expression, &values, which)?;
    }
}

// Logic.

fn truth() -> impl Strategy<Value = Truth> {
    prop_oneof![
        Just(Truth::of(true)),
        Just(Truth::of(false)),
        Just(Truth::Unknown(vec![Why::new(WhyKind::NoDefault, "x")], Origins::none())),
    ]
}

fn same(a: &Truth, b: &Truth) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn logic_is_kleene_s(a in truth(), b in truth(), c in truth()) {
        let (and, or, not) = (|a: &Truth, b: &Truth| a.clone().and(b.clone()), |a: &Truth, b: &Truth| a.clone().or(b.clone()), |a: &Truth| a.clone().not());
        prop_assert!(same(&and(&a, &b), &and(&b, &a)) && same(&or(&a, &b), &or(&b, &a)), "commutative");
        prop_assert!(same(&and(&and(&a, &b), &c), &and(&a, &and(&b, &c))), "associative");
        prop_assert!(same(&or(&or(&a, &b), &c), &or(&a, &or(&b, &c))), "associative");
        prop_assert!(same(&and(&a, &or(&b, &c)), &or(&and(&a, &b), &and(&a, &c))), "distributive");
        prop_assert!(same(&or(&a, &and(&b, &c)), &and(&or(&a, &b), &or(&a, &c))), "distributive");
        prop_assert!(same(&not(&and(&a, &b)), &or(&not(&a), &not(&b))), "De Morgan");
        prop_assert!(same(&not(&not(&a)), &a) && same(&and(&a, &a), &a) && same(&or(&a, &a), &a));
        prop_assert!(same(&and(&a, &Truth::of(true)), &a) && same(&or(&a, &Truth::of(false)), &a));
        prop_assert!(same(&and(&a, &Truth::of(false)), &Truth::of(false)) && same(&or(&a, &Truth::of(true)), &Truth::of(true)));
        prop_assert!(same(&and(&a, &or(&a, &b)), &a) && same(&or(&a, &and(&a, &b)), &a), "absorption");
    }

    // Texts.

    #[test]
    fn a_text_may_equal_whatever_its_holes_are_filled_with(
        parts in prop::collection::vec((any::<bool>(), "[ab:]{0,3}"), 1..7),
    ) {
        let whole: String = parts.iter().map(|(_, text)| text.as_str()).collect();
        let text = Text::from_parts(parts.iter().map(|(is_hole, text)| {
            if *is_hole {
                Part::Hole(Hole { unknown: Arc::new(Unknown::because(Why::new(WhyKind::NoDefault, "x"))), written: "${x}".into(), span: None })
            } else {
                Part::Known(text.as_str().into())
            }
        }).collect());
        prop_assert!(text.may_equal(&whole), "{:?} and {:?}", text, whole);
        prop_assert!(whole.starts_with(text.known_prefix()) && whole.ends_with(text.known_suffix()));
    }
}

// Parsers.

fn fits(span: Span, text: &str) -> bool {
    span.start <= span.end && text.get(span.range()).is_some()
}

fn diagnostics_fit(diagnostics: &[Diagnostic], text: &str) -> Result<(), TestCaseError> {
    for note in diagnostics.iter().flat_map(|d| &d.notes) {
        prop_assert!(fits(note.span, text), "{:?} is not within {:?}", diagnostics, text);
    }
    Ok(())
}

fn node_fits(node: &Node, text: &str) -> Result<(), TestCaseError> {
    prop_assert!(fits(node.span, text), "{:?} is not within {:?}", node, text);
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().try_for_each(|n| node_fits(n, text)),
        NodeKind::Mapping(entries) => entries.iter().try_for_each(|e| {
            prop_assert!(fits(e.key_span, text));
            node_fits(&e.value, text)
        }),
        _ => Ok(()),
    }
}

fn body_fits(body: &hcl::Body, text: &str) -> Result<(), TestCaseError> {
    for attribute in body.attributes() {
        prop_assert!(fits(attribute.span, text) && fits(attribute.expr.span, text) && fits(attribute.name.span, text));
    }
    for block in body.blocks() {
        prop_assert!(fits(block.span, text) && fits(block.header, text));
        body_fits(&block.body, text)?;
    }
    Ok(())
}

fn every_parser_holds(text: &str) -> Result<(), TestCaseError> {
    let parsed = hcl::parse(FileId(0), text);
    diagnostics_fit(&parsed.diagnostics, text)?;
    body_fits(&parsed.body, text)?;
    for comment in hcl::scan::comments(FileId(0), text) {
        prop_assert!(fits(comment.span, text), "{:?} in {:?}", comment, text);
    }
    for parsed in [yaml::parse(FileId(0), text), json::parse(FileId(0), text)] {
        diagnostics_fit(&parsed.diagnostics, text)?;
        for document in &parsed.documents {
            node_fits(&document.root, text)?;
        }
    }
    let _ = hcl::parse_expression(FileId(0), text, 0);
    let _ = hcl::parse_template(FileId(0), text);
    // As configuration in JSON: the text itself, and as a template in a string, with all escapes.
    let escaped = serde_json::to_string(text).map_err(|e| TestCaseError::fail(e.to_string()))?;
    for text in [text, &format!("{{\"locals\":{{\"a\":{escaped},{escaped}:[{{{escaped}:1}}]}}}}")] {
        let parsed = hcl::parse_json(FileId(0), text);
        diagnostics_fit(&parsed.diagnostics, text)?;
        body_fits(&parsed.body, text)?;
    }
    Ok(())
}

/// Texts made of what the languages are made of, so that they get further than noise does.
fn fragments() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        "b",
        "é",
        "\u{1f600}",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "=",
        ":",
        ": ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        "\"",
        "'",
        "${",
        "%{",
        "}",
        "~}",
        "<<EOT\n",
        "<<-EOT\n",
        "\nEOT\n",
        "EOT",
        "#",
        "//",
        "/*",
        "*/",
        "&a",
        "*a",
        "<<: *a",
        "|",
        ">",
        "|2-\n",
        "---\n",
        "...\n",
        "? ",
        "!!str",
        "!x",
        "%YAML 1.2\n",
        "1",
        "1e9",
        "0x",
        ".5",
        "true",
        "null",
        "for x in ",
        "if",
        "endif",
        "else",
        "endfor",
        "?",
        "&&",
        "||",
        "!",
        "...",
        "*",
        ".*",
        "[*]",
        ".0",
        "\\",
        "\\u00",
        "\\n",
        "\u{feff}",
        "\0",
        "\u{85}",
        "\u{2028}",
        "resource \"a\" \"b\" {\n",
        "x = 1\n",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|p| p.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parsers_take_any_text(text in "\\PC{0,60}") {
        every_parser_holds(&text)?;
    }

    #[test]
    fn parsers_take_any_fragments(text in fragments()) {
        every_parser_holds(&text)?;
    }
}

// Whole repositories: what means the same is judged the same.

/// Rule and verdict of each finding, with the name of what it is about.
fn verdicts(text: &[(&str, String)]) -> BTreeSet<(String, bool)> {
    let catalog = Catalog::builtin();
    let files = text.iter().map(|(path, text)| (*path, text.clone().into_bytes()));
    let project = lower::project(&MemoryTree::new("test", files), &lower::Options::default());
    let (_, report) = check::check(project, &catalog, &Options::default());
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    report.findings.iter().map(|f| (f.rule.to_string(), f.verdict == Verdict::Fail)).collect()
}

const MODULE: &str = r#"
variable "encrypted" {}
variable "open" {
  default = "0.0.0.0/0"
}

resource "aws_db_instance" "app" {
  storage_encrypted   = var.encrypted
  publicly_accessible = var.encrypted
}

resource "aws_security_group" "web" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [var.open]
  }
}

resource "aws_s3_bucket" "logs" {
  bucket = "logs"
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket              = aws_s3_bucket.logs.id
  block_public_acls   = true
  block_public_policy = var.encrypted
}
"#;

fn called(arguments: &str) -> BTreeSet<(String, bool)> {
    verdicts(&[
        ("main.tf", format!("module \"m\" {{\n  source = \"./m\"\n{arguments}\n}}\n")),
        ("m/main.tf", MODULE.into()),
    ])
}

#[test]
fn a_module_called_once_is_judged_as_one_called_with_a_count_of_one() {
    for on in
        ["encrypted = true", "encrypted = false", "encrypted = true\nopen = \"10.0.0.0/8\"", "encrypted = timestamp()"]
    {
        let once = called(on);
        assert!(!once.is_empty());
        assert_eq!(called(&format!("count = 1\n{on}")), once, "{on}");
        assert_eq!(called(&format!("for_each = toset([\"a\"])\n{on}")), once, "{on}");
        assert!(called(&format!("count = 0\n{on}")).iter().all(|(rule, _)| !rule.starts_with("aws-")), "{on}");
    }
}

#[test]
fn a_resource_with_a_count_of_one_is_judged_as_one_without() {
    for encrypted in ["true", "false", "var.x"] {
        let with = |repeat: &str, address: &str| {
            verdicts(&[(
                "main.tf",
                format!(
                    "variable \"x\" {{}}\nresource \"aws_s3_bucket\" \"a\" {{\n{repeat}\n}}\nresource \"aws_s3_bucket_public_access_block\" \"a\" {{\n  bucket = {address}.id\n  block_public_acls = {encrypted}\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}}\nresource \"aws_db_instance\" \"a\" {{\n{repeat}\nstorage_encrypted = {encrypted}\n}}\n"
                ),
            )])
        };
        assert_eq!(with("count = 1", "aws_s3_bucket.a[0]"), with("", "aws_s3_bucket.a"), "{encrypted}");
        assert_eq!(
            with("for_each = toset([\"k\"])", "aws_s3_bucket.a[\"k\"]"),
            with("", "aws_s3_bucket.a"),
            "{encrypted}"
        );
    }
}

#[test]
fn a_dynamic_block_is_judged_as_the_blocks_that_it_makes() {
    let group = |blocks: &str| {
        verdicts(&[(
            "main.tf",
            format!("variable \"cidr\" {{}}\nresource \"aws_security_group\" \"a\" {{\n{blocks}\n}}\n"),
        )])
    };
    for (port, cidr) in
        [("22", "\"0.0.0.0/0\""), ("443", "\"0.0.0.0/0\""), ("22", "\"10.0.0.0/8\""), ("22", "var.cidr")]
    {
        let content = |port: &str, cidr: &str| {
            format!("from_port = {port}\nto_port = {port}\nprotocol = \"tcp\"\ncidr_blocks = [{cidr}]\n")
        };
        let written = group(&format!("ingress {{\n{}}}\n", content(port, cidr)));
        for each in [format!("[{port}]"), format!("toset([{port}])"), format!("{{ a = {port} }}")] {
            let made = format!(
                "dynamic \"ingress\" {{\nfor_each = {each}\ncontent {{\n{}}}\n}}\n",
                content("ingress.value", cidr)
            );
            assert_eq!(group(&made), written, "{each} {cidr}");
        }
        let named = format!(
            "dynamic \"ingress\" {{\nfor_each = [{{ p = {port}, c = {cidr} }}]\niterator = rule\ncontent {{\n{}}}\n}}\n",
            content("rule.value.p", "rule.value.c")
        );
        assert_eq!(group(&named), written, "{port} {cidr}");
    }
    assert_eq!(
        group("dynamic \"ingress\" {\nfor_each = []\ncontent {\ncidr_blocks = [\"0.0.0.0/0\"]\n}\n}\n"),
        group("")
    );
}
