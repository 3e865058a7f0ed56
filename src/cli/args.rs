//! What can be typed.

use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf};

use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::{
    lower::terraform::{self, Given},
    report::{Detail, Format, Severity},
};

/// Checks an infrastructure repository against SOC 2: logical access (CC6), operations (CC7),
/// change management (CC8).
#[derive(Debug, Parser)]
#[command(name = "trustlint", version, about, arg_required_else_help = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 clean, 1 violations, 2 usage or configuration, 3 unreadable input, 4 internal error."
)]
pub struct Arguments {
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
    /// How many threads to use; as many as there are cores unless given.
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a repository and report where it falls short.
    Check(Box<CheckArgs>),
    /// Write a trustlint.hcl to begin with, from what the repository shows.
    Init(InitArgs),
    /// Show which configuration is in force, and what it changes.
    Config(ShowConfigArgs),
    /// Explain a rule or a criterion: what it asks, why, and how to meet it.
    Explain(ExplainArgs),
    /// List the rules, test them, or start a new one.
    Rules(RulesArgs),
    /// Show what each entity of a repository resolves to.
    Inspect(InspectArgs),
    /// Ask the host of the repository which controls it holds; `check` reads the answers from
    /// `.trustlint/host.json`.
    Host(HostArgs),
    /// Print what a kustomize overlay builds.
    Render(RenderArgs),
    /// Write down what is found today, so that only what is new is reported; or take out what is gone.
    Baseline(BaselineArgs),
    /// Print the register of exceptions: every waiver, what it waives, why, until when, and who answers for it.
    Exceptions(ExceptionsArgs),
    /// Serve an editor: findings as you type, explanations, fixes; over standard input and output, in
    /// the language server protocol.
    Lsp(LspArgs),
    /// Evaluate Terraform expressions in the module of the current directory.
    Eval(EvalArgs),
    /// Tell which texts are valid HCL; for comparing parsers.
    #[command(hide = true)]
    Parse(ParseArgs),
    /// Print the manual page, of a subcommand if one is named.
    Man {
        /// The subcommand.
        subcommand: Option<String>,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// `trustlint lsp`
#[derive(Debug, Args)]
pub struct LspArgs {
    /// What some editors say; there is no other way.
    #[arg(long, hide = true)]
    pub stdio: bool,
    /// How folders are checked.
    #[command(flatten)]
    pub checked: CheckedArgs,
}

/// `trustlint init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The repository.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,
    /// Print it instead of writing it.
    #[arg(long)]
    pub print: bool,
}

/// `trustlint config`
#[derive(Debug, Args)]
pub struct ShowConfigArgs {
    /// What would be checked.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,
    /// About the configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// A repository that is checked as a whole, and how.
#[derive(Clone, Debug, Args)]
pub struct RepositoryArgs {
    /// The repository, or a directory of it.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,
    /// How.
    #[command(flatten)]
    pub checked: CheckedArgs,
}

/// How a repository is checked as a whole.
#[derive(Clone, Debug, Args)]
pub struct CheckedArgs {
    /// Run rules in preview too.
    #[arg(long)]
    pub preview: bool,
    /// Add the rules of a directory of `.hcl` files; may be repeated.
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_directories: Vec<PathBuf>,
    /// About waivers.
    #[command(flatten)]
    pub waivers: WaiverArgs,
    /// About the configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// Where a baseline is kept unless something else is said.
pub const BASELINE: &str = ".trustlint/baseline.tsv";

/// What `baseline` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example: trustlint baseline write, and then trustlint check --baseline")]
pub struct BaselineArgs {
    /// Write what there is today, or take out what is gone.
    #[arg(value_enum, value_name = "ACTION")]
    pub action: BaselineAction,
    /// The file. Unless given, what trustlint.hcl says, else .trustlint/baseline.tsv in the current directory.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// What is checked.
    #[command(flatten)]
    pub repository: RepositoryArgs,
}

/// What is done with a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BaselineAction {
    /// Write everything that is found today.
    Write,
    /// Take out what is not found any more.
    Prune,
}

/// What `exceptions` takes.
#[derive(Debug, Args)]
pub struct ExceptionsArgs {
    /// For people, or for programs and documents.
    #[arg(long, value_enum, default_value_t = RegisterFormat::Table, value_name = "FORMAT")]
    pub format: RegisterFormat,
    /// What is checked.
    #[command(flatten)]
    pub repository: RepositoryArgs,
}

/// How the register is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RegisterFormat {
    /// Columns, for a terminal.
    Table,
    /// Comma-separated values, for a sheet.
    Csv,
    /// JSON.
    Json,
    /// A table of Markdown.
    Markdown,
}

/// What `host` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example: trustlint host --provider github > .trustlint/host.json\n\nA token is taken from \
    TRUSTLINT_TOKEN or GITHUB_TOKEN. No other subcommand uses the network.")]
pub struct HostArgs {
    /// Whose API to ask.
    #[arg(long, value_enum)]
    pub provider: Provider,
    /// The repository; that of the remote `origin` unless given.
    #[arg(long, value_name = "OWNER/NAME")]
    pub repository: Option<String>,
    /// The branch; the default branch unless given.
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// The address of the API, for GitHub Enterprise; `GITHUB_API_URL` unless given.
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
}

/// Hosts that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Provider {
    /// GitHub and GitHub Enterprise.
    Github,
}

