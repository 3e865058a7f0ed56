//! What a comment says that begins with `trustlint:`.
//!
//! ```text
//! # trustlint: ignore[aws-s3-bucket-not-public] a public web site, until=2027-01-31, owner=@web
//! ```
//!
//! A comment that is meant as a waiver and is none must not be passed over: whoever wrote it believes that it holds.

use std::ops::Range;

use ecow::EcoString;
use jiff::civil::Date;

/// The word that makes a comment one for trustlint.
pub(super) const MARK: &str = "trustlint:";

/// What a comment says; places are bytes of the comment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) rules: Vec<(EcoString, Range<usize>)>,
    pub(super) reason: Option<(EcoString, Range<usize>)>,
    pub(super) until: Option<(Date, Range<usize>)>,
    pub(super) owner: Option<(EcoString, Range<usize>)>,
    /// Whether it is for the whole file.
    pub(super) file: bool,
    /// Why it says nothing, one sentence without a full stop.
    pub(super) mistake: Option<String>,
}

/// Reads a comment with its sign; none if it is not for trustlint.
pub(super) fn read(comment: &str) -> Option<Said> {
    let start = comment.len() - comment.trim_start_matches(['#', '/', '*', ' ', '\t']).len();
    let rest = comment[start..].strip_prefix(MARK)?;
    let mut at = start + MARK.len();
    let end = comment.trim_end().strip_suffix("*/").map_or(comment.trim_end().len(), str::len);
    let mut said = Said::default();
    at += rest.len() - rest.trim_start().len();
    let text = comment.get(at..end.max(at)).unwrap_or_default();
    let word = text.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap_or(text.len());
    match &text[..word] {
        "ignore" => {}
        "ignore-file" => said.file = true,
        "" => return Some(wrong(said, "after `trustlint:` comes `ignore[rule-id]`".into())),
        other => {
            let near = if other.contains("file") { "ignore-file" } else { "ignore" };
            return Some(wrong(said, format!("there is no `{other}`; did you mean `{near}[rule-id]`?")));
        }
    }
    let Some((rules, behind)) = text[word..].strip_prefix('[').and_then(|t| t.split_once(']')) else {
        let shown = &text[..word];
        return Some(wrong(said, format!("the rules stand in brackets behind `{shown}`: `{shown}[rule-id] reason`")));
    };
    at += word + 1;
    for id in pieces(rules, at) {
        match id.0 {
            "" => said.mistake = Some("the brackets name no rule".into()),
            id_text => said.rules.push((id_text.into(), id.1)),
        }
    }
    at += rules.len() + 1;
    settings(&mut said, behind, at);
    Some(said)
}

fn wrong(said: Said, why: String) -> Said {
    Said { mistake: Some(why), ..said }
}

/// The reason, and the settings that stand behind it.
fn settings(said: &mut Said, text: &str, at: usize) {
    let all: Vec<(&str, Range<usize>)> = pieces(text, at).collect();
    let is_setting = |piece: &&(&str, Range<usize>)| {
        piece.0.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.trim().chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-'))
        })
    };
    let first = all.len() - all.iter().rev().take_while(is_setting).count();
    let (reason, settings) = all.split_at(first);
    if let (Some(from), Some(to)) = (reason.first(), reason.last()) {
        let range = from.1.start..to.1.end;
        let written = &text[range.start - at..range.end - at];
        let shown = written.trim_start_matches([':', '-', ' ', '\t']).trim();
        if !shown.is_empty() {
            let start = range.start + written.len() - written.trim_start_matches([':', '-', ' ', '\t']).len();
            said.reason = Some((shown.into(), start..start + shown.len()));
        }
    }
    for (setting, range) in settings {
        let Some((name, value)) = setting.split_once('=') else { continue };
        let (name, value) = (name.trim(), value.trim().trim_matches('"'));
        match name {
            "until" => match date(value) {
                Some(date) => said.until = Some((date, range.clone())),
                None => said.mistake = Some(format!("`{value}` is no date; write `until=2027-01-31`")),
            },
            "owner" if value.is_empty() => said.mistake = Some("`owner=` names nobody".into()),
            "owner" => said.owner = Some((value.into(), range.clone())),
            other => {
                said.mistake = Some(format!("there is no `{other}=`; a waiver has `until=` and `owner=`"));
            }
        }
    }
}

