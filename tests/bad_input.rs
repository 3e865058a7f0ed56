//! Nothing in a repository crashes the program, hangs it or makes it read outside of the tree: each
//! fault is told with the name of its file, and what the other files hold is still found.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests make files, and a failure is a panic"
)]

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use assert_cmd::Command;
use tempfile::TempDir;

const RULE: &str = "aws-rds-storage-encrypted";
/// The file that is found whatever stands beside it.
const OK: &str = "resource \"aws_db_instance\" \"ok\" {\n  storage_encrypted = false\n}\n";
const FOUND: &str = "aws_db_instance.ok stores its data unencrypted";

/// Below a manifest that is otherwise in order.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec: ";

struct Run {
    code: i32,
    all: String,
}

fn repository<B: AsRef<[u8]>>(files: &[(&str, B)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "ok.tf", OK.as_bytes());
    for (path, bytes) in files {
        write(dir.path(), path, bytes.as_ref());
    }
    dir
}

fn write(dir: &Path, path: &str, bytes: &[u8]) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn run(dir: &Path, args: &[&str]) -> Run {
    let output = Command::cargo_bin("trustlint")
        .unwrap()
        .current_dir(dir)
        .args(args)
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run { code: output.status.code().unwrap_or(-1), all: text(&output.stdout) + &text(&output.stderr) }
}

/// Checks a directory: the exit code, these parts of what is said, and the finding of `ok.tf`.
#[track_caller]
fn checked(dir: &Path, code: i32, parts: &[&str]) -> String {
    let run = run(dir, &["check", "--verbose", "--rule", RULE]);
    let shown: String = run.all.chars().take(4000).collect();
    assert_eq!(run.code, code, "{shown}");
    assert!(run.all.contains(FOUND), "what the other file holds is lost:\n{shown}");
    for part in parts {
        assert!(run.all.contains(part), "no {part:?} in:\n{shown}");
    }
    run.all
}

/// One bad file beside the good one.
#[track_caller]
fn file(path: &str, bytes: impl AsRef<[u8]>, code: i32, parts: &[&str]) {
    checked(repository(&[(path, bytes)]).path(), code, parts);
}

// Bytes.

#[test]
fn truncated_files_are_named() {
    file("a.tf", "resource \"aws_db_instance\" \"a\" {\n  x = [1,\n", 3, &["a.tf"]);
    file("a.tf", "locals {\n  x = <<-EOT\n    never ended\n", 3, &["a.tf"]);
    file("a.tf", "locals {\n  x = \"never ended\n}\n", 3, &["a.tf:2"]);
    file("a.yaml", "apiVersion: v1\nkind: Pod\nspec: {a: [1,\n", 3, &["a.yaml"]);
    file("a.yaml", "apiVersion: v1\nkind: Pod\nspec: \"never\n", 3, &["a.yaml"]);
    file("a.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {", 3, &["a.json"]);
    file(".github/workflows/ci.yml", "on: [push\njobs:\n", 3, &[".github/workflows/ci.yml"]);
    file("terraform.tfvars", "x = {\n", 3, &["terraform.tfvars"]);
    file("a.tf.json", "{\"resource\": {\"aws_db_instance\": {", 3, &["a.tf.json:1:"]);
    file("terraform.tfvars.json", "{\"x\": ", 3, &["terraform.tfvars.json:1:"]);
}

#[test]
fn files_that_are_not_text_are_named_and_it_is_said_what_they_are() {
    for path in ["a.tf", "a.tf.json", "a.yaml", "a.json", "a.tfvars"] {
        file(path, b"\x7fELF\x02\x01\x01\x00\x00", 3, &[path, "binary"]);
        file(path, b"\xff\xfea\x00=\x001\x00", 3, &[path, "UTF-16"]);
        file(path, b"\xfe\xff\x00a\x00=\x001", 3, &[path, "UTF-16"]);
        file(path, b"a = \"\xe9\"\n", 3, &[path, "not UTF-8: byte 0xe9 at offset 5"]);
    }
}

