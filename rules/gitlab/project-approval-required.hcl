rule "gitlab-project-approval-required" {
  title    = "Merge requests of GitLab projects need an approval"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GLB_1"]

  soc2 = {
    "CC8.1" = "A change that nobody but its author has looked at can reach production."
  }

  rationale   = "Without an approval rule a merge request can be merged by its author. GitLab requires approvals on its paid plans only; say so in a waiver if you are on the free one."
  remediation = "Add a `gitlab_project_approval_rule` with `approvals_required = 1` or more."
  references  = ["https://docs.gitlab.com/user/project/merge_requests/approvals/rules/", "https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_approval_rule"]

  match "gitlab_project" {
    where = self.archived != true
  }

  link "rule" {
    to    = "repository.branch_rule"
    where = other.host == "gitlab" && other.covers_default && refers_to(other.repository, self)
  }

  assert {
    # Older versions of the provider have the number in the project itself.
    condition     = or_default(self.approvals_before_merge, 0) >= 1 || anytrue([for rule in link.rule : rule.required_reviews >= 1])
    error_message = "${self.address} lets merge requests be merged without an approval"
  }

  fails "no rule" {
    code = <<-TF
      resource "gitlab_project" "app" { #~ here
        name = "app"
      }
    TF
  }

  fails "a rule that asks for none" {
    code = <<-TF
      resource "gitlab_project" "app" { #~ here
        name = "app"
      }

      resource "gitlab_project_approval_rule" "any" {
        project            = gitlab_project.app.id
        name               = "any"
        approvals_required = 0
      }
    TF
  }

  passes "one approval" {
    code = <<-TF
      resource "gitlab_project" "app" {
        name = "app"
      }

      resource "gitlab_project_approval_rule" "any" {
        project            = gitlab_project.app.id
        name               = "any"
        approvals_required = 1
      }
    TF
  }

  passes "an older provider; an archive" {
    code = <<-TF
      resource "gitlab_project" "app" {
        name                   = "app"
        approvals_before_merge = 1
      }

      resource "gitlab_project" "old" {
        name     = "old"
        archived = true
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "approvals" {}

      resource "gitlab_project" "app" { #~ here
        name = "app"
      }

      resource "gitlab_project_approval_rule" "any" {
        project            = gitlab_project.app.id
        name               = "any"
        approvals_required = var.approvals
      }
    TF
  }
}
