//! Our own functions, for rules: questions about networks, policies, secrets, scripts and references.
//!
//! They are null-safe, answer "not known" instead of guessing, and blame the argument or element
//! that decided the answer. Each has a sentence of documentation that begins with its signature.

mod branch;
mod compare;
mod cron;
mod everyone;
mod iam;
mod labels;
mod network;
mod ports;
mod refer;
mod secret;
mod shell;

pub use shell::shell_commands;
mod texts;
mod tls;

use super::{Available, Function, Run, Unknowns, spread::each};

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    rule(
        "cidr_is_everyone",
        1,
        Some(1),
        |call| each(call, network::cidr_is_everyone),
        "`cidr_is_everyone(cidr)`: whether an address block lets in the whole internet or a large part of it: `0.0.0.0/0`, `::/0`, `*`, `Internet`, `any`, and public blocks with a prefix of 8 bits or less (IPv6: 16).",
    ),
    rule(
        "cidr_is_private",
        1,
        Some(1),
        |call| each(call, network::cidr_is_private),
        "`cidr_is_private(cidr)`: whether all addresses of a block are private, shared, link-local or loopback.",
    ),
    rule(
        "commands",
        1,
        Some(1),
        |call| each(call, shell::commands),
        "`commands(script)`: the commands of a shell script (or of a list of lines), each as a list of words; comments and the bodies of here-documents are left out.",
    ),
    rule(
        "covers_branch",
        3,
        Some(3),
        branch::covers_branch,
        "`covers_branch(patterns, excluded, branch)`: whether a branch rule for these patterns, without the excluded ones, is for the default branch; `branch` is its name, or null where nothing tells it: then `main` and `master` are taken for it, and of another single name it is not known.",
    ),
    rule(
        "cron_longest_gap_days",
        1,
        Some(1),
        |call| each(call, cron::cron_longest_gap_days),
        "`cron_longest_gap_days(schedule)`: the most days from one run of a cron schedule to the next, at least 1; null for what is no cron schedule.",
    ),
    rule(
        "deploy_commands",
        1,
        Some(1),
        |call| each(call, shell::deploy_commands),
        "`deploy_commands(script)`: those commands of a shell script that deploy something, such as `terraform apply` or `helm upgrade`; dry runs are left out.",
    ),
    rule(
        "has_flag",
        2,
        None,
        |call| each(call, shell::has_flag),
        "`has_flag(command, flag...)`: whether a command, as `commands` gives it, has one of these flags; `-auto-approve` also finds `--auto-approve=true`.",
    ),
    rule(
        "iam_action_matches",
        2,
        Some(2),
        |call| each(call, iam::iam_action_matches),
        "`iam_action_matches(pattern, action)`: whether a pattern of a policy (or one of a list of them), such as `s3:Get*`, covers an action.",
    ),
    rule(
        "iam_allows_everyone",
        1,
        Some(1),
        |call| each(call, everyone::iam_allows_everyone),
        "`iam_allows_everyone(statement)`: whether a statement, as `iam_statements` gives it, allows something to everyone, with no condition that says who calls or from where.",
    ),
    rule(
        "iam_statements",
        1,
        Some(1),
        |call| each(call, iam::iam_statements),
        "`iam_statements(policy)`: the statements of an IAM policy, given as text or object, as objects with `sid`, `effect`, `actions`, `not_actions`, `resources`, `not_resources`, `principals` and `not_principals` (lists of `type` and `values`) and `conditions` (a list of `test`, `variable` and `values`).",
    ),
    rule(
        "is_one_of",
        2,
        None,
        |call| each(call, compare::is_one_of),
        "`is_one_of(value, candidate...)`: whether a value equals one of the candidates; a candidate that is a list stands for its elements.",
    ),
    rule(
        "is_set",
        1,
        Some(1),
        |call| each(call, compare::is_set),
        "`is_set(value)`: whether a value is neither null nor an empty text, which providers take for none.",
    ),
    rule(
        "is_wildcard",
        1,
        Some(1),
        |call| each(call, iam::is_wildcard),
        "`is_wildcard(pattern)`: whether a pattern of a policy, or one of a list of them, covers everything: `*` or `*:*`.",
    ),
    rule(
        "looks_like_secret",
        1,
        Some(1),
        |call| each(call, secret::looks_like_secret),
        "`looks_like_secret(text)`: whether a credential of a known format is written in a text: cloud and forge keys, private keys, signed tokens; placeholders, examples and references are none.",
    ),
    rule(
        "matches",
        2,
        Some(2),
        |call| each(call, compare::matches),
        "`matches(pattern, text)`: whether a regular expression matches somewhere in a text.",
    ),
    rule(
        "matches_any",
        2,
        Some(2),
        |call| each(call, compare::matches_any),
        "`matches_any(patterns, text)`: whether one of several regular expressions matches somewhere in a text.",
    ),
    rule(
        "or_default",
        2,
        None,
        |call| each(call, compare::or_default),
        "`or_default(value, default...)`: the first that is not null; unlike with `coalesce`, `false` and `\"\"` are values.",
    ),
    rule(
        "port_range_includes",
        2,
        None,
        |call| each(call, ports::port_range_includes),
        "`port_range_includes(ranges, port...)`: whether one of the ports lies in ranges such as `\"20-30,443\"`, `\"*\"`, or a list of them.",
    ),
    rule(
        "ports_include",
        2,
        None,
        |call| each(call, ports::ports_include),
        "`ports_include(rule, port...)`: whether a firewall rule with `protocol`, `from_port` and `to_port` covers one of the TCP or UDP ports.",
    ),
    rule(
        "refers_to",
        2,
        Some(2),
        |call| each(call, refer::refers_to),
        "`refers_to(reference, thing)`: whether a reference means this thing, by what it stands for or by an equal name, id or ARN.",
    ),
    rule(
        "refers_to_kind",
        2,
        Some(2),
        |call| each(call, refer::refers_to_kind),
        "`refers_to_kind(reference, type)`: whether a value is a reference to an attribute of a resource of this type, such as `aws_iam_policy`.",
    ),
    rule(
        "runs",
        2,
        None,
        |call| each(call, shell::runs),
        "`runs(script, command...)`: whether a shell script runs a command that begins with these words, such as `\"terraform apply\"`; options between them do not count.",
    ),
    rule(
        "same_namespace",
        2,
        Some(2),
        |call| each(call, labels::same_namespace),
        "`same_namespace(a, b)`: whether two Kubernetes objects are in one namespace: equal names, or no name for either. Not known if only one has a name, since what applies the other may say it; false if they belong to different environments.",
    ),
    rule(
        "scan_commands",
        1,
        None,
        |call| each(call, shell::scan_commands),
        "`scan_commands(script, kind...)`: those commands of a shell script that look for vulnerabilities in one of these kinds of things: `\"dependencies\"`, `\"images\"`, `\"configuration\"`, `\"code\"`, `\"secrets\"`, `\"web\"`; without kinds, in any.",
    ),
    rule(
        "secret_name",
        1,
        Some(1),
        |call| each(call, secret::secret_name),
        "`secret_name(name)`: whether a thing of this name is a secret itself (`DB_PASSWORD`), not something about one (`password_policy`, `secret_arn`).",
    ),
    rule(
        "selects",
        2,
        Some(2),
        |call| each(call, labels::selects),
        "`selects(selector, labels)`: whether a selector of Kubernetes, with `matchLabels` and `matchExpressions` or a plain mapping as of a Service, selects a thing with these labels. An empty selector selects everything, no selector nothing.",
    ),
    rule(
        "tls_at_least",
        2,
        Some(2),
        |call| each(call, tls::tls_at_least),
        "`tls_at_least(version, minimum)`: whether a TLS version or the name of a cloud's TLS policy admits nothing older than the minimum, such as `\"1.2\"`.",
    ),
    rule(
        "undecided",
        1,
        Some(1),
        compare::undecided,
        "`undecided(reason)`: neither true nor false, for this reason: what a condition says where only the host or a person can.",
    ),
    rule(
        "written",
        1,
        Some(1),
        |call| each(call, compare::written),
        "`written(value)`: a text as it stands in the file, with expressions that have no value yet written out; \"\" for null.",
    ),
];

