//! When a workflow, a job or a step runs: logic statements, expressions, and filters.
//!
//! CircleCI evaluates them when it makes the pipeline, so that nothing in them is known later only. A parameter of
//! the pipeline has its default unless somebody starts the pipeline by hand, by the API or by a schedule.

use std::collections::HashMap;

use ecow::{EcoString, eco_format};

use super::text::{inner, whole};
use crate::{
    lower::ci::{
        Condition, Event, Pattern, Test,
        reading::{field, items, object, text_of, written},
    },
    value::{Object, Origins, Part, Repr, Value},
};

/// The name of the branch that stands for a pull request of a fork.
const FORK: &str = "pull/1";

/// How deep a condition may be; nobody writes one as deep.
const MAX_DEPTH: usize = 60;

/// What is known of the pipeline's own parameters.
#[derive(Debug, Default)]
pub struct Parameters {
    /// Their defaults.
    pub defaults: HashMap<EcoString, Value>,
    /// Whether another pipeline continues with this one and may set them.
    pub is_continued: bool,
}

/// What is compared.
enum Term {
    Known(EcoString),
    Branch,
    Tag,
    IsDefault,
    Source,
    Event,
    Schedule,
    Parameter(EcoString),
    Other(EcoString),
}

impl Parameters {
    /// A logic statement, an expression or a value as a condition.
    pub fn condition(&self, value: &Value) -> Condition {
        self.logic(value, 0)
    }

    fn logic(&self, value: &Value, depth: usize) -> Condition {
        let origins = &value.origins;
        let unknown = || Condition::at(Test::Unknown(eco_format!("`{}`", said(value))), origins.clone());
        if depth > MAX_DEPTH {
            return unknown();
        }
        let always = |holds: bool| Condition::at(if holds { Test::Always } else { Test::Never }, origins.clone());
        match &value.repr {
            Repr::Null => always(false),
            Repr::Bool(b) => always(*b),
            Repr::Number(n) => always(n.as_i64() != Some(0)),
            Repr::String(text) => match whole(value) {
                Some(expression) => expression_of(self, expression, origins),
                None => match text.as_str() {
                    // Besides expressions any text is true that is not empty.
                    Some(text) if is_expression(text) => expression_of(self, text, origins),
                    Some(text) => always(!text.is_empty() && text != "false"),
                    None => {
                        let joined: EcoString = text
                            .parts()
                            .iter()
                            .map(|part| match part {
                                Part::Known(text) => text.as_str(),
                                Part::Hole(hole) => inner(&hole.written),
                            })
                            .collect();
                        expression_of(self, &joined, origins)
                    }
                },
            },
            Repr::Object(statement) => {
                let parts = statement.fields.iter().map(|(operator, operand)| {
                    let each = || items(Some(operand)).iter().map(|part| self.logic(part, depth + 1));
                    match operator.as_str() {
                        "and" => Condition::all(each()),
                        "or" => Condition::any(each()),
                        "not" => self.logic(operand, depth + 1).not(),
                        "equal" => self.equal(items(Some(operand)), origins),
                        "matches" => operand.as_object().map_or_else(unknown, |m| self.matching(m, origins)),
                        _ => unknown(),
                    }
                });
                Condition::at(Test::All(parts.collect()), origins.clone())
            }
            _ => unknown(),
        }
    }

    fn equal(&self, operands: &[Value], origins: &Origins) -> Condition {
        let Some((first, rest)) = operands.split_first() else { return Condition::always() };
        let first = term(first);
        Condition::all(rest.iter().map(|other| self.compare(&first, &term(other), origins)))
    }

    fn matching(&self, matches: &Object, origins: &Origins) -> Condition {
        let pattern = field(matches, "pattern").and_then(text_of).unwrap_or_default();
        let value = field(matches, "value").map_or(Term::Other("its value".into()), term);
        let pattern = pattern.trim();
        let pattern = pattern.strip_prefix('/').and_then(|p| p.strip_suffix('/')).unwrap_or(pattern);
        self.test(&value, &Pattern::regex(&eco_format!("^(?:{pattern})$")), &eco_format!("matches {pattern}"), origins)
    }