#[test]
fn byte_order_marks_and_crlf_are_fine() {
    let text = "resource \"aws_db_instance\" \"a\" {\r\n  storage_encrypted = false\r\n}\r\n";
    file("a.tf", format!("\u{feff}{text}"), 1, &["a.tf:2:23", "aws_db_instance.a stores"]);
    file("a.yaml", format!("\u{feff}{POD}{{}}\n").replace('\n', "\r\n"), 1, &[]);
}

#[test]
fn empty_files_are_fine() {
    let dir = repository(&[("a.tf", ""), ("a.yaml", ""), ("a.json", ""), ("a.tfvars", "\n"), ("b.yaml", "---\n---\n")]);
    checked(dir.path(), 1, &[]);
}

// Depth.

#[test]
fn ten_thousand_nested_brackets_are_refused_in_every_language() {
    let n = 10_000;
    let nested = |open: &str, inner: &str, close: &str| open.repeat(n) + inner + &close.repeat(n);
    for (open, inner, close) in [
        ("[", "", "]"),
        ("[", "", ""),
        ("{ a = ", "1", " }"),
        ("(", "1", ")"),
        ("f(", "", ")"),
        ("!", "true", ""),
        ("-", "1", ""),
        ("1 + ", "1", ""),
        ("true ? ", "1", " : 2"),
        ("\"${", "a", "}\""),
        ("\"%{ if true }", "x", "%{ endif }\""),
        ("[for x in ", "[]", ": x]"),
        ("a[", "0", "]"),
    ] {
        file("a.tf", format!("locals {{\n  a = {}\n}}\n", nested(open, inner, close)), 3, &["a.tf:2"]);
    }
    file("a.tf", nested("b {\n", "", "}\n"), 3, &["a.tf"]);
    for (open, inner, close) in [("[", "", "]"), ("{a: ", "1", "}"), ("\n- ", "a", ""), ("\n  - - ", "", "")] {
        file(
            "a.yaml",
            format!("{POD}{}\n", nested(open, inner, close)),
            if open.starts_with('\n') { 1 } else { 3 },
            &[],
        );
    }
    file("a.yaml", format!("{POD}\n    {}a\n", "- ".repeat(n)), 3, &["a.yaml"]);
    for (open, inner, close) in [("[", "", "]"), ("{\"a\":", "1", "}")] {
        let text = format!("{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"a\":{}}}", nested(open, inner, close));
        file("a.json", text, 3, &["a.json"]);
        file("a.tf.json", format!("{{\"locals\":{{\"a\":{}}}}}", nested(open, inner, close)), 3, &["a.tf.json:1:"]);
    }
    let template = format!("{{\"locals\":{{\"a\":\"${{{}}}\"}}}}", nested("[", "", "]"));
    file("a.tf.json", template, 3, &["a.tf.json:1:"]);
}

#[test]
fn json_configuration_as_deep_as_json_is_read_is_evaluated() {
    // The deepest is 256; the object around it and `locals` are two.
    for (open, inner, close) in [("[", "", "]"), ("{\"a\":", "1", "}"), ("[{\"b\":", "{}", "}]")] {
        let n = 250 / open.matches(['[', '{']).count();
        let nested = open.repeat(n) + inner + &close.repeat(n);
        file(
            "a.tf.json",
            format!("{{\"locals\":{{\"a\":{nested}}},\"output\":{{\"o\":{{\"value\":\"${{local.a}}\"}}}}}}"),
            1,
            &[],
        );
        let n = n - 3;
        let nested = open.repeat(n) + inner + &close.repeat(n);
        file("a.tf.json", format!("{{\"resource\":{{\"aws_x\":{{\"y\":{{\"a\":{nested}}}}}}}}}"), 1, &[]);
    }
}

#[test]
fn long_chains_that_are_not_deep_are_evaluated_or_named() {
    file("a.tf", format!("locals {{\n  a = a{}\n}}\n", ".b".repeat(50_000)), 1, &[]);
    file("a.tf", format!("locals {{\n  a = a{}\n}}\n", "[0]".repeat(50_000)), 1, &[]);
    let mut text = String::from("locals {\n  s0 = false\n");
    for i in 0..5000 {
        let _ = writeln!(text, "  s{} = local.s{i}", i + 1);
    }
    text += "}\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = local.s5000\n}\n";
    file("a.tf", text, 1, &["1 undecided"]);
}

