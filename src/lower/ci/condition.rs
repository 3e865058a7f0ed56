//! When a pipeline or a job runs, as far as its text says: a small boolean form over the event and
//! the ref.
//!
//! Each CI system has a language of its own for it; what it says is turned into a [`Condition`]
//! once, and asked in each [`Situation`] that rules care about. What is not understood is
//! [`Test::Unknown`]: it never proves that a job runs and never that it does not.

use ecow::EcoString;
use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

use super::situation::{Event, Situation};
use crate::value::{Origins, Truth, Why, WhyKind};

/// A condition, and the text that says so.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What is asked.
    pub test: Test,
    /// Where it is written. Of a condition that is made of others, these come behind the places of its parts.
    pub origins: Origins,
}

/// What a condition asks.
#[derive(Clone, Debug)]
pub enum Test {
    /// Nothing: it holds.
    Always,
    /// It never holds.
    Never,
    /// The run was started by one of these.
    Event(Vec<Event>),
    /// The run is for a branch of such a name. Never true of a tag or of a pull request.
    Branch(Pattern),
    /// The run is for a tag of such a name.
    Tag(Pattern),
    /// The run is for a pull request into a branch of such a name.
    TargetBranch(Pattern),
    /// The run is for the default branch.
    DefaultBranch,
    /// The run is for a branch or tag that the host protects, which only the host knows of most.
    Protected,
    /// The run is for a pull request from a fork.
    Fork,
    /// Something else: an input, an actor, a path, a variable; in the words of the file.
    Unknown(EcoString),
    /// A setting of the host; what it is about.
    Host(EcoString),
    /// The opposite.
    Not(Box<Condition>),
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
}

/// Which names are meant.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// This one.
    Exact(EcoString),
    /// Those that begin so.
    Prefix(EcoString),
    /// Those that a glob matches.
    Glob(GlobMatcher),
    /// Those in which a regular expression is found.
    Regex(Regex),
    /// Those that a pattern matches which cannot be read.
    Unreadable,
}

impl Pattern {
    /// The names that a glob matches: `*` stops at a slash, `**` does not.
    pub fn glob(text: &str) -> Self {
        Self::globbed(text, true)
    }

    /// The names that a glob matches whose `*` goes beyond slashes.
    pub fn loose_glob(text: &str) -> Self {
        Self::globbed(text, false)
    }

    fn globbed(text: &str, literal_separator: bool) -> Self {
        let glob = GlobBuilder::new(text).literal_separator(literal_separator).backslash_escape(true).build();
        glob.map_or(Self::Unreadable, |glob| Self::Glob(glob.compile_matcher()))
    }

    /// The names in which a regular expression is found; without delimiters.
    pub fn regex(text: &str) -> Self {
        Regex::new(text).map_or(Self::Unreadable, Self::Regex)
    }

    /// Every name.
    pub fn any() -> Self {
        Self::Prefix(EcoString::new())
    }

    /// Whether a name is meant; none if the pattern cannot be read.
    pub fn matches(&self, name: &str) -> Option<bool> {
        match self {
            Self::Exact(text) => Some(text == name),
            Self::Prefix(text) => Some(name.starts_with(text.as_str())),
            Self::Glob(glob) => Some(glob.is_match(name)),
            Self::Regex(regex) => Some(regex.is_match(name)),
            Self::Unreadable => None,
        }
    }
}

impl Condition {
    /// What holds in any case.
    pub fn always() -> Self {
        Self::new(Test::Always)
    }

    /// A condition without a place.
    pub fn new(test: Test) -> Self {
        Self { test, origins: Origins::none() }
    }

    /// A condition that is written somewhere.
    pub fn at(test: Test, origins: Origins) -> Self {
        Self { test, origins }
    }

    /// All of these.
    pub fn all(conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self::new(Test::All(conditions.into_iter().collect()))
    }

    /// Any of these.
    pub fn any(conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self::new(Test::Any(conditions.into_iter().collect()))
    }

    /// The opposite.
    #[must_use]
    #[allow(clippy::should_implement_trait)]
    pub fn not(self) -> Self {
        Self::new(Test::Not(Box::new(self)))
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Condition) -> Self {
        match (&self.test, &other.test) {
            (Test::Always, _) if self.origins.is_empty() => other,
            (_, Test::Always) if other.origins.is_empty() => self,
            _ => Self::all([self, other]),
        }
    }

    /// Whether it asks for nothing.
    pub fn is_always(&self) -> bool {
        matches!(self.test, Test::Always)
    }

