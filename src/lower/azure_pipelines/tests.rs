//! Pipelines as people write them, put together and lowered.

use super::*;
use crate::{
    model::{Entity, Lowered},
    source::{SourceFile, SourceMap},
    syntax,
    value::{Repr, Value},
};

fn read(files: &[(&str, &str)]) -> (SourceMap, Lowered) {
    let mut sources = SourceMap::default();
    let mut parsed = Vec::new();
    for (path, text) in files {
        let id = sources.add(SourceFile::new(*path, *text, false));
        assert!(is_one(path, text), "{path} is one");
        parsed.push(YamlFile { id, path: (*path).into(), documents: syntax::yaml::parse(id, text).documents });
    }
    let lowered = ci::lower(lower(&parsed, &sources));
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
    of(lowered, "ci.job", &format!("azure-pipelines.yml#{key}"))
}

fn written(value: &Value) -> String {
    match &value.repr {
        Repr::String(text) => text.written().to_string(),
        Repr::List(list) => list.items.iter().chain(&list.maybe).map(written).collect::<Vec<_>>().join(", "),
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

fn messages(lowered: &Lowered) -> Vec<&str> {
    lowered.diagnostics.iter().map(|d| d.message.as_str()).collect()
}

const EVERYWHERE: &str =
    "push_default push_release push_other manual manual_other api ? pull_request fork_pull_request";

#[test]
fn steps_alone_are_a_job_that_runs_for_every_branch() {
    let (sources, lowered) = read(&[(
        "azure-pipelines.yml",
        "pool:\n  vmImage: ubuntu-latest\nsteps:\n- script: make test\n  displayName: Test\n- task: AzureCLI@2\n  inputs:\n    azureSubscription: sc-prod\n    scriptType: bash\n    scriptLocation: inlineScript\n    inlineScript: |\n      az webapp up -n $(name)\n  env:\n    TOKEN: $(apiToken)\n",
    )]);
    assert_eq!(messages(&lowered), Vec::<&str>::new());
    let job = job(&lowered, "Job");
    assert_eq!(runs(job), EVERYWHERE);
    assert_eq!(written(get(job, "commands")), "make test, az webapp up -n $(name)\n");
    assert_eq!(written(get(job, "credentials")), "kind=service connection name=sc-prod");
    assert_eq!(written(get(job, "secrets")), "apiToken");
    assert_eq!(job.environment.as_ref().unwrap().sign, "service connection \"sc-prod\"");
    let step = of(&lowered, "azure_pipelines.step", "azure-pipelines.yml#Job[1]");
    assert_eq!((written(get(step, "task_name")), written(get(step, "task_version"))), ("AzureCLI".into(), "2".into()));
    assert_eq!(sources.text(step.header.anchor), "AzureCLI@2");
    let pipeline = of(&lowered, "ci.pipeline", "azure-pipelines.yml");
    assert_eq!(written(get(pipeline, "triggers")), "push, pull_request, manual");
}

#[test]
fn stages_follow_one_another_and_their_conditions_are_those_of_their_jobs() {
    let (_, lowered) = read(&[(
        "azure-pipelines.yml",
        "trigger:\n  branches:\n    include: [main, releases/*]\n  tags:\n    include: ['v*']\npr: none\nvariables:\n  isMain: $[eq(variables['Build.SourceBranch'], 'refs/heads/main')]\nstages:\n- stage: Build\n  jobs:\n  - job: A\n    steps:\n    - script: make\n  - job: B\n    dependsOn: A\n    steps:\n    - script: make b\n- stage: Approve\n  jobs:\n  - job: wait\n    pool: server\n    steps:\n    - task: ManualValidation@0\n      inputs:\n        notifyUsers: ops@acme.example\n- stage: Deploy_Prod\n  condition: and(succeeded(), eq(variables.isMain, true))\n  jobs:\n  - deployment: web\n    environment: production.web\n    strategy:\n      runOnce:\n        preDeploy:\n          steps:\n          - script: ./pre.sh\n        deploy:\n          steps:\n          - script: kubectl apply -f k8s/\n        on:\n          failure:\n            steps:\n            - script: ./undo.sh\n- stage: Cleanup\n  dependsOn: []\n  condition: always()\n  jobs:\n  - job: c\n    steps:\n    - bash: rm -rf x\n",
    )]);
    assert_eq!(messages(&lowered), Vec::<&str>::new());
    assert_eq!(runs(job(&lowered, "Build.A")), "push_default push_release tag manual manual_other api");
    assert_eq!(written(get(job(&lowered, "Build.B"), "needs")), "Build.A");
    let deploy = job(&lowered, "Deploy_Prod.web");
    assert_eq!(runs(deploy), "push_default manual api");
    assert_eq!(written(get(deploy, "needs")), "Approve.wait");
    assert_eq!(written(get(deploy, "environment_name")), "production");
    assert_eq!(written(get(deploy, "commands")), "./pre.sh, kubectl apply -f k8s/, ./undo.sh");
    let gates = get(deploy, "gates").as_list().unwrap();
    let kinds: Vec<String> = gates.items.iter().map(|g| written(&g.as_object().unwrap().fields["kind"])).collect();
    assert_eq!(kinds, ["environment", "approval"]);
    assert_eq!(gates.items[1].as_object().unwrap().fields["holds"].as_bool(), Some(true));
    assert_eq!(written(get(job(&lowered, "Cleanup.c"), "needs")), "");
    let stage = of(&lowered, "azure_pipelines.stage", "azure-pipelines.yml#Deploy_Prod");
    assert_eq!(written(get(stage, "needs")), "Approve");
}

#[test]
fn a_condition_that_does_not_ask_for_success_goes_past_the_gates() {
    let text = |condition: &str| {
        format!(
            "stages:\n- stage: Approve\n  jobs:\n  - job: wait\n    pool: server\n    steps:\n    - task: ManualValidation@0\n- stage: Deploy\n  condition: {condition}\n  jobs:\n  - job: d\n    steps:\n    - script: terraform apply\n"
        )
    };
    let gates = |condition: &str| {
        let (_, lowered) = read(&[("azure-pipelines.yml", &text(condition))]);
        get(job(&lowered, "Deploy.d"), "gates").as_list().unwrap().items.len()
    };
    assert_eq!(gates("and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))"), 1);
    assert_eq!(gates("eq(variables['Build.SourceBranch'], 'refs/heads/main')"), 0);
    assert_eq!(gates("always()"), 0);
}

#[test]
fn a_validation_that_goes_on_by_itself_holds_nothing() {
    let (_, lowered) = read(&[(
        "azure-pipelines.yml",
        "jobs:\n- job: wait\n  pool: server\n  steps:\n  - task: ManualValidation@1\n    inputs:\n      onTimeout: resume\n",
    )]);
    let gates = get(job(&lowered, "wait"), "gates").as_list().unwrap();
    assert_eq!(gates.items[0].as_object().unwrap().fields["holds"].as_bool(), Some(false));
}

#[test]
fn templates_are_put_in_at_every_level_with_their_parameters() {
    let (sources, lowered) = read(&[
        (
            "azure-pipelines.yml",
            "trigger: [main]\nvariables:\n- template: ci/variables.yml\n- name: region\n  value: weu\nstages:\n- template: ci/deploy-stage.yml\n  parameters:\n    environment: production\n    steps:\n    - script: ./smoke.sh\n",
        ),
        ("ci/variables.yml", "variables:\n  tfVersion: 1.9.0\n"),
        (
            "ci/deploy-stage.yml",
            "parameters:\n- name: environment\n  type: string\n- name: dryRun\n  type: boolean\n  default: false\n- name: steps\n  type: stepList\n  default: []\nstages:\n- stage: Deploy_${{ parameters.environment }}\n  jobs:\n  - template: /ci/job.yml\n    parameters:\n      environment: ${{ parameters.environment }}\n      after: ${{ parameters.steps }}\n      ${{ if eq(parameters.dryRun, true) }}:\n        command: plan\n      ${{ else }}:\n        command: apply\n",
        ),
        (
            "ci/job.yml",
            "parameters:\n  environment: dev\n  command: plan\n  after: []\njobs:\n- deployment: tf\n  environment: ${{ parameters.environment }}\n  strategy:\n    runOnce:\n      deploy:\n        steps:\n        - script: terraform ${{ parameters.command }} -var region=$(region) -var v=$(tfVersion)\n        - ${{ each step in parameters.after }}:\n          - ${{ step }}\n        - ${{ if ne(parameters.environment, 'dev') }}:\n          - script: ./notify.sh ${{ upper(parameters.environment) }}\n",
        ),
    ]);
    assert_eq!(messages(&lowered), Vec::<&str>::new());
    let job = job(&lowered, "Deploy_production.tf");
    assert_eq!(
        written(get(job, "commands")),
        "terraform apply -var region=weu -var v=1.9.0, ./smoke.sh, ./notify.sh PRODUCTION"
    );
    assert_eq!(written(get(job, "environment_name")), "production");
    let places: Vec<&str> = get(job, "environment_name").origins.iter().map(|o| sources.text(o.anchor)).collect();
    assert_eq!(places, ["${{ parameters.environment }}", "${{ parameters.environment }}", "production"]);
    let calls: Vec<&str> = job.calls.iter().map(|o| sources.text(o.anchor)).collect();
    assert_eq!(calls, ["ci/deploy-stage.yml", "/ci/job.yml"]);
    assert_eq!(sources.path(job.file()), "ci/job.yml");
    let kinds = lowered.entities.iter().filter(|e| e.kind == "ci.pipeline").count();
    assert_eq!(kinds, 1, "templates are no pipelines of their own");
    let smoke = of(&lowered, "azure_pipelines.step", "azure-pipelines.yml#Deploy_production.tf[1]");
    assert_eq!(sources.path(smoke.file()), "azure-pipelines.yml");
}

#[test]
fn what_depends_on_the_branch_when_the_pipeline_is_compiled_runs_there() {
    let (_, lowered) = read(&[(
        "azure-pipelines.yml",
        "stages:\n- stage: Build\n  jobs:\n  - job: b\n    steps:\n    - script: make\n- ${{ if eq(variables['Build.SourceBranch'], 'refs/heads/main') }}:\n  - stage: Prod\n    jobs:\n    - job: d\n      steps:\n      - script: terraform apply\n- ${{ else }}:\n  - stage: Preview\n    jobs:\n    - job: d\n      steps:\n      - script: terraform plan\n- stage: Report\n  jobs:\n  - job: r\n    steps:\n    - script: ./report.sh\n",
    )]);
    assert_eq!(runs(job(&lowered, "Prod.d")), "push_default manual api");
    assert_eq!(
        runs(job(&lowered, "Preview.d")),
        "push_release push_other manual_other ? pull_request fork_pull_request"
    );
    assert_eq!(written(get(job(&lowered, "Report.r"), "needs")), "Build.b", "no stage before it is there in every run");
    assert!(of(&lowered, "azure_pipelines.job", "azure-pipelines.yml#Prod.d").doubt.is_none());
}

#[test]
fn a_parameter_of_the_pipeline_has_its_default_unless_somebody_chooses() {
    let (_, lowered) = read(&[(
        "azure-pipelines.yml",
        "trigger: [main]\npr: none\nparameters:\n- name: deploy\n  type: boolean\n  default: false\n- name: env\n  type: string\n  default: dev\n  values: [dev, prod]\n- name: regions\n  type: object\n  default: [weu, neu]\njobs:\n- ${{ if eq(parameters.deploy, true) }}:\n  - deployment: d\n    environment: ${{ parameters.env }}\n    strategy:\n      runOnce:\n        deploy:\n          steps:\n          - script: echo\n- ${{ each region in parameters.regions }}:\n  - job: plan_${{ region }}\n    steps:\n    - script: terraform plan -var r=${{ region }}\n",
    )]);
    let deploy = job(&lowered, "d");
    assert_eq!(runs(deploy), " ? manual manual_other api");
    assert_eq!(written(get(deploy, "environments")), "dev, prod");
    assert!(deploy.environment.is_none(), "one job for several kinds of environments");
    assert_eq!(written(get(job(&lowered, "plan_neu"), "commands")), "terraform plan -var r=neu");
}

#[test]
fn templates_of_other_repositories_are_not_known_and_that_is_said() {
    let (sources, lowered) = read(&[(
        "azure-pipelines.yml",
        "resources:\n  repositories:\n  - repository: templates\n    type: git\n    name: Platform/templates\n  - repository: pinned\n    type: github\n    name: acme/t\n    ref: refs/tags/v1\nextends:\n  template: base.yml@templates\n  parameters:\n    stages:\n    - stage: A\n",
    )]);
    assert_eq!(messages(&lowered), Vec::<&str>::new());
    let pipeline = of(&lowered, "ci.pipeline", "azure-pipelines.yml");
    assert_eq!(written(get(pipeline, "unresolved")), "base.yml@templates");
    let job = job(&lowered, "Job");
    assert_eq!(written(get(job, "calls")), "base.yml@templates");
    assert!(written(get(job, "uses")).starts_with("action=base.yml ref=null kind=template"));
    let repository = of(&lowered, "azure_pipelines.repository", "azure-pipelines.yml#repository.templates");
    assert_eq!(get(repository, "gives_templates").as_bool(), Some(true));
    assert_eq!(sources.text(get(repository, "ref").origins.first().unwrap().anchor), "templates");
    let pinned = of(&lowered, "azure_pipelines.repository", "azure-pipelines.yml#repository.pinned");
    assert_eq!(get(pinned, "gives_templates").as_bool(), Some(false));
}

#[test]
fn what_the_host_would_refuse_is_named() {
    let (_, lowered) = read(&[
        (
            "azure-pipelines.yml",
            "steps:\n- template: gone.yml\n- template: steps.yml\n  parameters:\n    nmae: x\n- template: x.yml@nobody\n- template: loop.yml\n",
        ),
        ("steps.yml", "parameters:\n- name: name\n  type: string\nsteps:\n- script: echo ${{ parameters.name }}\n"),
        ("loop.yml", "steps:\n- template: loop.yml\n"),
    ]);
    let mut found = messages(&lowered);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "no repository is called \"nobody\" here",
            "parameter \"name\" of the template has no value",
            "template \"gone.yml\" is not in the repository",
            "template \"loop.yml\" uses itself",
            "the template has no parameter \"nmae\"",
        ]
    );
    assert_eq!(
        written(get(of(&lowered, "ci.pipeline", "azure-pipelines.yml"), "unresolved")),
        "gone.yml, x.yml@nobody, loop.yml"
    );
    assert!(written(get(job(&lowered, "Job"), "uses")).contains("action=gone.yml"));
}

