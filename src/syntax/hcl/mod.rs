//! HCL: our own tree of it, and the parser that makes it.

pub mod ast;
mod lift;
mod mend;
pub mod parse;
pub mod scan;
mod text;

pub use ast::{
    Attribute, BinaryOp, Block, Body, Expr, ExprKind, ForExpr, Ident, Item, ObjectKey, Step, TemplatePart, UnaryOp,
};
pub use parse::{Parsed, parse, parse_expression, parse_template, parse_template_at};
