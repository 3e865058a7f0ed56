//! What a pipeline's YAML is once templates are put in and `${{ }}` is evaluated.
//!
//! Between a document and a [`Value`]: it keeps the order of what may be there among what is there for
//! certain, under which conditions a part is there, and by which templates it came.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::expression::Expr;
use crate::value::{
    ByName, Hole, List, ListKind, Object, Origin, Origins, Part, Refinement, Repr, Text, Unknown, Unnamed, Value, Why,
    WhyKind,
};

/// A part of a pipeline.
#[derive(Clone, Debug)]
pub struct Tree {
    /// What it is.
    pub kind: Kind,
    /// Where it is written, and through what it came.
    pub origins: Origins,
    /// What to underline when something is missing in it.
    pub header: Option<Origin>,
    /// The uses of templates that lead to it, outermost first.
    pub via: Arc<[Origin]>,
    /// How many parts it has, itself counted.
    pub weight: usize,
}

/// What a part is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A scalar. Of one that is not known, the expression that gives it.
    Scalar(Value, Option<Arc<Expr>>),
    /// A sequence.
    List(Arc<[Item]>),
    /// A mapping.
    Map(Arc<[Field]>),
}

/// An element of a sequence.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub tree: Tree,
    /// Under which conditions it is there.
    pub guards: Vec<Guard>,
}

/// An entry of a mapping.
#[derive(Clone, Debug)]
pub struct Field {
    /// The key.
    pub key: EcoString,
    /// What it is.
    pub tree: Tree,
    /// Under which conditions it is there.
    pub guards: Vec<Guard>,
}

/// A condition that the host evaluates when it puts a pipeline together, and that is not known here.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The condition.
    pub expr: Expr,
    /// Where it is written.
    pub origin: Origin,
}

impl Tree {
    /// A scalar whose value is known.
    pub fn scalar(value: Value) -> Self {
        let origins = value.origins.clone();
        Self { kind: Kind::Scalar(value, None), origins, header: None, via: Arc::from([]), weight: 1 }
    }

    /// A scalar that is known when the pipeline runs.
    pub fn open(expr: Expr, origins: Origins) -> Self {
        Self::open_with(expr, origins, Refinement::Nothing)
    }

    /// A scalar that is known when the pipeline runs, of which something is known all the same. It is a text with a
    /// hole, since whatever the host puts there is text.
    pub fn open_with(expr: Expr, origins: Origins, refinement: Refinement) -> Self {
        let written = expr.written();
        let why = Why::new(WhyKind::PipelineExpression, written.clone());
        let unknown = Arc::new(Unknown { refinement, ..Unknown::because(why) });
        let hole = Hole { unknown, written: eco_format!("${{{{ {written} }}}}"), span: None };
        let value: Value = Repr::String(Text::from_parts(vec![Part::Hole(hole)])).into();
        Self {
            kind: Kind::Scalar(value.with_origins(origins.clone()), Some(Arc::new(expr))),
            origins,
            header: None,
            via: Arc::from([]),
            weight: 1,
        }
    }

    /// What an expression gave.
    pub fn of_expr(expr: Expr, origins: Origins) -> Self {
        let value = match &expr {
            Expr::Null => Value::null(),
            Expr::Bool(b) => Value::bool(*b),
            Expr::Text(text) => Value::string(text.clone()),
            Expr::Number(text) => {
                crate::syntax::yaml::number(text).map_or_else(|| Value::string(text.clone()), Value::number)
            }
            _ => return Self::open(expr, origins),
        };
        Self::scalar(value.with_origins(origins))
    }

    /// As a part of an expression; none for a sequence or mapping.
    pub fn expr(&self) -> Option<Expr> {
        let Kind::Scalar(value, open) = &self.kind else { return None };
        if let Some(expr) = open {
            return Some((**expr).clone());
        }
        Some(match &value.repr {
            Repr::Null => Expr::Null,
            Repr::Bool(b) => Expr::Bool(*b),
            Repr::Number(number) => Expr::Number(ecow::eco_format!("{number}")),
            Repr::String(Text::Whole(text)) => Expr::Text(text.clone()),
            Repr::String(text) => Expr::Path(text.written(), Vec::new()),
            _ => return None,
        })
    }