/// How Terraform is evaluated, as it is typed.
#[derive(Args)]
#[command(next_help_heading = "Terraform")]
struct TerraformFlags {
    /// Give a root variable a value; of these and --var-file the last wins.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    variables: Vec<(String, String)>,
    /// Read root variables from a file, and evaluate each root once, with it, instead of with the files of
    /// variables that are found.
    #[arg(long = "var-file", value_name = "FILE")]
    variable_files: Vec<String>,
    /// Give root variables the values of `TF_VAR_name` in the environment.
    #[arg(long)]
    tf_var_env: bool,
    /// The workspace that is meant by `terraform.workspace`.
    #[arg(long, value_name = "NAME")]
    workspace: Option<String>,
}

/// How Terraform is evaluated.
#[derive(Clone, Debug, Default)]
pub struct TerraformArgs {
    /// `--var` and `--var-file` as they follow each other.
    pub given: Vec<Given>,
    /// Whether `TF_VAR_name` counts.
    pub environment: bool,
    /// The workspace.
    pub workspace: Option<String>,
}

impl Args for TerraformArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        TerraformFlags::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        TerraformFlags::augment_args_for_update(command)
    }
}

impl FromArgMatches for TerraformArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let places = |id: &str| matches.indices_of(id).map(Iterator::collect).unwrap_or_default();
        let (values_at, files_at): (Vec<usize>, Vec<usize>) = (places("variables"), places("variable_files"));
        let flags = TerraformFlags::from_arg_matches(matches)?;
        let values = flags.variables.into_iter().map(|(name, text)| Given::Value(name, text));
        let files = flags.variable_files.into_iter().map(Given::File);
        let mut given: Vec<(usize, Given)> =
            values_at.into_iter().zip(values).chain(files_at.into_iter().zip(files)).collect();
        given.sort_by_key(|(place, _)| *place);
        Ok(Self {
            given: given.into_iter().map(|(_, g)| g).collect(),
            environment: flags.tf_var_env,
            workspace: flags.workspace,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// `trustlint check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// What to check: directories or files; `-` reads one file from standard input. A file selects what is
    /// reported; the rest of its repository is still read, because that decides what it means. One file may
    /// be a plan: the output of `terraform show -json tfplan`.
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The name of the file on standard input, which tells what it is.
    #[arg(long, value_name = "NAME", default_value = "main.tf")]
    pub stdin_name: String,
    /// The source of the plan that is checked: the directory that was planned. Unless given, it is looked for
    /// beside the plan and in the current directory.
    #[arg(long, value_name = "DIR")]
    pub source: Option<PathBuf>,
    /// What to write, and where: text, concise, json, sarif, github, gitlab, azure, junit, markdown, html, csv or rdjson; repeat it for
    /// several.
    #[arg(long, short, value_name = "FORMAT[=FILE]", default_value = "text", value_parser = output)]
    pub output: Vec<Output>,
    /// How much text there is.
    #[command(flatten)]
    pub text: TextArgs,
    /// The least severity that makes the exit code 1: low, medium, high, critical, or none. Unless given, what
    /// trustlint.hcl says, else low.
    #[arg(long, value_name = "SEVERITY", value_parser = threshold)]
    pub fail_on: Option<Threshold>,
    /// What something undecided is: worth a report, or a failure. Unless given, what trustlint.hcl says, else the first.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub undecided: Option<Undecided>,
    /// Put what is waived into SARIF too, marked as suppressed. Code scanning would show it as open.
    #[arg(long)]
    pub sarif_include_suppressed: bool,
    /// Run only this rule; may be repeated.
    #[arg(long = "rule", value_name = "ID", help_heading = "Rules")]
    pub rules: Vec<String>,
    /// Leave out this rule; may be repeated.
    #[arg(long = "skip", value_name = "ID", help_heading = "Rules")]
    pub skip: Vec<String>,
    /// Run only rules that bear on this criterion, such as CC6.1.
    #[arg(long, value_name = "CRITERION", help_heading = "Rules")]
    pub criterion: Option<String>,
    /// Run only rules of at least this severity.
    #[arg(long, value_name = "SEVERITY", help_heading = "Rules")]
    pub severity: Option<Severity>,
    /// Run rules in preview too.
    #[arg(long, help_heading = "Rules")]
    pub preview: bool,
    /// Add the rules of a directory of `.hcl` files; may be repeated.
    #[arg(long = "rules", value_name = "DIR", help_heading = "Rules")]
    pub rule_directories: Vec<PathBuf>,
    /// Set an input of a rule.
    #[arg(long = "input", value_name = "RULE.INPUT=VALUE", value_parser = pair, help_heading = "Rules")]
    pub inputs: Vec<(String, String)>,
    /// Report only what was introduced since this commit, or since the one from which it and HEAD come. Both are read
    /// from git, without a checkout.
    #[arg(long, value_name = "REVISION", help_heading = "Git")]
    pub since: Option<String>,
    /// Check what is about to be committed, not what lies in the directory.
    #[arg(long, help_heading = "Git")]
    pub staged: bool,
    /// About a baseline.
    #[command(flatten)]
    pub known: KnownArgs,
    /// About fixes.
    #[command(flatten)]
    pub fixes: FixArgs,
    /// About waivers.
    #[command(flatten)]
    pub waivers: WaiverArgs,
    /// About the configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// About Kubernetes.
    #[command(flatten)]
    pub kubernetes: KubernetesArgs,
    /// About Terraform.
    #[command(flatten)]
    pub terraform: TerraformArgs,
}

/// How much people read.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct TextArgs {
    /// Show undecided findings in full, and every file that was not scanned.
    #[arg(long, short)]
    pub verbose: bool,
    /// Of text, only a line for each violation.
    #[arg(long, short, conflicts_with_all = ["verbose", "summary"])]
    pub quiet: bool,
    /// Of text, only what it comes to.
    #[arg(long, conflicts_with = "verbose")]
    pub summary: bool,
}

