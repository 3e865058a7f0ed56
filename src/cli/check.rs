//! `trustlint check`

use std::collections::HashSet;

use super::{
    Terminal,
    args::CheckArgs,
    ci, config, evidence,
    exit::{Exit, Failure, nearest},
    fix,
    gate::{self, Gate},
    links,
    progress::Progress,
    rules::{self, load_catalog},
    since::{self, Before},
    target::Target,
    whole,
};
use ecow::EcoString;

use crate::{
    check::{self, Options, Waiving, baseline::Baseline, change, waive},
    config::Config,
    lower, mend,
    model::Project,
    report::{self, Format, RenderOptions, Report, Verdict},
    rule::Catalog,
    source::{Diagnostic, DiagnosticKind, Level, SourceMap, Tree},
    value::{Repr, Value},
};

/// Checks, writes every output, and says how it ended.
pub(super) fn run(args: &CheckArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut target =
        Target::for_check(&args.paths, &args.stdin_name, args.source.as_deref(), rayon::current_num_threads())?;
    fix::refuse(args, &target)?;
    let before = since::arrange(args, &mut target)?;
    let config = config::load(&args.config, &*target.tree, target.root.as_deref())?;
    if config::report(&config, &[], terminal) {
        return Ok(Exit::Usage);
    }
    let gate = Gate::of(args, &config);
    let baseline = gate::baseline(args, &config, target.root.as_deref())?;
    if plain(args) && config.inputs.is_empty() && config.rules.is_empty() && !args.fixes.any() {
        return run_plain(args, &target, &Against { before, baseline, gate }, &config, terminal);
    }
    let catalog = load_catalog(&config::directories(&config, &args.rule_directories, &target))?;
    if rules::report(&catalog, terminal) {
        return Ok(Exit::Usage);
    }
    let mut options = options(args, &catalog)?;
    let mut faults = Vec::new();
    // Of two values the first counts: the command line outweighs the file.
    options.inputs.extend(config.inputs(&catalog, &mut faults));
    config::rules(&config, &mut options);
    config.unknown_rules(&catalog, &mut faults);
    options.waiving = whole::waiving(&config, &args.waivers);
    if config::report(&config, &faults, terminal) {
        return Ok(Exit::Usage);
    }
    let progress = Progress::start(format!("checking {}", target.tree.name()));
    let mut terraform = args.terraform.options();
    terraform.wanted = Some(check::wanted_kinds(&catalog, &options));
    let lowering = lower::Options { terraform, helm: target.helm(&args.kubernetes), ..config.lowering() };
    let against = Against { before, baseline, gate };
    let check = || Both::read(&target, against.before.as_ref(), &lowering).check(&catalog, &options);
    let (mut project, report) = check();
    let mut report = shown(args, report, &against, &config, &project.files, &target);
    if args.fixes.any() {
        let whole = |tree: &dyn Tree| check::check(lower::project(tree, &lowering), &catalog, &options);
        let mended = fix::mend(args.fixes, &target, &whole, &report, &project.files)?;
        if args.fixes.diff {
            drop(progress);
            terminal.out(&mended.difference());
            terminal.err(&mended.summary());
            return Ok(exit(gate, &report));
        }
        if mended.write(&target)? {
            let (new, new_report) = check();
            report = shown(args, new_report, &against, &config, &new.files, &target);
            leave(std::mem::replace(&mut project, new));
        }
        drop(progress);
        terminal.err(&mended.summary());
    } else {
        drop(progress);
    }
    let end = finish(args, gate, report, &project.files, &target, terminal);
    leave(project);
    leave(catalog);
    end
}

/// What a report is held against.
struct Against {
    before: Option<Before>,
    baseline: Option<Baseline>,
    gate: Gate,
}

/// What is checked, and what it is compared with.
struct Both<'a> {
    now: Project,
    before: Option<(Project, &'a str)>,
}

