//! Documents to trees: `${{ }}` is evaluated and its directives - `if`, `elseif`, `else`, `each`,
//! `insert` - are carried out, as the host does when it puts a pipeline together.
//!
//! What depends on something that is not known is there all the same, under a [`Guard`].

use std::{collections::BTreeSet, sync::Arc};

use ecow::{EcoString, EcoVec};

use super::{
    expression::{self, Expr, Step},
    template::Files,
    tree::{Field, Guard, Item, Kind, Tree, parts_of},
};
use crate::{
    lower::{github::expression as markup, yaml::Texts},
    source::{Diagnostic, DiagnosticKind, Span},
    syntax::{
        node::{Entry, Node, NodeKind, Style},
        yaml,
    },
    value::{ByName, Origin, OriginStep, Origins, Part, Repr, Text, Value},
};

/// No pipeline of people has as many parts; the host stops at 20 MB.
const MAX_PARTS: usize = 50_000;
/// No text of people is as long.
pub const MAX_TEXT: usize = 1 << 20;
/// Mappings in mappings are followed so far.
const MAX_DEPTH: usize = 250;

/// Names with what they stand for.
pub type Names = ByName<Tree>;

/// What names mean in a part of a file.
#[derive(Clone)]
pub struct Scope {
    /// The path of the file.
    pub path: EcoString,
    /// The parameters.
    pub parameters: Arc<Names>,
    /// The variables that the files define, of the pipeline, the stage, the job; nothing runs yet.
    pub variables: Arc<Names>,
    /// The names that `each` gives.
    pub locals: Names,
    /// The uses of templates that lead here, outermost first.
    pub via: Arc<[Origin]>,
    /// The templates that are open.
    pub open: EcoVec<EcoString>,
}

/// What turns documents into trees.
pub struct Expander<'a> {
    /// All files that may be templates.
    pub files: &'a Files<'a>,
    /// What makes values of strings.
    pub texts: Texts<'a>,
    /// The aliases of other repositories.
    pub repositories: BTreeSet<EcoString>,
    /// What the host would refuse.
    pub diagnostics: Vec<Diagnostic>,
    /// What is used and is not in the repository.
    pub unresolved: Vec<Value>,
    /// The files that were put in.
    pub used: BTreeSet<EcoString>,
    /// How many times a template was put in.
    pub templates: usize,
    /// How many parts were made.
    pub parts: usize,
    /// How deep in the document it is.
    pub depth: usize,
    /// Whether it was said that there is too much.
    pub overflowed: bool,
}

