//! Jenkinsfiles as people write them.

use super::*;
use crate::{
    model::{Entity, Lowered},
    source::{SourceFile, SourceMap},
    value::{Repr, Value},
};

fn read(text: &str) -> (SourceMap, Lowered) {
    let mut sources = SourceMap::default();
    sources.add(SourceFile::new("Jenkinsfile", text, false));
    let lowered = ci::lower(lower(&sources));
    (sources, lowered)
}

fn get<'a>(entity: &'a Entity, name: &str) -> &'a Value {
    entity.body.as_object().and_then(|o| o.get(name)).unwrap_or_else(|| panic!("no {name}"))
}

fn of<'a>(lowered: &'a Lowered, kind: &str, address: &str) -> &'a Entity {
    let all: Vec<&str> = lowered.entities.iter().filter(|e| e.kind == kind).map(|e| e.address.as_str()).collect();
    let found = lowered.entities.iter().find(|e| e.kind == kind && e.address == address);
    found.unwrap_or_else(|| panic!("no {address} among {all:?}"))
}

fn job<'a>(lowered: &'a Lowered, key: &str) -> &'a Entity {
    of(lowered, "ci.job", &format!("Jenkinsfile#{key}"))
}

fn written(value: &Value) -> String {
    match &value.repr {
        Repr::String(text) => text.written().to_string(),
        Repr::List(list) => list.items.iter().map(written).collect::<Vec<_>>().join(", "),
        Repr::Bool(b) => b.to_string(),
        Repr::Number(n) => n.to_string(),
        Repr::Null => "null".into(),
        Repr::Object(o) => o.fields.iter().map(|(k, v)| format!("{k}={}", written(v))).collect::<Vec<_>>().join(" "),
        Repr::Unknown(u) => format!("?{}", u.why.subject),
    }
}

/// The situations in which it runs, and behind `?` those in which it may.
fn runs(entity: &Entity) -> String {
    let object = get(entity, "runs").as_object().unwrap();
    let named = |wanted: Option<bool>| {
        let all = object.fields.iter().filter(|(_, v)| v.as_bool() == wanted && (wanted.is_some() || v.is_unknown()));
        all.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
    };
    let (yes, perhaps) = (named(Some(true)), named(None));
    if perhaps.is_empty() { yes } else { format!("{yes} ? {perhaps}") }
}

/// The gates before a job, and whether each holds.
fn gates(entity: &Entity) -> Vec<(String, Option<bool>)> {
    let gates = get(entity, "gates").as_list().unwrap();
    let gate = |g: &Value| {
        let gate = g.as_object().unwrap();
        (written(&gate.fields["name"]), gate.fields["holds"].as_bool())
    };
    gates.items.iter().map(gate).collect()
}

const DECLARATIVE: &str = r#"
@Library('acme-lib@main') _
// The web shop.
pipeline {
    agent { docker { image 'hashicorp/terraform:1.9' } }
    options { buildDiscarder(logRotator(numToKeepStr: '30')); disableConcurrentBuilds() }
    triggers { cron('H 2 * * *') }
    parameters { booleanParam(name: 'DEPLOY', defaultValue: false, description: 'Deploy?') }
    environment {
        REGION = 'eu-central-1'
        DB = credentials('db-prod')
        API_TOKEN = "literal-value"
    }
    stages {
        stage('Test') {
            parallel {
                stage('Unit') { steps { sh 'make unit' } }
                stage('Lint') { steps { sh "make lint B=${env.BRANCH_NAME}" } }
            }
        }
        stage('Approve') {
            when { branch 'main'; beforeInput true }
            input { message 'Deploy to production?'; submitter 'release-managers' }
            steps { echo 'ok' }
        }
        stage('Deploy production') {
            when { allOf { branch 'main'; not { changeRequest() } } }
            steps {
                withCredentials([string(credentialsId: 'kube-token', variable: 'TOKEN')]) {
                    sh '''
                        kubectl apply -f k8s/
                    '''
                }
                script {
                    if (params.DEPLOY) { sh(script: 'terraform apply', returnStatus: true) }
                }
            }
            post { failure { sh './rollback.sh' } }
        }
    }
    post { always { cleanWs() } }
}
"#;