// Bombs.

#[test]
fn yaml_alias_bombs_are_refused() {
    let mut lists = format!("{POD}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    let mut merges = format!("{POD}\na0: &a0 {{a: 1}}\n");
    for i in 0..12 {
        let _ = writeln!(lists, "a{}: &a{} [{}]", i + 1, i + 1, vec![format!("*a{i}"); 10].join(", "));
    }
    for i in 0..40 {
        let _ = writeln!(merges, "a{}: &a{}\n  <<: [*a{i}, *a{i}]\n  b{i}: *a{i}\n  c{i}: *a{i}", i + 1, i + 1);
    }
    file("a.yaml", lists, 3, &["a.yaml", "aliases"]);
    file("a.yaml", merges, 3, &["a.yaml", "aliases"]);
    file("a.yaml", format!("{POD}&a [*a]\n"), 3, &["a.yaml"]);
}

#[test]
fn values_that_double_forty_times_are_given_up() {
    for (first, step) in [
        ("\"aaaaaaaaaaaaaaaa\"", "\"${x}${x}\""),
        ("\"a${var.v}\"", "\"${x}${x}\""),
        ("[\"a\"]", "[x, x]"),
        ("{ a = 1 }", "{ a = x, b = x }"),
        ("[\"a\"]", "concat(x, x)"),
        ("\"a\"", "join(\"\", [x, x, x])"),
        ("\"a\"", "replace(x, \"a\", x)"),
        ("\"a\"", "jsonencode([x, x])"),
        ("\"a\"", "format(\"%s%s\", x, x)"),
        ("[\"a\"]", "flatten([x, x])"),
    ] {
        let mut text = format!("variable \"v\" {{}}\nlocals {{\n  s0 = {first}\n");
        for i in 0..40 {
            let before = format!("local.s{i}");
            // The name `x` stands in no other word of the steps.
            let _ = writeln!(text, "  s{} = {}", i + 1, step.replace('x', &before));
        }
        text += "}\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = local.s40\n  y = jsonencode(local.s40)\n}\n";
        file("a.tf", text, 1, &["1 undecided"]);
    }
}

#[test]
fn loops_in_loops_and_huge_ranges_are_given_up() {
    let tail = "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = local.a\n}\n";
    for expression in [
        "range(0, 1000000000)",
        "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]",
        "{ for a in range(1000) : a => { for b in range(1000) : b => range(1000) } }",
        "\"%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }x%{ endfor }%{ endfor }%{ endfor }\"",
        "setproduct(range(1000), range(1000), range(1000))",
        "format(\"%1000000000s\", \"a\")",
    ] {
        file("a.tf", format!("locals {{\n  a = {expression}\n}}\n{tail}"), 1, &["1 undecided", "2 │   a ="]);
    }
}

#[test]
fn a_million_instances_are_not_looked_at_one_by_one() {
    let text = "resource \"aws_db_instance\" \"a\" {\n  count             = 1000000\n  storage_encrypted = true\n}\n";
    file("a.tf", text, 1, &["a.tf:2:23", "of 1000000 instances the first 20000 are looked at"]);
    let text = "resource \"aws_db_instance\" \"a\" {\n  count             = 1e300\n  storage_encrypted = true\n}\n";
    file("a.tf", text, 1, &[]);
    let text = "resource \"aws_db_instance\" \"a\" {\n  count             = -1\n  storage_encrypted = true\n}\n";
    file("a.tf", text, 1, &["`count` must be"]);
}

#[test]
fn ten_thousand_instances_of_a_block_are_checked() {
    let text = "locals {\n  keys = toset(flatten([for i in range(10) : [for j in range(1000) : \"${i}-${j}\"]]))\n}\n\
        resource \"aws_db_instance\" \"a\" {\n  for_each          = local.keys\n  storage_encrypted = each.key != \"3-7\"\n}\n\
        resource \"aws_db_instance\" \"b\" {\n  for_each          = local.keys\n  storage_encrypted = aws_db_instance.a[each.key].storage_encrypted\n}\n";
    let started = Instant::now();
    let dir = repository(&[("a.tf", text)]);
    let all = checked(dir.path(), 1, &["aws_db_instance.a[\"3-7\"]", "aws_db_instance.b[\"3-7\"]", "3 violations"]);
    println!("10,000 instances: {:?}, {} bytes of report", started.elapsed(), all.len());
}

// Cycles.

#[test]
fn cycles_of_locals_and_resources_are_named() {
    let tail = "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = local.a\n}\n";
    file(
        "a.tf",
        format!("locals {{\n  a = local.b\n  b = local.a\n}}\n{tail}"),
        1,
        &["refers to itself", "1 undecided"],
    );
    file("a.tf", format!("locals {{\n  a = [local.a, local.a]\n}}\n{tail}"), 1, &["1 undecided"]);
    let text = "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = aws_db_instance.b.storage_encrypted\n}\n\
        resource \"aws_db_instance\" \"b\" {\n  storage_encrypted = aws_db_instance.a.storage_encrypted\n}\n";
    file("a.tf", text, 1, &["undecided"]);
    let text = "resource \"aws_db_instance\" \"a\" {\n  count             = length(aws_db_instance.a)\n  storage_encrypted = true\n}\n";
    file("a.tf", text, 1, &[]);
}

#[test]
fn cycles_of_variables_between_modules_are_named() {
    let dir = repository(&[
        (
            "main.tf",
            "module \"a\" {\n  source = \"./m\"\n  x      = module.b.y\n}\n\nmodule \"b\" {\n  source = \"./m\"\n  x      = module.a.y\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"x\" {}\n\noutput \"y\" {\n  value = var.x\n}\n\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = var.x\n}\n",
        ),
    ]);
    checked(dir.path(), 1, &["refers to itself", "2 undecided"]);
}

#[test]
fn modules_that_call_themselves_or_each_other_are_named() {
    let twice = |source: &str| {
        format!("module \"x\" {{\n  source = \"{source}\"\n}}\n\nmodule \"y\" {{\n  source = \"{source}\"\n}}\n")
    };
    checked(repository(&[("loop.tf", twice("./"))]).path(), 1, &["loop.tf", "it calls itself"]);
    let dir = repository(&[("a/main.tf", twice("../b")), ("b/main.tf", twice("../a"))]);
    checked(dir.path(), 1, &["b/main.tf", "it calls itself"]);
    let dir = repository(&[("a/main.tf", twice("../b")), ("b/main.tf", twice("../c")), ("c/main.tf", twice("../a"))]);
    checked(dir.path(), 1, &["c/main.tf", "it calls itself"]);
    checked(repository(&[("out.tf", twice("../../.."))]).path(), 1, &[]);
}

/// Levels of modules, each of which calls the next twice, with equal arguments or with different ones.
fn diamond(levels: usize, equal: bool) -> TempDir {
    let call = |name: &str, source: &str, on: &str| {
        let path = if equal { "x".into() } else { format!("${{try(var.path, \"\")}}{name}") };
        format!("module \"{name}\" {{\n  source = \"{source}\"\n  on     = {on}\n  path   = \"{path}\"\n}}\n")
    };
    let mut files = vec![("main.tf".to_string(), call("a", "./m1", "false").replace("${try(var.path, \"\")}", ""))];
    for level in 1..=levels {
        let mut text = String::from("variable \"on\" {}\nvariable \"path\" {}\n");
        if level < levels {
            for name in ["a", "b"] {
                text += &call(name, &format!("../m{}", level + 1), "var.on");
            }
            text += "output \"o\" {\n  value = [module.a.o, module.b.o]\n}\n";
        } else {
            text += "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = var.on\n}\noutput \"o\" {\n  value = 1\n}\n";
        }
        files.push((format!("m{level}/main.tf"), text));
    }
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    repository(&files)
}

#[test]
fn twelve_levels_of_modules_called_twice_each_are_checked() {
    let started = Instant::now();
    checked(diamond(12, true).path(), 1, &["m12/main.tf:4:23"]);
    checked(diamond(12, false).path(), 1, &["m12/main.tf:4:23"]);
    println!("12 levels: {:?}", started.elapsed());
}

#[test]
fn forty_levels_of_modules_with_equal_arguments_are_looked_at_once_for_equal_calls() {
    let all = checked(diamond(40, true).path(), 1, &["m40/main.tf:4:23"]);
    assert!(!all.contains("instances of modules"), "{all}");
}

#[test]
fn forty_levels_of_modules_with_different_arguments_are_cut_short_and_it_is_said() {
    checked(diamond(40, false).path(), 1, &["instances of modules", "m40/main.tf"]);
}

// Size.

#[test]
fn twenty_megabytes_of_yaml_are_read() {
    let mut text = String::new();
    for i in 0..50_000 {
        let _ = writeln!(
            text,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c{i}\ndata:\n  a: \"{}\"",
            "x".repeat(330)
        );
    }
    let started = Instant::now();
    file("a.yaml", &text, 1, &[]);
    println!("{} MB of YAML: {:?}", text.len() >> 20, started.elapsed());
}

#[test]
fn five_megabytes_of_json_on_one_line_are_read() {
    let pod = |i| {
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{{\"name\":\"p{i}\"}},\"spec\":{{\"containers\":[{{\"name\":\"a\",\"image\":\"x\"}}]}}}}"
        )
    };
    let items: Vec<String> = (0..50_000).map(pod).collect();
    let text = format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{}]}}", items.join(","));
    let started = Instant::now();
    file("a.json", &text, 1, &[]);
    println!("{} MB of JSON: {:?}", text.len() >> 20, started.elapsed());
}

