//! The steps of a pipeline in their order.

use std::collections::HashMap;

use ecow::{EcoString, eco_format};

use super::{keyed, mistake, step};
use crate::{
    lower::ci::{
        Condition, Parts,
        reading::{field, items, object, used, written},
    },
    model::Environment,
    value::{Object, Origin, Value},
};

/// Pipelines are started by others up to so many jobs of one tree.
const MOST_JOBS: usize = 10_000;

/// A pipeline as it is read.
pub struct Read<'a> {
    /// The path of its file.
    pub path: &'a EcoString,
    /// Its id.
    pub id: &'a EcoString,
    /// What to underline.
    pub header: &'a Origin,
    /// The whole file.
    pub document: &'a Object,
    /// What starts it.
    pub triggers: &'a Value,
    /// The branches whose pushes start it.
    pub branches: Value,
    /// The same for tags.
    pub tags: Value,
    /// The environment that its name speaks of.
    pub environment: Option<Environment>,
    /// The step that starts it, if this is how it is read: its address, and its name.
    pub caller: Option<(EcoString, EcoString)>,
    /// Where it is started.
    pub called_at: Option<Origin>,
}

/// What stands around a step.
#[derive(Clone, Default)]
pub struct Around {
    /// The stage that it is in.
    pub stage: Option<Object>,
    /// Whether it waits for a person because its stage does: the first step of such a stage.
    pub is_stage_start: bool,
}

/// A step in its place.
pub struct Placed {
    /// The step.
    pub object: Object,
    /// Its name, unique in the pipeline.
    pub name: EcoString,
    /// What to underline.
    pub header: Origin,
    /// The names of the steps before it.
    pub needs: Vec<EcoString>,
    /// Its condition as a text, to tell whether two are the same.
    pub asked: Option<EcoString>,
    /// What stands around it.
    pub around: Around,
}

impl Read<'_> {
    /// A pipeline that another repository has.
    pub fn imported(&self, import: &Value, parts: &mut Parts) {
        let text = import.clone();
        let uses = used("pipeline", import.clone(), Value::null(), &text, Value::null());
        let placed = Placed {
            object: Object::default(),
            name: "import".into(),
            header: import.origins.iter().last().cloned().unwrap_or_else(|| self.header.clone()),
            needs: Vec::new(),
            asked: None,
            around: Around::default(),
        };
        step::lower(self, &placed, vec![uses], parts);
    }

    /// Adds the steps of a pipeline.
    pub fn lower(&self, content: &Value, parts: &mut Parts) {
        let mut order = Order { all: Vec::new(), before: 0, last: 0, names: HashMap::new() };
        // A pipeline may say more than its steps: `custom: {name: {steps: ...}}`.
        let entries =
            content.as_object().and_then(|o| field(o, "steps").or_else(|| field(o, "step"))).unwrap_or(content);
        for (key, content, item) in keyed(entries) {
            match key.as_str() {
                "step" => order.group(&[content], &Around::default(), self.header),
                "parallel" => {
                    let steps = grouped(content);
                    order.group(&steps, &Around::default(), self.header);
                }
                "stage" => {
                    let Some(stage) = content.as_object() else { continue };
                    let mut around = Around { stage: Some(stage.clone()), is_stage_start: true };
                    for (key, content, _) in keyed(field(stage, "steps").unwrap_or(&Value::null())) {
                        let steps = if key == "parallel" { grouped(content) } else { vec![content] };
                        order.group(&steps, &around, self.header);
                        around.is_stage_start = false;
                    }
                }
                // Of custom pipelines; and merged-in settings.
                "variables" => {}
                other => {
                    let message = format!("`{other}` is no step, no group of steps and no stage");
                    let help = "a pipeline is a list of `step`, `parallel` and `stage`";
                    mistake(message, item, self.header, help, parts);
                }
            }
        }
        for (index, placed) in order.all.iter().enumerate() {
            let trigger = field(&placed.object, "trigger");
            if let Some(trigger) = trigger.filter(|t| index == 0 && t.as_str() == Some("manual")) {
                let message = format!("the first step of a pipeline cannot be started by hand: \"{}\"", placed.name);
                let help = "a pipeline that is started by hand stands under `custom`";
                mistake(message, trigger, &placed.header, help, parts);
            }
            let address = step::lower(self, placed, Vec::new(), parts);
            self.call(placed, address, parts);
        }
    }

    /// The pipeline that a step starts; those that it starts may start no others.
    fn call(&self, step: &Placed, caller: EcoString, parts: &mut Parts) {
        let calls = step::calls(&step.object);
        if calls.is_null() || self.caller.is_some() || parts.jobs.len() >= MOST_JOBS {
            return;
        }
        let name = written(&calls);
        let custom = object(self.document, "pipelines").and_then(|p| object(p, "custom"));
        let Some(content) = custom.and_then(|custom| field(custom, &name)) else {
            if calls.as_str().is_some() {
                let message = format!("there is no pipeline \"{name}\" under `custom`");
                mistake(message, &calls, self.header, "a step of type `pipeline` starts one of these", parts);
            }
            return;
        };
        let id = eco_format!("{}#custom/{name}", self.path);
        let inner = Read {
            id: &id,
            called_at: calls.origins.iter().last().cloned(),
            caller: Some((caller, step.name.clone())),
            branches: self.branches.clone(),
            tags: self.tags.clone(),
            environment: self.environment.clone(),
            ..*self
        };
        match content.as_object().and_then(|o| field(o, "import")) {
            Some(import) => inner.imported(import, parts),
            None => inner.lower(content, parts),
        }
    }

    /// The image in which a step runs that names none, and other settings of the file.
    pub fn setting(&self, name: &str) -> Option<&Value> {
        field(self.document, name)
    }
}

