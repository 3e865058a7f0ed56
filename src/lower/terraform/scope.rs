//! What names mean inside a module, and in files of variables, where nothing has a name.

use std::{rc::Rc, sync::Arc};

use ecow::EcoString;

use super::{
    expand::Repetition,
    instance::{Instance, LARGEST_VALUE, Root},
};
use crate::{
    eval::{Access, EvalError, Mode, Resolved, Scope},
    lower::path,
    source::{Span, Tree},
    value::{Origins, Refinement, Repr, Symbol, Type, Unknown, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// What begins the names of values that the text of a module does not have: see `lower::terragrunt::generate`.
pub(in crate::lower) const GIVEN: &str = "__given_";

/// Texts shorter than this are decoded as fast as they are looked up.
const WORTH_KEEPING: usize = 1 << 10;
/// Of more decoded texts than this the rest is not kept.
const MOST_KEPT: usize = 256;

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

    fn remembered(&self, function: &'static str, text: &str, origins: &Origins) -> Option<Value> {
        if text.len() < WORTH_KEEPING {
            return None;
        }
        let decoded = self.instance.root.decoded.borrow();
        let (at, value) = decoded.get(&(function, text.into()))?;
        (at == origins).then(|| value.clone())
    }

    fn remember(&self, function: &'static str, text: &str, origins: &Origins, value: &Value) {
        let mut decoded = self.instance.root.decoded.borrow_mut();
        if text.len() >= WORTH_KEEPING && decoded.len() < MOST_KEPT {
            decoded.insert((function, text.into()), (origins.clone(), value.clone()));
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
        path::resolve("", &self.full_path(path))
    }

    fn list_files(&self, dir: &str, pattern: &str) -> Result<Vec<EcoString>> {
        let root = self.instance.root;
        files_matching(root.tree, &path::resolve("", &self.full_path(dir)), pattern, &|base| root.admits(base))
    }
}

/// The files of a tree below a directory that match a pattern, for `fileset`, as ways from the directory. `admits`
/// says whether a directory may be looked at.
pub(in crate::lower) fn files_matching(
    tree: &dyn Tree,
    from: &str,
    pattern: &str,
    admits: &dyn Fn(&str) -> bool,
) -> Result<Vec<EcoString>> {
    // The pattern may lead out of the directory.
    let (mut base, mut rest) = (EcoString::from(from), pattern);
    while let Some((step @ ("" | "." | ".."), after)) = rest.split_once('/') {
        base = path::resolve(&base, step);
        rest = after;
    }
    if !admits(&base) {
        // What is not there has no files, wherever it is not.
        return match tree.files_below(&base) {
            Some(Ok(files)) if files.is_empty() => Ok(Vec::new()),
            _ => Err(EvalError::new(format!("{base} is outside the repository"))),
        };
    }
    // A `*` stays within one directory, as in Terraform.
    let glob = globset::GlobBuilder::new(rest)
        .literal_separator(true)
        .empty_alternates(true)
        .build()
        .map_err(|_| EvalError::new(format!("\"{pattern}\" is not a pattern")))?;
    // Only what the pattern can match is listed.
    let fixed = rest.find(['*', '?', '[', '{', '\\']).map_or(rest, |at| &rest[..at]);
    let top = path::resolve(&base, fixed.rfind('/').map_or("", |at| &fixed[..at]));
    let below = match tree.files_below(&top) {
        Some(files) => files.map_err(|e| EvalError::new(format!("\"{top}\" cannot be listed: {e}")))?,
        None => tree.list().files,
    };
    if below.is_empty() {
        return Ok(Vec::new());
    }
    let glob = glob.compile_matcher();
    let inside = |path: &str| -> bool {
        let rest = if base.is_empty() {
            Some(path)
        } else {
            path.strip_prefix(base.as_str()).and_then(|rest| rest.strip_prefix('/'))
        };
        rest.is_some_and(|rest| glob.is_match(rest))
    };
    Ok(below.iter().filter(|f| inside(f)).map(|f| path::relative(from, f)).collect())
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
        match part {
            "module" => Ok(Value::string(self.instance.path_in_root())),
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
