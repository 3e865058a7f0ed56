//! Documents to entities.
//!
//! Lowering never sees a rule; a rule never sees Terraform or YAML. [`project`] is the door: it
//! lists a tree, reads what matters, tells what each file is, and lowers each part.

pub mod azure_pipelines;
pub mod bitbucket;
pub mod ci;
pub mod circleci;
pub mod discover;
pub mod environment;
pub mod github;
pub mod gitlab;
pub mod helm;
pub mod jenkins;
pub mod kubernetes;
pub mod kustomize;
pub mod plan;
pub mod repository;
pub mod terraform;
pub mod terragrunt;
pub mod yaml;

pub use crate::source::path;

use ecow::EcoString;
use globset::GlobMatcher;
use rayon::prelude::*;

use crate::{
    model::{Lowered, Project, Skipped},
    source::{Diagnostic, DiagnosticKind, SourceMap, Tree, read::read_all, tree::Listing},
    syntax,
};

use discover::DocumentKind;
use yaml::YamlFile;

/// What the caller may say about the reading of a repository.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// About Terraform.
    pub terraform: terraform::Options,
    /// What renders Helm charts; without it they are named as not scanned.
    pub helm: Option<helm::Renderer>,
    /// What the configuration says of environments.
    pub environments: environment::Told,
    /// Documents that people keep, such as a plan for incidents: what they are called, and a path of the tree
    /// or a URL.
    pub documents: Vec<(EcoString, EcoString)>,
    /// What is not looked at, and why. A module there that is called from elsewhere is read all the same.
    pub excluded: Vec<(GlobMatcher, EcoString)>,
}

/// Reads a tree and resolves everything in it.
pub fn project(tree: &dyn Tree, options: &Options) -> Project {
    let mut listing = tree.list();
    let excluded = leave_out(&mut listing, &options.excluded);
    let (mut files, unread) = read_all(tree, &listing.files);
    let configuration = terraform::read(&mut files, tree);
    let mut out = Lowered { diagnostics: unread, skipped: excluded, ..Lowered::default() };
    for (path, why) in &listing.problems {
        out.diagnostics.push(Diagnostic::about_file(
            DiagnosticKind::Input,
            format!("this could not be looked at: {why}"),
            path.clone(),
        ));
    }
    let (documents, terraform) = rayon::join(
        || parse(&files),
        || terraform::lower(&files, tree, &listing.files, configuration, &options.terraform),
    );
    let Documents { manifests, workflows, gitlab, circleci, bitbucket, azure_pipelines, settings, lowered } = documents;
    out.merge(lowered);
    out.entities.extend(kubernetes::of_terraform(&terraform.entities));
    out.merge(terraform);
    if let Some(renderer) = &options.helm {
        let rendered = helm::render(&files, renderer);
        out.skipped.retain(|skipped| !rendered.looked_at(&skipped.path));
        out.merge(rendered.lowered);
    }
    let rendered = render(&mut files, tree, &mut out);
    let told = told(tree, options);
    let (kubernetes, (mut pipelines, repository)) = rayon::join(
        || kubernetes::lower(&manifests, &rendered),
        || {
            rayon::join(
                || pipelines_of([&workflows, &gitlab, &circleci, &bitbucket, &azure_pipelines], &files),
                || repository::lower(&settings, &files, &told),
            )
        },
    );
    ci::follow(&mut pipelines, &mut files, tree);
    out.merge(kubernetes);
    out.merge(ci::lower(pipelines));
    out.merge(repository);
    environment::assign(&mut out, &options.environments);
    let mut project = Project::new(files, out);
    project.place = tree.place();
    project
}

/// Takes out of a listing what the configuration excludes.
fn leave_out(listing: &mut Listing, excluded: &[(GlobMatcher, EcoString)]) -> Vec<Skipped> {
    let mut out = Vec::new();
    if excluded.is_empty() {
        return out;
    }
    listing.files.retain(|path| {
        let found = excluded.iter().find(|(glob, _)| glob.is_match(&**path));
        if let Some((_, why)) = found {
            out.push(Skipped { path: path.to_string(), why: format!("excluded by trustlint.hcl: {why}") });
        }
        found.is_none()
    });
    out
}

