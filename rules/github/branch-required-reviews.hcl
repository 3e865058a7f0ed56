rule "github-branch-required-reviews" {
  title    = "The default branch requires a review"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GIT_5"]

  soc2 = {
    "CC8.1" = "A change that nobody but its author has looked at can reach production."
  }

  rationale   = "A branch rule that does not ask for an approving review lets the author merge alone. One review by somebody else is what the criterion asks for. GitHub adds up all rules over a branch, so one of them is enough."
  remediation = "Ask for at least one approving review: `required_pull_request_reviews` with `required_approving_review_count = 1` in a branch protection, a `pull_request` rule in a ruleset."
  references  = ["https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/branch_protection", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/repository_ruleset"]

  match "repository.default_branch_rule" {
    where = self.rule.host == "github"
  }

  assert {
    condition     = anytrue([for rule in self.together : rule.required_reviews >= 1])
    at            = self.rule.required_reviews
    error_message = "${self.entity.address} lets changes be merged without a review"
  }

  fix {
    target = self.rule.owner
    # An approval that anybody gives, or that outlives the change, would be the next thing to mend.
    set = {
      required_pull_request_reviews = (
        self.rule.source == "terraform" && self.rule.kind == "protection"
        ? { required_approving_review_count = 1, require_code_owner_reviews = true, dismiss_stale_reviews = true }
        : null
      )
    }
    safety = "unsafe"
    reason = "Whatever pushes to the branch by itself, such as a release job, has to go through a pull request."
  }

  fails "a protection that asks for nothing" {
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
        conditions {
          ref_name {
            include = ["~DEFAULT_BRANCH"]
            exclude = []
          }
        }
        rules {
          pull_request {
            required_approving_review_count = 0 #~ here
          }
        }
      }
    TF
  }

  fails "the older resource, and a review only for another branch" {
    code = <<-TF
      resource "github_branch_protection_v3" "main" { #~ here
        repository     = "app"
        branch         = "master"
        enforce_admins = true
      }

      resource "github_branch_protection_v3" "release" {
        repository = "app"
        branch     = "release/*"
        required_pull_request_reviews {
          required_approving_review_count = 2
        }
      }
    TF
  }

  fails "the settings of the repository ask for no review" {
    path = ".github/settings.yml"
    code = <<-YAML
      repository:
        default_branch: trunk
      branches:
        - name: trunk
          protection:
            required_pull_request_reviews: null #~ here
            enforce_admins: true
    YAML
  }

  fails "an exported ruleset without a rule for pull requests" {
    path = ".github/rulesets/main.json"
    code = <<-JSON
      {
        "name": "main", "#": "#~ here",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~ALL"], "exclude": []}},
        "rules": [{"type": "deletion"}, {"type": "non_fast_forward"}],
        "bypass_actors": []
      }
    JSON
  }

  passes "a review is asked for; the count is one if it is left out" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_pull_request_reviews {}
      }
    TF
  }

  passes "another rule over the same branch asks for it" {
    code = <<-TF
      resource "github_repository" "app" {
        name = "app"
      }

      resource "github_branch_protection" "main" {
        repository_id = github_repository.app.node_id
        pattern       = "main"
      }

      resource "github_repository_ruleset" "reviews" {
        name        = "reviews"
        repository  = github_repository.app.name
        target      = "branch"
        enforcement = "active"
        conditions {
          ref_name {
            include = ["~DEFAULT_BRANCH"]
            exclude = []
          }
        }
        rules {
          pull_request {
            required_approving_review_count = 1
          }
        }
      }
    TF
  }

  passes "the rule is for release branches only" {
    code = <<-TF
      resource "github_repository_ruleset" "release" {
        name        = "release"
        repository  = "app"
        target      = "branch"
        enforcement = "active"
        conditions {
          ref_name {
            include = ["refs/heads/release/*"]
            exclude = []
          }
        }
        rules {
          deletion = true
        }
      }

      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_pull_request_reviews {
          required_approving_review_count = 2
        }
      }
    TF
  }

  passes "the whole organization asks for it" {
    code = <<-TF
      resource "github_organization_ruleset" "all" {
        name        = "all"
        target      = "branch"
        enforcement = "active"
        conditions {
          ref_name {
            include = ["~DEFAULT_BRANCH"]
            exclude = []
          }
          repository_name {
            include = ["~ALL"]
            exclude = []
          }
        }
        rules {
          pull_request {
            required_approving_review_count = 1
          }
        }
      }

      resource "github_branch_protection_v3" "app" {
        repository = "app"
        branch     = "main"
      }
    TF
  }

  undecided "another branch is protected, and nothing says which one is the default" {
    code = <<-TF
      resource "github_branch_protection" "develop" { #~ here
        repository_id = "app"
        pattern       = "develop"
      }
    TF
  }

  undecided "the caller decides how many" {
    code = <<-TF
      variable "reviews" {}

      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
        required_pull_request_reviews {
          required_approving_review_count = var.reviews #~ here
        }
      }
    TF
  }

  undecided "the settings name no number" {
    path = ".github/settings.yml"
    code = <<-YAML
      branches:
        - name: main
          protection:
            required_pull_request_reviews: #~ here
              dismiss_stale_reviews: true
    YAML
  }
}