/// A date as `2027-01-31`, and no other way.
pub(super) fn date(text: &str) -> Option<Date> {
    if text.len() == "2027-01-31".len() { text.parse().ok() } else { None }
}

/// The parts between commas without the blanks around them, and where they stand.
fn pieces(text: &str, at: usize) -> impl Iterator<Item = (&str, Range<usize>)> {
    text.split(',').scan(at, |at, piece| {
        let start = *at + piece.len() - piece.trim_start().len();
        *at += piece.len() + 1;
        let piece = piece.trim();
        Some((piece, start..start + piece.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(comment: &str) -> (Vec<String>, Option<String>, Option<String>, Option<String>) {
        let said = read(comment).unwrap();
        assert_eq!(said.mistake, None, "{comment}");
        for (text, range) in said.rules.iter().chain(&said.reason) {
            assert_eq!(&comment[range.clone()], text.as_str());
        }
        (
            said.rules.iter().map(|(r, _)| r.to_string()).collect(),
            said.reason.map(|(r, _)| r.to_string()),
            said.until.map(|(d, _)| d.to_string()),
            said.owner.map(|(o, _)| o.to_string()),
        )
    }

    fn mistake(comment: &str) -> String {
        read(comment).unwrap().mistake.unwrap_or_default()
    }

    #[test]
    fn a_comment_names_rules_a_reason_a_day_and_an_owner() {
        let whole = "# trustlint: ignore[a-b, c] a site, for all, until=2027-01-31, owner=@web";
        let expected = (
            vec!["a-b".to_string(), "c".into()],
            Some("a site, for all".into()),
            Some("2027-01-31".into()),
            Some("@web".into()),
        );
        assert_eq!(parts(whole), expected);
        assert_eq!(parts("//trustlint:ignore[a] why").1.as_deref(), Some("why"));
        assert_eq!(parts("/* trustlint: ignore[a] why, owner=x */").3.as_deref(), Some("x"));
        assert_eq!(parts("## trustlint: ignore[a]: - why").1.as_deref(), Some("why"));
        assert_eq!(parts("# trustlint: ignore[a] until=2027-01-31").1, None);
        // An equals sign in the reason is part of it.
        assert_eq!(parts("# trustlint: ignore[a] x = 1 is wanted, Y=2").1.as_deref(), Some("x = 1 is wanted, Y=2"));
        assert!(read("# trustlint: ignore-file[a] why").unwrap().file);
        assert_eq!(read("# see trustlint: ignore[a]"), None);
        assert_eq!(read("# checkov:skip=CKV_1"), None);
    }

    #[test]
    fn what_is_meant_as_a_waiver_and_is_none_says_why() {
        assert_eq!(mistake("# trustlint: ignroe[a] x"), "there is no `ignroe`; did you mean `ignore[rule-id]`?");
        assert_eq!(mistake("# trustlint:"), "after `trustlint:` comes `ignore[rule-id]`");
        assert_eq!(
            mistake("# trustlint: ignore a because"),
            "the rules stand in brackets behind `ignore`: `ignore[rule-id] reason`"
        );
        assert_eq!(mistake("# trustlint: ignore[] why"), "the brackets name no rule");
        assert_eq!(
            mistake("# trustlint: ignore[a] w, until=31.1.2027"),
            "`31.1.2027` is no date; write `until=2027-01-31`"
        );
        assert_eq!(
            mistake("# trustlint: ignore[a] w, until=2027-02-30"),
            "`2027-02-30` is no date; write `until=2027-01-31`"
        );
        assert_eq!(
            mistake("# trustlint: ignore[a] w, expires=2027-01-31"),
            "there is no `expires=`; a waiver has `until=` and `owner=`"
        );
        assert_eq!(
            mistake("# trustlint: ignore[a"),
            "the rules stand in brackets behind `ignore`: `ignore[rule-id] reason`"
        );
    }
}
