rule "google-compute-firewall-no-public-all-ports" {
  title    = "Firewalls do not open every port to the internet"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV2_GCP_12", "GCP-0072", "GCP-0027"]

  soc2 = {
    "CC6.6" = "Whatever a machine happens to listen on is reachable by strangers; nobody decided which services face the internet."
  }

  rationale = <<-EOT
    A rule with the protocol `all`, or with `tcp` or `udp` and no ports, opens every port, those of
    services that are installed later as well.
  EOT

  remediation = "List the ports that the internet needs to reach, or narrow `source_ranges`."

  references = [
    "https://cloud.google.com/firewall/docs/firewalls",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_firewall",
  ]

  match "google.ingress_rule" {
    where = is_one_of(lower(self.protocol), "tcp", "6", "udp", "17", "all")
  }

  assert {
    condition = !(
      anytrue([for source in self.sources : cidr_is_everyone(source)])
      && (
        length(self.ports) == 0
        || anytrue([for range in self.ports : port_range_includes(range, 1) && port_range_includes(range, 65535)])
      )
    )
    error_message = "${self.owner.address} opens every port to the whole internet"
  }

  fails "every protocol" {
    code = <<-TF
      resource "google_compute_firewall" "all" {
        source_ranges = ["0.0.0.0/0"]

        allow { #~ here
          protocol = "all"
        }
      }
    TF
  }

  fails "every port, written out" {
    code = <<-TF
      resource "google_compute_firewall" "all" {
        direction     = "INGRESS"
        source_ranges = ["0.0.0.0/0"]

        allow {
          protocol = "udp"
          ports    = ["0-65535"] #~ here
        }
      }
    TF
  }

  fails "a rule of a policy" {
    code = <<-TF
      resource "google_compute_firewall_policy_rule" "all" {
        action    = "allow"
        direction = "INGRESS"
        disabled  = false

        match {
          src_ip_ranges = ["0.0.0.0/0"]

          layer4_configs { #~ here
            ip_protocol = "tcp"
          }
        }
      }
    TF
  }

  passes "one port, ping, and what is disabled or inside" {
    code = <<-TF
      resource "google_compute_firewall" "https" {
        source_ranges = ["0.0.0.0/0"]

        allow {
          protocol = "tcp"
          ports    = ["443"]
        }

        allow {
          protocol = "icmp"
        }
      }

      resource "google_compute_firewall" "off" {
        disabled      = true
        source_ranges = ["0.0.0.0/0"]

        allow {
          protocol = "all"
        }
      }

      resource "google_compute_firewall_policy_rule" "inside" {
        action    = "allow"
        direction = "INGRESS"

        match {
          src_ip_ranges     = ["0.0.0.0/0"]
          src_network_scope = "INTRA_VPC"

          layer4_configs {
            ip_protocol = "all"
          }
        }
      }
    TF
  }

  undecided "the caller decides which ports" {
    code = <<-TF
      variable "ports" { type = string }

      resource "google_compute_firewall" "web" {
        source_ranges = ["0.0.0.0/0"]

        allow {
          protocol = "tcp"
          ports    = [var.ports] #~ here
        }
      }
    TF
  }
}
