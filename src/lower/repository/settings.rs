//! Branch rules and environments that files describe: `.github/settings.yml`, which apps such as
//! Probot's put into force, and rulesets as GitHub exports them.
//!
//! Each becomes a document of one shape, whatever file it stands in, so that a view is written once.
//! `source` says where it is from: `settings`, `ruleset` or `host`.

use ecow::{EcoString, eco_format};

use super::entity;
use crate::{
    lower::yaml::{YamlFile, value},
    model::Entity,
    value::{ByName, Object, Origin, Origins, Repr, Value},
};

/// Where the settings of a repository are kept.
const SETTINGS: [&str; 2] = [".github/settings.yml", ".github/settings.yaml"];

pub(super) fn is_settings(path: &str) -> bool {
    SETTINGS.contains(&path)
}

/// What the settings of a repository say about its branches and environments.
pub(super) fn lower(root: &Value, file: &YamlFile, out: &mut Vec<Entity>) {
    for branch in items(root, "branches") {
        // `protection: null` takes the protection away: then there is no rule.
        let Some(protection) = field(branch, "protection").filter(|p| !p.is_null()) else { continue };
        let Some(name) = field(branch, "name") else { continue };
        // Safe-settings calls the default branch so, whatever its name is.
        let pattern = if name.as_str() == Some("default") {
            Value::string("~DEFAULT_BRANCH").with_origins(name.origins.clone())
        } else {
            name.clone()
        };
        out.extend(protection_document("settings", &file.path, pattern, protection.clone()));
    }
    for environment in items(root, "environments") {
        out.extend(environment_document("settings", &file.path, environment));
    }
    for ruleset in items(root, "rulesets") {
        out.extend(ruleset_document("settings", &file.path, ruleset, None));
    }
}

/// Rulesets as GitHub exports them: one in a file, or a list of them.
pub(super) fn rulesets(file: &YamlFile, out: &mut Vec<Entity>) {
    for document in &file.documents {
        let root = value(&document.root);
        match &root.repr {
            Repr::List(list) => {
                let documents = list.items.iter().filter(|item| is_ruleset(item));
                out.extend(documents.filter_map(|item| ruleset_document("ruleset", &file.path, item, None)));
            }
            _ if is_ruleset(&root) => {
                out.extend(ruleset_document("ruleset", &file.path, &root, Some(file.path.as_str().into())));
            }
            _ => {}
        }
    }
}

fn is_ruleset(value: &Value) -> bool {
    let has = |name: &str| field(value, name).is_some();
    has("enforcement") && has("rules") && (has("target") || has("conditions"))
}

/// A ruleset; its rules also by their type. None if it is no object.
pub(super) fn ruleset_document(
    source: &str,
    path: &str,
    ruleset: &Value,
    address: Option<EcoString>,
) -> Option<Entity> {
    let object = ruleset.as_object()?;
    let mut fields = object.fields.clone();
    let mut by_type = ByName::default();
    for rule in items(ruleset, "rules") {
        let Some(kind) = field(rule, "type").and_then(Value::as_str) else { continue };
        let parameters = field(rule, "parameters").filter(|p| p.as_object().is_some());
        // A rule without parameters is there all the same.
        let parameters = parameters.unwrap_or(rule).clone();
        by_type.insert(EcoString::from(kind), parameters);
    }
    let rules = object.get("rules");
    let header = header_of(ruleset)?;
    let kinds = Object { fields: by_type, header: Some(header.clone()), ..Object::default() };
    let kinds = match rules.filter(|rules| rules.is_unknown()) {
        Some(unknown) => unknown.clone(),
        None => Value::from_object(kinds).with_origins(rules.map_or_else(Origins::none, |r| r.origins.clone())),
    };
    fields.insert("source".into(), Value::string(source));
    fields.insert("by_type".into(), kinds);
    if !fields.contains_key("target") {
        fields.insert("target".into(), Value::string("branch"));
    }
    let name = object.get("name").and_then(Value::as_str).unwrap_or("ruleset");
    let address = address.unwrap_or_else(|| eco_format!("{path}#{name}"));
    Some(made("github.ruleset_document", address, name, fields, header))
}

/// The protection of a branch as GitHub's API writes it.
pub(super) fn protection_document(source: &str, path: &str, branch: Value, protection: Value) -> Option<Entity> {
    let name = EcoString::from(branch.as_str().unwrap_or("branch"));
    let header = header_of(&protection).or_else(|| protection.origins.first().cloned())?;
    let fields =
        [("source".into(), Value::string(source)), ("branch".into(), branch), ("protection".into(), protection)];
    let fields = fields.into_iter().collect();
    let address = eco_format!("{path}#{name}");
    Some(made("github.branch_protection_document", address, &name, fields, header))
}

/// A deployment environment.
pub(super) fn environment_document(source: &str, path: &str, environment: &Value) -> Option<Entity> {
    let mut fields = environment.as_object()?.fields.clone();
    let name = EcoString::from(field(environment, "name")?.as_str()?);
    fields.insert("source".into(), Value::string(source));
    let header = header_of(environment)?;
    Some(made("github.environment_document", eco_format!("{path}#{name}"), &name, fields, header))
}

fn made(kind: &str, address: EcoString, name: &str, fields: ByName<Value>, header: Origin) -> Entity {
    let object = Object { fields, header: Some(header.clone()), ..Object::default() };
    Entity { name: name.into(), ..entity(kind, &address, object, header) }
}

fn header_of(value: &Value) -> Option<Origin> {
    value.as_object()?.header.clone()
}

/// The field of an object.
pub(super) fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object()?.get(name)
}

/// The elements of a list in an object.
pub(super) fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    field(value, name).and_then(Value::as_list).map_or(&[], |list| &list.items)
}
