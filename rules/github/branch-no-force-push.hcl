rule "github-branch-no-force-push" {
  title    = "Protected branches cannot be rewritten"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC8.1" = "A forced push replaces reviewed history, and with it the record of who changed what."
  }

  rationale   = "With `allows_force_pushes` the branch can be made to hold other commits than those that were reviewed."
  remediation = "Remove `allows_force_pushes`, which is off by default."
  references  = ["https://registry.terraform.io/providers/integrations/github/latest/docs/resources/branch_protection"]

  match "github_branch_protection" {
    defaults = { allows_force_pushes = false }
  }

  assert {
    condition     = !self.allows_force_pushes
    error_message = "${self.address} lets the branch be rewritten"
  }

  fix {
    set    = { allows_force_pushes = false }
    safety = "safe"
  }

  fails "it is allowed" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id       = "app"
        pattern             = "main"
        allows_force_pushes = true #~ here
      }
    TF
  }

  passes "it is not" {
    code = <<-TF
      resource "github_branch_protection" "main" {
        repository_id = "app"
        pattern       = "main"
      }
    TF
  }
}
