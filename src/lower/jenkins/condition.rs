//! `when`, and the conditions of `if`, as questions about the event and the ref.

use std::ops::Range;

use super::{
    Source,
    groovy::{Call, Expr, Statement, Str, Token, TokenKind},
};
use crate::{
    lower::ci::{Condition, Event, Pattern, Test},
    value::Origins,
};

/// Brackets in brackets are followed so far.
const MAX_DEPTH: usize = 40;

/// A parameter of the pipeline that is a switch, and whether it is on if nobody chooses.
pub type Switches = Vec<(ecow::EcoString, bool)>;

/// The condition that a `when` block is: all of what stands in it.
pub fn of_when(when: &Call, source: &Source<'_>, switches: &Switches) -> Condition {
    let mut all = Vec::new();
    each(when.body(), source, switches, &mut all);
    match all.len() {
        1 => all.remove(0),
        _ => Condition::at(Test::All(all), Origins::one(source.origin(&when.name_at))),
    }
}

fn each(statements: &[Statement], source: &Source<'_>, switches: &Switches, out: &mut Vec<Condition>) {
    for statement in statements {
        match statement {
            Statement::Call(call) => out.extend(of_call(call, source, switches)),
            Statement::Other(tokens) => {
                let text =
                    tokens.first().zip(tokens.last()).map(|(a, b)| source.text[a.at.start..b.at.end].to_string());
                out.extend(text.map(|text| Condition::new(Test::Unknown(text.into()))));
            }
            _ => out.push(Condition::new(Test::Unknown("a part of `when` that is not understood".into()))),
        }
    }
}

fn of_call(call: &Call, source: &Source<'_>, switches: &Switches) -> Option<Condition> {
    let inner = || {
        let mut all = Vec::new();
        each(call.body(), source, switches, &mut all);
        all
    };
    let text = |name: &str| call.named(name).or_else(|| call.first());
    let events = |events: &[Event]| Test::Event(events.to_vec());
    let test = match call.name.as_str() {
        // When it is asked, not what.
        "beforeAgent" | "beforeInput" | "beforeOptions" => return None,
        "allOf" => Test::All(inner()),
        "anyOf" => Test::Any(inner()),
        "not" => match inner().into_iter().next() {
            Some(only) => Test::Not(Box::new(only)),
            None => unknown(call, source),
        },
        "branch" => text("pattern").and_then(|e| named(e, call, Ref::Branch)).unwrap_or_else(|| unknown(call, source)),
        "tag" => text("pattern").and_then(|e| named(e, call, Ref::Tag)).unwrap_or_else(|| unknown(call, source)),
        "buildingTag" => Test::Tag(Pattern::any()),
        "changeRequest" => {
            let event = Condition::new(events(&[Event::PullRequest]));
            match (call.named("target"), call.args.is_empty()) {
                (_, true) => event.test,
                (Some(target), _) => match named(target, call, Ref::Target) {
                    Some(test) => Test::All(vec![event, Condition::new(test)]),
                    None => Test::All(vec![event, Condition::new(unknown(call, source))]),
                },
                (None, _) => Test::All(vec![event, Condition::new(unknown(call, source))]),
            }
        }
        "triggeredBy" => {
            let cause = text("cause").and_then(|e| e.as_str().or_else(|| e.as_word())).unwrap_or_default();
            match cause {
                "TimerTrigger" => events(&[Event::Schedule]),
                "SCMTrigger" | "BranchEventCause" => events(&[Event::Push]),
                "UserIdCause" => events(&[Event::Manual, Event::Api]),
                "UpstreamCause" | "BuildUpstreamCause" => events(&[Event::Pipeline]),
                _ => unknown(call, source),
            }
        }
        "environment" => {
            let name = call.named("name").and_then(Expr::as_str);
            match (name, call.named("value")) {
                (Some("BRANCH_NAME" | "GIT_BRANCH"), Some(Expr::Text(text))) => {
                    equal_to(text).unwrap_or_else(|| unknown(call, source))
                }
                _ => unknown(call, source),
            }
        }
        "expression" => of_tokens(&call.inner, &inner_at(call), source, switches).test,
        _ => unknown(call, source),
    };
    Some(Condition::at(test, Origins::one(source.origin(&call.extent))))
}

fn inner_at(call: &Call) -> Range<usize> {
    match (call.inner.first(), call.inner.last()) {
        (Some(first), Some(last)) => first.at.start..last.at.end,
        _ => call.extent.clone(),
    }
}

