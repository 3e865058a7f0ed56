//! Prose cut to fit.

/// Words with one blank between them.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// On one line and with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut out = one_line(text);
    if !out.is_empty() && !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// The first sentence of a text. A stop ends one only before a capital letter or code, so that
/// abbreviations and file names do not.
pub(super) fn first_sentence(text: &str) -> String {
    let text = one_line(text.split("\n\n").map(str::trim).find(|p| !p.is_empty()).unwrap_or(""));
    let end = text.match_indices(['.', '!', '?']).map(|(i, _)| i + 1).find(|i| {
        let mut rest = text[*i..].chars();
        rest.next() == Some(' ') && rest.next().is_some_and(|c| c.is_uppercase() || c == '`')
    });
    sentence(&text[..end.unwrap_or(text.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_is_not_cut_at_an_abbreviation() {
        assert_eq!(first_sentence("Set `a.b = 1`, e.g. in main.tf. Then apply."), "Set `a.b = 1`, e.g. in main.tf.");
        assert_eq!(first_sentence("Do it\n\nLater"), "Do it.");
        assert_eq!(first_sentence(""), "");
    }
}
