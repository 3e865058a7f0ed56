//! Where a comment that waives a finding is written.

use super::{Scope, Waiving, apply::covers, comment::MARK, place::Commented};
use crate::{
    report::Finding,
    source::{Edit, SourceFile, SourceMap, Span},
};

/// So many lines above a finding are tried. Above the text of a script, say, which no comment can stand in, is its key.
const MOST_LINES: usize = 60;

/// The edit that writes a waiver for a finding, without a reason: until one is written, it waives nothing, and the report
/// says so. None where no comment can stand, or where none may waive it.
pub fn comment_for(finding: &Finding, rule: &str, files: &SourceMap, waiving: &Waiving) -> Option<Edit> {
    let span = finding.labels.primary.span;
    let is_known = (span.file.0 as usize) < files.len();
    let banned = waiving.no_comments
        || waiving.banned_severities.contains(&finding.severity)
        || waiving.banned_rules.iter().any(|id| id == rule);
    if banned || !is_known || files.is_foreign(span.file) {
        return None;
    }
    let sign = sign_of(files.path(span.file))?;
    let file = files.file(span.file);
    let starts = file.line_starts();
    let own = starts.partition_point(|start| *start <= span.start).checked_sub(1)?;
    let ending = if file.text.contains("\r\n") { "\r\n" } else { "\n" };
    (0..=own).rev().take(MOST_LINES).find_map(|line| {
        let at = *starts.get(line)? as usize;
        let indent: String = file.text[at..].chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
        let text = format!("{indent}{sign} {MARK} ignore[{rule}] {ending}");
        let edit = Edit::insert(span.file, at, text);
        covers_it(file, &edit, indent.len(), finding, files).then_some(edit)
    })
}

/// How a comment begins in a file; none where none can stand.
fn sign_of(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let with_hash = [".tf", ".tofu", ".tfvars", ".hcl", ".yaml", ".yml"];
    if with_hash.iter().any(|ending| name.ends_with(ending)) || name == "codeowners" {
        Some("#")
    } else {
        name.contains("jenkinsfile").then_some("//")
    }
}

/// Whether the comment is one in the text that comes of it, and is for the finding.
fn covers_it(file: &SourceFile, edit: &Edit, indent: usize, finding: &Finding, files: &SourceMap) -> bool {
    let (id, at) = (edit.span.file, edit.span.start as usize);
    let text = format!("{}{}{}", &file.text[..at], edit.text, &file.text[at..]);
    let written = SourceFile::new(file.path.clone(), text, false);
    let commented = Commented::new(id, &written);
    let Some(comment) = commented.comments.iter().find(|c| c.span.start as usize == at + indent) else { return false };
    let Ok(mut covered) = commented.covered(comment.span) else { return false };
    // As the places of the finding are those of the text before.
    let before = |place: u32| (place as usize).saturating_sub(edit.text.len());
    covered.span = Span::new(id, before(covered.span.start), before(covered.span.end));
    covers(&Scope::Place(covered), finding, files)
}
