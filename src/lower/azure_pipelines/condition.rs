//! Conditions of stages, jobs and steps as questions about the event and the ref.
//!
//! The same language decides which parts of a template are put in, so that `${{ if eq(variables['Build.SourceBranch'],
//! 'refs/heads/main') }}` around a stage is read like a `condition:` of that stage.

use ecow::EcoString;

use super::{
    expression::{Expr, Step, is_logical},
    tree::Guard,
};
use crate::{
    lower::ci::{Condition, Event, Pattern, Test},
    value::{Origins, Value},
};

/// Reduced again so often, for variables whose values are expressions.
const MAX_ROUNDS: usize = 8;

/// A condition and what it asks of the jobs before it.
pub struct Read {
    /// When it holds, given that what it needs succeeded.
    pub runs: Condition,
    /// Whether it may hold although what it needs was skipped or failed; none if that is not known.
    pub despite_skipped: Option<bool>,
    /// As text; null if nothing is written.
    pub text: Value,
}

/// Reads a `condition:`, whose expressions are reduced by `reduce`.
pub fn read(written: Option<&Value>, open: Option<Expr>, reduce: &mut dyn FnMut(&Expr) -> Expr) -> Read {
    let Some(written) = written.filter(|w| !w.is_null()) else {
        return Read { runs: Condition::always(), despite_skipped: Some(false), text: Value::null() };
    };
    let text: EcoString = match &written.repr {
        crate::value::Repr::String(text) => text.written().trim().into(),
        crate::value::Repr::Bool(b) => ecow::eco_format!("{b}"),
        _ => open.as_ref().map_or_else(EcoString::new, Expr::written),
    };
    let parsed = open.or_else(|| Expr::parse(&text));
    let is_read = parsed.is_some();
    let expr = parsed.unwrap_or_else(|| Expr::Path(text.clone(), Vec::new()));
    let mut expr = opaque_texts(&expr);
    for _ in 0..MAX_ROUNDS {
        let next = reduce(&expr);
        if next == expr {
            break;
        }
        expr = next;
    }
    Read {
        runs: Condition::at(test(&expr), written.origins.clone()),
        despite_skipped: is_read.then(|| !asks_for_success(&expr)),
        text: Value::string(text).with_origins(written.origins.clone()),
    }
}

/// The conditions under which a part is put in.
pub fn of_guards(guards: &[Guard]) -> Condition {
    match guards {
        [] => Condition::always(),
        [guard] => of_guard(guard),
        guards => Condition::all(guards.iter().map(of_guard)),
    }
}

fn of_guard(guard: &Guard) -> Condition {
    Condition::at(test(&opaque_texts(&guard.expr)), Origins::one(guard.origin.clone()))
}

/// Whether it depends on nothing but what differs from run to run: variables, and what somebody may choose.
pub fn differs_by_run(expr: &Expr) -> bool {
    !expr.any(&|e| match e {
        Expr::Path(root, steps) => !root.eq_ignore_ascii_case("variables") || steps.is_empty(),
        Expr::Part(..) => true,
        _ => false,
    })
}

/// A text with `$( )` or `${{ }}` in it is not what it says.
fn opaque_texts(expr: &Expr) -> Expr {
    match expr {
        Expr::Text(text) if text.contains("$(") || text.contains("${{") => macro_of(text),
        Expr::Call(name, args) => Expr::Call(name.clone(), args.iter().map(opaque_texts).collect()),
        other => other.clone(),
    }
}

/// `'$(Build.SourceBranch)'` is that variable, since people mean it so; anything else is not known.
fn macro_of(text: &EcoString) -> Expr {
    match text.strip_prefix("$(").and_then(|t| t.strip_suffix(')')) {
        Some(name) if !name.contains(['$', '(']) => Expr::Path("variables".into(), vec![Step::Name(name.into())]),
        _ => Expr::Path(text.clone(), Vec::new()),
    }
}

