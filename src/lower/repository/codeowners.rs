//! CODEOWNERS: lines of a pattern and the owners of what it matches. The last match wins.
//!
//! Patterns are those of `.gitignore` with differences that matter: nothing is negated, there are no
//! character ranges, and `docs/*` matches the files in `docs` but not those further down.
//!
//! GitLab knows sections besides: `[Name][2] @default`, of which each is decided by itself, so that a file may have
//! owners of several; `^[Name]`, whose owners need not approve; and entries that leave out: `!pattern`.

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
    /// Lines that a host passes over, and why.
    pub problems: Vec<(Range<usize>, String)>,
}

/// A section of GitLab's; what stands before the first is one without a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its name in lower case: sections of one name are one.
    pub name: EcoString,
    /// Whether its owners need not approve.
    pub optional: bool,
    /// How many of its owners must approve.
    pub approvals: Option<u32>,
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
    /// The section that it is in.
    pub section: Section,
}

impl Rules {
    /// Reads a file. What is no entry is passed over, as the host does.
    pub fn parse(text: &str) -> Self {
        let mut rules = Self::default();
        let mut globs = GlobSetBuilder::new();
        let mut start = 0;
        // A section may name owners for its entries.
        let mut section_owners: Vec<(EcoString, Range<usize>)> = Vec::new();
        let mut section = Section::default();
        for line in text.split_inclusive('\n') {
            let begins = start;
            let words = words(line, start);
            start += line.len();
            let Some((first, place)) = words.first().cloned() else { continue };
            let end = words.last().map_or(place.end, |(_, range)| range.end);
            if let Some((found, names)) = section_in(line) {
                section = found;
                section_owners = self::words(names, begins + line.len() - names.len());
                section_owners.retain(|(word, _)| is_owner(word));
                continue;
            }
            let strange = words.iter().skip(1).find(|(word, _)| !is_owner(word));
            if let Some((word, range)) = strange {
                rules.problems.push((range.clone(), format!("`{word}` is no user, team or address")));
            }
            let mut owners: Vec<_> = words.iter().skip(1).filter(|(word, _)| is_owner(word)).cloned().collect();
            if owners.is_empty() {
                owners.clone_from(&section_owners);
            }
            let pattern = match first.strip_prefix('!') {
                Some(pattern) => {
                    owners.clear();
                    pattern
                }
                None => &first,
            };
            let found = globs_of(pattern);
            if found.is_empty() {
                rules.problems.push((place.clone(), format!("`{first}` is no pattern")));
            }
            for glob in found {
                globs.add(glob);
                rules.entry_of_glob.push(rules.entries.len());
            }
            let line = place.start..end;
            let section = section.clone();
            rules.entries.push(Entry { pattern: first, line, pattern_at: place, owners, section });
        }
        // Each glob was built alone; together they can only be too large, and then own nothing.
        rules.globs = globs.build().unwrap_or_default();
        rules
    }

    /// The entries that decide who owns a path: of each section the last one that matches.
    pub fn entries_of(&self, path: &str) -> Vec<&Entry> {
        let mut matched = self.globs.matches(path);
        matched.sort_unstable();
        let mut found: Vec<&Entry> = Vec::new();
        for entry in matched.into_iter().rev().filter_map(|glob| self.entries.get(*self.entry_of_glob.get(glob)?)) {
            if !found.iter().any(|known| known.section.name == entry.section.name) {
                found.push(entry);
            }
        }
        found
    }

    /// Whether a path has an owner who is asked for more than an opinion.
    pub fn is_owned(&self, path: &str) -> bool {
        self.entries_of(path).iter().any(|entry| !entry.owners.is_empty() && !entry.section.optional)
    }
}

/// The section that a line begins, and what follows its header. A pattern may begin with a bracket as well, but
/// then it has a path or owner right behind it, or no bracket that closes.
fn section_in(line: &str) -> Option<(Section, &str)> {
    let rest = line.trim_start();
    let (optional, rest) = rest.strip_prefix('^').map_or((false, rest), |rest| (true, rest));
    let (name, rest) = rest.strip_prefix('[')?.split_once(']')?;
    let (approvals, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((number, rest)) => (Some(number.trim().parse().ok()?), rest),
        None => (None, rest),
    };
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    Some((Section { name: name.trim().to_lowercase().into(), optional, approvals }, rest))
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
        let owner = |path: &str| {
            let entry = rules.entries_of(path).into_iter().next();
            entry.map(|e| e.owners.iter().map(|o| o.0.as_str()).collect::<Vec<_>>())
        };
        assert_eq!(owner("README.md"), Some(vec!["@all"]));
        assert_eq!(owner("apps/main.tf"), Some(vec!["@apps"]));
        assert_eq!(owner("apps/open/main.tf"), Some(vec![]));
        assert_eq!(rules.entries.len(), 3);
        assert!(Rules::parse("/a @b").entries_of("c").is_empty());
    }

    #[test]
    fn sections_of_gitlab_hand_their_owners_down() {
        let rules = Rules::parse("[Infrastructure][2] @platform\n*.tf\n*.md @docs\n^[Optional]\n*.js\n");
        assert!(rules.is_owned("main.tf") && rules.is_owned("a.md") && !rules.is_owned("a.js"));
    }

    #[test]
    fn each_section_decides_by_itself() {
        let rules =
            Rules::parse("* @all\n[Infra][2] @platform @ops\n*.tf\n!main.tf\n^[Docs]\n*.md @docs\n[infra]\n/b.tf @b\n");
        let owners = |path: &str| -> Vec<Vec<&str>> {
            let entries = rules.entries_of(path);
            entries.iter().map(|e| e.owners.iter().map(|o| o.0.as_str()).collect()).collect()
        };
        assert_eq!(owners("a.tf"), [vec!["@platform", "@ops"], vec!["@all"]]);
        assert_eq!(owners("main.tf"), [vec![], vec!["@all"]]);
        assert_eq!(owners("b.tf"), [vec!["@b"], vec!["@all"]]);
        assert_eq!(rules.entries[1].section, Section { name: "infra".into(), optional: false, approvals: Some(2) });
        let optional = Rules::parse("^[Docs] @docs\n*.md\n");
        assert!(!optional.is_owned("a.md"), "nobody has to approve");
    }

    #[test]
    fn lines_that_a_host_passes_over_are_named() {
        let rules = Rules::parse("*.tf platform\n/ @a\n// @b\n[x].tf @c\n");
        let problems: Vec<&str> = rules.problems.iter().map(|(_, why)| why.as_str()).collect();
        assert_eq!(problems, ["`platform` is no user, team or address", "`//` is no pattern"]);
        assert_eq!(rules.problems[0].0, 5..13);
    }
}
