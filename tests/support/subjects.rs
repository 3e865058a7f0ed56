//! Terraform modules to try laws on: those of `fixtures/repos`, and those of the corpus where it is at hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use trustlint::{
    source::FileId,
    syntax::hcl::{self, ExprKind},
};

/// Texts of this many bytes in one subject at most, so that one case takes a fraction of a second.
const LARGEST: usize = 400_000;

/// A module with the modules that it calls, and the files beside them.
#[derive(Clone)]
pub struct Subject {
    /// The repository and the directory.
    pub name: String,
    /// Path and content of each file.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Subject {
    /// The Terraform files: path and text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(|(path, _)| path.ends_with(".tf"))
            .filter_map(|(path, bytes)| Some((path.as_str(), std::str::from_utf8(bytes).ok()?)))
    }
}

/// The modules of the repositories that are checked in.
pub fn fixtures() -> Vec<Subject> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repos");
    ["put-right", "starting-out"].iter().flat_map(|name| of_repository(name, &root.join(name))).collect()
}

/// The modules of the corpus; without it the reason is printed, and there are none.
pub fn corpus() -> Vec<Subject> {
    let Some(corpus) = &*UNPACKED else {
        println!("skipped for the corpus: there is neither target/corpus nor ../shared/corpus (or $TRUSTLINT_SHARED)");
        return Vec::new();
    };
    let names = ["terragoat", "terraform-aws-eks", "modernisation-platform", "cloud-foundation-fabric"];
    names.iter().flat_map(|name| of_repository(name, &corpus.join(name))).collect()
}

/// Once for all laws, which run at the same time.
static UNPACKED: LazyLock<Option<PathBuf>> = LazyLock::new(unpacked);

fn unpacked() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let into = root.join("target/corpus");
    let shared = std::env::var_os("TRUSTLINT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let archives = shared.join("corpus");
    if archives.is_dir() {
        let done = Command::new(root.join("bench/unpack")).arg(&archives).arg(&into).status();
        if !done.is_ok_and(|status| status.success()) {
            println!("{} could not be unpacked", archives.display());
        }
    }
    into.is_dir().then_some(into)
}

fn of_repository(name: &str, root: &Path) -> Vec<Subject> {
    let mut files = BTreeMap::new();
    list(root, "", &mut files);
    let mut modules: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".tf")) {
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        modules.entry(dir).or_default().extend(called(dir, &String::from_utf8_lossy(bytes)));
    }
    modules
        .keys()
        .filter_map(|dir| {
            let mut reached = BTreeSet::new();
            let mut queue = vec![(*dir).to_string()];
            while let Some(dir) = queue.pop() {
                if let Some(calls) = modules.get(dir.as_str())
                    && reached.insert(dir)
                {
                    queue.extend(calls.iter().cloned());
                }
            }
            let below = |path: &str| {
                let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
                // Templates and policies lie in directories below.
                let mut above = Some(dir);
                while let Some(dir) = above {
                    if reached.contains(dir) {
                        return !path.ends_with(".tf")
                            || reached.contains(path.rsplit_once('/').map_or("", |(d, _)| d));
                    }
                    above = dir.rsplit_once('/').map(|(above, _)| above);
                }
                false
            };
            let files: BTreeMap<String, Vec<u8>> =
                files.iter().filter(|(path, _)| below(path)).map(|(p, b)| (p.clone(), b.clone())).collect();
            let size: usize = files.values().map(Vec::len).sum();
            let json = files.keys().any(|path| path.ends_with(".tf.json"));
            let subject = Subject { name: format!("{name}: {dir}"), files };
            (size <= LARGEST && !json).then_some(subject)
        })
        .collect()
}

fn list(dir: &Path, path: &str, out: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !name.starts_with('.') {
            list(&entry.path(), &path, out);
        } else if kind.is_file() && entry.metadata().is_ok_and(|m| m.len() <= LARGEST as u64) {
            out.insert(path, fs::read(entry.path()).unwrap_or_default());
        }
    }
}

/// The directories of the local modules that a file calls.
fn called(dir: &str, text: &str) -> Vec<String> {
    let parsed = hcl::parse(FileId(0), text);
    let calls = parsed.body.blocks_of("module");
    calls
        .filter_map(|block| match &block.body.attribute("source")?.expr.kind {
            ExprKind::String(source) if source.starts_with('.') => joined(dir, source),
            _ => None,
        })
        .collect()
}

fn joined(dir: &str, source: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    for part in source.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
