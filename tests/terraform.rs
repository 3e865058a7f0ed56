//! Modules are resolved as Terraform resolves them: each test is one thing that it does.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

use std::path::Path;

use trustlint::{
    check, lower,
    model::{Entity, Project},
    rule::Catalog,
    source::{DiskTree, MemoryTree},
    value::{Refinement, Repr, Value},
};

/// The files, resolved.
fn project(files: &[(&str, &str)]) -> Project {
    lower::project(&MemoryTree::new("test", files.iter().copied()), &lower::Options::default())
}

fn on_disk(dir: &Path) -> Project {
    lower::project(&DiskTree::new(dir, 1).unwrap(), &lower::Options::default())
}

/// One file `main.tf`, resolved.
fn root(text: &str) -> Project {
    project(&[("main.tf", text)])
}

/// What is not there, is not there; `terraform.*` entities are left out.
fn addresses(project: &Project) -> Vec<String> {
    let resource = |e: &&Entity| !e.kind.starts_with("terraform.") && e.kind != "repository";
    let mut all: Vec<String> = project.entities.iter().filter(resource).map(|e| e.address.to_string()).collect();
    all.sort();
    all
}

fn entity<'p>(project: &'p Project, address: &str) -> &'p Entity {
    let found = project.entities.iter().find(|e| e.address == address);
    found.unwrap_or_else(|| panic!("no {address} among {:?}", addresses(project)))
}

/// A field of an entity as text: JSON, with `?` for what is not known.
fn field(project: &Project, address: &str, name: &str) -> String {
    let body = entity(project, address).body.as_object().unwrap();
    body.get(name).map_or_else(|| "(not set)".into(), show)
}

fn output(project: &Project, name: &str) -> String {
    field(project, &format!("output.{name}"), "value")
}

fn show(value: &Value) -> String {
    match &value.repr {
        Repr::Null => "null".into(),
        Repr::Bool(b) => b.to_string(),
        Repr::Number(n) => n.to_string(),
        Repr::String(text) => match text.as_str() {
            Some(text) => format!("{text:?}"),
            None => format!("{:?}", text.written()).replace("${...}", "?"),
        },
        Repr::List(list) => {
            let mut items: Vec<String> = list.items.iter().map(show).collect();
            items.extend(list.maybe.iter().map(|v| format!("maybe {}", show(v))));
            items.extend(list.open.iter().map(|_| "...".into()));
            format!("[{}]", items.join(", "))
        }
        Repr::Object(object) => {
            let mut fields: Vec<String> = object.fields.iter().map(|(k, v)| format!("{k}: {}", show(v))).collect();
            fields.extend(object.open.iter().map(|_| "...".into()));
            format!("{{{}}}", fields.join(", "))
        }
        Repr::Unknown(_) => "?".into(),
    }
}

/// The diagnostics: message, and the text that it is about.
fn complaints(project: &Project) -> Vec<(String, String)> {
    let place = |d: &trustlint::source::Diagnostic| {
        d.notes.first().map_or_else(String::new, |n| project.files.text(n.span).to_string())
    };
    project.diagnostics.iter().map(|d| (d.message.clone(), place(d))).collect()
}

fn one_complaint(project: &Project) -> (String, String) {
    let all = complaints(project);
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

fn why(project: &Project, address: &str, name: &str) -> String {
    entity(project, address).body.as_object().unwrap().get(name).unwrap().first_unknown().unwrap().to_string()
}

mod modules_from_elsewhere {
    use super::*;

    const MANIFEST: &str = r#"{"Modules":[
        {"Key":"","Source":"","Dir":"."},
        {"Key":"net","Source":"registry.terraform.io/acme/net/aws","Version":"1.2.0","Dir":".terraform/modules/net"},
        {"Key":"net.rules","Source":"git::https://example.com/rules.git","Dir":".terraform/modules/net.rules/sub"},
        {"Key":"stale","Source":"registry.terraform.io/acme/old/aws","Version":"1.0.0","Dir":".terraform/modules/stale"}
    ]}"#;

    #[test]
    fn a_module_that_terraform_init_downloaded_is_called() {
        let project = project(&[
            (
                "main.tf",
                "module \"net\" {\n  source = \"acme/net/aws\"\n  open = true\n}\noutput \"id\" { value = module.net.open }\n",
            ),
            (".terraform/modules/modules.json", MANIFEST),
            (
                ".terraform/modules/net/main.tf",
                "variable \"open\" {}\nresource \"aws_vpc\" \"this\" { open = var.open }\noutput \"open\" { value = var.open }\n\
                 module \"rules\" { source = \"git::https://example.com/rules.git//sub\" }\n\
                 module \"local\" { source = \"./inner\" }\n",
            ),
            (".terraform/modules/net/inner/main.tf", "resource \"aws_subnet\" \"s\" {}\n"),
            (".terraform/modules/net.rules/sub/main.tf", "resource \"aws_security_group\" \"g\" {}\n"),
            (".terraform/modules/net/examples/all/main.tf", "resource \"aws_vpc\" \"example\" {}\n"),
        ]);
        assert_eq!(
            addresses(&project),
            [
                "module.net.aws_vpc.this",
                "module.net.module.local.aws_subnet.s",
                "module.net.module.rules.aws_security_group.g"
            ],
            "what is called, and neither the example nor the module as a root of its own"
        );
        assert_eq!(field(&project, "module.net.aws_vpc.this", "open"), "true");
        assert_eq!(output(&project, "id"), "true");
        assert!(project.files.is_foreign(entity(&project, "module.net.aws_vpc.this").file()));
        assert!(!project.files.is_foreign(entity(&project, "output.id").file()));
    }

    #[test]
    fn a_finding_in_a_downloaded_module_is_at_the_call_or_at_the_argument_that_decides_it() {
        let project = project(&[
            ("main.tf", "module \"net\" {\n  source = \"acme/net/aws\"\n  encrypted = false\n}\n"),
            (".terraform/modules/modules.json", MANIFEST),
            (
                ".terraform/modules/net/main.tf",
                "variable \"encrypted\" {}\nresource \"aws_db_instance\" \"asked\" { storage_encrypted = var.encrypted }\n\
                 resource \"aws_db_instance\" \"fixed\" { storage_encrypted = false }\n",
            ),
        ]);
        let (project, report) = check::check(project, &Catalog::builtin(), &check::Options::default());
        let text = |span| project.files.text(span);
        let found: Vec<_> = report
            .violations()
            .filter(|f| report.rule_of(f).id == "aws-rds-storage-encrypted")
            .map(|f| (text(f.labels.primary.span), text(f.labels.others[0].span), f.fix.is_some()))
            .collect();
        assert_eq!(found, [("module \"net\"", "false", false), ("false", "var.encrypted", false)]);
    }

    #[test]
    fn a_module_that_was_not_downloaded_has_unknown_outputs_and_no_children() {
        let project =
            root("module \"net\" { source = \"acme/net/aws\" }\nresource \"aws_vpc\" \"v\" { id2 = module.net.id }\n");
        assert_eq!(addresses(&project), ["aws_vpc.v"]);
        assert_eq!(field(&project, "aws_vpc.v", "id2"), "?");
        assert_eq!(why(&project, "aws_vpc.v", "id2"), "module \"acme/net/aws\" is not downloaded");
        assert_eq!(complaints(&project), []);
    }

    #[test]
    fn a_local_module_that_is_not_there_is_said() {
        let project = root("module \"net\" { source = \"./net\" }\n");
        assert_eq!(
            one_complaint(&project),
            ("there is no Terraform module in this directory".into(), "\"./net\"".into())
        );
    }

    #[test]
    fn a_download_of_another_module_does_not_answer_the_call() {
        let project = project(&[
            ("main.tf", "module \"stale\" { source = \"acme/new/aws\" }\n"),
            (".terraform/modules/modules.json", MANIFEST),
            (".terraform/modules/stale/main.tf", "resource \"aws_vpc\" \"old\" {}\n"),
        ]);
        assert_eq!(addresses(&project), [""; 0]);
    }

    #[test]
    fn a_module_in_a_directory_that_is_not_scanned_is_read_when_it_is_called() {
        let project = project(&[
            ("main.tf", "module \"a\" { source = \"./vendor/a\" }\n"),
            ("vendor/a/main.tf", "resource \"aws_vpc\" \"a\" {}\n"),
            ("vendor/b/main.tf", "resource \"aws_vpc\" \"b\" {}\n"),
        ]);
        assert_eq!(addresses(&project), ["module.a.aws_vpc.a"]);
    }

    #[test]
    fn modules_above_the_directory_that_is_checked_are_read_within_the_repository() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("outside/main.tf", "resource \"aws_vpc\" \"outside\" {}\n");
        write("repo/.git/HEAD", "ref: refs/heads/main\n");
        write("repo/secret.txt", "secret");
        write(
            "repo/modules/net/main.tf",
            "resource \"aws_vpc\" \"net\" {\n  motd = file(\"${path.module}/motd.txt\")\n  files = fileset(path.module, \"*.txt\")\n}\n",
        );
        write("repo/modules/net/motd.txt", "hello");
        write(
            "repo/envs/prod/main.tf",
            "module \"net\" { source = \"../../modules/net\" }\nmodule \"out\" { source = \"../../../outside\" }\n\
             resource \"aws_vpc\" \"v\" { text = file(\"../../secret.txt\") }\n",
        );
        let project = on_disk(&dir.path().join("repo/envs/prod"));
        assert_eq!(addresses(&project), ["aws_vpc.v", "module.net.aws_vpc.net"]);
        assert_eq!(field(&project, "module.net.aws_vpc.net", "motd"), "\"hello\"");
        assert_eq!(field(&project, "module.net.aws_vpc.net", "files"), "[\"motd.txt\"]");
        assert_eq!(field(&project, "aws_vpc.v", "text"), "?", "a function reads below what is checked or called");
    }
}