#[test]
fn a_long_line_is_shown_in_part() {
    let text = format!(
        "resource \"aws_db_instance\" \"a\" {{\n  storage_encrypted = /* {} */ false\n}}\n",
        "x".repeat(1 << 20)
    );
    let dir = repository(&[("a.tf", text)]);
    let all = checked(dir.path(), 1, &["aws_db_instance.a stores"]);
    assert!(all.len() < 100_000, "{} bytes", all.len());
}

// Trees.

#[cfg(unix)]
#[test]
fn a_link_that_is_named_is_followed_inside_of_the_tree_only() {
    use std::os::unix::fs::symlink;
    let text: &[u8] = b"resource \"aws_db_instance\" \"linked\" {\n  storage_encrypted = false\n}\n";
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret.tf", text);
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "real.tf", text);
    symlink("real.tf", dir.path().join("inside.tf")).unwrap();
    symlink(outside.path().join("secret.tf"), dir.path().join("outside.tf")).unwrap();
    let one = |name: &str| run(dir.path(), &["check", "--rule", RULE, name]);
    let inside = one("inside.tf");
    assert!(inside.code == 1 && inside.all.contains("real.tf:2"), "{}", inside.all);
    let beyond = one("outside.tf");
    assert!(beyond.code == 3 && beyond.all.contains("a link that leads out of the tree"), "{}", beyond.all);
    assert!(!beyond.all.contains("aws_db_instance.linked"), "{}", beyond.all);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_tree_and_in_circles_are_never_followed() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret.tf", b"resource \"aws_db_instance\" \"outside\" {\n  storage_encrypted = false\n}\n");
    write(
        outside.path(),
        "mod/main.tf",
        b"resource \"aws_db_instance\" \"outside\" {\n  storage_encrypted = false\n}\n",
    );
    let dir = repository(&[(
        "main.tf",
        "locals {\n  a = file(\"secret.txt\")\n  b = file(\"../../etc/passwd\")\n  c = file(\"linked/secret.tf\")\n}\nmodule \"m\" {\n  source = \"./linked/mod\"\n}\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = local.a == local.b || local.c == \"\"\n}\n",
    )]);
    symlink(outside.path().join("secret.tf"), dir.path().join("linked.tf")).unwrap();
    symlink(outside.path().join("secret.tf"), dir.path().join("secret.txt")).unwrap();
    symlink(outside.path(), dir.path().join("linked")).unwrap();
    symlink(dir.path(), dir.path().join("circle")).unwrap();
    symlink("self.tf", dir.path().join("self.tf")).unwrap();
    symlink("nowhere.tf", dir.path().join("dangling.tf")).unwrap();
    let all = checked(dir.path(), 3, &["linked.tf", "a link that leads out of the tree", "self.tf", "dangling.tf"]);
    assert!(!all.contains("aws_db_instance.outside"), "{all}");
}

