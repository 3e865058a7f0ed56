//! `trustlint rules`

use std::{
    collections::HashSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use super::{
    Terminal,
    args::{OwnRulesArgs, RulesCommand},
    check::{known_criterion, known_rule},
    config,
    exit::{Exit, Failure},
    target::Target,
};
use crate::{
    check::prove,
    config::Config,
    report,
    rule::{self, Catalog, catalog::Part},
};

/// The built-in rules and those of some directories, as a check needs them.
pub(super) fn load_catalog(directories: &[PathBuf]) -> Result<Catalog, Failure> {
    load(Catalog::builtin(), directories, Part::Check)
}

/// The built-in rules and those of one's own: of the directories that are named, and of those that the configuration of
/// the current directory names.
pub(super) fn with_own(own: &OwnRulesArgs, part: Part) -> Result<Catalog, Failure> {
    let builtin = if part == Part::Whole { Catalog::builtin_whole() } else { Catalog::builtin() };
    let target = Target::directory(Path::new("."), 1)?;
    let config = Config::of(&*target.tree);
    load(builtin, &config::directories(&config, &own.directories, &target), part)
}

fn load(mut catalog: Catalog, directories: &[PathBuf], part: Part) -> Result<Catalog, Failure> {
    for directory in directories {
        catalog.load(&rule_files(directory)?, part);
    }
    Ok(catalog)
}

/// Shows what is wrong with rules; whether anything is.
pub(super) fn report(catalog: &Catalog, terminal: &Terminal) -> bool {
    if !catalog.diagnostics.is_empty() {
        let text = report::text::diagnostics(&catalog.diagnostics, &catalog.sources, terminal.color_err());
        terminal.err(&text);
    }
    !catalog.diagnostics.is_empty()
}

/// The `.hcl` files below a directory, sorted, by path from there.
fn rule_files(directory: &Path) -> Result<Vec<(String, String)>, Failure> {
    if !directory.is_dir() {
        return Err(Failure::usage(format!("{} is not a directory of rules", directory.display())));
    }
    let mut found = Vec::new();
    for entry in ignore::WalkBuilder::new(directory).build() {
        let entry = entry.map_err(|e| Failure::usage(format!("a rule cannot be read: {e}")))?;
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "hcl") || !path.is_file() {
            continue;
        }
        let text =
            fs::read_to_string(path).map_err(|e| Failure::usage(format!("{} cannot be read: {e}", path.display())))?;
        found.push((path.to_string_lossy().replace('\\', "/"), text));
    }
    found.sort();
    Ok(found)
}

/// Lists, writes or tests rules.
pub(super) fn run(command: &RulesCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        RulesCommand::List { criterion, severity, own } => {
            let catalog = with_own(own, Part::Check)?;
            if self::report(&catalog, terminal) {
                return Ok(Exit::Usage);
            }
            if let Some(criterion) = criterion {
                known_criterion(&catalog, criterion)?;
            }
            let mut text = String::new();
            let shown = catalog.rules.iter().filter(|r| {
                criterion.as_ref().is_none_or(|c| r.criteria.iter().any(|(id, _)| id.eq_ignore_ascii_case(c)))
                    && severity.is_none_or(|s| r.severity >= s)
            });
            let width = catalog.rules.iter().map(|r| r.id.len()).max().unwrap_or(0);
            for rule in shown {
                let criteria: Vec<&str> = rule.criteria.iter().map(|(id, _)| id.as_str()).collect();
                let _ = writeln!(
                    text,
                    "{:width$}  {:8}  {:17}  {}",
                    rule.id,
                    rule.severity.as_str(),
                    criteria.join(","),
                    rule.title
                );
            }
            terminal.out(&text);
            Ok(Exit::Clean)
        }
        RulesCommand::New { id, matches, directory } => new(id, matches, directory, terminal),
        RulesCommand::Test { directory, rule } => test(directory.as_deref(), rule.as_deref(), terminal),
    }
}

fn new(id: &str, matches: &[String], directory: &Path, terminal: &Terminal) -> Result<Exit, Failure> {
    let shape = id.split_once('-').filter(|(platform, name)| {
        !platform.is_empty()
            && !name.is_empty()
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    });
    let Some((platform, name)) = shape else {
        return Err(Failure::usage(format!("`{id}` is not an id for a rule"))
            .help("An id is a platform and the state required, in lower case with hyphens: aws-queue-encrypted."));
    };
    let path = directory.join(platform).join(format!("{name}.hcl"));
    if path.exists() {
        return Err(Failure::usage(format!("{} is there already", path.display())));
    }
    let write = || {
        fs::create_dir_all(directory.join(platform))?;
        fs::write(&path, rule::scaffold(id, matches))
    };
    write().map_err(|e| Failure::usage(format!("{} cannot be written: {e}", path.display())))?;
    terminal.out(&format!(
        "wrote {}\nFill it in, then run: trustlint rules test {} --rule {id}\n",
        path.display(),
        directory.display()
    ));
    Ok(Exit::Clean)
}

fn test(directory: Option<&Path>, only: Option<&str>, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut catalog = Catalog::builtin_whole();
    let mut ours: HashSet<_> = catalog.rules.iter().map(|r| r.id.clone()).collect();
    match directory {
        None => ours.clear(),
        Some(directory) => catalog.load(&rule_files(directory)?, Part::Whole),
    }
    if self::report(&catalog, terminal) {
        return Ok(Exit::Usage);
    }
    if let Some(id) = only {
        known_rule(&catalog, id)?;
    }
    let (mut held, mut broken, mut text) = (0, 0, String::new());
    let tested = |r: &&rule::compile::Rule| !ours.contains(&r.id) && only.is_none_or(|id| r.id == id);
    for rule in catalog.rules.iter().filter(tested) {
        for proof in prove::prove_rule(&catalog, rule) {
            if proof.holds() {
                held += 1;
                continue;
            }
            broken += 1;
            let _ = writeln!(text, "{}: {}", rule.id, proof.name);
            for fault in &proof.faults {
                let _ = writeln!(text, "  {fault}");
            }
        }
    }
    let _ = writeln!(text, "{held} proofs hold, {broken} do not");
    terminal.out(&text);
    Ok(if broken == 0 { Exit::Clean } else { Exit::Findings })
}
