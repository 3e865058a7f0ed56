rule "azure-sql-min-tls" {
  title    = "Azure databases refuse TLS versions below 1.2"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_52", "CKV_AZURE_54", "CKV_AZURE_147", "AZU-0026", "CKV2_AZURE_37"]

  soc2 = {
    "CC6.7" = "Queries and their results are encrypted on the way by a protocol with no known break."
  }

  rationale = <<-EOT
    TLS 1.0 and 1.1 are deprecated and have known weaknesses, and `Disabled` asks for no version at
    all. A server asks for 1.2 unless an older version is written out.
  EOT

  remediation = "Set `minimum_tls_version = \"1.2\"`, or remove the argument."

  references = [
    "https://learn.microsoft.com/en-us/azure/azure-sql/database/connectivity-settings",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/mssql_server",
  ]

  match "azurerm_mssql_server" "azurerm_mssql_managed_instance" {
    defaults = { minimum_tls_version = "1.2" }
  }

  # The single servers of before version 4 of the provider. Version 3 takes TLS 1.2 where nothing is written.
  match "azurerm_postgresql_server" "azurerm_mysql_server" {
    defaults = { ssl_minimal_tls_version_enforced = "TLS1_2" }
  }

  match "azurerm_mariadb_server" {
    defaults = { ssl_minimal_tls_version_enforced = "TLS1_2" }
  }

  assert {
    condition = is_one_of(
      matches("^azurerm_mssql_", self.kind) ? self.minimum_tls_version : self.ssl_minimal_tls_version_enforced,
      "1.2", "1.3", "TLS1_2", "TLS1_3",
    )
    error_message = "${self.address} accepts connections below TLS 1.2"
  }

  fix "azurerm_mssql_server" "azurerm_mssql_managed_instance" {
    set    = { minimum_tls_version = "1.2" }
    safety = "unsafe"
    reason = "Clients that speak only an older version can no longer connect."
  }

  fails "an old version is allowed" {
    code = <<-TF
      resource "azurerm_mssql_server" "main" {
        name                = "acme-sql"
        minimum_tls_version = "1.0" #~ here
      }
    TF
  }

  fails "no version is asked for" {
    code = <<-TF
      resource "azurerm_mssql_server" "main" {
        minimum_tls_version = "Disabled" #~ here
      }
    TF
  }

  fails "a single server of before version 4" {
    code = <<-TF
      resource "azurerm_postgresql_server" "main" {
        ssl_enforcement_enabled          = true
        ssl_minimal_tls_version_enforced = "TLS1_1" #~ here
      }

      resource "azurerm_mariadb_server" "main" {
        ssl_minimal_tls_version_enforced = "TLSEnforcementDisabled" #~ here
      }
    TF
  }

  passes "it is TLS 1.2" {
    code = <<-TF
      resource "azurerm_mysql_server" "main" {
        ssl_minimal_tls_version_enforced = "TLS1_2"
      }

      resource "azurerm_mssql_managed_instance" "main" {
        minimum_tls_version = "1.2"
      }
    TF
  }

  passes "nothing is set: it is TLS 1.2" {
    code = <<-TF
      resource "azurerm_mssql_server" "main" {
        name = "acme-sql"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "tls" { type = string }

      resource "azurerm_mssql_server" "main" {
        minimum_tls_version = var.tls #~ here
      }
    TF
  }
}
