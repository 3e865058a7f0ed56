rule "aws-cloudwatch-log-retention-one-year" {
  title    = "CloudWatch keeps logs for a year or longer"
  severity = "medium"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "An audit covers twelve months, and logs that reach back as far show that watching went on all the time."
    "CC7.3" = "What began months before it was noticed can be followed to its start."
  }

  # Groups below 90 days are for the rule aws-cloudwatch-log-retention-90-days, so that nothing is
  # reported twice.
  rationale = <<-EOT
    An audit period is usually twelve months, and an auditor may ask for the log of any day in it. A
    group without retention, or with 0, keeps its logs for ever.
  EOT

  remediation = "Set `retention_in_days = 365`, or export the logs to a place that keeps them for a year."

  references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
  ]

  input "target_days" {
    description = "For how many days logs should be kept."
    default     = 365
  }

  match "aws_cloudwatch_log_group" {
    where    = or_default(self.retention_in_days, 0) == 0 || self.retention_in_days >= 90
    defaults = { retention_in_days = 0 }
  }

  assert {
    condition     = self.retention_in_days == 0 || self.retention_in_days >= input.target_days
    error_message = "${self.address} keeps logs for less than ${input.target_days} days"
  }

  fix {
    set    = { retention_in_days = 365 }
    safety = "unsafe"
    reason = "Logs that are kept longer cost more."
  }

  fails "half a year" {
    code = <<-TF
      resource "aws_cloudwatch_log_group" "app" {
        name              = "/app"
        retention_in_days = 180 #~ here
      }
    TF
  }

  passes "for ever, and for a year" {
    code = <<-TF
      resource "aws_cloudwatch_log_group" "audit" {
        name = "/audit"
      }

      resource "aws_cloudwatch_log_group" "app" {
        name              = "/app"
        retention_in_days = 365
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
