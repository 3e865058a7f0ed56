//! Encodings: base64, JSON, YAML, CSV, URLs.
//!
//! A text that was made from a value keeps the value ([`Value::decoded`]), so that a rule sees the
//! very policy that was written, with its places.

mod charset;
mod csv;
mod yaml;

use std::{io::Write, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use ecow::EcoString;
use flate2::{Compression, Crc, write::DeflateEncoder};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Call, Function, Unknowns, args, convert, json, non_null, spread};
use crate::{
    eval::EvalError,
    value::{List, ListKind, Object, ObjectKind, Refinement, Repr, Text, Value},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The functions of this family.
pub const FUNCTIONS: &[Function] = &[
    Function::fixed("base64decode", 1, Unknowns::Spread, base64decode),
    Function::fixed("base64encode", 1, Unknowns::Spread, base64encode),
    Function::fixed("base64gzip", 1, Unknowns::Spread, base64gzip),
    Function::fixed("csvdecode", 1, Unknowns::Spread, csv::csvdecode),
    Function::fixed("jsondecode", 1, Unknowns::Handled, |call| spread::each(call, jsondecode)),
    Function::fixed("jsonencode", 1, Unknowns::Handled, jsonencode),
    Function::fixed("textdecodebase64", 2, Unknowns::Spread, charset::textdecodebase64),
    Function::fixed("textencodebase64", 2, Unknowns::Spread, charset::textencodebase64),
    Function::fixed("urlencode", 1, Unknowns::Spread, urlencode),
    Function::fixed("yamldecode", 1, Unknowns::Handled, |call| spread::each(call, yaml::yamldecode)),
    Function::fixed("yamlencode", 1, Unknowns::Handled, yaml::yamlencode),
];

fn base64encode(call: &Call<'_>) -> Result {
    Ok(Value::string(BASE64_STANDARD.encode(call.string(0)?)))
}

fn base64decode(call: &Call<'_>) -> Result {
    let bytes =
        BASE64_STANDARD.decode(call.string(0)?).map_err(|e| call.fault(0, format_args!("it is not base64: {e}")))?;
    let text = String::from_utf8(bytes).map_err(|_| call.fault(0, "what it encodes is not UTF-8"))?;
    Ok(args::string(text))
}

/// Gzip as Terraform writes it: a header without time and system, and an empty last block.
fn base64gzip(call: &Call<'_>) -> Result {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];
    let text = call.string(0)?;
    let failed = |e: std::io::Error| call.fault(0, e);
    let mut deflate = DeflateEncoder::new(HEADER.to_vec(), Compression::default());
    deflate.write_all(text.as_bytes()).map_err(failed)?;
    deflate.flush().map_err(failed)?;
    let mut checksum = Crc::new();
    checksum.update(text.as_bytes());
    let mut bytes = deflate.get_ref().clone();
    bytes.extend(LAST_BLOCK);
    bytes.extend(checksum.sum().to_le_bytes());
    bytes.extend(checksum.amount().to_le_bytes());
    Ok(Value::string(BASE64_STANDARD.encode(bytes)))
}

fn urlencode(call: &Call<'_>) -> Result {
    const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b' ');
    let text = call.string(0)?;
    Ok(Value::string(utf8_percent_encode(&text, &ESCAPED).to_string().replace(' ', "+")))
}

fn jsonencode(call: &Call<'_>) -> Result {
    let value = &call.args[0];
    if holds_infinite(value) {
        return Err(call.fault(0, "JSON has no infinite numbers"));
    }
    let text = match &value.repr {
        Repr::Unknown(unknown) if matches!(unknown.refinement, Refinement::Nothing | Refinement::NonNull) => {
            non_null(unknown.why.clone())
        }
        _ => args::text(json::encode(value)),
    };
    Ok(Value { decoded: Some(Arc::new(value.clone())), ..text }.mark_sensitive(spread::holds_sensitive(value)))
}

/// Whether a number somewhere in the value is infinite.
fn holds_infinite(value: &Value) -> bool {
    match &value.repr {
        Repr::Number(number) => number.is_infinite(),
        Repr::List(list) => list.items.iter().any(holds_infinite),
        Repr::Object(object) => object.fields.values().any(holds_infinite),
        _ => false,
    }
}

