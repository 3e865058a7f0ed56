//! Changes to the text of a Terraform module, by the spans of what was parsed.

use std::{collections::BTreeMap, sync::Arc};

use trustlint::{
    rule::walk::walk,
    source::{FileId, Span},
    syntax::hcl::{self, Block, Body, Expr, ExprKind, Item, Step},
};

use crate::subjects::Subject;

/// Something to write in the place of a piece of text.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The path of the file.
    pub path: String,
    /// From which byte.
    pub start: usize,
    /// To which byte.
    pub end: usize,
    /// What to write.
    pub text: String,
}

/// Edits that belong together.
#[derive(Clone, Debug)]
pub struct Change {
    /// What it is about, for people.
    pub what: String,
    /// What it is about, for the law.
    pub subject: String,
    /// In no order; they do not overlap.
    pub edits: Vec<Edit>,
    /// Files to add.
    pub added: Vec<(String, String)>,
}

/// The parsed Terraform files of a subject.
pub fn parsed(subject: &Subject) -> Vec<(String, String, Body)> {
    subject.texts().map(|(path, text)| (path.to_string(), text.to_string(), hcl::parse(FileId(0), text).body)).collect()
}

/// A subject with these changes. Edits at one place are written in the order in which they are given.
pub fn apply(subject: &Subject, changes: &[&Change]) -> Subject {
    let mut files = subject.files.clone();
    let mut by_path: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for edit in changes.iter().flat_map(|c| &c.edits) {
        by_path.entry(&edit.path).or_default().push(edit);
    }
    for (path, mut edits) in by_path {
        let Some(bytes) = files.get(path) else { continue };
        edits.sort_by_key(|e| (e.start, e.end));
        let (mut out, mut done) = (Vec::new(), 0);
        for edit in edits {
            assert!(edit.start >= done, "edits of {path} overlap: {edit:?}");
            out.extend_from_slice(&bytes[done..edit.start]);
            out.extend_from_slice(edit.text.as_bytes());
            done = edit.end;
        }
        out.extend_from_slice(&bytes[done..]);
        files.insert(path.to_string(), out);
    }
    for (path, text) in changes.iter().flat_map(|c| &c.added) {
        files.insert(path.clone(), text.clone().into_bytes());
    }
    Subject { files, ..subject.clone() }
}

fn dir_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn line(text: &str, at: u32) -> usize {
    text[..at as usize].matches('\n').count() + 1
}

fn insert(path: &str, at: u32, text: impl Into<String>) -> Edit {
    Edit { path: path.into(), start: at as usize, end: at as usize, text: text.into() }
}

fn replace(path: &str, span: Span, text: impl Into<String>) -> Edit {
    Edit { path: path.into(), start: span.start as usize, end: span.end as usize, text: text.into() }
}

/// Every expression of a body, with the names of the blocks around it.
fn expressions<'a>(body: &'a Body, around: &mut Vec<&'a str>, visit: &mut dyn FnMut(&'a Expr, &[&str])) {
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => {
                around.push(&attribute.name.text);
                walk(&attribute.expr, &mut |e, _| visit(e, around));
                around.pop();
            }
            Item::Block(block) => {
                around.push(&block.kind.text);
                expressions(&block.body, around, visit);
                around.pop();
            }
        }
    }
}

/// Where `module.NAME` stands in the module of a directory: the end of the name, and whether an index follows.
fn references(files: &[(String, String, Body)], dir: &str, name: &str) -> Vec<(String, u32, bool)> {
    let mut out = Vec::new();
    for (path, _, body) in files.iter().filter(|(path, ..)| dir_of(path) == dir) {
        expressions(body, &mut Vec::new(), &mut |expr, around| {
            let ExprKind::Traversal(base, steps) = &expr.kind else { return };
            let (ExprKind::Variable(root), Some(Step::Attribute(first))) = (&base.kind, steps.first()) else { return };
            let meta = ["moved", "removed", "import"].contains(&around[0]) || around.contains(&"depends_on");
            if root == "module" && first.text == name && !meta {
                let indexed = matches!(steps.get(1), Some(s) if !matches!(s, Step::Attribute(_)));
                out.push((path.clone(), first.span.end, indexed));
            }
        });
    }
    out
}

fn opening(text: &str, block: &Block) -> Option<u32> {
    let from = block.header.end;
    Some(from + u32::try_from(text.get(from as usize..)?.find('{')?).ok()? + 1)
}

