//! One rule on one project, and all rules together.

use std::collections::HashSet;

use ecow::EcoString;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    blame, defaults, distinct, fix, fold,
    links::{Linker, Links},
    scope::RuleScope,
    waive::{self, Named, Waiver, Waiving},
};
use crate::{
    eval::{EvalError, Locals, evaluate, iterate},
    model::{Entity, EntityId, Project, Scenario, view},
    report::{Counts, Finding, FixNote, Labels, Report, RuleInfo, ScenarioInfo, Severity, Verdict, WaiverSource},
    rule::{
        Catalog,
        compile::{Assert, Rule, Status},
    },
    source::{Diagnostic, DiagnosticKind, path},
    value::{Object, Origins, Repr, Truth, Value, Why, WhyKind},
};

/// Which rules to run, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these rules; none: all that are stable.
    pub only: Option<HashSet<String>>,
    /// Not these rules.
    pub skip: HashSet<String>,
    /// Only rules that bear on this criterion.
    pub criterion: Option<String>,
    /// Only rules of at least this severity.
    pub severity: Option<Severity>,
    /// Preview rules too.
    pub preview: bool,
    /// Values of inputs that differ from their defaults: rule, input, value.
    pub inputs: Vec<(String, String, Value)>,
    /// Severities that differ from the rule's.
    pub severities: Vec<(String, Severity)>,
    /// About waivers.
    pub waiving: Waiving,
}

/// A violation or something undecided, before it is made presentable.
pub(super) struct Raw {
    pub(super) verdict: Verdict,
    pub(super) message: String,
    pub(super) labels: Labels,
    pub(super) reasons: Vec<Why>,
    pub(super) entity: EntityId,
    /// Which assert, for the identity of the finding.
    pub(super) part: usize,
    /// How it may be mended.
    pub(super) fix: Option<FixNote>,
}

/// What one rule gave.
#[derive(Default)]
pub(super) struct Outcome {
    /// What the rule says of each entity.
    pub(super) verdicts: Vec<(EntityId, Verdict)>,
    pub(super) raw: Vec<Raw>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Options {
    /// Whether a rule is to be run.
    pub fn selects(&self, rule: &Rule) -> bool {
        let id = rule.id.as_str();
        let named = self.only.as_ref().is_some_and(|only| only.contains(id));
        (self.only.is_none() || named)
            && !self.skip.contains(id)
            && (named || self.preview || rule.status == Status::Stable)
            && self.criterion.as_ref().is_none_or(|c| rule.criteria.iter().any(|(id, _)| id == c))
            && self.severity.is_none_or(|s| rule.severity >= s)
    }

    /// Whether every rule that is not left out by name is run.
    fn takes_all(&self) -> bool {
        self.only.is_none() && self.criterion.is_none() && self.severity.is_none()
    }

    /// How much a violation of a rule matters here.
    fn severity_of(&self, rule: &Rule) -> Severity {
        self.severities.iter().find(|(id, _)| *id == *rule.id).map_or(rule.severity, |(_, s)| *s)
    }
}

/// The kinds of entities that the selected rules look at, with what their views stand on.
pub fn wanted_kinds(catalog: &Catalog, options: &Options) -> HashSet<EcoString> {
    let mut wanted = HashSet::new();
    let mut queue: Vec<EcoString> = catalog
        .rules
        .iter()
        .filter(|r| options.selects(r))
        .flat_map(|r| r.matches.iter().flat_map(|m| m.kinds.clone()).chain(r.links.iter().map(|l| l.to.clone())))
        .collect();
    while let Some(kind) = queue.pop() {
        if !wanted.insert(kind.clone()) {
            continue;
        }
        if let Some(view) = catalog.views.iter().find(|v| v.name == kind) {
            queue.extend(view.kinds().cloned());
        }
    }
    wanted
}

/// Runs the selected rules on a project.
pub fn check(mut project: Project, catalog: &Catalog, options: &Options) -> (Project, Report) {
    let rules: Vec<&Rule> = catalog.rules.iter().filter(|r| options.selects(r)).collect();
    let entities = fold::entities(&project);
    view::expand(&mut project, &catalog.views, &wanted_kinds(catalog, options));
    let mut waivers = waive::read(&mut project.files, catalog, &options.waiving);
    let about_waivers = |rule: &Rule| rule.kinds().any(|kind| kind == waive::KIND);
    let outcomes: Vec<Outcome> = rules
        .par_iter()
        .map(|rule| if about_waivers(rule) { Outcome::default() } else { run(rule, &project, options) })
        .collect();

    let mut report = Report {
        rules: rules.iter().map(|r| info(r)).collect(),
        criteria: catalog.criteria.clone(),
        files: project.files.len(),
        entities,
        skipped: project.skipped.iter().map(|s| (s.path.clone(), s.why.clone())).collect(),
        diagnostics: project.diagnostics.clone(),
        scenarios: project.scenarios.iter().map(scenario).collect(),
        by_rule: vec![Counts::default(); rules.len()],
        ..Report::default()
    };
    for (index, (rule, outcome)) in rules.iter().zip(outcomes).enumerate() {
        tell(&mut report, index, (rule, outcome), &mut waivers, &project, options);
    }
    waivers.retain_mut(Waiver::settle);
    if !waivers.is_empty() {
        judge_waivers(&waivers, &mut report, &mut project, catalog, options);
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| about_waivers(rule)) {
            let outcome = run(rule, &project, options);
            tell(&mut report, index, (rule, outcome), &mut [], &project, options);
        }
    }
    let place = |f: &Finding| {
        let span = f.labels.primary.span;
        (project.files.path(span.file).to_string(), span.start, f.rule, f.address.clone(), f.message.clone())
    };
    report.findings.sort_by_cached_key(place);
    report.waived.sort_by_cached_key(|waived| place(&waived.finding));
    (project, report)
}

