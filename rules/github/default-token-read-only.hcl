rule "github-default-token-read-only" {
  title    = "The default token of workflows only reads"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.3" = "A workflow that says nothing gets the least rights, not the most."
  }

  rationale   = "With `write` as the default every workflow without `permissions` may push code and publish packages."
  remediation = "Set `default_workflow_permissions = \"read\"`."
  references  = ["https://registry.terraform.io/providers/integrations/github/latest/docs/resources/workflow_repository_permissions"]

  match "github_workflow_repository_permissions" "github_actions_organization_workflow_permissions" {
    defaults = { default_workflow_permissions = "read" }
  }

  assert {
    condition     = self.default_workflow_permissions != "write"
    error_message = "${self.address} lets workflows write unless they say otherwise"
  }

  fix {
    set    = { default_workflow_permissions = "read" }
    safety = "unsafe"
    reason = "A workflow that writes and has no permissions of its own stops working."
  }

  fails "it writes" {
    code = <<-TF
      resource "github_workflow_repository_permissions" "app" {
        repository                   = "app"
        default_workflow_permissions = "write" #~ here
      }
    TF
  }

  passes "it reads" {
    code = <<-TF
      resource "github_actions_organization_workflow_permissions" "all" {
        organization_slug            = "example"
        default_workflow_permissions = "read"
      }
    TF
  }
}
