//! `trustlint baseline`, and what `check --baseline` takes out.

use std::path::Path;

use super::{
    Terminal,
    args::{BaselineAction, BaselineArgs},
    exit::{Exit, Failure},
    gate,
    whole::{self, Checked},
};
use crate::{
    check::baseline::Baseline,
    report::text,
    source::{Diagnostic, DiagnosticKind, Level},
};

/// Writes or prunes.
pub(super) fn run(args: &BaselineArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let Checked { target, config, project, mut report, .. } = match whole::check(&args.repository, terminal)? {
        Ok(checked) => checked,
        Err(exit) => return Ok(exit),
    };
    let file = gate::file(args.file.as_deref(), &config, target.root.as_deref());
    let known = match args.action {
        BaselineAction::Write => None,
        BaselineAction::Prune => Some(read(&file)?),
    };
    let broken = |d: &&Diagnostic| d.level == Level::Error && d.kind == DiagnosticKind::Input;
    let unread: Vec<Diagnostic> = report.diagnostics.iter().filter(broken).cloned().collect();
    if !unread.is_empty() {
        // What could not be read would be missing in the file, or be taken out of it.
        terminal.err(&text::diagnostics(&unread, &project.files, terminal.color_err()));
        return Err(Failure::input(format!("{} is not written: the answer is not whole", file.display())));
    }
    let (written, said) = match known {
        None => {
            let baseline = Baseline::of(&report, &project.files);
            let said = format!(
                "wrote {} findings to {1}\nCheck with --baseline, or name it in trustlint.hcl: check {{ baseline = \"{1}\" }}\n",
                baseline.total(),
                file.display()
            );
            (baseline, said)
        }
        Some(known) => {
            let left = known.apply(&mut report, &project.files, true);
            let gone = known.total() - left.total();
            let said = format!("{gone} of {} are gone, {} remain in {}\n", known.total(), left.total(), file.display());
            (left, said)
        }
    };
    let failed = |e: std::io::Error| Failure::usage(format!("{} cannot be written: {e}", file.display()));
    if let Some(directory) = file.parent().filter(|d| !d.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    std::fs::write(&file, written.text()).map_err(failed)?;
    terminal.out(&said);
    Ok(Exit::Clean)
}

/// Reads the baseline of a file.
pub(super) fn read(file: &Path) -> Result<Baseline, Failure> {
    let text = std::fs::read_to_string(file).map_err(|e| {
        Failure::usage(format!("the baseline {} cannot be read: {e}", file.display()))
            .help("`trustlint baseline write` makes one.")
    })?;
    Baseline::parse(&text).map_err(|(line, why)| {
        Failure::usage(format!("{}:{line}: {why}", file.display()))
            .help("Mend the line, or write the baseline anew: `trustlint baseline write`.")
    })
}
