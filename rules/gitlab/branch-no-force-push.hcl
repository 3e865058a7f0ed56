rule "gitlab-branch-no-force-push" {
  title    = "The history of protected branches cannot be rewritten"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GLB_2"]

  soc2 = {
    "CC8.1" = "A forced push removes reviewed commits and puts others in their place; the record of what was approved is gone."
  }

  rationale   = "`allow_force_push` lets whoever may push replace the history of the branch. It is off unless it is set."
  remediation = "Remove `allow_force_push`, or set it to `false`."
  references  = ["https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/branch_protection"]

  match "gitlab_branch_protection" "gitlab_group_branch_protection" {
    defaults = { allow_force_push = false }
  }

  assert {
    condition     = !self.allow_force_push
    error_message = "${self.address} lets the history of ${written(self.branch)} be rewritten"
  }

  fix {
    set    = { allow_force_push = false }
    safety = "safe"
  }

  fails "it is allowed" {
    code = <<-TF
      resource "gitlab_branch_protection" "main" {
        project          = "12345"
        branch           = "main"
        allow_force_push = true #~ here
      }
    TF
  }

  passes "it is not, by default or in words" {
    code = <<-TF
      resource "gitlab_branch_protection" "main" {
        project = "12345"
        branch  = "main"
      }
      resource "gitlab_group_branch_protection" "main" {
        group            = "acme"
        branch           = "main"
        allow_force_push = false
      }
    TF
  }
}