mod files {
    use super::*;

    #[test]
    fn a_tofu_file_takes_the_place_of_the_tf_file_of_its_name() {
        let project = project(&[
            ("main.tf", "resource \"aws_vpc\" \"terraform\" {}\n"),
            ("main.tofu", "resource \"aws_vpc\" \"tofu\" {}\n"),
            ("other.tf", "resource \"aws_vpc\" \"other\" {}\n"),
        ]);
        assert_eq!(addresses(&project), ["aws_vpc.other", "aws_vpc.tofu"]);
    }

    #[test]
    fn files_of_editors_and_of_other_languages_are_no_configuration() {
        let project = project(&[
            (".hidden.tf", "resource \"aws_vpc\" \"a\" {}\n"),
            ("main.tf~", "resource \"aws_vpc\" \"b\" {}\n"),
            ("#main.tf#", "resource \"aws_vpc\" \"c\" {}\n"),
            ("x.tftest.hcl", "resource \"aws_vpc\" \"d\" {}\n"),
            ("sub/main.tf", "resource \"aws_vpc\" \"e\" {}\n"),
        ]);
        assert_eq!(addresses(&project), ["aws_vpc.e"]);
        assert_eq!(entity(&project, "aws_vpc.e").scope, "sub");
    }

    #[test]
    fn of_an_override_arguments_replace_and_blocks_replace_all_of_their_kind() {
        let project = project(&[
            (
                "main.tf",
                "resource \"aws_security_group\" \"g\" {\n  name = \"base\"\n  description = \"d\"\n\
                 \n  ingress { from_port = 1 }\n  ingress { from_port = 2 }\n  egress { from_port = 3 }\n}\n",
            ),
            (
                "b_override.tf",
                "resource \"aws_security_group\" \"g\" {\n  name = \"b\"\n  dynamic \"ingress\" {\n    for_each = [7]\n    content { from_port = ingress.value }\n  }\n}\n",
            ),
            ("a_override.tf", "resource \"aws_security_group\" \"g\" { name = \"a\" }\n"),
        ]);
        let of = |name| field(&project, "aws_security_group.g", name);
        assert_eq!(of("name"), "\"b\"", "by name, the last wins");
        assert_eq!(of("description"), "\"d\"");
        assert_eq!(of("ingress"), "[{from_port: 7}]");
        assert_eq!(of("egress"), "[{from_port: 3}]");
    }

    #[test]
    fn an_override_changes_count_and_lifecycle_one_argument_at_a_time() {
        let project = project(&[
            (
                "main.tf",
                "resource \"aws_vpc\" \"v\" {\n  count = 1\n  lifecycle {\n    prevent_destroy = true\n    ignore_changes = [tags]\n  }\n}\n",
            ),
            ("override.tf", "resource \"aws_vpc\" \"v\" {\n  count = 2\n  lifecycle { prevent_destroy = false }\n}\n"),
        ]);
        assert_eq!(addresses(&project), ["aws_vpc.v[0]", "aws_vpc.v[1]"]);
        assert_eq!(
            field(&project, "aws_vpc.v[0]", "lifecycle"),
            "[{ignore_changes: [\"tags\"], prevent_destroy: false}]"
        );
    }

    #[test]
    fn locals_variables_and_outputs_are_overridden_by_name() {
        let project = project(&[
            (
                "main.tf",
                "variable \"v\" {\n  type = number\n  default = 1\n}\nlocals {\n  a = \"base\"\n  b = \"kept\"\n}\n\
                 output \"o\" { value = \"base\" }\noutput \"all\" { value = [var.v, local.a, local.b] }\n",
            ),
            (
                "override.tf",
                "variable \"v\" { default = \"2\" }\nlocals { a = \"over\" }\noutput \"o\" { value = \"over\" }\n",
            ),
        ]);
        assert_eq!(output(&project, "all"), "[2, \"over\", \"kept\"]", "the type stays, and converts");
        assert_eq!(output(&project, "o"), "\"over\"");
        assert_eq!(complaints(&project), []);
    }

    #[test]
    fn an_override_of_nothing_is_said_and_taken() {
        let project =
            project(&[("main.tf", "output \"o\" { value = local.new }\n"), ("override.tf", "locals { new = 1 }\n")]);
        assert_eq!(one_complaint(&project), ("there is no local.new to override".into(), "new".into()));
        assert_eq!(output(&project, "o"), "1");
    }