#[test]
fn a_declarative_pipeline_is_read_stage_by_stage() {
    let (sources, lowered) = read(DECLARATIVE);
    assert!(lowered.skipped.is_empty() && lowered.diagnostics.is_empty());
    let pipeline = of(&lowered, "ci.pipeline", "Jenkinsfile");
    assert_eq!(get(pipeline, "is_text").as_bool(), Some(true));
    assert_eq!(written(get(pipeline, "schedules")), "H 2 * * *");
    assert_eq!(written(get(pipeline, "unresolved")), "acme-lib@main");
    let own = of(&lowered, "jenkins.pipeline", "Jenkinsfile");
    assert_eq!(written(get(own, "options")), "buildDiscarder, disableConcurrentBuilds");
    assert_eq!(written(get(own, "agent")), "docker=image=hashicorp/terraform:1.9");
    assert_eq!(written(get(of(&lowered, "jenkins.library", "Jenkinsfile#library.acme-lib"), "version")), "main");
    let token = &get(pipeline, "variables").as_object().unwrap().fields["API_TOKEN"];
    assert_eq!(sources.text(token.origins.first().unwrap().anchor), "\"literal-value\"");

    let lint = job(&lowered, "Test/Lint");
    assert_eq!(
        runs(lint),
        "push_default push_release push_other manual manual_other schedule api ? tag pull_request fork_pull_request"
    );
    assert_eq!(written(get(lint, "commands")), "make lint B=${env.BRANCH_NAME}");
    assert_eq!(written(get(job(&lowered, "Approve"), "needs")), "Test/Unit, Test/Lint");

    let deploy = job(&lowered, "Deploy production");
    assert_eq!(runs(deploy), "push_default manual schedule api");
    assert_eq!(written(get(deploy, "needs")), "Approve");
    assert_eq!(gates(deploy), [("Deploy to production?".into(), Some(true))]);
    assert_eq!(written(get(deploy, "credentials")), "kind=credentials name=db-prod, kind=credentials name=kube-token");
    assert_eq!(deploy.environment.as_ref().unwrap().name, "production");
    let step = |i: usize| of(&lowered, "ci.step", &format!("Jenkinsfile#Deploy production[{i}]"));
    assert_eq!(written(get(step(0), "commands")).trim(), "kubectl apply -f k8s/");
    assert_eq!(runs(step(1)), " ? manual api");
    assert_eq!(get(step(1), "ignores_failure").as_bool(), Some(true));
    assert_eq!(written(get(step(2), "commands")), "./rollback.sh");
    assert_eq!(sources.text(deploy.header.anchor), "'Deploy production'");
}

#[test]
fn an_input_that_is_not_always_asked_is_no_gate() {
    let text = |when: &str| {
        format!(
            "pipeline {{ agent any; stages {{\n stage('Ask') {{ when {{ branch 'main' }}\n steps {{ input 'Go?' }} }}\n stage('Deploy') {{ {when}\n steps {{ sh 'kubectl apply -f .' }} }} }} }}"
        )
    };
    let (_, lowered) = read(&text("when { branch 'main' }"));
    assert_eq!(gates(job(&lowered, "Deploy")), [("Go?".into(), Some(true))]);
    let (_, lowered) = read(&text(""));
    assert_eq!(gates(job(&lowered, "Deploy")), []);
    let (_, lowered) =
        read("pipeline { stages { stage('D') { steps { script { if (x) { input 'Go?' } }\n sh 'a' } } } }");
    assert_eq!(gates(job(&lowered, "D")), [("Go?".into(), None)]);
    let (_, lowered) = read("pipeline { stages { stage('D') { steps { catchError { input 'Go?' }\n sh 'a' } } } }");
    assert_eq!(gates(job(&lowered, "D")), [("Go?".into(), None)]);
}

