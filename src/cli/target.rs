//! What the paths on the command line mean: which tree to read, and which part of it to report.

use std::{
    io::Read,
    path::{Component, Path, PathBuf},
};

use super::{args::KubernetesArgs, exit::Failure};
use crate::{
    lower::{self, plan, terraform},
    model::Project,
    source::{DiskTree, MemoryTree, Tree, read},
};

/// What to read and what to report.
pub(crate) struct Target {
    pub(crate) tree: Box<dyn Tree>,
    /// The directory that the tree shows, if it is one.
    pub(crate) root: Option<PathBuf>,
    /// Paths in the tree; empty: everything is reported.
    selected: Vec<String>,
    /// The plan to check, if that is what was named.
    plan: Option<plan::Plan>,
}

/// How far into a file its first kilobytes go.
const GLANCE: u64 = 4096;

impl Target {
    /// What the arguments of `check` mean, where the only one may be a plan. Its source is in `source`,
    /// else beside it, else in the current directory.
    pub(crate) fn for_check(
        paths: &[PathBuf],
        stdin_name: &str,
        source: Option<&Path>,
        threads: usize,
    ) -> Result<Self, Failure> {
        let mut target = Self::from_paths(paths, stdin_name, threads)?;
        let text = match paths {
            [only] if only.as_os_str() == "-" => {
                let bytes = target.tree.read(stdin_name).unwrap_or_default();
                refuse_nothing("standard input", &bytes)?;
                plan_text(only, bytes)?
            }
            [only] if only.is_file() && may_be_a_plan(only)? => {
                plan_text(only, std::fs::read(only).map_err(|e| unreadable(only, &e.to_string()))?)?
            }
            _ => None,
        };
        let Some((text, only)) = text.zip(paths.first()) else {
            return match source {
                Some(_) => Err(Failure::usage("`--source` goes with a plan")
                    .help("Name the output of `terraform show -json tfplan > plan.json`.")),
                None => Ok(target),
            };
        };
        let is_stdin = only.as_os_str() == "-";
        let beside =
            only.parent().filter(|_| !is_stdin).map(|d| if d.as_os_str().is_empty() { Path::new(".") } else { d });
        let dir = match source {
            Some(dir) if !dir.is_dir() => return Err(unreadable(dir, "there is no such directory")),
            Some(dir) => Some(dir),
            None => beside.into_iter().chain([Path::new(".")]).find(|d| has_terraform(d)),
        };
        let name = match is_stdin {
            true if stdin_name.ends_with(".json") => stdin_name.to_string(),
            true => "plan.json".to_string(),
            false => file_name(only),
        };
        let mut plan = plan::Plan {
            path: target.selected.first().cloned().unwrap_or(name.clone()).into(),
            text: text.into(),
            source: None,
            source_is_named: source.is_some(),
        };
        if let Some(dir) = dir {
            let dir = std::fs::canonicalize(dir).map_err(|e| unreadable(dir, &e.to_string()))?;
            let root = dir.ancestors().find(|d| d.join(".git").exists()).unwrap_or(&dir);
            target.tree = Box::new(DiskTree::new(root, threads).map_err(|why| unreadable(root, &why))?);
            target.root = Some(root.to_path_buf());
            plan.source = Some(dir.strip_prefix(root).map(slashes).unwrap_or_default().into());
            // A plan elsewhere has no path in the tree.
            let place = std::fs::canonicalize(only).ok().filter(|_| !is_stdin);
            let inside = place.as_ref().and_then(|p| p.strip_prefix(root).ok()).map(slashes);
            plan.path = inside.unwrap_or(name).into();
        }
        target.selected.clear();
        target.plan = Some(plan);
        Ok(target)
    }

    /// Whether a plan is checked.
    pub(crate) fn is_plan(&self) -> bool {
        self.plan.is_some()
    }

    /// Everything in it, resolved.
    pub(crate) fn project(&self, options: &lower::Options) -> Project {
        match &self.plan {
            Some(plan) => plan::project(&*self.tree, plan, options),
            None => lower::project(&*self.tree, options),
        }
    }

    /// What renders its Helm charts, if a program is named and there is a directory.
    pub(crate) fn helm(&self, args: &KubernetesArgs) -> Option<lower::helm::Renderer> {
        let program = args.helm.clone()?;
        Some(super::helm::renderer(program, self.root.clone()?))
    }

    /// Whether findings in this file are reported.
    pub(crate) fn selects(&self, path: &str) -> bool {
        self.selected.is_empty()
            || self.selected.iter().any(|s| {
                s.is_empty() || path == s || path.strip_prefix(s.as_str()).is_some_and(|rest| rest.starts_with('/'))
            })
    }

    /// A directory.
    pub(crate) fn directory(path: &Path, threads: usize) -> Result<Self, Failure> {
        let tree = DiskTree::new(path, threads).map_err(|why| unreadable(path, &why))?;
        Ok(Self { tree: Box::new(tree), root: Some(path.to_path_buf()), selected: Vec::new(), plan: None })
    }

