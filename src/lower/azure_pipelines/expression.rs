//! The expression language of Azure Pipelines: `${{ }}`, `$[ ]` and `condition:` share it.
//!
//! An expression is reduced as far as its values are known when the pipeline is compiled. What is left
//! over keeps its form, so that `eq(variables['Build.SourceBranch'], 'refs/heads/main')` can still be read
//! as a question about the branch.

use std::fmt::Write as _;

use ecow::{EcoString, eco_format};

/// Expressions inside of expressions are followed so far; the host refuses more than 50.
const MAX_DEPTH: usize = 50;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number, as written.
    Number(EcoString),
    /// Text, or a version, which is compared as text.
    Text(EcoString),
    /// What a name leads to: `parameters.env`, `variables['Build.Reason']`.
    Path(EcoString, Vec<Step>),
    /// A call: the name in lower case, and the arguments.
    Call(EcoString, Vec<Expr>),
    /// A part of what a call gave, of which nothing is known.
    Part(Box<Expr>, Vec<Step>),
    /// A parameter of the pipeline: whoever starts it by hand chooses, else the default holds.
    Choice(EcoString, Box<Expr>),
}

/// One step into an object or a list.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A name, or a position.
    Name(EcoString),
    /// A name that is computed.
    Computed(Box<Expr>),
    /// Every element: `*`.
    All,
}

impl Expr {
    /// Reads an expression; none if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text.trim(), depth: 0 };
        let expr = reader.expr()?;
        reader.rest.trim().is_empty().then_some(expr)
    }

    /// Whether the value is known.
    pub fn is_literal(&self) -> bool {
        matches!(self, Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_))
    }

    /// A literal as the host writes it into a text.
    pub fn as_text(&self) -> Option<EcoString> {
        Some(match self {
            Self::Null => EcoString::new(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Number(text) | Self::Text(text) => text.clone(),
            _ => return None,
        })
    }

    /// Whether a literal counts as true.
    pub fn truth(&self) -> Option<bool> {
        Some(match self {
            Self::Null => false,
            Self::Bool(b) => *b,
            Self::Number(text) => text.parse() != Ok(0.0),
            Self::Text(text) => !text.is_empty(),
            _ => return None,
        })
    }

    /// What it becomes if whoever starts the pipeline chooses nothing.
    #[must_use]
    pub fn with_defaults(&self) -> Self {
        match self {
            Self::Choice(_, default) => default.with_defaults(),
            Self::Call(name, args) => call(name, args.iter().map(Self::with_defaults).collect()),
            _ => self.clone(),
        }
    }

    /// Whether a part of it satisfies `wanted`.
    pub fn any(&self, wanted: &dyn Fn(&Expr) -> bool) -> bool {
        wanted(self)
            || match self {
                Self::Call(_, args) => args.iter().any(|a| a.any(wanted)),
                Self::Part(inner, _) => inner.any(wanted),
                _ => false,
            }
    }

    /// As it may be written.
    pub fn written(&self) -> EcoString {
        match self {
            Self::Null => "null".into(),
            Self::Bool(b) => eco_format!("{b}"),
            Self::Number(text) => text.clone(),
            Self::Text(text) => eco_format!("'{}'", text.as_str().replace('\'', "''")),
            Self::Path(root, steps) => eco_format!("{root}{}", steps_written(steps)),
            Self::Call(name, args) => {
                let args: Vec<EcoString> = args.iter().map(Self::written).collect();
                eco_format!("{name}({})", args.join(", "))
            }
            Self::Part(inner, steps) => eco_format!("{}{}", inner.written(), steps_written(steps)),
            Self::Choice(name, _) => eco_format!("parameters.{name}"),
        }
    }
}

fn steps_written(steps: &[Step]) -> String {
    steps.iter().fold(String::new(), |mut out, step| {
        let _ = match step {
            Step::Name(name) if name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') => {
                write!(out, "['{name}']")
            }
            Step::Name(name) => write!(out, ".{name}"),
            Step::Computed(expr) => write!(out, "[{}]", expr.written()),
            Step::All => write!(out, ".*"),
        };
        out
    })
}

/// A call with arguments of which some are known: its value if they decide it, else the call.
pub fn call(name: &str, args: Vec<Expr>) -> Expr {
    decided(name, &args).unwrap_or_else(|| match name {
        // What is known and decides nothing is left out.
        "and" | "or" => {
            let open: Vec<Expr> = args.into_iter().filter(|a| !a.is_literal()).collect();
            match <[Expr; 1]>::try_from(open) {
                Ok([only]) if is_logical(&only) => only,
                Ok([only]) => Expr::Call(name.into(), vec![only]),
                Err(open) => Expr::Call(name.into(), open),
            }
        }
        _ => Expr::Call(name.into(), args),
    })
}

/// Whether a call gives true or false and nothing else.
pub fn is_logical(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(name, _) if matches!(
        name.as_str(),
        "and" | "or" | "not" | "xor" | "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "in" | "notin" | "contains"
            | "containsvalue" | "startswith" | "endswith" | "always" | "canceled" | "failed" | "succeeded"
            | "succeededorfailed"
    ))
}

