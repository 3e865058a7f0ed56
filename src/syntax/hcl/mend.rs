//! What the parser's crate refuses or misreads, said in other words before it reads.
//!
//! Each mend keeps the text as long as it was, byte for byte, so that positions stay what they are.
//! The tree is made with the written text at hand ([`super::lift`]), so no mend is seen in it.

use std::{borrow::Cow, collections::HashSet};

use super::scan;

/// How many bytes may be read again for the sake of keys that occur twice.
const BUDGET: usize = 16 << 20;

/// How many times a text is read at most.
const ATTEMPTS: usize = 10_000;

/// A text that the parser accepted.
#[derive(Debug)]
pub struct Accepted<T> {
    /// The parser's tree.
    pub tree: T,
    /// Where the object keys begin that got another name, because theirs was taken.
    pub renamed: HashSet<usize>,
}

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// Attributes and blocks, or an expression.
    Configuration,
    /// A template: what stands outside of `${ }` and `%{ }` is text.
    Template,
}

/// Reads a text, with mends where it fails. The error is that of the text in which the parser got furthest.
pub fn read<T>(
    written: &str,
    grammar: Grammar,
    parser: impl Fn(&str) -> Result<T, hcl_edit::parser::Error>,
) -> Result<Accepted<T>, hcl_edit::parser::Error> {
    let mut text = Cow::Borrowed(written);
    if grammar == Grammar::Configuration
        && let Some(hidden) = scan::hide_delimiters(written)
    {
        text = Cow::Owned(hidden);
    }
    let mut joined = grammar == Grammar::Template;
    let mut renamed = HashSet::new();
    let mut left = BUDGET.max(written.len().saturating_mul(4));
    let mut furthest: Option<hcl_edit::parser::Error> = None;
    for attempt in 0.. {
        let error = match parser(&text) {
            Ok(tree) => return Ok(Accepted { tree, renamed }),
            Err(error) => error,
        };
        let at = error.location().offset();
        let twice = error.message().contains("redefined object key");
        if furthest.as_ref().is_none_or(|f| f.location().offset() <= at) {
            furthest = Some(error.clone());
        }
        left = left.saturating_sub(written.len().max(1));
        let mended = if left == 0 || attempt == ATTEMPTS {
            None
        } else if twice {
            renamed.insert(at);
            rename_key(&text, at, attempt)
        } else if let shortened @ Some(_) = shorten_exponent(&text, at) {
            shortened
        } else if joined {
            None
        } else {
            joined = true;
            // It wants a blank, a comment or a bare newline behind the word.
            let spaced = text.contains("for\r\n").then(|| text.replace("for\r\n", "for \n"));
            scan::join_for_lines(spaced.as_deref().unwrap_or(&text)).or(spaced)
        };
        match mended {
            Some(mended) => text = Cow::Owned(mended),
            None => break,
        }
    }
    parser(&text).map(|tree| Accepted { tree, renamed }).map_err(|error| furthest.unwrap_or(error))
}

/// The text with zeros for the exponent that begins at `at`: a number that no `f64` holds.
fn shorten_exponent(text: &str, at: usize) -> Option<String> {
    let behind = text.get(at..)?.strip_prefix(['e', 'E'])?;
    let digits = behind.strip_prefix(['+', '-']).unwrap_or(behind);
    let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (start, zeros) = (text.len() - digits.len(), "0".repeat(length));
    let before = text[..at].ends_with(|c: char| c.is_ascii_digit());
    let new = before && length > 0 && digits[..length] != zeros;
    new.then(|| [&text[..start], &zeros, &text[start + length..]].concat())
}

/// The text with another name for the object key at `at`; none if there is no name of its length left.
fn rename_key(text: &str, at: usize, count: usize) -> Option<String> {
    let end = scan::key_end(text, at)?;
    let old = text.get(at..end)?;
    let name = match old.len() {
        0 => return None,
        // The next letter: if it is taken as well, the parser says so, and this is called again.
        1 => match old.as_bytes()[0] {
            b'z' => "A".to_string(),
            b'Z' => "_".to_string(),
            b'_' => return None,
            b'0'..=b'9' => "a".to_string(),
            letter => char::from(letter + 1).to_string(),
        },
        // No keyword begins with a capital letter.
        length => format!("K{:0>width$}", radix36(count, length - 1), width = length - 1),
    };
    Some([&text[..at], &name, &text[end..]].concat())
}

/// A number in letters and digits, cut to `length`.
fn radix36(mut number: usize, length: usize) -> String {
    let mut digits = Vec::new();
    while number > 0 && digits.len() < length {
        digits.push(char::from(b"0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]));
        number /= 36;
    }
    digits.into_iter().rev().collect()
}
