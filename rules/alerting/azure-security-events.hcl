rule "alerting-azure-security-events" {
  title    = "Security events of an Azure subscription are told to somebody"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "These events are the signs of an attack that a subscription's own log can show, and the log tells nobody by itself."
    "CC7.3" = "Each of them is judged soon after it happened only if somebody is told."
  }

  # Only where the activity log of a subscription is kept: elsewhere the absence of alerts says nothing. Alerts in all
  # roots of the repository count. A log that goes to an event hub or to Microsoft Sentinel is taken to be watched
  # there, and what a module from elsewhere does is not known.
  rationale = <<-EOT
    The activity log records who changed what. For changes of roles, policies, network rules, key
    vaults and of the log itself there should be an alert with an action group.
  EOT

  remediation = "Add an `azurerm_monitor_activity_log_alert` with an `action` for each of the operations that are listed."

  references = [
    "https://learn.microsoft.com/en-us/azure/azure-monitor/alerts/alerts-types#activity-log-alerts",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/monitor_activity_log_alert",
  ]

  match "azurerm_monitor_diagnostic_setting" {
    where = (
      refers_to_kind(self.target_resource_id, "azurerm_subscription")
      || refers_to_kind(self.target_resource_id, "data.azurerm_subscription")
      || matches("^/subscriptions/[^/]+$", self.target_resource_id)
    )
  }

  link "root" {
    to    = "cloud.deployed"
    where = other.scope == self.scope
  }

  link "alert" {
    to    = "azurerm_monitor_activity_log_alert"
    where = other.enabled != false && length(other.action[*]) > 0
  }

  link "sentinel" {
    to    = "alerting.sentinel"
    where = true
  }

  link "elsewhere" {
    to    = "terraform.module"
    where = !startswith(other.source, ".") && matches("(?i)alert|baseline|monitor|security|sentinel|siem|landing-?zone|alz", other.source)
  }

  assert {
    for_each = length(link.root) > 0 ? [[
      for kind, operations in {
        "role assignments"         = ["microsoft.authorization/roleassignments/write"]
        "policy assignments"       = ["microsoft.authorization/policyassignments/write", "microsoft.authorization/policyassignments/delete"]
        "the log being turned off" = ["microsoft.insights/diagnosticsettings/delete", "microsoft.insights/diagnosticsettings/write"]
        "network security groups"  = ["microsoft.network/networksecuritygroups/write", "microsoft.network/networksecuritygroups/securityrules/write"]
        "key vaults"               = ["microsoft.keyvault/vaults/delete", "microsoft.keyvault/vaults/write"]
      } : kind
      if !anytrue([for alert in link.alert : anytrue([for criteria in alert.criteria[*] : is_one_of(lower(criteria.operation_name), operations)])])
    ]] : []
    condition = (
      length(each.value) == 0 || is_set(self.eventhub_authorization_rule_id) || length(link.sentinel) > 0
      || (length(link.elsewhere) > 0 && undecided("whether a module that is not in this repository tells somebody"))
    )
    at            = self
    error_message = "of what ${self.address} records, nobody is told about ${join(", ", each.value)}"
  }

  fails "a log that nobody watches" {
    code = <<-TF
      provider "azurerm" {}

      data "azurerm_subscription" "current" {}

      resource "azurerm_monitor_diagnostic_setting" "activity" { #~ here
        name                       = "activity"
        target_resource_id         = data.azurerm_subscription.current.id
        log_analytics_workspace_id = "x"
      }

      resource "azurerm_monitor_activity_log_alert" "no_action" {
        name = "roles"
        criteria {
          category       = "Administrative"
          operation_name = "Microsoft.Authorization/roleAssignments/write"
        }
      }
    TF
  }

  passes "an alert for each" {
    code = <<-TF
      provider "azurerm" {}

      resource "azurerm_monitor_diagnostic_setting" "activity" {
        name                       = "activity"
        target_resource_id         = "/subscriptions/00000000-0000-0000-0000-000000000001"
        log_analytics_workspace_id = "x"
      }

      resource "azurerm_monitor_activity_log_alert" "security" {
        for_each = toset([
          "Microsoft.Authorization/roleAssignments/write",
          "Microsoft.Authorization/policyAssignments/write",
          "Microsoft.Insights/diagnosticSettings/delete",
          "Microsoft.Network/networkSecurityGroups/write",
          "Microsoft.KeyVault/vaults/delete",
        ])
        name    = each.value
        enabled = true
        criteria {
          category       = "Administrative"
          operation_name = each.value
        }
        action {
          action_group_id = "x"
        }
      }
    TF
  }

  passes "the log goes to those who watch" {
    code = <<-TF
      provider "azurerm" {}

      resource "azurerm_subscription" "main" {
        subscription_name = "main"
      }

      resource "azurerm_monitor_diagnostic_setting" "activity" {
        name                           = "activity"
        target_resource_id             = azurerm_subscription.main.id
        eventhub_authorization_rule_id = "x"
      }
    TF
  }

  passes "Sentinel" {
    code = <<-TF
      provider "azurerm" {}

      resource "azurerm_monitor_diagnostic_setting" "activity" {
        name                       = "activity"
        target_resource_id         = "/subscriptions/00000000-0000-0000-0000-000000000001"
        log_analytics_workspace_id = "x"
      }

      resource "azurerm_sentinel_log_analytics_workspace_onboarding" "main" {
        workspace_id = "x"
      }
    TF
  }

  undecided "a module from elsewhere may do it" {
    code = <<-TF
      provider "azurerm" {}

      resource "azurerm_monitor_diagnostic_setting" "activity" { #~ here
        name                       = "activity"
        target_resource_id         = "/subscriptions/00000000-0000-0000-0000-000000000001"
        log_analytics_workspace_id = "x"
      }

      module "alerts" {
        source = "github.com/acme/activity-alerts"
      }
    TF
  }
}
