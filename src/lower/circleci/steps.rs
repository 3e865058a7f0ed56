//! Steps, with those of the commands that they use, and the conditions around them.

use std::cell::Cell;

use ecow::EcoString;

use super::{
    condition::Parameters,
    library::{Found, Library, Sort, parameters},
    text::{Scope, through},
};
use crate::{
    lower::{
        ci::{
            Condition, Test,
            reading::{field, items, place, refused, used, written},
        },
        path::join,
    },
    source::Diagnostic,
    value::{List, Object, Origin, Value},
};

/// Commands that use commands are followed so far.
const MAX_DEPTH: usize = 20;

/// So many steps of one job are looked at.
const MAX_STEPS: usize = 1000;

/// The steps that CircleCI has itself.
const BUILT_IN: &[&str] = &[
    "add_ssh_keys",
    "attach_workspace",
    "checkout",
    "persist_to_workspace",
    "restore_cache",
    "save_cache",
    "setup_docker_engine",
    "setup_remote_docker",
    "store_artifacts",
    "store_test_results",
];

/// A step as it comes to run.
#[derive(Debug)]
pub struct Piece {
    /// What people call it.
    pub name: EcoString,
    /// What to underline when something is missing.
    pub header: Origin,
    /// The directory in which it runs.
    pub directory: EcoString,
    /// Its script.
    pub commands: Vec<Value>,
    /// What it uses of an orb.
    pub uses: Vec<Value>,
    /// The variables that are set for it.
    pub variables: Value,
    /// When it runs.
    pub runs: Condition,
    /// The condition as text.
    pub condition: Value,
}

/// Where steps stand.
#[derive(Clone)]
pub struct Around<'a> {
    /// What their names stand for.
    pub library: &'a Library,
    /// What the parameters around them are.
    pub scope: &'a Scope,
    /// When they are reached.
    pub runs: Condition,
    /// The same as text.
    pub condition: Value,
}

/// What reads the steps of a job.
pub struct Steps<'a> {
    /// The pipeline's own parameters.
    pub parameters: &'a Parameters,
    /// Their defaults, put into texts at last.
    pub defaults: &'a Scope,
    /// The directory of the job into which the repository is checked out.
    pub root: EcoString,
    /// What to underline when nothing better is known.
    pub header: Origin,
    /// The steps.
    pub pieces: Vec<Piece>,
    /// How many uses of commands are still followed in this file.
    pub uses_left: &'a Cell<usize>,
    /// What CircleCI would refuse.
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

