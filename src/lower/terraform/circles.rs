//! Local values that refer to themselves by way of each other.
//!
//! Evaluation notices a circle when it comes upon one, but only what somebody asks for is evaluated; Terraform
//! refuses a module for a circle that nobody looks at.

use std::collections::HashMap;

use super::module::Module;
use crate::{
    source::{Diagnostic, DiagnosticKind},
    syntax::hcl::{Step, walk::references},
};

/// One diagnostic for each circle among the locals of a module, at the first of its members, unless evaluation
/// came upon it.
pub(super) fn report(module: &Module, diagnostics: &mut Vec<Diagnostic>) {
    let names: Vec<&str> = module.locals.keys().map(ecow::EcoString::as_str).collect();
    let place: HashMap<&str, usize> = names.iter().enumerate().map(|(i, name)| (*name, i)).collect();
    let uses: Vec<Vec<usize>> = module
        .locals
        .values()
        .map(|attribute| {
            let mut found = Vec::new();
            references(&attribute.expr, &mut |_, first, steps| {
                if first == "local"
                    && let Some(Step::Attribute(name)) = steps.first()
                    && let Some(at) = place.get(name.text.as_str())
                {
                    found.push(*at);
                }
            });
            found
        })
        .collect();
    let mut state = vec![State::Unseen; names.len()];
    for start in 0..names.len() {
        // Depth first, with a stack of its own: a chain of locals may be long.
        let mut path: Vec<(usize, usize)> = Vec::new();
        if state[start] == State::Unseen {
            state[start] = State::OnPath;
            path.push((start, 0));
        }
        while let Some((at, next)) = path.last_mut() {
            let Some(&used) = uses[*at].get(*next) else {
                state[*at] = State::Done;
                path.pop();
                continue;
            };
            *next += 1;
            match state[used] {
                State::Done => {}
                State::Unseen => {
                    state[used] = State::OnPath;
                    path.push((used, 0));
                }
                State::OnPath => {
                    let from = path.iter().position(|(on, _)| *on == used).unwrap_or(0);
                    let circle: Vec<usize> = path[from..].iter().map(|(on, _)| *on).collect();
                    let met = |d: &Diagnostic| circle.iter().any(|at| d.message == message(names[*at]));
                    if !diagnostics.iter().any(met) {
                        diagnostics.extend(diagnostic(module, &names, &circle));
                    }
                }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unseen,
    OnPath,
    Done,
}

/// What evaluation says of it as well.
fn message(name: &str) -> String {
    format!("local.{name} refers to itself")
}

fn diagnostic(module: &Module, names: &[&str], circle: &[usize]) -> Option<Diagnostic> {
    let first = *circle.iter().min()?;
    // Said the same way whichever member was met first.
    let turn = circle.iter().position(|at| *at == first)?;
    let around = circle[turn..].iter().chain(&circle[..turn]).chain([&first]);
    let words: Vec<String> = around.map(|at| format!("local.{}", names[*at])).collect();
    let attribute = module.locals.get_index(first)?.1;
    Some(
        Diagnostic::error(DiagnosticKind::Evaluation, message(names[first]), attribute.name.span)
            .warning()
            .label(words.join(" -> ")),
    )
}