impl TextArgs {
    /// How much people read.
    pub fn detail(&self) -> Detail {
        match (self.quiet, self.summary) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Summary,
            _ => Detail::Full,
        }
    }
}

/// What was found before.
#[derive(Clone, Debug, Default, Args)]
pub struct KnownArgs {
    /// Count what this baseline covers and do not report it; `trustlint baseline write` makes one.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = BASELINE,
          overrides_with = "no_baseline")]
    pub baseline: Option<PathBuf>,
    /// Report everything, though trustlint.hcl names a baseline.
    #[arg(long, overrides_with = "baseline")]
    pub no_baseline: bool,
}

/// What is mended.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Fixes")]
pub struct FixArgs {
    /// Mend what can be mended without a second look, and report what is left.
    #[arg(long)]
    pub fix: bool,
    /// Mend what has effects too, such as a database that Terraform replaces; look at the difference before you apply it.
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Print what would be changed, and change nothing; with --unsafe-fixes those changes too.
    #[arg(long)]
    pub diff: bool,
}

impl FixArgs {
    /// Whether anything is to be mended.
    pub fn any(&self) -> bool {
        self.fix || self.unsafe_fixes || self.diff
    }
}

/// Which waivers count.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Waivers")]
pub struct WaiverArgs {
    /// Pass over waivers in comments; those of trustlint.hcl count.
    #[arg(long)]
    pub no_inline_waivers: bool,
    /// The day that counts as today, for waivers that run out.
    #[arg(long, value_name = "DATE", hide = true, env = "TRUSTLINT_TODAY")]
    pub today: Option<jiff::civil::Date>,
}

/// How Kubernetes is read.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Kubernetes")]
pub struct KubernetesArgs {
    /// Render Helm charts with this program, such as `helm`: each with its own values, or once for each file of values
    /// that is for an environment (`values-prod.yaml`). Without it charts are named as not scanned.
    #[arg(long, value_name = "PROGRAM")]
    pub helm: Option<PathBuf>,
}

/// Which configuration counts.
#[derive(Clone, Debug, Default, Args)]
pub struct ConfigArgs {
    /// The configuration to use, instead of the nearest trustlint.hcl at or above what is checked.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Use no configuration.
    #[arg(long)]
    pub no_config: bool,
}

/// Whether something undecided fails a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Undecided {
    /// It is counted and listed.
    Report,
    /// It makes the exit code 1.
    Fail,
}

/// One output of a check.
#[derive(Clone, Debug)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// The file; none: standard output.
    pub file: Option<PathBuf>,
}

/// The least severity that fails a run; none: nothing does.
#[derive(Clone, Copy, Debug)]
pub struct Threshold(pub Option<Severity>);

/// `trustlint explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The id of a rule, or a criterion such as CC6.1.
    #[arg(value_name = "RULE|CRITERION")]
    pub subject: String,
    /// Rules of your own.
    #[command(flatten)]
    pub own: OwnRulesArgs,
}