fn decided(name: &str, args: &[Expr]) -> Option<Expr> {
    let truths = || args.iter().map(Expr::truth);
    let text = |i: usize| args.get(i).and_then(Expr::as_text);
    let lower = |i: usize| text(i).map(|t| t.to_lowercase());
    Some(match name {
        "and" if truths().any(|t| t == Some(false)) => Expr::Bool(false),
        "and" if truths().all(|t| t == Some(true)) => Expr::Bool(true),
        "or" if truths().any(|t| t == Some(true)) => Expr::Bool(true),
        "or" if truths().all(|t| t == Some(false)) => Expr::Bool(false),
        "not" => Expr::Bool(!args.first()?.truth()?),
        "xor" => Expr::Bool(args.first()?.truth()? != args.get(1)?.truth()?),
        "eq" => Expr::Bool(equal(args.first()?, args.get(1)?)?),
        "ne" => Expr::Bool(!equal(args.first()?, args.get(1)?)?),
        "in" | "notin" => {
            let (first, others) = args.split_first()?;
            let equal: Vec<Option<bool>> = others.iter().map(|other| equal(first, other)).collect();
            let is_in = equal.contains(&Some(true));
            if !is_in && equal.contains(&None) {
                return None;
            }
            Expr::Bool(is_in == (name == "in"))
        }
        "gt" | "ge" | "lt" | "le" => {
            let order = compare(args.first()?, args.get(1)?)?;
            Expr::Bool(match name {
                "gt" => order.is_gt(),
                "ge" => order.is_ge(),
                "lt" => order.is_lt(),
                _ => order.is_le(),
            })
        }
        "contains" => Expr::Bool(lower(0)?.contains(lower(1)?.as_str())),
        "startswith" => Expr::Bool(lower(0)?.starts_with(lower(1)?.as_str())),
        "endswith" => Expr::Bool(lower(0)?.ends_with(lower(1)?.as_str())),
        "lower" => Expr::Text(lower(0)?),
        "upper" => Expr::Text(text(0)?.to_uppercase()),
        "trim" => Expr::Text(text(0)?.trim().into()),
        "replace" => Expr::Text(text(0)?.replace(text(1)?.as_str(), &text(2)?)),
        "length" => Expr::Number(eco_format!("{}", text(0)?.chars().count())),
        "coalesce" => {
            let first = args.iter().find(|a| !matches!(a, Expr::Null) && **a != Expr::Text(EcoString::new()))?;
            first.is_literal().then(|| first.clone())?
        }
        "iif" => {
            if args.first()?.truth()? {
                args.get(1)?.clone()
            } else {
                args.get(2)?.clone()
            }
        }
        "format" => Expr::Text(formatted(&text(0)?, &args[1..])?),
        _ => return None,
    })
}

/// `eq`: the right side is converted to the kind of the left; texts do not tell cases apart.
fn equal(left: &Expr, right: &Expr) -> Option<bool> {
    if left == right {
        return Some(true);
    }
    if !left.is_literal() || !right.is_literal() {
        return None;
    }
    Some(match left {
        Expr::Bool(b) => right.truth()? == *b,
        Expr::Number(n) => {
            let right = match right {
                Expr::Null => Some(0.0),
                Expr::Bool(b) => Some(f64::from(u8::from(*b))),
                _ => right.as_text()?.trim().parse::<f64>().ok(),
            };
            right.is_some_and(|right| n.parse() == Ok(right))
        }
        Expr::Null => matches!(right, Expr::Null) || right.as_text()?.is_empty(),
        _ => left.as_text()?.to_lowercase() == right.as_text()?.to_lowercase(),
    })
}

fn compare(left: &Expr, right: &Expr) -> Option<std::cmp::Ordering> {
    let (left_text, right_text) = (left.as_text()?, right.as_text()?);
    if matches!(left, Expr::Number(_)) {
        return left_text.parse::<f64>().ok()?.partial_cmp(&right_text.trim().parse::<f64>().ok()?);
    }
    Some(left_text.to_lowercase().cmp(&right_text.to_lowercase()))
}