    #[test]
    fn providers_and_backends_are_overridden() {
        let project = project(&[
            (
                "main.tf",
                "terraform {\n  backend \"s3\" { bucket = \"b\" }\n}\nprovider \"aws\" { region = \"a\" }\n\
                 provider \"aws\" {\n  alias = \"east\"\n  region = \"b\"\n}\n",
            ),
            (
                "override.tf",
                "terraform {\n  backend \"local\" {}\n}\nprovider \"aws\" { region = \"c\" }\nprovider \"google\" { project = \"p\" }\n",
            ),
        ]);
        let backends: Vec<&str> =
            project.entities.iter().filter(|e| e.kind == "terraform.backend").map(|e| e.address.as_str()).collect();
        assert_eq!(backends, ["backend.local"]);
        assert_eq!(field(&project, "provider.aws", "region"), "\"c\"");
        assert_eq!(field(&project, "provider.aws.east", "region"), "\"b\"");
        assert_eq!(field(&project, "provider.google", "project"), "\"p\"");
        assert_eq!(complaints(&project), []);
    }

    #[test]
    fn a_second_declaration_of_a_name_is_said_and_not_looked_at() {
        let project = root("locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\noutput \"o\" { value = local.a }\n");
        assert_eq!(one_complaint(&project), ("local.a is declared twice".into(), "a".into()));
        assert_eq!(output(&project, "o"), "1");
    }
}

mod variables {
    use super::*;

    /// The value of `var.x` in a module whose argument `x` is given.
    fn given(constraint: &str, argument: &str) -> (String, Vec<(String, String)>) {
        let declared = format!("variable \"x\" {{\n  type = {constraint}\n}}\noutput \"x\" {{ value = var.x }}\n");
        let call = format!(
            "module \"m\" {{\n  source = \"./m\"\n  x = {argument}\n}}\noutput \"x\" {{ value = module.m.x }}\n"
        );
        let project = project(&[("main.tf", &call), ("m/main.tf", &declared)]);
        (output(&project, "x"), complaints(&project))
    }

    fn fits(constraint: &str, argument: &str) -> String {
        let (value, complaints) = given(constraint, argument);
        assert_eq!(complaints, [], "{constraint} from {argument}");
        value
    }

    #[test]
    fn values_are_converted_to_the_declared_type() {
        assert_eq!(fits("bool", "\"true\""), "true");
        assert_eq!(fits("number", "\"5\""), "5");
        assert_eq!(fits("string", "5"), "\"5\"");
        assert_eq!(fits("list(string)", "[1, true]"), "[\"1\", \"true\"]");
        assert_eq!(fits("set(string)", "[\"b\", \"a\", \"b\"]"), "[\"a\", \"b\"]");
        assert_eq!(fits("set(number)", "[10, 9, 9]"), "[9, 10]");
        assert_eq!(fits("map(number)", "{ a = \"1\" }"), "{a: 1}");
        assert_eq!(fits("tuple([string, number])", "[1, \"2\"]"), "[\"1\", 2]");
        assert_eq!(fits("object({ a = string })", "{ a = 1, extra = 2 }"), "{a: \"1\"}");
        assert_eq!(fits("any", "{ a = 1 }"), "{a: 1}");
        assert_eq!(fits("list(any)", "[1, \"a\"]"), "[\"1\", \"a\"]");
        assert_eq!(fits("map(any)", "{ a = 1, b = \"x\" }"), "{a: \"1\", b: \"x\"}");
    }

    #[test]
    fn optional_attributes_take_their_defaults_at_any_depth() {
        let nested = "object({ name = string, log = optional(object({ on = optional(bool, true), days = optional(number, 30) }), {}) })";
        assert_eq!(fits(nested, "{ name = \"a\" }"), "{name: \"a\", log: {on: true, days: 30}}");
        assert_eq!(fits(nested, "{ name = \"a\", log = { days = 7 } }"), "{name: \"a\", log: {on: true, days: 7}}");
        assert_eq!(fits(nested, "{ name = \"a\", log = null }"), "{name: \"a\", log: {on: true, days: 30}}");
        assert_eq!(fits("object({ a = optional(string) })", "{}"), "{a: null}");
        assert_eq!(fits("map(object({ p = optional(number, 443) }))", "{ x = {} }"), "{x: {p: 443}}");
        assert_eq!(fits("list(object({ p = optional(list(string), [\"a\"]) }))", "[{}]"), "[{p: [\"a\"]}]");
    }

    #[test]
    fn a_value_that_does_not_fit_is_an_error_at_the_value() {
        for (constraint, argument, message) in [
            ("number", "\"five\"", "does not fit its type"),
            ("list(string)", "\"a\"", "a list is needed here"),
            ("object({ a = string })", "{}", "the attribute `a` is missing"),
            ("map(object({ a = number }))", "{ k = { a = \"x\" } }", "`a`: "),
            ("tuple([string])", "[]", "a tuple of 1 elements is needed here, not of 0"),
            ("list(any)", "[1, [2]]", "its elements have no type in common"),
        ] {
            let (value, complaints) = given(constraint, argument);
            assert_eq!(value, "?", "{constraint} from {argument}");
            assert_eq!(complaints.len(), 1, "{complaints:?}");
            assert!(complaints[0].0.contains(message), "{complaints:?}");
            assert_eq!(complaints[0].1, argument);
        }
    }

    #[test]
    fn null_means_the_default_where_null_is_no_value() {
        let module = |nullable: &str| {
            let text =
                format!("variable \"x\" {{\n  default = \"d\"\n{nullable}\n}}\noutput \"x\" {{ value = var.x }}\n");
            let project = project(&[
                ("main.tf", "module \"m\" {\n  source = \"./m\"\n  x = null\n}\noutput \"x\" { value = module.m.x }\n"),
                ("m/main.tf", &text),
            ]);
            output(&project, "x")
        };
        assert_eq!(module(""), "null");
        assert_eq!(module("  nullable = false"), "\"d\"");
    }

    #[test]
    fn null_without_a_default_is_an_error_where_null_is_no_value() {
        let project = project(&[
            ("main.tf", "module \"m\" {\n  source = \"./m\"\n  x = null\n}\n"),
            ("m/main.tf", "variable \"x\" { nullable = false }\nresource \"aws_vpc\" \"v\" { x = var.x }\n"),
        ]);
        assert_eq!(one_complaint(&project), ("variable \"x\" must not be null".into(), "null".into()));
    }

    #[test]
    fn what_is_sensitive_or_ephemeral_stays_so_through_outputs() {
        let project = project(&[
            (
                "main.tf",
                "module \"m\" { source = \"./m\" }\nresource \"aws_vpc\" \"v\" {\n  a = \"x-${module.m.a}\"\n  b = module.m.b\n  c = module.m.c\n}\n",
            ),
            (
                "m/main.tf",
                "variable \"a\" {\n  default = \"s\"\n  sensitive = true\n}\nvariable \"c\" {\n  default = \"e\"\n  ephemeral = true\n}\n\
                 output \"a\" { value = var.a }\noutput \"b\" {\n  value = \"t\"\n  sensitive = true\n}\noutput \"c\" { value = var.c }\n",
            ),
        ]);
        let body = entity(&project, "aws_vpc.v").body.as_object().unwrap();
        for (name, text) in [("a", "x-s"), ("b", "t"), ("c", "e")] {
            let value = body.get(name).unwrap();
            assert_eq!((value.as_str(), value.sensitive), (Some(text), true), "{name}");
        }
    }

