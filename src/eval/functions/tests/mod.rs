//! What the functions give, asked in the language itself.

// One form for all expressions reads better than two.
#![allow(clippy::needless_raw_string_hashes)]

use ecow::EcoString;

use super::{all, lookup};
use crate::{
    eval::{self, Access, EvalError, Locals, Mode, Resolved, Scope},
    source::{FileId, Span},
    syntax::hcl,
    value::{List, Origin, Part, Refinement, Repr, Text, Type, Value, Why, WhyKind},
};

mod collection;
mod format;
mod pick;
mod string;
mod time_and_files;
mod types;

/// Names and files that the expressions of tests may use; the names are defined in a file of their own.
struct Definitions {
    mode: Mode,
    values: Vec<(EcoString, Value)>,
}

/// What the names mean, in file 1. `unknown` and `doubt` are not known; `id`, `ids`, `thing` and
/// `anything` are not either, but of a known type.
const DEFINITIONS: &str = r#"{
  words = ["b", "a"]
  tags  = { Owner = "me", Team = "core" }
  text  = "hello"
  yes   = true
  flags = [true, false]
}"#;

const EXPRESSION: FileId = FileId(0);
const DEFINED: FileId = FileId(1);

impl Definitions {
    fn new(mode: Mode) -> Self {
        let empty = Self { mode: Mode::Configuration, values: Vec::new() };
        let expr = hcl::parse_expression(DEFINED, DEFINITIONS, 0).expect("the definitions parse");
        let all = eval::evaluate(&expr, &empty, &Locals::NONE).expect("the definitions have a value");
        let mut values: Vec<(EcoString, Value)> =
            all.as_object().expect("an object").fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        for name in ["unknown", "doubt"] {
            values.push((name.into(), Value::unknown(Why::new(WhyKind::NoDefault, name))));
        }
        let typed =
            |name: &str, ty: Type| (name.into(), super::non_null(Why::new(WhyKind::AfterApply, name)).of_type(ty));
        let attributes = [("name".into(), Type::String), ("size".into(), Type::Number)];
        values.extend([
            typed("id", Type::String),
            typed("ids", Type::list(Type::String)),
            typed("thing", Type::Object(attributes.into_iter().collect())),
            typed("anything", Type::Any),
        ]);
        // What a resource is given, which its provider may convert.
        let given = Value::tuple(vec![Value::string("80"), Value::bool(true)]).of_type(Type::Unclear);
        values.push(("given".into(), given));
        Self { mode, values }
    }
}

impl Scope for Definitions {
    fn mode(&self) -> Mode {
        self.mode
    }

