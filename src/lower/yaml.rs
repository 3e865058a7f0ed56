//! YAML and JSON nodes to values.
//!
//! A value points at its text. What a value came through - an alias, a merge key - is a place of
//! its own in front, so that a finding can name both the use and the text behind it.

use foldhash::fast::RandomState;

use crate::{
    source::{FileId, Span},
    syntax::{
        node::{Document, Entry, Node, NodeKind, Scalar, Style},
        yaml,
    },
    value::{ByName, List, ListKind, Object, Origin, OriginStep, Origins, Value},
};

/// A parsed YAML or JSON file.
#[derive(Debug)]
pub struct YamlFile {
    /// Which file.
    pub id: FileId,
    /// Its path.
    pub path: String,
    /// Its documents.
    pub documents: Vec<Document>,
}

/// What makes a value of a string: given its text and where it stands.
pub type Texts<'a> = &'a dyn Fn(&Scalar, Span) -> Value;

/// What makes another value of one that has a tag, such as `!reference [job, script]`: given the tag
/// and the value without it.
pub type Tagged<'a> = &'a dyn Fn(&str, Value) -> Value;

/// A node as a value.
pub fn value(node: &Node) -> Value {
    value_with(node, &|scalar, _| Value::string(scalar.text.clone()))
}

/// A node as a value, its strings made by `texts`, such as those with `${{ }}` in them. Origins are
/// added to what `texts` gives, behind those that it already has.
pub fn value_with(node: &Node, texts: Texts<'_>) -> Value {
    Lower { texts, tagged: &|_, value| value, through: Vec::new() }.value(node, None, Place::Root)
}

/// The same for a document that has tags of its own.
pub fn value_tagged(node: &Node, texts: Texts<'_>, tagged: Tagged<'_>) -> Value {
    Lower { texts, tagged, through: Vec::new() }.value(node, None, Place::Root)
}

/// The entry of a mapping as a value: what is missing in it is missing under its key.
pub fn entry_with(entry: &Entry, texts: Texts<'_>) -> Value {
    Lower { texts, tagged: &|_, value| value, through: Vec::new() }.value(&entry.value, Some(entry), Place::Entry)
}

/// What to underline when something is missing in the mapping `node`, which is the root of a
/// document.
pub fn header(node: &Node) -> Origin {
    header_of(node, None, Place::Root)
}

/// Where a node stands, which decides what to underline for the whole of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Entry,
    Item,
}

struct Lower<'a> {
    texts: Texts<'a>,
    tagged: Tagged<'a>,
    /// The aliases that are being unfolded, outermost first.
    through: Vec<Span>,
}

