//! Which root a pipeline applies for which environment.
//!
//! A job that runs `terraform apply` says more of a root than the root does: it names the environment that its
//! host knows, the directory, and with `-var-file` and `-backend-config` the files.

use ecow::{EcoString, eco_format};

use crate::{
    model::{Environment, EnvironmentClass, Lowered, Scenario},
    value::Value,
};

/// A command that applies a root.
struct Apply {
    /// The directories in which it may run: `-chdir`, `cd`; none if nothing says so.
    dirs: Vec<EcoString>,
    /// The files of variables and backends that it names.
    files: Vec<EcoString>,
    environment: Environment,
    /// Whether the job names the environment, rather than being called like one.
    named: bool,
}

/// The commands of all pipelines that apply.
pub(super) struct Applies(Vec<Apply>);

impl Applies {
    /// Those of what was read.
    pub(super) fn of(out: &Lowered) -> Self {
        let mut all = Vec::new();
        for job in out.entities.iter().filter(|e| e.kind == "ci.job") {
            let Some(environment) = &job.environment else { continue };
            let Some(body) = job.body.as_object() else { continue };
            let named = body.get("environment_name").is_some_and(|n| !n.is_null());
            let commands = body.get("commands").and_then(Value::as_list).map_or(&[][..], |l| &l.items);
            for text in commands.iter().filter_map(Value::as_str).filter(|t| deploys(t)) {
                all.push(Apply {
                    dirs: directories(text),
                    files: files(text),
                    environment: Environment {
                        sign: eco_format!("job \"{}\" for {}", job.name, environment.sign),
                        ..environment.clone()
                    },
                    named,
                });
            }
        }
        Self(all)
    }

    /// The environment that a root is applied for, if the jobs that certainly mean it agree.
    pub(super) fn environment(&self, scope: &str, scenario: Option<&Scenario>) -> Option<Environment> {
        let mut found: Option<&Apply> = None;
        for apply in self.0.iter().filter(|a| a.named && a.means(scope, scenario)) {
            match found {
                Some(first) if first.environment.class != apply.environment.class => return None,
                Some(_) => {}
                None => found = Some(apply),
            }
        }
        found.map(|a| &a.environment).filter(|e| e.class != EnvironmentClass::Shared).cloned()
    }
}

impl Apply {
    /// Whether it certainly means this deployment: by a file of the scenario, or by the directory of a root
    /// that has no other.
    fn means(&self, scope: &str, scenario: Option<&Scenario>) -> bool {
        match scenario {
            Some(scenario) => {
                !scenario.plain && scenario.files.iter().any(|file| self.files.iter().any(|f| is_end(file, f)))
            }
            None => self.dirs.iter().any(|dir| dir == scope),
        }
    }
}

/// Whether a path ends in another, whole segments only.
fn is_end(path: &str, end: &str) -> bool {
    path == end || path.strip_suffix(end).is_some_and(|rest| rest.ends_with('/'))
}

fn deploys(text: &str) -> bool {
    let tool = ["terraform", "tofu", "terragrunt"].iter().any(|t| text.contains(t));
    tool && text.split_whitespace().any(|word| word == "apply")
}

/// The directories that a script enters.
fn directories(text: &str) -> Vec<EcoString> {
    let mut out = Vec::new();
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&')).filter(|w| !w.is_empty());
    while let Some(word) = words.next() {
        let dir = match word {
            "cd" | "pushd" => words.next(),
            _ => word.trim_start_matches('-').strip_prefix("chdir="),
        };
        out.extend(dir.and_then(plain));
    }
    out
}

/// The files that a script hands on.
fn files(text: &str) -> Vec<EcoString> {
    let mut out = Vec::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let flag = word.trim_start_matches('-');
        if flag.len() == word.len() {
            continue;
        }
        let file = match flag.split_once('=') {
            Some(("var-file" | "backend-config", file)) => Some(file),
            None if matches!(flag, "var-file" | "backend-config") => words.next(),
            _ => None,
        };
        out.extend(file.and_then(plain));
    }
    out
}

/// A path as written, if no part of it is computed.
fn plain(word: &str) -> Option<EcoString> {
    let path = word.trim_matches(['"', '\'']).trim_end_matches('/');
    let path = path.rsplit_once("../").map_or(path, |(_, rest)| rest);
    let path = path.strip_prefix("./").unwrap_or(path);
    (!path.is_empty() && !path.contains(['$', '`', '*', '{'])).then(|| path.into())
}
