//! Shapes that rules share, such as "every container of every workload kind".

use std::collections::HashSet;

use ecow::EcoString;

use super::{Entity, EntityId, Project, link::Found};
use crate::{
    eval::{
        Access, EvalError, Locals, Mode, Resolved, Scope, evaluate,
        iterate::{self, Elements},
    },
    source::Span,
    syntax::hcl::Expr,
    value::{Origins, Repr, Truth, Value, Why, WhyKind},
};

/// A view: entities that are made from others.
#[derive(Clone, Debug)]
pub struct View {
    /// Its name, with a dot in it: `kubernetes.container`.
    pub name: EcoString,
    /// One sentence about what it gives.
    pub description: EcoString,
    /// What it is made from.
    pub sources: Vec<ViewSource>,
    /// Where it is defined.
    pub span: Span,
}

/// One `from` of a view.
#[derive(Clone, Debug)]
pub struct ViewSource {
    /// Types or other views.
    pub kinds: Vec<EcoString>,
    /// Entities that belong to the source entity; `link.<name>` is bound in what follows.
    pub links: Vec<ViewLink>,
    /// Which of them; `self` is the source entity.
    pub condition: Option<Expr>,
    /// One entity for each element; `each.key` and `each.value` are bound in `value`.
    pub for_each: Option<Expr>,
    /// The body of the entity.
    pub value: Expr,
}

/// A `link` of a view's source: entities that belong to the one that the view looks at.
#[derive(Clone, Debug)]
pub struct ViewLink {
    /// What it is called: `link.<name>`.
    pub name: EcoString,
    /// The type or view of the others.
    pub to: EcoString,
    /// Which of them; `other` is one of them, `self` the source entity.
    pub condition: Expr,
    /// Whether there can be only one; the link is then the one or null instead of a list.
    pub only_one: bool,
}

impl View {
    /// The kinds that it is made from or looks at.
    pub fn kinds(&self) -> impl Iterator<Item = &EcoString> {
        self.sources.iter().flat_map(|s| s.kinds.iter().chain(s.links.iter().map(|l| &l.to)))
    }
}

/// Adds the entities of the views that are wanted, and of those that they stand on.
///
/// A source that cannot be looked at because the document has another shape gives an entity whose
/// body is unknown, so that a rule about it is undecided instead of silent.
pub fn expand(project: &mut Project, views: &[View], wanted: &HashSet<EcoString>) {
    for view in ordered(views, wanted) {
        for source in &view.sources {
            for kind in &source.kinds {
                for id in project.of_kind(kind).to_vec() {
                    let made = make(project, view, source, id);
                    for entity in made {
                        project.add(entity);
                    }
                }
            }
        }
    }
}

/// The wanted views and those that they stand on, each behind its sources.
fn ordered<'a>(views: &'a [View], wanted: &HashSet<EcoString>) -> Vec<&'a View> {
    fn visit<'a>(name: &str, views: &'a [View], path: &mut Vec<EcoString>, out: &mut Vec<&'a View>) {
        let Some(view) = views.iter().find(|v| v.name == name) else { return };
        // A view that stands on itself is refused by the compiler; here it must only not hang.
        if out.iter().any(|v| v.name == name) || path.iter().any(|p| p == name) {
            return;
        }
        path.push(view.name.clone());
        for kind in view.kinds() {
            visit(kind, views, path, out);
        }
        path.pop();
        out.push(view);
    }
    let mut out = Vec::new();
    for view in views.iter().filter(|v| wanted.contains(&v.name)) {
        visit(&view.name, views, &mut Vec::new(), &mut out);
    }
    out
}

fn make(project: &Project, view: &View, source: &ViewSource, id: EntityId) -> Vec<Entity> {
    let owner = project.entity(id);
    let links = match links(project, source, owner) {
        Ok(links) => links,
        Err(error) => return vec![unreadable(view, owner, id, &error.message)],
    };
    let scope = ViewScope { links: &links, ..ViewScope::of(&owner.body) };
    let one = |each, doubt| one(view, source, owner, id, &links, each, doubt);
    let mut doubt = owner.doubt.clone();
    if let Some(condition) = &source.condition {
        let asked = ViewScope { only_truth: true, ..scope };
        match evaluate(condition, &asked, &Locals::NONE).ok().as_ref().and_then(Truth::from_value) {
            Some(Truth::True(_)) => {}
            Some(Truth::False(_)) => return Vec::new(),
            Some(Truth::Unknown(why, _)) => {
                let why = why.first().map_or_else(String::new, ToString::to_string);
                doubt.get_or_insert(Why::new(WhyKind::Maybe, why));
            }
            None => return vec![unreadable(view, owner, id, "its shape is not what its kind says")],
        }
    }
    let Some(for_each) = &source.for_each else {
        return vec![one(None, doubt)];
    };
    let elements = match evaluate(for_each, &scope, &Locals::NONE) {
        Ok(collection) if collection.is_null() => return Vec::new(),
        Ok(collection) => match iterate::elements(&collection) {
            Ok(Some(elements)) => elements,
            Ok(None) => {
                let why = collection.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""));
                let unknown = Value::unknown(why).with_origins(collection.origins.clone());
                Elements { maybe: vec![(unknown.clone(), unknown)], ..Elements::default() }
            }
            Err(error) => return vec![unreadable(view, owner, id, &error.message)],
        },
        Err(error) => return vec![unreadable(view, owner, id, &error.message)],
    };
    let mut out = Vec::new();
    for pair in elements.certain {
        out.push(one(Some(pair), doubt.clone()));
    }
    let open = elements.open.map(|why| {
        let unknown = Value::unknown(why).with_origins(owner.body.origins.clone());
        (unknown.clone(), unknown)
    });
    for (key, value) in elements.maybe.into_iter().chain(open) {
        let why = value.first_unknown().or_else(|| key.first_unknown());
        let doubt = doubt.clone().or_else(|| Some(why.unwrap_or_else(|| Why::new(WhyKind::Repeated, ""))));
        out.push(one(Some((key, value)), doubt));
    }
    out
}