/// Rules of one's own, besides those that trustlint.hcl names.
#[derive(Clone, Debug, Default, Args)]
pub struct OwnRulesArgs {
    /// Add the rules of a directory of `.hcl` files; may be repeated. Those that trustlint.hcl names are there.
    #[arg(long = "rules", value_name = "DIR")]
    pub directories: Vec<PathBuf>,
}

/// `trustlint rules`
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the rules.
    List {
        /// Only those that bear on this criterion.
        #[arg(long, value_name = "CRITERION")]
        criterion: Option<String>,
        /// Only those of at least this severity.
        #[arg(long, value_name = "SEVERITY")]
        severity: Option<Severity>,
        /// Rules of your own.
        #[command(flatten)]
        own: OwnRulesArgs,
    },
    /// Write a new rule that fails its own tests until it is filled in.
    New {
        /// The id, which names the state required: `aws-queue-encrypted`.
        id: String,
        /// What it looks at: a resource type, a Kubernetes kind or a view; may be repeated.
        #[arg(long, value_name = "TYPE", default_value = "aws_example")]
        matches: Vec<String>,
        /// The directory of rules to write it to.
        #[arg(long, value_name = "DIR", default_value = "rules")]
        directory: PathBuf,
    },
    /// Run the examples of rules: the built-in ones, or those of a directory.
    Test {
        /// A directory of rules.
        #[arg(value_name = "DIR")]
        directory: Option<PathBuf>,
        /// Only this rule.
        #[arg(long, value_name = "ID")]
        rule: Option<String>,
    },
}

/// `trustlint inspect`
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The directory.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,
    /// For people, or for programs.
    #[arg(long, value_enum, default_value_t = InspectFormat::Text, value_name = "FORMAT")]
    pub format: InspectFormat,
    /// Only entities of this kind, such as `aws_s3_bucket`.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Long strings whole.
    #[arg(long, short)]
    pub verbose: bool,
    /// About the configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// About Kubernetes.
    #[command(flatten)]
    pub kubernetes: KubernetesArgs,
    /// About Terraform.
    #[command(flatten)]
    pub terraform: TerraformArgs,
}

/// How `inspect` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InspectFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// `trustlint render`
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// The directory with the kustomization.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,
    /// YAML for people and for `kubectl`, or JSON for programs.
    #[arg(long, value_enum, default_value_t = RenderFormat::Yaml, value_name = "FORMAT")]
    pub format: RenderFormat,
}

/// How `render` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RenderFormat {
    /// Documents, as `kubectl kustomize` prints them.
    Yaml,
    /// One object with `documents` and `diagnostics`.
    Json,
}

/// `trustlint eval`
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The expression; `-` reads one a line from standard input.
    #[arg(value_name = "EXPRESSION")]
    pub expression: String,
    /// Lines of standard input are JSON objects with `id` and `expr`.
    #[arg(long)]
    pub jsonl: bool,
    /// About Terraform.
    #[command(flatten)]
    pub terraform: TerraformArgs,
}

/// `trustlint parse`
#[derive(Debug, Args)]
pub struct ParseArgs {
    /// Lines of standard input are JSON objects with `id` and `text` or `text_b64`.
    #[arg(long)]
    pub jsonl: bool,
    /// `-`
    #[arg(default_value = "-", hide = true)]
    pub input: String,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_string(), value.to_string()))
}

fn output(text: &str) -> Result<Output, String> {
    let (format, file) = match text.split_once('=') {
        Some((format, file)) if !file.is_empty() && file != "-" => (format, Some(PathBuf::from(file))),
        Some((format, _)) => (format, None),
        None => (text, None),
    };
    Ok(Output { format: format.parse()?, file })
}

fn threshold(text: &str) -> Result<Threshold, String> {
    if text == "none" { Ok(Threshold(None)) } else { text.parse().map(|s| Threshold(Some(s))) }
}

/// The `TF_VAR_name` of the environment, sorted. What is not Unicode is no value of Terraform.
pub(super) fn environment() -> Vec<(String, String)> {
    let named = |(name, value): (OsString, OsString)| {
        Some((name.to_str()?.strip_prefix("TF_VAR_")?.to_string(), value.into_string().ok()?))
    };
    let mut found: Vec<_> = std::env::vars_os().filter_map(named).collect();
    found.sort();
    found
}

impl TerraformArgs {
    /// As the evaluator takes them.
    pub fn options(&self) -> terraform::Options {
        terraform::Options {
            environment: if self.environment { environment() } else { Vec::new() },
            given: self.given.clone(),
            workspace: self.workspace.clone(),
            ..terraform::Options::default()
        }
    }
}
