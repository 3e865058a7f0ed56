//! What a pipeline runs by way of a script of the repository: `make deploy`, `./deploy.sh`, `npm run deploy`.
//!
//! What such a command does is written elsewhere in the tree, and a deployment is a deployment wherever it is
//! written. Scripts are followed as far as their names are plain; what they do with variables is not.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ecow::EcoString;

use super::Parts;
use crate::{
    eval::functions::lint::shell_commands,
    lower::path::{dir_of, join, name_of},
    source::{FileId, SourceFile, SourceMap, Span, Tree, read},
    syntax,
    value::{Origin, OriginStep, Origins, Repr, Text, Value},
};

/// How many scripts are followed one from another.
const MAX_DEPTH: usize = 5;

/// How many pieces of scripts one step may run.
const MAX_PIECES: usize = 200;

/// Adds to each step what the scripts of the repository do that it runs.
pub fn follow(parts: &mut Parts, files: &mut SourceMap, tree: &dyn Tree) {
    let ids = files.iter().map(|(id, file)| (file.path.clone(), Some(id))).collect();
    let mut scripts = Scripts { ids, files, tree };
    for step in &mut parts.steps {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for command in &step.commands {
            scripts.run(command, &step.directory, 0, &mut seen, &mut found);
        }
        step.commands.extend(found);
    }
}

/// A piece of a file that a command runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    /// All of a shell script.
    Script(EcoString),
    /// What a Makefile or justfile does for a target.
    Target(EcoString, EcoString),
    /// A script of a `package.json`.
    Package(EcoString, EcoString),
}

struct Scripts<'a> {
    /// The files by their paths; none for one that is not there.
    ids: BTreeMap<Arc<str>, Option<FileId>>,
    files: &'a mut SourceMap,
    tree: &'a dyn Tree,
}

impl Scripts<'_> {
    /// Follows what a text runs. `dir` is where it runs.
    fn run(&mut self, command: &Value, dir: &str, depth: usize, seen: &mut BTreeSet<Piece>, found: &mut Vec<Value>) {
        let Repr::String(text) = &command.repr else { return };
        if depth >= MAX_DEPTH {
            return;
        }
        for piece in pieces(text, dir) {
            if found.len() >= MAX_PIECES || !seen.insert(piece.clone()) {
                continue;
            }
            for inner in self.commands_of(&piece) {
                let mut origins = command.origins.clone();
                origins.extend(&inner.origins);
                let inner = inner.with_origins(origins);
                found.push(inner.clone());
                let dir = match &piece {
                    // A shell script runs where it is called from.
                    Piece::Script(_) => dir,
                    Piece::Target(path, _) | Piece::Package(path, _) => dir_of(path),
                };
                self.run(&inner, dir, depth + 1, seen, found);
            }
        }
    }

    fn file(&mut self, path: &str) -> Option<FileId> {
        if let Some(known) = self.ids.get(path) {
            return *known;
        }
        let path: Arc<str> = path.into();
        let read = self.tree.read(&path).ok().and_then(|bytes| read::text(bytes).ok());
        let id = read.map(|(text, bom)| self.files.add(SourceFile::new(path.clone(), text, bom)));
        self.ids.insert(path, id);
        id
    }

    /// The commands of a piece, each with its place.
    fn commands_of(&mut self, piece: &Piece) -> Vec<Value> {
        let (Piece::Script(path) | Piece::Target(path, _) | Piece::Package(path, _)) = piece;
        let Some(id) = self.file(path) else { return Vec::new() };
        let text = self.files.file(id).text.clone();
        let at = |range: std::ops::Range<usize>, command: &str| {
            let span = Span::new(id, range.start, range.end);
            let origin = Origin::new(Span { end: span.start + 1, ..span }, span, OriginStep::Here);
            Value::string(command).with_origins(Origins::one(origin))
        };
        match piece {
            Piece::Script(_) => vec![at(0..text.len(), &text)],
            Piece::Target(_, target) => {
                let wanted = if target.is_empty() { first_target(&text) } else { Some(target.clone()) };
                let mut targets = wanted.into_iter().collect::<Vec<_>>();
                let mut done = BTreeSet::new();
                let mut out = Vec::new();
                while let Some(target) = targets.pop().filter(|_| out.len() < MAX_PIECES) {
                    if !done.insert(target.clone()) {
                        continue;
                    }
                    let (before, lines) = recipe(&text, &target);
                    targets.extend(before);
                    out.extend(lines.into_iter().map(|range| {
                        let line = text[range.clone()].trim_start_matches(['@', '-', '+']);
                        let origin = Origin::here(Span::new(id, range.start, range.end));
                        Value::string(line).with_origins(Origins::one(origin))
                    }));
                }
                out
            }
            Piece::Package(_, name) => {
                let parsed = syntax::json::parse(id, &text);
                let script = parsed.documents.first().and_then(|d| d.root.get("scripts")?.get(name));
                let found = script.and_then(|node| Some((node.as_text()?, node.span)));
                found
                    .map(|(command, span)| {
                        Value::string(command.clone()).with_origins(Origins::one(Origin::here(span)))
                    })
                    .into_iter()
                    .collect()
            }
        }
    }
}

