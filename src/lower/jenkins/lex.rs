//! The words, texts and signs of Groovy.

use std::ops::Range;

use ecow::EcoString;

/// A text: what is known of it and what is filled in.
#[derive(Clone, Debug)]
pub struct Str {
    /// Where it stands, quotes included.
    pub at: Range<usize>,
    /// Its pieces.
    pub parts: Vec<Piece>,
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Known.
    Known(EcoString),
    /// `${...}` or `$name`: how it is written, and where.
    Hole(EcoString, Range<usize>),
}

/// A word or a sign.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub at: Range<usize>,
}

/// What a token is.
#[derive(Clone, Debug)]
pub enum TokenKind {
    /// A name or a number, with its points: `env.BRANCH_NAME`.
    Word(EcoString),
    /// A text.
    Text(Str),
    /// A sign: `{`, `==`, `&&`.
    Sign(&'static str),
    /// The end of a line.
    Newline,
}

impl Token {
    /// Whether it is this sign.
    pub fn is(&self, sign: &str) -> bool {
        matches!(&self.kind, TokenKind::Sign(own) if *own == sign)
    }
}

/// The signs, longest first.
const SIGNS: [&str; 38] = [
    "==~", "===", "!==", "<=>", "...", "?.", "->", "==", "!=", "=~", "&&", "||", "<=", ">=", "+=", "-=", "*=", "<<",
    "++", "--", "?:", "{", "}", "(", ")", "[", "]", ",", ";", ":", "=", "!", "<", ">", "+", "-", "*", "?",
];

/// The tokens of a file.
pub fn lex(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = if text.starts_with("#!") { text.find('\n').unwrap_or(text.len()) } else { 0 };
    while at < bytes.len() {
        let rest = &text[at..];
        let start = at;
        let kind = match bytes[at] {
            b'\n' => {
                at += 1;
                TokenKind::Newline
            }
            b'/' if rest.starts_with("//") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'/' if rest.starts_with("/*") => {
                at += rest[2..].find("*/").map_or(rest.len(), |i| i + 4);
                continue;
            }
            b'\'' | b'"' => {
                let (string, end) = quoted(text, at);
                at = end;
                TokenKind::Text(string)
            }
            b'$' if rest.starts_with("$/") => {
                let (string, end) = until(text, at, 2, "/$", true);
                at = end;
                TokenKind::Text(string)
            }
            b'/' if expects_value(&tokens) && rest[1..].lines().next().is_some_and(|line| line.contains('/')) => {
                let (string, end) = until(text, at, 1, "/", true);
                at = end;
                TokenKind::Text(string)
            }
            b if b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b == b'@' || b >= 0x80 => {
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '@')))
                    .unwrap_or(rest.len());
                // A point at the end belongs to what follows.
                let word = rest[..end].trim_end_matches('.');
                if word.is_empty() {
                    at += rest.chars().next().map_or(1, char::len_utf8);
                    continue;
                }
                at += word.len();
                TokenKind::Word(word.into())
            }
            _ => {
                let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
                    at += rest.chars().next().map_or(1, char::len_utf8);
                    continue;
                };
                at += sign.len();
                TokenKind::Sign(sign)
            }
        };
        tokens.push(Token { kind, at: start..at });
    }
    tokens
}

/// Whether a slash begins a regular expression here, and is no division.
fn expects_value(tokens: &[Token]) -> bool {
    match tokens.last().map(|t| &t.kind) {
        None | Some(TokenKind::Newline) => true,
        Some(TokenKind::Sign(sign)) => !matches!(*sign, ")" | "]" | "}"),
        Some(TokenKind::Word(word)) => matches!(word.as_str(), "return" | "pattern" | "case" | "in"),
        Some(TokenKind::Text(_)) => false,
    }
}

fn quoted(text: &str, at: usize) -> (Str, usize) {
    let rest = &text[at..];
    for (quotes, filled) in [("'''", false), ("\"\"\"", true)] {
        if rest.starts_with(quotes) {
            return until(text, at, 3, quotes, filled);
        }
    }
    let filled = rest.starts_with('"');
    until(text, at, 1, if filled { "\"" } else { "'" }, filled)
}

/// A text from `at` to its closing quotes; one that is not closed ends with its line, or with the file if it may have
/// many lines.
fn until(text: &str, at: usize, opening: usize, close: &str, filled: bool) -> (Str, usize) {
    let slashy = close.contains('/');
    let one_line = close.len() == 1;
    let mut parts = Vec::new();
    let mut known = EcoString::new();
    let mut i = at + opening;
    while let Some(c) = text[i..].chars().next() {
        let rest = &text[i..];
        if rest.starts_with(close) {
            i += close.len();
            break;
        }
        if c == '\n' && one_line {
            break;
        }
        if c == '\\' {
            let next = rest[1..].chars().next();
            i += 1 + next.map_or(0, char::len_utf8);
            match next {
                Some('/') if slashy => known.push('/'),
                Some(other) if slashy => known.extend(['\\', other]),
                // The line goes on.
                Some('\n') | None => {}
                Some('n') => known.push('\n'),
                Some('t') => known.push('\t'),
                Some('r') => known.push('\r'),
                Some(other) => known.push(other),
            }
            continue;
        }
        if c == '$'
            && filled
            && let Some(length) = hole(rest)
        {
            parts.push(Piece::Known(std::mem::take(&mut known)));
            parts.push(Piece::Hole(rest[..length].into(), i..i + length));
            i += length;
            continue;
        }
        known.push(c);
        i += c.len_utf8();
    }
    parts.push(Piece::Known(known));
    parts.retain(|p| !matches!(p, Piece::Known(text) if text.is_empty()));
    (Str { at: at..i, parts }, i)
}

/// How long `${...}` or `$name.part` is.
fn hole(rest: &str) -> Option<usize> {
    if rest.starts_with("${") {
        let mut depth = 0usize;
        for (i, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(i + 1);
                    }
                }
                _ => {}
            }
        }
        return None;
    }
    let name = &rest[1..];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return None;
    }
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(name.len());
    Some(1 + name[..end].trim_end_matches('.').len())
}
