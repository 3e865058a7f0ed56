//! Flat nodes to a tree: aliases unfolded, merge keys applied, duplicate keys told.

use ecow::EcoString;

use super::{
    MAX_DEPTH,
    events::{Raw, RawKind, RawTag},
    scalar,
};
use crate::{
    source::{Diagnostic, DiagnosticKind, FileId, Span},
    syntax::{
        fields::{Duplicates, Fields},
        node::{Entry, Node, NodeKind, Style},
    },
};

/// So many nodes a file may come from aliases. Real files have some hundreds; a file that unfolds
/// into more is an attack or an accident ("billion laughs").
const MAX_UNFOLDED: usize = 200_000;

/// So many characters of a key that is a collection are kept.
const MAX_COMPLEX_KEY: usize = 200;

/// What a file has used up.
#[derive(Default)]
pub(super) struct Budget {
    unfolded: usize,
    duplicates: Duplicates,
}

struct Builder<'a> {
    text: &'a str,
    raw: &'a [Raw],
    budget: &'a mut Budget,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// How many aliases are being unfolded around the current node.
    aliases: usize,
}

type Built<T> = Result<T, Box<Diagnostic>>;

/// The root of a document.
pub(super) fn document(
    file: FileId,
    text: &str,
    raw: &[Raw],
    budget: &mut Budget,
    diagnostics: &mut Vec<Diagnostic>,
) -> Built<Node> {
    if raw.is_empty() {
        let span = Span::new(file, 0, 0);
        return Ok(Node { kind: NodeKind::Null, span, alias_of: None, tag: None });
    }
    Builder { text, raw, budget, diagnostics, aliases: 0 }.node(0, 0)
}

