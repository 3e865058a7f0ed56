//! Waivers: findings that somebody answers for, and the entities that make rules of them.
//!
//! A waiver stands in a comment or in the configuration. What it covers is told from the tree of its file. One that is
//! malformed, has no reason, has run out or is not allowed waives nothing; each is an entity of the kind `waiver`, and
//! what is required of it is said by rules like any other.

mod apply;
mod comment;
mod entity;
mod foreign;
mod place;
mod write;

use std::collections::BTreeSet;

use ecow::EcoString;
use globset::GlobSet;
use jiff::civil::Date;
use memchr::memmem;

use crate::{
    config::{Config, Configured},
    report::{Severity, WaiverSource},
    rule::{Catalog, file::nearest},
    source::{FileId, SourceFile, SourceMap, Span},
};

pub(super) use apply::{apply, info, notice};
pub(super) use entity::{Named, entity};
use place::{Commented, Covered};
pub use write::comment_for;

/// The kind of the entities that waivers are.
pub const KIND: &str = "waiver";

/// What is said of waivers from outside of the files.
#[derive(Clone, Debug, Default)]
pub struct Waiving {
    /// The day on which is checked, for what runs out; without it nothing does.
    pub today: Option<Date>,
    /// Whether comments are passed over.
    pub no_comments: bool,
    /// Whether comments of other tools count.
    pub foreign: bool,
    /// Rules whose findings must not be waived.
    pub banned_rules: Vec<EcoString>,
    /// Severities whose findings must not be waived.
    pub banned_severities: Vec<Severity>,
    /// Waivers of the configuration.
    pub configured: Vec<Configured>,
    /// The configuration that they stand in: its path as seen from what is checked, and its text.
    pub file: Option<(String, String)>,
}

impl Waiving {
    /// What a configuration says.
    pub fn of(config: &Config, today: Option<Date>) -> Self {
        let said = &config.waivers;
        Self {
            today,
            no_comments: said.no_comments,
            foreign: said.foreign,
            banned_rules: said.banned_rules.iter().map(|(id, _)| id.clone()).collect(),
            banned_severities: said.banned_severities.clone(),
            configured: said.all.clone(),
            file: config.file().map(|(path, text)| (path.to_string(), text.to_string())),
        }
    }
}

/// A waiver.
#[derive(Debug)]
pub(super) struct Waiver {
    pub(super) rules: Vec<(EcoString, Span)>,
    pub(super) reason: Option<(EcoString, Span)>,
    pub(super) until: Option<(Date, Span)>,
    pub(super) owner: Option<(EcoString, Span)>,
    pub(super) scope: Scope,
    pub(super) source: WaiverSource,
    /// What to underline.
    pub(super) header: Span,
    pub(super) extent: Span,
    /// Why it says nothing.
    pub(super) mistake: Option<String>,
    /// The addresses of what it is for.
    pub(super) subjects: Vec<String>,
    /// The rules that found something there.
    pub(super) met: BTreeSet<EcoString>,
    /// Whether any of that is certainly at fault.
    pub(super) is_needed: bool,
}

/// What a waiver covers.
#[derive(Debug)]
pub(super) enum Scope {
    /// What is told from its place.
    Place(Covered),
    /// What the configuration names.
    Named { paths: Option<GlobSet>, addresses: Option<GlobSet> },
    /// Nothing, because of a mistake.
    Nothing,
}

impl Scope {
    /// The word for what is covered.
    pub(super) fn word(&self) -> Option<&'static str> {
        match self {
            Self::Place(covered) => Some(covered.what),
            Self::Named { .. } => Some("what is named"),
            Self::Nothing => None,
        }
    }
}

/// A part of a waiver as plain text.
fn plain<T: ToString>(part: Option<&(T, Span)>) -> Option<String> {
    part.map(|(part, _)| part.to_string())
}

impl Waiver {
    /// Why it waives nothing, if it does not; in words that follow "this waiver".
    pub(super) fn void(&self, waiving: &Waiving) -> Option<String> {
        if let Some(mistake) = &self.mistake {
            return Some(format!("does not count: {mistake}"));
        }
        if self.reason.is_none() && self.source != WaiverSource::Foreign {
            return Some("does not count: it gives no reason".into());
        }
        match (&self.until, waiving.today) {
            (Some((until, _)), Some(today)) if *until < today => Some(format!("ran out on {until}")),
            _ => None,
        }
    }

