use super::*;
use crate::{
    source::MemoryTree,
    value::{ListKind, Repr, WhyKind},
};

fn plan_of(changes: &str, configuration: &str) -> Plan {
    let text = format!(
        r#"{{"format_version":"1.2","planned_values":{{}},"resource_changes":[{changes}],"configuration":{{"root_module":{configuration}}}}}"#
    );
    Plan { path: "plan.json".into(), text: text.into(), source: None, source_is_named: false }
}

fn change(kind: &str, after: &str, unknown: &str) -> String {
    format!(
        r#"{{"address":"{kind}.x","mode":"managed","type":"{kind}","name":"x","change":{{"actions":["create"],"before":null,"after":{after},"after_unknown":{unknown},"after_sensitive":false}}}}"#
    )
}

fn written(kind: &str, expressions: &str) -> String {
    format!(
        r#"{{"resources":[{{"address":"{kind}.x","mode":"managed","type":"{kind}","name":"x","expressions":{expressions}}}]}}"#
    )
}

#[track_caller]
fn only(project: &Project, kind: &str) -> Entity {
    assert!(project.diagnostics.is_empty(), "{:?}", project.diagnostics);
    let [id] = project.of_kind(kind) else { panic!("{:?}", project.kinds()) };
    project.entity(*id).clone()
}

/// The resource without its source, and its fields.
#[track_caller]
fn alone(after: &str, unknown: &str, expressions: &str) -> (Project, Object) {
    let plan = plan_of(&change("aws_thing", after, unknown), &written("aws_thing", expressions));
    let tree = MemoryTree::new("t", Vec::<(&str, &str)>::new());
    let project = project(&tree, &plan, &Options::default());
    let body = only(&project, "aws_thing").body;
    (project, body.as_object().unwrap().clone())
}

/// The resource with the places of its source.
#[track_caller]
fn joined(after: &str, unknown: &str, source: &str) -> (Project, Object) {
    let tree = MemoryTree::new("t", [("envs/prod/main.tf", source)]);
    let mut plan = plan_of(&change("aws_thing", after, unknown), "{}");
    plan.source = Some("envs/prod".into());
    let project = project(&tree, &plan, &Options::default());
    let body = only(&project, "aws_thing").body;
    (project, body.as_object().unwrap().clone())
}

fn texts<'a>(project: &'a Project, value: &Value) -> Vec<&'a str> {
    value.origins.iter().map(|o| project.files.text(o.anchor)).collect()
}

#[test]
fn what_is_not_set_is_left_out_and_what_is_written_is_kept() {
    let after = r#"{"a":null,"b":null,"c":[],"d":[],"e":"","f":"","g":false,"h":0}"#;
    let expressions = r#"{"b":{"references":["var.b"]},"d":{"constant_value":[]},"f":{"constant_value":""}}"#;
    let (project, object) = alone(after, "{}", expressions);
    assert_eq!(object.fields.keys().collect::<Vec<_>>(), ["b", "d", "f", "g", "h"]);
    assert!(object.fields["b"].is_null());
    assert_eq!(texts(&project, &object.fields["b"]), ["\"b\":null"]);
}

#[test]
fn lists_of_objects_are_blocks_and_each_has_a_header() {
    let after = r#"{"rule":[{"port":22,"note":null},{"port":80,"note":""}],"tags":{"a":"b","c":null}}"#;
    let expressions = r#"{"rule":[{"port":{"constant_value":22}},{"port":{"constant_value":80}}],"tags":{}}"#;
    let (project, object) = alone(after, "{}", expressions);
    let list = object.fields["rule"].as_list().unwrap();
    assert_eq!((list.kind, list.items.len()), (ListKind::Blocks, 2));
    for (item, port) in list.items.iter().zip(["\"port\":22", "\"port\":80"]) {
        let block = item.as_object().unwrap();
        assert_eq!(block.fields.keys().collect::<Vec<_>>(), ["port"]);
        assert_eq!(texts(&project, &block.fields["port"]), [port]);
        assert!(block.header.as_ref().unwrap().extent.contains(block.fields["port"].origins.first().unwrap().anchor));
    }
    let tags = object.fields["tags"].as_object().unwrap();
    assert!(tags.header.is_none() && tags.fields["c"].is_null(), "a map is a value, not a block");
}

