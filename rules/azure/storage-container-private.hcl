rule "azure-storage-container-private" {
  title    = "Blob containers are private"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_34", "AZU-0007", "17f75827"]

  soc2 = {
    "CC6.1" = "Everybody who reads the container has to be known and allowed."
    "CC6.6" = "A public container serves its content to anybody on the internet."
  }

  rationale = <<-EOT
    With `blob` anybody who knows a name can read the blob; with `container` anybody can list all of
    them too. The default is `private`.
  EOT

  remediation = "Set `container_access_type = \"private\"`, or remove the argument; give readers a role or a signed URL."

  references = [
    "https://learn.microsoft.com/en-us/azure/storage/blobs/anonymous-read-access-configure",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/storage_container",
  ]

  match "azurerm_storage_container" {
    defaults = { container_access_type = "private" }
  }

  assert {
    condition     = self.container_access_type == "private"
    error_message = "${self.address} can be read by anybody on the internet"
  }

  fix {
    set    = { container_access_type = "private" }
    safety = "unsafe"
    reason = "Anonymous readers, such as a public website, lose access."
  }

  fails "its blobs are public" {
    code = <<-TF
      resource "azurerm_storage_container" "invoices" {
        name                  = "invoices"
        container_access_type = "blob" #~ here
      }
    TF
  }

  fails "the list of its blobs is public too" {
    code = <<-TF
      locals {
        access = "container"
      }

      resource "azurerm_storage_container" "invoices" {
        container_access_type = local.access #~ here
      }
    TF
  }

  passes "it is private" {
    code = <<-TF
      resource "azurerm_storage_container" "invoices" {
        container_access_type = "private"
      }
    TF
  }

  passes "nothing is set: it is private" {
    code = <<-TF
      resource "azurerm_storage_container" "invoices" {
        name = "invoices"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "access" { type = string }

      resource "azurerm_storage_container" "invoices" {
        container_access_type = var.access #~ here
      }
    TF
  }
}
