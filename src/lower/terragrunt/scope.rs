//! What names mean in a Terragrunt file.

use std::rc::Rc;

use ecow::EcoString;

use super::{
    config::{Config, Include},
    functions,
    path::{in_tree, shown},
};
use crate::{
    eval::{Access, EvalError, Mode, Resolved, Scope},
    lower::{path::is_outside, terraform::files_matching},
    source::Span,
    value::{Value, Why, WhyKind},
};

type Result<T = Value, E = EvalError> = std::result::Result<T, E>;

/// The names of one file.
pub struct ConfigScope<'s, 'a> {
    /// The file.
    pub config: &'s Rc<Config<'a>>,
}

impl Scope for ConfigScope<'_, '_> {
    fn mode(&self) -> Mode {
        Mode::Configuration
    }

    fn resolve(&self, name: &str, _span: Span, steps: &[Access]) -> Result<Resolved> {
        let config = self.config;
        let first = attribute_at(steps, 0);
        let one = |value: Value| Ok(Resolved { value, steps: 1 });
        match (name, first) {
            ("local", Some(local)) => one(config.local(local)?),
            ("local", None) => Ok(Resolved { value: config.locals(), steps: 0 }),
            ("include", _) => self.include(steps),
            ("dependency", Some(dependency)) => one(config.dependency(dependency)?),
            ("feature", Some(feature)) => one(config.feature(feature)?),
            // A unit that a stack makes gets its values from there.
            ("values" | "unit" | "stack", _) => {
                let why = Why::new(WhyKind::NotEvaluated, "what the stack gives to this unit");
                Ok(Resolved { value: Value::unknown(why), steps: steps.len() })
            }
            _ => Err(EvalError::new(format!("`{name}` is not a name that is known here")).uncatchable()),
        }
    }

    fn spend(&self, amount: usize) -> Result<()> {
        self.config.session.spend(amount)
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        let found = in_tree(self.config.dir(), path)
            .ok_or_else(|| EvalError::new(format!("{path} is outside the repository")))?;
        let read = self.config.session.reader.tree.read(&found);
        read.map_err(|error| EvalError::new(format!("{} cannot be read: {error}", shown(path))))
    }

    fn list_files(&self, dir: &str, pattern: &str) -> Result<Vec<EcoString>> {
        let from = in_tree(self.config.dir(), dir)
            .ok_or_else(|| EvalError::new(format!("{} is outside the repository", shown(dir))))?;
        files_matching(self.config.session.reader.tree, &from, pattern, &|base| !is_outside(base))
    }

    fn has_function(&self, name: &str) -> bool {
        functions::has(name)
    }

    fn call_function(&self, name: &str, args: &[Value], span: Span) -> Result {
        functions::Call { name, args, span, config: self.config, scope: self }.run()
    }
}

impl ConfigScope<'_, '_> {
    /// `include.name.locals.x`; `include.locals.x` for the include without a name.
    fn include(&self, steps: &[Access]) -> Result<Resolved> {
        let includes = self.config.includes();
        let named = attribute_at(steps, 0).and_then(|name| includes.iter().find(|i| i.name == *name));
        let found = named.map(|i| (i, 1)).or_else(|| includes.iter().find(|i| i.name.is_empty()).map(|i| (i, 0)));
        let Some((include, taken)) = found else {
            // What could not be read was reported where it is included.
            if let Some(why) = self.config.lost.borrow().clone() {
                return Ok(Resolved { value: Value::unknown(why), steps: steps.len() });
            }
            let name = attribute_at(steps, 0).map_or("", EcoString::as_str);
            return Err(EvalError::new(format!("there is no include \"{name}\" here")).uncatchable());
        };
        let Include { config, expose, name, .. } = include;
        if !expose {
            let message = format!("include \"{name}\" cannot be referred to: it needs `expose = true`");
            return Err(EvalError::new(message).uncatchable());
        }
        // Only the local that is asked for: the others may need what is not known yet.
        match (attribute_at(steps, taken).map(EcoString::as_str), attribute_at(steps, taken + 1)) {
            (Some("locals"), Some(local)) => Ok(Resolved { value: config.local(local)?, steps: taken + 2 }),
            (Some("locals"), None) => Ok(Resolved { value: config.locals(), steps: taken + 1 }),
            (Some("inputs"), _) => Ok(Resolved { value: config.inputs(), steps: taken + 1 }),
            _ => Ok(Resolved { value: config.whole(), steps: taken }),
        }
    }
}

fn attribute_at(steps: &[Access], index: usize) -> Option<&EcoString> {
    match steps.get(index) {
        Some(Access::Attribute(name)) => Some(name),
        _ => None,
    }
}
