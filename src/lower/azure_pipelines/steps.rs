//! Steps and tasks: what they run, what they use, and which credentials they are given.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::{expand::Names, tree::Tree};
use crate::value::{ByName, Hole, Object, Origin, Origins, Part, Repr, Text, Unknown, Value, Why, WhyKind};

/// The keys that make a step of a script.
pub const SCRIPTS: [&str; 4] = ["script", "bash", "pwsh", "powershell"];

/// Inputs of tasks that hold a script.
const INLINE: [&str; 6] = ["inlineScript", "script", "Inline", "InlineScript", "ScriptInline", "powershellScript"];

/// Inputs of tasks that name a script of the repository.
const SCRIPT_FILES: [&str; 4] = ["scriptPath", "filePath", "ScriptPath", "scriptFile"];

/// What a step does.
#[derive(Default)]
pub struct Work {
    /// The scripts, as texts.
    pub commands: Vec<Value>,
    /// What it uses by name.
    pub uses: Vec<Value>,
    /// Names of secrets that it reads.
    pub secrets: Vec<Value>,
    /// What else gives it credentials.
    pub credentials: Vec<Value>,
    /// The name of the task and its version.
    pub task: Option<(EcoString, EcoString)>,
}

/// The refs of the repositories that templates come from, by alias.
pub type Refs = ByName<Value>;

impl Work {
    /// Reads a step.
    pub fn of(step: &Tree, variables: &Names, refs: &Refs) -> Self {
        let mut work = Self::default();
        for key in SCRIPTS {
            work.commands.extend(step.get(key).map(|script| with_macros(&script.value(), variables)));
        }
        if let Some(written) = step.get("template") {
            work.uses.push(template(&written, step.get("parameters").as_ref(), refs));
        }
        if let Some(written) = step.get("task") {
            work.task(&written, step.get("inputs").as_ref(), variables);
        }
        for part in [step.get("env"), step.get("inputs")].into_iter().flatten() {
            for field in part.fields() {
                work.read(&field.tree.value(), variables);
            }
        }
        for script in work.commands.clone() {
            work.read(&script, variables);
        }
        work
    }

    fn task(&mut self, written: &Tree, inputs: Option<&Tree>, variables: &Names) {
        let value = written.value();
        let Some(text) = written.as_text() else {
            self.uses.push(used(Value::null(), Value::null(), "task", value, Value::null()));
            return;
        };
        let (name, version) = text.split_once('@').unwrap_or((&text, ""));
        // The name may be that of an extension: `publisher.extension.task.Name`.
        let short: EcoString = name.rsplit('.').next().unwrap_or(name).into();
        let at = |text: &str| Value::string(text).with_origins(value.origins.clone());
        let reference =
            if version.is_empty() { Value::null().with_origins(value.origins.clone()) } else { at(version) };
        let with = inputs.map_or_else(Value::null, |i| with_macros(&i.value(), variables));
        self.uses.push(used(at(&short), reference, "task", value.clone(), with));
        self.task = Some((short.clone(), version.into()));
        let Some(inputs) = inputs else { return };
        let input = |name: &str| {
            let field = inputs.fields().iter().find(|f| f.key.eq_ignore_ascii_case(name))?;
            Some(with_macros(&inputs.get(&field.key)?.value(), variables))
        };
        let is_file = ["targetType", "scriptLocation", "ScriptType", "scriptType", "scriptSource"].iter().any(|name| {
            input(name)
                .and_then(|v| v.as_str().map(str::to_lowercase))
                .is_some_and(|v| v.ends_with("path") && v != "inlinescript")
        });
        let mut found = false;
        if !is_file {
            for name in INLINE {
                if let Some(script) = inputs.get(name) {
                    self.commands.push(with_macros(&script.value(), variables));
                    found = true;
                    break;
                }
            }
        }
        if !found && let Some(path) = SCRIPT_FILES.iter().find_map(|name| input(name)) {
            let arguments = input("arguments").or_else(|| input("scriptArguments")).or_else(|| input("args"));
            self.commands.push(line(&[Some(path), arguments]));
        }
        self.commands.extend(command_of(&short, &input));
        for field in inputs.fields() {
            let is_connection = is_connection(&field.key);
            let secure_file = short == "DownloadSecureFile" && field.key.eq_ignore_ascii_case("secureFile");
            let vault = short == "AzureKeyVault" && field.key.eq_ignore_ascii_case("keyVaultName");
            let kind = match (is_connection, secure_file, vault) {
                (true, ..) => "service connection",
                (_, true, _) => "secure file",
                (.., true) => "key vault",
                _ => continue,
            };
            if field.tree.as_text().is_some_and(|t| t.is_empty()) {
                continue;
            }
            self.credentials.push(credential(kind, with_macros(&field.tree.value(), variables)));
        }
    }

