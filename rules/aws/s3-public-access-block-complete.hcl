rule "aws-s3-public-access-block-complete" {
  title    = "Public access blocks of S3 have all four switches on"
  severity = "high"
  since    = "0.1.0"
  aliases = [
    "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "AWS-0086", "AWS-0087", "AWS-0091", "AWS-0093",
    "1a4bc881", "d0cc8694", "4fa66806", "1ec253ab",
  ]

  soc2 = {
    "CC6.1" = "With a switch off, one mistake in an access list or a policy opens the bucket to people without an account."
    "CC6.6" = "The block is the boundary between the bucket and the internet, and each switch closes one way through it."
  }

  rationale = <<-EOT
    Two switches are about access lists, two about policies; two refuse new public grants, two make
    those void that are there. Each is off unless it is set, so a block with three of them still
    leaves a way. A complete block for the whole account in the same root module makes up for it.
  EOT

  remediation = "Set `block_public_acls`, `block_public_policy`, `ignore_public_acls` and `restrict_public_buckets` to true."

  references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  ]

  match "aws_s3_bucket_public_access_block" "aws_s3_account_public_access_block" {
    defaults = {
      block_public_acls       = false
      block_public_policy     = false
      ignore_public_acls      = false
      restrict_public_buckets = false
    }
  }

  link "account" {
    to    = "aws_s3_account_public_access_block"
    where = other.scope == self.scope
  }

  assert {
    condition = (
      self.block_public_acls && self.block_public_policy
      && self.ignore_public_acls && self.restrict_public_buckets
      || anytrue([
        for account in link.account :
        account.block_public_acls == true && account.block_public_policy == true
        && account.ignore_public_acls == true && account.restrict_public_buckets == true
      ])
    )
    error_message = "${self.address} does not block all public access"
  }

  fix {
    set = {
      block_public_acls       = true
      block_public_policy     = true
      ignore_public_acls      = true
      restrict_public_buckets = true
    }
    safety = "unsafe"
    reason = "Whoever reads the bucket without an account loses access."
  }

  fails "the block leaves two switches off" {
    code = <<-TF
      resource "aws_s3_bucket_public_access_block" "reports" {
        bucket = "acme-reports"

        block_public_acls   = true
        block_public_policy = false #~ here
        ignore_public_acls  = true
      }
    TF
  }

  fails "none is set" {
    code = <<-TF
      resource "aws_s3_bucket_public_access_block" "reports" { #~ here
        bucket = "acme-reports"
      }
    TF
  }

  fails "the account's block is incomplete" {
    code = <<-TF
      resource "aws_s3_account_public_access_block" "this" { #~ here
        block_public_acls  = true
        ignore_public_acls = true
      }
    TF
  }

  fails "a variable turns one off" {
    code = <<-TF
      variable "website" { default = true }

      resource "aws_s3_bucket_public_access_block" "site" {
        bucket = "acme-site"

        block_public_acls       = true
        block_public_policy     = !var.website #~ here
        ignore_public_acls      = true
        restrict_public_buckets = true
      }
    TF
  }

  passes "all four are on" {
    code = <<-TF
      resource "aws_s3_bucket_public_access_block" "reports" {
        bucket = "acme-reports"

        block_public_acls       = true
        block_public_policy     = true
        ignore_public_acls      = true
        restrict_public_buckets = true
      }
    TF
  }

  passes "the account blocks what the bucket does not" {
    code = <<-TF
      resource "aws_s3_account_public_access_block" "this" {
        block_public_acls       = true
        block_public_policy     = true
        ignore_public_acls      = true
        restrict_public_buckets = true
      }

      resource "aws_s3_bucket_public_access_block" "reports" {
        bucket            = "acme-reports"
        block_public_acls = true
      }
    TF
  }

  undecided "the caller decides" {
    code = <<-TF
      variable "block" { type = bool }

      resource "aws_s3_bucket_public_access_block" "reports" {
        bucket = "acme-reports"

        block_public_acls       = var.block #~ here
        block_public_policy     = true
        ignore_public_acls      = true
        restrict_public_buckets = true
      }
    TF
  }
}
