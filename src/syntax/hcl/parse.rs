//! Text to our tree, through `hcl-edit`.
//!
//! Nothing outside this file knows `hcl-edit`. Its limits, each with a test below: it stops at the
//! first error (so a file that fails is parsed again, item by item), it refuses nesting deeper than
//! 64, duplicate keys in an object, and a newline inside an operation in a `{ for }` value (so what
//! fails is parsed again with these newlines as spaces).

use ecow::EcoString;
use hcl_edit::{Span as _, expr as e, structure as s, template as t};

use super::{
    ast::{
        Attribute, BinaryOp, Block, Body, Expr, ExprKind, ForExpr, Ident, Item, ObjectKey, Step, TemplatePart, UnaryOp,
    },
    scan,
};
use crate::{
    source::{Diagnostic, DiagnosticKind, FileId, Span},
    syntax::node::Comment,
    value::Number,
};

/// A parsed file.
#[derive(Debug, Default)]
pub struct Parsed {
    /// What could be understood.
    pub body: Body,
    /// The comments, in order.
    pub comments: Vec<Comment>,
    /// What could not.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file of attributes and blocks. Never fails: an item that cannot be read is left out
/// and named in a diagnostic, the others are there.
pub fn parse(file: FileId, text: &str) -> Parsed {
    let comments = scan::comments(file, text);
    match parse_body(text) {
        Ok(body) => Parsed { body: Lift { file, text, offset: 0 }.body(&body), comments, diagnostics: Vec::new() },
        Err(error) => recover(file, text, comments, &error),
    }
}

/// Parses one expression; positions are relative to `file` from `offset` on.
pub fn parse_expression(file: FileId, text: &str, offset: usize) -> Result<Expr, Diagnostic> {
    let lift = Lift { file, text, offset };
    match hcl_edit::parser::parse_expr(text) {
        Ok(expr) => Ok(lift.expr(&expr)),
        Err(error) => Err(lift.error(&error)),
    }
}

/// Parses a template as `templatefile` and `templatestring` read it.
pub fn parse_template(file: FileId, text: &str) -> Result<Vec<TemplatePart>, Diagnostic> {
    let lift = Lift { file, text, offset: 0 };
    match hcl_edit::parser::parse_template(text) {
        Ok(template) => Ok(lift.template(&template)),
        Err(error) => Err(lift.error(&error)),
    }
}

/// Parses a body, a second time with the newlines of `{ for }` as spaces where the first one fails.
/// The positions are those of `text` either way.
fn parse_body(text: &str) -> Result<s::Body, hcl_edit::parser::Error> {
    hcl_edit::parser::parse_body(text).or_else(|error| {
        let joined = scan::join_for_lines(text).ok_or(error.clone())?;
        hcl_edit::parser::parse_body(&joined).map_err(|_| error)
    })
}

/// Parses the top-level items one by one.
fn recover(file: FileId, text: &str, comments: Vec<Comment>, whole: &hcl_edit::parser::Error) -> Parsed {
    let mut parsed = Parsed { comments, ..Parsed::default() };
    for range in scan::items(text) {
        let lift = Lift { file, text: &text[range.clone()], offset: range.start };
        match parse_body(lift.text) {
            Ok(body) => parsed.body.items.extend(lift.body(&body).items),
            Err(error) => parsed.diagnostics.push(lift.error(&error)),
        }
    }
    if parsed.diagnostics.is_empty() {
        parsed.diagnostics.push(Lift { file, text, offset: 0 }.error(whole));
    }
    parsed
}

/// Lifts the parser's tree into ours.
struct Lift<'a> {
    file: FileId,
    text: &'a str,
    offset: usize,
}

