rule "github-branch-dismiss-stale-reviews" {
  title    = "Reviews of the default branch are given for what is merged"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "What is merged is what was approved, not what was pushed after the approval."
  }

  rationale   = "Unless approvals are dismissed by new commits, or the last push needs an approval by somebody else, the author can add anything after the review. Both are off by default."
  remediation = "Set `dismiss_stale_reviews = true` (in a ruleset `dismiss_stale_reviews_on_push`) or `require_last_push_approval = true`."
  references  = ["https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/branch_protection"]

  # Where no review is required at all, github-branch-required-reviews says so.
  match "repository.default_branch_rule" {
    where = self.rule.host == "github" && self.rule.required_reviews >= 1
  }

  assert {
    condition     = anytrue([for rule in self.together : rule.dismiss_stale == true || rule.last_push_approval == true])
    error_message = "${self.entity.address} keeps approvals when the change is changed"
  }

  fix {
    target = self.rule.owner
    set = {
      required_pull_request_reviews = {
        dismiss_stale_reviews = self.rule.source == "terraform" && self.rule.kind == "protection" ? true : null
      }
    }
    safety = "unsafe"
    reason = "Whoever changes a change after its review has to ask again."
  }

  fails "approvals stay" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_pull_request_reviews {
          dismiss_stale_reviews           = false #~ here
          required_approving_review_count = 1
        }
      }
    TF
  }

  passes "new commits dismiss them" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_pull_request_reviews {
          dismiss_stale_reviews = true
        }
      }
    TF
  }

  passes "somebody else approves the last push" {
    path = ".github/rulesets/main.json"
    code = <<-JSON
      {
        "name": "main",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [
          {
            "type": "pull_request",
            "parameters": {"required_approving_review_count": 1, "require_last_push_approval": true}
          }
        ]
      }
    JSON
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "dismiss" {}

      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_pull_request_reviews {
          dismiss_stale_reviews = var.dismiss #~ here
        }
      }
    TF
  }
}
