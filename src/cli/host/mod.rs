//! `trustlint host`: asks the host of the repository for the settings that no file holds, and prints the answers.
//!
//! This is the only part of the program that uses the network, and it does so only when it is called. What it
//! prints is recorded as `.trustlint/host.json` (`docs/host.md`), which `check` reads like any other file.

mod ask;
mod github;

use std::{io::Write, process::Command};

use super::{
    Terminal,
    args::HostArgs,
    exit::{Exit, Failure},
};

/// Asks, and prints what was answered.
pub(super) fn run(args: &HostArgs, _terminal: &Terminal) -> Result<Exit, Failure> {
    let repository = match &args.repository {
        Some(named) => named.clone(),
        None => told_by_environment().or_else(told_by_git).ok_or_else(|| {
            Failure::usage("it is not told which repository to ask about")
                .help("Name it: `trustlint host --repository OWNER/NAME`.")
        })?,
    };
    let Some((owner, name)) = repository.split_once('/').filter(|(_, name)| !name.contains('/')) else {
        return Err(Failure::usage(format!("`{repository}` is not a repository")).help("It is OWNER/NAME."));
    };
    let url = args.api_url.clone().or_else(|| variable("GITHUB_API_URL"));
    let token = ["TRUSTLINT_TOKEN", "GITHUB_TOKEN"].into_iter().find_map(|name| Some((name, variable(name)?)));
    let host = ask::Host::new(url.as_deref().unwrap_or("https://api.github.com"), token);
    let answers = github::answers(&host, owner, name, args.branch.as_deref())?;
    let mut text = serde_json::to_string_pretty(&answers)
        .map_err(|why| Failure::usage(format!("the answers cannot be written: {why}")))?;
    text.push('\n');
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|why| Failure::usage(format!("standard output cannot be written: {why}")))?;
    Ok(Exit::Clean)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// In a workflow the host says it.
fn told_by_environment() -> Option<String> {
    variable("GITHUB_REPOSITORY")
}

/// `owner/name` of the remote that is called `origin`.
fn told_by_git() -> Option<String> {
    let output = Command::new("git").args(["remote", "get-url", "origin"]).output().ok()?;
    let url = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    of_remote(url.trim())
}

/// `owner/name` of `git@github.com:owner/name.git` and `https://github.com/owner/name`.
fn of_remote(url: &str) -> Option<String> {
    let url = url.strip_suffix(".git").unwrap_or(url);
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => url.split_once(':')?.1,
    };
    let (owner, name) = path.trim_matches('/').split_once('/')?;
    (!owner.is_empty() && !name.is_empty() && !name.contains('/')).then(|| format!("{owner}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_names_the_repository_however_it_is_written() {
        for url in [
            "git@github.com:acme/ledger.git",
            "https://github.com/acme/ledger",
            "https://user@github.example.com/acme/ledger.git",
            "ssh://git@github.com/acme/ledger.git",
        ] {
            assert_eq!(of_remote(url).as_deref(), Some("acme/ledger"), "{url}");
        }
        for url in ["/srv/git/ledger", "https://gitlab.com/a/b/c", ""] {
            assert_eq!(of_remote(url), None, "{url}");
        }
    }
}
