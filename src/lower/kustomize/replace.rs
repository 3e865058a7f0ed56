//! Replacements and variables: a value of one object is written into others.

use std::collections::BTreeMap;

use ecow::EcoString;
use regex::Regex;

use super::{
    Built,
    config::{BUILT_IN, Config},
    fault, fieldspec,
    patch::Selector,
    resource::{Gvk, Id, Resources},
    tree,
};
use crate::{
    source::{FileId, Span},
    syntax::node::{Node, NodeKind},
};

/// What a target selects or rejects: names as they are, and labels.
struct Choice {
    gvk: Gvk,
    name: Option<EcoString>,
    namespace: Option<EcoString>,
    pairs: Selector,
}

impl Choice {
    fn new(node: &Node) -> Built<Self> {
        // Only what it says of labels and annotations is a pattern.
        let NodeKind::Mapping(entries) = &node.kind else {
            return Err(fault("a mapping is needed here", node.span).into());
        };
        let kept = entries.iter().filter(|e| e.key.ends_with("Selector")).cloned().collect();
        Ok(Self {
            gvk: Gvk::of(node),
            name: tree::string(node, &["name"]).cloned(),
            namespace: tree::string(node, &["namespace"]).cloned(),
            pairs: Selector::new(&tree::mapping(kept, node.span))?,
        })
    }

    fn names(&self, id: &Id) -> bool {
        id.is(&self.gvk)
            && self.name.as_ref().is_none_or(|n| *n == id.name)
            && self.namespace.as_ref().is_none_or(|n| n.as_str() == id.place())
    }
}

/// The tag of a node that was made to be written to.
const MADE: &str = "!made";

/// Copies a value as an entry of `replacements` says.
pub(super) fn replacement(resources: &mut Resources, entry: &Node) -> Built<()> {
    let Some(source) = entry.get("source") else {
        return Err(fault("this replacement has no `source`", entry.span).into());
    };
    let value = value_of(resources, source)?;
    for target in entry.get("targets").map_or(&[][..], Node::items) {
        let Some(select) = target.get("select") else {
            return Err(fault("this target has no `select`", target.span).into());
        };
        let select = Choice::new(select)?;
        let rejects = target.get("reject").map_or(&[][..], Node::items).iter().map(Choice::new);
        let rejects = rejects.collect::<Built<Vec<_>>>()?;
        let options = target.get("options");
        let paths: Vec<(EcoString, Span)> = match target.get("fieldPaths").map_or(&[][..], Node::items) {
            [] => vec![("metadata.name".into(), target.span)],
            paths => paths.iter().filter_map(|p| Some((p.as_text()?.clone(), p.span))).collect(),
        };
        for resource in &mut resources.0 {
            let mut ids = vec![resource.id()];
            ids.extend(resource.previous.iter().cloned());
            let rejected = |r: &Choice| {
                ids.iter().any(|id| r.names(id)) && (!r.pairs.asks_for_pairs() || r.pairs.has_pairs(&resource.node))
            };
            if rejects.iter().any(rejected)
                || !select.pairs.has_pairs(&resource.node)
                || !ids.iter().any(|id| select.names(id))
            {
                continue;
            }
            for (path, span) in &paths {
                let steps = steps(path);
                let create = is_true(options, "create");
                let mut found = 0;
                let is_pair =
                    steps.len() == 3 && steps[0] == "metadata" && matches!(steps[1].as_str(), "labels" | "annotations");
                each(&mut resource.node, &steps, create.then_some(&value), *span, &mut |node| {
                    found += 1;
                    write(node, &value, options)?;
                    if let Some(text) = node.as_text().filter(|_| is_pair) {
                        *node = tree::text(text.clone(), node.span);
                    }
                    Ok(())
                })?;
                if found == 0 {
                    return Err(fault(format!("{} has no field `{path}`", ids[0]), *span)
                        .help("`options: {create: true}` makes it")
                        .into());
                }
            }
        }
    }
    Ok(())
}

fn is_true(options: Option<&Node>, key: &str) -> bool {
    matches!(options.and_then(|o| o.get(key)).map(|n| &n.kind), Some(NodeKind::Bool { value: true, .. }))
}

fn index_in(options: Option<&Node>) -> i64 {
    options.and_then(|o| tree::string(o, &["index"])).and_then(|t| t.parse().ok()).unwrap_or(0)
}

fn delimiter(options: Option<&Node>) -> Option<&EcoString> {
    options.and_then(|o| tree::string(o, &["delimiter"]))
}

