//! To which environment each thing belongs, once everything is read.
//!
//! A Terraform root belongs to one as a whole, in each of its scenarios. The signs, strongest first:
//!
//! 1. the configuration: by path, workspace, account;
//! 2. a pipeline that applies it for an environment;
//! 3. where its state is kept: key, prefix, name of the workspace;
//! 4. its variable files, its directory, its workspace;
//! 5. the tags that a provider gives to everything.
//!
//! The configuration is believed. Of the others the strongest gives the name, but if one says production and
//! another does not, nothing is told, because either guess would be wrong half of the time; the signs are kept
//! in the `terraform.root`. A resource has an environment of its own, by its tags, only in a root that has none:
//! one root that holds two environments.
//!
//! What a rule compares must not be what tells the environment: a state under `production/` in the directory of
//! staging is the very fault that is looked for. So the environment of a backend is told without the backend,
//! and that of a provider without accounts.

use std::collections::{BTreeMap, HashMap};

use ecow::{EcoString, eco_format};

use super::{Told, applies::Applies, classify_name, classify_path};
use crate::{
    model::{Entity, Environment, EnvironmentClass, Lowered},
    value::{Object, Repr, Value},
};

/// One deployment of a root: its scope and its scenario.
type Deployment = (EcoString, Option<EcoString>);

/// What is known of a deployment.
#[derive(Default)]
struct Signs {
    /// By the configuration, accounts aside.
    told: Option<Environment>,
    /// By the configuration, by account.
    account: Option<Environment>,
    pipeline: Option<Environment>,
    state: Option<Environment>,
    /// As lowering has it: by variable file, directory or workspace.
    place: Option<Environment>,
    tags: Option<Environment>,
}

impl Signs {
    /// What signs say together; the last is whether they disagree.
    fn settle<'a>(signs: impl IntoIterator<Item = Option<&'a Environment>>) -> (Option<Environment>, bool) {
        let mut said = signs.into_iter().flatten();
        let Some(mut first) = said.next() else { return (None, false) };
        for other in said {
            if first.class == EnvironmentClass::Shared {
                // `shared` in a state of production: the part that production's parts share.
                first = if other.class == EnvironmentClass::Shared { first } else { other };
            } else if other.class != EnvironmentClass::Shared && other.class != first.class {
                return (None, true);
            }
        }
        (Some(first.clone()), false)
    }

    fn whole(&self) -> (Option<Environment>, bool) {
        match self.told.as_ref().or(self.account.as_ref()) {
            Some(told) => (Some(told.clone()), false),
            None => self.inferred(true),
        }
    }

    fn of_backend(&self) -> Option<Environment> {
        let told = self.told.clone().or_else(|| self.account.clone());
        told.or_else(|| self.inferred(false).0)
    }

    fn of_provider(&self) -> Option<Environment> {
        self.told.clone().or_else(|| self.inferred(true).0)
    }

    /// What all signs but the configuration say. What calls itself shared is applied with the approval of
    /// production and tagged as production all the same.
    fn inferred(&self, by_state: bool) -> (Option<Environment>, bool) {
        let shared = self.place.as_ref().is_some_and(|e| e.class == EnvironmentClass::Shared);
        let signs = [(&self.pipeline, !shared), (&self.state, by_state), (&self.place, true), (&self.tags, !shared)];
        Self::settle(signs.into_iter().map(|(sign, counts)| sign.as_ref().filter(|_| counts)))
    }

    /// All of them, as rules see them.
    fn list(&self) -> Value {
        let all = [
            ("configuration", &self.told),
            ("configuration", &self.account),
            ("pipeline", &self.pipeline),
            ("state", &self.state),
            ("place", &self.place),
            ("tags", &self.tags),
        ];
        let said = all.into_iter().filter_map(|(source, sign)| Some((source, sign.as_ref()?)));
        Value::tuple(
            said.map(|(source, sign)| {
                let fields =
                    [("source", source), ("sign", &sign.sign), ("name", &sign.name), ("class", sign.class.as_str())];
                Value::object(fields.map(|(name, text)| (name.into(), Value::string(text))))
            })
            .collect(),
        )
    }
}

/// Gives every entity its environment.
pub fn assign(out: &mut Lowered, told: &Told) {
    jobs(out, told);
    roots(out, told);
    if !told.is_empty() {
        manifests(out, told);
    }
}

