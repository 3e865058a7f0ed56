rule "gitlab-project-approval-required" {
  title    = "Projects require an approval before a merge"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GLB_1"]

  soc2 = {
    "CC8.1" = "A change that nobody but its author has looked at can be merged."
  }

  rationale   = "No approval rule with at least one required approval belongs to this project. In GitLab approvals are optional unless a rule asks for them."
  remediation = "Add a `gitlab_project_approval_rule` for the project with `approvals_required = 1`. Required approvals need GitLab Premium."
  references  = ["https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_approval_rule", "https://docs.gitlab.com/user/project/merge_requests/approvals/rules/"]

  match "gitlab_project" {
    where = self.archived != true
  }

  link "rules" {
    to    = "gitlab_project_approval_rule"
    where = refers_to(other.project, self)
  }

  # `approvals_before_merge` is from before version 16 of the provider.
  assert {
    condition     = or_default(self.approvals_before_merge, 0) >= 1 || anytrue([for rule in link.rules : or_default(rule.approvals_required, 0) >= 1])
    error_message = "${self.address} lets changes be merged without an approval"
  }

  fails "no rule, or one that asks for none" {
    code = <<-TF
      resource "gitlab_project" "app" { #~ here
        name = "app"
      }
      resource "gitlab_project" "api" { #~ here
        name = "api"
      }
      resource "gitlab_project_approval_rule" "api" {
        project            = gitlab_project.api.id
        name               = "optional"
        approvals_required = 0
      }
    TF
  }

  passes "one approval, by either way" {
    code = <<-TF
      resource "gitlab_project" "app" {
        name = "app"
      }
      resource "gitlab_project_approval_rule" "app" {
        project            = gitlab_project.app.id
        name               = "review"
        approvals_required = 1
      }
      resource "gitlab_project" "old" {
        name                   = "old"
        approvals_before_merge = 1
        archived               = false
      }
    TF
  }

  undecided "the caller decides how many" {
    code = <<-TF
      variable "approvals" {
        type = number
      }
      resource "gitlab_project" "app" { #~ here
        name = "app"
      }
      resource "gitlab_project_approval_rule" "app" {
        project            = gitlab_project.app.id
        name               = "review"
        approvals_required = var.approvals
      }
    TF
  }
}
