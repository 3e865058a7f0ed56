rule "aws-s3-public-access-blocked" {
  title    = "S3 buckets block public access"
  severity = "high"
  since    = "0.1.0"
  aliases  = ["CKV2_AWS_6", "AWS-0094"]

  soc2 = {
    "CC6.1" = "A later mistake in an access list or a bucket policy cannot open the bucket to people without an account."
    "CC6.6" = "The block is the boundary between the bucket and the internet."
  }

  rationale = <<-EOT
    New buckets made by hand block public access since April 2023, but the block is a setting that
    anybody with the right may remove, and older buckets have none. Terraform holds it in place only
    if the resource is declared, and each of its four switches is off unless it is set. A block for
    the whole account in the same root module counts for all its buckets.
  EOT

  remediation = "Declare an `aws_s3_bucket_public_access_block` for the bucket and set all four switches to true."

  references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  ]

  match "aws_s3_bucket" {}

  link "block" {
    to      = "aws_s3_bucket_public_access_block"
    where   = refers_to(other.bucket, self)
    at_most = 1
  }

  link "account" {
    to    = "aws_s3_account_public_access_block"
    where = other.scope == self.scope
  }

  # A block that leaves a switch off is reported where it is written, by aws-s3-public-access-block-complete.
  assert {
    condition = (
      link.block != null
      || anytrue([
        for account in link.account :
        account.block_public_acls == true && account.block_public_policy == true
        && account.ignore_public_acls == true && account.restrict_public_buckets == true
      ])
    )
    error_message = "no public access block covers ${self.address}"
  }

  fix {
    insert_after = self
    safety       = "unsafe"
    reason       = "Whoever reads the bucket without an account loses access."
    code         = <<-TF

      resource "aws_s3_bucket_public_access_block" "${self.name}" {
        bucket = ${self.entity.kind}.${self.name}.id

        block_public_acls       = true
        block_public_policy     = true
        ignore_public_acls      = true
        restrict_public_buckets = true
      }
    TF
  }

  fails "there is no block" {
    code = <<-TF
      resource "aws_s3_bucket" "reports" { #~ here
        bucket = "acme-reports"
      }
    TF
  }

  fails "the account's block is incomplete and helps no bucket" {
    code = <<-TF
      resource "aws_s3_account_public_access_block" "this" {
        block_public_acls  = true
        ignore_public_acls = true
      }

      resource "aws_s3_bucket" "reports" { #~ here
        bucket = "acme-reports"
      }
    TF
  }

  passes "a complete block belongs to it" {
    code = <<-TF
      resource "aws_s3_bucket" "reports" {
        bucket = "acme-reports"
      }

      resource "aws_s3_bucket_public_access_block" "reports" {
        bucket = aws_s3_bucket.reports.id

        block_public_acls       = true
        block_public_policy     = true
        ignore_public_acls      = true
        restrict_public_buckets = true
      }
    TF
  }

  passes "one block for many buckets" {
    code = <<-TF
      resource "aws_s3_bucket" "all" {
        for_each = toset(["reports", "logs"])
        bucket   = "acme-$${each.key}"
      }

      resource "aws_s3_bucket_public_access_block" "all" {
        for_each = aws_s3_bucket.all
        bucket   = each.value.id

        block_public_acls       = true
        block_public_policy     = true
        ignore_public_acls      = true
        restrict_public_buckets = true
      }
    TF
  }

  passes "the account blocks it" {
    code = <<-TF
      resource "aws_s3_account_public_access_block" "this" {
        block_public_acls       = true
        block_public_policy     = true
        ignore_public_acls      = true
        restrict_public_buckets = true
      }

      resource "aws_s3_bucket" "reports" {
        bucket = "acme-reports"
      }
    TF
  }

  undecided "the block's bucket comes from outside" {
    code = <<-TF
      variable "bucket" { type = string }

      resource "aws_s3_bucket" "reports" { #~ here
        bucket = "acme-reports"
      }

      resource "aws_s3_bucket_public_access_block" "some" {
        bucket = var.bucket

        block_public_acls       = true
        block_public_policy     = true
        ignore_public_acls      = true
        restrict_public_buckets = true
      }
    TF
  }
}
