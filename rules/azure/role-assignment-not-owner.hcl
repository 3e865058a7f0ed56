rule "azure-role-assignment-not-owner" {
  title    = "Role assignments give nobody the right to hand out access"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.3" = "Access follows from the work to be done; whoever may assign roles can give themselves any other."
  }

  # The rule asks the same at every scope: an owner of one resource group can open it to anybody.
  # An assignment with a condition is accepted, since that is how Azure narrows which roles may be handed out.
  rationale = <<-EOT
    Owner, User Access Administrator and Role Based Access Control Administrator may assign roles. A
    person or pipeline that holds one can give itself, or anybody else, every right in the scope. Few
    need that, and the condition of an assignment can limit which roles may be handed out.
  EOT

  remediation = "Assign the narrowest role that does the work, such as Contributor or a role of one service, or add a `condition` that limits which roles may be assigned."

  references = [
    "https://learn.microsoft.com/en-us/azure/role-based-access-control/best-practices",
    "https://learn.microsoft.com/en-us/azure/role-based-access-control/delegate-role-assignments-overview",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/role_assignment",
  ]

  match "azurerm_role_assignment" {}

  link "custom" {
    to    = "azurerm_role_definition"
    where = refers_to(self.role_definition_id, other)
  }

  link "named" {
    to    = "data.azurerm_role_definition"
    where = refers_to(self.role_definition_id, other)
  }

  assert {
    condition = !is_one_of(
      self.role_definition_name,
      "Owner", "User Access Administrator", "Role Based Access Control Administrator",
    ) || is_set(self.condition)
    error_message = "${self.address} makes its holder ${self.role_definition_name}"
  }

  # The same three by their ids, which are the same in every tenant. A role that the firm defines itself is
  # none of them, and one that is looked up is judged by its name below.
  assert {
    condition = (
      !matches_any(
        [
          "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
          "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
          "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        ],
        self.role_definition_id,
      )
      || is_set(self.condition)
      || length(link.custom) > 0
      || length(link.named) > 0
    )
    error_message = "${self.address} lets its holder assign roles"
  }

  assert {
    for_each = link.named
    condition = !is_one_of(
      each.value.name,
      "Owner", "User Access Administrator", "Role Based Access Control Administrator",
    ) || is_set(self.condition)
    error_message = "${self.address} makes its holder ${each.value.name}"
  }

  fails "an owner" {
    code = <<-TF
      resource "azurerm_role_assignment" "pipeline" {
        scope                = data.azurerm_subscription.current.id
        role_definition_name = "Owner" #~ here
        principal_id         = azurerm_user_assigned_identity.pipeline.principal_id
      }
    TF
  }

  fails "the role by its id" {
    code = <<-TF
      resource "azurerm_role_assignment" "pipeline" {
        role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9" #~ here
      }
    TF
  }

  fails "the role is looked up by its name" {
    code = <<-TF
      data "azurerm_role_definition" "owner" {
        name = "Owner"
      }

      resource "azurerm_role_assignment" "pipeline" { #~ here
        role_definition_id = data.azurerm_role_definition.owner.id
      }
    TF
  }

  passes "a role that the firm defines itself" {
    code = <<-TF
      resource "azurerm_role_definition" "deployer" {
        name = "deployer"
      }

      resource "azurerm_role_assignment" "pipeline" {
        role_definition_id = azurerm_role_definition.deployer.role_definition_resource_id
      }
    TF
  }

  passes "a role of one service" {
    code = <<-TF
      resource "azurerm_role_assignment" "pipeline" {
        role_definition_name = "AcrPush"
      }
    TF
  }

  passes "a condition limits what may be handed out" {
    code = <<-TF
      resource "azurerm_role_assignment" "pipeline" {
        role_definition_name = "Role Based Access Control Administrator"
        condition_version    = "2.0"
        condition            = "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})))"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "role" { type = string }

      resource "azurerm_role_assignment" "pipeline" {
        role_definition_name = var.role #~ here
      }
    TF
  }
}
