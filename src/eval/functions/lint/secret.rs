//! Secrets: by their format, and by the name of what holds them.

use std::sync::OnceLock;

use memchr::memmem;
use regex::Regex;

use super::texts::{any, decided, not_known, of_text};
use crate::{
    eval::{EvalError, functions::Call},
    value::{Part, Text, Truth, Value, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// A format of credentials that says what it is.
struct Format {
    /// Every text that holds one holds one of these. To look for words is faster by far than to try a pattern, and
    /// nearly no text of a repository has one.
    marks: &'static [&'static str],
    pattern: &'static str,
}

const fn format(marks: &'static [&'static str], pattern: &'static str) -> Format {
    Format { marks, pattern }
}

const FORMATS: [Format; 27] = [
    // Amazon: long-lived and temporary access keys.
    format(&["AKIA", "ASIA"], r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    // GitHub: personal, OAuth, user-to-server, server-to-server, refresh, fine-grained.
    format(&["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b"),
    format(&["github_pat_"], r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b"),
    // GitLab: personal, deploy, runner, CI job, trigger tokens.
    format(
        &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-", "glft-", "glimt-", "glagent-"],
        r"\bgl(?:pat|dt|rt|cbt|ptt|soat|ft|imt|agent)-[A-Za-z0-9_\-]{20,}",
    ),
    // Slack tokens and webhooks.
    format(&["xox"], r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}"),
    format(&["xapp-"], r"\bxapp-\d-[A-Z0-9]+-\d+-[a-f0-9]+"),
    format(&["hooks.slack.com"], r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/_]{20,}"),
    // Stripe.
    format(&["k_live_"], r"\b[sr]k_live_[A-Za-z0-9]{16,}\b"),
    // Google API keys, OAuth secrets, service account files.
    format(&["AIza"], r"\bAIza[A-Za-z0-9_\-]{35}"),
    format(&["GOCSPX-"], r"\bGOCSPX-[A-Za-z0-9_\-]{28}"),
    format(&["private_key_id"], r#""private_key_id"\s*:\s*"[a-f0-9]{40}""#),
    // Azure storage and service bus keys in connection strings.
    format(&["AccountKey=", "SharedAccessKey="], r"\b(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{42,86}={1,2}"),
    format(&["8Q~"], r"\b[A-Za-z0-9_~.\-]{3}8Q~[A-Za-z0-9_~.\-]{31,34}"),
    // Private keys.
    format(&["PRIVATE KEY"], r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    // Signed tokens.
    format(&["eyJ"], r"\beyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{20,}"),
    // Package registries.
    format(&["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
    format(&["pypi-AgEI"], r"\bpypi-AgEI[A-Za-z0-9_\-]{50,}"),
    format(&["rubygems_"], r"\brubygems_[a-f0-9]{48}\b"),
    format(&["dckr_"], r"\bdckr_(?:pat|oat)_[A-Za-z0-9_\-]{27,}"),
    // HashiCorp: Vault and HCP Terraform.
    format(&["hvs.", "hvb.", "hvr."], r"\bhv[sbr]\.[A-Za-z0-9_\-]{24,}"),
    format(&[".atlasv1."], r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{60,}"),
    // Others.
    format(&["SG."], r"\bSG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}"),
    format(&["dop_v1_"], r"\bdop_v1_[a-f0-9]{64}\b"),
    format(&["sk-"], r"\bsk-(?:proj|ant|svcacct)-[A-Za-z0-9_\-]{20,}"),
    format(&["dapi"], r"\bdapi[a-f0-9]{32}\b"),
    format(&["glc_"], r"\bglc_[A-Za-z0-9+/]{32,}={0,2}"),
    // A URL with a password in it.
    format(&["://"], r"\b[a-z][a-z0-9+.\-]*://[^\s:/?#@\x22']+:[^\s:/?#@\x22'$<{}]{6,}@"),
];

/// Texts shorter than this hold none of them.
const SHORTEST: usize = 13;

/// Words that documentation puts where a secret goes.
const PLACEHOLDERS: [&str; 14] = [
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "your-",
    "your_",
    "dummy",
    "redacted",
    "xxxxxx",
    "<password>",
    "password@",
    ":pass@",
    "000000000000",
];

/// The patterns, each made when the first text has one of its marks.
static PATTERNS: [OnceLock<Option<Regex>>; FORMATS.len()] = [const { OnceLock::new() }; FORMATS.len()];

fn pattern(at: usize) -> Option<&'static Regex> {
    PATTERNS[at].get_or_init(|| Regex::new(FORMATS[at].pattern).ok()).as_ref()
}

pub(super) fn looks_like_secret(call: &Call<'_>) -> Result {
    any(&call.args[0], &|value| {
        if let Some(unknown) = value.as_unknown() {
            return Ok(match unknown.why.kind {
                // The value is kept somewhere else: what stands in the file is a reference to it.
                WhyKind::DataSource
                | WhyKind::AfterApply
                | WhyKind::ModuleMissing
                | WhyKind::Function
                | WhyKind::PipelineExpression
                | WhyKind::HostSetting => decided(Some(false), value),
                _ => not_known(value),
            });
        }
        // A mapping is no credential, whatever is in it.
        if value.as_object().is_some() {
            return Ok(decided(Some(false), value));
        }
        // What is in a hole is not written here.
        of_text(call, 0, value, |text| Some(holds_secret(text)), |text| Some(in_known_parts(text)))
    })
    .map(Truth::into_value)
}

fn holds_secret(text: &str) -> bool {
    text.len() >= SHORTEST
        && (0..FORMATS.len())
            .filter(|at| FORMATS[*at].marks.iter().any(|mark| memmem::find(text.as_bytes(), mark.as_bytes()).is_some()))
            .filter_map(pattern)
            .any(|format| format.find_iter(text).any(|found| !is_placeholder(found.as_str())))
}

fn is_placeholder(found: &str) -> bool {
    let lower = found.to_ascii_lowercase();
    let distinct = found.chars().rev().take(16).collect::<std::collections::BTreeSet<_>>().len();
    PLACEHOLDERS.iter().any(|word| lower.contains(word)) || found.len() > 16 && distinct < 4 && !found.starts_with('-')
}

fn in_known_parts(text: &Text) -> bool {
    text.parts().iter().any(|part| matches!(part, Part::Known(known) if holds_secret(known)))
}

/// Words that name a secret, alone or as two words.
const SECRET_WORDS: [&str; 32] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "pass",
    "secret",
    "secrets",
    "token",
    "credential",
    "credentials",
    "creds",
    "apikey",
    "privatekey",
    "accesskey",
    "secretkey",
    "api_key",
    "private_key",
    "access_key",
    "secret_key",
    "auth_key",
    "account_key",
    "shared_key",
    "signing_key",
    "encryption_key",
    "master_key",
    "license_key",
    "connection_string",
    "connectionstring",
    "client_secret",
    "auth_token",
    "webhook_url",
];

/// What may stand behind the word without making it something else.
const SUFFIXES: [&str; 25] = [
    "prod",
    "production",
    "staging",
    "stage",
    "stg",
    "dev",
    "development",
    "test",
    "testing",
    "qa",
    "uat",
    "main",
    "master",
    "admin",
    "root",
    "old",
    "new",
    "current",
    "primary",
    "secondary",
    "value",
    "plain",
    "plaintext",
    "base64",
    "b64",
];

/// Beginnings that make of it a switch or a count.
const SWITCHES: [&str; 26] = [
    "enable",
    "enabled",
    "disable",
    "disabled",
    "use",
    "uses",
    "manage",
    "managed",
    "require",
    "required",
    "is",
    "has",
    "allow",
    "automount",
    "rotate",
    "ignore",
    "skip",
    "generate",
    "random",
    "reset",
    "create",
    "max",
    "min",
    "num",
    "public",
    "expose",
];

/// Tokens that open nothing: marks for paging and the like, and a permission of GitHub's.
const NO_SECRETS: [&str; 9] = [
    "next_token",
    "page_token",
    "continuation_token",
    "cancellation_token",
    "sync_token",
    "resume_token",
    "idempotency_token",
    "id_token",
    "request_token",
];

pub(super) fn secret_name(call: &Call<'_>) -> Result {
    let value = &call.args[0];
    of_text(call, 0, value, |name| Some(names_secret(name)), |_| None).map(Truth::into_value)
}

fn names_secret(name: &str) -> bool {
    let words = words(name);
    let Some(last) =
        words.iter().rposition(|w| !SUFFIXES.contains(&w.as_str()) && !w.bytes().all(|b| b.is_ascii_digit()))
    else {
        return false;
    };
    let words = &words[..=last];
    let word = words[last].trim_end_matches(|c: char| c.is_ascii_digit());
    let two = if last > 0 { format!("{}_{word}", words[last - 1]) } else { String::new() };
    let named = SECRET_WORDS.contains(&word) || SECRET_WORDS.contains(&two.as_str());
    named && !SWITCHES.contains(&words[0].as_str()) && !NO_SECRETS.contains(&two.as_str())
}

/// `dbPassword`, `DB-Password` and `DB_PASSWORD` as `db`, `password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let ends_acronym = before.is_uppercase() && c.is_uppercase() && chars.peek().is_some_and(|n| n.is_lowercase());
        let boundary = !c.is_alphanumeric() || before.is_lowercase() && c.is_uppercase() || ends_acronym;
        if boundary {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|w| !w.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, ask, at, holed, place, s, strings, unknown};
    use super::*;
    use crate::value::Why;

    fn looks(text: &str) -> &'static str {
        answer("looks_like_secret", &[s(text)])
    }

    // Made up here, in two pieces, so that no scanner takes this file for a leak.
    fn made(prefix: &str, rest: &str) -> String {
        format!("{prefix}{rest}")
    }

    #[test]
    fn every_format_compiles() {
        assert!((0..FORMATS.len()).all(|at| pattern(at).is_some()));
    }

    #[test]
    fn every_text_of_a_format_has_a_mark_and_is_long_enough() {
        use proptest::{
            strategy::{Strategy, ValueTree},
            string::string_regex,
            test_runner::TestRunner,
        };

        let mut runner = TestRunner::deterministic();
        for format in FORMATS {
            let texts = string_regex(&format.pattern.replace(r"\b", "")).expect("it can be generated from");
            for _ in 0..64 {
                let text = texts.new_tree(&mut runner).expect("there are some").current();
                let marked = format.marks.iter().any(|mark| text.contains(mark));
                assert!(text.len() >= SHORTEST && marked, "{}: {text}", format.pattern);
            }
        }
    }

    #[test]
    fn credentials_are_known_by_their_format() {
        for text in [
            made("AKIA", "Q7ZK3JTN5W2RBDHM"),
            made("export KEY=ASIA", "Q7ZK3JTN5W2RBDHM"),
            made("ghp_", "x7Kp2mQ9vR4tY8wZ1aB3cD5eF6gH0jL2nM4s"),
            made("glpat-", "x7Kp2mQ9vR4tY8wZ1aB3"),
            made("xoxb-", "123456789012-abcdefGHIJ"),
            made("sk_live_", "x7Kp2mQ9vR4tY8wZ1aB3cD5e"),
            made("AIza", "SyA7Kp2mQ9vR4tY8wZ1aB3cD5eF6gH0jL2n"),
            made("-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE"),
            made("-----BEGIN ", "PRIVATE KEY-----"),
            made("eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"),
            made("npm_", "x7Kp2mQ9vR4tY8wZ1aB3cD5eF6gH0jL2nM4s"),
            made("postgres://app:", "hunter2hunter2@db.internal/app"),
        ] {
            assert_eq!(looks(&text), "yes", "{text}");
        }
    }

    #[test]
    fn examples_placeholders_and_references_are_none() {
        for text in [
            made("AKIA", "IOSFODNN7EXAMPLE"),
            made("ghp_", &"x".repeat(36)),
            made("sk_live_", "your_key_goes_here"),
            "postgres://app:$PASSWORD@db/app".into(),
            "postgres://app:changeme@db/app".into(),
            "https://example.com/a:b".into(),
            "hunter2".into(),
            "-----BEGIN PUBLIC KEY-----".into(),
            "${{ secrets.TOKEN }}".into(),
            String::new(),
        ] {
            assert_eq!(looks(&text), "no", "{text}");
        }
        let reference = Value::unknown(Why::new(WhyKind::PipelineExpression, "secrets.TOKEN"));
        assert_eq!(answer("looks_like_secret", &[reference]), "no");
        assert_eq!(answer("looks_like_secret", &[unknown("x")]), "unknown");
        assert_eq!(answer("looks_like_secret", &[Value::null()]), "no");
        assert_eq!(answer("looks_like_secret", &[Value::bool(true)]), "no");
        assert_eq!(answer("looks_like_secret", &[holed(&["postgres://app:", "?password", "@db"])]), "no");
        assert_eq!(answer("looks_like_secret", &[holed(&["?x", &made(" AKIA", "Q7ZK3JTN5W2RBDHM")])]), "yes");
    }

    #[test]
    fn of_a_list_the_secret_is_blamed() {
        let list = Value::tuple(vec![at(s("a"), 1), at(s(&made("AKIA", "Q7ZK3JTN5W2RBDHM")), 2)]);
        assert_eq!(ask("looks_like_secret", &[list]).unwrap().origins, place(2));
        assert_eq!(answer("looks_like_secret", &[strings(&[])]), "no");
    }

    #[test]
    fn a_name_is_that_of_a_secret_or_of_something_about_one() {
        for name in [
            "password",
            "DB_PASSWORD",
            "dbPassword",
            "DB_PASSWORD_PROD",
            "api-key",
            "apiKey",
            "GITHUB_TOKEN",
            "client_secret",
            "AWS_SECRET_ACCESS_KEY",
            "private_key",
            "PASSWORD2",
            "azure.connectionString",
        ] {
            assert_eq!(answer("secret_name", &[s(name)]), "yes", "{name}");
        }
        for name in [
            "secret_name",
            "token_url",
            "password_policy",
            "secret_arn",
            "AWS_ACCESS_KEY_ID",
            "public_key",
            "key",
            "manage_master_user_password",
            "automountServiceAccountToken",
            "id-token",
            "max_token",
            "compass",
            "password_length",
            "PRODUCTION",
            "",
            "tokens",
        ] {
            assert_eq!(answer("secret_name", &[s(name)]), "no", "{name}");
        }
        assert_eq!(answer("secret_name", &[Value::null()]), "no");
        assert_eq!(answer("secret_name", &[unknown("x")]), "unknown");
    }
}
