//! What a configuration or an orb defines: jobs, commands, executors, and the orbs that it takes from elsewhere.

use std::sync::Arc;

use ecow::EcoString;

use crate::{
    lower::ci::reading::{field, object, written},
    value::{ByName, Object, Origin, Origins, Value},
};

/// Orbs within orbs are followed so far.
const MAX_DEPTH: usize = 8;

/// What a name may stand for.
#[derive(Debug, Default)]
pub struct Library {
    jobs: ByName<Value>,
    commands: ByName<Value>,
    executors: ByName<Value>,
    /// The orbs by the names that they have here.
    pub orbs: ByName<Orb>,
}

/// An orb.
#[derive(Clone, Debug)]
pub struct Orb {
    /// The name that it has here.
    pub alias: EcoString,
    /// Its own name: `circleci/aws-ecs`; of one that is written here its alias.
    pub name: EcoString,
    /// The version that is asked for, as text, perhaps with holes; null if none.
    pub version: Value,
    /// `registry`, `url` or `inline`.
    pub kind: &'static str,
    /// The value as it is written.
    pub text: Value,
    /// What to underline.
    pub header: Origin,
    /// What it defines, if it is written here.
    pub library: Option<Arc<Library>>,
}

/// What kind of thing a name is looked up among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Jobs.
    Job,
    /// Commands.
    Command,
    /// Executors.
    Executor,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// A definition, and the library whose names it uses.
    Here(&'a Value, &'a Library),
    /// Something of an orb that is not in the repository: the orb, and its name there.
    Elsewhere(&'a Orb),
    /// Nothing.
    Nothing,
}

impl Library {
    /// What a document or an inline orb defines.
    pub fn new(document: &Object, header: &Origin) -> Self {
        Self::within(document, header, 0)
    }

    fn within(document: &Object, header: &Origin, depth: usize) -> Self {
        let those = |name: &str| object(document, name).map(|o| o.fields.clone()).unwrap_or_default();
        let orbs = object(document, "orbs").filter(|_| depth < MAX_DEPTH).into_iter().flat_map(|orbs| &orbs.fields);
        Self {
            jobs: those("jobs"),
            commands: those("commands"),
            executors: those("executors"),
            orbs: orbs.map(|(alias, value)| (alias.clone(), Orb::new(alias, value, header, depth))).collect(),
        }
    }

    /// What a name stands for.
    pub fn find(&self, sort: Sort, name: &str) -> Found<'_> {
        let own = match sort {
            Sort::Job => &self.jobs,
            Sort::Command => &self.commands,
            Sort::Executor => &self.executors,
        };
        if let Some(value) = own.get(name) {
            return Found::Here(value, self);
        }
        let orb = name.split_once('/').and_then(|(alias, name)| Some((self.orbs.get(alias)?, name)));
        match orb {
            Some((Orb { library: Some(inner), .. }, name)) => inner.find(sort, name),
            Some((orb, _)) => Found::Elsewhere(orb),
            None => Found::Nothing,
        }
    }
}

impl Orb {
    fn new(alias: &EcoString, value: &Value, header: &Origin, depth: usize) -> Self {
        let place = value.origins.iter().last().cloned().unwrap_or_else(|| header.clone());
        if let Some(inline) = value.as_object() {
            let place = inline.header.clone().unwrap_or(place);
            return Self {
                alias: alias.clone(),
                name: alias.clone(),
                version: Value::null(),
                kind: "inline",
                text: value.clone(),
                library: Some(Arc::new(Library::within(inline, &place, depth + 1))),
                header: place,
            };
        }
        let text = written(value);
        let is_url = text.starts_with("https://") || text.starts_with("http://");
        let (name, version) = match text.rsplit_once('@') {
            Some((name, version)) if !is_url => (name.into(), version_of(value, version)),
            _ => (text, Value::null().with_origins(value.origins.clone())),
        };
        let kind = if is_url { "url" } else { "registry" };
        Self { alias: alias.clone(), name, version, kind, text: value.clone(), header: place, library: None }
    }

    /// The name under which people know one of its jobs or commands: `circleci/aws-ecs/deploy-service-update`.
    pub fn action(&self, name: &str) -> EcoString {
        let own = name.split_once('/').map_or(name, |(_, own)| own);
        ecow::eco_format!("{}/{own}", self.name)
    }
}

/// The version behind the `@`: with a hole in it, it is not known.
fn version_of(value: &Value, version: &str) -> Value {
    let known = value.as_str().map(|_| Value::string(version));
    let unknown = || value.first_unknown().map(Value::unknown);
    known.or_else(unknown).unwrap_or_else(Value::null).with_origins(value.origins.clone())
}

/// A parameter that has a default, or was given a value: what it stands for.
pub fn parameters<'a>(
    definition: &'a Object,
    given: impl Fn(&str) -> Option<Value> + 'a,
) -> impl Iterator<Item = (EcoString, Value)> + 'a {
    let declared = object(definition, "parameters").into_iter().flat_map(|declared| &declared.fields);
    declared.filter_map(move |(name, parameter)| {
        let default = || parameter.as_object().and_then(|p| field(p, "default")).cloned();
        Some((name.clone(), given(name).or_else(default)?))
    })
}

/// One place, to be the origins of a value.
pub fn at(origin: &Origin) -> Origins {
    Origins::one(origin.clone())
}
