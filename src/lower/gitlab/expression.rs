//! `rules:if`, `only:variables`: what an expression over CI/CD variables asks about the pipeline, as a
//! [`Condition`].
//!
//! Understood are the predefined variables that say what started a pipeline and for which ref. What any
//! other variable holds is for the project and whoever starts the pipeline to say.

use ecow::{EcoString, eco_format};

use crate::{
    lower::ci::{Condition, Event, Pattern, Test},
    value::Origins,
};

/// A side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Variable(EcoString),
    Text(EcoString),
    /// With its flags in front, as Rust writes them.
    Regex(EcoString),
    Null,
}

#[derive(Clone, Debug)]
enum Expr {
    Is(Term),
    Compare(Term, Operator, Term),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Different,
    Matches,
    MatchesNot,
}

/// What is known when an expression is read.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The value of a variable of the configuration itself, for patterns and names of branches.
    pub variables: &'a dyn Fn(&str) -> Option<EcoString>,
    /// Whether the pipeline is started by another one of the repository.
    pub is_child: bool,
    /// Whether it is asked when something is *not* to run. What a push or merge request may as well not have, such as
    /// words in its message, then holds nothing up.
    pub denies: bool,
}

/// Whether there is always a push or merge request for which a variable holds something else.
fn is_free(term: &Term) -> bool {
    let Term::Variable(name) = term else { return false };
    matches!(
        name.as_str(),
        "CI_OPEN_MERGE_REQUESTS"
            | "CI_COMMIT_MESSAGE"
            | "CI_COMMIT_TITLE"
            | "CI_COMMIT_DESCRIPTION"
            | "CI_COMMIT_AUTHOR"
            | "CI_MERGE_REQUEST_TITLE"
            | "CI_MERGE_REQUEST_DESCRIPTION"
            | "CI_MERGE_REQUEST_LABELS"
            | "CI_DEPLOY_FREEZE"
            | "GITLAB_USER_LOGIN"
            | "GITLAB_USER_EMAIL"
            | "GITLAB_USER_NAME"
    )
}

/// What an expression asks; none if GitLab would refuse it.
pub fn read(text: &str, known: Known<'_>, origins: &Origins) -> Option<Condition> {
    let mut reader = Reader { rest: text, depth: 0 };
    let expr = reader.or()?;
    if !reader.rest.trim().is_empty() {
        return None;
    }
    let condition = condition(&expr, known, text);
    let mut places = condition.origins.clone();
    places.extend(origins);
    Some(Condition::at(condition.test, places))
}