#[cfg(unix)]
#[test]
fn files_and_directories_that_may_not_be_read_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let dir = repository(&[("closed.tf", OK), ("shut/main.tf", OK)]);
    let closed = dir.path().join("closed.tf");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o0)).unwrap();
    fs::set_permissions(dir.path().join("shut"), fs::Permissions::from_mode(0o0)).unwrap();
    // The superuser reads everything.
    if fs::read(&closed).is_err() {
        checked(dir.path(), 3, &["closed.tf", "shut"]);
    }
    fs::set_permissions(dir.path().join("shut"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf_8_are_named() {
    use std::os::unix::ffi::OsStrExt;
    let dir = repository::<&str>(&[]);
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"b\xe9.tf")), OK).unwrap();
    checked(dir.path(), 3, &["not UTF-8"]);
}

// Meaning.

#[test]
fn duplicates_are_named_and_do_not_stop_anything() {
    file("a.yaml", format!("{POD}\n  a: 1\n  a: 2\n"), 1, &["a.yaml", "occurs twice"]);
    file("a.json", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"kind\":\"Pod\"}", 1, &["a.json", "occurs twice"]);
    file("a.tf", OK, 1, &["declared twice"]);
    file("a.tf.json", "{\"locals\":{\"a\":1,\"a\":2}}", 3, &["a.tf.json:1:18", "`a` is set twice"]);
    let mut keys = String::new();
    for i in 0..5000 {
        let _ = writeln!(keys, "  b = {i}\n  key{i} = 1\n  key{i} = 2");
    }
    let wanted = "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = local.o.key7 == 1\n}\n";
    file("a.tf", format!("locals {{\n o = {{\n{keys}}}\n}}\n{wanted}"), 1, &["aws_db_instance.a stores"]);
    file(
        "a.tf",
        "resource \"aws_db_instance\" \"a\" {\n  storage_encrypted = true\n  storage_encrypted = false\n}\n",
        3,
        &["a.tf:3"],
    );
}

