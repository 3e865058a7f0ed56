//! `host`: asks the host of a repository which controls it holds, and writes the answers down.
//!
//! The only part that uses the network, and only when it is asked to. A check never does: it reads
//! what was written down. A token is read from the environment, sent to the host alone, and shown nowhere.

mod ask;
mod github;

use serde_json::{Map, Value, json};

use super::{
    Terminal,
    args::{HostArgs, Provider},
    exit::{Exit, Failure},
};
use ask::{Answer, Client, Status};

/// The version of what is written, which `lower::repository::host` reads.
const SCHEMA_VERSION: u64 = 1;

/// Where tokens are looked for; the first that is there is used.
const TOKENS: [&str; 2] = ["TRUSTLINT_TOKEN", "GITHUB_TOKEN"];

/// Asks the host.
pub(super) fn run(args: &HostArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let Provider::Github = args.provider;
    let api = args.api_url.clone().or_else(|| variable("GITHUB_API_URL")).unwrap_or_else(|| github::API.into());
    let repository = match &args.repository {
        Some(name) => name.clone(),
        None => of_remote(&api)?,
    };
    if repository.split('/').filter(|part| is_name(part)).count() != 2 || repository.matches('/').count() != 1 {
        return Err(Failure::usage(format!("`{repository}` is not the name of a repository"))
            .help("Name it as `--repository OWNER/NAME`."));
    }
    let token = TOKENS.iter().find_map(|name| Some((*name, variable(name)?)));
    let client = Client::new(&api, token.as_ref().map(|(_, token)| token.as_str()))?;
    let controls = github::ask(&client, &repository, args.branch.as_deref())?;

    let untold: Vec<_> = controls.answers.iter().filter(|(_, a)| a.status.is_untold()).collect();
    for (control, answer) in &untold {
        let why = answer.message.as_deref().unwrap_or("no reason given");
        terminal.err(&format!("note: {control}: {} ({why})\n", answer.status.as_str().replace('_', " ")));
    }
    if !untold.is_empty() && token.is_none() {
        terminal.err(&format!("  = help: Give a token in {}.\n", TOKENS.join(" or ")));
    }
    let answers: Map<String, Value> =
        controls.answers.iter().map(|(control, answer)| ((*control).into(), answer.to_json())).collect();
    let written = json!({
        "schema_version": SCHEMA_VERSION,
        "provider": "github",
        "api_url": api.trim_end_matches('/'),
        "asked_at": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "token": token.map(|(name, _)| name),
        "repository": repository,
        "visibility": controls.visibility,
        "default_branch": controls.default_branch,
        "branch": controls.branch,
        "controls": answers,
    });
    let text = serde_json::to_string_pretty(&written).map_err(|why| Failure::input(why.to_string()))?;
    terminal.out(&format!("{text}\n"));
    Ok(Exit::Clean)
}

/// A variable of the environment, if it says anything.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// A part of a repository's name, as the host allows it: nothing that would lead elsewhere in a URL.
fn is_name(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !part.is_empty() && part != "." && part != ".." && part.chars().all(allowed)
}

/// The repository that the remote `origin` of the current directory names.
fn of_remote(api: &str) -> Result<String, Failure> {
    let help = "Name it with `--repository OWNER/NAME`.";
    let asked = std::process::Command::new("git").args(["remote", "get-url", "origin"]).output();
    let url = asked.ok().filter(|o| o.status.success()).and_then(|o| String::from_utf8(o.stdout).ok());
    let url = url.ok_or_else(|| {
        Failure::usage("the current directory has no remote `origin`, so it is not known which repository is meant")
            .help(help)
    })?;
    let (host, repository) = remote(url.trim())
        .ok_or_else(|| Failure::usage("the remote `origin` names no repository of a host").help(help))?;
    if api == github::API && host != "github.com" && host != "ssh.github.com" {
        return Err(Failure::usage(format!("the remote `origin` is at {host}, not at github.com"))
            .help("For GitHub Enterprise give `--api-url https://HOST/api/v3`."));
    }
    Ok(repository)
}

/// Host and `owner/name` of a remote. Whatever credentials it holds are left out.
fn remote(url: &str) -> Option<(String, String)> {
    let (authority, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?,
        // As ssh writes it: `git@github.com:owner/name.git`.
        None => url.split_once(':')?,
    };
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (owner, name) = path.split_once('/')?;
    (is_name(owner) && is_name(name)).then(|| (host.to_ascii_lowercase(), format!("{owner}/{name}")))
}

impl Status {
    /// Whether it leaves open what the host holds.
    fn is_untold(self) -> bool {
        matches!(self, Status::NotPermitted | Status::NotAvailableOnPlan | Status::Failed)
    }
}

/// What was asked of a repository.
struct Controls {
    visibility: Value,
    default_branch: String,
    branch: String,
    answers: Vec<(&'static str, Answer)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_names_its_repository_however_it_is_written() {
        let named = Some(("github.com".to_string(), "acme/app".to_string()));
        for url in [
            "git@github.com:acme/app.git",
            "https://github.com/acme/app",
            "https://user:secret@GitHub.com/acme/app.git/",
            "ssh://git@github.com:22/acme/app.git",
        ] {
            assert_eq!(remote(url), named, "{url}");
        }
        for url in ["/srv/git/app.git", "../app", "https://github.com/", "git@github.com:app", "https://h/a/b/c"] {
            assert_eq!(remote(url), None, "{url}");
        }
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        assert!(is_name("trust.lint_2-x"));
        for name in ["", ".", "..", "a/b", "a?b", "a b", "a%2f"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
