//! Who may use whom: the layers of `ARCHITECTURE.md`, read off the code.

#![allow(clippy::disallowed_methods, reason = "a test that reads the project's own sources")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each layer and those it may use. A layer may always use itself.
const LAYERS: [(&str, &[&str]); 12] = [
    ("source", &[]),
    ("value", &["source"]),
    // A literal of HCL is a `value::Number`, so that nothing is lost on the way to the evaluator.
    ("syntax", &["source", "value"]),
    ("eval", &["source", "syntax", "value"]),
    ("model", &["eval", "source", "syntax", "value"]),
    // Plain data over `source`, and what renders it.
    ("report", &["source"]),
    // From what a fix changes to edits of text: no values, no rules.
    ("mend", &["report", "source", "syntax"]),
    ("lower", &["eval", "model", "source", "syntax", "value"]),
    // `report` for severities and criteria, which a finding shows as they are.
    ("rule", &["eval", "model", "report", "source", "syntax", "value"]),
    // It is read with the grammar of rule files, and says things to `lower` and `check`.
    ("config", &["eval", "lower", "model", "report", "rule", "source", "syntax", "value"]),
    // `lower` for the proofs alone: an example of a rule is a small repository.
    ("check", &["config", "eval", "lower", "mend", "model", "report", "rule", "source", "syntax", "value"]),
    ("cli", &["check", "config", "eval", "lower", "mend", "model", "report", "rule", "source", "syntax", "value"]),
];

/// Crates that one place knows, so that they can be replaced there.
const CRATES: [(&str, &[&str]); 14] = [
    ("hcl_edit", &["src/syntax/hcl/"]),
    ("granit_parser", &["src/syntax/yaml/"]),
    ("serde_sarif", &["src/report/sarif"]),
    ("codespan_reporting", &["src/report/"]),
    ("maud", &["src/report/html/"]),
    ("quick_xml", &["src/report/junit.rs"]),
    ("similar", &["src/cli/fix.rs"]),
    ("supports_hyperlinks", &["src/cli/links.rs"]),
    ("lsp_server", &["src/cli/lsp/"]),
    ("lsp_types", &["src/cli/lsp/"]),
    ("ureq", &["src/cli/host/"]),
    ("clap", &["src/cli/"]),
    ("clap_complete", &["src/cli/"]),
    ("clap_mangen", &["src/cli/"]),
];

/// What of `std` touches the world, and who may.
const WORLD: [(&str, &[&str]); 3] = [
    ("fs", &["src/source/", "src/cli/"]),
    ("env", &["src/cli/"]),
    ("process", &["src/source/git.rs", "src/cli/", "src/main.rs"]),
];

/// A source file without comments and tests.
struct Source {
    path: String,
    /// The modules it is in: `["eval", "functions", "time"]`.
    module: Vec<String>,
    text: String,
}

impl Source {
    fn layer(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    let sources = files.iter().map(|file| {
        let path = file.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(file).expect("a source can be read");
        let mut module: Vec<String> =
            path.trim_start_matches("src/").trim_end_matches(".rs").split('/').map(String::from).collect();
        if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
            module.pop();
        }
        Source { path, module, text: without_tests(&without_comments(&text)) }
    });
    let is_test = |s: &Source| s.module.iter().any(|m| m == "tests");
    sources.filter(|s| !is_test(s)).collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| match line.find("//") {
            Some(at) if !line[..at].ends_with(':') => &line[..at],
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Tests may use anything; they stand last in a file.
fn without_tests(text: &str) -> String {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_string()
}

/// What is named behind each `root::`, also in braces: of `std::{fs, io::Read}`, `fs` and `io`.
fn named_behind(text: &str, root: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let head = format!("{root}::");
    for (at, _) in text.match_indices(&head) {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        names.extend(first_names(&text[at + head.len()..]));
    }
    names
}

/// The first names of a path or of a tree of paths in braces.
fn first_names(rest: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    if !rest.starts_with('{') {
        return vec![word(rest)];
    }
    let (mut names, mut depth, mut expected) = (Vec::new(), 0, false);
    for (at, c) in rest.char_indices() {
        match c {
            '{' => {
                depth += 1;
                expected = depth == 1;
            }
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' => expected |= depth == 1,
            c if expected && depth == 1 && !c.is_whitespace() => {
                names.push(word(&rest[at..]));
                expected = false;
            }
            _ => {}
        }
    }
    names
}

/// The layers that a file names: behind `crate::`, and behind as many `super::` as lead to the top.
fn layers_named(source: &Source) -> BTreeSet<String> {
    let mut names = named_behind(&source.text, "crate");
    let to_the_top = vec!["super"; source.module.len()].join("::");
    if !to_the_top.is_empty() {
        names.extend(named_behind(&source.text, &to_the_top));
    }
    names.retain(|name| LAYERS.iter().any(|(layer, _)| layer == name));
    names
}

fn fail_with(faults: &[String], advice: &str) {
    assert!(faults.is_empty(), "{}\n\n{advice}", faults.join("\n"));
}

#[test]
fn a_layer_uses_only_those_before_it() {
    let mut faults = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == source.layer()) else { continue };
        for used in layers_named(&source) {
            if used != source.layer() && !allowed.contains(&used.as_str()) {
                faults.push(format!("{}: `{}` must not use `{used}`", source.path, source.layer()));
            }
        }
    }
    fail_with(
        &faults,
        "Move what is needed down to a layer that both may use, or pass it in as an argument. If the design has \
         really changed, change the table in tests/architecture.rs and ARCHITECTURE.md together.",
    );
}