fn unknown(call: &Call, source: &Source<'_>) -> Test {
    let text = source.text.get(call.extent.clone()).unwrap_or(&call.name);
    Test::Unknown(text.split_whitespace().collect::<Vec<_>>().join(" ").into())
}

enum Ref {
    Branch,
    Tag,
    Target,
}

/// A name of a branch or tag, compared as Ant does it unless the comparator says otherwise.
fn named(expr: &Expr, call: &Call, what: Ref) -> Option<Test> {
    let text = expr.as_str()?;
    let comparator = call.named("comparator").and_then(Expr::as_str).unwrap_or("GLOB");
    let pattern = match comparator {
        "REGEXP" => Pattern::regex(&format!("^(?:{text})$")),
        "EQUALS" => Pattern::Exact(text.into()),
        _ => of_glob(text),
    };
    Some(match what {
        // The branch of a pull request is called by its number.
        Ref::Branch if pattern.matches("PR-1") == Some(true) => {
            let branch = Condition::new(Test::Branch(pattern));
            Test::Any(vec![branch, Condition::new(Test::Event(vec![Event::PullRequest]))])
        }
        Ref::Branch => Test::Branch(pattern),
        Ref::Tag => Test::Tag(pattern),
        Ref::Target => Test::TargetBranch(pattern),
    })
}

fn of_glob(text: &str) -> Pattern {
    if text.contains(['*', '?']) { Pattern::glob(text) } else { Pattern::Exact(text.into()) }
}

/// The name of the branch is this text.
fn equal_to(text: &Str) -> Option<Test> {
    let text = Expr::Text(text.clone());
    let name = text.as_str()?;
    Some(Test::Branch(Pattern::Exact(name.strip_prefix("origin/").unwrap_or(name).into())))
}

/// The condition of an `if`, or of an `expression`.
pub fn of_tokens(tokens: &[Token], at: &Range<usize>, source: &Source<'_>, switches: &Switches) -> Condition {
    let tokens: Vec<Token> = tokens.iter().filter(|t| !matches!(t.kind, TokenKind::Newline)).cloned().collect();
    let test = either(&tokens, source, switches, 0);
    Condition::at(test, Origins::one(source.origin(at)))
}

fn sign(token: &Token) -> Option<&'static str> {
    match token.kind {
        TokenKind::Sign(sign) => Some(sign),
        _ => None,
    }
}

