//! Steps: what they run, which credentials they are given, and where they wait for somebody.

use ecow::EcoString;

use super::{
    Source,
    condition::{self, Switches},
    groovy::{Call, Expr, Statement},
};
use crate::{
    lower::{
        ci::{Condition, Gate, GateKind, Test},
        path,
    },
    value::{ByName, Object, Origin, OriginStep, Origins, Truth, Value, Why, WhyKind},
};

/// Functions that call functions are followed so far.
const MAX_CALLS: usize = 10;

/// Steps that run a script of a shell.
const SHELLS: [&str; 4] = ["sh", "bat", "powershell", "pwsh"];

/// Calls that only hold other steps, or decide nothing.
const WRAPPERS: [&str; 22] = [
    "",
    "script",
    "node",
    "steps",
    "timeout",
    "retry",
    "dir",
    "ws",
    "container",
    "podTemplate",
    "withEnv",
    "timestamps",
    "ansiColor",
    "lock",
    "wrap",
    "waitUntil",
    "milestone",
    "docker.image",
    "image.inside",
    "parallel",
    "echo",
    "throttle",
];

/// A step.
pub struct Step {
    /// What people call it: the name of the step.
    pub name: EcoString,
    /// What to underline.
    pub header: Origin,
    /// The script.
    pub command: Option<Value>,
    /// What it uses by name.
    pub used: Option<Value>,
    /// When it runs, given that its stage does.
    pub runs: Vec<Condition>,
    /// Whether the stage goes on if it fails.
    pub ignores_failure: Value,
    /// The variables that `withEnv` sets for it.
    pub env: Value,
    /// The directory in which it runs, from the root of the workspace.
    pub directory: EcoString,
}

/// What the steps of a stage come to.
#[derive(Default)]
pub struct Work {
    /// The steps.
    pub steps: Vec<Step>,
    /// Where it waits.
    pub gates: Vec<Gate>,
    /// What gives it credentials.
    pub credentials: Vec<Value>,
}

/// What holds where a step stands.
#[derive(Clone, Default)]
struct Place {
    conditions: Vec<Condition>,
    /// What swallows a failure: `catchError`, `try`.
    swallows: Option<Origin>,
    env: ByName<Value>,
    directory: EcoString,
    calls: Vec<EcoString>,
}

/// What steps may refer to.
pub struct Program<'a> {
    /// The file.
    pub source: &'a Source<'a>,
    /// The parameters that are switches.
    pub switches: &'a Switches,
    /// The functions of the file.
    pub functions: ByName<&'a [Statement]>,
}

