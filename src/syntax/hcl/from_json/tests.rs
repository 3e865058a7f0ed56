//! What each property of a JSON file becomes, and where it stands.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::*;

fn body(text: &str) -> Body {
    let parsed = parse(FileId(0), text);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    parsed.body
}

/// The one block of a text.
fn block(text: &str) -> Arc<Block> {
    let body = body(text);
    assert_eq!(body.items.len(), 1);
    body.blocks().next().unwrap().clone()
}

/// A resource with these properties.
fn resource(kind: &str, properties: &str) -> (String, Arc<Block>) {
    let text = format!("{{\"resource\": {{\"{kind}\": {{\"x\": {{{properties}}}}}}}}}");
    let block = block(&text);
    (text, block)
}

/// What the properties of a resource are: `name` for an argument, `name{}` for a block.
fn shapes(kind: &str, properties: &str) -> Vec<String> {
    let (_, block) = resource(kind, properties);
    block
        .body
        .items
        .iter()
        .map(|item| match item {
            Item::Attribute(attribute) => attribute.name.text.to_string(),
            Item::Block(block) => {
                block.labels.iter().fold(block.kind.text.to_string(), |text, l| text + " " + &l.text) + "{}"
            }
        })
        .collect()
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.range()]
}

fn names(body: &Body) -> Vec<String> {
    body.blocks()
        .map(|b| [&b.kind].into_iter().chain(&b.labels).map(|i| i.text.as_str()).collect::<Vec<_>>().join("."))
        .collect()
}

#[test]
fn objects_and_lists_of_objects_mean_the_same_at_each_level() {
    let text = r#"[{"resource": [{"a": [{"b": {}}, {"c": [{}, {}]}]}, {"d": {"e": {}}}]}, {"locals": [{"x": 1}, {}]}]"#;
    assert_eq!(
        names(&body(text)),
        ["resource.a.b", "resource.a.c", "resource.a.c", "resource.d.e", "locals", "locals"]
    );
}

#[test]
fn blocks_may_be_written_under_one_name_again() {
    let text =
        r#"{"resource": {"a": {"b": {"x": {}, "x": {}}}, "a": {"b": {}, "c": {}}}, "resource": {"d": {"e": {}}}}"#;
    let body = body(text);
    assert_eq!(names(&body), ["resource.a.b", "resource.a.b", "resource.a.c", "resource.d.e"]);
    assert_eq!(names(&body.blocks().next().unwrap().body), ["x", "x"]);
}

