//! Which environment a path, a namespace, a workspace or a job belongs to.
//!
//! Names are taken apart into words, and only whole words count: `prod-eu` is production, `product`
//! and `reproduce` are not. What says that something is *not* production (`non-prod`, `preprod`) is
//! looked for first, because it contains the word for production.
//!
//! How much a word is worth depends on where it stands. What is known to name an environment (a
//! GitHub environment, a workspace) may be called `test`; a directory `test` beside `main.tf` is
//! far more often a test suite. So there are several doors: [`classify_name`] for names of
//! environments, [`classify_path`] for directories and files, [`classify_label`] for titles. What all signs
//! say together is for [`assign`], which runs once everything is read.

mod applies;
mod assign;
mod told;

use ecow::{EcoString, eco_format};

pub use assign::assign;
pub use told::{Told, ToldEnvironment};

use crate::model::{Environment, EnvironmentClass};

/// What one word says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    name: EcoString,
    class: EnvironmentClass,
    /// Whether the word also has an everyday meaning: `test`, `live`.
    everyday: bool,
}

/// Directories below which environments are named.
const HOLDERS: &[&str] = &[
    "account",
    "accounts",
    "cluster",
    "clusters",
    "deploy",
    "deployment",
    "deployments",
    "env",
    "environment",
    "environments",
    "envs",
    "inventories",
    "live",
    "overlay",
    "overlays",
    "stages",
    "tfvars",
    "workspaces",
];

/// Directories below which nothing is deployed, whatever it is called.
const SAMPLES: &[&str] = &[
    "__tests__",
    "_archive",
    "_archived",
    "archive",
    "archived",
    "deprecated",
    "e2e",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "sample",
    "samples",
    "spec",
    "testdata",
    "tests",
];

/// Words before the name of an environment in the title of a job.
const DEPLOY_WORDS: &[&str] = &[
    "apply",
    "deploy",
    "deploying",
    "deployment",
    "deploys",
    "promote",
    "provision",
    "publish",
    "release",
    "rollout",
    "ship",
];

/// Words that name an environment as a directory but have an everyday meaning in a title.
const EVERYDAY_IN_TITLES: &[&str] = &["qa", "sit", "stage"];

/// File name endings that say nothing about the environment.
const EXTENSIONS: &[&str] =
    &[".yaml", ".yml", ".json", ".tfvars", ".tfbackend", ".tf", ".tofu", ".hcl", ".env", ".toml", ".properties"];

/// The environment that the name of an environment means: `prd`, `team-a-staging`, `non-prod`.
/// None if it says nothing, or contradicts itself (`dev-to-prod`).
pub fn classify_name(name: &str) -> Option<(EcoString, EnvironmentClass)> {
    settle(&read(&words(name)).into_iter().map(|(_, w)| w).collect::<Vec<_>>()).map(|w| (w.name, w.class))
}

/// The environment that a title or the key of a job speaks of: `deploy-prod`, `Release to QA`.
///
/// Words with an everyday meaning count only behind a word for deploying, since a job `test` runs
/// tests; and "to" names the goal: `Promote staging to production` is about production.
/// Shared infrastructure is not told from titles: `build-platform` says nothing.
pub fn classify_label(label: &str) -> Option<(EcoString, EnvironmentClass)> {
    let words = words(label);
    let deploys_at = words.iter().position(|w| DEPLOY_WORDS.contains(&w.as_str()));
    let found: Vec<(usize, Word)> = read(&words)
        .into_iter()
        .filter(|(at, word)| {
            let everyday = word.everyday || EVERYDAY_IN_TITLES.contains(&words[*at].as_str());
            word.class != EnvironmentClass::Shared && (!everyday || deploys_at.is_some_and(|d| d < *at))
        })
        .collect();
    let goal = found.iter().rev().find(|(at, _)| {
        let before = &words[..*at];
        before.iter().rev().find(|w| *w != "the").is_some_and(|w| w == "to" || w == "into")
    });
    if let Some((_, word)) = goal {
        return Some((word.name.clone(), word.class));
    }
    settle(&found.into_iter().map(|(_, w)| w).collect::<Vec<_>>()).map(|w| (w.name, w.class))
}