/// What stands in braces in the place of a key.
enum Directive<'t> {
    If(&'t str),
    ElseIf(&'t str),
    Else,
    Each(&'t str, &'t str),
    Insert,
    /// A key that is computed.
    Key(&'t str),
}

fn directive(key: &str) -> Option<Directive<'_>> {
    let key = key.trim();
    let found = markup::find(key);
    if found.len() != 1 || found[0] != (0..key.len()) {
        return None;
    }
    let inner = markup::inner(key);
    let (word, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    let rest = rest.trim();
    Some(match word {
        "if" => Directive::If(rest),
        "elseif" => Directive::ElseIf(rest),
        "else" if rest.is_empty() => Directive::Else,
        "insert" if rest.is_empty() => Directive::Insert,
        "each" => match rest.split_once(" in ") {
            Some((name, collection)) => Directive::Each(name.trim(), collection.trim()),
            None => Directive::Key(inner),
        },
        // `if(...)` without a space.
        _ if inner.starts_with("if(") => Directive::If(&inner[2..]),
        _ if inner.starts_with("elseif(") => Directive::ElseIf(&inner[6..]),
        _ => Directive::Key(inner),
    })
}

/// The conditions of an `if` and of what follows it.
#[derive(Default)]
struct Chain {
    /// Those that are not known.
    before: Vec<Expr>,
    /// Whether one of them holds for certain.
    closed: bool,
}

/// Whether a part is there.
enum Presence {
    Absent,
    Certain,
    Under(Guard),
}

impl<'a> Expander<'a> {
    /// For expressions alone.
    pub fn of_conditions(files: &'a Files<'a>, texts: Texts<'a>) -> Self {
        Self::new(files, texts, BTreeSet::new())
    }

    /// With these files; `repositories` are the aliases of others.
    pub fn new(files: &'a Files<'a>, texts: Texts<'a>, repositories: BTreeSet<EcoString>) -> Self {
        Self {
            files,
            texts,
            repositories,
            diagnostics: Vec::new(),
            unresolved: Vec::new(),
            used: BTreeSet::new(),
            templates: 0,
            parts: 0,
            depth: 0,
            overflowed: false,
        }
    }

    /// A node as a tree. `entry`: the entry whose value it is; `name`: the key it stands under.
    pub fn node(&mut self, node: &Node, entry: Option<&Entry>, scope: &Scope) -> Tree {
        self.parts += 1;
        if self.parts > MAX_PARTS || self.depth > MAX_DEPTH {
            self.overflow(node.span);
            return Tree::open(Expr::Path("...".into(), Vec::new()), Origins::one(Origin::here(node.span)));
        }
        self.depth += 1;
        let tree = match &node.kind {
            NodeKind::Sequence(items) => {
                let name = entry.map_or("", |e| e.key.as_str());
                let mut out = Vec::new();
                self.sequence(items, name, scope, &[], &mut out);
                self.place(Kind::List(out.into()), node, entry, scope)
            }
            NodeKind::Mapping(entries) => {
                let mut out = Vec::new();
                self.mapping(entries, scope, &[], &mut out);
                self.place(Kind::Map(out.into()), node, entry, scope)
            }
            _ => self.scalar(node, entry, scope),
        };
        self.depth -= 1;
        tree
    }

    fn overflow(&mut self, span: Span) {
        if !self.overflowed {
            self.overflowed = true;
            let message = "this pipeline is larger than the host takes, so the rest of it was not checked";
            self.diagnostics.push(Diagnostic::error(DiagnosticKind::Input, message, span));
        }
    }

    /// A sequence or mapping with its places.
    fn place(&mut self, kind: Kind, node: &Node, entry: Option<&Entry>, scope: &Scope) -> Tree {
        let weight = match &kind {
            Kind::Scalar(..) => 1,
            Kind::List(items) => items.iter().fold(1usize, |sum, i| sum.saturating_add(i.tree.weight)),
            Kind::Map(fields) => fields.iter().fold(1usize, |sum, f| sum.saturating_add(f.tree.weight)),
        };
        let header = header_of(node, entry);
        let origins = Origins::one(header.clone());
        if weight > MAX_PARTS {
            self.overflow(node.span);
            return Tree::open(Expr::Path("...".into(), Vec::new()), origins);
        }
        Tree { kind, origins, header: Some(header), via: scope.via.clone(), weight }
    }

    fn scalar(&mut self, node: &Node, entry: Option<&Entry>, scope: &Scope) -> Tree {
        let span = node.alias_of.unwrap_or(node.span);
        let key = entry.map(|e| e.key_span);
        let (value, anchor) = match &node.kind {
            NodeKind::Null => (Value::null(), if span.is_empty() { key.unwrap_or(span) } else { span }),
            // Only these two words are booleans to the host.
            NodeKind::Bool { value, text }
                if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") =>
            {
                (Value::bool(*value), span)
            }
            NodeKind::Bool { text, .. } => (Value::string(text.clone()), span),
            NodeKind::Number { text } => {
                (yaml::number(text).map_or_else(|| Value::string(text.clone()), Value::number), span)
            }
            NodeKind::String(scalar) => {
                let narrow = key.unwrap_or(Span { end: span.end.min(span.start + 1), ..span });
                let anchor = if matches!(scalar.style, Style::Literal | Style::Folded) { narrow } else { span };
                ((self.texts)(scalar, span), anchor)
            }
            NodeKind::Sequence(_) | NodeKind::Mapping(_) => (Value::null(), span),
        };
        let own = Origin::new(anchor, anchor.to(span), OriginStep::Here);
        let mut origins = Origins::one(own.clone());
        if node.alias_of.is_some() {
            origins.push_front(Origin::new(node.span, node.span, OriginStep::Use));
        }
        let mut tree = match &value.repr {
            Repr::String(text @ Text::Holed(_)) => self.filled(text, origins, scope),
            _ => Tree::scalar(value.with_origins(origins)),
        };
        if tree.via.is_empty() {
            tree.via = scope.via.clone();
        }
        tree
    }

    /// A text whose expressions are evaluated.
    fn filled(&mut self, text: &Text, origins: Origins, scope: &Scope) -> Tree {
        if let Some(hole) = markup::whole(text) {
            let Some(expr) = Expr::parse(markup::inner(&hole.written)) else {
                let expr = Expr::Path(markup::inner(&hole.written).into(), Vec::new());
                return Tree::open(expr, origins);
            };
            let mut tree = self.reduce(&expr, scope);
            let uses = origins.iter().map(|o| Origin { step: OriginStep::Use, ..o.clone() });
            tree.origins = uses.collect::<Origins>().and(&tree.origins);
            if let Kind::Scalar(value, _) = &mut tree.kind {
                value.origins = tree.origins.clone();
            }
            return tree;
        }
        let mut parts = Vec::new();
        let mut places = origins;
        let mut length = 0;
        for part in text.parts() {
            let Part::Hole(hole) = &part else {
                length += part.weight();
                parts.push(part);
                continue;
            };
            let Some(expr) = Expr::parse(markup::inner(&hole.written)) else {
                parts.push(part);
                continue;
            };
            let tree = self.reduce(&expr, scope);
            for mut filled in parts_of(&tree, &hole.written) {
                if let Part::Hole(inner) = &mut filled {
                    inner.span = inner.span.or(hole.span);
                }
                length += filled.weight();
                parts.push(filled);
            }
            places.extend(&tree.origins);
        }
        if length > MAX_TEXT {
            if let Some(place) = places.first() {
                self.overflow(place.anchor);
            }
            return Tree::open(Expr::Path("...".into(), Vec::new()), places);
        }
        let value: Value = Repr::String(Text::from_parts(parts)).into();
        Tree::scalar(value.with_origins(places))
    }

    /// The entries of a mapping.
    fn mapping(&mut self, entries: &[Entry], scope: &Scope, guards: &[Guard], out: &mut Vec<Field>) {
        // Variables are known to what stands beside them.
        let inner = entries.iter().find(|e| e.key == "variables").map(|entry| {
            let tree = self.node(&entry.value, Some(entry), scope);
            let variables = with_variables(&scope.variables, &tree);
            (tree, Scope { variables: Arc::new(variables), ..scope.clone() })
        });
        let (mut variables, scope) = match &inner {
            Some((tree, scope)) => (Some(tree.clone()), scope),
            None => (None, scope),
        };
        let mut chain = None;
        for entry in entries {
            let Some(directive) = directive(&entry.key) else {
                chain = None;
                let known = if entry.key == "variables" { variables.take() } else { None };
                let tree = match known {
                    Some(tree) => tree,
                    None => self.node(&entry.value, Some(entry), scope),
                };
                out.push(Field { key: entry.key.clone(), tree, guards: guards.to_vec() });
                continue;
            };
            match directive {
                Directive::If(_) | Directive::ElseIf(_) | Directive::Else => {
                    let presence = self.presence(&directive, entry.key_span, scope, &mut chain);
                    let Some(guards) = under(presence, guards) else { continue };
                    self.entries_of(&entry.value, entry, scope, &guards, out);
                }
                Directive::Each(name, collection) => {
                    for (local, more) in self.each(collection, entry.key_span, scope) {
                        let mut scope = scope.clone();
                        scope.locals.insert(name.into(), local);
                        let guards: Vec<Guard> = guards.iter().cloned().chain(more).collect();
                        self.entries_of(&entry.value, entry, &scope, &guards, out);
                    }
                }
                Directive::Insert => self.entries_of(&entry.value, entry, scope, guards, out),
                Directive::Key(text) => {
                    let key = Expr::parse(text).and_then(|expr| self.reduce(&expr, scope).as_text());
                    let key = key.unwrap_or_else(|| entry.key.clone());
                    let tree = self.node(&entry.value, Some(entry), scope);
                    out.push(Field { key, tree, guards: guards.to_vec() });
                }
            }
        }
    }

    /// The entries that stand under a directive.
    fn entries_of(&mut self, node: &Node, entry: &Entry, scope: &Scope, guards: &[Guard], out: &mut Vec<Field>) {
        self.depth += 1;
        if let (NodeKind::Mapping(entries), true) = (&node.kind, self.depth < MAX_DEPTH) {
            self.parts += 1;
            if self.parts <= MAX_PARTS {
                self.mapping(entries, scope, guards, out);
            } else {
                self.overflow(node.span);
            }
        } else {
            let tree = self.node(node, Some(entry), scope);
            for field in tree.fields() {
                self.parts = self.parts.saturating_add(field.tree.weight);
                let guards = guards.iter().chain(&field.guards).cloned().collect();
                out.push(Field { guards, ..field.clone() });
            }
        }
        self.depth -= 1;
    }

    /// The elements of a sequence that stands under the key `name`.
    pub fn sequence(&mut self, items: &[Node], name: &str, scope: &Scope, guards: &[Guard], out: &mut Vec<Item>) {
        let mut chain = None;
        for node in items {
            if self.parts > MAX_PARTS {
                self.overflow(node.span);
                return;
            }
            if let NodeKind::Mapping(entries) = &node.kind
                && let [entry] = &entries[..]
                && let Some(directive) = directive(&entry.key)
                && self.is_list(&entry.value, scope)
            {
                match directive {
                    Directive::If(_) | Directive::ElseIf(_) | Directive::Else => {
                        let presence = self.presence(&directive, entry.key_span, scope, &mut chain);
                        let Some(guards) = under(presence, guards) else { continue };
                        self.items_of(&entry.value, entry, name, scope, &guards, out);
                    }
                    Directive::Each(local, collection) => {
                        chain = None;
                        for (tree, more) in self.each(collection, entry.key_span, scope) {
                            let mut scope = scope.clone();
                            scope.locals.insert(local.into(), tree);
                            let guards: Vec<Guard> = guards.iter().cloned().chain(more).collect();
                            self.items_of(&entry.value, entry, name, &scope, &guards, out);
                        }
                    }
                    Directive::Insert | Directive::Key(_) => {
                        self.items_of(&entry.value, entry, name, scope, guards, out);
                    }
                }
                continue;
            }
            // `- ${{ if ... }}:` before the entries of one element.
            if let NodeKind::Mapping(entries) = &node.kind
                && let [entry] = &entries[..]
                && let Some(directive @ (Directive::If(_) | Directive::ElseIf(_) | Directive::Else)) =
                    directive(&entry.key)
                && matches!(entry.value.kind, NodeKind::Mapping(_))
            {
                let presence = self.presence(&directive, entry.key_span, scope, &mut chain);
                if let Some(guards) = under(presence, guards)
                    && !self.template_item(&entry.value, name, scope, &guards, out)
                {
                    let tree = self.node(&entry.value, None, scope);
                    out.push(Item { tree, guards });
                }
                continue;
            }
            chain = None;
            if self.template_item(node, name, scope, guards, out) {
                continue;
            }
            let tree = self.node(node, None, scope);
            // A sequence that an expression gives is put in element by element.
            if let (Kind::List(items), NodeKind::String(_)) = (&tree.kind, &node.kind) {
                for item in items.iter() {
                    self.parts = self.parts.saturating_add(item.tree.weight);
                    let guards = guards.iter().chain(&item.guards).cloned().collect();
                    out.push(Item { tree: item.tree.clone(), guards });
                }
            } else {
                out.push(Item { tree, guards: guards.to_vec() });
            }
        }
    }

    /// The elements that stand under a directive.
    fn items_of(
        &mut self,
        node: &Node,
        entry: &Entry,
        name: &str,
        scope: &Scope,
        guards: &[Guard],
        out: &mut Vec<Item>,
    ) {
        self.depth += 1;
        self.parts += 1;
        if self.depth >= MAX_DEPTH {
            self.overflow(node.span);
        } else if let NodeKind::Sequence(items) = &node.kind {
            self.sequence(items, name, scope, guards, out);
        } else if let NodeKind::Mapping(_) = &node.kind {
            self.sequence(std::slice::from_ref(node), name, scope, guards, out);
        } else {
            for item in self.node(node, Some(entry), scope).items() {
                self.parts = self.parts.saturating_add(item.tree.weight);
                let guards = guards.iter().chain(&item.guards).cloned().collect();
                out.push(Item { tree: item.tree.clone(), guards });
            }
        }
        self.depth -= 1;
    }

    /// Whether what stands under a directive in a sequence are elements, and not entries of one element.
    fn is_list(&mut self, node: &Node, scope: &Scope) -> bool {
        match &node.kind {
            NodeKind::Sequence(_) | NodeKind::Null => true,
            NodeKind::Mapping(entries) => {
                !entries.is_empty()
                    && entries.iter().all(|e| {
                        directive(&e.key).is_some_and(|d| !matches!(d, Directive::Key(_)))
                            && matches!(e.value.kind, NodeKind::Sequence(_))
                    })
            }
            NodeKind::String(_) => matches!(self.node(node, None, scope).kind, Kind::List(_)),
            _ => false,
        }
    }

    /// Whether what stands under a condition is there.
    fn presence(
        &mut self,
        directive: &Directive<'_>,
        place: Span,
        scope: &Scope,
        chain: &mut Option<Chain>,
    ) -> Presence {
        let condition = match directive {
            Directive::If(text) => {
                *chain = Some(Chain::default());
                *text
            }
            Directive::ElseIf(text) => text,
            _ => "true",
        };
        let mut state = chain.take().unwrap_or_default();
        let expr = match Expr::parse(condition) {
            Some(expr) => {
                let tree = self.reduce(&expr, scope);
                // Objects and lists count as true.
                tree.expr().unwrap_or(Expr::Bool(true))
            }
            None => Expr::Path(condition.into(), Vec::new()),
        };
        let presence = match expr.truth() {
            _ if state.closed => Presence::Absent,
            Some(false) => Presence::Absent,
            truth => {
                let mut all: Vec<Expr> =
                    state.before.iter().map(|e| expression::call("not", vec![e.clone()])).collect();
                if truth == Some(true) {
                    state.closed = true;
                } else {
                    state.before.push(expr.clone());
                    all.push(expr);
                }
                match all.len() {
                    0 => Presence::Certain,
                    1 => Presence::Under(Guard { expr: all.remove(0), origin: Origin::here(place) }),
                    _ => Presence::Under(Guard { expr: expression::call("and", all), origin: Origin::here(place) }),
                }
            }
        };
        *chain = Some(state);
        presence
    }

    /// What the name of an `each` stands for, one by one.
    fn each(&mut self, collection: &str, place: Span, scope: &Scope) -> Vec<(Tree, Vec<Guard>)> {
        let tree = Expr::parse(collection).map(|expr| self.reduce(&expr, scope));
        match tree.as_ref().map(|t| &t.kind) {
            Some(Kind::List(items)) => items.iter().map(|i| (i.tree.clone(), i.guards.clone())).collect(),
            Some(Kind::Map(fields)) => fields
                .iter()
                .map(|field| {
                    let key = Tree::scalar(Value::string(field.key.clone()).with_origins(field.tree.origins.clone()));
                    let part = |key: &str, tree: Tree| Field { key: key.into(), tree, guards: Vec::new() };
                    let pair = [part("key", key), part("value", field.tree.clone())];
                    let weight = field.tree.weight.saturating_add(2);
                    (Tree { kind: Kind::Map(Arc::from(pair)), weight, ..field.tree.clone() }, field.guards.clone())
                })
                .collect(),
            Some(Kind::Scalar(value, None)) if value.is_null() || value.as_str() == Some("") => Vec::new(),
            _ => {
                let expr = Expr::Path(collection.into(), Vec::new());
                let origin = Origin::here(place);
                let local = Tree::open(expr.clone(), Origins::one(origin.clone()));
                vec![(local, vec![Guard { expr, origin }])]
            }
        }
    }
}

/// The conditions of a part that stands under another one; none if it is not there.
fn under(presence: Presence, guards: &[Guard]) -> Option<Vec<Guard>> {
    match presence {
        Presence::Absent => None,
        Presence::Certain => Some(guards.to_vec()),
        Presence::Under(guard) => Some(guards.iter().cloned().chain([guard]).collect()),
    }
}

/// What to underline for a sequence or mapping. The first entry of a part of a pipeline names it: `stage`,
/// `job`, `task`.
fn header_of(node: &Node, entry: Option<&Entry>) -> Origin {
    let told = || {
        let first = node.entries().first()?;
        let named = first.value.as_text().is_some() && !first.value.span.is_empty();
        let one_line =
            !matches!(&first.value.kind, NodeKind::String(s) if matches!(s.style, Style::Literal | Style::Folded));
        Some(if named && one_line { first.value.span } else { first.key_span })
    };
    let anchor = match entry {
        Some(entry) => entry.key_span,
        None if node.alias_of.is_some() => node.span,
        None => told().unwrap_or(Span { end: node.span.end.min(node.span.start + 1), ..node.span }),
    };
    Origin::new(anchor, anchor.to(node.span), OriginStep::Here)
}

/// The variables with those that a `variables:` adds.
pub fn with_variables(before: &Names, tree: &Tree) -> Names {
    let mut all = before.clone();
    let mut add = |name: EcoString, tree: Tree, guards: &[Guard]| {
        let at_run_time = tree.as_text().and_then(|text| {
            let inner = text.trim().strip_prefix("$[")?.strip_suffix(']')?;
            Some(Tree::open(Expr::parse(inner)?, tree.origins.clone()))
        });
        let tree = match at_run_time {
            Some(tree) if guards.is_empty() => tree,
            None if guards.is_empty() => tree,
            _ => Tree::open(Expr::Path("variables".into(), vec![Step::Name(name.clone())]), tree.origins),
        };
        // Names do not tell cases apart.
        let key = all.keys().find(|key| key.eq_ignore_ascii_case(&name)).cloned().unwrap_or(name);
        all.insert(key, tree);
    };
    for field in tree.fields() {
        add(field.key.clone(), field.tree.clone(), &field.guards);
    }
    for item in tree.items() {
        if let Some(name) = item.tree.get("name").and_then(|n| n.as_text()) {
            let value = item.tree.get("value").unwrap_or_else(|| Tree::scalar(Value::string("")));
            add(name, value, &item.guards);
        }
    }
    all
}
