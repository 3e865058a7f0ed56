rule "logging-aws-trail-bucket-locked" {
  title    = "Nobody in the account can delete the logs of its trail"
  severity = "medium"
  status   = "preview"
  since    = "0.1.0"

  soc2 = {
    "CC7.2" = "Whoever takes over an account removes the record of it first."
    "CC6.1" = "Those whose acts are recorded must not be able to change the record."
  }

  # Preview, because for providers that do not say their account it is not known whether the bucket is in another one.
  rationale = <<-EOT
    A trail that writes into a bucket of its own account leaves the record in the hands of that
    account's administrators. Object Lock, deletion that needs a second factor, or a policy that
    denies it to all keep the record; a bucket in an account for logs does as well.
  EOT

  remediation = "Set `object_lock_enabled = true` with an `aws_s3_bucket_object_lock_configuration`, or move the bucket into an account for logs."

  references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
  ]

  match "aws_cloudtrail" {}

  link "bucket" {
    to      = "logging.trail_bucket"
    where   = refers_to(self.s3_bucket_name, other.bucket)
    at_most = 1
  }

  assert {
    for_each      = link.bucket != null ? [true] : []
    condition     = link.bucket.locked || (self.account != null && link.bucket.bucket.account != null && self.account != link.bucket.bucket.account)
    at            = self
    error_message = "the logs of ${self.address} can be deleted by those whom it records"
  }

  fails "an ordinary bucket" {
    code = <<-TF
      resource "aws_s3_bucket" "audit" {
        bucket = "acme-audit"
      }

      resource "aws_cloudtrail" "main" { #~ here
        name           = "main"
        s3_bucket_name = aws_s3_bucket.audit.id
      }
    TF
  }

  passes "locks of all kinds" {
    code = <<-TF
      resource "aws_s3_bucket" "a" {
        bucket              = "acme-a"
        object_lock_enabled = true
      }

      resource "aws_cloudtrail" "a" {
        name           = "a"
        s3_bucket_name = aws_s3_bucket.a.id
      }

      resource "aws_s3_bucket" "b" {
        bucket = "acme-b"
      }

      resource "aws_s3_bucket_object_lock_configuration" "b" {
        bucket = aws_s3_bucket.b.id
      }

      resource "aws_cloudtrail" "b" {
        name           = "b"
        s3_bucket_name = aws_s3_bucket.b.id
      }

      resource "aws_s3_bucket" "c" {
        bucket = "acme-c"
      }

      resource "aws_s3_bucket_versioning" "c" {
        bucket = aws_s3_bucket.c.id
        versioning_configuration {
          status     = "Enabled"
          mfa_delete = "Enabled"
        }
      }

      resource "aws_cloudtrail" "c" {
        name           = "c"
        s3_bucket_name = aws_s3_bucket.c.id
      }

      resource "aws_s3_bucket" "d" {
        bucket = "acme-d"
      }

      resource "aws_s3_bucket_policy" "d" {
        bucket = aws_s3_bucket.d.id
        policy = jsonencode({
          Statement = [{
            Effect    = "Deny"
            Principal = "*"
            Action    = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
            Resource  = "arn:aws:s3:::acme-d/*"
          }]
        })
      }

      resource "aws_cloudtrail" "d" {
        name           = "d"
        s3_bucket_name = aws_s3_bucket.d.id
      }

      resource "aws_cloudtrail" "elsewhere" {
        name           = "elsewhere"
        s3_bucket_name = "central-audit"
      }
    TF
  }

  passes "a bucket of the account for logs" {
    code = <<-TF
      provider "aws" {
        allowed_account_ids = ["111122223333"]
      }

      provider "aws" {
        alias               = "logs"
        allowed_account_ids = ["444455556666"]
      }

      resource "aws_s3_bucket" "audit" {
        provider = aws.logs
        bucket   = "acme-audit"
      }

      resource "aws_cloudtrail" "main" {
        name           = "main"
        s3_bucket_name = aws_s3_bucket.audit.id
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "lock" { type = bool }

      resource "aws_s3_bucket" "audit" {
        bucket              = "acme-audit"
        object_lock_enabled = var.lock
      }

      resource "aws_cloudtrail" "main" { #~ here
        name           = "main"
        s3_bucket_name = aws_s3_bucket.audit.id
      }
    TF
  }
}