fn jsondecode(call: &Call<'_>) -> Result {
    let value = call.present(0)?;
    let text = value.as_str().filter(|_| value.decoded.is_none());
    if let Some(known) = text.and_then(|text| call.scope.remembered("jsondecode", text, &value.origins)) {
        return Ok(known.mark_sensitive(value.sensitive));
    }
    let decoded = json_decode(value)?;
    if let Some(text) = text {
        call.scope.remember("jsondecode", text, &value.origins, &decoded);
    }
    Ok(decoded)
}

/// What JSON text stands for: the very values that `jsonencode` was given, or what the text says.
///
/// # Errors
///
/// If it is no text, or the text is not JSON.
pub fn json_decode(value: &Value) -> Result {
    if let Some(decoded) = &value.decoded {
        return Ok(plain(decoded).mark_sensitive(value.sensitive));
    }
    let text = match &value.repr {
        Repr::Unknown(unknown) => {
            return Ok(Value::unknown(unknown.why.clone())
                .with_origins(value.origins.clone())
                .mark_sensitive(value.sensitive));
        }
        _ => convert::text_of(value),
    };
    let located = |message: String| EvalError { origins: value.origins.clone(), ..EvalError::new(message) };
    let text = text.ok_or_else(|| located(format!("JSON text is needed here, not {}", value.kind_name())))?;
    Ok(json::decode(&text, &value.origins).map_err(located)?.mark_sensitive(value.sensitive))
}

/// The same without what an encoding loses: lists are tuples, maps and blocks objects.
fn plain(value: &Value) -> Value {
    let repr = match &value.repr {
        Repr::List(list) => Repr::List(Arc::new(List {
            kind: ListKind::Tuple,
            items: list.items.iter().map(plain).collect(),
            maybe: list.maybe.iter().map(plain).collect(),
            open: list.open.clone(),
        })),
        Repr::Object(object) => {
            let fields = object.fields.iter().map(|(name, field)| (name.clone(), plain(field))).collect();
            Repr::Object(Arc::new(Object { kind: ObjectKind::Object, fields, ..(**object).clone() }))
        }
        other => other.clone(),
    };
    Value { repr, ..value.clone() }
}