/// The value that a source names.
fn value_of(resources: &Resources, source: &Node) -> Built<Node> {
    let gvk = Gvk::of(source);
    let field = |key: &str| tree::string(source, &[key]);
    let (name, namespace) = (field("name"), field("namespace"));
    let fits = |id: &Id| {
        id.is(&gvk) && name.is_none_or(|n| *n == id.name) && namespace.is_none_or(|n| n.as_str() == id.place())
    };
    let mut found = resources.0.iter().filter(|r| r.was(fits));
    let Some(only) = found.next() else {
        return Err(fault("there is no object that this source names", source.span).into());
    };
    if let Some(other) = found.next() {
        let message = format!("this source names several objects: {} and {}", only.id(), other.id());
        return Err(fault(message, source.span).into());
    }
    let path = field("fieldPath").map_or("metadata.name", EcoString::as_str);
    let mut copy = only.node.clone();
    let mut value = None;
    each(&mut copy, &steps(path), None, source.span, &mut |node| {
        value.get_or_insert_with(|| node.clone());
        Ok(())
    })?;
    let span = source.get("fieldPath").map_or(source.span, |n| n.span);
    let Some(value) = value else { return Err(fault(format!("{} has no field `{path}`", only.id()), span).into()) };
    let options = source.get("options");
    let Some(delimiter) = delimiter(options) else { return Ok(value) };
    let Some(text) = value.as_text() else {
        return Err(fault(format!("`{path}` is no text that `delimiter` could part"), span).into());
    };
    let at = usize::try_from(index_in(options)).ok();
    match at.and_then(|at| text.split(delimiter.as_str()).nth(at)) {
        Some(part) => Ok(tree::text(part, value.span)),
        None => Err(fault(format!("`{path}` has no such part"), span).into()),
    }
}

/// Writes a value to a field. A scalar stays of the type that it is.
fn write(node: &mut Node, value: &Node, options: Option<&Node>) -> Built<()> {
    let is_scalar = tree::is_scalar(node) || tree::is_null(node);
    let mut text = value.as_text().cloned();
    if let Some(delimiter) = delimiter(options) {
        if !is_scalar {
            return Err(
                fault(format!("`delimiter` parts a text, and this is {}", tree::kind_word(node)), node.span).into()
            );
        }
        let old = node.as_text().cloned().unwrap_or_default();
        let mut parts: Vec<&str> = old.split(delimiter.as_str()).collect();
        let new = text.clone().unwrap_or_default();
        let at = index_in(options);
        match usize::try_from(at) {
            Err(_) => parts.insert(0, &new),
            Ok(at) if at >= parts.len() => parts.push(&new),
            Ok(at) => parts[at] = &new,
        }
        text = Some(parts.join(delimiter).into());
    }
    if !is_scalar {
        *node = value.clone();
        return Ok(());
    }
    let text = text.unwrap_or_default();
    *node = match node.kind {
        NodeKind::String(_) => tree::text(text, value.span),
        NodeKind::Null if node.tag.as_deref() != Some(MADE) => {
            return Err(fault("a null is never replaced; set the field to a text first", node.span).into());
        }
        _ => {
            let new = tree::plain(&text, value.span);
            let fits = tree::is_null(node) || std::mem::discriminant(&node.kind) == std::mem::discriminant(&new.kind);
            if !fits {
                let message =
                    format!("`{text}` is {}, and takes the place of {}", tree::kind_word(&new), tree::kind_word(node));
                return Err(fault(message, node.span).into());
            }
            new
        }
    };
    Ok(())
}

/// The steps of `spec.containers.[name=web].image`; `\.` is a dot in a key.
fn steps(path: &str) -> Vec<EcoString> {
    let mut out = vec![EcoString::new()];
    let mut brackets = 0;
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'.') => {
                chars.next();
                push(&mut out, '.');
            }
            '.' if brackets == 0 => out.push(EcoString::new()),
            _ => {
                brackets += match c {
                    '[' => 1,
                    ']' => -1,
                    _ => 0,
                };
                push(&mut out, c);
            }
        }
    }
    out.retain(|s| !s.is_empty());
    out
}

fn push(out: &mut [EcoString], c: char) {
    if let Some(last) = out.last_mut() {
        last.push(c);
    }
}

