rule "github-branch-required-reviews" {
  title    = "Protected branches require a review"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GIT_5"]

  soc2 = {
    "CC8.1" = "A change that nobody but its author has looked at can reach production."
  }

  rationale   = "A branch rule that does not ask for an approving review lets the author merge alone. One review by somebody else is what the criterion asks for."
  remediation = "Add `required_pull_request_reviews` with `required_approving_review_count = 1`, or a `pull_request` rule to the ruleset."
  references  = ["https://registry.terraform.io/providers/integrations/github/latest/docs/resources/branch_protection", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/repository_ruleset"]

  match "github_branch_protection" "github_branch_protection_v3" {}

  match "github.branch_ruleset" {}

  assert {
    condition     = or_default(self.rules.pull_request.required_approving_review_count, self.required_pull_request_reviews.required_approving_review_count, 0) >= 1
    error_message = "${self.entity.address} lets changes be merged without a review"
  }

  fails "a rule that asks for nothing" {
    code = <<-TF
      resource "github_branch_protection" "main" { #~ here
        repository_id  = "app"
        pattern        = "main"
        enforce_admins = true
      }
    TF
  }

  fails "a review that nobody has to give" {
    code = <<-TF
      resource "github_repository_ruleset" "main" {
        name        = "main"
        target      = "branch"
        enforcement = "active"
        rules {
          pull_request {
            required_approving_review_count = 0 #~ here
          }
        }
      }
    TF
  }

  passes "one review" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_pull_request_reviews {
          required_approving_review_count = 1
        }
      }
    TF
  }
}
