//! Attributes that a rule reads and no example has: most often they are misspelt, which is silent
//! otherwise, because an attribute that is missing is null.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use crate::{
    check::waive,
    model::View,
    rule::{Catalog, compile::Rule, walk::walk},
    syntax::hcl::{Expr, ExprKind, Ident, ObjectKey, Step},
    value::{Repr, Value},
};

/// What every entity has besides its content.
const BUILT_IN: [&str; 12] = [
    "address",
    "name",
    "kind",
    "file",
    "scope",
    "environment",
    "entity",
    "owner",
    "class",
    "sign",
    "account",
    "referenced_by",
];

/// What `iam_statements` calls the parts of a statement, however the policy is written.
const OF_STATEMENTS: [&str; 11] = [
    "sid",
    "effect",
    "actions",
    "not_actions",
    "resources",
    "not_resources",
    "principals",
    "not_principals",
    "conditions",
    "variable",
    "values",
];

/// The attribute names that `rule` reads and that occur in none of its examples.
pub(super) fn unseen(catalog: &Catalog, rule: &Rule) -> Vec<String> {
    let mut read = BTreeMap::new();
    for expr in expressions(rule) {
        attributes(expr, &mut read);
    }
    for defaults in rule.matches.iter().flat_map(|m| &m.defaults).chain(rule.links.iter().flat_map(|l| &l.defaults)) {
        for (path, _) in super::flat(defaults) {
            for name in path.split('.') {
                read.entry(name.to_string()).or_insert_with(|| path.clone());
            }
        }
    }
    let mut words: BTreeSet<&str> = BUILT_IN.into();
    for (_, text) in rule.examples.iter().flat_map(|e| &e.files) {
        words.extend(text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')));
    }
    // Lowering gives names too, such as the parts of a `uses`.
    let mut lowered = BTreeSet::new();
    for example in &rule.examples {
        // Waivers are made by a check.
        let about_waivers = rule.kinds().any(|kind| kind == waive::KIND);
        let project = if about_waivers { super::run(catalog, rule, example).project } else { super::lowered(example) };
        for entity in &project.entities {
            fields(&entity.body, 0, &mut lowered);
        }
    }
    for expr in expressions(rule) {
        walk(expr, &mut |e, _| {
            if matches!(&e.kind, ExprKind::Call { name, .. } if name.text == "iam_statements") {
                words.extend(OF_STATEMENTS);
            }
        });
    }
    // A view gives names to what it finds; its own examples are those of the rules that use it.
    let mut made = BTreeSet::new();
    for view in views(catalog, rule) {
        for source in &view.sources {
            names_made(&source.value, &mut made);
        }
    }
    read.into_iter()
        .filter(|(name, _)| !words.contains(name.as_str()) && !made.contains(name) && !lowered.contains(name))
        .map(|(name, path)| {
            if name == path {
                format!("`{name}` is read and occurs in no example; is it spelt right?")
            } else {
                format!("`{name}` (in `{path}`) is read and occurs in no example; is it spelt right?")
            }
        })
        .collect()
}

/// A job holds its workflow, which holds nothing that leads back; deeper than this is nothing new.
const DEEPEST: usize = 12;

/// The names of the fields in a value, at every depth.
fn fields(value: &Value, depth: usize, out: &mut BTreeSet<String>) {
    match &value.repr {
        Repr::Object(object) if depth < DEEPEST => {
            for (name, field) in &object.fields {
                out.insert(name.to_string());
                fields(field, depth + 1, out);
            }
        }
        Repr::List(list) if depth < DEEPEST => {
            list.items.iter().chain(&list.maybe).for_each(|item| fields(item, depth + 1, out));
        }
        _ => {}
    }
}

/// Whether a rule reads an attribute of this name.
pub(super) fn reads(rule: &Rule, name: &str) -> bool {
    let mut found = false;
    for expr in expressions(rule) {
        walk(expr, &mut |e, _| {
            if let ExprKind::Traversal(_, steps) = &e.kind {
                found |= steps.iter().any(|s| matches!(s, Step::Attribute(attribute) if attribute.text == name));
            }
        });
    }
    found
}

fn expressions(rule: &Rule) -> Vec<&Expr> {
    let mut out = Vec::new();
    out.extend(rule.matches.iter().flat_map(|m| &m.condition));
    out.extend(rule.links.iter().map(|l| &l.condition));
    for assert in &rule.asserts {
        out.extend(assert.for_each.iter().chain([&assert.condition, &assert.message]).chain(&assert.at));
    }
    if let Some(distinct) = &rule.distinct {
        out.extend([&distinct.key, &distinct.across, &distinct.message]);
        out.extend(distinct.within.iter().chain(&distinct.condition));
    }
    out
}

/// The attributes that are read of the document: behind `self`, `other`, `each.value`, `a`, `b`,
/// `link.<name>`, and behind a name that `for` binds to elements of such.
fn attributes(expr: &Expr, read: &mut BTreeMap<String, String>) {
    // Names bound by `for` over something that a function made hold no attributes of documents.
    let mut documents: BTreeSet<String> = BTreeSet::new();
    walk(expr, &mut |e, bound| {
        if let ExprKind::For(f) = &e.kind
            && is_document(&f.collection, bound, &documents)
        {
            documents.insert(f.value_var.text.to_string());
        }
        let ExprKind::Traversal(base, steps) = &e.kind else { return };
        let Some(first) = first_attribute(base, steps, bound, &documents) else { return };
        let names: Vec<&str> = steps
            .iter()
            .filter_map(|s| match s {
                Step::Attribute(name) => Some(name.text.as_str()),
                _ => None,
            })
            .collect();
        let path = names[first.min(names.len())..].join(".");
        for name in &names[first.min(names.len())..] {
            read.entry((*name).to_string()).or_insert_with(|| path.clone());
        }
    });
}

/// How many attribute steps come before the document; none if it is no document.
fn first_attribute(base: &Expr, steps: &[Step], bound: &[&Ident], documents: &BTreeSet<String>) -> Option<usize> {
    let ExprKind::Variable(name) = &base.kind else { return None };
    if bound.iter().any(|b| b.text == *name) {
        return documents.contains(name.as_str()).then_some(0);
    }
    match (name.as_str(), steps.first()) {
        ("self" | "other" | "a" | "b", _) => Some(0),
        ("each", Some(Step::Attribute(part))) if part.text == "value" => Some(1),
        ("link", Some(_)) => Some(1),
        _ => None,
    }
}

fn is_document(expr: &Expr, bound: &[&Ident], documents: &BTreeSet<String>) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) => is_document(inner, bound, documents),
        ExprKind::Traversal(base, steps) => first_attribute(base, steps, bound, documents).is_some(),
        ExprKind::Variable(_) => first_attribute(expr, &[], bound, documents).is_some(),
        _ => false,
    }
}

/// The views that a rule stands on.
pub fn views<'c>(catalog: &'c Catalog, rule: &Rule) -> Vec<&'c View> {
    let mut out: Vec<&View> = Vec::new();
    let mut queue: Vec<&str> = rule.kinds().chain(rule.links.iter().map(|l| &l.to)).map(EcoString::as_str).collect();
    while let Some(kind) = queue.pop() {
        if out.iter().any(|v| v.name == kind) {
            continue;
        }
        if let Some(view) = catalog.views.iter().find(|v| v.name == kind) {
            out.push(view);
            queue.extend(view.sources.iter().flat_map(|s| s.kinds.iter().map(EcoString::as_str)));
        }
    }
    out
}

/// The keys of the objects that a view makes.
fn names_made(expr: &Expr, made: &mut BTreeSet<String>) {
    walk(expr, &mut |e, _| {
        if let ExprKind::Object(elements) = &e.kind {
            for (key, _) in elements {
                match key {
                    ObjectKey::Name(name) => made.insert(name.text.to_string()),
                    ObjectKey::Expr(Expr { kind: ExprKind::String(text), .. }) => made.insert(text.to_string()),
                    ObjectKey::Expr(_) => false,
                };
            }
        }
    });
}
