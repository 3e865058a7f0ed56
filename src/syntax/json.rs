//! JSON to [`Node`]s: strict, in one pass, with the span of everything.

pub mod pull;

use ecow::EcoString;

use super::{
    fields::{Duplicates, Fields},
    node::{Document, Entry, Node, NodeKind, Scalar, Style},
    yaml::{MAX_DEPTH, Parsed},
};
use crate::source::{Diagnostic, DiagnosticKind, FileId, Span};

/// Parses a file, which has no byte-order mark any more. Never fails: a text that is no JSON gives a
/// diagnostic and no document, a blank one gives neither.
///
/// Of duplicate keys the last counts, and the parser says so. Half a surrogate pair is read as
/// U+FFFD, as Go reads it. Comments and trailing commas are errors.
pub fn parse(file: FileId, text: &str) -> Parsed {
    read(file, text, false)
}

/// The same, but of duplicate keys each stands in its mapping, and nothing is said.
pub fn parse_repeated(file: FileId, text: &str) -> Parsed {
    read(file, text, true)
}

fn read(file: FileId, text: &str, repeated: bool) -> Parsed {
    let mut parsed = Parsed::default();
    let duplicates = Duplicates::default();
    let mut reader = Reader { file, text, at: 0, repeated, duplicates, diagnostics: &mut parsed.diagnostics };
    reader.blank();
    if reader.peek().is_none() {
        return parsed;
    }
    match reader.document() {
        Ok(root) => parsed.documents.push(Document { root }),
        Err(wrong) => parsed.diagnostics.push(wrong.diagnostic(file, text)),
    }
    parsed
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    /// Whether duplicate keys are kept.
    repeated: bool,
    duplicates: Duplicates,
    diagnostics: &'a mut Vec<Diagnostic>,
}

struct Wrong {
    at: usize,
    what: &'static str,
    help: Option<&'static str>,
}