/// Terraform.
fn roots(out: &mut Lowered, told: &Told) {
    let mut signs: BTreeMap<Deployment, Signs> = BTreeMap::new();
    for root in out.entities.iter().filter(|e| is_root(e)) {
        signs.entry(deployment(root)).or_default().place.clone_from(&root.environment);
    }
    if signs.is_empty() {
        return;
    }
    let applies = Applies::of(out);
    let scenarios: HashMap<Deployment, usize> =
        out.scenarios.iter().enumerate().map(|(i, s)| ((s.scope.clone(), Some(s.name.clone())), i)).collect();
    for (key, signs) in &mut signs {
        let scenario = scenarios.get(key).map(|i| &out.scenarios[*i]);
        let by_file = scenario.into_iter().flat_map(|s| &s.files).find_map(|file| told.by_path(file));
        let workspace = scenario.and_then(|s| s.workspace.as_deref());
        signs.told = by_file
            .or_else(|| told.by_directory(&key.0))
            .or_else(|| workspace.and_then(|name| told.by_workspace(name)));
        signs.pipeline = applies.environment(&key.0, scenario);
    }
    for entity in &out.entities {
        let is_backend = entity.kind == "terraform.backend";
        if !is_backend && entity.kind != "terraform.provider" {
            continue;
        }
        let (Some(signs), Some(body)) = (signs.get_mut(&deployment(entity)), entity.body.as_object()) else { continue };
        if is_backend {
            signs.state = signs.state.take().or_else(|| by_state(body));
            let workspace = body.get("workspaces").map(|w| texts(block(w).and_then(|w| w.get("name"))));
            let named = workspace.into_iter().flatten().find_map(|name| told.by_workspace(&name));
            signs.told = signs.told.take().or(named);
        } else if entity.calls.is_empty() && !body.fields.contains_key("alias") {
            signs.account = signs.account.take().or_else(|| accounts(body).find_map(|id| told.by_account(&id)));
            signs.tags = signs.tags.take().or_else(|| by_default_tags(body));
        }
    }
    let settled: BTreeMap<&Deployment, (Option<Environment>, bool)> =
        signs.iter().map(|(key, signs)| (key, signs.whole())).collect();
    for entity in &mut out.entities {
        let key = deployment(entity);
        let (Some(signs), Some((whole, disputed))) = (signs.get(&key), settled.get(&key)) else { continue };
        entity.environment = match entity.kind.as_str() {
            "terraform.backend" => signs.of_backend(),
            "terraform.provider" => signs.of_provider(),
            // An object of Kubernetes in a root that has none is told by its own signs.
            _ if whole.is_none() && !disputed => entity.environment.take(),
            _ => whole.clone(),
        };
        if is_root(entity) {
            about_root(entity, signs, *disputed);
        } else if entity.environment.is_none() && !disputed && !entity.kind.contains('.') {
            entity.environment = entity.body.as_object().and_then(by_own_tags);
        }
    }
}

fn is_root(entity: &Entity) -> bool {
    entity.kind == "terraform.root"
}

fn deployment(entity: &Entity) -> Deployment {
    (entity.scope.clone(), entity.scenario.clone())
}

fn about_root(entity: &mut Entity, signs: &Signs, disputed: bool) {
    let origins = entity.body.origins.clone();
    if let Repr::Object(object) = &mut entity.body.repr {
        let object = std::sync::Arc::make_mut(object);
        object.fields.insert("signs".into(), signs.list().with_origins(origins.clone()));
        object.fields.insert("disputed".into(), Value::bool(disputed).with_origins(origins));
    }
}

/// By where a state is kept.
fn by_state(backend: &Object) -> Option<Environment> {
    let field = |name: &str| backend.get(name).and_then(Value::as_str);
    let mut paths = ["key", "prefix", "workspace_key_prefix", "path"].into_iter().filter_map(|n| Some((n, field(n)?)));
    let by_path = paths.find_map(|(name, text)| {
        let found = classify_path(text)?;
        Some(Environment { sign: eco_format!("{name} \"{text}\" of the state"), ..found })
    });
    by_path.or_else(|| {
        let workspaces = backend.get("workspaces").and_then(block)?;
        let name = workspaces.get("name").and_then(Value::as_str)?;
        let (word, class) = classify_name(name)?;
        Some(Environment { name: word, class, sign: eco_format!("workspace \"{name}\" of the state") })
    })
}

