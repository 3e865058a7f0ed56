//! Changes of texts.

use super::{FileId, Span};

/// Text that is put in the place of other text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is taken out; empty to insert.
    pub span: Span,
    /// What is put there.
    pub text: String,
}

impl Edit {
    /// Puts text in the place of other text.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    /// Puts text at a place and takes nothing out.
    pub fn insert(file: FileId, at: usize, text: impl Into<String>) -> Self {
        Self::new(Span::new(file, at, at), text)
    }

    /// Whether both cannot be made: they take out the same text, or one takes out what the other stands in.
    /// Two that put text at one place can, in their order.
    pub fn conflicts(&self, other: &Self) -> bool {
        let (a, b) = (self.span, other.span);
        a.file == b.file && a.start < b.end && b.start < a.end
            || a.file == b.file && a == b && !a.is_empty()
            || a.file == b.file && (strictly_inside(a, b) || strictly_inside(b, a))
    }
}

/// Whether a place lies within a text, not at one of its ends.
fn strictly_inside(place: Span, text: Span) -> bool {
    place.is_empty() && text.start < place.start && place.start < text.end
}

/// A text with the edits of one file made, which do not conflict. Edits at one place keep their order.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|e| (e.span.start, e.span.end));
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in sorted {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        out.push_str(text.get(at..start).unwrap_or_default());
        out.push_str(&edit.text);
        at = end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileId = FileId(0);

    #[test]
    fn edits_are_made_in_the_order_of_the_text() {
        let edits = [
            Edit::new(Span::new(FILE, 4, 5), "two"),
            Edit::insert(FILE, 0, "# "),
            Edit::insert(FILE, 5, "\nb = 3"),
            Edit::insert(FILE, 5, "\nc = 4"),
        ];
        assert_eq!(apply("a = 1\n", &edits), "# a = two\nb = 3\nc = 4\n");
    }

    #[test]
    fn edits_conflict_if_they_take_out_the_same_text() {
        let edit = |start, end| Edit::new(Span::new(FILE, start, end), "x");
        assert!(edit(0, 3).conflicts(&edit(2, 5)));
        assert!(edit(0, 3).conflicts(&edit(0, 3)));
        assert!(edit(0, 3).conflicts(&edit(1, 1)));
        assert!(!edit(0, 3).conflicts(&edit(3, 3)));
        assert!(!edit(0, 3).conflicts(&edit(3, 5)));
        assert!(!edit(3, 3).conflicts(&edit(3, 3)));
        assert!(!edit(0, 3).conflicts(&Edit::new(Span::new(FileId(1), 0, 3), "x")));
    }
}
