//! Rule files to rules.
//!
//! Every mistake is reported at once, on the rule's own text. A rule with a mistake is not run.

mod fix;
pub mod literals;
mod names;
mod rule;
#[cfg(test)]
mod tests;
mod view;

use ecow::EcoString;

pub use rule::{path_of_id, rule};
pub use view::{criterion, ordered_views, view};

use super::examples::Example;
use crate::{
    report::Severity,
    source::{FileId, Span},
    syntax::hcl::Expr,
    value::{Repr, Value},
};

/// A rule, ready to be run.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it is called everywhere: `aws-rds-storage-encrypted`.
    pub id: EcoString,
    /// One sentence about the good state, without a full stop.
    pub title: String,
    /// How much a violation matters.
    pub severity: Severity,
    /// Whether it is run unasked.
    pub status: Status,
    /// The version of trustlint that first had it.
    pub since: Option<String>,
    /// What other tools call it, to read their ignore comments.
    pub aliases: Vec<String>,
    /// Criterion and the reason why the rule bears on it, main one first.
    pub criteria: Vec<(String, String)>,
    /// Why it matters.
    pub rationale: String,
    /// What to do.
    pub remediation: String,
    /// The provider's own pages.
    pub references: Vec<String>,
    /// What a user may tune.
    pub inputs: Vec<Input>,
    /// What is looked at.
    pub matches: Vec<Match>,
    /// Related entities.
    pub links: Vec<Link>,
    /// The requirements: all must hold.
    pub asserts: Vec<Assert>,
    /// What must not be shared.
    pub distinct: Option<Distinct>,
    /// How a violation may be mended; several if it depends on the type.
    pub fixes: Vec<Fix>,
    /// Examples that prove the rule; empty if it was loaded for a check.
    pub examples: Vec<Example>,
    /// Its file in the catalog's sources.
    pub file: FileId,
    /// `rule "<id>"`.
    pub header: Span,
}

/// Whether a rule is run unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is.
    Stable,
    /// Only with `--preview` or by name.
    Preview,
    /// Only by name; it will go away.
    Deprecated,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 3] = [Self::Stable, Self::Preview, Self::Deprecated];

    /// The word in rule files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Preview => "preview",
            Self::Deprecated => "deprecated",
        }
    }
}

/// `input "name" { ... }`: what a user may tune.
#[derive(Clone, Debug)]
pub struct Input {
    /// `input.<name>` in expressions.
    pub name: EcoString,
    /// What it is for, one sentence.
    pub description: String,
    /// What it is unless configured.
    pub default: Value,
}

impl Input {
    /// What a value has to be to take the place of the default, if it is not that: a rule that is given something else
    /// would judge everything wrongly, and say nothing.
    pub fn refuses(&self, value: &Value) -> Option<&'static str> {
        let (fits, wanted) = match (&self.default.repr, &value.repr) {
            (_, Repr::Unknown(_)) | (Repr::Null, _) => return None,
            (Repr::String(_), given) => (matches!(given, Repr::String(_)), "a text"),
            (Repr::Number(_), given) => (matches!(given, Repr::Number(_)), "a number"),
            (Repr::Bool(_), given) => (matches!(given, Repr::Bool(_)), "true or false"),
            (Repr::List(_), given) => (matches!(given, Repr::List(_)), "a list"),
            (Repr::Object(_), given) => (matches!(given, Repr::Object(_)), "an object"),
            _ => return None,
        };
        (!fits).then_some(wanted)
    }
}

/// `match "type" { ... }`: what is looked at.
#[derive(Clone, Debug)]
pub struct Match {
    /// Types or views.
    pub kinds: Vec<EcoString>,
    /// `where`: the rule does not apply to what this is false for.
    pub condition: Option<Expr>,
    /// What the provider takes an absent attribute for: an object.
    pub defaults: Option<Expr>,
}

/// `link "name" { ... }`: related entities.
#[derive(Clone, Debug)]
pub struct Link {
    /// `link.<name>` in expressions.
    pub name: EcoString,
    /// The type or view of the related entities.
    pub to: EcoString,
    /// `where`: whether `other` belongs to `self`.
    pub condition: Expr,
    /// With 1, `link.<name>` is one entity or null instead of a list.
    pub at_most: Option<usize>,
    /// What the provider takes an absent attribute of `other` for: an object.
    pub defaults: Option<Expr>,
}

/// `assert { ... }`: a requirement.
#[derive(Clone, Debug)]
pub struct Assert {
    /// Ask of each element of this; over nothing, the requirement does not apply.
    pub for_each: Option<Expr>,
    /// What must be true.
    pub condition: Expr,
    /// Whose place is to be blamed, if not the one that decided.
    pub at: Option<Expr>,
    /// What is wrong, if it is not so.
    pub message: Expr,
    /// The block's header.
    pub span: Span,
}

/// `distinct { ... }`: no two entities with equal `key` and different `across`.
#[derive(Clone, Debug)]
pub struct Distinct {
    /// What must not be shared.
    pub key: Expr,
    /// Between what.
    pub across: Expr,
    /// In what a key is unique, such as an account; null if that is not known.
    pub within: Option<Expr>,
    /// Which pairs are compared, if not all; knows `a` and `b`.
    pub condition: Option<Expr>,
    /// What is wrong, if it is; knows `a` and `b`.
    pub message: Expr,
    /// The block's header.
    pub span: Span,
}

/// `fix { ... }`: how a violation may be mended.
#[derive(Clone, Debug)]
pub struct Fix {
    /// The types that it is for; none: every type that the rule matches.
    pub kinds: Vec<EcoString>,
    /// One sentence without a full stop: "set `storage_encrypted = true`".
    pub summary: String,
    /// `safe`, `unsafe` or `manual`.
    pub safety: String,
    /// Why it is not safe, or what to mind.
    pub reason: String,
    /// What to change: an object or block; none: the entity.
    pub target: Option<Expr>,
    /// The changes.
    pub edits: Vec<Edit>,
    /// The block's header.
    pub span: Span,
}

/// One change of a fix.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Gives attributes of the target these values: an object.
    Set(Expr),
    /// Takes these attributes or blocks away.
    Remove(Vec<EcoString>),
    /// Adds to lists of the target: an object of elements by attribute.
    Append(Expr),
    /// Writes code behind the entity.
    InsertAfter {
        /// The entity.
        after: Expr,
        /// The code.
        code: Expr,
    },
    /// Writes code at the end of the target's block.
    InsertInside(Expr),
}

impl Rule {
    /// The fix for entities of this kind.
    pub fn fix_for(&self, kind: &str) -> Option<&Fix> {
        let named = |f: &&Fix| f.kinds.iter().any(|k| k == kind);
        self.fixes.iter().find(named).or_else(|| self.fixes.iter().find(|f| f.kinds.is_empty()))
    }

    /// The kinds of entities that it looks at.
    pub fn kinds(&self) -> impl Iterator<Item = &EcoString> {
        self.matches.iter().flat_map(|m| &m.kinds)
    }
}
