//! HCL: our own tree of it, and the parser that makes it.

pub mod ast;
mod from_json;
mod lift;
mod mend;
pub mod parse;
mod relocate;
pub mod scan;
mod text;
pub mod walk;

pub use ast::{
    Attribute, BinaryOp, Block, Body, Expr, ExprKind, ForExpr, Ident, Item, ObjectKey, Step, TemplatePart, UnaryOp,
};
pub use from_json::parse as parse_json;
pub use parse::{Parsed, parse, parse_expression, parse_template};
