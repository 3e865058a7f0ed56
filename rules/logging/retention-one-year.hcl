rule "logging-retention-one-year" {
  title    = "Stored logs are kept for a year or longer"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "An audit covers twelve months, and logs that reach back as far show that watching went on all the time."
    "CC7.3" = "What began months before it was noticed can be followed to its start."
  }

  # What is below 90 days is for logging-retention-90-days and the rules of single stores, and CloudWatch for
  # aws-cloudwatch-log-retention-one-year, so that nothing is reported twice.
  rationale   = "An audit period is usually twelve months, and an auditor may ask for the log of any day in it. Storage in which nothing deletes the logs keeps them for ever."
  remediation = "Let lifecycle rules delete logs after 365 days or later, and move them to an archive earlier if that saves costs; set the retention of workspaces and log buckets to 365 days."

  references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
    "https://learn.microsoft.com/en-us/azure/azure-monitor/logs/data-retention-configure",
    "https://cloud.google.com/logging/docs/buckets",
  ]

  input "target_days" {
    description = "For how many days logs should be kept."
    default     = 365
  }

  match "logging.sink" "logging.store" {
    where = self.days >= 90
  }

  assert {
    condition     = self.days >= input.target_days
    error_message = "${self.owner.address} keeps logs for ${self.days} days, less than ${input.target_days}"
  }

  fix {
    set    = { days = max(input.target_days, 365) }
    safety = "unsafe"
    reason = "Logs that are kept longer cost more."
  }

  fails "a quarter" {
    code = <<-TF
      resource "aws_s3_bucket" "audit" {
        bucket = "acme-audit"
      }

      resource "aws_cloudtrail" "main" {
        name           = "main"
        s3_bucket_name = aws_s3_bucket.audit.id
      }

      resource "aws_s3_bucket_lifecycle_configuration" "audit" {
        bucket = aws_s3_bucket.audit.id
        rule {
          status = "Enabled"
          filter {}
          expiration {
            days = 90 #~ here
          }
        }
      }

      resource "azurerm_log_analytics_workspace" "main" {
        name              = "acme-logs"
        retention_in_days = 180 #~ here
      }

      resource "azurerm_mssql_server_extended_auditing_policy" "main" {
        server_id         = "x"
        retention_in_days = 120 #~ here
      }

      resource "google_logging_project_bucket_config" "audit" {
        bucket_id      = "audit"
        retention_days = 100 #~ here
      }
    TF
  }

  passes "a year, for ever, and what other rules report" {
    code = <<-TF
      resource "aws_cloudtrail_event_data_store" "main" {
        name             = "main"
        retention_period = 366
      }

      resource "aws_cloudtrail_event_data_store" "short" {
        name             = "short"
        retention_period = 30
      }

      resource "azurerm_log_analytics_workspace" "main" {
        name              = "acme-logs"
        retention_in_days = 365
      }

      resource "azurerm_mssql_database_extended_auditing_policy" "main" {
        database_id = "x"
      }

      resource "google_logging_organization_bucket_config" "required" {
        bucket_id = "_Required"
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "days" { type = number }

      resource "azurerm_log_analytics_workspace" "main" {
        name              = "acme-logs"
        retention_in_days = var.days #~ here
      }
    TF
  }
}
