//! `iam_allows_everyone`: whether a statement of a resource's policy opens the resource to all.

use super::texts::{any, decided, not_known, of_text};
use crate::{
    eval::{
        EvalError, Mode,
        functions::{Call, equality::equal},
    },
    value::{Object, Origins, Repr, Text, Truth, Unknown, Value},
};

type Result<T = Truth, E = EvalError> = std::result::Result<T, E>;

/// Keys of conditions that say who calls, or from where. `sts:ExternalId` is none of them: it is a
/// word that anybody may learn. Nor is `kms:ViaService`, which any account's calls can have.
const WHO_CALLS: [&str; 21] = [
    "aws:federatedprovider",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:username",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// Operators that admit only what is named. Those that say "not", and those with `IfExists`, also
/// admit calls that lack the key, such as anonymous ones.
const NAMING: [&str; 6] = ["arnequals", "arnlike", "ipaddress", "stringequals", "stringequalsignorecase", "stringlike"];

pub(super) fn iam_allows_everyone(call: &Call<'_>) -> Result<Value> {
    let statement = &call.args[0];
    let object = match statement.as_object() {
        Some(object) => object,
        None if statement.is_null() => return Ok(decided(Some(false), statement).into_value()),
        None if statement.is_unknown() => return Ok(not_known(statement).into_value()),
        None => return Err(call.wrong(0, "a statement, as `iam_statements` gives it")),
    };
    let effect = field(object, statement, "effect");
    let allows = equal(&effect, &Value::string("Allow"), Mode::Rule).at(effect.origins.clone());
    let named = any(&field(object, statement, "principals"), &|p| is_everyone(call, p))?;
    // Everyone but those.
    let others = any(&field(object, statement, "not_principals"), &|p| Ok(decided(Some(!p.is_null()), p)))?;
    let everyone = named.or(others);
    let who = everyone.origins().clone();
    let narrowed = any(&field(object, statement, "conditions"), &|c| narrows(call, c))?;
    let open = everyone.and(allows).and(narrowed.not());
    // If it is open, that is because of the principal: the rest only does nothing about it.
    Ok(if let Truth::True(_) = open { open.at(who) } else { open }.into_value())
}

fn field(object: &Object, whole: &Value, name: &str) -> Value {
    let missing = || Value::null().with_origins(whole.origins.clone());
    object.get(name).cloned().unwrap_or_else(missing)
}

fn is_everyone(call: &Call<'_>, principal: &Value) -> Result {
    let Some(object) = principal.as_object() else { return Ok(not_known(principal)) };
    let kind = field(object, principal, "type");
    let anyone = any(&field(object, principal, "values"), &|value| {
        // `data.aws_caller_identity.current.account_id` is one account, `aws_iam_role.ci.arn` one role.
        if let Repr::Unknown(unknown) = &value.repr
            && is_given(unknown)
            && unknown.symbol.as_ref().is_some_and(|s| is_identifier(&s.path))
        {
            return Ok(Truth::of(false).at(Origins::none()));
        }
        of_text(call, 0, value, |text| Some(text == "*"), |text| may_be(text, "*"))
    })?;
    let of_aws = of_text(call, 0, &kind, |text| Some(text == "AWS" || text == "*"), |text| may_be(text, "AWS"))?;
    let who = anyone.origins().clone();
    let both = anyone.and(of_aws);
    Ok(if let Truth::True(_) = both { both.at(who) } else { both })
}

/// No if a text with holes cannot be this one, else not known.
fn may_be(text: &Text, whole: &str) -> Option<bool> {
    (!text.may_equal(whole)).then_some(false)
}

/// Whether a condition holds for certain callers only.
fn narrows(call: &Call<'_>, condition: &Value) -> Result {
    let Some(object) = condition.as_object() else { return Ok(not_known(condition)) };
    let ask = |name: &str, question: &dyn Fn(&str) -> bool| {
        of_text(call, 0, &field(object, condition, name), |text| Some(question(&text.to_lowercase())), |_| None)
    };
    let names = ask("test", &|test| NAMING.contains(&test.strip_prefix("foranyvalue:").unwrap_or(test)))?;
    let who = ask("variable", &|key| WHO_CALLS.contains(&key) || key.starts_with("aws:principaltag/"))?;
    let values = field(object, condition, "values");
    let broad = any(&values, &|value| is_broad(call, value))?;
    let some = any(&values, &|value| Ok(decided(Some(!value.is_null()), value)))?;
    Ok(names.and(who).and(some).and(broad.not()))
}

/// Whether a value of a condition fits anybody.
fn is_broad(call: &Call<'_>, value: &Value) -> Result {
    if let Repr::Unknown(unknown) = &value.repr
        && is_given(unknown)
    {
        return Ok(Truth::of(false).at(Origins::none()));
    }
    of_text(
        call,
        0,
        value,
        |text| Some(fits_anybody(text)),
        |text| {
            // With a known piece that is no wildcard it fits that only.
            let known = text.known_prefix().trim_matches(['*', '?']);
            let fixed = !known.is_empty() || text.holes().any(|hole| is_given(&hole.unknown));
            (fixed && !text.written().contains("::*:")).then_some(false)
        },
    )
}

/// Whether a resource or data source gives it: then it is an id, account, ARN or address, never `*`.
fn is_given(unknown: &Unknown) -> bool {
    unknown.symbol.as_ref().is_some_and(|s| !s.address.split('.').any(|part| part == "var"))
}

/// Whether an attribute is one that names a single thing.
fn is_identifier(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    ["id", "arn"].iter().any(|end| last == *end || last.strip_suffix(end).is_some_and(|start| start.ends_with('_')))
}

fn fits_anybody(text: &str) -> bool {
    let wide_network = text.parse().is_ok_and(|block: ipnet::IpNet| block.prefix_len() <= 8 && !is_inside(&block));
    let is_wildcard = |part: &str| part.trim_matches(['*', '?']).is_empty();
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    // A role of some name in any account is a role that anybody can make; a bucket of some name is one bucket.
    let any_account = matches!(&parts[..], ["arn", _, service, _, account, resource @ ..]
        if is_wildcard(account) && (matches!(*service, "iam" | "sts") || resource.iter().all(|part| is_wildcard(part))));
    is_wildcard(text) || any_account || wide_network
}

/// Addresses that only come from within a network.
fn is_inside(block: &ipnet::IpNet) -> bool {
    match block.addr() {
        std::net::IpAddr::V4(address) => address.is_private() || address.is_loopback(),
        std::net::IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, s, strings, symbol, unknown};
    use crate::{
        eval::functions::convert,
        value::{Repr, Text, Value},
    };

    fn object(fields: &[(&str, Value)]) -> Value {
        Value::object(fields.iter().map(|(name, value)| ((*name).into(), value.clone())))
    }

    fn condition(test: &str, variable: &str, values: Value) -> Value {
        object(&[("test", s(test)), ("variable", s(variable)), ("values", values)])
    }

    fn asked(effect: &str, kind: &str, principal: Value, conditions: Vec<Value>) -> &'static str {
        let principals = object(&[("type", s(kind)), ("values", Value::tuple(vec![principal]))]);
        let statement = object(&[
            ("effect", s(effect)),
            ("principals", Value::tuple(vec![principals])),
            ("not_principals", Value::tuple(Vec::new())),
            ("conditions", Value::tuple(conditions)),
        ]);
        answer("iam_allows_everyone", &[statement])
    }

    #[test]
    fn everyone_is_a_principal_of_aws_that_is_a_star() {
        assert_eq!(asked("Allow", "AWS", s("*"), vec![]), "yes");
        assert_eq!(asked("Allow", "*", s("*"), vec![]), "yes");
        assert_eq!(asked("Deny", "AWS", s("*"), vec![]), "no");
        assert_eq!(asked("Allow", "AWS", s("arn:aws:iam::111122223333:root"), vec![]), "no");
        assert_eq!(asked("Allow", "Service", s("s3.amazonaws.com"), vec![]), "no");
        assert_eq!(asked("Allow", "AWS", unknown("who"), vec![]), "unknown");
        assert_eq!(answer("iam_allows_everyone", &[Value::null()]), "no");
    }

    #[test]
    fn a_condition_that_names_who_calls_narrows() {
        let with =
            |test, key, values: &[&str]| asked("Allow", "AWS", s("*"), vec![condition(test, key, strings(values))]);
        assert_eq!(with("StringEquals", "aws:PrincipalOrgID", &["o-1"]), "no");
        assert_eq!(with("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &["o-1/*"]), "no");
        assert_eq!(with("IpAddress", "aws:SourceIp", &["198.51.100.0/24"]), "no");
        assert_eq!(with("IpAddress", "aws:SourceIp", &["198.51.100.0/24", "0.0.0.0/0"]), "yes");
        assert_eq!(with("StringLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/deploy"]), "yes");
        assert_eq!(with("ArnEquals", "aws:PrincipalArn", &["arn:aws:iam::*"]), "yes");
        assert_eq!(with("ArnLike", "aws:PrincipalArn", &["arn:aws:sts::*:assumed-role/deploy/*"]), "yes");
        assert_eq!(with("ArnEquals", "aws:PrincipalArn", &["arn:aws:iam::111122223333:*"]), "no");
        assert_eq!(with("ArnLike", "aws:SourceArn", &["arn:aws:s3:*:*:*"]), "yes");
        assert_eq!(with("ArnLike", "aws:SourceArn", &["arn:aws:s3:*:*:uploads"]), "no");
        assert_eq!(with("StringEquals", "aws:VpceAccount", &["111122223333"]), "no");
        assert_eq!(with("StringLike", "aws:PrincipalOrgID", &["*"]), "yes");
        assert_eq!(with("StringEqualsIfExists", "aws:PrincipalOrgID", &["o-1"]), "yes");
        assert_eq!(with("StringNotEquals", "aws:PrincipalOrgID", &["o-1"]), "yes");
        assert_eq!(with("Bool", "aws:SecureTransport", &["true"]), "yes");
        assert_eq!(with("StringEquals", "sts:ExternalId", &["acme"]), "yes");
    }

    #[test]
    fn what_a_resource_gives_is_somebody_and_a_variable_may_be_anybody() {
        let from = |value: Value| {
            asked("Allow", "AWS", s("*"), vec![condition("StringEquals", "aws:SourceArn", Value::tuple(vec![value]))])
        };
        let given = |address: &str| Value::from(Repr::Unknown(symbol(address, "arn").into()));
        assert_eq!(from(given("aws_cloudfront_distribution.site")), "no");
        assert_eq!(from(given("var.source")), "unknown");
    }

    #[test]
    fn a_role_in_any_account_is_not_narrowed_by_the_partition() {
        let hole = Value::from(Repr::Unknown(symbol("data.aws_partition.current", "partition").into()));
        let role = |rest: &str| {
            let mut parts = convert::parts_of(&s("arn:"), None).unwrap();
            parts.extend(convert::parts_of(&hole, None).unwrap());
            parts.extend(convert::parts_of(&s(rest), None).unwrap());
            let values = Value::tuple(vec![Repr::String(Text::from_parts(parts)).into()]);
            asked("Allow", "AWS", s("*"), vec![condition("StringLike", "aws:PrincipalArn", values)])
        };
        assert_eq!(role(":iam::111122223333:role/deploy"), "no");
        assert_eq!(role(":iam::*:role/deploy"), "unknown");
    }

    #[test]
    fn an_id_that_a_resource_or_data_source_gives_is_no_star() {
        let principal = |address: &str, path: &str| {
            asked("Allow", "AWS", Value::from(Repr::Unknown(symbol(address, path).into())), vec![])
        };
        assert_eq!(principal("data.aws_caller_identity.current", "account_id"), "no");
        assert_eq!(principal("aws_iam_role.ci", "arn"), "no");
        assert_eq!(principal("data.aws_ssm_parameter.who", "value"), "unknown");
        assert_eq!(principal("var.who", "arn"), "unknown");
    }
}