#[test]
fn the_table_of_layers_is_the_list_of_modules() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs");
    let modules: BTreeSet<&str> = lib.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let layers: BTreeSet<&str> = LAYERS.iter().map(|(layer, _)| *layer).collect();
    assert_eq!(modules, layers, "a module at the top belongs into the table in tests/architecture.rs");
    // Each may use only what stands before it, so that there is no circle.
    for (i, (layer, allowed)) in LAYERS.iter().enumerate() {
        for used in *allowed {
            assert!(LAYERS[..i].iter().any(|(before, _)| before == used), "{layer} may use {used}, which comes later");
        }
    }
}

#[test]
fn a_parser_or_a_renderer_is_known_to_one_place() {
    let mut faults = Vec::new();
    for source in sources() {
        for (name, places) in CRATES {
            let used = !named_behind(&source.text, name).is_empty();
            if used && !places.iter().any(|place| source.path.starts_with(place)) {
                faults.push(format!("{}: `{name}` is known to {} only", source.path, places.join(", ")));
            }
        }
    }
    fail_with(&faults, "Use the types of our own that this place gives, or extend them there.");
}

#[test]
fn only_source_and_cli_touch_the_world() {
    let mut faults = Vec::new();
    for source in sources() {
        let of_std = named_behind(&source.text, "std");
        for (name, places) in WORLD {
            if of_std.contains(name) && !places.iter().any(|place| source.path.starts_with(place)) {
                faults.push(format!("{}: `std::{name}`", source.path));
            }
        }
        for word in ["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs"] {
            if source.text.contains(word) {
                faults.push(format!("{}: `{word}`; nothing here uses the network", source.path));
            }
        }
        let asks_the_clock = ["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"];
        for call in asks_the_clock.iter().filter(|call| source.text.contains(**call)) {
            if source.layer() != "cli" {
                faults.push(format!("{}: `{call}`", source.path));
            }
        }
    }
    fail_with(
        &faults,
        "The same tree must give the same answer anywhere. Read files through `source::Tree`; take the environment, \
         arguments and the time in `cli` and pass them in.",
    );
}

#[test]
fn no_rule_is_written_in_rust() {
    // A rule's id in the code would be a rule, or an exception to one, written in Rust.
    let catalog = trustlint::rule::Catalog::builtin();
    let mut faults = Vec::new();
    for source in sources() {
        for rule in &catalog.rules {
            // In `cli`, ids are examples in help texts; `rule` has them in messages for authors.
            if !matches!(source.layer(), "cli" | "rule") && source.text.contains(&format!("\"{}\"", rule.id)) {
                faults.push(format!("{}: the rule {}", source.path, rule.id));
            }
        }
    }
    fail_with(&faults, "Say it in the rule language; extend the language if it cannot be said.");
}

#[test]
fn these_tests_can_see() {
    let text = "use crate::{\n    eval::{Scope, functions::{a, b}},\n    source::Span, // crate::cli\n};\nfn f() { crate::model::x() }";
    let text = without_comments(text);
    assert_eq!(named_behind(&text, "crate").into_iter().collect::<Vec<_>>(), ["eval", "model", "source"]);
    assert_eq!(named_behind("use std::{env, fs as f, io::{self, Read}};", "std").len(), 3);
    assert!(named_behind("xstd::fs; a::std::fs", "std").is_empty());
    assert_eq!(named_behind("super::super::cli::x", "super::super").into_iter().collect::<Vec<_>>(), ["cli"]);
    assert!(sources().len() > 50);
}
