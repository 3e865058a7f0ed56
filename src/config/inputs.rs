//! `inputs` blocks: values of inputs of rules.

use ecow::EcoString;

use super::Input;
use crate::{
    eval::{Access, EvalError, Locals, Mode, Resolved, Scope, evaluate},
    rule::{
        Catalog,
        file::{Section, choices, mistake, nearest},
    },
    source::{Diagnostic, Span},
    value::Value,
};

/// What a block sets.
pub(super) fn read(section: &Section, diagnostics: &mut Vec<Diagnostic>) -> Vec<Input> {
    let Some(label) = section.label() else { return Vec::new() };
    let mut out = Vec::new();
    for attribute in section.attributes() {
        match evaluate(&attribute.expr, &NoNames, &Locals::NONE) {
            Ok(value) => out.push(Input {
                rule: label.text.clone(),
                name: attribute.name.text.clone(),
                spans: (label.span, attribute.name.span),
                value,
            }),
            Err(error) => diagnostics.push(mistake(error.message, attribute.expr.span)),
        }
    }
    out
}

/// What belongs to rules that there are.
pub(super) fn of(
    inputs: &[Input],
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(String, String, Value)> {
    let mut out = Vec::new();
    let mut unknown: Option<Span> = None;
    for input in inputs {
        let Some(rule) = catalog.rules.iter().find(|r| r.id == input.rule.as_str()) else {
            if unknown != Some(input.spans.0) {
                unknown = Some(input.spans.0);
                let fault = mistake(format!("there is no rule `{}`", input.rule), input.spans.0);
                let near = nearest(&input.rule, catalog.rules.iter().map(|r| r.id.as_str()));
                diagnostics.push(match near {
                    Some(near) => fault.help(format!("Did you mean `{near}`?")),
                    None => fault.help("`trustlint rules list` shows all rules."),
                });
            }
            continue;
        };
        let names: Vec<&str> = rule.inputs.iter().map(|i| i.name.as_str()).collect();
        if let Some(declared) = rule.inputs.iter().find(|i| i.name == input.name.as_str()) {
            match declared.refuses(&input.value) {
                None => out.push((input.rule.to_string(), input.name.to_string(), input.value.clone())),
                Some(wanted) => diagnostics.push(
                    mistake(format!("the input `{}` of {} is {wanted}", input.name, rule.id), input.spans.1)
                        .help(declared.description.clone()),
                ),
            }
            continue;
        }
        let fault = mistake(format!("rule {} has no input `{}`", rule.id, input.name), input.spans.1);
        diagnostics.push(if names.is_empty() {
            fault.help("It has no inputs at all.")
        } else {
            fault.help(choices(&input.name, names.iter().copied(), "Its inputs are"))
        });
    }
    out
}

/// The scope of a configuration: functions, and no names.
struct NoNames;

impl Scope for NoNames {
    fn mode(&self) -> Mode {
        Mode::Rule
    }

    fn resolve(&self, name: &str, _span: Span, _steps: &[Access]) -> Result<Resolved, EvalError> {
        Err(EvalError::new(format!("there is nothing called `{name}` here: values are written out")))
    }

    fn read_file(&self, _path: &str) -> Result<Vec<u8>, EvalError> {
        Err(EvalError::new("a configuration reads no files"))
    }

    fn list_files(&self, _dir: &str, _pattern: &str) -> Result<Vec<EcoString>, EvalError> {
        Err(EvalError::new("a configuration reads no files"))
    }
}
