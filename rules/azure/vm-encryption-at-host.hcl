rule "azure-vm-encryption-at-host" {
  title    = "Virtual machines encrypt temporary disks and caches"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_97", "CKV_AZURE_151"]

  soc2 = {
    "CC6.1" = "Data that the machine swaps, caches or writes to its temporary disk cannot be read on the host without the key."
  }

  # Managed disks themselves are always encrypted at rest with a platform key, so the rule does not ask
  # for that. Confidential machines that encrypt their own state cannot have encryption at host.
  rationale = <<-EOT
    Azure always encrypts managed disks. Temporary disks and the caches of the host are encrypted, and
    data is encrypted on its way to storage, only with encryption at host, which is off unless it
    is turned on.
  EOT

  remediation = "Set `encryption_at_host_enabled = true`; the subscription needs the feature EncryptionAtHost."

  references = [
    "https://learn.microsoft.com/en-us/azure/virtual-machines/disk-encryption-overview",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/linux_virtual_machine",
  ]

  match "azurerm_linux_virtual_machine" "azurerm_windows_virtual_machine" "azurerm_linux_virtual_machine_scale_set" "azurerm_windows_virtual_machine_scale_set" "azurerm_orchestrated_virtual_machine_scale_set" {
    where    = self.os_disk.security_encryption_type != "DiskWithVMGuestState"
    defaults = { encryption_at_host_enabled = false }
  }

  assert {
    condition     = self.encryption_at_host_enabled
    error_message = "${self.address} leaves temporary disks and caches unencrypted"
  }

  fix {
    set    = { encryption_at_host_enabled = true }
    safety = "unsafe"
    reason = "The subscription must have the feature registered, and an existing machine is deallocated for the change."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "azurerm_linux_virtual_machine" "worker" { #~ here
        name = "worker"
      }
    TF
  }

  fails "it is off" {
    code = <<-TF
      resource "azurerm_windows_virtual_machine_scale_set" "pool" {
        encryption_at_host_enabled = false #~ here
      }
    TF
  }

  passes "it is on" {
    code = <<-TF
      resource "azurerm_linux_virtual_machine" "worker" {
        encryption_at_host_enabled = true
      }
    TF
  }

  passes "a confidential machine encrypts its own state" {
    code = <<-TF
      resource "azurerm_linux_virtual_machine" "worker" {
        encryption_at_host_enabled = true
      }

      resource "azurerm_linux_virtual_machine" "sealed" {
        os_disk {
          security_encryption_type = "DiskWithVMGuestState"
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "at_host" { type = bool }

      resource "azurerm_linux_virtual_machine" "worker" {
        encryption_at_host_enabled = var.at_host #~ here
      }
    TF
  }
}
