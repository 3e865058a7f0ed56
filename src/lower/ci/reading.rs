//! What the readings of several CI systems share: entities of their own, and looking into documents and scripts.

use std::sync::Arc;

use ecow::EcoString;

use crate::{
    lower::path::join,
    model::{Entity, Environment},
    source::{Diagnostic, DiagnosticKind},
    value::{Identity, Object, Origin, OriginStep, Origins, Repr, Value},
};

/// An entity that a CI system has of its own.
pub struct Own<'a> {
    /// Its kind: `circleci.job`.
    pub kind: &'static str,
    /// Its address, unique in the file among its kind.
    pub address: EcoString,
    /// What people call it.
    pub name: EcoString,
    /// The path of its file.
    pub path: &'a EcoString,
    /// What to underline when something is missing.
    pub header: Origin,
    /// The environment that it belongs to.
    pub environment: Option<Environment>,
}

impl Own<'_> {
    /// The entity: what is written, and `more` that is told from it.
    pub fn entity<const N: usize>(self, written: &Object, more: [(&'static str, Value); N]) -> Entity {
        let known = |text: &str| Value::string(text);
        let attributes = vec![
            ("address".into(), known(&self.address)),
            ("name".into(), known(&self.name)),
            ("kind".into(), known(self.kind)),
            ("file".into(), known(self.path)),
        ];
        // A workflow may be called like a job.
        let scope = ecow::eco_format!("{} {}", self.kind, self.path);
        let identity = Identity { attributes, ..Identity::new(scope, self.address.clone()) };
        let mut object = Object {
            header: Some(self.header.clone()),
            identity: Some(Arc::new(identity)),
            fields: written.fields.clone(),
            ..Object::default()
        };
        object.fields.extend(more.into_iter().map(|(name, value)| (EcoString::from(name), value)));
        Entity {
            kind: self.kind.into(),
            address: self.address,
            name: self.name,
            scope: self.path.clone(),
            scenario: None,
            body: Value::from_object(object).with_origins(Origins::one(self.header.clone())),
            extent: self.header.extent,
            header: self.header,
            calls: Vec::new(),
            owner: None,
            environment: self.environment,
            doubt: None,
            parts: Vec::new(),
        }
    }
}

/// A field that is there and not null.
pub fn field<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|v| !v.is_null())
}

/// A field that is a mapping.
pub fn object<'a>(object: &'a Object, name: &str) -> Option<&'a Object> {
    field(object, name)?.as_object()
}

/// The elements of a list; of what may be written without a list, the only one.
pub fn items(value: Option<&Value>) -> &[Value] {
    match value {
        Some(value) => match value.as_list() {
            Some(list) => &list.items,
            None if value.is_null() => &[],
            None => std::slice::from_ref(value),
        },
        None => &[],
    }
}

/// `null` that blames the header for not having `name`.
pub fn unset(header: &Origin, name: &str) -> Value {
    Value::null().with_origins(Origins::one(header.with_step(OriginStep::NotSet(name.into()))))
}

/// The text of a value that a pipeline would use as text.
pub fn text_of(value: &Value) -> Option<EcoString> {
    match &value.repr {
        Repr::String(text) => text.as_str().map(EcoString::from),
        Repr::Bool(b) => Some(ecow::eco_format!("{b}")),
        Repr::Number(n) => Some(ecow::eco_format!("{n}")),
        _ => None,
    }
}

/// The text as it is written, with its holes.
pub fn written(value: &Value) -> EcoString {
    match &value.repr {
        Repr::String(text) => text.written(),
        _ => text_of(value).unwrap_or_default(),
    }
}

/// Where a value is written: the last of its places.
pub fn place(value: &Value, header: &Origin) -> Origin {
    value.origins.iter().last().cloned().unwrap_or_else(|| header.clone())
}

/// Something that the host would refuse.
pub fn refused(message: String, value: &Value, header: &Origin) -> Diagnostic {
    Diagnostic::error(DiagnosticKind::Evaluation, message, place(value, header).anchor)
}

