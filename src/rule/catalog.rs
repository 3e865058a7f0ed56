//! All rules: those in the binary, and those of the user.
//!
//! Loading must not be felt, and parsing is what costs. So a check does not parse examples (they
//! stand last in a rule file and are cut off), and of the built-in rules it parses only those that
//! match something that occurs.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    ops::Range,
    sync::LazyLock,
};

use ecow::EcoString;
use rayon::prelude::*;

use super::{
    compile::{self, Rule},
    file::{self, EXAMPLES, RuleFile, mistake},
};
use crate::{
    model::View,
    report::Criterion,
    source::{Diagnostic, FileId, SourceFile, SourceMap},
    syntax::hcl::{self, scan},
};

/// The rule files in the binary: path and text, sorted by path.
pub static BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// How much of a rule file is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What a check needs: everything but the examples.
    Check,
    /// Everything.
    Whole,
}

/// Rules, and what they stand on.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The rules, sorted by id.
    pub rules: Vec<Rule>,
    /// The views, sorted by name.
    pub views: Vec<View>,
    /// The criteria, in the order of `rules/soc2.hcl`.
    pub criteria: Vec<Criterion>,
    /// The rule files; spans of rules and of mistakes in them point here.
    pub sources: SourceMap,
    /// Mistakes in rule files.
    pub diagnostics: Vec<Diagnostic>,
}

impl Catalog {
    /// All built-in rules, without examples.
    pub fn builtin() -> Self {
        let mut catalog = Self::default();
        catalog.load(BUILT_IN, Part::Check);
        catalog
    }

    /// All built-in rules with their examples.
    pub fn builtin_whole() -> Self {
        let mut catalog = Self::default();
        catalog.load(BUILT_IN, Part::Whole);
        catalog
    }

