rule "azure-key-vault-purge-protection" {
  title    = "Key vaults are protected from purging"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_42", "CKV_AZURE_110", "CKV_AZURE_111", "AZU-0016"]

  soc2 = {
    "CC6.1" = "Keys that are destroyed take the data they encrypt with them; nobody can do that at one stroke."
    "CC7.5" = "A vault, key or secret that was deleted can be brought back while it is retained."
  }

  rationale = <<-EOT
    A deleted vault or key can be recovered for a time, unless somebody purges it first. Purge
    protection forbids that, and the provider leaves it off.
  EOT

  remediation = "Set `purge_protection_enabled = true`."

  references = [
    "https://learn.microsoft.com/en-us/azure/key-vault/general/soft-delete-overview",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/key_vault",
  ]

  match "azurerm_key_vault" "azurerm_key_vault_managed_hardware_security_module" {
    defaults = { purge_protection_enabled = false }
  }

  assert {
    condition     = self.purge_protection_enabled
    error_message = "what is deleted from ${self.address} can be purged at once"
  }

  fix {
    set    = { purge_protection_enabled = true }
    safety = "unsafe"
    reason = "It cannot be turned off again, and the vault's name stays taken until its retention ends."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "azurerm_key_vault" "main" { #~ here
        name = "acme-keys"
      }
    TF
  }

  fails "it is off" {
    code = <<-TF
      resource "azurerm_key_vault_managed_hardware_security_module" "main" {
        purge_protection_enabled = false #~ here
      }
    TF
  }

  passes "it is on" {
    code = <<-TF
      resource "azurerm_key_vault" "main" {
        purge_protection_enabled = true
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "purge_protection" { type = bool }

      resource "azurerm_key_vault" "main" {
        purge_protection_enabled = var.purge_protection #~ here
      }
    TF
  }
}
