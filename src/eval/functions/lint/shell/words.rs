//! What a command's words say: what it really runs, and whether it begins with certain words.

use foldhash::HashMap;

/// What only wraps another command: its words, the options of it that take a value, and how many
/// words of its own follow the options.
const WRAPPERS: &[(&str, &[&str], usize)] = &[
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-T", "-U", "--user", "--group"], 0),
    ("doas", &["-u", "-C"], 0),
    ("time", &["-f", "-o"], 0),
    ("exec", &["-a"], 0),
    ("command", &[], 0),
    ("builtin", &[], 0),
    ("nohup", &[], 0),
    ("nice", &["-n"], 0),
    ("ionice", &["-c", "-n"], 0),
    ("env", &["-u", "-C", "-S"], 0),
    ("xargs", &["-n", "-P", "-I", "-L", "-s", "-d", "-a", "-E", "-i"], 0),
    ("timeout", &["-k", "-s", "--signal", "--kill-after"], 1),
    ("stdbuf", &["-i", "-o", "-e"], 0),
    ("unbuffer", &[], 0),
    ("npx", &["-p", "--package"], 0),
    ("bunx", &[], 0),
    ("pnpx", &[], 0),
    ("npm exec", &[], 0),
    ("pnpm exec", &[], 0),
    ("pnpm dlx", &[], 0),
    ("yarn dlx", &[], 0),
    ("yarn exec", &[], 0),
    ("bundle exec", &[], 0),
    ("poetry run", &[], 0),
    ("pipenv run", &[], 0),
    ("pipx run", &[], 0),
    ("uv run", &["--with", "--python", "-p"], 0),
    ("mise exec", &[], 0),
    ("direnv exec", &[], 1),
    ("aws-vault exec", &["--duration", "-d"], 1),
    ("chamber exec", &[], 1),
    ("doppler run", &["-p", "-c", "--project", "--config"], 0),
    ("infisical run", &["--env", "--path"], 0),
    ("op run", &["--env-file"], 0),
];

const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ksh", "ash"];

/// Stands for a hole of the text; the hole's number is added to it.
pub(super) const HOLE: u32 = 0xf_0000;
const MOST_HOLES: u32 = 0xfffd;

/// The character that stands for a hole, if there are not too many.
pub(super) fn hole_char(number: usize) -> Option<char> {
    u32::try_from(number).ok().filter(|n| *n < MOST_HOLES).and_then(|n| char::from_u32(HOLE + n))
}

/// The number of the hole that a character stands for.
pub(super) fn hole_number(c: char) -> Option<usize> {
    u32::from(c).checked_sub(HOLE).filter(|n| *n < MOST_HOLES).map(|n| n as usize)
}

/// Whether a word is a hole and nothing else.
pub(super) fn is_hole(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| hole_number(c).is_some())
}

/// A command without what only wraps it, or a script that it hands to a shell.
pub(super) enum Unwrapped<'a> {
    Command(&'a [String]),
    Script(String),
}

/// Takes off assignments, `sudo` and the like.
pub(super) fn unwrap(mut words: &[String]) -> Unwrapped<'_> {
    loop {
        while words.first().is_some_and(|w| is_assignment(w)) {
            words = &words[1..];
        }
        let Some((first, rest)) = words.split_first() else { return Unwrapped::Command(words) };
        let name = base_name(first);
        if SHELLS.contains(&name) {
            let script = rest.iter().position(|w| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c'));
            let only_options = |at: usize| rest[..at].iter().all(|w| w.starts_with('-') || w == "pipefail");
            return match script.filter(|at| only_options(*at)).and_then(|at| rest.get(at + 1)) {
                Some(script) => Unwrapped::Script(script.clone()),
                None => Unwrapped::Command(words),
            };
        }
        if name == "eval" {
            return Unwrapped::Script(rest.join(" "));
        }
        // `command -v terraform` asks whether there is one.
        if name == "command" && rest.first().is_some_and(|w| w == "-v" || w == "-V") {
            return Unwrapped::Command(words);
        }
        match WRAPPERS.iter().find_map(|wrapper| behind(words, wrapper)) {
            Some(inner) if !inner.is_empty() => words = inner,
            _ => return Unwrapped::Command(words),
        }
    }
}

