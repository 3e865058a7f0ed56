//! `csvdecode`.

use std::collections::HashSet;

use ecow::EcoString;

use super::{Call, Result, args};
use crate::value::{List, ListKind, Type, Value};

/// The rows as objects whose fields the first row names.
pub(super) fn csvdecode(call: &Call<'_>) -> Result {
    let text = call.string(0)?;
    let mut lines = Lines { rest: &text, number: 0 };
    let fault = |why: String| call.fault(0, why);
    let header = lines.record().map_err(fault)?;
    let header = header.ok_or_else(|| call.fault(0, "it has no line with the names of the columns"))?;
    let names: Vec<EcoString> = header.into_iter().map(|name| args::composed(name.into())).collect();
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(*name)) {
        return Err(call.fault(0, format_args!("two columns are named \"{twice}\"")));
    }
    let mut items = Vec::new();
    while let Some(row) = lines.record().map_err(fault)? {
        if row.len() != names.len() {
            let (found, line) = (row.len(), lines.number);
            let why = format!("the row that ends on line {line} has {found} fields, the first has {}", names.len());
            return Err(fault(why));
        }
        items.push(Value::object(names.iter().cloned().zip(row.into_iter().map(args::string))));
    }
    let row = Type::Object(names.into_iter().map(|name| (name, Type::String)).collect());
    let empty = items.is_empty();
    let rows = Value::list(List::of(ListKind::List, items));
    Ok(if empty { rows.of_type(Type::list(row)) } else { rows })
}

/// The lines of a text that are not read yet. Quotes are read as strictly as Go reads them: a field is
/// in quotes as a whole, or holds none.
struct Lines<'a> {
    rest: &'a str,
    /// How many are read.
    number: usize,
}

impl<'a> Lines<'a> {
    /// The next line without its end, and whether it has one.
    fn next(&mut self) -> Option<(&'a str, bool)> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let (line, ends) = match self.rest.split_once('\n') {
            Some((line, rest)) => {
                self.rest = rest;
                (line, true)
            }
            None => (std::mem::take(&mut self.rest), false),
        };
        Some((line.strip_suffix('\r').unwrap_or(line), ends))
    }

    /// The fields of the next row; lines with nothing on them are none.
    fn record(&mut self) -> Result<Option<Vec<String>>, String> {
        let (mut line, mut ends) = loop {
            match self.next() {
                None => return Ok(None),
                Some(("", _)) => {}
                Some(line) => break line,
            }
        };
        let mut fields = Vec::new();
        loop {
            let Some(mut quoted) = line.strip_prefix('"') else {
                let (field, rest) = line.split_once(',').map_or((line, None), |(field, rest)| (field, Some(rest)));
                if field.contains('"') {
                    return Err(format!("a quote stands inside of a field on line {}", self.number));
                }
                fields.push(field.to_string());
                match rest {
                    Some(rest) => line = rest,
                    None => return Ok(Some(fields)),
                }
                continue;
            };
            let mut field = String::new();
            loop {
                let Some((text, rest)) = quoted.split_once('"') else {
                    field.push_str(quoted);
                    if ends {
                        field.push('\n');
                    }
                    (quoted, ends) = self.next().ok_or_else(|| "a quote is never closed".to_string())?;
                    continue;
                };
                field.push_str(text);
                if let Some(rest) = rest.strip_prefix('"') {
                    field.push('"');
                    quoted = rest;
                    continue;
                }
                fields.push(field);
                match rest.strip_prefix(',') {
                    Some(rest) => line = rest,
                    None if rest.is_empty() => return Ok(Some(fields)),
                    None => return Err(format!("something follows a closing quote on line {}", self.number)),
                }
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, text, unknown};
    use crate::value::Value;

    fn of(csv: &str) -> Result<String, String> {
        call("csvdecode", &[Value::string(csv)]).map(|v| text(&v)).map_err(|e| e.message)
    }

    #[test]
    fn the_first_row_names_the_fields() {
        assert_eq!(of("a,b\n1,2\n3,4").unwrap(), r#"[{"a":"1","b":"2"},{"a":"3","b":"4"}]"#);
        assert_eq!(of("\"x y\",z\n\"1,2\",\"q\"\"q\"").unwrap(), r#"[{"x y":"1,2","z":"q\"q"}]"#);
        assert_eq!(of("a\n\n1\n").unwrap(), r#"[{"a":"1"}]"#);
        assert_eq!(of("a,b\n 1 , 2 ").unwrap(), r#"[{"a":" 1 ","b":" 2 "}]"#);
        assert_eq!(of("a,b\n").unwrap(), "[]");
        assert_eq!(of("a,b\r\n\"x\r\ny\",\r2\r\n").unwrap(), r#"[{"a":"x\ny","b":"\r2"}]"#);
        assert_eq!(of("a,\n\"\",2").unwrap(), r#"[{"":"2","a":""}]"#);
    }

    #[test]
    fn rows_must_fit_the_header() {
        assert!(of("").unwrap_err().contains("no line with the names"));
        assert!(of("a,a\n1,2").unwrap_err().contains("two columns are named \"a\""));
        assert!(of("a,b\n1").unwrap_err().contains("the row that ends on line 2 has 1 fields, the first has 2"));
        assert!(of("a\nx\"y").unwrap_err().contains("a quote stands inside of a field on line 2"));
        assert!(of("a\n\"x\"y").unwrap_err().contains("something follows a closing quote on line 2"));
        assert!(of("a\n\"x\ny").unwrap_err().contains("a quote is never closed"));
        assert!(call("csvdecode", &[unknown("x")]).unwrap().is_unknown());
    }
}
