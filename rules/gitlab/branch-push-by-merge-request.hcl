rule "gitlab-branch-push-by-merge-request" {
  title    = "Changes reach protected branches by merge requests only"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "Maintainers can put a change on the branch that nobody approved."
  }

  rationale   = "Unless `push_access_level` says otherwise, GitLab lets maintainers push to a protected branch, past the merge request and its approval."
  remediation = "Set `push_access_level = \"no one\"`."
  references  = ["https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/branch_protection", "https://docs.gitlab.com/user/project/repository/branches/protected/"]

  # That developers push is for gitlab-branch-no-direct-push. A list of who may push takes the place of the level.
  match "gitlab_branch_protection" "gitlab_group_branch_protection" {
    where    = self.push_access_level != "developer" && length(self.allowed_to_push[*]) == 0
    defaults = { push_access_level = "maintainer" }
  }

  assert {
    condition     = self.push_access_level == "no one"
    error_message = "${self.address} lets maintainers push to ${written(self.branch)}"
  }

  fix {
    set    = { push_access_level = "no one" }
    safety = "unsafe"
    reason = "Whatever pushes to the branch by itself, such as a release job, needs a deploy key that is allowed to."
  }

  fails "by default, and written out" {
    code = <<-TF
      resource "gitlab_branch_protection" "main" { #~ here
        project = "12345"
        branch  = "main"
      }
      resource "gitlab_branch_protection" "release" {
        project           = "12345"
        branch            = "release/*"
        push_access_level = "maintainer" #~ here
      }
    TF
  }

  passes "no one" {
    code = <<-TF
      resource "gitlab_branch_protection" "main" {
        project           = "12345"
        branch            = "main"
        push_access_level = "no one"
      }
      resource "gitlab_branch_protection" "tagged" {
        project = "12345"
        branch  = "release"
        allowed_to_push {
          deploy_key_id = 7
        }
      }
    TF
  }
}
