//! Terragrunt's own functions.
//!
//! What asks the cloud, the environment or another program is unknown; no program is ever run, and the
//! environment of whoever runs trustlint says nothing about the one that deploys.

use std::rc::Rc;

use ecow::EcoString;

use super::{
    config::Config,
    merge,
    path::{absolute, in_tree, shown},
};
use crate::{
    eval::{EvalError, Mode, Scope, functions},
    lower::path::{dir_of, relative},
    source::Span,
    value::{Refinement, Repr, Unknown, Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// All of them.
const NAMES: [&str; 37] = [
    "constraint_check",
    "deep_merge",
    "find_in_parent_folders",
    "get_aws_account_alias",
    "get_aws_account_id",
    "get_aws_caller_identity_arn",
    "get_aws_caller_identity_user_id",
    "get_default_retryable_errors",
    "get_env",
    "get_original_terragrunt_dir",
    "get_parent_terragrunt_dir",
    "get_parent_tfvars_dir",
    "get_path_from_repo_root",
    "get_path_to_repo_root",
    "get_platform",
    "get_repo_root",
    "get_terraform_cli_args",
    "get_terraform_command",
    "get_terraform_commands_that_need_input",
    "get_terraform_commands_that_need_locking",
    "get_terraform_commands_that_need_parallelism",
    "get_terraform_commands_that_need_vars",
    "get_terragrunt_dir",
    "get_terragrunt_source_cli_flag",
    "get_tfvars_dir",
    "get_working_dir",
    "mark_as_read",
    "mark_glob_as_read",
    "path_relative_from_include",
    "path_relative_to_include",
    "read_terragrunt_config",
    "read_tfvars_file",
    "render_aws_provider_block",
    "run_cmd",
    "sops_decrypt_file",
    "sops_decrypt_string",
    "strict_get_env",
];

const NEED_INPUT: &[&str] = &["apply", "import", "init", "plan", "refresh"];
const NEED_LOCKING: &[&str] = &["apply", "destroy", "import", "plan", "refresh", "taint", "untaint"];
const NEED_PARALLELISM: &[&str] = &["apply", "plan", "destroy"];
const NEED_VARIABLES: &[&str] = &["apply", "console", "destroy", "import", "plan", "push", "refresh"];

/// The default of `find_in_parent_folders`.
const USUAL_NAME: &str = "terragrunt.hcl";

/// Whether Terragrunt has a function of its own under this name.
pub fn has(name: &str) -> bool {
    NAMES.contains(&name)
}

/// A call of one of Terragrunt's own functions.
pub struct Call<'c, 'a> {
    /// The name.
    pub name: &'c str,
    /// The arguments.
    pub args: &'c [Value],
    /// Where it stands.
    pub span: Span,
    /// In which file, and for whom it is evaluated.
    pub config: &'c Rc<Config<'a>>,
    /// For Terraform's functions.
    pub scope: &'c dyn Scope,
}

impl Call<'_, '_> {
    /// The value of the call.
    pub fn run(&self) -> Result {
        let config = self.config;
        let text = |text: EcoString| Ok(Value::string(text));
        match self.name {
            "get_terragrunt_dir" | "get_tfvars_dir" => text(absolute(dir_of(&config.unit_path))),
            "get_original_terragrunt_dir" => text(absolute(dir_of(&config.session.unit))),
            "get_parent_terragrunt_dir" | "get_parent_tfvars_dir" => text(absolute(&self.include_dir()?)),
            "get_repo_root" => text(absolute("")),
            "get_path_from_repo_root" => text(relative("", dir_of(&config.unit_path))),
            "get_path_to_repo_root" => text(relative(dir_of(&config.unit_path), "")),
            "path_relative_to_include" => text(relative(&self.include_dir()?, dir_of(&config.unit_path))),
            "path_relative_from_include" => text(relative(dir_of(&config.unit_path), &self.include_dir()?)),
            "find_in_parent_folders" => self.find_in_parent_folders(),
            "read_terragrunt_config" => self.read_terragrunt_config(),
            "read_tfvars_file" => self.read_tfvars_file(),
            "deep_merge" => {
                let merged = self.args.iter().cloned().reduce(|parent, child| merge::deep(&parent, &child));
                Ok(merged.unwrap_or_else(Value::null))
            }
            "mark_as_read" => self.argument(0).cloned(),
            "get_terraform_commands_that_need_vars" => Ok(commands(NEED_VARIABLES)),
            "get_terraform_commands_that_need_input" => Ok(commands(NEED_INPUT)),
            "get_terraform_commands_that_need_locking" => Ok(commands(NEED_LOCKING)),
            "get_terraform_commands_that_need_parallelism" => Ok(commands(NEED_PARALLELISM)),
            "get_terragrunt_source_cli_flag" => Ok(Value::string("")),
            "sops_decrypt_file" | "sops_decrypt_string" => Ok(self.not_known().mark_sensitive(true)),
            _ => Ok(self.not_known()),
        }
    }

    /// What only the run of Terragrunt can tell.
    fn not_known(&self) -> Value {
        let subject = match self.args.first().and_then(Value::as_str) {
            Some(first) if self.name != "run_cmd" => ecow::eco_format!("{}(\"{}\")", self.name, shown(first)),
            _ => ecow::eco_format!("{}()", self.name),
        };
        let why = Why::new(WhyKind::NotEvaluated, subject);
        Repr::Unknown(std::sync::Arc::new(Unknown { why, symbol: None, refinement: Refinement::NonNull })).into()
    }

    fn argument(&self, index: usize) -> Result<&Value> {
        self.args
            .get(index)
            .ok_or_else(|| EvalError::new(format!("`{}` takes at least {} arguments", self.name, index + 1)))
    }

    /// An argument that has to be known; the unknown that the call is otherwise.
    fn known(&self, index: usize) -> Result<std::result::Result<EcoString, Value>> {
        let value = self.argument(index)?;
        match (value.as_str(), value.first_unknown()) {
            (Some(text), _) => Ok(Ok(text.into())),
            (None, Some(why)) => Ok(Err(Value::unknown(why).with_origins(value.origins.clone()))),
            (None, None) => {
                let (name, kind) = (self.name, value.kind_name());
                Err(EvalError::new(format!("argument {} of `{name}` must be a string, not a {kind}", index + 1)))
            }
        }
    }

    /// The directory of the file that is included: of this one if it is, else of the one that it includes.
    fn include_dir(&self) -> Result<EcoString> {
        let config = self.config;
        if config.is_included {
            return Ok(config.dir().into());
        }
        let includes = config.includes();
        let found = match self.args.first().and_then(Value::as_str) {
            Some(name) => Some(
                includes
                    .iter()
                    .find(|i| i.name == name)
                    .ok_or_else(|| EvalError::new(format!("there is no include \"{name}\" here")))?,
            ),
            None => includes.first(),
        };
        Ok(found.map_or_else(|| dir_of(&config.unit_path), |i| i.config.dir()).into())
    }

    fn find_in_parent_folders(&self) -> Result {
        let name = match self.args.first() {
            None => USUAL_NAME.into(),
            Some(_) => match self.known(0)? {
                Ok(name) => name,
                Err(unknown) => return Ok(unknown),
            },
        };
        let mut dir = dir_of(&self.config.unit_path);
        while !dir.is_empty() {
            dir = dir_of(dir);
            if let Some(path) = in_tree(dir, &name)
                && self.config.session.reader.exists(&path)
            {
                return Ok(Value::string(absolute(&path)));
            }
        }
        if let Some(fallback) = self.args.get(1) {
            return Ok(fallback.clone());
        }
        Err(EvalError::new(format!("there is no {name} in a directory above {}", self.config.unit_path)))
    }

    fn read_terragrunt_config(&self) -> Result {
        let written = match self.known(0)? {
            Ok(path) => path,
            Err(unknown) => return Ok(unknown),
        };
        let reader = self.config.session.reader;
        let found = in_tree(dir_of(&self.config.unit_path), &written).map(|path| {
            let inside = ecow::eco_format!("{path}/{USUAL_NAME}");
            if reader.file(&inside).is_some() { inside } else { path }
        });
        match (found.filter(|p| reader.file(p).is_some()), self.args.get(1)) {
            (Some(path), _) => self.config.session.read(&path),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(EvalError::new(format!("there is no file {} in the repository", shown(&written)))),
        }
    }

    /// The values of a file of variables as JSON.
    fn read_tfvars_file(&self) -> Result {
        let written = match self.known(0)? {
            Ok(path) => path,
            Err(unknown) => return Ok(unknown),
        };
        let missing = || EvalError::new(format!("there is no file {} in the repository", shown(&written)));
        let path = in_tree(dir_of(&self.config.unit_path), &written).ok_or_else(missing)?;
        let object = self.config.session.variables_of(&path, self.scope).ok_or_else(missing)?;
        let args = [object];
        functions::call(&functions::Call {
            name: "jsonencode",
            args: &args,
            span: self.span,
            mode: Mode::Configuration,
            scope: self.scope,
        })
    }
}

fn commands(names: &[&str]) -> Value {
    Value::tuple(names.iter().map(|n| Value::string(*n)).collect())
}