/// Whether it holds only if what it needs succeeded.
fn asks_for_success(expr: &Expr) -> bool {
    let is_result = |e: &Expr| match e {
        Expr::Path(root, steps) => {
            matches!(root.as_str(), "dependencies" | "stageDependencies")
                && matches!(steps.last(), Some(Step::Name(name)) if name == "result")
        }
        _ => false,
    };
    let good = |e: &Expr| matches!(e, Expr::Text(t) if t.to_lowercase().starts_with("succeeded"));
    match expr {
        Expr::Bool(false) => true,
        Expr::Call(name, args) => match name.as_str() {
            "succeeded" => true,
            "and" => args.iter().any(asks_for_success),
            "or" => !args.is_empty() && args.iter().all(asks_for_success),
            "eq" | "in" => args.first().is_some_and(is_result) && args[1..].iter().all(good),
            _ => false,
        },
        _ => false,
    }
}

fn test(expr: &Expr) -> Test {
    if let Some(truth) = expr.truth() {
        return if truth { Test::Always } else { Test::Never };
    }
    let Expr::Call(name, args) = expr else { return leaf(expr) };
    let all = |args: &[Expr]| args.iter().map(|a| Condition::new(test(a))).collect::<Vec<_>>();
    match (name.as_str(), &args[..]) {
        ("and", args) => Test::All(all(args)),
        ("or", args) => Test::Any(all(args)),
        ("not", [only]) => not(test(only)),
        // Whether it succeeded is asked of the graph of jobs.
        ("always" | "succeeded" | "succeededorfailed", _) => Test::Always,
        ("eq", [a, b]) => equal(a, b).unwrap_or_else(|| leaf(expr)),
        ("ne", [a, b]) => equal(a, b).map_or_else(|| leaf(expr), not),
        ("in", [first, others @ ..]) => among(first, others).unwrap_or_else(|| leaf(expr)),
        ("notin", [first, others @ ..]) => among(first, others).map_or_else(|| leaf(expr), not),
        ("startswith", [Expr::Path(root, steps), Expr::Text(prefix)]) => {
            variable(root, steps).and_then(|v| begins(&v, prefix)).unwrap_or_else(|| leaf(expr))
        }
        ("endswith", [Expr::Path(root, steps), Expr::Text(ending)]) => variable(root, steps)
            .and_then(|v| of_name(&v, &format!("{}$", regex::escape(ending))))
            .unwrap_or_else(|| leaf(expr)),
        ("contains", [Expr::Path(root, steps), Expr::Text(part)]) => {
            variable(root, steps).and_then(|v| contains(&v, part)).unwrap_or_else(|| leaf(expr))
        }
        _ => leaf(expr),
    }
}

fn not(test: Test) -> Test {
    Test::Not(Box::new(Condition::new(test)))
}

fn any(tests: impl IntoIterator<Item = Test>) -> Test {
    Test::Any(tests.into_iter().map(Condition::new).collect())
}

/// What cannot be asked of the event or the ref. What somebody may choose has its default in every run that is not
/// started by hand.
fn leaf(expr: &Expr) -> Test {
    let unknown = Test::Unknown(expr.written());
    if !expr.any(&|e| matches!(e, Expr::Choice(..))) {
        return unknown;
    }
    let chosen = || Test::Event(vec![Event::Manual, Event::Api]);
    let by_default = match expr.with_defaults() {
        same if same == *expr => unknown.clone(),
        default => test(&default),
    };
    let all = |tests: [Test; 2]| Test::All(tests.map(Condition::new).into());
    any([all([chosen(), unknown]), all([not(chosen()), by_default])])
}

fn equal(a: &Expr, b: &Expr) -> Option<Test> {
    match (a, b) {
        (Expr::Path(root, steps), other) if other.is_literal() => is(&variable(root, steps)?, &other.as_text()?),
        (other, Expr::Path(root, steps)) if other.is_literal() => is(&variable(root, steps)?, &other.as_text()?),
        // `eq(variables.isMain, true)`, where the variable is an expression of its own.
        (inner, other) | (other, inner) if is_logical(inner) && other.is_literal() => {
            let truth = match other.as_text()?.to_lowercase().as_str() {
                "true" => true,
                "false" => false,
                _ => return None,
            };
            Some(if truth { test(inner) } else { not(test(inner)) })
        }
        _ => None,
    }
}

