rule "aws-s3-bucket-not-public" {
  title    = "S3 buckets are not open to everyone"
  severity = "critical"
  since    = "0.1.0"
  aliases = [
    "CKV_AWS_20", "CKV_AWS_57", "CKV_AWS_70", "CKV_AWS_375", "CKV2_AWS_43", "AWS-0092", "57b9893d",
    "38c5ee0d", "7af43613", "1df37f4b", "d24c0755", "ffdf4b37", "66c6f96f", "64a222aa", "a4966c4f",
  ]

  soc2 = {
    "CC6.1" = "Data in the bucket is for known people and programs, and a public grant serves those who are not known."
    "CC6.6" = "A public grant lets anybody on the internet in, without passing a control of yours."
  }

  rationale = <<-EOT
    A canned access list such as `public-read`, a grant to one of the two global groups, or a policy
    statement that allows principal `*` gives the bucket to everyone. "Authenticated users" are all
    people with any AWS account, not yours. A statement is taken for narrowed if a condition names
    who may call: an account, organisation, role, network or source. A public access block may make
    such a grant void; the grant is still a mistake, and is reported. Serving a web site from a
    bucket needs no public bucket: CloudFront reads it through origin access control.
  EOT

  remediation = "Grant access to the principals that need it, and serve public files through CloudFront with origin access control."

  references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html",
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
  ]

  match "aws.s3_grant" {}

  assert {
    condition     = !is_one_of(self.acl, "public-read", "public-read-write", "authenticated-read")
    error_message = "${self.owner.address} opens a bucket to everyone with the access list ${self.acl}"
  }

  assert {
    for_each = self.grantees
    condition = !is_one_of(
      each.value,
      "http://acs.amazonaws.com/groups/global/AllUsers",
      "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    )
    error_message = "${self.owner.address} grants everyone access to a bucket"
  }

  assert {
    for_each      = iam_statements(self.policy)
    condition     = !iam_allows_everyone(each.value)
    error_message = "a policy statement of ${self.owner.address} lets everyone into the bucket"
  }

  fails "a canned access list, in both places where it can stand" {
    code = <<-TF
      resource "aws_s3_bucket" "site" {
        bucket = "acme-site"
        acl    = "public-read" #~ here
      }

      resource "aws_s3_bucket_acl" "uploads" {
        bucket = "acme-uploads"
        acl    = "authenticated-read" #~ here
      }
    TF
  }

  fails "a grant to all users" {
    code = <<-TF
      resource "aws_s3_bucket_acl" "uploads" {
        bucket = "acme-uploads"

        access_control_policy {
          grant {
            permission = "READ"

            grantee {
              type = "Group"
              uri  = "http://acs.amazonaws.com/groups/global/AllUsers" #~ here
            }
          }

          owner {
            id = "b0a3"
          }
        }
      }

      resource "aws_s3_bucket" "legacy" {
        bucket = "acme-legacy"

        grant {
          type        = "Group"
          permissions = ["READ"]
          uri         = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers" #~ here
        }
      }
    TF
  }

  fails "a policy for everyone" {
    code = <<-TF
      resource "aws_s3_bucket_policy" "site" {
        bucket = "acme-site"
        policy = jsonencode({
          Version = "2012-10-17"
          Statement = [{
            Effect    = "Allow"
            Principal = "*" #~ here
            Action    = "s3:GetObject"
            Resource  = "arn:aws:s3:::acme-site/*"
          }]
        })
      }
    TF
  }

  fails "a policy document for everyone" {
    code = <<-TF
      data "aws_iam_policy_document" "site" {
        statement {
          actions   = ["s3:GetObject"]
          resources = ["arn:aws:s3:::acme-site/*"]

          principals {
            type        = "AWS"
            identifiers = ["*"]
          }
        }
      }

      resource "aws_s3_bucket_policy" "site" {
        bucket = "acme-site"
        policy = data.aws_iam_policy_document.site.json #~ here
      }
    TF
  }

  passes "private, and a policy for the organisation" {
    code = <<-TF
      resource "aws_s3_bucket" "reports" {
        bucket = "acme-reports"
        policy = <<-JSON
          {
            "Version": "2012-10-17",
            "Statement": [
              {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::acme-reports/*",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
              },
              {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": "arn:aws:s3:::acme-reports/*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}}
              }
            ]
          }
        JSON
      }

      resource "aws_s3_bucket_acl" "reports" {
        bucket = aws_s3_bucket.reports.id
        acl    = "private"
      }
    TF
  }

  undecided "the access list comes from outside" {
    code = <<-TF
      variable "acl" { type = string }

      resource "aws_s3_bucket_acl" "reports" {
        bucket = "acme-reports"
        acl    = var.acl #~ here
      }
    TF
  }
}