impl Builder<'_> {
    fn node(&mut self, at: usize, depth: usize) -> Built<Node> {
        let raw = &self.raw[at];
        self.charge(raw.span, depth)?;
        let kind = match &raw.kind {
            RawKind::Scalar { text, style, empty } => scalar::resolve(text, *style, *empty, &raw.tag),
            RawKind::Sequence => NodeKind::Sequence(self.sequence(at, depth)?),
            RawKind::Mapping => NodeKind::Mapping(self.mapping(at, depth)?),
            RawKind::Alias(target) => {
                self.check_cycle(at, *target)?;
                let mut node = self.unfold(|b| b.node(*target, depth))?;
                node.alias_of = Some(node.span);
                node.span = raw.span;
                return Ok(node);
            }
        };
        let tag = match &raw.tag {
            RawTag::Other(written) => Some(written.clone()),
            _ => None,
        };
        Ok(Node { kind, span: raw.span, alias_of: None, tag })
    }

    /// Pays for one more node, or one more mapping that is merged.
    fn charge(&mut self, span: Span, depth: usize) -> Built<()> {
        if depth > MAX_DEPTH {
            return Err(refused("it is nested too deeply", span)
                .help(format!("nesting deeper than {MAX_DEPTH} levels, aliases unfolded, is not read"))
                .into());
        }
        if self.aliases > 0 {
            self.budget.unfolded += 1;
            if self.budget.unfolded > MAX_UNFOLDED {
                return Err(refused("its aliases stand for too much text", span)
                    .help(format!("a file whose aliases unfold into more than {MAX_UNFOLDED} values is not read"))
                    .into());
            }
        }
        Ok(())
    }

    fn unfold<T>(&mut self, build: impl FnOnce(&mut Self) -> T) -> T {
        self.aliases += 1;
        let built = build(self);
        self.aliases -= 1;
        built
    }

    fn check_cycle(&self, at: usize, target: usize) -> Built<()> {
        if target <= at && at < self.raw[target].next {
            return Err(refused("this alias stands inside of what it stands for", self.raw[at].span)
                .note(self.raw[target].span, "its anchor")
                .into());
        }
        Ok(())
    }

    fn sequence(&mut self, at: usize, depth: usize) -> Built<Vec<Node>> {
        self.children(at).into_iter().map(|child| self.node(child, depth + 1)).collect()
    }

    fn mapping(&mut self, at: usize, depth: usize) -> Built<Vec<Entry>> {
        let end = self.raw[at].next;
        let mut fields = Fields::default();
        let mut key_at = at + 1;
        while key_at < end {
            let value_at = self.raw[key_at].next;
            if value_at >= end {
                break;
            }
            if !(self.is_merge(key_at) && self.merge(value_at, depth, &mut fields)?) {
                let value = self.node(value_at, depth + 1)?;
                let (key, key_span) = (self.key(key_at), self.raw[key_at].span);
                let name = key.clone();
                let before = fields.insert(Entry { key, key_span, value });
                if let Some(before) = before.filter(|_| self.aliases == 0) {
                    self.budget.duplicates.tell(&name, before, key_span, self.diagnostics);
                }
            }
            key_at = self.raw[value_at].next;
        }
        Ok(fields.into_entries())
    }

    fn is_merge(&self, at: usize) -> bool {
        let raw = &self.raw[at];
        let RawKind::Scalar { text, style: Style::Plain, .. } = &raw.kind else { return false };
        text == "<<" && (raw.tag == RawTag::None || raw.tag == RawTag::Core("merge".into()))
    }

    /// Applies `<<: value`; false if the value is nothing that can be merged.
    fn merge(&mut self, at: usize, depth: usize, fields: &mut Fields) -> Built<bool> {
        let target = self.resolve(at);
        let items = match self.raw[target].kind {
            RawKind::Mapping => Some(vec![at]),
            RawKind::Sequence => {
                if at != target {
                    self.check_cycle(at, target)?;
                }
                Some(self.children(target))
            }
            _ => None,
        };
        let is_mapping = |i: &usize| matches!(self.raw[self.resolve(*i)].kind, RawKind::Mapping);
        let Some(items) = items.filter(|items| items.iter().all(is_mapping)) else {
            let diagnostic = Diagnostic::error(
                DiagnosticKind::Input,
                "a merge key (`<<`) takes a mapping or a list of mappings",
                self.raw[at].span,
            );
            if self.aliases == 0 {
                self.diagnostics.push(diagnostic.warning());
            }
            return Ok(false);
        };
        // The first of a list wins, so it is merged last.
        for item in items.into_iter().rev() {
            let mapping = self.resolve(item);
            if mapping == item {
                self.charge(self.raw[item].span, depth + 1)?;
                let entries = self.mapping(mapping, depth + 1)?;
                for entry in entries {
                    fields.merge(entry);
                }
                continue;
            }
            self.check_cycle(item, mapping)?;
            let here = self.raw[item].span;
            let entries = self.unfold(|b| {
                b.charge(here, depth + 1)?;
                b.mapping(mapping, depth + 1)
            })?;
            for mut entry in entries {
                entry.value.alias_of = Some(entry.value.alias_of.unwrap_or(entry.value.span));
                entry.value.span = here;
                entry.key_span = here;
                fields.merge(entry);
            }
        }
        Ok(true)
    }

    fn children(&self, at: usize) -> Vec<usize> {
        let end = self.raw[at].next;
        let mut children = Vec::new();
        let mut child = at + 1;
        while child < end {
            children.push(child);
            child = self.raw[child].next;
        }
        children
    }

    /// The node that an alias stands for; the node itself if it is none.
    fn resolve(&self, at: usize) -> usize {
        match self.raw[at].kind {
            RawKind::Alias(target) => target,
            _ => at,
        }
    }

    fn key(&self, at: usize) -> EcoString {
        if let RawKind::Scalar { text, .. } = &self.raw[self.resolve(at)].kind {
            return text.clone();
        }
        // Cut, because an alias may repeat it many times.
        let written = self.text.get(self.raw[at].span.range()).unwrap_or_default();
        written.chars().take(MAX_COMPLEX_KEY).collect()
    }
}

fn refused(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(DiagnosticKind::Input, format!("this YAML document is not read: {what}"), span)
}
