//! `covers_branch`: whether the patterns of a branch rule are for a repository's default branch.

use globset::GlobBuilder;

use super::texts::{any, not_known};
use crate::{
    eval::{EvalError, functions::Call},
    value::{Truth, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// What a default branch is called if nothing says otherwise: what git and the hosts make.
const USUAL: [&str; 2] = ["main", "master"];

/// `covers_branch(patterns, excluded, branch)`
pub(super) fn covers_branch(call: &Call<'_>) -> Result {
    let [patterns, excluded, branch] = call.args else { return Ok(Value::null()) };
    if branch.is_unknown() {
        return Ok(not_known(branch).into_value());
    }
    let name = branch.as_str();
    let listed = |patterns: &Value| any(patterns, &|pattern: &Value| Ok(covers(pattern, name)));
    let included =
        if patterns.is_null() { unsaid(patterns, "which branches the rule is for") } else { listed(patterns)? };
    let left_out = if excluded.is_null() { Truth::of(false) } else { listed(excluded)? };
    // Whoever asks wants to see the pattern, not what it was compared with.
    Ok(included.and(left_out.not()).into_value())
}

fn covers(pattern: &Value, branch: Option<&str>) -> Truth {
    let Some(text) = pattern.as_str() else {
        let known = if pattern.is_wholly_known() { Truth::of(false) } else { not_known(pattern) };
        return known.at(pattern.origins.clone());
    };
    match says(text, branch) {
        Some(answer) => Truth::of(answer).at(pattern.origins.clone()),
        None => unsaid(pattern, &format!("whether `{text}` is the default branch")),
    }
}

fn unsaid(value: &Value, what: &str) -> Truth {
    Truth::Unknown(vec![Why::new(WhyKind::HostSetting, what)], value.origins.clone())
}

/// Whether a pattern means the default branch, whose name may not be told.
fn says(pattern: &str, branch: Option<&str>) -> Option<bool> {
    if matches!(pattern, "~ALL" | "~DEFAULT_BRANCH") {
        return Some(true);
    }
    let pattern = pattern.strip_prefix("refs/heads/").unwrap_or(pattern);
    if let Some(branch) = branch {
        return Some(matches(pattern, branch));
    }
    if USUAL.iter().any(|usual| matches(pattern, usual)) {
        return Some(true);
    }
    // A family of branches (`release/*`, `v?`) or one of a family is no default branch; any single name may be.
    let is_family = pattern.contains(['/', '*', '?', '[']);
    is_family.then_some(false)
}

fn matches(pattern: &str, branch: &str) -> bool {
    let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    pattern == branch || glob.is_ok_and(|glob| glob.compile_matcher().is_match(branch))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, ask, s, strings, unknown};
    use super::*;

    #[test]
    fn a_pattern_that_names_the_default_branch_covers_it() {
        for (pattern, branch, expected) in [
            ("~DEFAULT_BRANCH", None, "yes"),
            ("~ALL", Some("trunk"), "yes"),
            ("main", None, "yes"),
            ("refs/heads/master", None, "yes"),
            ("*", None, "yes"),
            ("**/*", None, "yes"),
            ("ma*", None, "yes"),
            ("release/*", None, "no"),
            ("refs/heads/release/**/*", None, "no"),
            ("v[0-9]", None, "no"),
            ("develop", None, "unknown"),
            ("main", Some("develop"), "no"),
            ("develop", Some("develop"), "yes"),
            ("dev*", Some("develop"), "yes"),
            ("refs/tags/main", None, "no"),
            ("[", None, "no"),
        ] {
            let branch = branch.map_or_else(Value::null, Value::string);
            assert_eq!(answer("covers_branch", &[s(pattern), Value::null(), branch]), expected, "{pattern}");
        }
    }

    #[test]
    fn one_of_several_is_enough_unless_it_is_left_out() {
        let null = Value::null;
        assert_eq!(answer("covers_branch", &[strings(&["release/*", "main"]), null(), null()]), "yes");
        assert_eq!(answer("covers_branch", &[strings(&["~ALL"]), strings(&["main"]), null()]), "no");
        assert_eq!(answer("covers_branch", &[strings(&["~ALL"]), strings(&["develop"]), null()]), "unknown");
        assert_eq!(answer("covers_branch", &[strings(&["~ALL"]), strings(&["develop"]), s("main")]), "yes");
        assert_eq!(answer("covers_branch", &[strings(&[]), strings(&[]), null()]), "no");
    }

    #[test]
    fn what_is_not_said_is_not_guessed() {
        let null = Value::null;
        assert_eq!(answer("covers_branch", &[null(), null(), null()]), "unknown");
        assert_eq!(answer("covers_branch", &[unknown("x"), null(), null()]), "unknown");
        assert_eq!(answer("covers_branch", &[s("main"), null(), unknown("x")]), "unknown");
        let asked = ask("covers_branch", &[s("develop"), null(), null()]).unwrap();
        let why = asked.first_unknown().unwrap();
        assert_eq!(why.to_string(), "only the host can say: whether `develop` is the default branch");
    }
}
