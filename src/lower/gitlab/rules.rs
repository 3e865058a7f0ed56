//! When a job is in a pipeline, and how it starts: `rules`, `only` and `except`, `when`.

use ecow::{EcoString, eco_format};

use super::{
    expression::{self, Known},
    merge::{field, flat, text_of},
};
use crate::{
    lower::ci::{Condition, Event, Pattern, Test, situation::SITUATIONS},
    source::{Diagnostic, DiagnosticKind},
    value::{Object, Origins, Repr, Truth, Value, Why, WhyKind},
};

/// How a job starts once it is its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When those before it succeeded; also after a delay.
    OnSuccess,
    /// When one of those before it failed.
    OnFailure,
    /// When those before it are done, whatever came of them.
    Always,
    /// When somebody starts it.
    Manual,
    /// Not at all.
    Never,
    /// Not known.
    Unknown,
}

impl When {
    fn of(value: &Value) -> Self {
        match value.as_str() {
            Some("on_success" | "delayed") => Self::OnSuccess,
            Some("on_failure") => Self::OnFailure,
            Some("always") => Self::Always,
            Some("manual") => Self::Manual,
            Some("never") => Self::Never,
            _ => Self::Unknown,
        }
    }
}

/// One way in which a job comes into a pipeline.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Under which condition, those of the arms before it not being met.
    pub condition: Condition,
    /// How it starts then.
    pub when: When,
    /// Whether its failure is ignored then, and where that is said; null if nothing says so.
    pub allow_failure: Value,
    /// Where it says how it starts.
    pub places: Origins,
}

/// When a job runs.
#[derive(Clone, Debug)]
pub struct Rules {
    /// All ways but those that say "never".
    pub arms: Vec<Arm>,
    /// When it is in a pipeline, if what is pushed is what it waits for.
    pub runs: Condition,
    /// When it is in a pipeline whatever is pushed.
    pub certain: Condition,
    /// Which files must have changed, as one text; empty if that does not matter.
    pub changes: EcoString,
    /// The conditions as they are written.
    pub text: Value,
}

impl Rules {
    fn new(arms: Vec<Arm>, runs: Condition, text: Value) -> Self {
        Self { arms, certain: runs.clone(), runs, changes: EcoString::new(), text }
    }

    /// Whether it runs although one before it did not succeed; none if that differs, or is not known.
    pub fn despite(&self) -> Option<bool> {
        let despite = |arm: &Arm| matches!(arm.when, When::Always | When::OnFailure);
        if self.arms.iter().any(|arm| arm.when == When::Unknown) {
            return None;
        }
        match self.arms.iter().filter(|arm| despite(arm)).count() {
            0 => Some(false),
            all if all == self.arms.len() => Some(true),
            _ => None,
        }
    }

    /// Whether somebody has to start it, in every situation in which it runs: none if nowhere.
    pub fn manual(&self, starts: &Condition) -> Option<Truth> {
        if self.arms.iter().all(|arm| !matches!(arm.when, When::Manual | When::Unknown)) {
            return None;
        }
        let mut all = Truth::of(true);
        let mut held = Origins::none();
        for arm in &self.arms {
            let reached = Truth::any(worlds(|world| starts.holds(world).and(arm.condition.holds(world))));
            let manual = match arm.when {
                When::Manual => {
                    held.extend(&arm.places);
                    continue;
                }
                When::Unknown => {
                    let why = Why::new(WhyKind::PipelineExpression, "how the job starts");
                    Truth::Unknown(vec![why], arm.places.clone())
                }
                _ => Truth::of(false).at(arm.places.clone()),
            };
            // An automatic start is one only where it is reached at all.
            let gated = match (reached, manual) {
                (Truth::False(_), _) => continue,
                (Truth::Unknown(why, origins), Truth::False(places)) => Truth::Unknown(why, origins.and(&places)),
                (_, manual) => manual,
            };
            all = all.and(gated);
        }
        Some(if matches!(all, Truth::True(_)) { Truth::of(true).at(held) } else { all })
    }

    /// Whether the pipeline goes on without it: it may be started, but nothing waits for that.
    pub fn is_optional(&self) -> bool {
        self.arms.iter().any(|arm| arm.when == When::Manual && arm.allow_failure.as_bool() != Some(false))
    }

    /// Whether its failure is ignored, in some situation at least.
    pub fn ignores_failure(&self) -> Value {
        let says = |wanted: bool| self.arms.iter().find(|arm| arm.allow_failure.as_bool() == Some(wanted));
        if let Some(arm) = says(true) {
            return arm.allow_failure.clone();
        }
        let unknown = self.arms.iter().find(|arm| arm.allow_failure.is_unknown());
        let found = unknown.or_else(|| says(false)).map(|arm| arm.allow_failure.clone());
        found.unwrap_or_else(|| Value::bool(false))
    }
}