/// Adds what a rule found.
fn tell(
    report: &mut Report,
    index: usize,
    (rule, outcome): (&Rule, Outcome),
    waivers: &mut [Waiver],
    project: &Project,
    options: &Options,
) {
    let counts = fold::counts(project, &outcome.verdicts);
    report.counts += counts;
    if let Some(of_rule) = report.by_rule.get_mut(index) {
        *of_rule += counts;
    }
    report.diagnostics.extend(outcome.diagnostics);
    let severity = options.severity_of(rule);
    let found = outcome.raw.into_iter().map(|raw| fold::Found {
        entity: raw.entity,
        part: raw.part,
        finding: present(raw, index, rule, severity, project),
    });
    let findings = fold::scenarios(found.collect(), project);
    let (kept, waived) = waive::apply(findings, &rule.id, waivers, &project.files, &options.waiving);
    report.findings.extend(fold::instances(kept));
    report.waived.extend(waived);
}

/// Makes entities of the waivers, for the rules about them, and the register.
fn judge_waivers(waivers: &[Waiver], report: &mut Report, project: &mut Project, catalog: &Catalog, options: &Options) {
    let waiving = &options.waiving;
    let mut addresses = Vec::new();
    for waiver in waivers {
        let severity = |id: &EcoString| catalog.rule(id).map(|rule| options.severity_of(rule));
        let ids = || waiver.rules.iter().map(|(id, _)| id);
        let is_banned = |id: &&EcoString| {
            waiving.banned_rules.contains(id) || severity(id).is_some_and(|s| waiving.banned_severities.contains(&s))
        };
        let named = Named {
            severity: ids().filter_map(severity).max(),
            banned: ids().filter(is_banned).cloned().collect(),
            ran: ids().all(|id| match catalog.rule(id) {
                Some(rule) => options.selects(rule),
                // Rules that look at nothing that occurs are not loaded.
                None => options.takes_all() && !options.skip.contains(id.as_str()),
            }),
        };
        let info = waive::info(waiver, named.ran, waiving);
        report.diagnostics.extend(waive::notice(waiver, &info, waiving));
        report.waivers.push(info);
        if waiver.source != WaiverSource::Foreign {
            let entity = waive::entity(waiver, &named, &project.files, waiving, &addresses);
            addresses.push(entity.address.clone());
            project.add(entity);
        }
    }
}

fn scenario(scenario: &Scenario) -> ScenarioInfo {
    ScenarioInfo {
        root: scenario.scope.to_string(),
        name: scenario.name.to_string(),
        files: scenario.files.iter().map(ToString::to_string).collect(),
        workspace: scenario.workspace.as_ref().map(ToString::to_string),
    }
}

fn info(rule: &Rule) -> RuleInfo {
    RuleInfo {
        id: rule.id.to_string(),
        title: rule.title.clone(),
        severity: rule.severity,
        criteria: rule.criteria.clone(),
        rationale: rule.rationale.clone(),
        remediation: rule.remediation.clone(),
        references: rule.references.clone(),
    }
}

fn inputs_of(rule: &Rule, options: &Options) -> Object {
    let mut object = Object::default();
    for input in &rule.inputs {
        let set = options.inputs.iter().find(|(id, name, _)| *id == *rule.id && *name == *input.name);
        // What a firm tunes is never the text at fault.
        let value = set.map_or_else(|| input.default.clone(), |(_, _, v)| v.clone());
        object.fields.insert(input.name.clone(), without_origins(&value));
    }
    object
}

