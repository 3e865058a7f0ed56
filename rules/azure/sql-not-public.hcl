rule "azure-sql-not-public" {
  title    = "Database servers have no public endpoint"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_48", "CKV_AZURE_53", "CKV_AZURE_68", "CKV_AZURE_113", "AZU-0022"]

  soc2 = {
    "CC6.6" = "Only networks of the firm can reach the server, so a stolen password is not enough."
  }

  rationale = <<-EOT
    SQL, PostgreSQL and MySQL servers have a public endpoint unless it is turned off or, for flexible
    servers, unless they stand in a subnet of their own. Managed instances have none unless it is
    turned on. Firewall rules narrow a public endpoint but do not remove it.
  EOT

  remediation = "Set `public_network_access_enabled = false` (`public_network_access = \"Disabled\"` on MySQL flexible servers) and use a private endpoint, or give a flexible server a `delegated_subnet_id`."

  references = [
    "https://learn.microsoft.com/en-us/azure/azure-sql/database/connectivity-settings",
    "https://learn.microsoft.com/en-us/azure/postgresql/flexible-server/concepts-networking-private",
    "https://learn.microsoft.com/en-us/azure/mysql/flexible-server/concepts-networking",
  ]

  match "azure.database_server" {}

  assert {
    condition     = !self.public
    error_message = "${self.owner.address} has a public endpoint"
  }

  fix {
    target = self.owner
    set = {
      public_network_access_enabled = (
        self.owner.kind == "azurerm_mssql_managed_instance"
        || self.owner.kind == "azurerm_mysql_flexible_server" && self.owner.public_network_access_enabled == null
      ) ? null : false
      public_network_access = (
        self.owner.kind == "azurerm_mysql_flexible_server" && self.owner.public_network_access_enabled == null ? "Disabled" : null
      )
      public_data_endpoint_enabled = self.owner.kind == "azurerm_mssql_managed_instance" ? false : null
    }
    safety = "unsafe"
    reason = "Whoever connects from outside of the network loses access."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "azurerm_mssql_server" "main" { #~ here
        name = "acme-sql"
      }
    TF
  }

  fails "it is public" {
    code = <<-TF
      resource "azurerm_postgresql_flexible_server" "main" {
        public_network_access_enabled = true #~ here
      }
    TF
  }

  fails "a MySQL flexible server is public" {
    code = <<-TF
      resource "azurerm_mysql_flexible_server" "main" {
        public_network_access = "Enabled" #~ here
      }
    TF
  }

  fails "a managed instance has its public endpoint turned on" {
    code = <<-TF
      resource "azurerm_mssql_managed_instance" "main" {
        public_data_endpoint_enabled = true #~ here
      }
    TF
  }

  passes "the public endpoint is off" {
    code = <<-TF
      resource "azurerm_mssql_server" "main" {
        public_network_access_enabled = false
      }

      resource "azurerm_mysql_flexible_server" "main" {
        public_network_access = "Disabled"
      }

      resource "azurerm_mssql_managed_instance" "main" {
        name = "acme-mi"
      }
    TF
  }

  passes "a flexible server stands in its own subnet" {
    code = <<-TF
      resource "azurerm_subnet" "database" {
        name = "database"
      }

      resource "azurerm_postgresql_flexible_server" "main" {
        delegated_subnet_id = azurerm_subnet.database.id
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "public" { type = bool }

      resource "azurerm_mssql_server" "main" {
        public_network_access_enabled = var.public #~ here
      }
    TF
  }
}