impl Program<'_> {
    /// Reads steps.
    pub fn steps(&self, statements: &[Statement]) -> Work {
        let mut work = Work::default();
        self.walk(statements, &Place::default(), &mut work);
        work
    }

    fn walk(&self, statements: &[Statement], place: &Place, work: &mut Work) {
        for statement in statements {
            match statement {
                Statement::Call(call) if call.is_definition => {}
                Statement::Call(call) => self.call(call, place, work),
                Statement::Assignment { value, .. } => self.value(value, place, work),
                Statement::If { condition, condition_at, then, otherwise } => {
                    let asked = condition::of_tokens(condition, condition_at, self.source, self.switches);
                    let mut inner = place.clone();
                    inner.conditions.push(asked.clone());
                    self.walk(then, &inner, work);
                    let mut inner = place.clone();
                    inner.conditions.push(Condition::at(Test::Not(Box::new(asked.clone())), asked.origins));
                    self.walk(otherwise, &inner, work);
                }
                Statement::Block { word, body } => {
                    let mut inner = place.clone();
                    if matches!(word.as_str(), "catch" | "while" | "for" | "switch") {
                        inner.conditions.push(Condition::new(Test::Unknown(word.clone())));
                    }
                    if word == "try" {
                        inner.swallows = work.steps.last().map(|s| s.header.clone()).or(inner.swallows);
                    }
                    self.walk(body, &inner, work);
                }
                Statement::Other(_) => {}
            }
        }
    }

    /// The calls in a value: `def out = sh(...)`, closures.
    fn value(&self, value: &Expr, place: &Place, work: &mut Work) {
        match value {
            Expr::Call(call) => self.call(call, place, work),
            Expr::List(args, _) => args.iter().for_each(|arg| self.value(&arg.value, place, work)),
            Expr::Other(parts, _) => parts.iter().for_each(|part| self.value(part, place, work)),
            Expr::Text(_) | Expr::Word(..) => {}
        }
    }

    /// What runs in an argument: closures, and scripts whose output it is.
    fn argument(&self, value: &Expr, place: &Place, work: &mut Work) {
        match value {
            Expr::Call(call) if call.name.is_empty() || SHELLS.contains(&call.name.as_str()) => {
                self.call(call, place, work);
            }
            Expr::Call(call) => call.args.iter().for_each(|arg| self.argument(&arg.value, place, work)),
            Expr::List(args, _) => args.iter().for_each(|arg| self.argument(&arg.value, place, work)),
            Expr::Other(parts, _) => parts.iter().for_each(|part| self.argument(part, place, work)),
            Expr::Text(_) | Expr::Word(..) => {}
        }
    }

    fn call(&self, call: &Call, place: &Place, work: &mut Work) {
        let name = call.name.as_str();
        self.credentials(call, work);
        if SHELLS.contains(&name) {
            let Some(script) = call.named("script").or_else(|| call.first()) else { return };
            let status = call.named("returnStatus").filter(|v| v.as_word() == Some("true"));
            let ignored = status.map(|v| self.source.origin(&v.at())).or_else(|| place.swallows.clone());
            let value = self.source.value(script);
            work.steps.push(self.step(call, place, Some(value), None, ignored));
            return;
        }
        if name == "input" {
            work.gates.push(self.gate(call, place));
            return;
        }
        if let Some(body) = self.functions.get(name) {
            if place.calls.len() < MAX_CALLS && !place.calls.contains(&call.name) {
                let mut inner = place.clone();
                inner.calls.push(call.name.clone());
                self.walk(body, &inner, work);
            }
            return;
        }
        let mut inner = place.clone();
        match name {
            "catchError" | "warnError" => inner.swallows = Some(self.source.origin(&call.name_at)),
            "dir" => {
                let below = call.first().and_then(Expr::as_str).and_then(|dir| path::join(&place.directory, dir));
                inner.directory = below.unwrap_or_default();
            }
            "withEnv" => {
                for value in call.args.iter().filter_map(|a| match &a.value {
                    Expr::List(items, _) => Some(items),
                    _ => None,
                }) {
                    for item in value {
                        let Some((name, value)) = item.value.as_str().and_then(|t| t.split_once('=')) else { continue };
                        let at = Origins::one(self.source.origin(&item.value.at()));
                        inner.env.insert(name.into(), Value::string(value).with_origins(at));
                    }
                }
            }
            _ => {}
        }
        let is_plain = WRAPPERS.contains(&name) || matches!(name, "withCredentials" | "catchError" | "warnError");
        if !is_plain {
            if sounds_like_a_gate(name) {
                let why = Why::new(WhyKind::NotEvaluated, "what a step of a shared library does");
                let at = Origins::one(self.source.origin(&call.name_at));
                let name = Value::string(call.name.clone()).with_origins(at.clone());
                work.gates.push(Gate { kind: GateKind::Input, name, holds: Truth::Unknown(vec![why], at) });
            }
            let used = self.used(call);
            work.steps.push(self.step(call, place, None, Some(used), place.swallows.clone()));
        }
        call.args.iter().for_each(|arg| self.argument(&arg.value, &inner, work));
        self.walk(call.body(), &inner, work);
    }

    fn step(
        &self,
        call: &Call,
        place: &Place,
        command: Option<Value>,
        used: Option<Value>,
        ignored: Option<Origin>,
    ) -> Step {
        let env = if place.env.is_empty() {
            Value::null()
        } else {
            Value::object(place.env.iter().map(|(n, v)| (n.clone(), v.clone())))
        };
        Step {
            name: call.name.clone(),
            header: Origin::new(self.source.span(&call.name_at), self.source.span(&call.extent), OriginStep::Here),
            command,
            used,
            runs: place.conditions.clone(),
            ignores_failure: Value::bool(ignored.is_some())
                .with_origins(ignored.map_or_else(Origins::none, Origins::one)),
            env,
            directory: place.directory.clone(),
        }
    }

    /// The gate that an `input` is: a step, or the block of a stage.
    fn gate(&self, call: &Call, place: &Place) -> Gate {
        let mut gate = input(call, self.source);
        if let Some(origin) = &place.swallows {
            let why = Why::new(WhyKind::NotEvaluated, "what happens when the input is refused");
            gate.holds = Truth::Unknown(vec![why], Origins::one(origin.clone()));
        } else if let Some(condition) = place.conditions.last() {
            let why = Why::new(WhyKind::PipelineExpression, "whether the input is reached");
            gate.holds = Truth::Unknown(vec![why], condition.origins.clone());
        }
        gate
    }

    /// What a call of a plugin's step, or of a library, uses.
    fn used(&self, call: &Call) -> Value {
        let at = self.source.origin(&call.name_at);
        let here = Origins::one(at.clone());
        let name = match (call.name.as_str(), call.named("job").or_else(|| call.first())) {
            // Another pipeline.
            ("build", Some(job)) => self.source.value(job),
            _ => Value::string(call.name.clone()).with_origins(here.clone()),
        };
        let kind = if call.name == "build" { "job" } else { "step" };
        let text = self.source.text.get(call.extent.clone()).unwrap_or(&call.name);
        let text = text.lines().next().unwrap_or_default();
        let fields = [
            ("action", name),
            ("ref", Value::null().with_origins(here.clone())),
            ("kind", Value::string(kind).with_origins(here.clone())),
            ("text", Value::string(text).with_origins(here.clone())),
            ("with", self.source.object(&call.args, &call.name_at)),
        ];
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Value::from_object(Object { fields, header: Some(at), ..Object::default() }).with_origins(here)
    }

    /// The credentials that a call names: by `credentialsId`, or as those of a wrapper.
    fn credentials(&self, call: &Call, work: &mut Work) {
        let names = matches!(
            call.name.as_str(),
            "sshagent"
                | "docker.withRegistry"
                | "withDockerRegistry"
                | "withAWS"
                | "withKubeConfig"
                | "sshUserPrivateKey"
        );
        let mut found = Vec::new();
        for arg in &call.args {
            identified(arg.name.as_deref(), &arg.value, names, &mut found);
        }
        if call.name == "docker.withRegistry" {
            found.extend(call.args.get(1).map(|a| &a.value));
        }
        if call.name == "credentials" {
            found.extend(call.first());
        }
        for value in found {
            work.credentials.push(credential(self.source.value(value)));
        }
    }
}