/// A value of the rule itself: it has no place in the documents.
fn without_origins(value: &Value) -> Value {
    let mut value = value.clone().with_origins(Origins::none());
    match &value.repr {
        Repr::List(list) => {
            let mut inner = (**list).clone();
            inner.items = inner.items.iter().map(without_origins).collect();
            value.repr = Repr::List(inner.into());
        }
        Repr::Object(object) => {
            let mut inner = (**object).clone();
            inner.header = None;
            for field in inner.fields.values_mut() {
                *field = without_origins(field);
            }
            value.repr = Repr::Object(inner.into());
        }
        _ => {}
    }
    value
}

fn run(rule: &Rule, project: &Project, options: &Options) -> Outcome {
    let mut outcome = Outcome::default();
    let inputs = inputs_of(rule, options);
    let linkers: Vec<Linker<'_>> = rule.links.iter().map(|l| Linker::new(l, project, &inputs)).collect();
    let mut compared = Vec::new();
    for matcher in &rule.matches {
        for kind in &matcher.kinds {
            for id in project.of_kind(kind) {
                let entity = project.entity(*id);
                let run = Run { rule, project, id: *id, entity, inputs: &inputs };
                match run.prepare(matcher.condition.as_ref(), matcher.defaults.as_ref()) {
                    Prepared::NotApplicable => outcome.verdicts.push((*id, Verdict::NotApplicable)),
                    Prepared::Failed(error, place) => run.undecided_by_error(&error, &place, 0, &mut outcome),
                    Prepared::Ready { this, doubt } => {
                        if rule.distinct.is_some() {
                            compared.push(distinct::Candidate { id: *id, this: this.clone(), doubt: doubt.clone() });
                        }
                        if !rule.asserts.is_empty() {
                            run.asserts(&this, doubt.as_ref(), &linkers, &mut outcome);
                        }
                    }
                }
            }
        }
    }
    if let Some(rule_distinct) = &rule.distinct {
        distinct::compare(rule, rule_distinct, project, &inputs, &compared, &mut outcome);
    }
    outcome
}

/// One rule on one entity.
struct Run<'a> {
    rule: &'a Rule,
    project: &'a Project,
    id: EntityId,
    entity: &'a Entity,
    inputs: &'a Object,
}

enum Prepared {
    NotApplicable,
    Failed(EvalError, Origins),
    Ready { this: Value, doubt: Option<Why> },
}

/// What the asserts of one entity gave.
#[derive(Default)]
struct Verdicts {
    any: bool,
    fail: bool,
    undecided: bool,
}

