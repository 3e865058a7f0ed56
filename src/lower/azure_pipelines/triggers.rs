//! What starts a pipeline: `trigger`, `pr`, `schedules` and the pipelines among its resources.

use super::tree::Tree;
use crate::{
    lower::ci::{Condition, Event, Pattern, Test},
    value::{Origin, OriginStep, Origins, Value},
};

/// When a pipeline starts.
pub struct Starts {
    /// As a condition.
    pub condition: Condition,
    /// The events by name.
    pub names: Value,
    /// Its schedules, as cron texts.
    pub schedules: Value,
    /// The branches whose pushes start it; null if any does, or none.
    pub branches: Value,
    /// The same for tags.
    pub tags: Value,
    /// The pipelines that start it, by name.
    pub upstream: Vec<ecow::EcoString>,
}

impl Starts {
    /// Reads them off a pipeline.
    pub fn of(root: &Tree, header: &Origin) -> Self {
        let mut any = Vec::new();
        let mut names = Vec::new();
        let trigger = root.get("trigger");
        let unset = |name: &str| Origins::one(header.with_step(OriginStep::NotSet(name.into())));
        let named = |name: &str, origins: &Origins| Value::string(name).with_origins(origins.clone());

        let push = Filters::of(trigger.as_ref());
        let place = trigger.as_ref().map_or_else(|| unset("trigger"), |t| t.origins.clone());
        if let Some(condition) = push.condition() {
            let event = Condition::new(Test::Event(vec![Event::Push]));
            any.push(Condition::at(Test::All(vec![event, condition]), place.clone()));
            names.push(named("push", &place));
        }
        let pull = root.get("pr");
        let place = pull.as_ref().map_or_else(|| unset("pr"), |p| p.origins.clone());
        if let Some(condition) = pull_requests(pull.as_ref()) {
            any.push(Condition::at(condition.test, place.clone()));
            names.push(named("pull_request", &place));
        }
        let mut schedules = Vec::new();
        for item in root.all_items("schedules") {
            let Some(cron) = item.tree.get("cron") else { continue };
            let filters = Filters::of(Some(&item.tree));
            let event = Condition::new(Test::Event(vec![Event::Schedule]));
            let on = filters.condition().unwrap_or_else(Condition::always);
            any.push(Condition::at(Test::All(vec![event, on]), cron.origins.clone()));
            schedules.push(cron.value());
        }
        if let Some(first) = schedules.first() {
            names.push(named("schedule", &first.origins));
        }
        let mut upstream = Vec::new();
        let resources = root.get("resources");
        for kind in ["pipelines", "repositories", "builds", "containers", "packages", "webhooks"] {
            for item in resources.iter().flat_map(|r| r.all_items(kind)) {
                // A webhook is there to start it.
                let own = item.tree.get("trigger").filter(|t| t.as_text().as_deref() != Some("none"));
                let Some(trigger) = own.or_else(|| (kind == "webhooks").then(|| item.tree.clone())) else { continue };
                let event = if kind == "webhooks" { Event::Api } else { Event::Pipeline };
                any.push(Condition::at(Test::Event(vec![event]), trigger.origins.clone()));
                names.push(named(if kind == "pipelines" { "pipeline" } else { kind }, &trigger.origins));
                if kind == "pipelines" {
                    upstream.extend(
                        item.tree.get("source").or_else(|| item.tree.get("pipeline")).and_then(|s| s.as_text()),
                    );
                }
            }
        }
        // Whoever may queue builds can start it for any branch.
        any.push(Condition::new(Test::Event(vec![Event::Manual, Event::Api])));
        names.push(Value::string("manual").with_origins(Origins::one(header.clone())));
        Self {
            condition: Condition::any(any),
            names: Value::tuple(names),
            schedules: Value::tuple(schedules),
            branches: push.branches.listed(),
            tags: push.tags.listed(),
            upstream,
        }
    }

    /// Of a template that nothing here uses: whoever uses it decides.
    pub fn of_template(header: &Origin) -> Self {
        let place = Origins::one(header.clone());
        Self {
            condition: Condition::at(Test::Unknown("whoever uses this template".into()), place),
            names: Value::tuple(Vec::new()),
            schedules: Value::tuple(Vec::new()),
            branches: Value::null(),
            tags: Value::null(),
            upstream: Vec::new(),
        }
    }
}

