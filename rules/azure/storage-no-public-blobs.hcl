rule "azure-storage-no-public-blobs" {
  title    = "Storage accounts do not allow anonymous access to blobs"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_190", "CKV2_AZURE_47", "17f75827"]

  soc2 = {
    "CC6.1" = "While the account allows it, one setting on one container gives its content to people without an identity."
    "CC6.6" = "Those people come from the internet, beyond the boundary of the system."
  }

  rationale = <<-EOT
    The account decides whether any of its containers may be opened to anonymous readers. Versions 3
    and 4 of the provider allow it unless `allow_nested_items_to_be_public` is false; version 5
    does not. An account that leaves it out is reported, so that its state does not hang on the
    version of the provider.
  EOT

  remediation = "Set `allow_nested_items_to_be_public = false`."

  references = [
    "https://learn.microsoft.com/en-us/azure/storage/blobs/anonymous-read-access-prevent",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/storage_account",
  ]

  match "azurerm_storage_account" {
    defaults = { allow_nested_items_to_be_public = true }
  }

  assert {
    condition     = self.allow_nested_items_to_be_public == false
    error_message = "${self.address} lets its containers be opened to anonymous readers"
  }

  fix {
    set    = { allow_nested_items_to_be_public = false }
    safety = "unsafe"
    reason = "Containers that are read anonymously today can no longer be read."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "azurerm_storage_account" "assets" { #~ here
        name = "acmeassets"
      }
    TF
  }

  fails "it is allowed" {
    code = <<-TF
      resource "azurerm_storage_account" "assets" {
        allow_nested_items_to_be_public = true #~ here
      }
    TF
  }

  passes "it is forbidden" {
    code = <<-TF
      resource "azurerm_storage_account" "assets" {
        allow_nested_items_to_be_public = false
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "public" { type = bool }

      resource "azurerm_storage_account" "assets" {
        allow_nested_items_to_be_public = var.public #~ here
      }
    TF
  }
}
