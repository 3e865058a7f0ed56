rule "ci-drift-detected" {
  title    = "Changes that bypass the pipeline are found"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "What was changed by hand went through no review, and only a comparison with the code shows that it happened."
    "CC7.1" = "A setting that was changed in the console is found before somebody makes use of it."
  }

  rationale   = "The pipelines apply Terraform to production, and nothing compares production with the code between two changes. What somebody changes by hand stays until the next apply, which then takes it back without a word, or shows it to whoever waits for something else."
  remediation = "Run `terraform plan -detailed-exitcode` on a schedule and let it fail, or use what does the same: AWS Config, health assessments of HCP Terraform, a controller such as Argo CD."
  references  = ["https://developer.hashicorp.com/terraform/tutorials/state/resource-drift", "https://docs.aws.amazon.com/config/latest/developerguide/WhatIsConfig.html"]

  match "repository" {}

  link "deployment" {
    to    = "ci.production_deploy"
    where = runs(other.commands, "terraform|tofu|terragrunt apply", "terragrunt run-all|run apply")
  }

  link "comparison" {
    to    = "ci.job"
    where = other.runs.schedule && runs(other.commands, "terraform|tofu|terragrunt plan", "terragrunt run-all|run plan", "driftctl scan")
  }

  link "recorder" {
    to    = "aws_config_configuration_recorder"
    where = true
  }

  link "assessed" {
    to    = "tfe_workspace"
    where = other.assessments_enabled == true
  }

  assert {
    for_each      = length(link.deployment) > 0 ? ["production"] : []
    condition     = length(link.comparison) > 0 || length(link.recorder) > 0 || length(link.assessed) > 0
    error_message = "nothing tells when production is no longer what the code says"
  }

  fails "it is applied after each merge, and that is all" {
    path = ".github/workflows/apply.yml"
    code = <<-YAML
      on: #~ here
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

  passes "a plan each night" {
    files = {
      ".github/workflows/drift.yml" = <<-YAML
        on:
          schedule:
            - cron: "17 3 * * *"
        permissions: {}
        jobs:
          drift:
            runs-on: ubuntu-latest
            steps:
              - run: terraform plan -detailed-exitcode
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

  passes "AWS Config records" {
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
              - run: terraform apply
      YAML
      "main.tf"                     = <<-TF
        resource "aws_config_configuration_recorder" "main" {
          role_arn = "arn:aws:iam::111122223333:role/config"
        }

        resource "tfe_workspace" "production" {
          assessments_enabled = true
        }
      TF
    }
  }
}