    /// What the arguments of `check` mean. One directory is a tree of its own. A file, or several
    /// paths, belong to a repository: the nearest directory above all of them that has a `.git`,
    /// else the nearest directory above all of them.
    pub(crate) fn from_paths(paths: &[PathBuf], stdin_name: &str, threads: usize) -> Result<Self, Failure> {
        if let [only] = paths {
            if only.as_os_str() == "-" {
                return Self::standard_input(stdin_name);
            }
            if only.is_dir() {
                return Self::directory(only, threads);
            }
        }
        let mut absolute = Vec::with_capacity(paths.len());
        for path in paths {
            absolute.push(placed(path).map_err(|e| unreadable(path, &e.to_string()))?);
        }
        let above = common_directory(&absolute);
        let root = above.ancestors().find(|d| d.join(".git").exists()).unwrap_or(&above);
        // A link inside of the tree stands for the file that it leads to.
        let target_of = |path: &PathBuf| std::fs::canonicalize(path).ok().filter(|to| to.starts_with(root));
        let named = absolute.iter().map(|path| target_of(path).unwrap_or_else(|| path.clone()));
        let selected = named.filter_map(|p| p.strip_prefix(root).ok().map(slashes)).collect();
        let tree = DiskTree::new(root, threads).map_err(|why| unreadable(root, &why))?;
        Ok(Self { tree: Box::new(tree), root: Some(root.to_path_buf()), selected, plan: None })
    }

    fn standard_input(name: &str) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::input(format!("standard input cannot be read: {e}")))?;
        let tree = MemoryTree::new("standard input", [(name, bytes)]);
        Ok(Self { tree: Box::new(tree), root: None, selected: Vec::new(), plan: None })
    }
}

/// The full path of an argument. Of a link its own place, not where it leads: the tree around it tells whether it
/// may be followed.
fn placed(path: &Path) -> std::io::Result<PathBuf> {
    if !std::fs::symlink_metadata(path)?.is_symlink() {
        return std::fs::canonicalize(path);
    }
    let around = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(std::fs::canonicalize(around)?.join(path.file_name().unwrap_or_default()))
}

/// Whether a file is worth a closer look; refuses a saved plan, which only Terraform reads.
fn may_be_a_plan(path: &Path) -> Result<bool, Failure> {
    let mut head = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(GLANCE).read_to_end(&mut head))
        .map_err(|e| unreadable(path, &e.to_string()))?;
    refuse_saved_plan(path, &head)?;
    if path.extension().is_some_and(|e| e == "json") && (head.len() as u64) < GLANCE {
        refuse_nothing(&path.display().to_string(), &head)?;
    }
    let begins = head.iter().position(|b| !b.is_ascii_whitespace() && !matches!(b, 0xef | 0xbb | 0xbf));
    let is_utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    Ok(is_utf16 || begins.is_some_and(|at| head[at] == b'{'))
}

/// Where something was to be written and nothing is, the program that was to write it has failed: to find no fault
/// in it would be a wrong answer.
fn refuse_nothing(name: &str, bytes: &[u8]) -> Result<(), Failure> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::input(format!("{name} is empty: nothing was checked"))
            .help("Look whether the command that should have written it has failed."));
    }
    Ok(())
}

/// A saved plan is an archive whose first member is `tfplan`.
fn refuse_saved_plan(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let head = &bytes[..bytes.len().min(GLANCE as usize)];
    if head.starts_with(b"PK") && head.windows(6).any(|w| w == b"tfplan") {
        let name = path.display();
        return Err(Failure::input(format!("{name} is a saved plan, which only Terraform can read"))
            .help(format!("terraform show -json {name} > plan.json, then check plan.json.")));
    }
    Ok(())
}

/// The text of a plan; none if it is something else.
fn plan_text(path: &Path, bytes: Vec<u8>) -> Result<Option<String>, Failure> {
    let name = if path.as_os_str() == "-" { "standard input".into() } else { path.display().to_string() };
    refuse_saved_plan(path, &bytes)?;
    if u32::try_from(bytes.len()).is_err() {
        return Err(Failure::input(format!("{name} cannot be read: it is larger than 4 GiB")));
    }
    // Windows PowerShell writes what is redirected with `>` in UTF-16. What else is no text is said by
    // whoever reads the tree, which is where it is then looked for.
    let text = match utf16(&bytes) {
        Some(text) => text,
        None => match read::text(bytes) {
            Ok((text, _)) => text,
            Err(_) => return Ok(None),
        },
    };
    match plan::recognise(&text) {
        Some(plan::Kind::Plan) => Ok(Some(text)),
        Some(plan::Kind::State) => Err(Failure::input(format!("{name} is a state, not a plan"))
            .help("A state says what is there; check what is planned: terraform plan -out tfplan, then terraform show -json tfplan > plan.json.")),
        None => Ok(None),
    }
}

/// The text of bytes that say by their mark that they are UTF-16.
fn utf16(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

/// Whether there is Terraform source right in a directory.
fn has_terraform(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|e| e.file_name()).any(|name| terraform::is_configuration(&name.to_string_lossy()))
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| "plan.json".into(), |n| n.to_string_lossy().into_owned())
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::input(format!("{} cannot be read: {why}", path.display()))
}

/// A relative path as trees write it.
pub(super) fn slashes(path: &Path) -> String {
    let parts = path.components().filter_map(|c| match c {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The deepest directory that holds all of them.
fn common_directory(paths: &[PathBuf]) -> PathBuf {
    let mut common: Option<PathBuf> = None;
    for path in paths {
        let dir = if path.is_dir() { path.clone() } else { path.parent().map(Path::to_path_buf).unwrap_or_default() };
        common = Some(match common {
            None => dir,
            Some(so_far) => so_far.ancestors().find(|a| dir.starts_with(a)).map(Path::to_path_buf).unwrap_or_default(),
        });
    }
    common.unwrap_or_default()
}