/// The environment that the path of a directory or file belongs to.
///
/// The deepest segment that says something wins, but an environment beats shared infrastructure:
/// `prod/shared` is shared by the parts of production. A path that names production *and* another
/// environment belongs to none, because either guess would be wrong half of the time: it would hide
/// a fault of production, or report one that is not there. The exception is a name below a
/// directory made for environments, which outweighs the others: `envs/prod/dev-tools` is production.
pub fn classify_path(path: &str) -> Option<Environment> {
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty() && *s != ".").collect();
    if segments.iter().any(|s| SAMPLES.contains(&s.to_ascii_lowercase().as_str())) {
        return None;
    }
    let mut found: Vec<Sighting> = Vec::new();
    // Whether a directory for environments is above, and none is named yet below it.
    let mut awaited = false;
    for (i, segment) in segments.iter().enumerate() {
        let is_file = i + 1 == segments.len() && is_file_name(segment);
        let name = if is_file { stem(segment) } else { segment };
        let said: Vec<Word> =
            read(&words(name)).into_iter().map(|(_, w)| w).filter(|w| awaited || !w.everyday).collect();
        if let Some(word) = settle(&said) {
            let place = if is_file { "file" } else { "directory" };
            let sign = eco_format!("{place} \"{}\"", segments[..=i].join("/"));
            let names_environment = word.class != EnvironmentClass::Shared;
            found.push(Sighting { word, sign, below_holder: awaited });
            awaited &= !names_environment;
        } else if !is_file && HOLDERS.contains(&segment.to_ascii_lowercase().as_str()) {
            awaited = true;
        }
    }
    decide(found)
}

/// A segment that names an environment.
struct Sighting {
    word: Word,
    sign: EcoString,
    below_holder: bool,
}

fn decide(found: Vec<Sighting>) -> Option<Environment> {
    let shared = |s: &Sighting| s.word.class == EnvironmentClass::Shared;
    let all_shared = found.iter().all(shared);
    let mut candidates: Vec<Sighting> = found.into_iter().filter(|s| all_shared || !shared(s)).collect();
    if let Some(holder) = candidates.iter().rfind(|s| s.below_holder) {
        let class = holder.word.class;
        let agreed = candidates.iter().filter(|s| s.below_holder).all(|s| s.word.class == class);
        if !agreed {
            return None;
        }
        candidates.retain(|s| s.word.class == class);
    }
    let deepest = candidates.pop()?;
    candidates.iter().all(|s| s.word.class == deepest.word.class).then_some(Environment {
        name: deepest.word.name,
        class: deepest.word.class,
        sign: deepest.sign,
    })
}

/// The environment that a Kubernetes namespace is for.
pub fn classify_namespace(namespace: &str) -> Option<Environment> {
    named(namespace, "namespace")
}

/// The environment that a label of a Kubernetes object names: `env: staging`.
pub fn classify_label_value(label: &str, value: &str) -> Option<Environment> {
    let (name, class) = classify_name(value)?;
    Some(Environment { name, class, sign: eco_format!("label \"{label}: {value}\"") })
}

/// The environment that a Terraform workspace is for. `default` says nothing.
pub fn from_workspace(workspace: &str) -> Option<Environment> {
    named(workspace, "workspace")
}

/// The environment that a variable file is for: by its own name (`prod.tfvars`), else by its
/// directory. `terraform.tfvars` says nothing by itself.
pub fn from_variable_file(path: &str) -> Option<Environment> {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = stem(name.strip_suffix(".json").unwrap_or(name));
    let stem = stem.strip_suffix(".auto").unwrap_or(stem);
    let own = classify_name(stem).map(|(name, class)| Environment {
        name,
        class,
        sign: eco_format!("variable file \"{path}\""),
    });
    own.or_else(|| classify_path(dir))
}

/// The environment that a CI job names.
///
/// The host knows it by this name, so it is an environment even if the name says nothing; then it
/// is not called production, and the sign says that this is by want of a better sign.
pub fn from_ci_environment(name: &str) -> Environment {
    match classify_name(name) {
        Some((word, class)) => Environment { name: word, class, sign: eco_format!("environment \"{name}\"") },
        None => Environment {
            name: name.to_lowercase().into(),
            class: EnvironmentClass::NonProduction,
            sign: eco_format!("environment \"{name}\", a name that does not say production"),
        },
    }
}

fn named(name: &str, what: &str) -> Option<Environment> {
    let (word, class) = classify_name(name)?;
    Some(Environment { name: word, class, sign: eco_format!("{what} \"{name}\"") })
}

fn is_file_name(segment: &str) -> bool {
    EXTENSIONS.iter().any(|e| segment.len() > e.len() && segment.to_ascii_lowercase().ends_with(e))
}

