//! What the environment of a pipeline tells.

use std::env::var;

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
