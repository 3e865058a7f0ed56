//! Which configuration counts, and what it says.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use super::{
    Terminal,
    args::{ConfigArgs, ShowConfigArgs},
    exit::{Exit, Failure},
    people::shown,
    rules::load_catalog,
    target::Target,
};
use crate::{
    check::Options,
    config::Config,
    report,
    source::{Diagnostic, Tree},
};

/// The configuration of what is checked: the file that is named, else the nearest, else none.
pub(super) fn load(args: &ConfigArgs, tree: &dyn Tree, root: Option<&Path>) -> Result<Config, Failure> {
    if args.no_config {
        return Ok(Config::default());
    }
    let Some(file) = &args.config else { return Ok(Config::of(tree)) };
    let bytes = std::fs::read(file).map_err(|e| {
        Failure::usage(format!("the configuration {} cannot be read: {e}", file.display()))
            .help("`--config` takes a file, such as trustlint.hcl.")
    })?;
    Ok(Config::parse(&file.display().to_string(), bytes, &way(file, root)))
}

/// The way from the directory of a configuration to what is checked. One that lies beside it, or below it, is
/// read as if it lay at the top of what is checked.
fn way(file: &Path, root: Option<&Path>) -> String {
    let directory = std::fs::canonicalize(file).ok().and_then(|f| f.parent().map(Path::to_path_buf));
    let checked = root.and_then(|root| std::fs::canonicalize(root).ok());
    let way = directory.zip(checked).and_then(|(from, to)| Some(to.strip_prefix(from).ok()?.to_path_buf()));
    way.map_or_else(String::new, |way| super::target::slashes(&way))
}

/// The directories of rules that the arguments and the configuration name.
pub(super) fn directories(config: &Config, named: &[PathBuf], target: &Target) -> Vec<PathBuf> {
    let root = target.root.clone().unwrap_or_default();
    let configured = config.rules.directories.iter().map(|(path, _)| root.join(path.as_str()));
    named.iter().cloned().chain(configured).collect()
}

/// What the configuration says of rules, as a check takes it. A rule that is named by the arguments is run.
pub(super) fn rules(config: &Config, options: &mut Options) {
    let named = options.only.clone().unwrap_or_default();
    let off = config.rules.off.iter().map(|(id, ..)| id.to_string());
    options.skip.extend(off.filter(|id| !named.contains(id)));
    options.preview |= config.rules.preview;
    options.severities.extend(config.rules.severities.iter().map(|(id, _, severity)| (id.to_string(), *severity)));
}

/// Shows what is wrong with a configuration; whether anything is.
pub(super) fn report(config: &Config, more: &[Diagnostic], terminal: &Terminal) -> bool {
    let all: Vec<Diagnostic> = config.diagnostics.iter().chain(more).cloned().collect();
    if !all.is_empty() {
        terminal.err(&report::text::diagnostics(&all, &config.sources, terminal.color_err()));
    }
    !all.is_empty()
}

/// Prints what is in force: the file, and what differs from what would be without it.
pub(super) fn show(args: &ShowConfigArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let target = Target::directory(&args.directory, rayon::current_num_threads())?;
    let config = load(&args.config, &*target.tree, target.root.as_deref())?;
    let catalog = load_catalog(&directories(&config, &[], &target))?;
    let mut faults = catalog.diagnostics.clone();
    if !faults.is_empty() {
        terminal.err(&report::text::diagnostics(&faults, &catalog.sources, terminal.color_err()));
        return Ok(Exit::Usage);
    }
    let inputs = config.inputs(&catalog, &mut faults);
    config.unknown_rules(&catalog, &mut faults);
    if self::report(&config, &faults, terminal) {
        return Ok(Exit::Usage);
    }
    let mut out = String::new();
    let Some((path, _)) = config.file() else {
        terminal.out("no trustlint.hcl: everything is as it comes; `trustlint init` writes one\n");
        return Ok(Exit::Clean);
    };
    let _ = writeln!(out, "{path}");
    match config.check.fail_on {
        Some(Some(least)) => {
            let _ = writeln!(out, "a check fails from {least} on");
        }
        Some(None) => out.push_str("a check never fails for what it finds\n"),
        None => {}
    }
    if config.check.undecided_fails == Some(true) {
        out.push_str("what is undecided fails a check\n");
    }
    if let Some((path, _)) = &config.check.baseline {
        let _ = writeln!(out, "baseline: {path}{}", if target.tree.read(path).is_ok() { "" } else { " (not there)" });
    }
    for environment in &config.environments.environments {
        let _ = writeln!(out, "environment {}: {}", environment.name, environment.class.as_str());
    }
    for (rule, input, value) in &inputs {
        let usual = catalog.rule(rule).and_then(|r| r.inputs.iter().find(|i| i.name == input.as_str()));
        let usual = usual.map_or_else(String::new, |i| format!(" instead of {}", shown(&i.default)));
        let _ = writeln!(out, "input {rule}.{input}: {}{usual}", shown(value));
    }
    for (id, _, reason) in &config.rules.off {
        let _ = writeln!(out, "rule {id}: off: {reason}");
    }
    for (id, _, severity) in &config.rules.severities {
        let usual = catalog.rule(id).map_or_else(String::new, |r| format!(" instead of {}", r.severity));
        let _ = writeln!(out, "rule {id}: {severity}{usual}");
    }
    for (directory, _) in &config.rules.directories {
        let _ = writeln!(out, "rules of one's own: {directory}");
    }
    if config.rules.preview {
        out.push_str("rules in preview: on\n");
    }
    for (glob, reason) in &config.excluded {
        let _ = writeln!(out, "excluded: {}: {reason}", glob.glob().glob().trim_end_matches("{,/**}"));
    }
    for (name, place) in &config.documents {
        let there = place.contains("://") || target.tree.read(place).is_ok();
        let _ = writeln!(out, "document {name}: {place}{}", if there { "" } else { " (not there)" });
    }
    let waivers = &config.waivers;
    if !waivers.all.is_empty() {
        let _ = writeln!(out, "waivers: {}; `trustlint exceptions` prints the register", waivers.all.len());
    }
    if waivers.no_comments {
        out.push_str("waivers in comments: off\n");
    }
    if waivers.foreign {
        out.push_str("waivers of other tools: on\n");
    }
    for (rule, _) in &waivers.banned_rules {
        let _ = writeln!(out, "must not be waived: {rule}");
    }
    for severity in &waivers.banned_severities {
        let _ = writeln!(out, "must not be waived: what is {severity}");
    }
    terminal.out(&out);
    Ok(Exit::Clean)
}