/// Each call of a module that is made once, made with `repeat`, whose instance has the key `key`.
pub fn wrap_calls(files: &[(String, String, Body)], repeat: &str, key: &str) -> Vec<Change> {
    let mut out = Vec::new();
    for (path, text, body) in files {
        for block in body.blocks_of("module") {
            let Some(name) = block.labels.first() else { continue };
            let references = references(files, dir_of(path), &name.text);
            let repeated = block.body.attributes().any(|a| a.name.text == "count" || a.name.text == "for_each");
            let Some(open) = opening(text, block) else { continue };
            if repeated || references.iter().any(|(.., indexed)| *indexed) {
                continue;
            }
            let mut edits = vec![insert(path, open, format!("\n{repeat}\n")), insert(path, block.span.end - 1, "\n")];
            edits.extend(references.iter().map(|(path, at, _)| insert(path, *at, key)));
            out.push(Change {
                what: format!("{path}:{} module \"{}\" with {repeat}", line(text, block.span.start), name.text),
                subject: name.text.to_string(),
                edits,
                added: Vec::new(),
            });
        }
    }
    out
}

/// Each call of a module to which nothing refers, taken away.
pub fn remove_calls(files: &[(String, String, Body)]) -> Vec<Change> {
    let mut out = Vec::new();
    for (path, text, body) in files {
        for block in body.blocks_of("module") {
            let Some(name) = block.labels.first() else { continue };
            let named = |text: &String| text.matches(&format!("module.{}", name.text)).count();
            if files.iter().any(|(_, text, _)| named(text) > 0) {
                continue;
            }
            out.push(Change {
                what: format!("{path}:{} without module \"{}\"", line(text, block.span.start), name.text),
                subject: name.text.to_string(),
                edits: vec![replace(path, block.span, "")],
                added: Vec::new(),
            });
        }
    }
    out
}

/// Blocks that Terraform wants to be written out.
const NEVER_DYNAMIC: [&str; 6] = ["lifecycle", "provisioner", "connection", "dynamic", "timeouts", "content"];

/// Each nested block of resources and data sources, written as a dynamic one.
pub fn make_dynamic(files: &[(String, String, Body)]) -> Vec<Change> {
    fn nested(path: &str, text: &str, body: &Body, out: &mut Vec<Change>) {
        for block in body.blocks() {
            let kind = block.kind.text.as_str();
            if kind == "dynamic" {
                block.body.blocks_of("content").for_each(|content| nested(path, text, &content.body, out));
                continue;
            }
            if NEVER_DYNAMIC.contains(&kind) {
                continue;
            }
            nested(path, text, &block.body, out);
            if !block.labels.is_empty() {
                continue;
            }
            // A name of its own, lest it hide one that the block uses.
            let head = format!("dynamic \"{kind}\" {{\nfor_each = [1]\niterator = trustlint_law\ncontent");
            out.push(Change {
                what: format!("{path}:{} {kind} made dynamic", line(text, block.span.start)),
                subject: kind.to_string(),
                edits: vec![replace(path, block.header, head), insert(path, block.span.end, "\n}")],
                added: Vec::new(),
            });
        }
    }
    let mut out = Vec::new();
    for (path, text, body) in files {
        for block in body.blocks().filter(|b| b.kind.text == "resource" || b.kind.text == "data") {
            nested(path, text, &block.body, &mut out);
        }
    }
    out
}

/// The top-level blocks of a file, each with the comments above it, and what follows the last.
fn chunks<'a>(text: &'a str, body: &Body) -> Option<(Vec<&'a str>, &'a str)> {
    let mut blocks: Vec<&str> = Vec::new();
    let mut from = 0;
    if body.attributes().next().is_some() {
        return None;
    }
    for block in body.blocks() {
        // To the end of the line, for the sake of a comment behind the brace.
        let end = block.span.end as usize;
        let end = text[end..].find('\n').map_or(text.len(), |n| end + n + 1);
        blocks.push(text.get(from..end)?);
        from = end;
    }
    (blocks.len() > 1).then_some((blocks, text.get(from..)?))
}

fn is_override(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "override.tf" || name.ends_with("_override.tf")
}

