rule "github-no-auto-approve" {
  title    = "Terraform is not applied unseen"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "With `-auto-approve` and no environment the change goes live though nobody has seen the plan."
  }

  rationale   = "`terraform apply -auto-approve` plans and applies in one go. Somebody has to see the plan: apply a plan file that was made and looked at before, or let the job wait for the approval of an environment."
  remediation = "Make the plan in a job of its own (`terraform plan -out=plan`), and apply that file in a job with an environment that has reviewers."
  references  = ["https://developer.hashicorp.com/terraform/tutorials/automation/automate-terraform"]

  match "ci.deploy_job" {
    where = self.system == "github" && (self.environment == null || self.environment.class != "non-production")
  }

  # Before the name of a plan file the flag changes nothing: the plan was made before.
  assert {
    for_each = concat([for script in self.commands : deploy_commands(script)]...)
    condition = (
      self.environment_name != null
      || !has_flag(each.value, "-auto-approve")
      || matches("^[A-Za-z0-9_./]*plan[A-Za-z0-9_.-]*$", each.value[length(each.value) - 1])
    )
    at            = each.value
    error_message = "job ${self.id} applies a plan that nobody has seen"
  }

  fails "no environment" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        release:
          runs-on: ubuntu-latest
          steps:
            - run: terraform apply -auto-approve #~ here
    YAML
  }

  passes "the environment asks, or a plan is applied" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        release:
          runs-on: ubuntu-latest
          environment: production
          steps:
            - run: terraform apply -auto-approve
        plan:
          runs-on: ubuntu-latest
          steps:
            - run: terraform apply plan.out
            - run: terraform apply -auto-approve -input=false tfplan
    YAML
  }
}
