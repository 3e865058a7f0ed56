//! A scan of HCL text that knows strings, heredocs and comments, and nothing else.
//!
//! It finds the comments (the parser's own record of them loses some) and, in a file that does not
//! parse, where each top-level item begins, so that the others can be read.

use std::{collections::HashSet, ops::Range};

use crate::{
    source::{FileId, Span},
    syntax::node::Comment,
};

/// What the scan met.
enum Piece {
    Comment(Range<usize>),
    /// A heredoc, up to the newline of its last line.
    Heredoc(Range<usize>),
    /// The first byte of something else on its line, outside brackets.
    Start(usize),
}

/// The comments of a file, in order.
pub fn comments(file: FileId, text: &str) -> Vec<Comment> {
    // Most files have none; looking for the signs is faster than scanning.
    if !text.contains('#') && !text.contains("//") && !text.contains("/*") {
        return Vec::new();
    }
    let mut comments = Vec::new();
    walk(text, &mut |piece| {
        if let Piece::Comment(range) = piece {
            comments.push(Comment { span: Span::new(file, range.start, range.end) });
        }
    });
    comments
}

/// The ranges of the top-level items of a file: each begins at a line's first word outside all
/// brackets and goes on to the next. A bracket that is never closed is given up at the next line
/// that begins with a block's keyword in the first column.
pub fn items(text: &str) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    walk(text, &mut |piece| {
        if let Piece::Start(at) = piece {
            starts.push(at);
        }
    });
    for (at, line) in lines(text) {
        let keyword = ["resource ", "data ", "module ", "variable ", "output ", "locals ", "provider ", "terraform "];
        if keyword.iter().any(|k| line.starts_with(k)) && line.trim_end().ends_with('{') && !starts.contains(&at) {
            starts.push(at);
        }
    }
    starts.sort_unstable();
    starts.dedup();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| start..end).collect()
}

/// The text with the newlines and the comments that stand directly in a `{ for }` as spaces, which
/// is what they mean there; `None` if there are none. It is as long as before, byte for byte.
pub fn join_for_lines(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut joined = bytes.to_vec();
    let mut brackets = Vec::new();
    let mut after_heredoc = false;
    let mut i = 0;
    while i < bytes.len() {
        let in_for = brackets.last() == Some(&true);
        let start = i;
        let mut blank = false;
        match bytes[i] {
            b'#' => (i, blank) = (line_end(bytes, i), in_for),
            b'/' if bytes.get(i + 1) == Some(&b'/') => (i, blank) = (line_end(bytes, i), in_for),
            b'/' if bytes.get(i + 1) == Some(&b'*') => {
                i = text[i + 2..].find("*/").map_or(bytes.len(), |n| i + 2 + n + 2);
                blank = in_for;
            }
            b'"' => i = skip_string(bytes, i + 1).min(bytes.len()),
            b'<' if bytes.get(i + 1) == Some(&b'<') => {
                i = skip_heredoc(text, i);
                after_heredoc = i > start + 2;
                continue;
            }
            // The newline behind a heredoc's last line belongs to it.
            b'\n' | b'\r' => (i, blank) = (i + 1, in_for && !after_heredoc),
            b'{' | b'[' | b'(' => {
                let word = text[i + 1..].trim_start().strip_prefix("for");
                brackets.push(bytes[i] == b'{' && word.is_some_and(|rest| rest.starts_with(char::is_whitespace)));
                i += 1;
            }
            b'}' | b']' | b')' => {
                brackets.pop();
                i += 1;
            }
            _ => i += 1,
        }
        after_heredoc = false;
        if blank {
            joined[start..i].fill(b' ');
        }
    }
    if joined == bytes { None } else { String::from_utf8(joined).ok() }
}

/// The text with another letter where a line of a heredoc only begins with its delimiter, which is
/// text and does not end it; `None` if there is no such line. It is as long as before.
pub fn hide_delimiters(text: &str) -> Option<String> {
    if !text.contains("<<") {
        return None;
    }
    let mut places = Vec::new();
    walk(text, &mut |piece| {
        let Piece::Heredoc(range) = piece else { return };
        let Some(word) = delimiter(text, range.start) else { return };
        for (at, line) in lines(&text[range.clone()]).skip(1) {
            let start = line.trim_start();
            let begins = start.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_word));
            if begins && start.trim_end() != word && word.is_ascii() {
                places.push(range.start + at + line.len() - start.len());
            }
        }
    });
    if places.is_empty() {
        return None;
    }
    let mut hidden = text.as_bytes().to_vec();
    for at in places {
        hidden[at] = b'.';
    }
    String::from_utf8(hidden).ok()
}

/// Where the innermost bracket opens around a place.
pub fn object_around(text: &str, at: usize) -> Option<usize> {
    let mut open = Vec::new();
    let mut i = 0;
    while i < at {
        match text.as_bytes()[i] {
            b'{' | b'[' | b'(' => open.push(i),
            b'}' | b']' | b')' => drop(open.pop()),
            _ => {}
        }
        i = past(text, i);
    }
    open.pop()
}