/// The pieces of files that a script runs.
fn pieces(text: &Text, dir: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    for words in shell_commands(text) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some((&program, arguments)) = words.split_first() else { continue };
        let file = |path: &str| is_plain(path).then(|| join(dir, path))?;
        match name_of(program) {
            "bash" | "sh" | "zsh" | "ksh" | "dash" | "source" | "." => {
                let script = arguments.iter().find(|a| !a.starts_with('-')).and_then(|path| file(path));
                found.extend(script.map(Piece::Script));
            }
            "make" | "gmake" => found.extend(targets(arguments, &["Makefile"], "-C", "-f", dir)),
            "just" => found.extend(targets(arguments, &["justfile"], "-d", "-f", dir)),
            "npm" | "pnpm" | "yarn" | "bun" => {
                let named = arguments.iter().filter(|a| !a.starts_with('-')).collect::<Vec<_>>();
                let script = match named[..] {
                    [&("run" | "run-script"), script, ..] => Some(*script),
                    [script, ..] if name_of(program) != "npm" => Some(*script),
                    [script @ (&"start" | &"test"), ..] => Some(*script),
                    _ => None,
                };
                let package = join(dir, "package.json");
                found.extend(script.zip(package).map(|(script, path)| Piece::Package(path, script.into())));
            }
            _ if program.contains('/') && !program.starts_with('/') => found.extend(file(program).map(Piece::Script)),
            _ => {}
        }
    }
    found
}

/// What a program like `make` is told to make.
fn targets(arguments: &[&str], names: &[&str], in_dir: &str, in_file: &str, dir: &str) -> Vec<Piece> {
    let mut at: EcoString = dir.into();
    let mut path = None;
    let mut targets = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if *argument == in_dir {
            let Some(inner) = rest.next().filter(|d| is_plain(d)).and_then(|d| join(&at, d)) else { return Vec::new() };
            at = inner;
        } else if *argument == in_file {
            path = rest.next().filter(|f| is_plain(f)).copied();
        } else if !argument.starts_with('-') && !argument.contains('=') && is_plain(argument) {
            targets.push(EcoString::from(*argument));
        }
    }
    if targets.is_empty() {
        targets.push(EcoString::new());
    }
    let files: Vec<&str> = path.map_or_else(|| names.to_vec(), |path| vec![path]);
    let paths: Vec<EcoString> = files.iter().filter_map(|file| join(&at, file)).collect();
    let each = |path: &EcoString| targets.iter().map(|t| Piece::Target(path.clone(), t.clone())).collect::<Vec<_>>();
    paths.iter().flat_map(each).collect()
}

/// Whether a word of a script names a file or target as it is: nothing in it is a variable.
fn is_plain(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "./_-+:@".contains(c);
    !word.is_empty() && !word.starts_with('/') && word.chars().all(plain)
}

/// The first target of a Makefile that is not special.
fn first_target(text: &str) -> Option<EcoString> {
    let header = text.lines().find_map(|line| target_header(line).filter(|(names, _)| !names.starts_with('.')))?;
    header.0.split_whitespace().next().map(EcoString::from)
}

/// The targets and the prerequisites of a line that begins a rule.
fn target_header(line: &str) -> Option<(&str, &str)> {
    if line.starts_with([' ', '\t', '#']) {
        return None;
    }
    let (names, rest) = line.split_once(':')?;
    // `X := y` and `X ::= y` are variables.
    let is_parameter = line.trim_end().ends_with(':');
    let is_variable = rest.starts_with('=') || rest.starts_with(":=") || (names.contains('=') && !is_parameter);
    (!is_variable && !names.trim().is_empty()).then_some((names, rest))
}

