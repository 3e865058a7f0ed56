//! Strings, perhaps with holes: `"arn:aws:s3:::${unknown}/*"` keeps the parts it knows.

use std::sync::Arc;

use ecow::EcoString;

use super::{Refinement, Unknown};
use crate::source::Span;

/// A string.
#[derive(Clone, Debug)]
pub enum Text {
    /// Wholly known.
    Whole(EcoString),
    /// Known pieces and holes; at least one hole.
    Holed(Arc<[Part]>),
}

/// A piece of a text with holes.
#[derive(Clone, Debug)]
pub enum Part {
    /// Known text.
    Known(EcoString),
    /// Text that is not known.
    Hole(Hole),
}

/// Text that is not known.
#[derive(Clone, Debug)]
pub struct Hole {
    /// Why.
    pub unknown: Arc<Unknown>,
    /// How it stands in the file, such as `${var.x}` or `${{ inputs.x }}`.
    pub written: EcoString,
    /// Where it stands.
    pub span: Option<Span>,
}

impl Part {
    /// How much memory it takes, roughly, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Known(text) => text.len(),
            Self::Hole(_) => super::Value::WEIGHT,
        }
    }
}

impl Text {
    /// How much memory it takes, roughly, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Whole(text) => text.len(),
            Self::Holed(parts) => parts.iter().map(Part::weight).sum(),
        }
    }

    /// A text from pieces: whole if there is no hole, neighbours joined, empty pieces dropped.
    pub fn from_parts(parts: Vec<Part>) -> Self {
        let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts {
            match (joined.last_mut(), part) {
                (_, Part::Known(text)) if text.is_empty() => {}
                (Some(Part::Known(before)), Part::Known(text)) => before.push_str(&text),
                (_, part) => joined.push(part),
            }
        }
        if joined.iter().any(|p| matches!(p, Part::Hole(_))) {
            return Self::Holed(joined.into());
        }
        match joined.pop() {
            Some(Part::Known(text)) => Self::Whole(text),
            _ => Self::Whole(EcoString::new()),
        }
    }

    /// The text, if it has no hole.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Whole(text) => Some(text),
            Self::Holed(_) => None,
        }
    }

    /// The pieces.
    pub fn parts(&self) -> Vec<Part> {
        match self {
            Self::Whole(text) => vec![Part::Known(text.clone())],
            Self::Holed(parts) => parts.to_vec(),
        }
    }

    /// The holes.
    pub fn holes(&self) -> impl Iterator<Item = &Hole> {
        let parts: &[Part] = match self {
            Self::Whole(_) => &[],
            Self::Holed(parts) => parts,
        };
        parts.iter().filter_map(|p| match p {
            Part::Hole(hole) => Some(hole),
            Part::Known(_) => None,
        })
    }

    /// The text as it stands in the file: holes are written out.
    pub fn written(&self) -> EcoString {
        match self {
            Self::Whole(text) => text.clone(),
            Self::Holed(parts) => parts
                .iter()
                .map(|p| match p {
                    Part::Known(text) => text.as_str(),
                    Part::Hole(hole) => hole.written.as_str(),
                })
                .collect(),
        }
    }

    /// What it certainly begins with.
    pub fn known_prefix(&self) -> &str {
        match self {
            Self::Whole(text) => text,
            Self::Holed(parts) => match parts.first() {
                Some(Part::Known(text)) => text,
                _ => "",
            },
        }
    }

    /// What it certainly ends with.
    pub fn known_suffix(&self) -> &str {
        match self {
            Self::Whole(text) => text,
            Self::Holed(parts) => match parts.last() {
                Some(Part::Known(text)) => text,
                _ => "",
            },
        }
    }

    /// Whether the known pieces of a text with holes could make up `whole`, whatever the holes are.
    pub fn may_equal(&self, whole: &str) -> bool {
        let Self::Holed(parts) = self else { return self.as_str() == Some(whole) };
        let mut rest = whole;
        let last = parts.len() - 1;
        for (i, part) in parts.iter().enumerate() {
            let text = match part {
                Part::Known(text) => text,
                Part::Hole(hole) => match &hole.unknown.refinement {
                    // What a hole begins with is known at the start only: further on it may lie anywhere.
                    Refinement::Prefix(prefix) if i == 0 => match rest.strip_prefix(prefix.as_str()) {
                        Some(after) => {
                            rest = after;
                            continue;
                        }
                        None => return false,
                    },
                    _ => continue,
                },
            };
            if i == 0 {
                let Some(after) = rest.strip_prefix(text.as_str()) else { return false };
                rest = after;
            } else if i == last {
                return rest.ends_with(text.as_str());
            } else {
                let Some(at) = rest.find(text.as_str()) else { return false };
                rest = &rest[at + text.len()..];
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Why, WhyKind};

    fn holed(parts: &[&str]) -> Text {
        Text::from_parts(
            parts
                .iter()
                .map(|p| {
                    if *p == "?" {
                        let unknown = Arc::new(Unknown::because(Why::new(WhyKind::NoDefault, "x")));
                        Part::Hole(Hole { unknown, written: "${var.x}".into(), span: None })
                    } else {
                        Part::Known((*p).into())
                    }
                })
                .collect(),
        )
    }

    #[test]
    fn a_text_with_holes_knows_what_it_cannot_be() {
        let text = holed(&["arn:", "?", ":bucket/", "?", "/*"]);
        assert!(text.may_equal("arn:aws:bucket/x/*"));
        assert!(text.may_equal("arn::bucket//*"));
        assert!(!text.may_equal("arn:aws:bucket/x"));
        assert!(!text.may_equal("urn:aws:bucket/x/*"));
        assert!(!text.may_equal("arn:aws:topic/x/*"));
        assert_eq!(text.written(), "arn:${var.x}:bucket/${var.x}/*");
    }

    #[test]
    fn what_a_first_hole_begins_with_counts() {
        let mut unknown = Unknown::because(Why::new(WhyKind::AfterApply, "aws_s3_bucket.logs.arn"));
        unknown.refinement = Refinement::Prefix("arn:".into());
        let hole = || Part::Hole(Hole { unknown: Arc::new(unknown.clone()), written: "${...}".into(), span: None });
        let text = Text::from_parts(vec![hole(), Part::Known("/*".into())]);
        assert!(text.may_equal("arn:aws:s3:::logs/*"));
        assert!(!text.may_equal("*/*"));
        assert!(!Text::from_parts(vec![hole()]).may_equal("*"));
    }

    #[test]
    fn pieces_without_a_hole_make_a_whole_text() {
        assert_eq!(holed(&["a", "", "b"]).as_str(), Some("ab"));
    }
}
