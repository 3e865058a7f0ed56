//! The parser's tree to ours.
//!
//! The parser's crate says what is where; what a text or a number *is* is read here, from the written
//! text: the crate reads numbers as `f64`, keeps the escapes in the sections of a directive, and takes
//! the space of a heredoc by other rules than the language.

use std::cell::RefCell;

use ecow::EcoString;
use hcl_edit::{Span as _, expr as e, structure as s, template as t};

use super::{
    ast::{
        Attribute, BinaryOp, Block, Body, Expr, ExprKind, ForExpr, Ident, Item, ObjectKey, Step, TemplatePart, UnaryOp,
    },
    text::{self, Literals},
};
use crate::{
    source::{Diagnostic, DiagnosticKind, FileId, Span},
    value::Number,
};

const MULTILINE: &str = "a quoted text ends on its line; write `\\n`, or a heredoc";
const REST: &str = "Everything else in the file was checked; this block was not.";

/// Lifts the parser's tree into ours.
pub struct Lift<'a> {
    file: FileId,
    /// The text as it was written, which is what is at `offset` in the file.
    text: &'a str,
    offset: usize,
    /// The first thing that the parser took and the language does not.
    fault: RefCell<Option<Diagnostic>>,
}

impl<'a> Lift<'a> {
    /// Of a text that stands in `file` at `offset`.
    pub fn new(file: FileId, text: &'a str, offset: usize) -> Self {
        Self { file, text, offset, fault: RefCell::default() }
    }

    /// The tree, if nothing was wrong with it.
    pub fn finish<T>(self, tree: T) -> Result<T, Diagnostic> {
        self.fault.into_inner().map_or(Ok(tree), Err)
    }

    fn fault(&self, span: Span, message: &str) {
        self.fault.borrow_mut().get_or_insert_with(|| {
            Diagnostic::error(DiagnosticKind::Input, format!("this is not valid HCL: {message}"), span)
                .label("here")
                .help(REST)
        });
    }