    #[test]
    fn a_value_that_a_validation_does_not_allow_is_an_error_at_the_value() {
        let project = root(
            "variable \"env\" {\n  default = \"prdo\"\n  validation {\n    condition = contains([\"dev\", \"prod\"], var.env)\n    error_message = \"Use dev or prod.\"\n  }\n}\n\
             resource \"aws_vpc\" \"v\" { env = var.env }\n",
        );
        assert_eq!(
            one_complaint(&project),
            ("the value of variable \"env\" is not allowed: Use dev or prod".into(), "\"prdo\"".into())
        );
        assert_eq!(field(&project, "aws_vpc.v", "env"), "\"prdo\"");
    }

    /// What is known of a variable without a value, from its validation.
    fn known(condition: &str) -> String {
        let text = format!(
            "variable \"x\" {{\n  type = string\n  validation {{\n    condition = {condition}\n    error_message = \"no\"\n  }}\n}}\n\
             resource \"aws_vpc\" \"v\" {{ x = var.x }}\n"
        );
        let project = root(&text);
        assert_eq!(complaints(&project), []);
        let value = entity(&project, "aws_vpc.v").body.as_object().unwrap().get("x").unwrap().clone();
        match &value.as_unknown().unwrap().refinement {
            Refinement::Nothing => "anything".into(),
            Refinement::NonNull => "not null".into(),
            Refinement::AtLeast(least) => format!("{least} or more"),
            Refinement::Prefix(prefix) => format!("{prefix}..."),
            Refinement::OneOf(values) => values.iter().map(show).collect::<Vec<_>>().join(" or "),
        }
    }

    #[test]
    fn a_validation_says_what_a_variable_without_a_value_can_be() {
        assert_eq!(known("contains([\"dev\", \"prod\"], var.x)"), "\"dev\" or \"prod\"");
        assert_eq!(known("contains(toset([\"b\", \"a\"]), var.x)"), "\"a\" or \"b\"");
        assert_eq!(known("var.x == \"a\" || var.x == \"b\""), "\"a\" or \"b\"");
        assert_eq!(known("var.x == null || contains([\"a\"], var.x)"), "null or \"a\"");
        assert_eq!(known("can(regex(\"^(dev|prod)$\", var.x))"), "\"dev\" or \"prod\"");
        assert_eq!(known("can(regex(\"^arn:aws:\", var.x))"), "arn:aws:...");
        assert_eq!(known("startswith(var.x, \"vpc-\")"), "vpc-...");
        assert_eq!(known("can(regex(\"[a-z]+\", var.x))"), "not null");
        assert_eq!(known("var.x != null"), "not null");
        assert_eq!(known("length(var.x) > 3 && startswith(var.x, \"a\")"), "a...");
        assert_eq!(known("!contains([\"a\"], var.x)"), "anything");
        assert_eq!(known("true"), "anything");
    }
}

mod repetition {
    use super::*;

    #[test]
    fn modules_resources_and_data_are_repeated_by_count_and_for_each() {
        let project = project(&[
            (
                "main.tf",
                "module \"m\" {\n  source = \"./m\"\n  for_each = { b = 2, a = 1 }\n  n = each.value\n}\n\
                 data \"aws_ami\" \"a\" {\n  for_each = toset([\"x\"])\n  name = each.key\n}\n\
                 output \"one\" { value = module.m[\"b\"].names }\noutput \"all\" { value = values(module.m)[*].names }\n",
            ),
            (
                "m/main.tf",
                "variable \"n\" {}\nresource \"aws_vpc\" \"v\" {\n  count = var.n\n  name = \"v-${count.index}\"\n}\noutput \"names\" { value = aws_vpc.v[*].name }\n",
            ),
        ]);
        assert_eq!(
            addresses(&project),
            [
                "data.aws_ami.a[\"x\"]",
                "module.m[\"a\"].aws_vpc.v[0]",
                "module.m[\"b\"].aws_vpc.v[0]",
                "module.m[\"b\"].aws_vpc.v[1]",
            ]
        );
        assert_eq!(output(&project, "one"), "[\"v-0\", \"v-1\"]");
        assert_eq!(output(&project, "all"), "[[\"v-0\"], [\"v-0\", \"v-1\"]]");
    }

    #[test]
    fn one_resource_goes_through_the_instances_of_another() {
        let project = root(
            "resource \"aws_vpc\" \"a\" {\n  for_each = { x = \"1\", y = \"2\" }\n  name = each.value\n}\n\
             resource \"aws_subnet\" \"b\" {\n  for_each = aws_vpc.a\n  name = each.value.name\n  vpc = each.value.id\n}\n",
        );
        assert_eq!(field(&project, "aws_subnet.b[\"y\"]", "name"), "\"2\"");
        assert_eq!(field(&project, "aws_subnet.b[\"y\"]", "vpc"), "?");
        let vpc = entity(&project, "aws_subnet.b[\"y\"]").body.as_object().unwrap().get("vpc").unwrap();
        let symbol = vpc.as_unknown().unwrap().symbol.as_ref().unwrap();
        assert_eq!((symbol.address.as_str(), symbol.path.as_str()), ("aws_vpc.a[\"y\"]", "id"));
    }

    #[test]
    fn everything_behind_a_splat_applies_to_each() {
        let project = root(
            "resource \"terraform_data\" \"a\" {\n  count = 2\n  input = { tags = [count.index, \"k\"] }\n}\n\
             output \"full\" { value = terraform_data.a[*].input.tags[0] }\noutput \"only\" { value = one(slice(terraform_data.a, 0, 1)[*].input.tags[1]) }\n",
        );
        assert_eq!(output(&project, "full"), "[0, 1]");
        assert_eq!(output(&project, "only"), "\"k\"");
    }

    #[test]
    fn outputs_of_a_module_with_count_are_a_list() {
        let project = project(&[
            (
                "main.tf",
                "module \"m\" {\n  source = \"./m\"\n  count = 2\n  n = count.index\n}\nmodule \"none\" {\n  source = \"./m\"\n  count = 0\n  n = 1\n}\n\
                 output \"first\" { value = module.m[0].n }\noutput \"all\" { value = module.m[*].n }\noutput \"one\" { value = one(module.none[*].n) }\n",
            ),
            ("m/main.tf", "variable \"n\" {}\noutput \"n\" { value = var.n * 10 }\n"),
        ]);
        assert_eq!(
            [output(&project, "first"), output(&project, "all"), output(&project, "one")],
            ["0", "[0, 10]", "null"]
        );
        assert_eq!(complaints(&project), []);
    }

