rule "google-sql-require-tls" {
  title    = "Cloud SQL instances require TLS"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_6", "GCP-0015", "02474449"]

  soc2 = {
    "CC6.7" = "Queries, results and passwords never cross a network in the clear."
  }

  # An instance without settings is a clone or a restored one: it takes those of its source.
  rationale = <<-EOT
    An instance accepts unencrypted connections unless `ssl_mode` says otherwise. Before version 6 of
    the provider `require_ssl` said the same; both are read.
  EOT

  remediation = "Set `ssl_mode = \"ENCRYPTED_ONLY\"` in `settings.ip_configuration`, or `TRUSTED_CLIENT_CERTIFICATE_REQUIRED`."

  references = [
    "https://cloud.google.com/sql/docs/postgres/configure-ssl-instance",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance",
  ]

  match "google_sql_database_instance" {
    where = length(self.settings[*]) > 0
  }

  assert {
    condition = is_one_of(
      coalesce(self.settings.ip_configuration.ssl_mode, self.settings.ip_configuration.require_ssl, false),
      "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED", true,
    )
    error_message = "${self.address} accepts connections without TLS"
  }

  fix {
    set    = { settings = { ip_configuration = { ssl_mode = "ENCRYPTED_ONLY" } } }
    safety = "unsafe"
    reason = "Clients that connect without TLS can no longer."
  }

  fails "no ip_configuration" {
    code = <<-TF
      resource "google_sql_database_instance" "main" {
        database_version = "POSTGRES_16"

        settings { #~ here
          tier = "db-custom-2-7680"
        }
      }
    TF
  }

  fails "both kinds of connection are allowed" {
    code = <<-TF
      resource "google_sql_database_instance" "main" {
        settings {
          ip_configuration {
            ssl_mode = "ALLOW_UNENCRYPTED_AND_ENCRYPTED" #~ here
          }
        }
      }
    TF
  }

  fails "the older argument is off" {
    code = <<-TF
      resource "google_sql_database_instance" "main" {
        settings {
          ip_configuration {
            require_ssl = false #~ here
          }
        }
      }
    TF
  }

  passes "TLS is required" {
    code = <<-TF
      resource "google_sql_database_instance" "main" {
        settings {
          ip_configuration {
            ssl_mode = "ENCRYPTED_ONLY"
          }
        }
      }

      resource "google_sql_database_instance" "older" {
        settings {
          ip_configuration {
            require_ssl = true
          }
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "mode" { type = string }

      resource "google_sql_database_instance" "main" {
        settings {
          ip_configuration {
            ssl_mode = var.mode #~ here
          }
        }
      }
    TF
  }
}
