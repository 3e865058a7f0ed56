//! What the environment of a pipeline tells.

use std::env::var;

fn host(name: &str) -> Option<String> {
    var(name).ok().filter(|value| !value.is_empty())
}

/// The repository as its host calls it: `owner/name`.
pub(super) fn repository() -> Option<String> {
    host("GITHUB_REPOSITORY").or_else(|| host("CI_PROJECT_PATH"))
}

/// Where the files of this run can be read on the host, if it runs in a pipeline of GitHub or GitLab.
pub(super) fn blob() -> Option<String> {
    if let (Some(server), Some(repository), Some(commit)) =
        (host("GITHUB_SERVER_URL"), host("GITHUB_REPOSITORY"), host("GITHUB_SHA"))
    {
        return Some(format!("{server}/{repository}/blob/{commit}"));
    }
    let (project, commit) = (host("CI_PROJECT_URL")?, host("CI_COMMIT_SHA")?);
    Some(format!("{project}/-/blob/{commit}"))
}
