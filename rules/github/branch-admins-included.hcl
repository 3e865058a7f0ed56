rule "github-branch-admins-included" {
  title    = "Administrators keep to the rules of the default branch"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A rule that some may skip does not show that every change was reviewed."
    "CC6.3" = "Administrators of a repository are the ones whose changes most need a second person."
  }

  rationale   = "A branch protection without `enforce_admins` is no rule for administrators: they push and merge as they like. In a ruleset the same is done by a bypass actor that is the role of the administrators and may always bypass."
  remediation = "Set `enforce_admins = true`, or take the administrators out of `bypass_actors`; for emergencies use `bypass_mode = \"pull_request\"`, which leaves a trace."
  references  = ["https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#do-not-allow-bypassing-the-above-settings", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/branch_protection"]

  match "repository.default_branch_rule" {
    where = self.rule.host == "github"
  }

  assert {
    # Another rule that asks administrators for a review closes the gap.
    condition     = self.rule.admins_enforced || anytrue([for rule in self.together : rule.admins_enforced == true && rule.required_reviews >= 1])
    error_message = "${self.entity.address} is no rule for administrators"
  }

  fix {
    target = self.rule.owner
    set    = { enforce_admins = self.rule.source == "terraform" && self.rule.kind == "protection" ? true : null }
    safety = "unsafe"
    reason = "Administrators can no longer merge past the rules, in an emergency either."
  }

  fails "administrators are left out by default" {
    code = <<-TF
      resource "github_branch_protection" "main" { #~ here
        repository_id = "app"
        pattern       = "main"
      }
    TF
  }

  fails "the settings say null" {
    path = ".github/settings.yml"
    code = <<-YAML
      branches:
        - name: main
          protection:
            enforce_admins: null #~ here
            required_pull_request_reviews:
              required_approving_review_count: 1
    YAML
  }

  fails "a ruleset lets them bypass" {
    code = <<-TF
      resource "github_repository_ruleset" "main" {
        name        = "main"
        repository  = "app"
        target      = "branch"
        enforcement = "active"
        bypass_actors {
          actor_id    = 5
          actor_type  = "RepositoryRole"
          bypass_mode = "always" #~ here
        }
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

  passes "they are included" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id  = "app"
        pattern        = "main"
        enforce_admins = true
      }
    TF
  }

  passes "a ruleset is for everybody" {
    path = ".github/rulesets/main.json"
    code = <<-JSON
      {
        "name": "main",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [{"type": "pull_request", "parameters": {"required_approving_review_count": 1}}],
        "bypass_actors": [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}]
      }
    JSON
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "admins" {}

      resource "github_branch_protection" "main" {
        repository_id  = "app"
        pattern        = "main"
        enforce_admins = var.admins #~ here
      }
    TF
  }
}
