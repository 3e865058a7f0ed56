//! Origins to labels: which text is at fault, and which text decided it.

use crate::{
    report::{Label, Labels},
    source::Span,
    value::{Origin, OriginStep, Origins},
};

/// More secondary labels than this hide the finding.
pub(super) const MOST_LABELS: usize = 6;

/// The labels of a finding about something whose header and extent are these.
///
/// An origin that contains another is dropped; the first inside the entity is primary; the others
/// follow in order. With none inside, the header is primary.
pub fn labels(origins: &Origins, header: &Origin, extent: Span, calls: &[Origin]) -> Labels {
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
        .or_else(|| kept.iter().position(|o| extent.contains(o.anchor)));
    let primary = inside.map_or_else(
        || Label { span: header.anchor, text: String::new() },
        |i| Label { span: kept[i].anchor, text: primary_text(kept[i], kept.get(i + 1).copied()) },
    );
    let others = kept
        .iter()
        .enumerate()
        .filter(|(i, o)| Some(*i) != inside && o.anchor != primary.span)
        .map(|(_, o)| Label { span: o.anchor, text: words(&o.step) })
        .take(MOST_LABELS)
        .collect();
    let calls = calls.iter().map(|o| Label { span: o.anchor, text: "called here".into() }).collect();
    Labels { primary, others, calls }
}

/// What the primary place is: if it only refers to something, what that is.
fn primary_text(origin: &Origin, next: Option<&Origin>) -> String {
    match (&origin.step, next.map(|n| &n.step)) {
        (OriginStep::Use, Some(OriginStep::VariableDefault(name))) => {
            format!("the default of variable \"{name}\" decides this")
        }
        (OriginStep::Use, Some(OriginStep::VariableFile(name))) => {
            format!("the value given to variable \"{name}\" decides this")
        }
        (OriginStep::Use, Some(OriginStep::ModuleArgument(name))) => {
            format!("the caller decides this: argument `{name}`")
        }
        (OriginStep::Use, Some(OriginStep::Local(name))) => format!("local.{name} decides this"),
        (step, _) => words(step),
    }
}

/// What a place is.
fn words(step: &OriginStep) -> String {
    match step {
        OriginStep::Here | OriginStep::Use | OriginStep::File => String::new(),
        OriginStep::VariableDefault(name) => format!("the default of variable \"{name}\""),
        OriginStep::VariableUnset(name) => format!("variable \"{name}\" has no value"),
        OriginStep::VariableFile(name) => format!("the value of variable \"{name}\""),
        OriginStep::ModuleArgument(name) => format!("argument `{name}` of the call"),
        OriginStep::Local(name) => format!("local.{name}"),
        OriginStep::NotSet(name) => format!("`{name}` is not set here"),
        OriginStep::ProviderDefault(name) => format!("`{name}` is not set; the provider's default applies"),
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
        let labels = labels(&origins, &header, header.extent, &[]);
        assert_eq!(labels.primary.span.start, 120, "the narrower of two is kept");
        assert_eq!(labels.others.len(), 1);
        assert_eq!(labels.others[0].text, "the default of variable \"x\"");
    }

    #[test]
    fn with_no_place_inside_the_header_is_primary() {
        let header = Origin::new(Span::new(FileId(0), 100, 110), Span::new(FileId(0), 100, 200), OriginStep::Here);
        let labels = labels(&Origins::none(), &header, header.extent, &[]);
        assert_eq!(labels.primary.span, header.anchor);
    }
}
