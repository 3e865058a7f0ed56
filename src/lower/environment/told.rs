//! What the configuration says of environments. It outweighs every other sign.

use ecow::{EcoString, eco_format};
use globset::GlobSet;

use crate::model::{Environment, EnvironmentClass};

/// What the configuration says of environments.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// What the configuration is called.
    pub file: EcoString,
    /// The way from its directory to what is checked.
    pub way: EcoString,
    /// The environments in source order: of several that something belongs to, the first counts.
    pub environments: Vec<ToldEnvironment>,
}

/// An environment, and what belongs to it.
#[derive(Clone, Debug)]
pub struct ToldEnvironment {
    /// Its name, as names told by other signs are spelt.
    pub name: EcoString,
    /// What kind of environment it is.
    pub class: EnvironmentClass,
    /// Files and directories, relative to the configuration.
    pub paths: GlobSet,
    /// Terraform's workspaces.
    pub workspaces: GlobSet,
    /// Kubernetes namespaces.
    pub namespaces: GlobSet,
    /// Accounts, subscriptions, projects.
    pub accounts: GlobSet,
    /// Environments that jobs of pipelines name.
    pub ci: GlobSet,
    /// Kubernetes clusters.
    pub clusters: GlobSet,
}

impl Told {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.environments.is_empty()
    }

    /// By the path of a file in the tree. What holds of a directory holds of what is in it.
    pub fn by_path(&self, path: &str) -> Option<Environment> {
        if self.is_empty() {
            return None;
        }
        let full = full_path(&self.way, path)?;
        let ends = full.match_indices('/').map(|(at, _)| at).chain([full.len()]);
        let all: Vec<&str> = ends.map(|at| &full[..at]).collect();
        self.first("path", path, |e| all.iter().any(|path| e.paths.is_match(path)))
    }

    /// By the directory of a root.
    pub fn by_directory(&self, dir: &str) -> Option<Environment> {
        let dir = if dir == "." { "" } else { dir };
        // A pattern for files (`live/**`, `envs/prod/*.tf`) means the directory that holds them.
        let file = if dir.is_empty() { EcoString::from("main.tf") } else { eco_format!("{dir}/main.tf") };
        let mut found = self.by_path(&file)?;
        found.sign = self.sign("path", if dir.is_empty() { "." } else { dir });
        Some(found)
    }

    /// By a workspace.
    pub fn by_workspace(&self, name: &str) -> Option<Environment> {
        self.first("workspace", name, |e| e.workspaces.is_match(name))
    }

    /// By a namespace.
    pub fn by_namespace(&self, name: &str) -> Option<Environment> {
        self.first("namespace", name, |e| e.namespaces.is_match(name))
    }

    /// By an account, a subscription or a project.
    pub fn by_account(&self, id: &str) -> Option<Environment> {
        self.first("account", id, |e| e.accounts.is_match(id))
    }

    /// By the environment that a job names.
    pub fn by_ci(&self, name: &str) -> Option<Environment> {
        self.first("ci", name, |e| e.ci.is_match(name))
    }

    /// By a cluster.
    pub fn by_cluster(&self, name: &str) -> Option<Environment> {
        self.first("cluster", name, |e| e.clusters.is_match(name))
    }

    fn first(&self, what: &str, name: &str, holds: impl Fn(&ToldEnvironment) -> bool) -> Option<Environment> {
        let found = self.environments.iter().find(|e| holds(e))?;
        Some(Environment { name: found.name.clone(), class: found.class, sign: self.sign(what, name) })
    }

    fn sign(&self, what: &str, name: &str) -> EcoString {
        eco_format!("{}, {what} \"{name}\"", self.file)
    }
}

/// The path as the configuration sees it; none if it lies outside of its directory.
fn full_path(way: &str, path: &str) -> Option<String> {
    let mut steps: Vec<&str> = way.split('/').filter(|s| !s.is_empty()).collect();
    for step in path.split('/').filter(|s| !s.is_empty() && *s != ".") {
        if step == ".." {
            steps.pop()?;
        } else {
            steps.push(step);
        }
    }
    Some(steps.join("/"))
}
