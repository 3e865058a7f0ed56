//! Shapes that rules share, such as "every container of every workload kind".

use ecow::EcoString;

use crate::{source::Span, syntax::hcl::Expr};

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
    /// Which of them; `self` is the source entity.
    pub condition: Option<Expr>,
    /// One entity for each element; `each.key` and `each.value` are bound in `value`.
    pub for_each: Option<Expr>,
    /// The body of the entity.
    pub value: Expr,
}