/// What the overlays of kustomize make.
fn render(files: &mut SourceMap, tree: &dyn Tree, out: &mut Lowered) -> kustomize::Rendered {
    let charts = kubernetes::chart_dirs(files.iter().map(|(_, f)| &*f.path));
    let is_template = |path: &str, text: &str| kubernetes::is_helm_template(path, text, &charts);
    let further = kustomize::read(files, tree, &is_template);
    let mut rendered = kustomize::overlays(files, &further);
    // What does not parse was said when it was parsed as a manifest.
    let new = std::mem::take(&mut rendered.diagnostics).into_iter().filter(|d| !out.diagnostics.contains(d));
    let new: Vec<_> = new.collect();
    out.diagnostics.extend(new);
    rendered
}

/// The parsed YAML and JSON files by what they are.
#[derive(Default)]
struct Documents {
    manifests: Vec<YamlFile>,
    workflows: Vec<YamlFile>,
    circleci: Vec<YamlFile>,
    bitbucket: Vec<YamlFile>,
    azure_pipelines: Vec<YamlFile>,
    gitlab: Vec<YamlFile>,
    settings: Vec<YamlFile>,
    lowered: Lowered,
}

/// The pipelines of all CI systems.
fn pipelines_of([github, gitlab, circleci, bitbucket, azure]: [&[YamlFile]; 5], files: &SourceMap) -> ci::Parts {
    let mut parts = github::lower(github, files);
    parts.merge(gitlab::lower(gitlab, files));
    parts.merge(circleci::lower(circleci, files));
    parts.merge(bitbucket::lower(bitbucket, files));
    parts.merge(azure_pipelines::lower(azure, files));
    parts.merge(jenkins::lower(files));
    parts
}

/// What is known of the repository besides its files.
fn told(tree: &dyn Tree, options: &Options) -> repository::Told {
    let documents = options.documents.iter().map(|(name, place)| {
        let is_there = (!place.contains("://")).then(|| tree.read(place).is_ok());
        (name.clone(), place.clone(), is_there)
    });
    repository::Told { documents: documents.collect(), is_part: !tree.place().is_empty() }
}

fn parse(files: &SourceMap) -> Documents {
    let charts = kubernetes::chart_dirs(files.iter().map(|(_, f)| &*f.path));
    let kinds: Vec<_> = files
        .iter()
        .filter_map(|(id, file)| discover::kind_of(&file.path, &file.text, &charts).map(|kind| (id, file, kind)))
        .collect();
    let parsed: Vec<_> = kinds
        .into_par_iter()
        .map(|(id, file, kind)| {
            let parsed = match kind {
                DocumentKind::Template(_) => None,
                _ if file.path.ends_with(".json") => Some(syntax::json::parse(id, &file.text)),
                _ if repository::is_json5(&file.path) => {
                    Some(syntax::yaml::parse(id, &repository::without_comments(&file.text)))
                }
                _ => Some(syntax::yaml::parse(id, &file.text)),
            };
            (id, file.path.to_string(), kind, parsed)
        })
        .collect();
    let mut out = Documents::default();
    for (id, path, kind, parsed) in parsed {
        let (parsed, kind) = match (parsed, kind) {
            (Some(parsed), kind) => (parsed, kind),
            (None, DocumentKind::Template(why)) => {
                out.lowered.skipped.push(Skipped { path, why: why.into() });
                continue;
            }
            (None, _) => continue,
        };
        out.lowered.diagnostics.extend(parsed.diagnostics);
        let file = YamlFile { id, path, documents: parsed.documents };
        match kind {
            DocumentKind::Manifest => out.manifests.push(file),
            DocumentKind::Workflow => out.workflows.push(file),
            DocumentKind::Circleci => out.circleci.push(file),
            DocumentKind::Bitbucket => out.bitbucket.push(file),
            DocumentKind::AzurePipeline => out.azure_pipelines.push(file),
            DocumentKind::GitlabPipeline => out.gitlab.push(file),
            DocumentKind::Setting | DocumentKind::Template(_) => out.settings.push(file),
        }
    }
    out
}
