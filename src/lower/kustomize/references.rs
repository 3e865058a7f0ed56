//! What refers to a renamed object by its name is given the new one.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::{
    Built,
    config::{BUILT_IN, Config},
    fault, fieldspec,
    fieldspec::FieldSpec,
    resource::{Gvk, Id, Resource, Resources},
    tree,
};
use crate::{
    source::Span,
    syntax::node::{Node, NodeKind},
};

/// An object that may be meant.
struct Candidate {
    id: Id,
    first: Id,
    previous: Vec<Id>,
    prefixes: Vec<EcoString>,
    suffixes: Vec<EcoString>,
}

impl Candidate {
    fn of(resource: &Resource) -> Self {
        let Resource { previous, prefixes, suffixes, .. } = resource.clone();
        Self { id: resource.id(), first: resource.first_id(), previous, prefixes, suffixes }
    }
}

/// Gives every reference the name that its object has now.
pub(super) fn fix(resources: &mut Resources, config: &Config) -> Built<()> {
    let candidates: Vec<Candidate> = resources.0.iter().map(Candidate::of).collect();
    let mut by_old_name: BTreeMap<EcoString, Vec<usize>> = BTreeMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        for id in &candidate.previous {
            let list = by_old_name.entry(id.name.clone()).or_default();
            if list.last() != Some(&at) {
                list.push(at);
            }
        }
    }
    if by_old_name.is_empty() {
        return Ok(());
    }
    for (at, resource) in resources.0.iter_mut().enumerate() {
        let referrer = &candidates[at];
        let places = subject_places(&resource.node);
        let role = role_of(&resource.node);
        for (target, field) in BUILT_IN.names.iter().chain(&config.names) {
            if !field.applies_to(&referrer.first) {
                continue;
            }
            let search = Search {
                candidates: &candidates,
                by_old_name: &by_old_name,
                referrer,
                target,
                field,
                places: &places,
                role: role.as_ref(),
            };
            fieldspec::visit(
                &mut resource.node,
                &field.path,
                None,
                Span::new(crate::source::FileId::NONE, 0, 0),
                &mut |node| search.reference(node),
            )?;
        }
    }
    Ok(())
}

/// The namespaces that a role binding's subjects are in.
fn subject_places(node: &Node) -> Vec<EcoString> {
    let kind = tree::string(node, &["kind"]).map_or("", EcoString::as_str);
    if !matches!(kind, "RoleBinding" | "ClusterRoleBinding") {
        return Vec::new();
    }
    let subjects = node.get("subjects").map_or(&[][..], Node::items).iter();
    subjects.filter_map(|s| tree::string(s, &["namespace"]).cloned()).collect()
}

/// What kind of role a binding refers to.
fn role_of(node: &Node) -> Option<Gvk> {
    let role = node.get("roleRef")?;
    let field = |key: &str| tree::string(role, &[key]).cloned().unwrap_or_default();
    Some(Gvk { group: field("apiGroup"), version: EcoString::new(), kind: field("kind") })
}

/// The search for what one field of one object refers to.
struct Search<'a> {
    candidates: &'a [Candidate],
    by_old_name: &'a BTreeMap<EcoString, Vec<usize>>,
    referrer: &'a Candidate,
    target: &'a Gvk,
    field: &'a FieldSpec,
    places: &'a [EcoString],
    role: Option<&'a Gvk>,
}

impl Search<'_> {
    fn reference(&self, node: &mut Node) -> Built<()> {
        match &mut node.kind {
            NodeKind::Sequence(items) => items.iter_mut().try_for_each(|item| self.reference(item)),
            NodeKind::Mapping(_) => {
                let Some(name) = tree::string(node, &["name"]).cloned() else { return Ok(()) };
                let place = tree::string(node, &["namespace"]).cloned();
                let Some(found) = self.find(&name, place.as_deref(), node.span)? else { return Ok(()) };
                if let Some(own) = tree::get_mut(node, "name").filter(|_| found.id.name != name) {
                    *own = tree::text(found.id.name.clone(), own.span);
                }
                if !found.id.namespace.is_empty() && place.as_ref() != Some(&found.id.namespace) {
                    let span = node.get("namespace").map_or(node.span, |n| n.span);
                    tree::set(node, "namespace", tree::text(found.id.namespace.clone(), span));
                }
                Ok(())
            }
            _ => {
                let Some(name) = node.as_text().cloned() else { return Ok(()) };
                if let Some(found) = self.find(&name, None, node.span)?
                    && found.id.name != name
                {
                    *node = tree::text(found.id.name.clone(), node.alias_of.unwrap_or(node.span));
                }
                Ok(())
            }
        }
    }

    /// The object that `name` was the name of; `place` is the namespace that is named beside it.
    fn find(&self, name: &str, place: Option<&str>, span: Span) -> Built<Option<&Candidate>> {
        let Some(named) = self.by_old_name.get(name) else { return Ok(None) };
        let mut found: Vec<&Candidate> =
            named.iter().map(|at| &self.candidates[*at]).filter(|c| self.is_in_reach(c)).collect();
        if let Some(place) = place {
            let by = |of: fn(&Candidate) -> &Id| {
                found.iter().copied().filter(|c| of(c).place() == place).collect::<Vec<_>>()
            };
            let first = by(|c| &c.first);
            found = if first.is_empty() { by(|c| &c.id) } else { first };
        }
        found.retain(|c| c.previous.iter().any(|id| id.is(self.target)));
        if self.field.path.len() >= 2
            && self.field.path.iter().rev().map(EcoString::as_str).take(2).eq(["name", "roleRef"])
            && let Some(role) = self.role
        {
            found.retain(|c| c.previous.iter().any(|id| id.is(role)));
        }
        let own = &self.referrer.id;
        if !own.is_cluster_wide() {
            found.retain(|c| c.id.is_cluster_wide() || c.id.kind == "ServiceAccount" || c.id.place() == own.place());
        }
        for loose in [true, false] {
            if found.len() > 1 {
                found.retain(|c| fits(self.referrer, c, loose));
            }
        }
        match found.as_slice() {
            [] => Ok(None),
            [first, rest @ ..] if rest.iter().all(|c| c.id.name == first.id.name) => Ok(Some(*first)),
            several => {
                let names: Vec<String> = several.iter().map(|c| c.id.to_string()).collect();
                Err(fault(format!("`{name}` may mean several objects: {}", names.join(" or ")), span).into())
            }
        }
    }

    fn is_in_reach(&self, candidate: &Candidate) -> bool {
        let own = &self.referrer.id;
        own.is_cluster_wide()
            || candidate.id.is_cluster_wide()
            || candidate.id.place() == own.place()
            || self.places.contains(&candidate.id.namespace)
    }
}

/// Whether two objects were renamed by the same kustomizations.
fn fits(a: &Candidate, b: &Candidate, loose: bool) -> bool {
    let same = |a: &[EcoString], b: &[EcoString]| {
        (loose && (a.is_empty() || b.is_empty())) || {
            let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
            if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
        }
    };
    same(&a.prefixes, &b.prefixes) && same(&a.suffixes, &b.suffixes)
}