/// The steps of a parallel group, in both forms.
fn grouped(content: &Value) -> Vec<&Value> {
    let list = content.as_object().and_then(|group| field(group, "steps")).unwrap_or(content);
    keyed(list).filter(|(key, ..)| *key == "step").map(|(_, content, _)| content).collect()
}

struct Order {
    all: Vec<Placed>,
    /// How many steps stand before the group that comes.
    before: usize,
    /// The same for the group before that.
    last: usize,
    names: HashMap<EcoString, usize>,
}

impl Order {
    /// Steps that run at once.
    fn group(&mut self, steps: &[&Value], around: &Around, header: &Origin) {
        for step in steps {
            let Some(object) = step.as_object() else { continue };
            let said = field(object, "name").map(written).filter(|name| !name.is_empty());
            let said = said.unwrap_or_else(|| eco_format!("step {}", self.all.len() + 1));
            let count = self.names.entry(said.clone()).or_default();
            *count += 1;
            let name = if *count > 1 { eco_format!("{said} ({count})") } else { said };
            let asked = asked(object, around);
            // One that its condition leaves out is passed over, so that only what is sure to run comes first.
            let is_certain = |placed: &Placed| placed.asked.is_none() || placed.asked == asked;
            let all = self.all[..self.before].iter();
            let from = if self.all[..self.before].iter().all(|p| p.asked.is_none()) { self.last } else { 0 };
            let needs = all.skip(from).filter(|p| is_certain(p)).map(|p| p.name.clone()).collect();
            self.all.push(Placed {
                object: object.clone(),
                name,
                header: object.header.clone().unwrap_or_else(|| header.clone()),
                needs,
                asked,
                around: around.clone(),
            });
        }
        if self.all.len() > self.before {
            self.last = self.before;
            self.before = self.all.len();
        }
    }
}

/// The conditions of a step and its stage as one text; none if it has none.
fn asked(step: &Object, around: &Around) -> Option<EcoString> {
    let own = field(step, "condition");
    let of_stage = around.stage.as_ref().and_then(|stage| field(stage, "condition"));
    let text = |value: &Value| {
        let mut out = EcoString::new();
        say(value, &mut out, 0);
        out
    };
    match (own, of_stage) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(text(one)),
        (Some(one), Some(other)) => Some(eco_format!("{} {}", text(one), text(other))),
    }
}

fn say(value: &Value, out: &mut EcoString, depth: usize) {
    if depth > 10 {
        return;
    }
    if let Some(object) = value.as_object() {
        for (key, value) in &object.fields {
            out.push_str(key);
            say(value, out, depth + 1);
        }
    } else if let Some(list) = value.as_list() {
        list.items.iter().for_each(|item| say(item, out, depth + 1));
    } else {
        out.push_str(&written(value));
    }
    out.push(';');
}

/// `condition` of a step or a stage.
pub fn condition(of: &Object) -> Condition {
    let Some(asked) = field(of, "condition") else { return Condition::always() };
    let state = asked.as_object().and_then(|object| field(object, "state"));
    if let Some(state) = state {
        return super::state::read(&written(state), &state.origins);
    }
    let text = match asked.as_object() {
        Some(object) if object.get("changesets").is_some() => {
            let changes = super::object(object, "changesets");
            let paths = changes.and_then(|c| field(c, "includePaths"));
            let paths: Vec<EcoString> = items(paths).iter().map(written).collect();
            eco_format!(
                "whether {} changed",
                if paths.is_empty() { "some paths".to_string() } else { paths.join(", ") }
            )
        }
        _ => "its condition".into(),
    };
    Condition::at(crate::lower::ci::Test::Unknown(text), asked.origins.clone())
}

/// What an object has under a key of a key.
pub fn nested<'a>(of: &'a Object, outer: &str, inner: &str) -> Option<&'a Value> {
    field(object(of, outer)?, inner)
}