    #[test]
    fn a_count_that_is_not_known_is_one_that_stands_for_all() {
        let project = root(
            "variable \"n\" { type = number }\nvariable \"on\" { type = bool }\n\
             resource \"aws_vpc\" \"any\" { count = var.n }\nresource \"aws_vpc\" \"maybe\" { count = var.on ? 1 : 0 }\n\
             resource \"aws_vpc\" \"some\" { count = var.on ? 1 : 2 }\nresource \"aws_vpc\" \"keys\" { for_each = var.on ? { a = 1, b = 2 } : { a = 3 } }\n",
        );
        assert_eq!(
            addresses(&project),
            [
                "aws_vpc.any[*]",
                "aws_vpc.keys[\"a\"]",
                "aws_vpc.keys[\"b\"]",
                "aws_vpc.maybe[0]",
                "aws_vpc.some[0]",
                "aws_vpc.some[1]",
            ]
        );
        let certain = |address| entity(&project, address).doubt.is_none();
        assert!(certain("aws_vpc.some[0]") && certain("aws_vpc.keys[\"a\"]"));
        assert!(!certain("aws_vpc.some[1]") && !certain("aws_vpc.keys[\"b\"]") && !certain("aws_vpc.maybe[0]"));
        assert!(!certain("aws_vpc.any[*]"));
    }

    #[test]
    fn what_terraform_refuses_is_said_and_the_rest_is_evaluated() {
        for (argument, message) in [
            ("for_each = null", "`for_each` must not be null"),
            ("for_each = [\"a\"]", "`for_each` takes a map or a set of strings, not a list; use toset()"),
            ("for_each = toset([1, 2])", "`for_each` takes a set of strings, and in this one there is a number"),
            ("for_each = \"a\"", "`for_each` takes a map or a set of strings, not a string"),
            (
                "for_each = toset([sensitive(\"a\")])",
                "a sensitive value cannot be a `for_each`: its keys would show in addresses",
            ),
            ("count = -1", "`count` must be a whole number that is not negative, not -1"),
            ("count = 1.5", "`count` must be a whole number that is not negative, not 1.5"),
            ("count = null", "`count` must not be null"),
            ("count = [1]", "`count` must be a number, not a tuple"),
            ("count = sensitive(1)", "a sensitive value cannot be a `count`: the number would show"),
        ] {
            let text = format!(
                "resource \"aws_vpc\" \"v\" {{\n  {argument}\n}}\nresource \"aws_vpc\" \"rest\" {{ name = \"r\" }}\n"
            );
            let project = root(&text);
            let expression = argument.split_once(" = ").unwrap().1;
            assert_eq!(one_complaint(&project), (message.into(), expression.into()));
            assert_eq!(field(&project, "aws_vpc.rest", "name"), "\"r\"");
        }
    }

    #[test]
    fn dynamic_blocks_go_through_lists_maps_and_each_other() {
        let project = root(
            "resource \"aws_x\" \"v\" {\n  for_each = { r = [\"p\", \"q\"] }\n  dynamic \"outer\" {\n    for_each = each.value\n    iterator = o\n    content {\n      at = o.key\n      name = o.value\n\
             \n      dynamic \"inner\" {\n        for_each = { k = o.value }\n        content { both = \"${each.key}-${inner.key}-${inner.value}\" }\n      }\n    }\n  }\n}\n",
        );
        assert_eq!(
            field(&project, "aws_x.v[\"r\"]", "outer"),
            "[{at: 0, name: \"p\", inner: [{both: \"r-k-p\"}]}, {at: 1, name: \"q\", inner: [{both: \"r-k-q\"}]}]"
        );
    }
}

mod calls {
    use super::*;

    #[test]
    fn an_argument_that_the_module_does_not_have_and_one_that_is_missing_are_errors() {
        let project = project(&[
            ("main.tf", "module \"m\" {\n  source = \"./m\"\n  nmae = \"x\"\n}\n"),
            ("m/main.tf", "variable \"name\" {}\nresource \"aws_vpc\" \"v\" { name = var.name }\n"),
        ]);
        assert_eq!(
            complaints(&project),
            [
                ("module \"m\" has no variable `nmae`".into(), "nmae".into()),
                ("the argument `name` of module \"m\" is missing".into(), "module \"m\"".into()),
            ]
        );
        assert_eq!(field(&project, "module.m.aws_vpc.v", "name"), "?");
    }

    #[test]
    fn meta_arguments_are_no_arguments_of_the_module() {
        let project = project(&[
            (
                "main.tf",
                "provider \"aws\" { alias = \"east\" }\nmodule \"m\" {\n  source = \"./m\"\n  version = \"1.0\"\n  count = 1\n  providers = { aws = aws.east }\n  depends_on = [aws_vpc.x]\n}\n\
                 resource \"aws_vpc\" \"x\" {}\n",
            ),
            ("m/main.tf", "resource \"aws_vpc\" \"v\" { provider = aws }\n"),
        ]);
        assert_eq!(addresses(&project), ["aws_vpc.x", "module.m[0].aws_vpc.v"]);
        assert_eq!(complaints(&project), []);
    }

    /// Values that do not depend on the caller are shared by all calls; these do.
    #[test]
    fn a_local_that_hangs_on_the_call_the_root_or_the_place_of_its_module_is_its_own_for_each() {
        let root = "module \"one\" {\n  source = \"../m\"\n  name = \"one\"\n}\nmodule \"two\" {\n  source = \"../m\"\n  name = \"two\"\n}\n\
                    output \"upper\" { value = [module.one.upper, module.two.upper] }\noutput \"text\" { value = module.one.text }\n\
                    output \"place\" { value = module.two.place }\noutput \"table\" { value = module.two.table }\n";
        let project = project(&[
            ("a/main.tf", root),
            ("a/x.txt", "of a\n"),
            ("b/deep/main.tf", &root.replace("../m", "../../m")),
            ("b/deep/x.txt", "of b\n"),
            (
                "m/main.tf",
                "variable \"name\" {}\nlocals {\n  own = var.name\n  upper = upper(local.own)\n  text = trimspace(file(\"x.txt\"))\n  \
                 place = format(\"%s!\", path.module)\n  inner = { for k in [\"a\", \"b\"] : k => upper(k) }\n  table = values(local.inner)\n}\n\
                 output \"upper\" { value = local.upper }\noutput \"text\" { value = local.text }\noutput \"place\" { value = local.place }\n\
                 output \"table\" { value = local.table }\n",
            ),
        ]);
        assert_eq!(complaints(&project), []);
        let outputs = |root: &str| {
            ["upper", "text", "place", "table"].map(|name| {
                let found =
                    project.entities.iter().find(|e| *e.scope == *root && e.address == format!("output.{name}"));
                show(&found.unwrap().body.as_object().unwrap().get("value").unwrap().clone())
            })
        };
        assert_eq!(outputs("a"), ["[\"ONE\", \"TWO\"]", "\"of a\"", "\"../m!\"", "[\"A\", \"B\"]"]);
        assert_eq!(outputs("b/deep"), ["[\"ONE\", \"TWO\"]", "\"of b\"", "\"../../m!\"", "[\"A\", \"B\"]"]);
    }

    /// The tags that a rule sees.
    fn tags_all(project: &Project, address: &str) -> String {
        let object = entity(project, address).body.as_object().unwrap();
        object.identity.as_ref().unwrap().attribute("tags_all").map_or_else(|| "none".into(), |tags| show(&tags))
    }

