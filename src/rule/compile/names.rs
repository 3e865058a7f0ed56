//! Which names an expression of a rule may use, and whether the functions it calls exist.

use std::collections::BTreeSet;

use ecow::EcoString;

use crate::{
    eval::functions::{self, Available},
    rule::{
        file::{choices, mistake, nearest},
        walk::walk,
    },
    source::{Diagnostic, Span},
    syntax::hcl::{Expr, ExprKind, Ident, Step},
};

/// The names that are in scope where an expression stands.
#[derive(Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)] // a set of names
pub(super) struct Names<'a> {
    /// How the place is called in messages: `` `where` of a match ``.
    pub(super) place: &'a str,
    /// `self`.
    pub(super) this: bool,
    /// `each`.
    pub(super) each: bool,
    /// `other`.
    pub(super) other: bool,
    /// `a` and `b`.
    pub(super) pair: bool,
    /// `link.<name>`; none where links cannot be used.
    pub(super) links: Option<&'a [EcoString]>,
    /// `input.<name>`.
    pub(super) inputs: &'a [EcoString],
}

/// What the checked expressions used.
#[derive(Default)]
pub(super) struct Used {
    pub(super) links: BTreeSet<EcoString>,
    pub(super) inputs: BTreeSet<EcoString>,
}

impl Names<'_> {
    fn in_scope(&self) -> Vec<&'static str> {
        let all = [
            (self.this, "self"),
            (self.each, "each"),
            (self.other, "other"),
            (self.pair, "a"),
            (self.pair, "b"),
            (self.links.is_some_and(|l| !l.is_empty()), "link"),
            (!self.inputs.is_empty(), "input"),
        ];
        all.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect()
    }

    /// Checks an expression.
    pub(super) fn check(&self, expr: &Expr, used: &mut Used, diagnostics: &mut Vec<Diagnostic>) {
        // A name followed by steps is checked with them, and then met again without.
        let mut seen: BTreeSet<Span> = BTreeSet::new();
        walk(expr, &mut |e, bound| match &e.kind {
            ExprKind::Traversal(base, steps) => {
                if let ExprKind::Variable(name) = &base.kind {
                    seen.insert(base.span);
                    self.name(name, base.span, steps.first(), bound, used, diagnostics);
                }
            }
            ExprKind::Variable(name) if !seen.contains(&e.span) => {
                self.name(name, e.span, None, bound, used, diagnostics);
            }
            ExprKind::Call { name, args, expand } => call(name, args, *expand, diagnostics),
            _ => {}
        });
    }

    fn name(
        &self,
        name: &str,
        span: Span,
        step: Option<&Step>,
        bound: &[&Ident],
        used: &mut Used,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        if bound.iter().any(|b| b.text == name) {
            return;
        }
        let attribute = match step {
            Some(Step::Attribute(attribute)) => Some(attribute),
            _ => None,
        };
        let known = match name {
            "self" => self.this,
            "other" => self.other,
            "a" | "b" => self.pair,
            "each" if self.each => match attribute {
                Some(part) if part.text == "key" || part.text == "value" => true,
                _ => {
                    let at = attribute.map_or(span, |a| a.span);
                    diagnostics.push(mistake("`each` has a `key` and a `value`, nothing else", at));
                    true
                }
            },
            "link" => match self.links {
                Some(declared) if !declared.is_empty() => {
                    member("link", attribute, span, declared, &mut used.links, diagnostics);
                    true
                }
                _ => false,
            },
            "input" if !self.inputs.is_empty() => {
                member("input", attribute, span, self.inputs, &mut used.inputs, diagnostics);
                true
            }
            _ => false,
        };
        if !known {
            diagnostics.push(
                mistake(format!("`{name}` is not a name that is known in {}", self.place), span)
                    .help(self.advice(name)),
            );
        }
    }

    fn advice(&self, name: &str) -> String {
        match name {
            "each" => "`each` is there in an `assert` or `from` with `for_each`.".into(),
            "other" => "`other` is there in the `where` of a `link`.".into(),
            "a" | "b" => "`a` and `b` are there in the `where` and the `error_message` of a `distinct`.".into(),
            "link" if self.links.is_some() => "This rule declares no `link`.".into(),
            "link" => "Links are there in `assert` and `fix`.".into(),
            "input" => "This rule declares no `input`.".into(),
            "var" | "local" | "data" | "module" | "path" | "terraform" => {
                "A rule has no variables or locals of its own; `input` is what a user may tune.".into()
            }
            _ => {
                let scope = self.in_scope();
                if scope.is_empty() {
                    return "Here only literals and functions can stand.".into();
                }
                choices(name, scope.iter().copied(), "Known here")
            }
        }
    }
}

/// `link.<name>`, `input.<name>`.
fn member(
    root: &str,
    attribute: Option<&Ident>,
    span: Span,
    declared: &[EcoString],
    used: &mut BTreeSet<EcoString>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(attribute) = attribute else {
        diagnostics.push(mistake(format!("`{root}` is followed by a name: `{root}.<name>`"), span));
        return;
    };
    if declared.contains(&attribute.text) {
        used.insert(attribute.text.clone());
        return;
    }
    diagnostics.push(
        mistake(format!("this rule declares no {root} \"{}\"", attribute.text), attribute.span).help(choices(
            &attribute.text,
            declared.iter().map(EcoString::as_str),
            "It declares",
        )),
    );
}

fn call(name: &Ident, args: &[Expr], expand: bool, diagnostics: &mut Vec<Diagnostic>) {
    // The evaluator itself deals with these two: they look at expressions, not at values.
    if matches!(name.text.as_str(), "try" | "can") {
        return;
    }
    let Some(function) = functions::lookup(&name.text) else {
        let fault = mistake(format!("there is no function `{}`", name.text), name.span);
        let known = functions::all().iter().filter(|f| f.available != Available::Configuration).map(|f| f.name);
        diagnostics.push(match nearest(&name.text, known) {
            Some(meant) => fault.help(format!("Did you mean `{meant}`?")),
            None => fault,
        });
        return;
    };
    if function.available == Available::Configuration {
        diagnostics.push(
            mistake(format!("`{}` cannot be used in rules", name.text), name.span)
                .help("A rule reads no files and asks no clock, so that it says the same everywhere."),
        );
        return;
    }
    let count = args.len();
    let too_few = count < function.min && !expand;
    // The last argument of a call with `...` may be empty.
    let too_many = function.max.is_some_and(|max| count - usize::from(expand && count > 0) > max);
    if too_few || too_many {
        let wants = match (function.min, function.max) {
            (min, Some(max)) if min == max => format!("{min}"),
            (min, Some(max)) => format!("{min} to {max}"),
            (min, None) => format!("at least {min}"),
        };
        let noun = if wants == "1" || wants == "at least 1" { "argument" } else { "arguments" };
        let given = if count == 1 { "1 is".to_string() } else { format!("{count} are") };
        diagnostics.push(mistake(format!("`{}` takes {wants} {noun}, {given} given", name.text), name.span));
    }
}
