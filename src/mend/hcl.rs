//! Edits of HCL.

use serde_json::Value as Json;

use super::{
    layout::{self, STEP},
    render,
};
use crate::{
    report::FixPlace,
    source::{Edit, Span},
    syntax::hcl::{Attribute, Block, Body, Expr, ExprKind, Item, ObjectKey, walk},
};

/// Writes another value in the place of a literal.
pub(super) fn replace(body: &Body, place: FixPlace, current: &Json, value: &Json) -> Option<Edit> {
    let literal = expression_at(body, place, &|expr| value_of(expr).is_some_and(|v| render::same(&v, current)))?;
    Some(Edit::new(literal.span, render::hcl(value)))
}

/// Adds elements to a list that is written there.
pub(super) fn append(body: &Body, text: &str, place: FixPlace, values: &[Json]) -> Option<Vec<Edit>> {
    let list = expression_at(body, place, &|expr| matches!(expr.kind, ExprKind::Array(_)))?;
    let ExprKind::Array(items) = &list.kind else { return None };
    let file = list.span.file;
    let elements: Vec<String> = values.iter().map(render::hcl).collect();
    let Some(last) = items.last() else {
        return Some(vec![Edit::new(list.span, format!("[{}]", elements.join(", ")))]);
    };
    let end = last.span.end as usize;
    let rest = &text[end..list.span.end as usize];
    if !rest.contains('\n') {
        return Some(vec![Edit::insert(file, end, format!(", {}", elements.join(", ")))]);
    }
    let (newline, indent) = (layout::newline(text), layout::indent(text, last.span.start as usize));
    let mut edits = Vec::new();
    let has_comma = behind_comments(rest).starts_with(',');
    if !has_comma {
        edits.push(Edit::insert(file, end, ","));
    }
    let lines = elements.join(&format!(",{newline}{indent}"));
    let comma = if has_comma { "," } else { "" };
    edits.push(Edit::insert(file, layout::line_end(text, end), format!("{newline}{indent}{lines}{comma}")));
    Some(edits)
}

/// What follows a value, without blanks and comments.
fn behind_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let end = if text.starts_with("/*") {
            text.find("*/").map(|end| end + 2)
        } else if text.starts_with('#') || text.starts_with("//") {
            text.find('\n')
        } else {
            None
        };
        match end {
            Some(end) => text = &text[end..],
            None => return text,
        }
    }
}

/// Writes attributes and blocks that are not there, by their paths in the holder.
pub(super) fn set(
    body: &Body,
    text: &str,
    holder: FixPlace,
    kind: &str,
    values: &[(&[String], &Json)],
) -> Option<Vec<Edit>> {
    let block = own_block(body, holder, kind)?;
    let inner = inner_indent(block, text);
    let (mut attributes, mut blocks) = (Vec::new(), Vec::new());
    for (path, value) in values {
        let (name, value) = render::under(path, value)?;
        // It is there after all, with a value that nobody can tell, or made by `dynamic`.
        let is_dynamic = |b: &&std::sync::Arc<Block>| b.labels.first().is_some_and(|label| label.text == name);
        if block.body.attribute(&name).is_some() || block.body.blocks_of("dynamic").find(is_dynamic).is_some() {
            return None;
        }
        if value.is_object() {
            blocks.extend(render::hcl_block(&name, &value, &inner));
        } else {
            attributes.push((name, render::hcl(&value)));
        }
    }
    match (attributes.is_empty(), blocks.is_empty()) {
        (false, true) => Some(with_attributes(block, text, &inner, &attributes)),
        (true, false) => at_end(block, text, &blocks.join(layout::newline(text))),
        // One line that becomes several cannot be taken apart twice.
        (false, false) if is_one_line(block, text) => None,
        (false, false) => {
            let mut edits = with_attributes(block, text, &inner, &attributes);
            edits.extend(at_end(block, text, &blocks.join(layout::newline(text)))?);
            Some(edits)
        }
        (true, true) => None,
    }
}

/// Takes an attribute or all blocks of a kind away.
pub(super) fn remove(body: &Body, text: &str, holder: FixPlace, name: &str) -> Option<Vec<Edit>> {
    let block = block_at(body, holder)?;
    let spans: Vec<Span> = match block.body.attribute(name) {
        Some(attribute) => vec![attribute.span],
        None => block.body.blocks_of(name).map(|b| b.span).collect(),
    };
    let whole_lines = |span: &Span| {
        let (start, end) = (span.start as usize, span.end as usize);
        let line = layout::line_start(text, start);
        let behind = text[end..layout::line_end(text, end)].trim();
        let alone = layout::begins_line(text, start) && (behind.is_empty() || behind.starts_with(['#', '/']));
        alone.then(|| Edit::new(Span::new(span.file, line, layout::next_line(text, end)), ""))
    };
    let edits: Option<Vec<Edit>> = spans.iter().map(whole_lines).collect();
    edits.filter(|edits| !edits.is_empty())
}