    #[test]
    fn default_tags_come_from_the_provider_that_a_resource_uses() {
        let project = project(&[
            (
                "main.tf",
                "provider \"aws\" {\n  default_tags {\n    tags = { team = \"a\", env = \"prod\" }\n  }\n}\n\
                 provider \"aws\" {\n  alias = \"east\"\n  default_tags {\n    tags = { team = \"east\" }\n  }\n}\n\
                 provider \"aws\" { alias = \"bare\" }\n\
                 resource \"aws_vpc\" \"own\" { tags = { team = \"b\" } }\n\
                 resource \"aws_vpc\" \"east\" { provider = aws.east }\n\
                 resource \"aws_vpc\" \"bare\" { provider = aws.bare }\n\
                 resource \"google_x\" \"other\" {}\n\
                 module \"plain\" { source = \"./m\" }\n\
                 module \"handed\" {\n  source = \"./m\"\n  providers = { aws = aws.east }\n}\n\
                 module \"named\" {\n  source = \"./n\"\n  providers = { aws.x = aws.east }\n}\n\
                 output \"tags\" { value = aws_vpc.own.tags_all }\n",
            ),
            ("m/main.tf", "resource \"aws_vpc\" \"v\" {}\n"),
            ("n/main.tf", "resource \"aws_vpc\" \"v\" { provider = aws.x }\n"),
        ]);
        assert_eq!(tags_all(&project, "aws_vpc.own"), "{team: \"b\", env: \"prod\"}");
        assert_eq!(tags_all(&project, "aws_vpc.east"), "{team: \"east\"}");
        assert_eq!(tags_all(&project, "aws_vpc.bare"), "none");
        assert_eq!(tags_all(&project, "google_x.other"), "none");
        assert_eq!(tags_all(&project, "module.plain.aws_vpc.v"), "{team: \"a\", env: \"prod\"}");
        assert_eq!(tags_all(&project, "module.handed.aws_vpc.v"), "{team: \"east\"}");
        assert_eq!(tags_all(&project, "module.named.aws_vpc.v"), "{team: \"east\"}");
        assert_eq!(output(&project, "tags"), "{team: \"b\", env: \"prod\"}");
    }

    #[test]
    fn what_refers_to_itself_is_an_error_and_the_rest_is_evaluated() {
        let project = root(
            "locals {\n  a = local.b\n  b = local.a\n  c = 1\n}\noutput \"a\" { value = local.a }\noutput \"c\" { value = local.c }\n",
        );
        assert_eq!(one_complaint(&project), ("local.a refers to itself".into(), "a = local.b".into()));
        assert_eq!([output(&project, "a"), output(&project, "c")], ["?", "1"]);
    }

    #[test]
    fn a_module_that_calls_itself_is_an_error() {
        let project = project(&[
            ("main.tf", "module \"a\" { source = \"./a\" }\n"),
            ("a/main.tf", "module \"again\" { source = \"../a\" }\nresource \"aws_vpc\" \"v\" {}\n"),
        ]);
        assert_eq!(addresses(&project), ["module.a.aws_vpc.v"]);
        let (message, place) = one_complaint(&project);
        assert!(message.contains("it calls itself"), "{message}");
        assert_eq!(place, "module \"again\"");
    }

    #[test]
    fn a_module_may_depend_on_another_call_of_itself() {
        let project = project(&[
            (
                "main.tf",
                "module \"a\" {\n  source = \"./m\"\n  x = \"1\"\n}\nmodule \"b\" {\n  source = \"./m\"\n  x = module.a.x\n}\noutput \"x\" { value = module.b.x }\n",
            ),
            ("m/main.tf", "variable \"x\" {}\noutput \"x\" { value = \"<${var.x}>\" }\n"),
        ]);
        assert_eq!(output(&project, "x"), "\"<<1>>\"");
        assert_eq!(complaints(&project), []);
    }

    #[test]
    fn blocks_about_the_state_and_checks_deploy_nothing() {
        let project = root(
            "moved {\n  from = aws_vpc.a\n  to = aws_vpc.b\n}\nimport {\n  to = aws_vpc.b\n  id = \"vpc-1\"\n}\n\
             removed {\n  from = aws_vpc.c\n  lifecycle { destroy = false }\n}\n\
             check \"up\" {\n  data \"http\" \"page\" { url = \"https://example.com\" }\n  assert {\n    condition = data.http.page.status_code == 200\n    error_message = \"down\"\n  }\n}\n\
             ephemeral \"random_password\" \"p\" { length = 12 }\n\
             resource \"aws_vpc\" \"b\" { password_wo = ephemeral.random_password.p.result }\n",
        );
        assert_eq!(addresses(&project), ["aws_vpc.b"]);
        assert_eq!(field(&project, "aws_vpc.b", "password_wo"), "?");
        assert_eq!(complaints(&project), []);
    }

    #[test]
    fn a_whole_terraform_data_has_all_its_attributes() {
        let project =
            root("resource \"terraform_data\" \"a\" { input = \"x\" }\noutput \"o\" { value = terraform_data.a }\n");
        assert_eq!(output(&project, "o"), "{input: \"x\", id: ?, output: ?, triggers_replace: null}");
    }
}

mod conditions {
    use super::*;

    #[test]
    fn a_precondition_that_does_not_hold_is_an_error() {
        let project = root(
            "variable \"n\" { default = 1 }\nresource \"aws_vpc\" \"v\" {\n  for_each = { a = 1, b = 5 }\n  lifecycle {\n    precondition {\n      condition = each.value > var.n\n      error_message = \"too few\"\n    }\n  }\n}\n",
        );
        assert_eq!(
            one_complaint(&project),
            ("a precondition of aws_vpc.v[\"a\"] does not hold: too few".into(), "each.value > var.n".into())
        );
    }

    #[test]
    fn a_condition_that_is_not_known_is_no_error() {
        let project = root(
            "variable \"n\" { type = number }\nresource \"aws_vpc\" \"v\" {\n  lifecycle {\n    precondition {\n      condition = var.n > 1\n      error_message = \"no\"\n    }\n    postcondition {\n      condition = self.id != \"\"\n      error_message = \"no\"\n    }\n  }\n}\n",
        );
        assert_eq!(complaints(&project), []);
    }

    #[test]
    fn a_root_output_says_that_it_shows_a_sensitive_value() {
        let project = root(
            "variable \"s\" {\n  default = \"x\"\n  sensitive = true\n}\noutput \"o\" { value = { a = [var.s] } }\noutput \"p\" {\n  value = var.s\n  sensitive = true\n}\n",
        );
        assert_eq!(one_complaint(&project), ("output \"o\" shows a sensitive value".into(), "output \"o\"".into()));
    }
}

mod pure_data_sources {
    use super::*;

    fn text(project: &Project, address: &str, name: &str) -> String {
        entity(project, address).body.as_object().unwrap().get(name).unwrap().as_str().unwrap().to_string()
    }

