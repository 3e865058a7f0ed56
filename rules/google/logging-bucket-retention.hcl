rule "google-logging-bucket-retention" {
  title    = "Log buckets keep logs for 90 days or more"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "An intrusion is often found after weeks; the logs that show it must still be there."
  }

  rationale = <<-EOT
    A log bucket keeps logs for 30 days unless `retention_days` says otherwise; 0 means the same. The
    bucket `_Required` is left out: its 400 days are fixed.
  EOT

  remediation = "Set `retention_days` to 90 or more."

  references = [
    "https://cloud.google.com/logging/docs/buckets",
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/logging_project_bucket_config",
  ]

  input "days" {
    description = "How many days logs are kept at least."
    default     = 90
  }

  match "google_logging_project_bucket_config" "google_logging_folder_bucket_config" "google_logging_organization_bucket_config" "google_logging_billing_account_bucket_config" {
    where    = self.bucket_id != "_Required"
    defaults = { retention_days = 30 }
  }

  assert {
    condition     = self.retention_days >= input.days
    error_message = "${self.address} keeps logs for less than ${input.days} days"
  }

  fix {
    set    = { retention_days = max(input.days, 365) }
    safety = "unsafe"
    reason = "Retention beyond 30 days costs money."
  }

  fails "the argument is left out" {
    code = <<-TF
      resource "google_logging_project_bucket_config" "main" { #~ here
        project   = "acme"
        location  = "global"
        bucket_id = "_Default"
      }
    TF
  }

  fails "too short" {
    code = <<-TF
      resource "google_logging_organization_bucket_config" "main" {
        bucket_id      = "audit"
        retention_days = 60 #~ here
      }
    TF
  }

  passes "long enough" {
    code = <<-TF
      resource "google_logging_project_bucket_config" "main" {
        bucket_id      = "audit"
        retention_days = 365
      }

      resource "google_logging_project_bucket_config" "required" {
        bucket_id = "_Required"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "days" { type = number }

      resource "google_logging_project_bucket_config" "main" {
        bucket_id      = "audit"
        retention_days = var.days #~ here
      }
    TF
  }
}