#[test]
fn blocks_of_the_wrong_shape_do_not_stop_anything() {
    for text in [
        "resource {}\n",
        "resource \"aws_db_instance\" {}\n",
        "resource \"aws_db_instance\" \"a\" \"b\" {}\n",
        "module {}\nmodule \"a\" {}\nmodule \"b\" {\n  source = 7\n}\nmodule \"c\" {\n  source = \"\"\n}\n",
        "variable {}\nvariable \"a\" {\n  type = nonsense(1)\n}\n",
        "output \"a\" {}\nlocals \"x\" {}\nprovider {}\nterraform {\n  backend {}\n}\n",
        "moved {}\nunheard \"of\" \"this\" {}\n",
        "resource \"aws_db_instance\" \"a\" {\n  dynamic \"x\" {}\n  dynamic {\n  }\n  dynamic \"y\" {\n    for_each = 7\n  }\n}\n",
        "resource \"aws_db_instance\" \"a\" {\n  count    = 1\n  for_each = {}\n}\n",
        "resource \"\" \"\" {}\n",
        "stray = 1\n",
    ] {
        let run = run(repository(&[("a.tf", text)]).path(), &["check"]);
        assert!(matches!(run.code, 1 | 3) && run.all.contains(FOUND), "{text}: {} {}", run.code, run.all);
    }
    for text in [
        "7",
        "[]",
        "null",
        "{\"resource\": 7, \"output\": [], \"locals\": null, \"unheard\": {}}",
        "{\"resource\": {\"aws_db_instance\": 7}}",
        "{\"resource\": {\"aws_db_instance\": {\"a\": [7, null, {\"b\": \"${\"}]}}}",
        "{\"resource\": {\"\": {\"\": {\"\": {}, \"${\": {}, \"${x}\": [{}]}}}}",
        "{\"resource\": {\"aws_db_instance\": {\"a\": {\"count\": [], \"for_each\": 7, \"dynamic\": {\"b\": {}}, \"lifecycle\": 7}}}}",
        "{\"variable\": {\"a\": {\"type\": 7, \"default\": \"${x\"}, \"b\": {\"type\": \"list(\"}}}",
        "{\"module\": {\"a\": {\"source\": 7, \"providers\": \"x y\"}}, \"terraform\": {\"backend\": \"s3\"}}",
        "{\"locals\": {\"a\": \"\\ud800${\\\"\\ud800\\\"}\\u0000${b +}\"}}",
    ] {
        let run = run(repository(&[("a.tf.json", text)]).path(), &["check"]);
        assert!(matches!(run.code, 1 | 3) && run.all.contains(FOUND), "{text}: {} {}", run.code, run.all);
    }
    for text in [
        "7",
        "[]",
        "apiVersion: v1\nkind: Pod\nspec: 7\n",
        "apiVersion: [v1]\nkind: {a: b}\n",
        "kind: List\napiVersion: v1\nitems: {a: b}\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: 7\nspec:\n  template:\n    spec:\n      containers: {name: 1}\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - 7\n  - null\n  - [a]\n",
    ] {
        let run = run(repository(&[("a.yaml", text)]).path(), &["check"]);
        assert!(matches!(run.code, 1 | 3) && run.all.contains(FOUND), "{text}: {} {}", run.code, run.all);
    }
    for text in [
        "7",
        "on: 7\njobs: 7\n",
        "on: push\njobs:\n  a: 7\n  b:\n    steps: 7\n  c:\n    steps: [7, null, {run: [1]}]\n    permissions: [x]\n",
        "jobs:\n  a:\n    uses: ./.github/workflows/ci.yml\n",
        "on: {push: [a]}\njobs:\n  a:\n    needs: a\n    uses: ../../../x.yml\n    strategy: {matrix: 7}\n",
    ] {
        let run = run(repository(&[(".github/workflows/ci.yml", text)]).path(), &["check"]);
        assert!(matches!(run.code, 1 | 3) && run.all.contains(FOUND), "{text}: {} {}", run.code, run.all);
    }
}