/// Writes code at the end of a block.
pub(super) fn insert(body: &Body, text: &str, holder: FixPlace, kind: &str, code: &str) -> Option<Vec<Edit>> {
    let block = own_block(body, holder, kind)?;
    at_end(block, text, &layout::indented(code, &inner_indent(block, text), layout::newline(text)))
}

/// Writes code behind the outermost block that a place is in.
pub(super) fn insert_after(body: &Body, text: &str, block: FixPlace, code: &str) -> Option<Vec<Edit>> {
    let block = body.blocks().find(|b| b.span.contains(block.anchor))?;
    let newline = layout::newline(text);
    let end = layout::line_end(text, block.span.end as usize);
    let code = layout::indented(code, "", newline);
    Some(vec![Edit::insert(block.span.file, end, format!("{newline}{newline}{code}"))])
}

/// The block of a place, if what a rule calls its attributes is what the provider calls them: a Kubernetes object
/// that is written as a typed resource has other names there.
fn own_block<'a>(body: &'a Body, holder: FixPlace, kind: &str) -> Option<&'a Block> {
    let outer = body.blocks().find(|b| b.span.contains(holder.anchor))?;
    let label = outer.labels.first().map(|label| label.text.as_str());
    if outer.kind.text == "resource" && label.is_some_and(|l| l.starts_with("kubernetes_") && l != kind) {
        return None;
    }
    block_at(body, holder)
}

/// The block of a place; of a `dynamic` one, what it makes.
fn block_at(body: &Body, place: FixPlace) -> Option<&Block> {
    let block = body.blocks().find(|b| b.span.contains(place.anchor))?;
    if block.header == place.anchor || block.span == place.extent {
        let content = block.body.blocks_of("content").next().filter(|_| block.kind.text == "dynamic");
        return Some(content.unwrap_or(block));
    }
    block_at(&block.body, place)
}

fn inner_indent(block: &Block, text: &str) -> String {
    let own = layout::indent(text, block.span.start as usize);
    let first = block.body.items.first().map(|item| item_span(item).start as usize);
    match first.filter(|first| layout::begins_line(text, *first)) {
        Some(first) => layout::indent(text, first).to_string(),
        None => format!("{own}{STEP}"),
    }
}

fn item_span(item: &Item) -> Span {
    match item {
        Item::Attribute(attribute) => attribute.span,
        Item::Block(block) => block.span,
    }
}

/// What stands between the braces of a block.
fn inside(block: &Block, text: &str) -> Option<(usize, usize)> {
    let open = block.header.end as usize + text.get(block.header.end as usize..block.span.end as usize)?.find('{')? + 1;
    let close = (block.span.end as usize).checked_sub(1).filter(|close| *close >= open)?;
    Some((open, close))
}

fn is_one_line(block: &Block, text: &str) -> bool {
    inside(block, text).is_some_and(|(open, close)| !text[open..close].contains('\n'))
}

/// Attributes behind the first attributes of a block, aligned with them.
fn with_attributes(block: &Block, text: &str, indent: &str, new: &[(String, String)]) -> Vec<Edit> {
    let file = block.span.file;
    let newline = layout::newline(text);
    let Some((open, close)) = inside(block, text) else { return Vec::new() };
    let mut old: Vec<&Attribute> = block.body.items.iter().map_while(as_attribute).collect();
    // Long values such as tags come last, as people write them.
    if let Some(last) = old.iter().rposition(|a| !text[a.span.range()].contains('\n')) {
        old.truncate(last + 1);
    }
    let group = if is_one_line(block, text) { Vec::new() } else { aligned(&old, text) };
    let longest = |names: &mut dyn Iterator<Item = &str>| names.map(str::len).max().unwrap_or(0);
    let widest = longest(&mut new.iter().map(|(name, _)| name.as_str()));
    let column = match group.first().and_then(|a| equals(a, text)) {
        Some(column) if indent.len() + widest < column => column,
        Some(_) => indent.len() + widest.max(longest(&mut group.iter().map(|a| a.name.text.as_str()))) + 1,
        None => indent.len() + widest + 1,
    };
    let pad = |name: &str| " ".repeat(column.saturating_sub(indent.len() + name.len()).max(1));
    let lines = new.iter().map(|(name, value)| format!("{indent}{name}{}= {value}", pad(name)));
    let lines = lines.collect::<Vec<_>>().join(newline);
    if is_one_line(block, text) {
        let own = layout::indent(text, block.span.start as usize);
        let before = text[open..close].trim();
        let before = if before.is_empty() { String::new() } else { format!("{newline}{indent}{before}") };
        return vec![Edit::new(Span::new(file, open, close), format!("{before}{newline}{lines}{newline}{own}"))];
    }
    let Some(last) = old.last() else {
        let rest = if block.body.items.is_empty() { "" } else { newline };
        return vec![Edit::insert(file, layout::line_end(text, open), format!("{newline}{lines}{rest}"))];
    };
    let mut edits = Vec::new();
    for attribute in &group {
        let (start, end) = (attribute.name.span.end as usize, attribute.expr.span.start as usize);
        let Some(equals) = text[start..end].find('=') else { continue };
        let blanks = pad(&attribute.name.text);
        if text[start..start + equals] != blanks {
            edits.push(Edit::new(Span::new(file, start, start + equals + 1), blanks + "="));
        }
    }
    edits.push(Edit::insert(file, layout::line_end(text, last.span.end as usize), format!("{newline}{lines}")));
    edits
}

