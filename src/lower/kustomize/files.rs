//! The files that kustomizations name: which there are, what is in them, and which they may name.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, OnceLock},
};

use ecow::EcoString;

use super::{Built, FILE_NAMES, fault, tree};
use crate::{
    lower::path::{is_outside, resolve},
    source::{Diagnostic, FileId, Level, SourceFile, SourceMap, Span, Tree, read},
    syntax::{self, node::Node},
};

/// More files than this no kustomization of a person reads.
const MOST_FILES: usize = 20_000;

/// What is read besides the files that are checked.
#[derive(Debug, Default)]
pub struct Further {
    /// Files that are no text, which generators may take in.
    blobs: BTreeMap<String, Vec<u8>>,
    /// The directories with a kustomization, and its file.
    kustomizations: BTreeMap<EcoString, FileId>,
}

/// Reads what the kustomizations in `directories` name and what is not in `files` yet, over and over.
pub(super) fn gather(files: &mut SourceMap, tree: &dyn Tree, directories: Vec<EcoString>) -> Further {
    let mut paths: HashMap<EcoString, FileId> = files.iter().map(|(id, f)| (EcoString::from(&*f.path), id)).collect();
    let mut further = Further::default();
    let mut seen: BTreeSet<EcoString> = BTreeSet::new();
    let mut queue = directories;
    let mut tried: HashSet<EcoString> = HashSet::new();
    let mut read_one = |path: &EcoString, files: &mut SourceMap, blobs: &mut BTreeMap<String, Vec<u8>>| {
        if let Some(id) = paths.get(path) {
            return Some(*id);
        }
        if tried.len() > MOST_FILES || !tried.insert(path.clone()) {
            return None;
        }
        let bytes = tree.read(path).ok()?;
        let Ok((text, bom)) = read::text(bytes.clone()) else {
            blobs.insert(path.to_string(), bytes);
            return None;
        };
        let mut file = SourceFile::new(path.as_str(), text, bom);
        file.foreign = is_outside(path);
        let id = files.add(file);
        paths.insert(path.clone(), id);
        Some(id)
    };
    while let Some(dir) = queue.pop() {
        if seen.len() > MOST_FILES || !seen.insert(dir.clone()) {
            continue;
        }
        let names = FILE_NAMES.iter().map(|name| resolve(&dir, name));
        let found: Vec<FileId> = names.filter_map(|path| read_one(&path, files, &mut further.blobs)).collect();
        let Some(&id) = found.first() else { continue };
        further.kustomizations.insert(dir.clone(), id);
        let text = Arc::clone(&files.file(id).text);
        for document in syntax::yaml::parse(id, &text).documents {
            for named in named(&document.root) {
                let path = resolve(&dir, named.path);
                if named.is_remote() {
                    continue;
                }
                if read_one(&path, files, &mut further.blobs).is_none()
                    && named.may_be_directory
                    && !further.blobs.contains_key(path.as_str())
                {
                    queue.push(path);
                }
            }
        }
    }
    further
}

/// A path in a kustomization.
pub(super) struct Named<'n> {
    pub(super) path: &'n str,
    /// Whether another kustomization may be meant.
    pub(super) may_be_directory: bool,
    /// Whether it is taken for an object of the build, not for a patch or a value.
    pub(super) is_resource: bool,
}

impl Named<'_> {
    pub(super) fn is_remote(&self) -> bool {
        is_remote(self.path)
    }
}

/// Whether a base is somewhere else than in these files.
pub(super) fn is_remote(path: &str) -> bool {
    let hosts = ["github.com/", "github.com:", "gitlab.com/", "bitbucket.org/", "gh:", "git@", "git::"];
    path.contains("://") || path.contains("?ref=") || hosts.iter().any(|h| path.starts_with(h))
}

/// The paths that a kustomization names.
pub(super) fn named(root: &Node) -> Vec<Named<'_>> {
    let mut out: Vec<Named<'_>> = Vec::new();
    let items = |key: &str| root.get(key).map_or(&[][..], Node::items);
    for key in ["resources", "bases", "components"] {
        out.extend(items(key).iter().filter_map(|n| path_of(n, true, true)));
    }
    for key in ["generators", "transformers", "validators"] {
        out.extend(items(key).iter().filter_map(|n| path_of(n, true, false)));
    }
    for key in ["crds", "configurations", "patchesStrategicMerge"] {
        out.extend(items(key).iter().filter_map(|n| path_of(n, false, false)));
    }
    for key in ["patches", "patchesJson6902", "replacements"] {
        out.extend(items(key).iter().filter_map(|n| path_of(n.get("path")?, false, false)));
    }
    out.extend(tree::at(root, &["openapi", "path"]).and_then(|n| path_of(n, false, false)));
    for generator in ["configMapGenerator", "secretGenerator"].iter().flat_map(|key| items(key)) {
        let files = generator.get("files").map_or(&[][..], Node::items).iter().filter_map(Node::as_text);
        let envs = generator.get("envs").map_or(&[][..], Node::items).iter().chain(generator.get("env"));
        let files = files.map(|text| text.split_once('=').map_or(text.as_str(), |(_, path)| path));
        let envs = envs.filter_map(|n| Some(n.as_text()?.as_str()));
        let paths = files.chain(envs);
        out.extend(paths.map(|path| Named { path, may_be_directory: false, is_resource: false }));
    }
    out
}

