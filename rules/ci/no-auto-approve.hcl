rule "ci-no-auto-approve" {
  title    = "Infrastructure is not changed unseen"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "With `-auto-approve` and nothing to wait for, the change goes live though nobody has seen the plan."
  }

  rationale   = "`terraform apply -auto-approve`, `pulumi up --yes` and `cdk deploy --require-approval never` plan and apply in one go. Somebody has to see the plan: apply a plan file that was made and looked at before, or let the job wait for an approval."
  remediation = "Make the plan in a job of its own (`terraform plan -out=plan`), and apply that file in a job that waits: in an environment with reviewers, behind an approval job or a manual start."
  references  = ["https://developer.hashicorp.com/terraform/tutorials/automation/automate-terraform"]

  match "ci.deploy_job" {
    where = self.environment == null || self.environment.class != "non-production"
  }

  # Before the name of a plan file the flag changes nothing: the plan was made before. An environment counts as
  # something to wait for; whether it does is for other rules to say.
  assert {
    for_each = concat([], [for script in self.commands : deploy_commands(script)]...)
    condition = (
      anytrue([for gate in self.gates : gate.kind == "environment" || gate.holds])
      || !(
        has_flag(each.value, "-auto-approve")
        || has_flag(each.value, "--auto-approve")
        || (each.value[0] == "pulumi" && (has_flag(each.value, "--yes") || has_flag(each.value, "-y")))
        || (each.value[0] == "cdk" && matches("--require-approval[= ]never", join(" ", each.value)))
      )
      || matches("^[A-Za-z0-9_./]*plan[A-Za-z0-9_.-]*$", each.value[length(each.value) - 1])
    )
    at            = each.value
    error_message = "job ${self.name} applies a plan that nobody has seen"
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

  fails "other tools" {
    code = <<-YAML
      on: push
      permissions: {}
      jobs:
        stack:
          runs-on: ubuntu-latest
          steps:
            - run: pulumi up --yes #~ here
            - run: npx cdk deploy --require-approval never #~ here
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
