//! What the parser's crate refuses or misreads, said in other words before it reads.
//!
//! Each mend keeps the text as long as it was, byte for byte, so that positions stay what they are, and
//! the tree is made with the written text at hand ([`super::lift`]).

use std::borrow::Cow;

use super::scan;

/// How many bytes may be read again for the sake of keys that occur twice.
const BUDGET: usize = 16 << 20;

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
) -> Result<T, hcl_edit::parser::Error> {
    if grammar == Grammar::Template {
        return parser(written);
    }
    let mut text = scan::hide_delimiters(written).map_or(Cow::Borrowed(written), Cow::Owned);
    let (mut joined, mut unrepeated) = (false, false);
    let mut left = BUDGET.max(written.len().saturating_mul(4));
    let mut furthest: Option<hcl_edit::parser::Error> = None;
    loop {
        let error = match parser(&text) {
            Ok(tree) => return Ok(tree),
            Err(error) => error,
        };
        let at = error.location().offset();
        let repeated = error.message().contains("redefined object key");
        if furthest.as_ref().is_none_or(|f| f.location().offset() <= at) {
            furthest = Some(error.clone());
        }
        left = left.saturating_sub(written.len().max(1 << 10));
        let mended = if left == 0 {
            None
        } else if repeated {
            // In all objects the first time; then where that missed one.
            let all = if std::mem::replace(&mut unrepeated, true) { Vec::new() } else { scan::objects(&text) };
            scan::blank_repeated(&text, &all)
                .or_else(|| scan::blank_repeated(&text, &[scan::object_around(&text, at)?]))
        } else if let shortened @ Some(_) = shorten_exponent(&text, at) {
            shortened
        } else if std::mem::replace(&mut joined, true) {
            None
        } else {
            // It wants a blank, a comment or a bare newline behind the word.
            let spaced = text.contains("for\r\n").then(|| text.replace("for\r\n", "for \n"));
            scan::join_for_lines(spaced.as_deref().unwrap_or(&text)).or(spaced)
        };
        match mended {
            Some(mended) => text = Cow::Owned(mended),
            None => return Err(furthest.unwrap_or(error)),
        }
    }
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
