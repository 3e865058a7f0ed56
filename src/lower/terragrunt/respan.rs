//! A tree of HCL whose places are moved: text that was made elsewhere points at what it was made from.

use std::sync::Arc;

use crate::{
    source::Span,
    syntax::hcl::{Attribute, Block, Body, Expr, ExprKind, ForExpr, Ident, Item, ObjectKey, Step, TemplatePart},
};

/// A body with each span replaced.
pub fn body(body: &Body, to: &dyn Fn(Span) -> Span) -> Body {
    let items = body.items.iter().map(|item| match item {
        Item::Attribute(a) => {
            Item::Attribute(Arc::new(Attribute { name: ident(&a.name, to), expr: expr(&a.expr, to), span: to(a.span) }))
        }
        Item::Block(b) => Item::Block(Arc::new(Block {
            kind: ident(&b.kind, to),
            labels: b.labels.iter().map(|l| ident(l, to)).collect(),
            body: self::body(&b.body, to),
            header: to(b.header),
            span: to(b.span),
        })),
    });
    Body { items: items.collect() }
}

fn ident(name: &Ident, to: &dyn Fn(Span) -> Span) -> Ident {
    Ident { text: name.text.clone(), span: to(name.span) }
}

fn expr(expr: &Expr, to: &dyn Fn(Span) -> Span) -> Expr {
    let one = |e: &Expr| self::expr(e, to);
    let boxed = |e: &Expr| Box::new(self::expr(e, to));
    let kind = match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Variable(_) => {
            expr.kind.clone()
        }
        ExprKind::Template(parts) => ExprKind::Template(template(parts, to)),
        ExprKind::Array(items) => ExprKind::Array(items.iter().map(one).collect()),
        ExprKind::Object(entries) => {
            let key = |key: &ObjectKey| match key {
                ObjectKey::Name(name) => ObjectKey::Name(ident(name, to)),
                ObjectKey::Expr(key) => ObjectKey::Expr(one(key)),
            };
            ExprKind::Object(entries.iter().map(|(k, v)| (key(k), one(v))).collect())
        }
        ExprKind::Traversal(base, steps) => {
            let step = |step: &Step| match step {
                Step::Attribute(name) => Step::Attribute(ident(name, to)),
                Step::Index(index, span) => Step::Index(boxed(index), to(*span)),
                Step::LegacyIndex(index, span) => Step::LegacyIndex(*index, to(*span)),
                Step::AttributeSplat(span) => Step::AttributeSplat(to(*span)),
                Step::FullSplat(span) => Step::FullSplat(to(*span)),
            };
            ExprKind::Traversal(boxed(base), steps.iter().map(step).collect())
        }
        ExprKind::Call { name, args, expand } => {
            ExprKind::Call { name: ident(name, to), args: args.iter().map(one).collect(), expand: *expand }
        }
        ExprKind::Conditional(parts) => ExprKind::Conditional(Box::new((one(&parts.0), one(&parts.1), one(&parts.2)))),
        ExprKind::For(f) => ExprKind::For(Box::new(ForExpr {
            key_var: f.key_var.as_ref().map(|k| ident(k, to)),
            value_var: ident(&f.value_var, to),
            collection: one(&f.collection),
            key: f.key.as_ref().map(one),
            value: one(&f.value),
            group: f.group,
            condition: f.condition.as_ref().map(one),
        })),
        ExprKind::Unary(op, operand) => ExprKind::Unary(*op, boxed(operand)),
        ExprKind::Binary(op, operands) => ExprKind::Binary(*op, Box::new((one(&operands.0), one(&operands.1)))),
        ExprKind::Paren(inner) => ExprKind::Paren(boxed(inner)),
    };
    Expr { kind, span: to(expr.span) }
}

fn template(parts: &[TemplatePart], to: &dyn Fn(Span) -> Span) -> Vec<TemplatePart> {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Literal(text, span) => TemplatePart::Literal(text.clone(), to(*span)),
        TemplatePart::Interpolation(inner, span) => TemplatePart::Interpolation(expr(inner, to), to(*span)),
        TemplatePart::If { condition, then, otherwise, span } => TemplatePart::If {
            condition: expr(condition, to),
            then: template(then, to),
            otherwise: template(otherwise, to),
            span: to(*span),
        },
        TemplatePart::For { key_var, value_var, collection, body, span } => TemplatePart::For {
            key_var: key_var.as_ref().map(|k| ident(k, to)),
            value_var: ident(value_var, to),
            collection: expr(collection, to),
            body: template(body, to),
            span: to(*span),
        },
    };
    parts.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::FileId, syntax::hcl::parse};

    #[test]
    fn all_places_are_moved_and_nothing_else_changes() {
        let text = r#"
a = [null, true, -1, "x", "${b}-%{ if c }d%{ else }e%{ endif }%{ for k, v in f }${v}%{ endfor }"]
g = { h = (i.j[0].k.0), (l) = m[*].n, "o" = p.*.q }
r = f(s, t...) ? [for u in v : u if w] : { for k, x in y : k => x... }
block "label" bare {
  z = !a && b == c
  inner {}
}
"#;
        let file = FileId(0);
        let shifted = parse(file, &format!("   {text}"));
        let original = parse(file, text);
        assert!(original.diagnostics.is_empty(), "{:?}", original.diagnostics);
        let moved = body(&original.body, &|s| Span { start: s.start + 3, end: s.end + 3, ..s });
        assert_eq!(format!("{moved:?}"), format!("{:?}", shifted.body));
    }
}