fn as_attribute(item: &Item) -> Option<&Attribute> {
    match item {
        Item::Attribute(attribute) => Some(attribute),
        Item::Block(_) => None,
    }
}

/// The last attributes, if they stand in lines one after the other and their equals signs below each other.
fn aligned<'a>(attributes: &[&'a Attribute], text: &str) -> Vec<&'a Attribute> {
    let one_line = |a: &&&Attribute| !text[a.span.range()].contains('\n');
    let mut group: Vec<&Attribute> = Vec::new();
    for attribute in attributes.iter().rev().take_while(one_line) {
        let follows = group.last().is_none_or(|below| {
            layout::next_line(text, attribute.span.end as usize) == layout::line_start(text, below.span.start as usize)
        });
        let fits = group.last().is_none_or(|below| equals(below, text) == equals(attribute, text));
        if !follows {
            break;
        }
        if !fits {
            return Vec::new();
        }
        group.push(attribute);
    }
    group
}

/// The column of the equals sign.
fn equals(attribute: &Attribute, text: &str) -> Option<usize> {
    let (start, end) = (attribute.name.span.end as usize, attribute.expr.span.start as usize);
    let at = start + text.get(start..end)?.find('=')?;
    Some(at - layout::line_start(text, at))
}

/// Lines at the end of a block, with a free line in front.
fn at_end(block: &Block, text: &str, lines: &str) -> Option<Vec<Edit>> {
    let (open, close) = inside(block, text)?;
    let (file, newline) = (block.span.file, layout::newline(text));
    let content = text[open..close].trim();
    let own = layout::indent(text, block.span.start as usize);
    if !text[open..close].contains('\n') || !layout::begins_line(text, close) {
        let before = match content {
            "" => String::new(),
            content => format!("{newline}{}{content}{newline}", inner_indent(block, text)),
        };
        return Some(vec![Edit::new(Span::new(file, open, close), format!("{before}{newline}{lines}{newline}{own}"))]);
    }
    let free = if content.is_empty() { "" } else { newline };
    Some(vec![Edit::insert(file, layout::line_start(text, close), format!("{free}{lines}{newline}"))])
}

/// The innermost expression that a place names and that fits: the place is that of the expression, or of the
/// attribute or element that it is the value of.
fn expression_at<'a>(body: &'a Body, place: FixPlace, fits: &dyn Fn(&Expr) -> bool) -> Option<&'a Expr> {
    for item in &body.items {
        match item {
            Item::Attribute(attribute) if attribute.span.contains(place.anchor) => {
                if place.anchor == attribute.span
                    || place.extent == attribute.span
                    || place.anchor == attribute.name.span
                {
                    return Some(plain(&attribute.expr)).filter(|e| fits(e));
                }
                return within(&attribute.expr, place, fits);
            }
            Item::Block(block) if block.span.contains(place.anchor) => {
                return expression_at(&block.body, place, fits);
            }
            _ => {}
        }
    }
    None
}

fn within<'a>(expr: &'a Expr, place: FixPlace, fits: &dyn Fn(&Expr) -> bool) -> Option<&'a Expr> {
    let mut found = None;
    walk::walk(expr, &mut |inner, _| {
        if found.is_none() && (inner.span == place.anchor || inner.span == place.extent) {
            found = Some(plain(inner)).filter(|e| fits(e));
        }
        if let ExprKind::Object(elements) = &inner.kind {
            let named =
                |(key, value): &&(ObjectKey, Expr)| key.span() == place.anchor && value.span.end == place.extent.end;
            if let Some((_, value)) = elements.iter().find(named).filter(|_| found.is_none()) {
                found = Some(plain(value)).filter(|e| fits(e));
            }
        }
    });
    found
}

fn plain(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => plain(inner),
        _ => expr,
    }
}

/// The value of a literal.
fn value_of(expr: &Expr) -> Option<Json> {
    Some(match &expr.kind {
        ExprKind::Null => Json::Null,
        ExprKind::Bool(value) => Json::Bool(*value),
        ExprKind::Number(number) => serde_json::from_str(&number.to_string()).ok()?,
        ExprKind::String(text) => Json::String(text.to_string()),
        ExprKind::Array(items) => Json::Array(items.iter().map(value_of).collect::<Option<_>>()?),
        ExprKind::Object(elements) => {
            let field = |(key, value): &(ObjectKey, Expr)| {
                let key = match key {
                    ObjectKey::Name(name) => name.text.to_string(),
                    ObjectKey::Expr(expr) => value_of(expr)?.as_str()?.to_string(),
                };
                Some((key, value_of(value)?))
            };
            Json::Object(elements.iter().map(field).collect::<Option<_>>()?)
        }
        ExprKind::Paren(inner) => value_of(inner)?,
        _ => return None,
    })
}
