//! Configuration maps and secrets that are made of files and literals, and the hash in their names.

use base64::{Engine, engine::general_purpose::STANDARD};
use ecow::EcoString;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::{
    Built, fault,
    files::Files,
    resource::{Behaviour, Resource, Resources},
    tree,
};
use crate::{
    lower::path::name_of,
    source::Span,
    syntax::node::{Entry, Node, NodeKind},
};

/// A key and its value.
struct Pair {
    key: EcoString,
    value: Vec<u8>,
    span: Span,
}

/// The object that an entry of `configMapGenerator` or `secretGenerator` makes.
pub(super) fn object(
    entry: &Node,
    options: Option<&Node>,
    secret: bool,
    dir: &str,
    files: &Files<'_>,
) -> Built<Resource> {
    let span = entry.span;
    let name = entry.get("name").filter(|n| n.as_text().is_some_and(|t| !t.is_empty()));
    let Some(name) = name else { return Err(fault("this generator has no `name`", span).into()) };
    let named = name.span;
    let kind = if secret { "Secret" } else { "ConfigMap" };
    let mut metadata = vec![Entry { key: "name".into(), key_span: named, value: name.clone() }];
    if let Some(namespace) = entry.get("namespace").filter(|n| n.as_text().is_some()) {
        metadata.push(tree::entry("namespace", namespace.clone()));
    }
    let own = entry.get("options");
    for key in ["labels", "annotations"] {
        let mut merged: Vec<Entry> = Vec::new();
        for pairs in [own, options].into_iter().flatten().filter_map(|o| o.get(key)) {
            for pair in pairs.entries() {
                if !merged.iter().any(|e| e.key == pair.key) {
                    let value = tree::text(pair.value.as_text().cloned().unwrap_or_default(), pair.value.span);
                    merged.push(Entry { key: pair.key.clone(), key_span: pair.key_span, value });
                }
            }
        }
        if !merged.is_empty() {
            metadata.push(tree::entry(key, tree::mapping(merged, span)));
        }
    }
    let mut entries = vec![
        tree::entry("apiVersion", tree::text("v1", named)),
        tree::entry("kind", tree::text(kind, named)),
        tree::entry("metadata", tree::mapping(metadata, named)),
    ];
    let pairs = pairs(entry, dir, files)?;
    let (mut data, mut binary) = (Vec::new(), Vec::new());
    for Pair { key, value, span } in pairs {
        let list = match (secret, std::str::from_utf8(&value)) {
            (false, Ok(text)) => {
                data.push(tree::entry(key, tree::text(text, span)));
                continue;
            }
            (true, _) => &mut data,
            (false, Err(_)) => &mut binary,
        };
        list.push(tree::entry(key, tree::text(STANDARD.encode(value), span)));
    }
    for (key, list) in [("data", data), ("binaryData", binary)] {
        if !list.is_empty() || secret && key == "data" {
            entries.push(tree::entry(key, tree::mapping(list, span)));
        }
    }
    if secret {
        let kind = entry.get("type").filter(|n| n.as_text().is_some_and(|t| !t.is_empty())).cloned();
        entries.push(tree::entry("type", kind.unwrap_or_else(|| tree::text("Opaque", named))));
    }
    let is_set = |key: &str| {
        let is_true = |o: &Node| matches!(o.get(key).map(|n| &n.kind), Some(NodeKind::Bool { value: true, .. }));
        [own, options].into_iter().flatten().any(is_true)
    };
    if is_set("immutable") {
        entries.push(tree::entry("immutable", tree::boolean(true, span)));
    }
    let behaviour = match tree::string(entry, &["behavior"]).map(EcoString::as_str) {
        Some("merge") => Behaviour::Merge,
        Some("replace") => Behaviour::Replace,
        _ => Behaviour::Create,
    };
    let node = tree::mapping(entries, span);
    Ok(Resource { hash: !is_set("disableNameSuffixHash"), behaviour, ..Resource::new(node) })
}

