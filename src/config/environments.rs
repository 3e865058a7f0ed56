//! `environment` blocks.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::{
    lower::environment::{Told, ToldEnvironment, classify_name},
    model::EnvironmentClass,
    rule::{
        compile::literals,
        file::{Section, mistake},
    },
    source::{Diagnostic, Span},
};

const CLASSES: [EnvironmentClass; 3] =
    [EnvironmentClass::Production, EnvironmentClass::NonProduction, EnvironmentClass::Shared];

/// What the blocks say. `file` is what the configuration is called, `way` leads from it to what is checked.
pub(super) fn read(sections: &[Section], file: &str, way: &str, diagnostics: &mut Vec<Diagnostic>) -> Told {
    let mut told = Told { file: file.into(), way: way.into(), environments: Vec::new() };
    let mut seen: Vec<(&str, Span)> = Vec::new();
    for section in sections.iter().filter(|s| s.kind() == "environment") {
        let Some(label) = section.label() else { continue };
        if let Some((_, first)) = seen.iter().find(|(name, _)| *name == label.text) {
            diagnostics.push(
                mistake(format!("there are two environments \"{}\"", label.text), label.span)
                    .note(*first, "the first is here"),
            );
            continue;
        }
        seen.push((&label.text, label.span));
        told.environments.extend(one(section, &label.text, label.span, diagnostics));
    }
    told
}

fn one(section: &Section, name: &str, at: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<ToldEnvironment> {
    let before = diagnostics.len();
    let written = literals::word(section, "class", &CLASSES, EnvironmentClass::as_str, diagnostics);
    let known = classify_name(name);
    let class = written.or_else(|| known.as_ref().map(|(_, class)| *class));
    if class.is_none() && section.get("class").is_none() {
        diagnostics.push(
            mistake(format!("the name \"{name}\" does not say whether this is production"), at)
                .help("Add `class = \"production\"`, `\"non-production\"` or `\"shared\"`."),
        );
    }
    let mut globs = |name| globs(section, name, diagnostics);
    let (paths, workspaces, namespaces) = (globs("paths"), globs("workspaces"), globs("namespaces"));
    let (accounts, ci, clusters) = (globs("accounts"), globs("ci"), globs("clusters"));
    if diagnostics.len() > before {
        return None;
    }
    // As if it were told from a name, so that `prod` here and `production` elsewhere are one.
    let name = known.filter(|(_, said)| Some(*said) == class).map_or_else(|| name.to_lowercase().into(), |(n, _)| n);
    Some(ToldEnvironment { name, class: class?, paths, workspaces, namespaces, accounts, ci, clusters })
}

/// Patterns, in which `*` stands for any part of a name, and of paths `**` for any directories.
fn globs(section: &Section, name: &str, diagnostics: &mut Vec<Diagnostic>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for (written, span) in literals::texts(section, name, diagnostics) {
        let is_path = name == "paths";
        let mut pattern = written.as_str();
        if is_path {
            pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_matches('/');
            if pattern.split('/').any(|s| s == "..") {
                diagnostics.push(
                    mistake(format!("`{written}` leads out of the directory of this file"), span)
                        .help("Paths are relative to this file: `live/prod/**`."),
                );
                continue;
            }
        }
        if pattern.is_empty() {
            diagnostics.push(mistake(format!("`{name}` has an empty text, which names nothing"), span));
            continue;
        }
        // The hosts of pipelines do not tell `Prod` from `prod`.
        let glob = GlobBuilder::new(pattern).literal_separator(is_path).case_insensitive(name == "ci").build();
        match glob {
            Ok(glob) => {
                set.add(glob);
            }
            Err(why) => diagnostics.push(
                mistake(format!("`{written}` is not a pattern: {}", why.kind()), span)
                    .help("`*` stands for any part of a name, `**` for any directories, `{a,b}` for either."),
            ),
        }
    }
    set.build().unwrap_or_default()
}
