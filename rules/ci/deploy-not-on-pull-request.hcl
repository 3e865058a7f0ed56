rule "ci-deploy-not-on-pull-request" {
  title    = "Pull requests do not deploy to production"
  severity = "critical"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A pull request that deploys puts code into production before anybody has reviewed it."
  }

  rationale   = "The job belongs to production, and a pull or merge request reaches it: whoever can open one changes production. Its own condition, those of the jobs it needs and what starts the pipeline were followed; a deployment to a preview or test environment is not meant."
  remediation = "Start the deployment by a push to the main branch, or give the job a condition that keeps it there, such as `if: github.ref == 'refs/heads/main'` or `rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]`."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request", "https://docs.gitlab.com/ci/pipelines/merge_request_pipelines/"]

  match "ci.deploy_job" {
    where = self.environment == null ? matches("(?i)(^|[^a-z])(prod|production|live)([^a-z]|$)", self.environment_name) : self.environment.class == "production"
  }

  assert {
    condition     = !(self.runs.pull_request || self.runs.fork_pull_request || self.runs.pull_request_target)
    error_message = "a pull request deploys to production through job ${self.name}"
  }

  fails "no condition" {
    code = <<-YAML
      on:
        pull_request:
        push:
          branches: [main]
      permissions: {}
      jobs:
        release: #~ here
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: kubectl apply -f deploy/
    YAML
  }

  fails "from a fork, with the secrets of the base" {
    code = <<-YAML
      on: pull_request_target
      permissions: {}
      jobs:
        release: #~ here
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: helm upgrade web ./chart
    YAML
  }

  passes "the main branch only, by the job's condition or by that of the step or of a job before" {
    code = <<-YAML
      on: [pull_request, push]
      permissions: {}
      jobs:
        release:
          if: github.ref == 'refs/heads/main'
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: kubectl apply -f deploy/
        migrate:
          needs: release
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: kubectl apply -f migration.yaml
        infrastructure:
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: terraform plan -out=plan
            - if: github.event_name == 'push'
              run: terraform apply plan
    YAML
  }

  passes "a preview is no production" {
    code = <<-YAML
      on: [pull_request, push]
      permissions: {}
      jobs:
        preview:
          if: github.event_name == 'pull_request'
          runs-on: ubuntu-latest
          environment: preview
          steps:
            - run: helm upgrade web-preview ./chart
        release:
          if: github.event_name == 'push'
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: helm upgrade web ./chart
    YAML
  }

  undecided "a condition about something else" {
    code = <<-YAML
      on: [pull_request, push]
      permissions: {}
      jobs:
        release:
          if: needs.gate.outputs.go == 'yes' #~ here
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: kubectl apply -f deploy/
    YAML
  }
}
