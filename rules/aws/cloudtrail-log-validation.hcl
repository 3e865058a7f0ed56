rule "aws-cloudtrail-log-validation" {
  title    = "CloudTrail makes its log files verifiable"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_36", "AWS-0016"]

  soc2 = {
    "CC7.2" = "A log that could be altered unseen shows nothing about what happened."
    "CC7.3" = "Whoever looks into an event can prove that no log file was changed or removed."
  }

  rationale = <<-EOT
    With `enable_log_file_validation` CloudTrail signs a digest of its files every hour. Without it,
    which is the provider's default, a changed or deleted file cannot be told.
  EOT

  remediation = "Set `enable_log_file_validation = true`."

  references = [
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html",
  ]

  match "aws_cloudtrail" {
    defaults = { enable_log_file_validation = false }
  }

  assert {
    condition     = self.enable_log_file_validation
    error_message = "the log files of ${self.address} could be altered unseen"
  }

  fix {
    set    = { enable_log_file_validation = true }
    safety = "safe"
  }

  fails "it is left out, or false" {
    code = <<-TF
      resource "aws_cloudtrail" "main" { #~ here
        s3_bucket_name = "acme-trail"
      }

      resource "aws_cloudtrail" "objects" {
        s3_bucket_name             = "acme-objects-trail"
        enable_log_file_validation = false #~ here
      }
    TF
  }

  passes "it is on" {
    code = <<-TF
      resource "aws_cloudtrail" "main" {
        s3_bucket_name             = "acme-trail"
        enable_log_file_validation = true
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "validate" { type = bool }

      resource "aws_cloudtrail" "main" {
        s3_bucket_name             = "acme-trail"
        enable_log_file_validation = var.validate #~ here
      }
    TF
  }
}
