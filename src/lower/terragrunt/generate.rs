//! `generate`: text that Terragrunt writes into a module before Terraform reads it.
//!
//! The text is parsed like a file of the module. It is in no file of the repository, so its places are those of
//! the `contents` that it is made from: each byte that is written out there points at itself, and what an
//! interpolation gave points at the interpolation. What is not known of the text stands as a name that the
//! module's scope resolves, so that the rest of it can be judged.

use std::rc::Rc;

use ecow::EcoString;

use super::{config::Config, path::unplaced, respan};
use crate::{
    eval::functions::convert,
    lower::terraform::GIVEN,
    source::{Diagnostic, DiagnosticKind, FileId, SourceMap, Span},
    syntax::hcl::{self, Block, Body, Expr, ExprKind, TemplatePart},
    value::{Part, Repr, Value},
};

/// A file that is written into the module.
#[derive(Debug)]
pub struct Generated {
    /// Where, relative to the module.
    pub path: EcoString,
    /// Whether it gives way to a file that is there.
    pub gives_way: bool,
    /// What it says.
    pub body: Body,
}

/// All that a unit generates; values that are not known are added to `given`.
pub fn all(config: &Rc<Config<'_>>, given: &mut Vec<Value>) -> Vec<Generated> {
    let mut found: Vec<Generated> =
        config.blocks("generate").into_iter().filter_map(|(layer, block)| of_block(&layer, block, given)).collect();
    // The same as a map: its texts are values, and come from where those come from.
    if let Some((value, attribute)) = config.top("generate") {
        for value in value.as_object().iter().flat_map(|o| o.fields.values()).filter_map(Value::as_object) {
            let Some(contents) = value.get("contents") else { continue };
            let place = contents.origins.first().map_or(attribute.expr.span, |o| o.anchor);
            let about = About::new(value.get("path"), value.get("if_exists"), value.get("disable"));
            found.extend(about.and_then(|about| {
                about.write(config, place, given, |text| match contents.as_str() {
                    Some(known) => text.literal(known, place),
                    None => text.value(contents, place),
                })
            }));
        }
    }
    found
}

fn of_block(config: &Rc<Config<'_>>, block: &Block, given: &mut Vec<Value>) -> Option<Generated> {
    let get = |name: &str| config.attribute(&block.body, name);
    let contents = &block.body.attribute("contents")?.expr;
    let about = About::new(get("path").as_ref(), get("if_exists").as_ref(), get("disable").as_ref())?;
    about.write(config, contents.span, given, |text| text.expr(config, contents))
}

/// Which file is generated.
struct About {
    path: EcoString,
    gives_way: bool,
}

impl About {
    /// None if it is not Terraform, or switched off.
    fn new(path: Option<&Value>, if_exists: Option<&Value>, disable: Option<&Value>) -> Option<Self> {
        if disable.and_then(Value::as_bool) == Some(true) {
            return None;
        }
        let path = path?.as_str().filter(|p| p.ends_with(".tf") || p.ends_with(".tofu"))?;
        Some(Self { path: path.into(), gives_way: if_exists.and_then(Value::as_str) == Some("skip") })
    }

    fn write(
        self,
        config: &Config<'_>,
        whole: Span,
        given: &mut Vec<Value>,
        make: impl FnOnce(&mut Made<'_>),
    ) -> Option<Generated> {
        let files = config.session.reader.files;
        let mut text = Made { files, text: String::new(), pieces: Vec::new(), given };
        make(&mut text);
        let parsed = hcl::parse(FileId::NONE, &text.text);
        let to = |span: Span| text.place(span, whole);
        for diagnostic in parsed.diagnostics {
            let at = diagnostic.notes.first().map_or(whole, |n| to(n.span));
            let message = format!("the text that is generated here cannot be read: {}", diagnostic.message);
            let diagnostic = Diagnostic::error(DiagnosticKind::Input, message, at).warning();
            config.session.diagnostics.borrow_mut().push(diagnostic);
        }
        Some(Generated { path: self.path, gives_way: self.gives_way, body: respan::body(&parsed.body, &to) })
    }
}

/// Text, and what each part of it was made from.
struct Made<'m> {
    files: &'m SourceMap,
    text: String,
    pieces: Vec<Piece>,
    given: &'m mut Vec<Value>,
}

struct Piece {
    start: usize,
    end: usize,
    from: From,
}

enum From {
    /// Each byte from one place.
    Bytes(Vec<u32>),
    /// All of it from here.
    Span(Span),
}