    fn resolve(&self, name: &str, _: Span, _: &[Access]) -> Result<Resolved, EvalError> {
        let found = self.values.iter().find(|(n, _)| n == name);
        let (_, value) = found.ok_or_else(|| EvalError::new(format!("there is no {name}")).uncatchable())?;
        Ok(Resolved { value: value.clone(), steps: 0 })
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>, EvalError> {
        match path {
            "a.txt" | "./a.txt" => Ok("héllo\n".into()),
            "binary" => Ok(vec![0xff, 0xfe, 0]),
            _ => Err(EvalError::new(format!("there is no file {path}"))),
        }
    }

    fn list_files(&self, _: &str, _: &str) -> Result<Vec<EcoString>, EvalError> {
        Ok(vec!["b.json".into(), "a.json".into()])
    }
}

fn evaluate(mode: Mode, text: &str) -> Result<Value, EvalError> {
    let file = if mode == Mode::Rule { FileId::NONE } else { EXPRESSION };
    let expr = hcl::parse_expression(file, text, 0).unwrap_or_else(|d| panic!("{text}: {}", d.message));
    eval::evaluate(&expr, &Definitions::new(mode), &Locals::NONE)
}

/// What an expression gives in configuration: `?` is unknown, `~` stands before what may be there,
/// `...` for what may be there besides; or the message of the error.
fn given(text: &str) -> String {
    evaluate(Mode::Configuration, text).map_or_else(|e| format!("error: {}", e.message), |v| written(&v))
}

/// The same in a rule.
fn in_rule(text: &str) -> String {
    evaluate(Mode::Rule, text).map_or_else(|e| format!("error: {}", e.message), |v| written(&v))
}

/// The texts of the places that decided a value, the nearest first; `def:` in the definitions.
fn places(mode: Mode, text: &str) -> Vec<String> {
    let value = evaluate(mode, text).unwrap_or_else(|e| panic!("{text}: {}", e.message));
    value.origins.iter().map(|o| place(text, o)).collect()
}

fn place(text: &str, origin: &Origin) -> String {
    let span = origin.anchor;
    match span.file {
        DEFINED => format!("def:{}", &DEFINITIONS[span.start as usize..span.end as usize]),
        _ => text[span.start as usize..span.end as usize].to_string(),
    }
}

fn written(value: &Value) -> String {
    match &value.repr {
        Repr::Null => "null".into(),
        Repr::Bool(b) => b.to_string(),
        Repr::Number(n) => n.to_string(),
        Repr::String(text) => format!("{:?}", with_holes(text)),
        Repr::List(list) => list_written(list),
        Repr::Object(object) => {
            let fields = object.fields.iter().map(|(k, v)| format!("{k} = {}", written(v)));
            let open = object.open.iter().map(|_| "...".to_string());
            format!("{{{}}}", fields.chain(open).collect::<Vec<_>>().join(", "))
        }
        Repr::Unknown(unknown) => match &unknown.refinement {
            Refinement::OneOf(values) => values.iter().map(written).collect::<Vec<_>>().join(" | "),
            _ => "?".into(),
        },
    }
}

fn with_holes(text: &Text) -> String {
    let piece = |p: Part| match p {
        Part::Known(known) => known.to_string(),
        Part::Hole(_) => "?".to_string(),
    };
    text.parts().into_iter().map(piece).collect()
}

fn list_written(list: &List) -> String {
    let certain = list.items.iter().map(written);
    let maybe = list.maybe.iter().map(|v| format!("~{}", written(v)));
    let open = list.open.iter().map(|_| "...".to_string());
    format!("[{}]", certain.chain(maybe).chain(open).collect::<Vec<_>>().join(", "))
}

/// Checks many at once; says all that differ.
fn check(expected: &[(&str, &str)]) {
    let wrong: Vec<String> = expected
        .iter()
        .filter_map(|(text, expected)| {
            let found = given(text);
            (found != *expected).then(|| format!("{text}\n  expected {expected}\n  found    {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// All of these are errors.
fn fail(texts: &[&str]) {
    let wrong: Vec<String> = texts
        .iter()
        .filter_map(|t| evaluate(Mode::Configuration, t).ok().map(|v| format!("{t} gives {}", written(&v))))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_name_is_there_once_and_is_found() {
    let table = all();
    for pair in table.windows(2) {
        assert!(pair[0].name < pair[1].name, "{} is there twice", pair[0].name);
    }
    for function in table {
        assert!(lookup(function.name).is_some_and(|f| f.name == function.name));
    }
    assert!(lookup("core::upper").is_some());
    assert!(lookup("nothing").is_none());
}

#[test]
fn the_number_of_arguments_is_checked() {
    assert_eq!(given("abs()"), "error: `abs` takes 1 argument, not 0");
    assert_eq!(given(r#"lookup({})"#), "error: `lookup` takes 2 to 3 arguments, not 1");
    assert_eq!(given("max()"), "error: `max` takes at least 1 argument, not 0");
}

#[test]
fn a_rule_reads_no_files_and_no_clock() {
    let message = "error: `file` reads files or the clock, and a rule can do neither";
    assert_eq!(in_rule(r#"file("a.txt")"#), message);
    assert!(in_rule("timestamp()").starts_with("error"));
}

#[test]
fn one_of_a_few_arguments_gives_one_of_a_few_results() {
    check(&[
        (r#"upper(doubt ? "a" : "b")"#, r#""A" | "B""#),
        (r#"length(doubt ? "a" : "b")"#, "1"),
        (r#"abs(doubt ? 1 : -1)"#, "1"),
        (r#"parseint(doubt ? "7" : "x", 10)"#, "7"),
        (r#"length(doubt ? ["a"] : [])"#, "1 | 0"),
        (r#"merge({ a = 1 }, doubt ? { b = 2 } : {})"#, "{a = 1, b = 2} | {a = 1}"),
    ]);
}

#[test]
fn what_is_made_of_something_sensitive_is_sensitive() {
    for text in [
        r#"upper(sensitive("x"))"#,
        r#"join("", [sensitive("x")])"#,
        r#"format("%s", sensitive("x"))"#,
        r#"length(sensitive(["x"]))"#,
        r#"element([sensitive("x")], 0)"#,
        r#"max(1, sensitive(2))"#,
    ] {
        assert!(evaluate(Mode::Configuration, text).expect("a value").sensitive, "{text}");
    }
    for text in [r#"nonsensitive(sensitive("x"))"#, r#"issensitive(sensitive("x"))"#, r#"length([sensitive("x")])"#] {
        assert!(!evaluate(Mode::Configuration, text).expect("a value").sensitive, "{text}");
    }
    assert_eq!(given(r#"issensitive(sensitive("x"))"#), "true");
}

#[test]
fn types_are_converted_as_terraform_does_it() {
    check(&[
        (r#"tostring(1.5)"#, r#""1.5""#),
        (r#"tonumber("1E-2")"#, "0.01"),
        (r#"tobool("false")"#, "false"),
        (r#"tolist(["a", 1, true])"#, r#"["a", "1", "true"]"#),
        (r#"toset(["b", "a", "b"])"#, r#"["a", "b"]"#),
        (r#"tomap({ a = true, b = "x" })"#, r#"{a = "true", b = "x"}"#),
        ("tostring(null)", "null"),
        ("tonumber(unknown)", "?"),
        (r#"tonumber(doubt ? "1" : "x")"#, "1"),
        ("type([1, \"a\"])", r#""tuple([number, string])""#),
    ]);
    fail(&["tobool(1)", r#"tonumber(" 1")"#, "tolist([1, true])", "tolist({})", "tostring([])"]);
}

#[test]
fn numbers_are_computed() {
    check(&[
        ("abs(-12.4)", "12.4"),
        ("ceil(1.2)", "2"),
        ("floor(-4.001)", "-5"),
        ("floor(5)", "5"),
        ("log(16, 2)", "4"),
        (r#"max(5, "12", 9)"#, "12"),
        ("min([3, 2]...)", "2"),
        (r#"parseint("FF", 16)"#, "255"),
        (r#"parseint("aA", 62)"#, "656"),
        (r#"parseint("-10", 16)"#, "-16"),
        (r#"parseint("12345678901234567890123", 10)"#, "12345678901234567890123"),
        ("pow(2, -2)", "0.25"),
        ("pow(2, 64)", "18446744073709550000"),
        ("signum(-13)", "-1"),
        ("max(1, unknown)", "?"),
        ("log(0, 10)", "-Inf"),
        ("pow(2, 0.5)", "1.4142135623730951"),
        ("pow(-2, 3)", "-8"),
        ("pow(10, 20)", "100000000000000000000"),
        ("pow(1.5, 2.5)", "2.7556759606310752"),
        ("pow(10, -400)", "0"),
        ("pow(2, 2000)", "+Inf"),
        ("pow(0, -1)", "+Inf"),
        ("pow(7, 0)", "1"),
        ("floor(123456789012345678901234567890.5)", "123456789012345678901234567890"),
        ("ceil(-0.5)", "0"),
        ("abs(-1 / 0)", "+Inf"),
        ("sum([0.1, 0.2, 1e30])", "1000000000000000000000000000000.3"),
        ("range(0, 1, 0.25)", "[0, 0.25, 0.5, 0.75]"),
        ("max(1 / 2, 0.25)", "0.5"),
        (r#"tonumber("1e30")"#, "1000000000000000000000000000000"),
        (
            r#"jsondecode("[1e30, 0.10, 123456789012345678901234567890]")"#,
            "[1000000000000000000000000000000, 0.1, 123456789012345678901234567890]",
        ),
        ("jsonencode([1e21, 1 / 4, -0.5])", r#""[1000000000000000000000,0.25,-0.5]""#),
        (r#"jsonencode("\u0008\u000c\u0001\u007f")"#, r#""\"\\b\\f\\u0001\u{7f}\"""#),
        ("1 / 0", "+Inf"),
        (r#"core::try(core::tonumber("x"), 1)"#, "1"),
        (r#"{"e\u0301" = "e${"\u0301"}"} == {"é" = "é"}"#, "true"),
        ("5 % 0", "5"),
        ("-7 % 3", "-1"),
        ("0.1 + 0.2 == 0.3", "true"),
        (r#"parseint("ffffffffffffffffffffffffffffffffffff", 16)"#, "22300745198530623141535718272648361505980415"),
    ]);
    fail(&["0 / 0", "1 / 0 - 1 / 0", "0 * (1 / 0)", "jsonencode([1 / 0])"]);
    fail(&["log(-1, 2)", "pow(-8, 0.5)", r#"parseint("12", 2)"#, r#"parseint("0x10", 16)"#, "parseint(12, 10)"]);
    fail(&[r#"parseint("10", 63)"#, "signum(0.5)", r#"abs("x")"#, "abs(null)"]);
}

#[test]
fn a_computed_value_comes_from_the_call_and_from_the_operands_elsewhere() {
    assert_eq!(places(Mode::Configuration, "upper(text)"), ["upper(text)", "def:\"hello\""]);
    assert_eq!(places(Mode::Configuration, r#"upper("x")"#), [r#"upper("x")"#]);
    assert_eq!(places(Mode::Configuration, r#"join("-", [text])"#), [r#"join("-", [text])"#, "def:\"hello\""]);
    assert_eq!(places(Mode::Rule, "upper(text)"), ["def:\"hello\""]);
}
