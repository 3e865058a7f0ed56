use super::{Mode, check, fail, in_rule, places};

#[test]
fn a_length_is_known_where_the_number_of_elements_is() {
    check(&[
        ("length([unknown, 1])", "2"),
        (r#"length(toset([unknown]))"#, "1"),
        (r#"length(toset([unknown, "x"]))"#, "?"),
        (r#"length(concat(["a"], unknown))"#, "?"),
        (r#"length(concat(["a"], unknown)) == null"#, "false"),
        ("length(merge({ a = 1 }, unknown))", "?"),
        (r#"length("a${unknown}")"#, "?"),
    ]);
    fail(&["length(null)", "length(1)"]);
    assert!(in_rule("length(null)").starts_with("error"));
}

#[test]
fn one_element_that_is_equal_decides_contains() {
    check(&[
        (r#"contains(["a", unknown], "a")"#, "true"),
        (r#"contains([unknown], "a")"#, "?"),
        (r#"contains(concat(["a"], unknown), "b")"#, "?"),
        (r#"contains(concat(["a"], doubt ? ["b"] : []), "b")"#, "?"),
        (r#"contains(concat(["a"], doubt ? ["b"] : []), "c")"#, "false"),
        (r#"contains([1, 2], "1")"#, "false"),
        (r#"contains(["a", null], "a")"#, "true"),
        (r#"contains(["a", "b"], doubt ? "a" : "b")"#, "true"),
        (r#"contains(["a", "b"], doubt ? "a" : "c")"#, "true | false"),
    ]);
    fail(&[r#"contains("abc", "a")"#, r#"contains({}, "a")"#, "contains([null], null)", r#"contains(null, "a")"#]);
    assert_eq!(in_rule(r#"contains(["a"], tags.Nothing)"#), "false");
    assert_eq!(in_rule(r#"contains(["22"], 22)"#), "true");
}

#[test]
fn contains_blames_the_element_or_the_list() {
    assert_eq!(places(Mode::Rule, r#"contains(words, "a")"#), ["def:\"a\""]);
    assert_eq!(places(Mode::Rule, r#"contains(words, "x")"#), [r#"def:["b", "a"]"#]);
    assert_eq!(places(Mode::Rule, r#"contains(["hello"], text)"#), ["def:\"hello\""]);
}

#[test]
fn all_and_any_follow_kleene() {
    check(&[
        ("alltrue([])", "true"),
        ("anytrue([])", "false"),
        (r#"alltrue(["true", true])"#, "true"),
        ("alltrue([unknown, false])", "false"),
        ("alltrue([unknown, true])", "?"),
        ("anytrue([unknown, true])", "true"),
        ("anytrue([unknown, false])", "?"),
        ("alltrue(concat([true], unknown))", "?"),
        ("alltrue(concat([false], unknown))", "false"),
        ("alltrue(concat([true], doubt ? [false] : []))", "?"),
        ("alltrue(concat([true], doubt ? [true] : []))", "true"),
        ("anytrue([false, null])", "false"),
        ("alltrue([true, null])", "false"),
    ]);
    fail(&[r#"alltrue(["x"])"#, "alltrue({})"]);
    assert!(in_rule("alltrue([null])").starts_with("error"));
}

#[test]
fn the_deciding_element_is_blamed_else_all() {
    assert_eq!(places(Mode::Rule, "alltrue(flags)"), ["def:false"]);
    assert_eq!(places(Mode::Rule, "anytrue(flags)"), ["def:true"]);
    assert_eq!(places(Mode::Rule, "alltrue([yes, yes])"), ["def:true"]);
    assert_eq!(places(Mode::Rule, r#"alltrue([for w in words : w == "x"])"#), ["def:\"b\"", "def:\"a\""]);
}

#[test]
fn coalesce_takes_the_first_that_is_there() {
    check(&[
        (r#"coalesce(null, "", "b")"#, r#""b""#),
        (r#"coalesce("a", unknown)"#, r#""a""#),
        (r#"coalesce(unknown, "a", "b")"#, r#"? | "a""#),
        (r#"coalesce("x-${unknown}", "a")"#, r#""x-?""#),
        (r#"coalesce("${unknown}${unknown}", "a")"#, r#""??" | "a""#),
        (r#"coalesce(doubt ? "x" : "y", "a")"#, r#""x" | "y""#),
        (r#"coalesce(doubt ? null : "y", "a")"#, r#""y" | "a""#),
        (r#"coalesce(doubt ? null : "a", "a")"#, r#""a" | "a""#),
        (r#"coalesce(1, "a")"#, r#""1""#),
        ("coalesce(0, 1)", "0"),
        (r#"coalescelist([], ["c"])"#, r#"["c"]"#),
        (r#"coalescelist(unknown, ["c"])"#, "?"),
    ]);
    fail(&["coalesce(null)", r#"coalesce("a", ["a"])"#, "coalescelist([], [])"]);
    assert_eq!(places(Mode::Rule, "coalesce(tags.Nothing, text)").first().map(String::as_str), Some("def:\"hello\""));
}

#[test]
fn elements_are_picked_with_their_places() {
    check(&[
        (r#"element(["a", "b", "c"], 10)"#, r#""b""#),
        (r#"element(["a", unknown], 0)"#, r#""a""#),
        (r#"element(["a", "b"], unknown)"#, r#""a" | "b""#),
        (r#"element(concat(["a"], unknown), 0)"#, r#""a""#),
        (r#"element(concat(["a"], unknown), 1)"#, "?"),
        (r#"index(["a", "b"], "b")"#, "1"),
        (r#"index(["a", unknown], "a")"#, "0"),
        (r#"index([unknown, "a"], "a")"#, "?"),
        ("one([])", "null"),
        (r#"one(["a"])"#, r#""a""#),
        (r#"one(doubt ? ["a"] : [])"#, r#""a" | null"#),
        (r#"one(concat(["a"], unknown))"#, "?"),
        ("sum([0.1, 0.2])", "0.3"),
        ("sum([1, unknown])", "?"),
    ]);
    fail(&["element([], 0)", r#"element(toset(["a"]), 0)"#, "one([1, 2])", r#"index(["a"], "b")"#, "index([], 1)"]);
    fail(&["sum([])", "sum([null, 1])", "sum({ a = 1 })"]);
    assert_eq!(places(Mode::Rule, "element(words, 1)"), ["def:\"a\""]);
}

#[test]
fn lookup_finds_or_takes_the_default() {
    check(&[
        (r#"lookup({ a = 1 }, "a")"#, "1"),
        (r#"lookup({ a = 1 }, "b", "x")"#, r#""x""#),
        (r#"lookup({ a = null }, "a", "d")"#, "null"),
        (r#"lookup(tomap({ a = "x" }), "b", 5)"#, r#""5""#),
        (r#"lookup({ a = unknown, b = "k" }, "b", "x")"#, r#""k""#),
        (r#"lookup(merge({ a = 1 }, unknown), "b", "x")"#, "?"),
        (r#"lookup({ a = 1, b = 2 }, unknown, 3)"#, "1 | 2 | 3"),
        (r#"lookup(unknown, "a", 1)"#, "?"),
    ]);
    fail(&[r#"lookup({ a = 1 }, "b")"#, r#"lookup(null, "a", 1)"#, r#"lookup(tomap({ a = "x" }), "b", [])"#]);
    assert_eq!(places(Mode::Rule, r#"lookup(tags, "Owner", "")"#), ["def:\"me\""]);
}
