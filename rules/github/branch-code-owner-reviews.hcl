rule "github-branch-code-owner-reviews" {
  title    = "Changes on the default branch are reviewed by code owners"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Those who are responsible for what is changed approve the change, not just anyone."
  }

  rationale   = "CODEOWNERS names who is asked for a review; their approval is required only where a rule over the branch says so. It is off by default."
  remediation = "Set `require_code_owner_reviews = true` in the branch protection, or `require_code_owner_review = true` in the `pull_request` rule of the ruleset."
  references  = ["https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/branch_protection"]

  # Where no review is required at all, github-branch-required-reviews says so.
  match "repository.default_branch_rule" {
    where = self.rule.host == "github" && self.rule.required_reviews >= 1
  }

  assert {
    condition     = anytrue([for rule in self.together : rule.code_owner_reviews == true])
    error_message = "${self.entity.address} asks for reviews by anybody, not by code owners"
  }

  fix {
    target = self.rule.owner
    set = {
      required_pull_request_reviews = {
        require_code_owner_reviews = self.rule.source == "terraform" && self.rule.kind == "protection" ? true : null
      }
    }
    safety = "unsafe"
    reason = "A change waits for an owner of what it touches."
  }

  fails "any review will do" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_pull_request_reviews { #~ here
          required_approving_review_count = 1
        }
      }
    TF
  }

  passes "code owners have to approve" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_pull_request_reviews {
          require_code_owner_reviews      = true
          required_approving_review_count = 1
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "owners" {}

      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_pull_request_reviews {
          require_code_owner_reviews = var.owners #~ here
        }
      }
    TF
  }
}
