rule "aws-s3-bucket-encrypted-with-kms" {
  title    = "S3 buckets encrypt with a KMS key"
  severity = "low"
  status   = "preview"
  since    = "0.1.0"
  aliases  = ["CKV_AWS_145", "AWS-0132"]

  soc2 = {
    "CC6.1" = "Reading an object then takes a right to the key as well, and each use of the key is logged."
  }

  # Not stable, because for most buckets the service's own encryption is enough.
  rationale = <<-EOT
    Since January 2023 S3 encrypts every new object with keys of its own (SSE-S3), so no bucket is
    unencrypted. With a KMS key you also decide who may use the key, see its use in CloudTrail and
    can withdraw it. That matters for buckets with sensitive data, and costs requests to KMS.
  EOT

  remediation = "Declare an `aws_s3_bucket_server_side_encryption_configuration` with `sse_algorithm = \"aws:kms\"`."

  references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
  ]

  match "aws_s3_bucket" {}
  match "aws.s3_encryption" {}

  link "encryption" {
    to      = "aws.s3_encryption"
    where   = refers_to(other.bucket, self)
    at_most = 1
  }

  assert {
    for_each      = self.kind == "aws_s3_bucket" ? [self] : []
    condition     = link.encryption != null
    error_message = "no encryption configuration refers to ${self.address}, so AWS uses a key of its own"
  }

  assert {
    for_each = self.kind == "aws_s3_bucket" ? [] : self.rule
    condition = is_one_of(
      each.value.apply_server_side_encryption_by_default.sse_algorithm,
      "aws:kms", "aws:kms:dsse",
    )
    error_message = "${self.owner.address} encrypts with a key that AWS owns, not with a KMS key"
  }

  fix "aws_s3_bucket" {
    insert_after = self
    safety       = "unsafe"
    reason       = "Readers of the bucket also need the right kms:Decrypt."
    code         = <<-TF

      resource "aws_s3_bucket_server_side_encryption_configuration" "${self.name}" {
        bucket = ${self.entity.kind}.${self.name}.id

        rule {
          apply_server_side_encryption_by_default {
            sse_algorithm = "aws:kms"
          }
        }
      }
    TF
  }

  fails "no configuration, or one with a key of AWS" {
    code = <<-TF
      resource "aws_s3_bucket" "reports" { #~ here
        bucket = "acme-reports"
      }

      resource "aws_s3_bucket" "logs" {
        bucket = "acme-logs"
      }

      resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
        bucket = aws_s3_bucket.logs.id

        rule {
          apply_server_side_encryption_by_default {
            sse_algorithm = "AES256" #~ here
          }
        }
      }
    TF
  }

  fails "inside the bucket" {
    code = <<-TF
      resource "aws_s3_bucket" "logs" {
        bucket = "acme-logs"

        server_side_encryption_configuration {
          rule {
            apply_server_side_encryption_by_default {
              sse_algorithm = "AES256" #~ here
            }
          }
        }
      }
    TF
  }

  passes "with KMS" {
    code = <<-TF
      resource "aws_s3_bucket" "reports" {
        bucket = "acme-reports"
      }

      resource "aws_s3_bucket_server_side_encryption_configuration" "reports" {
        bucket = aws_s3_bucket.reports.bucket

        rule {
          apply_server_side_encryption_by_default {
            sse_algorithm     = "aws:kms"
            kms_master_key_id = aws_kms_key.reports.arn
          }
        }
      }

      resource "aws_kms_key" "reports" {}
    TF
  }

  undecided "the algorithm comes from outside" {
    code = <<-TF
      variable "algorithm" { type = string }

      resource "aws_s3_bucket_server_side_encryption_configuration" "reports" {
        bucket = "acme-reports"

        rule {
          apply_server_side_encryption_by_default {
            sse_algorithm = var.algorithm #~ here
          }
        }
      }
    TF
  }
}
