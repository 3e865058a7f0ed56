rule "azure-sql-firewall-not-open" {
  title    = "Database firewalls admit small ranges of addresses only"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_11", "AZU-0029", "25c0ea09", "d7ba74da", "fd8da341", "a829b715", "5089d055"]

  soc2 = {
    "CC6.6" = "The firewall is the boundary of a public database; a wide range leaves it open to strangers."
  }

  rationale = <<-EOT
    A firewall rule admits every address from the first to the last. From 0.0.0.0 to 255.255.255.255
    that is the whole internet. A range for an office or a gateway is small.
  EOT

  remediation = "Name the addresses that need to connect, or use a private endpoint and no firewall rule."

  references = [
    "https://learn.microsoft.com/en-us/azure/azure-sql/database/firewall-configure",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/mssql_firewall_rule",
  ]

  input "most_addresses" {
    description = "A rule may admit this many addresses."
    default     = 256
  }

  match "azurerm_mssql_firewall_rule" "azurerm_sql_firewall_rule" "azurerm_postgresql_flexible_server_firewall_rule" "azurerm_mysql_flexible_server_firewall_rule" "azurerm_postgresql_firewall_rule" "azurerm_mysql_firewall_rule" "azurerm_mariadb_firewall_rule" "azurerm_synapse_firewall_rule" {}

  # The special range 0.0.0.0 to 0.0.0.0, which admits services of Azure, counts as one address here.
  assert {
    condition = (
      sum([for i, octet in split(".", self.end_ip_address) : tonumber(octet) * pow(256, 3 - i)])
      < sum([for i, octet in split(".", self.start_ip_address) : tonumber(octet) * pow(256, 3 - i)]) + input.most_addresses
      || self.start_ip_address == self.end_ip_address
    )
    error_message = "${self.address} admits all addresses from ${self.start_ip_address} to ${self.end_ip_address}"
  }

  fails "the whole internet" {
    code = <<-TF
      resource "azurerm_mssql_firewall_rule" "all" {
        name             = "all"
        start_ip_address = "0.0.0.0"
        end_ip_address   = "255.255.255.255" #~ here
      }
    TF
  }

  fails "a range of thousands" {
    code = <<-TF
      resource "azurerm_postgresql_flexible_server_firewall_rule" "provider" {
        start_ip_address = "203.0.112.0"
        end_ip_address   = "203.0.127.255" #~ here
      }
    TF
  }

  passes "one office" {
    code = <<-TF
      resource "azurerm_mysql_flexible_server_firewall_rule" "office" {
        start_ip_address = "203.0.113.0"
        end_ip_address   = "203.0.113.255"
      }
    TF
  }

  passes "one address, whatever it will be" {
    code = <<-TF
      resource "azurerm_public_ip" "gateway" {
        name = "gateway"
      }

      resource "azurerm_mssql_firewall_rule" "gateway" {
        start_ip_address = azurerm_public_ip.gateway.ip_address
        end_ip_address   = azurerm_public_ip.gateway.ip_address
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "last" { type = string }

      resource "azurerm_mssql_firewall_rule" "office" {
        start_ip_address = "203.0.113.0"
        end_ip_address   = var.last #~ here
      }
    TF
  }
}
