//! The situations in which rules ask whether a job runs.
//!
//! A situation that has several worlds happens if one of them does: `push_other` is a push to some
//! branch or another that is neither the default one nor for releases.

/// What starts a run, in the words that CI systems share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// A push of a branch or a tag.
    Push,
    /// A pull request, or merge request; the pipeline runs without what only the base may have.
    PullRequest,
    /// A pull request, where the pipeline of the base branch runs with its secrets.
    PullRequestTarget,
    /// A person starts it.
    Manual,
    /// The clock.
    Schedule,
    /// A call of the host's API, from anywhere.
    Api,
    /// Another pipeline.
    Pipeline,
    /// A merge queue or merge train.
    MergeQueue,
    /// A comment, an issue: what anybody may cause who can see the repository.
    Comment,
    /// A release is published.
    Release,
    /// Something else.
    Other,
}

impl Event {
    /// The word for it in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::PullRequest => "pull_request",
            Self::PullRequestTarget => "pull_request_target",
            Self::Manual => "manual",
            Self::Schedule => "schedule",
            Self::Api => "api",
            Self::Pipeline => "pipeline",
            Self::MergeQueue => "merge_queue",
            Self::Comment => "comment",
            Self::Release => "release",
            Self::Other => "other",
        }
    }
}

/// One way in which a run comes about.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// What starts it.
    pub event: Event,
    /// The names that the branch may have; none if it is for no branch.
    pub branches: &'static [&'static str],
    /// The same for a tag.
    pub tags: &'static [&'static str],
    /// The same for the branch that a pull request is to be merged into.
    pub targets: &'static [&'static str],
    /// Whether it is for the default branch.
    pub is_default: bool,
    /// Whether it is for a protected ref; none if only the host knows. The default branch is taken for protected,
    /// as GitLab does from the start; whether it is on GitHub is for other rules to ask.
    pub is_protected: Option<bool>,
    /// Whether the pull request comes from a fork.
    pub is_fork: bool,
}

const DEFAULT: &[&str] = &["main", "master"];

const fn push(branches: &'static [&'static str]) -> Situation {
    Situation {
        event: Event::Push,
        branches,
        tags: &[],
        targets: &[],
        is_default: false,
        is_protected: None,
        is_fork: false,
    }
}

const fn on_default(event: Event) -> Situation {
    Situation { event, is_default: true, is_protected: Some(true), ..push(DEFAULT) }
}

const fn on_other(event: Event, branches: &'static [&'static str]) -> Situation {
    Situation { event, ..push(branches) }
}

const fn pull_request(event: Event, is_fork: bool) -> Situation {
    Situation { event, targets: DEFAULT, is_protected: Some(false), is_fork, ..push(&[]) }
}

/// The situations by the names that rules have for them, each with its worlds.
pub const SITUATIONS: &[(&str, &[Situation])] = &[
    ("push_default", &[on_default(Event::Push)]),
    (
        "push_release",
        &[push(&["release/1.0", "release-1.0"]), push(&["releases/1.0", "releases/v1"]), push(&["release"])],
    ),
    (
        "push_other",
        &[
            push(&["feature/search"]),
            push(&["feature-search"]),
            push(&["fix/login"]),
            push(&["someone/experiment"]),
            push(&["experiment"]),
        ],
    ),
    ("tag", &[Situation { tags: &["v1.2.3", "1.2.3", "release-1.2.3"], ..push(&[]) }]),
    ("pull_request", &[pull_request(Event::PullRequest, false)]),
    ("fork_pull_request", &[pull_request(Event::PullRequest, true)]),
    (
        "pull_request_target",
        &[Situation { is_default: true, branches: DEFAULT, ..pull_request(Event::PullRequestTarget, true) }],
    ),
    ("manual", &[on_default(Event::Manual)]),
    ("manual_other", &[on_other(Event::Manual, &["feature/search"]), on_other(Event::Manual, &["experiment"])]),
    ("schedule", &[on_default(Event::Schedule)]),
    ("api", &[on_default(Event::Api)]),
    ("pipeline", &[on_default(Event::Pipeline)]),
    ("merge_queue", &[Situation { targets: DEFAULT, ..on_other(Event::MergeQueue, &["gh-readonly-queue/main/pr-1"]) }]),
    ("comment", &[on_default(Event::Comment)]),
    ("release", &[Situation { event: Event::Release, tags: &["v1.2.3", "1.2.3"], ..push(&[]) }]),
];
