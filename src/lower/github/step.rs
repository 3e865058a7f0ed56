//! Steps of jobs and composite actions.

use ecow::{EcoString, eco_format};

use super::{Made, expressions, field, items, wrong_part};
use crate::{
    model::{Environment, Lowered},
    value::{Object, Origin, Value, Why, WhyKind},
};

/// What steps are part of.
pub struct Owner<'a> {
    /// Its address: `path#job`, or the path of an action.
    pub address: EcoString,
    /// The file.
    pub path: &'a EcoString,
    /// What a step knows of it: `job` and `workflow`, or `action`.
    pub fields: Vec<(&'static str, Value)>,
    /// Its header.
    pub header: &'a Origin,
    /// Its environment.
    pub environment: Option<Environment>,
}

/// The steps of a job or action. What is not a step is named in a diagnostic.
pub fn lower(steps: Option<&Value>, owner: &Owner<'_>, out: &mut Lowered) {
    for (index, step) in items(steps).iter().enumerate() {
        let Some(object) = step.as_object() else {
            out.diagnostics.push(wrong_part("step", step, owner.header));
            continue;
        };
        let text = |name: &str| field(object, name).and_then(Value::as_str);
        let key = text("id").map_or_else(|| eco_format!("[{index}]"), |id| eco_format!("[\"{id}\"]"));
        let name = text("name").or_else(|| text("id")).or_else(|| text("uses"));
        let mut fields = object.clone();
        fields.fields.insert("index".into(), Value::number(i64::try_from(index).unwrap_or(i64::MAX)));
        fields.fields.insert("expressions".into(), expressions(object, |_| true));
        for (name, value) in &owner.fields {
            fields.fields.insert((*name).into(), value.clone());
        }
        if let Some(written) = field(object, "uses") {
            add_uses(&mut fields, written);
        }
        let made = Made {
            kind: "github.step",
            address: eco_format!("{}{key}", owner.address),
            name: name.map_or_else(|| eco_format!("step {}", index + 1), EcoString::from),
            path: owner.path,
            environment: owner.environment.clone(),
            header: object.header.clone().unwrap_or_else(|| owner.header.clone()),
            object: fields,
        };
        let body = made.body();
        out.entities.push(made.entity(body));
    }
}

/// The parts of what `uses` names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses<'a> {
    /// `remote`: an action or workflow of some repository; `local`: a path of this one; `docker`: an image.
    pub kind: &'static str,
    /// What is used, without the version: `actions/checkout`, `./actions/build`, `alpine`.
    pub action: &'a str,
    /// The owner of the repository.
    pub owner: Option<&'a str>,
    /// The name of the repository.
    pub name: Option<&'a str>,
    /// The path in the repository.
    pub path: Option<&'a str>,
    /// The version: a branch, a tag, a commit; a tag or digest of an image.
    pub reference: Option<&'a str>,
}

impl<'a> Uses<'a> {
    /// Takes apart what is written behind `uses:`.
    pub fn parse(written: &'a str) -> Self {
        let written = written.trim();
        if let Some(image) = written.strip_prefix("docker://") {
            // The port of a registry is before the last slash.
            let name_at = image.rfind('/').map_or(0, |i| i + 1);
            let at = image.find('@').or_else(|| image[name_at..].find(':').map(|i| i + name_at));
            let (action, reference) = at.map_or((image, None), |i| (&image[..i], Some(&image[i + 1..])));
            return Self { kind: "docker", action, reference, ..Self::default() };
        }
        if written.starts_with("./") || written.starts_with("../") || written == "." {
            return Self { kind: "local", action: written, path: Some(written), ..Self::default() };
        }
        let (action, reference) = match written.split_once('@') {
            Some((action, reference)) => (action, Some(reference)),
            None => (written, None),
        };
        let mut parts = action.splitn(3, '/');
        Self { kind: "remote", action, owner: parts.next(), name: parts.next(), path: parts.next(), reference }
    }
}

/// Adds `uses_kind`, `uses_action`, `uses_owner`, `uses_name`, `uses_path`, `uses_ref`; those that
/// `uses` does not have are null, and point at it.
pub fn add_uses(object: &mut Object, written: &Value) {
    let Some(text) = written.as_str() else {
        let why = written.first_unknown().unwrap_or_else(|| Why::new(WhyKind::WrongShape, "text was expected"));
        for name in ["uses_kind", "uses_action", "uses_owner", "uses_name", "uses_path", "uses_ref"] {
            object.fields.insert(name.into(), Value::unknown(why.clone()).with_origins(written.origins.clone()));
        }
        return;
    };
    let uses = Uses::parse(text);
    let part = |part: Option<&str>| part.map_or_else(Value::null, Value::string).with_origins(written.origins.clone());
    for (name, value) in [
        ("uses_kind", Some(uses.kind)),
        ("uses_action", Some(uses.action)),
        ("uses_owner", uses.owner),
        ("uses_name", uses.name),
        ("uses_path", uses.path),
        ("uses_ref", uses.reference),
    ] {
        object.fields.insert(name.into(), part(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_taken_apart() {
        let checkout = Uses::parse("actions/checkout@v4");
        assert_eq!((checkout.kind, checkout.owner, checkout.name), ("remote", Some("actions"), Some("checkout")));
        assert_eq!((checkout.path, checkout.reference), (None, Some("v4")));
        let nested = Uses::parse("github/codeql-action/init@deadbeef");
        assert_eq!((nested.action, nested.path), ("github/codeql-action/init", Some("init")));
        assert_eq!(Uses::parse("actions/checkout").reference, None);
        assert_eq!(Uses::parse("./.github/actions/build").kind, "local");
        let image = Uses::parse("docker://ghcr.io:443/acme/tool:1.2");
        assert_eq!((image.kind, image.action, image.reference), ("docker", "ghcr.io:443/acme/tool", Some("1.2")));
        let digest = Uses::parse("docker://alpine:3@sha256:abc");
        assert_eq!((digest.action, digest.reference), ("alpine:3", Some("sha256:abc")));
        assert_eq!(Uses::parse("docker://alpine").reference, None);
    }
}