#[test]
fn what_is_unknown_stands_for_what_it_refers_to() {
    let expressions = r#"{
      "key": {"references": ["aws_other.y.arn", "aws_other.y"]},
      "list": {"references": ["aws_other.y.arn", "aws_other.y", "var.z"]}
    }"#;
    let configuration = written("aws_thing", expressions)
        .replace("\"resources\":[", "\"resources\":[{\"address\":\"aws_other.y\",\"expressions\":{}},");
    let unknown = r#"{"id":true,"key":true,"list":[false,true],"endpoint":true,"rule":[{"arn":true}]}"#;
    let after = r#"{"list":["a",null],"rule":[{"port":1}]}"#;
    let other = change("aws_other", "{}", r#"{"arn":true}"#).replace("aws_other.x", "aws_other.y");
    let plan = plan_of(&format!("{},{other}", change("aws_thing", after, unknown)), &configuration);
    let tree = MemoryTree::new("t", Vec::<(&str, &str)>::new());
    let project = project(&tree, &plan, &Options::default());
    let body = only(&project, "aws_thing").body;
    let object = body.as_object().unwrap();
    let symbol = |value: &Value| {
        let unknown = value.as_unknown().unwrap();
        assert_eq!(unknown.why.kind, WhyKind::AfterApply);
        unknown.symbol.as_ref().map(|s| format!("{}: {} {}", s.scope, s.address, s.path))
    };
    assert!(!object.fields.contains_key("id"), "nobody asks a thing for its own id");
    assert_eq!(symbol(&object.fields["key"]).unwrap(), "plan.json: aws_other.y arn");
    assert_eq!(symbol(&object.fields["endpoint"]).unwrap(), "plan.json: aws_thing.x endpoint");
    let list = object.fields["list"].as_list().unwrap();
    assert_eq!(list.items[0].as_str(), Some("a"));
    assert_eq!(symbol(&list.items[1]), None, "it may be the variable");
    // A `dynamic` block is not told by the plan, so that anything may be written in it.
    let rule = object.fields["rule"].as_list().unwrap().items[0].as_object().unwrap();
    assert_eq!(symbol(&rule.fields["arn"]), None);
}

#[test]
fn blocks_of_the_source_are_found_though_a_plan_sorts_sets() {
    let source = "resource \"aws_thing\" \"x\" {\n  rule {\n    port = 22\n    from = \"b\"\n  }\n  rule {\n    port = 443\n    from = \"a\"\n  }\n}\n";
    let after = r#"{"rule":[{"from":"a","port":443},{"from":"b","port":22}]}"#;
    let (project, object) = joined(after, "{\"id\":true}", source);
    let list = object.fields["rule"].as_list().unwrap();
    let from: Vec<_> = list.items.iter().map(|i| texts(&project, &i.as_object().unwrap().fields["from"])).collect();
    assert_eq!(from, [["\"a\""], ["\"b\""]]);
    let places: Vec<_> =
        list.items.iter().map(|i| i.as_object().unwrap().header.clone().unwrap().anchor.start).collect();
    assert!(places[0] > places[1]);
    assert_eq!(object.identity.as_ref().unwrap().scope, "envs/prod");
}

