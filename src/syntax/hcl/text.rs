//! The text of templates: escapes, strip markers, and the space in front of a heredoc's lines.
//!
//! The language strips and dedents piece by piece, and a piece of a heredoc ends with its line: `~`
//! takes the blanks up to the line's end with it and not those of the next line, and what follows on
//! a line whose newline was stripped is no beginning of a line.

use ecow::EcoString;

use super::ast::TemplatePart;
use crate::source::Span;

/// How the literals of a template are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literals {
    /// Between double quotes, with backslashes.
    Quoted,
    /// In lines, as they stand.
    Lines,
}

/// The text of a literal between quotes; the place of what cannot stand there, if something does.
pub fn unquote(raw: &str) -> Result<EcoString, usize> {
    let mut text = EcoString::with_capacity(raw.len());
    let mut chars = raw.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' | '\n' => return Err(at),
            '$' | '%' if raw[at + 1..].starts_with(char) && raw[at + 2..].starts_with('{') => {
                text.push(char);
                text.push('{');
                chars.next();
                chars.next();
            }
            '\\' => {
                let (_, sign) = chars.next().ok_or(at)?;
                let code = match sign {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    '"' | '\\' => sign,
                    'u' | 'U' => {
                        let digits = if sign == 'u' { 4 } else { 8 };
                        let hex = raw.get(at + 2..at + 2 + digits).ok_or(at)?;
                        chars.nth(digits - 1);
                        u32::from_str_radix(hex, 16).ok().and_then(char::from_u32).ok_or(at)?
                    }
                    _ => return Err(at),
                };
                text.push(code);
            }
            _ => text.push(char),
        }
    }
    Ok(text)
}

/// The pieces of a literal that stands in lines, each with its newline, and where they stand.
pub fn lines(raw: &str, span: Span) -> Vec<TemplatePart> {
    let mut at = span.start as usize;
    raw.split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            let text =
                if line.contains('{') { line.replace("$${", "${").replace("%%{", "%{").into() } else { line.into() };
            TemplatePart::Literal(text, Span::new(span.file, start, at))
        })
        .collect()
}

/// Takes the space away that all lines of a `<<-` heredoc have in front. Lines with nothing but
/// space do not count; a line that begins with `${` or `%{` has none.
pub fn dedent(parts: &mut [TemplatePart]) {
    let mut least = usize::MAX;
    beginnings(parts, &mut true, &mut |text| match text {
        None => least = 0,
        Some(text) => {
            let blank = text.trim_start().is_empty() && text.ends_with('\n');
            if !blank {
                least = least.min(text.chars().take_while(|c| c.is_whitespace()).count());
            }
        }
    });
    if least == 0 || least == usize::MAX {
        return;
    }
    beginnings(parts, &mut true, &mut |text| {
        if let Some(text) = text {
            let blank = text.trim_start().is_empty() && text.ends_with('\n');
            if !blank {
                *text = text.chars().skip(least).collect();
            }
        }
    });
}

/// Calls `found` with each first piece of a line; none for one that is no text.
fn beginnings(parts: &mut [TemplatePart], fresh: &mut bool, found: &mut dyn FnMut(Option<&mut EcoString>)) {
    for part in parts {
        let first = std::mem::take(fresh);
        match part {
            TemplatePart::Literal(text, _) => {
                let ends = text.ends_with('\n');
                if first {
                    found(Some(text));
                }
                *fresh = ends;
            }
            TemplatePart::Interpolation(..) => {
                if first {
                    found(None);
                }
            }
            TemplatePart::If { then, otherwise, .. } => {
                if first {
                    found(None);
                }
                beginnings(then, fresh, found);
                if !otherwise.is_empty() {
                    mark(fresh, found);
                    beginnings(otherwise, fresh, found);
                }
                mark(fresh, found);
            }
            TemplatePart::For { body, .. } => {
                if first {
                    found(None);
                }
                beginnings(body, fresh, found);
                mark(fresh, found);
            }
        }
    }
}

/// A directive's `else` or end.
fn mark(fresh: &mut bool, found: &mut dyn FnMut(Option<&mut EcoString>)) {
    if std::mem::take(fresh) {
        found(None);
    }
}

/// Makes one literal of those that follow each other, and none of those without text.
pub fn join(parts: Vec<TemplatePart>) -> Vec<TemplatePart> {
    let mut joined: Vec<TemplatePart> = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            TemplatePart::Literal(text, _) if text.is_empty() => {}
            TemplatePart::Literal(text, span) => match joined.last_mut() {
                Some(TemplatePart::Literal(before, place)) => {
                    before.push_str(&text);
                    *place = place.to(span);
                }
                _ => joined.push(TemplatePart::Literal(text, span)),
            },
            TemplatePart::If { condition, then, otherwise, span } => {
                joined.push(TemplatePart::If { condition, then: join(then), otherwise: join(otherwise), span });
            }
            TemplatePart::For { key_var, value_var, collection, body, span } => {
                joined.push(TemplatePart::For { key_var, value_var, collection, body: join(body), span });
            }
            part @ TemplatePart::Interpolation(..) => joined.push(part),
        }
    }
    joined
}
