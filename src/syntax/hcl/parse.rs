//! Text to our tree, through `hcl-edit`.
//!
//! Nothing outside this file and its neighbours [`mend`](super::mend) and [`lift`](super::lift) knows
//! `hcl-edit`. Its limits: it stops at the first error (so a file that fails is parsed again, item by
//! item), it refuses nesting deeper than 64 and more than 128 operators in a chain, and it refuses or
//! takes some texts that the language does not: those are mended before, or found when its tree is lifted.

use super::{
    ast::{Body, Expr, TemplatePart},
    lift::Lift,
    mend::{self, Grammar},
    scan,
};
use crate::{
    source::{Diagnostic, FileId},
    syntax::node::Comment,
};

/// A parsed file.
#[derive(Debug, Default)]
pub struct Parsed {
    /// What could be understood.
    pub body: Body,
    /// The comments, in order.
    pub comments: Vec<Comment>,
    /// What could not.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file of attributes and blocks. Never fails: an item that cannot be read is left out
/// and named in a diagnostic, the others are there.
pub fn parse(file: FileId, text: &str) -> Parsed {
    let comments = scan::comments(file, text);
    match parse_body(file, text, 0) {
        Ok((body, diagnostics)) => Parsed { body, comments, diagnostics },
        Err(whole) => recover(file, text, comments, whole),
    }
}

/// Parses one expression, which blanks and comments may surround and newlines may follow; positions
/// are relative to `file` from `offset` on.
pub fn parse_expression(file: FileId, text: &str, offset: usize) -> Result<Expr, Diagnostic> {
    let mut range = scan::trimmed(text);
    if text[..range.start].contains('\n') {
        // An expression begins on its first line.
        range.start = 0;
    }
    let (text, offset) = (&text[range.clone()], offset + range.start);
    match mend::read(text, Grammar::Configuration, hcl_edit::parser::parse_expr) {
        Ok(read) => {
            let lift = Lift::new(file, text, offset);
            let expr = lift.expr(&read);
            lift.finish(expr)
        }
        Err(error) => Err(Lift::new(file, text, offset).error(&error)),
    }
}

/// Parses a template as `templatefile` and `templatestring` read it.
pub fn parse_template(file: FileId, text: &str) -> Result<Vec<TemplatePart>, Diagnostic> {
    match mend::read(text, Grammar::Template, hcl_edit::parser::parse_template) {
        Ok(read) => {
            let lift = Lift::new(file, text, 0);
            let parts = lift.whole_template(&read);
            lift.finish(parts)
        }
        Err(error) => Err(Lift::new(file, text, 0).error(&error)),
    }
}

/// The items of a text, and what was wrong with those that are left out; an error if the parser
/// did not get to its end.
fn parse_body(file: FileId, text: &str, offset: usize) -> Result<(Body, Vec<Diagnostic>), Diagnostic> {
    match mend::read(text, Grammar::Configuration, hcl_edit::parser::parse_body) {
        Ok(read) => Ok(Lift::new(file, text, offset).items(&read)),
        Err(error) => Err(Lift::new(file, text, offset).error(&error)),
    }
}

/// Parses the top-level items one by one.
fn recover(file: FileId, text: &str, comments: Vec<Comment>, whole: Diagnostic) -> Parsed {
    let mut parsed = Parsed { comments, ..Parsed::default() };
    for range in scan::items(text) {
        match parse_body(file, &text[range.clone()], range.start) {
            Ok((body, diagnostics)) => {
                parsed.body.items.extend(body.items);
                parsed.diagnostics.extend(diagnostics);
            }
            Err(diagnostic) => parsed.diagnostics.push(diagnostic),
        }
    }
    if parsed.diagnostics.is_empty() {
        parsed.diagnostics.push(whole);
    }
    parsed
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{
        source::Span,
        syntax::hcl::{ExprKind, ObjectKey},
        value::Number,
    };

    fn attribute(text: &str) -> Expr {
        let parsed = parse(FileId(0), text);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        parsed.body.attributes().next().unwrap().expr.clone()
    }

    fn slice(text: &str, span: Span) -> &str {
        &text[span.range()]
    }

    #[test]
    fn every_part_has_the_span_of_its_text() {
        let text = "resource \"aws_db_instance\" \"app\" {\n  storage_encrypted = var.encrypted\n  timeouts {}\n}\n";
        let parsed = parse(FileId(0), text);
        let block = parsed.body.blocks().next().unwrap();
        assert_eq!(slice(text, block.header), "resource \"aws_db_instance\" \"app\"");
        assert_eq!(slice(text, block.span), text.trim_end());
        let attribute = block.body.attributes().next().unwrap();
        assert_eq!(slice(text, attribute.span), "storage_encrypted = var.encrypted");
        assert_eq!(slice(text, attribute.expr.span), "var.encrypted");
        assert_eq!(slice(text, block.body.blocks().next().unwrap().header), "timeouts");
    }

    #[test]
    fn a_heredoc_ends_in_its_newline_and_is_dedented() {
        let expr = attribute("a = <<-TF\n    one\n      two\n  TF\n");
        assert!(matches!(&expr.kind, ExprKind::String(s) if s == "one\n  two\n"), "{expr:?}");
        let expr = attribute("a = <<EOT\nline $${x} %%{y}\nEOT\n");
        assert!(matches!(&expr.kind, ExprKind::String(s) if s == "line ${x} %{y}\n"), "{expr:?}");
    }

    #[test]
    fn strip_markers_take_the_space_away() {
        let expr = attribute("a = \"x  ${~ y ~}  z\"\n");
        let ExprKind::Template(parts) = expr.kind else { panic!() };
        assert!(matches!(&parts[0], TemplatePart::Literal(t, _) if t == "x"));
        assert!(matches!(&parts[2], TemplatePart::Literal(t, _) if t == "z"));
    }

    #[test]
    fn a_broken_block_does_not_lose_its_neighbours() {
        let text =
            "resource \"a\" \"b\" {\n  x = 1\n}\n\nresource \"c\" \"d\" {\n  y = = 2\n}\n\nlocals {\n  z = 3\n}\n";
        let parsed = parse(FileId(0), text);
        assert_eq!(parsed.body.blocks().map(|b| b.kind.text.as_str()).collect::<Vec<_>>(), ["resource", "locals"]);
        assert_eq!(parsed.diagnostics.len(), 1);
        let span = parsed.diagnostics[0].notes[0].span;
        assert_eq!(text[..span.start as usize].lines().count(), 6);
    }

    #[test]
    fn a_conditional_in_a_for_object_may_take_several_lines() {
        let text = "locals {\n  users = {\n    for k, v in var.users : k =>\n    local.mysql # why\n    ? { a = 1\n b = 2 }\n    : null\n  }\n  b = 1\n}\n";
        let parsed = parse(FileId(0), text);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let names: Vec<_> =
            parsed.body.blocks().next().unwrap().body.attributes().map(|a| slice(text, a.span)).collect();
        assert_eq!(names[1], "b = 1");
        assert!(names[0].contains("# why\n    ? {"), "{}", names[0]);
    }

    fn expression(text: &str) -> ExprKind {
        parse_expression(FileId(0), text, 0).unwrap().kind
    }

    fn refusal(text: &str) -> String {
        let parsed = parse(FileId(0), text);
        assert_eq!(parsed.diagnostics.len(), 1, "{text}");
        parsed.diagnostics[0].message.trim_start_matches("this is not valid HCL: ").to_string()
    }

    fn text_of(expr: &ExprKind) -> String {
        match expr {
            ExprKind::String(text) => text.to_string(),
            ExprKind::Template(parts) => format!("{parts:?}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_expression_may_be_followed_by_a_newline_or_a_comment() {
        for text in ["1", " 1 ", "1\n", "1 # c", "1 // c\n\n", "/* c */ 1 /* d */"] {
            assert!(matches!(expression(text), ExprKind::Number(n) if n == Number::from(1)), "{text}");
        }
        assert_eq!(text_of(&expression("<<EOT\nhello\nEOT\n")), "hello\n");
        assert!(matches!(expression("[<<A\na\nA\n, <<B\nb\nB\n]\n"), ExprKind::Array(items) if items.len() == 2));
        let spans = parse_expression(FileId(0), " (a) # c", 10).unwrap().span;
        assert_eq!((spans.start, spans.end), (11, 14));
        for text in ["", "# c", "\n1", "1\n+ 1", "1 2"] {
            assert!(parse_expression(FileId(0), text, 0).is_err(), "{text}");
        }
    }

    #[test]
    fn a_line_that_begins_with_the_delimiter_does_not_end_a_heredoc() {
        assert_eq!(text_of(&attribute("a = <<EOT\nEOT x\n EOT.\nEOT\n").kind), "EOT x\n EOT.\n");
        assert!(refusal("a = f(<<EOT\nx\nEOT)\n").contains("expected"));
    }

    #[test]
    fn strip_markers_end_with_the_line_in_a_heredoc() {
        let text = "<<-EOT\n    %{ for x in y ~}\n    - a\n    %{ endfor ~}\n    end\n  EOT\n";
        let ExprKind::Template(parts) = expression(text) else { panic!() };
        let TemplatePart::For { body, .. } = &parts[0] else { panic!("{parts:?}") };
        assert!(matches!(&body[..], [TemplatePart::Literal(t, _)] if t == "    - a\n"), "{body:?}");
        assert!(matches!(&parts[1], TemplatePart::Literal(t, _) if t == "    end\n"));
    }

    #[test]
    fn a_line_that_begins_with_an_interpolation_has_no_space_to_take() {
        let ExprKind::Template(parts) = expression("<<-EOT\n${x}\n  a\n  EOT\n") else { panic!() };
        assert!(matches!(&parts[1], TemplatePart::Literal(t, _) if t == "\n  a\n"));
    }

    #[test]
    fn escapes_count_in_the_sections_of_a_quoted_directive() {
        let ExprKind::Template(parts) = expression(r#""%{ if x }a\n\"\u00e9$${%{ endif }""#) else { panic!() };
        let TemplatePart::If { then, .. } = &parts[0] else { panic!() };
        assert!(matches!(&then[..], [TemplatePart::Literal(t, _)] if t == "a\n\"é${"), "{then:?}");
    }

    #[test]
    fn of_a_key_that_occurs_twice_in_an_object_the_last_counts() {
        let text = "a = {\n  b = 1 # no\n  \"c-d\" = [\n3,\n]\n  (x.y) = 5\n  b = 2, \"c-d\" = 4\n  (x.y) = { e = 6, e = 7, }\n  e = 8 }\n";
        let ExprKind::Object(entries) = attribute(text).kind else { panic!() };
        let elements: Vec<&str> = entries.iter().map(|(k, v)| slice(text, k.span().to(v.span))).collect();
        assert_eq!(elements, ["b = 2", "\"c-d\" = 4", "(x.y) = { e = 6, e = 7, }", "e = 8"]);
        assert!(matches!(&entries[2].1.kind, ExprKind::Object(entries) if entries.len() == 1));
        let twice = refusal("b {\n  a = { c = 1, c = 2 }\n  a = 1\n}\n");
        assert!(twice.ends_with("found redefined attribute"), "{twice}");
        let inner = "a = [for x in { b = 1, b = 2 } : x]\n";
        assert!(
            matches!(attribute(inner).kind, ExprKind::For(f) if slice(inner, f.collection.span) == "{ b = 1, b = 2 }")
        );
        let many = format!("a = [\n{}]\n", "{ b = 1, b = 2 },\n".repeat(400));
        assert!(matches!(attribute(&many).kind, ExprKind::Array(items) if items.len() == 400));
    }

    #[test]
    fn words_of_the_language_are_names_as_keys() {
        let ExprKind::Object(entries) = expression("{ null = 1, true = 2, (false) = 3 }") else { panic!() };
        assert!(matches!(&entries[0].0, ObjectKey::Name(n) if n.text == "null"));
        assert!(matches!(&entries[1].0, ObjectKey::Name(n) if n.text == "true"));
        assert!(matches!(&entries[2].0, ObjectKey::Expr(_)));
    }

    #[test]
    fn what_the_language_does_not_take_is_refused_where_it_stands() {
        let line = "a quoted text ends on its line; write `\\n`, or a heredoc";
        assert_eq!(refusal("a = \"x\ny\"\n"), line);
        assert_eq!(refusal("a = \"${x}\n\"\n"), line);
        assert_eq!(refusal("b \"x\ny\" {}\n"), line);
        assert_eq!(refusal("a = 10.11.10.12/32\n"), "the number has too many points");
        assert_eq!(refusal("a = x.0.1\n"), "two indexes in a row are written `[0][1]`");
        assert_eq!(refusal("a = x.*.y.*\n"), "a second `.*` is written `[*]`");
        attribute("a = [x.0[1].2, x[*].y.*, x.*.y[0].*.z, x.*.y[*], \"${\n1\n}\"]\n");
        let parsed = parse(FileId(0), "a = x.0.1\nb = 1\n");
        assert_eq!(parsed.body.attributes().map(|a| a.name.text.as_str()).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn a_number_that_is_too_large_is_still_a_number() {
        assert!(matches!(attribute("a = 1e400\n").kind, ExprKind::Number(_)));
        assert!(matches!(attribute("a = [for\r\n x in y : x]\r\n").kind, ExprKind::For(_)));
    }

    #[test]
    fn ten_thousand_brackets_are_a_diagnostic() {
        let text = format!("a = {}1{}\n", "[".repeat(10_000), "]".repeat(10_000));
        assert!(!parse(FileId(0), &text).diagnostics.is_empty());
    }
}
