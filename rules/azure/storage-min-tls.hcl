rule "azure-storage-min-tls" {
  title    = "Storage accounts refuse TLS versions below 1.2"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_44", "AZU-0011"]

  soc2 = {
    "CC6.7" = "Data on its way to or from the account is encrypted by a protocol with no known break."
  }

  rationale = <<-EOT
    TLS 1.0 and 1.1 are deprecated and have known weaknesses. A client that offers nothing better
    gets in as long as the account allows it. Since version 3 of the provider an account that sets
    nothing asks for TLS 1.2; only an older version written out lowers it.
  EOT

  remediation = "Set `min_tls_version = \"TLS1_2\"`, or remove the argument."

  references = [
    "https://learn.microsoft.com/en-us/azure/storage/common/transport-layer-security-configure-minimum-version",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/storage_account",
  ]

  match "azurerm_storage_account" {
    defaults = { min_tls_version = "TLS1_2" }
  }

  assert {
    condition     = tls_at_least(self.min_tls_version, "1.2")
    error_message = "${self.address} accepts connections below TLS 1.2"
  }

  fix {
    set    = { min_tls_version = "TLS1_2" }
    safety = "unsafe"
    reason = "Clients that speak only an older version can no longer connect."
  }

  fails "an old version is allowed" {
    code = <<-TF
      resource "azurerm_storage_account" "logs" {
        name            = "acmelogs"
        min_tls_version = "TLS1_0" #~ here
      }
    TF
  }

  fails "a variable's default allows an old version" {
    code = <<-TF
      variable "tls" { default = "TLS1_1" }

      resource "azurerm_storage_account" "logs" {
        min_tls_version = var.tls #~ here
      }
    TF
  }

  passes "it is TLS 1.2" {
    code = <<-TF
      resource "azurerm_storage_account" "logs" {
        min_tls_version = "TLS1_2"
      }
    TF
  }

  passes "nothing is set: the provider asks for TLS 1.2" {
    code = <<-TF
      resource "azurerm_storage_account" "logs" {
        name = "acmelogs"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "tls" { type = string }

      resource "azurerm_storage_account" "logs" {
        min_tls_version = var.tls #~ here
      }
    TF
  }
}
