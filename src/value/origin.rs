//! Where a value was decided.

use ecow::{EcoString, EcoVec};

use crate::source::Span;

/// One place that decided a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// What to underline: a key, a header, a literal.
    pub anchor: Span,
    /// The whole of the thing, for telling which origin lies in which.
    pub extent: Span,
    /// What the place is.
    pub step: OriginStep,
}

/// What a place is to the value that came from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OriginStep {
    /// The value is written here.
    Here,
    /// The value is written in this line of the text that stands here, counted from 1.
    Line(u32),
    /// The value is used here: an expression that refers to something else.
    Use,
    /// The default of a variable.
    VariableDefault(EcoString),
    /// A variable without a value: its header.
    VariableUnset(EcoString),
    /// A line of a tfvars file.
    VariableFile(EcoString),
    /// An argument of a module call.
    ModuleArgument(EcoString),
    /// An input that a Terragrunt unit gives to its module.
    Input(EcoString),
    /// A local value.
    Local(EcoString),
    /// An attribute that is not set, in the thing whose header this is.
    NotSet(EcoString),
    /// An attribute that is not set, so that the provider's default applies.
    ProviderDefault(EcoString),
    /// The anchor that a YAML alias stands for.
    Alias,
    /// A function that read a file.
    File {
        /// The path of the file as messages call it.
        path: EcoString,
        /// The line in it, counted from 1; none if what was made of the file has other lines.
        line: Option<u32>,
    },
    /// A value of a plan, by its path in the resource: `ingress[0].cidr_blocks`.
    Planned(EcoString),
}

impl OriginStep {
    /// Whether the place only refers to what is written elsewhere.
    pub fn refers(&self) -> bool {
        matches!(self, Self::Use | Self::File { .. })
    }

    /// Whether the place says by what name a value is known: what lies in it is known by that name too.
    pub fn names(&self) -> bool {
        matches!(
            self,
            Self::VariableDefault(_)
                | Self::VariableFile(_)
                | Self::ModuleArgument(_)
                | Self::Input(_)
                | Self::Local(_)
        )
    }
}

impl Origin {
    /// A literal: anchor and extent are the same.
    pub fn here(span: Span) -> Self {
        Self { anchor: span, extent: span, step: OriginStep::Here }
    }

    /// An origin with a step of its own.
    pub fn new(anchor: Span, extent: Span, step: OriginStep) -> Self {
        Self { anchor, extent, step }
    }

    /// The same place as another step.
    #[must_use]
    pub fn with_step(&self, step: OriginStep) -> Self {
        Self { step, ..self.clone() }
    }
}

/// Places, nearest to the use first. Cheap to clone; empty costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(EcoVec<Origin>);

/// More places than this help nobody and cost memory on long chains; the report shows six.
const MOST: usize = 12;

impl Origins {
    /// No place at all, as for a literal in a rule.
    pub fn none() -> Self {
        Self::default()
    }

    /// One place.
    pub fn one(origin: Origin) -> Self {
        Self(EcoVec::from([origin]))
    }

    /// The places in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Origin> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The nearest place.
    pub fn first(&self) -> Option<&Origin> {
        self.0.first()
    }

    /// Adds a place in front.
    pub fn push_front(&mut self, origin: Origin) {
        if self.0.first() == Some(&origin) {
            return;
        }
        let mut all = EcoVec::with_capacity((self.0.len() + 1).min(MOST));
        let (before, behind) = match self.0.iter().position(|old| *old == origin) {
            Some(at) => (&self.0[..at], &self.0[at + 1..]),
            None => (&self.0[..], &[][..]),
        };
        all.push(origin);
        all.extend_from_slice(&before[..before.len().min(MOST - 1)]);
        all.extend_from_slice(&behind[..behind.len().min(MOST - all.len())]);
        self.0 = all;
    }

    /// A place in front, instead of those whose anchor is `instead`.
    pub fn put_front(&mut self, origin: Origin, instead: Span) {
        if self.0.iter().any(|o| o.anchor == instead) {
            let mut all = EcoVec::with_capacity(self.0.len() + 1);
            all.push(origin);
            for old in self.0.iter().filter(|o| o.anchor != instead) {
                if all.len() < MOST && *old != all[0] {
                    all.push(old.clone());
                }
            }
            self.0 = all;
        } else {
            self.push_front(origin);
        }
    }

    /// Adds the places of another value behind these.
    pub fn extend(&mut self, other: &Origins) {
        if self.0.is_empty() {
            self.0 = other.0.clone();
            return;
        }
        if self.0.as_ptr() == other.0.as_ptr() || self.0.len() >= MOST {
            return;
        }
        let room = MOST - self.0.len();
        let missing = other.iter().filter(|o| !self.0.contains(o)).count();
        // At once, and not one by one: to add to what others share is to copy it.
        if missing == other.0.len() {
            self.0.extend_from_slice(&other.0[..missing.min(room)]);
        } else if missing > 0 {
            let mut all = EcoVec::with_capacity(self.0.len() + missing.min(room));
            all.extend_from_slice(&self.0);
            all.extend(other.iter().filter(|o| !self.0.contains(o)).take(room).cloned());
            self.0 = all;
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Origins) -> Self {
        let mut both = self.clone();
        both.extend(other);
        both
    }
}

impl<'a> IntoIterator for &'a Origins {
    type Item = &'a Origin;
    type IntoIter = std::slice::Iter<'a, Origin>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Origin> for Origins {
    fn from_iter<T: IntoIterator<Item = Origin>>(iter: T) -> Self {
        Self(iter.into_iter().take(MOST).collect())
    }
}
