rule "gitlab-branch-no-force-push" {
  title    = "Protected branches of GitLab cannot be rewritten"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GLB_2"]

  soc2 = {
    "CC8.1" = "A forced push replaces reviewed history, and with it the record of who changed what."
  }

  rationale   = "With `allow_force_push` whoever may push to the branch can make it hold other commits than those that were reviewed."
  remediation = "Remove `allow_force_push`, which is off by default."
  references  = ["https://docs.gitlab.com/user/project/repository/branches/protected/", "https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/branch_protection"]

  match "repository.branch_rule" {
    where = self.host == "gitlab" && self.kind == "protection"
  }

  assert {
    condition     = self.force_push_allowed == false
    error_message = "${self.entity.address} lets the branch be rewritten"
  }

  fails "it is allowed" {
    code = <<-TF
      resource "gitlab_branch_protection" "main" {
        project          = "acme/app"
        branch           = "main"
        allow_force_push = true #~ here
      }
    TF
  }

  passes "it is not" {
    code = <<-TF
      resource "gitlab_branch_protection" "main" {
        project = "acme/app"
        branch  = "main"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "rewrite" {}

      resource "gitlab_branch_protection" "main" {
        project          = "acme/app"
        branch           = "main"
        allow_force_push = var.rewrite #~ here
      }
    TF
  }
}