/// Whether a step of a shared library is called like one that asks somebody.
fn sounds_like_a_gate(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["approv", "confirm", "gate", "manual", "proceed", "signoff"].iter().any(|word| name.contains(word))
}

/// The values that name credentials in an argument.
fn identified<'a>(name: Option<&str>, value: &'a Expr, in_wrapper: bool, out: &mut Vec<&'a Expr>) {
    let named =
        matches!(name, Some("credentialsId" | "credentials" | "vaultCredentialsId" | "roleArn" | "azureCredentialsId"));
    match value {
        Expr::Text(_) | Expr::Word(..) | Expr::Other(..) if named => out.push(value),
        Expr::List(args, _) => {
            for arg in args {
                // `sshagent(['deploy-key'])`
                if in_wrapper && arg.name.is_none() && matches!(arg.value, Expr::Text(_)) {
                    out.push(&arg.value);
                }
                identified(arg.name.as_deref(), &arg.value, in_wrapper, out);
            }
        }
        Expr::Call(call) => {
            for arg in &call.args {
                identified(arg.name.as_deref(), &arg.value, in_wrapper, out);
            }
        }
        _ => {}
    }
}

/// A credential as rules see it.
pub fn credential(name: Value) -> Value {
    let origins = name.origins.clone();
    let header = origins.first().cloned();
    let fields = [("kind", Value::string("credentials").with_origins(origins.clone())), ("name", name)];
    let fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
    Value::from_object(Object { fields, header, ..Object::default() }).with_origins(origins)
}

/// The gate that an `input` is where it stands without conditions.
pub fn input(call: &Call, source: &Source<'_>) -> Gate {
    let message = call.named("message").or_else(|| call.first());
    let of_block = || call.child("message").and_then(Call::first);
    let name = message.or_else(of_block).map_or_else(
        || Value::string("input").with_origins(Origins::one(source.origin(&call.name_at))),
        |message| source.value(message),
    );
    let mut gate = Gate::held(GateKind::Input, name);
    gate.holds = gate.holds.at(Origins::one(source.origin(&call.name_at)));
    gate
}
