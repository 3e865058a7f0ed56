//! `tls_at_least`: versions of TLS, and what the clouds call their sets of them.

use super::texts::of_text;
use crate::{
    eval::{EvalError, functions::Call},
    value::{Part, Text, Truth, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// A version: 10 for TLS 1.0 up to 13 for TLS 1.3; SSL and "off" are 0.
type Version = u8;

/// Names that do not say their version, with the oldest that they admit. As of September 2025;
/// `ELBSecurityPolicy-...` by
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>, `AppGw...` by
/// <https://learn.microsoft.com/azure/application-gateway/application-gateway-ssl-policy-overview>.
const NAMED: [(&str, Version); 17] = [
    ("elbsecuritypolicy-fs-2018-06", 10),
    ("elbsecuritypolicy-2016-08", 10),
    ("elbsecuritypolicy-2015-05", 10),
    ("elbsecuritypolicy-2015-03", 10),
    ("elbsecuritypolicy-2015-02", 10),
    ("elbsecuritypolicy-2014-10", 10),
    ("elbsecuritypolicy-2014-01", 0),
    ("elbsecuritypolicy-2011-08", 0),
    ("appgwsslpolicy20150501", 10),
    ("appgwsslpolicy20170401", 11),
    ("appgwsslpolicy20170401s", 12),
    ("appgwsslpolicy20220101", 12),
    ("appgwsslpolicy20220101s", 12),
    ("tlsenforcementdisabled", 0),
    ("disabled", 0),
    ("none", 0),
    ("off", 0),
];

/// What stands before the oldest version in a policy's name, longest first where one begins with
/// another. `TLS13-1-0` speaks TLS 1.3 and still admits TLS 1.0: the last pair is what counts.
const BEFORE_VERSION: [&str; 17] = [
    "elbsecuritypolicy-tls13-",
    "elbsecuritypolicy-tls-",
    "elbsecuritypolicy-fs-",
    "securitypolicy_tls13_1_",
    "securitypolicy_tls",
    "policy-min-tls-",
    "versiontls",
    "tlsversion",
    "tls_version_",
    "tlsv",
    "tls_v",
    "tls_",
    "tls-",
    "tls ",
    "tls",
    "v",
    "",
];

pub(super) fn tls_at_least(call: &Call<'_>) -> Result {
    let [value, minimum] = call.args else { return Ok(Value::null()) };
    let least = minimum.as_str().and_then(version);
    let least = match (least, minimum.as_number()) {
        (Some(least), _) => least,
        (None, Some(number)) => version(&number.to_string()).ok_or_else(|| call.fault(1, "it is not a version of TLS"))?,
        _ => return Err(call.fault(1, "it is not a version of TLS")),
    };
    let holed = |text: &Text| beginning(text).map(|version| version >= least);
    let truth = of_text(call, 0, value, |text| version(text).map(|version| version >= least), holed)?;
    Ok(match truth {
        Truth::Unknown(_, places) if value.is_wholly_known() => {
            let name = value.as_str().unwrap_or_default();
            let why = Why::new(WhyKind::NotEvaluated, format!("the TLS policy \"{name}\" is not known and"));
            Truth::Unknown(vec![why], places)
        }
        truth => truth,
    }
    .into_value())
}

/// The oldest version that a version or policy admits, if it is known.
fn version(text: &str) -> Option<Version> {
    let text = text.trim().to_ascii_lowercase();
    if let Some((_, version)) = NAMED.iter().find(|(name, _)| *name == text) {
        return Some(*version);
    }
    if text.starts_with("ssl") {
        return Some(0);
    }
    if text == "securitypolicy_tls13_2025_edge" {
        return Some(13);
    }
    // API Gateway writes `TLS13_1_2_...` for "1.2 and later", and `TLS12_2018_EDGE`.
    if let Some(rest) = text.strip_prefix("securitypolicy_tls13_") {
        return pair(rest);
    }
    BEFORE_VERSION.iter().find_map(|before| text.strip_prefix(before)).and_then(pair)
}

/// `1.2`, `1_2`, `1-2`, `12`, `1`, each perhaps with something behind it that is no digit.
fn pair(text: &str) -> Option<Version> {
    let rest = text.strip_prefix('1')?;
    let minor = rest.strip_prefix(['.', '_', '-']).unwrap_or(rest);
    let digits = minor.bytes().take_while(u8::is_ascii_digit).count();
    let version = match (digits, minor.as_bytes().first()) {
        // `TLSv1`, and `TLSv1_2016`, whose number is a year.
        (0, None) | (4, _) => 10,
        (1, Some(digit @ b'0'..=b'3')) => 10 + (digit - b'0'),
        _ => return None,
    };
    let behind = &minor[if digits == 4 { 4 } else { digits }..];
    behind.chars().next().is_none_or(|c| matches!(c, '_' | '-' | '+' | ' ')).then_some(version)
}

/// The version that a text with holes certainly begins with: what follows may be a year.
fn beginning(text: &Text) -> Option<Version> {
    let Some(Part::Known(known)) = text.parts().into_iter().next() else { return None };
    let cut = known.strip_suffix(['_', '-'])?;
    version(cut).filter(|_| cut.ends_with(|c: char| c.is_ascii_digit()) && !cut.ends_with("tlsv1") && !cut.ends_with("TLSv1"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, ask, at, holed, place, s, unknown};
    use super::*;

    fn admits(text: &str) -> Option<Version> {
        version(text)
    }

    #[test]
    fn versions_are_written_in_many_ways() {
        for text in ["1.2", "TLSv1.2", "TLS1_2", "TLS_1_2", "TLSv1_2", "tls1.2", "TLS 1.2", "VersionTLS12", "TLS12", "TLS_VERSION_1_2"] {
            assert_eq!(admits(text), Some(12), "{text}");
        }
        assert_eq!(admits("TLSv1"), Some(10));
        assert_eq!(admits("TLS1_3"), Some(13));
        assert_eq!(admits("SSLv3"), Some(0));
        assert_eq!(admits("Disabled"), Some(0));
        for text in ["", "RESTRICTED", "TLSv2", "1.25", "TLS_VERSION_UNSPECIFIED", "1.2.3"] {
            assert_eq!(admits(text), None, "{text}");
        }
    }

    #[test]
    fn cloudfront_puts_a_year_behind_the_version() {
        assert_eq!(admits("TLSv1_2016"), Some(10));
        assert_eq!(admits("TLSv1.1_2016"), Some(11));
        assert_eq!(admits("TLSv1.2_2021"), Some(12));
        assert_eq!(admits("TLSv1.3_2025"), Some(13));
    }

    #[test]
    fn load_balancers_name_the_oldest_version_last() {
        for (name, oldest) in [
            ("ELBSecurityPolicy-2016-08", 10),
            ("ELBSecurityPolicy-2011-08", 0),
            ("ELBSecurityPolicy-TLS-1-1-2017-01", 11),
            ("ELBSecurityPolicy-TLS-1-2-2017-01", 12),
            ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", 12),
            ("ELBSecurityPolicy-TLS-1-0-2015-04", 10),
            ("ELBSecurityPolicy-FS-2018-06", 10),
            ("ELBSecurityPolicy-FS-1-1-2019-08", 11),
            ("ELBSecurityPolicy-FS-1-2-Res-2020-10", 12),
            ("ELBSecurityPolicy-TLS13-1-0-2021-06", 10),
            ("ELBSecurityPolicy-TLS13-1-1-2021-06", 11),
            ("ELBSecurityPolicy-TLS13-1-2-2021-06", 12),
            ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", 12),
            ("ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04", 10),
            ("ELBSecurityPolicy-TLS13-1-3-2021-06", 13),
        ] {
            assert_eq!(admits(name), Some(oldest), "{name}");
        }
        assert_eq!(admits("ELBSecurityPolicy-2099-01"), None);
        assert_eq!(admits("my-custom-policy"), None);
    }

    #[test]
    fn other_services_have_names_of_their_own() {
        assert_eq!(admits("Policy-Min-TLS-1-0-2019-07"), Some(10));
        assert_eq!(admits("Policy-Min-TLS-1-2-PFS-2023-10"), Some(12));
        assert_eq!(admits("SecurityPolicy_TLS13_1_3_2025_09"), Some(13));
        assert_eq!(admits("SecurityPolicy_TLS13_1_2_PQ_2025_09"), Some(12));
        assert_eq!(admits("SecurityPolicy_TLS12_2018_EDGE"), Some(12));
        assert_eq!(admits("SecurityPolicy_TLS13_2025_EDGE"), Some(13));
        assert_eq!(admits("AppGwSslPolicy20170401"), Some(11));
        assert_eq!(admits("AppGwSslPolicy20170401S"), Some(12));
    }

    #[test]
    fn what_is_not_known_stays_so_and_null_is_no() {
        let of = |v: Value| answer("tls_at_least", &[v, s("1.2")]);
        assert_eq!(of(s("TLSv1.1")), "no");
        assert_eq!(of(s("TLSv1.3")), "yes");
        assert_eq!(of(Value::number(crate::value::Number::from(1.2))), "yes");
        assert_eq!(of(Value::null()), "no");
        assert_eq!(of(unknown("x")), "unknown");
        assert_eq!(of(holed(&["TLSv1.2_", "?year"])), "yes");
        assert_eq!(of(holed(&["TLSv1.1_", "?year"])), "no");
        assert_eq!(of(holed(&["TLSv1_", "?x"])), "unknown");
        assert_eq!(of(holed(&["TLSv1.", "?x"])), "unknown");
        assert!(ask("tls_at_least", &[s("1.2"), s("x")]).is_err());
    }

    #[test]
    fn a_policy_of_another_name_is_named_in_the_reason() {
        let value = ask("tls_at_least", &[at(s("Acme-2030"), 3), s("1.2")]).unwrap();
        let unknown = value.as_unknown().unwrap();
        assert_eq!(unknown.why.to_string(), "the TLS policy \"Acme-2030\" is not known and is not evaluated");
        assert_eq!(value.origins, place(3));
    }
}
