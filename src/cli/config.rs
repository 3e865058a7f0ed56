//! Which configuration counts.

use std::path::Path;

use super::{Terminal, args::ConfigArgs, exit::Failure, target::Target};
use crate::{config::Config, report, source::Diagnostic};

/// The configuration of what is checked: the file that is named, else the nearest, else none.
pub(super) fn load(args: &ConfigArgs, target: &Target) -> Result<Config, Failure> {
    if args.no_config {
        return Ok(Config::default());
    }
    let Some(file) = &args.config else { return Ok(Config::of(&*target.tree)) };
    let bytes = std::fs::read(file).map_err(|e| {
        Failure::usage(format!("the configuration {} cannot be read: {e}", file.display()))
            .help("`--config` takes a file, such as trustlint.hcl.")
    })?;
    Ok(Config::parse(&file.display().to_string(), bytes, &way(file, target)))
}

/// The way from the directory of a configuration to what is checked. One that lies beside it, or below it, is
/// read as if it lay at the top of what is checked.
fn way(file: &Path, target: &Target) -> String {
    let directory = std::fs::canonicalize(file).ok().and_then(|f| f.parent().map(Path::to_path_buf));
    let checked = target.root.as_ref().and_then(|root| std::fs::canonicalize(root).ok());
    let way = directory.zip(checked).and_then(|(from, to)| Some(to.strip_prefix(from).ok()?.to_path_buf()));
    way.map_or_else(String::new, |way| super::target::slashes(&way))
}

/// Shows what is wrong with a configuration; whether anything is.
pub(super) fn report(config: &Config, more: &[Diagnostic], terminal: &Terminal) -> bool {
    let all: Vec<Diagnostic> = config.diagnostics.iter().chain(more).cloned().collect();
    if !all.is_empty() {
        terminal.err(&report::text::diagnostics(&all, &config.sources, terminal.color_err()));
    }
    !all.is_empty()
}
