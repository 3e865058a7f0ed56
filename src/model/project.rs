//! All entities of a repository.

use std::collections::HashMap;

use ecow::EcoString;

use super::{Entity, EntityId};
use crate::source::{Diagnostic, SourceMap};

/// A repository, read and resolved.
#[derive(Debug, Default)]
pub struct Project {
    /// The files.
    pub files: SourceMap,
    /// The entities, sorted by file and position; those that views make stand behind the others.
    pub entities: Vec<Entity>,
    /// What was not scanned, and why.
    pub skipped: Vec<Skipped>,
    /// What went wrong on the way.
    pub diagnostics: Vec<Diagnostic>,
    by_kind: HashMap<EcoString, Vec<EntityId>>,
}

/// What one part of `lower` gives.
#[derive(Debug, Default)]
pub struct Lowered {
    /// Entities.
    pub entities: Vec<Entity>,
    /// What was not scanned.
    pub skipped: Vec<Skipped>,
    /// What went wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// A file, or a thing in it, that was not scanned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The path.
    pub path: String,
    /// Why, in words: `a Helm template, not YAML`.
    pub why: String,
}

impl Lowered {
    /// Adds what another part gave.
    pub fn merge(&mut self, other: Lowered) {
        self.entities.extend(other.entities);
        self.skipped.extend(other.skipped);
        self.diagnostics.extend(other.diagnostics);
    }
}

impl Project {
    /// A project from what was read and lowered.
    pub fn new(files: SourceMap, lowered: Lowered) -> Self {
        let Lowered { mut entities, mut skipped, diagnostics } = lowered;
        entities.sort_by(|a, b| {
            let key = |e: &Entity| (e.header.anchor.file, e.header.anchor.start, e.scope.clone(), e.address.clone());
            key(a).cmp(&key(b))
        });
        skipped.sort();
        skipped.dedup();
        let mut project = Self { files, entities: Vec::new(), skipped, diagnostics, by_kind: HashMap::new() };
        for entity in entities {
            project.add(entity);
        }
        project
    }

    /// Adds an entity and names it.
    pub fn add(&mut self, entity: Entity) -> EntityId {
        let id = EntityId(self.entities.len() as u32);
        self.by_kind.entry(entity.kind.clone()).or_default().push(id);
        self.entities.push(entity);
        id
    }

    /// The entity of this id.
    pub fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.0 as usize]
    }

    /// The entities of this kind, in order.
    pub fn of_kind(&self, kind: &str) -> &[EntityId] {
        self.by_kind.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The kinds that occur, sorted.
    pub fn kinds(&self) -> Vec<&EcoString> {
        let mut kinds: Vec<_> = self.by_kind.keys().collect();
        kinds.sort();
        kinds
    }
}
