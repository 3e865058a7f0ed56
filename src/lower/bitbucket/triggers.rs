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

#[cfg(test)]
mod tests {
    use super::super::{lower, pattern};
    use crate::{
        lower::{ci, yaml::YamlFile},
        model::Entity,
        source::{SourceFile, SourceMap},
        syntax::yaml,
        value::Value,
    };

    const MAIN: &str = "bitbucket-pipelines.yml";

    fn read(files: &[(&str, &str)]) -> (SourceMap, Vec<Entity>) {
        let mut sources = SourceMap::default();
        let files: Vec<YamlFile> = files
            .iter()
            .map(|(path, text)| {
                let id = sources.add(SourceFile::new(*path, *text, false));
                YamlFile { id, path: (*path).into(), documents: yaml::parse(id, text).documents }
            })
            .collect();
        let lowered = ci::lower(lower(&files, &sources));
        (sources, lowered.entities)
    }

    fn find<'a>(entities: &'a [Entity], kind: &str, key: &str) -> &'a Entity {
        let address = format!("{MAIN}#{key}");
        entities.iter().find(|e| e.kind == kind && e.address == address).unwrap_or_else(|| panic!("no {kind} {key}"))
    }

    fn get<'a>(entity: &'a Entity, name: &str) -> &'a Value {
        entity.body.as_object().and_then(|o| o.get(name)).unwrap_or_else(|| panic!("no {name}"))
    }

    /// The situations of a job or pipeline; `?` before those of which it is not known.
    fn runs(entity: &Entity) -> String {
        let runs = get(entity, "runs").as_object().unwrap();
        let said = runs.fields.iter().filter_map(|(name, value)| match value.as_bool() {
            Some(true) => Some(name.to_string()),
            Some(false) => None,
            None => Some(format!("?{name}")),
        });
        said.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_custom_pipeline_starts_by_the_triggers_that_name_it() {
        let text = r#"
pipelines:
  custom:
    tests:
      - step: {script: [make test]}
    deploy:
      - step: {name: deploy, script: [terraform apply]}
    nothing:
      - step: {script: [make]}
triggers:
  repository-push:
    - condition: BITBUCKET_BRANCH == "main"
      pipelines: [tests, deploy]
    - condition: glob(BITBUCKET_BRANCH, "feature/*")
      pipelines: [tests]
  pullrequest-updated:
    - condition: BITBUCKET_PR_DESTINATION_BRANCH == "main"
      pipelines: [tests]
  pullrequest-fulfilled:
    - pipelines: [nothing]
  someday: a text
"#;
        let (_, entities) = read(&[(MAIN, text)]);
        let by_hand = "manual manual_other ?schedule api";
        let pipeline = |name: &str| find(&entities, "ci.pipeline", &format!("custom/{name}"));
        assert_eq!(runs(pipeline("tests")), format!("push_default push_other pull_request {by_hand}"));
        assert_eq!(runs(pipeline("deploy")), format!("push_default {by_hand}"));
        assert_eq!(runs(pipeline("nothing")), by_hand);
        let words = get(pipeline("tests"), "triggers").as_list().unwrap();
        assert_eq!(
            words.items.iter().filter_map(Value::as_str).collect::<Vec<_>>(),
            ["manual", "push", "pull_request"]
        );
        assert_eq!(runs(find(&entities, "ci.job", "custom/deploy/deploy")), format!("push_default {by_hand}"));
    }

    #[test]
    fn a_pipeline_is_imported_from_a_file_of_the_repository() {
        let main = "definitions:\n  imports:\n    shared: .bitbucket/shared-pipelines.yml\n    other: shared-repo:main\npipelines:\n  branches:\n    main:\n      import: release@shared\n    old:\n      import: shared-repo:master:release\n    new:\n      import: release@other\n";
        let shared = "definitions:\n  pipelines:\n    release:\n      - step:\n          name: deploy\n          deployment: production\n          script: [terraform apply]\n";
        let (sources, entities) = read(&[(MAIN, main), (".bitbucket/shared-pipelines.yml", shared)]);
        let job = find(&entities, "ci.job", "branches/main/deploy");
        assert_eq!(runs(job), "push_default manual ?schedule api");
        let command = &get(job, "commands").as_list().unwrap().items[0];
        let place = command.origins.first().unwrap().anchor;
        assert_eq!(
            (sources.path(place.file), sources.text(place)),
            (".bitbucket/shared-pipelines.yml", "terraform apply")
        );
        assert_eq!(sources.text(job.calls[0].anchor), "release@shared");
        for (name, count) in [("main", 0), ("old", 1), ("new", 1)] {
            let pipeline = find(&entities, "ci.pipeline", &format!("branches/{name}"));
            assert_eq!(get(pipeline, "unresolved").as_list().unwrap().items.len(), count, "{name}");
        }
        assert!(super::super::is_shared(".bitbucket/shared-pipelines.yml", shared));
        assert!(!super::super::is_shared("azure-pipelines.yml", shared));
        assert!(!super::super::is_shared("data-pipelines.yml", "pipelines: []"));
    }

    #[test]
    fn two_stars_go_beyond_slashes_also_within_a_name() {
        let means = |text: &str, name: &str| pattern(text).matches(name);
        assert_eq!(means("release-**", "release-1/hotfix"), Some(true));
        assert_eq!(means("{release,hotfix}-**", "hotfix-2"), Some(true));
        assert_eq!(means("release-**", "main"), Some(false));
        assert_eq!(means("feature/*", "feature/a/b"), Some(false));
        assert_eq!(means("**", "feature/a/b"), Some(true));
        assert_eq!(means("a**{", "ab"), None);
    }
}