#[test]
fn a_template_that_nothing_uses_is_read_and_nobody_knows_when_it_runs() {
    let (_, lowered) = read(&[(
        "templates/deploy.yml",
        "parameters:\n- name: env\n  type: string\njobs:\n- deployment: d\n  environment: ${{ parameters.env }}\n  strategy:\n    runOnce:\n      deploy:\n        steps:\n        - ${{ if eq(parameters.env, 'prod') }}:\n          - script: helm upgrade web ./chart\n",
    )]);
    let pipeline = of(&lowered, "azure_pipelines.pipeline", "templates/deploy.yml");
    assert_eq!(get(pipeline, "is_template").as_bool(), Some(true));
    let job = of(&lowered, "ci.job", "templates/deploy.yml#d");
    assert!(runs(job).starts_with(" ? push_default"));
    assert_eq!(written(get(job, "commands")), "helm upgrade web ./chart");
    assert_eq!(written(get(job, "environment_name")), "${{ parameters.env }}");
}

#[test]
fn tasks_are_the_commands_they_build() {
    let (_, lowered) = read(&[(
        "azure-pipelines.yml",
        "trigger: none\npr: none\nsteps:\n- task: TerraformTaskV4@4\n  inputs:\n    command: apply\n    commandOptions: -var-file=prod.tfvars\n    environmentServiceNameAzureRM: sc-platform\n- task: HelmDeploy@0\n  inputs:\n    command: upgrade\n    chartName: web\n    kubernetesServiceConnection: aks\n- task: Bash@3\n  inputs:\n    filePath: ./deploy.sh\n    targetType: filePath\n    arguments: prod\n- task: AzureWebApp@1\n  inputs:\n    azureSubscription: sc\n    appName: web\n  continueOnError: true\n  enabled: false\n- pwsh: Get-Date\n  condition: and(succeeded(), eq(variables['Build.Reason'], 'Manual'))\n",
    )]);
    let job = job(&lowered, "Job");
    assert_eq!(runs(job), "manual manual_other api");
    assert_eq!(
        written(get(job, "commands")),
        "terraform apply -auto-approve -var-file=prod.tfvars, helm upgrade web, ./deploy.sh prod, Get-Date"
    );
    let step = |i: usize| of(&lowered, "ci.step", &format!("azure-pipelines.yml#Job[{i}]"));
    assert_eq!(runs(step(3)), "");
    assert_eq!(get(step(3), "ignores_failure").as_bool(), Some(true));
    assert_eq!(runs(step(4)), "manual manual_other api");
}

