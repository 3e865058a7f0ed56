//! `trustlint init`: a configuration to begin with, from what the repository shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use super::{
    Terminal,
    args::InitArgs,
    exit::{Exit, Failure},
    target::Target,
};
use crate::{
    config::FILE_NAME,
    lower,
    model::{EnvironmentClass, Project},
    source::path,
};

/// CI systems by the kind of their jobs.
const SYSTEMS: [(&str, &str); 6] = [
    ("github.workflow", "GitHub Actions"),
    ("gitlab.pipeline", "GitLab CI"),
    ("circleci.pipeline", "CircleCI"),
    ("azure_pipelines.pipeline", "Azure Pipelines"),
    ("bitbucket.pipeline", "Bitbucket Pipelines"),
    ("jenkins.pipeline", "Jenkins"),
];

/// Where an incident response plan may be.
const PLANS: [&str; 4] = [
    "docs/incident-response.md",
    "docs/incident_response.md",
    "INCIDENT_RESPONSE.md",
    "docs/security/incident-response.md",
];

/// Writes the file, unless there is one.
pub(super) fn run(args: &InitArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let file = args.directory.join(FILE_NAME);
    if file.exists() && !args.print {
        return Err(Failure::usage(format!("{} is there already", file.display()))
            .help("`trustlint init --print` shows what would be written; `trustlint config` what is in force."));
    }
    let target = Target::directory(&args.directory, rayon::current_num_threads())?;
    let project = lower::project(&*target.tree, &lower::Options::default());
    let text = text(&project, &|path| target.tree.read(path).is_ok());
    if args.print {
        terminal.out(&text);
        return Ok(Exit::Clean);
    }
    std::fs::write(&file, &text).map_err(|e| Failure::usage(format!("{} cannot be written: {e}", file.display())))?;
    terminal.out(&format!(
        "wrote {}\n\nNext:\n  trustlint check             what there is to mend\n  trustlint baseline write    write that down; with --baseline only what is new is reported\n  \
         trustlint config            what is in force\n",
        file.display()
    ));
    Ok(Exit::Clean)
}

/// An environment that was found.
#[derive(Default)]
struct Found {
    class: Option<EnvironmentClass>,
    /// By what signs.
    signs: BTreeSet<String>,
    /// Directories of which everything belongs to it.
    paths: BTreeSet<String>,
}

fn text(project: &Project, exists: &dyn Fn(&str) -> bool) -> String {
    let mut out = String::from(
        "# What trustlint cannot tell from the files. Every part may be left out; a mistake in it is shown on its own text.\n\n",
    );
    let environments = environments(project);
    out.push_str("# Environments, as the files show them. Correct what is wrong: rules about separation and deployment stand on it.\n");
    if environments.is_empty() {
        out.push_str("# None was found. For each:\n#\n# environment \"production\" {\n#   paths = [\"live\"]\n# }\n");
    }
    for (name, found) in &environments {
        let signs: Vec<&str> = found.signs.iter().take(3).map(String::as_str).collect();
        let _ = writeln!(out, "#\n# {name}: by {}", signs.join("; "));
        let class = found.class.map_or("production", EnvironmentClass::as_str);
        let paths: Vec<String> = found.paths.iter().map(|p| format!("\"{}\"", p.replace('"', "\\\""))).collect();
        let block = format!(
            "environment \"{name}\" {{\n  class = \"{class}\"\n  paths = [{}]\n}}\n",
            if paths.is_empty() { String::new() } else { paths.join(", ") }
        );
        if paths.is_empty() {
            // Nothing to write down: no directory is its own.
            let block = block.replace("  paths = []\n", "");
            block.lines().for_each(|line| {
                let _ = writeln!(out, "# {line}");
            });
        } else {
            out.push_str(&block);
        }
    }
    let systems: Vec<&str> = SYSTEMS
        .iter()
        .filter(|(kind, _)| project.entities.iter().any(|e| e.kind == *kind))
        .map(|(_, name)| *name)
        .collect();
    out.push_str("\n# Pipelines that were found: ");
    let _ = writeln!(out, "{}.", if systems.is_empty() { "none".into() } else { systems.join(", ") });
    if systems.contains(&"GitHub Actions") {
        out.push_str("# Which reviews the host demands is not in the files: `trustlint host --provider github > .trustlint/host.json`.\n");
    }
    out.push_str("\n# Documents that an auditor asks for: a path, or a URL.\n");
    match PLANS.iter().find(|path| exists(path)) {
        Some(path) => {
            let _ = writeln!(out, "documents {{\n  incident_response = \"{path}\"\n}}");
        }
        None => out.push_str("# documents {\n#   incident_response = \"docs/incident-response.md\"\n# }\n"),
    }
    out.push_str(
        "\n# What a firm may decide for itself, such as the days that logs are kept; `trustlint explain RULE` names the inputs.\n\
         # inputs \"aws-cloudwatch-log-retention-90-days\" {\n#   least_days = 180\n# }\n\n\
         # Rules of your own, and rules that do not fit you, with the reason.\n# rules {\n#   directories = [\"policies\"]\n\
         #   off         = { \"aws-sqs-queue-encrypted\" = \"Queues hold no customer data.\" }\n\
         #   severities  = { \"kubernetes-root-filesystem-read-only\" = \"low\" }\n# }\n\n\
         # What nobody deploys.\n# exclude \"examples\" {\n#   reason = \"Shown in the documentation only.\"\n# }\n",
    );
    out
}

fn environments(project: &Project) -> BTreeMap<String, Found> {
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let mut dirs: BTreeSet<String> = BTreeSet::new();
    // Which environments what lies below a directory belongs to.
    let mut below: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
    for entity in project.entities.iter().filter(|e| e.has_text() && !project.files.is_foreign(e.file())) {
        if (entity.file().0 as usize) >= project.files.len() {
            continue;
        }
        let name = entity.environment.as_ref().map(|e| e.name.to_string());
        if let Some(environment) = &entity.environment {
            let entry = found.entry(environment.name.to_string()).or_default();
            entry.class = Some(environment.class);
            entry.signs.insert(environment.sign.to_string());
        }
        // What an overlay or a root makes of a file elsewhere says nothing of that file.
        let (file, scope) = (project.files.path(entity.file()), entity.scope.as_str());
        let is_own = scope.is_empty() || file == scope || file.starts_with(&format!("{scope}/"));
        let mut dir = if is_own { path::dir_of(file) } else { scope };
        dirs.insert(dir.to_string());
        loop {
            below.entry(dir.to_string()).or_default().insert(name.clone());
            if dir.is_empty() {
                break;
            }
            dir = path::dir_of(dir);
        }
    }
    let own = |dir: &str| {
        let names = below.get(dir)?;
        match names.iter().next() {
            Some(Some(name)) if names.len() == 1 => Some(name.clone()),
            _ => None,
        }
    };
    for dir in below.keys() {
        let Some(name) = own(dir) else { continue };
        if !dir.is_empty() && own(path::dir_of(dir)).is_some() {
            continue;
        }
        // `live/production`, not `live`, if there is nothing else in `live`.
        let inside = dirs.iter().filter(|d| dir.is_empty() || *d == dir || d.starts_with(&format!("{dir}/")));
        let common = inside.cloned().reduce(|a, b| common_directory(&a, &b)).unwrap_or_default();
        if let Some(entry) = found.get_mut(&name).filter(|_| !common.is_empty()) {
            entry.paths.insert(common);
        }
    }
    found
}

/// The directory that holds both.
fn common_directory(a: &str, b: &str) -> String {
    let same = a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).map(|(a, _)| a);
    same.collect::<Vec<_>>().join("/")
}
