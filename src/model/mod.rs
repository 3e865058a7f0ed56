//! What a rule looks at: entities of every kind, in one project.

pub mod entity;
pub mod link;
pub mod project;
pub mod view;

pub use entity::{Entity, EntityId, Environment, EnvironmentClass, Scenario, symbol_scope};
pub use project::{Lowered, Move, Project, Skipped};
pub use view::{View, ViewLink, ViewSource};
