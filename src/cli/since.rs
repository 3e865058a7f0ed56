//! `--staged` and `--since`: trees of git in the place of the directory, and beside it.

use std::path::Path;

use super::{args::CheckArgs, exit::Failure, target::Target};
use crate::source::git::{GitError, GitTree, Repository, short};

/// What a check is compared with.
pub(super) struct Before {
    pub(super) tree: GitTree,
    /// The commit, as people write it.
    pub(super) commit: String,
}

/// Puts what is staged in the place of the directory, and opens the commit to compare with, as the arguments ask.
pub(super) fn arrange(args: &CheckArgs, target: &mut Target) -> Result<Option<Before>, Failure> {
    let asked = match (&args.since, args.staged) {
        (None, false) => return Ok(None),
        (Some(_), _) => "--since",
        (None, true) => "--staged",
    };
    let Some(root) = target.root.clone().filter(|_| !target.is_plan()) else {
        return Err(Failure::usage(format!("`{asked}` goes with a directory of a repository"))
            .help("A plan and standard input have no history."));
    };
    if args.kubernetes.helm.is_some() {
        return Err(Failure::usage(format!("`{asked}` does not go with `--helm`"))
            .help("Charts are rendered by a program that reads the directory, not git."));
    }
    let repository = Repository::around(&root).map_err(|error| failure(&error, asked, &root, ""))?;
    if args.staged {
        let tree = repository.index().map_err(|error| failure(&error, asked, &root, ""))?;
        target.tree = Box::new(tree);
    }
    let Some(revision) = &args.since else { return Ok(None) };
    let refused = |error: GitError| failure(&error, asked, &root, revision);
    let commit = match repository.fork_point(revision) {
        // In front of the first commit there is nothing: everything is new.
        Err(GitError::NoCommit) if revision == "HEAD" => return Ok(None),
        commit => commit.map_err(refused)?,
    };
    let tree = repository.commit(&commit).map_err(refused)?;
    Ok(Some(Before { tree, commit: short(&commit).to_string() }))
}

fn failure(error: &GitError, asked: &str, root: &Path, revision: &str) -> Failure {
    match error {
        GitError::Missing(why) => Failure::usage(format!("`{asked}` needs the `git` program: {why}"))
            .help("Install git, or check the directory without it."),
        GitError::NoRepository => Failure::usage(format!("{} is in no git repository", root.display()))
            .help(format!("`{asked}` reads from git; without it the directory is checked as it is.")),
        GitError::NoCommit => Failure::usage(format!("there is no commit `{revision}` here")).help(
            "In a pipeline, fetch it first: `git fetch origin <branch>`, or `fetch-depth: 0` in actions/checkout.",
        ),
        GitError::NoCommonCommit => Failure::usage(format!("`{revision}` and HEAD have no commit in common here"))
            .help("The clone may be shallow: `git fetch --unshallow`, or `fetch-depth: 0` in actions/checkout."),
        GitError::Refused(why) => Failure::usage(format!("git refuses: {why}")),
    }
}