    #[test]
    fn a_policy_document_is_the_json_that_the_provider_writes() {
        let project = root(
            "data \"aws_iam_policy_document\" \"p\" {\n  statement {\n    sid = \"one\"\n    actions = [\"s3:GetObject\", \"s3:PutObject\"]\n    resources = [\"arn:aws:s3:::b/&{aws:username}\"]\n\
             \n    principals {\n      type = \"AWS\"\n      identifiers = [\"arn:aws:iam::1:root\"]\n    }\n\
             \n    condition {\n      test = \"StringEquals\"\n      variable = \"aws:x\"\n      values = [\"b\", \"a\"]\n    }\n    condition {\n      test = \"StringEquals\"\n      variable = \"aws:y\"\n      values = [\"1\"]\n    }\n  }\n\
             \n  statement {\n    effect = \"Deny\"\n    not_actions = [\"*\"]\n    resources = [\"*\"]\n    principals {\n      type = \"*\"\n      identifiers = [\"*\"]\n    }\n  }\n}\n",
        );
        assert_eq!(
            text(&project, "data.aws_iam_policy_document.p", "minified_json"),
            concat!(
                r#"{"Version":"2012-10-17","Statement":[{"Sid":"one","Effect":"Allow","Action":["s3:PutObject","s3:GetObject"],"#,
                r#""Resource":"arn:aws:s3:::b/${aws:username}","Principal":{"AWS":"arn:aws:iam::1:root"},"#,
                r#""Condition":{"StringEquals":{"aws:x":["b","a"],"aws:y":"1"}}},"#,
                r#"{"Effect":"Deny","NotAction":"*","Resource":"*","Principal":"*"}]}"#
            )
        );
    }

    #[test]
    fn a_data_source_knows_what_refers_to_it() {
        let project = root(
            "data \"aws_iam_policy_document\" \"p\" {}\ndata \"aws_iam_policy_document\" \"base\" {}\n\
             data \"aws_iam_policy_document\" \"idle\" {}\ndata \"aws_caller_identity\" \"me\" {}\n\
             resource \"aws_iam_policy\" \"x\" {\n  policy = data.aws_iam_policy_document.p.json\n  tags = { me = data.aws_caller_identity.me.id }\n}\n\
             data \"aws_iam_policy_document\" \"over\" {\n  source_policy_documents = [data.aws_iam_policy_document.base.json]\n}\n\
             locals { bound = [for data in [1] : data.aws_iam_policy_document.idle] }\n\
             output \"p\" { value = [data.aws_iam_policy_document.p.json, data.aws_caller_identity.me] }\n",
        );
        let of = |address: &str| {
            let object = entity(&project, address).body.as_object().unwrap();
            show(&object.identity.as_ref().unwrap().attribute("referenced_by").unwrap())
        };
        assert_eq!(of("data.aws_iam_policy_document.p"), "[\"aws_iam_policy\", \"output\"]");
        assert_eq!(of("data.aws_iam_policy_document.base"), "[\"data.aws_iam_policy_document\"]");
        assert_eq!(of("data.aws_iam_policy_document.idle"), "[]");
        assert_eq!(of("data.aws_caller_identity.me"), "[\"aws_iam_policy\", \"output\"]");
    }

    #[test]
    fn the_json_of_a_policy_document_is_indented() {
        let project = root(
            "data \"aws_iam_policy_document\" \"p\" {\n  statement {\n    actions = [\"s3:*\"]\n    resources = [\"a\", \"b\"]\n  }\n}\n",
        );
        let expected = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"s3:*\",\n      \"Resource\": [\n        \"b\",\n        \"a\"\n      ]\n    }\n  ]\n}";
        assert_eq!(text(&project, "data.aws_iam_policy_document.p", "json"), expected);
    }

    #[test]
    fn documents_are_merged_by_sid_and_the_newest_version_wins() {
        let project = root(
            "data \"aws_iam_policy_document\" \"base\" {\n  version = \"2008-10-17\"\n  statement {\n    sid = \"a\"\n    actions = [\"base\"]\n    resources = [\"*\"]\n  }\n  statement {\n    sid = \"b\"\n    actions = [\"base\"]\n    resources = [\"*\"]\n  }\n}\n\
             data \"aws_iam_policy_document\" \"over\" {\n  statement {\n    sid = \"b\"\n    actions = [\"over\"]\n    resources = [\"*\"]\n  }\n}\n\
             data \"aws_iam_policy_document\" \"p\" {\n  version = \"2008-10-17\"\n  source_policy_documents = [data.aws_iam_policy_document.base.json]\n  override_policy_documents = [data.aws_iam_policy_document.over.json]\n\
             \n  statement {\n    sid = \"a\"\n    actions = [\"own\"]\n    resources = [\"*\"]\n  }\n}\n",
        );
        assert_eq!(
            text(&project, "data.aws_iam_policy_document.p", "minified_json"),
            concat!(
                r#"{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"own","Resource":"*"},"#,
                r#"{"Sid":"b","Effect":"Allow","Action":"over","Resource":"*"}]}"#
            )
        );
    }

    #[test]
    fn what_is_not_known_of_a_document_leaves_the_rest_known() {
        let project = root(
            "data \"aws_iam_policy_document\" \"p\" {\n  statement {\n    actions = [\"s3:*\"]\n    resources = [\"${aws_s3_bucket.b.arn}/*\"]\n  }\n}\n\
             resource \"aws_s3_bucket\" \"b\" {}\noutput \"a\" { value = jsondecode(data.aws_iam_policy_document.p.json).Statement[0].Action }\n",
        );
        assert_eq!(output(&project, "a"), "\"s3:*\"");
    }

    #[test]
    fn a_google_policy_is_the_json_that_the_api_takes() {
        let project = root(
            "data \"google_iam_policy\" \"p\" {\n  binding {\n    role = \"roles/viewer\"\n    members = [\"user:b\", \"user:a\"]\n  }\n  binding {\n    role = \"roles/editor\"\n    members = [\"allUsers\"]\n\
             \n    condition {\n      title = \"t\"\n      expression = \"e\"\n    }\n  }\n  audit_config {\n    service = \"allServices\"\n    audit_log_configs {\n      log_type = \"DATA_READ\"\n      exempted_members = [\"user:a\"]\n    }\n  }\n}\n\
             resource \"google_project_iam_policy\" \"x\" { policy_data = data.google_iam_policy.p.policy_data }\n",
        );
        assert_eq!(
            text(&project, "google_project_iam_policy.x", "policy_data"),
            concat!(
                r#"{"auditConfigs":[{"auditLogConfigs":[{"exemptedMembers":["user:a"],"logType":"DATA_READ"}],"service":"allServices"}],"#,
                r#""bindings":[{"condition":{"expression":"e","title":"t"},"members":["allUsers"],"role":"roles/editor"},"#,
                r#"{"members":["user:a","user:b"],"role":"roles/viewer"}]}"#
            )
        );
    }

    #[test]
    fn a_template_is_rendered_with_its_variables() {
        let project = root(
            "data \"template_file\" \"t\" {\n  template = \"hello $${name}, $${n}\"\n  vars = {\n    name = \"world\"\n    n = 1\n  }\n}\n\
             resource \"aws_instance\" \"i\" { user_data = data.template_file.t.rendered }\n",
        );
        assert_eq!(field(&project, "aws_instance.i", "user_data"), "\"hello world, 1\"");
    }

