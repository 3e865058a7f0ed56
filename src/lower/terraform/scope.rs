//! What names mean inside a module, and in files of variables, where nothing has a name.

use std::{rc::Rc, sync::Arc};

use ecow::EcoString;

use super::{
    expand::Repetition,
    instance::{Instance, LARGEST_VALUE, Root},
    module,
};
use crate::{
    eval::{Access, EvalError, Mode, Resolved, Scope},
    source::Span,
    value::{Refinement, Repr, Symbol, Type, Unknown, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// What begins the names of values that the text of a module does not have: see `lower::terragrunt::generate`.
pub(in crate::lower) const GIVEN: &str = "__given_";

/// The names inside a module instance.
pub(super) struct InstanceScope<'s, 'a> {
    pub(super) instance: &'s Rc<Instance<'a>>,
    pub(super) repetition: Option<&'s Repetition>,
}

impl Scope for InstanceScope<'_, '_> {
    fn mode(&self) -> Mode {
        Mode::Configuration
    }

    fn resolve(&self, name: &str, _span: Span, steps: &[Access]) -> Result<Resolved> {
        let instance = self.instance;
        if let Some(number) = name.strip_prefix(GIVEN) {
            let given = instance.root.unit.and_then(|u| u.given.get(number.parse::<usize>().ok()?));
            let value = given.cloned().ok_or_else(|| EvalError::new(format!("`{name}` is not known here")))?;
            return Ok(Resolved { value, steps: 0 });
        }
        let first = match steps.first() {
            Some(Access::Attribute(first)) => Some(first),
            _ => None,
        };
        let one = |value: Value| Ok(Resolved { value, steps: 1 });
        match (name, first) {
            ("var", Some(variable)) => one(instance.variable(variable)?),
            ("local", Some(local)) => one(instance.local(local)?),
            ("module", _) => instance.module_reference(steps),
            ("data", Some(kind)) => {
                let mut resolved = instance.resource_reference(kind, true, &steps[1..])?;
                resolved.steps += 1;
                Ok(resolved)
            }
            ("each", Some(part)) => one(self.each(part)?),
            ("count", Some(part)) if part == "index" => match self.repetition.and_then(|r| r.count.clone()) {
                Some(index) => one(index),
                None => Err(EvalError::new("`count.index` needs a `count`").uncatchable()),
            },
            ("path", Some(part)) => one(self.path(part)?),
            ("terraform" | "tofu", Some(part)) if part == "workspace" => {
                one(if let Some(workspace) = instance.root.workspace() {
                    Value::string(workspace)
                } else {
                    let why = Why::new(WhyKind::NotEvaluated, "terraform.workspace");
                    let symbol = Symbol {
                        scope: instance.root.symbols.clone(),
                        address: "terraform.workspace".into(),
                        path: "".into(),
                    };
                    let unknown = Unknown { why, symbol: Some(symbol), refinement: Refinement::NonNull };
                    Value::from(Repr::Unknown(Arc::new(unknown))).of_type(Type::String)
                })
            }
            // Only provisioners, connections and postconditions have `self`, and none of them is evaluated.
            ("self", _) => Err(EvalError::new("`self` cannot be used here").uncatchable()),
            ("ephemeral", Some(kind)) => {
                Ok(Resolved { value: Value::unknown(Why::new(WhyKind::AfterApply, kind.clone())), steps: steps.len() })
            }
            (kind, Some(_)) => instance.resource_reference(kind, false, steps),
            (name, None) => Err(EvalError::new(format!("`{name}` is not a name that is known here")).uncatchable()),
        }
    }

    fn spend(&self, amount: usize) -> Result<()> {
        let spent = &self.instance.root.spent;
        spent.set(spent.get().saturating_add(amount));
        if spent.get() > LARGEST_VALUE {
            return Err(EvalError::new("this makes more than can be evaluated").uncatchable());
        }
        Ok(())
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        self.instance.root.read("", &self.full_path(path))
    }

    fn file_name(&self, path: &str) -> EcoString {
        module::resolve("", &self.full_path(path))
    }

    fn list_files(&self, dir: &str, pattern: &str) -> Result<Vec<EcoString>> {
        let root = self.instance.root;
        let outside = || EvalError::new(format!("{dir} is outside the repository"));
        let from = module::resolve("", &self.full_path(dir));
        // The pattern may lead out of the directory.
        let (mut base, mut rest) = (from.clone(), pattern);
        while let Some((step @ ("" | "." | ".."), after)) = rest.split_once('/') {
            base = module::resolve(&base, step);
            rest = after;
        }
        if !root.admits(&base) {
            // What is not there has no files, wherever it is not.
            return match root.tree.files_below(&base) {
                Some(Ok(files)) if files.is_empty() => Ok(Vec::new()),
                _ => Err(outside()),
            };
        }
        // A `*` stays within one directory, as in Terraform.
        let glob = globset::GlobBuilder::new(rest)
            .literal_separator(true)
            .empty_alternates(true)
            .build()
            .map_err(|_| EvalError::new(format!("\"{pattern}\" is not a pattern")))?
            .compile_matcher();
        // Only what the pattern can match is listed.
        let fixed = rest.find(['*', '?', '[', '{', '\\']).map_or(rest, |at| &rest[..at]);
        let top = module::resolve(&base, fixed.rfind('/').map_or("", |at| &fixed[..at]));
        let inside = |path: &str| -> bool {
            let rest = if base.is_empty() {
                Some(path)
            } else {
                path.strip_prefix(base.as_str()).and_then(|rest| rest.strip_prefix('/'))
            };
            rest.is_some_and(|rest| glob.is_match(rest))
        };
        let below = match root.tree.files_below(&top) {
            Some(files) => files.map_err(|e| EvalError::new(format!("\"{top}\" cannot be listed: {e}")))?,
            None => root.tree.list().files,
        };
        Ok(below.iter().filter(|f| inside(f)).map(|f| relative(&from, f)).collect())
    }
}

/// The files of a tree below a directory that match a pattern, for `fileset`.
pub(in crate::lower) fn matching(files: &[Arc<str>], dir: &str, pattern: &str) -> Result<Vec<EcoString>> {
    // A `*` stays within one directory, as in Terraform.
    let glob = globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|_| EvalError::new(format!("\"{pattern}\" is not a pattern")))?
        .compile_matcher();
    let inside = |path: &str| -> Option<EcoString> {
        if dir.is_empty() { Some(path.into()) } else { Some(path.strip_prefix(dir)?.strip_prefix('/')?.into()) }
    };
    Ok(files.iter().filter_map(|f| inside(f)).filter(|f| glob.is_match(f.as_str())).collect())
}

impl InstanceScope<'_, '_> {
    fn each(&self, part: &str) -> Result {
        let pair = self.repetition.and_then(|r| r.each.as_ref());
        match (pair, part) {
            (Some((key, _)), "key") => Ok(key.clone()),
            (Some((_, value)), "value") => Ok(value.clone()),
            _ => Err(EvalError::new(format!("`each.{part}` needs a `for_each`")).uncatchable()),
        }
    }

    /// Paths are given from the directory of the root, as Terraform prints them.
    fn path(&self, part: &str) -> Result {
        let root = self.instance.root.dir.as_str();
        match part {
            "module" => Ok(Value::string(relative(root, &self.instance.module.dir))),
            "root" => Ok(Value::string(".")),
            "cwd" => Ok(Value::unknown(Why::new(WhyKind::NotEvaluated, "path.cwd")).of_type(Type::String)),
            _ => Err(EvalError::new(format!("`path.{part}` is not a name that is known here")).uncatchable()),
        }
    }

    /// A path of an expression, from the root of the tree.
    fn full_path(&self, path: &str) -> String {
        let root = self.instance.root.dir.as_str();
        if root.is_empty() { path.to_string() } else { format!("{root}/{path}") }
    }
}

/// The way from one directory to another.
pub(in crate::lower) fn relative(from: &str, to: &str) -> EcoString {
    if from == to {
        return ".".into();
    }
    let from: Vec<&str> = from.split('/').filter(|p| !p.is_empty()).collect();
    let to: Vec<&str> = to.split('/').filter(|p| !p.is_empty()).collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts = vec![".."; from.len() - common];
    parts.extend(&to[common..]);
    parts.join("/").into()
}

/// The scope of tfvars and of defaults in types: no names at all.
pub(super) struct Constants<'a> {
    pub(super) root: &'a Root<'a>,
}

impl Scope for Constants<'_> {
    fn mode(&self) -> Mode {
        Mode::Configuration
    }

    fn resolve(&self, name: &str, _span: Span, _steps: &[Access]) -> Result<Resolved> {
        Err(EvalError::new(format!("only literal values can stand here, not `{name}`")).uncatchable())
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        self.root.read(&self.root.dir, path)
    }

    fn list_files(&self, _dir: &str, _pattern: &str) -> Result<Vec<EcoString>> {
        Err(EvalError::new("only literal values can stand here"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_from_the_root_to_the_module() {
        assert_eq!(relative("envs/prod", "modules/net"), "../../modules/net");
        assert_eq!(relative("", "modules/net"), "modules/net");
        assert_eq!(relative("a", "a"), ".");
    }
}
