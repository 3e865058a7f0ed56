//! Expressions to trees, as far as their names are known.

use ecow::EcoString;

use super::{
    expand::{Expander, MAX_TEXT, Scope},
    expression::{self, Expr, Step},
    tree::{Kind, Tree},
};
use crate::value::{Origins, Value};

impl Expander<'_> {
    /// What an expression gives, as far as that is known.
    pub fn reduce(&mut self, expr: &Expr, scope: &Scope) -> Tree {
        match expr {
            Expr::Path(root, steps) => self.path(root, steps, scope),
            Expr::Call(name, args) => {
                let args: Vec<Tree> = args.iter().map(|a| self.reduce(a, scope)).collect();
                let mut origins = Origins::none();
                for arg in &args {
                    origins.extend(&arg.origins);
                }
                if let Some(found) = of_collections(name, &args) {
                    return Tree::of_expr(found, origins);
                }
                if (name == "iif" || name == "coalesce")
                    && let Some(chosen) = chosen(name, &args)
                {
                    return chosen;
                }
                let opaque = |tree: &Tree| Expr::Path(tree.value().kind_name().into(), Vec::new());
                let exprs = args.iter().map(|a| a.expr().unwrap_or_else(|| opaque(a))).collect();
                match expression::call(name, exprs) {
                    Expr::Text(text) if text.len() > MAX_TEXT => {
                        Tree::open(Expr::Path(name.clone(), Vec::new()), origins)
                    }
                    found => Tree::of_expr(found, origins),
                }
            }
            Expr::Part(..) | Expr::Choice(..) => Tree::open(expr.clone(), Origins::none()),
            literal => Tree::of_expr(literal.clone(), Origins::none()),
        }
    }

    fn path(&mut self, root: &EcoString, steps: &[Step], scope: &Scope) -> Tree {
        let mut names = Vec::with_capacity(steps.len());
        for step in steps {
            names.push(match step {
                Step::Name(name) => Some(name.clone()),
                Step::Computed(expr) => self.reduce(expr, scope).as_text(),
                Step::All => None,
            });
        }
        let written = || {
            let steps = steps.iter().zip(&names);
            let steps = steps.map(|(step, name)| name.clone().map_or_else(|| step.clone(), Step::Name)).collect();
            Tree::open(Expr::Path(root.clone(), steps), Origins::none())
        };
        let (start, rest) = if let Some(local) = scope.locals.get(root) {
            (local.clone(), &names[..])
        } else {
            let table = match root.to_ascii_lowercase().as_str() {
                "parameters" => &scope.parameters,
                "variables" => &scope.variables,
                _ => return written(),
            };
            let Some((first, rest)) = names.split_first() else { return written() };
            let Some(name) = first else { return written() };
            match table.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
                Some((_, tree)) => (tree.clone(), rest),
                None if root.eq_ignore_ascii_case("parameters") => (Tree::scalar(Value::null()), rest),
                None => return written(),
            }
        };
        rest.iter().try_fold(start, |tree, name| entered(&tree, name.as_ref()?)).unwrap_or_else(written)
    }
}

/// A step into a tree; none if what is there is not known.
fn entered(tree: &Tree, name: &str) -> Option<Tree> {
    match &tree.kind {
        Kind::Map(fields) => {
            let key = fields.iter().find(|f| f.key.eq_ignore_ascii_case(name)).map(|f| f.key.clone());
            Some(key.and_then(|key| tree.get(&key)).unwrap_or_else(|| Tree::scalar(Value::null())))
        }
        Kind::List(items) => {
            if items.iter().any(|i| !i.guards.is_empty()) {
                return None;
            }
            Some(items.get(name.parse::<usize>().ok()?).map_or_else(|| Tree::scalar(Value::null()), |i| i.tree.clone()))
        }
        Kind::Scalar(_, Some(expr)) => match &**expr {
            Expr::Path(root, steps) => {
                let steps = steps.iter().cloned().chain([Step::Name(name.into())]).collect();
                Some(Tree::open(Expr::Path(root.clone(), steps), tree.origins.clone()))
            }
            _ => None,
        },
        Kind::Scalar(..) => Some(Tree::scalar(Value::null())),
    }
}

/// What functions of sequences and mappings give.
fn of_collections(name: &str, args: &[Tree]) -> Option<Expr> {
    let whole = |tree: &Tree| tree.items().iter().all(|i| i.guards.is_empty());
    Some(match (name, args) {
        ("length", [Tree { kind: Kind::List(items), .. }]) if whole(&args[0]) => {
            Expr::Number(ecow::eco_format!("{}", items.len()))
        }
        ("join", [separator, list @ Tree { kind: Kind::List(items), .. }]) if whole(list) => {
            let texts: Option<Vec<EcoString>> = items.iter().map(|i| i.tree.expr()?.as_text()).collect();
            Expr::Text(texts?.join(separator.as_text()?.as_str()).into())
        }
        ("containsvalue", [list @ Tree { kind: Kind::List(items), .. }, wanted]) if whole(list) => {
            let args = [wanted.expr()?].into_iter().chain(items.iter().filter_map(|i| i.tree.expr())).collect();
            expression::call("in", args)
        }
        // Whether there is anything in it.
        ("eq" | "ne", [left, right]) if left.expr().is_none() && right.expr().is_some_and(|e| e.is_literal()) => {
            Expr::Bool(name == "ne")
        }
        _ => return None,
    })
}

/// The argument that `iif` or `coalesce` gives, which may be of any kind.
fn chosen(name: &str, args: &[Tree]) -> Option<Tree> {
    if name == "iif" {
        let truth = args.first()?.expr().map_or(Some(true), |e| e.truth())?;
        return args.get(if truth { 1 } else { 2 }).cloned();
    }
    let is_empty = |tree: &Tree| tree.expr().is_some_and(|e| matches!(e, Expr::Null) || e == Expr::Text("".into()));
    let first = args.iter().find(|a| !is_empty(a))?;
    first.expr().is_none_or(|e| e.is_literal()).then(|| first.clone())
}