    /// Whether two terms are equal.
    fn compare(&self, one: &Term, other: &Term, origins: &Origins) -> Condition {
        match (one, other) {
            (Term::Known(a), Term::Known(b)) => {
                Condition::at(if a == b { Test::Always } else { Test::Never }, origins.clone())
            }
            (Term::Known(text), term) | (term, Term::Known(text)) => {
                self.test(term, &Pattern::Exact(text.clone()), text, origins)
            }
            (one, other) => {
                let text = eco_format!("`{} == {}`", one.said(), other.said());
                Condition::at(Test::Unknown(text), origins.clone())
            }
        }
    }

    /// Whether a term is what a pattern means.
    fn test(&self, term: &Term, pattern: &Pattern, text: &str, origins: &Origins) -> Condition {
        let at = |test: Test| Condition::at(test, origins.clone());
        let never = |matches: Option<bool>| if matches == Some(true) { Test::Always } else { Test::Never };
        match term {
            Term::Known(known) => match pattern.matches(known) {
                None => at(Test::Unknown(eco_format!("`{text}`"))),
                matches => at(never(matches)),
            },
            // There is no branch where there is a tag, and the other way round: its name is empty then.
            Term::Branch => self.named(pattern, Test::Branch, origins),
            Term::Tag => self.named(pattern, Test::Tag, origins),
            Term::IsDefault => {
                let is_default = at(Test::DefaultBranch);
                if pattern.matches("true") == Some(true) { is_default } else { is_default.not() }
            }
            Term::Source => {
                let sources: [(&str, &[Event]); 3] = [
                    ("webhook", &[Event::Push, Event::PullRequest, Event::MergeQueue]),
                    ("api", &[Event::Api, Event::Manual]),
                    ("scheduled_pipeline", &[Event::Schedule]),
                ];
                at(Test::Event(events(pattern, &sources)))
            }
            Term::Event => {
                let names: [(&str, &[Event]); 5] = [
                    ("push", &[Event::Push, Event::MergeQueue]),
                    ("pull_request", &[Event::PullRequest]),
                    ("api", &[Event::Api, Event::Manual]),
                    ("schedule", &[Event::Schedule]),
                    ("merge_group", &[Event::MergeQueue]),
                ];
                at(Test::Event(events(pattern, &names)))
            }
            Term::Schedule => {
                let unknown = at(Test::Unknown(eco_format!("`pipeline.schedule.name == {text}`")));
                Condition::all([at(Test::Event(vec![Event::Schedule])), unknown])
            }
            Term::Parameter(name) => {
                let unknown = at(Test::Unknown(eco_format!("`pipeline.parameters.{name}`")));
                let Some(default) = self.defaults.get(name).filter(|_| !self.is_continued) else { return unknown };
                let holds = at(never(text_of(default).and_then(|default| pattern.matches(&default))));
                self.unless_set(holds, unknown)
            }
            Term::Other(name) => at(Test::Unknown(eco_format!("`{name}`"))),
        }
    }

    /// What a parameter says by its default, and what it may say where others may have set it.
    fn unless_set(&self, default: Condition, set: Condition) -> Condition {
        let settable = Condition::new(Test::Event(vec![Event::Manual, Event::Api, Event::Schedule, Event::Pipeline]));
        Condition::any([Condition::all([settable.clone().not(), default]), Condition::all([settable, set])])
    }

    fn named(&self, pattern: &Pattern, test: fn(Pattern) -> Test, origins: &Origins) -> Condition {
        let own = Condition::at(test(pattern.clone()), origins.clone());
        if pattern.matches("") == Some(true) {
            let nothing = Condition::at(test(Pattern::any()), origins.clone()).not();
            return Condition::any([own, nothing]);
        }
        own
    }

    /// Whether a term alone is true.
    fn truth(&self, term: &Term, origins: &Origins) -> Condition {
        let at = |test: Test| Condition::at(test, origins.clone());
        match term {
            Term::Known(text) => at(if text.is_empty() || text == "false" { Test::Never } else { Test::Always }),
            Term::Branch => at(Test::Branch(Pattern::any())),
            Term::Tag => at(Test::Tag(Pattern::any())),
            Term::IsDefault => at(Test::DefaultBranch),
            Term::Source | Term::Event => Condition::always(),
            Term::Schedule => at(Test::Event(vec![Event::Schedule])),
            Term::Parameter(name) => {
                let unknown = at(Test::Unknown(eco_format!("`pipeline.parameters.{name}`")));
                match self.defaults.get(name).filter(|_| !self.is_continued) {
                    Some(default) => {
                        let holds = match &default.repr {
                            Repr::Bool(b) => *b,
                            Repr::Number(n) => n.as_i64() != Some(0),
                            _ => text_of(default).is_some_and(|text| !text.is_empty()),
                        };
                        self.unless_set(at(if holds { Test::Always } else { Test::Never }), unknown)
                    }
                    None => unknown,
                }
            }
            Term::Other(name) => at(Test::Unknown(eco_format!("`{name}`"))),
        }
    }