fn pairs(entry: &Node, dir: &str, files: &Files<'_>) -> Built<Vec<Pair>> {
    let mut out: Vec<Pair> = Vec::new();
    let items = |key: &str| entry.get(key).map_or(&[][..], Node::items).iter();
    let texts = |key: &str| items(key).filter_map(|n| n.as_text().map(|t| (n.span, t.clone()))).collect::<Vec<_>>();
    let mut envs = texts("envs");
    envs.extend(entry.get("env").and_then(|n| n.as_text().map(|t| (n.span, t.clone()))));
    for (span, path) in envs {
        let bytes = files.bytes(dir, &path, span)?;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Err(fault(format!("`{path}` is not text"), span).into());
        };
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // Without a value, it is that of the environment of whoever builds it.
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            if key.is_empty() {
                continue;
            }
            out.push(Pair { key: key.into(), value: value.as_bytes().to_vec(), span });
        }
    }
    for (span, literal) in texts("literals") {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(fault(format!("`{literal}` is not of the form `key=value`"), span).into());
        };
        let value = value.trim_matches(['"', '\'']);
        out.push(Pair { key: key.into(), value: value.as_bytes().to_vec(), span });
    }
    for (span, file) in texts("files") {
        let (key, path) = match file.split_once('=') {
            None => (name_of(&file), file.as_str()),
            Some((key, path)) if !key.is_empty() && !path.is_empty() && !path.contains('=') => (key, path),
            Some(_) => return Err(fault(format!("`{file}` is not of the form `key=path`"), span).into()),
        };
        out.push(Pair { key: key.into(), value: files.bytes(dir, path, span)?, span });
    }
    let mut seen = std::collections::BTreeSet::new();
    for pair in &out {
        if !seen.insert(pair.key.clone()) {
            return Err(fault(format!("the key `{}` is there twice", pair.key), pair.span).into());
        }
    }
    Ok(out)
}

/// Puts the hash of its content behind the name of each object that asks for it.
pub(super) fn add_hashes(resources: &mut Resources) {
    for resource in resources.0.iter_mut().filter(|r| r.hash) {
        resource.remember();
        let name = ecow::eco_format!("{}-{}", resource.name(), hash(&resource.node));
        resource.rename(name);
    }
}

/// Ten letters that tell the content, as kustomize makes them.
fn hash(node: &Node) -> String {
    let kind = tree::string(node, &["kind"]).map_or("", EcoString::as_str);
    let part = |path: &[&str]| tree::at(node, path).map_or_else(|| json!(""), tree::json);
    let mut fields = Map::new();
    // Kustomize looks for the name in the wrong place, and so takes an empty one.
    match kind {
        "ConfigMap" => {
            if node.get("binaryData").is_some_and(tree::is_mapping) {
                fields.insert("binaryData".into(), part(&["binaryData"]));
            }
            fields.insert("data".into(), part(&["data"]));
            fields.insert("kind".into(), json!("ConfigMap"));
            fields.insert("name".into(), json!(""));
        }
        "Secret" => {
            fields.insert("data".into(), part(&["data"]));
            fields.insert("kind".into(), json!("Secret"));
            fields.insert("name".into(), json!(""));
            if node.get("stringData").is_some_and(tree::is_mapping) {
                fields.insert("stringData".into(), part(&["stringData"]));
            }
            fields.insert("type".into(), part(&["type"]));
        }
        _ => {
            if let Json::Object(all) = tree::json(node) {
                fields = all;
            }
        }
    }
    let text = as_go_writes(&Json::Object(fields));
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    let letter = |c| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().take(10).map(letter).collect()
}

/// JSON as Go's encoder writes it: what HTML would take for a tag is escaped.
fn as_go_writes(value: &Json) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    let mut escaped = false;
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            // Go has no short forms of these two.
            'b' | 'f' if escaped => {
                out.push_str(if c == 'b' { "u0008" } else { "u000c" });
            }
            c => out.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_go_escapes_it() {
        assert_eq!(
            as_go_writes(&json!({"a": "<b> & \u{8}\\b\n"})),
            "{\"a\":\"\\u003cb\\u003e \\u0026 \\u0008\\\\b\\n\"}"
        );
    }
}
