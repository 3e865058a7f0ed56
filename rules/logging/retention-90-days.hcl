rule "logging-retention-90-days" {
  title    = "Stored logs are kept for 90 days or longer"
  severity = "high"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "Logs that are deleted after a few weeks cannot show what a watcher overlooked."
    "CC7.3" = "Many intrusions are found after weeks, and can only be looked into if the logs are still there."
  }

  # Deletion that covers the logs is judged, and only that: a rule of a bucket for another prefix, or for objects with
  # tags, may do as it likes. Moving logs to an archive keeps them.
  rationale = <<-EOT
    What writes logs into a bucket, a storage account or a data set does not say for how long they
    are kept: a lifecycle rule does, in another resource and often in another file. This rule brings
    the two together. Storage in which nothing deletes the logs keeps them for ever.
  EOT

  remediation = "Let the lifecycle rule delete logs after 365 days, or after 90 at the very least; to save costs, move them to an archive instead."

  references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
    "https://learn.microsoft.com/en-us/azure/storage/blobs/lifecycle-management-overview",
    "https://cloud.google.com/storage/docs/lifecycle",
  ]

  input "least_days" {
    description = "For how many days logs must be kept."
    default     = 90
  }

  match "logging.sink" {}

  assert {
    condition     = self.days >= input.least_days
    error_message = "${self.owner.address} keeps logs for ${self.days} days only"
  }

  fix {
    set    = { days = 365 }
    safety = "unsafe"
    reason = "Logs that are kept longer cost more."
  }

  fails "the bucket of a trail and of a load balancer" {
    code = <<-TF
      resource "aws_s3_bucket" "audit" {
        bucket = "acme-audit"
      }

      resource "aws_cloudtrail" "main" {
        name           = "main"
        s3_bucket_name = aws_s3_bucket.audit.id
        s3_key_prefix  = "trail"
      }

      resource "aws_lb" "web" {
        access_logs {
          bucket  = aws_s3_bucket.audit.id
          prefix  = "web"
          enabled = true
        }
      }

      resource "aws_s3_bucket_lifecycle_configuration" "audit" {
        bucket = aws_s3_bucket.audit.id

        rule {
          id     = "tidy"
          status = "Enabled"
          filter {
            prefix = "scratch/"
          }
          expiration {
            days = 1
          }
        }

        rule {
          id     = "trail"
          status = "Enabled"
          filter {
            and {
              prefix = "trail/"
            }
          }
          expiration {
            days = 30 #~ here
          }
        }

        rule {
          id     = "web"
          status = "Enabled"
          prefix = "web/AWSLogs/111122223333/"
          expiration {
            days = 7 #~ here
          }
        }
      }
    TF
  }

  fails "a flow log, within a bucket of the older form" {
    code = <<-TF
      resource "aws_s3_bucket" "flow" {
        bucket = "acme-flow"
        lifecycle_rule {
          enabled = true
          expiration {
            days = 14 #~ here
          }
        }
        lifecycle_rule {
          enabled = true
          tags    = { temporary = "yes" }
          expiration {
            days = 1
          }
        }
      }

      resource "aws_flow_log" "main" {
        log_destination_type = "s3"
        log_destination      = aws_s3_bucket.flow.arn
        vpc_id               = "vpc-1"
      }

      resource "aws_s3_bucket" "versions" {
        bucket = "acme-versions"
        versioning {
          enabled = true
        }
        lifecycle_rule {
          enabled = true
          prefix  = ""
          expiration {
            days = 14 #~ here
          }
          noncurrent_version_expiration {
            days = 30
          }
        }
      }

      resource "aws_s3_bucket" "data" {
        bucket = "acme-data"
        logging {
          target_bucket = aws_s3_bucket.versions.id
          target_prefix = "data/"
        }
      }
    TF
  }

  fails "other services that write into buckets" {
    code = <<-TF
      resource "aws_s3_bucket" "a" {
        bucket = "acme-a"
      }
      resource "aws_s3_bucket_lifecycle_configuration" "a" {
        bucket = aws_s3_bucket.a.id
        rule {
          status = "Enabled"
          expiration {
            days = 30 #~ here
          }
        }
      }
      resource "aws_elb" "old" {
        access_logs {
          bucket        = "acme-a"
          bucket_prefix = "old"
        }
      }

      resource "aws_s3_bucket" "b" {
        bucket = "aws-waf-logs-acme"
      }
      resource "aws_s3_bucket_lifecycle_configuration" "b" {
        bucket = aws_s3_bucket.b.id
        rule {
          status = "Enabled"
          filter {}
          expiration {
            days = 31 #~ here
          }
        }
      }
      resource "aws_wafv2_web_acl_logging_configuration" "main" {
        log_destination_configs = [aws_s3_bucket.b.arn]
      }

      resource "aws_s3_bucket" "c" {
        bucket = "acme-c"
      }
      resource "aws_s3_bucket_lifecycle_configuration" "c" {
        bucket = aws_s3_bucket.c.id
        rule {
          status = "Enabled"
          expiration {
            days = 32 #~ here
          }
        }
      }
      resource "aws_s3_bucket_logging" "a" {
        bucket        = aws_s3_bucket.a.id
        target_bucket = aws_s3_bucket.c.id
        target_prefix = "a/"
      }

      resource "aws_s3_bucket" "d" {
        bucket = "acme-d"
      }
      resource "aws_s3_bucket_lifecycle_configuration" "d" {
        bucket = aws_s3_bucket.d.id
        rule {
          status = "Enabled"
          expiration {
            days = 33 #~ here
          }
        }
      }
      resource "aws_cloudfront_distribution" "web" {
        logging_config {
          bucket = aws_s3_bucket.d.bucket_domain_name
          prefix = "web/"
        }
      }

      resource "aws_s3_bucket" "e" {
        bucket = "acme-e"
      }
      resource "aws_s3_bucket_lifecycle_configuration" "e" {
        bucket = aws_s3_bucket.e.id
        rule {
          status = "Enabled"
          expiration {
            days = 34 #~ here
          }
        }
      }
      resource "aws_route53_resolver_query_log_config" "main" {
        name            = "dns"
        destination_arn = aws_s3_bucket.e.arn
      }

      resource "aws_cloudtrail_event_data_store" "main" {
        name             = "main"
        retention_period = 30 #~ here
      }
    TF
  }

  fails "Azure storage" {
    code = <<-TF
      resource "azurerm_storage_account" "logs" {
        name = "acmelogs"
      }

      resource "azurerm_monitor_diagnostic_setting" "main" {
        name               = "audit"
        target_resource_id = "/subscriptions/00000000-0000-0000-0000-000000000001"
        storage_account_id = azurerm_storage_account.logs.id

        enabled_log {
          category = "Administrative"
          retention_policy {
            enabled = true
            days    = 30 #~ here
          }
        }
      }

      resource "azurerm_storage_management_policy" "logs" {
        storage_account_id = azurerm_storage_account.logs.id

        rule {
          name    = "logs"
          enabled = true
          filters {
            prefix_match = ["insights-activity-logs/"]
            blob_types   = ["appendBlob"]
          }
          actions {
            base_blob {
              delete_after_days_since_modification_greater_than = 45 #~ here
            }
          }
        }

        rule {
          name    = "all"
          enabled = true
          filters {
            blob_types = ["blockBlob"]
          }
          actions {
            base_blob {
              delete_after_days_since_creation_greater_than = 60 #~ here
            }
          }
        }

        rule {
          name    = "scratch"
          enabled = true
          filters {
            prefix_match = ["scratch/"]
          }
          actions {
            base_blob {
              delete_after_days_since_modification_greater_than = 1
            }
          }
        }
      }

      resource "azurerm_network_watcher_flow_log" "main" {
        name               = "main"
        storage_account_id = azurerm_storage_account.logs.id
        enabled            = true
        retention_policy {
          enabled = true
          days    = 7 #~ here
        }
      }

      resource "azurerm_mssql_server_extended_auditing_policy" "main" {
        server_id        = "x"
        storage_endpoint = azurerm_storage_account.logs.primary_blob_endpoint
      }

      resource "azurerm_log_analytics_workspace_table" "signin" {
        name                    = "SigninLogs"
        retention_in_days       = 30
        total_retention_in_days = 60 #~ here
      }
    TF
  }

  fails "where Google Cloud exports to" {
    code = <<-TF
      resource "google_storage_bucket" "audit" {
        name = "acme-audit"
        lifecycle_rule {
          condition {
            age = 30 #~ here
          }
          action {
            type = "Delete"
          }
        }
        lifecycle_rule {
          condition {
            age            = 1
            matches_prefix = ["scratch/"]
          }
          action {
            type = "Delete"
          }
        }
        lifecycle_rule {
          condition {
            age            = 2
            matches_suffix = [".tmp"]
          }
          action {
            type = "Delete"
          }
        }
      }

      resource "google_logging_organization_sink" "audit" {
        name        = "audit"
        destination = "storage.googleapis.com/$${google_storage_bucket.audit.name}"
      }

      resource "google_bigquery_dataset" "audit" {
        dataset_id                  = "audit"
        default_table_expiration_ms = 2592000000 #~ here
      }

      resource "google_logging_project_sink" "query" {
        name        = "query"
        destination = "bigquery.googleapis.com/$${google_bigquery_dataset.audit.id}"
      }
    TF
  }

  passes "long enough, or for ever" {
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
          id     = "year"
          status = "Enabled"
          filter {}
          transition {
            days          = 30
            storage_class = "GLACIER"
          }
          expiration {
            days = 365
          }
        }
        rule {
          id     = "off"
          status = "Disabled"
          filter {}
          expiration {
            days = 1
          }
        }
        rule {
          id     = "marked"
          status = "Enabled"
          filter {
            tag {
              key   = "temporary"
              value = "yes"
            }
          }
          expiration {
            days = 1
          }
        }
        rule {
          id     = "marked-too"
          status = "Enabled"
          filter {
            and {
              tags = { temporary = "yes" }
            }
          }
          expiration {
            days = 1
          }
        }
      }

      resource "aws_cloudtrail_event_data_store" "main" {
        name = "main"
      }

      resource "google_bigquery_dataset" "audit" {
        dataset_id                      = "audit"
        default_partition_expiration_ms = 34560000000
      }

      resource "google_logging_folder_sink" "query" {
        name        = "query"
        folder      = "acme"
        destination = "bigquery.googleapis.com/projects/acme/datasets/audit"
      }

      resource "google_storage_bucket" "audit" {
        name = "acme-held"
        versioning {
          enabled = true
        }
        retention_policy {
          retention_period = 31536000
        }
        lifecycle_rule {
          condition {
            age = 30
          }
          action {
            type = "Delete"
          }
        }
        lifecycle_rule {
          condition {
            age        = 1
            with_state = "LIVE"
          }
          action {
            type = "Delete"
          }
        }
      }

      resource "google_logging_billing_account_sink" "audit" {
        name        = "audit"
        destination = "storage.googleapis.com/acme-held"
      }
    TF
  }

  passes "old versions of deleted logs stay" {
    code = <<-TF
      resource "aws_s3_bucket" "audit" {
        bucket = "acme-audit"
      }

      resource "aws_s3_bucket_versioning" "audit" {
        bucket = aws_s3_bucket.audit.id
        versioning_configuration {
          status = "Enabled"
        }
      }

      resource "aws_config_delivery_channel" "main" {
        s3_bucket_name = aws_s3_bucket.audit.id
      }

      resource "aws_s3_bucket_lifecycle_configuration" "audit" {
        bucket = aws_s3_bucket.audit.id
        rule {
          status = "Enabled"
          expiration {
            days = 30
          }
          noncurrent_version_expiration {
            noncurrent_days = 365
          }
        }
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "days" { type = number }

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
          expiration {
            days = var.days #~ here
          }
        }
      }
    TF
  }
}
