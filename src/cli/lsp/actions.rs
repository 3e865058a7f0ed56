//! What an editor offers at a finding: its fix, a waiver, and all safe fixes of a file.

use std::{collections::BTreeMap, path::Path};

use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, Range, TextEdit, WorkspaceEdit};

use super::{
    check::Checked,
    view::{self, Names},
};
use crate::{
    check::waive,
    report::{FixNote, Verdict},
    source::{Edit, FileId, SourceMap},
};

/// All safe fixes of a file at once, as editors ask for on saving.
pub(super) fn fix_all() -> CodeActionKind {
    CodeActionKind::from("source.fixAll.trustlint".to_string())
}

/// What is offered for a place in a file.
pub(super) fn offered(
    checked: &Checked,
    names: &Names<'_>,
    file: &Path,
    params: &CodeActionParams,
) -> Vec<CodeActionOrCommand> {
    let wanted = |kind: &CodeActionKind| {
        params.context.only.as_ref().is_none_or(|only| {
            // `source` stands for `source.fixAll` as well.
            only.iter()
                .any(|o| o == kind || o.as_str().is_empty() || kind.as_str().starts_with(&format!("{}.", o.as_str())))
        })
    };
    let mut actions = Vec::new();
    if wanted(&CodeActionKind::QUICKFIX) {
        quick_fixes(checked, names, file, params.range, &mut actions);
    }
    if wanted(&fix_all()) {
        actions.extend(all(checked, names, file));
    }
    actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

fn quick_fixes(checked: &Checked, names: &Names<'_>, file: &Path, asked: Range, actions: &mut Vec<CodeAction>) {
    let (report, files) = (&checked.report, &checked.files);
    let mut waivers = Vec::new();
    for finding in &report.findings {
        let Some(span) = view::place_of(files, finding) else { continue };
        if names.path(files.path(span.file)) != file || !on_lines(view::range(files, span), asked) {
            continue;
        }
        let diagnostics = view::diagnostic(checked, finding, names).map(|d| vec![d]);
        if let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.edits.is_empty()) {
            let is_safe = fix.safety == "safe";
            actions.push(CodeAction {
                title: title(fix),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: diagnostics.clone(),
                edit: workspace_edit(files, names, &fix.edits),
                is_preferred: is_safe.then_some(true),
                ..CodeAction::default()
            });
        }
        let rule = &report.rule_of(finding).id;
        if finding.verdict == Verdict::Fail
            && let Some(edit) = waive::comment_for(finding, rule, files, &checked.waiving)
        {
            waivers.push(CodeAction {
                title: format!("Waive {rule} here; the reason is yours to write"),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics,
                edit: workspace_edit(files, names, &[edit]),
                ..CodeAction::default()
            });
        }
    }
    // To mend comes before to excuse.
    actions.append(&mut waivers);
}

fn title(fix: &FixNote) -> String {
    let mut title = fix.summary.replace('`', "");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if fix.safety != "safe" {
        title.push_str(" (has effects: ");
        title.push_str(fix.reason.split(". ").next().unwrap_or_default().trim_end_matches('.'));
        title.push(')');
    }
    title
}

/// All safe fixes that change nothing but this file, as far as they do not get in each other's way.
fn all(checked: &Checked, names: &Names<'_>, file: &Path) -> Option<CodeAction> {
    let files = &checked.files;
    let here = |edit: &Edit| names.path(files.path(edit.span.file)) == file;
    let mut edits: Vec<Edit> = Vec::new();
    let mut fixed = 0;
    for fix in checked.report.findings.iter().filter_map(|f| f.fix.as_ref()) {
        let fits = fix.safety == "safe" && !fix.edits.is_empty() && fix.edits.iter().all(here);
        // Two findings may ask for the same; two that add to one place are done one after the other.
        let clash = |e: &Edit| edits.iter().any(|known| known.conflicts(e) || known.span == e.span);
        if fits && !fix.edits.iter().any(clash) {
            edits.extend(fix.edits.iter().cloned());
            fixed += 1;
        }
    }
    (fixed > 0).then(|| CodeAction {
        title: "Mend all that needs no second look".into(),
        kind: Some(fix_all()),
        edit: workspace_edit(files, names, &edits),
        ..CodeAction::default()
    })
}

fn workspace_edit(files: &SourceMap, names: &Names<'_>, edits: &[Edit]) -> Option<WorkspaceEdit> {
    let mut by_file: BTreeMap<_, Vec<TextEdit>> = BTreeMap::new();
    for edit in edits {
        let text = TextEdit { range: view::range(files, edit.span), new_text: edit.text.clone() };
        by_file.entry(edit.span.file.0).or_default().push(text);
    }
    let named = by_file.into_iter().map(|(file, mut edits)| {
        // What is written at one place keeps its order; what takes something out there comes behind it.
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let path = names.path(files.path(FileId(file)));
        Some((names.uri(&path)?, edits))
    });
    Some(WorkspaceEdit { changes: Some(named.collect::<Option<_>>()?), ..WorkspaceEdit::default() })
}

/// Whether the lines of two ranges overlap: who stands anywhere on a line may mend what is found there.
fn on_lines(found: Range, asked: Range) -> bool {
    found.start.line <= asked.end.line && asked.start.line <= found.end.line
}

/// Whether two ranges have a place in common; the end of one may be the start of the other, as a cursor is.
pub(super) fn touches(a: Range, b: Range) -> bool {
    a.start <= b.end && b.start <= a.end
}
