rule "ci-manual-deploy-gated" {
  title    = "A deployment started by hand passes a gate"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Whoever may start a pipeline can put a branch into production that nobody has reviewed."
    "CC6.3" = "The right to start a pipeline, which every contributor has, becomes the right to change production."
  }

  rationale   = "The pipeline can be started by hand on any branch, and the job then deploys to production without an environment that could ask for an approval, an approval job, or a condition on the branch. The way past the review is one click."
  remediation = "Name an environment with required reviewers, or keep the job to the default branch: `if: github.ref == 'refs/heads/main'`."
  references  = ["https://docs.github.com/en/actions/how-tos/manage-workflow-runs/manually-run-a-workflow", "https://docs.github.com/en/actions/concepts/workflows-and-actions/deployment-environments"]

  match "ci.production_deploy" {}

  # An environment counts here: whether it asks for an approval is for other rules to say.
  assert {
    condition     = !self.runs.manual_other || anytrue([for gate in self.gates : gate.kind == "environment" || gate.holds])
    error_message = "job ${self.name} deploys any branch when it is started by hand, and nobody has to agree"
  }

  fails "a dispatch goes past the review" {
    code = <<-YAML
      on:
        push:
          branches: [main]
        workflow_dispatch:
      permissions: {}
      jobs:
        release: #~ here
          runs-on: ubuntu-latest
          steps:
            - run: terraform apply plan.out
    YAML
  }

  passes "the environment can ask, or only the main branch runs" {
    code = <<-YAML
      on: workflow_dispatch
      permissions: {}
      jobs:
        release:
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: terraform apply plan.out
        site:
          if: github.ref == 'refs/heads/main'
          runs-on: ubuntu-latest
          steps:
            - run: aws s3 sync ./site s3://example-site
    YAML
  }

  undecided "a condition about something else" {
    code = <<-YAML
      on: workflow_dispatch
      permissions: {}
      jobs:
        release:
          if: vars.DEPLOY == 'yes' #~ here
          runs-on: ubuntu-latest
          steps:
            - run: kubectl apply -f deploy/
    YAML
  }
}
