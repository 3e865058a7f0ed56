rule "ci-plan-on-pull-request" {
  title    = "Pull requests show what Terraform would change"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Who reviews a change of infrastructure approves its effect, which the text of the change does not show."
  }

  rationale   = "A pipeline applies Terraform, and no pipeline makes a plan for a pull or merge request. A reviewer then sees the text alone; that a database will be replaced shows only when it happens."
  remediation = "Run `terraform plan` for pull requests, with an identity that can only read, and show its output in the review."
  references  = ["https://developer.hashicorp.com/terraform/tutorials/automation/automate-terraform"]

  # A deployment to development is tried out; what goes to production is reviewed.
  match "ci.deploy_job" {
    where = runs(self.commands, "terraform|tofu|terragrunt apply") && (self.environment == null || self.environment.class != "non-production")
  }

  link "plan" {
    to    = "ci.planning_job"
    where = other.system == self.system
  }

  assert {
    condition     = length(link.plan) > 0
    error_message = "job ${self.name} applies Terraform, and no pull request shows its plan"
  }

  fails "applied after the merge, unseen before" {
    code = <<-YAML
      on:
        push:
          branches: [main]
      permissions: {}
      jobs:
        apply: #~ here
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: terraform plan -out=plan
            - run: terraform apply plan
    YAML
  }

  passes "a plan for every pull request" {
    files = {
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
              - run: terraform apply -auto-approve
      YAML
      ".github/workflows/plan.yml"  = <<-YAML
        on: pull_request
        permissions: {}
        jobs:
          plan:
            runs-on: ubuntu-latest
            steps:
              - run: terraform -chdir=envs/production plan
      YAML
    }
  }
}
