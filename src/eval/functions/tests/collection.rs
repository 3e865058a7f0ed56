use super::{Mode, check, evaluate, fail, in_rule, place, places};

#[test]
fn concat_keeps_what_is_certain() {
    check(&[
        (r#"concat(["a", ""], ["b"])"#, r#"["a", "", "b"]"#),
        (r#"concat([1], ["a"], [null])"#, r#"[1, "a", null]"#),
        (r#"concat(tolist(["a"]), tolist([1]))"#, r#"["a", "1"]"#),
        (r#"concat(["a"], [unknown])"#, r#"["a", ?]"#),
        (r#"concat(["a"], doubt ? ["b"] : [])"#, r#"["a", ~"b"]"#),
        (r#"concat(["a"], unknown)"#, r#"["a", ...]"#),
        (r#"concat(["a"], unknown)[0]"#, r#""a""#),
        (r#"concat(unknown, ["a"])"#, r#"["a", ~?]"#),
        (r#"concat(unknown, ["a"])[0]"#, "?"),
        (r#"contains(concat(unknown, ["a"]), "a")"#, "true"),
        ("concat(unknown, [])", "?"),
    ]);
    fail(&[r#"concat(["a"], "b")"#, r#"concat(null, ["a"])"#, r#"concat(toset(["a"]), ["b"])"#, "concat()"]);
    assert!(in_rule(r#"concat(null, ["a"])"#).starts_with("error"));
}

#[test]
fn elements_of_a_new_list_keep_their_places() {
    let text = r#"concat(words, ["c"])"#;
    let whole = evaluate(Mode::Configuration, text).expect("a list");
    let items = &whole.as_list().expect("a list").items;
    let first: Vec<String> = items.iter().filter_map(|i| i.origins.iter().last()).map(|o| place(text, o)).collect();
    assert_eq!(first, ["def:\"b\"", "def:\"a\"", "\"c\""]);
    assert_eq!(places(Mode::Rule, "concat(words, [])[1]"), ["def:\"a\""]);
    assert_eq!(places(Mode::Rule, "merge(tags, {}).Owner"), ["def:\"me\""]);
    assert_eq!(places(Mode::Rule, "flatten([words])[0]"), ["def:\"b\""]);
    assert_eq!(places(Mode::Rule, "keys(tags)[0]"), ["def:\"me\""]);
}

#[test]
fn the_last_object_wins_and_an_unknown_one_leaves_doubt() {
    check(&[
        ("merge({ a = 1, b = 2 }, { b = 3 })", "{a = 1, b = 3}"),
        ("merge({ a = 1 }, null)", "{a = 1}"),
        ("merge()", "{}"),
        ("merge({ a = 1 }, unknown, { c = 3 })", "{a = ?, c = 3, ...}"),
        ("merge(unknown, { c = 3 }).c", "3"),
        ("merge({ a = unknown }, { a = 1 })", "{a = 1}"),
        ("merge({ a = 1 }, { (unknown) = 2 }).a", "1 | 2"),
        ("merge({ a = 1 }, doubt ? { b = 2 } : {}).a", "1 | 1"),
    ]);
    fail(&[r#"merge({ a = 1 }, "x")"#, "merge([], {})"]);
}

#[test]
fn lists_are_flattened_to_the_bottom() {
    check(&[
        (r#"flatten(["a", ["b", ["c", []]]])"#, r#"["a", "b", "c"]"#),
        ("flatten([{ a = [1] }, [2], null])", "[{a = [1]}, 2, null]"),
        (r#"flatten([["a"], unknown, ["b"]])"#, r#"["a", "b", ~?]"#),
        (r#"flatten([["a"], doubt ? ["b"] : []])"#, r#"["a", ~"b"]"#),
        ("flatten(unknown)", "?"),
    ]);
    fail(&[r#"flatten("a")"#, "flatten(null)", "flatten({})"]);
}

#[test]
fn empty_and_equal_elements_are_dropped() {
    check(&[
        (r#"compact(["a", "", null, 1])"#, r#"["a", "1"]"#),
        (r#"compact(["a", unknown, "x-${unknown}"])"#, r#"["a", "x-?", ~?]"#),
        (r#"distinct(["a", "b", "a"])"#, r#"["a", "b"]"#),
        (r#"distinct([true, "true"])"#, r#"["true"]"#),
        (r#"distinct(["a", unknown, "a"])"#, r#"["a", ~?]"#),
        (r#"distinct(["a", "x-${unknown}"])"#, r#"["a", "x-?"]"#),
    ]);
    fail(&["compact([[]])", "distinct(null)"]);
}

#[test]
fn parts_and_orders_of_lists() {
    check(&[
        (r#"reverse(["a", unknown])"#, r#"[?, "a"]"#),
        (r#"reverse(concat(["a"], unknown))"#, r#"["a", ~?]"#),
        (r#"slice(["a", "b", "c"], 1, 3)"#, r#"["b", "c"]"#),
        (r#"slice(concat(["a", "b"], unknown), 0, 2)"#, r#"["a", "b"]"#),
        (r#"slice(concat(["a"], unknown), 0, 2)"#, "?"),
        (r#"chunklist(["a", "b", unknown], 2)"#, r#"[["a", "b"], [?]]"#),
        (r#"sort(["10", "9", "B", "a"])"#, r#"["10", "9", "B", "a"]"#),
        (r#"sort(["b", unknown])"#, "[?, ?]"),
        (r#"matchkeys(["a", "b", "c"], [1, 2, unknown], ["1"])"#, r#"["a", ~"c"]"#),
        ("transpose({ a = [\"1\", \"2\"], b = [\"2\"] })", r#"{1 = ["a"], 2 = ["a", "b"]}"#),
        (r#"zipmap(["b", "a"], [1, unknown])"#, "{b = 1, a = ?}"),
        (r#"zipmap(["b", unknown], [1, 2])"#, "{b = 1 | 2, ...}"),
        (r#"keys({ b = 1, a = unknown })"#, r#"["a", "b"]"#),
        (r#"values({ b = 1, a = "x" })"#, r#"["x", 1]"#),
        (r#"keys(merge({ a = 1 }, unknown))"#, r#"["a", ~?]"#),
    ]);
    fail(&[r#"slice(["a"], 0, 2)"#, r#"slice(["a"], -1, 1)"#, r#"slice(["a", "b"], 1, 0)"#, r#"sort(["a", null])"#]);
    fail(&[r#"chunklist(["a"], -1)"#, r#"zipmap(["a"], [])"#, r#"zipmap([null], [1])"#, "keys([1])", "keys(null)"]);
}

#[test]
fn ranges_are_short_or_errors() {
    check(&[
        ("range(3)", "[0, 1, 2]"),
        ("range(1, 8, 2)", "[1, 3, 5, 7]"),
        ("range(4, 1)", "[4, 3, 2]"),
        ("range(1, 0.5)", "[1]"),
        ("range(1, 1)", "[]"),
        ("length(range(1024))", "1024"),
        ("range(unknown)", "?"),
    ]);
    fail(&["range(1e9)", "range(1025)", "range(1, 5, 0)", "range(1, 5, -1)"]);
}

#[test]
fn sets_hold_what_is_certain() {
    check(&[
        (r#"setunion(["b", "a"], ["c", "b"])"#, r#"["a", "b", "c"]"#),
        (r#"setunion(["a"], unknown)"#, r#"["a", ...]"#),
        (r#"setintersection(["a", "b"], ["b", "c"])"#, r#"["b"]"#),
        (r#"setintersection(["a", "b"], ["b", unknown])"#, r#"["b", ~"a"]"#),
        (r#"setsubtract(["b", "a", "d"], ["a"])"#, r#"["b", "d"]"#),
        (r#"setsubtract(["a", "b"], ["a", unknown])"#, r#"[~"b"]"#),
        (r#"setproduct(["a", "b"], [1, 2])"#, r#"[["a", 1], ["a", 2], ["b", 1], ["b", 2]]"#),
        (r#"setproduct(["a"], [unknown])"#, r#"[["a", ?]]"#),
        (r#"setproduct(["a"], doubt ? ["b"] : [])"#, r#"[["a", "b"]] | []"#),
        ("setproduct(range(1000), range(1000))", "?"),
    ]);
    fail(&["setproduct([1])", "setunion()", "setunion(null)", "setunion([1], [[]])"]);
}
