//! Objects of Kubernetes that Terraform makes: `kubernetes_*` resources, and manifests in resources.
//!
//! A resource of the provider says the same as a manifest in other words, so that it is a second entity: an
//! object of its kind, with the names of the API, under the address that the resource has in Terraform. Rules
//! about `Deployment` or `kubernetes.container` need not know of Terraform.

mod convert;
mod names;

use ecow::EcoString;

use super::{group, objects, types};
use crate::{
    lower::yaml,
    model::Entity,
    source::FileId,
    syntax,
    value::{Object, OriginStep, Repr, Value},
};

/// Whether a type of resource makes objects of Kubernetes.
pub fn makes_objects(resource_type: &str) -> bool {
    matches!(resource_type, "kubernetes_manifest" | "kubectl_manifest") || names::kind_of(resource_type).is_some()
}

/// The objects that these resources make.
pub fn objects(entities: &[Entity]) -> Vec<Entity> {
    entities.iter().filter_map(object).collect()
}

fn object(resource: &Entity) -> Option<Entity> {
    let (kind, body) = match resource.kind.as_str() {
        "kubernetes_manifest" => written(resource, resource.body.as_object()?.get("manifest")?.clone())?,
        "kubectl_manifest" => written(resource, document(resource.body.as_object()?.get("yaml_body")?)?)?,
        other => {
            let (kind, api_version) = names::kind_of(other)?;
            let kind_name = group::qualified(kind.name, &api_version);
            (kind_name, convert::body(kind, api_version, &resource.body))
        }
    };
    let environment = resource.environment.clone().or_else(|| objects::own_environment(&body));
    Some(Entity { kind, body, environment, ..resource.clone() })
}

/// A manifest that is an object already. Without a kind nobody can say what it is.
fn written(resource: &Entity, manifest: Value) -> Option<(EcoString, Value)> {
    let Repr::Object(object) = &manifest.repr else { return None };
    if object.fields.values().all(is_of_a_manifest) {
        return None;
    }
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let kind = group::qualified(text("kind").filter(|k| !k.is_empty())?, text("apiVersion").unwrap_or_default());
    let identity = resource.body.as_object().and_then(|o| o.identity.clone());
    let header = object.header.clone().or_else(|| manifest.origins.first().cloned());
    let object = Object { header, identity, ..(**object).clone() };
    let body = types::typed(&kind, Value { repr: Repr::Object(object.into()), ..manifest });
    Some((kind, body))
}

/// Whether a value was read from a file of YAML or JSON as it stands, which is looked at by itself.
fn is_of_a_manifest(value: &Value) -> bool {
    value.origins.iter().any(|origin| match &origin.step {
        OriginStep::File { path, line: Some(_) } => [".yaml", ".yml", ".json"].iter().any(|e| path.ends_with(e)),
        _ => false,
    })
}

/// The document in a text, if all of the text is known.
fn document(text: &Value) -> Option<Value> {
    if let Some(decoded) = &text.decoded {
        return Some((**decoded).clone());
    }
    let written = text.as_str()?;
    let parsed = syntax::yaml::parse(FileId::NONE, written);
    let value = yaml::value(&parsed.documents.first()?.root);
    Some(convert::placed(&value, written, &text.origins).mark_sensitive(text.sensitive))
}
