//! What fails a check, and what it is held against: by the arguments, else by the configuration.

use std::path::{Path, PathBuf};

use super::{
    args::{BASELINE, CheckArgs, Threshold, Undecided},
    baseline,
    exit::Failure,
};
use crate::{check::baseline::Baseline, config::Config, report::Severity};

/// What fails a check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    /// The least severity that does; none: nothing does.
    pub(super) fail_on: Option<Severity>,
    /// Whether what is undecided does, by the severity of its rule.
    pub(super) undecided: bool,
}

impl Gate {
    pub(super) fn of(args: &CheckArgs, config: &Config) -> Self {
        let said = args.fail_on.map(|Threshold(least)| least);
        let undecided = args.undecided.map(|what| what == Undecided::Fail);
        Self {
            fail_on: said.or(config.check.fail_on).unwrap_or(Some(Severity::Low)),
            undecided: undecided.or(config.check.undecided_fails).unwrap_or(false),
        }
    }
}

/// What was found before, if that is to be told apart.
pub(super) fn baseline(args: &CheckArgs, config: &Config, root: Option<&Path>) -> Result<Option<Baseline>, Failure> {
    if let Some(file) = &args.known.baseline {
        return baseline::read(file).map(Some);
    }
    let Some(file) = configured(config, root).filter(|_| !args.known.no_baseline) else { return Ok(None) };
    baseline::read(&file).map(Some).map_err(|mut failure| {
        failure.message.push_str("; trustlint.hcl names it");
        failure
    })
}

/// The baseline that the configuration names.
pub(super) fn configured(config: &Config, root: Option<&Path>) -> Option<PathBuf> {
    Some(root?.join(config.check.baseline.as_ref()?.0.as_str()))
}

/// The file that a baseline is kept in.
pub(super) fn file(named: Option<&Path>, config: &Config, root: Option<&Path>) -> PathBuf {
    named.map(Path::to_path_buf).or_else(|| configured(config, root)).unwrap_or_else(|| BASELINE.into())
}