fn one(
    view: &View,
    source: &ViewSource,
    owner: &Entity,
    id: EntityId,
    links: &[(EcoString, Value)],
    each: Option<(Value, Value)>,
    doubt: Option<Why>,
) -> Entity {
    let scope = ViewScope { each: each.as_ref(), links, ..ViewScope::of(&owner.body) };
    let body = match evaluate(&source.value, &scope, &Locals::NONE) {
        Ok(body) => body,
        Err(error) => return unreadable(view, owner, id, &error.message),
    };
    let element_header = each.as_ref().and_then(|(_, v)| v.as_object()).and_then(|o| o.header.clone());
    let header = body.as_object().and_then(|o| o.header.clone()).or(element_header);
    let header = header.or_else(|| each.as_ref().and_then(|(_, v)| v.origins.first().cloned()));
    let header = header.unwrap_or_else(|| owner.header.clone());
    let key = each.as_ref().map(|(key, _)| match &key.repr {
        Repr::String(text) => ecow::eco_format!("[\"{}\"]", text.written()),
        Repr::Number(n) => ecow::eco_format!("[{n}]"),
        _ => "[*]".into(),
    });
    let name = body.as_object().and_then(|o| o.get("name")).and_then(Value::as_str).map(EcoString::from);
    Entity {
        kind: view.name.clone(),
        address: ecow::eco_format!("{}{}", owner.address, key.unwrap_or_default()),
        name: name.unwrap_or_else(|| owner.name.clone()),
        scope: owner.scope.clone(),
        scenario: owner.scenario.clone(),
        extent: owner.extent,
        parts: owner.parts.clone(),
        calls: owner.calls.clone(),
        owner: Some(id),
        environment: owner.environment.clone(),
        doubt,
        header,
        body,
    }
}

/// What stands for something that could not be looked at.
fn unreadable(view: &View, owner: &Entity, id: EntityId, why: &str) -> Entity {
    let why = Why::new(WhyKind::WrongShape, why);
    Entity {
        kind: view.name.clone(),
        owner: Some(id),
        doubt: Some(why.clone()),
        body: Value::unknown(why).with_origins(Origins::one(owner.header.clone())),
        ..owner.clone()
    }
}

/// What each link of a source stands for.
fn links(project: &Project, source: &ViewSource, owner: &Entity) -> Result<Vec<(EcoString, Value)>, EvalError> {
    let found = source.links.iter().map(|link| {
        let mut found = Found::default();
        for id in project.of_kind(&link.to) {
            let other = project.entity(*id);
            if !project.concur(owner, other) {
                continue;
            }
            let scope = ViewScope { only_truth: true, other: Some(&other.body), ..ViewScope::of(&owner.body) };
            let says = evaluate(&link.condition, &scope, &Locals::NONE)?;
            found.consider(Truth::from_value(&says), other, &other.body);
        }
        let header = Origins::one(owner.header.clone());
        Ok((link.name.clone(), found.into_value(link.only_one, &link.name, header)))
    });
    found.collect()
}

#[derive(Clone, Copy)]
struct ViewScope<'a> {
    /// Whether somebody only wants to know if something is so.
    only_truth: bool,
    this: &'a Value,
    each: Option<&'a (Value, Value)>,
    other: Option<&'a Value>,
    links: &'a [(EcoString, Value)],
}

impl<'a> ViewScope<'a> {
    fn of(this: &'a Value) -> Self {
        Self { only_truth: false, this, each: None, other: None, links: &[] }
    }
}

impl Scope for ViewScope<'_> {
    fn mode(&self) -> Mode {
        Mode::Rule
    }

    fn blames(&self) -> bool {
        !self.only_truth
    }

    fn resolve(&self, name: &str, _span: Span, steps: &[Access]) -> Result<Resolved, EvalError> {
        match (name, self.each, steps.first()) {
            ("self", ..) => Ok(Resolved { value: self.this.clone(), steps: 0 }),
            ("other", ..) if self.other.is_some() => {
                Ok(Resolved { value: self.other.cloned().unwrap_or_else(Value::null), steps: 0 })
            }
            ("link", _, Some(Access::Attribute(part))) if self.links.iter().any(|(name, _)| name == part) => {
                let found = self.links.iter().find(|(name, _)| name == part);
                Ok(Resolved { value: found.map_or_else(Value::null, |(_, value)| value.clone()), steps: 1 })
            }
            ("each", Some((key, _)), Some(Access::Attribute(part))) if part == "key" => {
                Ok(Resolved { value: key.clone(), steps: 1 })
            }
            ("each", Some((_, value)), Some(Access::Attribute(part))) if part == "value" => {
                Ok(Resolved { value: value.clone(), steps: 1 })
            }
            _ => Err(EvalError::new(format!("`{name}` is not a name that a view knows")).uncatchable()),
        }
    }

    fn read_file(&self, _path: &str) -> Result<Vec<u8>, EvalError> {
        Err(EvalError::new("a view reads no files"))
    }

    fn list_files(&self, _dir: &str, _pattern: &str) -> Result<Vec<EcoString>, EvalError> {
        Err(EvalError::new("a view reads no files"))
    }
}
