//! What the host was asked: `.trustlint/host.json`, as `trustlint host` writes it.
//!
//! What the host did not tell is unknown here, with the reason that it gave, so that a rule is
//! undecided about it and says why. `docs/entities.md` describes the file.

use ecow::{EcoString, eco_format};

use super::{
    document,
    settings::{environment_document, field, items, protection_document, ruleset_document},
};
use crate::{
    lower::yaml::YamlFile,
    model::Lowered,
    source::{Diagnostic, DiagnosticKind},
    value::{ByName, Number, Object, Origins, Value, Why, WhyKind},
};

/// Where the answers are kept.
pub(super) const PATH: &str = ".trustlint/host.json";

/// The version of the file that is read here.
const VERSION: i64 = 1;

/// The answers as entities.
pub(super) fn lower(file: &YamlFile, out: &mut Lowered) {
    let Some(root) = document("repository.host", file, out) else { return };
    let version = field(&root, "schema_version").and_then(Value::as_number).and_then(Number::as_i64);
    if version != Some(VERSION) {
        out.entities.pop();
        let span = file.documents.first().map(|d| d.root.span);
        let message = "this file is not of a version that is read here, so the host's answers were not used";
        out.diagnostics.extend(span.map(|span| {
            Diagnostic::error(DiagnosticKind::Input, message, span).help("Ask again with `trustlint host`.")
        }));
        return;
    }
    let branch = field(&root, "branch").cloned().unwrap_or_else(Value::null);
    let is_default = field(&root, "default_branch").and_then(Value::as_str) == branch.as_str();
    rulesets(&root, &branch, is_default, file, out);
    protection(&root, &branch, file, out);
    let facts = answer(&root, "environments").and_then(|a| field(a, "facts"));
    for environment in facts.map_or(&[][..], |facts| items(facts, "environments")) {
        out.entities.extend(environment_document("host", &file.path, &with_patterns(&root, environment)));
    }
}

/// The environment with the patterns of its branches; not known if the host did not tell them.
fn with_patterns(root: &Value, environment: &Value) -> Value {
    let policy = field(environment, "deployment_branch_policy");
    let Some(mut told) = policy.and_then(Value::as_object).cloned() else { return environment.clone() };
    let has_patterns = told.get("custom_branch_policies").and_then(Value::as_bool) == Some(true);
    let Some(mut whole) = environment.as_object().filter(|_| has_patterns).cloned() else { return environment.clone() };
    if told.get("custom_branches").is_none_or(Value::is_null) {
        let patterns = untold(root, "environments", "which branches may deploy");
        told.fields.insert("custom_branches".into(), patterns);
        let origins = policy.map_or_else(Origins::none, |p| p.origins.clone());
        whole.fields.insert("deployment_branch_policy".into(), Value::from_object(told).with_origins(origins));
    }
    Value::from_object(whole).with_origins(environment.origins.clone())
}

/// What was asked about a control.
fn answer<'v>(root: &'v Value, control: &str) -> Option<&'v Value> {
    field(field(root, "controls")?, control)
}

/// How a question was answered; `None` if it was not asked.
fn status<'v>(root: &'v Value, control: &str) -> Option<&'v str> {
    field(answer(root, control)?, "status")?.as_str()
}

/// What is not known because the host did not tell.
fn untold(root: &Value, control: &str, what: &str) -> Value {
    let place = answer(root, control).and_then(|a| field(a, "status")).map(|s| s.origins.clone());
    let why = Why::new(WhyKind::HostSetting, what);
    Value::unknown(why).with_origins(place.unwrap_or_else(Origins::none))
}

/// Whether a status leaves open what the host holds. Where the plan has no such control, none can be held.
fn is_open(status: Option<&str>) -> bool {
    matches!(status, Some("not_permitted" | "failed"))
}

fn rulesets(root: &Value, branch: &Value, is_default: bool, file: &YamlFile, out: &mut Lowered) {
    let name = branch.as_str().unwrap_or_default();
    let pattern = if is_default { Value::string("~DEFAULT_BRANCH") } else { branch.clone() };
    let conditions = object([("ref_name", object([("include", Value::tuple(vec![pattern]))], None))], None);
    if is_open(status(root, "branch_rules")) {
        let what = format!("the rulesets in force on {name}, which it did not tell");
        let unknown = untold(root, "branch_rules", &what);
        let header = answer(root, "branch_rules").and_then(Value::as_object).and_then(|o| o.header.clone());
        let fields = [
            ("name", Value::string("untold")),
            ("target", Value::string("branch")),
            ("enforcement", Value::string("active")),
            ("conditions", conditions),
            ("rules", unknown.clone()),
            ("bypass_actors", unknown),
        ];
        out.entities.extend(ruleset_document("host", &file.path, &object(fields, header), None));
        return;
    }
    let facts = answer(root, "branch_rules").and_then(|a| field(a, "facts"));
    for ruleset in facts.map_or(&[][..], |facts| items(facts, "rulesets")) {
        let Some(told) = ruleset.as_object() else { continue };
        let mut told = told.clone();
        told.fields.insert("conditions".into(), conditions.clone());
        if told.get("bypass_actors").is_none_or(Value::is_null) {
            let what = "who may bypass the ruleset, which is shown to administrators only";
            told.fields.insert("bypass_actors".into(), untold(root, "branch_rules", what));
        }
        let told = Value::from_object(told).with_origins(ruleset.origins.clone());
        let number =
            field(ruleset, "id").and_then(Value::as_number).map_or_else(EcoString::new, |n| eco_format!("{n}"));
        let address = eco_format!("{}#ruleset-{number}", file.path);
        out.entities.extend(ruleset_document("host", &file.path, &told, Some(address)));
    }
}

fn protection(root: &Value, branch: &Value, file: &YamlFile, out: &mut Lowered) {
    let name = branch.as_str().unwrap_or_default();
    if is_open(status(root, "branch_protection")) {
        // The branch itself tells every reader whether there is a protection at all.
        let is_protected = answer(root, "branch").and_then(|a| field(field(a, "facts")?, "protected"));
        if is_protected.and_then(Value::as_bool) == Some(false) {
            return;
        }
        let what = format!("the branch protection of {name}, which only administrators may read");
        let unknown = untold(root, "branch_protection", &what);
        out.entities.extend(protection_document("host", &file.path, branch.clone(), unknown));
        return;
    }
    let Some(facts) = answer(root, "branch_protection").and_then(|a| field(a, "facts")) else { return };
    if facts.as_object().is_some() {
        out.entities.extend(protection_document("host", &file.path, branch.clone(), switches(facts)));
    }
}

/// The API wraps switches: `{"enabled": true}` is `true`.
fn switches(protection: &Value) -> Value {
    let Some(told) = protection.as_object() else { return protection.clone() };
    let mut told = told.clone();
    for value in told.fields.values_mut() {
        if let Some(enabled) = field(value, "enabled") {
            *value = enabled.clone();
        }
    }
    Value::from_object(told).with_origins(protection.origins.clone())
}

fn object<const N: usize>(fields: [(&str, Value); N], header: Option<crate::value::Origin>) -> Value {
    let origins = header.clone().map_or_else(Origins::none, Origins::one);
    let fields: ByName<Value> = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
    Value::from_object(Object { fields, header, ..Object::default() }).with_origins(origins)
}
