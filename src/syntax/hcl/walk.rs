//! Walking through expressions with the names that `for` binds.

use ecow::EcoString;

use super::{Expr, ExprKind, Ident, ObjectKey, Step, TemplatePart};

/// What a [`walk`] tells of: an expression, and the names that are bound around it.
pub type Visit<'v, 'a> = &'v mut dyn FnMut(&'a Expr, &[&'a Ident]);

/// Calls `visit` for an expression and everything in it, outermost first.
pub fn walk<'a>(expr: &'a Expr, visit: Visit<'_, 'a>) {
    inside(expr, &mut Vec::new(), visit);
}

/// What [`references`] tells of: an expression, the name that it begins with, and the steps behind that.
pub type Referred<'v, 'a> = &'v mut dyn FnMut(&'a Expr, &'a EcoString, &'a [Step]);

/// Calls `visit` for each name in an expression that no `for` binds: `local.a.b` begins with `local`, and a name alone
/// has no steps.
pub fn references<'a>(expr: &'a Expr, visit: Referred<'_, 'a>) {
    // The name of a reference that was told of with its steps.
    let mut told: Option<&Expr> = None;
    walk(expr, &mut |e, bound| {
        let (name, steps): (_, &[Step]) = match &e.kind {
            ExprKind::Traversal(base, steps) => {
                let ExprKind::Variable(name) = &base.kind else { return };
                told = Some(base);
                (name, steps)
            }
            ExprKind::Variable(name) if !told.is_some_and(|t| std::ptr::eq(t, e)) => (name, &[]),
            _ => return,
        };
        if !bound.iter().any(|b| b.text == *name) {
            visit(e, name, steps);
        }
    });
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
    fn references_are_names_with_their_steps_unless_for_binds_them() {
        let text = "f(local.a.b, [for x in var.xs : \"${x.y} ${path.module}/${each}\"], local[c], (d).e, g().h)";
        let expr = parse_expression(FileId(0), text, 0).unwrap();
        let mut seen = Vec::new();
        references(&expr, &mut |_, name, steps| seen.push((name.to_string(), steps.len())));
        let seen: Vec<(&str, usize)> = seen.iter().map(|(n, s)| (n.as_str(), *s)).collect();
        assert_eq!(seen, [("local", 2), ("var", 1), ("path", 1), ("each", 0), ("local", 1), ("c", 0), ("d", 0)]);
    }

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