    /// Notes the secrets that a text reads: `$(name)` that no file defines and that is called like a secret.
    fn read(&mut self, value: &Value, variables: &Names) {
        let Repr::String(text) = &value.repr else { return };
        for (name, _) in macros(&text.written()) {
            let known = variables.keys().any(|key| key.eq_ignore_ascii_case(name));
            let is_secret = name.eq_ignore_ascii_case("System.AccessToken") || (!known && sounds_secret(name));
            if is_secret && !self.secrets.iter().any(|s| s.as_str() == Some(name)) {
                self.secrets.push(Value::string(name).with_origins(value.origins.clone()));
            }
        }
    }
}

/// One use of something by name.
fn used(action: Value, reference: Value, kind: &str, text: Value, with: Value) -> Value {
    let origins = text.origins.clone();
    let header = origins.first().cloned();
    let kind = Value::string(kind).with_origins(origins.clone());
    let fields = [("action", action), ("ref", reference), ("kind", kind), ("text", text), ("with", with)];
    let fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
    Value::from_object(Object { fields, header, ..Object::default() }).with_origins(origins)
}

/// The use of a template that is not in the repository.
pub fn template(written: &Tree, parameters: Option<&Tree>, refs: &Refs) -> Value {
    let value = written.value();
    let text = written.as_text();
    let (path, alias) = text.as_deref().map_or((None, None), |t| match t.rsplit_once('@') {
        Some((path, alias)) => (Some(path), Some(alias)),
        None => (Some(t), None),
    });
    let at = |text: &str| Value::string(text).with_origins(value.origins.clone());
    let action = path.map_or_else(|| value.clone(), at);
    let missing = || Value::null().with_origins(value.origins.clone());
    let reference = alias.and_then(|alias| refs.get(alias).cloned()).unwrap_or_else(missing);
    used(action, reference, "template", value.clone(), parameters.map_or_else(Value::null, Tree::value))
}

/// A credential that a job is given.
pub fn credential(kind: &str, name: Value) -> Value {
    let origins = name.origins.clone();
    let header = origins.first().cloned();
    let fields = [("kind", Value::string(kind).with_origins(origins.clone())), ("name", name)];
    let fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
    Value::from_object(Object { fields, header, ..Object::default() }).with_origins(origins)
}

/// Whether an input of a task names a service connection.
fn is_connection(input: &str) -> bool {
    let input = input.to_ascii_lowercase();
    matches!(
        input.as_str(),
        "azuresubscription"
            | "azuresubscriptionendpoint"
            | "azureresourcemanagerconnection"
            | "awscredentials"
            | "containerregistry"
            | "dockerregistryendpoint"
            | "dockerregistryconnection"
            | "publishfeedcredentials"
            | "providerserviceconnection"
            | "sshendpoint"
            | "serverendpoint"
    ) || ["connectedservicename", "environmentservicename", "backendservice", "serviceconnection", "serviceendpoint"]
        .iter()
        .any(|part| input.contains(part))
}

/// Whether a variable is called like a secret.
fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', '_', '.'], "");
    [
        "secret",
        "password",
        "passwd",
        "pwd",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "credential",
        "connectionstring",
        "sas",
    ]
    .iter()
    .any(|word| if word.len() > 3 { name.contains(word) } else { name.ends_with(word) })
        && name != "pwd"
}

/// The command line that a task builds from its inputs.
fn command_of(task: &str, input: &dyn Fn(&str) -> Option<Value>) -> Option<Value> {
    let known = |text: &str, near: &Value| Value::string(text).with_origins(near.origins.clone());
    let lower = task.to_ascii_lowercase();
    let command = input("command").filter(|c| !c.is_null());
    if lower.starts_with("terraformtask") || lower.starts_with("terraformcli") || lower == "terraform" {
        let command = command?;
        // The task of Microsoft DevLabs asks nobody.
        let approves = lower.starts_with("terraformtask") && matches!(command.as_str(), Some("apply" | "destroy"));
        let flag = approves.then(|| known("-auto-approve", &command));
        return Some(line(&[Some(known("terraform", &command)), Some(command), flag, input("commandOptions")]));
    }
    Some(match lower.as_str() {
        "kubernetes" => {
            let command = command?;
            let file = input("configuration")
                .filter(|f| f.as_str() != Some(""))
                .map(|f| line(&[Some(known("-f", &f)), Some(f)]));
            line(&[Some(known("kubectl", &command)), Some(command), file, input("arguments")])
        }
        "helmdeploy" => {
            let command = command?;
            let chart = input("chartName").or_else(|| input("chartPath"));
            line(&[Some(known("helm", &command)), Some(command), input("releaseName"), chart, input("arguments")])
        }
        "npm" => {
            let command = input("customCommand").or(command)?;
            line(&[Some(known("npm", &command)), Some(command)])
        }
        "gcloud" | "gcloudcommand" => line(&[Some(known("gcloud", command.as_ref()?)), command]),
        "awscli" => {
            let command = input("awsCommand")?;
            line(&[Some(known("aws", &command)), Some(command), input("awsSubCommand"), input("awsArguments")])
        }
        "pulumi" => {
            let command = command?;
            line(&[Some(known("pulumi", &command)), Some(command), input("args")])
        }
        _ => return None,
    })
}

