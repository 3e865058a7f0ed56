rule "azure-sql-auditing" {
  title    = "SQL servers write an audit log"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_23", "CKV_AZURE_156", "AZU-0027", "f7e296b0", "609839ae"]

  soc2 = {
    "CC7.2" = "Who read or changed which data is written down, so that an intrusion can be seen and its extent told."
    "CC7.3" = "Without the log nobody can say after an incident which records were touched."
  }

  # The blocks inside of a server are those of versions 1 and 2 of the provider.
  rationale = <<-EOT
    Auditing of Azure SQL is off until a policy turns it on, for the server or for each database. The
    policy of a server holds for all of its databases.
  EOT

  remediation = "Declare an `azurerm_mssql_server_extended_auditing_policy` for the server, with a storage account or `log_monitoring_enabled` and a diagnostic setting."

  references = [
    "https://learn.microsoft.com/en-us/azure/azure-sql/database/auditing-overview",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/mssql_server_extended_auditing_policy",
  ]

  match "azurerm_mssql_server" "azurerm_sql_server" {}

  link "policy" {
    to    = "azurerm_mssql_server_extended_auditing_policy"
    where = refers_to(other.server_id, self)
  }

  assert {
    condition = (
      self.extended_auditing_policy != null
      || anytrue([
        for policy in link.policy :
        or_default(policy.enabled, true)
        && (is_set(policy.storage_endpoint) || or_default(policy.log_monitoring_enabled, true))
      ])
    )
    error_message = "no auditing policy is on for ${self.address}"
  }

  fails "there is no policy" {
    code = <<-TF
      resource "azurerm_mssql_server" "main" { #~ here
        name = "acme"
      }
    TF
  }

  fails "the policy is off, or writes nowhere" {
    code = <<-TF
      resource "azurerm_mssql_server" "main" { #~ here
        name = "acme"
      }

      resource "azurerm_mssql_server_extended_auditing_policy" "main" {
        server_id = azurerm_mssql_server.main.id
        enabled   = false
      }

      resource "azurerm_mssql_server" "other" { #~ here
        name = "other"
      }

      resource "azurerm_mssql_server_extended_auditing_policy" "other" {
        server_id              = azurerm_mssql_server.other.id
        log_monitoring_enabled = false
      }
    TF
  }

  passes "to Log Analytics, to storage, and inside of the server" {
    code = <<-TF
      resource "azurerm_mssql_server" "main" {
        name = "acme"
      }

      resource "azurerm_mssql_server_extended_auditing_policy" "main" {
        server_id = azurerm_mssql_server.main.id
      }

      resource "azurerm_sql_server" "old" {
        name = "old"
      }

      resource "azurerm_mssql_server_extended_auditing_policy" "old" {
        server_id        = azurerm_sql_server.old.id
        storage_endpoint = azurerm_storage_account.logs.primary_blob_endpoint
      }

      resource "azurerm_mssql_server" "inline" {
        name = "inline"

        extended_auditing_policy {
          storage_endpoint = azurerm_storage_account.logs.primary_blob_endpoint
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "auditing" { type = bool }

      resource "azurerm_mssql_server" "main" { #~ here
        name = "acme"
      }

      resource "azurerm_mssql_server_extended_auditing_policy" "main" {
        server_id = azurerm_mssql_server.main.id
        enabled   = var.auditing
      }
    TF
  }
}