impl Lift<'_> {
    fn error(&self, error: &hcl_edit::parser::Error) -> Diagnostic {
        let mut at = error.location().offset().min(self.text.len());
        // The parser counts in bytes, and may stop inside of a character.
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let end = self.text[at..].char_indices().nth(1).map_or(self.text.len(), |(i, _)| at + i);
        let message = error.message().lines().next().unwrap_or("unexpected text").trim_end_matches('.').to_string();
        Diagnostic::error(
            DiagnosticKind::Input,
            format!("this is not valid HCL: {message}"),
            Span::new(self.file, self.offset + at, self.offset + end),
        )
        .label("the parser stopped here")
        .help("Everything else in the file was checked; this block was not.")
    }

    fn range(&self, range: Option<std::ops::Range<usize>>, or: Span) -> Span {
        range.map_or(or, |r| Span::new(self.file, self.offset + r.start, self.offset + r.end))
    }

    fn here(&self) -> Span {
        Span::new(self.file, self.offset, self.offset)
    }

    fn ident(&self, ident: &hcl_edit::Decorated<hcl_edit::Ident>) -> Ident {
        Ident { text: ident.as_str().into(), span: self.range(ident.span(), self.here()) }
    }

    fn body(&self, body: &s::Body) -> Body {
        let items = body
            .iter()
            .map(|structure| match structure {
                s::Structure::Attribute(attribute) => {
                    let name = self.ident(&attribute.key);
                    let expr = self.expr(&attribute.value);
                    let span = name.span.to(expr.span);
                    Item::Attribute(Attribute { name, expr, span }.into())
                }
                s::Structure::Block(block) => Item::Block(self.block(block).into()),
            })
            .collect();
        Body { items }
    }

    fn block(&self, block: &s::Block) -> Block {
        let kind = self.ident(&block.ident);
        let labels: Vec<Ident> = block
            .labels
            .iter()
            .map(|label| match label {
                s::BlockLabel::Ident(ident) => self.ident(ident),
                s::BlockLabel::String(text) => {
                    Ident { text: text.as_str().into(), span: self.range(text.span(), kind.span) }
                }
            })
            .collect();
        let header = labels.last().map_or(kind.span, |l| kind.span.to(l.span));
        Block { body: self.body(&block.body), header, span: self.range(block.span(), header), kind, labels }
    }

    fn expr(&self, expr: &e::Expression) -> Expr {
        let span = self.range(expr.span(), self.here());
        let kind = match expr {
            e::Expression::Null(_) => ExprKind::Null,
            e::Expression::Bool(value) => ExprKind::Bool(*value.value()),
            e::Expression::Number(number) => {
                let written = self.text.get(span.start as usize - self.offset..span.end as usize - self.offset);
                let parsed = written.and_then(Number::parse);
                ExprKind::Number(parsed.unwrap_or_else(|| number.value().as_f64().unwrap_or(0.0).into()))
            }
            e::Expression::String(text) => ExprKind::String(text.as_str().into()),
            e::Expression::Array(array) => ExprKind::Array(array.iter().map(|x| self.expr(x)).collect()),
            e::Expression::Object(object) => {
                ExprKind::Object(object.iter().map(|(k, v)| (self.object_key(k), self.expr(v.expr()))).collect())
            }
            e::Expression::StringTemplate(template) => self.string(self.template(template)),
            e::Expression::HeredocTemplate(heredoc) => self.string(self.template(&heredoc.template)),
            e::Expression::Parenthesis(inner) => ExprKind::Paren(Box::new(self.expr(inner.inner()))),
            e::Expression::Variable(name) => ExprKind::Variable(name.as_str().into()),
            e::Expression::Conditional(c) => ExprKind::Conditional(Box::new((
                self.expr(&c.cond_expr),
                self.expr(&c.true_expr),
                self.expr(&c.false_expr),
            ))),
            e::Expression::FuncCall(call) => self.call(call),
            e::Expression::Traversal(traversal) => self.traversal(traversal),
            e::Expression::UnaryOp(op) => {
                let operator = match op.operator.value() {
                    e::UnaryOperator::Neg => UnaryOp::Neg,
                    e::UnaryOperator::Not => UnaryOp::Not,
                };
                ExprKind::Unary(operator, Box::new(self.expr(&op.expr)))
            }
            e::Expression::BinaryOp(op) => ExprKind::Binary(
                binary_op(*op.operator.value()),
                Box::new((self.expr(&op.lhs_expr), self.expr(&op.rhs_expr))),
            ),
            e::Expression::ForExpr(f) => ExprKind::For(Box::new(ForExpr {
                key_var: f.intro.key_var.as_ref().map(|k| self.ident(k)),
                value_var: self.ident(&f.intro.value_var),
                collection: self.expr(&f.intro.collection_expr),
                key: f.key_expr.as_ref().map(|k| self.expr(k)),
                value: self.expr(&f.value_expr),
                group: f.grouping,
                condition: f.cond.as_ref().map(|c| self.expr(&c.expr)),
            })),
        };
        Expr { kind, span }
    }

    fn object_key(&self, key: &e::ObjectKey) -> ObjectKey {
        match key {
            e::ObjectKey::Ident(ident) => ObjectKey::Name(self.ident(ident)),
            e::ObjectKey::Expression(expr) => match self.expr(expr) {
                Expr { kind: ExprKind::Variable(text), span } => ObjectKey::Name(Ident { text, span }),
                expr => ObjectKey::Expr(expr),
            },
        }
    }

    fn call(&self, call: &e::FuncCall) -> ExprKind {
        let last = self.ident(&call.name.name);
        let name = match call.name.namespace.first() {
            None => last,
            Some(first) => {
                let mut text = EcoString::new();
                for part in &call.name.namespace {
                    text.push_str(part.as_str());
                    text.push_str("::");
                }
                text.push_str(&last.text);
                Ident { text, span: self.ident(first).span.to(last.span) }
            }
        };
        ExprKind::Call {
            name,
            args: call.args.iter().map(|a| self.expr(a)).collect(),
            expand: call.args.expand_final(),
        }
    }

    fn traversal(&self, traversal: &e::Traversal) -> ExprKind {
        let base = self.expr(&traversal.expr);
        let mut at = base.span;
        let steps = traversal
            .operators
            .iter()
            .map(|operator| {
                let span = self.range(operator.span(), at);
                at = span;
                match operator.value() {
                    e::TraversalOperator::AttrSplat(_) => Step::AttributeSplat(span),
                    e::TraversalOperator::FullSplat(_) => Step::FullSplat(span),
                    e::TraversalOperator::GetAttr(name) => Step::Attribute(self.ident(name)),
                    e::TraversalOperator::Index(index) => Step::Index(Box::new(self.expr(index)), span),
                    e::TraversalOperator::LegacyIndex(index) => Step::LegacyIndex(*index.value(), span),
                }
            })
            .collect();
        ExprKind::Traversal(Box::new(base), steps)
    }

    /// A template that is only text is a string.
    fn string(&self, parts: Vec<TemplatePart>) -> ExprKind {
        if parts.iter().all(|p| matches!(p, TemplatePart::Literal(..))) {
            let mut text = EcoString::new();
            for part in &parts {
                if let TemplatePart::Literal(literal, _) = part {
                    text.push_str(literal);
                }
            }
            return ExprKind::String(text);
        }
        ExprKind::Template(parts)
    }

    fn template(&self, template: &t::Template) -> Vec<TemplatePart> {
        let mut parts = Vec::with_capacity(template.len());
        // Whether the element before wants the space in front of the next literal stripped.
        let mut strip_next = false;
        for element in template {
            match element {
                t::Element::Literal(literal) => {
                    let span = self.range(literal.span(), self.here());
                    let text = if strip_next { literal.trim_start() } else { literal.as_str() };
                    strip_next = false;
                    parts.push(TemplatePart::Literal(text.into(), span));
                }
                t::Element::Interpolation(interpolation) => {
                    strip_before(&mut parts, interpolation.strip);
                    strip_next = strips_end(interpolation.strip);
                    let span = self.range(interpolation.span(), self.here());
                    parts.push(TemplatePart::Interpolation(self.expr(&interpolation.expr), span));
                }
                t::Element::Directive(directive) => match &**directive {
                    t::Directive::If(d) => {
                        strip_before(&mut parts, d.if_expr.strip);
                        let end = d.endif_expr.strip;
                        let (then, otherwise) = match &d.else_expr {
                            None => (self.section(&d.if_expr.template, d.if_expr.strip, end), Vec::new()),
                            Some(other) => (
                                self.section(&d.if_expr.template, d.if_expr.strip, other.strip),
                                self.section(&other.template, other.strip, end),
                            ),
                        };
                        strip_next = strips_end(end);
                        let condition = self.expr(&d.if_expr.cond_expr);
                        let span = self.range(d.span(), condition.span);
                        parts.push(TemplatePart::If { condition, then, otherwise, span });
                    }
                    t::Directive::For(d) => {
                        strip_before(&mut parts, d.for_expr.strip);
                        let end = d.endfor_expr.strip;
                        strip_next = strips_end(end);
                        let collection = self.expr(&d.for_expr.collection_expr);
                        let span = self.range(d.span(), collection.span);
                        parts.push(TemplatePart::For {
                            key_var: d.for_expr.key_var.as_ref().map(|k| self.ident(k)),
                            value_var: self.ident(&d.for_expr.value_var),
                            collection,
                            body: self.section(&d.for_expr.template, d.for_expr.strip, end),
                            span,
                        });
                    }
                },
            }
        }
        parts
    }

    /// The text between two directives, stripped as they say.
    fn section(&self, template: &t::Template, before: t::Strip, after: t::Strip) -> Vec<TemplatePart> {
        let mut parts = self.template(template);
        if strips_end(before)
            && let Some(TemplatePart::Literal(text, _)) = parts.first_mut()
        {
            *text = text.trim_start().into();
        }
        strip_before(&mut parts, after);
        parts
    }
}