impl Run<'_> {
    /// Whether the rule applies, and the body with the provider's defaults.
    fn prepare(
        &self,
        condition: Option<&crate::syntax::hcl::Expr>,
        given: Option<&crate::syntax::hcl::Expr>,
    ) -> Prepared {
        let mut this = self.entity.body.clone();
        let scope = RuleScope { this: Some(&self.entity.body), inputs: Some(self.inputs), ..RuleScope::default() };
        let asked = RuleScope { only_truth: true, ..scope };
        let mut doubt = self.entity.doubt.clone();
        if let Some(condition) = condition {
            match self.truth(condition, &asked) {
                Ok(Truth::True(_)) => {}
                Ok(Truth::False(_)) => return Prepared::NotApplicable,
                Ok(Truth::Unknown(why, _)) => {
                    doubt = doubt.or_else(|| why.into_iter().next());
                }
                Err(error) => {
                    let origins = error.origins.clone();
                    return Prepared::Failed(error, origins);
                }
            }
        }
        if let Some(given) = given {
            match evaluate(given, &scope, &Locals::NONE) {
                Ok(given) => this = defaults::apply(&this, &given, &self.entity.header),
                Err(error) => {
                    let origins = error.origins.clone();
                    return Prepared::Failed(error, origins);
                }
            }
        }
        Prepared::Ready { this, doubt }
    }

    fn truth(&self, expr: &crate::syntax::hcl::Expr, scope: &RuleScope<'_>) -> Result<Truth, EvalError> {
        let value = evaluate(expr, scope, &Locals::NONE)?;
        Truth::from_value(&value).ok_or_else(|| EvalError {
            shape: !value.is_null(),
            origins: value.origins.clone(),
            ..EvalError::new(format!("true or false is needed here, not {}", value.kind_name()))
        })
    }

    fn asserts(&self, this: &Value, doubt: Option<&Why>, linkers: &[Linker<'_>], outcome: &mut Outcome) {
        let links = Links::of(linkers, self.entity, self.project, self.inputs);
        let mut verdicts = Verdicts::default();
        for (part, assert) in self.rule.asserts.iter().enumerate() {
            let scope =
                RuleScope { this: Some(this), links: Some(&links), inputs: Some(self.inputs), ..RuleScope::default() };
            self.assert(assert, part, &scope, doubt, &mut verdicts, outcome);
        }
        let verdict = match verdicts {
            Verdicts { fail: true, .. } => Verdict::Fail,
            Verdicts { undecided: true, .. } => Verdict::Undecided,
            Verdicts { any: true, .. } => Verdict::Pass,
            _ => Verdict::NotApplicable,
        };
        outcome.verdicts.push((self.id, verdict));
    }

    fn assert(
        &self,
        assert: &Assert,
        part: usize,
        scope: &RuleScope<'_>,
        doubt: Option<&Why>,
        verdicts: &mut Verdicts,
        outcome: &mut Outcome,
    ) {
        let Some(for_each) = &assert.for_each else {
            return self.one(assert, part, scope, doubt, verdicts, outcome);
        };
        let collection = match evaluate(for_each, scope, &Locals::NONE) {
            Ok(collection) => collection,
            Err(error) => {
                verdicts.undecided = true;
                return self.push_error(&error, &error.origins, part, outcome);
            }
        };
        if collection.is_null() {
            return;
        }
        let elements = match iterate::elements(&collection) {
            Ok(Some(elements)) => elements,
            Ok(None) => {
                let why = collection.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
                verdicts.undecided = true;
                return self.push(
                    assert,
                    part,
                    Verdict::Undecided,
                    scope,
                    vec![why],
                    &collection.origins,
                    None,
                    outcome,
                );
            }
            Err(error) => {
                verdicts.undecided = true;
                return self.push_error(&error, &collection.origins, part, outcome);
            }
        };
        for (key, value) in &elements.certain {
            let scope = RuleScope { each: Some((key, value)), ..*scope };
            self.one(assert, part, &scope, doubt, verdicts, outcome);
        }
        let open = elements.open.map(|why| {
            let unknown = Value::unknown(why).with_origins(collection.origins.clone());
            (unknown.clone(), unknown)
        });
        for (key, value) in elements.maybe.iter().chain(&open) {
            let why = value.first_unknown().or_else(|| key.first_unknown());
            let why = why.unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
            let scope = RuleScope { each: Some((key, value)), ..*scope };
            self.one(assert, part, &scope, Some(doubt.unwrap_or(&why)), verdicts, outcome);
        }
    }

    fn one(
        &self,
        assert: &Assert,
        part: usize,
        scope: &RuleScope<'_>,
        doubt: Option<&Why>,
        verdicts: &mut Verdicts,
        outcome: &mut Outcome,
    ) {
        verdicts.any = true;
        // Most are as they should be, and then nobody asks where.
        if let Ok(Truth::True(_)) = self.truth(&assert.condition, &RuleScope { only_truth: true, ..*scope }) {
            return;
        }
        let truth = match self.truth(&assert.condition, scope) {
            Ok(truth) => truth,
            Err(error) => {
                verdicts.undecided = true;
                return self.push_error(&error, &error.origins, part, outcome);
            }
        };
        let (verdict, reasons, origins) = match (truth, doubt) {
            (Truth::True(_), _) => return,
            (Truth::False(origins), None) => (Verdict::Fail, Vec::new(), origins),
            // What may not exist cannot be at fault for certain.
            (Truth::False(origins), Some(why)) => (Verdict::Undecided, vec![why.clone()], origins),
            (Truth::Unknown(why, origins), _) => (Verdict::Undecided, why, origins),
        };
        if verdict == Verdict::Fail {
            verdicts.fail = true;
        } else {
            verdicts.undecided = true;
        }
        let origins = match &assert.at {
            Some(at) => evaluate(at, scope, &Locals::NONE).map_or(origins, |v| v.origins),
            None => origins,
        };
        let header = scope.each.and_then(|(_, v)| v.as_object()).and_then(|o| o.header.clone());
        self.push(assert, part, verdict, scope, reasons, &origins, header.as_ref(), outcome);
    }

    #[allow(clippy::too_many_arguments)]
    fn push(
        &self,
        assert: &Assert,
        part: usize,
        verdict: Verdict,
        scope: &RuleScope<'_>,
        reasons: Vec<Why>,
        origins: &Origins,
        header: Option<&crate::value::Origin>,
        outcome: &mut Outcome,
    ) {
        let entity = self.entity;
        // Blame falls inside the element that is asked about, if the entity holds it. What has no text of its own is
        // shown where the rule says.
        let placed = origins.first().filter(|_| assert.at.is_some() && !entity.has_text());
        let header = placed.or(header.filter(|h| entity.holds(h.anchor))).unwrap_or(&entity.header);
        let labels = blame::on(self.project, entity, header, origins);
        let message =
            if verdict == Verdict::Fail { self.message(&assert.message, scope) } else { self.undecided_message() };
        let fix = self.rule.fix_for(&entity.kind).filter(|_| verdict == Verdict::Fail);
        let fix = fix.map(|f| fix::note(f, &entity.header, scope));
        outcome.raw.push(Raw { verdict, message, labels, reasons, entity: self.id, part, fix });
    }

    fn undecided_message(&self) -> String {
        format!("cannot tell for {}: {}", self.entity.address, self.rule.title)
    }

    fn message(&self, expr: &crate::syntax::hcl::Expr, scope: &RuleScope<'_>) -> String {
        // What must never be printed is not in a message either.
        match evaluate(expr, scope, &Locals::NONE).ok().filter(|v| !v.sensitive).map(|v| v.repr) {
            Some(Repr::String(text)) => text.written().to_string(),
            _ => format!("{}: not so for {}", self.rule.title, self.entity.address),
        }
    }

    fn undecided_by_error(&self, error: &EvalError, origins: &Origins, part: usize, outcome: &mut Outcome) {
        outcome.verdicts.push((self.id, Verdict::Undecided));
        self.push_error(error, origins, part, outcome);
    }

    /// A document of another shape is undecided. Anything else is a mistake in the rule: it is
    /// undecided too, and the rule is named.
    fn push_error(&self, error: &EvalError, origins: &Origins, part: usize, outcome: &mut Outcome) {
        if !error.shape {
            let message =
                format!("rule {} cannot be evaluated on {}: {}", self.rule.id, self.entity.address, error.message);
            outcome.diagnostics.push(
                Diagnostic::error(DiagnosticKind::Evaluation, message, self.entity.header.anchor)
                    .warning()
                    .help("This is a mistake in the rule, not in your configuration; the rule is undecided here."),
            );
        }
        let labels = blame::on(self.project, self.entity, &self.entity.header, origins);
        let why = Why::new(WhyKind::WrongShape, error.message.as_str());
        outcome.raw.push(Raw {
            verdict: Verdict::Undecided,
            message: self.undecided_message(),
            labels,
            reasons: vec![why],
            entity: self.id,
            part,
            fix: None,
        });
    }
}