    /// The built-in rules that can say something about entities of these kinds, and the views that
    /// they stand on, without examples.
    pub fn builtin_for<'k>(kinds: impl IntoIterator<Item = &'k EcoString>) -> Self {
        let mut present: HashSet<&str> = kinds.into_iter().map(EcoString::as_str).collect();
        let views: Vec<ViewText<'_>> = BUILT_IN.iter().flat_map(|(path, text)| view_texts(path, text)).collect();
        // A view gives something if anything that it stands on is there.
        grow(&mut present, |present| {
            views.iter().filter(|v| v.from.iter().any(|kind| present.contains(kind))).map(|v| v.name).collect()
        });
        let mut files: Vec<File<'_>> = Vec::new();
        let mut wanted: HashSet<&str> = HashSet::new();
        for &(path, text) in BUILT_IN {
            let mut kinds = matched_kinds(text).peekable();
            let is_rule = kinds.peek().is_some();
            if !is_rule || kinds.any(|kind| present.contains(kind)) {
                files.push(File { path, text, parsed: Cow::Borrowed(text) });
                wanted.extend(matched_kinds(text).chain(linked_kinds(text)));
            }
        }
        grow(&mut wanted, |wanted| {
            views.iter().filter(|v| wanted.contains(v.name)).flat_map(ViewText::kinds).collect()
        });
        for view in views.iter().filter(|v| !wanted.contains(v.name)) {
            if let Some(file) = files.iter_mut().find(|f| f.path == view.path) {
                blank(file.parsed.to_mut(), view.range.clone());
            }
        }
        let mut catalog = Self::default();
        catalog.add(&files, Part::Check);
        catalog
    }

    /// The kinds of entities that built-in rules and their views name, told from the texts alone: of those rules that
    /// can say something where only these types of resources and data sources occur; of all if that is not known.
    pub fn builtin_kinds(types: Option<&HashSet<EcoString>>) -> HashSet<EcoString> {
        let views: Vec<ViewText<'_>> = BUILT_IN.iter().flat_map(|(path, text)| view_texts(path, text)).collect();
        let names: HashSet<&str> = views.iter().map(|v| v.name).collect();
        let occurs =
            |kind: &str| !names.contains(kind) && types.is_none_or(|types| !is_type(kind) || types.contains(kind));
        let mut made: HashSet<&str> = HashSet::new();
        grow(&mut made, |made| {
            let gives = |v: &&ViewText<'_>| v.from.iter().any(|kind| occurs(kind) || made.contains(kind));
            views.iter().filter(gives).map(|v| v.name).collect()
        });
        let mut wanted: HashSet<&str> = HashSet::new();
        for (_, text) in BUILT_IN {
            if matched_kinds(text).any(|kind| occurs(kind) || made.contains(kind)) {
                wanted.extend(matched_kinds(text).chain(linked_kinds(text)));
            }
        }
        grow(&mut wanted, |wanted| {
            views.iter().filter(|v| wanted.contains(v.name)).flat_map(ViewText::kinds).collect()
        });
        wanted.into_iter().map(EcoString::from).collect()
    }

    /// Adds rule files, path and text. What is wrong with them is in [`Self::diagnostics`], and a
    /// rule with a mistake is left out.
    pub fn load<P: AsRef<str>, T: AsRef<str>>(&mut self, files: &[(P, T)], part: Part) {
        let files: Vec<File<'_>> = files
            .iter()
            .map(|(path, text)| (path.as_ref(), text.as_ref()))
            .map(|(path, text)| File { path, text, parsed: Cow::Borrowed(text) })
            .collect();
        self.add(&files, part);
    }

    fn add(&mut self, files: &[File<'_>], part: Part) {
        let first = self.sources.len();
        for file in files {
            self.sources.add(SourceFile::new(file.path, file.text, false));
        }
        let read: Vec<(RuleFile, Vec<Diagnostic>)> = files
            .par_iter()
            .enumerate()
            .map(|(i, file)| read(FileId((first + i) as u32), &file.parsed, part))
            .collect();
        for (parsed, _) in &read {
            for section in parsed.sections.iter().filter(|s| s.kind() == "criterion") {
                self.criteria.extend(compile::criterion(section, &mut self.diagnostics));
            }
        }
        let criteria = &self.criteria;
        let made: Vec<Made> = read
            .into_par_iter()
            .zip(files)
            .map(|((parsed, diagnostics), file)| make(&parsed, file.path, file.text, criteria, diagnostics))
            .collect();
        let mut views = std::mem::take(&mut self.views);
        for made in made {
            views.extend(made.views);
            self.rules.extend(made.rules);
            self.diagnostics.extend(made.diagnostics);
        }
        self.views = compile::ordered_views(views, &mut self.diagnostics);
        self.criteria_once();
        self.rules_once();
    }

    /// Whether there is a rule of this id, loaded or not.
    pub fn knows(&self, id: &str) -> bool {
        self.known_ids().any(|known| known == id)
    }

    /// The ids of all rules, loaded or not; those of built-in rules are their paths.
    pub fn known_ids(&self) -> impl Iterator<Item = &str> {
        static IDS: LazyLock<Vec<String>> = LazyLock::new(|| {
            let rules = BUILT_IN.iter().filter(|(_, text)| matched_kinds(text).next().is_some());
            rules.map(|(path, _)| compile::path_of_id(path).0).collect()
        });
        IDS.iter().map(String::as_str).chain(self.rules.iter().map(|r| r.id.as_str()))
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.id == id)
    }

    fn criteria_once(&mut self) {
        let mut seen = HashSet::new();
        self.criteria.retain(|c| seen.insert(c.id.clone()));
    }

    /// Ids are unique, and no alias is another rule's id.
    fn rules_once(&mut self) {
        self.rules.sort_by(|a, b| (&a.id, a.header).cmp(&(&b.id, b.header)));
        let diagnostics = &mut self.diagnostics;
        self.rules.dedup_by(|later, first| {
            let same = later.id == first.id;
            if same {
                diagnostics.push(
                    mistake(format!("there are two rules \"{}\"", later.id), later.header)
                        .note(first.header, "the first"),
                );
            }
            same
        });
        let ids: BTreeMap<&str, &Rule> = self.rules.iter().map(|r| (r.id.as_str(), r)).collect();
        for rule in &self.rules {
            for other in rule.aliases.iter().filter_map(|a| ids.get(a.as_str())) {
                self.diagnostics.push(
                    mistake(format!("an alias of \"{}\" is the id of another rule", rule.id), rule.header)
                        .note(other.header, "the other rule"),
                );
            }
        }
    }
}

/// A rule file, and what of it is to be parsed; positions are those of the whole text.
struct File<'a> {
    path: &'a str,
    text: &'a str,
    parsed: Cow<'a, str>,
}

struct Made {
    rules: Vec<Rule>,
    views: Vec<View>,
    diagnostics: Vec<Diagnostic>,
}

fn make(parsed: &RuleFile, path: &str, text: &str, criteria: &[Criterion], mut diagnostics: Vec<Diagnostic>) -> Made {
    let (mut rules, mut views) = (Vec::new(), Vec::new());
    let mut first: Option<&file::Section> = None;
    for section in &parsed.sections {
        match section.kind() {
            "rule" => {
                if let Some(first) = first {
                    diagnostics.push(
                        mistake("one rule, one file", section.header())
                            .note(first.header(), "the first rule")
                            .help("Its path is then its name, and its examples stand beside it."),
                    );
                    continue;
                }
                first = Some(section);
                rules.extend(compile::rule(parsed, section, path, text, criteria, &mut diagnostics));
            }
            "view" => views.extend(compile::view(section, &mut diagnostics)),
            _ => {}
        }
    }
    Made { rules, views, diagnostics }
}

