//! Hashes, and functions whose result nobody knows before apply.

use base64::{Engine, prelude::BASE64_STANDARD};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::{Call, Function, Unknowns, non_null};
use crate::{
    eval::EvalError,
    value::{Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    of_text("md5", |call| Ok(Value::string(hex(&Md5::digest(call.string(0)?))))),
    of_text("sha1", |call| Ok(Value::string(hex(&Sha1::digest(call.string(0)?))))),
    of_text("sha256", |call| Ok(Value::string(hex(&Sha256::digest(call.string(0)?))))),
    of_text("sha512", |call| Ok(Value::string(hex(&Sha512::digest(call.string(0)?))))),
    of_text("base64sha256", |call| Ok(Value::string(BASE64_STANDARD.encode(Sha256::digest(call.string(0)?))))),
    of_text("base64sha512", |call| Ok(Value::string(BASE64_STANDARD.encode(Sha512::digest(call.string(0)?))))),
    of_file("filemd5", |call| Ok(Value::string(hex(&Md5::digest(file(call)?))))),
    of_file("filesha1", |call| Ok(Value::string(hex(&Sha1::digest(file(call)?))))),
    of_file("filesha256", |call| Ok(Value::string(hex(&Sha256::digest(file(call)?))))),
    of_file("filesha512", |call| Ok(Value::string(hex(&Sha512::digest(file(call)?))))),
    of_file("filebase64sha256", |call| Ok(Value::string(BASE64_STANDARD.encode(Sha256::digest(file(call)?))))),
    of_file("filebase64sha512", |call| Ok(Value::string(BASE64_STANDARD.encode(Sha512::digest(file(call)?))))),
    Function::ranged("bcrypt", 1, Some(2), Unknowns::Handled, not_before_apply).in_configuration(),
    Function::fixed("uuid", 0, Unknowns::Handled, not_before_apply).in_configuration(),
    // Known in principle, but a private key has no business in a linter.
    Function::fixed("rsadecrypt", 2, Unknowns::Handled, rsadecrypt).in_configuration(),
    Function::fixed("uuidv5", 2, Unknowns::Spread, uuidv5),
];

const fn of_text(name: &'static str, run: super::Run) -> Function {
    Function::fixed(name, 1, Unknowns::Spread, run)
}

const fn of_file(name: &'static str, run: super::Run) -> Function {
    Function::fixed(name, 1, Unknowns::Spread, run).in_configuration()
}

fn file(call: &Call<'_>) -> Result<Vec<u8>> {
    call.scope.read_file(&call.string(0)?)
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

fn not_before_apply(call: &Call<'_>) -> Result {
    Ok(non_null(Why::new(WhyKind::Function, format!("{}()", call.name))))
}

/// What it decrypts is not looked at, only whether the arguments can be what they are taken for.
fn rsadecrypt(call: &Call<'_>) -> Result {
    if let Some(text) = call.text(0)?.as_str()
        && BASE64_STANDARD.decode(text).is_err()
    {
        return Err(call.fault(0, "it is not base64"));
    }
    if let Some(key) = call.text(1)?.as_str()
        && !is_private_key(key)
    {
        return Err(call.fault(1, "it is not a private key in PEM"));
    }
    not_before_apply(call)
}

fn is_private_key(text: &str) -> bool {
    /// The first byte of a sequence, which every such key is.
    const SEQUENCE: u8 = 0x30;
    let body: String = text.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    let begins = text.lines().any(|line| line.starts_with("-----BEGIN ") && line.contains("PRIVATE KEY"));
    begins && BASE64_STANDARD.decode(body).is_ok_and(|bytes| bytes.first() == Some(&SEQUENCE))
}

fn uuidv5(call: &Call<'_>) -> Result {
    use uuid::Uuid;
    let namespace = match call.string(0)?.as_str() {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => Uuid::parse_str(other).map_err(|_| {
            call.fault(0, format_args!("\"{other}\" is no namespace: give dns, url, oid, x500 or a UUID"))
        })?,
    };
    Ok(Value::string(Uuid::new_v5(&namespace, call.string(1)?.as_bytes()).to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::encoding::tests::{call, text};
    use super::*;

    fn of(name: &str, args: &[&str]) -> String {
        text(&call(name, &args.iter().map(|a| Value::string(*a)).collect::<Vec<_>>()).unwrap())
    }

    #[test]
    fn hashes_are_those_that_everybody_gets() {
        assert_eq!(of("md5", &[""]), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(of("sha1", &["abc"]), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(of("sha256", &["hello world"]), "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
        assert!(of("sha512", &[""]).starts_with("cf83e1357eefb8bdf1542850d66d8007"));
        assert_eq!(of("base64sha256", &[""]), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(of("filesha1", &["some/file"]), of("sha1", &["content of some/file"]));
        assert_eq!(of("filebase64sha512", &["x"]), of("base64sha512", &["content of x"]));
    }

    #[test]
    fn a_named_uuid_needs_a_namespace() {
        assert_eq!(of("uuidv5", &["oid", "1.3.6.1.4"]), "af9d40a5-7a36-5c07-b23a-851cd99fbfa5");
        assert_eq!(of("uuidv5", &["x500", "CN=Example,C=GB"]), "84e09961-4aa4-57f8-95b7-03edb1073253");
        let dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
        assert_eq!(of("uuidv5", &[dns, ""]), of("uuidv5", &["dns", ""]));
        assert!(call("uuidv5", &[Value::string("nope"), Value::string("x")]).is_err());
    }

    #[test]
    fn what_chance_decides_is_not_known_and_says_so() {
        let value = call("uuid", &[]).unwrap();
        let unknown = value.as_unknown().unwrap();
        assert!(unknown.is_non_null());
        assert_eq!(unknown.why.to_string(), "uuid() has no value before apply");
        assert!(call("bcrypt", &[Value::string("x")]).unwrap().is_unknown());
    }

    #[test]
    fn a_key_that_is_none_decrypts_nothing() {
        let pem = |body: &str| format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n");
        let decrypt = |text: &str, key: String| call("rsadecrypt", &[Value::string(text), Value::string(key)]);
        assert!(decrypt("eA==", pem("MAA=")).unwrap().is_unknown());
        assert!(decrypt("eA==", pem("nope")).is_err());
        assert!(decrypt("eA==", "MAA=".into()).is_err());
        assert!(decrypt("x!", pem("MAA=")).is_err());
    }

    #[test]
    fn an_unknown_makes_the_hash_unknown_and_null_is_an_error() {
        let unknown = Value::unknown(Why::new(WhyKind::NoDefault, "x"));
        assert_eq!(call("md5", &[unknown]).unwrap().first_unknown().unwrap().subject, "x");
        assert!(call("md5", &[Value::null()]).is_err());
    }
}