/// Texts with a space between them.
fn line(texts: &[Option<Value>]) -> Value {
    let mut parts = Vec::new();
    let mut origins = Origins::none();
    for value in texts.iter().flatten().filter(|v| !v.is_null() && v.as_str() != Some("")) {
        if !parts.is_empty() {
            parts.push(Part::Known(" ".into()));
        }
        match &value.repr {
            Repr::String(text) => parts.extend(text.parts()),
            Repr::Unknown(unknown) => {
                parts.push(Part::Hole(Hole {
                    unknown: unknown.clone(),
                    written: unknown.why.subject.clone(),
                    span: None,
                }));
            }
            Repr::Number(number) => parts.push(Part::Known(eco_format!("{number}"))),
            Repr::Bool(b) => parts.push(Part::Known(eco_format!("{b}"))),
            _ => {}
        }
        origins.extend(&value.origins);
    }
    let value: Value = Repr::String(Text::from_parts(parts)).into();
    value.with_origins(origins)
}

/// The names of the macros `$(name)` in a text, with their places in it.
fn macros(text: &str) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("$(").map(|i| i + at) {
        let inner = &text[start + 2..];
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '-'));
        match end {
            Some(end) if end > 0 && inner[end..].starts_with(')') => {
                found.push((&inner[..end], start..start + 2 + end + 1));
                at = start + 2 + end + 1;
            }
            _ => at = start + 2,
        }
    }
    found
}

/// Commands that a shell substitutes far more often than anybody gives a variable such a name.
const SHELL: [&str; 10] = ["pwd", "date", "whoami", "hostname", "nproc", "uname", "id", "ls", "mktemp", "tty"];

/// A value whose `$(name)` are filled in: with what the files define, else as holes.
pub fn with_macros(value: &Value, variables: &Names) -> Value {
    match &value.repr {
        Repr::String(text) => {
            if !text.written().contains("$(") {
                return value.clone();
            }
            let mut origins = value.origins.clone();
            let mut parts = Vec::new();
            for part in text.parts() {
                match part {
                    Part::Known(known) => fill(&known, variables, &mut parts, &mut origins),
                    hole @ Part::Hole(_) => parts.push(hole),
                }
            }
            let filled: Value = Repr::String(Text::from_parts(parts)).into();
            Value { repr: filled.repr, ..value.clone() }.with_origins(origins)
        }
        Repr::List(list) => {
            let each = |items: &[Value]| items.iter().map(|v| with_macros(v, variables)).collect();
            let list = crate::value::List { items: each(&list.items), maybe: each(&list.maybe), ..(**list).clone() };
            Value { repr: Repr::List(Arc::new(list)), ..value.clone() }
        }
        Repr::Object(object) => {
            let mut object = (**object).clone();
            for field in object.fields.values_mut() {
                *field = with_macros(field, variables);
            }
            Value { repr: Repr::Object(Arc::new(object)), ..value.clone() }
        }
        _ => value.clone(),
    }
}

fn fill(text: &str, variables: &Names, parts: &mut Vec<Part>, origins: &mut Origins) {
    let mut end = 0;
    for (name, place) in macros(text) {
        let tree = variables.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, tree)| tree);
        if tree.is_none() && SHELL.contains(&name) {
            continue;
        }
        parts.push(Part::Known(text[end..place.start].into()));
        end = place.end;
        // What is itself made of macros is not followed: it may be about itself.
        if let Some(known) = tree.and_then(Tree::as_text).filter(|t| !t.contains("$(")) {
            parts.push(Part::Known(known));
            origins.extend(&tree.map(|t| t.origins.clone()).unwrap_or_default());
            continue;
        }
        let written: EcoString = text[place].into();
        let unknown = Arc::new(Unknown::because(Why::new(WhyKind::PipelineExpression, written.clone())));
        parts.push(Part::Hole(Hole { unknown, written, span: None }));
    }
    parts.push(Part::Known(text[end..].into()));
}

/// What to underline for a step.
pub fn header(step: &Tree, fallback: &Origin) -> Origin {
    step.header.clone().unwrap_or_else(|| fallback.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_are_told_from_what_a_shell_substitutes() {
        let names = |text| macros(text).into_iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>();
        assert_eq!(names("a $(env) $(Build.SourceBranch)b $(git rev-parse HEAD) $(x"), ["env", "Build.SourceBranch"]);
        let variables = Names::from_iter([("env".into(), Tree::scalar(Value::string("prod")))]);
        let filled = with_macros(&Value::string("$(ENV)-$(pwd)-$(token)"), &variables);
        let Repr::String(text) = filled.repr else { panic!("a text") };
        assert_eq!(text.known_prefix(), "prod-$(pwd)-");
        assert_eq!(text.written(), "prod-$(pwd)-$(token)");
    }
}