impl Lower<'_> {
    fn value(&mut self, node: &Node, entry: Option<&Entry>, place: Place) -> Value {
        let value = match node.alias_of {
            None => self.written(node, node.span, entry, place),
            Some(written) => {
                self.through.push(node.span);
                let value = self.written(node, written, entry, place);
                self.through.pop();
                value
            }
        };
        match &node.tag {
            Some(tag) => (self.tagged)(tag, value),
            None => value,
        }
    }

    /// The value of a node whose own text is at `span`.
    fn written(&mut self, node: &Node, span: Span, entry: Option<&Entry>, place: Place) -> Value {
        // The key stands beside the alias, not beside the text that the alias stands for.
        let key = entry.filter(|_| node.alias_of.is_none()).map(|e| e.key_span);
        // What may have many lines is not underlined as a whole.
        let narrow = key.unwrap_or(Span { end: span.end.min(span.start + 1), ..span });
        match &node.kind {
            NodeKind::Null => {
                // Of what is not written, the key is what a reader looks for.
                let anchor = if span.is_empty() { key.unwrap_or(span) } else { span };
                self.place(Value::null(), anchor, anchor)
            }
            NodeKind::Bool { value, .. } => self.place(Value::bool(*value), span, span),
            NodeKind::Number { text } => {
                let number = yaml::number(text).map_or_else(|| Value::string(text.clone()), Value::number);
                self.place(number, span, span)
            }
            NodeKind::String(scalar) => {
                let value = (self.texts)(scalar, span);
                let anchor = match scalar.style {
                    Style::Literal | Style::Folded => narrow,
                    Style::Plain | Style::Quoted => span,
                };
                self.place(value, anchor, anchor.to(span))
            }
            NodeKind::Sequence(items) => {
                let items = items.iter().map(|item| self.value(item, None, Place::Item)).collect();
                self.place(Value::list(List::of(ListKind::Tuple, items)), narrow, narrow.to(span))
            }
            NodeKind::Mapping(entries) => {
                let mut fields = ByName::with_capacity_and_hasher(entries.len(), RandomState::default());
                for entry in entries {
                    fields.insert(entry.key.clone(), self.value(&entry.value, Some(entry), Place::Entry));
                }
                let header = header_of(node, entry, place);
                let own =
                    if node.alias_of.is_some() { Origin::new(narrow, span, OriginStep::Alias) } else { header.clone() };
                let object = Object { fields, header: Some(header), ..Object::default() };
                self.place(Value::from_object(object), own.anchor, own.extent)
            }
        }
    }

    /// Adds the places of a value: the aliases that lead to it, then its own.
    fn place(&self, mut value: Value, anchor: Span, extent: Span) -> Value {
        let step = if self.through.is_empty() { OriginStep::Here } else { OriginStep::Alias };
        let uses = self.through.iter().map(|span| Origin::new(*span, *span, OriginStep::Use));
        let own: Origins = uses.chain([Origin::new(anchor, extent, step)]).collect();
        value.origins.extend(&own);
        value
    }
}