#[test]
fn variables_and_groups_are_told() {
    let (sources, lowered) = read(&[(
        "azure-pipelines.yml",
        "variables:\n- group: prod-secrets\n- name: dbPassword\n  value: hunter2hunter2\njobs:\n- job: a\n  variables:\n    color: red\n  steps:\n  - script: echo $(color) $(dbPassword) $(apiKey)\n",
    )]);
    let pipeline = of(&lowered, "ci.pipeline", "azure-pipelines.yml");
    let password = &get(pipeline, "variables").as_object().unwrap().fields["dbPassword"];
    assert_eq!(sources.text(password.origins.first().unwrap().anchor), "hunter2hunter2");
    assert_eq!(written(get(job(&lowered, "a"), "variables")), "color=red");
    let job = job(&lowered, "a");
    assert_eq!(written(get(job, "credentials")), "kind=variable group name=prod-secrets");
    assert_eq!(written(get(job, "secrets")), "apiKey");
    assert_eq!(written(get(job, "commands")), "echo red hunter2hunter2 $(apiKey)");
}

#[test]
fn a_variable_that_a_script_sets_decides_nothing() {
    let (_, lowered) = read(&[(
        "azure-pipelines.yml",
        "trigger: [main]\npr: none\nvariables:\n  deploy: false\njobs:\n- job: a\n  steps:\n  - script: echo \"##vso[task.setvariable variable=deploy]true\"\n  - script: terraform apply\n    condition: eq(variables.deploy, 'true')\n",
    )]);
    assert_eq!(runs(of(&lowered, "ci.step", "azure-pipelines.yml#a[1]")), " ? push_default manual manual_other api");
}

