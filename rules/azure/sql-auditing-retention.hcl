rule "azure-sql-auditing-retention" {
  title    = "SQL audit logs are kept for 90 days or more"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_24", "AZU-0025", "59acb56b", "9c301481"]

  soc2 = {
    "CC7.2" = "An intrusion is often found after weeks; who read or changed which data must still be known then."
  }

  rationale = <<-EOT
    An auditing policy deletes what it wrote to storage after `retention_in_days`. Zero, the default,
    keeps it without limit.
  EOT

  remediation = "Set `retention_in_days` to 90 or more, or to 0 to keep the logs without limit."

  references = [
    "https://learn.microsoft.com/en-us/azure/azure-sql/database/auditing-overview",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/mssql_server_extended_auditing_policy",
  ]

  input "days" {
    description = "How many days logs are kept at least."
    default     = 90
  }

  match "azurerm_mssql_server_extended_auditing_policy" "azurerm_mssql_database_extended_auditing_policy" "azurerm_synapse_workspace_extended_auditing_policy" "azurerm_synapse_sql_pool_extended_auditing_policy" {
    defaults = { retention_in_days = 0 }
  }

  assert {
    condition     = self.retention_in_days == 0 || self.retention_in_days >= input.days
    error_message = "${self.address} keeps audit logs for ${self.retention_in_days} days only"
  }

  fix {
    set    = { retention_in_days = max(input.days, 365) }
    safety = "unsafe"
    reason = "More logs are kept, which costs more storage."
  }

  fails "too short" {
    code = <<-TF
      resource "azurerm_mssql_server_extended_auditing_policy" "main" {
        server_id         = azurerm_mssql_server.main.id
        retention_in_days = 30 #~ here
      }
    TF
  }

  passes "long enough, or without limit" {
    code = <<-TF
      resource "azurerm_mssql_server_extended_auditing_policy" "main" {
        retention_in_days = 365
      }

      resource "azurerm_mssql_database_extended_auditing_policy" "main" {
        retention_in_days = 0
      }

      resource "azurerm_synapse_workspace_extended_auditing_policy" "main" {
        synapse_workspace_id = azurerm_synapse_workspace.main.id
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "days" { type = number }

      resource "azurerm_mssql_server_extended_auditing_policy" "main" {
        retention_in_days = var.days #~ here
      }
    TF
  }
}
