rule "azure-log-analytics-retention" {
  title    = "Log Analytics workspaces keep logs for 90 days or more"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "An intrusion is often found after weeks; the logs that show it must still be there."
  }

  # Tables with a retention of their own are not judged: they may hold anything.
  rationale = <<-EOT
    A workspace keeps logs for 30 days unless `retention_in_days` says otherwise. An investigation
    usually has to look back further than that.
  EOT

  remediation = "Set `retention_in_days` to 90 or more."

  references = [
    "https://learn.microsoft.com/en-us/azure/azure-monitor/logs/data-retention-configure",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/log_analytics_workspace",
  ]

  input "days" {
    description = "How many days logs are kept at least."
    default     = 90
  }

  match "azurerm_log_analytics_workspace" {
    defaults = { retention_in_days = 30 }
  }

  assert {
    condition     = self.retention_in_days >= input.days
    error_message = "${self.address} keeps logs for ${self.retention_in_days} days only"
  }

  fix {
    set    = { retention_in_days = max(input.days, 365) }
    safety = "unsafe"
    reason = "Retention beyond the days that are included costs money."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "azurerm_log_analytics_workspace" "main" { #~ here
        name = "acme-logs"
        sku  = "PerGB2018"
      }
    TF
  }

  fails "too short" {
    code = <<-TF
      resource "azurerm_log_analytics_workspace" "main" {
        retention_in_days = 60 #~ here
      }
    TF
  }

  passes "long enough" {
    code = <<-TF
      resource "azurerm_log_analytics_workspace" "main" {
        retention_in_days = 90
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "days" { type = number }

      resource "azurerm_log_analytics_workspace" "main" {
        retention_in_days = var.days #~ here
      }
    TF
  }
}
