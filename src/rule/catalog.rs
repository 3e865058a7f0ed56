//! stub
#![allow(missing_docs)]
use crate::{rule::compile::Rule, model::View, report::Criterion};
pub struct Catalog { pub rules: Vec<Rule>, pub views: Vec<View>, pub criteria: Vec<Criterion> }