#[test]
fn a_need_that_is_not_here_is_not_known() {
    let (_, lowered) = read(&[(
        "azure-pipelines.yml",
        "trigger: [main]\npr: none\nresources:\n  repositories:\n  - repository: t\n    name: p/t\nstages:\n- template: gate.yml@t\n- stage: Deploy\n  dependsOn: Gate\n  jobs:\n  - job: d\n    steps:\n    - script: terraform apply\n",
    )]);
    let deploy = job(&lowered, "Deploy.d");
    assert_eq!(written(get(deploy, "needs")), "${{ Gate }}");
    let gates = get(job(&lowered, "Stage1.Job"), "gates").as_list().unwrap();
    assert!(gates.items[0].as_object().unwrap().fields["holds"].is_unknown(), "there may be an approval in it");
    assert!(runs(deploy).starts_with(" ? push_default"), "{}", runs(deploy));
    assert_eq!(written(get(job(&lowered, "Stage1.Job"), "calls")), "gate.yml@t");
}

#[test]
fn a_directive_may_stand_before_the_entries_of_one_step() {
    let (_, lowered) = read(&[
        (
            "azure-pipelines.yml",
            "trigger: [main]\npr: none\nsteps:\n- ${{ if eq(variables['Build.Reason'], 'Manual') }}:\n    script: ./by-hand.sh\n- ${{ else }}:\n    template: t.yml@self\n- ${{ each x in parameters.none }}:\n  - script: ${{ x }}\n- script: last\n  ${{ if eq(variables['Build.Reason'], 'Manual') }}:\n    condition: eq(variables['Build.SourceBranch'], 'refs/heads/main')\n",
        ),
        ("t.yml", "steps:\n- script: ./always.sh\n"),
    ]);
    assert_eq!(messages(&lowered), Vec::<&str>::new());
    assert_eq!(written(get(job(&lowered, "Job"), "commands")), "./by-hand.sh, ./always.sh, last");
    let step = |i: usize| runs(of(&lowered, "ci.step", &format!("azure-pipelines.yml#Job[{i}]")));
    assert_eq!(step(0), "manual manual_other api");
    assert_eq!(step(1), "push_default");
    assert_eq!(step(2), " ? push_default manual manual_other api", "its condition may or may not be there");
}

