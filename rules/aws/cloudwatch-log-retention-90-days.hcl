rule "aws-cloudwatch-log-retention-90-days" {
  title    = "CloudWatch keeps logs for 90 days or longer"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_338"]

  soc2 = {
    "CC7.2" = "Logs that are gone after a few days cannot show what a watcher overlooked."
    "CC7.3" = "Many intrusions are found after weeks, and can only be looked into if the logs are still there."
  }

  # Other tools report a group without retention. Such a group keeps its logs for ever, which is a
  # matter of cost and not of evidence.
  rationale = <<-EOT
    A log group keeps its logs for `retention_in_days`, and for ever if that is 0 or left out. Less
    than 90 days is too short to look into an incident that was noticed late.
  EOT

  remediation = "Set `retention_in_days` to 90 or more; 365 also covers the period of an audit."

  references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
  ]

  input "least_days" {
    description = "For how many days logs must be kept."
    default     = 90
  }

  match "aws_cloudwatch_log_group" {
    defaults = { retention_in_days = 0 }
  }

  assert {
    condition     = self.retention_in_days == 0 || self.retention_in_days >= input.least_days
    error_message = "${self.address} keeps logs for less than ${input.least_days} days"
  }

  fix {
    set    = { retention_in_days = 365 }
    safety = "unsafe"
    reason = "Logs that are kept longer cost more."
  }

  fails "two weeks" {
    code = <<-TF
      resource "aws_cloudwatch_log_group" "app" {
        name              = "/app"
        retention_in_days = 14 #~ here
      }
    TF
  }

  passes "for ever, and for a quarter" {
    code = <<-TF
      resource "aws_cloudwatch_log_group" "audit" {
        name = "/audit"
      }

      resource "aws_cloudwatch_log_group" "app" {
        name              = "/app"
        retention_in_days = 90
      }

      resource "aws_cloudwatch_log_group" "kept" {
        name              = "/kept"
        retention_in_days = 0
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "days" { type = number }

      resource "aws_cloudwatch_log_group" "app" {
        name              = "/app"
        retention_in_days = var.days #~ here
      }
    TF
  }
}
