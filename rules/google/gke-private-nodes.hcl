rule "google-gke-private-nodes" {
  title    = "GKE nodes have no public addresses"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_25", "CKV_GCP_64", "GCP-0059", "6ccb85d7"]

  soc2 = {
    "CC6.6" = "A node without a public address cannot be reached from the internet, whatever the firewall says."
  }

  rationale = <<-EOT
    Nodes get public addresses unless `enable_private_nodes` is true, for the whole cluster or for each
    node pool.
  EOT

  remediation = "Set `enable_private_nodes = true` in `private_cluster_config`, or in `network_config` of every node pool."

  references = [
    "https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/container_cluster",
  ]

  match "google_container_cluster" {}

  link "pools" {
    to    = "google_container_node_pool"
    where = refers_to(other.cluster, self)
  }

  assert {
    condition = (
      self.private_cluster_config.enable_private_nodes == true
      || (
        length(link.pools) > 0
        && alltrue([for pool in link.pools : pool.network_config.enable_private_nodes == true])
      )
    )
    error_message = "the nodes of ${self.address} have public addresses"
  }

  fails "nothing is said" {
    code = <<-TF
      resource "google_container_cluster" "main" { #~ here
        name     = "main"
        location = "europe-west1"
      }
    TF
  }

  fails "it is off" {
    code = <<-TF
      resource "google_container_cluster" "main" {
        private_cluster_config {
          enable_private_nodes = false #~ here
        }
      }
    TF
  }

  fails "one of the pools is public" {
    code = <<-TF
      resource "google_container_cluster" "main" { #~ here
        name = "main"
      }

      resource "google_container_node_pool" "apps" {
        cluster = google_container_cluster.main.name

        network_config {
          enable_private_nodes = true
        }
      }

      resource "google_container_node_pool" "jobs" {
        cluster = google_container_cluster.main.name
      }
    TF
  }

  passes "the cluster is private" {
    code = <<-TF
      resource "google_container_cluster" "main" {
        private_cluster_config {
          enable_private_nodes = true
        }
      }
    TF
  }

  passes "every pool is private" {
    code = <<-TF
      resource "google_container_cluster" "main" {
        name = "main"
      }

      resource "google_container_node_pool" "apps" {
        cluster = google_container_cluster.main.id

        network_config {
          enable_private_nodes = true
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "private" { type = bool }

      resource "google_container_cluster" "main" {
        private_cluster_config {
          enable_private_nodes = var.private #~ here
        }
      }
    TF
  }
}
