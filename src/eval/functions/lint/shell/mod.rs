//! Questions about shell scripts, as pipelines write them.
//!
//! A script is read as the shell reads it, not matched as text: a command in a comment, in quotes or
//! in a here-document is none, and `sudo`, `env` and the like do not hide one.

mod deploy;
mod lex;
mod scan;
mod words;

use std::{cell::RefCell, rc::Rc};

use foldhash::HashMap;

use super::texts::{any, decided, flattened, not_known};
use crate::{
    eval::{
        EvalError,
        functions::{Call, convert},
    },
    value::{Hole, List, ListKind, Part, Repr, Text, Truth, Value, Why, WhyKind},
};
use words::{Begins, Unwrapped, hole_char, hole_number};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// Scripts that commands hand to shells are followed this deep.
const MAX_DEPTH: usize = 4;

/// A script whose holes are single characters, and the holes.
struct Script {
    text: String,
    holes: Vec<Hole>,
}

impl Script {
    fn of(text: &Text) -> Self {
        let mut script = Self { text: String::new(), holes: Vec::new() };
        for part in text.parts() {
            match part {
                Part::Known(known) => script.text.push_str(&known),
                Part::Hole(hole) => match hole_char(script.holes.len()) {
                    Some(c) => {
                        script.text.push(c);
                        script.holes.push(hole);
                    }
                    None => script.text.push_str(&hole.written),
                },
            }
        }
        script
    }

    /// Its commands without what only wraps them, and those that it hands to other shells.
    ///
    /// Many rules ask about the same few scripts, so what was read is kept.
    fn commands(&self) -> Rc<Vec<Vec<String>>> {
        const KEPT: usize = 1 << 10;
        const LONGEST: usize = 1 << 14;
        thread_local! {
            static READ: RefCell<HashMap<String, Rc<Vec<Vec<String>>>>> = RefCell::default();
        }
        if let Some(known) = READ.with_borrow(|read| read.get(&self.text).cloned()) {
            return known;
        }
        let mut commands = Vec::new();
        unwrapped(&self.text, 0, &mut commands);
        let commands = Rc::new(commands);
        if self.text.len() <= LONGEST {
            READ.with_borrow_mut(|read| {
                if read.len() >= KEPT {
                    read.clear();
                }
                read.insert(self.text.clone(), commands.clone());
            });
        }
        commands
    }

    /// Those of its commands that may be one that is asked for.
    ///
    /// A program whose name is filled in (`${{ manager }} install`) is taken for none: it is a choice of package managers
    /// or the like, and would be everything at once. A script that is filled in as a whole may be anything.
    fn candidates(&self, mut ask: impl FnMut(&[String])) {
        let whole = words::is_hole(self.text.trim());
        for command in self.commands().iter() {
            if whole || !command.first().is_some_and(|program| words::is_hole(program)) {
                ask(command);
            }
        }
    }

    /// A word with its holes as what they are.
    fn word(&self, word: &str, place: &Value) -> Value {
        let mut parts = Vec::new();
        let mut known = String::new();
        for c in word.chars() {
            match hole_number(c).and_then(|number| self.holes.get(number)) {
                Some(hole) => {
                    parts.push(Part::Known(std::mem::take(&mut known).into()));
                    parts.push(Part::Hole(hole.clone()));
                }
                None => known.push(c),
            }
        }
        parts.push(Part::Known(known.into()));
        Value::from(Repr::String(Text::from_parts(parts))).with_origins(place.origins.clone())
    }

    fn command(&self, words: &[String], place: &Value) -> Value {
        Value::tuple(words.iter().map(|w| self.word(w, place)).collect()).with_origins(place.origins.clone())
    }
}

/// The commands of a script, without what only wraps them, as words. An expression in it is a character that
/// stands for nothing else.
pub fn shell_commands(text: &Text) -> Vec<Vec<String>> {
    Script::of(text).commands().to_vec()
}

fn unwrapped(script: &str, depth: usize, out: &mut Vec<Vec<String>>) {
    for words in lex::commands(script) {
        match words::unwrap(&words) {
            Unwrapped::Command([]) => {}
            Unwrapped::Command(inner) => out.push(inner.to_vec()),
            Unwrapped::Script(inner) if depth < MAX_DEPTH => unwrapped(&inner, depth + 1, out),
            Unwrapped::Script(_) => out.push(words),
        }
    }
}