/// Parses a file, without its examples if they are not needed.
fn read(id: FileId, text: &str, part: Part) -> (RuleFile, Vec<Diagnostic>) {
    if part == Part::Check
        && let Some(short) = without_examples(text)
    {
        let parsed = hcl::parse(id, &short);
        let mut diagnostics = Vec::new();
        if parsed.diagnostics.is_empty() {
            let file = file::read(id, &parsed.body, &mut diagnostics);
            if diagnostics.is_empty() {
                return (file, diagnostics);
            }
        }
        // A mistake is shown in the text as it stands.
    }
    let parsed = hcl::parse(id, text);
    let mut diagnostics: Vec<Diagnostic> = parsed
        .diagnostics
        .into_iter()
        .map(|d| Diagnostic {
            kind: crate::source::DiagnosticKind::Configuration,
            help: Some("The rules in this file are not run.".into()),
            ..d
        })
        .collect();
    let file = file::read(id, &parsed.body, &mut diagnostics);
    (file, diagnostics)
}

/// The text of a rule file up to its first example, closed by a brace; none if it holds no example
/// or something else stands behind one. What is left keeps its positions.
pub fn without_examples(text: &str) -> Option<String> {
    let body = rule_body(text)?;
    let inner = &text[body.clone()];
    let mut cut = None;
    for item in scan::items(inner) {
        let is_example = EXAMPLES.contains(&first_word(&inner[item.clone()]));
        match cut {
            None if is_example => cut = Some(body.start + item.start),
            Some(_) if !is_example => return None,
            _ => {}
        }
    }
    let mut short = text[..cut?].to_string();
    short.push_str("}\n");
    Some(short)
}

/// What stands behind `rule "..." {`.
fn rule_body(text: &str) -> Option<Range<usize>> {
    let start = if text.starts_with("rule \"") { 0 } else { text.find("\nrule \"")? + 1 };
    let brace = start + text[start..].find('{')?;
    Some(brace + 1..text.len())
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or("")
}

/// What the `match` blocks of a rule file name, found in its text. Each stands on a line of its own,
/// indented by two spaces, as `terraform fmt` writes it; that is proved for the built-in rules.
pub fn matched_kinds(text: &str) -> impl Iterator<Item = &str> {
    labels_behind(text, "\n  match \"").flatten()
}

/// What the `link` blocks of a rule file name, found in its text in the same way.
fn linked_kinds(text: &str) -> impl Iterator<Item = &str> {
    labels_behind(text, "\n    to ").flatten()
}

/// A view as found in the text of its file.
struct ViewText<'t> {
    path: &'t str,
    name: &'t str,
    from: Vec<&'t str>,
    links: Vec<&'t str>,
    range: Range<usize>,
}

impl<'t> ViewText<'t> {
    /// What it is made from or looks at.
    fn kinds(&self) -> impl Iterator<Item = &'t str> {
        self.from.iter().chain(&self.links).copied()
    }
}

/// The views of a file and what they are made of, found in its text in the same way.
fn view_texts<'t>(path: &'t str, text: &'t str) -> Vec<ViewText<'t>> {
    let head = "\nview \"";
    let starts: Vec<usize> = memchr::memmem::find_iter(text.as_bytes(), head.as_bytes()).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| {
            let part = &text[start..end];
            let name = part[head.len()..].split('"').next().unwrap_or("");
            let from = labels_behind(part, "\n  from \"").flatten().collect();
            let links = labels_behind(part, "\n      to ").flatten().collect();
            ViewText { path, name, from, links, range: start..end }
        })
        .collect()
}

