use super::*;
use crate::{
    lower::ci,
    model::{EnvironmentClass, Lowered},
    source::SourceFile,
    syntax::yaml,
    value::Repr,
};

struct Read {
    sources: SourceMap,
    lowered: Lowered,
}

fn read(files: &[(&str, &str)]) -> Read {
    let mut sources = SourceMap::default();
    let mut pipelines = Vec::new();
    for (path, text) in files {
        let id = sources.add(SourceFile::new(*path, *text, false));
        if is_pipeline(path) {
            let parsed = yaml::parse(id, text);
            assert_eq!(parsed.diagnostics, []);
            pipelines.push(YamlFile { id, path: (*path).into(), documents: parsed.documents });
        }
    }
    let lowered = ci::lower(lower(&pipelines, &sources));
    Read { sources, lowered }
}

fn pipeline(text: &str) -> Read {
    read(&[(NAME, text)])
}

impl Read {
    fn entity(&self, kind: &str, address: &str) -> &Entity {
        let found = self.lowered.entities.iter().find(|e| e.kind == kind && e.address == address);
        found.unwrap_or_else(|| panic!("no {kind} {address} among {:?}", self.addresses(kind)))
    }

    fn job(&self, id: &str) -> &Entity {
        self.entity("gitlab.job", &format!(".gitlab-ci.yml#{id}"))
    }

    fn common(&self, id: &str) -> &Entity {
        self.entity("ci.job", &format!(".gitlab-ci.yml#{id}"))
    }

    fn addresses(&self, kind: &str) -> Vec<&str> {
        self.lowered.entities.iter().filter(|e| e.kind == kind).map(|e| e.address.as_str()).collect()
    }

    /// The texts that the places of a value underline, nearest first.
    fn places(&self, value: &Value) -> Vec<String> {
        let place = |o: &Origin| format!("{}:{}", self.sources.path(o.anchor.file), self.sources.text(o.anchor));
        value.origins.iter().map(place).collect()
    }

    /// What is said to be wrong, each with the text at its place.
    fn wrong(&self) -> Vec<(String, &str)> {
        let place = |d: &crate::source::Diagnostic| d.notes.first().map_or("", |n| self.sources.text(n.span));
        self.lowered.diagnostics.iter().map(|d| (d.message.clone(), place(d))).collect()
    }

    /// The situations in which a job runs, and behind `?` those in which it may.
    fn runs(&self, id: &str) -> String {
        let runs = at(self.common(id), "runs").as_object().unwrap().clone();
        let those = |wanted: &dyn Fn(&Value) -> bool| {
            let found = runs.fields.iter().filter(|(_, v)| wanted(v)).map(|(n, _)| n.as_str());
            found.collect::<Vec<_>>().join(" ")
        };
        let (yes, perhaps) = (those(&|v| v.as_bool() == Some(true)), those(&Value::is_unknown));
        if perhaps.is_empty() { yes } else { format!("{yes} ? {perhaps}") }
    }

    fn needs(&self, id: &str) -> Vec<String> {
        texts(at(self.common(id), "needs"))
    }
}

fn at<'a>(entity: &'a Entity, path: &str) -> &'a Value {
    let mut value = &entity.body;
    for key in path.split('.') {
        value = match (&value.repr, key.parse::<usize>()) {
            (Repr::List(list), Ok(index)) => &list.items[index],
            (Repr::Object(object), _) => {
                object.get(key).unwrap_or_else(|| panic!("no {key} in {:?}", object.fields.keys().collect::<Vec<_>>()))
            }
            _ => panic!("no {key} in a {}", value.kind_name()),
        };
    }
    value
}

fn texts(value: &Value) -> Vec<String> {
    let list = value.as_list().unwrap_or_else(|| panic!("a {}", value.kind_name()));
    list.items
        .iter()
        .map(|item| match &item.repr {
            Repr::String(text) => text.written().to_string(),
            _ => format!("<{}>", item.kind_name()),
        })
        .collect()
}

const EVERYWHERE: &str = "push_default push_release push_other tag manual manual_other schedule api pipeline";

