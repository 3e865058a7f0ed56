rule "google-compute-firewall-no-public-admin-ports" {
  title    = "Firewalls keep SSH and RDP from the internet"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_2", "CKV_GCP_3", "GCP-0070", "GCP-0071", "678fd659", "c4dcdcdf"]

  soc2 = {
    "CC6.6" = "Ports that give control of a machine are tried by the whole internet within minutes of opening."
  }

  # Tags beside the ranges do not narrow a rule: it admits those in the ranges or with the tags. A rule
  # of higher priority that denies the same traffic is not taken into account.
  rationale = <<-EOT
    A rule that lets any address reach port 22 or 3389 leaves a key, a password or a flaw in the
    service as the only barrier. Firewalls and the rules of firewall policies are looked at.
  EOT

  remediation = "Name the ranges that administer the machines, such as 35.235.240.0/20 for Identity-Aware Proxy, and close the ports to everybody else."

  references = [
    "https://cloud.google.com/firewall/docs/firewalls",
    "https://cloud.google.com/iap/docs/using-tcp-forwarding",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_firewall",
  ]

  input "ports" {
    description = "The ports that must not be open to the internet."
    default     = [22, 3389]
  }

  match "google.ingress_rule" {
    where = is_one_of(lower(self.protocol), "tcp", "6", "all")
  }

  assert {
    condition = !(
      anytrue([for source in self.sources : cidr_is_everyone(source)])
      && (
        length(self.ports) == 0
        || anytrue([for range in self.ports : anytrue([for port in input.ports : port_range_includes(range, port)])])
      )
    )
    error_message = "${self.owner.address} lets the whole internet reach an administration port"
  }

  fails "SSH for everybody" {
    code = <<-TF
      resource "google_compute_firewall" "ssh" {
        network       = google_compute_network.main.name
        source_ranges = ["0.0.0.0/0"]

        allow {
          protocol = "tcp"
          ports    = ["22"] #~ here
        }
      }
    TF
  }

  fails "all ports for everybody" {
    code = <<-TF
      resource "google_compute_firewall" "all" {
        direction     = "INGRESS"
        source_ranges = ["::/0"]

        allow { #~ here
          protocol = "tcp"
        }
      }
    TF
  }

  fails "a rule of a policy, with a range of ports" {
    code = <<-TF
      resource "google_compute_network_firewall_policy_rule" "remote" {
        action    = "allow"
        direction = "INGRESS"

        match {
          src_ip_ranges = ["10.0.0.0/8", "0.0.0.0/0"]

          layer4_configs {
            ip_protocol = "tcp"
            ports       = ["3000-4000"] #~ here
          }
        }
      }
    TF
  }

  passes "HTTPS for everybody, SSH through the proxy" {
    code = <<-TF
      resource "google_compute_firewall" "https" {
        source_ranges = ["0.0.0.0/0"]

        allow {
          protocol = "tcp"
          ports    = ["443"]
        }
      }

      resource "google_compute_firewall" "proxy" {
        source_ranges = ["35.235.240.0/20"]

        allow {
          protocol = "tcp"
          ports    = ["22", "3389"]
        }
      }
    TF
  }

  passes "disabled, outbound and internal rules" {
    code = <<-TF
      resource "google_compute_firewall" "https" {
        source_ranges = ["0.0.0.0/0"]

        allow {
          protocol = "tcp"
          ports    = ["443"]
        }
      }

      resource "google_compute_firewall" "off" {
        disabled      = true
        source_ranges = ["0.0.0.0/0"]

        allow {
          protocol = "all"
        }
      }

      resource "google_compute_firewall" "out" {
        direction = "EGRESS"

        allow {
          protocol = "all"
        }
      }

      resource "google_compute_firewall_policy_rule" "inside" {
        action    = "allow"
        direction = "INGRESS"
        disabled  = false

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

  undecided "the caller decides who may come" {
    code = <<-TF
      variable "admins" { type = string }

      resource "google_compute_firewall" "ssh" {
        source_ranges = [var.admins] #~ here

        allow {
          protocol = "tcp"
          ports    = ["22"]
        }
      }
    TF
  }
}
