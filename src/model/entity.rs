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
    /// Its content: an object whose header is `header`; anything else if the document has another shape.
    pub body: Value,
    /// What to underline when something is missing.
    pub header: Origin,
    /// The whole of its text.
    pub extent: Span,
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
    /// The file it stands in.
    pub fn file(&self) -> FileId {
        self.header.anchor.file
    }
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
