//! CODEOWNERS: lines of a pattern and the owners of what it matches. The last match wins.
//!
//! Patterns are those of `.gitignore` with differences that matter: nothing is negated, there are no
//! character ranges, and `docs/*` matches the files in `docs` but not those further down.

use std::ops::Range;

use ecow::EcoString;
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// A CODEOWNERS file.
#[derive(Debug, Default)]
pub struct Rules {
    /// Its entries, in order.
    pub entries: Vec<Entry>,
    /// All patterns, asked at once: a large repository has hundreds of them for thousands of paths.
    globs: GlobSet,
    /// Which entry each of the globs belongs to.
    entry_of_glob: Vec<usize>,
}

/// A line with a pattern.
#[derive(Debug)]
pub struct Entry {
    /// The pattern.
    pub pattern: EcoString,
    /// Where it stands.
    pub pattern_at: Range<usize>,
    /// Users, teams and addresses, with their places. None means that nobody owns what matches.
    pub owners: Vec<(EcoString, Range<usize>)>,
    /// The line without comment and white space around it.
    pub line: Range<usize>,
}

impl Rules {
    /// Reads a file. What is no entry is passed over, as the host does.
    pub fn parse(text: &str) -> Self {
        let mut rules = Self::default();
        let mut globs = GlobSetBuilder::new();
        let mut start = 0;
        // In GitLab's dialect a section may name owners for its entries.
        let mut section_owners: Vec<(EcoString, Range<usize>)> = Vec::new();
        for line in text.split_inclusive('\n') {
            let words = words(line, start);
            start += line.len();
            let Some((first, place)) = words.first().cloned() else { continue };
            if first.starts_with('[') || first.starts_with("^[") {
                section_owners = words.into_iter().filter(|(word, _)| is_owner(word)).collect();
                continue;
            }
            let end = words.last().map_or(place.end, |(_, range)| range.end);
            let mut owners: Vec<_> = words.into_iter().skip(1).filter(|(word, _)| is_owner(word)).collect();
            if owners.is_empty() {
                owners.clone_from(&section_owners);
            }
            for glob in globs_of(&first) {
                globs.add(glob);
                rules.entry_of_glob.push(rules.entries.len());
            }
            rules.entries.push(Entry { pattern: first, line: place.start..end, pattern_at: place, owners });
        }
        // Each glob was built alone; together they can only be too large, and then own nothing.
        rules.globs = globs.build().unwrap_or_default();
        rules
    }

    /// The entry that decides who owns a path: the last one that matches.
    pub fn entry_of(&self, path: &str) -> Option<&Entry> {
        let last = self.globs.matches(path).into_iter().max()?;
        self.entries.get(*self.entry_of_glob.get(last)?)
    }

    /// Whether a path has an owner.
    pub fn is_owned(&self, path: &str) -> bool {
        self.entry_of(path).is_some_and(|entry| !entry.owners.is_empty())
    }
}

fn is_owner(word: &str) -> bool {
    word.contains('@')
}

/// The words of a line up to a comment, with their places. White space in a pattern is escaped.
fn words(line: &str, start: usize) -> Vec<(EcoString, Range<usize>)> {
    let mut words: Vec<(EcoString, Range<usize>)> = Vec::new();
    let mut open = false;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if !escaped && c.is_whitespace() {
            open = false;
            continue;
        }
        if !open {
            if c == '#' {
                break;
            }
            words.push((EcoString::new(), start + at..start + at));
            open = true;
        }
        if let Some((word, range)) = words.last_mut() {
            word.push(c);
            range.end = start + at + c.len_utf8();
        }
        escaped = !escaped && c == '\\';
    }
    words
}

/// What a pattern matches; nothing if it is none.
fn globs_of(pattern: &str) -> Vec<Glob> {
    let is_directory = pattern.ends_with('/');
    let body = pattern.trim_end_matches('/').trim_start_matches('/');
    let is_anchored = pattern.trim_end_matches('/').contains('/');
    if body.is_empty() {
        // `/` is the root, and so everything.
        return if pattern == "/" { glob("**").into_iter().collect() } else { Vec::new() };
    }
    let mut base = String::from(if is_anchored { "" } else { "**/" });
    for c in body.chars() {
        // Plain characters here, but not to the matcher.
        if matches!(c, '[' | ']' | '{' | '}' | '!') {
            base.push('\\');
        }
        base.push(c);
    }
    let below = glob(&format!("{base}/**"));
    // `docs/*` does not reach into the directories in `docs`.
    let is_shallow = is_anchored && body.ends_with("/*");
    let itself = if is_directory { None } else { glob(&base) };
    let below = if is_shallow && !is_directory { None } else { below };
    itself.into_iter().chain(below).collect()
}

fn glob(pattern: &str) -> Option<Glob> {
    GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_the_host_matches_them() {
        for (pattern, path, expected) in [
            ("*", "a/b/c.tf", true),
            ("*.tf", "envs/prod/main.tf", true),
            ("*.tf", "main.tfvars", false),
            ("/terraform/", "terraform/envs/main.tf", true),
            ("/terraform/", "old/terraform/main.tf", false),
            ("/terraform", "terraform/main.tf", true),
            ("terraform/", "old/terraform/main.tf", true),
            ("apps/", "apps", false),
            ("docs/*", "docs/a.md", true),
            ("docs/*", "docs/deep/a.md", false),
            ("docs/*", "old/docs/a.md", false),
            ("docs/**", "docs/deep/a.md", true),
            ("**/logs", "build/logs/x.txt", true),
            ("/.github/workflows/", ".github/workflows/ci.yml", true),
            (".github", ".github/workflows/ci.yml", true),
            ("/main.tf", "main.tf", true),
            ("/main.tf", "envs/main.tf", false),
            ("envs/*/main.tf", "envs/prod/main.tf", true),
            ("envs/*/main.tf", "envs/eu/prod/main.tf", false),
            ("a\\ b.tf", "a b.tf", true),
            ("[x].tf", "x.tf", false),
            ("{a,b}.tf", "a.tf", false),
            ("/", "anything", true),
            ("**", "a/b", true),
            ("\\", "a", false),
        ] {
            let rules = Rules::parse(&format!("{pattern} @owner\n"));
            assert_eq!(rules.is_owned(path), expected, "{pattern} and {path}");
        }
    }

    #[test]
    fn the_last_match_wins_and_may_take_the_owners_away() {
        let rules = Rules::parse("* @all\r\n/apps/ @apps # comment\r\n/apps/open\r\n#/secret/ @x\r\n");
        let owner =
            |path: &str| rules.entry_of(path).map(|e| e.owners.iter().map(|o| o.0.as_str()).collect::<Vec<_>>());
        assert_eq!(owner("README.md"), Some(vec!["@all"]));
        assert_eq!(owner("apps/main.tf"), Some(vec!["@apps"]));
        assert_eq!(owner("apps/open/main.tf"), Some(vec![]));
        assert_eq!(rules.entries.len(), 3);
        assert_eq!(Rules::parse("/a @b").entry_of("c").map(|e| &e.pattern), None);
    }

    #[test]
    fn sections_of_gitlab_hand_their_owners_down() {
        let rules = Rules::parse("[Infrastructure][2] @platform\n*.tf\n*.md @docs\n^[Optional]\n*.js\n");
        assert!(rules.is_owned("main.tf") && rules.is_owned("a.md") && !rules.is_owned("a.js"));
    }
}
