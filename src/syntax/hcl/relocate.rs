//! Moves a tree to where its text really stands, if that was written with the escapes of another
//! format.

use super::ast::{Expr, ExprKind, ForExpr, Ident, ObjectKey, Step, TemplatePart};
use crate::source::Span;

/// Where a place of the tree is in the file.
pub type Moved<'a> = &'a dyn Fn(Span) -> Span;

/// Moves an expression.
pub fn expr(expr: &mut Expr, moved: Moved<'_>) {
    expr.span = moved(expr.span);
    match &mut expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Variable(_) => {}
        ExprKind::Template(parts) => template(parts, moved),
        ExprKind::Array(items) => all(items, moved),
        ExprKind::Object(entries) => {
            for (key, value) in entries {
                match key {
                    ObjectKey::Name(name) => ident(name, moved),
                    ObjectKey::Expr(key) => self::expr(key, moved),
                }
                self::expr(value, moved);
            }
        }
        ExprKind::Traversal(base, steps) => {
            self::expr(base, moved);
            for step in steps {
                self::step(step, moved);
            }
        }
        ExprKind::Call { name, args, .. } => {
            ident(name, moved);
            all(args, moved);
        }
        ExprKind::Conditional(parts) => {
            self::expr(&mut parts.0, moved);
            self::expr(&mut parts.1, moved);
            self::expr(&mut parts.2, moved);
        }
        ExprKind::For(each) => {
            let ForExpr { key_var, value_var, collection, key, value, group: _, condition } = &mut **each;
            for name in key_var.iter_mut().chain([value_var]) {
                ident(name, moved);
            }
            for part in [collection, value].into_iter().chain(key).chain(condition) {
                self::expr(part, moved);
            }
        }
        ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => self::expr(inner, moved),
        ExprKind::Binary(_, sides) => {
            self::expr(&mut sides.0, moved);
            self::expr(&mut sides.1, moved);
        }
    }
}

/// Moves the parts of a template.
pub fn template(parts: &mut [TemplatePart], moved: Moved<'_>) {
    for part in parts {
        match part {
            TemplatePart::Literal(_, span) => *span = moved(*span),
            TemplatePart::Interpolation(inner, span) => {
                *span = moved(*span);
                expr(inner, moved);
            }
            TemplatePart::If { condition, then, otherwise, span } => {
                *span = moved(*span);
                expr(condition, moved);
                template(then, moved);
                template(otherwise, moved);
            }
            TemplatePart::For { key_var, value_var, collection, body, span } => {
                *span = moved(*span);
                for name in key_var.iter_mut().chain([value_var]) {
                    ident(name, moved);
                }
                expr(collection, moved);
                template(body, moved);
            }
        }
    }
}

fn step(step: &mut Step, moved: Moved<'_>) {
    match step {
        Step::Attribute(name) => ident(name, moved),
        Step::Index(index, span) => {
            *span = moved(*span);
            expr(index, moved);
        }
        Step::LegacyIndex(_, span) | Step::AttributeSplat(span) | Step::FullSplat(span) => *span = moved(*span),
    }
}

fn all(items: &mut [Expr], moved: Moved<'_>) {
    for item in items {
        expr(item, moved);
    }
}

fn ident(name: &mut Ident, moved: Moved<'_>) {
    name.span = moved(name.span);
}
