//! Expressions over variables, in `condition: state: ...` of a step and in the conditions of triggers:
//! `BITBUCKET_BRANCH == "main" && (DEPLOY == true || glob(BITBUCKET_TAG, "v*"))`.
//!
//! Only the variables that Bitbucket sets from the branch, the tag or the pull request say when something runs; what
//! else is compared is not known before.

use ecow::{EcoString, eco_format};

use crate::{
    lower::ci::{Condition, Event, Pattern, Test},
    value::Origins,
};

/// How deep an expression may be; nobody writes one as deep.
const MAX_DEPTH: usize = 60;

/// An expression as a condition; one that cannot be read is not known.
pub fn read(text: &str, origins: &Origins) -> Condition {
    let tokens = tokens(text);
    let mut reader = Reader { tokens: &tokens, at: 0, origins };
    match reader.any(0) {
        Some(condition) if reader.at == tokens.len() => condition,
        _ => Condition::at(Test::Unknown(eco_format!("`{}`", text.trim())), origins.clone()),
    }
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(EcoString),
    Sign(&'static str),
}

const SIGNS: [&str; 12] = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "(", ")", ",", "!"];

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let taken = if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            out.push(Token::Sign(sign));
            sign.len()
        } else if matches!(c, '"' | '\'') {
            let end = rest[1..].find(c).map_or(rest.len(), |i| i + 1);
            out.push(Token::Word(rest[1..end].into()));
            (end + 1).min(rest.len())
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "()=!<>&|,\"'".contains(c)).unwrap_or(rest.len());
            // A sign alone that means nothing: the expression is not read then.
            let end = if end == 0 { c.len_utf8() } else { end };
            out.push(Token::Word(rest[..end].into()));
            end
        };
        rest = rest[taken..].trim_start();
    }
    out
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    origins: &'a Origins,
}

impl Reader<'_> {
    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> Option<EcoString> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else { return None };
        self.at += 1;
        Some(word.clone())
    }

    fn any(&mut self, depth: usize) -> Option<Condition> {
        let mut parts = vec![self.all(depth)?];
        while self.sign("||") {
            parts.push(self.all(depth)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Condition::any(parts) })
    }

    fn all(&mut self, depth: usize) -> Option<Condition> {
        let mut parts = vec![self.one(depth)?];
        while self.sign("&&") {
            parts.push(self.one(depth)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Condition::all(parts) })
    }

    fn one(&mut self, depth: usize) -> Option<Condition> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.sign("!") {
            return Some(self.one(depth + 1)?.not());
        }
        if self.sign("(") {
            let inner = self.any(depth + 1)?;
            return self.sign(")").then_some(inner);
        }
        let left = self.word()?;
        if left == "glob" && self.sign("(") {
            let name = self.word()?;
            let pattern = self.sign(",").then(|| self.word())??;
            return self.sign(")").then(|| self.compared(&name, super::pattern(&pattern), &pattern));
        }
        let sign = ["==", "!=", "<=", ">=", "<", ">"].into_iter().find(|sign| self.sign(sign))?;
        let right = self.word()?;
        match sign {
            "==" => Some(self.compared(&left, Pattern::Exact(right.clone()), &right)),
            "!=" => Some(self.compared(&left, Pattern::Exact(right.clone()), &right).not()),
            _ => Some(self.unknown(eco_format!("`{left} {sign} {right}`"))),
        }
    }

    fn unknown(&self, text: EcoString) -> Condition {
        Condition::at(Test::Unknown(text), self.origins.clone())
    }

    /// Whether a variable has a value that a pattern means.
    fn compared(&self, name: &str, pattern: Pattern, text: &str) -> Condition {
        let at = |test: Test| Condition::at(test, self.origins.clone());
        let unknown = || self.unknown(eco_format!("`{name}` is `{text}`"));
        let is_empty = pattern.matches("") == Some(true);
        let named = |test: fn(Pattern) -> Test| {
            let own = at(test(pattern.clone()));
            let nothing = at(test(Pattern::any())).not();
            if is_empty { Condition::any([own, nothing]) } else { own }
        };
        match name {
            // Of a pull request it is the branch that is to be merged, which may be any.
            "BITBUCKET_BRANCH" => {
                let of_pull_request = at(Test::Event(vec![Event::PullRequest]));
                Condition::any([
                    Condition::all([of_pull_request.clone().not(), named(Test::Branch)]),
                    Condition::all([of_pull_request, unknown()]),
                ])
            }
            "BITBUCKET_TAG" => named(Test::Tag),
            "BITBUCKET_PR_DESTINATION_BRANCH" => named(Test::TargetBranch),
            _ => unknown(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lower::ci::situation::SITUATIONS, value::Truth};

    /// The situations in which an expression holds, and behind `?` those in which it may.
    fn asked(text: &str) -> String {
        let condition = read(text, &Origins::none());
        let holds = |worlds: &[_]| Truth::any(worlds.iter().map(|world| condition.holds(world)));
        let names = ["push_default", "push_release", "push_other", "tag", "pull_request"];
        let of = |wanted: fn(&Truth) -> bool| {
            let found = SITUATIONS.iter().filter(|(name, worlds)| names.contains(name) && wanted(&holds(worlds)));
            found.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
        };
        let perhaps = of(|truth| matches!(truth, Truth::Unknown(..)));
        let certain = of(|truth| matches!(truth, Truth::True(_)));
        if perhaps.is_empty() { certain } else { format!("{certain} ? {perhaps}") }
    }

    #[test]
    fn branches_tags_and_targets_decide() {
        assert_eq!(asked("BITBUCKET_BRANCH == main"), "push_default ? pull_request");
        assert_eq!(
            asked("BITBUCKET_BRANCH == \"main\" || glob(BITBUCKET_TAG, 'v*')"),
            "push_default tag ? pull_request"
        );
        assert_eq!(asked("(glob(BITBUCKET_BRANCH, \"release/**\"))"), "push_release ? pull_request");
        assert_eq!(asked("BITBUCKET_TAG == ''"), "push_default push_release push_other pull_request");
        assert_eq!(asked("BITBUCKET_PR_DESTINATION_BRANCH == main"), "pull_request");
        assert_eq!(
            asked("!(BITBUCKET_TAG != \"\" || glob(BITBUCKET_BRANCH, \"{main,release/*}\"))"),
            "push_release push_other ? pull_request"
        );
    }

    #[test]
    fn other_variables_and_what_cannot_be_read_are_not_known() {
        let all = " ? push_default push_release push_other tag pull_request";
        for text in [
            "DEPLOY == true",
            "COUNT > 3",
            "",
            "BITBUCKET_BRANCH",
            "glob(BITBUCKET_BRANCH",
            "(((",
            "a == b c",
            "= =",
            "$X == 'é",
        ] {
            assert_eq!(asked(text), all, "{text}");
        }
        assert_eq!(asked("BITBUCKET_TAG != '' && DEPLOY == true"), " ? tag");
    }
}
