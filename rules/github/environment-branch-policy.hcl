rule "github-environment-branch-policy" {
  title    = "Only chosen branches deploy to production"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "What has not been reviewed and merged cannot be deployed to production."
  }

  rationale   = "Without a deployment branch policy, or with one that lets in every name, a workflow on any branch may use the environment, its secrets included."
  remediation = "Add a `deployment_branch_policy` for protected branches, or one for custom branches with the names of those that are released."
  references  = ["https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments#deployment-branches-and-tags", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/repository_environment"]

  match "repository.environment_rule" {
    where = self.host == "github" && self.production
  }

  assert {
    condition     = self.protected_branches || self.custom_branches
    error_message = "any branch may deploy to ${written(self.name)}"
  }

  # Custom policies without a pattern let in nothing, so only patterns that let in everything are at fault.
  assert {
    condition     = !anytrue([for pattern in self.branch_patterns : is_one_of(pattern, "*", "**", "**/*", "*/*")]) || self.protected_branches
    error_message = "the policy of ${written(self.name)} lets any branch deploy"
  }

  fails "no policy" {
    code = <<-TF
      resource "github_repository_environment" "production" { #~ here
        repository  = "app"
        environment = "production"
      }
    TF
  }

  fails "every name is let in" {
    code = <<-TF
      resource "github_repository_environment" "production" {
        repository  = "app"
        environment = "production"
        deployment_branch_policy {
          protected_branches     = false #~ here
          custom_branch_policies = true
        }
      }

      resource "github_repository_environment_deployment_policy" "all" {
        repository     = "app"
        environment    = github_repository_environment.production.environment
        branch_pattern = "*"
      }
    TF
  }

  fails "the settings let in all" {
    path = ".github/settings.yml"
    code = <<-YAML
      environments:
        - name: production
          deployment_branch_policy:
            custom_branches:
              - "*" #~ here
    YAML
  }

  passes "protected branches" {
    code = <<-TF
      resource "github_repository_environment" "production" {
        repository  = "app"
        environment = "production"
        deployment_branch_policy {
          protected_branches     = true
          custom_branch_policies = false
        }
      }
    TF
  }

  passes "branches by name" {
    code = <<-TF
      resource "github_repository_environment" "production" {
        repository  = "app"
        environment = "production"
        deployment_branch_policy {
          protected_branches     = false
          custom_branch_policies = true
        }
      }

      resource "github_repository_deployment_branch_policy" "main" {
        repository       = "app"
        environment_name = github_repository_environment.production.environment
        name             = "main"
      }

      resource "github_repository_environment_deployment_policy" "releases" {
        repository  = "app"
        environment = "production"
        tag_pattern = "v*"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "protected" {}

      resource "github_repository_environment" "production" {
        repository  = "app"
        environment = "production"
        deployment_branch_policy {
          protected_branches     = var.protected #~ here
          custom_branch_policies = false
        }
      }
    TF
  }
}