fn strips_start(strip: t::Strip) -> bool {
    matches!(strip, t::Strip::Start | t::Strip::Both)
}

fn strips_end(strip: t::Strip) -> bool {
    matches!(strip, t::Strip::End | t::Strip::Both)
}

fn strip_before(parts: &mut [TemplatePart], strip: t::Strip) {
    if strips_start(strip)
        && let Some(TemplatePart::Literal(text, _)) = parts.last_mut()
    {
        *text = text.trim_end().into();
    }
}

fn binary_op(op: e::BinaryOperator) -> BinaryOp {
    match op {
        e::BinaryOperator::Or => BinaryOp::Or,
        e::BinaryOperator::And => BinaryOp::And,
        e::BinaryOperator::Eq => BinaryOp::Eq,
        e::BinaryOperator::NotEq => BinaryOp::NotEq,
        e::BinaryOperator::Less => BinaryOp::Less,
        e::BinaryOperator::LessEq => BinaryOp::LessEq,
        e::BinaryOperator::Greater => BinaryOp::Greater,
        e::BinaryOperator::GreaterEq => BinaryOp::GreaterEq,
        e::BinaryOperator::Plus => BinaryOp::Plus,
        e::BinaryOperator::Minus => BinaryOp::Minus,
        e::BinaryOperator::Mul => BinaryOp::Mul,
        e::BinaryOperator::Div => BinaryOp::Div,
        e::BinaryOperator::Mod => BinaryOp::Mod,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn attribute(text: &str) -> Expr {
        let parsed = parse(FileId(0), text);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        parsed.body.attributes().next().unwrap().expr.clone()
    }

    fn slice(text: &str, span: Span) -> &str {
        &text[span.range()]
    }

    #[test]
    fn every_part_has_the_span_of_its_text() {
        let text = "resource \"aws_db_instance\" \"app\" {\n  storage_encrypted = var.encrypted\n  timeouts {}\n}\n";
        let parsed = parse(FileId(0), text);
        let block = parsed.body.blocks().next().unwrap();
        assert_eq!(slice(text, block.header), "resource \"aws_db_instance\" \"app\"");
        assert_eq!(slice(text, block.span), text.trim_end());
        let attribute = block.body.attributes().next().unwrap();
        assert_eq!(slice(text, attribute.span), "storage_encrypted = var.encrypted");
        assert_eq!(slice(text, attribute.expr.span), "var.encrypted");
        assert_eq!(slice(text, block.body.blocks().next().unwrap().header), "timeouts");
    }

    #[test]
    fn a_heredoc_ends_in_its_newline_and_is_dedented() {
        let expr = attribute("a = <<-TF\n    one\n      two\n  TF\n");
        assert!(matches!(&expr.kind, ExprKind::String(s) if s == "one\n  two\n"), "{expr:?}");
        let expr = attribute("a = <<EOT\nline $${x} %%{y}\nEOT\n");
        assert!(matches!(&expr.kind, ExprKind::String(s) if s == "line ${x} %{y}\n"), "{expr:?}");
    }

    #[test]
    fn strip_markers_take_the_space_away() {
        let expr = attribute("a = \"x  ${~ y ~}  z\"\n");
        let ExprKind::Template(parts) = expr.kind else { panic!() };
        assert!(matches!(&parts[0], TemplatePart::Literal(t, _) if t == "x"));
        assert!(matches!(&parts[2], TemplatePart::Literal(t, _) if t == "z"));
    }

    #[test]
    fn a_broken_block_does_not_lose_its_neighbours() {
        let text =
            "resource \"a\" \"b\" {\n  x = 1\n}\n\nresource \"c\" \"d\" {\n  y = = 2\n}\n\nlocals {\n  z = 3\n}\n";
        let parsed = parse(FileId(0), text);
        assert_eq!(parsed.body.blocks().map(|b| b.kind.text.as_str()).collect::<Vec<_>>(), ["resource", "locals"]);
        assert_eq!(parsed.diagnostics.len(), 1);
        let span = parsed.diagnostics[0].notes[0].span;
        assert_eq!(text[..span.start as usize].lines().count(), 6);
    }

    #[test]
    fn a_conditional_in_a_for_object_may_take_several_lines() {
        let text = "locals {\n  users = {\n    for k, v in var.users : k =>\n    local.mysql # why\n    ? { a = 1\n b = 2 }\n    : null\n  }\n  b = 1\n}\n";
        let parsed = parse(FileId(0), text);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let names: Vec<_> =
            parsed.body.blocks().next().unwrap().body.attributes().map(|a| slice(text, a.span)).collect();
        assert_eq!(names[1], "b = 1");
        assert!(names[0].contains("# why\n    ? {"), "{}", names[0]);
    }

    #[test]
    fn ten_thousand_brackets_are_a_diagnostic() {
        let text = format!("a = {}1{}\n", "[".repeat(10_000), "]".repeat(10_000));
        assert!(!parse(FileId(0), &text).diagnostics.is_empty());
    }
}
