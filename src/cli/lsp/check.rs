//! Checking a folder with the texts that are open in an editor.

use std::{
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::super::{
    args::CheckedArgs,
    baseline, config,
    exit::Failure,
    gate,
    rules::load_catalog,
    target::Target,
    whole::{self, Settled},
};
use crate::{
    check, lower, mend,
    report::Report,
    rule::Catalog,
    source::{Diagnostic, Overlay, SourceMap},
};

/// A folder to check.
pub(super) struct Job {
    /// Which folder of the server's.
    pub(super) folder: usize,
    pub(super) root: PathBuf,
    /// The texts of open files, by path from the root.
    pub(super) texts: BTreeMap<Arc<str>, Vec<u8>>,
    /// Which change of the folder this is.
    pub(super) revision: u64,
}

/// What came of a job.
pub(super) struct Done {
    pub(super) folder: usize,
    pub(super) revision: u64,
    pub(super) outcome: Outcome,
}

/// What came of checking a folder.
pub(super) enum Outcome {
    Checked(Box<Checked>),
    /// The configuration or a rule has mistakes, so that nothing was checked.
    Mistaken(Vec<Diagnostic>, SourceMap),
    /// The folder could not be read.
    Failed(String),
}

/// A folder that was checked.
pub(super) struct Checked {
    pub(super) report: Report,
    pub(super) files: SourceMap,
    /// Rules and severities whose findings must not be waived.
    pub(super) waiving: check::Waiving,
}

/// Checks folders one after another, and keeps what does not change between them.
pub(super) struct Checker {
    args: CheckedArgs,
    /// The rules, and the directories beside the built-in ones that they are of.
    catalog: Option<Catalog>,
}

impl Checker {
    pub(super) fn new(args: CheckedArgs) -> Self {
        Self { args, catalog: None }
    }

    pub(super) fn run(&mut self, job: Job) -> Done {
        // A fault of trustlint must not take the editor's view of everything else with it.
        let checked = panic::catch_unwind(AssertUnwindSafe(|| self.check(&job.root, &job.texts)));
        let outcome = if let Ok(outcome) = checked {
            outcome.unwrap_or_else(|failure| Outcome::Failed(failure.message))
        } else {
            self.catalog = None;
            Outcome::Failed("this is a fault of trustlint: please report it".into())
        };
        Done { folder: job.folder, revision: job.revision, outcome }
    }

    fn check(&mut self, root: &Path, texts: &BTreeMap<Arc<str>, Vec<u8>>) -> Result<Outcome, Failure> {
        let target = Target::directory(root, rayon::current_num_threads())?;
        let tree = Overlay::new(&*target.tree, texts);
        let config = config::load(&self.args.config, &tree, Some(root))?;
        let directories = config::directories(&config, &self.args.rule_directories, &target);
        // Rules of one's own may be what is being written.
        let own = if directories.is_empty() { None } else { Some(load_catalog(&directories)?) };
        let catalog = match &own {
            Some(own) => own,
            None => self.catalog.get_or_insert_with(Catalog::builtin),
        };
        if !catalog.diagnostics.is_empty() {
            return Ok(Outcome::Mistaken(catalog.diagnostics.clone(), own.map(|c| c.sources).unwrap_or_default()));
        }
        let Settled { options, lowering } = match whole::settle(&self.args, &config, catalog) {
            Ok(settled) => settled,
            Err(mistakes) => return Ok(Outcome::Mistaken(mistakes, config.sources)),
        };
        let (mut project, mut report) = check::check(lower::project(&tree, &lowering), catalog, &options);
        if let Some(file) = gate::configured(&config, Some(root)) {
            // What was there before is left to the day that it is taken up.
            let _ = baseline::read(&file)?.apply(&mut report, &project.files, false);
        }
        mend::prepare(&mut report, &project.files);
        let files = std::mem::take(&mut project.files);
        Ok(Outcome::Checked(Box::new(Checked { report, files, waiving: options.waiving })))
    }
}
