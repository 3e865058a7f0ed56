//! Lines and indentation of a text.

/// How far one block is indented in another, unless the text shows something else.
pub(super) const STEP: &str = "  ";

/// How the text ends its lines.
pub(super) fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Where the line begins that a byte is in.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the line ends that a byte is in, in front of what ends it.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    if text[..end].ends_with('\r') && end > at { end - 1 } else { end }
}

/// Where the next line begins.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// The blanks that the line of a byte begins with.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// As many blanks as stand in front of a byte in its line: what is there counts as blank.
pub(super) fn column(text: &str, at: usize) -> String {
    let before = &text[line_start(text, at)..at];
    before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect()
}

/// Whether nothing but blanks stands in front of a byte in its line.
pub(super) fn begins_line(text: &str, at: usize) -> bool {
    text[line_start(text, at)..at].trim().is_empty()
}

/// Code with an indentation instead of its own.
pub(super) fn indented(code: &str, indent: &str, newline: &str) -> String {
    let lines: Vec<&str> = code.trim_matches(['\n', '\r']).lines().map(str::trim_end).collect();
    let own = lines.iter().filter(|l| !l.is_empty()).map(|l| l.len() - l.trim_start().len()).min().unwrap_or(0);
    let lines = lines.iter().map(|l| if l.is_empty() { String::new() } else { format!("{indent}{}", &l[own..]) });
    lines.collect::<Vec<_>>().join(newline)
}
