//! Walking through expressions with the names that `for` binds.

use super::{Expr, ExprKind, Ident, ObjectKey, Step, TemplatePart};

/// What a [`walk`] tells of: an expression, and the names that are bound around it.
pub type Visit<'v, 'a> = &'v mut dyn FnMut(&'a Expr, &[&'a Ident]);

/// Calls `visit` for an expression and everything in it, outermost first.
pub fn walk<'a>(expr: &'a Expr, visit: Visit<'_, 'a>) {
    inside(expr, &mut Vec::new(), visit);
}

fn inside<'a>(expr: &'a Expr, bound: &mut Vec<&'a Ident>, visit: Visit<'_, 'a>) {
    visit(expr, bound);
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Variable(_) => {}
        ExprKind::Template(parts) => template(parts, bound, visit),
        ExprKind::Array(items) => items.iter().for_each(|e| inside(e, bound, visit)),
        ExprKind::Object(items) => {
            for (key, value) in items {
                if let ObjectKey::Expr(key) = key {
                    inside(key, bound, visit);
                }
                inside(value, bound, visit);
            }
        }
        ExprKind::Traversal(base, steps) => {
            inside(base, bound, visit);
            for step in steps {
                if let Step::Index(index, _) = step {
                    inside(index, bound, visit);
                }
            }
        }
        ExprKind::Call { args, .. } => args.iter().for_each(|e| inside(e, bound, visit)),
        ExprKind::Conditional(parts) => {
            for part in [&parts.0, &parts.1, &parts.2] {
                inside(part, bound, visit);
            }
        }
        ExprKind::For(f) => {
            inside(&f.collection, bound, visit);
            let before = bound.len();
            bound.extend(f.key_var.as_ref());
            bound.push(&f.value_var);
            for part in f.key.iter().chain([&f.value]).chain(&f.condition) {
                inside(part, bound, visit);
            }
            bound.truncate(before);
        }
        ExprKind::Unary(_, operand) => inside(operand, bound, visit),
        ExprKind::Binary(_, sides) => {
            inside(&sides.0, bound, visit);
            inside(&sides.1, bound, visit);
        }
        ExprKind::Paren(inner) => inside(inner, bound, visit),
    }
}

fn template<'a>(parts: &'a [TemplatePart], bound: &mut Vec<&'a Ident>, visit: Visit<'_, 'a>) {
    for part in parts {
        match part {
            TemplatePart::Literal(..) => {}
            TemplatePart::Interpolation(expr, _) => inside(expr, bound, visit),
            TemplatePart::If { condition, then, otherwise, .. } => {
                inside(condition, bound, visit);
                template(then, bound, visit);
                template(otherwise, bound, visit);
            }
            TemplatePart::For { key_var, value_var, collection, body, .. } => {
                inside(collection, bound, visit);
                let before = bound.len();
                bound.extend(key_var.as_ref());
                bound.push(value_var);
                template(body, bound, visit);
                bound.truncate(before);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{source::FileId, syntax::hcl::parse_expression};

    #[test]
    fn names_that_for_binds_are_bound_in_its_parts_only() {
        let text = "f(x, [for x in xs : \"${x} %{for y in x}${y}%{endfor}\" if z], x)";
        let expr = parse_expression(FileId(0), text, 0).unwrap();
        let mut seen = Vec::new();
        walk(&expr, &mut |e, bound| {
            if let ExprKind::Variable(name) = &e.kind {
                seen.push((name.to_string(), bound.iter().any(|b| b.text == *name)));
            }
        });
        let seen: Vec<(&str, bool)> = seen.iter().map(|(n, b)| (n.as_str(), *b)).collect();
        assert_eq!(
            seen,
            [("x", false), ("xs", false), ("x", true), ("x", true), ("y", true), ("z", false), ("x", false)]
        );
    }
}
