rule "azure-key-vault-key-rotation" {
  title    = "Key Vault keys are rotated automatically"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "A key that leaked unnoticed stops being of use when the next one takes its place."
  }

  # How long a key lives before it is rotated is not judged: the criterion names no period, and the
  # periods are ISO 8601 durations with months and years of no fixed length.
  rationale = <<-EOT
    Key Vault makes a new version of a key on its own only if the key has a rotation policy with an
    `automatic` block that says when.
  EOT

  remediation = "Give the key a `rotation_policy` with `automatic { time_after_creation = \"P365D\" }` or `time_before_expiry`."

  references = [
    "https://learn.microsoft.com/en-us/azure/key-vault/keys/how-to-configure-key-rotation",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/key_vault_key",
  ]

  match "azurerm_key_vault_key" {}

  assert {
    condition = (
      self.rotation_policy.automatic.time_after_creation != null
      || self.rotation_policy.automatic.time_before_expiry != null
    )
    error_message = "${self.address} is never rotated automatically"
  }

  fails "no rotation policy" {
    code = <<-TF
      resource "azurerm_key_vault_key" "disks" { #~ here
        name     = "disks"
        key_type = "RSA"
      }
    TF
  }

  fails "the policy expires the key but does not rotate it" {
    code = <<-TF
      resource "azurerm_key_vault_key" "disks" {
        rotation_policy { #~ here
          expire_after         = "P400D"
          notify_before_expiry = "P29D"
        }
      }
    TF
  }

  passes "it is rotated" {
    code = <<-TF
      resource "azurerm_key_vault_key" "disks" {
        rotation_policy {
          automatic {
            time_after_creation = "P365D"
          }
        }
      }

      resource "azurerm_key_vault_key" "backups" {
        rotation_policy {
          expire_after = "P400D"

          automatic {
            time_before_expiry = "P30D"
          }
        }
      }
    TF
  }

  undecided "the caller decides, and may give nothing" {
    code = <<-TF
      variable "rotate_after" { type = string }

      resource "azurerm_key_vault_key" "disks" {
        rotation_policy {
          automatic {
            time_after_creation = var.rotate_after #~ here
          }
        }
      }
    TF
  }
}