/// The script of an argument that is a text; none for null. A list of lines is the caller's matter.
fn script(call: &Call<'_>, value: &Value) -> Result<Option<Script>> {
    if value.is_null() {
        return Ok(None);
    }
    match convert::text_of(value) {
        Some(text) => Ok(Some(Script::of(&text))),
        None => Err(call.wrong(0, "a script")),
    }
}

/// The commands for which `keep` does not say no, certain ones and possible ones.
fn select(call: &Call<'_>, keep: impl Fn(&[String]) -> Begins) -> Result {
    let value = &call.args[0];
    let (lines, doubt) = flattened(std::slice::from_ref(value));
    let mut list = List { open: doubt, ..List::of(ListKind::Tuple, Vec::new()) };
    for line in lines {
        if line.is_unknown() {
            list.open.get_or_insert(why_of(line));
            continue;
        }
        let Some(script) = script(call, line)? else { continue };
        script.candidates(|words| match keep(words) {
            Begins::Yes => list.items.push(script.command(words, line)),
            Begins::Perhaps => list.maybe.push(script.command(words, line)),
            Begins::No => {}
        });
    }
    if value.is_unknown() {
        return Ok(Value::unknown(why_of(value)).with_origins(value.origins.clone()));
    }
    Ok(Value::list(list).with_origins(value.origins.clone()))
}

fn why_of(value: &Value) -> Why {
    value.first_unknown().unwrap_or_else(|| Why::new(WhyKind::Repeated, ""))
}

pub(super) fn commands(call: &Call<'_>) -> Result {
    select(call, |_| Begins::Yes)
}

pub(super) fn deploy_commands(call: &Call<'_>) -> Result {
    select(call, deploy::deploys)
}

pub(super) fn scan_commands(call: &Call<'_>) -> Result {
    let (kinds, _) = flattened(&call.args[1..]);
    let kinds: Vec<&str> = kinds.into_iter().filter_map(Value::as_str).collect();
    if let Some(kind) = kinds.iter().find(|kind| !scan::KINDS.contains(kind)) {
        return Err(call.fault(1, format!("there are no scans of `{kind}`, only of {}", scan::KINDS.join(", "))));
    }
    select(call, |words| scan::scans(words, &kinds))
}

pub(super) fn runs(call: &Call<'_>) -> Result {
    let (patterns, _) = flattened(&call.args[1..]);
    let mut wanted = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        wanted.push(pattern.as_str().ok_or_else(|| call.fault(1, "a command is a string"))?);
    }
    any(&call.args[0], &|value| {
        if value.is_unknown() {
            return Ok(not_known(value));
        }
        let Some(script) = script(call, value)? else { return Ok(decided(Some(false), value)) };
        let (mut certain, mut perhaps) = (false, false);
        script.candidates(|words| {
            for pattern in &wanted {
                match words::begins(words, pattern) {
                    Begins::Yes => certain = true,
                    Begins::Perhaps => perhaps = true,
                    Begins::No => {}
                }
            }
        });
        if certain {
            return Ok(decided(Some(true), value));
        }
        Ok(if perhaps { unsure(value, "a command of this script") } else { decided(Some(false), value) })
    })
    .map(Truth::into_value)
}

pub(super) fn has_flag(call: &Call<'_>) -> Result {
    let command = &call.args[0];
    let words: Vec<String> = match &command.repr {
        Repr::Null => return Ok(decided(Some(false), command).into_value()),
        Repr::Unknown(_) => return Ok(not_known(command).into_value()),
        Repr::List(list) => {
            let mut words = Vec::with_capacity(list.items.len());
            for item in &list.items {
                words.push(match convert::text_of(item) {
                    Some(text) => marked(&text),
                    None if item.is_unknown() => hole_char(0).map(String::from).unwrap_or_default(),
                    None => return Err(call.wrong(0, "a command")),
                });
            }
            words
        }
        _ => match script(call, command)? {
            Some(script) => script.commands().iter().flatten().cloned().collect(),
            None => Vec::new(),
        },
    };
    let (flags, _) = flattened(&call.args[1..]);
    let mut perhaps = command.as_list().is_some_and(|l| !l.is_whole());
    for wanted in flags {
        let wanted = wanted.as_str().ok_or_else(|| call.fault(1, "a flag is a string"))?;
        match words::flag(&words, wanted) {
            Begins::Yes => return Ok(decided(Some(true), command).into_value()),
            Begins::Perhaps => perhaps = true,
            Begins::No => {}
        }
    }
    let truth = if perhaps { unsure(command, "the arguments of this command") } else { decided(Some(false), command) };
    Ok(truth.into_value())
}

