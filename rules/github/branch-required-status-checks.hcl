rule "github-branch-required-status-checks" {
  title    = "The default branch requires checks to pass"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A change is tested before it is accepted, and a failing test stops it."
  }

  rationale   = "Without required status checks a pull request can be merged while its tests fail or before they have run. None are required by default."
  remediation = "Name the checks: `required_status_checks` with `contexts` in a branch protection, with `required_check` blocks in a ruleset."
  references  = ["https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets#require-status-checks-to-pass-before-merging", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/branch_protection"]

  match "repository.default_branch_rule" {
    where = self.rule.host == "github"
  }

  assert {
    condition     = anytrue([for rule in self.together : length(rule.status_checks) > 0])
    error_message = "${self.entity.address} lets changes be merged whatever their tests say"
  }

  fails "no checks" {
    code = <<-TF
      resource "github_branch_protection" "main" { #~ here
        repository_id = "app"
        pattern       = "main"
      }
    TF
  }

  fails "a list without an entry" {
    path = ".github/settings.yml"
    code = <<-YAML
      branches:
        - name: main
          protection:
            required_status_checks:
              strict: true
              contexts: [] #~ here
    YAML
  }

  passes "a check is named" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_status_checks {
          strict   = true
          contexts = ["test"]
        }
      }
    TF
  }

  passes "a ruleset names it" {
    code = <<-TF
      resource "github_repository_ruleset" "main" {
        name        = "main"
        repository  = "app"
        target      = "branch"
        enforcement = "active"
        conditions {
          ref_name {
            include = ["~DEFAULT_BRANCH"]
            exclude = []
          }
        }
        rules {
          required_status_checks {
            required_check {
              context = "test"
            }
          }
        }
      }
    TF
  }

  passes "an exported ruleset names it" {
    path = ".github/rulesets/main.json"
    code = <<-JSON
      {
        "name": "main",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [
          {
            "type": "required_status_checks",
            "parameters": {"required_status_checks": [{"context": "test"}]}
          }
        ]
      }
    JSON
  }

  undecided "the caller names them" {
    code = <<-TF
      variable "checks" {}

      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_status_checks {
          contexts = var.checks #~ here
        }
      }
    TF
  }
}
