//! A repository checked as a whole, for subcommands that tell of all that is found.

use super::{
    Terminal,
    args::{CheckedArgs, RepositoryArgs, WaiverArgs},
    config,
    exit::{Exit, Failure},
    rules::{self, load_catalog},
    target::Target,
};
use crate::{
    check::{self, Options, Waiving},
    config::Config,
    lower,
    model::Project,
    report::Report,
    rule::Catalog,
    source::Diagnostic,
};

/// What waivers are judged by: the configuration, and the day.
pub(super) fn waiving(config: &Config, args: &WaiverArgs) -> Waiving {
    let today = args.today.unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date());
    let mut waiving = Waiving::of(config, Some(today));
    waiving.no_comments |= args.no_inline_waivers;
    waiving
}

/// How a repository is checked, once its configuration is read.
pub(super) struct Settled {
    pub(super) options: Options,
    pub(super) lowering: lower::Options,
}

/// How to check with everything that the configuration says; its mistakes, if it has any.
pub(super) fn settle(args: &CheckedArgs, config: &Config, catalog: &Catalog) -> Result<Settled, Vec<Diagnostic>> {
    let mut faults = config.diagnostics.clone();
    let inputs = config.inputs(catalog, &mut faults);
    config.unknown_rules(catalog, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut options =
        Options { preview: args.preview, inputs, waiving: waiving(config, &args.waivers), ..Options::default() };
    config::rules(config, &mut options);
    let mut lowering = config.lowering();
    lowering.terraform.wanted = Some(check::wanted_kinds(catalog, &options));
    Ok(Settled { options, lowering })
}

/// A repository that was checked with everything that its configuration says.
pub(super) struct Checked {
    pub(super) target: Target,
    pub(super) config: Config,
    pub(super) catalog: Catalog,
    pub(super) project: Project,
    pub(super) report: Report,
}

/// Checks; the exit code if the configuration or a rule has mistakes, which are then shown.
pub(super) fn check(args: &RepositoryArgs, terminal: &Terminal) -> Result<Result<Checked, Exit>, Failure> {
    let paths = [args.directory.clone()];
    let target = Target::from_paths(&paths, "main.tf", rayon::current_num_threads())?;
    let config = config::load(&args.checked.config, &*target.tree, target.root.as_deref())?;
    let catalog = load_catalog(&config::directories(&config, &args.checked.rule_directories, &target))?;
    if rules::report(&catalog, terminal) {
        return Ok(Err(Exit::Usage));
    }
    let Settled { options, lowering } = match settle(&args.checked, &config, &catalog) {
        Ok(settled) => settled,
        Err(mistakes) => {
            terminal.err(&crate::report::text::diagnostics(&mistakes, &config.sources, terminal.color_err()));
            return Ok(Err(Exit::Usage));
        }
    };
    let (project, report) = check::check(target.project(&lowering), &catalog, &options);
    Ok(Ok(Checked { target, config, catalog, project, report }))
}