/// The text with each hole as a character.
fn marked(text: &Text) -> String {
    Script::of(text).text
}

/// "Not known", also where the reason is a variable of the script itself.
fn unsure(value: &Value, what: &str) -> Truth {
    if value.first_unknown().is_some() {
        return not_known(value);
    }
    let why = Why::new(WhyKind::NotEvaluated, format!("a shell variable in {what}"));
    Truth::Unknown(vec![why], value.origins.clone())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, ask, at, holed, place, s, strings, unknown};
    use super::*;
    use crate::eval::functions::json::encode;

    fn list(name: &str, script: Value) -> String {
        encode(&ask(name, &[script]).unwrap()).written().to_string()
    }

    #[test]
    fn a_script_is_a_list_of_commands() {
        assert_eq!(
            list("commands", s("set -e\nsudo A=1 terraform apply # now\nbash -c 'x; y'")),
            r#"[["set","-e"],["terraform","apply"],["x"],["y"]]"#
        );
        assert_eq!(list("commands", strings(&["a b", "c"])), r#"[["a","b"],["c"]]"#);
        assert_eq!(list("commands", Value::null()), "[]");
        assert!(ask("commands", &[unknown("x")]).unwrap().is_unknown());
        assert!(ask("commands", &[Value::object([])]).unwrap_err().shape);
        assert_eq!(
            list("commands", holed(&["helm upgrade ", "?a", "-", "?b", " x"])),
            r#"[["helm","upgrade","${var.a}-${var.b}","x"]]"#
        );
    }

    #[test]
    fn runs_asks_for_the_first_words_of_a_command() {
        let runs = |script: Value| answer("runs", &[script, s("terraform apply"), s("tofu apply")]);
        assert_eq!(runs(s("cd x && terraform -chdir=y apply")), "yes");
        assert_eq!(runs(s("echo terraform apply")), "no");
        assert_eq!(runs(s("# terraform apply")), "no");
        assert_eq!(runs(s("cat <<EOF\nterraform apply\nEOF")), "no");
        assert_eq!(runs(Value::null()), "no");
        assert_eq!(runs(unknown("x")), "unknown");
        assert_eq!(runs(holed(&["terraform ", "?action"])), "unknown");
        assert_eq!(runs(holed(&["terraform apply -var=x=", "?x"])), "yes");
        assert_eq!(runs(holed(&["echo ", "?x"])), "no");
        assert_eq!(runs(s("terraform $ACTION")), "unknown");
        let lines = Value::tuple(vec![at(s("a"), 1), at(s("tofu apply"), 2)]);
        assert_eq!(ask("runs", &[lines, s("tofu apply")]).unwrap().origins, place(2));
    }

    #[test]
    fn flags_are_asked_of_a_command() {
        let script =
            ask("commands", &[holed(&["terraform apply -auto-approve", "\nterraform apply ", "?args"])]).unwrap();
        let commands = &script.as_list().unwrap().items;
        assert_eq!(answer("has_flag", &[commands[0].clone(), s("-auto-approve")]), "yes");
        assert_eq!(answer("has_flag", &[commands[0].clone(), s("-y"), s("--yes")]), "no");
        assert_eq!(answer("has_flag", &[commands[1].clone(), s("-auto-approve")]), "unknown");
        assert_eq!(answer("has_flag", &[s("pulumi up --yes"), s("--yes")]), "yes");
        assert_eq!(answer("has_flag", &[Value::null(), s("--yes")]), "no");
        assert_eq!(answer("has_flag", &[unknown("x"), s("--yes")]), "unknown");
    }

    #[test]
    fn deploying_commands_are_picked_out() {
        let script =
            "terraform plan -out=p\nterraform apply p\nkubectl apply --dry-run=client -f x | tee y\nhelm upgrade app .";
        assert_eq!(list("deploy_commands", s(script)), r#"[["terraform","apply","p"],["helm","upgrade","app","."]]"#);
        let value = ask("deploy_commands", &[holed(&["terraform ", "?action"])]).unwrap();
        let found = value.as_list().unwrap();
        assert_eq!((found.items.len(), found.maybe.len()), (0, 1));
        assert_eq!(list("deploy_commands", s("make test")), "[]");
        assert!(ask("deploy_commands", &[unknown("x")]).unwrap().is_unknown());
        let lines = ask("deploy_commands", &[Value::tuple(vec![unknown("x"), s("helm upgrade a b")])]).unwrap();
        assert!(lines.as_list().unwrap().open.is_some());
        assert_eq!(lines.as_list().unwrap().items.len(), 1);
    }
}