/// The prerequisites of a target and the places of the commands that make it; a command that goes on in the
/// next line is one.
fn recipe(text: &str, target: &str) -> (Vec<EcoString>, Vec<std::ops::Range<usize>>) {
    let mut before = Vec::new();
    let mut commands: Vec<std::ops::Range<usize>> = Vec::new();
    let mut inside = false;
    let mut continued = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_end();
        let indented = line.starts_with('\t') || line.starts_with("  ");
        if inside && indented && !content.trim().is_empty() {
            let end = start + content.len();
            let first = start + (content.len() - content.trim_start().len());
            match commands.last_mut().filter(|_| continued) {
                Some(last) => last.end = end,
                None => commands.push(first..end),
            }
            continued = content.ends_with('\\');
            continue;
        }
        continued = false;
        if content.trim().is_empty() || content.starts_with('#') {
            continue;
        }
        inside = false;
        if let Some((names, rest)) = target_header(content) {
            // A target of `just` has its parameters behind its name.
            if names.split_whitespace().any(|name| name.trim_start_matches('@') == target) {
                inside = true;
                let (prerequisites, inline) = rest.split_once(';').map_or((rest, None), |(p, c)| (p, Some(c)));
                let words = prerequisites.split('#').next().unwrap_or_default().split_whitespace();
                before.extend(words.filter(|w| is_plain(w)).map(EcoString::from));
                if let Some(inline) = inline {
                    let first = start + content.len() - inline.trim_start().len();
                    commands.push(first..start + content.len());
                }
            }
        }
    }
    (before, commands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::memory::MemoryTree;

    /// What a command comes to, each with the file it stands in.
    fn followed(command: &str, tree: &[(&str, &str)]) -> Vec<String> {
        let tree = MemoryTree::new("t", tree.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())));
        let mut files = SourceMap::default();
        let mut scripts = Scripts { ids: BTreeMap::new(), files: &mut files, tree: &tree };
        let mut found = Vec::new();
        scripts.run(&Value::string(command), "", 0, &mut BTreeSet::new(), &mut found);
        let place = |value: &Value| value.origins.iter().last().map_or(FileId::NONE, |o| o.anchor.file);
        found.iter().map(|v| format!("{}: {}", files.path(place(v)), v.as_str().unwrap_or("?").trim())).collect()
    }

    #[test]
    fn make_runs_its_targets_and_what_they_need() {
        let makefile = "TF := terraform\n.PHONY: deploy plan\nplan:\n\t$(TF) plan -out=plan\n\ndeploy: plan ## ship it\n\t@terraform apply \\\n\t  plan\n\n\t-./notify.sh done\nother:\n\trm -rf x\n";
        let notify = "#!/bin/sh\ncurl https://example.com\n";
        assert_eq!(
            followed("cd x && make deploy ENV=prod", &[("Makefile", makefile), ("notify.sh", notify)]),
            [
                "Makefile: terraform apply \\\n\t  plan",
                "Makefile: ./notify.sh done",
                "notify.sh: #!/bin/sh\ncurl https://example.com",
                "Makefile: $(TF) plan -out=plan",
            ]
        );
        assert_eq!(followed("make", &[("Makefile", makefile)]), ["Makefile: $(TF) plan -out=plan"]);
        assert_eq!(
            followed("make -C infra apply", &[("infra/Makefile", "apply: ; tofu apply\n")]),
            ["infra/Makefile: tofu apply"]
        );
    }

    #[test]
    fn scripts_packages_and_recipes_are_followed() {
        let package = "{\"scripts\": {\"deploy\": \"sls deploy\", \"start\": \"node .\"}}";
        assert_eq!(
            followed("npm run deploy -- --stage prod", &[("package.json", package)]),
            ["package.json: sls deploy"]
        );
        assert_eq!(followed("yarn deploy", &[("package.json", package)]), ["package.json: sls deploy"]);
        assert_eq!(followed("npm install", &[("package.json", package)]), Vec::<String>::new());
        assert_eq!(
            followed("bash -e ci/deploy.sh prod", &[("ci/deploy.sh", "kubectl apply -f x\n")]),
            ["ci/deploy.sh: kubectl apply -f x"]
        );
        let justfile = "deploy env='prod':\n    helm upgrade web ./chart\n";
        assert_eq!(followed("just deploy", &[("justfile", justfile)]), ["justfile: helm upgrade web ./chart"]);
    }

    #[test]
    fn circles_end_and_what_is_not_there_is_left_alone() {
        assert_eq!(followed("./a.sh", &[("a.sh", "./b.sh\n"), ("b.sh", "./a.sh\n")]), ["a.sh: ./b.sh", "b.sh: ./a.sh"]);
        assert_eq!(
            followed(
                "make deploy; ./missing.sh; bash $SCRIPT; ../up.sh; /bin/x.sh",
                &[("Makefile", "deploy: deploy\n\tmake deploy\n")]
            ),
            ["Makefile: make deploy"]
        );
        assert_eq!(followed("make deploy", &[("Makefile", ":\n\t\n==\n\\\n")]), Vec::<String>::new());
    }
}
