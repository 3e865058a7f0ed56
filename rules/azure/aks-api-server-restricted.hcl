rule "azure-aks-api-server-restricted" {
  title    = "AKS clusters restrict who can reach the API server"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AZURE_6", "CKV_AZURE_115", "AZU-0041", "AZU-0065"]

  soc2 = {
    "CC6.6" = "Whoever controls the API server controls the cluster; strangers on the internet cannot even try."
  }

  rationale = <<-EOT
    The API server of a cluster is reachable from the whole internet unless the cluster is private
    or names the ranges that may connect. Up to version 3 of the provider the ranges stood in
    `api_server_authorized_ip_ranges`; both places are read.
  EOT

  remediation = "Set `private_cluster_enabled = true`, or name the ranges in `api_server_access_profile { authorized_ip_ranges = [...] }`."

  references = [
    "https://learn.microsoft.com/en-us/azure/aks/api-server-authorized-ip-ranges",
    "https://learn.microsoft.com/en-us/azure/aks/private-clusters",
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/kubernetes_cluster",
  ]

  match "azurerm_kubernetes_cluster" {
    defaults = { private_cluster_enabled = false }
  }

  assert {
    condition = self.private_cluster_enabled || length(concat(
      self.api_server_access_profile.authorized_ip_ranges[*],
      self.api_server_authorized_ip_ranges[*],
    )) > 0
    error_message = "the API server of ${self.address} is open to the whole internet"
  }

  assert {
    condition = !anytrue([
      for range in concat(
        self.api_server_access_profile.authorized_ip_ranges[*],
        self.api_server_authorized_ip_ranges[*],
      ) : cidr_is_everyone(range)
    ]) || self.private_cluster_enabled
    error_message = "the API server of ${self.address} is open to the whole internet"
  }

  fails "nothing restricts it" {
    code = <<-TF
      resource "azurerm_kubernetes_cluster" "main" { #~ here
        name = "acme"
      }
    TF
  }

  fails "one of the ranges is everybody" {
    code = <<-TF
      resource "azurerm_kubernetes_cluster" "main" {
        private_cluster_enabled = false

        api_server_access_profile {
          authorized_ip_ranges = ["203.0.113.0/24", "0.0.0.0/0"] #~ here
        }
      }
    TF
  }

  passes "a private cluster" {
    code = <<-TF
      resource "azurerm_kubernetes_cluster" "main" {
        private_cluster_enabled = true
      }
    TF
  }

  passes "ranges are named" {
    code = <<-TF
      resource "azurerm_kubernetes_cluster" "main" {
        api_server_access_profile {
          authorized_ip_ranges = ["203.0.113.0/24"]
        }
      }

      resource "azurerm_kubernetes_cluster" "older" {
        api_server_authorized_ip_ranges = ["203.0.113.7/32"]
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "ranges" { type = list(string) }

      resource "azurerm_kubernetes_cluster" "main" {
        api_server_access_profile {
          authorized_ip_ranges = var.ranges #~ here
        }
      }
    TF
  }
}