/// One use of something by its name, as rules see it.
pub fn used(kind: &str, action: Value, reference: Value, text: &Value, with: Value) -> Value {
    let at = |value: Value| if value.origins.is_empty() { value.with_origins(text.origins.clone()) } else { value };
    let fields = [
        ("action".into(), at(action)),
        ("ref".into(), at(reference)),
        ("kind".into(), at(Value::string(kind))),
        ("text".into(), text.clone()),
        ("with".into(), with),
    ];
    let header = text.origins.iter().last().cloned();
    let object = Object { fields: fields.into_iter().collect(), header, ..Object::default() };
    Value::from_object(object).with_origins(text.origins.clone())
}

/// Something that gives a job credentials, as rules see it.
pub fn credential(kind: &str, name: &Value) -> Value {
    let fields =
        [("kind".into(), Value::string(kind).with_origins(name.origins.clone())), ("name".into(), name.clone())];
    let header = name.origins.iter().last().cloned();
    let object = Object { fields: fields.into_iter().collect(), header, ..Object::default() };
    Value::from_object(object).with_origins(name.origins.clone())
}

/// The directory in which a shell is behind a line that does nothing but change it. `root` is the variable that names
/// the root of the repository.
pub fn changed_directory(command: &str, from: &str, root: &str) -> Option<EcoString> {
    let rest = command.trim().strip_prefix("cd ").or_else(|| command.trim().strip_prefix("pushd "))?.trim();
    let path = rest.trim_matches(['"', '\'']);
    let of_root = path.strip_prefix('$').map(|p| p.replace(['{', '}'], ""));
    let of_root = of_root.as_deref().and_then(|p| p.strip_prefix(root));
    let (from, path) = of_root.map_or((from, path), |path| ("", path.trim_start_matches('/')));
    let is_plain = !path.starts_with('/') && !path.contains([' ', ';', '&', '|', '$', '`', '~', '(']) && path != "-";
    if is_plain { join(from, path) } else { None }
}

/// The variables that commands read and that are called like secrets, each at its first use. `own` are those that
/// the pipeline sets itself; only the host can have set the others.
pub fn secrets(commands: &[Value], own: &dyn Fn(&str) -> bool) -> Value {
    let mut found: Vec<Value> = Vec::new();
    for command in commands {
        for name in variables(&written(command)) {
            if is_secret_name(name) && !own(name) && !found.iter().any(|known| known.as_str() == Some(name)) {
                found.push(Value::string(name).with_origins(command.origins.clone()));
            }
        }
    }
    Value::tuple(found)
}

/// The variables that a script of a shell reads.
fn variables(script: &str) -> impl Iterator<Item = &str> {
    script.split('$').skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        Some(&rest[..end]).filter(|name| !name.is_empty())
    })
}

/// Parts of the names of secrets.
const SECRET_WORDS: [&str; 9] =
    ["TOKEN", "PASSWORD", "PASSWD", "SECRET", "PRIVATE_KEY", "ACCESS_KEY", "API_KEY", "CREDENTIALS", "KUBECONFIG"];

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_changes_the_directory_counts_for_the_next() {
        let after = |line: &str| changed_directory(line, "a", "CI_DIR").map(|d| d.to_string());
        assert_eq!(after("cd infra/prod").as_deref(), Some("a/infra/prod"));
        assert_eq!(after("cd ${CI_DIR}/x").as_deref(), Some("x"));
        assert_eq!(after("cd \"$CI_DIR\"").as_deref(), Some(""));
        assert_eq!(after("cd $X && make"), None);
        assert_eq!(after("make"), None);
    }

    #[test]
    fn secrets_are_told_by_their_names() {
        let commands = [Value::string("echo $HOME ${DEPLOY_TOKEN} $DEPLOY_TOKEN \"$OWN_SECRET\" $")];
        let found = secrets(&commands, &|name| name == "OWN_SECRET");
        let names: Vec<_> = found.as_list().unwrap().items.iter().filter_map(Value::as_str).collect();
        assert_eq!(names, ["DEPLOY_TOKEN"]);
    }
}