/// Calls `change` for each node that a path leads to; `create` makes what is missing, to hold such a value.
fn each(
    node: &mut Node,
    path: &[EcoString],
    create: Option<&Node>,
    span: Span,
    change: &mut dyn FnMut(&mut Node) -> Built<()>,
) -> Built<()> {
    let Some((step, rest)) = path.split_first() else { return change(node) };
    // What is made holds a list if an element of it is asked for.
    let made = |rest: &[EcoString]| match (rest.first(), create) {
        (Some(next), _) if next.starts_with('[') && next.contains('=') || next == "-" => {
            tree::node(NodeKind::Sequence(Vec::new()), span)
        }
        (None, Some(value)) if !tree::is_mapping(value) && !tree::is_sequence(value) => {
            Node { tag: Some(MADE.into()), ..tree::node(NodeKind::Null, span) }
        }
        _ => tree::mapping(Vec::new(), span),
    };
    if let Some(filter) = step.strip_prefix('[').and_then(|s| s.strip_suffix(']'))
        && let Some((key, wanted)) = filter.split_once('=')
    {
        let NodeKind::Sequence(items) = &mut node.kind else { return Ok(()) };
        let pattern = Regex::new(wanted).ok();
        let fits = |item: &Node| {
            let text = if key.is_empty() { item.as_text() } else { item.get(key).and_then(Node::as_text) };
            text.is_some_and(|t| pattern.as_ref().map_or(t == wanted, |p| p.is_match(t)))
        };
        if create.is_some() && !items.iter().any(fits) {
            items.push(if key.is_empty() {
                tree::text(wanted, span)
            } else {
                tree::mapping(vec![tree::entry(key, tree::text(wanted, span))], span)
            });
        }
        return items.iter_mut().filter(|item| fits(item)).try_for_each(|item| each(item, rest, create, span, change));
    }
    match &mut node.kind {
        NodeKind::Sequence(items) => {
            if step == "*" {
                return items.iter_mut().try_for_each(|item| each(item, rest, create, span, change));
            }
            if step == "-" && create.is_some() {
                items.push(made(rest));
            }
            let at = if step == "-" { items.len().checked_sub(1) } else { step.parse().ok() };
            match at.and_then(|at: usize| items.get_mut(at)) {
                Some(item) => each(item, rest, create, span, change),
                None => Ok(()),
            }
        }
        NodeKind::Mapping(entries) => {
            if step == "*" {
                return entries.iter_mut().try_for_each(|e| each(&mut e.value, rest, create, span, change));
            }
            let step = step.strip_prefix('[').and_then(|s| s.strip_suffix(']')).map_or(step.clone(), EcoString::from);
            let missing = |n: Option<&Node>| n.is_none_or(|n| tree::is_null(n) && !rest.is_empty());
            if create.is_some() && missing(entries.iter().find(|e| e.key == step).map(|e| &e.value)) {
                entries.retain(|e| e.key != step);
                entries.push(tree::entry(step.clone(), made(rest)));
            }
            match entries.iter_mut().find(|e| e.key == step) {
                Some(entry) => each(&mut entry.value, rest, create, span, change),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// A variable: its name and what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: EcoString,
    pub(super) declared: Node,
}

/// Puts the values of variables where `$(NAME)` stands.
pub(super) fn variables(resources: &mut Resources, variables: &[Variable], config: &Config) -> Built<()> {
    if variables.is_empty() {
        return Ok(());
    }
    let mut values: BTreeMap<EcoString, Node> = BTreeMap::new();
    for variable in variables {
        let Some(object) = variable.declared.get("objref") else {
            return Err(
                fault(format!("the variable `{}` has no `objref`", variable.name), variable.declared.span).into()
            );
        };
        let mut source = object.clone();
        if let Some(api_version) = tree::string(object, &["apiVersion"]) {
            let (group, version) = super::resource::split_version(api_version);
            tree::set(&mut source, "group", tree::text(group, object.span));
            tree::set(&mut source, "version", tree::text(version, object.span));
        }
        if let Some(path) = tree::at(&variable.declared, &["fieldref", "fieldpath"])
            .or_else(|| tree::at(&variable.declared, &["fieldref", "fieldPath"]))
        {
            tree::set(&mut source, "fieldPath", path.clone());
        }
        values.insert(variable.name.clone(), value_of(resources, &source)?);
    }
    let none = Span::new(FileId::NONE, 0, 0);
    for resource in &mut resources.0 {
        let id = resource.id();
        for field in BUILT_IN.variables.iter().chain(&config.variables).filter(|f| f.applies_to(&id)) {
            // What has another shape holds no variable.
            let _ = fieldspec::visit(&mut resource.node, &field.path, None, none, &mut |node| {
                expand(node, &values);
                Ok(())
            });
        }
    }
    Ok(())
}

fn expand(node: &mut Node, values: &BTreeMap<EcoString, Node>) {
    match &mut node.kind {
        NodeKind::Sequence(items) => items.iter_mut().for_each(|item| expand(item, values)),
        NodeKind::Mapping(entries) => entries.iter_mut().for_each(|e| expand(&mut e.value, values)),
        NodeKind::String(scalar) if scalar.text.contains("$(") => {
            let whole = scalar.text.strip_prefix("$(").and_then(|t| t.strip_suffix(')')).and_then(|n| values.get(n));
            if let Some(value) = whole.filter(|v| tree::is_scalar(v)) {
                *node = value.clone();
                return;
            }
            scalar.text = expanded(&scalar.text, values);
        }
        _ => {}
    }
}

fn expanded(text: &str, values: &BTreeMap<EcoString, Node>) -> EcoString {
    let mut out = EcoString::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("$$") {
            out.push('$');
            rest = &rest[2..];
            continue;
        }
        let name = rest.strip_prefix("$(").and_then(|r| r.split_once(')'));
        if let Some((value, after)) = name.and_then(|(name, after)| Some((values.get(name)?.as_text()?, after))) {
            out.push_str(value);
            rest = after;
        } else {
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}