/// What to underline when something is missing in a mapping. Of one that comes from an alias that
/// is the alias or its key, since the same text may lack nothing where else it is used.
fn header_of(node: &Node, entry: Option<&Entry>, place: Place) -> Origin {
    let telling = if place == Place::Root { "kind" } else { "name" };
    let anchor = match entry {
        Some(entry) => entry.key_span,
        None if node.alias_of.is_some() => node.span,
        None => {
            let told = node.entry(telling).filter(|e| e.value.as_text().is_some()).map(|e| e.value.span);
            told.or_else(|| node.entries().first().map(|e| e.key_span)).unwrap_or(node.span)
        }
    };
    Origin::new(anchor, anchor.to(node.span), OriginStep::Here)
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::value::Repr;

    const FILE: FileId = FileId(0);

    fn lowered(text: &str) -> Value {
        let parsed = yaml::parse(FILE, text);
        assert_eq!(parsed.diagnostics, []);
        value(&parsed.documents[0].root)
    }

    fn at<'v>(value: &'v Value, path: &[&str]) -> &'v Value {
        path.iter().fold(value, |value, step| match &value.repr {
            Repr::Object(object) => object.get(step).unwrap(),
            Repr::List(list) => &list.items[step.parse::<usize>().unwrap()],
            _ => panic!("{step} of {value:?}"),
        })
    }

    fn places<'t>(text: &'t str, value: &Value) -> Vec<(&'t str, OriginStep)> {
        value.origins.iter().map(|o| (&text[o.anchor.range()], o.step.clone())).collect()
    }

    fn head<'t>(text: &'t str, value: &Value) -> (&'t str, &'t str) {
        let header = value.as_object().unwrap().header.as_ref().unwrap();
        (&text[header.anchor.range()], &text[header.extent.range()])
    }

    #[test]
    fn every_value_points_at_its_own_text() {
        let text = "a: yes\nb: [0x10, 'x']\nc: null\nd:\ne: |\n  one\n  two\nf:\n- >\n  t\n";
        let value = lowered(text);
        assert_eq!(at(&value, &["a"]).as_bool(), Some(true));
        assert_eq!(places(text, at(&value, &["a"])), [("yes", OriginStep::Here)]);
        assert_eq!(at(&value, &["b", "0"]).as_number().unwrap().as_i64(), Some(16));
        assert_eq!(places(text, at(&value, &["b", "0"])), [("0x10", OriginStep::Here)]);
        assert_eq!(places(text, at(&value, &["b", "1"])), [("'x'", OriginStep::Here)]);
        assert_eq!(places(text, at(&value, &["c"])), [("null", OriginStep::Here)]);
        assert!(at(&value, &["d"]).is_null());
        assert_eq!(places(text, at(&value, &["d"])), [("d", OriginStep::Here)]);
        let block = at(&value, &["e"]);
        assert_eq!(block.as_str(), Some("one\ntwo\n"));
        assert_eq!(places(text, block), [("e", OriginStep::Here)]);
        assert_eq!(&text[block.origins.first().unwrap().extent.range()], "e: |\n  one\n  two");
        assert_eq!(places(text, at(&value, &["f", "0"])), [(">", OriginStep::Here)]);
    }

    #[test]
    fn what_is_missing_is_missing_under_the_key_the_name_or_the_kind() {
        let text =
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: i\n    name: app\n  - image: j\n  - {}\n";
        let value = lowered(text);
        assert_eq!(head(text, &value), ("Pod", text.trim_end()));
        let spec = &text[text.find("spec").unwrap()..];
        assert_eq!(head(text, at(&value, &["spec"])), ("spec", spec.trim_end()));
        let containers = &["spec", "containers"];
        let item = |n: &'static str| at(&value, &[containers[0], containers[1], n]);
        assert_eq!(head(text, item("0")), ("app", "image: i\n    name: app"));
        assert_eq!(head(text, item("1")), ("image", "image: j"));
        assert_eq!(head(text, item("2")), ("{}", "{}"));
        assert_eq!(head("x: 1\n", &lowered("x: 1\n")), ("x", "x: 1"));
    }

    #[test]
    fn a_value_from_an_alias_points_at_the_alias_and_at_what_it_stands_for() {
        let text = "x: &x\n  deep: 1\ny: *x\nz: [*x]\n";
        let value = lowered(text);
        let deep = at(&value, &["y", "deep"]);
        assert_eq!(places(text, deep), [("*x", OriginStep::Use), ("1", OriginStep::Alias)]);
        assert_eq!(head(text, at(&value, &["y"])), ("y", "y: *x"));
        assert_eq!(head(text, at(&value, &["z", "0"])), ("*x", "*x"));
        assert_eq!(places(text, at(&value, &["x", "deep"])), [("1", OriginStep::Here)]);
    }

    #[test]
    fn a_merged_value_points_at_the_merge_and_at_what_was_merged() {
        let text = "x: &x {a: 1, b: {c: 2}, d: }\ny:\n  <<: *x\n  e: 3\n";
        let value = lowered(text);
        assert_eq!(places(text, at(&value, &["y", "a"])), [("*x", OriginStep::Use), ("1", OriginStep::Alias)]);
        assert_eq!(places(text, at(&value, &["y", "b", "c"])), [("*x", OriginStep::Use), ("2", OriginStep::Alias)]);
        assert_eq!(head(text, at(&value, &["y", "b"])).0, "*x");
        assert_eq!(places(text, at(&value, &["y", "d"]))[0], ("*x", OriginStep::Use));
        assert_eq!(places(text, at(&value, &["y", "e"])), [("3", OriginStep::Here)]);
        assert_eq!(head(text, at(&value, &["y"])).0, "y");
    }

    #[test]
    fn the_caller_makes_the_strings() {
        let text = "a: ${{ x }}\nb: 1\n";
        let parsed = yaml::parse(FILE, text);
        let value = value_with(&parsed.documents[0].root, &|scalar, span| {
            Value::string(format!("{}@{}", scalar.text, span.start))
        });
        assert_eq!(at(&value, &["a"]).as_str(), Some("${{ x }}@3"));
        assert_eq!(places(text, at(&value, &["a"])), [("${{ x }}", OriginStep::Here)]);
        let entry = &parsed.documents[0].root.entries()[0];
        assert_eq!(entry_with(entry, &|s, _| Value::string(s.text.clone())).as_str(), Some("${{ x }}"));
    }
}