#[test]
fn a_job_has_what_it_extends_and_each_part_points_at_both_places() {
    let read = pipeline(
        "\
.base:
  image: alpine:3
  variables: { A: base, B: base }
  tags: [shared]
.deploy:
  extends: .base
  variables: { B: deploy }
  environment: { name: production, url: https://acme.example }
prod:
  extends: [.deploy]
  variables: { C: prod }
  tags: [own]
  script: ./deploy.sh
",
    );
    assert_eq!(read.wrong(), []);
    let job = read.job("prod");
    assert_eq!(at(job, "image").as_str(), Some("alpine:3"));
    let variables = at(job, "variables").as_object().unwrap();
    let of = |name: &str| variables.get(name).and_then(Value::as_str).map(String::from);
    assert_eq!([of("A"), of("B"), of("C")], ["base", "deploy", "prod"].map(|s| Some(s.to_string())));
    assert_eq!(texts(at(job, "tags")), ["own"]);
    assert_eq!(at(job, "environment_name").as_str(), Some("production"));
    assert_eq!(
        read.places(at(job, "environment_name")),
        [".gitlab-ci.yml:.deploy", ".gitlab-ci.yml:production"],
        "first where it is taken, then where it is written"
    );
    assert_eq!(
        read.places(at(job, "image")),
        [".gitlab-ci.yml:.deploy", ".gitlab-ci.yml:.base", ".gitlab-ci.yml:alpine:3"]
    );
    assert_eq!(job.environment.as_ref().unwrap().class, EnvironmentClass::Production);
    assert_eq!(read.addresses("gitlab.job"), [".gitlab-ci.yml#prod"], "hidden jobs are none");
}

#[test]
fn what_extends_refuses_is_said_with_its_place_and_leaves_the_job_open() {
    let read = pipeline(
        "\
a: { extends: b, script: x }
b: { extends: a, script: x }
c: { extends: .missing, script: x }
",
    );
    assert_eq!(
        read.wrong(),
        [
            ("`b` extends itself: a -> b -> a".to_string(), "a"),
            ("`c` extends `.missing`, which is nowhere defined".to_string(), ".missing"),
        ]
    );
    assert!(read.job("c").body.as_object().unwrap().open.is_some());
    assert!(at(read.common("c"), "environment_name").is_unknown());
    let mut deep = String::from(".t0: { script: x }\n");
    for n in 1..=10 {
        deep.push_str(&format!(".t{n}: {{ extends: .t{} }}\n", n - 1));
    }
    assert_eq!(pipeline(&format!("{deep}a: {{ extends: .t9 }}\n")).wrong(), []);
    let wrong = pipeline(&format!("{deep}a: {{ extends: .t10 }}\n")).wrong().len();
    assert_eq!(wrong, 1);
}

#[test]
fn references_are_followed_and_lists_in_lists_are_one_list() {
    let read = pipeline(
        "\
.snippets:
  one: [echo one]
  two:
    - !reference [.snippets, one]
    - echo two
.vars:
  variables: { URL: https://x }
.setup: &setup
  - echo setup
job:
  variables:
    URL: !reference [.vars, variables, URL]
  before_script: *setup
  script:
    - !reference [.snippets, two]
    - - nested
    - make
  after_script: !reference [.snippets, one]
",
    );
    assert_eq!(read.wrong(), []);
    assert_eq!(
        texts(at(read.common("job"), "commands")),
        ["echo setup", "echo one", "echo two", "nested", "make", "echo one"]
    );
    assert_eq!(at(read.job("job"), "variables.URL").as_str(), Some("https://x"));
    let one = at(read.job("job"), "script.0");
    assert_eq!(
        read.places(one),
        [".gitlab-ci.yml:[.snippets, two]", ".gitlab-ci.yml:[.snippets, one]", ".gitlab-ci.yml:echo one"],
        "where it is taken, then where it is written"
    );
}

#[test]
fn circles_of_references_end_and_are_said() {
    let read = pipeline(
        ".a: { x: [!reference [.b, x]] }\n.b: { x: [!reference [.a, x]] }\njob: { script: [!reference [.a, x]] }\n",
    );
    assert!(read.wrong().iter().any(|(message, _)| message.contains("leads back to itself")), "{:?}", read.wrong());
    let missing = pipeline("job: { script: [!reference [.gone, script]] }\n");
    assert_eq!(
        missing.wrong(),
        [("`!reference [.gone, script]` names something that is nowhere defined".into(), "[.gone, script]")]
    );
}

#[test]
fn many_references_to_references_cost_no_more_than_there_is_to_spend() {
    let mut text = String::from(".s:\n  r0: [echo]\n");
    for n in 1..=9 {
        let one = format!("!reference [.s, r{}]", n - 1);
        text.push_str(&format!("  r{n}: [{}]\n", vec![one; 10].join(", ")));
    }
    text.push_str("job: { script: [!reference [.s, r9]] }\n");
    assert_eq!(pipeline(&text).addresses("gitlab.job"), [".gitlab-ci.yml#job"]);
}

#[test]
fn deep_nesting_behind_references_is_cut() {
    let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(200), "]".repeat(200));
    let mut text = format!(".s:\n  r0: {}\n", deep("x"));
    for n in 1..=9 {
        text.push_str(&format!("  r{n}: {}\n", deep(&format!("!reference [.s, r{}]", n - 1))));
    }
    text.push_str("job: { script: [!reference [.s, r9]] }\n");
    assert_eq!(pipeline(&text).addresses("gitlab.job"), [".gitlab-ci.yml#job"]);
}

#[test]
fn local_files_are_merged_in_order_and_the_file_that_includes_wins() {
    let read = read(&[
        (
            NAME,
            "include:\n  - /ci/base.yml\n  - local: ci/more/**.yml\nstages: [test, ship]\ndeploy:\n  environment: { url: https://own }\n",
        ),
        (
            "ci/base.yml",
            "include: ci/deeper.yml\nvariables: { ENV: staging }\ndeploy:\n  stage: ship\n  script: [base]\n  environment: { name: prod }\n",
        ),
        ("ci/deeper.yml", "variables: { ENV: deeper, OTHER: deeper }\n"),
        ("ci/more/a.yml", "variables: { ENV: a }\ntest: { script: t }\n"),
        ("ci/more/b.yml", "deploy: { script: [b, c] }\n"),
    ]);
    assert_eq!(read.wrong(), []);
    let job = read.job("deploy");
    assert_eq!(texts(at(job, "script")), ["b", "c"]);
    assert_eq!(at(job, "environment_name").as_str(), Some("prod"));
    assert_eq!(at(job, "environment.url").as_str(), Some("https://own"));
    let variables = at(job, "effective_variables").as_object().unwrap();
    assert_eq!(variables.get("ENV").and_then(Value::as_str), Some("a"));
    assert_eq!(variables.get("OTHER").and_then(Value::as_str), Some("deeper"));
    assert_eq!(read.job("test").file(), read.sources.iter().find(|(_, f)| &*f.path == "ci/more/a.yml").unwrap().0);
    assert_eq!(
        texts(at(read.entity("gitlab.pipeline", NAME), "includes")),
        ["ci/base.yml", "ci/deeper.yml", "ci/more/a.yml", "ci/more/b.yml"]
    );
}

#[test]
fn stars_name_files_as_gitlab_reads_them_and_a_project_may_include_itself() {
    let job = |name: &str| format!("{name}: {{ script: x }}\n");
    let files = [job("one"), job("two"), job("three"), job("four")];
    let jobs = |include: &str| {
        let root = format!("include: [{include}]\n");
        let read = read(&[
            (NAME, &root),
            ("ci/one.yml", &files[0]),
            ("ci/deep/two.yml", &files[1]),
            ("ci/deep/er/three.yml", &files[2]),
            ("templates/four/template.yml", &files[3]),
        ]);
        let names = read.lowered.entities.iter().filter(|e| e.kind == "gitlab.job");
        names.map(|e| e.name.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(jobs("'ci/*.yml'"), "one");
    assert_eq!(jobs("'ci/**.yml'"), "three two one");
    assert_eq!(jobs("'ci/**/*.yml'"), "three two");
    assert_eq!(jobs("'ci/*/*.yml'"), "two");
    assert_eq!(jobs("{ component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/four@$CI_COMMIT_SHA }"), "four");
    assert_eq!(jobs("{ project: $CI_PROJECT_PATH, file: /ci/one.yml }"), "one");
}

#[test]
fn includes_that_lead_nowhere_or_in_a_circle_are_said() {
    let read =
        read(&[(NAME, "include: [ci/a.yml, ci/gone.yml]\njob: { script: x }\n"), ("ci/a.yml", "include: /ci/a.yml\n")]);
    assert_eq!(
        read.wrong(),
        [
            ("`ci/a.yml` includes itself".to_string(), "/ci/a.yml"),
            ("this include names `ci/gone.yml`, which is not in the repository".to_string(), "ci/gone.yml"),
        ]
    );
}

#[test]
fn what_is_not_in_the_repository_is_listed_and_makes_that_unknown_which_depends_on_it() {
    let read = pipeline(
        "\
include:
  - project: acme/ci
    ref: v1.2.3
    file: [deploy.yml, test.yml]
  - template: Jobs/SAST.gitlab-ci.yml
  - component: gitlab.com/acme/scan/scan@1.0.0
    inputs: { stage: test }
  - remote: https://example.com/x.yml
    integrity: sha256-abc
workflow: { rules: [{ if: $CI_COMMIT_BRANCH }] }
prod: { extends: .deploy, variables: { A: b } }
sast: { variables: { A: b } }
own: { script: make }
",
    );
    assert_eq!(read.wrong(), []);
    let common = read.common("prod");
    assert!(at(common, "environment_name").is_unknown());
    assert!(at(common, "commands.0").is_unknown());
    assert!(at(common, "ignores_failure").is_unknown());
    assert_eq!(at(common, "uses.0.action").as_str(), Some(".deploy"));
    assert!(at(read.common("sast"), "environment_name").is_unknown());
    assert!(at(read.common("own"), "environment_name").is_null());
    assert_eq!(read.runs("own"), EVERYWHERE.replace(" tag", ""));
    assert_eq!(read.runs("prod"), format!(" ? {}", EVERYWHERE.replace(" tag", "")));
    let pipeline = read.entity("ci.pipeline", NAME);
    assert_eq!(
        texts(at(pipeline, "unresolved")),
        [
            "acme/ci: deploy.yml, test.yml",
            "Jobs/SAST.gitlab-ci.yml",
            "gitlab.com/acme/scan/scan@1.0.0",
            "https://example.com/x.yml"
        ]
    );
    assert_eq!(read.lowered.skipped.len(), 4);
    let include = |n: usize| read.entity("gitlab.include", &format!(".gitlab-ci.yml#include[{n}]"));
    assert_eq!(at(include(0), "kind").as_str(), Some("project"));
    assert_eq!(texts(at(include(0), "file")), ["deploy.yml", "test.yml"]);
    assert_eq!(at(include(2), "component").as_str(), Some("gitlab.com/acme/scan/scan"));
    assert_eq!(at(include(2), "version").as_str(), Some("1.0.0"));
    assert_eq!(at(include(3), "integrity").as_str(), Some("sha256-abc"));
    assert!(at(include(1), "ref").is_null());
}

#[test]
fn without_a_workflow_of_its_own_a_pipeline_may_have_that_of_an_include() {
    let text = |include: &str| format!("include: [{include}]\njob: {{ script: x }}\n");
    assert_eq!(pipeline(&text("{ project: a/b, file: x.yml }")).runs("job"), format!(" ? {EVERYWHERE}"));
    assert_eq!(pipeline(&text("{ template: Jobs/SAST.gitlab-ci.yml }")).runs("job"), EVERYWHERE);
}

#[test]
fn the_first_rule_that_is_met_decides() {
    let read = pipeline(
        "\
plain: { script: x }
main: { script: x, rules: [{ if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH }] }
not-schedule:
  script: x
  rules:
    - if: $CI_PIPELINE_SOURCE == 'schedule'
      when: never
    - if: $CI_COMMIT_BRANCH == \"main\" || $CI_COMMIT_TAG =~ /^v\\d+/
always: { script: x, rules: [{ when: always }] }
merge: { script: x, rules: [{ if: '$CI_PIPELINE_SOURCE == \"merge_request_event\"' }] }
target: { script: x, rules: [{ if: '$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == $CI_DEFAULT_BRANCH' }] }
protected: { script: x, rules: [{ if: '$CI_COMMIT_REF_PROTECTED == \"true\"' }] }
release: { script: x, rules: [{ if: '$CI_COMMIT_BRANCH =~ /^release\\/.*$/' }] }
variable: { script: x, rules: [{ if: '$DEPLOY == \"yes\" && $CI_COMMIT_BRANCH == \"main\"' }] }
changes: { script: x, rules: [{ if: '$CI_COMMIT_BRANCH == \"main\"', changes: [infra/**] }] }
never: { script: x, when: never }
only: { script: x, only: [main, tags], except: [schedules] }
mr: { script: x, only: [merge_requests] }
refs: { script: x, only: { refs: [/^release.*$/], variables: [$DEPLOY] } }
",
    );
    assert_eq!(read.wrong(), []);
    assert_eq!(read.runs("plain"), EVERYWHERE);
    assert_eq!(read.runs("main"), "push_default manual schedule api pipeline");
    assert_eq!(read.runs("not-schedule"), "push_default tag manual api pipeline");
    assert_eq!(read.runs("always"), EVERYWHERE.replace("tag", "tag pull_request") + " ? fork_pull_request");
    assert_eq!(read.runs("merge"), "pull_request ? fork_pull_request");
    assert_eq!(read.runs("target"), "pull_request ? fork_pull_request");
    assert_eq!(
        read.runs("protected"),
        "push_default manual schedule api pipeline ? push_release push_other tag manual_other"
    );
    assert_eq!(read.runs("release"), "push_release");
    assert_eq!(read.runs("variable"), " ? push_default manual schedule api pipeline");
    assert_eq!(read.runs("changes"), "push_default manual schedule api pipeline");
    assert_eq!(read.runs("never"), "");
    assert_eq!(read.runs("only"), "push_default tag manual api pipeline");
    assert_eq!(read.runs("mr"), "pull_request ? fork_pull_request");
    assert_eq!(read.runs("refs"), " ? push_release tag");
}

#[test]
fn expressions_are_read_as_people_write_them() {
    let runs = |condition: &str| {
        let read = pipeline(&format!("job:\n  script: x\n  rules:\n    - if: >-\n        {condition}\n"));
        assert_eq!(read.wrong(), [], "{condition}");
        read.runs("job")
    };
    for (condition, expected) in [
        ("$CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH", "push_release push_other manual_other"),
        ("($CI_COMMIT_BRANCH == 'main' || $CI_COMMIT_TAG) && $CI_PIPELINE_SOURCE == \"push\"", "push_default tag"),
        (
            "$CI_COMMIT_REF_NAME =~ /^(MAIN|release\\/.*)$/i && $CI_PIPELINE_SOURCE == 'push'",
            "push_default push_release",
        ),
        ("$CI_COMMIT_REF_NAME == 'main'", "push_default manual schedule api pipeline"),
        ("$CI_COMMIT_REF_NAME == $CI_DEFAULT_BRANCH", "push_default manual schedule api pipeline"),
        ("'main' == $CI_COMMIT_BRANCH", "push_default manual schedule api pipeline"),
        ("$CI_DEFAULT_BRANCH == $CI_COMMIT_BRANCH", "push_default manual schedule api pipeline"),
        ("$CI_COMMIT_BRANCH =~ '/^main$/'", "push_default manual schedule api pipeline"),
        ("$CI_COMMIT_TAG != null && ${CI_COMMIT_TAG} =~ /^v[0-9]+/", "tag"),
        ("$CI_COMMIT_BRANCH == null && $CI_COMMIT_TAG == null", "pull_request ? fork_pull_request"),
        ("$CI_PIPELINE_SOURCE =~ /^(web|schedule)$/", "manual manual_other schedule"),
        ("$CI_PIPELINE_SOURCE == 'trigger'", " ? api"),
        ("$CI_PIPELINE_SOURCE =~ /api|trigger/", "api"),
        ("$CI_PIPELINE_SOURCE == 'parent_pipeline'", ""),
        // A text that is not empty.
        ("$CI_COMMIT_REF_PROTECTED && $CI_COMMIT_TAG", "tag"),
        ("$CI_MERGE_REQUEST_SOURCE_BRANCH_NAME =~ /^hotfix/", " ? pull_request fork_pull_request"),
        (
            "$CI_COMMIT_MESSAGE =~ /deploy/ && $CI_COMMIT_BRANCH == 'main'",
            " ? push_default manual schedule api pipeline",
        ),
    ] {
        assert_eq!(runs(condition), expected, "{condition}");
    }
}

#[test]
fn what_a_push_may_as_well_not_have_does_not_hold_a_job_up() {
    let read = pipeline(
        "\
workflow:
  rules:
    - if: $CI_COMMIT_TITLE =~ /-draft$/
      when: never
    - if: $CI_PIPELINE_SOURCE == 'merge_request_event'
    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS
      when: never
    - if: $CI_COMMIT_BRANCH
job: { script: x }
off: { script: x, rules: [{ if: $OFF, when: never }, { if: $CI_COMMIT_BRANCH == 'main' }] }
",
    );
    assert_eq!(read.runs("job"), EVERYWHERE.replace(" tag", ""));
    assert_eq!(read.runs("off"), " ? push_default manual schedule api pipeline");
    let shipped =
        pipeline("include: { template: Workflows/MergeRequest-Pipelines.gitlab-ci.yml }\njob: { script: x }\n");
    assert_eq!(shipped.runs("job"), "push_default tag manual schedule api pipeline");
}

#[test]
fn a_manual_job_is_a_gate_if_it_is_manual_wherever_it_runs() {
    let read = pipeline(
        "\
stages: [test, approve, deploy]
test: { stage: test, script: x }
optional: { stage: approve, script: x, when: manual }
blocking: { stage: approve, script: x, when: manual, allow_failure: false }
by-rule: { stage: approve, script: x, rules: [{ if: $CI_COMMIT_BRANCH, when: manual }, { if: $CI_COMMIT_TAG, when: manual }] }
mixed: { stage: approve, script: x, rules: [{ if: '$CI_COMMIT_BRANCH == \"main\"', when: manual }, { when: on_success }] }
never-else: { stage: approve, script: x, rules: [{ if: '$CI_COMMIT_BRANCH == \"main\"', when: manual }, { when: never }] }
perhaps: { stage: approve, script: x, rules: [{ if: $AUTO }, { when: manual }] }
later: { stage: deploy, script: x }
named: { stage: deploy, script: x, needs: [optional, { job: mixed, optional: true }] }
at-once: { stage: deploy, script: x, needs: [] }
",
    );
    assert_eq!(read.wrong(), []);
    let gate = |id: &str| at(read.common(id), "manual_gate").as_bool();
    assert_eq!(gate("test"), Some(false));
    assert_eq!(gate("optional"), Some(true), "somebody starts it, though nothing waits for that");
    assert_eq!(gate("blocking"), Some(true));
    assert_eq!(gate("by-rule"), Some(true));
    assert_eq!(gate("mixed"), Some(false));
    assert_eq!(read.places(at(read.common("mixed"), "manual_gate")), [".gitlab-ci.yml:on_success"]);
    assert_eq!(gate("never-else"), Some(true));
    assert_eq!(gate("perhaps"), None);
    assert_eq!(at(read.common("optional"), "ignores_failure").as_bool(), Some(true));
    assert_eq!(at(read.common("by-rule"), "ignores_failure").as_bool(), Some(false));
    // `never-else` is not there for tags, so a stage does not always wait for it.
    assert_eq!(read.needs("later"), ["blocking", "by-rule", "mixed", "perhaps"]);
    assert_eq!(read.needs("named"), ["optional", "mixed"]);
    assert_eq!(read.needs("at-once"), Vec::<String>::new());
    assert_eq!(read.needs("blocking"), ["test"]);
}

#[test]
fn a_stage_waits_for_those_before_it_that_are_in_the_same_pipeline() {
    let read = pipeline(
        "\
stages: [build, test, deploy]
lint: { stage: .pre, script: x, rules: [{ when: on_success }] }
build: { stage: build, script: x, rules: [{ if: $CI_COMMIT_BRANCH == 'main' }] }
mr-test: { stage: test, script: x, rules: [{ if: $CI_MERGE_REQUEST_ID }] }
test: { stage: test, script: x }
deploy: { stage: deploy, script: x, rules: [{ if: $CI_COMMIT_BRANCH == 'main' }] }
bad: { stage: nowhere, script: x }
gone: { script: x, needs: [nobody] }
",
    );
    assert_eq!(
        read.wrong(),
        [
            ("the job `bad` is in the stage `nowhere`, which is not one of the pipeline".to_string(), "nowhere"),
            ("the job `gone` needs `nobody`, which is nowhere defined".to_string(), "nobody"),
        ]
    );
    // `test` may run where `build` does not, so `build` does not stand behind it.
    assert_eq!(read.needs("deploy"), ["build", "test", "gone"]);
    assert_eq!(texts(at(read.common("deploy"), "ancestors")).len(), 4);
    assert_eq!(read.needs("build"), ["lint"]);
}

#[test]
fn some_push_changes_the_files_that_a_job_waits_for_but_not_every_one() {
    let read = pipeline(
        "\
test: { stage: test, script: x, rules: [{ changes: [api/**] }] }
docs: { stage: test, script: x, rules: [{ changes: [docs/**], when: never }, { when: on_success }] }
api: { stage: deploy, script: x, rules: [{ if: $CI_COMMIT_BRANCH, changes: { paths: [api/**] } }] }
web: { stage: deploy, script: x, rules: [{ if: $CI_COMMIT_BRANCH, changes: [web/**] }] }
all: { stage: deploy, script: x }
",
    );
    assert_eq!(read.runs("api"), EVERYWHERE.replace(" tag", ""));
    assert_eq!(read.runs("docs"), "push_default push_release push_other pull_request ? fork_pull_request");
    assert_eq!(read.needs("api"), ["test"]);
    assert_eq!(read.needs("web"), Vec::<String>::new());
    assert_eq!(read.needs("all"), Vec::<String>::new());
}

#[test]
fn environments_are_named_by_variables_matrices_and_rules() {
    let read = pipeline(
        "\
variables: { STAGE: { value: prod, description: where to }, REGION: eu }
plain: { script: x, environment: '$STAGE/${REGION}' }
matrix: { script: x, environment: { name: $TIER }, parallel: { matrix: [{ TIER: [staging, production] }] } }
rules:
  script: x
  environment: $WHERE
  rules:
    - { if: $CI_COMMIT_BRANCH == 'main', variables: { WHERE: production } }
    - { if: $CI_COMMIT_BRANCH == 'dev', variables: { WHERE: staging } }
review: { script: x, environment: { name: review/$CI_COMMIT_REF_SLUG, action: stop } }
tier: { script: x, environment: { name: customers, deployment_tier: production } }
none: { script: x }
deploy-prod: { script: x }
",
    );
    assert_eq!(read.wrong(), []);
    let all = |id: &str| texts(at(read.common(id), "environments"));
    assert_eq!(at(read.common("plain"), "environment_name").as_str(), Some("prod/eu"));
    assert_eq!(all("matrix"), ["staging", "production"]);
    assert_eq!(all("rules"), ["production", "staging"]);
    assert_eq!(all("review"), ["review/$CI_COMMIT_REF_SLUG"]);
    assert_eq!(at(read.job("review"), "environment_action").as_str(), Some("stop"));
    assert_eq!(all("none"), Vec::<String>::new());
    let class = |id: &str| read.common(id).environment.as_ref().map(|e| e.class);
    assert_eq!(class("plain"), Some(EnvironmentClass::Production));
    assert_eq!(class("matrix"), None);
    assert_eq!(class("tier"), Some(EnvironmentClass::Production));
    assert_eq!(class("none"), None);
    assert_eq!(class("deploy-prod"), Some(EnvironmentClass::Production));
}

#[test]
fn defaults_hold_for_jobs_that_do_not_say_otherwise() {
    let read = pipeline(
        "\
image: old:1
default:
  image: new:2
  before_script: [setup]
  retry: 1
variables: { A: a, B: b }
takes: { script: x }
own: { script: x, image: own:3, before_script: [] }
none: { script: x, inherit: { default: false, variables: [A] } }
some: { script: x, inherit: { default: [image], variables: false } }
",
    );
    assert_eq!(at(read.job("takes"), "image").as_str(), Some("new:2"));
    assert_eq!(texts(at(read.common("takes"), "commands")), ["setup", "x"]);
    assert_eq!(at(read.job("own"), "image").as_str(), Some("own:3"));
    assert_eq!(texts(at(read.common("own"), "commands")), ["x"]);
    let fields = |id: &str| read.job(id).body.as_object().unwrap().clone();
    assert!(fields("none").get("image").is_none());
    assert!(fields("some").get("image").is_some() && fields("some").get("retry").is_none());
    let names = |id: &str| at(read.job(id), "effective_variables").as_object().unwrap().fields.len();
    assert_eq!((names("takes"), names("none"), names("some")), (2, 1, 0));
}

#[test]
fn inputs_of_a_file_are_what_its_include_gives_or_its_defaults() {
    let read = read(&[
        (NAME, "include:\n  - local: ci/deploy.yml\n    inputs: { environment: production, steps: [one, two] }\n"),
        (
            "ci/deploy.yml",
            "\
spec:
  inputs:
    environment: { options: [staging, production] }
    prefix: { default: ship }
    steps: { type: array }
    flag: { type: boolean, default: true }
    must:
---
\"$[[ inputs.prefix ]]-it\":
  environment: $[[ inputs.environment ]]
  allow_failure: $[[ inputs.flag ]]
  script:
    - ./deploy --to $[[ inputs.environment ]] --with $[[ inputs.must ]]
    - $[[ inputs.steps ]]
",
        ),
    ]);
    assert_eq!(read.wrong(), []);
    let job = read.common("ship-it");
    assert_eq!(at(job, "environment_name").as_str(), Some("production"));
    assert_eq!(at(job, "ignores_failure").as_bool(), Some(true));
    assert_eq!(texts(at(job, "commands")), ["./deploy --to production --with $[[ inputs.must ]]", "one", "two"]);
    assert!(!at(job, "commands.0").is_wholly_known());
    assert_eq!(
        read.places(at(job, "environment_name")),
        [
            "ci/deploy.yml:$[[ inputs.environment ]]",
            ".gitlab-ci.yml:production",
            "ci/deploy.yml:$[[ inputs.environment ]]"
        ]
    );
}

#[test]
fn a_child_pipeline_runs_when_the_job_that_triggers_it_does() {
    let read = read(&[
        (
            NAME,
            "\
infra:
  trigger: { include: [{ local: infra/.gitlab-ci.yml, inputs: { env: prod } }], strategy: depend }
  rules: [{ if: $CI_COMMIT_BRANCH == 'main', when: manual }]
other: { trigger: acme/other }
generated: { trigger: { include: [{ artifact: x.yml, job: infra }] } }
",
        ),
        (
            "infra/.gitlab-ci.yml",
            "spec: { inputs: { env: } }\n---\napply: { script: terraform apply, environment: '$[[ inputs.env ]]' }\nmr: { script: x, rules: [{ if: '$CI_PIPELINE_SOURCE == \"parent_pipeline\"' }] }\n",
        ),
    ]);
    assert_eq!(read.wrong(), []);
    assert_eq!(
        read.addresses("ci.job"),
        [
            ".gitlab-ci.yml#infra",
            ".gitlab-ci.yml#other",
            ".gitlab-ci.yml#generated",
            ".gitlab-ci.yml#infra/apply",
            ".gitlab-ci.yml#infra/mr"
        ]
    );
    assert_eq!(read.runs("infra/apply"), "push_default manual schedule api pipeline");
    assert_eq!(read.runs("infra/mr"), "push_default manual schedule api pipeline");
    assert_eq!(at(read.common("infra/apply"), "environment_name").as_str(), Some("prod"));
    assert_eq!(at(read.common("infra/apply"), "gates.1.job").as_str(), Some(".gitlab-ci.yml#infra"));
    assert_eq!(at(read.common("infra"), "calls").as_str(), Some("infra/.gitlab-ci.yml"));
    assert_eq!(at(read.common("other"), "calls").as_str(), Some("acme/other"));
    assert_eq!(read.addresses("gitlab.pipeline"), [NAME, "infra/.gitlab-ci.yml"]);
}

#[test]
fn an_include_by_a_rule_makes_its_jobs_conditional_and_what_it_changes_unknown() {
    let read = read(&[
        (NAME, "include:\n  - ci/base.yml\n  - { local: ci/prod.yml, rules: [{ if: $CI_COMMIT_BRANCH == 'main' }] }\n"),
        ("ci/base.yml", "job: { script: x, environment: dev }\n"),
        ("ci/prod.yml", "job: { environment: prod }\nextra: { script: x }\n"),
    ]);
    assert_eq!(read.runs("extra"), "push_default manual schedule api pipeline");
    assert_eq!(read.runs("job"), EVERYWHERE);
    assert!(at(read.common("job"), "environment_name").is_unknown());
}

#[test]
fn secrets_are_those_of_vaults_and_variables_that_only_the_project_sets() {
    let read = pipeline(
        "\
variables: { LOCAL_TOKEN: x }
job:
  id_tokens: { AWS_TOKEN: { aud: https://aws } }
  secrets:
    DB: { vault: a/b@c, file: false }
  script:
    - deploy --token $DEPLOY_TOKEN --user $USER_NAME --other ${LOCAL_TOKEN}
",
    );
    let job = read.common("job");
    assert_eq!(texts(at(job, "secrets")), ["DB", "DEPLOY_TOKEN"]);
    assert_eq!(at(job, "credentials.0.kind").as_str(), Some("id token"));
    assert_eq!(at(job, "credentials.1.kind").as_str(), Some("vault"));
    assert_eq!(texts(at(job, "commands")), ["deploy --token $DEPLOY_TOKEN --user $USER_NAME --other ${LOCAL_TOKEN}"]);
}

#[test]
fn a_repository_within_the_tree_has_its_own_root_and_parts_are_for_others() {
    let read = read(&[
        ("services/api/.gitlab-ci.yml", "include: ci/x.yml\njob: { script: x }\n"),
        ("services/api/ci/x.yml", "other: { script: x }\n"),
        ("templates/deploy.gitlab-ci.yml", "deploy: { extends: .who, script: x }\n"),
    ]);
    assert_eq!(read.wrong(), []);
    assert_eq!(
        read.addresses("gitlab.job"),
        [
            "services/api/.gitlab-ci.yml#other",
            "services/api/.gitlab-ci.yml#job",
            "templates/deploy.gitlab-ci.yml#deploy"
        ]
    );
    let part = read.entity("ci.job", "templates/deploy.gitlab-ci.yml#deploy");
    assert!(at(part, "runs.push_default").is_unknown());
}

#[test]
fn nonsense_is_said_and_never_a_panic() {
    for text in [
        "",
        "[]",
        "job: 1",
        "include: 1",
        "include: [{}, [[]], null, { local: [a, { b: c }] }]",
        "job: { script: { a: b }, rules: 1, needs: { a: b }, environment: [], extends: { a: b } }",
        "job: { script: x, rules: [{ if: '$A ==' }, 1, null] }",
        "job: { extends: job }",
        "job: !reference [job]",
        "stages: 1\nvariables: 1\nworkflow: 1\ndefault: 1\njob: { script: x, parallel: { matrix: 1 }, trigger: { include: 1 } }",
        "job: { only: { refs: 1, variables: 1, changes: 1 }, script: x, inherit: 1 }",
        "spec: 1\n---\njob: { script: '$[[ inputs.x ]]' }",
        "job: { trigger: { include: .gitlab-ci.yml } }",
    ] {
        pipeline(text);
    }
    assert_eq!(
        pipeline("job: 1\n").wrong(),
        [("`job` is neither a keyword nor a job, so it was not checked".into(), "1")]
    );
    assert_eq!(
        pipeline("job: { script: x, rules: [{ if: '$A ==' }] }\n").wrong(),
        [("this condition does not parse: `$A ==`".into(), "'$A =='")]
    );
}
