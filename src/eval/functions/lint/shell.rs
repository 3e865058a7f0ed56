//! Shell scripts as lists of commands, and which of those deploy.
//!
//! A script is split the way a shell splits it: quotes, comments, line continuations, operators and
//! here-documents. It is not run: variables stay as they are written, and a script that another
//! script calls is not looked into.

use super::texts::not_known;
use crate::{
    eval::{EvalError, functions::{Call, convert}},
    value::{List, ListKind, Origins, Repr, Text, Truth, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// What deploys: the words that a command begins with. Options between them do not count.
const DEPLOY: [&str; 55] = [
    "terraform apply", "terraform destroy", "tofu apply", "tofu destroy", "terragrunt apply", "terragrunt destroy",
    "terragrunt run-all apply", "terragrunt run apply", "pulumi up", "pulumi destroy", "cdk deploy", "sam deploy",
    "serverless deploy", "sls deploy", "aws cloudformation deploy", "aws cloudformation create-stack",
    "aws cloudformation update-stack", "kubectl apply", "kubectl create", "kubectl replace", "kubectl set image",
    "kubectl rollout restart", "helm upgrade", "helm install", "helmfile apply", "helmfile sync", "argocd app sync",
    "flux reconcile", "aws ecs update-service", "aws lambda update-function-code", "aws deploy create-deployment",
    "az webapp deploy", "az webapp up", "az webapp deployment", "az functionapp deploy", "az functionapp deployment",
    "az containerapp up", "az containerapp update", "az deployment group create", "az deployment sub create",
    "gcloud run deploy", "gcloud app deploy", "gcloud functions deploy", "eb deploy", "flyctl deploy", "fly deploy",
    "heroku container:release", "vercel --prod", "netlify deploy --prod", "wrangler deploy", "wrangler publish",
    "firebase deploy", "ecs-cli compose up", "copilot deploy", "npx cdk deploy",
];

/// What takes a command out of those: it only shows what it would do.
const DRY: [&str; 8] = ["--dry-run", "--dry-run=client", "--dry-run=server", "--dryrun", "--check", "--noop", "-help", "--help"];

/// Words in front of a command that are not the command.
const IN_FRONT: [&str; 16] = [
    "sudo", "exec", "time", "env", "nohup", "command", "then", "do", "else", "if", "elif", "while", "until", "!", "{", "(",
];

/// `commands(script)`
pub(super) fn commands(call: &Call<'_>) -> Result {
    Ok(match script(call)? {
        Script::Known(text) => listed(&split(&text), call),
        Script::Unknown(why) => open(why, call),
    })
}

/// `deploy_commands(script)`
pub(super) fn deploy_commands(call: &Call<'_>) -> Result {
    Ok(match script(call)? {
        Script::Known(text) => {
            let mut found = split(&text);
            found.retain(|words| DEPLOY.iter().any(|verb| begins(words, verb)) && !words.iter().any(|w| DRY.contains(&w.as_str())));
            listed(&found, call)
        }
        Script::Unknown(why) => open(why, call),
    })
}

/// `runs(script, command...)`
pub(super) fn runs(call: &Call<'_>) -> Result {
    let Script::Known(text) = script(call)? else { return Ok(not_known(&call.args[0]).into_value()) };
    let mut wanted = Vec::new();
    for index in 1..call.args.len() {
        wanted.push(call.string(index)?);
    }
    let commands = split(&text);
    let found = commands.iter().any(|words| wanted.iter().any(|w| begins(words, w)));
    let hidden = commands.iter().any(|words| words.first().is_some_and(|w| w.starts_with("${{")));
    if !found && hidden {
        return Ok(not_known(&call.args[0]).into_value());
    }
    Ok(Truth::of(found).at(call.args[0].origins.clone()).into_value())
}

/// `has_flag(command, flag...)`
pub(super) fn has_flag(call: &Call<'_>) -> Result {
    let Some(command) = call.args.first().and_then(Value::as_list) else {
        return Ok(Truth::of(false).into_value());
    };
    let mut found = false;
    for index in 1..call.args.len() {
        let flag = call.string(index)?;
        let flag = flag.trim_start_matches('-');
        found |= command.items.iter().filter_map(Value::as_str).any(|word| {
            let Some(rest) = word.strip_prefix('-') else { return false };
            let rest = rest.trim_start_matches('-');
            match rest.split_once('=') {
                Some((name, value)) => name == flag && value != "false",
                None => rest == flag,
            }
        });
    }
    Ok(Truth::of(found).at(call.args[0].origins.clone()).into_value())
}

enum Script {
    Known(String),
    Unknown(Why),
}

/// The text of a script, holes written out; a list of lines is one script.
fn script(call: &Call<'_>) -> Result<Script> {
    let Some(value) = call.args.first() else { return Ok(Script::Known(String::new())) };
    let lines: Vec<&Value> = match &value.repr {
        Repr::Null => return Ok(Script::Known(String::new())),
        Repr::Unknown(unknown) => return Ok(Script::Unknown(unknown.why.clone())),
        Repr::List(list) => list.items.iter().collect(),
        _ => vec![value],
    };
    let mut text = String::new();
    for line in lines {
        if let Repr::Unknown(unknown) = &line.repr {
            return Ok(Script::Unknown(unknown.why.clone()));
        }
        let Some(parts) = convert::parts_of(line, None) else { return Err(call.wrong(0, "a script")) };
        text.push_str(&Text::from_parts(parts).written());
        text.push('\n');
    }
    Ok(Script::Known(text))
}

fn listed(commands: &[Vec<String>], call: &Call<'_>) -> Value {
    let origins = call.args.first().map(|v| v.origins.clone()).unwrap_or_default();
    let words = |words: &Vec<String>| {
        let words = words.iter().map(|w| Value::string(w.as_str()).with_origins(origins.clone())).collect();
        Value::tuple(words).with_origins(origins.clone())
    };
    Value::tuple(commands.iter().map(words).collect()).with_origins(origins.clone())
}

fn open(why: Why, call: &Call<'_>) -> Value {
    let origins = call.args.first().map_or_else(Origins::none, |v| v.origins.clone());
    let why = if why.subject.is_empty() { Why::new(WhyKind::NotEvaluated, "the script") } else { why };
    Value::list(List { kind: ListKind::Tuple, items: Vec::new(), maybe: Vec::new(), open: Some(why) }).with_origins(origins)
}

/// Whether a command begins with these words; options, and one value behind each, may stand between.
fn begins(words: &[String], pattern: &str) -> bool {
    let mut wanted = pattern.split(' ');
    let mut next = wanted.next();
    let mut may_be_value = false;
    for (i, word) in words.iter().enumerate() {
        let Some(expected) = next else { return true };
        let name = if i == 0 { word.rsplit('/').next().unwrap_or(word) } else { word };
        if name == expected {
            next = wanted.next();
            may_be_value = false;
        } else if i > 0 && word.starts_with('-') {
            may_be_value = !word.contains('=');
        } else if may_be_value {
            may_be_value = false;
        } else {
            return false;
        }
    }
    next.is_none()
}

/// The commands of a script.
fn split(script: &str) -> Vec<Vec<String>> {
    let mut lexer = Lexer { rest: script, commands: Vec::new(), words: Vec::new(), word: None, heredocs: Vec::new() };
    lexer.run();
    lexer.commands
}

struct Lexer<'a> {
    rest: &'a str,
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: Option<String>,
    /// The delimiters of here-documents whose bodies follow the line.
    heredocs: Vec<String>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(c) = self.rest.chars().next() {
            if self.rest.starts_with("${{") {
                self.take_through("}}");
                continue;
            }
            self.rest = &self.rest[c.len_utf8()..];
            match c {
                '\\' => {
                    if let Some(next) = self.rest.chars().next() {
                        self.rest = &self.rest[next.len_utf8()..];
                        if next == '\r' {
                            self.rest = self.rest.strip_prefix('\n').unwrap_or(self.rest);
                        } else if next != '\n' {
                            self.push(next);
                        }
                    }
                }
                '\'' => self.quoted('\''),
                '"' => self.quoted('"'),
                '#' if self.word.is_none() => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.rest = &self.rest[end..];
                }
                '<' if self.rest.starts_with('<') && !self.rest.starts_with("<<") => self.heredoc(),
                '\n' => {
                    self.end_command();
                    self.skip_bodies();
                }
                ';' | '|' | '&' => self.end_command(),
                c if c.is_whitespace() => self.end_word(),
                c => self.push(c),
            }
        }
        self.end_command();
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn take_through(&mut self, end: &str) {
        let length = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.word.get_or_insert_default().push_str(&self.rest[..length]);
        self.rest = &self.rest[length..];
    }

    fn quoted(&mut self, quote: char) {
        self.word.get_or_insert_default();
        while let Some(c) = self.rest.chars().next() {
            self.rest = &self.rest[c.len_utf8()..];
            if c == quote {
                return;
            }
            if c == '\\' && quote == '"' {
                if let Some(next) = self.rest.chars().next() {
                    self.rest = &self.rest[next.len_utf8()..];
                    self.push(next);
                }
                continue;
            }
            self.push(c);
        }
    }

    fn heredoc(&mut self) {
        self.end_word();
        self.rest = self.rest.trim_start_matches('<').trim_start_matches('-').trim_start_matches([' ', '\t']);
        let end = self.rest.find(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | ')')).unwrap_or(self.rest.len());
        let delimiter = self.rest[..end].trim_matches(['\'', '"', '\\']).to_string();
        self.rest = &self.rest[end..];
        if !delimiter.is_empty() {
            self.heredocs.push(delimiter);
        }
    }

    fn skip_bodies(&mut self) {
        for delimiter in std::mem::take(&mut self.heredocs) {
            while !self.rest.is_empty() {
                let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
                let line = self.rest[..end].trim();
                self.rest = &self.rest[end..];
                if line == delimiter {
                    break;
                }
            }
        }
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take() {
            self.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        let in_front = |word: &str| {
            IN_FRONT.contains(&word)
                || word.split_once('=').is_some_and(|(name, _)| {
                    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                })
        };
        let first = words.iter().position(|w| !in_front(w)).unwrap_or(words.len());
        if first < words.len() {
            self.commands.push(words[first..].to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(script: &str) -> Vec<String> {
        split(script).iter().map(|words| words.join(" ")).collect()
    }

    #[test]
    fn a_script_is_split_as_a_shell_splits_it() {
        let script = "set -e # first\ncd infra && TF_LOG=1 sudo terraform \\\n  apply 'a b'; echo \"x && y\" | tee log\n";
        assert_eq!(lines(script), ["set -e", "cd infra", "terraform apply a b", "echo x && y", "tee log"]);
        assert_eq!(lines("cat <<EOF > f\nterraform apply\nEOF\nls"), ["cat > f", "ls"]);
        assert_eq!(lines("deploy ${{ a && b }} c"), ["deploy ${{ a && b }} c"]);
    }

    #[test]
    fn options_may_stand_between_the_words_of_a_command() {
        let begins = |line: &str, pattern: &str| split(line).first().is_some_and(|words| super::begins(words, pattern));
        assert!(begins("terraform -chdir=infra apply -auto-approve", "terraform apply"));
        assert!(begins("kubectl -n prod apply -f x", "kubectl apply"));
        assert!(begins("/usr/bin/helm --kube-context prod upgrade web .", "helm upgrade"));
        assert!(!begins("terraform plan", "terraform apply"));
        assert!(!begins("echo terraform apply", "terraform apply"));
    }
}
