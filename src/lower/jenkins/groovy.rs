//! The block structure of Groovy, as far as text can tell it.
//!
//! A Jenkinsfile is a program; this reads it as a tree of calls, assignments and blocks and runs nothing.
//! Whatever it does not understand it steps over, and never loses count of the brackets.

use std::ops::Range;

use ecow::EcoString;

use super::lex::lex;
pub use super::lex::{Piece, Str, Token, TokenKind};

/// Blocks in blocks are followed so far.
const MAX_DEPTH: usize = 100;

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `name(args) { block }`, in whichever form it is written.
    Call(Call),
    /// `name = value`, also `def name = value`.
    Assignment {
        /// What is assigned to, with its points: `env.REGION`.
        name: EcoString,
        /// What is assigned.
        value: Expr,
    },
    /// `if (condition) { ... } else { ... }`.
    If {
        /// What stands between the brackets.
        condition: Vec<Token>,
        /// Where that is.
        condition_at: Range<usize>,
        /// What runs if it holds.
        then: Vec<Statement>,
        /// What runs if not.
        otherwise: Vec<Statement>,
    },
    /// `try`, `for`, `while`, `switch` and the like: the word, and what is in the block behind it.
    Block {
        /// The word in front.
        word: EcoString,
        /// What is in the block.
        body: Vec<Statement>,
    },
    /// Anything else: its words and signs.
    Other(Vec<Token>),
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is called, with its points: `docker.withRegistry`.
    pub name: EcoString,
    /// Where the name stands.
    pub name_at: Range<usize>,
    /// The whole of it.
    pub extent: Range<usize>,
    /// The arguments.
    pub args: Vec<Arg>,
    /// What is in the braces behind it; none if there are none.
    pub block: Option<Vec<Statement>>,
    /// All words and signs in the braces.
    pub inner: Vec<Token>,
    /// Whether it is no call but the definition of a function.
    pub is_definition: bool,
}

/// An argument.
#[derive(Clone, Debug)]
pub struct Arg {
    /// Its name: `script: '...'`.
    pub name: Option<EcoString>,
    /// What it is.
    pub value: Expr,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A text.
    Text(Str),
    /// A name with its points, a number, `true`.
    Word(EcoString, Range<usize>),
    /// A call.
    Call(Box<Call>),
    /// `[a, b]` or `[a: b]`.
    List(Vec<Arg>, Range<usize>),
    /// Anything else, with the texts in it.
    Other(Vec<Expr>, Range<usize>),
}

impl Expr {
    /// Where it stands.
    pub fn at(&self) -> Range<usize> {
        match self {
            Self::Text(text) => text.at.clone(),
            Self::Word(_, at) | Self::List(_, at) | Self::Other(_, at) => at.clone(),
            Self::Call(call) => call.extent.clone(),
        }
    }

    /// The text, if it is one without holes.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(Str { parts, .. }) => match &parts[..] {
                [] => Some(""),
                [Piece::Known(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// The word, if it is one.
    pub fn as_word(&self) -> Option<&str> {
        match self {
            Self::Word(word, _) => Some(word),
            _ => None,
        }
    }
}

impl Call {
    /// The argument of this name.
    pub fn named(&self, name: &str) -> Option<&Expr> {
        named(&self.args, name)
    }

    /// The first argument without a name.
    pub fn first(&self) -> Option<&Expr> {
        self.args.iter().find(|a| a.name.is_none()).map(|a| &a.value)
    }

    /// The statements in its block.
    pub fn body(&self) -> &[Statement] {
        self.block.as_deref().unwrap_or_default()
    }

    /// The call of this name in its block.
    pub fn child(&self, name: &str) -> Option<&Call> {
        self.body().iter().filter_map(Statement::as_call).find(|call| call.name == name)
    }
}

/// The argument of this name; one in a map as well: `sh([script: '...'])`.
pub fn named<'a>(args: &'a [Arg], name: &str) -> Option<&'a Expr> {
    args.iter().find_map(|arg| match (&arg.name, &arg.value) {
        (Some(own), value) if own == name => Some(value),
        (None, Expr::List(inner, _)) => inner.iter().find(|a| a.name.as_deref() == Some(name)).map(|a| &a.value),
        _ => None,
    })
}

impl Statement {
    /// The call, if it is one.
    pub fn as_call(&self) -> Option<&Call> {
        match self {
            Self::Call(call) => Some(call),
            _ => None,
        }
    }
}