const fn rule(name: &'static str, min: usize, max: Option<usize>, run: Run, doc: &'static str) -> Function {
    Function { name, min, max, unknowns: Unknowns::Handled, available: Available::Rules, run, doc }
}

/// Name, signature and description of each of our functions, sorted by name.
pub fn documentation() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut all: Vec<_> = FUNCTIONS
        .iter()
        .map(|f| {
            let (signature, description) = f.doc.trim_start_matches('`').split_once("`: ").unwrap_or((f.name, f.doc));
            (f.name, signature, description)
        })
        .collect();
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        eval::{EvalError, Mode, functions::encoding::tests::call_in},
        source::{FileId, Span},
        value::{Hole, Origin, Origins, Part, Repr, Symbol, Text, Truth, Unknown, Value, Why, WhyKind},
    };

    pub(super) use crate::eval::functions::encoding::tests::unknown;

    pub(super) fn ask(name: &str, args: &[Value]) -> Result<Value, EvalError> {
        call_in(Mode::Rule, name, args)
    }

    /// "yes", "no" or "unknown".
    pub(super) fn answer(name: &str, args: &[Value]) -> &'static str {
        word(&ask(name, args).unwrap())
    }

    pub(super) fn word(value: &Value) -> &'static str {
        match Truth::from_value(value) {
            Some(Truth::True(_)) => "yes",
            Some(Truth::False(_)) => "no",
            Some(Truth::Unknown(..)) => "unknown",
            None => "not a truth",
        }
    }

    pub(super) fn s(text: &str) -> Value {
        Value::string(text)
    }

    pub(super) fn strings(texts: &[&str]) -> Value {
        Value::tuple(texts.iter().map(|t| s(t)).collect())
    }

    /// Known pieces, and holes for those that begin with `?`.
    pub(super) fn holed(pieces: &[&str]) -> Value {
        let part = |p: &&str| match p.strip_prefix('?') {
            Some(name) => Part::Hole(Hole {
                unknown: std::sync::Arc::new(Unknown::because(Why::new(WhyKind::NoDefault, name))),
                written: ecow::eco_format!("${{var.{name}}}"),
                span: None,
            }),
            None => Part::Known((*p).into()),
        };
        Repr::String(Text::from_parts(pieces.iter().map(part).collect())).into()
    }

    pub(super) fn symbol(address: &str, path: &str) -> Unknown {
        let symbol = Symbol { scope: "root".into(), address: address.into(), path: path.into() };
        Unknown { symbol: Some(symbol), ..Unknown::because(Why::new(WhyKind::AfterApply, address)) }
    }

    pub(super) fn at(value: Value, start: usize) -> Value {
        value.with_origins(place(start))
    }

    pub(super) fn place(start: usize) -> Origins {
        Origins::one(Origin::here(Span::new(FileId(0), start, start + 1)))
    }

    #[test]
    fn every_function_is_documented_with_its_signature() {
        for (name, signature, description) in documentation() {
            assert!(signature.starts_with(&format!("{name}(")) && signature.ends_with(')'), "{signature}");
            assert!(description.ends_with('.') || description.ends_with("for null."), "{name}: {description}");
        }
        assert_eq!(documentation().len(), FUNCTIONS.len());
    }

    #[test]
    fn rules_have_these_functions_and_configuration_has_not() {
        assert!(call_in(Mode::Configuration, "is_set", &[Value::null()]).is_err());
        assert_eq!(answer("is_set", &[Value::null()]), "no");
    }
}
