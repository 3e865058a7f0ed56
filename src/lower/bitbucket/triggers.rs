//! `triggers`: events that start pipelines which stand under `custom`.
//!
//! Each event has entries of a condition and of the pipelines that start where it holds; those without a condition
//! always do.

use ecow::eco_format;

use super::state;
use crate::{
    lower::ci::{
        Condition, Event, Test,
        reading::{field, items, object, written},
    },
    value::{Object, Value},
};

/// What starts the pipeline `name` by itself, and the words that pipelines share for it.
pub fn of(document: &Object, name: &str) -> (Vec<Condition>, Vec<Value>) {
    let mut starts = Vec::new();
    let mut words: Vec<Value> = Vec::new();
    for (event, entries) in object(document, "triggers").into_iter().flat_map(|triggers| &triggers.fields) {
        for entry in items(Some(entries)).iter().filter_map(Value::as_object) {
            let Some(named) = items(field(entry, "pipelines")).iter().find(|pipeline| written(pipeline) == name) else {
                continue;
            };
            let at = |test: Test| Condition::at(test, named.origins.clone());
            let (word, by) = match event.as_str() {
                "repository-push" => ("push", at(Test::Event(vec![Event::Push]))),
                "pullrequest-created" | "pullrequest-updated" | "pullrequest-push" => {
                    ("pull_request", Condition::all([at(Test::Event(vec![Event::PullRequest])), at(Test::Fork).not()]))
                }
                // After a merge, a comment, an approval: nothing that starts from what nobody has agreed to.
                event if event.starts_with("pullrequest-") => ("other", at(Test::Event(vec![Event::Other]))),
                other => ("other", at(Test::Unknown(eco_format!("`{other}`")))),
            };
            let asked = field(entry, "condition").map(|asked| state::read(&written(asked), &asked.origins));
            starts.push(asked.map_or(by.clone(), |asked| Condition::all([by, asked])));
            if !words.iter().any(|known| known.as_str() == Some(word)) {
                words.push(Value::string(word).with_origins(named.origins.clone()));
            }
        }
    }
    (starts, words)
}
