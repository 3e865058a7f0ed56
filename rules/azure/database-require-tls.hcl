rule "azure-database-require-tls" {
  title    = "PostgreSQL and MySQL servers require TLS"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_28", "CKV_AZURE_29", "CKV_AZURE_47", "AZU-0020", "0437633b", "73e42469"]

  soc2 = {
    "CC6.7" = "Queries, results and passwords never cross a network in the clear."
  }

  rationale = <<-EOT
    Flexible servers require TLS unless the server parameter `require_secure_transport` is turned off.
    Single servers, which are retired, have `ssl_enforcement_enabled` for it.
  EOT

  remediation = "Set `value = \"ON\"` for `require_secure_transport`, or remove the resource that turns it off; on single servers set `ssl_enforcement_enabled = true`."

  references = [
    "https://learn.microsoft.com/en-us/azure/postgresql/flexible-server/how-to-connect-tls-ssl",
    "https://learn.microsoft.com/en-us/azure/mysql/flexible-server/how-to-connect-tls-ssl",
  ]

  match "azure.database_tls" {}

  assert {
    condition     = self.required
    error_message = "${self.owner.address} lets clients connect without TLS"
  }

  fix {
    target = self.owner
    set = {
      value                   = endswith(self.owner.kind, "_configuration") ? "ON" : null
      ssl_enforcement_enabled = endswith(self.owner.kind, "_configuration") ? null : true
    }
    safety = "unsafe"
    reason = "Clients that connect without TLS can no longer."
  }

  fails "the parameter is off" {
    code = <<-TF
      resource "azurerm_postgresql_flexible_server_configuration" "tls" {
        name      = "require_secure_transport"
        server_id = azurerm_postgresql_flexible_server.main.id
        value     = "off" #~ here
      }
    TF
  }

  fails "the parameter is off on MySQL" {
    code = <<-TF
      resource "azurerm_mysql_flexible_server_configuration" "tls" {
        name  = "require_secure_transport"
        value = "OFF" #~ here
      }
    TF
  }

  fails "a single server does not enforce it" {
    code = <<-TF
      resource "azurerm_postgresql_server" "main" {
        ssl_enforcement_enabled = false #~ here
      }
    TF
  }

  passes "it is required, and other parameters do not matter" {
    code = <<-TF
      resource "azurerm_postgresql_flexible_server_configuration" "tls" {
        name  = "require_secure_transport"
        value = "ON"
      }

      resource "azurerm_postgresql_flexible_server_configuration" "durations" {
        name  = "log_duration"
        value = "off"
      }

      resource "azurerm_mysql_server" "main" {
        ssl_enforcement_enabled = true
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "tls" { type = string }

      resource "azurerm_mysql_flexible_server_configuration" "tls" {
        name  = "require_secure_transport"
        value = var.tls #~ here
      }
    TF
  }
}
