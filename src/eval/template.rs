//! Templates: text with `${ }` and `%{ }`.

use ecow::EcoString;

use super::{
    EvalError, Locals, Mode,
    expr::Evaluator,
    functions::{self, args, convert},
    iterate,
};
use crate::{
    source::{FileId, Span},
    syntax::hcl::{self, Expr, Ident, TemplatePart},
    value::{Hole, OriginStep, Origins, Part, Repr, Text, Truth, Type, Unknown, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The text of a template. An unknown leaves a hole, so that what is around it is still known.
pub(super) fn render(evaluator: Evaluator<'_>, parts: &[TemplatePart], span: Span, locals: &Locals<'_>) -> Result {
    let mut out = Vec::new();
    let mut operands = Vec::new();
    pieces(evaluator, parts, locals, &mut out, &mut operands)?;
    let value = args::text(Text::from_parts(out));
    Ok(evaluator.computed(value, span, &operands.iter().collect::<Vec<_>>()))
}

fn pieces(
    evaluator: Evaluator<'_>,
    parts: &[TemplatePart],
    locals: &Locals<'_>,
    out: &mut Vec<Part>,
    operands: &mut Vec<Value>,
) -> Result<()> {
    for part in parts {
        match part {
            TemplatePart::Literal(text, _) => out.push(Part::Known(text.clone())),
            TemplatePart::Interpolation(expr, span) => {
                let value = evaluator.at(expr, locals)?;
                let text = text_parts(evaluator.mode, &value, *span).map_err(|e| e.at(expr.span))?;
                evaluator.scope.spend(text.iter().map(Part::weight).sum()).map_err(|e| e.at(expr.span))?;
                out.extend(text);
                operands.push(value);
            }
            TemplatePart::If { condition, then, otherwise, span } => {
                let decided = evaluator.at(condition, locals)?;
                match evaluator.truth(&decided).map_err(|e| e.at(condition.span))? {
                    Truth::True(_) => pieces(evaluator, then, locals, out, operands)?,
                    Truth::False(_) => pieces(evaluator, otherwise, locals, out, operands)?,
                    Truth::Unknown(why, _) => out.push(hole(why.into_iter().next(), *span)),
                }
                operands.push(decided);
            }
            TemplatePart::For { key_var, value_var, collection, body, span } => {
                let value = evaluator.at(collection, locals)?;
                match iterate::elements(&value).map_err(|e| e.at(collection.span))? {
                    Some(elements) if elements.maybe.is_empty() && elements.open.is_none() => {
                        evaluator
                            .scope
                            .spend(Value::WEIGHT * elements.certain.len())
                            .map_err(|e| e.at(collection.span))?;
                        for (key, item) in elements.certain {
                            let mut names: Vec<(EcoString, Value)> = vec![(value_var.text.clone(), item)];
                            if let Some(name) = key_var {
                                names.push((name.text.clone(), key));
                            }
                            pieces(evaluator, body, &Locals::new(&names, locals), out, operands)?;
                        }
                    }
                    _ => out.push(hole(value.first_unknown(), *span)),
                }
                operands.push(value);
            }
        }
    }
    Ok(())
}

fn hole(why: Option<Why>, span: Span) -> Part {
    let why = why.unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
    let span = (span.file != FileId::NONE).then_some(span);
    Part::Hole(Hole { unknown: Unknown::because(why).into(), written: "${...}".into(), span })
}

/// A value as pieces of text.
fn text_parts(mode: Mode, value: &Value, span: Span) -> Result<Vec<Part>> {
    match &value.repr {
        Repr::Unknown(_)
            if mode == Mode::Configuration && convert::converted_type(&Type::of(value), &Type::String).is_none() =>
        {
            Err(EvalError::new(format!("a {} cannot stand in a template", Type::of(value))))
        }
        Repr::Unknown(unknown) => {
            let span = (span.file != FileId::NONE).then_some(span);
            Ok(vec![Part::Hole(Hole { unknown: unknown.clone(), written: "${...}".into(), span })])
        }
        Repr::String(text) => Ok(text.parts()),
        // A message must not fail because something in it is missing.
        Repr::Null if mode == Mode::Rule => Ok(vec![Part::Known("(not set)".into())]),
        Repr::Null => Err(EvalError::new("null cannot stand in a template")),
        _ => match convert::to_string(value)?.repr {
            Repr::String(text) => Ok(text.parts()),
            _ => Ok(Vec::new()),
        },
    }
}

/// Whether a text can be a name in an expression.
pub(super) fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && chars.all(|c| matches!(c, '-' | '_') || c.is_alphanumeric())
}

/// `templatefile(path, vars)` and `templatestring(text, vars)`.
pub(super) fn call(evaluator: Evaluator<'_>, name: &Ident, args: &[Expr], span: Span, locals: &Locals<'_>) -> Result {
    let [source, vars] = args else {
        return Err(EvalError::new(format!("`{}` takes two arguments", name.text)).at(span));
    };
    let source_value = evaluator.at(source, locals)?;
    let vars_value = evaluator.at(vars, locals)?;
    let mut operands = vec![&source_value, &vars_value];
    if let Repr::Object(object) = &vars_value.repr {
        operands.extend(object.fields.values());
    }
    let mut read = None;
    let Some(text) = source_value.as_str() else {
        let why = source_value
            .first_unknown()
            .ok_or_else(|| EvalError::new("the first argument must be a string").at(source.span))?;
        return Ok(evaluator.computed(Value::unknown(why), span, &operands));
    };
    let text = if functions::local_name(&name.text) == "templatefile" {
        read = evaluator.place(span, OriginStep::File { path: evaluator.scope.file_name(text), line: None });
        let bytes = evaluator.scope.read_file(text).map_err(|e| e.at(source.span))?;
        String::from_utf8(bytes).map_err(|_| EvalError::new(format!("{text} is not UTF-8")).at(source.span))?
    } else {
        text.to_string()
    };
    let names: Vec<(EcoString, Value)> = match &vars_value.repr {
        Repr::Object(object) => {
            if let Some(name) = object.fields.keys().find(|name| !is_identifier(name)) {
                let message = format!("\"{name}\" cannot be the name of a variable");
                return Err(EvalError::new(message).at(vars.span));
            }
            object.fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
        }
        Repr::Unknown(unknown) => {
            return Ok(evaluator.computed(Value::unknown(unknown.why.clone()), span, &operands));
        }
        _ => return Err(EvalError::new("the second argument must be a map of variables").at(vars.span)),
    };
    let parts = hcl::parse_template(FileId::NONE, &text)
        .map_err(|d| EvalError::new(format!("the template does not parse: {}", d.message)).at(span))?;
    let inner = Locals::new(&names, &Locals::NONE);
    let result = if let [TemplatePart::Interpolation(only, _)] = &parts[..] {
        evaluator.at(only, &inner)
    } else {
        render(evaluator, &parts, Span { file: FileId::NONE, ..span }, &inner)
    };
    // Places inside the template are in no file that the report knows.
    let result = result.map_err(|e| EvalError { span: Some(span), ..e })?;
    let result = match read {
        Some(read) => result.with_origins(Origins::one(read)),
        None => result,
    };
    Ok(evaluator.computed(result, span, &operands))
}