#[test]
fn other_yaml_is_left_alone() {
    for (path, text) in [
        (".gitlab-ci.yml", "stages:\n- build\nbuild:\n  script: [make]\n"),
        ("concourse.yml", "jobs:\n- name: x\n  plan:\n  - task: unit\n"),
        (".github/dependabot.yml", "version: 2\n"),
        ("values.yaml", "name: web\nresources: {}\n"),
        ("buildkite.yml", "steps:\n- command: make\n"),
        ("Taskfile.yml", "version: '3'\ntasks: {}\n"),
        ("drone.yml", "kind: pipeline\nsteps:\n- name: x\n"),
        ("bitbucket-pipelines.yml", "pipelines:\n  default:\n  - step:\n      script: [make]\n"),
    ] {
        assert!(!is_one(path, text), "{path}");
    }
    for (path, text) in [
        ("build/ci.yml", "trigger:\n- main\nsteps:\n- script: make\n"),
        ("t/steps.yml", "parameters:\n  x: 1\nsteps:\n- task: Bash@3\n"),
        ("azure-pipelines-deploy.yaml", ""),
        (".azuredevops/pr.yml", "jobs:\n- template: t.yml\n"),
        ("t/vars.yml", "# names\nvariables:\n- name: x\n  value: y\n"),
    ] {
        assert!(is_one(path, text), "{path}");
    }
}

