//! JSON piece by piece, for files that are too large for a tree of the whole.
//!
//! The caller walks down to what it wants and skips the rest: skipping is little more than counting
//! brackets. Any value whose start is known can be read again later, or by another thread.

use ecow::EcoString;

use super::{NodeKind, Reader, Wrong};
use crate::{
    source::{Diagnostic, FileId, Span},
    syntax::{fields::Duplicates, node::Node},
};

/// A place in a JSON text, in front of a value, a comma or a bracket.
pub struct Pull<'a> {
    reader: Reader<'a>,
}

/// Why the text cannot be read on.
pub struct Broken(Wrong);

impl Broken {
    /// As a message with its place.
    pub fn diagnostic(&self, file: FileId, text: &str) -> Diagnostic {
        self.0.diagnostic(file, text)
    }
}

type Result<T, E = Broken> = std::result::Result<T, E>;

impl From<Wrong> for Broken {
    fn from(wrong: Wrong) -> Self {
        Self(wrong)
    }
}

impl<'a> Pull<'a> {
    /// Begins at the value that stands at a byte, or after blanks behind it. What is odd but does not
    /// stop the reading, such as a key that occurs twice, goes to `diagnostics`.
    pub fn new(file: FileId, text: &'a str, at: usize, diagnostics: &'a mut Vec<Diagnostic>) -> Self {
        let mut reader = Reader { file, text, at, repeated: false, duplicates: Duplicates::default(), diagnostics };
        reader.blank();
        Self { reader }
    }

    /// The byte where it stands.
    pub fn at(&self) -> usize {
        self.reader.at
    }

    /// Walks through an object: `each` is called in front of each value, which it has to read or to skip.
    /// Anything else than an object is skipped, and then the answer is false.
    pub fn fields(&mut self, each: &mut dyn FnMut(&mut Self, &str, Span) -> Result<()>) -> Result<bool> {
        if self.reader.peek() != Some(b'{') {
            self.skip()?;
            return Ok(false);
        }
        self.reader.at += 1;
        self.reader.blank();
        if self.reader.peek() == Some(b'}') {
            self.reader.at += 1;
            return Ok(true);
        }
        loop {
            let start = self.reader.at;
            if self.reader.peek() != Some(b'"') {
                return Err(self.reader.wrong("a key in double quotes is expected here").into());
            }
            let key = self.reader.string()?;
            let span = Span::new(self.reader.file, start, self.reader.at);
            self.reader.blank();
            if self.reader.peek() != Some(b':') {
                return Err(self.reader.wrong("`:` is expected here").into());
            }
            self.reader.at += 1;
            self.reader.blank();
            each(self, &key, span)?;
            if self.next(b'}', "`,` or `}` is expected here")? {
                return Ok(true);
            }
        }
    }

    /// Walks through an array, likewise.
    pub fn elements(&mut self, each: &mut dyn FnMut(&mut Self) -> Result<()>) -> Result<bool> {
        if self.reader.peek() != Some(b'[') {
            self.skip()?;
            return Ok(false);
        }
        self.reader.at += 1;
        self.reader.blank();
        if self.reader.peek() == Some(b']') {
            self.reader.at += 1;
            return Ok(true);
        }
        loop {
            each(self)?;
            if self.next(b']', "`,` or `]` is expected here")? {
                return Ok(true);
            }
        }
    }

    /// Over a comma, or over the bracket that closes: then true.
    fn next(&mut self, close: u8, expected: &'static str) -> Result<bool> {
        self.reader.blank();
        match self.reader.peek() {
            Some(b',') => {
                self.reader.comma(close)?;
                Ok(false)
            }
            Some(b) if b == close => {
                self.reader.at += 1;
                Ok(true)
            }
            _ => Err(self.reader.wrong(expected).into()),
        }
    }

    /// The value as a tree.
    pub fn value(&mut self) -> Result<Node> {
        Ok(self.reader.value(0)?)
    }

    /// The text; anything else is skipped.
    pub fn text(&mut self) -> Result<Option<EcoString>> {
        if self.reader.peek() == Some(b'"') {
            return Ok(Some(self.reader.string()?));
        }
        self.skip()?;
        Ok(None)
    }

    /// Whether `true` stands here; the value is passed over in any case.
    pub fn is_true(&mut self) -> Result<bool> {
        let span = self.skip()?;
        Ok(&self.reader.text[span.range()] == "true")
    }

    /// Whether an array or an object begins here.
    pub fn is_nested(&self) -> bool {
        matches!(self.reader.peek(), Some(b'{' | b'['))
    }

