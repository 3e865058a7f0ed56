//! Which thing an object is.

use ecow::EcoString;

use super::Value;

/// Which thing an object is, so that a reference to it can be recognised.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The scope in which the address is unique: the directory of the Terraform root, or a
    /// Kubernetes namespace.
    pub scope: EcoString,
    /// The full address, such as `module.net.aws_s3_bucket.logs["eu"]`.
    pub address: EcoString,
    /// What every entity has besides its content, if it is one.
    pub about: Option<Box<About>>,
    /// What this one has besides.
    pub attributes: Vec<(EcoString, Value)>,
}

/// What every entity has besides its content. A rule sees it where the content has no field of that name.
///
/// Few rules ask, so no values are made before one does.
#[derive(Clone, Debug)]
pub struct About {
    /// `address`
    pub address: EcoString,
    /// `name`
    pub name: EcoString,
    /// `kind`
    pub kind: EcoString,
    /// `file`: its path.
    pub file: EcoString,
    /// `scope`
    pub scope: EcoString,
    /// `environment`, if it can be told: name, class and the sign by which it was told.
    pub environment: Option<[EcoString; 3]>,
    /// `owner`: the body of the entity that it is part of.
    pub owner: Option<Value>,
}

impl Identity {
    /// An identity without built-in attributes.
    pub fn new(scope: impl Into<EcoString>, address: impl Into<EcoString>) -> Self {
        Self { scope: scope.into(), address: address.into(), about: None, attributes: Vec::new() }
    }

    /// A built-in attribute.
    pub fn attribute(&self, name: &str) -> Option<Value> {
        let about = self.about.as_ref().and_then(|about| about.attribute(name));
        about.or_else(|| self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
    }
}

impl About {
    fn attribute(&self, name: &str) -> Option<Value> {
        let text = |text: &EcoString| Some(Value::string(text.clone()));
        match name {
            "address" => text(&self.address),
            "name" => text(&self.name),
            "kind" => text(&self.kind),
            "file" => text(&self.file),
            "scope" => text(&self.scope),
            "environment" => Some(self.environment.as_ref().map_or_else(Value::null, |environment| {
                let names = ["name", "class", "sign"].into_iter().map(EcoString::from);
                Value::object(names.zip(environment.iter().map(|text| Value::string(text.clone()))))
            })),
            "entity" => {
                let names = ["address", "name", "kind", "file", "scope", "environment"];
                Some(Value::object(names.iter().filter_map(|n| Some(((*n).into(), self.attribute(n)?)))))
            }
            "owner" => self.owner.clone(),
            _ => None,
        }
    }
}
