rule "google-sql-not-open" {
  title    = "Cloud SQL instances are not open to every network"
  severity = "critical"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_11", "GCP-0017"]

  soc2 = {
    "CC6.6" = "The list of networks is the boundary of a public database; everybody in it is no boundary."
  }

  rationale = <<-EOT
    Authorized networks say who may connect to the public address of an instance. `0.0.0.0/0` is the
    whole internet, and leaves a password as the only barrier.
  EOT

  remediation = "Name the networks that need to connect, or use a private address or the Cloud SQL Auth Proxy and no authorized networks."

  references = [
    "https://cloud.google.com/sql/docs/postgres/authorize-networks",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance",
  ]

  match "google_sql_database_instance" {}

  assert {
    for_each      = self.settings.ip_configuration.authorized_networks
    condition     = !cidr_is_everyone(each.value.value)
    error_message = "${self.address} accepts connections from the whole internet"
  }

  fails "everybody is authorized" {
    code = <<-TF
      resource "google_sql_database_instance" "main" {
        settings {
          ip_configuration {
            authorized_networks {
              name  = "office"
              value = "203.0.113.0/24"
            }

            authorized_networks {
              name  = "all"
              value = "0.0.0.0/0" #~ here
            }
          }
        }
      }
    TF
  }

  fails "a list of networks in a variable" {
    code = <<-TF
      variable "networks" {
        default = ["0.0.0.0/0"]
      }

      resource "google_sql_database_instance" "main" {
        settings {
          ip_configuration {
            dynamic "authorized_networks" {
              for_each = var.networks
              content {
                value = authorized_networks.value #~ here
              }
            }
          }
        }
      }
    TF
  }

  passes "the office" {
    code = <<-TF
      resource "google_sql_database_instance" "main" {
        settings {
          ip_configuration {
            authorized_networks {
              value = "203.0.113.0/24"
            }
          }
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "network" { type = string }

      resource "google_sql_database_instance" "main" {
        settings {
          ip_configuration {
            authorized_networks {
              value = var.network #~ here
            }
          }
        }
      }
    TF
  }
}