    #[test]
    fn an_archive_is_not_known_and_stands_for_itself() {
        let project = root(
            "data \"archive_file\" \"z\" {\n  type = \"zip\"\n  output_path = \"z.zip\"\n}\nresource \"aws_lambda_function\" \"f\" { hash = data.archive_file.z.output_base64sha256 }\n",
        );
        let hash = entity(&project, "aws_lambda_function.f").body.as_object().unwrap().get("hash").unwrap();
        assert_eq!(hash.as_unknown().unwrap().symbol.as_ref().unwrap().address, "data.archive_file.z");
    }
}

/// What only lacks a key keeps its value: `${var.project}-viewer` is not known, the role is.
mod unknown_keys {
    use super::*;

    const ROLES: &str = "variable \"project\" {}
locals {
  pairs = [{ project = var.project, role = \"owner\" }, { project = var.project, role = \"viewer\" }]
}
resource \"google_project_iam_member\" \"m\" {
  for_each = { for p in local.pairs : \"${p.project}-${p.role}\" => p }
  role     = each.value.role
  member   = each.key
}
";

    /// The values of a field of all entities of a kind, with `?` before those that may not exist.
    fn all(project: &Project, kind: &str, name: &str) -> Vec<String> {
        let of_kind = project.entities.iter().filter(|e| e.kind == kind);
        of_kind
            .map(|e| {
                let value = e.body.as_object().unwrap().get(name).map_or_else(|| "(not set)".into(), show);
                format!("{}{value}", if e.doubt.is_some() { "?" } else { "" })
            })
            .collect()
    }

    #[test]
    fn each_element_is_an_instance_that_certainly_exists() {
        let project = root(ROLES);
        assert_eq!(addresses(&project), ["google_project_iam_member.m[*]", "google_project_iam_member.m[*]"]);
        assert_eq!(all(&project, "google_project_iam_member", "role"), ["\"owner\"", "\"viewer\""]);
        assert_eq!(all(&project, "google_project_iam_member", "member"), ["\"?-owner\"", "\"?-viewer\""]);
    }

    #[test]
    fn instances_of_a_module_are_told_apart() {
        let project = project(&[
            (
                "main.tf",
                "variable \"env\" {}\nmodule \"m\" {\n  source = \"./m\"\n  for_each = { \"${var.env}-a\" = 1, \"${var.env}-b\" = 2 }\n  n = each.value\n}\n",
            ),
            ("m/main.tf", "variable \"n\" {}\nresource \"aws_vpc\" \"v\" {\n  n = var.n\n}\n"),
        ]);
        assert_eq!(all(&project, "aws_vpc", "n"), ["1", "2"]);
        assert_eq!(entity(&project, "module.m[*].aws_vpc.v").doubt, None);
    }

    #[test]
    fn what_is_behind_an_unknown_condition_may_not_exist() {
        let text = ROLES.replace("=> p }", "=> p if p.role == \"owner\" || p.project == \"x\" }");
        assert_eq!(all(&root(&text), "google_project_iam_member", "role"), ["\"owner\"", "?\"viewer\""]);
    }

    #[test]
    fn a_key_that_is_known_keeps_its_name_though_it_may_not_be_there() {
        let text = "variable \"x\" {}\nresource \"aws_vpc\" \"v\" {\n  for_each = { for k, v in { a = 1, b = 2 } : k => v if k == \"a\" || var.x }\n  n = each.value\n}\n";
        let project = root(text);
        assert_eq!(addresses(&project), ["aws_vpc.v[\"a\"]", "aws_vpc.v[\"b\"]"]);
        assert_eq!(all(&project, "aws_vpc", "n"), ["1", "?2"]);
        let doubt = entity(&project, "aws_vpc.v[\"b\"]").doubt.as_ref().unwrap();
        assert_eq!(doubt.to_string(), "variable \"x\" has no value here");
    }

    #[test]
    fn merged_and_listed_they_are_all_there() {
        let text = "variable \"env\" {}
locals {
  own = { \"${var.env}-a\" = { n = 1 }, \"${var.env}-b\" = { n = 2 } }
  all = merge(local.own, { c = { n = 3 } })
}
resource \"aws_vpc\" \"merged\" {
  for_each = local.all
  n        = each.value.n
}
resource \"aws_subnet\" \"listed\" {
  for_each = { for v in values(local.all) : v.n => v }
  n        = each.value.n
}
";
        let project = root(text);
        assert_eq!(all(&project, "aws_vpc", "n"), ["3", "1", "2"]);
        assert_eq!(
            addresses(&project)[..3],
            ["aws_subnet.listed[\"1\"]", "aws_subnet.listed[\"2\"]", "aws_subnet.listed[\"3\"]"]
        );
        assert_eq!(all(&project, "aws_subnet", "n"), ["1", "2", "3"]);
    }

    #[test]
    fn a_later_field_that_may_have_the_same_key_leaves_doubt() {
        let text = "variable \"a\" {}\nvariable \"b\" {}\nresource \"aws_vpc\" \"v\" {\n  for_each = { x = 0, (var.a) = 1, (var.b) = 2, y = 3 }\n  n = each.value\n}\n";
        let project = root(text);
        // `x` is there, but it may be replaced; a second key may be the first; either may be `x` or `y`.
        assert_eq!(all(&project, "aws_vpc", "n"), ["?", "3", "?1", "?2"]);
    }

    #[test]
    fn what_is_looked_up_is_one_of_those_that_it_may_be() {
        let text = "variable \"env\" {}
locals {
  all = { \"${var.env}-a\" = 1, \"${var.env}-b\" = 2, \"${var.env}-c\" = 3 }
}
output \"a\" { value = local.all[\"prod-a\"] }
output \"b\" { value = local.all[\"prod-b\"] }
output \"list\" { value = values(local.all) }
output \"length\" { value = length(local.all) }
";
        let project = root(text);
        for (name, expected) in [("a", vec!["1"]), ("b", vec!["2"])] {
            let body = entity(&project, &format!("output.{name}")).body.as_object().unwrap();
            let Repr::Unknown(unknown) = &body.get("value").unwrap().repr else { panic!("{name} is known") };
            let Refinement::OneOf(values) = &unknown.refinement else { panic!("{name} may be anything") };
            assert_eq!(values.iter().map(show).collect::<Vec<_>>(), expected);
        }
        assert_eq!(output(&project, "length"), "?");
        let list = entity(&project, "output.list").body.as_object().unwrap().get("value").unwrap();
        let list = list.as_list().unwrap();
        assert_eq!((list.items.len(), list.is_whole()), (3, false));
    }

    #[test]
    fn an_unknown_key_says_why() {
        let text = "variable \"names\" {}\nresource \"aws_vpc\" \"v\" {\n  for_each = var.names == null ? {} : { for n in [1] : n => n }\n  tag = each.key\n}\nresource \"aws_subnet\" \"s\" {\n  for_each = toset(var.names)\n  tag = each.key\n}\n";
        let project = root(text);
        let tag = entity(&project, "aws_subnet.s[*]").body.as_object().unwrap().get("tag").unwrap().first_unknown();
        assert_eq!(tag.unwrap().to_string(), "variable \"names\" has no value here");
    }
}
