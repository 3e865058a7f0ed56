rule "github-environment-reviewers" {
  title    = "The production environment waits for a reviewer"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Somebody approves each deployment to production before it runs."
    "CC6.3" = "Who starts a deployment is not the only one who decides on it."
  }

  rationale   = "An environment without reviewers lets every job that names it go ahead at once. In private repositories GitHub offers required reviewers on the Enterprise plan only; say so in a waiver if you are on another."
  remediation = "Add a `reviewers` block with a team or users."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/repository_environment"]

  match "repository.environment_rule" {
    where = self.host == "github" && self.production
  }

  assert {
    condition     = length(self.reviewers) > 0
    error_message = "deployments to ${written(self.name)} wait for nobody"
  }

  fails "no reviewers" {
    code = <<-TF
      resource "github_repository_environment" "production" { #~ here
        repository  = "app"
        environment = "production"
      }
    TF
  }

  fails "the settings name none" {
    path = ".github/settings.yml"
    code = <<-YAML
      environments:
        - name: production #~ here
          wait_timer: 30
    YAML
  }

  passes "a team" {
    code = <<-TF
      resource "github_repository_environment" "production" {
        repository  = "app"
        environment = "production"
        reviewers {
          teams = [1234]
        }
      }
    TF
  }

  passes "users" {
    code = <<-TF
      resource "github_repository_environment" "live" {
        repository  = "app"
        environment = "live"
        reviewers {
          users = [42]
        }
      }
    TF
  }

  passes "the settings name a team" {
    path = ".github/settings.yml"
    code = <<-YAML
      environments:
        - name: production
          reviewers:
            - type: Team
              id: 1234
    YAML
  }

  undecided "the caller names them" {
    code = <<-TF
      variable "reviewers" {}

      resource "github_repository_environment" "production" {
        repository  = "app"
        environment = "production"
        reviewers {
          teams = var.reviewers #~ here
        }
      }
    TF
  }
}
