//! Documents to entities.
//!
//! Lowering never sees a rule; a rule never sees Terraform or YAML.

pub mod ci;
pub mod environment;
pub mod github;
pub mod kubernetes;
pub mod repository;
pub mod terraform;
pub mod yaml;