#[test]
fn a_block_is_known_by_its_last_label_and_in_a_list_by_its_brace() {
    let (text, block) = resource("a", r#""p": 1, "q": [{"r": 2}, {}], "s": {"t": 3}"#);
    assert_eq!(slice(&text, block.header), "\"x\"");
    assert!(slice(&text, block.span).starts_with("\"x\": {\"p\"") && slice(&text, block.span).ends_with("3}}"));
    let places: Vec<&str> = block.body.blocks().map(|b| slice(&text, b.header)).collect();
    assert_eq!(places, ["{", "{", "\"s\""]);
    assert_eq!(slice(&text, block.body.attribute("p").unwrap().span), "\"p\": 1");
}

#[test]
fn a_single_object_is_a_block_unless_no_block_can_look_like_it() {
    let properties = r#""versioning": {"enabled": true}, "features": {}, "tags": {"a": 1}, "user_labels": {"a": 1},
        "other": {"Name": 1}, "more": {"a.b": 1}, "default_tags": {"tags": {}}, "rule": [{"//": 1}], "list": [],
        "mixed": [{}, 1], "text": "${x}", "none": null"#;
    let expected = [
        "versioning{}",
        "features{}",
        "tags",
        "user_labels",
        "other",
        "more",
        "default_tags{}",
        "rule{}",
        "list",
        "mixed",
        "text",
        "none",
    ];
    assert_eq!(shapes("aws_x", properties), expected);
    assert_eq!(shapes("google_compute_instance", r#""metadata": {"a": "b"}"#), ["metadata"]);
    assert_eq!(shapes("kubernetes_pod", r#""metadata": {"name": "b"}, "data": {"a": "b"}"#), ["metadata{}", "data"]);
    assert_eq!(
        shapes("terraform_data", r#""input": {"a": 1}, "triggers_replace": {"a": 1}"#),
        ["input", "triggers_replace"]
    );
}

#[test]
fn the_blocks_of_the_language_are_known_by_name() {
    let properties = r#""lifecycle": {"precondition": [{"condition": "${x}"}], "ignore_changes": "all"},
        "connection": {"host": "h"}, "provisioner": [{"local-exec": {"environment": {"a": "b"}}}, {"file": {}}],
        "dynamic": {"ingress": {"for_each": {"a": {}}, "iterator": "it", "content": {"b": {}}}}"#;
    let (_, resource) = resource("aws_x", properties);
    let kinds = ["lifecycle", "connection", "provisioner.local-exec", "provisioner.file", "dynamic.ingress"];
    assert_eq!(names(&resource.body), kinds);
    let lifecycle = resource.body.blocks_of("lifecycle").next().unwrap();
    assert_eq!(names(&lifecycle.body), ["precondition"]);
    assert!(
        matches!(&lifecycle.body.attribute("ignore_changes").unwrap().expr.kind, ExprKind::Variable(v) if v == "all")
    );
    let dynamic = resource.body.blocks_of("dynamic").next().unwrap();
    assert!(matches!(dynamic.body.attribute("for_each").unwrap().expr.kind, ExprKind::Object(_)));
    assert!(matches!(&dynamic.body.attribute("iterator").unwrap().expr.kind, ExprKind::Variable(v) if v == "it"));
    assert_eq!(names(&dynamic.body.blocks_of("content").next().unwrap().body), ["b"]);
    let terraform = block(
        r#"{"terraform": {"required_version": ">= 1", "required_providers": {"aws": {"source": "x"}},
            "backend": {"s3": {"assume_role": {"a": 1}}}, "cloud": {"workspaces": {"name": "x"}}}}"#,
    );
    assert_eq!(names(&terraform.body), ["required_providers", "backend.s3", "cloud"]);
    assert!(terraform.body.blocks_of("backend").next().unwrap().body.attribute("assume_role").is_some());
    let module = block(r#"{"module": {"m": {"source": "./m", "list": [{"a": 1}], "object": {"a": 1}}}}"#);
    assert_eq!(module.body.blocks().count(), 0);
}

#[test]
fn strings_are_templates_expressions_or_plain_by_the_argument() {
    let text = r#"{"variable": {"v": {"type": "map(string)", "default": "${x}"}}}"#;
    let variable = block(text);
    assert!(
        matches!(&variable.body.attribute("type").unwrap().expr.kind, ExprKind::Call { name, .. } if name.text == "map")
    );
    assert!(matches!(&variable.body.attribute("default").unwrap().expr.kind, ExprKind::String(s) if s == "${x}"));
    let (text, resource) = resource("a", r#""depends_on": ["b.c", "${d.e}"], "f": "g", "h": "$${i}", "${j}": 1"#);
    let ExprKind::Array(items) = &resource.body.attribute("depends_on").unwrap().expr.kind else { panic!() };
    assert_eq!(items.iter().map(|i| slice(&text, i.span)).collect::<Vec<_>>(), ["b.c", "d.e"]);
    assert!(matches!(&resource.body.attribute("f").unwrap().expr.kind, ExprKind::String(s) if s == "g"));
    assert!(matches!(&resource.body.attribute("h").unwrap().expr.kind, ExprKind::String(s) if s == "${i}"));
}

#[test]
fn places_in_a_string_are_places_in_the_file() {
    let text =
        r#"{"locals": {"a": "é${lookup(b, \"\u00e9\ud83d\ude00\")}-${c}", "${d}": 1, "o": {"${e}": [], "f": {}}}}"#;
    let locals = block(text);
    let ExprKind::Template(parts) = &locals.body.attribute("a").unwrap().expr.kind else { panic!() };
    let places: Vec<&str> = parts
        .iter()
        .map(|part| match part {
            TemplatePart::Interpolation(expr, span) => {
                assert_eq!(slice(text, *span).len(), slice(text, expr.span).len() + 3);
                slice(text, expr.span)
            }
            TemplatePart::Literal(_, span) => slice(text, *span),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(places, ["é", r#"lookup(b, \"\u00e9\ud83d\ude00\")"#, "-", "c"]);
    let ExprKind::Object(entries) = &locals.body.attribute("o").unwrap().expr.kind else { panic!() };
    assert!(matches!(&entries[0].0, ObjectKey::Expr(Expr { kind: ExprKind::Template(_), .. })));
    assert!(matches!(&entries[1].0, ObjectKey::Name(name) if name.text == "f"));
}

#[test]
fn what_cannot_be_read_leaves_its_block_out_and_no_other() {
    let told = |text: &str| {
        let parsed = parse(FileId(0), text);
        let places = parsed.diagnostics.iter().map(|d| slice(text, d.notes[0].span).to_string()).collect();
        let messages: Vec<String> = parsed.diagnostics.into_iter().map(|d| d.message).collect();
        (names(&parsed.body), messages, places)
    };
    let (left, messages, places): (_, _, Vec<String>) =
        told(r#"{"locals": {"a": "\"${1 +"}, "output": {"o": {}, "p": 5, "q": {"precondition": 1}}}"#);
    assert_eq!(left, ["output.o"]);
    assert_eq!(places, ["+", "5", "1"]);
    assert_eq!(messages[1], "`p` is written as an object, or a list of objects");
    assert_eq!(told("[1]").0.len(), 0);
    let (left, messages, places): (_, _, Vec<String>) =
        told(r#"{"locals": {"a": 1, "a": {"b": 1, "b": 2}}, "locals": {"c": {"d": 1, "d": 2}}}"#);
    assert_eq!((left, messages), (vec!["locals".to_string()], vec!["`a` is set twice".to_string()]));
    assert_eq!(places, ["\"a\""]);
    assert_eq!(
        told("{\"//\": 1, \"//\": 2, \"resuorce\": {}}").1,
        ["there are no `resuorce` blocks in a configuration"]
    );
    assert_eq!(told("{\"locals\": {").1, ["this JSON does not parse: it ends too early"]);
    assert!(told("").1.is_empty());
}
