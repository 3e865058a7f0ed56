//! Values as they are written in HCL, YAML and JSON.

use serde_json::Value as Json;

use super::layout::STEP;

/// A value as an expression of HCL, in one line.
pub(super) fn hcl(value: &Json) -> String {
    match value {
        Json::Null => "null".into(),
        Json::Bool(value) => value.to_string(),
        Json::Number(value) => value.to_string(),
        Json::String(text) => hcl_string(text),
        Json::Array(items) => format!("[{}]", items.iter().map(hcl).collect::<Vec<_>>().join(", ")),
        Json::Object(fields) if fields.is_empty() => "{}".into(),
        Json::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("{} = {}", hcl_key(key), hcl(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

fn hcl_key(key: &str) -> String {
    let is_name = key.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if is_name { key.into() } else { hcl_string(key) }
}

fn hcl_string(text: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out + "\""
}

/// The lines of a block: attributes, and a block for each object.
pub(super) fn hcl_block(name: &str, value: &Json, indent: &str) -> Vec<String> {
    let Json::Object(fields) = value else { return vec![format!("{indent}{name} = {}", hcl(value))] };
    let mut lines = vec![format!("{indent}{name} {{")];
    let inner = format!("{indent}{STEP}");
    let width = fields.iter().filter(|(_, v)| !v.is_object()).map(|(k, _)| k.len()).max().unwrap_or(0);
    for (key, value) in fields.iter().filter(|(_, v)| !v.is_object()) {
        lines.push(format!("{inner}{key:width$} = {}", hcl(value)));
    }
    for (key, value) in fields.iter().filter(|(_, v)| v.is_object()) {
        lines.extend(hcl_block(key, value, &inner));
    }
    lines.push(format!("{indent}}}"));
    lines
}

/// A value in one line of YAML, which is also how a flow mapping holds it; `quoted`, of JSON.
pub(super) fn yaml(value: &Json, quoted: bool) -> String {
    match value {
        Json::String(text) if !quoted && is_plain(text) => text.clone(),
        Json::Array(items) => {
            format!("[{}]", items.iter().map(|item| yaml(item, quoted)).collect::<Vec<_>>().join(", "))
        }
        Json::Object(fields) if !fields.is_empty() => {
            let key = |key: &String| yaml(&Json::String(key.clone()), quoted);
            let fields = fields.iter().map(|(name, value)| format!("{}: {}", key(name), yaml(value, quoted)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}

/// Whether a text is itself without quotes: no sign of YAML, and nothing that would be read as another type.
fn is_plain(text: &str) -> bool {
    let first = text.chars().next();
    first.is_some_and(|c| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@' | ' '))
        && !text.ends_with(' ')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
        )
}

/// The lines of an entry of a mapping.
pub(super) fn yaml_entry(key: &str, value: &Json, indent: &str) -> Vec<String> {
    match value {
        Json::Object(fields) if !fields.is_empty() => {
            let inner = format!("{indent}{STEP}");
            let mut lines = vec![format!("{indent}{}:", yaml(&Json::String(key.into()), false))];
            lines.extend(fields.iter().flat_map(|(key, value)| yaml_entry(key, value, &inner)));
            lines
        }
        value => vec![format!("{indent}{}: {}", yaml(&Json::String(key.into()), false), yaml(value, false))],
    }
}

/// `value` under the names of `path`: `a.b` and 1 are `{ b = 1 }` under `a`.
pub(super) fn under(path: &[String], value: &Json) -> Option<(String, Json)> {
    let (first, rest) = path.split_first()?;
    let nested = rest
        .iter()
        .rev()
        .fold(value.clone(), |value, name| Json::Object([(name.clone(), value)].into_iter().collect()));
    Some((first.clone(), nested))
}

/// Whether two scalars are the same once one is converted to the other's type, as arguments are.
pub(super) fn same(a: &Json, b: &Json) -> bool {
    let text = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        _ => None,
    };
    a == b || text(a).is_some_and(|a| Some(a) == text(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_the_language_asks() {
        let text = Json::String("a \"b\" ${c} $d\n".into());
        assert_eq!(hcl(&text), r#""a \"b\" $${c} $d\n""#);
        assert_eq!(yaml(&text, false), r#""a \"b\" ${c} $d\n""#);
    }

    #[test]
    fn what_yaml_would_read_as_another_type_is_quoted() {
        let yaml = |text: &str| yaml(&Json::String(text.into()), false);
        assert_eq!(yaml("RuntimeDefault"), "RuntimeDefault");
        assert_eq!(yaml("1.2"), "\"1.2\"");
        assert_eq!(yaml("no"), "\"no\"");
        assert_eq!(yaml("a: b"), "\"a: b\"");
        assert_eq!(yaml(""), "\"\"");
    }

    #[test]
    fn objects_are_blocks_with_their_attributes_aligned() {
        let value = serde_json::json!({ "tokens": "required", "a": 1, "deep": { "b": true } });
        let lines = hcl_block("options", &value, "  ").join("\n");
        assert_eq!(
            lines,
            "  options {\n    tokens = \"required\"\n    a      = 1\n    deep {\n      b = true\n    }\n  }"
        );
    }
}