/// The accounts that a provider is configured for, as far as they are written.
fn accounts(provider: &Object) -> impl Iterator<Item = EcoString> {
    let mut out = texts(provider.get("allowed_account_ids"));
    for name in ["subscription_id", "project"] {
        out.extend(texts(provider.get(name)));
    }
    let role = provider.get("assume_role").and_then(block).and_then(|b| b.get("role_arn")).and_then(Value::as_str);
    // arn:aws:iam::111122223333:role/deploy
    out.extend(role.and_then(|arn| arn.split(':').nth(4)).filter(|id| !id.is_empty()).map(EcoString::from));
    out.into_iter()
}

fn by_default_tags(provider: &Object) -> Option<Environment> {
    let tags = provider.get("default_tags").and_then(block).and_then(|b| b.get("tags"));
    by_tags(tags.or_else(|| provider.get("default_labels"))?, "default tag")
}

fn by_own_tags(resource: &Object) -> Option<Environment> {
    let all = resource.identity.as_ref().and_then(|i| i.attribute("tags_all"));
    let all = all.as_ref().or_else(|| resource.get("tags")).or_else(|| resource.get("labels"));
    by_tags(all?, "tag")
}

fn by_tags(tags: &Value, word: &str) -> Option<Environment> {
    let tags = tags.as_object()?;
    let is_name = |name: &str| matches!(name.to_lowercase().as_str(), "environment" | "env" | "stage");
    let (name, value) = tags.fields.iter().find(|(name, _)| is_name(name))?;
    let text = value.as_str()?;
    let (word_of, class) = classify_name(text)?;
    Some(Environment { name: word_of, class, sign: eco_format!("{word} {name} = \"{text}\"") })
}

fn text<'a>(object: Option<&'a Object>, name: &str) -> Option<&'a str> {
    object?.get(name).and_then(Value::as_str)
}

/// A block that occurs once, or an object.
fn block(value: &Value) -> Option<&Object> {
    match value.as_list() {
        Some(list) => match &list.items[..] {
            [only] => only.as_object(),
            _ => None,
        },
        None => value.as_object(),
    }
}

/// A text, or the known texts of a list.
fn texts(value: Option<&Value>) -> Vec<EcoString> {
    let Some(value) = value else { return Vec::new() };
    let items = value.as_list().map_or(std::slice::from_ref(value), |list| &list.items);
    items.iter().filter_map(Value::as_str).map(EcoString::from).collect()
}

/// Jobs of pipelines, as the configuration says: by the environment that they name.
fn jobs(out: &mut Lowered, told: &Told) {
    if told.environments.iter().all(|e| e.ci.is_empty()) {
        return;
    }
    let mut found: HashMap<(EcoString, EcoString), Environment> = HashMap::new();
    for entity in &mut out.entities {
        let Some(body) = entity.body.as_object() else { continue };
        let Some(name) = body.get("environment_name").and_then(Value::as_str) else { continue };
        if let Some(environment) = told.by_ci(name) {
            found.insert((entity.scope.clone(), entity.address.clone()), environment.clone());
            entity.environment = Some(environment);
        }
    }
    for step in out.entities.iter_mut().filter(|e| e.kind.ends_with(".step")) {
        let Some((job, _)) = step.address.rsplit_once('[') else { continue };
        if let Some(environment) = found.get(&(step.scope.clone(), job.into())) {
            step.environment = Some(environment.clone());
        }
    }
}

/// Kubernetes objects, as the configuration says: by path, namespace, cluster.
fn manifests(out: &mut Lowered, told: &Told) {
    let is_manifest = |e: &&mut Entity| {
        e.body.as_object().is_some_and(|o| o.fields.contains_key("kind") && o.fields.contains_key("apiVersion"))
    };
    for entity in out.entities.iter_mut().filter(is_manifest) {
        let Some(body) = entity.body.as_object() else { continue };
        let metadata = body.get("metadata").and_then(Value::as_object);
        let namespace = match entity.kind.as_str() {
            "Namespace" => text(metadata, "name"),
            _ => text(metadata, "namespace"),
        };
        let destination = body.get("spec").and_then(Value::as_object).and_then(|s| s.get("destination")?.as_object());
        let cluster = || text(destination, "name").or_else(|| text(destination, "server"));
        let found = told
            .by_path(&entity.scope)
            .or_else(|| namespace.or_else(|| text(destination, "namespace")).and_then(|n| told.by_namespace(n)))
            .or_else(|| cluster().and_then(|c| told.by_cluster(c)));
        if let Some(found) = found {
            entity.environment = Some(found);
        }
    }
}
