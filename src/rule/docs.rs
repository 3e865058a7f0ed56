//! stub
use super::{Catalog, compile::Rule};

/// The page of a rule.
pub fn rule_page(rule: &Rule, _catalog: &Catalog) -> String {
    rule.title.clone()
}
