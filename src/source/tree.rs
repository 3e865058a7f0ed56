//! A read-only view of a repository's files.

use std::sync::Arc;

/// What a caller may ask of a repository's files, wherever they come from.
///
/// Paths are relative to the root of the tree, with forward slashes and no `./` in front.
pub trait Tree: Send + Sync {
    /// The files worth looking at, sorted, together with what was left out and why.
    fn list(&self) -> Listing;

    /// All regular files below a directory, whatever their names, sorted; `None` if [`Tree::list`] leaves
    /// out none. A directory that is not there has none, even if the path leads out of the tree.
    fn files_below(&self, _directory: &str) -> Option<Result<Vec<Arc<str>>, ReadError>> {
        None
    }

    /// The bytes of one file.
    ///
    /// A path that begins with `../` is one outside of what [`Tree::list`] shows: `check envs/prod` reads
    /// the modules above `envs` that are called there. How far up it may lead is for the tree to say.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// What is directly in a directory, sorted by name; nothing if there is no such directory.
    ///
    /// [`Tree::list`] leaves out what is not the repository's own, such as `.terraform`; this does not. It is
    /// for what a configuration names: a module that it calls, a directory whose files it asks for.
    fn entries(&self, dir: &str) -> Vec<Entry>;

    /// Where the tree is in its repository: the path from the top of the repository to what is checked, `""` at
    /// the top or if there is no repository.
    fn place(&self) -> String {
        String::new()
    }

    /// How to name the tree to a person.
    fn name(&self) -> &str;
}

/// Something in a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name, without the directory.
    pub name: String,
    /// Whether it is a directory itself.
    pub is_dir: bool,
}

/// Directories that hold other people's code or what a tool made.
pub const LEFT_OUT: [&str; 8] =
    [".git", ".terraform", ".terragrunt-cache", "node_modules", "vendor", "third_party", ".venv", "__pycache__"];

/// What [`Tree::list`] found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Paths, sorted.
    pub files: Vec<Arc<str>>,
    /// What could not be looked at (an unreadable directory, a link out of the tree), and why.
    pub problems: Vec<(String, String)>,
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file in the tree.
    NotFound,
    /// The path leads out of the tree.
    Outside,
    /// The operating system refused; its words.
    Refused(String),
    /// The file is larger than trustlint reads, in bytes.
    TooLarge(u64),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("no such file"),
            Self::Outside => f.write_str("the path leads out of the repository"),
            Self::Refused(why) => f.write_str(why),
            Self::TooLarge(size) => write!(f, "the file is too large ({size} bytes)"),
        }
    }
}