/// Deeper nesting than this is nobody's expression.
const MAX_DEPTH: usize = 64;

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn takes(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(sign) {
            Some(behind) => {
                self.rest = behind;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Option<Expr> {
        let mut left = self.and()?;
        while self.takes("||") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Expr> {
        let mut left = self.comparison()?;
        while self.takes("&&") {
            left = Expr::And(Box::new(left), Box::new(self.comparison()?));
        }
        Some(left)
    }

    fn comparison(&mut self) -> Option<Expr> {
        if self.takes("(") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return None;
            }
            let inner = self.or()?;
            self.depth -= 1;
            return self.takes(")").then_some(inner);
        }
        let left = self.term()?;
        for (sign, operator) in [
            ("==", Operator::Equal),
            ("!=", Operator::Different),
            ("=~", Operator::Matches),
            ("!~", Operator::MatchesNot),
        ] {
            if self.takes(sign) {
                return Some(Expr::Compare(left, operator, self.term()?));
            }
        }
        Some(Expr::Is(left))
    }

    fn term(&mut self) -> Option<Term> {
        let rest = self.rest.trim_start();
        let first = rest.chars().next()?;
        match first {
            '$' => {
                let name = &rest[1..];
                let (name, braced) = name.strip_prefix('{').map_or((name, false), |inner| (inner, true));
                let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
                let (name, behind) = name.split_at(end);
                self.rest = if braced { behind.strip_prefix('}')? } else { behind };
                (!name.is_empty()).then(|| Term::Variable(name.into()))
            }
            '"' | '\'' => {
                let behind = &rest[1..];
                let end = behind.find(first)?;
                self.rest = &behind[end + 1..];
                Some(Term::Text(behind[..end].into()))
            }
            '/' => {
                let (regex, behind) = regex(rest)?;
                self.rest = behind;
                Some(Term::Regex(regex))
            }
            _ => {
                self.rest = rest.strip_prefix("null")?;
                Some(Term::Null)
            }
        }
    }
}

/// A regular expression between slashes with its flags, and what follows it.
pub fn regex(text: &str) -> Option<(EcoString, &str)> {
    let inner = text.strip_prefix('/')?;
    let mut escaped = false;
    let end = inner.char_indices().find_map(|(at, c)| {
        let closes = c == '/' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })?;
    let behind = &inner[end + 1..];
    let flags_end = behind.find(|c: char| !matches!(c, 'i' | 'm' | 's' | 'U')).unwrap_or(behind.len());
    let (flags, behind) = behind.split_at(flags_end);
    let pattern = inner[..end].replace("\\/", "/");
    // Ruby's `m` lets a dot match a line break, which names of refs do not have.
    let pattern = if flags.contains('i') { eco_format!("(?i){pattern}") } else { pattern.into() };
    Some((pattern, behind))
}

fn unknown(text: &str) -> Condition {
    Condition::new(Test::Unknown(text.trim().into()))
}

fn always(holds: bool) -> Condition {
    Condition::new(if holds { Test::Always } else { Test::Never })
}

fn event(events: &[Event]) -> Condition {
    Condition::new(Test::Event(events.to_vec()))
}

/// Whether the pipeline is one for a merge request.
pub fn is_merge_request() -> Condition {
    event(&[Event::PullRequest])
}

/// Whether the pipeline is one for a branch, and not for a merge request.
pub fn is_branch() -> Condition {
    Condition::new(Test::Branch(Pattern::any()))
}

/// Whether the pipeline is one for a tag.
pub fn is_tag() -> Condition {
    Condition::new(Test::Tag(Pattern::any()))
}

fn condition(expr: &Expr, known: Known<'_>, text: &str) -> Condition {
    match expr {
        Expr::And(a, b) => Condition::all([condition(a, known, text), condition(b, known, text)]),
        Expr::Or(a, b) => Condition::any([condition(a, known, text), condition(b, known, text)]),
        Expr::Is(term) | Expr::Compare(term, ..) if known.denies && is_free(term) => always(false),
        Expr::Is(term) => is_set(term, text),
        Expr::Compare(left, operator, right) => {
            let (left, right) = match (left, right) {
                // The variable may stand on either side of an equation.
                (Term::Text(_) | Term::Null, Term::Variable(_)) if !operator.is_pattern() => (right, left),
                (Term::Variable(a), Term::Variable(b))
                    if !operator.is_pattern() && b.starts_with("CI_COMMIT_") && !a.starts_with("CI_COMMIT_") =>
                {
                    (right, left)
                }
                both => both,
            };
            let holds = compare(left, operator.is_pattern(), right, known, text);
            if matches!(operator, Operator::Equal | Operator::Matches) { holds } else { holds.not() }
        }
    }
}

impl Operator {
    fn is_pattern(self) -> bool {
        matches!(self, Self::Matches | Self::MatchesNot)
    }
}

/// Whether a variable is there and not empty.
fn is_set(term: &Term, text: &str) -> Condition {
    match term {
        Term::Null => always(false),
        Term::Text(text) => always(!text.is_empty()),
        Term::Regex(_) => always(true),
        Term::Variable(name) => match name.as_str() {
            "CI_COMMIT_BRANCH" => is_branch(),
            "CI_COMMIT_TAG" => is_tag(),
            "CI_MERGE_REQUEST_APPROVED"
            | "CI_MERGE_REQUEST_LABELS"
            | "CI_MERGE_REQUEST_MILESTONE"
            | "CI_MERGE_REQUEST_ASSIGNEES" => is_merge_request().and(unknown(text)),
            name if name.starts_with("CI_MERGE_REQUEST_") => is_merge_request(),
            // `"false"` is a text that is not empty.
            "CI"
            | "GITLAB_CI"
            | "CI_COMMIT_REF_NAME"
            | "CI_COMMIT_REF_SLUG"
            | "CI_COMMIT_REF_PROTECTED"
            | "CI_COMMIT_SHA"
            | "CI_DEFAULT_BRANCH"
            | "CI_PIPELINE_SOURCE"
            | "CI_PIPELINE_ID"
            | "CI_PROJECT_PATH"
            | "CI_PROJECT_NAME"
            | "CI_PROJECT_NAMESPACE" => always(true),
            // The project may set any other, and so may whoever starts a pipeline.
            _ => unknown(text),
        },
    }
}

/// What a name is compared with.
enum Names {
    Default,
    Of(Pattern, Option<EcoString>),
}

fn compare(left: &Term, is_pattern: bool, right: &Term, known: Known<'_>, text: &str) -> Condition {
    let Term::Variable(name) = left else { return unknown(text) };
    let right = match right {
        Term::Variable(other) if other == "CI_DEFAULT_BRANCH" && !is_pattern => {
            return of_ref(name, &Names::Default, text);
        }
        Term::Variable(other) => match (known.variables)(other) {
            Some(value) if is_pattern => match regex(&value) {
                Some((pattern, "")) => Term::Regex(pattern),
                _ => return unknown(text),
            },
            Some(value) => Term::Text(value),
            None => return unknown(text),
        },
        Term::Text(value) if is_pattern => match regex(value) {
            Some((pattern, "")) => Term::Regex(pattern),
            // Without slashes it is asked whether the left is part of the right, which nobody means.
            _ => return unknown(text),
        },
        other => other.clone(),
    };
    match (&right, is_pattern) {
        (Term::Null, false) => match name.as_str() {
            "CI_COMMIT_BRANCH" | "CI_COMMIT_TAG" => is_set(left, text).not(),
            name if name.starts_with("CI_MERGE_REQUEST_") => is_set(left, text).not(),
            _ => unknown(text),
        },
        // A variable of GitLab's is either not there or not empty, and what is not there is not "".
        (Term::Text(value), false) if value.is_empty() && is_predefined(name) => always(false),
        (Term::Text(value), false) => of_text(name, value, known, text),
        (Term::Regex(pattern), true) => match name.as_str() {
            "CI_PIPELINE_SOURCE" => source_matches(pattern, known, text),
            _ => of_ref(name, &Names::Of(Pattern::regex(pattern), None), text),
        },
        _ => unknown(text),
    }
}

fn is_predefined(name: &str) -> bool {
    matches!(name, "CI_COMMIT_BRANCH" | "CI_COMMIT_TAG" | "CI_COMMIT_REF_NAME" | "CI_PIPELINE_SOURCE")
}

fn of_text(name: &str, value: &EcoString, known: Known<'_>, text: &str) -> Condition {
    match name {
        "CI_PIPELINE_SOURCE" => source(value, known.is_child, text),
        "CI_COMMIT_REF_PROTECTED" => {
            let protected = Condition::new(Test::Protected);
            match value.as_str() {
                "true" => protected,
                "false" => protected.not(),
                _ => always(false),
            }
        }
        "CI" | "GITLAB_CI" => always(value == "true"),
        _ => of_ref(name, &Names::Of(Pattern::Exact(value.clone()), Some(value.clone())), text),
    }
}

/// A question about the name of a branch or tag.
fn of_ref(name: &str, names: &Names, text: &str) -> Condition {
    let branch = || match names {
        Names::Default => Condition::new(Test::DefaultBranch).and(is_branch()),
        Names::Of(pattern, _) => Condition::new(Test::Branch(pattern.clone())),
    };
    match (name, names) {
        ("CI_COMMIT_BRANCH", _) => branch(),
        ("CI_COMMIT_TAG", Names::Of(pattern, _)) => Condition::new(Test::Tag(pattern.clone())),
        ("CI_COMMIT_TAG", Names::Default) => unknown(text),
        ("CI_COMMIT_REF_NAME" | "CI_COMMIT_REF_SLUG", _) => {
            let mut any = vec![branch()];
            if let Names::Of(pattern, _) = names {
                any.push(Condition::new(Test::Tag(pattern.clone())));
            }
            // In a pipeline for a merge request it is the source branch, which is not the one that it is for.
            let may_be_source = match names {
                Names::Default => false,
                Names::Of(_, exact) => !matches!(exact.as_deref(), Some("main" | "master")),
            };
            if may_be_source {
                any.push(is_merge_request().and(unknown(text)));
            }
            Condition::any(any)
        }
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", Names::Default) => {
            Condition::new(Test::TargetBranch(Pattern::regex("^(main|master)$")))
        }
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", Names::Of(pattern, _)) => {
            Condition::new(Test::TargetBranch(pattern.clone()))
        }
        (name, _) if name.starts_with("CI_MERGE_REQUEST_") => is_merge_request().and(unknown(text)),
        _ => unknown(text),
    }
}

