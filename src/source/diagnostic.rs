//! What went wrong with an input: what, where, why, and what to do.

use super::Span;

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something that could not be read or understood.
    Error,
    /// Something odd that did not stop the work.
    Warning,
    /// Something worth knowing.
    Note,
}

/// Whose fault it is, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiagnosticKind {
    /// A mistake in the command line, in `trustlint.hcl` or in a rule file: exit code 2.
    Configuration,
    /// An input that could not be read or parsed, so that it was not checked: exit code 3.
    Input,
    /// The configuration under test cannot be evaluated (a cycle, a type error). What depends on
    /// it is unknown and its verdicts undecided; it does not change the exit code by itself.
    Evaluation,
    /// A fault of trustlint: exit code 4.
    Internal,
}

/// A place and what it is, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The place.
    pub span: Span,
    /// What stands there; may be empty.
    pub text: String,
}

/// A message about an input, with its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub level: Level,
    /// Whose fault it is.
    pub kind: DiagnosticKind,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// The file it is about, relative to the root of the tree, when there is no span to name it.
    pub path: Option<String>,
    /// The first is the place itself, the others are related.
    pub notes: Vec<Note>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error of the given kind at a place.
    pub fn error(kind: DiagnosticKind, message: impl Into<String>, span: Span) -> Self {
        Self {
            level: Level::Error,
            kind,
            message: message.into(),
            path: None,
            notes: vec![Note { span, text: String::new() }],
            help: None,
        }
    }

    /// An error about a whole file that has no text to point at.
    pub fn about_file(kind: DiagnosticKind, message: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            kind,
            message: message.into(),
            path: Some(path.into()),
            notes: Vec::new(),
            help: None,
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.level = Level::Warning;
        self
    }

    /// The same with words for the main place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(note) = self.notes.first_mut() {
            note.text = text.into();
        }
        self
    }

    /// The same with a further place.
    #[must_use]
    pub fn note(mut self, span: Span, text: impl Into<String>) -> Self {
        self.notes.push(Note { span, text: text.into() });
        self
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