impl<'a> Both<'a> {
    fn read(target: &Target, before: Option<&'a Before>, lowering: &lower::Options) -> Self {
        let (now, before) = rayon::join(
            || target.project(lowering),
            || before.map(|before| (lower::project(&before.tree, lowering), before.commit.as_str())),
        );
        Self { now, before }
    }

    /// The kinds of entities that there are on either side.
    fn kinds(&self) -> impl Iterator<Item = &EcoString> {
        let before = self.before.iter().flat_map(|(project, _)| project.kinds());
        self.now.kinds().into_iter().chain(before)
    }

    fn has_waivers(&self, waiving: &Waiving) -> bool {
        let before = self.before.iter().map(|(project, _)| project);
        before.chain([&self.now]).any(|project| waive::are_written(&project.files, waiving))
    }

    /// The report; with something to compare with, of what is new in it.
    fn check(self, catalog: &Catalog, options: &Options) -> (Project, Report) {
        let Self { now, before } = self;
        let ((project, mut report), before) = rayon::join(
            || check::check(now, catalog, options),
            || before.map(|(project, commit)| (check::check(project, catalog, options), commit)),
        );
        if let Some(((old, old_report), commit)) = before {
            change::compare(&mut report, &project, &old_report, &old.files, commit);
            leave((old, old_report));
        }
        (project, report)
    }
}

/// Leaves memory to the system: the program ends here, and to free a repository's values one by one would
/// take a fifth of its time.
fn leave<T>(value: T) {
    std::mem::forget(value);
}

/// Whether the built-in rules are run as they are, so that none has to be looked up by its name.
fn plain(args: &CheckArgs) -> bool {
    args.rules.is_empty()
        && args.skip.is_empty()
        && args.criterion.is_none()
        && args.rule_directories.is_empty()
        && args.inputs.is_empty()
}

/// The same, with only those rules loaded that can say something about what the tree holds: parsing
/// the others would take longer than checking a small tree.
fn run_plain(
    args: &CheckArgs,
    target: &Target,
    against: &Against,
    config: &Config,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let progress = Progress::start(format!("checking {}", target.tree.name()));
    let mut terraform = args.terraform.options();
    if target.is_plan() {
        terraform.wanted = Some(Catalog::builtin_kinds(None));
    } else {
        terraform.wanted_of = Some(Catalog::builtin_kinds);
    }
    let lowering = lower::Options { terraform, helm: target.helm(&args.kubernetes), ..config.lowering() };
    let both = Both::read(target, against.before.as_ref(), &lowering);
    let waiving = whole::waiving(config, &args.waivers);
    let waiver = EcoString::from(waive::KIND);
    let waivers = both.has_waivers(&waiving).then_some(&waiver);
    let catalog = Catalog::builtin_for(both.kinds().chain(waivers));
    let mut faults = Vec::new();
    config.unknown_rules(&catalog, &mut faults);
    if config::report(config, &faults, terminal) {
        return Ok(Exit::Usage);
    }
    let options = Options { severity: args.severity, preview: args.preview, waiving, ..Options::default() };
    let (project, report) = both.check(&catalog, &options);
    drop(progress);
    let report = shown(args, report, against, config, &project.files, target);
    let end = finish(args, against.gate, report, &project.files, target, terminal);
    leave(project);
    leave(catalog);
    end
}

/// What of a report is shown: what the baseline does not cover, where it was asked for.
fn shown(
    args: &CheckArgs,
    mut report: Report,
    against: &Against,
    config: &Config,
    files: &SourceMap,
    target: &Target,
) -> Report {
    report.off = config.rules.off.iter().map(|(id, _, reason)| (id.to_string(), reason.to_string())).collect();
    report.target = target.tree.name().to_string();
    if let Some(baseline) = &against.baseline {
        // What was not run, or is not new, says nothing of what is gone.
        let whole = plain(args) && args.severity.is_none() && report.change.is_none();
        let _ = baseline.apply(&mut report, files, whole);
    }
    select(&mut report, target, files);
    report
}