/// The sources of pipelines by GitLab's names.
pub const SOURCES: [(&str, Event); 12] = [
    ("push", Event::Push),
    ("merge_request_event", Event::PullRequest),
    ("schedule", Event::Schedule),
    ("web", Event::Manual),
    ("api", Event::Api),
    ("trigger", Event::Api),
    ("pipeline", Event::Pipeline),
    ("webide", Event::Push),
    ("chat", Event::Other),
    ("external", Event::Other),
    ("external_pull_request_event", Event::Other),
    ("security_orchestration_policy", Event::Other),
];

/// Whether a pipeline was started by this source.
pub fn source(value: &str, is_child: bool, text: &str) -> Condition {
    if is_child || value == "parent_pipeline" {
        return always(is_child && value == "parent_pipeline");
    }
    match value {
        // The plain form of their event; the others are some of it.
        "push" | "merge_request_event" | "schedule" | "web" | "pipeline" => {
            let found = SOURCES.iter().find(|(name, _)| *name == value);
            found.map_or_else(|| unknown(text), |(_, kind)| event(&[*kind]))
        }
        "api" | "trigger" => event(&[Event::Api]).and(unknown(text)),
        "webide" => event(&[Event::Push]).and(unknown(text)),
        _ => event(&[Event::Other]),
    }
}

fn source_matches(pattern: &str, known: Known<'_>, text: &str) -> Condition {
    let pattern = Pattern::regex(pattern);
    if known.is_child {
        return pattern.matches("parent_pipeline").map_or_else(|| unknown(text), always);
    }
    let mut any = Vec::new();
    for (name, _) in SOURCES {
        match pattern.matches(name) {
            Some(true) => any.push(source(name, false, text)),
            Some(false) => {}
            None => return unknown(text),
        }
    }
    // All that are known to be one event together are that event.
    if any.len() == SOURCES.len() {
        return always(true);
    }
    let both = |a: &str, b: &str| pattern.matches(a) == Some(true) && pattern.matches(b) == Some(true);
    if both("api", "trigger") {
        any.push(event(&[Event::Api]));
    }
    Condition::any(any)
}
