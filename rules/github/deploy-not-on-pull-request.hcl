rule "github-deploy-not-on-pull-request" {
  title    = "Pull requests do not deploy to production"
  severity = "critical"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A pull request that deploys puts code into production before anybody has reviewed it."
  }

  rationale   = "The job belongs to production and a pull request starts it, without a condition that keeps it to the main branch."
  remediation = "Start the deployment by a push to the main branch, or add `if: github.ref == 'refs/heads/main'`."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request"]

  match "ci.deploy_job" {
    where = (self.environment == null ? matches("(?i)(^|[^a-z])(prod|production|live)([^a-z]|$)", self.environment_name) : self.environment.class == "production") && length(setintersection(self.triggers, ["pull_request", "pull_request_target"])) > 0
  }

  # Conditions are not evaluated: those that surely keep pull requests out are known by their form.
  assert {
    condition = self.condition == null ? false : (
      matches_any([
        "github\\.ref\\s*==\\s*'refs/(heads|tags)/",
        "github\\.ref_name\\s*==",
        "startsWith\\(\\s*github\\.ref\\s*,\\s*'refs/(heads|tags)/",
        "github\\.event_name\\s*==\\s*'(push|workflow_dispatch|schedule|release)'",
        "github\\.event_name\\s*!=\\s*'pull_request",
        "github\\.event\\.pull_request\\.merged",
      ], self.condition) ? true : undecided("the condition of the job is evaluated only when it runs")
    )
    error_message = "a pull request deploys to production through job ${self.id}"
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

  passes "the main branch only" {
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
    YAML
  }

  undecided "a condition of another form" {
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