fn finish(
    args: &CheckArgs,
    gate: Gate,
    mut report: Report,
    files: &SourceMap,
    target: &Target,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    // A line for each violation says nothing of fixes.
    let is_terse = |format| format == Format::Text && args.text.detail() == report::Detail::Quiet;
    if args.output.iter().any(|o| o.format.tells_edits() && !is_terse(o.format)) {
        mend::prepare(&mut report, files);
    }
    write(args, gate, &report, files, target, terminal)?;
    let end = exit(gate, &report);
    leave(report);
    Ok(end)
}

/// What the arguments say of the rules; names that are not known are refused with the nearest one.
fn options(args: &CheckArgs, catalog: &Catalog) -> Result<Options, Failure> {
    for id in args.rules.iter().chain(&args.skip) {
        known_rule(catalog, id)?;
    }
    let criterion = match &args.criterion {
        Some(criterion) => Some(known_criterion(catalog, criterion)?.id.clone()),
        None => None,
    };
    let mut inputs = Vec::with_capacity(args.inputs.len());
    for (name, text) in &args.inputs {
        let Some((rule, input)) = name.split_once('.') else {
            return Err(Failure::usage(format!("`{name}` does not name an input"))
                .help("`--input` takes RULE.INPUT=VALUE, such as aws-cloudwatch-log-retention.days=365."));
        };
        let declared = known_rule(catalog, rule)?;
        let known = declared.inputs.iter().find(|i| i.name == input);
        // `1.2` is a text where a text is wanted.
        let is_text = known.is_some_and(|known| matches!(known.default.repr, Repr::String(_)));
        let value = match literal(text) {
            value if is_text && !matches!(value.repr, Repr::String(_)) => Value::string(text.as_str()),
            value => value,
        };
        if let Some(wanted) = known.and_then(|known| known.refuses(&value)) {
            return Err(Failure::usage(format!("the input {name} is {wanted}, and `{text}` is none"))
                .help("Values are written as JSON: 365, true, [\"a\", \"b\"]; a text needs no quotes."));
        }
        if known.is_none() {
            let names: Vec<&str> = declared.inputs.iter().map(|i| i.name.as_str()).collect();
            let failure = Failure::usage(format!("rule {rule} has no input `{input}`"));
            return Err(match &names[..] {
                [] => failure.help("It has no inputs at all."),
                names => failure.help(format!("Its inputs are: {}.", names.join(", "))),
            });
        }
        inputs.push((rule.to_string(), input.to_string(), value));
    }
    Ok(Options {
        only: (!args.rules.is_empty()).then(|| args.rules.iter().cloned().collect::<HashSet<_>>()),
        skip: args.skip.iter().cloned().collect(),
        criterion,
        severity: args.severity,
        preview: args.preview,
        inputs,
        ..Options::default()
    })
}

/// A value as the command line gives it: JSON where it is JSON, else text.
fn literal(text: &str) -> Value {
    crate::eval::functions::encoding::json_decode(&Value::string(text)).unwrap_or_else(|_| Value::string(text))
}

/// The rule of this id, or a failure that names the nearest.
pub(super) fn known_rule<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a crate::rule::compile::Rule, Failure> {
    catalog.rules.iter().find(|r| r.id == id).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no rule `{id}`"));
        match nearest(id, catalog.rules.iter().map(|r| r.id.as_str())) {
            Some(near) => failure.help(format!("Did you mean `{near}`?")),
            None => failure.help("`trustlint rules list` shows all rules."),
        }
    })
}

/// The criterion of this id, or a failure that says which there are.
pub(super) fn known_criterion<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a report::Criterion, Failure> {
    catalog.criteria.iter().find(|c| c.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
        let ids: Vec<&str> = catalog.criteria.iter().map(|c| c.id.as_str()).collect();
        Failure::usage(format!("there is no criterion `{id}`")).help(format!("The criteria are: {}.", ids.join(", ")))
    })
}

