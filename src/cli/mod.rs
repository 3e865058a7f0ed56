//! The program: arguments, subcommands, exit codes. With `source`, the only part that touches the
//! disk, the terminal or the environment.

#![allow(clippy::disallowed_methods, reason = "with `source`, the only part that touches the world")]

pub mod args;
mod baseline;
mod because;
mod check;
mod ci;
mod config;
mod console;
mod evidence;
mod exceptions;
mod exit;
mod explain;
mod fix;
mod gate;
mod helm;
mod host;
mod init;
mod inspect;
mod links;
mod lsp;
mod people;
mod progress;
mod render;
mod rules;
mod since;
mod target;
mod whole;

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap::{CommandFactory, FromArgMatches, error::ErrorKind};

use args::{Arguments, ColorChoice, Command};
use exit::{Exit, Failure};

/// Expressions nest, and values refer to values: both are followed by recursion to a depth that is limited, and
/// that must fit. Memory is taken only as far as it is used.
const STACK: usize = 256 << 20;

/// Runs the program on the process's own arguments.
pub fn main() -> ExitCode {
    let exit = std::thread::Builder::new().stack_size(STACK).spawn(run).map(std::thread::JoinHandle::join);
    match exit {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(_panic)) => Exit::Internal.into(),
        Err(why) => {
            let _ = writeln!(io::stderr(), "error: no thread can be started: {why}");
            Exit::Internal.into()
        }
    }
}

fn run() -> Exit {
    let matches = match Arguments::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let usage = !matches!(
                error.kind(),
                ErrorKind::DisplayHelp
                    | ErrorKind::DisplayVersion
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            );
            let _ = error.print();
            return if usage { Exit::Usage } else { Exit::Clean };
        }
    };
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return Exit::Usage;
        }
    };
    // Fails only if a pool exists already, which then serves as well.
    let threads = arguments.threads.map_or(0, std::num::NonZeroUsize::get);
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build_global();
    let terminal = Terminal::new(arguments.color);
    let result = match arguments.command {
        Command::Check(args) => check::run(&args, &terminal),
        Command::Init(args) => init::run(&args, &terminal),
        Command::Config(args) => config::show(&args, &terminal),
        Command::Explain(args) => explain::run(&args, &terminal),
        Command::Rules(args) => rules::run(&args.command, &terminal),
        Command::Inspect(args) => inspect::run(&args, &terminal),
        Command::Host(args) => host::run(&args, &terminal),
        Command::Render(args) => render::run(&args, &terminal),
        Command::Baseline(args) => baseline::run(&args, &terminal),
        Command::Exceptions(args) => exceptions::run(&args, &terminal),
        Command::Lsp(args) => lsp::run(args),
        Command::Eval(args) => console::eval(&args, &terminal),
        Command::Parse(args) => console::parse(&args, &terminal),
        Command::Man { subcommand } => match manual(subcommand.as_deref()) {
            Ok(page) => {
                terminal.out_bytes(&page);
                Ok(Exit::Clean)
            }
            Err(failure) => Err(failure),
        },
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "trustlint", &mut script);
            terminal.out_bytes(&script);
            Ok(Exit::Clean)
        }
    };
    match result {
        Ok(exit) => exit,
        Err(Failure { message, help, exit }) => {
            terminal.err(&format!("error: {message}\n"));
            if let Some(help) = help {
                terminal.err(&format!("  = help: {help}\n"));
            }
            exit
        }
    }
}

/// Where text goes, and whether it may have colours.
pub(crate) struct Terminal {
    color: ColorChoice,
}

impl Terminal {
    fn new(color: ColorChoice) -> Self {
        Self { color }
    }

    fn wants_color(&self, is_terminal: bool) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !no_color(),
        }
    }

    /// Whether standard output shows colours.
    pub(crate) fn color_out(&self) -> bool {
        self.wants_color(io::stdout().is_terminal())
    }

    /// Whether standard error shows colours.
    pub(crate) fn color_err(&self) -> bool {
        self.wants_color(io::stderr().is_terminal())
    }

    /// Writes to standard output. A reader that has gone away (`| head`) is no fault.
    #[allow(clippy::unused_self)]
    pub(crate) fn out(&self, text: &str) {
        self.out_bytes(text.as_bytes());
    }

    #[allow(clippy::unused_self)]
    fn out_bytes(&self, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    /// Writes to standard error.
    #[allow(clippy::unused_self)]
    pub(crate) fn err(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// <https://no-color.org>
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
}

/// The manual page, as `man` reads it.
fn manual(subcommand: Option<&str>) -> Result<Vec<u8>, Failure> {
    let mut command = Arguments::command();
    command.build();
    let manual = match subcommand {
        None => clap_mangen::Man::new(command),
        Some(name) => match command.get_subcommands().find(|c| c.get_name() == name && !c.is_hide_set()) {
            Some(found) => clap_mangen::Man::new(found.clone()).title(format!("trustlint-{name}")),
            None => return Err(Failure::usage(format!("there is no subcommand `{name}`"))),
        },
    };
    let mut page = Vec::new();
    manual.render(&mut page).map_err(|why| Failure::usage(format!("the page cannot be written: {why}")))?;
    Ok(page)
}