impl Steps<'_> {
    /// Adds a list of steps.
    pub fn add(&mut self, steps: Option<&Value>, around: &Around<'_>, depth: usize) {
        let Some(steps) = steps else { return };
        // `steps: << parameters.after >>` stands for a list.
        let steps = around.scope.apply(steps);
        for step in items(Some(&steps)) {
            if depth > MAX_DEPTH || self.pieces.len() >= MAX_STEPS {
                return;
            }
            self.one(step, around, depth);
        }
    }

    fn one(&mut self, step: &Value, around: &Around<'_>, depth: usize) {
        if let Some(list) = step.as_list() {
            // A list of steps that a parameter gave stands within the list.
            list.items.iter().for_each(|step| self.one(step, around, depth + 1));
            return;
        }
        let Some(object) = step.as_object() else {
            let name = written(step);
            if !name.is_empty() {
                self.named(&name, step, None, around, depth);
            }
            return;
        };
        for (name, content) in &object.fields {
            match name.as_str() {
                "run" | "deploy" => self.run(content, step, around),
                "when" | "unless" => self.conditional(name == "unless", content, around, depth),
                "steps" => self.add(Some(content), around, depth + 1),
                _ => self.named(name, step, Some(content), around, depth),
            }
        }
    }

    fn conditional(&mut self, negative: bool, content: &Value, around: &Around<'_>, depth: usize) {
        let Some(object) = content.as_object() else { return };
        let asked = field(object, "condition").map(|asked| around.scope.apply(asked));
        let asked = asked.unwrap_or_else(Value::null);
        let condition = self.parameters.condition(&asked);
        let condition = if negative { condition.not() } else { condition };
        let text = match asked.as_object().and_then(|o| o.fields.keys().next()) {
            Some(operator) => operator.clone(),
            None => written(&asked),
        };
        let around = Around {
            runs: around.runs.clone().and(condition),
            condition: Value::string(text).with_origins(asked.origins.clone()),
            ..around.clone()
        };
        self.add(field(object, "steps"), &around, depth + 1);
    }

    fn run(&mut self, content: &Value, step: &Value, around: &Around<'_>) {
        let empty = Object::default();
        let object = content.as_object().unwrap_or(&empty);
        let command = if content.as_object().is_some() { field(object, "command") } else { Some(content) };
        let name = field(object, "name").map(written).filter(|name| !name.is_empty());
        let text = command.map(written).unwrap_or_default();
        let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("run");
        let outcome = field(object, "when").filter(|when| when.as_str() == Some("on_fail"));
        let runs = match outcome {
            Some(when) => {
                let failed = Condition::at(Test::Unknown("`when: on_fail`".into()), when.origins.clone());
                around.runs.clone().and(failed)
            }
            None => around.runs.clone(),
        };
        let directory = field(object, "working_directory").map(written).unwrap_or_default();
        let header = step.as_object().and_then(|o| o.header.clone()).unwrap_or_else(|| place(step, &self.header));
        let command = command.map(|command| self.defaults.apply(command)).filter(|command| !command.is_null());
        self.pieces.push(Piece {
            name: name.unwrap_or_else(|| first.into()),
            header,
            directory: self.directory(&directory),
            commands: command.into_iter().collect(),
            uses: Vec::new(),
            variables: field(object, "environment").cloned().unwrap_or_else(Value::null),
            runs,
            condition: around.condition.clone(),
        });
    }

    /// A directory from the root of the repository; empty if that cannot be told.
    fn directory(&self, written: &str) -> EcoString {
        let inner = written.strip_prefix(self.root.as_str()).unwrap_or(written).trim_start_matches('/');
        let is_plain = !written.contains(['$', '<', '~']) || inner.len() < written.len() && !inner.contains(['$', '<']);
        if is_plain && (!written.starts_with('/') || inner.len() + 1 < written.len()) {
            join("", inner).unwrap_or_default()
        } else {
            EcoString::new()
        }
    }

    /// A step of CircleCI, a command, or one of an orb.
    fn named(&mut self, name: &str, step: &Value, with: Option<&Value>, around: &Around<'_>, depth: usize) {
        let header = step.as_object().and_then(|o| o.header.clone()).unwrap_or_else(|| place(step, &self.header));
        match around.library.find(Sort::Command, name) {
            Found::Here(definition, library) => {
                let left = self.uses_left.get();
                let Some(definition) = definition.as_object().filter(|_| left > 0) else { return };
                self.uses_left.set(left - 1);
                let given = with.and_then(Value::as_object);
                let mut scope = Scope::default();
                for (name, value) in parameters(definition, |name| given?.get(name).cloned()) {
                    scope.set("parameters", &name, value);
                }
                let from = self.pieces.len();
                let inner =
                    Around { library, scope: &scope, runs: around.runs.clone(), condition: around.condition.clone() };
                self.add(field(definition, "steps"), &inner, depth + 1);
                for piece in &mut self.pieces[from..] {
                    for command in &mut piece.commands {
                        *command = through(command, &header);
                    }
                }
            }
            Found::Elsewhere(orb) => {
                let text = Value::string(name).with_origins(place_of(step, &header));
                let action = Value::string(orb.action(name));
                let put = with.map_or_else(Value::null, |with| self.defaults.apply(with));
                let uses = used("orb", action, orb.version.clone(), &text, put);
                self.push(name, header, Vec::from([uses]), around);
                self.handed_on(with.and_then(Value::as_object), around, depth);
            }
            Found::Nothing if BUILT_IN.contains(&name) => self.push(name, header, Vec::new(), around),
            Found::Nothing => {
                let message = format!("the step `{name}` is no command of this configuration and of none of its orbs");
                let value = Value::null().with_origins(place_of(step, &header));
                self.diagnostics.push(
                    refused(message, &value, &header).help("define it under `commands`, or name the orb under `orbs`"),
                );
                // What it would do is not known.
                let text = Value::string(name).with_origins(value.origins.clone());
                let uses = used("command", text.clone(), Value::null(), &text, Value::null());
                self.push(name, header, Vec::from([uses]), around);
            }
        }
    }

    /// The steps that are given to something of an orb, which runs them somewhere.
    pub fn handed_on(&mut self, with: Option<&Object>, around: &Around<'_>, depth: usize) {
        let lists = with.into_iter().flat_map(|with| with.fields.values());
        for list in lists.filter(|value| value.as_list().is_some_and(is_steps)) {
            self.add(Some(list), around, depth + 1);
        }
    }

    fn push(&mut self, name: &str, header: Origin, uses: Vec<Value>, around: &Around<'_>) {
        self.pieces.push(Piece {
            name: name.into(),
            header,
            directory: EcoString::new(),
            commands: Vec::new(),
            uses,
            variables: Value::null(),
            runs: around.runs.clone(),
            condition: around.condition.clone(),
        });
    }
}

/// Whether a list holds steps: one of them runs something.
fn is_steps(list: &List) -> bool {
    let of_step = |item: &Object| item.fields.len() == 1 && (item.get("run").is_some() || item.get("when").is_some());
    list.items.iter().filter_map(Value::as_object).any(of_step)
}

/// The places of a step's name: its key, or itself.
fn place_of(step: &Value, header: &Origin) -> crate::value::Origins {
    if step.as_object().is_some() { super::library::at(header) } else { step.origins.clone() }
}
