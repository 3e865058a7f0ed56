//! stub
use super::yaml::YamlFile;
use crate::{model::Lowered, source::SourceMap};

/// The repository as a thing of its own: CODEOWNERS, dependency updates, documents.
pub fn lower(_files: &[YamlFile], _sources: &SourceMap) -> Lowered {
    Lowered::default()
}