    /// What `filters` of a job says. Tags are left out where nothing says otherwise.
    pub fn filters(&self, filters: Option<&Value>) -> Condition {
        let Some(filters) = filters.filter(|f| !f.is_null()) else {
            return Condition::new(Test::Tag(Pattern::any())).not();
        };
        let Some(by) = filters.as_object() else { return self.condition(filters) };
        let branches = of_patterns(object(by, "branches"), &Test::Branch);
        let tags = of_patterns(object(by, "tags"), &Test::Tag);
        let no_tag = || Condition::new(Test::Tag(Pattern::any())).not();
        let branches = match branches {
            // A pull request of a fork is built for a branch that no pattern of people means.
            Some((branches, true)) => branches.and(no_tag()),
            Some((branches, false)) => branches,
            None => no_tag(),
        };
        match tags {
            Some((tags, _)) => {
                let tag = Condition::new(Test::Tag(Pattern::any()));
                Condition::any([branches, Condition::all([tag, tags])])
            }
            None => branches,
        }
    }
}

/// Which names `only` and `ignore` let through, and whether all of them but some.
fn of_patterns(filter: Option<&Object>, test: &dyn Fn(Pattern) -> Test) -> Option<(Condition, bool)> {
    let filter = filter?;
    let each = |name: &str| {
        field(filter, name).map(|value| {
            let one = items(Some(value)).iter().map(|item| {
                let pattern = pattern(item);
                let of_fork = pattern.matches(FORK) == Some(true);
                let own = Condition::at(test(pattern), item.origins.clone());
                let fork = || Condition::at(Test::Fork, item.origins.clone());
                if of_fork { Condition::any([own, fork()]) } else { own }
            });
            Condition::at(Test::Any(one.collect()), Origins::none())
        })
    };
    match (each("only"), each("ignore")) {
        (Some(only), _) => Some((only, false)),
        (None, Some(ignore)) => Some((ignore.not(), true)),
        (None, None) => None,
    }
}

/// A name, or a regular expression between slashes that has to match all of it.
fn pattern(value: &Value) -> Pattern {
    let Some(text) = text_of(value) else { return Pattern::Unreadable };
    match text.strip_prefix('/').and_then(|t| t.strip_suffix('/')) {
        Some(regex) => Pattern::regex(&eco_format!("^(?:{})$", regex.replace("\\/", "/"))),
        None => Pattern::Exact(text),
    }
}

fn events(pattern: &Pattern, names: &[(&str, &[Event])]) -> Vec<Event> {
    let meant = names.iter().filter(|(name, _)| pattern.matches(name) == Some(true));
    meant.flat_map(|(_, events)| events.iter().copied()).collect()
}

fn said(value: &Value) -> EcoString {
    match &value.repr {
        Repr::Object(object) => object.fields.keys().next().cloned().unwrap_or_default(),
        _ => written(value),
    }
}

fn term(value: &Value) -> Term {
    match whole(value) {
        Some(expression) => term_of(expression),
        None => text_of(value).map_or_else(|| Term::Other(written(value)), Term::Known),
    }
}

fn term_of(expression: &str) -> Term {
    match expression {
        "pipeline.git.branch" => Term::Branch,
        "pipeline.git.tag" => Term::Tag,
        "pipeline.git.branch.is_default" => Term::IsDefault,
        "pipeline.trigger_source" => Term::Source,
        "pipeline.event.name" => Term::Event,
        "pipeline.schedule.name" => Term::Schedule,
        _ => match expression.strip_prefix("pipeline.parameters.") {
            Some(name) => Term::Parameter(name.into()),
            None => Term::Other(expression.into()),
        },
    }
}

