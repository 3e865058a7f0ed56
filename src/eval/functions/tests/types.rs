//! What types decide: conditions, conversions, and what is not known but of a known type.

use super::{check, evaluate, fail, in_rule};
use crate::{eval::Mode, value::Type};

/// Which types the values of expressions have.
fn types(expected: &[(&str, &str)]) {
    let wrong: Vec<String> = expected
        .iter()
        .filter_map(|(text, expected)| {
            let found = evaluate(Mode::Configuration, text)
                .map_or_else(|e| format!("error: {}", e.message), |v| Type::of(&v).to_string());
            (found != *expected).then(|| format!("{text}\n  expected {expected}\n  found    {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn both_arms_of_a_condition_have_one_type() {
    check(&[
        (r#"true ? 1 : "a""#, r#""1""#),
        (r#"false ? [1] : tolist(["a"])"#, r#"["a"]"#),
        (r#"true ? [1, "a"] : [true]"#, r#"["1", "a"]"#),
        ("true ? toset([1]) : []", "[1]"),
        ("true ? { a = 1 } : { b = 2 }", "{a = 1}"),
        ("true ? null : [1]", "null"),
        ("true ? anything : [1]", "?"),
        ("true ? 1 : given", "1"),
        (r#"id == "x" ? 1 : "a""#, r#""1" | "a""#),
    ]);
    fail(&[
        "true ? 1 : true",
        "true ? 1 : []",
        "true ? {} : []",
        "true ? id : [1]",
        "id == \"x\" ? { a = [1], b = 1 } : {}",
        "true ? [1, \"a\"] : toset([1])",
        "1 ? 1 : 2",
    ]);
    types(&[
        ("true ? { a = 1 } : { b = 2 }", "map(number)"),
        ("true ? null : ids", "list(string)"),
        ("false ? [] : toset([1])", "set(number)"),
        ("true ? tomap({}) : { a = 1 }", "map(number)"),
    ]);
}

#[test]
fn an_arm_that_has_no_value_says_nothing_of_the_type() {
    check(&[("true ? 1 : [][0]", "1"), (r#"true ? [1] : tonumber("x")"#, "[1]")]);
}

#[test]
fn rules_let_the_arms_differ() {
    assert_eq!(in_rule("true ? 1 : true"), "1");
    assert_eq!(in_rule("true ? {} : []"), "{}");
    assert_eq!(in_rule("tolist([tolist([]), null])"), "[[], null]");
}

#[test]
fn what_has_no_elements_carries_its_type() {
    types(&[
        ("tolist([])", "list(any)"),
        ("range(0)", "list(number)"),
        ("compact([])", "list(string)"),
        ("keys(tomap({}))", "list(string)"),
        (r#"matchkeys(["a"], ["x"], ["y"])"#, "list(string)"),
        ("tolist(tolist([]))", "list(any)"),
        ("tostring(null)", "string"),
        ("tolist([null, 1])[0]", "number"),
    ]);
    check(&[("tostring(null) == null", "true"), ("tolist(null)[*]", "error: `[*]` of a list that is null")]);
}

#[test]
fn the_elements_of_a_list_have_one_type() {
    check(&[
        (r#"tolist([1, "a"])"#, r#"["1", "a"]"#),
        ("tolist([1, id])", r#"["1", ?]"#),
        ("tolist([null, 1])", "[null, 1]"),
        ("tolist([[1], [id]])", r#"[["1"], [?]]"#),
        ("tomap({ a = null, b = [1] })", "{a = null, b = [1]}"),
        ("tolist([unknown, []])", "[?, []]"),
        ("tolist([given, 1])", r#"[["80", true], 1]"#),
    ]);
    fail(&[
        "tolist([1, true])",
        "tolist([1, []])",
        "tolist([[], id])",
        "tolist([tolist([]), null])",
        "tolist([anything, []])",
        "toset([{ a = 1 }, null])",
    ]);
}

#[test]
fn what_is_not_known_is_compared_by_its_type() {
    check(&[
        ("1 == id", "false"),
        (r#""1" == id"#, "?"),
        ("[id] == id", "false"),
        ("id == id", "?"),
        ("id == null", "false"),
        (r#"contains(["a", id], 1)"#, "false"),
        ("{} == anything", "?"),
    ]);
    assert_eq!(in_rule("1 == id"), "?");
    assert_eq!(in_rule("id == id"), "?");
}

#[test]
fn operators_and_functions_refuse_what_can_never_fit() {
    fail(&[
        "ids + 1",
        "-thing",
        "!ids",
        "ids && true",
        r#""x${thing}""#,
        "thing.nope",
        "id.name",
        "ids[\"x\"]",
        "thing[*].nope",
        "upper(ids)",
        "sort(thing)",
        "element(thing, 0)",
        "keys(ids)",
        "tostring(thing)",
        "tolist(id)",
        "[for x in id : x]",
    ]);
    check(&[
        ("id + 1", "?"),
        ("upper(id)", r#""?""#),
        ("thing.name", "?"),
        ("thing[\"nope\"]", "?"),
        ("length(thing)", "2"),
        ("keys(thing)", r#"["name", "size"]"#),
        ("[id][*]", "[?]"),
        ("id[*]", "[?]"),
        ("try(thing.nope, 1)", "1"),
        ("can(thing.nope)", "false"),
        ("unknown.nope", "?"),
        ("upper(anything)", r#""?""#),
    ]);
    types(&[
        ("id + 1", "number"),
        ("id == \"x\"", "bool"),
        ("thing.size", "number"),
        ("ids[0]", "string"),
        ("ids[*]", "list(string)"),
        ("split(\",\", id)", "list(string)"),
        ("jsondecode(id)", "any"),
        ("lookup(thing, \"nope\", 1)", "number"),
        ("concat(ids, ids)", "list(string)"),
    ]);
}

#[test]
fn words_as_keys_are_names_and_references_stand_in_parentheses() {
    check(&[
        ("{ null = 1 }", "{null = 1}"),
        ("{ true = 1 }", "{true = 1}"),
        ("{ (tags.Owner) = 1 }", "{me = 1}"),
        ("[[1, 2], [3]].*.0", "[1, 3]"),
    ]);
    fail(&["{ tags.Owner = 1 }"]);
}

#[test]
fn functions_have_names_in_namespaces() {
    check(&[
        (r#"core::try(core::tonumber("x"), 1)"#, "1"),
        (r#"provider::terraform::encode_expr([1, "a", null])"#, r#""[1, \"a\", null]""#),
        (r#"provider::terraform::encode_expr({})"#, r#""{}""#),
        (
            r#"provider::terraform::encode_expr({ a = "$${x}", "b c" = { d = 1 } })"#,
            r#""{\n  a = \"$${x}\"\n  \"b c\" = {\n    d = 1\n  }\n}""#,
        ),
        (r#"provider::terraform::encode_tfvars({ b = "x", a = 1 })"#, r#""a = 1\nb = \"x\"\n""#),
        (r#"provider::terraform::decode_tfvars("a = 1\nb = [\"x\"]\n")"#, r#"{a = 1, b = ["x"]}"#),
        ("provider::other::thing(1)", "?"),
    ]);
    fail(&[
        r#"provider::terraform::encode_tfvars({ "1x" = 1 })"#,
        r#"provider::terraform::decode_tfvars("a = b")"#,
        r#"provider::terraform::decode_tfvars("a {}")"#,
    ]);
}
