//! The editor's view: the real program as a server, a client over its standard input and output.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files, and a failure is a panic")]

#[path = "support/files.rs"]
mod files;

use std::{
    collections::BTreeMap,
    io::{BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use files::repository;
use lsp_server::{Message, Notification, Request, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// No answer takes this long on any machine that has one.
const PATIENCE: Duration = Duration::from_secs(60);

struct Editor {
    directory: TempDir,
    root: PathBuf,
    server: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Message>,
    shown: BTreeMap<String, Vec<Value>>,
    asked: i32,
}

impl Editor {
    /// Opens a folder with these files.
    fn open(files: &[(&str, &str)]) -> Self {
        Self::open_in(files, "")
    }

    /// Opens a directory of a repository with these files.
    fn open_in(files: &[(&str, &str)], within: &str) -> Self {
        let directory = repository(files);
        // As the editor knows it: `/tmp` may be a link.
        let root = std::fs::canonicalize(directory.path()).unwrap();
        let mut server = Command::new(env!("CARGO_BIN_EXE_trustlint"))
            .args(["lsp", "--stdio"])
            .env("TRUSTLINT_TODAY", "2026-11-25")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = server.stdin.take();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let (said, messages) = mpsc::channel();
        thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut output) {
                if said.send(message).is_err() {
                    break;
                }
            }
        });
        let mut editor = Self { directory, root, server, input, messages, shown: BTreeMap::new(), asked: 0 };
        let folder = editor.uri(within);
        let told = editor.ask(
            "initialize",
            json!({
                "processId": null,
                "workspaceFolders": [{ "uri": folder.trim_end_matches('/'), "name": "repository" }],
                "capabilities": { "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } },
            }),
        );
        assert_eq!(told["serverInfo"]["name"], "trustlint");
        assert_eq!(told["capabilities"]["hoverProvider"], true);
        editor.tell("initialized", json!({}));
        editor
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}/{path}", self.root.display())
    }

    fn send(&mut self, message: Message) {
        let input = self.input.as_mut().unwrap();
        message.write(input).unwrap();
        input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(Notification::new(method.into(), params).into());
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked.into();
        self.send(Request::new(id, method.into(), params).into());
        loop {
            match self.next() {
                Message::Response(response) => {
                    return serde_json::to_value(response).unwrap()["result"].clone();
                }
                other => self.note(other),
            }
        }
    }

    fn next(&mut self) -> Message {
        self.messages.recv_timeout(PATIENCE).expect("an answer")
    }

    fn note(&mut self, message: Message) {
        match message {
            Message::Notification(n) if n.method == "textDocument/publishDiagnostics" => {
                let shown = n.params["diagnostics"].as_array().unwrap().clone();
                self.shown.insert(n.params["uri"].as_str().unwrap().to_string(), shown);
            }
            Message::Request(request) => {
                assert_eq!(request.method, "client/registerCapability");
                self.send(Response::new_ok(request.id, ()).into());
            }
            other => panic!("{other:?}"),
        }
    }

    /// Waits until a file shows diagnostics of exactly these codes and lines, counted from 1.
    fn expect(&mut self, path: &str, expected: &[(&str, u64)]) {
        let uri = self.uri(path);
        loop {
            let shown = self.shown.get(&uri).cloned();
            let found: Option<Vec<(String, u64)>> = shown.map(|all| all.iter().map(code_and_line).collect());
            let wanted = || expected.iter().map(|(code, line)| ((*code).to_string(), *line));
            if found.as_ref().is_some_and(|f| f.iter().cloned().eq(wanted())) {
                return;
            }
            let message = self.messages.recv_timeout(PATIENCE);
            self.note(message.unwrap_or_else(|why| panic!("{path} shows {found:?}, not {expected:?}: {why}")));
        }
    }

    fn type_in(&mut self, path: &str, version: i32, text: &str) {
        let document = json!({ "uri": self.uri(path), "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "text": text }] }));
    }

    fn show(&mut self, path: &str, text: &str) {
        let document = json!({ "uri": self.uri(path), "languageId": "terraform", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn actions(&mut self, path: &str, line: u64, only: &[&str]) -> Vec<Value> {
        let at = json!({ "line": line - 1, "character": 3 });
        let mut context = json!({ "diagnostics": [] });
        if !only.is_empty() {
            context["only"] = json!(only);
        }
        let document = json!({ "uri": self.uri(path) });
        let range = json!({ "start": at, "end": at });
        let params = json!({ "textDocument": document, "range": range, "context": context });
        self.ask("textDocument/codeAction", params).as_array().unwrap().clone()
    }

    /// A text after an action.
    fn after(&self, action: &Value, path: &str, text: &str) -> String {
        let edits = action["edit"]["changes"][self.uri(path)].as_array().unwrap();
        let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        let byte = |at: &Value| {
            let start = starts[usize::try_from(at["line"].as_u64().unwrap()).unwrap()];
            let units = usize::try_from(at["character"].as_u64().unwrap()).unwrap();
            let line = &text[start..];
            let mut seen = 0;
            let within = line.char_indices().find(|(_, c)| {
                let here = seen >= units;
                seen += c.len_utf16();
                here
            });
            start + within.map_or(line.len(), |(i, _)| i)
        };
        let mut sorted: Vec<(usize, usize, &str)> = edits
            .iter()
            .map(|e| (byte(&e["range"]["start"]), byte(&e["range"]["end"]), e["newText"].as_str().unwrap()))
            .collect();
        sorted.sort_by_key(|e| std::cmp::Reverse(e.0));
        let mut text = text.to_string();
        for (start, end, new) in sorted {
            text.replace_range(start..end, new);
        }
        text
    }

    fn close(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.input.take();
        assert!(self.server.wait().unwrap().success());
        assert!(Path::new(self.directory.path()).exists());
    }
}

fn code_and_line(diagnostic: &Value) -> (String, u64) {
    let line = diagnostic["range"]["start"]["line"].as_u64().unwrap() + 1;
    (diagnostic["code"].as_str().unwrap_or("").to_string(), line)
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|a| a["title"].as_str().unwrap()).collect()
}

const KEY: &str = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false\n}\n";
const ROTATES: &str = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = true\n}\n";

/// What every folder of these tests has, so that it lacks nothing but what a test is about.
fn folder(files: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let config = "rules {\n  off = {\n    \"repository-codeowners\" = \"one person\"\n    \"repository-incident-response-plan\" = \"a wiki\"\n  }\n}\n";
    let mut all = vec![("trustlint.hcl", config)];
    all.extend(files);
    all
}

#[test]
fn findings_come_and_go_as_one_types_and_nothing_is_saved() {
    let mut editor = Editor::open(&folder(&[("main.tf", KEY)]));
    editor.expect("main.tf", &[("aws-kms-key-rotation", 2)]);
    editor.show("main.tf", KEY);
    editor.type_in("main.tf", 2, ROTATES);
    editor.expect("main.tf", &[]);
    editor.type_in("main.tf", 3, &format!("# a comment\n{KEY}"));
    editor.expect("main.tf", &[("aws-kms-key-rotation", 3)]);
    // What was not saved is not there once the file is closed.
    let document = json!({ "uri": editor.uri("main.tf") });
    editor.tell("textDocument/didClose", json!({ "textDocument": document }));
    editor.expect("main.tf", &[("aws-kms-key-rotation", 2)]);
    editor.close();
}

#[test]
fn what_is_typed_in_one_file_shows_in_another_and_a_new_file_counts() {
    let module = "variable \"rotate\" {}\nresource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = var.rotate\n}\n";
    let call = "module \"key\" {\n  source = \"./modules/key\"\n  rotate = false\n}\n";
    let mut editor = Editor::open(&folder(&[("main.tf", call), ("modules/key/main.tf", module)]));
    editor.expect("modules/key/main.tf", &[("aws-kms-key-rotation", 3)]);
    let related = &editor.shown[&editor.uri("modules/key/main.tf")][0]["relatedInformation"];
    let uris: Vec<&str> = related.as_array().unwrap().iter().map(|r| r["location"]["uri"].as_str().unwrap()).collect();
    assert!(uris.contains(&editor.uri("main.tf").as_str()), "{related}");
    editor.show("main.tf", call);
    editor.type_in("main.tf", 2, &call.replace("false", "true"));
    editor.expect("modules/key/main.tf", &[]);
    editor.show("new.tf", &KEY.replace("\"a\"", "\"b\""));
    editor.expect("new.tf", &[("aws-kms-key-rotation", 2)]);
    editor.close();
}

#[test]
fn a_finding_is_explained_mended_and_waived() {
    let mut editor = Editor::open(&folder(&[("main.tf", KEY)]));
    editor.expect("main.tf", &[("aws-kms-key-rotation", 2)]);
    let document = json!({ "uri": editor.uri("main.tf") });
    let at = json!({ "line": 1, "character": 25 });
    let hover = editor.ask("textDocument/hover", json!({ "textDocument": document, "position": at }));
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.starts_with("**KMS keys rotate** · medium · `aws-kms-key-rotation`\n"), "{text}");
    assert!(text.contains("- **CC6.1** Changing the key material"), "{text}");
    let elsewhere = json!({ "line": 2, "character": 0 });
    let document = json!({ "uri": editor.uri("main.tf") });
    assert_eq!(
        editor.ask("textDocument/hover", json!({ "textDocument": document, "position": elsewhere })),
        Value::Null
    );

    editor.show("main.tf", KEY);
    let actions = editor.actions("main.tf", 2, &["quickfix"]);
    assert_eq!(
        titles(&actions),
        ["Set enable_key_rotation = true", "Waive aws-kms-key-rotation here; the reason is yours to write"]
    );
    assert_eq!(actions[0]["isPreferred"], true);
    assert_eq!(actions[0]["diagnostics"][0]["code"], "aws-kms-key-rotation");
    let mended = editor.after(&actions[0], "main.tf", KEY);
    assert_eq!(mended, ROTATES);
    let waived = editor.after(&actions[1], "main.tf", KEY);
    assert_eq!(
        waived,
        "resource \"aws_kms_key\" \"a\" {\n  # trustlint: ignore[aws-kms-key-rotation] \n  enable_key_rotation = false\n}\n"
    );
    // Without a reason it waives nothing, and says so.
    editor.type_in("main.tf", 2, &waived);
    editor.expect("main.tf", &[("waiver-complete", 2), ("aws-kms-key-rotation", 3)]);
    editor.type_in("main.tf", 3, &waived.replace("] \n", "] rotated by hand\n"));
    editor.expect("main.tf", &[]);
    editor.close();
}

#[test]
fn saving_mends_all_that_is_safe_in_the_file_and_counts_columns_as_editors_do() {
    let text = format!("# \u{1f600}\n{KEY}{}", KEY.replace("\"a\"", "\"b\"").replace('\n', " /* \u{1f600} */\n"));
    let mut editor = Editor::open(&folder(&[]));
    editor.show("main.tf", &text);
    editor.expect("main.tf", &[("aws-kms-key-rotation", 3), ("aws-kms-key-rotation", 6)]);
    let actions = editor.actions("main.tf", 1, &["source.fixAll"]);
    assert_eq!(titles(&actions), ["Mend all that needs no second look"]);
    let mended = editor.after(&actions[0], "main.tf", &text);
    assert_eq!(mended, text.replace("false", "true"));
    editor.type_in("main.tf", 2, &mended);
    editor.expect("main.tf", &[]);
    assert!(editor.actions("main.tf", 3, &[]).is_empty());
    editor.close();
}

#[test]
fn a_waiver_is_written_where_a_comment_can_stand() {
    let workflow = "on: issues\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - name: greet\n        run: |\n          set -e\n          echo ${{ github.event.issue.title }}\n";
    let mut editor = Editor::open(&folder(&[(".github/workflows/x.yml", workflow)]));
    let path = ".github/workflows/x.yml";
    let uri = editor.uri(path);
    let code = "github-no-template-injection";
    let line = loop {
        let shown = editor.shown.get(&uri).into_iter().flatten();
        if let Some((_, line)) = shown.map(code_and_line).find(|(c, _)| c == code) {
            break line;
        }
        let message = editor.next();
        editor.note(message);
    };
    assert_eq!(line, 10, "in the script, where `#` begins a comment of the shell");
    let actions = editor.actions(path, line, &["quickfix"]);
    let waiver = actions.iter().find(|a| a["title"].as_str().unwrap().starts_with(&format!("Waive {code}"))).unwrap();
    let waived = editor.after(waiver, path, workflow);
    let comment = format!("        # trustlint: ignore[{code}] \n        run: |\n");
    assert!(waived.contains(&comment), "{waived}");
    editor.close();
}

#[test]
fn mistakes_in_text_and_in_the_configuration_are_shown_and_the_rest_goes_on() {
    let mut editor = Editor::open(&folder(&[("main.tf", KEY), ("other.tf", "locals {}\n")]));
    editor.expect("main.tf", &[("aws-kms-key-rotation", 2)]);
    editor.show("other.tf", "locals {}\n");
    editor.type_in("other.tf", 2, "locals {\n  a = [1,\n");
    let uri = editor.uri("other.tf");
    while editor.shown.get(&uri).is_none_or(Vec::is_empty) {
        let message = editor.next();
        editor.note(message);
    }
    assert_eq!(editor.shown[&uri][0]["severity"], 1);
    editor.expect("main.tf", &[("aws-kms-key-rotation", 2)]);
    editor.type_in("other.tf", 3, "locals {}\n");
    editor.expect("other.tf", &[]);
    editor.show("trustlint.hcl", "");
    editor.type_in("trustlint.hcl", 2, "rules {\n  of = {}\n}\n");
    editor.expect("trustlint.hcl", &[("", 2)]);
    editor.expect("main.tf", &[("aws-kms-key-rotation", 2)]);
    editor.close();
}

#[test]
fn a_mistake_in_the_configuration_is_shown_once_however_it_is_typed() {
    let mut editor = Editor::open(&folder(&[("main.tf", KEY)]));
    editor.expect("main.tf", &[("aws-kms-key-rotation", 2)]);
    editor.show("trustlint.hcl", "");
    for (version, word) in [(2, "h"), (3, "hi"), (4, "hig")] {
        editor.type_in("trustlint.hcl", version, &format!("check {{\n  fail_on = \"{word}\"\n}}\n"));
        let uri = editor.uri("trustlint.hcl");
        let wanted = format!("there is no severity `{word}`");
        while !editor
            .shown
            .get(&uri)
            .is_some_and(|all| all.iter().any(|d| d["message"].as_str().unwrap().contains(&wanted)))
        {
            let message = editor.next();
            editor.note(message);
        }
        assert_eq!(editor.shown[&uri].len(), 1, "{:#?}", editor.shown[&uri]);
    }
    editor.close();
}

#[test]
fn a_mistake_in_the_configuration_above_the_folder_is_shown_too() {
    let files = [(".git/HEAD", ""), ("trustlint.hcl", "check {\n  fail_on = \"h\"\n}\n"), ("infra/main.tf", KEY)];
    let mut editor = Editor::open_in(&files, "infra");
    editor.expect("trustlint.hcl", &[("", 2)]);
    editor.close();
}

#[test]
fn a_folder_within_another_speaks_for_its_own_files_until_it_is_closed() {
    let off = "rules {\n  off = { \"aws-kms-key-rotation\" = \"a test\" }\n}\n";
    let mut editor = Editor::open(&folder(&[("main.tf", KEY), ("inner/main.tf", KEY), ("inner/trustlint.hcl", off)]));
    editor.expect("main.tf", &[("aws-kms-key-rotation", 2)]);
    editor.expect("inner/main.tf", &[("aws-kms-key-rotation", 2)]);
    let inner = json!({ "uri": editor.uri("inner"), "name": "inner" });
    let change = |added: Value, removed: Value| json!({ "event": { "added": added, "removed": removed } });
    editor.tell("workspace/didChangeWorkspaceFolders", change(json!([inner]), json!([])));
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    editor.expect("inner/main.tf", &[]);
    let outer = json!({ "uri": editor.uri("").trim_end_matches('/'), "name": "outer" });
    editor.tell("workspace/didChangeWorkspaceFolders", change(json!([]), json!([outer])));
    editor.expect("main.tf", &[]);
    editor.close();
}

#[test]
fn an_editor_that_goes_away_leaves_no_server_behind() {
    let mut editor = Editor::open(&folder(&[("main.tf", KEY)]));
    editor.input.take();
    assert!(!editor.server.wait().unwrap().success());
}