/// What is asked besides, where a job starts only if another failed, or it is not known how it does.
fn besides(when: When, places: &Origins) -> Option<Condition> {
    let unknown = |text: &str| Some(Condition::at(Test::Unknown(text.into()), places.clone()));
    match when {
        When::OnFailure => unknown("when: on_failure"),
        When::Unknown => unknown("how it starts"),
        _ => None,
    }
}

/// When one of these rules is met and does not say "never": each with its condition and how it starts.
///
/// It is folded from the end, so that a last rule that holds in any case makes up for conditions before it
/// that are not understood.
fn met(rules: Vec<(Condition, When, Origins)>) -> Condition {
    let mut rest = Condition::new(Test::Never);
    for (condition, when, places) in rules.into_iter().rev() {
        rest = match (when, besides(when, &places)) {
            (When::Never, _) => match condition.test {
                Test::Always => Condition::at(Test::Never, places),
                _ => Condition::all([condition.not(), rest]),
            },
            (_, Some(more)) => {
                let otherwise = Condition::all([condition.clone().not(), rest]);
                Condition::any([Condition::all([condition, more]), otherwise])
            }
            (_, None) if condition.is_always() => condition,
            (_, None) if rest.is_always() => rest,
            (_, None) => match rest.test {
                Test::Never if rest.origins.is_empty() => condition,
                _ => Condition::any([condition, rest]),
            },
        };
    }
    rest
}

/// What is asked in every world of every situation.
pub fn worlds<T>(mut ask: impl FnMut(&crate::lower::ci::situation::Situation) -> T) -> Vec<T> {
    SITUATIONS.iter().flat_map(|(_, worlds)| worlds.iter()).map(&mut ask).collect()
}

/// Reads what a job or workflow says about it.
pub struct Reader<'a> {
    /// What is known of variables.
    pub known: Known<'a>,
    /// Why something may be missing in the job, if that is so.
    pub open: Option<&'a Why>,
    /// What is wrong.
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

/// How a condition over what a push holds is read: its files, its message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pushes {
    /// There is a push that has what is asked for, and one that has not.
    Some,
    /// It is not known what a push has.
    Any,
}