/// The words behind a wrapper, if the command begins with it.
fn behind<'a>(words: &'a [String], (name, valued, own): &(&str, &[&str], usize)) -> Option<&'a [String]> {
    if words.first().is_none_or(|first| !name.starts_with(base_name(first))) {
        return None;
    }
    let name: Vec<&str> = name.split(' ').collect();
    let matches = words.len() >= name.len()
        && base_name(&words[0]) == name[0]
        && words[1..].iter().zip(&name[1..]).all(|(word, wanted)| word == wanted);
    if !matches {
        return None;
    }
    let mut rest = &words[name.len()..];
    let (mut own, mut ended) = (*own, false);
    while let Some((word, behind)) = rest.split_first() {
        match word.as_str() {
            "--" if !ended => ended = true,
            option if !ended && option.starts_with('-') => {
                if valued.contains(&option) && !behind.is_empty() {
                    rest = &behind[1..];
                    continue;
                }
            }
            // A wrapper with words of its own often ends them with `--`.
            _ if own > 0 => {
                own -= 1;
                if let Some(at) = behind.iter().position(|w| w == "--")
                    && behind[..at].iter().all(|w| w.starts_with('-'))
                {
                    return Some(&behind[at + 1..]);
                }
            }
            _ => break,
        }
        rest = behind;
    }
    Some(rest)
}

fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    let name = name.strip_suffix('+').unwrap_or(name);
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn base_name(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Whether a command begins with certain words: yes, no, or that depends on what is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Begins {
    Yes,
    No,
    Perhaps,
}

/// Which patterns begin with which word, so that a command need not be compared with all.
pub(super) struct Index {
    by_word: HashMap<&'static str, Vec<usize>>,
    all: usize,
}

impl Index {
    /// Of patterns that begin with the name of a program, or with several, `a|b`.
    pub(super) fn new(patterns: impl Iterator<Item = &'static str>) -> Self {
        let mut index = Self { by_word: HashMap::default(), all: 0 };
        for pattern in patterns {
            for word in pattern.split(' ').next().unwrap_or_default().split('|') {
                index.by_word.entry(word).or_default().push(index.all);
            }
            index.all += 1;
        }
        index
    }

    /// The patterns that a command may begin with, in their order.
    pub(super) fn of(&self, words: &[String]) -> impl Iterator<Item = usize> {
        let (some, all) = match words.first() {
            None => (&[][..], 0),
            Some(first) if first.is_ascii() => (self.by_word.get(base_name(first)).map_or(&[][..], Vec::as_slice), 0),
            // Something that is not known may be any word.
            Some(_) => (&[][..], self.all),
        };
        some.iter().copied().chain(0..all)
    }
}

/// Compares a command with a pattern of words, `a|b` for either; options between them do not count.
pub(super) fn begins(words: &[String], pattern: &str) -> Begins {
    // Nearly no command is any of those that somebody looks for, and the first word says so.
    match words.first() {
        None => return Begins::No,
        Some(first) if first.is_ascii() && !pattern.starts_with('*') && !pattern.contains(base_name(first)) => {
            return Begins::No;
        }
        Some(_) => {}
    }
    let mut perhaps = false;
    let mut rest = words.iter();
    for (i, wanted) in pattern.split_whitespace().enumerate() {
        let mut behind_option = false;
        loop {
            // Text that is not known may be several words.
            let Some(word) = rest.next() else { return if perhaps { Begins::Perhaps } else { Begins::No } };
            if i > 0 && word.starts_with('-') {
                behind_option = !word.contains('=');
                continue;
            }
            // A path in the pattern is meant as a path.
            let compared = if i == 0 && !wanted.contains('/') { base_name(word) } else { word };
            if wanted.split('|').any(|w| w == compared || w == "*") {
                break;
            }
            // A variable of the script may hold a subcommand. What the command itself is then, nobody knows.
            if wanted.split('|').any(|w| may_equal(compared, w)) || i > 0 && word.starts_with('$') {
                perhaps = true;
                break;
            }
            // It may be the value of the option in front of it.
            if !std::mem::take(&mut behind_option) {
                return Begins::No;
            }
        }
    }
    if perhaps { Begins::Perhaps } else { Begins::Yes }
}

/// Whether a word with holes could be this one.
fn may_equal(word: &str, wanted: &str) -> bool {
    if !word.chars().any(|c| hole_number(c).is_some()) {
        return false;
    }
    let pieces: Vec<&str> = word.split(|c| hole_number(c).is_some()).collect();
    let (first, last) = (pieces[0], pieces[pieces.len() - 1]);
    wanted.len() >= first.len() + last.len() && wanted.starts_with(first) && wanted.ends_with(last)
}

/// Whether a command has a flag; `-x`, `--x` and `--x=...` are one, `--x=false` is none.
pub(super) fn flag(words: &[String], wanted: &str) -> Begins {
    let wanted = flag_name(wanted);
    let mut answer = Begins::No;
    let mut behind_option = false;
    for word in words {
        if word == "--" {
            break;
        }
        if word.starts_with('-') {
            let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(n, v)| (n, Some(v)));
            if flag_name(name) == wanted {
                match value {
                    Some("false" | "0" | "no" | "none") => {}
                    Some(value) if value.chars().any(|c| hole_number(c).is_some()) || value.starts_with('$') => {
                        answer = Begins::Perhaps;
                    }
                    _ => return Begins::Yes,
                }
            }
            behind_option = value.is_none();
            continue;
        }
        // What is filled in may be flags; behind an option it is more likely the option's value.
        if !behind_option && (is_hole(word) || holds_arguments(word)) {
            answer = Begins::Perhaps;
        }
        behind_option = false;
    }
    answer
}

