//! Origins to labels: which text is at fault, and which text decided it.

use crate::{
    model::{Entity, Project},
    report::{Label, Labels},
    source::{FileId, SourceMap, Span},
    value::{Origin, OriginStep, Origins},
};

/// More secondary labels than this hide the finding.
pub(super) const MOST_LABELS: usize = 6;

/// What calls of modules are called.
const CALLED: &str = "called here";
const DECIDES: &str = "the module that is called here decides this";
const INSIDE: &str = "in the module that is called";

/// The labels of a finding about an entity, or about what has this header in it.
pub fn on(project: &Project, entity: &Entity, header: &Origin, origins: &Origins) -> Labels {
    let origins = origins.iter().map(|o| narrowed(o, &project.files)).collect();
    let foreign = |file| project.files.is_foreign(file);
    let labels = labels(&origins, header, entity.extent, &entity.parts, &entity.calls, &foreign);
    let is_overlay = entity.calls.first().is_some_and(|call| is_kustomization(project.files.path(call.anchor.file)));
    if is_overlay { with_bases(labels) } else { labels }
}

fn is_kustomization(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// A kustomization names its bases and calls nothing.
fn with_bases(mut labels: Labels) -> Labels {
    let Labels { primary, others, calls } = &mut labels;
    for label in others.iter_mut().chain(calls).chain([primary]) {
        let text = match label.text.as_str() {
            CALLED => "named here",
            DECIDES => "the base that is named here decides this",
            INSIDE => "in the base that is named",
            _ => continue,
        };
        label.text = text.into();
    }
    labels
}

/// What is written in one line of a heredoc is that line.
fn narrowed(origin: &Origin, files: &SourceMap) -> Origin {
    let OriginStep::Line(number) = origin.step else { return origin.clone() };
    let here = origin.with_step(OriginStep::Here);
    if origin.anchor.file == FileId::NONE {
        return here;
    }
    let text = files.text(origin.anchor);
    // The first line of a heredoc is its mark.
    let mut lines = text.split_inclusive('\n').filter(|_| text.starts_with("<<"));
    let start: usize = lines.by_ref().take(number as usize).map(str::len).sum();
    let Some(line) = lines.next().filter(|l| !l.trim().is_empty()) else { return here };
    let start = origin.anchor.start as usize + start + (line.len() - line.trim_start().len());
    let anchor = Span::new(origin.anchor.file, start, start + line.trim().len());
    Origin { anchor, ..here }
}

/// The labels of a finding about something whose header and extent are these.
///
/// An origin that contains another is dropped; the first inside the entity is primary; the others
/// follow in order. With none inside, the header is primary. What `parts` hold, the patches of an overlay, is
/// inside too.
///
/// What is wrong in a module from elsewhere, which `foreign` tells, is mended where it is called: the
/// nearest place in the repository's own files is primary, and the place in the module follows.
fn labels(
    origins: &Origins,
    header: &Origin,
    extent: Span,
    parts: &[Span],
    calls: &[Origin],
    foreign: &dyn Fn(FileId) -> bool,
) -> Labels {
    let mut kept: Vec<&Origin> = Vec::new();
    for origin in origins {
        let contains_another = origins.iter().any(|o| o.anchor != origin.anchor && origin.anchor.contains(o.anchor));
        if !contains_another && !kept.iter().any(|k| k.anchor == origin.anchor) {
            kept.push(origin);
        }
    }
    let inside = kept
        .iter()
        .position(|o| header.extent.contains(o.anchor))
        .or_else(|| kept.iter().position(|o| extent.contains(o.anchor) || parts.iter().any(|p| p.contains(o.anchor))));
    let primary = inside.map_or_else(
        || Label { span: header.anchor, text: String::new() },
        |i| Label { span: kept[i].anchor, text: primary_text(kept[i], kept.get(i + 1).copied()) },
    );
    let others = kept
        .iter()
        .enumerate()
        .filter(|(i, o)| Some(*i) != inside && o.anchor != primary.span)
        .map(|(_, o)| Label { span: o.anchor, text: other_text(o, header, extent) })
        .collect();
    let calls: Vec<Label> = calls.iter().map(|o| Label { span: o.anchor, text: CALLED.into() }).collect();
    let mut labels = Labels { primary, others, calls };
    if foreign(labels.primary.span.file) {
        labels = at_the_call(labels, foreign);
    }
    labels.others.truncate(MOST_LABELS);
    labels
}

/// The labels with the nearest place that is not in a module from elsewhere in front.
fn at_the_call(mut labels: Labels, foreign: &dyn Fn(FileId) -> bool) -> Labels {
    let own = |l: &Label| !foreign(l.span.file);
    let nearest = if let Some(i) = labels.others.iter().position(own) {
        labels.others.remove(i)
    } else if let Some(i) = labels.calls.iter().rposition(own) {
        Label { text: DECIDES.into(), ..labels.calls.remove(i) }
    } else {
        return labels;
    };
    let mut inside = std::mem::replace(&mut labels.primary, nearest);
    if inside.text.is_empty() {
        inside.text = INSIDE.into();
    }
    labels.others.insert(0, inside);
    labels
}

/// What the primary place is: if it only refers to something, what that is.
fn primary_text(origin: &Origin, next: Option<&Origin>) -> String {
    match (&origin.step, next.map(|n| &n.step)) {
        (OriginStep::Use, Some(OriginStep::File { path, .. })) => format!("`{path}` decides this"),
        (OriginStep::Use, Some(OriginStep::VariableDefault(name))) => {
            format!("the default of variable \"{name}\" decides this")
        }
        (OriginStep::Use, Some(OriginStep::VariableFile(name))) => {
            format!("the value given to variable \"{name}\" decides this")
        }
        (OriginStep::Use, Some(OriginStep::ModuleArgument(name))) => {
            format!("the caller decides this: argument `{name}`")
        }
        (OriginStep::Use, Some(OriginStep::Input(name))) => {
            format!("the Terragrunt unit decides this: input `{name}`")
        }
        (OriginStep::Use, Some(OriginStep::Local(name))) => format!("local.{name} decides this"),
        (step, _) => words(step),
    }
}

/// What another place is. In the entity itself it speaks for itself; elsewhere it needs a word.
fn other_text(origin: &Origin, header: &Origin, extent: Span) -> String {
    let elsewhere = !header.extent.contains(origin.anchor) && !extent.contains(origin.anchor);
    match origin.step {
        OriginStep::Here if elsewhere => "written here".into(),
        OriginStep::Use if elsewhere => "referred to here".into(),
        _ => words(&origin.step),
    }
}

/// What a place is.
fn words(step: &OriginStep) -> String {
    match step {
        OriginStep::Here | OriginStep::Line(_) | OriginStep::Use => String::new(),
        OriginStep::File { path, line: Some(line) } if *line > 1 => format!("read from `{path}`, line {line}"),
        OriginStep::File { path, .. } => format!("read from `{path}`"),
        OriginStep::VariableDefault(name) => format!("the default of variable \"{name}\""),
        OriginStep::VariableUnset(name) => format!("variable \"{name}\" has no value"),
        OriginStep::VariableFile(name) => format!("the value of variable \"{name}\""),
        OriginStep::ModuleArgument(name) => format!("argument `{name}` of the call"),
        OriginStep::Input(name) => format!("input `{name}` of the Terragrunt unit"),
        OriginStep::Local(name) => format!("local.{name}"),
        OriginStep::NotSet(name) => format!("`{name}` is not set here"),
        OriginStep::ProviderDefault(name) => format!("`{name}` is not set; the provider's default applies"),
        OriginStep::Planned(path) => format!("planned: `{path}`"),
        OriginStep::Alias => "the anchor that is referred to".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn origin(start: usize, end: usize, step: OriginStep) -> Origin {
        let span = Span::new(FileId(0), start, end);
        Origin::new(span, span, step)
    }

    #[test]
    fn the_first_place_inside_the_entity_is_primary() {
        let header = Origin::new(Span::new(FileId(0), 100, 110), Span::new(FileId(0), 100, 200), OriginStep::Here);
        let origins = [
            origin(0, 5, OriginStep::VariableDefault("x".into())),
            origin(120, 125, OriginStep::Use),
            origin(115, 130, OriginStep::Use),
        ]
        .into_iter()
        .collect();
        let labels = labels(&origins, &header, header.extent, &[], &[], &|_| false);
        assert_eq!(labels.primary.span.start, 120, "the narrower of two is kept");
        assert_eq!(labels.others.len(), 1);
        assert_eq!(labels.others[0].text, "the default of variable \"x\"");
    }

    #[test]
    fn what_is_laid_over_the_entity_is_inside() {
        let header = Origin::new(Span::new(FileId(0), 100, 110), Span::new(FileId(0), 100, 200), OriginStep::Here);
        let patch = Span::new(FileId(1), 5, 9);
        let origins = [Origin::here(patch)].into_iter().collect();
        let parts = [Span::new(FileId(1), 0, 50)];
        let with = |parts: &[Span]| labels(&origins, &header, header.extent, parts, &[], &|_| false).primary.span;
        assert_eq!((with(&parts), with(&[])), (patch, header.anchor));
    }

    #[test]
    fn with_no_place_inside_the_header_is_primary() {
        let header = Origin::new(Span::new(FileId(0), 100, 110), Span::new(FileId(0), 100, 200), OriginStep::Here);
        let labels = labels(&Origins::none(), &header, header.extent, &[], &[], &|_| false);
        assert_eq!(labels.primary.span, header.anchor);
    }

    fn in_a_module(origins: Origins) -> Labels {
        let own = |start: usize| Span::new(FileId(0), start, start + 10);
        let calls = [
            Origin::new(own(0), own(0), OriginStep::Use),
            Origin::new(Span::new(FileId(1), 0, 9), Span::new(FileId(1), 0, 9), OriginStep::Use),
        ];
        let header = Origin::new(Span::new(FileId(1), 100, 110), Span::new(FileId(1), 100, 200), OriginStep::Here);
        labels(&origins, &header, header.extent, &[], &calls, &|file| file == FileId(1))
    }

    #[test]
    fn what_a_module_from_elsewhere_does_is_blamed_on_its_call() {
        let labels = in_a_module(Origins::none());
        assert_eq!((labels.primary.span.file, labels.primary.span.start), (FileId(0), 0));
        assert_eq!(labels.others[0].span.start, 100);
        assert_eq!(labels.others[0].text, "in the module that is called");
        assert_eq!(labels.calls.len(), 1, "the call inside of the module is still named");
    }

    #[test]
    fn what_an_argument_decides_in_a_module_from_elsewhere_is_blamed_on_the_argument() {
        let used = Span::new(FileId(1), 150, 155);
        let origins =
            [Origin::new(used, used, OriginStep::Use), origin(3, 5, OriginStep::ModuleArgument("encrypted".into()))];
        let labels = in_a_module(origins.into_iter().collect());
        assert_eq!((labels.primary.span.start, labels.primary.text.as_str()), (3, "argument `encrypted` of the call"));
        assert_eq!(labels.others[0].span.start, 150);
        assert_eq!(labels.calls.len(), 2);
    }
}