impl Reader<'_> {
    /// When a job runs.
    pub fn job(&mut self, job: &Object) -> Rules {
        let certain = self.read(job, Pushes::Any).runs;
        Rules { certain, changes: changes_of(job), ..self.read(job, Pushes::Some) }
    }

    fn read(&mut self, job: &Object, pushes: Pushes) -> Rules {
        let when = field(job, "when");
        let allow = self.allow_failure(field(job, "allow_failure"), when);
        if let Some(rules) = job.get("rules") {
            let default = when.map_or((When::OnSuccess, Origins::none()), |w| (When::of(w), w.origins.clone()));
            return self.read_rules(rules, &default, &allow, pushes);
        }
        // The template that is not here may have rules.
        if let Some(why) = self.open.filter(|_| job.get("only").is_none() && job.get("except").is_none()) {
            let origins = when.map(|w| w.origins.clone()).unwrap_or_default();
            let condition = Condition::new(Test::Unknown(eco_format!("{}", why.subject)));
            let (when, text) = (when.map_or(When::Unknown, When::of), Value::unknown(why.clone()));
            let arm = Arm { condition: condition.clone(), when, allow_failure: allow, places: origins };
            return Rules::new(vec![arm], condition, text);
        }
        let condition = self.only_and_except(job, pushes);
        let places = when.map(|w| w.origins.clone()).unwrap_or_default();
        let when = when.map_or(When::OnSuccess, When::of);
        let text = ["only", "except"].iter().find_map(|name| field(job, name)).map_or_else(Value::null, |value| {
            let written = flat(Some(value)).iter().filter_map(text_of).collect::<Vec<_>>().join(", ");
            Value::string(written).with_origins(value.origins.clone())
        });
        if when == When::Never {
            return Rules::new(Vec::new(), Condition::at(Test::Never, places), text);
        }
        let runs = met(vec![(condition.clone(), when, places.clone())]);
        Rules::new(vec![Arm { condition, when, allow_failure: allow, places }], runs, text)
    }

    /// A manual job is one that nothing waits for, if it is manual by its own `when` and not by a rule.
    fn allow_failure(&self, written: Option<&Value>, when: Option<&Value>) -> Value {
        match written {
            Some(value) => match &value.repr {
                Repr::Bool(_) | Repr::Unknown(_) => value.clone(),
                // Some exit codes are forgiven; the job counts all the same.
                _ => Value::bool(false).with_origins(value.origins.clone()),
            },
            None => match (when.filter(|w| w.as_str() == Some("manual")), self.open) {
                (Some(when), None) => Value::bool(true).with_origins(when.origins.clone()),
                (None, None) => Value::bool(false),
                (_, Some(why)) => Value::unknown(why.clone()),
            },
        }
    }

    /// `rules`: the first that is met decides; if none is, there is no such job.
    pub fn rules(&mut self, rules: &Value, default: &(When, Origins), allow: &Value) -> Rules {
        self.read_rules(rules, default, allow, Pushes::Some)
    }

    fn read_rules(&mut self, rules: &Value, default: &(When, Origins), allow: &Value, pushes: Pushes) -> Rules {
        let mut arms = Vec::new();
        let mut before: Vec<Condition> = Vec::new();
        let mut all: Vec<(Condition, When, Origins)> = Vec::new();
        let mut written: Vec<EcoString> = Vec::new();
        for rule in flat(Some(rules)) {
            let Some(object) = rule.as_object() else {
                // A rule that is not known may decide anything.
                let why = rule.first_unknown().unwrap_or_else(|| Why::new(WhyKind::WrongShape, "a rule"));
                let condition = Condition::at(Test::Unknown(why.subject), rule.origins.clone());
                let effective = Condition::all(before.iter().map(|c| c.clone().not()).chain([condition.clone()]));
                let allow_failure = Value::unknown(Why::new(WhyKind::PipelineExpression, "a rule"));
                arms.push(Arm {
                    condition: effective,
                    when: When::Unknown,
                    allow_failure,
                    places: rule.origins.clone(),
                });
                all.push((condition.clone(), When::Unknown, rule.origins.clone()));
                before.push(condition);
                continue;
            };
            let denies = field(object, "when").and_then(Value::as_str) == Some("never");
            let condition = self.rule(object, &rule, denies, pushes);
            let (when, places) = match field(object, "when") {
                Some(when) => (When::of(when), when.origins.clone()),
                None if default.1.is_empty() => (default.0, rule.origins.clone()),
                None => default.clone(),
            };
            let effective = Condition::all(before.iter().map(|c| c.clone().not()).chain([condition.clone()]));
            if when != When::Never {
                let allow_failure = field(object, "allow_failure").cloned().unwrap_or_else(|| allow.clone());
                arms.push(Arm { condition: effective, when, allow_failure, places: places.clone() });
                written.extend(field(object, "if").and_then(text_of));
            }
            let is_last = condition.is_always();
            all.push((condition.clone(), when, places.clone()));
            before.push(condition);
            if is_last {
                break;
            }
        }
        let text = match (&written[..], rules.first_unknown()) {
            ([], Some(why)) => Value::unknown(why),
            ([], None) => Value::null(),
            (texts, _) => Value::string(texts.join(" || ")),
        };
        Rules::new(arms, met(all), text.with_origins(rules.origins.clone()))
    }

    /// What one rule asks.
    fn rule(&mut self, rule: &Object, value: &Value, denies: bool, pushes: Pushes) -> Condition {
        let mut all = Vec::new();
        if let Some(written) = field(rule, "if") {
            let known = self.known;
            self.known.denies = denies && pushes == Pushes::Some;
            all.push(self.expression(written));
            self.known = known;
        }
        if let Some(changes) = field(rule, "changes") {
            all.push(changes_in(changes, denies, pushes));
        }
        if let Some(exists) = field(rule, "exists") {
            all.push(Condition::at(Test::Unknown("exists".into()), exists.origins.clone()));
        }
        match (all.pop(), all.is_empty()) {
            (None, _) => Condition::at(Test::Always, value.origins.clone()),
            (Some(only), true) => only,
            (Some(last), false) => Condition::all(all.into_iter().chain([last])),
        }
    }

    /// What an expression asks.
    pub fn expression(&mut self, written: &Value) -> Condition {
        let unknown = |text: EcoString| Condition::at(Test::Unknown(text), written.origins.clone());
        let Some(text) = text_of(written) else {
            return unknown(match &written.repr {
                Repr::String(text) => text.written(),
                _ => "a condition".into(),
            });
        };
        if let Some(condition) = expression::read(&text, self.known, &written.origins) {
            return condition;
        }
        if let Some(span) = super::extend::written_at(written) {
            let message = format!("this condition does not parse: `{}`", text.trim());
            let diagnostic = Diagnostic::error(DiagnosticKind::Evaluation, message, span).help(
                "GitLab reads variables (`$NAME`), quoted texts, `/patterns/`, `null`, `==`, `!=`, `=~`, `!~`, `&&`, `||` and parentheses",
            );
            if !self.diagnostics.contains(&diagnostic) {
                self.diagnostics.push(diagnostic);
            }
        }
        unknown(text)
    }

    /// `only` and `except`; without both a job runs for branches and tags, not for merge requests.
    fn only_and_except(&mut self, job: &Object, pushes: Pushes) -> Condition {
        let usual = || Condition::any([expression::is_branch(), expression::is_tag()]);
        let only = match field(job, "only") {
            None => usual(),
            Some(only) => {
                let mut all = match only.as_object() {
                    Some(object) => vec![field(object, "refs").map_or_else(usual, |refs| self.refs(refs))],
                    None => vec![self.refs(only)],
                };
                all.extend(only.as_object().into_iter().flat_map(|object| self.others(object, false, pushes)));
                Condition::all(all)
            }
        };
        let Some(except) = field(job, "except") else { return only };
        let mut any = Vec::new();
        match except.as_object() {
            Some(object) => {
                any.extend(field(object, "refs").map(|refs| self.refs(refs)));
                any.extend(self.others(object, true, pushes));
            }
            None => any.push(self.refs(except)),
        }
        Condition::all([only, Condition::any(any).not()])
    }

    /// What `only` and `except` ask besides the ref.
    fn others(&mut self, policy: &Object, denies: bool, pushes: Pushes) -> Vec<Condition> {
        let mut out = Vec::new();
        if let Some(variables) = field(policy, "variables") {
            let any: Vec<_> = flat(Some(variables)).iter().map(|written| self.expression(written)).collect();
            out.push(Condition::any(any));
        }
        out.extend(field(policy, "changes").map(|changes| changes_in(changes, denies, pushes)));
        if let Some(cluster) = field(policy, "kubernetes") {
            out.push(Condition::at(Test::Unknown("kubernetes: active".into()), cluster.origins.clone()));
        }
        out
    }

    fn refs(&mut self, refs: &Value) -> Condition {
        let any = flat(Some(refs)).into_iter().map(|written| {
            let test = text_of(&written)
                .map_or_else(|| Condition::new(Test::Unknown("only".into())), |text| self.of_ref(&text));
            Condition::at(test.test, written.origins)
        });
        Condition::any(any.collect::<Vec<_>>())
    }

    /// A keyword, the name of a branch or tag, or a pattern of names.
    fn of_ref(&self, text: &str) -> Condition {
        // Behind `@` stands the project in which it holds, which is this one or another.
        if let Some((text, project)) = text.split_once('@') {
            return self.of_ref(text).and(Condition::new(Test::Unknown(eco_format!("the project is {project}"))));
        }
        let source = |name: &str| expression::source(name, self.known.is_child, text);
        match text {
            "branches" => expression::is_branch(),
            "tags" => expression::is_tag(),
            "merge_requests" => expression::is_merge_request(),
            "pushes" => source("push"),
            "schedules" => source("schedule"),
            "pipelines" => source("pipeline"),
            "triggers" => source("trigger"),
            "external_pull_requests" => source("external_pull_request_event"),
            "api" | "chat" | "external" | "web" => source(text),
            _ => {
                let pattern = match expression::regex(text) {
                    Some((pattern, "")) => Pattern::regex(&pattern),
                    _ => Pattern::Exact(text.into()),
                };
                let test = |test: fn(Pattern) -> Test| Condition::new(test(pattern.clone()));
                Condition::any([test(Test::Branch), test(Test::Tag)])
            }
        }
    }
}

