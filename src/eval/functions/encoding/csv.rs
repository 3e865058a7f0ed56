//! `csvdecode`.

use ecow::EcoString;

use super::{Call, Result};
use crate::value::{List, ListKind, Type, Value};

/// The rows as objects whose fields the first row names.
pub(super) fn csvdecode(call: &Call<'_>) -> Result {
    let text = call.string(0)?;
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).into_records();
    let fault = |e: csv::Error| call.fault(0, format_args!("it is not CSV: {e}"));
    let header =
        rows.next().ok_or_else(|| call.fault(0, "it has no line with the names of the columns"))?.map_err(fault)?;
    let names: Vec<EcoString> = header.iter().map(EcoString::from).collect();
    if let Some(twice) = names.iter().enumerate().find_map(|(i, name)| names[..i].contains(name).then_some(name)) {
        return Err(call.fault(0, format_args!("two columns are named \"{twice}\"")));
    }
    let mut items = Vec::new();
    for row in rows {
        let row = row.map_err(fault)?;
        let fields = names.iter().cloned().zip(row.iter().map(Value::string));
        items.push(Value::object(fields));
    }
    let row = Type::Object(names.into_iter().map(|name| (name, Type::String)).collect());
    let empty = items.is_empty();
    let rows = Value::list(List::of(ListKind::List, items));
    Ok(if empty { rows.of_type(Type::list(row)) } else { rows })
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
    }

    #[test]
    fn rows_must_fit_the_header() {
        assert!(of("").unwrap_err().contains("no line with the names"));
        assert!(of("a,a\n1,2").unwrap_err().contains("two columns are named \"a\""));
        assert!(of("a,b\n1").is_err());
        assert!(call("csvdecode", &[unknown("x")]).unwrap().is_unknown());
    }
}