/// A whole text, for the decoders that do not know holes: else the result that the holes make.
fn whole(value: &Value) -> Option<Result<EcoString, Value>> {
    match convert::text_of(value) {
        Some(Text::Whole(text)) => Some(Ok(text)),
        Some(Text::Holed(_)) => value.first_unknown().map(|why| Err(Value::unknown(why))),
        None => value.as_unknown().map(|unknown| Err(Value::unknown(unknown.why.clone()))),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        eval::{Access, Mode, Resolved, Scope},
        source::{FileId, Span},
        value::{Hole, Origin, Origins, Part, Unknown, Why, WhyKind},
    };

    /// A scope in which every file is there and says its name.
    pub(crate) struct Files(pub(crate) Mode);

    impl Scope for Files {
        fn mode(&self) -> Mode {
            self.0
        }

        fn resolve(&self, _: &str, _: Span, _: &[Access]) -> Result<Resolved> {
            Err(EvalError::new("no names here"))
        }

        fn read_file(&self, path: &str) -> Result<Vec<u8>> {
            Ok(format!("content of {path}").into_bytes())
        }

        fn list_files(&self, _: &str, _: &str) -> Result<Vec<EcoString>> {
            Ok(Vec::new())
        }
    }

    pub(crate) fn call(name: &str, args: &[Value]) -> Result {
        call_in(Mode::Configuration, name, args)
    }

    pub(crate) fn call_in(mode: Mode, name: &str, args: &[Value]) -> Result {
        let span = Span::new(FileId(9), 0, 100);
        super::super::call(&Call { name, args, span, mode, scope: &Files(mode) })
    }

    /// A value in few words: the string itself, or JSON.
    pub(crate) fn text(value: &Value) -> String {
        match value.as_str() {
            Some(text) => text.to_string(),
            None => json::encode(value).written().to_string(),
        }
    }

    pub(crate) fn unknown(name: &str) -> Value {
        Value::unknown(Why::new(WhyKind::NoDefault, name))
    }

    fn of(name: &str, argument: &str) -> String {
        text(&call(name, &[Value::string(argument)]).unwrap())
    }

    fn fails(name: &str, argument: &str) -> bool {
        call(name, &[Value::string(argument)]).is_err()
    }

    #[test]
    fn base64_is_padded_and_holds_utf8() {
        assert_eq!(of("base64encode", "hello"), "aGVsbG8=");
        assert_eq!(of("base64decode", "aGVsbG8="), "hello");
        assert!(fails("base64decode", "aGVsbG8"));
        assert!(fails("base64decode", "//4="));
        assert_eq!(text(&call("base64encode", &[Value::number(12)]).unwrap()), "MTI=");
        assert!(call("base64encode", &[unknown("x")]).unwrap().is_unknown());
    }

    #[test]
    fn gzip_has_no_time_and_no_system() {
        assert_eq!(of("base64gzip", ""), "H4sIAAAAAAAA/wAAAP//AQAA//8AAAAAAAAAAA==");
        let packed = BASE64_STANDARD.decode(of("base64gzip", "hello hello hello")).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed[..]), &mut text).unwrap();
        assert_eq!(text, "hello hello hello");
    }

    #[test]
    fn urls_are_encoded_as_a_query_is() {
        assert_eq!(of("urlencode", "a/b~c-d_e.f*g'h(i)"), "a%2Fb~c-d_e.f%2Ag%27h%28i%29");
        assert_eq!(of("urlencode", "a b+é"), "a+b%2B%C3%A9");
    }

    #[test]
    fn encoded_text_keeps_the_value_and_its_places() {
        let place = Origins::one(Origin::here(Span::new(FileId(0), 5, 6)));
        let action = Value::string("*").with_origins(place.clone());
        let policy = Value::object([("Action".into(), action), ("R".into(), unknown("x"))]);
        let encoded = call("jsonencode", &[policy]).unwrap();
        let Repr::String(text) = &encoded.repr else { panic!("{encoded:?}") };
        assert_eq!(text.written(), r#"{"Action":"*","R":${x}}"#);
        let through = call("tostring", &[encoded]).unwrap();
        let decoded = call("jsondecode", &[through]).unwrap();
        let object = decoded.as_object().unwrap();
        assert_eq!(object.get("Action").unwrap().origins, place);
        assert!(object.get("R").unwrap().is_unknown());
    }

    #[test]
    fn a_wholly_unknown_value_makes_text_that_is_not_known_but_not_null() {
        let encoded = call("jsonencode", &[unknown("x")]).unwrap();
        assert!(encoded.as_unknown().unwrap().is_non_null());
        assert!(call("jsondecode", &[encoded]).unwrap().is_unknown());
        assert_eq!(text(&call("jsonencode", &[Value::null()]).unwrap()), "null");
        assert!(call("jsondecode", &[Value::null()]).is_err());
    }

    #[test]
    fn decoding_gives_tuples_and_objects() {
        let set = Value::list(List::of(ListKind::Set, vec![Value::string("a")]));
        let encoded = call("jsonencode", &[set]).unwrap();
        assert_eq!(call("jsondecode", &[encoded]).unwrap().kind_name(), "tuple");
        assert_eq!(of("jsondecode", r#"[1, "a", null, {"b": []}]"#), r#"[1,"a",null,{"b":[]}]"#);
        assert!(fails("jsondecode", "[1,]"));
        assert!(fails("jsondecode", ""));
    }

    #[test]
    fn what_is_sensitive_inside_makes_the_text_sensitive() {
        let inner = Value::object([("p".into(), Value::string("x").mark_sensitive(true))]);
        assert!(call("jsonencode", &[inner]).unwrap().sensitive);
    }

    #[test]
    fn text_with_holes_is_decoded_around_them() {
        let hole = Hole {
            unknown: Arc::new(Unknown::because(Why::new(WhyKind::NoDefault, "x"))),
            written: "${var.x}".into(),
            span: None,
        };
        let parts = vec![Part::Known(r#"{"a": "arn:"#.into()), Part::Hole(hole), Part::Known(r#":b", "c": 1}"#.into())];
        let policy = Value::from(Repr::String(Text::from_parts(parts)));
        let decoded = json_decode(&policy).unwrap();
        let Repr::String(a) = &decoded.as_object().unwrap().get("a").unwrap().repr else { panic!("{decoded:?}") };
        assert_eq!(a.written(), "arn:${var.x}:b");
    }
}