// Plans.

#[test]
fn a_plan_that_was_not_written_is_no_clean_plan() {
    for bytes in ["", "\n"] {
        let dir = repository(&[("plan.json", bytes)]);
        let run = run(dir.path(), &["check", "plan.json"]);
        assert_eq!(run.code, 3, "{}", run.all);
        assert!(run.all.contains("plan.json is empty: nothing was checked"), "{}", run.all);
    }
    let output = Command::cargo_bin("trustlint").unwrap().args(["check", "-"]).write_stdin("").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_plan_of_another_shape_is_no_clean_plan() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let modules = "{\"child_modules\":[".repeat(100) + "{}" + &"]}".repeat(100);
    let cut = "[".repeat(100_000);
    let not_a_plan = "is not written as in a plan: what it holds was not checked";
    for (parts, said) in [
        (format!("\"planned_values\":{deep}"), not_a_plan),
        (format!("\"planned_values\":{{\"root_module\":{{\"resources\":{{\"a\":{deep}}}}}}}"), not_a_plan),
        ("\"planned_values\":{\"root_module\":7}".into(), not_a_plan),
        ("\"resource_changes\":{\"aws_db_instance.x\":{}}".into(), not_a_plan),
        (format!("\"planned_values\":{{\"root_module\":{modules}}}"), "modules are nested more than 64 deep"),
        (format!("\"planned_values\":{cut}"), "this JSON does not parse: this is never closed"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "plan.json", format!("{{\"format_version\":\"1.2\",{parts}}}").as_bytes());
        let run = run(dir.path(), &["check", "plan.json"]);
        let start: String = parts.chars().take(60).collect();
        assert_eq!(run.code, 3, "{start}\n{}", run.all);
        assert!(run.all.contains(said), "{start}\n{}", run.all);
    }
    // Terraform leaves out what is not there, and null says the same.
    let dir = tempfile::tempdir().unwrap();
    let nothing = "{\"format_version\":\"1.2\",\"planned_values\":{\"root_module\":{}},\"resource_changes\":null}";
    write(dir.path(), "plan.json", nothing.as_bytes());
    assert_eq!(run(dir.path(), &["check", "plan.json"]).code, 0);
}

