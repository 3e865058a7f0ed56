rule "azure-storage-network-default-deny" {
  title    = "Storage accounts refuse networks that are not named"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_35", "CKV_AZURE_59", "AZU-0012", "9be09caf"]

  soc2 = {
    "CC6.6" = "A leaked key or token is of no use from a network that the account refuses."
  }

  rationale = <<-EOT
    A storage account answers every network in the world unless public access is off or its network
    rules refuse by default. Keys and signed URLs are then all that protects it.
  EOT

  remediation = "Set `default_action = \"Deny\"` in `network_rules` and name the networks that may enter, or set `public_network_access_enabled = false` and use a private endpoint."

  references = [
    "https://learn.microsoft.com/en-us/azure/storage/common/storage-network-security",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/storage_account_network_rules",
  ]

  match "azurerm_storage_account" {
    defaults = { public_network_access_enabled = true }
  }

  link "rules" {
    to    = "azurerm_storage_account_network_rules"
    where = refers_to(other.storage_account_id, self)
  }

  assert {
    condition = (
      self.network_rules.default_action == "Deny"
      || anytrue([for rules in link.rules : rules.default_action == "Deny"])
      || self.public_network_access_enabled == false
    )
    error_message = "${self.address} answers requests from every network"
  }

  fix {
    # Rules of their own and rules within the account cannot stand side by side.
    set    = { network_rules = { default_action = length(link.rules) > 0 ? null : "Deny" } }
    safety = "unsafe"
    reason = "What uses the account from a network that is not named loses access."
  }

  fails "no network rules" {
    code = <<-TF
      resource "azurerm_storage_account" "data" { #~ here
        name = "acmedata"
      }
    TF
  }

  fails "the rules allow by default" {
    code = <<-TF
      resource "azurerm_storage_account" "data" {
        network_rules {
          default_action = "Allow" #~ here
        }
      }
    TF
  }

  fails "rules of its own resource allow by default" {
    code = <<-TF
      resource "azurerm_storage_account" "data" { #~ here
        name = "acmedata"
      }

      resource "azurerm_storage_account_network_rules" "data" {
        storage_account_id = azurerm_storage_account.data.id
        default_action     = "Allow"
      }
    TF
  }

  passes "the rules refuse by default" {
    code = <<-TF
      resource "azurerm_storage_account" "data" {
        network_rules {
          default_action = "Deny"
          ip_rules       = ["198.51.100.7"]
        }
      }
    TF
  }

  passes "the rules are a resource of their own" {
    code = <<-TF
      resource "azurerm_storage_account" "data" {
        name = "acmedata"
      }

      resource "azurerm_storage_account_network_rules" "data" {
        storage_account_id = azurerm_storage_account.data.id
        default_action     = "Deny"
      }
    TF
  }

  passes "it is reached through private endpoints only" {
    code = <<-TF
      resource "azurerm_storage_account" "data" {
        public_network_access_enabled = false
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "action" { type = string }

      resource "azurerm_storage_account" "data" {
        network_rules {
          default_action = var.action #~ here
        }
      }
    TF
  }
}
