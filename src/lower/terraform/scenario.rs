//! With which values a root is deployed.
//!
//! `terraform apply -var-file=prod.tfvars` and the same with `dev.tfvars` make two deployments of one
//! directory. Each is a scenario: the root is evaluated once for each, and what holds in some of them only is
//! reported so. Files of variables that Terraform does not read by itself name them:
//!
//! - beside the root (`prod.tfvars`) or below it (`env/prod.tfvars`, `envs/prod/terraform.tfvars`), if the root
//!   declares most of what they give a value;
//! - in a directory beside the root, or beside the one that it stands in (`config/prod.tfvars` for `stack/main.tf`
//!   and `stacks/app/main.tf`), if it declares all of it.
//!
//! Several files of one directory that is an environment are parts of one scenario if no two of them give the
//! same variable. `common.tfvars` belongs to every scenario, and so does a file that names no environment and
//! gives nothing that another one gives (`secrets.tfvars`). Samples and backends are no scenarios.
//!
//! The root without any of these files is a scenario of its own, [`BARE`], if it may be deployed so: if every
//! variable has a value without them, and there is a `terraform.tfvars` or they name fewer than two environments. If
//! a variable has no value, it would only say that something is not known that each scenario tells; and where there
//! is a file for each environment, nobody deploys by the defaults.
//!
//! Where no files make scenarios, the workspaces that the root names do; and unless only those can be meant, the
//! root in [`OTHER`], whose name is not known. Where files do, a scenario is in the workspace of its name.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use ecow::{EcoString, eco_format};

use super::{
    Discovery, Given, Modules, Options,
    module::Module,
    tfvars::{self, VariableFile, VariableFiles},
    workspaces::{self, Workspaces},
};
use crate::{
    lower::path::name_of,
    lower::{environment, path::dir_of},
    model::{self, Environment, EnvironmentClass},
    source::{Diagnostic, DiagnosticKind, FileId, Level, SourceMap},
    value::Value,
};

/// What the scenario without further files is called where there are others.
pub const BARE: &str = "(no variable file)";
/// What the scenario is called whose workspace is none of those that are named.
pub const OTHER: &str = "(another workspace)";
/// More scenarios of one root than this are not evaluated.
const MOST_SCENARIOS: usize = 50;
/// A directory of variable files stands at most this many levels above its files.
const DEEPEST: usize = 3;

/// Directories that hold files of variables and say nothing themselves.
const SILENT: &[&str] = &[
    "config",
    "configs",
    "configuration",
    "configurations",
    "deploy",
    "deployment",
    "deployments",
    "env",
    "environment",
    "environments",
    "envs",
    "inputs",
    "parameters",
    "params",
    "settings",
    "stages",
    "terraform",
    "tf",
    "tfvars",
    "var",
    "variables",
    "vars",
    "var-files",
    "workspaces",
];
/// Files that are called by what they are; their directory says what they are for.
const GENERIC: &[&str] = &["inputs", "main", "terraform", "values", "variables", "vars"];
/// Files that belong to every scenario.
const COMMON: &[&str] = &["all", "base", "common", "default", "defaults", "global", "globals", "shared"];
/// Words of files and directories that nothing is deployed with.
const SAMPLES: &[&str] = &[
    "backend",
    "backends",
    "e2e",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "sample",
    "samples",
    "template",
    "templates",
    "testdata",
    "tests",
];

/// One way in which a root is deployed.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// The directory of the root, `""` for the root of the tree.
    pub dir: EcoString,
    /// What it is called; empty if the root has no other.
    pub title: EcoString,
    /// Its files of variables, besides those that are read in any case; later ones win.
    pub files: Vec<Arc<VariableFile>>,
    /// Values that are told by something else than a file of variables, such as the inputs of a Terragrunt
    /// unit. Like variables of the environment they give way to every file.
    pub values: Vec<(EcoString, Value)>,
    /// Its workspace, if that is told.
    pub workspace: Option<EcoString>,
    /// The environment that it deploys, if that can be told.
    pub environment: Option<Environment>,
}

impl Scenario {
    /// The only scenario of a root.
    pub fn only(dir: &EcoString) -> Self {
        Self { dir: dir.clone(), ..Self::default() }
    }

    /// The scope of the root's entities.
    pub fn scope(&self) -> EcoString {
        if self.dir.is_empty() { ".".into() } else { self.dir.clone() }
    }

