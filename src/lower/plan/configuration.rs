//! `configuration`: what was written, as far as a plan tells. Not how an expression computes, only
//! what it refers to: enough to say for which attribute of which resource an unknown value stands.

use std::collections::HashMap;

use ecow::EcoString;

use super::address::{self, Step};
use crate::syntax::json::pull::{Broken, Pull};

/// A module as it is written.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// By address within the module: `aws_vpc.main`, `data.aws_ami.linux`.
    resources: HashMap<EcoString, Resource>,
    /// What each output refers to.
    outputs: HashMap<EcoString, References>,
    calls: HashMap<EcoString, Call>,
}

#[derive(Debug, Default)]
struct Resource {
    written: Fields,
    repeated: bool,
}

#[derive(Debug, Default)]
struct Call {
    arguments: HashMap<EcoString, References>,
    repeated: bool,
    module: Module,
}

type References = Vec<EcoString>;

/// What is written in a block.
pub(super) type Fields = HashMap<EcoString, Written>;

/// What is written for a name in a block.
#[derive(Debug)]
pub(super) enum Written {
    /// An attribute, and what it refers to.
    Attribute(References),
    /// Nested blocks. Those of a `dynamic` block are not told.
    Blocks(Vec<Fields>),
}

/// What an unknown value stands for: the address of a thing and the attribute of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) address: EcoString,
    pub(super) path: EcoString,
}

/// References that lead on to references, deeper than this, are given up.
const DEEPEST: usize = 64;

impl Module {
    /// Reads the member `root_module` or `module`.
    pub(super) fn read(pull: &mut Pull<'_>) -> Result<Self, Broken> {
        Self::nested(pull, 0)
    }

    fn nested(pull: &mut Pull<'_>, depth: usize) -> Result<Self, Broken> {
        let mut module = Self::default();
        pull.fields(&mut |p, key, _| {
            match key {
                "resources" => {
                    p.elements(&mut |p| {
                        let (address, resource) = Resource::read(p)?;
                        module.resources.insert(address, resource);
                        Ok(())
                    })?;
                }
                "outputs" => {
                    p.fields(&mut |p, name, _| {
                        let mut references = References::new();
                        p.fields(&mut |p, key, _| {
                            if key == "expression" {
                                references = references_of(p)?;
                            } else {
                                p.skip()?;
                            }
                            Ok(())
                        })?;
                        module.outputs.insert(name.into(), references);
                        Ok(())
                    })?;
                }
                "module_calls" if depth < DEEPEST => {
                    p.fields(&mut |p, name, _| {
                        module.calls.insert(name.into(), Call::read(p, depth + 1)?);
                        Ok(())
                    })?;
                }
                _ => {
                    p.skip()?;
                }
            }
            Ok(())
        })?;
        Ok(module)
    }

    fn find(&self, module: &str) -> Option<&Module> {
        let mut found = self;
        for (name, _) in address::calls(module) {
            found = &found.calls.get(name)?.module;
        }
        Some(found)
    }

    /// What is written in the block of a resource: `module` is the address of its module, `block` that
    /// of the block within it.
    pub(super) fn written(&self, module: &str, block: &str) -> Option<&Fields> {
        Some(&self.find(module)?.resources.get(block)?.written)
    }

    /// What an expression in a module stands for if it refers to one thing only.
    ///
    /// The plan does not tell an expression from what it refers to: `"${aws_s3_bucket.a.id}-x"` and
    /// `aws_s3_bucket.a.id` look alike. What stands between two resources is taken for a reference.
    pub(super) fn target(&self, module: &str, references: &[EcoString]) -> Option<Target> {
        self.follow(module, references, "", 0)
    }