fn among(first: &Expr, others: &[Expr]) -> Option<Test> {
    let tests: Option<Vec<Test>> = others.iter().map(|other| equal(first, other)).collect();
    tests.map(any)
}

/// The name of a variable in lower case; none if it is something else.
fn variable(root: &str, steps: &[Step]) -> Option<String> {
    if !root.eq_ignore_ascii_case("variables") {
        return None;
    }
    let mut names = Vec::new();
    for step in steps {
        let Step::Name(name) = step else { return None };
        names.push(name.to_lowercase());
    }
    Some(names.join("."))
}

/// Whether a variable is this text.
fn is(variable: &str, text: &str) -> Option<Test> {
    let exact = |name: &str| Pattern::Exact(name.into());
    let lower = text.to_lowercase();
    Some(match variable {
        "build.sourcebranch" => {
            if let Some(name) = text.strip_prefix("refs/heads/") {
                Test::Branch(exact(name))
            } else if let Some(name) = text.strip_prefix("refs/tags/") {
                Test::Tag(exact(name))
            } else if text.starts_with("refs/pull") {
                Test::Event(vec![Event::PullRequest])
            } else {
                // It always begins with `refs/`.
                Test::Never
            }
        }
        // The last part of the branch or tag.
        "build.sourcebranchname" => return of_name(variable, &format!("(^|/){}$", regex::escape(text))),
        "build.reason" => match lower.as_str() {
            "manual" => Test::Event(vec![Event::Manual, Event::Api]),
            "individualci" | "batchedci" => Test::Event(vec![Event::Push]),
            "schedule" => Test::Event(vec![Event::Schedule]),
            "pullrequest" => Test::Event(vec![Event::PullRequest]),
            "buildcompletion" | "resourcetrigger" => Test::Event(vec![Event::Pipeline]),
            "checkinshelveset" | "validateshelveset" | "usercreated" | "none" => Test::Never,
            _ => return None,
        },
        "system.pullrequest.targetbranch" | "system.pullrequest.targetbranchname" if !text.is_empty() => {
            Test::TargetBranch(exact(text.strip_prefix("refs/heads/").unwrap_or(text)))
        }
        "system.pullrequest.isfork" => match lower.as_str() {
            "true" => Test::Fork,
            "false" => not(Test::Fork),
            _ => return None,
        },
        // Those of a pull request are empty in other runs.
        _ if variable.starts_with("system.pullrequest.") && text.is_empty() => {
            not(Test::Event(vec![Event::PullRequest]))
        }
        _ => return None,
    })
}

fn begins(variable: &str, prefix: &str) -> Option<Test> {
    match variable {
        "build.sourcebranch" => {
            if let Some(name) = prefix.strip_prefix("refs/heads/") {
                return Some(Test::Branch(Pattern::Prefix(name.into())));
            }
            if let Some(name) = prefix.strip_prefix("refs/tags/") {
                return Some(Test::Tag(Pattern::Prefix(name.into())));
            }
            let may = |kind: &str| kind.starts_with(prefix) || prefix.starts_with(kind);
            let mut tests = Vec::new();
            if may("refs/heads/") {
                tests.push(Test::Branch(Pattern::any()));
            }
            if may("refs/tags/") {
                tests.push(Test::Tag(Pattern::any()));
            }
            if may("refs/pull/") {
                tests.push(Test::Event(vec![Event::PullRequest]));
            }
            Some(any(tests))
        }
        "build.sourcebranchname" => of_name(variable, &format!("(^|/){}[^/]*$", regex::escape(prefix))),
        "system.pullrequest.targetbranch" => {
            Some(Test::TargetBranch(Pattern::Prefix(prefix.strip_prefix("refs/heads/").unwrap_or(prefix).into())))
        }
        _ => None,
    }
}

fn contains(variable: &str, part: &str) -> Option<Test> {
    if variable == "build.sourcebranch" && part.starts_with("refs/") {
        return begins(variable, part);
    }
    of_name(variable, &regex::escape(part))
}

