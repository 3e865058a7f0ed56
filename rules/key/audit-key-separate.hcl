rule "key-audit-key-separate" {
  title    = "The key of the audit trail encrypts nothing else"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"

  soc2 = {
    "CC6.1" = "Whoever may use the key for data may also read the log of who read the data, and disabling it takes both away."
  }

  rationale   = "One key encrypts the trail of the account and data of its systems as well. Those who administer the data then administer the evidence about it."
  remediation = "Give the trail a key of its own, whose policy lets only those who review logs decrypt."

  references = [
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html",
  ]

  match "aws_kms_key" {}

  link "trail" {
    to    = "aws_cloudtrail"
    where = refers_to(other.kms_key_id, self)
  }

  link "data" {
    to    = "aws.kms_key_use"
    where = refers_to(other.key, self)
  }

  assert {
    for_each      = length(link.trail) > 0 ? [true] : []
    condition     = length(link.data) == 0
    at            = self
    error_message = "${self.address} encrypts the audit trail and other data too"
  }

  fails "one key for all" {
    code = <<-TF
      resource "aws_kms_key" "all" { #~ here
        enable_key_rotation = true
      }

      resource "aws_cloudtrail" "main" {
        name       = "main"
        kms_key_id = aws_kms_key.all.arn
      }

      resource "aws_db_instance" "app" {
        kms_key_id = aws_kms_key.all.arn
      }
    TF
  }

  passes "a key each" {
    code = <<-TF
      resource "aws_kms_key" "trail" {
        enable_key_rotation = true
      }

      resource "aws_kms_key" "app" {
        enable_key_rotation = true
      }

      resource "aws_cloudtrail" "main" {
        name       = "main"
        kms_key_id = aws_kms_key.trail.arn
      }

      resource "aws_db_instance" "app" {
        kms_key_id = aws_kms_key.app.arn
      }
    TF
  }

  undecided "which key is given when it runs" {
    code = <<-TF
      variable "key" {}

      resource "aws_kms_key" "trail" { #~ here
        enable_key_rotation = true
      }

      resource "aws_cloudtrail" "main" {
        name       = "main"
        kms_key_id = aws_kms_key.trail.arn
      }

      resource "aws_db_instance" "app" {
        kms_key_id = var.key
      }
    TF
  }
}