    /// Whether `null` stands here.
    pub fn is_null(&self) -> bool {
        self.reader.text[self.reader.at..].starts_with("null")
    }

    /// Whether an array begins here.
    pub fn is_array(&self) -> bool {
        self.reader.peek() == Some(b'[')
    }

    /// Over the value, whatever it is. What is nested in it is not examined.
    pub fn skip(&mut self) -> Result<Span> {
        let start = self.reader.at;
        if self.is_nested() {
            self.skip_nested(start)?;
        } else if self.reader.peek() == Some(b'"') {
            self.skip_string()?;
        } else {
            let node = self.reader.value(0)?;
            debug_assert!(!matches!(node.kind, NodeKind::Mapping(_) | NodeKind::Sequence(_)));
        }
        Ok(Span::new(self.reader.file, start, self.reader.at))
    }

    fn skip_nested(&mut self, start: usize) -> Result<()> {
        let bytes = self.reader.text.as_bytes();
        let mut depth = 0_usize;
        while let Some(byte) = bytes.get(self.reader.at) {
            match byte {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.reader.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        self.reader.at = start;
        let help = Some("the file was cut off, or a bracket is missing");
        Err(Wrong { at: start, what: "this is never closed", help }.into())
    }

    fn skip_string(&mut self) -> Result<()> {
        let open = self.reader.at;
        let bytes = self.reader.text.as_bytes();
        let mut at = open + 1;
        loop {
            match memchr::memchr2(b'"', b'\\', &bytes[at.min(bytes.len())..]) {
                None => return Err(Wrong { at: open, what: "this text is never closed", help: None }.into()),
                Some(length) if bytes[at + length] == b'"' => {
                    self.reader.at = at + length + 1;
                    return Ok(());
                }
                Some(length) => at += length + 2,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileId = FileId(0);

    /// The paths of all values that are no objects or arrays, as a walk finds them.
    fn walk(pull: &mut Pull<'_>, path: &str, out: &mut Vec<String>) -> Result<()> {
        if pull.is_array() {
            let mut i = 0;
            pull.elements(&mut |p| {
                i += 1;
                walk(p, &format!("{path}[{}]", i - 1), out)
            })?;
        } else if pull.is_nested() {
            pull.fields(&mut |p, key, _| walk(p, &format!("{path}.{key}"), out))?;
        } else {
            let span = pull.skip()?;
            out.push(format!("{path}={}", &pull.reader.text[span.range()]));
        }
        Ok(())
    }

    fn paths(text: &str) -> Result<Vec<String>> {
        let (mut out, mut diagnostics) = (Vec::new(), Vec::new());
        walk(&mut Pull::new(FILE, text, 0, &mut diagnostics), "", &mut out).map(|()| out)
    }

    #[test]
    fn a_walk_finds_every_value() {
        let found =
            paths(" {\"a\": [1, {\"b\\n\": \"x\\\"]}\"}], \"c\": { }, \"d\": [ ], \"e\": -1.5e3 , \"f\": null}");
        let expected = [".a[0]=1", ".a[1].b\n=\"x\\\"]}\"", ".e=-1.5e3", ".f=null"];
        assert_eq!(found.ok().unwrap(), expected);
    }

    #[test]
    fn what_is_skipped_is_passed_over_whole() {
        let text = "{\"a\": {\"b\": [\"]}\\\\\", {}]}, \"c\": true}";
        let (mut seen, mut diagnostics) = (Vec::new(), Vec::new());
        let mut pull = Pull::new(FILE, text, 0, &mut diagnostics);
        let read = pull.fields(&mut |p, key, _| {
            seen.push((key.to_string(), p.is_true()?));
            Ok(())
        });
        assert!(read.ok().unwrap());
        assert_eq!(seen, [("a".to_string(), false), ("c".to_string(), true)]);
    }

    #[test]
    fn cut_off_texts_are_errors_with_a_place_and_never_panic() {
        let text = "{\"é\": [1.5e-3, \"\\uD83D\\uDE00\", {\"x\": null}], \"b\": false}";
        for cut in (1..text.len()).filter(|i| text.is_char_boundary(*i)) {
            let text = &text[..cut];
            let (mut diagnostics, mut more) = (Vec::new(), Vec::new());
            assert!(paths(text).is_err(), "{text}");
            let skipped = Pull::new(FILE, text, 0, &mut diagnostics).skip();
            more.push(skipped.err().unwrap().diagnostic(FILE, text));
            assert_eq!(more.len(), 1);
        }
    }
}
