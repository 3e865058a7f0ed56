//! stub
use super::yaml::YamlFile;
use crate::{model::Lowered, source::SourceMap};

/// The workflows among these files, and their jobs and steps.
pub fn lower(_files: &[YamlFile], _sources: &SourceMap) -> Lowered {
    Lowered::default()
}