fn stem(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let ending = EXTENSIONS.iter().find(|e| lower.ends_with(**e)).map_or(0, |e| e.len());
    name.get(..name.len() - ending).unwrap_or(name)
}

/// The words of a name in lower case: split at `-_./`, white space and where `deployProd` changes case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let breaks = !c.is_alphanumeric();
        if breaks || (was_lower && c.is_uppercase()) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase() || c.is_ascii_digit();
        if let (false, Some(word)) = (breaks, words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

/// The words that say something, with their positions; a pair such as `non prod` is one word.
fn read(words: &[String]) -> Vec<(usize, Word)> {
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(word) = words.get(i) {
        let next_is_production =
            || words.get(i + 1).and_then(|w| meaning(w)).is_some_and(|w| w.class == EnvironmentClass::Production);
        let negated = match word.as_str() {
            "non" | "not" if next_is_production() => Some("nonprod"),
            "pre" if next_is_production() => Some("preprod"),
            _ => None,
        };
        if let Some(name) = negated {
            out.push((i, Word { name: name.into(), class: EnvironmentClass::NonProduction, everyday: false }));
            i += 2;
            continue;
        }
        if let Some(said) = meaning(word) {
            out.push((i, said));
        }
        i += 1;
    }
    out
}

/// What a word says. A number at its end names one of several: `prod2`, `dev01`.
fn meaning(word: &str) -> Option<Word> {
    use EnvironmentClass::{NonProduction, Production, Shared};
    let base = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &word[base.len()..];
    let (name, class) = match base {
        "nonprod" | "nonproduction" | "nonprd" | "nonlive" => ("nonprod", NonProduction),
        "preprod" | "preproduction" | "preprd" | "prelive" => ("preprod", NonProduction),
        "prod" | "production" | "prd" | "live" => ("production", Production),
        "staging" | "stage" | "stg" => ("staging", NonProduction),
        "dev" | "develop" | "development" => ("dev", NonProduction),
        "test" | "testing" | "tst" => ("test", NonProduction),
        "sandbox" | "sbx" => ("sandbox", NonProduction),
        "qa" | "uat" | "sit" | "preview" | "demo" => (base, NonProduction),
        "shared" | "common" | "global" | "platform" | "hub" | "bootstrap" => (base, Shared),
        "mgmt" | "management" => ("management", Shared),
        _ => return None,
    };
    let everyday = matches!(base, "test" | "testing" | "live" | "preview" | "demo");
    // `prod2` is as much production as `prod`; but `dev1` and `dev2` are two environments.
    let name = if class == NonProduction { eco_format!("{name}{number}") } else { name.into() };
    Some(Word { name, class, everyday })
}

/// What the words of one name say together: an environment beats shared infrastructure, the first
/// of several counts, and production beside another environment says nothing.
fn settle(words: &[Word]) -> Option<Word> {
    let shared = |w: &&Word| w.class == EnvironmentClass::Shared;
    let mut environments = words.iter().filter(|w| !shared(w));
    let Some(first) = environments.next() else { return words.first().cloned() };
    environments.all(|w| w.class == first.class).then(|| first.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(found: Option<(EcoString, EnvironmentClass)>) -> String {
        found.map_or_else(|| "-".into(), |(name, class)| format!("{name} ({})", class.as_str()))
    }

    #[test]
    fn names_of_environments_are_read_word_by_word() {
        for (name, expected) in [
            ("prod", "production (production)"),
            ("Production", "production (production)"),
            ("PRD", "production (production)"),
            ("live", "production (production)"),
            ("prod2", "production (production)"),
            ("acme-prod-eu-west-1", "production (production)"),
            ("prod.example.com", "production (production)"),
            ("deployProd", "production (production)"),
            ("non-prod", "nonprod (non-production)"),
            ("nonprod", "nonprod (non-production)"),
            ("NonProd", "nonprod (non-production)"),
            ("acme_non_production", "nonprod (non-production)"),
            ("preprod", "preprod (non-production)"),
            ("pre-prod", "preprod (non-production)"),
            ("stg", "staging (non-production)"),
            ("team-a-staging", "staging (non-production)"),
            ("uat", "uat (non-production)"),
            ("qa1", "qa1 (non-production)"),
            ("test", "test (non-production)"),
            ("development", "dev (non-production)"),
            ("dev01", "dev01 (non-production)"),
            ("sandbox", "sandbox (non-production)"),
            ("preview", "preview (non-production)"),
            ("shared", "shared (shared)"),
            ("mgmt", "management (shared)"),
            ("platform-prod", "production (production)"),
            ("dev-to-prod", "-"),
            ("product", "-"),
            ("reproduce", "-"),
            ("producer", "-"),
            ("devices", "-"),
            ("github-pages", "-"),
            ("default", "-"),
            ("", "-"),
        ] {
            assert_eq!(said(classify_name(name)), expected, "{name}");
        }
    }

    #[test]
    fn a_title_of_a_job_speaks_of_an_environment_only_if_it_is_meant() {
        for (label, expected) in [
            ("deploy-prod", "production (production)"),
            ("Terraform apply (production)", "production (production)"),
            ("Promote staging to production", "production (production)"),
            ("deploy to the QA cluster", "qa (non-production)"),
            ("deploy_test", "test (non-production)"),
            ("deploy-dev", "dev (non-production)"),
            ("test", "-"),
            ("integration-test", "-"),
            ("test and deploy", "-"),
            ("qa", "-"),
            ("build-platform", "-"),
            ("publish product page", "-"),
        ] {
            assert_eq!(said(classify_label(label)), expected, "{label}");
        }
    }

    #[test]
    fn a_path_belongs_to_the_environment_of_its_deepest_word() {
        for (path, expected) in [
            ("envs/prod", Some(("production", "directory \"envs/prod\""))),
            ("terraform/envs/production/network", Some(("production", "directory \"terraform/envs/production\""))),
            ("prod/vpc", Some(("production", "directory \"prod\""))),
            ("stage/services", Some(("staging", "directory \"stage\""))),
            ("live/eu-west-1/prod/db", Some(("production", "directory \"live/eu-west-1/prod\""))),
            ("environments/nonprod/dev", Some(("dev", "directory \"environments/nonprod/dev\""))),
            ("charts/web/values-prod.yaml", Some(("production", "file \"charts/web/values-prod.yaml\""))),
            ("infra-prod/main.tf", Some(("production", "directory \"infra-prod\""))),
            ("prod/shared/kms", Some(("production", "directory \"prod\""))),
            ("shared/kms", Some(("shared", "directory \"shared\""))),
            ("envs/test", Some(("test", "directory \"envs/test\""))),
            ("overlays/eu/test", Some(("test", "directory \"overlays/eu/test\""))),
            ("envs/prod/dev-tools", Some(("production", "directory \"envs/prod\""))),
            ("envs/prod/vpc/test", Some(("production", "directory \"envs/prod\""))),
            // Neither guess would be right often enough.
            ("prod/dev", None),
            ("clusters/dev/envs/prod", None),
            // Suites, samples and places that hold environments.
            ("test", None),
            ("test/vpc", None),
            ("tests/prod", None),
            ("modules/db/examples/production", None),
            ("fixtures/envs/prod", None),
            ("live", None),
            ("live/eu-west-1/vpc", None),
            ("services/product", None),
            ("main.tf", None),
            ("", None),
        ] {
            let found = classify_path(path);
            assert_eq!(found.as_ref().map(|e| (e.name.as_str(), e.sign.as_str())), expected, "{path}");
        }
    }

    #[test]
    fn other_doors_say_by_which_sign_they_know() {
        let sign = |e: Option<Environment>| e.map(|e| format!("{}: {}", e.name, e.sign));
        assert_eq!(sign(classify_namespace("shop-stg")).as_deref(), Some("staging: namespace \"shop-stg\""));
        assert_eq!(sign(classify_namespace("kube-system")), None);
        assert_eq!(sign(from_workspace("prd")).as_deref(), Some("production: workspace \"prd\""));
        assert_eq!(sign(from_workspace("default")), None);
        assert_eq!(
            sign(from_variable_file("infra/prod.auto.tfvars")).as_deref(),
            Some("production: variable file \"infra/prod.auto.tfvars\"")
        );
        assert_eq!(
            sign(from_variable_file("envs/dev/terraform.tfvars")).as_deref(),
            Some("dev: directory \"envs/dev\"")
        );
        assert_eq!(from_ci_environment("Prod (EU)").sign, "environment \"Prod (EU)\"");
        let pages = from_ci_environment("github-pages");
        assert_eq!((pages.name.as_str(), pages.class), ("github-pages", EnvironmentClass::NonProduction));
        assert_eq!(pages.sign, "environment \"github-pages\", a name that does not say production");
    }
}