    /// Whether it holds in this situation.
    pub fn holds(&self, situation: &Situation) -> Truth {
        let own = match &self.test {
            Test::Always => Truth::of(true),
            Test::Never => Truth::of(false),
            Test::Event(events) => Truth::of(events.contains(&situation.event)),
            Test::Branch(pattern) => of_names(situation.branches, pattern),
            Test::Tag(pattern) => of_names(situation.tags, pattern),
            Test::TargetBranch(pattern) => of_names(situation.targets, pattern),
            Test::DefaultBranch => Truth::of(situation.is_default),
            Test::Protected => situation
                .is_protected
                .map_or_else(|| unknown(WhyKind::HostSetting, "which branches and tags are protected"), Truth::of),
            Test::Fork => Truth::of(situation.is_fork),
            Test::Unknown(text) => unknown(WhyKind::PipelineExpression, text),
            Test::Host(text) => unknown(WhyKind::HostSetting, text),
            Test::Not(condition) => condition.holds(situation).not(),
            Test::All(conditions) => Truth::all(conditions.iter().map(|c| c.holds(situation))),
            Test::Any(conditions) => Truth::any(conditions.iter().map(|c| c.holds(situation))),
        };
        if self.origins.is_empty() {
            return own;
        }
        let mut origins = own.origins().clone();
        origins.extend(&self.origins);
        own.at(origins)
    }
}

/// Whether one of the names that a situation stands for is meant: those of the default branch are `main`
/// and `master`, of which a repository has one.
fn of_names(names: &[&str], pattern: &Pattern) -> Truth {
    let mut unclear = false;
    for name in names {
        match pattern.matches(name) {
            Some(true) => return Truth::of(true),
            Some(false) => {}
            None => unclear = true,
        }
    }
    if unclear { unknown(WhyKind::PipelineExpression, "a pattern that cannot be read") } else { Truth::of(false) }
}

fn unknown(kind: WhyKind, subject: &str) -> Truth {
    Truth::Unknown(vec![Why::new(kind, subject)], Origins::none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::ci::situation::SITUATIONS;

    /// The situations in which a condition holds, and behind `?` those in which it may.
    fn asked(condition: &Condition) -> String {
        let mut yes = Vec::new();
        let mut perhaps = Vec::new();
        for (name, worlds) in SITUATIONS {
            match Truth::any(worlds.iter().map(|w| condition.holds(w))) {
                Truth::True(_) => yes.push(*name),
                Truth::Unknown(..) => perhaps.push(*name),
                Truth::False(_) => {}
            }
        }
        if perhaps.is_empty() { yes.join(" ") } else { format!("{} ? {}", yes.join(" "), perhaps.join(" ")) }
    }

    fn branch(name: &str) -> Condition {
        Condition::new(Test::Branch(Pattern::Exact(name.into())))
    }

    #[test]
    fn a_branch_by_name_is_the_default_branch_if_it_is_called_so() {
        let push = Condition::new(Test::Event(vec![Event::Push]));
        assert_eq!(asked(&push.clone().and(branch("main"))), "push_default");
        assert_eq!(asked(&push.clone().and(branch("master"))), "push_default");
        assert_eq!(asked(&push.clone().and(branch("develop"))), "");
        assert_eq!(asked(&push.and(branch("main").not())), "push_release push_other tag");
    }

    #[test]
    fn globs_and_regular_expressions_are_asked_of_names() {
        let push = |test| Condition::new(Test::Event(vec![Event::Push])).and(Condition::new(test));
        let glob = |g: &str| push(Test::Branch(Pattern::glob(g)));
        assert_eq!(asked(&glob("**")), "push_default push_release push_other");
        assert_eq!(asked(&glob("*")), "push_default push_release push_other");
        assert_eq!(asked(&glob("release/**")), "push_release");
        assert_eq!(asked(&glob("feature/*")), "push_other");
        assert_eq!(asked(&push(Test::Tag(Pattern::glob("v*")))), "tag");
        assert_eq!(asked(&push(Test::Branch(Pattern::regex("^(main|release/.*)$")))), "push_default push_release");
        assert_eq!(asked(&push(Test::Branch(Pattern::regex("(")))), " ? push_default push_release push_other");
    }

    #[test]
    fn what_is_not_understood_decides_nothing_unless_the_rest_does() {
        let unknown = Condition::new(Test::Unknown("inputs.force".into()));
        let main = Condition::new(Test::Event(vec![Event::Push])).and(branch("main"));
        assert_eq!(asked(&main.clone().and(unknown.clone())), " ? push_default");
        assert!(asked(&Condition::any([main, unknown])).starts_with("push_default ? push_release push_other tag"));
    }

    #[test]
    fn only_the_host_knows_what_is_protected() {
        let condition = Condition::new(Test::Event(vec![Event::Push])).and(Condition::new(Test::Protected));
        assert_eq!(asked(&condition), "push_default ? push_release push_other tag");
    }
}
