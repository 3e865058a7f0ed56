rule "azure-storage-https-only" {
  title    = "Storage accounts accept HTTPS only"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_3", "AZU-0008", "AZU-0059", "12944ec4"]

  soc2 = {
    "CC6.7" = "Nothing that moves between the account and its clients crosses a network in the clear."
  }

  rationale = <<-EOT
    With secure transfer off, the account answers plain HTTP, and SMB without encryption: keys, tokens
    and data can be read on the way. It is on unless it is turned off. The argument is called
    `https_traffic_only_enabled` since version 4 of the provider and `enable_https_traffic_only` before;
    both are read.
  EOT

  remediation = "Set `https_traffic_only_enabled = true` (`enable_https_traffic_only` before version 4), or remove the argument."

  references = [
    "https://learn.microsoft.com/en-us/azure/storage/common/storage-require-secure-transfer",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/storage_account",
  ]

  # No default is stated: either name may be absent because the other is the one that is meant.
  match "azurerm_storage_account" {}

  assert {
    condition     = self.https_traffic_only_enabled != false
    error_message = "${self.address} accepts plain HTTP"
  }

  assert {
    condition     = self.enable_https_traffic_only != false
    error_message = "${self.address} accepts plain HTTP"
  }

  fix {
    remove = ["https_traffic_only_enabled", "enable_https_traffic_only"]
    safety = "unsafe"
    reason = "Clients that use plain HTTP, and NFS shares, stop working."
  }

  fails "it is turned off" {
    code = <<-TF
      resource "azurerm_storage_account" "logs" {
        name                       = "acmelogs"
        https_traffic_only_enabled = false #~ here
      }
    TF
  }

  fails "it is turned off by its older name" {
    code = <<-TF
      resource "azurerm_storage_account" "logs" {
        enable_https_traffic_only = false #~ here
      }
    TF
  }

  passes "it is on" {
    code = <<-TF
      resource "azurerm_storage_account" "logs" {
        https_traffic_only_enabled = true
      }
    TF
  }

  passes "nothing is set: it is on" {
    code = <<-TF
      resource "azurerm_storage_account" "logs" {
        name = "acmelogs"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "https_only" { type = bool }

      resource "azurerm_storage_account" "logs" {
        https_traffic_only_enabled = var.https_only #~ here
      }
    TF
  }
}
