rule "github-branch-no-force-push" {
  title    = "The default branch cannot be rewritten"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A forced push replaces reviewed history, and with it the record of who changed what."
  }

  rationale   = "A forced push makes the branch hold other commits than those that were reviewed. A branch protection forbids it unless it says otherwise; a ruleset forbids it only with the rule `non_fast_forward`."
  remediation = "Remove `allows_force_pushes` from the branch protection, or add `non_fast_forward` to the ruleset."
  references  = ["https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets#block-force-pushes", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/branch_protection"]

  match "repository.default_branch_rule" {
    where = self.rule.host == "github"
  }

  assert {
    condition     = anytrue([for rule in self.together : rule.force_push_allowed == false])
    error_message = "${self.entity.address} lets the branch be rewritten"
  }

  fix {
    target = self.rule.owner
    set    = { allows_force_pushes = self.rule.owner.kind == "github_branch_protection" ? false : null }
    safety = "safe"
  }

  fails "a protection allows it" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id       = "app"
        pattern             = "main"
        allows_force_pushes = true #~ here
      }
    TF
  }

  fails "a ruleset does not forbid it" {
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
        rules { #~ here
          deletion = true
        }
      }
    TF
  }

  fails "the settings allow it" {
    path = ".github/settings.yml"
    code = <<-YAML
      branches:
        - name: main
          protection:
            allow_force_pushes: true #~ here
            required_pull_request_reviews:
              required_approving_review_count: 1
    YAML
  }

  passes "a protection forbids it by itself" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
      }
    TF
  }

  passes "an exported ruleset forbids it" {
    path = ".github/rulesets/main.json"
    code = <<-JSON
      {
        "name": "main",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [{"type": "non_fast_forward"}]
      }
    JSON
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "rewrite" {}

      resource "github_branch_protection" "main" {
        repository_id       = "app"
        pattern             = "main"
        allows_force_pushes = var.rewrite #~ here
      }
    TF
  }
}