/// Where the objects of a text open: the braces behind a sign, for those behind a word are a block's.
pub fn objects(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut objects = Vec::new();
    let mut before = b' ';
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        if byte == b'{' && b"=([,:?".contains(&before) {
            objects.push(i);
        }
        let end = past(text, i);
        let comment = byte == b'#' || (byte == b'/' && end > i + 1);
        if !comment && !byte.is_ascii_whitespace() {
            before = byte;
        }
        i = end;
    }
    objects
}

/// The text with blanks for the elements of these objects whose key occurs again behind them, which
/// counts; `None` if there are none. It is as long as before.
pub fn blank_repeated(text: &str, objects: &[usize]) -> Option<String> {
    let mut blanked = text.as_bytes().to_vec();
    let mut found = false;
    for open in objects {
        let mut met = HashSet::new();
        for (key, element) in elements(text, *open).into_iter().rev() {
            if !met.insert(&text[key]) {
                found = true;
                blanked[element].fill(b' ');
            }
        }
    }
    found.then(|| String::from_utf8(blanked).ok()).flatten()
}

/// The keys of an object, and for each the element, up to the comma or newline behind it.
fn elements(text: &str, open: usize) -> Vec<(Range<usize>, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut elements: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    let (mut depth, mut fresh) = (0usize, true);
    let mut i = open + 1;
    while i < bytes.len() {
        match bytes[i] {
            b'\n' | b',' if depth == 0 => {
                if !std::mem::replace(&mut fresh, true)
                    && let Some((_, element)) = elements.last_mut()
                {
                    element.end = i + usize::from(bytes[i] == b',');
                }
            }
            b' ' | b'\t' | b'\r' | b'#' => {}
            b'/' if matches!(bytes.get(i + 1), Some(b'/' | b'*')) => {}
            b'}' | b']' | b')' if depth == 0 => break,
            _ if fresh => {
                let Some(end) = key_end(text, i) else { break };
                elements.push((i..end, i..i));
                fresh = false;
                i = end;
                continue;
            }
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth -= 1,
            _ => {}
        }
        i = past(text, i);
    }
    elements
}

/// Past the string, heredoc or comment that begins at `i`; past the byte if none does.
fn past(text: &str, i: usize) -> usize {
    let bytes = text.as_bytes();
    match bytes[i] {
        b'"' => skip_string(bytes, i + 1).min(bytes.len()),
        b'<' if bytes.get(i + 1) == Some(&b'<') => skip_heredoc(text, i),
        b'#' => line_end(bytes, i),
        b'/' if bytes.get(i + 1) == Some(&b'/') => line_end(bytes, i),
        b'/' if bytes.get(i + 1) == Some(&b'*') => text[i + 2..].find("*/").map_or(bytes.len(), |n| i + 2 + n + 2),
        _ => i + 1,
    }
}

/// Where the key of an object ends that begins at `at`: before the blanks in front of `=` or `:`.
fn key_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut i = at;
    while i < bytes.len() {
        match bytes[i] {
            b'"' => {
                i = skip_string(bytes, i + 1);
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b':' if bytes.get(i + 1) == Some(&b':') => i += 1,
            b'=' | b':' if depth == 0 => return Some(at + text.get(at..i)?.trim_end().len()),
            _ => {}
        }
        i += 1;
    }
    None
}