/// `format('{0}-{1}', a, b)`, where a doubled brace is a brace.
fn formatted(pattern: &str, args: &[Expr]) -> Option<EcoString> {
    let mut out = EcoString::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                out.push(c);
            }
            '{' => {
                let inner: String = chars.by_ref().take_while(|c| *c != '}').collect();
                let number = inner.split(':').next().unwrap_or_default();
                out.push_str(&args.get(number.trim().parse::<usize>().ok()?)?.as_text()?);
            }
            c => out.push(c),
        }
    }
    Some(out)
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn expr(&mut self) -> Option<Expr> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let expr = self.primary();
        self.depth -= 1;
        expr
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, sign: char) -> bool {
        self.skip();
        let found = self.rest.strip_prefix(sign);
        if let Some(rest) = found {
            self.rest = rest;
        }
        found.is_some()
    }

    fn word(&mut self) -> &'t str {
        let end =
            self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn primary(&mut self) -> Option<Expr> {
        self.skip();
        let first = self.rest.chars().next()?;
        if first == '\'' {
            return self.text().map(Expr::Text);
        }
        if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') {
            let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '+'));
            let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest;
            let is_number = number.parse::<f64>().is_ok();
            return Some(if is_number { Expr::Number(number.into()) } else { Expr::Text(number.into()) });
        }
        if !first.is_ascii_alphabetic() && first != '_' {
            return None;
        }
        let word = self.word();
        if self.take('(') {
            let mut args = Vec::new();
            if !self.take(')') {
                loop {
                    args.push(self.expr()?);
                    if self.take(')') {
                        break;
                    }
                    if !self.take(',') {
                        return None;
                    }
                }
            }
            let call = Expr::Call(word.to_ascii_lowercase().into(), args);
            let steps = self.steps()?;
            return Some(if steps.is_empty() { call } else { Expr::Part(Box::new(call), steps) });
        }
        let steps = self.steps()?;
        Some(match word.to_ascii_lowercase().as_str() {
            "true" if steps.is_empty() => Expr::Bool(true),
            "false" if steps.is_empty() => Expr::Bool(false),
            "null" if steps.is_empty() => Expr::Null,
            _ => Expr::Path(word.into(), steps),
        })
    }

    fn steps(&mut self) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            if self.take('[') {
                let step = if self.take('*') {
                    Step::All
                } else {
                    match self.expr()? {
                        Expr::Text(name) | Expr::Number(name) => Step::Name(name),
                        other => Step::Computed(Box::new(other)),
                    }
                };
                steps.push(step);
                if !self.take(']') {
                    return None;
                }
            } else if self.rest.starts_with('.') {
                self.rest = &self.rest[1..];
                if self.take('*') {
                    steps.push(Step::All);
                    continue;
                }
                let name = self.word();
                if name.is_empty() {
                    return None;
                }
                steps.push(Step::Name(name.into()));
            } else {
                return Some(steps);
            }
        }
    }

    /// A text in single quotes; a quote in it is doubled.
    fn text(&mut self) -> Option<EcoString> {
        let mut out = EcoString::new();
        let mut rest = self.rest.strip_prefix('\'')?;
        loop {
            let end = rest.find('\'')?;
            out.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('\'') {
                Some(behind) => {
                    out.push('\'');
                    rest = behind;
                }
                None => break,
            }
        }
        self.rest = rest;
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(text: &str) -> EcoString {
        fn reduce(expr: &Expr) -> Expr {
            match expr {
                Expr::Call(name, args) => call(name, args.iter().map(reduce).collect()),
                other => other.clone(),
            }
        }
        Expr::parse(text).map_or_else(|| "?".into(), |e| reduce(&e).written())
    }

    #[test]
    fn expressions_are_read_and_written_alike() {
        for text in [
            "and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))",
            "parameters.env",
            "parameters.regions[0].name",
            "dependencies.A.outputs['step.x']",
            "in(variables['Build.Reason'], 'Manual', 'IndividualCI')",
            "stages.*.result",
            "it(1.5, 'don''t', true, null)",
        ] {
            assert_eq!(Expr::parse(text).expect(text).written(), text.replace("[0]", ".0"), "{text}");
        }
        for text in ["", "eq(1", "eq(1,)", "'open", "a b", "a.", "1 + 2", "()", "$x"] {
            assert_eq!(Expr::parse(text), None, "{text}");
        }
        let deep = format!("{}1{}", "not(".repeat(5000), ")".repeat(5000));
        assert_eq!(Expr::parse(&deep), None);
    }

    #[test]
    fn what_is_known_is_reduced() {
        for (text, value) in [
            ("eq('Prod', 'prod')", "true"),
            ("eq(true, 'x')", "true"),
            ("eq(2, '2.0')", "true"),
            ("ne(null, '')", "false"),
            ("in('a', 'b', 'A')", "true"),
            ("in('a', 'b', x)", "in('a', 'b', x)"),
            ("notIn('a', 'b')", "true"),
            ("and(true, false, x)", "false"),
            ("and(true, x, y)", "and(x, y)"),
            ("and(true, eq(x, 1))", "eq(x, 1)"),
            ("or(false, x)", "or(x)"),
            ("or(eq(1, 1), x)", "true"),
            ("not(contains('refs/heads/main', 'MAIN'))", "false"),
            ("format('{0}-{1}{{}}', 'a', 3)", "'a-3{}'"),
            ("format('{7}', 'a')", "format('{7}', 'a')"),
            ("coalesce('', null, 'x')", "'x'"),
            ("coalesce(x, 'y')", "coalesce(x, 'y')"),
            ("iif(eq(1, 1), 'a', x)", "'a'"),
            ("gt(10, 9)", "true"),
            ("replace('a.b', '.', '-')", "'a-b'"),
            ("eq(x, x)", "true"),
        ] {
            assert_eq!(reduced(text), value, "{text}");
        }
    }
}
