//! HCL: our own tree of it, and the parser that makes it.

pub mod ast;
pub mod parse;
pub mod scan;
pub mod walk;

pub use ast::{
    Attribute, BinaryOp, Block, Body, Expr, ExprKind, ForExpr, Ident, Item, ObjectKey, Step, TemplatePart, UnaryOp,
};
pub use parse::{Parsed, parse, parse_expression, parse_template};