/// `changes`: whether a push or merge request touches certain files. What has no push behind it counts as touching all.
fn changes_in(changes: &Value, denies: bool, pushes: Pushes) -> Condition {
    let no_push = Condition::new(Test::Event(vec![Event::Schedule, Event::Manual, Event::Api, Event::Pipeline]));
    let touched = match (pushes, denies) {
        (Pushes::Any, _) => Test::Unknown("changes".into()),
        // Somebody pushes a change to them, and somebody one to others.
        (Pushes::Some, false) => Test::Always,
        (Pushes::Some, true) => Test::Never,
    };
    let any = Condition::any([no_push, expression::is_tag(), Condition::new(touched)]);
    Condition::at(any.test, changes.origins.clone())
}

/// The files of which one must have changed, as one text.
fn changes_of(job: &Object) -> EcoString {
    let rules = flat(field(job, "rules"));
    let policies = rules.iter().chain(field(job, "only")).filter_map(Value::as_object);
    let mut files: Vec<EcoString> = Vec::new();
    for changes in policies.filter_map(|policy| field(policy, "changes")) {
        let paths = changes.as_object().and_then(|long| field(long, "paths")).unwrap_or(changes);
        files.extend(flat(Some(paths)).iter().filter_map(text_of));
    }
    files.sort();
    files.dedup();
    files.join(" ").into()
}