    /// Of what another tool's comment names, leaves what it waives here; whether that is anything. The rest is for
    /// that tool.
    pub(super) fn settle(&mut self) -> bool {
        if self.source == WaiverSource::Foreign {
            self.rules.retain(|(id, _)| self.met.contains(id));
        }
        self.source != WaiverSource::Foreign || !self.rules.is_empty()
    }

    pub(super) fn names(&self, rule: &str) -> bool {
        self.rules.iter().any(|(id, _)| id == rule)
    }
}

/// Whether any file holds a waiver, or the configuration does.
pub fn are_written(files: &SourceMap, waiving: &Waiving) -> bool {
    !waiving.configured.is_empty()
        || !waiving.no_comments && files.iter().any(|(_, file)| holds_any(file, waiving.foreign))
}

fn holds_any(file: &SourceFile, foreign: bool) -> bool {
    let text = file.text.as_bytes();
    memmem::find(text, comment::MARK.as_bytes()).is_some() || foreign && foreign::may_hold(text)
}

/// All waivers, in the order of files.
pub(super) fn read(files: &mut SourceMap, catalog: &Catalog, waiving: &Waiving) -> Vec<Waiver> {
    let mut out = Vec::new();
    if !waiving.no_comments {
        // What is not part of the repository has no say in it.
        for (id, file) in files.iter().filter(|(_, file)| !file.foreign && holds_any(file, waiving.foreign)) {
            let commented = Commented::new(id, file);
            for comment in &commented.comments {
                out.extend(of_comment(&commented, comment.span, catalog, waiving.foreign));
            }
            if waiving.foreign {
                out.extend(foreign::annotations(&commented, catalog));
            }
        }
    }
    if let Some((path, text)) = waiving.file.as_ref().filter(|_| !waiving.configured.is_empty()) {
        let known = files.iter().find(|(_, file)| *file.path == **path).map(|(id, _)| id);
        let id = known.unwrap_or_else(|| files.add(SourceFile::new(path.as_str(), text.as_str(), false)));
        out.extend(waiving.configured.iter().map(|c| of_configuration(c, id)));
    }
    for waiver in out.iter_mut().filter(|w| w.source != WaiverSource::Foreign) {
        if let Some((unknown, _)) = waiver.rules.iter().find(|(id, _)| !catalog.knows(id)) {
            let near = nearest(unknown, catalog.known_ids());
            let advice = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            waiver.mistake.get_or_insert(format!("there is no rule `{unknown}`{advice}"));
        }
    }
    out
}

fn of_comment(commented: &Commented<'_>, span: Span, catalog: &Catalog, foreign: bool) -> Option<Waiver> {
    let text = commented.text(span);
    let Some(said) = comment::read(text) else {
        return if foreign { foreign::comment(commented, span, text, catalog) } else { None };
    };
    let at = |range: std::ops::Range<usize>| {
        Span::new(span.file, span.start as usize + range.start, span.start as usize + range.end)
    };
    let place = if said.file { commented.whole(span) } else { commented.covered(span) };
    let (scope, misplaced) = match place {
        Ok(covered) => (Scope::Place(covered), None),
        Err(why) => (Scope::Nothing, Some(why)),
    };
    Some(Waiver {
        rules: said.rules.into_iter().map(|(id, range)| (id, at(range))).collect(),
        reason: said.reason.map(|(text, range)| (text, at(range))),
        until: said.until.map(|(date, range)| (date, at(range))),
        owner: said.owner.map(|(text, range)| (text, at(range))),
        scope,
        source: WaiverSource::Comment,
        header: span,
        extent: span,
        mistake: said.mistake.or(misplaced),
        subjects: Vec::new(),
        met: BTreeSet::new(),
        is_needed: false,
    })
}

fn of_configuration(configured: &Configured, id: FileId) -> Waiver {
    let here = |span: Span| Span { file: id, ..span };
    let text = |part: &Option<(EcoString, Span)>| part.as_ref().map(|(text, span)| (text.clone(), here(*span)));
    Waiver {
        rules: vec![(configured.rule.0.clone(), here(configured.rule.1))],
        reason: text(&configured.reason),
        until: configured.until.map(|(date, span)| (date, here(span))),
        owner: text(&configured.owner),
        scope: Scope::Named { paths: configured.paths.clone(), addresses: configured.addresses.clone() },
        source: WaiverSource::Configuration,
        header: here(configured.header),
        extent: here(configured.extent),
        mistake: None,
        subjects: Vec::new(),
        met: BTreeSet::new(),
        is_needed: false,
    }
}
