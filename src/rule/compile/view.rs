//! `view` and `criterion`.

use ecow::EcoString;

use super::{
    literals,
    names::{Names, Used},
};
use crate::{
    model::{View, ViewLink, ViewSource},
    report::Criterion,
    rule::file::{Section, mistake},
    source::Diagnostic,
    syntax::hcl::ExprKind,
};

/// A view.
pub fn view(section: &Section, diagnostics: &mut Vec<Diagnostic>) -> Option<View> {
    let name = section.label()?;
    if !name.text.contains('.') {
        diagnostics.push(
            mistake(format!("the name of view \"{}\" has no dot", name.text), name.span)
                .help("`<platform>.<name>` tells views from the types of providers."),
        );
    }
    let help = "Say in one sentence what the view gives.";
    let description = literals::required(section, "description", help, diagnostics);
    let sources: Vec<ViewSource> = section.sections("from").filter_map(|s| source(s, diagnostics)).collect();
    if section.sections("from").next().is_none() {
        diagnostics.push(
            mistake(format!("view \"{}\" has no `from`", name.text), section.header())
                .help("`from \"<type>\" { value = ... }` says what it is made of."),
        );
    }
    Some(View { name: name.text.clone(), description: description?.into(), sources, span: section.header() })
}

fn source(section: &Section, diagnostics: &mut Vec<Diagnostic>) -> Option<ViewSource> {
    let mut used = Used::default();
    let bare = Names { this: true, place: "a view", ..Names::default() };
    let links: Vec<ViewLink> = section.sections("link").filter_map(|s| link(s, bare, &mut used, diagnostics)).collect();
    let link_names: Vec<EcoString> = links.iter().map(|l| l.name.clone()).collect();
    let names = Names { links: Some(&link_names), ..bare };
    let inner = Names { each: section.get("for_each").is_some(), ..names };
    for (name, scope) in [("where", names), ("for_each", names), ("value", inner)] {
        if let Some(expr) = section.get(name) {
            scope.check(expr, &mut used, diagnostics);
        }
    }
    literals::missing(section, "value", "It is the body of the entity that is made.", diagnostics);
    Some(ViewSource {
        kinds: section.block.labels.iter().map(|l| l.text.clone()).collect(),
        links,
        condition: section.get("where").cloned(),
        for_each: section.get("for_each").cloned(),
        value: section.get("value").cloned()?,
    })
}

/// A `link` of a source.
fn link(section: &Section, names: Names<'_>, used: &mut Used, diagnostics: &mut Vec<Diagnostic>) -> Option<ViewLink> {
    let name = section.label()?;
    let to = literals::required(section, "to", "It is a type or a view.", diagnostics);
    literals::missing(section, "where", "It says which of them belong to `self`; `other` is one of them.", diagnostics);
    let condition = section.get("where");
    if let Some(condition) = condition {
        Names { other: true, place: "`where` of a link", ..names }.check(condition, used, diagnostics);
    }
    let only_one = match section.get("at_most").map(|e| &e.kind) {
        None => false,
        Some(ExprKind::Number(n)) if n.as_i64() == Some(1) => true,
        Some(_) => {
            diagnostics.push(mistake("`at_most` of a view's link can only be 1", section.header()));
            return None;
        }
    };
    Some(ViewLink { name: name.text.clone(), to: to?.into(), condition: condition.cloned()?, only_one })
}

/// Reports views of one name and views that stand on themselves; what is left is sorted by name.
pub fn ordered_views(mut views: Vec<View>, diagnostics: &mut Vec<Diagnostic>) -> Vec<View> {
    views.sort_by(|a, b| (&a.name, a.span).cmp(&(&b.name, b.span)));
    views.dedup_by(|later, first| {
        let same = later.name == first.name;
        if same {
            diagnostics.push(
                mistake(format!("there are two views \"{}\"", later.name), later.span).note(first.span, "the first"),
            );
        }
        same
    });
    let circular: Vec<EcoString> =
        views.iter().filter(|v| stands_on_itself(&v.name, &views)).map(|v| v.name.clone()).collect();
    for view in views.iter().filter(|v| circular.contains(&v.name)) {
        diagnostics.push(
            mistake(format!("view \"{}\" stands on itself", view.name), view.span)
                .help("Follow its `from` blocks: one of the views they name leads back here."),
        );
    }
    views.retain(|v| !circular.contains(&v.name));
    views
}

fn stands_on_itself(name: &EcoString, views: &[View]) -> bool {
    let below = |name: &EcoString| -> Vec<EcoString> {
        let named = views.iter().filter(|v| v.name == *name);
        named.flat_map(View::kinds).cloned().collect()
    };
    let mut seen: Vec<EcoString> = Vec::new();
    let mut queue: Vec<EcoString> = below(name);
    while let Some(kind) = queue.pop() {
        if kind == *name {
            return true;
        }
        if !seen.contains(&kind) {
            queue.extend(below(&kind));
            seen.push(kind);
        }
    }
    false
}

/// A criterion.
pub fn criterion(section: &Section, diagnostics: &mut Vec<Diagnostic>) -> Option<Criterion> {
    let id = section.label()?;
    let title = literals::required(section, "title", "Give it a short title.", diagnostics);
    let description = literals::required(section, "description", "Say what the criterion asks for.", diagnostics);
    if let Some(fault) = description.as_deref().and_then(literals::sentence_fault) {
        diagnostics.push(mistake(format!("the description of {} {fault}", id.text), section.header()));
    }
    let attested = literals::texts(section, "attested", diagnostics).into_iter().map(|(text, _)| text).collect();
    Some(Criterion {
        id: id.text.to_string(),
        title: title?,
        description: literals::paragraphs(&description?),
        attested,
    })
}