/// Leaves what was asked for.
fn select(report: &mut Report, target: &Target, files: &SourceMap) {
    report.findings.retain(|f| {
        let labels = &f.labels;
        std::iter::once(&labels.primary)
            .chain(&labels.others)
            .chain(&labels.calls)
            .any(|l| target.selects(files.path(l.span.file)))
    });
    if let Some(change) = &mut report.change {
        change.resolved.retain(|r| target.selects(&r.path));
    }
    report.waived.retain(|w| target.selects(files.path(w.finding.labels.primary.span.file)));
    report.waivers.retain(|w| target.selects(files.path(w.place.file)));
    report.skipped.retain(|(path, _)| target.selects(path));
    report.diagnostics.retain(|d| match (&d.path, d.notes.first()) {
        (Some(path), _) => target.selects(path),
        (None, Some(note)) => target.selects(files.path(note.span.file)),
        (None, None) => true,
    });
}

fn write(
    args: &CheckArgs,
    gate: Gate,
    report: &Report,
    files: &SourceMap,
    target: &Target,
    terminal: &Terminal,
) -> Result<(), Failure> {
    // Commands to a pipeline stand in its log, beside what people read.
    let is_log = |format| matches!(format, Format::Github | Format::Azure);
    let to_terminal = args.output.iter().filter(|o| o.file.is_none() && !is_log(o.format)).count();
    if to_terminal > 1 {
        return Err(Failure::usage("only one output can go to standard output")
            .help("Give the others a file: --output text --output sarif=results.sarif"));
    }
    for output in &args.output {
        let is_linked = output.file.is_none() && output.format == Format::Text && terminal.color_out();
        let options = RenderOptions {
            color: output.file.is_none() && terminal.color_out(),
            verbose: args.text.verbose,
            undecided: args.text.verbose || gate.undecided,
            undecided_fails: gate.undecided,
            suppressed: args.sarif_include_suppressed,
            fail_on: gate.fail_on,
            detail: args.text.detail(),
            place: target.tree.place(),
            blob: ci::blob(),
            evidence: target
                .root
                .as_deref()
                .filter(|_| output.format == Format::Html)
                .map(|root| evidence::of(root, &target.tree.place())),
            links: target.root.as_deref().filter(|_| is_linked).and_then(links::of_terminal),
            ..RenderOptions::default()
        };
        let text = report::render(output.format, report, files, &options);
        match &output.file {
            None => terminal.out(&text),
            Some(path) => std::fs::write(path, text)
                .map_err(|e| Failure::usage(format!("{} cannot be written: {e}", path.display())))?,
        }
    }
    // A machine reads standard output, or nothing does: then people still see what was not read.
    if !args.output.iter().any(|o| o.format == Format::Text && o.file.is_none()) {
        let errors: Vec<Diagnostic> = report.diagnostics.iter().filter(|d| d.level == Level::Error).cloned().collect();
        terminal.err(&report::text::diagnostics(&errors, files, terminal.color_err()));
    }
    Ok(())
}

fn exit(gate: Gate, report: &Report) -> Exit {
    let has = |kind: DiagnosticKind| report.diagnostics.iter().any(|d| d.level == Level::Error && d.kind == kind);
    let fails = gate.fail_on.is_some_and(|least| {
        report.findings.iter().any(|f| f.severity >= least && (f.verdict == Verdict::Fail || gate.undecided))
    });
    // What could not be read outranks what was found: the answer is not whole.
    if has(DiagnosticKind::Internal) {
        Exit::Internal
    } else if has(DiagnosticKind::Configuration) {
        Exit::Usage
    } else if has(DiagnosticKind::Input) {
        Exit::Input
    } else if fails {
        Exit::Findings
    } else {
        Exit::Clean
    }
}
