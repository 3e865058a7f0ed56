//! `on`: when a workflow starts, as a [`Condition`].

use ecow::EcoString;

use super::{field, items};
use crate::{
    lower::ci::{Condition, Event, Pattern, Test},
    value::{Object, Origins, Value},
};

/// What an event of GitHub is in the words that CI systems share; none if GitHub has no such event.
pub fn event(name: &str) -> Option<Event> {
    Some(match name {
        "push" => Event::Push,
        "pull_request" => Event::PullRequest,
        "pull_request_target" => Event::PullRequestTarget,
        "workflow_dispatch" => Event::Manual,
        "schedule" => Event::Schedule,
        "repository_dispatch" => Event::Api,
        "workflow_run" => Event::Pipeline,
        "merge_group" => Event::MergeQueue,
        "release" => Event::Release,
        "issue_comment"
        | "issues"
        | "discussion"
        | "discussion_comment"
        | "pull_request_review"
        | "pull_request_review_comment"
        | "fork"
        | "watch" => Event::Comment,
        "branch_protection_rule"
        | "check_run"
        | "check_suite"
        | "create"
        | "delete"
        | "deployment"
        | "deployment_status"
        | "gollum"
        | "label"
        | "milestone"
        | "page_build"
        | "public"
        | "registry_package"
        | "status"
        | "image_version" => Event::Other,
        _ => return None,
    })
}

/// When a workflow starts that says this about itself; without being called.
pub fn starts(on: Option<&Object>, triggers: &Value) -> Condition {
    let Some(on) = on else {
        return Condition::at(Test::Unknown("`on`".into()), triggers.origins.clone());
    };
    let mut events = Vec::new();
    for (name, settings) in &on.fields {
        let Some(event) = event(name) else { continue };
        let origins = settings.origins.iter().last().cloned().map_or_else(Origins::none, Origins::one);
        let own = Condition::at(Test::Event(vec![event]), origins);
        let settings = settings.as_object();
        let filter = |key: &str| settings.and_then(|s| field(s, key));
        let refs = match event {
            Event::Push => pushed(filter("branches"), filter("branches-ignore"), filter("tags"), filter("tags-ignore")),
            Event::PullRequest | Event::PullRequestTarget => {
                of_patterns(filter("branches"), filter("branches-ignore"), &Test::TargetBranch)
            }
            _ => None,
        };
        events.push(match refs {
            Some(refs) => Condition::all([own, refs]),
            None => own,
        });
    }
    Condition::any(events)
}

/// Which refs a push has to be of. Filters for branches alone leave tags out, and the other way round.
fn pushed(
    branches: Option<&Value>,
    not_branches: Option<&Value>,
    tags: Option<&Value>,
    not_tags: Option<&Value>,
) -> Option<Condition> {
    let branches = of_patterns(branches, not_branches, &Test::Branch);
    let tags = of_patterns(tags, not_tags, &Test::Tag);
    match (branches, tags) {
        (Some(branches), Some(tags)) => Some(Condition::any([branches, tags])),
        (one, other) => one.or(other),
    }
}

/// The last pattern that matches decides; one with `!` decides against.
fn of_patterns(wanted: Option<&Value>, ignored: Option<&Value>, test: &dyn Fn(Pattern) -> Test) -> Option<Condition> {
    let is_ignored = wanted.is_none();
    let filter = wanted.or(ignored)?;
    let listed = if filter.as_list().is_some() { items(Some(filter)) } else { std::slice::from_ref(filter) };
    let mut all = Condition::new(Test::Never);
    for written in listed {
        let Some(text) = written.as_str() else {
            return Some(Condition::at(Test::Unknown("a filter of branches".into()), written.origins.clone()));
        };
        let (negative, text) = match text.strip_prefix('!') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let one = Condition::at(test(Pattern::regex(&regex_of(text))), written.origins.clone());
        all = if negative { Condition::all([all, one.not()]) } else { Condition::any([all, one]) };
    }
    if !is_ignored {
        return Some(all);
    }
    // What is ignored is of one kind: a filter against branches lets other branches through, and no tags.
    let any = Condition::at(test(Pattern::any()), filter.origins.clone());
    Some(Condition::all([any, all.not()]))
}

/// A filter pattern as a regular expression. `*` stops at slashes, `**` does not; `?` and `+` are about the
/// character before them.
fn regex_of(pattern: &str) -> EcoString {
    let mut out = EcoString::from("^");
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '*' if characters.peek() == Some(&'*') => {
                characters.next();
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' | '+' => out.push(c),
            // A class of characters is written alike in both.
            '[' => {
                out.push('[');
                for inner in characters.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            '\\' => {
                let next = characters.next().unwrap_or('\\');
                out.push_str(&regex::escape(next.encode_utf8(&mut [0; 4])));
            }
            c => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out.push('$');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_the_host() {
        let matches = |pattern: &str, name: &str| Pattern::regex(&regex_of(pattern)).matches(name).unwrap();
        assert!(matches("release/**", "release/a/b"));
        assert!(!matches("release/*", "release/a/b"));
        assert!(matches("v[12].[0-9]+.[0-9]+", "v1.10.1"));
        assert!(!matches("v1.0", "v1x0"));
        assert!(matches("mainn?", "main"));
        assert!(matches("**-hotfix", "a/b-hotfix"));
    }
}
