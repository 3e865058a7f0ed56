//! stub
#![allow(missing_docs)]
use ecow::EcoString;
use crate::{source::{FileId, Span}, syntax::hcl::Expr, value::Value, report::Severity};
pub struct Input { pub name: EcoString, pub description: String, pub default: Value }
pub struct Match { pub kinds: Vec<EcoString>, pub condition: Option<Expr>, pub defaults: Option<Expr> }
pub struct Link { pub name: EcoString, pub to: EcoString, pub condition: Expr, pub at_most: Option<usize>, pub defaults: Option<Expr> }
pub struct Assert { pub for_each: Option<Expr>, pub condition: Expr, pub at: Option<Expr>, pub message: Expr, pub span: Span }
pub struct Distinct { pub key: Expr, pub across: Expr, pub message: Expr, pub span: Span }
pub struct Fix { pub summary: String, pub safety: String, pub reason: String, pub span: Span }
#[derive(PartialEq, Eq)] pub enum Status { Stable, Preview, Deprecated }
pub struct Rule { pub id: EcoString, pub title: String, pub severity: Severity, pub status: Status, pub criteria: Vec<(String,String)>, pub rationale: String, pub remediation: String, pub references: Vec<String>, pub inputs: Vec<Input>, pub matches: Vec<Match>, pub links: Vec<Link>, pub asserts: Vec<Assert>, pub distinct: Option<Distinct>, pub fix: Option<Fix>, pub file: FileId }