/// `-auto-approve` is `--auto-approve`, but `-y` is not `--y`.
fn flag_name(flag: &str) -> &str {
    match flag.strip_prefix("--") {
        Some(name) => name,
        None if flag.chars().count() > 2 => flag.strip_prefix('-').unwrap_or(flag),
        None => flag,
    }
}

/// Whether a variable of the script is named for holding arguments: `$TF_ARGS`, `${EXTRA_FLAGS[@]}`.
fn holds_arguments(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    word.starts_with('$')
        && (["ARG", "FLAG", "OPT", "PARAM"].iter().any(|part| upper.contains(part)) || matches!(word, "$@" | "$*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(command: &str) -> Vec<String> {
        command.split(' ').map(String::from).collect()
    }

    fn inner(command: &str) -> String {
        match unwrap(&split(command)) {
            Unwrapped::Command(words) => words.join(" "),
            Unwrapped::Script(script) => format!("script: {script}"),
        }
    }

    #[test]
    fn what_wraps_a_command_is_taken_off() {
        for command in [
            "A=b C=d terraform apply",
            "sudo -u root -E terraform apply",
            "sudo env A=b nice -n 5 terraform apply",
            "timeout -k 5 10m terraform apply",
            "aws-vault exec prod --no-session -- terraform apply",
            "aws-vault exec prod terraform apply",
            "xargs -n 1 terraform apply",
            "npx --yes terraform apply",
            "op run --env-file=x -- terraform apply",
        ] {
            assert_eq!(inner(command), "terraform apply", "{command}");
        }
        assert_eq!(inner("command -v terraform"), "command -v terraform");
        assert_eq!(inner("bash -ec terraform"), "script: terraform");
        assert_eq!(inner("bash deploy.sh -c x"), "bash deploy.sh -c x");
        assert_eq!(inner("eval a b"), "script: a b");
        assert_eq!(inner("A=b"), "");
        assert_eq!(inner("sudo"), "sudo");
    }

    #[test]
    fn options_between_the_words_do_not_count() {
        let of = |command: &str, pattern: &str| begins(&split(command), pattern);
        assert_eq!(of("terraform -chdir=x apply", "terraform apply"), Begins::Yes);
        assert_eq!(of("kubectl -n prod apply -f x", "kubectl apply|replace"), Begins::Yes);
        assert_eq!(of("/usr/bin/terraform.exe apply", "terraform apply"), Begins::Yes);
        assert_eq!(of("terraform plan apply", "terraform apply"), Begins::No);
        assert_eq!(of("terraform", "terraform apply"), Begins::No);
        assert_eq!(of("./deploy.sh x", "./deploy.sh"), Begins::Yes);
        assert_eq!(of("terraform $ACTION", "terraform apply"), Begins::Perhaps);
        assert_eq!(of("$TF apply", "terraform apply"), Begins::No);
        let hole = hole_char(0).unwrap();
        assert_eq!(of(&format!("terraform {hole}"), "terraform apply"), Begins::Perhaps);
        assert_eq!(of(&format!("terraform pl{hole}"), "terraform apply"), Begins::No);
        assert_eq!(of(&hole.to_string(), "terraform"), Begins::Perhaps);
    }

    #[test]
    fn flags_are_found_however_they_are_written() {
        let of = |command: &str, wanted: &str| flag(&split(command), wanted);
        assert_eq!(of("terraform apply -auto-approve", "-auto-approve"), Begins::Yes);
        assert_eq!(of("terraform apply --auto-approve=true", "-auto-approve"), Begins::Yes);
        assert_eq!(of("terraform apply -auto-approve=false", "-auto-approve"), Begins::No);
        assert_eq!(of("terraform apply plan.out", "-auto-approve"), Begins::No);
        assert_eq!(of("pulumi up -y", "-y"), Begins::Yes);
        assert_eq!(of("x -- --force", "--force"), Begins::No);
        assert_eq!(of("terraform apply $TF_ARGS", "-auto-approve"), Begins::Perhaps);
        assert_eq!(of("terraform apply $PLAN", "-auto-approve"), Begins::No);
        let hole = hole_char(3).unwrap();
        assert_eq!(of(&format!("terraform apply {hole}"), "-auto-approve"), Begins::Perhaps);
        assert_eq!(of(&format!("kubectl apply -f {hole}"), "--force"), Begins::No);
    }
}