/// Each file, its blocks in the order that `order` makes of a number of them.
pub fn reorder(files: &[(String, String, Body)], order: &mut dyn FnMut(usize) -> Vec<usize>) -> Vec<Change> {
    let mut out = Vec::new();
    for (path, text, body) in files.iter().filter(|(path, ..)| !is_override(path)) {
        let text_without_mark = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text_without_mark.len() != text.len() {
            continue;
        }
        let Some((blocks, rest)) = chunks(text, body) else { continue };
        let order = order(blocks.len());
        let mut new: Vec<&str> = order.iter().map(|i| blocks[*i]).collect();
        new.push(rest);
        out.push(Change {
            what: format!("{path} in the order {order:?}"),
            subject: path.clone(),
            edits: vec![Edit { path: path.clone(), start: 0, end: text.len(), text: new.join("\n") }],
            added: Vec::new(),
        });
    }
    out
}

/// Each file in two, at the block that `at` chooses of a number of them.
pub fn split(files: &[(String, String, Body)], at: &mut dyn FnMut(usize) -> usize) -> Vec<Change> {
    let mut out = Vec::new();
    for (number, (path, text, body)) in files.iter().enumerate().filter(|(_, (path, ..))| !is_override(path)) {
        let Some((blocks, _)) = chunks(text, body) else { continue };
        let at = 1 + at(blocks.len() - 1);
        let (dir, kept) = (dir_of(path), blocks[..at].iter().map(|b| b.len()).sum());
        let other = format!("{dir}{}trustlint_law_{number}.tf", if dir.is_empty() { "" } else { "/" });
        out.push(Change {
            what: format!("{path} in two at block {at}"),
            subject: path.clone(),
            edits: vec![Edit { path: path.clone(), start: kept, end: text.len(), text: String::new() }],
            added: vec![(other, text[kept..].to_string())],
        });
    }
    out
}

/// A local value and a variable that nothing uses, in each file.
pub fn add_unused(files: &[(String, String, Body)]) -> Vec<Change> {
    let add = |(number, (path, text, _)): (usize, &(String, String, Body))| Change {
        what: format!("{path} with a local and a variable more"),
        subject: path.clone(),
        edits: vec![insert(
            path,
            u32::try_from(text.len()).unwrap_or(u32::MAX),
            format!(
                "\nlocals {{\n  trustlint_law_{number} = 1\n}}\nvariable \"trustlint_law_v{number}\" {{\n  default = 1\n}}\n"
            ),
        )],
        added: Vec::new(),
    };
    files.iter().enumerate().filter(|(_, (path, ..))| !is_override(path)).map(add).collect()
}

/// Where Terraform wants literals, and what runs only when something is applied.
const NEVER_UNKNOWN: [&str; 6] = ["lifecycle", "provisioner", "connection", "depends_on", "provider", "iterator"];

/// Each literal in what is evaluated, written as a variable that has no value.
pub fn forget_literals(files: &[(String, String, Body)]) -> Vec<Change> {
    let mut out = Vec::new();
    for (path, text, body) in files {
        let added = if dir_of(path).is_empty() {
            "trustlint_law.tf".to_string()
        } else {
            format!("{}/trustlint_law.tf", dir_of(path))
        };
        let evaluated = |block: &&Arc<Block>| ["resource", "data", "locals", "module"].contains(&&*block.kind.text);
        for block in body.blocks().filter(evaluated) {
            // A key would need parentheses.
            let mut keys: Vec<Span> = Vec::new();
            expressions(&block.body, &mut Vec::new(), &mut |expr, around| {
                if let ExprKind::Object(items) = &expr.kind {
                    keys.extend(items.iter().map(|(key, _)| key.span()));
                }
                let literal = match &expr.kind {
                    ExprKind::Bool(_) | ExprKind::Number(_) => true,
                    // A heredoc ends with its line, which a reference would not.
                    ExprKind::String(_) => text.get(expr.span.range()).is_some_and(|t| t.starts_with('"')),
                    _ => false,
                };
                let written_out = around.iter().any(|name| NEVER_UNKNOWN.contains(name))
                    || (block.kind.text == "module" && ["source", "version"].contains(&around[0]));
                if literal && !keys.contains(&expr.span) && !written_out {
                    out.push(Change {
                        what: format!(
                            "{path}:{} {} in {} unknown",
                            line(text, expr.span.start),
                            &text[expr.span.range()],
                            around.join(".")
                        ),
                        subject: format!("{path}:{}", block.span.start),
                        edits: vec![replace(path, expr.span, "var.trustlint_law_unknown")],
                        added: vec![(added.clone(), "variable \"trustlint_law_unknown\" {}\n".into())],
                    });
                }
            });
        }
    }
    out
}
