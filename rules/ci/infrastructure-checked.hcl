rule "ci-infrastructure-checked" {
  title    = "Changes of infrastructure are checked before they are merged"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A change is tested before it is approved, and for infrastructure the test is whether it keeps to what the firm requires."
    "CC7.1" = "A configuration that opens a weakness is found while it is a proposal."
  }

  rationale   = "The pipelines of this repository deploy Terraform or Kubernetes, and for a pull or merge request none of them looks whether the configuration is sound. A reviewer then has to see every open port and every missing log alone, in each change."
  remediation = "Run trustlint, or another tool that checks infrastructure, in a job for pull or merge requests, and let its failure hold the change back."
  references  = ["https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks"]

  # Without a pipeline, a part of a repository may be all that is checked.
  match "repository" {
    where = length(self.pipelines) > 0
  }

  link "deployment" {
    to    = "ci.deploy_job"
    where = runs(other.commands, "terraform|tofu|terragrunt apply", "terragrunt run-all|run apply", "kubectl apply|create|replace", "helm upgrade|install", "kustomize build")
  }

  link "check" {
    to = "ci.checking_step"
    # Where pull requests are built as any branch is, a check of any branch counts.
    where = (
      other.job.runs.pull_request || other.job.runs.pull_request_target
      || (is_one_of(other.job.system, "circleci", "jenkins", "gitlab", "azure", "bitbucket") && other.job.runs.push_other)
    )
  }

  link "pipeline" {
    to    = "ci.pipeline"
    where = length(or_default(other.unresolved, [])) > 0
  }

  # GitLab's own template runs KICS.
  assert {
    for_each = length(link.deployment) > 0 ? ["infrastructure"] : []
    condition = (
      length(link.check) > 0
      || anytrue([
        for pipeline in link.pipeline : anytrue([for from in pipeline.unresolved : matches("(?i)SAST-IaC", written(from))])
      ])
      || (length(link.pipeline) > 0 && undecided("whether what the pipelines take from elsewhere checks infrastructure"))
    )
    error_message = "no pipeline checks a change of infrastructure before it is merged"
  }

  fails "it is planned, and nothing looks at it" {
    path = ".github/workflows/apply.yml"
    code = <<-YAML
      on: #~ here
        pull_request:
        push:
          branches: [main]
      permissions: {}
      jobs:
        plan:
          if: github.event_name == 'pull_request'
          runs-on: ubuntu-latest
          steps:
            - run: terraform plan
        apply:
          if: github.event_name == 'push'
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: terraform apply
    YAML
  }

  fails "it is checked after the merge" {
    path = ".gitlab-ci.yml"
    code = <<-YAML
      check: #~ here
        script: checkov -d .
        rules:
          - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      deploy:
        script: kubectl apply -f deploy/
        environment: production
        rules:
          - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
    YAML
  }

  passes "trustlint, as an action" {
    files = {
      ".github/workflows/check.yml" = <<-YAML
        on: pull_request
        permissions: {}
        jobs:
          check:
            runs-on: ubuntu-latest
            steps:
              - uses: example/trustlint@0000000000000000000000000000000000000000
      YAML
      ".github/workflows/apply.yml" = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          apply:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: terraform apply
      YAML
    }
  }

  passes "another tool, by its command" {
    path = ".gitlab-ci.yml"
    code = <<-YAML
      check:
        script: tflint --recursive
        rules:
          - if: $CI_PIPELINE_SOURCE == "merge_request_event"
      deploy:
        script: helm upgrade web charts/web
        environment: production
        rules:
          - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
    YAML
  }

  passes "the template of GitLab" {
    path = ".gitlab-ci.yml"
    code = <<-YAML
      include:
        - template: Jobs/SAST-IaC.gitlab-ci.yml
      deploy:
        script: kubectl apply -f deploy/
        environment: production
        rules:
          - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
    YAML
  }

  undecided "a component of another project may do it" {
    path = ".gitlab-ci.yml"
    code = <<-YAML
      include: #~ here
        - component: $CI_SERVER_FQDN/acme/checks/infrastructure@1.0.0
      deploy:
        script: kubectl apply -f deploy/
        environment: production
        rules:
          - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
    YAML
  }

  passes "manifests are validated" {
    files = {
      ".github/workflows/deploy.yml" = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          deploy:
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: helm upgrade web charts/web
      YAML
      ".github/workflows/charts.yml" = <<-YAML
        on: pull_request
        permissions: {}
        jobs:
          lint:
            runs-on: ubuntu-latest
            steps:
              - run: kubeconform -strict deploy/
      YAML
    }
  }
}
