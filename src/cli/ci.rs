//! What the environment of a pipeline tells, and the repository of itself.

use std::{env::var, path::Path, process::Command};

/// Where the files of this run can be read on the host, if it runs in a pipeline of GitHub or GitLab.
pub(super) fn blob() -> Option<String> {
    let host = |name| var(name).ok().filter(|value| !value.is_empty());
    if let (Some(server), Some(repository), Some(commit)) =
        (host("GITHUB_SERVER_URL"), host("GITHUB_REPOSITORY"), host("GITHUB_SHA"))
    {
        return Some(format!("{server}/{repository}/blob/{commit}"));
    }
    let (project, commit) = (host("CI_PROJECT_URL")?, host("CI_COMMIT_SHA")?);
    Some(format!("{project}/-/blob/{commit}"))
}

/// What a report says of what it is about: the repository and, if git knows it, the commit with its time.
pub(super) fn evidence(root: &Path, place: &str) -> Vec<String> {
    let host = |name| var(name).ok().filter(|value| !value.is_empty());
    let directory = std::fs::canonicalize(root).ok();
    // Of a directory of it the repository has the name.
    let top = directory
        .as_deref()
        .map(|d| place.split('/').filter(|s| !s.is_empty()).fold(d, |d, _| d.parent().unwrap_or(d)));
    let name = host("GITHUB_REPOSITORY")
        .or_else(|| host("CI_PROJECT_PATH"))
        .or_else(|| Some(top?.file_name()?.to_string_lossy().into_owned()));
    let mut first = format!("repository {}", name.unwrap_or_else(|| root.display().to_string()));
    if !place.is_empty() {
        first.push_str(&format!(", directory {place}"));
    }
    let git = |args: &[&str]| -> Option<String> {
        let output = Command::new("git").arg("-C").arg(root).args(args).output().ok().filter(|o| o.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let commit = git(&["log", "-1", "--format=commit %H of %cI"]).map(|mut commit| {
        if git(&["status", "--porcelain", "--untracked-files=normal"]).is_some_and(|changes| !changes.is_empty()) {
            commit.push_str(", with changes that are not committed");
        }
        commit
    });
    std::iter::once(first).chain(commit).chain([format!("trustlint {}", env!("CARGO_PKG_VERSION"))]).collect()
}
