rule "google-compute-subnet-flow-logs" {
  title    = "Subnets record flow logs"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_26", "CKV_GCP_61", "GCP-0029", "GCP-0076", "40430747"]

  soc2 = {
    "CC7.2" = "Traffic that does not belong there can be noticed, and looked up after an incident."
  }

  rationale = <<-EOT
    A subnet records nothing of its traffic unless it has a `log_config` block. Subnets that only
    serve proxies, address translation or Private Service Connect are left out.
  EOT

  remediation = "Add a `log_config` block; `flow_sampling` and `aggregation_interval` set how much is recorded."

  references = [
    "https://cloud.google.com/vpc/docs/using-flow-logs",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_subnetwork",
  ]

  match "google_compute_subnetwork" {
    where = !is_one_of(
      self.purpose,
      "REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY", "INTERNAL_HTTPS_LOAD_BALANCER",
      "PRIVATE_SERVICE_CONNECT", "PRIVATE_NAT",
    )
  }

  assert {
    condition     = length(self.log_config[*]) > 0
    error_message = "${self.address} records no flow logs"
  }

  fix {
    set = {
      log_config = {
        aggregation_interval = "INTERVAL_5_SEC"
        flow_sampling        = 0.5
        metadata             = "INCLUDE_ALL_METADATA"
      }
    }
    safety = "unsafe"
    reason = "Flow logs cost money by their amount; these are Google's own values, which record half of the flows."
  }

  fails "no log_config" {
    code = <<-TF
      resource "google_compute_subnetwork" "apps" { #~ here
        name          = "apps"
        ip_cidr_range = "10.1.0.0/16"
        network       = google_compute_network.main.id
      }
    TF
  }

  fails "the caller turned it off" {
    code = <<-TF
      variable "flow_logs" { default = false }

      resource "google_compute_subnetwork" "apps" { #~ here
        dynamic "log_config" {
          for_each = var.flow_logs ? [1] : []
          content {
            flow_sampling = 0.5
          }
        }
      }
    TF
  }

  passes "it records flow logs" {
    code = <<-TF
      resource "google_compute_subnetwork" "apps" {
        log_config {
          aggregation_interval = "INTERVAL_10_MIN"
          flow_sampling        = 0.5
        }
      }

      resource "google_compute_subnetwork" "proxies" {
        purpose = "REGIONAL_MANAGED_PROXY"
        role    = "ACTIVE"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "flow_logs" { type = bool }

      resource "google_compute_subnetwork" "apps" {
        dynamic "log_config" { #~ here
          for_each = var.flow_logs ? [1] : []
          content {
            flow_sampling = 0.5
          }
        }
      }
    TF
  }
}
