rule "google-sql-backup" {
  title    = "Cloud SQL instances are backed up"
  severity = "medium"
  since    = "0.1.0"
  aliases  = ["CKV_GCP_14", "GCP-0024", "cf3c7631"]

  soc2 = {
    "CC7.5" = "After a loss or an attack the data can be restored from a time before it."
    "A1.2"  = "Backups are what a failed database is recovered from."
  }

  rationale = <<-EOT
    Automated backups of an instance are off unless they are turned on. Read replicas are left out:
    their primary is what is backed up. An instance without settings is a clone or a restored
    one and takes those of its source.
  EOT

  remediation = "Set `enabled = true` in `settings.backup_configuration`."

  references = [
    "https://cloud.google.com/sql/docs/postgres/backup-recovery/backups",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance",
  ]

  match "google_sql_database_instance" {
    where = (
      !is_set(self.master_instance_name)
      && self.instance_type != "READ_REPLICA_INSTANCE"
      && length(self.settings[*]) > 0
    )
  }

  assert {
    condition     = self.settings.backup_configuration.enabled == true
    error_message = "${self.address} is not backed up"
  }

  fix {
    set    = { settings = { backup_configuration = { enabled = true } } }
    safety = "unsafe"
    reason = "Backups cost storage."
  }

  fails "no backup configuration" {
    code = <<-TF
      resource "google_sql_database_instance" "main" {
        settings { #~ here
          tier = "db-custom-2-7680"
        }
      }
    TF
  }

  fails "backups are off" {
    code = <<-TF
      resource "google_sql_database_instance" "main" {
        settings {
          backup_configuration {
            enabled = false #~ here
          }
        }
      }
    TF
  }

  passes "backups are on; replicas need none" {
    code = <<-TF
      resource "google_sql_database_instance" "main" {
        settings {
          backup_configuration {
            enabled = true
          }
        }
      }

      resource "google_sql_database_instance" "replica" {
        master_instance_name = google_sql_database_instance.main.name
        instance_type        = "READ_REPLICA_INSTANCE"

        settings {
          tier = "db-custom-2-7680"
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "backups" { type = bool }

      resource "google_sql_database_instance" "main" {
        settings {
          backup_configuration {
            enabled = var.backups #~ here
          }
        }
      }
    TF
  }
}