// Modules and units from elsewhere.

#[test]
fn a_manifest_of_modules_never_leads_out_of_the_tree() {
    let calls = "module \"a\" {\n  source = \"x/y/a\"\n}\nmodule \"b\" {\n  source = \"x/y/b\"\n}\n\
                 module \"c\" {\n  source = \"x/y/c\"\n}\n";
    for is_repository in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "outside/main.tf", OK.as_bytes());
        write(dir.path(), "repo/main.tf", calls.as_bytes());
        let outside = dir.path().join("outside").display().to_string();
        let line = |key: &str, to: &str| format!("{{\"Key\":\"{key}\",\"Source\":\"x/y/{key}\",\"Dir\":\"{to}\"}}");
        let lines = [line("a", "../outside"), line("b", &outside), line("c", ".terraform/modules/c")].join(",");
        write(dir.path(), "repo/.terraform/modules/modules.json", format!("{{\"Modules\":[{lines}]}}").as_bytes());
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, dir.path().join("repo/.terraform/modules/c")).unwrap();
        if is_repository {
            fs::create_dir(dir.path().join("repo/.git")).unwrap();
        }
        let run = run(&dir.path().join("repo"), &["inspect", "."]);
        assert!(run.all.contains("module.a"), "{}", run.all);
        assert!(!run.all.contains("aws_db_instance"), "{}", run.all);
    }
}

#[test]
fn a_broken_manifest_of_modules_is_as_none() {
    for manifest in ["", "[[[", "null", "{\"Modules\":[1,{\"Key\":[],\"Dir\":{}}]}", "\u{0}"] {
        let dir = repository(&[(".terraform/modules/modules.json", manifest)]);
        checked(dir.path(), 1, &[]);
    }
}

#[test]
fn units_that_include_each_other_or_themselves_do_not_hang() {
    let include = |path: &str| format!("include \"x\" {{\n  path = \"{path}\"\n}}\n");
    let dir = repository(&[
        ("a/terragrunt.hcl", include("../b/terragrunt.hcl")),
        ("b/terragrunt.hcl", include("../a/terragrunt.hcl")),
        ("c/terragrunt.hcl", include("./terragrunt.hcl")),
        ("d/terragrunt.hcl", "locals {\n  a = read_terragrunt_config(\"terragrunt.hcl\").locals.a\n}\ninputs = {\n  x = local.a\n}\nterraform {\n  source = \"/x\"\n}\n".into()),
        ("e/terragrunt.hcl", include("../../../../../../etc/passwd")),
        ("g/terragrunt.hcl", "inputs = {\n  x = fileset(\"../..\", \"*\")\n}\nterraform {\n  source = \"/x\"\n}\n".into()),
        ("f/terragrunt.hcl", format!("inputs = {}", "[".repeat(100_000))),
    ]);
    let run = run(dir.path(), &["check", "--verbose", "."]);
    assert_eq!(run.code, 3, "{}", run.all);
    for said in [
        FOUND,
        "a/terragrunt.hcl is included and cannot include another file",
        "b/terragrunt.hcl is included and cannot include another file",
        "c/terragrunt.hcl is included and cannot include another file",
        "d/terragrunt.hcl is read while it is being read",
        "../.. is outside the repository",
    ] {
        assert!(run.all.contains(said), "{said}\n{}", run.all);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let dir = repository::<&str>(&[]);
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("pipe.tf")).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no mkfifo");
        return;
    }
    checked(dir.path(), 3, &["pipe.tf", "not a regular file"]);
}
