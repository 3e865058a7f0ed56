use super::*;
use crate::{
    source::{Level, Span},
    syntax::node::{Node, NodeKind, Style},
};

const FILE: FileId = FileId(0);

/// The only document of a text without any complaint.
fn one(text: &str) -> Node {
    let mut parsed = parse(FILE, text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    assert_eq!(parsed.documents.len(), 1, "{text}");
    parsed.documents.remove(0).root
}

fn slice<'a>(text: &'a str, node: &Node) -> &'a str {
    &text[node.span.range()]
}

/// A node as a line of text: kinds, not positions.
fn shape(node: &Node) -> String {
    let tag = node.tag.as_ref().map(|t| format!("{t} ")).unwrap_or_default();
    let kind = match &node.kind {
        NodeKind::Null => "null".into(),
        NodeKind::Bool { value, text } => format!("{value}({text})"),
        NodeKind::Number { text } => format!("#{text}"),
        NodeKind::String(s) => format!("{:?}", s.text),
        NodeKind::Sequence(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(", ")),
        NodeKind::Mapping(entries) => {
            let entries: Vec<_> = entries.iter().map(|e| format!("{}: {}", e.key, shape(&e.value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    };
    tag + &kind
}

#[test]
fn every_key_and_value_has_the_bytes_that_were_written() {
    let text = "é: ü # ö\r\nlist:\r\n- 'it''s'\r\n- \"a\\tb\"\r\n-   x: 1\r\n    y: [p, {q: r}]\r\nplain: two words\r\nlast:\r\n  deep: true\r\n\r\n# end\r\n";
    let root = one(text);
    let keys: Vec<_> = root.entries().iter().map(|e| &text[e.key_span.range()]).collect();
    assert_eq!(keys, ["é", "list", "plain", "last"]);
    assert_eq!(slice(text, root.get("é").unwrap()), "ü");
    let list = root.get("list").unwrap();
    assert_eq!(slice(text, list), "- 'it''s'\r\n- \"a\\tb\"\r\n-   x: 1\r\n    y: [p, {q: r}]");
    let items: Vec<_> = list.items().iter().map(|n| slice(text, n)).collect();
    assert_eq!(items, ["'it''s'", "\"a\\tb\"", "x: 1\r\n    y: [p, {q: r}]"]);
    let flow = list.items()[2].get("y").unwrap();
    assert_eq!(slice(text, flow), "[p, {q: r}]");
    assert_eq!(slice(text, &flow.items()[1]), "{q: r}");
    assert_eq!(slice(text, flow.items()[1].get("q").unwrap()), "r");
    assert_eq!(slice(text, root.get("plain").unwrap()), "two words");
    assert_eq!(slice(text, root.get("last").unwrap()), "deep: true");
    assert_eq!(slice(text, &root), text.trim_end().trim_end_matches("# end").trim_end());
}

#[test]
fn a_sequence_begins_at_its_first_dash() {
    for (text, expected) in [
        ("a:\n- - x\n  - y\n- z\n", ["- - x\n  - y\n- z", "- x\n  - y"]),
        ("a: &anchor-a # no - dash\n  - - x\n", ["- - x", "- x"]),
        ("a: !tag-t\n- # c\n - x\n", ["- # c\n - x", "- x"]),
        ("a:\n- b-c\n- [d]\n", ["- b-c\n- [d]", "b-c"]),
    ] {
        let root = one(text);
        let outer = root.get("a").unwrap();
        assert_eq!([slice(text, outer), slice(text, &outer.items()[0])], expected);
    }
}

#[test]
fn a_block_scalar_reaches_from_its_indicator_to_the_end_of_its_text() {
    let text = "a: !t &x |2-   # odd > one\n\n    é\n   b\n\n\nb: >+\n  folded\n  text\n\n# c\nc: |\nd:\n- |\n  x | y";
    let root = one(text);
    assert_eq!(slice(text, root.get("a").unwrap()), "|2-   # odd > one\n\n    é\n   b");
    assert_eq!(slice(text, root.get("b").unwrap()), ">+\n  folded\n  text");
    assert_eq!(slice(text, root.get("c").unwrap()), "|");
    assert_eq!(slice(text, &root.get("d").unwrap().items()[0]), "|\n  x | y");
    assert_eq!(shape(&root), r#"{a: !t "\n  é\n b", b: "folded text\n\n", c: "", d: ["x | y"]}"#);
    let NodeKind::String(b) = &root.get("b").unwrap().kind else { panic!() };
    assert_eq!(b.style, Style::Folded);
}

#[test]
fn what_is_not_there_is_null_behind_its_colon() {
    let text = "a:\nb: # c\nc: {d: , e}\nf:\n-\n- ~\n";
    let root = one(text);
    assert_eq!(shape(&root), "{a: null, b: null, c: {d: null, e: null}, f: [null, null]}");
    assert_eq!(root.get("a").unwrap().span, Span::new(FILE, 2, 2));
    assert_eq!(root.get("b").unwrap().span, Span::new(FILE, 5, 5));
    assert_eq!(slice(text, &root.get("f").unwrap().items()[1]), "~");
}

#[test]
fn plain_scalars_are_what_the_api_server_reads() {
    let text = "[yes, On, y, n, OFF, true, yep, 'yes', on-call, null, Null, '~', nil]";
    assert_eq!(
        shape(&one(text)),
        r#"[true(yes), true(On), true(y), false(n), false(OFF), true(true), "yep", "yes", "on-call", null, null, "~", "nil"]"#
    );
    let numbers = "[1, -1, +1, 0o17, 017, 08, 0x1F, 0b11, 1_000, .5, 1., -1.5e3, 1e3, .inf, -.INF, .nan]";
    assert!(one(numbers).items().iter().all(|n| matches!(n.kind, NodeKind::Number { .. })), "{}", shape(&one(numbers)));
    let texts = "[12:30, 190:20:30, 1.2.3, 0x, 0b12, 0o8, +, ., _1, 1e, 2001-01-01, 1Gi, 500m, 0x-1, --1, 1__a, e3]";
    assert!(one(texts).items().iter().all(|n| matches!(n.kind, NodeKind::String(_))), "{}", shape(&one(texts)));
}

#[test]
fn numbers_have_the_value_that_yaml_1_1_gives_them() {
    let of = |text: &str| number(text).map(|n| n.to_string());
    for (text, value) in [
        ("017", "15"),
        ("0o17", "15"),
        ("-0x1F", "-31"),
        ("0b101", "5"),
        ("1_000", "1000"),
        ("08", "8"),
        ("+12", "12"),
        (".5", "0.5"),
        ("1e3", "1000"),
        ("0", "0"),
        ("-0", "0"),
    ] {
        assert_eq!(of(text).as_deref(), Some(value), "{text}");
    }
    for text in ["", "-", "0x", "12:30", ".inf", "1e", "0xg", "0x+1"] {
        assert_eq!(of(text), None, "{text}");
    }
}

#[test]
fn keys_are_text_whatever_they_look_like() {
    let text = "on: push\nyes: 1\n8080: x\n~: y\n\"q\\x41\": z\n? [a, b]\n: c\n";
    let root = one(text);
    let keys: Vec<_> = root.entries().iter().map(|e| e.key.as_str()).collect();
    assert_eq!(keys, ["on", "yes", "8080", "~", "qA", "[a, b]"]);
    assert_eq!(&text[root.entries()[4].key_span.range()], "\"q\\x41\"");
}

#[test]
fn tags_of_the_core_schema_are_resolved_and_others_kept() {
    let text = "- !!str 12\n- !!int \"12\"\n- ! 12\n- !Ref 12\n- !reference [.a, script]\n- !!map {a: 1}\n- !!str\n- !Sub |\n  x\n- !e\n";
    assert_eq!(
        shape(&one(text)),
        r#"["12", #12, "12", !Ref "12", !reference [".a", "script"], {a: #1}, "", !Sub "x\n", !e ""]"#
    );
}

#[test]
fn an_alias_stands_where_it_is_used_and_knows_where_its_value_was_written() {
    let text = "base: &b {x: 1, y: [2]}\nuse: *b\n";
    let root = one(text);
    let used = root.get("use").unwrap();
    assert_eq!(slice(text, used), "*b");
    assert_eq!(&text[used.alias_of.unwrap().range()], "{x: 1, y: [2]}");
    assert_eq!(slice(text, used.get("y").unwrap()), "[2]");
    assert_eq!(used.get("y").unwrap().alias_of, None);
    assert_eq!(shape(used), "{x: #1, y: [#2]}");
}

#[test]
fn merge_keys_give_what_the_mapping_does_not_say_itself() {
    let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  x: own\n  <<: [*a, *b]\n  z: own\nd: {<<: {q: 1}, q: 2}\ne: {<<: []}\n";
    let root = one(text);
    let c = root.get("c").unwrap();
    assert_eq!(c.entries().len(), 3);
    assert_eq!(c.get("x").unwrap().as_text().unwrap(), "own");
    assert_eq!(c.get("z").unwrap().as_text().unwrap(), "own");
    let y = c.get("y").unwrap();
    assert_eq!(y.as_text().unwrap(), "1", "the first of the list wins");
    assert_eq!(slice(text, y), "*a");
    assert_eq!(c.entry("y").unwrap().key_span, y.span);
    assert_eq!(y.alias_of.unwrap().start as usize, text.find("1}").unwrap());
    assert_eq!(shape(root.get("d").unwrap()), "{q: #2}");
    assert_eq!(shape(root.get("e").unwrap()), "{}");
}

#[test]
fn a_merge_key_without_a_mapping_is_told_and_a_quoted_one_is_a_key() {
    let parsed = parse(FILE, "a: {<<: 1}\nb: {'<<': {c: 1}}\n");
    assert_eq!(shape(&parsed.documents[0].root), "{a: {<<: #1}, b: {<<: {c: #1}}}");
    assert_eq!(parsed.diagnostics.len(), 1);
    assert_eq!(parsed.diagnostics[0].message, "a merge key (`<<`) takes a mapping or a list of mappings");
}

#[test]
fn of_duplicate_keys_the_last_counts_and_both_are_shown() {
    let text = "a: 1\nb: 2\na: 3\n";
    let parsed = parse(FILE, text);
    assert_eq!(shape(&parsed.documents[0].root), "{a: #3, b: #2}");
    let [diagnostic] = parsed.diagnostics.as_slice() else { panic!("{:?}", parsed.diagnostics) };
    assert_eq!(diagnostic.level, Level::Warning);
    assert_eq!(diagnostic.message, "the key `a` occurs twice in this mapping");
    assert_eq!(diagnostic.notes.iter().map(|n| n.span.start).collect::<Vec<_>>(), [10, 0]);
}

#[test]
fn comments_have_their_text_without_the_line_ending() {
    let text = "# one\r\na: 1 # two\r\nb: \"# no\"\nc: | # three\n  # no\n# four";
    let parsed = parse(FILE, text);
    let comments: Vec<_> = parsed.comments.iter().map(|c| &text[c.span.range()]).collect();
    assert_eq!(comments, ["# one", "# two", "# three", "# four"]);
}

#[test]
fn a_thousand_lines_of_comment_may_stand_between_key_and_value() {
    let text = format!("a:\n{}  b: 1\n", "  # x\n".repeat(1000));
    let parsed = parse(FILE, &text);
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(parsed.comments.len(), 1000);
    assert_eq!(shape(&parsed.documents[0].root), "{a: {b: #1}}");
}

#[test]
fn documents_are_told_apart_and_an_empty_one_is_null() {
    let parsed = parse(FILE, "--- a\n---\n# nothing\n--- |\n  b\n...\n---\nc: 1\n");
    assert_eq!(
        parsed.documents.iter().map(|d| shape(&d.root)).collect::<Vec<_>>(),
        ["\"a\"", "null", "\"b\\n\"", "{c: #1}"]
    );
    assert_eq!(parse(FILE, "").documents.len(), 0);
    assert_eq!(parse(FILE, "# only\n").documents.len(), 0);
}

#[test]
fn a_broken_document_loses_only_itself() {
    let text = "a: 1\n---\nb: [1, 2\nc: x: y\n---\nd: 4\n---\ne: \"open\n";
    let parsed = parse(FILE, text);
    assert_eq!(parsed.documents.iter().map(|d| shape(&d.root)).collect::<Vec<_>>(), ["{a: #1}", "{d: #4}"]);
    assert_eq!(parsed.diagnostics.len(), 2);
    let place = parsed.diagnostics[0].notes[0].span;
    assert!(text[..place.start as usize].lines().count() >= 3 && place.start < 30, "{:?}", parsed.diagnostics[0]);
    assert!(
        parsed.diagnostics.iter().all(|d| d.level == Level::Error && d.kind == crate::source::DiagnosticKind::Input)
    );
}

#[test]
fn errors_say_what_is_wrong_and_what_to_do() {
    let of = |text: &str| {
        let mut parsed = parse(FILE, text);
        assert_eq!((parsed.documents.len(), parsed.diagnostics.len()), (0, 1), "{text:?} {:?}", parsed.diagnostics);
        let d = parsed.diagnostics.remove(0);
        (d.message, d.notes[0].span.range(), d.help.unwrap_or_default())
    };
    let (message, place, help) = of("a:\n\tb: 1\n");
    assert_eq!(message, "this YAML document does not parse: a tab stands where only spaces may");
    assert!(place.start >= 3 && place.start <= 4, "{place:?}");
    assert_eq!(help, "indent with spaces");
    let (message, place, _) = of("a: *missing\n");
    assert_eq!(message, "this YAML document does not parse: this alias has no anchor before it");
    assert_eq!(place.start, 3);
    let (_, place, help) = of("a: b: c\n");
    assert_eq!(place, 4..5);
    assert_eq!(help, "quote a text with `: ` in it, or check the indentation of this line");
    let (_, _, help) = of("a: @x\n");
    assert_eq!(help, "quote a text that begins with this character");
    let (_, _, help) = of("{{- if .Values.x }}\na: 1\n{{- end }}\n");
    assert_eq!(help, "this looks like a template; only the YAML that it renders to can be checked");
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..9 {
        let list = vec![format!("*a{}", i - 1); 9].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{list}]\n"));
    }
    text.push_str("---\nok: 1\n");
    let parsed = parse(FILE, &text);
    assert_eq!(parsed.documents.len(), 1);
    assert_eq!(parsed.diagnostics[0].message, "this YAML document is not read: its aliases stand for too much text");
}

#[test]
fn a_bomb_of_merge_keys_is_refused() {
    let mut text = String::from("a0: &a0 {}\n");
    for i in 1..40 {
        text.push_str(&format!("a{i}: &a{i} {{<<: [*a{0}, *a{0}]}}\n", i - 1));
    }
    let parsed = parse(FILE, &text);
    assert_eq!((parsed.documents.len(), parsed.diagnostics.len()), (0, 1));
}

#[test]
fn a_chain_of_aliases_that_unfolds_into_deep_nesting_is_refused() {
    for value in ["[*a{}]", "{<<: *a{}}", "{<<: [*a{}]}"] {
        let mut text = String::from("a0: &a0 {}\n");
        for i in 1..5000 {
            text.push_str(&format!("a{i}: &a{i} {}\n", value.replace("{}", &(i - 1).to_string())));
        }
        let parsed = parse(FILE, &text);
        assert_eq!((parsed.documents.len(), parsed.diagnostics.len()), (0, 1), "{value}");
        assert_eq!(parsed.diagnostics[0].message, "this YAML document is not read: it is nested too deeply");
    }
}

#[test]
fn an_alias_inside_of_its_own_anchor_is_refused() {
    for text in ["a: &a [*a]\n", "a: &a {<<: *a}\n", "a: &a [{<<: *a}]\n", "&a x: *a\ny: &b\n  <<: [*b]\n"] {
        let parsed = parse(FILE, text);
        assert_eq!((parsed.documents.len(), parsed.diagnostics.len()), (0, 1), "{text}");
    }
}

#[test]
fn deep_nesting_is_refused_and_not_so_deep_is_read() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        let nested = |n: usize| format!("{}x{}", open.repeat(n), close.repeat(n));
        assert_eq!(parse(FILE, &nested(250)).diagnostics, []);
        let parsed = parse(FILE, &nested(100_000));
        assert_eq!((parsed.documents.len(), parsed.diagnostics.len()), (0, 1));
        assert_eq!(parsed.diagnostics[0].message, "this YAML document does not parse: it is nested too deeply");
    }
}

#[test]
fn a_mapping_of_many_keys_is_read_in_linear_time() {
    let text: String = (0..50_000).map(|i| format!("key{i}: {i}\n")).collect();
    assert_eq!(one(&text).entries().len(), 50_000);
}

#[test]
fn garbled_texts_never_panic() {
    let seed = "a: &x [1, 'b', \"c\\n\"] # é\nb: |\n  é\n  t\n---\n<<: *x\n? - k\n: !t {v: >-\n x}\n";
    for cut in (0..seed.len()).filter(|i| seed.is_char_boundary(*i)) {
        for insert in ["", "\t", "\r", ":", "- ", "{{", "\u{0}", "é", "*x", "&x", "|", "\"", "<<: *x\n"] {
            let text = format!("{}{insert}{}", &seed[..cut], &seed[cut..]);
            let parsed = parse(FILE, &text);
            check_spans(&text, &parsed);
            check_spans(&text[..cut], &parse(FILE, &text[..cut]));
        }
    }
}

fn check_spans(text: &str, parsed: &Parsed) {
    fn node(text: &str, n: &Node) {
        assert!(text.get(n.span.range()).is_some(), "{text:?} {n:?}");
        for child in n.items() {
            node(text, child);
        }
        for entry in n.entries() {
            assert!(text.get(entry.key_span.range()).is_some());
            node(text, &entry.value);
        }
    }
    parsed.documents.iter().for_each(|d| node(text, &d.root));
    for span in parsed.diagnostics.iter().flat_map(|d| &d.notes).map(|n| n.span) {
        assert!(text.get(span.range()).is_some(), "{text:?} {span:?}");
    }
}
