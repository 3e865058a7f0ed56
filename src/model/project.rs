//! All entities of a repository.

use std::sync::Arc;

use ecow::EcoString;
use foldhash::{HashMap, HashSet};

use super::{Entity, EntityId, Scenario};
use crate::{
    source::{Diagnostic, FileId, SourceMap},
    value::{About, Identity, Repr},
};

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
    /// The scenarios of the Terraform roots that have several, sorted.
    pub scenarios: Vec<Scenario>,
    /// The way from the top of the repository to what is checked; empty at the top.
    pub place: String,
    /// Earlier and later addresses of things of Terraform, from their module on.
    pub moves: Vec<Move>,
    /// Scopes of which only one can be deployed to a place, in both orders.
    alternatives: HashSet<(EcoString, EcoString)>,
    by_kind: HashMap<EcoString, Vec<EntityId>>,
    /// The paths of files that entities stand in, as rules see them.
    paths: HashMap<FileId, EcoString>,
}

/// What one part of `lower` gives.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// Entities.
    pub entities: Vec<Entity>,
    /// What was not scanned.
    pub skipped: Vec<Skipped>,
    /// What went wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The scenarios of the Terraform roots that have several.
    pub scenarios: Vec<Scenario>,
    /// Earlier and later addresses of things of Terraform.
    pub moves: Vec<Move>,
    /// Pairs of scopes of which only one can be deployed to a place: overlays that make the same object.
    pub alternatives: Vec<(EcoString, EcoString)>,
}

/// That something of Terraform has another address than before, which a `moved` block tells. Both are without the keys of
/// instances, as seen from the module that has the block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// The directory of the module that has the block.
    pub module: EcoString,
    /// The address before.
    pub from: EcoString,
    /// The address now.
    pub to: EcoString,
}

impl Move {
    /// The address that something had before it was moved to this one; none if the move is not about it.
    pub fn before(&self, address: &str) -> Option<String> {
        // In a module, the address goes on from that of the call.
        address.match_indices(self.to.as_str()).find_map(|(at, to)| {
            let (head, rest) = (&address[..at], &address[at + to.len()..]);
            let mut steps = head.split_terminator('.');
            let is_way = head.is_empty()
                || head.ends_with('.')
                    && std::iter::from_fn(|| Some((steps.next()?, steps.next()))).all(|(word, _)| word == "module");
            let is_whole = is_way && (rest.is_empty() || rest.starts_with(['.', '[']));
            is_whole.then(|| format!("{head}{}{rest}", self.from))
        })
    }
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
        self.scenarios.extend(other.scenarios);
        self.moves.extend(other.moves);
        self.alternatives.extend(other.alternatives);
    }
}

impl Project {
    /// A project from what was read and lowered.
    pub fn new(files: SourceMap, lowered: Lowered) -> Self {
        let Lowered { mut entities, mut skipped, diagnostics, mut scenarios, mut moves, alternatives } = lowered;
        let alternatives = alternatives.into_iter().flat_map(|(a, b)| [(b.clone(), a.clone()), (a, b)]).collect();
        entities.sort_by(|a, b| {
            let place = |e: &Entity| (e.header.anchor.file, e.header.anchor.start);
            let names = || (&a.scope, &a.address, &a.scenario).cmp(&(&b.scope, &b.address, &b.scenario));
            place(a).cmp(&place(b)).then_with(names)
        });
        scenarios.sort();
        moves.sort();
        moves.dedup();
        skipped.sort();
        skipped.dedup();
        let mut project = Self {
            files,
            entities: Vec::new(),
            skipped,
            diagnostics,
            scenarios,
            place: String::new(),
            moves,
            alternatives,
            by_kind: HashMap::default(),
            paths: HashMap::default(),
        };
        for entity in entities {
            project.add(entity);
        }
        project
    }

    /// Adds an entity and names it.
    pub fn add(&mut self, mut entity: Entity) -> EntityId {
        self.name(&mut entity);
        let id = EntityId(self.entities.len() as u32);
        self.by_kind.entry(entity.kind.clone()).or_default().push(id);
        self.entities.push(entity);
        id
    }

    /// Gives the body of an entity what every entity has besides its content.
    fn name(&mut self, entity: &mut Entity) {
        let Repr::Object(object) = &mut entity.body.repr else { return };
        let file = entity.header.anchor.file;
        let files = &self.files;
        let path = self.paths.entry(file).or_insert_with(|| files.path(file).into()).clone();
        let environment =
            entity.environment.as_ref().map(|e| [e.name.clone(), e.class.as_str().into(), e.sign.clone()]);
        let about = About {
            address: entity.address.clone(),
            name: entity.name.clone(),
            kind: entity.kind.clone(),
            file: path,
            scope: entity.scope.clone(),
            environment,
            owner: entity.owner.map(|owner| self.entities[owner.0 as usize].body.clone()),
        };
        let (scope, address) = match &object.identity {
            Some(own) => (own.scope.clone(), own.address.clone()),
            None => (super::symbol_scope(&entity.scope, entity.scenario.as_ref()), entity.address.clone()),
        };
        let object = Arc::make_mut(object);
        let attributes = object.identity.take().map(|own| Arc::unwrap_or_clone(own).attributes).unwrap_or_default();
        object.header.get_or_insert_with(|| entity.header.clone());
        object.identity = Some(Arc::new(Identity { scope, address, about: Some(Box::new(about)), attributes }));
    }

    /// The entity of this id.
    pub fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.0 as usize]
    }

    /// The names of the scenarios of a root; none if it has only one.
    pub fn scenarios_of(&self, scope: &str) -> impl Iterator<Item = &EcoString> {
        let first = self.scenarios.partition_point(|s| s.scope.as_str() < scope);
        self.scenarios[first..].iter().take_while(move |s| s.scope == scope).map(|s| &s.name)
    }

    /// Whether two entities can be there at the same time. Those of two scenarios of one root cannot; of
    /// two roots, `prod` of one stands beside `prod` of the other if it has one, else beside all of it. Overlays
    /// that make the same object would take it from each other.
    pub fn concur(&self, a: &Entity, b: &Entity) -> bool {
        if !self.alternatives.is_empty() && self.alternatives.contains(&(a.scope.clone(), b.scope.clone())) {
            return false;
        }
        let (Some(of_a), Some(of_b)) = (&a.scenario, &b.scenario) else { return true };
        if of_a == of_b {
            return true;
        }
        a.scope != b.scope
            && !self.scenarios_of(&b.scope).any(|name| name == of_a)
            && !self.scenarios_of(&a.scope).any(|name| name == of_b)
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