#[test]
fn when_is_asked_of_the_branch_and_the_event() {
    for (when, expected) in [
        ("branch 'main'", "push_default manual schedule api pipeline"),
        ("branch pattern: 'release/.*', comparator: 'REGEXP'", "push_release"),
        ("branch 'release/*'", "push_release"),
        ("buildingTag()", " ? tag"),
        ("tag 'v*'", " ? tag"),
        ("changeRequest target: 'main'", " ? pull_request fork_pull_request"),
        (
            "anyOf { branch 'main'; branch 'feature/*' }",
            "push_default push_other manual manual_other schedule api pipeline",
        ),
        ("expression { env.BRANCH_NAME == 'main' && !params.SKIP }", " ? push_default manual schedule api pipeline"),
        ("expression { return env.BRANCH_NAME in ['main', 'master'] }", "push_default manual schedule api pipeline"),
        ("expression { BRANCH_NAME ==~ /release.*/ }", "push_release"),
        ("expression { env.BRANCH_NAME.startsWith('release') }", "push_release"),
        ("triggeredBy 'TimerTrigger'", "schedule"),
        ("environment name: 'BRANCH_NAME', value: 'main'", "push_default manual schedule api pipeline"),
        ("not { branch 'main' }; branch 'main'", ""),
    ] {
        let (_, lowered) = read(&format!(
            "pipeline {{ triggers {{ cron('@daily')\n upstream(upstreamProjects: 'a, b') }}\n stages {{ stage('x') {{ when {{ {when} }}\n steps {{ sh 'x' }} }} }} }}"
        ));
        assert_eq!(runs(job(&lowered, "x")), expected, "{when}");
    }
}

#[test]
fn a_scripted_pipeline_is_read_as_far_as_it_shows() {
    let (_, lowered) = read(
        "def deploy(target) {\n  sh \"helm upgrade web --kube-context ${target}\"\n}\nnode('linux') {\n  checkout scm\n  stage('Build') { sh 'make' }\n  if (env.BRANCH_NAME == 'main') {\n    stage('Approve') { timeout(time: 1, unit: 'HOURS') { input message: 'Ship?' } }\n    stage('Production') { deploy('prod') }\n  }\n  parallel(a: { stage('A') { sh 'a' } }, b: { sh 'b' })\n}\n",
    );
    assert!(lowered.skipped[0].why.starts_with("a scripted Jenkinsfile"));
    let production = job(&lowered, "Production");
    assert_eq!(runs(production), "push_default manual api");
    assert_eq!(written(get(production, "commands")), "helm upgrade web --kube-context ${target}");
    assert_eq!(gates(production), [("Ship?".into(), Some(true))]);
    assert_eq!(written(get(job(&lowered, "A"), "commands")), "a");
    let pipeline = of(&lowered, "jenkins.pipeline", "Jenkinsfile");
    assert_eq!(get(pipeline, "is_declarative").as_bool(), Some(false));
}

#[test]
fn what_a_library_does_is_not_known_but_is_there() {
    let (_, lowered) = read("@Library(['a@v1', 'b']) _\nstandardDeploy(env: 'prod')\n");
    assert_eq!(written(get(of(&lowered, "ci.pipeline", "Jenkinsfile"), "unresolved")), "a@v1, b");
    let uses = written(get(job(&lowered, "node"), "uses"));
    assert!(uses.contains("action=standardDeploy"), "{uses}");
    let (_, lowered) =
        read("pipeline { stages { stage('D') { steps { approveRelease 'web'\n sh 'kubectl apply -f .' } } } }");
    assert_eq!(gates(job(&lowered, "D")), [("approveRelease".into(), None)]);
}

#[test]
fn whatever_is_written_it_comes_to_an_end() {
    for text in [
        "",
        "pipeline {",
        "pipeline { stages { stage { } } }",
        "pipeline { stages { stage('a') { when { } steps { sh } } } }",
        "pipeline { environment { X = } stages { stage(name) { input { } steps { input() } } } }",
        "node { stage 'x'\n sh 'y' }",
        "@Library",
        "}}}",
    ] {
        read(text);
    }
    read(&"pipeline { stages { stage('a') { ".repeat(500));
    read(&format!("node {{ {} }}", "stage('a') { stage('b') { ".repeat(500)));
}

#[test]
fn a_file_may_end_anywhere() {
    for (end, _) in DECLARATIVE.char_indices().step_by(5) {
        read(&DECLARATIVE[..end]);
    }
}

#[test]
fn jenkinsfiles_are_told_by_their_names() {
    for path in ["Jenkinsfile", "ci/Jenkinsfile.deploy", "jenkinsfile", "deploy.jenkinsfile", "Jenkinsfile-prod"] {
        assert!(is_one(path), "{path}");
    }
    for path in ["Jenkinsfile.md", "docs/jenkins.md", "JenkinsfileTest", "jenkins.yaml"] {
        assert!(!is_one(path), "{path}");
    }
}
