rule "gitlab-branch-no-direct-push" {
  title    = "Developers do not push to protected branches"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A push to the branch goes past the merge request, its approval and its pipeline."
    "CC6.3" = "The right to write code becomes the right to put it where it is deployed from."
  }

  rationale   = "The protection of the branch lets everybody with the role Developer push to it."
  remediation = "Set `push_access_level = \"no one\"`, so that every change comes by a merge request."
  references  = ["https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/branch_protection", "https://docs.gitlab.com/user/project/repository/branches/protected/"]

  match "gitlab_branch_protection" "gitlab_group_branch_protection" {}

  assert {
    condition     = self.push_access_level != "developer"
    error_message = "${self.address} lets developers push to ${written(self.branch)}"
  }

  assert {
    for_each      = self.allowed_to_push[*]
    condition     = each.value.access_level != "developer"
    error_message = "${self.address} lets developers push to ${written(self.branch)}"
  }

  fails "by level, and by a list" {
    code = <<-TF
      resource "gitlab_branch_protection" "main" {
        project           = "12345"
        branch            = "main"
        push_access_level = "developer" #~ here
      }
      resource "gitlab_group_branch_protection" "main" {
        group  = "acme"
        branch = "main"
        allowed_to_push {
          access_level = "developer" #~ here
        }
      }
    TF
  }

  passes "nobody, or a key that is named" {
    code = <<-TF
      resource "gitlab_branch_protection" "main" {
        project           = "12345"
        branch            = "main"
        push_access_level = "no one"
        allowed_to_push {
          deploy_key_id = 7
        }
      }
    TF
  }
}
