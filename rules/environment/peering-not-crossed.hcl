rule "environment-peering-not-crossed" {
  title    = "Production's network is not joined with one of another environment"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC6.6" = "Traffic of the lesser environment reaches production past the boundary that protects it."
    "CC6.1" = "A host of another environment can talk to production's services."
    "CC8.1" = "A change of another environment's network changes what reaches production."
  }

  rationale   = "A peering joins a network of production with one of another environment, told by the resources that it names or by the name of the network at its other end. A hub that both are joined to is shared infrastructure."
  remediation = "Remove the peering, or join both to a hub that filters between them."
  references = [
    "https://docs.aws.amazon.com/vpc/latest/peering/what-is-vpc-peering.html",
    "https://learn.microsoft.com/en-us/azure/architecture/networking/architecture/hub-spoke",
  ]

  match "azurerm_virtual_network_peering" "google_compute_network_peering" {
    where = self.environment.class == "production" || self.environment.class == "non-production"
  }

  assert {
    # The last part of an id is the name of the network.
    for_each = [for far in [self.remote_virtual_network_id, self.peer_network] : try(regex("[^/]+$", far), far) if far != null]
    condition = self.environment.class == "production" ? (
      !matches("(?i)(^|[^a-z])((non|pre)[-_]?prod|staging|stage|stg|dev|development|test|uat|qa|sandbox)([^a-z]|$)", each.value)
      ) : (
      !matches("(?i)(^|[^a-z])(prod|production|prd)([^a-z]|$)", each.value)
      || matches("(?i)(non|pre)[-_]?prod", each.value)
    )
    error_message = "${self.address} joins ${self.environment.name} with ${each.value}"
  }

  fails "from either side" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "azurerm_virtual_network_peering" "dev" {
          remote_virtual_network_id = "/subscriptions/1/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/vnet-dev" #~ here
        }
      TF
      "envs/dev/main.tf"        = <<-TF
        resource "google_compute_network_peering" "production" {
          peer_network = "projects/example/global/networks/net-prod" #~ here
        }
      TF
    }
  }

  passes "a hub, and networks of the same side" {
    files = {
      "envs/production/main.tf" = <<-TF
        resource "azurerm_virtual_network_peering" "hub" {
          remote_virtual_network_id = "/subscriptions/1/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/vnet-hub"
        }
        resource "google_compute_network_peering" "data" {
          peer_network = "projects/example/global/networks/data-prod"
        }
      TF
      "envs/dev/main.tf"        = <<-TF
        resource "azurerm_virtual_network_peering" "test" {
          remote_virtual_network_id = "/subscriptions/1/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/vnet-nonprod"
        }
      TF
    }
  }

  undecided "the other network is given when it runs" {
    path = "envs/production/main.tf"
    code = <<-TF
      variable "network" { type = string }
      resource "azurerm_virtual_network_peering" "other" {
        remote_virtual_network_id = var.network #~ here
      }
    TF
  }
}
