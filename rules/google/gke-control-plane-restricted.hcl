rule "google-gke-control-plane-restricted" {
  title    = "GKE clusters restrict who can reach the control plane"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_18", "CKV_GCP_20", "GCP-0053", "GCP-0061"]

  soc2 = {
    "CC6.6" = "Whoever controls the control plane controls the cluster; strangers on the internet cannot even try."
  }

  # A cluster that is reached by its DNS name alone passes: every request is checked by IAM before it gets
  # to the control plane.
  rationale = <<-EOT
    The control plane has a public address that the whole internet can reach, unless the cluster has a
    private endpoint only or names the networks that may connect. A block that names none admits
    none from outside.
  EOT

  remediation = "Set `enable_private_endpoint = true` in `private_cluster_config`, or add `master_authorized_networks_config` with the networks that administer the cluster."

  references = [
    "https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/authorized-networks",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/container_cluster",
  ]

  match "google_container_cluster" {}

  assert {
    condition = (
      length(self.master_authorized_networks_config[*]) > 0
      || self.private_cluster_config.enable_private_endpoint == true
      || self.control_plane_endpoints_config.ip_endpoints_config.enabled == false
    )
    error_message = "the control plane of ${self.address} is open to the whole internet"
  }

  assert {
    for_each = self.master_authorized_networks_config.cidr_blocks
    condition = (
      !cidr_is_everyone(each.value.cidr_block)
      || self.private_cluster_config.enable_private_endpoint == true
      || self.control_plane_endpoints_config.ip_endpoints_config.enabled == false
    )
    error_message = "the control plane of ${self.address} is open to the whole internet"
  }

  fails "nothing restricts it" {
    code = <<-TF
      resource "google_container_cluster" "main" { #~ here
        name = "main"
      }
    TF
  }

  fails "one of the networks is everybody" {
    code = <<-TF
      resource "google_container_cluster" "main" {
        master_authorized_networks_config {
          cidr_blocks {
            cidr_block = "203.0.113.0/24"
          }

          cidr_blocks {
            cidr_block = "0.0.0.0/0" #~ here
          }
        }
      }
    TF
  }

  passes "networks are named" {
    code = <<-TF
      resource "google_container_cluster" "main" {
        master_authorized_networks_config {
          cidr_blocks {
            cidr_block = "203.0.113.0/24"
          }
        }
      }
    TF
  }

  passes "nobody outside, a private endpoint, or the DNS name alone" {
    code = <<-TF
      resource "google_container_cluster" "closed" {
        master_authorized_networks_config {}
      }

      resource "google_container_cluster" "private" {
        private_cluster_config {
          enable_private_nodes    = true
          enable_private_endpoint = true
        }
      }

      resource "google_container_cluster" "named" {
        control_plane_endpoints_config {
          ip_endpoints_config {
            enabled = false
          }
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "admins" { type = string }

      resource "google_container_cluster" "main" {
        master_authorized_networks_config {
          cidr_blocks {
            cidr_block = var.admins #~ here
          }
        }
      }
    TF
  }
}