#[test]
fn the_plan_decides_what_the_source_does_not_know() {
    let source = "variable \"a\" {}\nvariable \"b\" {}\n\nresource \"aws_thing\" \"x\" {\n  known = var.a\n  gone  = var.b\n  link  = aws_other.y.arn\n}\n\nresource \"aws_other\" \"y\" {}\n";
    let after = r#"{"known":"plain","gone":null,"filled":7,"nothing":null}"#;
    let (project, object) = joined(after, r#"{"link":true,"id":true,"computed":true}"#, source);
    assert_eq!(object.fields.keys().collect::<Vec<_>>(), ["known", "gone", "link", "filled"]);
    assert_eq!(object.fields["known"].as_str(), Some("plain"));
    assert_eq!(texts(&project, &object.fields["known"]), ["var.a"], "that it has no value is not so");
    assert!(object.fields["gone"].is_null());
    assert_eq!(texts(&project, &object.fields["gone"]), ["var.b"]);
    let symbol = object.fields["link"].as_unknown().unwrap().symbol.clone().unwrap();
    assert_eq!((symbol.address.as_str(), symbol.path.as_str()), ("aws_other.y", "arn"));
    let filled = object.fields["filled"].origins.first().unwrap();
    assert_eq!(filled.step, OriginStep::ProviderDefault("filled".into()));
    assert_eq!(project.files.text(filled.anchor), "resource \"aws_thing\" \"x\"");
}

#[test]
fn what_a_text_encodes_has_the_places_of_the_source() {
    let source = "variable \"a\" {}\n\nresource \"aws_thing\" \"x\" {\n  port   = \"22\"\n  policy = jsonencode({ Who = \"*\", What = var.a })\n}\n";
    let (project, object) = joined(r#"{"port":22,"policy":"{\"What\":\"all\",\"Who\":\"*\"}"}"#, "{}", source);
    assert_eq!(texts(&project, &object.fields["port"]), ["\"22\""]);
    assert!(object.fields["port"].as_number().is_some());
    let policy = object.fields["policy"].decoded.as_ref().unwrap().as_object().unwrap();
    assert_eq!(policy.fields["What"].as_str(), Some("all"));
    assert_eq!(texts(&project, &policy.fields["What"]), ["var.a"]);
    assert_eq!(texts(&project, &policy.fields["Who"]), ["\"*\""]);
}

#[test]
fn in_the_source_what_is_sensitive_stays_so() {
    let source = "variable \"a\" {}\n\nresource \"aws_thing\" \"x\" {\n  secret = var.a\n}\n";
    let text = change("aws_thing", r#"{"secret":"s"}"#, "{}")
        .replace("\"after_sensitive\":false", "\"after_sensitive\":{\"secret\":true}");
    let mut plan = plan_of(&text, "{}");
    plan.source = Some(EcoString::new());
    let project = project(&MemoryTree::new("t", [("main.tf", source)]), &plan, &Options::default());
    let body = only(&project, "aws_thing").body;
    let secret = &body.as_object().unwrap().fields["secret"];
    assert!(secret.sensitive && matches!(&secret.repr, Repr::String(_)));
}

#[test]
fn a_resource_that_the_plan_does_not_have_is_not_there() {
    let source = "resource \"aws_thing\" \"x\" {}\n\nresource \"aws_thing\" \"y\" {}\n\ndata \"aws_ami\" \"z\" {}\n";
    let (project, _) = joined("{}", "{}", source);
    let addresses: Vec<_> =
        project.entities.iter().map(|e| e.address.as_str()).filter(|a| !a.starts_with("envs")).collect();
    assert_eq!(addresses, ["aws_thing.x", "data.aws_ami.z"]);
}

#[test]
fn data_sources_that_were_read_stand_in_the_state() {
    let data = r#"{"address":"data.aws_ami.a","mode":"data","type":"aws_ami","name":"a","values":{"owner":"self"},"sensitive_values":{}}"#;
    let managed = data.replace("data.aws_ami.a", "aws_ami.b").replace("\"data\"", "\"managed\"");
    let text = format!(
        r#"{{"format_version":"1.2","planned_values":{{}},"resource_changes":[],"prior_state":{{"format_version":"1.0","values":{{"root_module":{{"resources":[{data},{managed}]}}}}}}}}"#
    );
    let plan = Plan { path: "plan.json".into(), text: text.into(), source: None, source_is_named: false };
    let tree = MemoryTree::new("t", Vec::<(&str, &str)>::new());
    let project = project(&tree, &plan, &Options::default());
    assert_eq!(project.kinds(), ["data.aws_ami"], "what was there before the plan is not what is planned");
}

#[test]
fn odd_plans_are_read_without_a_panic() {
    let tree = MemoryTree::new("t", Vec::<(&str, &str)>::new());
    for text in [
        r#"{"format_version":"1.2","planned_values":[],"resource_changes":{"a":1},"configuration":7}"#,
        r#"{"format_version":"1.2","resource_changes":[null,{},{"address":7},{"address":"a.b","type":"a","change":[]}]}"#,
        r#"{"format_version":"1.2","resource_changes":[{"address":"a.b","type":"a","change":{"actions":["create"],"after":"x","after_unknown":[true],"after_sensitive":true}}]}"#,
        r#"{"format_version":"1.2","variables":[],"planned_values":{"root_module":{"child_modules":{}}},"configuration":{"provider_config":[],"root_module":[]}}"#,
    ] {
        let plan = Plan { path: "p".into(), text: text.into(), source: None, source_is_named: false };
        project(&tree, &plan, &Options::default());
    }
    let deep = format!(
        "{{\"format_version\":\"1.2\",\"resource_changes\":[{{\"address\":\"a.b\",\"type\":\"a\",\"change\":{{\"actions\":[\"create\"],\"after_unknown\":{0}{1},\"after\":{0}{1}}}}}],\"configuration\":{{\"root_module\":{{\"resources\":[{{\"expressions\":{2}1{3}}}]}}}}}}",
        "[".repeat(9000),
        "]".repeat(9000),
        "{\"a\":".repeat(9000),
        "}".repeat(9000)
    );
    let plan = Plan { path: "p".into(), text: deep.into(), source: None, source_is_named: false };
    let project = project(&tree, &plan, &Options::default());
    assert_eq!(project.diagnostics.len(), 1);
    assert_eq!(project.diagnostics[0].message, "this JSON does not parse: it is nested too deeply");
}