    fn follow(&self, module: &str, references: &[EcoString], behind: &str, depth: usize) -> Option<Target> {
        if depth > DEEPEST {
            return None;
        }
        let mut longest: Vec<&EcoString> = Vec::new();
        for reference in references {
            let within = |other: &&EcoString| {
                other.strip_prefix(reference.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            if !references.iter().any(|other| within(&other)) {
                longest.push(reference);
            }
        }
        // An index that is not constant is a reference of its own, beside what it is an index of.
        let (keys, others): (Vec<&EcoString>, Vec<&EcoString>) =
            longest.into_iter().partition(|r| matches!(r.as_str(), "each.key" | "count.index"));
        let [reference] = &others[..] else { return None };
        let steps = address::steps(reference);
        let here = self.find(module)?;
        let (first, rest) = match &steps[..] {
            [Step::Name("data"), Step::Name(kind), Step::Name(name), rest @ ..] => {
                (ecow::eco_format!("data.{kind}.{name}"), rest)
            }
            [Step::Name(first), Step::Name(second), rest @ ..] => (ecow::eco_format!("{first}.{second}"), rest),
            _ => return None,
        };
        let (key, rest) = match rest {
            [Step::Key(key), rest @ ..] => (Some(*key), rest),
            rest => (None, rest),
        };
        if let Some(resource) = here.resources.get(&first) {
            // Beside something that has no such index, it is part of a text or the like.
            if !keys.is_empty() && (key.is_some() || !resource.repeated) {
                return None;
            }
            let key = match key {
                Some(key) => key,
                None if resource.repeated => "[*]",
                None => "",
            };
            let own = within(module, &ecow::eco_format!("{first}{key}"));
            return Some(Target { address: own, path: joined(&path(rest), behind)? });
        }
        if !keys.is_empty() {
            return None;
        }
        match &steps[..] {
            [Step::Name("var"), Step::Name(name), rest @ ..] => {
                let (caller, call) = outer(module)?;
                let arguments = &self.find(caller)?.calls.get(call)?.arguments;
                self.follow(caller, arguments.get(*name)?, &joined(&path(rest), behind)?, depth + 1)
            }
            [Step::Name("module"), Step::Name(call), rest @ ..] => {
                let declared = here.calls.get(*call)?;
                let (key, rest) = match rest {
                    [Step::Key(key), rest @ ..] => (*key, rest),
                    rest if declared.repeated => ("[*]", rest),
                    rest => ("", rest),
                };
                let [Step::Name(output), rest @ ..] = rest else { return None };
                let child = within(module, &ecow::eco_format!("module.{call}{key}"));
                let references = declared.module.outputs.get(*output)?;
                self.follow(&child, references, &joined(&path(rest), behind)?, depth + 1)
            }
            _ => None,
        }
    }
}

/// An address in a module.
fn within(module: &str, address: &str) -> EcoString {
    if module.is_empty() { address.into() } else { ecow::eco_format!("{module}.{address}") }
}

/// The address of the module that calls this one, and the name of the call.
fn outer(module: &str) -> Option<(&str, &str)> {
    let (name, key) = *address::calls(module).last()?;
    let length = "module.".len() + name.len() + key.len();
    let before = module.len().checked_sub(length)?;
    Some((module[..before].trim_end_matches('.'), name))
}

fn path(steps: &[Step<'_>]) -> EcoString {
    let mut out = EcoString::new();
    for step in steps {
        match step {
            Step::Name(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
            Step::Key(key) => out.push_str(key),
        }
    }
    out
}

/// A path with what follows behind a variable or an output. Whether both are steps of one path or the
/// first is a part of an object that is made on the way cannot be told.
fn joined(path: &EcoString, behind: &str) -> Option<EcoString> {
    match (path.is_empty(), behind.is_empty()) {
        (_, true) => Some(path.clone()),
        (true, false) => Some(behind.into()),
        (false, false) => None,
    }
}

impl Resource {
    fn read(pull: &mut Pull<'_>) -> Result<(EcoString, Self), Broken> {
        let mut resource = Self::default();
        let mut address = EcoString::new();
        pull.fields(&mut |p, key, _| {
            match key {
                "address" => address = p.text()?.unwrap_or_default(),
                "expressions" => resource.written = fields(p, 0)?,
                "count_expression" | "for_each_expression" => {
                    resource.repeated = true;
                    p.skip()?;
                }
                _ => {
                    p.skip()?;
                }
            }
            Ok(())
        })?;
        Ok((address, resource))
    }
}

impl Call {
    fn read(pull: &mut Pull<'_>, depth: usize) -> Result<Self, Broken> {
        let mut call = Self::default();
        pull.fields(&mut |p, key, _| {
            match key {
                "expressions" => {
                    p.fields(&mut |p, name, _| {
                        call.arguments.insert(name.into(), references_of(p)?);
                        Ok(())
                    })?;
                }
                "count_expression" | "for_each_expression" => {
                    call.repeated = true;
                    p.skip()?;
                }
                "module" => call.module = Module::nested(p, depth)?,
                _ => {
                    p.skip()?;
                }
            }
            Ok(())
        })?;
        Ok(call)
    }
}

/// What an expression refers to.
fn references_of(pull: &mut Pull<'_>) -> Result<References, Broken> {
    Ok(match expression(pull, 0)? {
        Written::Attribute(references) => references,
        Written::Blocks(_) => References::new(),
    })
}

fn fields(pull: &mut Pull<'_>, depth: usize) -> Result<Fields, Broken> {
    let mut fields = Fields::new();
    pull.fields(&mut |p, name, _| {
        let written = expression(p, depth)?;
        fields.insert(name.into(), written);
        Ok(())
    })?;
    Ok(fields)
}

/// An expression, or blocks of one kind: a list of them, one, or one by key.
fn expression(pull: &mut Pull<'_>, depth: usize) -> Result<Written, Broken> {
    if depth > DEEPEST {
        pull.skip()?;
        return Ok(Written::Attribute(References::new()));
    }
    if pull.is_array() {
        let mut blocks = Vec::new();
        pull.elements(&mut |p| {
            blocks.push(fields(p, depth + 1)?);
            Ok(())
        })?;
        return Ok(Written::Blocks(blocks));
    }
    let mut references = References::new();
    let mut block = Fields::new();
    pull.fields(&mut |p, key, _| {
        match key {
            // The value is in the plan, where it can be seen what becomes of it.
            "constant_value" => {
                p.skip()?;
            }
            "references" if p.is_array() => {
                p.elements(&mut |p| {
                    references.extend(p.text()?);
                    Ok(())
                })?;
            }
            _ => {
                let written = expression(p, depth + 1)?;
                block.insert(key.into(), written);
            }
        }
        Ok(())
    })?;
    Ok(if block.is_empty() { Written::Attribute(references) } else { Written::Blocks(vec![block]) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    const CONFIGURATION: &str = r#"{
      "resources": [
        {"address": "aws_s3_bucket.logs", "expressions": {}},
        {"address": "aws_s3_bucket.many", "expressions": {}, "for_each_expression": {}},
        {"address": "data.aws_kms_key.k", "expressions": {}}
      ],
      "module_calls": {
        "a": {
          "expressions": {
            "bucket": {"references": ["aws_s3_bucket.logs.id", "aws_s3_bucket.logs"]},
            "whole": {"references": ["aws_s3_bucket.logs"]}
          },
          "count_expression": {"constant_value": 2},
          "module": {
            "resources": [
              {"address": "aws_kms_key.k", "expressions": {}},
              {"address": "aws_s3_bucket_versioning.v", "expressions": {
                "bucket": {"references": ["var.bucket"]},
                "versioning_configuration": [{"status": {"constant_value": {"references": []}}}]
              }}
            ],
            "outputs": {"key": {"expression": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}}}
          }
        }
      }
    }"#;

    fn module() -> Module {
        Module::read(&mut Pull::new(FileId(0), CONFIGURATION, 0, &mut Vec::new())).ok().unwrap()
    }

    #[track_caller]
    fn leads(from: &str, references: &[&str], to: Option<(&str, &str)>) {
        let references: Vec<EcoString> = references.iter().map(|r| (*r).into()).collect();
        let found = module().target(from, &references);
        let found = found.as_ref().map(|t| (t.address.as_str(), t.path.as_str()));
        assert_eq!(found, to);
    }

    #[test]
    fn a_reference_leads_to_the_attribute_of_a_resource() {
        leads("", &["aws_s3_bucket.logs.id", "aws_s3_bucket.logs"], Some(("aws_s3_bucket.logs", "id")));
        leads("", &["data.aws_kms_key.k.arn", "data.aws_kms_key.k"], Some(("data.aws_kms_key.k", "arn")));
        let eu = ["aws_s3_bucket.many[\"eu\"].id", "aws_s3_bucket.many[\"eu\"]", "aws_s3_bucket.many"];
        leads("", &eu, Some(("aws_s3_bucket.many[\"eu\"]", "id")));
    }

    #[test]
    fn through_variables_and_outputs_of_modules_too() {
        leads("module.a[0]", &["var.bucket"], Some(("aws_s3_bucket.logs", "id")));
        leads("module.a[0]", &["var.whole.arn", "var.whole"], Some(("aws_s3_bucket.logs", "arn")));
        let key = ["module.a[1].key", "module.a[1]", "module.a"];
        leads("", &key, Some(("module.a[1].aws_kms_key.k", "arn")));
    }

    #[test]
    fn which_instance_is_meant_may_be_unknown() {
        leads("", &["aws_s3_bucket.many", "each.key"], Some(("aws_s3_bucket.many[*]", "")));
        leads("", &["module.a"], None);
    }

    #[test]
    fn what_refers_to_several_things_or_to_none_leads_nowhere() {
        leads("", &["aws_s3_bucket.logs.id", "aws_s3_bucket.logs", "var.x"], None);
        leads("", &["aws_s3_bucket.logs.id", "aws_s3_bucket.logs", "each.key"], None);
        leads("", &["local.x"], None);
        leads("", &["var.x"], None);
        leads("", &[], None);
        leads("module.a[0]", &["var.bucket.x", "var.bucket"], None);
    }

    #[test]
    fn blocks_are_told_from_attributes() {
        let module = module();
        let written = module.written("module.a[0]", "aws_s3_bucket_versioning.v").unwrap();
        assert!(matches!(&written["bucket"], Written::Attribute(r) if r.len() == 1));
        let Written::Blocks(blocks) = &written["versioning_configuration"] else { panic!("{written:?}") };
        assert!(matches!(&blocks[0]["status"], Written::Attribute(r) if r.is_empty()));
    }
}
