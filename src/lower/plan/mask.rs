//! `after_unknown`, `after_sensitive`: which parts of a value something is true of.

use ecow::EcoString;

use crate::{
    syntax::json::pull::{Broken, Pull},
    value::ByName,
};

/// Which parts of a value something is true of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Mask {
    /// None.
    #[default]
    Nothing,
    /// The whole.
    All,
    /// Fields of an object.
    Fields(ByName<Mask>),
    /// Elements of a list.
    Items(Vec<Mask>),
}

/// Nested deeper than this, a mask says nothing; a value as deep is refused.
const DEEPEST: usize = 256;

impl Mask {
    const NOTHING: &'static Mask = &Mask::Nothing;
    const ALL: &'static Mask = &Mask::All;

    pub(super) fn read(pull: &mut Pull<'_>) -> Result<Self, Broken> {
        Self::nested(pull, 0)
    }

    fn nested(pull: &mut Pull<'_>, depth: usize) -> Result<Self, Broken> {
        if !pull.is_nested() {
            return Ok(if pull.is_true()? { Self::All } else { Self::Nothing });
        }
        if depth > DEEPEST {
            pull.skip()?;
            return Ok(Self::Nothing);
        }
        if pull.is_array() {
            let mut items = Vec::new();
            pull.elements(&mut |p| {
                items.push(Self::nested(p, depth + 1)?);
                Ok(())
            })?;
            let any = items.iter().any(|m| *m != Self::Nothing);
            return Ok(if any { Self::Items(items) } else { Self::Nothing });
        }
        let mut fields = ByName::default();
        pull.fields(&mut |p, key, _| {
            let mask = Self::nested(p, depth + 1)?;
            if mask != Self::Nothing {
                fields.insert(key.into(), mask);
            }
            Ok(())
        })?;
        Ok(if fields.is_empty() { Self::Nothing } else { Self::Fields(fields) })
    }

    /// Whether it is true of the whole.
    pub(super) fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// The part about a field.
    pub(super) fn field(&self, name: &str) -> &Mask {
        match self {
            Self::All => Self::ALL,
            Self::Fields(fields) => fields.get(name).unwrap_or(Self::NOTHING),
            _ => Self::NOTHING,
        }
    }

    /// The part about an element.
    pub(super) fn item(&self, i: usize) -> &Mask {
        match self {
            Self::All => Self::ALL,
            Self::Items(items) => items.get(i).unwrap_or(Self::NOTHING),
            _ => Self::NOTHING,
        }
    }

    /// The fields of which it is wholly or partly true.
    pub(super) fn names(&self) -> impl Iterator<Item = &EcoString> {
        let fields = match self {
            Self::Fields(fields) => Some(fields.keys()),
            _ => None,
        };
        fields.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn mask(text: &str) -> Mask {
        Mask::read(&mut Pull::new(FileId(0), text, 0, &mut Vec::new())).ok().unwrap()
    }

    #[test]
    fn what_is_true_nowhere_takes_no_room() {
        assert_eq!(mask("{\"a\": [false, {}, []], \"b\": {\"c\": false}}"), Mask::Nothing);
    }

    #[test]
    fn a_mask_is_asked_part_by_part() {
        let mask = mask("{\"id\": true, \"rule\": [{}, {\"arn\": true}], \"tags\": {}}");
        assert!(mask.field("id").is_all() && mask.field("id").field("x").is_all());
        assert!(mask.field("rule").item(1).field("arn").is_all());
        assert_eq!(*mask.field("rule").item(0), Mask::Nothing);
        assert_eq!(*mask.field("rule").item(7), Mask::Nothing);
        assert_eq!(mask.names().collect::<Vec<_>>(), ["id", "rule"]);
    }
}