/// Overwrites a part of a text with space, so that everything else keeps its place.
fn blank(text: &mut String, range: Range<usize>) {
    let space: String = text[range.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(range, &space);
}

/// Adds what `more` finds until it finds nothing new.
fn grow<'t>(set: &mut HashSet<&'t str>, more: impl Fn(&HashSet<&'t str>) -> Vec<&'t str>) {
    loop {
        let before = set.len();
        set.extend(more(set));
        if set.len() == before {
            return;
        }
    }
}

/// Whether a kind is a type of resource, such as `aws_s3_bucket`, or of data source, such as `data.aws_vpc`.
fn is_type(kind: &str) -> bool {
    let name = kind.strip_prefix("data.").unwrap_or(kind);
    name.contains('_') && !name.contains('.') && name.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The labels of the blocks that begin with `head`.
fn labels_behind<'t>(text: &'t str, head: &'static str) -> impl Iterator<Item = impl Iterator<Item = &'t str>> {
    memchr::memmem::find_iter(text.as_bytes(), head.as_bytes()).collect::<Vec<_>>().into_iter().map(move |at| {
        let rest = &text[at + head.len() - 1..];
        let line = rest.split(['{', '\n']).next().unwrap_or("");
        line.split('"').skip(1).step_by(2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"# about it { "rule

rule "x-y" {
  title    = "Things are good"
  severity = "high"
  soc2     = { "CC6.1" = "They must be good." }

  match "x_thing" {}

  assert {
    condition     = self.good == true
    error_message = "${self.address} is bad"
  }
EXAMPLES
}
"#;
    const SOC2: (&str, &str) =
        ("rules/soc2.hcl", "criterion \"CC6.1\" {\n  title = \"A\"\n  description = \"It asks for much.\"\n}\n");

    fn rule(examples: &str) -> String {
        RULE.replace("EXAMPLES", examples)
    }

    fn loaded(examples: &str, part: Part) -> Catalog {
        let mut catalog = Catalog::default();
        catalog.load(&[SOC2, ("rules/x/y.hcl", rule(examples).as_str())], part);
        catalog
    }

    #[test]
    fn a_check_does_not_parse_examples() {
        let fails = "\n  fails \"no }\" {\n    code = <<-TF\n      passes \"x\" { #~ here\n  }\n    TF\n  }";
        let whole = loaded(fails, Part::Whole);
        assert_eq!(whole.diagnostics, []);
        assert_eq!(whole.rules[0].examples.len(), 1);
        let check = loaded(fails, Part::Check);
        assert_eq!(check.diagnostics, []);
        assert_eq!(check.rules[0].examples.len(), 0);
        assert_eq!(check.rules[0].asserts[0].span, whole.rules[0].asserts[0].span);
    }

    #[test]
    fn what_stands_behind_an_example_is_not_cut_off() {
        let both = "  fails \"no\" {\n    code = \"x #~ here\"\n  }\n\n  fix {\n    remove = \"a\"\n    safety = \"safe\"\n  }";
        assert!(without_examples(&rule(both)).is_none());
        assert_eq!(loaded(both, Part::Check).rules[0].fixes.len(), 1);
    }

    #[test]
    fn two_rules_of_one_id_are_a_mistake_and_the_first_is_kept() {
        let mut catalog = loaded("", Part::Check);
        catalog.load(&[("policies/x/y.hcl", rule("").as_str())], Part::Check);
        assert_eq!(catalog.rules.len(), 1);
        assert_eq!(catalog.diagnostics.len(), 1);
        assert_eq!(catalog.diagnostics[0].message, "there are two rules \"x-y\"");
        let place = catalog.diagnostics[0].notes[0].span.file;
        assert_eq!(catalog.sources.path(place), "policies/x/y.hcl");
    }

    #[test]
    fn a_view_that_stands_on_itself_is_a_mistake() {
        let views = "view \"x.a\" {\n  description = \"A.\"\n  from \"x.b\" {\n    value = self\n  }\n}\n\
                     view \"x.b\" {\n  description = \"B.\"\n  from \"x.a\" \"x_thing\" {\n    value = self\n  }\n}\n";
        let mut catalog = Catalog::default();
        catalog.load(&[("views.hcl", views)], Part::Check);
        let messages: Vec<&str> = catalog.diagnostics.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(messages, ["view \"x.a\" stands on itself", "view \"x.b\" stands on itself"]);
        assert!(catalog.views.is_empty());
    }

    #[test]
    fn only_rules_that_match_something_that_occurs_are_loaded() {
        let names = |kinds: &[&str]| {
            let kinds: Vec<EcoString> = kinds.iter().map(|k| (*k).into()).collect();
            let catalog = Catalog::builtin_for(&kinds);
            assert!(!catalog.criteria.is_empty());
            catalog.rules.iter().map(|r| r.id.to_string()).collect::<Vec<_>>()
        };
        assert!(names(&["aws_db_instance"]).contains(&"aws-rds-storage-encrypted".to_string()));
        assert!(!names(&["aws_vpc"]).contains(&"aws-rds-storage-encrypted".to_string()));
    }

    #[test]
    fn a_file_that_does_not_parse_is_a_mistake_in_it() {
        let mut catalog = Catalog::default();
        catalog.load(&[("x/y.hcl", "rule \"x-y\" {\n  title = = 1\n}\n")], Part::Check);
        assert_eq!(catalog.diagnostics.len(), 1);
        assert_eq!(catalog.diagnostics[0].kind, crate::source::DiagnosticKind::Configuration);
    }
}