impl Made<'_> {
    fn expr(&mut self, config: &Rc<Config<'_>>, expr: &Expr) {
        match &expr.kind {
            ExprKind::String(text) => self.literal(text, expr.span),
            ExprKind::Template(parts) if parts.len() > 1 => {
                for part in parts {
                    match part {
                        TemplatePart::Literal(text, span) => self.literal(text, *span),
                        TemplatePart::Interpolation(inner, span) => self.value(&config.evaluate(inner), *span),
                        TemplatePart::If { span, .. } | TemplatePart::For { span, .. } => {
                            let kind = ExprKind::Template(vec![part.clone()]);
                            self.value(&config.evaluate(&Expr { kind, span: *span }), *span);
                        }
                    }
                }
            }
            ExprKind::Paren(inner) => self.expr(config, inner),
            _ => self.value(&config.evaluate(expr), expr.span),
        }
    }

    fn literal(&mut self, text: &str, span: Span) {
        let from = match align(self.files.text(span), text) {
            Some(offsets) => From::Bytes(offsets.into_iter().map(|o| span.start + o).collect()),
            None => From::Span(span),
        };
        self.push(text, from);
    }

    fn value(&mut self, value: &Value, span: Span) {
        let value = unplaced(value);
        let parts = match &value.repr {
            Repr::String(text) => text.parts(),
            _ => match convert::text_of(&value) {
                Some(text) => text.parts(),
                None => return self.hole(value, span),
            },
        };
        for part in parts {
            match part {
                Part::Known(text) => self.push(&text, From::Span(span)),
                Part::Hole(hole) => {
                    let unknown = Value::from(Repr::Unknown(hole.unknown)).with_origins(value.origins.clone());
                    self.hole(unknown, span);
                }
            }
        }
    }

    /// A name for what is not known. In quotes it is interpolated; else it stands for a whole expression.
    fn hole(&mut self, value: Value, span: Span) {
        let line = self.text.rsplit('\n').next().unwrap_or("");
        let is_quoted = line.matches('"').count() % 2 == 1;
        let name = format!("{GIVEN}{}", self.given.len());
        self.given.push(value);
        let text = if is_quoted { format!("${{{name}}}") } else { name };
        self.push(&text, From::Span(span));
    }

    fn push(&mut self, text: &str, from: From) {
        let start = self.text.len();
        self.text.push_str(text);
        if !text.is_empty() {
            self.pieces.push(Piece { start, end: self.text.len(), from });
        }
    }

    /// Where a part of the text comes from.
    fn place(&self, span: Span, whole: Span) -> Span {
        let piece = |at: usize| {
            let found = self.pieces.partition_point(|p| p.end <= at);
            self.pieces.get(found).map(|p| (p, at - p.start.min(at)))
        };
        let start = match piece(span.start as usize) {
            Some((Piece { from: From::Bytes(bytes), .. }, at)) => bytes.get(at).copied(),
            Some((Piece { from: From::Span(span), .. }, _)) => Some(span.start),
            None => None,
        };
        let end = match piece((span.end as usize).saturating_sub(1)) {
            Some((Piece { from: From::Bytes(bytes), .. }, at)) => bytes.get(at).map(|b| b + 1),
            Some((Piece { from: From::Span(span), .. }, _)) => Some(span.end),
            None => None,
        };
        match (start, end) {
            (Some(start), Some(end)) if start <= end => Span { file: whole.file, start, end },
            _ => whole,
        }
    }
}

/// For each byte of a text where it stands in the source that it was read from. Indentation and escapes are
/// only ever left out, so the text is what remains of the source; none if it is not.
fn align(source: &str, text: &str) -> Option<Vec<u32>> {
    let skipped = if source.starts_with("<<") { source.find('\n')? + 1 } else { 0 };
    let mut at = skipped;
    let bytes = source.as_bytes();
    text.bytes()
        .map(|byte| {
            at += bytes.get(at..)?.iter().position(|b| *b == byte)?;
            at += 1;
            Some(at as u32 - 1)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_of_a_text_is_found_in_its_source() {
        let source = "<<-EOF\n    a {\n      b = \"$${c}\"\n    }\n  EOF";
        let text = "a {\n  b = \"${c}\"\n}\n";
        let places = align(source, text).expect("it is what remains of the source");
        let at = |part: &str| places[text.find(part).expect("it is there")] as usize;
        assert!(source[at("a {")..].starts_with("a {") && source[at("b =")..].starts_with("b ="));
        assert!(source[at("}\n")..].starts_with("}\"\n") || source[at("}\n")..].starts_with("}\n"));
        assert_eq!(align("\"x\"", "y"), None);
    }
}