fn present(raw: Raw, index: usize, rule: &Rule, severity: Severity, project: &Project) -> Finding {
    let entity = project.entity(raw.entity);
    // What has no text of its own is shown at some place, and another place is no other finding.
    let text = if entity.has_text() { project.files.text(raw.labels.primary.span) } else { raw.message.as_str() };
    Finding {
        rule: index,
        verdict: raw.verdict,
        severity,
        fingerprint: fingerprint(rule, entity, &project.place, raw.part, text),
        message: raw.message,
        labels: raw.labels,
        address: entity.address.to_string(),
        instances: vec![entity.address.to_string()],
        kind: entity.kind.to_string(),
        environment: entity.environment.as_ref().map(|e| e.name.to_string()),
        other_environments: Vec::new(),
        scenarios: entity.scenario.iter().map(ToString::to_string).collect(),
        undecided_in: Vec::new(),
        reasons: raw.reasons.iter().map(ToString::to_string).collect(),
        // Nobody edits a module that is downloaded anew.
        fix: raw.fix.filter(|_| !project.files.is_foreign(entity.file())),
    }
}

/// What a finding is, whatever its line and its scenario: rule, scope, address without instance keys, which
/// requirement, and the text at fault.
/// The scope counts from the top of the repository, whatever directory of it is checked.
fn fingerprint(rule: &Rule, entity: &Entity, place: &str, part: usize, text: &str) -> String {
    let mut hash = Sha256::new();
    let scope = path::resolve(place, &entity.scope);
    for piece in [rule.id.as_str(), &scope, &without_keys(&entity.address), &part.to_string(), text.trim()] {
        hash.update(piece.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// `module.a["x"].aws_vpc.b[0]` as `module.a.aws_vpc.b`.
pub fn without_keys(address: &str) -> String {
    let (mut out, mut depth, mut quoted) = (String::with_capacity(address.len()), 0u32, false);
    for c in address.chars() {
        match c {
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_keys;

    #[test]
    fn an_address_without_keys_names_the_block() {
        assert_eq!(without_keys("module.a[\"x]y\"].aws_vpc.b[0]"), "module.a.aws_vpc.b");
    }
}