#[test]
fn whatever_is_written_it_comes_to_an_end() {
    let doubling = "parameters:\n  x: a\nsteps:\n- template: t.yml\n  parameters:\n    x: ${{ parameters.x }}${{ parameters.x }}\n";
    for text in [
        "steps: 1\n",
        "stages:\n- 1\n- stage:\n- jobs: {}\n- template:\n",
        "jobs:\n- job: {a: b}\n  steps: [1, [2], {}]\n  strategy: x\n  environment: []\n  dependsOn: {a: b}\n",
        "steps:\n- ${{ if }}:\n  - script: x\n- ${{ else }}:\n  - script: y\n- ${{ each }}: 1\n- ${{ each a in b }}:\n  - script: ${{ a }}\n",
        "trigger: 1\npr: {branches: 1}\nschedules: x\nresources: []\nvariables: [1, {name: }]\nsteps:\n- script: a\n",
        "extends: x\n",
        "extends:\n  template: azure-pipelines.yml\n",
        "${{ insert }}: 1\nsteps:\n- task: {}\n  inputs: []\n",
        "a: &a\n- *a\nsteps: *a\n",
        doubling,
    ] {
        let mut sources = SourceMap::default();
        let id = sources.add(SourceFile::new("azure-pipelines.yml", text, false));
        let documents = syntax::yaml::parse(id, text).documents;
        ci::lower(lower(&[YamlFile { id, path: "azure-pipelines.yml".into(), documents }], &sources));
    }
    // Templates in templates, as deep as the host goes, and one deeper.
    let names: Vec<String> =
        (0..=101).map(|i| if i == 0 { "azure-pipelines.yml".into() } else { format!("t{i}.yml") }).collect();
    let texts: Vec<String> =
        (0..=101).map(|i| format!("steps:\n- script: s{i}\n- template: t{}.yml\n", i + 1)).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let (_, lowered) = read(&files);
    assert_eq!(messages(&lowered), ["more than 100 templates are used"]);
    assert!(written(get(job(&lowered, "Job"), "commands")).ends_with("s99, s100"));
    // Each `each` doubles what there is.
    let mut text = String::from("steps:\n");
    for depth in 0..40 {
        let indent = " ".repeat(depth * 2);
        text.push_str(&format!("{indent}- ${{{{ each a{depth} in split('1,2', ',') }}}}:\n"));
    }
    text.push_str(&format!("{}- script: x\n", " ".repeat(80)));
    let listed = text
        .replace("split('1,2', ',')", "parameters.two")
        .replace("steps:\n", "parameters:\n- name: two\n  type: object\n  default: [1, 2]\nsteps:\n");
    for text in [text, listed] {
        let mut sources = SourceMap::default();
        let id = sources.add(SourceFile::new("azure-pipelines.yml", text.as_str(), false));
        let documents = syntax::yaml::parse(id, &text).documents;
        lower(&[YamlFile { id, path: "azure-pipelines.yml".into(), documents }], &sources);
    }
}

#[test]
fn a_file_may_end_anywhere() {
    let main = include_str!("../../../fixtures/repos/azure-pipelines-good/azure-pipelines.yml");
    let template = include_str!("../../../fixtures/repos/azure-pipelines-good/pipelines/templates/deploy.yml");
    let read = |main: &str, template: &str| {
        let mut sources = SourceMap::default();
        let mut files = Vec::new();
        for (path, text) in [("azure-pipelines.yml", main), ("pipelines/templates/deploy.yml", template)] {
            let id = sources.add(SourceFile::new(path, text, false));
            files.push(YamlFile { id, path: path.into(), documents: syntax::yaml::parse(id, text).documents });
        }
        ci::lower(lower(&files, &sources));
    };
    for (end, _) in main.char_indices().step_by(11) {
        read(&main[..end], template);
    }
    for (end, _) in template.char_indices().step_by(7) {
        read(main, &template[..end]);
    }
}
