//! One thing that a rule can look at.

use ecow::EcoString;

use crate::{
    source::{FileId, Span},
    value::{Origin, Value, Why},
};

/// Which entity of a [`Project`](super::Project) is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityId(pub u32);

/// A Terraform resource instance, a Kubernetes object, a CI job, a repository file.
#[derive(Clone, Debug)]
pub struct Entity {
    /// What `match` names: `aws_s3_bucket`, `Deployment`, `github.workflow`, `terraform.backend`,
    /// `data.aws_iam_policy_document`. `docs/entities.md` lists them.
    pub kind: EcoString,
    /// How it is called, unique within `scope`: `module.net.aws_s3_bucket.logs["eu"]`,
    /// `Deployment/web`, `.github/workflows/ci.yml`.
    pub address: EcoString,
    /// Its short name: the last label of a block, `metadata.name`, a job's key.
    pub name: EcoString,
    /// What the address is unique in: the directory of the Terraform root, the file of a manifest.
    pub scope: EcoString,
    /// In which scenario of its Terraform root it is, if the root has several: the same address is then an
    /// entity of its own in each.
    pub scenario: Option<EcoString>,
    /// Its content: an object whose header is `header`; anything else if the document has another shape.
    pub body: Value,
    /// What to underline when something is missing.
    pub header: Origin,
    /// The whole of its text.
    pub extent: Span,
    /// Text elsewhere that is laid over its own: the patches of an overlay, at most one place a file.
    pub parts: Vec<Span>,
    /// The calls that lead to it from the root module, outermost first; empty in a root.
    pub calls: Vec<Origin>,
    /// The entity that it is part of, for those that a view makes.
    pub owner: Option<EntityId>,
    /// Which environment it belongs to, if that can be told.
    pub environment: Option<Environment>,
    /// Set if it may not exist, and why. A rule that it violates is then undecided.
    pub doubt: Option<Why>,
}

impl Entity {
    /// Whether it is written somewhere. A repository is not: its header is a place that stands in for it.
    pub fn has_text(&self) -> bool {
        self.kind != "repository"
    }

    /// What its address is unique in, scenarios included.
    pub fn symbol_scope(&self) -> EcoString {
        symbol_scope(&self.scope, self.scenario.as_ref())
    }

    /// Whether a place lies in its text, or in what is laid over it.
    pub fn holds(&self, span: Span) -> bool {
        self.extent.contains(span) || self.parts.iter().any(|part| part.contains(span))
    }

    /// The file it stands in.
    pub fn file(&self) -> FileId {
        self.header.anchor.file
    }
}

/// What symbols and identities are unique in: the scope of the entity and its scenario.
pub fn symbol_scope(scope: &EcoString, scenario: Option<&EcoString>) -> EcoString {
    scenario.map_or_else(|| scope.clone(), |name| ecow::eco_format!("{scope} ({name})"))
}

/// One way in which a Terraform root is deployed, of several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scenario {
    /// The scope of the root's entities: its directory.
    pub scope: EcoString,
    /// Whether it is the root without what has to be named; it comes behind the others.
    pub plain: bool,
    /// What it is called: `prod`, `eu/staging`.
    pub name: EcoString,
    /// The files of variables that make it, besides those that are read in any case.
    pub files: Vec<EcoString>,
    /// Its workspace, if that is told.
    pub workspace: Option<EcoString>,
}

/// An environment, and how it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The name in lower case as the repository has it: `production`, `staging`, `dev`.
    /// Spellings of one thing are joined: `prod`, `prd`, `live` are `production`.
    pub name: EcoString,
    /// What kind of environment it is.
    pub class: EnvironmentClass,
    /// By what sign, in words: `directory "envs/prod"`.
    pub sign: EcoString,
}

/// Kinds of environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EnvironmentClass {
    /// Where customers' data is.
    Production,
    /// Any other.
    NonProduction,
    /// Used by both on purpose: `shared`, `global`, `bootstrap`.
    Shared,
}

impl EnvironmentClass {
    /// The word for it in rules and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::NonProduction => "non-production",
            Self::Shared => "shared",
        }
    }
}