/// Whether a regular expression is found in the name of the branch or tag.
fn of_name(variable: &str, regex: &str) -> Option<Test> {
    matches!(variable, "build.sourcebranch" | "build.sourcebranchname")
        .then(|| any([Test::Branch(Pattern::regex(regex)), Test::Tag(Pattern::regex(regex))]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lower::{azure_pipelines::expression, ci::situation::SITUATIONS},
        value::Truth,
    };

    /// The situations in which a condition holds, and behind `?` those in which it may.
    fn asked(text: &str) -> String {
        fn reduce(expr: &Expr) -> Expr {
            match expr {
                Expr::Call(name, args) => expression::call(name, args.iter().map(reduce).collect()),
                other => other.clone(),
            }
        }
        let value = Value::string(text);
        let read = read(Some(&value), None, &mut |e| reduce(e));
        let mut yes = Vec::new();
        let mut perhaps = Vec::new();
        for (name, worlds) in SITUATIONS
            .iter()
            .filter(|(name, _)| !matches!(*name, "merge_queue" | "comment" | "release" | "pull_request_target"))
        {
            match Truth::any(worlds.iter().map(|w| read.runs.holds(w))) {
                Truth::True(_) => yes.push(*name),
                Truth::Unknown(..) => perhaps.push(*name),
                Truth::False(_) => {}
            }
        }
        let despite = if read.despite_skipped == Some(true) { " !" } else { "" };
        let yes = yes.join(" ");
        if perhaps.is_empty() { format!("{yes}{despite}") } else { format!("{yes} ? {}{despite}", perhaps.join(" ")) }
    }

    #[test]
    fn conditions_are_asked_of_the_event_and_the_ref() {
        for (text, expected) in [
            (
                "and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))",
                "push_default manual schedule api pipeline",
            ),
            ("eq(variables['Build.SourceBranch'], 'refs/heads/main')", "push_default manual schedule api pipeline !"),
            ("and(succeeded(), startsWith(variables['Build.SourceBranch'], 'refs/tags/v'))", "tag"),
            ("and(succeeded(), startsWith(variables['Build.SourceBranch'], 'refs/heads/release'))", "push_release"),
            ("and(succeeded(), eq(variables['Build.Reason'], 'PullRequest'))", "pull_request fork_pull_request"),
            (
                "and(succeeded(), ne(variables['Build.Reason'], 'PullRequest'), eq(variables['Build.SourceBranchName'], 'main'))",
                "push_default manual schedule api pipeline",
            ),
            (
                "and(succeeded(), in(variables['Build.Reason'], 'IndividualCI', 'BatchedCI'))",
                "push_default push_release push_other tag",
            ),
            ("and(succeeded(), contains(variables['Build.SourceBranch'], 'refs/tags/'))", "tag"),
            ("and(succeeded(), eq(variables['System.PullRequest.IsFork'], 'True'))", "fork_pull_request"),
            (
                "and(succeeded(), eq(variables['System.PullRequest.TargetBranch'], 'refs/heads/main'))",
                "pull_request fork_pull_request",
            ),
            ("and(succeeded(), eq(eq(variables['Build.Reason'], 'Schedule'), 'true'))", "schedule"),
            ("false", ""),
            ("and(failed(), eq(variables['Build.Reason'], 'Schedule'))", " ? schedule !"),
        ] {
            assert_eq!(asked(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_known() {
        for text in ["eq(variables['deploy'], 'true')", "oops(", "eq('${{ parameters.x }}', 'prod')", "eq('$(x)', 'y')"]
        {
            assert!(asked(text).starts_with(" ? push_default"), "{text}: {}", asked(text));
        }
        assert!(asked("eq('$(Build.Reason)', 'Schedule')").starts_with("schedule"));
    }

    #[test]
    fn it_is_known_which_conditions_ask_for_success() {
        for (text, despite) in [
            ("succeeded()", false),
            ("always()", true),
            ("or(succeeded(), failed())", true),
            ("and(always(), eq(dependencies.A.result, 'Succeeded'))", false),
            ("in(dependencies.A.result, 'Succeeded', 'Skipped')", true),
            ("not(failed())", true),
        ] {
            let value = Value::string(text);
            assert_eq!(read(Some(&value), None, &mut Clone::clone).despite_skipped, Some(despite), "{text}");
        }
    }
}