impl Term {
    fn said(&self) -> EcoString {
        match self {
            Self::Known(text) => text.clone(),
            Self::Branch => "pipeline.git.branch".into(),
            Self::Tag => "pipeline.git.tag".into(),
            Self::IsDefault => "pipeline.git.branch.is_default".into(),
            Self::Source => "pipeline.trigger_source".into(),
            Self::Event => "pipeline.event.name".into(),
            Self::Schedule => "pipeline.schedule.name".into(),
            Self::Parameter(name) => eco_format!("pipeline.parameters.{name}"),
            Self::Other(name) => name.clone(),
        }
    }
}

fn is_expression(text: &str) -> bool {
    text.contains("pipeline.") || ["==", "!=", " and ", " or ", "not "].iter().any(|o| text.contains(o))
}

/// An expression as a condition: `pipeline.git.branch == "main" and not pipeline.parameters.dry`.
fn expression_of(parameters: &Parameters, text: &str, origins: &Origins) -> Condition {
    let tokens = tokens(text);
    let mut reader = Reader { parameters, tokens: &tokens, at: 0, origins };
    let condition = reader.any(0);
    match condition {
        Some(condition) if reader.at == tokens.len() && !tokens.is_empty() => condition,
        _ => Condition::at(Test::Unknown(eco_format!("`{text}`")), origins.clone()),
    }
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(EcoString),
    Text(EcoString),
    Sign(&'static str),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let sign = ["==", "!=", "=~", "<=", ">=", "(", ")", "<", ">"].into_iter().find(|sign| rest.starts_with(sign));
        let taken = if let Some(sign) = sign {
            out.push(Token::Sign(sign));
            sign.len()
        } else if matches!(c, '"' | '\'' | '/') {
            let end = rest[1..].find(c).map_or(rest.len(), |i| i + 1);
            out.push(Token::Text(rest[1..end].into()));
            (end + 1).min(rest.len())
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "()=!<>\"'".contains(c)).unwrap_or(rest.len());
            let end = if end == 0 { c.len_utf8() } else { end };
            out.push(Token::Word(rest[..end].into()));
            end
        };
        rest = rest[taken..].trim_start();
    }
    out
}

struct Reader<'a> {
    parameters: &'a Parameters,
    tokens: &'a [Token],
    at: usize,
    origins: &'a Origins,
}

impl Reader<'_> {
    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w == word);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self, depth: usize) -> Option<Condition> {
        let mut parts = vec![self.all(depth)?];
        while self.word("or") {
            parts.push(self.all(depth)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Condition::any(parts) })
    }

    fn all(&mut self, depth: usize) -> Option<Condition> {
        let mut parts = vec![self.one(depth)?];
        while self.word("and") {
            parts.push(self.one(depth)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Condition::all(parts) })
    }

    fn one(&mut self, depth: usize) -> Option<Condition> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.word("not") {
            return Some(self.one(depth + 1)?.not());
        }
        if self.sign("(") {
            let inner = self.any(depth + 1)?;
            return self.sign(")").then_some(inner);
        }
        let left = self.term()?;
        if self.sign("==") {
            let right = self.term()?;
            return Some(self.parameters.compare(&left, &right, self.origins));
        }
        if self.sign("!=") {
            let right = self.term()?;
            return Some(self.parameters.compare(&left, &right, self.origins).not());
        }
        let (prefix, regex) = (self.word("starts-with"), self.sign("=~") || self.word("matches"));
        if prefix || regex {
            let Term::Known(text) = self.term()? else { return None };
            let pattern = if prefix { Pattern::Prefix(text.clone()) } else { Pattern::regex(&text) };
            return Some(self.parameters.test(&left, &pattern, &text, self.origins));
        }
        if ["<", ">", "<=", ">="].iter().any(|sign| self.sign(sign)) {
            let right = self.term()?;
            let text = eco_format!("`{}` against `{}`", left.said(), right.said());
            return Some(Condition::at(Test::Unknown(text), self.origins.clone()));
        }
        Some(self.parameters.truth(&left, self.origins))
    }

    fn term(&mut self) -> Option<Term> {
        let term = match self.tokens.get(self.at)? {
            Token::Text(text) => Term::Known(text.clone()),
            Token::Word(word) if word.starts_with("pipeline.") => term_of(word),
            Token::Word(word) if matches!(word.as_str(), "and" | "or" | "not" | "starts-with") => return None,
            Token::Word(word) => Term::Known(word.clone()),
            Token::Sign(_) => return None,
        };
        self.at += 1;
        Some(term)
    }
}