/// Reads a file.
pub fn parse(text: &str) -> Vec<Statement> {
    let tokens = lex(text);
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0 };
    let mut out = Vec::new();
    while parser.at < tokens.len() {
        parser.statements(&mut out);
        // A brace that nothing opened.
        parser.at += 1;
    }
    out
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, sign: &str) -> bool {
        self.peek().is_some_and(|t| t.is(sign))
    }

    fn word(&self) -> Option<&'t EcoString> {
        match self.peek().map(|t| &t.kind) {
            Some(TokenKind::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn skip_lines(&mut self) {
        while matches!(self.peek().map(|t| &t.kind), Some(TokenKind::Newline)) || self.is(";") {
            self.at += 1;
        }
    }

    /// Whether `sign` comes next, perhaps on a later line; goes there if so.
    fn ahead(&mut self, sign: &str) -> bool {
        let before = self.at;
        while matches!(self.peek().map(|t| &t.kind), Some(TokenKind::Newline)) {
            self.at += 1;
        }
        let found = self.is(sign);
        if !found {
            self.at = before;
        }
        found
    }

    fn end(&self) -> usize {
        self.tokens.get(self.at.saturating_sub(1)).map_or(0, |t| t.at.end)
    }

    /// Statements up to the brace that closes the block, which is left.
    fn statements(&mut self, out: &mut Vec<Statement>) {
        loop {
            self.skip_lines();
            if self.at >= self.tokens.len() || self.is("}") {
                return;
            }
            let before = self.at;
            let statement = self.statement();
            out.extend(statement);
            if self.at == before {
                self.at += 1;
            }
        }
    }

    /// The block whose opening brace comes next.
    fn block(&mut self) -> Vec<Statement> {
        let mut out = Vec::new();
        if self.depth >= MAX_DEPTH {
            self.skip_group();
            return out;
        }
        self.depth += 1;
        self.at += 1;
        self.statements(&mut out);
        if self.is("}") {
            self.at += 1;
        }
        self.depth -= 1;
        out
    }

    /// Goes behind the bracket that closes the one that comes next.
    fn skip_group(&mut self) {
        let mut depth = 0usize;
        while let Some(token) = self.peek() {
            self.at += 1;
            if ["{", "(", "["].iter().any(|s| token.is(s)) {
                depth += 1;
            } else if ["}", ")", "]"].iter().any(|s| token.is(s)) {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return;
                }
            }
        }
    }

    /// The block that comes next, or the one statement in its place.
    fn body(&mut self) -> Vec<Statement> {
        if self.ahead("{") {
            return self.block();
        }
        self.skip_lines();
        if self.depth >= MAX_DEPTH {
            self.at += 1;
            return Vec::new();
        }
        self.depth += 1;
        let body = self.statement().into_iter().collect();
        self.depth -= 1;
        body
    }

    fn statement(&mut self) -> Option<Statement> {
        let mut defines = false;
        while let Some(word) = self.word() {
            let is_type = matches!(
                word.as_str(),
                "void" | "boolean" | "int" | "String" | "Map" | "List" | "Object" | "private" | "public" | "static"
            ) && matches!(self.tokens.get(self.at + 1).map(|t| &t.kind), Some(TokenKind::Word(_)));
            if !is_type && !matches!(word.as_str(), "return" | "final" | "def") {
                break;
            }
            defines |= word != "return";
            self.at += 1;
        }
        let start = self.at;
        let Some(word) = self.word() else {
            if self.is("{") {
                let body = self.block();
                return Some(Statement::Block { word: EcoString::new(), body });
            }
            return self.other(start);
        };
        match word.as_str() {
            "if" => return Some(self.conditional()),
            "for" | "while" | "switch" | "catch" => {
                let word = word.clone();
                self.at += 1;
                if self.is("(") {
                    self.skip_group();
                }
                return Some(Statement::Block { word, body: self.body() });
            }
            "try" | "finally" | "do" | "else" => {
                let word = word.clone();
                self.at += 1;
                return Some(Statement::Block { word, body: self.body() });
            }
            "import" | "package" | "throw" => return self.other(start),
            _ => {}
        }
        let token = self.peek()?;
        self.at += 1;
        // `String name = ...`: a type in front of a name.
        if let (Some(_), Some(next)) = (self.word(), self.tokens.get(self.at + 1))
            && next.is("=")
        {
            return self.statement();
        }
        if self.is("=") || self.is("+=") {
            self.at += 1;
            while matches!(self.peek().map(|t| &t.kind), Some(TokenKind::Newline)) {
                self.at += 1;
            }
            let value = self.command().unwrap_or_else(|| self.value(&[";"]));
            return Some(Statement::Assignment { name: word.clone(), value });
        }
        let mut call = self.call(word.clone(), token.at.clone(), true)?;
        call.is_definition = defines && call.block.is_some();
        // What is done with the result of a call is not followed: `sh(...).trim()`.
        self.rest_of_line();
        Some(Statement::Call(call))
    }

    /// A call whose arguments have no brackets, as a value: `sh script: '...', returnStdout: true`.
    fn command(&mut self) -> Option<Expr> {
        let name = self.word()?.clone();
        let kind = |at: usize| self.tokens.get(at).map(|t| &t.kind);
        let is_command = match kind(self.at + 1) {
            Some(TokenKind::Text(_)) => true,
            Some(TokenKind::Word(_)) => self.tokens.get(self.at + 2).is_some_and(|t| t.is(":")),
            _ => false,
        };
        if !is_command {
            return None;
        }
        let at = self.peek()?.at.clone();
        self.at += 1;
        self.call(name, at, true).map(|call| Expr::Call(Box::new(call)))
    }

    fn rest_of_line(&mut self) {
        while let Some(token) = self.peek() {
            if matches!(token.kind, TokenKind::Newline) || token.is(";") || token.is("}") {
                return;
            }
            if ["{", "(", "["].iter().any(|s| token.is(s)) {
                self.skip_group();
            } else {
                self.at += 1;
            }
        }
    }

    fn other(&mut self, start: usize) -> Option<Statement> {
        self.rest_of_line();
        if self.at == start {
            self.at += 1;
        }
        let tokens = self.tokens.get(start..self.at)?;
        Some(Statement::Other(tokens.to_vec()))
    }

    fn conditional(&mut self) -> Statement {
        self.at += 1;
        let (mut condition, mut condition_at) = (Vec::new(), 0..0);
        if self.is("(") {
            let start = self.at;
            self.skip_group();
            let inner = self.tokens.get(start + 1..self.at.saturating_sub(1)).unwrap_or_default();
            condition = inner.to_vec();
            condition_at = match (inner.first(), inner.last()) {
                (Some(first), Some(last)) => first.at.start..last.at.end,
                _ => self.tokens[start].at.clone(),
            };
        }
        let then = self.body();
        let before = self.at;
        self.skip_lines();
        let mut otherwise = Vec::new();
        if self.word().is_some_and(|w| w == "else") {
            self.at += 1;
            otherwise = self.body();
        } else {
            self.at = before;
        }
        Statement::If { condition, condition_at, then, otherwise }
    }

    /// The rest of a call whose name is read. `alone`: whether it is a statement, whose arguments need no brackets.
    fn call(&mut self, name: EcoString, name_at: Range<usize>, alone: bool) -> Option<Call> {
        let mut args = Vec::new();
        let bracketed = self.is("(");
        if bracketed {
            self.at += 1;
            args = self.args(")");
            if self.is(")") {
                self.at += 1;
            }
        } else if alone && !self.is("{") && !self.ends_line() {
            args = self.args("\n");
        }
        let (mut block, mut inner) = (None, Vec::new());
        // A block may begin on the next line.
        if self.is("{") || (alone && self.ahead("{")) {
            let start = self.at;
            block = Some(self.block());
            inner = self.tokens.get(start + 1..self.at.saturating_sub(1)).unwrap_or_default().to_vec();
        }
        let extent = name_at.start..self.end().max(name_at.end);
        Some(Call { name, name_at, extent, args, block, inner, is_definition: false })
    }

    fn ends_line(&self) -> bool {
        self.peek().is_none_or(|t| matches!(t.kind, TokenKind::Newline) || t.is(";") || t.is("}"))
    }

    /// Arguments up to a bracket, or up to the end of the line.
    fn args(&mut self, close: &str) -> Vec<Arg> {
        let mut args = Vec::new();
        if self.depth >= MAX_DEPTH {
            while self.peek().is_some_and(|t| !t.is(close)) && !(close == "\n" && self.ends_line()) {
                self.skip_value_token();
            }
            return args;
        }
        self.depth += 1;
        loop {
            if close != "\n" {
                self.skip_lines();
            }
            if self.at >= self.tokens.len() || self.is(close) || self.is("}") || (close == "\n" && self.ends_line()) {
                break;
            }
            let before = self.at;
            let name = match (self.peek().map(|t| &t.kind), self.tokens.get(self.at + 1)) {
                (Some(TokenKind::Word(word)), Some(next)) if next.is(":") => Some(word.clone()),
                (Some(TokenKind::Text(text)), Some(next)) if next.is(":") => {
                    Expr::Text(text.clone()).as_str().map(EcoString::from)
                }
                _ => None,
            };
            if name.is_some() {
                self.at += 2;
                if close != "\n" {
                    self.skip_lines();
                }
            }
            let value = if close == "\n" { self.value(&[","]) } else { self.value(&[",", close]) };
            args.push(Arg { name, value });
            if self.is(",") {
                self.at += 1;
                // A line that ends in a comma goes on.
                while matches!(self.peek().map(|t| &t.kind), Some(TokenKind::Newline)) {
                    self.at += 1;
                }
            } else if close == "\n" {
                break;
            }
            if self.at == before {
                self.at += 1;
            }
        }
        self.depth -= 1;
        args
    }

    fn skip_value_token(&mut self) {
        if ["{", "(", "["].iter().any(|s| self.is(s)) {
            self.skip_group();
        } else {
            self.at += 1;
        }
    }

    /// A value up to one of these signs, or to the end of the line or of the brackets that it stands in.
    fn value(&mut self, stops: &[&str]) -> Expr {
        let start = self.at;
        let in_brackets = stops.iter().any(|s| matches!(*s, ")" | "]"));
        let mut parts = Vec::new();
        while let Some(token) = self.peek() {
            let closes = ["}", ")", "]", ";"].iter().any(|sign| token.is(sign));
            if closes || stops.iter().any(|s| token.is(s)) {
                break;
            }
            match &token.kind {
                TokenKind::Newline if in_brackets => self.at += 1,
                TokenKind::Newline => {
                    // A line that ends in a sign goes on.
                    let goes_on = self.at > start && ["+", "&&", "||"].iter().any(|s| self.tokens[self.at - 1].is(s));
                    if !goes_on {
                        break;
                    }
                    self.at += 1;
                }
                TokenKind::Text(text) => {
                    self.at += 1;
                    parts.push(Expr::Text(text.clone()));
                }
                TokenKind::Word(word) => {
                    self.at += 1;
                    let takes_block = self.is("{") && parts.is_empty() && stops != [","];
                    if self.is("(") || takes_block {
                        if self.depth >= MAX_DEPTH {
                            self.skip_group();
                            continue;
                        }
                        self.depth += 1;
                        let call = self.call(word.clone(), token.at.clone(), false);
                        self.depth -= 1;
                        parts.extend(call.map(|call| Expr::Call(Box::new(call))));
                    } else {
                        parts.push(Expr::Word(word.clone(), token.at.clone()));
                    }
                }
                TokenKind::Sign("[") => {
                    self.at += 1;
                    let args = self.args("]");
                    if self.is("]") {
                        self.at += 1;
                    }
                    parts.push(Expr::List(args, token.at.start..self.end()));
                }
                // The block behind the arguments of a command: `stage 'x' {`.
                TokenKind::Sign("{") if !parts.is_empty() && stops == [","] => break,
                // A closure is a call without a name.
                TokenKind::Sign("{") => {
                    let block = Some(self.block());
                    let extent = token.at.start..self.end();
                    let (name, name_at) = (EcoString::new(), token.at.clone());
                    let (args, inner) = (Vec::new(), Vec::new());
                    parts.push(Expr::Call(Box::new(Call {
                        name,
                        name_at,
                        extent,
                        args,
                        block,
                        inner,
                        is_definition: false,
                    })));
                }
                TokenKind::Sign("(") => {
                    self.skip_group();
                    parts.push(Expr::Other(Vec::new(), token.at.start..self.end()));
                }
                TokenKind::Sign(_) => {
                    self.at += 1;
                    parts.push(Expr::Other(Vec::new(), token.at.clone()));
                }
            }
        }
        let end = self.end();
        let begin = self.tokens.get(start).map_or(end, |t| t.at.start);
        match parts.len() {
            1 => parts.remove(0),
            _ => Expr::Other(parts, begin..end.max(begin)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(statements: &[Statement]) -> String {
        let one = |statement: &Statement| match statement {
            Statement::Call(call) => {
                let args: Vec<String> = call.args.iter().map(arg).collect();
                let block = call.block.as_ref().map_or_else(String::new, |b| format!(" {{ {} }}", shown(b)));
                format!("{}({}){block}", call.name, args.join(", "))
            }
            Statement::Assignment { name, value, .. } => format!("{name} = {}", expr(value)),
            Statement::If { then, otherwise, .. } => {
                format!("if {{ {} }} else {{ {} }}", shown(then), shown(otherwise))
            }
            Statement::Block { word, body } => format!("{word} {{ {} }}", shown(body)),
            Statement::Other(_) => "...".into(),
        };
        statements.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn arg(arg: &Arg) -> String {
        arg.name.as_ref().map_or_else(|| expr(&arg.value), |name| format!("{name}: {}", expr(&arg.value)))
    }

    fn expr(value: &Expr) -> String {
        match value {
            Expr::Text(text) => {
                let piece = |p: &Piece| match p {
                    Piece::Known(text) => text.to_string(),
                    Piece::Hole(written, _) => format!("<{written}>"),
                };
                format!("'{}'", text.parts.iter().map(piece).collect::<String>())
            }
            Expr::Word(word, _) => word.to_string(),
            Expr::Call(call) => shown(&[Statement::Call((**call).clone())]),
            Expr::List(args, _) => format!("[{}]", args.iter().map(arg).collect::<Vec<_>>().join(", ")),
            Expr::Other(parts, _) => parts.iter().map(expr).collect::<Vec<_>>().join(" "),
        }
    }

    #[test]
    fn calls_are_read_in_every_form() {
        for (text, expected) in [
            ("agent any", "agent(any)"),
            ("stage('Build') { steps { sh 'make' } }", "stage('Build') { steps() { sh('make') } }"),
            ("stage('x')\n{\n echo 'a'\n}", "stage('x') { echo('a') }"),
            ("sh(script: 'a', returnStdout: true).trim()", "sh(script: 'a', returnStdout: true)"),
            ("input message: 'Go?',\n  submitter: 'ops'", "input(message: 'Go?', submitter: 'ops')"),
            ("def x = sh(script: \"a ${b} $c.d.\")", "x = sh(script: 'a <${b}> <$c.d>.')"),
            (
                "withCredentials([string(credentialsId: 'k', variable: 'K')]) { sh 'x' }",
                "withCredentials([string(credentialsId: 'k', variable: 'K')]) { sh('x') }",
            ),
            ("DB = credentials('db') // }", "DB = credentials('db')"),
            ("if (a == 'b') { sh 'x' } else if (c) { sh 'y' }", "if { sh('x') } else { if { sh('y') } else {  } }"),
            (
                "try { sh 'a' } catch (e) { sh 'b' } finally { sh 'c' }",
                "try { sh('a') }; catch { sh('b') }; finally { sh('c') }",
            ),
            (
                "branch pattern: /release\\/.*/, comparator: 'REGEXP'",
                "branch(pattern: 'release/.*', comparator: 'REGEXP')",
            ),
            ("def n = 4 / 2 / 1", "n =   4 2 1"),
            ("sh '''\n  a '{' \\\n  b\n'''", "sh('\n  a '{'   b\n')"),
            ("@Library('lib@main') _\nbuildIt()", "@Library('lib@main'); buildIt()"),
            ("/* { */ echo 'it\\'s' // '", "echo('it's')"),
            ("timeout(time: 5, unit: 'MINUTES') { input 'x' }", "timeout(time: 5, unit: 'MINUTES') { input('x') }"),
            ("String region = 'eu'", "region = 'eu'"),
            ("def v = sh script: 'git log',\n  returnStdout: true", "v = sh(script: 'git log', returnStdout: true)"),
            ("env.X = \"a\" + b", "env.X = 'a'  b"),
            ("build job: 'deploy', wait: false", "build(job: 'deploy', wait: false)"),
        ] {
            let found = shown(&parse(text)).split_whitespace().collect::<Vec<_>>().join(" ");
            let expected = expected.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn whatever_stands_there_it_comes_to_an_end() {
        for text in [
            "",
            "}",
            "}}} a {",
            "'",
            "\"${",
            "'''",
            "/*",
            "a(b(c[",
            "if",
            "if (",
            "else",
            "stage(",
            "$/ x",
            "= = =",
            "\u{e9}\u{1F600} {",
            "a.b.",
            "$",
            "@",
        ] {
            parse(text);
        }
        let deep = "stage('x') { ".repeat(3000);
        parse(&deep);
        parse(&"a(".repeat(3000));
        parse(&"[".repeat(3000));
        parse(&"if (x) ".repeat(3000));
        parse(&"x = y(".repeat(3000));
    }
}
