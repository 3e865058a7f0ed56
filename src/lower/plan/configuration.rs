//! `configuration`: what was written, as far as a plan tells. Not how an expression computes, only
//! what it refers to: enough to say for which attribute of which resource an unknown value stands.

use std::collections::{HashMap, HashSet};

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

    /// What an unknown value in a module stands for, if all that it refers to besides is known.
    ///
    /// The plan does not tell an expression from what it refers to: `"${aws_s3_bucket.a.id}-x"`,
    /// `var.on ? aws_s3_bucket.a.id : null` and `aws_s3_bucket.a.id` look alike. What stands between two
    /// resources is taken for a reference.
    pub(super) fn target(&self, module: &str, references: &[EcoString], known: &Known) -> Option<Target> {
        match self.all(module, references, "", known, 0) {
            Stands::For(target) => Some(target),
            Stands::Known | Stands::Unclear => None,
        }
    }

    /// What several references stand for together; `behind` is what follows behind the whole expression.
    fn all(&self, module: &str, references: &[EcoString], behind: &str, known: &Known, depth: usize) -> Stands {
        if depth > DEEPEST {
            return Stands::Unclear;
        }
        let mut found = Stands::Known;
        for reference in references {
            // Terraform names what leads to a reference as well: `aws_vpc.main` beside `aws_vpc.main.id`.
            let leads_to = |other: &EcoString| {
                other.strip_prefix(reference.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            if references.iter().any(leads_to) {
                continue;
            }
            found = match (found, self.one(module, reference, behind, known, depth)) {
                (Stands::Unclear, _) | (_, Stands::Unclear) => return Stands::Unclear,
                (Stands::Known, other) | (other, Stands::Known) => other,
                (Stands::For(a), Stands::For(b)) if a == b => Stands::For(a),
                (Stands::For(_), Stands::For(_)) => return Stands::Unclear,
            };
        }
        found
    }

    fn one(&self, module: &str, reference: &str, behind: &str, known: &Known, depth: usize) -> Stands {
        let Some(here) = self.find(module) else { return Stands::Unclear };
        let steps = address::steps(reference);
        let (first, rest) = match &steps[..] {
            [Step::Name("path" | "terraform" | "count"), ..] | [Step::Name("each"), Step::Name("key"), ..] => {
                return Stands::Known;
            }
            [Step::Name("data"), Step::Name(kind), Step::Name(name), rest @ ..] => {
                (ecow::eco_format!("data.{kind}.{name}"), rest)
            }
            [Step::Name(first), Step::Name(second), rest @ ..] => (ecow::eco_format!("{first}.{second}"), rest),
            _ => return Stands::Unclear,
        };
        if let Some(resource) = here.resources.get(&first) {
            let (key, rest) = match rest {
                [Step::Key(key), rest @ ..] => (*key, rest),
                // Which instance is meant is decided by an expression.
                rest if resource.repeated => ("[*]", rest),
                rest => ("", rest),
            };
            let address = within(module, &ecow::eco_format!("{first}{key}"));
            if known.is_settled(&address) {
                return Stands::Known;
            }
            return joined(&path(rest), behind).map_or(Stands::Unclear, |path| Stands::For(Target { address, path }));
        }
        match &steps[..] {
            [Step::Name("var"), Step::Name(name), rest @ ..] => {
                let Some((caller, call)) = outer(module) else {
                    return if known.variables.contains(*name) { Stands::Known } else { Stands::Unclear };
                };
                let Some(call) = self.find(caller).and_then(|c| c.calls.get(call)) else { return Stands::Unclear };
                match (call.arguments.get(*name), joined(&path(rest), behind)) {
                    // Its default is.
                    (None, _) => Stands::Known,
                    (Some(argument), Some(behind)) => self.all(caller, argument, &behind, known, depth + 1),
                    (Some(_), None) => Stands::Unclear,
                }
            }
            [Step::Name("module"), Step::Name(call), rest @ ..] => {
                let Some(declared) = here.calls.get(*call) else { return Stands::Unclear };
                let (key, rest) = match rest {
                    [Step::Key(key), rest @ ..] => (*key, rest),
                    rest if declared.repeated => ("[*]", rest),
                    rest => ("", rest),
                };
                let [Step::Name(output), rest @ ..] = rest else { return Stands::Unclear };
                let child = within(module, &ecow::eco_format!("module.{call}{key}"));
                match (declared.module.outputs.get(*output), joined(&path(rest), behind)) {
                    (Some(references), Some(behind)) => self.all(&child, references, &behind, known, depth + 1),
                    _ => Stands::Unclear,
                }
            }
            _ => Stands::Unclear,
        }
    }
}

/// What a reference comes to.
enum Stands {
    /// A value that is known, so that it is not this which makes another unknown.
    Known,
    /// Something of this thing.
    For(Target),
    /// It cannot be told: a local value, or several things.
    Unclear,
}

/// What is known in a plan.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The variables of the root that have a value.
    pub(super) variables: HashSet<EcoString>,
    /// The addresses of what there will be, except for data sources that were read; by instance, and by
    /// block.
    pub(super) instances: HashSet<EcoString>,
    pub(super) blocks: HashSet<EcoString>,
}

impl Known {
    /// Whether there is no such thing, or all of it is known.
    fn is_settled(&self, address: &str) -> bool {
        if address.contains("[*]") {
            return !self.blocks.contains(&address::without_keys(address));
        }
        !self.instances.contains(address)
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
        let there = [
            "aws_s3_bucket.logs",
            "aws_s3_bucket.many[\"eu\"]",
            "data.aws_kms_key.k",
            "module.a[0].aws_kms_key.k",
            "module.a[1].aws_kms_key.k",
        ];
        let known = Known {
            variables: HashSet::from(["on".into()]),
            instances: there.iter().map(|a| (*a).into()).collect(),
            blocks: there.iter().map(|a| address::without_keys(a)).collect(),
        };
        let found = module().target(from, &references, &known);
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
    fn what_is_known_makes_nothing_unknown() {
        let logs = Some(("aws_s3_bucket.logs", "id"));
        leads("", &["aws_s3_bucket.logs.id", "aws_s3_bucket.logs", "each.key", "path.module"], logs);
        leads("", &["var.on", "aws_s3_bucket.logs.id", "aws_s3_bucket.logs"], logs);
        leads("", &["aws_s3_bucket.gone[0].id", "aws_s3_bucket.logs.id", "aws_s3_bucket.logs"], None);
        let us = ["aws_s3_bucket.many[\"us\"].id", "aws_s3_bucket.many[\"us\"]", "aws_s3_bucket.many"];
        leads("", &us, None);
        leads("", &[&us[..], &["aws_s3_bucket.logs.id", "aws_s3_bucket.logs"]].concat(), logs);
        leads("module.a[0]", &["var.bucket", "var.defaulted"], logs);
    }

    #[test]
    fn what_refers_to_several_things_or_to_none_leads_nowhere() {
        leads("", &["aws_s3_bucket.logs.id", "aws_s3_bucket.logs", "var.x"], None);
        leads("", &["aws_s3_bucket.logs.id", "aws_s3_bucket.logs", "data.aws_kms_key.k"], None);
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