/// Pull requests: without `pr` the host decides - GitHub and Bitbucket run every one, Azure Repos those for which a
/// policy of the branch asks.
fn pull_requests(pull: Option<&Tree>) -> Option<Condition> {
    let event = Condition::new(Test::Event(vec![Event::PullRequest]));
    let Some(written) = pull else {
        let host =
            Condition::new(Test::Unknown("pull requests, if the host or a policy of the branch asks for them".into()));
        return Some(Condition::all([event, host]));
    };
    let targets = Filters::of(Some(written)).branches;
    if targets.none {
        return None;
    }
    let fork = Condition::new(Test::Fork);
    let forks = Condition::new(Test::Unknown("whether the host runs pull requests from forks".into()));
    let not_refused = Condition::any([fork.not(), forks]);
    let into = targets.condition(Test::TargetBranch).unwrap_or_else(Condition::always);
    Some(Condition::all([event, into, not_refused]))
}

/// Which branches and tags are meant.
struct Filters {
    branches: Filter,
    tags: Filter,
    /// Whether anything is written for branches or tags.
    is_written: bool,
}

#[derive(Default)]
struct Filter {
    include: Vec<Value>,
    exclude: Vec<Value>,
    /// Whether nothing is meant.
    none: bool,
}

impl Filters {
    fn of(written: Option<&Tree>) -> Self {
        let mut branches = Filter::default();
        let mut tags = Filter::default();
        let Some(written) = written else {
            return Self { branches, tags: Filter { none: true, ..tags }, is_written: false };
        };
        if let Some(text) = written.as_text() {
            if text == "none" {
                return Self {
                    branches: Filter { none: true, ..branches },
                    tags: Filter { none: true, ..tags },
                    is_written: true,
                };
            }
            branches.include.push(written.value());
        }
        branches.include.extend(written.items().iter().map(|i| i.tree.value()));
        for (key, filter) in [("branches", &mut branches), ("tags", &mut tags)] {
            let Some(part) = written.get(key) else { continue };
            filter.include.extend(part.items().iter().map(|i| i.tree.value()));
            for (key, into) in [("include", &mut filter.include), ("exclude", &mut filter.exclude)] {
                into.extend(part.all_items(key).iter().map(|i| i.tree.value()));
                into.extend(part.get(key).filter(|t| t.as_text().is_some()).map(|t| t.value()));
            }
        }
        let is_written = !branches.include.is_empty() || !branches.exclude.is_empty();
        tags.none = tags.include.is_empty() && tags.exclude.is_empty();
        Self { branches, tags, is_written }
    }

    /// Whether a push is meant; none if no push is.
    fn condition(&self) -> Option<Condition> {
        let mut any = Vec::new();
        let branches = self.branches.condition(Test::Branch);
        match branches {
            // Whether branches count beside tags alone is not documented.
            Some(every) if !self.is_written && !self.tags.none => any
                .push(every.and(Condition::new(Test::Unknown("branches, where the trigger names tags alone".into())))),
            Some(branches) => any.push(branches),
            None => {}
        }
        any.extend(self.tags.condition(Test::Tag));
        match any.len() {
            0 => None,
            1 => any.pop(),
            _ => Some(Condition::any(any)),
        }
    }
}

impl Filter {
    /// The names included less those excluded; every name is included if none is written.
    fn condition(&self, ask: fn(Pattern) -> Test) -> Option<Condition> {
        if self.none {
            return None;
        }
        let one = |value: &Value| Condition::at(named(value, ask), value.origins.clone());
        let included = if self.include.is_empty() {
            Condition::new(ask(Pattern::any()))
        } else {
            Condition::any(self.include.iter().map(one))
        };
        if self.exclude.is_empty() {
            return Some(included);
        }
        let excluded = Condition::any(self.exclude.iter().map(one));
        Some(Condition::all([included, excluded.not()]))
    }

    fn listed(&self) -> Value {
        if self.include.is_empty() { Value::null() } else { Value::tuple(self.include.clone()) }
    }
}

/// Whether a name is meant: `*` goes beyond slashes, and the kind of the ref may be written in front.
fn named(value: &Value, ask: fn(Pattern) -> Test) -> Test {
    let Some(text) = value.as_str() else { return Test::Unknown("a pattern that is not known".into()) };
    let (text, ask): (&str, fn(Pattern) -> Test) = match text.strip_prefix("refs/tags/") {
        Some(name) => (name, Test::Tag),
        None => (text.strip_prefix("refs/heads/").unwrap_or(text), ask),
    };
    ask(if text.contains(['*', '?']) { Pattern::loose_glob(text) } else { Pattern::Exact(text.into()) })
}