/// The text less the blanks, newlines and comments around it.
pub fn trimmed(text: &str) -> Range<usize> {
    let (mut start, mut end) = (None, 0);
    let mut last = 0;
    let mut comments = Vec::new();
    walk(text, &mut |piece| {
        if let Piece::Comment(range) = piece {
            comments.push(range);
        }
    });
    comments.push(text.len()..text.len());
    for gap in comments {
        let between = &text[last..gap.start];
        if !between.trim().is_empty() {
            start.get_or_insert(last + between.len() - between.trim_start().len());
            end = last + between.trim_end().len();
        }
        last = gap.end;
    }
    start.map_or(0..0, |start| start..end)
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

fn walk(text: &str, found: &mut dyn FnMut(Piece)) {
    let bytes = text.as_bytes();
    let mut i = 0;
    let mut depth = 0usize;
    let mut line_is_fresh = true;
    while i < bytes.len() {
        match bytes[i] {
            b'\n' => {
                line_is_fresh = true;
                i += 1;
            }
            b' ' | b'\t' | b'\r' => i += 1,
            b'#' => {
                let end = line_end(bytes, i);
                found(Piece::Comment(i..end));
                i = end;
            }
            b'/' if bytes.get(i + 1) == Some(&b'/') => {
                let end = line_end(bytes, i);
                found(Piece::Comment(i..end));
                i = end;
            }
            b'/' if bytes.get(i + 1) == Some(&b'*') => {
                let end = text[i + 2..].find("*/").map_or(bytes.len(), |n| i + 2 + n + 2);
                found(Piece::Comment(i..end));
                i = end;
            }
            byte => {
                if line_is_fresh && depth == 0 && (byte.is_ascii_alphabetic() || byte == b'_') {
                    found(Piece::Start(i));
                }
                line_is_fresh = false;
                match byte {
                    b'"' => i = skip_string(bytes, i + 1),
                    b'<' if bytes.get(i + 1) == Some(&b'<') => {
                        let end = skip_heredoc(text, i);
                        if end > i + 2 {
                            found(Piece::Heredoc(i..end));
                        }
                        i = end;
                    }
                    b'{' | b'[' | b'(' => {
                        depth += 1;
                        i += 1;
                    }
                    b'}' | b']' | b')' => {
                        depth = depth.saturating_sub(1);
                        i += 1;
                    }
                    _ => i += 1,
                }
            }
        }
    }
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    let mut end = bytes[from..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| from + n);
    if end > from && bytes[end - 1] == b'\r' {
        end -= 1;
    }
    end
}

/// Past the closing quote; a quoted string ends with its line at the latest, unless a newline
/// stands inside `${ }`.
fn skip_string(bytes: &[u8], mut i: usize) -> usize {
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 2,
            b'"' => return i + 1,
            b'\n' => return i,
            b'$' | b'%' if bytes.get(i + 1) == Some(&bytes[i]) && bytes.get(i + 2) == Some(&b'{') => i += 3,
            b'$' | b'%' if bytes.get(i + 1) == Some(&b'{') => i = skip_braces(bytes, i + 2),
            _ => i += 1,
        }
    }
    i
}

/// Past the brace that closes an interpolation.
fn skip_braces(bytes: &[u8], mut i: usize) -> usize {
    let mut depth = 1;
    while i < bytes.len() && depth > 0 {
        match bytes[i] {
            b'"' => {
                i = skip_string(bytes, i + 1);
                continue;
            }
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        i += 1;
    }
    i
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// The delimiter of the heredoc that begins at `at`, if one does.
fn delimiter(text: &str, at: usize) -> Option<&str> {
    let rest = text[at + 2..].strip_prefix('-').unwrap_or(&text[at + 2..]);
    let word_end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let (word, body) = rest.split_at(word_end);
    (!word.is_empty() && body.trim_start_matches('\r').starts_with('\n')).then_some(word)
}

/// Past the line of the closing delimiter; past `<<` if it is no heredoc.
fn skip_heredoc(text: &str, at: usize) -> usize {
    let Some(word) = delimiter(text, at) else { return at + 2 };
    let mut position = text[at..].find('\n').map_or(text.len(), |n| at + n);
    let body = &text[position..];
    for line in body.split_inclusive('\n') {
        position += line.len();
        if line.trim() == word {
            // The line's newline is left to the caller.
            return position - usize::from(line.ends_with('\n'));
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        comments(FileId(0), text).iter().map(|c| &text[c.span.range()]).collect()
    }

    #[test]
    fn comment_signs_in_strings_and_heredocs_are_text() {
        let text =
            "a = \"# no ${f(\"// no\")} # no\" # yes\nb = <<-X\n  # no\n  X\n// yes\n/* yes\nyes */ c = 1\r\n# end\r\n";
        assert_eq!(found(text), ["# yes", "// yes", "/* yes\nyes */", "# end"]);
    }

    #[test]
    fn items_begin_outside_of_all_brackets() {
        let text = "a = {\n  b = 1\n}\n# c\nblock \"x\" {\n  y = <<E\nz = 1\nE\n}\nd = 2\n";
        let found: Vec<&str> = items(text).into_iter().map(|r| text[r].lines().next().unwrap_or("")).collect();
        assert_eq!(found, ["a = {", "block \"x\" {", "d = 2"]);
    }

    #[test]
    fn newlines_and_comments_directly_in_a_for_object_are_spaces() {
        let text =
            "a = {\n  for k, v in x : k => # why\n  v\n  ? { b = \"\n\"\n c = 1 }\n  : [\n]\n}\nd = {\n  e = 1\n}\n";
        let joined =
            "a = {   for k, v in x : k =>         v   ? { b = \"\n\"\n c = 1 }   : [\n] }\nd = {\n  e = 1\n}\n";
        assert_eq!(join_for_lines(text).as_deref(), Some(joined));
        let heredoc = "a = { for k in x : k => <<E\nfor\nE\n}\n";
        assert_eq!(join_for_lines(heredoc), None);
        assert_eq!(join_for_lines("a = {\n  b = 1 # é\n}\n\"\\"), None);
        assert_eq!(join_for_lines("{ for # é").as_deref(), Some("{ for     "));
    }

    #[test]
    fn a_block_that_is_not_closed_ends_at_the_next_keyword() {
        let text = "resource \"a\" \"b\" {\n  x = [\n\nresource \"c\" \"d\" {\n}\n";
        assert_eq!(items(text).len(), 2);
    }
}
