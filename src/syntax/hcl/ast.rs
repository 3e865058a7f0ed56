//! The tree of an HCL file. Every node has a span; nothing in it belongs to the parser's crate.

use std::sync::Arc;

use ecow::EcoString;

use crate::{source::Span, value::Number};

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The name.
    pub text: EcoString,
    /// Where it stands (quotes included, for a quoted block label).
    pub span: Span,
}

/// The content of a file or block: attributes and blocks in source order.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// In source order.
    pub items: Vec<Item>,
}

/// An attribute or a block.
#[derive(Clone, Debug)]
pub enum Item {
    /// `name = expression`.
    Attribute(Arc<Attribute>),
    /// `kind "label" { ... }`.
    Block(Arc<Block>),
}

/// `name = expression`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: Ident,
    /// The expression.
    pub expr: Expr,
    /// From the name to the end of the expression.
    pub span: Span,
}

/// `kind "label" { ... }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The word in front, such as `resource`.
    pub kind: Ident,
    /// The labels, quoted or bare.
    pub labels: Vec<Ident>,
    /// What stands between the braces.
    pub body: Body,
    /// From `kind` to the last label: what is underlined when something is missing in here.
    pub header: Span,
    /// From `kind` to the closing brace.
    pub span: Span,
}

impl Body {
    /// The attributes, in source order.
    pub fn attributes(&self) -> impl Iterator<Item = &Arc<Attribute>> {
        self.items.iter().filter_map(|i| match i {
            Item::Attribute(a) => Some(a),
            Item::Block(_) => None,
        })
    }

    /// The blocks, in source order.
    pub fn blocks(&self) -> impl Iterator<Item = &Arc<Block>> {
        self.items.iter().filter_map(|i| match i {
            Item::Block(b) => Some(b),
            Item::Attribute(_) => None,
        })
    }

    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.attributes().find(|a| a.name.text == name)
    }

    /// The blocks of this kind.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Arc<Block>> {
        self.blocks().filter(move |b| b.kind.text == kind)
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its text.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `12`, `1.5`
    Number(Number),
    /// A quoted string without interpolation.
    String(EcoString),
    /// A quoted string or heredoc with interpolation or directives, already dedented.
    Template(Vec<TemplatePart>),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `{ k = v }`
    Object(Vec<(ObjectKey, Expr)>),
    /// A bare name, such as `var` or `each`.
    Variable(EcoString),
    /// `a.b[0].*.c`
    Traversal(Box<Expr>, Vec<Step>),
    /// `name(args...)`; provider functions are `provider::ns::name`.
    Call {
        /// The name.
        name: Ident,
        /// The arguments.
        args: Vec<Expr>,
        /// Whether the last argument is followed by `...`.
        expand: bool,
    },
    /// `c ? a : b`
    Conditional(Box<(Expr, Expr, Expr)>),
    /// `[for ...]`, `{for ...}`
    For(Box<ForExpr>),
    /// `!a`, `-a`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b` ...
    Binary(BinaryOp, Box<(Expr, Expr)>),
    /// `(a)`
    Paren(Box<Expr>),
}

/// The key of an object's element.
#[derive(Clone, Debug)]
pub enum ObjectKey {
    /// A bare word: the key itself.
    Name(Ident),
    /// Anything else, evaluated.
    Expr(Expr),
}

impl ObjectKey {
    /// Where the key stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Name(name) => name.span,
            Self::Expr(expr) => expr.span,
        }
    }
}

/// A step of a traversal.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`
    Attribute(Ident),
    /// `[expr]`
    Index(Box<Expr>, Span),
    /// `.0`
    LegacyIndex(u64, Span),
    /// `.*`
    AttributeSplat(Span),
    /// `[*]`
    FullSplat(Span),
}

impl Step {
    /// Where the step stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Attribute(name) => name.span,
            Self::Index(_, span) | Self::LegacyIndex(_, span) | Self::AttributeSplat(span) | Self::FullSplat(span) => {
                *span
            }
        }
    }
}

/// `for` in brackets or braces.
#[derive(Clone, Debug)]
pub struct ForExpr {
    /// The name for the key, if two names are given.
    pub key_var: Option<Ident>,
    /// The name for the value.
    pub value_var: Ident,
    /// What is gone through.
    pub collection: Expr,
    /// The key of the result: an object if present, a tuple if not.
    pub key: Option<Expr>,
    /// The value of the result.
    pub value: Expr,
    /// Whether `...` groups values of one key.
    pub group: bool,
    /// The `if` clause.
    pub condition: Option<Expr>,
}

/// A piece of a template. Strip markers (`~`) are already applied to the literals.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text, escapes resolved.
    Literal(EcoString, Span),
    /// `${expr}`
    Interpolation(Expr, Span),
    /// `%{ if c }a%{ else }b%{ endif }`
    If {
        /// The condition.
        condition: Expr,
        /// The text if it is true.
        then: Vec<TemplatePart>,
        /// The text if it is false.
        otherwise: Vec<TemplatePart>,
        /// Its place.
        span: Span,
    },
    /// `%{ for k, v in c }a%{ endfor }`
    For {
        /// The name for the key.
        key_var: Option<Ident>,
        /// The name for the value.
        value_var: Ident,
        /// What is gone through.
        collection: Expr,
        /// The text for each element.
        body: Vec<TemplatePart>,
        /// Its place.
        span: Span,
    },
}

/// Operators on one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Neg,
}

/// Operators on two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Plus,
    Minus,
    Mul,
    Div,
    Mod,
}