/// The parts between a sign that stands outside of brackets.
fn split<'t>(tokens: &'t [Token], at: &str) -> Vec<&'t [Token]> {
    let mut parts = Vec::new();
    let mut depth = 0usize;
    let mut start = 0;
    for (i, token) in tokens.iter().enumerate() {
        match sign(token) {
            Some("(" | "[" | "{") => depth += 1,
            Some(")" | "]" | "}") => depth = depth.saturating_sub(1),
            Some(own) if own == at && depth == 0 => {
                parts.push(&tokens[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    parts
}

fn either(tokens: &[Token], source: &Source<'_>, switches: &Switches, depth: usize) -> Test {
    if depth > MAX_DEPTH {
        return Test::Unknown("an expression".into());
    }
    let tokens = match tokens {
        [Token { kind: TokenKind::Word(word), .. }, rest @ ..] if word == "return" => rest,
        all => all,
    };
    for (at, make) in [("||", Test::Any as fn(Vec<Condition>) -> Test), ("&&", Test::All)] {
        let parts = split(tokens, at);
        if parts.len() > 1 {
            let tests = parts.into_iter().map(|part| Condition::new(either(part, source, switches, depth + 1)));
            return make(tests.collect());
        }
    }
    match tokens {
        [first, rest @ ..] if sign(first) == Some("!") => {
            Test::Not(Box::new(Condition::new(either(rest, source, switches, depth + 1))))
        }
        [first, inner @ .., last] if sign(first) == Some("(") && sign(last) == Some(")") => {
            either(inner, source, switches, depth + 1)
        }
        _ => one(tokens, switches).unwrap_or_else(|| {
            let text = tokens.first().zip(tokens.last()).and_then(|(a, b)| source.text.get(a.at.start..b.at.end));
            Test::Unknown(text.unwrap_or("nothing").into())
        }),
    }
}

fn one(tokens: &[Token], switches: &Switches) -> Option<Test> {
    let word = |token: &Token| match &token.kind {
        TokenKind::Word(word) => Some(word.clone()),
        _ => None,
    };
    let text = |token: &Token| match &token.kind {
        TokenKind::Text(text) => Some(text.clone()),
        _ => None,
    };
    let not = |test: Test| Test::Not(Box::new(Condition::new(test)));
    match tokens {
        [only] => {
            let name = word(only)?;
            match name.as_str() {
                "true" => return Some(Test::Always),
                "false" => return Some(Test::Never),
                "env.BRANCH_IS_PRIMARY" | "BRANCH_IS_PRIMARY" => return Some(Test::DefaultBranch),
                "env.CHANGE_ID" | "CHANGE_ID" => return Some(Test::Event(vec![Event::PullRequest])),
                "env.TAG_NAME" | "TAG_NAME" => return Some(Test::Tag(Pattern::any())),
                _ => {}
            }
            let bare = name.strip_prefix("params.")?;
            let (_, on) = switches.iter().find(|(name, _)| name == bare)?;
            // Whoever starts it by hand chooses; else the default holds.
            let by_hand = || Condition::new(Test::Event(vec![Event::Manual, Event::Api]));
            let chosen = Condition::all([by_hand(), Condition::new(Test::Unknown(name.clone()))]);
            let default = Condition::new(if *on { Test::Always } else { Test::Never });
            Some(Test::Any(vec![chosen, Condition::all([by_hand().not(), default])]))
        }
        [left, operator, right] => {
            let (name, other) = match (word(left), word(right)) {
                (Some(name), _) if is_variable(&name) => (name, right),
                (_, Some(name)) if is_variable(&name) => (name, left),
                _ => return None,
            };
            let name = name.strip_prefix("env.").unwrap_or(&name).to_string();
            let is_null = word(other).is_some_and(|w| w == "null");
            let operator = sign(operator)?;
            match (name.as_str(), operator) {
                ("CHANGE_ID" | "CHANGE_TARGET", "==") if is_null => Some(not(Test::Event(vec![Event::PullRequest]))),
                ("CHANGE_ID" | "CHANGE_TARGET", "!=") if is_null => Some(Test::Event(vec![Event::PullRequest])),
                ("TAG_NAME", "==") if is_null => Some(not(Test::Tag(Pattern::any()))),
                ("TAG_NAME", "!=") if is_null => Some(Test::Tag(Pattern::any())),
                ("BRANCH_NAME" | "GIT_BRANCH", "==") => equal_to(&text(other)?),
                ("BRANCH_NAME" | "GIT_BRANCH", "!=") => Some(not(equal_to(&text(other)?)?)),
                ("BRANCH_NAME" | "GIT_BRANCH", "==~" | "=~") => {
                    let text = Expr::Text(text(other)?);
                    let regex = text.as_str()?;
                    let whole = if operator == "==~" { format!("^(?:{regex})$") } else { regex.to_string() };
                    Some(Test::Branch(Pattern::regex(&whole)))
                }
                _ => None,
            }
        }
        // `env.BRANCH_NAME in ['main', 'master']`
        [left, operator, open, names @ .., close]
            if word(operator).is_some_and(|w| w == "in") && sign(open) == Some("[") && sign(close) == Some("]") =>
        {
            let name = word(left)?;
            if !matches!(name.strip_prefix("env.").unwrap_or(&name), "BRANCH_NAME" | "GIT_BRANCH") {
                return None;
            }
            let names = names.iter().filter(|t| sign(t) != Some(","));
            let tests: Option<Vec<Test>> = names.map(|t| equal_to(&text(t)?)).collect();
            Some(Test::Any(tests?.into_iter().map(Condition::new).collect()))
        }
        // `env.BRANCH_NAME.startsWith('release/')`
        [left, open, prefix, close] if sign(open) == Some("(") && sign(close) == Some(")") => {
            let name = word(left)?;
            let name = name.strip_prefix("env.").unwrap_or(&name);
            let text = Expr::Text(text(prefix)?);
            let text = text.as_str()?;
            let pattern = match name {
                "BRANCH_NAME.startsWith" => Pattern::Prefix(text.into()),
                "BRANCH_NAME.equals" => Pattern::Exact(text.into()),
                "BRANCH_NAME.contains" => Pattern::regex(&regex::escape(text)),
                "BRANCH_NAME.matches" => Pattern::regex(&format!("^(?:{text})$")),
                _ => return None,
            };
            Some(Test::Branch(pattern))
        }
        _ => None,
    }
}

fn is_variable(name: &str) -> bool {
    let name = name.strip_prefix("env.").unwrap_or(name);
    matches!(name, "BRANCH_NAME" | "GIT_BRANCH" | "CHANGE_ID" | "CHANGE_TARGET" | "TAG_NAME")
}