/// A path, if a node is one and no document.
fn path_of(node: &Node, may_be_directory: bool, is_resource: bool) -> Option<Named<'_>> {
    let path = node.as_text().filter(|t| !t.is_empty() && !t.contains('\n'))?;
    Some(Named { path, may_be_directory, is_resource })
}

/// A file of YAML as the build takes it.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) documents: Vec<Node>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The files that a build may read.
#[derive(Debug)]
pub(super) struct Files<'a> {
    pub(super) map: &'a SourceMap,
    paths: HashMap<&'a str, FileId>,
    further: &'a Further,
    parsed: Vec<OnceLock<Parsed>>,
    configurations: BTreeMap<FileId, Parsed>,
}

impl<'a> Files<'a> {
    pub(super) fn new(map: &'a SourceMap, further: &'a Further) -> Self {
        let paths = map.iter().map(|(id, f)| (&*f.path, id)).collect();
        let parsed = std::iter::repeat_with(OnceLock::new).take(map.len()).collect();
        let configurations = further.kustomizations.values().map(|id| (*id, read_as_written(map, *id))).collect();
        Self { map, paths, further, parsed, configurations }
    }

    /// The kustomization of a directory.
    pub(super) fn kustomization(&self, dir: &str) -> Option<FileId> {
        self.further.kustomizations.get(dir).copied()
    }

    /// The directories that have one, sorted.
    pub(super) fn directories(&self) -> impl Iterator<Item = &'a EcoString> {
        self.further.kustomizations.keys()
    }

    /// The names of the kustomizations of a directory, of which there must be one only.
    pub(super) fn kustomization_count(&self, dir: &str) -> usize {
        FILE_NAMES.iter().filter(|name| self.paths.contains_key(resolve(dir, name).as_str())).count()
    }

    pub(super) fn id(&self, path: &str) -> Option<FileId> {
        self.paths.get(path).copied()
    }

    /// The documents of a file.
    pub(super) fn parsed(&self, id: FileId) -> Option<&Parsed> {
        let slot = self.parsed.get(id.0 as usize)?;
        Some(slot.get_or_init(|| {
            let Parsed { documents, diagnostics } = read_as_written(self.map, id);
            Parsed { documents: documents.into_iter().map(tree::normal).collect(), diagnostics }
        }))
    }

    /// A kustomization itself, in which `yes` and `n` are booleans.
    pub(super) fn configuration(&self, id: FileId) -> Option<&Parsed> {
        self.configurations.get(&id)
    }

    /// The file that a kustomization in `dir` names, for anything but an object: it may not lie elsewhere.
    pub(super) fn within(&self, dir: &str, path: &str, span: Span) -> Built<EcoString> {
        let full = resolve(dir, path);
        let below =
            dir.is_empty() && !is_outside(&full) || full.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
        if !below || path.starts_with('/') {
            return Err(fault(format!("`{path}` is not in the directory of this kustomization or below it"), span)
                .help("kustomize refuses files from elsewhere; only directories with a kustomization may lie there")
                .into());
        }
        Ok(full)
    }

    /// The bytes of a file that a generator takes in.
    pub(super) fn bytes(&self, dir: &str, path: &str, span: Span) -> Built<Vec<u8>> {
        let full = self.within(dir, path, span)?;
        if let Some(blob) = self.further.blobs.get(full.as_str()) {
            return Ok(blob.clone());
        }
        let file = self.id(&full).map(|id| self.map.file(id)).ok_or_else(|| no_such_file(path, span))?;
        let mark: &[u8] = if file.bom { "\u{feff}".as_bytes() } else { &[] };
        Ok([mark, file.text.as_bytes()].concat())
    }

    /// The documents of a file that a kustomization in `dir` names, and its path.
    pub(super) fn documents(&self, dir: &str, path: &str, span: Span) -> Built<(EcoString, &Parsed)> {
        let full = self.within(dir, path, span)?;
        let parsed = self.id(&full).and_then(|id| self.parsed(id)).ok_or_else(|| no_such_file(path, span))?;
        Ok((full, parsed))
    }
}

fn read_as_written(map: &SourceMap, id: FileId) -> Parsed {
    let file = map.file(id);
    let parsed = if file.path.ends_with(".json") {
        syntax::json::parse(id, &file.text)
    } else {
        syntax::yaml::parse(id, &file.text)
    };
    Parsed { documents: parsed.documents.into_iter().map(|d| d.root).collect(), diagnostics: parsed.diagnostics }
}

impl Parsed {
    /// The first error in it.
    pub(super) fn error(&self) -> Option<&Diagnostic> {
        self.diagnostics.iter().find(|d| d.level == Level::Error)
    }
}

fn no_such_file(path: &str, span: Span) -> Diagnostic {
    fault(format!("there is no file `{path}`"), span).label("named here")
}