    /// The text of a scalar that is known.
    pub fn as_text(&self) -> Option<EcoString> {
        match &self.kind {
            Kind::Scalar(value, None) if !value.is_null() => match &value.repr {
                Repr::Bool(b) => Some(ecow::eco_format!("{b}")),
                _ => self.expr()?.as_text().filter(|_| value.first_unknown().is_none()),
            },
            _ => None,
        }
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(value, _) if value.is_null())
    }

    /// The elements, if it is a sequence.
    pub fn items(&self) -> &[Item] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The entries, if it is a mapping.
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            Kind::Map(fields) => fields,
            _ => &[],
        }
    }

    /// Whether it is a mapping.
    pub fn is_map(&self) -> bool {
        matches!(self.kind, Kind::Map(_))
    }

    /// What stands under `key`; of several of which one will be there, something unknown. Null is as good as nothing.
    pub fn get(&self, key: &str) -> Option<Tree> {
        let named: Vec<&Field> = self.fields().iter().filter(|f| f.key == key && !f.tree.is_null()).collect();
        let last = named.last()?;
        if let Some(certain) = named.iter().rposition(|f| f.guards.is_empty())
            && certain + 1 == named.len()
        {
            return Some(last.tree.clone());
        }
        let values: Vec<Value> = named.iter().map(|f| f.tree.value()).collect();
        let mut origins = Origins::none();
        for value in &values {
            origins.extend(&value.origins);
        }
        // It is not what its condition is.
        let expr = Expr::Part(Box::new(last.guards.last()?.expr.clone()), Vec::new());
        let open = Self::open_with(expr, origins, Refinement::OneOf(values.into()));
        Some(Self { via: last.tree.via.clone(), ..open })
    }

    /// The elements of every sequence that stands under `key`, each with what it depends on.
    pub fn all_items(&self, key: &str) -> Vec<Item> {
        let named = self.fields().iter().filter(|f| f.key == key);
        named
            .flat_map(|field| {
                field.tree.items().iter().map(|item| Item {
                    tree: item.tree.clone(),
                    guards: field.guards.iter().chain(&item.guards).cloned().collect(),
                })
            })
            .collect()
    }

    /// As a value.
    pub fn value(&self) -> Value {
        let value: Value = match &self.kind {
            Kind::Scalar(value, _) => return value.clone().with_origins(self.origins.clone()),
            Kind::List(items) => {
                let mut list = List::of(ListKind::Tuple, Vec::new());
                for item in items.iter() {
                    let into = if item.guards.is_empty() { &mut list.items } else { &mut list.maybe };
                    into.push(item.tree.value());
                }
                Value::list(list)
            }
            Kind::Map(_) => Value::from_object(self.object()),
        };
        value.with_origins(self.origins.clone())
    }

    /// The entries as an object.
    pub fn object(&self) -> Object {
        let mut object = Object { header: self.header.clone(), ..Object::default() };
        let mut fields = ByName::default();
        for field in self.fields() {
            match field.guards.last() {
                None => {
                    fields.insert(field.key.clone(), field.tree.value());
                }
                Some(guard) => {
                    let why = Why::new(WhyKind::PipelineExpression, guard.expr.written());
                    let maybe = vec![(Value::string(field.key.clone()), field.tree.value())];
                    object.add_unnamed(why, Unnamed { maybe, ..Unnamed::default() });
                }
            }
        }
        object.fields = fields;
        object
    }
}

/// A text as parts: those of a value that is put into it.
pub fn parts_of(tree: &Tree, written: &str) -> Vec<Part> {
    if let Kind::Scalar(value, None) = &tree.kind {
        match &value.repr {
            Repr::String(text) => return text.parts(),
            _ => {
                if let Some(text) = tree.expr().and_then(|e| e.as_text()) {
                    return vec![Part::Known(text)];
                }
            }
        }
    }
    if let Kind::Scalar(Value { repr: Repr::String(text), .. }, _) = &tree.kind {
        return text.parts();
    }
    let unknown = Arc::new(Unknown::because(Why::new(WhyKind::PipelineExpression, written)));
    vec![Part::Hole(Hole { unknown, written: written.into(), span: None })]
}
