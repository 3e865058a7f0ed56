rule "aws-cloudwatch-log-retention-set" {
  title    = "CloudWatch log groups say how long they keep logs"
  severity = "low"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_66", "ef0b316a"]

  soc2 = {
    "CC6.5" = "Data that is no longer needed is deleted after a time that somebody decided on."
    "CC7.2" = "How long logs are there for an investigation is a decision that can be shown, and not an accident."
  }

  # Whoever wants to keep logs for good writes 0. How long is long enough is asked by aws-cloudwatch-log-retention-90-days
  # and aws-cloudwatch-log-retention-one-year.
  rationale = <<-EOT
    A log group without `retention_in_days` keeps everything for ever: no rule of the firm's is
    written down, personal data stays, and the bill grows.
  EOT

  remediation = "Set `retention_in_days`, such as to 365; 0 says that logs are kept without end."

  references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html#SettingLogRetention",
    "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_log_group#retention_in_days-1",
  ]

  match "aws_cloudwatch_log_group" {}

  assert {
    condition     = self.retention_in_days != null
    error_message = "${self.address} does not say how long logs are kept"
  }

  fix {
    set    = { retention_in_days = 365 }
    safety = "unsafe"
    reason = "Logs that are older than that are deleted."
  }

  fails "nothing is said" {
    code = <<-TF
      resource "aws_cloudwatch_log_group" "app" { #~ here
        name = "/app"
      }
    TF
  }

  fails "a variable without a value" {
    code = <<-TF
      variable "days" { default = null }

      resource "aws_cloudwatch_log_group" "app" {
        name              = "/app"
        retention_in_days = var.days #~ here
      }
    TF
  }

  passes "a year, or for good" {
    code = <<-TF
      resource "aws_cloudwatch_log_group" "app" {
        name              = "/app"
        retention_in_days = 365
      }

      resource "aws_cloudwatch_log_group" "audit" {
        name              = "/audit"
        retention_in_days = 0
      }
    TF
  }

  undecided "the caller may leave it out" {
    code = <<-TF
      variable "days" { type = number }

      resource "aws_cloudwatch_log_group" "app" {
        name              = "/app"
        retention_in_days = var.days #~ here
      }
    TF
  }
}
