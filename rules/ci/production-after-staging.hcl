rule "ci-production-after-staging" {
  title    = "Production is deployed after another environment"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A change is tried in another environment before customers get it only if the pipeline holds production back until then."
  }

  rationale   = "There is an environment before production, and a push deploys to production without waiting for it. A change that breaks there, or that was never there, still reaches customers. The jobs that the deployment needs were followed, and the pipelines that start it."
  remediation = "Let the production job need the one that deploys to staging (`needs: deploy-staging`), or start its pipeline when that one has succeeded."
  references  = ["https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-jobs", "https://docs.gitlab.com/ci/yaml/#needs"]

  match "ci.production_deploy" {
    where = self.environment.class == "production"
  }

  link "elsewhere" {
    to    = "ci.deploy_job"
    where = other.environment.class == "non-production" && other.system == self.system
  }

  link "before" {
    to    = "ci.deploy_job"
    where = other.environment.class == "non-production" && contains(self.waits_for, other.address) && other.ignores_failure != true
  }

  # What a person starts, or a tag, may have been in another environment before: only they know.
  assert {
    for_each = length(link.elsewhere) > 0 ? ["order"] : []
    condition = (
      length(link.before) > 0
      || (!self.runs.push_default && !self.runs.push_release && !self.runs.push_other && undecided("whether what is released was in another environment before"))
    )
    error_message = "job ${self.name} deploys to production without waiting for another environment"
  }

  fails "both at once" {
    code = <<-YAML
      on:
        push:
          branches: [main]
      permissions: {}
      jobs:
        staging:
          runs-on: ubuntu-latest
          environment: staging
          steps:
            - run: kubectl apply -k overlays/staging
        production: #~ here
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: kubectl apply -k overlays/production
    YAML
  }

  fails "it runs though the other environment failed, or was skipped" {
    files = {
      ".github/workflows/deploy.yml"     = <<-YAML
        name: Staging
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          staging:
            runs-on: ubuntu-latest
            environment: staging
            steps:
              - run: kubectl apply -k overlays/staging
          production: #~ here
            needs: staging
            if: always()
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -k overlays/production
      YAML
      ".github/workflows/try.yml" = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          staging:
            runs-on: ubuntu-latest
            environment: staging
            continue-on-error: true
            steps:
              - run: helm upgrade web ./chart
          production: #~ here
            needs: staging
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: helm upgrade web ./chart
      YAML
    }
  }

  passes "one after the other, in one pipeline or in two" {
    files = {
      ".github/workflows/deploy.yml"     = <<-YAML
        name: Staging
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          staging:
            runs-on: ubuntu-latest
            environment: staging
            steps:
              - run: kubectl apply -k overlays/staging
          smoke-test:
            needs: staging
            runs-on: ubuntu-latest
            steps:
              - run: ./smoke-test
          production:
            needs: smoke-test
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -k overlays/production
      YAML
      ".github/workflows/production.yml" = <<-YAML
        on:
          workflow_run:
            workflows: [Staging]
        permissions: {}
        jobs:
          production:
            if: github.event.workflow_run.conclusion == 'success'
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -k overlays/production
      YAML
    }
  }

  undecided "a tag is made by somebody" {
    files = {
      ".github/workflows/staging.yml"    = <<-YAML
        on:
          push:
            branches: [main]
        permissions: {}
        jobs:
          staging:
            runs-on: ubuntu-latest
            environment: staging
            steps:
              - run: kubectl apply -k overlays/staging
      YAML
      ".github/workflows/production.yml" = <<-YAML
        on:
          push:
            tags: ['v*']
        permissions: {}
        jobs:
          production: #~ here
            runs-on: ubuntu-latest
            environment: production
            steps:
              - run: kubectl apply -k overlays/production
      YAML
    }
  }
}
