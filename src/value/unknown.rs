//! What is not known, and why.

use std::{fmt, sync::Arc};

use ecow::EcoString;

use super::Value;

/// A value that is not known.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// Why.
    pub why: Why,
    /// What it stands for, if it is an attribute of a known thing or a variable.
    pub symbol: Option<Symbol>,
    /// What is known of it all the same.
    pub refinement: Refinement,
}

/// What an unknown stands for: equal symbols are equal values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Symbol {
    /// The scope in which the address is unique, as in [`super::Identity`].
    pub scope: EcoString,
    /// The address of the thing: `module.a.aws_s3_bucket.logs["eu"]`, `module.a.var.name`.
    pub address: EcoString,
    /// Which attribute of it: `id`, `rule[0].arn`; empty for the thing itself.
    pub path: EcoString,
}

/// What is known of an unknown.
#[derive(Clone, Debug, Default)]
pub enum Refinement {
    /// Nothing.
    #[default]
    Nothing,
    /// It is not null.
    NonNull,
    /// It is a number that is not less.
    AtLeast(u32),
    /// It is a string that begins so.
    Prefix(EcoString),
    /// It is one of these values.
    OneOf(Arc<[Value]>),
}

/// Attributes that tell a resource from others: not known before it is there, but never null then.
const IDENTIFIERS: [&str; 7] = ["arn", "cluster_identifier", "id", "identifier", "key_id", "name", "self_link"];

impl Refinement {
    /// What is known of an attribute of a resource or data source that only the provider knows.
    pub fn of_computed(attribute: &str) -> Self {
        if IDENTIFIERS.contains(&attribute) { Self::NonNull } else { Self::Nothing }
    }
}

/// Why something is not known: a kind, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Why {
    /// The kind.
    pub kind: WhyKind,
    /// What it is about: the name of a variable, the address of a resource, a message.
    pub subject: EcoString,
}

/// Kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WhyKind {
    /// A variable without default or value. Subject: its name.
    NoDefault,
    /// A data source. Subject: its address.
    DataSource,
    /// An attribute that the provider computes. Subject: its address.
    AfterApply,
    /// A module that is not in the tree. Subject: its source.
    ModuleMissing,
    /// A function of the clock, of entropy, or of a file that is not there. Subject: its name.
    Function,
    /// An expression of a CI system, evaluated when the pipeline runs. Subject: its text.
    PipelineExpression,
    /// A setting that only the host has. Subject: what it is.
    HostSetting,
    /// It cannot be told how many there are. Subject: what decides it.
    Repeated,
    /// The configuration is in error here. Subject: the message.
    Invalid,
    /// The document has another shape than its kind says. Subject: what was expected.
    WrongShape,
    /// More instances than trustlint expands. Subject: how many.
    Budget,
    /// It may or may not be there. Subject: what decides it.
    Maybe,
    /// Part of the language that trustlint does not evaluate. Subject: what it is.
    NotEvaluated,
}

impl Why {
    /// A reason.
    pub fn new(kind: WhyKind, subject: impl Into<EcoString>) -> Self {
        Self { kind, subject: subject.into() }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.subject;
        match self.kind {
            WhyKind::NoDefault => write!(f, "variable \"{subject}\" has no value here"),
            WhyKind::DataSource => write!(f, "{subject} is read from the provider"),
            WhyKind::AfterApply => write!(f, "{subject} is known only after apply"),
            // A source that is no path: `terraform init` brings it.
            WhyKind::ModuleMissing if subject.starts_with('"') && !subject.starts_with("\".") => {
                write!(f, "module {subject} is not downloaded")
            }
            WhyKind::ModuleMissing => write!(f, "module {subject} is not in the repository"),
            WhyKind::Function => write!(f, "{subject} has no value before apply"),
            WhyKind::PipelineExpression => write!(f, "{subject} is known only when the pipeline runs"),
            WhyKind::HostSetting => write!(f, "only the host can say: {subject}"),
            WhyKind::Repeated if subject.is_empty() => f.write_str("it is not known how many there are"),
            WhyKind::Repeated => write!(f, "it is not known how many there are: {subject}"),
            WhyKind::Invalid => write!(f, "the configuration is in error: {subject}"),
            WhyKind::WrongShape => write!(f, "the document has another shape here: {subject}"),
            WhyKind::Budget => write!(f, "more instances than are looked at one by one ({subject})"),
            WhyKind::Maybe => write!(f, "it may not exist: {subject}"),
            WhyKind::NotEvaluated => write!(f, "{subject} is not evaluated"),
        }
    }
}

impl Unknown {
    /// An unknown of which nothing but the reason is known.
    pub fn because(why: Why) -> Self {
        Self { why, symbol: None, refinement: Refinement::Nothing }
    }

    /// Whether it is certainly neither null nor empty text. What a provider computes, such as an id, has text.
    pub fn is_not_empty(&self) -> bool {
        match &self.refinement {
            Refinement::Prefix(prefix) => !prefix.is_empty(),
            Refinement::OneOf(values) => values.iter().all(|v| match &v.repr {
                super::Repr::Null => false,
                super::Repr::Unknown(u) => u.is_not_empty(),
                _ => v.as_str().is_none_or(|text| !text.is_empty()),
            }),
            Refinement::Nothing | Refinement::NonNull | Refinement::AtLeast(_) => {
                self.is_non_null() && matches!(self.why.kind, WhyKind::AfterApply | WhyKind::DataSource)
            }
        }
    }

    /// Whether it is certainly not null.
    pub fn is_non_null(&self) -> bool {
        match &self.refinement {
            Refinement::Nothing => false,
            Refinement::NonNull | Refinement::AtLeast(_) | Refinement::Prefix(_) => true,
            Refinement::OneOf(values) => values.iter().all(|v| match &v.repr {
                super::Repr::Null => false,
                super::Repr::Unknown(u) => u.is_non_null(),
                _ => true,
            }),
        }
    }
}
