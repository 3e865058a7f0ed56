//! From what a fix changes to edits of text, which keep the form and the comments of the file.
//!
//! A fix says what has to change ([`FixStep`]); how a file writes it is known here. What cannot be done without guessing
//! (a value that is computed, a mapping that an alias shares) gives no edits, and the fix stays words.

mod hcl;
mod layout;
mod nodes;
mod render;

use std::collections::HashMap;

use serde_json::Value as Json;

use crate::{
    report::{FixNote, FixPlace, FixStep, Report},
    source::{Edit, FileId, SourceMap},
    syntax::{self, hcl::Body, node::Document},
};

/// Fills in the edits of every fix in a report.
pub fn prepare(report: &mut Report, files: &SourceMap) {
    let mut mender = Mender { files, trees: HashMap::new() };
    for finding in &mut report.findings {
        if let Some(fix) = finding.fix.as_mut().filter(|fix| fix.safety != "manual") {
            mender.fill(fix, &finding.kind);
        }
    }
}

/// What a file is written in, parsed.
enum Text {
    Hcl(Body),
    Nodes(Vec<Document>),
    /// Something that fixes do not change.
    Other,
}

struct Mender<'a> {
    files: &'a SourceMap,
    trees: HashMap<FileId, Text>,
}

impl Mender<'_> {
    fn fill(&mut self, fix: &mut FixNote, kind: &str) {
        let mut edits = Vec::new();
        let mut elsewhere = None;
        let mut steps = fix.steps.as_slice();
        while let Some((step, rest)) = steps.split_first() {
            // What is written into one block is written at once, so that it is aligned.
            let together = match step {
                FixStep::Set { holder, .. } => {
                    let same = |s: &&FixStep| matches!(s, FixStep::Set { holder: other, .. } if other == holder);
                    rest.iter().take_while(same).count()
                }
                _ => 0,
            };
            let Some(done) = self.edits(&steps[..=together], kind) else { return };
            elsewhere = elsewhere.or(done.elsewhere);
            edits.extend(done.edits);
            steps = &rest[together..];
        }
        if edits.iter().any(|e| self.files.is_foreign(e.span.file)) {
            return;
        }
        // To take a line away and to write behind it are not done at once.
        let clash = |(index, edit): (usize, &Edit)| edits[index + 1..].iter().any(|other| edit.conflicts(other));
        if edits.iter().enumerate().any(clash) {
            return;
        }
        if let Some(place) = elsewhere {
            let at = self.files.line_column(place.anchor.file, place.anchor.start);
            let path = self.files.path(place.anchor.file);
            let also = format!("The value is written in {path}:{}, and others may use it too.", at.line);
            fix.reason = [fix.reason.as_str(), &also].join(" ").trim().to_string();
            fix.safety = "unsafe".into();
        }
        fix.edits = edits;
    }

    /// The edits of one step, or of several that set something in one place; nothing if they cannot be done.
    fn edits(&mut self, steps: &[FixStep], kind: &str) -> Option<Done> {
        match steps.first()? {
            FixStep::Replace { places, current, value } => {
                for (index, place) in places.iter().enumerate() {
                    let edit = match self.text(place.anchor.file) {
                        (Text::Hcl(body), _) => hcl::replace(body, *place, current, value),
                        (Text::Nodes(documents), text) => nodes::replace(documents, text, *place, current, value),
                        (Text::Other, _) => None,
                    };
                    if let Some(edit) = edit {
                        let elsewhere = (index > 0).then_some(*place);
                        return Some(Done { edits: vec![edit], elsewhere });
                    }
                }
                None
            }
            FixStep::Append { places, values } => places.iter().enumerate().find_map(|(index, place)| {
                let edits = match self.text(place.anchor.file) {
                    (Text::Hcl(body), text) => hcl::append(body, text, *place, values),
                    (Text::Nodes(documents), text) => nodes::append(documents, text, *place, values),
                    (Text::Other, _) => None,
                };
                edits.map(|edits| Done { edits, elsewhere: (index > 0).then_some(*place) })
            }),
            FixStep::Set { holder, .. } => {
                let values: Vec<(&[String], &Json)> = steps.iter().filter_map(set_value).collect();
                Self::here(match self.text(holder.anchor.file) {
                    (Text::Hcl(body), text) => hcl::set(body, text, *holder, kind, &values),
                    (Text::Nodes(documents), text) => {
                        let each = values.iter().map(|(path, value)| nodes::set(documents, text, *holder, path, value));
                        each.collect::<Option<Vec<_>>>().map(|all| all.concat())
                    }
                    (Text::Other, _) => None,
                })
            }
            FixStep::Remove { holder, name } => Self::here(match self.text(holder.anchor.file) {
                (Text::Hcl(body), text) => hcl::remove(body, text, *holder, name),
                (Text::Nodes(documents), text) => nodes::remove(documents, text, *holder, name),
                (Text::Other, _) => None,
            }),
            FixStep::Insert { holder, code } => Self::here(match self.text(holder.anchor.file) {
                (Text::Hcl(body), text) => hcl::insert(body, text, *holder, kind, code),
                (Text::Nodes(documents), text) => nodes::insert(documents, text, *holder, code),
                (Text::Other, _) => None,
            }),
            FixStep::InsertAfter { block, code } => Self::here(match self.text(block.anchor.file) {
                (Text::Hcl(body), text) => hcl::insert_after(body, text, *block, code),
                (Text::Nodes(_) | Text::Other, _) => None,
            }),
        }
    }

    fn here(edits: Option<Vec<Edit>>) -> Option<Done> {
        edits.map(|edits| Done { edits, elsewhere: None })
    }

    fn text(&mut self, file: FileId) -> (&Text, &str) {
        if file.0 as usize >= self.files.len() {
            return (&Text::Other, "");
        }
        let source = self.files.file(file);
        let tree = self.trees.entry(file).or_insert_with(|| parse(file, &source.path, &source.text));
        (tree, &source.text)
    }
}

/// The path and the value of a step that sets something.
fn set_value(step: &FixStep) -> Option<(&[String], &Json)> {
    match step {
        FixStep::Set { path, value, .. } => Some((path, value)),
        _ => None,
    }
}

/// What one step comes to.
struct Done {
    edits: Vec<Edit>,
    /// Where the value is written, if that is not where it is used.
    elsewhere: Option<FixPlace>,
}

fn parse(file: FileId, path: &str, text: &str) -> Text {
    match path.rsplit('.').next().unwrap_or_default() {
        "tf" | "tofu" | "hcl" | "tfvars" => Text::Hcl(syntax::hcl::parse(file, text).body),
        "yaml" | "yml" => Text::Nodes(syntax::yaml::parse(file, text).documents),
        "json" => Text::Nodes(syntax::json::parse(file, text).documents),
        _ => Text::Other,
    }
}
