rule "azure-key-vault-network-restricted" {
  title    = "Key vaults admit named networks only"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_109", "CKV_AZURE_189", "AZU-0013"]

  soc2 = {
    "CC6.1" = "A stolen token does not open the vault from anywhere; the thief must be in the network as well."
    "CC6.6" = "The firewall of the vault is the boundary between the keys and the internet."
  }

  rationale = <<-EOT
    A key vault answers the whole internet unless its firewall says otherwise: public access is on and
    no network rule is there by default. Whoever gets hold of a token or a client secret can then read
    every secret from anywhere.
  EOT

  remediation = "Set `network_acls { default_action = \"Deny\" }` with the networks that need the vault, or `public_network_access_enabled = false` with a private endpoint."

  references = [
    "https://learn.microsoft.com/en-us/azure/key-vault/general/network-security",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/key_vault#network_acls",
  ]

  match "azurerm_key_vault" {
    defaults = { public_network_access_enabled = true }
  }

  match "azurerm_key_vault_managed_hardware_security_module" {
    defaults = { public_network_access_enabled = true }
  }

  assert {
    condition = (
      self.public_network_access_enabled == false
      || self.network_acls != null && is_one_of(self.network_acls.default_action, "Deny")
    )
    at            = self.network_acls != null ? self.network_acls.default_action : self.public_network_access_enabled
    error_message = "${self.address} answers the whole internet"
  }

  fix {
    set = {
      network_acls = {
        default_action = "Deny"
        bypass         = self.network_acls.bypass == null ? "AzureServices" : null
      }
    }
    safety = "unsafe"
    reason = "What reads the vault from a network that is not named in `ip_rules` or `virtual_network_subnet_ids` loses access."
  }

  fails "neither is set" {
    code = <<-TF
      resource "azurerm_key_vault" "app" { #~ here
        name = "acme-app"
      }

      resource "azurerm_key_vault_managed_hardware_security_module" "app" { #~ here
        name = "acme-hsm"
      }
    TF
  }

  fails "the rules allow by default" {
    code = <<-TF
      resource "azurerm_key_vault" "app" {
        name = "acme-app"

        network_acls {
          bypass         = "AzureServices"
          default_action = "Allow" #~ here
        }
      }
    TF
  }

  fails "a variable's default allows" {
    code = <<-TF
      variable "action" { default = "Allow" }

      resource "azurerm_key_vault" "app" {
        name                          = "acme-app"
        public_network_access_enabled = true

        network_acls {
          bypass         = "AzureServices"
          default_action = var.action #~ here
        }
      }
    TF
  }

  passes "denied by default" {
    code = <<-TF
      resource "azurerm_key_vault" "app" {
        name = "acme-app"

        network_acls {
          bypass                     = "AzureServices"
          default_action             = "Deny"
          virtual_network_subnet_ids = [azurerm_subnet.app.id]
        }
      }
    TF
  }

  passes "no public access" {
    code = <<-TF
      resource "azurerm_key_vault" "app" {
        name                          = "acme-app"
        public_network_access_enabled = false
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "public" { type = bool }

      resource "azurerm_key_vault" "app" {
        name                          = "acme-app"
        public_network_access_enabled = var.public #~ here
      }
    TF
  }
}