    /// Its name, if the root has several.
    pub fn name(&self) -> Option<&EcoString> {
        Some(&self.title).filter(|t| !t.is_empty())
    }

    /// Takes the workspace that is called as it is, or that alone is for the same environment.
    fn enter(&mut self, workspaces: &BTreeSet<EcoString>) {
        if self.workspace.is_some() {
            return;
        }
        let last = name_of(&self.title);
        let environment = |w: &&EcoString| {
            let named = environment::from_workspace(w).map(|e| e.name);
            named.is_some() && named == self.environment.as_ref().map(|e| e.name.clone())
        };
        let mut alike = workspaces.iter().filter(environment);
        let only = alike.next().filter(|_| alike.next().is_none());
        self.workspace = workspaces.iter().find(|w| **w == self.title || *w == last).or(only).cloned();
    }

    /// What a report needs to know of it.
    pub(super) fn told(&self) -> Option<model::Scenario> {
        let name = self.name()?.clone();
        let files = self.files.iter().map(|f| f.path.clone()).collect();
        let plain = is_plain(&name);
        Some(model::Scenario { scope: self.scope(), plain, name, files, workspace: self.workspace.clone() })
    }
}

/// Whether a scenario is the root without what has to be named.
pub fn is_plain(name: &str) -> bool {
    name == BARE || name == OTHER
}

