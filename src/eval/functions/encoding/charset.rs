//! `textencodebase64` and `textdecodebase64`.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Call, Result, args};
use crate::{
    eval::functions::non_null,
    value::{Value, Why, WhyKind},
};

/// The encodings that are common in configuration, such as UTF-16LE for PowerShell.
#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    Utf16 {
        little: bool,
    },
    Latin1,
    Ascii,
    /// One that the IANA lists and trustlint does not know.
    Other,
}

fn charset(call: &Call<'_>) -> Result<Charset> {
    const OTHERS: [&str; 16] = [
        "windows-",
        "iso-8859-",
        "iso8859-",
        "iso_8859-",
        "ibm",
        "cp",
        "koi8-",
        "macintosh",
        "big5",
        "gb",
        "hz-gb-2312",
        "euc-",
        "shift_jis",
        "iso-2022-jp",
        "tis-620",
        "latin",
    ];
    let name = call.string(1)?.to_lowercase();
    Ok(match name.as_str() {
        "utf-8" | "utf8" => Charset::Utf8,
        "utf-16le" => Charset::Utf16 { little: true },
        "utf-16be" | "utf-16" => Charset::Utf16 { little: false },
        "iso-8859-1" | "latin1" => Charset::Latin1,
        "us-ascii" | "ascii" => Charset::Ascii,
        other if OTHERS.iter().any(|o| other.starts_with(o)) => Charset::Other,
        other => return Err(call.fault(1, format_args!("\"{other}\" is not an encoding that the IANA lists"))),
    })
}

fn not_evaluated(call: &Call<'_>) -> Value {
    non_null(Why::new(WhyKind::NotEvaluated, format!("{}() with this encoding", call.name)))
}

/// Text in an encoding, as base64.
pub(super) fn textencodebase64(call: &Call<'_>) -> Result {
    let text = call.string(0)?;
    let limit = |most: u32| -> Result<Vec<u8>> {
        let byte = |c: char| u8::try_from(u32::from(c)).ok().filter(|b| u32::from(*b) <= most);
        let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
        bytes.ok_or_else(|| call.fault(0, "it has a character that this encoding lacks"))
    };
    let bytes = match charset(call)? {
        Charset::Utf8 => text.as_bytes().to_vec(),
        Charset::Utf16 { little: true } => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Charset::Utf16 { little: false } => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Charset::Latin1 => limit(0xff)?,
        Charset::Ascii => limit(0x7f)?,
        Charset::Other => return Ok(not_evaluated(call)),
    };
    Ok(Value::string(BASE64_STANDARD.encode(bytes)))
}

/// The text that base64 in an encoding stands for.
pub(super) fn textdecodebase64(call: &Call<'_>) -> Result {
    let bytes =
        BASE64_STANDARD.decode(call.string(0)?).map_err(|e| call.fault(0, format_args!("it is not base64: {e}")))?;
    let misfit = || call.fault(0, "what it encodes is not text in this encoding");
    let text = match charset(call)? {
        Charset::Utf8 => String::from_utf8(bytes).map_err(|_| misfit())?,
        Charset::Utf16 { little } => {
            let pairs = bytes.chunks_exact(2);
            if !pairs.remainder().is_empty() {
                return Err(misfit());
            }
            let units =
                pairs.map(|p| if little { u16::from_le_bytes([p[0], p[1]]) } else { u16::from_be_bytes([p[0], p[1]]) });
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        Charset::Latin1 => bytes.iter().map(|b| char::from(*b)).collect(),
        Charset::Ascii if bytes.is_ascii() => bytes.iter().map(|b| char::from(*b)).collect(),
        Charset::Ascii => return Err(misfit()),
        Charset::Other => return Ok(not_evaluated(call)),
    };
    Ok(args::string(text))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, text, unknown};
    use crate::value::Value;

    fn run(name: &str, source: &str, charset: &str) -> Result<String, String> {
        let args = [Value::string(source), Value::string(charset)];
        call(name, &args).map(|v| text(&v)).map_err(|e| e.message)
    }

    #[test]
    fn utf16_is_what_powershell_wants() {
        assert_eq!(run("textencodebase64", "Hi", "UTF-16LE").unwrap(), "SABpAA==");
        assert_eq!(run("textdecodebase64", "SABpAA==", "UTF-16LE").unwrap(), "Hi");
        assert_eq!(run("textencodebase64", "é", "ISO-8859-1").unwrap(), "6Q==");
        assert_eq!(run("textdecodebase64", "6Q==", "iso-8859-1").unwrap(), "é");
        assert!(run("textencodebase64", "€", "ISO-8859-1").is_err());
    }

    #[test]
    fn an_encoding_that_nobody_knows_is_an_error_and_one_that_we_do_not_know_is_not() {
        assert!(run("textencodebase64", "x", "nope").is_err());
        assert!(run("textdecodebase64", "!!", "UTF-8").is_err());
        let args = [Value::string("x"), Value::string("windows-1252")];
        assert!(call("textencodebase64", &args).unwrap().is_unknown());
        assert!(call("textencodebase64", &[unknown("x"), Value::string("UTF-8")]).unwrap().is_unknown());
    }
}
