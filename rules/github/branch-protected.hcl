rule "github-branch-protected" {
  title    = "The default branch of every repository is protected"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV2_GIT_1"]

  soc2 = {
    "CC8.1" = "Without a rule over the branch anybody who may push changes it, unseen by others."
  }

  rationale   = "The repository is made here, or its host was asked with `trustlint host`, and no branch protection or active ruleset is for its default branch."
  remediation = "Add a `github_branch_protection`, a `github_repository_ruleset` or a `github_organization_ruleset` that covers the default branch."
  references  = ["https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches", "https://registry.terraform.io/providers/integrations/github/latest/docs/resources/branch_protection"]

  match "github_repository" {
    where = self.archived != true
  }

  # What the host told of this repository, if it was asked.
  match "repository.host" {
    where = self.provider == "github" && self.branch == self.default_branch && self.controls.branch_rules.status != null
  }

  link "rule" {
    to    = "repository.branch_rule"
    where = other.host == "github" && other.covers_default && (self.kind == "repository.host" ? other.source == "host" : other.repository == "~ALL" || refers_to(other.repository, self))
  }

  assert {
    condition = (
      length(link.rule) > 0
      || (self.controls.branch_rules.status == "not_available_on_plan" && undecided("branches of this repository cannot be protected on its plan"))
    )
    error_message = "the default branch of ${self.kind == "repository.host" ? self.repository : self.address} is not protected"
  }

  fails "no rule" {
    code = <<-TF
      resource "github_repository" "app" { #~ here
        name = "app"
      }
    TF
  }

  fails "a rule for other branches" {
    code = <<-TF
      resource "github_repository" "app" { #~ here
        name = "app"
      }

      resource "github_branch_protection" "release" {
        repository_id = github_repository.app.node_id
        pattern       = "release/*"
      }
    TF
  }

  fails "a rule for main where the default is another" {
    code = <<-TF
      resource "github_repository" "app" { #~ here
        name = "app"
      }

      resource "github_branch_default" "app" {
        repository = github_repository.app.name
        branch     = "trunk"
      }

      resource "github_branch_protection" "main" {
        repository_id = github_repository.app.node_id
        pattern       = "main"
      }
    TF
  }

  fails "a ruleset that is tried out only" {
    code = <<-TF
      resource "github_repository" "app" { #~ here
        name = "app"
      }

      resource "github_repository_ruleset" "app" {
        name        = "app"
        repository  = github_repository.app.name
        target      = "branch"
        enforcement = "evaluate"
        conditions {
          ref_name {
            include = ["~ALL"]
            exclude = []
          }
        }
        rules {
          deletion = true
        }
      }
    TF
  }

  fails "the host holds none" {
    path = ".trustlint/host.json"
    code = <<-JSON
      {
        "schema_version": 1, "#": "#~ here",
        "provider": "github",
        "repository": "acme/app",
        "default_branch": "main",
        "branch": "main",
        "controls": {
          "branch": {"status": "answered", "facts": {"protected": false}},
          "branch_rules": {"status": "answered", "facts": {"rulesets": []}},
          "branch_protection": {"status": "not_found", "facts": null}
        }
      }
    JSON
  }

  undecided "the plan has no protection" {
    path = ".trustlint/host.json"
    code = <<-JSON
      {
        "schema_version": 1, "#": "#~ here",
        "provider": "github",
        "repository": "acme/app",
        "default_branch": "main",
        "branch": "main",
        "controls": {
          "branch_rules": {
            "status": "not_available_on_plan",
            "facts": null
          },
          "branch_protection": {"status": "not_available_on_plan", "facts": null}
        }
      }
    JSON
  }

  passes "a rule, by the number of the repository; an archive needs none" {
    code = <<-TF
      resource "github_repository" "old" {
        name     = "old"
        archived = true
      }

      resource "github_repository" "app" {
        name           = "app"
        default_branch = "trunk"
      }

      resource "github_branch_protection" "trunk" {
        repository_id = github_repository.app.node_id
        pattern       = "trunk"
      }
    TF
  }

  undecided "a ruleset of the organization for some repositories" {
    code = <<-TF
      resource "github_repository" "app" { #~ here
        name = "app"
      }

      resource "github_organization_ruleset" "some" {
        name        = "some"
        target      = "branch"
        enforcement = "active"
        conditions {
          ref_name {
            include = ["~DEFAULT_BRANCH"]
            exclude = []
          }
          repository_name {
            include = ["a*"]
            exclude = []
          }
        }
        rules {
          deletion = true
        }
      }
    TF
  }
}