impl Wrong {
    fn diagnostic(&self, file: FileId, text: &str) -> Diagnostic {
        let end = text[self.at..].chars().next().map_or(self.at, |c| self.at + c.len_utf8());
        let message = format!("this JSON does not parse: {}", self.what);
        let diagnostic = Diagnostic::error(DiagnosticKind::Input, message, Span::new(file, self.at, end));
        match self.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Node, Wrong> {
        let root = self.value(0)?;
        self.blank();
        if self.peek().is_some() {
            return Err(self.wrong("something follows after the end of the value"));
        }
        Ok(root)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn wrong(&self, what: &'static str) -> Wrong {
        match self.peek() {
            None => Wrong {
                at: self.at,
                what: "it ends too early",
                help: Some("a quote or a bracket is not closed, or the file was cut off"),
            },
            Some(b'/' | b'#') => Wrong { at: self.at, what, help: Some("JSON has no comments") },
            Some(b'\'') => Wrong { at: self.at, what, help: Some("JSON takes only double quotes") },
            Some(_) => Wrong { at: self.at, what, help: None },
        }
    }

    fn node(&self, kind: NodeKind, start: usize) -> Node {
        Node { kind, span: Span::new(self.file, start, self.at), alias_of: None, tag: None }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Wrong> {
        let start = self.at;
        if depth > MAX_DEPTH {
            let help = Some("nesting deeper than 256 levels is not read");
            return Err(Wrong { at: start, what: "it is nested too deeply", help });
        }
        let kind = match self.peek() {
            Some(b'{') => NodeKind::Mapping(self.object(depth)?),
            Some(b'[') => NodeKind::Sequence(self.array(depth)?),
            Some(b'"') => NodeKind::String(Scalar { text: self.string()?, style: Style::Quoted }),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", |text| NodeKind::Bool { value: true, text })?,
            Some(b'f') => self.word("false", |text| NodeKind::Bool { value: false, text })?,
            Some(b'n') => self.word("null", |_| NodeKind::Null)?,
            _ => return Err(self.wrong("a value is expected here")),
        };
        Ok(self.node(kind, start))
    }

    fn word(&mut self, word: &'static str, kind: fn(EcoString) -> NodeKind) -> Result<NodeKind, Wrong> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.wrong("a value is expected here"));
        }
        self.at += word.len();
        Ok(kind(word.into()))
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Node>, Wrong> {
        let mut items = Vec::new();
        self.at += 1;
        self.blank();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blank();
            match self.peek() {
                Some(b',') => self.comma(b']')?,
                Some(b']') => {
                    self.at += 1;
                    return Ok(items);
                }
                _ => return Err(self.wrong("`,` or `]` is expected here")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Entry>, Wrong> {
        let mut fields = Fields::default();
        self.at += 1;
        self.blank();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(fields.into_entries());
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key in double quotes is expected here"));
            }
            let key = self.string()?;
            let key_span = Span::new(self.file, start, self.at);
            self.blank();
            if self.peek() != Some(b':') {
                return Err(self.wrong("`:` is expected here"));
            }
            self.at += 1;
            self.blank();
            let value = self.value(depth + 1)?;
            let name = key.clone();
            if self.repeated {
                fields.add(Entry { key, key_span, value });
            } else if let Some(before) = fields.insert(Entry { key, key_span, value }) {
                self.duplicates.tell(&name, before, key_span, self.diagnostics);
            }
            self.blank();
            match self.peek() {
                Some(b',') => self.comma(b'}')?,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(fields.into_entries());
                }
                _ => return Err(self.wrong("`,` or `}` is expected here")),
            }
        }
    }

    fn comma(&mut self, close: u8) -> Result<(), Wrong> {
        let at = self.at;
        self.at += 1;
        self.blank();
        if self.peek() == Some(close) {
            return Err(Wrong { at, what: "nothing follows after this comma", help: Some("remove the comma") });
        }
        Ok(())
    }

    fn number(&mut self) -> Result<NodeKind, Wrong> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => {
                self.at += 1;
                if matches!(self.peek(), Some(b'0'..=b'9')) {
                    return Err(self.wrong("a number has no zeros in front"));
                }
            }
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(NodeKind::Number { text: self.text[start..self.at].into() })
    }

    fn digits(&mut self) -> Result<(), Wrong> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.wrong("a digit is expected here"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    /// A string; `at` is at its quote and then behind the closing one.
    fn string(&mut self) -> Result<EcoString, Wrong> {
        let open = self.at;
        self.at += 1;
        let mut decoded: Option<EcoString> = None;
        loop {
            let from = self.at;
            let rest = &self.text.as_bytes()[from..];
            let Some(length) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(Wrong { at: open, what: "this text is never closed", help: None });
            };
            if let Some(control) = rest[..length].iter().position(|b| *b < 0x20) {
                let help = Some("a quote is missing, or the character is to be written as an escape such as `\\n`");
                return Err(Wrong { at: from + control, what: "a control character stands in a text", help });
            }
            let piece = &self.text[from..from + length];
            self.at = from + length + 1;
            if rest[length] == b'"' {
                return Ok(match decoded {
                    None => piece.into(),
                    Some(mut text) => {
                        text.push_str(piece);
                        text
                    }
                });
            }
            let text = decoded.get_or_insert_default();
            text.push_str(piece);
            let escaped = self.escape(from + length)?;
            text.push(escaped);
        }
    }

    /// What the escape at `start` means; `at` is behind its backslash.
    fn escape(&mut self, start: usize) -> Result<char, Wrong> {
        let wrong =
            Wrong { at: start, what: "this escape is none of JSON's", help: Some("write `\\\\` for a backslash") };
        let Some(sign) = self.peek() else { return Err(wrong) };
        self.at += 1;
        Ok(match sign {
            b'"' | b'\\' | b'/' => char::from(sign),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let Some(unit) = self.hex4() else { return Err(wrong) };
                if !(0xD800..0xDC00).contains(&unit) {
                    return Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                let behind = self.at;
                if self.text[behind..].starts_with("\\u") {
                    self.at += 2;
                    if let Some(low) = self.hex4().filter(|low| (0xDC00..0xE000).contains(low)) {
                        let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = behind;
                }
                char::REPLACEMENT_CHARACTER
            }
            _ => return Err(wrong),
        })
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileId = FileId(0);

    fn one(text: &str) -> Node {
        let mut parsed = parse(FILE, text);
        assert_eq!(parsed.diagnostics, [], "{text}");
        parsed.documents.remove(0).root
    }

    fn error(text: &str) -> (String, usize) {
        let parsed = parse(FILE, text);
        assert_eq!((parsed.documents.len(), parsed.diagnostics.len()), (0, 1), "{text}");
        let what = parsed.diagnostics[0].message.strip_prefix("this JSON does not parse: ").unwrap();
        (what.into(), parsed.diagnostics[0].notes[0].span.start as usize)
    }

    #[test]
    fn every_key_and_value_has_the_bytes_that_were_written() {
        let text = "\t{ \"é\\n\" : [1, -0.5e+3 , true,null],\r\n\"b\":{\"c\":\"ü\"} , \"d\": {}, \"e\": [ ] }\n";
        let root = one(text);
        let slice = |n: &Node| &text[n.span.range()];
        assert_eq!(slice(&root), text.trim());
        let keys: Vec<_> = root.entries().iter().map(|e| (e.key.as_str(), &text[e.key_span.range()])).collect();
        assert_eq!(keys, [("é\n", "\"é\\n\""), ("b", "\"b\""), ("d", "\"d\""), ("e", "\"e\"")]);
        let items: Vec<_> = root.entries()[0].value.items().iter().map(slice).collect();
        assert_eq!(items, ["1", "-0.5e+3", "true", "null"]);
        assert_eq!(slice(root.get("b").unwrap().get("c").unwrap()), "\"ü\"");
        assert_eq!(slice(root.get("e").unwrap()), "[ ]");
    }

    #[test]
    fn escapes_are_decoded_and_half_a_surrogate_pair_is_replaced() {
        for (text, expected) in [
            (r#""\"\\\/\b\f\n\r\tA""#, "\"\\/\u{8}\u{c}\n\r\tA"),
            (r#""\u00e9\uD83D\uDE00!""#, "é😀!"),
            (r#""\uD83D\u0041""#, "\u{fffd}A"),
            (r#""\uD83Dx""#, "\u{fffd}x"),
            (r#""\uDE00""#, "\u{fffd}"),
        ] {
            assert_eq!(one(text).as_text().unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn errors_have_their_exact_place() {
        for (text, what, at) in [
            ("{\"a\": 1,}", "nothing follows after this comma", 7),
            ("[1 2]", "`,` or `]` is expected here", 3),
            ("{\"a\" 1}", "`:` is expected here", 5),
            ("{a: 1}", "a key in double quotes is expected here", 1),
            ("[01]", "a number has no zeros in front", 2),
            ("[1.]", "a digit is expected here", 3),
            ("[tru]", "a value is expected here", 1),
            ("[1] x", "something follows after the end of the value", 4),
            ("{\"a\": \"b", "this text is never closed", 6),
            ("[\"a\nb\"]", "a control character stands in a text", 3),
            ("[\"é\\x\"]", "this escape is none of JSON's", 4),
            ("[\"\\u12é4\"]", "this escape is none of JSON's", 2),
            ("[[", "it ends too early", 2),
            ("// c\n{}", "a value is expected here", 0),
            ("-", "it ends too early", 1),
            ("é", "a value is expected here", 0),
        ] {
            assert_eq!(error(text), (what.into(), at), "{text}");
        }
        assert_eq!(parse(FILE, "[1] // c").diagnostics[0].help.as_deref(), Some("JSON has no comments"));
    }

    #[test]
    fn of_duplicate_keys_the_last_counts() {
        let parsed = parse(FILE, "{\"a\": 1, \"\\u0061\": 2}");
        assert_eq!(parsed.documents[0].root.entries().len(), 1);
        assert_eq!(parsed.documents[0].root.get("a").unwrap().as_text().unwrap(), "2");
        assert_eq!(parsed.diagnostics.len(), 1);
    }

    #[test]
    fn nothing_is_no_document_and_no_error() {
        let parsed = parse(FILE, " \n");
        assert_eq!((parsed.documents.len(), parsed.diagnostics.len()), (0, 0));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        one(&nested(256));
        assert_eq!(error(&nested(100_000)), ("it is nested too deeply".into(), 257));
        assert_eq!(error(&"{\"a\":".repeat(100_000)).0, "it is nested too deeply");
    }

    #[test]
    fn cut_off_texts_never_panic() {
        let text = "{\"é\": [1.5e-3, \"\\uD83D\\uDE00\", {\"x\": null}], \"b\": false}";
        for cut in (1..text.len()).filter(|i| text.is_char_boundary(*i)) {
            assert_eq!(parse(FILE, &text[..cut]).diagnostics.len(), 1, "{}", &text[..cut]);
        }
    }
}