    /// The text at a place.
    fn written(&self, span: Span) -> Option<&'a str> {
        self.text.get((span.start as usize).checked_sub(self.offset)?..(span.end as usize).checked_sub(self.offset)?)
    }

    /// What the parser refused.
    pub fn error(&self, error: &hcl_edit::parser::Error) -> Diagnostic {
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
        .help(REST)
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

    /// The items that nothing is wrong with, and what is wrong with the others.
    pub fn items(&self, body: &s::Body) -> (Body, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut items = Vec::new();
        for structure in body {
            let item = self.item(structure);
            match self.fault.take() {
                None => items.push(item),
                Some(fault) => diagnostics.push(fault),
            }
        }
        (Body { items }, diagnostics)
    }

    fn body(&self, body: &s::Body) -> Body {
        Body { items: body.iter().map(|structure| self.item(structure)).collect() }
    }

    fn item(&self, structure: &s::Structure) -> Item {
        match structure {
            s::Structure::Attribute(attribute) => {
                let name = self.ident(&attribute.key);
                let expr = self.expr(&attribute.value);
                let span = name.span.to(expr.span);
                Item::Attribute(Attribute { name, expr, span }.into())
            }
            s::Structure::Block(block) => Item::Block(self.block(block).into()),
        }
    }

    fn block(&self, block: &s::Block) -> Block {
        let kind = self.ident(&block.ident);
        let labels: Vec<Ident> = block
            .labels
            .iter()
            .map(|label| match label {
                s::BlockLabel::Ident(ident) => self.ident(ident),
                s::BlockLabel::String(text) => {
                    let span = self.range(text.span(), kind.span);
                    self.check_line(span);
                    Ident { text: text.as_str().into(), span }
                }
            })
            .collect();
        let header = labels.last().map_or(kind.span, |l| kind.span.to(l.span));
        Block { body: self.body(&block.body), header, span: self.range(block.span(), header), kind, labels }
    }

    /// An expression.
    pub fn expr(&self, expr: &e::Expression) -> Expr {
        let span = self.range(expr.span(), self.here());
        let kind = match expr {
            e::Expression::Null(_) => ExprKind::Null,
            e::Expression::Bool(value) => ExprKind::Bool(*value.value()),
            e::Expression::Number(number) => {
                let written = self.written(span).unwrap_or_default();
                let parsed = Number::parse(written).or_else(|| written.parse().ok().map(|f: f64| f.into()));
                ExprKind::Number(parsed.unwrap_or_else(|| number.value().as_f64().unwrap_or(0.0).into()))
            }
            e::Expression::String(text) => {
                self.check_line(span);
                ExprKind::String(text.as_str().into())
            }
            e::Expression::Array(array) => ExprKind::Array(array.iter().map(|x| self.expr(x)).collect()),
            e::Expression::Object(object) => {
                ExprKind::Object(object.iter().map(|(k, v)| (self.object_key(k), self.expr(v.expr()))).collect())
            }
            e::Expression::StringTemplate(template) => string(text::join(self.template(template, Literals::Quoted))),
            e::Expression::HeredocTemplate(heredoc) => {
                let mut parts = self.template(&heredoc.template, Literals::Lines);
                if self.written(span).is_some_and(|t| t.starts_with("<<-")) {
                    text::dedent(&mut parts);
                }
                string(text::join(parts))
            }
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
        let expr = match key {
            e::ObjectKey::Ident(ident) => return ObjectKey::Name(self.ident(ident)),
            e::ObjectKey::Expression(expr) => self.expr(expr),
        };
        match expr {
            Expr { kind: ExprKind::Variable(text), span } => ObjectKey::Name(Ident { text, span }),
            // A bare word is a name, whatever it means elsewhere.
            Expr { kind: ExprKind::Null, span } => ObjectKey::Name(Ident { text: "null".into(), span }),
            Expr { kind: ExprKind::Bool(value), span } => {
                ObjectKey::Name(Ident { text: if value { "true" } else { "false" }.into(), span })
            }
            expr => ObjectKey::Expr(expr),
        }
    }

    /// A quoted text ends on its line.
    fn check_line(&self, span: Span) {
        if let Some(newline) = self.written(span).and_then(|t| t.find('\n')) {
            self.fault(self.point(span, newline), MULTILINE);
        }
    }

    fn point(&self, span: Span, at: usize) -> Span {
        Span::new(self.file, span.start as usize + at, span.start as usize + at + 1)
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
        let steps: Vec<Step> = traversal
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
        self.check_steps(&base, &steps);
        ExprKind::Traversal(Box::new(base), steps)
    }

    /// What the language does not read as steps: `1.2.3`, `a.0.1`, `a.*.b.*`.
    fn check_steps(&self, base: &Expr, steps: &[Step]) {
        let mut legacy = matches!(base.kind, ExprKind::Number(_)).then_some("the number has too many points");
        let mut splat = false;
        for step in steps {
            match step {
                Step::LegacyIndex(_, span) => {
                    if let Some(message) = legacy {
                        self.fault(*span, message);
                    }
                }
                Step::AttributeSplat(span) if splat => self.fault(*span, "a second `.*` is written `[*]`"),
                _ => {}
            }
            legacy = matches!(step, Step::LegacyIndex(..)).then_some("two indexes in a row are written `[0][1]`");
            splat = match step {
                Step::AttributeSplat(_) => true,
                Step::Attribute(_) | Step::LegacyIndex(..) => splat,
                Step::Index(..) | Step::FullSplat(_) => false,
            };
        }
    }

    /// A template that is a text of its own.
    pub fn whole_template(&self, template: &t::Template) -> Vec<TemplatePart> {
        text::join(self.template(template, Literals::Lines))
    }

    fn literal(&self, literal: &hcl_edit::Spanned<String>, literals: Literals) -> Vec<TemplatePart> {
        let span = self.range(literal.span(), self.here());
        let raw = self.written(span).unwrap_or(literal.as_str());
        match literals {
            Literals::Lines => text::lines(raw, span),
            Literals::Quoted => {
                let text = text::unquote(raw).unwrap_or_else(|at| {
                    let newline = raw[at..].starts_with('\n');
                    self.fault(self.point(span, at), if newline { MULTILINE } else { "this cannot stand in quotes" });
                    raw.into()
                });
                vec![TemplatePart::Literal(text, span)]
            }
        }
    }

    fn template(&self, template: &t::Template, literals: Literals) -> Vec<TemplatePart> {
        let mut parts = Vec::with_capacity(template.len());
        // Whether the element before wants the space in front of the next literal stripped.
        let mut strip_next = false;
        for element in template {
            match element {
                t::Element::Literal(literal) => {
                    let mut pieces = self.literal(literal, literals);
                    if std::mem::take(&mut strip_next)
                        && let Some(TemplatePart::Literal(text, _)) = pieces.first_mut()
                    {
                        *text = text.trim_start().into();
                    }
                    parts.extend(pieces);
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
                            None => (self.section(&d.if_expr.template, literals, d.if_expr.strip, end), Vec::new()),
                            Some(other) => (
                                self.section(&d.if_expr.template, literals, d.if_expr.strip, other.strip),
                                self.section(&other.template, literals, other.strip, end),
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
                            body: self.section(&d.for_expr.template, literals, d.for_expr.strip, end),
                            span,
                        });
                    }
                },
            }
        }
        parts
    }

    /// The text between two directives, stripped as they say.
    fn section(
        &self,
        template: &t::Template,
        literals: Literals,
        before: t::Strip,
        after: t::Strip,
    ) -> Vec<TemplatePart> {
        let mut parts = self.template(template, literals);
        if strips_end(before)
            && let Some(TemplatePart::Literal(text, _)) = parts.first_mut()
        {
            *text = text.trim_start().into();
        }
        strip_before(&mut parts, after);
        parts
    }
}

/// A template that is only text is a string.
fn string(parts: Vec<TemplatePart>) -> ExprKind {
    match &parts[..] {
        [] => ExprKind::String(EcoString::new()),
        [TemplatePart::Literal(text, _)] => ExprKind::String(text.clone()),
        _ => ExprKind::Template(parts),
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
