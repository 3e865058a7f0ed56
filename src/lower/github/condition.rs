//! `if`: what an expression of GitHub asks about the event and the ref, as a [`Condition`].
//!
//! Read are comparisons of what the `github` context says about the event and the ref, the functions
//! that people use on them, and `inputs` whose values are known. Everything else is not understood.

use ecow::EcoString;

use super::{expression, triggers};
use crate::{
    lower::ci::{Condition, Event, Pattern, Test},
    value::Origins,
};

/// An expression, taken apart.
#[derive(Clone, Debug)]
enum Expr {
    Text(String),
    Bool(bool),
    Null,
    /// `github.ref`, in lower case.
    Context(String),
    Call(String, Vec<Expr>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Equal(Box<Expr>, Box<Expr>),
    Different(Box<Expr>, Box<Expr>),
    /// An order, an index: what is not asked about events.
    Other,
}

/// What is known of an input, as text.
pub type Inputs<'a> = &'a dyn Fn(&str) -> Option<EcoString>;

/// What an `if` says.
pub struct If {
    /// When it holds.
    pub condition: Condition,
    /// Whether it asks for the outcome of other jobs itself, so that their success is not implied.
    pub asks_outcome: bool,
}

/// What `text`, the expression without braces, says. `origins` is where it is written.
pub fn read(text: &str, inputs: Inputs<'_>, origins: &Origins) -> If {
    let lower = text.to_ascii_lowercase();
    let asks_outcome = ["always", "failure", "cancelled"]
        .iter()
        .any(|name| lower.match_indices(name).any(|(at, _)| lower[at + name.len()..].trim_start().starts_with('(')));
    let mut reader = Reader { rest: text, depth: 0 };
    let parsed = reader.or().filter(|_| reader.rest.trim().is_empty());
    let condition = match parsed {
        Some(expr) => truth(&expr, inputs, text),
        None => unknown(text),
    };
    let mut places = condition.origins.clone();
    places.extend(origins);
    If { condition: Condition::at(condition.test, places), asks_outcome }
}

fn unknown(text: &str) -> Condition {
    Condition::new(Test::Unknown(text.trim().into()))
}

fn always() -> Condition {
    Condition::new(Test::Always)
}

fn never() -> Condition {
    Condition::new(Test::Never)
}

fn of(value: bool) -> Condition {
    if value { always() } else { never() }
}

fn event(events: &[Event]) -> Condition {
    Condition::new(Test::Event(events.to_vec()))
}

fn branch(pattern: Pattern) -> Condition {
    Condition::new(Test::Branch(pattern))
}

fn tag(pattern: Pattern) -> Condition {
    Condition::new(Test::Tag(pattern))
}

fn truth(expr: &Expr, inputs: Inputs<'_>, all: &str) -> Condition {
    match expr {
        Expr::Text(text) => of(!text.is_empty()),
        Expr::Bool(value) => of(*value),
        Expr::Null => never(),
        Expr::Not(inner) => truth(inner, inputs, all).not(),
        Expr::And(a, b) => Condition::all([truth(a, inputs, all), truth(b, inputs, all)]),
        Expr::Or(a, b) => Condition::any([truth(a, inputs, all), truth(b, inputs, all)]),
        Expr::Equal(a, b) => equal(a, b, inputs, all),
        Expr::Different(a, b) => {
            // Who it is not: everybody else.
            if [a, b].iter().any(|e| matches!(&***e, Expr::Context(c) if is_actor(c))) {
                return always();
            }
            equal(a, b, inputs, all).not()
        }
        Expr::Context(path) => context(path, inputs, all),
        Expr::Call(name, arguments) => call(name, arguments, inputs, all),
        Expr::Other => unknown(all),
    }
}

fn is_actor(context: &str) -> bool {
    matches!(
        context,
        "github.actor"
            | "github.triggering_actor"
            | "github.event.pull_request.user.login"
            | "github.event.sender.login"
    )
}

/// A context as a condition of its own.
fn context(path: &str, inputs: Inputs<'_>, all: &str) -> Condition {
    match path {
        "github.ref_protected" => Condition::new(Test::Protected),
        // A pull request that is open is not merged; that it is merged later is another event.
        "github.event.pull_request.merged" => never(),
        "github.event.pull_request.head.repo.fork" => Condition::new(Test::Fork),
        "github.event.pull_request" | "github.event.pull_request.number" | "github.head_ref" | "github.base_ref" => {
            event(&[Event::PullRequest, Event::PullRequestTarget])
        }
        "github.event.workflow_run" => event(&[Event::Pipeline]),
        path => match input_name(path) {
            Some(name) => match inputs(name) {
                Some(value) => of(!matches!(value.as_str(), "" | "false" | "0")),
                None => given_by_hand(all),
            },
            None => unknown(all),
        },
    }
}

/// What an input decides whose value is not known: nothing but manual starts and calls have inputs.
fn given_by_hand(all: &str) -> Condition {
    Condition::all([event(&[Event::Manual, Event::Pipeline, Event::Api]), unknown(all)])
}

fn input_name(path: &str) -> Option<&str> {
    path.strip_prefix("inputs.").or_else(|| path.strip_prefix("github.event.inputs."))
}

fn equal(a: &Expr, b: &Expr, inputs: Inputs<'_>, all: &str) -> Condition {
    match (a, b) {
        (Expr::Context(path), other) | (other, Expr::Context(path)) => {
            if let Expr::Context(other) = other {
                return contexts_equal(path, other).unwrap_or_else(|| unknown(all));
            }
            if let (Some(text), true) = (default_branch_ref(other), path == "github.ref") {
                return text;
            }
            match other {
                Expr::Text(text) => compared(path, text, inputs, all),
                Expr::Bool(value) => {
                    let holds = truth(&Expr::Context(path.clone()), inputs, all);
                    if *value { holds } else { holds.not() }
                }
                Expr::Null => truth(&Expr::Context(path.clone()), inputs, all).not(),
                _ => unknown(all),
            }
        }
        (Expr::Text(a), Expr::Text(b)) => of(a.eq_ignore_ascii_case(b)),
        (Expr::Bool(a), Expr::Bool(b)) => of(a == b),
        (call @ Expr::Call(..), Expr::Bool(value)) | (Expr::Bool(value), call @ Expr::Call(..)) => {
            let holds = truth(call, inputs, all);
            if *value { holds } else { holds.not() }
        }
        _ => unknown(all),
    }
}

fn contexts_equal(a: &str, b: &str) -> Option<Condition> {
    let pair = |x: &str, y: &str| (a == x && b == y) || (a == y && b == x);
    if pair("github.ref_name", "github.event.repository.default_branch") {
        return Some(Condition::new(Test::DefaultBranch));
    }
    if pair("github.base_ref", "github.event.repository.default_branch") {
        return Some(event(&[Event::PullRequest, Event::PullRequestTarget]));
    }
    // Of the same repository, and not from a fork.
    if pair("github.event.pull_request.head.repo.full_name", "github.repository")
        || pair("github.event.pull_request.head.repo.full_name", "github.event.pull_request.base.repo.full_name")
        || pair("github.event.pull_request.head.repo.owner.login", "github.repository_owner")
    {
        let requests = event(&[Event::PullRequest, Event::PullRequestTarget]);
        return Some(Condition::all([requests, Condition::new(Test::Fork).not()]));
    }
    None
}

/// `format('refs/heads/{0}', github.event.repository.default_branch)`.
fn default_branch_ref(expr: &Expr) -> Option<Condition> {
    let Expr::Call(name, arguments) = expr else { return None };
    let is = name == "format"
        && matches!(&arguments[..], [Expr::Text(text), Expr::Context(path)]
            if text == "refs/heads/{0}" && path == "github.event.repository.default_branch");
    is.then(|| Condition::new(Test::DefaultBranch))
}

/// A context compared with a text.
fn compared(path: &str, text: &str, inputs: Inputs<'_>, all: &str) -> Condition {
    match path {
        "github.event_name" => triggers::event(text).map_or_else(never, |e| event(&[e])),
        "github.ref" => match (text.strip_prefix("refs/heads/"), text.strip_prefix("refs/tags/")) {
            (Some(name), _) => branch(Pattern::Exact(name.into())),
            (_, Some(name)) => tag(Pattern::Exact(name.into())),
            _ => never(),
        },
        "github.ref_name" => named(Pattern::Exact(text.into())),
        "github.ref_type" => match text {
            "branch" => branch(Pattern::any()),
            "tag" => tag(Pattern::any()),
            _ => never(),
        },
        "github.base_ref" | "github.event.pull_request.base.ref" => {
            Condition::new(Test::TargetBranch(Pattern::Exact(text.into())))
        }
        "github.event.workflow_run.conclusion" => {
            if text == "success" {
                event(&[Event::Pipeline])
            } else {
                never()
            }
        }
        "github.event.workflow_run.head_branch" => event(&[Event::Pipeline]),
        // The name of the repository itself, to keep forks from running it.
        "github.repository" | "github.repository_owner" => always(),
        _ if path.starts_with("needs.") && path.ends_with(".result") => {
            if text == "success" {
                always()
            } else {
                unknown(all)
            }
        }
        path => match input_name(path) {
            Some(name) => match inputs(name) {
                Some(value) => of(value.eq_ignore_ascii_case(text)),
                None if text.is_empty() => unknown(all),
                None => given_by_hand(all),
            },
            None => unknown(all),
        },
    }
}

/// A branch or tag of such a name.
fn named(pattern: Pattern) -> Condition {
    Condition::any([branch(pattern.clone()), tag(pattern)])
}

/// What a function says. Whether something went wrong before (`failure()`) says nothing about the event.
fn call(name: &str, arguments: &[Expr], inputs: Inputs<'_>, all: &str) -> Condition {
    match (name, arguments) {
        ("always" | "success", []) => always(),
        ("startswith", [Expr::Context(path), Expr::Text(text)]) => match path.as_str() {
            "github.ref" => match (text.strip_prefix("refs/heads/"), text.strip_prefix("refs/tags/")) {
                (Some(start), _) => branch(Pattern::Prefix(start.into())),
                (_, Some(start)) => tag(Pattern::Prefix(start.into())),
                _ if "refs/heads/".starts_with(text.as_str()) && "refs/tags/".starts_with(text.as_str()) => always(),
                _ if "refs/heads/".starts_with(text.as_str()) => branch(Pattern::any()),
                _ if "refs/tags/".starts_with(text.as_str()) => tag(Pattern::any()),
                _ if text.starts_with("refs/pull/") => event(&[Event::PullRequest]),
                _ => never(),
            },
            "github.ref_name" => named(Pattern::Prefix(text.as_str().into())),
            "github.event_name" if text == "pull_request" => event(&[Event::PullRequest, Event::PullRequestTarget]),
            _ => unknown(all),
        },
        ("endswith", [Expr::Context(path), Expr::Text(text)]) if is_ref(path) => {
            named(Pattern::regex(&format!("{}$", regex::escape(text))))
        }
        ("contains", [Expr::Context(path), Expr::Text(text)]) if is_ref(path) => match text.as_str() {
            "refs/heads" | "refs/heads/" | "heads" => branch(Pattern::any()),
            "refs/tags" | "refs/tags/" | "tags" | "tags/" => tag(Pattern::any()),
            "refs/tags/v" | "tags/v" => tag(Pattern::Prefix("v".into())),
            text => named(Pattern::regex(&regex::escape(text.strip_prefix("refs/heads/").unwrap_or(text)))),
        },
        ("contains", [Expr::Call(json, list), member]) if json == "fromjson" => match &list[..] {
            [Expr::Text(list)] => match serde_json::from_str::<Vec<String>>(list) {
                Ok(texts) => {
                    Condition::any(texts.into_iter().map(|text| equal(member, &Expr::Text(text), inputs, all)))
                }
                Err(_) => unknown(all),
            },
            _ => unknown(all),
        },
        _ => unknown(all),
    }
}

fn is_ref(path: &str) -> bool {
    matches!(path, "github.ref" | "github.ref_name")
}

/// Expressions nest no deeper than people write them.
const MAX_DEPTH: usize = 64;

/// Reads an expression; none where it is not one.
struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl Reader<'_> {
    fn skip(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(token) {
            Some(behind) => {
                self.rest = behind;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut left = self.and()?;
        while self.skip("||") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Some(left)
    }

    fn and(&mut self) -> Option<Expr> {
        let mut left = self.comparison()?;
        while self.skip("&&") {
            left = Expr::And(Box::new(left), Box::new(self.comparison()?));
        }
        Some(left)
    }

    fn comparison(&mut self) -> Option<Expr> {
        let left = self.unary()?;
        if self.skip("==") {
            return Some(Expr::Equal(Box::new(left), Box::new(self.unary()?)));
        }
        if self.skip("!=") {
            return Some(Expr::Different(Box::new(left), Box::new(self.unary()?)));
        }
        if ["<=", ">=", "<", ">"].iter().any(|op| self.skip(op)) {
            self.unary()?;
            return Some(Expr::Other);
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<Expr> {
        let rest = self.rest.trim_start();
        if rest.starts_with('!') && !rest.starts_with("!=") {
            self.rest = &rest[1..];
            self.depth += 1;
            let inner = (self.depth <= MAX_DEPTH).then(|| self.unary())??;
            self.depth -= 1;
            return Some(Expr::Not(Box::new(inner)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Option<Expr> {
        if self.skip("(") {
            let inner = self.or()?;
            return self.skip(")").then_some(inner);
        }
        let rest = self.rest.trim_start();
        let first = rest.chars().next()?;
        if first == '\'' {
            let (text, behind) = expression::quoted(rest);
            self.rest = behind;
            return Some(Expr::Text(text));
        }
        if first.is_ascii_digit() || first == '-' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-').unwrap_or(rest.len());
            self.rest = &rest[end..];
            return Some(Expr::Text(rest[..end].to_string()));
        }
        if !first.is_ascii_alphabetic() && first != '_' {
            return None;
        }
        let (name, behind) = expression::word(rest);
        if let Some(inside) = behind.trim_start().strip_prefix('(') {
            self.rest = inside;
            let mut arguments = Vec::new();
            while !self.skip(")") {
                arguments.push(self.or()?);
                let _ = self.skip(",");
            }
            // What a call gave may be entered.
            if self.rest.starts_with(['.', '[']) {
                let (_, behind) = expression::chain(String::new(), self.rest);
                self.rest = behind;
                return Some(Expr::Other);
            }
            return Some(Expr::Call(name.to_ascii_lowercase(), arguments));
        }
        let (path, behind) = expression::chain(name.to_string(), behind);
        self.rest = behind;
        Some(match path.as_str() {
            "true" => Expr::Bool(true),
            "false" => Expr::Bool(false),
            "null" => Expr::Null,
            _ => Expr::Context(path.to_ascii_lowercase()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lower::ci::situation::SITUATIONS, value::Truth};

    fn asked(text: &str) -> String {
        let inputs = |name: &str| (name == "stage").then(|| "prod".into());
        let condition = read(text, &inputs, &Origins::none()).condition;
        let names = |wanted: fn(&Truth) -> bool| -> Vec<&str> {
            let holds =
                SITUATIONS.iter().filter(|(_, worlds)| wanted(&Truth::any(worlds.iter().map(|w| condition.holds(w)))));
            holds.map(|(name, _)| *name).collect()
        };
        let (yes, perhaps) = (names(|t| matches!(t, Truth::True(_))), names(|t| matches!(t, Truth::Unknown(..))));
        match (yes.len(), perhaps.len()) {
            (n, _) if n == SITUATIONS.len() => "all".into(),
            (_, n) if n == SITUATIONS.len() => "?".into(),
            (_, 0) => yes.join(" "),
            _ => format!("{} ? {}", yes.join(" "), perhaps.join(" ")),
        }
    }

    #[test]
    fn what_is_asked_of_the_event_and_the_ref_is_understood() {
        let on_main = "push_default pull_request_target manual schedule api pipeline comment";
        for (text, expected) in [
            ("github.ref == 'refs/heads/main'", on_main),
            ("github.ref_name == 'main'", on_main),
            ("github.ref == 'main'", ""),
            ("github.event_name == 'push' && github.ref == 'refs/heads/main'", "push_default"),
            (
                "github.ref == format('refs/heads/{0}', github.event.repository.default_branch) && github.event_name == 'push'",
                "push_default",
            ),
            (
                "github.event_name != 'pull_request' && github.event_name == 'push'",
                "push_default push_release push_other tag",
            ),
            ("startsWith(github.ref, 'refs/tags/')", "tag release"),
            ("startsWith(github.ref, 'refs/heads/release/')", "push_release"),
            (
                "contains(fromJSON('[\"main\", \"release\"]'), github.ref_name) && github.event_name == 'push'",
                "push_default push_release",
            ),
            ("github.event_name == 'workflow_dispatch'", "manual manual_other"),
            ("github.event.pull_request.head.repo.full_name == github.repository", "pull_request"),
            ("github.event_name == 'pull_request' && !github.event.pull_request.head.repo.fork", "pull_request"),
            ("github.event.pull_request.merged == true", ""),
            ("github.actor != 'dependabot[bot]'", "all"),
            ("github.repository == 'acme/app'", "all"),
            ("always()", "all"),
            ("!cancelled() && github.event_name == 'push'", " ? push_default push_release push_other tag"),
            ("needs.test.result == 'success'", "all"),
            ("inputs.stage == 'prod'", "all"),
            ("inputs.stage == 'dev'", ""),
            ("inputs.other == 'dev'", " ? manual manual_other api pipeline"),
            ("vars.DEPLOY == 'true'", "?"),
            ("github.event.workflow_run.conclusion == 'success'", "pipeline"),
            ("github.ref_protected && github.event_name == 'push'", "push_default ? push_release push_other tag"),
            ("(", "?"),
            ("a b", "?"),
            ("1 < 2", "?"),
        ] {
            assert_eq!(asked(text), expected, "{text}");
        }
    }

    #[test]
    fn a_condition_that_asks_for_outcomes_does_not_imply_success() {
        let read = |text: &str| read(text, &|_| None, &Origins::none()).asks_outcome;
        assert!(read("always()"));
        assert!(read("!cancelled ()"));
        assert!(!read("github.ref == 'refs/heads/always'"));
        assert!(!read("success()"));
    }
}