/// The scenarios of all roots, in the order of the roots; of one root by name, the bare one last.
pub(super) fn find(
    roots: &[EcoString],
    modules: &Modules,
    files: &SourceMap,
    variables: &VariableFiles,
    options: &Options,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Scenario> {
    // Whoever names a file has chosen.
    let chosen = options.given.iter().any(|g| matches!(g, Given::File(_)));
    let mut found = BTreeMap::new();
    if !chosen && options.discovery != Discovery::Off {
        found = candidates(roots, modules, files, variables, diagnostics);
    }
    let mut out = Vec::new();
    for root in roots {
        let Some(module) = modules.get(root) else { continue };
        let mut own: Vec<Scenario> = options.scenarios.iter().filter(|s| s.dir == *root).cloned().collect();
        let told_by_code = !own.is_empty();
        own.extend(found.remove(root).map(|c| of_root(root, c)).unwrap_or_default());
        let by_files = !own.is_empty();
        let mut others = false;
        if !chosen && options.discovery != Discovery::Off && options.workspace.is_none() {
            let Workspaces { names, others: open } = workspaces::named(module);
            if by_files {
                for scenario in &mut own {
                    scenario.enter(&names);
                }
            } else {
                others = open;
                own.extend(names.into_iter().map(|name| in_workspace(root, name)));
            }
        }
        if own.len() > MOST_SCENARIOS {
            diagnostics.push(too_many(module, own.len()));
            // The sort is stable, so that the same ones are kept each time.
            own.sort_by_key(|s| s.environment.as_ref().is_none_or(|e| e.class != EnvironmentClass::Production));
            own.truncate(MOST_SCENARIOS);
        }
        own.sort_by(|a, b| a.title.cmp(&b.title));
        let bare = own.is_empty()
            || options.discovery == Discovery::WithBare
            || if by_files {
                !told_by_code
                    && (environments(&own) < 2 || has_main_file(root, variables))
                    && is_complete(module, root, variables, options)
            } else {
                others
            };
        if bare {
            let title = match (own.is_empty(), by_files) {
                (true, _) => EcoString::new(),
                (false, true) => BARE.into(),
                (false, false) => OTHER.into(),
            };
            own.push(Scenario { title, ..Scenario::only(root) });
        }
        make_unique(&mut own);
        out.extend(own);
    }
    out
}

/// How many different environments scenarios are for.
fn environments(scenarios: &[Scenario]) -> usize {
    scenarios.iter().filter_map(|s| s.environment.as_ref()).map(|e| &e.name).collect::<HashSet<_>>().len()
}

/// Whether a root has a `terraform.tfvars`, which somebody wrote to deploy with.
fn has_main_file(root: &EcoString, variables: &VariableFiles) -> bool {
    let names = variables.automatic.get(root).into_iter().flatten().map(|f| f.path.rsplit('/').next());
    names.flatten().any(|name| matches!(name, "terraform.tfvars" | "terraform.tfvars.json"))
}

/// Tells scenarios of one name apart, which would be taken for each other.
fn make_unique(scenarios: &mut [Scenario]) {
    let mut seen: HashMap<EcoString, usize> = HashMap::new();
    for scenario in scenarios {
        let turn = seen.entry(scenario.title.clone()).or_default();
        *turn += 1;
        if *turn > 1 {
            scenario.title = eco_format!("{} #{turn}", scenario.title);
        }
    }
}

/// The scenario that a workspace makes.
fn in_workspace(root: &EcoString, name: EcoString) -> Scenario {
    Scenario {
        environment: environment::from_workspace(&name),
        title: name.clone(),
        workspace: Some(name),
        ..Scenario::only(root)
    }
}

fn too_many(module: &Module, all: usize) -> Diagnostic {
    let message = format!(
        "this root can be deployed in {all} ways by its files of variables or workspaces; {MOST_SCENARIOS} of them are evaluated"
    );
    let mut note = match &module.first {
        Some(first) => Diagnostic::error(DiagnosticKind::Configuration, message, first.header),
        None => Diagnostic::about_file(DiagnosticKind::Configuration, message, module.dir.as_str()),
    };
    note.level = Level::Note;
    note.help("Those of production come first. `--var-file` or `--workspace` evaluates one alone.")
}

/// Whether every variable of a root has a value without further files.
fn is_complete(module: &Module, root: &EcoString, variables: &VariableFiles, options: &Options) -> bool {
    let given: HashSet<&str> = variables
        .automatic
        .get(root)
        .into_iter()
        .flatten()
        .flat_map(|f| f.names())
        .map(EcoString::as_str)
        .chain(options.environment.iter().map(|(name, _)| name.as_str()))
        .chain(options.given.iter().filter_map(|g| match g {
            Given::Value(name, _) => Some(name.as_str()),
            Given::File(_) => None,
        }))
        .collect();
    module
        .variables
        .iter()
        .all(|(name, v)| v.block.body.attribute("default").is_some() || given.contains(name.as_str()))
}

/// A file of variables that may make a scenario of a root.
struct Candidate {
    file: Arc<VariableFile>,
    /// The directories that say something, from the root on.
    dirs: Vec<EcoString>,
    /// Its name without endings.
    stem: EcoString,
}

/// The files for each root.
fn candidates(
    roots: &[EcoString],
    modules: &Modules,
    files: &SourceMap,
    variables: &VariableFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<EcoString, Vec<Candidate>> {
    let roots: BTreeSet<&EcoString> = roots.iter().collect();
    let mut out: BTreeMap<EcoString, Vec<Candidate>> = BTreeMap::new();
    // What is read by itself in the directory of a module is of other use elsewhere.
    let read_elsewhere = variables.automatic.iter().filter(|(dir, _)| !modules.contains_key(*dir));
    let parsed = read_elsewhere.flat_map(|(_, files)| files.iter().map(|f| (f.path.clone(), Ok(f.clone()))));
    let unread = variables.others.iter().map(|(path, id)| (path.clone(), Err(*id)));
    for (path, file) in parsed.chain(unread) {
        let (owners, way) = owners(dir_of(&path), &roots, modules);
        let Some(mut candidate) = named(&path, &way) else { continue };
        let mut fits: Vec<EcoString> = Vec::new();
        let is_shown = |c: &Candidate| !c.file.values.is_empty() || says(&c.title(true));
        if !owners.is_empty() {
            candidate.file = file.unwrap_or_else(|id: FileId| tfvars::read(files, id, diagnostics));
            let beside = owners.iter().any(|o| !is_below(dir_of(&path), o));
            fits.extend(
                owners.into_iter().filter(|o| modules.get(o).is_some_and(|m| fits_in(m, &candidate.file, beside))),
            );
        }
        // A file without values says nothing but its name.
        for root in fits.into_iter().filter(|_| is_shown(&candidate)) {
            let Candidate { file, dirs, stem } = &candidate;
            let candidate = Candidate { file: file.clone(), dirs: dirs.clone(), stem: stem.clone() };
            out.entry(root).or_default().push(candidate);
        }
    }
    for candidates in out.values_mut() {
        candidates.sort_by(|a, b| a.file.path.cmp(&b.file.path));
    }
    out
}

fn is_below(path: &str, dir: &str) -> bool {
    dir.is_empty() || path == dir || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

fn parent(dir: &str) -> Option<&str> {
    if dir.is_empty() { None } else { Some(dir_of(dir)) }
}

/// Whether a directory is one or two levels below another.
fn stands_in(dir: &str, above: &str) -> bool {
    parent(dir).is_some_and(|p| p == above || parent(p) == Some(above))
}

/// The roots that files of this directory may be for, and the way from there: the nearest module above, if it is
/// a root; else the roots beside a directory above that is made for such files.
fn owners(dir: &str, roots: &BTreeSet<&EcoString>, modules: &Modules) -> (Vec<EcoString>, EcoString) {
    let way_from = |above: &str| EcoString::from(dir[above.len()..].trim_start_matches('/'));
    let mut above = Some(dir);
    while let Some(at) = above {
        let at_dir = EcoString::from(at);
        if modules.contains_key(&at_dir) {
            let way = way_from(at);
            let near = way.split('/').count() <= DEEPEST;
            let owners = if near && roots.contains(&at_dir) { vec![at_dir] } else { Vec::new() };
            return (owners, way);
        }
        above = parent(at);
    }
    let mut above = parent(dir);
    for _ in 0..DEEPEST {
        let Some(at) = above else { break };
        let way = way_from(at);
        let holder = way.split('/').next().unwrap_or("").to_lowercase();
        let beside: Vec<EcoString> = roots.iter().filter(|r| stands_in(r, at)).map(|r| (*r).clone()).collect();
        if SILENT.contains(&holder.as_str()) && !beside.is_empty() {
            return (beside, way);
        }
        above = parent(at);
    }
    (Vec::new(), EcoString::new())
}

/// What a file is called, as far as that matters; none if it is a sample or something else than variables.
fn named(path: &str, way: &str) -> Option<Candidate> {
    let file = name_of(path);
    let stem = file.strip_suffix(".json").unwrap_or(file);
    let stem = stem.strip_suffix(".tfvars").unwrap_or(stem);
    let stem = stem.strip_suffix(".auto").unwrap_or(stem);
    let is_sample = |text: &str| {
        let text = text.to_lowercase();
        text.split(|c: char| !c.is_alphanumeric()).any(|word| SAMPLES.contains(&word))
    };
    if is_sample(stem) || way.split('/').any(is_sample) {
        return None;
    }
    let dirs = way.split('/').filter(|d| !d.is_empty() && !SILENT.contains(&d.to_lowercase().as_str()));
    let mut dirs: Vec<EcoString> = dirs.map(EcoString::from).collect();
    let mut stem = EcoString::from(stem);
    if stem.is_empty() || GENERIC.contains(&stem.to_lowercase().as_str()) {
        // `vars/terraform.tfvars`: a directory that says nothing says more than the file.
        let last = way.rsplit('/').next().filter(|d| !d.is_empty());
        match (dirs.is_empty(), last) {
            (true, None) => {}
            (true, Some(last)) => {
                dirs.push(last.into());
                stem = EcoString::new();
            }
            (false, _) => stem = EcoString::new(),
        }
    }
    if dirs.is_empty() && stem.is_empty() {
        return None;
    }
    Some(Candidate { file: Arc::new(VariableFile { path: path.into(), values: Vec::new() }), dirs, stem })
}

/// Whether a root declares what a file gives: most of it, or if the file stands elsewhere all of it.
fn fits_in(module: &Module, file: &VariableFile, beside: bool) -> bool {
    let all = file.values.len();
    let declared = file.names().filter(|n| module.variables.contains_key(*n)).count();
    if beside { all > 0 && declared == all } else { declared * 2 > all || all == 0 && !module.variables.is_empty() }
}

/// Whether a name names an environment.
fn says(name: &str) -> bool {
    environment::classify_name(name).is_some_and(|(_, class)| class != EnvironmentClass::Shared)
}

impl Candidate {
    /// The directory is an environment, and the file a part of it: `envs/prod/network.tfvars`.
    fn is_part(&self) -> bool {
        self.stem.is_empty() || self.dirs.last().is_some_and(|d| says(d)) && !says(&self.stem)
    }

    fn title(&self, whole: bool) -> EcoString {
        let stem = Some(&self.stem).filter(|s| whole || !(s.is_empty() || self.is_part()));
        self.dirs.iter().chain(stem).map(EcoString::as_str).collect::<Vec<_>>().join("/").into()
    }

    fn is_common(&self) -> bool {
        let stem = self.stem.to_lowercase();
        self.dirs.is_empty() && (COMMON.contains(&stem.as_str()) || GENERIC.contains(&stem.as_str()))
    }
}

/// The scenarios that the files of one root make.
fn of_root(root: &EcoString, candidates: Vec<Candidate>) -> Vec<Scenario> {
    let mut givers: HashMap<EcoString, usize> = HashMap::new();
    for name in candidates.iter().flat_map(|c| c.file.names()) {
        *givers.entry(name.clone()).or_default() += 1;
    }
    let is_alone = |c: &Candidate| !says(&c.title(true)) && c.file.names().all(|n| givers.get(n) == Some(&1));
    let (common, own): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|c| c.is_common() || is_alone(c));
    let shared: Vec<Arc<VariableFile>> = common.iter().map(|c| c.file.clone()).collect();
    if own.is_empty() {
        let titles: Vec<EcoString> = common.iter().map(|c| c.title(true)).collect();
        let title = EcoString::from(titles.join("+"));
        let environment = environment_of(&title, &shared);
        return vec![Scenario { title, environment, files: shared, ..Scenario::only(root) }];
    }
    let mut groups: BTreeMap<EcoString, Vec<Candidate>> = BTreeMap::new();
    for candidate in own {
        groups.entry(candidate.title(false)).or_default().push(candidate);
    }
    let mut out: Vec<Scenario> = Vec::new();
    for (title, group) in groups {
        let parts = are_parts(&group);
        let scenario = |title: EcoString, files: Vec<Arc<VariableFile>>| Scenario {
            environment: environment_of(&title, &files),
            title,
            files: shared.iter().cloned().chain(files).collect(),
            ..Scenario::only(root)
        };
        if parts {
            out.push(scenario(title, group.into_iter().map(|c| c.file).collect()));
        } else {
            for candidate in group {
                let name = name_of(&candidate.file.path).to_string();
                let full = candidate.title(true);
                // `prod.tfvars` beside `prod.tfvars.json`
                let taken = out.iter().any(|s| s.title == full);
                out.push(scenario(if taken { eco_format!("{title}/{name}") } else { full }, vec![candidate.file]));
            }
        }
    }
    out
}

/// Whether no two of the files give the same variable.
fn are_parts(group: &[Candidate]) -> bool {
    let mut seen = HashSet::new();
    group.len() == 1 || group.iter().flat_map(|c| c.file.names()).all(|name| seen.insert(name))
}

/// The environment by the name of a scenario, else by its files.
fn environment_of(title: &str, files: &[Arc<VariableFile>]) -> Option<Environment> {
    let path = &files.first()?.path;
    environment::classify_name(title)
        .map(|(name, class)| Environment { name, class, sign: eco_format!("variable file \"{path}\"") })
        .or_else(|| environment::from_variable_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(path: &str, way: &str) -> Option<String> {
        named(path, way).map(|c| c.title(false).to_string())
    }

    #[test]
    fn a_scenario_is_called_by_what_its_file_and_its_directories_say() {
        for (path, way, expected) in [
            ("prod.tfvars", "", Some("prod")),
            ("env/staging.tfvars", "env", Some("staging")),
            ("environments/dev/terraform.tfvars", "environments/dev", Some("dev")),
            ("envs/prod/eu-west-1/terraform.tfvars", "envs/prod/eu-west-1", Some("prod/eu-west-1")),
            ("vars/prod.tfvars.json", "vars", Some("prod")),
            ("envs/prod/network.tfvars", "envs/prod", Some("prod")),
            ("envs/eu/prod.tfvars", "envs/eu", Some("eu/prod")),
            ("env/dev.auto.tfvars", "env", Some("dev")),
            ("vars/terraform.tfvars", "vars", Some("vars")),
            ("config/terraform/Prod.tfvars", "config/terraform", Some("Prod")),
            ("variables.tfvars", "", Some("variables")),
            ("acme-customer.tfvars", "", Some("acme-customer")),
            ("terraform.example.tfvars", "", None),
            ("prod.backend.tfvars", "", None),
            ("tests/x/prod.tfvars", "tests/x", None),
        ] {
            assert_eq!(title(path, way).as_deref(), expected, "{path}");
        }
    }
}
